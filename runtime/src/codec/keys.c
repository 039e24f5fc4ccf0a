#include "keys_internal.h"

#include "chars_internal.h"

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

/* Eight bytes at a time, the last of them with their number. Each bit of the hash depends on all. */
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

EW__SMALL void ew__keys_clear(ew__key_set *set, uint64_t steps) {
  set->steps_left = steps;
  set->count = 0;
  ew__clear(set->heads, set->room * sizeof(*set->heads));
}

EW__SMALL bool ew__keys_take(ew__key_set *set, const ew_arena *arena, uint32_t count) {
  if (arena == NULL) {
    return false;
  }
  ew_arena rest = *arena; /* which stays as it is */
  set->room = count;
  set->heads = ew_arena_take(&rest, count * (sizeof(*set->heads) + sizeof(*set->keys)));
  if (set->heads == NULL) {
    return false;
  }
  set->keys = (ew__key *)(void *)(set->heads + count);
  return true;
}

uint32_t ew__keys_add(ew__key_set *set, const ew__key_source *source, uint32_t base,
                      uint32_t limit, uint32_t id, ew__span span) {
  uint32_t hash = hash_of(set, span, source->mode);
  uint32_t *head = ew__key_head(set, hash);
  for (uint32_t place = *head; place > base && set->steps_left > 0;) {
    const ew__key *key = &set->keys[place - 1];
    set->steps_left--;
    if (key->hash == hash &&
        ew__span_compare(source->span(source->ctx, key->id), span, source->mode) == 0) {
      return key->id;
    }
    place = key->next;
  }
  if (set->count < limit) {
    set->keys[set->count] = (ew__key){hash, id, *head};
    *head = ++set->count;
  }
  return EW__NO_KEY;
}

EW__SMALL void ew__keys_cut(ew__key_set *set, uint32_t base) {
  while (set->count > base) {
    ew__key key = set->keys[--set->count];
    *ew__key_head(set, key.hash) = key.next;
  }
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

EW__SMALL uint32_t ew__few_duplicate(const ew__key_source *source, uint32_t count) {
  for (uint32_t later = 1; later < count; later++) {
    for (uint32_t i = 0; i < later; i++) {
      if (ew__span_compare(source->span(source->ctx, i), source->span(source->ctx, later),
                           source->mode) == 0) {
        return later;
      }
    }
  }
  return EW__NO_KEY;
}

/* Up to here comparing all with all is quicker. */
#define FEW_KEYS 8u

EW__SMALL uint32_t ew__entries_duplicate(const ew__entries *entries, const ew_arena *arena,
                                         uint64_t steps) {
  ew__key_source source = ew__keys_of_entries(entries);
  if (entries->count <= FEW_KEYS) {
    return ew__few_duplicate(&source, entries->count);
  }
  ew__key_room room;
  ew__key_set set;
  if (entries->count <= EW__KEYS || !ew__keys_take(&set, arena, entries->count)) {
    set = ew__keys_in(&room);
  }
  uint32_t end = entries->count;
  for (uint32_t first = 0; first < end; first += set.room) {
    ew__keys_clear(&set, steps);
    for (uint32_t i = first; i < end; i++) {
      if (ew__keys_add(&set, &source, 0, set.room, i, entry_key(entries, i)) != EW__NO_KEY) {
        end = i;
      }
    }
    steps = set.steps_left;
  }
  return steps == 0 ? EW__UNKNOWN_KEY : end < entries->count ? end : EW__NO_KEY;
}
