#include "eventwire/block.h"
#include "straight_internal.h"

/* ------------------------------------------------------------------------------------- scanning */

EW__SMALL static const char *need_digit(const char *p, const char *end, ew__fault *fault) {
  if (p == end) {
    return ew__refuse(fault, EW_ERR_TRUNCATED, p, "a digit");
  }
  return ew__is_digit(*p) ? p : ew__refuse(fault, EW_ERR_SYNTAX, p, "a digit");
}

/* Takes a digit into the mantissa. False: there is no room for it. */
static bool add_digit(ew__number *n, unsigned digit) {
  if (n->mantissa > UINT64_MAX / 10 ||
      (n->mantissa == UINT64_MAX / 10 && digit > UINT64_MAX % 10)) {
    return false;
  }
  n->mantissa = n->mantissa * 10 + digit;
  return true;
}

EW__SMALL const char *ew__pass_digits(const char *p, const char *end, char last) {
  const uint64_t each = 0x0101010101010101u;
  const uint64_t above = (uint64_t)(0x7f - (last - '0')) * each;
  for (; end - p >= 8; p += 8) {
    uint64_t digits = ew_load64(p) - '0' * each;
    if (((digits | (digits + above)) & 0x80 * each) != 0) { /* one is below 0 or above the last */
      break;
    }
  }
  while (p < end && *p >= '0' && *p <= last) {
    p++;
  }
  return p;
}

/* Once a digit was left out, all behind it are: before the point each is a power of ten. */
EW__SMALL static const char *scan_digits(const char *p, const char *end, ew__number *n, bool *full,
                                         bool fraction) {
  if (fraction && n->mantissa == 0) {
    const char *behind = ew__pass_digits(p, end, '0');
    n->exponent -= behind - p;
    p = behind;
  }
  for (; !*full && p < end && ew__is_digit(*p) && add_digit(n, (unsigned)(*p - '0')); p++) {
    n->exponent -= fraction;
  }
  *full = *full || (p < end && ew__is_digit(*p));
  const char *behind = ew__pass_digits(p, end, '9');
  n->cut = n->cut || ew__pass_digits(p, behind, '0') != behind;
  n->exponent += fraction ? 0 : behind - p;
  return behind;
}

/* Far beyond any double, far from the end of int64_t: the length of a text cannot bring it back. */
#define EXPONENT_LIMIT 1000000000000000

EW__SMALL static EW_NOINLINE const char *scan_exponent(const char *p, const char *end,
                                                       ew__number *n, ew__fault *fault) {
  bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) {
    p++;
  }
  p = need_digit(p, end, fault);
  int64_t exponent = 0;
  if (p == NULL) {
    return NULL;
  }
  p = ew__pass_digits(p, end, '0');
  for (; exponent < EXPONENT_LIMIT && p < end && ew__is_digit(*p); p++) {
    exponent = exponent * 10 + (*p - '0');
  }
  p = ew__pass_digits(p, end, '9');
  n->exponent += negative ? -exponent : exponent;
  return p;
}

EW__SMALL static const char *scan_rest(const char *p, const char *end, ew__number *n, bool full,
                                       ew__fault *fault) {
  if (p < end && *p == '.') {
    n->plain = false;
    p = need_digit(p + 1, end, fault);
    if (p == NULL) {
      return NULL;
    }
    p = scan_digits(p, end, n, &full, true);
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    n->plain = false;
    p = scan_exponent(p + 1, end, n, fault);
  }
  return p;
}

EW__SMALL const char *ew__scan_number(const char *p, const char *end, ew__number *out,
                                      ew__fault *fault) {
  ew__number n = {.ptr = p, .plain = true};
  if (p < end && *p == '-') {
    n.negative = true;
    p++;
  }
  p = need_digit(p, end, fault);
  if (p == NULL) {
    return NULL;
  }
  bool full = false;
  if (*p == '0' && end - p > 1 && ew__is_digit(p[1])) {
    return ew__refuse(fault, EW_ERR_SYNTAX, p + 1, "no digit behind a leading zero");
  }
  p = *p == '0' ? p + 1 : scan_digits(p, end, &n, &full, false);
  p = scan_rest(p, end, &n, full, fault);
  if (p == NULL) {
    return NULL;
  }
  n.end = p;
  *out = n;
  return p;
}

/* ------------------------------------------------------------------------------------- integers */

/* The value without its sign. */
EW__SMALL static ew_err magnitude(const ew__number *n, bool literal, uint64_t *out) {
  uint64_t value = n->mantissa;
  int64_t exponent = n->exponent;
  if (literal && !n->plain) {
    return EW_ERR_TYPE;
  }
  if (value == 0) {
    *out = 0;
    return n->cut ? EW_ERR_TYPE : EW_OK;
  }
  if (n->cut) {
    return exponent > 0 ? EW_ERR_RANGE : EW_ERR_TYPE;
  }
  for (; exponent < 0; exponent++) {
    if (value % 10 != 0) {
      return EW_ERR_TYPE;
    }
    value /= 10;
  }
  for (; exponent > 0; exponent--) {
    if (value > UINT64_MAX / 10) {
      return EW_ERR_RANGE;
    }
    value *= 10;
  }
  *out = value;
  return EW_OK;
}

/* Zeros at the end of a mantissa are an exponent; zero has neither sign nor exponent. */
EW__COLD static EW_NOINLINE bool scan_normal(const char *p, const char *end, ew__number *n) {
  ew__fault fault;
  if (ew__scan_number(p, end, n, &fault) != end) {
    return false;
  }
  while (n->mantissa != 0 && n->mantissa % 10 == 0) {
    n->mantissa /= 10;
    n->exponent++;
  }
  if (n->mantissa == 0) {
    n->exponent = 0;
    n->negative = false;
  }
  return true;
}

/* A number of more digits than 64 bits hold is none other than itself. */
EW__COLD bool ew__is_same_number(ew__span span, ew_text text) {
  ew__number a, b;
  if (!scan_normal(span.ptr, span.ptr + span.len, &a) ||
      !scan_normal(text.ptr, text.ptr + text.len, &b)) {
    return false;
  }
  if (a.cut || b.cut) {
    return ew__span_is(span, text);
  }
  return a.mantissa == b.mantissa && a.exponent == b.exponent && a.negative == b.negative;
}

EW__SMALL ew_err ew__parse_int(const ew__number *number, bool literal, int64_t *out) {
  uint64_t value = 0;
  ew_err err = magnitude(number, literal, &value);
  if (err != EW_OK) {
    return err;
  }
  if (number->negative) {
    if (value > (uint64_t)INT64_MAX + 1) {
      return EW_ERR_RANGE;
    }
    *out = value == 0 ? 0 : -(int64_t)(value - 1) - 1;
    return EW_OK;
  }
  if (value > (uint64_t)INT64_MAX) {
    return EW_ERR_RANGE;
  }
  *out = (int64_t)value;
  return EW_OK;
}

EW__SMALL ew_err ew__parse_uint(const ew__number *number, bool literal, uint64_t *out) {
  uint64_t value = 0;
  ew_err err = magnitude(number, literal, &value);
  if (err != EW_OK) {
    return err;
  }
  if (number->negative && value != 0) {
    return EW_ERR_RANGE;
  }
  *out = value;
  return EW_OK;
}

ew_err ew__check_int(const ew_int_rules *rules, int64_t value) {
  bool fits = rules == NULL || (value >= rules->minimum && value <= rules->maximum);
  return fits ? EW_OK : EW_ERR_RANGE;
}

ew_err ew__check_uint(const ew_uint_rules *rules, uint64_t value) {
  bool fits = rules == NULL || (value >= rules->minimum && value <= rules->maximum);
  return fits ? EW_OK : EW_ERR_RANGE;
}

EW__SMALL ew_err ew__check_double(const ew_double_rules *rules, double value) {
  if (rules == NULL) {
    return EW_OK;
  }
  bool above = rules->exclusive_minimum ? value > rules->minimum : value >= rules->minimum;
  bool below = rules->exclusive_maximum ? value < rules->maximum : value <= rules->maximum;
  return above && below ? EW_OK : EW_ERR_RANGE;
}

/* ------------------------------------------------------------------------------------- refusals */

EW__COLD static const char *bounds_of(const ew_type *type) {
  return type->kind == EW_KIND_INT    ? type->as.integer->expected
         : type->kind == EW_KIND_UINT ? type->as.natural->expected
                                      : type->as.number->expected;
}

EW__COLD static EW_NOINLINE ew_err ask_bound(const ew_type *type, bool below, bool exclusive,
                                             ew__asked *asked) {
  const char *says = bounds_of(type);
  asked->expected = says != NULL ? says : below ? "a greater number" : "a smaller number";
  asked->keyword = exclusive ? below ? "/exclusiveMinimum" : "/exclusiveMaximum"
                   : below   ? "/minimum"
                             : "/maximum";
  return EW_ERR_RANGE;
}

/*
 * A number that is no integer, outside of 64 bits or of its bounds. What the schema bounds on that
 * side is outside of its bound too, and that says more.
 */
EW__COLD static ew_err ask_integer(const ew_type *type, const ew__number *number,
                                   ew__asked *asked) {
  const ew_int_rules *of_int = type->as.integer;
  const ew_uint_rules *of_uint = type->as.natural;
  bool below = number->negative;
  bool bounded = of_int != NULL;
  bool literal = bounded && (type->kind == EW_KIND_INT ? of_int->literal : of_uint->literal);
  ew_err err;
  if (type->kind == EW_KIND_INT) {
    int64_t value = 0;
    bounded = bounded && (below ? of_int->minimum > INT64_MIN : of_int->maximum < INT64_MAX);
    err = ew__parse_int(number, literal, &value);
    below = err == EW_OK ? value < of_int->minimum : below;
  } else {
    uint64_t value = 0;
    bounded = bounded && (below || of_uint->maximum < UINT64_MAX);
    err = ew__parse_uint(number, literal, &value);
    below = err == EW_OK ? value < of_uint->minimum : below;
  }
  if (err == EW_OK || (err == EW_ERR_RANGE && bounded)) {
    return ask_bound(type, below, false, asked);
  }
  asked->keyword = "/type";
  asked->expected = err == EW_ERR_TYPE ? "an integer" : "an integer of 64 bits";
  return err;
}

EW__COLD ew_err ew__ask_number(const ew_type *type, const ew__number *number, ew__asked *asked) {
  if (type->kind != EW_KIND_DOUBLE) {
    return ask_integer(type, number, asked);
  }
  const ew_double_rules *rules = type->as.number;
  double value = 0;
  if (ew__parse_double(number, &value) != EW_OK) {
    *asked = (ew__asked){"/type", "a number that a double can hold"};
    return EW_ERR_RANGE;
  }
  bool below = value < rules->minimum || (rules->exclusive_minimum && value <= rules->minimum);
  return ask_bound(type, below, below ? rules->exclusive_minimum : rules->exclusive_maximum, asked);
}

/* ------------------------------------------------------------------------------------- printing */

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

const uint64_t ew__powers_of_ten[20] = {
    1u,
    10u,
    100u,
    1000u,
    10000u,
    100000u,
    1000000u,
    10000000u,
    100000000u,
    1000000000u,
    10000000000u,
    100000000000u,
    1000000000000u,
    10000000000000u,
    100000000000000u,
    1000000000000000u,
    10000000000000000u,
    100000000000000000u,
    1000000000000000000u,
    10000000000000000000u};

/* 1233 / 4096 is a little more than the decimal digits of a bit. */
static unsigned count_digits(uint64_t value) {
  unsigned guess = (ew_highest_bit(value | 1) + 1) * 1233 >> 12;
  return guess + ((value | 1) >= ew__powers_of_ten[guess]);
}

EW__SMALL char *ew__print_uint(uint64_t value, char *to) {
  char *end = to + count_digits(value);
  char *p = end;
  while (value >= 100) {
    p -= 2;
    memcpy(p, pairs + value % 100 * 2, 2);
    value /= 100;
  }
  if (value >= 10) {
    memcpy(to, pairs + value * 2, 2);
  } else {
    *to = (char)('0' + value);
  }
  return end;
}

char *ew__print_int(int64_t value, char *to) {
  if (value >= 0) {
    return ew__print_uint((uint64_t)value, to);
  }
  *to = '-';
  return ew__print_uint(0 - (uint64_t)value, to + 1);
}
