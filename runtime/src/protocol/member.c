#include "member_internal.h"

#include <assert.h>

/* An escape makes a name longer: \u0061 is one byte in six. */
static bool is_name(ew_str key, ew_str name) {
  if (key.len <= name.len || key.len > 6 * name.len) {
    return ew_str_equal(key, name);
  }
  char block[192];
  ew_arena arena;
  ew_str text;
  ew_raw quoted = {ew_str_from(key.ptr - 1, (size_t)key.len + 2)};
  ew_arena_init(&arena, block, sizeof(block));
  return ew_raw_string(quoted, &arena, &text) == EW_OK && ew_str_equal(text, name);
}

bool ew__member_find(ew_raw object, const char *name, ew_raw *out) {
  size_t cursor = 0;
  ew_str key;
  ew_raw value;
  if (ew_raw_type(object) != EW_JSON_OBJECT) {
    return false;
  }
  while (ew_raw_next(object, &cursor, &key, &value)) {
    if (is_name(key, ew_str_of(name))) {
      *out = value;
      return true;
    }
  }
  return false;
}

/* Before anything is written, a string is checked; there is no room for it to be written to. */
bool ew__is_utf8(ew_str text) {
  ew_buf nowhere;
  ew_buf_init(&nowhere, NULL, 0);
  return ew_buf_append_json_string(&nowhere, text) != EW_ERR_UTF8;
}

const ew_type *ew__message_type(const ew_document *document, const char *name) {
  const ew_message *message = ew_document_find(document, ew_str_of(name));
  assert(message != NULL);
  return message->type;
}

const ew_type *ew__member_type(const ew_type *object, const char *name) {
  for (uint32_t i = 0; i < object->as.object->member_count; i++) {
    const ew_member *member = &object->as.object->members[i];
    if (ew_str_equal(ew_str_of(member->name), ew_str_of(name))) {
      return member->type;
    }
  }
  assert(false);
  return NULL;
}
