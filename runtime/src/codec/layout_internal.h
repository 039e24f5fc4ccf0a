/*
 * layout_internal.h - values in generated structs, reached by their tables.
 */
#ifndef EW_LAYOUT_INTERNAL_H
#define EW_LAYOUT_INTERNAL_H

#include "eventwire/unknown.h"

/** How arrays and maps are stored; T * and void * look the same on every machine the codec is for.
 */
typedef struct ew__list {
  void *items;
  uint32_t count;
} ew__list;

static inline int ew__load_int(const void *from) {
  int value;
  memcpy(&value, from, sizeof(value));
  return value;
}

static inline void ew__store_int(void *to, int value) { memcpy(to, &value, sizeof(value)); }

static inline ew_str ew__load_str(const void *from) {
  ew_str value;
  memcpy(&value, from, sizeof(value));
  return value;
}

static inline void *ew__load_pointer(const void *from) {
  void *value;
  memcpy(&value, from, sizeof(value));
  return value;
}

static inline ew__list ew__load_list(const void *from) {
  ew__list list = {ew__load_pointer(from), 0};
  memcpy(&list.count, (const char *)from + sizeof(void *), sizeof(list.count));
  return list;
}

static inline void ew__store_list(void *to, ew__list list) {
  memcpy(to, &list.items, sizeof(list.items));
  memcpy((char *)to + sizeof(void *), &list.count, sizeof(list.count));
}

static inline const void *ew__at(const void *base, uint32_t offset) {
  return (const char *)base + offset;
}

/**
 * Whether a member is there. What has no presence byte says it by itself: a pointer, free-form
 * bytes, a required value.
 */
ew_presence ew__presence_of(const ew_member *member, const void *object);

/**
 * What is asked of an object with these members, count in all: EW_OK, or the keyword that refuses it
 * and what it expects.
 */
ew_err ew__check_members(const ew_object_rules *rules, uint64_t seen, uint32_t count,
                         const char **keyword, const char **expected);

/** The arm of a union value: by its own tag, or by the one of a sibling. NULL: none. */
static inline const ew_arm *ew__arm_by_kind(const ew_union_rules *rules, int kind) {
  for (uint32_t i = 0; i < rules->arm_count; i++) {
    if (rules->arms[i].kind == kind) {
      return &rules->arms[i];
    }
  }
  return NULL;
}

/** Of an object that keeps members: what they are in, and who does it. */
static inline const ew_member *ew__kept_row(const ew_object_rules *rules) {
  return &rules->members[rules->member_count];
}

static inline const ew_keeper *ew__keeper_of(const ew_object_rules *rules) {
  return ew__kept_row(rules)->type->as.keeper;
}

/** The tag of a union member of object: its own, or the sibling's. */
static inline int ew__tag_of(const ew_object_rules *rules, const ew_member *member,
                             const void *object) {
  const ew_member *sibling = &rules->members[member->sibling];
  return sibling->offset == EW_NO_OFFSET ? 0 : ew__load_int(ew__at(object, sibling->offset));
}

#endif
