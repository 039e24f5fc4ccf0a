/*
 * The memory that machines keep from message to message: it grows as needed and never beyond its
 * limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memory_internal.h"

static const ew_type text_type = {
    .kind = EW_KIND_STRING, .size = sizeof(ew_str)};

/* A string of so many escapes: unescaping needs a byte of the arena for each. */
static ew_str escapes(char *out, size_t count) {
  out[0] = '"';
  for (size_t i = 0; i < count; i++) {
    memcpy(out + 1 + 2 * i, "\\n", 2);
  }
  out[1 + 2 * count] = '"';
  return ew_str_from(out, 2 * count + 2);
}

static void a_scratch_grows_until_the_message_fits(void **state) {
  (void)state;
  static char json[40000];
  ew__scratch scratch;
  ew_str text;
  ew__scratch_init(&scratch, 65536);
  assert_int_equal(ew__scratch_decode(&scratch, &text_type, EW_STR("\"plain\""), NULL, &text, NULL),
                   EW_OK);
  assert_null(scratch.arena.base);
  assert_int_equal(
      ew__scratch_decode(&scratch, &text_type, escapes(json, 10000), NULL, &text, NULL), EW_OK);
  assert_int_equal(text.len, 10000);
  size_t size = scratch.arena.size;
  assert_int_equal(
      ew__scratch_decode(&scratch, &text_type, escapes(json, 10000), NULL, &text, NULL), EW_OK);
  assert_int_equal(scratch.arena.size, size);
  ew__scratch_clear(&scratch);
}

static void a_scratch_stops_at_its_limit(void **state) {
  (void)state;
  static char json[40000];
  ew__scratch scratch;
  ew_str text;
  ew__scratch_init(&scratch, 6000);
  assert_int_equal(
      ew__scratch_decode(&scratch, &text_type, escapes(json, 10000), NULL, &text, NULL),
      EW_ERR_ARENA_FULL);
  assert_int_equal(scratch.arena.size, 6000);
  assert_int_equal(ew__scratch_decode(&scratch, &text_type, escapes(json, 5000), NULL, &text, NULL),
                   EW_OK);
  ew__scratch_clear(&scratch);
  ew__scratch_clear(&scratch);
}

static void a_text_grows_until_its_limit_and_keeps_what_it_has(void **state) {
  (void)state;
  ew__text text;
  ew__text_init(&text, 10000);
  assert_int_equal(ew__text_append(&text, EW_STR("")), EW_OK);
  assert_null(text.buf.ptr);
  for (unsigned i = 0; i < 1000; i++) {
    assert_int_equal(ew__text_append(&text, EW_STR("0123456789")), EW_OK);
  }
  assert_int_equal(ew__text_append(&text, EW_STR("x")), EW_ERR_TOO_LARGE);
  assert_int_equal(text.buf.len, 10000);
  assert_memory_equal(text.buf.ptr + 9990, "0123456789", 10);
  ew__text_reset(&text);
  assert_int_equal(ew__text_append(&text, EW_STR("x")), EW_OK);
  ew__text_clear(&text);
}

static void json_strings_and_values_are_written_whatever_room_there_is(void **state) {
  (void)state;
  static char json[40000];
  static char plain[9000];
  ew__text text;
  memset(plain, '\n', sizeof(plain));
  ew_str value = ew_str_from(plain, sizeof(plain));
  ew__text_init(&text, 65536);
  assert_int_equal(ew__text_append_json_string(&text, value), EW_OK);
  assert_int_equal(ew__text_encode(&text, &text_type, &value, NULL), EW_OK);
  ew_str one = escapes(json, sizeof(plain));
  assert_int_equal(text.buf.len, 2 * (size_t)one.len);
  assert_memory_equal(text.buf.ptr, one.ptr, one.len);
  assert_memory_equal(text.buf.ptr + one.len, one.ptr, one.len);
  ew__text_clear(&text);
  ew__text_init(&text, 6000);
  assert_int_equal(ew__text_append_json_string(&text, value), EW_ERR_TOO_LARGE);
  assert_int_equal(ew__text_encode(&text, &text_type, &value, NULL), EW_ERR_TOO_LARGE);
  assert_int_equal(text.buf.len, 0);
  ew__text_clear(&text);
}

static void copies_of_strings_are_their_own(void **state) {
  (void)state;
  char original[] = "abc";
  ew_str copy;
  assert_true(ew__str_dup(&copy, ew_str_of(original)));
  original[0] = 'x';
  assert_string_equal(copy.ptr, "abc");
  ew__str_free(&copy);
  assert_null(copy.ptr);
  assert_true(ew__str_dup(&copy, (ew_str){NULL, 0, 0}));
  assert_string_equal(copy.ptr, "");
  ew__str_free(&copy);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_scratch_grows_until_the_message_fits),
      cmocka_unit_test(a_scratch_stops_at_its_limit),
      cmocka_unit_test(a_text_grows_until_its_limit_and_keeps_what_it_has),
      cmocka_unit_test(json_strings_and_values_are_written_whatever_room_there_is),
      cmocka_unit_test(copies_of_strings_are_their_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
