/*
 * Empty values, deep copies and deep comparison of any type. Copying and comparing are one walk
 * over two values side by side: a copy begins with the bytes of the value that it is of, and what
 * these point to is copied on the way.
 */
#include "../codec/keys_internal.h"
#include "../codec/layout_internal.h"
#include "../codec/scan_internal.h"

EW__SMALL void ew_type_init(const ew_type *type, void *value) { memset(value, 0, type->size); }

typedef struct walk {
  ew_arena *arena; /* of the copy; NULL: the two are compared */
  ew_err err; /* why there is no copy, if there is none */
  uint32_t depth_left;
} walk;

/* False: they differ, or a cannot become a copy of b. */
static bool walk_value(walk *w, const ew_type *type, char *a, const char *b);

/* ----------------------------------------------------------------------------- texts and blocks */

EW__SMALL static bool equal_text(const char *a, const char *b) {
  return ew_str_equal(ew__load_str(a), ew__load_str(b));
}

/* False: nothing is where the struct says that something is. */
EW__SMALL static bool is_there(walk *w, const void *from) {
  w->err = from == NULL ? EW_ERR_ARGUMENT : w->err;
  return from != NULL;
}

EW__SMALL static bool copy_text(walk *w, char *to) {
  ew_str text = ew__load_str(to);
  if (text.len == 0) {
    text = (ew_str){text.ptr == NULL ? NULL : "", 0, text.flags};
  } else {
    char *copy = is_there(w, text.ptr) ? ew__arena_take_text(w->arena, text.len) : NULL;
    if (copy == NULL) {
      return false;
    }
    memcpy(copy, text.ptr, text.len);
    text.ptr = copy;
  }
  memcpy(to, &text, sizeof(text));
  return true;
}

EW__SMALL static bool walk_text(walk *w, char *a, const char *b) {
  return w->arena == NULL ? equal_text(a, b) : copy_text(w, a);
}

/* A copy of count elements of size bytes at *out, which is NULL when they take none. */
EW__SMALL static bool copy_block(walk *w, const void *from, uint32_t count, uint32_t size,
                                 char **out) {
  size_t bytes = (size_t)count * size;
  *out = NULL;
  if (bytes == 0) {
    return true;
  }
  *out = is_there(w, from) ? ew_arena_take(w->arena, bytes) : NULL;
  if (*out == NULL) {
    return false;
  }
  memcpy(*out, from, bytes);
  return true;
}

/* ------------------------------------------------------------------------------------- objects */

EW__SMALL static bool walk_arm(walk *w, const ew_union_rules *rules, int kind, char *a,
                               const char *b) {
  const ew_arm *arm = ew__arm_by_kind(rules, kind);
  return arm == NULL ||
         walk_value(w, arm->type, a + rules->value_offset, b + rules->value_offset);
}

/* What is not there points nowhere in the copy. */
EW__SMALL static void clear_absent(const ew_member *member, char *object) {
  if (member->offset != EW_NO_OFFSET) {
    memset(object + member->offset, 0, member->type->size);
  }
  if ((member->flags & EW_MEMBER_TEXT) != 0) {
    memset(object + member->text_offset, 0, sizeof(ew_str));
  }
}

/* An enum value says all, but for 0: then the texts of an open one do. */
EW__SMALL static bool needs_text(const walk *w, const ew_member *member, const char *object) {
  return (member->flags & EW_MEMBER_TEXT) != 0 &&
         (w->arena != NULL || ew__load_int(object + member->offset) == 0);
}

EW__SMALL static bool walk_member(walk *w, const ew_object_rules *rules, const ew_member *member,
                                  char *a, const char *b) {
  ew_presence presence = ew__presence_of(member, b);
  if (presence != ew__presence_of(member, a)) {
    return false;
  }
  if (presence != EW_SET && w->arena != NULL) {
    clear_absent(member, a);
  }
  if (presence != EW_SET || member->offset == EW_NO_OFFSET) {
    return true;
  }
  if ((member->flags & EW_MEMBER_SIBLING) != 0) {
    int kind = ew__tag_of(rules, member, b);
    return kind == ew__tag_of(rules, member, a) &&
           walk_arm(w, member->type->as.choice, kind, a + member->offset, b + member->offset);
  }
  return walk_value(w, member->type, a + member->offset, b + member->offset) &&
         (!needs_text(w, member, b) ||
          walk_text(w, a + member->text_offset, b + member->text_offset));
}

/* Members that the schema does not name. */
EW__COLD static bool walk_unknown(walk *w, const ew_object_rules *rules, char *a, const char *b) {
  const ew_member *row = ew__kept_row(rules);
  ew_err err = row->type->as.keeper->walk(w->arena, a + row->offset, b + row->offset);
  w->err = err != EW_OK ? err : w->err;
  return err == EW_OK;
}

EW__SMALL static bool walk_object(walk *w, const ew_object_rules *rules, char *a, const char *b) {
  for (uint32_t i = 0; i < rules->member_count; i++) {
    if (!walk_member(w, rules, &rules->members[i], a, b)) {
      return false;
    }
  }
  return !rules->keeps || walk_unknown(w, rules, a, b);
}

/* ------------------------------------------------------------------------------ arrays and maps */

/* The elements of a: those of a list that is compared, or room with the bytes of b in the copy. */
EW__SMALL static bool open_list(walk *w, char *a, const char *b, uint32_t size, char **items) {
  ew__list list = ew__load_list(b);
  if (w->arena == NULL) {
    *items = ew__load_pointer(a);
    return list.count == ew__load_list(a).count;
  }
  bool copied = copy_block(w, list.items, list.count, size, items);
  ew__store_list(a, (ew__list){*items, list.count});
  return copied;
}

EW__SMALL static bool walk_array(walk *w, const ew_type *item, char *a, const char *b) {
  ew__list list = ew__load_list(b);
  size_t size = item->size;
  char *items;
  if (!open_list(w, a, b, item->size, &items)) {
    return false;
  }
  for (size_t i = 0; size > 0 && i < list.count; i++) {
    if (!walk_value(w, item, items + i * size, (const char *)list.items + i * size)) {
      return false;
    }
  }
  return true;
}

EW__SMALL static bool copy_map(walk *w, const ew_map_rules *rules, char *a, const char *b) {
  ew__list list = ew__load_list(b);
  const char *from = list.items;
  char *to;
  if (!open_list(w, a, b, rules->entry_size, &to)) {
    return false;
  }
  for (uint32_t i = 0; i < list.count; i++) {
    if (!copy_text(w, to) || !walk_value(w, rules->value, to + rules->value_offset,
                                         from + rules->value_offset)) {
      return false;
    }
    to += rules->entry_size;
    from += rules->entry_size;
  }
  return true;
}

/** Two maps with as many entries, beginning with the first keys that differ. */
typedef struct maps {
  const ew_map_rules *rules;
  char *a;
  ew__entries b;
} maps;

EW__SMALL static const char *entry_of(const maps *m, const char *items, uint32_t i) {
  return items + (size_t)i * m->rules->entry_size;
}

EW__SMALL static bool equal_entry(walk *w, const maps *m, uint32_t a, uint32_t b) {
  uint32_t offset = m->rules->value_offset;
  return walk_value(w, m->rules->value, m->a + (size_t)a * m->rules->entry_size + offset,
                    entry_of(m, m->b.items, b) + offset);
}

/* The slot of the key of entry i of those. */
EW__SMALL static EW_NOINLINE uint32_t *find_key(ew__key_set *set, const maps *m,
                                                const char *items, uint32_t i) {
  ew_str key = ew__load_str(entry_of(m, items, i));
  return ew__keys_find(set, (uint64_t)(uintptr_t)set, (ew__span){key.ptr, key.len, false}, 0);
}

#define SOME 512u

/*
 * Where the keys of entries [first, last) of a stand in b: those of b are remembered once, or as
 * many at a time as there is room for. False: one does not stand there. The room is given back
 * before values are compared, in which there may be maps again.
 */
EW__SMALL static EW_NOINLINE bool find_entries(const maps *m, uint32_t first, uint32_t last,
                                               uint32_t places[]) {
  ew__key_room room;
  ew__key_set set = ew__keys_in(&room);
  uint32_t missing = last - first;
  for (uint32_t i = 0; i < m->b.count;) {
    ew__keys_clear(&set, UINT64_MAX);
    for (; i < m->b.count && set.count < EW__KEYS; i++) {
      uint32_t *slot = find_key(&set, m, m->b.items, i);
      if (*slot != 0) {
        break; /* it looks like another one, and begins a set of its own */
      }
      *slot = set.mark | set.count++;
    }
    for (uint32_t k = first; k < last; k++) {
      uint32_t slot = *find_key(&set, m, m->a, k);
      uint32_t place = i - set.count + slot % EW__KEY_SLOTS;
      if (slot != 0 && equal_text(entry_of(m, m->a, k), entry_of(m, m->b.items, place))) {
        places[k - first] = place;
        missing--;
      }
    }
  }
  return missing == 0;
}

/* The order of the entries does not matter, and the keys of each map differ. */
EW__SMALL static bool equal_entries(walk *w, const maps *m) {
  for (uint32_t first = 0; first < m->b.count; first += SOME) {
    uint32_t places[SOME];
    uint32_t last = m->b.count - first < SOME ? m->b.count : first + SOME;
    if (!find_entries(m, first, last, places)) {
      return false;
    }
    for (uint32_t i = first; i < last; i++) {
      if (!equal_entry(w, m, i, places[i - first])) {
        return false;
      }
    }
  }
  return true;
}

EW__SMALL static bool equal_map(walk *w, const ew_map_rules *rules, char *a, const char *b) {
  ew__list x = ew__load_list(a);
  ew__list y = ew__load_list(b);
  maps m = {rules, x.items, {y.items, y.count, rules->entry_size}};
  if (x.count != y.count) {
    return false;
  }
  while (m.b.count > 0 && equal_text(m.a, m.b.items)) {
    if (!equal_entry(w, &m, 0, 0)) {
      return false;
    }
    m.a += rules->entry_size;
    m.b.items += rules->entry_size;
    m.b.count--;
  }
  return equal_entries(w, &m);
}

/* ---------------------------------------------------------------------------------- all of them */

EW__SMALL static bool walk_union(walk *w, const ew_union_rules *rules, char *a, const char *b) {
  if (rules->kind_offset == EW_NO_OFFSET) {
    return true; /* the object that holds it and its tag walks into it */
  }
  int kind = ew__load_int(b + rules->kind_offset);
  return kind == ew__load_int(a + rules->kind_offset) && walk_arm(w, rules, kind, a, b);
}

EW__SMALL static bool walk_box(walk *w, const ew_type *boxed, char *a, const char *b) {
  char *x = ew__load_pointer(a);
  const char *y = ew__load_pointer(b);
  if (x == NULL || y == NULL) {
    return x == y;
  }
  if (w->arena != NULL) {
    bool copied = copy_block(w, y, 1, boxed->size, &x);
    memcpy(a, &x, sizeof(x));
    if (!copied || x == NULL) {
      return copied;
    }
  }
  return walk_value(w, boxed, x, y);
}

EW__SMALL static bool equal_double(const char *a, const char *b) {
  double x, y;
  memcpy(&x, a, sizeof(x));
  memcpy(&y, b, sizeof(y));
  return x == y;
}

EW__SMALL static bool walk_kind(walk *w, const ew_type *type, char *a, const char *b) {
  switch (type->kind) {
  case EW_KIND_BOOL:
  case EW_KIND_INT:
  case EW_KIND_UINT:
  case EW_KIND_ENUM:
    return memcmp(a, b, type->size) == 0;
  case EW_KIND_DOUBLE:
    return w->arena != NULL || equal_double(a, b);
  case EW_KIND_CONST:
  case EW_KIND_NULL:
    return true;
  case EW_KIND_NUM:
  case EW_KIND_STRING:
  case EW_KIND_RAW:
    return walk_text(w, a, b);
  case EW_KIND_OBJECT:
  case EW_KIND_TUPLE:
    return walk_object(w, type->as.object, a, b);
  case EW_KIND_ARRAY:
    return walk_array(w, type->as.array->item, a, b);
  case EW_KIND_MAP:
    return w->arena == NULL ? equal_map(w, type->as.map, a, b)
                            : copy_map(w, type->as.map, a, b);
  case EW_KIND_UNION:
    return walk_union(w, type->as.choice, a, b);
  case EW_KIND_BOX:
    return walk_box(w, type->as.boxed, a, b);
  }
  return false;
}

EW__SMALL static bool walk_value(walk *w, const ew_type *type, char *a, const char *b) {
  if (w->depth_left == 0) {
    w->err = EW_ERR_DEPTH;
    return false;
  }
  w->depth_left--;
  bool walked = walk_kind(w, type, a, b);
  w->depth_left++;
  return walked;
}

/* Unions and pointers count too here, so a value of the deepest text still passes. */
#define LEVELS (4 * EW__MAX_DEPTH)

EW__SMALL ew_err ew_type_copy(const ew_type *type, void *to, const void *from, ew_arena *arena) {
  walk w = {arena, EW_ERR_ARENA_FULL, LEVELS};
  size_t mark = ew_arena_mark(arena);
  memmove(to, from, type->size); /* they may overlap, so that `to` stands for both */
  if (walk_value(&w, type, to, to)) {
    return EW_OK;
  }
  memset(to, 0, type->size);
  ew_arena_rewind(arena, mark);
  return w.err;
}

EW__SMALL bool ew_type_equal(const ew_type *type, const void *a, const void *b) {
  walk w = {NULL, EW_OK, LEVELS};
  return walk_value(&w, type, ew__load_pointer(&a), b); /* a is not written when compared */
}
