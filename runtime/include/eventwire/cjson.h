/**
 * eventwire/cjson.h - free-form members to and from cJSON trees, for programs that live in cJSON.
 *
 * The codec does not use cJSON: it accepts broken JSON, turns every number into a double and cuts
 * strings at U+0000. This bridge keeps what cJSON can keep and refuses or marks the rest, instead
 * of changing it silently.
 */
#ifndef EVENTWIRE_CJSON_H
#define EVENTWIRE_CJSON_H

#include <cjson/cJSON.h>

#include "eventwire/codec.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Builds the tree of a value that was decoded or has passed ew_json_check(). *out is the caller's,
 * to be freed with cJSON_Delete(). A number that a double does not hold exactly becomes a cJSON_Raw
 * item with its digits, so that printing gives it back. Errors (out is NULL then): EW_ERR_ARGUMENT
 * raw is not set; EW_ERR_UNSUPPORTED a string or key with U+0000 inside, which cJSON cannot hold;
 * EW_ERR_DEPTH over 1000 levels (CJSON_NESTING_LIMIT); EW_ERR_NOMEM. Thread: any.
 */
EW_MUST_CHECK EW_API ew_err ew_raw_to_cjson(ew_raw raw, cJSON **out);

/**
 * Prints a tree compactly into the arena and checks that it is JSON (a tree can hold NaN, broken
 * UTF-8 or any raw text). Errors (out untouched): EW_ERR_ARGUMENT item is NULL; EW_ERR_RANGE a
 * number that is not finite; all of -2xx: what was printed is no JSON of at most 1000 levels;
 * EW_ERR_ARENA_FULL; EW_ERR_NOMEM. Thread: any.
 */
EW_MUST_CHECK EW_API ew_err ew_raw_from_cjson(const cJSON *item, ew_arena *arena, ew_raw *out);

#ifdef __cplusplus
}
#endif
#endif
