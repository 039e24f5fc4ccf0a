#include "chars_internal.h"
#include "diag_internal.h"

/* Room for the final "..." and NUL is never given away. */
#define POINTER_ROOM (sizeof(((ew__pointer *)0)->text) - 4)

EW__COLD static bool append(ew__pointer *pointer, const char *bytes, size_t len) {
  if (len > POINTER_ROOM - pointer->end.len) {
    return false;
  }
  memcpy(pointer->text + pointer->end.len, bytes, len);
  pointer->end.len += (uint32_t)len;
  return true;
}

/* RFC 6901 section 3; control bytes as '.', since pointers are printed. */
EW__COLD static EW_NOINLINE bool append_character(ew__pointer *pointer, const char *bytes,
                                                  size_t len) {
  unsigned char c = (unsigned char)bytes[0];
  if (c == '~') {
    return append(pointer, "~0", 2);
  }
  if (c == '/') {
    return append(pointer, "~1", 2);
  }
  return c < 0x20 || c == 0x7f ? append(pointer, ".", 1) : append(pointer, bytes, len);
}

EW__COLD static bool append_name(ew__pointer *pointer, ew__span name) {
  const char *p = name.ptr;
  const char *end = name.len == 0 ? p : p + name.len;
  bool fits = append(pointer, "/", 1);
  while (fits && p < end) {
    char bytes[4] = {0};
    size_t len = ew__chars_decode(&p, end, EW_TOLERATE_BAD_UTF8, name.escaped, bytes);
    fits = append_character(pointer, bytes, len);
  }
  return fits;
}

EW__COLD void ew__pointer_push(ew__pointer *pointer, ew__span name) {
  if (!pointer->end.full) {
    pointer->end.full = !append_name(pointer, name);
  }
}

EW__COLD void ew__pointer_push_index(ew__pointer *pointer, uint64_t index) {
  char digits[EW__INT_CHARS];
  char *end = ew__print_uint(index, digits);
  ew__pointer_push(pointer, (ew__span){digits, (uint32_t)(end - digits), false});
}

EW__COLD void ew__pointer_copy(const ew__pointer *pointer, char to[]) {
  memcpy(to, pointer->text, pointer->end.len);
  memcpy(to + pointer->end.len, pointer->end.full ? "..." : "", pointer->end.full ? 4 : 1);
}

EW__COLD void ew__pointer_of_path(const ew__path *path, ew__pointer *out) {
  if (path == NULL) {
    return;
  }
  ew__pointer_of_path(path->up, out);
  if (path->name.ptr == NULL) {
    ew__pointer_push_index(out, path->index);
  } else {
    ew__pointer_push(out, (ew__span){path->name.ptr, path->name.len, false});
  }
}
