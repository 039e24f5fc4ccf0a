/*
 * The client role of libwebsockets 4.1 behind transport_internal.h. Names are resolved by libuv,
 * since the library would block the loop; it gets addresses. What it cannot do is refused here: it
 * cuts targets at 2 kB and host names at 120 bytes.
 */
#define _POSIX_C_SOURCE 200809L

#include "transport_internal.h"

#include <libwebsockets.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "../codec/scan_internal.h"
#include "socket_internal.h"
#include "tls_internal.h"

enum {
  MAX_TARGET_BYTES = 2000,
  MAX_AUTHORITY_BYTES = 110,
  MAX_HEADER_BYTES = 32 * 1024,
  BUFFER_BYTES = 64 * 1024,
  KEPT_CAPACITY = 256 * 1024,
  CLOSE_MS = 1000 /* for what is queued, the Close frame and its echo */
};

typedef struct lws_transport {
  ew__transport base; /* first */
  ew__transport_options options;
  bool insecure;
  SSL_CTX *tls;
  struct lws_context *context;
  uv_timer_t timer; /* of one address, later of the close handshake */
  bool muted;       /* shut down: no more events */

  /* one connection or attempt */
  bool busy;
  bool aborted;
  char *target, *headers;
  uint64_t deadline;
  uv_getaddrinfo_t lookup;
  bool looking_up;
  struct addrinfo *addresses;
  const struct addrinfo *next_address;
  struct lws *wsi;
  bool connecting; /* inside lws_client_connect_via_info(), whose failures have no callback */
  bool asked;      /* the handshake request went out */
  bool open;
  int status;
  uint16_t peer_code;
  ew_err fault; /* the first one; EW_OK: none */
  ew__reason why;

  ew__draft out; /* LWS_PRE bytes for the library, then whole frames */
  bool closing; /* the last frame of out, or sent, is Close */

  /* in: the message that has begun */
  bool in_message;
  char *message;
  size_t message_len, capacity;
} lws_transport;

static lws_transport *of(ew__transport *base) { return (lws_transport *)base; }

/* The first fault wins: what follows is only its consequence. */
static void set_fault(lws_transport *t, ew_err err, const char *words) {
  if (t->fault == EW_OK) {
    t->fault = ew__fail(err, &t->why, "%s", words);
  }
}

/* -------------------------------------------------------------------------------------- the end */

static void forget_connection(lws_transport *t) {
  t->out.len = 0;
  if (t->addresses != NULL) {
    uv_freeaddrinfo(t->addresses);
  }
  free(t->target);
  free(t->headers);
  t->addresses = NULL;
  t->next_address = NULL;
  t->target = NULL;
  t->headers = NULL;
  t->message_len = 0;
  t->in_message = false;
}

static void explain_end(lws_transport *t, ew__transport_end *end) {
  *end = (ew__transport_end){.err = t->fault, .status = t->status, .close_code = t->peer_code, .why = t->why};
  bool refused = !t->open && t->status != 0 && t->status != 101;
  if (refused) {
    end->err = ew__fail(EW_ERR_REFUSED, &end->why, "HTTP status %d", t->status);
  } else if (t->fault == EW_OK) {
    end->err = ew__fail(t->open ? EW_ERR_CLOSED : EW_ERR_CONNECT, &end->why,
                        t->open ? "the connection was lost" : "cannot connect to %s",
                        t->options.url->authority);
  }
}

static void report_end(lws_transport *t) {
  ew__transport_end end;
  bool told = t->busy && !t->muted;
  explain_end(t, &end);
  (void)uv_timer_stop(&t->timer);
  forget_connection(t);
  t->busy = false;
  t->open = false;
  if (told) {
    t->options.events.closed(t->options.events.ctx, &end);
  }
}

/* ----------------------------------------------------------------------------------- connecting */

static void try_next_address(lws_transport *t);

/* The library lets go of the connection; called outside of all its other work. */
static void on_gone(lws_transport *t) {
  t->wsi = NULL;
  bool another = !t->muted && !t->aborted && !t->asked && t->next_address != NULL;
  if (another) {
    try_next_address(t);
  } else {
    report_end(t);
  }
}

static void kill_connection(lws_transport *t) {
  lws_set_timeout(t->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
  lws_cancel_service(t->context); /* else it looks at its clock when something else happens */
}

static void on_address_timeout(uv_timer_t *timer) {
  lws_transport *t = timer->data;
  bool last = t->next_address == NULL || t->asked;
  if (last) {
    set_fault(t, EW_ERR_TIMEOUT, t->asked ? "no answer to the handshake in time" : "no connection in time");
  }
  if (t->wsi != NULL) {
    kill_connection(t);
  }
}

static int tls_flags(const lws_transport *t) {
  int lenient = LCCSCF_ALLOW_SELFSIGNED | LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE;
  if (t->tls == NULL) {
    return 0;
  }
  /*
   * the name is checked through the context (ew__tls_context_new): the library cannot do it for
   * IPv6 addresses
   */
  return LCCSCF_USE_SSL | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK | (t->insecure ? lenient : 0);
}

static struct lws *start_connection(lws_transport *t, const char *address) {
  struct lws_client_connect_info info;
  memset(&info, 0, sizeof(info));
  info.context = t->context;
  info.address = address;
  info.port = t->options.url->port;
  info.ssl_connection = tls_flags(t) | LCCSCF_HTTP_NO_FOLLOW_REDIRECT;
  info.path = t->target;
  info.host = t->options.url->authority;
  info.ietf_version_or_minus_one = -1;
  info.opaque_user_data = t;
  info.pwsi = &t->wsi; /* its events begin before the call returns */
  t->connecting = true;
  struct lws *wsi = lws_client_connect_via_info(&info);
  t->connecting = false;
  return wsi;
}

static void try_next_address(lws_transport *t) {
  char address[NI_MAXHOST];
  while (t->wsi == NULL && t->next_address != NULL) {
    const struct addrinfo *chosen = t->next_address;
    uint64_t now = uv_now(t->options.loop);
    uint64_t left = t->deadline > now ? t->deadline - now : 0;
    (void)uv_timer_start(&t->timer, on_address_timeout, left / ew__count_addresses(chosen), 0);
    t->next_address = chosen->ai_next;
    if (getnameinfo(chosen->ai_addr, chosen->ai_addrlen, address, sizeof(address), NULL, 0,
                    NI_NUMERICHOST) == 0) {
      t->wsi = start_connection(t, address);
    }
  }
  if (t->wsi == NULL) {
    report_end(t);
  }
}

static void on_addresses(uv_getaddrinfo_t *lookup, int status, struct addrinfo *list) {
  lws_transport *t = lookup->data;
  t->looking_up = false;
  t->addresses = list;
  t->next_address = list;
  if (t->aborted || t->muted) {
    t->next_address = NULL;
  } else if (status != 0) {
    t->fault = ew__fail(EW_ERR_CONNECT, &t->why, "%s (%s)", uv_strerror(status), t->options.url->host);
  }
  try_next_address(t);
}

static ew_err copy_request(lws_transport *t, const ew__transport_request *request, ew__reason *why) {
  if (strlen(request->target) > MAX_TARGET_BYTES || strlen(t->options.url->authority) > MAX_AUTHORITY_BYTES ||
      strlen(request->headers) > MAX_HEADER_BYTES) {
    return ew__fail(EW_ERR_ARGUMENT, why, "the request is too long for libwebsockets");
  }
  t->target = strdup(request->target);
  t->headers = strdup(request->headers);
  if (t->target == NULL || t->headers == NULL) {
    forget_connection(t);
    return ew__fail(EW_ERR_NOMEM, why, "out of memory");
  }
  return EW_OK;
}

static void reset_connection(lws_transport *t, uint32_t timeout_ms) {
  t->busy = true;
  t->aborted = false;
  t->asked = false;
  t->open = false;
  t->status = 0;
  t->peer_code = EW_CLOSE_ABNORMAL;
  t->fault = EW_OK;
  t->closing = false;
  uv_update_time(t->options.loop);
  t->deadline = uv_now(t->options.loop) + timeout_ms;
}

static ew_err transport_connect(ew__transport *base, const ew__transport_request *request, ew__reason *why) {
  lws_transport *t = of(base);
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  ew_err err = copy_request(t, request, why);
  if (err != EW_OK) {
    return err;
  }
  reset_connection(t, request->timeout_ms);
  t->lookup.data = t;
  int status = uv_getaddrinfo(t->options.loop, &t->lookup, on_addresses,
                              ew__lookup_name(t->options.url->host), "0", &hints);
  if (status != 0) {
    forget_connection(t);
    t->busy = false;
    return ew__fail(status == UV_ENOMEM ? EW_ERR_NOMEM : EW_ERR_CONNECT, why, "%s", uv_strerror(status));
  }
  t->looking_up = true;
  return EW_OK;
}

/* -------------------------------------------------------------------------------------- sending */

static void ask_to_write(lws_transport *t) {
  if (t->wsi != NULL && t->open) {
    (void)lws_callback_on_writable(t->wsi);
  }
}

/* Frames are ours (see begin_close()), and many of them leave in one write. */
static ew_err queue_frame(lws_transport *t, uint8_t opcode, ew_str payload) {
  static const char room[LWS_PRE] = {0};
  if (t->out.len == 0) {
    ew__draft_put(&t->out, ew_str_from(room, sizeof(room)));
  }
  ew_err err = t->out.failed ? EW_ERR_NOMEM : ew__draft_put_frame(&t->out, opcode, payload);
  t->out.failed = false;
  if (err == EW_OK) {
    ask_to_write(t);
  }
  return err;
}

static ew_err transport_send(ew__transport *base, ew_str message) {
  lws_transport *t = of(base);
  if (!t->open || t->closing || t->fault != EW_OK) {
    return EW_ERR_CLOSED;
  }
  if (t->out.len > t->options.max_queued_bytes || message.len > t->options.max_queued_bytes - t->out.len) {
    return EW_ERR_QUEUE_FULL;
  }
  return queue_frame(t, EW_FRAME_TEXT, message);
}

static void transport_ping(ew__transport *base) {
  lws_transport *t = of(base);
  if (t->open && !t->closing) {
    /* without memory the silence that follows ends the connection */
    (void)queue_frame(t, EW_FRAME_PING, EW_STR(""));
  }
}

static void on_no_echo(uv_timer_t *timer) {
  lws_transport *t = timer->data;
  if (t->wsi != NULL) {
    kill_connection(t);
  }
}

/*
 * The close handshake is ours: as Debian builds the library, it drops the connection before its own
 * Close frame is out when the loop is libuv's (lws_service_fd_tsi() closes twice where NDEBUG is
 * missing).
 */
static void begin_close(lws_transport *t, uint16_t code) {
  const char payload[2] = {(char)(code >> 8), (char)(code & 0xff)};
  if (t->closing) {
    return;
  }
  bool queued = queue_frame(t, EW_FRAME_CLOSE, ew_str_from(payload, sizeof(payload))) == EW_OK;
  t->closing = true;
  (void)uv_timer_start(&t->timer, on_no_echo, queued ? CLOSE_MS : 0, 0);
}

static void transport_close(ew__transport *base, uint16_t code) {
  lws_transport *t = of(base);
  if (t->open) {
    begin_close(t, code);
  } else {
    base->ops->abort(base);
  }
}

static void transport_abort(ew__transport *base) {
  lws_transport *t = of(base);
  t->aborted = true;
  if (t->looking_up) {
    (void)uv_cancel((uv_req_t *)&t->lookup);
  } else if (t->wsi != NULL) {
    kill_connection(t);
  }
}

/* -1 makes the library drop the connection. */
static int on_writable(lws_transport *t) {
  if (t->out.len == 0) {
    return 0;
  }
  if (lws_partial_buffered(t->wsi)) {
    ask_to_write(t);
    return 0;
  }
  size_t size = t->out.len - LWS_PRE;
  t->out.len = 0;
  /* what the socket does not take the library keeps */
  return lws_write(t->wsi, (unsigned char *)t->out.ptr + LWS_PRE, size, LWS_WRITE_RAW) < (int)size ? -1 : 0;
}

/* ------------------------------------------------------------------------------------ receiving */

static void refuse_message(lws_transport *t, uint16_t code, const char *words) {
  set_fault(t, code == EW_CLOSE_INTERNAL ? EW_ERR_NOMEM : EW_ERR_PEER, words);
  t->out.len = 0;
  begin_close(t, code);
}

static bool store_fragment(lws_transport *t, const char *data, size_t size) {
  size_t needed = t->message_len + size;
  if (needed > t->capacity) {
    size_t capacity = needed > t->capacity * 2 ? needed : t->capacity * 2;
    char *message = realloc(t->message, capacity);
    if (message == NULL) {
      return false;
    }
    t->message = message;
    t->capacity = capacity;
  }
  if (size > 0) { /* an empty first fragment comes before there is a buffer */
    memcpy(t->message + t->message_len, data, size);
  }
  t->message_len = needed;
  return true;
}

static void drop_message(lws_transport *t) {
  t->in_message = false;
  t->message_len = 0;
  if (t->capacity > KEPT_CAPACITY) {
    free(t->message);
    t->message = NULL;
    t->capacity = 0;
  }
}

static void deliver(lws_transport *t, ew_str message) {
  size_t bad = 0;
  ew_opcode opcode = lws_frame_is_binary(t->wsi) ? EW_BINARY : EW_TEXT;
  if (opcode == EW_TEXT && ew__utf8_check(message.ptr, message.len, &bad) != EW_OK) {
    refuse_message(t, EW_CLOSE_INVALID_DATA, "the server sent a text that is not UTF-8");
  } else {
    t->options.events.message(t->options.events.ctx, opcode, message);
  }
  drop_message(t);
}

static void on_fragment(lws_transport *t, const char *data, size_t size) {
  bool first = lws_is_first_fragment(t->wsi) != 0;
  bool final = lws_is_final_fragment(t->wsi) != 0;
  if (t->muted || t->fault != EW_OK) {
    return;
  }
  t->options.events.alive(t->options.events.ctx);
  /* also the mark of a library that delivers one payload again and again (its issue 2794) */
  if (first == t->in_message) {
    refuse_message(t, EW_CLOSE_PROTOCOL_ERROR, "the server broke the order of fragments");
  } else if (size > t->options.max_message_bytes - t->message_len) {
    refuse_message(t, EW_CLOSE_TOO_BIG, "the server sent a message over the limit");
  } else if (first && final) {
    deliver(t, ew_str_from(data, size));
  } else if (!store_fragment(t, data, size)) {
    refuse_message(t, EW_CLOSE_INTERNAL, "out of memory");
  } else if (final) {
    deliver(t, ew_str_from(t->message, t->message_len));
  } else {
    t->in_message = true;
  }
}

/* 0 lets the library echo. */
static int on_peer_close(lws_transport *t, const unsigned char *payload, size_t size) {
  t->peer_code = EW_CLOSE_NO_STATUS;
  if (size >= 2) {
    t->peer_code = (uint16_t)(payload[0] << 8 | payload[1]);
  }
  if (t->fault == EW_OK) {
    int len = size > 2 ? (int)size - 2 : 0;
    t->fault = ew__fail(EW_ERR_CLOSED, &t->why, "the server closed the connection: %u%s%.*s",
                        (unsigned)t->peer_code, len > 0 ? " " : "", len,
                        len > 0 ? (const char *)payload + 2 : "");
  }
  return t->closing ? -1 : 0;
}

/* ------------------------------------------------------------------------ what the library says */

static int append_headers(lws_transport *t, unsigned char **at, size_t room) {
  size_t len = strlen(t->headers);
  t->asked = true;
  if (len > room) {
    return -1;
  }
  memcpy(*at, t->headers, len);
  *at += len;
  return 0;
}

/* The library speaks of handshakes in words of its own. */
static const char *handshake_words(const char *text) {
  static const struct {
    const char *theirs;
    const char *ours;
  } words[] = {
      {"read failed", "the connection ended before the HTTP answer"},
      {"HS: UPGRADE", "101 without Upgrade: websocket"},
      {"HS: Upgrade", "101 without Upgrade: websocket"},
      {"HS: A", "Sec-WebSocket-Accept does not match"},
      {"HS: EXT", "an extension that was not offered"},
      {"HS: PROTOCOL", "a sub-protocol that was not offered"},
      {"HS: Cannot match", "a sub-protocol that was not offered"},
  };
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
    if (strncmp(text, words[i].theirs, strlen(words[i].theirs)) == 0) {
      return words[i].ours;
    }
  }
  return text[0] == '\0' ? "the handshake failed" : text;
}

static void on_connection_error(lws_transport *t, const char *words, size_t len) {
  char text[200];
  bool refused = t->status != 0 && t->status != 101;
  if (t->connecting || refused) {
    return;
  }
  (void)snprintf(text, sizeof(text), "%.*s", words == NULL ? 0 : (int)(len < 150 ? len : 150),
                 words == NULL ? "" : words);
  if (t->asked) {
    set_fault(t, EW_ERR_PEER, handshake_words(text));
  } else if (t->next_address == NULL && t->fault == EW_OK) {
    /* the library keeps the reason to itself: it says "closed before established" */
    t->fault = ew__fail(EW_ERR_CONNECT, &t->why, "cannot connect to %s", t->options.url->authority);
  }
}

/* 0 lets the certificate pass. What the name check of the context refused comes here, too. */
static int on_certificate(lws_transport *t, X509_STORE_CTX *store, bool verified) {
  if (t->insecure) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 0;
  }
  if (!verified) {
    t->fault = ew__tls_explain_verdict(X509_STORE_CTX_get_error(store), &t->why);
    t->next_address = NULL;
  }
  return verified ? 0 : 1;
}

static void on_established(lws_transport *t) {
  t->open = true;
  t->status = 101;
  (void)uv_timer_stop(&t->timer);
  if (t->aborted) {
    kill_connection(t);
  } else if (!t->muted) {
    t->options.events.opened(t->options.events.ctx);
  }
}

static void on_pong(lws_transport *t) {
  if (!t->muted) {
    t->options.events.alive(t->options.events.ctx);
  }
}

/* Loop thread. */
static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
  lws_transport *t = wsi == NULL ? NULL : lws_get_opaque_user_data(wsi);
  /* libuv closes sockets later: an attempt that was given up may still have a word while the next one runs */
  if (t == NULL || wsi != t->wsi) {
    return 0;
  }
  switch (reason) {
  case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
    return append_headers(t, in, len);
  case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
    t->status = (int)lws_http_client_http_response(wsi);
    return 0;
  case LWS_CALLBACK_CLIENT_ESTABLISHED:
    on_established(t);
    return 0;
  case LWS_CALLBACK_CLIENT_RECEIVE:
    on_fragment(t, in, len);
    return 0;
  case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
    on_pong(t);
    return 0;
  case LWS_CALLBACK_CLIENT_WRITEABLE:
    return on_writable(t);
  case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    return on_peer_close(t, in, len);
  case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    on_connection_error(t, in, len);
    return 0;
  case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
    return on_certificate(t, user, len != 0);
  case LWS_CALLBACK_WSI_DESTROY:
    if (!t->connecting) {
      on_gone(t);
    }
    return 0;
  default:
    return 0;
  }
}

static const struct lws_protocols PROTOCOLS[] = {
    {.name = "eventwire", .callback = on_event, .rx_buffer_size = BUFFER_BYTES},
    {.name = NULL},
};

/* ----------------------------------------------------------------------------------- life cycle */

static ew_err make_context(lws_transport *t, ew__reason *why) {
  struct lws_context_creation_info info;
  void *loops[] = {t->options.loop};
  memset(&info, 0, sizeof(info));
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.protocols = PROTOCOLS;
  info.options = LWS_SERVER_OPTION_LIBUV | (t->tls != NULL ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0);
  info.foreign_loops = loops;
  info.provided_client_ssl_ctx = t->tls;
  info.pt_serv_buf_size = BUFFER_BYTES + MAX_HEADER_BYTES;
  info.max_http_header_data2 = BUFFER_BYTES;
  info.fd_limit_per_thread = 8; /* its tables; by default as large as the process's limit */
  info.http_proxy_address = ""; /* else it takes http_proxy of the environment, even for loopback */
  info.timeout_secs = 3600;     /* ours are shorter */
  t->context = lws_create_context(&info);
  if (t->context == NULL) {
    return ew__fail(EW_ERR_UNSUPPORTED, why,
                    "libwebsockets does not start: is libwebsockets-evlib-uv installed?");
  }
  return EW_OK;
}

/* The library needs the loop between the two halves of its end; see transport_free(). */
static void transport_shut_down(ew__transport *base) {
  lws_transport *t = of(base);
  t->muted = true;
  if (t->looking_up) {
    (void)uv_cancel((uv_req_t *)&t->lookup);
  }
  uv_close((uv_handle_t *)&t->timer, NULL);
  lws_context_destroy(t->context);
}

static void transport_free(ew__transport *base) {
  lws_transport *t = of(base);
  lws_context_destroy(t->context);
  forget_connection(t);
  ew__draft_clear(&t->out);
  free(t->message);
  SSL_CTX_free(t->tls);
  free(t);
}

static const ew__transport_ops OPS = {
    .connect = transport_connect,
    .send = transport_send,
    .ping = transport_ping,
    .close = transport_close,
    .abort = transport_abort,
    .shut_down = transport_shut_down,
    .free = transport_free,
};

ew_err ew__transport_lws_new(ew__transport **out, const ew__transport_options *options, ew__reason *why) {
  lws_transport *t = calloc(1, sizeof(*t));
  if (t == NULL) {
    return ew__fail(EW_ERR_NOMEM, why, "out of memory");
  }
  t->base.ops = &OPS;
  t->options = *options;
  t->insecure = options->tls->insecure;
  lws_set_log_level(0, NULL); /* it writes to stderr otherwise */
  ew_err err = options->url->tls ? ew__tls_context_new(&t->tls, options->tls, options->url, why) : EW_OK;
  if (err == EW_OK) {
    err = make_context(t, why);
  }
  if (err != EW_OK) {
    SSL_CTX_free(t->tls);
    free(t);
    return err;
  }
  (void)uv_timer_init(options->loop, &t->timer);
  t->timer.data = t;
  *out = &t->base;
  return EW_OK;
}
