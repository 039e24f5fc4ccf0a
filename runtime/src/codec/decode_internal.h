/*
 * decode_internal.h - the table engine while it decodes, split over table_decode.c (entry points,
 * scalars, unions), table_object.c (objects) and table_list.c (arrays and maps).
 *
 * One recursion per level of nesting, bounded by max_depth (at most EW__MAX_DEPTH). A level takes
 * 400 to 800 bytes of C stack when optimised on x86-64, so the default of 64 levels stays below
 * 52 kB and the most one can ask for, 1024, below 0.8 MB. Where members are repeated many times, which
 * only compat allows, it takes 400 bytes more. Looking for duplicate keys takes 32 kB more, once, and
 * so does a string with escapes that has rules.
 */
#ifndef EW_DECODE_INTERNAL_H
#define EW_DECODE_INTERNAL_H

#include "diag_internal.h"
#include "layout_internal.h"
#include "straight_internal.h"

typedef struct ew__decoder {
  ew_reader r; /* when nothing is stored, its arena is for work, or NULL; its err says nothing */
  uint32_t mode;
  uint64_t work_left; /* bytes that may be looked at once more, for duplicate keys */
  struct ew__key_set *keys; /* of the maps that are open; NULL outside of all */
  bool keys_open;           /* it was used before */

  /* Where the decoder is in the schema, for values whose own type has no pointer. */
  const ew_type *owner;
  const ew_member *member;

  ew__fault fault;
  bool at_key; /* the fault is the member whose name stands there */
  ew__keyword keyword;
  ew__trail *trail; /* NULL: nobody asks for it */

  /* What another engine has found out. */
  const char *accepted;   /* elements, maps and strings that end before it are good; NULL: none */
  uint64_t accepted_left; /* bytes that may be passed in vain to find out that elements do not */
  bool no_map_accepted;   /* a map did not, in which are all that come */
  int root_arm;

  const ew_object_rules *others_of; /* where the last member was of which the schema says nothing */
  uint32_t others;                  /* and how many before it, in a row of such objects */
  ew_passed begun;                  /* the first members of such an object, which may be read next */
  ew__names names; /* of the object that was looked at last */
  char name[EW__NAME_ROOM]; /* one that had escapes */
} ew__decoder;

/** A decoder at the beginning of json, before any bracket is open. */
ew__decoder ew__decoder_open(ew_str json, ew_arena *arena, const ew_limits *limits, uint32_t mode);

/** One object while it is read. */
typedef struct ew__frame {
  const ew_type *type;
  const ew_object_rules *rules;
  const char *begin; /* the opening brace */
  char *out;
  uint64_t seen;     /* bit i: member i is there */
  uint64_t deferred; /* sibling unions that wait for their tag */
  uint32_t count;
  uint32_t expected; /* the member whose name is likely to come next */
  bool other; /* the last member was one of many that the schema says nothing about */
  uint32_t repeated; /* how many members stood there before */
  ew__waiting *waiting; /* those that are read when all names are known; NULL: none are */
  uint64_t failed;   /* members that are wrong unless they stand there once more */
  uint32_t first_failed;
  const char *failed_key; /* of that one */
  ew__fault failed_fault;
  const char *failed_keyword;
  uint32_t tag;       /* the last member that is an enum: most often the tag of a sibling union */
  const char *tag_at; /* its value; NULL: none yet */
  uint32_t late;      /* the last member that is deferred */
  const char *late_at; /* its value; NULL: none yet */
  const char *late_key;
} ew__frame;

/** One member: p is at its name, the result is behind its value. */
const char *ew__read_pair(ew__decoder *d, ew__frame *f, const char *p);

/**
 * So many members of which the schema says nothing were met in such objects, one after the other, that
 * more are likely.
 */
static inline bool ew__has_many_others(const ew__decoder *d, const ew_object_rules *rules) {
  return d->others_of == rules && d->others >= EW__MANY_OTHERS;
}

/**
 * From behind one of such objects, number *count of a list of most at most, over those that follow and
 * have nothing else: to the comma before the first that is left, whose first members are passed, too.
 */
const char *ew__pass_objects(ew__decoder *d, const ew_object_rules *rules, const char *p,
                             uint32_t most, uint32_t *count);

/** What is asked of an object once its members are read; f is of no more use when it is refused. */
bool ew__check_object(ew__decoder *d, ew__frame *f);

/**
 * Reads one value: p is before it, maybe at white space. out is where it goes (cleared), NULL to
 * check only. text: where the text of an open enum goes, or NULL. Returns the byte behind the
 * value, or NULL with d->fault.
 */
const char *ew__read_value(ew__decoder *d, const ew_type *type, const char *p, void *out,
                           ew_str *text);

/** The type with the rules of the profile that is read. */
static inline const ew_type *ew__in_profile(const ew__decoder *d, const ew_type *type) {
  const ew_type *lenient = (d->mode & EW__MODE_LENIENT) != 0 ? ew_type_lenient(type) : NULL;
  return lenient != NULL ? lenient : type;
}

/** A reader of one value: p is at its first byte, type is the one of the profile. */
typedef const char *ew__read_fn(ew__decoder *d, const ew_type *type, const char *p, void *out,
                                ew_str *text);

/** The one of the type. */
ew__read_fn *ew__reader_of(const ew_type *type);

/** In all of these text is not looked at. */
const char *ew__read_object(ew__decoder *d, const ew_type *type, const char *p, void *out,
                            ew_str *text);
const char *ew__read_array(ew__decoder *d, const ew_type *type, const char *p, void *out,
                           ew_str *text);
const char *ew__read_map(ew__decoder *d, const ew_type *type, const char *p, void *out,
                         ew_str *text);

/** Value and, with text not NULL, text of an enum. */
const char *ew__read_enum(ew__decoder *d, const ew_type *type, const char *p, int *value,
                          ew_str *text);

/** The value of a union arm into the union at out (NULL to check only). */
const char *ew__read_arm(ew__decoder *d, const ew_union_rules *rules, const ew_arm *arm,
                         const char *p, void *out);

/** The string at p, within its limit: behind it, or NULL. */
const char *ew__read_span(ew__decoder *d, const ew_type *type, const char *p, ew__span *out);

/** A string that was read as span into memory: the clean view, or unescaped. False: refused. */
bool ew__take_span(ew__decoder *d, ew__span span, ew_str *out);

/** The string fits into max_string_bytes. */
bool ew__string_fits(const ew__decoder *d, ew__span span);

/** Steps over one value. */
const char *ew__pass(ew__decoder *d, const char *p);

/** null, and only that. */
const char *ew__pass_null(ew__decoder *d, const char *p);

/**
 * Refusals, all NULL: by a keyword of the schema, by the syntax at p, by the JSON type, by a
 * limit.
 */
EW__COLD const char *ew__refuse_value(ew__decoder *d, const ew_type *type, ew_err err, const char *at,
                             const char *keyword, const char *expected);
EW__COLD const char *ew__refuse_syntax(ew__decoder *d, const char *p, const char *expected);
EW__COLD const char *ew__refuse_type(ew__decoder *d, const ew_type *type, const char *p,
                            const char *expected);
EW__COLD const char *ew__refuse_limit(ew__decoder *d, ew_err err, const char *at, const char *expected);

/** Behind an opening bracket and white space, one level deeper; d->r.depth_left++ leaves it. */
const char *ew__open_level(ew__decoder *d, const char *p);

/**
 * Leaves a level in which something was refused; from and index: see ew__trail_level. behind: it is
 * not in the member or element that begins at from, but behind the one that ends there. Always NULL.
 */
EW__COLD const char *ew__leave_level(ew__decoder *d, const char *from, uint32_t index, bool behind);

/** null is a value of the type. */
bool ew__takes_null(const ew__decoder *d, const ew_type *type);

/**
 * Behind an element or a member: over a comma to what follows it, or with *closed behind the
 * closing bracket.
 */
const char *ew__read_comma(ew__decoder *d, const char *p, char bracket, bool *closed);

#endif
