/*
 * Connecting, commands, malformed messages and what may be published. What is delivered when:
 * kaleido_delivery_test.c.
 */
#include "kaleido_support.h"

#include <stdio.h>
#include <stdlib.h>

static const ew_kaleido_service_options compat = {.manner = EW_MANNER_COMPAT};
static const ew_kaleido_service_options strict = {.manner = EW_MANNER_STRICT};

/* --------------------------------------------------------------------------------------------- connecting */

static void a_plain_service_accepts_the_socket_without_credentials(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  assert_int_equal(recorder_open(&r, "a", "/ws", NULL), 101);
  assert_int_equal(recorder_open(&r, "b", "/ws?any=query", NULL), 101);
  recorder_expect(&r, "");
  recorder_clear(&r);
}

static void other_requests_get_the_answers_of_the_real_server(void **state) {
  (void)state;
  static const struct {
    recorder_request request;
    int status;
    const char *body;
  } cases[] = {
      {{.target = "/", .upgrade = true}, 404, "404 page not found\n"},
      {{.target = "/ws/", .upgrade = true}, 404, "404 page not found\n"},
      {{.target = "/wsx", .upgrade = true}, 404, "404 page not found\n"},
      {{.target = "/WS", .upgrade = true}, 404, "404 page not found\n"},
      {{.method = "POST", .target = "/ws"}, 405, "Method Not Allowed\n"},
      {{.target = "/ws"}, 400, "Bad Request\n"},
      {{.target = "/ws",
        .headers = {"host: a.example", "origin: http://b.example"},
        .upgrade = true},
       403,
       "Forbidden\n"},
      {{.target = "/ws", .headers = {"host: a.example", "origin: null"}, .upgrade = true},
       403,
       "Forbidden\n"},
      {{.target = "/ws",
        .headers = {"host: a.example", "origin: http://u@b.example"},
        .upgrade = true},
       403,
       "Forbidden\n"},
      {{.target = "/ws",
        .headers = {"host: a.example:80", "origin: http://A.Example:80/x"},
        .upgrade = true},
       101,
       ""},
      {{.target = "/ws",
        .headers = {"host: a.example", "origin: http://u:p@a.example"},
        .upgrade = true},
       101,
       ""},
      {{.target = "/%77s", .upgrade = true}, 101, ""},
  };
  recorder r;
  start(&r, compat);
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    assert_int_equal(recorder_http(&r, &cases[i].request), cases[i].status);
    assert_string_equal(r.http_body, cases[i].body);
  }
  recorder_clear(&r);
}

static void credentials_are_asked_for_before_anything_else(void **state) {
  (void)state;
  recorder r;
  start(&r,
        (ew_kaleido_service_options){.user = EW_STR("Aladdin"), .password = EW_STR("open sesame")});
  assert_int_equal(recorder_open(&r, "a", "/ws", NULL), 401);
  assert_string_equal(r.http_body, "{\"error\":\"Unauthorized\"}\n");
  assert_string_equal(r.http_content_type, "application/json");
  assert_int_equal(recorder_open(&r, "a", "/nowhere", NULL), 401);
  assert_int_equal(
      recorder_open(&r, "a", "/ws", "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ="), 401);
  assert_int_equal(
      recorder_open(&r, "a", "/ws", "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZg=="), 401);
  assert_int_equal(
      recorder_open(&r, "a", "/ws", "authorization: Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), 401);
  assert_int_equal(
      recorder_open(&r, "a", "/ws", "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), 101);
  recorder_clear(&r);
}

static void a_password_without_a_user_is_asked_for_too(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.password = EW_STR("x")});
  assert_int_equal(recorder_open(&r, "a", "/ws", NULL), 401);
  assert_int_equal(recorder_open(&r, "a", "/ws", "authorization: Basic Ong="), 101);
  recorder_clear(&r);
}

/* ----------------------------------------------------------------------------------------------- commands */

/* Each message must leave the connection open, and make it listen where listens is true. */
static void commands_are_read_as_tolerantly_as_the_real_server_reads_them(void **state) {
  (void)state;
  static const struct {
    const char *message;
    bool listens; /* on topic t */
  } cases[] = {
      {"{\"type\":\"listen\",\"topic\":\"t\"}", true},
      {" { \"topic\" : \"t\" , \"type\" : \"listen\" } \n", true},
      {"{\"type\":\"LISTEN\",\"topic\":\"t\"}", true},
      {"{\"TYPE\":\"Listen\",\"Topic\":\"t\"}", true},
      {"{\"type\":\"ack\",\"type\":\"listen\",\"topic\":\"u\",\"topic\":\"t\"}", true},
      {"{\"type\":\"listen\",\"topic\":\"t\"}{\"type\":\"listen\",\"topic\":\"u\"}", true},
      {"{\"type\":\"listen\",\"topic\":\"t\"} and more", true},
      {"{\"type\":\"listen\",\"topic\":\"t\",\"message\":null,\"other\":[1,{}]}", true},
      {"{\"type\":\"listen\",\"Topic\":\"t\"}", true},
      {"{\"t\\u0079pe\":\"l\\u0069sten\",\"topic\":\"\\u0074\"}", true},
      {"{\"type\":\"listen\",\"topic\":\"t\",\"topic\":null}", true},
      {"{\"type\":\"listen\",\"topic\":\"t\",\"message\":\"\\ud800 \xff\"}", true},
      {"{\"type\":\"listen\",\"topic\":\"t\",\"stream\":\"u\"}", true},
      {"{\"type\":\"listen\",\"topic\":\"t\",\"stream\":5}", true},
      {"{\"type\":\"listen\",\"topic\":\"t\",\"batchNumber\":\"1\"}", true},
      {"{\"type\":\"listen\",\"topic\":null}", false},
      {"{\"type\":\"listen\",\"topic\":\"T\"}", false},
      {"{\"type\":\"start\",\"topic\":\"t\"}", false},
      {"{\"type\":\"listens\",\"topic\":\"t\"}", false},
      {"{\"type\":\"\"}", false},
      {"{\"type\":null}", false},
      {"{\"topic\":\"t\"}", false},
      {"{}", false},
      {"null", false},
      {" null {", false},
      {"{\"type\":\"ack\",\"topic\":\"t\"}", false},
      {"{\"type\":\"error\",\"topic\":\"nobody\"}", false},
      {"{\"type\":\"listenreplies\",\"topic\":\"t\"}", false},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    recorder r;
    start(&r, compat);
    assert_int_equal(recorder_open(&r, "a", "/ws", NULL), 101);
    recorder_receive(&r, "a", cases[i].message);
    publish(&r, "t", EVENT(1));
    recorder_expect(&r, cases[i].listens ? SENT("a", EVENT(1)) : "");
    assert_true(recorder_is_open(&r, "a"));
    recorder_clear(&r);
  }
}

static void what_the_real_server_cannot_read_drops_the_connection_without_a_close_frame(
    void **state) {
  (void)state;
  static const char *const messages[] = {
      "",
      "hello",
      "[]",
      "[{\"type\":\"listen\"}]",
      "\"listen\"",
      "1",
      "true",
      "nul",
      "{\"type\":\"listen\"",
      "{\"type\":\"lis",
      "{\"type\":\"listen\",}",
      "{'type':'listen'}",
      "{\"type\":\"listen\",\"topic\":\"a\nb\"}",
      "{\"type\":\"listen\",\"topic\":\"\\x\"}",
      "\xef\xbb\xbf{\"type\":\"listen\"}",
      "{\"type\":1}",
      "{\"type\":[\"listen\"]}",
      "{\"type\":\"listen\",\"topic\":5}",
      "{\"type\":\"listen\",\"topic\":[\"t\"]}",
      "{\"type\":\"unknown\",\"topic\":5}",
      "{\"type\":\"ack\",\"message\":{}}",
      "{\"type\":\"listenReplies\",\"topic\":false}",
      "{\"type\":\"listen\",\"Topic\":\"t\",\"TOPIC\":7}",
  };
  for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
    recorder r;
    start(&r, compat);
    assert_int_equal(recorder_open(&r, "a", "/ws", NULL), 101);
    recorder_receive(&r, "a", messages[i]);
    recorder_expect(&r, "drop a\n");
    assert_false(recorder_is_open(&r, "a"));
    recorder_clear(&r);
  }
}

static void too_deep_a_message_drops_the_connection(void **state) {
  (void)state;
  char message[20032];
  int at = snprintf(message, sizeof(message), "{\"type\":\"listen\",\"x\":");
  assert_true(at > 0);
  memset(message + at, '[', 10000);
  memset(message + at + 10000, ']', 10000 - 1);
  message[at + 19999] = '\0';
  recorder r;
  start(&r, compat);
  recorder_open(&r, "a", "/ws", NULL);
  recorder_receive(&r, "a", message);
  recorder_expect(&r, "drop a\n");
  recorder_clear(&r);
}

static void bad_utf8_in_a_topic_becomes_the_replacement_character(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  recorder_open(&r, "a", "/ws", NULL);
  recorder_receive(&r, "a", "{\"type\":\"listen\",\"topic\":\"x\xffy\"}");
  publish(&r, "x\xef\xbf\xbdy", EVENT(1));
  recorder_expect(&r, SENT("a", EVENT(1)));
  recorder_clear(&r);
}

static void a_binary_message_is_read_like_a_text(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  recorder_open(&r, "a", "/ws", NULL);
  static const char listen[] = "{\"type\":\"listen\"}";
  recorder_receive_bytes(&r, "a", EW_BINARY, listen, sizeof(listen) - 1);
  publish(&r, "", EVENT(1));
  recorder_expect(&r, SENT("a", EVENT(1)));
  recorder_clear(&r);
}

static void nothing_is_read_from_a_connection_that_is_being_dropped(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  assert_int_equal(recorder_open(&r, "a", "/ws", NULL), 101);
  recorder_receive_pair(&r, "a", "hello", "hello");
  recorder_expect(&r, "drop a\n");
  publish(&r, "", EVENT(1));
  recorder_expect(&r, "");
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------- strict manner */

static void strict_says_with_a_close_frame_what_was_wrong(void **state) {
  (void)state;
  static const struct {
    const char *message;
    const char *line;
  } cases[] = {
      {"", "close a 1007 the text ends too early\n"},
      {"hello", "close a 1007 not well-formed JSON\n"},
      {"{\"type\":\"listen\"", "close a 1007 the text ends too early\n"},
      {"{\"type\":\"listen\"} x", "close a 1007 bytes after the end of the value\n"},
      {"{\"type\":\"listen\",\"topic\":\"\xff\"}", "close a 1007 /topic: not valid UTF-8\n"},
      {"{\"type\":\"listen\",\"topic\":\"a\",\"topic\":\"b\"}", "close a 1007 /topic: the member stands twice in one object\n"},
      {"[]", "close a 1008 the value matches none of the alternatives\n"},
      {"null", "close a 1008 the value matches none of the alternatives\n"},
      {"{}", "close a 1008 the value matches none of the alternatives\n"},
      {"{\"type\":\"start\"}", "close a 1008 the value matches none of the alternatives\n"},
      {"{\"type\":\"LISTEN\"}", "close a 1008 the value matches none of the alternatives\n"},
      {"{\"type\":\"listen\",\"topic\":5}", "close a 1008 /topic: the value has the wrong type\n"},
      {"{\"type\":\"ack\",\"batchNumber\":1.5}", "close a 1008 /batchNumber: the value has the wrong type\n"},
      {"{\"type\":\"ack\",\"batchNumber\":0}", "close a 1008 /batchNumber: the number is out of range\n"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    recorder r;
    start(&r, strict);
    assert_int_equal(recorder_open(&r, "a", "/ws", NULL), 101);
    recorder_receive(&r, "a", cases[i].message);
    recorder_expect(&r, cases[i].line);
    assert_false(recorder_is_open(&r, "a"));
    recorder_clear(&r);
  }
}

static void strict_refuses_binary_messages(void **state) {
  (void)state;
  recorder r;
  start(&r, strict);
  recorder_open(&r, "a", "/ws", NULL);
  recorder_receive_bytes(&r, "a", EW_BINARY, "{}", 2);
  recorder_expect(&r, "close a 1003 text messages only\n");
  recorder_clear(&r);
}

static void a_pointer_with_a_clients_text_stays_out_of_the_reason(void **state) {
  (void)state;
  recorder r;
  start(&r, strict);
  recorder_open(&r, "a", "/ws", NULL);
  recorder_receive(&r, "a", "{\"type\":\"listen\",\"\xc3\xa4\":[}");
  recorder_expect(&r, "close a 1007 not well-formed JSON\n");
  recorder_clear(&r);
}

static void strict_takes_unknown_members_and_documented_commands(void **state) {
  (void)state;
  recorder r;
  start(&r, strict);
  recorder_open(&r, "a", "/ws", NULL);
  recorder_receive(&r, "a", "{\"type\":\"listen\",\"topic\":\"t\",\"stream\":\"u\",\"later\":1}");
  recorder_receive(&r, "a", "{\"type\":\"listenReplies\"}");
  recorder_receive(&r, "a", ACK("t"));
  recorder_receive(&r, "a", NACK("t"));
  publish(&r, "t", EVENT(1));
  recorder_expect(&r, "send a [" EVENT(1) "]\n");
  recorder_clear(&r);
}

/* -------------------------------------------------------------------------------------------------- limits */

static char *listen_message(size_t topic_bytes) {
  char *message = malloc(topic_bytes + 64);
  assert_non_null(message);
  int at = snprintf(message, 64, "{\"type\":\"listen\",\"topic\":\"");
  memset(message + at, 'x', topic_bytes);
  memcpy(message + (size_t)at + topic_bytes, "\"}", 3);
  return message;
}

static void a_topic_has_at_most_1024_bytes(void **state) {
  (void)state;
  recorder r;
  char *longest = listen_message(1024);
  char *longer = listen_message(1025);
  start(&r, compat);
  recorder_open(&r, "a", "/ws", NULL);
  recorder_receive(&r, "a", longest);
  recorder_expect(&r, "");
  recorder_receive(&r, "a", longer);
  recorder_expect(&r, "drop a\n");
  recorder_clear(&r);
  start(&r, strict);
  recorder_open(&r, "a", "/ws", NULL);
  recorder_receive(&r, "a", longer);
  recorder_expect(&r, "close a 1008 the topic is too long\n");
  recorder_clear(&r);
  free(longest);
  free(longer);
}

static void listen_on_many(recorder *r, const char *name, unsigned from, unsigned count) {
  for (unsigned i = from; i < from + count; i++) {
    char message[64];
    snprintf(message, sizeof(message), "{\"type\":\"listen\",\"topic\":\"%u\"}", i);
    recorder_receive(r, name, message);
  }
}

static void a_connection_listens_on_at_most_1000_topics(void **state) {
  (void)state;
  recorder r;
  start(&r, strict);
  recorder_open(&r, "a", "/ws", NULL);
  listen_on_many(&r, "a", 0, 1000);
  listen_on_many(&r, "a", 0, 1000);
  recorder_expect(&r, "");
  listen_on_many(&r, "a", 1000, 1);
  recorder_expect(&r, "close a 1008 too many topics\n");
  recorder_clear(&r);
}

static void a_service_has_at_most_10000_topics_and_forgets_unused_ones(void **state) {
  (void)state;
  recorder r;
  start(&r, strict);
  for (unsigned i = 0; i < 10; i++) {
    char name[8];
    snprintf(name, sizeof(name), "c%u", i);
    recorder_open(&r, name, "/ws", NULL);
    listen_on_many(&r, name, i * 1000, 1000);
  }
  recorder_open(&r, "late", "/ws", NULL);
  listen_on_many(&r, "late", 0, 1);
  recorder_expect(&r, "");
  listen_on_many(&r, "late", 10000, 1);
  recorder_expect(&r, "close late 1008 too many topics\n");
  recorder_close(&r, "c3");
  recorder_open(&r, "later", "/ws", NULL);
  listen_on_many(&r, "later", 10000, 1000);
  recorder_expect(&r, "");
  recorder_clear(&r);
}

/* ----------------------------------------------------------------------------------------------- publishing */

static void publishing_names_the_stream_of_the_topic(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  char bytes[64];
  ew_buf stream;
  ew_buf_init(&stream, bytes, sizeof(bytes));
  assert_int_equal(ew_service_check(r.service, EW_STR("a/b c"), EW_STR(EVENT(1)), &stream, NULL),
                   EW_OK);
  assert_true(ew_str_equal(ew_buf_str(&stream), EW_STR("kaleido/a/b c")));
  ew_buf_init(&stream, bytes, sizeof(bytes));
  assert_int_equal(
      ew_service_check(r.service, EW_STR(""), EW_STR(" " EVENT(1) "\n"), &stream, NULL), EW_OK);
  assert_true(ew_str_equal(ew_buf_str(&stream), EW_STR("kaleido/")));
  ew_buf_init(&stream, bytes, sizeof(bytes));
  assert_int_equal(ew_service_check(r.service, EW_STR("a"), EW_STR(REPLY), &stream, NULL), EW_OK);
  assert_true(ew_str_equal(ew_buf_str(&stream), EW_STR("kaleido-replies")));
  recorder_clear(&r);
}

static void an_event_that_no_client_may_be_sent_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *event;
    ew_err err;
    const char *pointer;
  } cases[] = {
      {"", EW_ERR_TRUNCATED, ""},
      {"{}", EW_ERR_MISSING, ""},
      {"[" EVENT(1) "]", EW_ERR_TYPE, ""},
      {EVENT(01), EW_ERR_PATTERN, "/blockNumber"},
      {EVENT(1) EVENT(2), EW_ERR_TRAILING, ""},
      {NUMBERED(1), EW_ERR_TYPE, "/data"},
      {"{\"headers\":{}}", EW_ERR_MISSING, ""},
  };
  recorder r;
  start(&r, compat);
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    char bytes[64];
    ew_buf stream;
    ew_diag diag;
    ew_buf_init(&stream, bytes, sizeof(bytes));
    ew_err err =
        ew_service_check(r.service, EW_STR("t"), ew_str_of(cases[i].event), &stream, &diag);
    assert_string_equal(ew_err_name(err), ew_err_name(cases[i].err));
    assert_string_equal(diag.pointer, cases[i].pointer);
    assert_int_equal(stream.len, 0);
  }
  recorder_clear(&r);
}

static void an_event_leaves_room_for_the_batch_around_it(void **state) {
  (void)state;
  char event[1024];
  char nest[64] = "";
  for (unsigned depth = 61; depth <= 62; depth++) {
    memset(nest, '[', depth);
    nest[depth] = '\0';
    int len = snprintf(event, sizeof(event),
                       EVENT_HEAD "1\",\"transactionIndex\":\"0x0\",\"transactionHash\":"
                                  "\"0xcb7ce842ef1a2042558256e5c78307d608fa583e1a8235c10b6808bf8b5b672e\",\"subId\":"
                                  "\"sb-d0391aeb-9bee-427b-64c4-a3be23557fae\",\"signature\":\"E()\",\"logIndex\":\"0\","
                                  "\"data\":{\"x\":%s",
                       nest);
    memset(event + len, ']', depth);
    memcpy(event + (size_t)len + depth, "}}", 3);
    recorder r;
    start(&r, compat);
    assert_int_equal(recorder_publish(&r, "t", event), depth == 61 ? EW_OK : EW_ERR_DEPTH);
    recorder_clear(&r);
  }
}

static void a_topic_that_is_too_long_cannot_be_published_to(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  char topic[1026];
  memset(topic, 'x', sizeof(topic));
  char bytes[2048];
  ew_buf stream;
  ew_buf_init(&stream, bytes, sizeof(bytes));
  assert_int_equal(
      ew_service_check(r.service, ew_str_from(topic, 1025), EW_STR(EVENT(1)), &stream, NULL),
      EW_ERR_ARGUMENT);
  assert_int_equal(
      ew_service_check(r.service, ew_str_from(topic, 1024), EW_STR(EVENT(1)), &stream, NULL),
      EW_OK);
  recorder_clear(&r);
}

static void numbered_batches_take_events_of_their_own_dialect(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.numbered_batches = true});
  assert_int_equal(recorder_publish(&r, "t", EVENT(1)), EW_ERR_PATTERN);
  assert_int_equal(recorder_publish(&r, "t", NUMBERED(1)), EW_OK);
  assert_int_equal(recorder_publish(&r, "t", REPLY), EW_OK);
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------- replies */

static void a_reply_goes_once_to_everyone_who_asked_and_is_not_kept(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  publish(&r, "", REPLY);
  recorder_open(&r, "a", "/ws", NULL);
  recorder_open(&r, "b", "/ws", NULL);
  recorder_receive(&r, "a", "{\"type\":\"listenReplies\"}");
  recorder_receive(&r, "a", "{\"type\":\"listenreplies\"}");
  recorder_receive(&r, "b", "{\"type\":\"listen\"}");
  publish(&r, "", REPLY);
  recorder_expect(&r, "send a " REPLY "\\n\n");
  recorder_receive(&r, "b", "{\"type\":\"listenReplies\"}");
  publish(&r, "t", REPLY);
  recorder_expect(&r, "send b " REPLY "\\n\nsend a " REPLY "\\n\n");
  recorder_close(&r, "b");
  publish(&r, "", REPLY);
  recorder_expect(&r, "send a " REPLY "\\n\n");
  recorder_clear(&r);
}

static void the_document_is_that_of_the_protocol(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  assert_string_equal(ew_service_document(r.service)->name, "kaleido");
  recorder_clear(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_plain_service_accepts_the_socket_without_credentials),
      cmocka_unit_test(other_requests_get_the_answers_of_the_real_server),
      cmocka_unit_test(credentials_are_asked_for_before_anything_else),
      cmocka_unit_test(a_password_without_a_user_is_asked_for_too),
      cmocka_unit_test(commands_are_read_as_tolerantly_as_the_real_server_reads_them),
      cmocka_unit_test(what_the_real_server_cannot_read_drops_the_connection_without_a_close_frame),
      cmocka_unit_test(too_deep_a_message_drops_the_connection),
      cmocka_unit_test(bad_utf8_in_a_topic_becomes_the_replacement_character),
      cmocka_unit_test(a_binary_message_is_read_like_a_text),
      cmocka_unit_test(nothing_is_read_from_a_connection_that_is_being_dropped),
      cmocka_unit_test(strict_says_with_a_close_frame_what_was_wrong),
      cmocka_unit_test(strict_refuses_binary_messages),
      cmocka_unit_test(a_pointer_with_a_clients_text_stays_out_of_the_reason),
      cmocka_unit_test(strict_takes_unknown_members_and_documented_commands),
      cmocka_unit_test(a_topic_has_at_most_1024_bytes),
      cmocka_unit_test(a_connection_listens_on_at_most_1000_topics),
      cmocka_unit_test(a_service_has_at_most_10000_topics_and_forgets_unused_ones),
      cmocka_unit_test(publishing_names_the_stream_of_the_topic),
      cmocka_unit_test(an_event_that_no_client_may_be_sent_is_refused),
      cmocka_unit_test(an_event_leaves_room_for_the_batch_around_it),
      cmocka_unit_test(a_topic_that_is_too_long_cannot_be_published_to),
      cmocka_unit_test(numbered_batches_take_events_of_their_own_dialect),
      cmocka_unit_test(a_reply_goes_once_to_everyone_who_asked_and_is_not_kept),
      cmocka_unit_test(the_document_is_that_of_the_protocol),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
