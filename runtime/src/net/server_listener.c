#define _POSIX_C_SOURCE 200809L

#include "server_internal.h"
#include "url_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------------- settling */

static void on_deadline(uv_timer_t *timer) {
  ew__listener *listener = timer->data;
  listener->deadline_at = EW_NEVER;
  ew_service_tick(listener->service, ew__now(listener->server));
  ew__listener_settle(listener);
}

static void arm_deadline(ew__listener *listener) {
  uint64_t at = ew_service_deadline(listener->service);
  if (at == listener->deadline_at) {
    return;
  }
  listener->deadline_at = at;
  if (at == EW_NEVER) {
    uv_timer_stop(&listener->deadline);
    return;
  }
  uint64_t now = ew__now(listener->server);
  uv_timer_start(&listener->deadline, on_deadline, at > now ? at - now : 0, 0);
}

void ew__listener_settle(ew__listener *listener) {
  if (listener->service == NULL) {
    return;
  }
  while (listener->ending != NULL) {
    ew__conn *conn = listener->ending;
    ew_session *session = conn->session;
    listener->ending = conn->ending_next;
    conn->expects_session_close = false;
    conn->session = NULL;
    /* May send to others, and so end more of them. */
    ew_service_close(session, ew__now(listener->server));
  }
  if (listener->has_deadline) {
    arm_deadline(listener);
  }
}

/* ------------------------------------------------------------------------------------ callbacks */

/* Over a limit the connection is closed before anything is read from it. */
static int filter_connection(ew__listener *listener, int fd) {
  ew_server *server = listener->server;
  unsigned char address[16];
  char peer[64];
  const char *why = NULL;
  if (!ew__peer_of(fd, address, peer, sizeof(peer))) {
    why = "the peer has gone";
  } else if (server->conn_count >= server->options.max_connections) {
    why = "too many connections";
  } else if (ew__peers_count(server, address) >= server->options.max_connections_per_address) {
    why = "too many connections from this address";
  }
  if (why == NULL) {
    return 0;
  }
  listener->counters.refused++;
  ew__note(server, EW_LEVEL_WARNING, "%s: %s refused: %s", listener->name, peer, why);
  return 1;
}

static int accept_connection(ew__listener *listener, struct lws *wsi) {
  ew__conn *conn = ew__conn_new(listener, wsi);
  if (conn == NULL) {
    return -1;
  }
  lws_set_opaque_user_data(wsi, conn);
  return 0;
}

/* The outermost end of wsi: it may come without any other callback when TLS or the handshake failed. */
static int forget_connection(ew__conn *conn, struct lws *wsi) {
  lws_set_opaque_user_data(wsi, NULL);
  ew__conn_on_gone(conn);
  ew__conn_free(conn);
  return 0;
}

/* Nothing but routing happens here. */
static int on_connection(ew__conn *conn, struct lws *wsi, enum lws_callback_reasons reason,
                         void *in, size_t len) {
  switch ((int)reason) {
  case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
    return ew__request_on_upgrade(conn);
  case LWS_CALLBACK_HTTP:
    return ew__request_on_headers(conn);
  case LWS_CALLBACK_HTTP_BODY:
    return ew__request_on_body(conn, in, len);
  case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    return ew__request_on_complete(conn);
  case LWS_CALLBACK_HTTP_WRITEABLE:
    return ew__request_on_writable(conn);
  case LWS_CALLBACK_ESTABLISHED:
    return ew__conn_on_established(conn);
  case LWS_CALLBACK_RECEIVE:
    return ew__conn_on_fragment(conn, in, len);
  case LWS_CALLBACK_RECEIVE_PONG:
    return ew__conn_on_pong(conn);
  case LWS_CALLBACK_SERVER_WRITEABLE:
    return ew__conn_on_writable(conn);
  case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    return ew__conn_on_peer_close(conn);
  case LWS_CALLBACK_CLOSED:
  case LWS_CALLBACK_CLOSED_HTTP:
    ew__conn_on_gone(conn);
    return 0;
  case LWS_CALLBACK_WSI_DESTROY:
    return forget_connection(conn, wsi);
  default:
    return 0;
  }
}

static int on_lws_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
  (void)user;
  switch ((int)reason) {
  case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
    return filter_connection(lws_get_vhost_user(lws_get_vhost(wsi)), (int)(intptr_t)in);
  case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
    return accept_connection(lws_get_vhost_user(lws_get_vhost(wsi)), wsi);
  case LWS_CALLBACK_RAW_ADOPT:
  case LWS_CALLBACK_RAW_RX:
    return -1; /* CONNECT makes libwebsockets leave HTTP */
  default:
    break;
  }
  ew__conn *conn = wsi == NULL ? NULL : lws_get_opaque_user_data(wsi);
  return conn == NULL ? 0 : on_connection(conn, wsi, reason, in, len);
}

static const struct lws_protocols protocols[] = {
    {.name = "eventwire",
     .callback = on_lws_event,
     .rx_buffer_size = EW__WRITE_BYTES,
     .tx_packet_size = EW__WRITE_BYTES},
    {.name = NULL},
};

/* -------------------------------------------------------------------------------------- opening */

/* A host resolved to one numeric address. */
typedef struct place {
  struct sockaddr_storage address;
  socklen_t size;
  int family;
  char text[INET6_ADDRSTRLEN];
} place;

static const void *ip_of(const struct sockaddr *address) {
  const void *any = address;
  if (address->sa_family == AF_INET6) {
    return &((const struct sockaddr_in6 *)any)->sin6_addr;
  }
  return &((const struct sockaddr_in *)any)->sin_addr;
}

static ew_err resolve(const char *host, uint16_t port, place *out) {
  char service[8];
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *found = NULL;
  snprintf(service, sizeof(service), "%u", (unsigned)port);
  if (getaddrinfo(host == NULL || ew__lookup_name(host) == NULL ? "127.0.0.1" : host, service,
                  &hints, &found) != 0) {
    return EW_ERR_ARGUMENT;
  }
  memset(out, 0, sizeof(*out));
  memcpy(&out->address, found->ai_addr, found->ai_addrlen);
  out->size = found->ai_addrlen;
  out->family = found->ai_family;
  const char *text = inet_ntop(out->family, ip_of(found->ai_addr), out->text, sizeof(out->text));
  freeaddrinfo(found);
  return text == NULL ? EW_ERR_ARGUMENT : EW_OK;
}

bool ew__host_is_loopback(const char *host) {
  place at;
  if (resolve(host, 0, &at) != EW_OK) {
    return false;
  }
  return strncmp(at.text, "127.", 4) == 0 || strcmp(at.text, "::1") == 0;
}

static ew_err err_of_bind(int error) {
  switch (error) {
  case EADDRINUSE:
    return EW_ERR_ADDRESS_IN_USE;
  case ENOMEM:
  case ENOBUFS:
    return EW_ERR_NOMEM;
  case EMFILE:
  case ENFILE:
    return EW_ERR_IO;
  default:
    return EW_ERR_ARGUMENT;
  }
}

/*
 * libwebsockets does not say why it cannot bind, and tries again later instead of failing: so it is
 * asked of the kernel before.
 */
static ew_err try_to_bind(const place *at) {
  int fd = socket(at->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return err_of_bind(errno);
  }
  int on = 1;
  const void *any = &at->address;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  ew_err err = bind(fd, any, at->size) == 0 && listen(fd, 1) == 0 ? EW_OK : err_of_bind(errno);
  close(fd);
  return err;
}

static ew_err check_files(const ew_listen *where) {
  if ((where->certificate == NULL) != (where->key == NULL)) {
    return EW_ERR_ARGUMENT;
  }
  if (where->certificate != NULL &&
      (access(where->certificate, R_OK) != 0 || access(where->key, R_OK) != 0)) {
    return EW_ERR_IO;
  }
  return EW_OK;
}

static void use_tls(struct lws_context_creation_info *info, const ew_listen *where) {
  info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
  info->ssl_cert_filepath = where->certificate;
  info->ssl_private_key_filepath = where->key;
  info->ssl_options_set = (long)(SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1);
  /* HTTP/2 of this library is not to be reached by anybody. */
  info->alpn = "http/1.1";
}

static bool is_any_address(const place *at) {
  return strcmp(at->text, "0.0.0.0") == 0 || strcmp(at->text, "::") == 0;
}

static ew_err create_vhost(ew__listener *listener, const ew_listen *where, const place *at) {
  /* Pings are ours. */
  static const lws_retry_bo_t no_pings = {.secs_since_valid_ping = UINT16_MAX,
                                          .secs_since_valid_hangup = UINT16_MAX};
  struct lws_context_creation_info info;
  memset(&info, 0, sizeof(info));
  snprintf(listener->vhost_name, sizeof(listener->vhost_name), "%.20s-%p", listener->name, (void *)listener);
  info.port = where->port;
  info.iface = is_any_address(at) ? NULL : at->text;
  info.vhost_name = listener->vhost_name;
  info.protocols = protocols;
  info.user = listener;
  info.retry_and_idle_policy = &no_pings;
  info.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
  if (at->family == AF_INET) {
    info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
  }
  if (where->certificate != NULL) {
    use_tls(&info, where);
  }
  listener->vhost = lws_create_vhost(listener->server->lws, &info);
  if (listener->vhost == NULL) {
    return where->certificate == NULL ? EW_ERR_ADDRESS_IN_USE : EW_ERR_IO;
  }
  listener->port = (uint16_t)lws_get_vhost_listen_port(listener->vhost);
  return EW_OK;
}

ew_err ew__listener_open(ew__listener *listener, const ew_listen *where) {
  place at;
  ew_err err = resolve(where->host, where->port, &at);
  if (err == EW_OK) {
    err = check_files(where);
  }
  if (err == EW_OK) {
    err = try_to_bind(&at);
  }
  return err == EW_OK ? create_vhost(listener, where, &at) : err;
}
