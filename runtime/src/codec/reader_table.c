/*
 * The straight-line engine for objects that have no decoder of their own: the lines of one, taken
 * from the tables. It refuses without a word like the rest of the engine, and needs neither the
 * table engine's diagnosis nor its profiles.
 */
#include "straight_internal.h"

static const char *read_enum(ew_reader *r, const char *p, const ew_enum_rules *rules, void *out,
                             ew_str *text) {
  int value = 0;
  p = rules->open ? ew_read_open_enum(r, p, rules, &value, text)
                  : ew_read_enum(r, p, rules, &value);
  memcpy(out, &value, sizeof(value));
  return p;
}

/* Texts of the commonest shapes are compared as such; ew_read_text() knows all of them. */
static EW_NOINLINE const char *read_text(ew_reader *r, const char *p,
                                         const ew_string_rules *rules, ew_str *out) {
  const ew_shape *shape = rules->shape;
  if (!rules->only_shape || shape->min_len > EW_LONGEST_SHAPE) {
    return ew_read_text(r, p, rules, out);
  }
  uint32_t run = shape->min_len - shape->head_len;
  if (shape->kind == EW_SHAPE_RUN && shape->more_len == 0 && shape->gap_count == 2 &&
      run >= EW_SHAPE_BLOCK && run <= 4 * EW_SHAPE_BLOCK) {
    return run < 2 * EW_SHAPE_BLOCK ? ew_read_brief_run(r, p, rules, out)
                                    : ew_read_run(r, p, rules, out);
  }
  return shape->kind == EW_SHAPE_ROW ? ew_read_row(r, p, rules, out)
                                     : ew_read_text(r, p, rules, out);
}

/* text: where the text of an open enum goes. */
EW_INLINE const char *read_value(ew_reader *r, const char *p, const ew_type *type, void *out,
                                 ew_str *text) {
  switch (type->kind) {
  case EW_KIND_STRING:
    return type->as.string == NULL ? ew_read_string(r, p, (ew_str *)out)
                                   : read_text(r, p, type->as.string, (ew_str *)out);
  case EW_KIND_BOOL:
    return ew_read_bool(r, p, (bool *)out);
  case EW_KIND_INT:
    return ew_read_int(r, p, type->as.integer, (int64_t *)out);
  case EW_KIND_UINT:
    return ew_read_uint(r, p, type->as.natural, (uint64_t *)out);
  case EW_KIND_ENUM:
    return read_enum(r, p, type->as.names, out, text);
  case EW_KIND_CONST:
    return ew_read_const(r, p, type->as.constant);
  case EW_KIND_RAW:
    return ew_read_raw(r, p, type->as.raw_types, (ew_raw *)out);
  case EW_KIND_OBJECT:
    if (type->as.object->plain) {
      return ew__read_plain_object(r, p, type->as.object, (char *)out);
    }
    break;
  default:
    break;
  }
  return ew_read_by_table(r, p, type, out);
}

EW_INLINE const char *read_member(ew_reader *r, const char *p, const ew_member *member,
                                  char *out) {
  char *presence = member->presence_offset == EW_NO_OFFSET ? NULL : out + member->presence_offset;
  if ((member->flags & EW_MEMBER_NULLABLE) != 0) {
    const char *behind_null = ew_skip_null(r, p);
    if (behind_null != NULL) {
      *presence = EW_NULL;
      return ew_leave_slowly(r, behind_null);
    }
  }
  if (presence != NULL) {
    *presence = EW_SET;
  }
  void *slot = member->offset == EW_NO_OFFSET ? NULL : out + member->offset;
  void *text = (member->flags & EW_MEMBER_TEXT) != 0 ? out + member->text_offset : NULL;
  return read_value(r, p, member->type, slot, text);
}

/*
 * Behind `,"name":`, or with the brace for the comma; NULL when that does not stand at p. The comma is
 * looked for at what a reader has returned.
 */
EW_INLINE const char *behind_key(const ew_reader *r, const char *p, char before, ew_text name) {
  const char *colon = p + name.len + 3;
  bool is_near = before == ',' || p < r->end;
  bool here = is_near && *p == before && r->end - p > (ptrdiff_t)name.len + 3 && p[1] == '"' &&
              colon[-1] == '"' && *colon == ':' && ew__same_bytes(p + 2, name.ptr, name.len);
  return here ? colon + 1 : NULL;
}

/*
 * From behind the value before it, or from the brace, to the value of the next member; with
 * EW_FIELD_END behind the closing brace.
 */
EW_INLINE const char *next_member(ew_reader *r, const char *p, char before,
                                  const ew_object_rules *rules, uint32_t *index) {
  if (EW_LIKELY(*index < rules->member_count && r->depth_left != 0)) {
    const char *value = behind_key(r, p, before, ew_member_guess(&rules->members[*index]));
    if (EW_LIKELY(value != NULL)) {
      r->depth_left -= before == '{';
      return value;
    }
  }
  uint32_t field = *index; /* a copy, so that the index itself need not be in memory */
  p = before == '{' ? ew_first_member(r, p, rules, &field) : ew_next_member(r, p, rules, &field);
  *index = field;
  return p;
}

const char *ew__read_plain_object(ew_reader *r, const char *p, const ew_object_rules *rules,
                                  char *out) {
  uint64_t seen = 0;
  uint32_t index = 0;
  for (char before = '{';; before = ',', index++) {
    p = next_member(r, p, before, rules, &index);
    if (p == NULL || index == EW_FIELD_END) {
      break;
    }
    uint64_t bit = (uint64_t)1 << index;
    if (EW_UNLIKELY((seen & bit) != 0)) {
      return ew_give_up(r, EW_ERR_DUPLICATE);
    }
    seen |= bit;
    p = read_member(r, p, &rules->members[index], out);
    if (*p == '}') {
      p++;
      break;
    }
  }
  if (EW_UNLIKELY(p == NULL || !ew_is_complete(rules, seen))) {
    return ew_give_up(r, EW_ERR_MISSING);
  }
  r->depth_left++;
  return ew_leave_slowly(r, p);
}
