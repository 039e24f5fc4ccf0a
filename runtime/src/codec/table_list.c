#include "decode_internal.h"
#include "keys_internal.h"

/** Elements of an array or entries of a map, growing in the arena. */
typedef struct list {
  const char *begin; /* behind the opening bracket */
  char *items;       /* NULL: nothing is stored */
  uint32_t count;
  uint32_t capacity;
  uint32_t allowed; /* elements, by the schema */
  uint32_t size; /* of one; 0: there is nothing to store */
  char first;    /* of the last element of a union that its JSON type decided; NUL: none yet */
  const ew_arm *arm; /* which that was */
} list;

/* Place for one more element; *slot stays NULL when nothing is stored. False: refused. */
static EW_NOINLINE bool open_item(ew__decoder *d, list *l, const char *p, bool storing,
                                  char **slot) {
  bool stored = storing && l->size > 0;
  if (stored && l->count == l->capacity) {
    l->items = ew_grow(&d->r, l->items, l->allowed, &l->capacity, l->size, l->begin, p);
  }
  bool full = l->count >= d->r.limits.max_items;
  if (EW_UNLIKELY(full || (stored && l->items == NULL))) {
    ew__refuse_limit(d, full ? EW_ERR_TOO_LARGE : EW_ERR_ARENA_FULL, p,
                     full ? "fewer elements" : "");
    return false;
  }
  if (stored) {
    *slot = l->items + (size_t)l->count * l->size;
    ew__clear(*slot, l->size);
  }
  l->count++;
  return true;
}

EW__COLD static const char *refuse_count(ew__decoder *d, const ew_type *type, const char *begin,
                                         const char *keyword, bool few) {
  return ew__refuse_value(d, type, EW_ERR_COUNT, begin, keyword,
                          few ? "more elements" : "fewer elements");
}

/* Gives unused room back and stores what is there. */
static void close_list(ew__decoder *d, const list *l, void *out) {
  if (out != NULL) {
    ew_trim(&d->r, l->items, l->count, l->capacity, l->size);
    ew__store_list(out, (ew__list){l->items, l->count});
  }
}

/* --------------------------------------------------------------------------------------- arrays */

/*
 * Over an element that was accepted before; NULL when it ends behind that. Lists inside such an
 * element ask again, which must not take a look at the whole text per level.
 */
EW__SMALL static const char *pass_accepted(ew__decoder *d, const char *p) {
  size_t len = (size_t)(d->accepted - p);
  ew__fault fault;
  const char *behind =
      ew__skip_value(p, d->accepted, d->r.depth_left, d->mode, &fault);
  if (behind == NULL) {
    d->accepted = d->accepted_left < len ? NULL : d->accepted;
    d->accepted_left -= d->accepted_left < len ? 0 : len;
  }
  return behind;
}

/* Over texts that were accepted before, as far as another one follows at once: asking for the value
 * of each would cost many times its bytes. The result is before an element. */
static EW_NOINLINE const char *pass_texts(const ew__decoder *d, list *l, const char *p) {
  while (p < d->accepted && *p == '"' && l->count < d->r.limits.max_items) {
    const char *quote = memchr(p + 1, '"', (size_t)(d->accepted - p - 1));
    bool followed = quote != NULL && quote[-1] != '\\' && d->accepted - quote > 2 &&
                    quote[1] == ',' && quote[2] == '"';
    if (!followed) {
      break;
    }
    l->count++;
    p = quote + 2;
  }
  return p;
}

/* Elements that begin alike are of the same arm, unless their members decide. */
static bool knows_arm(ew__decoder *d, list *l, const ew_union_rules *rules, const char *p) {
  char c = ew_peek(&d->r, p);
  if (EW_LIKELY(c == l->first)) {
    return c != '\0';
  }
  if (c == 'n' || (c == '{' && rules->probe_count > 0) || rules->hard) {
    return false;
  }
  ew__fault fault;
  int arm = ew__choose_arm(&d->r, p, rules, d->mode, &fault);
  if (arm >= 0) {
    l->first = c;
    l->arm = &rules->arms[arm];
  }
  return arm >= 0;
}

static const char *read_item(ew__decoder *d, list *l, const ew_type *item, const char *p,
                             char *slot) {
  const char *behind = EW_UNLIKELY(p < d->accepted) ? pass_accepted(d, p) : NULL;
  if (behind != NULL) {
    return behind;
  }
  if (item->kind != EW_KIND_UNION || !knows_arm(d, l, item->as.choice, p)) {
    return ew__read_value(d, item, p, slot, NULL);
  }
  const ew_union_rules *rules = item->as.choice;
  if (slot != NULL) {
    if (rules->kind_offset != EW_NO_OFFSET) {
      ew__store_int(slot + rules->kind_offset, l->arm->kind);
    }
    slot += rules->value_offset;
  }
  return ew__read_value(d, l->arm->type, p, slot, NULL);
}

/* From the first element to behind the closing bracket. */
static const char *read_items(ew__decoder *d, const ew_type *item, const char *p, list *l,
                              bool storing) {
  bool closed = ew_peek(&d->r, p) == ']';
  if (closed) {
    return p + 1;
  }
  while (!closed) {
    p = EW_UNLIKELY(p < d->accepted) ? pass_texts(d, l, p) : p;
    char *slot = NULL;
    uint32_t index = l->count;
    const char *behind = NULL;
    if (open_item(d, l, p, storing, &slot)) {
      behind = read_item(d, l, item, p, slot);
    }
    if (EW_UNLIKELY(behind == NULL)) {
      return ew__leave_level(d, p, index, false);
    }
    d->r.accepted = behind;
    if (EW_LIKELY(d->r.end - behind > 1 && behind[0] == ',' && (unsigned char)behind[1] > ' ')) {
      p = behind + 1;
      continue;
    }
    p = ew__read_comma(d, behind, ']', &closed);
    if (EW_UNLIKELY(p == NULL)) {
      return ew__leave_level(d, behind, index, true);
    }
  }
  return p;
}

EW__SMALL const char *ew__read_array(ew__decoder *d, const ew_type *type, const char *p, void *out,
                                     ew_str *text) {
  (void)text;
  const ew_array_rules *rules = type->as.array;
  const char *begin = p;
  if (ew_peek(&d->r, p) != '[') {
    return ew__refuse_type(d, type, p, "an array");
  }
  const ew_type *item = ew__in_profile(d, rules->item);
  list l = {.begin = p + 1, .allowed = rules->max_items, .size = rules->item->size};
  p = ew__open_level(d, p);
  p = p == NULL ? NULL : read_items(d, item, p, &l, out != NULL);
  if (p == NULL) {
    return NULL;
  }
  d->r.depth_left++;
  if (l.count < rules->min_items || l.count > rules->max_items) {
    bool few = l.count < rules->min_items;
    return refuse_count(d, type, begin, few ? "/minItems" : "/maxItems", few);
  }
  close_list(d, &l, out);
  return p;
}

/* ------------------------------------------------------------------------------ duplicate keys */

#define FEW_KEYS 8u

/** A map while it is read, and the keys it has. A key's number is where its quote stands. */
typedef struct map {
  list l;
  const ew_map_rules *rules;
  ew__key_source source;
  ew__span few[FEW_KEYS]; /* the first keys: most maps need no more */
  uint32_t base;          /* where its keys begin in the set */
  uint32_t limit;         /* where they end at the latest */
  uint32_t waiting;       /* the first key that did not fit into the set; 0: none */
  uint32_t duplicate;     /* the first key that repeats another; 0: none known */
} map;

/* The map was read before: nothing can fail here. */
EW__SMALL static ew__span key_at(const void *ctx, uint32_t id) {
  const ew__decoder *d = ctx;
  ew__fault fault;
  ew__span span = {NULL, 0, false};
  ew__scan_string(d->r.begin + id, d->r.end, d->mode, &span, &fault);
  return span;
}

static uint32_t id_of(const ew__decoder *d, ew__span key) {
  return (uint32_t)(key.ptr - 1 - d->r.begin);
}

EW__SMALL static void note_duplicate(map *m, uint32_t id) {
  m->duplicate = m->duplicate == 0 || id < m->duplicate ? id : m->duplicate;
}

static void add_to_set(ew__decoder *d, map *m, ew__span key) {
  uint32_t before = d->keys->count;
  uint32_t id = id_of(d, key);
  if (ew__keys_add(d->keys, &m->source, m->base, m->limit, id, key) != EW__NO_KEY) {
    note_duplicate(m, id);
  } else if (d->keys->count == before && m->waiting == 0) {
    m->waiting = id;
  }
}

/* Inner maps get what the maps around them have left, and leave some of it. */
EW__SMALL static void open_set(ew__decoder *d, map *m) {
  if (!d->keys_open) {
    ew__keys_open(d->keys, d->work_left);
    d->keys_open = true;
  }
  m->base = d->keys->count;
  m->limit = EW__KEYS - (EW__KEYS - m->base) / 8;
  for (uint32_t i = 0; i < FEW_KEYS; i++) {
    add_to_set(d, m, m->few[i]);
  }
}

/* The count-th key of the map. */
EW__SMALL static void know_key(ew__decoder *d, map *m, ew__span key, uint32_t count) {
  if (count > FEW_KEYS) {
    if (m->limit == 0) {
      open_set(d, m);
    }
    if (m->waiting == 0) {
      add_to_set(d, m, key);
    }
    return;
  }
  for (uint32_t i = 0; i + 1 < count; i++) {
    if (ew__span_compare(m->few[i], key, d->mode) == 0) {
      note_duplicate(m, id_of(d, key));
    }
  }
  m->few[count - 1] = key;
}

/* null where the profile makes it mean that there is no such entry. */
EW__SMALL static bool is_absent(const ew__decoder *d, const ew_map_rules *rules, const char *p) {
  return (d->mode & EW_TOLERATE_NULL) != 0 && ew_peek(&d->r, p) == 'n' &&
         !ew__takes_null(d, rules->value);
}

/* The keys from p to the end of the map, once more: into the table, or into the set where that is
 * NULL. False when that takes too long. */
EW__SMALL static EW_NOINLINE bool know_again(ew__decoder *d, map *m, const char *p, const char *end,
                                             ew__key_table *table) {
  uint64_t work = (uint64_t)(end - p);
  m->waiting = 0;
  if (work > d->work_left) {
    return false;
  }
  d->work_left -= work;
  for (bool closed = false; !closed;) {
    ew__span key;
    const char *value = ew__read_key(d, p, &key);
    p = ew__read_comma(d, ew__pass(d, value), '}', &closed);
    if (is_absent(d, m->rules, value)) {
      continue;
    }
    if (table == NULL) {
      add_to_set(d, m, key);
    } else if (!ew__key_table_add(table, &m->source, id_of(d, key), key)) {
      note_duplicate(m, id_of(d, key));
    }
  }
  return true;
}

/* The keys that did not fit into the set while the map was read: all of them in a table, or as many
 * as have room in the set at a time. */
EW__SMALL static bool know_rest(ew__decoder *d, map *m, const char *end) {
  ew__key_table table = {.steps_left = d->work_left};
  if (ew__key_table_open(&table, d->r.arena, m->l.count)) {
    return know_again(d, m, m->few[0].ptr - 1, end, &table) && table.steps_left > 0;
  }
  bool looked = m->base < m->limit;
  for (bool again = false; looked && m->waiting != 0; again = true) {
    if (again) {
      ew__keys_cut(d->keys, &m->source, m->base);
    }
    looked = know_again(d, m, d->r.begin + m->waiting, end, NULL);
  }
  return looked;
}

/* All keys differ; end: behind the map. */
EW__SMALL static bool check_keys(ew__decoder *d, const ew_type *type, map *m, const char *end) {
  bool looked = m->waiting == 0 || know_rest(d, m, end);
  if (m->limit != 0) {
    looked = looked && d->keys->steps_left > 0;
    ew__keys_cut(d->keys, &m->source, m->base);
  }
  if (m->duplicate != 0) {
    d->at_key = true;
    ew__refuse_value(d, type, EW_ERR_DUPLICATE, d->r.begin + m->duplicate, "", "each member once");
  } else if (!looked) {
    ew__refuse_limit(d, EW_ERR_TOO_LARGE, m->l.begin - 1, "fewer members");
  }
  return looked && m->duplicate == 0;
}

/* ------------------------------------------------------------------------------- the last one wins */

static const ew_str gone = {NULL, UINT32_MAX, 0};

/* Marks the entries below end whose keys stand again behind them and below end, for as many keys as
 * there is room for. The result is where those begin that are still to do. */
EW__COLD static uint32_t mark_earlier(ew__key_set *set, const ew__key_source *source, list *l,
                                      uint32_t end) {
  uint32_t first = end;
  ew__keys_open(set, UINT64_MAX);
  for (uint32_t i = end; i-- > 0;) {
    char *entry = l->items + (size_t)i * l->size;
    uint32_t before = set->count;
    if (ew__load_str(entry).len == UINT32_MAX) {
      continue;
    }
    if (ew__keys_add(set, source, 0, EW__KEYS, i, source->span(source->ctx, i)) != EW__NO_KEY) {
      memcpy(entry, &gone, sizeof(gone));
    }
    first = set->count > before ? i : first;
  }
  return set->count < EW__KEYS ? 0 : first;
}

EW__COLD static void drop_marked(list *l) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < l->count; i++) {
    char *item = l->items + (size_t)i * l->size;
    if (ew__load_str(item).len != UINT32_MAX) {
      memmove(l->items + (size_t)kept++ * l->size, item, l->size);
    }
  }
  l->count = kept;
}

/* Of entries with the same key only the last stays. */
EW__COLD static EW_NOINLINE void drop_earlier(list *l) {
  ew__entries entries = {l->items, l->count, l->size};
  ew__key_source source = ew__keys_of_entries(&entries);
  ew__key_set set;
  for (uint32_t end = l->count; end > 0;) {
    end = mark_earlier(&set, &source, l, end);
  }
  drop_marked(l);
}

/* ----------------------------------------------------------------------------------------- maps */

EW__SMALL static EW_NOINLINE const char *read_entry(ew__decoder *d, map *m, const char *p,
                                                    bool storing) {
  ew__span key;
  char *slot = NULL;
  const char *begin = p;
  p = ew__read_key(d, p, &key);
  if (p == NULL) {
    return NULL;
  }
  if (EW_UNLIKELY(is_absent(d, m->rules, p))) {
    return ew__pass_null(d, p);
  }
  if (!open_item(d, &m->l, begin, storing, &slot)) {
    d->at_key = true;
    return NULL;
  }
  if (!ew__string_fits(d, key)) {
    d->at_key = true;
    return ew__refuse_limit(d, EW_ERR_TOO_LARGE, key.ptr - 1, "a shorter name");
  }
  if (slot != NULL && !ew__take_span(d, key, (ew_str *)(void *)slot)) {
    return NULL;
  }
  if ((d->mode & EW_TOLERATE_DUPLICATES) == 0) {
    know_key(d, m, key, m->l.count);
  }
  return ew__read_value(d, m->rules->value, p, slot == NULL ? NULL : slot + m->rules->value_offset,
                        NULL);
}

/* From behind the opening brace to behind the closing one. */
EW__SMALL static const char *read_entries(ew__decoder *d, map *m, const char *p, bool storing) {
  bool closed = ew_peek(&d->r, p) == '}';
  if (closed) {
    return p + 1;
  }
  while (!closed) {
    const char *behind = read_entry(d, m, p, storing);
    if (EW_UNLIKELY(behind == NULL)) {
      return ew__leave_level(d, p, EW__IN_OBJECT, false);
    }
    p = ew__read_comma(d, behind, '}', &closed);
    if (EW_UNLIKELY(p == NULL)) {
      return ew__leave_level(d, behind, EW__IN_OBJECT, true);
    }
  }
  return p;
}

EW__SMALL static const char *read_map(ew__decoder *d, const ew_type *type, const char *p,
                                      void *out) {
  const char *begin = p;
  map m;
  m.l = (list){.begin = p + 1, .allowed = type->as.map->max_items, .size = type->as.map->entry_size};
  m.rules = type->as.map;
  m.source = (ew__key_source){d, key_at, d->mode};
  m.limit = m.waiting = m.duplicate = 0;
  p = ew__open_level(d, p);
  p = p == NULL ? NULL : read_entries(d, &m, p, out != NULL);
  if (p == NULL) {
    return NULL;
  }
  if (!check_keys(d, type, &m, p)) {
    return ew__leave_level(d, p, EW__IN_OBJECT, true);
  }
  if ((d->mode & EW_TOLERATE_DUPLICATES) != 0 && m.l.items != NULL && m.l.count > 1) {
    drop_earlier(&m.l);
  }
  d->r.depth_left++;
  if (m.l.count < m.rules->min_items || m.l.count > m.rules->max_items) {
    bool few = m.l.count < m.rules->min_items;
    return refuse_count(d, type, begin, few ? "/minProperties" : "/maxProperties", few);
  }
  close_list(d, &m.l, out);
  return p;
}

/* The outermost map brings the room in which all inside it remember their keys. */
EW__SMALL static EW_NOINLINE const char *read_outer_map(ew__decoder *d, const ew_type *type,
                                                        const char *p, void *out) {
  ew__key_set set;
  d->keys = &set;
  d->keys_open = false;
  p = read_map(d, type, p, out);
  d->keys = NULL;
  return p;
}

EW__SMALL const char *ew__read_map(ew__decoder *d, const ew_type *type, const char *p, void *out,
                                   ew_str *text) {
  (void)text;
  if (ew_peek(&d->r, p) != '{') {
    return ew__refuse_type(d, type, p, "an object");
  }
  return d->keys == NULL ? read_outer_map(d, type, p, out) : read_map(d, type, p, out);
}
