#include "chars_internal.h"
#include "straight_internal.h"

const char *ew__refuse(ew__fault *fault, ew_err err, const char *at, const char *expected) {
  fault->err = err;
  fault->at = at;
  fault->expected = expected;
  return NULL;
}

/* The bytes of a block that are no white space. */
static ew_mask not_white(ew_block v) {
  ew_block white =
      ew_block_or(ew_block_or(ew_block_equal(v, ew_block_fill(' ')),
                              ew_block_equal(v, ew_block_fill('\n'))),
                  ew_block_or(ew_block_equal(v, ew_block_fill('\t')),
                              ew_block_equal(v, ew_block_fill('\r'))));
  return ew_lanes_mask(white) ^ EW_MASK_FULL;
}

const char *ew__skip_white_slow(const char *p, const char *end) {
  /* A line break and an indent, or a single blank: no block is needed for the latter. */
  if (end - p > EW_BLOCK && *p == '\n') {
    ew_mask others = ew_head_not_blank(p + 1);
    p += others != 0 ? 1 + ew_mask_first(others) : 0;
    if (EW_LIKELY((unsigned char)*p > ' ')) {
      return p;
    }
  }
  if (end - p > EW_BLOCK && *p == ' ' && (unsigned char)p[1] > ' ') {
    return p + 1;
  }
  while (end - p >= EW_BLOCK && (unsigned char)*p <= ' ') {
    ew_mask other = not_white(ew_block_load(p));
    if (other != 0) {
      return p + ew_mask_first(other);
    }
    p += EW_BLOCK;
  }
  while (p < end && ew__is_white(*p)) {
    p++;
  }
  return p;
}

/* ------------------------------------------------------------------------------------- scanning */

static bool is_special(char c) { return c == '"' || c == '\\' || (unsigned char)c < 0x20; }

EW__SMALL const char *ew__find_special(const char *p, const char *end) {
  while (end - p >= EW_BLOCK) {
    ew_mask special = ew_block_special(ew_block_load(p));
    if (special != 0) {
      return p + ew_mask_first(special);
    }
    p += EW_BLOCK;
  }
  while (p < end && !is_special(*p)) {
    p++;
  }
  return p;
}

const char ew__short_escapes[128] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                     ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};

/* What ASCII is worth as a hexadecimal digit, below 0: nothing. In rows of 16. */
#define NONE_6 -1, -1, -1, -1, -1, -1
#define NONE_16 NONE_6, NONE_6, -1, -1, -1, -1
#define LETTERS_16 -1, 10, 11, 12, 13, 14, 15, NONE_6, -1, -1, -1

const signed char ew__hex_digits[128] = {
    NONE_16, NONE_16, NONE_16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, NONE_6,
    LETTERS_16, NONE_16, LETTERS_16, NONE_16,
};

EW_INLINE int32_t digit_at(const char *p) { return ew__hex_digits[(unsigned char)*p]; }

/* The UTF-16 unit of the escape at p, of which the u is seen; below 0: the digits are none. */
EW_INLINE int32_t unit_at(const char *p) {
  if (EW_UNLIKELY((ew_load32(p + 2) & 0x80808080) != 0)) {
    return -1;
  }
  return digit_at(p + 2) * 0x1000 | digit_at(p + 3) * 0x100 | digit_at(p + 4) * 0x10 |
         digit_at(p + 5);
}

/* The same of what may be no escape with four digits. */
EW__SMALL static EW_NOINLINE int32_t any_unit(const char *p, const char *end) {
  return end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? unit_at(p) : -1;
}

/* What is no unit is none either. */
static bool is_half(int32_t unit) { return ((uint32_t)unit & 0xf800) == 0xd800; }

/* The unit of the second half of a pair, which is to stand behind the escape at p; below 0: another
 * one, or none. */
static EW_NOINLINE int32_t low_behind(const char *p, const char *end) {
  bool may_be = end - p >= 12 && memcmp(p + 6, "\\u", 2) == 0 && (p[8] | 0x20) == 'd' && p[9] > 'B';
  int32_t unit = may_be ? unit_at(p + 6) : -1;
  return unit >= 0xdc00 ? unit : -1;
}

/* p is at the escape of half a pair, or of no unit: behind that of the other half. With
 * EW_TOLERATE_BAD_UTF8 in mode half a pair alone is U+FFFD. */
EW__SMALL static EW_NOINLINE const char *scan_half(const char *p, const char *end, uint32_t mode,
                                                   int32_t unit, uint32_t *out) {
  int32_t low = ew__is_high((uint32_t)unit) ? low_behind(p, end) : -1;
  if (low >= 0) {
    *out = 0x10000 + (((uint32_t)unit & 0x3ff) << 10 | ((uint32_t)low & 0x3ff));
    return p + 12;
  }
  *out = 0xfffd;
  return unit >= 0 && (mode & EW_TOLERATE_BAD_UTF8) != 0 ? p + 6 : NULL;
}

EW__SMALL const char *ew__scan_code_point(const char *p, const char *end, uint32_t *out) {
  int32_t unit = any_unit(p, end);
  *out = (uint32_t)unit;
  return EW_LIKELY(unit >= 0 && !is_half(unit)) ? p + 6 : scan_half(p, end, 0, unit, out);
}

/* p is at a \u that is not all there. */
EW__COLD static const char *refuse_unit(const char *p, const char *end, ew__fault *fault) {
  const char *digit = p + 2;
  while (digit < end && digit < p + 6 && (*digit & 0x80) == 0 && digit_at(digit) >= 0) {
    digit++;
  }
  return ew__refuse(fault, digit == end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX, digit,
                    "four hexadecimal digits");
}

/* p is behind the escape of a high surrogate, and not at the one of a low one. */
EW__COLD static const char *refuse_high(const char *p, const char *end, ew__fault *fault) {
  static const char expected[] = "the second half of a surrogate pair";
  if (p == end || (end - p == 1 && *p == '\\')) {
    return ew__refuse(fault, EW_ERR_TRUNCATED, end, expected);
  }
  bool broken = p[0] == '\\' && p[1] == 'u' && any_unit(p, end) < 0;
  return broken ? refuse_unit(p, end, fault)
                : ew__refuse(fault, EW_ERR_SURROGATE, p - 6, expected);
}

/* p is at the backslash of what is no escape. */
EW__COLD static EW_NOINLINE const char *refuse_escape(const char *p, const char *end,
                                                      ew__fault *fault) {
  if (end - p < 2) {
    return ew__refuse(fault, EW_ERR_TRUNCATED, end, "an escape");
  }
  if (p[1] != 'u') {
    return ew__refuse(fault, EW_ERR_SYNTAX, p + 1, "one of \" \\ / b f n r t u");
  }
  int32_t unit = any_unit(p, end);
  if (unit < 0) {
    return refuse_unit(p, end, fault);
  }
  return ew__is_high((uint32_t)unit)
             ? refuse_high(p + 6, end, fault)
             : ew__refuse(fault, EW_ERR_SURROGATE, p, "the first half of a surrogate pair");
}

/* What stands behind the u of the escape at p is digits. */
EW_INLINE bool has_digits(const char *p) {
  return (ew_load32(p + 2) & 0x80808080) == 0 &&
         (digit_at(p + 2) | digit_at(p + 3) | digit_at(p + 4) | digit_at(p + 5)) >= 0;
}

/* A tolerant scan does not ask for the other half of a pair. */
EW__SMALL const char *ew__pass_escapes(const char *p, const char *end, uint32_t mode) {
  while (end - p >= 2 && *p == '\\') {
    const char *behind = p + 2;
    if (p[1] == 'u') {
      if (EW_UNLIKELY(end - p < 6 || !has_digits(p))) {
        return p;
      }
      behind = p + 6;
      bool is_half = (p[2] | 0x20) == 'd' && p[3] > '7';
      if (is_half && (mode & EW_TOLERATE_BAD_UTF8) == 0) {
        if (digit_at(p + 3) >= 12 || low_behind(p, end) < 0) {
          return p;
        }
        behind = p + 12;
      }
    } else if (EW_UNLIKELY(ew__short_escape(p[1]) == '\0')) {
      return p;
    }
    p = behind;
  }
  return p;
}

EW__SMALL const char *ew__scan_string(const char *p, const char *end, uint32_t mode, ew__span *out,
                                      ew__fault *fault) {
  const char *begin = p + 1;
  bool escaped = false;
  for (p = begin; p < end && *p != '"';) {
    const char *behind;
    if (*p == '\\') {
      escaped = true;
      if (end - p > 1 && ew__short_escape(p[1]) != '\0') {
        p += 2;
        continue;
      }
      behind = ew__pass_escapes(p, end, mode);
      if (EW_UNLIKELY(behind == p)) {
        return refuse_escape(p, end, fault);
      }
    } else if ((unsigned char)*p >= 0x20) {
      behind = p + 1;
      if (behind < end && *behind != '\\') { /* else it is alone between escapes */
        behind = ew__find_special(behind, end);
      }
    } else {
      return ew__refuse(fault, EW_ERR_SYNTAX, p, "an escape in place of a control byte");
    }
    p = behind;
  }
  if (EW_UNLIKELY(p == end)) {
    return ew__refuse(fault, EW_ERR_TRUNCATED, p, "a closing quote");
  }
  *out = (ew__span){begin, (uint32_t)(p - begin), escaped};
  return p + 1;
}

/* ----------------------------------------------------------------------------------- unescaping */

/* No ASCII. */
EW__SMALL static EW_NOINLINE char *put_code_point(char *to, uint32_t c) {
  if (c < 0x800) {
    *to++ = (char)(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      *to++ = (char)(0xe0 | c >> 12);
    } else {
      *to++ = (char)(0xf0 | c >> 18);
      *to++ = (char)(0x80 | (c >> 12 & 0x3f));
    }
    *to++ = (char)(0x80 | (c >> 6 & 0x3f));
  }
  *to++ = (char)(0x80 | (c & 0x3f));
  return to;
}

/* One escape. */
EW_INLINE const char *decode_escape(const char *p, const char *end, uint32_t mode, char **to) {
  bool has_unit = end - p >= 6 && p[1] == 'u';
  uint32_t c = has_unit || end - p < 2 ? 0 : (unsigned char)ew__short_escape(p[1]);
  const char *behind = p + 2;
  if (c == 0) {
    int32_t unit = has_unit ? unit_at(p) : -1;
    c = (uint32_t)unit;
    behind = EW_LIKELY(unit >= 0 && !is_half(unit)) ? p + 6 : scan_half(p, end, mode, unit, &c);
  }
  if (EW_LIKELY(c < 0x80)) {
    *(*to)++ = (char)c;
  } else {
    *to = put_code_point(*to, c);
  }
  return behind;
}

/* One sequence; U+FFFD stands for a byte that is no text. */
EW_INLINE const char *decode_sequence(const char *p, const char *end, uint32_t mode, char **to) {
  unsigned char first = (unsigned char)*p;
  size_t n = first < 0xc2 || first > 0xf4 ? 0 : ew__utf8_length(p, end);
  if (n == 0) {
    memcpy(*to, "\xef\xbf\xbd", 3);
    *to += 3;
    return (mode & EW_TOLERATE_BAD_UTF8) != 0 ? p + 1 : NULL;
  }
  for (size_t i = 0; i < n; i++) {
    *(*to)++ = *p++;
  }
  return p;
}

EW__SMALL const char *ew__decode_odd(const char *p, const char *end, const char *limit,
                                     uint32_t mode, char **out) {
  char *to = *out;
  do {
    p = *p == '\\' ? decode_escape(p, end, mode, &to) : decode_sequence(p, end, mode, &to);
    if (EW_UNLIKELY(p == NULL)) {
      return NULL;
    }
  } while (limit - to >= EW__LONGEST_CHARACTER && p < end && (*p == '\\' || (*p & 0x80) != 0));
  *out = to;
  return p;
}

EW__SMALL size_t ew__chars_decode(const char **p, const char *end, uint32_t mode, bool escaped,
                                  char out[EW__LONGEST_CHARACTER]) {
  char c = **p;
  char *behind = out;
  if ((c == '\\' && escaped) || ((c & 0x80) != 0 && (mode & EW_TOLERATE_BAD_UTF8) != 0)) {
    *p = ew__decode_odd(*p, end, out, EW_TOLERATE_BAD_UTF8, &behind); /* it was scanned before */
  } else {
    *behind++ = c;
    *p += 1;
  }
  return (size_t)(behind - out);
}

EW__SMALL ew__chars ew__chars_of(ew__span span, uint32_t mode) {
  ew__chars chars; /* bytes are set by the first character */
  chars.p = span.ptr;
  chars.end = span.ptr == NULL ? NULL : span.ptr + span.len;
  chars.mode = mode;
  chars.escaped = span.escaped;
  chars.at = chars.count = 0;
  return chars;
}

EW__SMALL int ew__chars_next(ew__chars *chars) {
  if (chars->at == chars->count) {
    if (chars->p == chars->end) {
      return -1;
    }
    chars->count = (uint8_t)ew__chars_decode(&chars->p, chars->end, chars->mode, chars->escaped,
                                             chars->bytes);
    chars->at = 0;
  }
  return (unsigned char)chars->bytes[chars->at++];
}

EW__SMALL size_t ew__unescaped_size(ew__span span, uint32_t mode) {
  const char *p = span.ptr;
  const char *end = p + span.len;
  size_t size = 0;
  char character[EW__LONGEST_CHARACTER];
  while (p < end) {
    size += ew__chars_decode(&p, end, mode, span.escaped, character);
  }
  return size;
}

EW__SMALL ew_err ew__span_read(const ew_reader *r, ew__span span, uint32_t mode, ew_str *out) {
  size_t bad = 0;
  bool strict = (mode & EW_TOLERATE_BAD_UTF8) == 0;
  if (!span.escaped && (strict || ew__utf8_check(span.ptr, span.len, &bad) == EW_OK)) {
    *out = (ew_str){span.ptr, span.len, EW_STR_CLEAN};
    return EW_OK;
  }
  ew_str known;
  if (ew__unescape(r, span.ptr, mode, out, &known) == NULL) {
    /* Nobody has looked at it yet where the straight engine asks. */
    return strict && ew__utf8_check(span.ptr, span.len, &bad) != EW_OK ? EW_ERR_UTF8
                                                                       : EW_ERR_ARENA_FULL;
  }
  r->arena->used += out->len;
  return EW_OK;
}

EW__SMALL ew_err ew__span_take(ew__span span, uint32_t mode, ew_arena *arena, ew_str *out) {
  ew_reader r;
  ew__skip_open(&r, span.ptr, span.ptr + span.len, 0);
  r.arena = arena;
  return ew__span_read(&r, span, mode, out);
}

/* ------------------------------------------------------------------------------------ comparing */

EW__SMALL static int fold(int c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; }

EW__SMALL bool ew__span_is(ew__span span, ew_text text) {
  return ew__is_same_span(span, (ew__span){text.ptr, text.len, false}, 0);
}

EW__SMALL bool ew__span_is_folded(ew__span span, ew_text text) {
  ew__chars chars = ew__chars_of(span, 0);
  for (uint32_t i = 0; i < text.len; i++) {
    int c = ew__chars_next(&chars);
    int expected = (unsigned char)text.ptr[i];
    if (c != expected && fold(c) != fold(expected)) {
      return false;
    }
  }
  return ew__chars_next(&chars) < 0;
}

EW__SMALL bool ew__is_same_span(ew__span a, ew__span b, uint32_t mode) {
  if (ew__is_plain(a, mode) && !b.escaped) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
  }
  ew__chars left = ew__chars_of(a, mode);
  ew__chars right = ew__chars_of(b, mode);
  int c;
  do {
    c = ew__chars_next(&left);
    if (c != ew__chars_next(&right)) {
      return false;
    }
  } while (c >= 0);
  return true;
}

