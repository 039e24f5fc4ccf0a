#include "../codec/diag_internal.h"
#include "../codec/table_internal.h"

/* What the table engine says of a value of which nothing but the syntax is asked. */
EW__SMALL ew_err ew_json_check(ew_str text, uint32_t max_depth, ew_diag *diag) {
  const ew_type any = {.kind = EW_KIND_RAW};
  const ew_limits limits = {.max_depth = max_depth == 0 ? 64 : max_depth};
  if (ew_str_is_too_long(text) || (text.ptr == NULL && text.len != 0)) {
    ew_err err = text.ptr == NULL ? EW_ERR_ARGUMENT : EW_ERR_TOO_LARGE;
    ew__diag_code(diag, err);
    return err;
  }
  text.ptr = text.ptr == NULL ? "" : text.ptr;
  return ew__table_run(&any, text, NULL, &limits, 0, NULL, NULL, diag);
}
