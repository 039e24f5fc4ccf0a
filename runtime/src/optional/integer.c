/* Integers that are written as strings. */
#include "../codec/straight_internal.h"

EW__SMALL static int digit_of(char c, unsigned base) {
  int value = ew__is_digit(c)                          ? c - '0'
              : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                       : -1;
  return value >= 0 && (unsigned)value < base ? value : -1;
}

EW__SMALL ew_err ew_str_to_uint64(ew_str text, uint64_t *out) {
  const char *p = text.ptr;
  uint32_t len = text.len;
  unsigned base = 10;
  if (ew_str_is_too_long(text)) {
    return EW_ERR_TOO_LARGE;
  }
  if (ew__is_nowhere(&text)) {
    return EW_ERR_ARGUMENT;
  }
  if (len > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
    base = 16;
    p += 2;
    len -= 2;
  }
  uint64_t value = 0;
  bool over = false;
  for (uint32_t i = 0; i < len; i++) {
    int digit = digit_of(p[i], base);
    if (digit < 0) {
      return EW_ERR_PATTERN;
    }
    over = over || value > (UINT64_MAX - (unsigned)digit) / base;
    value = value * base + (unsigned)digit;
  }
  if (len == 0 || over) {
    return len == 0 ? EW_ERR_PATTERN : EW_ERR_RANGE;
  }
  *out = value;
  return EW_OK;
}

EW__SMALL ew_err ew_str_to_int64(ew_str text, int64_t *out) {
  bool negative = text.ptr != NULL && text.len > 0 && text.ptr[0] == '-';
  bool whole = !negative || ew_str_is_too_long(text);
  ew_str rest = whole ? text : ew_str_from(text.ptr + 1, text.len - 1);
  uint64_t value = 0;
  ew_err err = ew_str_to_uint64(rest, &value);
  if (err != EW_OK) {
    return err;
  }
  if (value > (uint64_t)INT64_MAX + (negative ? 1 : 0)) {
    return EW_ERR_RANGE;
  }
  *out = !negative ? (int64_t)value : value == 0 ? 0 : -(int64_t)(value - 1) - 1;
  return EW_OK;
}
