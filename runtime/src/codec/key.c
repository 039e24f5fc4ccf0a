#include "chars_internal.h"
#include "straight_internal.h"

/* Whether words are the same but for the case of letters, where fold has a bit 0x20 for each of them. */
EW__SMALL static bool is_same_word(uint32_t a, uint32_t b, uint32_t fold) {
  uint32_t differ = a ^ b;
  if (EW_LIKELY((differ & ~fold) != 0 || differ == 0)) {
    return differ == 0;
  }
  uint32_t small = (a | 0x20202020) & 0x7f7f7f7f;
  uint32_t from_a = small + 0x01010101 * (0x80 - 'a');
  uint32_t behind_z = small + 0x01010101 * (0x7f - 'z');
  uint32_t letters = from_a & ~behind_z & ~a & 0x80808080;
  return (differ & ~(letters >> 2)) == 0;
}

/* All of one to three bytes. */
EW_INLINE uint32_t short_word(const char *p, uint32_t len) {
  return (uint32_t)(unsigned char)p[0] << 16 | (uint32_t)(unsigned char)p[len >> 1] << 8 |
         (unsigned char)p[len - 1];
}

EW__SMALL bool ew__is_name(const char *key, const char *name, uint32_t len, uint32_t mode) {
  uint32_t fold = (mode & EW_TOLERATE_NAME_CASE) != 0 ? 0x20202020 : 0;
  if (len < 4) {
    return len == 0 || is_same_word(short_word(key, len), short_word(name, len), fold);
  }
  for (uint32_t i = 0; i < len; i += 4) {
    uint32_t at = len - i < 4 ? len - 4 : i;
    if (!is_same_word(ew_load32(key + at), ew_load32(name + at), fold)) {
      return false;
    }
  }
  return true;
}

/* What is plain from p on, as far as one block goes, to where the name goes on. */
EW_INLINE size_t copy_plain(const char *p, const char *end, char *to) {
  if (EW_UNLIKELY(end - p < EW_BLOCK)) {
    *to = *p;
    return (unsigned char)*p >= ' ';
  }
  ew_block block = ew_block_load(p);
  ew_block_store(to, block);
  ew_mask special = ew_block_not_plain(block);
  return special == 0 ? EW_BLOCK : ew_mask_first(special);
}

EW__SMALL const char *ew__plain_name(const char *p, const char *end, uint32_t mode,
                                     char text[EW__NAME_ROOM], ew__span *out) {
  char *const limit = text + EW__NAME_BYTES;
  char *to = text;
  while (p < end && *p != '"') {
    char c = *p;
    uint32_t ascii;
    if (EW_UNLIKELY(to >= limit)) {
      return NULL;
    }
    if (c == '\\' && end - p > 1 && (*to = ew__short_escape(p[1])) != '\0') {
      to++;
      p += 2;
    } else if (c == '\\' && (ascii = ew__ascii_escape(p, end)) < 0x80) {
      *to++ = (char)ascii;
      p += 6;
    } else if (c == '\\' || (c & 0x80) != 0) {
      char *behind = to;
      p = ew__decode_odd(p, end, limit, mode, &behind);
      if (p == NULL) {
        return NULL;
      }
      to = behind;
    } else {
      size_t plain = copy_plain(p, end, to);
      if (EW_UNLIKELY(plain == 0)) {
        return NULL;
      }
      p += plain;
      to += plain;
    }
  }
  *out = (ew__span){to == text ? p : text, (uint32_t)(to - text), false};
  return p;
}

static ew_text member_name(const void *rules, uint32_t i) {
  return ew_member_name(&((const ew_object_rules *)rules)->members[i]);
}

EW__COLD int ew__find_long(const void *of, uint32_t count, ew__name_fn *name_of, uint32_t mode,
                           ew__span key) {
  bool folded = (mode & EW_TOLERATE_NAME_CASE) != 0;
  for (uint32_t i = 0; i < count; i++) {
    ew_text name = name_of(of, i);
    if (name.len > EW__NAME_BYTES && name.len < key.len &&
        (ew__span_is(key, name) || (folded && ew__span_is_folded(key, name)))) {
      return (int)i;
    }
  }
  return -1;
}

EW__SMALL int ew__key_find_span(const ew_object_rules *rules, ew__span key) {
  char text[EW__NAME_ROOM];
  if (key.escaped &&
      ew__plain_name(key.ptr, key.ptr + key.len, 0, text, &key) == NULL) {
    return ew__find_long(rules, rules->member_count, member_name, 0, key);
  }
  uint32_t i = 0;
  uint32_t end = rules->member_count;
  if (rules->slots != NULL) {
    i = ew__slot_of(rules->slots, rules->seed, rules->shift, ew__key_word(key.ptr, key.len));
    end = i < end ? i + 1 : i;
  }
  for (; i < end; i++) {
    ew_text name = ew_member_name(&rules->members[i]);
    if (name.len == key.len && ew__is_name(key.ptr, name.ptr, key.len, 0)) {
      return (int)i;
    }
  }
  return -1;
}

/* ---------------------------------------------------------------------------- the names of a set */

EW__SMALL void ew__names_open(ew__names *names, const void *of, uint32_t count, ew__name_fn *name,
                              uint32_t mode) {
  ew__clear(names, offsetof(ew__names, of));
  names->of = of;
  names->name = name;
  names->count = count;
  names->mode = mode;
  for (uint32_t i = 0; i < count; i++) {
    ew_text text = name(of, i);
    int ends = text.len > 0 ? text.ptr[0] + text.ptr[text.len - 1] : '"' + '"';
    names->lengths[text.len & 15] |= (uint64_t)1 << i;
    names->ends[ends & 15] |= (uint64_t)1 << i;
  }
}

EW__SMALL void ew__names_of(ew__names *names, const ew_object_rules *rules, uint32_t mode) {
  ew__names_open(names, rules, rules->member_count, member_name, mode);
}

EW__SMALL int ew__names_find(const ew__names *names, ew__span key) {
  if (EW_UNLIKELY(key.escaped)) {
    return ew__find_long(names->of, names->count, names->name, names->mode, key);
  }
  int found = -1;
  for (uint64_t like = ew__names_like(names, key); like != 0; like &= like - 1) {
    uint32_t i = ew_lowest_bit(like);
    ew_text name = names->name(names->of, i);
    if (name.len == key.len && ew__is_name(key.ptr, name.ptr, key.len, names->mode) &&
        (found < 0 || ew__is_name(key.ptr, name.ptr, key.len, 0))) {
      found = (int)i;
    }
  }
  return found;
}

/* ------------------------------------------------------------------------------------------ enums */

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
