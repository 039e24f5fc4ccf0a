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
  bool written_whole; /* the reader of one writes all of it */
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
    if (!l->written_whole) {
      ew__clear(*slot, l->size);
    }
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

/* p is behind the quote that opens a string which was accepted; the result is behind the one that
 * closes it, or end. */
static const char *pass_text(const char *p, const char *end) {
  if (p < end && *p != '"') {
    p = ew__find_special(p, end);
  }
  while (end - p > 2 && *p == '\\') {
    p += 2;
    p = *p == '\\' || *p == '"' ? p : ew__find_special(p, end);
  }
  return p < end && *p == '"' ? p + 1 : end;
}

/*
 * Over the elements that end before end and were accepted, room at most: brackets, strings and
 * commas are all that counts there. *p is at an element; then at the last one that was looked at.
 * The result is behind the last one that was passed, NULL when the first ends later.
 */
static EW_NOINLINE const char *pass_elements(const char **p, const char *end, uint32_t room,
                                             uint32_t *count) {
  const char *behind = NULL;
  uint32_t passed = 0;
  uint32_t depth = 0;
  const char *at = *p;
  while (at < end && passed < room) {
    char c = *at++;
    if (c == '"') {
      at = pass_text(at, end);
    } else if (c == ',') {
      if (depth == 0) {
        behind = at - 1;
        passed++;
        *p = at;
      }
    } else if (c == '[' || c == '{') {
      depth++;
    } else if ((c == ']' || c == '}') && depth-- == 0) {
      behind = *p = at - 1;
      passed++;
      break;
    }
  }
  *count += passed;
  return behind;
}

/*
 * Over the elements that end before what was accepted; NULL when the first ends later. Lists inside
 * such an element ask again, which must not take a look at the whole text per level.
 */
EW__SMALL static EW_NOINLINE const char *pass_accepted(ew__decoder *d, list *l, const char *p) {
  uint32_t room = d->r.limits.max_items - l->count;
  const char *behind = pass_elements(&p, d->accepted, room, &l->count);
  size_t vain = (size_t)(d->accepted - p);
  bool closed = behind == p;
  if (!closed) {
    d->accepted = d->accepted_left < vain ? NULL : d->accepted;
    d->accepted_left -= d->accepted_left < vain ? 0 : vain;
  }
  return behind;
}

/*
 * Texts without rules, as far as there is room for them and another one follows at once: asking for
 * the value of each would cost many times its bytes. The result is at the element that comes then.
 */
static EW_NOINLINE const char *read_texts(ew__decoder *d, list *l, const char *p, bool storing) {
  const uint32_t room = storing ? l->capacity : d->r.limits.max_items;
  while (l->count < room) {
    const char *quote = ew__find_quote(&d->r, p);
    if (quote == NULL || d->r.end - quote < 3 || quote[1] != ',' || quote[2] != '"' ||
        quote - p > (ptrdiff_t)d->r.limits.max_string_bytes) {
      break;
    }
    if (storing) {
      ew_str text = {p + 1, (uint32_t)(quote - p) - 1, EW_STR_CLEAN};
      memcpy(l->items + (size_t)l->count * l->size, &text, sizeof(text));
    }
    l->count++;
    d->r.accepted = quote + 1;
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
  bool plain = item->kind == EW_KIND_STRING && item->as.string == NULL;
  const char *behind = p < d->accepted ? pass_accepted(d, l, p) : NULL;
  while (!closed) {
    if (EW_LIKELY(behind == NULL)) {
      p = plain ? read_texts(d, l, p, storing) : p;
      char *slot = NULL;
      uint32_t index = l->count;
      behind = open_item(d, l, p, storing, &slot) ? read_item(d, l, item, p, slot) : NULL;
      if (EW_UNLIKELY(behind == NULL)) {
        return ew__leave_level(d, p, index, false);
      }
    }
    d->r.accepted = p = behind;
    behind = NULL;
    if (EW_LIKELY(d->r.end - p > 1 && p[0] == ',' && (unsigned char)p[1] > ' ')) {
      p++;
      continue;
    }
    const char *next = ew__read_comma(d, p, ']', &closed);
    if (EW_UNLIKELY(next == NULL)) {
      return ew__leave_level(d, p, l->count - 1, true);
    }
    p = next;
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
  l.written_whole = item->kind == EW_KIND_STRING || item->kind == EW_KIND_RAW;
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
static ew__span key_at(const void *ctx, uint32_t id) {
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

/* The count-th key of the map. Those behind the first one that repeats another do not matter. */
static void know_key(ew__decoder *d, map *m, ew__span key, uint32_t count) {
  if (m->duplicate != 0) {
    return;
  }
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
    const char *value = ew__scan_key(&d->r, p, d->mode, &key, &d->fault);
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

/* The key of an entry that was stored; numbers begin at 1. */
static ew__span stored_key(const void *ctx, uint32_t id) {
  const list *l = ctx;
  ew_str key = ew__load_str(l->items + (size_t)(id - 1) * l->size);
  return (ew__span){key.ptr, key.len, false};
}

/* Whether all keys differ, by the entries, which are unescaped already. */
static bool differ_in_memory(const map *m, ew__key_table *table) {
  ew__key_source source = {&m->l, stored_key, 0};
  uint32_t id = 1;
  while (id <= m->l.count && ew__key_table_add(table, &source, id, stored_key(&m->l, id))) {
    id++;
  }
  return id > m->l.count && table->steps_left > 0;
}

/* All keys, in a table. */
EW__SMALL static bool know_all(ew__decoder *d, map *m, const char *end, ew__key_table *table) {
  ew__key_table again = *table;
  if (m->l.items != NULL && differ_in_memory(m, table)) {
    return true;
  }
  ew__clear(again.slots, again.room * sizeof(*again.slots));
  return know_again(d, m, m->few[0].ptr - 1, end, &again) && again.steps_left > 0;
}

/* The keys that did not fit into the set while the map was read: all of them in a table, or as many
 * as have room in the set at a time. */
EW__SMALL static bool know_rest(ew__decoder *d, map *m, const char *end) {
  ew__key_table table = {.steps_left = d->work_left};
  if (ew__key_table_open(&table, d->r.arena, m->l.count)) {
    return know_all(d, m, end, &table);
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
  bool known = m->waiting == 0 || (m->duplicate != 0 && m->duplicate < m->waiting);
  bool looked = known || know_rest(d, m, end);
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

static EW_NOINLINE const char *read_entry(ew__decoder *d, map *m, const char *p,
                                                    bool storing) {
  ew__span key;
  char *slot = NULL;
  const char *begin = p;
  p = ew__scan_key(&d->r, p, d->mode, &key, &d->fault);
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
static const char *read_entries(ew__decoder *d, map *m, const char *p, bool storing) {
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
