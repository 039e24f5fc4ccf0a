/*
 * Who leads a durable subscription, where delivery goes on after an interruption, and what may be
 * published.
 */
#include <stdio.h>
#include <stdlib.h>

#include "firefly_support.h"

/* Events in the log before anybody starts. */
static void fill_log(recorder *r, unsigned count) { publish(r, 1, count); }

static void cursor_of(char out[128]) { snprintf(out, 128, "firefly/ns1/%s", subscription_id); }

static void expect_cursor(recorder *r, uint64_t position) {
  char cursor[128];
  cursor_of(cursor);
  assert_int_equal(recorder_cursor(r, cursor), position);
}

/* -------------------------------------------------------------------------------------------------- leaders */

static void one_connection_leads_and_the_others_get_nothing(void **state) {
  recorder *r = *state;
  make_subscription(r, "app1", "{\"readAhead\":5,\"batchTimeout\":\"10ms\"}");
  open_socket(r, "a");
  open_socket(r, "b");
  open_socket(r, "c");
  start(r, "a", "app1");
  start(r, "b", "app1");
  start(r, "c", "app1");
  publish(r, 1, 3);
  recorder_advance(r, 10);
  expect(r, "a", "1 2 3");
  ack(r, "a", 1);
  recorder_close(r, "a");
  recorder_advance(r, 10);
  expect(r, "b", "2 3");
  expect(r, "c", "");
  recorder_close(r, "c");
  recorder_close(r, "b");
  open_socket(r, "d");
  start(r, "d", "app1");
  recorder_advance(r, 10);
  expect(r, "d", "2 3");
}

static void a_leader_that_is_dropped_gives_way(void **state) {
  recorder *r = *state;
  make_subscription(r, "app1", "{}");
  open_socket(r, "a");
  open_socket(r, "b");
  start(r, "a", "app1");
  start(r, "b", "app1");
  publish(r, 1, 1);
  expect(r, "a", "1");
  recorder_receive(r, "a", "!");
  expect(r, "b", "1");
}

static void ephemeral_subscriptions_do_not_compete(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  open_socket(r, "b");
  start_ephemeral(r, "a", "{}");
  start_ephemeral(r, "a", "{}");
  start_ephemeral(r, "b", "{}");
  publish(r, 1, 1);
  expect(r, "a", "1 1");
  expect(r, "b", "1");
}

/* --------------------------------------------------------------------------------------------- interruptions */

static void acks_out_of_order_hold_the_position_at_the_gap(void **state) {
  recorder *r = *state;
  make_subscription(r, "app1",
                    "{\"firstEvent\":\"oldest\",\"readAhead\":8,\"batchTimeout\":\"10ms\"}");
  publish(r, 1, 10);
  open_socket(r, "a");
  start(r, "a", "app1");
  recorder_advance(r, 10);
  expect(r, "a", "1 2 3 4 5 6 7 8");
  for (unsigned n = 1; n <= 8; n++) {
    if (n != 3) {
      ack(r, "a", n);
    }
  }
  expect_cursor(r, 2);
  recorder_close(r, "a");
  open_socket(r, "b");
  start(r, "b", "app1");
  recorder_advance(r, 10);
  expect(r, "b", "3 4 5 6 7 8 9 10");
}

static void acks_in_any_order_move_the_position_when_the_gap_closes(void **state) {
  recorder *r = *state;
  make_subscription(r, "app1", "{\"readAhead\":5,\"batchTimeout\":\"10ms\"}");
  open_socket(r, "a");
  start(r, "a", "app1");
  publish(r, 1, 4);
  recorder_advance(r, 10);
  ack(r, "a", 4);
  char cursor[128];
  cursor_of(cursor);
  assert_true(recorder_cursor(r, cursor) == UINT64_MAX);
  ack(r, "a", 1);
  expect_cursor(r, 1);
  ack(r, "a", 3);
  expect_cursor(r, 1);
  ack(r, "a", 2);
  expect_cursor(r, 4);
}

static void an_unacknowledged_event_comes_again_with_the_same_id(void **state) {
  recorder *r = *state;
  make_subscription(r, "app1", "{}");
  publish(r, 1, 1);
  char *texts[2];
  for (int i = 0; i < 2; i++) {
    open_socket(r, "a");
    start(r, "a", "app1");
    texts[i] = transcript(r);
    expect(r, "a", "1");
    recorder_close(r, "a");
  }
  assert_string_equal(texts[0], texts[1]);
  free(texts[0]);
  free(texts[1]);
}

static void a_durable_subscription_goes_on_after_a_restart(void **state) {
  recorder *r = *state;
  ew_firefly_service_options opts = service_options();
  make_subscription(r, "app1", "{\"readAhead\":5,\"batchTimeout\":\"10ms\"}");
  publish(r, 1, 3);
  open_socket(r, "a");
  start(r, "a", "app1");
  recorder_advance(r, 10);
  expect(r, "a", "1 2 3");
  ack(r, "a", 1);
  recorder_restart(r);
  service_start(r, &opts);
  recorder_restore(r);
  recorder_settle(r);
  publish(r, 4, 4);
  open_socket(r, "a");
  start(r, "a", "app1");
  recorder_advance(r, 10);
  expect(r, "a", "2 3 4");
}

static void without_a_stored_position_it_begins_where_it_was_frozen(void **state) {
  recorder *r = *state;
  ew_firefly_service_options opts = service_options();
  publish(r, 1, 2);
  make_subscription(r, "app1", "{}");
  publish(r, 3, 4);
  recorder_restart(r);
  service_start(r, &opts);
  recorder_restore(r);
  open_socket(r, "a");
  start(r, "a", "app1");
  expect(r, "a", "3");
}

static void a_start_before_the_restore_is_served_by_it(void **state) {
  recorder *r = *state;
  ew_firefly_service_options opts = service_options();
  make_subscription(r, "app1", "{}");
  publish(r, 1, 1);
  recorder_restart(r);
  service_start(r, &opts);
  open_socket(r, "a");
  start(r, "a", "app1");
  expect(r, "a", "");
  recorder_restore(r);
  recorder_settle(r);
  expect(r, "a", "1");
}

#define OF_NO_NAMESPACE                                                                                                \
  "{\"id\":\"00000000-0000-4000-8000-000000000001\",\"namespace\":\"gone\",\"name\":\"a\",\"transport\":"              \
  "\"websockets\","                                                                                                    \
  "\"filter\":{},\"options\":{},\"created\":null,\"updated\":null}"

static void stored_nonsense_is_passed_over(void **state) {
  recorder *r = *state;
  static const char *const values[] = {"", "{}", "[1]", "{\"id\":\"x\"}", OF_NO_NAMESPACE};
  r->quiet &= ~(unsigned)RECORDER_QUIET_NOTE;
  for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
    ew_service_restore(r->service, EW_STR("firefly/ns1/x"), ew_str_of(values[i]), r->now);
    assert_non_null(strstr(r->text, "note stored subscription firefly/ns1/x is not used: "));
    recorder_forget(r);
  }
  ew_service_restore(r->service, EW_STR("kaleido/x"), EW_STR("{}"), r->now);
  recorder_expect(r, "");
}

static void a_log_that_cannot_be_read_is_tried_again(void **state) {
  recorder *r = *state;
  fill_log(r, 1);
  r->log_result = EW_ERR_IO;
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"firstEvent\":\"oldest\"}");
  recorder_advance(r, 3000);
  expect(r, "a", "");
  r->log_result = EW_OK;
  recorder_advance(r, 1000);
  expect(r, "a", "1");
}

static void a_log_that_takes_no_question_is_asked_again(void **state) {
  recorder *r = *state;
  ew_firefly_service_options opts = service_options();
  make_subscription(r, "app1", "{\"firstEvent\":\"oldest\"}");
  fill_log(r, 1);
  recorder_restart(r);
  r->ask_result = EW_ERR_QUEUE_FULL;
  service_start(r, &opts);
  recorder_restore(r);
  open_socket(r, "a");
  start(r, "a", "app1");
  recorder_advance(r, 3000);
  expect(r, "a", "");
  r->ask_result = EW_OK;
  recorder_advance(r, 2000);
  expect(r, "a", "1");
}

static void an_event_of_the_log_that_is_none_is_passed_over(void **state) {
  recorder *r = *state;
  recorder_append(r, "firefly/ns1", "not json");
  recorder_append(r, "firefly/ns1", "{\"type\":1}");
  recorder_append(r, "firefly/ns1", "{\"type\":\"message_confirmed\"}");
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"firstEvent\":\"oldest\"}");
  expect(r, "a", "3");
}

static void a_change_over_http_sends_the_unacknowledged_again(void **state) {
  recorder *r = *state;
  make_subscription(r, "app1", "{\"readAhead\":5,\"batchTimeout\":\"10ms\"}");
  open_socket(r, "a");
  start(r, "a", "app1");
  publish(r, 1, 3);
  recorder_advance(r, 10);
  expect(r, "a", "1 2 3");
  ack(r, "a", 1);
  assert_int_equal(http(r, "PUT", "/api/v1/namespaces/ns1/subscriptions",
                        "{\"name\":\"app1\",\"options\":{\"readAhead\":1}}"),
                   200);
  expect(r, "a", "2 3");
  ack(r, "a", 2); /* both deliveries of it, and nothing else */
  expect_cursor(r, 2);
  ack(r, "a", 3);
  expect_cursor(r, 3);
  assert_true(recorder_is_open(r, "a"));
}

static void a_change_that_changes_nothing_disturbs_nobody(void **state) {
  recorder *r = *state;
  make_subscription(r, "app1", "{\"readAhead\":1}");
  open_socket(r, "a");
  start(r, "a", "app1");
  publish(r, 1, 1);
  expect(r, "a", "1");
  assert_int_equal(http(r, "PUT", "/api/v1/namespaces/ns1/subscriptions",
                        "{\"name\":\"app1\",\"options\":{\"readAhead\":1}}"),
                   200);
  expect(r, "a", "");
}

static void delivery_ends_when_the_subscription_is_deleted_and_begins_with_a_new_one(void **state) {
  recorder *r = *state;
  char target[128];
  make_subscription(r, "app1", "{}");
  open_socket(r, "a");
  start(r, "a", "app1");
  snprintf(target, sizeof(target), "/api/v1/namespaces/ns1/subscriptions/%s", subscription_id);
  assert_int_equal(http(r, "DELETE", target, NULL), 204);
  publish(r, 1, 1);
  expect(r, "a", "");
  make_subscription(r, "app1", "{\"firstEvent\":\"oldest\"}");
  expect(r, "a", "1");
}

/* ---------------------------------------------------------------------------------------------- publishing */

static ew_err check(recorder *r, const char *where, const char *event, ew_diag *diag) {
  char name[128];
  ew_buf stream;
  ew_buf_init(&stream, name, sizeof(name));
  ew_err err = ew_service_check(r->service, ew_str_of(where), ew_str_of(event), &stream, diag);
  assert_true(err != EW_OK || ew_str_equal(ew_buf_str(&stream), EW_STR("firefly/ns1")) ||
              ew_str_equal(ew_buf_str(&stream), EW_STR("firefly/ns2")));
  return err;
}

static void events_are_checked_before_they_are_published(void **state) {
  recorder *r = *state;
  ew_diag diag;
  assert_int_equal(check(r, "", "{\"type\":\"message_confirmed\"}", &diag), EW_OK);
  assert_int_equal(check(r, "", "{\"id\":\"00000000-0000-4000-8000-000000000001\"}", &diag),
                   EW_ERR_MISSING);
  assert_int_equal(check(r, "", "{\"type\":\"x\",\n \"id\":\"1\"}", &diag), EW_ERR_PATTERN);
  assert_string_equal(diag.pointer, "/id");
  assert_int_equal(diag.line, 2);
  assert_int_equal(check(r, "", "{\"type\":\"x\",\"blockchainEvent\":\"no\"}", &diag), EW_ERR_TYPE);
  assert_string_equal(diag.pointer, "/blockchainEvent");
  assert_int_equal(check(r, "", "{\"type\":\"x\"} x", &diag), EW_ERR_TRAILING);
  assert_int_equal(check(r, "", "", &diag), EW_ERR_TRUNCATED);
  assert_int_equal(check(r, "", "{\"Type\":\"x\"}", &diag), EW_ERR_MISSING);
}

static void the_namespace_of_an_event_is_found(void **state) {
  recorder *r = *state;
  ew_diag diag;
  assert_int_equal(check(r, "ns2", "{\"type\":\"x\"}", &diag), EW_OK);
  assert_int_equal(check(r, "", "{\"type\":\"x\",\"namespace\":\"ns2\"}", &diag), EW_OK);
  assert_int_equal(check(r, "ns3", "{\"type\":\"x\"}", &diag), EW_ERR_ARGUMENT);
  assert_string_equal(diag.found, "ns3");
  assert_int_equal(check(r, "", "{\"type\":\"x\",\"namespace\":\"ns3\"}", &diag), EW_ERR_ARGUMENT);
  assert_int_equal(check(r, "ns1", "{\"type\":\"x\",\"namespace\":\"ns2\"}", &diag), EW_ERR_RULE);
  assert_string_equal(diag.pointer, "/namespace");
}

static void an_event_that_would_not_fit_into_a_message_is_refused(void **state) {
  recorder *r = *state;
  ew_diag diag;
  const size_t size = 1048576 - 600;
  char *event = malloc(size + 1);
  assert_non_null(event);
  memset(event, 'x', size);
  memcpy(event, "{\"type\":\"", 9);
  memcpy(event + size - 2, "\"}", 3);
  assert_int_equal(check(r, "", event, &diag), EW_ERR_TOO_LARGE);
  /* Six bytes for each of these on the wire. */
  memset(event + 9, '<', size - 11);
  event[200000] = '\0';
  memcpy(event + 200000 - 2, "\"}", 3);
  assert_int_equal(check(r, "", event, &diag), EW_ERR_TOO_LARGE);
  free(event);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      T(one_connection_leads_and_the_others_get_nothing),
      T(a_leader_that_is_dropped_gives_way),
      T(ephemeral_subscriptions_do_not_compete),
      T(acks_out_of_order_hold_the_position_at_the_gap),
      T(acks_in_any_order_move_the_position_when_the_gap_closes),
      T(an_unacknowledged_event_comes_again_with_the_same_id),
      T(a_durable_subscription_goes_on_after_a_restart),
      T(without_a_stored_position_it_begins_where_it_was_frozen),
      T(a_start_before_the_restore_is_served_by_it),
      T(stored_nonsense_is_passed_over),
      T(a_log_that_cannot_be_read_is_tried_again),
      T(a_log_that_takes_no_question_is_asked_again),
      T(an_event_of_the_log_that_is_none_is_passed_over),
      T(a_change_over_http_sends_the_unacknowledged_again),
      T(a_change_that_changes_nothing_disturbs_nobody),
      T(delivery_ends_when_the_subscription_is_deleted_and_begins_with_a_new_one),
      T(events_are_checked_before_they_are_published),
      T(the_namespace_of_an_event_is_found),
      T(an_event_that_would_not_fit_into_a_message_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
