#include "check_internal.h"

#include <stdio.h>

/* The longest beginning of text that fits and does not cut a character in two. */
static size_t fitting(ew_str text, size_t room) {
  size_t len = text.len;
  if (len <= room) {
    return len;
  }
  len = room;
  while (len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
    len--;
  }
  return len;
}

static void show(ew_str text, char *out, size_t size) {
  size_t len = fitting(text, size - 1);
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    out[i] = c < 0x20 || c == 0x7f ? '.' : text.ptr[i];
  }
  out[len] = '\0';
}

ew_err ew__diag_say(ew_diag *diag, ew_err err, const char *pointer, const char *expected,
                    ew_str found) {
  if (diag == NULL) {
    return err;
  }
  *diag = (ew_diag){.err = err, .schema = "", .expected = expected};
  snprintf(diag->pointer, sizeof(diag->pointer), "%s", pointer);
  show(found, diag->found, sizeof(diag->found));
  return err;
}
