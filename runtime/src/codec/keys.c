#include "keys_internal.h"

#include "chars_internal.h"
#include "layout_internal.h"

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

/* Eight bytes at a time, then the last ones and the length. Each bit depends on all. */
static EW_NOINLINE uint64_t hash_bytes(uint64_t hash, const char *p, uint32_t len) {
  const char *end = p + len;
  for (; end - p >= 8; p += 8) {
    hash = mix(hash, ew_load64(p));
  }
  return mix(mix(hash + len, short_word(p, (uint32_t)(end - p))), 0);
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
  return hash_bytes(hash, word, count);
}

EW__SMALL void ew__keys_clear(ew__key_set *set, uint64_t steps) {
  set->steps_left = steps;
  set->count = 0;
  ew__clear(set->room->heads, sizeof(set->room->heads));
}

/* Where memory stands is the seed. */
static uint64_t seed_of(const void *ctx) { return (uint64_t)(uintptr_t)ctx; }

EW__SMALL ew__key *ew__keys_add(ew__key_set *set, const ew__key_source *source, uint32_t id,
                                const ew__span *span) {
  uint64_t seed = seed_of(source->ctx);
  uint16_t hash = (uint16_t)(EW_LIKELY(ew__is_plain(*span, source->mode))
                                 ? hash_bytes(seed, span->ptr, span->len)
                                 : hash_chars(seed, ew__chars_of(*span, source->mode)));
  uint16_t *head = ew__key_head(set, hash);
  for (uint32_t place = *head; place > set->base;) {
    ew__key *key = &set->room->keys[place - 1];
    if (key->hash == hash &&
        ew__is_same_span(source->key_of(source->ctx, key->id), *span, source->mode)) {
      return key;
    }
    place = set->steps_left > 0 ? key->next : 0;
    set->steps_left -= place > 0;
  }
  if (set->count < set->limit) {
    set->room->keys[set->count] = (ew__key){id, hash, *head};
    *head = (uint16_t)++set->count;
  }
  return NULL;
}

EW__SMALL void ew__keys_cut(ew__key_set *set, uint32_t base) {
  while (set->count > base) {
    ew__key key = set->room->keys[--set->count];
    *ew__key_head(set, key.hash) = key.next;
  }
}

/* -------------------------------------------------------------------------------------- entries */

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

/* An entry of a row, which stands in a chain. Places are counted from 1. */
typedef struct link {
  uint32_t hash;
  uint32_t next; /* the place of what is chained behind it, or 0 */
} link;

/* So many on the C stack: 32 kB. */
#define ROW 2730u

/* A row of entries, from some first one on. */
typedef struct row {
  uint32_t *heads; /* of chains, by hash */
  link *links;
  uint32_t room; /* for links, and for heads */
} row;

static EW_NOINLINE bool has_key(const char *entry, ew_str key) {
  ew_str found = ew__load_str(entry);
  return found.len == key.len && ew__same_bytes(found.ptr, key.ptr, key.len);
}

/*
 * The place of the first of count entries whose key is that of an earlier one for which there was
 * room, or 0. last_wins: the earlier one is gone, and all are looked at.
 */
EW__SMALL static EW_NOINLINE uint32_t look_at_row(const row *r, char *entries, uint32_t count,
                                                  uint32_t size, uint64_t *steps,
                                                  bool last_wins) {
  const uint32_t gone = EW__GONE;
  uint32_t repeated = 0;
  const char *item = entries;
  ew__clear(r->heads, r->room * sizeof(*r->heads));
  for (uint32_t place = 1; place <= count; place++, item += size) {
    ew_str key = ew__load_str(item);
    if (key.len == EW__GONE) {
      continue;
    }
    uint32_t hash = (uint32_t)hash_bytes(seed_of(entries), key.ptr, key.len);
    uint32_t *head = &r->heads[(uint64_t)hash * r->room >> 32];
    for (uint32_t k = *head; k > 0 && *steps > 0; --*steps) {
      const link *at = &r->links[k - 1];
      char *earlier = entries + (size_t)(k - 1) * size;
      if (at->hash == hash && has_key(earlier, key)) {
        repeated = place;
        if (!last_wins) {
          return repeated;
        }
        memcpy(earlier + offsetof(ew_str, len), &gone, sizeof(gone));
        break;
      }
      k = at->next;
    }
    if (place <= r->room) {
      r->links[place - 1] = (link){hash, *head};
      *head = place;
    }
  }
  return repeated;
}

EW__SMALL uint32_t ew__entries_duplicate(const ew__entries *entries, const ew_arena *arena,
                                         uint64_t steps, bool last_wins) {
  uint32_t count = entries->count;
  uint32_t heads[ROW];
  link links[ROW];
  row r = {heads, links, count < ROW ? count : ROW};
  if (count > ROW && arena != NULL) {
    ew_arena rest = *arena; /* which stays as it is */
    uint32_t *room = ew_arena_take(&rest, count * (sizeof(*heads) + sizeof(*links)));
    r = room == NULL ? r : (row){room, (link *)(void *)(room + count), count};
  }
  uint32_t found = EW__NO_KEY;
  uint32_t size = entries->entry_size;
  for (uint32_t first = 0; first < count; first += r.room) {
    char *begin = entries->items + (size_t)first * size;
    uint32_t place = look_at_row(&r, begin, count - first, size, &steps, last_wins);
    found = place != 0 ? first + place - 1 : found;
    count = last_wins || place == 0 ? count : found;
  }
  return steps == 0 ? EW__UNKNOWN_KEY : found;
}
