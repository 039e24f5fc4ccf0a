#include "reason_internal.h"

#include <stdarg.h>
#include <stdio.h>

#include "url_internal.h"

ew_err ew__fail(ew_err err, ew__reason *why, const char *format, ...) {
  char text[512];
  va_list args;
  if (why == NULL) {
    return err;
  }
  va_start(args, format);
  int size = vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  (void)ew__redact(ew_str_of(size < 0 ? "" : text), why->text, sizeof(why->text));
  why->lasting = false;
  return err;
}

ew_err ew__reason_to_diag(ew_err err, const ew__reason *why, ew_diag *diag) {
  if (diag == NULL) {
    return err;
  }
  memset(diag, 0, sizeof(*diag));
  diag->err = err;
  diag->expected = "";
  (void)ew__redact(ew_str_of(why->text), diag->found, sizeof(diag->found));
  return err;
}
