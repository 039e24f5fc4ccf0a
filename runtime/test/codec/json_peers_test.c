/*
 * JSON without a schema: what other parsers think of the same texts.
 */
#include "support.h"

#include <cjson/cJSON.h>
#include <jansson.h>

/* jansson and we differ where a policy differs: it refuses numbers no double holds. */
static bool jansson_accepts(const char *text, size_t len) {
  json_error_t error;
  json_t *tree = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
  json_decref(tree);
  return tree != NULL;
}

static bool cjson_accepts(const char *text, size_t len) {
  const char *end = NULL;
  cJSON *tree = cJSON_ParseWithLengthOpts(text, len, &end, 0);
  cJSON_Delete(tree);
  return tree != NULL;
}

static const char SEED[] =
    "{\"a\":[1,-2.5e+3,true,false,null,{\"b\\u00e9\":\"\\n\xc3\xa9\"}],\"c\":{\"d\":\"\"},\"e\":[]}";

static void single_changed_bytes_are_judged_as_jansson_does(void **state) {
  (void)state;
  static const char bytes[] = "\"\\{}[],: 0159-+.eEtnuabf\n\t\x01\x7f\xc3\xa9\xff";
  char text[sizeof(SEED)];
  for (size_t at = 0; at < sizeof(SEED) - 1; at++) {
    for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
      memcpy(text, SEED, sizeof(SEED));
      text[at] = bytes[i];
      ew_err err = ew_json_check(ew_str_from(text, sizeof(SEED) - 1), 0, NULL);
      assert_int_equal(jansson_accepts(text, sizeof(SEED) - 1), err == EW_OK);
    }
  }
}

static void removed_and_doubled_bytes_are_judged_as_jansson_does(void **state) {
  (void)state;
  char text[sizeof(SEED) + 1];
  for (size_t at = 0; at < sizeof(SEED) - 1; at++) {
    memcpy(text, SEED, at);
    memcpy(text + at, SEED + at + 1, sizeof(SEED) - at - 1);
    size_t len = sizeof(SEED) - 2;
    assert_int_equal(jansson_accepts(text, len),
                     ew_json_check(ew_str_from(text, len), 0, NULL) == EW_OK);
    memcpy(text, SEED, at + 1);
    memcpy(text + at + 1, SEED + at, sizeof(SEED) - at - 1);
    len = sizeof(SEED);
    assert_int_equal(jansson_accepts(text, len),
                     ew_json_check(ew_str_from(text, len), 0, NULL) == EW_OK);
  }
}

static void cjson_reads_the_same_strings(void **state) {
  (void)state;
  static const char *const texts[] = {"\"\"", "\"a\\nb\"", "\"\\u00e9\\ud83d\\ude00\\\\\\/\"",
                                      "\"\xe2\x82\xac\\t\""};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    ew_arena arena = arena_of(64);
    ew_str out = {0};
    cJSON *tree = cJSON_Parse(texts[i]);
    assert_true(cjson_accepts(texts[i], strlen(texts[i])));
    EXPECT_ERR(EW_OK, ew_raw_string((ew_raw){ew_str_of(texts[i])}, &arena, &out));
    EXPECT_TEXT(cJSON_GetStringValue(tree), out);
    cJSON_Delete(tree);
    free(arena.base);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(single_changed_bytes_are_judged_as_jansson_does),
      cmocka_unit_test(removed_and_doubled_bytes_are_judged_as_jansson_does),
      cmocka_unit_test(cjson_reads_the_same_strings),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
