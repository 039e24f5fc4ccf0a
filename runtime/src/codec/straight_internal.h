/*
 * straight_internal.h - what the straight-line engine has of its own: strings, numbers and whole
 * values stepped over or unescaped without a word on what is wrong with them.
 */
#ifndef EW_STRAIGHT_INTERNAL_H
#define EW_STRAIGHT_INTERNAL_H

#include "eventwire/reader.h"
#include "scan_internal.h"

static inline bool ew__is_digit(char c) { return (unsigned char)(c - '0') <= 9; }

/** How many of the 8 bytes, from the first on, are digits. */
static inline unsigned ew__count_digits(uint64_t word) {
  uint64_t other =
      ((word + 0x4646464646464646u) | (word - 0x3030303030303030u)) & 0x8080808080808080u;
  return other == 0 ? 8 : ew_lowest_bit(other) / 8;
}

/** From the opening quote, or white space before it, to behind it; NULL for another value. */
EW_INLINE const char *ew__open_string(ew_reader *r, const char *p) {
  if (EW_UNLIKELY(ew_peek(r, p) != '"')) {
    p = ew__skip_white(p, r->end);
    if (ew_peek(r, p) != '"') {
      return ew_refuse(r, EW_ERR_TYPE);
    }
  }
  return p + 1;
}

/**
 * Position of the quote that closes the string that opens at p, without an escape or a byte that
 * is not ASCII in between, and far enough from the end of the text for whole blocks, and for
 * ew_leave() behind the quote; NULL for every other string.
 */
EW_INLINE const char *ew__find_quote(const ew_reader *r, const char *p) {
  if (EW_UNLIKELY(p >= r->fast_end || *p != '"')) {
    return NULL;
  }
  p++;
  do {
    ew_mask special = ew_head_not_plain(p);
    if (EW_LIKELY(special != 0)) {
      p += ew_mask_first(special);
      return EW_LIKELY(p + 1 < r->key_end && *p == '"') ? p : NULL;
    }
    p += EW_HEAD;
  } while (EW_LIKELY(p < r->fast_end));
  return NULL;
}

/** Whether the string that opens at p is text, with no escape in it. */
EW_INLINE bool ew__is_string_at(const ew_reader *r, const char *p, ew_text text) {
  return (size_t)(r->end - p) > (size_t)text.len + 1 && *p == '"' && p[text.len + 1] == '"' &&
         ew__same_bytes(p + 1, text.ptr, text.len);
}

/* Bytes behind the text of which more make no difference. */
#define EW__ENOUGH_AFTER (EW_BLOCK > EW_LONGEST_KEY ? EW_BLOCK : EW_LONGEST_KEY)

/** No key goes on behind a text where such a byte stands, nor does one begin there: a NUL, a line break. */
EW_INLINE bool ew__ends_keys(char c) { return (unsigned char)c < ' '; }

/** Blocks and keys may be loaded from all of the text, and none goes on behind it. */
EW_INLINE bool ew__is_apart(ew_str json, uint32_t readable_after) {
  return readable_after >= EW__ENOUGH_AFTER && ew__ends_keys(json.ptr[json.len]);
}

/** A reader at the beginning of json, which is apart. */
EW_INLINE void ew__open_reader(ew_reader *r, ew_str json, ew_arena *arena, const ew_limits *limits) {
  const char *end = json.ptr + json.len;
  r->begin = json.ptr;
  r->fast_end = r->end = end;
  r->arena = arena;
  r->depth_left = limits->max_depth;
  r->limits = *limits;
  r->err = EW_OK;
  r->found_unknown = 0;
  r->indent = 0;
  r->at = NULL;
  r->passed.from = NULL;
  r->passed.len = 0;
  r->accepted = json.ptr;
  r->root_arm = -1;
  r->key_end = end + 1;
}

/** Up to where blocks and keys may be loaded, of a reader of any text. */
void ew__bound_loads(ew_reader *r, uint32_t readable_after);

/** A reader at the beginning of any text. */
void ew__reader_open(ew_reader *r, ew_str json, ew_arena *arena, const ew_limits *limits,
                     uint32_t readable_after);

/**
 * The object at p, by rules that are plain. out is cleared.
 */
const char *ew__read_plain_object(ew_reader *r, const char *p, const ew_object_rules *rules,
                                  char *out);

/**
 * Chooses the alternative of a union by the value at p (not before white space): index of the arm,
 * -1 when none fits or the text is broken before that is known; then fault->err says which
 * (EW_ERR_UNION or the syntax error). Looks at the members of an object once and stops as soon as
 * one arm is left.
 */
int ew__choose_arm(ew_reader *r, const char *p, const ew_union_rules *rules, uint32_t mode,
                   ew__fault *fault);

/**
 * The same as ew_scan_plain(), but over well-formed UTF-8: the first byte that ends or interrupts a
 * string, or does not belong to a sequence. stops: EW_MASK_FULL; 0 where it needs not stop at the
 * former, nor go on where ASCII stands.
 */
const char *ew__scan_blocks(const ew_reader *r, const char *p, ew_mask stops);

EW_INLINE const char *ew__scan_utf8(const ew_reader *r, const char *p) {
  return ew__scan_blocks(r, p, EW_MASK_FULL);
}

/**
 * ew__scan_string() for text of which nobody has checked that it is UTF-8. p is at the opening quote;
 * NULL with *err.
 */
const char *ew__scan_unchecked(const ew_reader *r, const char *p, ew__span *out, ew_err *err);

/**
 * The string behind an opening quote without its escapes, in the room behind what the arena holds, of
 * which the caller takes it. The result is at the closing quote, or at the end of the text; NULL for what
 * is refused, or has too little room. With EW_TOLERATE_BAD_UTF8 in mode it was scanned before.
 * *known: of the text, as JSON, the longest string that was seen to be well-formed, with its quotes.
 */
const char *ew__unescape(const ew_reader *r, const char *start, uint32_t mode, ew_str *out,
                         ew_str *known);

/** ew__span_take() for one that has a reader. */
ew_err ew__span_read(const ew_reader *r, ew__span span, uint32_t mode, ew_str *out);

/** Behind the quote that closes the string in which p is; NULL unless that much is well-formed. */
const char *ew__skip_rest(const ew_reader *r, const char *p);

/**
 * ew__skip_value() (see there) for one that has a reader; of it begin, end, fast_end, key_end and
 * depth_left are looked at.
 */
const char *ew__skip_within(ew_reader *r, const char *p, uint32_t mode, ew__fault *fault);

/** Names of more bytes are rare. */
#define EW__NAME_BYTES 60u
#define EW__NAME_ROOM (EW__NAME_BYTES + EW_BLOCK)

/**
 * The name at p without its escapes, in text unless it is empty: to its quote, or end. NULL, with *out as
 * it was: it is longer than EW__NAME_BYTES, or is none. With EW_TOLERATE_BAD_UTF8 in mode U+FFFD stands
 * for what is no text.
 */
const char *ew__plain_name(const char *p, const char *end, uint32_t mode,
                           char text[EW__NAME_ROOM], ew__span *out);

/** A key without escapes is a name of the same length; in any letter case with EW_TOLERATE_NAME_CASE. */
bool ew__is_name(const char *key, const char *name, uint32_t len, uint32_t mode);

/** Name i of a set. */
typedef ew_text ew__name_fn(const void *of, uint32_t i);

/** The names that an object may have, and what most others are told from them by. */
typedef struct ew__names {
  uint64_t lengths[16]; /* of names that are so long, by the last bits */
  uint64_t ends[16];    /* of names with such a first and last byte, by their sum: in either case */
  const void *of;
  ew__name_fn *name;
  uint32_t count; /* at most 64 */
  uint32_t mode;  /* how they may be written */
} ew__names;

void ew__names_open(ew__names *names, const void *of, uint32_t count, ew__name_fn *name,
                    uint32_t mode);

/** The names of members. */
void ew__names_of(ew__names *names, const ew_object_rules *rules, uint32_t mode);

/** Bit i: name i may be the key, which has no escapes; and stands in a text, where it is empty. */
static inline uint64_t ew__names_like(const ew__names *names, ew__span key) {
  return names->lengths[key.len & 15] & names->ends[(key.ptr[0] + key.ptr[(int)key.len - 1]) & 15];
}

/** Which one a key is whose escapes ew__plain_name() has no room for, -1: none. */
int ew__find_long(const void *of, uint32_t count, ew__name_fn *name, uint32_t mode, ew__span key);

/**
 * Which one a key is, -1: none; in any letter case where the mode says so (the exact name first). What
 * has escapes must be too long for ew__plain_name().
 */
int ew__names_find(const ew__names *names, ew__span key);

/**
 * Members whose values wait, since of those with the same name only the last one counts; and objects
 * in a list that may be passed one behind the other.
 */
typedef struct ew__waiting {
  uint64_t may;     /* bit i: those with name i do */
  uint64_t held;    /* one does: its name is at places[i] */
  bool closed;      /* members of other names must be looked at */
  uint32_t longest; /* a value of more bytes must be, too */
  uint32_t more;    /* objects that may follow the one at hand */
  const char *begin; /* the brace of that one, once others have been passed */
  const char *name;  /* of the member that must be looked at, where they end; NULL: it is not known */
  const char *value; /* of that one */
  uint32_t found;    /* the name that it has */
  uint32_t places[64]; /* in the text */
} ew__waiting;

/**
 * From behind a member, or where *passed is 0 from the brace, over those that have none of these names,
 * or may wait where waiting is not NULL: to behind the last one. Adds to *passed. fault->err is set when
 * the value of the one that follows is refused, else EW_OK.
 */
const char *ew__pass_others(ew_reader *r, const char *p, const ew__names *names,
                            ew__waiting *waiting, uint32_t *passed, ew__fault *fault);

/**
 * The same without a second look at what was passed before, but where names are looked up that are not
 * those of, which is NULL where some wait.
 */
const char *ew__pass_others_once(ew_reader *r, const char *p, const ew__names *names, const void *of,
                                 ew__waiting *waiting, uint32_t *passed, ew__fault *fault);

/** Of good JSON outside of strings a byte that is neither a quote nor a bracket. */
static inline bool ew__is_inner_byte(char c) { return c != '"' && (c & 31) < 27; }

/**
 * p is behind the quote that opens a string which was accepted; the result is behind the one that
 * closes it, or end.
 */
const char *ew__pass_text(const char *p, const char *end);

/**
 * Remembers a value that was accepted and is much longer than all before, see ew_passed; but a long part
 * of that rather than all of it, which is stepped over quickly then, too. list: the rules of one that is
 * a list, or NULL. The result is behind.
 */
const char *ew__note_passed(ew_reader *r, const char *from, const char *behind,
                            const ew_array_rules *list);

/** Objects with so many members that the schema has not are looked through by such a set. */
#define EW__MANY_OTHERS 8u

/** What stands at p is another thing than what is expected. Always NULL. */
EW__COLD const char *ew__refuse_here(const ew_reader *r, const char *p, const char *expected,
                                       ew__fault *fault);

/** ew__scan_string() for one that has a reader. */
const char *ew__scan_text(const ew_reader *r, const char *p, uint32_t mode, ew__span *out,
                          ew__fault *fault);

/**
 * The name of a member: p is where it should stand, the result is at the value. It has no escapes: where
 * it had some it is in text, unless that has too little room.
 */
const char *ew__scan_name(const ew_reader *r, const char *p, uint32_t mode,
                          char text[EW__NAME_ROOM], ew__span *out, ew__fault *fault);

/** The same as it stands, where it is likely to be no plain one with its colon behind it. */
const char *ew__scan_any_key(const ew_reader *r, const char *p, uint32_t mode, ew__span *out,
                             ew__fault *fault);

/** The same from behind the name. */
const char *ew__behind_colon(const ew_reader *r, const char *p, ew__fault *fault);

/** A reader for that alone. */
void ew__skip_open(ew_reader *r, const char *p, const char *end, uint32_t max_depth);

#endif
