/* Times and durations of RFC 3339, and the durations of Go. */
#include "format_internal.h"

#include <string.h>

#define MINUTES_PER_DAY 1440u

/* ------------------------------------------------------------------------------------ RFC 3339 */

static uint32_t days_in(uint32_t year, uint32_t month) {
  static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

static bool take_date(ew__rest *r) {
  uint32_t year;
  uint32_t month;
  uint32_t day;
  return ew__take_number(r, 4, &year) && ew__take(r, '-') && ew__take_number(r, 2, &month) &&
         ew__take(r, '-') && ew__take_number(r, 2, &day) && month >= 1 && month <= 12 && day >= 1 &&
         day <= days_in(year, month);
}

/* Z or an offset, as the minutes to add for UTC, modulo a day. */
static bool take_offset(ew__rest *r, uint32_t *to_utc) {
  uint32_t hours;
  uint32_t minutes;
  *to_utc = 0;
  if (ew__take_letter(r, 'z')) {
    return true;
  }
  bool west = ew__take(r, '-');
  if ((!west && !ew__take(r, '+')) || !ew__take_number(r, 2, &hours) || !ew__take(r, ':') ||
      !ew__take_number(r, 2, &minutes) || hours > 23 || minutes > 59) {
    return false;
  }
  uint32_t offset = hours * 60 + minutes;
  *to_utc = west ? offset : MINUTES_PER_DAY - offset;
  return true;
}

static bool take_time(ew__rest *r) {
  uint32_t hour;
  uint32_t minute;
  uint32_t second;
  uint32_t to_utc;
  if (!ew__take_number(r, 2, &hour) || !ew__take(r, ':') || !ew__take_number(r, 2, &minute) ||
      !ew__take(r, ':') || !ew__take_number(r, 2, &second)) {
    return false;
  }
  if (ew__take(r, '.') && ew__take_all(r, ew__is_digit) == 0) {
    return false;
  }
  if (!take_offset(r, &to_utc) || hour > 23 || minute > 59 || second > 60) {
    return false;
  }
  return second < 60 || (hour * 60 + minute + to_utc) % MINUTES_PER_DAY == MINUTES_PER_DAY - 1;
}

static bool is_date(const char *ptr, size_t len) {
  ew__rest r = ew__rest_of(ptr, len);
  return take_date(&r) && ew__at_end(&r);
}

static bool is_time(const char *ptr, size_t len) {
  ew__rest r = ew__rest_of(ptr, len);
  return take_time(&r) && ew__at_end(&r);
}

static bool is_date_time(const char *ptr, size_t len) {
  ew__rest r = ew__rest_of(ptr, len);
  return take_date(&r) && ew__take_letter(&r, 't') && take_time(&r) && ew__at_end(&r);
}

/* Numbers with these units one after the other, from any unit on but with none left out between. */
static bool take_units(ew__rest *r, const char *units) {
  const char *next = NULL;
  while (ew__take_all(r, ew__is_digit) > 0) {
    int c = ew__next(r);
    const char *unit = ew__is_one_of(c, units) ? strchr(units, c) : NULL;
    if (unit == NULL || (next != NULL && unit != next)) {
      return false;
    }
    next = unit + 1;
    r->p++;
  }
  return next != NULL;
}

static bool is_weeks(ew__rest r) {
  return ew__take_all(&r, ew__is_digit) > 0 && ew__take(&r, 'W') && ew__at_end(&r);
}

static bool is_duration(const char *ptr, size_t len) {
  ew__rest r = ew__rest_of(ptr, len);
  if (!ew__take(&r, 'P')) {
    return false;
  }
  if (is_weeks(r)) {
    return true;
  }
  if (ew__next(&r) != 'T' && !take_units(&r, "YMD")) {
    return false;
  }
  return ew__at_end(&r) || (ew__take(&r, 'T') && take_units(&r, "HMS") && ew__at_end(&r));
}

const ew_schema_format ew_format_date = {"date", is_date};
const ew_schema_format ew_format_time = {"time", is_time};
const ew_schema_format ew_format_date_time = {"date-time", is_date_time};
const ew_schema_format ew_format_duration = {"duration", is_duration};

/* ------------------------------------------------------------------------------------------ Go */

#define NS_PER_MS UINT64_C(1000000)
/* What a duration has without its sign: 2^63 when it is negative. */
#define NS_MAX ((uint64_t)1 << 63)

/* Longer names first where one begins another. */
static const struct {
  const char *name;
  uint64_t ns;
} go_units[] = {
    {"ns", 1},
    {"us", 1000},
    {"\xc2\xb5s", 1000}, /* micro sign */
    {"\xce\xbcs", 1000}, /* Greek mu */
    {"ms", NS_PER_MS},
    {"s", 1000 * NS_PER_MS},
    {"m", 60 * 1000 * NS_PER_MS},
    {"h", 3600 * 1000 * NS_PER_MS},
};

static uint64_t take_go_unit(ew__rest *r) {
  for (size_t i = 0; i < sizeof(go_units) / sizeof(go_units[0]); i++) {
    if (ew__take_text(r, go_units[i].name)) {
      return go_units[i].ns;
    }
  }
  return 0;
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

static bool is_go_duration(const char *ptr, size_t len) {
  int64_t ns;
  return len <= EW_STR_MAX && ew_go_duration_read(ew_str_from(ptr, len), &ns);
}

const ew_schema_format ew_format_go_duration = {"go-duration", is_go_duration};
