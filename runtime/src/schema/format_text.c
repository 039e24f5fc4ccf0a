/* What the formats share. */
#include "format_internal.h"

#include "../codec/scan_internal.h"

bool ew__is_one_of(int c, const char *set) { return c > 0 && strchr(set, c) != NULL; }

size_t ew__take_all(ew__rest *r, bool (*is_kind)(int c)) {
  size_t count = 0;
  for (; !ew__at_end(r) && is_kind((unsigned char)*r->p); r->p++) {
    count++;
  }
  return count;
}

bool ew__take_number(ew__rest *r, unsigned count, uint32_t *out) {
  *out = 0;
  for (unsigned i = 0; i < count; i++, r->p++) {
    int c = ew__next(r);
    if (!ew__is_digit(c)) {
      return false;
    }
    *out = *out * 10 + (uint32_t)(c - '0');
  }
  return true;
}

bool ew__take_text(ew__rest *r, const char *text) {
  size_t len = strlen(text);
  if (ew__left(r) < len || memcmp(r->p, text, len) != 0) {
    return false;
  }
  r->p += len;
  return true;
}

uint32_t ew__take_code_point(ew__rest *r) {
  const unsigned char *p = (const unsigned char *)r->p;
  size_t len = ew__utf8_length(r->p, r->end);
  if (len == 0) {
    r->p++;
    return UINT32_MAX;
  }
  uint32_t c = len == 1 ? p[0] : p[0] & (0xffu >> (len + 1));
  for (size_t i = 1; i < len; i++) {
    c = c << 6 | (p[i] & 0x3fu);
  }
  r->p += len;
  return c;
}

bool ew__has_name(const ew__names *names, ew__rest name) {
  size_t len = ew__left(&name);
  for (uint32_t i = 0; i < names->count; i++) {
    const ew__rest *other = &names->names[i];
    if (ew__left(other) == len && memcmp(other->p, name.p, len) == 0) {
      return true;
    }
  }
  return false;
}

bool ew__add_name(ew__names *names, ew__rest name) {
  if (names->count == EW__MAX_NAMES) {
    return false;
  }
  names->names[names->count++] = name;
  return true;
}

static uint32_t hex_value(int c) {
  return (uint32_t)(ew__is_digit(c) ? c - '0' : ew__lower(c) - 'a' + 10);
}

bool ew__take_hex(ew__rest *r, unsigned count, uint32_t *out) {
  *out = 0;
  for (unsigned i = 0; i < count; i++, r->p++) {
    int c = ew__next(r);
    if (!ew__is_hex(c)) {
      return false;
    }
    *out = *out * 16 + hex_value(c);
  }
  return true;
}

bool ew__take_braced_hex(ew__rest *r, uint32_t limit, uint32_t *out) {
  const char *first = r->p;
  *out = 0;
  for (; ew__is_hex(ew__next(r)); r->p++) {
    *out = *out * 16 + hex_value(ew__next(r));
    if (*out > limit) {
      return false;
    }
  }
  return r->p != first && ew__take(r, '}');
}
