#include "shape_block_internal.h"

/* What the readers and writers of one shape have inline stands here once for all other uses. */
EW__SMALL static EW_NOINLINE bool is_row(const ew_shape *shape, size_t len, const char *p) {
  const ew_shape_places *places = shape->places;
  const lanes gap = table(shape->gaps->start);
  lanes least = ones();
  lanes bad = {0};
  for (size_t i = 0, last = len - EW_SHAPE_BLOCK;; i += EW_SHAPE_BLOCK) {
    bad = either(bad, beyond_places(places++, gap, p, i < last ? i : last, NULL, &least));
    if (i >= last) {
      return all_zero(either(bad, beyond(table(shape->gaps->len), least)));
    }
  }
}

/* The last block lies over part of the one before; a short text is made one by more of its first byte. */
EW__SMALL static EW_NOINLINE bool avoids_all(const ew_shape *shape, const char *p, size_t len) {
  char block[LANES];
  if (len == 0) {
    return true;
  }
  if (len < LANES) {
    memset(block, *p, LANES);
    memcpy(block, p, len);
    p = block;
    len = LANES;
  }
  lanes bad = {0};
  for (const char *last = p + len - LANES;; p += LANES) {
    lanes x = load(p < last ? p : last);
    for (unsigned i = 0; i < shape->gap_count; i++) {
      const ew_byte_gap *gap = &shape->gaps[i];
      bad = either(bad, beyond(table(gap->len), minus(x, table(gap->start))));
    }
    if (p >= last) {
      return all_zero(bad);
    }
  }
}

/* How many bytes stand before the padding. */
static size_t without_padding(const char *ptr, size_t len) {
  size_t digits = len;
  while (digits > 0 && len - digits < 2 && ptr[digits - 1] == '=') {
    digits--;
  }
  return digits;
}

static bool is_time(const ew_shape *shape, const char *ptr, size_t len) {
  const char *fraction = ptr + ew__time_row(shape);
  const char *end = ptr + len - 1;
  if (*end != 'Z' || !is_row(shape, ew__time_row(shape), ptr)) {
    return false;
  }
  return fraction == end || (*fraction == '.' && end - fraction > 1 && end[-1] != '0' &&
                             avoids_all(shape, fraction + 1, (size_t)(end - fraction) - 1));
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

EW__SMALL bool ew__shape_holds(const ew_shape *shape, const char *ptr, size_t len) {
  if ((uint64_t)len - shape->min_len > shape->more_len) {
    return false;
  }
  if (shape->kind == EW_SHAPE_ROW) {
    return is_row(shape, shape->min_len, ptr);
  }
  return shape->kind == EW_SHAPE_TIME ? is_time(shape, ptr, len) : is_headed_run(shape, ptr, len);
}

/* ------------------------------------------------------------------------------------- Base64 */

static const ew_byte_gap between_base64_digits[] = {
    EW_BYTE_GAP('+' + 1, '/' - 1), EW_BYTE_GAP('9' + 1, 'A' - 1), EW_BYTE_GAP('Z' + 1, 'a' - 1),
    EW_BYTE_GAP('z' + 1, '+' - 1)};

const ew_shape ew_base64_shape = {.gaps = between_base64_digits,
                                  .gap_count = 4,
                                  .more_len = EW_NO_LIMIT,
                                  .kind = EW_SHAPE_BASE64};
