#include "scan_internal.h"

EW__SMALL void *ew_arena_take(ew_arena *arena, size_t size) {
  return ew__arena_take(arena, size, EW__ALIGN);
}

void ew__clear(void *to, size_t size) { memset(to, 0, size); }

EW__SMALL char *ew__arena_take_text(ew_arena *arena, size_t size) {
  return ew__arena_take(arena, size, 1);
}

EW__SMALL bool ew_arena_copy(ew_arena *arena, ew_str text, ew_str *out) {
  bool fits = !ew_str_is_too_long(text);
  char *copy = fits ? ew__arena_take_text(arena, (size_t)text.len + 1) : NULL;
  if (copy == NULL) {
    return false;
  }
  if (text.len > 0) {
    memcpy(copy, text.ptr, text.len);
  }
  copy[text.len] = '\0';
  *out = (ew_str){copy, text.len, text.flags};
  return true;
}
