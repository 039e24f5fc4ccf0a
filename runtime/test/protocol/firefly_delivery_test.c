/*
 * The form of events, pages, windows, filters, where a subscription begins, waits, batches and
 * autoack.
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

/* ------------------------------------------------------------------------------------------------- form */

static void an_event_is_written_as_the_server_writes_it(void **state) {
  recorder *r = *state;
  char expected[512];
  make_subscription(r, "app1", "{}");
  open_socket(r, "a");
  start(r, "a", "app1");
  recorder_publish(r, "ns1",
                   "{\"topic\":\"<t&>\",\"type\":\"message_confirmed\" , "
                   "\"id\":\"00000000-0000-4000-8000-000000000001\",\"sequence\":77,"
                   "\"namespace\":\"ns1\",\"created\":\"2026-11-21T19:37:27.5Z\",\"extra\":1,\"reference\":null,"
                   "\"subscription\":{\"namespace\":\"x\",\"name\":\"y\"}}");
  snprintf(expected, sizeof(expected),
           "send a "
           "{\"id\":\"00000000-0000-4000-8000-000000000001\",\"sequence\":1,\"type\":\"message_confirmed\","
           "\"namespace\":\"ns1\","
           "\"reference\":null,\"topic\":\"\\u003ct\\u0026\\u003e\",\"created\":\"2026-11-21T19:37:27.5Z\","
           "\"subscription\":{\"id\":\"%s\","
           "\"namespace\":\"ns1\",\"name\":\"app1\"}}\\n\n",
           subscription_id);
  recorder_expect(r, expected);
}

static void what_a_publisher_leaves_out_is_added(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  start_ephemeral(r, "a", "{}");
  recorder_publish(r, "", "{\"type\":\"message_confirmed\"}");
  assert_non_null(strstr(
      r->text,
      "\"sequence\":1,\"type\":\"message_confirmed\",\"namespace\":\"ns1\",\"reference\":null,\"created\":null,"));
  expect(r, "a", "1");
}

static void an_event_without_an_id_gets_the_same_one_every_time(void **state) {
  recorder *r = *state;
  char first[64];
  recorder_publish(r, "", "{\"type\":\"message_confirmed\"}");
  recorder_publish(r, "", "{\"type\":\"message_confirmed\"}");
  for (int i = 0; i < 2; i++) {
    open_socket(r, "a");
    start_ephemeral(r, "a", "{\"firstEvent\":\"oldest\",\"readAhead\":1}");
    const char *id = strstr(r->text, "\"id\":\"");
    assert_non_null(id);
    const char *second = strstr(id + 10, "send a {\"id\":\"");
    assert_non_null(second);
    assert_memory_not_equal(id + 6, second + strlen("send a {\"id\":\""), 36);
    assert_true(i == 0 || memcmp(first, id + 6, 36) == 0);
    memcpy(first, id + 6, 36);
    expect(r, "a", "1 2");
    recorder_close(r, "a");
  }
}

static void the_name_of_an_ephemeral_subscription_is_its_id(void **state) {
  recorder *r = *state;
  char expected[200];
  open_socket(r, "a");
  start_ephemeral(r, "a", "{}");
  publish(r, 1, 1);
  char *text = transcript(r);
  expect(r, "a", "1");
  snprintf(expected, sizeof(expected),
           "\"subscription\":{\"id\":\"%s\",\"namespace\":\"ns1\",\"name\":\"%s\"}}\\n",
           subscription_id, subscription_id);
  assert_non_null(strstr(text, expected));
  free(text);
}

static void each_namespace_has_its_own_events(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  open_socket(r, "b");
  start_ephemeral(r, "a", "{}");
  recorder_receive(r, "b", "{\"type\":\"start\",\"namespace\":\"ns2\",\"ephemeral\":true}");
  publish(r, 1, 1);
  expect(r, "a", "1");
  expect(r, "b", "");
  recorder_publish(r, "ns2", "{\"type\":\"message_confirmed\"}");
  expect(r, "b", "1");
}

/* ---------------------------------------------------------------------------------------------- window, pages */

static void expect_window(recorder *r, unsigned read_ahead, const char *out) {
  char options[64];
  open_socket(r, "w");
  snprintf(options, sizeof(options), "{\"firstEvent\":\"oldest\",\"readAhead\":%u}", read_ahead);
  start_ephemeral(r, "w", options);
  expect(r, "w", out);
  recorder_close(r, "w");
}

static void the_window_follows_read_ahead(void **state) {
  recorder *r = *state;
  fill_log(r, 30);
  expect_window(r, 0, "1");
  expect_window(r, 1, "1 2");
  expect_window(r, 2, "1 2 3");
  expect_window(r, 3, "1 2 3 4");
  expect_window(r, 4, "1 2 3 4 5");
  expect_window(r, 5, "1 2 3 4 5");
  expect_window(r, 6, "1 2 3 4 5 6");
  expect_window(r, 8, "1 2 3 4 5 6 7 8");
}

static void each_ack_lets_one_more_out(void **state) {
  recorder *r = *state;
  fill_log(r, 10);
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"firstEvent\":\"oldest\",\"readAhead\":2}");
  expect(r, "a", "1 2 3");
  ack(r, "a", 2);
  expect(r, "a", "4");
  ack(r, "a", 1);
  expect(r, "a", "5");
}

static void the_next_page_waits_for_the_whole_of_this_one(void **state) {
  recorder *r = *state;
  fill_log(r, 12);
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"firstEvent\":\"oldest\",\"readAhead\":4}");
  expect(r, "a", "1 2 3 4 5");
  for (unsigned n = 2; n <= 5; n++) {
    ack(r, "a", n);
  }
  expect(r, "a", "");
  ack(r, "a", 1);
  expect(r, "a", "6 7 8 9 10");
}

static void events_published_while_a_page_is_out_come_after_it(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  start_ephemeral(r, "a", "{}");
  publish(r, 1, 3);
  expect(r, "a", "1");
  ack(r, "a", 1);
  expect(r, "a", "2");
  ack(r, "a", 2);
  expect(r, "a", "3");
  ack(r, "a", 3);
  expect(r, "a", "");
}

static void an_event_that_is_read_and_announced_comes_once(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"firstEvent\":\"oldest\"}");
  /* Appended before the page is read, announced afterwards. */
  const char *event =
      "{\"id\":\"00000000-0000-4000-8000-000000000001\",\"type\":\"message_confirmed\"}";
  start_ephemeral(r, "a", "{\"firstEvent\":\"oldest\"}");
  uint64_t sequence = recorder_append(r, "firefly/ns1", event);
  const ew_logged logged = {sequence, ew_str_of(event)};
  ew_service_publish(r->service, EW_STR("firefly/ns1"), &logged, r->now);
  ew_service_publish(r->service, EW_STR("firefly/ns1"), &logged, r->now);
  recorder_settle(r);
  expect(r, "a", "1 1");
}

static void what_is_published_while_the_log_is_read_is_not_lost(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  start_ephemeral(r, "a", "{}");
  publish(r, 1, 1);
  expect(r, "a", "1");
  /*
   * The second reader has asked for its first page; before the answer comes an event is announced.
   */
  const ew_logged second = {2, EW_STR("{\"type\":\"message_confirmed\"}")};
  own_peer peer;
  own_open(r, &peer, "ephemeral&namespace=ns1");
  recorder_append(r, "firefly/ns1", "{\"type\":\"message_confirmed\"}");
  ew_service_publish(r->service, EW_STR("firefly/ns1"), &second, r->now);
  recorder_settle(r);
  expect(r, "own", "2");
  ew_service_close(peer.session, r->now);
}

static uint64_t asked; /* the token of the last read */

static ew_err keep_token(void *ctx, ew_str stream, uint64_t after, uint32_t limit, uint64_t token) {
  (void)ctx;
  (void)stream;
  (void)after;
  (void)limit;
  asked = token;
  return EW_OK;
}

static void an_answer_older_than_an_announcement_is_asked_for_again(void **state) {
  recorder *r = *state;
  ew_firefly_service_options opts = service_options();
  const ew_logged event = {1, EW_STR("{\"type\":\"message_confirmed\"}")};
  recorder_restart(r);
  r->host.read = keep_token;
  service_start(r, &opts);
  open_socket(r, "a");
  start_ephemeral(r, "a", "{}");
  uint64_t first = asked;
  ew_service_publish(r->service, EW_STR("firefly/ns1"), &event, r->now);
  expect(r, "a", "");
  /* The log was read before the event was written. */
  ew_service_events(r->service, first, EW_OK, NULL, 0, r->now);
  assert_true(asked != first);
  ew_service_events(r->service, first, EW_OK, &event, 1, r->now);
  expect(r, "a", "");
  ew_service_events(r->service, asked, EW_OK, &event, 1, r->now);
  expect(r, "a", "1");
}

static void unknown_streams_and_stale_answers_are_ignored(void **state) {
  recorder *r = *state;
  const ew_logged event = {1, EW_STR("{\"type\":\"message_confirmed\"}")};
  open_socket(r, "a");
  start_ephemeral(r, "a", "{}");
  ew_service_publish(r->service, EW_STR("firefly/ns9"), &event, r->now);
  ew_service_events(r->service, 0, EW_OK, &event, 1, r->now);
  ew_service_events(r->service, UINT64_MAX, EW_OK, &event, 1, r->now);
  ew_service_events(r->service, 12345, EW_ERR_IO, NULL, 0, r->now);
  ew_service_position(r->service, 0, EW_OK, 5, false, 0, r->now);
  ew_service_position(r->service, UINT64_MAX, EW_OK, 5, false, 0, r->now);
  expect(r, "a", "");
}

/* -------------------------------------------------------------------------------------------------- filters */

static void a_filter_drops_what_does_not_match(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  recorder_receive(r, "a",
                   "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"filter\":{\"topic\":\"red\"}}");
  recorder_publish(r, "ns1", "{\"type\":\"message_confirmed\",\"topic\":\"blue\"}");
  recorder_publish(r, "ns1", "{\"type\":\"message_confirmed\"}");
  recorder_publish(r, "ns1", "{\"type\":\"message_confirmed\",\"topic\":\"infrared\"}");
  expect(r, "a", "3");
}

static void a_filter_for_what_an_event_does_not_have_drops_it(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  recorder_receive(
      r, "a",
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"filter\":{\"message\":{\"tag\":\"x\"}}}");
  recorder_publish(r, "ns1", "{\"type\":\"message_confirmed\"}");
  recorder_publish(
      r, "ns1",
      "{\"type\":\"message_confirmed\",\"message\":{\"header\":{\"type\":\"broadcast\",\"tag\":\"x\"},\"data\":null}}");
  expect(r, "a", "2");
}

static void the_new_name_of_a_filter_wins(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  recorder_receive(r, "a",
                   "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"filter\":{\"topics\":\"old\","
                   "\"topic\":\"new\"}}");
  recorder_publish(r, "ns1", "{\"type\":\"message_confirmed\",\"topic\":\"old\"}");
  recorder_publish(r, "ns1", "{\"type\":\"message_confirmed\",\"topic\":\"new\"}");
  expect(r, "a", "2");
}

#define GROUP "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void every_subject_of_a_filter_is_looked_at(void **state) {
  recorder *r = *state;
  static const char *const cases[][2] = {
      {"\"events\":\"message\"", "\"type\":\"message_confirmed\""},
      {"\"message\":{\"group\":\"aa\"}",
       "\"type\":\"x\",\"message\":{\"header\":{\"type\":\"private\",\"group\":\"" GROUP "\"},\"data\":null}"},
      {"\"message\":{\"author\":\"did\"}",
       "\"type\":\"x\",\"message\":{\"header\":{\"type\":\"private\",\"author\":\"did:x\"},\"data\":null}"},
      {"\"transaction\":{\"type\":\"pin\"}",
       "\"type\":\"x\",\"transaction\":{\"type\":\"batch_pin\",\"created\":null}"},
      {"\"blockchainevent\":{\"name\":\"Changed\"}",
       "\"type\":\"x\",\"blockchainEvent\":{\"name\":\"Changed\",\"tx\":{}}"},
      {"\"blockchainevent\":{\"listener\":\"0000\"}",
       "\"type\":\"x\",\"blockchainEvent\":{\"listener\":\"00000000-0000-4000-8000-000000000001\",\"tx\":{}}"},
  };
  for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    char text[512];
    char sequence[8];
    open_socket(r, "a");
    snprintf(text, sizeof(text),
             "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"filter\":{%s}}",
             cases[i][0]);
    recorder_receive(r, "a", text);
    assert_int_equal(recorder_publish(r, "ns1", "{\"type\":\"other\",\"topic\":\"none\"}"), EW_OK);
    expect(r, "a", "");
    snprintf(text, sizeof(text), "{%s}", cases[i][1]);
    assert_int_equal(recorder_publish(r, "ns1", text), EW_OK);
    snprintf(sequence, sizeof(sequence), "%u", 2 * i + 2);
    expect(r, "a", sequence);
    recorder_close(r, "a");
  }
}

static void dropped_events_count_as_done(void **state) {
  recorder *r = *state;
  assert_int_equal(http(r, "POST", "/api/v1/namespaces/ns1/subscriptions",
                        "{\"name\":\"app1\",\"filter\":{\"topic\":\"red\"}}"),
                   201);
  open_socket(r, "a");
  start(r, "a", "app1");
  publish(r, 1, 3);
  recorder_publish(r, "ns1", "{\"type\":\"message_confirmed\",\"topic\":\"red\"}");
  expect(r, "a", "4");
  expect_cursor(r, 3);
}

static void pages_without_a_match_are_passed_over(void **state) {
  recorder *r = *state;
  fill_log(r, 23);
  recorder_publish(r, "ns1", "{\"type\":\"message_confirmed\",\"topic\":\"red\"}");
  open_socket(r, "a");
  recorder_receive(r, "a",
                   "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"filter\":{\"topic\":\"red\"},"
                   "\"options\":{\"firstEvent\":"
                   "\"oldest\",\"batchTimeout\":\"0\"}}");
  expect(r, "a", "24");
}

/* -------------------------------------------------------------------------------------------------- first event */

static void newest_is_from_now_on(void **state) {
  recorder *r = *state;
  fill_log(r, 3);
  open_socket(r, "a");
  start_ephemeral(r, "a", "{}");
  start_ephemeral(r, "a", "{\"firstEvent\":\"newest\"}");
  start_ephemeral(r, "a", "{\"firstEvent\":\"\"}");
  expect(r, "a", "");
  publish(r, 4, 4);
  expect(r, "a", "4 4 4");
}

static void newest_is_known_after_a_restart(void **state) {
  recorder *r = *state;
  ew_firefly_service_options opts = service_options();
  fill_log(r, 3);
  recorder_restart(r);
  service_start(r, &opts);
  open_socket(r, "a");
  start_ephemeral(r, "a", "{}");
  expect(r, "a", "");
  publish(r, 4, 4);
  expect(r, "a", "4");
}

static void newest_waits_for_the_log_where_it_must(void **state) {
  recorder *r = *state;
  ew_firefly_service_options opts = service_options();
  ew_service *service;
  fill_log(r, 3);
  recorder_restart(r);
  assert_int_equal(ew_firefly_service_new(&service, &opts, &r->host), EW_OK);
  recorder_attach(r, service);
  assert_int_equal(http(r, "POST", "/api/v1/namespaces/ns1/subscriptions", "{\"name\":\"app1\"}"),
                   201);
  assert_non_null(strstr(r->http_body, "\"firstEvent\":\"newest\",\"withData\":false"));
  assert_int_equal(http(r, "GET", "/api/v1/namespaces/ns1/subscriptions", NULL), 200);
  assert_non_null(strstr(r->http_body, "\"firstEvent\":\"3\",\"withData\":false"));
  open_socket(r, "a");
  start_ephemeral(r, "a", "{}");
  start(r, "a", "app1");
  publish(r, 4, 4);
  expect(r, "a", "4 4");
  recorder_restart(r);
  service_start(r, &opts);
  recorder_restore(r);
  recorder_settle(r);
  open_socket(r, "b");
  start(r, "b", "app1");
  expect(r, "b", "4");
}

static void a_first_event_is_exclusive(void **state) {
  recorder *r = *state;
  fill_log(r, 5);
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"firstEvent\":\"3\"}");
  expect(r, "a", "4");
  start_ephemeral(r, "a", "{\"firstEvent\":\"-1\"}");
  expect(r, "a", "1");
  start_ephemeral(r, "a", "{\"firstEvent\":\"0\"}");
  expect(r, "a", "1");
}

static void a_first_event_in_the_future_is_waited_for(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"firstEvent\":\"2\"}");
  publish(r, 1, 3);
  expect(r, "a", "3");
}

static void a_bad_first_event_never_delivers(void **state) {
  recorder *r = *state;
  fill_log(r, 2);
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"firstEvent\":\"soon\"}");
  start_ephemeral(r, "a", "{\"firstEvent\":\"-2\"}");
  publish(r, 3, 3);
  recorder_advance(r, 60000);
  expect(r, "a", "");
  assert_true(recorder_is_open(r, "a"));
}

/* -------------------------------------------------------------------------------------------------- waits */

static void start_with_delay(recorder *r, uint32_t delay_ms) {
  ew_firefly_service_options opts = service_options();
  opts.default_delay_ms = delay_ms;
  recorder_restart(r);
  service_start(r, &opts);
}

static void a_page_that_is_not_full_waits_as_long_as_the_server_says(void **state) {
  recorder *r = *state;
  start_with_delay(r, 2000);
  open_socket(r, "a");
  start_ephemeral(r, "a", "{}");
  publish(r, 1, 2);
  recorder_advance(r, 1999);
  expect(r, "a", "");
  recorder_advance(r, 1);
  expect(r, "a", "1");
  ack(r, "a", 1);
  expect(r, "a", "2");
}

static void a_full_page_does_not_wait(void **state) {
  recorder *r = *state;
  start_with_delay(r, 2000);
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"readAhead\":4}");
  publish(r, 1, 4);
  expect(r, "a", "");
  publish(r, 5, 5);
  expect(r, "a", "1 2 3 4 5");
}

static void a_page_from_the_log_waits_too(void **state) {
  recorder *r = *state;
  start_with_delay(r, 2000);
  fill_log(r, 3);
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"firstEvent\":\"oldest\",\"readAhead\":4}");
  expect(r, "a", "");
  recorder_advance(r, 1000);
  publish(r, 4, 4);
  recorder_advance(r, 1000);
  expect(r, "a", "1 2 3 4");
}

static void batch_timeout_overrides_the_wait(void **state) {
  recorder *r = *state;
  start_with_delay(r, 2000);
  static const struct {
    const char *options;
    uint64_t ms;
  } cases[] = {{"{\"batchTimeout\":\"0\"}", 0},
               {"{\"batchTimeout\":\"0ms\"}", 0},
               {"{\"batchTimeout\":\"300\"}", 300},
               {"{\"batchTimeout\":\"1s\"}", 1000},
               {"{\"batchTimeout\":\"1h1m0.5s\"}", 3660500},
               {"{\"batchTimeout\":\"\"}", 2000},
               {"{\"batchTimeout\":\"soon\"}", 0},
               {"{\"batchTimeout\":\"-1s\"}", 0},
               {"{\"batchTimeout\":\"1us\"}", 1}};
  for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    char sequence[8];
    open_socket(r, "a");
    start_ephemeral(r, "a", cases[i].options);
    publish(r, i + 1, i + 1);
    if (cases[i].ms > 0) {
      recorder_advance(r, cases[i].ms - 1);
      expect(r, "a", "");
      recorder_advance(r, 1);
    }
    snprintf(sequence, sizeof(sequence), "%u", i + 1);
    expect(r, "a", sequence);
    recorder_close(r, "a");
  }
}

static void no_deadline_is_left_when_nothing_waits(void **state) {
  recorder *r = *state;
  start_with_delay(r, 2000);
  assert_true(ew_service_deadline(r->service) == EW_NEVER);
  open_socket(r, "a");
  start_ephemeral(r, "a", "{}");
  assert_true(ew_service_deadline(r->service) == EW_NEVER);
  publish(r, 1, 1);
  assert_true(ew_service_deadline(r->service) == r->now + 2000);
  recorder_close(r, "a");
  assert_true(ew_service_deadline(r->service) == EW_NEVER);
}

static void waits_end_in_their_own_order(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  open_socket(r, "b");
  open_socket(r, "c");
  start_ephemeral(r, "a", "{\"batchTimeout\":\"30ms\"}");
  start_ephemeral(r, "b", "{\"batchTimeout\":\"10ms\"}");
  start_ephemeral(r, "c", "{\"batchTimeout\":\"20ms\"}");
  publish(r, 1, 1);
  recorder_advance(r, 10);
  expect(r, "b", "1");
  expect(r, "c", "");
  recorder_advance(r, 10);
  expect(r, "c", "1");
  expect(r, "a", "");
  recorder_advance(r, 10);
  expect(r, "a", "1");
}

/* ------------------------------------------------------------------------------------------------- batches */

static void a_full_batch_leaves_at_once(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"batch\":true,\"readAhead\":3,\"batchTimeout\":\"10s\"}");
  publish(r, 1, 2);
  expect(r, "a", "");
  publish(r, 3, 4);
  expect(r, "a", "[1 2 3]");
}

static void a_partial_batch_leaves_after_its_timeout(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"batch\":true,\"readAhead\":3,\"batchTimeout\":\"300ms\"}");
  publish(r, 1, 1);
  recorder_advance(r, 200);
  publish(r, 2, 2);
  recorder_advance(r, 99);
  expect(r, "a", "");
  recorder_advance(r, 1);
  expect(r, "a", "[1 2]");
}

static void batches_have_fifty_events_and_fifty_milliseconds_by_default(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"batch\":true,\"readAhead\":0}");
  publish(r, 1, 1);
  recorder_advance(r, 49);
  expect(r, "a", "");
  recorder_advance(r, 1);
  expect(r, "a", "[1]");
  publish(r, 2, 60);
  ack_text(r, "a", batch_id);
  char *text = transcript(r);
  assert_non_null(strstr(text, "\"sequence\":51,"));
  assert_null(strstr(text, "\"sequence\":52,"));
  free(text);
}

static void one_batch_is_out_at_a_time(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"batch\":true,\"readAhead\":2,\"batchTimeout\":\"0\"}");
  publish(r, 1, 5);
  expect(r, "a", "[1]");
  ack_text(r, "a", batch_id);
  expect(r, "a", "[2 3]");
  ack_text(r, "a", batch_id);
  expect(r, "a", "[4 5]");
}

static void with_autoack_batches_flow(void **state) {
  recorder *r = *state;
  fill_log(r, 5);
  open_socket(r, "a");
  recorder_receive(r, "a",
                   "{\"type\":\"start\",\"autoack\":true,\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{"
                   "\"batch\":true,\"readAhead\":2,"
                   "\"firstEvent\":\"oldest\",\"batchTimeout\":\"0\"}}");
  expect(r, "a", "[1 2] [3 4] [5]");
}

static void a_batch_that_comes_again_has_a_new_id(void **state) {
  recorder *r = *state;
  char first[40];
  make_subscription(r, "app1", "{\"batch\":true,\"readAhead\":2}");
  for (int i = 0; i < 2; i++) {
    open_socket(r, "a");
    start(r, "a", "app1");
    if (i == 0) {
      publish(r, 1, 2);
    }
    expect(r, "a", "[1 2]");
    assert_true(i == 0 || strcmp(first, batch_id) != 0);
    memcpy(first, batch_id, sizeof(first));
    recorder_close(r, "a");
  }
}

static void a_batch_is_no_larger_than_a_message_may_be(void **state) {
  recorder *r = *state;
  const size_t size = 400000;
  char *event = malloc(size + 200);
  assert_non_null(event);
  int len = snprintf(event, 200, "{\"type\":\"message_confirmed\",\"topic\":\"");
  memset(event + len, 'x', size);
  memcpy(event + (size_t)len + size, "\"}", 3);
  open_socket(r, "a");
  start_ephemeral(r, "a", "{\"batch\":true,\"readAhead\":3}");
  for (int i = 0; i < 3; i++) {
    assert_int_equal(recorder_publish(r, "ns1", event), EW_OK);
  }
  assert_true(r->text_len < 1048576);
  expect(r, "a", "[1 2]");
  ack_text(r, "a", batch_id);
  expect(r, "a", "[3]");
  ack_text(r, "a", batch_id);
  free(event);
}

/* ------------------------------------------------------------------------------------------------- autoack */

static void with_autoack_everything_comes_at_once(void **state) {
  recorder *r = *state;
  fill_log(r, 12);
  open_socket(r, "a");
  recorder_receive(r, "a",
                   "{\"type\":\"start\",\"autoack\":true,\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{"
                   "\"firstEvent\":\"oldest\"}}");
  expect(r, "a", "1 2 3 4 5 6 7 8 9 10 11 12");
  publish(r, 13, 14);
  expect(r, "a", "13 14");
}

static void with_autoack_what_was_sent_is_not_sent_again(void **state) {
  recorder *r = *state;
  make_subscription(r, "app1", "{}");
  open_socket(r, "a");
  recorder_receive(r, "a",
                   "{\"type\":\"start\",\"autoack\":true,\"namespace\":\"ns1\",\"name\":\"app1\"}");
  publish(r, 1, 2);
  expect(r, "a", "1 2");
  expect_cursor(r, 2);
  recorder_close(r, "a");
  open_socket(r, "b");
  start(r, "b", "app1");
  expect(r, "b", "");
}

static void what_could_not_be_sent_is_not_done(void **state) {
  recorder *r = *state;
  make_subscription(r, "app1", "{}");
  open_socket(r, "a");
  recorder_receive(r, "a",
                   "{\"type\":\"start\",\"autoack\":true,\"namespace\":\"ns1\",\"name\":\"app1\"}");
  r->send_result = EW_ERR_QUEUE_FULL;
  publish(r, 1, 3);
  r->send_result = EW_OK;
  publish(r, 4, 4);
  expect(r, "a", "");
  recorder_close(r, "a");
  open_socket(r, "b");
  recorder_receive(r, "b",
                   "{\"type\":\"start\",\"autoack\":true,\"namespace\":\"ns1\",\"name\":\"app1\"}");
  expect(r, "b", "1 2 3 4");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      T(an_event_is_written_as_the_server_writes_it),
      T(what_a_publisher_leaves_out_is_added),
      T(an_event_without_an_id_gets_the_same_one_every_time),
      T(the_name_of_an_ephemeral_subscription_is_its_id),
      T(each_namespace_has_its_own_events),
      T(the_window_follows_read_ahead),
      T(each_ack_lets_one_more_out),
      T(the_next_page_waits_for_the_whole_of_this_one),
      T(events_published_while_a_page_is_out_come_after_it),
      T(an_event_that_is_read_and_announced_comes_once),
      T(what_is_published_while_the_log_is_read_is_not_lost),
      T(an_answer_older_than_an_announcement_is_asked_for_again),
      T(unknown_streams_and_stale_answers_are_ignored),
      T(a_filter_drops_what_does_not_match),
      T(a_filter_for_what_an_event_does_not_have_drops_it),
      T(the_new_name_of_a_filter_wins),
      T(every_subject_of_a_filter_is_looked_at),
      T(dropped_events_count_as_done),
      T(pages_without_a_match_are_passed_over),
      T(newest_is_from_now_on),
      T(newest_is_known_after_a_restart),
      T(newest_waits_for_the_log_where_it_must),
      T(a_first_event_is_exclusive),
      T(a_first_event_in_the_future_is_waited_for),
      T(a_bad_first_event_never_delivers),
      T(a_page_that_is_not_full_waits_as_long_as_the_server_says),
      T(a_full_page_does_not_wait),
      T(a_page_from_the_log_waits_too),
      T(batch_timeout_overrides_the_wait),
      T(no_deadline_is_left_when_nothing_waits),
      T(waits_end_in_their_own_order),
      T(a_full_batch_leaves_at_once),
      T(a_partial_batch_leaves_after_its_timeout),
      T(batches_have_fifty_events_and_fifty_milliseconds_by_default),
      T(one_batch_is_out_at_a_time),
      T(with_autoack_batches_flow),
      T(a_batch_that_comes_again_has_a_new_id),
      T(a_batch_is_no_larger_than_a_message_may_be),
      T(with_autoack_everything_comes_at_once),
      T(with_autoack_what_was_sent_is_not_sent_again),
      T(what_could_not_be_sent_is_not_done),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
