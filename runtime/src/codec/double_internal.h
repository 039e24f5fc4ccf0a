/*
 * double_internal.h - what reading and printing of doubles share.
 */
#ifndef EW_DOUBLE_INTERNAL_H
#define EW_DOUBLE_INTERNAL_H

#include "scan_internal.h"

#define EW__POWER_MIN (-342)
#define EW__POWER_MAX 324

/** The 128 leading bits of a power of ten, or of another product. */
typedef struct ew__power {
  uint64_t high;
  uint64_t low;
} ew__power;

/**
 * 10^exponent scaled to 128 bits with the highest one set, and cut off, not rounded.
 * EW__POWER_MIN <= exponent <= EW__POWER_MAX.
 */
ew__power ew__power_of_ten(int32_t exponent);

/** value is not 0. */
static inline unsigned ew__leading_zeros(uint64_t value) {
#if defined(__GNUC__)
  return (unsigned)__builtin_clzll(value);
#else
  unsigned n = 0;
  for (; (value & ((uint64_t)1 << 63)) == 0; value <<= 1) {
    n++;
  }
  return n;
#endif
}

#if defined(__SIZEOF_INT128__)
static inline ew__power ew__multiply(uint64_t a, uint64_t b) {
  __extension__ typedef unsigned __int128 wide;
  wide product = (wide)a * b;
  return (ew__power){(uint64_t)(product >> 64), (uint64_t)product};
}
#else
static inline ew__power ew__multiply(uint64_t a, uint64_t b) {
  uint64_t a0 = a & 0xffffffffu, a1 = a >> 32, b0 = b & 0xffffffffu, b1 = b >> 32;
  uint64_t low = a0 * b0;
  uint64_t middle = a1 * b0 + (low >> 32);
  uint64_t other = a0 * b1 + (middle & 0xffffffffu);
  return (ew__power){a1 * b1 + (middle >> 32) + (other >> 32), other << 32 | (low & 0xffffffffu)};
}
#endif

/** floor(value / 2^bits) for either sign, without shifting a negative number; bits is 31 at most. */
static inline int32_t ew__floor_shift(int32_t value, unsigned bits) {
  const uint32_t raised = (uint32_t)1 << 31;
  return (int32_t)(((uint32_t)value + raised) >> bits) - (int32_t)(raised >> bits);
}

#endif
