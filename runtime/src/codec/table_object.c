#include "decode_internal.h"

typedef ew__frame frame;

EW__COLD static const char *refuse_key(ew__decoder *d, const frame *f, ew_err err, const char *key,
                                       const char *keyword, const char *expected) {
  d->at_key = true;
  return ew__refuse_value(d, f->type, err, key, keyword, expected);
}

/*
 * Names in another letter case and with escapes are no rarity in a text that is made to be dear, and
 * each would be compared with all names.
 */
EW__SMALL static EW_NOINLINE const ew__names *names_of(ew__decoder *d,
                                                       const ew_object_rules *rules) {
  if (d->names.of != rules) {
    ew__names_of(&d->names, rules, d->mode);
  }
  return &d->names;
}

/* The member that has this name; < 0: none has. */
EW__SMALL static EW_NOINLINE int find_any(ew__decoder *d, const ew_object_rules *rules,
                                          ew__span key) {
  if (d->names.of != rules) {
    int found = ew__key_find_span(rules, key);
    if (found >= 0 || (d->mode & EW_TOLERATE_NAME_CASE) == 0) {
      return found;
    }
  }
  return ew__names_find(names_of(d, rules), key);
}

/* ------------------------------------------------------------------------ looking through again */

/**
 * One member of a text that is looked at out of turn: its name and where its value begins. The
 * result is at the next name, NULL behind the last member and where the text is broken.
 */
EW__SMALL static const char *look_at(ew__decoder *d, const char *p, ew__span *key,
                                     const char **value) {
  ew__fault fault;
  *value = ew__scan_name(&d->r, p, d->mode, d->name, key, &fault);
  p = *value == NULL ? NULL : ew__skip_within(&d->r, *value, d->mode, &fault);
  p = p == NULL ? NULL : ew__skip_white(p, d->r.end);
  return p != NULL && ew_peek(&d->r, p) == ',' ? ew__skip_white(p + 1, d->r.end) : NULL;
}

EW__SMALL static const char *first_key(const ew__decoder *d, const frame *f) {
  return ew__skip_white(f->begin + 1, d->r.end);
}

/* A member may stand there again, and the last one wins. */
static bool may_repeat(const ew__decoder *d) { return (d->mode & EW_TOLERATE_DUPLICATES) != 0; }

/* The value of a member, the last one if it may repeat, and where its name stands. */
static const char *find_member(ew__decoder *d, const frame *f, int index, const char **name) {
  ew__span key;
  const char *value;
  const char *found = NULL;
  const char *p = first_key(d, f);
  while (p != NULL && (found == NULL || may_repeat(d))) {
    const char *begin = p;
    p = look_at(d, p, &key, &value);
    if (value != NULL && find_any(d, f->rules, key) == index) {
      found = value;
      *name = begin;
    }
  }
  return found;
}

/* ------------------------------------------------------------------------------- sibling unions */

/* The sibling's value was read and accepted before; only what it was is asked for here. */
EW__SMALL static int tag_value(ew__decoder *d, const frame *f, uint32_t sibling) {
  const ew_type *type = ew__in_profile(d, f->rules->members[sibling].type);
  const char *name;
  const char *at = f->tag == sibling ? f->tag_at : NULL;
  if (at == NULL && (f->seen >> sibling & 1) != 0) {
    at = find_member(d, f, (int)sibling, &name);
  }
  int value = 0;
  if (at == NULL || type->kind != EW_KIND_ENUM ||
      ew__read_enum(d, type, at, &value, NULL) == NULL) {
    return 0;
  }
  return value;
}

EW__SMALL static const char *read_sibling(ew__decoder *d, const frame *f, const ew_member *member,
                                          const char *p) {
  const ew_union_rules *rules = ew__in_profile(d, member->type)->as.choice;
  const ew_arm *arm = ew__arm_by_kind(rules, tag_value(d, f, member->sibling));
  if (arm == NULL || (arm->lenient_only && (d->mode & EW__MODE_LENIENT) == 0)) {
    return ew__refuse_value(d, member->type, EW_ERR_UNION, p, "", rules->expected);
  }
  return ew__read_arm(d, rules, arm, p, f->out == NULL ? NULL : f->out + member->offset);
}

EW__SMALL static bool read_deferred(ew__decoder *d, const frame *f) {
  for (uint32_t i = 0; i < f->rules->member_count; i++) {
    if ((f->deferred >> i & 1) == 0) {
      continue;
    }
    const ew_member *member = &f->rules->members[i];
    const char *name = f->late_key;
    const char *at = f->late == i ? f->late_at : find_member(d, f, (int)i, &name);
    d->owner = f->type;
    d->member = member;
    if (at == NULL || read_sibling(d, f, member, at) == NULL) {
      ew__leave_level(d, name, EW__IN_OBJECT, false);
      return false;
    }
  }
  return true;
}

/* -------------------------------------------------------------------------------------- members */

static void set_presence(const frame *f, const ew_member *member, ew_presence presence) {
  if (f->out != NULL && member->presence_offset != EW_NO_OFFSET) {
    f->out[member->presence_offset] = (char)presence;
  }
}

EW__SMALL static bool has_null_arm(const ew_union_rules *rules) {
  for (uint32_t i = 0; i < rules->arm_count; i++) {
    if ((rules->arms[i].json_types & EW_JSON_NULL) != 0) {
      return true;
    }
  }
  return false;
}

EW__SMALL bool ew__takes_null(const ew__decoder *d, const ew_type *type) {
  type = ew__in_profile(d, type);
  while (type->kind == EW_KIND_BOX) {
    type = ew__in_profile(d, type->as.boxed);
  }
  return type->kind == EW_KIND_NULL ||
         (type->kind == EW_KIND_RAW &&
          (type->as.raw_types == 0 || (type->as.raw_types & EW_JSON_NULL) != 0)) ||
         (type->kind == EW_KIND_CONST && type->as.constant->json_type == EW_JSON_NULL) ||
         (type->kind == EW_KIND_UNION && has_null_arm(type->as.choice));
}

/* null where the schema or the profile gives it a meaning of its own. Not so: false. */
EW__SMALL static bool is_null_for(const ew__decoder *d, const frame *f, uint32_t index,
                                  const char *p) {
  if (EW_LIKELY(ew_peek(&d->r, p) != 'n')) {
    return false;
  }
  const ew_member *member = &f->rules->members[index];
  bool allowed = (member->flags & EW_MEMBER_NULLABLE) != 0 ||
                 (ew_null_is_absent(f->rules) >> index & 1) != 0;
  return allowed || ((d->mode & EW_TOLERATE_NULL) != 0 && !ew__takes_null(d, member->type));
}

EW__SMALL static const char *read_null_member(ew__decoder *d, frame *f, uint32_t index,
                                              const char *p) {
  const ew_member *member = &f->rules->members[index];
  bool nullable = (member->flags & EW_MEMBER_NULLABLE) != 0;
  if (nullable) {
    set_presence(f, member, EW_NULL);
  }
  /* A required member of a lenient twin is there as null, and left empty. */
  bool empty = (ew_null_is_absent(f->rules) & f->rules->required) >> index & 1;
  if (nullable || empty) {
    f->seen |= (uint64_t)1 << index;
  }
  return ew__pass_null(d, p);
}

static void *member_slot(const frame *f, const ew_member *member) {
  return f->out == NULL || member->offset == EW_NO_OFFSET ? NULL : f->out + member->offset;
}

EW__SMALL static const char *read_member(ew__decoder *d, frame *f, uint32_t index, const char *key,
                                         const char *p) {
  const ew_member *member = &f->rules->members[index];
  uint64_t bit = (uint64_t)1 << index;
  d->owner = f->type;
  d->member = member;
  if (is_null_for(d, f, index, p)) {
    return read_null_member(d, f, index, p);
  }
  f->seen |= bit;
  set_presence(f, member, EW_SET);
  if ((member->flags & EW_MEMBER_SIBLING) != 0) {
    if (may_repeat(d) || (f->seen >> member->sibling & 1) == 0) {
      f->deferred |= bit;
      f->late = index;
      f->late_at = p;
      f->late_key = key;
      const char *behind = ew__pass(d, p);
      /* Accepted was what stands behind it: it was only stepped over, too. */
      d->accepted = behind != NULL && behind < d->accepted ? p : d->accepted;
      return behind;
    }
    return read_sibling(d, f, member, p);
  }
  if (member->type->kind == EW_KIND_ENUM) {
    f->tag = index;
    f->tag_at = p;
  }
  bool has_text = f->out != NULL && (member->flags & EW_MEMBER_TEXT) != 0;
  ew_str text = {0};
  p = ew__read_value(d, member->type, p, member_slot(f, member), has_text ? &text : NULL);
  if (p != NULL && has_text) {
    memcpy(f->out + member->text_offset, &text, sizeof(text));
  }
  return p;
}

/* ---------------------------------------------------------------------------- repeated members */

/* Takes back what a member has left that stands there once more. */
EW__COLD static EW_NOINLINE void forget(frame *f, uint32_t index) {
  const ew_member *member = &f->rules->members[index];
  uint64_t others = ~((uint64_t)1 << index);
  void *slot = member_slot(f, member);
  f->seen &= others;
  f->failed &= others;
  f->deferred &= others;
  f->tag_at = f->tag == index ? NULL : f->tag_at;
  set_presence(f, member, EW_ABSENT);
  if (slot != NULL) {
    ew__clear(slot, member->type->size);
  }
  if (f->out != NULL && (member->flags & EW_MEMBER_TEXT) != 0) {
    memset(f->out + member->text_offset, 0, sizeof(ew_str));
  }
}

/* A value that does not matter when another one follows: the real parsers look at the last text of
 * a member alone to see what it says. */
EW__COLD static bool may_be_wrong(const ew__decoder *d, const ew_member *member) {
  return may_repeat(d) && ew__is_of_schema(d->fault.err) && member->type->kind <= EW_KIND_NULL;
}

EW__COLD static const char *pass_wrong(ew__decoder *d, frame *f, uint32_t index, const char *key,
                                       const char *p) {
  if (f->failed == 0 || f->first_failed == index) {
    f->first_failed = index;
    f->failed_key = key;
    f->failed_fault = d->fault;
    f->failed_keyword = d->keyword.keyword;
  }
  f->failed |= (uint64_t)1 << index;
  return ew__pass(d, p);
}

/* None followed: the refusal of the first one that is still wrong. */
EW__COLD static void refuse_failed(ew__decoder *d, frame *f) {
  const char *name = f->failed_key;
  if ((f->failed >> f->first_failed & 1) != 0) {
    const ew__fault *fault = &f->failed_fault;
    d->owner = f->type;
    d->member = &f->rules->members[f->first_failed];
    ew__refuse_value(d, ew__in_profile(d, d->member->type), fault->err, fault->at,
                     f->failed_keyword, fault->expected);
  } else {
    uint32_t index = ew_lowest_bit(f->failed);
    const char *at = find_member(d, f, (int)index, &name);
    if (at != NULL) {
      read_member(d, f, index, name, at);
    }
  }
  ew__leave_level(d, name, EW__IN_OBJECT, false);
  d->r.depth_left--; /* the caller leaves it */
}

/* ------------------------------------------------------------------------------------- one pair */

static const char *read_other(ew__decoder *d, frame *f, const char *key, const char *p) {
  if (f->rules->closed) {
    return refuse_key(d, f, EW_ERR_UNKNOWN_MEMBER, key, "/additionalProperties", "a known member");
  }
  const ew_type *additional = ew_additional_of(f->rules);
  if (additional == NULL) {
    d->others = d->others_of == f->rules ? d->others + 1 : 1;
    d->others_of = f->rules;
    f->other = ew__has_many_others(d, f->rules);
    return ew__pass(d, p);
  }
  d->owner = f->type;
  d->member = NULL;
  return f->rules->keeps ? ew__keeper_of(f->rules)->read(d, f, key + 1, p)
                         : ew__read_value(d, additional, p, NULL, NULL);
}

/* A member of the schema; p is at its value. */
EW__SMALL static const char *read_known(ew__decoder *d, frame *f, uint32_t index, const char *key,
                                        const char *p) {
  f->expected = index + 1;
  if (EW_UNLIKELY(((f->seen | f->failed) >> index & 1) != 0)) {
    if (!may_repeat(d)) {
      return refuse_key(d, f, EW_ERR_DUPLICATE, key, "", "each member once");
    }
    forget(f, index);
    f->repeated++;
  }
  if (EW_UNLIKELY(f->waiting != NULL)) {
    f->waiting->held &= ~((uint64_t)1 << index);
  }
  const char *behind = read_member(d, f, index, key, p);
  return EW_LIKELY(behind != NULL) || !may_be_wrong(d, &f->rules->members[index])
             ? behind
             : pass_wrong(d, f, index, key, p);
}

const char *ew__read_pair(ew__decoder *d, ew__frame *f, const char *p) {
  f->count++;
  if (f->expected < f->rules->member_count) {
    ew_text name = ew_member_guess(&f->rules->members[f->expected]);
    if (ew__is_string_at(&d->r, p, name)) {
      const char *value = ew__behind_colon(&d->r, p + name.len + 2, &d->fault);
      return value == NULL ? NULL : read_known(d, f, f->expected, p, value);
    }
  }
  ew__span key;
  const char *value = ew__scan_name(&d->r, p, d->mode, d->name, &key, &d->fault);
  if (value == NULL) {
    return NULL;
  }
  int index = find_any(d, f->rules, key);
  return index < 0 ? read_other(d, f, p, value) : read_known(d, f, (uint32_t)index, p, value);
}

/* -------------------------------------------------------------------------------- whole objects */

EW__SMALL bool ew__check_object(ew__decoder *d, frame *f) {
  if (f->failed != 0) {
    refuse_failed(d, f);
    return false;
  }
  const char *keyword, *expected;
  ew_err err = ew__check_members(f->rules, f->seen, f->count, &keyword, &expected);
  if (err != EW_OK) {
    ew__refuse_value(d, f->type, err, f->begin, keyword, expected);
  }
  return err == EW_OK;
}

/* From the brace, or from behind a member, over those of which the schema says nothing; the fault is
 * set when one is refused. */
EW__SMALL static const char *pass_others(ew__decoder *d, frame *f, const char *p) {
  const ew__names *names = names_of(d, f->rules);
  f->other = false;
  if (f->waiting != NULL) {
    f->waiting->name = NULL;
  }
  return f->waiting != NULL
             ? ew__pass_others(&d->r, p, names, f->waiting, &f->count, &d->fault)
             : ew__pass_others_once(&d->r, p, names, f->rules->members, NULL, &f->count, &d->fault);
}

/* From the brace, or from behind a member, to a name, or with *closed behind the closing brace. */
EW_INLINE const char *next_name(ew__decoder *d, const frame *f, const char *p, bool *closed) {
  if (EW_LIKELY(d->r.end - p > 1 && p[0] == ',' && (unsigned char)p[1] > ' ')) {
    return p + 1;
  }
  if (f->count != 0) {
    return ew__read_comma(d, p, '}', closed);
  }
  p = ew__skip_white(p + 1, d->r.end);
  *closed = ew_peek(&d->r, p) == '}';
  return p + *closed;
}

static const char *read_repeated(ew__decoder *d, frame *f, const char *p);

/* From the brace, or from behind a member, to behind the closing brace. */
static const char *read_pairs(ew__decoder *d, frame *f, const char *p) {
  for (bool closed = false;;) {
    if (f->other || f->waiting != NULL) {
      p = pass_others(d, f, p);
      if (EW_UNLIKELY(d->fault.err != EW_OK)) {
        return ew__leave_level(d, p + 1, EW__IN_OBJECT, false);
      }
    }
    const char *name = f->waiting != NULL ? f->waiting->name : NULL;
    if (name != NULL) {
      f->count++;
      p = read_known(d, f, f->waiting->found, name, f->waiting->value);
    } else {
      name = next_name(d, f, p, &closed);
      if (EW_UNLIKELY(name == NULL)) {
        return ew__leave_level(d, p, EW__IN_OBJECT, true);
      }
      if (closed) {
        return name;
      }
      p = ew__read_pair(d, f, name);
    }
    if (EW_UNLIKELY(p == NULL)) {
      return ew__leave_level(d, name, EW__IN_OBJECT, false);
    }
    if (EW_UNLIKELY(f->repeated >= EW__MANY_OTHERS) && f->waiting == NULL) {
      return read_repeated(d, f, p);
    }
  }
}

/* The members that may be wrong unless they are the last ones of their names. */
EW__COLD static uint64_t may_wait(const ew_object_rules *rules) {
  uint64_t may = 0;
  for (uint32_t i = 0; i < rules->member_count; i++) {
    may |= (uint64_t)(rules->members[i].type->kind <= EW_KIND_NULL) << i;
  }
  return may;
}

/*
 * The same where members were repeated again and again: what is not the last of its name need not be
 * read at all.
 */
EW__COLD static EW_NOINLINE const char *read_repeated(ew__decoder *d, frame *f, const char *p) {
  ew__waiting waiting;
  waiting.may = may_wait(f->rules);
  waiting.held = 0;
  waiting.closed = f->rules->closed || ew_additional_of(f->rules) != NULL;
  waiting.longest = d->r.limits.max_string_bytes;
  waiting.more = 0;
  f->waiting = &waiting;
  p = read_pairs(d, f, p);
  f->waiting = NULL;
  for (uint64_t left = p == NULL ? 0 : waiting.held; left != 0; left &= left - 1) {
    uint32_t index = ew_lowest_bit(left);
    const char *name = d->r.begin + waiting.places[index];
    ew__span key;
    const char *value = ew__scan_name(&d->r, name, d->mode, d->name, &key, &d->fault);
    if (read_known(d, f, index, name, value) == NULL) {
      return ew__leave_level(d, name, EW__IN_OBJECT, false);
    }
  }
  return p;
}

/* Nothing is to be asked of an object with these members, count in all, but what is known at once. */
EW__SMALL static EW_NOINLINE bool is_whole(const ew_object_rules *rules, uint64_t seen,
                                           uint32_t count) {
  const ew_object_more *more = ew_object_more_of(rules);
  return (rules->required & ~seen) == 0 &&
         (more == NULL || (more->group_count == 0 && count >= more->min_members &&
                           count <= more->max_members));
}

EW__SMALL const char *ew__pass_objects(ew__decoder *d, const ew_object_rules *rules, const char *p,
                                       uint32_t most, uint32_t *count) {
  if (d->r.end - p < 2 || memcmp(p, ",{", 2) != 0 || d->r.depth_left == 0) {
    return p;
  }
  bool more = most > *count && is_whole(rules, 0, 1) && is_whole(rules, 0, UINT32_MAX);
  ew__waiting row;
  row.may = 0;
  row.closed = false;
  row.begin = p + 1;
  row.more = most = more ? most - *count - 1 : 0;
  d->begun.count = 0;
  d->r.depth_left--;
  p = ew__pass_others(&d->r, p + 1, names_of(d, rules), &row, &d->begun.count, &d->fault);
  d->r.depth_left++;
  d->fault.err = EW_OK; /* it is found again */
  d->begun.from = row.begin;
  d->begun.of = rules;
  d->begun.len = (uint32_t)(p - row.begin);
  *count += most - row.more;
  return row.begin - 1;
}

EW__SMALL const char *ew__read_object(ew__decoder *d, const ew_type *type, const char *p, void *out,
                                      ew_str *text) {
  (void)text;
  if (ew_peek(&d->r, p) != '{') {
    return ew__refuse_type(d, type, p, "an object");
  }
  const char *inside = ew__open_level(d, p);
  if (EW_UNLIKELY(inside == NULL)) {
    return NULL;
  }
  if (ew_peek(&d->r, inside) == '}' && is_whole(type->as.object, 0, 0)) {
    d->r.depth_left++;
    return inside + 1;
  }
  const ew_type *owner = d->owner;
  const ew_member *member = d->member;
  frame f; /* what fails, or is late, says where */
  f.type = type;
  f.rules = type->as.object;
  f.begin = p;
  f.out = out;
  f.seen = f.deferred = f.failed = 0;
  f.count = f.expected = f.tag = 0;
  f.tag_at = NULL;
  f.other = ew__has_many_others(d, f.rules);
  f.repeated = 0;
  f.waiting = NULL;
  if (p == d->begun.from && d->begun.of == f.rules) {
    f.count = d->begun.count;
    f.other = false;
    p += d->begun.len;
  }
  p = read_pairs(d, &f, p);
  if (p == NULL) {
    return NULL;
  }
  if ((f.failed != 0 || !is_whole(f.rules, f.seen, f.count)) && !ew__check_object(d, &f)) {
    return ew__leave_level(d, p, EW__IN_OBJECT, true);
  }
  if (f.deferred != 0 && !read_deferred(d, &f)) {
    return NULL;
  }
  d->r.depth_left++;
  d->owner = owner;
  d->member = member;
  return p;
}
