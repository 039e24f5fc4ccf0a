/*
 * Empty values, deep copies and deep comparison of any type.
 */
#include "layout_internal.h"
#include "scan_internal.h"

EW__SMALL void ew_type_init(const ew_type *type, void *value) { memset(value, 0, type->size); }

/* -------------------------------------------------------------------------------------- copying */

/* `to` holds the same bytes as `from`: what points elsewhere is made to point into the arena. */
static ew_err copy_value(const ew_type *type, char *to, ew_arena *arena, uint32_t depth_left);

EW__SMALL static ew_err copy_text(char *to, ew_arena *arena) {
  ew_str text = ew__load_str(to);
  if (text.len == 0) {
    text = (ew_str){text.ptr == NULL ? NULL : "", 0, text.flags};
  } else {
    char *copy = ew__arena_take_text(arena, text.len);
    if (copy == NULL) {
      return EW_ERR_ARENA_FULL;
    }
    memcpy(copy, text.ptr, text.len);
    text.ptr = copy;
  }
  memcpy(to, &text, sizeof(text));
  return EW_OK;
}

EW__SMALL static ew_err copy_member(const ew_object_rules *rules, const ew_member *member,
                                    char *object, ew_arena *arena, uint32_t depth_left) {
  if (ew__presence_of(member, object) != EW_SET) {
    return EW_OK;
  }
  if ((member->flags & EW_MEMBER_TEXT) != 0) {
    ew_err err = copy_text(object + member->text_offset, arena);
    if (err != EW_OK) {
      return err;
    }
  }
  if (member->offset == EW_NO_OFFSET) {
    return EW_OK;
  }
  char *value = object + member->offset;
  if ((member->flags & EW_MEMBER_SIBLING) == 0) {
    return copy_value(member->type, value, arena, depth_left);
  }
  const ew_union_rules *choice = member->type->as.choice;
  const ew_arm *arm = ew__arm_by_kind(choice, ew__tag_of(rules, member, object));
  return arm == NULL ? EW_OK
                     : copy_value(arm->type, value + choice->value_offset, arena, depth_left);
}

/* What is not there points nowhere in the copy. */
EW__SMALL static void clear_absent(const ew_member *member, char *object) {
  if (ew__presence_of(member, object) != EW_SET && member->offset != EW_NO_OFFSET) {
    memset(object + member->offset, 0, member->type->size);
  }
  if (ew__presence_of(member, object) != EW_SET && (member->flags & EW_MEMBER_TEXT) != 0) {
    memset(object + member->text_offset, 0, sizeof(ew_str));
  }
}

EW__SMALL static ew_err copy_object(const ew_object_rules *rules, char *object, ew_arena *arena,
                                    uint32_t depth_left) {
  for (uint32_t i = 0; i < rules->member_count; i++) {
    clear_absent(&rules->members[i], object);
    ew_err err = copy_member(rules, &rules->members[i], object, arena, depth_left);
    if (err != EW_OK) {
      return err;
    }
  }
  return EW_OK;
}

/* Copies count elements of size bytes; *out is where they are. */
EW__SMALL static ew_err copy_block(const void *from, uint32_t count, uint32_t size, ew_arena *arena,
                                   char **out) {
  size_t bytes = (size_t)count * size;
  *out = NULL;
  if (bytes == 0) {
    return EW_OK;
  }
  *out = ew_arena_take(arena, bytes);
  if (*out == NULL) {
    return EW_ERR_ARENA_FULL;
  }
  memcpy(*out, from, bytes);
  return EW_OK;
}

EW__SMALL static ew_err copy_array(const ew_array_rules *rules, char *to, ew_arena *arena,
                                   uint32_t depth_left) {
  ew__list list = ew__load_list(to);
  char *items;
  ew_err err = copy_block(list.items, list.count, rules->item->size, arena, &items);
  for (uint32_t i = 0; err == EW_OK && items != NULL && i < list.count; i++) {
    err = copy_value(rules->item, items + (size_t)i * rules->item->size, arena, depth_left);
  }
  ew__store_list(to, (ew__list){items, list.count});
  return err;
}

EW__SMALL static ew_err copy_map(const ew_map_rules *rules, char *to, ew_arena *arena,
                                 uint32_t depth_left) {
  ew__list list = ew__load_list(to);
  char *items;
  ew_err err = copy_block(list.items, list.count, rules->entry_size, arena, &items);
  for (uint32_t i = 0; err == EW_OK && i < list.count; i++) {
    char *entry = items + (size_t)i * rules->entry_size;
    err = copy_text(entry, arena);
    if (err == EW_OK) {
      err = copy_value(rules->value, entry + rules->value_offset, arena, depth_left);
    }
  }
  ew__store_list(to, (ew__list){items, list.count});
  return err;
}

EW__SMALL static ew_err copy_union(const ew_union_rules *rules, char *to, ew_arena *arena,
                                   uint32_t depth_left) {
  const ew_arm *arm = rules->kind_offset == EW_NO_OFFSET
                          ? NULL
                          : ew__arm_by_kind(rules, ew__load_int(to + rules->kind_offset));
  return arm == NULL ? EW_OK : copy_value(arm->type, to + rules->value_offset, arena, depth_left);
}

EW__SMALL static ew_err copy_box(const ew_type *boxed, char *to, ew_arena *arena,
                                 uint32_t depth_left) {
  char *copy;
  const void *from = ew__load_pointer(to);
  if (from == NULL) {
    return EW_OK;
  }
  ew_err err = copy_block(from, 1, boxed->size, arena, &copy);
  memcpy(to, &copy, sizeof(copy));
  return err == EW_OK && copy != NULL ? copy_value(boxed, copy, arena, depth_left) : err;
}

EW__SMALL static ew_err copy_value(const ew_type *type, char *to, ew_arena *arena,
                                   uint32_t depth_left) {
  if (depth_left == 0) {
    return EW_ERR_DEPTH;
  }
  switch (type->kind) {
  case EW_KIND_BOOL:
  case EW_KIND_INT:
  case EW_KIND_UINT:
  case EW_KIND_DOUBLE:
  case EW_KIND_ENUM:
  case EW_KIND_CONST:
  case EW_KIND_NULL:
    return EW_OK;
  case EW_KIND_NUM:
  case EW_KIND_STRING:
  case EW_KIND_RAW:
    return copy_text(to, arena);
  case EW_KIND_OBJECT:
    return copy_object(type->as.object, to, arena, depth_left - 1);
  case EW_KIND_ARRAY:
    return copy_array(type->as.array, to, arena, depth_left - 1);
  case EW_KIND_MAP:
    return copy_map(type->as.map, to, arena, depth_left - 1);
  case EW_KIND_UNION:
    return copy_union(type->as.choice, to, arena, depth_left - 1);
  case EW_KIND_BOX:
    return copy_box(type->as.boxed, to, arena, depth_left - 1);
  }
  return EW_ERR_INTERNAL;
}

/* Unions and pointers count too here, so a value of the deepest text still passes. */
#define LEVELS (4 * EW__MAX_DEPTH)

EW__SMALL ew_err ew_type_copy(const ew_type *type, void *to, const void *from, ew_arena *arena) {
  size_t mark = ew_arena_mark(arena);
  memmove(to, from, type->size);
  ew_err err = copy_value(type, to, arena, LEVELS);
  if (err != EW_OK) {
    memset(to, 0, type->size);
    ew_arena_rewind(arena, mark);
  }
  return err;
}
