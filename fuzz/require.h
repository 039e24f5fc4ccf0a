/* What every fuzz target does with a property that does not hold. */
#ifndef EW_FUZZ_REQUIRE_H
#define EW_FUZZ_REQUIRE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void require(bool holds, const char *property) {
  if (!holds) {
    fprintf(stderr, "property broken: %s\n", property);
    abort();
  }
}

/* A block of exactly so many bytes, for a sanitizer to watch; the caller frees it. */
static inline void *memory(size_t size) {
  void *block = malloc(size == 0 ? 1 : size);
  require(block != NULL, "memory");
  return block;
}

#endif
