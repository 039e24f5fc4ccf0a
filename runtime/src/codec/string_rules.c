/*
 * What a schema asks of a string: length, pattern, content. All of it works on the escaped text, so
 * that checking needs no memory.
 */
#include "levels_internal.h"
#include "shape_internal.h"

/* --------------------------------------------------------------------------- length and pattern */

/* Not further than to `enough`. */
EW__SMALL static size_t count_code_points(ew__span span, uint32_t mode, size_t enough) {
  ew__chars chars = ew__chars_of(span, mode);
  size_t count = 0;
  for (int c = ew__chars_next(&chars); c >= 0 && count < enough; c = ew__chars_next(&chars)) {
    count += (c & 0xc0) != 0x80;
  }
  return count;
}

static bool count_fits(const ew_string_rules *rules, size_t count) {
  return count >= rules->min_length &&
         (rules->max_length == EW_NO_LIMIT || count <= rules->max_length);
}

/* A code point is 1 to 4 bytes: most texts need no count. */
static bool length_fits(const ew_string_rules *rules, const char *ptr, uint32_t len) {
  if (EW_LIKELY(len / 4 + (len % 4 != 0) >= rules->min_length && len <= rules->max_length)) {
    return true;
  }
  return count_fits(rules, ew__utf8_count(ptr, len));
}

EW__SMALL static bool escaped_length_fits(const ew_string_rules *rules, ew__span span,
                                          uint32_t mode) {
  bool bounded = rules->max_length != EW_NO_LIMIT;
  if (rules->min_length == 0 && !bounded) {
    return true;
  }
  size_t enough = bounded ? (size_t)rules->max_length + 1 : rules->min_length;
  return count_fits(rules, count_code_points(span, mode, enough));
}

/* ASCII bytes that are taken at once. */
#define AT_ONCE 4

/* As far as whole groups of ASCII bytes go. */
EW_INLINE const char *run_in_groups(const ew_dfa *dfa, const char *p, const char *end,
                                    uint32_t *state) {
  const uint8_t *classes = dfa->classes;
  const uint8_t *steps = dfa->steps;
  uint32_t at = *state;
  for (; end - p >= AT_ONCE && (ew_load32(p) & 0x80808080) == 0; p += AT_ONCE) {
    at = steps[at + classes[(unsigned char)p[0]]];
    at = steps[at + classes[(unsigned char)p[1]]];
    at = steps[at + classes[(unsigned char)p[2]]];
    at = steps[at + classes[(unsigned char)p[3]]];
  }
  *state = at;
  return p;
}

bool ew__dfa_accepts(const ew_dfa *dfa, const char *ptr, size_t len) {
  if (dfa->form != NULL) {
    return ew__form_accepts(dfa->form, ptr, len);
  }
  const char *end = ptr + (dfa->decided_in != 0 && dfa->decided_in < len ? dfa->decided_in : len);
  uint32_t state = dfa->start;
  if (EW_LIKELY(dfa->steps != NULL)) {
    ptr = run_in_groups(dfa, ptr, end, &state);
  }
  for (; ptr < end; ptr++) {
    state = ew__dfa_step(dfa, state, (unsigned char)*ptr);
  }
  return state >= dfa->accept_from;
}

EW__SMALL bool ew__dfa_accepts_chars(const ew_dfa *dfa, ew__chars *chars) {
  if (dfa->form != NULL) {
    return ew__form_accepts_chars(dfa->form, chars);
  }
  uint32_t state = dfa->start;
  do {
    for (; chars->at < chars->count && state != 0; chars->at++) {
      state = ew__dfa_step(dfa, state, (unsigned char)chars->bytes[chars->at]);
    }
  } while (state != 0 && ew__chars_fill(chars)); /* 0: nothing leads out of it */
  return state >= dfa->accept_from;
}

bool ew__pattern_holds(const ew_string_rules *rules, const char *ptr, size_t len) {
  const ew_shape *shape = rules->shape;
  if (shape == NULL || rules->pattern == NULL) {
    return shape == NULL ? ew__dfa_accepts(rules->pattern, ptr, len)
                         : ew__shape_holds(shape, ptr, len);
  }
  size_t row = shape->min_len;
  return len >= row && ew__shape_holds(shape, ptr, row) &&
         ew__dfa_accepts(rules->pattern, ptr + row, len - row);
}

EW__SMALL static bool pattern_holds_chars(const ew_string_rules *rules, ew__chars chars) {
  return rules->shape == NULL ? ew__dfa_accepts_chars(rules->pattern, &chars)
                              : ew__shape_holds_chars(rules->shape, rules->pattern, chars);
}

/* ------------------------------------------------------------------------- JSON inside a string */

/**
 * JSON byte by byte, with one byte of sight. The text around it is valid UTF-8, so this one is
 * too.
 */
typedef struct stream {
  ew__chars chars;
  int c; /* the byte in sight, -1 at the end */
  ew__levels levels;
} stream;

EW__SMALL static void advance(stream *s) { s->c = ew__chars_next(&s->chars); }

EW__SMALL static void skip_blank(stream *s) {
  while (s->c == ' ' || s->c == '\n' || s->c == '\r' || s->c == '\t') {
    advance(s);
  }
}

EW__SMALL static bool take_byte(stream *s, int c) {
  if (s->c != c) {
    return false;
  }
  advance(s);
  return true;
}

EW__SMALL static bool take_word(stream *s, const char *word) {
  for (; *word != '\0'; word++) {
    if (!take_byte(s, (unsigned char)*word)) {
      return false;
    }
  }
  return true;
}

EW__SMALL static bool take_digits(stream *s) {
  if (s->c < '0' || s->c > '9') {
    return false;
  }
  while (s->c >= '0' && s->c <= '9') {
    advance(s);
  }
  return true;
}

EW__SMALL static bool take_number(stream *s) {
  take_byte(s, '-');
  if (!take_byte(s, '0') && !take_digits(s)) {
    return false;
  }
  if (take_byte(s, '.') && !take_digits(s)) {
    return false;
  }
  if (s->c != 'e' && s->c != 'E') {
    return true;
  }
  advance(s);
  if (s->c == '+' || s->c == '-') {
    advance(s);
  }
  return take_digits(s);
}

EW__SMALL static bool take_unit(stream *s, uint32_t *unit) {
  *unit = 0;
  for (int i = 0; i < 4; i++) {
    int lower = s->c | 0x20;
    bool digit = s->c >= '0' && s->c <= '9';
    if (s->c < 0 || (!digit && (lower < 'a' || lower > 'f'))) {
      return false;
    }
    *unit = *unit << 4 | (uint32_t)(digit ? s->c - '0' : lower - 'a' + 10);
    advance(s);
  }
  return true;
}

EW__SMALL static bool take_escape(stream *s) {
  if (!take_byte(s, 'u')) {
    bool known = s->c > 0 && strchr("\"\\/bfnrt", s->c) != NULL;
    advance(s);
    return known;
  }
  uint32_t unit;
  if (!take_unit(s, &unit) || (unit & 0xfc00) == 0xdc00) {
    return false;
  }
  if ((unit & 0xfc00) != 0xd800) {
    return true;
  }
  return take_byte(s, '\\') && take_byte(s, 'u') && take_unit(s, &unit) &&
         (unit & 0xfc00) == 0xdc00;
}

EW__SMALL static bool take_string(stream *s) {
  if (!take_byte(s, '"')) {
    return false;
  }
  while (s->c != '"') {
    if (s->c < 0x20) {
      return false;
    }
    bool escape = s->c == '\\';
    advance(s);
    if (escape && !take_escape(s)) {
      return false;
    }
  }
  advance(s);
  return true;
}

EW__SMALL static EW_NOINLINE bool take_scalar(stream *s) {
  switch (s->c) {
  case '"':
    return take_string(s);
  case 't':
    return take_word(s, "true");
  case 'f':
    return take_word(s, "false");
  case 'n':
    return take_word(s, "null");
  default:
    return take_number(s);
  }
}

EW__SMALL static bool in_object(const stream *s) { return ew__levels_in_object(&s->levels); }

EW__SMALL static bool take_key(stream *s) {
  skip_blank(s);
  if (!take_string(s)) {
    return false;
  }
  skip_blank(s);
  return take_byte(s, ':');
}

/* Closes what ends here. True: either another value follows, or depth is 0. */
EW__SMALL static bool close_levels(stream *s) {
  while (s->levels.depth > 0) {
    skip_blank(s);
    if (take_byte(s, ',')) {
      return !in_object(s) || take_key(s);
    }
    if (!take_byte(s, in_object(s) ? '}' : ']')) {
      return false;
    }
    s->levels.depth--;
  }
  return true;
}

/* A value, or an opening with what must stand before the first value inside. *empty: the level
 * closes at once. */
EW__SMALL static bool take_opening(stream *s, bool *empty) {
  if (!ew__levels_open(&s->levels, s->c == '{')) {
    return false;
  }
  advance(s);
  skip_blank(s);
  *empty = s->c == (in_object(s) ? '}' : ']');
  return *empty || !in_object(s) || take_key(s);
}

EW__SMALL static bool is_json(ew__chars chars, uint32_t max_depth) {
  stream s = {.chars = chars, .levels = ew__levels_of(max_depth)};
  advance(&s);
  do {
    skip_blank(&s);
    bool ended = true;
    bool opens = s.c == '{' || s.c == '[';
    if (opens ? !take_opening(&s, &ended) : !take_scalar(&s)) {
      return false;
    }
    if (ended && !close_levels(&s)) {
      return false;
    }
  } while (s.levels.depth > 0);
  skip_blank(&s);
  return s.c < 0;
}

/* The same for text without escapes. */
static bool is_json_text(const char *p, const char *end, uint32_t max_depth) {
  ew__fault fault = {EW_OK, NULL, NULL};
  p = ew__skip_value(p, end, max_depth, 0, &fault);
  return p != NULL && ew__skip_white(p, end) == end;
}

/* ---------------------------------------------------------------------------------- all of them */

EW__SMALL static ew_err check_format(const ew_string_rules *rules, ew__span span, uint32_t mode,
                                     ew_arena *memory, const char **expected) {
  const ew_format_rules *own = (const ew_format_rules *)rules;
  ew_str text = {span.ptr, span.len, 0};
  return own->check(own->format, text, span.escaped, mode, memory, expected);
}

EW__SMALL static ew_err check_content(const ew_string_rules *rules, ew__span span, uint32_t mode,
                                      uint32_t max_depth, ew_arena *memory) {
  const char *expected;
  if (rules->content == EW_CONTENT_FORMAT) {
    return check_format(rules, span, mode, memory, &expected);
  }
  ew__chars chars = ew__chars_of(span, mode);
  bool fits = rules->content == EW_CONTENT_JSON
                  ? is_json(chars, max_depth)
                  : ew__shape_holds_chars(&ew_base64_shape, NULL, chars);
  return fits ? EW_OK : EW_ERR_CONTENT;
}

ew_err ew__check_text(const ew_string_rules *rules, const char *ptr, uint32_t len,
                      uint32_t max_depth) {
  if (rules == NULL) {
    return EW_OK;
  }
  ptr = EW_LIKELY(len > 0) ? ptr : ""; /* it may be NULL */
  if (rules->only_shape) {
    if (len == 0) { /* what may be short may hold nothing that is wrong */
      return rules->shape->min_len == 0 ? EW_OK : EW_ERR_PATTERN;
    }
    return ew__shape_holds(rules->shape, ptr, len) ? EW_OK : EW_ERR_PATTERN;
  }
  if (!length_fits(rules, ptr, len)) {
    return EW_ERR_LENGTH;
  }
  if ((rules->shape != NULL || rules->pattern != NULL) && !ew__pattern_holds(rules, ptr, len)) {
    return EW_ERR_PATTERN;
  }
  if (EW_LIKELY(!rules->check_content)) {
    return EW_OK;
  }
  if (rules->content == EW_CONTENT_JSON) {
    return is_json_text(ptr, ptr + len, max_depth) ? EW_OK : EW_ERR_CONTENT;
  }
  return check_content(rules, (ew__span){ptr, len, false}, 0, max_depth, NULL);
}

EW__SMALL ew_err ew__check_string(const ew_string_rules *rules, ew__span span, uint32_t mode,
                                  uint32_t max_depth, ew_arena *memory) {
  if (!span.escaped && (mode & EW_TOLERATE_BAD_UTF8) == 0) {
    return ew__check_text(rules, span.ptr, span.len, max_depth);
  }
  if (rules == NULL) {
    return EW_OK;
  }
  if (!escaped_length_fits(rules, span, mode)) {
    return EW_ERR_LENGTH;
  }
  if ((rules->shape != NULL || rules->pattern != NULL) &&
      !pattern_holds_chars(rules, ew__chars_of(span, mode))) {
    return EW_ERR_PATTERN;
  }
  return rules->check_content ? check_content(rules, span, mode, max_depth, memory) : EW_OK;
}

EW__COLD static const char *length_keyword(const ew_string_rules *rules, ew__span span,
                                           uint32_t mode, const char **expected) {
  bool shorter = count_code_points(span, mode, rules->min_length) < rules->min_length;
  *expected = shorter ? "a longer string" : "a shorter string";
  return shorter ? "/minLength" : "/maxLength";
}

EW__COLD const char *ew__string_keyword(const ew_string_rules *rules, ew_err err, ew__span span,
                                        uint32_t mode, const char **expected) {
  if (err == EW_ERR_LENGTH) {
    return length_keyword(rules, span, mode, expected);
  }
  /* It says more than a pattern that refuses the same. */
  bool is_format = rules->content == EW_CONTENT_FORMAT &&
                   check_format(rules, span, mode, NULL, expected) != EW_OK;
  if (err == EW_ERR_PATTERN) {
    *expected = is_format ? *expected : rules->pattern_text;
    return "/pattern";
  }
  if (is_format) {
    return "/format";
  }
  bool base64 = rules->content == EW_CONTENT_BASE64;
  *expected = base64 ? "Base64" : "JSON";
  return base64 ? "/contentEncoding" : "/contentMediaType";
}
