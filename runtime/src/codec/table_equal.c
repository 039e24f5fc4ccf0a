#include "keys_internal.h"
#include "layout_internal.h"
#include "scan_internal.h"

static bool equal_value(const ew_type *type, const char *a, const char *b, uint32_t depth_left);

EW__SMALL static bool equal_bytes(const char *a, const char *b, size_t size) {
  return memcmp(a, b, size) == 0;
}

EW__SMALL static bool equal_double(const char *a, const char *b) {
  double x, y;
  memcpy(&x, a, sizeof(x));
  memcpy(&y, b, sizeof(y));
  return x == y;
}

EW__SMALL static bool equal_text(const char *a, const char *b) {
  return ew_str_equal(ew__load_str(a), ew__load_str(b));
}

/* An enum value says all, but for 0: then the texts of an open one do. */
EW__SMALL static bool equal_enum(const ew_member *member, const char *a, const char *b) {
  int value = ew__load_int(a + member->offset);
  if (value != ew__load_int(b + member->offset)) {
    return false;
  }
  return value != 0 || (member->flags & EW_MEMBER_TEXT) == 0 ||
         equal_text(a + member->text_offset, b + member->text_offset);
}

EW__SMALL static bool equal_arm(const ew_union_rules *rules, int kind, const char *a, const char *b,
                                uint32_t depth_left) {
  const ew_arm *arm = ew__arm_by_kind(rules, kind);
  return arm == NULL ||
         equal_value(arm->type, a + rules->value_offset, b + rules->value_offset, depth_left);
}

EW__SMALL static bool equal_member(const ew_object_rules *rules, const ew_member *member,
                                   const char *a, const char *b, uint32_t depth_left) {
  ew_presence presence = ew__presence_of(member, a);
  if (presence != ew__presence_of(member, b)) {
    return false;
  }
  if (presence != EW_SET || member->offset == EW_NO_OFFSET) {
    return true;
  }
  if (member->type->kind == EW_KIND_ENUM) {
    return equal_enum(member, a, b);
  }
  if ((member->flags & EW_MEMBER_SIBLING) != 0) {
    int kind = ew__tag_of(rules, member, a);
    return kind == ew__tag_of(rules, member, b) &&
           equal_arm(member->type->as.choice, kind, a + member->offset, b + member->offset,
                     depth_left);
  }
  return equal_value(member->type, a + member->offset, b + member->offset, depth_left);
}

EW__SMALL static bool equal_object(const ew_object_rules *rules, const char *a, const char *b,
                                   uint32_t depth_left) {
  for (uint32_t i = 0; i < rules->member_count; i++) {
    if (!equal_member(rules, &rules->members[i], a, b, depth_left)) {
      return false;
    }
  }
  return true;
}

EW__SMALL static bool equal_array(const ew_array_rules *rules, const char *a, const char *b,
                                  uint32_t depth_left) {
  ew__list x = ew__load_list(a);
  ew__list y = ew__load_list(b);
  size_t size = rules->item->size;
  if (x.count != y.count) {
    return false;
  }
  for (size_t i = 0; size > 0 && i < x.count; i++) {
    if (!equal_value(rules->item, (const char *)x.items + i * size,
                     (const char *)y.items + i * size, depth_left)) {
      return false;
    }
  }
  return true;
}

/** Two maps with as many entries, beginning with the first keys that differ. */
typedef struct maps {
  const ew_map_rules *rules;
  const char *a;
  ew__entries b;
} maps;

EW__SMALL static const char *entry_of(const maps *m, const char *items, uint32_t i) {
  return items + (size_t)i * m->rules->entry_size;
}

EW__SMALL static bool equal_entry(const maps *m, uint32_t a, uint32_t b, uint32_t depth_left) {
  uint32_t offset = m->rules->value_offset;
  return equal_value(m->rules->value, entry_of(m, m->a, a) + offset,
                     entry_of(m, m->b.items, b) + offset, depth_left);
}

#define SOME 512u

/*
 * Where the keys of entries [first, last) of a stand in b: those of b are remembered once, or as
 * many at a time as there is room for. False: one does not stand there. The room is given back
 * before values are compared, in which there may be maps again.
 */
EW__SMALL static EW_NOINLINE bool find_entries(const maps *m, uint32_t first, uint32_t last,
                                               uint32_t places[]) {
  ew__key_source source = ew__keys_of_entries(&m->b);
  ew__key_set set;
  uint32_t found = 0;
  for (uint32_t i = 0; i < m->b.count;) {
    ew__keys_open(&set, UINT64_MAX);
    for (; i < m->b.count && set.count < EW__KEYS; i++) {
      ew__keys_add(&set, &source, 0, EW__KEYS, i, source.span(source.ctx, i));
    }
    for (uint32_t k = first; k < last; k++) {
      ew_str key = ew__load_str(entry_of(m, m->a, k));
      ew__span span = {key.ptr, key.len, false};
      uint32_t place = ew__keys_add(&set, &source, 0, 0, 0, span);
      places[k - first] = place != EW__NO_KEY ? place : places[k - first];
      found += place != EW__NO_KEY;
    }
  }
  return found == last - first;
}

/* The order of the entries does not matter, and the keys of each map differ. */
EW__SMALL static bool equal_entries(const maps *m, uint32_t depth_left) {
  for (uint32_t first = 0; first < m->b.count; first += SOME) {
    uint32_t places[SOME];
    uint32_t last = m->b.count - first < SOME ? m->b.count : first + SOME;
    if (!find_entries(m, first, last, places)) {
      return false;
    }
    for (uint32_t i = first; i < last; i++) {
      if (!equal_entry(m, i, places[i - first], depth_left)) {
        return false;
      }
    }
  }
  return true;
}

EW__SMALL static bool equal_map(const ew_map_rules *rules, const char *a, const char *b,
                                uint32_t depth_left) {
  ew__list x = ew__load_list(a);
  ew__list y = ew__load_list(b);
  maps m = {rules, x.items, {y.items, y.count, rules->entry_size}};
  if (x.count != y.count) {
    return false;
  }
  while (m.b.count > 0 && equal_text(m.a, m.b.items)) {
    if (!equal_entry(&m, 0, 0, depth_left)) {
      return false;
    }
    m.a += rules->entry_size;
    m.b.items += rules->entry_size;
    m.b.count--;
  }
  return equal_entries(&m, depth_left);
}

EW__SMALL static bool equal_union(const ew_union_rules *rules, const char *a, const char *b,
                                  uint32_t depth_left) {
  if (rules->kind_offset == EW_NO_OFFSET) {
    return true; /* its sibling's owner compares it */
  }
  int kind = ew__load_int(a + rules->kind_offset);
  return kind == ew__load_int(b + rules->kind_offset) && equal_arm(rules, kind, a, b, depth_left);
}

EW__SMALL static bool equal_box(const ew_type *boxed, const char *a, const char *b,
                                uint32_t depth_left) {
  const char *x = ew__load_pointer(a);
  const char *y = ew__load_pointer(b);
  return x == NULL || y == NULL ? x == y : equal_value(boxed, x, y, depth_left);
}

EW__SMALL static bool equal_value(const ew_type *type, const char *a, const char *b,
                                  uint32_t depth_left) {
  if (depth_left == 0) {
    return false;
  }
  switch (type->kind) {
  case EW_KIND_BOOL:
  case EW_KIND_INT:
  case EW_KIND_UINT:
  case EW_KIND_ENUM:
    return equal_bytes(a, b, type->size);
  case EW_KIND_DOUBLE:
    return equal_double(a, b);
  case EW_KIND_CONST:
  case EW_KIND_NULL:
    return true;
  case EW_KIND_NUM:
  case EW_KIND_STRING:
  case EW_KIND_RAW:
    return equal_text(a, b);
  case EW_KIND_OBJECT:
    return equal_object(type->as.object, a, b, depth_left - 1);
  case EW_KIND_ARRAY:
    return equal_array(type->as.array, a, b, depth_left - 1);
  case EW_KIND_MAP:
    return equal_map(type->as.map, a, b, depth_left - 1);
  case EW_KIND_UNION:
    return equal_union(type->as.choice, a, b, depth_left - 1);
  case EW_KIND_BOX:
    return equal_box(type->as.boxed, a, b, depth_left - 1);
  }
  return false;
}

EW__SMALL bool ew_type_equal(const ew_type *type, const void *a, const void *b) {
  return equal_value(type, a, b, 4 * EW__MAX_DEPTH);
}
