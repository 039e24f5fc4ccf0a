/*
 * Tuples: arrays with a type for each place, held as structs.
 */
#include "../codec/decode_internal.h"
#include "../codec/encode_internal.h"

/* ------------------------------------------------------------------------------------- decoding */

/** A tuple while it is read. */
typedef struct tuple {
  const ew_tuple_rules *rules;
  const char *begin; /* behind the opening bracket */
  char *out;         /* NULL: nothing is stored */
  uint32_t place_count;
  uint32_t count; /* of all elements */
  ew__list rest;  /* the elements behind the places */
  uint32_t capacity;
} tuple;

static const ew_member *rest_member(const ew_tuple_rules *rules) {
  return &rules->places.members[rules->places.member_count - 1];
}

static void set_presence(const tuple *t, const ew_member *member, ew_presence presence) {
  if (t->out != NULL && member->presence_offset != EW_NO_OFFSET) {
    t->out[member->presence_offset] = (char)presence;
  }
}

static const char *read_place(ew__decoder *d, const tuple *t, const char *p) {
  const ew_member *member = &t->rules->places.members[t->count];
  if ((member->flags & EW_MEMBER_NULLABLE) != 0 && ew_peek(&d->r, p) == 'n') {
    set_presence(t, member, EW_NULL);
    return ew__pass_null(d, p);
  }
  set_presence(t, member, EW_SET);
  bool stored = t->out != NULL && member->offset != EW_NO_OFFSET;
  bool has_text = stored && (member->flags & EW_MEMBER_TEXT) != 0;
  return ew__read_value(d, member->type, p, stored ? t->out + member->offset : NULL,
                        has_text ? (ew_str *)(void *)(t->out + member->text_offset) : NULL);
}

/* An element of the list of those behind the places. */
static const char *read_rest(ew__decoder *d, tuple *t, const char *p) {
  const ew_type *list = ew__in_profile(d, rest_member(t->rules)->type);
  const ew_type *item = list->as.array->item;
  char *slot = NULL;
  if (t->out != NULL) {
    if (t->rest.count == t->capacity) {
      t->rest.items =
          ew_grow(&d->r, t->rest.items, t->rest.count, &t->capacity, item->size, t->begin, p);
    }
    if (t->rest.items == NULL) {
      return ew__refuse_limit(d, EW_ERR_ARENA_FULL, p, "");
    }
    slot = (char *)t->rest.items + (size_t)t->rest.count * item->size;
    memset(slot, 0, item->size);
  }
  t->rest.count++;
  return ew__read_value(d, item, p, slot, NULL);
}

static const char *read_element(ew__decoder *d, const ew_type *type, tuple *t, const char *p) {
  if (t->count >= d->r.limits.max_items) {
    return ew__refuse_limit(d, EW_ERR_TOO_LARGE, p, "fewer elements");
  }
  if (t->count < t->place_count) {
    return read_place(d, t, p);
  }
  if (t->rules->places.closed) {
    return ew__refuse_value(d, type, EW_ERR_UNKNOWN_MEMBER, p, t->rules->keyword,
                            "no more elements");
  }
  return t->rules->has_rest ? read_rest(d, t, p) : ew__pass(d, p);
}

/* From the first element to behind the closing bracket. */
static const char *read_elements(ew__decoder *d, const ew_type *type, tuple *t, const char *p) {
  bool closed = ew_peek(&d->r, p) == ']';
  if (closed) {
    return p + 1;
  }
  for (; !closed; t->count++) {
    const char *behind = read_element(d, type, t, p);
    if (behind == NULL) {
      return ew__leave_level(d, p, t->count, false);
    }
    p = ew__read_comma(d, behind, ']', &closed);
    if (p == NULL) {
      return ew__leave_level(d, behind, t->count, true);
    }
  }
  return p;
}

static void close_rest(ew__decoder *d, const tuple *t) {
  if (t->out != NULL && t->rules->has_rest) {
    const ew_member *member = rest_member(t->rules);
    size_t size = member->type->as.array->item->size;
    ew_trim(&d->r, t->rest.items, t->rest.count, t->capacity, size);
    ew__store_list(t->out + member->offset, t->rest);
  }
}

static const char *read_tuple(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  const ew_tuple_rules *rules = ew_tuple_of(type);
  const char *begin = p;
  if (ew_peek(&d->r, p) != '[') {
    return ew__refuse_type(d, type, p, "an array");
  }
  tuple t = {.rules = rules, .begin = p + 1, .out = out};
  t.place_count = rules->places.member_count - (uint32_t)rules->has_rest;
  p = ew__open_level(d, p);
  p = p == NULL ? NULL : read_elements(d, type, &t, p);
  if (p == NULL) {
    return NULL;
  }
  d->r.depth_left++;
  bool few = t.count < rules->min_items;
  if (few || t.count > rules->max_items) {
    return ew__refuse_value(d, type, EW_ERR_COUNT, begin, few ? "/minItems" : "/maxItems",
                            few ? "more elements" : "fewer elements");
  }
  close_rest(d, &t);
  return p;
}

/* ------------------------------------------------------------------------------------- encoding */

/* One element, with a comma before all but the first. */
static char *write_element(ew__encoder *e, char *to, const ew__item *element) {
  if (element->path->index > 0) {
    *to++ = ',';
  }
  return ew__write_value(e, to, element);
}

static char *write_place(ew__encoder *e, char *to, const ew__item *t, const ew_member *member,
                         uint32_t index) {
  ew__path path = {t->path, {NULL, 0}, index};
  const void *value = member->offset == EW_NO_OFFSET ? t->value : ew__at(t->value, member->offset);
  ew__item i = {member->type, value, NULL, &path};
  if ((member->flags & EW_MEMBER_TEXT) != 0) {
    i.text = (const ew_str *)ew__at(t->value, member->text_offset);
  }
  if (ew__presence_of(member, t->value) != EW_NULL) {
    return write_element(e, to, &i);
  }
  if (index > 0) {
    *to++ = ',';
  }
  return ew_write_null(e->w, to);
}

/* An element that is not there, though one behind it is, or though it is required. */
static char *refuse_hole(ew__encoder *e, const ew__item *t, uint32_t index) {
  ew__path path = {t->path, {NULL, 0}, index};
  ew__item i = {t->type, NULL, NULL, &path};
  return ew__write_refusal(e, &i, EW_ERR_MISSING, "/minItems", "an element");
}

/* Up to the first place that is not there; *count follows. */
static char *write_places(ew__encoder *e, char *to, const ew__item *t, uint32_t place_count,
                          uint32_t *count) {
  const ew_object_rules *places = t->type->as.object;
  const ew_member *members = places->members;
  uint32_t k = 0;
  while (k < place_count && ew__presence_of(&members[k], t->value) != EW_ABSENT) {
    to = write_place(e, to, t, &members[k], k);
    if (e->w->refused) {
      return to;
    }
    k++;
  }
  *count = k;
  bool hole = (places->required >> k & 1) != 0;
  for (uint32_t behind = k; behind < place_count; behind++) {
    hole = hole || ew__presence_of(&members[behind], t->value) != EW_ABSENT;
  }
  return hole ? refuse_hole(e, t, k) : to;
}

static char *write_rest(ew__encoder *e, char *to, const ew__item *t, uint32_t place_count,
                        uint32_t *count) {
  const ew_member *member = rest_member(ew_tuple_of(t->type));
  const ew_type *item = member->type->as.array->item;
  ew__list rest = ew__load_list(ew__at(t->value, member->offset));
  if (rest.count > 0 && *count < place_count) {
    return refuse_hole(e, t, *count);
  }
  for (uint32_t k = 0; k < rest.count && !e->w->refused; k++) {
    ew__path path = {t->path, {NULL, 0}, (*count)++};
    ew__item i = {item, (const char *)rest.items + (size_t)k * item->size, NULL, &path};
    if (rest.items == NULL && item->size > 0) {
      return ew__write_refusal(e, &i, EW_ERR_ARGUMENT, NULL, "a pointer, not NULL");
    }
    to = write_element(e, to, &i);
  }
  return to;
}

static char *write_elements(ew__encoder *e, char *to, const ew__item *t, uint32_t *count) {
  const ew_tuple_rules *rules = ew_tuple_of(t->type);
  uint32_t place_count = rules->places.member_count - (uint32_t)rules->has_rest;
  to = write_places(e, to, t, place_count, count);
  if (!e->w->refused && rules->has_rest) {
    to = write_rest(e, to, t, place_count, count);
  }
  return to;
}

static char *write_tuple(ew__encoder *e, char *to, const ew__item *t) {
  const ew_tuple_rules *rules = ew_tuple_of(t->type);
  uint32_t count = 0;
  if (e->w->depth_left == 0) {
    return ew__write_refusal(e, t, EW_ERR_DEPTH, NULL, "a scalar value");
  }
  to = ew_write_checked(e->w, to);
  e->w->depth_left--;
  *to++ = '[';
  to = write_elements(e, to, t, &count);
  e->w->depth_left++;
  if (e->w->refused) {
    return to;
  }
  bool few = count < rules->min_items;
  if (few || count > rules->max_items) {
    return ew__write_refusal(e, t, EW_ERR_COUNT, few ? "/minItems" : "/maxItems",
                             few ? "more elements" : "fewer elements");
  }
  *to++ = ']';
  return ew_write_checked(e->w, to);
}

const ew_tuple_engine ew_tuples = {read_tuple, write_tuple};
