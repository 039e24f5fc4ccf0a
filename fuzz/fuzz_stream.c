/*
 * A text in pieces is the text: the same elements, verdict and diagnosis, however it is cut.
 *
 * Every message of EW_FUZZ_DOCUMENT that can be a stream reads every input; where it is cut follows
 * from its bytes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "stream_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_BYTES ((size_t)1 << 20)
#define MAX_CUTS 4096u

static void require(const char *problem) {
  if (problem != NULL) {
    fprintf(stderr, "property broken: %s\n", problem);
    abort();
  }
}

/* FNV-1a, then xorshift64: never 0. */
static uint64_t hash_of(const uint8_t *data, size_t size) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < size; i++) {
    hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
  }
  return hash | 1;
}

static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static void check_cuts(stream_trial *trial, ew_str json, uint64_t *random, size_t longest) {
  size_t cuts[MAX_CUTS];
  size_t count = 0;
  size_t at = next_random(random) % longest;
  while (at < json.len && count < MAX_CUTS) {
    cuts[count++] = at;
    at += next_random(random) % longest;
  }
  require(stream_trial_cut(trial, cuts, count));
}

static ew_err take_none(ew_stream_callback callback, void *ctx, const void *element) {
  (void)callback;
  (void)ctx;
  (void)element;
  return EW_OK;
}

static bool is_stream(const ew_type *type) {
  char memory[8192];
  ew_arena arena;
  ew_stream stream;
  ew_stream_sink sink = {take_none, NULL, NULL};
  ew_arena_init(&arena, memory, sizeof(memory));
  return ew_stream_init(&stream, type, &arena, NULL, NULL, sink) == EW_OK;
}

static void check_message(stream_trial *trial, const ew_type *type, ew_str json, uint64_t random) {
  for (int profile = EW_STRICT; profile <= EW_LENIENT; profile++) {
    require(stream_trial_start(trial, type, (ew_profile)profile, json));
    check_cuts(trial, json, &random, 4);
    check_cuts(trial, json, &random, 60);
    check_cuts(trial, json, &random, json.len + 1);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static stream_trial *trial; /* made once: libFuzzer calls this millions of times */
  if (trial == NULL) {
    trial = stream_trial_new(TEXT_BYTES);
    require(trial == NULL ? "memory" : NULL);
  }
  if (size > TEXT_BYTES) {
    return 0;
  }
  /* A block of its own, so that a read behind the end is seen. */
  char *text = (char *)malloc(size == 0 ? 1 : size);
  require(text == NULL ? "memory" : NULL);
  memcpy(text, data, size);
  const ew_document *document = &EW_FUZZ_DOCUMENT;
  for (uint32_t i = 0; i < document->message_count; i++) {
    if (is_stream(document->messages[i].type)) {
      check_message(trial, document->messages[i].type, ew_str_from(text, size),
                    hash_of(data, size));
    }
  }
  free(text);
  return 0;
}
