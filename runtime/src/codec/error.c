#include "eventwire/error.h"

const char *ew_err_text(ew_err err) {
  switch (err) {
#define EW_ERR_TEXT_(name, value, text)                                                            \
  case name:                                                                                       \
    return text;
    EW_ERR_MAP(EW_ERR_TEXT_)
#undef EW_ERR_TEXT_
  }
  return "unknown error";
}

const char *ew_err_name(ew_err err) {
  switch (err) {
#define EW_ERR_NAME_(name, value, text)                                                            \
  case name:                                                                                       \
    return #name;
    EW_ERR_MAP(EW_ERR_NAME_)
#undef EW_ERR_NAME_
  }
  return "EW_ERR_UNKNOWN";
}
