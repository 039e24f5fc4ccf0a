/* Compares a value with what a case expects of it: conformance/README.md, "Matchers". */
#ifndef EW_CONFORM_MATCH_INTERNAL_H
#define EW_CONFORM_MATCH_INTERNAL_H

#include "eventwire/table.h"
#include "vars_internal.h"

/* Zero it, set the first five, use it for one message, clear it. */
typedef struct ew__match {
  ew__vars *vars;              /* $bind and $secret add to it */
  const ew_document *document; /* for $schema; may be NULL */
  ew_profile profile;
  const cJSON *root;           /* the message as it was parsed from ... */
  ew_str text;                 /* ... these bytes */
  bool quiet;                  /* a trial: no words are collected */
  bool no_memory;
  ew__ctext pointer;           /* of the value that did not match */
  ew__ctext expected;
  ew__ctext got;
} ew__match;

/*
 * got NULL is an absent member. On a mismatch the three texts say where and
 * what; nothing stays bound by a failed alternative.
 */
EW_MUST_CHECK bool ew__match_value(ew__match *match, const cJSON *expected, const cJSON *got);
void ew__match_clear(ew__match *match);

/* True when node is a mapping with a key that starts with "$". */
bool ew__match_is_matcher(const cJSON *node);

/* NULL-terminated: "$eq", "$ne", ... */
extern const char *const ew__match_names[];

#endif
