#include "eventwire/http.h"

static bool is_unreserved(char c) {
  char lower = (char)(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

static size_t encoded_size(ew_str text) {
  size_t size = 0;
  for (uint32_t i = 0; i < text.len; i++) {
    size += is_unreserved(text.ptr[i]) ? 1 : 3;
  }
  return size;
}

static char *put_encoded(char *to, char c) {
  static const char digits[] = "0123456789ABCDEF";
  if (is_unreserved(c)) {
    *to++ = c;
    return to;
  }
  *to++ = '%';
  *to++ = digits[(unsigned char)c >> 4];
  *to++ = digits[(unsigned char)c & 15];
  return to;
}

ew_err ew_http_percent_encode(ew_buf *out, ew_str text) {
  size_t size = encoded_size(text);
  if (size > out->size - out->len) {
    out->needed = out->len + size;
    return EW_ERR_BUFFER_TOO_SMALL;
  }
  char *to = out->ptr + out->len;
  for (uint32_t i = 0; i < text.len; i++) {
    to = put_encoded(to, text.ptr[i]);
  }
  out->len += size;
  return EW_OK;
}
