/*
 * The check of a message: which schema it is, and in which memory it runs.
 */
#include "eventwire/schema.h"

#include "../codec/decode_internal.h"

static const ew_check *find_check(const ew_checks *checks, const ew_type *type) {
  for (uint32_t i = 0; i < checks->count; i++) {
    if (checks->items[i].type == type) {
      return &checks->items[i];
    }
  }
  return NULL;
}

/* The union has accepted json, so there is an arm, and nothing to diagnose. */
static const ew_type *type_of_arm(const ew_type *type, ew_str json, const ew_limits *limits,
                                  uint32_t mode) {
  ew__decoder d = ew__decoder_open(json, NULL, limits, mode);
  ew__fault fault;
  const char *p = ew__skip_white(json.ptr, d.r.end);
  const ew_union_rules *rules = ew__in_profile(&d, type)->as.choice;
  int arm = ew__choose_arm(&d.r, p, rules, mode, &fault);
  return arm < 0 ? NULL : rules->arms[arm].type;
}

/* opts: a copy that is at hand here. What another profile changes is in the schema. */
static ew_err run(const ew_schema *schema, ew_str json, ew_decode_options *opts, ew_arena *spare,
                  ew_diag *diag) {
  ew_diag first;
  opts->profile = EW_STRICT;
  ew_err err = ew_schema_validate(schema, json, opts, &first);
  if (err == EW_ERR_ARENA_FULL && opts->scratch == NULL && spare != NULL) {
    opts->scratch = spare;
    return ew_schema_validate(schema, json, opts, diag);
  }
  if (err != EW_OK && diag != NULL) {
    *diag = first;
  }
  return err;
}

ew_err ew_schema_check(const ew_type *type, ew_str json, const ew_decode_options *opts,
                       ew_arena *spare, ew_diag *diag) {
  const ew_checks *checks = ew_type_document(type)->checks;
  if (opts->profile == EW_COMPAT && ew_type_document(type)->tolerances != 0) {
    return EW_OK;
  }
  uint32_t mode = opts->profile == EW_STRICT ? 0 : EW__MODE_LENIENT;
  const ew_check *check = find_check(checks, type);
  if (check == NULL && type->kind == EW_KIND_UNION) {
    check = find_check(checks, type_of_arm(type, json, &opts->limits, mode));
  }
  if (check == NULL) {
    return EW_OK;
  }
  ew_decode_options own = *opts;
  return run(mode == 0 ? check->strict : check->lenient, json, &own, spare, diag);
}

ew_err ew_schema_check_written(const ew_type *type, ew_buf *out, size_t begin, uint32_t max_depth,
                               ew_diag *diag) {
  ew_arena spare;
  ew_decode_options opts = {.limits = {EW_STR_MAX, max_depth, UINT32_MAX, EW_STR_MAX}};
  ew_arena_init(&spare, out->ptr + out->len, out->size - out->len);
  ew_str json = ew_str_from(out->ptr + begin, out->len - begin);
  ew_err err = ew_schema_check(type, json, &opts, &spare, diag);
  if (err == EW_OK) {
    return EW_OK;
  }
  out->len = begin;
  if (diag != NULL) {
    diag->offset = 0;
    diag->line = diag->column = 0;
  }
  return err;
}
