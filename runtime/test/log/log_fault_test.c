/* A damaged store is reported and never silently shortened; a disk that fails never makes an acknowledgement. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log_support.h"

/* ---------------------------------------------------------------------- a file system that fails on demand */

/* SQLite's own file behind, its methods with two of them replaced. */
typedef struct faulty_file {
  sqlite3_file base;
  sqlite3_file *real;
} faulty_file;

typedef struct faulty_disk {
  sqlite3_vfs vfs;
  sqlite3_vfs *real;
  bool full;        /* writes fail */
  bool sync_fails;
} faulty_disk;

static faulty_disk disk;

#define REAL(file) (((faulty_file *)(void *)(file))->real)

static int faulty_close(sqlite3_file *file) { return REAL(file)->pMethods->xClose(REAL(file)); }
static int faulty_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 at) {
  return REAL(file)->pMethods->xRead(REAL(file), bytes, size, at);
}
static int faulty_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at) {
  return disk.full ? SQLITE_FULL : REAL(file)->pMethods->xWrite(REAL(file), bytes, size, at);
}
static int faulty_truncate(sqlite3_file *file, sqlite3_int64 size) { return REAL(file)->pMethods->xTruncate(REAL(file), size); }
static int faulty_sync(sqlite3_file *file, int flags) {
  return disk.sync_fails ? SQLITE_IOERR_FSYNC : REAL(file)->pMethods->xSync(REAL(file), flags);
}
static int faulty_size(sqlite3_file *file, sqlite3_int64 *size) { return REAL(file)->pMethods->xFileSize(REAL(file), size); }
static int faulty_lock(sqlite3_file *file, int lock) { return REAL(file)->pMethods->xLock(REAL(file), lock); }
static int faulty_unlock(sqlite3_file *file, int lock) { return REAL(file)->pMethods->xUnlock(REAL(file), lock); }
static int faulty_reserved(sqlite3_file *file, int *out) { return REAL(file)->pMethods->xCheckReservedLock(REAL(file), out); }
static int faulty_control(sqlite3_file *file, int op, void *arg) { return REAL(file)->pMethods->xFileControl(REAL(file), op, arg); }
static int faulty_sector(sqlite3_file *file) { return REAL(file)->pMethods->xSectorSize(REAL(file)); }
static int faulty_traits(sqlite3_file *file) { return REAL(file)->pMethods->xDeviceCharacteristics(REAL(file)); }
static int faulty_map(sqlite3_file *file, int page, int size, int extend, void volatile **out) {
  return REAL(file)->pMethods->xShmMap(REAL(file), page, size, extend, out);
}
static int faulty_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
  return REAL(file)->pMethods->xShmLock(REAL(file), offset, n, flags);
}
static void faulty_barrier(sqlite3_file *file) { REAL(file)->pMethods->xShmBarrier(REAL(file)); }
static int faulty_unmap(sqlite3_file *file, int drop) { return REAL(file)->pMethods->xShmUnmap(REAL(file), drop); }

static const sqlite3_io_methods faulty_methods = {
    2,            faulty_close,  faulty_read,     faulty_write,   faulty_truncate, faulty_sync,
    faulty_size,  faulty_lock,   faulty_unlock,   faulty_reserved, faulty_control, faulty_sector,
    faulty_traits, faulty_map,   faulty_shm_lock, faulty_barrier, faulty_unmap,    NULL,
    NULL};

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags) {
  faulty_file *faulty = (faulty_file *)(void *)file;
  (void)vfs;
  faulty->base.pMethods = NULL;
  faulty->real = (sqlite3_file *)(void *)(faulty + 1);
  int code = disk.real->xOpen(disk.real, name, faulty->real, flags, out_flags);
  if (code == SQLITE_OK) {
    faulty->base.pMethods = &faulty_methods;
  }
  return code;
}

static int plug_in_faulty_disk(void **state) {
  (void)state;
  disk.real = sqlite3_vfs_find(NULL);
  disk.vfs = *disk.real;
  disk.vfs.zName = "faulty";
  disk.vfs.szOsFile = (int)sizeof(faulty_file) + disk.real->szOsFile;
  disk.vfs.xOpen = faulty_open;
  return sqlite3_vfs_register(&disk.vfs, 1) == SQLITE_OK ? 0 : -1;
}

/* ----------------------------------------------------------------------------------------------------- fixture */

typedef struct fixture {
  log_folder folder;
  ew_log *log;
} fixture;

static int setup(void **state) {
  fixture *f = calloc(1, sizeof(*f));
  if (f == NULL) {
    return -1;
  }
  disk.full = false;
  disk.sync_fails = false;
  make_folder(&f->folder);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  fixture *f = *state;
  ew_log_close(f->log);
  remove_folder(&f->folder);
  free(f);
  return 0;
}

static ew_err open_log(fixture *f, ew_diag *diag) {
  return ew_log_open(&f->log, &(ew_log_options){.path = f->folder.file}, diag);
}

static void close_log(fixture *f) {
  ew_log_close(f->log);
  f->log = NULL;
}

static void execute(const fixture *f, const char *sql) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(f->folder.file, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

static void write_file(const char *path, const char *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

static char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(*size);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, *size, file), *size);
  fclose(file);
  return bytes;
}

/* Three events in "s", two in "t", one resource; closed. */
static void make_small_log(fixture *f) {
  ew_err err;
  assert_int_equal(open_log(f, NULL), EW_OK);
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("{\"n\":1}"), &err), 1);
  assert_int_equal(append_one(f->log, EW_STR("t"), EW_STR("{\"n\":2}"), &err), 1);
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("{\"n\":3}"), &err), 2);
  assert_int_equal(append_one(f->log, EW_STR("t"), EW_STR("{\"n\":4}"), &err), 2);
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("{\"n\":5}"), &err), 3);
  assert_int_equal(ew_log_store(f->log, EW_STR("key"), EW_STR("value")), EW_OK);
  close_log(f);
}

static void expect_refused(fixture *f, ew_err expected, const char *wanted, const char *found) {
  ew_diag diag;
  assert_int_equal(open_log(f, &diag), expected);
  assert_null(f->log);
  assert_int_equal(diag.err, expected);
  assert_string_equal(diag.expected, wanted);
  assert_string_equal(diag.found, found);
}

/* --------------------------------------------------------------------------------------------- what is refused */

static void a_file_that_is_no_database_is_refused(void **state) {
  fixture *f = *state;
  static const char text[] = "This is not a database, but it is long enough to be taken for one when nobody looks at its start. .....";
  write_file(f->folder.file, text, sizeof(text));
  expect_refused(f, EW_ERR_CORRUPT, "an undamaged event log", "file is not a database");
}

static void a_database_of_somebody_else_is_refused(void **state) {
  fixture *f = *state;
  execute(f, "CREATE TABLE t(x)");
  expect_refused(f, EW_ERR_CORRUPT, "an event log", "a database of another application");
}

static void a_log_of_a_newer_version_is_refused(void **state) {
  fixture *f = *state;
  make_small_log(f);
  execute(f, "PRAGMA user_version=2");
  expect_refused(f, EW_ERR_UNSUPPORTED, "an event log of version 1", "version 2");
}

static void a_log_without_a_table_is_refused(void **state) {
  fixture *f = *state;
  make_small_log(f);
  execute(f, "DROP TABLE cursors");
  expect_refused(f, EW_ERR_CORRUPT, "an undamaged event log", "no such table: cursors");
}

static void a_missing_folder_is_named(void **state) {
  fixture *f = *state;
  snprintf(f->folder.file, sizeof(f->folder.file), "%s/none/events.db", f->folder.path);
  expect_refused(f, EW_ERR_IO, "a file that can be read and written", "No such file or directory");
}

static void a_stream_without_its_last_events_is_refused(void **state) {
  fixture *f = *state;
  make_small_log(f);
  execute(f, "DELETE FROM events WHERE id = (SELECT max(id) FROM events)");
  expect_refused(f, EW_ERR_CORRUPT, "an undamaged event log", "a stream without its last events");
}

static void a_gap_inside_a_stream_fails_the_read(void **state) {
  fixture *f = *state;
  make_small_log(f);
  execute(f, "DELETE FROM events WHERE id = (SELECT id << 40 FROM streams WHERE name = 's') + 2");
  assert_int_equal(open_log(f, NULL), EW_OK);
  read_result got = read_some(f->log, EW_STR("s"), 0, 10);
  assert_int_equal(got.err, EW_ERR_CORRUPT);
  assert_int_equal(got.count, 0);
  free(got.bytes);
  got = read_some(f->log, EW_STR("t"), 0, 10);
  assert_int_equal(got.err, EW_OK);
  free(got.bytes);
}

static void a_changed_event_fails_the_read(void **state) {
  fixture *f = *state;
  make_small_log(f);
  execute(f, "UPDATE events SET event = '{\"n\":6}' WHERE id & 7 = 2");
  assert_int_equal(open_log(f, NULL), EW_OK);
  read_result got = read_some(f->log, EW_STR("s"), 0, 10);
  assert_int_equal(got.err, EW_ERR_CORRUPT);
  free(got.bytes);
}

static bool reads_as(ew_log *log, const char *stream, const char *lines) {
  read_result got = read_some(log, ew_str_of(stream), 0, 10);
  bool right = got.err == EW_OK && strcmp(got.bytes, lines) == 0;
  bool reported = got.err != EW_OK && got.count == 0;
  free(got.bytes);
  return right || reported;
}

/* Cut at every multiple of 512 bytes: the log does not open, or says so when it is read. */
static void a_cut_file_is_reported(void **state) {
  fixture *f = *state;
  size_t size;
  make_small_log(f);
  char *whole = read_file(f->folder.file, &size);
  for (size_t cut = 512; cut < size; cut += 512) {
    write_file(f->folder.file, whole, cut);
    if (open_log(f, NULL) == EW_OK) {
      assert_true(reads_as(f->log, "s", "{\"n\":1}\n{\"n\":3}\n{\"n\":5}\n"));
      assert_true(reads_as(f->log, "t", "{\"n\":2}\n{\"n\":4}\n"));
      close_log(f);
    }
  }
  free(whole);
}

/* One flipped bit in an event or its row is never handed out as an event. */
static void flipped_bits_in_events_are_reported(void **state) {
  fixture *f = *state;
  size_t size;
  make_small_log(f);
  char *whole = read_file(f->folder.file, &size);
  for (size_t i = 0; i + 7 <= size; i++) {
    if (memcmp(whole + i, "{\"n\":", 5) != 0) {
      continue;
    }
    for (size_t bit = 0; bit < 56; bit++) {
      whole[i + bit / 8] = (char)(whole[i + bit / 8] ^ (1 << bit % 8));
      write_file(f->folder.file, whole, size);
      whole[i + bit / 8] = (char)(whole[i + bit / 8] ^ (1 << bit % 8));
      assert_int_equal(open_log(f, NULL), EW_OK);
      assert_true(reads_as(f->log, "s", "{\"n\":1}\n{\"n\":3}\n{\"n\":5}\n"));
      assert_true(reads_as(f->log, "t", "{\"n\":2}\n{\"n\":4}\n"));
      close_log(f);
    }
  }
  free(whole);
}

/* ---------------------------------------------------------------------------------------------- a failing disk */

static void a_full_disk_refuses_the_group_and_later_goes_on_without_a_gap(void **state) {
  fixture *f = *state;
  ew_err err;
  assert_int_equal(open_log(f, NULL), EW_OK);
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("1"), &err), 1);
  disk.full = true;
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("lost"), &err), 0);
  assert_int_equal(err, EW_ERR_IO);
  disk.full = false;
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("2"), &err), 2);
  read_result got = read_some(f->log, EW_STR("s"), 0, 10);
  assert_string_equal(got.bytes, "1\n2\n");
  free(got.bytes);
}

static void after_a_failed_sync_nothing_is_acknowledged_any_more(void **state) {
  fixture *f = *state;
  ew_err err;
  assert_int_equal(open_log(f, NULL), EW_OK);
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("1"), &err), 1);
  disk.sync_fails = true;
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("lost"), &err), 0);
  assert_int_equal(err, EW_ERR_IO);
  disk.sync_fails = false;
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("refused"), &err), 0);
  assert_int_equal(err, EW_ERR_IO);
  close_log(f);
  assert_int_equal(open_log(f, NULL), EW_OK);
  assert_int_not_equal(append_one(f->log, EW_STR("s"), EW_STR("2"), &err), 0);
  assert_int_equal(err, EW_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_file_that_is_no_database_is_refused),
      TEST(a_database_of_somebody_else_is_refused),
      TEST(a_log_of_a_newer_version_is_refused),
      TEST(a_log_without_a_table_is_refused),
      TEST(a_missing_folder_is_named),
      TEST(a_stream_without_its_last_events_is_refused),
      TEST(a_gap_inside_a_stream_fails_the_read),
      TEST(a_changed_event_fails_the_read),
      TEST(a_cut_file_is_reported),
      TEST(flipped_bits_in_events_are_reported),
      TEST(a_full_disk_refuses_the_group_and_later_goes_on_without_a_gap),
      TEST(after_a_failed_sync_nothing_is_acknowledged_any_more),
  };
  return cmocka_run_group_tests_name("log_fault", tests, plug_in_faulty_disk, NULL);
}
