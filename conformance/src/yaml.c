#include "yaml_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define MAX_DEPTH 64
#define STR_TAG "tag:yaml.org,2002:str"

typedef struct composer {
  yaml_parser_t parser;
  yaml_event_t event; /* the one looked at; valid while has_event */
  bool has_event;
  const char *file;
  ew__ctext *error;
  ew_err err;
  unsigned depth;
} composer;

static cJSON *compose(composer *c);

static int line_of(yaml_mark_t mark) { return (int)mark.line + 1; }

static cJSON *refuse(composer *c, yaml_mark_t mark, const char *reason) {
  if (c->err == EW_OK) {
    c->err = EW_ERR_SYNTAX;
    ew__ctext_printf(c->error, "%s:%d:%d: %s", c->file, line_of(mark), (int)mark.column + 1, reason);
  }
  return NULL;
}

static cJSON *out_of_memory(composer *c) {
  if (c->err == EW_OK) {
    c->err = EW_ERR_NOMEM;
  }
  return NULL;
}

static bool next_event(composer *c) {
  if (c->has_event) {
    yaml_event_delete(&c->event);
    c->has_event = false;
  }
  if (yaml_parser_parse(&c->parser, &c->event)) {
    c->has_event = true;
    return true;
  }
  if (c->parser.error == YAML_MEMORY_ERROR) {
    out_of_memory(c);
  } else {
    refuse(c, c->parser.problem_mark, c->parser.problem != NULL ? c->parser.problem : "not YAML");
  }
  return false;
}

/* ------------------------------------------------------------------------------------------------ scalars */

static size_t skip_digits(const char *text, size_t at) { return at + strspn(text + at, "0123456789"); }

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? : YAML 1.2.2 section 10.3.2 */
static bool looks_like_decimal(const char *text) {
  size_t at = text[0] == '-' || text[0] == '+';
  size_t start = at;
  at = skip_digits(text, at);
  size_t digits = at - start;
  if (text[at] == '.') {
    start = ++at;
    at = skip_digits(text, at);
    digits += at - start;
  }
  if (digits == 0) {
    return false;
  }
  if (text[at] == 'e' || text[at] == 'E') {
    at += text[at + 1] == '-' || text[at + 1] == '+' ? 2 : 1;
    start = at;
    at = skip_digits(text, at);
    if (at == start) {
      return false;
    }
  }
  return text[at] == '\0';
}

static bool is_json_number(const char *text) {
  size_t at = text[0] == '-';
  if (text[at] == '0' && text[at + 1] >= '0' && text[at + 1] <= '9') {
    return false;
  }
  size_t end = skip_digits(text, at);
  return end > at && (text[end] != '.' || (text[end + 1] >= '0' && text[end + 1] <= '9'));
}

/* YAML spells +5, 007, .5 and 5. where JSON has one form only. */
static cJSON *decimal_node(const char *text, size_t len, int line) {
  if (is_json_number(text)) {
    return ew__tree_number(text, len, line);
  }
  ew__ctext digits = {0};
  bool whole = strpbrk(text, ".eE") == NULL;
  if (whole) {
    size_t sign = text[0] == '-' || text[0] == '+';
    size_t zeros = strspn(text + sign, "0");
    const char *rest = text + sign + zeros;
    ew__ctext_printf(&digits, "%s%s", text[0] == '-' ? "-" : "", *rest == '\0' ? "0" : rest);
  } else {
    ew__ctext_printf(&digits, "%.17g", strtod(text, NULL));
  }
  cJSON *node = digits.failed ? NULL : ew__tree_number(digits.ptr, digits.len, line);
  ew__ctext_clear(&digits);
  return node;
}

static cJSON *based_node(composer *c, const char *text, yaml_mark_t mark) {
  char *end = NULL;
  errno = 0;
  unsigned long long value = strtoull(text + 2, &end, text[1] == 'x' ? 16 : 8);
  if (errno != 0) {
    return refuse(c, mark, "the number does not fit 64 bits");
  }
  char digits[24];
  int len = snprintf(digits, sizeof(digits), "%llu", value);
  return ew__tree_number(digits, (size_t)len, line_of(mark));
}

static bool is_one_of(const char *text, const char *const *words) {
  for (; *words != NULL; words++) {
    if (strcmp(text, *words) == 0) {
      return true;
    }
  }
  return false;
}

static bool has_base(const char *text) {
  const char *digits = strncmp(text, "0x", 2) == 0 ? "0123456789abcdefABCDEF" : strncmp(text, "0o", 2) == 0 ? "01234567" : NULL;
  return digits != NULL && text[2] != '\0' && strspn(text + 2, digits) == strlen(text + 2);
}

static cJSON *plain_node(composer *c, const char *text, size_t len, yaml_mark_t mark) {
  static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
  static const char *const trues[] = {"true", "True", "TRUE", NULL};
  static const char *const falses[] = {"false", "False", "FALSE", NULL};
  static const char *const odd[] = {".inf", ".Inf", ".INF", "+.inf", "-.inf", ".nan", ".NaN", ".NAN", NULL};
  if (is_one_of(text, nulls)) {
    return cJSON_CreateNull();
  }
  if (is_one_of(text, trues)) {
    return cJSON_CreateTrue();
  }
  if (is_one_of(text, falses)) {
    return cJSON_CreateFalse();
  }
  if (is_one_of(text, odd)) {
    return refuse(c, mark, "JSON has no infinities and no NaN");
  }
  if (has_base(text)) {
    return based_node(c, text, mark);
  }
  return looks_like_decimal(text) ? decimal_node(text, len, line_of(mark))
                                  : ew__tree_text(text, len, line_of(mark));
}

static cJSON *compose_scalar(composer *c) {
  yaml_mark_t mark = c->event.start_mark;
  const char *text = (const char *)c->event.data.scalar.value;
  size_t len = c->event.data.scalar.length;
  const char *tag = (const char *)c->event.data.scalar.tag;
  bool plain = c->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && tag == NULL;
  if (c->event.data.scalar.anchor != NULL) {
    return refuse(c, mark, "anchors are not supported");
  }
  if (tag != NULL && strcmp(tag, STR_TAG) != 0 && strcmp(tag, "!") != 0) {
    return refuse(c, mark, "tags other than !!str are not supported");
  }
  cJSON *node = plain ? plain_node(c, text, len, mark) : ew__tree_text(text, len, line_of(mark));
  if (node == NULL) {
    return out_of_memory(c);
  }
  node->valueint = line_of(mark);
  return node;
}

/* --------------------------------------------------------------------------------------------- containers */

static bool compose_items(composer *c, cJSON *array) {
  while (next_event(c) && c->event.type != YAML_SEQUENCE_END_EVENT) {
    cJSON *item = compose(c);
    if (item == NULL) {
      return false;
    }
    if (!ew__tree_add(array, NULL, item)) {
      out_of_memory(c);
      return false;
    }
  }
  return c->err == EW_OK;
}

static bool compose_member(composer *c, cJSON *object) {
  yaml_mark_t mark = c->event.start_mark;
  if (c->event.type != YAML_SCALAR_EVENT) {
    refuse(c, mark, "a key must be a scalar");
    return false;
  }
  cJSON *key = ew__tree_text((const char *)c->event.data.scalar.value, c->event.data.scalar.length, 0);
  if (key == NULL) {
    out_of_memory(c);
    return false;
  }
  bool twice = ew__tree_get(object, key->valuestring) != NULL;
  if (twice) {
    refuse(c, mark, "the key stands twice");
  }
  cJSON *value = !twice && next_event(c) ? compose(c) : NULL;
  if (value != NULL) {
    value->valueint = line_of(mark); /* errors are about the member, so they name the line of its key */
  }
  bool ok = value != NULL && ew__tree_add(object, key->valuestring, value);
  cJSON_Delete(key);
  if (!ok) {
    out_of_memory(c);
  }
  return ok;
}

static bool compose_members(composer *c, cJSON *object) {
  while (next_event(c) && c->event.type != YAML_MAPPING_END_EVENT) {
    if (!compose_member(c, object)) {
      return false;
    }
  }
  return c->err == EW_OK;
}

static cJSON *compose_container(composer *c) {
  yaml_mark_t mark = c->event.start_mark;
  bool is_map = c->event.type == YAML_MAPPING_START_EVENT;
  bool marked = is_map ? c->event.data.mapping_start.anchor != NULL || c->event.data.mapping_start.tag != NULL
                       : c->event.data.sequence_start.anchor != NULL ||
                           c->event.data.sequence_start.tag != NULL;
  if (marked) {
    return refuse(c, mark, "anchors and tags are not supported here");
  }
  if (c->depth == MAX_DEPTH) {
    return refuse(c, mark, "nested too deeply");
  }
  cJSON *node = is_map ? cJSON_CreateObject() : cJSON_CreateArray();
  if (node == NULL) {
    return out_of_memory(c);
  }
  node->valueint = line_of(mark);
  c->depth++;
  bool ok = is_map ? compose_members(c, node) : compose_items(c, node);
  c->depth--;
  if (!ok) {
    cJSON_Delete(node);
    return NULL;
  }
  return node;
}

static cJSON *compose(composer *c) {
  if (c->event.type == YAML_SCALAR_EVENT) {
    return compose_scalar(c);
  }
  if (c->event.type == YAML_ALIAS_EVENT) {
    return refuse(c, c->event.start_mark, "aliases are not supported");
  }
  return compose_container(c);
}

static cJSON *compose_document(composer *c) {
  if (!next_event(c) || !next_event(c)) { /* stream start, document start */
    return NULL;
  }
  if (c->event.type != YAML_DOCUMENT_START_EVENT) {
    return refuse(c, c->event.start_mark, "the file is empty");
  }
  cJSON *root = next_event(c) ? compose(c) : NULL;
  if (root == NULL) {
    return NULL;
  }
  bool ended = next_event(c) && next_event(c); /* document end, stream end */
  if (!ended || c->event.type != YAML_STREAM_END_EVENT) {
    if (ended) {
      refuse(c, c->event.start_mark, "only one document may stand in a file");
    }
    cJSON_Delete(root);
    return NULL;
  }
  return root;
}

ew_err ew__yaml_parse(const char *file, ew_str text, cJSON **out, ew__ctext *error) {
  composer c;
  memset(&c, 0, sizeof(c));
  c.file = file;
  c.error = error;
  if (!yaml_parser_initialize(&c.parser)) {
    return EW_ERR_NOMEM;
  }
  yaml_parser_set_encoding(&c.parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&c.parser, (const unsigned char *)text.ptr, text.len);
  cJSON *root = compose_document(&c);
  if (c.has_event) {
    yaml_event_delete(&c.event);
  }
  yaml_parser_delete(&c.parser);
  if (root == NULL) {
    return c.err == EW_OK ? EW_ERR_NOMEM : c.err;
  }
  *out = root;
  return EW_OK;
}
