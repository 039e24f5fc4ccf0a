/*
 * The client side of BaaS, fed with answers and events of a server.
 */
#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>

#include "baas_vectors.h"
#include "eventwire/baas.h"

#define CONTRACT_ID "contract-3-233718ea379a7ef798f40bfd6ae77f842145334e3d5520292bea7aadfa9faf03"
#define CONTRACT_OF(type)                                                                                              \
  "{\"type\":" type ",\"platform\":\"Fabric\",\"instance_id\":\"csi-a-b\",\"network\":\"channel2\",\"id\":\"" CONTRACT_ID  \
  "\",\"name\":\"made\",\"content\":\"eyJuIjoxfQ==\"}"
#define CONTRACT CONTRACT_OF("\"Contract\"")
#define DELIVERED(text) "event 0/1 id=" CONTRACT_ID " type=Contract source=channel2 sequence=0 " text "\n"

static ew_subscriber_options options(void) {
  return (ew_subscriber_options){.protocol = "baas",
                                 .network = EW_STR("channel2"),
                                 .token = EW_STR("a+b/c="),
                                 .sources = EW_STR("Tx,Block")};
}

static void start_with(recorder *r, const ew_subscriber_options *opts) {
  recorder_init(r);
  assert_int_equal(ew_subscriber_new(&r->subscriber, opts, &r->subscriber_host), EW_OK);
}

static void start(recorder *r) {
  ew_subscriber_options opts = options();
  start_with(r, &opts);
}

/* -------------------------------------------------------------------------------------------------- the request */

static void the_url_says_network_token_and_source_percent_encoded(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  start(&r);
  recorder_connect(&r, "/", &request);
  assert_true(request.upgrade);
  assert_int_equal(request.header_count, 0);
  assert_string_equal(
      r.target,
      "GET /api/v1/networks/channel2/events/subscribe?access_token=a%2Bb%2Fc%3D&source=Tx%2CBlock");
  recorder_connect(&r, "", &request);
  assert_string_equal(
      r.target,
      "GET /api/v1/networks/channel2/events/subscribe?access_token=a%2Bb%2Fc%3D&source=Tx%2CBlock");
  recorder_clear(&r);
}

static void all_types_are_asked_for_when_none_is_named(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  ew_subscriber_options opts = options();
  opts.sources = EW_STR("");
  opts.network = EW_STR("old/one");
  start_with(&r, &opts);
  recorder_connect(&r, "/", &request);
  assert_string_equal(
      r.target,
      "GET /api/v1/networks/old%2Fone/events/subscribe?access_token=a%2Bb%2Fc%3D&source=%2A");
  recorder_clear(&r);
}

static void a_path_of_the_user_gets_what_it_lacks(void **state) {
  static const struct {
    const char *path;
    const char *target;
  } rows[] = {
      {"/gw/x", "GET /gw/x?access_token=a%2Bb%2Fc%3D&source=Tx%2CBlock"},
      {"/gw/x?source=Config", "GET /gw/x?source=Config&access_token=a%2Bb%2Fc%3D"},
      {"/gw/x?access_token=mine", "GET /gw/x?access_token=mine&source=Tx%2CBlock"},
      {"/gw/x?access_token=mine&source=*", "GET /gw/x?access_token=mine&source=*"},
  };
  (void)state;
  recorder r;
  ew_request request;
  start(&r);
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    recorder_connect(&r, rows[i].path, &request);
    assert_string_equal(r.target, rows[i].target);
  }
  recorder_clear(&r);
}

static void without_a_network_there_is_no_path_of_our_own(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  ew_subscriber_options opts = options();
  opts.network = EW_STR("");
  start_with(&r, &opts);
  assert_int_equal(ew_subscriber_connect(r.subscriber, EW_STR("/"), &request), EW_ERR_ARGUMENT);
  assert_int_equal(ew_subscriber_connect(r.subscriber, EW_STR("/a"), &request), EW_OK);
  recorder_clear(&r);
}

static void a_path_over_the_limit_is_refused(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  start(&r);
  char *path = malloc(70000);
  assert_non_null(path);
  memset(path, 'a', 70000);
  assert_int_equal(ew_subscriber_connect(r.subscriber, ew_str_from(path, 70000), &request),
                   EW_ERR_TOO_LARGE);
  free(path);
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------ refused upgrade */

static void every_form_of_refusal_is_explained(void **state) {
  static const struct {
    int status;
    const char *body;
    const char *found;
  } rows[] = {
      {401, "{\"error\":\"invalid_token\",\"error_description\":\"expired\"}",
       "401 invalid_token expired"},
      {401, "{\"error\":\"invalid_token\"}", "401 invalid_token "},
      {400,
       "{\"Success\":false,\"Result\":null,\"Error\":{\"code\":131077,\"message\":\"Parameter error\",\"request_id\":\"a\"}}",
       "400 code 131077 Parameter error"},
      {200, "{\"Success\":false,\"Result\":{},\"Error\":{\"code\":459265,\"message\":\"No\"}}",
       "200 code 459265 No"},
      {200, "{\"Success\":false,\"Error\":{\"code\":-1}}", "200 code -1 "},
      {200, "{\"Success\":true,\"Result\":{},\"Error\":{\"code\":200,\"message\":\"Success\"}}",
       "status 200"},
      {502, "<html>\xff</html>", "status 502"},
      {404, "", "status 404"},
  };
  (void)state;
  recorder r;
  start(&r);
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    ew_request request;
    ew_diag diag = {0};
    recorder_connect(&r, "/", &request);
    assert_int_equal(ew_subscriber_answer(r.subscriber, rows[i].status, ew_str_of(rows[i].body),
                                          &request, &diag),
                     EW_ERR_REFUSED);
    assert_int_equal(diag.err, EW_ERR_REFUSED);
    assert_string_equal(diag.expected, "status 101");
    assert_string_equal(diag.found, rows[i].found);
    assert_int_equal(
        ew_subscriber_answer(r.subscriber, rows[i].status, ew_str_of(rows[i].body), &request, NULL),
        EW_ERR_REFUSED);
  }
  recorder_clear(&r);
}

#define TEN_CHARACTERS "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87"

static void a_long_reason_is_cut_between_characters(void **state) {
  (void)state;
  recorder r;
  ew_request request;
  ew_diag diag = {0};
  start(&r);
  ew_str body = EW_STR("{\"error\":\"x\",\"error_description\":\"" TEN_CHARACTERS TEN_CHARACTERS
                           TEN_CHARACTERS TEN_CHARACTERS TEN_CHARACTERS "\\n\"}");
  assert_int_equal(ew_subscriber_answer(r.subscriber, 401, body, &request, &diag), EW_ERR_REFUSED);
  assert_int_equal(strlen(diag.found), 6 + 37 * 3);
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------------- events */

static void it_is_ready_when_the_socket_is_open_and_sends_nothing(void **state) {
  (void)state;
  recorder r;
  start(&r);
  ew_subscriber_open(r.subscriber, r.now);
  recorder_expect(&r, "ready\n");
  recorder_clear(&r);
}

static void an_event_is_delivered_as_it_was_received(void **state) {
  (void)state;
  recorder r;
  start(&r);
  recorder_deliver(&r, CONTRACT);
  recorder_expect(&r, DELIVERED(CONTRACT));
  r.refuse_every = 1;
  recorder_deliver(&r, CONTRACT);
  recorder_expect(&r, DELIVERED(CONTRACT));
  ew_subscriber_close(r.subscriber, r.now);
  recorder_clear(&r);
}

static void the_numbers_of_old_gateways_are_only_read_leniently(void **state) {
  (void)state;
  recorder r;
  start(&r);
  recorder_deliver(&r, CONTRACT_OF("8"));
  recorder_expect(&r, "bad_message EW_ERR_TYPE /type\n");
  recorder_clear(&r);
  ew_subscriber_options opts = options();
  opts.profile = EW_LENIENT;
  start_with(&r, &opts);
  recorder_deliver(&r, CONTRACT_OF("8"));
  recorder_expect(&r, DELIVERED(CONTRACT_OF("8")));
  recorder_clear(&r);
}

static void what_is_no_event_is_reported_and_ignored(void **state) {
  static const struct {
    const char *message;
    const char *line;
  } rows[] = {
      {"", "bad_message EW_ERR_TRUNCATED\n"},
      {"[" CONTRACT "]", "bad_message EW_ERR_TYPE\n"},
      {"{\"Success\":false,\"Error\":{\"code\":1,\"message\":\"\"}}", "bad_message EW_ERR_MISSING"},
      {CONTRACT CONTRACT, "bad_message EW_ERR_TRAILING\n"},
      {CONTRACT_OF("\"Block\""), "bad_message EW_ERR_TYPE /content\n"},
      {"{\"type\":\"Contract\",\"platform\":\"Fabric\",\"instance_id\":\"i\",\"network\":\"n\",\"id\":\"block-3\",\"name\":\"x\","
       "\"content\":\"\"}",
       "bad_message EW_ERR_RULE /id\n"},
  };
  (void)state;
  recorder r;
  start(&r);
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    recorder_deliver(&r, rows[i].message);
    if (strncmp(r.text, rows[i].line, strlen(rows[i].line)) != 0) {
      fail_msg("%s: %s", rows[i].message, r.text);
    }
    recorder_forget(&r);
  }
  ew_subscriber_receive(r.subscriber, EW_BINARY, EW_STR(CONTRACT), r.now);
  recorder_expect(&r, "bad_message EW_ERR_PEER\n");
  recorder_deliver(&r, CONTRACT);
  recorder_expect(&r, DELIVERED(CONTRACT));
  recorder_clear(&r);
}

static void every_vector_is_delivered_or_reported(void **state) {
  (void)state;
  recorder r;
  ew_subscriber_options opts = options();
  opts.profile = EW_LENIENT;
  start_with(&r, &opts);
  for (size_t i = 0; i < ew_baas_vector_count; i++) {
    const ew_vector *v = &ew_baas_vectors[i];
    if (strcmp(v->message, "event") != 0 || v->verdict == EW_VECTOR_COMPAT) {
      continue;
    }
    ew_subscriber_receive(r.subscriber, EW_TEXT, ew_str_from(v->json, v->len), r.now);
    const char *line = v->verdict == EW_VECTOR_INVALID ? "bad_message " : "event ";
    if (strncmp(r.text, line, strlen(line)) != 0) {
      fail_msg("%s: %.200s", v->id, r.text);
    }
    recorder_forget(&r);
  }
  recorder_clear(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_url_says_network_token_and_source_percent_encoded),
      cmocka_unit_test(all_types_are_asked_for_when_none_is_named),
      cmocka_unit_test(a_path_of_the_user_gets_what_it_lacks),
      cmocka_unit_test(without_a_network_there_is_no_path_of_our_own),
      cmocka_unit_test(a_path_over_the_limit_is_refused),
      cmocka_unit_test(every_form_of_refusal_is_explained),
      cmocka_unit_test(a_long_reason_is_cut_between_characters),
      cmocka_unit_test(it_is_ready_when_the_socket_is_open_and_sends_nothing),
      cmocka_unit_test(an_event_is_delivered_as_it_was_received),
      cmocka_unit_test(the_numbers_of_old_gateways_are_only_read_leniently),
      cmocka_unit_test(what_is_no_event_is_reported_and_ignored),
      cmocka_unit_test(every_vector_is_delivered_or_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
