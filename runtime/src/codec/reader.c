/*
 * The straight-line engine: what the lines of a generated decoder call. Refusals carry no
 * diagnosis, so that nothing but the text and the value has to be looked after on the way.
 */
#include "eventwire/reader.h"

#include <assert.h>
#include <float.h>

#include "layout_internal.h"
#include "scan_internal.h"
#include "straight_internal.h"
#include "table_internal.h"

const char *ew_refuse(ew_reader *r, ew_err err) {
  if (r->err == EW_OK) {
    r->err = err;
  }
  return NULL;
}

const char ew_nowhere[EW_LONGEST_KEY] = {0};

EW_NOINLINE const char *ew_leave_slowly(ew_reader *r, const char *p) {
  if (p != NULL && p < r->key_end) {
    return p;
  }
  r->at = p;
  return ew_nowhere;
}

EW__SMALL const char *ew_give_up(ew_reader *r, ew_err err) {
  r->at = ew_refuse(r, err);
  return ew_nowhere;
}

/* The first byte from p on that is no white space, or end. */
EW_INLINE const char *skip_white(const ew_reader *r, const char *p) {
  return ew__skip_white(p, r->end);
}

/* ------------------------------------------------------------------------------------------------- strings */

/* The string at p as a span that needs no arena; NULL when it is refused. */
EW__SMALL static const char *scan_span(ew_reader *r, const char *p, ew__span *out) {
  p = ew__open_string(r, p);
  if (p == NULL) {
    return NULL;
  }
  ew__fault fault;
  p = ew__scan_text(r, p - 1, EW__MODE_UNCHECKED, out, &fault);
  return p == NULL ? ew_refuse(r, fault.err) : p;
}

EW__SMALL static const char *find_odd_text(const ew_enum_rules *rules,
                                           const char *text, size_t len, int *out,
                                           const char *behind) {
  *out = ew__enum_find(rules, (ew__span){text, (uint32_t)len, false}, 0);
  return behind;
}

/* ew__key_word() of a text from which a block may be loaded. */
EW_INLINE uint64_t word_of(const char *text, size_t len) {
  uint64_t word = ew_load64(text);
  if (len < 8) {
    return (word & (((uint64_t)1 << 8 * len) - 1)) + len;
  }
  return (len > 8 ? word ^ 3 * ew_load64(text + len - 8) : word) + len;
}

/*
 * The value of a text without escapes from which a block may be loaded; the result is behind. Calls
 * nothing: an unknown text is left to the function that it ends in.
 */
static EW_NOINLINE const char *find_text(const ew_enum_rules *rules, const char *text, size_t len,
                                         int *out, const char *behind) {
  if (EW_UNLIKELY(rules->slots == NULL)) {
    return find_odd_text(rules, text, len, out, behind);
  }
  uint32_t at = ew__slot_of(rules->slots, rules->seed, rules->shift, word_of(text, len));
  if (EW_UNLIKELY(at >= rules->count)) {
    return find_odd_text(rules, text, len, out, behind);
  }
  ew_text name = ew_enum_name(rules, at);
  if (EW_UNLIKELY(name.len != len || !ew__same_bytes(name.ptr, text, len))) {
    return find_odd_text(rules, text, len, out, behind);
  }
  *out = (int)at + 1;
  return behind;
}

EW__SMALL static EW_NOINLINE const char *read_enum_slow(ew_reader *r, const char *p,
                                                        const ew_enum_rules *rules, int *out) {
  ew__span span;
  p = scan_span(r, p, &span);
  if (p == NULL) {
    return ew_nowhere;
  }
  *out = ew__enum_find(rules, span, 0);
  return *out != 0 ? ew_leave_slowly(r, p) : ew_give_up(r, EW_ERR_ENUM);
}

EW__SMALL const char *ew_read_enum(ew_reader *r, const char *p, const ew_enum_rules *rules,
                                   int *out) {
  const char *quote = ew__find_quote(r, p);
  if (EW_UNLIKELY(quote == NULL)) {
    return read_enum_slow(r, p, rules, out);
  }
  p = find_text(rules, p + 1, (size_t)(quote - p) - 1, out, quote + 1);
  return EW_LIKELY(*out != 0) ? p : ew_give_up(r, EW_ERR_ENUM);
}

static EW_NOINLINE const char *read_open_enum_slow(ew_reader *r, const char *p,
                                                   const ew_enum_rules *rules, int *out,
                                                   ew_str *text) {
  p = ew_read_string(r, p, text);
  if (p == ew_nowhere && r->at == NULL) {
    return p;
  }
  return find_odd_text(rules, text->ptr, text->len, out, p);
}

const char *ew_read_open_enum(ew_reader *r, const char *p, const ew_enum_rules *rules, int *out,
                              ew_str *text) {
  const char *quote = ew__find_quote(r, p);
  if (EW_UNLIKELY(quote == NULL)) {
    return read_open_enum_slow(r, p, rules, out, text);
  }
  size_t len = (size_t)(quote - p) - 1;
  *text = (ew_str){p + 1, (uint32_t)len, EW_STR_CLEAN};
  return find_text(rules, p + 1, len, out, quote + 1);
}

/* ------------------------------------------------------------------------------------------------- numbers */

static ew_err take_int(const ew__number *number, const ew_int_rules *rules, int64_t *out) {
  ew_err err = ew__parse_int(number, rules != NULL && rules->literal, out);
  return err == EW_OK ? ew__check_int(rules, *out) : err;
}

static ew_err take_uint(const ew__number *number, const ew_uint_rules *rules, uint64_t *out) {
  ew_err err = ew__parse_uint(number, rules != NULL && rules->literal, out);
  return err == EW_OK ? ew__check_uint(rules, *out) : err;
}

static ew_err take_double(const ew__number *number, const ew_double_rules *rules, double *out) {
  ew_err err = ew__parse_double(number, out);
  return err == EW_OK ? ew__check_double(rules, *out) : err;
}

/* Any number, with the rules of its kind. */
EW__SMALL static EW_NOINLINE const char *read_number(ew_reader *r, const char *p,
                                                     const void *rules, void *out, ew_kind kind) {
  p = skip_white(r, p);
  if (ew__json_type(p, r->end) != EW_JSON_NUMBER) {
    return ew_give_up(r, EW_ERR_TYPE);
  }
  ew__fault fault = {EW_OK, NULL, NULL};
  ew__number number;
  const char *behind = ew__scan_number(p, r->end, &number, &fault);
  ew_err err = fault.err;
  if (behind != NULL && kind == EW_KIND_NUM) {
    uint32_t len = (uint32_t)(number.end - number.ptr);
    ((ew_num *)out)->digits = (ew_str){number.ptr, len, EW_STR_CLEAN};
  } else if (behind != NULL) {
    err = kind == EW_KIND_INT    ? take_int(&number, rules, out)
          : kind == EW_KIND_UINT ? take_uint(&number, rules, out)
                                 : take_double(&number, rules, out);
  }
  return err == EW_OK ? ew_leave_slowly(r, behind) : ew_give_up(r, err);
}

/* The value of the first count digits of a word, 1 to 8, worked out pairwise. */
EW_INLINE uint64_t digits_value(uint64_t word, unsigned count) {
  word = (word - 0x3030303030303030u) << (64 - 8 * count);
  word = word * 10 + (word >> 8);
  return (((word & 0x000000ff000000ffu) * 0x000f424000000064u) +
          (((word >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u)) >>
         32;
}

/* A number is not over at such a byte. */
EW_INLINE bool goes_on(char c) { return ew__is_digit(c) || c == '.' || (c | 0x20) == 'e'; }

/*
 * Up to 15 digits from below fast_end on; everything else (16 digits and more, fraction, exponent, a
 * leading zero, the last bytes of the text) is left to the slow readers. NULL: not such a number.
 */
EW_INLINE const char *read_digits(const ew_reader *r, const char *p, uint64_t *out) {
  if (EW_BLOCK < 16) {
    return NULL;
  }
  uint64_t word = ew_load64(p);
  unsigned count = ew__count_digits(word);
  if (count == 0 || (*p == '0' && count > 1)) {
    return NULL;
  }
  uint64_t value = digits_value(word, count);
  p += count;
  if (count == 8) {
    word = ew_load64(p);
    count = ew__count_digits(word);
    if (count != 0) {
      value = value * ew__powers_of_ten[count] + digits_value(word, count);
      p += count;
    }
  }
  char next = count == 8 ? '0' : *p;
  if (p >= r->key_end || (next != ',' && goes_on(next))) {
    return NULL;
  }
  *out = value;
  return p;
}

static_assert(offsetof(ew_int_rules, minimum) == 0 && offsetof(ew_uint_rules, minimum) == 0 &&
                  offsetof(ew_int_rules, maximum) == 8 && offsetof(ew_uint_rules, maximum) == 8,
              "is_between() takes the rules of both");

/* What is between two bounds is no further from the lower one than the upper one is, with a sign and
 * without. */
EW_INLINE bool is_between(const void *rules, uint64_t value) {
  uint64_t bounds[2];
  memcpy(bounds, rules, sizeof(bounds));
  return value - bounds[0] <= bounds[1] - bounds[0];
}

/* An int of more digits than one, or with is_int 0 any uint. */
static EW_NOINLINE const char *read_whole(ew_reader *r, const char *p, const void *rules,
                                          void *out, unsigned is_int) {
  uint64_t value = 0;
  const char *stop = NULL;
  if (EW_LIKELY(p < r->fast_end)) {
    stop = read_digits(r, *p == '-' ? p + is_int : p, &value);
    value = *p == '-' ? 0 - value : value;
  }
  if (EW_UNLIKELY(stop == NULL || (rules != NULL && !is_between(rules, value)))) {
    return read_number(r, p, rules, out, is_int != 0 ? EW_KIND_INT : EW_KIND_UINT);
  }
  memcpy(out, &value, sizeof(value));
  return stop;
}

const char *ew_read_uint(ew_reader *r, const char *p, const ew_uint_rules *rules, uint64_t *out) {
  return read_whole(r, p, rules, out, 0);
}

/* Codes and counts mostly are one digit, and members of objects. */
const char *ew_read_int(ew_reader *r, const char *p, const ew_int_rules *rules, int64_t *out) {
  if (EW_UNLIKELY(p + 1 >= r->key_end) || (p[1] != ',' && p[1] != '}') || !ew__is_digit(*p)) {
    return read_whole(r, p, rules, out, 1);
  }
  int64_t value = *p - '0';
  if (EW_UNLIKELY(rules != NULL && !is_between(rules, (uint64_t)value))) {
    return ew_give_up(r, EW_ERR_RANGE);
  }
  *out = value;
  return p + 1;
}

/* A row of digits, in words while they last. More than 19 overflow, and are of no use. */
EW__SMALL static EW_NOINLINE const char *add_digits(const ew_reader *r, const char *p,
                                                    uint64_t *value) {
  while (r->end - p >= 8) {
    uint64_t word = ew_load64(p);
    unsigned count = ew__count_digits(word);
    if (count == 0) {
      return p;
    }
    *value = *value * ew__powers_of_ten[count] + digits_value(word, count);
    p += count;
    if (count < 8) {
      return p;
    }
  }
  for (; ew__is_digit(ew_peek(r, p)); p++) {
    *value = *value * 10 + (uint64_t)(*p - '0');
  }
  return p;
}

/*
 * Digits and a fraction whose mantissa a double holds exactly, without exponent: the usual number.
 * NULL: another one.
 */
EW__SMALL static EW_NOINLINE const char *read_short_double(const ew_reader *r, const char *p,
                                                           double *out) {
  if (FLT_EVAL_METHOD != 0) {
    return NULL; /* a quotient of more bits would be rounded twice */
  }
  bool negative = ew_peek(r, p) == '-';
  const char *whole = p + negative;
  uint64_t mantissa = 0;
  const char *point = add_digits(r, whole, &mantissa);
  const char *stop = point;
  size_t fraction = 0;
  if (ew_peek(r, point) == '.') {
    stop = add_digits(r, point + 1, &mantissa);
    fraction = (size_t)(stop - point) - 1;
    if (fraction == 0) {
      return NULL;
    }
  }
  bool led_by_zero = point - whole > 1 && *whole == '0';
  if (point == whole || led_by_zero || stop - whole > 19 || mantissa > (uint64_t)1 << 53 ||
      (ew_peek(r, stop) | 0x20) == 'e') {
    return NULL;
  }
  /* Both are doubles without rounding, so that the quotient is rounded correctly. */
  double value = (double)(int64_t)mantissa / (double)(int64_t)ew__powers_of_ten[fraction];
  *out = negative ? -value : value;
  return stop;
}

EW__SMALL const char *ew_read_double(ew_reader *r, const char *p, const ew_double_rules *rules,
                                     double *out) {
  double value = 0;
  const char *stop = read_short_double(r, p, &value);
  if (EW_UNLIKELY(stop == NULL || ew__check_double(rules, value) != EW_OK)) {
    return read_number(r, p, rules, out, EW_KIND_DOUBLE);
  }
  *out = value;
  return ew_leave_slowly(r, stop);
}

const char *ew_read_num(ew_reader *r, const char *p, ew_num *out) {
  return read_number(r, p, NULL, out, EW_KIND_NUM);
}

/* -------------------------------------------------------------------------------------------- other values */

EW__SMALL static EW_NOINLINE const char *read_bool_slow(ew_reader *r, const char *p, bool *out) {
  p = skip_white(r, p);
  *out = ew_at(r, p, "true", 4);
  if (*out || ew_at(r, p, "false", 5)) {
    return ew_leave_slowly(r, p + (*out ? 4 : 5));
  }
  return ew_give_up(r, EW_ERR_TYPE);
}

const char *ew_read_bool(ew_reader *r, const char *p, bool *out) {
  if (ew_value_at(r, p, "true", 4)) {
    *out = true;
    return p + 4;
  }
  if (EW_LIKELY(ew_value_at(r, p, "false", 5))) {
    *out = false;
    return p + 5;
  }
  return read_bool_slow(r, p, out);
}

EW__SMALL const char *ew_skip_null(ew_reader *r, const char *p) {
  p = skip_white(r, p);
  return ew_at(r, p, "null", 4) ? p + 4 : NULL;
}

const char *ew_take_null(ew_reader *r, const char *p, uint8_t *presence) {
  const char *behind = EW_LIKELY(ew_at(r, p, "null", 4)) ? p + 4 : ew_skip_null(r, p);
  if (behind == NULL) {
    return p;
  }
  *presence = EW_NULL;
  return ew_leave(r, behind);
}

EW__SMALL const char *ew_read_null(ew_reader *r, const char *p) {
  p = ew_skip_null(r, p);
  return p != NULL ? ew_leave_slowly(r, p) : ew_give_up(r, EW_ERR_TYPE);
}

/* Keys of a map that are compared one by one: the table engine knows how to find more. */
#define FEW_KEYS 8u

/* The last of the keys, count before it, is another than those. */
EW_INLINE bool is_new(const char *items, uint32_t count, uint32_t size) {
  ew_str key = ew__load_str(items + (size_t)count * size);
  for (; count > 0; count--, items += size) {
    ew_str other = ew__load_str(items);
    if (other.len == key.len && ew__same_bytes(other.ptr, key.ptr, key.len)) {
      return false;
    }
  }
  return true;
}

/* A key and its string, behind the brace or a comma. NULL: not that, or not so soon. */
EW_INLINE const char *read_entry(ew_reader *r, const char *p, const ew_map_rules *rules,
                                 char *items, uint32_t count) {
  char *slot = items + (size_t)count * rules->entry_size;
  p = ew_read_string(r, p + 1, (ew_str *)(void *)slot);
  if (EW_UNLIKELY(*p != ':' || !is_new(items, count, rules->entry_size))) {
    return NULL;
  }
  const ew_string_rules *asked = rules->value->as.string;
  ew_str *value = (ew_str *)(void *)(slot + rules->value_offset);
  return ew_arrive(r, asked == NULL ? ew_read_string(r, p + 1, value)
                                    : ew_read_text(r, p + 1, asked, value));
}

/*
 * A map of a few strings, without white space. NULL: another one, or one that is refused.
 */
static EW_NOINLINE const char *read_string_map(ew_reader *r, const char *p,
                                               const ew_map_rules *rules, void *out) {
  ew__list list = {NULL, 0};
  uint32_t capacity = 0;
  const char *start = p + 1;
  do {
    if (list.count == capacity) {
      list.items = ew_grow(r, list.items, rules->max_items, &capacity, rules->entry_size, start, p);
    }
    p = list.items == NULL || list.count == FEW_KEYS
            ? NULL
            : read_entry(r, p, rules, list.items, list.count);
    if (p == NULL) {
      return NULL;
    }
    list.count++;
  } while (ew_peek(r, p) == ',');
  ew_trim(r, list.items, list.count, capacity, rules->entry_size);
  ew__store_list(out, list);
  return ew_peek(r, p) == '}' ? p + 1 : NULL;
}

/* The map at p where it needs no table. */
EW_INLINE const char *read_map(ew_reader *r, const char *p, const ew_map_rules *rules, void *out) {
  if (ew_peek(r, p) != '{' || r->depth_left == 0 || rules->min_items > 1 ||
      rules->value->kind != EW_KIND_STRING || rules->max_items < FEW_KEYS) {
    return NULL;
  }
  size_t mark = r->arena->used;
  p = read_string_map(r, p, rules, out);
  if (p == NULL) {
    r->arena->used = mark;
    r->err = EW_OK;
  }
  return p;
}

/* A list of objects, each read by table. */
EW__SMALL static EW_NOINLINE const char *read_objects(ew_reader *r, const char *p,
                                                      const ew_array_rules *rules, void *out) {
  const ew_type *item = rules->item;
  ew_items list;
  uint32_t count = 0;
  p = ew_first_item(r, p, rules, item->size, &list);
  const ew_object_rules *object = item->as.object;
  const bool bare = object->required == 0 && !object->more && r->depth_left != 0;
  while (list.more) {
    char *slot = (char *)list.items + (size_t)count * item->size;
    ew__clear(slot, item->size);
    p = bare && ew_value_at(r, p, "{}", 2) ? p + 2 : ew__read_plain_object(r, p, object, slot);
    count++;
    if (EW_LIKELY(*p == ',') && count != list.capacity) {
      r->accepted = p++;
    } else {
      p = ew_next_item(r, p, &list, count);
    }
  }
  return ew_end_items(r, p, &list, count, out);
}

static bool is_plain_object(const ew_type *type) {
  return type->kind == EW_KIND_OBJECT && type->as.object->plain;
}

static EW_NOINLINE const char *read_by_table(ew_reader *r, const char *p, const ew_type *type,
                                             void *out) {
  ew_err err = EW_OK;
  if (type->kind == EW_KIND_ARRAY && is_plain_object(type->as.array->item)) {
    return read_objects(r, p, type->as.array, out);
  }
  memset(out, 0, type->size);
  if (is_plain_object(type)) {
    return ew__read_plain_object(r, p, type->as.object, (char *)out);
  }
  if (type->kind == EW_KIND_MAP) {
    const char *behind = read_map(r, p, type->as.map, out);
    if (EW_LIKELY(behind != NULL)) {
      return ew_leave_slowly(r, behind);
    }
  }
  if (p >= r->end) {
    return ew_give_up(r, EW_ERR_TRUNCATED);
  }
  size_t bad = 0;
  const char *accepted = p;
  const char *behind = ew__table_read(r, type, p, out, &err, &accepted);
  ew_err text = ew__utf8_check(p, (size_t)(accepted - p), &bad);
  r->accepted = text == EW_OK ? accepted : p;
  r->passed.from = text == EW_OK ? r->passed.from : NULL;
  p = behind;
  err = p != NULL ? text : err;
  return err == EW_OK ? ew_leave_slowly(r, p) : ew_give_up(r, err);
}

/* Whether nothing stands in the list or map at p, and nothing need stand there. */
EW_INLINE bool is_empty(const char *p, const ew_type *type) {
  if (memcmp(p, "[]", 2) == 0) {
    return type->kind == EW_KIND_ARRAY && type->as.array->min_items == 0;
  }
  return memcmp(p, "{}", 2) == 0 && type->kind == EW_KIND_MAP && type->as.map->min_items == 0;
}

/* Lists and maps of what is rare are mostly empty. */
const char *ew_read_by_table(ew_reader *r, const char *p, const ew_type *type, void *out) {
  if (EW_LIKELY(p + 2 < r->key_end && r->depth_left != 0 && is_empty(p, type))) {
    ew__store_list(out, (ew__list){NULL, 0});
    return p + 2;
  }
  return read_by_table(r, p, type, out);
}

/*
 * Numbers compare by value and words by text; only strings are frequent enough to have a path of
 * their own.
 */
EW__SMALL static EW_NOINLINE const char *read_const_slow(ew_reader *r, const char *p,
                                                         const ew_const_rules *rules) {
  if (rules->json_type != EW_JSON_STRING) {
    ew_type type = {.kind = EW_KIND_CONST, .as = {.constant = rules}};
    char nothing = 0;
    return ew_read_by_table(r, p, &type, &nothing);
  }
  ew__span span;
  p = scan_span(r, p, &span);
  return p == NULL || ew__span_is(span, rules->text) ? ew_leave_slowly(r, p)
                                                     : ew_give_up(r, EW_ERR_CONST);
}

EW__SMALL const char *ew_read_const(ew_reader *r, const char *p, const ew_const_rules *rules) {
  if (EW_LIKELY(rules->plain && ew__is_string_at(r, p, rules->text))) {
    return ew_leave(r, p + rules->text.len + 2);
  }
  return read_const_slow(r, p, rules);
}

/* ------------------------------------------------------------------------------------- objects and arrays */

/*
 * Position behind the bracket, one level deeper; NULL when another value comes or the depth is used
 * up.
 */
EW_INLINE const char *open_nested(ew_reader *r, const char *p, char bracket) {
  p = skip_white(r, p);
  if (ew_peek(r, p) != bracket) {
    return ew_refuse(r, EW_ERR_TYPE);
  }
  return ew_may_descend(r) && ew_descend(r) ? p + 1 : ew_refuse(r, EW_ERR_DEPTH);
}

/* From behind a key: over ':' to the value. */
EW_INLINE const char *behind_colon(ew_reader *r, const char *p) {
  if (EW_LIKELY(p < r->key_end && *p == ':')) {
    p += p[1] == ' ' ? 2 : 1;
    return EW_LIKELY((unsigned char)*p > ' ') ? p : skip_white(r, p);
  }
  p = skip_white(r, p);
  return EW_LIKELY(ew_peek(r, p) == ':') ? skip_white(r, p + 1) : ew_refuse(r, EW_ERR_SYNTAX);
}

/* One key and its colon. *field is the member, or EW_FIELD_END for one that is not in the schema. */
EW__SMALL static EW_NOINLINE const char *read_key(ew_reader *r, const char *p,
                                                  const ew_object_rules *rules, uint32_t *field) {
  if (EW_UNLIKELY(ew_peek(r, p) != '"')) {
    return ew_refuse(r, EW_ERR_SYNTAX);
  }
  ew__span key;
  p = scan_span(r, p, &key);
  if (EW_UNLIKELY(p == NULL)) {
    return NULL;
  }
  int index = ew__key_find_span(rules, key);
  *field = (uint32_t)index & EW_FIELD_END;
  return behind_colon(r, p);
}

/* A line break or a blank at p, and a block behind it. */
EW_INLINE bool is_indented(const ew_reader *r, const char *p) {
  return EW_LIKELY(p + 1 < r->fast_end && (*p == '\n' || *p == ' '));
}

/* From a key that no member has to the first one that a member has; p is at its value. */
EW__SMALL static EW_NOINLINE const char *pass_unknown(ew_reader *r, const char *p,
                                                      const ew_object_rules *rules,
                                                      uint32_t *field) {
  ew__names names;
  uint32_t others = 0;
  if (EW_UNLIKELY(rules->closed)) {
    return ew_refuse(r, EW_ERR_UNKNOWN_MEMBER);
  }
  r->found_unknown = 1;
  do {
    ew__fault fault;
    p = ew__skip_within(r, p, EW__MODE_UNCHECKED, &fault);
    if (p == NULL) {
      return ew_refuse(r, fault.err);
    }
    if (++others == EW__MANY_OTHERS) {
      ew__names_of(&names, rules, EW__MODE_UNCHECKED);
    }
    if (others >= EW__MANY_OTHERS) {
      p = ew__pass_others_once(r, p, &names, rules->members, NULL, &others, &fault);
      if (fault.err != EW_OK) {
        return ew_refuse(r, fault.err);
      }
    }
    p = skip_white(r, p);
    if (ew_peek(r, p) == '}') {
      *field = EW_FIELD_END;
      return p;
    }
    if (ew_peek(r, p) != ',') {
      return ew_refuse(r, p == r->end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX);
    }
    p = read_key(r, skip_white(r, p + 1), rules, field);
    if (p == NULL) {
      return NULL;
    }
  } while (*field == EW_FIELD_END);
  return EW_LIKELY(p < r->end) ? p : ew_refuse(r, EW_ERR_TRUNCATED);
}

/* p is at a key. */
EW__SMALL static EW_NOINLINE const char *find_known(ew_reader *r, const char *p,
                                                    const ew_object_rules *rules,
                                                    uint32_t *field) {
  p = read_key(r, p, rules, field);
  if (p != NULL && *field == EW_FIELD_END) {
    return pass_unknown(r, p, rules, field);
  }
  return p == NULL || EW_LIKELY(p < r->end) ? p : ew_refuse(r, EW_ERR_TRUNCATED);
}

/*
 * The same, and calls nothing: a key that is written otherwise, or not known, is left to the function
 * that this one ends in.
 */
static EW_NOINLINE const char *find_at_once(ew_reader *r, const char *p,
                                            const ew_object_rules *rules, uint32_t *field) {
  const char *quote = ew__find_quote(r, p);
  if (EW_UNLIKELY(quote == NULL || rules->slots == NULL || quote[1] != ':')) {
    return find_known(r, p, rules, field);
  }
  size_t len = (size_t)(quote - p) - 1;
  uint32_t at = ew__slot_of(rules->slots, rules->seed, rules->shift, word_of(p + 1, len));
  const char *value = quote + 2 + (quote[2] == ' ');
  if (EW_UNLIKELY((unsigned char)*value <= ' ')) {
    return find_known(r, p, rules, field);
  }
  if (EW_LIKELY(at < rules->member_count)) {
    const ew_member *member = &rules->members[at];
    if (EW_LIKELY(len != 255 && member->name_len == len &&
                  ew__same_bytes(member->name, p + 1, len))) {
      *field = at;
      return value;
    }
  }
  return len < 255 ? pass_unknown(r, value, rules, field) : find_known(r, p, rules, field);
}

EW__SMALL static EW_NOINLINE const char *read_spaced(ew_reader *r, const char *p,
                                                     const ew_object_rules *rules,
                                                     uint32_t *field) {
  return find_at_once(r, skip_white(r, p), rules, field);
}

/* Whether the key of a member stands at p, and its value behind a colon and a blank. */
EW_INLINE bool is_member_at(const ew_reader *r, const char *p, const ew_member *member) {
  size_t len = member->name_len;
  const char *colon = p + len + 2;
  return EW_LIKELY(colon + 2 < r->key_end) && memcmp(colon - 1, "\": ", 3) == 0 &&
         (unsigned char)colon[2] > ' ' && (member->flags & EW_MEMBER_ESCAPED) == 0 && len != 255 &&
         ew__same_bytes(p + 1, member->name, len);
}

/*
 * p is behind a brace or a comma, where white space may stand. That it is not the expected member is
 * known already where none does; behind a line break and blanks it mostly is. These are guessed to be
 * as many as before, so that the key is looked at before they have been counted.
 */
static EW_NOINLINE const char *read_member(ew_reader *r, const char *p,
                                           const ew_object_rules *rules, uint32_t *field) {
  if (EW_UNLIKELY(!is_indented(r, p))) {
    return read_spaced(r, p, rules, field);
  }
  ew_mask others = ew_head_not_blank(p + 1);
  size_t width = 1 + (others != 0 ? ew_mask_first(others) : 0);
  size_t guess = r->indent;
  EW_FORGET(guess);
  if (EW_UNLIKELY(width != r->indent)) {
    r->indent = (uint16_t)width;
    guess = width;
  }
  const char *key = p + guess;
  if (EW_UNLIKELY(key >= r->key_end || *key != '"')) {
    return read_spaced(r, p, rules, field);
  }
  if (EW_LIKELY(*field < rules->member_count && is_member_at(r, key, &rules->members[*field]))) {
    return key + rules->members[*field].name_len + 4;
  }
  return find_at_once(r, key, rules, field);
}

/* Before the comma is white space, or no comma comes, or one that is found so close to the end. */
EW__SMALL static EW_NOINLINE const char *close_object(ew_reader *r, const char *p,
                                                      const ew_object_rules *rules,
                                                      uint32_t *field) {
  p = ew_arrive(r, p);
  if (EW_UNLIKELY(p == NULL)) {
    return NULL;
  }
  p = skip_white(r, p);
  if (ew_peek(r, p) == ',') {
    return read_member(r, p + 1, rules, field);
  }
  if (ew_peek(r, p) != '}') {
    return ew_refuse(r, EW_ERR_SYNTAX);
  }
  *field = EW_FIELD_END;
  return p;
}

/* White space stands there, or no member, or no object. */
static EW_NOINLINE const char *open_object(ew_reader *r, const char *p,
                                           const ew_object_rules *rules, uint32_t *field) {
  p = open_nested(r, p, '{');
  if (p == NULL) {
    return NULL;
  }
  const char *inside = skip_white(r, p);
  if (ew_peek(r, inside) == '}') {
    *field = EW_FIELD_END;
    return inside;
  }
  return read_member(r, p, rules, field);
}

const char *ew_first_member(ew_reader *r, const char *p, const ew_object_rules *rules,
                            uint32_t *field) {
  if (EW_LIKELY(p < r->key_end && p[0] == '{' && p[1] == '"' && ew_may_descend(r))) {
    r->depth_left--;
    return find_at_once(r, p + 1, rules, field);
  }
  if (p < r->key_end && memcmp(p, "{}", 2) == 0 && ew_may_descend(r)) {
    r->depth_left--;
    *field = EW_FIELD_END;
    return p + 1;
  }
  return open_object(r, p, rules, field);
}

EW__SMALL const char *ew_next_member(ew_reader *r, const char *p, const ew_object_rules *rules,
                                     uint32_t *field) {
  if (EW_UNLIKELY(*p != ',')) {
    return close_object(r, p, rules, field);
  }
  return EW_LIKELY(p[1] == '"') ? find_at_once(r, p + 1, rules, field)
                                : read_member(r, p + 1, rules, field);
}

/* Where the reader of the object stands when it returns: behind the brace at p, if all is there. */
EW__SMALL static EW_NOINLINE const char *end_at(ew_reader *r, const char *p,
                                                const ew_object_rules *rules, uint64_t seen) {
  if (!ew_is_complete(rules, seen)) {
    return ew_refuse(r, EW_ERR_MISSING);
  }
  r->depth_left++;
  return p + 1;
}

static EW_NOINLINE const char *end_slowly(ew_reader *r, const char *p,
                                          const ew_object_rules *rules, ew_object_place *at,
                                          uint64_t twice) {
  if (EW_LIKELY(twice == 0 && *p != '}')) {
    return close_object(r, p, rules, &at->field);
  }
  r->at = twice != 0 ? ew_refuse(r, EW_ERR_DUPLICATE) : end_at(r, p, rules, at->seen);
  return NULL;
}

EW__SMALL const char *ew_end_members(ew_reader *r, const char *p, const ew_object_rules *rules,
                                     ew_object_place *at, uint64_t run) {
  uint64_t twice = at->seen & run;
  at->seen |= run;
  if (EW_UNLIKELY(twice != 0 || *p != ',')) {
    return end_slowly(r, p, rules, at, twice);
  }
  return EW_LIKELY(p[1] == '"') ? find_at_once(r, p + 1, rules, &at->field)
                                : read_member(r, p + 1, rules, &at->field);
}

EW__SMALL static EW_NOINLINE void *refuse_box(ew_reader *r) {
  ew_refuse(r, EW_ERR_ARENA_FULL);
  return NULL;
}

EW_NOINLINE void *ew_box(ew_reader *r, size_t size) {
  void *box = ew__arena_take(r->arena, size, EW__ALIGN);
  return EW_LIKELY(box != NULL) ? box : refuse_box(r);
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

static void *grow_to(ew_arena *arena, void *items, size_t old_size, size_t new_size) {
  if (extend_in_place(arena, (const char *)items, old_size, new_size)) {
    return items;
  }
  void *moved = ew_arena_take(arena, new_size);
  if (moved != NULL && old_size != 0) {
    memcpy(moved, items, old_size);
  }
  return moved;
}

/*
 * Long lists get room for all that is to come if their elements go on as large as they have been,
 * and a little larger, at least a half more: a list grows a few times at most. What was too much is
 * given back at its end.
 */
static uint32_t next_capacity(const ew_reader *r, uint32_t count, uint32_t allowed,
                              const char *start, const char *p) {
  if (count < 4) {
    return 2 * count;
  }
  size_t per_element = (size_t)(p - start) / count + 1;
  size_t wanted = count + 1 + (size_t)(r->end - p) / per_element;
  wanted += wanted / 8;
  size_t least = count + count / 2;
  size_t most = (size_t)count * 16;
  wanted = wanted > most ? most : wanted < least ? least : wanted;
  wanted = wanted > allowed && allowed > count ? allowed : wanted; /* more are refused at the end */
  return wanted > r->limits.max_items ? r->limits.max_items : (uint32_t)wanted;
}

/*
 * Bytes that a list which ends there may take of an arena that is too small for all it wants: some
 * of the rest, so that it need not grow for each element.
 */
EW__SMALL static uint32_t spare_room(const ew_arena *arena, const char *end) {
  bool is_last = arena->base != NULL && end == arena->base + arena->used;
  size_t spare = is_last ? (arena->size - arena->used) / 64 : 0;
  return spare < UINT32_MAX / 2 ? (uint32_t)spare : UINT32_MAX / 2;
}

static EW_NOINLINE void *grow_more(ew_reader *r, void *items, uint32_t allowed, uint32_t *capacity,
                                   size_t size, const char *start, const char *p) {
  uint32_t count = *capacity;
  if (count >= r->limits.max_items) {
    ew_refuse(r, EW_ERR_TOO_LARGE);
    return NULL;
  }
  uint32_t wanted = next_capacity(r, count, allowed, start, p);
  void *grown = grow_to(r->arena, items, count * size, wanted * size);
  if (grown == NULL) {
    wanted = count + 1 + spare_room(r->arena, (const char *)items + count * size) / (uint32_t)size;
    wanted = wanted > r->limits.max_items ? r->limits.max_items : wanted;
    grown = grow_to(r->arena, items, count * size, wanted * size);
  }
  if (grown == NULL) {
    ew_refuse(r, EW_ERR_ARENA_FULL);
    return NULL;
  }
  *capacity = wanted;
  return grown;
}

/* Many lists have one element. */
void *ew_grow(ew_reader *r, void *items, uint32_t allowed, uint32_t *capacity, size_t size,
              const char *start, const char *p) {
  if (*capacity != 0) {
    return grow_more(r, items, allowed, capacity, size, start, p);
  }
  *capacity = 1;
  return ew_box(r, size);
}

EW__SMALL void ew_trim(ew_reader *r, const void *items, uint32_t count, uint32_t capacity,
                       size_t size) {
  ew_arena *arena = r->arena;
  if (items != NULL && (const char *)items + capacity * size == arena->base + arena->used) {
    arena->used -= (capacity - count) * size;
  }
}

/* Many lists have one element. */
static EW_NOINLINE const char *begin_items(ew_reader *r, const char *p, ew_items *list) {
  list->items = ew_box(r, list->size);
  list->capacity = 1;
  list->more = list->items != NULL;
  return EW_LIKELY(list->more) ? p : NULL;
}

EW__SMALL static EW_NOINLINE const char *first_item_slow(ew_reader *r, const char *p,
                                                         ew_items *list) {
  p = open_nested(r, p, '[');
  if (EW_UNLIKELY(p == NULL)) {
    return NULL;
  }
  p = skip_white(r, p);
  return ew_peek(r, p) == ']' ? p + 1 : begin_items(r, p, list);
}

EW_INLINE void init_items(ew_items *list, const char *p, const ew_array_rules *rules, size_t size) {
  list->rules = rules;
  list->begin = p;
  list->items = NULL;
  list->size = size;
  list->capacity = 0;
  list->more = false;
}

EW__SMALL const char *ew_first_item(ew_reader *r, const char *p, const ew_array_rules *rules,
                                    size_t size, ew_items *list) {
  init_items(list, p, rules, size);
  if (EW_UNLIKELY(r->end - p < 2 || p[0] != '[' || (unsigned char)p[1] <= ' ' ||
                  !ew_may_descend(r))) {
    return first_item_slow(r, p, list);
  }
  r->depth_left--;
  return p[1] == ']' ? p + 2 : begin_items(r, p + 1, list);
}

/* Room for as many elements as there are, behind them; false: that must be found elsewhere. */
EW_INLINE bool double_in_place(ew_arena *arena, ew_items *list) {
  size_t size = list->capacity * list->size;
  if ((char *)list->items + size != arena->base + arena->used || size > arena->size - arena->used) {
    return false;
  }
  arena->used += size;
  list->capacity *= 2;
  return true;
}

/* The list is not the last thing in the arena, or not small any more. */
EW__SMALL static EW_NOINLINE const char *make_more_room(ew_reader *r, const char *p,
                                                        ew_items *list) {
  list->more = list->capacity < list->rules->max_items;
  if (EW_UNLIKELY(!list->more)) { /* what else is wrong with them is found by who explains it */
    return ew_refuse(r, EW_ERR_COUNT);
  }
  list->items = grow_more(r, list->items, list->rules->max_items, &list->capacity, list->size,
                          list->begin, p);
  list->more = list->items != NULL;
  return EW_LIKELY(list->more) ? p + 1 : NULL;
}

/* p is at the comma in front of an element for which there is no room. */
EW__SMALL static EW_NOINLINE const char *make_room(ew_reader *r, const char *p, ew_items *list) {
  r->accepted = p;
  if (list->capacity >= 4 || list->capacity * 2 > r->limits.max_items ||
      !double_in_place(r->arena, list)) {
    return make_more_room(r, p, list);
  }
  list->more = true;
  return p + 1;
}

/* White space stands there, or what must not, or a value that ends too close to the end. */
EW__SMALL static EW_NOINLINE const char *next_item_slow(ew_reader *r, const char *p,
                                                        ew_items *list, uint32_t count) {
  p = ew_arrive(r, p);
  if (EW_UNLIKELY(p == NULL)) {
    return NULL;
  }
  r->accepted = p;
  p = skip_white(r, p);
  list->more = ew_peek(r, p) == ',';
  if (list->more) {
    return count == list->capacity ? make_room(r, p, list) : p + 1;
  }
  return ew_peek(r, p) == ']' ? p + 1 : ew_refuse(r, EW_ERR_SYNTAX);
}

const char *ew_next_item(ew_reader *r, const char *p, ew_items *list, uint32_t count) {
  list->more = false;
  return *p == ',' ? make_room(r, p, list) : next_item_slow(r, p, list, count);
}

/* The list, and behind it. */
EW_INLINE const char *give_items(ew_reader *r, const char *p, const ew_items *list, uint32_t count,
                                 void *out) {
  ew__store_list(out, (ew__list){list->items, count});
  r->depth_left++;
  return ew_leave(r, p);
}

/* Of so many bytes a refusal elsewhere should not look at its elements again. */
#define LONG_LIST 1024

/* One with more room than it needs. */
EW__SMALL static EW_NOINLINE const char *trim_items(ew_reader *r, const char *p,
                                                    const ew_items *list, uint32_t count,
                                                    void *out) {
  ew_trim(r, list->items, count, list->capacity, list->size);
  if (EW_UNLIKELY(p - list->begin >= LONG_LIST)) {
    ew__note_passed(r, list->begin, p, list->rules);
  }
  return give_items(r, p, list, count, out);
}

EW__SMALL const char *ew_end_items(ew_reader *r, const char *p, const ew_items *list,
                                   uint32_t count, void *out) {
  if (EW_UNLIKELY(p == NULL || count < list->rules->min_items || count > list->rules->max_items)) {
    return ew_give_up(r, EW_ERR_COUNT);
  }
  return EW_LIKELY(count == list->capacity) ? give_items(r, p, list, count, out)
                                            : trim_items(r, p, list, count, out);
}

/* From behind the first element, for which there is room alone. */
EW__SMALL static EW_NOINLINE const char *read_more_items(ew_reader *r, const char *p,
                                                         ew_items *list, ew_item_reader read,
                                                         void *out) {
  uint32_t count = 1;
  for (;;) {
    if (EW_LIKELY(*p == ',') && count != list->capacity) {
      r->accepted = p++;
    } else if (*p == ']') {
      r->accepted = p++;
      break;
    } else {
      p = ew_next_item(r, p, list, count);
      if (!list->more) {
        break;
      }
    }
    p = read(r, p, (char *)list->items + count * list->size);
    count++;
  }
  return ew_end_items(r, p, list, count, out);
}

/* A list that does not begin at once with an element, or for which there is no room. */
EW__SMALL static EW_NOINLINE const char *read_odd_items(ew_reader *r, const char *p,
                                                        const ew_array_rules *rules, size_t size,
                                                        ew_item_reader read, void *out) {
  ew_items list;
  p = ew_first_item(r, p, rules, size, &list);
  return list.more ? read_more_items(r, read(r, p, list.items), &list, read, out)
                   : ew_end_items(r, p, &list, 0, out);
}

/* Many lists have one element. p is at the bracket, the depth was taken already. */
static EW_NOINLINE const char *read_items(ew_reader *r, const char *p,
                                          const ew_array_rules *rules, size_t size,
                                          ew_item_reader read, void *out) {
  void *item = ew__arena_take(r->arena, size, EW__ALIGN);
  if (EW_UNLIKELY(item == NULL)) {
    r->depth_left++;
    return read_odd_items(r, p, rules, size, read, out);
  }
  ew_items list = {.rules = rules, .begin = p, .items = item, .size = size, .capacity = 1};
  p = read(r, p + 1, item);
  if (EW_LIKELY(*p == ']' && rules->min_items <= 1 && rules->max_items != 0)) {
    r->accepted = p++;
    return give_items(r, p, &list, 1, out);
  }
  return read_more_items(r, p, &list, read, out);
}

EW__SMALL const char *ew_read_list(ew_reader *r, const char *p, const ew_array_rules *rules,
                                   size_t size, ew_item_reader read, void *out) {
  if (EW_UNLIKELY(p + 2 >= r->key_end || p[0] != '[' || (unsigned char)p[1] <= ' ' ||
                  !ew_may_descend(r) || (p[1] == ']' && rules->min_items != 0))) {
    return read_odd_items(r, p, rules, size, read, out);
  }
  if (p[1] == ']') {
    return p + 2;
  }
  r->depth_left--;
  return read_items(r, p, rules, size, read, out);
}

/* -------------------------------------------------------------------------------------------- whole message */

/* The end of the first positions, most of them at most, from which size bytes may be read. */
EW__SMALL static EW_NOINLINE const char *end_for(const ew_reader *r, size_t most,
                                                 size_t readable, size_t size) {
  size_t positions = readable < size ? 0 : readable - size + 1;
  return r->begin + (positions < most ? positions : most);
}

EW__SMALL void ew__bound_loads(ew_reader *r, uint32_t readable_after) {
  size_t len = (size_t)(r->end - r->begin);
  size_t readable = len + readable_after;
  bool is_apart = readable_after != 0 && ew__ends_keys(*r->end);
  r->fast_end = end_for(r, len, readable, EW_BLOCK + 1);
  r->key_end = is_apart ? end_for(r, len + 1, readable, EW_LONGEST_KEY)
                        : end_for(r, len, len, EW_LONGEST_KEY);
}

EW__SMALL void ew__reader_open(ew_reader *r, ew_str json, ew_arena *arena, const ew_limits *limits,
                               uint32_t readable_after) {
  ew__open_reader(r, json, arena, limits);
  ew__bound_loads(r, readable_after);
}
