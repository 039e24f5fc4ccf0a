/*
 * The encoder of the table engine: it walks a value along its schema and has the writers of the
 * straight-line engine write it. When one of them refuses, it says why.
 */
#include "encode_internal.h"
#include "keys_internal.h"
#include "layout_internal.h"
#include "table_internal.h"

typedef ew__encoder encoder;
typedef ew__item item;

/* ------------------------------------------------------------------------------------- refusals */

/* keyword NULL: no rule of the schema refuses it. */
EW__COLD static EW_NOINLINE char *refuse_found(encoder *e, const item *i, ew_err err,
                                               const char *keyword, const char *expected,
                                               const ew_str *found) {
  e->err = err;
  ew__keyword by = ew__keyword_of(i->type, e->owner, e->member, keyword);
  ew__diag_value(e->diag, err, i->path, expected, keyword == NULL ? NULL : &by, *found);
  return ew_write_refused(e->w);
}

EW__COLD static EW_NOINLINE char *refuse(encoder *e, const item *i, ew_err err, const char *keyword,
                                         const char *expected) {
  static const ew_str nothing = {NULL, 0, 0};
  return refuse_found(e, i, err, keyword, expected, &nothing);
}

/* Where the struct says that something is there, but not where. */
static const char something[] = "a pointer, not NULL";

/* What no string may be, whatever its rules are: too long, nowhere, or no UTF-8. False: refused. */
EW__COLD static bool check_bytes(encoder *e, const item *i, const ew_str *text) {
  size_t bad = 0;
  ew_err err = ew__check_bytes(text, &bad);
  if (err == EW_ERR_UTF8) {
    ew_str rest = {text->ptr + bad, text->len - (uint32_t)bad, 0};
    refuse_found(e, i, err, NULL, "UTF-8", &rest);
  } else if (err != EW_OK) {
    refuse(e, i, err, NULL, err == EW_ERR_ARGUMENT ? something : "a shorter text");
  }
  return err == EW_OK;
}

EW__COLD static char *refuse_enum(encoder *e, const item *i) {
  const ew_enum_rules *rules = i->type->as.names;
  int value = ew__load_int(i->value);
  char digits[EW__INT_CHARS];
  bool kept = value == 0 && rules->open && i->text != NULL;
  if (kept && !check_bytes(e, i, i->text)) {
    return ew_write_refused(e->w);
  }
  ew_str found = {digits, (uint32_t)(ew__print_int(value, digits) - digits), 0};
  return refuse_found(e, i, EW_ERR_ENUM, rules->open ? "/anyOf" : "/enum",
                      ew__enum_expected(rules), &found);
}

/* The first that is wrong with a free-form value, which is none when its type is. */
EW__COLD static char *refuse_raw(encoder *e, const item *i, const ew_str *json) {
  const char *end = json->len == 0 ? json->ptr : json->ptr + json->len;
  bool checked = json->len == 0 || (json->flags & EW_STR_CLEAN) != 0;
  ew__fault fault = {EW_ERR_SYNTAX, end, "one JSON value"};
  const char *p = checked ? end : ew__skip_value(json->ptr, end, e->w->depth_left, 0, &fault);
  if (p != NULL) {
    fault.at = ew__skip_white_slow(p, end);
  }
  if (p == NULL || fault.at < end) {
    ew_str rest = {fault.at, (uint32_t)(end - fault.at), 0};
    return refuse_found(e, i, fault.err == EW_ERR_DEPTH ? EW_ERR_DEPTH : EW_ERR_SYNTAX, NULL,
                        fault.expected, &rest);
  }
  return refuse_found(e, i, EW_ERR_TYPE, "/type",
                      json->len == 0 ? "a JSON value" : "a value of another type", json);
}

/* What a number is in a text. */
EW__COLD static char *print_number(const item *i, char *to) {
  uint64_t word;
  memcpy(&word, i->value, sizeof(word));
  if (i->type->kind == EW_KIND_DOUBLE) {
    double value;
    memcpy(&value, &word, sizeof(value));
    return ew__print_double(value, to);
  }
  return i->type->kind == EW_KIND_INT ? ew__print_int((int64_t)word, to)
                                      : ew__print_uint(word, to);
}

/* JSON has no infinity and no NaN. */
EW__COLD static bool is_finite(const item *i) {
  double value = 0;
  if (i->type->kind == EW_KIND_DOUBLE) {
    memcpy(&value, i->value, sizeof(value));
  }
  return value - value == 0;
}

EW__COLD static char *refuse_number(encoder *e, const item *i) {
  if (!is_finite(i)) {
    return refuse(e, i, EW_ERR_RANGE, "/type", "a finite number");
  }
  char digits[EW__DOUBLE_CHARS];
  const char *end = print_number(i, digits);
  ew__number number;
  ew__asked asked = {NULL, NULL};
  ew__fault fault;
  ew__scan_number(digits, end, &number, &fault);
  ew_err err = ew__ask_number(i->type, &number, &asked);
  ew_str found = {digits, (uint32_t)(end - digits), 0};
  return refuse_found(e, i, err, asked.keyword, asked.expected, &found);
}

/* ------------------------------------------------------------------------------------- scalars */

EW__SMALL static char *write_plain(ew_writer *w, char *to, const item *i) {
  const ew_type *type = i->type;
  if (type->kind == EW_KIND_NULL) {
    return ew_write_null(w, to);
  }
  switch (type->kind) {
  case EW_KIND_BOOL:
    return ew_write_bool(w, to, *(const bool *)i->value);
  case EW_KIND_INT:
    return ew_write_int(w, to, type->as.integer, *(const int64_t *)i->value);
  case EW_KIND_UINT:
    return ew_write_uint(w, to, type->as.natural, *(const uint64_t *)i->value);
  case EW_KIND_DOUBLE:
    return ew_write_double(w, to, type->as.number, *(const double *)i->value);
  default:
    return ew_write_num(w, to, (const ew_num *)i->value);
  }
}

EW__SMALL static EW_NOINLINE char *write_scalar(ew_writer *w, char *to, const item *i) {
  const ew_type *type = i->type;
  if (EW_LIKELY(type->kind == EW_KIND_STRING)) {
    return type->as.string == NULL
               ? ew_write_string(w, to, (const ew_str *)i->value)
               : ew_write_text(w, to, type->as.string, (const ew_str *)i->value);
  }
  switch (type->kind) {
  case EW_KIND_ENUM:
    return ew_write_enum(w, to, type->as.names, ew__load_int(i->value), i->text);
  case EW_KIND_CONST:
    return ew_write_const(w, to, type->as.constant);
  case EW_KIND_RAW:
    return ew_write_raw(w, to, type->as.raw_types, (const ew_raw *)i->value);
  default:
    return write_plain(w, to, i);
  }
}

/* Of the others none is refused. */
EW__COLD static EW_NOINLINE char *refuse_scalar(encoder *e, const item *i) {
  uint8_t kind = i->type->kind;
  if (kind == EW_KIND_ENUM) {
    return refuse_enum(e, i);
  }
  if (kind != EW_KIND_RAW && kind != EW_KIND_NUM) {
    return refuse_number(e, i);
  }
  const ew_str *text = (const ew_str *)i->value; /* which both consist of */
  if (!check_bytes(e, i, text)) {
    return ew_write_refused(e->w);
  }
  return kind == EW_KIND_RAW ? refuse_raw(e, i, text)
                             : refuse_found(e, i, EW_ERR_TYPE, "/type", "a number", text);
}

/* ------------------------------------------------------------------------------------- objects */

/* NULL: nothing that the schema knows. */
EW__SMALL static EW_NOINLINE const ew_arm *usable_arm(const ew_union_rules *rules, int kind) {
  const ew_arm *arm = ew__arm_by_kind(rules, kind);
  return arm == NULL || arm->lenient_only ? NULL : arm;
}

EW__SMALL static char *write_arm(encoder *e, char *to, const item *i, int kind) {
  const ew_union_rules *rules = i->type->as.choice;
  const ew_arm *arm = usable_arm(rules, kind);
  if (arm == NULL) {
    bool sibling = rules->kind_offset == EW_NO_OFFSET;
    return refuse(e, i, EW_ERR_UNION, sibling ? "" : rules->keyword, rules->expected);
  }
  item inner = {arm->type, ew__at(i->value, rules->value_offset), NULL, i->path};
  return ew__write_value(e, to, &inner);
}

EW__SMALL static EW_NOINLINE char *write_member_value(encoder *e, char *to, const item *object,
                                                      const ew_member *member) {
  const ew_object_rules *rules = object->type->as.object;
  const void *base = object->value;
  ew__path path = {object->path, ew_member_name(member), 0};
  const void *value = member->offset == EW_NO_OFFSET ? base : ew__at(base, member->offset);
  item i = {member->type, value, NULL, &path};
  if ((member->flags & EW_MEMBER_SIBLING) != 0) {
    return write_arm(e, to, &i, ew__tag_of(rules, member, base));
  }
  if ((member->flags & EW_MEMBER_TEXT) != 0) {
    i.text = (const ew_str *)ew__at(base, member->text_offset);
  }
  return ew__write_value(e, to, &i);
}

EW__SMALL static char *write_key(encoder *e, char *to, const ew_str *key) {
  to = ew_write_string(e->w, to, key);
  *to++ = ':';
  return to;
}

EW__SMALL static char *write_member(encoder *e, char *to, const item *object,
                                    const ew_member *member) {
  ew_text name = ew_member_name(member);
  ew_str key = {name.ptr, name.len, 0};
  to = write_key(e, to, &key);
  if (ew__presence_of(member, object->value) == EW_NULL) {
    return ew_write_null(e->w, to);
  }
  const ew_type *owner = e->owner;
  const ew_member *around = e->member;
  e->owner = object->type;
  e->member = member;
  to = write_member_value(e, to, object, member);
  e->owner = owner;
  e->member = around;
  return to;
}

/* A member that is missing is named by the pointer. */
EW__SMALL static char *check_members(encoder *e, char *to, const item *object, uint64_t seen,
                                     uint32_t count) {
  const ew_object_rules *rules = object->type->as.object;
  const char *keyword, *expected;
  ew_err err = ew__check_members(rules, seen, count, &keyword, &expected);
  if (err == EW_OK) {
    return to;
  }
  uint64_t missing = rules->required & ~seen;
  ew__path path = {object->path, {NULL, 0}, 0};
  item i = *object;
  if (missing != 0) {
    path.name = ew_member_name(&rules->members[ew_lowest_bit(missing)]);
    i.path = &path;
  }
  return refuse(e, &i, err, keyword, expected);
}

EW__SMALL static char *open_level(encoder *e, char *to, char bracket, const item *i) {
  if (e->w->depth_left == 0) {
    return refuse(e, i, EW_ERR_DEPTH, NULL, "a scalar value");
  }
  to = ew_write_checked(e->w, to);
  e->w->depth_left--;
  *to++ = bracket;
  return to;
}

EW__SMALL static char *close_level(encoder *e, char *to, char bracket) {
  e->w->depth_left++;
  *to++ = bracket;
  return ew_write_checked(e->w, to);
}

/* Whether eight members from this one on are absent, whose bytes stand side by side. */
EW_INLINE bool are_absent(const ew_member *member, const ew_member *behind, const char *object) {
  return behind - member >= 8 &&
         member[7].presence_offset == (uint32_t)member->presence_offset + 7 &&
         ew_load64(object + member->presence_offset) == 0;
}

/* The first member from this one on that is there, or NULL. Of many optional ones most are not. */
EW__SMALL static EW_NOINLINE const ew_member *find_present(const ew_object_rules *rules,
                                                           const ew_member *member,
                                                           const void *object) {
  const ew_member *const behind = rules->members + rules->member_count;
  for (; member < behind; member++) {
    if (member->presence_offset == EW_NO_OFFSET) {
      if (ew__presence_of(member, object) != EW_ABSENT) {
        return member;
      }
    } else if (((const char *)object)[member->presence_offset] != EW_ABSENT) {
      return member;
    } else if (are_absent(member, behind, (const char *)object)) {
      member += 7;
    }
  }
  return NULL;
}

EW__SMALL static char *write_members(encoder *e, char *to, const item *object) {
  const ew_object_rules *rules = object->type->as.object;
  const ew_member *m = rules->members;
  uint64_t seen = 0;
  uint32_t count = 0;
  for (; (m = find_present(rules, m, object->value)) != NULL; m++) {
    if (count++ > 0) {
      *to++ = ',';
    }
    seen |= (uint64_t)1 << (m - rules->members);
    to = write_member(e, to, object, m);
    if (e->w->refused) {
      return to;
    }
  }
  if (rules->keeps) {
    const ew_member *row = ew__kept_row(rules);
    to = row->type->as.keeper->write(e->w, to, rules, ew__at(object->value, row->offset), &count,
                                     object->path, e->diag, &e->err);
    if (e->w->refused) {
      return to;
    }
  }
  bool whole = !rules->more && (rules->required & ~seen) == 0;
  return whole ? to : check_members(e, to, object, seen, count);
}

EW__SMALL static EW_NOINLINE char *write_object(encoder *e, char *to, const item *i) {
  to = open_level(e, to, '{', i);
  if (e->w->refused) {
    return to;
  }
  to = write_members(e, to, i);
  return close_level(e, to, '}');
}

/* ------------------------------------------------------------------------------ arrays and maps */

/** What an array and a map have in common: an element of an array is all value. */
typedef struct elements {
  ew_map_rules rules;
  bool keyed;
  ew__list list;
} elements;

static inline ew_text name_of(const ew_str *key) {
  return (ew_text){key->ptr == NULL ? "" : key->ptr, key->len};
}

EW__COLD static char *refuse_key(encoder *e, const item *map, const ew_str *key,
                                 bool repeated) {
  ew__path path = {map->path, name_of(key), 0};
  item i = {map->type, NULL, NULL, &path};
  if (repeated) {
    return refuse(e, &i, EW_ERR_DUPLICATE, NULL, "each member once");
  }
  check_bytes(e, ew__is_nowhere(key) ? map : &i, key);
  return ew_write_refused(e->w);
}

/* Whether an array or an object holds nothing and needs nothing. */
static inline bool is_hollow(const ew_type *type, const void *value) {
  if (type->kind == EW_KIND_ARRAY) {
    return ew__load_list(value).count == 0 && type->as.array->min_items == 0;
  }
  const ew_object_rules *rules = type->as.object;
  return rules->required == 0 && !rules->more && !rules->keeps &&
         find_present(rules, rules->members, value) == NULL;
}

/* Of small elements most of the bytes are what is written here. */
EW__SMALL static char *write_elements(encoder *e, char *to, const item *list, const elements *l) {
  const ew_map_rules *rules = &l->rules;
  const char *element = rules->entry_size == 0 ? "" : (const char *)l->list.items;
  ew__path path = {list->path, {NULL, 0}, 0};
  item i = {rules->value, NULL, NULL, &path};
  const ew_union_rules *choice = i.type->kind == EW_KIND_UNION ? i.type->as.choice : NULL;
  int kind = -1; /* of the arm that i.type is of, as most unions of a list are of the same */
  uint32_t offset = rules->value_offset;
  for (; path.index < l->list.count && !e->w->refused; path.index++) {
    if (path.index > 0) {
      *to++ = ',';
    }
    if (l->keyed) {
      const ew_str *key = (const ew_str *)(const void *)element;
      path.name = name_of(key);
      to = write_key(e, to, key);
      if (e->w->refused) {
        return refuse_key(e, list, key, false);
      }
    }
    if (choice != NULL) {
      int other = ew__load_int(element + rules->value_offset + choice->kind_offset);
      if (other != kind) {
        const ew_arm *arm = usable_arm(choice, other);
        kind = other;
        i.type = arm == NULL ? rules->value : arm->type; /* which refuses itself */
        offset = rules->value_offset + (arm == NULL ? 0 : choice->value_offset);
      }
    }
    i.value = element + offset;
    element += rules->entry_size;
    bool array = i.type->kind == EW_KIND_ARRAY;
    bool nests = array || i.type->kind == EW_KIND_OBJECT;
    if (nests && e->w->depth_left > 0 && is_hollow(i.type, i.value)) {
      memcpy(to, array ? "[]" : "{}", 2);
      to = ew_write_checked(e->w, to + 2);
    } else {
      to = ew__write_value(e, to, &i);
    }
  }
  return to;
}

EW__SMALL static char *check_keys(encoder *e, char *to, const item *map, const elements *l) {
  ew__entries entries = {l->list.items, l->list.count, l->rules.entry_size};
  const ew_writer *w = e->w;
  bool in_buffer = !w->drops && w->cut == NULL;
  ew_arena behind = {to, in_buffer ? (size_t)(w->end - to) : 0, 0};
  uint32_t repeated = ew__entries_duplicate(&entries, &behind, UINT64_MAX, false);
  if (repeated == EW__NO_KEY) {
    return to;
  }
  const char *entry = entries.items + (size_t)repeated * l->rules.entry_size;
  return refuse_key(e, map, (const ew_str *)(const void *)entry, true);
}

EW__SMALL static elements elements_of(const item *i) {
  elements all = {.keyed = i->type->kind == EW_KIND_MAP, .list = ew__load_list(i->value)};
  if (all.keyed) {
    all.rules = *i->type->as.map;
  } else {
    const ew_array_rules *rules = i->type->as.array;
    all.rules = (ew_map_rules){rules->item, rules->item->size, 0, rules->min_items,
                               rules->max_items};
  }
  return all;
}

EW__SMALL static EW_NOINLINE char *write_list(encoder *e, char *to, const item *i) {
  const elements all = elements_of(i);
  const elements *l = &all;
  uint32_t count = l->list.count;
  bool few = count < l->rules.min_items;
  if (few || count > l->rules.max_items) {
    const char *keyword = few ? l->keyed ? "/minProperties" : "/minItems"
                          : l->keyed ? "/maxProperties"
                                     : "/maxItems";
    return refuse(e, i, EW_ERR_COUNT, keyword, few ? "more elements" : "fewer elements");
  }
  if (count > 0 && l->list.items == NULL && l->rules.entry_size > 0) {
    return refuse(e, i, EW_ERR_ARGUMENT, NULL, something);
  }
  to = open_level(e, to, l->keyed ? '{' : '[', i);
  if (e->w->refused) {
    return to;
  }
  to = write_elements(e, to, i, l);
  to = close_level(e, to, l->keyed ? '}' : ']');
  return e->w->refused || !l->keyed ? to : check_keys(e, to, i, l);
}

/* ---------------------------------------------------------------------------------- all of them */

EW__SMALL static EW_NOINLINE char *write_box(encoder *e, char *to, const item *i) {
  item inner = {i->type->as.boxed, ew__load_pointer(i->value), NULL, i->path};
  if (inner.value == NULL) {
    return refuse(e, i, EW_ERR_ARGUMENT, NULL, something);
  }
  return ew__write_value(e, to, &inner);
}

/* Its rules are looked at once: that may take as long as all else. */
EW__COLD static char *explain_string(encoder *e, char *to, const item *i) {
  const ew_str *text = (const ew_str *)i->value;
  ew__asked asked = {"", ""};
  ew__span span = {text->ptr, ew__is_nowhere(text) ? 0 : text->len, false};
  ew_err err =
      ew__check_string(i->type->as.string, span, 0, e->w->max_depth, NULL, &asked);
  to = err == EW_OK ? ew_write_string(e->w, to, text) : to;
  if (err == EW_OK && !e->w->refused) {
    return to;
  }
  return check_bytes(e, i, text) ? refuse_found(e, i, err, asked.keyword, asked.expected, text)
                                 : ew_write_refused(e->w);
}

EW__SMALL static EW_NOINLINE char *explain_scalar(encoder *e, char *to, const item *i) {
  if (i->type->kind == EW_KIND_STRING) {
    return explain_string(e, to, i);
  }
  to = write_scalar(e->w, to, i);
  return e->w->refused ? refuse_scalar(e, i) : to;
}

/* Goes on in the function of the kind, for which it saves no register. */
EW__SMALL char *ew__write_value(encoder *e, char *to, const item *i) {
  const ew_type *type = i->type;
  switch (type->kind) {
  case EW_KIND_OBJECT:
    return write_object(e, to, i);
  case EW_KIND_ARRAY:
  case EW_KIND_MAP:
    return write_list(e, to, i);
  case EW_KIND_UNION:
    return write_arm(e, to, i, ew__load_int(ew__at(i->value, type->as.choice->kind_offset)));
  case EW_KIND_BOX:
    return write_box(e, to, i);
  case EW_KIND_TUPLE:
    return ew_tuple_of(type)->engine->write(e, to, i);
  case EW_KIND_BOOL:
  case EW_KIND_INT:
  case EW_KIND_UINT:
  case EW_KIND_DOUBLE:
  case EW_KIND_NUM:
  case EW_KIND_STRING:
  case EW_KIND_ENUM:
  case EW_KIND_CONST:
  case EW_KIND_NULL:
  case EW_KIND_RAW:
    break;
  }
  return e->explains ? explain_scalar(e, to, i) : write_scalar(e->w, to, i);
}

EW__COLD char *ew__write_refusal(encoder *e, const item *i, ew_err err, const char *keyword,
                                 const char *expected) {
  return refuse(e, i, err, keyword, expected);
}

EW__SMALL char *ew__table_write(ew_writer *w, char *to, const ew_type *type, const void *value) {
  encoder e = {.w = w};
  item i = {type, value, NULL, NULL};
  return ew__write_value(&e, to, &i);
}

EW__SMALL char *ew__table_explain(ew_writer *w, char *to, const ew_type *type, const void *value,
                                  ew_diag *diag, ew_err *err) {
  encoder e = {.w = w, .explains = true, .diag = diag};
  item i = {type, value, NULL, NULL};
  to = ew__write_value(&e, to, &i);
  if (w->refused) {
    *err = e.err;
  }
  return to;
}

EW__SMALL char *ew_write_by_table(ew_writer *w, char *to, const ew_type *type, const void *value) {
  return ew__table_write(w, to, type, value);
}
