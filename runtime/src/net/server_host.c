#define _POSIX_C_SOURCE 200809L

#include "server_internal.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

/* ---------------------------------------------------------------------------------------- names */

ew_str ew__scoped(ew__listener *listener, ew_str text) {
  ew_server *server = listener->server;
  unsigned slot = server->scoped_next++ % 2;
  size_t prefix = strlen(listener->name), needed = prefix + 1 + text.len;
  if (server->scoped_size[slot] < needed) {
    char *larger = realloc(server->scoped[slot], needed + 64);
    if (larger == NULL) {
      return ew_str_from(NULL, 0);
    }
    server->scoped[slot] = larger;
    server->scoped_size[slot] = needed + 64;
  }
  char *at = server->scoped[slot];
  memcpy(at, listener->name, prefix);
  at[prefix] = '/';
  if (text.len > 0) {
    memcpy(at + prefix + 1, text.ptr, text.len);
  }
  return ew_str_from(at, needed);
}

/* ----------------------------------------------------------------------------- calls to the log */

/*
 * A question to the log and, filled on the log's thread, its answer. Made with the call, so that an
 * answer needs no memory but for its events.
 */
typedef struct log_call {
  ew__post post;
  ew__listener *listener;
  uint64_t token;
  ew_err err;
  ew_logged *events; /* one block with their bytes */
  size_t count;
  uint64_t last, cursor;
  bool has_cursor;
} log_call;

static log_call *new_call(ew__listener *listener, uint64_t token, void (*run)(ew_server *, ew__post *)) {
  log_call *call = calloc(1, sizeof(*call));
  if (call != NULL) {
    call->post.run = run;
    call->listener = listener;
    call->token = token;
  }
  return call;
}

static ew_err count_call(ew_server *server, log_call *call, ew_err err) {
  if (err != EW_OK) {
    free(call);
    return err;
  }
  server->log_calls++;
  return EW_OK;
}

static void finish_call(ew_server *server, log_call *call) {
  free(call->events);
  free(call);
  server->log_calls--;
  ew__server_check_drained(server);
}

static void deliver_events(ew_server *server, ew__post *post) {
  log_call *call = (log_call *)(void *)post;
  if (!server->closed) {
    ew_service_events(call->listener->service, call->token, call->err, call->events, call->count,
                      ew__now(server));
    ew__listener_settle(call->listener);
  }
  finish_call(server, call);
}

/*
 * Log thread. The events live until this returns: they are copied into one block, with readable
 * bytes behind.
 */
static ew_logged *copy_events(const ew_logged *events, size_t count) {
  size_t bytes = 0;
  for (size_t i = 0; i < count; i++) {
    bytes += events[i].event.len;
  }
  ew_logged *copy = malloc(count * sizeof(*copy) + bytes + EW__READABLE_AFTER);
  if (copy == NULL) {
    return NULL;
  }
  char *at = (char *)(copy + count);
  for (size_t i = 0; i < count; i++) {
    copy[i] = (ew_logged){events[i].sequence, ew_str_from(at, events[i].event.len)};
    if (events[i].event.len > 0) {
      memcpy(at, events[i].event.ptr, events[i].event.len);
    }
    at += events[i].event.len;
  }
  memset(at, 0, EW__READABLE_AFTER);
  return copy;
}

/* Log thread. */
static void on_read(void *ctx, uint64_t token, ew_err err, const ew_logged *events, size_t count) {
  log_call *call = ctx;
  (void)token;
  call->err = err;
  if (err == EW_OK && count > 0) {
    call->events = copy_events(events, count);
    call->err = call->events == NULL ? EW_ERR_NOMEM : EW_OK;
    call->count = call->events == NULL ? 0 : count;
  }
  ew__server_post(call->listener->server, &call->post);
}

static ew_err host_read(void *ctx, ew_str stream, uint64_t after, uint32_t limit, uint64_t token) {
  ew__listener *listener = ctx;
  ew_str name = ew__scoped(listener, stream);
  log_call *call = name.ptr == NULL ? NULL : new_call(listener, token, deliver_events);
  if (call == NULL) {
    return EW_ERR_NOMEM;
  }
  return count_call(listener->server, call,
                    ew_log_read(listener->server->log, name, after, limit, on_read, call, 0));
}

static void deliver_position(ew_server *server, ew__post *post) {
  log_call *call = (log_call *)(void *)post;
  if (!server->closed) {
    ew_service_position(call->listener->service, call->token, call->err, call->last,
                        call->has_cursor, call->cursor, ew__now(server));
    ew__listener_settle(call->listener);
  }
  finish_call(server, call);
}

/* Log thread. */
static void on_position(void *ctx, uint64_t token, ew_err err, uint64_t last, bool has_cursor,
                        uint64_t cursor) {
  log_call *call = ctx;
  (void)token;
  call->err = err;
  call->last = last;
  call->has_cursor = has_cursor;
  call->cursor = cursor;
  ew__server_post(call->listener->server, &call->post);
}

static ew_err host_position(void *ctx, ew_str stream, ew_str cursor, uint64_t token) {
  ew__listener *listener = ctx;
  ew_str stream_name = ew__scoped(listener, stream);
  ew_str cursor_name = ew__scoped(listener, cursor);
  if (stream_name.ptr == NULL || cursor_name.ptr == NULL) {
    return EW_ERR_NOMEM;
  }
  log_call *call = new_call(listener, token, deliver_position);
  if (call == NULL) {
    return EW_ERR_NOMEM;
  }
  return count_call(
      listener->server, call,
      ew_log_position(listener->server->log, stream_name, cursor_name, on_position, call, 0));
}

static void host_commit(void *ctx, ew_str cursor, uint64_t sequence) {
  ew__listener *listener = ctx;
  ew_str name = ew__scoped(listener, cursor);
  ew_err err = name.ptr == NULL ? EW_ERR_NOMEM : ew_log_commit(listener->server->log, name, sequence);
  if (err != EW_OK) {
    ew__note(listener->server, EW_LEVEL_ERROR, "%s: a cursor was not stored: %s", listener->name,
             ew_err_text(err));
  }
}

static void host_store(void *ctx, ew_str key, ew_str value) {
  ew__listener *listener = ctx;
  ew_str name = ew__scoped(listener, key);
  ew_err err = name.ptr == NULL ? EW_ERR_NOMEM : ew_log_store(listener->server->log, name, value);
  if (err != EW_OK) {
    ew__note(listener->server, EW_LEVEL_ERROR, "%s: a resource was not stored: %s", listener->name,
             ew_err_text(err));
  }
}

static void restore_one(void *ctx, ew_str key, ew_str value) {
  ew__listener *listener = ctx;
  size_t prefix = strlen(listener->name) + 1;
  ew_service_restore(listener->service, ew_str_from(key.ptr + prefix, key.len - prefix), value,
                     ew__now(listener->server));
}

ew_err ew__host_restore(ew__listener *listener) {
  ew_str prefix = ew__scoped(listener, EW_STR(""));
  return prefix.ptr == NULL ? EW_ERR_NOMEM
                            : ew_log_each(listener->server->log, prefix, restore_one, listener);
}

/* ------------------------------------------------------------------------------- other requests */

static ew_err host_send(void *ctx, void *connection, ew_str message) {
  (void)ctx;
  return ew__conn_send(connection, EW_FRAME_TEXT, message);
}

static void host_close(void *ctx, void *connection, uint16_t code, ew_str reason) {
  (void)ctx;
  ew__conn_close(connection, code, reason);
}

static void host_drop(void *ctx, void *connection) {
  (void)ctx;
  ew__conn_drop(connection);
}

/* Session ids are made of these bytes: without them there is no service. */
static void host_random(void *ctx, void *bytes, size_t size) {
  (void)ctx;
  char *at = bytes;
  while (size > 0) {
    ssize_t got = getrandom(at, size, 0);
    if (got < 0) {
      continue; /* interrupted by a signal: there is no other reason */
    }
    at += got;
    size -= (size_t)got;
  }
}

static void host_note(void *ctx, ew_str line) {
  ew__listener *listener = ctx;
  ew__note(listener->server, EW_LEVEL_NOTICE, "%s: %.*s", listener->name, EW_STR_ARG(line));
}

static uint64_t host_wall_clock_ms(void *ctx) {
  struct timespec now;
  (void)ctx;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

const ew_host ew__host_calls = {
    .send = host_send,
    .close = host_close,
    .drop = host_drop,
    .read = host_read,
    .position = host_position,
    .commit = host_commit,
    .store = host_store,
    .random = host_random,
    .note = host_note,
    .wall_clock_ms = host_wall_clock_ms,
};
