#include "keys_internal.h"

#include "chars_internal.h"

static uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

/* Up to seven bytes. */
EW_INLINE uint64_t short_word(const char *p, uint32_t len) {
  if (len >= 4) {
    return ew_load32(p) | (uint64_t)ew_load32(p + len - 4) << 32;
  }
  return len == 0 ? 0
                  : (uint64_t)(unsigned char)p[0] << 16 |
                        (uint64_t)(unsigned char)p[len >> 1] << 8 | (unsigned char)p[len - 1];
}

/* The last bytes with their number. Each bit of the hash depends on all. */
EW_INLINE uint64_t hash_last(uint64_t hash, const char *p, uint32_t len) {
  return mix(mix(hash + len, short_word(p, len)), 0);
}

/* Eight bytes at a time. */
EW_INLINE uint64_t hash_bytes(uint64_t hash, const char *p, uint32_t len) {
  for (; len >= 8; p += 8, len -= 8) {
    hash = mix(hash, ew_load64(p));
  }
  return hash_last(hash, p, len);
}

/* The same of the unescaped bytes. */
EW__SMALL static EW_NOINLINE uint64_t hash_chars(uint64_t hash, ew__chars chars) {
  char word[8];
  uint32_t count = 0;
  for (int c = ew__chars_next(&chars); c >= 0; c = ew__chars_next(&chars)) {
    word[count++] = (char)c;
    if (count == 8) {
      hash = mix(hash, ew_load64(word));
      count = 0;
    }
  }
  return hash_last(hash, word, count);
}

/* Where memory stands is the seed. */
EW_INLINE uint32_t hash_of(const void *ctx, const ew__span *span, uint32_t mode) {
  uint64_t hash = (uint64_t)(uintptr_t)ctx;
  return (uint32_t)(EW_LIKELY(ew__is_plain(*span, mode))
                        ? hash_bytes(hash, span->ptr, span->len)
                        : hash_chars(hash, ew__chars_of(*span, mode)));
}

EW__SMALL void ew__keys_clear(ew__key_set *set, uint64_t steps) {
  set->steps_left = steps;
  set->count = 0;
  ew__clear(set->heads, set->room * sizeof(*set->heads));
}

/* One for count keys behind what the arena holds. False: there is no arena, or too little room. */
EW__SMALL static bool take_set(ew__key_set *set, const ew_arena *arena, uint32_t count) {
  if (arena == NULL) {
    return false;
  }
  ew_arena rest = *arena; /* which stays as it is */
  set->room = set->limit = count;
  set->base = 0;
  set->heads = ew_arena_take(&rest, count * (sizeof(*set->heads) + sizeof(*set->keys)));
  if (set->heads == NULL) {
    return false;
  }
  set->keys = (ew__key *)(void *)(set->heads + count);
  return true;
}

ew__key *ew__keys_add(ew__key_set *set, const ew__key_source *source, uint32_t id,
                      const ew__span *span) {
  uint32_t hash = hash_of(source->ctx, span, source->mode);
  uint32_t *head = ew__key_head(set, hash);
  for (uint32_t place = *head; place > set->base;) {
    ew__key *key = &set->keys[place - 1];
    if (key->hash == hash &&
        ew__is_same_span(source->key_of(source->ctx, key->id), *span, source->mode)) {
      return key;
    }
    place = set->steps_left > 0 ? key->next : 0;
    set->steps_left -= place > 0;
  }
  if (set->count < set->limit) {
    set->keys[set->count] = (ew__key){hash, id, *head};
    *head = ++set->count;
  }
  return NULL;
}

EW__SMALL void ew__keys_cut(ew__key_set *set, uint32_t base) {
  while (set->count > base) {
    ew__key key = set->keys[--set->count];
    *ew__key_head(set, key.hash) = key.next;
  }
}

/* -------------------------------------------------------------------------------------- entries */

static ew__span entry_key(const void *ctx, uint32_t id) {
  const ew__entries *entries = ctx;
  ew_str key;
  memcpy(&key, entries->items + (size_t)id * entries->entry_size, sizeof(key));
  return (ew__span){key.ptr, key.len, false};
}

EW__SMALL ew__key_source ew__keys_of_entries(const ew__entries *entries) {
  return (ew__key_source){entries, entry_key, 0};
}

EW__SMALL uint32_t ew__few_duplicate(const ew__span *keys, uint32_t count, uint32_t mode) {
  for (uint32_t later = 1; later < count; later++) {
    for (uint32_t i = 0; i < later; i++) {
      if (ew__is_same_span(keys[i], keys[later], mode)) {
        return later;
      }
    }
  }
  return EW__NO_KEY;
}

EW__SMALL static uint32_t few_entries_duplicate(const ew__entries *entries) {
  ew__span keys[EW__FEW_KEYS];
  for (uint32_t i = 0; i < entries->count; i++) {
    keys[i] = entry_key(entries, i);
  }
  return ew__few_duplicate(keys, entries->count, 0);
}

/* Adds the keys from first to end, or, where the last one does not win, to one that repeats
 * another, which *end is then. The result is the first that found no room, or EW__NO_KEY. */
static uint32_t add_entries(ew__key_set *set, const ew__key_source *source, uint32_t first,
                            uint32_t *end, bool last_wins) {
  const ew__entries *entries = source->ctx;
  uint32_t waiting = EW__NO_KEY;
  for (uint32_t i = first; i < *end; i++) {
    ew__span span = entry_key(entries, i);
    if (span.len == EW__GONE) {
      continue;
    }
    uint32_t before = set->count;
    ew__key *same = ew__keys_add(set, source, i, &span);
    if (same == NULL) {
      waiting = set->count == before && i < waiting ? i : waiting;
    } else if (last_wins) {
      static const ew_str gone = {NULL, EW__GONE, 0};
      memcpy(entries->items + (size_t)same->id * entries->entry_size, &gone, sizeof(gone));
      same->id = i;
    } else {
      *end = i;
    }
  }
  return waiting;
}

EW__SMALL uint32_t ew__entries_duplicate(const ew__entries *entries, const ew_arena *arena,
                                         uint64_t steps, bool last_wins) {
  uint32_t end = entries->count;
  if (end <= EW__FEW_KEYS) {
    uint32_t repeated = few_entries_duplicate(entries);
    if (!last_wins || repeated == EW__NO_KEY) {
      return repeated;
    }
  }
  ew__key_source source = ew__keys_of_entries(entries);
  ew__key_room room;
  ew__key_set set;
  if (end <= EW__KEYS || !take_set(&set, arena, end)) {
    set = ew__keys_in(&room);
  }
  for (uint32_t first = 0; first < end;) {
    ew__keys_clear(&set, steps);
    first = add_entries(&set, &source, first, &end, last_wins);
    steps = set.steps_left;
  }
  return steps == 0 ? EW__UNKNOWN_KEY : end < entries->count || last_wins ? end : EW__NO_KEY;
}
