#include "cli_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const ew__format_names[] = {"auto", "pretty", "ndjson", "raw", NULL};
const char *const ew__report_names[] = {"auto", "pretty", "ndjson", NULL};
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

const char *ew__style(const ew__output *out, const char *escape) {
  return out->color ? escape : "";
}

void ew__complain(const char *command, const char *format, ...) {
  va_list args;
  va_start(args, format);
  fprintf(stderr, "ew %s: ", command);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
}

const char *ew__status_hint(const char *reason) {
  static const struct {
    const char *status; /* a dot is any digit */
    const char *hint;
  } hints[] = {
      {"401", " (--user and --password, or --token, are missing or wrong)"},
      {"403", " (the user or the token may not do this)"},
      {"404", " (nothing is at this path)"},
      {"2..", " (this address is no WebSocket)"},
      {"3..", " (it has moved; redirects are not followed)"},
      {"50.", " (the server, or a proxy before it, is not ready)"},
  };
  static const char before[] = "HTTP status ";
  const char *status = reason + sizeof(before) - 1;
  if (strncmp(reason, before, sizeof(before) - 1) != 0 || strlen(status) != 3) {
    return "";
  }
  for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
    size_t fixed = strcspn(hints[i].status, ".");
    if (strncmp(status, hints[i].status, fixed) == 0) {
      return hints[i].hint;
    }
  }
  return "";
}

bool ew__output_flush(FILE *to) {
  errno = 0;
  if (fflush(to) == 0 && !ferror(to)) {
    return true;
  }
  /* A reader that has seen enough, such as head, is nothing to complain about. */
  if (errno != EPIPE && errno != 0) {
    fprintf(stderr, "ew: standard output: %s\n", strerror(errno));
  }
  return false;
}

ew_str ew__without_line_end(ew_str text) {
  while (text.len > 0 && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r')) {
    text.len--;
  }
  return text;
}

/* U+0080 to U+009F, which terminals take for escape sequences, are 0xc2 and one byte in UTF-8. */
static bool is_c1(ew_str text, uint32_t i) {
  return (unsigned char)text.ptr[i] == 0xc2 && i + 1 < text.len &&
         ((unsigned char)text.ptr[i + 1] & 0xe0) == 0x80;
}

void ew__write_safely(FILE *to, ew_str text) {
  for (uint32_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (is_c1(text, i)) {
      putc('.', to);
      i++;
    } else {
      putc(c < 0x20 || c == 0x7f ? '.' : c, to);
    }
  }
}

/* ---------------------------------------------------------------------------------------------- JSON to read */

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* Behind the string that starts at i. */
static uint32_t string_end(ew_str json, uint32_t i) {
  for (i++; i < json.len && json.ptr[i] != '"'; i++) {
    if (json.ptr[i] == '\\') {
      i++;
    }
  }
  return i < json.len ? i + 1 : json.len;
}

static uint32_t skip_space(ew_str json, uint32_t i) {
  while (i < json.len && is_space(json.ptr[i])) {
    i++;
  }
  return i;
}

static void new_line(FILE *to, uint32_t depth) { fprintf(to, "\n%*s", (int)(2 * depth), ""); }

/*
 * The bracket at i, together with the one that follows when there is nothing between them. Returns
 * the last byte taken.
 */
static uint32_t write_open(FILE *to, ew_str json, uint32_t i, uint32_t *depth) {
  uint32_t next = skip_space(json, i + 1);
  putc(json.ptr[i], to);
  if (next < json.len && (json.ptr[next] == '}' || json.ptr[next] == ']')) {
    putc(json.ptr[next], to);
    return next;
  }
  new_line(to, ++*depth);
  return i;
}

static uint32_t write_token(FILE *to, ew_str json, uint32_t i, uint32_t *depth) {
  char c = json.ptr[i];
  switch (c) {
  case '"': {
    uint32_t end = string_end(json, i);
    ew__write_safely(to, ew_str_from(json.ptr + i, end - i));
    return end - 1;
  }
  case '{':
  case '[':
    return write_open(to, json, i, depth);
  case '}':
  case ']':
    new_line(to, *depth > 0 ? --*depth : 0);
    break;
  default:
    break;
  }
  ew__write_safely(to, ew_str_from(&c, 1));
  if (c == ',') {
    new_line(to, *depth);
  } else if (c == ':') {
    putc(' ', to);
  }
  return i;
}

void ew__write_json_indented(FILE *to, ew_str json, uint32_t depth) {
  fprintf(to, "%*s", (int)(2 * depth), "");
  for (uint32_t i = skip_space(json, 0); i < json.len; i = skip_space(json, i + 1)) {
    i = write_token(to, json, i, &depth);
  }
}

void ew__write_json_line(FILE *to, ew_str json) {
  for (uint32_t i = 0; i < json.len;) {
    uint32_t begin = i;
    while (i < json.len && json.ptr[i] != '\n' && json.ptr[i] != '\r') {
      i++;
    }
    fwrite(json.ptr + begin, 1, i - begin, to);
    while (i < json.len && (json.ptr[i] == '\n' || json.ptr[i] == '\r')) {
      i++;
    }
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

static bool begins_with_scheme(const char *url, const char *scheme) {
  size_t len = strlen(scheme);
  return strncmp(url, scheme, len) == 0 && strncmp(url + len, "://", 3) == 0 &&
         url[len + 3] != '\0';
}

bool ew__url_check(const char *command, const char *what, const char *url, bool http_only) {
  bool fits = begins_with_scheme(url, "http") || begins_with_scheme(url, "https");
  if (!fits && !http_only) {
    fits = begins_with_scheme(url, "ws") || begins_with_scheme(url, "wss");
  }
  if (!fits) { /* it may hold a password, so it is not repeated */
    ew__complain(command, "%s is a URL such as %s", what,
                 http_only ? "http://127.0.0.1:5009" : "ws://127.0.0.1:5000");
  }
  return fits;
}

void ew__signals(void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = handler;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
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
