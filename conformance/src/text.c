#include "text_internal.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(ew__ctext *text, size_t more) {
  if (text->failed) {
    return false;
  }
  size_t needed = text->len + more + 1;
  if (needed <= text->size) {
    return true;
  }
  size_t size = needed < 128 ? 128 : needed * 2;
  char *ptr = realloc(text->ptr, size);
  if (ptr == NULL) {
    text->failed = true;
    return false;
  }
  text->ptr = ptr;
  text->size = size;
  return true;
}

void ew__ctext_append(ew__ctext *text, const char *bytes, size_t len) {
  if (!reserve(text, len)) {
    return;
  }
  if (len > 0) {
    memcpy(text->ptr + text->len, bytes, len);
  }
  text->len += len;
  text->ptr[text->len] = '\0';
}

void ew__ctext_puts(ew__ctext *text, const char *string) {
  ew__ctext_append(text, string, strlen(string));
}

void ew__ctext_printf(ew__ctext *text, const char *format, ...) {
  va_list args;
  va_start(args, format);
  int len = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (len < 0 || !reserve(text, (size_t)len)) {
    text->failed = true;
    return;
  }
  va_start(args, format);
  vsnprintf(text->ptr + text->len, (size_t)len + 1, format, args);
  va_end(args);
  text->len += (size_t)len;
}

/* RFC 3629: the second byte has a narrower range behind E0, ED, F0 and F4. */
static bool second_byte_fits(unsigned char first, unsigned char second) {
  switch (first) {
  case 0xE0:
    return second >= 0xA0 && second <= 0xBF;
  case 0xED:
    return second >= 0x80 && second <= 0x9F;
  case 0xF0:
    return second >= 0x90 && second <= 0xBF;
  case 0xF4:
    return second >= 0x80 && second <= 0x8F;
  default:
    return second >= 0x80 && second <= 0xBF;
  }
}

static size_t utf8_length(const char *bytes, size_t len) {
  if (len == 0) {
    return 0;
  }
  unsigned char first = (unsigned char)bytes[0];
  if (first < 0x80) {
    return 1;
  }
  size_t need = first >= 0xC2 && first <= 0xDF ? 2 : first >= 0xE0 && first <= 0xEF ? 3 : first >= 0xF0 && first <= 0xF4 ? 4 : 0;
  if (need == 0 || need > len || !second_byte_fits(first, (unsigned char)bytes[1])) {
    return 0;
  }
  for (size_t i = 2; i < need; i++) {
    if (((unsigned char)bytes[i] & 0xC0) != 0x80) {
      return 0;
    }
  }
  return need;
}

static void append_one_visible(ew__ctext *text, const char *bytes, size_t length) {
  unsigned char byte = (unsigned char)bytes[0];
  if (length == 0 || byte < 0x20 || byte == 0x7F) {
    ew__ctext_printf(text, "\\x%02x", byte);
  } else {
    ew__ctext_append(text, bytes, length);
  }
}

void ew__ctext_append_visible(ew__ctext *text, const char *bytes, size_t len, size_t max) {
  size_t shown = 0;
  while (shown < len && shown < max) {
    size_t length = utf8_length(bytes + shown, len - shown);
    append_one_visible(text, bytes + shown, length);
    shown += length == 0 ? 1 : length;
  }
  if (shown < len) {
    ew__ctext_printf(text, "... (%zu bytes)", len);
  }
}

const char *ew__ctext_str(const ew__ctext *text) { return text->ptr == NULL ? "" : text->ptr; }

void ew__ctext_reset(ew__ctext *text) {
  text->len = 0;
  if (text->ptr != NULL) {
    text->ptr[0] = '\0';
  }
}

void ew__ctext_clear(ew__ctext *text) {
  free(text->ptr);
  memset(text, 0, sizeof(*text));
}

#define MAX_WORD 40

static size_t smallest(size_t a, size_t b, size_t c) {
  size_t least = a < b ? a : b;
  return least < c ? least : c;
}

/* Levenshtein distance, one row at a time. Words over MAX_WORD are as far as can be. */
static size_t distance(const char *a, const char *b) {
  size_t row[MAX_WORD + 1];
  size_t a_len = strlen(a);
  size_t b_len = strlen(b);
  if (a_len > MAX_WORD || b_len > MAX_WORD) {
    return SIZE_MAX;
  }
  for (size_t j = 0; j <= b_len; j++) {
    row[j] = j;
  }
  for (size_t i = 1; i <= a_len; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b_len; j++) {
      size_t above = row[j];
      row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
      diagonal = above;
    }
  }
  return row[b_len];
}

const char *ew__nearest_name(const char *word, const char *const *names) {
  const char *best = NULL;
  size_t limit = strlen(word) / 3 + 2;
  for (; *names != NULL; names++) {
    size_t d = distance(word, *names);
    if (d < limit) {
      limit = d;
      best = *names;
    }
  }
  return best;
}
