/* Addresses of the network: RFC 2673, RFC 4291, RFC 5321 and RFC 6531. */
#include "format_internal.h"

#include <string.h>

#define MAX_LOCAL_PART 64u

/* ----------------------------------------------------------------------------------- addresses */

/* 0 to 255 without leading zeros. */
static bool take_octet(ew__rest *r) {
  uint32_t value = 0;
  const char *first = r->p;
  for (; ew__is_digit(ew__next(r)); r->p++) {
    value = value * 10 + (uint32_t)(ew__next(r) - '0');
    if (value > 255 || (r->p != first && *first == '0')) {
      return false;
    }
  }
  return r->p != first;
}

bool ew__is_ipv4(ew__rest text) {
  for (unsigned i = 0; i < 4; i++) {
    if ((i > 0 && !ew__take(&text, '.')) || !take_octet(&text)) {
      return false;
    }
  }
  return ew__at_end(&text);
}

/* "::" stands for one group or more. */
static bool is_full(unsigned groups, bool gap) { return gap ? groups <= 7 : groups == 8; }

bool ew__is_ipv6(ew__rest text) {
  unsigned groups = 0;
  bool gap = ew__take_text(&text, "::");
  if (gap && ew__at_end(&text)) {
    return true;
  }
  for (;;) {
    ew__rest group = text;
    size_t digits = ew__take_all(&text, ew__is_hex);
    if (ew__next(&text) == '.') {
      return is_full(groups + 2, gap) && ew__is_ipv4(group);
    }
    if (digits == 0 || digits > 4 || ++groups > 8) {
      return false;
    }
    if (ew__at_end(&text)) {
      return is_full(groups, gap);
    }
    if (!ew__take(&text, ':')) {
      return false;
    }
    if (ew__take(&text, ':')) {
      if (gap) {
        return false;
      }
      gap = true;
      if (ew__at_end(&text)) {
        return is_full(groups, gap);
      }
    }
  }
}

static bool is_ipv4(const char *ptr, size_t len) { return ew__is_ipv4(ew__rest_of(ptr, len)); }
static bool is_ipv6(const char *ptr, size_t len) { return ew__is_ipv6(ew__rest_of(ptr, len)); }

/* ---------------------------------------------------------------------------------------- mail */

static bool is_atom_character(int c) {
  return ew__is_letter(c) || ew__is_digit(c) || ew__is_one_of(c, "!#$%&'*+-/=?^_`{|}~");
}

static bool is_international_atom_character(int c) { return is_atom_character(c) || c >= 0x80; }

static bool take_atoms(ew__rest *r, bool international) {
  do {
    if (ew__take_all(r, international ? is_international_atom_character : is_atom_character) == 0) {
      return false;
    }
  } while (ew__take(r, '.'));
  return true;
}

static bool take_quoted(ew__rest *r, bool international) {
  while (!ew__take(r, '"')) {
    bool escaped = ew__take(r, '\\');
    int c = ew__next(r);
    bool plain = c >= ' ' && c <= '~';
    if (!plain && (escaped || !international || c < 0x80)) {
      return false;
    }
    r->p++;
  }
  return true;
}

static bool take_local_part(ew__rest *r, bool international) {
  const char *first = r->p;
  bool is_one = ew__take(r, '"') ? take_quoted(r, international) : take_atoms(r, international);
  return is_one && (size_t)(r->p - first) <= MAX_LOCAL_PART;
}

/* What stands between brackets. */
static bool is_literal(ew__rest text) {
  static const char tag[] = "ipv6:";
  ew__rest r = text;
  for (const char *t = tag; *t != '\0'; t++) {
    bool same = *t == ':' || ew__is_digit(*t) ? ew__take(&r, *t) : ew__take_letter(&r, *t);
    if (!same) {
      return ew__is_ipv4(text);
    }
  }
  return ew__is_ipv6(r);
}

static bool is_mailbox(ew__rest r, bool international) {
  if (!take_local_part(&r, international) || !ew__take(&r, '@')) {
    return false;
  }
  if (ew__next(&r) == '[') {
    bool closed = r.end[-1] == ']';
    return closed && ew__left(&r) > 2 && is_literal((ew__rest){r.p + 1, r.end - 1});
  }
  return ew__is_host(r, international ? EW__HOST_IDN_DOTS : EW__HOST_ASCII);
}

static bool is_email(const char *ptr, size_t len) {
  return is_mailbox(ew__rest_of(ptr, len), false);
}

static bool is_idn_email(const char *ptr, size_t len) {
  return is_mailbox(ew__rest_of(ptr, len), true);
}

const ew_format ew_format_ipv4 = {"ipv4", "an address of IPv4", is_ipv4, NULL};
const ew_format ew_format_ipv6 = {"ipv6", "an address of IPv6", is_ipv6, NULL};
const ew_format ew_format_email = {"email", "an e-mail address", is_email, NULL};
const ew_format ew_format_idn_email = {"idn-email", "an e-mail address", is_idn_email,
                                       NULL};
