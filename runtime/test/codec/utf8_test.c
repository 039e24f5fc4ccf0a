#include "support.h"

#include "../../src/codec/scan_internal.h"
#include "effort.h"

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

/* ------------------------------------------------------------------------ all short sequences */

#define WINDOW 64u  /* places where a sequence may begin in the text */
#define MOST_BEHIND 40u

/** Text around a sequence: all ASCII, or two-byte characters behind one 'a' where need be. */
typedef struct window {
  unsigned char bytes[2][WINDOW + 4 + MOST_BEHIND];
} window;

static window new_window(void) {
  window w;
  memset(w.bytes[0], 'a', sizeof(w.bytes[0]));
  for (size_t i = 0; i < sizeof(w.bytes[1]); i++) {
    w.bytes[1][i] = i % 2 == 0 ? 0xc3 : 0xa9;
  }
  return w;
}

static void expect_bad(const unsigned char *text, size_t len, size_t expected) {
  size_t bad = 12345;
  ew_err err = ew__utf8_check((const char *)text, len, &bad);
  if (expected == len) {
    assert_true(err == EW_OK && bad == 12345);
  } else {
    assert_true(err == EW_ERR_UTF8 && bad == expected);
  }
}

/* The sequence behind `before` bytes and in front of `behind`, within both surroundings. expected:
 * its first bad byte, or len. */
static void check_within(window *w, const unsigned char *bytes, size_t len, size_t before,
                         size_t behind, size_t expected) {
  size_t all = before + len + behind;
  unsigned char saved[4];
  unsigned char *at = w->bytes[0] + before;
  size_t result = expected == len ? all : before + expected;
  memcpy(at, bytes, len);
  expect_bad(w->bytes[0], all, result);
  memset(at, 'a', len);
  /* an even number of bytes on either side is whole characters */
  before &= ~(size_t)1;
  behind &= ~(size_t)1;
  all = before + len + behind;
  result = expected == len ? all : before + expected;
  at = w->bytes[1] + before;
  memcpy(saved, at, len);
  memcpy(at, bytes, len);
  unsigned char *after = at + len;
  for (size_t i = 0; len % 2 == 1 && i < behind; i++) {
    after[i] = i % 2 == 0 ? 0xc3 : 0xa9;
  }
  expect_bad(w->bytes[1], all, result);
  memcpy(at, saved, len);
  for (size_t i = 0; len % 2 == 1 && i < behind; i++) {
    after[i] = i % 2 == 0 ? 0xa9 : 0xc3;
  }
}

static void check_sequence(window *w, const unsigned char *bytes, size_t len, size_t place) {
  size_t expected = reference_bad(bytes, len);
  check_within(w, bytes, len, place % WINDOW, 0, expected);
  check_within(w, bytes, len, place % WINDOW, 1 + place % MOST_BEHIND, expected);
}

static void every_text_of_up_to_three_bytes_is_judged_as_rfc_3629_does(void **state) {
  (void)state;
  window w = new_window();
  size_t step = effort(1009, 1, 1);
  for (size_t n = 0; n < 256; n++) {
    unsigned char bytes[1] = {(unsigned char)n};
    for (size_t place = 0; place < WINDOW; place++) {
      check_sequence(&w, bytes, 1, place);
    }
  }
  for (size_t n = 0; n < 65536; n += step) {
    unsigned char bytes[2] = {(unsigned char)(n >> 8), (unsigned char)n};
    for (size_t place = 0; place < WINDOW; place++) {
      check_sequence(&w, bytes, 2, place);
    }
  }
  for (size_t n = 0; n < (size_t)1 << 24; n += step) {
    unsigned char bytes[3] = {(unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n};
    check_sequence(&w, bytes, 3, n * 37 >> 8);
  }
}

/* The first and last byte of every range that RFC 3629 names, and their neighbours. */
static const unsigned char BOUNDARIES[] = {0x00, 0x22, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                           0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
                                           0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff};

static void four_bytes_are_judged_as_rfc_3629_does(void **state) {
  (void)state;
  window w = new_window();
  const size_t n = sizeof(BOUNDARIES);
  size_t step = effort(9973, 1, 1);
  for (size_t i = 0; i < n * n * n * n; i += step) {
    unsigned char bytes[4] = {BOUNDARIES[i / (n * n * n)], BOUNDARIES[i / (n * n) % n],
                              BOUNDARIES[i / n % n], BOUNDARIES[i % n]};
    size_t places = effort(1, bytes[0] >= 0xe0 ? 16 : 2, WINDOW);
    for (size_t place = 0; place < places; place++) {
      check_sequence(&w, bytes, 4, places == WINDOW ? place : i + place * 5);
    }
  }
}

static void every_lead_of_four_bytes_with_every_second_is_judged_at_every_place(void **state) {
  (void)state;
  window w = new_window();
  static const unsigned char tails[] = {0x7f, 0x80, 0x8f, 0x90, 0xbf, 0xc0};
  for (unsigned lead = 0xf0; lead <= 0xf4; lead++) {
    for (unsigned second = 0; second < 256; second += (unsigned)effort(17, 1, 1)) {
      for (size_t i = 0; i < sizeof(tails) * sizeof(tails); i++) {
        unsigned char bytes[4] = {(unsigned char)lead, (unsigned char)second,
                                  tails[i / sizeof(tails)], tails[i % sizeof(tails)]};
        for (size_t place = 0; place < WINDOW; place += effort(13, 1, 1)) {
          check_sequence(&w, bytes, 4, place);
        }
      }
    }
  }
}

/* ---------------------------------------------------------------------------------- long texts */

static uint64_t random_bits(uint64_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return *seed;
}

/* Runs of characters of one length and of any, here and there a byte that belongs nowhere. */
static size_t random_text(uint64_t *seed, unsigned char *to, size_t most) {
  static const char *const characters[] = {"a", "\"", "\xc2\x80", "\xc3\xa9", "\xdf\xbf",
                                           "\xe0\xa0\x80", "\xe2\x82\xac", "\xed\x9f\xbf",
                                           "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf0\x9f\x98\x80",
                                           "\xf4\x8f\xbf\xbf"};
  const size_t kinds = sizeof(characters) / sizeof(characters[0]);
  size_t len = 0;
  while (len + 4 < most) {
    uint64_t bits = random_bits(seed);
    const char *character = characters[bits % kinds];
    for (size_t run = bits >> 8 & 31; run > 0 && len + 4 < most; run--) {
      size_t n = strlen(character);
      memcpy(to + len, character, n);
      len += n;
      character = (bits >> 20) % 3 == 0 ? characters[random_bits(seed) % kinds] : character;
    }
    if ((bits >> 40) % 64 == 0) {
      to[len++] = BOUNDARIES[(bits >> 48) % sizeof(BOUNDARIES)];
    }
  }
  return len;
}

static void long_texts_are_judged_as_rfc_3629_does(void **state) {
  (void)state;
  unsigned char text[512];
  uint64_t seed = 20260101;
  size_t good = 0;
  size_t rounds = effort(200, 40000, 1000000);
  for (size_t i = 0; i < rounds; i++) {
    size_t len = random_text(&seed, text, 8 + i % (sizeof(text) - 8));
    size_t expected = reference_bad(text, len);
    expect_bad(text, len, expected);
    good += expected == len;
    size_t cut = len == 0 ? 0 : (size_t)(random_bits(&seed) % len);
    expect_bad(text, cut, reference_bad(text, cut));
  }
  assert_true(good > rounds / 10 && good < rounds);
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
      cmocka_unit_test(every_text_of_up_to_three_bytes_is_judged_as_rfc_3629_does),
      cmocka_unit_test(four_bytes_are_judged_as_rfc_3629_does),
      cmocka_unit_test(every_lead_of_four_bytes_with_every_second_is_judged_at_every_place),
      cmocka_unit_test(long_texts_are_judged_as_rfc_3629_does),
      cmocka_unit_test(nothing_is_read_behind_the_end),
      cmocka_unit_test(code_points_are_counted_not_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
