/*
 * Strings: scanning, unescaping, rules, escaping; memory and buffers; Base64.
 */
#include "support.h"

#include <stdalign.h>

#include "../../src/codec/scan_internal.h"

/* ------------------------------------------------------------------------------------- scanning */

typedef struct string_case {
  const char *json;
  const char *text; /* unescaped, NULL: refused */
  ew_err err;
  size_t at;
} string_case;

static const string_case STRINGS[] = {
    {"\"\"", "", EW_OK, 0},
    {"\"abc\"", "abc", EW_OK, 0},
    {"\"a\\\"b\\\\c\\/\"", "a\"b\\c/", EW_OK, 0},
    {"\"\\b\\f\\n\\r\\t\"", "\b\f\n\r\t", EW_OK, 0},
    {"\"\\u0041\\u00df\\u20AC\"", "A\xc3\x9f\xe2\x82\xac", EW_OK, 0},
    {"\"\\ud83d\\ude00!\"", "\xf0\x9f\x98\x80!", EW_OK, 0},
    {"\"\\uD800\\uDC00\\uDBFF\\uDFFF\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", EW_OK, 0},
    {"\"0123456789abcdef0123456789\\n\"", "0123456789abcdef0123456789\n", EW_OK, 0},
    {"\"\x7f\xc3\xa9\"", "\x7f\xc3\xa9", EW_OK, 0},
    {"\"abc", NULL, EW_ERR_TRUNCATED, 4},
    {"\"", NULL, EW_ERR_TRUNCATED, 1},
    {"\"\\", NULL, EW_ERR_TRUNCATED, 2},
    {"\"\\u", NULL, EW_ERR_TRUNCATED, 3},
    {"\"\\u12", NULL, EW_ERR_TRUNCATED, 5},
    {"\"\\u12\"", NULL, EW_ERR_SYNTAX, 5},
    {"\"\\u123g\"", NULL, EW_ERR_SYNTAX, 6},
    {"\"\\x\"", NULL, EW_ERR_SYNTAX, 2},
    {"\"\\'\"", NULL, EW_ERR_SYNTAX, 2},
    {"\"\\U0041\"", NULL, EW_ERR_SYNTAX, 2},
    {"\"a\tb\"", NULL, EW_ERR_SYNTAX, 2},
    {"\"0123456789abcdef\x1f\"", NULL, EW_ERR_SYNTAX, 17},
    {"\"\\ud800\"", NULL, EW_ERR_SURROGATE, 1},
    {"\"ab\\udc00\"", NULL, EW_ERR_SURROGATE, 3},
    {"\"\\ud800\\ud800\\udc00\"", NULL, EW_ERR_SURROGATE, 1},
    {"\"\\ud800\\n\"", NULL, EW_ERR_SURROGATE, 1},
    {"\"\\ud800x\"", NULL, EW_ERR_SURROGATE, 1},
    {"\"\\ud800\\u00", NULL, EW_ERR_TRUNCATED, 11},
    {"\"\\ud800\\", NULL, EW_ERR_TRUNCATED, 8},
    {"\"\\ud800\\u00zz\"", NULL, EW_ERR_SYNTAX, 11},
};

static void check_accepted(const string_case *c, ew__span span) {
  ew_arena arena = arena_of(strlen(c->text));
  ew_str out = {0};
  assert_int_equal(strlen(c->text), ew__unescaped_size(span, 0));
  EXPECT_ERR(EW_OK, ew__span_take(span, 0, &arena, &out));
  EXPECT_TEXT(c->text, out);
  assert_int_equal(span.escaped ? 0 : EW_STR_CLEAN, out.flags);
  assert_int_equal(span.escaped ? strlen(c->text) : 0, arena.used);
  assert_true(ew__span_is(span, (ew_text){c->text, (uint32_t)strlen(c->text)}));
  assert_false(ew__span_is(span, (ew_text)EW_TEXT("something else")));
  ew__span plain = {c->text, (uint32_t)strlen(c->text), false};
  assert_true(ew__is_same_span(span, plain, 0));
  free(arena.base);
}

static void strings_are_scanned_and_unescaped_or_refused_at_the_exact_byte(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(STRINGS) / sizeof(STRINGS[0]); i++) {
    const string_case *c = &STRINGS[i];
    ew_str json = exact_copy(c->json, strlen(c->json));
    const char *end = json.ptr + json.len;
    ew__span span = {NULL, 0, false};
    ew__fault fault = {EW_OK, NULL, NULL};
    const char *p = ew__scan_string(json.ptr, end, 0, &span, &fault);
    if (c->text != NULL) {
      assert_ptr_equal(end, p);
      check_accepted(c, span);
    } else {
      assert_null(p);
      EXPECT_ERR(c->err, fault.err);
      assert_int_equal(c->at, fault.at - json.ptr);
    }
    free_copy(json);
  }
}

static void control_bytes_end_the_scan_at_every_offset(void **state) {
  (void)state;
  for (unsigned byte = 0; byte < 256; byte++) {
    for (size_t at = 0; at < 40; at++) {
      char text[40];
      memset(text, 'x', sizeof(text));
      text[at] = (char)(unsigned char)byte;
      bool special = byte < 0x20 || byte == '"' || byte == '\\';
      assert_ptr_equal(special ? text + at : text + sizeof(text),
                       ew__find_special(text, text + sizeof(text)));
    }
  }
}

static void white_space_is_skipped_up_to_the_first_other_byte(void **state) {
  (void)state;
  for (size_t len = 0; len < 50; len++) {
    for (unsigned byte = 0; byte < 256; byte++) {
      char text[51];
      memset(text, " \n\t\r"[len % 4], sizeof(text));
      text[len] = (char)(unsigned char)byte;
      bool white = byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
      const char *end = text + len + 1;
      assert_ptr_equal(white ? end : end - 1, ew__skip_white(text, end));
    }
  }
}

static void tolerant_scans_put_the_replacement_character_for_what_is_broken(void **state) {
  (void)state;
  static const struct {
    const char *json;
    const char *text;
  } cases[] = {
      {"\"\\ud800\"", "\xef\xbf\xbd"},
      {"\"\\udc00a\\ud83d\\ude00\"", "\xef\xbf\xbd"
                                     "a\xf0\x9f\x98\x80"},
      {"\"\\ud800\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
      {"\"a\xff"
       "b\xc3\"",
       "a\xef\xbf\xbd"
       "b\xef\xbf\xbd"},
      {"\"\xed\xa0\x80\"", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
      {"\"\xc3\xa9\"", "\xc3\xa9"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    ew__span span;
    ew__fault fault;
    const char *end = cases[i].json + strlen(cases[i].json);
    ew_arena arena = arena_of(100);
    ew_str out;
    assert_ptr_equal(end, ew__scan_string(cases[i].json, end, EW_TOLERATE_BAD_UTF8, &span, &fault));
    EXPECT_ERR(EW_OK, ew__span_take(span, EW_TOLERATE_BAD_UTF8, &arena, &out));
    EXPECT_TEXT(cases[i].text, out);
    assert_int_equal(strlen(cases[i].text), ew__unescaped_size(span, EW_TOLERATE_BAD_UTF8));
    free(arena.base);
  }
}

static void free_form_values_are_mended_only_where_they_are_broken(void **state) {
  (void)state;
  static const struct {
    const char *json;
    const char *kept;
  } cases[] = {
      {"{\"a\":[1,\"\\n\\u0041\\ud83d\\ude00\"]}", NULL},
      {"[\"\xff\",\"\\ud800\\u0041\"]", "[\"\xef\xbf\xbd\",\"\xef\xbf\xbd\\u0041\"]"},
      {"\"\\\\ud800\"", NULL},
      {"\"\\ude00\\\"\"", "\"\xef\xbf\xbd\\\"\""},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    ew_arena arena = arena_of(100);
    ew_str out;
    const char *end = cases[i].json + strlen(cases[i].json);
    EXPECT_ERR(EW_OK, ew__raw_take(cases[i].json, end, EW_TOLERATE_BAD_UTF8, &arena, &out));
    EXPECT_TEXT(cases[i].kept == NULL ? cases[i].json : cases[i].kept, out);
    assert_int_equal(cases[i].kept == NULL, out.ptr == cases[i].json);
    EXPECT_ERR(EW_OK, ew_json_check(out, 0, NULL));
    free(arena.base);
  }
}

static void letter_case_matters_only_when_it_is_folded(void **state) {
  (void)state;
  ew__span span = {"St\\u0041rT", 10, true};
  assert_true(ew__span_is(span, (ew_text)EW_TEXT("StArT")));
  assert_false(ew__span_is(span, (ew_text)EW_TEXT("start")));
  assert_true(ew__span_is_folded(span, (ew_text)EW_TEXT("start")));
  assert_false(ew__span_is_folded(span, (ew_text)EW_TEXT("star")));
  assert_false(ew__span_is_folded(span, (ew_text)EW_TEXT("starts")));
}

/* ---------------------------------------------------------------------------------------- rules */

static ew_err check(const ew_string_rules *rules, const char *inside) {
  ew__span span = {inside, (uint32_t)strlen(inside), strchr(inside, '\\') != NULL};
  return ew__check_string(rules, span, 0, 4, NULL, NULL);
}

static void length_is_counted_in_code_points_of_the_unescaped_text(void **state) {
  (void)state;
  const ew_string_rules rules = {.min_length = 2, .max_length = 3};
  EXPECT_ERR(EW_ERR_LENGTH, check(&rules, "a"));
  EXPECT_ERR(EW_OK, check(&rules, "ab"));
  EXPECT_ERR(EW_OK, check(&rules, "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"));
  EXPECT_ERR(EW_ERR_LENGTH, check(&rules, "\xf0\x9f\x98\x80"));
  EXPECT_ERR(EW_ERR_LENGTH, check(&rules, "abcd"));
  EXPECT_ERR(EW_OK, check(&rules, "\\u0041\\n"));
  EXPECT_ERR(EW_ERR_LENGTH, check(&rules, "\\ud83d\\ude00"));
  EXPECT_ERR(EW_OK, check(NULL, ""));
}

/* ^ab*$ */
static const uint8_t AB_CLASSES[256] = {['a'] = 1, ['b'] = 2};
static const uint16_t AB_NEXT[] = {0, 0, 0, 0, 2, 0, 0, 0, 2};
static const ew_dfa AB = {.classes = AB_CLASSES,
                          .wide_steps = AB_NEXT,
                          .class_count = 3,
                          .class_limit = 256,
                          .start = 1,
                          .accept_from = 2};

static void patterns_match_the_unescaped_text(void **state) {
  (void)state;
  const ew_string_rules rules = {
      .max_length = EW_NO_LIMIT, .pattern = &AB, .pattern_text = "^ab*$"};
  EXPECT_ERR(EW_OK, check(&rules, "a"));
  EXPECT_ERR(EW_OK, check(&rules, "abbb"));
  EXPECT_ERR(EW_OK, check(&rules, "a\\u0062b"));
  EXPECT_ERR(EW_ERR_PATTERN, check(&rules, ""));
  EXPECT_ERR(EW_ERR_PATTERN, check(&rules, "abc"));
  EXPECT_ERR(EW_ERR_PATTERN, check(&rules, "a\\n"));
  EXPECT_ERR(EW_ERR_PATTERN, check(&rules, "ba"));
}

static void base64_content_is_checked_without_memory(void **state) {
  (void)state;
  const ew_string_rules rules = {
      .max_length = EW_NO_LIMIT, .content = EW_CONTENT_BASE64, .check_content = true};
  static const char *const good[] = {"", "QQ==", "QUI=", "QUJD", "+/+\\/", "QUJD\\u0051Q=="};
  static const char *const bad[] = {
      "Q", "QQ", "QQ=", "QQ===", "QQ==QQ==", "Q===", "=", "====", "QU-_", "QUJ\\n", "QU JD"};
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    EXPECT_ERR(EW_OK, check(&rules, good[i]));
  }
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    EXPECT_ERR(EW_ERR_CONTENT, check(&rules, bad[i]));
  }
}

static void json_content_is_checked_without_memory(void **state) {
  (void)state;
  const ew_string_rules rules = {
      .max_length = EW_NO_LIMIT, .content = EW_CONTENT_JSON, .check_content = true};
  static const char *const good[] = {
      "1",
      " null ",
      "true",
      "false",
      "-0.5e+10",
      "\\\"a\\\"",
      "[]",
      "{}",
      "[1,[2,{}],\\\"x\\\"]",
      "{\\\"a\\\":{\\\"b\\\":[1]}}",
      "\\n[\\t1 , 2\\r]\\u0020",
      "\\\"\\\\n\\\\u0041\\\\ud83d\\\\ude00\\\"",
      "\\\"\\u00e9\\\"",
      "[[[[]]]]",
      "{ }",
      "[ ]",
  };
  static const char *const bad[] = {
      "",
      " ",
      "nul",
      "nulll",
      "01",
      "1.",
      "-",
      "1e",
      "[",
      "]",
      "[1",
      "[1,",
      "[1,]",
      "[,1]",
      "{",
      "{\\\"a\\\"}",
      "{\\\"a\\\":}",
      "{\\\"a\\\":1,}",
      "{1:2}",
      "{\\\"a\\\" 1}",
      "[1}",
      "{\\\"a\\\":1]",
      "\\\"",
      "\\\"a",
      "\\\"\\\\x\\\"",
      "\\\"\\\\u12\\\"",
      "\\\"\\n\\\"",
      "\\\"\\\\ud800\\\"",
      "\\\"\\\\udc00\\\"",
      "\\\"\\\\ud800\\\\u0041\\\"",
      "1 2",
      "[[[[[]]]]]",
      "tru\\u0065x",
      "\\u0000",
  };
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    EXPECT_ERR(EW_OK, check(&rules, good[i]));
  }
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    EXPECT_ERR(EW_ERR_CONTENT, check(&rules, bad[i]));
  }
}

/* --------------------------------------------------------------------------- memory and buffers */

static void an_arena_gives_aligned_blocks_and_never_more_than_it_has(void **state) {
  (void)state;
  char block[128];
  for (size_t shift = 0; shift < 16; shift++) {
    ew_arena arena;
    ew_arena_init(&arena, block + shift, sizeof(block) - shift);
    void *a = ew_arena_take(&arena, 1);
    void *b = ew_arena_take(&arena, 8);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(0, (uintptr_t)a % alignof(max_align_t));
    assert_int_equal(0, (uintptr_t)b % alignof(max_align_t));
    size_t used = arena.used;
    assert_null(ew_arena_take(&arena, sizeof(block)));
    assert_null(ew_arena_take(&arena, SIZE_MAX));
    assert_int_equal(used, arena.used);
    ew_arena_rewind(&arena, 0);
    assert_ptr_equal(a, ew_arena_take(&arena, 1));
  }
  ew_arena none;
  ew_arena_init(&none, NULL, 0);
  assert_null(ew_arena_take(&none, 1));
}

static void an_arena_copy_is_terminated_or_not_made(void **state) {
  (void)state;
  ew_arena arena = arena_of(4);
  ew_str out = EW_STR("before");
  assert_false(ew_arena_copy(&arena, EW_STR("abcd"), &out));
  EXPECT_TEXT("before", out);
  assert_true(ew_arena_copy(&arena, EW_STR("abc"), &out));
  assert_string_equal("abc", out.ptr);
  assert_int_equal(4, arena.used);
  free(arena.base);
}

static void a_buffer_takes_all_or_nothing_and_says_what_it_needs(void **state) {
  (void)state;
  const char *const quoted = "\"a\\\"\\u0001\xe2\x82\xac\"";
  ew_str text = EW_STR("a\"\x01\xe2\x82\xac");
  for (size_t size = 0; size < 3 + strlen(quoted); size++) {
    char *block = malloc(size == 0 ? 1 : size);
    ew_buf buf;
    ew_buf_init(&buf, block, size);
    ew_err first = ew_buf_append(&buf, EW_STR("xy,"));
    EXPECT_ERR(size < 3 ? EW_ERR_BUFFER_TOO_SMALL : EW_OK, first);
    assert_int_equal(size < 3 ? 0 : 3, buf.len);
    size_t before = buf.len;
    EXPECT_ERR(EW_ERR_BUFFER_TOO_SMALL, ew_buf_append_json_string(&buf, text));
    assert_int_equal(before, buf.len);
    assert_int_equal(before + strlen(quoted), buf.needed);
    free(block);
  }
  char block[64];
  ew_buf buf;
  ew_buf_init(&buf, block, strlen(quoted));
  EXPECT_ERR(EW_OK, ew_buf_append_json_string(&buf, text));
  EXPECT_TEXT(quoted, ew_buf_str(&buf));
}

static void every_byte_that_needs_it_is_escaped(void **state) {
  (void)state;
  char block[64];
  ew_buf buf;
  for (unsigned byte = 0; byte < 0x80; byte++) {
    char c = (char)byte;
    char expected[16];
    static const char *const names[0x20] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
    if (byte < 0x20 && names[byte] != NULL) {
      snprintf(expected, sizeof(expected), "\"%s\"", names[byte]);
    } else if (byte < 0x20) {
      snprintf(expected, sizeof(expected), "\"\\u%04x\"", byte);
    } else {
      snprintf(expected, sizeof(expected), "\"%s%c\"", c == '"' || c == '\\' ? "\\" : "", c);
    }
    ew_buf_init(&buf, block, sizeof(block));
    EXPECT_ERR(EW_OK, ew_buf_append_json_string(&buf, ew_str_from(&c, 1)));
    EXPECT_TEXT(expected, ew_buf_str(&buf));
  }
  ew_buf_init(&buf, block, sizeof(block));
  EXPECT_ERR(EW_ERR_UTF8, ew_buf_append_json_string(&buf, EW_STR("a\xff")));
  assert_int_equal(0, buf.len);
}

/* --------------------------------------------------------------------------------------- Base64 */

static void base64_goes_both_ways(void **state) {
  (void)state;
  static const struct {
    const char *text, *coded;
  } cases[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"},
               {"\xff\xfe\xfb", "//77"}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    ew_arena arena = arena_of(strlen(cases[i].text) + strlen(cases[i].coded));
    ew_str out = {0};
    EXPECT_ERR(EW_OK, ew_base64_encode(ew_str_of(cases[i].text), &arena, &out));
    EXPECT_TEXT(cases[i].coded, out);
    EXPECT_ERR(EW_OK, ew_base64_decode(out, &arena, &out));
    EXPECT_TEXT(cases[i].text, out);
    free(arena.base);
  }
}

static void bad_base64_is_refused_and_leaves_no_trace(void **state) {
  (void)state;
  static const char *const bad[] = {
      "Z", "Zg", "Zg=", "Zg===", "=Zg=", "Zg==Zg==", "Z===", "====", "Zm 9", "Zm-_", "Zm9v\n"};
  ew_arena arena = arena_of(64);
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    ew_str out = EW_STR("before");
    EXPECT_ERR(EW_ERR_CONTENT, ew_base64_decode(ew_str_of(bad[i]), &arena, &out));
    EXPECT_TEXT("before", out);
    assert_int_equal(0, arena.used);
  }
  ew_arena small = arena_of(2);
  ew_str out = EW_STR("before");
  EXPECT_ERR(EW_ERR_ARENA_FULL, ew_base64_decode(EW_STR("Zm9v"), &small, &out));
  EXPECT_ERR(EW_ERR_ARENA_FULL, ew_base64_encode(EW_STR("foo"), &small, &out));
  EXPECT_TEXT("before", out);
  free(small.base);
  free(arena.base);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(strings_are_scanned_and_unescaped_or_refused_at_the_exact_byte),
      cmocka_unit_test(control_bytes_end_the_scan_at_every_offset),
      cmocka_unit_test(white_space_is_skipped_up_to_the_first_other_byte),
      cmocka_unit_test(tolerant_scans_put_the_replacement_character_for_what_is_broken),
      cmocka_unit_test(free_form_values_are_mended_only_where_they_are_broken),
      cmocka_unit_test(letter_case_matters_only_when_it_is_folded),
      cmocka_unit_test(length_is_counted_in_code_points_of_the_unescaped_text),
      cmocka_unit_test(patterns_match_the_unescaped_text),
      cmocka_unit_test(base64_content_is_checked_without_memory),
      cmocka_unit_test(json_content_is_checked_without_memory),
      cmocka_unit_test(an_arena_gives_aligned_blocks_and_never_more_than_it_has),
      cmocka_unit_test(an_arena_copy_is_terminated_or_not_made),
      cmocka_unit_test(a_buffer_takes_all_or_nothing_and_says_what_it_needs),
      cmocka_unit_test(every_byte_that_needs_it_is_escaped),
      cmocka_unit_test(base64_goes_both_ways),
      cmocka_unit_test(bad_base64_is_refused_and_leaves_no_trace),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
