#include "keys_internal.h"

#include "chars_internal.h"
#include "layout_internal.h"

static uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

/* Up to seven bytes. */
EW_INLINE uint64_t short_word(const char *p, size_t len) {
  if (len >= 4) {
    return ew_load32(p) | (uint64_t)ew_load32(p + len - 4) << 32;
  }
  return len == 0 ? 0
                  : (uint64_t)(unsigned char)p[0] << 16 |
                        (uint64_t)(unsigned char)p[len >> 1] << 8 | (unsigned char)p[len - 1];
}

/* Eight bytes at a time, then the last ones and how many they are. Each bit depends on all. */
static EW_NOINLINE uint64_t hash_bytes(uint64_t hash, const char *p, size_t len) {
  const char *end = p + len;
  for (; end - p >= 8; p += 8) {
    hash = mix(hash, ew_load64(p));
  }
  len = (size_t)(end - p);
  return mix(mix(hash, short_word(p, len)), len);
}

/* The same of the unescaped bytes. */
EW__SMALL static EW_NOINLINE uint64_t hash_chars(uint64_t hash, ew__span key, uint32_t mode) {
  ew__chars chars = ew__chars_of(key, mode);
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
static uint64_t seed_of(const void *ctx) { return (uint64_t)(uintptr_t)ctx; }

/* Slots that are cleared at once, before the first of them is looked at. */
#define PART (EW__KEY_SLOTS / 64)

static uint32_t *find_slot(ew__key_set *set, uint64_t hash);

EW__SMALL static EW_NOINLINE uint32_t *clear_and_find(ew__key_set *set, uint64_t hash, uint32_t part) {
  set->cleared |= (uint64_t)1 << part;
  ew__clear(&set->room->slots[part * PART], PART * sizeof(uint32_t));
  return find_slot(set, hash);
}

/* Saves no register. */
EW__SMALL static EW_NOINLINE uint32_t *find_slot(ew__key_set *set, uint64_t hash) {
  const uint32_t step = (uint32_t)(hash >> 13) | 1; /* no slot is left out */
  const uint32_t mark = ((uint32_t)(hash >> 32) & ~(EW__KEY_SLOTS - 1)) | EW__KEY_SLOTS;
  set->mark = mark;
  for (uint32_t at = (uint32_t)hash;; at += step, set->steps_left--) {
    at %= EW__KEY_SLOTS;
    if (EW_UNLIKELY((set->cleared >> at / PART & 1) == 0)) {
      return clear_and_find(set, hash, at / PART);
    }
    uint32_t *slot = &set->room->slots[at];
    if (*slot == 0 || (*slot ^ mark) < EW__KEY_SLOTS || set->steps_left == 0) {
      return slot;
    }
  }
}

EW__SMALL uint32_t *ew__keys_find(ew__key_set *set, uint64_t seed, ew__span key, uint32_t mode) {
  return find_slot(set, EW_LIKELY(ew__is_plain(key, mode)) ? hash_bytes(seed, key.ptr, key.len)
                                                           : hash_chars(seed, key, mode));
}

EW__SMALL void ew__keys_cut(ew__key_set *set, uint32_t count) {
  for (; set->count > count; set->count--) {
    uint32_t *slot = &set->room->slots[set->last];
    set->last = *slot % EW__KEY_SLOTS;
    *slot = 0;
  }
}

EW__SMALL uint32_t ew__keys_before(const ew__key_set *set, const uint32_t *slot) {
  const uint32_t *at = &set->room->slots[set->last];
  uint32_t before = set->count - 1;
  for (; at != slot; before--) {
    at = &set->room->slots[*at % EW__KEY_SLOTS];
  }
  return before;
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

static EW_NOINLINE bool have_same_key(const char *entry, const char *other) {
  ew_str a = ew__load_str(entry);
  ew_str b = ew__load_str(other);
  return a.len == b.len && ew__same_bytes(a.ptr, b.ptr, a.len);
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
  uint64_t left = *steps;
  const char *item = entries;
  ew__clear(r->heads, r->room * sizeof(*r->heads));
  for (uint32_t place = 1; place <= count; place++, item += size) {
    ew_str key = ew__load_str(item);
    if (key.len == EW__GONE) {
      continue;
    }
    uint32_t hash = (uint32_t)hash_bytes(seed_of(entries), key.ptr, key.len);
    uint32_t *head = &r->heads[(uint64_t)hash * r->room >> 32];
    for (uint32_t k = *head; k > 0 && left > 0; left--) {
      const link *at = &r->links[k - 1];
      char *earlier = entries + (size_t)(k - 1) * size;
      if (at->hash == hash && have_same_key(earlier, item)) {
        repeated = place;
        if (last_wins) {
          memcpy(earlier + offsetof(ew_str, len), &gone, sizeof(gone));
        } else {
          count = place; /* the last one to look at */
        }
        break;
      }
      k = at->next;
    }
    if (place <= r->room) {
      r->links[place - 1].hash = hash;
      r->links[place - 1].next = *head;
      *head = place;
    }
  }
  *steps = left;
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
