/*
 * The server side of BaaS, fed with upgrades and events.
 */
#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>

#include "eventwire/baas.h"

#define TX_ID "233718ea379a7ef798f40bfd6ae77f842145334e3d5520292bea7aadfa9faf03"
#define HASH "f7b42d07509c463f8e8cde0fcc8325b42e8bf7fd6a7a24dd207eed297fcd6358"
#define HEAD(type, network) "{\"type\":\"" type "\",\"platform\":\"Fabric\",\"instance_id\":\"csi-a-b\",\"network\":\"" network "\","
#define BLOCK_OF(network)                                                                                              \
  HEAD("Block", network)                                                                                               \
  "\"id\":\"block-3\",\"name\":\"3\",\"content\":{\"number\":3,\"hash\":\"" HASH                                       \
  "\",\"create_time\":1581589504,\"previous_hash\":\"" HASH "\",\"transactions\":[\"" TX_ID "\"]}}"
#define BLOCK BLOCK_OF("channel2")
#define TX                                                                                                             \
  HEAD("Tx", "channel2")                                                                                               \
  "\"id\":\"tx-3-" TX_ID "\",\"name\":\"" TX_ID "\",\"content\":{\"id\":\"" TX_ID                                      \
  "\",\"state\":\"VALID\",\"from\":\"aMSP.b\",\"to\":\"taskmgr\",\"input\":\"[\\\"get\\\"]\",\"events\":null}}"
#define CONTRACT HEAD("Contract", "channel2") "\"id\":\"contract-3-" TX_ID "\",\"name\":\"made\",\"content\":\"eyJuIjoxfQ==\"}"
#define CONFIG                                                                                                         \
  HEAD("Config", "channel2")                                                                                           \
  "\"id\":\"config-7-\",\"name\":\"\",\"content\":{\"id\":\"\",\"state\":\"VALID\",\"from\":\"aMSP.orderer1\",\"to\":" \
  "\"\",\"input\":\"{}\\n\",\"events\":null}}"

#define TOKEN "eyJhbGciOi.a+b/c=.sig"
#define TOKEN_ENCODED "eyJhbGciOi.a%2Bb%2Fc%3D.sig"
#define URL(network, query) "/api/v1/networks/" network "/events/subscribe" query
#define ALL URL("channel2", "?access_token=" TOKEN_ENCODED "&source=%2A")
#define SOURCE(list) URL("channel2", "?access_token=" TOKEN_ENCODED "&source=" list)

static const ew_str token = EW_STR_INIT(TOKEN);

static void start_with(recorder *r, const ew_baas_service_options *opts) {
  ew_service *service = NULL;
  recorder_init(r);
  assert_int_equal(ew_baas_service_new(&service, opts, &r->host), EW_OK);
  recorder_attach(r, service);
}

static void start(recorder *r) {
  ew_baas_service_options opts = {.tokens = &token, .token_count = 1};
  start_with(r, &opts);
}

static void publish_a_block_of_each_type(recorder *r) {
  static const char *const events[] = {TX, CONTRACT, BLOCK, CONFIG};
  for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
    assert_int_equal(recorder_publish(r, "", events[i]), EW_OK);
  }
}

static int open_at(recorder *r, const char *target, const char *header) {
  return recorder_open(r, "a", target, header);
}

static void expect_envelope(const recorder *r, int64_t code) {
  char block[1024];
  ew_arena arena;
  ew_baas_error_response answer;
  ew_arena_init(&arena, block, sizeof(block));
  assert_string_equal(r->http_content_type, "application/json");
  assert_int_equal(
      ew_baas_error_response_decode(ew_str_of(r->http_body), &arena, NULL, &answer, NULL), EW_OK);
  assert_int_equal(answer.error.code, code);
  assert_int_equal(answer.error.request_id.len, 36);
  assert_int_equal(answer.error.request_id.ptr[14], '4');
}

static void expect_token_error(const recorder *r, const char *error) {
  char block[1024];
  ew_arena arena;
  ew_baas_token_error answer;
  ew_arena_init(&arena, block, sizeof(block));
  assert_string_equal(r->http_content_type, "application/json");
  assert_int_equal(ew_baas_token_error_decode(ew_str_of(r->http_body), &arena, NULL, &answer, NULL),
                   EW_OK);
  assert_true(ew_str_equal(answer.error, ew_str_of(error)));
}

/* -------------------------------------------------------------------------------------------------- the upgrade */

static void the_token_of_the_url_opens_the_socket(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(open_at(&r, ALL, NULL), 101);
  recorder_clear(&r);
}

static void the_token_may_come_in_the_authorization_header(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(open_at(&r, URL("channel2", "?source=*"), "authorization: Bearer " TOKEN), 101);
  recorder_close(&r, "a");
  assert_int_equal(open_at(&r, URL("channel2", "?source=*"), "authorization: bearer " TOKEN), 101);
  recorder_close(&r, "a");
  assert_int_equal(open_at(&r, URL("channel2", "?source=*"), "authorization: Basic " TOKEN), 401);
  assert_int_equal(open_at(&r, URL("channel2", "?source=*"), "authorization: Bearer"), 401);
  recorder_clear(&r);
}

static void a_missing_or_wrong_token_is_refused_with_the_oauth_error(void **state) {
  static const struct {
    const char *target;
    const char *error;
  } rows[] = {
      {URL("channel2", "?source=*"), "invalid_request"},
      {URL("channel2", ""), "invalid_request"},
      {URL("channel2", "?source=*&access_token="), "invalid_request"},
      {URL("channel2", "?source=*&access_token"), "invalid_request"},
      {URL("channel2", "?source=*&access_token=wrong"), "invalid_token"},
      {URL("channel2", "?source=*&access_token=" TOKEN), "invalid_token"}, /* its plus is a space */
      {URL("channel2", "?source=*&access_token=%2"), "invalid_token"},
      {URL("channel2", "?source=*&access_token=%00"), "invalid_token"},
      {URL("channel9", "?access_token=wrong"), "invalid_token"},
  };
  (void)state;
  recorder r;
  start(&r);
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    assert_int_equal(open_at(&r, rows[i].target, NULL), 401);
    expect_token_error(&r, rows[i].error);
  }
  recorder_clear(&r);
}

static void a_token_of_two_kilobytes_is_taken(void **state) {
  (void)state;
  recorder r;
  char text[2049];
  memset(text, 'x', sizeof(text) - 1);
  text[sizeof(text) - 1] = '\0';
  char *target = malloc(8192);
  assert_non_null(target);
  ew_str tokens[] = {token, ew_str_of(text)};
  ew_baas_service_options opts = {.tokens = tokens, .token_count = 2};
  start_with(&r, &opts);
  strcpy(target, URL("channel2", "?source=*&access_token="));
  for (size_t i = 0; i < 2048; i++) {
    strcat(target, "%78");
  }
  recorder_request request = {.target = target, .upgrade = true};
  assert_int_equal(recorder_http(&r, &request), 101);
  target[strlen(target) - 1] = '9';
  assert_int_equal(recorder_http(&r, &request), 401);
  free(target);
  recorder_clear(&r);
}

static void a_source_that_is_absent_empty_or_unknown_is_refused(void **state) {
  static const char *const targets[] = {URL("channel2", "?access_token=" TOKEN_ENCODED),
                                        SOURCE(""),
                                        SOURCE("tx"),
                                        SOURCE("Tx,,Block"),
                                        SOURCE("Tx,Foo"),
                                        SOURCE(",Tx"),
                                        SOURCE("Tx,"),
                                        SOURCE("Tx,%20Block"),
                                        SOURCE("%2"),
                                        SOURCE("**"),
                                        SOURCE("Tx;Block")};
  (void)state;
  recorder r;
  start(&r);
  for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
    assert_int_equal(open_at(&r, targets[i], NULL), 400);
    expect_envelope(&r, 131077);
  }
  recorder_clear(&r);
}

static void an_unknown_or_malformed_channel_is_refused(void **state) {
  static const char *const targets[] = {
      URL("channel9", "?source=*&access_token=" TOKEN_ENCODED),
      URL("channel2%2Fx", "?source=*&access_token=" TOKEN_ENCODED),
      URL("", "?source=*&access_token=" TOKEN_ENCODED),
      URL("..", "?source=*&access_token=" TOKEN_ENCODED),
      URL("Channel2", "?source=*&access_token=" TOKEN_ENCODED),
      URL("a/b", "?access_token=" TOKEN_ENCODED),
  };
  (void)state;
  ew_str network = EW_STR("channel2");
  ew_baas_service_options opts = {
      .tokens = &token, .token_count = 1, .networks = &network, .network_count = 1};
  recorder r;
  start_with(&r, &opts);
  for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
    assert_int_equal(open_at(&r, targets[i], NULL), 404);
    expect_envelope(&r, 327685);
  }
  assert_int_equal(open_at(&r, ALL, NULL), 101);
  recorder_clear(&r);
}

static void without_a_list_every_well_formed_channel_is_known(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(open_at(&r, URL("a.b-9", "?source=*&access_token=" TOKEN_ENCODED), NULL), 101);
  recorder_close(&r, "a");
  assert_int_equal(open_at(&r, URL("9a", "?source=*&access_token=" TOKEN_ENCODED), NULL), 404);
  recorder_clear(&r);
}

static void a_request_without_upgrade_says_so(void **state) {
  (void)state;
  recorder r;
  start(&r);
  recorder_request request = {.target = ALL};
  assert_int_equal(recorder_http(&r, &request), 426);
  expect_envelope(&r, 131077);
  request.method = "POST";
  assert_int_equal(recorder_http(&r, &request), 405);
  recorder_clear(&r);
}

static void other_addresses_are_not_found(void **state) {
  static const char *const targets[] = {"/", "/api/v1/networks/channel2/events", "/api/v1/token",
                                        "/api/v1/networks/events/subscribe",
                                        "/api/v1/networks/channel2/events/subscribe/"};
  (void)state;
  recorder r;
  start(&r);
  for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
    recorder_request request = {.target = targets[i], .upgrade = true};
    assert_int_equal(recorder_http(&r, &request), 404);
    assert_string_equal(r.http_content_type, "");
    assert_string_equal(r.http_body, "");
  }
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------------ delivery */

static void all_four_types_flow_in_the_order_of_the_block(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(open_at(&r, ALL, NULL), 101);
  publish_a_block_of_each_type(&r);
  recorder_expect(&r, "send a " TX "\nsend a " CONTRACT "\nsend a " BLOCK "\nsend a " CONFIG "\n");
  recorder_clear(&r);
}

static void only_the_wanted_types_are_sent(void **state) {
  static const struct {
    const char *target;
    const char *sent;
  } rows[] = {
      {SOURCE("Tx"), "send a " TX "\n"},
      {SOURCE("Config"), "send a " CONFIG "\n"},
      {SOURCE("Contract"), "send a " CONTRACT "\n"},
      {SOURCE("Block"), "send a " BLOCK "\n"},
      {SOURCE("Tx,Block"), "send a " TX "\nsend a " BLOCK "\n"},
      {SOURCE("Block%2CTx"), "send a " TX "\nsend a " BLOCK "\n"},
      {SOURCE("Tx,Tx"), "send a " TX "\n"},
      {SOURCE("Tx,*"), "send a " TX "\nsend a " CONTRACT "\nsend a " BLOCK "\nsend a " CONFIG "\n"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    recorder r;
    start(&r);
    assert_int_equal(open_at(&r, rows[i].target, NULL), 101);
    publish_a_block_of_each_type(&r);
    recorder_expect(&r, rows[i].sent);
    recorder_clear(&r);
  }
}

static void events_from_before_the_connection_are_not_sent(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(recorder_publish(&r, "", TX), EW_OK);
  assert_int_equal(open_at(&r, ALL, NULL), 101);
  recorder_expect(&r, "");
  recorder_close(&r, "a");
  assert_int_equal(recorder_publish(&r, "", BLOCK), EW_OK);
  assert_int_equal(open_at(&r, ALL, NULL), 101);
  recorder_expect(&r, "");
  recorder_clear(&r);
}

static void events_of_another_channel_are_not_sent(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(open_at(&r, ALL, NULL), 101);
  assert_int_equal(
      recorder_open(&r, "b", URL("channel3", "?source=*&access_token=" TOKEN_ENCODED), NULL), 101);
  assert_int_equal(recorder_publish(&r, "", BLOCK_OF("channel3")), EW_OK);
  recorder_expect(&r, "send b " BLOCK_OF("channel3") "\n");
  recorder_clear(&r);
}

static void every_connection_of_a_channel_gets_the_event(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(recorder_open(&r, "a", ALL, NULL), 101);
  assert_int_equal(recorder_open(&r, "b", ALL, NULL), 101);
  assert_int_equal(recorder_open(&r, "c", ALL, NULL), 101);
  recorder_close(&r, "b");
  assert_int_equal(recorder_publish(&r, "", TX), EW_OK);
  assert_non_null(strstr(r.text, "send a " TX "\n"));
  assert_non_null(strstr(r.text, "send c " TX "\n"));
  assert_null(strstr(r.text, "send b"));
  recorder_clear(&r);
}

static void a_reader_that_takes_nothing_does_not_stop_the_others(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(recorder_open(&r, "a", ALL, NULL), 101);
  assert_int_equal(recorder_open(&r, "b", ALL, NULL), 101);
  r.send_result = EW_ERR_QUEUE_FULL;
  assert_int_equal(recorder_publish(&r, "", TX), EW_OK);
  assert_non_null(strstr(r.text, "refused a"));
  assert_non_null(strstr(r.text, "refused b"));
  recorder_clear(&r);
}

static void what_a_client_sends_is_ignored_and_counted(void **state) {
  (void)state;
  recorder r;
  start(&r);
  r.quiet = 0;
  assert_int_equal(open_at(&r, ALL, NULL), 101);
  recorder_receive(&r, "a", "{\"type\":\"start\"}");
  recorder_receive(&r, "a", "\xff");
  recorder_receive_bytes(&r, "a", EW_BINARY, "\x00\x01", 2);
  recorder_receive(&r, "a", "");
  recorder_expect(&r, "");
  assert_int_equal(recorder_publish(&r, "", TX), EW_OK);
  recorder_expect(&r, "send a " TX "\n");
  recorder_close(&r, "a");
  recorder_expect(&r, "note baas: a client sent 4 messages, which were ignored\n");
  recorder_clear(&r);
}

static void a_strict_server_ends_the_connection_for_a_text_that_is_no_utf8(void **state) {
  (void)state;
  recorder r;
  ew_baas_service_options opts = {.manner = EW_MANNER_STRICT, .tokens = &token, .token_count = 1};
  start_with(&r, &opts);
  assert_int_equal(open_at(&r, ALL, NULL), 101);
  recorder_receive(&r, "a", "{\"type\":\"start\"}");
  recorder_receive_bytes(&r, "a", EW_BINARY, "\xff", 1);
  recorder_expect(&r, "");
  recorder_receive(&r, "a", "\xc0");
  recorder_expect(&r, "close a 1007 the text is not valid UTF-8\n");
  recorder_clear(&r);
}

static void an_event_of_unknown_type_in_the_log_is_noted_and_not_sent(void **state) {
  static const char *const events[] = {"{\"type\":\"Peer\"}", "{\"type\":8}", "{}", "[]", "",
                                       "{\"type\":"};
  (void)state;
  recorder r;
  start(&r);
  r.quiet = 0;
  assert_int_equal(open_at(&r, ALL, NULL), 101);
  for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
    ew_logged logged = {i + 1, ew_str_of(events[i])};
    ew_service_publish(r.service, EW_STR("baas/channel2"), &logged, r.now);
    recorder_expect(&r, "note baas: an event of the log has no known type and is not delivered\n");
  }
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------------ publishing */

static ew_err check(recorder *r, const char *where, const char *event, char *stream, size_t size,
                    ew_diag *diag) {
  ew_buf buf;
  ew_buf_init(&buf, stream, size - 1);
  ew_err err = ew_service_check(r->service, ew_str_of(where), ew_str_of(event), &buf, diag);
  stream[buf.len] = '\0';
  return err;
}

static void an_event_belongs_to_the_channel_it_names(void **state) {
  (void)state;
  recorder r;
  char stream[300];
  ew_diag diag = {0};
  start(&r);
  assert_int_equal(check(&r, "", TX, stream, sizeof(stream), NULL), EW_OK);
  assert_string_equal(stream, "baas/channel2");
  assert_int_equal(check(&r, "channel2", TX, stream, sizeof(stream), NULL), EW_OK);
  assert_int_equal(check(&r, "channel3", TX, stream, sizeof(stream), &diag), EW_ERR_ARGUMENT);
  assert_string_equal(diag.pointer, "/network");
  assert_string_equal(stream, "");
  recorder_clear(&r);
}

static void an_event_of_a_channel_the_server_has_not_is_not_taken(void **state) {
  (void)state;
  recorder r;
  char stream[300];
  ew_str network = EW_STR("channel3");
  ew_baas_service_options opts = {
      .tokens = &token, .token_count = 1, .networks = &network, .network_count = 1};
  start_with(&r, &opts);
  assert_int_equal(check(&r, "", TX, stream, sizeof(stream), NULL), EW_ERR_ARGUMENT);
  assert_int_equal(check(&r, "", BLOCK_OF("channel3"), stream, sizeof(stream), NULL), EW_OK);
  recorder_clear(&r);
}

static void an_event_against_the_schema_or_the_rules_is_not_taken(void **state) {
  (void)state;
  recorder r;
  char stream[300];
  ew_diag diag = {0};
  start(&r);
  assert_int_equal(check(&r, "", "{\"type\":\"Block\"}", stream, sizeof(stream), &diag),
                   EW_ERR_MISSING);
  assert_int_equal(
      check(&r, "",
            HEAD("Contract", "channel2") "\"id\":\"block-3\",\"name\":\"x\",\"content\":\"\"}",
            stream, sizeof(stream), &diag),
      EW_ERR_RULE);
  assert_string_equal(diag.pointer, "/id");
  assert_int_equal(check(&r, "", BLOCK " x", stream, sizeof(stream), &diag), EW_ERR_TRAILING);
  assert_int_equal(recorder_publish(&r, "", "[" BLOCK "]"), EW_ERR_TYPE);
  recorder_clear(&r);
}

static void a_service_without_tokens_or_with_odd_channels_is_not_made(void **state) {
  (void)state;
  recorder r;
  recorder_init(&r);
  ew_service *service = NULL;
  ew_str empty = EW_STR("");
  ew_str odd = EW_STR("Channel");
  ew_baas_service_options opts = {0};
  assert_int_equal(ew_baas_service_new(&service, &opts, &r.host), EW_ERR_ARGUMENT);
  opts = (ew_baas_service_options){.tokens = &empty, .token_count = 1};
  assert_int_equal(ew_baas_service_new(&service, &opts, &r.host), EW_ERR_ARGUMENT);
  opts = (ew_baas_service_options){
      .tokens = &token, .token_count = 1, .networks = &odd, .network_count = 1};
  assert_int_equal(ew_baas_service_new(&service, &opts, &r.host), EW_ERR_ARGUMENT);
  assert_null(service);
  recorder_clear(&r);
}

static void a_service_is_freed_with_open_connections(void **state) {
  (void)state;
  recorder r;
  start(&r);
  assert_int_equal(recorder_open(&r, "a", ALL, NULL), 101);
  assert_int_equal(recorder_open(&r, "b", ALL, NULL), 101);
  ew_service_free(r.service);
  r.service = NULL;
  recorder_clear(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_token_of_the_url_opens_the_socket),
      cmocka_unit_test(the_token_may_come_in_the_authorization_header),
      cmocka_unit_test(a_missing_or_wrong_token_is_refused_with_the_oauth_error),
      cmocka_unit_test(a_token_of_two_kilobytes_is_taken),
      cmocka_unit_test(a_source_that_is_absent_empty_or_unknown_is_refused),
      cmocka_unit_test(an_unknown_or_malformed_channel_is_refused),
      cmocka_unit_test(without_a_list_every_well_formed_channel_is_known),
      cmocka_unit_test(a_request_without_upgrade_says_so),
      cmocka_unit_test(other_addresses_are_not_found),
      cmocka_unit_test(all_four_types_flow_in_the_order_of_the_block),
      cmocka_unit_test(only_the_wanted_types_are_sent),
      cmocka_unit_test(events_from_before_the_connection_are_not_sent),
      cmocka_unit_test(events_of_another_channel_are_not_sent),
      cmocka_unit_test(every_connection_of_a_channel_gets_the_event),
      cmocka_unit_test(a_reader_that_takes_nothing_does_not_stop_the_others),
      cmocka_unit_test(what_a_client_sends_is_ignored_and_counted),
      cmocka_unit_test(a_strict_server_ends_the_connection_for_a_text_that_is_no_utf8),
      cmocka_unit_test(an_event_of_unknown_type_in_the_log_is_noted_and_not_sent),
      cmocka_unit_test(an_event_belongs_to_the_channel_it_names),
      cmocka_unit_test(an_event_of_a_channel_the_server_has_not_is_not_taken),
      cmocka_unit_test(an_event_against_the_schema_or_the_rules_is_not_taken),
      cmocka_unit_test(a_service_without_tokens_or_with_odd_channels_is_not_made),
      cmocka_unit_test(a_service_is_freed_with_open_connections),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
