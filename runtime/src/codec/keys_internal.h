/*
 * keys_internal.h - which keys of a map are known already, in bounded memory whatever the keys are.
 *
 * Entries are looked at in a row of as many as there is room for: on the C stack, or in the arena
 * where a map has more. Where none are stored keys are known in a set, on the C stack. What does
 * not fit is compared with what does, and waits for another pass, so n keys take n / EW__KEYS
 * passes. Chains are short unless someone has found keys that meet in spite of the seed, which he
 * does not know; the bound on work catches that too.
 */
#ifndef EW_KEYS_INTERNAL_H
#define EW_KEYS_INTERNAL_H

#include "scan_internal.h"

#define EW__KEYS 3276u
#define EW__NO_KEY UINT32_MAX
#define EW__UNKNOWN_KEY (UINT32_MAX - 1) /* to know more would take too much work */

/** Up to here comparing all with all is quicker. */
#define EW__FEW_KEYS 8u

/** Where keys come from. A key is known by a number, from which its text follows. */
typedef struct ew__key_source {
  const void *ctx;
  ew__span (*key_of)(const void *ctx, uint32_t id);
  uint32_t mode;
} ew__key_source;

typedef struct ew__key {
  uint32_t id;
  uint16_t hash;
  uint16_t next; /* place + 1 of what is chained behind it */
} ew__key;

/** 32 kB, on the C stack. */
typedef struct ew__key_room {
  uint16_t heads[EW__KEYS];
  ew__key keys[EW__KEYS];
} ew__key_room;

/** The keys of an inner map stand behind those of the maps around it. */
typedef struct ew__key_set {
  uint64_t steps_left; /* comparisons, until ew__keys_add() finds nothing any more */
  ew__key_room *room;
  uint32_t count;
  uint32_t base;  /* where the keys begin that one is compared with */
  uint32_t limit; /* with so many in the set none is added */
} ew__key_set;

/** Where the chain of a hash begins. */
static inline uint16_t *ew__key_head(const ew__key_set *set, uint16_t hash) {
  return &set->room->heads[(uint32_t)hash * EW__KEYS >> 16];
}

/** A set that is to be cleared before it is used. */
static inline ew__key_set ew__keys_in(ew__key_room *room) {
  return (ew__key_set){.room = room, .limit = EW__KEYS};
}

/** Makes the set empty. */
void ew__keys_clear(ew__key_set *set, uint64_t steps);

/**
 * Adds a key, unless one of those from base on is equal, which is the result, else NULL. count
 * tells whether there was room.
 */
ew__key *ew__keys_add(ew__key_set *set, const ew__key_source *source, uint32_t id,
                      const ew__span *key);

/** Takes away the keys from place base on. */
void ew__keys_cut(ew__key_set *set, uint32_t base);

/** Which of a few keys is the first that repeats an earlier one; EW__NO_KEY: none. */
uint32_t ew__few_duplicate(const ew__span *keys, uint32_t count, uint32_t mode);

/** Entries in memory: an array whose elements begin with an ew_str. */
typedef struct ew__entries {
  char *items;
  uint32_t count;
  uint32_t entry_size;
} ew__entries;

/** Length of the key of an entry that is one no more. */
#define EW__GONE UINT32_MAX

/**
 * Index of the first entry whose key repeats an earlier one, EW__NO_KEY when all differ, or
 * EW__UNKNOWN_KEY. arena: where a set may be made for the time being, or NULL; steps: see ew__key_set.
 * last_wins: where keys repeat, all entries are gone but the last one of each, and none is named.
 */
uint32_t ew__entries_duplicate(const ew__entries *entries, const ew_arena *arena, uint64_t steps,
                               bool last_wins);

#endif
