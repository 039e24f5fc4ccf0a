/* What eventwire/log.h promises while nothing breaks: order, groups, limits, and what is there after a restart. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log_support.h"

#define AN_HOUR_MS 3600000u

typedef struct fixture {
  log_folder folder;
  ew_log *log;
  acks got;
} fixture;

static int setup(void **state) {
  fixture *f = calloc(1, sizeof(*f));
  if (f == NULL) {
    return -1;
  }
  make_folder(&f->folder);
  acks_init(&f->got);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  fixture *f = *state;
  ew_log_close(f->log);
  acks_clear(&f->got);
  remove_folder(&f->folder);
  free(f);
  return 0;
}

static void open_log(fixture *f) {
  assert_int_equal(ew_log_open(&f->log, &(ew_log_options){.path = f->folder.file}, NULL), EW_OK);
}

static void close_log(fixture *f) {
  ew_log_close(f->log);
  f->log = NULL;
}

static void append(fixture *f, const char *stream, const char *event, uint64_t token) {
  assert_int_equal(ew_log_append(f->log, ew_str_of(stream), ew_str_of(event), on_appended, &f->got, token), EW_OK);
}

static void expect_events(ew_log *log, const char *stream, uint64_t after, uint32_t limit, const char *lines) {
  read_result got = read_some(log, ew_str_of(stream), after, limit);
  assert_int_equal(got.err, EW_OK);
  assert_string_equal(got.bytes, lines);
  free(got.bytes);
}

static void sequences_rise_from_1_without_gaps_in_every_stream(void **state) {
  fixture *f = *state;
  open_log(f);
  for (uint64_t i = 0; i < 300; i++) {
    append(f, i % 3 == 0 ? "a" : "b", "{}", i);
  }
  acks_wait(&f->got, 300);
  uint64_t a = 0, b = 0;
  for (uint64_t i = 0; i < 300; i++) {
    assert_int_equal(f->got.tokens[i], i);
    assert_int_equal(f->got.sequences[i], i % 3 == 0 ? ++a : ++b);
  }
  assert_int_equal(f->got.failed, 0);
}

static void more_streams_than_the_cache_holds_keep_their_sequences(void **state) {
  fixture *f = *state;
  open_log(f);
  char name[32];
  for (uint64_t i = 0; i < 1000; i++) {
    snprintf(name, sizeof(name), "stream %u", (unsigned)(i % 250));
    append(f, name, "{}", i);
  }
  acks_wait(&f->got, 1000);
  for (uint64_t i = 0; i < 1000; i++) {
    assert_int_equal(f->got.sequences[i], i / 250 + 1);
  }
}

static void events_are_read_back_byte_for_byte_and_in_order(void **state) {
  fixture *f = *state;
  open_log(f);
  append(f, "s", "{\"n\": 1.0e0}", 0);
  append(f, "s", "", 0);
  append(f, "other", "{\"n\":7}", 0);
  append(f, "s", "{\"\xc3\xa4\":\"\\u0000\"}", 0);
  acks_wait(&f->got, 4);
  expect_events(f->log, "s", 0, 10, "{\"n\": 1.0e0}\n\n{\"\xc3\xa4\":\"\\u0000\"}\n");
  expect_events(f->log, "s", 0, 1, "{\"n\": 1.0e0}\n");
  expect_events(f->log, "s", 2, 10, "{\"\xc3\xa4\":\"\\u0000\"}\n");
  expect_events(f->log, "s", 3, 10, "");
  expect_events(f->log, "s", UINT64_MAX, 10, "");
  expect_events(f->log, "nobody", 0, 10, "");
}

static void names_of_streams_are_compared_whole(void **state) {
  fixture *f = *state;
  ew_err err;
  open_log(f);
  assert_int_equal(append_one(f->log, EW_STR("a\0b"), EW_STR("1"), &err), 1);
  assert_int_equal(append_one(f->log, EW_STR("a"), EW_STR("2"), &err), 1);
  assert_int_equal(append_one(f->log, EW_STR("A"), EW_STR("3"), &err), 1);
  assert_int_equal(append_one(f->log, EW_STR(""), EW_STR("4"), &err), 1);
  assert_int_equal(append_one(f->log, EW_STR("a\0b"), EW_STR("5"), &err), 2);
}

static void a_read_stops_at_about_4_mib(void **state) {
  fixture *f = *state;
  open_log(f);
  size_t size = (size_t)1 << 20;
  char *big = malloc(size);
  assert_non_null(big);
  memset(big, 'x', size);
  for (uint64_t i = 0; i < 9; i++) {
    assert_int_equal(ew_log_append(f->log, EW_STR("s"), ew_str_from(big, size), on_appended, &f->got, i), EW_OK);
  }
  acks_wait(&f->got, 9);
  free(big);
  read_result got = read_some(f->log, EW_STR("s"), 0, 100);
  assert_int_equal(got.count, 4);
  free(got.bytes);
  got = read_some(f->log, EW_STR("s"), got.last, 100);
  assert_int_equal(got.first, 5);
  assert_int_equal(got.last, 8);
  free(got.bytes);
}

/* A read goes through the log's thread, so its answer proves that the thread had its chance to write. */
static void a_group_is_written_when_it_is_full_and_not_before(void **state) {
  fixture *f = *state;
  ew_log_options opts = {.path = f->folder.file, .group_max_events = 10, .group_max_ms = AN_HOUR_MS};
  assert_int_equal(ew_log_open(&f->log, &opts, NULL), EW_OK);
  for (uint64_t i = 0; i < 9; i++) {
    append(f, "s", "{}", i);
  }
  expect_events(f->log, "s", 0, 100, "");
  assert_int_equal(acks_count(&f->got), 0);
  append(f, "s", "{}", 9);
  acks_wait(&f->got, 10);
  expect_events(f->log, "s", 9, 100, "{}\n");
}

static void a_group_that_stays_small_is_written_after_its_time(void **state) {
  fixture *f = *state;
  ew_log_options opts = {.path = f->folder.file, .group_max_events = 1000000, .group_max_ms = 1};
  assert_int_equal(ew_log_open(&f->log, &opts, NULL), EW_OK);
  append(f, "s", "{}", 0);
  acks_wait(&f->got, 1);
  append(f, "s", "{}", 1);
  acks_wait(&f->got, 2);
  assert_int_equal(f->got.sequences[1], 2);
}

static void appends_beyond_the_queue_limit_are_refused_and_the_others_are_kept(void **state) {
  fixture *f = *state;
  ew_log_options opts = {
      .path = f->folder.file, .group_max_events = 1000000, .group_max_ms = AN_HOUR_MS, .max_queued_bytes = 10000};
  assert_int_equal(ew_log_open(&f->log, &opts, NULL), EW_OK);
  size_t accepted = 0;
  ew_err err = EW_OK;
  while (err == EW_OK && accepted < 10000) {
    err = ew_log_append(f->log, EW_STR("s"), EW_STR("{\"0123456789\":0}"), on_appended, &f->got, accepted);
    accepted += err == EW_OK;
  }
  assert_int_equal(err, EW_ERR_QUEUE_FULL);
  assert_in_range(accepted, 10, 10000 / 16);
  assert_int_equal(ew_log_store(f->log, EW_STR("key"), EW_STR("0123456789")), EW_ERR_QUEUE_FULL);
  close_log(f);
  assert_int_equal(acks_count(&f->got), accepted);
  open_log(f);
  assert_int_equal(position_of(f->log, EW_STR("s"), EW_STR("")).last, accepted);
}

static void a_list_is_appended_whole_or_not_at_all(void **state) {
  fixture *f = *state;
  ew_log_item items[300];
  for (size_t i = 0; i < 300; i++) {
    items[i] = (ew_log_item){ew_str_of(i % 2 == 0 ? "even" : "odd"), EW_STR("{}")};
  }
  assert_int_equal(ew_log_open(&f->log, &(ew_log_options){.max_queued_bytes = 20000}, NULL), EW_OK);
  assert_int_equal(ew_log_append_all(f->log, items, 300, on_appended, &f->got), EW_ERR_QUEUE_FULL);
  assert_int_equal(ew_log_append_all(f->log, items, 100, on_appended, &f->got), EW_OK);
  acks_wait(&f->got, 100);
  for (uint64_t i = 0; i < 100; i++) {
    assert_int_equal(f->got.tokens[i], i);
    assert_int_equal(f->got.sequences[i], i / 2 + 1);
  }
  assert_int_equal(position_of(f->log, EW_STR("even"), EW_STR("")).last, 50);
  assert_int_equal(ew_log_append_all(f->log, items, 0, on_appended, &f->got), EW_OK);
}

static void an_event_larger_than_the_queue_is_refused(void **state) {
  fixture *f = *state;
  assert_int_equal(ew_log_open(&f->log, &(ew_log_options){.max_queued_bytes = 1000}, NULL), EW_OK);
  static char large[2000];
  ew_err err = ew_log_append(f->log, EW_STR("s"), ew_str_from(large, sizeof(large)), on_appended, &f->got, 0);
  assert_int_equal(err, EW_ERR_QUEUE_FULL);
  append(f, "s", "{}", 0);
  acks_wait(&f->got, 1);
}

static void the_queue_has_room_again_after_completion(void **state) {
  fixture *f = *state;
  assert_int_equal(ew_log_open(&f->log, &(ew_log_options){.max_queued_bytes = 1000}, NULL), EW_OK);
  static char large[800];
  ew_err err;
  for (uint64_t i = 1; i <= 20; i++) {
    assert_int_equal(append_one(f->log, EW_STR("s"), ew_str_from(large, sizeof(large)), &err), i);
    /* The completion comes a moment before the room: the barrier of a position is behind it. */
    position_of(f->log, EW_STR("s"), EW_STR(""));
  }
}

static void closing_writes_what_is_queued(void **state) {
  fixture *f = *state;
  ew_log_options opts = {.path = f->folder.file, .group_max_events = 1000000, .group_max_ms = AN_HOUR_MS};
  assert_int_equal(ew_log_open(&f->log, &opts, NULL), EW_OK);
  for (uint64_t i = 0; i < 100; i++) {
    append(f, "s", "{}", i);
  }
  assert_int_equal(ew_log_commit(f->log, EW_STR("c"), 42), EW_OK);
  assert_int_equal(ew_log_store(f->log, EW_STR("k"), EW_STR("v")), EW_OK);
  close_log(f);
  assert_int_equal(acks_count(&f->got), 100);
  open_log(f);
  position_result at = position_of(f->log, EW_STR("s"), EW_STR("c"));
  assert_int_equal(at.last, 100);
  assert_int_equal(at.cursor, 42);
}

static void sequences_go_on_after_a_restart(void **state) {
  fixture *f = *state;
  ew_err err;
  open_log(f);
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("1"), &err), 1);
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("2"), &err), 2);
  close_log(f);
  open_log(f);
  expect_events(f->log, "s", 0, 10, "1\n2\n");
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("3"), &err), 3);
  assert_int_equal(append_one(f->log, EW_STR("t"), EW_STR("1"), &err), 1);
  expect_events(f->log, "s", 0, 10, "1\n2\n3\n");
}

static void expect_locked(const char *path) {
  ew_log *log = NULL;
  ew_diag diag;
  assert_int_equal(ew_log_open(&log, &(ew_log_options){.path = path}, &diag), EW_ERR_IO);
  assert_null(log);
  assert_int_equal(diag.err, EW_ERR_IO);
  assert_string_equal(diag.found, "another process has this store open");
}

static void a_store_belongs_to_one_log_until_it_is_closed(void **state) {
  fixture *f = *state;
  ew_err err;
  open_log(f);
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("1"), &err), 1);
  expect_locked(f->folder.file);
  expect_locked(f->folder.file); /* the refusal has not freed it */
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("2"), &err), 2);
  close_log(f);
  open_log(f);
  expect_events(f->log, "s", 0, 10, "1\n2\n");
}

static void a_link_to_a_store_is_the_same_store(void **state) {
  fixture *f = *state;
  char link[128];
  snprintf(link, sizeof(link), "%s/link.db", f->folder.path);
  open_log(f);
  assert_int_equal(symlink(f->folder.file, link), 0);
  expect_locked(link);
}

static void another_process_cannot_open_the_store(void **state) {
  fixture *f = *state;
  open_log(f);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    ew_log *log;
    ew_err err = ew_log_open(&log, &(ew_log_options){.path = f->folder.file}, NULL);
    _exit(err == EW_ERR_IO ? 0 : 1);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void a_log_in_memory_keeps_everything_until_it_is_closed(void **state) {
  fixture *f = *state;
  ew_err err;
  assert_int_equal(ew_log_open(&f->log, NULL, NULL), EW_OK);
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("1"), &err), 1);
  assert_int_equal(ew_log_commit(f->log, EW_STR("c"), 1), EW_OK);
  assert_true(position_of(f->log, EW_STR("s"), EW_STR("c")).has_cursor);
  expect_events(f->log, "s", 0, 10, "1\n");
  close_log(f);
  assert_int_equal(ew_log_open(&f->log, NULL, NULL), EW_OK);
  expect_events(f->log, "s", 0, 10, "");
}

static void a_position_tells_the_newest_cursor_and_absence(void **state) {
  fixture *f = *state;
  ew_log_options opts = {.path = f->folder.file, .group_max_ms = AN_HOUR_MS};
  assert_int_equal(ew_log_open(&f->log, &opts, NULL), EW_OK);
  position_result at = position_of(f->log, EW_STR("s"), EW_STR("c"));
  assert_int_equal(at.err, EW_OK);
  assert_int_equal(at.last, 0);
  assert_false(at.has_cursor);
  for (uint64_t i = 0; i <= 1000; i++) {
    assert_int_equal(ew_log_commit(f->log, EW_STR("c"), i), EW_OK);
  }
  assert_int_equal(ew_log_commit(f->log, EW_STR("d"), 5), EW_OK);
  assert_int_equal(position_of(f->log, EW_STR("s"), EW_STR("c")).cursor, 1000);
  assert_int_equal(ew_log_commit(f->log, EW_STR("c"), 7), EW_OK);
  at = position_of(f->log, EW_STR("s"), EW_STR("c"));
  assert_true(at.has_cursor);
  assert_int_equal(at.cursor, 7);
  assert_int_equal(position_of(f->log, EW_STR("s"), EW_STR("d")).cursor, 5);
}

/* A question asked from a completion: the log's thread is in the middle of its group then. */
typedef struct question {
  ew_log *log;
  acks *got;
  position_result at;
} question;

static void keep_position(void *ctx, uint64_t token, ew_err err, uint64_t last, bool has_cursor, uint64_t cursor) {
  question *q = ctx;
  q->at = (position_result){err, last, has_cursor, cursor};
  on_appended(q->got, token, err, last);
}

static void commit_and_ask(void *ctx, uint64_t token, ew_err err, uint64_t sequence) {
  question *q = ctx;
  (void)err;
  ew_err commit = ew_log_commit(q->log, EW_STR("c"), sequence);
  ew_err ask = ew_log_position(q->log, EW_STR("s"), EW_STR("c"), keep_position, q, token);
  if (commit != EW_OK || ask != EW_OK) {
    on_appended(q->got, token, EW_ERR_INTERNAL, 0);
  }
}

static void a_position_sees_the_cursor_committed_while_a_group_was_written(void **state) {
  fixture *f = *state;
  open_log(f);
  question q = {.log = f->log, .got = &f->got};
  assert_int_equal(ew_log_append(f->log, EW_STR("s"), EW_STR("{}"), commit_and_ask, &q, 0), EW_OK);
  acks_wait(&f->got, 1);
  assert_int_equal(q.at.err, EW_OK);
  assert_int_equal(q.at.last, 1);
  assert_true(q.at.has_cursor);
  assert_int_equal(q.at.cursor, 1);
}

typedef struct listing {
  char text[256];
} listing;

static void add_to_listing(void *ctx, ew_str key, ew_str value) {
  listing *list = ctx;
  size_t len = strlen(list->text);
  snprintf(list->text + len, sizeof(list->text) - len, "%.*s=%.*s;", EW_STR_ARG(key), EW_STR_ARG(value));
}

static void expect_resources(ew_log *log, const char *prefix, const char *expected) {
  listing list = {""};
  assert_int_equal(ew_log_each(log, ew_str_of(prefix), add_to_listing, &list), EW_OK);
  assert_string_equal(list.text, expected);
}

static void resources_are_listed_by_prefix_in_key_order(void **state) {
  fixture *f = *state;
  open_log(f);
  assert_int_equal(ew_log_store(f->log, EW_STR("sub/b"), EW_STR("2")), EW_OK);
  assert_int_equal(ew_log_store(f->log, EW_STR("sub/a"), EW_STR("1")), EW_OK);
  assert_int_equal(ew_log_store(f->log, EW_STR("suc"), EW_STR("x")), EW_OK);
  assert_int_equal(ew_log_store(f->log, EW_STR("su"), EW_STR("")), EW_OK);
  expect_resources(f->log, "sub/", "sub/a=1;sub/b=2;");
  expect_resources(f->log, "", "su=;sub/a=1;sub/b=2;suc=x;");
  expect_resources(f->log, "sub/c", "");
}

static void resources_are_replaced_and_removed_in_the_order_of_the_calls(void **state) {
  fixture *f = *state;
  open_log(f);
  assert_int_equal(ew_log_store(f->log, EW_STR("a"), EW_STR("1")), EW_OK);
  assert_int_equal(ew_log_store(f->log, EW_STR("b"), EW_STR("1")), EW_OK);
  assert_int_equal(ew_log_store(f->log, EW_STR("a"), EW_STR("2")), EW_OK);
  assert_int_equal(ew_log_store(f->log, EW_STR("b"), (ew_str){NULL, 0, 0}), EW_OK);
  expect_resources(f->log, "", "a=2;");
  close_log(f);
  open_log(f);
  expect_resources(f->log, "", "a=2;");
}

typedef struct late_call {
  ew_log *log;
  ew_err err;
} late_call;

static void append_again(void *ctx, uint64_t token, ew_err err, uint64_t sequence) {
  late_call *call = ctx;
  (void)token;
  (void)err;
  (void)sequence;
  call->err = ew_log_append(call->log, EW_STR("s"), EW_STR("{}"), append_again, call, 0);
}

static void a_call_during_closing_is_refused(void **state) {
  fixture *f = *state;
  ew_log_options opts = {.group_max_events = 1000000, .group_max_ms = AN_HOUR_MS};
  assert_int_equal(ew_log_open(&f->log, &opts, NULL), EW_OK);
  late_call call = {f->log, EW_OK};
  assert_int_equal(ew_log_append(f->log, EW_STR("s"), EW_STR("{}"), append_again, &call, 0), EW_OK);
  close_log(f);
  assert_int_equal(call.err, EW_ERR_CLOSED);
}

#define PRODUCERS 4
#define EACH_PRODUCES 500

typedef struct producer {
  fixture *f;
  uint64_t id;
} producer;

static void *produce(void *arg) {
  const producer *p = arg;
  for (uint64_t i = 0; i < EACH_PRODUCES; i++) {
    append(p->f, "s", "{}", p->id << 32 | i);
  }
  return NULL;
}

static void appends_of_several_threads_keep_each_threads_order(void **state) {
  fixture *f = *state;
  open_log(f);
  pthread_t threads[PRODUCERS];
  producer producers[PRODUCERS];
  for (uint64_t i = 0; i < PRODUCERS; i++) {
    producers[i] = (producer){f, i};
    assert_int_equal(pthread_create(&threads[i], NULL, produce, &producers[i]), 0);
  }
  for (size_t i = 0; i < PRODUCERS; i++) {
    pthread_join(threads[i], NULL);
  }
  acks_wait(&f->got, (size_t)PRODUCERS * EACH_PRODUCES);
  uint64_t next[PRODUCERS] = {0};
  for (uint64_t i = 0; i < (uint64_t)PRODUCERS * EACH_PRODUCES; i++) {
    assert_int_equal(f->got.sequences[i], i + 1);
    assert_int_equal(f->got.tokens[i] & UINT32_MAX, next[f->got.tokens[i] >> 32]++);
  }
}

static void others_cannot_read_the_files(void **state) {
  fixture *f = *state;
  ew_err err;
  open_log(f);
  assert_int_equal(append_one(f->log, EW_STR("s"), EW_STR("{}"), &err), 1);
  static const char *const suffixes[] = {"", "-wal", "-shm", "-lock"};
  for (size_t i = 0; i < 4; i++) {
    char path[128];
    struct stat status;
    snprintf(path, sizeof(path), "%s%s", f->folder.file, suffixes[i]);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 077, 0);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(sequences_rise_from_1_without_gaps_in_every_stream),
      TEST(more_streams_than_the_cache_holds_keep_their_sequences),
      TEST(events_are_read_back_byte_for_byte_and_in_order),
      TEST(names_of_streams_are_compared_whole),
      TEST(a_read_stops_at_about_4_mib),
      TEST(a_group_is_written_when_it_is_full_and_not_before),
      TEST(a_group_that_stays_small_is_written_after_its_time),
      TEST(appends_beyond_the_queue_limit_are_refused_and_the_others_are_kept),
      TEST(a_list_is_appended_whole_or_not_at_all),
      TEST(an_event_larger_than_the_queue_is_refused),
      TEST(the_queue_has_room_again_after_completion),
      TEST(closing_writes_what_is_queued),
      TEST(sequences_go_on_after_a_restart),
      TEST(a_store_belongs_to_one_log_until_it_is_closed),
      TEST(a_link_to_a_store_is_the_same_store),
      TEST(another_process_cannot_open_the_store),
      TEST(a_log_in_memory_keeps_everything_until_it_is_closed),
      TEST(a_position_tells_the_newest_cursor_and_absence),
      TEST(a_position_sees_the_cursor_committed_while_a_group_was_written),
      TEST(resources_are_listed_by_prefix_in_key_order),
      TEST(resources_are_replaced_and_removed_in_the_order_of_the_calls),
      TEST(a_call_during_closing_is_refused),
      TEST(appends_of_several_threads_keep_each_threads_order),
      TEST(others_cannot_read_the_files),
  };
  return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
