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

/* The entry with this key, looked for from *at on and round: maps in the same order are compared in
 * one pass. */
EW__SMALL static const char *find_entry(const ew_map_rules *rules, ew__list list, const char *key,
                                        uint32_t *at) {
  for (uint32_t tried = 0; tried < list.count; tried++) {
    uint32_t i = *at;
    *at = i + 1 == list.count ? 0 : i + 1;
    const char *entry = (const char *)list.items + (size_t)i * rules->entry_size;
    if (equal_text(entry, key)) {
      return entry;
    }
  }
  return NULL;
}

EW__SMALL static bool equal_map(const ew_map_rules *rules, const char *a, const char *b,
                                uint32_t depth_left) {
  ew__list x = ew__load_list(a);
  ew__list y = ew__load_list(b);
  uint32_t at = 0;
  if (x.count != y.count) {
    return false;
  }
  for (uint32_t i = 0; i < x.count; i++) {
    const char *entry = (const char *)x.items + (size_t)i * rules->entry_size;
    const char *other = find_entry(rules, y, entry, &at);
    if (other == NULL || !equal_value(rules->value, entry + rules->value_offset,
                                      other + rules->value_offset, depth_left)) {
      return false;
    }
  }
  return true;
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
