/*
 * Free-form values of a tolerant decoder. What is kept must be JSON whatever was received, since it
 * is written again as it is.
 */
#include "chars_internal.h"

/* U+FFFD */
#define REPLACEMENT "\xef\xbf\xbd"
#define REPLACEMENT_BYTES 3

/* The first backslash from p on, the first byte that is not ASCII, or end. */
EW__COLD static const char *pass_plain(const char *p, const char *end) {
  for (; end - p >= EW_BLOCK; p += EW_BLOCK) {
    ew_block v = ew_block_load(p);
    ew_mask odd =
        ew_lanes_mask(ew_block_equal(v, ew_block_fill('\\'))) | ew_block_not_ascii(v);
    if (odd != 0) {
      return p + ew_mask_first(odd);
    }
  }
  while (p < end && *p != '\\' && (*p & 0x80) == 0) {
    p++;
  }
  return p;
}

/* The first byte or escape that must be replaced, or end. The syntax was checked before. */
EW__COLD static EW_NOINLINE const char *find_bad(const char *p, const char *end) {
  const char *behind = p;
  uint32_t code_point;
  do {
    p = pass_plain(behind, end);
    if (p == end || *p != '\\') {
      behind = ew__skip_sequences(p, end);
    } else {
      behind = p[1] != 'u' ? p + 2 : ew__scan_code_point(p, end, &code_point);
    }
  } while (behind != NULL && behind != p);
  return p;
}

/* No sequence begins with it. */
static bool is_bad(unsigned char c) { return c >= 0x80 && (c < 0xc2 || c > 0xf4); }

/* Size after mending; to may be NULL. */
EW__COLD static size_t mend(const char *p, const char *end, char *to) {
  size_t size = 0;
  while (p < end) {
    const char *bad = is_bad((unsigned char)*p) ? p : find_bad(p, end);
    size_t good = (size_t)(bad - p);
    if (to != NULL && good > 0) {
      memcpy(to + size, p, good);
    }
    size += good;
    p = bad;
    if (p < end) {
      if (to != NULL) {
        memcpy(to + size, REPLACEMENT, REPLACEMENT_BYTES);
      }
      size += REPLACEMENT_BYTES;
      p += *p == '\\' ? 6 : 1;
    }
  }
  return size;
}

EW__COLD ew_err ew__raw_take(const char *begin, const char *end, uint32_t mode, ew_arena *arena,
                             ew_str *out) {
  if ((mode & EW_TOLERATE_BAD_UTF8) == 0 || find_bad(begin, end) == end) {
    *out = (ew_str){begin, (uint32_t)(end - begin), EW_STR_CLEAN};
    return EW_OK;
  }
  /* Its size is not asked for where there is room for the most that it can be. */
  size_t most = REPLACEMENT_BYTES * (size_t)(end - begin);
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
