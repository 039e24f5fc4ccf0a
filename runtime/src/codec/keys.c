#include "keys_internal.h"

#include "chars_internal.h"

#define PLACE_BITS 13
#define PLACE_MASK ((1u << PLACE_BITS) - 1)

static uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

/* Up to seven bytes. */
static uint64_t short_word(const char *p, uint32_t len) {
  if (len >= 4) {
    return ew_load32(p) | (uint64_t)ew_load32(p + len - 4) << 32;
  }
  uint64_t word = 0;
  for (; len > 0; len--) {
    word = word << 8 | (unsigned char)p[len - 1];
  }
  return word;
}

/* Eight bytes at a time; the last of them with their number.; each bit of the
 * hash depends on all. */
static uint64_t hash_bytes(uint64_t hash, const char *p, uint32_t len) {
  for (; len >= 8; p += 8, len -= 8) {
    hash = mix(hash, ew_load64(p));
  }
  return mix(mix(hash + len, short_word(p, len)), 0);
}

/* The same of the unescaped bytes. */
EW__SMALL static uint64_t hash_chars(uint64_t hash, ew__chars chars) {
  char word[8];
  uint32_t count = 0;
  for (int c = ew__chars_next(&chars); c >= 0; c = ew__chars_next(&chars)) {
    word[count++] = (char)c;
    if (count == 8) {
      hash = mix(hash, ew_load64(word));
      count = 0;
    }
  }
  return hash_bytes(hash, word, count);
}

/* Where memory stands is the seed. */
static EW_NOINLINE uint32_t hash_of(const void *set, ew__span span, uint32_t mode) {
  uint64_t hash = (uint64_t)(uintptr_t)set;
  bool plain = !span.escaped && (mode & EW_TOLERATE_BAD_UTF8) == 0;
  return (uint32_t)(plain ? hash_bytes(hash, span.ptr, span.len)
                          : hash_chars(hash, ew__chars_of(span, mode)));
}

EW__SMALL void ew__keys_open(ew__key_set *set, uint64_t steps) {
  set->steps_left = steps;
  set->count = 0;
  memset(set->heads, 0, sizeof(set->heads));
}

uint32_t ew__keys_add(ew__key_set *set, const ew__key_source *source, uint32_t base,
                      uint32_t limit, uint32_t id, ew__span span) {
  uint32_t hash = hash_of(set, span, source->mode);
  uint32_t tag = hash >> (32 - 16 + PLACE_BITS) << PLACE_BITS;
  uint16_t *head = &set->heads[hash % EW__KEYS];
  uint32_t place = *head;
  while (place > base && set->steps_left > 0) {
    uint32_t next = set->next[place - 1];
    uint32_t other = set->ids[place - 1];
    set->steps_left--;
    if ((next & ~PLACE_MASK) == tag &&
        ew__span_compare(source->span(source->ctx, other), span, source->mode) == 0) {
      return other;
    }
    place = next & PLACE_MASK;
  }
  if (set->count < limit) {
    set->ids[set->count] = id;
    set->next[set->count] = (uint16_t)(*head | tag);
    *head = (uint16_t)++set->count;
  }
  return EW__NO_KEY;
}

EW__SMALL void ew__keys_cut(ew__key_set *set, const ew__key_source *source, uint32_t base) {
  if (base == 0) {
    ew__keys_open(set, set->steps_left);
  }
  while (set->count > base) {
    ew__span span = source->span(source->ctx, set->ids[--set->count]);
    uint32_t hash = hash_of(set, span, source->mode);
    set->heads[hash % EW__KEYS] = set->next[set->count] & PLACE_MASK;
  }
}

/* ---------------------------------------------------------------------------------------- table */

EW__SMALL bool ew__key_table_open(ew__key_table *table, const ew_arena *arena, uint32_t count) {
  if (arena == NULL) {
    return false;
  }
  ew_arena rest = *arena; /* which stays as it is */
  table->room = (size_t)count * 2;
  table->slots = ew_arena_take(&rest, table->room * sizeof(*table->slots));
  if (table->slots != NULL) {
    ew__clear(table->slots, table->room * sizeof(*table->slots));
  }
  return table->slots != NULL;
}

bool ew__key_table_add(ew__key_table *table, const ew__key_source *source, uint32_t id,
                                 ew__span span) {
  uint32_t hash = hash_of(table, span, source->mode);
  size_t at = (size_t)((uint64_t)hash * table->room >> 32);
  for (; table->slots[at].id != 0 && table->steps_left > 0; table->steps_left--) {
    if (table->slots[at].hash == hash &&
        ew__span_compare(source->span(source->ctx, table->slots[at].id), span, source->mode) == 0) {
      return false;
    }
    at = at + 1 == table->room ? 0 : at + 1;
  }
  table->slots[at] = (ew__key_slot){hash, id}; /* whichever, where no step is left */
  return true;
}

/* -------------------------------------------------------------------------------------- entries */

EW__SMALL static ew__span entry_key(const void *ctx, uint32_t id) {
  const ew__entries *entries = ctx;
  ew_str key;
  memcpy(&key, entries->items + (size_t)id * entries->entry_size, sizeof(key));
  return (ew__span){key.ptr, key.len, false};
}

EW__SMALL ew__key_source ew__keys_of_entries(const ew__entries *entries) {
  return (ew__key_source){entries, entry_key, 0};
}

/* Up to here comparing all with all is quicker. */
#define FEW_KEYS 8u

EW__SMALL static uint32_t compare_all(const ew__entries *entries) {
  for (uint32_t later = 1; later < entries->count; later++) {
    for (uint32_t i = 0; i < later; i++) {
      if (ew__span_compare(entry_key(entries, i), entry_key(entries, later), 0) == 0) {
        return later;
      }
    }
  }
  return EW__NO_KEY;
}

EW__SMALL uint32_t ew__entries_duplicate(const ew__entries *entries) {
  if (entries->count <= FEW_KEYS) {
    return compare_all(entries);
  }
  ew__key_source source = ew__keys_of_entries(entries);
  ew__key_set set;
  for (uint32_t first = 0; first < entries->count; first += EW__KEYS) {
    ew__keys_open(&set, UINT64_MAX);
    for (uint32_t i = first; i < entries->count; i++) {
      if (ew__keys_add(&set, &source, 0, EW__KEYS, i, entry_key(entries, i)) != EW__NO_KEY) {
        return i;
      }
    }
  }
  return EW__NO_KEY;
}
