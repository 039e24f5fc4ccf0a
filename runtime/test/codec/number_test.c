#include "support.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>

#include "../../src/codec/double_internal.h"

/* ------------------------------------------------------------------------------------- scanning */

static const char *scan(const char *text, ew__number *out, ew__fault *fault) {
  return ew__scan_number(text, text + strlen(text), out, fault);
}

static void numbers_end_where_the_grammar_says(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t len;
  } good[] = {
      {"0", 1},        {"-0", 2},  {"0,", 1},    {"0x", 1},     {"12345678901234567890123", 23},
      {"1.5", 3},      {"1e5", 3}, {"1E+5", 4},  {"1e-05 ", 5}, {"-1.25e-3]", 8},
      {"0.0", 3},      {"0e0", 3}, {"1.2.3", 3}, {"1e5e", 3},   {"1-2", 1},
      {"100000e1", 8}, {"9.", 0},  {"-", 0},     {"+1", 0},     {".5", 0},
      {"01", 0},       {"-01", 0}, {"1e", 0},    {"1e+", 0},    {"1.e5", 0},
      {"--1", 0},      {"-a", 0},  {"1.-5", 0},  {"1e-", 0},    {"00", 0},
  };
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    ew__number number;
    ew__fault fault = {EW_OK, NULL, NULL};
    const char *end = scan(good[i].text, &number, &fault);
    if (good[i].len == 0) {
      assert_null(end);
      assert_true(fault.err == EW_ERR_SYNTAX || fault.err == EW_ERR_TRUNCATED);
      assert_int_equal(fault.err == EW_ERR_TRUNCATED, *fault.at == '\0');
    } else {
      assert_ptr_equal(good[i].text + good[i].len, end);
      assert_ptr_equal(end, number.end);
    }
  }
}

/* ------------------------------------------------------------------------------------- integers */

typedef struct integer_case {
  const char *text;
  ew_err err;
  int64_t value;
  bool literal_too;
} integer_case;

static void integers_are_exact_and_never_wrap(void **state) {
  (void)state;
  static const integer_case cases[] = {
      {"0", EW_OK, 0, true},
      {"-0", EW_OK, 0, true},
      {"7", EW_OK, 7, true},
      {"-42", EW_OK, -42, true},
      {"9223372036854775807", EW_OK, INT64_MAX, true},
      {"-9223372036854775808", EW_OK, INT64_MIN, true},
      {"9223372036854775808", EW_ERR_RANGE, 0, true},
      {"-9223372036854775809", EW_ERR_RANGE, 0, true},
      {"18446744073709551616", EW_ERR_RANGE, 0, true},
      {"99999999999999999999999999", EW_ERR_RANGE, 0, true},
      {"1.0", EW_OK, 1, false},
      {"1e2", EW_OK, 100, false},
      {"1.50e1", EW_OK, 15, false},
      {"-2.500E2", EW_OK, -250, false},
      {"100e-2", EW_OK, 1, false},
      {"0e99999999999999999999", EW_OK, 0, false},
      {"0.000", EW_OK, 0, false},
      {"-0.0e-5", EW_OK, 0, false},
      {"9223372036854775807.000000000000000000000000000", EW_OK, INT64_MAX, false},
      {"922337203685477580700000000000e-11", EW_OK, INT64_MAX, false},
      {"922337203685477580800000000000e-11", EW_ERR_RANGE, 0, false},
      {"0.00000000000000000001e20", EW_OK, 1, false},
      {"1e18", EW_OK, 1000000000000000000, false},
      {"1e19", EW_ERR_RANGE, 0, false},
      {"1e400", EW_ERR_RANGE, 0, false},
      {"1e99999999999999999999", EW_ERR_RANGE, 0, false},
      {"1e-99999999999999999999", EW_ERR_TYPE, 0, false},
      {"1.5", EW_ERR_TYPE, 0, false},
      {"0.1", EW_ERR_TYPE, 0, false},
      {"15e-1", EW_ERR_TYPE, 0, false},
      {"18446744073709551615.5", EW_ERR_TYPE, 0, false},
      {"123456789012345678901234e-10", EW_ERR_TYPE, 0, false},
      {"1.00000000000000000000000000000001", EW_ERR_TYPE, 0, false},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    const integer_case *c = &cases[i];
    ew__number number;
    ew__fault fault;
    int64_t value = -99;
    assert_non_null(scan(c->text, &number, &fault));
    EXPECT_ERR(c->err, ew__parse_int(&number, false, &value));
    assert_true(value == (c->err == EW_OK ? c->value : -99));
    ew_err literal = ew__parse_int(&number, true, &value);
    EXPECT_ERR(c->literal_too ? c->err : EW_ERR_TYPE, literal);
  }
}

static void natural_numbers_reach_64_bits_and_refuse_a_sign(void **state) {
  (void)state;
  static const struct {
    const char *text;
    ew_err err;
    uint64_t value;
  } cases[] = {
      {"18446744073709551615", EW_OK, UINT64_MAX},
      {"18446744073709551615.0", EW_OK, UINT64_MAX},
      {"1844674407370955161500e-2", EW_OK, UINT64_MAX},
      {"18446744073709551616", EW_ERR_RANGE, 0},
      {"-0", EW_OK, 0},
      {"-1", EW_ERR_RANGE, 0},
      {"0.5", EW_ERR_TYPE, 0},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    ew__number number;
    ew__fault fault;
    uint64_t value = 0;
    assert_non_null(scan(cases[i].text, &number, &fault));
    EXPECT_ERR(cases[i].err, ew__parse_uint(&number, false, &value));
    assert_true(value == cases[i].value);
  }
}

static void integers_print_as_they_are(void **state) {
  (void)state;
  static const int64_t values[] = {0, 1, -1, 9, 10, 99, 100, 12345, -98765, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
    char expected[32], found[EW__INT_CHARS + 1];
    snprintf(expected, sizeof(expected), "%" PRId64, values[i]);
    *ew__print_int(values[i], found) = '\0';
    assert_string_equal(expected, found);
  }
  char found[EW__INT_CHARS + 1];
  *ew__print_uint(UINT64_MAX, found) = '\0';
  assert_string_equal("18446744073709551615", found);
}

static void strings_are_read_as_integers(void **state) {
  (void)state;
  static const struct {
    const char *text;
    ew_err err;
    uint64_t value;
  } cases[] = {
      {"0", EW_OK, 0},
      {"007", EW_OK, 7},
      {"18446744073709551615", EW_OK, UINT64_MAX},
      {"0xffffffffffffffff", EW_OK, UINT64_MAX},
      {"0XfF", EW_OK, 255},
      {"18446744073709551616", EW_ERR_RANGE, 0},
      {"0x10000000000000000", EW_ERR_RANGE, 0},
      {"99999999999999999999999999999999999999999999x", EW_ERR_PATTERN, 0},
      {"", EW_ERR_PATTERN, 0},
      {"0x", EW_ERR_PATTERN, 0},
      {"0xg", EW_ERR_PATTERN, 0},
      {"-1", EW_ERR_PATTERN, 0},
      {"+1", EW_ERR_PATTERN, 0},
      {" 1", EW_ERR_PATTERN, 0},
      {"1 ", EW_ERR_PATTERN, 0},
      {"1.0", EW_ERR_PATTERN, 0},
      {"a", EW_ERR_PATTERN, 0},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    uint64_t value = 0;
    EXPECT_ERR(cases[i].err, ew_str_to_uint64(ew_str_of(cases[i].text), &value));
    assert_true(value == cases[i].value);
  }
  int64_t value = 0;
  EXPECT_ERR(EW_OK, ew_str_to_int64(EW_STR("-9223372036854775808"), &value));
  assert_true(value == INT64_MIN);
  EXPECT_ERR(EW_OK, ew_str_to_int64(EW_STR("-0x10"), &value));
  assert_true(value == -16);
  EXPECT_ERR(EW_OK, ew_str_to_int64(EW_STR("-0"), &value));
  assert_true(value == 0);
  EXPECT_ERR(EW_ERR_RANGE, ew_str_to_int64(EW_STR("9223372036854775808"), &value));
  EXPECT_ERR(EW_ERR_RANGE, ew_str_to_int64(EW_STR("-9223372036854775809"), &value));
  EXPECT_ERR(EW_ERR_PATTERN, ew_str_to_int64(EW_STR("-"), &value));
  EXPECT_ERR(EW_ERR_PATTERN, ew_str_to_int64(EW_STR("--1"), &value));
}

/* -------------------------------------------------------------------------------------- doubles */

static ew_err read_double(const char *text, double *out) {
  ew__number number;
  ew__fault fault;
  assert_ptr_equal(text + strlen(text), scan(text, &number, &fault));
  return ew__parse_double(&number, out);
}

static void expect_same_double(const char *text) {
  double expected = strtod(text, NULL);
  double found = -1;
  ew_err err = read_double(text, &found);
  if (isinf(expected)) {
    EXPECT_ERR(EW_ERR_RANGE, err);
  } else {
    EXPECT_ERR(EW_OK, err);
    assert_memory_equal(&expected, &found, sizeof(found));
  }
}

static void hard_decimals_are_read_as_the_nearest_double(void **state) {
  (void)state;
  static const char *const texts[] = {
      "0",
      "-0",
      "0.0",
      "-0e5",
      "1",
      "0.1",
      "0.3",
      "123456789.123456789",
      "1e22",
      "1e23",
      "9007199254740993",
      "-9007199254740993",
      "9007199254740992.5",
      "1.7976931348623157e308",
      "1.7976931348623158e308",
      "1.7976931348623159e308",
      "1e308",
      "1e309",
      "1e400",
      "1e99999999999",
      "2.2250738585072014e-308",
      "2.2250738585072011e-308",
      "2.2250738585072012e-308",
      "4.9406564584124654e-324",
      "2.4703282292062327e-324",
      "2.4703282292062328e-324",
      "1e-324",
      "1e-400",
      "1e-99999999999",
      "6.631236846766476e-316",
      "3.237883913302901289588352412501532174863037669423108059901297049552301970670676565786835742587799557860615776559838283435514391084153169252689190564396459577394618038928365305143463955100356696665629202017331344031730044369360205258345803431471660032699580731300954848363975548690010751530018881758184174569652173110473696022749934638425380623369774736560008997404060967498028389191878963968575439222206416981462690113342524002724385941651051293552601421155333430225237291523843322331326138431477823591142408800030775170625915670728657003151953664260769822494937951845801530895238439819708403389937873241463484205608000027270531106827387907791444918534771598750162812548862768493201518991668028251730299953143924168545708663913273994694463908672332763671875e-319",
      "8.533e+68",
      "4.1006e-184",
      "9.998e+307",
      "9.9538452227e-280",
      "6.47660115e-260",
      "7.4e+47",
      "5.92e+48",
      "7.35e+66",
      "8.32116e+55",
      "0.500000000000000166533453693773481063544750213623046875",
      "3.518437208883201171875e13",
      "62.5364939768271845828",
      "8.10109172351e-10",
      "1.50000000000000011102230246251565",
      "1.00000005960464477539062499",
      "9007199254740991.4999999999999999999999999999999995",
      "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880",
      "0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
  };
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    expect_same_double(texts[i]);
  }
}

/* xorshift: the same numbers in every run. */
static uint64_t random_bits(void) {
  static uint64_t seed = 88172645463325252u;
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

static double random_double(unsigned i) {
  for (;;) {
    uint64_t bits = random_bits();
    if (i % 4 == 0) {
      bits &= 0x800fffffffffffffu; /* subnormal */
    } else if (i % 4 == 1) {
      bits = (bits & 0x803fffffffffffffu) | 0x3fc0000000000000u; /* of everyday size */
    } else if (i % 16 == 2) {
      bits &= 0xfff0000000000000u; /* a power of two */
    }
    double value;
    memcpy(&value, &bits, sizeof(value));
    if (isfinite(value)) {
      return value;
    }
  }
}

static unsigned count_digits(const char *text) {
  unsigned digits = 0, zeros = 0;
  bool leading = true;
  for (; *text != '\0' && *text != 'e'; text++) {
    if (*text < '0' || *text > '9' || (leading && *text == '0')) {
      continue;
    }
    leading = false;
    digits++;
    zeros = *text == '0' ? zeros + 1 : 0;
  }
  return digits - zeros;
}

static unsigned rounds(void) { return getenv("EW_UNDER_VALGRIND") != NULL ? 1000 : 60000; }

static void doubles_print_shortest_and_read_back_the_same(void **state) {
  (void)state;
  for (unsigned i = 0; i < rounds(); i++) {
    double value = random_double(i), again = 0;
    char text[EW__DOUBLE_CHARS + 1], longer[40];
    *ew__print_double(value, text) = '\0';
    EXPECT_ERR(EW_OK, read_double(text, &again));
    assert_memory_equal(&value, &again, sizeof(value));
    assert_true(strtod(text, NULL) == value);
    int precision = 0;
    do {
      snprintf(longer, sizeof(longer), "%.*e", precision++, value);
    } while (strtod(longer, NULL) != value);
    assert_true(count_digits(text) <= (unsigned)precision);
  }
}

static void long_decimals_near_halves_are_read_exactly(void **state) {
  (void)state;
  static char text[1300];
  for (unsigned i = 0; i < rounds() / 10; i++) {
    double value = fabs(random_double(i));
    double next = nextafter(value, DBL_MAX);
    snprintf(text, sizeof(text), "%.*e", (int)(random_bits() % 1000), value);
    expect_same_double(text);
    snprintf(text, sizeof(text), "%.1100Lf", ((long double)value + (long double)next) / 2);
    if (value < 1e100 && value > 1e-290) {
      expect_same_double(text);
      text[strlen(text) - 1] = '1';
      expect_same_double(text);
    }
    snprintf(text, sizeof(text), "%" PRIu64 "%" PRIu64 "e%d", random_bits() | 1, random_bits(),
             (int)(random_bits() % 700) - 380);
    expect_same_double(text);
  }
}

static void doubles_are_laid_out_as_ecmascript_does(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *text;
  } cases[] = {
      {0.0, "0"},
      {-0.0, "-0"},
      {1.0, "1"},
      {-1.5, "-1.5"},
      {100.0, "100"},
      {0.1, "0.1"},
      {0.000001, "0.000001"},
      {0.0000001, "1e-7"},
      {1.5e-7, "1.5e-7"},
      {123456789012345680000.0, "123456789012345680000"},
      {1e21, "1e+21"},
      {1.5e300, "1.5e+300"},
      {5e-324, "5e-324"},
      {-1.7976931348623157e308, "-1.7976931348623157e+308"},
      {333333333.33333329, "333333333.3333333"},
      {4.5, "4.5"},
      {2e-3, "0.002"},
      {9007199254740993.0, "9007199254740992"},
      {49.28272913, "49.28272913"},
      {-123.12034567890123, "-123.12034567890123"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    char text[EW__DOUBLE_CHARS + 1];
    *ew__print_double(cases[i].value, text) = '\0';
    assert_string_equal(cases[i].text, text);
  }
}

/* --------------------------------------------------------------------------------- powers of ten */

#define WORDS 40 /* of 32 bits, lowest first: 1280 bits hold 10^342 and the scaled divisions */

typedef struct big {
  uint32_t words[WORDS];
} big;

static void big_multiply(big *n, uint32_t factor) {
  uint64_t carry = 0;
  for (int i = 0; i < WORDS; i++) {
    carry += (uint64_t)n->words[i] * factor;
    n->words[i] = (uint32_t)carry;
    carry >>= 32;
  }
  assert_true(carry == 0);
}

static int big_compare(const big *a, const big *b) {
  for (int i = WORDS; i-- > 0;) {
    if (a->words[i] != b->words[i]) {
      return a->words[i] < b->words[i] ? -1 : 1;
    }
  }
  return 0;
}

static void big_subtract(big *a, const big *b) {
  uint64_t borrow = 0;
  for (int i = 0; i < WORDS; i++) {
    uint64_t difference = (uint64_t)a->words[i] - b->words[i] - borrow;
    a->words[i] = (uint32_t)difference;
    borrow = difference >> 63;
  }
}

/* The 128 leading bits of a / b by long division. */
static ew__power leading_bits(big a, big b) {
  while (big_compare(&a, &b) < 0) {
    big_multiply(&a, 2);
  }
  for (big twice = b; big_multiply(&twice, 2), big_compare(&twice, &a) <= 0;) {
    b = twice;
  }
  ew__power power = {0, 0};
  for (int i = 0; i < 128; i++) {
    power.high = power.high << 1 | power.low >> 63;
    power.low <<= 1;
    if (big_compare(&a, &b) >= 0) {
      big_subtract(&a, &b);
      power.low |= 1;
    }
    big_multiply(&a, 2);
  }
  return power;
}

static void expect_power(ew__power expected, int32_t exponent) {
  ew__power power = ew__power_of_ten(exponent);
  assert_true(power.high == expected.high && power.low == expected.low);
}

static void every_power_of_ten_is_exact(void **state) {
  (void)state;
  big one = {{1}};
  big ten = {{1}};
  for (int32_t k = 0; k <= -EW__POWER_MIN; k++) {
    if (k <= EW__POWER_MAX) {
      ew__power up = leading_bits(ten, one);
      expect_power(up, k);
    }
    ew__power down = leading_bits(one, ten);
    expect_power(down, -k);
    assert_true(down.low != UINT64_MAX);
    big_multiply(&ten, 10);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_end_where_the_grammar_says),
      cmocka_unit_test(integers_are_exact_and_never_wrap),
      cmocka_unit_test(natural_numbers_reach_64_bits_and_refuse_a_sign),
      cmocka_unit_test(integers_print_as_they_are),
      cmocka_unit_test(strings_are_read_as_integers),
      cmocka_unit_test(hard_decimals_are_read_as_the_nearest_double),
      cmocka_unit_test(doubles_print_shortest_and_read_back_the_same),
      cmocka_unit_test(long_decimals_near_halves_are_read_exactly),
      cmocka_unit_test(doubles_are_laid_out_as_ecmascript_does),
      cmocka_unit_test(every_power_of_ten_is_exact),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
