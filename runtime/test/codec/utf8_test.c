#include "support.h"

#include "../../src/codec/scan_internal.h"

/* RFC 3629, decoded naively: the length of the character at p, 0 when there is none. */
static size_t reference_length(const unsigned char *p, size_t left) {
  static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t n = p[0] < 0x80             ? 1
             : (p[0] & 0xe0) == 0xc0 ? 2
             : (p[0] & 0xf0) == 0xe0 ? 3
             : (p[0] & 0xf8) == 0xf0 ? 4
                                     : 0;
  if (n == 0 || n > left) {
    return 0;
  }
  uint32_t c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
  for (size_t i = 1; i < n; i++) {
    if ((p[i] & 0xc0) != 0x80) {
      return 0;
    }
    c = c << 6 | (p[i] & 0x3fu);
  }
  bool surrogate = c >= 0xd800 && c < 0xe000;
  return c < lowest[n] || surrogate || c > 0x10ffff ? 0 : n;
}

static size_t reference_bad(const unsigned char *text, size_t len) {
  size_t at = 0;
  while (at < len) {
    size_t n = reference_length(text + at, len - at);
    if (n == 0) {
      break;
    }
    at += n;
  }
  return at;
}

/* Behind a prefix, so that every way through the vector code is taken. */
static void expect_as_reference(const unsigned char *bytes, size_t len, size_t prefix) {
  unsigned char text[64];
  memset(text, 'a', prefix);
  memcpy(text + prefix, bytes, len);
  size_t bad = 12345;
  size_t expected = reference_bad(text, prefix + len);
  ew_err err = ew__utf8_check((const char *)text, prefix + len, &bad);
  if (expected == prefix + len) {
    assert_true(err == EW_OK && bad == 12345);
  } else {
    assert_true(err == EW_ERR_UTF8 && bad == expected);
  }
}

static void every_text_of_up_to_two_bytes_is_judged_as_rfc_3629_does(void **state) {
  (void)state;
  for (unsigned a = 0; a < 256; a++) {
    for (unsigned b = 0; b < 256; b++) {
      unsigned char bytes[2] = {(unsigned char)a, (unsigned char)b};
      expect_as_reference(bytes, 1, 0);
      expect_as_reference(bytes, 2, 0);
      expect_as_reference(bytes, 2, 15);
      expect_as_reference(bytes, 2, 17);
    }
  }
}

static void three_and_four_bytes_are_judged_as_rfc_3629_does(void **state) {
  (void)state;
  static const unsigned char tails[] = {0x00, 0x22, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                        0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xff};
  const unsigned n = sizeof(tails);
  for (unsigned a = 0x7f; a < 256; a++) {
    for (unsigned b = 0; b < 256; b++) {
      for (unsigned i = 0; i < n * n; i++) {
        unsigned char bytes[4] = {(unsigned char)a, (unsigned char)b, tails[i / n], tails[i % n]};
        expect_as_reference(bytes, 3, 0);
        expect_as_reference(bytes, 4, i % 20);
      }
    }
  }
}

static void nothing_is_read_behind_the_end(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "a",
                                      "\xc3",
                                      "\xe2\x82",
                                      "\xf0\x9f\x98",
                                      "0123456789abcde\xf0\x9f\x98",
                                      "0123456789abcdef\xc3"};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    ew_str text = exact_copy(texts[i], strlen(texts[i]));
    size_t bad = 0;
    assert_true((ew__utf8_check(text.ptr, text.len, &bad) == EW_OK) == (i < 2));
    free_copy(text);
  }
}

static void code_points_are_counted_not_bytes(void **state) {
  (void)state;
  assert_int_equal(0, ew__utf8_count("", 0));
  assert_int_equal(4, ew__utf8_count("a\xc3\x9f\xe2\x82\xac\xf0\x9f\x98\x80", 10));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_text_of_up_to_two_bytes_is_judged_as_rfc_3629_does),
      cmocka_unit_test(three_and_four_bytes_are_judged_as_rfc_3629_does),
      cmocka_unit_test(nothing_is_read_behind_the_end),
      cmocka_unit_test(code_points_are_counted_not_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
