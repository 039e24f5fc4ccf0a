/* Opening handshake, start messages, the start in the URL, and what is refused: section by section of the observed
 * behaviour. */
#include <stdio.h>
#include <stdlib.h>

#include "firefly_support.h"

#define INVALID "FF10176: Invalid data: "
#define SCOPED "/api/v1/namespaces/ns1/ws"

static void expect_refusal(recorder *r, const char *message, const char *inner) {
  char expected[512];
  open_socket(r, "bad");
  recorder_receive(r, "bad", message);
  snprintf(expected, sizeof(expected), "'" INVALID "%s' drop", inner);
  expect(r, "bad", expected);
  assert_false(recorder_is_open(r, "bad"));
}

/* A start that is taken: the socket is open and has heard nothing. */
static void expect_taken(recorder *r, const char *message) {
  open_socket(r, "good");
  recorder_receive(r, "good", message);
  expect(r, "good", "");
  assert_true(recorder_is_open(r, "good"));
  recorder_close(r, "good");
}

/* ---------------------------------------------------------------------------------------------- handshake */

static void both_addresses_open(void **state) {
  recorder *r = *state;
  assert_int_equal(recorder_open(r, "a", "/ws", NULL), 101);
  assert_int_equal(recorder_open(r, "b", SCOPED, NULL), 101);
}

static void a_plain_get_is_a_bad_request(void **state) {
  recorder *r = *state;
  assert_int_equal(http(r, "GET", "/ws", NULL), 400);
  assert_string_equal(r->http_body, "Bad Request\n");
  assert_int_equal(http(r, "GET", SCOPED, NULL), 400);
}

static void an_unknown_namespace_in_the_address_is_not_found(void **state) {
  recorder *r = *state;
  assert_int_equal(recorder_open(r, "a", "/api/v1/namespaces/ns3/ws", NULL), 404);
  assert_string_equal(r->http_body, "{\"error\":\"FF10109: Not found\"}\n");
}

static void other_paths_are_not_found(void **state) {
  recorder *r = *state;
  assert_int_equal(recorder_open(r, "a", "/", NULL), 404);
  assert_int_equal(recorder_open(r, "a", "/ws/", NULL), 404);
  assert_int_equal(recorder_open(r, "a", "/api/v1/namespaces/ns1/wss", NULL), 404);
}

static void the_listener_asks_for_its_password(void **state) {
  recorder *r = *state;
  ew_firefly_service_options opts = service_options();
  opts.user = EW_STR("user");
  opts.password = EW_STR("secret");
  recorder_restart(r);
  service_start(r, &opts);
  assert_int_equal(recorder_open(r, "a", "/ws", NULL), 403);
  assert_string_equal(r->http_body, "{\"error\":\"FF00169: Unauthorized\"}\n");
  assert_int_equal(recorder_open(r, "a", "/ws", "authorization: Basic dXNlcjp3cm9uZw=="), 403);
  assert_int_equal(recorder_open(r, "a", "/ws", "authorization: Basic dXNlcg=="), 403);
  assert_int_equal(recorder_open(r, "a", "/ws", "authorization: Basic dXNlcjpzZWNyZXQ="), 101);
}

/* -------------------------------------------------------------------------------------- what is no message */

static void text_that_is_no_json_is_refused(void **state) {
  recorder *r = *state;
  expect_refusal(r, "!json", "invalid character '!' looking for beginning of value");
  expect_refusal(r, "", "unexpected end of JSON input");
  expect_refusal(r, "{\"type\":\"start\"", "unexpected end of JSON input");
  expect_refusal(r, "{\"type\":\"start\"}{", "invalid character '{' after top-level value");
  expect_refusal(r, "\xef\xbb\xbf{}",
                 "invalid character '\xc3\xaf' looking for beginning of value");
  expect_refusal(r, "'", "invalid character '\\'' looking for beginning of value");
}

static void bad_json_is_refused_before_its_type_is_looked_at(void **state) {
  recorder *r = *state;
  expect_refusal(r, "{\"type\":\"lobster\",}",
                 "invalid character '}' looking for beginning of value");
}

static void values_that_are_no_objects_are_refused(void **state) {
  recorder *r = *state;
  expect_refusal(r, "[]", "json: cannot unmarshal array into Go value of type core.WSActionBase");
  expect_refusal(r, "1", "json: cannot unmarshal number into Go value of type core.WSActionBase");
  expect_refusal(r, "\"start\"",
                 "json: cannot unmarshal string into Go value of type core.WSActionBase");
}

static void a_message_without_a_type_is_unknown(void **state) {
  recorder *r = *state;
  expect_refusal(r, "null", "FF10177: Unknown action ''");
  expect_refusal(r, " null\n", "FF10177: Unknown action ''");
  expect_refusal(r, "{}", "FF10177: Unknown action ''");
  expect_refusal(r, "{\"type\":null}", "FF10177: Unknown action ''");
  expect_refusal(r, "{\"type\":\"\"}", "FF10177: Unknown action ''");
}

static void other_types_are_unknown(void **state) {
  recorder *r = *state;
  expect_refusal(r, "{\"type\":\"lobster\"}", "FF10177: Unknown action 'lobster'");
  expect_refusal(r, "{\"type\":\"LOBSTER\"}", "FF10177: Unknown action 'lobster'");
  expect_refusal(r, "{\"type\":\"protocol_error\",\"error\":\"x\"}",
                 "FF10177: Unknown action 'protocol_error'");
  expect_refusal(r, "{\"type\":\"event_batch\"}", "FF10177: Unknown action 'event_batch'");
  expect_refusal(r, "{\"type\":\"start\\u0000\"}", "FF10177: Unknown action 'start?'");
}

static void an_unknown_type_is_written_as_the_server_escapes_it(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  recorder_receive(r, "a", "{\"type\":\"<b>&\\n\"}");
  recorder_expect(
      r,
      "send a {\"type\":\"protocol_error\",\"error\":\"FF10176: Invalid data: FF10177: Unknown action "
      "'\\u003cb\\u003e\\u0026\\n'\"}\\n\ndrop a\n");
}

static void a_long_unknown_type_is_shortened_at_a_code_point(void **state) {
  recorder *r = *state;
  char message[4200] = "{\"type\":\"";
  for (size_t i = 0; i < 1000; i++) {
    strcat(message, "\xc3\xa9\xc3\xa9");
  }
  strcat(message, "\"}");
  open_socket(r, "a");
  recorder_receive(r, "a", message);
  assert_non_null(strstr(r->text, "Unknown action '\xc3\xa9"));
  assert_non_null(strstr(r->text, "\xc3\xa9'\"}\\n\ndrop a\n"));
  assert_true(r->text_len < 400);
}

static void a_type_that_is_no_text_is_refused(void **state) {
  recorder *r = *state;
  expect_refusal(r, "{\"type\":1}",
                 "json: cannot unmarshal number into Go struct field WSActionBase.type of type fftypes.FFEnum");
}

static void nothing_is_read_after_an_error(void **state) {
  recorder *r = *state;
  own_peer peer;
  own_open(r, &peer, "");
  ew_service_receive(peer.session, EW_TEXT, EW_STR("{}"), r->now);
  expect(r, "own", "'" INVALID "FF10177: Unknown action ''' drop");
  ew_service_receive(peer.session, EW_TEXT, EW_STR("{}"), r->now);
  ew_service_receive(peer.session, EW_TEXT,
                     EW_STR("{\"type\":\"start\",\"namespace\":\"ns1\",\"name\":\"x\"}"), r->now);
  expect(r, "own", "");
  ew_service_close(peer.session, r->now);
}

/* ------------------------------------------------------------------------------------------------- starts */

static void a_start_is_not_answered(void **state) {
  recorder *r = *state;
  expect_taken(r, "{\"type\":\"start\",\"namespace\":\"ns1\",\"name\":\"sub1\"}");
  expect_taken(
      r,
      "{\"type\":\"start\",\"autoack\":null,\"namespace\":\"ns1\",\"name\":\"s\",\"ephemeral\":false,"
      "\"filter\":{\"message\":{},\"transaction\":{},\"blockchainevent\":{}},\"options\":{}}\n");
  expect_taken(r, "{\"type\":\"start\",\"namespace\":\"ns2\",\"ephemeral\":true}");
}

static void a_start_needs_a_known_namespace(void **state) {
  recorder *r = *state;
  expect_refusal(r, "{\"type\":\"start\"}", "FF10436: Unknown namespace ''");
  expect_refusal(r, "{\"type\":\"start\",\"namespace\":\"ns3\",\"name\":\"a\"}",
                 "FF10436: Unknown namespace 'ns3'");
}

static void a_start_needs_a_name_or_ephemeral(void **state) {
  recorder *r = *state;
  expect_refusal(r, "{\"type\":\"start\",\"namespace\":\"ns1\"}",
                 "FF10178: A start action must set namespace and either a name or ephemeral=true");
  expect_refusal(r, "{\"type\":\"start\",\"namespace\":\"ns1\",\"name\":\"\",\"ephemeral\":false}",
                 "FF10178: A start action must set namespace and either a name or ephemeral=true");
}

static void a_namespaced_address_supplies_its_namespace(void **state) {
  recorder *r = *state;
  recorder_open(r, "a", SCOPED, NULL);
  recorder_receive(r, "a", "{\"type\":\"start\",\"ephemeral\":true}");
  recorder_receive(r, "a", "{\"type\":\"start\",\"ephemeral\":true,\"namespace\":\"\"}");
  recorder_receive(r, "a", "{\"type\":\"start\",\"ephemeral\":true,\"namespace\":\"ns1\"}");
  expect(r, "a", "");
  publish(r, 1, 1);
  expect(r, "a", "1 1 1");
}

static void another_namespace_than_that_of_the_address_is_refused(void **state) {
  recorder *r = *state;
  recorder_open(r, "a", SCOPED, NULL);
  recorder_receive(r, "a", "{\"type\":\"start\",\"namespace\":\"ns2\",\"name\":\"a\"}");
  expect(r, "a",
         "'" INVALID "FF10462: Websocket request received on a namespace scoped connection but the provided namespace "
                     "does not match' drop");
}

static void autoack_must_be_the_same_in_all_starts(void **state) {
  recorder *r = *state;
  const char *const pairs[][2] = {{"\"autoack\":true,", "\"autoack\":false,"},
                                  {"", "\"autoack\":true,"}};
  for (size_t i = 0; i < 2; i++) {
    char text[2][128];
    for (size_t k = 0; k < 2; k++) {
      snprintf(text[k], sizeof(text[k]),
               "{\"type\":\"start\",%s\"namespace\":\"ns1\",\"name\":\"a%zu\"}", pairs[i][k], k);
    }
    open_socket(r, "a");
    recorder_receive(r, "a", text[0]);
    expect(r, "a", "");
    recorder_receive(r, "a", text[1]);
    expect(r, "a",
           "'" INVALID
           "FF10179: The autoack option must be set consistently on all start requests' drop");
  }
}

static void autoack_may_be_left_out_or_repeated(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  recorder_receive(r, "a",
                   "{\"type\":\"start\",\"autoack\":true,\"namespace\":\"ns1\",\"name\":\"a\"}");
  recorder_receive(r, "a", "{\"type\":\"start\",\"namespace\":\"ns1\",\"name\":\"b\"}");
  recorder_receive(r, "a",
                   "{\"type\":\"start\",\"autoack\":null,\"namespace\":\"ns1\",\"name\":\"c\"}");
  recorder_receive(r, "a",
                   "{\"type\":\"start\",\"autoack\":true,\"namespace\":\"ns1\",\"name\":\"d\"}");
  expect(r, "a", "");
}

static void an_expression_that_does_not_compile_is_refused(void **state) {
  recorder *r = *state;
  expect_refusal(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"filter\":{\"events\":\"(\"}}",
      "FF10171: Unable to compile 'filter.events' regexp '(': error parsing regexp: missing closing ): `(`");
}

static void each_filter_is_refused_by_its_name(void **state) {
  recorder *r = *state;
  static const char *const filters[][2] = {
      {"\"topic\":\"(\"", "filter.topic"},
      {"\"topics\":\"(\"", "filter.topics"},
      {"\"tag\":\"(\"", "filter.tag"},
      {"\"group\":\"(\"", "filter.group"},
      {"\"author\":\"(\"", "filter.author"},
      {"\"message\":{\"tag\":\"(\"}", "filter.message.tag"},
      {"\"message\":{\"group\":\"(\"}", "filter.message.group"},
      {"\"message\":{\"author\":\"(\"}", "filter.message.author"},
      {"\"transaction\":{\"type\":\"(\"}", "filter.transaction.type"},
      {"\"blockchainevent\":{\"name\":\"(\"}", "filter.blockchain.name"},
      {"\"blockchainevent\":{\"listener\":\"(\"}", "filter.blockchain.listener"},
  };
  for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
    char message[256];
    char inner[256];
    snprintf(message, sizeof(message),
             "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"filter\":{%s}}",
             filters[i][0]);
    snprintf(inner, sizeof(inner),
             "FF10171: Unable to compile '%s' regexp '(': error parsing regexp: missing closing ): `(`", filters[i][1]);
    expect_refusal(r, message, inner);
  }
}

static void without_an_engine_a_filter_is_refused_and_none_is_not(void **state) {
  recorder *r = *state;
  ew_firefly_service_options opts = service_options();
  opts.filters = NULL;
  recorder_restart(r);
  service_start(r, &opts);
  expect_refusal(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"filter\":{\"events\":\"x\"}}",
      "FF10171: Unable to compile 'filter.events' regexp 'x': filters are not built in");
  expect_taken(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"filter\":{\"events\":\"\"}}");
}

static void the_filter_of_a_durable_start_counts_for_nothing(void **state) {
  recorder *r = *state;
  expect_taken(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"name\":\"a\",\"filter\":{\"events\":\"(\"},\"options\":{"
      "\"withData\":true}}");
}

static void data_cannot_be_asked_for(void **state) {
  recorder *r = *state;
  expect_refusal(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{\"withData\":true}}",
      "FF10244: Websockets subscriptions do not support streaming the full data payload, just the "
      "references (withData must be "
      "false)");
}

static void options_of_the_wrong_type_are_refused(void **state) {
  recorder *r = *state;
  expect_refusal(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{\"firstEvent\":0}}",
      "json: cannot unmarshal number into Go struct field WSStart.options.firstEvent of type string");
  expect_refusal(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"name\":\"a\",\"options\":{\"headers\":{\"a\":1}}}",
      "json: cannot unmarshal number into Go struct field WSStart.options.headers.a of type string");
  expect_refusal(
      r, "{\"type\":\"start\",\"namespace\":\"ns1\",\"name\":\"a\",\"autoack\":\"true\"}",
      "json: cannot unmarshal string into Go struct field WSStart.autoack of type true or false");
}

static void a_window_beyond_the_limit_is_refused(void **state) {
  recorder *r = *state;
  expect_refusal(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{\"readAhead\":65536}}",
      "json: cannot unmarshal number 65536 into Go struct field WSStart.options.readAhead of type uint16");
  expect_refusal(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{\"readAhead\":-1}}",
      "json: cannot unmarshal number -1 into Go struct field WSStart.options.readAhead of type uint16");
  expect_taken(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{\"readAhead\":65535}}");
}

static void a_lower_limit_of_the_server_holds(void **state) {
  recorder *r = *state;
  ew_firefly_service_options opts = service_options();
  opts.max_read_ahead = 10;
  recorder_restart(r);
  service_start(r, &opts);
  expect_refusal(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{\"readAhead\":11}}",
      "readAhead 11 is above 10, the limit of this server");
  expect_taken(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{\"readAhead\":10,\"batch\":true}}");
  expect_taken(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{\"batch\":true}}");
}

static void names_and_values_are_read_in_any_letter_case(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  recorder_receive(r, "a", "{\"TYPE\":\"Start\",\"NameSpace\":\"ns1\",\"Ephemeral\":true}");
  publish(r, 1, 1);
  expect(r, "a", "1");
}

static void the_last_of_two_members_counts(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  recorder_receive(
      r, "a",
      "{\"type\":\"lobster\",\"type\":\"start\",\"namespace\":\"ns9\",\"namespace\":\"ns1\",\"ephemeral\":true}");
  expect(r, "a", "");
}

static void binary_messages_and_bad_utf8_are_read_like_the_others(void **state) {
  recorder *r = *state;
  static const char message[] =
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"name\":\"\xff\"}";
  open_socket(r, "a");
  recorder_receive_bytes(r, "a", EW_BINARY, message, sizeof(message) - 1);
  publish(r, 1, 1);
  expect(r, "a", "1");
}

static void an_unknown_name_is_silent_until_it_is_made(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  start(r, "a", "later");
  publish(r, 1, 1);
  expect(r, "a", "");
  make_subscription(r, "later", "{\"firstEvent\":\"oldest\"}");
  expect(r, "a", "1");
}

static void a_connection_has_a_bounded_number_of_starts(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  for (unsigned i = 0; i < 1024; i++) {
    start(r, "a", "one");
  }
  expect(r, "a", "");
  start(r, "a", "one");
  expect(r, "a", "'" INVALID "no place for another start on this connection' drop");
}

/* ---------------------------------------------------------------------------------------- start in the URL */

static void expect_auto_start(recorder *r, const char *target, const char *sent) {
  assert_int_equal(recorder_open(r, "auto", target, NULL), 101);
  recorder_settle(r);
  expect(r, "auto", sent);
  assert_true(recorder_is_open(r, "auto"));
  recorder_close(r, "auto");
}

static void the_url_can_start(void **state) {
  recorder *r = *state;
  make_subscription(r, "sub1", "{}");
  assert_int_equal(recorder_open(r, "a", "/ws?ephemeral&namespace=ns1", NULL), 101);
  assert_int_equal(recorder_open(r, "b", "/ws?name=sub1&namespace=ns1", NULL), 101);
  assert_int_equal(recorder_open(r, "c", SCOPED "?name=sub1", NULL), 101);
  assert_int_equal(recorder_open(r, "d", "/ws?namespace=ns1", NULL), 101);
  recorder_settle(r);
  publish(r, 1, 1);
  expect(r, "a", "1");
  expect(r, "b", "1");
  expect(r, "c", "");
  expect(r, "d", "");
}

static void a_key_without_a_value_is_true_and_only_false_is_false(void **state) {
  recorder *r = *state;
  static const char *const targets[] = {"/ws?namespace=ns1&ephemeral&autoack",
                                        "/ws?namespace=ns1&ephemeral=0&autoack=FALSE",
                                        "/ws?ephemeral=true&namespace=ns1&autoack=no"};
  for (size_t i = 0; i < 3; i++) {
    unsigned n = (unsigned)(2 * i);
    char expected[16];
    assert_int_equal(recorder_open(r, "a", targets[i], NULL), 101);
    recorder_settle(r);
    publish(r, n + 1, n + 2);
    snprintf(expected, sizeof(expected), "%u %u", n + 1, n + 2);
    expect(r, "a", expected);
    recorder_close(r, "a");
  }
  expect_auto_start(r, "/ws?namespace=ns1&ephemeral=false", "");
}

static void errors_of_the_url_are_bare_and_the_socket_stays(void **state) {
  recorder *r = *state;
  expect_auto_start(r, "/ws?name=missingnamespace",
                    "'FF10178: A start action must set namespace and either a name or ephemeral=true'");
  expect_auto_start(r, "/ws?ephemeral&namespace=ns3", "'FF10187: Namespace does not exist'");
  expect_auto_start(r, "/ws?name=&namespace=ns1",
                    "'FF10178: A start action must set namespace and either a name or ephemeral=true'");
  expect_auto_start(r, SCOPED "?namespace=ns2",
                    "'FF10462: Websocket request received on a namespace scoped connection but the provided namespace "
                    "does not match'");
  expect_auto_start(
      r, "/ws?ephemeral&namespace=ns1&filter.events=(",
      "'FF10171: Unable to compile 'filter.events' regexp '(': error parsing regexp: missing closing ): `(`'");
}

static void a_start_in_the_url_sets_autoack_for_good(void **state) {
  recorder *r = *state;
  recorder_open(r, "a", "/ws?ephemeral&namespace=ns1", NULL);
  recorder_receive(r, "a",
                   "{\"type\":\"start\",\"autoack\":true,\"namespace\":\"ns1\",\"name\":\"x\"}");
  expect(r, "a",
         "'" INVALID
         "FF10179: The autoack option must be set consistently on all start requests' drop");
}

static void a_failed_start_in_the_url_counts_as_a_start(void **state) {
  recorder *r = *state;
  recorder_open(r, "a", "/ws?name=x", NULL);
  start_ephemeral(r, "a", "{}");
  publish(r, 1, 1);
  expect(r, "a",
         "'FF10178: A start action must set namespace and either a name or ephemeral=true' 1");
  ack(r, "a", 1);
  expect(r, "a",
         "'" INVALID
         "FF10175: Acknowledgment does not match an inflight event + subscription' drop");
}

static void options_in_the_url_are_read(void **state) {
  recorder *r = *state;
  recorder_open(r, "a", "/ws?ephemeral&namespace=ns1&batch&batchtimeout=1s&readahead=2", NULL);
  recorder_settle(r);
  publish(r, 1, 1);
  expect(r, "a", "");
  publish(r, 2, 2);
  expect(r, "a", "[1 2]");
  ack_text(r, "a", batch_id);
  publish(r, 3, 3);
  recorder_advance(r, 999);
  expect(r, "a", "");
  recorder_advance(r, 1);
  expect(r, "a", "[3]");
}

static void a_window_in_the_url_that_is_no_number_is_ignored(void **state) {
  recorder *r = *state;
  recorder_open(r, "a", "/ws?ephemeral&namespace=ns1&batchtimeout=10&readahead=65536", NULL);
  recorder_open(r, "b", "/ws?ephemeral&namespace=ns1&batchtimeout=10&readahead=0x3", NULL);
  recorder_open(r, "c", "/ws?ephemeral&namespace=ns1&batchtimeout=10&readahead=3", NULL);
  recorder_settle(r);
  publish(r, 1, 6);
  recorder_advance(r, 10);
  expect(r, "a", "1");
  expect(r, "b", "1");
  expect(r, "c", "1 2 3 4");
}

static void filters_in_the_url_are_used(void **state) {
  recorder *r = *state;
  recorder_open(r, "a", "/ws?ephemeral&namespace=ns1&filter.events=message_%63", NULL);
  recorder_open(r, "b", "/ws?ephemeral&namespace=ns1&filter.blockchain.name=x", NULL);
  recorder_settle(r);
  publish(r, 1, 1);
  expect(r, "a", "1");
  expect(r, "b", "");
}

/* ------------------------------------------------------------------------------------------ strict manner */

static void expect_closed(recorder *r, const char *message, const char *code) {
  open_socket(r, "bad");
  recorder_receive(r, "bad", message);
  const char *close = strstr(r->text, "close bad ");
  assert_non_null(close);
  assert_memory_equal(close + strlen("close bad "), code, 4);
  assert_non_null(strstr(r->text, "send bad {\"type\":\"protocol_error\",\"error\":\"" INVALID));
  assert_null(strstr(r->text, "drop"));
  assert_false(recorder_is_open(r, "bad"));
  recorder_forget(r);
}

static void the_strict_manner_closes_with_a_code(void **state) {
  recorder *r = *state;
  expect_closed(r, "!json", "1007");
  expect_closed(r, "{\"type\":\"start\",\"namespace\":\"ns1\",\"name\":\"\xff\"}", "1007");
  expect_closed(r, "{\"type\":\"start\",\"type\":\"start\"}", "1007");
  expect_closed(r, "{\"type\":\"lobster\"}", "1008");
  expect_closed(r, "{\"type\":\"start\"}", "1008");
  expect_closed(r, "{\"type\":\"Start\",\"namespace\":\"ns1\",\"ephemeral\":true}", "1008");
  expect_closed(
      r,
      "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{\"firstEvent\":\"soon\"}}",
      "1008");
  expect_closed(r, "{\"type\":\"ack\"}", "1008");
}

static void the_reason_of_a_close_fits_into_its_frame(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  recorder_receive(r, "a",
                   "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{\"withData\":true}}");
  const char *close = strstr(r->text, "close a 1008 FF10244: Websockets subscriptions");
  assert_non_null(close);
  assert_int_equal(strcspn(close, "\n"), strlen("close a 1008 ") + 123);
}

static void the_strict_manner_takes_no_binary_messages(void **state) {
  recorder *r = *state;
  open_socket(r, "a");
  recorder_receive_bytes(r, "a", EW_BINARY, "{}", 2);
  recorder_expect(
      r,
      "send a {\"type\":\"protocol_error\",\"error\":\"FF10176: Invalid data: binary messages are not accepted\"}\\n\n"
      "close a 1003 binary messages are not accepted\n");
}

static void the_strict_manner_refuses_what_the_real_server_never_delivers(void **state) {
  recorder *r = *state;
  expect_closed(r,
                "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":{\"firstEvent\":"
                "\"9223372036854775808\"}}",
                "1008");
}

/* --------------------------------------------------------------------------------------------- options */

static void unusable_options_are_refused(void **state) {
  (void)state;
  recorder r;
  ew_service *service = NULL;
  recorder_init(&r);
  ew_firefly_service_options opts = service_options();
  opts.namespace_count = 0;
  assert_int_equal(ew_firefly_service_new(&service, &opts, &r.host), EW_ERR_ARGUMENT);
  const ew_str odd = EW_STR("a/b");
  opts = service_options();
  opts.namespaces = &odd;
  opts.namespace_count = 1;
  assert_int_equal(ew_firefly_service_new(&service, &opts, &r.host), EW_ERR_ARGUMENT);
  opts = service_options();
  opts.max_read_ahead = 65536;
  assert_int_equal(ew_firefly_service_new(&service, &opts, &r.host), EW_ERR_ARGUMENT);
  assert_null(service);
  recorder_clear(&r);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define S(name) cmocka_unit_test_setup_teardown(name, setup_strict, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      T(both_addresses_open),
      T(a_plain_get_is_a_bad_request),
      T(an_unknown_namespace_in_the_address_is_not_found),
      T(other_paths_are_not_found),
      T(the_listener_asks_for_its_password),
      T(text_that_is_no_json_is_refused),
      T(bad_json_is_refused_before_its_type_is_looked_at),
      T(values_that_are_no_objects_are_refused),
      T(a_message_without_a_type_is_unknown),
      T(other_types_are_unknown),
      T(an_unknown_type_is_written_as_the_server_escapes_it),
      T(a_long_unknown_type_is_shortened_at_a_code_point),
      T(a_type_that_is_no_text_is_refused),
      T(nothing_is_read_after_an_error),
      T(a_start_is_not_answered),
      T(a_start_needs_a_known_namespace),
      T(a_start_needs_a_name_or_ephemeral),
      T(a_namespaced_address_supplies_its_namespace),
      T(another_namespace_than_that_of_the_address_is_refused),
      T(autoack_must_be_the_same_in_all_starts),
      T(autoack_may_be_left_out_or_repeated),
      T(an_expression_that_does_not_compile_is_refused),
      T(each_filter_is_refused_by_its_name),
      T(without_an_engine_a_filter_is_refused_and_none_is_not),
      T(the_filter_of_a_durable_start_counts_for_nothing),
      T(data_cannot_be_asked_for),
      T(options_of_the_wrong_type_are_refused),
      T(a_window_beyond_the_limit_is_refused),
      T(a_lower_limit_of_the_server_holds),
      T(names_and_values_are_read_in_any_letter_case),
      T(the_last_of_two_members_counts),
      T(binary_messages_and_bad_utf8_are_read_like_the_others),
      T(an_unknown_name_is_silent_until_it_is_made),
      T(a_connection_has_a_bounded_number_of_starts),
      T(the_url_can_start),
      T(a_key_without_a_value_is_true_and_only_false_is_false),
      T(errors_of_the_url_are_bare_and_the_socket_stays),
      T(a_start_in_the_url_sets_autoack_for_good),
      T(a_failed_start_in_the_url_counts_as_a_start),
      T(options_in_the_url_are_read),
      T(a_window_in_the_url_that_is_no_number_is_ignored),
      T(filters_in_the_url_are_used),
      S(the_strict_manner_closes_with_a_code),
      S(the_reason_of_a_close_fits_into_its_frame),
      S(the_strict_manner_takes_no_binary_messages),
      S(the_strict_manner_refuses_what_the_real_server_never_delivers),
      cmocka_unit_test(unusable_options_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
