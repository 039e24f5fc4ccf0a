/*
 * double_internal.h - what reading and printing of doubles share.
 */
#ifndef EW_DOUBLE_INTERNAL_H
#define EW_DOUBLE_INTERNAL_H

#include "scan_internal.h"

#define EW__POWER_MIN (-342)
#define EW__POWER_MAX 324

/** The 128 leading bits of a power of ten. */
typedef struct ew__power {
  uint64_t high;
  uint64_t low;
} ew__power;

extern const ew__power ew__powers_of_ten[EW__POWER_MAX - EW__POWER_MIN + 1];

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

/** floor(value / 2^bits) for either sign, without shifting a negative number. */
static inline int32_t ew__floor_shift(int32_t value, unsigned bits) {
  return value >= 0 ? (int32_t)((uint32_t)value >> bits)
                    : -(int32_t)(((uint32_t)-value + (1u << bits) - 1) >> bits);
}

#endif
