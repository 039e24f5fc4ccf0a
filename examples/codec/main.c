/* Acknowledges batches of Kaleido: a batch on each line of stdin; events to stderr, acks to stdout. */
#include <eventwire/kaleido.h>

#include <stdio.h>

static char line[1 << 20], memory[1 << 20];

static int refuse(const ew_diag *diag) {
  char text[512];
  ew_diag_format(diag, text, sizeof(text));
  fprintf(stderr, "%s\n", text);
  return 1;
}

int main(int argc, char **argv) {
  ew_kaleido_ack ack = {.has_topic = true, .topic = ew_str_of(argc > 1 ? argv[1] : "default")};
  while (fgets(line, sizeof(line), stdin) != NULL) {
    ew_arena arena;
    ew_diag diag;
    ew_kaleido_event_batch batch;
    ew_arena_init(&arena, memory, sizeof(memory));
    if (ew_kaleido_event_batch_decode(ew_str_of(line), &arena, NULL, &batch, &diag) != EW_OK) {
      return refuse(&diag);
    }
    for (uint32_t i = 0; i < batch.count; i++) {
      const ew_kaleido_event *event = &batch.items[i];
      fprintf(stderr, "%.*s %.*s %.*s\n", EW_STR_ARG(event->block_number),
              EW_STR_ARG(event->signature), EW_STR_ARG(event->data.json));
    }
    char text[256];
    ew_buf out;
    ew_buf_init(&out, text, sizeof(text));
    if (ew_kaleido_ack_encode(&ack, &out, &diag) != EW_OK) {
      return refuse(&diag);
    }
    printf("%.*s\n", EW_STR_ARG(ew_buf_str(&out)));
    fflush(stdout); /* the server waits for it */
  }
  return 0;
}
