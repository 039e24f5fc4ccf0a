#include "vars_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ew_err ew__vars_set(ew__vars *vars, const char *name, cJSON *value, bool secret) {
  char *copy = value == NULL ? NULL : malloc(strlen(name) + 1);
  if (copy != NULL && vars->count == vars->size) {
    size_t size = vars->size == 0 ? 16 : vars->size * 2;
    ew__var *items = realloc(vars->items, size * sizeof(*items));
    if (items == NULL) {
      free(copy);
      copy = NULL;
    } else {
      vars->items = items;
      vars->size = size;
    }
  }
  if (copy == NULL) {
    cJSON_Delete(value);
    return EW_ERR_NOMEM;
  }
  strcpy(copy, name);
  vars->items[vars->count++] = (ew__var){copy, value, secret};
  return EW_OK;
}

ew_err ew__vars_set_text(ew__vars *vars, const char *name, const char *value, bool secret) {
  return ew__vars_set(vars, name, ew__tree_text(value, strlen(value), 0), secret);
}

const cJSON *ew__vars_find(const ew__vars *vars, const char *name) {
  for (size_t i = vars->count; i-- > 0;) {
    if (strcmp(vars->items[i].name, name) == 0) {
      return vars->items[i].value;
    }
  }
  return NULL;
}

const char *ew__vars_text(const ew__vars *vars, const char *name) {
  const cJSON *value = ew__vars_find(vars, name);
  return cJSON_IsString(value) ? value->valuestring : "";
}

void ew__vars_cut(ew__vars *vars, size_t count) {
  while (vars->count > count) {
    ew__var *last = &vars->items[--vars->count];
    free(last->name);
    cJSON_Delete(last->value);
  }
}

void ew__vars_clear(ew__vars *vars) {
  ew__vars_cut(vars, 0);
  free(vars->items);
  memset(vars, 0, sizeof(*vars));
}

/* --------------------------------------------------------------------------------------------- references */

static bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool ew__vars_is_name(const char *text) {
  if (!is_name_byte(text[0]) || (text[0] >= '0' && text[0] <= '9')) {
    return false;
  }
  while (is_name_byte(*text)) {
    text++;
  }
  return *text == '\0';
}

bool ew__vars_is_reference(const char *text) { return text[0] == '$' && ew__vars_is_name(text + 1); }

/*
 * Values for a label must be the same at every mention, and differ between
 * cases and runs: so they are derived, not drawn.
 */
static uint64_t derive(const char *unique, const char *label, uint64_t round) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325) + round * UINT64_C(0x9e3779b97f4a7c15);
  for (const char *part = unique; part != NULL; part = part == unique ? label : NULL) {
    for (const char *p = part; *p != '\0'; p++) {
      hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
    }
    hash = (hash ^ ':') * UINT64_C(0x100000001b3);
  }
  hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
  return hash ^ hash >> 31;
}

static void append_hex(const ew__vars *vars, const char *label, size_t digits, ew__ctext *out) {
  for (size_t i = 0; i < digits; i++) {
    uint64_t word = derive(vars->unique, label, i / 16);
    char digit = "0123456789abcdef"[word >> (i % 16 * 4) & 0xF];
    ew__ctext_append(out, &digit, 1);
  }
}

static void append_uuid(const ew__vars *vars, const char *label, ew__ctext *out) {
  uint64_t a = derive(vars->unique, label, 0);
  uint64_t b = derive(vars->unique, label, 1);
  a = (a & ~UINT64_C(0xF000)) | 0x4000;                                     /* version 4 */
  b = (b & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;                       /* RFC 4122 variant */
  ew__ctext_printf(out, "%08lx-%04lx-%04lx-%04lx-%012llx", (unsigned long)(a >> 32),
                   (unsigned long)(a >> 16 & 0xFFFF),
                   (unsigned long)(a & 0xFFFF), (unsigned long)(b >> 48), (unsigned long long)(b & UINT64_C(0xFFFFFFFFFFFF)));
}

static bool append_made_up(const ew__vars *vars, const char *name, ew__ctext *out) {
  if (strncmp(name, "uuid:", 5) == 0 && name[5] != '\0') {
    append_uuid(vars, name + 5, out);
    return true;
  }
  if (strncmp(name, "hex:", 4) != 0) {
    return false;
  }
  char *label = NULL;
  unsigned long digits = strtoul(name + 4, &label, 10);
  if (label == name + 4 || *label != ':' || label[1] == '\0' || digits == 0 || digits > 1024) {
    return false;
  }
  append_hex(vars, label + 1, digits, out);
  return true;
}

static bool unknown_name(const ew__vars *vars, const char *name, ew__ctext *error) {
  const char *names[128];
  size_t count = 0;
  for (size_t i = 0; i < vars->count && count + 1 < sizeof(names) / sizeof(names[0]); i++) {
    names[count++] = vars->items[i].name;
  }
  names[count] = NULL;
  const char *near = ew__nearest_name(name, names);
  ew__ctext_printf(error, "nothing is known as \"%s\"", name);
  if (near != NULL) {
    ew__ctext_printf(error, ", did you mean \"%s\"?", near);
  }
  return false;
}

static bool append_plain(const ew__vars *vars, const char *name, ew__ctext *out, ew__ctext *error) {
  if (strcmp(name, "unique") == 0) {
    ew__ctext_puts(out, vars->unique);
    return true;
  }
  if (append_made_up(vars, name, out)) {
    return true;
  }
  const cJSON *value = ew__vars_find(vars, name);
  if (value == NULL) {
    return unknown_name(vars, name, error);
  }
  if (cJSON_IsString(value)) {
    ew__ctext_puts(out, value->valuestring);
  } else {
    ew__tree_write(value, out);
  }
  return true;
}

static void append_encoded(const char *text, ew__ctext *out) {
  for (; *text != '\0'; text++) {
    if (is_name_byte(*text) || strchr("-.~", *text) != NULL) {
      ew__ctext_append(out, text, 1);
    } else {
      ew__ctext_printf(out, "%%%02X", (unsigned char)*text);
    }
  }
}

static bool append_reference(const ew__vars *vars, char *name, ew__ctext *out, ew__ctext *error) {
  char *filter = strchr(name, '|');
  if (filter == NULL) {
    return append_plain(vars, name, out, error);
  }
  *filter++ = '\0';
  if (strcmp(filter, "url") != 0) {
    ew__ctext_printf(error, "\"|%s\" is no filter: there is \"|url\"", filter);
    return false;
  }
  ew__ctext value = {0};
  bool ok = append_plain(vars, name, &value, error);
  append_encoded(ew__ctext_str(&value), out);
  out->failed = out->failed || value.failed;
  ew__ctext_clear(&value);
  return ok;
}

bool ew__vars_expand(const ew__vars *vars, const char *text, ew__ctext *out, ew__ctext *error) {
  if (text[0] == '$' && text[1] == '$' && ew__vars_is_name(text + 2)) {
    text++;
    ew__ctext_puts(out, text);
    return !out->failed;
  }
  for (const char *mark = strstr(text, "${"); mark != NULL; mark = strstr(text, "${")) {
    bool escaped = mark > text && mark[-1] == '$';
    ew__ctext_append(out, text, (size_t)(mark - text) - escaped);
    text = mark + 2;
    if (escaped) {
      ew__ctext_puts(out, "${");
      continue;
    }
    const char *end = strchr(text, '}');
    char name[96];
    if (end == NULL || (size_t)(end - text) >= sizeof(name)) {
      ew__ctext_puts(error, "\"${\" has no \"}\"");
      return false;
    }
    memcpy(name, text, (size_t)(end - text));
    name[end - text] = '\0';
    if (!append_reference(vars, name, out, error)) {
      return false;
    }
    text = end + 1;
  }
  ew__ctext_puts(out, text);
  return !out->failed;
}

/* -------------------------------------------------------------------------------------------- whole trees */

static cJSON *resolve_text(const ew__vars *vars, const cJSON *node, ew__ctext *error) {
  const char *text = node->valuestring;
  if (ew__vars_is_reference(text) && strcmp(text, "$unique") != 0) {
    const cJSON *value = ew__vars_find(vars, text + 1);
    if (value == NULL) {
      unknown_name(vars, text + 1, error);
      return NULL;
    }
    return cJSON_Duplicate(value, 1);
  }
  ew__ctext out = {0};
  bool ok = ew__vars_is_reference(text) ? ew__vars_expand(vars, "${unique}", &out, error)
                                        : ew__vars_expand(vars, text, &out, error);
  cJSON *result = ok ? ew__tree_text(ew__ctext_str(&out), out.len, node->valueint) : NULL;
  ew__ctext_clear(&out);
  return result;
}

cJSON *ew__vars_resolve(const ew__vars *vars, const cJSON *node, ew__ctext *error) {
  if (cJSON_IsString(node)) {
    return resolve_text(vars, node, error);
  }
  if (!cJSON_IsObject(node) && !cJSON_IsArray(node)) {
    return cJSON_Duplicate(node, 0);
  }
  cJSON *copy = cJSON_IsObject(node) ? cJSON_CreateObject() : cJSON_CreateArray();
  for (const cJSON *child = node->child; copy != NULL && child != NULL; child = child->next) {
    if (!ew__tree_add(copy, child->string, ew__vars_resolve(vars, child, error))) {
      cJSON_Delete(copy);
      copy = NULL;
    }
  }
  return copy;
}

/* ------------------------------------------------------------------------------------------------ secrets */

static void replace_all(ew__ctext *text, const char *what) {
  size_t len = strlen(what);
  if (len == 0 || strstr(ew__ctext_str(text), what) == NULL) {
    return;
  }
  ew__ctext out = {0};
  const char *rest = ew__ctext_str(text);
  for (const char *hit = strstr(rest, what); hit != NULL; hit = strstr(rest, what)) {
    ew__ctext_append(&out, rest, (size_t)(hit - rest));
    ew__ctext_puts(&out, "***");
    rest = hit + len;
  }
  ew__ctext_puts(&out, rest);
  ew__ctext_clear(text);
  *text = out;
}

void ew__vars_redact(const ew__vars *vars, ew__ctext *text) {
  for (size_t i = 0; i < vars->count; i++) {
    const ew__var *var = &vars->items[i];
    if (!var->secret || !cJSON_IsString(var->value)) {
      continue;
    }
    ew__ctext encoded = {0};
    append_encoded(var->value->valuestring, &encoded);
    replace_all(text, var->value->valuestring);
    replace_all(text, ew__ctext_str(&encoded));
    text->failed = text->failed || encoded.failed;
    ew__ctext_clear(&encoded);
  }
}
