#include "decode_internal.h"
#include "table_internal.h"

/* ------------------------------------------------------------------------------------- refusals */

const char *ew__refuse_value(ew__decoder *d, const ew_type *type, ew_err err, const char *at,
                             const char *keyword, const char *expected) {
  bool named = type->schema != NULL && type->schema[0] != '\0';
  d->keyword = (ew__keyword){type->schema, NULL, keyword};
  if (!named && d->owner != NULL) {
    d->keyword =
        (ew__keyword){d->owner->schema, d->member == NULL ? NULL : d->member->schema, keyword};
  }
  return ew__refuse(&d->fault, err, at, expected);
}

const char *ew__refuse_syntax(ew__decoder *d, const char *p, const char *expected) {
  return ew__refuse(&d->fault, p == d->end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX, p, expected);
}

const char *ew__refuse_type(ew__decoder *d, const ew_type *type, const char *p,
                            const char *expected) {
  if (ew__json_type(p, d->end) == EW_JSON_NONE) {
    return ew__refuse_syntax(d, p, expected);
  }
  return ew__refuse_value(d, type, EW_ERR_TYPE, p, "/type", expected);
}

const char *ew__refuse_limit(ew__decoder *d, ew_err err, const char *at, const char *expected) {
  return ew__refuse(&d->fault, err, at, expected);
}

const char *ew__open_level(ew__decoder *d, const char *p) {
  if (d->depth_left == 0) {
    return ew__refuse_limit(d, EW_ERR_DEPTH, p, "a scalar value");
  }
  d->depth_left--;
  return ew__skip_white(p + 1, d->end);
}

/* -------------------------------------------------------------------------------------- scalars */

static const char *read_bool(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  bool value = p < d->end && *p == 't';
  if (ew__json_type(p, d->end) != EW_JSON_BOOL) {
    return ew__refuse_type(d, type, p, "true or false");
  }
  p = ew__scan_word(p, d->end, value ? "true" : "false", value ? 4 : 5, &d->fault);
  if (p != NULL && out != NULL) {
    memcpy(out, &value, sizeof(value));
  }
  return p;
}

static const char *scan_number(ew__decoder *d, const ew_type *type, const char *p,
                               const char *expected, ew__number *out) {
  if (ew__json_type(p, d->end) != EW_JSON_NUMBER) {
    return ew__refuse_type(d, type, p, expected);
  }
  return ew__scan_number(p, d->end, out, &d->fault);
}

/* at: the first byte of a number that is no integer, or outside of 64 bits. */
static const char *refuse_integer(ew__decoder *d, const ew_type *type, ew_err err, const char *at) {
  if (err == EW_ERR_TYPE) {
    return ew__refuse_value(d, type, err, at, "/type", "an integer");
  }
  return ew__refuse_value(d, type, err, at, "/type", "an integer of 64 bits");
}

static const char *refuse_bound(ew__decoder *d, const ew_type *type, const char *at, bool below,
                                bool exclusive) {
  const char *keyword = below ? (exclusive ? "/exclusiveMinimum" : "/minimum")
                              : (exclusive ? "/exclusiveMaximum" : "/maximum");
  return ew__refuse_value(d, type, EW_ERR_RANGE, at, keyword,
                          below ? "a greater number" : "a smaller number");
}

static const char *read_int(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  const ew_int_rules *rules = type->as.integer;
  ew__number number;
  int64_t value = 0;
  const char *behind = scan_number(d, type, p, "an integer", &number);
  if (behind == NULL) {
    return NULL;
  }
  ew_err err = ew__parse_int(&number, rules != NULL && rules->literal, &value);
  if (err != EW_OK) {
    return refuse_integer(d, type, err, p);
  }
  if (ew__check_int(rules, value) != EW_OK) {
    return refuse_bound(d, type, p, value < rules->minimum, false);
  }
  if (out != NULL) {
    memcpy(out, &value, sizeof(value));
  }
  return behind;
}

static const char *read_uint(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  const ew_uint_rules *rules = type->as.natural;
  ew__number number;
  uint64_t value = 0;
  const char *behind = scan_number(d, type, p, "an integer", &number);
  if (behind == NULL) {
    return NULL;
  }
  ew_err err = ew__parse_uint(&number, rules != NULL && rules->literal, &value);
  if (err != EW_OK) {
    return refuse_integer(d, type, err, p);
  }
  if (ew__check_uint(rules, value) != EW_OK) {
    return refuse_bound(d, type, p, value < rules->minimum, false);
  }
  if (out != NULL) {
    memcpy(out, &value, sizeof(value));
  }
  return behind;
}

static const char *read_double(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  const ew_double_rules *rules = type->as.number;
  ew__number number;
  double value = 0;
  const char *behind = scan_number(d, type, p, "a number", &number);
  if (behind == NULL) {
    return NULL;
  }
  if (ew__parse_double(&number, &value) != EW_OK) {
    return ew__refuse_value(d, type, EW_ERR_RANGE, p, "/type", "a number that a double can hold");
  }
  if (ew__check_double(rules, value) != EW_OK) {
    bool below = value < rules->minimum || (rules->exclusive_minimum && value <= rules->minimum);
    return refuse_bound(d, type, p, below,
                        below ? rules->exclusive_minimum : rules->exclusive_maximum);
  }
  if (out != NULL) {
    memcpy(out, &value, sizeof(value));
  }
  return behind;
}

static const char *read_num(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  ew__number number;
  p = scan_number(d, type, p, "a number", &number);
  if (p != NULL && out != NULL) {
    ew_str digits = {number.ptr, (uint32_t)(number.end - number.ptr), EW_STR_CLEAN};
    memcpy(out, &digits, sizeof(digits));
  }
  return p;
}

bool ew__string_fits(const ew__decoder *d, ew__span span) {
  uint32_t max = d->limits.max_string_bytes;
  bool tolerant = (d->mode & EW_TOLERATE_BAD_UTF8) != 0;
  if (!tolerant && span.len <= max) {
    return true;
  }
  return (span.escaped || tolerant) && ew__unescaped_size(span, d->mode) <= max;
}

/* The string at p, within its limit. */
static const char *scan_string(ew__decoder *d, const ew_type *type, const char *p, ew__span *out) {
  if (p == d->end || *p != '"') {
    return ew__refuse_type(d, type, p, "a string");
  }
  const char *behind = ew__scan_string(p, d->end, d->mode, out, &d->fault);
  if (behind != NULL && !ew__string_fits(d, *out)) {
    return ew__refuse_limit(d, EW_ERR_TOO_LARGE, p, "a shorter string");
  }
  return behind;
}

static const char *take_string(ew__decoder *d, ew__span span, const char *behind, ew_str *out) {
  ew_err err = ew__span_take(span, d->mode, d->arena, out);
  return err == EW_OK ? behind : ew__refuse_limit(d, err, span.ptr - 1, "");
}

static const char *read_string(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  const ew_string_rules *rules = type->as.string;
  ew__span span;
  const char *behind = scan_string(d, type, p, &span);
  if (behind == NULL) {
    return NULL;
  }
  ew_err err = ew__check_string(rules, span, d->mode, d->limits.max_depth);
  if (err != EW_OK) {
    const char *expected = "";
    const char *keyword = ew__string_keyword(rules, err, span, d->mode, &expected);
    return ew__refuse_value(d, type, err, p, keyword, expected);
  }
  if (out == NULL) {
    return behind;
  }
  ew_str text;
  behind = take_string(d, span, behind, &text);
  if (behind != NULL) {
    memcpy(out, &text, sizeof(text));
  }
  return behind;
}

/* Twins of an enum may be written as bare numbers. */
static int find_number(const ew_enum_rules *rules, const ew__number *number) {
  ew__span span = {number->ptr, (uint32_t)(number->end - number->ptr), false};
  for (uint32_t i = 0; i < rules->alias_count; i++) {
    if (rules->aliases[i].is_number && ew__span_is(span, rules->aliases[i].text)) {
      return rules->aliases[i].value;
    }
  }
  return 0;
}

static const char *read_enum_number(ew__decoder *d, const ew_type *type, const char *p, int *value,
                                    ew_str *text) {
  const ew_enum_rules *rules = type->as.names;
  ew__number number;
  const char *behind = ew__scan_number(p, d->end, &number, &d->fault);
  if (behind == NULL) {
    return NULL;
  }
  *value = find_number(rules, &number);
  if (*value == 0) {
    return ew__refuse_value(d, type, EW_ERR_ENUM, p, "/enum", rules->expected);
  }
  if (text != NULL) {
    ew_text name = rules->texts[*value - 1];
    *text = (ew_str){name.ptr, name.len, 0};
  }
  return behind;
}

static bool has_number_aliases(const ew_enum_rules *rules) {
  for (uint32_t i = 0; i < rules->alias_count; i++) {
    if (rules->aliases[i].is_number) {
      return true;
    }
  }
  return false;
}

const char *ew__read_enum(ew__decoder *d, const ew_type *type, const char *p, int *value,
                          ew_str *text) {
  const ew_enum_rules *rules = type->as.names;
  if (ew__json_type(p, d->end) == EW_JSON_NUMBER && has_number_aliases(rules)) {
    return read_enum_number(d, type, p, value, text);
  }
  ew__span span;
  const char *behind = scan_string(d, type, p, &span);
  if (behind == NULL) {
    return NULL;
  }
  *value = ew__enum_find(rules, span, d->mode);
  if (*value == 0 && !rules->open) {
    return ew__refuse_value(d, type, EW_ERR_ENUM, p, "/enum", rules->expected);
  }
  return text == NULL ? behind : take_string(d, span, behind, text);
}

static const char *read_enum(ew__decoder *d, const ew_type *type, const char *p, void *out,
                             ew_str *text) {
  int value = 0;
  p = ew__read_enum(d, type, p, &value, text);
  if (p != NULL && out != NULL) {
    ew__store_int(out, value);
  }
  return p;
}

/* ------------------------------------------------------------------------------------ constants */

/* 1 and 1.0 are the same number. */
static bool same_number(const ew__number *a, const ew__number *b) {
  int64_t x = 0, y = 0;
  if (ew__parse_int(a, false, &x) == EW_OK && ew__parse_int(b, false, &y) == EW_OK) {
    return x == y;
  }
  double v = 0, w = 0;
  return ew__parse_double(a, &v) == EW_OK && ew__parse_double(b, &w) == EW_OK && v == w;
}

static bool is_constant(const ew__decoder *d, const ew_const_rules *rules, const char *p,
                        const char *behind) {
  ew__fault fault;
  ew__span span = {p, (uint32_t)(behind - p), false};
  ew__number found, wanted;
  switch (rules->json_type) {
  case EW_JSON_STRING:
    ew__scan_string(p, d->end, d->mode, &span, &fault);
    return ew__span_is(span, rules->text) ||
           ((d->mode & EW_TOLERATE_ENUM_CASE) != 0 && ew__span_is_folded(span, rules->text));
  case EW_JSON_NUMBER:
    return ew__scan_number(p, d->end, &found, &fault) != NULL &&
           ew__scan_number(rules->text.ptr, rules->text.ptr + rules->text.len, &wanted, &fault) !=
               NULL &&
           same_number(&found, &wanted);
  case EW_JSON_NONE:
  case EW_JSON_NULL:
  case EW_JSON_BOOL:
  case EW_JSON_ARRAY:
  case EW_JSON_OBJECT:
    break;
  }
  return ew__span_is(span, rules->text);
}

static const char *read_const(ew__decoder *d, const ew_type *type, const char *p) {
  const ew_const_rules *rules = type->as.constant;
  if (ew__json_type(p, d->end) != rules->json_type) {
    return ew__refuse_type(d, type, p, rules->expected);
  }
  const char *behind = ew__skip_value(p, d->end, 0, d->mode, &d->fault);
  if (behind != NULL && !is_constant(d, rules, p, behind)) {
    return ew__refuse_value(d, type, EW_ERR_CONST, p, "/const", rules->expected);
  }
  return behind;
}

static const char *read_null(ew__decoder *d, const ew_type *type, const char *p) {
  if (ew__json_type(p, d->end) != EW_JSON_NULL) {
    return ew__refuse_type(d, type, p, "null");
  }
  return ew__scan_word(p, d->end, "null", 4, &d->fault);
}

/* ----------------------------------------------------------------------------- free-form values */

static const char *type_names(uint32_t types) {
  switch (types) {
  case EW_JSON_NULL:
    return "null";
  case EW_JSON_BOOL:
    return "true or false";
  case EW_JSON_NUMBER:
    return "a number";
  case EW_JSON_STRING:
    return "a string";
  case EW_JSON_ARRAY:
    return "an array";
  case EW_JSON_OBJECT:
    return "an object";
  case EW_JSON_ARRAY | EW_JSON_OBJECT:
    return "an array or an object";
  case EW_JSON_OBJECT | EW_JSON_NULL:
    return "an object or null";
  case EW_JSON_ARRAY | EW_JSON_NULL:
    return "an array or null";
  default:
    return "a value of another type";
  }
}

static const char *take_raw(ew__decoder *d, const char *p, const char *behind, void *out) {
  ew_str json;
  ew_err err = ew__raw_take(p, behind, d->mode, d->arena, &json);
  if (err != EW_OK) {
    return ew__refuse_limit(d, err, p, "");
  }
  memcpy(out, &json, sizeof(json));
  return behind;
}

static const char *read_raw(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  uint32_t types = type->as.raw_types;
  if (types != 0 && (types & (uint32_t)ew__json_type(p, d->end)) == 0) {
    return ew__refuse_type(d, type, p, type_names(types));
  }
  const char *behind = ew__skip_value(p, d->end, d->depth_left, d->mode, &d->fault);
  return behind == NULL || out == NULL ? behind : take_raw(d, p, behind, out);
}

/* -------------------------------------------------------------------------- unions and pointers */

const char *ew__read_arm(ew__decoder *d, const ew_union_rules *rules, const ew_arm *arm,
                         const char *p, void *out) {
  bool null = ew__json_type(p, d->end) == EW_JSON_NULL && (arm->json_types & EW_JSON_NULL) != 0;
  if (null && !ew__takes_null(arm->type)) {
    return ew__scan_word(p, d->end, "null", 4,
                         &d->fault); /* a lenient twin: the value is left empty */
  }
  return ew__read_value(d, arm->type, p, out == NULL ? NULL : (char *)out + rules->value_offset,
                        NULL);
}

static const char *read_union(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  const ew_union_rules *rules = type->as.choice;
  int index = ew__choose_arm(rules, p, d->end, d->depth_left, d->mode, &d->fault);
  if (index < 0) {
    return d->fault.err == EW_ERR_UNION
               ? ew__refuse_value(d, type, EW_ERR_UNION, p, "/oneOf", rules->expected)
               : NULL;
  }
  const ew_arm *arm = &rules->arms[index];
  if (out != NULL && rules->kind_offset != EW_NO_OFFSET) {
    ew__store_int((char *)out + rules->kind_offset, arm->kind);
  }
  return ew__read_arm(d, rules, arm, p, out);
}

static const char *read_box(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  const ew_type *boxed = type->as.boxed;
  void *value = NULL;
  if (out != NULL) {
    value = ew_arena_take(d->arena, boxed->size);
    if (value == NULL) {
      return ew__refuse_limit(d, EW_ERR_ARENA_FULL, p, "");
    }
    memset(value, 0, boxed->size);
    memcpy(out, &value, sizeof(value));
  }
  return ew__read_value(d, boxed, p, value, NULL);
}

const char *ew__read_value(ew__decoder *d, const ew_type *type, const char *p, void *out,
                           ew_str *text) {
  p = ew__skip_white(p, d->end);
  switch (type->kind) {
  case EW_KIND_BOOL:
    return read_bool(d, type, p, out);
  case EW_KIND_INT:
    return read_int(d, type, p, out);
  case EW_KIND_UINT:
    return read_uint(d, type, p, out);
  case EW_KIND_DOUBLE:
    return read_double(d, type, p, out);
  case EW_KIND_NUM:
    return read_num(d, type, p, out);
  case EW_KIND_STRING:
    return read_string(d, type, p, out);
  case EW_KIND_ENUM:
    return read_enum(d, type, p, out, text);
  case EW_KIND_CONST:
    return read_const(d, type, p);
  case EW_KIND_NULL:
    return read_null(d, type, p);
  case EW_KIND_RAW:
    return read_raw(d, type, p, out);
  case EW_KIND_OBJECT:
    return ew__read_object(d, type, p, out);
  case EW_KIND_ARRAY:
    return ew__read_array(d, type, p, out);
  case EW_KIND_MAP:
    return ew__read_map(d, type, p, out);
  case EW_KIND_UNION:
    return read_union(d, type, p, out);
  case EW_KIND_BOX:
    return read_box(d, type, p, out);
  }
  return ew__refuse_limit(d, EW_ERR_INTERNAL, p, "");
}

/* ---------------------------------------------------------------------------------- whole texts */

/* Looking at a text this many times is still linear; a map that asks for more is refused as too
 * large. */
#define LOOKS 64u

static ew__decoder open_decoder(ew_str json, ew_arena *arena, const ew_limits *limits,
                                uint32_t mode) {
  return (ew__decoder){.begin = json.ptr,
                       .end = json.ptr + json.len,
                       .arena = arena,
                       .limits = *limits,
                       .mode = mode,
                       .depth_left = limits->max_depth,
                       .work_left = (uint64_t)json.len * LOOKS};
}

/* What must hold behind the value. p: behind it, or NULL. bad: the first byte that is no UTF-8, or
 * the real end. */
static bool finish(ew__decoder *d, const char *p, const char *end) {
  bool cut = d->end < end;
  if (p != NULL && (d->mode & EW_TOLERATE_TRAILING) != 0) {
    return true;
  }
  if (p != NULL) {
    p = ew__skip_white(p, d->end);
    if (p == end) {
      return true;
    }
    ew__refuse_limit(d, EW_ERR_TRAILING, p, "the end of the text");
  }
  if (cut && d->fault.at == d->end) {
    d->keyword = (ew__keyword){NULL, NULL, NULL};
    ew__refuse_limit(d, EW_ERR_UTF8, d->end, "UTF-8");
  }
  return false;
}

/**
 * One run over the text. It is cut where it stops being UTF-8, so that no scanner has to look for
 * that: what is wrong before the cut is said first, and running into the cut is the error there.
 */
static ew_err run(const ew_type *type, ew__decoder *d, void *out, ew_diag *diag) {
  const char *end = d->end;
  size_t bad = 0;
  if ((d->mode & EW_TOLERATE_BAD_UTF8) == 0 &&
      ew__utf8_check(d->begin, (size_t)(end - d->begin), &bad) != EW_OK) {
    d->end = d->begin + bad;
  }
  const char *p = ew__read_value(d, type, d->begin, out, NULL);
  if (finish(d, p, end)) {
    return EW_OK;
  }
  ew__diag_text(diag, ew_str_from(d->begin, (size_t)(end - d->begin)), &d->fault, d->at_key,
                d->keyword);
  return d->fault.err;
}

ew_err ew__table_run(const ew_type *type, ew_str json, ew_arena *arena, const ew_limits *limits,
                     uint32_t mode, void *out, ew_diag *diag) {
  ew__decoder d = open_decoder(json, arena, limits, mode);
  return run(type, &d, out, diag);
}

const char *ew__table_read(const ew_type *type, const char *p, const char *end, ew_arena *arena,
                           const ew_limits *limits, uint32_t max_depth, void *out, ew_str *text,
                           ew_err *why) {
  ew__decoder d = open_decoder(ew_str_from(p, (size_t)(end - p)), arena, limits, 0);
  d.depth_left = max_depth;
  const char *behind = ew__read_value(&d, type, p, out, text);
  if (behind == NULL) {
    *why = d.fault.err;
  }
  return behind;
}
