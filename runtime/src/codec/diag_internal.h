/*
 * diag_internal.h - from "this byte, this error" to a diagnosis a person can use. All of it is
 * worked out after the refusal, from the text, so that decoding carries no bookkeeping.
 */
#ifndef EW_DIAG_INTERNAL_H
#define EW_DIAG_INTERNAL_H

#include "scan_internal.h"

/** A JSON Pointer that grows and shrinks at its end within the room of ew_diag.pointer. */
typedef struct ew__pointer {
  char text[sizeof(((ew_diag *)0)->pointer)];
  uint32_t len;
  uint32_t cut_len; /* what fits of the first segment that does not, with all before it */
  uint32_t hidden;  /* segments beyond the room */
} ew__pointer;

/** Appends a member name as it stands in a text. */
void ew__pointer_push(ew__pointer *pointer, ew__span name);
void ew__pointer_push_index(ew__pointer *pointer, uint64_t index);
void ew__pointer_pop(ew__pointer *pointer);
/** Ends the text: with "..." when segments are hidden. */
const char *ew__pointer_close(ew__pointer *pointer);

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
void ew__pointer_of_path(const ew__path *path, ew__pointer *out);

/** Which keyword refused: the pointer is base + member + keyword, each may be NULL. */
typedef struct ew__keyword {
  const char *base;
  const char *member;
  const char *keyword;
} ew__keyword;

/**
 * Fills diag for the refusal of json at fault->at. at_key: the member whose name stands there is
 * meant, not the value around it. diag may be NULL.
 */
void ew__diag_text(ew_diag *diag, ew_str json, const ew__fault *fault, bool at_key,
                   ew__keyword keyword);

/** Fills diag for the refusal of a value in memory; found is what it holds. diag may be NULL. */
void ew__diag_value(ew_diag *diag, ew_err err, const ew__path *path, const char *expected,
                    ew__keyword keyword, ew_str found);

/** Fills diag with the code alone. diag may be NULL. */
void ew__diag_code(ew_diag *diag, ew_err err);

#endif
