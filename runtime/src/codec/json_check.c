#include "diag_internal.h"

EW__SMALL static const char *check(const char *p, const char *end, uint32_t max_depth,
                                   ew__fault *fault) {
  p = ew__skip_value(p, end, max_depth, 0, fault);
  if (p == NULL) {
    return NULL;
  }
  p = ew__skip_white(p, end);
  return p == end ? p : ew__refuse(fault, EW_ERR_TRAILING, p, "the end of the text");
}

EW__SMALL ew_err ew_json_check(ew_str text, uint32_t max_depth, ew_diag *diag) {
  if (ew_str_is_too_long(text)) {
    ew__diag_code(diag, EW_ERR_TOO_LARGE);
    return EW_ERR_TOO_LARGE;
  }
  text.ptr = text.ptr == NULL ? "" : text.ptr;
  const char *end = text.ptr + text.len;
  const char *cut = end;
  size_t bad = 0;
  if (ew__utf8_check(text.ptr, text.len, &bad) != EW_OK) {
    cut = text.ptr + bad;
  }
  ew__fault fault = {EW_OK, cut, ""};
  bool good = check(text.ptr, cut, max_depth == 0 ? 64 : max_depth, &fault) != NULL;
  if (good && cut == end) {
    return EW_OK;
  }
  /* Running into the cut is the error there; what is wrong before it comes first. */
  if (cut != end && fault.at == cut) {
    fault = (ew__fault){EW_ERR_UTF8, cut, "UTF-8"};
  }
  ew__diag_text(diag, text, &fault, false, (ew__keyword){NULL, NULL, NULL}, NULL);
  return fault.err;
}
