/**
 * eventwire/log.h - the event log: append(stream, event) -> sequence, read(stream, after, limit),
 * commit(cursor).
 *
 * Promise: an event whose append was reported done is never lost and never reordered within its
 * stream, kill -9 and power cut included. A cursor may come back older than the last commit after a
 * crash: its events are then delivered again.
 *
 * Calls never block: they are queued to the log's own thread, which commits in groups. Completions
 * come on THE LOG'S THREAD in the order of the calls of one kind; a program with a loop posts them
 * there. Calls: any thread.
 */
#ifndef EVENTWIRE_LOG_H
#define EVENTWIRE_LOG_H

#include "eventwire/codec.h"
#include "eventwire/protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ew_log ew_log;

typedef struct ew_log_options {
  const char *path;           /* database file; NULL: a private one in memory, lost at close */
  uint32_t group_max_events;  /* commit at the latest after so many; 0: 256 */
  uint32_t group_max_ms;      /* or after so long; 0: 5 */
  /* appends waiting to be written; 0: 64 MiB; beyond it append returns EW_ERR_QUEUE_FULL */
  size_t max_queued_bytes;
} ew_log_options;

/**
 * Opens or makes the store (SQLite, WAL, synchronous=FULL for events). opts NULL: all defaults, in
 * memory. diag (may be NULL) gets the reason in words: expected, found. A store belongs to one log
 * at a time: while it is open, the file <path>-lock beside it is locked (flock), and another open
 * is EW_ERR_IO, "another process has this store open". That file stays; a lock ends with its
 * process, however it ends.
 * EW_ERR_IO; EW_ERR_CORRUPT (damaged, or not an event log); EW_ERR_UNSUPPORTED (made by a newer
 * version); EW_ERR_NOMEM.
 */
EW_MUST_CHECK EW_API ew_err ew_log_open(ew_log **out, const ew_log_options *opts, ew_diag *diag);

/** Writes what is queued, then closes. Completions still come before it returns. NULL is fine. */
EW_API void ew_log_close(ew_log *log);

/**
 * Completion of an append: the event is durable (EW_OK, sequence) or was not written (EW_ERR_IO,
 * EW_ERR_CORRUPT). After a failed sync every append fails until the log is opened again.
 */
typedef void (*ew_log_appended_fn)(void *ctx, uint64_t token, ew_err err, uint64_t sequence);

/**
 * stream and event are copied. EW_ERR_QUEUE_FULL, EW_ERR_NOMEM, EW_ERR_CLOSED: nothing queued, no
 * completion.
 */
EW_MUST_CHECK EW_API ew_err ew_log_append(ew_log *log, ew_str stream, ew_str event,
                                          ew_log_appended_fn done, void *ctx, uint64_t token);

typedef struct ew_log_item {
  ew_str stream;
  ew_str event;
} ew_log_item;

/**
 * Appends all of them in one transaction: all become durable, or none. done comes once for each,
 * token is its index; never when count is 0.
 * Errors as ew_log_append().
 */
EW_MUST_CHECK EW_API ew_err ew_log_append_all(ew_log *log, const ew_log_item *items, size_t count,
                                              ew_log_appended_fn done, void *ctx);

/** Completion of a read; events and what they point to live until it returns. */
typedef void (*ew_log_read_fn)(void *ctx, uint64_t token, ew_err err, const ew_logged *events, size_t count);

/**
 * At most limit events and about 4 MiB, in order; 64 bytes behind each event may be read. Only
 * durable ones. EW_ERR_CORRUPT: a gap, or an event that is not what was appended.
 */
EW_MUST_CHECK EW_API ew_err ew_log_read(ew_log *log, ew_str stream, uint64_t after, uint32_t limit,
                                        ew_log_read_fn done, void *ctx, uint64_t token);

typedef void (*ew_log_position_fn)(void *ctx, uint64_t token, ew_err err, uint64_t last,
                                   bool has_cursor, uint64_t cursor);

/**
 * The last durable sequence of the stream (0: empty) and the cursor as last committed, stored or
 * still queued.
 */
EW_MUST_CHECK EW_API ew_err ew_log_position(ew_log *log, ew_str stream, ew_str cursor,
                                            ew_log_position_fn done, void *ctx, uint64_t token);

/** Stores a cursor (grouped, synchronous=NORMAL). */
EW_MUST_CHECK EW_API ew_err ew_log_commit(ew_log *log, ew_str cursor, uint64_t sequence);

/** Stores a small resource under key; a value with ptr NULL removes it. Written like an event. */
EW_MUST_CHECK EW_API ew_err ew_log_store(ew_log *log, ew_str key, ew_str value);

/**
 * Calls each for every resource whose key starts with prefix, in key order, on the calling thread.
 * Waits for the log: for start-up, before traffic.
 */
EW_MUST_CHECK EW_API ew_err ew_log_each(ew_log *log, ew_str prefix,
                                        void (*each)(void *ctx, ew_str key, ew_str value),
                                        void *ctx);

#ifdef __cplusplus
}
#endif
#endif
