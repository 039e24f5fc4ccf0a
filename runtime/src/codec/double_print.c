/*
 * The shortest decimal text of a double: of all decimals in its rounding interval one with the
 * fewest digits, and of those the nearest (Giulietti 2021, "The Schubfach way to render doubles").
 */
#include "double_internal.h"

typedef struct decimal {
  uint64_t digits;
  int32_t exponent;
} decimal;

/* The power of ten, rounded up where it is not exact, as the method asks. */
static ew__power power_above(int32_t k) {
  ew__power power = ew__power_of_ten(k);
  if (k < 0 || k > 55) {
    power.low++; /* no entry ends in 64 ones */
  }
  return power;
}

static EW_NOINLINE uint64_t round_to_odd(ew__power g, uint64_t c) {
  ew__power x = ew__multiply(g.low, c);
  ew__power y = ew__multiply(g.high, c);
  uint64_t middle = y.low + x.high;
  uint64_t high = y.high + (middle < y.low);
  return high | (middle > 1);
}

EW__SMALL static decimal shortest(uint64_t fraction, uint32_t biased) {
  const uint64_t hidden = (uint64_t)1 << 52;
  uint64_t c = biased != 0 ? hidden | fraction : fraction;
  int32_t q = (biased != 0 ? (int32_t)biased : 1) - 1075;
  if (biased != 0 && q <= 0 && q > -53 && (c & (((uint64_t)1 << -q) - 1)) == 0) {
    return (decimal){c >> -q, 0};
  }
  bool closer = fraction == 0 && biased > 1; /* the neighbour below is only half as far away */
  uint64_t open = c & 1; /* the ends of the interval belong to it when c is even */
  int32_t k = ew__floor_shift(q * 1262611 - (closer ? 524031 : 0), 22);
  unsigned h = (unsigned)(q + ew__floor_shift(-k * 1741647, 19) + 1);
  ew__power g = power_above(-k);
  uint64_t lower = round_to_odd(g, (4 * c - 2 + closer) << h) + open;
  uint64_t value = round_to_odd(g, (4 * c) << h);
  uint64_t upper = round_to_odd(g, (4 * c + 2) << h) - open;

  uint64_t s = value / 4;
  if (s >= 10) {
    uint64_t tens = s / 10;
    bool down_fits = lower <= 40 * tens;
    bool up_fits = 40 * tens + 40 <= upper;
    if (down_fits != up_fits) {
      return (decimal){tens + up_fits, k + 1};
    }
  }
  bool down_fits = lower <= 4 * s;
  bool up_fits = 4 * s + 4 <= upper;
  if (down_fits != up_fits) {
    return (decimal){s + up_fits, k};
  }
  uint64_t middle = 4 * s + 2;
  bool up = value > middle || (value == middle && (s & 1) != 0);
  return (decimal){s + up, k};
}

EW__SMALL static char *put(char *to, const char *text, size_t len) {
  memcpy(to, text, len);
  return to + len;
}

EW__SMALL static char *put_zeros(char *to, int32_t count) {
  memset(to, '0', (size_t)count);
  return to + count;
}

EW__SMALL static EW_NOINLINE char *put_exponent(char *to, const char *digits, int32_t count,
                                                int32_t exponent) {
  *to++ = digits[0];
  if (count > 1) {
    *to++ = '.';
    to = put(to, digits + 1, (size_t)count - 1);
  }
  *to++ = 'e';
  *to++ = exponent < 0 ? '-' : '+';
  return ew__print_uint((uint64_t)(exponent < 0 ? -exponent : exponent), to);
}

/* ECMAScript, Number::toString: point is where the decimal point stands, counted from the first
 * digit. */
EW__SMALL static char *lay_out(char *to, const char *digits, int32_t count, int32_t point) {
  if (point > 21 || point <= -6) {
    return put_exponent(to, digits, count, point - 1);
  }
  if (point <= 0) {
    to = put_zeros(put(to, "0.", 2), -point);
    return put(to, digits, (size_t)count);
  }
  if (count <= point) {
    return put_zeros(put(to, digits, (size_t)count), point - count);
  }
  to = put(to, digits, (size_t)point);
  *to++ = '.';
  return put(to, digits + point, (size_t)(count - point));
}

EW__SMALL char *ew__print_double(double value, char *to) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof(bits));
  if (bits >> 63 != 0) {
    *to++ = '-';
  }
  uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
  uint32_t biased = (uint32_t)(bits >> 52) & 0x7ff;
  if (fraction == 0 && biased == 0) {
    *to++ = '0';
    return to;
  }
  decimal d = shortest(fraction, biased);
  while (d.digits % 10 == 0) {
    d.digits /= 10;
    d.exponent++;
  }
  char digits[EW__INT_CHARS];
  int32_t count = (int32_t)(ew__print_uint(d.digits, digits) - digits);
  return lay_out(to, digits, count, count + d.exponent);
}
