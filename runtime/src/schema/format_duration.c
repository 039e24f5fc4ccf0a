/* The durations of Go, and those of FireFly, which may be milliseconds. */
#include "format_internal.h"

#define NS_PER_MS UINT64_C(1000000)
/* What a duration has without its sign: 2^63 when it is negative. */
#define NS_MAX ((uint64_t)1 << 63)

/* Behind the letter of micro, or the first byte of one of its two signs. */
static bool is_micro(ew__rest *r, int c) {
  int sign = c == 0xc2 ? 0xb5 : 0xbc; /* the micro sign, the Greek mu */
  return c == 'u' || ((c == 0xc2 || c == 0xce) && ew__take(r, (char)sign));
}

/* Nanoseconds of the unit, 0 when there is none. */
static uint64_t take_go_unit(ew__rest *r) {
  int c = ew__next(r);
  r->p += c >= 0;
  uint64_t alone = c == 's' ? 1000 * NS_PER_MS : 0;
  alone = c == 'm' ? 60 * 1000 * NS_PER_MS : alone;
  alone = c == 'h' ? 3600 * 1000 * NS_PER_MS : alone;
  uint64_t before_s = c == 'm' ? NS_PER_MS : c == 'n' ? 1 : is_micro(r, c) ? 1000 : 0;
  return before_s != 0 && ew__take(r, 's') ? before_s : alone;
}

/* Digits; how many there were. False beyond 2^63. */
static bool take_whole(ew__rest *r, uint64_t *value, size_t *count) {
  *value = 0;
  *count = 0;
  for (; ew__is_digit(ew__next(r)); r->p++, (*count)++) {
    uint64_t digit = (uint64_t)(ew__next(r) - '0');
    if (*value > NS_MAX / 10 || *value * 10 + digit > NS_MAX) {
      return false;
    }
    *value = *value * 10 + digit;
  }
  return true;
}

/*
 * Digits behind the point, as a part of scale. Those too small to matter are passed over, as Go
 * does.
 */
static size_t take_fraction(ew__rest *r, uint64_t *value, double *scale) {
  size_t count = 0;
  bool full = false;
  *value = 0;
  *scale = 1;
  for (; ew__is_digit(ew__next(r)); r->p++, count++) {
    uint64_t digit = (uint64_t)(ew__next(r) - '0');
    full = full || *value > (NS_MAX - 1) / 10 || *value * 10 + digit > NS_MAX;
    if (!full) {
      *value = *value * 10 + digit;
      *scale *= 10;
    }
  }
  return count;
}

/* One number with its unit, for example 3.5s, added to ns. */
static bool take_go_part(ew__rest *r, uint64_t *ns) {
  uint64_t whole;
  size_t digits;
  uint64_t fraction = 0;
  double scale = 1;
  if (!take_whole(r, &whole, &digits)) {
    return false;
  }
  if (ew__take(r, '.')) {
    digits += take_fraction(r, &fraction, &scale);
  }
  uint64_t unit = digits == 0 ? 0 : take_go_unit(r);
  if (unit == 0 || whole > NS_MAX / unit) {
    return false;
  }
  uint64_t part = whole * unit + (uint64_t)((double)fraction * ((double)unit / scale));
  if (part > NS_MAX - *ns) {
    return false;
  }
  *ns += part;
  return true;
}

bool ew_go_duration_read(ew_str text, int64_t *out) {
  ew__rest r = ew__rest_of(text.ptr, text.len);
  uint64_t ns = 0;
  bool negative = ew__take(&r, '-');
  if (!negative) {
    (void)ew__take(&r, '+');
  }
  bool zero = ew__left(&r) == 1 && ew__take(&r, '0');
  if (!zero && ew__at_end(&r)) {
    return false;
  }
  while (!ew__at_end(&r)) {
    if (!take_go_part(&r, &ns)) {
      return false;
    }
  }
  if (ns == NS_MAX && !negative) {
    return false;
  }
  *out = ns == NS_MAX ? INT64_MIN : negative ? -(int64_t)ns : (int64_t)ns;
  return true;
}

/*
 * A whole number with or without a sign. Nanoseconds beyond 64 bits are the most there are; the
 * number itself must fit.
 */
static bool read_milliseconds(ew_str text, int64_t *out) {
  ew__rest r = ew__rest_of(text.ptr, text.len);
  uint64_t value;
  size_t digits;
  bool negative = ew__take(&r, '-');
  if (!negative) {
    (void)ew__take(&r, '+');
  }
  if (!take_whole(&r, &value, &digits) || digits == 0 || !ew__at_end(&r) || value > INT64_MAX) {
    return false;
  }
  int64_t ns = value > INT64_MAX / NS_PER_MS ? INT64_MAX : (int64_t)(value * NS_PER_MS);
  *out = negative ? -ns : ns;
  return true;
}

bool ew_ff_duration_read(ew_str text, int64_t *out) {
  return ew_go_duration_read(text, out) || read_milliseconds(text, out);
}

static bool is_go_duration(const char *ptr, size_t len) {
  int64_t ns;
  return len <= EW_STR_MAX && ew_go_duration_read(ew_str_from(ptr, len), &ns);
}

static bool is_ff_duration(const char *ptr, size_t len) {
  int64_t ns;
  return len <= EW_STR_MAX && ew_ff_duration_read(ew_str_from(ptr, len), &ns);
}

const ew_format ew_format_go_duration = {
    "go-duration", "a duration of Go within 292 years: 1m30s, 250ms", is_go_duration, NULL};
const ew_format ew_format_ff_duration = {
    "ff-duration", "a duration of Go within 292 years, or milliseconds: 1m30s, 250ms, 250",
    is_ff_duration, NULL};
