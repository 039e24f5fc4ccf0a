/**
 * eventwire/client.h - a subscriber on the network, and a bare WebSocket connection for tools.
 *
 * ew_client connects to ws://, wss:// URLs, speaks the protocol (session, start, listen, subscribe,
 * acknowledge), keeps the connection alive with pings, and reconnects with exponential delay and
 * full jitter. Secrets never appear in its texts.
 *
 *   static bool on_event(void *ctx, const ew_delivery *delivery) { ... return true; }
 *
 *   ew_client_options options = {.url = "ws://127.0.0.1:5001", .event = on_event};
 *   options.subscriber.protocol = "kaleido";
 *   options.subscriber.topic = EW_STR("MyTopic");
 *   ew_err err = ew_client_new(&client, &options, &diag);
 *   if (err == EW_OK) {
 *     err = ew_client_run(client);
 *     ew_client_free(client);
 *   }
 *
 * One loop thread: the one that calls ew_client_run() or ew_socket_*().
 */
#ifndef EVENTWIRE_CLIENT_H
#define EVENTWIRE_CLIENT_H

#include "eventwire/frame.h"
#include "eventwire/protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ew_client ew_client;

typedef struct ew_tls_options {
  const char *ca_file;      /* NULL: the system's */
  const char *certificate, *key;
  bool insecure;            /* accept any certificate; noted on every connection */
} ew_tls_options;

typedef enum ew_client_state {
  EW_CLIENT_CONNECTED,
  EW_CLIENT_READY,
  EW_CLIENT_LOST,
  EW_CLIENT_RETRYING
} ew_client_state;

typedef struct ew_client_options {
  /* ws://[user:password@]host[:port][/path[?query]]; http(s) is taken as ws(s) */
  const char *url;
  ew_subscriber_options subscriber; /* user and password of the URL win */
  ew_tls_options tls;
  /*
   * "Name: value", NULL-terminated, added to every request; may be NULL. They win over the protocol's
   * own of the same name; Host, Connection, Upgrade and Sec-WebSocket-* are refused
   */
  const char *const *headers;
  bool no_reconnect;
  uint32_t reconnect_min_ms;    /* 0: 250 */
  uint32_t reconnect_max_ms;    /* 0: 30000 */
  uint32_t connect_timeout_ms;  /* of each step; 0: 10000. The resolver has its own limit */
  uint32_t ping_interval_ms;    /* 0: 30000; dead after 1.5 times */
  size_t max_message_bytes;     /* 0: the protocol's limit */
  void *ctx;
  bool (*event)(void *ctx, const ew_delivery *delivery);             /* as ew_subscriber_host.event */
  /* "connected ws://127.0.0.1:5000/ws"; may be NULL */
  void (*state)(void *ctx, ew_client_state state, const char *text);
  void (*peer_error)(void *ctx, ew_str text);                        /* may be NULL */
  void (*bad_message)(void *ctx, const ew_diag *diag, ew_str message); /* may be NULL */
} ew_client_options;

/**
 * Strings are copied. EW_ERR_ARGUMENT (a URL or option that cannot be used: reason in diag->found),
 * EW_ERR_NOMEM.
 */
EW_MUST_CHECK EW_API ew_err ew_client_new(ew_client **out, const ew_client_options *opts, ew_diag *diag);
EW_API void ew_client_free(ew_client *client);

/**
 * Runs until ew_client_stop(), or, with no_reconnect, until the connection ends. EW_OK after stop;
 * EW_ERR_CONNECT (DNS, TCP, TLS), EW_ERR_REFUSED (HTTP status, authentication, fatal protocol
 * error: never retried when the first connection gets it, nor is a certificate that is not
 * accepted), EW_ERR_TIMEOUT, EW_ERR_PEER, EW_ERR_CLOSED; EW_ERR_ARGUMENT (a TLS file, or a request
 * over 2 kB, which libwebsockets would cut), EW_ERR_UNSUPPORTED (its libuv plugin is not
 * installed). ew_client_reason() has words. May be called again.
 */
EW_MUST_CHECK EW_API ew_err ew_client_run(ew_client *client);

/**
 * Sends what is queued and closes orderly (Close 1000, echo awaited 1 s). Any thread, and signal
 * handlers. Before ew_client_run() it ends that at once.
 */
EW_API void ew_client_stop(ew_client *client);

/** Why ew_client_run() ended, one line without secrets; "" after EW_OK. Lives as long as the client. */
EW_API const char *ew_client_reason(const ew_client *client);

/* ------------------------------------------------------------------------------ bare connection */

/**
 * A WebSocket without protocol knowledge, blocking with time-outs: for ew connect, the conformance
 * runner and tests. It frames with eventwire/frame.h over a plain or TLS socket, so it can also
 * send what RFC 6455 forbids. Not for servers.
 */
typedef struct ew_socket ew_socket;

typedef struct ew_socket_options {
  const char *url;              /* ws, wss; the path and query of the URL are sent as they are */
  /*
   * as above; a header named as a standard one (Host, Upgrade, Sec-WebSocket-Key ...) replaces it,
   * with an empty value removes it
   */
  const char *const *headers;
  ew_tls_options tls;
  uint32_t timeout_ms;          /* connect and handshake; 0: 10000 */
  size_t max_message_bytes;     /* 0: 16 MiB */
  bool no_user_info;            /* do not turn user:password@ into Authorization: Basic */
} ew_socket_options;

/**
 * Connects and performs the opening handshake. EW_ERR_CONNECT, EW_ERR_TIMEOUT, EW_ERR_PEER (bad
 * handshake), EW_ERR_REFUSED: status (may be NULL) is the HTTP status and body (may be NULL, at
 * most body->size bytes) what came with it. diag->found has words.
 */
EW_MUST_CHECK EW_API ew_err ew_socket_connect(ew_socket **out, const ew_socket_options *opts,
                                              int *status, ew_buf *body, ew_diag *diag);
EW_API void ew_socket_free(ew_socket *socket);

/**
 * Sends a whole message in one masked frame. EW_ERR_CLOSED (also for data after a Close frame was
 * sent), EW_ERR_TIMEOUT, EW_ERR_NOMEM.
 */
EW_MUST_CHECK EW_API ew_err ew_socket_send(ew_socket *socket, ew_frame_opcode opcode, ew_str payload);

/** Sends bytes as they are: frames made with eventwire/frame.h, or anything. */
EW_MUST_CHECK EW_API ew_err ew_socket_send_raw(ew_socket *socket, ew_str bytes);

/**
 * Waits for the next event. Pings are answered and not reported unless all is set; a Close frame is
 * echoed and reported; a violation (EW_FRAME_VIOLATION) is answered with a Close frame of its code
 * and reported, nothing comes after it. EW_ERR_TIMEOUT: nothing came, what came of a message is
 * kept; EW_ERR_CLOSED: TCP ended (result->close_code is EW_CLOSE_ABNORMAL when no Close frame came
 * before); EW_ERR_NOMEM. Payload lives until the next call.
 */
EW_MUST_CHECK EW_API ew_err ew_socket_receive(ew_socket *socket, uint32_t timeout_ms, bool all,
                                              ew_frame_result *result);

/**
 * The descriptor, to wait on together with others. Bytes may be buffered already: ask
 * ew_socket_pending() first.
 */
EW_API int ew_socket_fd(const ew_socket *socket);
EW_API bool ew_socket_pending(const ew_socket *socket);

/** Close handshake: sends code (EW_CLOSE_NO_STATUS: none) and waits for the echo. */
EW_API void ew_socket_close(ew_socket *socket, uint16_t code, uint32_t timeout_ms);

/** Ends TCP at once with RST, no Close frame. */
EW_API void ew_socket_abort(ew_socket *socket);

/**
 * A plain HTTP request over the same means, to an http, https, ws or wss URL. EW_OK for any whole
 * answer, whatever its status; redirects are not followed. answer (may be NULL) takes at most its
 * size: answer->needed is larger than answer->len when the body was cut. EW_ERR_CONNECT,
 * EW_ERR_TIMEOUT, EW_ERR_PEER, EW_ERR_CLOSED (the answer ended early), EW_ERR_ARGUMENT,
 * EW_ERR_NOMEM.
 */
EW_MUST_CHECK EW_API ew_err ew_http_call(const char *method, const char *url,
                                         const char *const *headers, ew_str body,
                                         const ew_tls_options *tls, uint32_t timeout_ms,
                                         int *status, ew_buf *answer, ew_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
