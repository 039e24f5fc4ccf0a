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

  uint64_t unit = value >= 40 ? 40 : 4; /* a digit less is tried first */
  uint64_t s = value / unit;
  for (;; unit = 4, s = value / 4) {
    bool down_fits = lower <= unit * s;
    bool up_fits = unit * s + unit <= upper;
    if (down_fits != up_fits) {
      return (decimal){s + up_fits, k + (unit == 40)};
    }
    if (unit == 4) {
      break;
    }
  }
  uint64_t middle = 4 * s + 2;
  bool up = value > middle || (value == middle && (s & 1) != 0);
  return (decimal){s + up, k};
}

/* The digits with a point behind so many of them, and zeros where there are none. */
EW__SMALL static char *put_digits(char *to, const char *digits, int32_t count, int32_t point) {
  int32_t end = count > point ? count : point;
  for (int32_t i = point > 0 ? 0 : point - 1; i < end; i++) {
    if (i == point) {
      *to++ = '.';
    }
    *to++ = (uint32_t)i < (uint32_t)count ? digits[i] : '0';
  }
  return to;
}

/* ECMAScript, Number::toString: point is where the decimal point stands, counted from the first
 * digit. */
EW__SMALL static char *lay_out(char *to, const char *digits, int32_t count, int32_t point) {
  bool plain = point > -6 && point <= 21;
  to = put_digits(to, digits, count, plain ? point : 1);
  if (plain) {
    return to;
  }
  int32_t exponent = point - 1;
  *to++ = 'e';
  *to++ = exponent < 0 ? '-' : '+';
  return ew__print_uint((uint64_t)(exponent < 0 ? -exponent : exponent), to);
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
