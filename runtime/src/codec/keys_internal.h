/*
 * keys_internal.h - duplicate keys of a map, in bounded time and memory whatever the keys are.
 *
 * No hash, since keys are chosen by the peer: keys are sorted, as many at once as the scratch
 * holds. What does not fit waits for another pass, so n keys take n / capacity passes.
 */
#ifndef EW_KEYS_INTERNAL_H
#define EW_KEYS_INTERNAL_H

#include "scan_internal.h"

#define EW__NO_KEY UINT32_MAX

/** Scratch on the C stack: one pass for most maps. */
#define EW__KEY_SCRATCH 4096u

/** Where keys come from. A key is known by a number that grows along the map. */
typedef struct ew__key_source {
  void *ctx;
  uint32_t (*next)(
      void *ctx,
      uint32_t id); /* the one behind id (EW__NO_KEY: the first), EW__NO_KEY at the end */
  ew__span (*span)(void *ctx, uint32_t id);
  uint32_t mode;
} ew__key_source;

/** Keys of entries in memory: an array whose elements begin with an ew_str. */
typedef struct ew__entries {
  const char *items;
  uint32_t count;
  uint32_t entry_size;
} ew__entries;

ew__key_source ew__keys_of_entries(ew__entries *entries);

/**
 * Number of a key that repeats an earlier one, EW__NO_KEY when all differ. scratch holds capacity
 * numbers, at least one.
 */
uint32_t ew__keys_duplicate(const ew__key_source *source, uint32_t *scratch, uint32_t capacity);

/** Sorts numbers by their keys, equal keys by their numbers. */
void ew__keys_sort(const ew__key_source *source, uint32_t *ids, uint32_t count);

#endif
