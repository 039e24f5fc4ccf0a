#include "chars_internal.h"

static bool is_folded(const char *a, const char *b, uint32_t len) {
  for (uint32_t i = 0; i < len; i++) {
    int differ = a[i] ^ b[i];
    bool letter = (unsigned char)((a[i] | 0x20) - 'a') < 26;
    if (differ != 0 && (differ != 0x20 || !letter)) {
      return false;
    }
  }
  return true;
}

int ew__key_find_folded(const ew_object_rules *rules, ew__span key) {
  uint8_t len = key.len < 255 ? (uint8_t)key.len : 255;
  for (uint32_t i = 0; i < rules->member_count; i++) {
    if (rules->members[i].name_len != len) {
      continue;
    }
    ew_text name = ew_member_name(&rules->members[i]);
    if (key.len == name.len && is_folded(key.ptr, name.ptr, key.len)) {
      return (int)i;
    }
  }
  return -1;
}

/* The member with a name that is so long; key may have escapes. */
EW__SMALL static int find_long(const ew_object_rules *rules, ew__span key, uint32_t mode) {
  bool folded = (mode & EW_TOLERATE_NAME_CASE) != 0;
  for (uint32_t i = 0; i < rules->member_count; i++) {
    ew_text name = ew_member_name(&rules->members[i]);
    if (name.len > EW__NAME_BYTES && name.len < key.len &&
        (ew__span_is(key, name) || (folded && ew__span_is_folded(key, name)))) {
      return (int)i;
    }
  }
  return -1;
}

/* The member with that name in this letter case; key has no escape. */
EW__SMALL static EW_NOINLINE int find_exact(const ew_object_rules *rules, ew__span key) {
  uint32_t i = 0;
  uint32_t end = rules->member_count;
  if (rules->slots != NULL) {
    i = ew__slot_of(rules->slots, rules->seed, rules->shift, ew__key_word(key.ptr, key.len));
    end = i < end ? i + 1 : i;
  }
  for (; i < end; i++) {
    if (ew__span_is(key, ew_member_name(&rules->members[i]))) {
      return (int)i;
    }
  }
  return -1;
}

static int find_plain_name(const ew_object_rules *rules, ew__span key, uint32_t mode) {
  int found = find_exact(rules, key);
  return found >= 0 || (mode & EW_TOLERATE_NAME_CASE) == 0 ? found : ew__key_find_folded(rules, key);
}

EW__SMALL bool ew__plain_name(ew__span *key, char text[EW__NAME_BYTES]) {
  const char *p = key->ptr;
  const char *end = p + key->len;
  char *to = text;
  while (p != NULL && p < end && to - text <= (int)EW__NAME_BYTES - 4) {
    if (*p != '\\') {
      *to++ = *p++;
    } else {
      p = ew__decode_escape(p, end, 0, &to);
    }
  }
  if (p == end) {
    *key = (ew__span){text, (uint32_t)(to - text), false};
  }
  return p == end;
}

EW__SMALL static EW_NOINLINE int find_escaped(const ew_object_rules *rules, ew__span key,
                                              uint32_t mode) {
  char name[EW__NAME_BYTES];
  return ew__plain_name(&key, name) ? find_plain_name(rules, key, mode)
                                    : find_long(rules, key, mode);
}

int ew__key_find_span(const ew_object_rules *rules, ew__span key, uint32_t mode) {
  return key.escaped ? find_escaped(rules, key, mode) : find_plain_name(rules, key, mode);
}

EW__SMALL void ew__mark_name(ew__name_marks *marks, const char *name, uint32_t len) {
  marks->lengths |= (uint64_t)1 << (len < 63 ? len : 63);
  marks->firsts |= (uint64_t)1 << ew__first_mark(len > 0 ? *name : '"');
}

EW__SMALL static int find_alias(const ew_enum_rules *rules, ew__span span,
                                bool (*same)(ew__span, ew_text), bool is_number) {
  for (uint32_t i = 0; i < rules->alias_count; i++) {
    const ew_alias *alias = &rules->aliases[i];
    if (alias->is_number == is_number && same(span, alias->text)) {
      return alias->value;
    }
  }
  return 0;
}

EW__SMALL static int find_text(const ew_enum_rules *rules, ew__span span,
                               bool (*same)(ew__span, ew_text)) {
  for (uint32_t i = 0; i < rules->count; i++) {
    if (same(span, ew_enum_name(rules, i))) {
      return (int)i + 1;
    }
  }
  return find_alias(rules, span, same, false);
}

/* The same by the hash, of a text without escapes. */
static int find_plain(const ew_enum_rules *rules, ew__span span) {
  uint64_t word = ew__key_word(span.ptr, span.len);
  uint32_t at = ew__slot_of(rules->slots, rules->seed, rules->shift, word);
  if (at < rules->count && ew__span_is(span, ew_enum_name(rules, at))) {
    return (int)at + 1;
  }
  return find_alias(rules, span, ew__span_is, false);
}

EW__SMALL int ew__enum_find(const ew_enum_rules *rules, ew__span span, uint32_t mode) {
  int value = span.escaped || rules->slots == NULL ? find_text(rules, span, ew__span_is)
                                                    : find_plain(rules, span);
  if (value == 0 && (mode & EW_TOLERATE_ENUM_CASE) != 0) {
    value = find_text(rules, span, ew__span_is_folded);
  }
  return value;
}

EW__SMALL int ew__enum_find_number(const ew_enum_rules *rules, ew__span span) {
  return find_alias(rules, span, ew__span_is, true);
}
