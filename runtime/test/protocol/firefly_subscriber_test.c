/* The client: what it sends to begin, how it hands events over, and what it acknowledges. */
#include <stdio.h>
#include <stdlib.h>

#include "recorder.h"

#define REFERENCE "{\"id\":\"11111111-0000-4000-8000-000000000000\",\"namespace\":\"ns1\",\"name\":\"app1\"}"
#define EVENT(id, sequence)                                                                                            \
  "{\"id\":\"00000000-0000-4000-8000-00000000000" id "\",\"sequence\":" sequence                                       \
  ",\"type\":\"message_confirmed\",\"namespace\":\"ns1\","                                                             \
  "\"reference\":null,\"created\":null,\"subscription\":" REFERENCE "}"
#define ACK(id) "send {\"type\":\"ack\",\"id\":\"" id "\",\"subscription\":" REFERENCE "}\n"
#define EVENT_ID(id) "00000000-0000-4000-8000-00000000000" id
#define BATCH_ID "22222222-0000-4000-8000-000000000000"
#define BATCH                                                                                                          \
  "{\"type\":\"event_batch\",\"id\":\"" BATCH_ID "\",\"subscription\":" REFERENCE                                      \
  ",\"events\":[" EVENT("1", "1") ", " EVENT("2", "2") "]}\n"
#define SHOWN(at, id, sequence)                                                                                        \
  "event " at " id=" EVENT_ID(id) " type=message_confirmed source=app1 sequence=" sequence " " EVENT(id, sequence) "\n"

static int setup(void **state) {
  recorder *r = malloc(sizeof(*r));
  assert_non_null(r);
  recorder_init(r);
  *state = r;
  return 0;
}

static int teardown(void **state) {
  recorder_clear(*state);
  free(*state);
  return 0;
}

static void make(recorder *r, ew_subscriber_options opts) {
  opts.protocol = "firefly";
  assert_int_equal(ew_subscriber_new(&r->subscriber, &opts, &r->subscriber_host), EW_OK);
}

/* A subscriber of app1 that is connected. */
static void connect_durable(recorder *r, ew_subscriber_options opts) {
  ew_request request;
  opts.namespace_ = EW_STR("ns1");
  opts.name = EW_STR("app1");
  make(r, opts);
  recorder_connect(r, "", &request);
  ew_subscriber_open(r->subscriber, r->now);
  recorder_forget(r);
}

static void the_address_is_ws_unless_one_is_given(void **state) {
  recorder *r = *state;
  ew_request request;
  make(r, (ew_subscriber_options){.namespace_ = EW_STR("ns1")});
  recorder_connect(r, "", &request);
  assert_string_equal(r->target, "GET /ws");
  assert_true(request.upgrade);
  assert_int_equal(request.header_count, 0);
  recorder_connect(r, "/", &request);
  assert_string_equal(r->target, "GET /ws");
  recorder_connect(r, "/api/v1/namespaces/ns1/ws", &request);
  assert_string_equal(r->target, "GET /api/v1/namespaces/ns1/ws");
}

static void user_and_password_are_sent(void **state) {
  recorder *r = *state;
  ew_request request;
  make(r, (ew_subscriber_options){.user = EW_STR("user"), .password = EW_STR("secret")});
  recorder_connect(r, "", &request);
  ew_str value = recorder_header(&request, "authorization");
  assert_true(ew_str_equal(value, EW_STR("Basic dXNlcjpzZWNyZXQ=")));
}

static void a_durable_start_names_its_subscription(void **state) {
  recorder *r = *state;
  make(r, (ew_subscriber_options){.namespace_ = EW_STR("ns1"),
                                  .name = EW_STR("app1"),
                                  .from = EW_STR("oldest"),
                                  .batch = true});
  ew_subscriber_open(r->subscriber, r->now);
  recorder_expect(
      r,
      "send {\"type\":\"start\",\"autoack\":false,\"namespace\":\"ns1\",\"name\":\"app1\"}\nready\n");
}

static void an_ephemeral_start_asks_for_no_delay(void **state) {
  recorder *r = *state;
  make(r, (ew_subscriber_options){
              .namespace_ = EW_STR("ns1"), .from = EW_STR("oldest"), .read_ahead = 10});
  ew_subscriber_open(r->subscriber, r->now);
  recorder_expect(
      r,
      "send {\"type\":\"start\",\"autoack\":false,\"namespace\":\"ns1\",\"ephemeral\":true,\"filter\":{},\"options\":"
      "{\"batchTimeout\":\"0\",\"firstEvent\":\"oldest\",\"readAhead\":10}}\nready\n");
}

static void a_start_for_batches_leaves_the_wait_to_the_server(void **state) {
  recorder *r = *state;
  make(r, (ew_subscriber_options){.ack = EW_ACK_AUTO, .batch = true});
  ew_subscriber_open(r->subscriber, r->now);
  recorder_expect(
      r,
      "send "
      "{\"type\":\"start\",\"autoack\":true,\"ephemeral\":true,\"filter\":{},\"options\":{\"batch\":true}}\nready\n");
}

static void options_that_no_server_takes_are_refused(void **state) {
  recorder *r = *state;
  ew_subscriber_options opts = {.protocol = "firefly", .from = EW_STR("soon")};
  assert_int_equal(ew_subscriber_new(&r->subscriber, &opts, &r->subscriber_host), EW_ERR_ARGUMENT);
  opts = (ew_subscriber_options){.protocol = "firefly", .read_ahead = 65536};
  assert_int_equal(ew_subscriber_new(&r->subscriber, &opts, &r->subscriber_host), EW_ERR_ARGUMENT);
  opts = (ew_subscriber_options){.protocol = "firefly", .name = EW_STR("\xff")};
  assert_int_equal(ew_subscriber_new(&r->subscriber, &opts, &r->subscriber_host), EW_ERR_ARGUMENT);
  assert_null(r->subscriber);
}

static void an_event_is_handed_over_and_acknowledged(void **state) {
  recorder *r = *state;
  connect_durable(r, (ew_subscriber_options){.ack = EW_ACK_AFTER});
  recorder_deliver(r, EVENT("1", "7") "\n");
  recorder_expect(r, SHOWN("0/1", "1", "7") ACK(EVENT_ID("1")));
}

static void a_refused_event_is_not_acknowledged(void **state) {
  recorder *r = *state;
  connect_durable(r, (ew_subscriber_options){.ack = EW_ACK_AFTER});
  r->refuse_every = 1;
  recorder_deliver(r, EVENT("1", "7"));
  recorder_expect(r, SHOWN("0/1", "1", "7"));
}

static void nothing_is_acknowledged_where_the_server_does_it_or_nobody_should(void **state) {
  recorder *r = *state;
  static const ew_ack_mode modes[] = {EW_ACK_AUTO, EW_ACK_NONE};
  for (size_t i = 0; i < 2; i++) {
    connect_durable(r, (ew_subscriber_options){.ack = modes[i]});
    recorder_deliver(r, EVENT("1", "7"));
    recorder_deliver(r, BATCH);
    recorder_expect(r, SHOWN("0/1", "1", "7") SHOWN("0/2", "1", "1") SHOWN("1/2", "2", "2"));
    ew_subscriber_free(r->subscriber);
    r->subscriber = NULL;
  }
}

static void a_batch_is_handed_over_one_by_one_and_acknowledged_as_a_whole(void **state) {
  recorder *r = *state;
  connect_durable(r, (ew_subscriber_options){.ack = EW_ACK_AFTER});
  recorder_deliver(r, BATCH);
  recorder_expect(r, SHOWN("0/2", "1", "1") SHOWN("1/2", "2", "2") ACK(BATCH_ID));
}

static void a_batch_with_one_refusal_is_not_acknowledged(void **state) {
  recorder *r = *state;
  connect_durable(r, (ew_subscriber_options){.ack = EW_ACK_AFTER});
  r->refuse_every = 2;
  recorder_deliver(r, BATCH);
  recorder_expect(r, SHOWN("0/2", "1", "1") SHOWN("1/2", "2", "2"));
}

static void an_error_of_the_server_is_told(void **state) {
  recorder *r = *state;
  connect_durable(r, (ew_subscriber_options){.ack = EW_ACK_AFTER});
  recorder_deliver(
      r,
      "{\"type\":\"protocol_error\",\"error\":\"FF10176: Invalid data: FF10175: \\u003cno\\u003e\"}\n");
  recorder_expect(r, "peer_error FF10176: Invalid data: FF10175: <no>\n");
}

static void bad_messages_are_told_and_survived(void **state) {
  recorder *r = *state;
  connect_durable(r, (ew_subscriber_options){.ack = EW_ACK_AFTER});
  recorder_deliver(r, "");
  recorder_deliver(r, "!");
  recorder_deliver(r, "{}");
  recorder_deliver(r, "{\"type\":\"event_batch\"}");
  recorder_deliver(r, "{\"type\":\"protocol_error\",\"error\":1}");
  recorder_deliver(r, "{\"type\":\"protocol_error\",\"error\":\"\xff\"}");
  const char *expected = "bad_message EW_ERR_TRUNCATED\n";
  assert_memory_equal(r->text, expected, strlen(expected));
  size_t lines = 0;
  for (const char *at = strstr(r->text, "bad_message EW_ERR_"); at != NULL;
       at = strstr(at + 1, "bad_message EW_ERR_")) {
    lines++;
  }
  assert_int_equal(lines, 6);
  recorder_forget(r);
  recorder_deliver(r, EVENT("1", "7"));
  recorder_expect(r, SHOWN("0/1", "1", "7") ACK(EVENT_ID("1")));
}

static void a_binary_message_is_told(void **state) {
  recorder *r = *state;
  connect_durable(r, (ew_subscriber_options){.ack = EW_ACK_AFTER});
  ew_subscriber_receive(r->subscriber, EW_BINARY, EW_STR(EVENT("1", "7")), r->now);
  recorder_expect(r, "bad_message EW_ERR_PEER\n");
}

static void unknown_types_of_events_and_members_are_no_error(void **state) {
  recorder *r = *state;
  static const char event[] =
      "{\"id\":\"00000000-0000-4000-8000-000000000001\",\"sequence\":1,\"type\":\"new_thing\",\"namespace\":\"ns1\","
      "\"reference\":null,\"created\":null,\"more\":[1],\"subscription\":" REFERENCE "}";
  connect_durable(r, (ew_subscriber_options){.ack = EW_ACK_NONE});
  recorder_deliver(r, event);
  assert_non_null(strstr(r->text, "type=new_thing source=app1 sequence=1 {\"id\""));
  assert_non_null(strstr(r->text, "\"more\":[1]"));
}

static void the_profile_decides_what_is_tolerated(void **state) {
  recorder *r = *state;
  static const char message[] = "{\"TYPE\":\"protocol_error\",\"ERROR\":\"x\"}";
  connect_durable(r, (ew_subscriber_options){.profile = EW_COMPAT});
  recorder_deliver(r, message);
  recorder_expect(r, "peer_error x\n");
  ew_subscriber_free(r->subscriber);
  connect_durable(r, (ew_subscriber_options){.profile = EW_STRICT});
  recorder_deliver(r, message);
  assert_memory_equal(r->text, "bad_message ", 12);
}

static void it_begins_again_after_every_reconnect(void **state) {
  recorder *r = *state;
  ew_request request;
  connect_durable(r, (ew_subscriber_options){.ack = EW_ACK_AFTER});
  ew_subscriber_close(r->subscriber, r->now);
  recorder_connect(r, "", &request);
  ew_subscriber_open(r->subscriber, r->now);
  recorder_expect(
      r,
      "send {\"type\":\"start\",\"autoack\":false,\"namespace\":\"ns1\",\"name\":\"app1\"}\nready\n");
}

static void a_refused_handshake_is_final(void **state) {
  recorder *r = *state;
  ew_request request;
  ew_diag diag;
  connect_durable(r, (ew_subscriber_options){.ack = EW_ACK_AFTER});
  assert_int_equal(ew_subscriber_answer(r->subscriber, 403, EW_STR("{}"), &request, &diag),
                   EW_ERR_REFUSED);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      T(the_address_is_ws_unless_one_is_given),
      T(user_and_password_are_sent),
      T(a_durable_start_names_its_subscription),
      T(an_ephemeral_start_asks_for_no_delay),
      T(a_start_for_batches_leaves_the_wait_to_the_server),
      T(options_that_no_server_takes_are_refused),
      T(an_event_is_handed_over_and_acknowledged),
      T(a_refused_event_is_not_acknowledged),
      T(nothing_is_acknowledged_where_the_server_does_it_or_nobody_should),
      T(a_batch_is_handed_over_one_by_one_and_acknowledged_as_a_whole),
      T(a_batch_with_one_refusal_is_not_acknowledged),
      T(an_error_of_the_server_is_told),
      T(bad_messages_are_told_and_survived),
      T(a_binary_message_is_told),
      T(unknown_types_of_events_and_members_are_no_error),
      T(the_profile_decides_what_is_tolerated),
      T(it_begins_again_after_every_reconnect),
      T(a_refused_handshake_is_final),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
