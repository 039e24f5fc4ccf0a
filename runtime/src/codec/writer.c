#include "writer_internal.h"

#if defined(__SSE2__)
#  include <emmintrin.h>
#endif

ew_err ew__writer_close(const ew__writer *writer, ew_buf *buf) {
  if (writer->len > writer->size) {
    buf->needed = writer->len;
    return EW_ERR_BUFFER_TOO_SMALL;
  }
  buf->len = writer->len;
  return EW_OK;
}

static void write_unit(ew__writer *writer, unsigned unit) {
  static const char digits[] = "0123456789abcdef";
  char text[6] = {'\\',
                  'u',
                  digits[unit >> 12 & 15],
                  digits[unit >> 8 & 15],
                  digits[unit >> 4 & 15],
                  digits[unit & 15]};
  ew__write(writer, text, sizeof(text));
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

static void write_escape(ew__writer *writer, char c) {
  char name = short_escape(c);
  if (name == 0) {
    write_unit(writer, (unsigned char)c);
    return;
  }
  ew__write_byte(writer, '\\');
  ew__write_byte(writer, name);
}

/* U+2028 and U+2029 end a line in JavaScript: E2 80 A8 and E2 80 A9. */
static bool is_line_end(const char *p, const char *end) {
  return end - p >= 3 && (unsigned char)p[0] == 0xe2 && (unsigned char)p[1] == 0x80 &&
         ((unsigned char)p[2] | 1) == 0xa9;
}

static bool is_html(const char *p, const char *end) {
  return *p == '<' || *p == '>' || *p == '&' || is_line_end(p, end);
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
static void write_plain(ew__writer *writer, const char *p, const char *end) {
  while (writer->escape_html && p < end) {
    const char *stop = find_html(p, end);
    ew__write(writer, p, (size_t)(stop - p));
    p = stop;
    if (p < end) {
      bool line_end = *p != '<' && *p != '>' && *p != '&';
      write_unit(writer, line_end ? 0x2000u | ((unsigned char)p[2] & 0x3fu) : (unsigned char)*p);
      p += line_end ? 3 : 1;
    }
  }
  ew__write(writer, p, (size_t)(end - p));
}

void ew__write_string(ew__writer *writer, const char *ptr, size_t len, bool clean) {
  ew__write_byte(writer, '"');
  const char *p = ptr;
  const char *end = len == 0 ? ptr : ptr + len;
  while (!clean && p < end) {
    const char *stop = ew__find_special(p, end);
    write_plain(writer, p, stop);
    p = stop;
    if (p < end) {
      write_escape(writer, *p++);
    }
  }
  if (p < end) {
    write_plain(writer, p, end);
  }
  ew__write_byte(writer, '"');
}

ew_err ew_buf_append(ew_buf *buf, ew_str bytes) {
  ew__writer writer = ew__writer_open(buf, false);
  ew__write(&writer, bytes.ptr, bytes.len);
  return ew__writer_close(&writer, buf);
}

ew_err ew_buf_append_json_string(ew_buf *buf, ew_str text) {
  size_t bad = 0;
  if (ew__utf8_check(text.ptr, text.len, &bad) != EW_OK) {
    return EW_ERR_UTF8;
  }
  ew__writer writer = ew__writer_open(buf, false);
  ew__write_string(&writer, text.ptr, text.len, (text.flags & EW_STR_CLEAN) != 0);
  return ew__writer_close(&writer, buf);
}
