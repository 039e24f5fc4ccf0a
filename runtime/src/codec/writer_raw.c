/*
 * Free-form values: JSON that the caller made, looked at before it is written.
 */
#include "copy_internal.h"
#include "table_internal.h"
#include "writer_internal.h"

/* Longer ones are left to the C library. */
#define COPIED_INLINE 256u

EW__SMALL static bool is_json(const ew_writer *w, const ew_str *json) {
  size_t bad = 0;
  if (ew__check_bytes(json, &bad) != EW_OK) {
    return false;
  }
  if ((json->flags & EW_STR_CLEAN) != 0) {
    return true;
  }
  ew__fault fault = {EW_OK, NULL, NULL};
  const char *end = json->ptr + json->len;
  const char *p = ew__skip_value(json->ptr, end, w->depth_left, 0, &fault);
  return p != NULL && ew__skip_white(p, end) == end;
}

EW__SMALL static bool is_of_type(const ew_str *json, uint32_t json_types) {
  return json_types == 0 || (json_types & (uint32_t)ew_raw_type((ew_raw){*json})) != 0;
}

EW__SMALL static EW_NOINLINE char *write_any_raw(ew_writer *w, char *to, uint32_t json_types,
                                                 const ew_raw *value) {
  const ew_str *json = &value->json;
  bool fits = json->len > 0 && is_json(w, json) && is_of_type(json, json_types);
  return fits ? ew_write_bytes(w, to, json->ptr, json->len) : ew_write_refused(w);
}

/* ------------------------------------------------------------------------------ flat and plain */

/* What stands between two strings: three bytes, the first one lowest. The two kinds take turns. */
#define JOINT(separator) (0x220022u | (uint32_t)(separator) << 8)
#define KEY_TO_VALUE JOINT(':')
#define VALUE_TO_KEY JOINT(',')

EW_INLINE void copy_word(char *to, const char *from) {
  char word[4];
  memcpy(word, from, 4);
  memcpy(to, word, 4);
}

/* What is not plain of the bytes from p + at on, which are fewer than a head; at is below len. */
EW_INLINE ew_mask copy_tail(char *to, const char *p, size_t at, size_t len) {
  size_t last = len - EW_HEAD;
  return ew_mask_from(ew_head_copy(to + last, p + last), at - last);
}

/* What closes the last string and the object. */
EW_INLINE bool copy_end(char *to, const char *p, size_t left, uint32_t joint) {
  static const char end[] = {'"', '}'};
  memcpy(to, end, sizeof(end));
  return joint == VALUE_TO_KEY && left == sizeof(end) && memcmp(p, end, sizeof(end)) == 0;
}

/*
 * An object of strings, without white space, escapes or anything but ASCII: copied as it is checked.
 * False says nothing of the value, which begins with {" and is not shorter than a head.
 */
EW_INLINE bool copy_strings(char *to, const char *p, size_t len) {
  uint32_t joint = KEY_TO_VALUE;
  memcpy(to, "{\"", 2);
  for (size_t at = 2;;) {
    ew_mask odd;
    if (EW_LIKELY(at <= len - EW_HEAD)) {
      odd = ew_head_copy(to + at, p + at);
    } else if (at < len) {
      odd = copy_tail(to, p, at, len);
    } else {
      return false;
    }
    if (odd == 0) {
      at += EW_HEAD;
      continue;
    }
    at += ew_mask_first(odd);
    if (EW_UNLIKELY(at > len - 4)) {
      return copy_end(to + at, p + at, len - at, joint);
    }
    if (EW_UNLIKELY((ew_load32(p + at) & 0xffffff) != joint)) {
      return false;
    }
    copy_word(to + at, p + at);
    joint ^= KEY_TO_VALUE ^ VALUE_TO_KEY;
    at += 3;
  }
}

/* Most are objects, and most of those hold nothing but strings. */
char *ew_write_raw(ew_writer *w, char *to, uint32_t json_types, const ew_raw *value) {
  const char *p = value->json.ptr;
  size_t len = value->json.len;
  bool object = json_types - 1u >= EW_JSON_OBJECT - 1u; /* the last of the types, or 0: any */
  if (EW_UNLIKELY(len < EW_HEAD || !object || !ew__can_copy(w, to, &value->json) ||
                  *p != '{' || w->depth_left == 0)) {
    return write_any_raw(w, to, json_types, value);
  }
  if ((value->json.flags & EW_STR_CLEAN) != 0 && len <= COPIED_INLINE) {
    ew__copy(to, p, len);
    return to + len;
  }
  return EW_LIKELY(p[1] == '"' && copy_strings(to, p, len))
             ? to + len
             : write_any_raw(w, to, json_types, value);
}
