#include "test_internal.h"

#include <stdio.h>

static void assert_reads_as(const char *yaml, const char *json) {
  cJSON *tree = tree_of_yaml(yaml);
  assert_tree(tree, json);
  cJSON_Delete(tree);
}

static void assert_refused(const char *yaml, const char *message) {
  cJSON *tree = NULL;
  ew__ctext error = {0};
  assert_int_equal(ew__yaml_parse("f.yaml", ew_str_of(yaml), &tree, &error), EW_ERR_SYNTAX);
  assert_string_equal(ew__ctext_str(&error), message);
  assert_null(tree);
  ew__ctext_clear(&error);
}

static void scalars_follow_the_core_schema_of_yaml_1_2(void **state) {
  (void)state;
  assert_reads_as("[null, Null, ~, '']", "[null,null,null,\"\"]");
  assert_reads_as("a:\nb: 1", "{\"a\":null,\"b\":1}");
  assert_reads_as("[true, True, FALSE, yes, no, on, off, y]",
                  "[true,true,false,\"yes\",\"no\",\"on\",\"off\",\"y\"]");
  assert_reads_as("[12:30, 2026-04-22, 1_000, 0b1]", "[\"12:30\",\"2026-04-22\",\"1_000\",\"0b1\"]");
  assert_reads_as("[0, -5, +5, 007, 0x1F, 0o17]", "[0,-5,5,7,31,15]");
  assert_reads_as("['5', \"5\", !!str 5]", "[\"5\",\"5\",\"5\"]");
}

static void numbers_keep_their_digits(void **state) {
  (void)state;
  assert_reads_as("18446744073709551615", "18446744073709551615");
  assert_reads_as("1180591620717411303424", "1180591620717411303424");
  assert_reads_as("[1.0, 1e2, 1.50, -0]", "[1.0,1e2,1.50,-0]");
  assert_reads_as("[.5, 5., +1.5]", "[0.5,5,1.5]");
}

static void what_only_looks_like_a_number_is_text(void **state) {
  (void)state;
  assert_reads_as("[1.2.3, 1e, e5, ., +, -, 0x, 0xG, 5s, \"1 \"]",
                  "[\"1.2.3\",\"1e\",\"e5\",\".\",\"+\",\"-\",\"0x\",\"0xG\",\"5s\",\"1 \"]");
}

static void strings_keep_nul_and_every_other_character(void **state) {
  (void)state;
  assert_reads_as("\"a\\0b\\U0010FFFF\\n\\\"\\\\\"", "\"a\\u0000b\xF4\x8F\xBF\xBF\\n\\\"\\\\\"");
}

static void a_json_text_survives_the_round_trip(void **state) {
  (void)state;
  const char *json = "{\"a\":[1,-2.5e3,true,null,\"x\\u0000\xC3\xA9\\n\"],\"b\":{},\"c\":[],\"\":18446744073709551616}";
  cJSON *tree = tree_of_json(json);
  assert_tree(tree, json);
  cJSON_Delete(tree);
  tree = tree_of_json(" { \"e\" : \"\\ud83d\\ude00\\/\\u0041\" , \"f\" : [ ] } ");
  assert_tree(tree, "{\"e\":\"\xF0\x9F\x98\x80/A\",\"f\":[]}");
  cJSON_Delete(tree);
}

static void members_know_the_line_of_their_key(void **state) {
  (void)state;
  cJSON *tree = tree_of_yaml("a: 1\nb:\n  - x\n  - c:\n      d: 2\n");
  assert_int_equal(ew__tree_get(tree, "b")->valueint, 2);
  const cJSON *second = cJSON_GetArrayItem(ew__tree_get(tree, "b"), 1);
  assert_int_equal(ew__tree_get(second, "c")->valueint, 4);
  assert_int_equal(ew__tree_get(ew__tree_get(second, "c"), "d")->valueint, 5);
  cJSON_Delete(tree);
}

static void what_a_tree_cannot_hold_is_refused_with_its_place(void **state) {
  (void)state;
  assert_refused("a: 1\nb: &x 2\n", "f.yaml:2:4: anchors are not supported");
  assert_refused("a: *x\n", "f.yaml:1:4: aliases are not supported");
  assert_refused("a: !!int 5\n", "f.yaml:1:4: tags other than !!str are not supported");
  assert_refused("a: 1\na: 2\n", "f.yaml:2:1: the key stands twice");
  assert_refused("? [a]\n: 1\n", "f.yaml:1:3: a key must be a scalar");
  assert_refused("[1, .inf]", "f.yaml:1:5: JSON has no infinities and no NaN");
  assert_refused("0xFFFFFFFFFFFFFFFFF", "f.yaml:1:1: the number does not fit 64 bits");
  assert_refused("a: 1\n---\nb: 2\n", "f.yaml:2:1: only one document may stand in a file");
  assert_refused("", "f.yaml:1:1: the file is empty");
  assert_refused("a: [1\n", "f.yaml:2:1: did not find expected ',' or ']'");
  assert_refused("a: \xFF\n", "f.yaml:1:1: invalid leading UTF-8 octet");
}

static void nesting_is_bounded(void **state) {
  (void)state;
  char deep[200];
  int len = 0;
  for (int i = 0; i < 65; i++) {
    len += snprintf(deep + len, sizeof(deep) - (size_t)len, "[");
  }
  assert_refused(deep, "f.yaml:1:65: nested too deeply");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(scalars_follow_the_core_schema_of_yaml_1_2),
      cmocka_unit_test(numbers_keep_their_digits),
      cmocka_unit_test(what_only_looks_like_a_number_is_text),
      cmocka_unit_test(strings_keep_nul_and_every_other_character),
      cmocka_unit_test(a_json_text_survives_the_round_trip),
      cmocka_unit_test(members_know_the_line_of_their_key),
      cmocka_unit_test(what_a_tree_cannot_hold_is_refused_with_its_place),
      cmocka_unit_test(nesting_is_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
