#include "compare.h"

#include <stdio.h>
#include <string.h>

#include "layout_internal.h"

typedef struct walk {
  const peer_ops *peer;
  mismatch *out;
} walk;

static bool differ(const walk *w, const char *what) {
  if (w->out->what == NULL) {
    w->out->what = what;
  }
  return false;
}

static bool expect(const walk *w, bool holds, const char *what) {
  return holds || differ(w, what);
}

static bool has_type(const walk *w, const void *tree, ew_json_type type) {
  return expect(w, w->peer->type(tree) == type, "another JSON type");
}

static size_t enter(const walk *w, ew_str name) {
  size_t len = strlen(w->out->path);
  snprintf(w->out->path + len, sizeof(w->out->path) - len, "/%.*s", EW_STR_ARG(name));
  return len;
}

/* The path stays where a difference was found. */
static void leave(const walk *w, size_t len) {
  if (w->out->what == NULL) {
    w->out->path[len] = '\0';
  }
}

static bool same(const walk *w, const ew_type *type, const void *value, const void *tree);

/* ------------------------------------------------------------------------------------- scalars */

static ew_str of_text(ew_text t) { return ew_str_from(t.ptr, t.len); }

static bool same_number(const walk *w, const ew_type *type, const void *value, const void *tree) {
  int64_t integer;
  uint64_t natural;
  double number;
  if (!has_type(w, tree, EW_JSON_NUMBER)) {
    return false;
  }
  switch (type->kind) {
  case EW_KIND_INT:
    memcpy(&integer, value, sizeof(integer));
    return expect(w, w->peer->is_int(tree, integer), "another integer");
  case EW_KIND_UINT:
    memcpy(&natural, value, sizeof(natural));
    return expect(w, w->peer->is_uint(tree, natural), "another integer");
  default:
    memcpy(&number, value, sizeof(number));
    return expect(w, w->peer->is_double(tree, number), "another number");
  }
}

static bool same_string(const walk *w, ew_str ours, const void *tree) {
  return has_type(w, tree, EW_JSON_STRING) &&
         expect(w, ew_str_equal(ours, w->peer->string(tree)), "another string");
}

static bool same_enum(const walk *w, const ew_type *type, const void *value, const ew_str *open_text,
                      const void *tree) {
  const ew_enum_rules *rules = type->as.names;
  int number = ew__load_int(value);
  if (number < 0 || (uint32_t)number > rules->count) {
    return differ(w, "a number that is no value of the enum");
  }
  if (number > 0 && !same_string(w, of_text(ew_enum_name(rules, (uint32_t)number - 1)), tree)) {
    return false;
  }
  if (number == 0 && open_text == NULL) {
    return expect(w, rules->open && has_type(w, tree, EW_JSON_STRING), "an unknown enum value");
  }
  return open_text == NULL || same_string(w, *open_text, tree);
}

static bool same_const(const walk *w, const ew_type *type, const void *tree) {
  const ew_const_rules *rules = type->as.constant;
  return rules->json_type == EW_JSON_STRING
             ? same_string(w, of_text(rules->text), tree)
             : expect(w, w->peer->is_text(tree, of_text(rules->text)), "another constant");
}

/* -------------------------------------------------------------------------------------- unions */

static bool same_arm(const walk *w, const ew_union_rules *rules, int kind, const void *value,
                     const void *tree) {
  const ew_arm *arm = ew__arm_by_kind(rules, kind);
  if (arm == NULL) {
    return differ(w, "no arm has this tag");
  }
  return expect(w, ((uint32_t)arm->json_types & (uint32_t)w->peer->type(tree)) != 0,
                "an arm for another JSON type") &&
         same(w, arm->type, ew__at(value, rules->value_offset), tree);
}

static bool same_union(const walk *w, const ew_type *type, const void *value, const void *tree) {
  const ew_union_rules *rules = type->as.choice;
  return same_arm(w, rules, ew__load_int(ew__at(value, rules->kind_offset)), value, tree);
}

/* ------------------------------------------------------------------------------------- objects */

static bool same_set_member(const walk *w, const ew_object_rules *rules, const ew_member *member,
                            const void *object, const void *tree) {
  const void *value =
      member->offset == EW_NO_OFFSET ? object : ew__at(object, member->offset);
  if ((member->flags & EW_MEMBER_SIBLING) != 0) {
    return same_arm(w, member->type->as.choice, ew__tag_of(rules, member, object), value, tree);
  }
  if (member->type->kind == EW_KIND_ENUM) {
    ew_str open_text;
    bool kept = (member->flags & EW_MEMBER_TEXT) != 0;
    if (kept) {
      open_text = ew__load_str(ew__at(object, member->text_offset));
    }
    return same_enum(w, member->type, value, kept ? &open_text : NULL, tree);
  }
  return same(w, member->type, value, tree);
}

/* An optional constant without a bit of its own is there or not, nobody knows. */
static bool keeps_presence(const ew_member *member) {
  bool nothing = member->type->kind == EW_KIND_CONST || member->type->kind == EW_KIND_NULL;
  return !nothing || member->presence_offset != EW_NO_OFFSET ||
         (member->flags & EW_MEMBER_REQUIRED) != 0;
}

static bool same_member(const walk *w, const ew_object_rules *rules, const ew_member *member,
                        const void *object, const void *tree) {
  size_t times = 0;
  const void *theirs = w->peer->member(tree, of_text(ew_member_name(member)), &times);
  if (!expect(w, times < 2, "the member stands twice")) {
    return false;
  }
  if (!keeps_presence(member)) {
    return theirs == NULL || same_set_member(w, rules, member, object, theirs);
  }
  switch (ew__presence_of(member, object)) {
  case EW_ABSENT:
    return expect(w, theirs == NULL, "the peer has the member, the struct has not");
  case EW_NULL:
    return expect(w, theirs != NULL && w->peer->type(theirs) == EW_JSON_NULL, "the member is not null");
  case EW_SET:
    break;
  }
  return expect(w, theirs != NULL, "the struct has the member, the peer has not") &&
         same_set_member(w, rules, member, object, theirs);
}

static bool same_object(const walk *w, const ew_type *type, const void *value, const void *tree) {
  const ew_object_rules *rules = type->as.object;
  if (!has_type(w, tree, EW_JSON_OBJECT)) {
    return false;
  }
  for (uint32_t i = 0; i < rules->member_count; i++) {
    size_t len = enter(w, of_text(ew_member_name(&rules->members[i])));
    bool equal = same_member(w, rules, &rules->members[i], value, tree);
    leave(w, len);
    if (!equal) {
      return false;
    }
  }
  return true;
}

/* --------------------------------------------------------------------------------------- lists */

static bool same_array(const walk *w, const ew_type *type, const void *value, const void *tree) {
  const ew_type *item = type->as.array->item;
  ew__list list = ew__load_list(value);
  if (!has_type(w, tree, EW_JSON_ARRAY) ||
      !expect(w, w->peer->count(tree) == list.count, "another number of elements")) {
    return false;
  }
  for (uint32_t i = 0; i < list.count; i++) {
    char digits[16];
    snprintf(digits, sizeof(digits), "%u", i);
    size_t len = enter(w, ew_str_of(digits));
    const char *at = item->size == 0 ? "" : (const char *)list.items + (size_t)i * item->size;
    bool equal = same(w, item, at, w->peer->element(tree, i));
    leave(w, len);
    if (!equal) {
      return false;
    }
  }
  return true;
}

/* An element that is not there is behind the end of theirs. */
static bool same_place(const walk *w, const ew_member *member, const void *tuple, const void *tree,
                       uint32_t index) {
  ew_presence presence = ew__presence_of(member, tuple);
  bool there = index < w->peer->count(tree);
  if (!expect(w, there == (presence != EW_ABSENT), "another number of elements") || !there) {
    return !there;
  }
  const void *theirs = w->peer->element(tree, index);
  if (presence == EW_NULL) {
    return has_type(w, theirs, EW_JSON_NULL);
  }
  const void *value = member->offset == EW_NO_OFFSET ? tuple : ew__at(tuple, member->offset);
  return same(w, member->type, value, theirs);
}

static bool same_tuple(const walk *w, const ew_type *type, const void *value, const void *tree) {
  const ew_tuple_rules *rules = ew_tuple_of(type);
  uint32_t places = rules->places.member_count - (rules->has_rest ? 1u : 0u);
  if (!has_type(w, tree, EW_JSON_ARRAY)) {
    return false;
  }
  for (uint32_t i = 0; i < places; i++) {
    size_t len = enter(w, of_text(ew_member_name(&rules->places.members[i])));
    bool equal = same_place(w, &rules->places.members[i], value, tree, i);
    leave(w, len);
    if (!equal) {
      return false;
    }
  }
  return true;
}

static bool same_map(const walk *w, const ew_type *type, const void *value, const void *tree) {
  const ew_map_rules *rules = type->as.map;
  ew__list list = ew__load_list(value);
  if (!has_type(w, tree, EW_JSON_OBJECT) ||
      !expect(w, w->peer->count(tree) == list.count, "another number of members")) {
    return false;
  }
  for (uint32_t i = 0; i < list.count; i++) {
    const char *entry = (const char *)list.items + (size_t)i * rules->entry_size;
    ew_str key = ew__load_str(entry);
    size_t times = 0;
    const void *theirs = w->peer->member(tree, key, &times);
    size_t len = enter(w, key);
    bool equal = expect(w, theirs != NULL, "the peer has no such key") &&
                 expect(w, times == 1, "the key stands twice") &&
                 same(w, rules->value, entry + rules->value_offset, theirs);
    leave(w, len);
    if (!equal) {
      return false;
    }
  }
  return true;
}

/* -------------------------------------------------------------------------------------- values */

static bool same_bool(const walk *w, const void *value, const void *tree) {
  bool flag;
  memcpy(&flag, value, sizeof(flag));
  return has_type(w, tree, EW_JSON_BOOL) && expect(w, w->peer->truth(tree) == flag, "another truth");
}

static bool same(const walk *w, const ew_type *type, const void *value, const void *tree) {
  switch (type->kind) {
  case EW_KIND_BOOL:
    return same_bool(w, value, tree);
  case EW_KIND_INT:
  case EW_KIND_UINT:
  case EW_KIND_DOUBLE:
    return same_number(w, type, value, tree);
  case EW_KIND_STRING:
    return same_string(w, ew__load_str(value), tree);
  case EW_KIND_NUM:
  case EW_KIND_RAW:
    return expect(w, w->peer->is_text(tree, ew__load_str(value)), "another free-form value");
  case EW_KIND_ENUM:
    return same_enum(w, type, value, NULL, tree);
  case EW_KIND_CONST:
    return same_const(w, type, tree);
  case EW_KIND_NULL:
    return has_type(w, tree, EW_JSON_NULL);
  case EW_KIND_OBJECT:
    return same_object(w, type, value, tree);
  case EW_KIND_ARRAY:
    return same_array(w, type, value, tree);
  case EW_KIND_TUPLE:
    return same_tuple(w, type, value, tree);
  case EW_KIND_MAP:
    return same_map(w, type, value, tree);
  case EW_KIND_UNION:
    return same_union(w, type, value, tree);
  case EW_KIND_BOX:
    return same(w, type->as.boxed, ew__load_pointer(value), tree);
  }
  return differ(w, "a kind that is not known");
}

bool same_value(const ew_type *type, const void *value, const peer_ops *peer, const void *tree,
                mismatch *out) {
  walk w = {peer, out};
  memset(out, 0, sizeof(*out));
  return same(&w, type, value, tree);
}
