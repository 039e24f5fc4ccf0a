/*
 * writer_internal.h - writing JSON into a caller's buffer that may be too small. A writer goes on
 * counting when the room is used up, so that the size that would have sufficed is known at the end.
 */
#ifndef EW_WRITER_INTERNAL_H
#define EW_WRITER_INTERNAL_H

#include "scan_internal.h"

typedef struct ew__writer {
  char *ptr;
  size_t size;
  size_t len; /* may exceed size */
  bool escape_html;
} ew__writer;

static inline ew__writer ew__writer_open(const ew_buf *buf, bool escape_html) {
  ew__writer writer = {buf->ptr, buf->size, buf->len, escape_html};
  return writer;
}

/** EW_OK with what was written appended to buf, or EW_ERR_BUFFER_TOO_SMALL with buf->needed set. */
ew_err ew__writer_close(const ew__writer *writer, ew_buf *buf);

static inline void ew__write(ew__writer *writer, const char *ptr, size_t len) {
  if (EW__LIKELY(writer->len <= writer->size && len <= writer->size - writer->len && len > 0)) {
    memcpy(writer->ptr + writer->len, ptr, len);
  }
  writer->len += len;
}

static inline void ew__write_byte(ew__writer *writer, char c) {
  if (EW__LIKELY(writer->len < writer->size)) {
    writer->ptr[writer->len] = c;
  }
  writer->len++;
}

/**
 * A string in quotes, escaped. The text is valid UTF-8. With clean set nothing in it needs an
 * escape.
 */
void ew__write_string(ew__writer *writer, const char *ptr, size_t len, bool clean);

#endif
