/*
 * Decimal to double, exactly. Two steps, the second for what the first leaves: 128 bits of the
 * power of ten (Lemire 2021, "Number parsing at a gigabyte per second"); whole-number arithmetic
 * for the halves and the tiny ones. Usual numbers the reader has done before, with one division.
 */
#include <float.h>

#include "double_internal.h"

/* 767 digits decide any double; one more stands for all that follow. */
#define MAX_DIGITS 769
#define LIMBS 96

/**
 * A natural number, 32 bits per limb, lowest first. The largest here has 769 digits and 65 bits:
 * 2620 bits of 3072.
 */
typedef struct natural {
  uint32_t limbs[LIMBS];
  uint32_t count;
} natural;

EW__SMALL static double from_bits(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

/* ------------------------------------------------------------------------------------- 128 bits */

/* False where 128 bits cannot tell on which side of a half the value is, and for subnormals and
 * overflow. */
EW__SMALL static bool read_wide(uint64_t mantissa, int64_t exponent, uint64_t *bits) {
  if (exponent < EW__POWER_MIN || exponent > EW__POWER_MAX) {
    return false;
  }
  ew__power power = ew__power_of_ten((int32_t)exponent);
  unsigned zeros = ew__leading_zeros(mantissa);
  mantissa <<= zeros;
  int32_t binary = ew__floor_shift(217706 * (int32_t)exponent, 16) + 64 + 1023 - (int32_t)zeros;

  ew__power x = ew__multiply(mantissa, power.high);
  if ((x.high & 0x1ff) == 0x1ff && x.low + mantissa < mantissa) {
    ew__power y = ew__multiply(mantissa, power.low);
    uint64_t low = x.low + y.high;
    x.high += low < x.low;
    x.low = low;
    if ((x.high & 0x1ff) == 0x1ff && x.low + 1 == 0 && y.low + mantissa < mantissa) {
      return false;
    }
  }
  unsigned top = (unsigned)(x.high >> 63);
  uint64_t fraction = x.high >> (top + 9);
  binary -= 1 ^ (int32_t)top;
  if (x.low == 0 && (x.high & 0x1ff) == 0 && (fraction & 3) == 1) {
    return false;
  }
  fraction += fraction & 1;
  fraction >>= 1;
  if (fraction >> 53 != 0) {
    fraction >>= 1;
    binary++;
  }
  if (binary <= 0 || binary >= 0x7ff) {
    return false;
  }
  *bits = (uint64_t)binary << 52 | (fraction & (((uint64_t)1 << 52) - 1));
  return true;
}

/* -------------------------------------------------------------------------------- whole numbers */

EW__SMALL static void multiply_add(natural *n, uint32_t factor, uint32_t add) {
  uint64_t carry = add;
  for (uint32_t i = 0; i < n->count; i++) {
    carry += (uint64_t)n->limbs[i] * factor;
    n->limbs[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry != 0) {
    n->limbs[n->count++] = (uint32_t)carry;
  }
}

EW__SMALL static void multiply_power_of_five(natural *n, uint32_t exponent) {
  for (; exponent >= 13; exponent -= 13) {
    multiply_add(n, 1220703125, 0);
  }
  for (; exponent > 0; exponent--) {
    multiply_add(n, 5, 0);
  }
}

EW__SMALL static void shift_left(natural *n, uint32_t bits) {
  uint32_t limbs = bits / 32;
  uint32_t rest = bits % 32;
  if (n->count == 0) {
    return;
  }
  memmove(n->limbs + limbs, n->limbs, n->count * sizeof(n->limbs[0]));
  memset(n->limbs, 0, limbs * sizeof(n->limbs[0]));
  n->count += limbs;
  if (rest != 0) {
    multiply_add(n, (uint32_t)1 << rest, 0);
  }
}

EW__SMALL static EW_NOINLINE uint32_t bit_length(const natural *n) {
  return n->count == 0 ? 0 : n->count * 32 - (ew__leading_zeros(n->limbs[n->count - 1]) - 32);
}

EW__SMALL static int compare(const natural *a, const natural *b) {
  if (a->count != b->count) {
    return a->count < b->count ? -1 : 1;
  }
  for (uint32_t i = a->count; i-- > 0;) {
    if (a->limbs[i] != b->limbs[i]) {
      return a->limbs[i] < b->limbs[i] ? -1 : 1;
    }
  }
  return 0;
}

/* a -= b; a is not less than b. */
EW__SMALL static EW_NOINLINE void subtract(natural *a, const natural *b) {
  uint64_t borrow = 0;
  for (uint32_t i = 0; i < a->count; i++) {
    uint64_t take = borrow + (i < b->count ? b->limbs[i] : 0);
    borrow = a->limbs[i] < take;
    a->limbs[i] = (uint32_t)(a->limbs[i] - take);
  }
  while (a->count > 0 && a->limbs[a->count - 1] == 0) {
    a->count--;
  }
}

/* One digit that stands for all the others: they can only tip an exact half, so that they are not
 * all 0 is enough to know. */
EW__SMALL static int32_t load_rest(const char *p, const char *end, natural *n) {
  for (; p < end && *p != 'e' && *p != 'E'; p++) {
    if (*p != '0' && *p != '.') {
      multiply_add(n, 10, 1);
      return 1;
    }
  }
  return 0;
}

/* The digits of the number as a whole number, from the first that is not 0. Returns how many were
 * taken. */
EW__SMALL static int32_t load_digits(const ew__number *number, natural *n) {
  int32_t taken = 0;
  for (const char *p = number->ptr; p < number->end && *p != 'e' && *p != 'E'; p++) {
    if (*p == '-' || *p == '.' || (*p == '0' && taken == 0)) {
      continue;
    }
    if (taken == MAX_DIGITS - 1) {
      return taken + load_rest(p, number->end, n);
    }
    multiply_add(n, 10, (uint32_t)(*p - '0'));
    taken++;
  }
  return taken;
}

/* Where the highest digit stands: 0 for the ones. */
EW__SMALL static int64_t highest_place(const ew__number *number) {
  int64_t place = number->exponent;
  for (uint64_t rest = number->mantissa; rest >= 10; rest /= 10) {
    place++;
  }
  return place;
}

/* 64 bits of a / b from its highest one on, and whether anything is left; the value is bits *
 * 2^result. */
EW__SMALL static int32_t divide(natural *a, natural *b, uint64_t *bits, bool *left) {
  int32_t shift = (int32_t)bit_length(b) - (int32_t)bit_length(a);
  shift_left(shift > 0 ? a : b, (uint32_t)(shift > 0 ? shift : -shift));
  if (compare(a, b) < 0) {
    shift_left(a, 1);
    shift++;
  }
  uint64_t quotient = 0;
  for (int i = 0; i < 64; i++) {
    quotient <<= 1;
    if (compare(a, b) >= 0) {
      subtract(a, b);
      quotient |= 1;
    }
    shift_left(a, 1);
  }
  *bits = quotient;
  *left = a->count > 0;
  return -shift - 63;
}

/* Rounds bits * 2^exponent (bits has its highest one set) to a double, ties to even; the result may
 * be infinite. */
EW__SMALL static uint64_t round_bits(uint64_t bits, bool more, int32_t exponent) {
  int32_t drop = exponent + 63 < -1022 ? 11 + (-1022 - (exponent + 63)) : 11;
  if (drop > 64) {
    return 0;
  }
  uint64_t kept = drop == 64 ? 0 : bits >> drop;
  uint64_t rest = drop == 64 ? bits : bits & (((uint64_t)1 << drop) - 1);
  uint64_t half = (uint64_t)1 << (drop - 1);
  if (rest > half || (rest == half && (more || (kept & 1) != 0))) {
    kept++;
  }
  if (drop > 11) {
    return kept; /* a subnormal, or the smallest normal one after rounding up */
  }
  int32_t biased = exponent + 63 + 1023;
  uint64_t sum =
      ((uint64_t)(uint32_t)(biased - 1) << 52) + kept; /* kept brings its hidden one along */
  return biased >= 0x7ff ? (uint64_t)0x7ff << 52 : sum;
}

EW__SMALL static uint64_t read_exact(const ew__number *number, int64_t place) {
  natural a = {.count = 0};
  natural b = {.limbs = {1}, .count = 1};
  int32_t digits = load_digits(number, &a);
  int32_t exponent = (int32_t)place - (digits - 1);
  multiply_power_of_five(exponent < 0 ? &b : &a, (uint32_t)(exponent < 0 ? -exponent : exponent));
  uint64_t bits = 0;
  bool left = false;
  int32_t binary = divide(&a, &b, &bits, &left);
  return round_bits(bits, left, binary + exponent);
}

/* Both neighbours of a cut mantissa must give the same double. */
EW__SMALL static bool read_fast(const ew__number *number, uint64_t *bits) {
  uint64_t above = 0;
  if (!read_wide(number->mantissa, number->exponent, bits)) {
    return false;
  }
  return !number->cut ||
         (number->mantissa != UINT64_MAX &&
          read_wide(number->mantissa + 1, number->exponent, &above) && above == *bits);
}

EW__SMALL static ew_err finish(const ew__number *number, double value, double *out) {
  if (value > DBL_MAX) {
    return EW_ERR_RANGE;
  }
  *out = number->negative ? -value : value;
  return EW_OK;
}

EW__SMALL ew_err ew__parse_double(const ew__number *number, double *out) {
  if (number->mantissa == 0) {
    return finish(number, 0, out);
  }
  int64_t place = highest_place(number);
  if (place > 309) {
    return EW_ERR_RANGE;
  }
  if (place < -330) {
    return finish(number, 0, out);
  }
  uint64_t bits = 0;
  if (!read_fast(number, &bits)) {
    bits = read_exact(number, place);
  }
  return finish(number, from_bits(bits), out);
}
