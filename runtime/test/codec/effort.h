/*
 * effort.h - how many cases a test tries.
 */
#ifndef EW_CODEC_TEST_EFFORT_H
#define EW_CODEC_TEST_EFFORT_H

#include <stddef.h>
#include <stdlib.h>

/**
 * few where each case costs fifty times as much (EW_UNDER_VALGRIND), all in a long run (EW_LONG),
 * otherwise many.
 */
static inline size_t effort(size_t few, size_t many, size_t all) {
  if (getenv("EW_UNDER_VALGRIND") != NULL) {
    return few;
  }
  return getenv("EW_LONG") != NULL ? all : many;
}

#endif
