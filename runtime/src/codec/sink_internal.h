/*
 * sink_internal.h - writing JSON into a caller's buffer that may be too small. A sink goes on
 * counting when the room is used up, so that the size that would have sufficed is known at the end.
 */
#ifndef EW_SINK_INTERNAL_H
#define EW_SINK_INTERNAL_H

#include "scan_internal.h"

typedef struct ew__sink {
  char *ptr;
  size_t size;
  size_t len; /* may exceed size */
  bool escape_html;
} ew__sink;

static inline ew__sink ew__sink_open(const ew_buf *buf, bool escape_html) {
  ew__sink sink = {buf->ptr, buf->size, buf->len, escape_html};
  return sink;
}

/** EW_OK with what was written appended to buf, or EW_ERR_BUFFER_TOO_SMALL with buf->needed set. */
ew_err ew__sink_close(const ew__sink *sink, ew_buf *buf);

static inline void ew__sink_bytes(ew__sink *sink, const char *ptr, size_t len) {
  if (EW__LIKELY(sink->len <= sink->size && len <= sink->size - sink->len && len > 0)) {
    memcpy(sink->ptr + sink->len, ptr, len);
  }
  sink->len += len;
}

static inline void ew__sink_byte(ew__sink *sink, char c) {
  if (EW__LIKELY(sink->len < sink->size)) {
    sink->ptr[sink->len] = c;
  }
  sink->len++;
}

/** Writes the escape of c (below 0x80, or U+2028 or U+2029): 2 or 6 bytes. */
size_t ew__escape(unsigned c, char to[6]);

#define EW__LINE_END_LEAD 0xe2u

/** U+2028 and U+2029 end a line in JavaScript: E2 80 A8 and E2 80 A9. */
static inline bool ew__is_line_end(const char *p, const char *end) {
  return end - p >= 3 && (unsigned char)p[0] == EW__LINE_END_LEAD && (unsigned char)p[1] == 0x80 &&
         ((unsigned char)p[2] | 1) == 0xa9;
}

/**
 * A string in quotes, escaped. The text is valid UTF-8. With clean set nothing in it needs an
 * escape.
 */
void ew__sink_string(ew__sink *sink, const char *ptr, size_t len, bool clean);

#endif
