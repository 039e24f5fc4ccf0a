/*
 * The rules of BaaS that no schema states, on the vectors of the document and beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "baas_vectors.h"
#include "eventwire/baas.h"
#include "eventwire/protocol.h"

#define TX_ID "233718ea379a7ef798f40bfd6ae77f842145334e3d5520292bea7aadfa9faf03"
#define OTHER_ID "30faf9afdaa7aeb2920255d3e433541248f77ea6dfb04f897fe7a973ae817332"

static char block[1 << 20];

static ew_err judge(ew_str message_name, ew_profile profile, ew_str json, ew_diag *diag) {
  static union {
    max_align_t align;
    char bytes[8192];
  } value;
  const ew_message *message = ew_document_find(&ew_baas_document, message_name);
  ew_decode_options opts = {.profile = profile};
  ew_arena arena;
  assert_non_null(message);
  assert_true(message->type->size <= sizeof(value));
  ew_arena_init(&arena, block, sizeof(block));
  ew_err err = ew_type_decode(message->type, json, &arena, &opts, &value, diag);
  return err == EW_OK ? ew_protocol_check(&ew_baas_document, message, &value, diag) : err;
}

static ew_profile profile_of(const ew_vector *vector) {
  return vector->verdict == EW_VECTOR_VALID ? EW_STRICT : EW_LENIENT;
}

static void every_vector_gets_its_verdict(void **state) {
  size_t rules = 0;
  (void)state;
  for (size_t i = 0; i < ew_baas_vector_count; i++) {
    const ew_vector *v = &ew_baas_vectors[i];
    ew_diag diag = {0};
    ew_err err = judge(ew_str_of(v->message), profile_of(v), ew_str_from(v->json, v->len), &diag);
    bool refused = v->verdict == EW_VECTOR_INVALID;
    if (v->verdict != EW_VECTOR_COMPAT && (err != EW_OK) != refused) {
      fail_msg("%s: %s", v->id, ew_err_name(err));
    }
    if (v->rule) {
      assert_int_equal(err, EW_ERR_RULE);
      assert_int_equal(diag.err, EW_ERR_RULE);
      assert_int_not_equal(diag.pointer[0], '\0');
      rules++;
    }
  }
  assert_true(rules >= 9);
}

static ew_err judge_event(const char *type, const char *id, const char *name, const char *content,
                          ew_diag *diag) {
  char json[2048];
  snprintf(json, sizeof(json),
           "{\"type\":\"%s\",\"platform\":\"Fabric\",\"instance_id\":\"i\",\"network\":\"n\",\"id\":\"%s\",\"name\":\"%s\",\"content\":%s}",
           type, id, name, content);
  return judge(EW_STR("event"), EW_LENIENT, ew_str_of(json), diag);
}

static void expect_refused(const char *pointer, const char *type, const char *id, const char *name,
                           const char *content) {
  ew_diag diag = {0};
  assert_int_equal(judge_event(type, id, name, content, &diag), EW_ERR_RULE);
  assert_string_equal(diag.pointer, pointer);
  assert_int_not_equal(diag.expected[0], '\0');
}

#define TX_CONTENT(id, state, events)                                                                                  \
  "{\"id\":\"" id "\",\"state\":\"" state "\",\"from\":\"a.b\",\"to\":\"c\",\"input\":\"[]\",\"events\":" events "}"
#define BLOCK_CONTENT(number)                                                                                          \
  "{\"number\":" number ",\"hash\":\"" TX_ID "\",\"create_time\":1,\"previous_hash\":\"\",\"transactions\":[]}"
#define NESTED(id)                                                                                                     \
  "{\"type\":\"Contract\",\"platform\":\"Fabric\",\"instance_id\":\"i\",\"network\":\"\",\"id\":\"" id "\",\"name\":\"m\",\"content\":\"\"}"

static void the_prefix_of_the_id_fits_the_type(void **state) {
  (void)state;
  expect_refused("/id", "Block", "tx-3-" TX_ID, "3", BLOCK_CONTENT("3"));
  expect_refused("/id", "Tx", "contract-3-" TX_ID, TX_ID, TX_CONTENT(TX_ID, "VALID", "null"));
  expect_refused("/id", "Contract", "tx-3-" TX_ID, "m", "\"\"");
  expect_refused("/id", "Config", "block-3", "", TX_CONTENT("", "VALID", "null"));
}

static void a_block_says_its_number_three_times(void **state) {
  (void)state;
  assert_int_equal(judge_event("Block", "block-18446744073709551615", "18446744073709551615",
                               BLOCK_CONTENT("18446744073709551615"), NULL),
                   EW_OK);
  expect_refused("/id", "Block", "block-4", "3", BLOCK_CONTENT("3"));
  expect_refused("/name", "Block", "block-3", "4", BLOCK_CONTENT("3"));
  expect_refused("/name", "Block", "block-3", "03", BLOCK_CONTENT("3"));
  expect_refused("/name", "Block", "block-3", "", BLOCK_CONTENT("3"));
}

static void a_transaction_says_its_id_three_times(void **state) {
  (void)state;
  expect_refused("/id", "Tx", "tx-3-" OTHER_ID, TX_ID, TX_CONTENT(TX_ID, "VALID", "null"));
  expect_refused("/name", "Tx", "tx-3-" TX_ID, OTHER_ID, TX_CONTENT(TX_ID, "VALID", "null"));
  expect_refused("/id", "Tx", "tx-3-" TX_ID, TX_ID, TX_CONTENT(OTHER_ID, "VALID", "null"));
}

static void a_transaction_may_leave_out_its_own_id(void **state) {
  static const char content[] =
      "{\"state\":\"VALID\",\"from\":\"a.b\",\"to\":\"c\",\"input\":\"[]\",\"events\":null}";
  (void)state;
  assert_int_equal(judge_event("Tx", "tx-3-" TX_ID, TX_ID, content, NULL), EW_OK);
  expect_refused("/name", "Tx", "tx-3-" TX_ID, OTHER_ID, content);
}

static void a_config_transaction_has_no_id_or_the_same_three_times(void **state) {
  (void)state;
  assert_int_equal(judge_event("Config", "config-7-", "", TX_CONTENT("", "VALID", "null"), NULL),
                   EW_OK);
  assert_int_equal(
      judge_event("Config", "config-7-" TX_ID, TX_ID, TX_CONTENT(TX_ID, "VALID", "null"), NULL),
      EW_OK);
  expect_refused("/id", "Config", "config-7-" TX_ID, TX_ID, TX_CONTENT("", "VALID", "null"));
  expect_refused("/name", "Config", "config-7-", TX_ID, TX_CONTENT("", "VALID", "null"));
  expect_refused("/id", "Config", "config-7-", "", TX_CONTENT(TX_ID, "VALID", "null"));
}

static void a_contract_event_has_a_name(void **state) {
  (void)state;
  assert_int_equal(judge_event("Contract", "contract-3-" TX_ID, "m", "\"\"", NULL), EW_OK);
  expect_refused("/name", "Contract", "contract-3-" TX_ID, "", "\"\"");
}

static void a_state_is_any_text_but_the_empty_one(void **state) {
  (void)state;
  assert_int_equal(judge_event("Tx", "tx-3-" TX_ID, TX_ID, TX_CONTENT(TX_ID, "25", "null"), NULL),
                   EW_OK);
  assert_int_equal(
      judge_event("Tx", "tx-3-" TX_ID, TX_ID, TX_CONTENT(TX_ID, "valid", "null"), NULL), EW_OK);
  expect_refused("/content/state", "Tx", "tx-3-" TX_ID, TX_ID, TX_CONTENT(TX_ID, "", "null"));
  expect_refused("/content/state", "Config", "config-7-", "", TX_CONTENT("", "", "null"));
}

static void a_nested_event_belongs_to_its_transaction(void **state) {
  (void)state;
  assert_int_equal(
      judge_event("Tx", "tx-3-" TX_ID, TX_ID,
                  TX_CONTENT(TX_ID, "VALID",
                             "[" NESTED("contract-3-" TX_ID) "," NESTED("") ",\"bare-name\"]"),
                  NULL),
      EW_OK);
  expect_refused("/content/events/1/id", "Tx", "tx-3-" TX_ID, TX_ID,
                 TX_CONTENT(TX_ID, "VALID", "[\"bare-name\"," NESTED("contract-3-" OTHER_ID) "]"));
  expect_refused("/content/events/0/id", "Tx", "tx-3-" TX_ID, TX_ID,
                 TX_CONTENT(TX_ID, "VALID", "[" NESTED("contract-4-" TX_ID) "]"));
}

/* A caller may check a value that no decoder has seen. */
static void a_value_of_nothing_but_zeros_is_no_trap(void **state) {
  (void)state;
  const ew_message *message = ew_document_find(&ew_baas_document, EW_STR("event"));
  ew_baas_event event;
  ew_baas_event_init(&event);
  assert_int_equal(ew_protocol_check(&ew_baas_document, message, &event, NULL), EW_OK);
  for (int type = EW_BAAS_EVENT_TYPE_TX; type <= EW_BAAS_EVENT_TYPE_BLOCK; type++) {
    event.type = (ew_baas_event_type)type;
    assert_int_equal(ew_protocol_check(&ew_baas_document, message, &event, NULL), EW_ERR_RULE);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_vector_gets_its_verdict),
      cmocka_unit_test(the_prefix_of_the_id_fits_the_type),
      cmocka_unit_test(a_block_says_its_number_three_times),
      cmocka_unit_test(a_transaction_says_its_id_three_times),
      cmocka_unit_test(a_transaction_may_leave_out_its_own_id),
      cmocka_unit_test(a_config_transaction_has_no_id_or_the_same_three_times),
      cmocka_unit_test(a_contract_event_has_a_name),
      cmocka_unit_test(a_state_is_any_text_but_the_empty_one),
      cmocka_unit_test(a_nested_event_belongs_to_its_transaction),
      cmocka_unit_test(a_value_of_nothing_but_zeros_is_no_trap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
