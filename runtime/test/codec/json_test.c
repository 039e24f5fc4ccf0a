/*
 * JSON without a schema: syntax, the place of an error, walking free-form values.
 */
#include "support.h"

#include "../../src/codec/scan_internal.h"

/* ------------------------------------------------------------------------------------- refusals */

typedef struct refusal {
  const char *json;
  ew_err err;
  size_t offset;
  uint32_t line, column;
  const char *pointer;
  const char *found;
} refusal;

static const refusal REFUSALS[] = {
    {"", EW_ERR_TRUNCATED, 0, 1, 1, "", "end of text"},
    {"  \n ", EW_ERR_TRUNCATED, 4, 2, 2, "", "end of text"},
    {"tru", EW_ERR_TRUNCATED, 3, 1, 4, "", "end of text"},
    {"trux", EW_ERR_SYNTAX, 3, 1, 4, "", "x"},
    {"1 2", EW_ERR_TRAILING, 2, 1, 3, "", "2"},
    {"{}}", EW_ERR_TRAILING, 2, 1, 3, "", "}"},
    {"null\0", EW_ERR_TRAILING, 4, 1, 5, "", "."},
    {"[1,2", EW_ERR_TRUNCATED, 4, 1, 5, "", "end of text"},
    {"[1,]", EW_ERR_SYNTAX, 3, 1, 4, "/1", "]"},
    {"[1 2]", EW_ERR_SYNTAX, 3, 1, 4, "", "2"},
    {"[1,\n 2,\n {\"a\":[0,x]}]", EW_ERR_SYNTAX, 17, 3, 10, "/2/a/1", "x"},
    {"{\"a\":1,}", EW_ERR_SYNTAX, 7, 1, 8, "", "}"},
    {"{\"a\" 1}", EW_ERR_SYNTAX, 5, 1, 6, "/a", "1"},
    {"{\"a\":}", EW_ERR_SYNTAX, 5, 1, 6, "/a", "}"},
    {"{a:1}", EW_ERR_SYNTAX, 1, 1, 2, "", "a"},
    {"{\"a\":1 \"b\":2}", EW_ERR_SYNTAX, 7, 1, 8, "", "\"b\""},
    {"{\"a\":01}", EW_ERR_SYNTAX, 6, 1, 7, "/a", "1"},
    {"[[],{},[{}],[{\"k\":[1]}],-]", EW_ERR_SYNTAX, 25, 1, 26, "/4", "]"},
    {"{\"x~y/z\":{\"\":{\"\\u00e9\\n\":[true,fals]}}}", EW_ERR_SYNTAX, 35, 1, 36,
     "/x~0y~1z//\xc3\xa9./1", "]"},
    {"[\"a\tb\"]", EW_ERR_SYNTAX, 3, 1, 4, "/0", ".b\""},
    {"[\"a\\qb\"]", EW_ERR_SYNTAX, 4, 1, 5, "/0", "qb\""},
    {"{\"k\\q\":1}", EW_ERR_SYNTAX, 4, 1, 5, "", "q\""},
    {"[\"\\ud800\"]", EW_ERR_SURROGATE, 2, 1, 3, "/0", "\\ud800\""},
    {"\xef\xbb\xbf{}", EW_ERR_SYNTAX, 0, 1, 1, "", "\xef\xbb\xbf{"},
    {"[\"a\xff\"]", EW_ERR_UTF8, 3, 1, 4, "/0", ".\""},
    {"{\"\xc3\x28\":1}", EW_ERR_UTF8, 2, 1, 3, "", ".(\""},
    {"[1,\xff]", EW_ERR_UTF8, 3, 1, 4, "/1", "."},
    {"[1]\xff", EW_ERR_UTF8, 3, 1, 4, "", "."},
    {"[x,\"\xff\"]", EW_ERR_SYNTAX, 1, 1, 2, "/0", "x"},
    {"[\"\xff\",x]", EW_ERR_UTF8, 2, 1, 3, "/0", ".\""},
    {"[[[[[1]]]]]", EW_ERR_DEPTH, 4, 1, 5, "/0/0/0/0", "[1]"},
    {"{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}", EW_ERR_DEPTH, 20, 1, 21, "/a/a/a/a", "{}"},
};

static size_t text_length(const refusal *r) {
  return strncmp(r->json, "null", 4) == 0 ? 5 : strlen(r->json);
}

static void each_broken_text_is_refused_with_its_place(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(REFUSALS) / sizeof(REFUSALS[0]); i++) {
    const refusal *r = &REFUSALS[i];
    ew_str json = exact_copy(r->json, text_length(r));
    ew_diag diag;
    EXPECT_ERR(r->err, ew_json_check(json, 4, &diag));
    EXPECT_ERR(r->err, diag.err);
    assert_int_equal(r->offset, diag.offset);
    assert_int_equal(r->line, diag.line);
    assert_int_equal(r->column, diag.column);
    assert_string_equal(r->pointer, diag.pointer);
    assert_string_equal(r->found, diag.found);
    assert_string_equal("", diag.schema);
    free_copy(json);
  }
}

static void a_good_text_leaves_the_diagnosis_alone(void **state) {
  (void)state;
  static const char *const good[] = {
      "0",
      " null ",
      "\"\"",
      "[]",
      "{}",
      "[[[[]]]]",
      "{\"a\":1,\"a\":2}",
      "\"\\u0000\"",
      "[1,\t2\r\n]",
      "\"\x7f\"",
      "-0.0",
      "\"\xf4\x8f\xbf\xbf\"",
      "{\"\":{}}",
      "[1e400]",
      "123456789012345678901234567890",
  };
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    ew_str json = exact_copy(good[i], strlen(good[i]));
    ew_diag diag = {.err = EW_ERR_INTERNAL, .line = 77};
    EXPECT_ERR(EW_OK, ew_json_check(json, 4, &diag));
    assert_true(diag.err == EW_ERR_INTERNAL && diag.line == 77);
    EXPECT_ERR(EW_OK, ew_json_check(json, 4, NULL));
    free_copy(json);
  }
}

static void depth_is_limited_however_it_is_asked_for(void **state) {
  (void)state;
  static char text[200001];
  memset(text, '[', 100000);
  memset(text + 100000, ']', 100000);
  EXPECT_ERR(EW_ERR_DEPTH, ew_json_check(ew_str_from(text, 200000), UINT32_MAX, NULL));
  for (size_t depth = 1; depth <= 1100; depth++) {
    ew_str json = ew_str_from(text + 100000 - depth, 2 * depth);
    EXPECT_ERR(depth <= 1024 ? EW_OK : EW_ERR_DEPTH, ew_json_check(json, UINT32_MAX, NULL));
    EXPECT_ERR(depth <= 64 ? EW_OK : EW_ERR_DEPTH, ew_json_check(json, 0, NULL));
    EXPECT_ERR(depth <= 3 ? EW_OK : EW_ERR_DEPTH, ew_json_check(json, 3, NULL));
  }
}

static void every_cut_of_a_text_is_refused_within_its_bounds(void **state) {
  (void)state;
  const char *const whole =
      "{\"a\":[1,-2.5e+3,true,false,null,{\"b\\u00e9\\ud83d\\ude00\":\"\xe2\x82\xac\"}],\"c\":{}}";
  for (size_t len = 0; len < strlen(whole); len++) {
    ew_str json = exact_copy(whole, len);
    ew_diag diag;
    ew_err err = ew_json_check(json, 0, &diag);
    assert_true(err == EW_ERR_TRUNCATED || err == EW_ERR_UTF8);
    assert_true(diag.offset <= len);
    free_copy(json);
  }
}

/* ------------------------------------------------------------------------------------ diagnosis */

static void a_long_pointer_is_cut_and_says_so(void **state) {
  (void)state;
  char json[2000] = "";
  for (int i = 0; i < 60; i++) {
    strcat(json, i % 2 == 0 ? "{\"\xc3\xa9\xc3\xa9\":" : "[0,1,");
  }
  strcat(json, "x");
  ew_diag diag;
  EXPECT_ERR(EW_ERR_SYNTAX, ew_json_check(ew_str_of(json), 0, &diag));
  size_t len = strlen(diag.pointer);
  assert_true(len < sizeof(diag.pointer) && len > 100);
  assert_string_equal("...", diag.pointer + len - 3);
  assert_memory_equal("/\xc3\xa9\xc3\xa9/2/\xc3\xa9\xc3\xa9/2", diag.pointer, 14);
  size_t bad = 0;
  EXPECT_ERR(EW_OK, ew__utf8_check(diag.pointer, len, &bad));
}

static void a_pointer_comes_back_from_where_it_was_cut(void **state) {
  (void)state;
  char json[1000] = "{\"deep\":";
  for (int i = 0; i < 40; i++) {
    strcat(json, "[[],");
  }
  strcat(
      json,
      "{\"a long name of a member that does not fit any more, however it is turned\":{\"x\":[1]}}");
  for (int i = 0; i < 40; i++) {
    strcat(json, "]");
  }
  strcat(json, ",\"next\":[1,2,?]}");
  ew_diag diag;
  EXPECT_ERR(EW_ERR_SYNTAX, ew_json_check(ew_str_of(json), 0, &diag));
  assert_string_equal("/next/2", diag.pointer);
}

static void what_was_found_is_cut_at_a_character(void **state) {
  (void)state;
  ew_diag diag;
  EXPECT_ERR(
      EW_ERR_TRAILING,
      ew_json_check(
          EW_STR(
              "1 \"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82"
              "\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\""),
          0, &diag));
  assert_string_equal(
      "\"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
      "\xe2\x82\xac\xe2\x82\xac...",
      diag.found);
}

static void what_was_found_is_whole_up_to_39_bytes(void **state) {
  (void)state;
  static const char text[] = "1 123456789012345678901234567890123456789";
  ew_diag diag;
  EXPECT_ERR(EW_ERR_TRAILING, ew_json_check(ew_str_of(text), 0, &diag));
  assert_string_equal(text + 2, diag.found);
  static const char longer[] = "1 1234567890123456789012345678901234567890";
  EXPECT_ERR(EW_ERR_TRAILING, ew_json_check(ew_str_of(longer), 0, &diag));
  assert_string_equal("123456789012345678901234567890123456...", diag.found);
}

static void a_diagnosis_is_one_line_that_is_cut_as_snprintf_does(void **state) {
  (void)state;
  ew_diag diag = {.err = EW_ERR_TYPE,
                  .line = 3,
                  .column = 17,
                  .pointer = "/content/number",
                  .schema = "#/a/type",
                  .expected = "an integer",
                  .found = "\"282\""};
  const char *const whole =
      "3:17: /content/number: the value has the wrong type: expected an integer, found \"282\" (schema #/a/type)";
  for (size_t size = 0; size < strlen(whole) + 3; size++) {
    char *out = malloc(size + 1);
    memset(out, '#', size + 1);
    assert_int_equal(strlen(whole), ew_diag_format(&diag, out, size));
    if (size > 0) {
      size_t kept = size - 1 < strlen(whole) ? size - 1 : strlen(whole);
      assert_memory_equal(whole, out, kept);
      assert_int_equal('\0', out[kept]);
    }
    assert_int_equal('#', out[size]);
    free(out);
  }
  char out[200];
  ew_diag bare = {.err = EW_ERR_ARENA_FULL};
  ew_diag_format(&bare, out, sizeof(out));
  assert_string_equal("the arena is too small for this message", out);
  ew_diag words = {.err = EW_ERR_ARGUMENT, .found = "the URL is missing"};
  ew_diag_format(&words, out, sizeof(out));
  assert_string_equal("an argument is not usable: the URL is missing", out);
  words.err = EW_ERR_CONNECT;
  ew_diag_format(&words, out, sizeof(out));
  assert_string_equal("cannot connect: the URL is missing", out);
  ew_diag stopped = {.err = EW_ERR_REFUSED, .line = 1, .column = 2, .pointer = "/0", .found = "{}"};
  ew_diag_format(&stopped, out, sizeof(out));
  assert_string_equal("1:2: /0: the peer refused: found {}", out);
  ew_diag written = {.err = EW_ERR_SYNTAX, .pointer = "/a", .found = "x"};
  ew_diag_format(&written, out, sizeof(out));
  assert_string_equal("/a: not well-formed JSON: found x", out);
}

static void errors_have_names_and_texts(void **state) {
  (void)state;
  assert_string_equal("EW_ERR_TYPE", ew_err_name(EW_ERR_TYPE));
  assert_string_equal("the value has the wrong type", ew_err_text(EW_ERR_TYPE));
  assert_string_equal("success", ew_err_text(EW_OK));
#define EXPECT_TEXTS_(name, value, text)                                                           \
  assert_string_equal(text, ew_err_text(name));                                                    \
  assert_string_equal(#name, ew_err_name(name));
  EW_ERR_MAP(EXPECT_TEXTS_)
#undef EXPECT_TEXTS_
  int unknown = -12345;
  assert_string_equal("unknown error", ew_err_text((ew_err)unknown));
  assert_string_equal("EW_ERR_UNKNOWN", ew_err_name((ew_err)unknown));
}

/* ----------------------------------------------------------------------------- free-form values */

static ew_raw raw_of(const char *json) { return (ew_raw){ew_str_of(json)}; }

static void free_form_values_know_their_type(void **state) {
  (void)state;
  assert_int_equal(EW_JSON_NONE, ew_raw_type(raw_of("")));
  assert_int_equal(EW_JSON_NONE, ew_raw_type((ew_raw){{0}}));
  assert_int_equal(EW_JSON_NULL, ew_raw_type(raw_of(" null")));
  assert_int_equal(EW_JSON_BOOL, ew_raw_type(raw_of("false")));
  assert_int_equal(EW_JSON_NUMBER, ew_raw_type(raw_of("-1")));
  assert_int_equal(EW_JSON_STRING, ew_raw_type(raw_of("\"\"")));
  assert_int_equal(EW_JSON_ARRAY, ew_raw_type(raw_of("\n[]")));
  assert_int_equal(EW_JSON_OBJECT, ew_raw_type(raw_of("{}")));
}

static void members_of_a_free_form_object_are_walked_in_order(void **state) {
  (void)state;
  ew_raw raw = raw_of(" { \"a\" : 1 , \"b\\n\":[1,{\"x\":2}],\"a\":\"}\" } ");
  static const char *const keys[] = {"a", "b\\n", "a"};
  static const char *const values[] = {"1", "[1,{\"x\":2}]", "\"}\""};
  size_t cursor = 0, count = 0;
  ew_str key;
  ew_raw value;
  while (ew_raw_next(raw, &cursor, &key, &value)) {
    assert_true(count < 3);
    EXPECT_TEXT(keys[count], key);
    EXPECT_TEXT(values[count], value.json);
    count++;
  }
  assert_int_equal(3, count);
  assert_false(ew_raw_next(raw, &cursor, &key, &value));
}

static void elements_of_a_free_form_array_are_walked_in_order(void **state) {
  (void)state;
  ew_raw raw = raw_of("[0,[1,2],{\"a\":[]},\"]\"]");
  static const char *const values[] = {"0", "[1,2]", "{\"a\":[]}", "\"]\""};
  size_t cursor = 0, count = 0;
  ew_str key;
  ew_raw value;
  while (ew_raw_next(raw, &cursor, &key, &value)) {
    assert_int_equal(0, key.len);
    EXPECT_TEXT(values[count], value.json);
    count++;
  }
  assert_int_equal(4, count);
}

static void nothing_is_walked_where_there_is_nothing(void **state) {
  (void)state;
  static const char *const texts[] = {"",     "{}", "[]", "[ ]",    "1",       "\"[1]\"",
                                      "null", "{",  "[",  "{\"a\"", "{\"a\":", "{1:2}"};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    ew_str json = exact_copy(texts[i], strlen(texts[i]));
    size_t cursor = 0;
    ew_str key;
    ew_raw value;
    assert_false(ew_raw_next((ew_raw){json}, &cursor, &key, &value));
    free_copy(json);
  }
}

static void a_free_form_string_is_unescaped(void **state) {
  (void)state;
  ew_arena arena = arena_of(16);
  ew_str out = {0};
  EXPECT_ERR(EW_OK, ew_raw_string(raw_of("\"abc\""), &arena, &out));
  EXPECT_TEXT("abc", out);
  assert_int_equal(0, arena.used);
  EXPECT_ERR(EW_OK, ew_raw_string(raw_of(" \"a\\nb\" "), &arena, &out));
  EXPECT_TEXT("a\nb", out);
  EXPECT_ERR(EW_ERR_TYPE, ew_raw_string(raw_of("1"), &arena, &out));
  EXPECT_ERR(EW_ERR_TYPE, ew_raw_string(raw_of(""), &arena, &out));
  EXPECT_ERR(EW_ERR_UTF8, ew_raw_string(raw_of("\"\xff\""), &arena, &out));
  EXPECT_ERR(EW_ERR_TRUNCATED, ew_raw_string(raw_of("\"a"), &arena, &out));
  EXPECT_ERR(EW_ERR_ARENA_FULL, ew_raw_string(raw_of("\"\\n0123456789abcdef\""), &arena, &out));
  free(arena.base);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_broken_text_is_refused_with_its_place),
      cmocka_unit_test(a_good_text_leaves_the_diagnosis_alone),
      cmocka_unit_test(depth_is_limited_however_it_is_asked_for),
      cmocka_unit_test(every_cut_of_a_text_is_refused_within_its_bounds),
      cmocka_unit_test(a_long_pointer_is_cut_and_says_so),
      cmocka_unit_test(a_pointer_comes_back_from_where_it_was_cut),
      cmocka_unit_test(what_was_found_is_cut_at_a_character),
      cmocka_unit_test(what_was_found_is_whole_up_to_39_bytes),
      cmocka_unit_test(a_diagnosis_is_one_line_that_is_cut_as_snprintf_does),
      cmocka_unit_test(errors_have_names_and_texts),
      cmocka_unit_test(free_form_values_know_their_type),
      cmocka_unit_test(members_of_a_free_form_object_are_walked_in_order),
      cmocka_unit_test(elements_of_a_free_form_array_are_walked_in_order),
      cmocka_unit_test(nothing_is_walked_where_there_is_nothing),
      cmocka_unit_test(a_free_form_string_is_unescaped),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
