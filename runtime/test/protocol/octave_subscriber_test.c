/*
 * The client side of Octave, fed with answers and messages of a server.
 */
#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>

#include "eventwire/octave.h"

#define STREAM "s53b1d1600cf27b75148de0ac"
#define PATH "/my/stream/path"
#define ID "n2fBC9YeE6g.qsQNPOZfoSRP3brEY_9QWapawcjXl04Y"
#define SESSION "{\"head\":{\"ok\":true,\"status\":201,\"errors\":[]},\"body\":{\"id\":\"" ID "\"}}"
#define SUBSCRIBE_ID                                                                                                   \
  "send {\"msgId\":\"subscribe-0\",\"object\":\"event\",\"type\":\"subscribe\",\"streamId\":\"" STREAM "\"}\n"
#define SUBSCRIBE_PATH                                                                                                 \
  "send {\"msgId\":\"subscribe-1\",\"object\":\"event\",\"type\":\"subscribe\",\"path\":\"" PATH "\"}\n"
#define ACK(msg_id) "{\"head\":{\"msgId\":\"" msg_id "\",\"ok\":true,\"errors\":[],\"messages\":[\"Done.\"]},\"body\":{}}"
#define NACK(msg_id, errors) "{\"head\":{\"msgId\":" msg_id ",\"ok\":false,\"errors\":" errors ",\"messages\":[]},\"body\":{}}"
#define EVENT                                                                                                          \
  "{\"creationDate\":1587387677625,\"elems\":{\"a\":[1, null]},\"id\":\"e5e9d9d1d0000000000000001\",\"path\":\"" PATH   \
  "\",\"streamId\":\"" STREAM "\"}"
#define DELIVERED "event 0/1 id=e5e9d9d1d0000000000000001 type=" PATH " source=" STREAM " sequence=0 " EVENT "\n"

static const ew_str both[] = {EW_STR_INIT(STREAM), EW_STR_INIT(PATH)};

static ew_subscriber_options options(void) {
  return (ew_subscriber_options){.protocol = "octave",
                                 .user = EW_STR("me"),
                                 .company = EW_STR("acme"),
                                 .token = EW_STR("master-token"),
                                 .streams = both,
                                 .stream_count = 2};
}

static void start_with(recorder *r, const ew_subscriber_options *opts) {
  recorder_init(r);
  assert_int_equal(ew_subscriber_new(&r->subscriber, opts, &r->subscriber_host), EW_OK);
}

static void start(recorder *r) {
  ew_subscriber_options opts = options();
  start_with(r, &opts);
}

static ew_err answer(recorder *r, int status, const char *body, ew_request *next, ew_diag *diag) {
  return ew_subscriber_answer(r->subscriber, status, ew_str_of(body), next, diag);
}

/* Up to the open socket. */
static void open_socket(recorder *r) {
  ew_request request;
  recorder_connect(r, "/", &request);
  assert_int_equal(answer(r, 201, SESSION, &request, NULL), EW_OK);
  ew_subscriber_open(r->subscriber, r->now);
}

static void expect_text(ew_str text, const char *expected) {
  assert_int_equal(text.len, strlen(expected));
  assert_memory_equal(text.ptr, expected, text.len);
}

/* ------------------------------------------------------------------------------------------------- the session */

static void it_asks_for_a_session_with_three_headers(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  start(&r);
  recorder_connect(&r, "", &request);
  assert_false(request.upgrade);
  assert_string_equal(r.target, "POST /session");
  assert_int_equal(request.header_count, 3);
  expect_text(recorder_header(&request, "x-auth-user"), "me");
  expect_text(recorder_header(&request, "x-auth-company"), "acme");
  expect_text(recorder_header(&request, "x-auth-token"), "master-token");
  recorder_clear(&r);
}

static void without_a_user_the_user_header_is_left_out(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  ew_subscriber_options opts = options();
  opts.user = EW_STR("");
  start_with(&r, &opts);
  recorder_connect(&r, "/", &request);
  assert_int_equal(request.header_count, 2);
  assert_null(recorder_header(&request, "x-auth-user").ptr);
  recorder_clear(&r);
}

static void the_session_id_becomes_the_address_of_the_socket(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  start(&r);
  recorder_connect(&r, "/", &request);
  assert_int_equal(answer(&r, 201, SESSION, &request, NULL), EW_OK);
  assert_true(request.upgrade);
  assert_string_equal(request.method, "GET");
  assert_int_equal(request.header_count, 0);
  expect_text(request.target, "/session/" ID "/ws");
  recorder_clear(&r);
}

static void a_path_of_the_user_replaces_our_own(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  start(&r);
  recorder_connect(&r, "/proxy/session/?x=1", &request);
  assert_string_equal(r.target, "POST /proxy/session");
  assert_int_equal(answer(&r, 201, SESSION, &request, NULL), EW_OK);
  expect_text(request.target, "/proxy/session/" ID "/ws");
  recorder_clear(&r);
}

static void a_path_of_a_socket_needs_no_new_session(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  ew_subscriber_options opts = {.protocol = "octave"};
  start_with(&r, &opts);
  recorder_connect(&r, "/session/abc/ws", &request);
  assert_true(request.upgrade);
  assert_string_equal(r.target, "GET /session/abc/ws");
  recorder_clear(&r);
}

static void a_session_without_token_or_company_cannot_be_asked_for(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  ew_subscriber_options opts = options();
  opts.token = EW_STR("");
  start_with(&r, &opts);
  assert_int_equal(ew_subscriber_connect(r.subscriber, EW_STR("/"), &request), EW_ERR_ARGUMENT);
  recorder_clear(&r);
  opts = options();
  opts.company = EW_STR("");
  start_with(&r, &opts);
  assert_int_equal(ew_subscriber_connect(r.subscriber, EW_STR("/"), &request), EW_ERR_ARGUMENT);
  recorder_clear(&r);
}

static void a_refused_session_is_given_up_with_its_reason(void **state) {
  static const struct {
    int status;
    const char *body;
    const char *found;
  } rows[] = {
      {403,
       "{\"head\":{\"ok\":false,\"status\":403,\"errors\":[\"Forbidden\"],\"messages\":[]},\"body\":{}}",
       "status 403: Forbidden"},
      {403, "{\"head\":{\"ok\":false,\"status\":403,\"errors\":[{\"c\":1}]}}",
       "status 403: {\"c\":1}"},
      {403, "{\"head\":{\"ok\":false,\"status\":403,\"errors\":[]}}", "status 403"},
      {502, "<html>", "status 502"},
      {404, "", "status 404"},
      {101, "", "status 101"},
      {200, "{\"head\":{\"ok\":false,\"status\":403,\"errors\":[\"Forbidden\"]}}",
       "status 200: Forbidden"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    recorder r;
    ew_request request;
    ew_diag diag = {0};
    start(&r);
    recorder_connect(&r, "/", &request);
    assert_int_equal(answer(&r, rows[i].status, rows[i].body, &request, &diag), EW_ERR_REFUSED);
    assert_string_equal(diag.found, rows[i].found);
    assert_string_equal(diag.expected, "status 201");
    assert_int_equal(diag.err, EW_ERR_REFUSED);
    assert_int_equal(answer(&r, rows[i].status, rows[i].body, &request, NULL), EW_ERR_REFUSED);
    recorder_clear(&r);
  }
}

static void a_good_status_with_another_body_breaks_the_protocol(void **state) {
  static const char *const bodies[] = {
      "", "{}", "OK", "{\"head\":{\"ok\":true,\"status\":201,\"errors\":[]},\"body\":{}}",
      "{\"head\":{\"ok\":true,\"status\":201,\"errors\":[\"x\"]},\"body\":{\"id\":\"" ID "\"}}",
      "{\"head\":{\"ok\":true,\"status\":201,\"errors\":[]},\"body\":{\"id\":\"../admin\"}}"};
  (void)state;
  for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
    recorder r;
    ew_request request;
    ew_diag diag = {0};
    ew_subscriber_options opts = options();
    opts.profile = EW_LENIENT;
    start_with(&r, &opts);
    recorder_connect(&r, "/", &request);
    assert_int_equal(answer(&r, 201, bodies[i], &request, &diag), EW_ERR_PEER);
    assert_int_not_equal(diag.err, EW_OK);
    recorder_clear(&r);
  }
}

static void a_session_id_of_another_form_is_only_read_leniently(void **state) {
  static const char body[] =
      "{\"head\":{\"ok\":true,\"status\":200,\"errors\":[]},\"body\":{\"id\":\"a~b\"}}";
  (void)state;
  recorder r;
  ew_request request;
  start(&r);
  recorder_connect(&r, "/", &request);
  assert_int_equal(answer(&r, 200, body, &request, NULL), EW_ERR_PEER);
  recorder_clear(&r);
  ew_subscriber_options opts = options();
  opts.profile = EW_LENIENT;
  start_with(&r, &opts);
  recorder_connect(&r, "/", &request);
  assert_int_equal(answer(&r, 200, body, &request, NULL), EW_OK);
  expect_text(request.target, "/session/a~b/ws");
  recorder_clear(&r);
}

static void a_refused_upgrade_is_given_up_with_its_reason(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  ew_diag diag = {0};
  start(&r);
  recorder_connect(&r, "/", &request);
  assert_int_equal(answer(&r, 201, SESSION, &request, NULL), EW_OK);
  assert_int_equal(
      answer(&r, 404, "{\"head\":{\"ok\":false,\"status\":404,\"errors\":[\"Session not found\"]}}",
             &request, &diag),
      EW_ERR_REFUSED);
  assert_string_equal(diag.expected, "status 101");
  assert_string_equal(diag.found, "status 404: Session not found");
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------ subscriptions */

static void it_subscribes_by_id_and_by_path_and_is_ready_when_both_are_confirmed(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r);
  recorder_expect(&r, SUBSCRIBE_ID SUBSCRIBE_PATH);
  recorder_deliver(&r, ACK("subscribe-1"));
  recorder_expect(&r, "");
  recorder_deliver(&r, ACK("subscribe-0"));
  recorder_expect(&r, "ready\n");
  recorder_clear(&r);
}

static void without_streams_it_is_ready_at_once(void **state) {
  (void)state;
  recorder r;
  ew_subscriber_options opts = options();
  opts.stream_count = 0;
  start_with(&r, &opts);
  open_socket(&r);
  recorder_expect(&r, "ready\n");
  recorder_clear(&r);
}

static void a_refused_subscription_is_reported_and_it_is_never_ready(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r);
  recorder_forget(&r);
  recorder_deliver(&r, NACK("\"subscribe-1\"", "[\"Stream not found\",\"Ask again\"]"));
  recorder_deliver(&r, ACK("subscribe-0"));
  recorder_expect(&r, "peer_error " PATH ": Stream not found; Ask again\n");
  recorder_clear(&r);
}

static void a_refusal_without_reason_or_request_is_reported_too(void **state) {
  (void)state;
  recorder r;
  ew_subscriber_options opts = options();
  opts.profile = EW_LENIENT;
  start_with(&r, &opts);
  open_socket(&r);
  recorder_forget(&r);
  recorder_deliver(&r, NACK("\"subscribe-0\"", "[]"));
  recorder_expect(&r, "peer_error " STREAM ": refused without a reason\n");
  recorder_deliver(&r, NACK("null", "[{\"code\":\"BAD_REQUEST\"}]"));
  recorder_expect(&r, "peer_error {\"code\":\"BAD_REQUEST\"}\n");
  recorder_clear(&r);
}

static void an_answer_to_no_request_is_ignored(void **state) {
  static const char *const ids[] = {ACK("subscribe-2"),
                                    ACK("subscribe-"),
                                    ACK("x"),
                                    ACK(""),
                                    ACK("subscribe-18446744073709551616"),
                                    ACK("subscribe-0")};
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r);
  recorder_deliver(&r, ACK("subscribe-0"));
  recorder_forget(&r);
  for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
    recorder_deliver(&r, ids[i]);
    recorder_expect(&r, "bad_message EW_ERR_PEER /head/msgId\n");
  }
  recorder_deliver(&r, ACK("subscribe-1"));
  recorder_expect(&r, "ready\n");
  recorder_clear(&r);
}

static void many_streams_are_subscribed_some_at_a_time(void **state) {
  (void)state;
  enum { COUNT = 200 };
  char names[COUNT][16];
  ew_str streams[COUNT];
  for (int i = 0; i < COUNT; i++) {
    snprintf(names[i], sizeof(names[i]), "/c/%d", i);
    streams[i] = ew_str_of(names[i]);
  }
  recorder r;
  ew_subscriber_options opts = options();
  opts.streams = streams;
  opts.stream_count = COUNT;
  start_with(&r, &opts);
  open_socket(&r);
  assert_null(strstr(r.text, "\"path\":\"/c/64\""));
  assert_non_null(strstr(r.text, "\"path\":\"/c/63\""));
  for (int i = 0; i < COUNT; i++) {
    char ack[160];
    snprintf(
        ack, sizeof(ack),
        "{\"head\":{\"msgId\":\"subscribe-%d\",\"ok\":true,\"errors\":[],\"messages\":[]},\"body\":{}}",
        i);
    recorder_forget(&r);
    recorder_deliver(&r, ack);
  }
  recorder_expect(&r, "ready\n");
  recorder_clear(&r);
}

static void a_lost_connection_starts_from_nothing(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  start(&r);
  open_socket(&r);
  recorder_deliver(&r, ACK("subscribe-0"));
  ew_subscriber_close(r.subscriber, r.now);
  recorder_forget(&r);
  recorder_connect(&r, "/", &request);
  assert_string_equal(r.target, "POST /session");
  assert_int_equal(answer(&r, 201, SESSION, &request, NULL), EW_OK);
  ew_subscriber_open(r.subscriber, r.now);
  recorder_expect(&r, SUBSCRIBE_ID SUBSCRIBE_PATH);
  recorder_deliver(&r, ACK("subscribe-0"));
  recorder_deliver(&r, ACK("subscribe-1"));
  recorder_expect(&r, "ready\n");
  recorder_clear(&r);
}

static void a_selector_that_is_none_is_refused_beforehand(void **state) {
  static const char *const selectors[] = {"",      "stream", "s53B1D1600CF27B75148DE0AC",
                                          "/a//b", "/",      "d6048d14e337dab5dbbb15059"};
  (void)state;
  for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
    recorder r;
    recorder_init(&r);
    ew_str selector = ew_str_of(selectors[i]);
    ew_subscriber_options opts = options();
    opts.streams = &selector;
    opts.stream_count = 1;
    assert_int_equal(ew_subscriber_new(&r.subscriber, &opts, &r.subscriber_host), EW_ERR_ARGUMENT);
    recorder_clear(&r);
  }
}

static void a_line_break_in_a_credential_is_refused(void **state) {
  (void)state;
  recorder r;
  recorder_init(&r);
  ew_subscriber_options opts = options();
  opts.token = EW_STR("a\r\nx: y");
  assert_int_equal(ew_subscriber_new(&r.subscriber, &opts, &r.subscriber_host), EW_ERR_ARGUMENT);
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------------- events */

static void an_event_is_delivered_as_it_was_received(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r);
  recorder_forget(&r);
  recorder_deliver(&r, "{\"type\":\"message\",\"resource\":\"" STREAM "\",\"value\":" EVENT "}");
  recorder_expect(&r, DELIVERED);
  recorder_deliver(
      &r, " { \"v\\u0061lue\" : " EVENT " , \"resource\":\"" STREAM "\",\"type\":\"message\" } ");
  recorder_expect(&r, DELIVERED);
  recorder_clear(&r);
}

static void an_event_that_is_refused_by_the_callback_is_not_answered(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r);
  recorder_forget(&r);
  r.refuse_every = 1;
  recorder_deliver(&r, "{\"type\":\"message\",\"resource\":\"" STREAM "\",\"value\":" EVENT "}");
  recorder_expect(&r, DELIVERED);
  recorder_clear(&r);
}

static void an_event_may_come_before_the_acknowledgement(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r);
  recorder_deliver(&r, ACK("subscribe-0"));
  recorder_forget(&r);
  recorder_deliver(&r, "{\"type\":\"message\",\"resource\":\"" STREAM "\",\"value\":" EVENT "}");
  recorder_deliver(&r, ACK("subscribe-1"));
  recorder_expect(&r, DELIVERED "ready\n");
  recorder_clear(&r);
}

static void an_event_with_elems_alone_is_only_read_leniently(void **state) {
  static const char message[] =
      "{\"type\":\"message\",\"resource\":\"" STREAM "\",\"value\":{\"elems\":{\"x\":1}}}";
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r);
  recorder_forget(&r);
  recorder_deliver(&r, message);
  recorder_expect(&r, "bad_message EW_ERR_MISSING /value\n");
  recorder_clear(&r);
  ew_subscriber_options opts = options();
  opts.profile = EW_LENIENT;
  start_with(&r, &opts);
  open_socket(&r);
  recorder_forget(&r);
  recorder_deliver(&r, message);
  recorder_expect(&r, "event 0/1 id= type= source=" STREAM " sequence=0 {\"elems\":{\"x\":1}}\n");
  recorder_clear(&r);
}

static void messages_that_break_the_protocol_are_reported_and_ignored(void **state) {
  static const struct {
    const char *message;
    const char *line;
  } rows[] = {
      {"", "bad_message EW_ERR_TRUNCATED\n"},
      {"{", "bad_message EW_ERR_TRUNCATED\n"},
      {"\xff", "bad_message EW_ERR_"},
      {"{}", "bad_message EW_ERR_UNION\n"},
      {"[]", "bad_message EW_ERR_UNION\n"},
      {"{\"type\":\"gossip\"}", "bad_message EW_ERR_"},
      {"{\"head\":{\"msgId\":\"a\",\"ok\":true,\"errors\":[\"x\"],\"messages\":[]},\"body\":{}}", "bad_message EW_ERR_RULE /head/errors\n"},
      {"{\"head\":{\"msgId\":\"a\",\"ok\":true,\"errors\":[],\"messages\":[]},\"body\":{},\"type\":\"message\"}", "bad_message EW_ERR_"},
      {"{\"type\":\"message\",\"resource\":\"s5b7310ae6f38613585853e5b\",\"value\":" EVENT "}", "bad_message EW_ERR_RULE /resource\n"},
      {"{\"type\":\"message\",\"resource\":\"" STREAM "\",\"value\":[" EVENT "]}", "bad_message EW_ERR_TYPE /value\n"},
  };
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r);
  recorder_forget(&r);
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    recorder_deliver(&r, rows[i].message);
    if (strncmp(r.text, rows[i].line, strlen(rows[i].line)) != 0) {
      fail_msg("%s: %s", rows[i].message, r.text);
    }
    recorder_forget(&r);
  }
  recorder_deliver(&r, ACK("subscribe-0"));
  recorder_deliver(&r, ACK("subscribe-1"));
  recorder_expect(&r, "ready\n");
  recorder_clear(&r);
}

static void a_binary_message_is_reported_and_ignored(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r);
  recorder_forget(&r);
  ew_subscriber_receive(r.subscriber, EW_BINARY, EW_STR(ACK("subscribe-0")), r.now);
  recorder_expect(&r, "bad_message EW_ERR_PEER\n");
  recorder_clear(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_asks_for_a_session_with_three_headers),
      cmocka_unit_test(without_a_user_the_user_header_is_left_out),
      cmocka_unit_test(the_session_id_becomes_the_address_of_the_socket),
      cmocka_unit_test(a_path_of_the_user_replaces_our_own),
      cmocka_unit_test(a_path_of_a_socket_needs_no_new_session),
      cmocka_unit_test(a_session_without_token_or_company_cannot_be_asked_for),
      cmocka_unit_test(a_refused_session_is_given_up_with_its_reason),
      cmocka_unit_test(a_good_status_with_another_body_breaks_the_protocol),
      cmocka_unit_test(a_session_id_of_another_form_is_only_read_leniently),
      cmocka_unit_test(a_refused_upgrade_is_given_up_with_its_reason),
      cmocka_unit_test(it_subscribes_by_id_and_by_path_and_is_ready_when_both_are_confirmed),
      cmocka_unit_test(without_streams_it_is_ready_at_once),
      cmocka_unit_test(a_refused_subscription_is_reported_and_it_is_never_ready),
      cmocka_unit_test(a_refusal_without_reason_or_request_is_reported_too),
      cmocka_unit_test(an_answer_to_no_request_is_ignored),
      cmocka_unit_test(many_streams_are_subscribed_some_at_a_time),
      cmocka_unit_test(a_lost_connection_starts_from_nothing),
      cmocka_unit_test(a_selector_that_is_none_is_refused_beforehand),
      cmocka_unit_test(a_line_break_in_a_credential_is_refused),
      cmocka_unit_test(an_event_is_delivered_as_it_was_received),
      cmocka_unit_test(an_event_that_is_refused_by_the_callback_is_not_answered),
      cmocka_unit_test(an_event_may_come_before_the_acknowledgement),
      cmocka_unit_test(an_event_with_elems_alone_is_only_read_leniently),
      cmocka_unit_test(messages_that_break_the_protocol_are_reported_and_ignored),
      cmocka_unit_test(a_binary_message_is_reported_and_ignored),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
