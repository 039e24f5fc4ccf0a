/* The HTTP resources: durable subscriptions and the state of the sockets. */
#include <stdio.h>
#include <stdlib.h>

#include "firefly_support.h"

#define SUBSCRIPTIONS "/api/v1/namespaces/ns1/subscriptions"
#define TOO_LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void expect_error(recorder *r, const char *body, int status, const char *text) {
  char expected[512];
  assert_int_equal(http(r, "POST", SUBSCRIPTIONS, body), status);
  snprintf(expected, sizeof(expected), "{\"error\":\"%s\"}\n", text);
  assert_string_equal(r->http_body, expected);
  assert_string_equal(r->http_content_type, "application/json");
}

/* The text between the id and the end, which are different every time. */
static void expect_resource(const recorder *r, const char *rest) {
  assert_memory_equal(r->http_body, "{\"id\":\"", 7);
  assert_string_equal(r->http_body + 7 + 36, rest);
}

static void delete_one(recorder *r, int status) {
  char target[128];
  snprintf(target, sizeof(target), SUBSCRIPTIONS "/%s", subscription_id);
  assert_int_equal(http(r, "DELETE", target, NULL), status);
}

static void a_subscription_is_answered_as_the_server_completes_it(void **state) {
  recorder *r = *state;
  publish(r, 1, 4);
  assert_int_equal(http(r, "POST", SUBSCRIPTIONS, "{\"name\":\"app1\"}"), 201);
  expect_resource(
      r,
      "\",\"namespace\":\"ns1\",\"name\":\"app1\",\"transport\":\"websockets\",\"filter\":{\"message\":{"
      "},\"transaction\":{},"
      "\"blockchainevent\":{}},\"options\":{\"firstEvent\":\"4\",\"withData\":false},\"created\":\"2024-"
      "03-01T15:32:10Z\","
      "\"updated\":null}\n");
}

static void everything_that_was_asked_for_is_kept(void **state) {
  recorder *r = *state;
  assert_int_equal(
      http(
          r, "POST", SUBSCRIPTIONS,
          "{\"namespace\":\"other\",\"name\":\"a-b_c.1\",\"transport\":\"websockets\",\"filter\":{\"events\":\"<x>\","
          "\"message\":{\"tag\":\"t\"}},\"options\":{\"firstEvent\":\"oldest\",\"readAhead\":7,\"batchTimeout\":\"1s\","
          "\"tlsConfigName\":\"x\"}}"),
      201);
  expect_resource(
      r,
      "\",\"namespace\":\"ns1\",\"name\":\"a-b_c.1\",\"transport\":\"websockets\",\"filter\":{\"events\":"
      "\"\\u003cx\\u003e\","
      "\"message\":{\"tag\":\"t\"},\"transaction\":{},\"blockchainevent\":{}},\"options\":{\"batchTimeout\":\"1s\","
      "\"firstEvent\":\"-1\",\"readAhead\":7,\"tlsConfigName\":\"x\",\"withData\":false},"
      "\"created\":\"2024-03-01T15:32:10Z\",\"updated\":null}\n");
}

static void batches_get_their_defaults(void **state) {
  recorder *r = *state;
  assert_int_equal(http(r, "POST", SUBSCRIPTIONS,
                        "{\"name\":\"a\",\"options\":{\"batch\":true,\"batchTimeout\":\"\"}}"),
                   201);
  assert_non_null(strstr(
      r->http_body,
      "\"options\":{\"batch\":true,\"batchTimeout\":\"50ms\",\"firstEvent\":\"-1\",\"readAhead\":50,"));
}

static void signs_of_durations_are_settled(void **state) {
  recorder *r = *state;
  assert_int_equal(
      http(r, "POST", SUBSCRIPTIONS, "{\"name\":\"a\",\"options\":{\"batchTimeout\":\"+5s\"}}"),
      201);
  assert_non_null(strstr(r->http_body, "\"batchTimeout\":\"5s\""));
  assert_int_equal(
      http(r, "POST", SUBSCRIPTIONS, "{\"name\":\"b\",\"options\":{\"batchTimeout\":\"-5s\"}}"),
      201);
  assert_non_null(strstr(r->http_body, "\"batchTimeout\":\"0\""));
}

static void bad_names_are_refused(void **state) {
  recorder *r = *state;
  static const char *const names[] = {"{\"name\":\"\"}",        "{}",
                                      "{\"name\":\"a b\"}",     "{\"name\":\"-a\"}",
                                      "{\"name\":\"a.\"}",      "{\"name\":\"a/b\"}",
                                      "{\"name\":\"\\u00e9\"}", "{\"name\":\"" TOO_LONG "\"}"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    expect_error(r, names[i], 400,
                 "FF00140: Field 'name' must be 1-64 characters, including alphanumerics (a-zA-Z0-9), dot (.), dash "
                 "(-) and underscore "
                 "(_), and must start/end in an alphanumeric");
  }
  expect_error(r, "{\"name\":\"00000000-0000-4000-8000-000000000001\"}", 400,
               "FF00141: Field 'name' must not be a UUID");
}

static void other_transports_are_unknown(void **state) {
  expect_error(*state, "{\"name\":\"a\",\"transport\":\"carrier-pigeon\"}", 500,
               "FF10172: Unknown event transport plugin: carrier-pigeon");
}

static void bad_options_are_refused(void **state) {
  recorder *r = *state;
  expect_error(r, "{\"name\":\"a\",\"options\":{\"batchTimeout\":\"soon\"}}", 400,
               "FF00137: Unable to parse 'soon' as duration string, or millisecond number");
  expect_error(r, "{\"name\":\"a\",\"options\":{\"batch\":true,\"withData\":true}}", 400,
               "FF10460: Provided subscription 'a' enables batching and withData which is not supported");
  expect_error(r, "{\"name\":\"a\",\"options\":{\"withData\":true}}", 400,
               "FF10244: Websockets subscriptions do not support streaming the full data payload, just the references "
               "(withData must be "
               "false)");
  expect_error(r, "{\"name\":\"a\",\"options\":{\"firstEvent\":\"soon\"}}", 400,
               "FF10191: Invalid firstEvent definition - must be 'newest','oldest' or a sequence number");
  expect_error(r, "{\"name\":\"a\",\"options\":{\"firstEvent\":\"-2\"}}", 400,
               "FF10192: Number must be greater than or equal to -1");
  expect_error(r, "{\"name\":\"a\",\"options\":{\"readAhead\":\"1\"}}", 400,
               "json: cannot unmarshal string into Go struct field Subscription.options.readAhead of type integer");
}

static void bad_filters_are_refused(void **state) {
  expect_error(*state, "{\"name\":\"a\",\"filter\":{\"events\":\"(\"}}", 500,
               "FF10171: Unable to compile 'filter.events' regexp '(': error parsing regexp: missing closing ): `(`");
}

static void bad_bodies_are_refused(void **state) {
  recorder *r = *state;
  expect_error(r, "", 400, "unexpected end of JSON input");
  expect_error(r, "{\"name\":\"a\"", 400, "unexpected end of JSON input");
  expect_error(r, "[]", 400,
               "json: cannot unmarshal array into Go value of type core.Subscription");
}

static void the_body_must_be_declared_as_json(void **state) {
  recorder *r = *state;
  const recorder_request request = {.method = "POST",
                                    .target = SUBSCRIPTIONS,
                                    .body = "{\"name\":\"a\"}",
                                    .headers = {"content-type: application/xml"}};
  assert_int_equal(recorder_http(r, &request), 415);
  assert_string_equal(r->http_body,
                      "{\"error\":\"FF00162: Invalid content type 'application/xml'\"}\n");
  const recorder_request with_charset = {
      .method = "POST",
      .target = SUBSCRIPTIONS,
      .body = "{\"name\":\"a\"}",
      .headers = {"content-type: Application/JSON; charset=utf-8"}};
  assert_int_equal(recorder_http(r, &with_charset), 201);
}

static void a_name_is_taken_once(void **state) {
  recorder *r = *state;
  make_subscription(r, "app1", "{}");
  expect_error(r, "{\"name\":\"app1\"}", 409,
               "FF10193: A subscription with name 'ns1:app1' already exists");
  assert_int_equal(http(r, "POST", "/api/v1/namespaces/ns2/subscriptions", "{\"name\":\"app1\"}"),
                   201);
}

static void put_makes_or_changes_and_keeps_where_it_began(void **state) {
  recorder *r = *state;
  char id[37] = "";
  publish(r, 1, 2);
  assert_int_equal(http(r, "PUT", SUBSCRIPTIONS, "{\"name\":\"a\"}"), 200);
  memcpy(id, r->http_body + 7, 36);
  recorder_advance(r, 1250);
  assert_int_equal(http(r, "PUT", SUBSCRIPTIONS,
                        "{\"name\":\"a\",\"options\":{\"firstEvent\":\"oldest\",\"readAhead\":3}}"),
                   200);
  assert_memory_equal(r->http_body + 7, id, 36);
  expect_resource(
      r,
      "\",\"namespace\":\"ns1\",\"name\":\"a\",\"transport\":\"websockets\",\"filter\":{\"message\":{},"
      "\"transaction\":{},"
      "\"blockchainevent\":{}},\"options\":{\"firstEvent\":\"2\",\"readAhead\":3,\"withData\":false},"
      "\"created\":\"2024-03-01T15:32:10Z\",\"updated\":\"2024-03-01T15:32:11.25Z\"}\n");
}

static void one_subscription_is_read_by_its_id(void **state) {
  recorder *r = *state;
  char target[128];
  make_subscription(r, "app1", "{}");
  static char made[sizeof(r->http_body)];
  memcpy(made, r->http_body, sizeof(made));
  snprintf(target, sizeof(target), SUBSCRIPTIONS "/%s", subscription_id);
  assert_int_equal(http(r, "GET", target, NULL), 200);
  assert_string_equal(r->http_body, made);
}

static void the_status_tells_how_far_it_has_come(void **state) {
  recorder *r = *state;
  char target[128];
  make_subscription(r, "app1", "{}");
  snprintf(target, sizeof(target), SUBSCRIPTIONS "/%s?fetchstatus=TRUE", subscription_id);
  assert_int_equal(http(r, "GET", target, NULL), 200);
  assert_non_null(strstr(r->http_body, "\"updated\":null,\"status\":{}}\n"));
  open_socket(r, "a");
  start(r, "a", "app1");
  publish(r, 1, 2);
  ack(r, "a", 1);
  assert_int_equal(http(r, "GET", target, NULL), 200);
  assert_non_null(strstr(r->http_body, "\"updated\":null,\"status\":{\"currentOffset\":1}}\n"));
}

static void what_does_not_exist_is_not_found(void **state) {
  recorder *r = *state;
  assert_int_equal(http(r, "GET", SUBSCRIPTIONS "/00000000-0000-4000-8000-000000000001", NULL),
                   404);
  assert_string_equal(r->http_body, "{\"error\":\"FF00164: No result found\"}\n");
  assert_int_equal(http(r, "DELETE", SUBSCRIPTIONS "/00000000-0000-4000-8000-000000000001", NULL),
                   404);
  assert_string_equal(r->http_body, "{\"error\":\"FF10109: Not found\"}\n");
  assert_int_equal(http(r, "GET", SUBSCRIPTIONS "/abc", NULL), 400);
  assert_string_equal(r->http_body,
                      "{\"error\":\"FF00138: Invalid UUID supplied: invalid UUID length: 3\"}\n");
  assert_int_equal(http(r, "GET", "/api/v1/namespaces/ns9/subscriptions", NULL), 404);
  assert_string_equal(r->http_body, "{\"error\":\"FF10436: Unknown namespace 'ns9'\"}\n");
  assert_int_equal(http(r, "GET", "/api/v1/namespaces/ns1/messages", NULL), 404);
  assert_int_equal(http(r, "GET", "/api/v1/namespaces/ns1", NULL), 404);
  assert_int_equal(http(r, "PATCH", SUBSCRIPTIONS, NULL), 405);
}

static void a_deleted_subscription_is_gone(void **state) {
  recorder *r = *state;
  ew_firefly_service_options opts = service_options();
  make_subscription(r, "app1", "{}");
  delete_one(r, 204);
  assert_string_equal(r->http_body, "");
  delete_one(r, 404);
  recorder_restart(r);
  service_start(r, &opts);
  recorder_restore(r);
  recorder_settle(r);
  assert_int_equal(http(r, "GET", SUBSCRIPTIONS, NULL), 200);
  assert_string_equal(r->http_body, "[]\n");
}

static void resources_are_stored_and_removed(void **state) {
  recorder *r = *state;
  char expected[256];
  r->quiet &= ~(unsigned)RECORDER_QUIET_STORE;
  make_subscription(r, "app1", "{}");
  snprintf(expected, sizeof(expected),
           "store firefly/ns1/%s {\"id\":\"%s\",\"namespace\":\"ns1\",\"name\":\"app1\",",
           subscription_id, subscription_id);
  assert_memory_equal(r->text, expected, strlen(expected));
  recorder_forget(r);
  delete_one(r, 204);
  snprintf(expected, sizeof(expected), "remove firefly/ns1/%s\n", subscription_id);
  recorder_expect(r, expected);
}

static void a_restored_subscription_is_answered_byte_for_byte(void **state) {
  recorder *r = *state;
  static char before[sizeof(r->http_body)];
  ew_firefly_service_options opts = service_options();
  make_subscription(r, "b", "{\"batch\":true,\"readAhead\":4}");
  recorder_advance(r, 10);
  make_subscription(r, "a", "{\"firstEvent\":\"3\"}");
  assert_int_equal(http(r, "PUT", SUBSCRIPTIONS, "{\"name\":\"a\",\"filter\":{\"topic\":\"x\"}}"),
                   200);
  assert_int_equal(http(r, "GET", SUBSCRIPTIONS, NULL), 200);
  memcpy(before, r->http_body, sizeof(before));
  recorder_restart(r);
  service_start(r, &opts);
  recorder_restore(r);
  recorder_settle(r);
  assert_int_equal(http(r, "GET", SUBSCRIPTIONS, NULL), 200);
  assert_string_equal(r->http_body, before);
}

/* The names in the last answer, in order. */
static void expect_names(const recorder *r, const char *names) {
  char found[256] = "";
  for (const char *at = strstr(r->http_body, "\"name\":\""); at != NULL;
       at = strstr(at + 1, "\"name\":\"")) {
    const char *name = at + strlen("\"name\":\"");
    strncat(found, name, strcspn(name, "\""));
  }
  assert_string_equal(found, names);
}

static void lists_come_newest_first_and_in_parts(void **state) {
  recorder *r = *state;
  static const char *const names[] = {"b", "d", "a", "c"};
  for (size_t i = 0; i < 4; i++) {
    make_subscription(r, names[i], "{}");
    recorder_advance(r, i == 0 ? 0 : 500);
  }
  http(r, "GET", SUBSCRIPTIONS, NULL);
  expect_names(r, "cadb");
  http(r, "GET", SUBSCRIPTIONS "?ascending=true", NULL);
  expect_names(r, "bdac");
  http(r, "GET", SUBSCRIPTIONS "?skip=1&limit=2", NULL);
  expect_names(r, "ad");
  http(r, "GET", SUBSCRIPTIONS "?skip=1&limit=2&ascending=true", NULL);
  expect_names(r, "da");
  http(r, "GET", SUBSCRIPTIONS "?skip=9", NULL);
  expect_names(r, "");
  http(r, "GET", SUBSCRIPTIONS "?name=d", NULL);
  expect_names(r, "d");
  http(r, "GET", SUBSCRIPTIONS "?transport=webhooks", NULL);
  expect_names(r, "");
  http(r, "GET", SUBSCRIPTIONS "?count=true&limit=1", NULL);
  expect_names(r, "c");
  assert_ptr_equal(strstr(r->http_body, "{\"count\":1,\"total\":4,\"items\":[{"), r->http_body);
}

static void an_answer_that_does_not_fit_says_so(void **state) {
  recorder *r = *state;
  char name[16];
  char options[400];
  snprintf(options, sizeof(options), "{\"tlsConfigName\":\"%0350d\"}", 0);
  for (unsigned i = 0; i < 120; i++) {
    snprintf(name, sizeof(name), "s%u", i);
    make_subscription(r, name, options);
  }
  assert_int_equal(http(r, "GET", SUBSCRIPTIONS "?limit=1000", NULL), 500);
  assert_string_equal(
      r->http_body, "{\"error\":\"the answer is too large: ask for less with limit and skip\"}\n");
  assert_int_equal(http(r, "GET", SUBSCRIPTIONS, NULL), 200);
}

static void the_state_of_the_sockets_is_shown(void **state) {
  recorder *r = *state;
  char expected[1024];
  static char memory[65536];
  ew_arena arena;
  ew_firefly_web_socket_status status;
  assert_int_equal(http(r, "GET", "/api/v1/namespaces/ns1/websockets", NULL), 200);
  assert_string_equal(r->http_body, "{\"enabled\":true,\"connections\":[]}\n");
  assert_int_equal(recorder_open(r, "a", "/ws", "user-agent: test/1 \"x\""), 101);
  start(r, "a", "app1");
  recorder_receive(r, "a",
                   "{\"type\":\"start\",\"namespace\":\"ns2\",\"ephemeral\":true,\"filter\":{\"events\":\"m\"}}");
  assert_int_equal(http(r, "GET", "/api/v1/namespaces/ns1/websockets", NULL), 200);
  ew_arena_init(&arena, memory, sizeof(memory));
  assert_int_equal(
      ew_firefly_web_socket_status_decode(ew_str_of(r->http_body), &arena, NULL, &status, NULL),
      EW_OK);
  snprintf(expected, sizeof(expected),
           "{\"enabled\":true,\"connections\":[{\"id\":\"%.*s\",\"remoteAddress\":\"\",\"userAgent\":\"test/1 "
           "\\\"x\\\"\",\"subscriptions\":["
           "{\"startTime\":\"2024-03-01T15:32:10Z\",\"ephemeral\":false,\"namespace\":\"ns1\",\"name\":\"app1\","
           "\"filter\":{\"message\":{},"
           "\"transaction\":{},\"blockchainevent\":{}}},{\"startTime\":\"2024-03-01T15:32:10Z\",\"ephemeral\":true,"
           "\"namespace\":\"ns2\","
           "\"filter\":{\"events\":\"m\",\"message\":{},\"transaction\":{},\"blockchainevent\":{}}}]}]}\n",
           EW_STR_ARG(status.connections.items[0].id));
  assert_string_equal(r->http_body, expected);
}

static void http_asks_for_the_password_too(void **state) {
  recorder *r = *state;
  ew_firefly_service_options opts = service_options();
  opts.user = EW_STR("user");
  opts.password = EW_STR("secret");
  recorder_restart(r);
  service_start(r, &opts);
  assert_int_equal(http(r, "GET", SUBSCRIPTIONS, NULL), 403);
  const recorder_request request = {.target = SUBSCRIPTIONS,
                                    .headers = {"authorization: Basic dXNlcjpzZWNyZXQ="}};
  assert_int_equal(recorder_http(r, &request), 200);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      T(a_subscription_is_answered_as_the_server_completes_it),
      T(everything_that_was_asked_for_is_kept),
      T(batches_get_their_defaults),
      T(signs_of_durations_are_settled),
      T(bad_names_are_refused),
      T(other_transports_are_unknown),
      T(bad_options_are_refused),
      T(bad_filters_are_refused),
      T(bad_bodies_are_refused),
      T(the_body_must_be_declared_as_json),
      T(a_name_is_taken_once),
      T(put_makes_or_changes_and_keeps_where_it_began),
      T(one_subscription_is_read_by_its_id),
      T(the_status_tells_how_far_it_has_come),
      T(what_does_not_exist_is_not_found),
      T(a_deleted_subscription_is_gone),
      T(resources_are_stored_and_removed),
      T(a_restored_subscription_is_answered_byte_for_byte),
      T(lists_come_newest_first_and_in_parts),
      T(an_answer_that_does_not_fit_says_so),
      T(the_state_of_the_sockets_is_shown),
      T(http_asks_for_the_password_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
