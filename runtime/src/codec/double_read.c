/*
 * Decimal to double, exactly. 128 bits of the power of ten say between which two doubles the value
 * is and mostly which is nearer (Lemire 2021, "Number parsing at a gigabyte per second"); where they
 * do not, whole numbers compare it with the half between the two. Usual numbers the reader has done
 * before, with one division.
 */
#include "double_internal.h"

/* 767 digits decide any double; one more stands for all that follow. */
#define MAX_DIGITS 768
#define LIMBS 96

#define INFINITE ((uint64_t)0x7ff << 52)
#define HIDDEN ((uint64_t)1 << 52)

/**
 * A natural number, 32 bits per limb, lowest first. The largest here has 769 digits and 65 bits:
 * 2620 bits of 3072.
 */
typedef struct natural {
  uint32_t count;
  uint32_t limbs[LIMBS];
} natural;

/* -------------------------------------------------------------------------------- whole numbers */

EW__SMALL static EW_NOINLINE void multiply_add(natural *n, uint32_t factor, uint32_t add) {
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

/* n times base^exponent; where that is negative, other by as much. many is base^13. */
EW__SMALL static EW_NOINLINE void multiply_power(natural *n, natural *other, uint32_t base,
                                                 uint32_t many, int32_t exponent) {
  if (exponent < 0) {
    n = other;
    exponent = -exponent;
  }
  for (; exponent >= 13; exponent -= 13) {
    multiply_add(n, many, 0);
  }
  for (; exponent > 0; exponent--) {
    multiply_add(n, base, 0);
  }
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

/*
 * The digits of the number as a whole number, from the first that is not 0, and a last one for all
 * that are too many: they can only tip an exact half, so that they are not all 0 is enough to know.
 * Returns how many were taken, without that one.
 */
EW__SMALL static int32_t load_digits(const ew__number *number, natural *n) {
  int32_t taken = 0;
  uint32_t scale = 10, digits = 0;
  bool more = false;
  for (const char *p = number->ptr; p < number->end && (*p | 0x20) != 'e'; p++) {
    uint32_t digit = (uint32_t)*p - '0';
    if (digit > 9 || taken + (int32_t)digit == 0) {
      continue; /* a sign, a point, a zero in front */
    }
    if (taken == MAX_DIGITS) {
      more = more || digit != 0;
      continue;
    }
    taken++;
    digits = digits * 10 + digit;
    scale *= 10;
    if (scale == 1000000000) {
      multiply_add(n, scale / 10, digits);
      scale = 10;
      digits = 0;
    }
  }
  multiply_add(n, scale, digits * 10 + more);
  return taken;
}

/* Where the highest digit stands: 0 for the ones. */
EW__SMALL static int32_t highest_place(const ew__number *number) {
  int32_t place = (int32_t)number->exponent;
  for (uint64_t rest = number->mantissa; rest >= 10; rest /= 10) {
    place++;
  }
  return place;
}

/* The double with these bits, or the next one: which is nearer, or even. */
EW__SMALL static uint64_t nearest(const ew__number *number, uint64_t bits) {
  int32_t biased = (int32_t)(bits >> 52);
  uint64_t fraction = bits & (HIDDEN - 1);
  uint64_t half = 2 * (biased > 0 ? fraction | HIDDEN : fraction) + 1;
  int32_t binary = (biased > 0 ? biased : 1) - 1076;
  natural a, b; /* limbs are set when they are counted */
  a.count = 0;
  b.count = half >> 32 != 0 ? 2 : 1;
  b.limbs[0] = (uint32_t)half;
  b.limbs[1] = (uint32_t)(half >> 32);
  int32_t exponent = highest_place(number) - load_digits(number, &a);
  multiply_power(&a, &b, 5, 1220703125, exponent);
  multiply_power(&a, &b, 2, 8192, exponent - binary);
  return bits + (compare(&a, &b) + (int)(bits & 1) > 0);
}

/* ------------------------------------------------------------------------------------- 128 bits */

/*
 * The bits of the double nearest to x * 2^(biased - 1086), halves rounded up: without their hidden one
 * they follow one another up to the infinite. x has its highest bit set, and biased is that of x.
 */
EW__SMALL static EW_NOINLINE uint64_t round_bits(uint64_t x, int32_t biased) {
  if (biased >= 0x7ff) {
    return INFINITE;
  }
  int32_t drop = biased > 0 ? 11 : 12 - biased;
  if (drop > 64) {
    return 0;
  }
  uint64_t kept = ((x >> (drop - 1)) + 1) >> 1;
  return biased > 0 ? ((uint64_t)(biased - 1) << 52) + kept : kept;
}

/*
 * The value is above x, or x itself, and less above it than what the power of ten and the product
 * have lost at the end, and the digits that were cut off the mantissa.
 */
EW__SMALL static uint64_t read_bits(const ew__number *number) {
  int32_t exponent = (int32_t)number->exponent;
  unsigned zeros = ew__leading_zeros(number->mantissa);
  uint64_t mantissa = number->mantissa << zeros;
  ew__power power = ew__power_of_ten(exponent);
  ew__power x = ew__multiply(mantissa, power.high);
  uint64_t rest = ew__multiply(mantissa, power.low).high;
  x.low += rest;
  x.high += x.low < rest;
  int32_t biased = ew__floor_shift(217706 * exponent, 16) + 64 + 1023 - (int32_t)zeros;
  if (x.high >> 63 == 0) {
    x.high = x.high << 1 | x.low >> 63;
    x.low <<= 1;
    biased--;
  }
  uint64_t below = round_bits(x.high - (x.low == 0), biased);
  uint64_t most = x.high + (number->cut ? 64 : x.low > UINT64_MAX - 4);
  bool sure = most >= x.high && below == round_bits(most, biased);
  return sure ? below : nearest(number, below);
}

EW__SMALL ew_err ew__parse_double(const ew__number *number, double *out) {
  uint64_t bits = 0;
  if (number->mantissa != 0 && number->exponent >= EW__POWER_MIN) {
    bits = number->exponent > EW__POWER_MAX ? INFINITE : read_bits(number);
  }
  if (bits >= INFINITE) {
    return EW_ERR_RANGE;
  }
  bits |= (uint64_t)number->negative << 63;
  memcpy(out, &bits, sizeof(*out));
  return EW_OK;
}
