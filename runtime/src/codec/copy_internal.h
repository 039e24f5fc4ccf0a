/*
 * copy_internal.h - short texts copied without a call. Exactly len bytes are read and, unless it says
 * more, written.
 */
#ifndef EW_COPY_INTERNAL_H
#define EW_COPY_INTERNAL_H

#include "eventwire/block.h"

#define EW__PIECE 16u

EW_INLINE void ew__copy_piece(char *to, const char *from) {
  char piece[EW__PIECE];
  memcpy(piece, from, EW__PIECE);
  memcpy(to, piece, EW__PIECE);
}

/** Fewer bytes than a piece: words that overlap. */
EW_INLINE void ew__copy_short(char *to, const char *from, size_t len) {
  if (len >= 8) {
    char first[8], last[8];
    memcpy(first, from, 8);
    memcpy(last, from + len - 8, 8);
    memcpy(to, first, 8);
    memcpy(to + len - 8, last, 8);
    return;
  }
  if (len >= 4) {
    char first[4], last[4];
    memcpy(first, from, 4);
    memcpy(last, from + len - 4, 4);
    memcpy(to, first, 4);
    memcpy(to + len - 4, last, 4);
    return;
  }
  for (size_t i = 0; i < len; i++) {
    to[i] = from[i];
  }
}

/**
 * The same for 1 to 15 bytes, which all stand in the 16 of words too, some of them more than once and in
 * no order; in the first 8 when they are fewer than 8. 4 bytes are written where they are fewer.
 */
EW_INLINE void ew__take_short(const char *from, size_t len, char *to, char words[16]) {
  if (len >= 8) {
    memcpy(words, from, 8);
    memcpy(words + 8, from + len - 8, 8);
    memcpy(to, words, 8);
    memcpy(to + len - 8, words + 8, 8);
    return;
  }
  uint32_t first, last;
  if (len >= 4) {
    memcpy(&first, from, 4);
    memcpy(&last, from + len - 4, 4);
    memcpy(to, &first, 4);
    memcpy(to + len - 4, &last, 4);
  } else {
    const char few[4] = {from[0], from[len >> 1], from[len - 1], from[0]};
    memcpy(&first, few, 4);
    memcpy(to, &first, 4);
    last = first;
  }
  uint64_t word = first | (uint64_t)last << 32;
  memcpy(words, &word, 8);
  memcpy(words + 8, &word, 8);
}

EW_INLINE void ew__copy(char *to, const char *from, size_t len) {
  if (EW_UNLIKELY(len < EW__PIECE)) {
    ew__copy_short(to, from, len);
    return;
  }
  size_t last = len - EW__PIECE;
  for (size_t i = 0; i < last; i += EW__PIECE) {
    ew__copy_piece(to + i, from + i);
  }
  ew__copy_piece(to + last, from + last);
}

#endif
