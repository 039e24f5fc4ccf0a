#include "eventwire/reader.h"

#include "scan_internal.h"
#include "table_internal.h"

const char *ew_refuse(ew_reader *r, ew_err err) {
  if (r->err == EW_OK) {
    r->err = err;
  }
  return NULL;
}

const char *ew_value_start(ew_reader *r, const char *p) { return ew__skip_white(p, r->end); }

const char *ew_scan_plain_tail(const char *p, const char *end) { return ew__find_special(p, end); }

/* How many arrays and objects may still be opened below the present one. */
static uint32_t depth_left(const ew_reader *r) { return r->limits.max_depth - r->depth; }

/* ------------------------------------------------------------------------------------------------- strings */

/*
 * start is behind the opening quote; stop is where the plain scan ended: at an escape, a control
 * byte, the end, or the end of an overlong string.
 */
const char *ew_read_escaped(ew_reader *r, const char *start, const char *stop, ew_str *out) {
  (void)stop;
  ew__fault fault = {EW_OK, NULL, NULL};
  ew__span span;
  const char *behind = ew__scan_string(start - 1, r->end, 0, &span, &fault);
  if (behind == NULL) {
    return ew_refuse(r, fault.err);
  }
  ew_err err = ew__span_take(span, 0, r->arena, out);
  if (err != EW_OK) {
    return ew_refuse(r, err);
  }
  return out->len > r->limits.max_string_bytes ? ew_refuse(r, EW_ERR_TOO_LARGE) : behind;
}

/* p is behind the string that was read into text. */
const char *ew_read_text_slow(ew_reader *r, const char *p, const ew_string_rules *rules,
                              const ew_str *text) {
  ew_err err = ew__check_text(rules, text->ptr, text->len, r->limits.max_depth);
  return err == EW_OK ? p : ew_refuse(r, err);
}

/* The string at p as a span that needs no arena; NULL when it is refused. */
static const char *scan_span(ew_reader *r, const char *p, ew__span *out) {
  p = ew__skip_white(p, r->end);
  if (ew_peek(r, p) != '"') {
    return ew_refuse(r, EW_ERR_TYPE);
  }
  ew__fault fault = {EW_OK, NULL, NULL};
  const char *behind = ew__scan_string(p, r->end, 0, out, &fault);
  return behind == NULL ? ew_refuse(r, fault.err) : behind;
}

const char *ew_read_enum(ew_reader *r, const char *p, const ew_enum_rules *rules, int *out) {
  ew__span span;
  p = scan_span(r, p, &span);
  if (p == NULL) {
    return NULL;
  }
  *out = ew__enum_find(rules, span, 0);
  return *out != 0 ? p : ew_refuse(r, EW_ERR_ENUM);
}

const char *ew_read_open_enum(ew_reader *r, const char *p, const ew_enum_rules *rules, int *out,
                              ew_str *text) {
  p = ew_read_string(r, p, text);
  if (p != NULL) {
    ew__span span = {text->ptr, text->len, false};
    *out = ew__enum_find(rules, span, 0);
  }
  return p;
}

/* ------------------------------------------------------------------------------------------------- numbers */

static const char *scan_number(ew_reader *r, const char *p, ew__number *out) {
  p = ew__skip_white(p, r->end);
  if (ew__json_type(p, r->end) != EW_JSON_NUMBER) {
    return ew_refuse(r, EW_ERR_TYPE);
  }
  ew__fault fault = {EW_OK, NULL, NULL};
  const char *behind = ew__scan_number(p, r->end, out, &fault);
  return behind == NULL ? ew_refuse(r, fault.err) : behind;
}

const char *ew_read_int_slow(ew_reader *r, const char *p, const ew_int_rules *rules, int64_t *out) {
  ew__number number;
  p = scan_number(r, p, &number);
  if (p == NULL) {
    return NULL;
  }
  ew_err err = ew__parse_int(&number, rules != NULL && rules->literal, out);
  if (err == EW_OK) {
    err = ew__check_int(rules, *out);
  }
  return err == EW_OK ? p : ew_refuse(r, err);
}

const char *ew_read_uint_slow(ew_reader *r, const char *p, const ew_uint_rules *rules,
                              uint64_t *out) {
  ew__number number;
  p = scan_number(r, p, &number);
  if (p == NULL) {
    return NULL;
  }
  ew_err err = ew__parse_uint(&number, rules != NULL && rules->literal, out);
  if (err == EW_OK) {
    err = ew__check_uint(rules, *out);
  }
  return err == EW_OK ? p : ew_refuse(r, err);
}

const char *ew_read_double(ew_reader *r, const char *p, const ew_double_rules *rules, double *out) {
  ew__number number;
  p = scan_number(r, p, &number);
  if (p == NULL) {
    return NULL;
  }
  ew_err err = ew__parse_double(&number, out);
  if (err == EW_OK) {
    err = ew__check_double(rules, *out);
  }
  return err == EW_OK ? p : ew_refuse(r, err);
}

const char *ew_read_num(ew_reader *r, const char *p, ew_num *out) {
  ew__number number;
  p = scan_number(r, p, &number);
  if (p != NULL) {
    out->digits = ew_str_from(number.ptr, (size_t)(number.end - number.ptr));
    out->digits.flags = EW_STR_CLEAN;
  }
  return p;
}

/* -------------------------------------------------------------------------------------------- other values */

const char *ew_read_null(ew_reader *r, const char *p) {
  p = ew_skip_null(r, p);
  return p != NULL ? p : ew_refuse(r, EW_ERR_TYPE);
}

const char *ew_skip(ew_reader *r, const char *p) {
  ew__fault fault = {EW_OK, NULL, NULL};
  p = ew__skip_value(ew__skip_white(p, r->end), r->end, depth_left(r), 0, &fault);
  return p != NULL ? p : ew_refuse(r, fault.err);
}

const char *ew_read_raw(ew_reader *r, const char *p, uint32_t json_types, ew_raw *out) {
  const char *start = ew__skip_white(p, r->end);
  if (json_types != 0 && (json_types & (uint32_t)ew__json_type(start, r->end)) == 0) {
    return ew_refuse(r, EW_ERR_TYPE);
  }
  p = ew_skip(r, start);
  if (p != NULL) {
    out->json = ew_str_from(start, (size_t)(p - start));
    out->json.flags = EW_STR_CLEAN;
  }
  return p;
}

const char *ew_read_by_table(ew_reader *r, const char *p, const ew_type *type, void *out) {
  ew_err err = EW_OK;
  memset(out, 0, type->size);
  p = ew__table_read(type, p, r->end, r->arena, &r->limits, depth_left(r), out, NULL, &err);
  return p != NULL ? p : ew_refuse(r, err);
}

/*
 * Numbers compare by value and words by text; only strings are frequent enough to have a path of
 * their own.
 */
const char *ew_read_const(ew_reader *r, const char *p, const ew_const_rules *rules) {
  if (rules->json_type != EW_JSON_STRING) {
    ew_type type = {.kind = EW_KIND_CONST, .name = "", .schema = "", .as = {.constant = rules}};
    char nothing = 0;
    return ew_read_by_table(r, p, &type, &nothing);
  }
  ew__span span;
  p = scan_span(r, p, &span);
  return p == NULL || ew__span_is(span, rules->text) ? p : ew_refuse(r, EW_ERR_CONST);
}

int ew_choose_arm(ew_reader *r, const char *p, const ew_union_rules *rules) {
  ew__fault fault = {EW_OK, NULL, NULL};
  int arm = ew__choose_arm(rules, ew__skip_white(p, r->end), r->end, depth_left(r), 0, &fault);
  if (arm < 0) {
    ew_refuse(r, fault.err);
  }
  return arm;
}

/* ------------------------------------------------------------------------------------- objects and arrays */

/*
 * Position of the bracket, one level deeper; NULL when another value comes or the depth is used up.
 */
static const char *open_nested(ew_reader *r, const char *p, char bracket) {
  p = ew__skip_white(p, r->end);
  if (ew_peek(r, p) != bracket) {
    return ew_refuse(r, EW_ERR_TYPE);
  }
  if (depth_left(r) == 0) {
    return ew_refuse(r, EW_ERR_DEPTH);
  }
  r->depth++;
  return p;
}

const char *ew_open_object(ew_reader *r, const char *p) { return open_nested(r, p, '{'); }

const char *ew_open_array(ew_reader *r, const char *p) {
  p = open_nested(r, p, '[');
  return p == NULL ? NULL : p + 1;
}

/* From behind a key: over ':' to the value. */
static const char *behind_colon(ew_reader *r, const char *p) {
  p = ew__skip_white(p, r->end);
  return ew_peek(r, p) == ':' ? ew__skip_white(p + 1, r->end) : ew_refuse(r, EW_ERR_SYNTAX);
}

/*
 * One key and its colon. *field is the member, or EW_FIELD_END for one that is not in the schema.
 */
static const char *read_key(ew_reader *r, const char *p, const ew_object_rules *rules,
                            uint32_t *field) {
  if (ew_peek(r, p) != '"') {
    return ew_refuse(r, EW_ERR_SYNTAX);
  }
  ew__span key;
  p = scan_span(r, p, &key);
  if (p == NULL) {
    return NULL;
  }
  int index = ew__key_find_span(rules, key, 0);
  if (index < 0 && rules->closed) {
    return ew_refuse(r, EW_ERR_UNKNOWN_MEMBER);
  }
  *field = index < 0 ? EW_FIELD_END : (uint32_t)index;
  return behind_colon(r, p);
}

const char *ew_next_member(ew_reader *r, const char *p, const ew_object_rules *rules, bool first,
                           uint32_t *field) {
  for (;;) {
    p = ew__skip_white(first ? p + 1 : p, r->end);
    if (ew_peek(r, p) == '}') {
      *field = EW_FIELD_END;
      return p + 1;
    }
    if (!first) {
      if (ew_peek(r, p) != ',') {
        return ew_refuse(r, EW_ERR_SYNTAX);
      }
      p = ew__skip_white(p + 1, r->end);
    }
    first = false;
    p = read_key(r, p, rules, field);
    if (p == NULL || *field != EW_FIELD_END) {
      return p;
    }
    p = ew_skip(r, p);
    if (p == NULL) {
      return NULL;
    }
  }
}

bool ew_groups_hold(const ew_object_rules *rules, uint64_t seen) {
  for (uint32_t i = 0; i < rules->group_count; i++) {
    const ew_required_group *group = &rules->groups[i];
    uint32_t satisfied = 0;
    for (uint32_t k = 0; k < group->mask_count; k++) {
      satisfied += (seen & group->masks[k]) == group->masks[k];
    }
    if (satisfied == 0 || (group->exactly_one && satisfied > 1)) {
      return false;
    }
  }
  return true;
}

bool ew_next_item(ew_reader *r, const char **p, bool first) {
  const char *at = ew__skip_white(*p, r->end);
  if (ew_peek(r, at) == ']') {
    *p = at + 1;
    return false;
  }
  if (first) {
    *p = at;
    return true;
  }
  if (ew_peek(r, at) != ',') {
    *p = ew_refuse(r, EW_ERR_SYNTAX);
    return false;
  }
  *p = at + 1;
  return true;
}

/* True when the list was the last thing taken from the arena and could grow where it is. */
static bool extend_in_place(ew_arena *arena, const char *items, size_t old_size, size_t new_size) {
  if (items == NULL || items + old_size != arena->base + arena->used ||
      new_size - old_size > arena->size - arena->used) {
    return false;
  }
  arena->used += new_size - old_size;
  return true;
}

void *ew_grow(ew_reader *r, void *items, uint32_t count, uint32_t *capacity, size_t size) {
  if (count >= r->limits.max_items) {
    ew_refuse(r, EW_ERR_TOO_LARGE);
    return NULL;
  }
  uint32_t wanted = *capacity == 0 ? 4 : *capacity * 2;
  size_t old_size = count * size;
  if (!extend_in_place(r->arena, (const char *)items, old_size, wanted * size)) {
    void *moved = ew_arena_take(r->arena, wanted * size);
    if (moved == NULL) {
      ew_refuse(r, EW_ERR_ARENA_FULL);
      return NULL;
    }
    if (old_size != 0) {
      memcpy(moved, items, old_size);
    }
    items = moved;
  }
  memset((char *)items + old_size, 0, wanted * size - old_size);
  *capacity = wanted;
  return items;
}

/* -------------------------------------------------------------------------------------------- whole message */

static void open_reader(ew_reader *r, ew_str json, ew_arena *arena, const ew_limits *limits,
                        uint32_t readable_after) {
  size_t readable = (size_t)json.len + readable_after;
  r->end = json.ptr + json.len;
  r->fast_end = readable < EW_BLOCK ? json.ptr : json.ptr + (readable - EW_BLOCK + 1);
  if (r->fast_end > r->end) {
    r->fast_end = r->end;
  }
  r->arena = arena;
  r->depth = 0;
  r->limits = *limits;
  r->err = EW_OK;
}

ew_err ew__read_message(const ew_type *type, ew_str json, ew_arena *arena, const ew_limits *limits,
                        uint32_t readable_after, void *out) {
  size_t bad = 0;
  if (ew__utf8_check(json.ptr, json.len, &bad) != EW_OK) {
    return EW_ERR_UTF8;
  }
  ew_reader r;
  open_reader(&r, json, arena, limits, readable_after);
  const char *p = type->read(&r, json.ptr, out);
  if (p == NULL) {
    return r.err;
  }
  return ew__skip_white(p, r.end) == r.end ? EW_OK : EW_ERR_TRAILING;
}
