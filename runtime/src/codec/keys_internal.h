/*
 * keys_internal.h - which keys of a map are known already, in bounded memory whatever the keys are.
 *
 * Entries are looked at in a row of as many as there is room for: on the C stack, or in the arena
 * where a map has more. Where none are stored keys are known in a set, on the C stack, by a part of a
 * hash: what seems to be known is compared with the text. What does not fit waits for another pass, so
 * n keys take n / EW__KEYS passes. Keys rarely meet unless someone has found some that do in spite of
 * the seed, which he does not know; the bound on work catches that too.
 */
#ifndef EW_KEYS_INTERNAL_H
#define EW_KEYS_INTERNAL_H

#include "scan_internal.h"

#define EW__KEY_SLOTS 8192u
#define EW__KEYS (EW__KEY_SLOTS / 5 * 4) /* more keys meet too often */
#define EW__NO_KEY UINT32_MAX
#define EW__UNKNOWN_KEY (UINT32_MAX - 1) /* to know more would take too much work */

/** Up to here comparing all with all is quicker. */
#define EW__FEW_KEYS 8u

#define EW__KEY_ROW 64u /* it is known where the first of so many keys stands */

/** 32 kB, on the C stack. A slot is 0, or holds a mark of its key and a number below EW__KEY_SLOTS. */
typedef struct ew__key_room {
  uint32_t slots[EW__KEY_SLOTS];
  uint32_t places[EW__KEYS / EW__KEY_ROW + 1]; /* in the text */
} ew__key_room;

/** The keys of an inner map come behind those of the maps around it. */
typedef struct ew__key_set {
  uint64_t steps_left; /* over slots of other keys, until nothing is found any more */
  uint64_t cleared;    /* bit i: so is part i of the slots */
  ew__key_room *room;
  uint32_t count;
  uint32_t last; /* the slot of the last key, whose number is the slot of the one before */
  uint32_t mark; /* of the key that was looked for last */
} ew__key_set;

/** A set that is to be cleared before it is used. */
static inline ew__key_set ew__keys_in(ew__key_room *room) {
  return (ew__key_set){.room = room};
}

/** Makes the set empty. */
static inline void ew__keys_clear(ew__key_set *set, uint64_t steps) {
  set->steps_left = steps;
  set->cleared = 0;
  set->count = 0;
}

/**
 * The slot of a key, of a map that the seed stands for: it is empty, or has the mark of the key. Then the
 * keys are likely to be equal. With no steps left it may be any other one.
 */
uint32_t *ew__keys_find(ew__key_set *set, uint64_t seed, ew__span key, uint32_t mode);

/** Adds the key that was looked for last, whose slot is empty; place: where it stands. */
static inline void ew__keys_add(ew__key_set *set, uint32_t *slot, uint32_t place) {
  if (set->count % EW__KEY_ROW == 0) {
    set->room->places[set->count / EW__KEY_ROW] = place;
  }
  *slot = set->mark | set->last;
  set->last = (uint32_t)(slot - set->room->slots);
  set->count++;
}

/** How many keys were added before the one in that slot. */
uint32_t ew__keys_before(const ew__key_set *set, const uint32_t *slot);

/** Takes away the keys that were added last, but for count. */
void ew__keys_cut(ew__key_set *set, uint32_t count);

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
