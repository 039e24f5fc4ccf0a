/* Names, constants and enums that a JSON text cannot have as they are: no engine may compare them so. */
#include "eventwire/escaped.h"

#include <stdio.h>

typedef struct trial {
  const char *text;
  bool good;
} trial;

static const trial trials[] = {
    {"{\"t\\\"g\":\"a\\\"b\\\\c\",\"k\\\\k\":\"x\\\"y\"}", true},
    {"{\"t\\u0022g\":\"a\\u0022b\\\\c\",\"k\\u005ck\":\"x\\u0022y\"}", true},
    {"{\"t\\\"g\":\"a\\\"b\\\\c\",\"k\\\\k\":\"z\",\"ctrl\\u0001\":3}", true},
    {"{\"k\\\\k\":\"tab\\there\",\"t\\\"g\":\"a\\\"b\\\\c\"}", true},
    {"{\"t\\\"g\":\"b\\\"\",\"plain\":{\"q\\\"\":\"\"}}", true},
    {"{\"t\"g\":\"a\\\"b\\\\c\",\"k\\\\k\":\"x\\\"y\"}", false},
    {"{\"t\\\"g\":\"a\"b\\c\",\"k\\\\k\":\"x\\\"y\"}", false},
    {"{\"t\\\"g\":\"a\\\"b\\\\c\",\"k\\k\":\"x\\\"y\"}", false},
    {"{\"t\\\"g\":\"a\\\"b\\\\c\",\"k\\\\k\":\"x\"y\"}", false},
    {"{\"t\\\"g\":\"a\\\"b\\\\c\",\"k\\\\k\":\"tab\there\"}", false},
    {"{\"t\\\"g\":\"a\\\"b\\\\c\",\"k\\\\k\":\"z\",\"ctrl\x01\":3}", false},
    {"{\"t\"g\":\"b\"\"}", false},
    {"{\"t\\\"g\":\"b\"\"}", false},
    {"{\"t\\\"g\":\"b\\\"\",\"plain\":{\"q\"\":\"\"}}", false},
};

static const ew_engine engines[] = {EW_ENGINE_AUTO, EW_ENGINE_TABLE, EW_ENGINE_STRAIGHT};

/* Accepted by every engine, and what is written of it as well; or refused by all. */
static bool holds(const trial *t, ew_engine engine, ew_str text, int rounds) {
  char memory[4096];
  char room[512];
  ew_arena arena;
  ew_buf out;
  ew_escaped_client_message message;
  ew_decode_options opts = {.engine = engine};
  ew_arena_init(&arena, memory, sizeof(memory));
  ew_buf_init(&out, room, sizeof(room));
  ew_err err = ew_escaped_client_message_decode(text, &arena, &opts, &message, NULL);
  if (err != EW_OK || !t->good || rounds == 0) {
    return (err == EW_OK) == t->good;
  }
  return ew_escaped_client_message_encode(&message, &out, NULL) == EW_OK &&
         holds(t, engine, ew_buf_str(&out), rounds - 1);
}

int main(void) {
  int failed = 0;
  for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
    for (size_t e = 0; e < sizeof(engines) / sizeof(engines[0]); e++) {
      if (!holds(&trials[i], engines[e], ew_str_of(trials[i].text), 1)) {
        printf("engine %zu is wrong about %s\n", e, trials[i].text);
        failed = 1;
      }
    }
  }
  return failed;
}
