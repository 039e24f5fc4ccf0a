/*
 * What stands for ${name} and $name in a case: parameters of the run, names bound while it is played, names made up for it.
 *
 *   "$name"            the whole value, of any JSON type       "$$name"   the text "$name"
 *   "a ${name} b"      its text                                "$${"      the text "${"
 *   "${name|url}"      its text, percent-encoded
 *   "${unique}"        a name no other case and no other run uses
 *   "${uuid:label}"    a UUID, the same for the same label in one case
 *   "${hex:64:label}"  so many lower-case hexadecimal digits, likewise
 */
#ifndef EW_CONFORM_VARS_INTERNAL_H
#define EW_CONFORM_VARS_INTERNAL_H

#include "tree_internal.h"

typedef struct ew__var {
  char *name;
  cJSON *value;
  bool secret;
} ew__var;

/* Good when zeroed. A later value of a name hides an earlier one, so cutting count back restores what was. */
typedef struct ew__vars {
  ew__var *items;
  size_t count;
  size_t size;
  char unique[40];
} ew__vars;

/* Takes value, also on failure (NULL is failure). EW_ERR_NOMEM. */
EW_MUST_CHECK ew_err ew__vars_set(ew__vars *vars, const char *name, cJSON *value, bool secret);
EW_MUST_CHECK ew_err ew__vars_set_text(ew__vars *vars, const char *name, const char *value, bool secret);

/* The value, or NULL. */
const cJSON *ew__vars_find(const ew__vars *vars, const char *name);

/* Its text; "" when it is absent or no string. */
const char *ew__vars_text(const ew__vars *vars, const char *name);

void ew__vars_cut(ew__vars *vars, size_t count);
void ew__vars_clear(ew__vars *vars);

/* Letters, digits and '_', not starting with a digit. */
bool ew__vars_is_name(const char *text);

/* True when text is "$name" as a whole. */
bool ew__vars_is_reference(const char *text);

/* Appends text with every ${...} replaced. False: *error has words (or out->failed). */
EW_MUST_CHECK bool ew__vars_expand(const ew__vars *vars, const char *text, ew__ctext *out, ew__ctext *error);

/* A copy of node with every string in it replaced. NULL: *error has words, or is empty when memory is out. */
cJSON *ew__vars_resolve(const ew__vars *vars, const cJSON *node, ew__ctext *error);

/* Replaces every secret value in text, plain and percent-encoded, by "***". */
void ew__vars_redact(const ew__vars *vars, ew__ctext *text);

/*
 * The parameters that the cases of a protocol may name, with the
 * values they have when nobody gives others.
 */
typedef struct ew__param {
  const char *protocol; /* NULL: of all */
  const char *name;
  const char *value;
  bool secret;
} ew__param;

extern const ew__param ew__params[];
extern const size_t ew__param_count;

#endif
