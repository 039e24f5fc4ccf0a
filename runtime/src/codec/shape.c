#include "shape_internal.h"

#include "eventwire/block.h"

/* ----------------------------------------------------------------------------- lanes of bytes */

/*
 * lanes: LANES bytes side by side, never more than the tables of a shape are wide. minus() wraps
 * around; beyond() is 0 in the lanes where a is at most b.
 */
#if defined(EW_BLOCK_SSE2) || defined(EW_BLOCK_AVX2)
#  define LANES 16
typedef __m128i lanes;

static inline lanes load(const void *p) { return _mm_loadu_si128((const __m128i *)p); }

static inline lanes load_halves(const void *low, const void *high) {
  return _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)low),
                            _mm_loadl_epi64((const __m128i *)high));
}

static inline lanes ones(void) { return _mm_set1_epi8(-1); }
static inline lanes either(lanes a, lanes b) { return _mm_or_si128(a, b); }
static inline lanes minus(lanes a, lanes b) { return _mm_sub_epi8(a, b); }
static inline lanes lesser(lanes a, lanes b) { return _mm_min_epu8(a, b); }
static inline lanes beyond(lanes a, lanes b) { return _mm_subs_epu8(a, b); }

static inline bool all_zero(lanes x) {
  return _mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_setzero_si128())) == 0xffff;
}
#elif defined(EW_BLOCK_NEON)
#  define LANES 16
typedef uint8x16_t lanes;

static inline lanes load(const void *p) { return vld1q_u8((const uint8_t *)p); }

static inline lanes load_halves(const void *low, const void *high) {
  return vcombine_u8(vld1_u8((const uint8_t *)low), vld1_u8((const uint8_t *)high));
}

static inline lanes ones(void) { return vdupq_n_u8(255); }
static inline lanes either(lanes a, lanes b) { return vorrq_u8(a, b); }
static inline lanes minus(lanes a, lanes b) { return vsubq_u8(a, b); }
static inline lanes lesser(lanes a, lanes b) { return vminq_u8(a, b); }
static inline lanes beyond(lanes a, lanes b) { return vqsubq_u8(a, b); }
static inline bool all_zero(lanes x) { return vmaxvq_u8(x) == 0; }
#else
#  define LANES 8
#  define HIGH UINT64_C(0x8080808080808080)
typedef uint64_t lanes;

static inline lanes load(const void *p) {
  lanes x;
  memcpy(&x, p, sizeof(x));
  return x;
}

static inline lanes ones(void) { return ~(lanes)0; }
static inline lanes either(lanes a, lanes b) { return a | b; }

static inline lanes minus(lanes a, lanes b) {
  return ((a | HIGH) - (b & ~HIGH)) ^ ((a ^ ~b) & HIGH);
}

/* The high bit of a lane says that it borrowed. */
static inline lanes beyond(lanes a, lanes b) {
  return ((~b & a) | ((~b | a) & minus(b, a))) & HIGH;
}

static inline lanes lesser(lanes a, lanes b) {
  lanes mask = (beyond(a, b) >> 7) * 255;
  return (b & mask) | (a & ~mask);
}

static inline bool all_zero(lanes x) { return x == 0; }
#endif

/* A text of 1 to 7 bytes in 8: some stand there more than once. */
static inline uint64_t spread(const char *p, size_t len) {
  if (len >= 4) {
    return ew_load32(p) | (uint64_t)ew_load32(p + len - 4) << 32;
  }
  uint32_t v = (unsigned char)p[0] | (uint32_t)(unsigned char)p[len >> 1] << 8 |
               (uint32_t)(unsigned char)p[len - 1] << 16 | (uint32_t)(unsigned char)p[0] << 24;
  return v | (uint64_t)v << 32;
}

/* A text of 1 to LANES - 1 bytes in all lanes. */
static inline lanes gather(const char *p, size_t len) {
#if LANES == 16
  if (len >= 8) {
    return load_halves(p, p + len - 8);
  }
  uint64_t v = spread(p, len);
  return load_halves(&v, &v);
#else
  return spread(p, len);
#endif
}

/* --------------------------------------------------------------------------------------- runs */

/*
 * No byte in one of two gaps. From the start of a gap every byte is some way off, going round; the
 * least of the ways must be longer than the gap.
 */
static inline bool are_beyond(const ew_byte_gap *gaps, lanes least, lanes other_least) {
  lanes bad = beyond(load(gaps[0].len), least);
  return all_zero(either(bad, beyond(load(gaps[1].len), other_least)));
}

/*
 * Two blocks at a time, the last two over part of those before. len is at least LANES; below twice
 * that the two overlap.
 */
static inline bool avoids(const ew_byte_gap *gaps, const char *p, size_t len) {
  const lanes start = load(gaps[0].start);
  const lanes other_start = load(gaps[1].start);
  const char *last = p + len - LANES;
  const char *second = len < 2 * LANES ? p : last - LANES;
  lanes a = load(second);
  lanes b = load(last);
  lanes least = lesser(minus(a, start), minus(b, start));
  lanes other_least = lesser(minus(a, other_start), minus(b, other_start));
  while (p < second) {
    a = load(p);
    b = load(p + LANES);
    least = lesser(least, lesser(minus(a, start), minus(b, start)));
    other_least = lesser(other_least, lesser(minus(a, other_start), minus(b, other_start)));
    p += 2 * LANES;
  }
  return are_beyond(gaps, least, other_least);
}

static inline bool avoids_short(const ew_byte_gap *gaps, const char *p, size_t len) {
  lanes x = gather(p, len);
  return are_beyond(gaps, minus(x, load(gaps[0].start)), minus(x, load(gaps[1].start)));
}

static inline bool is_run(const ew_byte_gap *gaps, const char *p, size_t len) {
  return len < LANES ? len == 0 || avoids_short(gaps, p, len) : avoids(gaps, p, len);
}

/* Sets with more than two gaps. */
static EW_NOINLINE bool is_many_gap_run(const ew_shape *shape, const char *p, size_t len) {
  for (unsigned i = 0; i < shape->gap_count; i += 2) {
    if (!is_run(shape->gaps + i, p, len)) {
      return false;
    }
  }
  return true;
}

static inline bool has_head(const ew_shape *shape, const char *ptr, size_t len) {
  if (EW_LIKELY(len >= sizeof(shape->head))) {
    uint64_t mask = ew_load64((const char *)shape->head_mask);
    return ((ew_load64(ptr) ^ ew_load64(shape->head)) & mask) == 0;
  }
  for (size_t i = 0; i < shape->head_len; i++) {
    if (ptr[i] != shape->head[i]) {
      return false;
    }
  }
  return true;
}

/* How many bytes stand before the padding. */
static size_t without_padding(const char *ptr, size_t len) {
  size_t digits = len;
  while (digits > 0 && len - digits < 2 && ptr[digits - 1] == '=') {
    digits--;
  }
  return digits;
}

/* --------------------------------------------------------------------------------------- rows */

/* The sum of what is wrong with a block of places; in *least how far from the gap they are. */
static inline lanes beyond_places(const ew_shape_places *places, lanes gap, const char *p,
                                  lanes *least) {
  lanes bad = {0};
  for (size_t lane = 0; lane < EW_SHAPE_BLOCK; lane += LANES) {
    lanes x = load(p + lane);
    lanes first = load(places->first + lane);
    bad = either(bad, beyond(minus(x, first), load(places->span + lane)));
    *least = lesser(*least, minus(x, gap));
  }
  return bad;
}

static bool is_row(const ew_shape *shape, const char *p) {
  const ew_shape_places *places = shape->places;
  const char *last = p + shape->min_len - EW_SHAPE_BLOCK;
  lanes gap = load(shape->gaps->start);
  lanes least = minus(load(p), gap);
  lanes bad = beyond_places(places, gap, p, &least);
  while (p < last) {
    p = last - p < EW_SHAPE_BLOCK ? last : p + EW_SHAPE_BLOCK;
    bad = either(bad, beyond_places(++places, gap, p, &least));
  }
  return all_zero(either(bad, beyond(load(shape->gaps->len), least)));
}

/* -------------------------------------------------------------------------------- whole texts */

bool ew__shape_holds(const ew_shape *shape, const char *ptr, size_t len) {
  if (EW_UNLIKELY(len - shape->min_len > shape->more_len)) {
    return false;
  }
  if (shape->kind == EW_SHAPE_ROW) {
    return is_row(shape, ptr);
  }
  if (EW_UNLIKELY(!has_head(shape, ptr, len))) {
    return false;
  }
  ptr += shape->head_len;
  len -= shape->head_len;
  if (shape->kind == EW_SHAPE_NUMBER && EW_UNLIKELY(*ptr == '0')) {
    return len == 1;
  }
  if (shape->gap_count == 2) {
    return is_run(shape->gaps, ptr, len);
  }
  if (shape->kind == EW_SHAPE_BASE64) {
    return len % 4 == 0 && is_many_gap_run(shape, ptr, without_padding(ptr, len));
  }
  return is_many_gap_run(shape, ptr, len);
}

/* ------------------------------------------------------------------------------- byte by byte */

static bool in_gap(const ew_shape *shape, unsigned c) {
  for (unsigned i = 0; i < shape->gap_count; i++) {
    if ((uint8_t)(c - shape->gaps[i].start[0]) < shape->gaps[i].len[0]) {
      return true;
    }
  }
  return false;
}

static bool fits_place(const ew_shape *shape, size_t at, unsigned c) {
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
  uint32_t padding;
  bool ended; /* a lone zero */
} prefix;

static bool take_byte(const ew_shape *shape, prefix *s, unsigned c) {
  bool base64 = shape->kind == EW_SHAPE_BASE64;
  if (base64 && c == '=') {
    return ++s->padding <= 2;
  }
  bool full = s->ended || s->padding > 0 || s->len - shape->min_len == shape->more_len;
  if (full || !fits_place(shape, s->len, c)) {
    return false;
  }
  s->ended = shape->kind == EW_SHAPE_NUMBER && s->len == shape->head_len && c == '0';
  return true;
}

bool ew__shape_holds_chars(const ew_shape *shape, const ew_dfa *rest, ew__chars chars) {
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
  if (s.len < shape->min_len || (shape->kind == EW_SHAPE_BASE64 && s.len % 4 != 0)) {
    return false;
  }
  return rest == NULL || ew__dfa_accepts_chars(rest, &chars);
}

/* ------------------------------------------------------------------------------------- Base64 */

static const ew_byte_gap between_base64_digits[] = {
    EW_BYTE_GAP('+' + 1, '/' - 1), EW_BYTE_GAP('9' + 1, 'A' - 1), EW_BYTE_GAP('Z' + 1, 'a' - 1),
    EW_BYTE_GAP('z' + 1, '+' - 1)};

const ew_shape ew_base64_shape = {.gaps = between_base64_digits,
                                  .gap_count = 4,
                                  .more_len = EW_NO_LIMIT,
                                  .kind = EW_SHAPE_BASE64};
