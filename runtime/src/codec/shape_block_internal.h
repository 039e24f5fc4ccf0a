/*
 * shape_block_internal.h - the comparisons behind shapes, inline where a reader of the straight-line
 * engine checks a text on its way.
 */
#ifndef EW_SHAPE_BLOCK_INTERNAL_H
#define EW_SHAPE_BLOCK_INTERNAL_H

#include "eventwire/block.h"
#include "shape_internal.h"

/* ----------------------------------------------------------------------------- lanes of bytes */

/*
 * lanes: LANES bytes side by side, never more than the tables of a shape are wide. minus() wraps
 * around; beyond() is 0 in the lanes where a is at most b.
 */
#if defined(EW_BLOCK_SSE2) || defined(EW_BLOCK_AVX2)
#  define LANES 16
typedef __m128i lanes;

EW_INLINE lanes load(const void *p) { return _mm_loadu_si128((const __m128i *)p); }
/* of a shape, which is aligned */
EW_INLINE lanes table(const uint8_t *p) { return _mm_load_si128((const __m128i *)(const void *)p); }

EW_INLINE void store(char *to, lanes x) { _mm_storeu_si128((__m128i *)(void *)to, x); }

EW_INLINE lanes ones(void) { return _mm_set1_epi8(-1); }
EW_INLINE lanes either(lanes a, lanes b) { return _mm_or_si128(a, b); }
EW_INLINE lanes minus(lanes a, lanes b) { return _mm_sub_epi8(a, b); }
EW_INLINE lanes lesser(lanes a, lanes b) { return _mm_min_epu8(a, b); }
EW_INLINE lanes beyond(lanes a, lanes b) { return _mm_subs_epu8(a, b); }

#  define ZERO_LANES_FULL 0xffffu
EW_INLINE ew_mask zero_lanes(lanes x) {
  return (ew_mask)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_setzero_si128()));
}
EW_INLINE bool all_zero(lanes x) { return zero_lanes(x) == 0xffff; }
EW_INLINE ew_mask quotes_in(lanes x) {
  return (ew_mask)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')));
}
#elif defined(EW_BLOCK_NEON)
#  define LANES 16
typedef uint8x16_t lanes;

EW_INLINE lanes load(const void *p) { return vld1q_u8((const uint8_t *)p); }
EW_INLINE lanes table(const uint8_t *p) { return load(p); }

EW_INLINE void store(char *to, lanes x) { vst1q_u8((uint8_t *)(void *)to, x); }

EW_INLINE lanes ones(void) { return vdupq_n_u8(255); }
EW_INLINE lanes either(lanes a, lanes b) { return vorrq_u8(a, b); }
EW_INLINE lanes minus(lanes a, lanes b) { return vsubq_u8(a, b); }
EW_INLINE lanes lesser(lanes a, lanes b) { return vminq_u8(a, b); }
EW_INLINE lanes beyond(lanes a, lanes b) { return vqsubq_u8(a, b); }
#  define ZERO_LANES_FULL UINT64_MAX
EW_INLINE ew_mask zero_lanes(lanes x) { return ew_lanes_mask(vceqzq_u8(x)); }
EW_INLINE bool all_zero(lanes x) { return vmaxvq_u8(x) == 0; }
EW_INLINE ew_mask quotes_in(lanes x) { return ew_lanes_mask(vceqq_u8(x, vdupq_n_u8('"'))); }
#else
#  define LANES 8
#  define HIGH UINT64_C(0x8080808080808080)
typedef uint64_t lanes;

EW_INLINE lanes load(const void *p) {
  lanes x;
  memcpy(&x, p, sizeof(x));
  return x;
}

EW_INLINE lanes table(const uint8_t *p) { return load(p); }
EW_INLINE void store(char *to, lanes x) { memcpy(to, &x, sizeof(x)); }

EW_INLINE lanes ones(void) { return ~(lanes)0; }
EW_INLINE lanes either(lanes a, lanes b) { return a | b; }

EW_INLINE lanes minus(lanes a, lanes b) {
  return ((a | HIGH) - (b & ~HIGH)) ^ ((a ^ ~b) & HIGH);
}

/* The high bit of a lane says that it borrowed. */
EW_INLINE lanes beyond(lanes a, lanes b) {
  return ((~b & a) | ((~b | a) & minus(b, a))) & HIGH;
}

EW_INLINE lanes lesser(lanes a, lanes b) {
  lanes mask = (beyond(a, b) >> 7) * 255;
  return (b & mask) | (a & ~mask);
}

#  define ZERO_LANES_FULL HIGH
/* Of what beyond() gives, whose lanes are 0 or have their high bit. */
EW_INLINE ew_mask zero_lanes(lanes x) { return ~x & HIGH; }
EW_INLINE bool all_zero(lanes x) { return x == 0; }
EW_INLINE ew_mask quotes_in(lanes x) {
  return ew_lanes_mask(ew_block_equal(x, ew_block_fill('"')));
}
#endif

/* Writers copy what they check: to is where, or for everybody else the constant NULL. */
EW_INLINE lanes take(const char *p, size_t at, char *to) {
  lanes x = load(p + at);
  if (to != NULL) {
    store(to + at, x);
  }
  return x;
}

/* --------------------------------------------------------------------------------------- runs */

/*
 * No byte in one of two gaps. From the start of a gap every byte is some way off, going round; the
 * least of the ways must be longer than the gap.
 */
EW_INLINE bool are_beyond(const ew_byte_gap *gaps, lanes least, lanes other_least) {
  lanes bad = beyond(table(gaps[0].len), least);
  return all_zero(either(bad, beyond(table(gaps[1].len), other_least)));
}

/** The bytes of a block of EW_SHAPE_BLOCK that are in a gap. */
EW_INLINE ew_mask ew__in_gap(const ew_byte_gap *gap, const char *p) {
  return zero_lanes(beyond(table(gap->len), minus(load(p), table(gap->start)))) ^ ZERO_LANES_FULL;
}

/*
 * Whether a quote is the first byte of the block at p that is in one of two gaps, behind *len others. It
 * is looked for by itself, as that takes less time, and for its place all that comes behind has to wait.
 */
EW_INLINE bool ew__run_to_quote(const ew_byte_gap *gaps, const char *p, size_t *len) {
  lanes x = load(p);
  ew_mask quotes = quotes_in(x);
  if (EW_UNLIKELY(quotes == 0)) {
    return false;
  }
  *len = ew_mask_first(quotes);
  lanes bad = beyond(table(gaps[0].len), minus(x, table(gaps[0].start)));
  bad = either(bad, beyond(table(gaps[1].len), minus(x, table(gaps[1].start))));
#if EW_MASK_STEP == 1
  return ((zero_lanes(bad) + 1) >> *len & 1) != 0; /* the sum carries to the first zero */
#else
  return ew_mask_first((zero_lanes(bad) ^ ZERO_LANES_FULL) | quotes) == *len;
#endif
}

#if defined(__GNUC__) && !defined(__clang__)
#  define UNROLL _Pragma("GCC unroll 4")
#else
#  define UNROLL
#endif

/* The least of the ways of the first count bytes at p. count is a constant, LANES or more. */
EW_INLINE lanes least_way(lanes start, const char *p, size_t count) {
  lanes least = minus(load(p), start);
  UNROLL
  for (size_t i = LANES; i < count; i += LANES) {
    least = lesser(least, minus(load(p + i), start));
  }
  return least;
}

/** The same for readers, of two to four blocks of EW_SHAPE_BLOCK; end is behind the last one. */
EW_INLINE bool ew__avoids_two(const ew_byte_gap *gaps, const char *p, const char *end) {
  const size_t half = 2 * EW_SHAPE_BLOCK;
  const lanes start = table(gaps[0].start);
  const lanes other_start = table(gaps[1].start);
  return are_beyond(gaps, lesser(least_way(start, p, half), least_way(start, end - half, half)),
                    lesser(least_way(other_start, p, half),
                           least_way(other_start, end - half, half)));
}

/** The same of one block to two. */
EW_INLINE bool ew__avoids_briefly(const ew_byte_gap *gaps, const char *p, const char *end) {
  const char *last = end - EW_SHAPE_BLOCK;
  const lanes start = table(gaps[0].start);
  const lanes other_start = table(gaps[1].start);
  return are_beyond(gaps,
                    lesser(least_way(start, p, EW_SHAPE_BLOCK), least_way(start, last, EW_SHAPE_BLOCK)),
                    lesser(least_way(other_start, p, EW_SHAPE_BLOCK),
                           least_way(other_start, last, EW_SHAPE_BLOCK)));
}

/** The same of one block. */
EW_INLINE bool ew__avoids_block(const ew_byte_gap *gaps, const char *p) {
  return are_beyond(gaps, least_way(table(gaps[0].start), p, EW_SHAPE_BLOCK),
                    least_way(table(gaps[1].start), p, EW_SHAPE_BLOCK));
}

EW_INLINE lanes meets_gap(const ew_byte_gap *gap, const char *p, const char *end) {
  const lanes start = table(gap->start);
  lanes least = least_way(start, p, 2 * EW_SHAPE_BLOCK);
  return beyond(table(gap->len),
                lesser(least, least_way(start, end - EW_SHAPE_BLOCK, EW_SHAPE_BLOCK)));
}

/** Three gaps, and two or three blocks. */
EW_INLINE bool ew__avoids_three(const ew_byte_gap *gaps, const char *p, const char *end) {
  return all_zero(either(either(meets_gap(gaps, p, end), meets_gap(gaps + 1, p, end)),
                         meets_gap(gaps + 2, p, end)));
}

/** Whether the literal bytes stand at ptr, where 8 bytes may be loaded. */
EW_INLINE bool ew__has_long_head(const ew_shape *shape, const char *ptr) {
  uint64_t mask = ew_load64((const char *)shape->head_mask);
  return ((ew_load64(ptr) ^ ew_load64(shape->head)) & mask) == 0;
}

EW_INLINE bool ew__has_head(const ew_shape *shape, const char *ptr, size_t len) {
  if (EW_LIKELY(len >= sizeof(shape->head))) {
    return ew__has_long_head(shape, ptr);
  }
  for (size_t i = 0; i < shape->head_len; i++) {
    if (ptr[i] != shape->head[i]) {
      return false;
    }
  }
  return true;
}

/* --------------------------------------------------------------------------------------- rows */

/* The sum of what is wrong with a block of places; in *least how far from the gap they are. */
EW_INLINE lanes beyond_places(const ew_shape_places *places, lanes gap, const char *p, size_t at,
                              char *to, lanes *least) {
  lanes bad = {0};
  for (size_t lane = 0; lane < EW_SHAPE_BLOCK; lane += LANES) {
    lanes x = take(p, at + lane, to);
    lanes first = table(places->first + lane);
    bad = either(bad, beyond(minus(x, first), table(places->span + lane)));
    *least = lesser(*least, minus(x, gap));
  }
  return bad;
}

/* A row of three blocks, the last of them over part of the one before. */
EW_INLINE bool ew__is_row_of_three(const ew_shape *shape, const char *p) {
  const ew_shape_places *places = shape->places;
  size_t last = shape->min_len - EW_SHAPE_BLOCK;
  lanes gap = table(shape->gaps->start);
  lanes least = ones();
  lanes bad = beyond_places(places, gap, p, 0, NULL, &least);
  bad = either(bad, beyond_places(places + 1, gap, p, EW_SHAPE_BLOCK, NULL, &least));
  bad = either(bad, beyond_places(places + 2, gap, p, last, NULL, &least));
  return all_zero(either(bad, beyond(table(shape->gaps->len), least)));
}

/** Places of a time in front of its fraction. */
EW_INLINE size_t ew__time_row(const ew_shape *shape) { return shape->min_len - 1; }

/** Whether a row of one to two blocks without a gap stands at p, for readers. */
EW_INLINE bool ew__is_brief_row(const ew_shape *shape, size_t len, const char *p) {
  const ew_shape_places *places = shape->places;
  size_t last = len - EW_SHAPE_BLOCK;
  lanes least = ones();
  lanes bad = beyond_places(places, ones(), p, 0, NULL, &least);
  return last <= EW_SHAPE_BLOCK &&
         all_zero(either(bad, beyond_places(places + 1, ones(), p, last, NULL, &least)));
}

#endif
