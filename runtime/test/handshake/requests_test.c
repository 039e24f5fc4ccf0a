#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "eventwire/requests.h"

typedef struct table {
  ew_requests requests;
  ew_pending_slot slots[3];
} table;

static void init(table *t) { ew_requests_init(&t->requests, t->slots, 3); }

static ew_err begin_text(table *t, const char *id, uint64_t deadline) {
  ew_pending request = {.id = ew_request_id_text(ew_str_of(id)), .deadline_ms = deadline};
  return ew_requests_begin(&t->requests, &request);
}

static ew_err begin_number(table *t, uint64_t id, uint64_t deadline) {
  ew_pending request = {.id = ew_request_id_number(id), .deadline_ms = deadline};
  return ew_requests_begin(&t->requests, &request);
}

static void a_request_is_matched_once(void **state) {
  (void)state;
  table t;
  int mine = 0;
  init(&t);
  ew_pending begun = {ew_request_id_text(EW_STR("a")), 7, 50, &mine};
  assert_int_equal(ew_requests_begin(&t.requests, &begun), EW_OK);
  ew_pending out;
  assert_int_equal(ew_requests_match(&t.requests, ew_request_id_text(EW_STR("a")), &out), EW_OK);
  assert_true(out.user == &mine && out.kind == 7 && out.deadline_ms == 50);
  assert_true(ew_str_equal(out.id.text, EW_STR("a")));
  assert_int_equal(ew_requests_match(&t.requests, ew_request_id_text(EW_STR("a")), &out),
                   EW_ERR_NOT_FOUND);
}

static void the_id_is_copied(void **state) {
  (void)state;
  table t;
  char id[] = "abc";
  init(&t);
  assert_int_equal(begin_text(&t, id, 1), EW_OK);
  id[0] = 'x';
  ew_pending out;
  assert_int_equal(ew_requests_match(&t.requests, ew_request_id_text(EW_STR("abc")), &out), EW_OK);
}

static void text_and_number_are_two_ids(void **state) {
  (void)state;
  table t;
  ew_pending out;
  init(&t);
  assert_int_equal(begin_text(&t, "7", 1), EW_OK);
  assert_int_equal(begin_number(&t, 7, 2), EW_OK);
  assert_int_equal(begin_text(&t, "", 3), EW_OK);
  assert_int_equal(ew_requests_match(&t.requests, ew_request_id_number(7), &out), EW_OK);
  assert_int_equal(out.deadline_ms, 2);
  assert_int_equal(ew_requests_match(&t.requests, ew_request_id_number(0), &out), EW_ERR_NOT_FOUND);
  assert_int_equal(ew_requests_match(&t.requests, ew_request_id_text(EW_STR("")), &out), EW_OK);
  assert_int_equal(out.deadline_ms, 3);
  assert_int_equal(ew_requests_match(&t.requests, ew_request_id_text(EW_STR("7")), &out), EW_OK);
}

static void a_second_one_of_an_id_and_one_too_many_are_refused(void **state) {
  (void)state;
  table t;
  init(&t);
  assert_int_equal(begin_number(&t, 1, 1), EW_OK);
  assert_int_equal(begin_number(&t, 1, 1), EW_ERR_EXISTS);
  assert_int_equal(begin_number(&t, 2, 1), EW_OK);
  assert_int_equal(begin_number(&t, 3, 1), EW_OK);
  assert_int_equal(begin_number(&t, 4, 1), EW_ERR_QUEUE_FULL);
  assert_int_equal(t.requests.count, 3);
}

static void an_id_has_a_longest_length(void **state) {
  (void)state;
  table t;
  char id[EW_REQUEST_ID_MAX + 2];
  memset(id, 'a', sizeof(id));
  id[EW_REQUEST_ID_MAX + 1] = '\0';
  init(&t);
  assert_int_equal(begin_text(&t, id, 1), EW_ERR_TOO_LARGE);
  assert_int_equal(begin_text(&t, id + 1, 1), EW_OK);
  ew_pending out;
  assert_int_equal(ew_requests_match(&t.requests, ew_request_id_text(ew_str_of(id)), &out),
                   EW_ERR_NOT_FOUND);
  assert_int_equal(ew_requests_match(&t.requests, ew_request_id_text(ew_str_of(id + 1)), &out),
                   EW_OK);
}

static void what_is_late_is_taken_out_the_earliest_first(void **state) {
  (void)state;
  table t;
  ew_pending out;
  init(&t);
  assert_int_equal(ew_requests_deadline(&t.requests), UINT64_MAX);
  assert_int_equal(begin_text(&t, "late", 30), EW_OK);
  assert_int_equal(begin_text(&t, "first", 10), EW_OK);
  assert_int_equal(begin_text(&t, "second", 10), EW_OK);
  assert_int_equal(ew_requests_deadline(&t.requests), 10);
  assert_false(ew_requests_expire(&t.requests, 9, &out));
  assert_true(ew_requests_expire(&t.requests, 10, &out));
  assert_true(ew_str_equal(out.id.text, EW_STR("first")));
  assert_true(ew_requests_expire(&t.requests, 29, &out));
  assert_true(ew_str_equal(out.id.text, EW_STR("second")));
  assert_false(ew_requests_expire(&t.requests, 29, &out));
  assert_int_equal(ew_requests_deadline(&t.requests), 30);
  assert_int_equal(ew_requests_match(&t.requests, ew_request_id_text(EW_STR("late")), &out), EW_OK);
}

static void the_end_of_time_takes_all(void **state) {
  (void)state;
  table t;
  ew_pending out;
  init(&t);
  assert_int_equal(begin_number(&t, 1, UINT64_MAX), EW_OK);
  assert_int_equal(begin_number(&t, 2, 5), EW_OK);
  assert_true(ew_requests_expire(&t.requests, UINT64_MAX, &out));
  assert_int_equal(out.id.number, 2);
  assert_true(ew_requests_expire(&t.requests, UINT64_MAX, &out));
  assert_false(ew_requests_expire(&t.requests, UINT64_MAX, &out));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_is_matched_once),
      cmocka_unit_test(the_id_is_copied),
      cmocka_unit_test(text_and_number_are_two_ids),
      cmocka_unit_test(a_second_one_of_an_id_and_one_too_many_are_refused),
      cmocka_unit_test(an_id_has_a_longest_length),
      cmocka_unit_test(what_is_late_is_taken_out_the_earliest_first),
      cmocka_unit_test(the_end_of_time_takes_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
