#define _XOPEN_SOURCE 700

#include "log_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

/*
 * An event's row id holds its stream (23 bits) above its sequence (40 bits): one B-tree keeps every
 * stream in order, an append touches no second index, and a page of a stream is one range scan. The
 * view "log" shows the two apart.
 */
#define SEQUENCE_BITS 40
#define SEQUENCE_MAX ((UINT64_C(1) << SEQUENCE_BITS) - 1)
#define STREAM_MAX ((UINT64_C(1) << 23) - 1)

#define APPLICATION_ID 0x45574c31 /* "EWL1" */
#define SCHEMA_VERSION 1
#define STREAM_CACHE 64u /* streams of one transaction, direct-mapped */

#define TEXT_(value) #value
#define TEXT(value) TEXT_(value)

static const char schema_sql[] =
    "PRAGMA application_id=" TEXT(APPLICATION_ID) ";"
    "PRAGMA user_version=" TEXT(SCHEMA_VERSION) ";"
    "CREATE TABLE streams(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, last INTEGER NOT NULL);"
    "CREATE TABLE events(id INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, event BLOB NOT NULL);"
    "CREATE TABLE cursors(name TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE resources(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE VIEW log AS SELECT s.name AS stream, e.id & ((1 << " TEXT(SEQUENCE_BITS) ") - 1) AS sequence,"
    " CAST(e.event AS TEXT) AS event FROM events e JOIN streams s ON s.id = e.id >> " TEXT(SEQUENCE_BITS) ";";

/*
 * Streams whose last event is not the one they remember, or that cannot be found by their name:
 * something is lost.
 */
static const char check_sql[] =
    "SELECT 1 FROM streams s NOT INDEXED WHERE last <> coalesce((SELECT max(id) FROM events"
    " WHERE id > s.id << " TEXT(SEQUENCE_BITS) " AND id < (s.id + 1) << " TEXT(SEQUENCE_BITS) ")"
    " & ((1 << " TEXT(SEQUENCE_BITS) ") - 1), 0)"
    " OR NOT EXISTS (SELECT 1 FROM streams t WHERE t.name = s.name AND t.id = s.id) LIMIT 1";

typedef enum statement_id {
  BEGIN_EVENTS,
  COMMIT_EVENTS,
  FIND_STREAM,
  ADD_STREAM,
  SET_LAST,
  ADD_EVENT,
  PUT_RESOURCE,
  DROP_RESOURCE,
  BEGIN_CURSORS,
  COMMIT_CURSORS,
  PUT_CURSOR,
  LAST_OF_STREAM,
  READ_EVENTS,
  GET_CURSOR,
  EACH_RESOURCE,
  STATEMENT_COUNT
} statement_id;

/* The first ones belong to the connection for events, those from BEGIN_CURSORS on to the one for cursors. */
static const char *const statement_sql[STATEMENT_COUNT] = {
    [BEGIN_EVENTS] = "BEGIN IMMEDIATE",
    [COMMIT_EVENTS] = "COMMIT",
    [FIND_STREAM] = "SELECT id, last FROM streams WHERE name = ?1",
    [ADD_STREAM] = "INSERT INTO streams(name, last) VALUES(?1, 0)",
    [SET_LAST] = "UPDATE streams SET last = ?2 WHERE id = ?1",
    [ADD_EVENT] = "INSERT INTO events(id, checksum, event) VALUES(?1, ?2, ?3)",
    [PUT_RESOURCE] = "INSERT INTO resources(key, value) VALUES(?1, ?2)"
                     " ON CONFLICT(key) DO UPDATE SET value = excluded.value",
    [DROP_RESOURCE] = "DELETE FROM resources WHERE key = ?1",
    [BEGIN_CURSORS] = "BEGIN IMMEDIATE",
    [COMMIT_CURSORS] = "COMMIT",
    [PUT_CURSOR] = "INSERT INTO cursors(name, sequence) VALUES(?1, ?2)"
                   " ON CONFLICT(name) DO UPDATE SET sequence = excluded.sequence",
    [LAST_OF_STREAM] = "SELECT id, last FROM streams WHERE name = ?1",
    [READ_EVENTS] = "SELECT id, checksum, event FROM events WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
    [GET_CURSOR] = "SELECT sequence FROM cursors WHERE name = ?1",
    [EACH_RESOURCE] = "SELECT key, value FROM resources WHERE key >= ?1 ORDER BY key",
};

typedef struct cached_stream {
  ew_str name; /* of a write of the running group; ptr NULL: free */
  uint64_t id;
  uint64_t last;
} cached_stream;

struct ew__store {
  sqlite3 *events;  /* synchronous=FULL */
  sqlite3 *cursors; /* synchronous=NORMAL, also reads; in memory the same handle */
  sqlite3_stmt *statements[STATEMENT_COUNT];
  cached_stream cache[STREAM_CACHE]; /* of one transaction: other tools for SQLite may write between two */
  int lock;      /* descriptor of the lock file; -1: none */
  ew_err broken; /* of a write that failed in a way no retry can repair */
};

uint32_t ew__hash(ew_str bytes, uint64_t seed) {
  uint32_t hash = 2166136261u ^ (uint32_t)seed ^ (uint32_t)(seed >> 32);
  for (uint32_t i = 0; i < bytes.len; i++) {
    hash = (hash ^ (unsigned char)bytes.ptr[i]) * 16777619u;
  }
  return hash;
}

/* ------------------------------------------------------------------------------------ diagnosis */

static ew_err fail(ew_diag *diag, ew_err err, const char *expected, const char *found) {
  if (diag != NULL) {
    memset(diag, 0, sizeof(*diag));
    diag->err = err;
    diag->expected = expected;
    snprintf(diag->found, sizeof(diag->found), "%s", found);
  }
  return err;
}

static ew_err err_of(int code) {
  switch (code & 0xff) {
  case SQLITE_OK:
  case SQLITE_ROW:
  case SQLITE_DONE:
    return EW_OK;
  case SQLITE_NOMEM:
    return EW_ERR_NOMEM;
  case SQLITE_ERROR: /* all SQL is fixed: what it names is missing */
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_CONSTRAINT: /* the sequence that must be next exists already */
    return EW_ERR_CORRUPT;
  default:
    return EW_ERR_IO;
  }
}

static ew_err fail_sqlite(ew_diag *diag, sqlite3 *db, int code) {
  ew_err err = err_of(code);
  const char *expected =
      err == EW_ERR_CORRUPT ? "an undamaged event log" : "a file that can be read and written";
  return fail(diag, err, expected, db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

/* -------------------------------------------------------------------------------------- opening */

/*
 * Keeps other logs out. The file is another one than the database: to close any descriptor of that
 * would end SQLite's own locks. It stays when the log is closed: whoever had opened it before it was
 * removed would lock another file than those who come later.
 */
static ew_err lock_file(ew__store *store, const char *name, ew_diag *diag) {
  store->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (store->lock >= 0 && flock(store->lock, LOCK_EX | LOCK_NB) == 0) {
    return EW_OK;
  }
  if (store->lock >= 0 && errno == EWOULDBLOCK) {
    return fail(diag, EW_ERR_IO, "a store of this process alone", "another process has this store open");
  }
  return fail(diag, EW_ERR_IO, "a file that can be read and written", strerror(errno));
}

static ew_err take_lock(ew__store *store, const char *path, ew_diag *diag) {
  char *target = realpath(path, NULL); /* a link and what it leads to are one store; NULL: made later */
  const char *base = target == NULL ? path : target;
  size_t size = strlen(base) + sizeof("-lock");
  char *name = malloc(size);
  ew_err err = EW_ERR_NOMEM;
  if (name != NULL) {
    (void)snprintf(name, size, "%s-lock", base);
    err = lock_file(store, name, diag);
  } else {
    (void)fail(diag, err, "", "");
  }
  free(name);
  free(target);
  return err;
}

/* SQLite gives its side files the mode of the database: made here, none of them is readable by others. */
static ew_err make_private_file(const char *path, ew_diag *diag) {
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fail(diag, EW_ERR_IO, "a file that can be read and written", strerror(errno));
  }
  close(fd);
  return EW_OK;
}

static ew_err run(sqlite3 *db, const char *sql, ew_diag *diag) {
  int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
  return code == SQLITE_OK ? EW_OK : fail_sqlite(diag, db, code);
}

static ew_err connect_to(sqlite3 **out, const char *path, const char *synchronous, ew_diag *diag) {
  const char *name = path == NULL ? ":memory:" : path;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  int code = sqlite3_open_v2(name, out, flags, NULL);
  if (code != SQLITE_OK) {
    return fail_sqlite(diag, *out, code);
  }
  sqlite3_busy_timeout(*out, 5000);
  sqlite3_db_config(*out, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(*out, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  ew_err err =
      run(*out,
          "PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=67108864; PRAGMA cell_size_check=ON",
          diag);
  return err == EW_OK ? run(*out, synchronous, diag) : err;
}

static ew_err query_int(sqlite3 *db, const char *sql, int64_t *out, ew_diag *diag) {
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
  if (code == SQLITE_OK) {
    code = sqlite3_step(statement);
    *out = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  }
  ew_err err = err_of(code) == EW_OK ? EW_OK : fail_sqlite(diag, db, code);
  sqlite3_finalize(statement);
  return err;
}

static ew_err check_identity(sqlite3 *db, bool *empty, ew_diag *diag) {
  int64_t application = 0, version = 0, tables = 0;
  ew_err err = query_int(db, "PRAGMA application_id", &application, diag);
  if (err == EW_OK) {
    err = query_int(db, "PRAGMA user_version", &version, diag);
  }
  if (err == EW_OK) {
    err = query_int(db, "SELECT count(*) FROM sqlite_schema", &tables, diag);
  }
  if (err != EW_OK) {
    return err;
  }
  *empty = tables == 0 && application == 0;
  if (*empty) {
    return EW_OK;
  }
  if (application != APPLICATION_ID) {
    return fail(diag, EW_ERR_CORRUPT, "an event log", "a database of another application");
  }
  if (version != SCHEMA_VERSION) {
    char found[40];
    snprintf(found, sizeof(found), "version %lld", (long long)version);
    return fail(diag, EW_ERR_UNSUPPORTED, "an event log of version " TEXT(SCHEMA_VERSION), found);
  }
  return EW_OK;
}

static ew_err make_schema(sqlite3 *db, ew_diag *diag) {
  bool empty = false;
  ew_err err = check_identity(db, &empty, diag);
  if (err != EW_OK || !empty) {
    return err;
  }
  err = run(db, "BEGIN IMMEDIATE", diag);
  if (err != EW_OK) {
    return err;
  }
  err = run(db, schema_sql, diag);
  if (err == EW_OK) {
    err = run(db, "COMMIT", diag);
  }
  if (err != EW_OK) {
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
  }
  return err;
}

static ew_err check_tails(sqlite3 *db, ew_diag *diag) {
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2(db, check_sql, -1, &statement, NULL);
  if (code == SQLITE_OK) {
    code = sqlite3_step(statement);
  }
  ew_err err = err_of(code) == EW_OK ? EW_OK : fail_sqlite(diag, db, code);
  if (code == SQLITE_ROW) {
    err = fail(diag, EW_ERR_CORRUPT, "an undamaged event log", "a stream without its last events");
  }
  sqlite3_finalize(statement);
  return err;
}

static ew_err prepare_statements(ew__store *store, ew_diag *diag) {
  for (int i = 0; i < STATEMENT_COUNT; i++) {
    sqlite3 *db = i < BEGIN_CURSORS ? store->events : store->cursors;
    int code = sqlite3_prepare_v3(db, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                  &store->statements[i], NULL);
    if (code != SQLITE_OK) {
      return fail_sqlite(diag, db, code);
    }
  }
  return EW_OK;
}

static ew_err open_connections(ew__store *store, const char *path, ew_diag *diag) {
  ew_err err = path == NULL ? EW_OK : take_lock(store, path, diag);
  if (err == EW_OK && path != NULL) {
    err = make_private_file(path, diag);
  }
  if (err == EW_OK) {
    err = connect_to(&store->events, path, "PRAGMA synchronous=FULL", diag);
  }
  if (err == EW_OK) {
    err = make_schema(store->events, diag);
  }
  if (err != EW_OK) {
    return err;
  }
  if (path == NULL) {
    store->cursors = store->events;
    return EW_OK;
  }
  return connect_to(&store->cursors, path, "PRAGMA synchronous=NORMAL", diag);
}

ew_err ew__store_open(ew__store **out, const char *path, ew_diag *diag) {
  ew__store *store = calloc(1, sizeof(*store));
  if (store == NULL) {
    return fail(diag, EW_ERR_NOMEM, "", "");
  }
  store->lock = -1;
  ew_err err = open_connections(store, path, diag);
  if (err == EW_OK) {
    err = prepare_statements(store, diag);
  }
  if (err == EW_OK) {
    err = check_tails(store->events, diag);
  }
  if (err != EW_OK) {
    ew__store_close(store);
    return err;
  }
  *out = store;
  return EW_OK;
}

void ew__store_close(ew__store *store) {
  if (store == NULL) {
    return;
  }
  for (int i = 0; i < STATEMENT_COUNT; i++) {
    sqlite3_finalize(store->statements[i]);
  }
  if (store->cursors != store->events) {
    sqlite3_close(store->cursors);
  }
  sqlite3_close(store->events);
  if (store->lock >= 0) {
    close(store->lock);
  }
  free(store);
}

/* ----------------------------------------------------------------------------------- statements */

static void bind_name(sqlite3_stmt *statement, int index, ew_str name) {
  sqlite3_bind_text(statement, index, name.len == 0 ? "" : name.ptr, (int)name.len, SQLITE_STATIC);
}

static void bind_bytes(sqlite3_stmt *statement, int index, ew_str bytes) {
  sqlite3_bind_blob(statement, index, bytes.len == 0 ? "" : bytes.ptr, (int)bytes.len, SQLITE_STATIC);
}

static void bind_number(sqlite3_stmt *statement, int index, uint64_t number) {
  sqlite3_bind_int64(statement, index, (sqlite3_int64)number);
}

static uint64_t column_number(sqlite3_stmt *statement, int index) {
  return (uint64_t)sqlite3_column_int64(statement, index);
}

static ew_str column_bytes(sqlite3_stmt *statement, int index) {
  const void *bytes = sqlite3_column_blob(statement, index);
  return ew_str_from(bytes, (size_t)sqlite3_column_bytes(statement, index));
}

/* Bound views must not outlive the call they came with. */
static void finish(sqlite3_stmt *statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
}

static int step_once(sqlite3_stmt *statement) {
  int code = sqlite3_step(statement);
  finish(statement);
  return code;
}

/* -------------------------------------------------------------------------------------- writing */

static cached_stream *cache_slot(ew__store *store, ew_str name) {
  return &store->cache[ew__hash(name, 0) % STREAM_CACHE];
}

static int write_last(ew__store *store, cached_stream *slot) {
  if (slot->name.ptr == NULL) {
    return SQLITE_DONE;
  }
  sqlite3_stmt *statement = store->statements[SET_LAST];
  bind_number(statement, 1, slot->id);
  bind_number(statement, 2, slot->last);
  slot->name.ptr = NULL;
  return step_once(statement);
}

static int load_stream(ew__store *store, ew_str name, cached_stream *slot) {
  sqlite3_stmt *find = store->statements[FIND_STREAM];
  bind_name(find, 1, name);
  int code = sqlite3_step(find);
  if (code == SQLITE_ROW) {
    *slot = (cached_stream){name, column_number(find, 0), column_number(find, 1)};
  }
  finish(find);
  if (code != SQLITE_DONE) {
    return code;
  }
  sqlite3_stmt *add = store->statements[ADD_STREAM];
  bind_name(add, 1, name);
  code = step_once(add);
  if (code == SQLITE_DONE) {
    *slot = (cached_stream){name, (uint64_t)sqlite3_last_insert_rowid(store->events), 0};
  }
  return code;
}

static int find_stream(ew__store *store, ew_str name, cached_stream **out) {
  cached_stream *slot = cache_slot(store, name);
  *out = slot;
  if (slot->name.ptr != NULL && ew_str_equal(slot->name, name)) {
    return SQLITE_DONE;
  }
  int code = write_last(store, slot);
  return code == SQLITE_DONE ? load_stream(store, name, slot) : code;
}

static int write_event(ew__store *store, ew__write *write) {
  cached_stream *stream;
  int code = find_stream(store, write->name, &stream);
  if (code != SQLITE_DONE && code != SQLITE_ROW) {
    return code;
  }
  if (stream->id > STREAM_MAX || stream->last >= SEQUENCE_MAX) {
    return SQLITE_FULL;
  }
  sqlite3_stmt *add = store->statements[ADD_EVENT];
  write->sequence = stream->last + 1;
  uint64_t id = stream->id << SEQUENCE_BITS | write->sequence;
  bind_number(add, 1, id);
  bind_number(add, 2, ew__hash(write->value, id));
  bind_bytes(add, 3, write->value);
  code = step_once(add);
  if (code == SQLITE_DONE) {
    stream->last = write->sequence;
  }
  return code;
}

static int write_resource(ew__store *store, const ew__write *write) {
  bool drop = write->value.ptr == NULL;
  sqlite3_stmt *statement = store->statements[drop ? DROP_RESOURCE : PUT_RESOURCE];
  bind_name(statement, 1, write->name);
  if (!drop) {
    bind_bytes(statement, 2, write->value);
  }
  return step_once(statement);
}

static int write_all(ew__store *store, ew__write *group) {
  int code = step_once(store->statements[BEGIN_EVENTS]);
  for (ew__write *write = group; write != NULL && code == SQLITE_DONE; write = write->next) {
    code = write->is_resource ? write_resource(store, write) : write_event(store, write);
  }
  for (size_t i = 0; i < STREAM_CACHE && code == SQLITE_DONE; i++) {
    code = write_last(store, &store->cache[i]);
  }
  return code == SQLITE_DONE ? step_once(store->statements[COMMIT_EVENTS]) : code;
}

ew_err ew__store_write(ew__store *store, ew__write *group) {
  if (store->broken != EW_OK) {
    return store->broken;
  }
  int code = write_all(store, group);
  if (code == SQLITE_DONE) {
    return EW_OK;
  }
  if (!sqlite3_get_autocommit(store->events)) {
    sqlite3_exec(store->events, "ROLLBACK", NULL, NULL, NULL);
  }
  memset(store->cache, 0, sizeof(store->cache));
  ew_err err = err_of(code);
  /*
   * The kernel reports a failed sync once and may have dropped the pages: what a retry says about
   * durability would be a guess.
   */
  if ((code & 0xff) == SQLITE_IOERR || err == EW_ERR_CORRUPT) {
    store->broken = err;
  }
  return err;
}

static int write_cursors(ew__store *store, const ew__cursor *cursors) {
  int code = step_once(store->statements[BEGIN_CURSORS]);
  for (const ew__cursor *cursor = cursors; cursor != NULL && code == SQLITE_DONE; cursor = cursor->next) {
    sqlite3_stmt *put = store->statements[PUT_CURSOR];
    bind_name(put, 1, cursor->name);
    bind_number(put, 2, cursor->sequence);
    code = step_once(put);
  }
  return code == SQLITE_DONE ? step_once(store->statements[COMMIT_CURSORS]) : code;
}

ew_err ew__store_cursors(ew__store *store, const ew__cursor *cursors) {
  if (store->broken != EW_OK) {
    return store->broken;
  }
  int code = write_cursors(store, cursors);
  if (code != SQLITE_DONE && !sqlite3_get_autocommit(store->cursors)) {
    sqlite3_exec(store->cursors, "ROLLBACK", NULL, NULL, NULL);
  }
  return err_of(code);
}

/* -------------------------------------------------------------------------------------- reading */

void ew__page_clear(ew__page *page) {
  free(page->events);
  free(page->bytes);
  memset(page, 0, sizeof(*page));
}

static bool reserve(void **block, size_t *size, size_t needed) {
  if (needed <= *size) {
    return true;
  }
  size_t larger = *size * 2 > needed ? *size * 2 : needed;
  void *moved = realloc(*block, larger);
  if (moved == NULL) {
    return false;
  }
  *block = moved;
  *size = larger;
  return true;
}

/* Until the page is complete its events hold offsets: the block may move. */
static ew_err add_to_page(ew__page *page, uint64_t sequence, ew_str event) {
  void *events = page->events, *bytes = page->bytes;
  size_t events_size = page->events_size, bytes_size = page->bytes_size;
  bool fits = reserve(&events, &events_size, (page->count + 1) * sizeof(ew_logged));
  page->events = events;
  page->events_size = events_size;
  fits = fits && reserve(&bytes, &bytes_size, page->used + event.len + EW__LOG_READABLE_AFTER);
  page->bytes = bytes;
  page->bytes_size = bytes_size;
  if (!fits) {
    return EW_ERR_NOMEM;
  }
  if (event.len > 0) {
    memcpy(page->bytes + page->used, event.ptr, event.len);
  }
  page->events[page->count] = (ew_logged){sequence, ew_str_from(NULL, event.len)};
  page->count++;
  page->used += event.len;
  return EW_OK;
}

static void point_into_page(ew__page *page) {
  char *at = page->bytes;
  for (size_t i = 0; i < page->count; i++) {
    page->events[i].event.ptr = at;
    at += page->events[i].event.len;
  }
  if (at != NULL) {
    memset(at, 0, EW__LOG_READABLE_AFTER);
  }
}

static ew_err find_position(ew__store *store, ew_str stream, uint64_t *id, uint64_t *last) {
  sqlite3_stmt *find = store->statements[LAST_OF_STREAM];
  bind_name(find, 1, stream);
  int code = sqlite3_step(find);
  *id = code == SQLITE_ROW ? column_number(find, 0) : 0;
  *last = code == SQLITE_ROW ? column_number(find, 1) : 0;
  finish(find);
  return err_of(code);
}

static ew_err read_rows(sqlite3_stmt *read, uint64_t after, ew__page *page) {
  int code;
  while ((code = sqlite3_step(read)) == SQLITE_ROW) {
    uint64_t id = column_number(read, 0);
    uint64_t sequence = id & SEQUENCE_MAX;
    ew_str event = column_bytes(read, 2);
    /* SQLite itself has no checksums: a flipped bit inside an event would go out to readers. */
    if (sequence != after + page->count + 1 || column_number(read, 1) != ew__hash(event, id)) {
      return EW_ERR_CORRUPT;
    }
    ew_err err = add_to_page(page, sequence, event);
    if (err != EW_OK) {
      return err;
    }
    if (page->used >= EW__LOG_READ_BYTES) {
      return EW_OK;
    }
  }
  return err_of(code);
}

ew_err ew__store_read(ew__store *store, ew_str stream, uint64_t after, uint32_t limit, ew__page *page) {
  uint64_t id, last;
  page->count = 0;
  page->used = 0;
  ew_err err = find_position(store, stream, &id, &last);
  if (err != EW_OK || after >= last || limit == 0) {
    return err;
  }
  sqlite3_stmt *read = store->statements[READ_EVENTS];
  bind_number(read, 1, id << SEQUENCE_BITS | after);
  bind_number(read, 2, id << SEQUENCE_BITS | SEQUENCE_MAX);
  bind_number(read, 3, limit);
  err = read_rows(read, after, page);
  finish(read);
  if (err == EW_OK && page->count == 0) {
    err = EW_ERR_CORRUPT; /* the stream says it has more */
  }
  if (err != EW_OK) {
    page->count = 0;
    return err;
  }
  point_into_page(page);
  return EW_OK;
}

ew_err ew__store_position(ew__store *store, ew_str stream, ew_str cursor, uint64_t *last,
                          bool *has_cursor, uint64_t *stored) {
  uint64_t id;
  ew_err err = find_position(store, stream, &id, last);
  if (err != EW_OK) {
    return err;
  }
  sqlite3_stmt *get = store->statements[GET_CURSOR];
  bind_name(get, 1, cursor);
  int code = sqlite3_step(get);
  *has_cursor = code == SQLITE_ROW;
  *stored = *has_cursor ? column_number(get, 0) : 0;
  finish(get);
  return err_of(code);
}

static bool starts_with(ew_str text, ew_str prefix) {
  return text.len >= prefix.len && (prefix.len == 0 || memcmp(text.ptr, prefix.ptr, prefix.len) == 0);
}

ew_err ew__store_each(ew__store *store, ew_str prefix,
                      ew_err (*each)(void *ctx, ew_str key, ew_str value), void *ctx) {
  sqlite3_stmt *statement = store->statements[EACH_RESOURCE];
  bind_name(statement, 1, prefix);
  ew_err err = EW_OK;
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW && err == EW_OK) {
    ew_str key = column_bytes(statement, 0);
    if (!starts_with(key, prefix)) {
      break;
    }
    err = each(ctx, key, column_bytes(statement, 1));
  }
  finish(statement);
  return err != EW_OK ? err : err_of(code);
}
