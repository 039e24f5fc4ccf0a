/*
 * The FireFly service from inside. Who does what:
 *
 *   firefly_service.c       the service: namespaces, who may come in, published events, answers of
 *                           the host, the clock
 *   firefly_session.c       one connection: messages in, errors out
 *   firefly_start.c         start messages and the start in the URL
 *   firefly_ack.c           what is out on a connection and how it is acknowledged
 *   firefly_subscription.c  what a subscription is, and the list of the durable ones
 *   firefly_dispatch.c      delivery of one subscription to one connection: pages, window, batches,
 *                           position
 *   firefly_event.c         events of the log as they are delivered
 *   firefly_filter.c        which events a subscription wants
 *   firefly_rest.c          the HTTP resources
 *   firefly_text.c          ids, durations, times, and the words of refusals
 *
 * A subscription, durable or ephemeral, has candidates: the starts that asked for it, each on
 * another connection. The first of them leads; its connection gets all events until it is gone,
 * then the next one goes on behind the last position.
 */
#ifndef EW_FIREFLY_INTERNAL_H
#define EW_FIREFLY_INTERNAL_H

#include "eventwire/firefly.h"
#include "memory_internal.h"
#include "service_internal.h"

#define FIREFLY_MAX_SUBSCRIPTIONS 65536u         /* of a service, durable and ephemeral */
#define FIREFLY_MAX_STARTS 1024u                 /* of a connection */
#define FIREFLY_MAX_FLIGHTS 131072u              /* unacknowledged deliveries of a connection */
#define FIREFLY_MAX_PAGE_BYTES ((size_t)8 << 20) /* of one subscription: a page with more is full */
#define FIREFLY_RETRY_MS 1000u                   /* after the log could not be read */
#define FIREFLY_ID_SIZE 37u                      /* text of an id with its NUL */
#define FIREFLY_TIME_SIZE 40u
#define FIREFLY_NAME_SIZE 64u

typedef struct firefly_service firefly_service;
typedef struct firefly_session firefly_session;
typedef struct firefly_subscription firefly_subscription;
typedef struct firefly_start firefly_start;
typedef struct firefly_flight firefly_flight;

/* A refusal in words, without the FF10176 in front. */
typedef struct firefly_error {
  int status; /* over HTTP */
  char text[512];
} firefly_error;

typedef struct firefly_uuid {
  uint8_t bytes[16];
} firefly_uuid;

/* What a filter looks at. */
typedef enum firefly_subject {
  FIREFLY_EVENT_TYPE,
  FIREFLY_TOPIC,
  FIREFLY_TAG,
  FIREFLY_GROUP,
  FIREFLY_AUTHOR,
  FIREFLY_TRANSACTION_TYPE,
  FIREFLY_BLOCKCHAIN_NAME,
  FIREFLY_BLOCKCHAIN_LISTENER,
  FIREFLY_SUBJECTS
} firefly_subject;

typedef struct firefly_filter {
  void *programs[FIREFLY_SUBJECTS]; /* NULL: everything passes */
} firefly_filter;

typedef enum firefly_first {
  FIREFLY_FIRST_NEWEST,
  FIREFLY_FIRST_AFTER,
  FIREFLY_FIRST_NEVER
} firefly_first;

/* The options of a subscription that count on a WebSocket. */
typedef struct firefly_options {
  uint32_t read_ahead;
  uint32_t delay_ms; /* how long a page that is not full waits for more */
  bool batch;
  firefly_first first;
  uint64_t after; /* FIREFLY_FIRST_AFTER: events above this sequence */
} firefly_options;

typedef struct firefly_namespace {
  ew_str name;
  ew_str stream; /* of the log: "firefly/" and the name */
  bool known;    /* whether last is; until then the log must be asked where "newest" is */
  uint64_t last;
  uint64_t token;
  uint64_t retry_at;              /* EW_NEVER: nothing to repeat */
  firefly_subscription **durable; /* sorted by name */
  uint32_t durable_count, durable_size;
  firefly_subscription *led; /* those with a leader */
} firefly_namespace;

/* One event of a page. */
typedef struct firefly_entry {
  uint64_t sequence;
  firefly_uuid id;
  /* JSON without the subscription and what follows it; owned; empty once it was sent */
  ew_str text;
  bool done;
} firefly_entry;

/* The events between two positions: they are read, delivered within the window and acknowledged; then the next page is
 * read. */
typedef struct firefly_page {
  firefly_entry *entries;
  uint32_t count, size;
  uint32_t seen; /* events read, those that the filter dropped too */
  uint32_t next; /* first that was not delivered */
  uint32_t low;  /* first that is not acknowledged */
  uint32_t out;  /* delivered and not acknowledged: events, or batches */
  size_t bytes;
} firefly_page;

typedef enum firefly_phase {
  FIREFLY_IDLE,     /* no leader */
  FIREFLY_LOCATING, /* the position is asked for */
  FIREFLY_READING,  /* the log is asked for events */
  FIREFLY_TAIL,     /* all that is in the log is done: waiting for the next event */
  /* a part of a page is there and the log has no more: waiting for the rest, or the time */
  FIREFLY_FILLING,
  FIREFLY_DRAINING, /* the page is on its way */
  FIREFLY_FAILED,   /* the log could not be read: waiting to try again */
  FIREFLY_SILENT    /* an ephemeral start whose firstEvent means nothing: it never delivers */
} firefly_phase;

struct firefly_subscription {
  firefly_service *service;
  firefly_namespace *ns;
  uint32_t references; /* the list or start it stands in, and each delivery that is out */
  uint32_t slot;
  uint64_t order; /* of creation */
  bool ephemeral;
  firefly_uuid uuid;
  char id[FIREFLY_ID_SIZE];
  ew_str name;
  ew_str reference; /* its JSON as in events */
  ew_str key;       /* of the resource and of the cursor; durable only */
  ew_str resource;  /* its JSON over HTTP; durable only */
  char created[FIREFLY_TIME_SIZE];
  char updated[FIREFLY_TIME_SIZE]; /* empty: never */
  char first_event[24];            /* as frozen at creation */
  firefly_filter filter;
  firefly_options options;
  bool positioned;
  uint64_t position; /* everything up to here is done */

  firefly_start *candidates, *last_candidate;
  firefly_session *leader;
  firefly_subscription *next_led, *previous_led;
  /* counts the beginnings of delivery: acknowledgements of an earlier one mean nothing */
  uint32_t generation;

  firefly_phase phase;
  uint64_t token;      /* of the question to the host that is open */
  uint64_t read_after; /* last sequence that was read */
  uint64_t fill_until; /* when the page leaves, full or not */
  bool moved;          /* something was published while the log was being read */
  firefly_page page;

  bool timed;
  uint64_t deadline;
  firefly_subscription *next_timed, *previous_timed;
};

struct firefly_start {
  firefly_start *next; /* of the connection */
  firefly_session *session;
  firefly_subscription *subscription; /* whose candidate it is, or NULL */
  firefly_start *next_candidate, *previous_candidate;
  bool ephemeral;
  ew_str namespace_, name;
  ew_str filter; /* JSON, for the status */
  char time[FIREFLY_TIME_SIZE];
};

/* A delivery that waits for its acknowledgement: one event or one batch. */
struct firefly_flight {
  firefly_flight *next;
  firefly_uuid id;
  firefly_subscription *subscription;
  uint32_t generation;
  uint32_t first, count; /* entries of the page */
};

typedef struct firefly_flights {
  firefly_flight *first, *last;
} firefly_flights;

struct firefly_session {
  ew_session base;
  firefly_session *next, *previous;
  char id[FIREFLY_ID_SIZE];
  ew_str user_agent;
  firefly_namespace *scope; /* of a namespaced address, else NULL */
  bool autoack;
  bool ended; /* nothing is taken from it or sent to it any more */
  firefly_start *starts, *last_start;
  uint32_t start_count;
  firefly_flights events, batches;
  uint32_t flight_count;
};

/*
 * The event that was rendered last: many readers get the same. event points into service->published
 * and event_scratch.
 */
typedef struct firefly_view {
  const firefly_namespace *ns; /* NULL: none */
  uint64_t sequence;
  firefly_uuid id;
  ew_firefly_event event;
  ew_str text; /* without the subscription and what follows it */
} firefly_view;

typedef struct firefly_slot {
  firefly_subscription *subscription;
  uint32_t next_free;
} firefly_slot;

struct firefly_service {
  ew_service base;
  ew_str user, password;
  uint32_t max_read_ahead;
  uint32_t default_delay_ms;
  bool has_filters;
  ew_filter_engine filters;
  firefly_namespace *namespaces;
  size_t namespace_count;
  firefly_slot *slots; /* tokens of the host's answers lead here */
  uint32_t slot_count, slot_size, free_slot, used_slots;
  uint32_t serial; /* of tokens */
  uint64_t order;
  firefly_session *sessions, *last_session;
  firefly_subscription *timed, *last_timed; /* by deadline */
  const ew_type *start_type, *ack_type, *event_type, *error_type, *input_type, *resource_type,
      *filter_type;
  /* an event as it is published: the members that delivery adds may be missing */
  ew_entry_type published_type;
  ew_object_rules published_rules;
  ew__scratch scratch; /* what a client sent */
  ew__scratch event_scratch;
  ew__text published;  /* the event that was decoded last, as it was published */
  ew__text event_text; /* and as it is delivered */
  ew__text out;        /* the message under construction */
  firefly_view view;
};

/* ------------------------------------------------------------------------------------------------- service */

static inline firefly_service *ew__firefly_service_of(const firefly_session *session) {
  return (firefly_service *)session->base.service;
}

firefly_namespace *ew__firefly_namespace_find(firefly_service *service, ew_str name);
/* A token that no open question has. */
uint64_t ew__firefly_token(firefly_service *service, uint32_t index);
bool ew__firefly_authorized(const firefly_service *service, const ew_http_request *request);

/* ------------------------------------------------------------------------------------------------- session */

ew_session *ew__firefly_session_open(ew_service *service, const ew_http_request *request,
                                     void *connection, uint64_t now);
void ew__firefly_session_receive(ew_session *session, ew_opcode opcode, ew_str message,
                                 uint64_t now);
void ew__firefly_session_close(ew_session *session, uint64_t now);
void ew__firefly_session_free(firefly_session *session);
/* Sends a protocol_error with the bare text; the connection stays. */
void ew__firefly_session_complain(firefly_session *session, const char *text);
/* The session can not go on for want of memory or place. */
void ew__firefly_session_abandon(firefly_session *session, const char *why);

/* --------------------------------------------------------------------------------------------------- start */

/* in->namespace_ becomes that of the address, where the address has one. */
bool ew__firefly_session_start(firefly_session *session, ew_firefly_start *in, uint64_t now,
                               firefly_error *error);
void ew__firefly_auto_start(firefly_session *session, ew_str query, uint64_t now);
/* Ends what the session started. Those who wait take over. */
void ew__firefly_start_end_all(firefly_session *session, uint64_t now);
/* Frees without any consequence. */
void ew__firefly_start_free_all(firefly_session *session);
/* A durable subscription was made: whoever has asked for it already becomes a candidate. */
void ew__firefly_start_match(firefly_subscription *subscription, uint64_t now);

/* ----------------------------------------------------------------------------------------------------- ack */

bool ew__firefly_session_ack(firefly_session *session, const ew_firefly_ack *in, uint64_t now,
                             firefly_error *error);
/* False when memory or the limit is reached. */
EW_MUST_CHECK bool ew__firefly_flight_add(firefly_session *session,
                                          firefly_subscription *subscription, firefly_uuid id,
                                          uint32_t first, uint32_t count);
void ew__firefly_flight_free_all(firefly_session *session);

/* -------------------------------------------------------------------------------------------- subscription */

/*
 * Ephemeral with name empty. NULL when memory or the limit is reached. One reference is the
 * caller's.
 */
firefly_subscription *ew__firefly_subscription_new(firefly_service *service, firefly_namespace *ns,
                                                   ew_str name, firefly_uuid uuid);
void ew__firefly_subscription_release(firefly_subscription *subscription);

/* The options that count; those that a WebSocket can not do are refused. in may be NULL. */
bool ew__firefly_options_read(const firefly_service *service,
                              const ew_firefly_subscription_options *in, firefly_options *out,
                              firefly_error *error);
/* "newest", "oldest" or a number. */
bool ew__firefly_first_read(ew_str text, firefly_options *out, firefly_error *error);

firefly_subscription *ew__firefly_durable_find(const firefly_namespace *ns, ew_str name);
firefly_subscription *ew__firefly_durable_find_id(const firefly_namespace *ns, firefly_uuid uuid);
/* Makes one, or changes the one of that name unless must_be_new. NULL with error filled: refused, and nothing has
 * changed. */
firefly_subscription *ew__firefly_durable_put(firefly_service *service, firefly_namespace *ns,
                                              const ew_firefly_subscription_input *in,
                                              bool must_be_new, uint64_t now, firefly_error *error);
void ew__firefly_durable_delete(firefly_subscription *subscription, uint64_t now);
/* "newest" was asked for before anybody knew where that is: now it is known. */
void ew__firefly_durable_freeze(firefly_subscription *subscription, uint64_t last);
void ew__firefly_durable_restore(firefly_service *service, ew_str key, ew_str value, uint64_t now);
/* Frees all of a namespace, at the end of the service. */
void ew__firefly_durable_free_all(firefly_namespace *ns);

/* ------------------------------------------------------------------------------------------------ dispatch */

void ew__firefly_candidate_add(firefly_subscription *subscription, firefly_start *start,
                               uint64_t now);
void ew__firefly_candidate_remove(firefly_start *start, uint64_t now);
/* Ends delivery; the next candidate is not asked. */
void ew__firefly_dispatch_stop(firefly_subscription *subscription);
/* Begins behind the position with the first candidate, when there is one and nobody leads. */
void ew__firefly_dispatch_elect(firefly_subscription *subscription, uint64_t now);
/* Asks the host for the position of a subscription that has none yet. */
void ew__firefly_dispatch_locate(firefly_subscription *subscription, uint64_t now);
void ew__firefly_dispatch_located(firefly_subscription *subscription, ew_err err, uint64_t last,
                                  bool has_cursor, uint64_t cursor, uint64_t now);
void ew__firefly_dispatch_events(firefly_subscription *subscription, ew_err err,
                                 const ew_logged *events, size_t count, uint64_t now);
void ew__firefly_dispatch_publish(firefly_subscription *subscription, const ew_logged *event,
                                  uint64_t now);
/* Entries first to first + count - 1 are done with. */
void ew__firefly_dispatch_done(firefly_subscription *subscription, uint32_t first, uint32_t count,
                               uint64_t now);
void ew__firefly_dispatch_tick(firefly_subscription *subscription, uint64_t now);

/* --------------------------------------------------------------------------------------------------- event */

void ew__firefly_event_init(firefly_service *service);
/* Makes service->view the event. EW_ERR_TOO_LARGE, EW_ERR_NOMEM, or as decoding. */
EW_MUST_CHECK ew_err ew__firefly_event_render(firefly_service *service, const firefly_namespace *ns,
                                              const ew_logged *event);
EW_MUST_CHECK ew_err ew__firefly_event_check(ew_service *service, ew_str where, ew_str event,
                                             ew_buf *stream, ew_diag *diag);

/* -------------------------------------------------------------------------------------------------- filter */

/* in may be NULL. */
bool ew__firefly_filter_compile(const firefly_service *service,
                                const ew_firefly_subscription_filter *in, firefly_filter *out,
                                firefly_error *error);
bool ew__firefly_filter_matches(const firefly_service *service, const firefly_filter *filter,
                                const ew_firefly_event *event);
void ew__firefly_filter_clear(const firefly_service *service, firefly_filter *filter);

/* ---------------------------------------------------------------------------------------------------- rest */

void ew__firefly_http(ew_service *service, const ew_http_request *request,
                      ew_http_response *response, uint64_t now);

/* ---------------------------------------------------------------------------------------------------- text */

#if defined(__GNUC__)
#  define FIREFLY_PRINTF(at) __attribute__((format(printf, at, at + 1)))
#else
#  define FIREFLY_PRINTF(at)
#endif

/* Fills error and returns false. */
bool ew__firefly_fail(firefly_error *error, int status, const char *format, ...) FIREFLY_PRINTF(3);
/*
 * What is wrong with a message, as Go's JSON reader would say it. go_type is the name of the struct
 * there.
 */
void ew__firefly_describe(firefly_error *error, const ew_diag *diag, ew_str message,
                          const char *go_type);
/* At most max bytes of text, whole code points. */
ew_str ew__firefly_clip(ew_str text, uint32_t max);

typedef enum firefly_uuid_fault {
  FIREFLY_UUID_OK,
  FIREFLY_UUID_LENGTH,
  FIREFLY_UUID_FORMAT
} firefly_uuid_fault;
/* Every spelling the real server reads; the empty text is the id of zeros. */
firefly_uuid_fault ew__firefly_uuid_read(ew_str text, firefly_uuid *out);
void ew__firefly_uuid_write(firefly_uuid uuid, char out[FIREFLY_ID_SIZE]);
firefly_uuid ew__firefly_uuid_random(const firefly_service *service);
static inline bool ew__firefly_uuid_equal(firefly_uuid a, firefly_uuid b) {
  return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

/*
 * A Go duration or a number of milliseconds. Negative ones count as 0, parts of a millisecond as a
 * whole one.
 */
bool ew__firefly_duration_read(ew_str text, uint32_t *ms);
/* RFC 3339 as Go writes it. */
void ew__firefly_time_write(uint64_t ms_since_1970, char out[FIREFLY_TIME_SIZE]);
/* 1 to 64 letters, digits, dots, dashes and underscores, with a letter or digit at both ends. */
bool ew__firefly_name_valid(ew_str name);

#endif
