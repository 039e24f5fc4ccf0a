/*
 * What the tests of the log share: a folder of their own, and calls that wait for their completion.
 */
#ifndef EW_LOG_SUPPORT_H
#define EW_LOG_SUPPORT_H

#include "eventwire/log.h"

#include <pthread.h>

/** A folder that is removed with all that is in it. */
typedef struct log_folder {
  char path[64];
  char file[96]; /* of the database */
} log_folder;

void make_folder(log_folder *folder);
void remove_folder(const log_folder *folder);

/** Completions of appends, in the order in which they came. */
typedef struct acks {
  pthread_mutex_t lock;
  pthread_cond_t more;
  size_t count;
  size_t failed;
  ew_err last_err;
  uint64_t tokens[4096];
  uint64_t sequences[4096];
} acks;

void acks_init(acks *got);
void acks_clear(acks *got);
void on_appended(void *ctx, uint64_t token, ew_err err, uint64_t sequence);

/** Waits until count completions came; aborts the test program after a minute. */
void acks_wait(acks *got, size_t count);
size_t acks_count(acks *got);

/** Appends and waits. Returns the sequence, 0 on failure. */
uint64_t append_one(ew_log *log, ew_str stream, ew_str event, ew_err *err);

/** The events of one read, copied. */
typedef struct read_result {
  ew_err err;
  size_t count;
  uint64_t first, last;
  char *bytes; /* the events one after the other, each followed by '\n'; NUL at the end */
  size_t size;
} read_result;

/** Reads and waits. The caller frees bytes. */
read_result read_some(ew_log *log, ew_str stream, uint64_t after, uint32_t limit);

typedef struct position_result {
  ew_err err;
  uint64_t last;
  bool has_cursor;
  uint64_t cursor;
} position_result;

position_result position_of(ew_log *log, ew_str stream, ew_str cursor);

#endif
