/*
 * Strings as the straight-line engine writes them: checked and copied at once, by functions that
 * save no register on their way, as the readers of strings do.
 */
#include "copy_internal.h"
#include "shape_block_internal.h"
#include "writer_internal.h"

/* Fewer bytes than a block; what the block has behind them needs no escape. */
static EW_NOINLINE ew_block load_part(const char *from, size_t len) {
  char bytes[EW_BLOCK];
  ew_block_store(bytes, ew_block_fill('x'));
  memcpy(bytes, from, len);
  return ew_block_load(bytes);
}

/* -------------------------------------------------------------------------------------- escapes */

static char short_escape(char c) {
  static const char from_backspace[] = {'b', 't', 'n', 0, 'f', 'r'};
  if (c == '"' || c == '\\') {
    return c;
  }
  return c >= '\b' && c <= '\r' ? from_backspace[c - '\b'] : 0;
}

/* The escape of c, which is below 0x80, U+2028 or U+2029: 2 or 6 bytes. */
static char *write_escape(char *to, unsigned c) {
  static const char digits[] = "0123456789abcdef";
  to[0] = '\\';
  to[1] = c < 0x80 ? short_escape((char)c) : 0;
  if (to[1] != 0) {
    return to + 2;
  }
  to[1] = 'u';
  for (int i = 5; i > 1; i--, c >>= 4) {
    to[i] = digits[c & 15];
  }
  return to + 6;
}

#define LINE_END_LEAD 0xe2u

/* U+2028 and U+2029 end a line in JavaScript: E2 80 A8 and E2 80 A9. Of UTF-8 with the first one. */
static bool is_line_end(const char *p) {
  return (unsigned char)p[1] == 0x80 && ((unsigned char)p[2] | 1) == 0xa9;
}

/* Behind those of ew_block_odd_rows() what html_lanes() takes. */
static const ew_row odd_rows[] = {EW_ODD_ROWS, EW_ROW(0xfd), EW_ROW('<'), EW_ROW('&')};

/* < > & */
EW_INLINE ew_block html_lanes(ew_block v, const ew_row *rows) {
  ew_block angle = ew_block_equal(ew_block_and(v, ew_block_row(rows)), ew_block_row(rows + 1));
  return ew_block_or(angle, ew_block_equal(v, ew_block_row(rows + 2)));
}

/* What cannot be copied blindly: it needs an escape, or is no ASCII. */
EW_INLINE ew_block odd_lanes(ew_block v) {
  const ew_row *rows = odd_rows;
  EW_FORGET_ROWS(rows);
  return ew_block_or(ew_block_odd_rows(v, rows), html_lanes(v, rows + 3));
}

/* What needs an escape, or with html may begin U+2028 or U+2029. */
static inline ew_mask escape_mask(ew_block v, bool html) {
  ew_mask mask = ew_block_special(v);
  if (html) {
    ew_block line_end = ew_block_equal(v, ew_block_fill(LINE_END_LEAD));
    mask |= ew_lanes_mask(ew_block_or(html_lanes(v, odd_rows + 3), line_end));
  }
  return mask;
}

#define FIRST_BYTE (((ew_mask)1 << EW_MASK_STEP) - 1)

/* Whether c was rightly marked: where a block is a word, only the lowest bit of a mask is exact. */
static bool is_escaped(unsigned c, bool html) {
  return c < ' ' || c == '"' || c == '\\' || (html && (c == '&' || c == '<' || c == '>'));
}

/* From p to stop, of which nothing needs an escape that is not marked. */
static const char *write_marked(char **to, const char *p, const char *stop, ew_mask mask, bool html) {
  char *at = *to;
  for (; p < stop; p++, mask = ew_mask_from(mask, 1)) {
    unsigned c = (unsigned char)*p;
    if ((mask & FIRST_BYTE) == 0 ||
        (c == LINE_END_LEAD ? !html || !is_line_end(p) : !is_escaped(c, html))) {
      *at++ = (char)c;
      continue;
    }
    if (c == LINE_END_LEAD) {
      c = 0x2000u | ((unsigned char)p[2] & 0x3fu);
      p += 2;
      mask = ew_mask_from(mask, 2);
    }
    at = write_escape(at, c);
  }
  *to = at;
  return p;
}

/* Fewer bytes are not worth a block. */
#define FEW_BYTES 4

static bool are_ascii(const char *p, const char *end) {
  unsigned any = 0;
  while (p < end) {
    any |= (unsigned char)*p++;
  }
  return any < 0x80;
}

/*
 * Any string. A block at a time, each with its escapes less than EW_WRITE_ROOM. It is UTF-8 up to the
 * first block with anything but ASCII, where the rest is checked.
 */
EW__SMALL static EW_NOINLINE char *write_slowly(ew_writer *w, char *at, const ew_str *text) {
  bool checked = (text->flags & EW_STR_CLEAN) != 0;
  if (ew_str_is_too_long(*text) || ew__is_nowhere(text)) {
    return ew_write_refused(w);
  }
  *at++ = '"';
  const char *p = text->ptr;
  for (const char *end = p + text->len; p < end && !w->refused;) {
    at = ew_write_checked(w, at);
    size_t n = (size_t)(end - p) < EW_BLOCK ? (size_t)(end - p) : EW_BLOCK;
    ew_mask mask = EW_MASK_FULL;
    if (n >= FEW_BYTES || !are_ascii(p, end)) {
      ew_block v = n == EW_BLOCK ? ew_block_load(p) : load_part(p, n);
      if (!checked && ew_block_not_ascii(v) != 0) {
        size_t bad;
        checked = true;
        if (ew__utf8_check(p, (size_t)(end - p), &bad) != EW_OK) {
          return ew_write_refused(w);
        }
      }
      ew_block_store(at, v);
      mask = escape_mask(v, w->escape_html);
    }
    if (mask == 0) {
      p += n;
      at += n;
    } else {
      p = write_marked(&at, p, p + n, mask, w->escape_html);
    }
  }
  *at++ = '"';
  return ew_write_checked(w, at);
}

EW_INLINE char *end_string(char *to, size_t len) {
  to[0] = '"';
  to[len + 1] = '"';
  return to + len + 2;
}

/*
 * A string shorter than a block, copied to `to`, as a block that holds nothing but bytes of it, or is
 * plain.
 */
EW_INLINE ew_block take_short(const char *from, size_t len, char *to) {
#if EW_BLOCK > 16
  if (len >= EW__PIECE) {
    const char *last = from + len - EW__PIECE;
    ew_block v = ew_block_load_halves(from, last);
    ew__copy_piece(to, from);
    ew__copy_piece(to + len - EW__PIECE, last);
    return v;
  }
#endif
  if (EW_UNLIKELY(len == 0)) {
    return ew_block_fill('x');
  }
  char words[EW__PIECE];
  ew__take_short(from, len, to, words);
#if EW_BLOCK > 16
  return ew_block_load_halves(words, words);
#else
  return ew_block_load(words);
#endif
}

EW_INLINE ew_block take_block(const char *p, size_t at, char *to) {
  ew_block v = ew_block_load(p + at);
  ew_block_store(to + at, v);
  return odd_lanes(v);
}

/* Checks and copies at once; the last block reaches back into the one before. */
EW_INLINE char *write_scanned(ew_writer *w, char *to, const ew_str *text) {
  const char *p = text->ptr;
  size_t len = text->len;
  ew_block odd;
  if (len >= EW_BLOCK) {
    odd = take_block(p, len - EW_BLOCK, to + 1);
    for (size_t i = 0; i < len - EW_BLOCK; i += EW_BLOCK) {
      odd = ew_block_or(odd, take_block(p, i, to + 1));
    }
  } else {
    odd = odd_lanes(take_short(p, len, to + 1));
  }
  return EW_LIKELY(ew_lanes_mask(odd) == 0) ? end_string(to, len) : write_slowly(w, to, text);
}

static EW_NOINLINE char *copy_string(char *to, const char *text, size_t len) {
  ew__copy(to + 1, text, len);
  return end_string(to, len);
}

EW__SMALL static EW_NOINLINE char *write_without_html(ew_writer *w, char *to, const ew_str *text) {
  return text->len == 0                      ? end_string(to, 0)
         : (text->flags & EW_STR_CLEAN) == 0 ? write_slowly(w, to, text)
                                             : copy_string(to, text->ptr, text->len);
}

char *ew_write_string(ew_writer *w, char *to, const ew_str *text) {
  if (EW_UNLIKELY(!ew__can_copy(w, to, text))) {
    return text->len == 0 ? ew_write_checked(w, end_string(to, 0)) : write_slowly(w, to, text);
  }
  return EW_LIKELY(w->escape_html) ? write_scanned(w, to, text)
                                   : write_without_html(w, to, text);
}

/* -------------------------------------------------------------------------- texts of the schema */

static char *write_schema_text(ew_writer *w, char *to, ew_text text, bool plain) {
  if (EW_LIKELY(plain && ew__has_room(w, to, text.len))) {
    return copy_string(to, text.ptr, text.len);
  }
  ew_str string = {text.ptr, text.len, 0};
  return ew_write_string(w, to, &string);
}

char *ew_write_enum(ew_writer *w, char *to, const ew_enum_rules *rules, int value,
                    const ew_str *text) {
  if (EW_LIKELY(value > 0 && (uint32_t)value <= rules->count)) {
    return write_schema_text(w, to, ew_enum_name(rules, (uint32_t)value - 1), rules->plain);
  }
  bool kept = value == 0 && rules->open && text != NULL && text->ptr != NULL;
  return kept ? ew_write_string(w, to, text) : ew_write_refused(w);
}

EW__SMALL char *ew_write_const(ew_writer *w, char *to, const ew_const_rules *rules) {
  return rules->json_type == EW_JSON_STRING
             ? write_schema_text(w, to, rules->text, false)
             : ew_write_bytes(w, to, rules->text.ptr, rules->text.len);
}

/* --------------------------------------------------------------------------- strings with rules */

EW__SMALL static char *write_any_text(ew_writer *w, char *to, const ew_string_rules *rules,
                                      const ew_str *text) {
  if (EW_UNLIKELY(w->refused || ew__is_nowhere(text) ||
                  ew__check_text(rules, text->ptr, text->len, w->max_depth) != EW_OK)) {
    return ew_write_refused(w);
  }
  return ew_write_string(w, to, text);
}

/* Whether there is nothing to check but a pattern, of texts that need no escape. */
EW_INLINE bool is_plain_pattern(const ew_string_rules *rules) {
  return rules->plain && rules->min_length == 0 && rules->max_length == EW_NO_LIMIT &&
         !rules->check_content;
}

/* A text that may be short is often empty. */
EW__SMALL static EW_NOINLINE bool has_shape(const ew_string_rules *rules, const char *p, size_t len) {
  if (!rules->only_shape) {
    return ew__pattern_holds(rules, p, len);
  }
  return len == 0 ? rules->shape->min_len == 0 : ew__shape_holds(rules->shape, p, len);
}

EW_INLINE bool runs(const ew_string_rules *rules, const char *p, size_t len) {
  return EW_LIKELY(rules->shape == NULL) ? ew__dfa_accepts(rules->pattern, p, len)
                                         : has_shape(rules, p, len);
}

char *ew_write_text(ew_writer *w, char *to, const ew_string_rules *rules, const ew_str *text) {
  if (!is_plain_pattern(rules) || !ew__can_copy(w, to, text)) {
    return write_any_text(w, to, rules, text);
  }
  if (EW_UNLIKELY(!runs(rules, text->ptr, text->len))) {
    return ew_write_refused(w);
  }
  return copy_string(to, text->ptr, text->len);
}

/* --------------------------------------------------------------------- strings of a given shape */

/* Whether the text has the only length that its shape allows, and can be copied. */
EW_INLINE bool is_fixed(const ew_writer *w, const char *to, const ew_shape *shape,
                        const ew_str *text) {
  return EW_LIKELY(text->len == shape->min_len) && ew__can_copy(w, to, text);
}

/* As much of the text as the literal bytes may be: 8 bytes. */
EW_INLINE bool write_head(const ew_shape *shape, char *to, const char *ptr) {
  char head[sizeof(shape->head)];
  memcpy(head, ptr, sizeof(head));
  memcpy(to, head, sizeof(head));
  return ew__has_long_head(shape, head);
}

/*
 * A row of two or three blocks, copied as it is compared. Shorter and longer ones are rare enough to
 * be looked at first.
 */
EW_INLINE bool write_short_row(const ew_shape *shape, size_t blocks, size_t len, const char *p,
                               char *to) {
  const ew_shape_places *places = shape->places;
  lanes gap = table(shape->gaps->start);
  lanes least = ones();
  lanes bad = beyond_places(places, gap, p, 0, to, &least);
  if (blocks == 3) {
    bad = either(bad, beyond_places(++places, gap, p, EW_SHAPE_BLOCK, to, &least));
  }
  bad = either(bad, beyond_places(++places, gap, p, len - EW_SHAPE_BLOCK, to, &least));
  return all_zero(either(bad, beyond(table(shape->gaps->len), least)));
}

EW__SMALL char *ew_write_row(ew_writer *w, char *to, const ew_string_rules *rules,
                             const ew_str *text) {
  const ew_shape *shape = rules->shape;
  size_t len = text->len;
  if (EW_UNLIKELY(!is_fixed(w, to, shape, text) ||
                  !write_short_row(shape, 3, len, text->ptr, to + 1))) {
    return write_any_text(w, to, rules, text);
  }
  return end_string(to, len);
}

/* The bytes from head to len: two blocks and as many at the end, or one; they meet or lie over one another. */
EW_INLINE void copy_run(char *to, const char *p, size_t head, size_t len, size_t blocks) {
  ew__copy_piece(to + head, p + head);
  ew__copy_piece(to + head + EW__PIECE, p + head + EW__PIECE);
  if (blocks == 4) {
    ew__copy_piece(to + len - 2 * EW__PIECE, p + len - 2 * EW__PIECE);
  }
  ew__copy_piece(to + len - EW__PIECE, p + len - EW__PIECE);
}

EW_INLINE bool write_run(const ew_shape *shape, const char *p, size_t len, char *to) {
  size_t head = shape->head_len;
  if (EW_UNLIKELY(!write_head(shape, to, p))) {
    return false;
  }
  copy_run(to, p, head, len, 4);
  return ew__avoids_two(shape->gaps, p + head, p + len);
}

EW_INLINE bool write_wide_run(const ew_shape *shape, const char *p, size_t len, char *to) {
  size_t head = shape->head_len;
  if (EW_UNLIKELY(!write_head(shape, to, p))) {
    return false;
  }
  copy_run(to, p, head, len, 3);
  return ew__avoids_three(shape->gaps, p + head, p + len);
}

EW__SMALL char *ew_write_run(ew_writer *w, char *to, const ew_string_rules *rules,
                             const ew_str *text) {
  const ew_shape *shape = rules->shape;
  size_t len = text->len;
  if (EW_UNLIKELY(!is_fixed(w, to, shape, text) || !write_run(shape, text->ptr, len, to + 1))) {
    return write_any_text(w, to, rules, text);
  }
  return end_string(to, len);
}

EW__SMALL char *ew_write_wide_run(ew_writer *w, char *to, const ew_string_rules *rules,
                                  const ew_str *text) {
  const ew_shape *shape = rules->shape;
  size_t len = text->len;
  if (EW_UNLIKELY(!is_fixed(w, to, shape, text) ||
                  !write_wide_run(shape, text->ptr, len, to + 1))) {
    return write_any_text(w, to, rules, text);
  }
  return end_string(to, len);
}

/*
 * 1 to 15 bytes without a head, for which there is room; the bounds of the length are those of the
 * rules.
 */
char *ew_write_short_run(ew_writer *w, char *to, const ew_string_rules *rules,
                         const ew_str *text) {
  const ew_shape *shape = rules->shape;
  const char *p = text->ptr;
  uint32_t len = text->len;
  if (EW_UNLIKELY(len - shape->min_len > shape->more_len || len - 1 >= EW__PIECE - 1 || p == NULL ||
                  (*p == '0' && shape->kind == EW_SHAPE_NUMBER && len > 1))) {
    return write_any_text(w, to, rules, text);
  }
  char words[16];
  ew__take_short(p, len, to + 1, words);
  if (EW_UNLIKELY(!ew__avoids_block(shape->gaps, words))) {
    return ew_write_refused(w);
  }
  return ew_write_checked(w, end_string(to, len));
}

#define MOST_FRACTION_DIGITS 9u

/* A point and digits, the last of which is not 0, in the last block of a text that ends in Z. */
EW_INLINE bool is_fraction(const ew_shape *shape, const char *point, size_t digits) {
  if (digits - 1 >= MOST_FRACTION_DIGITS || *point != '.' || point[digits] == '0' ||
      EW_BLOCK < EW_SHAPE_BLOCK) {
    return false;
  }
  ew_mask others = ew__in_gap(shape->gaps + 1, point + digits + 2 - EW_SHAPE_BLOCK);
  return ew_mask_first(ew_mask_from(others, EW_SHAPE_BLOCK - 1 - digits)) == digits;
}

/* The row of two blocks is copied as it is compared, the rest with the last block of the text. */
EW__SMALL char *ew_write_time(ew_writer *w, char *to, const ew_string_rules *rules,
                              const ew_str *text) {
  const ew_shape *shape = rules->shape;
  size_t row = ew__time_row(shape);
  const char *p = text->ptr;
  uint32_t len = text->len;
  if (EW_UNLIKELY(len - shape->min_len > shape->more_len || !ew__can_copy(w, to, text) ||
                  p[len - 1] != 'Z' || !write_short_row(shape, 2, row, p, to + 1))) {
    return write_any_text(w, to, rules, text);
  }
  ew__copy_piece(to + 1 + len - EW__PIECE, p + len - EW__PIECE);
  size_t fraction = len - shape->min_len;
  if (EW_UNLIKELY(fraction > 0 && !is_fraction(shape, p + row, fraction - 1))) {
    return write_any_text(w, to, rules, text);
  }
  return end_string(to, len);
}
