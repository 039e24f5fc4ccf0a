/*
 * Values by their first byte.
 */
#include "scan_internal.h"

EW__COLD ew_json_type ew__json_type(const char *p, const char *end) {
  if (p >= end) {
    return EW_JSON_NONE;
  }
  switch (*p) {
  case 'n':
    return EW_JSON_NULL;
  case 't':
  case 'f':
    return EW_JSON_BOOL;
  case '"':
    return EW_JSON_STRING;
  case '[':
    return EW_JSON_ARRAY;
  case '{':
    return EW_JSON_OBJECT;
  default:
    return *p == '-' || (*p >= '0' && *p <= '9') ? EW_JSON_NUMBER : EW_JSON_NONE;
  }
}

EW__COLD const char *ew__scan_word(const char *p, const char *end, const char *word, size_t len,
                                   ew__fault *fault) {
  for (size_t i = 0; i < len; i++, p++) {
    if (p == end) {
      return ew__refuse(fault, EW_ERR_TRUNCATED, p, word);
    }
    if (*p != word[i]) {
      return ew__refuse(fault, EW_ERR_SYNTAX, p, word);
    }
  }
  return p;
}
