/* YAML 1.2 (core schema) into trees. */
#ifndef EW_CONFORM_YAML_INTERNAL_H
#define EW_CONFORM_YAML_INTERNAL_H

#include "tree_internal.h"

/*
 * Reads one document. Refuses what a tree cannot hold or a reader would not expect: anchors and aliases, tags
 * other than !!str, infinities, keys that are no scalars, keys that stand twice, a second document, more than
 * 64 levels. EW_ERR_SYNTAX with "file:line:column: reason" appended to error; EW_ERR_NOMEM.
 */
EW_MUST_CHECK ew_err ew__yaml_parse(const char *file, ew_str text, cJSON **out, ew__ctext *error);

#endif
