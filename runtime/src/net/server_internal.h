/*
 * The server in parts, one noun a file:
 *
 *   server.c             the server as a whole: life, loop, stop
 *   server_listener.c    one port: its libwebsockets vhost, and where each of its callbacks goes
 *   server_connection.c  one peer: queue, sending, receiving, ends
 *   server_request.c     HTTP: what comes in as ew_http_request, the guards of the opening handshake, answers
 *   server_host.c        what a service may ask of its surroundings (ew_host), on the event log
 *   server_publish.c     events on their way into the log and out to the services
 *   server_admin.c       the admin listener
 *   server_peers.c       connections counted by address
 *   server_note.c        lines for the operator, without secrets
 *   server_protocols.c   the four public ew_server_add_*
 *
 * Everything runs on the loop thread but what says otherwise. A service is entered from the top of
 * a callback only, and every such visit ends with ew__listener_settle(): the ends that the service
 * asked for happen there, never under its feet.
 */
#ifndef EW_SERVER_INTERNAL_H
#define EW_SERVER_INTERNAL_H

#include "eventwire/frame.h"
#include "eventwire/server.h"

#include <libwebsockets.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <uv.h>

#define EW__READABLE_AFTER 64           /* behind every message handed to a service */
#define EW__MAX_FRAGMENTS 1024u         /* of one message */
#define EW__WRITE_BYTES ((size_t)64 << 10) /* of one write, unless a single frame is larger */
/* of events in one turn of the loop: a reader that keeps up takes them in the next */
#define EW__TOLD_BYTES (EW__WRITE_BYTES / 2)
#define EW__HEADER_BYTES 16384          /* of one HTTP request */
#define EW__BODY_BYTES ((size_t)64 << 10)
#define EW__ADMIN_BODY_BYTES ((size_t)16 << 20)
#define EW__RESPONSE_BYTES ((size_t)64 << 10)
#define EW__LINGER_MS 2000u             /* after our end of TCP is closed, for the peer's */

typedef struct ew__conn ew__conn;
typedef struct ew__listener ew__listener;

/* --------------------------------------------------------------------- work for the loop thread */

/**
 * Something that came from another thread. run() owns post; server->closed says that nothing may be
 * delivered any more.
 */
typedef struct ew__post {
  struct ew__post *next;
  void (*run)(ew_server *server, struct ew__post *post);
} ew__post;

/** Any thread. Keeps the order of the calls. */
void ew__server_post(ew_server *server, ew__post *post);

/* ------------------------------------------------------------------------------------ deadlines */

/** Connections that wait for the same length of time, so the one put in last is due last. */
typedef enum ew__wait {
  EW__WAIT_REQUEST, /* for the end of the HTTP request */
  EW__WAIT_PING,    /* silence, until we ping */
  EW__WAIT_PONG,    /* for any byte after a ping */
  EW__WAIT_FLUSH,   /* for what is queued before the end */
  EW__WAIT_PEER,    /* for the peer's end of TCP */
  EW__WAIT_COUNT,
  EW__WAIT_NONE = EW__WAIT_COUNT
} ew__wait;

typedef struct ew__waiting {
  ew__conn *first, *last;
  uint32_t ms;
} ew__waiting;

/** Moves conn to the end of a line of waiting ones; EW__WAIT_NONE: to none. */
void ew__conn_wait(ew__conn *conn, ew__wait wait);

/* ----------------------------------------------------------------------------------- connection */

typedef enum ew__phase {
  EW__REQUEST, /* HTTP */
  EW__OPEN,    /* WebSocket with a session */
  EW__ENDING,  /* what is queued leaves, then the end asked for */
  EW__HALF,    /* our end of TCP is closed; what comes is thrown away */
  EW__CLOSING  /* a Close frame is on its way or was answered, or the connection has gone */
} ew__phase;

/** Bytes that grow up to a limit given with each call. */
typedef struct ew__bytes {
  char *ptr;
  size_t start, end, size; /* start: what has been taken from the front */
} ew__bytes;

struct ew__conn {
  ew_server *server;
  ew__listener *listener;
  struct lws *wsi;
  ew_session *session; /* NULL: not yet, or no longer */
  ew__phase phase;

  ew__bytes out; /* whole frames, unmasked */
  ew__bytes in;  /* the message under way, or the body of a request */
  uint32_t fragments;
  bool writing;  /* a writable callback has been asked for */

  uint16_t close_code; /* 0: end TCP without a Close frame */
  char close_reason[124];
  size_t close_reason_len;
  bool expects_session_close; /* stands in listener->ending */

  struct ew__publication *publication; /* whose answer this request waits for */
  char *answer;                        /* HTTP answer to be written when writable; with LWS_PRE in front */
  size_t answer_len;

  ew__wait wait;
  uint64_t due;
  ew__conn *wait_next, *wait_prev;
  ew__conn *next, *prev;  /* all of the server */
  ew__conn *ending_next;
  unsigned char address[16];
  char peer[64]; /* "127.0.0.1:50000" */
};

/** What came in on wsi; NULL when memory is out. */
ew__conn *ew__conn_new(ew__listener *listener, struct lws *wsi);
void ew__conn_free(ew__conn *conn);

/** Queues one frame. EW_ERR_CLOSED, EW_ERR_QUEUE_FULL; in both cases the connection is at its end already. */
ew_err ew__conn_send(ew__conn *conn, ew_frame_opcode opcode, ew_str payload);

/** Sends what is queued, then a Close frame. The session ends at the next settling. */
void ew__conn_close(ew__conn *conn, uint16_t code, ew_str reason);

/** Sends what is queued, then ends TCP. */
void ew__conn_drop(ew__conn *conn);

/** Ends TCP at once. Not from inside a callback of the same connection. */
void ew__conn_kill(ew__conn *conn);

/**
 * Closes our end of TCP; the peer's bytes are thrown away until it closes its own, so that nothing
 * we sent is lost to a reset.
 */
void ew__conn_half_close(ew__conn *conn);

/** The callbacks of libwebsockets for an open connection; what they return goes back to it. */
int ew__conn_on_established(ew__conn *conn);
int ew__conn_on_fragment(ew__conn *conn, const char *bytes, size_t size);
int ew__conn_on_pong(ew__conn *conn);
int ew__conn_on_writable(ew__conn *conn);
int ew__conn_on_peer_close(ew__conn *conn);
void ew__conn_on_gone(ew__conn *conn);

/** A deadline has passed. */
void ew__conn_on_due(ew__conn *conn);

/** Room for size more bytes at the end; false when memory is out. */
bool ew__bytes_reserve(ew__bytes *bytes, size_t size);
void ew__bytes_clear(ew__bytes *bytes);

/* ------------------------------------------------------------------------------------- requests */

/** HTTP callbacks of libwebsockets. */
int ew__request_on_upgrade(ew__conn *conn);
int ew__request_on_headers(ew__conn *conn);
int ew__request_on_body(ew__conn *conn, const char *bytes, size_t size);
int ew__request_on_complete(ew__conn *conn);
int ew__request_on_writable(ew__conn *conn);

/** Answers later, from outside a callback of the connection. body is copied. */
void ew__request_answer_later(ew__conn *conn, int status, const char *content_type, ew_str body);

/* ------------------------------------------------------------------------------------ listeners */

typedef ew_err (*ew__service_factory)(ew_service **out, const void *opts, const ew_host *host);

typedef struct ew__counters {
  uint64_t connections; /* now */
  uint64_t accepted, refused, opened, received, sent, published, slow;
} ew__counters;

struct ew__listener {
  ew_server *server;
  ew__listener *next;
  const char *name;     /* of the protocol; "admin" */
  ew_service *service;  /* NULL: admin */
  struct lws_vhost *vhost;
  uint16_t port;
  size_t max_message_bytes; /* of a client */
  size_t max_body_bytes;
  char *token;          /* of admin; NULL: none asked for */
  char vhost_name[32];
  uv_timer_t deadline;  /* of the service */
  bool has_deadline;
  uint64_t deadline_at;
  ew__conn *ending;     /* sessions that end at the next settling */
  ew__counters counters;
};

/**
 * Ends every visit to the service: closes the sessions whose connection is ending, and sets the
 * timer to the service's deadline.
 */
void ew__listener_settle(ew__listener *listener);

/** Opens the port. EW_ERR_ADDRESS_IN_USE, EW_ERR_ARGUMENT, EW_ERR_IO, EW_ERR_NOMEM. */
ew_err ew__listener_open(ew__listener *listener, const ew_listen *where);

/** True when host names this machine alone. NULL does. */
bool ew__host_is_loopback(const char *host);

/**
 * Adds a listener for the service that factory makes; name is static and is the first part of its
 * streams in the log. The heart of ew_server_add_*().
 */
ew_err ew__server_add(ew_server *server, const ew_listen *where, const char *name,
                      ew__service_factory factory, const void *opts, uint16_t *port);

/** The first listener of a protocol, or NULL. */
ew__listener *ew__server_find(ew_server *server, ew_str name);

/* ----------------------------------------------------------------------------------------- host */

/** The calls of a service; ctx is the listener. */
extern const ew_host ew__host_calls;

/**
 * "name/text", the name of a stream, cursor or resource in the log. Lives until the second call
 * after. ptr NULL when memory is out.
 */
ew_str ew__scoped(ew__listener *listener, ew_str text);

/** Hands every stored resource of the protocol to its service. */
ew_err ew__host_restore(ew__listener *listener);

/* -------------------------------------------------------------------------------------- publish */

typedef struct ew__published {
  ew_err err;
  size_t line;      /* from 1, of the refused event; 0: none, EW_ERR_COUNT then means too many events */
  size_t count;
  uint64_t first, last;
  ew_diag diag;
} ew__published;

typedef void (*ew__published_fn)(void *ctx, const ew__published *result);

/** Events on their way. done is called once, on the loop thread. */
typedef struct ew__publication ew__publication;

/**
 * Checks and appends the lines of text (NDJSON), all or none. text is taken over when *out is set.
 * On failure nothing was appended, done is not called and result says why.
 */
ew_err ew__publish_lines(ew__publication **out, ew__listener *listener, ew_str where, char *text,
                         size_t size, ew__published *result, ew__published_fn done, void *ctx);

/**
 * Goes on with server->telling, at most about room bytes of events, and takes them off room. False
 * when there are more.
 */
bool ew__publish_tell(ew_server *server, size_t *room);

/** Nobody waits any more; the events are published all the same. */
void ew__publication_forget(ew__publication *publication);

/* ---------------------------------------------------------------------------------------- admin */

/** Whether the sender of these headers is served at all. False: response is the refusal. */
bool ew__admin_admits(const ew__listener *admin, const ew_http_request *request, ew_http_response *response);

/**
 * Answers a whole request, of one who was admitted, to the admin listener: at once (true, response
 * is filled) or later (false).
 */
bool ew__admin_http(ew__conn *conn, const ew_http_request *request, ew_http_response *response);

/* ---------------------------------------------------------------------------------------- peers */

typedef struct ew__peer {
  struct ew__peer *next;
  unsigned char address[16];
  uint32_t count;
} ew__peer;

#define EW__PEER_BUCKETS 1024u

/**
 * The address of the peer of a socket, IPv4 mapped into IPv6, and as text with its port. False when
 * it has none.
 */
bool ew__peer_of(int fd, unsigned char address[16], char *text, size_t size);

uint32_t ew__peers_count(ew_server *server, const unsigned char address[16]);
bool ew__peers_add(ew_server *server, const unsigned char address[16]);
void ew__peers_remove(ew_server *server, const unsigned char address[16]);
void ew__peers_clear(ew_server *server);

/* ---------------------------------------------------------------------------------------- notes */

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void ew__note(ew_server *server, ew_level level, const char *format, ...);

/* --------------------------------------------------------------------------------------- server */

/** One request at a time is being looked at: its views stand here until the callback returns. */
typedef struct ew__request_memory {
  ew_http_request request;
  ew_http_header headers[128];
  char text[8 * EW__HEADER_BYTES]; /* decoded, encoded (three bytes for one), and a piece */
  char response[EW__RESPONSE_BYTES];
} ew__request_memory;

struct ew_server {
  ew_server_options options;
  ew_log *log;
  uv_loop_t loop;
  bool has_loop;
  struct lws_context *lws;
  ew__listener *listeners;
  ew__conn *conns; /* all, newest first */
  size_t conn_count;
  ew__peer *peers[EW__PEER_BUCKETS];
  ew__waiting waiting[EW__WAIT_COUNT];

  uv_async_t stop_async, wake;
  uv_timer_t wait_timer; /* of the connection due first */
  uv_timer_t stop_timer; /* of the drain */
  uint64_t wait_timer_at;

  uv_mutex_t lock;
  ew__post *posts, **posts_end; /* {lock} */
  ew__post *taken, **taken_end; /* out of posts, to be run */
  /* durable, and not all of it told to the services yet: what was posted behind it waits */
  struct ew__publication *telling;
  size_t posted_bytes;          /* {lock}: of ew_server_publish() */

  size_t log_calls; /* answers of the log under way */
  bool stopping;
  bool drained;
  bool closed; /* nothing is delivered any more */

  char *scoped[2]; /* see ew__scoped() */
  size_t scoped_size[2];
  unsigned scoped_next;
  char message[EW__WRITE_BYTES + EW__READABLE_AFTER]; /* one that came in one piece */
  ew__request_memory memory;
};

/** Milliseconds of the loop's clock. */
uint64_t ew__now(const ew_server *server);

/** To be called when a connection or an answer of the log has gone: a stop may be complete. */
void ew__server_check_drained(ew_server *server);

/** Sets the timer to the connection due first. */
void ew__server_watch(ew_server *server);

#endif
