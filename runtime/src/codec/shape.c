#include "shape_block_internal.h"

/* What the readers and writers of one shape have inline stands here once for all other uses. */
static EW_NOINLINE bool is_row(const ew_shape *shape, size_t len, const char *ptr) {
  return ew__is_row_into(shape, len, ptr, NULL);
}

static EW_NOINLINE bool is_run(const ew_byte_gap *gaps, const char *ptr, size_t len) {
  return ew__is_run(gaps, ptr, len);
}

/* How many bytes stand before the padding. */
static size_t without_padding(const char *ptr, size_t len) {
  size_t digits = len;
  while (digits > 0 && len - digits < 2 && ptr[digits - 1] == '=') {
    digits--;
  }
  return digits;
}

static bool avoids_all(const ew_shape *shape, const char *p, size_t len) {
  if (shape->gap_count == 4 && len >= LANES) {
    return ew__avoids_four(shape->gaps, p, len);
  }
  for (unsigned i = 0; i < shape->gap_count; i += 2) {
    if (!is_run(shape->gaps + i, p, len)) {
      return false;
    }
  }
  return true;
}

static bool is_time(const ew_shape *shape, const char *ptr, size_t len) {
  const char *fraction = ptr + ew__time_row(shape);
  const char *end = ptr + len - 1;
  if (*end != 'Z' || !is_row(shape, ew__time_row(shape), ptr)) {
    return false;
  }
  return fraction == end || (*fraction == '.' && end - fraction > 1 && end[-1] != '0' &&
                             is_run(shape->gaps, fraction + 1, (size_t)(end - fraction) - 1));
}

/* The length is allowed. */
static bool is_headed_run(const ew_shape *shape, const char *ptr, size_t len) {
  if (!ew__has_head(shape, ptr, len)) {
    return false;
  }
  ptr += shape->head_len;
  len -= shape->head_len;
  if (shape->kind == EW_SHAPE_NUMBER && *ptr == '0') {
    return len == 1;
  }
  if (shape->kind == EW_SHAPE_BASE64) {
    return len % 4 == 0 && avoids_all(shape, ptr, without_padding(ptr, len));
  }
  return avoids_all(shape, ptr, len);
}

bool ew__shape_holds(const ew_shape *shape, const char *ptr, size_t len) {
  if ((uint64_t)len - shape->min_len > shape->more_len) {
    return false;
  }
  if (shape->kind == EW_SHAPE_ROW) {
    return is_row(shape, shape->min_len, ptr);
  }
  return shape->kind == EW_SHAPE_TIME ? is_time(shape, ptr, len) : is_headed_run(shape, ptr, len);
}

/* ------------------------------------------------------------------------------- byte by byte */

EW__SMALL static bool in_gap(const ew_shape *shape, unsigned c) {
  for (unsigned i = 0; i < shape->gap_count; i++) {
    if ((uint8_t)(c - shape->gaps[i].start[0]) < shape->gaps[i].len[0]) {
      return true;
    }
  }
  return false;
}

EW__SMALL static bool fits_place(const ew_shape *shape, size_t at, unsigned c) {
  if (at < shape->head_len) {
    return c == (unsigned char)shape->head[at];
  }
  if (in_gap(shape, c)) {
    return false;
  }
  if (shape->kind != EW_SHAPE_ROW) {
    return true;
  }
  size_t whole = (shape->min_len - 1) / EW_SHAPE_BLOCK;
  bool inside = at < whole * EW_SHAPE_BLOCK;
  const ew_shape_places *places = &shape->places[inside ? at / EW_SHAPE_BLOCK : whole];
  size_t lane = inside ? at % EW_SHAPE_BLOCK : at - (shape->min_len - EW_SHAPE_BLOCK);
  return (uint8_t)(c - places->first[lane]) <= places->span[lane];
}

/* What a text has been so far. */
typedef struct prefix {
  size_t len;
  bool ended; /* a lone zero */
} prefix;

EW__SMALL static bool take_byte(const ew_shape *shape, prefix *s, unsigned c) {
  bool full = s->ended || (uint64_t)s->len - shape->min_len == shape->more_len;
  if (full || !fits_place(shape, s->len, c)) {
    return false;
  }
  s->ended = shape->kind == EW_SHAPE_NUMBER && s->len == shape->head_len && c == '0';
  return true;
}

/* The longest time: a row is shorter than three blocks. */
#define LONGEST_TIME (3 * EW_SHAPE_BLOCK + sizeof(".123456789Z"))

EW__SMALL static bool is_time_of_chars(const ew_shape *shape, ew__chars chars) {
  char text[LONGEST_TIME];
  size_t len = 0;
  for (int c = ew__chars_next(&chars); c >= 0; c = ew__chars_next(&chars)) {
    if (len == sizeof(text)) {
      return false;
    }
    text[len++] = (char)c;
  }
  return ew__shape_holds(shape, text, len);
}

static bool is_base64_of_chars(const ew_shape *shape, ew__chars chars) {
  size_t len = 0;
  size_t padding = 0;
  for (int c = ew__chars_next(&chars); c >= 0; c = ew__chars_next(&chars)) {
    bool digit = c != '=' && !in_gap(shape, (unsigned)c);
    padding += !digit;
    len++;
    if (digit ? padding > 0 : c != '=' || padding > 2) {
      return false;
    }
  }
  return len % 4 == 0;
}

EW__SMALL bool ew__shape_holds_chars(const ew_shape *shape, const ew_dfa *rest, ew__chars chars) {
  if (shape->kind == EW_SHAPE_TIME) {
    return is_time_of_chars(shape, chars);
  }
  if (shape->kind == EW_SHAPE_BASE64) {
    return is_base64_of_chars(shape, chars);
  }
  prefix s = {0};
  while (rest == NULL || s.len < shape->min_len) {
    int c = ew__chars_next(&chars);
    if (c < 0) {
      break;
    }
    if (!take_byte(shape, &s, (unsigned)c)) {
      return false;
    }
    s.len++;
  }
  return s.len >= shape->min_len && (rest == NULL || ew__dfa_accepts_chars(rest, &chars));
}

/* ------------------------------------------------------------------------------------- Base64 */

static const ew_byte_gap between_base64_digits[] = {
    EW_BYTE_GAP('+' + 1, '/' - 1), EW_BYTE_GAP('9' + 1, 'A' - 1), EW_BYTE_GAP('Z' + 1, 'a' - 1),
    EW_BYTE_GAP('z' + 1, '+' - 1)};

const ew_shape ew_base64_shape = {.gaps = between_base64_digits,
                                  .gap_count = 4,
                                  .more_len = EW_NO_LIMIT,
                                  .kind = EW_SHAPE_BASE64};
