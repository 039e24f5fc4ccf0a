/*
 * The encoder: one pass that checks and writes at once. What it refuses leaves the buffer as it
 * was.
 */
#include "diag_internal.h"
#include "keys_internal.h"
#include "layout_internal.h"
#include "table_internal.h"
#include "sink_internal.h"

typedef struct encoder {
  ew__sink sink;
  ew_diag *diag;
  uint32_t depth_left;
  uint32_t max_depth;

  /* Where the encoder is in the schema, for values whose own type has no pointer. */
  const ew_type *owner;
  const ew_member *member;
} encoder;

static ew_err write_value(encoder *e, const ew_type *type, const void *value, const ew_str *text,
                          const ew__path *path);

/* ------------------------------------------------------------------------------------- refusals */

EW__SMALL static ew__keyword keyword_of(const encoder *e, const ew_type *type,
                                        const char *keyword) {
  bool named = type->schema != NULL && type->schema[0] != '\0';
  if (named || e->owner == NULL) {
    return (ew__keyword){type->schema, NULL, keyword};
  }
  return (ew__keyword){e->owner->schema, e->member == NULL ? NULL : e->member->name, keyword};
}

/** What is refused. */
typedef struct refusal {
  ew_err err;
  const char *keyword;
  const char *expected;
  ew_str found;
} refusal;

EW__SMALL static ew_err refuse(const encoder *e, const ew_type *type, const ew__path *path,
                               refusal r) {
  ew__diag_value(e->diag, r.err, path, r.expected, keyword_of(e, type, r.keyword), r.found);
  return r.err;
}

/* By something that is no rule of the schema. */
EW__SMALL static ew_err refuse_plainly(const encoder *e, const ew__path *path, ew_err err,
                                       const char *expected, ew_str found) {
  ew__diag_value(e->diag, err, path, expected, (ew__keyword){NULL, NULL, NULL}, found);
  return err;
}

/* -------------------------------------------------------------------------------------- scalars */

EW__SMALL static void write_text(encoder *e, const char *text) { ew__sink_bytes(&e->sink, text, strlen(text)); }

EW__SMALL static ew_err write_bool(encoder *e, const void *value) {
  bool set;
  memcpy(&set, value, sizeof(set));
  write_text(e, set ? "true" : "false");
  return EW_OK;
}

EW__SMALL static ew_err refuse_number(const encoder *e, const ew_type *type, const ew__path *path,
                                      bool below, ew_str found) {
  refusal r = {EW_ERR_RANGE, below ? "/minimum" : "/maximum",
               below ? "a greater number" : "a smaller number", found};
  return refuse(e, type, path, r);
}

EW__SMALL static ew_err refuse_double(const encoder *e, const ew_type *type, const ew__path *path,
                                      double value, ew_str found) {
  const ew_double_rules *rules = type->as.number;
  bool below = value < rules->minimum || (rules->exclusive_minimum && value <= rules->minimum);
  if (below ? !rules->exclusive_minimum : !rules->exclusive_maximum) {
    return refuse_number(e, type, path, below, found);
  }
  refusal r = {EW_ERR_RANGE, below ? "/exclusiveMinimum" : "/exclusiveMaximum",
               below ? "a greater number" : "a smaller number", found};
  return refuse(e, type, path, r);
}

EW__SMALL static ew_err write_int(encoder *e, const ew_type *type, const void *value,
                                  const ew__path *path) {
  int64_t number;
  char digits[EW__INT_CHARS];
  memcpy(&number, value, sizeof(number));
  size_t len = (size_t)(ew__print_int(number, digits) - digits);
  if (ew__check_int(type->as.integer, number) != EW_OK) {
    return refuse_number(e, type, path, number < type->as.integer->minimum,
                         ew_str_from(digits, len));
  }
  ew__sink_bytes(&e->sink, digits, len);
  return EW_OK;
}

EW__SMALL static ew_err write_uint(encoder *e, const ew_type *type, const void *value,
                                   const ew__path *path) {
  uint64_t number;
  char digits[EW__INT_CHARS];
  memcpy(&number, value, sizeof(number));
  size_t len = (size_t)(ew__print_uint(number, digits) - digits);
  if (ew__check_uint(type->as.natural, number) != EW_OK) {
    return refuse_number(e, type, path, number < type->as.natural->minimum,
                         ew_str_from(digits, len));
  }
  ew__sink_bytes(&e->sink, digits, len);
  return EW_OK;
}

EW__SMALL static ew_err write_double(encoder *e, const ew_type *type, const void *value,
                                     const ew__path *path) {
  double number;
  char digits[EW__DOUBLE_CHARS];
  memcpy(&number, value, sizeof(number));
  if (!(number - number == 0)) { /* JSON has no infinity and no NaN */
    refusal r = {EW_ERR_RANGE, "/type", "a finite number", {0}};
    return refuse(e, type, path, r);
  }
  size_t len = (size_t)(ew__print_double(number, digits) - digits);
  if (ew__check_double(type->as.number, number) != EW_OK) {
    return refuse_double(e, type, path, number, ew_str_from(digits, len));
  }
  ew__sink_bytes(&e->sink, digits, len);
  return EW_OK;
}

EW__SMALL static ew_err write_num(encoder *e, const ew_type *type, const void *value,
                                  const ew__path *path) {
  ew_str digits = ew__load_str(value);
  const char *end = digits.len == 0 ? digits.ptr : digits.ptr + digits.len;
  ew__number number;
  ew__fault fault;
  if (digits.len == 0 || ew__scan_number(digits.ptr, end, &number, &fault) != end) {
    refusal r = {EW_ERR_TYPE, "/type", "a number", digits};
    return refuse(e, type, path, r);
  }
  ew__sink_bytes(&e->sink, digits.ptr, digits.len);
  return EW_OK;
}

EW__SMALL static ew_err check_utf8(const encoder *e, ew_str text, const ew__path *path) {
  size_t bad = 0;
  if ((text.flags & EW_STR_CLEAN) != 0 || ew__utf8_check(text.ptr, text.len, &bad) == EW_OK) {
    return EW_OK;
  }
  return refuse_plainly(e, path, EW_ERR_UTF8, "UTF-8", ew_str_from(text.ptr + bad, text.len - bad));
}

EW__SMALL static void write_string_text(encoder *e, ew_str text) {
  ew__sink_string(&e->sink, text.ptr, text.len, (text.flags & EW_STR_CLEAN) != 0);
}

EW__SMALL static ew_err write_string(encoder *e, const ew_type *type, const void *value,
                                     const ew__path *path) {
  const ew_string_rules *rules = type->as.string;
  ew_str text = ew__load_str(value);
  ew_err err = check_utf8(e, text, path);
  if (err != EW_OK) {
    return err;
  }
  ew__span span = {text.ptr, text.len, false};
  err = ew__check_string(rules, span, 0, e->max_depth);
  if (err != EW_OK) {
    refusal r = {err, "", "", text};
    r.keyword = ew__string_keyword(rules, err, span, 0, &r.expected);
    return refuse(e, type, path, r);
  }
  write_string_text(e, text);
  return EW_OK;
}

/* text: what an open enum keeps beside its value. */
EW__SMALL static ew_err write_enum(encoder *e, const ew_type *type, const void *value,
                                   const ew_str *text, const ew__path *path) {
  const ew_enum_rules *rules = type->as.names;
  int number = ew__load_int(value);
  if (number > 0 && (uint32_t)number <= rules->count) {
    ew_text name = rules->texts[number - 1];
    ew__sink_string(&e->sink, name.ptr, name.len, false);
    return EW_OK;
  }
  if (number == 0 && rules->open && text != NULL && text->ptr != NULL) {
    ew_err err = check_utf8(e, *text, path);
    if (err == EW_OK) {
      write_string_text(e, *text);
    }
    return err;
  }
  char digits[EW__INT_CHARS];
  refusal r = {EW_ERR_ENUM,
               "/enum",
               rules->expected,
               {digits, (uint32_t)(ew__print_int(number, digits) - digits), 0}};
  return refuse(e, type, path, r);
}

EW__SMALL static ew_err write_const(encoder *e, const ew_const_rules *rules) {
  if (rules->json_type == EW_JSON_STRING) {
    ew__sink_string(&e->sink, rules->text.ptr, rules->text.len, false);
  } else {
    ew__sink_bytes(&e->sink, rules->text.ptr, rules->text.len);
  }
  return EW_OK;
}

/* ----------------------------------------------------------------------------- free-form values */

EW__SMALL static ew_err check_raw(const encoder *e, ew_str json, const ew__path *path) {
  ew_err err = check_utf8(e, json, path);
  if (err != EW_OK || (json.flags & EW_STR_CLEAN) != 0) {
    return err;
  }
  ew__fault fault = {EW_ERR_SYNTAX, json.ptr, ""};
  const char *end = json.ptr + json.len;
  const char *p = ew__skip_value(json.ptr, end, e->depth_left, 0, &fault);
  if (p != NULL && ew__skip_white(p, end) == end) {
    return EW_OK;
  }
  bool deep = p == NULL && fault.err == EW_ERR_DEPTH;
  const char *at = p == NULL ? fault.at : ew__skip_white(p, end);
  return refuse_plainly(e, path, deep ? EW_ERR_DEPTH : EW_ERR_SYNTAX,
                        p == NULL ? fault.expected : "one JSON value",
                        ew_str_from(at, (size_t)(end - at)));
}

EW__SMALL static ew_err write_raw(encoder *e, const ew_type *type, const void *value,
                                  const ew__path *path) {
  ew_raw raw = {ew__load_str(value)};
  ew_json_type kind = ew_raw_type(raw);
  uint32_t types = type->as.raw_types;
  ew_err err = raw.json.len == 0 ? EW_OK : check_raw(e, raw.json, path);
  if (err != EW_OK) {
    return err;
  }
  if (raw.json.len == 0 || (types != 0 && (types & (uint32_t)kind) == 0)) {
    refusal r = {EW_ERR_TYPE, "/type",
                 raw.json.len == 0 ? "a JSON value" : "a value of another type", raw.json};
    return refuse(e, type, path, r);
  }
  ew__sink_bytes(&e->sink, raw.json.ptr, raw.json.len);
  return EW_OK;
}

/* -------------------------------------------------------------------------------------- objects */

EW__SMALL static ew_err write_arm(encoder *e, const ew_type *type, int kind, const void *value,
                                  const ew__path *path) {
  const ew_union_rules *rules = type->as.choice;
  const ew_arm *arm = ew__arm_by_kind(rules, kind);
  if (arm == NULL || arm->lenient_only) {
    bool sibling = rules->kind_offset == EW_NO_OFFSET;
    refusal r = {EW_ERR_UNION, sibling ? "" : "/oneOf", rules->expected, {0}};
    return refuse(e, type, path, r);
  }
  return write_value(e, arm->type, ew__at(value, rules->value_offset), NULL, path);
}

EW__SMALL static ew_err write_member_value(encoder *e, const ew_object_rules *rules,
                                           const ew_member *member, const void *object,
                                           const ew__path *path) {
  const void *value = member->offset == EW_NO_OFFSET ? object : ew__at(object, member->offset);
  if ((member->flags & EW_MEMBER_SIBLING) != 0) {
    return write_arm(e, member->type, ew__tag_of(rules, member, object), value, path);
  }
  ew_str text = {0};
  if ((member->flags & EW_MEMBER_TEXT) != 0) {
    text = ew__load_str(ew__at(object, member->text_offset));
  }
  return write_value(e, member->type, value, &text, path);
}

EW__SMALL static ew_err write_member(encoder *e, const ew_type *type, const ew_member *member,
                                     const void *object, const ew__path *path) {
  ew_presence presence = ew__presence_of(member, object);
  ew__path here = {path, ew_member_name(member), 0};
  ew__sink_string(&e->sink, here.name.ptr, here.name.len, false);
  ew__sink_byte(&e->sink, ':');
  e->owner = type;
  e->member = member;
  if (presence == EW_NULL) {
    write_text(e, "null");
    return EW_OK;
  }
  return write_member_value(e, type->as.object, member, object, &here);
}

EW__SMALL static bool group_holds(const ew_required_group *group, uint64_t seen) {
  uint32_t holding = 0;
  for (uint32_t i = 0; i < group->mask_count; i++) {
    holding += (seen & group->masks[i]) == group->masks[i];
  }
  return group->exactly_one ? holding == 1 : holding > 0;
}

EW__SMALL static ew_err check_members(const encoder *e, const ew_type *type, uint64_t seen,
                                      uint32_t count, const ew__path *path) {
  const ew_object_rules *rules = type->as.object;
  for (uint32_t i = 0; i < rules->member_count; i++) {
    if ((rules->required & ~seen) >> i & 1) {
      ew__path here = {path, ew_member_name(&rules->members[i]), 0};
      refusal r = {EW_ERR_MISSING, "/required", rules->members[i].name, {0}};
      return refuse(e, type, &here, r);
    }
  }
  for (uint32_t i = 0; i < rules->group_count; i++) {
    if (!group_holds(&rules->groups[i], seen)) {
      refusal r = {EW_ERR_MISSING, rules->groups[i].schema, rules->groups[i].expected, {0}};
      return refuse(e, type, path, r);
    }
  }
  bool few = count < rules->min_members;
  if (few || (rules->max_members != EW_NO_LIMIT && count > rules->max_members)) {
    refusal r = {EW_ERR_COUNT,
                 few ? "/minProperties" : "/maxProperties",
                 few ? "more members" : "fewer members",
                 {0}};
    return refuse(e, type, path, r);
  }
  return EW_OK;
}

EW__SMALL static ew_err open_level(encoder *e, char bracket, const ew__path *path) {
  if (e->depth_left == 0) {
    return refuse_plainly(e, path, EW_ERR_DEPTH, "a scalar value", (ew_str){0});
  }
  e->depth_left--;
  ew__sink_byte(&e->sink, bracket);
  return EW_OK;
}

EW__SMALL static void close_level(encoder *e, char bracket) {
  e->depth_left++;
  ew__sink_byte(&e->sink, bracket);
}

EW__SMALL static ew_err write_members(encoder *e, const ew_type *type, const void *object,
                                      const ew__path *path) {
  const ew_object_rules *rules = type->as.object;
  uint64_t seen = 0;
  uint32_t count = 0;
  for (uint32_t i = 0; i < rules->member_count; i++) {
    const ew_member *member = &rules->members[i];
    if (ew__presence_of(member, object) == EW_ABSENT) {
      continue;
    }
    if (count++ > 0) {
      ew__sink_byte(&e->sink, ',');
    }
    seen |= (uint64_t)1 << i;
    ew_err err = write_member(e, type, member, object, path);
    if (err != EW_OK) {
      return err;
    }
  }
  return check_members(e, type, seen, count, path);
}

EW__SMALL static ew_err write_object(encoder *e, const ew_type *type, const void *object,
                                     const ew__path *path) {
  const ew_type *owner = e->owner;
  const ew_member *member = e->member;
  ew_err err = open_level(e, '{', path);
  if (err == EW_OK) {
    err = write_members(e, type, object, path);
  }
  close_level(e, '}');
  e->owner = owner;
  e->member = member;
  return err;
}

/* ------------------------------------------------------------------------------ arrays and maps */

EW__SMALL static ew_err refuse_count(const encoder *e, const ew_type *type, const ew__path *path,
                                     const char *keyword, bool few) {
  refusal r = {EW_ERR_COUNT, keyword, few ? "more elements" : "fewer elements", {0}};
  return refuse(e, type, path, r);
}

EW__SMALL static ew_err write_items(encoder *e, const ew_type *item, ew__list list,
                                    const ew__path *path) {
  for (uint32_t i = 0; i < list.count; i++) {
    if (i > 0) {
      ew__sink_byte(&e->sink, ',');
    }
    ew__path here = {path, {NULL, 0}, i};
    const char *value = item->size == 0 ? "" : (const char *)list.items + (size_t)i * item->size;
    ew_err err = write_value(e, item, value, NULL, &here);
    if (err != EW_OK) {
      return err;
    }
  }
  return EW_OK;
}

EW__SMALL static ew_err write_array(encoder *e, const ew_type *type, const void *value,
                                    const ew__path *path) {
  const ew_array_rules *rules = type->as.array;
  ew__list list = ew__load_list(value);
  if (list.count < rules->min_items) {
    return refuse_count(e, type, path, "/minItems", true);
  }
  if (rules->max_items != EW_NO_LIMIT && list.count > rules->max_items) {
    return refuse_count(e, type, path, "/maxItems", false);
  }
  ew_err err = open_level(e, '[', path);
  if (err == EW_OK) {
    err = write_items(e, rules->item, list, path);
    close_level(e, ']');
  }
  return err;
}

EW__SMALL static ew_err write_entries(encoder *e, const ew_map_rules *rules, ew__list list,
                                      const ew__path *path) {
  for (uint32_t i = 0; i < list.count; i++) {
    const char *entry = (const char *)list.items + (size_t)i * rules->entry_size;
    ew_str key = ew__load_str(entry);
    ew__path here = {path, {key.ptr == NULL ? "" : key.ptr, key.len}, 0};
    ew_err err = check_utf8(e, key, &here);
    if (err != EW_OK) {
      return err;
    }
    if (i > 0) {
      ew__sink_byte(&e->sink, ',');
    }
    write_string_text(e, key);
    ew__sink_byte(&e->sink, ':');
    err = write_value(e, rules->value, entry + rules->value_offset, NULL, &here);
    if (err != EW_OK) {
      return err;
    }
  }
  return EW_OK;
}

EW__SMALL static ew_err check_keys(const encoder *e, const ew_map_rules *rules, ew__list list,
                                   const ew__path *path) {
  ew__entries entries = {list.items, list.count, rules->entry_size};
  uint32_t duplicate = ew__entries_duplicate(&entries);
  if (duplicate == EW__NO_KEY) {
    return EW_OK;
  }
  ew_str key = ew__load_str(entries.items + (size_t)duplicate * rules->entry_size);
  ew__path here = {path, {key.ptr == NULL ? "" : key.ptr, key.len}, 0};
  return refuse_plainly(e, &here, EW_ERR_DUPLICATE, "each member once", (ew_str){0});
}

EW__SMALL static ew_err write_map(encoder *e, const ew_type *type, const void *value,
                                  const ew__path *path) {
  const ew_map_rules *rules = type->as.map;
  ew__list list = ew__load_list(value);
  if (list.count < rules->min_items) {
    return refuse_count(e, type, path, "/minProperties", true);
  }
  if (rules->max_items != EW_NO_LIMIT && list.count > rules->max_items) {
    return refuse_count(e, type, path, "/maxProperties", false);
  }
  ew_err err = open_level(e, '{', path);
  if (err == EW_OK) {
    err = write_entries(e, rules, list, path);
    close_level(e, '}');
  }
  return err == EW_OK ? check_keys(e, rules, list, path) : err;
}

/* ---------------------------------------------------------------------------------- all of them */

EW__SMALL static ew_err write_union(encoder *e, const ew_type *type, const void *value,
                                    const ew__path *path) {
  return write_arm(e, type, ew__load_int(ew__at(value, type->as.choice->kind_offset)), value, path);
}

EW__SMALL static ew_err write_box(encoder *e, const ew_type *type, const void *value,
                                  const ew__path *path) {
  const void *boxed = ew__load_pointer(value);
  if (boxed == NULL) {
    refusal r = {EW_ERR_MISSING, "", "a value", {0}};
    return refuse(e, type, path, r);
  }
  return write_value(e, type->as.boxed, boxed, NULL, path);
}

EW__SMALL static ew_err write_value(encoder *e, const ew_type *type, const void *value,
                                    const ew_str *text, const ew__path *path) {
  switch (type->kind) {
  case EW_KIND_BOOL:
    return write_bool(e, value);
  case EW_KIND_INT:
    return write_int(e, type, value, path);
  case EW_KIND_UINT:
    return write_uint(e, type, value, path);
  case EW_KIND_DOUBLE:
    return write_double(e, type, value, path);
  case EW_KIND_NUM:
    return write_num(e, type, value, path);
  case EW_KIND_STRING:
    return write_string(e, type, value, path);
  case EW_KIND_ENUM:
    return write_enum(e, type, value, text, path);
  case EW_KIND_CONST:
    return write_const(e, type->as.constant);
  case EW_KIND_NULL:
    write_text(e, "null");
    return EW_OK;
  case EW_KIND_RAW:
    return write_raw(e, type, value, path);
  case EW_KIND_OBJECT:
    return write_object(e, type, value, path);
  case EW_KIND_ARRAY:
    return write_array(e, type, value, path);
  case EW_KIND_MAP:
    return write_map(e, type, value, path);
  case EW_KIND_UNION:
    return write_union(e, type, value, path);
  case EW_KIND_BOX:
    return write_box(e, type, value, path);
  }
  return refuse_plainly(e, path, EW_ERR_INTERNAL, "", (ew_str){0});
}

EW__SMALL ew_err ew__table_write(const ew_type *type, const void *value, ew__sink *sink,
                                 uint32_t depth_left, uint32_t max_depth) {
  encoder e = {.sink = *sink, .depth_left = depth_left, .max_depth = max_depth};
  ew_err err = write_value(&e, type, value, NULL, NULL);
  *sink = e.sink;
  return err;
}

EW__SMALL static ew_err encode_by_table(const ew_type *type, const void *value,
                                        const ew_limits *limits, ew_buf *out, ew_diag *diag) {
  bool escape_html = type->document != NULL && type->document->escape_html;
  encoder e = {.sink = ew__sink_open(out, escape_html),
               .diag = diag,
               .depth_left = limits->max_depth,
               .max_depth = limits->max_depth};
  ew_err err = write_value(&e, type, value, NULL, NULL);
  if (err != EW_OK) {
    return err;
  }
  err = ew__sink_close(&e.sink, out);
  if (err != EW_OK) {
    ew__diag_code(diag, err);
  }
  return err;
}

EW__SMALL ew_err ew_type_encode(const ew_type *type, const void *value, ew_buf *out,
                                ew_diag *diag) {
  ew_limits limits;
  bool usable = type != NULL && value != NULL && out != NULL && out->len <= out->size;
  ew_err err = usable ? ew__limits_resolve(type, NULL, &limits) : EW_ERR_ARGUMENT;
  if (err != EW_OK) {
    ew__diag_code(diag, err);
    return err;
  }
  if (type->write != NULL && ew__write_message(type, value, &limits, out)) {
    return EW_OK;
  }
  return encode_by_table(type, value, &limits, out, diag);
}
