/*
 * table_internal.h - how the two engines call each other.
 */
#ifndef EW_TABLE_INTERNAL_H
#define EW_TABLE_INTERNAL_H

#include "eventwire/reader.h"
#include "scan_internal.h"

/** What the straight-line engine has found out about a text that it refuses. */
typedef struct ew__known {
  const char *accepted; /* elements of arrays, maps and strings that end before it are good */
  const char *behind;   /* the whole value, which is good; NULL: it is not */
  int root_arm;         /* of the union that the message is, -1 when that is not known */
  ew_passed passed;     /* what need not be stepped over again */
} ew__known;

/**
 * The table engine for a whole text: any type, any mode (see scan_internal.h). out is cleared, or
 * NULL for validation, and arena then for work alone, or NULL. After an error the caller clears out
 * and rewinds the arena. Fills diag on refusal. known: what need not be looked at again (with out not NULL
 * no elements), or NULL.
 */
ew_err ew__table_run(const ew_type *type, ew_str json, ew_arena *arena, const ew_limits *limits,
                     uint32_t mode, void *out, const ew__known *known, ew_diag *diag);

/**
 * The table engine for one value inside a message that a straight-line reader decodes, strict
 * profile. p may be at white space. out must be cleared. Returns the byte behind the value, or NULL
 * with *why (EW_ERR_ARENA_FULL and EW_ERR_TOO_LARGE are final). *accepted: see ew__known.
 */
const char *ew__table_read(ew_reader *r, const ew_type *type, const char *p, void *out, ew_err *why,
                           const char **accepted);

/**
 * A whole value, by its writer where there is one, else by the table engine. False leaves out->len
 * as it was: the value is refused, or there is too little room.
 */
bool ew__encode(const ew_type *type, const void *value, uint32_t max_depth, ew_buf *out);

/** The table engine of the encoder. */
char *ew__table_write(struct ew_writer *w, char *to, const ew_type *type, const void *value);

/** The same for a writer that measures; a refusal gives err, and diag (may be NULL). */
char *ew__table_explain(struct ew_writer *w, char *to, const ew_type *type, const void *value,
                        ew_diag *diag, ew_err *err);

/**
 * The limits of a call (limits.c): those given, else of the document, else the library's; either may
 * be NULL. EW_ERR_ARGUMENT when one is not possible.
 */
ew_err ew__limits_resolve(const ew_document *document, const ew_limits *given, ew_limits *out);

#endif
