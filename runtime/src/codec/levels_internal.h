/*
 * levels_internal.h - which of the open brackets are objects, one bit each: walking JSON without
 * recursion.
 */
#ifndef EW_LEVELS_INTERNAL_H
#define EW_LEVELS_INTERNAL_H

#include "scan_internal.h"

typedef struct ew__levels {
  uint64_t objects[EW__MAX_DEPTH / 64]; /* bit i: level i is an object */
  uint32_t depth;
  uint32_t max_depth;
} ew__levels;

static inline ew__levels ew__levels_of(uint32_t max_depth) {
  ew__levels levels = {.max_depth = max_depth < EW__MAX_DEPTH ? max_depth : EW__MAX_DEPTH};
  return levels;
}

/** The innermost level is an object. depth is not 0. */
static inline bool ew__levels_in_object(const ew__levels *levels) {
  uint32_t level = levels->depth - 1;
  return (levels->objects[level / 64] >> (level % 64) & 1) != 0;
}

/** False: too deep. */
static inline bool ew__levels_open(ew__levels *levels, bool object) {
  if (levels->depth >= levels->max_depth) {
    return false;
  }
  uint64_t bit = (uint64_t)1 << (levels->depth % 64);
  uint64_t *word = &levels->objects[levels->depth / 64];
  *word = object ? *word | bit : *word & ~bit;
  levels->depth++;
  return true;
}

#endif
