/*
 * What is read before it is known which message it is: the guess is made good when it was wrong.
 */
#include "support.h"

#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"

#define ID "\"id\":\"2fb1e3bc-8f33-4dd4-9a1b-0d6ec7dfb001\""
#define NAMED "\"subscription\":{\"namespace\":\"ns1\",\"name\":\"a\"}"

/* All that an event must have, and a protocol error and a batch, too. */
#define LONE(type)                                                                            \
  "{" ID ",\"sequence\":1,\"type\":\"" type "\",\"namespace\":\"ns1\",\"reference\":null,"      \
  "\"created\":\"2022-05-16T01:23:15Z\"," NAMED ",\"error\":\"FF10175: x\",\"events\":[]}"

typedef struct sample {
  const char *json;
  int kind; /* 0: it is refused */
} sample;

static void expect_kind(sample s, ew_engine engine) {
  static char block[1 << 14];
  static ew_firefly_server_message message;
  ew_decode_options opts = {.engine = engine};
  ew_arena arena;
  ew_arena_init(&arena, block, sizeof(block));
  memset(&message, 0xa5, sizeof(message));
  ew_err err = ew_firefly_server_message_decode(ew_str_of(s.json), &arena, &opts, &message, NULL);
  assert_int_equal(err == EW_OK, s.kind != 0);
  if (err == EW_OK) {
    assert_int_equal(message.kind, s.kind);
  }
}

static void a_tag_behind_what_an_event_begins_with_is_still_the_tag(void **state) {
  static const sample samples[] = {
      {LONE("message_confirmed"), EW_FIREFLY_SERVER_MESSAGE_EVENT},
      {LONE("message\\u005fconfirmed"), EW_FIREFLY_SERVER_MESSAGE_EVENT},
      {LONE("of_a_newer_server"), EW_FIREFLY_SERVER_MESSAGE_EVENT},
      {LONE("protocol_error"), EW_FIREFLY_SERVER_MESSAGE_PROTOCOL_ERROR},
      {LONE("protocol\\u005ferror"), EW_FIREFLY_SERVER_MESSAGE_PROTOCOL_ERROR},
      {"{" ID ",\"type\":\"protocol_error\",\"error\":\"FF10175: x\"}",
       EW_FIREFLY_SERVER_MESSAGE_PROTOCOL_ERROR},
      {"{" ID "," NAMED ",\"type\":\"event_batch\",\"events\":[" LONE("message_confirmed") "]}",
       EW_FIREFLY_SERVER_MESSAGE_EVENT_BATCH},
      {"{" ID ",\"type\":\"message_confirmed\"}", 0},
      {"{" ID ",\"type\":\"protocol_error\"}", 0},
      {LONE("event_batch"), 0},
  };
  (void)state;
  for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
    expect_kind(samples[i], EW_ENGINE_STRAIGHT);
    expect_kind(samples[i], EW_ENGINE_TABLE);
  }
}

static void expect_behind_others(const char *other, unsigned count, const char *rest, int kind) {
  char json[1 << 10] = "{";
  for (unsigned i = 0; i < count; i++) {
    strcat(strcat(json, other), ",");
  }
  strcat(json, rest);
  expect_kind((sample){json, kind}, EW_ENGINE_AUTO);
  expect_kind((sample){json, kind}, EW_ENGINE_TABLE);
}

#define ERROR "\"error\":\"FF10175: x\""
#define TAG "\"type\":\"protocol_error\""

/* As long as known ones, or not, however they are written, and with every kind of value. */
static void members_are_found_behind_many_that_are_unknown(void **state) {
  static const char *const others[] = {"\"\":0",          "\"typo\":12",           "\"t\\u0079po\":{}",
                                       "\"\\/\":\"\"", "\"typ\xc3\xa9\":[{}]", "\"x\": null"};
  (void)state;
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
    for (unsigned count = 1; count < 20; count++) {
      expect_behind_others(others[i], count, TAG "," ERROR "}",
                           EW_FIREFLY_SERVER_MESSAGE_PROTOCOL_ERROR);
      expect_behind_others(others[i], count, ERROR ",\"t\\u0079pe\":\"protocol_error\"}",
                           EW_FIREFLY_SERVER_MESSAGE_PROTOCOL_ERROR);
      expect_behind_others(others[i], count, ERROR "," TAG "," ERROR "}", 0);
      expect_behind_others(others[i], count, ERROR "," TAG ",\"y\":01}", 0);
      expect_behind_others(others[i], count, "\"y\" 0," ERROR "," TAG "}", 0);
    }
  }
}

/* A list of count others, last and one more; pointer: what is wrong in last, NULL: nothing. */
static void expect_in_a_row(const char *other, unsigned count, const char *last,
                            const char *pointer) {
  static char block[1 << 16];
  static ew_kaleido_server_message message;
  char json[1 << 11] = "{\"batchNumber\":1,\"events\":[";
  char expected[40];
  for (unsigned i = 0; i < count; i++) {
    strcat(strcat(json, other), ",");
  }
  strcat(strcat(strcat(strcat(json, last), ","), other), "]}");
  snprintf(expected, sizeof(expected), "/events/%u%s", count, pointer != NULL ? pointer : "");
  ew_decode_options opts = {.profile = EW_COMPAT};
  ew_arena arena;
  ew_diag diag = {0};
  ew_arena_init(&arena, block, sizeof(block));
  ew_err err = ew_kaleido_server_message_decode(ew_str_of(json), &arena, &opts, &message, &diag);
  assert_int_equal(err == EW_OK, pointer == NULL);
  if (err == EW_OK) {
    assert_int_equal(message.numbered_batch.events.count, count + 2);
    EXPECT_TEXT("s", message.numbered_batch.events.items[count].signature);
  } else {
    assert_string_equal(diag.pointer, expected);
  }
  assert_int_equal(ew_type_validate(ew_kaleido_document.to_client, ew_str_of(json), &opts, NULL),
                   err);
}

static void objects_are_read_behind_many_without_a_known_member(void **state) {
  static const char *const others[] = {"{}", "{\"a\":1}", "{\"a\":{},\"\\/\":[1]}",
                                       "{ \"a\":\"\" }"};
  (void)state;
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
    for (unsigned count = 1; count < 20; count++) {
      expect_in_a_row(others[i], count, "{\"signature\":\"s\"}", NULL);
      expect_in_a_row(others[i], count, "{\"a\":1,\"b\":[],\"Signature\":\"s\",\"c\":2}", NULL);
      expect_in_a_row(others[i], count, "{\"a\":1,\"signature\":1}", "/signature");
      expect_in_a_row(others[i], count, "{\"a\":1,\"b\":01}", "/b");
      expect_in_a_row(others[i], count, "{\"a\":1,\"b\":[{]}", "/b/0");
      expect_in_a_row(others[i], count, "{\"a\":1,\"b\" 2}", "/b");
      expect_in_a_row(others[i], count, "{\"a\":1,}", "");
      expect_in_a_row(others[i], count, "7", "");
    }
  }
}

#define DIGITS "233718ea379a7ef798f40bfd6ae77f842145334e3d5520292bea7aadfa9faf03"
#define CONTENT                                                                                \
  "\"content\":{\"events\":[{\"content\":\"eyJuIjoxfQ==\",\"id\":\"contract-3-" DIGITS "\"," \
  "\"instance_id\":\"csi-a\",\"network\":\"\",\"platform\":\"Fabric\",\"type\":\"Contract\"}]," \
  "\"id\":\"" DIGITS "\",\"input\":\"[]\",\"to\":\"a\",\"state\":\"VALID\",\"to\":\"b\"}"
#define BEHIND_CONTENT                                                                         \
  "\"id\":\"tx-3-" DIGITS "\",\"instance_id\":\"csi-potato20-hs51a74qevzj\",\"name\":\"" DIGITS  \
  "\",\"network\":\"channel2\",\"type\":\"Tx\"}"

/* Content is only stepped over until the type is known: that strings behind it are good says nothing
 * of its own. */
static void what_stands_behind_a_value_that_waits_does_not_vouch_for_it(void **state) {
  static const char json[] = "{" CONTENT "," BEHIND_CONTENT;
  static char block[1 << 14];
  static ew_baas_event event;
  (void)state;
  for (int engine = EW_ENGINE_AUTO; engine <= EW_ENGINE_TABLE; engine++) {
    ew_decode_options opts = {.profile = EW_LENIENT, .engine = (ew_engine)engine};
    ew_arena arena;
    ew_arena_init(&arena, block, sizeof(block));
    assert_int_equal(ew_baas_event_decode(ew_str_of(json), &arena, &opts, &event, NULL),
                     EW_ERR_MISSING); /* the name of the event in it */
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_tag_behind_what_an_event_begins_with_is_still_the_tag),
      cmocka_unit_test(members_are_found_behind_many_that_are_unknown),
      cmocka_unit_test(objects_are_read_behind_many_without_a_known_member),
      cmocka_unit_test(what_stands_behind_a_value_that_waits_does_not_vouch_for_it),
  };
  return cmocka_run_group_tests_name("guess", tests, NULL, NULL);
}
