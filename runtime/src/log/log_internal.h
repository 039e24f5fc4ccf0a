/*
 * The event log has two halves: log.c queues calls and runs the thread; store.c is SQLite, used by
 * one thread at a time.
 */
#ifndef EW_LOG_INTERNAL_H
#define EW_LOG_INTERNAL_H

#include "eventwire/log.h"

/** Bytes that may be read behind every event handed out, as ew_decode_options.readable_after wants them. */
#define EW__LOG_READABLE_AFTER 64

/** A read stops at about so many bytes of events. */
#define EW__LOG_READ_BYTES ((size_t)4 << 20)

typedef struct ew__store ew__store;

/** One append or one resource of a group. The group is written in list order, whole or not at all. */
typedef struct ew__write {
  struct ew__write *next;
  bool is_resource;
  ew_str name;  /* stream or key */
  ew_str value; /* event or value; a resource with ptr NULL is removed */
  uint64_t sequence; /* out: of the event */
  ew_log_appended_fn done; /* NULL for resources */
  void *ctx;
  uint64_t token;
} ew__write;

/** One cursor to store. */
typedef struct ew__cursor {
  struct ew__cursor *next;
  ew_str name;
  uint64_t sequence;
} ew__cursor;

/** Events that were read, in one growing block that the next read reuses. */
typedef struct ew__page {
  ew_logged *events;
  size_t count, events_size;
  char *bytes;
  size_t used, bytes_size;
} ew__page;

/** Opens or makes the database; path NULL: in memory. Errors as ew_log_open(). */
ew_err ew__store_open(ew__store **out, const char *path, ew_diag *diag);
void ew__store_close(ew__store *store);

/**
 * One durable transaction. On failure nothing is written; EW_ERR_IO or EW_ERR_CORRUPT. After a
 * failed sync the store refuses all further writes.
 */
ew_err ew__store_write(ew__store *store, ew__write *group);

/** One transaction that survives a crash of the process, perhaps not one of the machine. */
ew_err ew__store_cursors(ew__store *store, const ew__cursor *cursors);

/** EW_ERR_CORRUPT when sequences do not follow one another. */
ew_err ew__store_read(ew__store *store, ew_str stream, uint64_t after, uint32_t limit, ew__page *page);
ew_err ew__store_position(ew__store *store, ew_str stream, ew_str cursor, uint64_t *last,
                          bool *has_cursor, uint64_t *stored);

/** Calls each for every resource under prefix, in key order. */
ew_err ew__store_each(ew__store *store, ew_str prefix,
                      ew_err (*each)(void *ctx, ew_str key, ew_str value), void *ctx);

/** FNV-1a: of names, and over an event and its id as a checksum. */
uint32_t ew__hash(ew_str bytes, uint64_t seed);

void ew__page_clear(ew__page *page);

#endif
