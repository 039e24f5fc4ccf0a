/*
 * Encoding a whole message: which engine does it, and why it was refused or how long it would be.
 */
#include "diag_internal.h"
#include "table_internal.h"
#include "writer_internal.h"

/* ------------------------------------------------------------------------------------- messages */

static bool escapes_html(const ew_type *type) {
  return ew_type_document(type) != NULL && ew_type_document(type)->escape_html;
}

bool ew__encode(const ew_type *type, const void *value, uint32_t max_depth, ew_buf *out) {
  ew_writer w;
  char *to = ew__writer_open(&w, out, max_depth, escapes_html(type));
  to = ew_type_writer(type) != NULL ? ew_type_writer(type)(&w, to, value)
                           : ew__table_write(&w, to, type, value);
  return ew__writer_close(&w, to, out);
}

/* By the table engine, which sees the first refusal in the order of the members. */
static EW__COLD ew_err explain(const ew_type *type, const void *value, uint32_t max_depth,
                               ew_buf *out, ew_diag *diag) {
  ew_writer w;
  char *to = ew__writer_measure(&w, max_depth, escapes_html(type));
  ew_err err = EW_ERR_BUFFER_TOO_SMALL;
  to = ew__table_explain(&w, to, type, value, diag, &err);
  if (!w.refused) {
    size_t size = ew__writer_measured(&w, to);
    err = size > EW_STR_MAX ? EW_ERR_TOO_LARGE : err;
    out->needed = out->len + size;
    ew__diag_code(diag, err);
  }
  return err;
}

static bool has_check(const ew_type *type) {
  return ew_type_document(type) != NULL && ew_type_document(type)->checks != NULL;
}

EW__SMALL ew_err ew_type_encode(const ew_type *type, const void *value, ew_buf *out,
                                ew_diag *diag) {
  ew_limits limits;
  bool usable = type != NULL && value != NULL && out != NULL && out->len <= out->size &&
                (out->ptr != NULL || out->size == 0);
  ew_err err = usable ? ew__limits_resolve(ew_type_document(type), NULL, &limits) : EW_ERR_ARGUMENT;
  if (err != EW_OK) {
    ew__diag_code(diag, err);
    return err;
  }
  size_t begin = out->len;
  if (!ew__encode(type, value, limits.max_depth, out)) {
    return explain(type, value, limits.max_depth, out, diag);
  }
  return EW_LIKELY(!has_check(type)) ? EW_OK
                                     : ew_type_document(type)->checks->run_written(
                                           type, out, begin, limits.max_depth, diag);
}
