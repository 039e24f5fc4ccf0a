#include "eventwire/cjson.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

static ew_raw raw_of(const char *text) {
  ew_raw raw = {ew_str_of(text)};
  return raw;
}

/* To a tree and back: what comes out is what went in, byte for byte. */
static void expect_same(const char *text) {
  char block[1024];
  ew_arena arena;
  cJSON *tree = NULL;
  ew_raw back;
  ew_arena_init(&arena, block, sizeof(block));
  assert_int_equal(ew_json_check(ew_str_of(text), 0, NULL), EW_OK);
  assert_int_equal(ew_raw_to_cjson(raw_of(text), &tree), EW_OK);
  assert_int_equal(ew_raw_from_cjson(tree, &arena, &back), EW_OK);
  assert_true(ew_str_equal(back.json, ew_str_of(text)));
  cJSON_Delete(tree);
}

static void every_type_survives_the_way_there_and_back(void **state) {
  (void)state;
  expect_same("null");
  expect_same("true");
  expect_same("[false,0,-1,1.5,\"\",\"a\\\"b\\\\c\\n\",[],{}]");
  expect_same("{\"a\":{\"b\":[{\"c\":\"\xe7\xa4\xba\"}]},\"a b\":1}");
}

static void numbers_that_no_double_holds_keep_their_digits(void **state) {
  (void)state;
  expect_same("9007199254740993");
  expect_same("18446744073709551615");
  expect_same("[1180591620717411303424,1e400,1.10]");
}

static void a_string_with_nul_inside_is_refused_not_cut(void **state) {
  (void)state;
  cJSON *tree = (cJSON *)&tree;
  assert_int_equal(ew_raw_to_cjson(raw_of("{\"k\":\"a\\u0000b\"}"), &tree), EW_ERR_UNSUPPORTED);
  assert_null(tree);
  assert_int_equal(ew_raw_to_cjson(raw_of("{\"a\\u0000b\":1}"), &tree), EW_ERR_UNSUPPORTED);
  assert_null(tree);
}

static void an_unset_value_is_an_argument_error(void **state) {
  (void)state;
  cJSON *tree = NULL;
  ew_raw unset = {{NULL, 0, 0}};
  assert_int_equal(ew_raw_to_cjson(unset, &tree), EW_ERR_ARGUMENT);
}

static void a_tree_that_is_no_json_is_refused(void **state) {
  (void)state;
  char block[256];
  ew_arena arena;
  ew_raw out = {{NULL, 0, 0}};
  ew_arena_init(&arena, block, sizeof(block));
  cJSON *broken = cJSON_CreateRaw("{\"a\":");
  assert_int_equal(ew_raw_from_cjson(broken, &arena, &out), EW_ERR_TRUNCATED);
  cJSON_Delete(broken);
  cJSON *bad_text = cJSON_CreateString("\xff");
  assert_int_equal(ew_raw_from_cjson(bad_text, &arena, &out), EW_ERR_UTF8);
  cJSON_Delete(bad_text);
  assert_null(out.json.ptr);
}

static void a_number_that_is_none_is_refused_not_written_as_null(void **state) {
  (void)state;
  char block[256];
  ew_arena arena;
  ew_raw out = {{NULL, 0, 0}};
  ew_arena_init(&arena, block, sizeof(block));
  const double numbers[] = {NAN, INFINITY, -INFINITY};
  for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
    cJSON *tree = cJSON_CreateDoubleArray(&numbers[i], 1);
    assert_int_equal(ew_raw_from_cjson(tree, &arena, &out), EW_ERR_RANGE);
    cJSON_Delete(tree);
  }
  assert_null(out.json.ptr);
}

static void an_arena_that_is_too_small_is_left_as_it_was(void **state) {
  (void)state;
  char block[4];
  ew_arena arena;
  ew_raw out;
  ew_arena_init(&arena, block, sizeof(block));
  cJSON *text = cJSON_CreateString("longer than four bytes");
  assert_int_equal(ew_raw_from_cjson(text, &arena, &out), EW_ERR_ARENA_FULL);
  assert_int_equal(arena.used, 0);
  cJSON_Delete(text);
}

static void nesting_over_the_limit_of_cjson_is_refused(void **state) {
  (void)state;
  char deep[2 * 1001 + 1];
  cJSON *tree = NULL;
  memset(deep, '[', 1001);
  memset(deep + 1001, ']', 1001);
  deep[2 * 1001] = '\0';
  assert_int_equal(ew_raw_to_cjson(raw_of(deep), &tree), EW_ERR_DEPTH);
  assert_null(tree);
}

/* Around tree, which becomes the innermost. */
static cJSON *nest(cJSON *tree, int levels) {
  for (int i = 0; i < levels; i++) {
    cJSON *outer = cJSON_CreateArray();
    assert_true(cJSON_AddItemToArray(outer, tree));
    tree = outer;
  }
  return tree;
}

static void a_tree_of_any_depth_is_judged_before_it_is_printed(void **state) {
  (void)state;
  char block[4096];
  ew_arena arena;
  ew_raw out;
  ew_arena_init(&arena, block, sizeof(block));
  cJSON *tree = nest(cJSON_CreateArray(), 999);
  assert_int_equal(ew_raw_from_cjson(tree, &arena, &out), EW_OK);
  assert_int_equal(out.json.len, 2000);
  tree = nest(tree, 1);
  assert_int_equal(ew_raw_from_cjson(tree, &arena, &out), EW_ERR_DEPTH);
  tree = nest(tree, 20000);
  assert_int_equal(ew_raw_from_cjson(tree, &arena, &out), EW_ERR_DEPTH);
  cJSON_Delete(tree);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_type_survives_the_way_there_and_back),
      cmocka_unit_test(numbers_that_no_double_holds_keep_their_digits),
      cmocka_unit_test(a_string_with_nul_inside_is_refused_not_cut),
      cmocka_unit_test(an_unset_value_is_an_argument_error),
      cmocka_unit_test(a_tree_that_is_no_json_is_refused),
      cmocka_unit_test(a_number_that_is_none_is_refused_not_written_as_null),
      cmocka_unit_test(an_arena_that_is_too_small_is_left_as_it_was),
      cmocka_unit_test(nesting_over_the_limit_of_cjson_is_refused),
      cmocka_unit_test(a_tree_of_any_depth_is_judged_before_it_is_printed),
  };
  return cmocka_run_group_tests_name("cjson", tests, NULL, NULL);
}
