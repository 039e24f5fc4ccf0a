/*
 * encode_internal.h - the table engine while it encodes, for kinds that are written elsewhere.
 */
#ifndef EW_ENCODE_INTERNAL_H
#define EW_ENCODE_INTERNAL_H

#include "diag_internal.h"
#include "writer_internal.h"

typedef struct ew__encoder {
  ew_writer *w;
  bool explains; /* a refusal is described in diag and err, else only noted in the writer */
  ew_diag *diag;
  ew_err err;

  /* Where the encoder is in the schema, for values whose own type has no pointer. */
  const ew_type *owner;
  const ew_member *member;
} ew__encoder;

/** A value and what stands around it. */
typedef struct ew__item {
  const ew_type *type;
  const void *value;
  const ew_str *text; /* what an open enum keeps beside its value, or NULL */
  const ew__path *path;
} ew__item;

/** Writes one value; a refusal is in the writer. */
char *ew__write_value(ew__encoder *e, char *to, const ew__item *i);

/** Refuses a value; keyword NULL: no rule of the schema does. */
EW__COLD char *ew__write_refusal(ew__encoder *e, const ew__item *i, ew_err err,
                                 const char *keyword, const char *expected);

#endif
