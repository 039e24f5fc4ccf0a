/* What programs append to a buffer by themselves. */
#include "../codec/scan_internal.h"
#include "../codec/writer_internal.h"

EW__SMALL ew_err ew_buf_append(ew_buf *buf, ew_str bytes) {
  if (ew_str_is_too_long(bytes) || ew__is_nowhere(&bytes)) {
    return ew_str_is_too_long(bytes) ? EW_ERR_TOO_LARGE : EW_ERR_ARGUMENT;
  }
  if (bytes.len > buf->size - buf->len) {
    buf->needed = buf->len + bytes.len;
    return EW_ERR_BUFFER_TOO_SMALL;
  }
  if (bytes.len > 0) {
    memcpy(buf->ptr + buf->len, bytes.ptr, bytes.len);
    buf->len += bytes.len;
  }
  return EW_OK;
}

EW__SMALL ew_err ew_buf_append_json_string(ew_buf *buf, ew_str text) {
  ew_writer w;
  size_t bad = 0;
  ew_err err = ew__check_bytes(&text, &bad);
  if (err != EW_OK) {
    return err;
  }
  char *to = ew_write_string(&w, ew__writer_open(&w, buf, 0, false), &text);
  if (ew__writer_close(&w, to, buf)) {
    return EW_OK;
  }
  to = ew_write_string(&w, ew__writer_measure(&w, 0, false), &text);
  buf->needed = buf->len + ew__writer_measured(&w, to);
  return EW_ERR_BUFFER_TOO_SMALL;
}
