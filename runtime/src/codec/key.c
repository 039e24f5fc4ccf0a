#include "scan_internal.h"

EW__SMALL static int find_slowly(const ew_object_rules *rules, ew__span key,
                                 bool (*same)(ew__span, ew_text)) {
  for (uint32_t i = 0; i < rules->member_count; i++) {
    ew_text name = ew_member_name(&rules->members[i]);
    bool possible = key.escaped || key.len == name.len;
    if (possible && same(key, name)) {
      return (int)i;
    }
  }
  return -1;
}

/* What no escape makes longer. An escaped key over that is compared with every name: it differs
 * early, or pays for it by its length. */
#define NAME_BYTES 64u

EW__SMALL int ew__key_find_span(const ew_object_rules *rules, ew__span key, uint32_t mode) {
  char name[NAME_BYTES];
  if (key.escaped && key.len <= NAME_BYTES) {
    size_t len = (size_t)(ew__unescape(key, 0, name) - name);
    key = (ew__span){name, (uint32_t)len, false};
  }
  bool hashed = !key.escaped && rules->index != NULL;
  int found = hashed ? ew__key_find_in(rules, key.ptr, key.len, key.ptr + key.len)
                     : find_slowly(rules, key, ew__span_is);
  /* Names in another letter case are so rare that looking at every name will do. */
  return found < 0 && (mode & EW_TOLERATE_NAME_CASE) != 0
             ? find_slowly(rules, key, ew__span_is_folded)
             : found;
}

EW__SMALL static int find_alias(const ew_enum_rules *rules, ew__span span,
                                bool (*same)(ew__span, ew_text)) {
  for (uint32_t i = 0; i < rules->alias_count; i++) {
    const ew_alias *alias = &rules->aliases[i];
    if (!alias->is_number && same(span, alias->text)) {
      return alias->value;
    }
  }
  return 0;
}

EW__SMALL static int find_text(const ew_enum_rules *rules, ew__span span,
                               bool (*same)(ew__span, ew_text)) {
  for (uint32_t i = 0; i < rules->count; i++) {
    if (same(span, rules->texts[i])) {
      return (int)i + 1;
    }
  }
  return find_alias(rules, span, same);
}

static int find_plain(const ew_enum_rules *rules, ew__span span) {
  for (uint32_t i = 0; i < rules->count; i++) {
    ew_text text = rules->texts[i];
    if (text.len == span.len && ew__same_bytes(text.ptr, span.ptr, text.len)) {
      return (int)i + 1;
    }
  }
  return find_alias(rules, span, ew__span_is);
}

int ew__enum_find(const ew_enum_rules *rules, ew__span span, uint32_t mode) {
  int value = span.escaped ? find_text(rules, span, ew__span_is) : find_plain(rules, span);
  if (value == 0 && (mode & EW_TOLERATE_ENUM_CASE) != 0) {
    value = find_text(rules, span, ew__span_is_folded);
  }
  return value;
}

ew_str ew_enum_text(const ew_enum_rules *rules, int value) {
  if (value < 1 || (uint32_t)value > rules->count) {
    return ew_str_of(NULL);
  }
  ew_text text = rules->texts[value - 1];
  return ew_str_from(text.ptr, text.len);
}

int ew_enum_value(const ew_enum_rules *rules, ew_str text) {
  for (uint32_t i = 0; i < rules->count; i++) {
    if (ew_str_equal(text, ew_enum_text(rules, (int)i + 1))) {
      return (int)i + 1;
    }
  }
  return 0;
}
