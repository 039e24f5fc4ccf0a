#include "cli_internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const ew__format_names[] = {"auto", "pretty", "ndjson", "raw", NULL};
const char *const ew__color_names[] = {"auto", "always", "never", NULL};

enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

static bool wants_color(FILE *to, int color) {
  if (color != COLOR_AUTO) {
    return color == COLOR_ALWAYS;
  }
  const char *no_color = getenv("NO_COLOR");
  const char *term = getenv("TERM");
  if ((no_color != NULL && *no_color != '\0') || (term != NULL && strcmp(term, "dumb") == 0)) {
    return false;
  }
  return isatty(fileno(to)) == 1;
}

void ew__output_init(ew__output *out, FILE *to, int format, int color) {
  out->to = to;
  out->format = (ew__format)format;
  if (out->format == EW__AUTO) {
    out->format = isatty(fileno(to)) == 1 ? EW__PRETTY : EW__NDJSON;
  }
  out->color = wants_color(to, color);
}

const char *ew__style(const ew__output *out, const char *escape) { return out->color ? escape : ""; }

void ew__complain(const char *command, const char *format, ...) {
  va_list args;
  va_start(args, format);
  fprintf(stderr, "ew %s: ", command);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
}

void ew__write_safely(FILE *to, ew_str text) {
  for (uint32_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    putc(c < 0x20 || c == 0x7f ? '.' : c, to);
  }
}

static void write_escaped(FILE *to, unsigned char c) {
  switch (c) {
  case '"':
  case '\\':
    putc('\\', to);
    putc(c, to);
    break;
  case '\n':
    fputs("\\n", to);
    break;
  case '\t':
    fputs("\\t", to);
    break;
  default:
    if (c < 0x20 || c == 0x7f) {
      fprintf(to, "\\u%04x", c);
    } else {
      putc(c, to);
    }
  }
}

void ew__write_json_string(FILE *to, ew_str text) {
  putc('"', to);
  for (uint32_t i = 0; i < text.len; i++) {
    write_escaped(to, (unsigned char)text.ptr[i]);
  }
  putc('"', to);
}

int ew__exit_of(ew_err err) {
  switch (err) {
  case EW_OK:
    return EW__EXIT_OK;
  case EW_ERR_ARGUMENT:
  case EW_ERR_UNSUPPORTED:
  case EW_ERR_IO:
  case EW_ERR_CORRUPT:
    return EW__EXIT_USAGE;
  case EW_ERR_CONNECT:
  case EW_ERR_CLOSED:
  case EW_ERR_ADDRESS_IN_USE:
    return EW__EXIT_CONNECT;
  case EW_ERR_REFUSED:
    return EW__EXIT_REFUSED;
  case EW_ERR_TIMEOUT:
    return EW__EXIT_TIMEOUT;
  case EW_ERR_PEER:
    return EW__EXIT_PEER;
  case EW_ERR_NOT_FOUND:
    return EW__EXIT_SELECTION;
  default:
    return EW__EXIT_INTERNAL;
  }
}
