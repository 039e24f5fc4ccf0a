#include "peers.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------- jansson */

void *jansson_parse(ew_str json, bool refuse_duplicates) {
  json_error_t error;
  size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
  return json_loadb(json.ptr, json.len, flags | (refuse_duplicates ? JSON_REJECT_DUPLICATES : 0),
                    &error);
}

void jansson_free(void *tree) { json_decref((json_t *)tree); }

static ew_json_type jansson_type(const void *tree) {
  const json_t *value = (const json_t *)tree;
  switch (json_typeof(value)) {
  case JSON_OBJECT:
    return EW_JSON_OBJECT;
  case JSON_ARRAY:
    return EW_JSON_ARRAY;
  case JSON_STRING:
    return EW_JSON_STRING;
  case JSON_INTEGER:
  case JSON_REAL:
    return EW_JSON_NUMBER;
  case JSON_TRUE:
  case JSON_FALSE:
    return EW_JSON_BOOL;
  case JSON_NULL:
    return EW_JSON_NULL;
  }
  return EW_JSON_NONE;
}

static bool jansson_truth(const void *tree) { return json_is_true((const json_t *)tree); }

static ew_str jansson_string(const void *tree) {
  const json_t *value = (const json_t *)tree;
  return ew_str_from(json_string_value(value), json_string_length(value));
}

static size_t jansson_count(const void *tree) {
  const json_t *value = (const json_t *)tree;
  return json_is_array(value) ? json_array_size(value) : json_object_size(value);
}

static const void *jansson_element(const void *tree, size_t index) {
  return json_array_get((const json_t *)tree, index);
}

static const void *jansson_member(const void *tree, ew_str name, size_t *times) {
  const void *found = json_object_getn((const json_t *)tree, name.ptr, name.len);
  *times = found != NULL;
  return found;
}

static bool jansson_is_int(const void *tree, int64_t value) {
  const json_t *number = (const json_t *)tree;
  return json_is_integer(number) ? json_integer_value(number) == value
                                 : json_real_value(number) == (double)value;
}

static bool jansson_is_uint(const void *tree, uint64_t value) {
  const json_t *number = (const json_t *)tree;
  return json_is_integer(number)
             ? value <= INT64_MAX && json_integer_value(number) == (int64_t)value
             : json_real_value(number) == (double)value;
}

static bool jansson_is_double(const void *tree, double value) {
  const json_t *number = (const json_t *)tree;
  double theirs = json_number_value(number);
  return json_is_integer(number) ? theirs == value : memcmp(&theirs, &value, sizeof(value)) == 0;
}

static bool jansson_is_text(const void *tree, ew_str json) {
  json_t *other = (json_t *)jansson_parse(json, false);
  bool same = other != NULL && json_equal((const json_t *)tree, other) == 1;
  json_decref(other);
  return same;
}

const peer_ops JANSSON = {"jansson",       jansson_type,    jansson_truth,   jansson_string,
                          jansson_count,   jansson_element, jansson_member,  jansson_is_int,
                          jansson_is_uint, jansson_is_double, jansson_is_text};

/* --------------------------------------------------------------------------------------- cJSON */

void *cjson_parse(ew_str json, size_t *length) {
  const char *end = NULL;
  cJSON *tree = json.len == 0 ? NULL : cJSON_ParseWithLengthOpts(json.ptr, json.len, &end, 0);
  *length = tree == NULL ? 0 : (size_t)(end - json.ptr);
  while (tree != NULL && *length < json.len && strchr(" \n\r\t", json.ptr[*length]) != NULL &&
         json.ptr[*length] != '\0') {
    ++*length;
  }
  return tree;
}

void cjson_free(void *tree) { cJSON_Delete((cJSON *)tree); }

static ew_json_type cjson_type(const void *tree) {
  switch (((const cJSON *)tree)->type & 0xff) {
  case cJSON_Object:
    return EW_JSON_OBJECT;
  case cJSON_Array:
    return EW_JSON_ARRAY;
  case cJSON_String:
    return EW_JSON_STRING;
  case cJSON_Number:
    return EW_JSON_NUMBER;
  case cJSON_True:
  case cJSON_False:
    return EW_JSON_BOOL;
  case cJSON_NULL:
    return EW_JSON_NULL;
  default:
    return EW_JSON_NONE;
  }
}

static bool cjson_truth(const void *tree) { return cJSON_IsTrue((const cJSON *)tree) != 0; }

static ew_str cjson_string(const void *tree) {
  return ew_str_of(((const cJSON *)tree)->valuestring);
}

static size_t cjson_count(const void *tree) {
  size_t count = 0;
  for (const cJSON *c = ((const cJSON *)tree)->child; c != NULL; c = c->next) {
    count++;
  }
  return count;
}

static const void *cjson_element(const void *tree, size_t index) {
  const cJSON *c = ((const cJSON *)tree)->child;
  while (c != NULL && index-- > 0) {
    c = c->next;
  }
  return c;
}

static const void *cjson_member(const void *tree, ew_str name, size_t *times) {
  const cJSON *found = NULL;
  *times = 0;
  for (const cJSON *c = ((const cJSON *)tree)->child; c != NULL; c = c->next) {
    if (ew_str_equal(ew_str_of(c->string), name)) {
      found = found == NULL ? c : found;
      ++*times;
    }
  }
  return found;
}

static bool cjson_is_int(const void *tree, int64_t value) {
  return ((const cJSON *)tree)->valuedouble == (double)value;
}

static bool cjson_is_uint(const void *tree, uint64_t value) {
  return ((const cJSON *)tree)->valuedouble == (double)value;
}

static bool cjson_is_double(const void *tree, double value) {
  double theirs = ((const cJSON *)tree)->valuedouble;
  return memcmp(&theirs, &value, sizeof(value)) == 0;
}

/* Equality of its own would take numbers as equal that are only near. */
static bool cjson_same(const cJSON *a, const cJSON *b) {
  if ((a->type & 0xff) != (b->type & 0xff) || (a->string == NULL) != (b->string == NULL) ||
      (a->string != NULL && strcmp(a->string, b->string) != 0)) {
    return false;
  }
  if (cJSON_IsString(a) && strcmp(a->valuestring, b->valuestring) != 0) {
    return false;
  }
  if (cJSON_IsNumber(a) && a->valuedouble != b->valuedouble) {
    return false;
  }
  const cJSON *x = a->child;
  const cJSON *y = b->child;
  for (; x != NULL && y != NULL; x = x->next, y = y->next) {
    if (!cjson_same(x, y)) {
      return false;
    }
  }
  return x == y;
}

static bool cjson_is_text(const void *tree, ew_str json) {
  size_t length;
  cJSON *other = (cJSON *)cjson_parse(json, &length);
  cJSON *bare = other;
  cJSON mine = *(const cJSON *)tree;
  mine.string = NULL; /* the text has no name */
  bool same = bare != NULL && length == json.len && cjson_same(&mine, bare);
  cJSON_Delete(other);
  return same;
}

const peer_ops CJSON = {"cJSON",       cjson_type,    cjson_truth,   cjson_string,
                        cjson_count,   cjson_element, cjson_member,  cjson_is_int,
                        cjson_is_uint, cjson_is_double, cjson_is_text};

/* -------------------------------------------------------------------------- looking at the text */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t digits(ew_str s, size_t at) {
  size_t n = 0;
  while (at + n < s.len && is_digit(s.ptr[at + n])) {
    n++;
  }
  return n;
}

/** A number by the grammar of RFC 8259. */
typedef struct numeral {
  size_t len; /* 0: none stands here */
  bool integer;
} numeral;

static numeral numeral_at(ew_str s, size_t begin) {
  numeral none = {0, false};
  size_t at = begin + (begin < s.len && s.ptr[begin] == '-');
  size_t whole = digits(s, at);
  if (whole == 0) {
    return none;
  }
  whole = s.ptr[at] == '0' ? 1 : whole;
  numeral n = {at + whole - begin, true};
  at += whole;
  if (at < s.len && s.ptr[at] == '.' && digits(s, at + 1) > 0) {
    at += 1 + digits(s, at + 1);
    n = (numeral){at - begin, false};
  }
  if (at < s.len && (s.ptr[at] == 'e' || s.ptr[at] == 'E')) {
    at++;
    at += at < s.len && (s.ptr[at] == '+' || s.ptr[at] == '-');
    if (digits(s, at) > 0) {
      n = (numeral){at + digits(s, at) - begin, false};
    }
  }
  return n;
}

/* Where the string that opens at `at` has its closing quote; the length when there is none. */
static size_t closing_quote(ew_str s, size_t at) {
  for (at++; at < s.len && s.ptr[at] != '"'; at++) {
    at += s.ptr[at] == '\\';
  }
  return at < s.len ? at : s.len;
}

static size_t behind_string(ew_str s, size_t at) {
  size_t quote = closing_quote(s, at);
  return quote < s.len ? quote + 1 : s.len;
}

static bool nul_escape_at(ew_str s, size_t at) {
  return s.len - at >= 6 && memcmp(s.ptr + at, "\\u0000", 6) == 0;
}

static bool holds_nul_escape(ew_str s, size_t begin, size_t end) {
  for (size_t at = begin; at < end; at++) {
    if (s.ptr[at] == '\\') {
      if (nul_escape_at(s, at)) {
        return true;
      }
      at++;
    }
  }
  return false;
}

bool has_escaped_nul(ew_str json) {
  for (size_t at = 0; at < json.len;) {
    size_t end = json.ptr[at] == '"' ? behind_string(json, at) : at + 1;
    if (end > at + 1 && holds_nul_escape(json, at + 1, end)) {
      return true;
    }
    at = end;
  }
  return false;
}

static bool is_white(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/* Bytes of the character at `at` by table 3-7 of Unicode, 0 when there is none. */
static size_t character(ew_str s, size_t at) {
  const unsigned char *p = (const unsigned char *)s.ptr + at;
  size_t left = s.len - at;
  size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
  if (n == 0 || n > left || p[0] > 0xf7) {
    return 0;
  }
  uint32_t point = n == 1 ? p[0] : p[0] & (0x7fu >> n);
  for (size_t i = 1; i < n; i++) {
    if ((p[i] & 0xc0) != 0x80) {
      return 0;
    }
    point = point << 6 | (p[i] & 0x3f);
  }
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  bool surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < least[n] || point > 0x10ffff || surrogate ? 0 : n;
}

size_t utf8_stop(ew_str json) {
  size_t at = 0;
  while (at < json.len) {
    size_t n = character(json, at);
    if (n == 0) {
      return at;
    }
    at += n;
  }
  return at;
}

size_t nesting(ew_str json, size_t length) {
  size_t depth = 0;
  size_t deepest = 0;
  for (size_t at = 0; at < length;) {
    char c = json.ptr[at];
    depth += c == '[' || c == '{';
    depth -= depth > 0 && (c == ']' || c == '}');
    deepest = depth > deepest ? depth : deepest;
    at = c == '"' ? behind_string(json, at) : at + 1;
  }
  return deepest;
}

/* --------------------------------------------------------------------------------------- views */

static double value_of(ew_str s, size_t at, size_t len, pool *p) {
  char *digits_copy = (char *)pool_take(p, len + 1);
  memcpy(digits_copy, s.ptr + at, len);
  digits_copy[len] = '\0';
  return strtod(digits_copy, NULL);
}

static bool over_int64(ew_str s, size_t at, size_t len, pool *p) {
  char *copy = (char *)pool_take(p, len + 1);
  memcpy(copy, s.ptr + at, len);
  copy[len] = '\0';
  errno = 0;
  (void)strtoll(copy, NULL, 10);
  return errno == ERANGE;
}

static size_t view_jansson_number(ew_str s, size_t at, pool *p, text *out, uint32_t *classes) {
  numeral n = numeral_at(s, at);
  if (n.len == 0) {
    text_add(out, s.ptr + at, 1);
    return at + 1;
  }
  bool big_integer = n.integer && over_int64(s, at, n.len, p);
  bool big_double = !n.integer && isinf(value_of(s, at, n.len, p));
  *classes |= big_integer ? BIT(JANSSON_BIG_INTEGER) : 0;
  *classes |= big_double ? BIT(JANSSON_BIG_DOUBLE) : 0;
  if (big_integer || big_double) {
    text_add(out, "x", 1);
  } else {
    text_add(out, s.ptr + at, n.len);
  }
  return at + n.len;
}

static size_t letters(ew_str s, size_t at) {
  size_t n = 0;
  while (at + n < s.len && ((s.ptr[at + n] >= 'a' && s.ptr[at + n] <= 'z') ||
                            (s.ptr[at + n] >= 'A' && s.ptr[at + n] <= 'Z'))) {
    n++;
  }
  return n;
}

/* What jansson has looked at and puts back is lost when it is NUL. */
static size_t view_jansson_end(ew_str s, size_t at, text *out, uint32_t *classes) {
  bool lost = at < s.len && s.ptr[at] == '\0';
  *classes |= lost ? BIT(JANSSON_NUL_BEHIND) : 0;
  text_add(out, " ", lost);
  return at + lost;
}

static bool is_name(ew_str s, size_t behind) {
  while (behind < s.len && is_white(s.ptr[behind])) {
    behind++;
  }
  return behind < s.len && s.ptr[behind] == ':';
}

ew_str jansson_view(ew_str json, pool *p, uint32_t *classes) {
  text out = {(char *)pool_take(p, (size_t)json.len + 1), json.len, 0};
  for (size_t at = 0; at < json.len;) {
    char c = json.ptr[at];
    if (c == '"') {
      size_t end = behind_string(json, at);
      bool refused = is_name(json, end) && holds_nul_escape(json, at + 1, end);
      *classes |= refused ? BIT(JANSSON_NUL_IN_NAME) : 0;
      text_add(&out, refused ? "x" : json.ptr + at, refused ? 1 : end - at);
      at = end;
    } else if (c == '-' || is_digit(c)) {
      at = view_jansson_end(json, view_jansson_number(json, at, p, &out, classes), &out, classes);
    } else if (letters(json, at) > 0) {
      size_t n = letters(json, at);
      text_add(&out, json.ptr + at, n);
      at = view_jansson_end(json, at + n, &out, classes);
    } else {
      text_add(&out, &c, 1);
      at++;
    }
  }
  return ew_str_from(out.ptr, out.len);
}

/* \u and four bytes, whatever they are, when the string goes on so long. */
static size_t view_cjson_escape(ew_str s, size_t at, size_t quote, text *out, uint32_t *classes) {
  if (at + 1 == quote) { /* its pair was taken for a digit: now it escapes the closing quote */
    text_add(out, "\\\"", 2);
    return at + 1;
  }
  if (s.ptr[at + 1] != 'u' || quote - at < 6) {
    text_add(out, s.ptr + at, 2);
    return at + 2;
  }
  bool hex = true;
  for (size_t i = 2; i < 6; i++) {
    hex = hex && s.ptr[at + i] != '\0' && strchr("0123456789abcdefABCDEF", s.ptr[at + i]) != NULL;
  }
  *classes |= hex ? 0 : BIT(CJSON_BAD_HEX);
  text_add(out, hex ? s.ptr + at : "\\u0000", 6);
  return at + 6;
}

static size_t view_cjson_string(ew_str s, size_t begin, text *out, uint32_t *classes) {
  size_t quote = closing_quote(s, begin);
  text_add(out, "\"", 1);
  for (size_t at = begin + 1; at < quote;) {
    size_t n = character(s, at);
    if (s.ptr[at] == '\\') {
      at = view_cjson_escape(s, at, quote, out, classes);
    } else if (n == 0 || (unsigned char)s.ptr[at] < ' ') {
      *classes |= n == 0 ? BIT(CJSON_BAD_UTF8) : BIT(CJSON_CONTROL);
      text_add(out, "?", 1);
      at++;
    } else {
      /* A quote whose backslash was taken for a digit. */
      text_add(out, "\\", s.ptr[at] == '"');
      text_add(out, s.ptr + at, n);
      at += n;
    }
  }
  text_add(out, "\"", quote < s.len);
  return quote < s.len ? quote + 1 : s.len;
}

/* cJSON 1.7 copies a number to 64 bytes and so cuts it; distributions have mended that. */
#define CJSON_NUMBER_BYTES 63u

static bool cjson_cuts_numbers(void) {
  char number[CJSON_NUMBER_BYTES + 1];
  memset(number, '1', sizeof(number));
  size_t length;
  void *tree = cjson_parse(ew_str_from(number, sizeof(number)), &length);
  cjson_free(tree);
  return tree == NULL || length < sizeof(number);
}

static size_t cjson_number_bytes(ew_str s, size_t at) {
  size_t len = 0;
  while (at + len < s.len && s.ptr[at + len] != '\0' &&
         strchr("0123456789+-eE.", s.ptr[at + len]) != NULL) {
    len++;
  }
  return len >= CJSON_NUMBER_BYTES && cjson_cuts_numbers() ? CJSON_NUMBER_BYTES : len;
}

static size_t view_cjson_number(ew_str s, size_t at, pool *p, text *out, uint32_t *classes) {
  size_t len = cjson_number_bytes(s, at);
  char *copy = (char *)pool_take(p, len + 1);
  memcpy(copy, s.ptr + at, len);
  copy[len] = '\0';
  char *end = copy;
  (void)strtod(copy, &end);
  size_t taken = (size_t)(end - copy);
  if (taken == 0) {
    text_add(out, "x", 1);
    return at + 1;
  }
  bool valid = numeral_at(ew_str_from(copy, taken), 0).len == taken;
  bool cut = len == CJSON_NUMBER_BYTES && cjson_cuts_numbers();
  *classes |= valid ? 0 : BIT(CJSON_NUMBER);
  *classes |= cut ? BIT(CJSON_LONG_NUMBER) : 0;
  text_add(out, valid ? copy : "0", valid ? taken : 1);
  text_add(out, " ", cut || !valid || taken < len); /* what follows is not part of it */
  return at + taken;
}

ew_str cjson_view(ew_str json, size_t length, pool *p, uint32_t *classes) {
  bool marked = json.len > 4 && memcmp(json.ptr, "\xef\xbb\xbf", 3) == 0; /* 4 are not enough */
  size_t room = (size_t)json.len * 3 + 8;
  text out = {(char *)pool_take(p, room), room, 0};
  size_t at = 0;
  json.len = (uint32_t)length;
  if (marked) {
    *classes |= BIT(CJSON_BOM);
    at = 3;
  }
  while (at < json.len) {
    char c = json.ptr[at];
    if (c == '"') {
      at = view_cjson_string(json, at, &out, classes);
    } else if (c == '-' || is_digit(c)) {
      at = view_cjson_number(json, at, p, &out, classes);
    } else {
      bool white = (unsigned char)c < ' ' && !is_white(c);
      *classes |= white ? BIT(CJSON_WHITE) : 0;
      text_add(&out, white ? " " : &c, 1);
      at++;
    }
  }
  return ew_str_from(out.ptr, out.len);
}
