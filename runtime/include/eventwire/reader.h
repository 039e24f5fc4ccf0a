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
 *     EW_OBJECT_END(&ew__baas_block_rules, EW_HAS(0x1f))
 *   }
 *
 * After a value the next key is predicted: one comparison with the literal ,"hash": decides, and
 * the code falls into the next line. A miss (another order, white space, an unknown member) goes to
 * ew_next_member(), which finds the key by perfect hash and jumps back into the line of its member;
 * prediction resumes from there.
 *
 * Every reader takes the position of a value (white space before it is fine) and returns the
 * position behind it, or ew_nowhere when it refuses or when a key can not be compared there at once.
 * A refusal carries no diagnosis: the caller of the message runs the table engine for that.
 *
 * UTF-8 is checked where strings are scanned, which costs nothing as long as they are ASCII. Nothing
 * is read at or behind
 * ew_reader.end, except that blocks (block.h) are loaded from positions up to ew_reader.fast_end,
 * where the caller has said that they may be.
 *
 * What is inline here is what every member needs: the comparison of its key, and the steps from one
 * value to the next. The readers of values are functions of the core, so that a line costs some
 * eighty bytes of code.
 */
#ifndef EVENTWIRE_READER_H
#define EVENTWIRE_READER_H

#include "eventwire/block.h"
#include "eventwire/table.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__has_attribute)
#  if __has_attribute(fallthrough)
#    define EW_FALLTHROUGH __attribute__((fallthrough))
#  endif
#endif
#ifndef EW_FALLTHROUGH
#  define EW_FALLTHROUGH ((void)0)
#endif

/* Behind a label. */
#if defined(__GNUC__)
#  define EW_PERHAPS_UNUSED __attribute__((unused));
#else
#  define EW_PERHAPS_UNUSED ;
#endif

/** What was found out of a long text, which need not be looked at again. */
typedef enum ew_passed_as {
  EW_PASSED_VALUE,   /* it is one value */
  EW_PASSED_LIST,    /* it is one that was accepted by the rules of */
  EW_PASSED_MEMBERS, /* count members, whose names none has of those that of names */
  EW_PASSED_MAP,     /* a map with the rules of, refused for the key at count in it */
  EW_PASSED_BROKEN   /* what begins there is refused behind it: count is the error, of what is expected */
} ew_passed_as;

typedef struct ew_passed {
  const char *from;
  uint32_t len; /* 0: there is none */
  ew_passed_as as;
  const void *of;
  uint32_t count;
} ew_passed;

typedef struct ew_reader {
  const char *begin;
  const char *at; /* of ew_nowhere: where it is really, NULL when that is a refusal */
  const char *end;
  /* EW_LONGEST_KEY bytes follow any position below, which may be end; no key reaches out of the text */
  const char *key_end;
  const char *fast_end; /* a block may be loaded from any position up to it */
  ew_arena *arena;
  uint32_t depth_left; /* arrays and objects that may still be opened; see ew_descend() */
  ew_limits limits;    /* none is 0 */
  int root_arm;        /* of the union that the message is, -1 when that is not known */
  const char *accepted; /* elements of arrays, maps and strings that end before it were accepted */
  ew_err err;            /* of the first refusal */
  uint16_t indent;       /* bytes of the last line break and the blanks behind it */
  uint16_t found_unknown; /* 1: a member that is not in the schema was stepped over */
  ew_passed passed;      /* the longest one */
  const char *lost; /* the member in which a look for the arm of a union ended, or behind one; or NULL */
} ew_reader;

/** Notes the first refusal; always NULL. */
const char *ew_refuse(ew_reader *r, ew_err err) EW_NOINLINE;

/** The byte at p, or NUL (which is legal nowhere) at the end. */
EW_INLINE char ew_peek(const ew_reader *r, const char *p) {
  return EW_LIKELY(p < r->end) ? *p : '\0';
}

/* ---------------------------------------------------------------------------------------------- positions */

/* With its separators. */
#define EW_LONGEST_KEY 24

/**
 * What a reader returns unless EW_LONGEST_KEY bytes may be read at the position behind the value.
 * Neither a key nor a bracket stands here, so the lines of a decoder need not ask where they are;
 * ew_next_member() does, behind the last one of them.
 */
EW_API extern const char ew_nowhere[EW_LONGEST_KEY];

/** The position behind a value as readers return it; p is one, or NULL for a refusal. */
const char *ew_leave_slowly(ew_reader *r, const char *p);

EW_INLINE const char *ew_leave(ew_reader *r, const char *p) {
  return EW_LIKELY(p < r->key_end && p != NULL) ? p : ew_leave_slowly(r, p);
}

/** The position that a reader has returned; NULL: it has refused. */
EW_INLINE const char *ew_arrive(ew_reader *r, const char *p) {
  if (EW_LIKELY(p != ew_nowhere)) {
    return p;
  }
  p = r->at;
  r->at = NULL;
  return p;
}

/** Notes the first refusal, as a reader; always ew_nowhere. */
const char *ew_give_up(ew_reader *r, ew_err err) EW_NOINLINE;

/* --------------------------------------------------------------------------------------- literals and blocks */

/** Whether the n bytes at p are those of literal. n is constant, and no other byte is looked at. */
EW_INLINE bool ew_same(const char *p, const char *literal, size_t n) {
  if (n < 4) {
    return memcmp(p, literal, n) == 0;
  }
  if (n < 8) {
    return ew_load32(p) == ew_load32(literal) &&
           ew_load32(p + n - 4) == ew_load32(literal + n - 4);
  }
  if (n >= EW_BLOCK && EW_BLOCK > 8) {
    ew_block same = ew_block_equal(ew_block_load(p + n - EW_BLOCK),
                                   ew_block_load(literal + n - EW_BLOCK));
    for (size_t i = 0; i + EW_BLOCK < n; i += EW_BLOCK) {
      same = ew_block_and(same, ew_block_equal(ew_block_load(p + i), ew_block_load(literal + i)));
    }
    return ew_lanes_mask(same) == EW_MASK_FULL;
  }
  for (size_t i = 0; i + 8 <= n; i += 8) {
    if (ew_load64(p + i) != ew_load64(literal + i)) {
      return false;
    }
  }
  if (n % 8 == 0) {
    return true;
  }
  return n % 8 <= 4 ? ew_load32(p + n - 4) == ew_load32(literal + n - 4)
                    : ew_load64(p + n - 8) == ew_load64(literal + n - 8);
}

EW_INLINE bool ew_at(const ew_reader *r, const char *p, const char *literal, size_t n) {
  return EW_LIKELY(r->end - p >= (ptrdiff_t)n) && ew_same(p, literal, n);
}

/** The same of a value behind which ew_leave() has nothing to do. */
EW_INLINE bool ew_value_at(const ew_reader *r, const char *p, const char *literal, size_t n) {
  return EW_LIKELY(r->key_end - p > (ptrdiff_t)n) && ew_same(p, literal, n);
}

/**
 * Whether a key with its separators stands at p, where that can be seen at once; in the last bytes
 * of a text it is left to ew_first_member().
 */
EW_INLINE bool ew_key_at(const ew_reader *r, const char *p, const char *literal, size_t n) {
  if (n > EW_LONGEST_KEY) {
    return ew_at(r, p, literal, n);
  }
  return EW_LIKELY(p < r->key_end) && EW_LIKELY(ew_same(p, literal, n));
}

/** The same behind a value, at what a reader has returned. */
EW_INLINE bool ew_key_follows(const ew_reader *r, const char *p, const char *literal, size_t n) {
  if (n > EW_LONGEST_KEY) {
    return p != ew_nowhere && ew_at(r, p, literal, n);
  }
  return EW_LIKELY(ew_same(p, literal, n));
}

/** ew_scan_plain() from where whole blocks may no longer be loaded. */
const char *ew_scan_plain_tail(const ew_reader *r, const char *p);

/**
 * The first byte from p on that ends or interrupts a string, '"', '\\' or a control character, or
 * that is not ASCII; end when there is none.
 */
EW_INLINE const char *ew_scan_plain(const ew_reader *r, const char *p) {
  while (EW_LIKELY(p < r->fast_end)) {
    ew_mask special = ew_head_not_plain(p);
    if (EW_LIKELY(special != 0)) {
      return p + ew_mask_first(special);
    }
    p += EW_HEAD;
  }
  return ew_scan_plain_tail(r, p);
}

/* -------------------------------------------------------------------------------------------------- values */

/* Bytes of the longest shape that a reader but ew_read_text() is used for. */
#define EW_LONGEST_SHAPE 255

/* NULL rules are none, of numbers. */
const char *ew_read_string(ew_reader *r, const char *p, ew_str *out);

/*
 * A string with rules. The first reads all of them; the others read the same as it, and faster,
 * where the rules are only_shape: a row of three EW_SHAPE_BLOCK; a run of a fixed length with two gaps
 * (digits, hexadecimal digits of one case), of two to four EW_SHAPE_BLOCK behind its head, or of one to
 * two (brief), or with three gaps (of both cases), of two or three; a run or number of variable length
 * with two gaps and no head; a time; Base64. Or where the rules are an automaton that takes steps in
 * bytes, perhaps behind a row of one to two EW_SHAPE_BLOCK without a gap, and perhaps the most that
 * there may be.
 */
const char *ew_read_text(ew_reader *r, const char *p, const ew_string_rules *rules, ew_str *out);
const char *ew_read_row(ew_reader *r, const char *p, const ew_string_rules *rules, ew_str *out);
const char *ew_read_run(ew_reader *r, const char *p, const ew_string_rules *rules, ew_str *out);
const char *ew_read_brief_run(ew_reader *r, const char *p, const ew_string_rules *rules,
                              ew_str *out);
const char *ew_read_wide_run(ew_reader *r, const char *p, const ew_string_rules *rules,
                             ew_str *out);
const char *ew_read_short_run(ew_reader *r, const char *p, const ew_string_rules *rules,
                              ew_str *out);
const char *ew_read_time(ew_reader *r, const char *p, const ew_string_rules *rules, ew_str *out);
const char *ew_read_base64(ew_reader *r, const char *p, const ew_string_rules *rules, ew_str *out);
const char *ew_read_automaton(ew_reader *r, const char *p, const ew_string_rules *rules,
                              ew_str *out);

/* The same as the last one, and faster for most texts; the rules are those of an ew_usual_rules. */
const char *ew_read_usual_run(ew_reader *r, const char *p, const ew_string_rules *rules,
                              ew_str *out);

/* The same of segments with this byte before each, which none of them holds, and none empty: /a/b. */
const char *ew_read_segments(ew_reader *r, const char *p, char before,
                             const ew_string_rules *rules, ew_str *out);

/* The same of a form that is plain, without other rules. */
const char *ew_read_form(ew_reader *r, const char *p, const ew_string_rules *rules, ew_str *out);

/* The same of one text, given as it is written. */
#define ew_read_same(r, p, text, rules, out)                                                  \
  (EW_LIKELY(ew_value_at(r, p, text, sizeof(text) - 1))                                       \
       ? (*(out) = (ew_str){(p) + 1, sizeof(text) - 3, EW_STR_CLEAN}, (p) + sizeof(text) - 1)  \
       : ew_read_text(r, p, rules, out))

/** An array of what ew_read_run() reads. */
const char *ew_read_runs(ew_reader *r, const char *p, const ew_array_rules *array,
                         const ew_string_rules *rules, ew_str_list *out);

const char *ew_read_bool(ew_reader *r, const char *p, bool *out);
const char *ew_read_int(ew_reader *r, const char *p, const ew_int_rules *rules, int64_t *out);
const char *ew_read_uint(ew_reader *r, const char *p, const ew_uint_rules *rules, uint64_t *out);
const char *ew_read_double(ew_reader *r, const char *p, const ew_double_rules *rules, double *out);
const char *ew_read_num(ew_reader *r, const char *p, ew_num *out);
const char *ew_read_enum(ew_reader *r, const char *p, const ew_enum_rules *rules, int *out);
const char *ew_read_open_enum(ew_reader *r, const char *p, const ew_enum_rules *rules, int *out,
                              ew_str *text);
const char *ew_read_const(ew_reader *r, const char *p, const ew_const_rules *rules);

/** The same of a string, given as it is written. */
#define ew_read_literal(r, p, text, rules)                                                    \
  (EW_LIKELY(ew_value_at(r, p, text, sizeof(text) - 1)) ? (p) + sizeof(text) - 1              \
                                                        : ew_read_const(r, p, rules))

const char *ew_read_null(ew_reader *r, const char *p);
const char *ew_read_raw(ew_reader *r, const char *p, uint32_t json_types, ew_raw *out);
const char *ew_read_by_table(ew_reader *r, const char *p, const ew_type *type, void *out);

/** Steps over any one value. */
const char *ew_skip(ew_reader *r, const char *p);

/** Steps over null; NULL when the value is another one (no refusal). */
const char *ew_skip_null(ew_reader *r, const char *p);

/** Steps over null, with *presence set, as a reader; stays at another value. */
const char *ew_take_null(ew_reader *r, const char *p, uint8_t *presence);

/** False: ew_skip_null() would find another value. */
EW_INLINE bool ew_may_be_null(const ew_reader *r, const char *p) {
  char c = ew_peek(r, p);
  return c == 'n' || c <= ' ';
}

/**
 * The same of a value in an object, behind a key of n bytes with its separators; opening: the byte
 * that it begins with when it is not null, or 0 where there are several.
 */
EW_INLINE bool ew_member_may_be_null(const ew_reader *r, const char *p, size_t n, char opening) {
  if (opening == '\0') {
    return ew_may_be_null(r, p);
  }
  return (n < EW_LONGEST_KEY ? *p : ew_peek(r, p)) != opening;
}

/** Index of the arm of a union that fits the value at p, -1 when none does. */
int ew_choose_arm(ew_reader *r, const char *p, const ew_union_rules *rules);

/* The same where the first byte of the value tells: arm for first, else otherwise. */
#define EW_BY_BYTE(first, arm, otherwise) (ew_peek(r, p) == (first) ? (arm) : (otherwise))

/** Makes a struct all zero. size is constant. */
EW_INLINE void ew_clear(void *out, size_t size) {
#if defined(EW_BLOCK_SWAR)
  memset(out, 0, size);
#else
  /* memset() of some hundred bytes becomes `rep stos`, which costs more than it does. */
  char *to = (char *)out;
  if (size < EW_BLOCK || size > 576) {
    memset(out, 0, size);
    return;
  }
  ew_block zero = ew_block_fill(0);
  EW_KEEP_BLOCK(zero);
#  if defined(__GNUC__) && !defined(__clang__)
#    pragma GCC unroll 36
#  endif
  for (size_t i = 0; i + EW_BLOCK <= size; i += EW_BLOCK) {
    ew_block_store(to + i, zero);
  }
  ew_block_store(to + size - EW_BLOCK, zero);
#endif
}

/* ------------------------------------------------------------------------------------------------- objects */

#define EW_FIELD_END 255u

/**
 * Opens the object at p and finds its first known member: the position of its value, which is in the
 * text, with *field set; when there is none the position of the '}' and EW_FIELD_END. NULL: refused.
 */
const char *ew_first_member(ew_reader *r, const char *p, const ew_object_rules *rules,
                            uint32_t *field);

/**
 * From behind a value: the next known member, as above; unknown ones are stepped over. On the way
 * in *field is the member whose key is expected.
 */
const char *ew_next_member(ew_reader *r, const char *p, const ew_object_rules *rules,
                           uint32_t *field);

/** Room for a value that is held by pointer, not cleared; NULL when the arena is full. */
void *ew_box(ew_reader *r, size_t size);

bool ew_groups_hold(const ew_object_rules *rules, uint64_t seen);

/** Required members and groups, once the object is read. */
EW_INLINE bool ew_is_complete(const ew_object_rules *rules, uint64_t seen) {
  return (seen & rules->required) == rules->required &&
         (!rules->more || ew_groups_hold(rules, seen));
}

/**
 * One level deeper. False: there may be none, which whoever refuses the value need not mend; what is
 * left wraps, see ew_may_descend().
 */
EW_INLINE bool ew_descend(ew_reader *r) { return EW_LIKELY((int32_t)--r->depth_left >= 0); }
EW_INLINE bool ew_may_descend(const ew_reader *r) { return (int32_t)r->depth_left > 0; }

/* Where the reader of an object is. */
typedef struct ew_object_place {
  uint64_t seen;  /* members of former runs */
  uint32_t field; /* the member whose value comes; EW_FIELD_END: the closing brace */
} ew_object_place;

/**
 * Behind the lines of an object, run being the members since the last jump: as ew_next_member(). NULL
 * when the object is refused, which is so of members that stand twice and those that are missing, or
 * when it ends where no key can be compared: the reader returns ew_nowhere.
 */
const char *ew_end_members(ew_reader *r, const char *p, const ew_object_rules *rules,
                           ew_object_place *at, uint64_t run);

/*
 * run: members since the last jump; inside a run the index only grows, so one test per run finds
 * duplicates. The default label only keeps the first prediction reachable for the compiler.
 *
 * *out is clear: with a struct that it is a member of, or by ew_clear().
 */
#define EW_OBJECT_BEGIN(rules, first_key)                                                     \
  EW_OBJECT_OPEN_(first_key, ew_first_member(r, p, rules, &at.field))

#define EW_OBJECT_OPEN_(first_key, first)                                                     \
  ew_object_place at = {0, 0};                                                                \
  uint64_t run = 0;                                                                           \
  if (EW_LIKELY(ew_key_at(r, p, "{\"" first_key "\":", sizeof("{\"" first_key "\":") - 1) &&      \
                ew_descend(r))) {                                                             \
    p += sizeof("{\"" first_key "\":") - 1;                                                   \
    goto ew_line_0;                                                                           \
  }                                                                                           \
  p = (first);                                                                                \
  if (EW_UNLIKELY(p == NULL)) {                                                               \
    return ew_nowhere;                                                                        \
  }                                                                                           \
  for (;;) {                                                                                  \
    switch (at.field) {                                                                       \
    default:                                                                                  \
      break;

/*
 * The value of member i: p is at a byte that may be read. Where the first key is seen at once nothing
 * is asked on the way to its line.
 */
#define EW_LINE_(i)                                                                           \
  case (i):                                                                                   \
  ew_line_##i:                                                                                \
    EW_PERHAPS_UNUSED

#define EW_TAKE_(i, read)                                                                     \
  run |= (uint64_t)1 << (i);                                                                  \
  p = (read);

#define EW_TAKE_NULLABLE_(i, key, presence, opening, read)                                    \
  run |= (uint64_t)1 << (i);                                                                  \
  (presence) = EW_SET;                                                                        \
  if (EW_UNLIKELY(ew_member_may_be_null(r, p, sizeof(",\"" key "\":") - 1, opening))) {       \
    p = ew_take_null(r, p, &(presence));                                                      \
  }                                                                                           \
  if (EW_LIKELY((presence) == EW_SET)) {                                                      \
    p = (read);                                                                               \
  }

/* A member that is always there: when its key does not come next, look the key up. */
#define EW_PREDICT_(i, key)                                                                   \
  if (EW_UNLIKELY(!ew_key_follows(r, p, ",\"" key "\":", sizeof(",\"" key "\":") - 1))) {              \
    at.field = (i);                                                                           \
    break;                                                                                    \
  }                                                                                           \
  p += sizeof(",\"" key "\":") - 1;                                                           \
  EW_FALLTHROUGH;

#define EW_REQUIRED(i, key, read)                                                             \
  EW_PREDICT_(i, key)                                                                          \
  EW_LINE_(i)                                                                                 \
    EW_TAKE_(i, read)

#define EW_REQUIRED_NULLABLE(i, key, presence, opening, read)                                 \
  EW_PREDICT_(i, key)                                                                          \
  EW_LINE_(i)                                                                                 \
    EW_TAKE_NULLABLE_(i, key, presence, opening, read)

/*
 * A member that may be missing: when its key does not come next, the following line tries its own.
 */
#define EW_OPTIONAL(i, key, has, read)                                                        \
  if (ew_key_follows(r, p, ",\"" key "\":", sizeof(",\"" key "\":") - 1)) {                            \
    p += sizeof(",\"" key "\":") - 1;                                                         \
    EW_FALLTHROUGH;                                                                           \
    EW_LINE_(i)                                                                               \
      EW_TAKE_(i, read)                                                                       \
      (has) = true;                                                                           \
  }

/* Before the last members of an object, when all of them may be missing and mostly are. */
#define EW_MAY_END                                                                            \
  if (EW_LIKELY(*p == '}')) {                                                                 \
    break;                                                                                    \
  }

/* A member held by pointer; NULL is how a missing one stays. read fills *member. */
#define EW_OPTIONAL_POINTER(i, key, member, type, read)                                       \
  if (EW_UNLIKELY(p[2] == key[0]) &&                                        \
      ew_key_follows(r, p, ",\"" key "\":", sizeof(",\"" key "\":") - 1)) {                            \
    p += sizeof(",\"" key "\":") - 1;                                                         \
    EW_FALLTHROUGH;                                                                           \
    EW_LINE_(i)                                                                               \
      (member) = (type *)ew_box(r, sizeof(type));                                             \
      if (EW_UNLIKELY((member) == NULL)) {                                                    \
        return ew_nowhere;                                                                    \
      }                                                                                       \
      EW_TAKE_(i, read)                                                                       \
  }

#define EW_OPTIONAL_NULLABLE(i, key, presence, opening, read)                                 \
  if (ew_key_follows(r, p, ",\"" key "\":", sizeof(",\"" key "\":") - 1)) {                            \
    p += sizeof(",\"" key "\":") - 1;                                                         \
    EW_FALLTHROUGH;                                                                           \
    EW_LINE_(i)                                                                               \
      EW_TAKE_NULLABLE_(i, key, presence, opening, read)                                      \
  }

/*
 * A union whose tag is member number tag of the same object. Before the tag is known its text is
 * only stepped over.
 */
#define EW_SIBLING_READ_(i, tag, read)                                                        \
  run |= (uint64_t)1 << (i);                                                                  \
  if (EW_LIKELY(((at.seen | run) >> (tag)) & 1)) {                                               \
    p = (read);                                                                               \
  } else {                                                                                    \
    late = p;                                                                                 \
    p = ew_leave(r, ew_skip(r, p));                                                           \
  }

#define EW_SIBLING(i, key, tag, read)                                                         \
  EW_PREDICT_(i, key)                                                                          \
  EW_LINE_(i)                                                                                 \
    EW_SIBLING_READ_(i, tag, read)

#define EW_SIBLING_OPTIONAL(i, key, tag, has, read)                                           \
  if (ew_key_follows(r, p, ",\"" key "\":", sizeof(",\"" key "\":") - 1)) {                            \
    p += sizeof(",\"" key "\":") - 1;                                                         \
    EW_FALLTHROUGH;                                                                           \
    EW_LINE_(i)                                                                               \
      EW_SIBLING_READ_(i, tag, read)                                                          \
      (has) = true;                                                                           \
  }

/*
 * What an object must have, for the lines that end one: the members whose bits are set, any of them, or
 * exactly one; or, where there are other groups, what its rules say.
 */
#define EW_SEEN_ (at.seen | run)
#define EW_HAS(members) ((EW_SEEN_ & (members)) == (members))
#define EW_HAS_ANY(members) ((EW_SEEN_ & (members)) != 0)
#define EW_HAS_ONE(members)                                                                   \
  (EW_HAS_ANY(members) && (EW_SEEN_ & (members) & ((EW_SEEN_ & (members)) - 1)) == 0)
#define EW_HAS_ALL(rules) ew_is_complete(rules, EW_SEEN_)

/* Behind the lines of an object nearly always its brace follows, and nothing is wrong. */
#define EW_OBJECT_END(rules, complete)                                                        \
    }                                                                                         \
    if (EW_LIKELY(*p == '}' && (at.seen & run) == 0 && (complete) && p + 1 < r->key_end)) {   \
      r->depth_left++;                                                                        \
      return p + 1;                                                                           \
    }                                                                                         \
    p = ew_end_members(r, p, rules, &at, run);                                                \
    run = 0;                                                                                  \
    if (EW_UNLIKELY(p == NULL)) {                                                             \
      return ew_nowhere;                                                                      \
    }                                                                                         \
  }

/* The same where there is more to do behind the object. */
#define EW_OBJECT_CLOSE_(complete, next)                                                       \
    }                                                                                         \
    if (EW_UNLIKELY((at.seen & run) != 0)) {                                                  \
      return ew_give_up(r, EW_ERR_DUPLICATE);                                                 \
    }                                                                                         \
    at.seen |= run;                                                                           \
    run = 0;                                                                                  \
    if (EW_LIKELY(*p == '}')) {                                                               \
      p++;                                                                                    \
      break;                                                                                  \
    }                                                                                         \
    p = (next);                                                                               \
    if (EW_UNLIKELY(p == NULL)) {                                                             \
      return ew_nowhere;                                                                      \
    }                                                                                         \
  }                                                                                           \
  if (EW_UNLIKELY(!(complete))) {                                                             \
    return ew_give_up(r, EW_ERR_MISSING);                                                     \
  }                                                                                           \
  r->depth_left++;

/* The same of an object that keeps members the schema does not name (eventwire/unknown.h). */
#define EW_KEEPING_BEGIN(rules, first_key)                                                    \
  EW_OBJECT_OPEN_(first_key, ew_first_kept(r, p, rules, &at.field, &out->unknown))

#define EW_KEEPING_END(rules, complete)                                                       \
  EW_OBJECT_CLOSE_(complete, ew_next_kept(r, p, rules, &at.field, &out->unknown))                   \
  return ew_leave(r, p);

/* An object of which a line is EW_SIBLING. */
#define EW_SIBLING_BEGIN(rules, first_key)                                                    \
  const char *late = NULL;                                                                    \
  EW_OBJECT_OPEN_(first_key, ew_first_member(r, p, rules, &at.field))

#define EW_SIBLING_END(rules, complete, read)                                                 \
  EW_OBJECT_CLOSE_(complete, ew_next_member(r, p, rules, &at.field))                             \
  if (EW_UNLIKELY(late != NULL)) {                                                            \
    const char *behind = p;                                                                   \
    r->depth_left--;                                                                              \
    r->accepted = p = late;                                                                   \
    p = ew_arrive(r, (read));                                                                 \
    r->depth_left++;                                                                            \
    p = p != NULL ? behind : NULL;                                                            \
  }                                                                                           \
  return ew_leave(r, p);

/* -------------------------------------------------------------------------------------------------- unions */

/** Behind the literal that stands at p, or NULL, as p may be. */
EW_INLINE const char *ew_behind(const ew_reader *r, const char *p, const char *literal, size_t n) {
  return p != NULL && ew_key_at(r, p, literal, n) ? p + n : NULL;
}

/*
 * A union of objects in which the text of a tag decides and mostly stands in the same place. lead:
 * what stands before it; EW_TAG_BEHIND: the same from behind the text of a string, in front of which
 * is what the lines above it say. Where that is not so, the switch calls ew_choose_arm().
 */
#define EW_TAG_BEGIN(lead)                                                                    \
  int arm = -1;                                                                               \
  const char *tag = ew_behind(r, p, lead, sizeof(lead) - 1);

#define EW_TAG_BEHIND(lead)                                                                   \
  tag = tag == NULL ? NULL : ew_behind(r, ew_scan_plain(r, tag), lead, sizeof(lead) - 1);

#define EW_TAGS                                                                               \
  if (EW_UNLIKELY(tag == NULL)) {                                                             \
    tag = r->end;                                                                             \
  }

#define EW_TAG(i, text)                                                                       \
  else if (ew_at(r, tag, text "\"", sizeof(text))) {                                          \
    arm = (i);                                                                                \
  }

#define EW_TAG_END(rules)                                                                     \
  if (EW_UNLIKELY(arm < 0)) {                                                                 \
    arm = ew_choose_arm(r, p, rules);                                                         \
  }

/*
 * An alternative that is known by members it has not: all of the value would have to be looked
 * through before it is read. In place of that the arm that begins like the value is read, and when
 * it has met nothing that is unknown to it, nothing stands there that it may not have.
 */
typedef struct ew_choice {
  int arm;
  bool guessed;
  uint32_t depth_left;
  size_t mark;
} ew_choice;

/**
 * Whether another arm than the guessed one is to be read, which was refused or has met members that it
 * does not know.
 */
bool ew_guess_was_wrong(ew_reader *r, const char *p, const ew_union_rules *rules,
                        ew_choice *choice);

/*
 * Before EW_TAG_BEGIN: the arm of all tags that no other arm has, whose objects begin with a key of
 * their own, is read before the tag is looked for. sure: it has read a tag that is none of the others.
 */
#define EW_TAG_REST(rules, i, first_key, arm_kind, read, sure)                                \
  if (ew_key_at(r, p, "{\"" first_key "\":", sizeof("{\"" first_key "\":") - 1)) {             \
    ew_choice choice = {(i), true, r->depth_left, r->arena->used};                            \
    out->kind = (arm_kind);                                                                   \
    const char *behind = (read);                                                              \
    if (EW_LIKELY((behind != ew_nowhere || r->at != NULL) && (sure)) ||                       \
        !ew_guess_was_wrong(r, p, rules, &choice)) {                                          \
      return behind;                                                                          \
    }                                                                                         \
  }

/*
 * The body of a function that reads a union of which an arm may be guessed: by the first key of an
 * object, as the lines EW_GUESS_KEY say; rest is the arm of an object that begins otherwise, or -1.
 */
#define EW_GUESS_BEGIN(rest)                                                                  \
  const char *behind = NULL;                                                                  \
  ew_choice choice;                                                                           \
  choice.arm = -1;                                                                            \
  choice.depth_left = r->depth_left;                                                          \
  choice.mark = r->arena->used;                                                               \
  if (ew_peek(r, p) == '{') {                                                                 \
    choice.arm = (rest);                                                                      \
  }

#define EW_GUESS_KEY(i, key)                                                                  \
  if (ew_key_at(r, p, "{\"" key "\":", sizeof("{\"" key "\":") - 1)) {                        \
    choice.arm = (i);                                                                         \
  }

#define EW_GUESSED(rules)                                                                     \
  choice.guessed = choice.arm >= 0;                                                           \
  if (EW_UNLIKELY(!choice.guessed)) {                                                         \
    choice.arm = ew_choose_arm(r, p, rules);                                                  \
  }                                                                                           \
  do {                                                                                        \
    switch (choice.arm) {

#define EW_GUESS_ARM(i, arm, read)                                                            \
  case (i):                                                                                   \
    out->kind = (arm);                                                                        \
    behind = ew_arrive(r, (read));                                                            \
    break;

#define EW_GUESS_END(rules)                                                                   \
  default:                                                                                    \
    return ew_give_up(r, EW_ERR_UNION);                                                       \
    }                                                                                         \
  } while (EW_UNLIKELY(behind == NULL || r->found_unknown) && choice.guessed &&               \
           ew_guess_was_wrong(r, p, rules, &choice));                                        \
  return ew_leave(r, behind);

/* -------------------------------------------------------------------------------------------------- arrays */

/**
 * Room for more elements of size bytes than the *capacity that there are, not cleared. *capacity
 * follows, by the bytes that the elements up to p have taken since start, and behind 4 no further
 * than to what the schema allows; NULL when the arena or the limit is reached.
 */
void *ew_grow(ew_reader *r, void *items, uint32_t allowed, uint32_t *capacity, size_t size,
              const char *start, const char *p);

/** Gives the room behind the last element back to the arena where that is possible. */
void ew_trim(ew_reader *r, const void *items, uint32_t count, uint32_t capacity, size_t size);

/** Reads one element into *item. */
typedef const char *(*ew_item_reader)(ew_reader *r, const char *p, void *item);

/** An array, mostly of few elements of size bytes each, into out->items and out->count. */
const char *ew_read_list(ew_reader *r, const char *p, const ew_array_rules *rules, size_t size,
                         ew_item_reader read, void *out);

/* The body of a function that reads one. */
#define EW_LIST(rules, type, read) return ew_read_list(r, p, rules, sizeof(type), read, out);

/** A list while its elements are read. */
typedef struct ew_items {
  const ew_array_rules *rules;
  const char *begin; /* the bracket */
  void *items;
  size_t size;       /* of one */
  uint32_t capacity; /* of items */
  bool more;         /* there is another element, and room for it */
} ew_items;

/** From the bracket to the first element; behind the closing one when there is none, NULL for a refusal. */
const char *ew_first_item(ew_reader *r, const char *p, const ew_array_rules *rules, size_t size,
                          ew_items *list);

/** The same from behind element number count, where no comma stands or there is no room for another. */
const char *ew_next_item(ew_reader *r, const char *p, ew_items *list, uint32_t count);

/** The list of count elements into out, as a reader; p may be NULL. */
const char *ew_end_items(ew_reader *r, const char *p, const ew_items *list, uint32_t count,
                         void *out);

/* The same of an array that is worth a loop of its own. read fills *item. */
#define EW_ARRAY(rules, type, read)                                                           \
  ew_items list;                                                                              \
  uint32_t count = 0;                                                                         \
  p = ew_first_item(r, p, rules, sizeof(type), &list);                                        \
  for (bool more = list.more; more;) {                                                        \
    type *item = (type *)list.items + count;                                                  \
    p = (read);                                                                               \
    count++;                                                                                  \
    if (EW_LIKELY(*p == ',') && EW_LIKELY(count != list.capacity)) {                          \
      r->accepted = p;                                                                        \
      p++;                                                                                    \
    } else {                                                                                  \
      p = ew_next_item(r, p, &list, count);                                                   \
      more = list.more;                                                                       \
    }                                                                                         \
  }                                                                                           \
  return ew_end_items(r, p, &list, count, out);

#ifdef __cplusplus
}
#endif
#endif
