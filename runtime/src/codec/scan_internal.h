/*
 * scan_internal.h - the scalar primitives that both engines of the codec share.
 *
 * Every function works on [p, end): it reads nothing at or behind end. A scanner gets p at the
 * first byte of what it scans and returns the first byte behind it, or NULL with *fault filled.
 * Text is UTF-8 that was checked before (ew__utf8_check), unless a function says otherwise.
 */
#ifndef EW_SCAN_INTERNAL_H
#define EW_SCAN_INTERNAL_H

#include "eventwire/block.h"
#include "eventwire/table.h"

/**
 * Compiled for size, and out of the way of the rest. EW__COLD: runs only when a text is refused or a
 * person wants to know more. EW__SMALL: not on the way of a usual message, or not what takes its
 * time, or goes straight on, so that it takes no more instructions like this. With EW_NOINLINE: it
 * would take more room inside its only caller than apart.
 */
#if defined(__GNUC__)
#  define EW__COLD __attribute__((cold))
#else
#  define EW__COLD
#endif
#define EW__SMALL EW__COLD

/** More levels than this no scanner can hold, whatever the limits say. */
#define EW__MAX_DEPTH 1024u

/**
 * Besides the bits of ew_tolerance, the mode of a scan may say that lenient-only arms count.
 * Straight-line readers pass 0.
 */
#define EW__MODE_LENIENT 0x80000000u

/** Nobody has checked that the text is UTF-8; the scan does. The straight-line engine's own. */
#define EW__MODE_UNCHECKED 0x40000000u

/**
 * Why a scan stopped: the first byte that does not fit (may be end). The first fault wins;
 * scanners never overwrite one.
 */
typedef struct ew__fault {
  ew_err err;
  const char *at;
  const char *expected; /* static */
} ew__fault;

/** Sets fault and returns NULL, so that a scanner can `return ew__refuse(...)`. */
EW__COLD const char *ew__refuse(ew__fault *fault, ew_err err, const char *at,
                                const char *expected);

/**
 * Of texts that stand one behind the other, in the order of EW_ERR_MAP, that of err: so they need
 * neither pointers nor relocation.
 */
EW__COLD const char *ew__text_of_error(ew_err err, const char *texts, const char *unknown);

/** The keyword that refuses a value, and what it asks for; both static. */
typedef struct ew__asked {
  const char *keyword;
  const char *expected;
} ew__asked;

/* ---------------------------------------------------------------------------------- white space */

static inline bool ew__is_white(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/** The first byte that is no white space, or end. */
const char *ew__skip_white_slow(const char *p, const char *end);

static inline const char *ew__skip_white(const char *p, const char *end) {
  if (EW_LIKELY(p < end && (unsigned char)*p > ' ')) {
    return p;
  }
  return ew__skip_white_slow(p, end);
}

/* -------------------------------------------------------------------------------------- strings */

/** The inside of a JSON string, between the quotes. */
typedef struct ew__span {
  const char *ptr;
  uint32_t len;
  bool escaped; /* holds at least one backslash */
} ew__span;

/**
 * p is at the opening quote; the result is behind the closing one. Checks control bytes, escapes
 * and surrogate pairs (lone ones pass with EW_TOLERATE_BAD_UTF8). UTF-8 is not checked.
 */
const char *ew__scan_string(const char *p, const char *end, uint32_t mode, ew__span *out,
                            ew__fault *fault);

/** The first '"', '\\' or control byte in [p, end), or end. */
const char *ew__find_special(const char *p, const char *end);

/** Length of span without its escapes. */
size_t ew__unescaped_size(ew__span span, uint32_t mode);

/** What that is never more than: a byte that is no text becomes three. */
static inline size_t ew__unescaped_most(ew__span span, uint32_t mode) {
  return (mode & EW_TOLERATE_BAD_UTF8) != 0 ? 3 * (size_t)span.len : span.len;
}

/**
 * The span as a string: a clean view when it has no escape, else unescaped in the arena.
 * EW_ERR_ARENA_FULL; EW_ERR_UTF8 where there are escapes, too, and nobody has looked at the bytes
 * before. (With EW_TOLERATE_BAD_UTF8 bad bytes are replaced, which takes arena.)
 */
ew_err ew__span_take(ew__span span, uint32_t mode, ew_arena *arena, ew_str *out);

/**
 * A checked free-form value as it is kept: the bytes themselves; with EW_TOLERATE_BAD_UTF8 a copy
 * with U+FFFD in place of bad bytes and half surrogate pairs, where there are any.
 * EW_ERR_ARENA_FULL, EW_ERR_TOO_LARGE.
 */
ew_err ew__raw_take(const char *begin, const char *end, uint32_t mode, ew_arena *arena,
                    ew_str *out);

/** True when the span, unescaped, is text. */
bool ew__span_is(ew__span span, ew_text text);
/** The same for any letter case (ASCII). */
bool ew__span_is_folded(ew__span span, ew_text text);

/** What values of any type are aligned to. */
#define EW__ALIGN _Alignof(max_align_t)

/** ew_arena_take() for any alignment, a constant. */
EW_INLINE void *ew__arena_take(ew_arena *arena, size_t size, size_t align) {
  if (EW_UNLIKELY(arena->base == NULL)) {
    return NULL;
  }
  size_t pad = (size_t)(0 - (uintptr_t)(arena->base + arena->used)) & (align - 1);
  size_t from = arena->used + pad;
  if (EW_UNLIKELY(from > arena->size || size > arena->size - from)) {
    return NULL;
  }
  arena->used = from + size;
  return arena->base + from;
}

/** size bytes of any alignment; NULL when they do not fit. */
char *ew__arena_take_text(ew_arena *arena, size_t size);

/** Zeros, by the C library also where the rest is compiled for size. */
void ew__clear(void *to, size_t size);

/* ---------------------------------------------------------------------------------------- UTF-8 */

/** EW_OK, or EW_ERR_UTF8 with *bad = offset of the first byte of the first bad sequence. */
ew_err ew__utf8_check(const char *ptr, size_t len, size_t *bad);

/** Whether a text says how long it is, but not where it stands. */
static inline bool ew__is_nowhere(const ew_str *text) { return text->ptr == NULL && text->len > 0; }

/**
 * What any text of the caller must be: EW_ERR_TOO_LARGE, EW_ERR_ARGUMENT when it is nowhere, else as
 * above, where EW_STR_CLEAN is believed.
 */
ew_err ew__check_bytes(const ew_str *text, size_t *bad);

/**
 * Behind the sequences of two bytes and more from p on: at the first ASCII byte, at the first one
 * that belongs to no well-formed sequence (RFC 3629 section 4), or at end.
 */
const char *ew__skip_sequences(const char *p, const char *end);

/** Bytes of the sequence at p (1 to 4), or 0 when it is none. p < end. */
size_t ew__utf8_length(const char *p, const char *end);

/** Code points of valid UTF-8. */
size_t ew__utf8_count(const char *ptr, size_t len);

/* --------------------------------------------------------------------------------------- Base64 */

/**
 * EW_OK, EW_ERR_CONTENT, EW_ERR_TOO_LARGE for a text without a length, EW_ERR_ARGUMENT for one without
 * a place.
 */
ew_err ew__base64_check(ew_str text);

/* -------------------------------------------------------------------------------------- numbers */

/**
 * A scanned number. Its value is mantissa * 10^exponent, and a little more when digits were left
 * out.
 */
typedef struct ew__number {
  const char *ptr; /* '-' or the first digit */
  const char *end;
  uint64_t mantissa; /* its leading digits, as many as fit */
  int64_t exponent;
  bool negative;
  bool plain; /* neither fraction nor exponent */
  bool cut;   /* digits other than 0 did not fit into mantissa */
} ew__number;

/** Behind the digits from p on that are not above the last one, of which there may be very many. */
const char *ew__pass_digits(const char *p, const char *end, char last);

/** Scans a number by the grammar of RFC 8259. What follows it is not looked at. */
const char *ew__scan_number(const char *p, const char *end, ew__number *out, ew__fault *fault);

/**
 * The exact value. EW_ERR_TYPE: not an integer (with literal also 1.0 and 1e2); EW_ERR_RANGE: over
 * 64 bits. The bounds of a schema are not looked at.
 */
ew_err ew__parse_int(const ew__number *number, bool literal, int64_t *out);
ew_err ew__parse_uint(const ew__number *number, bool literal, uint64_t *out);

/**
 * The nearest double, ties to even, in any locale. EW_ERR_RANGE when it is infinite; tiny numbers
 * become 0.
 */
ew_err ew__parse_double(const ew__number *number, double *out);

/** EW_ERR_RANGE unless value is within rules; rules may be NULL. */
ew_err ew__check_int(const ew_int_rules *rules, int64_t value);
ew_err ew__check_uint(const ew_uint_rules *rules, uint64_t value);
ew_err ew__check_double(const ew_double_rules *rules, double value);

/** 10 to the power of 0 to 19. */
extern const uint64_t ew__powers_of_ten[20];

/** Whether both are numbers, and the same: 1, 1.0 and 10e-1 are. */
bool ew__is_same_number(ew__span span, ew_text text);

/** Why a number is refused that is none of the type: an integer or a double. */
ew_err ew__ask_number(const ew_type *type, const ew__number *number, ew__asked *asked);

#define EW__INT_CHARS 20u
#define EW__DOUBLE_CHARS 25u

/** Prints in decimal; to has EW__INT_CHARS bytes. Returns the end. */
char *ew__print_int(int64_t value, char *to);
char *ew__print_uint(uint64_t value, char *to);
/**
 * Prints the shortest text that reads back as value, as ECMAScript does (but -0 as -0). value is
 * finite; to has EW__DOUBLE_CHARS bytes.
 */
char *ew__print_double(double value, char *to);

/* --------------------------------------------------------------------------------- string rules */

/** The state of an automaton behind the byte c. */
static inline uint32_t ew__dfa_step(const ew_dfa *dfa, uint32_t state, uint32_t c) {
  uint32_t class = c < dfa->class_limit ? dfa->classes[c] : dfa->other;
  return dfa->steps != NULL ? dfa->steps[state + class]
                            : dfa->wide_steps[state * dfa->class_count + class];
}

/** True when the whole text matches. ptr is unescaped text. */
bool ew__dfa_accepts(const ew_dfa *dfa, const char *ptr, size_t len);

/**
 * All rules of a string: length, pattern, content. rules may be NULL. What has escapes is looked at
 * without them: in 32 kB of the C stack, or in what is left of memory (may be NULL). EW_OK,
 * EW_ERR_LENGTH, EW_ERR_PATTERN or EW_ERR_CONTENT with *asked (which may be NULL); EW_ERR_ARENA_FULL
 * or EW_ERR_TOO_LARGE without.
 */
ew_err ew__check_string(const ew_string_rules *rules, ew__span span, uint32_t mode,
                        uint32_t max_depth, ew_arena *memory, ew__asked *asked);

/** The same for unescaped text. */
ew_err ew__check_text(const ew_string_rules *rules, const char *ptr, uint32_t len,
                      uint32_t max_depth);

/** The pattern alone, which there is. ptr is unescaped text. */
bool ew__pattern_holds(const ew_string_rules *rules, const char *ptr, size_t len);

/**
 * Value of the enum for a string: from 1, 0 for an unknown text. Aliases that are strings count;
 * the letter case only with EW_TOLERATE_ENUM_CASE in mode.
 */
int ew__enum_find(const ew_enum_rules *rules, ew__span span, uint32_t mode);

/** The same for a number: only aliases are. */
int ew__enum_find_number(const ew_enum_rules *rules, ew__span span);

/** What a diagnosis says of a value that is none of an enum's. */
static inline const char *ew__enum_expected(const ew_enum_rules *rules) {
  return rules->open ? "a string" : rules->expected;
}

/* ----------------------------------------------------------------------------------------- keys */

/** Equal bytes. Short texts do not pay for a call. */
static inline bool ew__same_bytes(const char *a, const char *b, size_t len) {
  if (len >= 8) {
    uint64_t differ = ew_load64(a + len - 8) ^ ew_load64(b + len - 8);
    for (size_t i = 0; i + 8 < len; i += 8) {
      differ |= ew_load64(a + i) ^ ew_load64(b + i);
    }
    return differ == 0;
  }
  if (len >= 4) {
    return ((ew_load32(a) ^ ew_load32(b)) | (ew_load32(a + len - 4) ^ ew_load32(b + len - 4))) == 0;
  }
  for (size_t i = 0; i < len; i++) {
    if (a[i] != b[i]) {
      return false;
    }
  }
  return true;
}

/** Whether what a span says is what stands there. */
static inline bool ew__is_plain(ew__span span, uint32_t mode) {
  return !span.escaped && (mode & EW_TOLERATE_BAD_UTF8) == 0;
}

/** Whether the unescaped bytes of two spans are the same. */
bool ew__is_same_span(ew__span a, ew__span b, uint32_t mode);

/** The word that the perfect hash of a key index multiplies: length, first and last 8 bytes. */
static inline uint64_t ew__key_word(const char *ptr, size_t len) {
  if (len >= 8) {
    uint64_t word = ew_load64(ptr);
    if (len > 8) {
      word ^= 3 * ew_load64(ptr + len - 8);
    }
    return word + len;
  }
  if (len >= 4) {
    return (ew_load32(ptr) | (uint64_t)ew_load32(ptr + len - 4) << 8 * (len - 4)) + len;
  }
  uint64_t word = 0;
  for (size_t i = 0; i < len; i++) {
    word |= (uint64_t)(unsigned char)ptr[i] << (8 * i);
  }
  return word + len;
}

static inline uint64_t ew__key_multiplier(uint32_t seed) {
  return 0x9e3779b97f4a7c15u * (2 * (uint64_t)seed + 1);
}

/** What a perfect hash says of a key word: the only name it can be, or more than there are. */
static inline uint8_t ew__slot_of(const uint8_t *slots, uint32_t seed, uint32_t shift,
                                  uint64_t word) {
  return slots[word * ew__key_multiplier(seed) >> (shift & 63)];
}

/** Index of the member that a key names as it stands in the text, -1: none. */
int ew__key_find_span(const ew_object_rules *rules, ew__span key);

/* --------------------------------------------------------------------------------------- values */

/** JSON type by the first byte of a value, EW_JSON_NONE when none begins so. p may be end. */
ew_json_type ew__json_type(const char *p, const char *end);

/** `true`, `false` or `null`: the whole word stands at p. */
const char *ew__scan_word(const char *p, const char *end, const char *word, size_t len,
                          ew__fault *fault);

/**
 * Checks the syntax of one value and returns the byte behind it. max_depth: how many arrays and
 * objects may still be opened, at most EW__MAX_DEPTH. Iterative; a byte of state per level.
 */
const char *ew__skip_value(const char *p, const char *end, uint32_t max_depth, uint32_t mode,
                           ew__fault *fault);

/** Whether the text is one value of JSON; known: a string in it that needs not be looked at, or empty. */
bool ew__is_json(const char *p, const char *end, uint32_t max_depth, ew_str known);


#endif
