/**
 * eventwire/server.h - services on the network: libwebsockets over libuv, an event log behind.
 *
 *   ew_server *server;
 *   ew_server_new(&server, &options);
 *   ew_server_add_firefly(server, &listen, &firefly_options, &port);   // any number of protocols
 *   ew_server_run(server);                                              // until ew_server_stop()
 *   ew_server_free(server);
 *
 * One loop thread, the one that calls ew_server_run(). Nothing on it blocks: the log has its own.
 */
#ifndef EVENTWIRE_SERVER_H
#define EVENTWIRE_SERVER_H

#include "eventwire/log.h"
#include "eventwire/protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ew_server ew_server;

typedef enum ew_level { EW_LEVEL_ERROR, EW_LEVEL_WARNING, EW_LEVEL_NOTICE, EW_LEVEL_DEBUG } ew_level;

/** Texts are not copied: they must live as long as the server. */
typedef struct ew_server_options {
  const char *log_path;            /* of the event log; NULL: in memory */
  /* all listeners together; 0: 10000; never more than the process may have files */
  uint32_t max_connections;
  uint32_t max_connections_per_address; /* 0: 1000 */
  /* waiting to be sent to one reader; beyond it it is closed with 1013; 0: 4 MiB */
  size_t max_queued_bytes;
  uint32_t handshake_timeout_ms;   /* from TCP accept to the end of the HTTP request; 0: 5000 */
  uint32_t ping_interval_ms;       /* of silence before a ping; 0: 30000 */
  uint32_t pong_timeout_ms;        /* without any byte after it; 0: 10000 */
  uint32_t drain_timeout_ms;       /* at stop, for what is queued; 0: 5000 */
  /* allowed Origin headers, NULL-terminated; NULL: all (the real servers look at none but Kaleido's) */
  const char *const *origins;
  void (*log_line)(void *ctx, ew_level level, const char *line); /* loop thread; NULL: nothing is written */
  void *log_ctx;
} ew_server_options;

typedef struct ew_listen {
  const char *host;  /* "127.0.0.1"; NULL: loopback */
  uint16_t port;     /* 0: any free one */
  const char *certificate, *key; /* PEM files: TLS; NULL: plain */
} ew_listen;

/**
 * EW_ERR_NOMEM; errors of ew_log_open() (diag: expected, found); EW_ERR_UNSUPPORTED also when
 * libwebsockets has no libuv event library. The process ignores SIGPIPE from then on: libwebsockets
 * wants it so.
 */
EW_MUST_CHECK EW_API ew_err ew_server_new(ew_server **out, const ew_server_options *opts, ew_diag *diag);

/** Stops if it must, closes every connection, then the log. NULL is fine. */
EW_API void ew_server_free(ew_server *server);

/**
 * Opens a listener for one protocol, before ew_server_run(); port (may be NULL) is the one bound.
 * EW_ERR_ADDRESS_IN_USE, EW_ERR_ARGUMENT, EW_ERR_NOMEM, EW_ERR_IO (certificate).
 */
EW_MUST_CHECK EW_API ew_err ew_server_add_firefly(ew_server *server, const ew_listen *listen,
                                                  const ew_firefly_service_options *opts,
                                                  uint16_t *port);
EW_MUST_CHECK EW_API ew_err ew_server_add_kaleido(ew_server *server, const ew_listen *listen,
                                                  const ew_kaleido_service_options *opts,
                                                  uint16_t *port);
EW_MUST_CHECK EW_API ew_err ew_server_add_baas(ew_server *server, const ew_listen *listen,
                                               const ew_baas_service_options *opts, uint16_t *port);
EW_MUST_CHECK EW_API ew_err ew_server_add_octave(ew_server *server, const ew_listen *listen,
                                                 const ew_octave_service_options *opts,
                                                 uint16_t *port);

/**
 * Opens the admin listener (loopback unless token is set): POST /publish/{protocol}?where=X with a
 * body of NDJSON, one event a line. The answer comes when all are durable: 200
 * {"published":n,"first":s,"last":s}; 400 {"line":k,"error":"..."} when a line is refused (none is
 * published then); 401 without the token; 404 unknown protocol; 413 over 16 MiB or 262144 events;
 * 503 when the log cannot take them. GET /status: JSON counters.
 */
EW_MUST_CHECK EW_API ew_err ew_server_add_admin(ew_server *server, const ew_listen *listen,
                                                const char *token, uint16_t *port);

/**
 * Serves until ew_server_stop(), once. EW_OK after the stop, EW_ERR_STATE when it had been stopped
 * before.
 */
EW_MUST_CHECK EW_API ew_err ew_server_run(ew_server *server);

/**
 * Asks for an orderly stop: no new connections, Close 1001 to all, queues drained. Any thread, and
 * signal handlers, but not any more once ew_server_free() has begun.
 */
EW_API void ew_server_stop(ew_server *server);

/**
 * Publishes one event from the program itself. Texts are copied. Thread: any. done (may be NULL)
 * comes on the loop thread, at the latest from ew_server_free(): EW_OK with the sequence when it is
 * durable, errors as of ew_service_check() and ew_log_append(), EW_ERR_NOT_FOUND (no such protocol
 * here), EW_ERR_CLOSED (stopping).
 * Returns EW_ERR_QUEUE_FULL, EW_ERR_NOMEM: done is not called.
 */
EW_MUST_CHECK EW_API ew_err ew_server_publish(ew_server *server, const char *protocol, ew_str where,
                                              ew_str event,
                                              void (*done)(void *ctx, ew_err err, uint64_t sequence),
                                              void *ctx);

#ifdef __cplusplus
}
#endif
#endif
