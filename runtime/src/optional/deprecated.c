/*
 * Warnings of members that are deprecated: a walk over a valid text along its schema.
 */
#include "../codec/diag_internal.h"
#include "../codec/layout_internal.h"
#include "../codec/straight_internal.h"

/** The walk. Whatever does not fit is skipped without a word. */
typedef struct walk {
  ew_reader r; /* of the text; it stores nothing, and key_end is none: see ew__find_quote() */
  ew__pointer pointer;
  void (*warn)(void *ctx, const char *pointer, const ew_member *member);
  void *ctx;
} walk;

static const char *walk_value(walk *w, const ew_type *type, const char *p, uint32_t depth_left);

EW__SMALL static const char *skip(const walk *w, const char *p, uint32_t depth_left) {
  ew__fault fault;
  return ew__skip_value(p, w->r.end, depth_left, EW__MODE_LENIENT | EW_TOLERATE_BAD_UTF8, &fault);
}

/* The arm of a sibling union by the text of its tag, wherever in the object that stands. */
EW__SMALL static const ew_type *sibling_type(const walk *w, const ew_object_rules *rules,
                                             const ew_member *member, const char *begin) {
  const ew_member *tag = &rules->members[member->sibling];
  ew_raw object = {ew_str_from(begin, (size_t)(w->r.end - begin))};
  ew_str key;
  ew_raw value;
  size_t cursor = 0;
  while (tag->type->kind == EW_KIND_ENUM && ew_raw_next(object, &cursor, &key, &value)) {
    ew__span name = {key.ptr, key.len, (key.flags & EW_STR_CLEAN) == 0};
    if (ew__span_is(name, ew_member_name(tag)) && ew_raw_type(value) == EW_JSON_STRING) {
      ew__span text = {value.json.ptr + 1, value.json.len - 2, true};
      const ew_arm *arm =
          ew__arm_by_kind(member->type->as.choice, ew__enum_find(tag->type->as.names, text, 0));
      return arm == NULL ? NULL : arm->type;
    }
  }
  return NULL;
}

EW__SMALL static const ew_type *member_type(const walk *w, const ew_object_rules *rules,
                                            const ew_member *member, const char *begin) {
  return (member->flags & EW_MEMBER_SIBLING) != 0 ? sibling_type(w, rules, member, begin)
                                                  : member->type;
}

EW__SMALL static void warn_if_deprecated(walk *w, const ew_member *member) {
  if ((member->flags & EW_MEMBER_DEPRECATED) != 0) {
    char text[sizeof(w->pointer.text)];
    ew__pointer_copy(&w->pointer, text);
    w->warn(w->ctx, text, member);
  }
}

/* p is at a key; the result is behind its value. rules is NULL in a map, whose values are of type
 * value. */
EW__SMALL static const char *walk_pair(walk *w, const ew_object_rules *rules, const ew_type *value,
                                       const char *begin, const char *p, uint32_t depth_left) {
  ew__fault fault;
  ew__span key;
  p = ew__scan_any_key(&w->r, p, EW_TOLERATE_BAD_UTF8, &key, &fault);
  if (p == NULL) {
    return NULL;
  }
  ew__pointer_push(&w->pointer, key);
  int index = rules == NULL ? -1 : ew__key_find_span(rules, key);
  if (index >= 0) {
    warn_if_deprecated(w, &rules->members[index]);
    value = member_type(w, rules, &rules->members[index], begin);
  }
  return walk_value(w, value, p, depth_left);
}

/* Behind a comma, or with *closed behind the bracket. */
EW__SMALL static const char *walk_on(const walk *w, const char *p, char bracket, bool *closed) {
  p = p == NULL ? NULL : ew__skip_white(p, w->r.end);
  if (p == NULL || p == w->r.end || (*p != ',' && *p != bracket)) {
    return NULL;
  }
  *closed = *p == bracket;
  return *closed ? p + 1 : ew__skip_white(p + 1, w->r.end);
}

/* Of the element at index of an array or a tuple. NULL: nothing is known of it. */
EW__SMALL static const ew_type *element_type(walk *w, const ew_type *list, uint64_t index) {
  if (list->kind == EW_KIND_ARRAY) {
    return list->as.array->item;
  }
  const ew_tuple_rules *tuple = ew_tuple_of(list);
  const ew_member *members = tuple->places.members;
  uint32_t place_count = tuple->places.member_count - (uint32_t)tuple->has_rest;
  if (index >= place_count) {
    return tuple->has_rest ? members[place_count].type->as.array->item : NULL;
  }
  warn_if_deprecated(w, &members[index]);
  return members[index].type;
}

/* The pairs of an object, of which rules is NULL in a map whose values are of type inner, or the
 * elements of an array or a tuple of type inner. */
EW__SMALL static const char *walk_inside(walk *w, const ew_object_rules *rules,
                                         const ew_type *inner, const char *begin,
                                         uint32_t depth_left) {
  char bracket = (char)(*begin + 2); /* '{' + 2 is '}' and '[' + 2 is ']' */
  const char *p = ew__skip_white(begin + 1, w->r.end);
  bool closed = p < w->r.end && *p == bracket;
  if (closed) {
    return p + 1;
  }
  for (uint64_t i = 0; p != NULL && !closed; i++) {
    ew__pointer_end before = w->pointer.end;
    if (bracket == '}') {
      p = walk_pair(w, rules, inner, begin, p, depth_left);
    } else {
      ew__pointer_push_index(&w->pointer, i);
      p = walk_value(w, element_type(w, inner, i), p, depth_left);
    }
    w->pointer.end = before;
    p = walk_on(w, p, bracket, &closed);
  }
  return p;
}

/* The type that says what is inside the value at p: behind unions and pointers. NULL: none is
 * known. */
EW__SMALL static const ew_type *inner_type(walk *w, const ew_type *type, const char *p,
                                           uint32_t depth_left) {
  ew__fault fault;
  while (type != NULL && (type->kind == EW_KIND_UNION || type->kind == EW_KIND_BOX)) {
    if (type->kind == EW_KIND_BOX) {
      type = type->as.boxed;
      continue;
    }
    w->r.depth_left = depth_left;
    int arm = ew__choose_arm(&w->r, p, type->as.choice, EW__MODE_LENIENT, &fault);
    type = arm < 0 ? NULL : type->as.choice->arms[arm].type;
  }
  return type;
}

EW__SMALL static const char *walk_value(walk *w, const ew_type *type, const char *p,
                                        uint32_t depth_left) {
  p = ew__skip_white(p, w->r.end);
  type = inner_type(w, type, p, depth_left);
  char opening = p < w->r.end ? *p : '\0';
  if (type == NULL || depth_left == 0) {
    return skip(w, p, depth_left);
  }
  if (opening == '{' && type->kind == EW_KIND_OBJECT) {
    return walk_inside(w, type->as.object, NULL, p, depth_left - 1);
  }
  const ew_type *inner = NULL;
  if (opening == '{' && type->kind == EW_KIND_MAP) {
    inner = type->as.map->value;
  } else if (opening == '[' && (type->kind == EW_KIND_ARRAY || type->kind == EW_KIND_TUPLE)) {
    inner = type;
  }
  return inner == NULL ? skip(w, p, depth_left) : walk_inside(w, NULL, inner, p, depth_left - 1);
}

EW__SMALL void ew_type_deprecated(const ew_type *type, ew_str json,
                                  void (*warn)(void *ctx, const char *pointer,
                                               const ew_member *member),
                                  void *ctx) {
  if (json.len == 0) {
    return;
  }
  walk w = {.warn = warn, .ctx = ctx};
  ew__skip_open(&w.r, json.ptr, json.ptr + json.len, EW__MAX_DEPTH);
  walk_value(&w, type, json.ptr, EW__MAX_DEPTH);
}
