/*
 * exact_decimal.h - all digits of m * 2^e, by school arithmetic: what no rounding can blur.
 */
#ifndef EW_CODEC_TEST_EXACT_DECIMAL_H
#define EW_CODEC_TEST_EXACT_DECIMAL_H

#include <stdint.h>
#include <string.h>

/** 54 bits * 2^-1075 has 1075 places, 54 bits * 2^971 has 309 digits. */
#define EXACT_CHARS 1200

/* digits: count digits, lowest first. Returns the new count. */
static inline size_t exact_times(char *digits, size_t count, unsigned factor) {
  unsigned carry = 0;
  for (size_t i = 0; i < count || carry > 0; i++) {
    unsigned sum = (i < count ? (unsigned)digits[i] : 0) * factor + carry;
    digits[i] = (char)(sum % 10);
    carry = sum / 10;
    count = i < count ? count : i + 1;
  }
  return count;
}

/** Writes m * 2^e without exponent, NUL-terminated; m is not 0. Returns its length. */
static inline size_t exact_decimal(uint64_t m, int e, char *to) {
  char digits[EXACT_CHARS];
  size_t count = 0;
  for (; m > 0; m /= 10) {
    digits[count++] = (char)(m % 10);
  }
  for (int i = 0; i < (e < 0 ? -e : e); i++) {
    count = exact_times(digits, count, e < 0 ? 5 : 2);
  }
  size_t places = e < 0 ? (size_t)-e : 0; /* m * 2^e = m * 5^-e / 10^-e */
  while (count <= places) {
    digits[count++] = 0;
  }
  char *p = to;
  while (count > 0) {
    if (count == places) {
      *p++ = '.';
    }
    *p++ = (char)('0' + digits[--count]);
  }
  *p = '\0';
  return (size_t)(p - to);
}

#endif
