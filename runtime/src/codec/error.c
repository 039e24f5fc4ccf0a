#include "scan_internal.h"

#include <stdint.h>
#include <string.h>

/* All texts one after the other, each before its name: they are counted, and need neither pointers
 * nor relocation. */
static const char texts[] =
#define EW_ERR_TEXT_(name, value, text) text "\0" #name "\0"
    EW_ERR_MAP(EW_ERR_TEXT_);
#undef EW_ERR_TEXT_

static const int16_t codes[] = {
#define EW_ERR_CODE_(name, value, text) value,
    EW_ERR_MAP(EW_ERR_CODE_)
#undef EW_ERR_CODE_
};

EW__COLD static const char *behind(const char *text) { return text + strlen(text) + 1; }

EW__COLD static const char *find(ew_err err) {
  const char *text = texts;
  for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
    if (codes[i] == (int)err) {
      return text;
    }
    text = behind(behind(text));
  }
  return NULL;
}

EW__COLD const char *ew_err_text(ew_err err) {
  const char *text = find(err);
  return text == NULL ? "unknown error" : text;
}

EW__COLD const char *ew_err_name(ew_err err) {
  const char *text = find(err);
  return text == NULL ? "EW_ERR_UNKNOWN" : behind(text);
}
