/*
 * straight_internal.h - what the straight-line engine has of its own: strings, numbers and whole
 * values stepped over or unescaped without a word on what is wrong with them.
 */
#ifndef EW_STRAIGHT_INTERNAL_H
#define EW_STRAIGHT_INTERNAL_H

#include "eventwire/reader.h"

static inline bool ew__is_digit(char c) { return (unsigned char)(c - '0') <= 9; }

/** How many of the 8 bytes, from the first on, are digits. */
static inline unsigned ew__count_digits(uint64_t word) {
  uint64_t other =
      ((word + 0x4646464646464646u) | (word - 0x3030303030303030u)) & 0x8080808080808080u;
  return other == 0 ? 8 : ew_lowest_bit(other) / 8;
}

/**
 * The string behind an opening quote, unescaped in the arena; the result is behind the closing
 * quote. NULL, with the arena as before, when it is refused, ends behind fast_end, or comes too
 * close to the end of the arena: the exact functions of scan_internal.h decide then.
 */
const char *ew__unescape_fast(const char *start, const char *fast_end, ew_arena *arena,
                              ew_str *out);

#endif
