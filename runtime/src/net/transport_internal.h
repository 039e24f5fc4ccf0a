/*
 * transport_internal.h - one WebSocket at a time to one server, as ew_client sees it: connect,
 * send, close; opened, message, closed.
 *
 * Behind it are sockets, TLS, the opening handshake, frames, reassembly under the limit and UTF-8;
 * nothing of a protocol. Everything happens on the thread of the loop. Events never come from
 * inside a call of this interface, except out of connect()'s error.
 */
#ifndef EW_TRANSPORT_INTERNAL_H
#define EW_TRANSPORT_INTERNAL_H

#include <uv.h>

#include "eventwire/client.h"
#include "reason_internal.h"
#include "url_internal.h"

/** How a connection, or the attempt at one, ended. */
typedef struct ew__transport_end {
  ew_err err;          /* EW_ERR_CONNECT, REFUSED (status), TIMEOUT, PEER, CLOSED, NOMEM */
  int status;          /* of HTTP, 0 without */
  uint16_t close_code; /* of the peer; EW_CLOSE_ABNORMAL when it sent none */
  ew__reason why;
} ew__transport_end;

typedef struct ew__transport_events {
  void *ctx;
  void (*opened)(void *ctx);
  /* A whole message; text is valid UTF-8. It lives until the callback returns. */
  void (*message)(void *ctx, ew_opcode opcode, ew_str message);
  /* The peer lives: bytes of a message or a pong came. */
  void (*alive)(void *ctx);
  /* Once for every connect() that returned EW_OK. Another connect() may follow, not from inside. */
  void (*closed)(void *ctx, const ew__transport_end *end);
} ew__transport_events;

typedef struct ew__transport_options {
  uv_loop_t *loop;
  const ew__url *url; /* lives as long as the transport */
  const ew_tls_options *tls;
  size_t max_message_bytes;
  size_t max_queued_bytes;
  ew__transport_events events;
} ew__transport_options;

/** What is asked for. Views are copied. */
typedef struct ew__transport_request {
  const char *target;  /* path and query */
  const char *headers; /* "Name: value\r\n" lines, checked */
  uint32_t timeout_ms; /* until opened */
} ew__transport_request;

typedef struct ew__transport ew__transport;

typedef struct ew__transport_ops {
  ew_err (*connect)(ew__transport *transport, const ew__transport_request *request, ew__reason *why);
  /* EW_ERR_CLOSED, EW_ERR_QUEUE_FULL, EW_ERR_NOMEM */
  ew_err (*send)(ew__transport *transport, ew_str message);
  void (*ping)(ew__transport *transport);
  /*
   * Sends what is queued and a Close frame; closed() follows when the peer has echoed it, or after
   * a second.
   */
  void (*close)(ew__transport *transport, uint16_t code);
  /* Gives up the connection or the attempt; closed() follows. */
  void (*abort)(ew__transport *transport);
  /* Ends everything without events. The loop must then run until it is empty before free(). */
  void (*shut_down)(ew__transport *transport);
  void (*free)(ew__transport *transport);
} ew__transport_ops;

/** The common part every transport begins with. */
struct ew__transport {
  const ew__transport_ops *ops;
};

/**
 * The client role of libwebsockets. EW_ERR_ARGUMENT (a TLS file), EW_ERR_UNSUPPORTED (its libuv
 * plugin is missing), EW_ERR_NOMEM.
 */
EW_MUST_CHECK ew_err ew__transport_lws_new(ew__transport **out,
                                           const ew__transport_options *options, ew__reason *why);

#endif
