/* Somebody's program with two protocols of their own: says what it thinks of one message and of one order. */
#include <eventwire/chat.h>
#include <eventwire/order.h>

#include <stdio.h>

static void print_refusal(const ew_diag *diag) {
  char line[512];
  ew_diag_format(diag, line, sizeof(line));
  printf("%s\n", line);
}

static void read_message(ew_str json) {
  char memory[1024];
  ew_arena arena;
  ew_chat_client_message message;
  ew_diag diag;

  ew_arena_init(&arena, memory, sizeof(memory));
  if (ew_chat_client_message_decode(json, &arena, NULL, &message, &diag) != EW_OK) {
    print_refusal(&diag);
    return;
  }
  if (message.kind == EW_CHAT_CLIENT_MESSAGE_SAY) {
    printf("%.*s\n", EW_STR_ARG(message.say.text));
  }
}

static void read_order(ew_str json) {
  ew_diag diag;

  if (order_validate(json, NULL, &diag) != EW_OK) {
    print_refusal(&diag);
    return;
  }
  printf("ordered\n");
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: room MESSAGE ORDER\n");
    return 2;
  }
  read_message(ew_str_of(argv[1]));
  read_order(ew_str_of(argv[2]));
  return 0;
}
