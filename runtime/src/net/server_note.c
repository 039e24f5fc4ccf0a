#define _POSIX_C_SOURCE 200809L

#include "server_internal.h"
#include "url_internal.h"

#include <stdio.h>

void ew__note(ew_server *server, ew_level level, const char *format, ...) {
  if (server->options.log_line == NULL) {
    return;
  }
  char line[512], shown[512];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof(line), format, args);
  va_end(args);
  (void)ew__redact(ew_str_of(line), shown, sizeof(shown));
  server->options.log_line(server->options.log_ctx, level, shown);
}
