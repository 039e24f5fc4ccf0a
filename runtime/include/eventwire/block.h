/**
 * eventwire/block.h - a few bytes at a time: the one place that knows instruction sets.
 *
 * For the codec and generated code. A block is EW_BLOCK bytes: 16 with SSE2 and NEON, 32 with AVX2,
 * 8 in a plain 64-bit word elsewhere or with EW_NO_SIMD. Comparisons give lanes, a truth value per
 * byte; ew_lanes_mask() packs them into a word in which byte i owns EW_MASK_STEP bits from bit
 * i * EW_MASK_STEP on.
 *
 * Loads and stores take any alignment and touch exactly EW_BLOCK bytes: the caller sees to it that
 * they are his.
 *
 * A head is the first EW_HEAD bytes of a block, for what is mostly shorter: with AVX2 half of it,
 * which leaves no upper half to be cleared and needs no frame that is aligned for it.
 */
#ifndef EVENTWIRE_BLOCK_H
#define EVENTWIRE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(EW_NO_SIMD) && defined(__AVX2__)
#  include <immintrin.h>
#  define EW_BLOCK_AVX2 1
#elif !defined(EW_NO_SIMD) && defined(__SSE2__)
#  include <emmintrin.h>
#  define EW_BLOCK_SSE2 1
#elif !defined(EW_NO_SIMD) && defined(__aarch64__) && defined(__ARM_NEON) && \
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#  include <arm_neon.h>
#  define EW_BLOCK_NEON 1
#else
#  define EW_BLOCK_SWAR 1
#endif

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#  define EW_LIKELY(x) __builtin_expect(!!(x), 1)
#  define EW_UNLIKELY(x) __builtin_expect(!!(x), 0)
#  define EW_INLINE static inline __attribute__((always_inline, unused))
#  define EW_NOINLINE __attribute__((noinline))
/* The compiler forgets what it knows of an integer or a pointer: a guess is not worked out after all. */
#  define EW_FORGET(x) __asm__("" : "+r"(x))
/* Behind a switch that knows all there is. */
#  define EW_UNREACHABLE __builtin_unreachable()
#else
#  define EW_LIKELY(x) (x)
#  define EW_UNLIKELY(x) (x)
#  define EW_INLINE static inline
#  define EW_NOINLINE
#  define EW_FORGET(x) ((void)(x))
#  define EW_UNREACHABLE ((void)0)
#endif

/* ------------------------------------------------------------------------------------------- words */

/** The 8 bytes at p, the first one lowest, on any machine. */
EW_INLINE uint64_t ew_load64(const char *p) {
  uint64_t v;
  memcpy(&v, p, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  v = __builtin_bswap64(v);
#endif
  return v;
}

EW_INLINE uint32_t ew_load32(const char *p) {
  uint32_t v;
  memcpy(&v, p, 4);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  v = __builtin_bswap32(v);
#endif
  return v;
}

EW_INLINE uint32_t ew_load16(const char *p) {
  return (uint32_t)(unsigned char)p[0] | (uint32_t)(unsigned char)p[1] << 8;
}

/** Index of the lowest bit; word is not 0. */
EW_INLINE unsigned ew_lowest_bit(uint64_t word) {
#if defined(__GNUC__)
  return (unsigned)__builtin_ctzll(word);
#else
  unsigned at = 0;
  while ((word & 1) == 0) {
    word >>= 1;
    at++;
  }
  return at;
#endif
}

/** Index of the highest bit; word is not 0. */
EW_INLINE unsigned ew_highest_bit(uint64_t word) {
#if defined(__GNUC__)
  return 63u - (unsigned)__builtin_clzll(word);
#else
  unsigned at = 0;
  while ((word >>= 1) != 0) {
    at++;
  }
  return at;
#endif
}

/* ------------------------------------------------------------------------------------------ blocks */

/*
 * EW_KEEP_BLOCK(b): the compiler forgets what it knows of b, so that it neither turns a few stores
 * of zeros into `rep stos` nor builds a constant anew where it stands in a register.
 */

#if defined(EW_BLOCK_AVX2)

#  define EW_BLOCK 32
#  define EW_MASK_STEP 1
#  define EW_MASK_FULL 0xffffffffu
#  define EW_KEEP_BLOCK(b) __asm__("" : "+x"(b))
typedef __m256i ew_block;
typedef uint32_t ew_mask;

EW_INLINE ew_block ew_block_load(const char *p) {
  return _mm256_loadu_si256((const __m256i *)(const void *)p);
}
EW_INLINE void ew_block_store(char *p, ew_block b) {
  _mm256_storeu_si256((__m256i *)(void *)p, b);
}
EW_INLINE ew_block ew_block_fill(unsigned char c) { return _mm256_set1_epi8((char)c); }
EW_INLINE ew_block ew_block_and(ew_block a, ew_block b) { return _mm256_and_si256(a, b); }
EW_INLINE ew_block ew_block_or(ew_block a, ew_block b) { return _mm256_or_si256(a, b); }
EW_INLINE ew_block ew_block_xor(ew_block a, ew_block b) { return _mm256_xor_si256(a, b); }
EW_INLINE ew_block ew_block_sub(ew_block a, ew_block b) { return _mm256_sub_epi8(a, b); }
EW_INLINE ew_block ew_block_equal(ew_block a, ew_block b) { return _mm256_cmpeq_epi8(a, b); }
EW_INLINE ew_block ew_block_at_most(ew_block a, ew_block b) {
  return _mm256_cmpeq_epi8(_mm256_min_epu8(a, b), a);
}
/** Bytes from first on, at most more beyond it; constants. */
EW_INLINE ew_block ew_block_within(ew_block v, unsigned char first, unsigned char more) {
  ew_block to_top = _mm256_add_epi8(v, _mm256_set1_epi8((char)(0x7f - first - more)));
  return _mm256_cmpgt_epi8(to_top, _mm256_set1_epi8((char)(0x7e - more)));
}
EW_INLINE ew_mask ew_lanes_mask(ew_block lanes) { return (ew_mask)_mm256_movemask_epi8(lanes); }
/** '"', '\\' and control bytes: what ends or interrupts a string. */
EW_INLINE ew_mask ew_block_special(ew_block v) {
  /* c ^ 2 brings '"' next to the control bytes; ^ 0x80 makes the comparison a signed one. */
  ew_block low = _mm256_cmpgt_epi8(_mm256_set1_epi8((char)0xa1),
                                   _mm256_xor_si256(v, _mm256_set1_epi8((char)0x82)));
  ew_block slash = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\'));
  return (ew_mask)_mm256_movemask_epi8(_mm256_or_si256(low, slash));
}
EW_INLINE ew_mask ew_block_not_ascii(ew_block v) { return (ew_mask)_mm256_movemask_epi8(v); }
/** The bytes with this bit, of 0 to 6. */
EW_INLINE ew_mask ew_block_bits(ew_block v, int bit) {
  return (ew_mask)_mm256_movemask_epi8(_mm256_slli_epi16(v, 7 - bit));
}
/** The same, and bytes that are not ASCII; only ew_lanes_mask() understands these lanes. */
EW_INLINE ew_block ew_block_odd(ew_block v) {
  ew_block low = _mm256_subs_epi8(_mm256_xor_si256(v, _mm256_set1_epi8(2)), _mm256_set1_epi8(0x21));
  return _mm256_or_si256(low, _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')));
}
EW_INLINE ew_mask ew_block_not_plain(ew_block v) { return ew_lanes_mask(ew_block_odd(v)); }

/** Of two halves, wherever they stand. */
EW_INLINE ew_block ew_block_load_halves(const char *low, const char *high) {
  __m128i half = _mm_loadu_si128((const __m128i *)(const void *)high);
  return _mm256_inserti128_si256(
      _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)low)), half, 1);
}

#  define EW_HEAD 16
#  define EW_ROW_(c) c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c

/* The compiler would build every one of them anew, in three steps. */
static const char ew_head_rows_[4 * EW_HEAD] = {EW_ROW_(2), EW_ROW_(0x21), EW_ROW_('\\'),
                                                EW_ROW_(' ')};

EW_INLINE __m128i ew_head_load_(const char *p) {
  return _mm_loadu_si128((const __m128i *)(const void *)p);
}
EW_INLINE ew_mask ew_head_not_plain_(__m128i v) {
  const char *rows = ew_head_rows_;
  EW_FORGET(rows);
  __m128i low = _mm_subs_epi8(_mm_xor_si128(v, ew_head_load_(rows)), ew_head_load_(rows + 16));
  __m128i slash = _mm_cmpeq_epi8(v, ew_head_load_(rows + 32));
  return (ew_mask)_mm_movemask_epi8(_mm_or_si128(low, slash));
}
EW_INLINE ew_mask ew_head_not_plain(const char *p) { return ew_head_not_plain_(ew_head_load_(p)); }
EW_INLINE ew_mask ew_head_copy(char *to, const char *p) {
  __m128i v = ew_head_load_(p);
  _mm_storeu_si128((__m128i *)(void *)to, v);
  return ew_head_not_plain_(v);
}
EW_INLINE ew_mask ew_head_not_blank(const char *p) {
  const char *rows = ew_head_rows_;
  EW_FORGET(rows);
  __m128i blanks = _mm_cmpeq_epi8(ew_head_load_(p), ew_head_load_(rows + 48));
  return (ew_mask)_mm_movemask_epi8(blanks) ^ 0xffffu;
}

#elif defined(EW_BLOCK_SSE2)

#  define EW_BLOCK 16
#  define EW_MASK_STEP 1
#  define EW_MASK_FULL 0xffffu
#  define EW_KEEP_BLOCK(b) __asm__("" : "+x"(b))
typedef __m128i ew_block;
typedef uint32_t ew_mask;

EW_INLINE ew_block ew_block_load(const char *p) {
  return _mm_loadu_si128((const __m128i *)(const void *)p);
}
EW_INLINE void ew_block_store(char *p, ew_block b) { _mm_storeu_si128((__m128i *)(void *)p, b); }
EW_INLINE ew_block ew_block_fill(unsigned char c) { return _mm_set1_epi8((char)c); }
EW_INLINE ew_block ew_block_and(ew_block a, ew_block b) { return _mm_and_si128(a, b); }
EW_INLINE ew_block ew_block_or(ew_block a, ew_block b) { return _mm_or_si128(a, b); }
EW_INLINE ew_block ew_block_xor(ew_block a, ew_block b) { return _mm_xor_si128(a, b); }
EW_INLINE ew_block ew_block_sub(ew_block a, ew_block b) { return _mm_sub_epi8(a, b); }
EW_INLINE ew_block ew_block_equal(ew_block a, ew_block b) { return _mm_cmpeq_epi8(a, b); }
EW_INLINE ew_block ew_block_at_most(ew_block a, ew_block b) {
  return _mm_cmpeq_epi8(_mm_min_epu8(a, b), a);
}
/** Bytes from first on, at most more beyond it; constants. */
EW_INLINE ew_block ew_block_within(ew_block v, unsigned char first, unsigned char more) {
  ew_block to_top = _mm_add_epi8(v, _mm_set1_epi8((char)(0x7f - first - more)));
  return _mm_cmpgt_epi8(to_top, _mm_set1_epi8((char)(0x7e - more)));
}
EW_INLINE ew_mask ew_lanes_mask(ew_block lanes) { return (ew_mask)_mm_movemask_epi8(lanes); }
/** '"', '\\' and control bytes: what ends or interrupts a string. */
EW_INLINE ew_mask ew_block_special(ew_block v) {
  /* c ^ 2 brings '"' next to the control bytes; ^ 0x80 makes the comparison a signed one. */
  ew_block low =
      _mm_cmplt_epi8(_mm_xor_si128(v, _mm_set1_epi8((char)0x82)), _mm_set1_epi8((char)0xa1));
  ew_block slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
  return (ew_mask)_mm_movemask_epi8(_mm_or_si128(low, slash));
}
EW_INLINE ew_mask ew_block_not_ascii(ew_block v) { return (ew_mask)_mm_movemask_epi8(v); }
/** The bytes with this bit, of 0 to 6. */
EW_INLINE ew_mask ew_block_bits(ew_block v, int bit) {
  return (ew_mask)_mm_movemask_epi8(_mm_slli_epi16(v, 7 - bit));
}
/** The same, and bytes that are not ASCII; only ew_lanes_mask() understands these lanes. */
EW_INLINE ew_block ew_block_odd(ew_block v) {
  ew_block low = _mm_subs_epi8(_mm_xor_si128(v, _mm_set1_epi8(2)), _mm_set1_epi8(0x21));
  return _mm_or_si128(low, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
}
EW_INLINE ew_mask ew_block_not_plain(ew_block v) { return ew_lanes_mask(ew_block_odd(v)); }

#elif defined(EW_BLOCK_NEON)

#  define EW_BLOCK 16
#  define EW_MASK_STEP 4
#  define EW_MASK_FULL UINT64_MAX
#  define EW_KEEP_BLOCK(b) __asm__("" : "+w"(b))
typedef uint8x16_t ew_block;
typedef uint64_t ew_mask;

EW_INLINE ew_block ew_block_load(const char *p) {
  return vld1q_u8((const uint8_t *)(const void *)p);
}
EW_INLINE void ew_block_store(char *p, ew_block b) { vst1q_u8((uint8_t *)(void *)p, b); }
EW_INLINE ew_block ew_block_fill(unsigned char c) { return vdupq_n_u8(c); }
EW_INLINE ew_block ew_block_and(ew_block a, ew_block b) { return vandq_u8(a, b); }
EW_INLINE ew_block ew_block_or(ew_block a, ew_block b) { return vorrq_u8(a, b); }
EW_INLINE ew_block ew_block_xor(ew_block a, ew_block b) { return veorq_u8(a, b); }
EW_INLINE ew_block ew_block_sub(ew_block a, ew_block b) { return vsubq_u8(a, b); }
EW_INLINE ew_block ew_block_equal(ew_block a, ew_block b) { return vceqq_u8(a, b); }
EW_INLINE ew_block ew_block_at_most(ew_block a, ew_block b) { return vcleq_u8(a, b); }
/** Bytes from first on, at most more beyond it; constants. */
EW_INLINE ew_block ew_block_within(ew_block v, unsigned char first, unsigned char more) {
  return vcleq_u8(vsubq_u8(v, vdupq_n_u8(first)), vdupq_n_u8(more));
}
/* NEON has no movemask: narrowing by 4 bits leaves a nibble per byte. */
EW_INLINE ew_mask ew_lanes_mask(ew_block lanes) {
  uint8x8_t nibbles = vshrn_n_u16(vreinterpretq_u16_u8(lanes), 4);
  return vget_lane_u64(vreinterpret_u64_u8(nibbles), 0);
}
/** '"', '\\' and control bytes: what ends or interrupts a string. */
EW_INLINE ew_mask ew_block_special(ew_block v) {
  ew_block near_control = vcleq_u8(veorq_u8(v, vdupq_n_u8(2)), vdupq_n_u8(0x20));
  return ew_lanes_mask(vorrq_u8(near_control, vceqq_u8(v, vdupq_n_u8('\\'))));
}
EW_INLINE ew_mask ew_block_not_ascii(ew_block v) {
  return ew_lanes_mask(vcgeq_u8(v, vdupq_n_u8(0x80)));
}
/** The bytes with this bit, of 0 to 6. */
EW_INLINE ew_mask ew_block_bits(ew_block v, int bit) {
  return ew_lanes_mask(vtstq_u8(v, vdupq_n_u8((uint8_t)(1 << bit))));
}
/** The same, and bytes that are not ASCII; only ew_lanes_mask() understands these lanes. */
EW_INLINE ew_block ew_block_odd(ew_block v) {
  int8x16_t near_control = vreinterpretq_s8_u8(veorq_u8(v, vdupq_n_u8(2)));
  return vorrq_u8(vcltq_s8(near_control, vdupq_n_s8(0x21)), vceqq_u8(v, vdupq_n_u8('\\')));
}
EW_INLINE ew_mask ew_block_not_plain(ew_block v) { return ew_lanes_mask(ew_block_odd(v)); }

#else

#  define EW_BLOCK 8
#  define EW_MASK_STEP 8
#  define EW_MASK_FULL 0x8080808080808080u
#  define EW_KEEP_BLOCK(b) ((void)(b))
typedef uint64_t ew_block;
typedef uint64_t ew_mask;
#  define EW_BYTES_(c) (0x0101010101010101u * (uint64_t)(unsigned char)(c))

EW_INLINE ew_block ew_block_load(const char *p) { return ew_load64(p); }
EW_INLINE void ew_block_store(char *p, ew_block b) {
#  if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  b = __builtin_bswap64(b);
#  endif
  memcpy(p, &b, 8);
}
EW_INLINE ew_block ew_block_fill(unsigned char c) { return EW_BYTES_(c); }
EW_INLINE ew_block ew_block_and(ew_block a, ew_block b) { return a & b; }
EW_INLINE ew_block ew_block_or(ew_block a, ew_block b) { return a | b; }
EW_INLINE ew_block ew_block_xor(ew_block a, ew_block b) { return a ^ b; }
/* No borrow leaves its byte: the top bits are worked out apart. */
EW_INLINE ew_block ew_block_sub(ew_block a, ew_block b) {
  const uint64_t high = EW_BYTES_(0x80);
  return ((a | high) - (b & ~high)) ^ ((a ^ ~b) & high);
}
EW_INLINE ew_block ew_block_equal(ew_block a, ew_block b) {
  const uint64_t low = EW_BYTES_(0x7f);
  uint64_t differ = a ^ b;
  return ~(((differ & low) + low) | differ | low);
}
EW_INLINE ew_block ew_block_at_most(ew_block a, ew_block b) {
  const uint64_t high = EW_BYTES_(0x80);
  uint64_t difference = (b | high) - (a & ~high);
  return ((b & ~a) | (~(a ^ b) & difference)) & high;
}
EW_INLINE ew_mask ew_lanes_mask(ew_block lanes) { return lanes & EW_MASK_FULL; }
/** Bytes from first on, at most more beyond it; constants. */
EW_INLINE ew_block ew_block_within(ew_block v, unsigned char first, unsigned char more) {
  return ew_block_at_most(ew_block_sub(v, ew_block_fill(first)), ew_block_fill(more));
}
/** '"', '\\' and control bytes. Only the lowest one is exact: a borrow may mark bytes above it. */
EW_INLINE ew_mask ew_block_special(ew_block v) {
  const uint64_t ones = EW_BYTES_(1);
  uint64_t quote = v ^ EW_BYTES_('"');
  uint64_t slash = v ^ EW_BYTES_('\\');
  return (((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((v - EW_BYTES_(0x20)) & ~v)) &
         EW_MASK_FULL;
}
EW_INLINE ew_mask ew_block_not_ascii(ew_block v) { return v & EW_MASK_FULL; }
/** The bytes with this bit, of 0 to 6. */
EW_INLINE ew_mask ew_block_bits(ew_block v, int bit) { return v << (7 - bit) & EW_MASK_FULL; }
/** The same, and bytes that are not ASCII; only ew_lanes_mask() understands these lanes. */
EW_INLINE ew_block ew_block_odd(ew_block v) { return ew_block_special(v) | v; }
EW_INLINE ew_mask ew_block_not_plain(ew_block v) { return ew_lanes_mask(ew_block_odd(v)); }

#endif

#if !defined(EW_HEAD)
#  define EW_HEAD EW_BLOCK
/** ew_block_not_plain() of the head that begins at p. */
EW_INLINE ew_mask ew_head_not_plain(const char *p) { return ew_block_not_plain(ew_block_load(p)); }
/** The same; the head is copied. */
EW_INLINE ew_mask ew_head_copy(char *to, const char *p) {
  ew_block v = ew_block_load(p);
  ew_block_store(to, v);
  return ew_block_not_plain(v);
}
/** The bytes of it that are no blanks. */
EW_INLINE ew_mask ew_head_not_blank(const char *p) {
  ew_block blanks = ew_block_equal(ew_block_load(p), ew_block_fill(' '));
  return ew_lanes_mask(blanks) ^ EW_MASK_FULL;
}
#endif

/*
 * Constants of a loop that mostly goes round a few times: with x86 instructions take them where they
 * stand, and the compiler would fetch them in front of the loop, in as many steps as there are. It
 * does not when the loop begins with EW_FORGET_ROWS.
 */
typedef struct ew_row {
#ifdef __cplusplus
  alignas(EW_BLOCK) unsigned char bytes[EW_BLOCK];
#else
  _Alignas(EW_BLOCK) unsigned char bytes[EW_BLOCK];
#endif
} ew_row;

#define EW_EIGHT_(c) c, c, c, c, c, c, c, c
#if EW_BLOCK == 8
#  define EW_ROW(c) {{EW_EIGHT_(c)}}
#elif EW_BLOCK == 16
#  define EW_ROW(c) {{EW_EIGHT_(c), EW_EIGHT_(c)}}
#else
#  define EW_ROW(c) {{EW_EIGHT_(c), EW_EIGHT_(c), EW_EIGHT_(c), EW_EIGHT_(c)}}
#endif

/* Two rows: what ew_block_within() makes of first and more. */
#if defined(EW_BLOCK_SSE2) || defined(EW_BLOCK_AVX2)
#  define EW_WITHIN_ROWS(first, more) EW_ROW(0x7f - (first) - (more)), EW_ROW(0x7e - (more))
#  define EW_FORGET_ROWS(rows) EW_FORGET(rows)
#else
#  define EW_WITHIN_ROWS(first, more) EW_ROW(first), EW_ROW(more)
#  define EW_FORGET_ROWS(rows) ((void)(rows))
#endif

EW_INLINE ew_block ew_block_row(const ew_row *row) {
#if defined(EW_BLOCK_SSE2)
  return _mm_load_si128((const __m128i *)(const void *)row->bytes);
#else
  return ew_block_load((const char *)row->bytes);
#endif
}

/* Three rows: what ew_block_odd() compares with. */
#define EW_ODD_ROWS EW_ROW(2), EW_ROW(0x21), EW_ROW('\\')

EW_INLINE ew_block ew_block_odd_rows(ew_block v, const ew_row *rows) {
#if defined(EW_BLOCK_SSE2)
  ew_block low = _mm_subs_epi8(_mm_xor_si128(v, ew_block_row(rows)), ew_block_row(rows + 1));
  return _mm_or_si128(low, _mm_cmpeq_epi8(v, ew_block_row(rows + 2)));
#elif defined(EW_BLOCK_AVX2)
  ew_block low = _mm256_subs_epi8(_mm256_xor_si256(v, ew_block_row(rows)), ew_block_row(rows + 1));
  return _mm256_or_si256(low, _mm256_cmpeq_epi8(v, ew_block_row(rows + 2)));
#else
  (void)rows;
  return ew_block_odd(v);
#endif
}

EW_INLINE ew_block ew_block_within_rows(ew_block v, const ew_row *rows) {
#if defined(EW_BLOCK_SSE2)
  return _mm_cmpgt_epi8(_mm_add_epi8(v, ew_block_row(rows)), ew_block_row(rows + 1));
#elif defined(EW_BLOCK_AVX2)
  return _mm256_cmpgt_epi8(_mm256_add_epi8(v, ew_block_row(rows)), ew_block_row(rows + 1));
#else
  return ew_block_at_most(ew_block_sub(v, ew_block_row(rows)), ew_block_row(rows + 1));
#endif
}

/*
 * A window is as much as one mask holds of what ew_mask_behind_first() goes through: two blocks with
 * SSE2.
 */
#if defined(EW_BLOCK_SSE2)
#  define EW_WINDOW (2 * EW_BLOCK)
#else
#  define EW_WINDOW EW_BLOCK
#endif

/** ew_block_not_plain() of the window that begins at p, a bit for each byte. */
EW_INLINE ew_mask ew_window_not_plain(const char *p) {
  ew_mask mask = ew_block_not_plain(ew_block_load(p));
#if defined(EW_BLOCK_SSE2)
  mask |= ew_block_not_plain(ew_block_load(p + EW_BLOCK)) << EW_BLOCK;
#elif defined(EW_BLOCK_NEON)
  mask &= 0x1111111111111111u;
#endif
  return mask;
}

/** The mask of a window without its first byte that is set, if there is one. */
EW_INLINE ew_mask ew_mask_behind_first(ew_mask mask) { return mask & (mask - 1); }

/** Index of the first byte that is set; mask is not 0. */
EW_INLINE size_t ew_mask_first(ew_mask mask) {
#if EW_MASK_STEP == 1 && defined(__x86_64__)
  /* What the compiler makes of __builtin_ctz() widens the index once more, on every string's way. */
  size_t at;
  __asm__("rep bsfl %1, %k0" : "=r"(at) : "r"(mask) : "cc");
  return at;
#elif EW_MASK_STEP == 1
  return (size_t)__builtin_ctz(mask);
#else
  return ew_lowest_bit(mask) / EW_MASK_STEP;
#endif
}

/** The mask without its bytes up to the two at index at. at < EW_BLOCK. */
EW_INLINE ew_mask ew_mask_behind_two(ew_mask mask, size_t at) {
  return mask & (ew_mask)(EW_MASK_FULL << 2 * EW_MASK_STEP) << at * EW_MASK_STEP;
}

/** The mask without its first count bytes, which byte 0 then begins. count < EW_BLOCK. */
EW_INLINE ew_mask ew_mask_from(ew_mask mask, size_t count) {
  return mask >> (count * EW_MASK_STEP);
}

#ifdef __cplusplus
}
#endif
#endif
