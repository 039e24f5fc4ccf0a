/* The syntax of regular expressions of ECMA-262 with the flag u. */
#include "format_internal.h"

#include <string.h>

#define MAX_CODE_POINT 0x10ffffu
/* In place of a character: a set of them, which is no end of a range. */
#define SET UINT32_MAX

typedef struct pattern {
  ew__rest r;
  uint32_t depth;
  uint64_t looks[EW__MAX_GROUPS / 64]; /* of the groups that are open: which look around */
  uint32_t groups;
  uint32_t highest_reference;
  ew__names names;
  ew__names references;
} pattern;

/* ------------------------------------------------------------------------------------- escapes */

/* Behind "\u". Two escaped surrogates are one character. */
static bool take_unicode(ew__rest *r, uint32_t *out) {
  if (ew__take(r, '{')) {
    return ew__take_braced_hex(r, MAX_CODE_POINT, out);
  }
  if (!ew__take_hex(r, 4, out)) {
    return false;
  }
  ew__rest behind = *r;
  uint32_t low;
  if (*out >= 0xd800 && *out <= 0xdbff && ew__take_text(&behind, "\\u") &&
      ew__take_hex(&behind, 4, &low) && low >= 0xdc00 && low <= 0xdfff) {
    *out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
    *r = behind;
  }
  return true;
}

static bool is_name_character(int c) {
  return ew__is_letter(c) || ew__is_digit(c) || c == '_';
}

/* Behind "\p": a property of Unicode, which is not looked up. */
static bool take_property(ew__rest *r) {
  if (!ew__take(r, '{') || ew__take_all(r, is_name_character) == 0) {
    return false;
  }
  if (ew__take(r, '=') && ew__take_all(r, is_name_character) == 0) {
    return false;
  }
  return ew__take(r, '}');
}

static bool take_control(ew__rest *r, uint32_t *out) {
  int c = ew__next(r);
  *out = (uint32_t)c % 32;
  r->p += c >= 0;
  return ew__is_letter(c);
}

/* What stands for one character, behind the backslash and c. */
static bool take_character(ew__rest *r, int c, uint32_t *out) {
  static const char controls[] = "tnvfr";
  if (ew__is_one_of(c, controls)) {
    *out = 9 + (uint32_t)(strchr(controls, c) - controls);
    return true;
  }
  switch (c) {
  case 'c':
    return take_control(r, out);
  case 'x':
    return ew__take_hex(r, 2, out);
  case 'u':
    return take_unicode(r, out);
  case '0':
    *out = 0;
    return !ew__is_digit(ew__next(r));
  default:
    *out = (uint32_t)c;
    return ew__is_one_of(c, "^$\\.*+?()[]{}|/");
  }
}

/* Behind a backslash: what may stand in a class too. */
static bool take_escape(ew__rest *r, uint32_t *out) {
  int c = ew__next(r);
  if (c < 0) {
    return false;
  }
  r->p++;
  if (ew__is_one_of(c, "dDsSwW")) {
    *out = SET;
    return true;
  }
  if (c == 'p' || c == 'P') {
    *out = SET;
    return take_property(r);
  }
  return take_character(r, c, out);
}

/* ------------------------------------------------------------------------------------- classes */

static bool take_class_atom(ew__rest *r, uint32_t *out) {
  if (ew__at_end(r)) {
    return false;
  }
  if (!ew__take(r, '\\')) {
    *out = ew__take_code_point(r);
    return true;
  }
  if (ew__take(r, 'b')) {
    *out = 8;
    return true;
  }
  if (ew__take(r, '-')) {
    *out = '-';
    return true;
  }
  return take_escape(r, out);
}

/* Behind "[". */
static bool take_class(ew__rest *r) {
  (void)ew__take(r, '^');
  while (!ew__take(r, ']')) {
    uint32_t low;
    uint32_t high;
    if (!take_class_atom(r, &low)) {
      return false;
    }
    bool range = ew__left(r) > 1 && r->p[0] == '-' && r->p[1] != ']';
    r->p += range;
    if (range && (!take_class_atom(r, &high) || low == SET || high == SET || high < low)) {
      return false;
    }
  }
  return true;
}

/* -------------------------------------------------------------------------------------- groups */

/* Up to ">"; any character beyond ASCII is taken for a letter. */
static bool take_name(ew__rest *r, ew__rest *name) {
  *name = *r;
  while (ew__next(r) != '>') {
    int c = ew__next(r);
    bool first = r->p == name->p;
    if (c < 0 || (c < 0x80 && c != '$' && (!is_name_character(c) || (first && ew__is_digit(c))))) {
      return false;
    }
    r->p++;
  }
  name->end = r->p++;
  return name->end != name->p;
}

/* Behind "(?": what the group is for; *looks: it looks around. */
static bool take_kind(pattern *p, bool *looks) {
  ew__rest name;
  if (ew__take(&p->r, ':')) {
    return true;
  }
  *looks = ew__take(&p->r, '=') || ew__take(&p->r, '!') || ew__take_text(&p->r, "<=") ||
           ew__take_text(&p->r, "<!");
  if (*looks) {
    return true;
  }
  p->groups++;
  return ew__take(&p->r, '<') && take_name(&p->r, &name) && !ew__has_name(&p->names, name) &&
         ew__add_name(&p->names, name);
}

static bool open_group(pattern *p) {
  bool looks = false;
  if (p->depth == EW__MAX_GROUPS) {
    return false;
  }
  if (!ew__take(&p->r, '?')) {
    p->groups++;
  } else if (!take_kind(p, &looks)) {
    return false;
  }
  uint64_t bit = (uint64_t)1 << (p->depth % 64);
  uint64_t *word = &p->looks[p->depth / 64];
  *word = looks ? *word | bit : *word & ~bit;
  p->depth++;
  return true;
}

static bool close_group(pattern *p, bool *can_repeat) {
  if (p->depth == 0) {
    return false;
  }
  p->depth--;
  *can_repeat = (p->looks[p->depth / 64] >> (p->depth % 64) & 1) == 0;
  return true;
}

/* --------------------------------------------------------------------------------- quantifiers */

static ew__rest take_count(ew__rest *r) {
  ew__rest count = *r;
  (void)ew__take_all(r, ew__is_digit);
  count.end = r->p;
  return count;
}

static bool is_above(ew__rest a, ew__rest b) {
  while (ew__take(&a, '0')) {
  }
  while (ew__take(&b, '0')) {
  }
  size_t len = ew__left(&a);
  return len != ew__left(&b) ? len > ew__left(&b) : len > 0 && memcmp(a.p, b.p, len) > 0;
}

/* Behind "{". */
static bool take_bounds(ew__rest *r) {
  ew__rest low = take_count(r);
  if (ew__at_end(&low)) {
    return false;
  }
  if (ew__take(r, ',')) {
    ew__rest high = take_count(r);
    if (!ew__at_end(&high) && is_above(low, high)) {
      return false;
    }
  }
  return ew__take(r, '}');
}

static bool take_quantifier(ew__rest *r, int c) {
  bool is_one = c != '{' || take_bounds(r);
  (void)ew__take(r, '?');
  return is_one;
}

/* ------------------------------------------------------------------------------------ patterns */

static bool take_reference(pattern *p, int first) {
  uint32_t number = (uint32_t)(first - '0');
  for (; ew__is_digit(ew__next(&p->r)); p->r.p++) {
    number = number > 100000000 ? number : number * 10 + (uint32_t)(ew__next(&p->r) - '0');
  }
  p->highest_reference = number > p->highest_reference ? number : p->highest_reference;
  return true;
}

static bool take_named_reference(pattern *p) {
  ew__rest name;
  return ew__take(&p->r, '<') && take_name(&p->r, &name) &&
         (ew__has_name(&p->references, name) || ew__add_name(&p->references, name));
}

static bool take_atom_escape(pattern *p, bool *can_repeat) {
  uint32_t c;
  int next = ew__next(&p->r);
  *can_repeat = next != 'b' && next != 'B';
  if (!*can_repeat || next == 'k' || (next >= '1' && next <= '9')) {
    p->r.p++;
    return !*can_repeat || (next == 'k' ? take_named_reference(p) : take_reference(p, next));
  }
  return take_escape(&p->r, &c);
}

static bool take_term(pattern *p, bool *can_repeat) {
  bool could_repeat = *can_repeat;
  int c = (unsigned char)*p->r.p++;
  *can_repeat = false;
  switch (c) {
  case '(':
    return open_group(p);
  case ')':
    return close_group(p, can_repeat);
  case '|':
  case '^':
  case '$':
    return true;
  case '*':
  case '+':
  case '?':
  case '{':
    return could_repeat && take_quantifier(&p->r, c);
  case '\\':
    return take_atom_escape(p, can_repeat);
  case '[':
    *can_repeat = true;
    return take_class(&p->r);
  default:
    *can_repeat = true;
    return c != ']' && c != '}';
  }
}

static bool are_known(const pattern *p) {
  for (uint32_t i = 0; i < p->references.count; i++) {
    if (!ew__has_name(&p->names, p->references.names[i])) {
      return false;
    }
  }
  return p->highest_reference <= p->groups;
}

static bool is_regex(const char *ptr, size_t len) {
  pattern p = {.r = ew__rest_of(ptr, len)};
  bool can_repeat = false;
  while (!ew__at_end(&p.r)) {
    if (!take_term(&p, &can_repeat)) {
      return false;
    }
  }
  return p.depth == 0 && are_known(&p);
}

const ew_format ew_format_regex = {"regex", "a regular expression of ECMA-262", is_regex,
                                   NULL};
