#define _POSIX_C_SOURCE 200809L

#include "server_internal.h"

#include <stdlib.h>

#define STREAM_BYTES 1024u
/* of one request: a body of the shortest lines would take twenty times its size in memory */
#define MAX_EVENTS 262144u
#define POSTED_BYTES ((size_t)64 << 20) /* of ew_server_publish() not yet taken up by the loop */

/*
 * Names and events are views of the publication's own text and names until the log has them, and
 * until the services have been told.
 */
typedef struct item {
  size_t stream; /* offset in names */
  uint32_t stream_len;
  ew_str event;
  uint64_t sequence;
} item;

struct ew__publication {
  ew__post post;
  ew__listener *listener;
  char *text;      /* owned */
  ew__bytes names; /* scoped names of the streams */
  item *items;
  size_t count, capacity;
  size_t pending; /* log thread: answers still to come */
  ew_err err;     /* log thread: the first failure */
  size_t told;    /* items the services know of */
  ew__published_fn done;
  void *ctx;
};

void ew__publication_forget(ew__publication *publication) { publication->done = NULL; }

static void free_publication(ew__publication *publication) {
  if (publication == NULL) {
    return;
  }
  ew__bytes_clear(&publication->names);
  free(publication->items);
  free(publication->text);
  free(publication);
}

static ew_str scoped_stream(const ew__publication *publication, const item *it) {
  return ew_str_from(publication->names.ptr + it->stream, it->stream_len);
}

/* Without the protocol's name in front. */
static ew_str bare_stream(const ew__publication *publication, const item *it) {
  size_t prefix = strlen(publication->listener->name) + 1;
  ew_str scoped = scoped_stream(publication, it);
  return ew_str_from(scoped.ptr + prefix, scoped.len - prefix);
}

/* ------------------------------------------------------------------------------------- checking */

static ew_err add_name(ew__publication *publication, ew_str stream, item *out) {
  ew_str scoped = ew__scoped(publication->listener, stream);
  ew__bytes *names = &publication->names;
  if (scoped.ptr == NULL || !ew__bytes_reserve(names, scoped.len)) {
    return EW_ERR_NOMEM;
  }
  memcpy(names->ptr + names->end, scoped.ptr, scoped.len);
  out->stream = names->end;
  out->stream_len = scoped.len;
  names->end += scoped.len;
  return EW_OK;
}

static item *new_item(ew__publication *publication) {
  if (publication->count == publication->capacity) {
    size_t larger = publication->capacity == 0 ? 1 : publication->capacity * 2;
    item *items = realloc(publication->items, larger * sizeof(*items));
    if (items == NULL) {
      return NULL;
    }
    publication->items = items;
    publication->capacity = larger;
  }
  return &publication->items[publication->count];
}

static ew_err add_event(ew__publication *publication, ew_str where, ew_str event, ew_diag *diag) {
  char stream[STREAM_BYTES];
  ew_buf buf;
  ew_buf_init(&buf, stream, sizeof(stream));
  ew_err err = ew_service_check(publication->listener->service, where, event, &buf, diag);
  if (err != EW_OK) {
    diag->err = diag->err == EW_OK ? err : diag->err;
    return err;
  }
  item *it = new_item(publication);
  if (it == NULL) {
    return EW_ERR_NOMEM;
  }
  err = add_name(publication, ew_buf_str(&buf), it);
  if (err == EW_OK) {
    it->event = event;
    publication->count++;
  }
  return err;
}

static bool is_blank(ew_str line) {
  for (uint32_t i = 0; i < line.len; i++) {
    if (line.ptr[i] != ' ' && line.ptr[i] != '\t') {
      return false;
    }
  }
  return true;
}

/* The next line without its end; false behind the last one. */
static bool next_line(ew_str *rest, ew_str *line) {
  if (rest->len == 0) {
    return false;
  }
  const char *newline = memchr(rest->ptr, '\n', rest->len);
  size_t len = newline == NULL ? rest->len : (size_t)(newline - rest->ptr);
  size_t taken = newline == NULL ? len : len + 1;
  bool has_return = len > 0 && rest->ptr[len - 1] == '\r';
  *line = ew_str_from(rest->ptr, has_return ? len - 1 : len);
  *rest = ew_str_from(rest->ptr + taken, rest->len - taken);
  return true;
}

static ew_err check_lines(ew__publication *publication, ew_str where, size_t size, ew__published *result) {
  ew_str rest = ew_str_from(publication->text, size), line;
  for (size_t number = 1; next_line(&rest, &line); number++) {
    if (is_blank(line)) {
      continue;
    }
    if (publication->count == MAX_EVENTS) {
      return EW_ERR_COUNT;
    }
    ew_err err = add_event(publication, where, line, &result->diag);
    if (err != EW_OK) {
      result->line = err == EW_ERR_NOMEM ? 0 : number;
      return err;
    }
  }
  return EW_OK;
}

/* ----------------------------------------------------------------------------------- delivering */

/* The same protocol on several ports has the same streams. */
static void tell_services(ew_server *server, const ew__publication *publication, const item *it) {
  ew_logged logged = {it->sequence, it->event};
  for (ew__listener *l = server->listeners; l != NULL; l = l->next) {
    if (l->service != NULL && strcmp(l->name, publication->listener->name) == 0) {
      ew_service_publish(l->service, bare_stream(publication, it), &logged, ew__now(server));
      ew__listener_settle(l);
    }
  }
  publication->listener->counters.published++;
}

/* False when room is used up before everything is told. */
static bool tell_some(ew_server *server, ew__publication *publication, size_t *room) {
  if (server->closed || publication->err != EW_OK) {
    return true;
  }
  while (publication->told < publication->count && *room > 0) {
    const item *it = &publication->items[publication->told++];
    tell_services(server, publication, it);
    *room -= it->event.len < *room ? it->event.len : *room;
  }
  return publication->told == publication->count;
}

static void report(ew__publication *publication, const ew__published *result) {
  if (publication->done != NULL) {
    publication->done(publication->ctx, result);
  }
}

static void finish_publication(ew_server *server, ew__publication *publication) {
  ew__published result = {.err = publication->err};
  if (result.err == EW_OK && publication->count > 0) {
    result.count = publication->count;
    result.first = publication->items[0].sequence;
    result.last = publication->items[publication->count - 1].sequence;
  }
  report(publication, &result);
  free_publication(publication);
  server->log_calls--;
  ew__server_check_drained(server);
}

/* Told in one go, a large publication would fill the queues of readers that had no turn to read. */
bool ew__publish_tell(ew_server *server, size_t *room) {
  ew__publication *publication = server->telling;
  if (publication == NULL) {
    return true;
  }
  if (!tell_some(server, publication, room)) {
    return false;
  }
  server->telling = NULL;
  finish_publication(server, publication);
  return true;
}

static void start_telling(ew_server *server, ew__post *post) {
  server->telling = (ew__publication *)(void *)post;
}

/* Log thread. */
static void on_appended(void *ctx, uint64_t token, ew_err err, uint64_t sequence) {
  ew__publication *publication = ctx;
  publication->items[token].sequence = sequence;
  if (err != EW_OK && publication->err == EW_OK) {
    publication->err = err;
  }
  if (--publication->pending == 0) {
    ew__server_post(publication->listener->server, &publication->post);
  }
}

static ew_err append_items(ew__publication *publication) {
  ew_server *server = publication->listener->server;
  ew_log_item *items = calloc(publication->count, sizeof(*items));
  if (items == NULL) {
    return EW_ERR_NOMEM;
  }
  for (size_t i = 0; i < publication->count; i++) {
    items[i] = (ew_log_item){scoped_stream(publication, &publication->items[i]), publication->items[i].event};
  }
  publication->pending = publication->count;
  publication->post.run = start_telling;
  ew_err err = ew_log_append_all(server->log, items, publication->count, on_appended, publication);
  free(items);
  if (err == EW_OK) {
    server->log_calls++;
  }
  return err;
}

static ew__publication *new_publication(ew__listener *listener, ew__published_fn done, void *ctx) {
  ew__publication *publication = calloc(1, sizeof(*publication));
  if (publication != NULL) {
    publication->listener = listener;
    publication->done = done;
    publication->ctx = ctx;
  }
  return publication;
}

ew_err ew__publish_lines(ew__publication **out, ew__listener *listener, ew_str where, char *text,
                         size_t size, ew__published *result, ew__published_fn done, void *ctx) {
  ew__publication *publication = new_publication(listener, done, ctx);
  memset(result, 0, sizeof(*result));
  *out = NULL;
  if (publication == NULL) {
    return EW_ERR_NOMEM;
  }
  publication->text = text;
  result->err = check_lines(publication, where, size, result);
  if (result->err == EW_OK && publication->count > 0) {
    result->err = append_items(publication);
  }
  if (result->err == EW_OK && publication->count > 0) {
    *out = publication;
    return EW_OK;
  }
  publication->text = NULL; /* stays the caller's */
  free_publication(publication);
  return result->err;
}

/* ---------------------------------------------------------------------- from the program itself */

/* An event on its way from any thread to the loop. The texts stand behind it. */
typedef struct posted_event {
  ew__post post;
  ew_str protocol, where, event;
  void (*done)(void *ctx, ew_err err, uint64_t sequence);
  void *ctx;
} posted_event;

static size_t posted_size(const posted_event *posted) {
  return sizeof(*posted) + posted->protocol.len + posted->where.len + posted->event.len;
}

static void finish_posted(posted_event *posted, ew_err err, uint64_t sequence) {
  if (posted->done != NULL) {
    posted->done(posted->ctx, err, sequence);
  }
  free(posted);
}

static void on_posted_published(void *ctx, const ew__published *result) {
  finish_posted(ctx, result->err, result->first);
}

static ew_err publish_posted(ew_server *server, posted_event *posted) {
  ew__listener *listener = ew__server_find(server, posted->protocol);
  if (server->closed || server->stopping) {
    return EW_ERR_CLOSED;
  }
  if (listener == NULL) {
    return EW_ERR_NOT_FOUND;
  }
  ew__publication *publication = new_publication(listener, on_posted_published, posted);
  if (publication == NULL) {
    return EW_ERR_NOMEM;
  }
  ew_diag diag = {.err = EW_OK};
  ew_err err = add_event(publication, posted->where, posted->event, &diag);
  if (err == EW_OK) {
    err = append_items(publication);
  }
  if (err != EW_OK) {
    free_publication(publication);
  }
  return err;
}

static void take_posted(ew_server *server, ew__post *post) {
  posted_event *posted = (posted_event *)(void *)post;
  uv_mutex_lock(&server->lock);
  server->posted_bytes -= posted_size(posted);
  uv_mutex_unlock(&server->lock);
  ew_err err = publish_posted(server, posted);
  if (err != EW_OK) {
    finish_posted(posted, err, 0);
  }
}

static ew_str copy_behind(char **at, ew_str text) {
  ew_str copy = ew_str_from(*at, text.len);
  if (text.len > 0) {
    memcpy(*at, text.ptr, text.len);
  }
  *at += text.len;
  return copy;
}

static bool take_room(ew_server *server, size_t size) {
  uv_mutex_lock(&server->lock);
  bool fits = size <= POSTED_BYTES - server->posted_bytes;
  if (fits) {
    server->posted_bytes += size;
  }
  uv_mutex_unlock(&server->lock);
  return fits;
}

ew_err ew_server_publish(ew_server *server, const char *protocol, ew_str where, ew_str event,
                         void (*done)(void *ctx, ew_err err, uint64_t sequence), void *ctx) {
  ew_str name = ew_str_of(protocol);
  size_t size = sizeof(posted_event) + name.len + where.len + event.len;
  if (size > POSTED_BYTES || !take_room(server, size)) {
    return EW_ERR_QUEUE_FULL;
  }
  posted_event *posted = malloc(size);
  if (posted == NULL) {
    uv_mutex_lock(&server->lock);
    server->posted_bytes -= size;
    uv_mutex_unlock(&server->lock);
    return EW_ERR_NOMEM;
  }
  char *at = (char *)(posted + 1);
  *posted = (posted_event){.post.run = take_posted, .done = done, .ctx = ctx};
  posted->protocol = copy_behind(&at, name);
  posted->where = copy_behind(&at, where);
  posted->event = copy_behind(&at, event);
  ew__server_post(server, &posted->post);
  return EW_OK;
}
