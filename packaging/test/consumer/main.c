/* The smallest program of somebody else: decodes one message with a generated codec. */
#include <eventwire/octave.h>

#include <stdio.h>

static const ew_str json =
    EW_STR_INIT("{\"msgId\":\"m1\",\"object\":\"event\",\"type\":\"subscribe\",\"path\":\"/my/stream/path\"}");

int main(void) {
  char memory[1024];
  ew_arena arena;
  ew_octave_subscribe message;
  ew_diag diag;

  ew_arena_init(&arena, memory, sizeof(memory));
  if (ew_octave_subscribe_decode(json, &arena, NULL, &message, &diag) != EW_OK) {
    char line[512];
    ew_diag_format(&diag, line, sizeof(line));
    fprintf(stderr, "%s\n", line);
    return 1;
  }
  printf("%.*s\n", EW_STR_ARG(message.path));
  return 0;
}
