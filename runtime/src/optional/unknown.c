/*
 * Members that a schema does not name, kept: read by both engines, written, copied and compared. The
 * table engine comes here through the row behind the members of an object, so that programs without
 * such objects link without all this.
 */
#include "eventwire/unknown.h"

#include "../codec/chars_internal.h"
#include "../codec/decode_internal.h"
#include "../codec/diag_internal.h"
#include "../codec/writer_internal.h"

static ew__span span_of(const ew_unknown *member) {
  return (ew__span){member->name.ptr, member->name.len, (member->name.flags & EW_STR_CLEAN) == 0};
}

const ew_unknown *ew_unknown_find(const ew_unknown_list *list, ew_str name) {
  ew_text text = {name.ptr, name.len};
  const ew_unknown *member = list->first;
  while (member != NULL && (ew_str_is_too_long(name) || !ew__span_is(span_of(member), text))) {
    member = member->next;
  }
  return member;
}

/* ------------------------------------------------------------------------------ the table engine */

static bool takes_anything(const ew_object_rules *rules) {
  const ew_type *additional = ew_additional_of(rules);
  return additional->kind == EW_KIND_RAW && additional->as.raw_types == 0;
}

static ew_unknown_list *list_in(const ew__frame *f) {
  return (ew_unknown_list *)(void *)(f->out + ew__kept_row(f->rules)->offset);
}

/* Name and value were read before. */
static ew_err take(ew__decoder *d, ew_unknown *member, const char *name, const char *value,
                   const char *behind) {
  ew__span span;
  ew__fault fault;
  ew__scan_string(name - 1, d->r.end, d->mode, &span, &fault);
  ew_err err = ew__raw_take(span.ptr, span.ptr + span.len, d->mode, d->r.arena, &member->name);
  if (err != EW_OK) {
    return err;
  }
  member->name.flags = span.escaped ? 0 : EW_STR_CLEAN;
  return ew__raw_take(value, behind, d->mode, d->r.arena, &member->value.json);
}

static const char *read_by_table(ew__decoder *d, const ew__frame *f, const char *name,
                                 const char *p) {
  const char *behind = ew__read_value(d, ew_additional_of(f->rules), p, NULL, NULL);
  if (behind == NULL || f->out == NULL) {
    return behind;
  }
  ew_unknown *member = ew_arena_take(d->r.arena, sizeof(*member));
  ew_err err = member == NULL ? EW_ERR_ARENA_FULL : take(d, member, name, p, behind);
  if (err != EW_OK) {
    return ew__refuse_limit(d, err, name - 1, "");
  }
  ew_unknown_add(list_in(f), member);
  return behind;
}

/* ----------------------------------------------------------------------- the straight-line engine */

static const char *keep(ew_reader *r, const char *p, ew__span name, ew_unknown_list *kept) {
  ew_unknown *member = ew_box(r, sizeof(*member));
  if (member == NULL) {
    return NULL;
  }
  r->found_unknown = 1;
  member->name = (ew_str){name.ptr, name.len, name.escaped ? 0 : EW_STR_CLEAN};
  ew_unknown_add(kept, member);
  return ew_arrive(r, ew_read_raw(r, p, 0, &member->value));
}

/* p is at a name. With *field EW_FIELD_END the member was kept and the result is behind it. */
static const char *read_member(ew_reader *r, const char *p, const ew_object_rules *rules,
                               uint32_t *field, ew_unknown_list *kept) {
  if (ew_peek(r, p) != '"') {
    return ew_refuse(r, EW_ERR_SYNTAX);
  }
  ew__span name;
  ew_err err = EW_OK;
  p = ew__scan_unchecked(r, p, &name, &err);
  if (p == NULL) {
    return ew_refuse(r, err);
  }
  p = ew__skip_white(p, r->end);
  p = ew_peek(r, p) == ':' ? ew__skip_white(p + 1, r->end) : r->end;
  if (p == r->end) {
    return ew_refuse(r, EW_ERR_SYNTAX);
  }
  int index = ew__key_find_span(rules, name);
  *field = (uint32_t)index & EW_FIELD_END;
  return index < 0 ? keep(r, p, name, kept) : p;
}

const char *ew_next_kept(ew_reader *r, const char *p, const ew_object_rules *rules, uint32_t *field,
                         ew_unknown_list *kept) {
  p = ew_arrive(r, p);
  if (p == NULL) {
    return NULL;
  }
  do {
    p = ew__skip_white(p, r->end);
    if (ew_peek(r, p) == '}') {
      *field = EW_FIELD_END;
      return p;
    }
    if (ew_peek(r, p) != ',') {
      return ew_refuse(r, EW_ERR_SYNTAX);
    }
    p = read_member(r, ew__skip_white(p + 1, r->end), rules, field, kept);
  } while (p != NULL && *field == EW_FIELD_END);
  return p;
}

const char *ew_first_kept(ew_reader *r, const char *p, const ew_object_rules *rules,
                          uint32_t *field, ew_unknown_list *kept) {
  p = ew__skip_white(p, r->end);
  if (ew_peek(r, p) != '{' || !ew_may_descend(r)) {
    return ew_refuse(r, ew_peek(r, p) != '{' ? EW_ERR_TYPE : EW_ERR_DEPTH);
  }
  r->depth_left--;
  p = ew__skip_white(p + 1, r->end);
  if (ew_peek(r, p) == '}') {
    *field = EW_FIELD_END;
    return p;
  }
  p = read_member(r, p, rules, field, kept);
  return p != NULL && *field == EW_FIELD_END ? ew_next_kept(r, p, rules, field, kept) : p;
}

/* --------------------------------------------------------------------------------------- writing */

/* p is at a backslash: behind the escape, or NULL. */
static const char *pass_escape(const char *p, const char *end) {
  uint32_t code_point;
  if (end - p > 1 && ew__short_escape(p[1]) != '\0') {
    return p + 2;
  }
  return ew__scan_code_point(p, end, &code_point);
}

/* What may stand between the quotes of a string. */
EW__SMALL static bool is_name(ew_str name) {
  const char *p = name.ptr;
  const char *end = name.len == 0 ? p : p + name.len;
  while (p != NULL && p < end) {
    if (*p == '"' || (unsigned char)*p < ' ') {
      return false;
    }
    p = *p == '\\' ? pass_escape(p, end) : p + 1;
  }
  return p == end;
}

static ew_err check_name(const ew_object_rules *rules, const ew_unknown *member) {
  size_t bad;
  ew_err err = ew__check_bytes(&member->name, &bad);
  if (err != EW_OK) {
    return err;
  }
  if ((member->name.flags & EW_STR_CLEAN) == 0 && !is_name(member->name)) {
    return EW_ERR_SYNTAX;
  }
  return ew__key_find_span(rules, span_of(member)) < 0 ? EW_OK : EW_ERR_DUPLICATE;
}

static ew_err check_json(ew_str json, uint32_t depth_left) {
  if (json.len == 0) {
    return EW_ERR_SYNTAX;
  }
  ew__fault fault = {EW_ERR_SYNTAX, NULL, NULL};
  const char *end = json.ptr + json.len;
  const char *p = ew__skip_value(json.ptr, end, depth_left, 0, &fault);
  if (p == NULL) {
    return fault.err == EW_ERR_DEPTH ? EW_ERR_DEPTH : EW_ERR_SYNTAX;
  }
  return ew__skip_white(p, end) == end ? EW_OK : EW_ERR_SYNTAX;
}

static ew_err check_value(const ew_object_rules *rules, const ew_unknown *member,
                          uint32_t depth_left) {
  ew_str json = member->value.json;
  size_t bad;
  ew_err err = ew__check_bytes(&json, &bad);
  if (err == EW_OK && ((json.flags & EW_STR_CLEAN) == 0 || json.len == 0)) {
    err = check_json(json, depth_left);
  }
  if (err != EW_OK || takes_anything(rules)) {
    return err;
  }
  return ew_type_validate(ew_additional_of(rules), json, NULL, NULL);
}

static ew_err check(const ew_object_rules *rules, const ew_unknown *member, uint32_t depth_left) {
  ew_err err = check_name(rules, member);
  return err != EW_OK ? err : check_value(rules, member, depth_left);
}

static char *write_pair(ew_writer *w, char *to, const ew_unknown *member) {
  *to++ = '"';
  to = ew_write_bytes(w, to, member->name.ptr, member->name.len);
  *to++ = '"';
  *to++ = ':';
  return ew_write_bytes(w, to, member->value.json.ptr, member->value.json.len);
}

static char *refuse_pair(ew_writer *w, const ew_unknown *member, ew_err why, const ew__path *at,
                         ew_diag *diag, ew_err *err) {
  bool shown = member->name.ptr != NULL && !ew_str_is_too_long(member->name);
  ew_text name = {shown ? member->name.ptr : "", shown ? member->name.len : 0};
  ew__path path = {at, name, 0};
  *err = why;
  ew__diag_value(diag, why, &path, "", NULL, ew_str_of(NULL));
  return ew_write_refused(w);
}

static char *write_by_table(ew_writer *w, char *to, const ew_object_rules *rules, const void *kept,
                            uint32_t *count, const ew__path *at, ew_diag *diag, ew_err *err) {
  const ew_unknown *member = ((const ew_unknown_list *)kept)->first;
  for (; member != NULL && !w->refused; member = member->next) {
    ew_err why = check(rules, member, w->depth_left);
    if (why != EW_OK) {
      return refuse_pair(w, member, why, at, diag, err);
    }
    if ((*count)++ > 0) {
      *to++ = ',';
    }
    to = write_pair(w, to, member);
  }
  return to;
}

char *ew_write_unknown(ew_writer *w, char *to, const ew_object_rules *rules,
                       const ew_unknown_list *kept) {
  for (const ew_unknown *member = kept->first; member != NULL; member = member->next) {
    if (check(rules, member, w->depth_left) != EW_OK) {
      return ew_write_refused(w);
    }
    *to++ = ',';
    to = write_pair(w, to, member);
  }
  return to;
}

/* --------------------------------------------------------------------------- copies and equality */

static ew_err copy(ew_arena *arena, ew_unknown_list *list) {
  ew_unknown_list copies = {NULL, NULL};
  for (const ew_unknown *member = list->first; member != NULL; member = member->next) {
    ew_unknown *copied = ew_arena_take(arena, sizeof(*copied));
    if (ew__is_nowhere(&member->name) || ew__is_nowhere(&member->value.json)) {
      return EW_ERR_ARGUMENT;
    }
    if (copied == NULL || !ew_arena_copy(arena, member->name, &copied->name) ||
        !ew_arena_copy(arena, member->value.json, &copied->value.json)) {
      return EW_ERR_ARENA_FULL;
    }
    ew_unknown_add(&copies, copied);
  }
  *list = copies;
  return EW_OK;
}

EW__SMALL static bool equal(const ew_unknown_list *a, const ew_unknown_list *b) {
  const ew_unknown *x = a->first;
  const ew_unknown *y = b->first;
  while (x != NULL && y != NULL && ew_str_equal(x->name, y->name) &&
         ew_str_equal(x->value.json, y->value.json)) {
    x = x->next;
    y = y->next;
  }
  return x == NULL && y == NULL;
}

static ew_err walk(ew_arena *arena, void *a, const void *b) {
  return arena != NULL ? copy(arena, a) : equal(a, b) ? EW_OK : EW_ERR_STATE;
}

static const ew_keeper keeper = {read_by_table, write_by_table, walk};

const ew_type ew_unknown_members = {.size = sizeof(ew_unknown_list), .as = {.keeper = &keeper}};
