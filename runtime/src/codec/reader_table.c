/*
 * The straight-line engine for objects that have no decoder of their own: the lines of one, taken
 * from the tables. It refuses without a word like the rest of the engine, and needs neither the
 * table engine's diagnosis nor its profiles.
 */
#include "straight_internal.h"

static EW_NOINLINE const char *read_enum(ew_reader *r, const char *p, const ew_enum_rules *rules, void *out,
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

EW_INLINE const char *read_value(ew_reader *r, const char *p, const ew_member *member, char *out) {
  const ew_type *type = member->type;
  char *slot = out + member->offset; /* of a constant: nothing looks at it */
  switch (type->kind) {
  case EW_KIND_STRING:
    return type->as.string == NULL ? ew_read_string(r, p, (ew_str *)(void *)slot)
                                   : read_text(r, p, type->as.string, (ew_str *)(void *)slot);
  case EW_KIND_BOOL:
    return ew_read_bool(r, p, (bool *)(void *)slot);
  case EW_KIND_INT:
    return ew_read_int(r, p, type->as.integer, (int64_t *)(void *)slot);
  case EW_KIND_UINT:
    return ew_read_uint(r, p, type->as.natural, (uint64_t *)(void *)slot);
  case EW_KIND_ENUM:
    return read_enum(r, p, type->as.names, slot, (void *)(out + member->text_offset));
  case EW_KIND_CONST:
    return ew_read_const(r, p, type->as.constant);
  case EW_KIND_RAW:
    return ew_read_raw(r, p, type->as.raw_types, (ew_raw *)(void *)slot);
  case EW_KIND_OBJECT:
    if (type->as.object->plain != 0) {
      return ew__read_plain_object(r, p, type->as.object, slot);
    }
    break;
  default:
    break;
  }
  return ew_read_by_table(r, p, type, slot);
}

EW_INLINE const char *read_member(ew_reader *r, const char *p, const ew_member *member,
                                  char *out) {
  if (EW_UNLIKELY((member->flags & EW_MEMBER_NULLABLE) != 0)) {
    const char *behind_null = ew_may_be_null(r, p) ? ew_skip_null(r, p) : NULL;
    if (behind_null != NULL) {
      out[member->presence_offset] = EW_NULL;
      return ew_leave_slowly(r, behind_null);
    }
  }
  if (member->presence_offset != EW_NO_OFFSET) {
    out[member->presence_offset] = EW_SET;
  }
  return read_value(r, p, member, out);
}

/* Names are mostly of 8 to 16 bytes, which two words are. */
EW_INLINE bool is_name(const char *p, const char *name, size_t len) {
  if (len < 8 || len > 16) {
    return ew__same_bytes(p, name, len);
  }
  return ((ew_load64(p) ^ ew_load64(name)) |
          (ew_load64(p + len - 8) ^ ew_load64(name + len - 8))) == 0;
}

/*
 * Behind `,"name":`, or with the brace for the comma, at what a reader has returned; NULL when that
 * does not stand there.
 */
EW_INLINE const char *behind_key(const ew_reader *r, const char *p, const char *before,
                                 const ew_member *member) {
  size_t len = member->name_len;
  const char *colon = p + len + 3;
  if (EW_UNLIKELY(memcmp(p, before, 2) != 0 || (member->flags & EW_MEMBER_ESCAPED) != 0 ||
                  (len > EW_LONGEST_KEY - 4 && (len == 255 || r->end - p <= (ptrdiff_t)len + 3)))) {
    return NULL;
  }
  bool here = memcmp(colon - 1, "\":", 2) == 0 && is_name(p + 2, member->name, len);
  return EW_LIKELY(here) ? colon + 1 : NULL;
}

/* The two members that likely come first, see ew_plain; NULL: they come one behind the other. */
EW_INLINE const uint8_t *likely_members(const ew_object_rules *rules) {
  return rules->plain == EW_PLAIN_LIKELY ? rules->slots + ((size_t)1 << (64 - rules->shift)) : NULL;
}

/*
 * From the brace, or from behind a value, to the value of a member that was not expected. The depth
 * was taken already.
 */
EW_INLINE const char *find_member(ew_reader *r, const char *p, bool is_first,
                                  const ew_object_rules *rules, uint32_t *index) {
  uint32_t field = *index; /* a copy, so that the index itself need not be in memory */
  r->depth_left += is_first;
  p = is_first ? ew_first_member(r, p, rules, &field) : ew_next_member(r, p, rules, &field);
  *index = field;
  return p;
}

EW__SMALL const char *ew__read_plain_object(ew_reader *r, const char *p,
                                            const ew_object_rules *rules, char *out) {
  const uint8_t *likely = likely_members(rules);
  const char *before = "{\"";
  uint64_t seen = 0;
  uint32_t index = likely != NULL ? likely[0] : 0;
  uint32_t other = likely != NULL ? likely[1] : EW_FIELD_END;
  if (EW_UNLIKELY(p >= r->key_end || r->depth_left == 0)) {
    index = rules->member_count; /* none is expected */
    other = EW_FIELD_END;
  }
  r->depth_left--;
  for (;;) {
    const ew_member *member = &rules->members[index];
    const char *value = NULL;
    if (EW_LIKELY(index < rules->member_count)) {
      value = behind_key(r, p, before, member);
    }
    if (EW_UNLIKELY(value == NULL)) {
      if (other < rules->member_count) {
        index = other;
        other = EW_FIELD_END;
        continue;
      }
      p = value = find_member(r, p, *before == '{', rules, &index);
      if (p == NULL || index == EW_FIELD_END) {
        p += p != NULL;
        break;
      }
      member = &rules->members[index];
    }
    uint64_t bit = (uint64_t)1 << index;
    if (EW_UNLIKELY((seen & bit) != 0)) {
      return ew_give_up(r, EW_ERR_DUPLICATE);
    }
    seen |= bit;
    p = read_member(r, value, member, out);
    if (*p == '}') {
      p++;
      break;
    }
    before = ",\"";
    index++;
    if (likely != NULL) {
      const uint8_t *row = likely + 2 * index;
      index = row[0];
      other = row[1];
    }
  }
  if (EW_UNLIKELY(p == NULL || !ew_is_complete(rules, seen))) {
    return ew_give_up(r, EW_ERR_MISSING);
  }
  r->depth_left++;
  return ew_leave(r, p);
}
