#include "vector_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE ((size_t)32 << 20) /* of addresses; a test touches a few MiB */

static void give_up(const char *path, unsigned id, const char *why) {
  if (id != 0) {
    fprintf(stderr, "%s: tcId %u: %s\n", path, id, why);
  } else {
    fprintf(stderr, "%s: %s\n", path, why);
  }
  exit(1);
}

static char *take_block(size_t size) {
  char *block = malloc(size == 0 ? 1 : size);
  if (block == NULL) {
    give_up("vectors", 0, "out of memory");
  }
  return block;
}

static char *read_all(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0 || ftell(file) < 0) {
    give_up(path, 0, "cannot be read");
    return NULL;
  }
  *size = (size_t)ftell(file);
  rewind(file);
  char *text = take_block(*size);
  if (fread(text, 1, *size, file) != *size) {
    give_up(path, 0, "cannot be read");
  }
  fclose(file);
  return text;
}

vector_file vector_file_open(const char *path) {
  size_t size = 0;
  ew_diag diag;
  vector_file file = {.path = path, .text = read_all(path, &size)};
  file.root.json = ew_str_from(file.text, size);
  if (ew_json_check(file.root.json, 0, &diag) != EW_OK) {
    char line[256];
    ew_diag_format(&diag, line, sizeof(line));
    give_up(path, 0, line);
  }
  ew_arena_init(&file.arena, take_block(ARENA_SIZE), ARENA_SIZE);
  file.protocol = vector_text(&file, vector_member(file.root, "protocol"));
  if (file.protocol == NULL) {
    give_up(path, 0, "no string \"protocol\"");
  }
  return file;
}

void vector_file_close(vector_file *file) {
  free(file->arena.base);
  free(file->text);
}

/* ---------------------------------------------------------------------------------- one member */

ew_raw vector_member(ew_raw object, const char *name) {
  static const ew_raw none = {{NULL, 0, 0}};
  size_t cursor = 0;
  ew_str key;
  ew_raw value;
  while (ew_raw_next(object, &cursor, &key, &value)) {
    if (ew_str_equal(key, ew_str_of(name))) {
      return value;
    }
  }
  return none;
}

static bool is_set(ew_raw value) {
  return value.json.len > 0;
}

const char *vector_text(vector_file *file, ew_raw value) {
  ew_str text;
  if (!is_set(value) || ew_raw_string(value, &file->arena, &text) != EW_OK ||
      !ew_arena_copy(&file->arena, text, &text)) {
    return NULL;
  }
  return text.ptr;
}

static const char *text_of(vector_file *file, ew_raw object, const char *name) {
  return vector_text(file, vector_member(object, name));
}

static const char *needed_text(vector_file *file, unsigned id, ew_raw object, const char *name) {
  const char *text = text_of(file, object, name);
  if (text == NULL) {
    fprintf(stderr, "%s: tcId %u: no string \"%s\"\n", file->path, id, name);
    exit(1);
  }
  return text;
}

static bool find_number(ew_raw object, const char *name, uint64_t *out) {
  ew_raw value = vector_member(object, name);
  return is_set(value) && ew_str_to_uint64(value.json, out) == EW_OK;
}

static uint32_t limit_of(ew_raw limits, const char *name) {
  uint64_t limit = 0;
  return find_number(limits, name, &limit) ? (uint32_t)limit : 0;
}

static ew_profile profile_of(const char *path, const char *name) {
  static const char *const names[] = {"strict", "lenient", "compat"};
  for (int i = 0; i < 3; i++) {
    if (strcmp(names[i], name) == 0) {
      return (ew_profile)i;
    }
  }
  give_up(path, 0, "a profile that is none");
  return EW_STRICT;
}

/* ---------------------------------------------------------------------------------- the message */

static int nibble(char c) {
  static const char digits[] = "0123456789abcdef";
  const char *at = c == '\0' ? NULL : strchr(digits, c);
  return at == NULL ? -1 : (int)(at - digits);
}

static ew_str message_of_hex(const char *path, unsigned id, const char *hex) {
  size_t len = strlen(hex) / 2;
  char *block = take_block(len);
  for (size_t i = 0; i < len; i++) {
    int high = nibble(hex[2 * i]);
    int low = nibble(hex[2 * i + 1]);
    if (high < 0 || low < 0) {
      give_up(path, id, "\"hex\" holds other than lower-case hexadecimal digits");
    }
    block[i] = (char)(high << 4 | low);
  }
  return ew_str_from(block, len);
}

static ew_str message_of(vector_file *file, unsigned id, ew_raw test) {
  ew_raw message = vector_member(test, "message");
  const char *hex = text_of(file, test, "hex");
  ew_str text = {NULL, 0, 0};
  if (is_set(message) == (hex != NULL)) {
    give_up(file->path, id, "wants one of \"message\" and \"hex\"");
  }
  if (hex != NULL) {
    return message_of_hex(file->path, id, hex);
  }
  if (ew_raw_string(message, &file->arena, &text) != EW_OK) {
    give_up(file->path, id, "the message is no string");
  }
  char *block = take_block(text.len);
  if (text.len > 0) {
    memcpy(block, text.ptr, text.len);
  }
  return ew_str_from(block, text.len);
}

/* ------------------------------------------------------------------------------ vectors, groups */

static bool takes(vector_file *file, unsigned id, ew_raw test) {
  const char *result = needed_text(file, id, test, "result");
  if (strcmp(result, "valid") != 0 && strcmp(result, "invalid") != 0) {
    give_up(file->path, id, "the result is neither valid nor invalid");
  }
  return result[0] == 'v';
}

static void read_flags(file_vector *v, vector_file *file, ew_raw test) {
  ew_raw flags = vector_member(test, "flags");
  size_t cursor = 0, count = 0;
  ew_str key;
  ew_raw flag;
  while (ew_raw_next(flags, &cursor, &key, &flag)) {
    v->flags[count] = vector_text(file, flag);
    count += v->flags[count] != NULL;
    if (count == sizeof(v->flags) / sizeof(v->flags[0])) {
      give_up(file->path, v->id, "too many flags");
    }
  }
  if (count == 0) {
    give_up(file->path, v->id, "no flags");
  }
}

static void read_refusal(file_vector *v, vector_file *file, ew_raw test) {
  uint64_t offset = 0;
  v->error = needed_text(file, v->id, test, "error");
  v->pointer = needed_text(file, v->id, test, "pointer");
  v->schema = needed_text(file, v->id, test, "schema");
  v->has_offset = find_number(test, "offset", &offset);
  v->offset = (size_t)offset;
  if (v->has_offset == (strcmp(v->error, "EW_ERR_RULE") == 0)) {
    give_up(file->path, v->id, "an offset is told for every error but EW_ERR_RULE");
  }
}

static void visit_test(vector_file *file, const file_vector *group, ew_raw test,
                       void (*visit)(void *, const file_vector *), void *ctx) {
  file_vector v = *group;
  uint64_t id = 0;
  if (!find_number(test, "tcId", &id)) {
    give_up(file->path, 0, "a vector without its tcId");
  }
  v.id = (unsigned)id;
  v.comment = needed_text(file, v.id, test, "comment");
  v.valid = takes(file, v.id, test);
  v.encoded = text_of(file, test, "encoded");
  read_flags(&v, file, test);
  if (v.valid == is_set(vector_member(test, "error"))) {
    give_up(file->path, v.id, "an error is told for what is invalid, and for nothing else");
  }
  if (!v.valid) {
    read_refusal(&v, file, test);
  }
  v.json = message_of(file, v.id, test);
  visit(ctx, &v);
  free((void *)(uintptr_t)v.json.ptr);
}

static file_vector group_of(vector_file *file, ew_raw group) {
  const char *type = text_of(file, group, "type");
  const char *direction = text_of(file, group, "direction");
  if ((type == NULL) == (direction == NULL)) {
    give_up(file->path, 0, "a group wants one of \"type\" and \"direction\"");
  }
  const char *profile = needed_text(file, 0, group, "profile");
  ew_raw limits = vector_member(group, "limits");
  return (file_vector){
      .protocol = file->protocol,
      .group = type != NULL ? type : direction,
      .profile_name = profile,
      .profile = profile_of(file->path, profile),
      .limits = {.max_bytes = limit_of(limits, "maxMessageBytes"),
                 .max_depth = limit_of(limits, "maxDepth"),
                 .max_items = limit_of(limits, "maxItems"),
                 .max_string_bytes = limit_of(limits, "maxStringBytes")},
  };
}

void vector_file_each(vector_file *file, void (*visit)(void *ctx, const file_vector *v),
                      void *ctx) {
  ew_raw groups = vector_member(file->root, "testGroups");
  size_t group_cursor = 0;
  ew_str key;
  ew_raw group, test;
  while (ew_raw_next(groups, &group_cursor, &key, &group)) {
    file_vector shared = group_of(file, group);
    ew_raw tests = vector_member(group, "tests");
    size_t test_cursor = 0;
    while (ew_raw_next(tests, &test_cursor, &key, &test)) {
      visit_test(file, &shared, test, visit, ctx);
    }
  }
}
