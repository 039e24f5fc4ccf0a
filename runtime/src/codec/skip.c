/*
 * Strings, numbers and whole values that the straight-line engine steps over.
 */
#include "straight_internal.h"

#include "scan_internal.h"

/* ------------------------------------------------------------------------------------------------- escapes */

/* 1 to 15: value of a hexadecimal digit; 16: of '0'; 0: no such digit. */
static const uint8_t hex_digits[256] = {
    ['0'] = 16, ['1'] = 1,  ['2'] = 2,  ['3'] = 3,  ['4'] = 4,  ['5'] = 5,  ['6'] = 6,  ['7'] = 7,
    ['8'] = 8,  ['9'] = 9,  ['a'] = 10, ['b'] = 11, ['c'] = 12, ['d'] = 13, ['e'] = 14, ['f'] = 15,
    ['A'] = 10, ['B'] = 11, ['C'] = 12, ['D'] = 13, ['E'] = 14, ['F'] = 15};

/* What the character behind a backslash stands for; 0: nothing of one byte. */
static const char short_escapes[128] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};

EW_INLINE char short_escape(char c) { return c < 0 ? '\0' : short_escapes[(unsigned char)c]; }

#define NO_UNIT UINT32_MAX

/* The UTF-16 unit of the 4 bytes at p, or NO_UNIT. */
EW_INLINE uint32_t unit_at(const char *p) {
  uint32_t unit = 0;
  for (int i = 0; i < 4; i++) {
    uint32_t digit = hex_digits[(unsigned char)p[i]];
    if (digit == 0) {
      return NO_UNIT;
    }
    unit = unit << 4 | (digit & 15);
  }
  return unit;
}

/* p is at the backslash of \uXXXX. The result is behind the escape, or behind the second one of a pair; NULL when it is none. */
static const char *scan_code_point(const char *p, const char *end, uint32_t *code_point) {
  uint32_t unit = end - p < 6 ? NO_UNIT : unit_at(p + 2);
  if (unit == NO_UNIT || (unit & 0xfc00) == 0xdc00) {
    return NULL;
  }
  if ((unit & 0xfc00) != 0xd800) {
    *code_point = unit;
    return p + 6;
  }
  uint32_t low = end - p < 12 || p[6] != '\\' || p[7] != 'u' ? NO_UNIT : unit_at(p + 8);
  if (low == NO_UNIT || (low & 0xfc00) != 0xdc00) {
    return NULL;
  }
  *code_point = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
  return p + 12;
}

static char *put_utf8(char *to, uint32_t c) {
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

/* An escape takes 6 bytes or more for each 3 that it becomes, so 4 bytes of room are enough for one;
 * the block that is stored needs the rest. */
#define UNESCAPE_ROOM (EW_BLOCK + 4)

const char *ew__unescape_fast(const ew_reader *r, const char *start, ew_str *out) {
  ew_arena *arena = r->arena;
  if (arena->base == NULL || arena->size - arena->used < UNESCAPE_ROOM) {
    return NULL;
  }
  char *const begin = arena->base + arena->used;
  char *const last = arena->base + arena->size - UNESCAPE_ROOM;
  char *to = begin;
  const char *p = start;
  while (p < r->fast_end && to <= last) {
    ew_block block = ew_block_load(p);
    ew_block_store(to, block);
    ew_mask special = ew_block_special(block);
    if (special == 0) {
      p += EW_BLOCK;
      to += EW_BLOCK;
      continue;
    }
    unsigned plain = ew_mask_first(special);
    p += plain;
    to += plain;
    if (p >= r->end) {
      return NULL;
    }
    if (*p == '"') {
      *out = (ew_str){begin, (uint32_t)(to - begin), 0};
      arena->used += (size_t)(to - begin);
      return p + 1;
    }
    if (*p != '\\' || r->end - p < 2) {
      return NULL;
    }
    char c = short_escape(p[1]);
    if (c != '\0') {
      *to++ = c;
      p += 2;
      continue;
    }
    uint32_t code_point = 0;
    p = p[1] == 'u' ? scan_code_point(p, r->end, &code_point) : NULL;
    if (p == NULL) {
      return NULL;
    }
    to = put_utf8(to, code_point);
  }
  return NULL;
}

/* ------------------------------------------------------------------------------------------------- strings */

/* stop is where the plain scan of a string ended; the result is behind its closing quote. */
static const char *skip_escaped(ew_reader *r, const char *stop) {
  while (ew_peek(r, stop) == '\\') {
    char next = ew_peek(r, stop + 1);
    uint32_t code_point = 0;
    if (short_escape(next) != '\0') {
      stop += 2;
    } else {
      stop = next == 'u' ? scan_code_point(stop, r->end, &code_point) : NULL;
      if (stop == NULL) {
        return ew_refuse(r, EW_ERR_SYNTAX);
      }
    }
    stop = ew_scan_plain(r, stop);
  }
  return ew_peek(r, stop) == '"' ? stop + 1 : ew_refuse(r, EW_ERR_SYNTAX);
}

/* p is behind the opening quote. */
EW_INLINE const char *skip_string(ew_reader *r, const char *p) {
  const char *stop = ew_scan_plain(r, p);
  return EW_LIKELY(ew_peek(r, stop) == '"') ? stop + 1 : skip_escaped(r, stop);
}

/* ------------------------------------------------------------------------------------------------- numbers */

/* Behind the digits at p; NULL when there is none. */
EW_INLINE const char *skip_digits(const ew_reader *r, const char *p) {
  const char *start = p;
  for (; r->end - p >= 8; p += 8) {
    unsigned count = ew__count_digits(ew_load64(p));
    if (EW_LIKELY(count < 8)) {
      p += count;
      return p == start ? NULL : p;
    }
  }
  while (ew__is_digit(ew_peek(r, p))) {
    p++;
  }
  return p == start ? NULL : p;
}

/* p is at '-' or a digit. NULL when it is no number. */
static const char *skip_number(const ew_reader *r, const char *p) {
  p += *p == '-';
  p = ew_peek(r, p) == '0' ? p + 1 : skip_digits(r, p);
  if (p == NULL) {
    return NULL;
  }
  char c = ew_peek(r, p);
  if (c == '.') {
    p = skip_digits(r, p + 1);
    c = p == NULL ? '\0' : ew_peek(r, p);
  }
  if (EW_UNLIKELY((c | 0x20) == 'e')) {
    p++;
    p += ew_peek(r, p) == '+' || ew_peek(r, p) == '-';
    p = skip_digits(r, p);
  }
  return p;
}

/* -------------------------------------------------------------------------------------------- other values */

/* p is at the first byte of what is neither a string nor a bracket. */
static const char *skip_word_or_number(ew_reader *r, const char *p) {
  char c = ew_peek(r, p);
  const char *behind = NULL;
  if (ew__is_digit(c) || c == '-') {
    behind = skip_number(r, p);
  } else if (ew_at(r, p, "true", 4) || ew_at(r, p, "null", 4)) {
    behind = p + 4;
  } else if (ew_at(r, p, "false", 5)) {
    behind = p + 5;
  }
  return behind != NULL ? behind : ew_refuse(r, EW_ERR_SYNTAX);
}

/* Which of the open brackets are objects: the innermost 64 in one word, lowest bit first. */
typedef struct levels {
  uint64_t objects;
  uint32_t depth;
  uint32_t most;
  uint64_t outer[EW__MAX_DEPTH / 64];
} levels;

EW_INLINE bool open_level(levels *l, bool object) {
  if (l->depth >= l->most) {
    return false;
  }
  if (l->depth % 64 == 0) {
    l->outer[l->depth / 64] = l->objects;
  }
  l->depth++;
  l->objects = l->objects << 1 | object;
  return true;
}

EW_INLINE void close_level(levels *l) {
  l->depth--;
  l->objects = l->depth % 64 == 0 ? l->outer[l->depth / 64] : l->objects >> 1;
}

/* From behind a key, over the colon. */
EW_INLINE const char *skip_colon(ew_reader *r, const char *p) {
  if (EW_UNLIKELY(ew_peek(r, p) != ':')) {
    p = ew__skip_white(p, r->end);
    if (ew_peek(r, p) != ':') {
      return ew_refuse(r, EW_ERR_SYNTAX);
    }
  }
  return p + 1;
}

/* p is before a key; the result is before its value. */
EW_INLINE const char *skip_key(ew_reader *r, const char *p) {
  p = ew__skip_white(p, r->end);
  if (EW_UNLIKELY(ew_peek(r, p) != '"')) {
    return ew_refuse(r, EW_ERR_SYNTAX);
  }
  p = skip_string(r, p + 1);
  return EW_LIKELY(p != NULL) ? skip_colon(r, p) : NULL;
}

/*
 * Members whose values are strings and numbers, written without white space: what free-form objects
 * mostly hold. p is at a key. The result is at the first key that is not of such a member, or with
 * *closed behind the '}'.
 */
EW_INLINE const char *skip_flat(ew_reader *r, const char *p, bool *closed) {
  for (;;) {
    const char *quote = ew__find_quote(r, p);
    if (EW_UNLIKELY(quote == NULL || r->end - quote < 3 || quote[1] != ':')) {
      return p;
    }
    const char *value = quote + 2;
    const char *behind = NULL;
    if (*value == '"') {
      quote = ew__find_quote(r, value);
      behind = quote == NULL ? NULL : quote + 1;
    } else if (ew__is_digit(*value) || *value == '-') {
      behind = skip_number(r, value);
    }
    if (EW_UNLIKELY(behind == NULL || behind >= r->end)) {
      return p;
    }
    if (*behind != ',') {
      *closed = *behind == '}';
      return *closed ? behind + 1 : p;
    }
    p = behind + 1;
  }
}

/*
 * p is at a bracket, *l as deep as that. The result is where the first value inside begins, or with
 * *closed behind the bracket that ends it.
 */
EW_INLINE const char *skip_opening(ew_reader *r, const char *p, levels *l, bool *closed) {
  char bracket = *p;
  if (EW_UNLIKELY(!open_level(l, bracket == '{'))) {
    return ew_refuse(r, EW_ERR_DEPTH);
  }
  p = ew__skip_white(p + 1, r->end);
  *closed = ew_peek(r, p) == bracket + 2; /* '{' + 2 is '}' and '[' + 2 is ']' */
  if (*closed) {
    p++;
  } else if (bracket == '{') {
    p = skip_flat(r, p, closed);
  }
  if (*closed) {
    close_level(l);
    return p;
  }
  return bracket == '{' ? skip_key(r, p) : p;
}

/* p is behind a value. Closes all that ends here; the result is where the next value begins, or,
 * with no level left, behind the last bracket. */
EW_INLINE const char *skip_closings(ew_reader *r, const char *p, levels *l) {
  while (l->depth > 0) {
    p = ew__skip_white(p, r->end);
    char c = ew_peek(r, p);
    bool object = (l->objects & 1) != 0;
    if (EW_LIKELY(c == ',')) {
      return object ? skip_key(r, p + 1) : p + 1;
    }
    if (EW_UNLIKELY(c != (object ? '}' : ']'))) {
      return ew_refuse(r, EW_ERR_SYNTAX);
    }
    close_level(l);
    p++;
  }
  return p;
}

/* p is at a bracket. Iterative: a value, then all that may follow one, until the bracket closes. */
static const char *skip_nested(ew_reader *r, const char *p) {
  levels l;
  l.objects = 0;
  l.depth = 0;
  l.most = r->depth_left < EW__MAX_DEPTH ? r->depth_left : EW__MAX_DEPTH;
  do {
    bool ended = true;
    p = ew__skip_white(p, r->end);
    char c = ew_peek(r, p);
    if (EW_LIKELY(c == '"')) {
      p = skip_string(r, p + 1);
    } else if (c == '{' || c == '[') {
      p = skip_opening(r, p, &l, &ended);
    } else {
      p = skip_word_or_number(r, p);
    }
    if (EW_LIKELY(p != NULL && ended)) {
      p = skip_closings(r, p, &l);
    }
  } while (EW_LIKELY(p != NULL) && l.depth > 0);
  return p;
}

const char *ew_skip(ew_reader *r, const char *p) {
  p = ew__skip_white(p, r->end);
  switch (ew_peek(r, p)) {
  case '"':
    return skip_string(r, p + 1);
  case '{':
  case '[':
    return skip_nested(r, p);
  default:
    return skip_word_or_number(r, p);
  }
}
