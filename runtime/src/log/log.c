#define _POSIX_C_SOURCE 200809L

#include "eventwire/log.h"

#include "log_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define DEFAULT_GROUP_EVENTS 256u
#define DEFAULT_GROUP_MS 5u
#define DEFAULT_QUEUED_BYTES ((size_t)64 << 20)
#define CURSOR_BUCKETS 256u

typedef enum query_kind { QUERY_READ, QUERY_POSITION, QUERY_EACH } query_kind;

/* A question to the store. Names stand behind the struct in the same block. */
typedef struct query {
  struct query *next;
  query_kind kind;
  ew_str stream; /* QUERY_EACH: the prefix */
  ew_str cursor;
  uint64_t after;
  uint32_t limit;
  union {
    ew_log_read_fn read;
    ew_log_position_fn position;
    struct each_answer *each;
  } done;
  void *ctx;
  uint64_t token;
} query;

typedef struct resource {
  struct resource *next;
  ew_str key, value;
} resource;

/* ew_log_each() waits for this one; it lives on its stack. */
typedef struct each_answer {
  ew_err err;
  bool ready;
  resource *first, **last;
} each_answer;

struct ew_log {
  ew__store *store; /* of the thread, once it runs */
  pthread_t thread;
  uint32_t group_max_events;
  uint32_t group_max_ms;
  size_t max_queued_bytes;

  pthread_mutex_t lock;
  pthread_cond_t work;  /* the thread waits for it */
  pthread_cond_t ready; /* ew_log_each() waits for it */

  /* {lock} guards all that follows. */
  ew__write *writes, **writes_end;
  uint32_t write_count;
  size_t queued_bytes; /* of writes, until their completion has been called */
  /* the newest position of each: a storm of acknowledgements stays small */
  ew__cursor *cursors[CURSOR_BUCKETS];
  bool has_cursors;
  query *queries, **queries_end;
  struct timespec due; /* of the oldest write or cursor */
  bool closing;

  ew__page page; /* of the thread */
};

/* ----------------------------------------------------------------------------------------- time */

static struct timespec in_ms(uint32_t ms) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  at.tv_sec += (time_t)(ms / 1000);
  at.tv_nsec += (long)(ms % 1000) * 1000000L;
  if (at.tv_nsec >= 1000000000L) {
    at.tv_sec++;
    at.tv_nsec -= 1000000000L;
  }
  return at;
}

static bool has_passed(const struct timespec *at) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec > at->tv_sec || (now.tv_sec == at->tv_sec && now.tv_nsec >= at->tv_nsec);
}

/* --------------------------------------------------------------------------------- small copies */

/* size bytes for a struct and two texts behind it. NULL: no memory. */
static void *new_with_texts(size_t size, ew_str *a, ew_str *b) {
  char *block = malloc(size + a->len + b->len + 1);
  if (block == NULL) {
    return NULL;
  }
  char *at = block + size;
  ew_str *texts[] = {a, b};
  for (size_t i = 0; i < 2; i++) {
    if (texts[i]->len > 0) {
      memcpy(at, texts[i]->ptr, texts[i]->len);
    }
    if (texts[i]->ptr != NULL) {
      texts[i]->ptr = at;
    }
    at += texts[i]->len;
  }
  return block;
}

/* ----------------------------------------------------------------------------------- the thread */

static bool is_idle(const ew_log *log) { return log->writes == NULL && !log->has_cursors; }

static bool writes_are_due(const ew_log *log) {
  if (is_idle(log)) {
    return false;
  }
  return log->closing || log->write_count >= log->group_max_events || has_passed(&log->due);
}

static void wait_for_work(ew_log *log) {
  while (log->queries == NULL && !log->closing && !writes_are_due(log)) {
    if (is_idle(log)) {
      pthread_cond_wait(&log->work, &log->lock);
    } else {
      pthread_cond_timedwait(&log->work, &log->lock, &log->due);
    }
  }
}

static ew__write *take_writes(ew_log *log) {
  ew__write *group = log->writes;
  log->writes = NULL;
  log->writes_end = &log->writes;
  log->write_count = 0;
  return group;
}

static ew__cursor *take_cursors(ew_log *log) {
  ew__cursor *list = NULL;
  for (size_t i = 0; i < CURSOR_BUCKETS && log->has_cursors; i++) {
    while (log->cursors[i] != NULL) {
      ew__cursor *cursor = log->cursors[i];
      log->cursors[i] = cursor->next;
      cursor->next = list;
      list = cursor;
    }
  }
  log->has_cursors = false;
  return list;
}

static size_t write_size(const ew__write *write) {
  return sizeof(*write) + write->name.len + write->value.len;
}

static size_t complete_writes(ew__write *group, ew_err err) {
  size_t bytes = 0;
  while (group != NULL) {
    ew__write *write = group;
    group = write->next;
    bytes += write_size(write);
    if (write->done != NULL) {
      write->done(write->ctx, write->token, err, err == EW_OK ? write->sequence : 0);
    }
    free(write);
  }
  return bytes;
}

static void free_cursors(ew__cursor *list) {
  while (list != NULL) {
    ew__cursor *next = list->next;
    free(list);
    list = next;
  }
}

/* {lock} is released while the store works. */
static void write_group(ew_log *log) {
  ew__write *group = take_writes(log);
  ew__cursor *cursors = take_cursors(log);
  pthread_mutex_unlock(&log->lock);
  size_t bytes = 0;
  if (group != NULL) {
    bytes = complete_writes(group, ew__store_write(log->store, group));
  }
  if (cursors != NULL) {
    /*
     * A cursor that was not stored comes back older: its events are delivered again. The next one
     * is tried all the same.
     */
    (void)ew__store_cursors(log->store, cursors);
    free_cursors(cursors);
  }
  pthread_mutex_lock(&log->lock);
  log->queued_bytes -= bytes;
}

static ew_err keep_resource(void *ctx, ew_str key, ew_str value) {
  each_answer *answer = ctx;
  resource *kept = new_with_texts(sizeof(*kept), &key, &value);
  if (kept == NULL) {
    return EW_ERR_NOMEM;
  }
  *kept = (resource){NULL, key, value};
  *answer->last = kept;
  answer->last = &kept->next;
  return EW_OK;
}

static void answer_read(ew_log *log, const query *q) {
  ew_err err = ew__store_read(log->store, q->stream, q->after, q->limit, &log->page);
  q->done.read(q->ctx, q->token, err, log->page.events, log->page.count);
}

static void answer_position(ew_log *log, const query *q) {
  uint64_t last = 0, cursor = 0;
  bool has_cursor = false;
  ew_err err = ew__store_position(log->store, q->stream, q->cursor, &last, &has_cursor, &cursor);
  if (err != EW_OK) {
    q->done.position(q->ctx, q->token, err, 0, false, 0);
    return;
  }
  q->done.position(q->ctx, q->token, EW_OK, last, has_cursor, cursor);
}

static void answer_each(ew_log *log, const query *q) {
  each_answer *answer = q->done.each;
  answer->err = ew__store_each(log->store, q->stream, keep_resource, answer);
  pthread_mutex_lock(&log->lock);
  answer->ready = true;
  pthread_cond_broadcast(&log->ready);
  pthread_mutex_unlock(&log->lock);
}

static void answer(ew_log *log, const query *q) {
  switch (q->kind) {
  case QUERY_READ:
    answer_read(log, q);
    return;
  case QUERY_POSITION:
    answer_position(log, q);
    return;
  case QUERY_EACH:
    answer_each(log, q);
    return;
  }
}

static query *take_queries(ew_log *log) {
  query *list = log->queries;
  log->queries = NULL;
  log->queries_end = &log->queries;
  return list;
}

/* {lock} is released while the store works. */
static void answer_queries(ew_log *log, query *list) {
  pthread_mutex_unlock(&log->lock);
  while (list != NULL) {
    query *next = list->next;
    answer(log, list);
    free(list);
    list = next;
  }
  pthread_mutex_lock(&log->lock);
}

/*
 * Who asks for a position or the resources sees what was handed in before. Reads need not wait:
 * only durable events are read.
 */
static bool need_writes(const ew_log *log, const query *list) {
  for (const query *q = list; q != NULL; q = q->next) {
    if ((q->kind == QUERY_EACH && !is_idle(log)) || (q->kind == QUERY_POSITION && log->has_cursors)) {
      return true;
    }
  }
  return false;
}

static void *run(void *arg) {
  ew_log *log = arg;
  pthread_mutex_lock(&log->lock);
  for (;;) {
    wait_for_work(log);
    /* Taken together with the writes: what comes while these are written is for the next turn. */
    query *queries = take_queries(log);
    if (writes_are_due(log) || need_writes(log, queries)) {
      write_group(log);
    }
    answer_queries(log, queries);
    if (log->closing && is_idle(log) && log->queries == NULL) {
      break;
    }
  }
  pthread_mutex_unlock(&log->lock);
  return NULL;
}

/* ----------------------------------------------------------------------------- opening, closing */

static void init_sync(ew_log *log) {
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_mutex_init(&log->lock, NULL);
  pthread_cond_init(&log->work, &attr);
  pthread_cond_init(&log->ready, &attr);
  pthread_condattr_destroy(&attr);
}

static void free_log(ew_log *log) {
  ew__store_close(log->store);
  ew__page_clear(&log->page);
  pthread_cond_destroy(&log->ready);
  pthread_cond_destroy(&log->work);
  pthread_mutex_destroy(&log->lock);
  free(log);
}

static ew_log *new_log(const ew_log_options *opts) {
  ew_log *log = calloc(1, sizeof(*log));
  if (log == NULL) {
    return NULL;
  }
  log->group_max_events = opts->group_max_events == 0 ? DEFAULT_GROUP_EVENTS : opts->group_max_events;
  log->group_max_ms = opts->group_max_ms == 0 ? DEFAULT_GROUP_MS : opts->group_max_ms;
  log->max_queued_bytes = opts->max_queued_bytes == 0 ? DEFAULT_QUEUED_BYTES : opts->max_queued_bytes;
  log->writes_end = &log->writes;
  log->queries_end = &log->queries;
  init_sync(log);
  return log;
}

ew_err ew_log_open(ew_log **out, const ew_log_options *opts, ew_diag *diag) {
  static const ew_log_options none = {0};
  ew_log *log = new_log(opts == NULL ? &none : opts);
  if (log == NULL) {
    return EW_ERR_NOMEM;
  }
  ew_err err = ew__store_open(&log->store, opts == NULL ? NULL : opts->path, diag);
  if (err == EW_OK && pthread_create(&log->thread, NULL, run, log) != 0) {
    err = EW_ERR_NOMEM;
  }
  if (err != EW_OK) {
    free_log(log);
    return err;
  }
  *out = log;
  return EW_OK;
}

void ew_log_close(ew_log *log) {
  if (log == NULL) {
    return;
  }
  pthread_mutex_lock(&log->lock);
  log->closing = true;
  pthread_cond_signal(&log->work);
  pthread_mutex_unlock(&log->lock);
  pthread_join(log->thread, NULL);
  free_log(log);
}

/* ---------------------------------------------------------------------------------------- calls */

/* {lock} is held. Wakes the thread when it waits without a deadline, or need not wait for it any longer. */
static void note_pending(ew_log *log, bool was_idle) {
  if (was_idle) {
    log->due = in_ms(log->group_max_ms);
  }
  if (was_idle || log->write_count >= log->group_max_events) {
    pthread_cond_signal(&log->work);
  }
}

/* Writes that belong together: queued, and later written, all or none. */
typedef struct write_list {
  ew__write *first, **end;
  uint32_t count;
  size_t bytes;
} write_list;

static void add_to_list(write_list *list, ew__write *write) {
  *list->end = write;
  list->end = &write->next;
  list->count++;
  list->bytes += write_size(write);
}

static void free_list(write_list *list) {
  while (list->first != NULL) {
    ew__write *next = list->first->next;
    free(list->first);
    list->first = next;
  }
}

/* {lock} is held. */
static void append_list(ew_log *log, const write_list *list) {
  bool was_idle = is_idle(log);
  *log->writes_end = list->first;
  log->writes_end = list->end;
  log->write_count += list->count;
  log->queued_bytes += list->bytes;
  note_pending(log, was_idle);
}

static ew_err queue_list(ew_log *log, write_list *list) {
  ew_err err = EW_OK;
  pthread_mutex_lock(&log->lock);
  if (log->closing) {
    err = EW_ERR_CLOSED;
  } else if (list->bytes > log->max_queued_bytes - log->queued_bytes) {
    err = EW_ERR_QUEUE_FULL;
  } else {
    append_list(log, list);
  }
  pthread_mutex_unlock(&log->lock);
  if (err != EW_OK) {
    free_list(list);
  }
  return err;
}

static ew_err queue_write(ew_log *log, ew__write *write) {
  write_list list = {.first = NULL};
  list.end = &list.first;
  add_to_list(&list, write);
  return queue_list(log, &list);
}

static ew__write *new_write(ew_str name, ew_str value) {
  ew__write *write = new_with_texts(sizeof(*write), &name, &value);
  if (write != NULL) {
    *write = (ew__write){.name = name, .value = value};
  }
  return write;
}

static ew__write *new_append(ew_log_item item, ew_log_appended_fn done, void *ctx, uint64_t token) {
  ew__write *write = new_write(item.stream, item.event);
  if (write != NULL) {
    write->done = done;
    write->ctx = ctx;
    write->token = token;
  }
  return write;
}

ew_err ew_log_append(ew_log *log, ew_str stream, ew_str event, ew_log_appended_fn done, void *ctx,
                     uint64_t token) {
  /* Refused before it is copied: this is the call that hostile sizes reach. */
  if ((size_t)stream.len + event.len > log->max_queued_bytes) {
    return EW_ERR_QUEUE_FULL;
  }
  ew__write *write = new_append((ew_log_item){stream, event}, done, ctx, token);
  return write == NULL ? EW_ERR_NOMEM : queue_write(log, write);
}

static ew_err check_size(const ew_log *log, const ew_log_item *items, size_t count) {
  size_t bytes = 0;
  for (size_t i = 0; i < count; i++) {
    bytes += sizeof(ew__write) + items[i].stream.len + items[i].event.len;
    if (bytes > log->max_queued_bytes) {
      return EW_ERR_QUEUE_FULL;
    }
  }
  return EW_OK;
}

ew_err ew_log_append_all(ew_log *log, const ew_log_item *items, size_t count,
                         ew_log_appended_fn done, void *ctx) {
  write_list list = {.first = NULL};
  list.end = &list.first;
  ew_err err = check_size(log, items, count);
  for (size_t i = 0; i < count && err == EW_OK; i++) {
    ew__write *write = new_append(items[i], done, ctx, i);
    if (write == NULL) {
      err = EW_ERR_NOMEM;
    } else {
      add_to_list(&list, write);
    }
  }
  if (err != EW_OK || count == 0) {
    free_list(&list);
    return err;
  }
  return queue_list(log, &list);
}

ew_err ew_log_store(ew_log *log, ew_str key, ew_str value) {
  ew__write *write = new_write(key, value);
  if (write == NULL) {
    return EW_ERR_NOMEM;
  }
  write->is_resource = true;
  return queue_write(log, write);
}

static ew__cursor **cursor_bucket(ew_log *log, ew_str name) {
  return &log->cursors[ew__hash(name, 0) % CURSOR_BUCKETS];
}

static bool replace_cursor(ew__cursor *list, ew_str name, uint64_t sequence) {
  for (ew__cursor *cursor = list; cursor != NULL; cursor = cursor->next) {
    if (ew_str_equal(cursor->name, name)) {
      cursor->sequence = sequence;
      return true;
    }
  }
  return false;
}

static ew_err queue_cursor(ew_log *log, ew_str name, uint64_t sequence) {
  ew__cursor **bucket = cursor_bucket(log, name);
  if (replace_cursor(*bucket, name, sequence)) {
    return EW_OK;
  }
  ew_str nothing = EW_STR("");
  ew__cursor *cursor = new_with_texts(sizeof(*cursor), &name, &nothing);
  if (cursor == NULL) {
    return EW_ERR_NOMEM;
  }
  bool was_idle = is_idle(log);
  *cursor = (ew__cursor){*bucket, name, sequence};
  *bucket = cursor;
  log->has_cursors = true;
  note_pending(log, was_idle);
  return EW_OK;
}

ew_err ew_log_commit(ew_log *log, ew_str cursor, uint64_t sequence) {
  pthread_mutex_lock(&log->lock);
  ew_err err = log->closing ? EW_ERR_CLOSED : queue_cursor(log, cursor, sequence);
  pthread_mutex_unlock(&log->lock);
  return err;
}

static query *new_query(query_kind kind, ew_str stream, ew_str cursor) {
  query *q = new_with_texts(sizeof(*q), &stream, &cursor);
  if (q != NULL) {
    *q = (query){.kind = kind, .stream = stream, .cursor = cursor};
  }
  return q;
}

static ew_err queue_query(ew_log *log, query *q) {
  pthread_mutex_lock(&log->lock);
  bool closing = log->closing;
  if (!closing) {
    *log->queries_end = q;
    log->queries_end = &q->next;
    pthread_cond_signal(&log->work);
  }
  pthread_mutex_unlock(&log->lock);
  if (closing) {
    free(q);
    return EW_ERR_CLOSED;
  }
  return EW_OK;
}

ew_err ew_log_read(ew_log *log, ew_str stream, uint64_t after, uint32_t limit, ew_log_read_fn done,
                   void *ctx, uint64_t token) {
  query *q = new_query(QUERY_READ, stream, EW_STR(""));
  if (q == NULL) {
    return EW_ERR_NOMEM;
  }
  q->after = after;
  q->limit = limit;
  q->done.read = done;
  q->ctx = ctx;
  q->token = token;
  return queue_query(log, q);
}

ew_err ew_log_position(ew_log *log, ew_str stream, ew_str cursor, ew_log_position_fn done,
                       void *ctx, uint64_t token) {
  query *q = new_query(QUERY_POSITION, stream, cursor);
  if (q == NULL) {
    return EW_ERR_NOMEM;
  }
  q->done.position = done;
  q->ctx = ctx;
  q->token = token;
  return queue_query(log, q);
}

static void wait_for_answer(ew_log *log, const each_answer *pending) {
  pthread_mutex_lock(&log->lock);
  while (!pending->ready) {
    pthread_cond_wait(&log->ready, &log->lock);
  }
  pthread_mutex_unlock(&log->lock);
}

ew_err ew_log_each(ew_log *log, ew_str prefix, void (*each)(void *ctx, ew_str key, ew_str value), void *ctx) {
  query *q = new_query(QUERY_EACH, prefix, EW_STR(""));
  if (q == NULL) {
    return EW_ERR_NOMEM;
  }
  each_answer pending = {.err = EW_OK, .first = NULL};
  pending.last = &pending.first;
  q->done.each = &pending;
  ew_err err = queue_query(log, q);
  if (err != EW_OK) {
    return err;
  }
  wait_for_answer(log, &pending);
  while (pending.first != NULL) {
    resource *kept = pending.first;
    pending.first = kept->next;
    if (pending.err == EW_OK) {
      each(ctx, kept->key, kept->value);
    }
    free(kept);
  }
  return pending.err;
}
