/**
 * eventwire/protocol.h - the four protocols as pure machines: messages and the time in, messages
 * and the next deadline out.
 *
 * Nothing here opens a socket, reads a clock or allocates on a foreign thread, so the machines run
 * on any loop and are tested by feeding them messages and a clock. eventwire/server.h and
 * eventwire/client.h put them on libwebsockets and libuv.
 *
 *   ew_service     the server side of one protocol: its broker (streams, subscriptions, who gets
 *                  what) and its sessions
 *   ew_session     one connection of a service
 *   ew_subscriber  the client side: one connection that starts, listens or subscribes, and
 *                  acknowledges
 *
 * Times are milliseconds of a monotonic clock, the same one in every call to one machine. One
 * machine belongs to one thread.
 */
#ifndef EVENTWIRE_PROTOCOL_H
#define EVENTWIRE_PROTOCOL_H

#include "eventwire/codec.h"
#include "eventwire/http.h"
#include "eventwire/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/** RFC 6455 section 5.2: the kind of a data message. */
typedef enum ew_opcode { EW_TEXT = 1, EW_BINARY = 2 } ew_opcode;

#define EW_NEVER UINT64_MAX

/** How a machine behaves where the real server and its document differ. */
typedef enum ew_manner {
  /* as the real server: tolerant parsing, silence, dropping without a Close frame */
  EW_MANNER_COMPAT = 0,
  EW_MANNER_STRICT      /* as a good citizen: strict parsing, Close frames with code and reason */
} ew_manner;

/* --------------------------------------------------------------------------------------------- server side */

typedef struct ew_service ew_service;
typedef struct ew_session ew_session;

/** One event of the log. The view lives until the call returns. */
typedef struct ew_logged {
  uint64_t sequence; /* of its stream, from 1, rising */
  ew_str event;      /* JSON as published */
} ew_logged;

/**
 * What a service asks of its surroundings. Calls return at once; answers come later through the
 * ew_service_* functions, never from inside the call. connection is the pointer given to
 * ew_service_open().
 */
typedef struct ew_host {
  void *ctx;
  /*
   * Queues one text message; the bytes are copied. EW_ERR_CLOSED, EW_ERR_QUEUE_FULL (the host then
   * closes a slow reader itself).
   */
  ew_err (*send)(void *ctx, void *connection, ew_str message);
  /*
   * Sends what is queued, then a Close frame (RFC 6455 section 7.4 code) with reason, then ends.
   * ew_service_close() follows.
   */
  void (*close)(void *ctx, void *connection, uint16_t code, ew_str reason);
  /*
   * Sends what is queued, then ends TCP without a Close frame: the peer sees 1006.
   * ew_service_close() follows.
   */
  void (*drop)(void *ctx, void *connection);
  /*
   * Reads up to limit events of stream with a sequence above after. Answer: ew_service_events()
   * with token.
   */
  ew_err (*read)(void *ctx, ew_str stream, uint64_t after, uint32_t limit, uint64_t token);
  /*
   * The last sequence of a stream and the position stored under cursor. Answer:
   * ew_service_position() with token.
   */
  ew_err (*position)(void *ctx, ew_str stream, ew_str cursor, uint64_t token);
  /* Stores the position of a cursor, without waiting for it. */
  void (*commit)(void *ctx, ew_str cursor, uint64_t sequence);
  /*
   * Stores (value NULL ptr: removes) a resource, for example a subscription; ew_service_restore()
   * gives all of them back after a restart.
   */
  void (*store)(void *ctx, ew_str key, ew_str value);
  /* Fills bytes from the kernel's random numbers. */
  void (*random)(void *ctx, void *bytes, size_t size);
  /* One line for the operator, without payload and secrets. May be NULL. */
  void (*note)(void *ctx, ew_str line);
  /* Wall clock, milliseconds since 1970, for members such as created. */
  uint64_t (*wall_clock_ms)(void *ctx);
} ew_host;

/**
 * Regular expressions for the filters of FireFly subscriptions: RE2 syntax, unanchored search.
 * eventwire/filter_re2.h has an engine.
 */
typedef struct ew_filter_engine {
  void *ctx;
  /*
   * The compiled pattern; NULL when it is refused: then reason (size bytes, terminated) says why,
   * in UTF-8.
   */
  void *(*compile)(void *ctx, ew_str pattern, char *reason, size_t size);
  /* Whether the pattern is found in text, which need not be valid UTF-8. */
  bool (*match)(const void *program, ew_str text);
  void (*free)(void *program);
} ew_filter_engine;

/** FireFly. */
typedef struct ew_firefly_service_options {
  ew_manner manner;
  ew_str user, password;        /* basic auth of the listener; both empty: none */
  const ew_str *namespaces;     /* at least one */
  size_t namespace_count;
  uint32_t max_read_ahead;      /* 0: 65535 */
  /*
   * wait of an unbatched page that is not full when batchTimeout is not set; the real server has
   * 2000; 0 here: none
   */
  uint32_t default_delay_ms;
  /*
   * copied; its ctx must live as long as the service; NULL: a start or subscription with a filter
   * is refused
   */
  const ew_filter_engine *filters;
} ew_firefly_service_options;

/** Kaleido. One event stream per topic; a topic that is listened to or published to exists. */
typedef struct ew_kaleido_service_options {
  ew_manner manner;
  ew_str user, password;
  bool numbered_batches;        /* dialect of the newer servers: {"batchNumber":n,"events":[...]} */
  bool skip_on_error;           /* errorHandling skip (the real default) instead of block */
  uint32_t batch_size;          /* 0: 1; at most 1000 */
  uint32_t batch_timeout_ms;    /* 0: 5000 */
  uint32_t retry_timeout_ms;    /* 0: a single attempt, as the real default */
  uint32_t blocked_retry_delay_ms; /* 0: 30000 */
  bool broadcast;               /* distributionMode broadcast: every listener, no acks */
} ew_kaleido_service_options;

/** Alibaba Cloud BaaS. */
typedef struct ew_baas_service_options {
  ew_manner manner;
  const ew_str *tokens;         /* accepted access tokens; at least one */
  size_t token_count;
  const ew_str *networks;       /* channels; none: any well-formed name */
  size_t network_count;
} ew_baas_service_options;

/** One stream an Octave server knows. */
typedef struct ew_octave_stream {
  ew_str id;
  ew_str path;
} ew_octave_stream;

/** Sierra Wireless Octave. */
typedef struct ew_octave_service_options {
  ew_manner manner;
  ew_str user, company;         /* with the master token */
  ew_str master_token;          /* needs X-Auth-User */
  ew_str restricted_token;      /* must come without X-Auth-User; empty: none */
  const ew_octave_stream *streams; /* none: any well-formed selector is accepted */
  size_t stream_count;
  uint32_t session_ttl_ms;      /* of a session without a connection; 0: 60000 */
} ew_octave_service_options;

/**
 * Options and host are copied (views must stay valid only during the call; host.ctx as long as the
 * service). EW_ERR_NOMEM, EW_ERR_ARGUMENT.
 */
EW_MUST_CHECK EW_API ew_err ew_firefly_service_new(ew_service **out,
                                                   const ew_firefly_service_options *opts,
                                                   const ew_host *host);
EW_MUST_CHECK EW_API ew_err ew_kaleido_service_new(ew_service **out,
                                                   const ew_kaleido_service_options *opts,
                                                   const ew_host *host);
EW_MUST_CHECK EW_API ew_err ew_baas_service_new(ew_service **out,
                                                const ew_baas_service_options *opts,
                                                const ew_host *host);
EW_MUST_CHECK EW_API ew_err ew_octave_service_new(ew_service **out,
                                                  const ew_octave_service_options *opts,
                                                  const ew_host *host);

/** Ends the service and all its sessions without calling the host. NULL is fine. */
EW_API void ew_service_free(ew_service *service);

/** The protocol's document: names, limits, messages. */
EW_API const ew_document *ew_service_document(const ew_service *service);

/**
 * Decides one HTTP request: response->status 101 means that ew_service_open() follows with the same
 * request.
 */
EW_API void ew_service_http(ew_service *service, const ew_http_request *request,
                            ew_http_response *response, uint64_t now);

/**
 * A WebSocket is open. NULL when memory is out: the host then closes. The session is freed by
 * ew_service_close().
 */
EW_API ew_session *ew_service_open(ew_service *service, const ew_http_request *request,
                                   void *connection, uint64_t now);

/** A whole message came. text of EW_TEXT need not be valid UTF-8: the protocol decides. */
EW_API void ew_service_receive(ew_session *session, ew_opcode opcode, ew_str message, uint64_t now);

/** The connection is gone, for whatever reason. Once per session. */
EW_API void ew_service_close(ew_session *session, uint64_t now);

/**
 * Checks an event that somebody wants to publish and names the log stream it belongs to (written to
 * stream, the caller's buffer). where is the topic, namespace or network asked for, empty: the
 * event or the protocol's default decides. Errors: as decoding, EW_ERR_ARGUMENT for an unknown
 * where.
 */
EW_MUST_CHECK EW_API ew_err ew_service_check(ew_service *service, ew_str where, ew_str event,
                                             ew_buf *stream, ew_diag *diag);

/** An event has been appended to the log and is durable. */
EW_API void ew_service_publish(ew_service *service, ew_str stream, const ew_logged *event,
                               uint64_t now);

/** Answers of the host. err other than EW_OK: count is 0. */
EW_API void ew_service_events(ew_service *service, uint64_t token, ew_err err,
                              const ew_logged *events, size_t count, uint64_t now);
EW_API void ew_service_position(ew_service *service, uint64_t token, ew_err err, uint64_t last,
                                bool has_cursor, uint64_t cursor, uint64_t now);
EW_API void ew_service_restore(ew_service *service, ew_str key, ew_str value, uint64_t now);

/**
 * When ew_service_tick() must be called next, EW_NEVER for not at all. Ask again after every call
 * into the service.
 */
EW_API uint64_t ew_service_deadline(const ew_service *service);
EW_API void ew_service_tick(ew_service *service, uint64_t now);

/* --------------------------------------------------------------------------------------------- client side */

typedef struct ew_subscriber ew_subscriber;

/**
 * One event received. All views live until the callback returns. As a struct, in an arena of the
 * caller's: ew_type_decode() of event.json with &ew__firefly_event[0].type, or that of
 * ew__kaleido_event, ew__kaleido_numbered_event, ew__kaleido_reply, ew__baas_event or
 * ew__octave_event.
 */
typedef struct ew_delivery {
  ew_raw event;         /* the event object, as received */
  ew_str id;            /* the event's id, or empty */
  ew_str type;          /* the event's type or signature, or empty */
  ew_str source;        /* subscription, topic, network or stream it came by; may be empty */
  uint64_t sequence;    /* the protocol's own number, 0 when it has none */
  uint32_t index;       /* position in its batch */
  uint32_t count;       /* size of its batch, 1 without */
} ew_delivery;

/** What a subscriber asks of its surroundings, and tells them. */
typedef struct ew_subscriber_host {
  void *ctx;
  ew_err (*send)(void *ctx, ew_str message); /* queues a text message */
  /*
   * One event. Return true when it is done with: the batch is acknowledged when all of its events
   * are. False: the protocol's own refusal (Kaleido error) or no ack.
   */
  bool (*event)(void *ctx, const ew_delivery *delivery);
  /*
   * The peer reports an error (FireFly protocol_error, Octave ok false). Fatal ones end the
   * connection.
   */
  void (*peer_error)(void *ctx, ew_str text);
  /* The peer sent something the protocol does not allow; the message is ignored. diag says what. */
  void (*bad_message)(void *ctx, const ew_diag *diag, ew_str message);
  /*
   * Everything asked for is confirmed, or, where the protocol has no confirmation, was sent. Once
   * per connection.
   */
  void (*ready)(void *ctx);
} ew_subscriber_host;

typedef enum ew_ack_mode {
  EW_ACK_AFTER = 0, /* when the event callback has returned true */
  /* the server acknowledges for us (FireFly autoack); elsewhere as EW_ACK_AFTER */
  EW_ACK_AUTO,
  EW_ACK_NONE       /* never */
} ew_ack_mode;

typedef struct ew_subscriber_options {
  const char *protocol;      /* "firefly", "kaleido", "baas", "octave" */
  ew_profile profile;        /* for what the server sends; EW_LENIENT is wise with real servers */
  ew_ack_mode ack;
  ew_str user, password;     /* basic auth; Octave: user */
  ew_str token;              /* BaaS access token; Octave token */
  ew_str company;            /* Octave */
  ew_str namespace_;         /* FireFly */
  ew_str name;               /* FireFly durable subscription; empty: ephemeral */
  ew_str from;               /* FireFly firstEvent of an ephemeral one: oldest, newest, a number */
  bool batch;                /* FireFly: ask for event_batch */
  uint32_t read_ahead;       /* FireFly */
  ew_str topic;              /* Kaleido */
  bool replies;              /* Kaleido: listenReplies */
  ew_str network;            /* BaaS */
  ew_str sources;            /* BaaS: "Tx,Block" or "*" */
  const ew_str *streams;     /* Octave: stream ids or paths */
  size_t stream_count;
} ew_subscriber_options;

/** What must be sent to get a connection. Views live until the next call to the subscriber. */
typedef struct ew_request {
  bool upgrade;       /* the WebSocket itself; else an ordinary HTTP request that comes before it */
  const char *method;
  ew_str target;      /* path and query, encoded, relative to the URL's origin */
  ew_http_header headers[8];
  size_t header_count;
} ew_request;

EW_MUST_CHECK EW_API ew_err ew_subscriber_new(ew_subscriber **out,
                                              const ew_subscriber_options *opts,
                                              const ew_subscriber_host *host);
EW_API void ew_subscriber_free(ew_subscriber *subscriber);
EW_API const ew_document *ew_subscriber_document(const ew_subscriber *subscriber);

/**
 * Starts (again) from nothing and says the first request. url_path is the path given by the user,
 * empty or "/" for the protocol's own.
 */
EW_MUST_CHECK EW_API ew_err ew_subscriber_connect(ew_subscriber *subscriber, ew_str url_path,
                                                  ew_request *request);

/**
 * The answer to a request that was not an upgrade; says the next request. EW_ERR_REFUSED: given up,
 * diag->found has the reason.
 */
EW_MUST_CHECK EW_API ew_err ew_subscriber_answer(ew_subscriber *subscriber, int status, ew_str body,
                                                 ew_request *next, ew_diag *diag);

EW_API void ew_subscriber_open(ew_subscriber *subscriber, uint64_t now);
EW_API void ew_subscriber_receive(ew_subscriber *subscriber, ew_opcode opcode, ew_str message,
                                  uint64_t now);
EW_API void ew_subscriber_close(ew_subscriber *subscriber, uint64_t now);

/* ------------------------------------------------------------------------------------- rules across members */

/**
 * The rules of a protocol that no schema states (BaaS: id against number; Octave: ok against
 * errors, resource against streamId). value is a decoded message of the document. EW_OK where the
 * protocol has no such rule. EW_ERR_RULE with diag->pointer.
 */
EW_MUST_CHECK EW_API ew_err ew_protocol_check(const ew_document *document,
                                              const ew_message *message, const void *value,
                                              ew_diag *diag);

/**
 * The built-in documents: "firefly", "kaleido", "baas", "octave"; NULL otherwise.
 * ew_protocol_names() is a NULL-terminated list.
 */
EW_API const ew_document *ew_protocol_find(const char *name);
EW_API const char *const *ew_protocol_names(void);

#ifdef __cplusplus
}
#endif
#endif
