/* What programs append to a buffer by themselves. */
#include "../codec/scan_internal.h"
#include "../codec/writer_internal.h"

EW__SMALL static ew_err append(ew_buf *buf, const char *ptr, size_t len) {
  if (len > buf->size - buf->len) {
    buf->needed = buf->len + len;
    return EW_ERR_BUFFER_TOO_SMALL;
  }
  if (len > 0) {
    memcpy(buf->ptr + buf->len, ptr, len);
    buf->len += len;
  }
  return EW_OK;
}

EW__SMALL ew_err ew_buf_append(ew_buf *buf, ew_str bytes) {
  return ew_str_is_too_long(bytes) ? EW_ERR_TOO_LARGE : append(buf, bytes.ptr, bytes.len);
}

EW__SMALL ew_err ew_buf_append_json_string(ew_buf *buf, ew_str text) {
  ew_writer w;
  if (ew_str_is_too_long(text)) {
    return EW_ERR_TOO_LARGE;
  }
  char *to = ew_write_string(&w, ew__writer_open(&w, buf, 0, false), &text);
  if (ew__writer_close(&w, to, buf)) {
    return EW_OK;
  }
  to = ew_write_string(&w, ew__writer_measure(&w, 0, false), &text);
  if (w.refused) {
    return EW_ERR_UTF8;
  }
  buf->needed = buf->len + ew__writer_measured(&w, to);
  return EW_ERR_BUFFER_TOO_SMALL;
}
