/*
 * Structs that would be written as an invalid message: each is refused with a pointer to the
 * member, by straight-line code and by table, into any buffer; nothing is written.
 */
#include "support.h"

#include <math.h>

#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"

static char memory[1 << 16];
static ew_arena arena;

static const ew_type *type_of(const ew_document *document, const char *message) {
  return ew_document_find(document, ew_str_of(message))->type;
}

static void decode(const ew_type *type, const char *json, void *value) {
  ew_diag diag = {0};
  ew_arena_init(&arena, memory, sizeof(memory));
  if (ew_type_decode(type, ew_str_of(json), &arena, NULL, value, &diag) != EW_OK) {
    fail_msg("%s at %s", ew_err_name(diag.err), diag.pointer);
  }
}

/* With the type as it is and without its straight-line writer, into buffers of every kind. */
static void expect_refused(const ew_type *type, const void *value, ew_err err, const char *pointer,
                           const char *schema) {
  static char block[1 << 16];
  static const size_t sizes[] = {0, 1, 40, sizeof(block)};
  ew_entry_type copy;
  const ew_type *by_table = without_writer(type, &copy);
  for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
    ew_diag diag = {0};
    ew_buf buf;
    ew_buf_init(&buf, block, sizes[i / 2]);
    ew_err found = ew_type_encode(i % 2 == 0 ? type : by_table, value, &buf, &diag);
    EXPECT_ERR(err, found);
    EXPECT_ERR(err, diag.err);
    assert_string_equal(pointer, diag.pointer);
    assert_string_equal(schema, diag.schema);
    assert_int_equal(0, buf.len);
  }
}

/* change: of a value that is as decoded before. */
#define REFUSES(type, value, change, err, pointer, schema) \
  do {                                                     \
    __typeof__(value) changed_ = (value);                  \
    __typeof__(value) *v = &changed_;                      \
    change;                                                \
    expect_refused(type, v, err, pointer, schema);         \
  } while (0)

#define S "#/components/schemas/"

/* ------------------------------------------------------------------------------------ the rules */

static void numbers_out_of_range_are_refused(void **state) {
  (void)state;
  const ew_type *ack = type_of(&ew_kaleido_document, "ack");
  const ew_type *reply = type_of(&ew_kaleido_document, "reply");
  const ew_type *start = type_of(&ew_firefly_document, "start");
  ew_kaleido_ack a;
  ew_kaleido_reply r;
  ew_firefly_start s;
  decode(ack, "{\"type\":\"ack\",\"batchNumber\":1}", &a);
  REFUSES(ack, a, v->batch_number = 0, EW_ERR_RANGE, "/batchNumber",
          S "Ack/properties/batchNumber/minimum");
  REFUSES(ack, a, v->batch_number = INT64_MIN, EW_ERR_RANGE, "/batchNumber",
          S "Ack/properties/batchNumber/minimum");
  decode(reply, "{\"headers\":{\"timeElapsed\":0.5,\"type\":\"Error\"},\"receivedAt\":1}", &r);
  REFUSES(reply, r, v->headers.time_elapsed = (double)NAN, EW_ERR_RANGE, "/headers/timeElapsed",
          S "ReplyHeaders/properties/timeElapsed/type");
  REFUSES(reply, r, v->headers.time_elapsed = -(double)INFINITY, EW_ERR_RANGE,
          "/headers/timeElapsed", S "ReplyHeaders/properties/timeElapsed/type");
  decode(start, "{\"type\":\"start\",\"options\":{\"readAhead\":65535}}", &s);
  REFUSES(start, s, v->options.read_ahead = 65536, EW_ERR_RANGE, "/options/readAhead",
          S "SubscriptionOptions/properties/readAhead/maximum");
}

/* By both engines and in both directions. */
static void expect_bounds(const ew_type *type, const void *value, const char *json,
                          const char *expected) {
  char block[256];
  char room[1024];
  ew_diag diag = {0};
  ew_buf buf;
  ew_buf_init(&buf, block, sizeof(block));
  EXPECT_ERR(EW_ERR_RANGE, ew_type_encode(type, value, &buf, &diag));
  assert_string_equal(expected, diag.expected);
  ew_arena_init(&arena, memory, sizeof(memory));
  EXPECT_ERR(EW_ERR_RANGE, ew_type_decode(type, ew_str_of(json), &arena, NULL, room, &diag));
  assert_string_equal(expected, diag.expected);
}

static void a_refusal_names_the_bounds(void **state) {
  (void)state;
  const ew_type *ack = type_of(&ew_kaleido_document, "ack");
  const ew_type *start = type_of(&ew_firefly_document, "start");
  ew_kaleido_ack a;
  ew_firefly_start s;
  decode(ack, "{\"type\":\"ack\",\"batchNumber\":1}", &a);
  a.batch_number = 0;
  expect_bounds(ack, &a, "{\"type\":\"ack\",\"batchNumber\":0}", "a number of at least 1");
  decode(start, "{\"type\":\"start\",\"options\":{\"readAhead\":65535}}", &s);
  s.options.read_ahead = 65536;
  expect_bounds(start, &s, "{\"type\":\"start\",\"options\":{\"readAhead\":65536}}",
                "a number from 0 to 65535");
}

static void strings_against_their_rules_are_refused(void **state) {
  (void)state;
  static const char json[] =
      "{\"type\":\"Tx\",\"platform\":\"Fabric\",\"instance_id\":\"i\",\"network\":\"n\",\"id\":\"tx-3-"
      "233718ea379a7ef798f40bfd6ae77f842145334e3d5520292bea7aadfa9faf03\",\"name\":\"n\",\"content\":{\"id\":"
      "\"233718ea379a7ef798f40bfd6ae77f842145334e3d5520292bea7aadfa9faf03\",\"state\":\"VALID\",\"from\":\"a.b\","
      "\"to\":\"c\",\"input\":\"[]\",\"events\":[]}}";
  static char long_name[251];
  const ew_type *type = type_of(&ew_baas_document, "event");
  ew_baas_event e;
  decode(type, json, &e);
  memset(long_name, 'n', 250);
  REFUSES(type, e, v->instance_id = EW_STR(""), EW_ERR_LENGTH, "/instance_id",
          S "Event/properties/instance_id/minLength");
  REFUSES(type, e, v->network = ew_str_of(long_name), EW_ERR_LENGTH, "/network",
          S "Event/properties/network/maxLength");
  REFUSES(type, e, v->platform = EW_STR("Fabric\n"), EW_ERR_PATTERN, "/platform",
          S "Event/properties/platform/pattern");
  REFUSES(type, e, v->id.len--, EW_ERR_PATTERN, "/id", S "Event/properties/id/pattern");
  REFUSES(type, e, v->content.tx.input = EW_STR("["), EW_ERR_CONTENT, "/content/input",
          S "Transaction/properties/input/contentMediaType");
  REFUSES(type, e, v->content.tx.to = (ew_str){0}, EW_ERR_LENGTH, "/content/to",
          S "Transaction/properties/to/minLength");
  REFUSES(type, e, v->name = EW_STR("\xff"), EW_ERR_UTF8, "/name", "");
  REFUSES(type, e, v->content.tx.from = EW_STR("a.\xc3"), EW_ERR_UTF8, "/content/from", "");
}

static void enums_and_unions_of_no_known_kind_are_refused(void **state) {
  (void)state;
  const ew_type *event = type_of(&ew_firefly_document, "event");
  const ew_type *answer = type_of(&ew_octave_document, "acknowledgement");
  const ew_type *baas = type_of(&ew_baas_document, "event");
  ew_firefly_event e;
  ew_octave_acknowledgement a;
  ew_baas_event b;
  ew_kaleido_client_message m = {.kind = (ew_kaleido_client_message_kind)0};
  decode(
      event,
      "{\"id\":\"2fb1e3bc-8f33-4dd4-9a1b-0d6ec7dfb001\",\"sequence\":1,\"type\":\"message_confirmed\","
      "\"namespace\":\"n\",\"reference\":null,\"created\":null,"
      "\"subscription\":{\"namespace\":\"n\",\"name\":\"a\"}}",
      &e);
  REFUSES(event, e, (v->type = (ew_firefly_event_type)0, v->type_text = (ew_str){0}), EW_ERR_ENUM,
          "/type", S "Event/properties/type/anyOf");
  REFUSES(event, e, v->type = (ew_firefly_event_type)99, EW_ERR_ENUM, "/type",
          S "Event/properties/type/anyOf");
  REFUSES(event, e, v->type = (ew_firefly_event_type)-1, EW_ERR_ENUM, "/type",
          S "Event/properties/type/anyOf");
  decode(
      answer,
      "{\"head\":{\"msgId\":\"m\",\"ok\":false,\"errors\":[\"a\",\"b\"],\"messages\":[]},\"body\":{}}",
      &a);
  a.head.errors.items[1].kind = (ew_octave_error_item_kind)0;
  expect_refused(answer, &a, EW_ERR_UNION, "/head/errors/1", S "ErrorItem/oneOf");
  a.head.errors.items[1].kind = EW_OCTAVE_ERROR_ITEM_OBJECT; /* which only lenient readers take */
  a.head.errors.items[1].object.json = EW_STR("{}");
  expect_refused(answer, &a, EW_ERR_UNION, "/head/errors/1", S "ErrorItem/oneOf");
  expect_refused(ew_kaleido_document.to_server, &m, EW_ERR_UNION, "", "#/operations");
  m.kind = (ew_kaleido_client_message_kind)99;
  expect_refused(ew_kaleido_document.to_server, &m, EW_ERR_UNION, "", "#/operations");
  decode(
      baas,
      "{\"type\":\"Contract\",\"platform\":\"Fabric\",\"instance_id\":\"i\",\"network\":\"n\",\"id\":\"block-1\","
      "\"name\":\"n\",\"content\":\"QQ==\"}",
      &b);
  REFUSES(baas, b, v->type = (ew_baas_event_type)0, EW_ERR_ENUM, "/type", S "EventType/enum");
}

static void what_is_required_must_be_there(void **state) {
  (void)state;
  const ew_type *subscribe = type_of(&ew_octave_document, "subscribe");
  const ew_type *input = type_of(&ew_kaleido_document, "eventStreamInput");
  const ew_type *identity = type_of(&ew_firefly_document, "event");
  ew_octave_subscribe s;
  ew_kaleido_event_stream_input i;
  ew_firefly_event e;
  decode(subscribe, "{\"msgId\":\"m\",\"object\":\"event\",\"type\":\"subscribe\",\"path\":\"/a\"}",
         &s);
  REFUSES(subscribe, s, v->has_path = false, EW_ERR_MISSING, "", S "Subscribe/oneOf");
  REFUSES(subscribe, s,
          (v->has_stream_id = true, v->stream_id = EW_STR("s53b1d1600cf27b75148de0ac")),
          EW_ERR_MISSING, "", S "Subscribe/oneOf");
  decode(input, "{\"type\":\"websocket\",\"websocket\":{}}", &i);
  REFUSES(input, i, v->has_websocket = false, EW_ERR_MISSING, "",
          "openapi.yaml" S "EventStreamInput/anyOf");
  decode(
      identity,
      "{\"id\":\"2fb1e3bc-8f33-4dd4-9a1b-0d6ec7dfb001\",\"sequence\":1,\"type\":\"t\",\"namespace\":\"n\","
      "\"reference\":null,\"created\":null,\"subscription\":{\"namespace\":\"n\",\"name\":\"a\"}}",
      &e);
  REFUSES(identity, e, v->reference_presence = EW_ABSENT, EW_ERR_MISSING, "/reference",
          S "Event/required");
  REFUSES(identity, e, v->id = (ew_str){0}, EW_ERR_PATTERN, "/id", S "Event/properties/id/pattern");
}

static void lists_and_maps_against_their_rules_are_refused(void **state) {
  (void)state;
  static const char hash[] =
      "\"0xcb7ce842ef1a2042558256e5c78307d608fa583e1a8235c10b6808bf8b5b672e\"";
  char json[1024];
  const ew_type *batch = type_of(&ew_kaleido_document, "numberedBatch");
  const ew_type *start = type_of(&ew_firefly_document, "start");
  ew_kaleido_numbered_batch b;
  ew_firefly_start s;
  snprintf(
      json, sizeof(json),
      "{\"batchNumber\":1,\"events\":[{\"blockHash\":%s,\"blockNumber\":\"1\",\"listenerId\":"
      "\"2b8e0d2c-1f0a-4a53-b1c7-5f7d5a3c9e01\",\"streamId\":\"2b8e0d2c-1f0a-4a53-b1c7-5f7d5a3c9e01\","
      "\"subId\":\"2b8e0d2c-1f0a-4a53-b1c7-5f7d5a3c9e01\",\"topics\":[%s,%s]}]}",
      hash, hash, hash);
  decode(batch, json, &b);
  REFUSES(batch, b, v->events.count = 0, EW_ERR_COUNT, "/events",
          S "NumberedBatch/properties/events/minItems");
  ew_str many[5];
  ew_kaleido_numbered_event *event = b.events.items;
  for (size_t k = 0; k < 5; k++) {
    many[k] = event->topics.items[0];
  }
  event->topics = (ew_str_list){many, 5};
  expect_refused(batch, &b, EW_ERR_COUNT, "/events/0/topics",
                 S "NumberedEvent/properties/topics/maxItems");
  event->topics.count = 4;
  many[3].len--;
  expect_refused(batch, &b, EW_ERR_PATTERN, "/events/0/topics/3",
                 S "NumberedEvent/properties/topics/items/pattern");
  decode(start,
         "{\"type\":\"start\",\"options\":{\"headers\":{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"}}}",
         &s);
  s.options.headers.items[2].key = EW_STR("a");
  expect_refused(start, &s, EW_ERR_DUPLICATE, "/options/headers/a", "");
}

/* Not set, of another type, or no JSON at all. */
static const char *schema_of(ew_err err) {
  return err == EW_ERR_MISSING ? S "Event/required"
         : err == EW_ERR_TYPE  ? S "Event/properties/elems/type"
                               : "";
}

static void free_form_values_that_are_none_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *json;
    ew_err err;
  } bad[] = {
      {"", EW_ERR_MISSING},          {" ", EW_ERR_SYNTAX},
      {"[]", EW_ERR_TYPE},           {"null", EW_ERR_TYPE},
      {"{", EW_ERR_SYNTAX},          {"{}{}", EW_ERR_SYNTAX},
      {"{\"a\":01}", EW_ERR_SYNTAX}, {"{\"a\":NaN}", EW_ERR_SYNTAX},
      {"{\"\xff\":1}", EW_ERR_UTF8}, {"{\"a\":\"\\ud800\"}", EW_ERR_SYNTAX},
  };
  const ew_type *type = type_of(&ew_octave_document, "message");
  ew_octave_message m;
  decode(
      type,
      "{\"type\":\"message\",\"resource\":\"s53b1d1600cf27b75148de0ac\",\"value\":{\"creationDate\":1,\"elems\":{},"
      "\"id\":\"e5e9d9d1d0000000000000001\",\"path\":\"/a\",\"streamId\":\"s53b1d1600cf27b75148de0ac\"}}",
      &m);
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    REFUSES(type, m, v->value.elems.json = ew_str_of(bad[i].json), bad[i].err, "/value/elems",
            schema_of(bad[i].err));
  }
  static char deep[400];
  memset(deep, '[', 63);
  memset(deep + 63, ']', 63);
  char json[512];
  snprintf(json, sizeof(json), "{\"a\":%s}", deep);
  REFUSES(type, m, v->value.elems.json = ew_str_of(json), EW_ERR_DEPTH, "/value/elems", "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_out_of_range_are_refused),
      cmocka_unit_test(a_refusal_names_the_bounds),
      cmocka_unit_test(strings_against_their_rules_are_refused),
      cmocka_unit_test(enums_and_unions_of_no_known_kind_are_refused),
      cmocka_unit_test(what_is_required_must_be_there),
      cmocka_unit_test(lists_and_maps_against_their_rules_are_refused),
      cmocka_unit_test(free_form_values_that_are_none_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
