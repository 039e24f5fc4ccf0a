/*
 * chars_internal.h - the unescaped bytes of a JSON string one after the other, without memory.
 */
#ifndef EW_CHARS_INTERNAL_H
#define EW_CHARS_INTERNAL_H

#include "scan_internal.h"

typedef struct ew__chars {
  const char *p;
  const char *end;
  uint32_t mode;
  bool escaped;
  uint8_t at; /* of bytes, which one character became: the next to give out */
  uint8_t count;
  char bytes[4];
} ew__chars;

ew__chars ew__chars_of(ew__span span, uint32_t mode);

/**
 * Decodes what stands at *p (an escape, a sequence, a bad byte) to 1 to 4 bytes and moves *p
 * behind it.
 */
size_t ew__chars_decode(const char **p, const char *end, uint32_t mode, bool escaped, char out[4]);

/** The same of bytes from 0x80 on that nobody has checked. */
size_t ew__decode_sequence(const char **p, const char *end, char *out);

/**
 * The escape at p, a pair of them where they belong together, to 1 to 4 bytes at *to, which is moved
 * behind them. NULL when it is none; half a pair is U+FFFD with EW_TOLERATE_BAD_UTF8 in mode, where it
 * was scanned before.
 */
const char *ew__decode_escape(const char *p, const char *end, uint32_t mode, char **to);

/** What the character behind a backslash stands for; 0: nothing of one byte. */
extern const char ew__short_escapes[128];
static inline char ew__short_escape(char c) {
  return (unsigned char)c < sizeof(ew__short_escapes) ? ew__short_escapes[(unsigned char)c] : '\0';
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
static inline bool ew__is_low(uint32_t unit) { return (unit & 0xfc00) == 0xdc00; }

/** The next byte (0 to 255), or -1 at the end. */
int ew__chars_next(ew__chars *chars);

#endif
