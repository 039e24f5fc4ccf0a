#include "decode_internal.h"
#include "table_internal.h"

/* ------------------------------------------------------------------------------------- refusals */

const char *ew__refuse_value(ew__decoder *d, const ew_type *type, ew_err err, const char *at,
                             const char *keyword, const char *expected) {
  d->keyword = ew__keyword_of(type, d->owner, d->member, keyword);
  return ew__refuse(&d->fault, err, at, expected);
}

const char *ew__refuse_syntax(ew__decoder *d, const char *p, const char *expected) {
  return ew__refuse_here(&d->r, p, expected, &d->fault);
}

const char *ew__refuse_type(ew__decoder *d, const ew_type *type, const char *p,
                            const char *expected) {
  if (ew__json_type(p, d->r.end) == EW_JSON_NONE) {
    return ew__refuse_syntax(d, p, expected);
  }
  return ew__refuse_value(d, type, EW_ERR_TYPE, p, "/type", expected);
}

const char *ew__refuse_limit(ew__decoder *d, ew_err err, const char *at, const char *expected) {
  return ew__refuse(&d->fault, err, at, expected);
}

EW__SMALL const char *ew__open_level(ew__decoder *d, const char *p) {
  if (d->r.depth_left == 0) {
    return ew__refuse_limit(d, EW_ERR_DEPTH, p, "a scalar value");
  }
  d->r.depth_left--;
  return ew__skip_white(p + 1, d->r.end);
}

const char *ew__leave_level(ew__decoder *d, const char *from, uint32_t index, bool behind) {
  ew__trail *trail = d->trail;
  uint32_t level = d->r.limits.max_depth - ++d->r.depth_left;
  if (trail != NULL && trail->depth != level + 1) {
    if (trail->depth == 0) {
      trail->depth = level + 1;
      trail->behind = behind;
    }
    trail->levels[level] = (ew__trail_level){(uint32_t)(from - d->r.begin), index};
  }
  return NULL;
}

const char *ew__read_comma(ew__decoder *d, const char *p, char bracket, bool *closed) {
  p = ew__skip_white(p, d->r.end);
  char c = ew_peek(&d->r, p);
  *closed = c == bracket;
  if (EW_LIKELY(c == ',')) {
    return ew__skip_white(p + 1, d->r.end);
  }
  return *closed ? p + 1
                 : ew__refuse_syntax(d, p, bracket == ']' ? "a comma or ]" : "a comma or }");
}

EW__SMALL const char *ew__pass(ew__decoder *d, const char *p) {
  return ew__skip_within(&d->r, p, d->mode, &d->fault);
}

EW__SMALL const char *ew__pass_null(ew__decoder *d, const char *p) {
  return ew__scan_word(p, d->r.end, "null", 4, &d->fault);
}

/* ---------------------------------------------------------------------------- numbers and words */

/* What is wrong with the value at p, which a reader has refused. */
EW__COLD static const char *refuse_plain(ew__decoder *d, const ew_type *type, const char *p) {
  bool is_bool = type->kind == EW_KIND_BOOL;
  bool is_integer = type->kind == EW_KIND_INT || type->kind == EW_KIND_UINT;
  ew__number number;
  if (ew__json_type(p, d->r.end) != (is_bool ? EW_JSON_BOOL : EW_JSON_NUMBER)) {
    return ew__refuse_type(d, type, p,
                           is_bool      ? "true or false"
                           : is_integer ? "an integer"
                                        : "a number");
  }
  if (is_bool || ew__scan_number(p, d->r.end, &number, &d->fault) == NULL) {
    return ew__pass(d, p);
  }
  ew__asked asked;
  ew_err err = ew__ask_number(type, &number, &asked);
  return ew__refuse_value(d, type, err, p, asked.keyword, asked.expected);
}

/** A value without schema text around it, as a struct holds it. */
typedef union plain {
  bool flag;
  int64_t integer;
  uint64_t natural;
  double number;
  ew_num digits;
} plain;

EW__SMALL static const char *read_plain(ew__decoder *d, const ew_type *type, const char *p,
                                        void *out, ew_str *text) {
  (void)text;
  plain value;
  const char *behind = NULL;
  switch (type->kind) {
  case EW_KIND_BOOL:
    behind = ew_read_bool(&d->r, p, &value.flag);
    break;
  case EW_KIND_INT:
    behind = ew_read_int(&d->r, p, type->as.integer, &value.integer);
    break;
  case EW_KIND_UINT:
    behind = ew_read_uint(&d->r, p, type->as.natural, &value.natural);
    break;
  case EW_KIND_DOUBLE:
    behind = ew_read_double(&d->r, p, type->as.number, &value.number);
    break;
  default:
    behind = ew_read_num(&d->r, p, &value.digits);
  }
  behind = ew_arrive(&d->r, behind);
  if (EW_UNLIKELY(behind == NULL)) {
    return refuse_plain(d, type, p);
  }
  if (out != NULL) {
    memcpy(out, &value, type->size);
  }
  return behind;
}

/* -------------------------------------------------------------------------------------- strings */

EW__SMALL bool ew__string_fits(const ew__decoder *d, ew__span span) {
  uint32_t max = d->r.limits.max_string_bytes;
  if (ew__unescaped_most(span, d->mode) <= max) {
    return true;
  }
  size_t bad = 0; /* but for what is no UTF-8, nothing becomes longer */
  bool no_longer = span.len <= max && ew__utf8_check(span.ptr, span.len, &bad) == EW_OK;
  return no_longer || ew__unescaped_size(span, d->mode) <= max;
}

/* A string with escapes, or one that is refused. */
EW__SMALL static EW_NOINLINE const char *read_span_slow(ew__decoder *d, const ew_type *type,
                                                        const char *p, ew__span *out) {
  if (ew_peek(&d->r, p) != '"') {
    return ew__refuse_type(d, type, p, "a string");
  }
  const char *behind = ew__scan_text(&d->r, p, d->mode, out, &d->fault);
  if (behind != NULL && !ew__string_fits(d, *out)) {
    return ew__refuse_limit(d, EW_ERR_TOO_LARGE, p, "a shorter string");
  }
  return behind;
}

EW__SMALL const char *ew__read_span(ew__decoder *d, const ew_type *type, const char *p,
                                    ew__span *out) {
  const char *quote = ew__find_quote(&d->r, p);
  size_t len = (size_t)(quote - p) - 1;
  if (EW_UNLIKELY(quote == NULL || len > d->r.limits.max_string_bytes ||
                  (d->mode & EW_TOLERATE_BAD_UTF8) != 0)) {
    return read_span_slow(d, type, p, out);
  }
  *out = (ew__span){p + 1, (uint32_t)len, false};
  return quote + 1;
}

EW__SMALL bool ew__take_span(ew__decoder *d, ew__span span, ew_str *out) {
  ew_err err = ew__span_read(&d->r, span, d->mode, out);
  if (err != EW_OK) {
    ew__refuse_limit(d, err, span.ptr - 1, "");
  }
  return err == EW_OK;
}

/* The text has escapes, or is refused. False: it is. */
EW__COLD static bool check_slowly(ew__decoder *d, const ew_type *type, const char *p,
                                  ew__span span, uint32_t mode) {
  ew__asked asked = {NULL, ""};
  ew_err err = ew__check_string(type->as.string, span, mode, d->r.limits.max_depth, d->r.arena,
                                &asked);
  if (err != EW_OK && asked.keyword == NULL) {
    ew__refuse_limit(d, err, p, "");
  } else if (err != EW_OK) {
    ew__refuse_value(d, type, err, p, asked.keyword, asked.expected);
  }
  return err == EW_OK;
}

/*
 * Not the usual string: with escapes, not ASCII, or refused. What is kept is unescaped first, and then
 * looked at; unless there is no room, since what is wrong with it is said before that.
 */
EW__SMALL static EW_NOINLINE const char *read_odd_string(ew__decoder *d, const ew_type *type,
                                                         const char *p, void *out) {
  ew_str text;
  ew__span span;
  bool at_once = out != NULL && (d->mode & EW_TOLERATE_BAD_UTF8) == 0;
  const char *behind = at_once ? ew_arrive(&d->r, ew_read_string(&d->r, p, &text)) : NULL;
  /* A limit below the size of a block is none to the straight-line engine. */
  bool kept = behind != NULL && text.len <= d->r.limits.max_string_bytes;
  if (!kept) {
    behind = ew__read_span(d, type, p, &span);
    if (behind == NULL) {
      return NULL;
    }
    kept = out != NULL && ew__take_span(d, span, &text);
  }
  if (kept) {
    memcpy(out, &text, sizeof(text));
    span = (ew__span){text.ptr, text.len, false};
  }
  bool accepted = out == NULL && d->mode == 0 && behind <= d->accepted;
  bool holds = accepted || check_slowly(d, type, p, span, kept ? 0 : d->mode);
  return holds && (out == NULL || kept) ? behind : NULL;
}

/* One with rules; quote closes it. */
static EW_NOINLINE const char *check_string(ew__decoder *d, const ew_type *type, const char *p,
                                            void *out, const char *quote) {
  ew_str found = {p + 1, (uint32_t)(quote - p) - 1, EW_STR_CLEAN};
  if (EW_UNLIKELY(ew__check_text(type->as.string, found.ptr, found.len, d->r.limits.max_depth) !=
                  EW_OK)) {
    return read_odd_string(d, type, p, out);
  }
  if (out != NULL) {
    memcpy(out, &found, sizeof(found));
  }
  return quote + 1;
}

static const char *read_string(ew__decoder *d, const ew_type *type, const char *p, void *out,
                               ew_str *text) {
  (void)text;
  const char *quote = ew__find_quote(&d->r, p);
  if (EW_UNLIKELY(quote == NULL || (size_t)(quote - p) > d->r.limits.max_string_bytes)) {
    return read_odd_string(d, type, p, out);
  }
  if (type->as.string != NULL) {
    return check_string(d, type, p, out, quote);
  }
  if (out != NULL) {
    ew_str found = {p + 1, (uint32_t)(quote - p) - 1, EW_STR_CLEAN};
    memcpy(out, &found, sizeof(found));
  }
  return quote + 1;
}

/* ---------------------------------------------------------------------------------------- enums */

/* Twins of an enum may be written as bare numbers. */
EW__COLD static const char *read_enum_number(ew__decoder *d, const ew_type *type, const char *p,
                                             int *value, ew_str *text) {
  const ew_enum_rules *rules = type->as.names;
  const char *behind = ew__pass(d, p);
  if (behind == NULL) {
    return NULL;
  }
  *value = ew__enum_find_number(rules, (ew__span){p, (uint32_t)(behind - p), false});
  if (*value == 0) {
    return ew__refuse_value(d, type, EW_ERR_ENUM, p, "/enum", ew__enum_expected(rules));
  }
  if (text != NULL) {
    ew_text name = ew_enum_name(rules, (uint32_t)*value - 1);
    *text = (ew_str){name.ptr, name.len, 0};
  }
  return behind;
}

EW__COLD static bool has_number_aliases(const ew_enum_rules *rules) {
  for (uint32_t i = 0; i < rules->alias_count; i++) {
    if (rules->aliases[i].is_number) {
      return true;
    }
  }
  return false;
}

/* No string. */
EW__COLD static const char *read_odd_enum(ew__decoder *d, const ew_type *type, const char *p,
                                          int *value, ew_str *text) {
  const ew_enum_rules *rules = type->as.names;
  ew_json_type found = ew__json_type(p, d->r.end);
  if (found == EW_JSON_NUMBER && has_number_aliases(rules)) {
    return read_enum_number(d, type, p, value, text);
  }
  return found == EW_JSON_NONE
             ? ew__refuse_syntax(d, p, "a string")
             : ew__refuse_value(d, type, EW_ERR_TYPE, p, rules->open ? "/anyOf" : "/type",
                                "a string");
}

EW__SMALL const char *ew__read_enum(ew__decoder *d, const ew_type *type, const char *p, int *value,
                                    ew_str *text) {
  const ew_enum_rules *rules = type->as.names;
  if (EW_UNLIKELY(ew_peek(&d->r, p) != '"')) {
    return read_odd_enum(d, type, p, value, text);
  }
  ew__span span;
  const char *behind = ew__read_span(d, type, p, &span);
  if (behind == NULL) {
    return NULL;
  }
  *value = ew__enum_find(rules, span, d->mode);
  if (*value == 0 && !rules->open) {
    return ew__refuse_value(d, type, EW_ERR_ENUM, p, "/enum", rules->expected);
  }
  return text == NULL || ew__take_span(d, span, text) ? behind : NULL;
}

EW__SMALL static const char *read_enum(ew__decoder *d, const ew_type *type, const char *p,
                                       void *out, ew_str *text) {
  int value = 0;
  p = ew__read_enum(d, type, p, &value, text);
  if (p != NULL && out != NULL) {
    ew__store_int(out, value);
  }
  return p;
}

/* ------------------------------------------------------------------------------------ constants */

EW__SMALL static bool is_constant(const ew__decoder *d, const ew_const_rules *rules, const char *p,
                                  const char *behind) {
  ew__fault fault;
  ew__span span = {p, (uint32_t)(behind - p), false};
  if (rules->json_type == EW_JSON_STRING) {
    ew__scan_text(&d->r, p, d->mode, &span, &fault);
    return ew__span_is(span, rules->text) ||
           ((d->mode & EW_TOLERATE_ENUM_CASE) != 0 && ew__span_is_folded(span, rules->text));
  }
  return rules->json_type == EW_JSON_NUMBER ? ew__is_same_number(span, rules->text)
                                            : ew__span_is(span, rules->text);
}

EW__SMALL static const char *read_const(ew__decoder *d, const ew_type *type, const char *p,
                                        void *out, ew_str *text) {
  (void)out;
  (void)text;
  const ew_const_rules *rules = type->as.constant;
  if (ew__json_type(p, d->r.end) != rules->json_type) {
    return ew__refuse_type(d, type, p, rules->expected);
  }
  const char *behind = ew__pass(d, p);
  if (behind != NULL && !is_constant(d, rules, p, behind)) {
    return ew__refuse_value(d, type, EW_ERR_CONST, p, "/const", rules->expected);
  }
  return behind;
}

EW__SMALL static const char *read_null(ew__decoder *d, const ew_type *type, const char *p,
                                       void *out, ew_str *text) {
  (void)out;
  (void)text;
  return ew__json_type(p, d->r.end) == EW_JSON_NULL ? ew__pass_null(d, p)
                                                    : ew__refuse_type(d, type, p, "null");
}

/* ----------------------------------------------------------------------------- free-form values */

EW__COLD static const char *type_names(uint32_t types) {
  /* Each behind its bits: an EW_JSON_ARRAY is 020. */
  static const char names[] =
      "\1null\0\2true or false\0\4a number\0\10a string\0\20an array\0\40an object\0"
      "\60an array or an object\0\41an object or null\0\21an array or null\0";
  const char *name = names;
  while (*name != '\0' && (uint32_t)*name != types) {
    name += strlen(name) + 1;
  }
  return *name != '\0' ? name + 1 : "a value of another type";
}

EW__SMALL static EW_NOINLINE const char *read_any_raw(ew__decoder *d, const ew_type *type,
                                                      const char *p, void *out) {
  uint32_t types = type->as.raw_types;
  if (types != 0 && (types & (uint32_t)ew__json_type(p, d->r.end)) == 0) {
    return ew__refuse_type(d, type, p, type_names(types));
  }
  const char *behind = ew__pass(d, p);
  if (behind == NULL || out == NULL) {
    return behind;
  }
  ew_str json = {p, (uint32_t)(behind - p), EW_STR_CLEAN};
  if ((d->mode & EW_TOLERATE_BAD_UTF8) != 0) {
    ew_err err = ew__raw_take(p, behind, d->mode, d->r.arena, &json);
    if (err != EW_OK) {
      return ew__refuse_limit(d, err, p, "");
    }
  }
  memcpy(out, &json, sizeof(json));
  return behind;
}

/* Whether an object or an array without anything in it begins with the two bytes at p. */
EW_INLINE bool is_empty(const char *p, uint32_t types) {
  return (memcmp(p, "{}", 2) == 0 && (types == 0 || (types & EW_JSON_OBJECT) != 0)) ||
         (memcmp(p, "[]", 2) == 0 && (types == 0 || (types & EW_JSON_ARRAY) != 0));
}

static const char *read_raw(ew__decoder *d, const ew_type *type, const char *p, void *out,
                            ew_str *text) {
  (void)text;
  bool room = d->r.end - p > 1 && d->r.depth_left != 0;
  if (EW_UNLIKELY(!room || !is_empty(p, type->as.raw_types))) {
    return read_any_raw(d, type, p, out);
  }
  if (out != NULL) {
    ew_str json = {p, 2, EW_STR_CLEAN};
    memcpy(out, &json, sizeof(json));
  }
  return p + 2;
}

/* -------------------------------------------------------------------------- unions and pointers */

EW__SMALL const char *ew__read_arm(ew__decoder *d, const ew_union_rules *rules, const ew_arm *arm,
                                   const char *p, void *out) {
  bool null = ew_peek(&d->r, p) == 'n' && (arm->json_types & EW_JSON_NULL) != 0;
  if (null && !ew__takes_null(d, arm->type)) {
    return ew__pass_null(d, p); /* a lenient twin: the value is left empty */
  }
  return ew__read_value(d, arm->type, p, out == NULL ? NULL : (char *)out + rules->value_offset,
                        NULL);
}

/* Of the union at p. Once: a union that this arm is begins at the same place. */
EW__SMALL static int take_root_arm(ew__decoder *d, const char *p) {
  int arm = p == ew__skip_white(d->r.begin, d->r.end) ? d->root_arm : -1;
  d->root_arm = -1;
  return arm;
}

EW__SMALL static const char *read_union(ew__decoder *d, const ew_type *type, const char *p,
                                        void *out, ew_str *text) {
  (void)text;
  const ew_union_rules *rules = type->as.choice;
  if (EW_UNLIKELY(rules->hard)) {
    return ew_hard_of(rules)->engine->read(d, type, p, out);
  }
  int index = EW_UNLIKELY(d->root_arm >= 0) ? take_root_arm(d, p) : -1;
  d->r.lost = NULL;
  index = index >= 0 ? index : ew__choose_arm(&d->r, p, rules, d->mode, &d->fault);
  if (index < 0 && d->fault.err == EW_ERR_UNION) {
    return ew__refuse_value(d, type, EW_ERR_UNION, p, rules->keyword, rules->expected);
  }
  if (index < 0 && d->r.lost != NULL) {
    d->r.depth_left--;
    return ew__leave_level(d, d->r.lost, EW__IN_OBJECT, ew_peek(&d->r, d->r.lost) != '"');
  }
  if (index < 0) {
    return NULL;
  }
  const ew_arm *arm = &rules->arms[index];
  if (out != NULL && rules->kind_offset != EW_NO_OFFSET) {
    ew__store_int((char *)out + rules->kind_offset, arm->kind);
  }
  return ew__read_arm(d, rules, arm, p, out);
}

EW__SMALL static const char *read_box(ew__decoder *d, const ew_type *type, const char *p, void *out,
                                      ew_str *text) {
  const ew_type *boxed = type->as.boxed;
  void *value = NULL;
  (void)text;
  if (out != NULL) {
    value = ew_arena_take(d->r.arena, boxed->size);
    if (value == NULL) {
      return ew__refuse_limit(d, EW_ERR_ARENA_FULL, p, "");
    }
    ew__clear(value, boxed->size);
    memcpy(out, &value, sizeof(value));
  }
  return ew__read_value(d, boxed, p, value, NULL);
}

EW__SMALL static const char *read_tuple(ew__decoder *d, const ew_type *type, const char *p,
                                        void *out, ew_str *text) {
  (void)text;
  return ew_tuple_of(type)->engine->read(d, type, p, out);
}

static ew__read_fn *const readers[] = {
    [EW_KIND_BOOL] = read_plain,    [EW_KIND_INT] = read_plain,
    [EW_KIND_UINT] = read_plain,    [EW_KIND_DOUBLE] = read_plain,
    [EW_KIND_NUM] = read_plain,     [EW_KIND_STRING] = read_string,
    [EW_KIND_ENUM] = read_enum,     [EW_KIND_CONST] = read_const,
    [EW_KIND_NULL] = read_null,     [EW_KIND_RAW] = read_raw,
    [EW_KIND_OBJECT] = ew__read_object, [EW_KIND_ARRAY] = ew__read_array,
    [EW_KIND_MAP] = ew__read_map,   [EW_KIND_UNION] = read_union,
    [EW_KIND_BOX] = read_box,       [EW_KIND_TUPLE] = read_tuple,
};

ew__read_fn *ew__reader_of(const ew_type *type) { return readers[type->kind]; }

const char *ew__read_value(ew__decoder *d, const ew_type *type, const char *p, void *out,
                           ew_str *text) {
  type = ew__in_profile(d, type);
  return readers[type->kind](d, type, ew__skip_white(p, d->r.end), out, text);
}

/* ---------------------------------------------------------------------------------- whole texts */

/* Looking at a text this many times is still linear; a map that asks for more is refused as too
 * large. */
#define LOOKS 64u

EW__SMALL ew__decoder ew__decoder_open(ew_str json, ew_arena *arena, const ew_limits *limits,
                                       uint32_t mode) {
  ew__decoder d; /* most of it is a set of names, which is not made yet */
  memset(&d, 0, offsetof(ew__decoder, names));
  d.names.of = NULL;
  d.mode = mode;
  d.work_left = (uint64_t)json.len * LOOKS;
  d.root_arm = -1;
  ew__reader_open(&d.r, json, arena, limits, 0);
  return d;
}

/* What must hold behind the value. p: behind it, or NULL. end: of the text, where d may end before
 * that. */
EW__SMALL static bool finish(ew__decoder *d, const char *p, const char *end) {
  bool cut = d->r.end < end;
  if (p != NULL && (d->mode & EW_TOLERATE_TRAILING) != 0) {
    return true;
  }
  if (p != NULL) {
    d->trail->from = (uint32_t)(p - d->r.begin);
    p = ew__skip_white(p, d->r.end);
    if (p == end) {
      return true;
    }
    ew__refuse_limit(d, EW_ERR_TRAILING, p, "the end of the text");
  }
  if (cut && d->fault.at == d->r.end) {
    ew__refuse_limit(d, EW_ERR_UTF8, d->r.end, "UTF-8");
  }
  return false;
}

/* The escape of a surrogate may stand at p. */
EW_INLINE bool may_be_surrogate(const char *p) { return p[1] == 'u' && (p[2] | 0x20) == 'd'; }

/* The text may hold such an escape, of a surrogate that is alone or in a pair. */
EW__COLD static EW_NOINLINE bool may_hold_surrogate(const char *p, const char *end) {
  for (; end - p >= EW_BLOCK + 2; p += EW_BLOCK) {
    ew_mask found = ew_lanes_mask(ew_block_equal(ew_block_load(p), ew_block_fill('\\')));
    for (; found != 0; found = ew_mask_behind_first(found)) {
      if (may_be_surrogate(p + ew_mask_first(found))) {
        return true;
      }
    }
  }
  for (; end - p >= 3; p++) {
    if (*p == '\\' && may_be_surrogate(p)) {
      return true;
    }
  }
  return false;
}

/* Reading with that tolerance looks at every character; where there is nothing to tolerate, it is
 * left. */
EW__COLD static uint32_t without_need(uint32_t mode, ew_str json) {
  size_t bad = 0;
  bool needed = ew__utf8_check(json.ptr, json.len, &bad) != EW_OK ||
                may_hold_surrogate(json.ptr, json.ptr + json.len);
  return needed ? mode : mode & ~(uint32_t)EW_TOLERATE_BAD_UTF8;
}

/*
 * The text is cut where it stops being UTF-8, so that no scanner has to look for that: what is
 * wrong before the cut is said first, and running into the cut is the error there.
 */
EW__SMALL ew_err ew__table_run(const ew_type *type, ew_str json, ew_arena *arena,
                               const ew_limits *limits, uint32_t mode, void *out,
                               const ew__known *known, ew_diag *diag) {
  size_t bad = json.len;
  if ((mode & EW_TOLERATE_BAD_UTF8) != 0) {
    mode = without_need(mode, json);
  } else {
    (void)ew__utf8_check(json.ptr, json.len, &bad);
  }
  ew__trail trail;
  trail.depth = trail.from = 0;
  trail.behind = false;
  ew__decoder d = ew__decoder_open(ew_str_from(json.ptr, bad), arena, limits, mode);
  d.trail = &trail;
  if (known != NULL) {
    /* A reader that leaves a member to the table engine checks its UTF-8 behind it. */
    d.accepted = known->accepted < d.r.end ? known->accepted : d.r.end;
    d.accepted_left = json.len;
    if (known->passed.from != NULL && known->passed.from + known->passed.len <= d.r.end) {
      d.r.passed = known->passed;
    }
    /* Where the text is cut, and with tolerances, another arm may be the one. */
    bool same = bad == json.len && (mode & ~EW__MODE_LENIENT) == 0;
    d.root_arm = same ? known->root_arm : -1;
  }
  const char *p = known != NULL && known->behind != NULL
                      ? known->behind
                      : ew__read_value(&d, type, json.ptr, out, NULL);
  if (finish(&d, p, json.ptr + json.len)) {
    return EW_OK;
  }
  trail.passed = d.r.passed;
  ew__diag_text(diag, json, &d.fault, d.at_key, &d.keyword, &trail);
  return d.fault.err;
}

EW__SMALL const char *ew__table_read(ew_reader *r, const ew_type *type, const char *p, void *out,
                                     ew_err *why, const char **accepted) {
  ew__decoder d =
      ew__decoder_open(ew_str_from(p, (size_t)(r->end - p)), r->arena, &r->limits, 0);
  d.r.depth_left = r->depth_left;
  const char *behind = ew__read_value(&d, type, p, out, NULL);
  if (behind != NULL) {
    const ew_array_rules *list = type->kind == EW_KIND_ARRAY ? type->as.array : NULL;
    return ew__note_passed(r, p, *accepted = behind, list);
  }
  *accepted = d.r.accepted;
  *why = d.fault.err;
  const ew_passed *passed = &d.r.passed;
  size_t bad;
  if (passed->from != NULL && ew__utf8_check(passed->from, passed->len, &bad) == EW_OK) {
    r->passed = *passed;
  }
  bool refused = passed->from != NULL && passed->as == EW_PASSED_MAP &&
                 passed->from <= d.fault.at && d.fault.at < passed->from + passed->len;
  if (refused && passed->from < *accepted) {
    *accepted = passed->from;
  }
  return NULL;
}
