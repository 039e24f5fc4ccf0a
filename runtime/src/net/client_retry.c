#define _POSIX_C_SOURCE 200809L

#include "client_internal.h"

enum { LASTING_MS = 60000 };

static uint32_t ceiling_ms(const ew__retry *retry) {
  uint64_t ceiling = retry->min_ms;
  for (unsigned i = 0; i < retry->failures && ceiling < retry->max_ms; i++) {
    ceiling *= 2;
  }
  return ceiling < retry->max_ms ? (uint32_t)ceiling : retry->max_ms;
}

uint32_t ew__retry_next_ms(ew__retry *retry, uint64_t random) {
  uint32_t delay = (uint32_t)(random % ((uint64_t)ceiling_ms(retry) + 1));
  retry->failures++;
  return delay;
}

void ew__retry_note_up(ew__retry *retry, uint64_t up_ms) {
  if (up_ms >= LASTING_MS) {
    retry->failures = 0;
  }
}
