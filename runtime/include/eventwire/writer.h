/**
 * eventwire/writer.h - the straight-line engine: what generated encoders are made of.
 *
 * For generated code. An encoder of an object is one line per member, in the order in which the
 * real server writes them:
 *
 *   static char *write_block(ew_writer *w, char *to, const ew_baas_block *in) {
 *     EW_WRITE_OBJECT
 *       EW_PUT_FIRST("number", ew_write_uint(w, to, NULL, in->number))
 *       EW_PUT("hash", ew_write_text(w, to, &ew__baas_hash_rules, &in->hash))
 *       EW_PUT_OPTIONAL("tx", in->has_tx, write_tx(w, to, &in->tx))
 *     EW_WRITE_OBJECT_END
 *   }
 *
 * A line writes the literal ,"hash": by whole words and then its value.
 *
 * Every writer takes the position to write at and returns the position behind what it wrote. When
 * it refuses a value, or the buffer is full, it says so in the ew_writer, which keeps nothing from
 * then on: what follows is written into a block of its own, and only the caller of the message
 * looks. A refusal carries no diagnosis: that caller runs the table engine for it.
 *
 * Room is not counted byte by byte. Where an object, an array or an element begins and where a
 * scalar ends, EW_WRITE_ROOM bytes may be written; that is more than a literal, a number and all
 * brackets that can close take, and lets them be written in blocks that reach too far; so may a
 * string of a short shape. Only what has any length (other strings, free-form values) looks at the
 * room itself. When the end of the caller's buffer comes nearer than that, ew_write_on() goes on in a
 * block inside the writer, so that a buffer of the exact size is as fast as any other.
 *
 * A pointer that is NULL though the struct says that something is there is a refusal like any other.
 */
#ifndef EVENTWIRE_WRITER_H
#define EVENTWIRE_WRITER_H

#include "eventwire/block.h"
#include "eventwire/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a literal, a number, a bracket and an escaped block need, with something to spare. */
#define EW_WRITE_ROOM 256

/* Longer names of members are copied byte by byte. */
#define EW_WRITE_LITERAL 96

/* Arrays and objects inside one another, each of which ends with no look at the room. */
#define EW_WRITE_DEPTH 64

typedef struct ew_writer {
  char *limit; /* EW_WRITE_ROOM bytes may be written from any position up to it */
  char *end;   /* of the caller's buffer */
  char *cut;   /* where in the caller's buffer the bytes of tail belong; NULL: none are there */
  size_t measured; /* bytes that were in the tail before; for a writer that only measures */
  uint32_t depth_left; /* arrays and objects that may still be opened */
  uint32_t max_depth;
  bool escape_html;
  bool refused;  /* a value, or for want of room */
  bool drops;    /* nothing is kept: the tail is written again and again */
  char tail[2 * EW_WRITE_ROOM];
} ew_writer;

/** Gives up; the result is where writing may go on. */
EW_API char *ew_write_refused(ew_writer *w) EW_NOINLINE;

/** to is beyond the limit: goes on in the tail, or gives up when that is used up too. */
EW_API char *ew_write_on(ew_writer *w, char *to) EW_NOINLINE;

/** What every writer ends with: EW_WRITE_ROOM bytes may be written from the result. */
EW_INLINE char *ew_write_checked(ew_writer *w, char *to) {
  return EW_LIKELY(to <= w->limit) ? to : ew_write_on(w, to);
}

/* --------------------------------------------------------------------------------------- values */

/** A string without rules, in quotes. */
EW_API char *ew_write_string(ew_writer *w, char *to, const ew_str *text);
/** A string with rules. */
EW_API char *ew_write_text(ew_writer *w, char *to, const ew_string_rules *rules,
                           const ew_str *text);
/* Of a pattern with a shape that the reader of that name takes; the same, and faster. */
EW_API char *ew_write_row(ew_writer *w, char *to, const ew_string_rules *rules, const ew_str *text);
EW_API char *ew_write_run(ew_writer *w, char *to, const ew_string_rules *rules, const ew_str *text);
EW_API char *ew_write_wide_run(ew_writer *w, char *to, const ew_string_rules *rules,
                               const ew_str *text);
EW_API char *ew_write_short_run(ew_writer *w, char *to, const ew_string_rules *rules,
                                const ew_str *text);
EW_API char *ew_write_time(ew_writer *w, char *to, const ew_string_rules *rules,
                           const ew_str *text);
EW_API char *ew_write_bool(ew_writer *w, char *to, bool value);
/** Numbers; NULL rules are none. */
EW_API char *ew_write_int(ew_writer *w, char *to, const ew_int_rules *rules, int64_t value);
EW_API char *ew_write_uint(ew_writer *w, char *to, const ew_uint_rules *rules, uint64_t value);
EW_API char *ew_write_double(ew_writer *w, char *to, const ew_double_rules *rules, double value);
EW_API char *ew_write_num(ew_writer *w, char *to, const ew_num *value);
/** text: what an open enum keeps of a value that is not listed, or NULL. */
EW_API char *ew_write_enum(ew_writer *w, char *to, const ew_enum_rules *rules, int value,
                           const ew_str *text);
EW_API char *ew_write_const(ew_writer *w, char *to, const ew_const_rules *rules);
EW_API char *ew_write_null(ew_writer *w, char *to);
EW_API char *ew_write_raw(ew_writer *w, char *to, uint32_t json_types, const ew_raw *value);
EW_API char *ew_write_by_table(ew_writer *w, char *to, const ew_type *type, const void *value);

/* -------------------------------------------------------------------------------------- objects */

/** Bytes that stand for themselves. */
EW_API char *ew_write_bytes(ew_writer *w, char *to, const char *bytes, size_t len);

bool ew_groups_hold(const ew_object_rules *rules, uint64_t seen);

EW_INLINE void ew_put_words(char *to, const char *text, size_t n, size_t i) {
  if (n > i + 8) {
    memcpy(to + i, text + i, 16);
  } else if (n > i) {
    memcpy(to + i, text + i, 8);
  }
}

/** n is constant, and text has 7 bytes behind it: whole words are copied. */
EW_INLINE char *ew_put_literal(ew_writer *w, char *to, const char *text, size_t n) {
  if (n > EW_WRITE_LITERAL) {
    return ew_write_bytes(w, to, text, n);
  }
  ew_put_words(to, text, n, 0);
  ew_put_words(to, text, n, 16);
  ew_put_words(to, text, n, 32);
  ew_put_words(to, text, n, 48);
  ew_put_words(to, text, n, 64);
  ew_put_words(to, text, n, 80);
  return to + n;
}

#define EW_PUT_LITERAL_(text)                                                                 \
  to = ew_put_literal(w, to, text "\0\0\0\0\0\0\0", sizeof(text) - 1);

/*
 * An object whose first member is always there, with EW_PUT_FIRST or EW_PUT_FIRST_CONST for it. The
 * depth is only counted: types that could be deeper than the limit of their document, or than
 * EW_WRITE_DEPTH, are left to the table engine.
 */
#define EW_WRITE_OBJECT                                                                       \
  (void)in; /* when all it holds are constants */                                             \
  to = ew_write_checked(w, to);                                                               \
  w->depth_left--;

#define EW_WRITE_OBJECT_END                                                                   \
  *to++ = '}';                                                                                \
  w->depth_left++;                                                                            \
  return to;

/* Any other object: the comma in front of the first member that is there becomes the brace. */
#define EW_WRITE_SPARSE                                                                       \
  EW_WRITE_OBJECT                                                                             \
  char *const brace = to;

#define EW_WRITE_SPARSE_END                                                                   \
  to += to == brace;                                                                          \
  *brace = '{';                                                                               \
  EW_WRITE_OBJECT_END

#define EW_PUT_FIRST(key, write)                                                              \
  EW_PUT_LITERAL_("{\"" key "\":")                                                            \
  to = (write);

#define EW_PUT_FIRST_CONST(key, json)                                                         \
  EW_PUT_LITERAL_("{\"" key "\":" json)                                                       \
  to = ew_write_checked(w, to);

/* A member that is always there. key is JSON, escaped as in the text. */
#define EW_PUT(key, write)                                                                    \
  EW_PUT_LITERAL_(",\"" key "\":")                                                            \
  to = (write);

/* A member whose value is always the same; json is its text. */
#define EW_PUT_CONST(key, json)                                                               \
  EW_PUT_LITERAL_(",\"" key "\":" json)                                                       \
  to = ew_write_checked(w, to);

#define EW_PUT_OPTIONAL(key, has, write)                                                      \
  if (has) {                                                                                  \
    EW_PUT(key, write)                                                                        \
  }

#define EW_PUT_OPTIONAL_NULLABLE(key, presence, write)                                        \
  if ((presence) != EW_ABSENT) {                                                              \
    EW_PUT(key, (presence) == EW_NULL ? ew_write_null(w, to) : (write))                       \
  }

#define EW_PUT_NULLABLE(key, presence, write)                                                 \
  if (EW_UNLIKELY((presence) == EW_ABSENT)) {                                                 \
    return ew_write_refused(w);                                                               \
  }                                                                                           \
  EW_PUT(key, (presence) == EW_NULL ? ew_write_null(w, to) : (write))

/* Behind all others: members that the schema does not name (eventwire/unknown.h). */
#define EW_PUT_UNKNOWN(rules, kept) to = ew_write_unknown(w, to, rules, &(kept));

#define EW_BIT(index, has) ((uint64_t)((has) ? 1 : 0) << (index))

/* seen: a bit for each member that is there, of those that the groups name. */
#define EW_WRITE_GROUPS(rules, seen)                                                          \
  if (EW_UNLIKELY(!ew_groups_hold(rules, seen))) {                                            \
    return ew_write_refused(w);                                                               \
  }

/* --------------------------------------------------------------------------------------- arrays */

/* Behind one that is refused no more objects are looked at; strings say so themselves, for less. */
#define EW_IS_REFUSED_(w, type) (sizeof(type) > sizeof(ew_str) && (w)->refused)

/* The body of a function that writes in->items, with a write that writes *item. */
#define EW_WRITE_LIST(type, write)                                                            \
  to = ew_write_checked(w, to);                                                               \
  w->depth_left--;                                                                            \
  *to++ = '[';                                                                                \
  if (in->count != 0) {                                                                       \
    const type *item = in->items;                                                             \
    const type *const behind = item + in->count;                                              \
    if (EW_UNLIKELY(item == NULL)) {                                                          \
      return ew_write_refused(w);                                                             \
    }                                                                                         \
    for (;; *to++ = ',') {                                                                    \
      to = (write);                                                                           \
      if (++item == behind || EW_IS_REFUSED_(w, type)) {                                      \
        break;                                                                                \
      }                                                                                       \
    }                                                                                         \
  }                                                                                           \
  *to++ = ']';                                                                                \
  w->depth_left++;                                                                            \
  return to;

/* The same for an array with rules on how many elements it has. */
#define EW_WRITE_ARRAY(rules, type, write)                                                    \
  if (EW_UNLIKELY(in->count < (rules)->min_items || in->count > (rules)->max_items)) {        \
    return ew_write_refused(w);                                                               \
  }                                                                                           \
  EW_WRITE_LIST(type, write)

#ifdef __cplusplus
}
#endif
#endif
