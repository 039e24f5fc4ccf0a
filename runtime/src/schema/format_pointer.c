/* JSON Pointers (RFC 6901), the relative ones of draft-bhutton, and UUIDs (RFC 4122). */
#include "format_internal.h"

static bool is_pointer(ew__rest r) {
  if (ew__at_end(&r)) {
    return true;
  }
  if (*r.p != '/') {
    return false;
  }
  while (!ew__at_end(&r)) {
    if (*r.p++ == '~' && !ew__take(&r, '0') && !ew__take(&r, '1')) {
      return false;
    }
  }
  return true;
}

static bool is_json_pointer(const char *ptr, size_t len) {
  return is_pointer(ew__rest_of(ptr, len));
}

static bool is_relative_json_pointer(const char *ptr, size_t len) {
  ew__rest r = ew__rest_of(ptr, len);
  if (!ew__take(&r, '0') && ew__take_all(&r, ew__is_digit) == 0) {
    return false;
  }
  return ew__take(&r, '#') ? ew__at_end(&r) : is_pointer(r);
}

static bool is_uuid(const char *ptr, size_t len) {
  if (len != 36) {
    return false;
  }
  for (size_t i = 0; i < len; i++) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? ptr[i] != '-' : !ew__is_hex((unsigned char)ptr[i])) {
      return false;
    }
  }
  return true;
}

const ew_format ew_format_json_pointer = {"json-pointer", "a JSON Pointer", is_json_pointer,
                                          NULL};
const ew_format ew_format_relative_json_pointer = {
    "relative-json-pointer", "a relative JSON Pointer", is_relative_json_pointer, NULL};
const ew_format ew_format_uuid = {"uuid", "a UUID", is_uuid, NULL};
