/*
 * Names of members: which one a key of the text is, however it is written.
 */
#include "support.h"

#include <string.h>

#include "eventwire/kaleido.h"

#include "../../src/codec/chars_internal.h"
#include "../../src/codec/straight_internal.h"

#define LONGEST 70u

/* A name of each length, all letters alike. */
static char all_n[LONGEST + 1];

static ew_text name_of_length(const void *of, uint32_t i) {
  (void)of;
  return (ew_text){all_n + LONGEST - i, i};
}

/* The key of that length as it stands in a text, its first byte escaped or in another case. */
typedef enum way { AS_IT_IS, ESCAPED, UPPER, ESCAPED_UPPER } way;

static ew__span write_key(char *to, uint32_t len, way how) {
  static const char *const firsts[] = {"n", "\\u006e", "N", "\\u004e"};
  bool escaped = len > 0 && (how == ESCAPED || how == ESCAPED_UPPER);
  size_t end = (size_t)sprintf(to, "\"%s%s\"", len == 0 ? "" : firsts[how],
                               len == 0 ? "" : all_n + LONGEST + 1 - len);
  return (ew__span){to + 1, (uint32_t)end - 2, escaped};
}

/* As an object of the table engine does. */
static int find_in(const ew__names *names, ew__span key) {
  char text[EW__NAME_ROOM];
  if (key.escaped) {
    (void)ew__plain_name(key.ptr, key.ptr + key.len, names->mode, text, &key);
  }
  return ew__names_find(names, key);
}

static void a_name_of_any_length_is_found_in_every_way_that_is_allowed(void **state) {
  (void)state;
  for (uint32_t count = 1; count <= 64; count += 21) {
    ew__names strict, folded;
    char key[LONGEST + 16];
    ew__names_open(&strict, NULL, count, name_of_length, 0);
    ew__names_open(&folded, NULL, count, name_of_length, EW_TOLERATE_NAME_CASE);
    for (uint32_t len = 0; len < LONGEST; len++) {
      int expected = len < count ? (int)len : -1;
      for (way how = AS_IT_IS; how <= ESCAPED_UPPER; how++) {
        ew__span span = write_key(key, len, how);
        bool other_case = len > 0 && how >= UPPER;
        assert_int_equal(other_case ? -1 : expected, find_in(&strict, span));
        assert_int_equal(expected, find_in(&folded, span));
      }
    }
  }
}

/* Rules whose members are the longest names there are, and shorter ones. */
static void members_are_found_by_names_with_escapes(void **state) {
  (void)state;
  static ew_member members[14];
  const ew_object_rules rules = {.members = members, .member_count = 14};
  char key[LONGEST + 16];
  for (uint32_t i = 0; i < 14; i++) {
    members[i].name = all_n + i;
    members[i].name_len = (uint8_t)(LONGEST - i);
  }
  for (uint32_t i = 0; i < 14; i++) {
    assert_int_equal(i, ew__key_find_span(&rules, write_key(key, LONGEST - i, AS_IT_IS)));
    assert_int_equal(i, ew__key_find_span(&rules, write_key(key, LONGEST - i, ESCAPED)));
    assert_int_equal(-1, ew__key_find_span(&rules, write_key(key, LONGEST - i, UPPER)));
    assert_int_equal(-1, ew__key_find_span(&rules, write_key(key, LONGEST - i, ESCAPED_UPPER)));
  }
}

static ew_text twin(const void *of, uint32_t i) {
  const char *const *names = (const char *const *)of;
  return (ew_text){names[i], (uint32_t)strlen(names[i])};
}

static int find_twin(const char *const *names, uint32_t count, const char *key) {
  ew__names folded;
  ew__names_open(&folded, names, count, twin, EW_TOLERATE_NAME_CASE);
  return find_in(&folded, (ew__span){key, (uint32_t)strlen(key), strchr(key, '\\') != NULL});
}

static void the_exact_name_comes_before_another_letter_case(void **state) {
  (void)state;
  static const char *const names[] = {"result", "Result", "[id]", "a\xc3\x89", "x\ny"};
  assert_int_equal(0, find_twin(names, 5, "result"));
  assert_int_equal(1, find_twin(names, 5, "Result"));
  assert_int_equal(0, find_twin(names, 5, "RESULT"));
  assert_int_equal(1, find_twin(names, 5, "\\u0052esult"));
  assert_int_equal(-1, find_twin(names, 5, "resulu"));
  /* What differs in that bit alone and is no letter is another name. */
  assert_int_equal(2, find_twin(names, 5, "[ID]"));
  assert_int_equal(-1, find_twin(names, 5, "{id}"));
  assert_int_equal(3, find_twin(names, 5, "A\xc3\x89"));
  assert_int_equal(3, find_twin(names, 5, "A\\u00c9"));
  assert_int_equal(-1, find_twin(names, 5, "a\xc3\xa9"));
  assert_int_equal(4, find_twin(names, 5, "X\\nY"));
  assert_int_equal(-1, find_twin(names, 5, "X\\\\Y"));
}

static void what_is_no_name_or_too_long_is_not_made_plain(void **state) {
  (void)state;
  char text[EW__NAME_ROOM];
  char quoted[EW__NAME_BYTES + 3];
  ew__span span = {NULL, 0, false};
  static const char *const bad[] = {"a\x1f\"", "\\x\"", "\\u12\"", "\\ud800\"", "\\"};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    ew_str exact = exact_copy(bad[i], strlen(bad[i]));
    assert_null(ew__plain_name(exact.ptr, exact.ptr + exact.len, 0, text, &span));
    bool half = i == 3;
    assert_int_equal(half, ew__plain_name(exact.ptr, exact.ptr + exact.len, EW_TOLERATE_BAD_UTF8,
                                          text, &span) != NULL);
    free_copy(exact);
  }
  static const char other[] = "a\xc3\xa9\"";
  assert_ptr_equal(other + 3, ew__plain_name(other, other + 4, 0, text, &span));
  static const char broken[] = "\\n\\n\xff\"";
  assert_null(ew__plain_name(broken, broken + 6, 0, text, &span));
  assert_ptr_equal(broken + 5, ew__plain_name(broken, broken + 6, EW_TOLERATE_BAD_UTF8, text, &span));
  EXPECT_TEXT("\n\n\xef\xbf\xbd", ew_str_from(span.ptr, span.len));
  for (uint32_t len = 0; len <= EW__NAME_BYTES + 1; len++) {
    sprintf(quoted, "%s\"", all_n + LONGEST - len);
    ew_str exact = exact_copy(quoted, len + 1);
    const char *quote = ew__plain_name(exact.ptr, exact.ptr + exact.len, 0, text, &span);
    if (len <= EW__NAME_BYTES) {
      assert_ptr_equal(exact.ptr + len, quote);
      EXPECT_TEXT(all_n + LONGEST - len, ew_str_from(span.ptr, span.len));
    } else {
      assert_null(quote);
    }
    free_copy(exact);
  }
}

/* Names with escapes of a message that is chosen by one of them, whatever stands around the colon. */
static void names_with_escapes_are_known_to_all_engines(void **state) {
  (void)state;
  static const char *const colons[] = {":", " :", ": ", "\t:\r\n", "  :  "};
  for (size_t i = 0; i < sizeof(colons) / sizeof(colons[0]); i++) {
    for (int variant = 0; variant < 9; variant++) {
      char json[200];
      char block[1024];
      ew_arena arena;
      ew_kaleido_client_message message;
      ew_decode_options opts = {.profile = (ew_profile)(variant / 3),
                                .engine = variant % 3 == 0 ? EW_ENGINE_TABLE : EW_ENGINE_AUTO};
      bool folded = variant % 3 == 2 && opts.profile == EW_COMPAT;
      int len = snprintf(json, sizeof(json), "{\"%s\"%s\"listen\",\"%s\"%s\"a\"}",
                         folded ? "\\u0054ype" : "\\u0074ype", colons[i],
                         folded ? "TOP\\u0049C" : "top\\u0069c", colons[i]);
      ew_str exact = exact_copy(json, (size_t)len);
      ew_arena_init(&arena, block, sizeof(block));
      EXPECT_ERR(EW_OK, ew_kaleido_client_message_decode(exact, &arena, &opts, &message, NULL));
      assert_int_equal(EW_KALEIDO_CLIENT_MESSAGE_LISTEN, message.kind);
      EXPECT_TEXT("a", message.listen.topic);
      EXPECT_ERR(EW_OK, ew_kaleido_client_message_validate(exact, &opts, NULL));
      free_copy(exact);
    }
  }
}

int main(void) {
  memset(all_n, 'n', LONGEST);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_name_of_any_length_is_found_in_every_way_that_is_allowed),
      cmocka_unit_test(members_are_found_by_names_with_escapes),
      cmocka_unit_test(the_exact_name_comes_before_another_letter_case),
      cmocka_unit_test(what_is_no_name_or_too_long_is_not_made_plain),
      cmocka_unit_test(names_with_escapes_are_known_to_all_engines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
