#include "scan_internal.h"

static const int16_t codes[] = {
#define EW_ERR_CODE_(name, value, text) value,
    EW_ERR_MAP(EW_ERR_CODE_)
#undef EW_ERR_CODE_
};

EW__COLD const char *ew__text_of_error(ew_err err, const char *texts, const char *unknown) {
  for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
    if (codes[i] == (int)err) {
      return texts;
    }
    texts += strlen(texts) + 1;
  }
  return unknown;
}

EW__COLD const char *ew_err_text(ew_err err) {
  static const char texts[] =
#define EW_ERR_TEXT_(name, value, text) text "\0"
      EW_ERR_MAP(EW_ERR_TEXT_);
#undef EW_ERR_TEXT_
  return ew__text_of_error(err, texts, "unknown error");
}
