#define _POSIX_C_SOURCE 200809L

#include "log_support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void make_folder(log_folder *folder) {
  const char *base = getenv("TMPDIR");
  snprintf(folder->path, sizeof(folder->path), "%.40s/ew-log-XXXXXX", base == NULL ? "/tmp" : base);
  if (mkdtemp(folder->path) == NULL) {
    perror(folder->path);
    abort();
  }
  snprintf(folder->file, sizeof(folder->file), "%s/events.db", folder->path);
}

void remove_folder(const log_folder *folder) {
  DIR *dir = opendir(folder->path);
  for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", folder->path, entry->d_name);
    unlink(path);
  }
  if (dir != NULL) {
    closedir(dir);
  }
  rmdir(folder->path);
}

/* ----------------------------------------------------------------------------------------------------- appends */

void acks_init(acks *got) {
  memset(got, 0, sizeof(*got));
  pthread_mutex_init(&got->lock, NULL);
  pthread_cond_init(&got->more, NULL);
}

void acks_clear(acks *got) {
  pthread_cond_destroy(&got->more);
  pthread_mutex_destroy(&got->lock);
}

void on_appended(void *ctx, uint64_t token, ew_err err, uint64_t sequence) {
  acks *got = ctx;
  pthread_mutex_lock(&got->lock);
  if (got->count < sizeof(got->tokens) / sizeof(got->tokens[0])) {
    got->tokens[got->count] = token;
    got->sequences[got->count] = sequence;
  }
  got->count++;
  got->failed += err != EW_OK;
  got->last_err = err;
  pthread_cond_signal(&got->more);
  pthread_mutex_unlock(&got->lock);
}

void acks_wait(acks *got, size_t count) {
  struct timespec limit;
  clock_gettime(CLOCK_REALTIME, &limit);
  limit.tv_sec += 60;
  pthread_mutex_lock(&got->lock);
  while (got->count < count) {
    if (pthread_cond_timedwait(&got->more, &got->lock, &limit) != 0) {
      fprintf(stderr, "%zu of %zu completions came\n", got->count, count);
      abort();
    }
  }
  pthread_mutex_unlock(&got->lock);
}

size_t acks_count(acks *got) {
  pthread_mutex_lock(&got->lock);
  size_t count = got->count;
  pthread_mutex_unlock(&got->lock);
  return count;
}

uint64_t append_one(ew_log *log, ew_str stream, ew_str event, ew_err *err) {
  acks *got = malloc(sizeof(*got));
  if (got == NULL) {
    abort();
  }
  acks_init(got);
  uint64_t sequence = 0;
  *err = ew_log_append(log, stream, event, on_appended, got, 0);
  if (*err == EW_OK) {
    acks_wait(got, 1);
    *err = got->last_err;
    sequence = got->sequences[0];
  }
  acks_clear(got);
  free(got);
  return sequence;
}

/* ----------------------------------------------------------------------------------------------------- queries */

/* One answer, waited for. */
typedef struct answer {
  pthread_mutex_t lock;
  pthread_cond_t ready;
  bool came;
  read_result read;
  position_result position;
} answer;

static void answer_init(answer *a) {
  memset(a, 0, sizeof(*a));
  pthread_mutex_init(&a->lock, NULL);
  pthread_cond_init(&a->ready, NULL);
}

static void answer_came(answer *a) {
  pthread_mutex_lock(&a->lock);
  a->came = true;
  pthread_cond_signal(&a->ready);
  pthread_mutex_unlock(&a->lock);
}

static void answer_wait(answer *a) {
  pthread_mutex_lock(&a->lock);
  while (!a->came) {
    pthread_cond_wait(&a->ready, &a->lock);
  }
  pthread_mutex_unlock(&a->lock);
  pthread_cond_destroy(&a->ready);
  pthread_mutex_destroy(&a->lock);
}

static void copy_events(read_result *out, const ew_logged *events, size_t count) {
  for (size_t i = 0; i < count; i++) {
    out->size += events[i].event.len + 1;
  }
  out->bytes = malloc(out->size + 1);
  if (out->bytes == NULL) {
    abort();
  }
  char *at = out->bytes;
  for (size_t i = 0; i < count; i++) {
    memcpy(at, events[i].event.ptr, events[i].event.len);
    at += events[i].event.len;
    *at++ = '\n';
  }
  *at = '\0';
}

static void on_read(void *ctx, uint64_t token, ew_err err, const ew_logged *events, size_t count) {
  answer *a = ctx;
  (void)token;
  a->read.err = err;
  a->read.count = count;
  if (count > 0) {
    a->read.first = events[0].sequence;
    a->read.last = events[count - 1].sequence;
  }
  copy_events(&a->read, events, count);
  answer_came(a);
}

read_result read_some(ew_log *log, ew_str stream, uint64_t after, uint32_t limit) {
  answer a;
  answer_init(&a);
  if (ew_log_read(log, stream, after, limit, on_read, &a, 0) != EW_OK) {
    abort();
  }
  answer_wait(&a);
  return a.read;
}

static void on_position(void *ctx, uint64_t token, ew_err err, uint64_t last, bool has_cursor, uint64_t cursor) {
  answer *a = ctx;
  (void)token;
  a->position = (position_result){err, last, has_cursor, cursor};
  answer_came(a);
}

position_result position_of(ew_log *log, ew_str stream, ew_str cursor) {
  answer a;
  answer_init(&a);
  if (ew_log_position(log, stream, cursor, on_position, &a, 0) != EW_OK) {
    abort();
  }
  answer_wait(&a);
  return a.position;
}
