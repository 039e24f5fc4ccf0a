#include "decode_internal.h"
#include "keys_internal.h"

/** Elements of an array or entries of a map, growing in the arena. */
typedef struct list {
  char *items;
  uint32_t count;
  uint32_t capacity;
  uint32_t size; /* of one; 0: nothing to store */
} list;

/* --------------------------------------------------------------------------------------- growth */

static size_t bytes_of(const list *l, uint32_t count) { return (size_t)l->size * count; }

static bool is_last(const ew_arena *arena, const list *l) {
  return l->items != NULL && l->items + bytes_of(l, l->capacity) == arena->base + arena->used;
}

/* Grows where it stands when nothing was taken behind it, else moves. */
static bool grow_to(ew_arena *arena, list *l, uint32_t capacity) {
  size_t more = bytes_of(l, capacity - l->capacity);
  if (is_last(arena, l)) {
    if (more > arena->size - arena->used) {
      return false;
    }
    arena->used += more;
  } else {
    char *items = ew_arena_take(arena, bytes_of(l, capacity));
    if (items == NULL) {
      return false;
    }
    if (l->count > 0) {
      memcpy(items, l->items, bytes_of(l, l->count));
    }
    l->items = items;
  }
  l->capacity = capacity;
  return true;
}

/* Doubling costs a message that just fits its arena; so when there is no room for that, one at a
 * time will do. */
static bool grow(ew_arena *arena, list *l) {
  uint32_t wanted = l->capacity == 0               ? 4
                    : l->capacity > UINT32_MAX / 2 ? UINT32_MAX
                                                   : l->capacity * 2;
  return grow_to(arena, l, wanted) || grow_to(arena, l, l->capacity + 1);
}

/* A cleared place for the next element, NULL when the arena is full. */
static char *add_item(ew_arena *arena, list *l) {
  if (l->count == l->capacity && !grow(arena, l)) {
    return NULL;
  }
  char *item = l->items + bytes_of(l, l->count);
  memset(item, 0, l->size);
  l->count++;
  return item;
}

/* Gives unused room back and stores what is there. */
static void close_list(ew_arena *arena, list *l, void *out) {
  if (is_last(arena, l)) {
    arena->used -= bytes_of(l, l->capacity - l->count);
  }
  ew__store_list(out, (ew__list){l->items, l->count});
}

/* --------------------------------------------------------------------------------------- arrays */

/* Behind a comma, or with *closed behind the closing bracket. */
static const char *next_item(ew__decoder *d, const char *p, char bracket, bool *closed) {
  p = ew__skip_white(p, d->end);
  *closed = p < d->end && *p == bracket;
  if (p == d->end || (*p != ',' && !*closed)) {
    return ew__refuse_syntax(d, p, bracket == ']' ? "a comma or ]" : "a comma or }");
  }
  return *closed ? p + 1 : ew__skip_white(p + 1, d->end);
}

static const char *refuse_count(ew__decoder *d, const ew_type *type, const char *begin,
                                const char *keyword, bool few) {
  return ew__refuse_value(d, type, EW_ERR_COUNT, begin, keyword,
                          few ? "more elements" : "fewer elements");
}

/* Place for one more element; *slot stays NULL when nothing is stored. False: refused. */
static bool open_item(ew__decoder *d, list *l, const char *p, bool storing, char **slot) {
  if (l->count >= d->limits.max_items) {
    ew__refuse_limit(d, EW_ERR_TOO_LARGE, p, "fewer elements");
    return false;
  }
  if (!storing || l->size == 0) {
    l->count++;
    return true;
  }
  *slot = add_item(d->arena, l);
  if (*slot == NULL) {
    ew__refuse_limit(d, EW_ERR_ARENA_FULL, p, "");
  }
  return *slot != NULL;
}

/* From the first element to behind the closing bracket. */
static const char *read_items(ew__decoder *d, const ew_array_rules *rules, const char *p, list *l,
                              bool storing) {
  bool closed = p < d->end && *p == ']';
  if (closed) {
    return p + 1;
  }
  while (!closed) {
    char *slot = NULL;
    if (!open_item(d, l, p, storing, &slot)) {
      return NULL;
    }
    p = ew__read_value(d, rules->item, p, slot, NULL);
    p = p == NULL ? NULL : next_item(d, p, ']', &closed);
    if (p == NULL) {
      return NULL;
    }
  }
  return p;
}

const char *ew__read_array(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  const ew_array_rules *rules = type->as.array;
  const char *begin = p;
  if (p == d->end || *p != '[') {
    return ew__refuse_type(d, type, p, "an array");
  }
  list l = {.size = rules->item->size};
  p = ew__open_level(d, p);
  p = p == NULL ? NULL : read_items(d, rules, p, &l, out != NULL);
  if (p == NULL) {
    return NULL;
  }
  d->depth_left++;
  if (l.count < rules->min_items) {
    return refuse_count(d, type, begin, "/minItems", true);
  }
  if (rules->max_items != EW_NO_LIMIT && l.count > rules->max_items) {
    return refuse_count(d, type, begin, "/maxItems", false);
  }
  if (out != NULL) {
    close_list(d->arena, &l, out);
  }
  return p;
}

/* ------------------------------------------------------------- duplicate keys, where they stand */

/** Keys of a map in its text: the number of a key is where its quote stands. */
typedef struct text_keys {
  ew__decoder *d;
  const char *begin; /* behind the opening brace */
  const char *end;   /* behind the closing one */
  bool exhausted;
} text_keys;

/* The map was read before: nothing can fail here. */
static ew__span text_key(void *ctx, uint32_t id) {
  const text_keys *keys = ctx;
  ew__fault fault;
  ew__span span = {NULL, 0, false};
  ew__scan_string(keys->begin + id, keys->end, keys->d->mode, &span, &fault);
  return span;
}

static const char *behind_entry(text_keys *keys, uint32_t id) {
  ew__fault fault;
  ew__span span = text_key(keys, id);
  const char *p = ew__skip_white(span.ptr + span.len + 1, keys->end);
  return ew__skip_value(p + 1, keys->end, EW__MAX_DEPTH, keys->d->mode, &fault);
}

static uint32_t next_text_key(void *ctx, uint32_t id) {
  text_keys *keys = ctx;
  const char *from = id == EW__NO_KEY ? keys->begin : behind_entry(keys, id);
  const char *p = ew__skip_white(from, keys->end);
  if (id != EW__NO_KEY && *p == ',') {
    p = ew__skip_white(p + 1, keys->end);
  }
  uint64_t work = (uint64_t)(p - (id == EW__NO_KEY ? keys->begin : keys->begin + id));
  if (work > keys->d->work_left) {
    keys->exhausted = true;
    return EW__NO_KEY;
  }
  keys->d->work_left -= work;
  return *p == '"' ? (uint32_t)(p - keys->begin) : EW__NO_KEY;
}

static bool check_text_keys(ew__decoder *d, const ew_type *type, const char *begin,
                            const char *end) {
  uint32_t scratch[EW__KEY_SCRATCH];
  text_keys keys = {d, begin + 1, end, false};
  ew__key_source source = {&keys, next_text_key, text_key, d->mode};
  uint32_t duplicate = ew__keys_duplicate(&source, scratch, EW__KEY_SCRATCH);
  if (duplicate != EW__NO_KEY) {
    d->at_key = true;
    ew__refuse_value(d, type, EW_ERR_DUPLICATE, keys.begin + duplicate, "", "each member once");
    return false;
  }
  if (keys.exhausted) {
    ew__refuse_limit(d, EW_ERR_TOO_LARGE, begin, "fewer members");
  }
  return !keys.exhausted;
}

/* -------------------------------------------------------------------- duplicate keys, as stored */

/* Where the key of entry `index` stands in the text. */
static const char *find_entry(ew__decoder *d, const char *begin, const char *end, uint32_t index) {
  d->work_left = UINT64_MAX;
  text_keys keys = {d, begin + 1, end, false};
  uint32_t id = next_text_key(&keys, EW__NO_KEY);
  for (; index > 0 && id != EW__NO_KEY; index--) {
    id = next_text_key(&keys, id);
  }
  return id == EW__NO_KEY ? begin : keys.begin + id;
}

static uint32_t compare_all(const ew__key_source *source, uint32_t count) {
  for (uint32_t later = 1; later < count; later++) {
    for (uint32_t i = 0; i < later; i++) {
      if (ew__span_compare(source->span(source->ctx, i), source->span(source->ctx, later), 0) ==
          0) {
        return later;
      }
    }
  }
  return EW__NO_KEY;
}

/* Room for numbers in what is left of the arena; it is not taken. */
static uint32_t *arena_scratch(const ew_arena *arena, uint32_t *capacity) {
  char *at = arena->base + arena->used;
  size_t pad = (size_t)(0 - (uintptr_t)at) & (sizeof(uint32_t) - 1);
  size_t left = arena->size - arena->used;
  size_t room = left > pad ? (left - pad) / sizeof(uint32_t) : 0;
  *capacity = room < UINT32_MAX ? (uint32_t)room : UINT32_MAX;
  return (uint32_t *)(void *)(at + pad);
}

static uint32_t sort_and_compare(const ew_arena *arena, const ew__key_source *source) {
  uint32_t scratch[EW__KEY_SCRATCH];
  uint32_t capacity = 0;
  uint32_t *more = arena_scratch(arena, &capacity);
  return capacity > EW__KEY_SCRATCH ? ew__keys_duplicate(source, more, capacity)
                                    : ew__keys_duplicate(source, scratch, EW__KEY_SCRATCH);
}

/* Up to here comparing all with all is quicker than sorting. */
#define FEW_KEYS 8u

static uint32_t find_duplicate(const ew_arena *arena, const list *l) {
  ew__entries entries = {l->items, l->count, l->size};
  ew__key_source source = ew__keys_of_entries(&entries);
  return l->count <= FEW_KEYS ? compare_all(&source, l->count) : sort_and_compare(arena, &source);
}

static void mark_earlier(list *l, const ew__key_source *source, const uint32_t *ids) {
  static const ew_str gone = {NULL, UINT32_MAX, 0};
  for (uint32_t i = 0; i + 1 < l->count; i++) {
    if (ew__span_compare(source->span(source->ctx, ids[i]), source->span(source->ctx, ids[i + 1]),
                         0) == 0) {
      memcpy(l->items + bytes_of(l, ids[i]), &gone, sizeof(gone));
    }
  }
}

static void drop_marked(list *l) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < l->count; i++) {
    char *item = l->items + bytes_of(l, i);
    if (ew__load_str(item).len != UINT32_MAX) {
      memmove(l->items + bytes_of(l, kept++), item, l->size);
    }
  }
  l->count = kept;
}

/* Of entries with the same key only the last stays. */
static bool drop_earlier(ew_arena *arena, list *l) {
  ew__entries entries = {l->items, l->count, l->size};
  ew__key_source source = ew__keys_of_entries(&entries);
  uint32_t capacity = 0;
  uint32_t *ids = arena_scratch(arena, &capacity);
  if (capacity < l->count) {
    return false;
  }
  for (uint32_t i = 0; i < l->count; i++) {
    ids[i] = i;
  }
  ew__keys_sort(&source, ids, l->count);
  mark_earlier(l, &source, ids);
  drop_marked(l);
  return true;
}

static bool check_entries(ew__decoder *d, const ew_type *type, list *l, const char *begin,
                          const char *end) {
  uint32_t duplicate = find_duplicate(d->arena, l);
  if (duplicate == EW__NO_KEY) {
    return true;
  }
  if ((d->mode & EW_TOLERATE_DUPLICATES) != 0) {
    if (!drop_earlier(d->arena, l)) {
      ew__refuse_limit(d, EW_ERR_ARENA_FULL, begin, "");
      return false;
    }
    return true;
  }
  d->at_key = true;
  ew__refuse_value(d, type, EW_ERR_DUPLICATE, find_entry(d, begin, end, duplicate), "",
                   "each member once");
  return false;
}

static bool check_keys(ew__decoder *d, const ew_type *type, list *l, const char *begin,
                       const char *end) {
  if (l->count < 2) {
    return true;
  }
  if (l->items != NULL) {
    return check_entries(d, type, l, begin, end);
  }
  return (d->mode & EW_TOLERATE_DUPLICATES) != 0 || check_text_keys(d, type, begin, end);
}

/* ----------------------------------------------------------------------------------------- maps */

static bool take_key(ew__decoder *d, ew__span key, char *slot) {
  if (!ew__string_fits(d, key)) {
    ew__refuse_limit(d, EW_ERR_TOO_LARGE, key.ptr - 1, "a shorter name");
    return false;
  }
  if (slot == NULL) {
    return true;
  }
  ew_str name;
  ew_err err = ew__span_take(key, d->mode, d->arena, &name);
  if (err != EW_OK) {
    ew__refuse_limit(d, err, key.ptr - 1, "");
    return false;
  }
  memcpy(slot, &name, sizeof(name));
  return true;
}

static const char *read_entry(ew__decoder *d, const ew_map_rules *rules, const char *p, list *l,
                              bool storing) {
  ew__span key;
  char *slot = NULL;
  const char *begin = p;
  p = ew__read_key(d, p, &key);
  if (p == NULL) {
    return NULL;
  }
  bool absent =
      (d->mode & EW_TOLERATE_NULL) != 0 && p < d->end && *p == 'n' && !ew__takes_null(rules->value);
  if (absent) {
    return ew__scan_word(p, d->end, "null", 4, &d->fault);
  }
  if (!open_item(d, l, begin, storing, &slot) || !take_key(d, key, slot)) {
    return NULL;
  }
  return ew__read_value(d, rules->value, p, slot == NULL ? NULL : slot + rules->value_offset, NULL);
}

/* From behind the opening brace to behind the closing one. */
static const char *read_entries(ew__decoder *d, const ew_map_rules *rules, const char *p, list *l,
                                bool storing) {
  bool closed = p < d->end && *p == '}';
  if (closed) {
    return p + 1;
  }
  while (!closed) {
    p = read_entry(d, rules, p, l, storing);
    p = p == NULL ? NULL : next_item(d, p, '}', &closed);
    if (p == NULL) {
      return NULL;
    }
  }
  return p;
}

const char *ew__read_map(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  const ew_map_rules *rules = type->as.map;
  const char *begin = p;
  if (p == d->end || *p != '{') {
    return ew__refuse_type(d, type, p, "an object");
  }
  list l = {.size = rules->entry_size};
  p = ew__open_level(d, p);
  p = p == NULL ? NULL : read_entries(d, rules, p, &l, out != NULL);
  if (p == NULL || !check_keys(d, type, &l, begin, p)) {
    return NULL;
  }
  d->depth_left++;
  if (l.count < rules->min_items) {
    return refuse_count(d, type, begin, "/minProperties", true);
  }
  if (rules->max_items != EW_NO_LIMIT && l.count > rules->max_items) {
    return refuse_count(d, type, begin, "/maxProperties", false);
  }
  if (out != NULL) {
    close_list(d->arena, &l, out);
  }
  return p;
}
