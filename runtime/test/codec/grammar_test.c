/*
 * All short texts over small alphabets, judged as a naive parser judges them: numbers by their
 * grammar and value, JSON by its grammar and the place of the first wrong byte.
 *
 * Up to a certain length every text is tried; beyond it only what a viable beginning leads to,
 * since nothing that follows can save the others.
 */
#include "engines.h"

#include <inttypes.h>

#include "effort.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------------- all short texts */

typedef struct sweep {
  const char *const *symbols;
  size_t count;
  size_t all;    /* symbols in texts that are all tried */
  size_t viable; /* symbols in the longest texts */
  bool (*check)(const char *text, size_t len); /* true: more symbols can make it right */
  size_t tried;
} sweep;

static void extend(sweep *s, char *text, size_t len, size_t symbols) {
  bool viable = s->check(text, len);
  s->tried++;
  if (symbols >= s->viable || (symbols >= s->all && !viable)) {
    return;
  }
  for (size_t i = 0; i < s->count; i++) {
    size_t n = strlen(s->symbols[i]);
    memcpy(text + len, s->symbols[i], n);
    extend(s, text, len + n, symbols + 1);
  }
}

static void try_all(sweep s) {
  char text[256] = "";
  extend(&s, text, 0, 0);
  print_message("%zu texts\n", s.tried);
}

/* --------------------------------------------------------------------- numbers by their grammar */

/** A number as its digits, without the zeros that change nothing: digits * 10^exponent. */
typedef struct decimal {
  char digits[64];
  size_t count;
  long exponent;
  bool negative;
  bool plain;
} decimal;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *take_digits(const char *p, const char *end, decimal *d) {
  for (; p < end && is_digit(*p); p++) {
    d->digits[d->count++] = *p;
  }
  return p;
}

static const char *take_exponent(const char *p, const char *end, decimal *d) {
  char *behind = NULL;
  char text[64] = {0};
  if (p == end || (*p != 'e' && *p != 'E')) {
    return p;
  }
  d->plain = false;
  p++;
  const char *digits = p + (p < end && (*p == '+' || *p == '-') ? 1 : 0);
  if (digits == end || !is_digit(*digits)) {
    return NULL;
  }
  memcpy(text, p, (size_t)(end - p));
  d->exponent += strtol(text, &behind, 10);
  return p + (behind - text);
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static const char *take_number(const char *p, const char *end, decimal *d) {
  *d = (decimal){.plain = true};
  d->negative = p < end && *p == '-';
  p += d->negative ? 1 : 0;
  if (p == end || !is_digit(*p)) {
    return NULL;
  }
  p = *p == '0' ? p + 1 : take_digits(p, end, d);
  if (p < end && *p == '.') {
    const char *fraction = p + 1;
    p = take_digits(fraction, end, d);
    d->plain = false;
    d->exponent = -(long)(p - fraction);
    if (p == fraction) {
      return NULL;
    }
  }
  return take_exponent(p, end, d);
}

static void trim(decimal *d) {
  size_t zeros = 0;
  while (zeros < d->count && d->digits[zeros] == '0') {
    zeros++;
  }
  memmove(d->digits, d->digits + zeros, d->count -= zeros);
  while (d->count > 0 && d->digits[d->count - 1] == '0') {
    d->count--;
    d->exponent++;
  }
}

/* The verdict on an integer between -most_below and most, which are decimal texts. */
static ew_err judge_integer(decimal *d, const char *most_below, const char *most, char text[64]) {
  trim(d);
  const char *limit = d->negative ? most_below : most;
  if (d->count == 0) {
    memcpy(text, "0", 2);
    return EW_OK;
  }
  if (d->exponent < 0) {
    return EW_ERR_TYPE;
  }
  if (d->count + (size_t)d->exponent > strlen(limit)) {
    return EW_ERR_RANGE;
  }
  char *p = text;
  *p = '-';
  p += d->negative ? 1 : 0;
  memcpy(p, d->digits, d->count);
  memset(p + d->count, '0', (size_t)d->exponent);
  size_t len = d->count + (size_t)d->exponent;
  p[len] = '\0';
  bool over = len == strlen(limit) && memcmp(p, limit, len) > 0;
  return over ? EW_ERR_RANGE : EW_OK;
}

/* A fraction of more digits before its point than 64 bits hold may be called either. */
static void expect_verdict(ew_err expected, ew_err found, const decimal *trimmed) {
  bool either = expected == EW_ERR_TYPE && found == EW_ERR_RANGE &&
                (long)trimmed->count + trimmed->exponent >= 20;
  EXPECT_ERR(either ? found : expected, found);
}

#define INT_RULES(literal_) {.minimum = INT64_MIN, .maximum = INT64_MAX, .literal = (literal_)}
#define UINT_RULES(literal_) {.minimum = 0, .maximum = UINT64_MAX, .literal = (literal_)}

static const ew_int_rules LITERAL_INT = INT_RULES(true);
static const ew_uint_rules LITERAL_UINT = UINT_RULES(true);

static const char *read_int(ew_reader *r, const char *p, void *out) {
  return ew_read_int(r, p, NULL, (int64_t *)out);
}
static const char *read_uint(ew_reader *r, const char *p, void *out) {
  return ew_read_uint(r, p, NULL, (uint64_t *)out);
}
static const char *read_literal_int(ew_reader *r, const char *p, void *out) {
  return ew_read_int(r, p, &LITERAL_INT, (int64_t *)out);
}
static const char *read_literal_uint(ew_reader *r, const char *p, void *out) {
  return ew_read_uint(r, p, &LITERAL_UINT, (uint64_t *)out);
}
static const char *read_double(ew_reader *r, const char *p, void *out) {
  return ew_read_double(r, p, NULL, (double *)out);
}
static const char *read_num(ew_reader *r, const char *p, void *out) {
  return ew_read_num(r, p, (ew_num *)out);
}
static const char *read_raw(ew_reader *r, const char *p, void *out) {
  return ew_read_raw(r, p, 0, (ew_raw *)out);
}

static const ew_entry_type INT = ENGINES_TYPE(EW_KIND_INT, int64_t, read_int);
static const ew_entry_type UINT = ENGINES_TYPE(EW_KIND_UINT, uint64_t, read_uint);
static const ew_entry_type DOUBLE = ENGINES_TYPE(EW_KIND_DOUBLE, double, read_double);
static const ew_entry_type NUM = ENGINES_TYPE(EW_KIND_NUM, ew_num, read_num);
static const ew_entry_type RAW = ENGINES_TYPE(EW_KIND_RAW, ew_raw, read_raw);
static const ew_entry_type STRICT_INT = {
    .type = {.kind = EW_KIND_INT, .size = sizeof(int64_t), .head = EW_HEAD_ENTRY, .as = {.integer = &LITERAL_INT}},
    .schema = "#",
    .document = &ENGINES_DOCUMENT,
    .read = read_literal_int};
static const ew_entry_type STRICT_UINT = {
    .type = {.kind = EW_KIND_UINT, .size = sizeof(uint64_t), .head = EW_HEAD_ENTRY, .as = {.natural = &LITERAL_UINT}},
    .schema = "#",
    .document = &ENGINES_DOCUMENT,
    .read = read_literal_uint};

static void expect_int(const char *text, size_t len, const decimal *number) {
  char expected[64], found[64];
  int64_t value = 0, literal = 0;
  decimal d = *number;
  ew_err verdict = judge_integer(&d, "9223372036854775808", "9223372036854775807", expected);
  expect_verdict(verdict, decode_all_ways(&INT.type, text, len, &value), &d);
  ew_err strict = decode_all_ways(&STRICT_INT.type, text, len, &literal);
  EXPECT_ERR(number->plain ? verdict : EW_ERR_TYPE, strict);
  if (verdict == EW_OK) {
    snprintf(found, sizeof(found), "%" PRId64, value);
    assert_string_equal(expected, found);
    assert_true(strict != EW_OK || literal == value);
  }
}

static void expect_uint(const char *text, size_t len, const decimal *number) {
  char expected[64], found[64];
  uint64_t value = 0, literal = 0;
  decimal d = *number;
  ew_err verdict = judge_integer(&d, "", "18446744073709551615", expected);
  expect_verdict(verdict, decode_all_ways(&UINT.type, text, len, &value), &d);
  ew_err strict = decode_all_ways(&STRICT_UINT.type, text, len, &literal);
  EXPECT_ERR(number->plain ? verdict : EW_ERR_TYPE, strict);
  if (verdict == EW_OK) {
    snprintf(found, sizeof(found), "%" PRIu64, value);
    assert_string_equal(expected, found);
    assert_true(strict != EW_OK || literal == value);
  }
}

static void expect_nearest(const char *text, size_t len) {
  char copy[256];
  double value = 0;
  memcpy(copy, text, len);
  copy[len] = '\0';
  double expected = strtod(copy, NULL);
  bool finite = expected - expected == 0;
  EXPECT_ERR(finite ? EW_OK : EW_ERR_RANGE, decode_all_ways(&DOUBLE.type, text, len, &value));
  assert_true(!finite || memcmp(&expected, &value, sizeof(value)) == 0);
}

/* What is no number is none for any reader. */
static void expect_no_number(const char *text, size_t len) {
  uint64_t value[ENGINES_VALUE / 8];
  const ew_type *types[] = {&INT.type, &UINT.type, &DOUBLE.type, &NUM.type, &RAW.type};
  for (size_t i = 0; i < COUNT(types); i++) {
    assert_true(decode_all_ways(types[i], text, len, value) != EW_OK);
  }
}

static bool check_number(const char *text, size_t len) {
  decimal d;
  const char *end = take_number(text, text + len, &d);
  bool whole = end == text + len;
  if (!whole) {
    expect_no_number(text, len);
  } else {
    ew_num num = {0};
    expect_int(text, len, &d);
    expect_uint(text, len, &d);
    expect_nearest(text, len);
    EXPECT_ERR(EW_OK, decode_all_ways(&NUM.type, text, len, &num));
    assert_true(num.digits.len == len && memcmp(num.digits.ptr, text, len) == 0);
  }
  decimal next;
  char longer[64];
  memcpy(longer, text, len);
  longer[len] = '1';
  return whole || take_number(longer, longer + len + 1, &next) == longer + len + 1;
}

static void every_short_text_is_a_number_by_the_grammar_or_none(void **state) {
  (void)state;
  static const char *const symbols[] = {"0", "1", "9", "-", "+", ".", "e", "E"};
  try_all((sweep){.symbols = symbols,
                  .count = COUNT(symbols),
                  .all = effort(3, 6, 7),
                  .viable = effort(4, 7, 8),
                  .check = check_number});
}

/* ------------------------------------------------------------------------- integers of any size */

/* The number with other texts around it, so that its digits end anywhere in a block. */
static void check_integer(const char *text) {
  char spaced[256];
  size_t len = strlen(text);
  check_number(text, len);
  for (size_t before = 0; before <= 16; before++) {
    int64_t alone = 0, value = 0;
    ew_err err = decode_all_ways(&INT.type, text, len, &alone);
    size_t behind = 16 - before;
    memset(spaced, ' ', sizeof(spaced));
    memcpy(spaced + before, text, len);
    bool cut = err == EW_ERR_TRUNCATED && behind > 0; /* it goes on, but wrongly */
    EXPECT_ERR(cut ? EW_ERR_SYNTAX : err,
               decode_all_ways(&INT.type, spaced, before + len + behind, &value));
    assert_true(value == alone);
  }
}

static void check_spellings(const char *digits) {
  static const char *const spellings[] = {"%s",    "-%s",    "0%s",   "-0%s",   "%s.0",    "%s.5",
                                          "%se0",  "%s0e-1", "%se1",  "%s.00e1", "%s000e-3", "%se-1",
                                          "-%s.0", "-%se+0", "%s.",   "+%s",    "%s-",     "%s1"};
  char text[128];
  for (size_t i = 0; i < COUNT(spellings); i++) {
    const char *at = strchr(spellings[i], '%');
    snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - spellings[i]), spellings[i], digits, at + 2);
    check_integer(text);
  }
}

static void integers_of_every_length_are_exact(void **state) {
  (void)state;
  static const char firsts[] = "1289";
  char digits[64];
  size_t step = effort(7, 1, 1);
  for (size_t len = 1; len <= 25; len += step) {
    for (size_t i = 0; i + 1 < sizeof(firsts); i++) {
      for (char fill = '0'; fill <= '9'; fill += 3) {
        memset(digits, fill, len);
        digits[0] = firsts[i];
        digits[len] = '\0';
        check_spellings(digits);
      }
    }
  }
}

static void the_ends_of_64_bits_are_exact(void **state) {
  (void)state;
  static const uint64_t ends[] = {INT64_MAX, UINT64_MAX, UINT32_MAX, (uint64_t)1 << 53,
                                  1000000000000000000, 10000000000000000000u};
  char digits[64];
  for (size_t i = 0; i < COUNT(ends); i++) {
    for (uint64_t d = 0; d <= 3; d++) {
      snprintf(digits, sizeof(digits), "%" PRIu64, ends[i] - d);
      check_spellings(digits);
      snprintf(digits, sizeof(digits), "%" PRIu64, ends[i] / 10);
      size_t len = strlen(digits);
      digits[len] = (char)('0' + ends[i] % 10 + d); /* one to three above, without 64 bits */
      digits[len + 1] = '\0';
      if (digits[len] <= '9') {
        check_spellings(digits);
      }
    }
  }
}

/* ----------------------------------------------------------------------------- JSON, naively */

/** A recursive parser of RFC 8259 that stops at the first byte that cannot be right. */
typedef struct naive {
  const char *p;
  const char *end;
  unsigned depth_left;
  ew_err err;
} naive;

static bool wrong(naive *n) {
  n->err = n->p == n->end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX;
  return false;
}

static void blanks(naive *n) {
  while (n->p < n->end && strchr(" \t\r\n", *n->p) != NULL && *n->p != '\0') {
    n->p++;
  }
}

static bool next_is(const naive *n, char c) { return n->p < n->end && *n->p == c; }

static bool take(naive *n, char c) {
  if (!next_is(n, c)) {
    return wrong(n);
  }
  n->p++;
  return true;
}

static bool take_word(naive *n, const char *word) {
  for (; *word != '\0'; word++) {
    if (!take(n, *word)) {
      return false;
    }
  }
  return true;
}

static bool take_unit(naive *n, unsigned *unit) {
  *unit = 0;
  for (int i = 0; i < 4; i++) {
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *at = n->p < n->end && *n->p != '\0' ? strchr(digits, *n->p) : NULL;
    if (at == NULL) {
      return wrong(n);
    }
    *unit = *unit * 16 + (unsigned)(at - digits) % 16;
    n->p++;
  }
  return true;
}

static bool lone(naive *n, const char *at) {
  n->p = at;
  n->err = EW_ERR_SURROGATE;
  return false;
}

/* Behind \u: a high half must be followed by a low one; the high one is what is wrong. */
static bool take_code_point(naive *n) {
  const char *at = n->p - 2;
  unsigned unit = 0;
  if (!take_unit(n, &unit)) {
    return false;
  }
  if (unit >= 0xdc00 && unit < 0xe000) {
    return lone(n, at);
  }
  if (unit < 0xd800 || unit >= 0xe000) {
    return true;
  }
  size_t left = (size_t)(n->end - n->p);
  if (left < 2 && (left == 0 || *n->p == '\\')) {
    n->p = n->end;
    return wrong(n);
  }
  if (n->p[0] != '\\' || n->p[1] != 'u') {
    return lone(n, at);
  }
  n->p += 2;
  if (!take_unit(n, &unit)) {
    return false;
  }
  return (unit >= 0xdc00 && unit < 0xe000) || lone(n, at);
}

static bool take_escape(naive *n) {
  if (n->p < n->end && *n->p == 'u') {
    n->p++;
    return take_code_point(n);
  }
  if (n->p == n->end || *n->p == '\0' || strchr("\"\\/bfnrt", *n->p) == NULL) {
    return wrong(n);
  }
  n->p++;
  return true;
}

static bool take_string(naive *n) {
  if (!take(n, '"')) {
    return false;
  }
  while (!next_is(n, '"')) {
    bool escape = next_is(n, '\\');
    if (n->p == n->end || (unsigned char)*n->p < 0x20) {
      return wrong(n);
    }
    n->p++;
    if (escape && !take_escape(n)) {
      return false;
    }
  }
  n->p++;
  return true;
}

static bool take_some_digits(naive *n) {
  if (n->p == n->end || !is_digit(*n->p)) {
    return wrong(n);
  }
  while (n->p < n->end && is_digit(*n->p)) {
    n->p++;
  }
  return true;
}

static bool take_number_of(naive *n) {
  n->p += next_is(n, '-') ? 1 : 0;
  bool zero = next_is(n, '0');
  n->p += zero ? 1 : 0;
  if (zero && n->p < n->end && is_digit(*n->p)) {
    return wrong(n);
  }
  if (!zero && !take_some_digits(n)) {
    return false;
  }
  if (next_is(n, '.')) {
    n->p++;
    if (!take_some_digits(n)) {
      return false;
    }
  }
  if (next_is(n, 'e') || next_is(n, 'E')) {
    n->p++;
    n->p += next_is(n, '+') || next_is(n, '-') ? 1 : 0;
    return take_some_digits(n);
  }
  return true;
}

static bool take_value(naive *n);

static bool take_pair(naive *n, bool object) {
  if (object) {
    blanks(n);
    if (!take_string(n)) {
      return false;
    }
    blanks(n);
    if (!take(n, ':')) {
      return false;
    }
  }
  return take_value(n);
}

static bool take_items(naive *n, bool object) {
  char close = object ? '}' : ']';
  if (n->depth_left == 0) {
    n->err = EW_ERR_DEPTH;
    return false;
  }
  n->depth_left--;
  n->p++;
  blanks(n);
  bool more = !next_is(n, close);
  while (more) {
    if (!take_pair(n, object)) {
      return false;
    }
    blanks(n);
    more = next_is(n, ',');
    n->p += more ? 1 : 0;
  }
  n->depth_left++;
  return take(n, close);
}

static bool take_value(naive *n) {
  blanks(n);
  if (n->p == n->end) {
    return wrong(n);
  }
  switch (*n->p) {
  case '{':
  case '[':
    return take_items(n, *n->p == '{');
  case '"':
    return take_string(n);
  case 'n':
    return take_word(n, "null");
  case 't':
    return take_word(n, "true");
  case 'f':
    return take_word(n, "false");
  default:
    return *n->p == '-' || is_digit(*n->p) ? take_number_of(n) : wrong(n);
  }
}

/* 0xff stands for all that is no UTF-8. What is wrong before it comes first. */
static naive parse_naively(const char *text, size_t len, unsigned depth) {
  const char *bad = memchr(text, 0xff, len);
  naive n = {text, bad == NULL ? text + len : bad, depth, EW_OK};
  if (take_value(&n)) {
    blanks(&n);
    n.err = n.p == n.end ? EW_OK : EW_ERR_TRAILING;
  }
  if (bad != NULL && n.p == bad) {
    n.err = EW_ERR_UTF8;
  }
  return n;
}

#define DEPTH 3u

static bool check_json(const char *text, size_t len) {
  naive expected = parse_naively(text, len, DEPTH);
  ew_diag diag = {0};
  ew_err err = ew_json_check(ew_str_from(text, len), DEPTH, &diag);
  if (err != expected.err || (err != EW_OK && diag.offset != (size_t)(expected.p - text))) {
    fail_msg("%.*s: %s at %zu expected, found %s at %zu", (int)len, text,
             ew_err_name(expected.err), (size_t)(expected.p - text), ew_err_name(err), diag.offset);
  }
  ew_raw raw = {{0}};
  ew_err decoded = decode_all_ways(&RAW.type, text, len, &raw);
  if (expected.err != EW_ERR_DEPTH) {
    EXPECT_ERR(expected.err, decoded);
  }
  return expected.err == EW_OK || expected.err == EW_ERR_TRUNCATED;
}

static void every_short_text_of_single_bytes_is_json_or_not(void **state) {
  (void)state;
  static const char *const symbols[] = {"[", "]", "{", "}", ",",  ":", "\"",
                                        "a", "1", " ", "\\", "n", "u"};
  try_all((sweep){.symbols = symbols,
                  .count = COUNT(symbols),
                  .all = effort(3, 5, 6),
                  .viable = effort(3, 7, 8),
                  .check = check_json});
}

static void every_short_text_of_tokens_is_json_or_not(void **state) {
  (void)state;
  static const char *const symbols[] = {
      "[",     "]",         "{",         "}",       ",",    ":",    "\"",  "\"a\"",
      "null",  "-1.5e+3",   "\\ud83d",   "\\ude00", "\\u0041", "\\", "\xc3\xa9", "\xff",
      "\n\t\r ", "true", "fals", "0"};
  try_all((sweep){.symbols = symbols,
                  .count = COUNT(symbols),
                  .all = effort(2, 4, 5),
                  .viable = effort(2, 5, 7),
                  .check = check_json});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_short_text_is_a_number_by_the_grammar_or_none),
      cmocka_unit_test(integers_of_every_length_are_exact),
      cmocka_unit_test(the_ends_of_64_bits_are_exact),
      cmocka_unit_test(every_short_text_of_single_bytes_is_json_or_not),
      cmocka_unit_test(every_short_text_of_tokens_is_json_or_not),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
