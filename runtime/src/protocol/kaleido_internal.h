/*
 * The Kaleido server in parts: kaleido_service.c has the HTTP side and the sessions,
 * kaleido_command.c reads what a client says, kaleido_topic.c decides what a topic does next,
 * kaleido_batch.c builds its batches.
 *
 * A topic holds at most two batches: the one that is delivered (flight) and the next one, which
 * fills while the first waits for its ack, as in the real server, whose poller stops when batchSize
 * events are under way. Everything else stays in the log and is read when there is room, so a slow
 * or absent listener costs no memory.
 */
#ifndef EW_KALEIDO_INTERNAL_H
#define EW_KALEIDO_INTERNAL_H

#include "eventwire/kaleido.h"
#include "memory_internal.h"
#include "service_internal.h"

#define EW__KALEIDO_MAX_BATCH 1000u             /* E: larger sizes are cut to it */
#define EW__KALEIDO_MAX_TOPICS 10000u           /* of one service */
#define EW__KALEIDO_MAX_TOPICS_OF_SESSION 1000u
#define EW__KALEIDO_MAX_TOPIC_BYTES 1024u
#define EW__KALEIDO_MAX_STRAY_ACKS 10u          /* T: the queue of a topic; one more closes the connection */
#define EW__KALEIDO_FIRST_RETRY_MS 1000u        /* E: 1, 2, 4 ... seconds */
#define EW__KALEIDO_LOG_RETRY_MS 1000u          /* after the log has failed */
#define EW__KALEIDO_BUCKETS 1024u

/* Log stream and cursor of a topic. Replies have one of their own, which no topic can have. */
#define EW__KALEIDO_STREAM_PREFIX "kaleido/"
#define EW__KALEIDO_REPLIES "kaleido-replies"

typedef struct ew__kaleido_service ew__kaleido_service;
typedef struct ew__kaleido_session ew__kaleido_session;
typedef struct ew__kaleido_topic ew__kaleido_topic;

/* ------------------------------------------------------------------------------------------------- batches */

/* A message as it goes out, while it is open without its last characters. */
typedef struct ew__kaleido_batch {
  ew__text text;
  uint32_t count;
  uint64_t last;      /* sequence of its last event */
  uint64_t number;
  uint64_t opened_at; /* when its first event came */
  bool full;
} ew__kaleido_batch;

typedef enum ew__kaleido_taken {
  EW__KALEIDO_TAKEN,
  EW__KALEIDO_NO_ROOM,
  EW__KALEIDO_NO_MEMORY
} ew__kaleido_taken;

typedef struct ew__kaleido_format {
  uint32_t batch_size;
  size_t max_bytes;
  bool numbered;
  bool line_feed; /* behind every message */
} ew__kaleido_format;

void ew__kaleido_batch_init(ew__kaleido_batch *batch, const ew__kaleido_format *format);
void ew__kaleido_batch_clear(ew__kaleido_batch *batch);
/*
 * The first event opens the batch; number and opened_at must be set by then. NO_ROOM closes it:
 * full is true.
 */
ew__kaleido_taken ew__kaleido_batch_add(ew__kaleido_batch *batch, const ew__kaleido_format *format,
                                        const ew_logged *event);
/* Writes the end of the message. The batch has an event. */
void ew__kaleido_batch_finish(ew__kaleido_batch *batch, const ew__kaleido_format *format);
/* Empty again, for the next events. */
void ew__kaleido_batch_recycle(ew__kaleido_batch *batch);

/* -------------------------------------------------------------------------------------------------- topics */

/* What the batch in flight is doing. */
typedef enum ew__kaleido_flight {
  EW__KALEIDO_NO_FLIGHT = 0,
  EW__KALEIDO_OFFERED, /* waits for a listener, without limit */
  EW__KALEIDO_HELD,    /* sent, waits for ack or error, without limit */
  EW__KALEIDO_RESTING  /* failed, waits for its next attempt */
} ew__kaleido_flight;

struct ew__kaleido_topic {
  ew__kaleido_service *service;
  ew__kaleido_topic *bucket_next;
  ew__kaleido_topic **timed_link; /* NULL: no wake-up */
  ew__kaleido_topic *timed_next;
  ew_str stream; /* with the prefix; also the name of the cursor */
  uint64_t id;   /* token of its questions to the log */
  uint64_t wake_at;

  ew__kaleido_session **listeners;
  uint32_t listener_count, listener_room;
  uint32_t turn; /* who gets the next batch */

  /* The log: events up to taken are in a batch or done, events up to known exist. */
  bool located;  /* taken and known are valid */
  bool asking;   /* a question is out */
  uint64_t asked_known;
  uint64_t taken, known;
  uint64_t unread_since; /* when the first event behind taken came; 0: long ago */
  uint64_t ask_again_at;

  ew__kaleido_batch next;
  ew__kaleido_batch batch; /* in flight */
  uint64_t batches;        /* numbers given so far */
  ew__kaleido_flight flight;
  ew__kaleido_session *holder;
  /* until the next tick: acks that came before a batch was sent must not count for it */
  bool pause;
  bool round_begins;    /* the next attempt is the first of a round */
  uint64_t round_until; /* retry time-out of the round */
  uint64_t retry_at;
  uint64_t retry_delay_ms;
};

ew__kaleido_topic *ew__kaleido_topic_find(const ew__kaleido_service *service, ew_str stream);
void ew__kaleido_topics_free(ew__kaleido_service *service);

/*
 * Makes the topic when it does not exist and adds a listener that it does not have yet. Nothing is
 * delivered before ew__kaleido_topic_drive(). EW_ERR_QUEUE_FULL: too many topics; EW_ERR_NOMEM.
 */
ew_err ew__kaleido_topic_join(ew__kaleido_service *service, ew_str stream,
                              ew__kaleido_session *session, ew__kaleido_topic **out);
/* The session is gone. May free the topic. */
void ew__kaleido_topic_leave(ew__kaleido_topic *topic, ew__kaleido_session *session, uint64_t now);

/*
 * False when nothing was in flight, so that the answer is a stray one. number 0: the client said
 * none.
 */
bool ew__kaleido_topic_ack(ew__kaleido_topic *topic, const ew__kaleido_session *from,
                           uint64_t number, uint64_t now);
bool ew__kaleido_topic_reject(ew__kaleido_topic *topic, const ew__kaleido_session *from,
                              uint64_t number, uint64_t now);

/* Does all that can be done now: asks the log, closes and offers batches, sets the next wake-up. */
void ew__kaleido_topic_drive(ew__kaleido_topic *topic, uint64_t now);

void ew__kaleido_publish(ew_service *service, ew_str stream, const ew_logged *event, uint64_t now);
void ew__kaleido_events(ew_service *service, uint64_t token, ew_err err, const ew_logged *events,
                        size_t count, uint64_t now);
void ew__kaleido_position(ew_service *service, uint64_t token, ew_err err, uint64_t last,
                          bool has_cursor, uint64_t cursor, uint64_t now);
uint64_t ew__kaleido_deadline(const ew_service *service);
void ew__kaleido_tick(ew_service *service, uint64_t now);

/* ---------------------------------------------------------------------------------------- service, sessions */

struct ew__kaleido_session {
  ew_session base;
  ew__kaleido_session *next;
  ew__kaleido_session **link;
  ew__kaleido_topic **topics;
  uint32_t topic_count, topic_room;
  uint32_t stray_acks; /* since the last batch it was sent */
  bool replies;        /* has said listenReplies */
  bool ending;         /* the host was told to end it, or cannot send to it */
};

struct ew__kaleido_service {
  ew_service base;
  ew_str user, password;
  ew__kaleido_format format;
  bool skip_on_error;
  bool broadcast;
  uint32_t batch_timeout_ms;
  uint32_t retry_timeout_ms;
  uint32_t blocked_retry_delay_ms;
  ew__scratch scratch;
  ew__kaleido_session *sessions;
  ew__kaleido_topic *buckets[EW__KALEIDO_BUCKETS];
  uint64_t hash_seed;
  uint64_t last_topic_id;
  uint32_t topic_count;
  ew__kaleido_topic *timed; /* those with a wake-up */
  uint64_t wake_at;         /* not later than any of theirs */
};

static inline bool ew__kaleido_strict(const ew__kaleido_service *service) {
  return service->base.manner == EW_MANNER_STRICT;
}

/* ------------------------------------------------------------------------------------------------- commands */

typedef enum ew__kaleido_verb {
  EW__KALEIDO_IGNORE = 0, /* the real server says nothing and goes on */
  EW__KALEIDO_LISTEN,
  EW__KALEIDO_LISTEN_REPLIES,
  EW__KALEIDO_ACK,
  EW__KALEIDO_ERROR
} ew__kaleido_verb;

typedef struct ew__kaleido_command {
  ew__kaleido_verb verb;
  ew_str topic;
  uint64_t number; /* 0: none */
} ew__kaleido_command;

/*
 * Reads one message of a client by the service's manner. Views in out live until the next call.
 * Errors as decoding.
 */
ew_err ew__kaleido_command_read(ew__kaleido_service *service, ew_str message,
                                ew__kaleido_command *out, ew_diag *diag);

#endif
