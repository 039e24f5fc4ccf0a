/*
 * What values are: by their first byte, and in structs.
 */
#include "eventwire/reader.h"

#include "layout_internal.h"
#include "scan_internal.h"

EW__SMALL ew_json_type ew__json_type(const char *p, const char *end) {
  char c = '\0';
  if (EW_LIKELY(p < end)) {
    c = *p;
  }
  if ((c | 0x20) == '{') { /* or [ */
    return c == '{' ? EW_JSON_OBJECT : EW_JSON_ARRAY;
  }
  if (c == '"') {
    return EW_JSON_STRING;
  }
  if (c == '-' || (c >= '0' && c <= '9')) {
    return EW_JSON_NUMBER;
  }
  return c == 'n' ? EW_JSON_NULL : c == 't' || c == 'f' ? EW_JSON_BOOL : EW_JSON_NONE;
}

EW__COLD const char *ew__scan_word(const char *p, const char *end, const char *word, size_t len,
                                   ew__fault *fault) {
  for (size_t i = 0; i < len; i++, p++) {
    if (p == end) {
      return ew__refuse(fault, EW_ERR_TRUNCATED, p, word);
    }
    if (*p != word[i]) {
      return ew__refuse(fault, EW_ERR_SYNTAX, p, word);
    }
  }
  return p;
}

EW__SMALL ew_presence ew__presence_of(const ew_member *member, const void *object) {
  if (member->presence_offset != EW_NO_OFFSET) {
    uint8_t byte = *((const uint8_t *)object + member->presence_offset);
    return (member->flags & EW_MEMBER_NULLABLE) != 0 && byte == EW_NULL ? EW_NULL
           : byte != 0                                                  ? EW_SET
                                                                        : EW_ABSENT;
  }
  bool set = true;
  switch (member->type->kind) {
  case EW_KIND_BOX:
    set = ew__load_pointer(ew__at(object, member->offset)) != NULL;
    break;
  case EW_KIND_RAW:
  case EW_KIND_NUM:
    set = ew__load_str(ew__at(object, member->offset)).len > 0;
    break;
  case EW_KIND_CONST:
  case EW_KIND_NULL:
    set = (member->flags & EW_MEMBER_REQUIRED) != 0;
    break;
  case EW_KIND_BOOL:
  case EW_KIND_INT:
  case EW_KIND_UINT:
  case EW_KIND_DOUBLE:
  case EW_KIND_STRING:
  case EW_KIND_ENUM:
  case EW_KIND_OBJECT:
  case EW_KIND_ARRAY:
  case EW_KIND_MAP:
  case EW_KIND_UNION:
  case EW_KIND_TUPLE:
    break;
  }
  return set ? EW_SET : EW_ABSENT;
}

EW__SMALL static const ew_required_group *broken_group(const ew_object_more *more,
                                                       uint64_t seen) {
  for (uint32_t i = 0; i < more->group_count; i++) {
    const ew_required_group *group = &more->groups[i];
    uint32_t holding = 0;
    for (uint32_t k = 0; k < group->mask_count; k++) {
      holding += (seen & group->masks[k]) == group->masks[k];
    }
    if (group->exactly_one ? holding != 1 : holding == 0) {
      return group;
    }
  }
  return NULL;
}

EW__SMALL bool ew_groups_hold(const ew_object_rules *rules, uint64_t seen) {
  const ew_object_more *more = ew_object_more_of(rules);
  return more == NULL || broken_group(more, seen) == NULL;
}

EW__SMALL static ew_err check_more(const ew_object_more *more, uint64_t seen, uint32_t count,
                                   const char **keyword, const char **expected) {
  bool few = count < more->min_members;
  if (few || count > more->max_members) { /* EW_NO_LIMIT is the largest number */
    *keyword = few ? "/minProperties" : "/maxProperties";
    *expected = few ? "more members" : "fewer members";
    return EW_ERR_COUNT;
  }
  const ew_required_group *group = broken_group(more, seen);
  if (group != NULL) {
    *keyword = group->schema;
    *expected = group->expected;
  }
  return group == NULL ? EW_OK : EW_ERR_MISSING;
}

EW__SMALL ew_err ew__check_members(const ew_object_rules *rules, uint64_t seen, uint32_t count,
                                   const char **keyword, const char **expected) {
  uint64_t missing = rules->required & ~seen;
  if (missing != 0) {
    *keyword = "/required";
    *expected = rules->members[ew_lowest_bit(missing)].name;
    return EW_ERR_MISSING;
  }
  return rules->more ? check_more(ew_object_more_of(rules), seen, count, keyword, expected) : EW_OK;
}

EW__SMALL ew_json_type ew_raw_type(ew_raw raw) {
  const char *end = raw.json.ptr + raw.json.len;
  return raw.json.ptr == NULL ? EW_JSON_NONE : ew__json_type(ew__skip_white(raw.json.ptr, end), end);
}
