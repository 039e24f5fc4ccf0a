#include "double_internal.h"

/* A multiple of STEP, as what is an exact power comes from an exact anchor; STEP is one of FACTOR. */
#define FIRST (-342)
#define STEP 114
#define FACTOR 19 /* no larger power of ten is in 64 bits */

/** The 192 leading bits of a power of ten, cut off. */
typedef struct anchor {
  uint64_t high, middle, low;
} anchor;

/* Entry i is 10^(114 i - 342). */
static const anchor anchors[] = {
    {0xeef453d6923bd65au, 0x113faa2906a13b3fu, 0xdfbc7e99bdd50e9bu},
    {0xc21094364dfb5636u, 0x985915fc12f542e4u, 0xc7ea6ee34de81232u},
    {0x9d9ba7832936edc0u, 0xd54b944b84aa4c0du, 0xdd7699ac6221b181u},
    {0x8000000000000000u, 0x0000000000000000u, 0x0000000000000000u},
    {0xcfe87f7cef46ff16u, 0xe612641865679a63u, 0xb64665727e3d29ecu},
    {0xa8d9d1535ce3b396u, 0x7f1839a741a14d0du, 0x6512796bf58d648bu},
};

static uint64_t add(uint64_t *to, uint64_t value) {
  *to += value;
  return *to < value;
}

/* The leading bits of x times a factor that has its highest bit set. */
EW__SMALL static anchor multiply(anchor x, uint64_t factor) {
  ew__power low = ew__multiply(x.low, factor);
  ew__power middle = ew__multiply(x.middle, factor);
  ew__power high = ew__multiply(x.high, factor);
  middle.high += add(&middle.low, low.high);
  high.high += add(&high.low, middle.high);
  if (high.high >> 63 != 0) {
    return (anchor){high.high, high.low, middle.low};
  }
  return (anchor){high.high << 1 | high.low >> 63, high.low << 1 | middle.low >> 63,
                  middle.low << 1 | low.low >> 63};
}

/*
 * 10^exponent is an anchor times a few powers of ten in 64 bits. Of its 192 bits the last ones may
 * be too low by what was cut off. That could only carry into the 128 that are kept if these last 64
 * were all ones but for those, and for none of the exponents they are: a test computes every power
 * in whole numbers.
 */
EW__SMALL ew__power ew__power_of_ten(int32_t exponent) {
  uint32_t place = (uint32_t)(exponent - FIRST);
  anchor power = anchors[place / STEP];
  for (uint32_t rest = place % STEP; rest > 0;) {
    uint32_t n = rest < FACTOR ? rest : FACTOR;
    uint64_t factor = ew__powers_of_ten[n];
    power = multiply(power, factor << ew__leading_zeros(factor));
    rest -= n;
  }
  return (ew__power){power.high, power.middle};
}
