#include "decimal_internal.h"

/* Exponents beyond this make no difference any more: no text is as long. */
#define FAR INT64_C(1000000000000000)

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int64_t read_exponent(const char *p, const char *end) {
  bool negative = p < end && *p == '-';
  int64_t value = 0;
  for (p += p < end && !is_digit(*p); p < end; p++) {
    value = value < FAR ? value * 10 + (*p - '0') : FAR;
  }
  return negative ? -value : value;
}

ew__decimal ew__decimal_read(const char *ptr, size_t len) {
  const char *end = ptr + len;
  ew__decimal number = {.negative = len > 0 && *ptr == '-'};
  const char *p = ptr + (number.negative ? 1 : 0);
  int64_t place = 0; /* digits before the point, counted from the first one on */
  int64_t seen = 0;
  bool behind_point = false;
  for (; p < end && (*p | 0x20) != 'e'; p++) {
    if (*p == '.') {
      behind_point = true;
      continue;
    }
    place += behind_point ? 0 : 1;
    if (*p != '0') {
      if (number.first == NULL) {
        number.first = p;
        number.top = seen;
      }
      number.last = p;
      number.bottom = seen;
    }
    seen++;
  }
  int64_t exponent = place - 1 + (p < end ? read_exponent(p + 1, end) : 0);
  number.top = exponent - number.top;
  number.bottom = exponent - number.bottom;
  return number;
}

/* The digit behind p, over the point. */
static const char *next_digit(const char *p) { return p[1] == '.' ? p + 2 : p + 1; }

static int compare_digits(const ew__decimal *a, const ew__decimal *b) {
  const char *p = a->first;
  const char *q = b->first;
  for (;; p = next_digit(p), q = next_digit(q)) {
    if (*p != *q) {
      return *p < *q ? -1 : 1;
    }
    if (p == a->last || q == b->last) {
      return (q == b->last) - (p == a->last);
    }
  }
}

static int compare_sizes(const ew__decimal *a, const ew__decimal *b) {
  if (a->first == NULL || b->first == NULL) {
    return (a->first != NULL) - (b->first != NULL);
  }
  return a->top != b->top ? (a->top < b->top ? -1 : 1) : compare_digits(a, b);
}

int ew__decimal_compare(const ew__decimal *a, const ew__decimal *b) {
  bool a_below = a->negative && a->first != NULL; /* -0 is 0 */
  bool b_below = b->negative && b->first != NULL;
  if (a_below != b_below) {
    return a_below ? -1 : 1;
  }
  return a_below ? compare_sizes(b, a) : compare_sizes(a, b);
}

bool ew__decimal_is_integer(const ew__decimal *number) {
  return number->first == NULL || number->bottom >= 0;
}

static uint64_t small_value(const ew__decimal *number) {
  uint64_t value = 0;
  for (const char *p = number->first;; p = next_digit(p)) {
    value = value * 10 + (uint64_t)(*p - '0');
    if (p == number->last) {
      return value;
    }
  }
}

/*
 * Without zeros at their ends, number is n * 10^a and divisor d * 10^b, and neither n nor d is a
 * multiple of 10. With a < b nothing can divide. Otherwise d must divide n * 10^(a - b), and tens
 * beyond the 60th change nothing: d has no more factors 2 or 5.
 */
bool ew__decimal_divides(const ew__decimal *divisor, const ew__decimal *number) {
  if (number->first == NULL) {
    return true;
  }
  if (number->bottom < divisor->bottom) {
    return false;
  }
  uint64_t d = small_value(divisor);
  uint64_t rest = 0;
  for (const char *p = number->first;; p = next_digit(p)) {
    rest = (rest * 10 + (uint64_t)(*p - '0')) % d;
    if (p == number->last) {
      break;
    }
  }
  int64_t tens = number->bottom - divisor->bottom;
  for (int64_t i = 0; i < tens && i < 64 && rest != 0; i++) {
    rest = rest * 10 % d;
  }
  return rest == 0;
}

uint64_t ew__decimal_hash(const ew__decimal *number) {
  if (number->first == NULL) {
    return 1;
  }
  uint64_t hash = (uint64_t)number->top * 2 + (number->negative ? 1 : 0);
  for (const char *p = number->first;; p = next_digit(p)) {
    hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
    if (p == number->last) {
      return hash;
    }
  }
}
