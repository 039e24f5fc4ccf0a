/* Times and durations of RFC 3339. */
#include "format_internal.h"

#include <string.h>

#define MINUTES_PER_DAY 1440u

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

const ew_format ew_format_date = {"date", "a date of RFC 3339: 2006-01-02", is_date, NULL};
const ew_format ew_format_time = {"time", "a time of RFC 3339: 15:04:05Z", is_time, NULL};
const ew_format ew_format_date_time = {"date-time", "a time of RFC 3339: 2006-01-02T15:04:05Z",
                                       is_date_time, NULL};
const ew_format ew_format_duration = {"duration", "a duration of ISO 8601: P1DT12H", is_duration,
                                      NULL};
