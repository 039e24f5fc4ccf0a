/* The decision table of acknowledgements, row by row. */
#include <stdio.h>
#include <stdlib.h>

#include "firefly_support.h"

#define MISMATCH "'FF10176: Invalid data: FF10175: Acknowledgment does not match an inflight event + subscription' drop"
#define AUTOACK "'FF10176: Invalid data: FF10180: The autoack option is enabled on this connection' drop"
#define OTHER_ID "99999999-0000-4000-8000-000000000000"

/*
 * A socket with event 1 out of the durable subscription app1; then 2 follows when it is
 * acknowledged.
 */
static void one_out(recorder *r) {
  make_subscription(r, "app1", "{}");
  open_socket(r, "a");
  start(r, "a", "app1");
  publish(r, 1, 2);
  expect(r, "a", "1");
}

/* A socket with a batch of 1 and 2 out, and 3 to come. */
static void batch_out(recorder *r) {
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"batch\":true,\"readAhead\":2}");
  publish(r, 1, 3);
  expect(r, "a", "[1 2]");
}

/* An acknowledgement of event 1 with this subscription is good, and the next event comes. */
static void expect_good(recorder *r, const char *subscription) {
  char text[512];
  snprintf(text, sizeof(text), "{\"type\":\"ack\",\"id\":\"%s\",\"subscription\":%s}", event_id(1),
           subscription);
  recorder_receive(r, "a", text);
  expect(r, "a", "2");
}

static void expect_mismatch(recorder *r, const char *subscription) {
  char text[512];
  snprintf(text, sizeof(text), "{\"type\":\"ack\",\"id\":\"%s\",\"subscription\":%s}", event_id(1),
           subscription);
  recorder_receive(r, "a", text);
  expect(r, "a", MISMATCH);
}

static void a_bare_ack_takes_the_oldest(void **state) {
  recorder *r = *state;
  one_out(r);
  recorder_receive(r, "a", "{\"type\":\"ack\"}");
  expect(r, "a", "2");
}

static void null_members_are_as_absent(void **state) {
  recorder *r = *state;
  one_out(r);
  recorder_receive(r, "a", "{\"type\":\"ack\",\"id\":null,\"subscription\":null}");
  expect(r, "a", "2");
}

static void an_id_alone_is_enough_with_one_start(void **state) {
  recorder *r = *state;
  one_out(r);
  ack(r, "a", 1);
  expect(r, "a", "2");
}

static void an_id_alone_is_not_enough_with_two_starts(void **state) {
  recorder *r = *state;
  one_out(r);
  start(r, "a", "other");
  ack(r, "a", 1);
  expect(r, "a", MISMATCH);
}

static void a_second_start_of_the_same_name_counts_too(void **state) {
  recorder *r = *state;
  one_out(r);
  start(r, "a", "app1");
  expect(r, "a", "");
  ack(r, "a", 1);
  expect(r, "a", MISMATCH);
}

static void a_bare_ack_does_not_care_how_many_starts_there_were(void **state) {
  recorder *r = *state;
  one_out(r);
  start(r, "a", "other");
  recorder_receive(r, "a", "{\"type\":\"ack\"}");
  expect(r, "a", "2");
}

static void a_bare_ack_ignores_the_subscription(void **state) {
  recorder *r = *state;
  one_out(r);
  recorder_receive(r, "a",
                   "{\"type\":\"ack\",\"subscription\":{\"namespace\":\"ns9\",\"name\":\"x\"}}");
  expect(r, "a", "2");
}

static void the_names_of_the_subscription_match(void **state) {
  recorder *r = *state;
  one_out(r);
  start(r, "a", "other");
  expect_good(r, "{\"namespace\":\"ns1\",\"name\":\"app1\"}");
}

static void the_id_of_the_subscription_matches(void **state) {
  recorder *r = *state;
  char text[128];
  one_out(r);
  start(r, "a", "other");
  snprintf(text, sizeof(text), "{\"id\":\"%s\"}", subscription_id);
  expect_good(r, text);
}

static void the_right_names_pass_with_a_wrong_id(void **state) {
  recorder *r = *state;
  one_out(r);
  expect_good(r, "{\"id\":\"" OTHER_ID "\",\"namespace\":\"ns1\",\"name\":\"app1\"}");
}

static void the_right_id_passes_with_wrong_names(void **state) {
  recorder *r = *state;
  char text[128];
  one_out(r);
  snprintf(text, sizeof(text), "{\"id\":\"%s\",\"namespace\":\"x\",\"name\":\"y\"}",
           subscription_id);
  expect_good(r, text);
}

static void a_name_without_namespace_does_not_match(void **state) {
  recorder *r = *state;
  one_out(r);
  expect_mismatch(r, "{\"name\":\"app1\"}");
}

static void an_empty_subscription_does_not_match(void **state) {
  recorder *r = *state;
  one_out(r);
  expect_mismatch(r, "{}");
}

static void another_subscription_does_not_match(void **state) {
  recorder *r = *state;
  one_out(r);
  expect_mismatch(r, "{\"id\":\"" OTHER_ID "\",\"namespace\":\"ns1\",\"name\":\"app2\"}");
}

static void ids_are_read_in_every_spelling(void **state) {
  recorder *r = *state;
  static const char *const spellings[] = {"0000000A-0000-4000-8000-000000000001",
                                          "urn:uuid:0000000a-0000-4000-8000-000000000001",
                                          "{0000000a-0000-4000-8000-000000000001}", "0000000a000040008000000000000001",
                                          "URN:UUID:0000000A-0000-4000-8000-000000000001"};
  open_socket(r, "a");
  start_ephemeral(r, "a", "{}");
  for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
    char sequence[8];
    snprintf(sequence, sizeof(sequence), "%zu", i + 1);
    recorder_publish(
        r, "ns1",
        "{\"id\":\"0000000a-0000-4000-8000-000000000001\",\"type\":\"message_confirmed\"}");
    expect(r, "a", sequence);
    ack_text(r, "a", spellings[i]);
    expect(r, "a", "");
  }
}

static void expect_bad_id(recorder *r, const char *id, const char *inner) {
  char expected[256];
  open_socket(r, "b");
  ack_text(r, "b", id);
  snprintf(expected, sizeof(expected), "'FF10176: Invalid data: %s' drop", inner);
  expect(r, "b", expected);
}

static void what_is_no_id_is_refused_in_the_words_of_the_server(void **state) {
  recorder *r = *state;
  expect_bad_id(r, "617db63-2cf5-4fa3-8320-46150cbb5372", "invalid UUID length: 35");
  expect_bad_id(r, "x", "invalid UUID length: 1");
  expect_bad_id(r, "z17db63e-2cf5-4fa3-8320-46150cbb5372", "invalid UUID format");
}

static void the_empty_id_is_that_of_zeros(void **state) {
  recorder *r = *state;
  one_out(r);
  ack_text(r, "a", "");
  expect(r, "a", MISMATCH);
}

static void an_ack_before_any_start_does_not_match(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  recorder_receive(r, "a", "{\"type\":\"ack\"}");
  expect(r, "a", MISMATCH);
  open_socket(r, "b");
  ack(r, "b", 1);
  expect(r, "b", MISMATCH);
}

static void a_second_ack_does_not_match(void **state) {
  recorder *r = *state;
  one_out(r);
  ack(r, "a", 1);
  expect(r, "a", "2");
  ack(r, "a", 1);
  expect(r, "a", MISMATCH);
}

static void a_batch_is_acknowledged_by_its_id(void **state) {
  recorder *r = *state;
  batch_out(r);
  ack_text(r, "a", batch_id);
  expect(r, "a", "");
  recorder_advance(r, 50);
  expect(r, "a", "[3]");
}

static void a_batch_does_not_look_at_the_subscription(void **state) {
  recorder *r = *state;
  char text[256];
  batch_out(r);
  start(r, "a", "other");
  snprintf(text, sizeof(text),
           "{\"type\":\"ack\",\"id\":\"%s\",\"subscription\":{\"namespace\":\"ns9\",\"name\":\"x\"}}", batch_id);
  recorder_receive(r, "a", text);
  recorder_advance(r, 50);
  expect(r, "a", "[3]");
}

static void an_event_inside_a_batch_cannot_be_acknowledged(void **state) {
  recorder *r = *state;
  batch_out(r);
  ack(r, "a", 1);
  expect(r, "a", MISMATCH);
}

static void a_bare_ack_never_takes_a_batch(void **state) {
  recorder *r = *state;
  batch_out(r);
  recorder_receive(r, "a", "{\"type\":\"ack\"}");
  expect(r, "a", MISMATCH);
}

static void with_autoack_every_ack_is_refused(void **state) {
  recorder *r = *state;
  static const char *const acks[] = {"{\"type\":\"ack\"}",
                                     "{\"type\":\"ack\",\"id\":\"" OTHER_ID "\"}"};
  for (size_t i = 0; i < 2; i++) {
    open_socket(r, "a");
    recorder_receive(
        r, "a", "{\"type\":\"start\",\"autoack\":true,\"namespace\":\"ns1\",\"ephemeral\":true}");
    recorder_receive(r, "a", acks[i]);
    expect(r, "a", AUTOACK);
  }
}

static void with_autoack_the_ack_of_a_batch_is_refused_too(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  recorder_receive(
      r, "a",
      "{\"type\":\"start\",\"autoack\":true,\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{\"batch\":true,"
      "\"batchTimeout\":\"0\"}}");
  publish(r, 1, 1);
  expect(r, "a", "[1]");
  ack_text(r, "a", batch_id);
  expect(r, "a", AUTOACK);
}

static void two_subscriptions_get_the_same_id_and_are_told_apart(void **state) {
  recorder *r = *state;
  char text[256];
  char first[40];
  one_out(r);
  memcpy(first, subscription_id, sizeof(first));
  ack(r, "a", 1);
  expect(r, "a", "2");
  start_ephemeral(r, "a", "{\"firstEvent\":\"1\"}");
  expect(r, "a", "2");
  assert_string_not_equal(first, subscription_id);
  publish(r, 3, 3);
  snprintf(text, sizeof(text), "{\"type\":\"ack\",\"id\":\"%s\",\"subscription\":{\"id\":\"%s\"}}",
           event_id(2), subscription_id);
  recorder_receive(r, "a", text);
  expect(r, "a", "3");
  assert_true(strstr(text, subscription_id) != NULL);
  recorder_receive(r, "a", text);
  expect(r, "a", MISMATCH);
}

static void bare_acks_go_in_the_order_of_delivery_over_all_subscriptions(void **state) {
  recorder *r = *state;
  one_out(r);
  start_ephemeral(r, "a", "{\"firstEvent\":\"0\"}");
  expect(r, "a", "1");
  recorder_receive(r, "a", "{\"type\":\"ack\"}");
  expect(r, "a", "2");
  recorder_receive(r, "a", "{\"type\":\"ack\"}");
  expect(r, "a", "2");
}

static void an_ack_after_the_subscription_is_deleted_is_accepted(void **state) {
  recorder *r = *state;
  char target[128];
  one_out(r);
  snprintf(target, sizeof(target), "/api/v1/namespaces/ns1/subscriptions/%s", subscription_id);
  assert_int_equal(http(r, "DELETE", target, NULL), 204);
  ack(r, "a", 1);
  expect(r, "a", "");
  assert_true(recorder_is_open(r, "a"));
}

static void an_id_of_the_wrong_type_is_refused(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  recorder_receive(r, "a", "{\"type\":\"ack\",\"id\":1}");
  expect(r, "a",
         "'FF10176: Invalid data: json: cannot unmarshal number into Go struct field WSAck.id of type string' drop");
}

static void acks_of_another_connection_do_not_match(void **state) {
  recorder *r = *state;
  one_out(r);
  open_socket(r, "b");
  start(r, "b", "app1");
  ack(r, "b", 1);
  expect(r, "b", MISMATCH);
  ack(r, "a", 1);
  expect(r, "a", "2");
}

static void the_strict_manner_decides_acks_by_the_same_table(void **state) {
  recorder *r = *state;
  one_out(r);
  recorder_receive(
      r, "a",
      "{\"type\":\"ack\",\"id\":\"00000000-0000-4000-8000-000000000001\",\"subscription\":{}}");
  expect(r, "a",
         "'FF10176: Invalid data: FF10175: Acknowledgment does not match an inflight event + subscription' close 1008");
}

static void the_strict_manner_takes_a_reference_with_an_id_alone(void **state) {
  recorder *r = *state;
  char text[128];
  one_out(r);
  snprintf(text, sizeof(text), "{\"id\":\"%s\"}", subscription_id);
  expect_good(r, text);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define S(name) cmocka_unit_test_setup_teardown(name, setup_strict, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      T(a_bare_ack_takes_the_oldest),
      T(null_members_are_as_absent),
      T(an_id_alone_is_enough_with_one_start),
      T(an_id_alone_is_not_enough_with_two_starts),
      T(a_second_start_of_the_same_name_counts_too),
      T(a_bare_ack_does_not_care_how_many_starts_there_were),
      T(a_bare_ack_ignores_the_subscription),
      T(the_names_of_the_subscription_match),
      T(the_id_of_the_subscription_matches),
      T(the_right_names_pass_with_a_wrong_id),
      T(the_right_id_passes_with_wrong_names),
      T(a_name_without_namespace_does_not_match),
      T(an_empty_subscription_does_not_match),
      T(another_subscription_does_not_match),
      T(ids_are_read_in_every_spelling),
      T(what_is_no_id_is_refused_in_the_words_of_the_server),
      T(the_empty_id_is_that_of_zeros),
      T(an_ack_before_any_start_does_not_match),
      T(a_second_ack_does_not_match),
      T(a_batch_is_acknowledged_by_its_id),
      T(a_batch_does_not_look_at_the_subscription),
      T(an_event_inside_a_batch_cannot_be_acknowledged),
      T(a_bare_ack_never_takes_a_batch),
      T(with_autoack_every_ack_is_refused),
      T(with_autoack_the_ack_of_a_batch_is_refused_too),
      T(two_subscriptions_get_the_same_id_and_are_told_apart),
      T(bare_acks_go_in_the_order_of_delivery_over_all_subscriptions),
      T(an_ack_after_the_subscription_is_deleted_is_accepted),
      T(an_id_of_the_wrong_type_is_refused),
      T(acks_of_another_connection_do_not_match),
      S(the_strict_manner_decides_acks_by_the_same_table),
      S(the_strict_manner_takes_a_reference_with_an_id_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
