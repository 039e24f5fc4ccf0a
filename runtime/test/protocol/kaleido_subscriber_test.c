/* The client side: what it asks for, what it delivers and how it answers. */
#include "kaleido_support.h"

#include <stdio.h>
#include <stdlib.h>

static void start_subscriber(recorder *r, ew_subscriber_options options) {
  recorder_init(r);
  options.protocol = "kaleido";
  assert_int_equal(ew_subscriber_new(&r->subscriber, &options, &r->subscriber_host), EW_OK);
}

static void start_open(recorder *r, ew_subscriber_options options) {
  ew_request request;
  start_subscriber(r, options);
  recorder_connect(r, "", &request);
  ew_subscriber_open(r->subscriber, r->now);
  recorder_forget(r);
}

#define DELIVERED(index, count, number)                                                              \
  "event " #index "/" #count " id=0xcb7ce842ef1a2042558256e5c78307d608fa583e1a8235c10b6808bf8b5b672e" \
  " type=DataStored(uint256) source=sb-d0391aeb-9bee-427b-64c4-a3be23557fae sequence=0 " EVENT(number) "\n"
#define DELIVERED_NUMBERED(index, count, batch, number)                                                \
  "event " #index "/" #count " id=0x0000000000000000000000000000000000000000000000000000000000000065"  \
  " type=DataStored(uint256) source=2b8e0d2c-1f0a-4a53-b1c7-5f7d5a3c9e01 sequence=" #batch " " NUMBERED(number) "\n"

/* --------------------------------------------------------------------------------------------- connecting */

static void the_request_is_an_upgrade_of_ws_unless_the_url_says_otherwise(void **state) {
  (void)state;
  static const struct {
    const char *path;
    const char *target;
  } cases[] = {
      {"", "GET /ws"},          {"/", "GET /ws"},         {"/ws", "GET /ws"}, {"/gateway/ws", "GET /gateway/ws"},
      {"/?a=b", "GET /ws?a=b"}, {"/x?a=/", "GET /x?a=/"},
  };
  recorder r;
  start_subscriber(&r, (ew_subscriber_options){.topic = EW_STR("t")});
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    ew_request request;
    recorder_connect(&r, cases[i].path, &request);
    assert_string_equal(r.target, cases[i].target);
    assert_true(request.upgrade);
    assert_int_equal(request.header_count, 0);
  }
  recorder_clear(&r);
}

static void user_and_password_become_a_basic_header(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  start_subscriber(
      &r, (ew_subscriber_options){.user = EW_STR("Aladdin"), .password = EW_STR("open sesame")});
  recorder_connect(&r, "", &request);
  assert_true(ew_str_equal(recorder_header(&request, "authorization"),
                           EW_STR("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")));
  recorder_clear(&r);
}

static void credentials_that_no_header_can_carry_are_refused(void **state) {
  (void)state;
  recorder r;
  recorder_init(&r);
  static char password[10000];
  memset(password, 'x', sizeof(password));
  ew_subscriber_options colon = {
      .protocol = "kaleido", .user = EW_STR("a:b"), .password = EW_STR("c")};
  ew_subscriber_options large = {.protocol = "kaleido",
                                 .password = ew_str_from(password, sizeof(password))};
  ew_subscriber *subscriber = NULL;
  assert_int_equal(ew_subscriber_new(&subscriber, &colon, &r.subscriber_host), EW_ERR_ARGUMENT);
  assert_int_equal(ew_subscriber_new(&subscriber, &large, &r.subscriber_host), EW_ERR_ARGUMENT);
  assert_null(subscriber);
  recorder_clear(&r);
}

static void an_answer_that_is_no_upgrade_is_final(void **state) {
  (void)state;
  recorder r;
  ew_request next;
  ew_diag diag;
  start_subscriber(&r, (ew_subscriber_options){.topic = EW_STR("t")});
  assert_int_equal(ew_subscriber_answer(r.subscriber, 401, EW_STR("no"), &next, &diag),
                   EW_ERR_REFUSED);
  assert_string_equal(diag.found, "status 401");
  assert_int_equal(ew_subscriber_answer(r.subscriber, 500, EW_STR(""), &next, NULL),
                   EW_ERR_REFUSED);
  recorder_clear(&r);
}

static void opening_listens_and_is_ready(void **state) {
  (void)state;
  recorder r;
  start_subscriber(&r, (ew_subscriber_options){.topic = EW_STR("a \"b\"\n")});
  ew_subscriber_open(r.subscriber, r.now);
  recorder_expect(&r, "send {\"type\":\"listen\",\"topic\":\"a \\\"b\\\"\\n\"}\nready\n");
  ew_subscriber_close(r.subscriber, r.now);
  ew_subscriber_open(r.subscriber, r.now);
  recorder_expect(&r, "send {\"type\":\"listen\",\"topic\":\"a \\\"b\\\"\\n\"}\nready\n");
  recorder_clear(&r);
}

static void the_default_topic_is_left_out_and_replies_are_asked_for(void **state) {
  (void)state;
  recorder r;
  start_subscriber(&r, (ew_subscriber_options){.replies = true});
  ew_subscriber_open(r.subscriber, r.now);
  recorder_expect(&r, "send {\"type\":\"listen\"}\nsend {\"type\":\"listenReplies\"}\nready\n");
  recorder_clear(&r);
}

static void what_cannot_be_sent_is_not_ready(void **state) {
  (void)state;
  recorder r;
  start_subscriber(&r, (ew_subscriber_options){.replies = true});
  r.send_result = EW_ERR_CLOSED;
  ew_subscriber_open(r.subscriber, r.now);
  recorder_expect(&r, "refused {\"type\":\"listen\"}\n");
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------- batches */

static void a_batch_is_delivered_event_by_event_and_acknowledged_once(void **state) {
  (void)state;
  recorder r;
  start_open(&r, (ew_subscriber_options){.topic = EW_STR("t")});
  recorder_deliver(&r, "[" EVENT(1) ", " EVENT(2) " ]\n");
  recorder_expect(
      &r, DELIVERED(0, 2, 1) DELIVERED(1, 2, 2) "send {\"type\":\"ack\",\"topic\":\"t\"}\n");
  recorder_clear(&r);
}

static void a_numbered_batch_is_acknowledged_with_its_number(void **state) {
  (void)state;
  recorder r;
  start_open(&r, (ew_subscriber_options){.topic = EW_STR("t")});
  recorder_deliver(&r, "{\"batchNumber\":7,\"events\":[" NUMBERED(1) "," NUMBERED(2) "]}\n");
  recorder_expect(&r, DELIVERED_NUMBERED(0, 2, 7, 1) DELIVERED_NUMBERED(1, 2, 7, 2)
                          "send {\"type\":\"ack\",\"topic\":\"t\",\"batchNumber\":7}\n");
  recorder_deliver(&r,
                   "{\"events\":[" NUMBERED(3) "],\"other\":{\"events\":[1]},\"batchNumber\":8}");
  recorder_expect(
      &r,
      DELIVERED_NUMBERED(0, 1, 8, 3) "send {\"type\":\"ack\",\"topic\":\"t\",\"batchNumber\":8}\n");
  recorder_deliver(&r, "{\"batchNumber\":9,\"ev\\u0065nts\":[" NUMBERED(4) "]}");
  recorder_expect(
      &r,
      DELIVERED_NUMBERED(0, 1, 9, 4) "send {\"type\":\"ack\",\"topic\":\"t\",\"batchNumber\":9}\n");
  recorder_clear(&r);
}

static void the_default_topic_is_acknowledged_without_a_topic(void **state) {
  (void)state;
  recorder r;
  start_open(&r, (ew_subscriber_options){.ack = EW_ACK_AUTO});
  recorder_deliver(&r, "[" EVENT(1) "]");
  recorder_expect(&r, DELIVERED(0, 1, 1) "send {\"type\":\"ack\"}\n");
  recorder_clear(&r);
}

static void the_number_0_of_a_tolerant_profile_is_not_repeated(void **state) {
  (void)state;
  recorder r;
  start_open(&r, (ew_subscriber_options){.profile = EW_LENIENT});
  recorder_deliver(&r, "{\"batchNumber\":0,\"events\":[" NUMBERED(1) "]}");
  recorder_expect(&r, DELIVERED_NUMBERED(0, 1, 0, 1) "send {\"type\":\"ack\"}\n");
  recorder_clear(&r);
}

static void a_refused_event_stops_the_batch_and_is_reported(void **state) {
  (void)state;
  recorder r;
  start_open(&r, (ew_subscriber_options){.topic = EW_STR("t")});
  r.refuse_every = 3;
  r.refuse_at = 1;
  recorder_deliver(&r, "[" EVENT(1) "," EVENT(2) "," EVENT(3) "]");
  recorder_expect(&r, DELIVERED(0, 3, 1) DELIVERED(1, 3, 2)
                          "send {\"type\":\"error\",\"topic\":\"t\",\"message\":\"event 2 of the batch was refused\"}\n");
  recorder_deliver(&r, "{\"batchNumber\":7,\"events\":[" NUMBERED(1) "," NUMBERED(2) "]}");
  recorder_expect(&r, DELIVERED_NUMBERED(0, 2, 7, 1) DELIVERED_NUMBERED(1, 2, 7, 2)
                          "send {\"type\":\"error\",\"topic\":\"t\",\"message\":\"event 2 of the batch was refused\","
                          "\"batchNumber\":7}\n");
  recorder_clear(&r);
}

static void without_acks_nothing_is_answered(void **state) {
  (void)state;
  recorder r;
  start_open(&r, (ew_subscriber_options){.ack = EW_ACK_NONE});
  recorder_deliver(&r, "[" EVENT(1) "]");
  r.refuse_every = 1;
  recorder_deliver(&r, "[" EVENT(2) "]");
  recorder_expect(&r, DELIVERED(0, 1, 1) DELIVERED(0, 1, 2));
  recorder_clear(&r);
}

static void an_event_of_a_block_is_known_by_its_hash_and_kind(void **state) {
  (void)state;
  static const char event[] =
      "{\"blockHash\":\"0x0000000000000000000000000000000000000000000000000000000000000066\",\"blockNumber\":\"102\","
      "\"listenerId\":\"5c9f6a70-4c1e-4d0a-8e6d-9a1b2c3d4e03\",\"listenerType\":\"blocks\","
      "\"streamId\":\"8f2d3c8e-7f1b-4b0e-9d57-3f0a5b7d1c02\",\"subId\":\"5c9f6a70-4c1e-4d0a-8e6d-9a1b2c3d4e03\"}";
  char message[1024], line[1024];
  snprintf(message, sizeof(message), "{\"batchNumber\":1,\"events\":[%s]}", event);
  snprintf(line, sizeof(line),
           "event 0/1 id=0x0000000000000000000000000000000000000000000000000000000000000066 type=blocks "
           "source=5c9f6a70-4c1e-4d0a-8e6d-9a1b2c3d4e03 sequence=1 %s\n",
           event);
  recorder r;
  start_open(&r, (ew_subscriber_options){.ack = EW_ACK_NONE});
  recorder_deliver(&r, message);
  recorder_expect(&r, line);
  recorder_clear(&r);
}

static void a_batch_of_a_thousand_events_is_delivered_whole(void **state) {
  (void)state;
  static const char event[] = EVENT(1);
  size_t size = sizeof(event);
  char *message = malloc(1000 * size + 8);
  assert_non_null(message);
  char *at = message;
  for (unsigned i = 0; i < 1000; i++) {
    *at++ = i == 0 ? '[' : ',';
    memcpy(at, event, size - 1);
    at += size - 1;
  }
  memcpy(at, "]\n", 3);
  recorder r;
  start_open(&r, (ew_subscriber_options){.ack = EW_ACK_AFTER});
  recorder_deliver(&r, message);
  assert_non_null(strstr(r.text, "event 999/1000 id=0xcb7c"));
  assert_non_null(strstr(r.text, "send {\"type\":\"ack\"}\n"));
  recorder_clear(&r);
  free(message);
}

/* -------------------------------------------------------------------------------------------------- replies */

static void a_reply_is_delivered_and_not_answered(void **state) {
  (void)state;
  recorder r;
  start_open(&r, (ew_subscriber_options){.replies = true});
  recorder_deliver(&r, REPLY "\n");
  recorder_expect(&r, "event 0/1 id=r-1 type=TransactionSuccess source= sequence=0 " REPLY "\n");
  r.refuse_every = 1;
  recorder_deliver(&r, "{\"_id\":\"q\",\"headers\":{\"type\":\"Other\"}}");
  recorder_expect(
      &r,
      "event 0/1 id=q type=Other source= sequence=0 {\"_id\":\"q\",\"headers\":{\"type\":\"Other\"}}\n");
  recorder_clear(&r);
}

/* -------------------------------------------------------------------------------------------- bad messages */

static void what_is_no_message_of_the_server_is_reported_and_ignored(void **state) {
  (void)state;
  static const struct {
    const char *message;
    const char *line;
  } cases[] = {
      {"", "bad_message EW_ERR_TRUNCATED\n"},
      {"hello", "bad_message EW_ERR_SYNTAX\n"},
      {"null", "bad_message EW_ERR_UNION\n"},
      {"[]", "bad_message EW_ERR_COUNT\n"},
      {"[1]", "bad_message EW_ERR_TYPE /0\n"},
      {"{}", "bad_message EW_ERR_MISSING\n"},
      {"{\"batchNumber\":1}", "bad_message EW_ERR_MISSING\n"},
      {"{\"batchNumber\":\"1\",\"events\":[]}", "bad_message EW_ERR_TYPE /batchNumber\n"},
      {"[" EVENT(1) "," EVENT(x) "]", "bad_message EW_ERR_PATTERN /1/blockNumber\n"},
      {"[" EVENT(1) "]]", "bad_message EW_ERR_TRAILING\n"},
      {"[" EVENT(1) "," EVENT(1), "bad_message EW_ERR_TRUNCATED\n"},
      {"{\"headers\":{}}", "bad_message EW_ERR_MISSING /headers\n"},
  };
  recorder r;
  start_open(&r, (ew_subscriber_options){.topic = EW_STR("t")});
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    recorder_deliver(&r, cases[i].message);
    recorder_expect(&r, cases[i].line);
  }
  recorder_deliver(&r, "[" EVENT(1) "]");
  recorder_expect(&r, DELIVERED(0, 1, 1) "send {\"type\":\"ack\",\"topic\":\"t\"}\n");
  recorder_clear(&r);
}

static void binary_messages_are_refused_by_the_strict_profile_alone(void **state) {
  (void)state;
  static const char message[] = "[" EVENT(1) "]";
  recorder r;
  start_open(&r, (ew_subscriber_options){.ack = EW_ACK_NONE});
  ew_subscriber_receive(r.subscriber, EW_BINARY, ew_str_from(message, sizeof(message) - 1), r.now);
  recorder_expect(&r, "bad_message EW_ERR_TYPE\n");
  recorder_clear(&r);
  start_open(&r, (ew_subscriber_options){.ack = EW_ACK_NONE, .profile = EW_LENIENT});
  ew_subscriber_receive(r.subscriber, EW_BINARY, ew_str_from(message, sizeof(message) - 1), r.now);
  recorder_expect(&r, DELIVERED(0, 1, 1));
  recorder_clear(&r);
}

static void compat_delivers_from_messages_that_only_the_real_parser_reads(void **state) {
  (void)state;
  recorder r;
  start_open(&r, (ew_subscriber_options){.ack = EW_ACK_NONE, .profile = EW_COMPAT});
  recorder_deliver(&r, "{\"BatchNumber\":3,\"EVENTS\":[" NUMBERED(1) "]} and more");
  recorder_expect(&r, DELIVERED_NUMBERED(0, 1, 3, 1));
  recorder_deliver(&r, "{\"batchNumber\":4,\"events\":[" NUMBERED(1) "],\"events\":[" NUMBERED(
                           2) "," NUMBERED(3) "]}");
  recorder_expect(&r, DELIVERED_NUMBERED(0, 2, 4, 2) DELIVERED_NUMBERED(1, 2, 4, 3));
  recorder_deliver(&r, "[" EVENT(1) "][" EVENT(2) "]");
  recorder_expect(&r, DELIVERED(0, 1, 1));
  recorder_clear(&r);
}

static void callbacks_that_are_not_wanted_may_be_left_out(void **state) {
  (void)state;
  recorder r;
  recorder_init(&r);
  ew_subscriber_host host = r.subscriber_host;
  host.bad_message = NULL;
  host.ready = NULL;
  host.peer_error = NULL;
  ew_subscriber_options options = {.protocol = "kaleido"};
  assert_int_equal(ew_subscriber_new(&r.subscriber, &options, &host), EW_OK);
  ew_subscriber_open(r.subscriber, r.now);
  recorder_deliver(&r, "hello");
  recorder_expect(&r, "send {\"type\":\"listen\"}\n");
  recorder_clear(&r);
}

static void a_subscriber_needs_a_known_protocol_and_a_host_that_hears_it(void **state) {
  (void)state;
  recorder r;
  recorder_init(&r);
  ew_subscriber *subscriber = NULL;
  ew_subscriber_host deaf = r.subscriber_host;
  deaf.event = NULL;
  ew_subscriber_options options = {.protocol = NULL};
  assert_int_equal(ew_subscriber_new(&subscriber, &options, &r.subscriber_host), EW_ERR_ARGUMENT);
  options.protocol = "kafka";
  assert_int_equal(ew_subscriber_new(&subscriber, &options, &r.subscriber_host), EW_ERR_ARGUMENT);
  options.protocol = "kaleido";
  assert_int_equal(ew_subscriber_new(&subscriber, &options, &deaf), EW_ERR_ARGUMENT);
  assert_int_equal(ew_subscriber_new(&subscriber, &options, &r.subscriber_host), EW_OK);
  assert_string_equal(ew_subscriber_document(subscriber)->name, "kaleido");
  ew_subscriber_free(subscriber);
  ew_subscriber_free(NULL);
  recorder_clear(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_request_is_an_upgrade_of_ws_unless_the_url_says_otherwise),
      cmocka_unit_test(user_and_password_become_a_basic_header),
      cmocka_unit_test(credentials_that_no_header_can_carry_are_refused),
      cmocka_unit_test(an_answer_that_is_no_upgrade_is_final),
      cmocka_unit_test(opening_listens_and_is_ready),
      cmocka_unit_test(the_default_topic_is_left_out_and_replies_are_asked_for),
      cmocka_unit_test(what_cannot_be_sent_is_not_ready),
      cmocka_unit_test(a_batch_is_delivered_event_by_event_and_acknowledged_once),
      cmocka_unit_test(a_numbered_batch_is_acknowledged_with_its_number),
      cmocka_unit_test(the_default_topic_is_acknowledged_without_a_topic),
      cmocka_unit_test(the_number_0_of_a_tolerant_profile_is_not_repeated),
      cmocka_unit_test(a_refused_event_stops_the_batch_and_is_reported),
      cmocka_unit_test(without_acks_nothing_is_answered),
      cmocka_unit_test(an_event_of_a_block_is_known_by_its_hash_and_kind),
      cmocka_unit_test(a_batch_of_a_thousand_events_is_delivered_whole),
      cmocka_unit_test(a_reply_is_delivered_and_not_answered),
      cmocka_unit_test(what_is_no_message_of_the_server_is_reported_and_ignored),
      cmocka_unit_test(binary_messages_are_refused_by_the_strict_profile_alone),
      cmocka_unit_test(compat_delivers_from_messages_that_only_the_real_parser_reads),
      cmocka_unit_test(callbacks_that_are_not_wanted_may_be_left_out),
      cmocka_unit_test(a_subscriber_needs_a_known_protocol_and_a_host_that_hears_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
