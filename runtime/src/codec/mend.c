/*
 * Free-form values of a tolerant decoder. What is kept must be JSON whatever was received, since it
 * is written again as it is.
 */
#include "chars_internal.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Length of the character or escape at p; *bad: it must be replaced. The syntax was checked before.
 */
EW__COLD static size_t piece_at(const char *p, const char *end, bool *bad) {
  unsigned char c = (unsigned char)*p;
  *bad = false;
  if (c < 0x80 && c != '\\') {
    return 1;
  }
  if (c != '\\') {
    size_t n = c < 0xc2 || c > 0xf4 ? 0 : ew__utf8_length(p, end);
    *bad = n == 0;
    return n == 0 ? 1 : n;
  }
  if (p[1] != 'u') {
    return 2;
  }
  uint32_t code_point;
  const char *behind = ew__scan_code_point(p, end, &code_point);
  *bad = behind == NULL;
  return behind == NULL ? 6 : (size_t)(behind - p);
}

/* Size after mending; to may be NULL. */
EW__COLD static size_t mend(const char *p, const char *end, char *to) {
  size_t size = 0;
  while (p < end) {
    bool bad;
    size_t n = piece_at(p, end, &bad);
    size_t written = bad ? sizeof(replacement) - 1 : n;
    if (to != NULL) {
      memcpy(to + size, bad ? replacement : p, written);
    }
    size += written;
    p += n;
  }
  return size;
}

EW__COLD static bool is_whole(const char *p, const char *end) {
  bool bad = false;
  while (p < end && !bad) {
    p += piece_at(p, end, &bad);
  }
  return !bad;
}

EW__COLD ew_err ew__raw_take(const char *begin, const char *end, uint32_t mode, ew_arena *arena,
                             ew_str *out) {
  if ((mode & EW_TOLERATE_BAD_UTF8) == 0 || is_whole(begin, end)) {
    *out = (ew_str){begin, (uint32_t)(end - begin), EW_STR_CLEAN};
    return EW_OK;
  }
  /* Its size is not asked for where there is room for the most that it can be. */
  size_t most = (sizeof(replacement) - 1) * (size_t)(end - begin);
  bool roomy = arena->base != NULL && arena->size - arena->used >= most && most <= UINT32_MAX;
  size_t size = roomy ? most : mend(begin, end, NULL);
  if (size > UINT32_MAX) {
    return EW_ERR_TOO_LARGE;
  }
  char *to = ew__arena_take_text(arena, size);
  if (to == NULL) {
    return EW_ERR_ARENA_FULL;
  }
  size_t written = mend(begin, end, to);
  arena->used -= size - written;
  *out = (ew_str){to, (uint32_t)written, EW_STR_CLEAN};
  return EW_OK;
}
