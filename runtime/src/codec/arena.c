#include <stdalign.h>

#include "scan_internal.h"

static EW_NOINLINE void *take(ew_arena *arena, size_t size, size_t align) {
  if (arena->base == NULL || arena->used > arena->size) {
    return NULL;
  }
  char *at = arena->base + arena->used;
  size_t pad = (size_t)(0 - (uintptr_t)at) & (align - 1);
  size_t left = arena->size - arena->used;
  if (pad > left || size > left - pad) {
    return NULL;
  }
  arena->used += pad + size;
  return at + pad;
}

void *ew_arena_take(ew_arena *arena, size_t size) {
  return take(arena, size, alignof(max_align_t));
}

void ew__clear(void *to, size_t size) { memset(to, 0, size); }

char *ew__arena_take_text(ew_arena *arena, size_t size) { return take(arena, size, 1); }

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
