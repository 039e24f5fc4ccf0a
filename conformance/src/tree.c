#include "tree_internal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 128

static cJSON *new_node(int type, char *owned_text, int line) {
  cJSON *node = owned_text == NULL ? NULL : cJSON_CreateNull();
  if (node == NULL) {
    cJSON_free(owned_text);
    return NULL;
  }
  node->type = type;
  node->valuestring = owned_text;
  node->valueint = line;
  return node;
}

/* Every U+0000 takes one byte more than it had. */
static char *copy_without_nul(const char *bytes, size_t len) {
  size_t nuls = 0;
  for (size_t i = 0; i < len; i++) {
    nuls += bytes[i] == '\0';
  }
  char *copy = cJSON_malloc(len + nuls + 1);
  if (copy == NULL) {
    return NULL;
  }
  char *to = copy;
  for (size_t i = 0; i < len; i++) {
    if (bytes[i] == '\0') {
      *to++ = '\xC0';
      *to++ = '\x80';
    } else {
      *to++ = bytes[i];
    }
  }
  *to = '\0';
  return copy;
}

cJSON *ew__tree_text(const char *bytes, size_t len, int line) {
  return new_node(cJSON_String, copy_without_nul(bytes, len), line);
}

cJSON *ew__tree_number(const char *digits, size_t len, int line) {
  cJSON *node = new_node(cJSON_Number, copy_without_nul(digits, len), line);
  if (node != NULL) {
    node->valuedouble = strtod(node->valuestring, NULL);
  }
  return node;
}

bool ew__tree_add(cJSON *parent, const char *name, cJSON *value) {
  if (value == NULL) {
    return false;
  }
  cJSON_bool added = name == NULL ? cJSON_AddItemToArray(parent, value)
                                  : cJSON_AddItemToObject(parent, name, value);
  if (!added) {
    cJSON_Delete(value);
  }
  return added != 0;
}

/* ------------------------------------------------------------------------------------------------ reading */

/* The text has passed ew_json_check(), so only memory can fail here. */
typedef struct reader {
  const char *p;
  const char *end;
} reader;

static cJSON *read_value(reader *r);

static void skip_space(reader *r) {
  while (r->p < r->end && strchr(" \t\r\n", *r->p) != NULL) {
    r->p++;
  }
}

static unsigned hex_digit(char c) {
  return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

static uint32_t read_hex4(reader *r) {
  uint32_t unit = 0;
  for (int i = 0; i < 4; i++) {
    unit = unit << 4 | hex_digit(*r->p++);
  }
  return unit;
}

static size_t put_code_point(char *to, uint32_t code) {
  if (code != 0 && code < 0x80) {
    to[0] = (char)code;
    return 1;
  }
  if (code < 0x800) { /* U+0000 too: C0 80 */
    to[0] = (char)(0xC0 | code >> 6);
    to[1] = (char)(0x80 | (code & 0x3F));
    return 2;
  }
  if (code < 0x10000) {
    to[0] = (char)(0xE0 | code >> 12);
    to[1] = (char)(0x80 | (code >> 6 & 0x3F));
    to[2] = (char)(0x80 | (code & 0x3F));
    return 3;
  }
  to[0] = (char)(0xF0 | code >> 18);
  to[1] = (char)(0x80 | (code >> 12 & 0x3F));
  to[2] = (char)(0x80 | (code >> 6 & 0x3F));
  to[3] = (char)(0x80 | (code & 0x3F));
  return 4;
}

static uint32_t read_unicode_escape(reader *r) {
  uint32_t high = read_hex4(r);
  if (high < 0xD800 || high > 0xDBFF) {
    return high;
  }
  r->p += 2; /* the check has seen the other half */
  return 0x10000 + ((high - 0xD800) << 10) + (read_hex4(r) - 0xDC00);
}

static size_t read_escape(reader *r, char *to) {
  static const char names[] = "bfnrt\"\\/";
  static const char values[] = "\b\f\n\r\t\"\\/";
  char c = *r->p++;
  if (c == 'u') {
    return put_code_point(to, read_unicode_escape(r));
  }
  to[0] = values[strchr(names, c) - names];
  return 1;
}

/* The unescaped text is never longer than the escaped one. */
static char *read_text(reader *r) {
  const char *close = ++r->p;
  while (*close != '"') {
    close += *close == '\\' ? 2 : 1;
  }
  char *text = cJSON_malloc((size_t)(close - r->p) + 1);
  if (text == NULL) {
    return NULL;
  }
  char *to = text;
  while (r->p < close) {
    if (*r->p == '\\') {
      r->p++;
      to += read_escape(r, to);
    } else {
      *to++ = *r->p++;
    }
  }
  *to = '\0';
  r->p = close + 1;
  return text;
}

static bool read_member(reader *r, cJSON *object) {
  char *name = read_text(r);
  if (name == NULL) {
    return false;
  }
  skip_space(r);
  r->p++; /* ':' */
  bool ok = ew__tree_add(object, name, read_value(r));
  cJSON_free(name);
  return ok;
}

static cJSON *read_container(reader *r, cJSON *node) {
  bool is_object = *r->p++ == '{';
  skip_space(r);
  bool ok = node != NULL;
  while (ok && *r->p != '}' && *r->p != ']') {
    ok = is_object ? read_member(r, node) : ew__tree_add(node, NULL, read_value(r));
    skip_space(r);
    if (ok && *r->p == ',') {
      r->p++;
      skip_space(r);
    }
  }
  if (!ok) {
    cJSON_Delete(node);
    return NULL;
  }
  r->p++;
  return node;
}

static cJSON *read_number(reader *r) {
  const char *start = r->p;
  while (r->p < r->end && strchr("+-.0123456789eE", *r->p) != NULL) {
    r->p++;
  }
  return ew__tree_number(start, (size_t)(r->p - start), 0);
}

static cJSON *read_value(reader *r) {
  skip_space(r);
  switch (*r->p) {
  case '{':
    return read_container(r, cJSON_CreateObject());
  case '[':
    return read_container(r, cJSON_CreateArray());
  case '"':
    return new_node(cJSON_String, read_text(r), 0);
  case 't':
    r->p += 4;
    return cJSON_CreateTrue();
  case 'f':
    r->p += 5;
    return cJSON_CreateFalse();
  case 'n':
    r->p += 4;
    return cJSON_CreateNull();
  default:
    return read_number(r);
  }
}

ew_err ew__tree_parse(ew_str json, cJSON **out, ew_diag *diag) {
  ew_err err = ew_json_check(json, MAX_DEPTH, diag);
  if (err != EW_OK) {
    return err;
  }
  reader r = {json.ptr, json.ptr + json.len};
  cJSON *node = read_value(&r);
  if (node == NULL) {
    return EW_ERR_NOMEM;
  }
  node->valueint = 0;
  *out = node;
  return EW_OK;
}

/* ------------------------------------------------------------------------------------------------ writing */

/* Returns the bytes taken from text: two for C0 80. */
static size_t write_character(const char *text, ew__ctext *out) {
  unsigned char c = (unsigned char)text[0];
  if (c == 0xC0) {
    ew__ctext_puts(out, "\\u0000");
    return 2;
  }
  if (c == '"' || c == '\\') {
    ew__ctext_printf(out, "\\%c", c);
  } else if (c == '\n') {
    ew__ctext_puts(out, "\\n");
  } else if (c < 0x20) {
    ew__ctext_printf(out, "\\u%04x", c);
  } else {
    ew__ctext_append(out, text, 1);
  }
  return 1;
}

static void write_text(const char *text, ew__ctext *out) {
  ew__ctext_puts(out, "\"");
  while (*text != '\0') {
    text += write_character(text, out);
  }
  ew__ctext_puts(out, "\"");
}

static void write_children(const cJSON *node, ew__ctext *out) {
  bool is_object = cJSON_IsObject(node) != 0;
  ew__ctext_puts(out, is_object ? "{" : "[");
  for (const cJSON *child = node->child; child != NULL; child = child->next) {
    if (is_object) {
      write_text(child->string, out);
      ew__ctext_puts(out, ":");
    }
    ew__tree_write(child, out);
    ew__ctext_puts(out, child->next != NULL ? "," : "");
  }
  ew__ctext_puts(out, is_object ? "}" : "]");
}

void ew__tree_write(const cJSON *node, ew__ctext *out) {
  if (cJSON_IsString(node)) {
    write_text(node->valuestring, out);
  } else if (cJSON_IsNumber(node)) {
    ew__ctext_puts(out, node->valuestring);
  } else if (cJSON_IsBool(node)) {
    ew__ctext_puts(out, cJSON_IsTrue(node) ? "true" : "false");
  } else if (cJSON_IsNull(node)) {
    ew__ctext_puts(out, "null");
  } else {
    write_children(node, out);
  }
}

/* ---------------------------------------------------------------------------------------------- comparing */

static bool only_digits(const char *text) { return strspn(text, "0123456789") == strlen(text); }

bool ew__tree_is_integer(const cJSON *node) {
  if (!cJSON_IsNumber(node)) {
    return false;
  }
  const char *digits = node->valuestring;
  return only_digits(digits + (digits[0] == '-'));
}

static int sign_of(int value) { return (value > 0) - (value < 0); }

/* JSON allows no leading zeros, so the longer of two magnitudes is the larger. */
static int compare_magnitudes(const char *a, const char *b) {
  size_t a_len = strlen(a);
  size_t b_len = strlen(b);
  if (a_len != b_len) {
    return a_len < b_len ? -1 : 1;
  }
  return sign_of(strcmp(a, b));
}

static int compare_integers(const char *a, const char *b) {
  bool a_negative = a[0] == '-' && strcmp(a, "-0") != 0;
  bool b_negative = b[0] == '-' && strcmp(b, "-0") != 0;
  if (a_negative != b_negative) {
    return a_negative ? -1 : 1;
  }
  int order = compare_magnitudes(a + (a[0] == '-'), b + (b[0] == '-'));
  return a_negative ? -order : order;
}

int ew__tree_compare(const cJSON *a, const cJSON *b) {
  if (ew__tree_is_integer(a) && ew__tree_is_integer(b)) {
    return compare_integers(a->valuestring, b->valuestring);
  }
  return (a->valuedouble > b->valuedouble) - (a->valuedouble < b->valuedouble);
}

static bool equal_arrays(const cJSON *a, const cJSON *b) {
  const cJSON *x = a->child;
  const cJSON *y = b->child;
  while (x != NULL && y != NULL) {
    if (!ew__tree_equal(x, y)) {
      return false;
    }
    x = x->next;
    y = y->next;
  }
  return x == NULL && y == NULL;
}

static bool equal_objects(const cJSON *a, const cJSON *b) {
  if (cJSON_GetArraySize(a) != cJSON_GetArraySize(b)) {
    return false;
  }
  for (const cJSON *member = a->child; member != NULL; member = member->next) {
    const cJSON *other = ew__tree_get(b, member->string);
    if (other == NULL || !ew__tree_equal(member, other)) {
      return false;
    }
  }
  return true;
}

bool ew__tree_equal(const cJSON *a, const cJSON *b) {
  if ((a->type & 0xFF) != (b->type & 0xFF)) {
    return false;
  }
  if (cJSON_IsString(a)) {
    return strcmp(a->valuestring, b->valuestring) == 0;
  }
  if (cJSON_IsNumber(a)) {
    return ew__tree_compare(a, b) == 0;
  }
  if (cJSON_IsObject(a)) {
    return equal_objects(a, b);
  }
  return !cJSON_IsArray(a) || equal_arrays(a, b);
}

size_t ew__tree_code_points(const cJSON *text) {
  size_t count = 0;
  for (const char *p = text->valuestring; *p != '\0'; p++) {
    count += ((unsigned char)*p & 0xC0) != 0x80;
  }
  return count;
}

const char *ew__tree_type(const cJSON *node) {
  if (cJSON_IsString(node)) {
    return "string";
  }
  if (cJSON_IsNumber(node)) {
    return ew__tree_is_integer(node) ? "integer" : "number";
  }
  if (cJSON_IsBool(node)) {
    return "boolean";
  }
  return cJSON_IsNull(node) ? "null" : cJSON_IsArray(node) ? "array" : "object";
}

const cJSON *ew__tree_get(const cJSON *object, const char *name) {
  return object == NULL ? NULL : cJSON_GetObjectItemCaseSensitive(object, name);
}

const char *ew__tree_get_text(const cJSON *object, const char *name, const char *fallback) {
  const cJSON *member = ew__tree_get(object, name);
  return cJSON_IsString(member) ? member->valuestring : fallback;
}
