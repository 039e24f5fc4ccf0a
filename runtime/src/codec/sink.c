#include "sink_internal.h"

#if defined(__SSE2__)
#  include <emmintrin.h>
#endif

ew_err ew__sink_close(const ew__sink *sink, ew_buf *buf) {
  if (sink->len > sink->size) {
    buf->needed = sink->len;
    return EW_ERR_BUFFER_TOO_SMALL;
  }
  buf->len = sink->len;
  return EW_OK;
}

static char short_escape(char c) {
  switch (c) {
  case '"':
  case '\\':
    return c;
  case '\b':
    return 'b';
  case '\f':
    return 'f';
  case '\n':
    return 'n';
  case '\r':
    return 'r';
  case '\t':
    return 't';
  default:
    return 0;
  }
}

size_t ew__escape(unsigned c, char to[6]) {
  static const char digits[] = "0123456789abcdef";
  to[0] = '\\';
  to[1] = c < 0x80 ? short_escape((char)c) : 0;
  if (to[1] != 0) {
    return 2;
  }
  to[1] = 'u';
  to[2] = digits[c >> 12 & 15];
  to[3] = digits[c >> 8 & 15];
  to[4] = digits[c >> 4 & 15];
  to[5] = digits[c & 15];
  return 6;
}

static void write_escape(ew__sink *sink, unsigned c) {
  char text[6];
  ew__sink_bytes(sink, text, ew__escape(c, text));
}

static bool is_html(const char *p, const char *end) {
  return *p == '<' || *p == '>' || *p == '&' || ew__is_line_end(p, end);
}

static const char *find_html(const char *p, const char *end) {
#if defined(__SSE2__)
  while (end - p >= 16) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i angle =
        _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('<')), _mm_cmpeq_epi8(v, _mm_set1_epi8('>')));
    __m128i other = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('&')),
                                 _mm_cmpeq_epi8(v, _mm_set1_epi8((char)0xe2)));
    unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(angle, other));
    if (mask == 0) {
      p += 16;
      continue;
    }
    p += __builtin_ctz(mask);
    if (is_html(p, end)) {
      return p;
    }
    p++;
  }
#endif
  while (p < end && !is_html(p, end)) {
    p++;
  }
  return p;
}

/* Text without quotes, backslashes and control bytes. */
static void write_plain(ew__sink *sink, const char *p, const char *end) {
  while (sink->escape_html && p < end) {
    const char *stop = find_html(p, end);
    ew__sink_bytes(sink, p, (size_t)(stop - p));
    p = stop;
    if (p < end) {
      bool line_end = *p != '<' && *p != '>' && *p != '&';
      write_escape(sink, line_end ? 0x2000u | ((unsigned char)p[2] & 0x3fu) : (unsigned char)*p);
      p += line_end ? 3 : 1;
    }
  }
  ew__sink_bytes(sink, p, (size_t)(end - p));
}

void ew__sink_string(ew__sink *sink, const char *ptr, size_t len, bool clean) {
  ew__sink_byte(sink, '"');
  const char *p = ptr;
  const char *end = len == 0 ? ptr : ptr + len;
  while (!clean && p < end) {
    const char *stop = ew__find_special(p, end);
    write_plain(sink, p, stop);
    p = stop;
    if (p < end) {
      write_escape(sink, (unsigned char)*p++);
    }
  }
  if (p < end) {
    write_plain(sink, p, end);
  }
  ew__sink_byte(sink, '"');
}

ew_err ew_buf_append(ew_buf *buf, ew_str bytes) {
  ew__sink sink = ew__sink_open(buf, false);
  ew__sink_bytes(&sink, bytes.ptr, bytes.len);
  return ew__sink_close(&sink, buf);
}

ew_err ew_buf_append_json_string(ew_buf *buf, ew_str text) {
  size_t bad = 0;
  if (ew__utf8_check(text.ptr, text.len, &bad) != EW_OK) {
    return EW_ERR_UTF8;
  }
  ew__sink sink = ew__sink_open(buf, false);
  ew__sink_string(&sink, text.ptr, text.len, (text.flags & EW_STR_CLEAN) != 0);
  return ew__sink_close(&sink, buf);
}
