/*
 * guard.h - memory between two pages that nobody may touch: one byte read or written too far ends
 * the program.
 */
#ifndef EW_CODEC_TEST_GUARD_H
#define EW_CODEC_TEST_GUARD_H

#include "support.h"

#include <sys/mman.h>
#include <unistd.h>

typedef struct guard {
  char *begin; /* behind the first guard page */
  char *end;   /* the second guard page */
} guard;

static inline size_t guard_page(void) {
  long size = sysconf(_SC_PAGESIZE);
  assert_true(size > 0);
  return (size_t)size;
}

/** Room for size bytes or more. */
static inline guard guard_new(size_t size) {
  size_t page = guard_page();
  size_t inner = (size + page - 1) / page * page;
  inner = inner == 0 ? page : inner;
  char *all = mmap(NULL, inner + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                   0);
  assert_true(all != MAP_FAILED);
  assert_int_equal(0, mprotect(all, page, PROT_NONE));
  assert_int_equal(0, mprotect(all + page + inner, page, PROT_NONE));
  return (guard){all + page, all + page + inner};
}

static inline void guard_free(guard *g) {
  size_t page = guard_page();
  assert_int_equal(0, munmap(g->begin - page, (size_t)(g->end - g->begin) + 2 * page));
}

/** A copy of the text that ends `gap` bytes before the guard page; the gap is filled. */
static inline ew_str guard_at_end(const guard *g, const char *text, size_t len, size_t gap,
                                  char fill) {
  char *to = g->end - gap - len;
  if (len > 0) {
    memmove(to, text, len);
  }
  memset(to + len, fill, gap);
  return ew_str_from(to, len);
}

#endif
