/**
 * eventwire/reader.h - the straight-line engine: what generated decoders are made of.
 *
 * For generated code. A decoder of an object is one line per member, in the order in which the real
 * server writes them:
 *
 *   static const char *read_block(ew_reader *r, const char *p, ew_baas_block *out) {
 *     EW_OBJECT_BEGIN(&ew__baas_block_rules, "number")
 *       EW_REQUIRED(0, "number", ew_read_uint(r, p, NULL, &out->number))
 *       EW_REQUIRED(1, "hash", ew_read_text(r, p, &ew__baas_hash_rules, &out->hash))
 *     EW_OBJECT_END(&ew__baas_block_rules)
 *   }
 *
 * After a value the next key is predicted: one comparison with the literal ,"hash": decides, and
 * the code falls into the next line. A miss (another order, white space, an unknown member) goes to
 * ew_next_member(), which finds the key by perfect hash and jumps back into the line of its member;
 * prediction resumes from there.
 *
 * Every reader takes the position of a value (white space before it is fine) and returns the
 * position behind it, or NULL when it refuses. A refusal carries no diagnosis: the caller of the
 * message runs the table engine for that.
 *
 * UTF-8 is checked once for the whole message before any reader runs. Nothing is read at or behind
 * ew_reader.end, except that blocks of EW_BLOCK bytes are loaded from positions below
 * ew_reader.fast_end, where the caller has said that they may be.
 */
#ifndef EVENTWIRE_READER_H
#define EVENTWIRE_READER_H

#include "eventwire/table.h"

#if defined(__SSE2__) && !defined(EW_NO_SIMD)
#  include <emmintrin.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#  define EW_LIKELY(x) __builtin_expect(!!(x), 1)
#  define EW_UNLIKELY(x) __builtin_expect(!!(x), 0)
#  define EW_INLINE static inline __attribute__((always_inline, unused))
#  define EW_NOINLINE __attribute__((noinline))
#else
#  define EW_LIKELY(x) (x)
#  define EW_UNLIKELY(x) (x)
#  define EW_INLINE static inline
#  define EW_NOINLINE
#endif

#if defined(__has_attribute)
#  if __has_attribute(fallthrough)
#    define EW_FALLTHROUGH __attribute__((fallthrough))
#  endif
#endif
#ifndef EW_FALLTHROUGH
#  define EW_FALLTHROUGH ((void)0)
#endif

#define EW_BLOCK 64

typedef struct ew_reader {
  const char *end;
  const char *fast_end; /* EW_BLOCK bytes may be loaded from any position below */
  ew_arena *arena;
  uint32_t depth;
  ew_limits limits; /* none is 0 */
  ew_err err;       /* of the first refusal */
} ew_reader;

/** Notes the first refusal; always NULL. */
const char *ew_refuse(ew_reader *r, ew_err err) EW_NOINLINE;

/** The byte at p, or NUL (which is legal nowhere) at the end. */
EW_INLINE char ew_peek(const ew_reader *r, const char *p) {
  return EW_LIKELY(p < r->end) ? *p : '\0';
}

/* --------------------------------------------------------------------------------------- literals and blocks */

EW_INLINE uint64_t ew_load64(const char *p) {
  uint64_t v;
  memcpy(&v, p, 8);
  return v;
}

EW_INLINE uint32_t ew_load32(const char *p) {
  uint32_t v;
  memcpy(&v, p, 4);
  return v;
}

/** n is constant: overlapping loads of whole words, none outside the n bytes. */
EW_INLINE bool ew_same(const char *p, const char *literal, size_t n) {
  if (n < 4) {
    return memcmp(p, literal, n) == 0;
  }
  if (n < 8) {
    return ((ew_load32(p) ^ ew_load32(literal)) |
            (ew_load32(p + n - 4) ^ ew_load32(literal + n - 4))) == 0;
  }
  uint64_t differ = ew_load64(p + n - 8) ^ ew_load64(literal + n - 8);
  for (size_t i = 0; i + 8 < n; i += 8) {
    differ |= ew_load64(p + i) ^ ew_load64(literal + i);
  }
  return differ == 0;
}

EW_INLINE bool ew_at(const ew_reader *r, const char *p, const char *literal, size_t n) {
  return EW_LIKELY((size_t)(r->end - p) >= n) && ew_same(p, literal, n);
}

/** The scalar twin of ew_scan_plain() for the last bytes of the text. */
const char *ew_scan_plain_tail(const char *p, const char *end);

/**
 * The first byte from p on that ends or interrupts a string: '"', '\\' or a control character; end
 * when there is none.
 */
EW_INLINE const char *ew_scan_plain(const ew_reader *r, const char *p) {
#if defined(__SSE2__) && !defined(EW_NO_SIMD)
  /*
   * c ^ 2 brings '"' next to the control characters; ^ 0x80 makes the unsigned comparison a signed
   * one.
   */
  const __m128i flip = _mm_set1_epi8((char)0x82);
  const __m128i limit = _mm_set1_epi8((char)0xa0);
  const __m128i backslash = _mm_set1_epi8('\\');
  while (EW_LIKELY(p < r->fast_end)) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i plain = _mm_andnot_si128(_mm_cmpeq_epi8(v, backslash),
                                     _mm_cmpgt_epi8(_mm_xor_si128(v, flip), limit));
    unsigned special = (unsigned)_mm_movemask_epi8(plain) ^ 0xffffu;
    if (EW_LIKELY(special != 0)) {
      return p + __builtin_ctz(special);
    }
    p += 16;
  }
#elif defined(__GNUC__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  const uint64_t ones = 0x0101010101010101u;
  const uint64_t high = 0x8080808080808080u;
  while (EW_LIKELY(p < r->fast_end)) {
    uint64_t v = ew_load64(p);
    uint64_t quote = v ^ (ones * '"');
    uint64_t slash = v ^ (ones * '\\');
    uint64_t special =
        (((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((v - ones * 0x20) & ~v)) & high;
    if (EW_LIKELY(special != 0)) {
      return p + (__builtin_ctzll(special) >> 3);
    }
    p += 8;
  }
#endif
  return ew_scan_plain_tail(p, r->end);
}

/* --------------------------------------------------------------------------------------------- out of line */

/* skips white space */
const char *ew_value_start(ew_reader *r, const char *p);
const char *ew_read_escaped(ew_reader *r, const char *start, const char *stop, ew_str *out);
const char *ew_read_int_slow(ew_reader *r, const char *p, const ew_int_rules *rules, int64_t *out);
const char *ew_read_uint_slow(ew_reader *r, const char *p, const ew_uint_rules *rules,
                              uint64_t *out);
const char *ew_read_text_slow(ew_reader *r, const char *p, const ew_string_rules *rules,
                              const ew_str *text);
const char *ew_read_double(ew_reader *r, const char *p, const ew_double_rules *rules, double *out);
const char *ew_read_num(ew_reader *r, const char *p, ew_num *out);
const char *ew_read_enum(ew_reader *r, const char *p, const ew_enum_rules *rules, int *out);
const char *ew_read_open_enum(ew_reader *r, const char *p, const ew_enum_rules *rules, int *out,
                              ew_str *text);
const char *ew_read_const(ew_reader *r, const char *p, const ew_const_rules *rules);
const char *ew_read_null(ew_reader *r, const char *p);
const char *ew_read_raw(ew_reader *r, const char *p, uint32_t json_types, ew_raw *out);
const char *ew_read_by_table(ew_reader *r, const char *p, const ew_type *type, void *out);
const char *ew_skip(ew_reader *r, const char *p); /* any one value */

/** Index of the arm of a union that fits the value at p, -1 when none does. */
int ew_choose_arm(ew_reader *r, const char *p, const ew_union_rules *rules);

/* -------------------------------------------------------------------------------------------------- values */

EW_INLINE const char *ew_read_string(ew_reader *r, const char *p, ew_str *out) {
  if (EW_UNLIKELY(ew_peek(r, p) != '"')) {
    p = ew_value_start(r, p);
    if (ew_peek(r, p) != '"') {
      return ew_refuse(r, EW_ERR_TYPE);
    }
  }
  const char *start = p + 1;
  const char *stop = ew_scan_plain(r, start);
  size_t len = (size_t)(stop - start);
  if (EW_UNLIKELY(ew_peek(r, stop) != '"' || len > r->limits.max_string_bytes)) {
    return ew_read_escaped(r, start, stop, out);
  }
  out->ptr = start;
  out->len = (uint32_t)len;
  out->flags = EW_STR_CLEAN;
  return stop + 1;
}

/** A string with rules; NULL rules are none. */
EW_INLINE const char *ew_read_text(ew_reader *r, const char *p, const ew_string_rules *rules,
                                   ew_str *out) {
  p = ew_read_string(r, p, out);
  if (EW_UNLIKELY(p == NULL)) {
    return NULL;
  }
  return ew_read_text_slow(r, p, rules, out);
}

EW_INLINE const char *ew_read_bool(ew_reader *r, const char *p, bool *out) {
  if (EW_UNLIKELY((unsigned char)ew_peek(r, p) <= ' ')) {
    p = ew_value_start(r, p);
  }
  if (ew_at(r, p, "true", 4)) {
    *out = true;
    return p + 4;
  }
  if (ew_at(r, p, "false", 5)) {
    *out = false;
    return p + 5;
  }
  return ew_refuse(r, EW_ERR_TYPE);
}

EW_INLINE bool ew_is_digit(char c) { return (unsigned char)(c - '0') <= 9; }

/**
 * Up to 18 digits without fraction or exponent; everything else is left to the slow readers. NULL:
 * not such a number.
 */
EW_INLINE const char *ew_scan_short_digits(const ew_reader *r, const char *p, uint64_t *out) {
  const char *start = p;
  uint64_t value = 0;
  while (ew_is_digit(ew_peek(r, p))) {
    value = value * 10 + (uint64_t)(*p - '0');
    p++;
  }
  char next = ew_peek(r, p);
  if (p == start || p - start > 18 || (*start == '0' && p - start > 1) || next == '.' ||
      (next | 32) == 'e') {
    return NULL;
  }
  *out = value;
  return p;
}

EW_INLINE const char *ew_read_uint(ew_reader *r, const char *p, const ew_uint_rules *rules,
                                   uint64_t *out) {
  uint64_t value = 0;
  const char *stop = ew_scan_short_digits(r, p, &value);
  if (EW_UNLIKELY(stop == NULL ||
                  (rules != NULL && (value < rules->minimum || value > rules->maximum)))) {
    return ew_read_uint_slow(r, p, rules, out);
  }
  *out = value;
  return stop;
}

EW_INLINE const char *ew_read_int(ew_reader *r, const char *p, const ew_int_rules *rules,
                                  int64_t *out) {
  uint64_t magnitude = 0;
  bool negative = ew_peek(r, p) == '-';
  const char *stop = ew_scan_short_digits(r, p + negative, &magnitude);
  int64_t value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
  if (EW_UNLIKELY(stop == NULL ||
                  (rules != NULL && (value < rules->minimum || value > rules->maximum)))) {
    return ew_read_int_slow(r, p, rules, out);
  }
  *out = value;
  return stop;
}

/** Steps over null; NULL when the value is another one (no refusal). */
EW_INLINE const char *ew_skip_null(ew_reader *r, const char *p) {
  if (EW_UNLIKELY((unsigned char)ew_peek(r, p) <= ' ')) {
    p = ew_value_start(r, p);
  }
  return ew_at(r, p, "null", 4) ? p + 4 : NULL;
}

/* ------------------------------------------------------------------------------------------------- objects */

#define EW_FIELD_END 255u

/** Checks '{' (and that the depth allows it) and leaves p on it. */
const char *ew_open_object(ew_reader *r, const char *p);

/**
 * From the '{' (first) or from behind a value: finds the next known member, skips unknown ones, and
 * returns the position of its value with *field set; at '}' the position behind it and
 * EW_FIELD_END.
 */
const char *ew_next_member(ew_reader *r, const char *p, const ew_object_rules *rules, bool first,
                           uint32_t *field);

/** Required members and groups, once the object is read. */
EW_INLINE bool ew_is_complete(const ew_object_rules *rules, uint64_t seen);
bool ew_groups_hold(const ew_object_rules *rules, uint64_t seen);

EW_INLINE bool ew_is_complete(const ew_object_rules *rules, uint64_t seen) {
  return (seen & rules->required) == rules->required &&
         (rules->group_count == 0 || ew_groups_hold(rules, seen));
}

/*
 * seen: members of former runs. run: members since the last jump; inside a run the index only
 * grows, so one test per run finds duplicates. The default label only keeps the first prediction
 * reachable for the compiler.
 */
#define EW_OBJECT_BEGIN(rules, first_key)                                                     \
  uint64_t seen = 0, run = 0;                                                                 \
  uint32_t field = 0;                                                                         \
  memset(out, 0, sizeof(*out));                                                               \
  p = ew_open_object(r, p);                                                                   \
  if (EW_UNLIKELY(p == NULL)) {                                                               \
    return NULL;                                                                              \
  }                                                                                           \
  if (EW_LIKELY(ew_at(r, p, "{\"" first_key "\":", sizeof("{\"" first_key "\":") - 1))) {     \
    p += sizeof("{\"" first_key "\":") - 1;                                                   \
  } else {                                                                                    \
    p = ew_next_member(r, p, rules, true, &field);                                            \
    if (EW_UNLIKELY(p == NULL)) {                                                             \
      return NULL;                                                                            \
    }                                                                                         \
  }                                                                                           \
  while (field != EW_FIELD_END) {                                                             \
    switch (field) {                                                                          \
    default:                                                                                  \
      break;

#define EW_TAKE_(i, read)                                                                     \
  run |= (uint64_t)1 << (i);                                                                  \
  p = (read);                                                                                 \
  if (EW_UNLIKELY(p == NULL)) {                                                               \
    return NULL;                                                                              \
  }

#define EW_TAKE_NULLABLE_(i, presence, read)                                                  \
  run |= (uint64_t)1 << (i);                                                                  \
  {                                                                                           \
    const char *behind_null = ew_skip_null(r, p);                                             \
    (presence) = behind_null != NULL ? EW_NULL : EW_SET;                                      \
    p = behind_null != NULL ? behind_null : (read);                                           \
  }                                                                                           \
  if (EW_UNLIKELY(p == NULL)) {                                                               \
    return NULL;                                                                              \
  }

/* A member that is always there: when its key does not come next, look the key up. */
#define EW_PREDICT_(key)                                                                      \
  if (EW_UNLIKELY(!ew_at(r, p, ",\"" key "\":", sizeof(",\"" key "\":") - 1))) {              \
    break;                                                                                    \
  }                                                                                           \
  p += sizeof(",\"" key "\":") - 1;                                                           \
  EW_FALLTHROUGH;

#define EW_REQUIRED(i, key, read)                                                             \
  EW_PREDICT_(key)                                                                            \
  case (i):                                                                                   \
    EW_TAKE_(i, read)

#define EW_REQUIRED_NULLABLE(i, key, presence, read)                                          \
  EW_PREDICT_(key)                                                                            \
  case (i):                                                                                   \
    EW_TAKE_NULLABLE_(i, presence, read)

/*
 * A member that may be missing: when its key does not come next, the following line tries its own.
 */
#define EW_OPTIONAL(i, key, has, read)                                                        \
  if (ew_at(r, p, ",\"" key "\":", sizeof(",\"" key "\":") - 1)) {                            \
    p += sizeof(",\"" key "\":") - 1;                                                         \
    EW_FALLTHROUGH;                                                                           \
    case (i):                                                                                 \
      EW_TAKE_(i, read)                                                                       \
      (has) = true;                                                                           \
  }

#define EW_OPTIONAL_NULLABLE(i, key, presence, read)                                          \
  if (ew_at(r, p, ",\"" key "\":", sizeof(",\"" key "\":") - 1)) {                            \
    p += sizeof(",\"" key "\":") - 1;                                                         \
    EW_FALLTHROUGH;                                                                           \
    case (i):                                                                                 \
      EW_TAKE_NULLABLE_(i, presence, read)                                                    \
  }

/*
 * A union whose tag is member number tag of the same object. Before the tag is known its text is
 * only stepped over.
 */
#define EW_SIBLING_READ_(i, tag, read)                                                        \
  run |= (uint64_t)1 << (i);                                                                  \
  if (EW_LIKELY(((seen | run) >> (tag)) & 1)) {                                               \
    p = (read);                                                                               \
  } else {                                                                                    \
    late = p;                                                                                 \
    p = ew_skip(r, p);                                                                        \
  }                                                                                           \
  if (EW_UNLIKELY(p == NULL)) {                                                               \
    return NULL;                                                                              \
  }

#define EW_SIBLING(i, key, tag, read)                                                         \
  EW_PREDICT_(key)                                                                            \
  case (i):                                                                                   \
    EW_SIBLING_READ_(i, tag, read)

#define EW_SIBLING_OPTIONAL(i, key, tag, has, read)                                           \
  if (ew_at(r, p, ",\"" key "\":", sizeof(",\"" key "\":") - 1)) {                            \
    p += sizeof(",\"" key "\":") - 1;                                                         \
    EW_FALLTHROUGH;                                                                           \
    case (i):                                                                                 \
      EW_SIBLING_READ_(i, tag, read)                                                          \
      (has) = true;                                                                           \
  }

#define EW_OBJECT_CLOSE_(rules)                                                               \
    }                                                                                         \
    if (EW_UNLIKELY((seen & run) != 0)) {                                                     \
      return ew_refuse(r, EW_ERR_DUPLICATE);                                                  \
    }                                                                                         \
    seen |= run;                                                                              \
    run = 0;                                                                                  \
    p = ew_next_member(r, p, rules, false, &field);                                           \
    if (EW_UNLIKELY(p == NULL)) {                                                             \
      return NULL;                                                                            \
    }                                                                                         \
  }                                                                                           \
  if (EW_UNLIKELY(!ew_is_complete(rules, seen))) {                                            \
    return ew_refuse(r, EW_ERR_MISSING);                                                      \
  }                                                                                           \
  r->depth--;

#define EW_OBJECT_END(rules)                                                                  \
  EW_OBJECT_CLOSE_(rules)                                                                     \
  return p;

/*
 * Put EW_SIBLING_BEGIN before EW_OBJECT_BEGIN when a line of the object is EW_SIBLING, and end it
 * with EW_OBJECT_END_SIBLING.
 */
#define EW_SIBLING_BEGIN const char *late = NULL;

#define EW_OBJECT_END_SIBLING(rules, read)                                                    \
  EW_OBJECT_CLOSE_(rules)                                                                     \
  if (EW_UNLIKELY(late != NULL)) {                                                            \
    const char *behind = p;                                                                   \
    r->depth++;                                                                               \
    p = late;                                                                                 \
    p = (read);                                                                               \
    r->depth--;                                                                               \
    if (EW_UNLIKELY(p == NULL)) {                                                             \
      return NULL;                                                                            \
    }                                                                                         \
    p = behind;                                                                               \
  }                                                                                           \
  return p;

/* -------------------------------------------------------------------------------------------------- arrays */

/** Checks '[' and the depth and returns the position behind it. */
const char *ew_open_array(ew_reader *r, const char *p);

/**
 * Room for one more element of size bytes, cleared. items and capacity follow; NULL when the arena
 * or the limit is reached.
 */
void *ew_grow(ew_reader *r, void *items, uint32_t count, uint32_t *capacity, size_t size);

/**
 * Behind an element or the '[': true and p at the next element, or false and p behind the ']'. p is
 * NULL when neither comes.
 */
bool ew_next_item(ew_reader *r, const char **p, bool first);

/* The body of a function that reads an array into out->items and out->count. read fills *item. */
#define EW_ARRAY(rules, type, read)                                                           \
  uint32_t capacity = 0;                                                                      \
  out->items = NULL;                                                                          \
  out->count = 0;                                                                             \
  p = ew_open_array(r, p);                                                                    \
  if (EW_UNLIKELY(p == NULL)) {                                                               \
    return NULL;                                                                              \
  }                                                                                           \
  while (ew_next_item(r, &p, out->count == 0)) {                                              \
    if (out->count == capacity) {                                                             \
      out->items = (type *)ew_grow(r, out->items, out->count, &capacity, sizeof(type));       \
      if (EW_UNLIKELY(out->items == NULL)) {                                                  \
        return NULL;                                                                          \
      }                                                                                       \
    }                                                                                         \
    type *item = &out->items[out->count];                                                     \
    p = (read);                                                                               \
    if (EW_UNLIKELY(p == NULL)) {                                                             \
      return NULL;                                                                            \
    }                                                                                         \
    out->count++;                                                                             \
  }                                                                                           \
  if (EW_UNLIKELY(p == NULL || out->count < (rules)->min_items || out->count > (rules)->max_items)) { \
    return ew_refuse(r, EW_ERR_COUNT);                                                        \
  }                                                                                           \
  r->depth--;                                                                                 \
  return p;

#ifdef __cplusplus
}
#endif
#endif
