/* RFC 3986 (URI), RFC 3987 (IRI) and RFC 6570 (templates of them). */
#include "format_internal.h"

/* ---------------------------------------------------------------------------------- characters */

/* ucschar of RFC 3987. */
static bool is_ucs(uint32_t c) {
  if (c >= 0x10000) {
    return c <= 0xefffd && (c & 0xffff) <= 0xfffd && (c < 0xe0000 || c >= 0xe1000);
  }
  return (c >= 0xa0 && c <= 0xd7ff) || (c >= 0xf900 && c <= 0xfdcf) || (c >= 0xfdf0 && c <= 0xffef);
}

/* iprivate of RFC 3987. */
static bool is_private(uint32_t c) {
  return (c >= 0xe000 && c <= 0xf8ff) || (c >= 0xf0000 && c <= 0x10fffd && (c & 0xffff) <= 0xfffd);
}

static bool is_unreserved(int c) {
  return ew__is_letter(c) || ew__is_digit(c) || ew__is_one_of(c, "-._~");
}

static bool is_sub_delimiter(int c) { return ew__is_one_of(c, "!$&'()*+,;="); }

static bool take_escape(ew__rest *r) {
  if (ew__left(r) < 3 || *r->p != '%' || !ew__is_hex((unsigned char)r->p[1]) ||
      !ew__is_hex((unsigned char)r->p[2])) {
    return false;
  }
  r->p += 3;
  return true;
}

/* What a part of a URI may hold beside unreserved characters, sub-delims and escapes. */
typedef struct part_kind {
  const char *more;
  bool private_use; /* where IRIs allow it */
} part_kind;

static const part_kind user_part = {":", false};
static const part_kind name_part = {"", false};
static const part_kind path_part = {":@/", false};
static const part_kind query_part = {":@/?", true};
static const part_kind fragment_part = {":@/?", false};

static bool take_international(ew__rest *r, const part_kind *kind) {
  uint32_t c = ew__take_code_point(r);
  return is_ucs(c) || (kind->private_use && is_private(c));
}

static bool is_part(ew__rest r, const part_kind *kind, bool international) {
  while (!ew__at_end(&r)) {
    int c = ew__next(&r);
    if (is_unreserved(c) || is_sub_delimiter(c) || ew__is_one_of(c, kind->more)) {
      r.p++;
    } else if (c >= 0x80 ? !international || !take_international(&r, kind) : !take_escape(&r)) {
      return false;
    }
  }
  return true;
}

/* ----------------------------------------------------------------------------------- structure */

/* What is in front of the first of these characters, which r then starts with. */
static ew__rest take_until(ew__rest *r, const char *set) {
  ew__rest part = *r;
  while (!ew__at_end(r) && !ew__is_one_of(ew__next(r), set)) {
    r->p++;
  }
  part.end = r->p;
  return part;
}

static bool is_scheme_character(int c) {
  return ew__is_letter(c) || ew__is_digit(c) || ew__is_one_of(c, "+-.");
}

static bool is_scheme(ew__rest r) {
  bool letter = ew__is_letter(ew__next(&r));
  (void)ew__take_all(&r, is_scheme_character);
  return letter && ew__at_end(&r);
}

static bool is_future_character(int c) {
  return is_unreserved(c) || is_sub_delimiter(c) || c == ':';
}

static bool is_future_address(ew__rest r) {
  return ew__take_letter(&r, 'v') && ew__take_all(&r, ew__is_hex) > 0 && ew__take(&r, '.') &&
         ew__take_all(&r, is_future_character) > 0 && ew__at_end(&r);
}

/* The host, and a port behind it. */
static bool is_place(ew__rest r, bool international) {
  if (ew__take(&r, '[')) {
    ew__rest address = take_until(&r, "]");
    if (!ew__take(&r, ']') || !(ew__is_ipv6(address) || is_future_address(address))) {
      return false;
    }
  } else if (!is_part(take_until(&r, ":"), &name_part, international)) {
    return false;
  }
  if (ew__take(&r, ':')) {
    (void)ew__take_all(&r, ew__is_digit);
  }
  return ew__at_end(&r);
}

static bool is_authority(ew__rest r, bool international) {
  ew__rest user = take_until(&r, "@");
  if (!ew__take(&r, '@')) {
    return is_place(user, international);
  }
  return is_part(user, &user_part, international) && is_place(r, international);
}

/* A colon in the first segment of a path can only end a scheme. */
static bool take_scheme(ew__rest *r, bool *found) {
  ew__rest rest = *r;
  ew__rest scheme = take_until(&rest, ":/?#");
  *found = ew__take(&rest, ':');
  if (*found) {
    *r = rest;
  }
  return !*found || is_scheme(scheme);
}

static bool is_reference(ew__rest r, bool absolute, bool international) {
  bool found;
  if (!take_scheme(&r, &found) || (absolute && !found)) {
    return false;
  }
  if (ew__take_text(&r, "//") && !is_authority(take_until(&r, "/?#"), international)) {
    return false;
  }
  if (!is_part(take_until(&r, "?#"), &path_part, international)) {
    return false;
  }
  if (ew__take(&r, '?') && !is_part(take_until(&r, "#"), &query_part, international)) {
    return false;
  }
  return !ew__take(&r, '#') || is_part(r, &fragment_part, international);
}

static bool is_uri(const char *ptr, size_t len) {
  return is_reference(ew__rest_of(ptr, len), true, false);
}

static bool is_uri_reference(const char *ptr, size_t len) {
  return is_reference(ew__rest_of(ptr, len), false, false);
}

static bool is_iri(const char *ptr, size_t len) {
  return is_reference(ew__rest_of(ptr, len), true, true);
}

static bool is_iri_reference(const char *ptr, size_t len) {
  return is_reference(ew__rest_of(ptr, len), false, true);
}

/* ----------------------------------------------------------------------------------- templates */

static bool is_name_character(int c) {
  return ew__is_letter(c) || ew__is_digit(c) || c == '_';
}

static bool take_name(ew__rest *r) {
  do {
    const char *first = r->p;
    while (is_name_character(ew__next(r)) || ew__next(r) == '%') {
      if (*r->p != '%') {
        r->p++;
      } else if (!take_escape(r)) {
        return false;
      }
    }
    if (r->p == first) {
      return false;
    }
  } while (ew__take(r, '.'));
  return true;
}

/* "*", or ":" and 1 to 9999. */
static bool take_modifier(ew__rest *r) {
  if (ew__take(r, '*') || !ew__take(r, ':')) {
    return true;
  }
  bool zero = ew__next(r) == '0';
  size_t digits = ew__take_all(r, ew__is_digit);
  return !zero && digits >= 1 && digits <= 4;
}

/* Behind "{". */
static bool take_expression(ew__rest *r) {
  if (ew__is_one_of(ew__next(r), "+#./;?&=,!@|")) {
    r->p++;
  }
  do {
    if (!take_name(r) || !take_modifier(r)) {
      return false;
    }
  } while (ew__take(r, ','));
  return ew__take(r, '}');
}

static bool take_literal(ew__rest *r) {
  int c = ew__next(r);
  if (c >= 0x80) {
    uint32_t code = ew__take_code_point(r);
    return is_ucs(code) || is_private(code);
  }
  if (c == '%') {
    return take_escape(r);
  }
  r->p++;
  return c > ' ' && c != 0x7f && !ew__is_one_of(c, "\"<>\\^`|}");
}

static bool is_uri_template(const char *ptr, size_t len) {
  ew__rest r = ew__rest_of(ptr, len);
  while (!ew__at_end(&r)) {
    if (ew__take(&r, '{') ? !take_expression(&r) : !take_literal(&r)) {
      return false;
    }
  }
  return true;
}

const ew_format ew_format_uri = {"uri", "a URI of RFC 3986", is_uri, NULL};
const ew_format ew_format_uri_reference = {"uri-reference", "a reference of RFC 3986",
                                           is_uri_reference, NULL};
const ew_format ew_format_iri = {"iri", "an IRI of RFC 3987", is_iri, NULL};
const ew_format ew_format_iri_reference = {"iri-reference", "a reference of RFC 3987",
                                           is_iri_reference, NULL};
const ew_format ew_format_uri_template = {"uri-template", "a template of RFC 6570",
                                          is_uri_template, NULL};
