#include "test_internal.h"

#include <string.h>

#include "eventwire/protocol.h"
#include "match_internal.h"

typedef struct outcome {
  bool ok;
  char pointer[80];
  char expected[300];
  char got[300];
} outcome;

static void copy(char *to, size_t size, const ew__ctext *text) { strncpy(to, ew__ctext_str(text), size - 1); }

/* Matches the JSON text against the YAML expectation. */
static outcome match_with(ew__vars *vars, const char *protocol, const char *yaml, const char *json) {
  outcome result = {0};
  cJSON *expected = tree_of_yaml(yaml);
  cJSON *got = tree_of_json(json);
  ew__match match = {.vars = vars, .document = ew_protocol_find(protocol), .root = got,
                     .text = ew_str_of(json)};
  result.ok = ew__match_value(&match, expected, got);
  copy(result.pointer, sizeof(result.pointer), &match.pointer);
  copy(result.expected, sizeof(result.expected), &match.expected);
  copy(result.got, sizeof(result.got), &match.got);
  assert_false(match.no_memory);
  ew__match_clear(&match);
  cJSON_Delete(got);
  cJSON_Delete(expected);
  return result;
}

static bool matches(const char *yaml, const char *json) {
  ew__vars vars = {0};
  outcome result = match_with(&vars, "firefly", yaml, json);
  ew__vars_clear(&vars);
  return result.ok;
}

static void assert_mismatch(const char *yaml, const char *json, const char *pointer, const char *expected,
                            const char *got) {
  ew__vars vars = {0};
  outcome result = match_with(&vars, "firefly", yaml, json);
  assert_false(result.ok);
  assert_string_equal(result.pointer, pointer);
  assert_string_equal(result.expected, expected);
  assert_string_equal(result.got, got);
  ew__vars_clear(&vars);
}

static void plain_values_mean_equal(void **state) {
  (void)state;
  assert_true(matches("5", "5"));
  assert_true(matches("5", "5.0"));
  assert_true(matches("1e2", "100"));
  assert_false(matches("5", "\"5\""));
  assert_true(matches("18446744073709551615", "18446744073709551615"));
  assert_false(matches("18446744073709551615", "18446744073709551614"));
  assert_true(matches("null", "null"));
  assert_false(matches("false", "null"));
  assert_true(matches("\"a\\0b\"", "\"a\\u0000b\""));
  assert_false(matches("\"a\\0b\"", "\"a\\u0000c\""));
}

static void objects_mean_subset_and_arrays_mean_all(void **state) {
  (void)state;
  assert_true(matches("{a: 1}", "{\"b\":2,\"a\":1}"));
  assert_false(matches("{a: 1}", "{\"b\":2}"));
  assert_true(matches("{}", "{\"a\":1}"));
  assert_false(matches("{}", "[]"));
  assert_true(matches("[1, {a: 2}]", "[1,{\"a\":2,\"b\":3}]"));
  assert_false(matches("[1]", "[1,2]"));
  assert_false(matches("[1, 2]", "[1]"));
  assert_false(matches("[1, 2]", "[2,1]"));
}

static void eq_ne_and_in_compare_whole_values(void **state) {
  (void)state;
  assert_true(matches("{$eq: {a: 1, b: [2]}}", "{\"b\":[2],\"a\":1}"));
  assert_false(matches("{$eq: {a: 1}}", "{\"a\":1,\"b\":2}"));
  assert_false(matches("{$eq: []}", "{}"));
  assert_true(matches("{$ne: 5}", "6"));
  assert_false(matches("{$ne: 5}", "5"));
  assert_false(matches("{a: {$ne: 5}}", "{}"));
  assert_true(matches("{$in: [1, x, null]}", "\"x\""));
  assert_false(matches("{$in: [1, x]}", "2"));
}

static void regular_expressions_search_strings(void **state) {
  (void)state;
  assert_true(matches("{$re: '^FF10(176|177): '}", "\"FF10176: Invalid\""));
  assert_false(matches("{$re: '^FF'}", "\" FF\""));
  assert_true(matches("{$re: 'valid'}", "\"FF10176: Invalid\""));
  assert_false(matches("{$re: '1'}", "1"));
}

static void types_are_those_of_json_and_integer(void **state) {
  (void)state;
  assert_true(matches("{$type: integer}", "12345678901234567890"));
  assert_false(matches("{$type: integer}", "1.5"));
  assert_true(matches("{$type: number}", "1"));
  assert_true(matches("{$type: [string, 'null']}", "null"));
  assert_false(matches("{$type: [string, 'null']}", "true"));
  assert_true(matches("{$type: object}", "{}"));
  assert_false(matches("{$type: object}", "[]"));
}

static void any_and_absent_tell_whether_a_member_is_there(void **state) {
  (void)state;
  assert_true(matches("{a: {$any: true}}", "{\"a\":null}"));
  assert_false(matches("{a: {$any: true}}", "{}"));
  assert_true(matches("{a: {$absent: true}}", "{}"));
  assert_false(matches("{a: {$absent: true}}", "{\"a\":null}"));
  assert_true(matches("{a: {$absent: false}}", "{\"a\":null}"));
}

static void lengths_count_characters_elements_and_members(void **state) {
  (void)state;
  assert_true(matches("{$len: 2}", "\"\xC3\xA9\xF0\x9F\x98\x80\""));
  assert_true(matches("{$len: {$min: 1, $max: 3}}", "[1,2]"));
  assert_false(matches("{$len: {$min: 3}}", "[1,2]"));
  assert_true(matches("{$len: 0}", "{}"));
  assert_false(matches("{$len: 1}", "1"));
}

static void bounds_are_inclusive_and_exact_beyond_53_bits(void **state) {
  (void)state;
  assert_true(matches("{$min: 5, $max: 5}", "5"));
  assert_false(matches("{$min: 5}", "4.999"));
  assert_false(matches("{$max: 9007199254740992}", "9007199254740993"));
  assert_true(matches("{$min: -10, $max: -9}", "-9"));
  assert_false(matches("{$min: -9}", "-10"));
  assert_false(matches("{$min: 0}", "\"5\""));
}

static void names_are_bound_and_compared_within_one_message(void **state) {
  (void)state;
  ew__vars vars = {0};
  assert_true(match_with(&vars, "firefly", "{id: {$bind: x}, name: $x}",
                         "{\"id\":{\"a\":1},\"name\":{\"a\":1}}").ok);
  assert_true(match_with(&vars, "firefly", "{$eq: $x}", "{\"a\":1}").ok);
  assert_false(match_with(&vars, "firefly", "$x", "{\"a\":2}").ok);
  ew__vars_clear(&vars);
}

static void a_failed_alternative_binds_nothing(void **state) {
  (void)state;
  ew__vars vars = {0};
  const char *yaml = "{$anyOf: [{a: {$bind: x}, b: 1}, {a: {$any: true}, b: 2}]}";
  assert_true(match_with(&vars, "firefly", yaml, "{\"a\":7,\"b\":2}").ok);
  assert_null(ew__vars_find(&vars, "x"));
  assert_true(match_with(&vars, "firefly", yaml, "{\"a\":7,\"b\":1}").ok);
  assert_tree(ew__vars_find(&vars, "x"), "7");
  ew__vars_clear(&vars);
}

static void not_each_and_any_of_combine(void **state) {
  (void)state;
  assert_true(matches("{$not: {a: 1}}", "{\"a\":2}"));
  assert_false(matches("{$not: {a: 1}}", "{\"a\":1,\"b\":1}"));
  assert_true(matches("{$each: {$type: string}}", "[\"a\",\"b\"]"));
  assert_true(matches("{$each: {$type: string}}", "[]"));
  assert_false(matches("{$each: {$type: string}}", "[\"a\",1]"));
  assert_false(matches("{$each: {$type: string}}", "{}"));
  assert_true(matches("{$anyOf: [{$type: array}, {a: 1}]}", "{\"a\":1}"));
  assert_false(matches("{$anyOf: [{$type: array}, {a: 1}]}", "{\"a\":2}"));
}

static void exact_allows_no_other_members(void **state) {
  (void)state;
  assert_true(matches("{$exact: {a: {$type: integer}, b: {$absent: true}}}", "{\"a\":1}"));
  assert_false(matches("{$exact: {a: 1}}", "{\"a\":1,\"b\":2}"));
  assert_true(matches("{$exact: {a: 1}, a: {$min: 1}}", "{\"a\":1}"));
}

/* The greedy choice (first expectation takes the first element that fits) would fail here. */
static void unordered_finds_an_assignment_when_there_is_one(void **state) {
  (void)state;
  assert_true(matches("{$unordered: [{$type: integer}, 1]}", "[1,2]"));
  assert_true(matches("{$unordered: [{$min: 1}, {$min: 2}, {$min: 3}]}", "[3,2,1]"));
  assert_false(matches("{$unordered: [{$min: 2}, {$min: 2}, {$min: 3}]}", "[3,2,1]"));
  assert_false(matches("{$unordered: [1]}", "[1,1]"));
  ew__vars vars = {0};
  assert_true(match_with(&vars, "firefly", "{$unordered: [{n: 1, id: {$bind: one}}, {n: 2}]}",
                         "[{\"n\":2,\"id\":5},{\"n\":1,\"id\":6}]").ok);
  assert_tree(ew__vars_find(&vars, "one"), "6");
  ew__vars_clear(&vars);
}

static void schema_judges_the_bytes_of_the_message(void **state) {
  (void)state;
  assert_true(matches("{$schema: protocolError}", "{\"type\":\"protocol_error\",\"error\":\"FF10176: no\"}"));
  assert_false(matches("{$schema: protocolError}", "{\"type\":\"protocol_error\"}"));
  assert_false(matches("{$schema: protocolError}", "{\"type\":\"protocol_error\",\"error\":\"FF10176: no\",\"type\":\"protocol_error\"}"));
  assert_true(matches("{inner: {$schema: ack}}", "{\"inner\":{\"type\":\"ack\"}}"));
}

/* The schema alone accepts both: it is the rule across members that tells them apart. */
static void schema_includes_the_rules_across_members(void **state) {
  (void)state;
  ew__vars vars = {0};
  const char *good = "{\"head\":{\"msgId\":\"a\",\"ok\":true,\"errors\":[],\"messages\":[]},\"body\":{}}";
  const char *bad = "{\"head\":{\"msgId\":\"a\",\"ok\":true,\"errors\":[\"x\"],\"messages\":[]},\"body\":{}}";
  assert_true(match_with(&vars, "octave", "{$schema: acknowledgement}", good).ok);
  assert_false(match_with(&vars, "octave", "{$schema: acknowledgement}", bad).ok);
  ew__vars_clear(&vars);
}

static void a_mismatch_tells_where_and_what(void **state) {
  (void)state;
  assert_mismatch("{a: [{b: 5}]}", "{\"a\":[{\"b\":6}]}", "/a/0/b", "5", "6");
  assert_mismatch("{a: {b: 5}}", "{\"a\":{}}", "/a/b", "5", "nothing");
  assert_mismatch("{error: {$re: '^FF'}}", "{\"error\":\"no\"}", "/error", "a string like \"^FF\"", "\"no\"");
  assert_mismatch("{$each: {$type: string}}", "[\"a\",1]", "/1", "a value of type \"string\"", "1");
  assert_mismatch("{$exact: {a: 1}}", "{\"a\":1,\"b\":2}", "/b", "no such member", "2");
  assert_mismatch("[1, 2]", "[1]", "", "[1,2]", "[1]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_values_mean_equal),
      cmocka_unit_test(objects_mean_subset_and_arrays_mean_all),
      cmocka_unit_test(eq_ne_and_in_compare_whole_values),
      cmocka_unit_test(regular_expressions_search_strings),
      cmocka_unit_test(types_are_those_of_json_and_integer),
      cmocka_unit_test(any_and_absent_tell_whether_a_member_is_there),
      cmocka_unit_test(lengths_count_characters_elements_and_members),
      cmocka_unit_test(bounds_are_inclusive_and_exact_beyond_53_bits),
      cmocka_unit_test(names_are_bound_and_compared_within_one_message),
      cmocka_unit_test(a_failed_alternative_binds_nothing),
      cmocka_unit_test(not_each_and_any_of_combine),
      cmocka_unit_test(exact_allows_no_other_members),
      cmocka_unit_test(unordered_finds_an_assignment_when_there_is_one),
      cmocka_unit_test(schema_judges_the_bytes_of_the_message),
      cmocka_unit_test(schema_includes_the_rules_across_members),
      cmocka_unit_test(a_mismatch_tells_where_and_what),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
