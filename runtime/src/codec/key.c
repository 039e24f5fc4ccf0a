#include "chars_internal.h"

/* What the bytes of two words differ in, but for the case of letters. */
EW_INLINE uint32_t differ_folded(uint32_t a, uint32_t b) {
  uint32_t small = (a | 0x20202020) & 0x7f7f7f7f;
  uint32_t from_a = small + 0x01010101 * (0x80 - 'a');
  uint32_t behind_z = small + 0x01010101 * (0x7f - 'z');
  uint32_t letters = from_a & ~behind_z & ~a & 0x80808080;
  return (a ^ b) & ~(letters >> 2);
}

EW_INLINE bool is_letter(char c) { return (unsigned char)((c | 0x20) - 'a') < 26; }

EW_INLINE bool is_folded(const char *a, const char *b, uint32_t len) {
  for (; len >= 4; a += 4, b += 4, len -= 4) {
    if (differ_folded(ew_load32(a), ew_load32(b)) != 0) {
      return false;
    }
  }
  for (; len > 0; a++, b++, len--) {
    if (*a != *b && ((*a ^ *b) != 0x20 || !is_letter(*a))) {
      return false;
    }
  }
  return true;
}

/* The member with a name that is so long, of a key that has escapes or is as long. */
EW__SMALL static EW_NOINLINE int find_long(const ew_object_rules *rules, ew__span key,
                                           uint32_t mode) {
  bool folded = (mode & EW_TOLERATE_NAME_CASE) != 0;
  for (uint32_t i = 0; i < rules->member_count; i++) {
    ew_text name = ew_member_name(&rules->members[i]);
    if (name.len > EW__NAME_BYTES && name.len <= key.len &&
        (ew__span_is(key, name) || (folded && ew__span_is_folded(key, name)))) {
      return (int)i;
    }
  }
  return -1;
}

EW__SMALL int ew__key_find_folded(const ew_object_rules *rules, ew__span key) {
  if (EW_UNLIKELY(key.len >= 255)) {
    return find_long(rules, key, EW_TOLERATE_NAME_CASE);
  }
  for (uint32_t i = 0; i < rules->member_count; i++) {
    const ew_member *member = &rules->members[i];
    if (member->name_len == key.len && is_folded(key.ptr, member->name, key.len)) {
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
