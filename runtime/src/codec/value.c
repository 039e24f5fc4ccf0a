/*
 * Values whose schema does not matter: their JSON type, and their syntax.
 */
#include "levels_internal.h"

ew_json_type ew__json_type(const char *p, const char *end) {
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

const char *ew__scan_word(const char *p, const char *end, const char *word, size_t len,
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

static const char *skip_scalar(const char *p, const char *end, uint32_t mode, ew__fault *fault) {
  ew__span span;
  ew__number number;
  switch (ew__json_type(p, end)) {
  case EW_JSON_NULL:
    return ew__scan_word(p, end, "null", 4, fault);
  case EW_JSON_BOOL:
    return *p == 't' ? ew__scan_word(p, end, "true", 4, fault)
                     : ew__scan_word(p, end, "false", 5, fault);
  case EW_JSON_NUMBER:
    return ew__scan_number(p, end, &number, fault);
  case EW_JSON_STRING:
    return ew__scan_string(p, end, mode, &span, fault);
  case EW_JSON_NONE:
  case EW_JSON_ARRAY:
  case EW_JSON_OBJECT:
    break;
  }
  return ew__refuse(fault, p == end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX, p, "a value");
}

/* From before the key to behind the colon. */
static const char *skip_key(const char *p, const char *end, uint32_t mode, ew__fault *fault) {
  ew__span key;
  p = ew__skip_white(p, end);
  if (p == end || *p != '"') {
    return ew__refuse(fault, p == end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX, p,
                      "a member name in quotes");
  }
  p = ew__scan_string(p, end, mode, &key, fault);
  if (p == NULL) {
    return NULL;
  }
  p = ew__skip_white(p, end);
  if (p == end || *p != ':') {
    return ew__refuse(fault, p == end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX, p, "a colon");
  }
  return p + 1;
}

/* p is at an opening bracket. The result is where the first value inside begins, or with *empty at
 * the closing bracket. */
static const char *skip_opening(ew__levels *l, const char *p, const char *end, uint32_t mode,
                                bool *empty, ew__fault *fault) {
  bool object = *p == '{';
  if (!ew__levels_open(l, object)) {
    return ew__refuse(fault, EW_ERR_DEPTH, p, "a scalar value");
  }
  p = ew__skip_white(p + 1, end);
  *empty = p < end && *p == (object ? '}' : ']');
  return *empty || !object ? p : skip_key(p, end, mode, fault);
}

/* p is behind a value. Closes all that ends here; the result is where the next value begins, or
 * depth is 0. */
static const char *skip_closings(ew__levels *l, const char *p, const char *end, uint32_t mode,
                                 ew__fault *fault) {
  while (l->depth > 0) {
    bool object = ew__levels_in_object(l);
    p = ew__skip_white(p, end);
    if (p < end && *p == ',') {
      return object ? skip_key(p + 1, end, mode, fault) : p + 1;
    }
    if (p == end || *p != (object ? '}' : ']')) {
      return ew__refuse(fault, p == end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX, p,
                        object ? "a comma or }" : "a comma or ]");
    }
    l->depth--;
    p++;
  }
  return p;
}

static bool opens(const char *p, const char *end) { return p < end && (*p == '{' || *p == '['); }

static const char *skip_container(const char *p, const char *end, uint32_t max_depth, uint32_t mode,
                                  ew__fault *fault) {
  ew__levels l = ew__levels_of(max_depth);
  do {
    bool ended = true;
    p = ew__skip_white(p, end);
    p = opens(p, end) ? skip_opening(&l, p, end, mode, &ended, fault)
                      : skip_scalar(p, end, mode, fault);
    if (p != NULL && ended) {
      p = skip_closings(&l, p, end, mode, fault);
    }
  } while (p != NULL && l.depth > 0);
  return p;
}

const char *ew__skip_value(const char *p, const char *end, uint32_t max_depth, uint32_t mode,
                           ew__fault *fault) {
  p = ew__skip_white(p, end);
  return opens(p, end) ? skip_container(p, end, max_depth, mode, fault)
                       : skip_scalar(p, end, mode, fault);
}
