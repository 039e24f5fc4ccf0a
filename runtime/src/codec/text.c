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
    if (EW__LIKELY((unsigned char)*p > ' ')) {
      return p;
    }
  }
  if (end - p > 1 && ew__is_white(*p) && (unsigned char)p[1] > ' ') {
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

static bool is_hex(char c) {
  char lower = (char)(c | 0x20);
  return ew__is_digit(c) || (lower >= 'a' && lower <= 'f');
}

#define NO_UNIT UINT32_MAX

/*
 * Whether \u and four digits stand at p, and their values. All four at once: a letter has bit 6 set,
 * and digits are right when their values make the same text again.
 */
static inline bool is_unit(const char *p, const char *end, uint32_t *values) {
  if (end - p < 6 || p[0] != '\\' || p[1] != 'u') {
    return false;
  }
  uint32_t text = ew_load32(p + 2);
  uint32_t letters = text & 0x40404040;
  *values = (text & 0x0f0f0f0f) + (letters >> 6) * 9;
  uint32_t over_nine = (*values + 0x06060606) >> 4 & 0x01010101;
  uint32_t again = *values + 0x30303030 + over_nine * ('a' - '0' - 10);
  return again == (text | letters >> 1) && (*values & 0xf0f0f0f0) == 0;
}

/* The UTF-16 unit of the escape at p, or NO_UNIT. */
static EW_NOINLINE uint32_t unit_at(const char *p, const char *end) {
  uint32_t values;
  if (!is_unit(p, end, &values)) {
    return NO_UNIT;
  }
  values = values << 4 | values >> 8; /* the first digit stands lowest */
  return (values & 0xff) << 8 | (values >> 16 & 0xff);
}

/* p is at the escape of high: behind that of the other half. */
EW__SMALL static EW_NOINLINE const char *scan_pair(const char *p, const char *end, uint32_t high,
                                                   uint32_t *out) {
  bool may_be = end - p >= 12 && p[9] > '9'; /* D and C to F */
  uint32_t low = may_be ? unit_at(p + 6, end) : NO_UNIT;
  *out = 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
  return low != NO_UNIT && ew__is_low(low) ? p + 12 : NULL;
}

const char *ew__scan_code_point(const char *p, const char *end, uint32_t *out) {
  uint32_t unit = unit_at(p, end);
  if (EW__LIKELY((unit & 0xfffff800) != 0xd800)) {
    *out = unit;
    return unit == NO_UNIT ? NULL : p + 6;
  }
  return ew__is_high(unit) ? scan_pair(p, end, unit, out) : NULL;
}

/* p is at a \u that is not all there. */
EW__COLD static const char *refuse_unit(const char *p, const char *end, ew__fault *fault) {
  const char *digit = p + 2;
  while (digit < end && digit < p + 6 && is_hex(*digit)) {
    digit++;
  }
  return ew__refuse(fault, digit == end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX, digit,
                    "four hexadecimal digits");
}

/* p is behind the escape of a high surrogate, and not at the one of a low one. */
EW__COLD static EW_NOINLINE const char *refuse_high(const char *p, const char *end,
                                                    ew__fault *fault) {
  static const char expected[] = "the second half of a surrogate pair";
  if (p == end || (end - p == 1 && *p == '\\')) {
    return ew__refuse(fault, EW_ERR_TRUNCATED, end, expected);
  }
  bool broken = p[0] == '\\' && p[1] == 'u' && unit_at(p, end) == NO_UNIT;
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
  uint32_t unit = unit_at(p, end);
  if (unit == NO_UNIT) {
    return refuse_unit(p, end, fault);
  }
  return ew__is_high(unit)
             ? refuse_high(p + 6, end, fault)
             : ew__refuse(fault, EW_ERR_SURROGATE, p, "the first half of a surrogate pair");
}

/* p is at the backslash of no short escape. A tolerant scan does not ask for the other half of a pair. */
static const char *scan_escape(const char *p, const char *end, uint32_t mode, ew__fault *fault) {
  uint32_t found; /* what it is does not matter */
  const char *behind = NULL;
  if ((mode & EW_TOLERATE_BAD_UTF8) != 0) {
    behind = unit_at(p, end) != NO_UNIT ? p + 6 : NULL;
  } else {
    behind = ew__scan_code_point(p, end, &found);
  }
  return EW__LIKELY(behind != NULL) ? behind : refuse_escape(p, end, fault);
}

EW__SMALL const char *ew__scan_string(const char *p, const char *end, uint32_t mode, ew__span *out,
                                      ew__fault *fault) {
  const char *begin = p + 1;
  bool escaped = false;
  for (p = begin; p < end && *p != '"';) {
    if (*p == '\\') {
      escaped = true;
      bool brief = end - p > 1 && ew__short_escape(p[1]) != '\0';
      p = brief ? p + 2 : scan_escape(p, end, mode, fault);
      if (EW_UNLIKELY(p == NULL)) {
        return NULL;
      }
    } else if ((unsigned char)*p >= 0x20) {
      p = ew__find_special(p + 1, end);
    } else {
      return ew__refuse(fault, EW_ERR_SYNTAX, p, "an escape in place of a control byte");
    }
  }
  if (EW_UNLIKELY(p == end)) {
    return ew__refuse(fault, EW_ERR_TRUNCATED, p, "a closing quote");
  }
  *out = (ew__span){begin, (uint32_t)(p - begin), escaped};
  return p + 1;
}

/* ----------------------------------------------------------------------------------- unescaping */

EW__SMALL char *ew__put_code_point(char *to, uint32_t c) {
  if (c < 0x80) {
    *to++ = (char)c;
    return to;
  }
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

/* U+FFFD: what stands for bytes that are no text. */
static size_t put_replacement(char *to) {
  memcpy(to, "\xef\xbf\xbd", 3);
  return 3;
}

/* The escape at *p, which was scanned before. A half pair is U+FFFD, which only tolerant scans let
 * through. */
static size_t decode_escape(const char **p, const char *end, char *out) {
  const char *at = *p;
  if (at[1] != 'u') {
    *out = ew__short_escape(at[1]);
    *p = at + 2;
    return 1;
  }
  uint32_t c;
  const char *behind = ew__scan_code_point(at, end, &c);
  *p = behind != NULL ? behind : at + 6;
  return behind != NULL ? (size_t)(ew__put_code_point(out, c) - out) : put_replacement(out);
}

/* Bytes from 0x80 on that nobody has checked. */
static size_t decode_sequence(const char **p, const char *end, char *out) {
  unsigned char first = (unsigned char)**p;
  size_t n = first < 0xc2 || first > 0xf4 ? 0 : ew__utf8_length(*p, end);
  if (n == 0) {
    *p += 1;
    return put_replacement(out);
  }
  for (size_t i = 0; i < n; i++) {
    out[i] = (*p)[i];
  }
  *p += n;
  return n;
}

EW__SMALL static EW_NOINLINE size_t decode_one(const char **p, const char *end, uint32_t mode,
                                               bool escaped, char *out) {
  unsigned char c = (unsigned char)**p;
  if (c == '\\' && escaped) {
    return decode_escape(p, end, out);
  }
  if (c >= 0x80 && (mode & EW_TOLERATE_BAD_UTF8) != 0) {
    return decode_sequence(p, end, out);
  }
  out[0] = (char)c;
  *p += 1;
  return 1;
}

EW__SMALL size_t ew__chars_decode(const char **p, const char *end, uint32_t mode, bool escaped,
                                  char out[4]) {
  return decode_one(p, end, mode, escaped, out);
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
    chars->count = (uint8_t)decode_one(&chars->p, chars->end, chars->mode, chars->escaped,
                                       chars->bytes);
    chars->at = 0;
  }
  return (unsigned char)chars->bytes[chars->at++];
}

static bool is_plain(ew__span span, uint32_t mode) {
  return !span.escaped && (mode & EW_TOLERATE_BAD_UTF8) == 0;
}

size_t ew__unescaped_size(ew__span span, uint32_t mode) {
  if (is_plain(span, mode)) {
    return span.len;
  }
  const char *p = span.ptr;
  const char *end = p + span.len;
  size_t size = 0;
  char scratch[4];
  while (p < end) {
    bool short_escape = *p == '\\' && p[1] != 'u'; /* no other text has backslashes */
    if (short_escape || (*p != '\\' && (*p & 0x80) == 0)) {
      p += 1 + short_escape;
      size++;
    } else {
      size += decode_one(&p, end, mode, span.escaped, scratch);
    }
  }
  return size;
}

EW__SMALL char *ew__unescape(ew__span span, uint32_t mode, char *to, size_t room) {
  const char *p = span.ptr;
  const char *end = p + span.len;
  while (p < end && room > 0) {
    if (*p != '\\' && ((*p & 0x80) == 0 || (mode & EW_TOLERATE_BAD_UTF8) == 0)) {
      *to++ = *p++;
      room--;
      continue;
    }
    char one[4];
    size_t n = decode_one(&p, end, mode, span.escaped, room < 4 ? one : to);
    if (n > room) {
      return NULL;
    }
    if (room < 4) {
      memcpy(to, one, n);
    }
    to += n;
    room -= n;
  }
  return p == end ? to : NULL;
}

EW__SMALL ew_err ew__span_take(ew__span span, uint32_t mode, ew_arena *arena, ew_str *out) {
  size_t bad = 0;
  bool whole =
      (mode & EW_TOLERATE_BAD_UTF8) == 0 || ew__utf8_check(span.ptr, span.len, &bad) == EW_OK;
  if (!span.escaped && whole) {
    *out = (ew_str){span.ptr, span.len, EW_STR_CLEAN};
    return EW_OK;
  }
  uint32_t how = whole ? mode & ~(uint32_t)EW_TOLERATE_BAD_UTF8 : mode;
  char *to = ew__arena_take_text(arena, 0);
  size_t room = to != NULL ? arena->size - arena->used : 0;
  const char *behind = ew__unescape(span, how, to, room < UINT32_MAX ? room : UINT32_MAX);
  if (to == NULL || behind == NULL) {
    return room > UINT32_MAX ? EW_ERR_TOO_LARGE : EW_ERR_ARENA_FULL;
  }
  *out = (ew_str){to, (uint32_t)(behind - to), 0};
  arena->used += out->len;
  return EW_OK;
}

/* ------------------------------------------------------------------------------------ comparing */

EW__SMALL static int fold(int c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; }

EW__SMALL static bool is_text(ew__span span, ew_text text, bool folded) {
  ew__chars chars = ew__chars_of(span, 0);
  for (uint32_t i = 0; i < text.len; i++) {
    int c = ew__chars_next(&chars);
    int expected = (unsigned char)text.ptr[i];
    if (c != expected && !(folded && fold(c) == fold(expected))) {
      return false;
    }
  }
  return ew__chars_next(&chars) < 0;
}

EW__SMALL bool ew__span_is(ew__span span, ew_text text) {
  if (!span.escaped) {
    return span.len == text.len && (text.len == 0 || memcmp(span.ptr, text.ptr, text.len) == 0);
  }
  return is_text(span, text, false);
}

EW__SMALL bool ew__span_is_folded(ew__span span, ew_text text) { return is_text(span, text, true); }

EW__SMALL int ew__span_compare(ew__span a, ew__span b, uint32_t mode) {
  if (is_plain(a, mode) && is_plain(b, mode)) {
    uint32_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
  }
  ew__chars left = ew__chars_of(a, mode);
  ew__chars right = ew__chars_of(b, mode);
  for (;;) {
    int x = ew__chars_next(&left);
    int y = ew__chars_next(&right);
    if (x != y || x < 0) {
      return x - y;
    }
  }
}
