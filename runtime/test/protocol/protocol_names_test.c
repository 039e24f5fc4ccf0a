/* The built-in protocols by name, and their rules across members. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "eventwire/baas.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"
#include "eventwire/protocol.h"

static void every_name_leads_to_its_document(void **state) {
  (void)state;
  static const char *const expected[] = {"firefly", "kaleido", "baas", "octave", NULL};
  const char *const *names = ew_protocol_names();
  for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]) - 1; i++) {
    assert_string_equal(names[i], expected[i]);
    assert_string_equal(ew_protocol_find(names[i])->name, expected[i]);
    assert_int_equal(ew_protocol_find(names[i])->abi, EW_CODEC_ABI);
  }
  assert_null(names[4]);
}

static void other_names_lead_nowhere(void **state) {
  (void)state;
  assert_null(ew_protocol_find("Kaleido"));
  assert_null(ew_protocol_find("kaleido "));
  assert_null(ew_protocol_find(""));
  assert_null(ew_protocol_find(NULL));
}

static ew_err check(const ew_document *document, const char *message, const char *json,
                    ew_diag *diag) {
  char block[4096];
  char value[4096];
  ew_arena arena;
  ew_arena_init(&arena, block, sizeof(block));
  const ew_message *found = ew_document_find(document, ew_str_of(message));
  assert_non_null(found);
  assert_true(found->type->size <= sizeof(value));
  assert_int_equal(ew_type_decode(found->type, ew_str_of(json), &arena, NULL, value, NULL), EW_OK);
  return ew_protocol_check(document, found, value, diag);
}

static void rules_are_those_of_the_documents_protocol(void **state) {
  (void)state;
  ew_diag diag = {.err = EW_OK};
  static const char contradiction[] =
      "{\"head\":{\"msgId\":\"a\",\"ok\":true,\"errors\":[\"x\"],\"messages\":[]},\"body\":{}}";
  assert_int_equal(check(&ew_octave_document, "acknowledgement", contradiction, &diag),
                   EW_ERR_RULE);
  assert_string_equal(diag.pointer, "/head/errors");
  static const char mismatch[] =
      "{\"type\":\"Block\",\"platform\":\"Fabric\",\"instance_id\":\"csi-e2ehmfqasth-bcw7tzao2dzeo\",\"network\":\"channel3\","
      "\"id\":\"block-282\",\"name\":\"281\",\"content\":{\"number\":282,"
      "\"hash\":\"f7b42d07509c463f8e8cde0fcc8325b42e8bf7fd6a7a24dd207eed297fcd6358\",\"create_time\":1581589504,"
      "\"previous_hash\":\"b8de08d49217c1d8f4ea398c8c61fe2a5bc46ec7bb6c95f44dfd29eaf6c272ab\","
      "\"transactions\":[\"dc90b701e27afa5120ee003ef9d51b86a2ff9e1a9d8537f65387bde6d92c5cba\"]}}";
  assert_int_equal(check(&ew_baas_document, "event", mismatch, &diag), EW_ERR_RULE);
  assert_int_equal(check(&ew_kaleido_document, "ack", "{\"type\":\"ack\"}", NULL), EW_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_name_leads_to_its_document),
      cmocka_unit_test(other_names_lead_nowhere),
      cmocka_unit_test(rules_are_those_of_the_documents_protocol),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
