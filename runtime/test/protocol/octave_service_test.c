/*
 * The server side of Octave, fed with requests, messages and a clock.
 */
#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>

#include "eventwire/octave.h"

#define STREAM "s53b1d1600cf27b75148de0ac"
#define OTHER_STREAM "s5b7310ae6f38613585853e5b"
#define PATH "/my_company/devices/dev1/:inbox"
#define OTHER_PATH "/my_company/streamname"
#define EVENT                                                                                                          \
  "{\"creationDate\":1587387677625,\"elems\":{\"measure\":7},\"id\":\"e5e9d9d1d0000000000000001\",\"path\":\"" PATH    \
  "\",\"streamId\":\"" STREAM "\"}"
#define OTHER_EVENT                                                                                                    \
  "{\"creationDate\":1534267781805,\"elems\":{},\"id\":\"e5b7311856f38613585853e61\",\"path\":\"" OTHER_PATH           \
  "\",\"streamId\":\"" OTHER_STREAM "\"}"
#define MESSAGE(event, stream) "{\"type\":\"message\",\"resource\":\"" stream "\",\"value\":" event "}\n"

#define SUBSCRIBE(msg_id, selector) "{\"msgId\":\"" msg_id "\",\"object\":\"event\",\"type\":\"subscribe\"," selector "}"
#define UNSUBSCRIBE(msg_id, selector) "{\"msgId\":\"" msg_id "\",\"object\":\"event\",\"type\":\"unsubscribe\"," selector "}"
#define BY_ID "\"streamId\":\"" STREAM "\""
#define BY_PATH "\"path\":\"" PATH "\""

#define ACK(msg_id)                                                                                                    \
  "{\"head\":{\"msgId\":\"" msg_id                                                                                     \
  "\",\"ok\":true,\"errors\":[],\"messages\":[\"Your request has been processed successfully.\"]},\"body\":{}}\n"
#define NACK(msg_id, reason)                                                                                           \
  "{\"head\":{\"msgId\":\"" msg_id "\",\"ok\":false,\"errors\":[\"" reason "\"],\"messages\":[]},\"body\":{}}\n"
#define FAILURE(status, reason)                                                                                        \
  "{\"head\":{\"ok\":false,\"status\":" #status ",\"errors\":[\"" reason "\"],\"messages\":[]},\"body\":{}}"

#define USER "x-auth-user: me"
#define COMPANY "x-auth-company: acme"
#define MASTER "x-auth-token: master-token"
#define RESTRICTED "x-auth-token: restricted-token"

static ew_octave_service_options options(void) {
  return (ew_octave_service_options){.user = EW_STR("me"),
                                     .company = EW_STR("acme"),
                                     .master_token = EW_STR("master-token"),
                                     .restricted_token = EW_STR("restricted-token")};
}

static void start_with(recorder *r, const ew_octave_service_options *opts) {
  ew_service *service = NULL;
  recorder_init(r);
  assert_int_equal(ew_octave_service_new(&service, opts, &r->host), EW_OK);
  recorder_attach(r, service);
}

static void start(recorder *r) {
  ew_octave_service_options opts = options();
  start_with(r, &opts);
}

static int post(recorder *r, const char *first, const char *second, const char *third) {
  recorder_request request = {
      .method = "POST", .target = "/session", .headers = {first, second, third}};
  return recorder_http(r, &request);
}

typedef struct target {
  char text[80];
} target;

/* The address of a new session's socket. */
static target make_session(recorder *r) {
  target t;
  assert_int_equal(post(r, USER, COMPANY, MASTER), 201);
  const char *id = strstr(r->http_body, "\"id\":\"");
  assert_non_null(id);
  snprintf(t.text, sizeof(t.text), "/session/%.44s/ws", id + 6);
  return t;
}

static target open_socket(recorder *r, const char *name) {
  target t = make_session(r);
  assert_int_equal(recorder_open(r, name, t.text, NULL), 101);
  return t;
}

static void expect_failure(const recorder *r, const char *body) {
  assert_string_equal(r->http_body, body);
  assert_string_equal(r->http_content_type, "application/json");
}

/* ------------------------------------------------------------------------------------------------ POST /session */

static void a_session_is_made_with_user_company_and_master_token(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(post(&r, USER, COMPANY, MASTER), 201);
  assert_string_equal(r.http_content_type, "application/json");
  ew_octave_session_response response;
  char block[256];
  ew_arena arena;
  ew_arena_init(&arena, block, sizeof(block));
  assert_int_equal(
      ew_octave_session_response_decode(ew_str_of(r.http_body), &arena, NULL, &response, NULL),
      EW_OK);
  assert_int_equal(response.head.status, 201);
  assert_int_equal(response.body.id.len, 44);
  recorder_clear(&r);
}

static void two_sessions_have_two_ids(void **state) {
  (void)state;
  recorder r;
  start(&r);
  target a = make_session(&r);
  target b = make_session(&r);
  assert_string_not_equal(a.text, b.text);
  recorder_clear(&r);
}

static void a_restricted_token_makes_a_session_only_without_a_user(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(post(&r, COMPANY, RESTRICTED, NULL), 201);
  assert_int_equal(post(&r, USER, COMPANY, RESTRICTED), 403);
  expect_failure(&r, FAILURE(403, "Forbidden"));
  recorder_clear(&r);
}

static void a_master_token_needs_its_user(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(post(&r, COMPANY, MASTER, NULL), 403);
  assert_int_equal(post(&r, "x-auth-user: you", COMPANY, MASTER), 403);
  expect_failure(&r, FAILURE(403, "Forbidden"));
  recorder_clear(&r);
}

static void a_wrong_token_or_company_is_forbidden(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(post(&r, USER, COMPANY, "x-auth-token: master-tokem"), 403);
  expect_failure(&r, FAILURE(403, "Forbidden"));
  assert_int_equal(post(&r, USER, "x-auth-company: other", MASTER), 403);
  expect_failure(&r, FAILURE(403, "Forbidden"));
  recorder_clear(&r);
}

static void a_missing_or_malformed_header_is_named(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(post(&r, USER, COMPANY, NULL), 400);
  expect_failure(&r, FAILURE(400, "X-Auth-Token is missing"));
  assert_int_equal(post(&r, USER, MASTER, NULL), 400);
  expect_failure(&r, FAILURE(400, "X-Auth-Company is missing"));
  assert_int_equal(post(&r, USER, "x-auth-company: ACME", MASTER), 400);
  expect_failure(&r, FAILURE(400, "X-Auth-Company is malformed"));
  recorder_clear(&r);
}

static void an_empty_token_never_opens_a_service_without_a_restricted_token(void **state) {
  (void)state;
  recorder r;
  ew_octave_service_options opts = options();
  opts.restricted_token = EW_STR("");
  start_with(&r, &opts);
  assert_int_equal(post(&r, COMPANY, "x-auth-token: ", NULL), 400);
  assert_int_equal(post(&r, COMPANY, RESTRICTED, NULL), 403);
  recorder_clear(&r);
}

static void a_body_of_the_session_request_is_ignored(void **state) {
  (void)state;
  recorder r;
  start(&r);
  recorder_request request = {.method = "POST",
                              .target = "/session",
                              .headers = {USER, COMPANY, MASTER},
                              .body = "{\"a\": [1, "};
  assert_int_equal(recorder_http(&r, &request), 201);
  recorder_clear(&r);
}

static void another_method_on_the_session_address_is_refused(void **state) {
  (void)state;
  recorder r;
  start(&r);
  recorder_request request = {.target = "/session", .headers = {USER, COMPANY, MASTER}};
  assert_int_equal(recorder_http(&r, &request), 405);
  expect_failure(&r, FAILURE(405, "Method not allowed"));
  request.upgrade = true;
  assert_int_equal(recorder_http(&r, &request), 405);
  recorder_clear(&r);
}

static void other_addresses_are_not_found(void **state) {
  static const char *const targets[] = {
      "/",    "/session/", "/sessions",    "/session/ws",     "/session//ws", "/session/a/b/ws",
      "/ses", "",          "/session/abc", "/session/abc/ws/"};
  (void)state;
  recorder r;
  start(&r);
  for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
    recorder_request request = {.target = targets[i], .upgrade = true};
    assert_int_equal(recorder_http(&r, &request), 404);
  }
  recorder_clear(&r);
}

static void more_than_ten_thousand_sessions_do_not_wait_for_a_connection(void **state) {
  (void)state;
  recorder r;
  start(&r);
  for (int i = 0; i < 10000; i++) {
    assert_int_equal(post(&r, USER, COMPANY, MASTER), 201);
  }
  assert_int_equal(post(&r, USER, COMPANY, MASTER), 503);
  expect_failure(&r, FAILURE(503, "Too many sessions"));
  recorder_advance(&r, 60000);
  assert_int_equal(post(&r, USER, COMPANY, MASTER), 201);
  recorder_clear(&r);
}

/* -------------------------------------------------------------------------------------------------- the upgrade */

static void an_unknown_session_is_not_upgraded(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(
      recorder_open(&r, "a", "/session/n2fBC9YeE6g.qsQNPOZfoSRP3brEY_9QWapawcjXl04Y/ws", NULL),
      404);
  expect_failure(&r, FAILURE(404, "Session not found"));
  recorder_clear(&r);
}

static void a_session_expires_when_no_socket_comes(void **state) {
  (void)state;
  recorder r;
  start(&r);
  target t = make_session(&r);
  recorder_advance(&r, 59999);
  recorder_request request = {.target = t.text, .upgrade = true};
  assert_int_equal(recorder_http(&r, &request), 101);
  recorder_advance(&r, 1);
  assert_int_equal(recorder_http(&r, &request), 404);
  assert_true(ew_service_deadline(r.service) == EW_NEVER);
  recorder_clear(&r);
}

static void an_expired_session_is_refused_also_before_the_tick(void **state) {
  (void)state;
  recorder r;
  start(&r);
  target t = make_session(&r);
  r.now += 60000;
  assert_int_equal(recorder_open(&r, "a", t.text, NULL), 404);
  recorder_clear(&r);
}

static void the_time_to_live_is_an_option(void **state) {
  (void)state;
  recorder r;
  ew_octave_service_options opts = options();
  opts.session_ttl_ms = 50;
  start_with(&r, &opts);
  target t = make_session(&r);
  assert_true(ew_service_deadline(r.service) == r.now + 50);
  recorder_advance(&r, 50);
  assert_int_equal(recorder_open(&r, "a", t.text, NULL), 404);
  recorder_clear(&r);
}

static void a_session_in_use_does_not_expire_and_takes_no_second_socket(void **state) {
  (void)state;
  recorder r;
  start(&r);
  target t = open_socket(&r, "a");
  recorder_advance(&r, 600000);
  assert_int_equal(recorder_open(&r, "b", t.text, NULL), 409);
  expect_failure(&r, FAILURE(409, "Session is in use"));
  assert_true(recorder_is_open(&r, "a"));
  recorder_clear(&r);
}

static void two_handshakes_at_once_give_one_socket(void **state) {
  (void)state;
  recorder r;
  start(&r);
  target t = make_session(&r);
  recorder_request upgrade = {.target = t.text, .upgrade = true};
  assert_int_equal(recorder_http(&r, &upgrade), 101);
  assert_int_equal(recorder_open(&r, "first", t.text, NULL), 101);
  int connection = 0;
  ew_http_request late = {.method = EW_STR("GET"), .path = ew_str_of(t.text), .upgrade = true};
  assert_null(ew_service_open(r.service, &late, &connection, r.now));
  recorder_clear(&r);
}

static void a_session_outlives_its_socket_for_the_time_to_live(void **state) {
  (void)state;
  recorder r;
  start(&r);
  target t = open_socket(&r, "a");
  recorder_close(&r, "a");
  recorder_advance(&r, 59999);
  assert_int_equal(recorder_open(&r, "b", t.text, NULL), 101);
  recorder_close(&r, "b");
  recorder_advance(&r, 60000);
  assert_int_equal(recorder_open(&r, "c", t.text, NULL), 404);
  recorder_clear(&r);
}

static void the_socket_address_without_upgrade_says_so(void **state) {
  (void)state;
  recorder r;
  start(&r);
  target t = make_session(&r);
  recorder_request request = {.target = t.text};
  assert_int_equal(recorder_http(&r, &request), 426);
  expect_failure(&r, FAILURE(426, "Upgrade required"));
  request.method = "POST";
  assert_int_equal(recorder_http(&r, &request), 405);
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------ subscriptions */

static void a_subscribe_by_id_is_acknowledged_before_its_events(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  recorder_receive(&r, "a", SUBSCRIBE("my-request", BY_ID));
  assert_int_equal(recorder_publish(&r, "", EVENT), EW_OK);
  recorder_expect(&r, "send a " ACK("my-request") "send a " MESSAGE(EVENT, STREAM));
  recorder_clear(&r);
}

static void a_subscribe_by_path_brings_messages_with_the_stream_id(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  recorder_receive(&r, "a", SUBSCRIBE("p", BY_PATH));
  assert_int_equal(recorder_publish(&r, "", EVENT), EW_OK);
  recorder_expect(&r, "send a " ACK("p") "send a " MESSAGE(EVENT, STREAM));
  recorder_clear(&r);
}

static void events_from_before_the_subscription_are_not_sent(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  assert_int_equal(recorder_publish(&r, "", EVENT), EW_OK);
  recorder_receive(&r, "a", SUBSCRIBE("1", BY_ID));
  recorder_expect(&r, "send a " ACK("1"));
  recorder_clear(&r);
}

static void events_of_other_streams_are_not_sent(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  recorder_receive(&r, "a", SUBSCRIBE("1", BY_ID));
  recorder_forget(&r);
  assert_int_equal(recorder_publish(&r, "", OTHER_EVENT), EW_OK);
  recorder_expect(&r, "");
  recorder_clear(&r);
}

static void a_second_subscribe_is_acknowledged_and_brings_no_second_copy(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  recorder_receive(&r, "a", SUBSCRIBE("1", BY_ID));
  recorder_receive(&r, "a", SUBSCRIBE("2", BY_ID));
  recorder_receive(&r, "a", SUBSCRIBE("3", BY_PATH));
  assert_int_equal(recorder_publish(&r, "", EVENT), EW_OK);
  recorder_expect(&r, "send a " ACK("1") "send a " ACK("2") "send a " ACK("3") "send a " MESSAGE(
                          EVENT, STREAM));
  recorder_clear(&r);
}

static void one_msg_id_may_serve_a_hundred_requests(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  for (int i = 0; i < 100; i++) {
    char request[200];
    snprintf(request, sizeof(request), SUBSCRIBE("same", "\"path\":\"/c/%d\""), i);
    recorder_receive(&r, "a", request);
    recorder_expect(&r, "send a " ACK("same"));
  }
  recorder_clear(&r);
}

static void an_unsubscribe_is_acknowledged_and_ends_the_events(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  recorder_receive(&r, "a", SUBSCRIBE("1", BY_ID));
  recorder_receive(&r, "a", UNSUBSCRIBE("2", BY_ID));
  assert_int_equal(recorder_publish(&r, "", EVENT), EW_OK);
  recorder_expect(&r, "send a " ACK("1") "send a " ACK("2"));
  recorder_clear(&r);
}

static void an_unsubscribe_of_what_is_not_subscribed_is_refused(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  open_socket(&r, "b");
  recorder_receive(&r, "b", SUBSCRIBE("0", BY_ID));
  recorder_forget(&r);
  recorder_receive(&r, "a", UNSUBSCRIBE("1", BY_ID));
  recorder_receive(&r, "a", UNSUBSCRIBE("2", BY_PATH));
  recorder_expect(&r, "send a " NACK("1", "Not subscribed") "send a " NACK("2", "Not subscribed"));
  recorder_clear(&r);
}

static void every_reader_of_a_stream_gets_its_events_in_order(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  open_socket(&r, "b");
  open_socket(&r, "c");
  recorder_receive(&r, "a", SUBSCRIBE("1", BY_ID));
  recorder_receive(&r, "b", SUBSCRIBE("1", BY_PATH));
  recorder_receive(&r, "c", SUBSCRIBE("1", "\"streamId\":\"" OTHER_STREAM "\""));
  recorder_forget(&r);
  assert_int_equal(recorder_publish(&r, "", EVENT), EW_OK);
  recorder_expect(&r, "send a " MESSAGE(EVENT, STREAM) "send b " MESSAGE(EVENT, STREAM));
  assert_int_equal(recorder_publish(&r, "", OTHER_EVENT), EW_OK);
  recorder_expect(&r, "send c " MESSAGE(OTHER_EVENT, OTHER_STREAM));
  recorder_clear(&r);
}

static void subscriptions_end_with_the_socket(void **state) {
  (void)state;
  recorder r;
  start(&r);
  target t = open_socket(&r, "a");
  recorder_receive(&r, "a", SUBSCRIBE("1", BY_ID));
  recorder_close(&r, "a");
  assert_int_equal(recorder_open(&r, "b", t.text, NULL), 101);
  recorder_forget(&r);
  assert_int_equal(recorder_publish(&r, "", EVENT), EW_OK);
  recorder_expect(&r, "");
  recorder_clear(&r);
}

static void a_reader_that_takes_nothing_does_not_stop_the_others(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  open_socket(&r, "b");
  recorder_receive(&r, "a", SUBSCRIBE("1", BY_ID));
  recorder_receive(&r, "b", SUBSCRIBE("1", BY_ID));
  recorder_forget(&r);
  r.send_result = EW_ERR_QUEUE_FULL;
  assert_int_equal(recorder_publish(&r, "", EVENT), EW_OK);
  recorder_expect(&r, "refused b " MESSAGE(EVENT, STREAM) "refused a " MESSAGE(EVENT, STREAM));
  recorder_clear(&r);
}

static void an_unknown_stream_is_refused_when_the_server_has_a_list(void **state) {
  (void)state;
  recorder r;
  ew_octave_stream stream = {EW_STR(STREAM), EW_STR(PATH)};
  ew_octave_service_options opts = options();
  opts.streams = &stream;
  opts.stream_count = 1;
  start_with(&r, &opts);
  open_socket(&r, "a");
  recorder_receive(&r, "a", SUBSCRIBE("1", BY_ID));
  recorder_receive(&r, "a", SUBSCRIBE("2", BY_PATH));
  recorder_receive(&r, "a", SUBSCRIBE("3", "\"path\":\"" OTHER_PATH "\""));
  recorder_receive(&r, "a", SUBSCRIBE("4", "\"streamId\":\"" OTHER_STREAM "\""));
  recorder_expect(&r, "send a " ACK("1") "send a " ACK("2") "send a " NACK(
                          "3", "Stream not found") "send a " NACK("4", "Stream not found"));
  recorder_clear(&r);
}

static void a_socket_has_at_most_a_thousand_subscriptions(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  char request[200];
  for (int i = 0; i < 1000; i++) {
    snprintf(request, sizeof(request), SUBSCRIBE("1", "\"path\":\"/c/%d\""), i);
    recorder_receive(&r, "a", request);
  }
  recorder_forget(&r);
  recorder_receive(&r, "a", SUBSCRIBE("2", "\"path\":\"/c/1000\""));
  recorder_expect(&r, "send a " NACK("2", "Too many subscriptions"));
  recorder_receive(&r, "a", SUBSCRIBE("3", "\"path\":\"/c/999\""));
  recorder_expect(&r, "send a " ACK("3"));
  recorder_receive(&r, "a", UNSUBSCRIBE("4", "\"path\":\"/c/500\""));
  recorder_receive(&r, "a", SUBSCRIBE("5", "\"path\":\"/c/1000\""));
  recorder_expect(&r, "send a " ACK("4") "send a " ACK("5"));
  recorder_clear(&r);
}

static void the_paths_of_a_socket_are_bounded_in_bytes(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  const size_t size = 200 * 1024;
  char *request = malloc(size + 200);
  assert_non_null(request);
  int len = snprintf(request, 200,
                     "{\"msgId\":\"1\",\"object\":\"event\",\"type\":\"subscribe\",\"path\":\"/1");
  assert_true(len > 0);
  memset(request + len, 'x', size);
  strcpy(request + (size_t)len + size, "\"}");
  recorder_receive(&r, "a", request);
  recorder_expect(&r, "send a " ACK("1"));
  request[len - 1] = '2';
  recorder_receive(&r, "a", request);
  recorder_expect(&r, "send a " NACK("1", "Too many subscriptions"));
  free(request);
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------- bad requests */

static void a_request_against_the_schema_is_refused_with_its_msg_id(void **state) {
  static const struct {
    const char *request;
    const char *answer;
  } rows[] = {
      {"{\"msgId\":\"a\",\"object\":\"event\",\"type\":\"subscribe\"}", "\"msgId\":\"a\",\"ok\":false"},
      {SUBSCRIBE("b", BY_ID "," BY_PATH), "\"msgId\":\"b\",\"ok\":false"},
      {"{\"msgId\":\"c\",\"object\":\"stream\",\"type\":\"subscribe\"," BY_ID "}", "\"msgId\":\"c\",\"ok\":false"},
      {"{\"msgId\":\"d\",\"object\":\"event\",\"type\":\"Subscribe\"," BY_ID "}", "\"msgId\":\"d\",\"ok\":false"},
      {SUBSCRIBE("e", "\"streamId\":\"d6048d14e337dab5dbbb15059\""), "\"errors\":[\"/streamId: "},
      {SUBSCRIBE("f", "\"path\":\"my/stream/path\""), "\"errors\":[\"/path: "},
      {"{\"object\":\"event\",\"type\":\"subscribe\"," BY_ID ",\"msg\\u0049d\":\"g\\\"\\u00e9\\n\",\"path\":\"\"}",
       "\"msgId\":\"g\\\"\xc3\xa9\\n\",\"ok\":false"},
      {"{\"object\":\"event\",\"type\":\"subscribe\"," BY_ID "}", "\"msgId\":\"\",\"ok\":false"},
      {"{\"msgId\":1,\"object\":\"event\",\"type\":\"subscribe\"," BY_ID "}", "\"msgId\":\"\",\"ok\":false"},
      {"{\"msgId\":null,\"object\":\"event\",\"type\":\"subscribe\"," BY_ID "}", "\"msgId\":\"\",\"ok\":false"},
      {"{\"msgId\":\"h\",\"msgId\":\"i\",\"object\":\"event\",\"type\":\"subscribe\"," BY_ID "}", "\"ok\":false"},
      {"[]", "\"msgId\":\"\",\"ok\":false"},
      {"\"msgId\"", "\"msgId\":\"\",\"ok\":false"},
      {"null", "\"msgId\":\"\",\"ok\":false"},
  };
  (void)state;
  for (int strict = 0; strict <= 1; strict++) {
    recorder r;
    ew_octave_service_options opts = options();
    opts.manner = strict ? EW_MANNER_STRICT : EW_MANNER_COMPAT;
    start_with(&r, &opts);
    open_socket(&r, "a");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
      recorder_receive(&r, "a", rows[i].request);
      if (strstr(r.text, rows[i].answer) == NULL) {
        fail_msg("%s: %s", rows[i].request, r.text);
      }
      recorder_forget(&r);
    }
    assert_true(recorder_is_open(&r, "a"));
    recorder_clear(&r);
  }
}

static void what_is_not_json_is_refused_with_an_empty_msg_id(void **state) {
  static const char *const texts[] = {
      "",     "subscribe /my/stream/path", "{",   "{\"msgId\":\"a\"", SUBSCRIBE("a", BY_ID) "x",
      "\x01", "{\"msgId\":\"\\ud800\"}",   "nul", "[[[[[[[[[[[[[[[["};
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    recorder_receive(&r, "a", texts[i]);
    assert_non_null(strstr(r.text, "send a {\"head\":{\"msgId\":\"\",\"ok\":false,\"errors\":[\""));
    recorder_forget(&r);
  }
  recorder_receive(&r, "a", SUBSCRIBE("still", BY_ID));
  recorder_expect(&r, "send a " ACK("still"));
  recorder_clear(&r);
}

static void a_refusal_is_itself_a_valid_acknowledgement(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  recorder_receive(
      &r, "a",
      "{\"\xf0\x9f\x98\x80\x7f\":1,\"msgId\":\"\xe2\x82\xac\",\"type\":\"subscribe\",\"object\":{\"\xe2\x82\xac\":2}}");
  ew_octave_server_message message;
  char block[4096];
  ew_arena arena;
  ew_arena_init(&arena, block, sizeof(block));
  ew_str text = ew_str_from(r.text + strlen("send a "), r.text_len - strlen("send a "));
  assert_int_equal(ew_octave_server_message_decode(text, &arena, NULL, &message, NULL), EW_OK);
  assert_int_equal(message.kind, EW_OCTAVE_SERVER_MESSAGE_ACKNOWLEDGEMENT);
  assert_true(ew_str_equal(message.acknowledgement.head.msg_id, EW_STR("\xe2\x82\xac")));
  recorder_clear(&r);
}

static void a_request_over_the_limit_is_refused(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  size_t size = (size_t)ew_octave_document.limits.max_bytes + 1;
  char *request = malloc(size);
  assert_non_null(request);
  memset(request, ' ', size);
  recorder_receive_bytes(&r, "a", EW_TEXT, request, size);
  recorder_expect(&r, "send a " NACK("", "larger than the limit, expected a shorter text"));
  free(request);
  recorder_clear(&r);
}

static void a_binary_message_ends_a_strict_connection(void **state) {
  (void)state;
  recorder r;
  ew_octave_service_options opts = options();
  opts.manner = EW_MANNER_STRICT;
  start_with(&r, &opts);
  open_socket(&r, "a");
  const char request[] = SUBSCRIBE("1", BY_ID);
  recorder_receive_bytes(&r, "a", EW_BINARY, request, sizeof(request) - 1);
  recorder_expect(&r, "close a 1003 binary messages are not understood\n");
  recorder_clear(&r);
}

static void a_binary_message_is_refused_by_a_tolerant_server(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  const char request[] = SUBSCRIBE("1", BY_ID);
  recorder_receive_bytes(&r, "a", EW_BINARY, request, sizeof(request) - 1);
  recorder_expect(&r, "send a " NACK("", "Binary messages are not understood"));
  assert_true(recorder_is_open(&r, "a"));
  recorder_clear(&r);
}

static void a_text_that_is_no_utf8_ends_the_connection(void **state) {
  static const char *const texts[] = {"{\"msgId\":\"\xff\"}", "x\xc0\x80", "\xed\xa0\x80"};
  (void)state;
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    recorder r;
    start(&r);
    open_socket(&r, "a");
    recorder_receive(&r, "a", texts[i]);
    recorder_expect(&r, "close a 1007 the text is not valid UTF-8\n");
    recorder_clear(&r);
  }
}

static void nothing_is_read_or_sent_once_the_end_was_asked_for(void **state) {
  (void)state;
  recorder r;
  start(&r);
  target t = make_session(&r);
  assert_int_equal(recorder_open(&r, "reader", t.text, NULL), 101);
  recorder_receive(&r, "reader", SUBSCRIBE("1", BY_ID));
  recorder_receive(&r, "reader", "\xff");
  recorder_forget(&r);
  assert_false(recorder_is_open(&r, "reader"));
  assert_int_equal(recorder_publish(&r, "", EVENT), EW_OK);
  recorder_expect(&r, "");
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------------- events */

static ew_err check(recorder *r, const char *where, const char *event, char *stream, size_t size,
                    ew_diag *diag) {
  ew_buf buf;
  ew_buf_init(&buf, stream, size - 1);
  ew_err err = ew_service_check(r->service, ew_str_of(where), ew_str_of(event), &buf, diag);
  stream[buf.len] = '\0';
  return err;
}

static void an_event_belongs_to_the_stream_it_names(void **state) {
  (void)state;
  recorder r;
  char stream[64];
  start(&r);
  assert_int_equal(check(&r, "", EVENT, stream, sizeof(stream), NULL), EW_OK);
  assert_string_equal(stream, "octave/" STREAM);
  assert_int_equal(check(&r, STREAM, EVENT, stream, sizeof(stream), NULL), EW_OK);
  assert_int_equal(check(&r, PATH, EVENT, stream, sizeof(stream), NULL), EW_OK);
  assert_int_equal(check(&r, OTHER_PATH, EVENT, stream, sizeof(stream), NULL), EW_ERR_ARGUMENT);
  assert_string_equal(stream, "");
  recorder_clear(&r);
}

static void an_event_against_the_schema_is_not_taken(void **state) {
  (void)state;
  recorder r;
  char stream[64];
  ew_diag diag = {0};
  start(&r);
  assert_int_equal(check(&r, "", "{\"elems\":{}}", stream, sizeof(stream), &diag), EW_ERR_MISSING);
  assert_int_equal(
      check(
          &r, "",
          "{\"creationDate\":\"2020-04-20\",\"elems\":{},\"id\":\"e5e9d9d1d0000000000000001\",\"path\":\"/a\","
          "\"streamId\":\"" STREAM "\"}",
          stream, sizeof(stream), &diag),
      EW_ERR_TYPE);
  assert_string_equal(diag.pointer, "/creationDate");
  assert_int_equal(check(&r, "", "", stream, sizeof(stream), &diag), EW_ERR_TRUNCATED);
  recorder_clear(&r);
}

static void a_server_with_a_list_of_streams_takes_only_their_events(void **state) {
  (void)state;
  recorder r;
  char stream[64];
  ew_diag diag = {0};
  ew_octave_stream streams[] = {{EW_STR(STREAM), EW_STR(PATH)},
                                {EW_STR(OTHER_STREAM), EW_STR("/my_company/else")}};
  ew_octave_service_options opts = options();
  opts.streams = streams;
  opts.stream_count = 2;
  start_with(&r, &opts);
  assert_int_equal(check(&r, "", EVENT, stream, sizeof(stream), &diag), EW_OK);
  assert_int_equal(check(&r, "", OTHER_EVENT, stream, sizeof(stream), &diag), EW_ERR_RULE);
  assert_string_equal(diag.pointer, "/path");
  assert_int_equal(check(&r, "",
                         "{\"creationDate\":1,\"elems\":{},\"id\":\"e5b7311856f38613585853e61\",\"path\":\"/a\",\"streamId\":"
                         "\"s000000000000000000000000\"}",
                         stream, sizeof(stream), &diag),
                   EW_ERR_ARGUMENT);
  assert_string_equal(diag.pointer, "/streamId");
  recorder_clear(&r);
}

static void an_event_fits_into_its_message_or_is_not_taken(void **state) {
  (void)state;
  recorder r;
  char stream[64];
  start(&r);
  char event[1024];
  char deep[200];
  memset(deep, '[', 61);
  memset(deep + 61, ']', 61);
  deep[122] = '\0';
  static const char form[] =
      "{\"creationDate\":1,\"elems\":{\"x\":%s},\"id\":\"e5b7311856f38613585853e61\",\"path\":\"/a\",\"streamId\":"
      "\"" STREAM "\"}";
  snprintf(event, sizeof(event), form, deep);
  assert_int_equal(check(&r, "", event, stream, sizeof(stream), NULL), EW_OK);
  memset(deep, '[', 62);
  memset(deep + 62, ']', 62);
  deep[124] = '\0';
  snprintf(event, sizeof(event), form, deep);
  assert_int_equal(check(&r, "", event, stream, sizeof(stream), NULL), EW_ERR_DEPTH);
  recorder_clear(&r);
}

static void a_damaged_event_of_the_log_is_noted_and_not_sent(void **state) {
  (void)state;
  recorder r;
  start(&r);
  r.quiet = 0;
  open_socket(&r, "a");
  recorder_receive(&r, "a", SUBSCRIBE("1", BY_ID));
  recorder_forget(&r);
  ew_logged logged = {1, EW_STR("{\"streamId\":\"" STREAM "\"")};
  ew_service_publish(r.service, EW_STR("octave/" STREAM), &logged, r.now);
  recorder_expect(&r, "note octave: an event of the log is not valid and is not delivered\n");
  recorder_clear(&r);
}

static void session_ids_and_tokens_are_never_noted(void **state) {
  (void)state;
  recorder r;
  start(&r);
  r.quiet = 0;
  target t = open_socket(&r, "a");
  recorder_receive(&r, "a", "nonsense");
  recorder_close(&r, "a");
  recorder_advance(&r, 60000);
  assert_null(strstr(r.text, "note"));
  assert_null(strstr(r.text, t.text));
  recorder_clear(&r);
}

/* --------------------------------------------------------------------------------------------------- life cycle */

static void a_service_without_credentials_is_not_made(void **state) {
  (void)state;
  recorder r;
  recorder_init(&r);
  ew_service *service = NULL;
  ew_octave_service_options opts = options();
  opts.master_token = opts.restricted_token = EW_STR("");
  assert_int_equal(ew_octave_service_new(&service, &opts, &r.host), EW_ERR_ARGUMENT);
  opts = options();
  opts.user = EW_STR("");
  assert_int_equal(ew_octave_service_new(&service, &opts, &r.host), EW_ERR_ARGUMENT);
  opts = options();
  opts.company = EW_STR("");
  assert_int_equal(ew_octave_service_new(&service, &opts, &r.host), EW_ERR_ARGUMENT);
  assert_null(service);
  recorder_clear(&r);
}

static void a_service_is_freed_with_open_sockets_and_subscriptions(void **state) {
  (void)state;
  recorder r;
  start(&r);
  open_socket(&r, "a");
  open_socket(&r, "b");
  make_session(&r);
  recorder_receive(&r, "a", SUBSCRIBE("1", BY_ID));
  recorder_receive(&r, "b", SUBSCRIBE("1", BY_ID));
  recorder_receive(&r, "b", SUBSCRIBE("2", BY_PATH));
  ew_service_free(r.service);
  r.service = NULL;
  recorder_clear(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_session_is_made_with_user_company_and_master_token),
      cmocka_unit_test(two_sessions_have_two_ids),
      cmocka_unit_test(a_restricted_token_makes_a_session_only_without_a_user),
      cmocka_unit_test(a_master_token_needs_its_user),
      cmocka_unit_test(a_wrong_token_or_company_is_forbidden),
      cmocka_unit_test(a_missing_or_malformed_header_is_named),
      cmocka_unit_test(an_empty_token_never_opens_a_service_without_a_restricted_token),
      cmocka_unit_test(a_body_of_the_session_request_is_ignored),
      cmocka_unit_test(another_method_on_the_session_address_is_refused),
      cmocka_unit_test(other_addresses_are_not_found),
      cmocka_unit_test(more_than_ten_thousand_sessions_do_not_wait_for_a_connection),
      cmocka_unit_test(an_unknown_session_is_not_upgraded),
      cmocka_unit_test(a_session_expires_when_no_socket_comes),
      cmocka_unit_test(an_expired_session_is_refused_also_before_the_tick),
      cmocka_unit_test(the_time_to_live_is_an_option),
      cmocka_unit_test(a_session_in_use_does_not_expire_and_takes_no_second_socket),
      cmocka_unit_test(two_handshakes_at_once_give_one_socket),
      cmocka_unit_test(a_session_outlives_its_socket_for_the_time_to_live),
      cmocka_unit_test(the_socket_address_without_upgrade_says_so),
      cmocka_unit_test(a_subscribe_by_id_is_acknowledged_before_its_events),
      cmocka_unit_test(a_subscribe_by_path_brings_messages_with_the_stream_id),
      cmocka_unit_test(events_from_before_the_subscription_are_not_sent),
      cmocka_unit_test(events_of_other_streams_are_not_sent),
      cmocka_unit_test(a_second_subscribe_is_acknowledged_and_brings_no_second_copy),
      cmocka_unit_test(one_msg_id_may_serve_a_hundred_requests),
      cmocka_unit_test(an_unsubscribe_is_acknowledged_and_ends_the_events),
      cmocka_unit_test(an_unsubscribe_of_what_is_not_subscribed_is_refused),
      cmocka_unit_test(every_reader_of_a_stream_gets_its_events_in_order),
      cmocka_unit_test(subscriptions_end_with_the_socket),
      cmocka_unit_test(a_reader_that_takes_nothing_does_not_stop_the_others),
      cmocka_unit_test(an_unknown_stream_is_refused_when_the_server_has_a_list),
      cmocka_unit_test(a_socket_has_at_most_a_thousand_subscriptions),
      cmocka_unit_test(the_paths_of_a_socket_are_bounded_in_bytes),
      cmocka_unit_test(a_request_against_the_schema_is_refused_with_its_msg_id),
      cmocka_unit_test(what_is_not_json_is_refused_with_an_empty_msg_id),
      cmocka_unit_test(a_refusal_is_itself_a_valid_acknowledgement),
      cmocka_unit_test(a_request_over_the_limit_is_refused),
      cmocka_unit_test(a_binary_message_ends_a_strict_connection),
      cmocka_unit_test(a_binary_message_is_refused_by_a_tolerant_server),
      cmocka_unit_test(a_text_that_is_no_utf8_ends_the_connection),
      cmocka_unit_test(nothing_is_read_or_sent_once_the_end_was_asked_for),
      cmocka_unit_test(an_event_belongs_to_the_stream_it_names),
      cmocka_unit_test(an_event_against_the_schema_is_not_taken),
      cmocka_unit_test(a_server_with_a_list_of_streams_takes_only_their_events),
      cmocka_unit_test(an_event_fits_into_its_message_or_is_not_taken),
      cmocka_unit_test(a_damaged_event_of_the_log_is_noted_and_not_sent),
      cmocka_unit_test(session_ids_and_tokens_are_never_noted),
      cmocka_unit_test(a_service_without_credentials_is_not_made),
      cmocka_unit_test(a_service_is_freed_with_open_sockets_and_subscriptions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
