#include "scan_internal.h"

#if defined(__SSE2__)
#  include <emmintrin.h>
#endif

/* The first byte that is not ASCII, or end. */
static const unsigned char *skip_ascii(const unsigned char *p, const unsigned char *end) {
#if defined(__SSE2__)
  while (end - p >= 16) {
    int mask = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)p));
    if (mask != 0) {
      return p + __builtin_ctz((unsigned)mask);
    }
    p += 16;
  }
#else
  while (end - p >= 8) {
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    if ((word & 0x8080808080808080u) != 0) {
      break;
    }
    p += 8;
  }
#endif
  while (p < end && *p < 0x80) {
    p++;
  }
  return p;
}

static bool is_tail(unsigned char c) { return (c & 0xc0) == 0x80; }

/* RFC 3629 section 4: the second byte alone decides whether a form is overlong, a surrogate or
 * above U+10FFFF. */
static bool second_fits(unsigned char first, unsigned char second) {
  switch (first) {
  case 0xe0:
    return second >= 0xa0 && second <= 0xbf;
  case 0xed:
    return second >= 0x80 && second <= 0x9f;
  case 0xf0:
    return second >= 0x90 && second <= 0xbf;
  case 0xf4:
    return second >= 0x80 && second <= 0x8f;
  default:
    return is_tail(second);
  }
}

static size_t sequence_length(const unsigned char *p, const unsigned char *end) {
  unsigned char first = *p;
  size_t left = (size_t)(end - p);
  if (first < 0x80) {
    return 1;
  }
  if (first < 0xc2 || first > 0xf4 || left < 2 || !second_fits(first, p[1])) {
    return 0;
  }
  if (first < 0xe0) {
    return 2;
  }
  if (left < 3 || !is_tail(p[2])) {
    return 0;
  }
  if (first < 0xf0) {
    return 3;
  }
  return left >= 4 && is_tail(p[3]) ? 4 : 0;
}

size_t ew__utf8_length(const char *p, const char *end) {
  return sequence_length((const unsigned char *)p, (const unsigned char *)end);
}

ew_err ew__utf8_check(const char *ptr, size_t len, size_t *bad) {
  if (len == 0) {
    return EW_OK;
  }
  const unsigned char *begin = (const unsigned char *)ptr;
  const unsigned char *end = begin + len;
  const unsigned char *p = skip_ascii(begin, end);
  while (p < end) {
    size_t n = sequence_length(p, end);
    if (n == 0) {
      *bad = (size_t)(p - begin);
      return EW_ERR_UTF8;
    }
    p += n;
    if (p < end && *p < 0x80) {
      p = skip_ascii(p, end);
    }
  }
  return EW_OK;
}

size_t ew__utf8_count(const char *ptr, size_t len) {
  size_t count = 0;
  for (size_t i = 0; i < len; i++) {
    count += !is_tail((unsigned char)ptr[i]);
  }
  return count;
}
