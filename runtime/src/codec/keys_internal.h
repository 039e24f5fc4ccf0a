/*
 * keys_internal.h - which keys of a map are known already, in bounded memory whatever the keys are.
 *
 * A set holds a fixed number of keys. Maps that have more look for room in the arena, for a table of
 * all. Where there is none, what does not fit into the set is compared with what does, and waits for
 * another pass, so n keys take n / EW__KEYS passes. Chains are short unless someone has found keys
 * that meet in spite of the seed, which he does not know; the bound on work catches that too.
 */
#ifndef EW_KEYS_INTERNAL_H
#define EW_KEYS_INTERNAL_H

#include "scan_internal.h"

#define EW__KEYS 4096u
#define EW__NO_KEY UINT32_MAX

/** Where keys come from. A key is known by a number, from which its text follows. */
typedef struct ew__key_source {
  const void *ctx;
  ew__span (*span)(const void *ctx, uint32_t id);
  uint32_t mode;
} ew__key_source;

/** 32 kB, on the C stack; those of an inner map stand behind those of the maps around it. */
typedef struct ew__key_set {
  uint64_t steps_left; /* comparisons, until ew__keys_add() finds nothing any more */
  uint32_t count;
  uint32_t ids[EW__KEYS];
  uint16_t next[EW__KEYS]; /* what is chained behind it: its place + 1, and 3 bits of its hash */
  uint16_t heads[EW__KEYS];
} ew__key_set;

/** Makes the set empty. */
void ew__keys_open(ew__key_set *set, uint64_t steps);

/**
 * Adds a key, unless one of those from place base on is equal: then that one's number, else
 * EW__NO_KEY. With limit keys in the set nothing is added; count tells.
 */
uint32_t ew__keys_add(ew__key_set *set, const ew__key_source *source, uint32_t base,
                      uint32_t limit, uint32_t id, ew__span key);

/** Takes away the keys from place base on. */
void ew__keys_cut(ew__key_set *set, const ew__key_source *source, uint32_t base);

/** The keys of one map, as many as it has: open addressing, at least half of it empty. */
typedef struct ew__key_slot {
  uint32_t hash;
  uint32_t id; /* 0: empty */
} ew__key_slot;

typedef struct ew__key_table {
  uint64_t steps_left; /* as of ew__key_set */
  ew__key_slot *slots;
  size_t room;
} ew__key_table;

/**
 * Makes a table for count keys behind what the arena holds, until something is taken there. False:
 * there is no arena, or too little room. The caller sets steps_left.
 */
bool ew__key_table_open(ew__key_table *table, const ew_arena *arena, uint32_t count);

/** Adds a key, whose number is not 0. False: an equal one is there. */
bool ew__key_table_add(ew__key_table *table, const ew__key_source *source, uint32_t id,
                       ew__span key);

/** Entries in memory: an array whose elements begin with an ew_str. */
typedef struct ew__entries {
  const char *items;
  uint32_t count;
  uint32_t entry_size;
} ew__entries;

ew__key_source ew__keys_of_entries(const ew__entries *entries);

/** Index of an entry whose key repeats an earlier one, EW__NO_KEY when all differ. */
uint32_t ew__entries_duplicate(const ew__entries *entries);

#endif
