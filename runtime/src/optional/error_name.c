#include "../codec/scan_internal.h"

EW__COLD const char *ew_err_name(ew_err err) {
  static const char names[] =
#define EW_ERR_NAME_(name, value, text) #name "\0"
      EW_ERR_MAP(EW_ERR_NAME_);
#undef EW_ERR_NAME_
  return ew__text_of_error(err, names, "EW_ERR_UNKNOWN");
}
