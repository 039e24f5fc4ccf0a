/*
 * subjects.h - what fuzzers, benches and players of vectors work on: every protocol with its
 * document and vectors.
 */
#ifndef EW_FUZZ_SUBJECTS_H
#define EW_FUZZ_SUBJECTS_H

#include "eventwire/table.h"
#include "eventwire/vector.h"

typedef struct subject {
  const ew_document *document;
  const ew_vector *vectors;
  const size_t *count;
} subject;

#define SUBJECT_COUNT 4u

extern const subject SUBJECTS[SUBJECT_COUNT];

/** The type that a vector is decoded as; with a direction the union of its channel, if any. */
const ew_type *subject_type(const subject *s, const ew_vector *v, bool whole_direction);

#endif
