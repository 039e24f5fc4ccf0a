/*
 * Free-form values: looked at where they stand, without a tree.
 */
#include "../codec/straight_internal.h"

EW__SMALL static const char *begin_of(ew_raw raw) {
  return ew__skip_white(raw.json.ptr, raw.json.ptr + raw.json.len);
}

/* p is at a key. Returns the first byte of the value. */
EW__SMALL static const char *read_key(const char *p, const char *end, ew_str *key) {
  ew_reader r;
  ew__fault fault;
  ew__span span;
  ew__skip_open(&r, p, end, 0);
  p = ew__scan_any_key(&r, p, EW_TOLERATE_BAD_UTF8, &span, &fault);
  if (p != NULL) {
    *key = (ew_str){span.ptr, span.len, span.escaped ? 0 : EW_STR_CLEAN};
  }
  return p;
}

/* Where the next key or element begins, NULL at the end. */
EW__SMALL static const char *next_item(ew_raw raw, size_t cursor) {
  const char *end = raw.json.ptr + raw.json.len;
  if (cursor > raw.json.len) {
    return NULL;
  }
  const char *p = cursor == 0 ? begin_of(raw) : ew__skip_white(raw.json.ptr + cursor, end);
  if (p == end || (cursor > 0 && *p != ',')) {
    return NULL;
  }
  p = ew__skip_white(p + 1, end);
  return p < end && *p != '}' && *p != ']' ? p : NULL;
}

EW__SMALL bool ew_raw_next(ew_raw raw, size_t *cursor, ew_str *key, ew_raw *value) {
  ew_json_type type = ew_raw_type(raw);
  if (type != EW_JSON_OBJECT && type != EW_JSON_ARRAY) {
    return false;
  }
  const char *end = raw.json.ptr + raw.json.len;
  ew_str name = {0};
  const char *p = next_item(raw, *cursor);
  if (p != NULL && type == EW_JSON_OBJECT) {
    p = read_key(p, end, &name);
  }
  ew__fault fault;
  const char *behind =
      p == NULL ? NULL : ew__skip_value(p, end, EW__MAX_DEPTH, EW_TOLERATE_BAD_UTF8, &fault);
  if (behind == NULL) {
    return false;
  }
  *key = name;
  value->json = (ew_str){p, (uint32_t)(behind - p), raw.json.flags & EW_STR_CLEAN};
  *cursor = (size_t)(behind - raw.json.ptr);
  return true;
}

EW__SMALL ew_err ew_raw_string(ew_raw raw, ew_arena *arena, ew_str *out) {
  if (ew_raw_type(raw) != EW_JSON_STRING) {
    return EW_ERR_TYPE;
  }
  ew__fault fault;
  ew__span span;
  const char *end = raw.json.ptr + raw.json.len;
  if (ew__scan_string(begin_of(raw), end, 0, &span, &fault) == NULL) {
    return fault.err;
  }
  size_t bad = 0;
  if ((raw.json.flags & EW_STR_CLEAN) == 0 && ew__utf8_check(span.ptr, span.len, &bad) != EW_OK) {
    return EW_ERR_UTF8;
  }
  return ew__span_take(span, 0, arena, out);
}
