#include "eventwire/filter_re2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void *compile(const char *pattern, char *reason) {
  const ew_filter_engine *engine = ew_filter_re2();
  return engine->compile(engine->ctx, ew_str_of(pattern), reason, 256);
}

static bool finds(const char *pattern, ew_str text) {
  char reason[256] = "";
  void *program = compile(pattern, reason);
  assert_non_null(program);
  bool found = ew_filter_re2()->match(program, text);
  ew_filter_re2()->free(program);
  return found;
}

static void expect_refused(const char *pattern, const char *expected) {
  char reason[256] = "";
  assert_null(compile(pattern, reason));
  assert_string_equal(reason, expected);
}

static void a_pattern_searches_anywhere_in_the_text(void **state) {
  (void)state;
  assert_true(finds("message", EW_STR("message_rejected")));
  assert_true(finds("rejected", EW_STR("message_rejected")));
  assert_false(finds("^rejected", EW_STR("message_rejected")));
  assert_false(finds("^message$", EW_STR("message_rejected")));
  assert_true(finds("^(message_.*|token_.*)$", EW_STR("token_pool_confirmed")));
}

static void the_empty_text_matches_what_matches_nothing(void **state) {
  (void)state;
  assert_true(finds("^$", (ew_str){NULL, 0, 0}));
  assert_true(finds(".*", (ew_str){NULL, 0, 0}));
  assert_false(finds(".", (ew_str){NULL, 0, 0}));
}

static void letters_have_a_case_unless_the_pattern_says_otherwise(void **state) {
  (void)state;
  assert_false(finds("Red", EW_STR("red")));
  assert_true(finds("(?i)Red", EW_STR("rED")));
}

static void a_code_point_is_one_character(void **state) {
  (void)state;
  assert_true(finds("^.$", EW_STR("\xc3\xa9")));
  assert_false(finds("^..$", EW_STR("\xc3\xa9")));
}

static void text_that_is_no_utf8_does_no_harm(void **state) {
  (void)state;
  assert_true(finds("a", EW_STR("\xff\xfe"
                                "a")));
  assert_false(finds("b", EW_STR("\xff\x00\x80")));
}

static void refusals_are_in_the_words_of_go(void **state) {
  (void)state;
  expect_refused("(", "error parsing regexp: missing closing ): `(`");
  expect_refused("a)", "error parsing regexp: unexpected ): `a)`");
  expect_refused("[a", "error parsing regexp: missing closing ]: `[a`");
  expect_refused("*", "error parsing regexp: missing argument to repetition operator: `*`");
  expect_refused("a**", "error parsing regexp: invalid nested repetition operator: `**`");
  expect_refused("a{2000}", "error parsing regexp: invalid repeat count: `{2000}`");
  expect_refused("\\", "error parsing regexp: trailing backslash at end of expression: ``");
  expect_refused("[z-a]", "error parsing regexp: invalid character class range: `z-a`");
  expect_refused("\xff", "error parsing regexp: invalid UTF-8: ``");
}

static void look_around_and_back_references_are_refused(void **state) {
  (void)state;
  char reason[256] = "";
  assert_null(compile("(?=a)", reason));
  assert_null(compile("(?<!a)b", reason));
  assert_null(compile("(a)\\1", reason));
}

static void a_pattern_of_more_than_a_kibibyte_is_refused(void **state) {
  (void)state;
  char pattern[EW_FILTER_RE2_MAX_PATTERN + 2];
  char reason[256] = "";
  memset(pattern, 'a', sizeof(pattern));
  pattern[EW_FILTER_RE2_MAX_PATTERN + 1] = '\0';
  assert_null(compile(pattern, reason));
  assert_string_equal(reason, "longer than 1024 bytes");
  pattern[EW_FILTER_RE2_MAX_PATTERN] = '\0';
  void *program = compile(pattern, reason);
  assert_non_null(program);
  ew_filter_re2()->free(program);
}

static void a_pattern_that_would_take_much_memory_is_refused(void **state) {
  (void)state;
  expect_refused("((a{100}){100}){100}", "error parsing regexp: invalid repeat count: `{100}`");
  expect_refused("[\\pL]{900}", "error parsing regexp: expression too large: ``");
}

/* Exponential in engines that go back. */
static void a_malicious_pattern_is_linear_in_the_text(void **state) {
  (void)state;
  const uint32_t len = 100000;
  char *text = malloc(len);
  assert_non_null(text);
  memset(text, 'a', len);
  text[len - 1] = 'c';
  assert_false(finds("^(a+)+$", ew_str_from(text, len)));
  assert_false(finds("^(a|aa)+b$", ew_str_from(text, len)));
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pattern_searches_anywhere_in_the_text),
      cmocka_unit_test(the_empty_text_matches_what_matches_nothing),
      cmocka_unit_test(letters_have_a_case_unless_the_pattern_says_otherwise),
      cmocka_unit_test(a_code_point_is_one_character),
      cmocka_unit_test(text_that_is_no_utf8_does_no_harm),
      cmocka_unit_test(refusals_are_in_the_words_of_go),
      cmocka_unit_test(look_around_and_back_references_are_refused),
      cmocka_unit_test(a_pattern_of_more_than_a_kibibyte_is_refused),
      cmocka_unit_test(a_pattern_that_would_take_much_memory_is_refused),
      cmocka_unit_test(a_malicious_pattern_is_linear_in_the_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
