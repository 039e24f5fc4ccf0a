/*
 * chars_internal.h - the unescaped bytes of a JSON string one after the other, without memory.
 */
#ifndef EW_CHARS_INTERNAL_H
#define EW_CHARS_INTERNAL_H

#include "scan_internal.h"

/** Bytes of a code point in UTF-8. */
#define EW__LONGEST_CHARACTER 4

typedef struct ew__chars {
  const char *p;
  const char *end;
  uint32_t mode;
  bool escaped;
  uint8_t at; /* of bytes, which one character became: the next to give out */
  uint8_t count;
  char bytes[EW__LONGEST_CHARACTER];
} ew__chars;

ew__chars ew__chars_of(ew__span span, uint32_t mode);

/**
 * Decodes what stands at *p (an escape, a sequence, a bad byte) to 1 to 4 bytes and moves *p
 * behind it.
 */
size_t ew__chars_decode(const char **p, const char *end, uint32_t mode, bool escaped,
                        char out[EW__LONGEST_CHARACTER]);

/**
 * The escape at p (a pair of them where they belong together) or the sequence, to 1 to 4 bytes at
 * *to, which is moved behind them; and those that follow, as long as there is so much room before
 * limit. NULL at what is neither; with EW_TOLERATE_BAD_UTF8 in mode U+FFFD stands for half a pair
 * and for bad bytes.
 */
const char *ew__decode_odd(const char *p, const char *end, const char *limit, uint32_t mode,
                           char **to);

/** What the character behind a backslash stands for; 0: nothing of one byte. */
extern const char ew__short_escapes[128];
static inline char ew__short_escape(char c) {
  return (unsigned char)c < sizeof(ew__short_escapes) ? ew__short_escapes[(unsigned char)c] : '\0';
}

/** What ASCII is worth as a hexadecimal digit, below 0: nothing. */
extern const signed char ew__hex_digits[128];

/** The ASCII that the escape at p stands for, or another value. */
static inline uint32_t ew__ascii_escape(const char *p, const char *end) {
  if (end - p < 6 || memcmp(p, "\\u00", 4) != 0 || ((p[4] | p[5]) & 0x80) != 0) {
    return UINT32_MAX;
  }
  return (uint32_t)(ew__hex_digits[(unsigned char)p[4]] * 16 | ew__hex_digits[(unsigned char)p[5]]);
}

/**
 * p is at a backslash. The result is behind the \u escape there, or behind the second one of a
 * surrogate pair; NULL when it is none, or half a pair.
 */
const char *ew__scan_code_point(const char *p, const char *end, uint32_t *out);

/**
 * Behind the escapes that follow one another from p on, which may be none. Half a pair is one with
 * EW_TOLERATE_BAD_UTF8 in mode.
 */
const char *ew__pass_escapes(const char *p, const char *end, uint32_t mode);

static inline bool ew__is_high(uint32_t unit) { return (unit & 0xfc00) == 0xd800; }

/** The next byte (0 to 255), or -1 at the end. */
int ew__chars_next(ew__chars *chars);

#endif
