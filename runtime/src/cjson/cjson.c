#include "eventwire/cjson.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../codec/scan_internal.h"

#define MAX_DEPTH 1000u

static ew_err build(ew_raw raw, uint32_t depth, cJSON **out);

/* A NUL-terminated copy without escapes; the caller frees it. */
static ew_err copy_text(ew_str text, bool is_escaped, char **out) {
  ew__span span = {text.ptr, text.len, is_escaped};
  char *copy = (char *)malloc((size_t)text.len + 1);
  if (copy == NULL) {
    return EW_ERR_NOMEM;
  }
  ew_arena room;
  ew_str plain;
  ew_arena_init(&room, copy, text.len);
  ew_err err = ew__span_take(span, 0, &room, &plain);
  if (err == EW_OK && plain.len > 0 && memchr(plain.ptr, '\0', plain.len) != NULL) {
    err = EW_ERR_UNSUPPORTED;
  }
  if (err != EW_OK) {
    free(copy);
    return err;
  }
  if (!is_escaped && plain.len > 0) {
    memcpy(copy, plain.ptr, plain.len);
  }
  copy[plain.len] = '\0';
  *out = copy;
  return EW_OK;
}

static bool has_escape(ew_str text) {
  return text.len != 0 && memchr(text.ptr, '\\', text.len) != NULL;
}

static ew_err build_string(ew_raw raw, cJSON **out) {
  ew_str inside = ew_str_from(raw.json.ptr + 1, (size_t)raw.json.len - 2);
  char *text = NULL;
  ew_err err = copy_text(inside, has_escape(inside), &text);
  if (err != EW_OK) {
    return err;
  }
  *out = cJSON_CreateString(text);
  free(text);
  return *out == NULL ? EW_ERR_NOMEM : EW_OK;
}

/* Only integers up to 2^53 and short decimals are sure to come back as they were. */
static bool is_exact(const ew__number *number) {
  return number->plain && !number->cut && number->exponent == 0 &&
         number->mantissa <= (UINT64_C(1) << 53);
}

static ew_err build_number(ew_raw raw, cJSON **out) {
  ew__number number;
  ew__fault fault = {EW_OK, NULL, NULL};
  double value = 0;
  if (ew__scan_number(raw.json.ptr, raw.json.ptr + raw.json.len, &number, &fault) == NULL) {
    return fault.err;
  }
  if (is_exact(&number) && ew__parse_double(&number, &value) == EW_OK) {
    *out = cJSON_CreateNumber(value);
    return *out == NULL ? EW_ERR_NOMEM : EW_OK;
  }
  char shortest[EW__DOUBLE_CHARS];
  if (ew__parse_double(&number, &value) == EW_OK) {
    size_t len = (size_t)(ew__print_double(value, shortest) - shortest);
    if (len == raw.json.len && memcmp(shortest, raw.json.ptr, len) == 0) {
      *out = cJSON_CreateNumber(value);
      return *out == NULL ? EW_ERR_NOMEM : EW_OK;
    }
  }
  char *digits = (char *)malloc((size_t)raw.json.len + 1);
  if (digits == NULL) {
    return EW_ERR_NOMEM;
  }
  memcpy(digits, raw.json.ptr, raw.json.len);
  digits[raw.json.len] = '\0';
  *out = cJSON_CreateRaw(digits);
  free(digits);
  return *out == NULL ? EW_ERR_NOMEM : EW_OK;
}

static ew_err add_child(cJSON *parent, ew_str key, cJSON *child) {
  if (cJSON_IsArray(parent)) {
    return cJSON_AddItemToArray(parent, child) ? EW_OK : EW_ERR_NOMEM;
  }
  char *name = NULL;
  ew_err err = copy_text(key, has_escape(key), &name);
  if (err == EW_OK && !cJSON_AddItemToObject(parent, name, child)) {
    err = EW_ERR_NOMEM;
  }
  free(name);
  return err;
}

static ew_err build_children(ew_raw raw, uint32_t depth, cJSON *parent) {
  size_t cursor = 0;
  ew_str key;
  ew_raw value;
  while (ew_raw_next(raw, &cursor, &key, &value)) {
    cJSON *child = NULL;
    ew_err err = build(value, depth, &child);
    if (err == EW_OK) {
      err = add_child(parent, key, child);
    }
    if (err != EW_OK) {
      cJSON_Delete(child);
      return err;
    }
  }
  return EW_OK;
}

static ew_err build_parent(ew_raw raw, uint32_t depth, cJSON *parent, cJSON **out) {
  if (parent == NULL) {
    return EW_ERR_NOMEM;
  }
  ew_err err = depth == 0 ? EW_ERR_DEPTH : build_children(raw, depth - 1, parent);
  if (err != EW_OK) {
    cJSON_Delete(parent);
    return err;
  }
  *out = parent;
  return EW_OK;
}

static ew_err build(ew_raw raw, uint32_t depth, cJSON **out) {
  switch (ew_raw_type(raw)) {
  case EW_JSON_NULL:
    *out = cJSON_CreateNull();
    break;
  case EW_JSON_BOOL:
    *out = cJSON_CreateBool(raw.json.ptr[0] == 't');
    break;
  case EW_JSON_NUMBER:
    return build_number(raw, out);
  case EW_JSON_STRING:
    return build_string(raw, out);
  case EW_JSON_ARRAY:
    return build_parent(raw, depth, cJSON_CreateArray(), out);
  case EW_JSON_OBJECT:
    return build_parent(raw, depth, cJSON_CreateObject(), out);
  case EW_JSON_NONE:
    return EW_ERR_ARGUMENT;
  }
  return *out == NULL ? EW_ERR_NOMEM : EW_OK;
}

ew_err ew_raw_to_cjson(ew_raw raw, cJSON **out) {
  *out = NULL;
  return build(raw, MAX_DEPTH, out);
}

/* cJSON prints null for a number that is none, and a tree of any depth on the C stack. */
static ew_err judge(const cJSON *item, uint32_t depth) {
  if (cJSON_IsNumber(item)) {
    return isfinite(item->valuedouble) ? EW_OK : EW_ERR_RANGE;
  }
  ew_err err = depth == 0 && item->child != NULL ? EW_ERR_DEPTH : EW_OK;
  for (const cJSON *child = item->child; child != NULL && err == EW_OK; child = child->next) {
    err = judge(child, depth - 1);
  }
  return err;
}

ew_err ew_raw_from_cjson(const cJSON *item, ew_arena *arena, ew_raw *out) {
  ew_err err = item == NULL ? EW_ERR_ARGUMENT : judge(item, MAX_DEPTH);
  if (err != EW_OK) {
    return err;
  }
  char *text = cJSON_PrintUnformatted(item);
  if (text == NULL) {
    return EW_ERR_NOMEM;
  }
  size_t mark = ew_arena_mark(arena);
  ew_str copy;
  err = ew_json_check(ew_str_of(text), MAX_DEPTH, NULL);
  if (err == EW_OK && !ew_arena_copy(arena, ew_str_of(text), &copy)) {
    ew_arena_rewind(arena, mark);
    err = EW_ERR_ARENA_FULL;
  }
  if (err == EW_OK) {
    out->json = copy;
  }
  cJSON_free(text);
  return err;
}
