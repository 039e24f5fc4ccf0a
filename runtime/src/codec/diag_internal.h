/*
 * diag_internal.h - from "this byte, this error" to a diagnosis a person can use. All of it is
 * worked out after the refusal, from the text, so that decoding carries no bookkeeping.
 */
#ifndef EW_DIAG_INTERNAL_H
#define EW_DIAG_INTERNAL_H

#include "eventwire/reader.h"
#include "eventwire/stream.h"
#include "scan_internal.h"

/** Where a JSON Pointer ends; kept and put back, it takes away what was appended meanwhile. */
typedef struct ew__pointer_end {
  uint32_t len;
  bool full; /* the last segment was cut, and what follows it left out */
} ew__pointer_end;

/** A JSON Pointer that grows within the room of ew_diag.pointer. */
typedef struct ew__pointer {
  ew__pointer_end end;
  char text[sizeof(((ew_diag *)0)->pointer)];
} ew__pointer;

/** Appends a member name as it stands in a text. */
EW__COLD void ew__pointer_push(ew__pointer *pointer, ew__span name);
EW__COLD void ew__pointer_push_index(ew__pointer *pointer, uint64_t index);
/** Copies the pointer to `to`: with "..." at its end when something was left out. */
EW__COLD void ew__pointer_copy(const ew__pointer *pointer, char to[]);

/**
 * A place in a value that is walked from its root: each level on the C stack points to the one
 * above.
 */
typedef struct ew__path {
  const struct ew__path *up;
  ew_text name; /* of the member; ptr NULL: an element */
  uint32_t index;
} ew__path;

/** path may be NULL: the root. */
EW__COLD void ew__pointer_of_path(const ew__path *path, ew__pointer *out);

/**
 * Which keyword refused: the pointer is base, /properties/ and the name of the member, from there the
 * way to the type that is inside of it, keyword; each may be NULL.
 */
typedef struct ew__keyword {
  const char *base;
  const ew_member *member;
  const ew_type *inside;
  const char *keyword;
} ew__keyword;

/** The keyword of a type: by its own place, or where it stands in a member of an object, owner (may be NULL). */
static inline ew__keyword ew__keyword_of(const ew_type *type, const ew_type *owner,
                                         const ew_member *member, const char *keyword) {
  const char *schema = ew_type_schema(type);
  if (schema != NULL || owner == NULL) {
    return (ew__keyword){schema, NULL, NULL, keyword};
  }
  return (ew__keyword){ew_type_schema(owner), member, type, keyword};
}

/** A level that was open when a text was refused. */
typedef struct ew__trail_level {
  uint32_t from;  /* where reading it had come to: at a member or an element, or behind one */
  uint32_t index; /* of the element, EW__IN_OBJECT for a member */
} ew__trail_level;

#define EW__IN_OBJECT UINT32_MAX

/**
 * The way to a fault, as far as a decoder knows it: what is before that need not be walked again. It
 * is written from the innermost level outwards, while the levels are left.
 */
typedef struct ew__trail {
  uint32_t depth;
  bool behind;   /* the innermost level was behind a member or an element */
  uint32_t from; /* without levels: up to there nothing is open */
  ew_passed passed; /* what is known of a part of the text */
  ew__trail_level levels[EW__MAX_DEPTH];
} ew__trail;

/** A keyword refuses with err; and with EW_ERR_DUPLICATE. */
static inline bool ew__is_of_schema(ew_err err) {
  return err <= EW_ERR_TYPE && err > EW_ERR_ARENA_FULL;
}

/**
 * Fills diag for the refusal of json at fault->at. at_key: the member whose name stands there is
 * meant, not the value around it. keyword is not looked at where none refuses, and may be NULL. trail
 * may be NULL, and diag.
 */
EW__COLD void ew__diag_text(ew_diag *diag, ew_str json, const ew__fault *fault, bool at_key,
                            const ew__keyword *keyword, const ew__trail *trail);

/** A stretch of a text that is at hand, while the rest of it need not be. */
typedef struct ew__part {
  const char *begin;
  const char *end;
  ew_place place;      /* of begin in the whole text */
  ew__pointer pointer; /* of the value that begins there, or of what the pair is in */
  bool is_pair;        /* a member name stands at begin, not a value */
  ew_str found;        /* the refused bytes, as many as are at hand */
  const ew__trail *trail; /* NULL: nothing is known */
} ew__part;

/** The same for a part of a text; the fault is in it. */
void ew__diag_part(ew_diag *diag, const ew__part *part, const ew__fault *fault, bool at_key,
                   const ew__keyword *keyword);

/**
 * Fills diag for the refusal of a value in memory; found is what it holds. keyword may be NULL, and
 * diag.
 */
EW__COLD void ew__diag_value(ew_diag *diag, ew_err err, const ew__path *path, const char *expected,
                             const ew__keyword *keyword, ew_str found);

/** Fills diag with the code alone. diag may be NULL. */
EW__COLD void ew__diag_code(ew_diag *diag, ew_err err);

#endif
