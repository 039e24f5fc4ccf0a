#include "straight_internal.h"

/* The first byte that is not ASCII, or end: four blocks at a time while there are so many. */
static const char *skip_ascii(const char *p, const char *end) {
  while (end - p >= 4 * EW_BLOCK) {
    ew_block low = ew_block_or(ew_block_load(p), ew_block_load(p + EW_BLOCK));
    ew_block high =
        ew_block_or(ew_block_load(p + 2 * EW_BLOCK), ew_block_load(p + 3 * EW_BLOCK));
    if (ew_block_not_ascii(ew_block_or(low, high)) != 0) {
      break;
    }
    p += 4 * EW_BLOCK;
  }
  while (end - p >= EW_BLOCK) {
    ew_mask mask = ew_block_not_ascii(ew_block_load(p));
    if (mask != 0) {
      return p + ew_mask_first(mask);
    }
    p += EW_BLOCK;
  }
  while (p < end && (unsigned char)*p < 0x80) {
    p++;
  }
  return p;
}

/* The fixed bits of a sequence are one comparison, and its forbidden values another. */

/* 1110xxxx 10xxxxxx 10xxxxxx; neither overlong nor a surrogate. */
static inline bool is_three(uint32_t word) {
  uint32_t value = word & 0x200f;
  return (word & 0xc0c0f0u) == 0x8080e0u && value != 0 && value != 0x200d;
}

/* 110xxxxx 10xxxxxx, not overlong. */
static inline bool is_two(uint32_t word) {
  return (word & 0xc0e0u) == 0x80c0u && (word & 0x1e) != 0;
}

/* 11110xxx and three more; neither overlong nor above U+10FFFF. */
static inline bool is_four(uint32_t word) {
  return (word & 0xc0c0c0f8u) == 0x808080f0u && (word & 0x3007) != 0 &&
         ((word & 4) == 0 || (word & 0x3003) == 0);
}

EW__SMALL size_t ew__utf8_length(const char *p, const char *end) {
  uint32_t word = 0;
  if (EW_LIKELY(end - p >= 4)) {
    word = ew_load32(p);
  } else {
    for (unsigned i = 0; i < (unsigned)(end - p); i++) {
      word |= (uint32_t)(unsigned char)p[i] << (8 * i);
    }
  }
  if ((word & 0x80) == 0) {
    return 1;
  }
  return is_two(word) ? 2 : is_three(word) ? 3 : is_four(word) ? 4 : 0;
}

const char *ew__skip_sequences(const char *p, const char *end) {
  size_t n = 1;
  while (p < end && (unsigned char)*p >= 0x80 && n != 0) {
    n = ew__utf8_length(p, end);
    p += n;
  }
  return p;
}

/* Texts of fewer bytes are not worth a reader. */
#define LONG_TEXT 64u

/* ASCII is passed by blocks; other bytes by sequences, or as the reader of strings does, over quotes. */
EW__SMALL ew_err ew__utf8_check(const char *ptr, size_t len, size_t *bad) {
  if (len == 0) {
    return EW_OK;
  }
  const char *end = ptr + len;
  ew_reader r;
  if (len >= LONG_TEXT) {
    ew__skip_open(&r, ptr, end, 0);
  }
  for (const char *p = skip_ascii(ptr, end); p < end; p = skip_ascii(p, end)) {
    p = len >= LONG_TEXT ? ew__scan_blocks(&r, p, 0) : ew__skip_sequences(p, end);
    if (p < end && (unsigned char)*p >= 0x80) {
      *bad = (size_t)(p - ptr);
      return EW_ERR_UTF8;
    }
  }
  return EW_OK;
}

/* The bytes that begin none: 10xxxxxx. */
static inline size_t count_tails(uint64_t word) {
  return (size_t)((word >> 7 & ~word >> 6 & 0x0101010101010101u) * 0x0101010101010101u >> 56);
}

EW__SMALL size_t ew__utf8_count(const char *ptr, size_t len) {
  size_t count = len;
  for (; len >= 8; len -= 8, ptr += 8) {
    count -= count_tails(ew_load64(ptr));
  }
  while (len > 0) {
    count -= count_tails((unsigned char)ptr[--len]);
  }
  return count;
}

EW__SMALL ew_err ew__check_bytes(const ew_str *text, size_t *bad) {
  if (ew_str_is_too_long(*text)) {
    return EW_ERR_TOO_LARGE;
  }
  if (ew__is_nowhere(text)) {
    return EW_ERR_ARGUMENT;
  }
  return (text->flags & EW_STR_CLEAN) != 0 ? EW_OK : ew__utf8_check(text->ptr, text->len, bad);
}
