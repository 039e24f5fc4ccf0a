/* Says what does not hold, of all trials of a program. */
#ifndef EW_TEST_HOLDS_H
#define EW_TEST_HOLDS_H

#include <stdio.h>

static int failed = 0;

#define HOLDS(condition, text)                                                                \
  do {                                                                                        \
    if (!(condition)) {                                                                       \
      printf("line %d: %s: %s\n", __LINE__, #condition, text);                                \
      failed = 1;                                                                             \
    }                                                                                         \
  } while (0)

#endif
