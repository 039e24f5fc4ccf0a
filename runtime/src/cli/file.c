#include "cli_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that fast decoding may read behind the text. */
#define PADDING 64

static char *grow(char *block, size_t *capacity) {
  size_t wanted = *capacity == 0 ? 65536 : *capacity * 2;
  char *larger = (char *)realloc(block, wanted + PADDING);
  if (larger == NULL) {
    free(block);
    return NULL;
  }
  *capacity = wanted;
  return larger;
}

static char *read_all(FILE *from, size_t max_bytes, size_t *size, bool *too_large) {
  char *block = NULL;
  size_t capacity = 0;
  size_t used = 0;
  for (;;) {
    if (used == capacity) {
      block = grow(block, &capacity);
      if (block == NULL) {
        return NULL;
      }
    }
    size_t got = fread(block + used, 1, capacity - used, from);
    used += got;
    if (used > max_bytes) {
      *too_large = true;
      free(block);
      return NULL;
    }
    if (got == 0) {
      memset(block + used, 0, PADDING);
      *size = used;
      return block;
    }
  }
}

char *ew__file_read(const char *command, const char *path, size_t max_bytes, size_t *size) {
  bool is_stdin = strcmp(path, "-") == 0;
  FILE *from = is_stdin ? stdin : fopen(path, "rb");
  if (from == NULL) {
    ew__complain(command, "%s: %s", path, strerror(errno));
    return NULL;
  }
  bool too_large = false;
  errno = 0;
  char *block = read_all(from, max_bytes, size, &too_large);
  if (block != NULL && ferror(from)) {
    ew__complain(command, "%s: %s", path, strerror(errno));
    free(block);
    block = NULL;
  } else if (block == NULL) {
    ew__complain(command,
                 too_large ? "%s: larger than %zu bytes" : "%s: out of memory (%zu bytes at most)",
                 path, max_bytes);
  }
  if (!is_stdin) {
    fclose(from);
  }
  return block;
}
