/*
 * JSON values as cJSON trees, with three conventions that cJSON itself does not know:
 *   - a number keeps its digits in valuestring, so that 64-bit integers compare exactly
 *   - a string is "modified UTF-8": U+0000 stands as C0 80, so that it survives in a C string
 *   - valueint is the line of the file that the value came from (0: no file)
 * So only the functions below make, compare and write trees; cJSON_Delete, cJSON_Duplicate and the walking macros work as ever.
 */
#ifndef EW_CONFORM_TREE_INTERNAL_H
#define EW_CONFORM_TREE_INTERNAL_H

#include <cjson/cJSON.h>

#include "eventwire/codec.h"
#include "text_internal.h"

/* NULL when memory is out. digits must be a JSON number. */
cJSON *ew__tree_text(const char *bytes, size_t len, int line);
cJSON *ew__tree_number(const char *digits, size_t len, int line);

/*
 * Strict RFC 8259, at most 128 deep. EW_ERR_NOMEM, or the error of
 * ew_json_check() with diag filled; out untouched then.
 */
EW_MUST_CHECK ew_err ew__tree_parse(ew_str json, cJSON **out, ew_diag *diag);

/* Compact JSON, members in the order of the tree. */
void ew__tree_write(const cJSON *node, ew__ctext *out);

/* Members in any order, numbers by value. */
bool ew__tree_equal(const cJSON *a, const cJSON *b);

/* Both must be numbers: -1, 0, 1. Integers of any size compare exactly. */
int ew__tree_compare(const cJSON *a, const cJSON *b);

bool ew__tree_is_integer(const cJSON *node);
size_t ew__tree_code_points(const cJSON *text);
const char *ew__tree_type(const cJSON *node);
const cJSON *ew__tree_get(const cJSON *object, const char *name);

/* The member's text, or fallback when it is absent or no string. */
const char *ew__tree_get_text(const cJSON *object, const char *name, const char *fallback);

/* Appends value under name (to an array: name NULL). Takes value, also on failure. False: memory is out. */
bool ew__tree_add(cJSON *parent, const char *name, cJSON *value);

#endif
