/*
 * The straight-line encoder: what the lines of generated code call. It accepts what the table
 * engine accepts and writes the same bytes; the reasons of a refusal are left to that engine.
 */
#include "eventwire/writer.h"

#include "table_internal.h"
#include "writer_internal.h"

/* ------------------------------------------------------------------------------------------ room */

/*
 * The tail takes more than the buffer had left when the tail was begun, so when it is used up there
 * is no room in the buffer.
 */
char *ew_write_on(ew_writer *w, char *to) {
  if (w->measures) {
    w->measured += (size_t)(to - w->tail);
    return w->tail;
  }
  if (w->cut != NULL) {
    return NULL;
  }
  w->cut = to;
  w->limit = w->tail + EW_WRITE_ROOM;
  return w->tail;
}

/* True when len bytes fit at to with EW_WRITE_ROOM bytes behind them. */
EW_INLINE bool has_room(const ew_writer *w, const char *to, uint32_t len) {
  return EW_LIKELY(w->limit - to >= (ptrdiff_t)len);
}

/* --------------------------------------------------------------------------------------- strings */

#define PIECE 16u

EW_INLINE void copy_piece(char *to, const char *from) {
  char piece[PIECE];
  memcpy(piece, from, PIECE);
  memcpy(to, piece, PIECE);
}

/* Fewer bytes than a piece: words that overlap. */
static inline void copy_short(char *to, const char *from, size_t len) {
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

/* Exactly len bytes. */
EW_INLINE void copy_bytes(char *to, const char *from, size_t len) {
  if (EW_UNLIKELY(len < PIECE)) {
    copy_short(to, from, len);
    return;
  }
  size_t last = len - PIECE;
  for (size_t i = 0; i < last; i += PIECE) {
    copy_piece(to + i, from + i);
  }
  copy_piece(to + last, from + last);
}

/* As many bytes as there are, over the end of the buffer into the tail. */
char *ew_write_bytes(ew_writer *w, char *to, const char *bytes, size_t len) {
  while (len > 0) {
    to = ew_write_checked(w, to);
    if (EW_UNLIKELY(to == NULL)) {
      return NULL;
    }
    size_t room = (size_t)(w->limit - to) + EW_WRITE_ROOM;
    size_t n = len < room ? len : room;
    memcpy(to, bytes, n);
    bytes += n;
    to += n;
    len -= n;
  }
  return ew_write_checked(w, to);
}

/* Fewer bytes than a block; what the block has behind them needs no escape. */
static inline ew_block load_part(const char *from, size_t len) {
  char bytes[EW_BLOCK];
  ew_block_store(bytes, ew_block_fill('x'));
  if (EW_BLOCK <= PIECE || len < PIECE) {
    copy_short(bytes, from, len);
  } else {
    copy_bytes(bytes, from, len);
  }
  return ew_block_load(bytes);
}

/* --------------------------------------------------------------------------------------- escapes */

static char short_escape(char c) {
  switch (c) {
  case '"':
  case '\\':
    return c;
  case '\b':
    return 'b';
  case '\f':
    return 'f';
  case '\n':
    return 'n';
  case '\r':
    return 'r';
  case '\t':
    return 't';
  default:
    return 0;
  }
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

/* U+2028 and U+2029 end a line in JavaScript: E2 80 A8 and E2 80 A9. */
static bool is_line_end(const char *p, const char *end) {
  return end - p >= 3 && (unsigned char)p[0] == LINE_END_LEAD && (unsigned char)p[1] == 0x80 &&
         ((unsigned char)p[2] | 1) == 0xa9;
}

/* < > & */
EW_INLINE ew_block html_lanes(ew_block v) {
  ew_block angle = ew_block_equal(ew_block_and(v, ew_block_fill(0xfd)), ew_block_fill('<'));
  return ew_block_or(angle, ew_block_equal(v, ew_block_fill('&')));
}

/* What cannot be copied blindly: it needs an escape, or is no ASCII. */
EW_INLINE bool is_odd(ew_block v, bool html) {
  ew_block odd = ew_block_odd(v);
  return ew_lanes_mask(html ? ew_block_or(odd, html_lanes(v)) : odd) != 0;
}

/* What needs an escape, or with html may begin U+2028 or U+2029. */
static inline ew_mask escape_mask(ew_block v, bool html) {
  ew_mask mask = ew_block_special(v);
  if (html) {
    ew_block line_end = ew_block_equal(v, ew_block_fill(LINE_END_LEAD));
    mask |= ew_lanes_mask(ew_block_or(html_lanes(v), line_end));
  }
  return mask;
}

/* From a byte that escape_mask() has marked. */
static const char *write_marked(char **at, const char *p, const char *end) {
  if (is_line_end(p, end)) {
    *at = write_escape(*at, 0x2000u | ((unsigned char)p[2] & 0x3fu));
    return p + 3;
  }
  if ((unsigned char)*p == LINE_END_LEAD) {
    *(*at)++ = *p;
  } else {
    *at = write_escape(*at, (unsigned char)*p);
  }
  return p + 1;
}

/*
 * The rest of a string, done bytes of which stand before at, all of them ASCII. A block at a time,
 * each with its escapes less than EW_WRITE_ROOM.
 */
static EW_NOINLINE char *write_rest(ew_writer *w, char *at, const ew_str *text, size_t done) {
  const char *p = text->ptr + done;
  size_t left = text->len - done;
  size_t bad = 0;
  if (ew_str_is_too_long(*text)) {
    return NULL;
  }
  if ((text->flags & EW_STR_CLEAN) == 0 && ew__utf8_check(p, left, &bad) != EW_OK) {
    return NULL;
  }
  for (const char *end = p + left; p < end;) {
    at = ew_write_checked(w, at);
    if (EW_UNLIKELY(at == NULL)) {
      return NULL;
    }
    size_t n = (size_t)(end - p) < EW_BLOCK ? (size_t)(end - p) : EW_BLOCK;
    ew_block v = n == EW_BLOCK ? ew_block_load(p) : load_part(p, n);
    ew_mask mask = escape_mask(v, w->escape_html);
    size_t plain = mask == 0 ? n : ew_mask_first(mask);
    ew_block_store(at, v);
    p += plain;
    at += plain;
    if (mask != 0) {
      p = write_marked(&at, p, end);
    }
  }
  *at++ = '"';
  return ew_write_checked(w, at);
}

EW_INLINE char *end_string(char *to, size_t len) {
  to[len + 1] = '"';
  return to + len + 2;
}

/* Checks and copies at once; the last block reaches back into the one before. */
static inline char *write_scanned(ew_writer *w, char *to, const ew_str *text, bool html) {
  const char *p = text->ptr;
  size_t len = text->len;
  if (len < EW_BLOCK) {
    ew_block v = load_part(p, len);
    ew_block_store(to + 1, v);
    return EW_LIKELY(!is_odd(v, html)) ? end_string(to, len) : write_rest(w, to + 1, text, 0);
  }
  for (size_t i = 0;; i += EW_BLOCK) {
    i = i + EW_BLOCK < len ? i : len - EW_BLOCK;
    ew_block v = ew_block_load(p + i);
    ew_block_store(to + 1 + i, v);
    if (EW_UNLIKELY(is_odd(v, html))) {
      return write_rest(w, to + 1 + i, text, i);
    }
    if (i + EW_BLOCK == len) {
      return end_string(to, len);
    }
  }
}

/* plain: nothing in it needs an escape in any document. */
EW_INLINE char *put_string(ew_writer *w, char *to, const ew_str *text, bool plain) {
  *to = '"';
  if (EW_UNLIKELY(!has_room(w, to, text->len))) {
    return text->len == 0 ? ew_write_checked(w, end_string(to, 0))
                          : write_rest(w, to + 1, text, 0);
  }
  if (EW_UNLIKELY(w->escape_html && !plain)) {
    return write_scanned(w, to, text, true);
  }
  if (EW_UNLIKELY(!plain && (text->flags & EW_STR_CLEAN) == 0)) {
    return write_scanned(w, to, text, false);
  }
  copy_bytes(to + 1, text->ptr, text->len);
  return end_string(to, text->len);
}

char *ew_write_string(ew_writer *w, char *to, const ew_str *text) {
  return put_string(w, to, text, false);
}

char *ew_write_text(ew_writer *w, char *to, const ew_string_rules *rules, const ew_str *text) {
  if (EW_UNLIKELY(ew__check_text(rules, text->ptr, text->len, w->max_depth) != EW_OK)) {
    return NULL;
  }
  return put_string(w, to, text, rules->plain);
}

/* -------------------------------------------------------------------------------- other scalars */

char *ew_write_bool(ew_writer *w, char *to, bool value) {
  memcpy(to, value ? "true" : "fals", 4);
  to[4] = 'e';
  return ew_write_checked(w, to + (value ? 4 : 5));
}

char *ew_write_null(ew_writer *w, char *to) {
  memcpy(to, "null", 4);
  return ew_write_checked(w, to + 4);
}

char *ew_write_int(ew_writer *w, char *to, const ew_int_rules *rules, int64_t value) {
  if (EW_UNLIKELY(ew__check_int(rules, value) != EW_OK)) {
    return NULL;
  }
  return ew_write_checked(w, ew__print_int(value, to));
}

char *ew_write_uint(ew_writer *w, char *to, const ew_uint_rules *rules, uint64_t value) {
  if (EW_UNLIKELY(ew__check_uint(rules, value) != EW_OK)) {
    return NULL;
  }
  return ew_write_checked(w, ew__print_uint(value, to));
}

char *ew_write_double(ew_writer *w, char *to, const ew_double_rules *rules, double value) {
  bool finite = value - value == 0;
  if (EW_UNLIKELY(!finite || ew__check_double(rules, value) != EW_OK)) {
    return NULL;
  }
  return ew_write_checked(w, ew__print_double(value, to));
}

/* A text of the schema. */
static char *write_schema_text(ew_writer *w, char *to, ew_text text) {
  ew_str string = {text.ptr, text.len, 0};
  return ew_write_string(w, to, &string);
}

char *ew_write_enum(ew_writer *w, char *to, const ew_enum_rules *rules, int value,
                    const ew_str *text) {
  if (EW_LIKELY(value > 0 && (uint32_t)value <= rules->count)) {
    return write_schema_text(w, to, rules->texts[value - 1]);
  }
  bool kept = value == 0 && rules->open && text != NULL && text->ptr != NULL;
  return kept ? ew_write_string(w, to, text) : NULL;
}

char *ew_write_const(ew_writer *w, char *to, const ew_const_rules *rules) {
  return rules->json_type == EW_JSON_STRING
             ? write_schema_text(w, to, rules->text)
             : ew_write_bytes(w, to, rules->text.ptr, rules->text.len);
}

/* --------------------------------------------------------------------------------- other values */

char *ew_write_num(ew_writer *w, char *to, const ew_num *value) {
  const ew_str *digits = &value->digits;
  if (EW_UNLIKELY(digits->len == 0 || ew_str_is_too_long(*digits))) {
    return NULL;
  }
  const char *end = digits->ptr + digits->len;
  ew__number number;
  ew__fault fault;
  bool whole = ew__scan_number(digits->ptr, end, &number, &fault) == end;
  return whole ? ew_write_bytes(w, to, digits->ptr, digits->len) : NULL;
}

/* One JSON value, made by the caller. */
static bool raw_holds(const ew_writer *w, const ew_str *json) {
  size_t bad = 0;
  if (ew_str_is_too_long(*json) || ew__utf8_check(json->ptr, json->len, &bad) != EW_OK) {
    return false;
  }
  ew__fault fault = {EW_OK, NULL, NULL};
  const char *end = json->ptr + json->len;
  const char *p = ew__skip_value(json->ptr, end, w->depth_left, 0, &fault);
  return p != NULL && ew__skip_white(p, end) == end;
}

char *ew_write_raw(ew_writer *w, char *to, uint32_t json_types, const ew_raw *value) {
  const ew_str *json = &value->json;
  bool fits = json_types == 0 || (json_types & (uint32_t)ew_raw_type(*value)) != 0;
  if (EW_UNLIKELY(json->len == 0 || !fits)) {
    return NULL;
  }
  if (EW_UNLIKELY((json->flags & EW_STR_CLEAN) == 0 && !raw_holds(w, json))) {
    return NULL;
  }
  if (EW_UNLIKELY(json->len > 256 || !has_room(w, to, json->len))) {
    return ew_str_is_too_long(*json) ? NULL : ew_write_bytes(w, to, json->ptr, json->len);
  }
  copy_bytes(to, json->ptr, json->len);
  return to + json->len;
}

/* --------------------------------------------------------------------------------- whole values */

static void start_writer(ew_writer *w, uint32_t max_depth, bool escape_html, bool measures) {
  w->limit = w->tail + EW_WRITE_ROOM;
  w->measured = 0;
  w->depth_left = max_depth;
  w->max_depth = max_depth;
  w->escape_html = escape_html;
  w->measures = measures;
}

char *ew__writer_measure(ew_writer *w, uint32_t max_depth, bool escape_html) {
  start_writer(w, max_depth, escape_html, true);
  return w->tail;
}

char *ew__writer_open(ew_writer *w, const ew_buf *out, uint32_t max_depth, bool escape_html) {
  size_t left = out->size - out->len;
  size_t room = left < EW_STR_MAX ? left : EW_STR_MAX; /* of one message; so too long never fits */
  char *to = room == 0 ? w->tail : out->ptr + out->len;
  start_writer(w, max_depth, escape_html, false);
  w->end = to + room;
  w->cut = to;
  if (room < EW_WRITE_ROOM) {
    return w->tail;
  }
  w->cut = NULL;
  w->limit = w->end - EW_WRITE_ROOM;
  return to;
}

bool ew__writer_close(const ew_writer *w, const char *to, ew_buf *out) {
  if (w->cut == NULL) {
    out->len = (size_t)(to - out->ptr);
    return true;
  }
  size_t len = (size_t)(to - w->tail);
  if (len > (size_t)(w->end - w->cut)) {
    return false;
  }
  if (len > 0) {
    memcpy(w->cut, w->tail, len);
    out->len = (size_t)(w->cut - out->ptr) + len;
  }
  return true;
}
