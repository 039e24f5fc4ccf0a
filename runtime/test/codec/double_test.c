/*
 * Doubles, judged by no other library: the number sequence of RFC 8785 (JSON Canonicalization
 * Scheme), appendix B, whose printed lines have a published SHA-256
 * (github.com/cyberphone/json-canonicalization, testdata/README.md, "ES6 Numbers"), known decimals,
 * and exact halves between neighbours.
 *
 * The program runs under the locale of its environment: a second test runs it where the decimal
 * point is a comma.
 */
#include "engines.h"

#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>

#include "../../src/codec/scan_internal.h"
#include "effort.h"
#include "exact_decimal.h"
#include "sha256.h"

static const struct {
  size_t lines;
  const char *sha256;
} PUBLISHED[] = {
    {1000, "be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687"},
    {10000, "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892"},
    {100000, "22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7"},
    {1000000, "49415fee2c56c77864931bd3624faad425c3c577d6d74e89a83bc725506dad16"},
    {10000000, "b9f8a44a91d46813b21b9602e72f112613c91408db0b8341fb94603d9db135e0"},
    {100000000, "0f7dda6b0837dde083c5d6b896f7d62340c8a2415b0c7121d83145e08a755272"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ----------------------------------------------------------------------------- the sequence */

static const uint64_t ZERO_AND_LEAST[] = {0, 0x8000000000000000, 1, 0x8000000000000001};

/* A third of the powers of ten, with both signs: first all negative, then all positive. */
static const uint64_t THIRDS[] = {
    0x446696695dbd1cc3, 0x443211ede4974a35, 0x43fce97ca0f21056, 0x43c7213080c1a6ac,
    0x439280f39a348556, 0x435d9b1f5d20d557, 0x4327af4c4a80aaac, 0x42f2f2a36ecd5556,
    0x42be51057e155558, 0x428840d131aaaaac, 0x4253670dc1555557, 0x421f0b4935555557,
    0x41e8d5d42aaaaaac, 0x41b3de4355555556, 0x417fca0555555556, 0x41496e6aaaaaaaab,
    0x4114585555555555, 0x40e046aaaaaaaaab, 0x40aa0aaaaaaaaaaa, 0x4074d55555555555,
    0x4040aaaaaaaaaaab, 0x400aaaaaaaaaaaab, 0x3fd5555555555555, 0x3fa1111111111111,
    0x3f6b4e81b4e81b4f, 0x3f35d867c3ece2a5, 0x3f0179ec9cbd821e, 0x3ecbf647612f3696,
    0x3e965e9f80f29212, 0x3e61e54c672874db, 0x3e2ca213d840baf8, 0x3df6e80fe033c8c6,
    0x3dc2533fe68fd3d2, 0x3d8d51ffd74c861c, 0x3d5774ccac3d3817, 0x3d22c3d6f030f9ac,
    0x3cee0624b3818f79, 0x3cb804ea293472c7, 0x3c833721ba905bd3, 0x3c4ebe9c5db3c61e,
    0x3c18987d17c304e5, 0x3be3ad30dfcf371d, 0x3baf7b816618582f, 0x3b792f9ab81379bf,
    0x3b442615600f9499, 0x3b101e77800c76e1, 0x3ad9ca58cce0be35, 0x3aa4a1e0a3e6fe90,
    0x3a708180831f320d, 0x3a3a68cd9e985016,
};

static const uint64_t EDGES[] = {
    0x4024000000000000, 0x4014000000000000, 0x3fe0000000000000, 0x3fa999999999999a,
    0x3f747ae147ae147b, 0x3f40624dd2f1a9fc, 0x3f0a36e2eb1c432d, 0x3ed4f8b588e368f1,
    0x3ea0c6f7a0b5ed8d, 0x3e6ad7f29abcaf48, 0x3e35798ee2308c3a, 0x3ed539223589fa95,
    0x3ed4ff26cd5a7781, 0x3ed4f95a762283ff, 0x3ed4f8c60703520c, 0x3ed4f8b72f19cd0d,
    0x3ed4f8b5b31c0c8d, 0x3ed4f8b58d1c461a, 0x3ed4f8b5894f7f0e, 0x3ed4f8b588ee37f3,
    0x3ed4f8b588e47da4, 0x3ed4f8b588e3849c, 0x3ed4f8b588e36bb5, 0x3ed4f8b588e36937,
    0x3ed4f8b588e368f8, 0x3ed4f8b588e368f1, 0x3ff0000000000000, 0xbff0000000000000,
    0xbfeffffffffffffa, 0xbfeffffffffffffb, 0x3feffffffffffffa, 0x3feffffffffffffb,
    0x3feffffffffffffc, 0x3feffffffffffffe, 0xbfefffffffffffff, 0xbfefffffffffffff,
    0x3fefffffffffffff, 0x3fefffffffffffff, 0x3fd3333333333332, 0x3fd3333333333333,
    0x3fd3333333333334, 0x0010000000000000, 0x000ffffffffffffd, 0x000fffffffffffff,
    0x7fefffffffffffff, 0xffefffffffffffff, 0x4340000000000000, 0xc340000000000000,
    0x4430000000000000, 0x44b52d02c7e14af5, 0x44b52d02c7e14af6, 0x44b52d02c7e14af7,
    0x444b1ae4d6e2ef4e, 0x444b1ae4d6e2ef4f, 0x444b1ae4d6e2ef50, 0x3eb0c6f7a0b5ed8c,
    0x3eb0c6f7a0b5ed8d, 0x41b3de4355555553, 0x41b3de4355555554, 0x41b3de4355555555,
    0x41b3de4355555556, 0x41b3de4355555557, 0xbecbf647612f3696, 0x43143ff3c1cb0959,
};

/* The smallest normal numbers follow, then a chain of digests. */
#define NORMALS 2000u
#define LEAST_NORMAL 0x0010000000000000u

typedef struct sequence {
  size_t index;
  unsigned char digest[32];
  size_t used; /* bytes of digest already given out */
} sequence;

static uint64_t take_random(sequence *s) {
  if (s->used == sizeof(s->digest)) {
    sha256 hash;
    sha256_init(&hash);
    sha256_add(&hash, s->digest, sizeof(s->digest));
    sha256_end(&hash, s->digest);
    s->used = 0;
  }
  uint64_t bits = 0;
  for (unsigned i = 0; i < 8; i++) {
    bits |= (uint64_t)s->digest[s->used + i] << (8 * i);
  }
  s->used += 8;
  return bits;
}

static bool is_zero_or_not_finite(uint64_t bits) {
  uint64_t exponent = bits >> 52 & 0x7ff;
  return exponent == 0x7ff || (bits & INT64_MAX) == 0;
}

static uint64_t next_bits(sequence *s) {
  size_t i = s->index++;
  if (i < COUNT(ZERO_AND_LEAST)) {
    return ZERO_AND_LEAST[i];
  }
  i -= COUNT(ZERO_AND_LEAST);
  if (i < 2 * COUNT(THIRDS)) {
    uint64_t sign = i < COUNT(THIRDS) ? (uint64_t)1 << 63 : 0;
    return THIRDS[i % COUNT(THIRDS)] | sign;
  }
  i -= 2 * COUNT(THIRDS);
  if (i < COUNT(EDGES)) {
    return EDGES[i];
  }
  i -= COUNT(EDGES);
  if (i < NORMALS) {
    return LEAST_NORMAL + i;
  }
  uint64_t bits;
  do {
    bits = take_random(s);
  } while (is_zero_or_not_finite(bits));
  return bits;
}

/* --------------------------------------------------------------------------------- the proof */

static void expect_read_back(const char *text, size_t len, uint64_t bits) {
  ew__number number;
  ew__fault fault = {EW_OK, NULL, NULL};
  double value = 0;
  uint64_t found;
  assert_ptr_equal(text + len, ew__scan_number(text, text + len, &number, &fault));
  EXPECT_ERR(EW_OK, ew__parse_double(&number, &value));
  memcpy(&found, &value, sizeof(found));
  assert_true(found == bits);
}

static size_t put_hex(uint64_t bits, char *to) {
  unsigned shift = 60;
  while (shift > 0 && bits >> shift == 0) {
    shift -= 4;
  }
  char *p = to;
  for (;; shift -= 4) {
    *p++ = "0123456789abcdef"[bits >> shift & 15];
    if (shift == 0) {
      return (size_t)(p - to);
    }
  }
}

/* One line of the published file: the bits in hexadecimal, a comma, the number. */
static size_t put_line(uint64_t bits, char *to) {
  double value;
  memcpy(&value, &bits, sizeof(value));
  size_t len = put_hex(bits, to);
  to[len++] = ',';
  size_t number_len = (size_t)(ew__print_double(value, to + len) - (to + len));
  expect_read_back(to + len, number_len, bits);
  if (value == 0) { /* ECMAScript drops the sign of zero, we keep it */
    number_len = 1;
    to[len] = '0';
  }
  len += number_len;
  to[len++] = '\n';
  return len;
}

static void expect_digest(const char *expected, const sha256 *hash) {
  sha256 copy = *hash;
  unsigned char digest[32];
  char text[65];
  sha256_end(&copy, digest);
  for (size_t i = 0; i < sizeof(digest); i++) {
    snprintf(text + 2 * i, 3, "%02x", (unsigned)digest[i]);
  }
  assert_string_equal(expected, text);
}

static void the_sequence_of_rfc_8785_prints_as_published_and_reads_back(void **state) {
  (void)state;
  sequence s = {.used = sizeof(s.digest)};
  sha256 hash;
  sha256_init(&hash);
  size_t lines = effort(10000, 1000000, 10000000);
  size_t proved = 0;
  for (size_t i = 0; i < lines; i++) {
    char line[64];
    sha256_add(&hash, line, put_line(next_bits(&s), line));
    if (i + 1 == PUBLISHED[proved].lines) {
      expect_digest(PUBLISHED[proved].sha256, &hash);
      proved++;
    }
  }
  assert_int_equal(lines, PUBLISHED[proved - 1].lines);
  print_message("%zu lines\n", lines);
}

static void sha256_of_known_texts_is_as_published(void **state) {
  (void)state;
  sha256 hash;
  sha256_init(&hash);
  expect_digest("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", &hash);
  sha256_add(&hash, "abc", 3);
  expect_digest("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", &hash);
  sha256_init(&hash);
  sha256_add(&hash, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56);
  expect_digest("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", &hash);
}

/* ------------------------------------------------------------------------------ known decimals */

static double double_of(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

static uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

static const char *read_double(ew_reader *r, const char *p, void *out) {
  return ew_read_double(r, p, NULL, (double *)out);
}

static const ew_entry_type DOUBLE = ENGINES_TYPE(EW_KIND_DOUBLE, double, read_double);

static void expect_double(const char *text, uint64_t bits) {
  double value = 0;
  EXPECT_ERR(EW_OK, decode_all_ways(&DOUBLE.type, text, strlen(text), &value));
  if (bits_of(value) != bits) {
    fail_msg("%s is read as %a, not as %a", text, value, double_of(bits));
  }
}

static void expect_too_large(const char *text) {
  double value = 0;
  EXPECT_ERR(EW_ERR_RANGE, decode_all_ways(&DOUBLE.type, text, strlen(text), &value));
}

static void known_decimals_are_read_as_the_nearest_double(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint64_t bits;
  } known[] = {
      {"0", 0x0000000000000000},
      {"-0", 0x8000000000000000},
      {"0.0", 0x0000000000000000},
      {"-0e5", 0x8000000000000000},
      {"1", 0x3ff0000000000000},
      {"-1", 0xbff0000000000000},
      {"0.1", 0x3fb999999999999a},
      {"0.2", 0x3fc999999999999a},
      {"0.3", 0x3fd3333333333333},
      {"123456789.123456789", 0x419d6f34547e6b75},
      {"1e22", 0x4480f0cf064dd592},
      {"1e23", 0x44b52d02c7e14af6},
      {"8.5e22", 0x44b1ffdbf6b2b2eb},
      {"9007199254740993", 0x4340000000000000},
      {"-9007199254740993", 0xc340000000000000},
      {"9007199254740992.5", 0x4340000000000000},
      {"9007199254740993.00000000000000000001", 0x4340000000000001},
      {"1.7976931348623157e308", 0x7fefffffffffffff},
      {"1.7976931348623158e308", 0x7fefffffffffffff},
      {"2.2250738585072014e-308", 0x0010000000000000},
      {"2.2250738585072011e-308", 0x000fffffffffffff},
      {"2.2250738585072012e-308", 0x0010000000000000},
      {"5e-324", 0x0000000000000001},
      {"4.9406564584124654e-324", 0x0000000000000001},
      {"2.4703282292062327e-324", 0x0000000000000000},
      {"2.4703282292062328e-324", 0x0000000000000001},
      {"1e-324", 0x0000000000000000},
      {"1e-400", 0x0000000000000000},
      {"1e-99999999999999999999", 0x0000000000000000},
      {"0e99999999999999999999", 0x0000000000000000},
      {"123456789012345678", 0x437b69b4ba630f35},
      {"1234567890123456789012345678901234567890", 0x480d064903ae06e0},
      {"0.00000000000000000000000000000000000000000000000000000000000012345", 0x33496466b541721e},
      {"12345678901234567.9", 0x4345ee2a2eb5a5c4},
      {"3.14159265358979323846264338327950288", 0x400921fb54442d18},
      {"6.02214076E+23", 0x44dfe185ca57c517},
      {"0.500000000000000166533453693773481063544750213623046875", 0x3fe0000000000002},
      {"1.00000005960464477539062499", 0x3ff0000010000000},
      {"8.10109172351e-10", 0x3e0bd5cbaef0fd0c},
      {"6631236846766476e-331", 0x0000000008000000},
  };
  for (size_t i = 0; i < COUNT(known); i++) {
    expect_double(known[i].text, known[i].bits);
  }
}

static void what_no_double_holds_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"1e400", "-1e400", "1e309", "1.7976931348623159e308",
                                      "1e99999999999999999999", "-2e308"};
  for (size_t i = 0; i < COUNT(texts); i++) {
    expect_too_large(texts[i]);
  }
  char text[EXACT_CHARS];
  exact_decimal(((uint64_t)1 << 54) - 1, 970, text); /* halfway to 2^1024 */
  expect_too_large(text);
  text[strlen(text) - 1]--;
  expect_double(text, bits_of(DBL_MAX));
}

/* -------------------------------------------------------------------------------- exact halves */

/* The last digit of text, which has a point, one smaller; then `count` nines. */
static void lessen(char *text, size_t count) {
  char *end = text + strlen(text);
  end[-1]--;
  memset(end, '9', count);
  end[count] = '\0';
}

static void add_at_end(char *text, size_t zeros) {
  char *end = text + strlen(text);
  if (strchr(text, '.') == NULL) {
    *end++ = '.';
  }
  memset(end, '0', zeros);
  memcpy(end + zeros, "1", 2);
}

/* The half between a positive double and the next: exact it goes to the even one, a trace more or
 * less decides. */
static void check_half(uint64_t bits, size_t tail) {
  static char text[ENGINES_TEXT];
  uint64_t biased = bits >> 52;
  uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
  uint64_t m = biased == 0 ? fraction : fraction | (uint64_t)1 << 52;
  int e = (int)(biased == 0 ? 1 : biased) - 1075;
  exact_decimal(2 * m + 1, e - 1, text);
  expect_double(text, bits + (bits & 1));
  size_t len = strlen(text);
  add_at_end(text, tail);
  expect_double(text, bits + 1);
  text[len] = '\0';
  if (strchr(text, '.') != NULL) {
    lessen(text, tail);
    expect_double(text, bits);
  }
}

static void exact_halves_go_to_the_even_neighbour_and_a_trace_decides(void **state) {
  (void)state;
  static const uint64_t edges[] = {
      0, 1, 2, 0x000ffffffffffffe, 0x000fffffffffffff, LEAST_NORMAL, 0x001fffffffffffff,
      0x3fefffffffffffff, 0x3ff0000000000000, 0x433fffffffffffff, 0x4340000000000000,
      0x4350000000000001, 0x43dfffffffffffff, 0x43f0000000000001, 0x7feffffffffffffe,
  };
  for (size_t i = 0; i < COUNT(edges); i++) {
    check_half(edges[i], 1);
    check_half(edges[i], 800);
  }
  sequence s = {.index = COUNT(ZERO_AND_LEAST) + 2 * COUNT(THIRDS) + COUNT(EDGES) + NORMALS,
                .used = sizeof(s.digest)};
  for (size_t i = effort(10, 1000, 20000); i > 0; i--) {
    uint64_t bits = next_bits(&s) & INT64_MAX;
    check_half(i % 8 == 0 ? bits % LEAST_NORMAL : bits, 1 + i % 700);
  }
}

/* ---------------------------------------------------------------------------- short and long ways */

/* Few digits are read by one division; zeros at the end make them too many for that. */
static void check_short(uint64_t mantissa, unsigned places) {
  char text[128];
  double value = 0;
  int len = snprintf(text, sizeof(text), "%020" PRIu64, mantissa);
  char *point = text + len - places;
  memmove(point + 1, point, places + 1);
  *point = '.';
  char *start = text;
  while (start[0] == '0' && start[1] != '.') {
    start++;
  }
  EXPECT_ERR(EW_OK, decode_all_ways(&DOUBLE.type, start, strlen(start), &value));
  memcpy(start + strlen(start), "00000000000000000000", 21);
  expect_double(start, bits_of(value));
}

static void short_decimals_are_read_as_their_long_spellings(void **state) {
  (void)state;
  sequence s = {.index = COUNT(ZERO_AND_LEAST) + 2 * COUNT(THIRDS) + COUNT(EDGES) + NORMALS,
                .used = sizeof(s.digest)};
  for (size_t i = effort(1000, 300000, 3000000); i > 0; i--) {
    uint64_t bits = next_bits(&s);
    check_short(bits >> (10 + i % 50), 1 + (unsigned)(i % 18));
  }
}

/* --------------------------------------------------------------------------------------- locale */

static void the_decimal_point_of_the_locale_is_the_one_asked_for(void **state) {
  (void)state;
  char text[8];
  const char *wanted = getenv("EW_DECIMAL_POINT");
  snprintf(text, sizeof(text), "%.1f", 1.5);
  assert_int_equal(wanted == NULL ? '.' : wanted[0], text[1]);
}

int main(void) {
  setlocale(LC_ALL, "");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_decimal_point_of_the_locale_is_the_one_asked_for),
      cmocka_unit_test(sha256_of_known_texts_is_as_published),
      cmocka_unit_test(the_sequence_of_rfc_8785_prints_as_published_and_reads_back),
      cmocka_unit_test(known_decimals_are_read_as_the_nearest_double),
      cmocka_unit_test(what_no_double_holds_is_refused),
      cmocka_unit_test(short_decimals_are_read_as_their_long_spellings),
      cmocka_unit_test(exact_halves_go_to_the_even_neighbour_and_a_trace_decides),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
