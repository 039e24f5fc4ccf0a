/*
 * Memory that a machine keeps from message to message: an arena for decoding and a buffer for
 * encoding. Both start small and grow by doubling when a message needs it, never beyond the limit
 * they were given.
 */
#ifndef EW_MEMORY_INTERNAL_H
#define EW_MEMORY_INTERNAL_H

#include "eventwire/table.h"

typedef struct ew__scratch {
  ew_arena arena; /* base NULL until it is needed */
  size_t limit;
} ew__scratch;

void ew__scratch_init(ew__scratch *scratch, size_t limit);
void ew__scratch_clear(ew__scratch *scratch);

/**
 * Forgets what was decoded before, then decodes as ew_type_decode() does. What comes out lives
 * until the next call. EW_ERR_ARENA_FULL: more than limit; EW_ERR_NOMEM.
 */
EW_MUST_CHECK ew_err ew__scratch_decode(ew__scratch *scratch, const ew_type *type, ew_str json,
                                        const ew_decode_options *opts, void *out, ew_diag *diag);

/** Checks as ew_type_validate() does, with the memory that long texts with escapes take. */
EW_MUST_CHECK ew_err ew__scratch_validate(ew__scratch *scratch, const ew_type *type, ew_str json,
                                          const ew_decode_options *opts, ew_diag *diag);

/*
 * Doubles the arena, which then is empty. EW_ERR_ARENA_FULL at the limit, EW_ERR_NOMEM; the old one
 * is kept then.
 */
EW_MUST_CHECK ew_err ew__scratch_grow(ew__scratch *scratch);

typedef struct ew__text {
  ew_buf buf;
  size_t limit;
} ew__text;

void ew__text_init(ew__text *text, size_t limit);
void ew__text_clear(ew__text *text);
static inline void ew__text_reset(ew__text *text) { text->buf.len = 0; }

/* Room for size more bytes. EW_ERR_TOO_LARGE beyond the limit, EW_ERR_NOMEM. */
EW_MUST_CHECK ew_err ew__text_reserve(ew__text *text, size_t size);
EW_MUST_CHECK ew_err ew__text_append(ew__text *text, ew_str bytes);
EW_MUST_CHECK ew_err ew__text_append_json_string(ew__text *text, ew_str string);
/* As ew_type_encode(), growing as needed. */
EW_MUST_CHECK ew_err ew__text_encode(ew__text *text, const ew_type *type, const void *value,
                                     ew_diag *diag);

/*
 * A copy on the heap with a NUL behind it, false when memory is out. An empty text is a copy too.
 */
EW_MUST_CHECK bool ew__str_dup(ew_str *out, ew_str text);
void ew__str_free(ew_str *text);

#endif
