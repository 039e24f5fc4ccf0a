#define _POSIX_C_SOURCE 200809L

#include "eventwire/server.h"

#include "server_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define DEFAULT_CONNECTIONS 10000u
#define DEFAULT_CONNECTIONS_PER_ADDRESS 1000u
#define DEFAULT_QUEUED_BYTES ((size_t)4 << 20)
#define DEFAULT_HANDSHAKE_MS 5000u
#define DEFAULT_PING_MS 30000u
#define DEFAULT_PONG_MS 10000u
#define DEFAULT_DRAIN_MS 5000u
/* the limit of a document is for events; what clients say is small, and anybody may say it */
#define CLIENT_MESSAGE_BYTES ((size_t)1 << 20)
#define RESERVED_FILES 32u /* for the log, the loop and the listeners */

uint64_t ew__now(const ew_server *server) { return uv_now(&server->loop); }

/* ---------------------------------------------------------------------- work from other threads */

void ew__server_post(ew_server *server, ew__post *post) {
  post->next = NULL;
  uv_mutex_lock(&server->lock);
  *server->posts_end = post;
  server->posts_end = &post->next;
  uv_mutex_unlock(&server->lock);
  uv_async_send(&server->wake);
}

static void take_posts(ew_server *server) {
  uv_mutex_lock(&server->lock);
  if (server->posts != NULL) {
    *server->taken_end = server->posts;
    server->taken_end = server->posts_end;
    server->posts = NULL;
    server->posts_end = &server->posts;
  }
  uv_mutex_unlock(&server->lock);
}

static void run_posts(ew_server *server) {
  size_t room = EW__TOLD_BYTES;
  take_posts(server);
  while (ew__publish_tell(server, &room)) {
    ew__post *post = server->taken;
    if (post == NULL) {
      return;
    }
    server->taken = post->next;
    server->taken_end = server->taken == NULL ? &server->taken : server->taken_end;
    post->run(server, post);
  }
  uv_async_send(&server->wake);
}

static void on_wake(uv_async_t *handle) { run_posts(handle->data); }

/* ------------------------------------------------------------------------------------ deadlines */

static void on_wait_timer(uv_timer_t *timer) {
  ew_server *server = timer->data;
  uint64_t now = ew__now(server);
  server->wait_timer_at = EW_NEVER;
  for (int i = 0; i < EW__WAIT_COUNT; i++) {
    const ew__waiting *line = &server->waiting[i];
    while (line->first != NULL && line->first->due <= now) {
      ew__conn_on_due(line->first); /* leaves the line in any case */
    }
  }
  ew__server_watch(server);
}

void ew__server_watch(ew_server *server) {
  uint64_t first = EW_NEVER;
  for (int i = 0; i < EW__WAIT_COUNT; i++) {
    const ew__conn *conn = server->waiting[i].first;
    if (conn != NULL && conn->due < first) {
      first = conn->due;
    }
  }
  if (first == EW_NEVER || first >= server->wait_timer_at) {
    return; /* a timer that rings too early costs less than one that is set for every message */
  }
  uint64_t now = ew__now(server);
  server->wait_timer_at = first;
  uv_timer_start(&server->wait_timer, on_wait_timer, first > now ? first - now : 0, 0);
}

/* ----------------------------------------------------------------------------------------- stop */

void ew__server_check_drained(ew_server *server) {
  if (server->stopping && !server->drained && server->conn_count == 0 && server->log_calls == 0) {
    server->drained = true;
    uv_stop(&server->loop);
  }
}

static void on_drain_timeout(uv_timer_t *timer) {
  ew_server *server = timer->data;
  if (server->drained) {
    return;
  }
  ew__note(server, EW_LEVEL_WARNING, "stopped with %lu connections that did not end in time",
           (unsigned long)server->conn_count);
  server->drained = true;
  uv_stop(&server->loop);
}

static void dismiss(ew__conn *conn) {
  if (conn->phase == EW__OPEN) {
    ew__conn_close(conn, EW_CLOSE_GOING_AWAY, EW_STR("the server is stopping"));
  } else if (conn->phase == EW__REQUEST && conn->publication == NULL && conn->answer == NULL) {
    ew__conn_kill(conn);
  }
}

static void on_stop(uv_async_t *handle) {
  ew_server *server = handle->data;
  if (server->stopping) {
    return;
  }
  server->stopping = true;
  lws_context_deprecate(server->lws, NULL); /* closes the listening sockets, and nothing else */
  uv_timer_start(&server->stop_timer, on_drain_timeout, server->options.drain_timeout_ms, 0);
  for (ew__conn *conn = server->conns, *next; conn != NULL; conn = next) {
    next = conn->next;
    dismiss(conn);
  }
  for (ew__listener *l = server->listeners; l != NULL; l = l->next) {
    ew__listener_settle(l);
  }
  ew__server_check_drained(server);
}

void ew_server_stop(ew_server *server) { uv_async_send(&server->stop_async); }

/* --------------------------------------------------------------------------------------- making */

static uint32_t or_default(uint32_t value, uint32_t standard) { return value == 0 ? standard : value; }

/*
 * A connection that cannot be accepted for want of a descriptor would keep the loop busy: so we
 * stay below the limit of the process.
 */
static uint32_t within_file_limit(uint32_t connections) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
      limit.rlim_cur <= 2 * RESERVED_FILES) {
    return connections;
  }
  rlim_t most = limit.rlim_cur - RESERVED_FILES;
  return most < connections ? (uint32_t)most : connections;
}

static void set_options(ew_server *server, const ew_server_options *opts) {
  ew_server_options *o = &server->options;
  *o = *opts;
  o->max_connections = within_file_limit(or_default(o->max_connections, DEFAULT_CONNECTIONS));
  o->max_connections_per_address =
      or_default(o->max_connections_per_address, DEFAULT_CONNECTIONS_PER_ADDRESS);
  o->max_queued_bytes = o->max_queued_bytes == 0 ? DEFAULT_QUEUED_BYTES : o->max_queued_bytes;
  o->drain_timeout_ms = or_default(o->drain_timeout_ms, DEFAULT_DRAIN_MS);
  server->waiting[EW__WAIT_REQUEST].ms = or_default(o->handshake_timeout_ms, DEFAULT_HANDSHAKE_MS);
  server->waiting[EW__WAIT_PING].ms = or_default(o->ping_interval_ms, DEFAULT_PING_MS);
  server->waiting[EW__WAIT_PONG].ms = or_default(o->pong_timeout_ms, DEFAULT_PONG_MS);
  server->waiting[EW__WAIT_FLUSH].ms = o->drain_timeout_ms;
  server->waiting[EW__WAIT_PEER].ms = EW__LINGER_MS;
}

static ew_err init_loop(ew_server *server) {
  if (uv_loop_init(&server->loop) != 0) {
    return EW_ERR_NOMEM;
  }
  server->has_loop = true;
  if (uv_async_init(&server->loop, &server->stop_async, on_stop) != 0 ||
      uv_async_init(&server->loop, &server->wake, on_wake) != 0) {
    return EW_ERR_NOMEM;
  }
  uv_timer_init(&server->loop, &server->wait_timer);
  uv_timer_init(&server->loop, &server->stop_timer);
  server->stop_async.data = server->wake.data = server;
  server->wait_timer.data = server->stop_timer.data = server;
  return EW_OK;
}

static ew_err init_lws(ew_server *server) {
  void *loops[] = {&server->loop};
  struct lws_context_creation_info info;
  memset(&info, 0, sizeof(info));
  info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_LIBUV |
                 LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
  info.foreign_loops = loops;
  info.pt_serv_buf_size = EW__WRITE_BYTES + 1024; /* one receive; larger ones cost less for each byte */
  info.max_http_header_data = EW__HEADER_BYTES;
  info.timeout_secs = 3600; /* ours are shorter */
  info.alpn = "http/1.1";
  lws_set_log_level(0, NULL); /* what it writes it writes to stderr, payload and all */
  server->lws = lws_create_context(&info);
  return server->lws == NULL ? EW_ERR_UNSUPPORTED : EW_OK;
}

static ew_err init_server(ew_server *server, ew_diag *diag) {
  server->posts_end = &server->posts;
  server->taken_end = &server->taken;
  server->wait_timer_at = EW_NEVER;
  ew_err err = init_loop(server);
  if (err == EW_OK) {
    err = ew_log_open(&server->log, &(ew_log_options){.path = server->options.log_path}, diag);
  }
  if (err != EW_OK) {
    return err;
  }
  err = init_lws(server);
  if (err != EW_OK && diag != NULL) {
    memset(diag, 0, sizeof(*diag));
    diag->err = err;
    diag->expected = "libwebsockets with its libuv event library (Debian: libwebsockets-evlib-uv)";
    snprintf(diag->found, sizeof(diag->found), "%s", "none");
  }
  return err;
}

ew_err ew_server_new(ew_server **out, const ew_server_options *opts, ew_diag *diag) {
  static const ew_server_options none = {0};
  ew_server *server = calloc(1, sizeof(*server));
  if (server == NULL) {
    return EW_ERR_NOMEM;
  }
  if (uv_mutex_init(&server->lock) != 0) {
    free(server);
    return EW_ERR_NOMEM;
  }
  set_options(server, opts == NULL ? &none : opts);
  ew_err err = init_server(server, diag);
  if (err != EW_OK) {
    ew_server_free(server);
    return err;
  }
  *out = server;
  return EW_OK;
}

/* ------------------------------------------------------------------------------------ listeners */

static ew__listener *new_listener(ew_server *server, const char *name) {
  ew__listener *listener = calloc(1, sizeof(*listener));
  if (listener != NULL) {
    listener->server = server;
    listener->name = name;
    listener->deadline_at = EW_NEVER;
  }
  return listener;
}

/* Its vhost, if it has one, has gone. */
static void free_listener(ew__listener *listener) {
  ew_service_free(listener->service);
  free(listener->token);
  free(listener);
}

static void link_listener(ew_server *server, ew__listener *listener, uint16_t *port) {
  ew__listener **end = &server->listeners;
  while (*end != NULL) {
    end = &(*end)->next;
  }
  *end = listener;
  if (port != NULL) {
    *port = listener->port;
  }
  ew__note(server, EW_LEVEL_NOTICE, "%s: listening on port %u", listener->name, (unsigned)listener->port);
}

static size_t message_limit(const ew_service *service) {
  const ew_document *document = ew_service_document(service);
  uint32_t limit = document == NULL ? 0 : document->limits.max_bytes;
  return limit == 0 || limit > CLIENT_MESSAGE_BYTES ? CLIENT_MESSAGE_BYTES : limit;
}

static void start_service(ew__listener *listener) {
  uv_timer_init(&listener->server->loop, &listener->deadline);
  listener->deadline.data = listener;
  listener->has_deadline = true;
  listener->max_message_bytes = message_limit(listener->service);
  listener->max_body_bytes = EW__BODY_BYTES;
}

ew_err ew__server_add(ew_server *server, const ew_listen *where, const char *name,
                      ew__service_factory factory, const void *opts, uint16_t *port) {
  ew_host host = ew__host_calls;
  ew__listener *listener = new_listener(server, name);
  if (listener == NULL) {
    return EW_ERR_NOMEM;
  }
  host.ctx = listener;
  uv_update_time(&server->loop);
  ew_err err = factory(&listener->service, opts, &host);
  if (err == EW_OK) {
    err = ew__listener_open(listener, where);
  }
  if (err != EW_OK) {
    free_listener(listener);
    return err;
  }
  start_service(listener);
  link_listener(server, listener, port);
  /* the service may ask the log at once: the listener must not go any more */
  err = ew__host_restore(listener);
  ew__listener_settle(listener);
  return err;
}

ew_err ew_server_add_admin(ew_server *server, const ew_listen *listen, const char *token, uint16_t *port) {
  if (token == NULL && !ew__host_is_loopback(listen->host)) {
    return EW_ERR_ARGUMENT;
  }
  ew__listener *listener = new_listener(server, "admin");
  if (listener == NULL) {
    return EW_ERR_NOMEM;
  }
  listener->max_body_bytes = EW__ADMIN_BODY_BYTES;
  listener->token = token == NULL ? NULL : strdup(token);
  ew_err err = token != NULL && listener->token == NULL ? EW_ERR_NOMEM : ew__listener_open(listener, listen);
  if (err != EW_OK) {
    free_listener(listener);
    return err;
  }
  link_listener(server, listener, port);
  return EW_OK;
}

ew__listener *ew__server_find(ew_server *server, ew_str name) {
  for (ew__listener *l = server->listeners; l != NULL; l = l->next) {
    if (l->service != NULL && ew_str_equal(ew_str_of(l->name), name)) {
      return l;
    }
  }
  return NULL;
}

/* ------------------------------------------------------------------------------ running, ending */

ew_err ew_server_run(ew_server *server) {
  if (server->drained) {
    return EW_ERR_STATE;
  }
  uv_update_time(&server->loop);
  uv_run(&server->loop, UV_RUN_DEFAULT);
  return EW_OK;
}

static void unref_handle(uv_handle_t *handle, void *arg) {
  (void)arg;
  uv_unref(handle);
}

/*
 * The handles of libwebsockets close in the loop, which therefore runs between the two calls; ours
 * must not keep it running.
 */
static void destroy_lws(ew_server *server) {
  if (server->lws == NULL) {
    return;
  }
  server->stopping = true;
  server->drained = true;
  uv_timer_stop(&server->stop_timer);
  uv_walk(&server->loop, unref_handle, NULL);
  lws_context_destroy(server->lws);
  uv_run(&server->loop, UV_RUN_DEFAULT);
  lws_context_destroy(server->lws);
  server->lws = NULL;
}

static void close_handle(uv_handle_t *handle, void *arg) {
  (void)arg;
  if (!uv_is_closing(handle)) {
    uv_close(handle, NULL);
  }
}

static void destroy_loop(ew_server *server) {
  if (!server->has_loop) {
    return;
  }
  uv_walk(&server->loop, close_handle, NULL);
  uv_run(&server->loop, UV_RUN_DEFAULT);
  uv_loop_close(&server->loop);
}

void ew_server_free(ew_server *server) {
  if (server == NULL) {
    return;
  }
  destroy_lws(server);
  server->closed = true;
  ew_log_close(server->log); /* its last answers are posted while there still is a loop to post to */
  run_posts(server);
  destroy_loop(server);
  while (server->listeners != NULL) {
    ew__listener *next = server->listeners->next;
    free_listener(server->listeners);
    server->listeners = next;
  }
  ew__peers_clear(server);
  uv_mutex_destroy(&server->lock);
  free(server->scoped[0]);
  free(server->scoped[1]);
  free(server);
}
