/*
 * The rules of Octave that no schema states, on the vectors of the document and beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "eventwire/octave.h"
#include "eventwire/protocol.h"
#include "octave_vectors.h"

static char block[1 << 20];

/* Decodes and checks a text; the error of whichever refuses it. */
static ew_err judge(ew_str message_name, ew_profile profile, ew_str json, ew_diag *diag) {
  static union {
    max_align_t align;
    char bytes[4096];
  } value;
  const ew_message *message = ew_document_find(&ew_octave_document, message_name);
  ew_decode_options opts = {.profile = profile};
  ew_arena arena;
  assert_non_null(message);
  assert_true(message->type->size <= sizeof(value));
  ew_arena_init(&arena, block, sizeof(block));
  ew_err err = ew_type_decode(message->type, json, &arena, &opts, &value, diag);
  return err == EW_OK ? ew_protocol_check(&ew_octave_document, message, &value, diag) : err;
}

static ew_profile profile_of(const ew_vector *vector) {
  return vector->verdict == EW_VECTOR_VALID ? EW_STRICT : EW_LENIENT;
}

static void every_vector_gets_its_verdict(void **state) {
  size_t rules = 0;
  (void)state;
  for (size_t i = 0; i < ew_octave_vector_count; i++) {
    const ew_vector *v = &ew_octave_vectors[i];
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
  assert_true(rules >= 2);
}

static void a_good_answer_has_no_errors(void **state) {
  ew_diag diag = {0};
  (void)state;
  ew_str json = EW_STR(
      "{\"head\":{\"msgId\":\"a\",\"ok\":true,\"errors\":[\"x\"],\"messages\":[]},\"body\":{}}");
  assert_int_equal(judge(EW_STR("acknowledgement"), EW_STRICT, json, &diag), EW_ERR_RULE);
  assert_string_equal(diag.pointer, "/head/errors");
  json =
      EW_STR("{\"head\":{\"ok\":true,\"status\":201,\"errors\":[\"x\"]},\"body\":{\"id\":\"a\"}}");
  assert_int_equal(judge(EW_STR("sessionResponse"), EW_LENIENT, json, &diag), EW_ERR_RULE);
  assert_string_equal(diag.pointer, "/head/errors");
}

static void a_refusal_may_come_without_errors(void **state) {
  (void)state;
  ew_str json =
      EW_STR("{\"head\":{\"msgId\":\"a\",\"ok\":false,\"errors\":[],\"messages\":[]},\"body\":{}}");
  assert_int_equal(judge(EW_STR("acknowledgement"), EW_STRICT, json, NULL), EW_OK);
}

#define MESSAGE(resource, value) EW_STR("{\"type\":\"message\",\"resource\":\"" resource "\",\"value\":{\"elems\":{}," value "}}")

static void a_resource_that_is_an_id_equals_the_id_of_the_stream(void **state) {
  ew_diag diag = {0};
  (void)state;
  ew_str wrong = MESSAGE("s53b1d1600cf27b75148de0ac", "\"streamId\":\"s53b1d1600cf27b75148de0ad\"");
  assert_int_equal(judge(EW_STR("message"), EW_LENIENT, wrong, &diag), EW_ERR_RULE);
  assert_string_equal(diag.pointer, "/resource");
  assert_string_equal(diag.found, "s53b1d1600cf27b75148de0ac");
  ew_str shortened = MESSAGE("s53b1d1600cf27b75148de0ac", "\"streamId\":\"s53b1d1...\"");
  assert_int_equal(judge(EW_STR("message"), EW_LENIENT, shortened, NULL), EW_OK);
}

static void a_resource_that_is_a_path_equals_the_path_of_the_event(void **state) {
  ew_diag diag = {0};
  (void)state;
  ew_str wrong = MESSAGE("/a/b", "\"path\":\"/a/c\",\"streamId\":\"s53b1d1600cf27b75148de0ac\"");
  assert_int_equal(judge(EW_STR("message"), EW_LENIENT, wrong, &diag), EW_ERR_RULE);
  assert_string_equal(diag.pointer, "/resource");
  ew_str right = MESSAGE("/a/b", "\"path\":\"/a/b\",\"streamId\":\"s53b1d1600cf27b75148de0ac\"");
  assert_int_equal(judge(EW_STR("message"), EW_LENIENT, right, NULL), EW_OK);
  ew_str silent = MESSAGE("/a/b", "\"streamId\":\"s53b1d1600cf27b75148de0ac\"");
  assert_int_equal(judge(EW_STR("message"), EW_LENIENT, silent, NULL), EW_OK);
}

static void requests_have_no_rules_of_this_kind(void **state) {
  (void)state;
  ew_str json =
      EW_STR("{\"msgId\":\"\",\"object\":\"event\",\"type\":\"subscribe\",\"path\":\"/a\"}");
  assert_int_equal(judge(EW_STR("subscribe"), EW_STRICT, json, NULL), EW_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_vector_gets_its_verdict),
      cmocka_unit_test(a_good_answer_has_no_errors),
      cmocka_unit_test(a_refusal_may_come_without_errors),
      cmocka_unit_test(a_resource_that_is_an_id_equals_the_id_of_the_stream),
      cmocka_unit_test(a_resource_that_is_a_path_equals_the_path_of_the_event),
      cmocka_unit_test(requests_have_no_rules_of_this_kind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
