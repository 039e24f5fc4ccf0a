/*
 * The syntax of regular expressions of RE2, which Go's regexp shares. Where the two differ the
 * pattern is refused: \C, and counts that one of them takes for plain text.
 */
#include "eventwire/block.h"

#include "format_internal.h"

#include <string.h>

#define MAX_CODE_POINT 0x10ffffu
/* What counts in one another may multiply to. */
#define MAX_REPEAT 1000u
#define UNBOUNDED UINT32_MAX

#define EXPECTED "a regular expression of RE2"
#define REASON(text) EXPECTED ": " text

/* A group that is open. */
typedef struct level {
  uint16_t most;  /* the largest product of counts in it so far */
  bool has_atom;  /* there is something that a quantifier can stand behind */
} level;

typedef struct pattern {
  ew__rest r;
  const char *begin;
  uint32_t depth;
  level levels[EW__MAX_GROUPS + 1];
  uint16_t last; /* the product of counts of what stands before */
  bool repeated; /* it ends with a quantifier */
  const char *why; /* it is refused, in the words of Go */
  ew__names names;
} pattern;

/* Always false. */
static bool refuse(pattern *p, const char *why) {
  p->why = why;
  return false;
}

static void put_atom(pattern *p, uint16_t product) {
  level *l = &p->levels[p->depth];
  l->has_atom = true;
  l->most = product > l->most ? product : l->most;
  p->last = product;
}

/* ------------------------------------------------------------------------------------- escapes */

static bool is_name_character(int c) {
  return ew__is_letter(c) || ew__is_digit(c) || c == '_';
}

static bool is_octal(int c) { return c >= '0' && c <= '7'; }

/* One digit alone would be a back-reference, but for 0. */
static bool take_octal(ew__rest *r, int first, uint32_t *out) {
  *out = (uint32_t)(first - '0');
  if (first != '0' && !is_octal(ew__next(r))) {
    return false;
  }
  for (unsigned i = 0; i < 2 && is_octal(ew__next(r)); i++, r->p++) {
    *out = *out * 8 + (uint32_t)(ew__next(r) - '0');
  }
  return true;
}

/* One character, behind the backslash. */
static bool take_character(ew__rest *r, uint32_t *out) {
  static const char controls[] = "tnvfr";
  int c = ew__next(r);
  if (c < 0 || c >= 0x80) {
    return false;
  }
  r->p++;
  if (is_octal(c)) {
    return take_octal(r, c, out);
  }
  if (c == 'x') {
    return ew__take(r, '{') ? ew__take_braced_hex(r, MAX_CODE_POINT, out) : ew__take_hex(r, 2, out);
  }
  if (ew__is_one_of(c, controls)) {
    *out = 9 + (uint32_t)(strchr(controls, c) - controls);
    return true;
  }
  if (c == 'a') {
    *out = 7;
    return true;
  }
  *out = (uint32_t)c;
  return !ew__is_letter(c) && !ew__is_digit(c);
}

/* Behind "\p": the name, which is not looked up, or a letter that stands for categories. */
static bool take_property(ew__rest *r) {
  if (!ew__take(r, '{')) {
    bool is_one = ew__is_one_of(ew__next(r), "CLMNPSZ");
    r->p += is_one;
    return is_one;
  }
  (void)ew__take(r, '^');
  return ew__take_all(r, is_name_character) > 0 && ew__take(r, '}');
}

/* A set behind the backslash, when it is one. */
static bool take_set(ew__rest *r, bool *good) {
  int c = ew__next(r);
  *good = true;
  if (ew__is_one_of(c, "dDsSwW")) {
    r->p++;
    return true;
  }
  if (c != 'p' && c != 'P') {
    return false;
  }
  r->p++;
  *good = take_property(r);
  return true;
}

/* Behind "\Q": up to "\E" or the end. */
static void take_literal(pattern *p) {
  while (!ew__at_end(&p->r) && !ew__take_text(&p->r, "\\E")) {
    (void)ew__take_code_point(&p->r);
    put_atom(p, 1);
  }
}

static bool take_escape(pattern *p) {
  uint32_t c;
  bool good;
  if (ew__at_end(&p->r)) {
    return refuse(p, REASON("trailing backslash"));
  }
  if (ew__take(&p->r, 'Q')) {
    take_literal(p);
    return true;
  }
  put_atom(p, 1);
  int next = ew__next(&p->r);
  if (ew__is_one_of(next, "AbBz")) {
    p->r.p++;
    return true;
  }
  if (!take_set(&p->r, &good)) {
    good = take_character(&p->r, &c);
  }
  return good || refuse(p, REASON("invalid escape sequence"));
}

/* ------------------------------------------------------------------------------------- classes */

/* "[:name:]" at r; *found also when the name is none. */
static bool take_posix(ew__rest *r, bool *found) {
  static const char *const names[] = {"alnum", "alpha", "ascii", "blank", "cntrl",
                                      "digit", "graph", "lower", "print", "punct",
                                      "space", "upper", "word",  "xdigit"};
  ew__rest behind = *r;
  *found = false;
  if (!ew__take_text(&behind, "[:")) {
    return true;
  }
  (void)ew__take(&behind, '^');
  ew__rest name = behind;
  (void)ew__take_all(&behind, is_name_character);
  name.end = behind.p;
  *found = ew__take_text(&behind, ":]");
  for (size_t i = 0; *found && i < sizeof(names) / sizeof(names[0]); i++) {
    if (strlen(names[i]) == ew__left(&name) && ew__take_text(&name, names[i])) {
      *r = behind;
      return true;
    }
  }
  return !*found;
}

static bool take_class_character(ew__rest *r, uint32_t *out) {
  int c = ew__next(r);
  if (c < 0) {
    return false;
  }
  if (c >= 0x80) {
    *out = ew__take_code_point(r);
    return true;
  }
  r->p++;
  *out = (uint32_t)c;
  return c != '\\' || take_character(r, out);
}

static bool take_class_range(ew__rest *r) {
  uint32_t low;
  uint32_t high;
  if (!take_class_character(r, &low)) {
    return false;
  }
  if (ew__left(r) < 2 || r->p[0] != '-' || r->p[1] == ']') {
    return true;
  }
  r->p++;
  return take_class_character(r, &high) && low <= high;
}

static bool take_class_item(ew__rest *r) {
  bool found = false;
  bool good;
  if (ew__next(r) == '[' && !take_posix(r, &found)) {
    return false;
  }
  if (found) {
    return true;
  }
  ew__rest behind = *r;
  if (ew__take(&behind, '\\') && take_set(&behind, &good)) {
    *r = behind;
    return good;
  }
  return take_class_range(r);
}

/* A byte with another one behind it: mostly a character of its own, that begins no range. */
EW_INLINE bool is_class_byte(const char *p) {
  unsigned char c = (unsigned char)*p;
  return c < 0x80 && (unsigned char)(c - '[') > ']' - '[' && p[1] != '-';
}

/* Behind "[". A bracket that comes first closes nothing. */
static bool take_class(ew__rest *r) {
  (void)ew__take(r, '^');
  const char *const first = r->p;
  for (;;) {
    const char *p = r->p;
    while (r->end - p > 1 && is_class_byte(p)) {
      p++;
    }
    r->p = p;
    if (p != first && ew__take(r, ']')) {
      return true;
    }
    if (!take_class_item(r)) {
      return false;
    }
  }
}

static bool refuse_class(pattern *p) {
  return refuse(p, ew__at_end(&p->r) ? REASON("missing closing ]") : REASON("invalid character class"));
}

/* -------------------------------------------------------------------------------------- groups */

static bool push(pattern *p) {
  if (p->depth == EW__MAX_GROUPS) {
    return refuse(p, REASON("nested too deeply"));
  }
  p->levels[++p->depth] = (level){1, false};
  return true;
}

static bool take_group_name(pattern *p) {
  ew__rest name = p->r;
  size_t len = ew__take_all(&p->r, is_name_character);
  name.end = p->r.p;
  bool good = len > 0 && ew__take(&p->r, '>') && !ew__has_name(&p->names, name) &&
              ew__add_name(&p->names, name);
  return good ? push(p) : refuse(p, REASON("invalid named capture"));
}

/* Flags up to ")", which are no group, or up to ":". */
static bool take_flags(pattern *p) {
  bool negated = false;
  bool any = false;
  for (;;) {
    int c = ew__next(&p->r);
    bool end = c == ':' || c == ')';
    bool minus = c == '-' && !negated;
    if (end ? negated && !any : !minus && !ew__is_one_of(c, "imsU")) {
      return refuse(p, REASON("invalid or unsupported Perl syntax"));
    }
    p->r.p++;
    if (end) {
      return c == ')' || push(p);
    }
    negated = negated || minus;
    any = !minus;
  }
}

static bool open_group(pattern *p) {
  if (!ew__take(&p->r, '?')) {
    return push(p);
  }
  if (ew__take_text(&p->r, "P<") || ew__take(&p->r, '<')) {
    return take_group_name(p);
  }
  return take_flags(p);
}

static bool close_group(pattern *p) {
  if (p->depth == 0) {
    return refuse(p, REASON("unexpected )"));
  }
  put_atom(p, 1);
  uint16_t inner = p->levels[p->depth--].most;
  put_atom(p, inner);
  return true;
}

/* --------------------------------------------------------------------------------- quantifiers */

/* No number when it starts with a zero that says nothing. */
static bool take_count(ew__rest *r, uint32_t *out) {
  ew__rest start = *r;
  size_t digits = ew__take_all(r, ew__is_digit);
  if (digits == 0 || (digits > 1 && *start.p == '0')) {
    return false;
  }
  *out = MAX_REPEAT + 1;
  return digits > 4 || ew__take_number(&start, (unsigned)digits, out);
}

/* Behind the brace: {n}, {n,} or {n,m}; what looks otherwise is plain text. */
static bool take_bounds(ew__rest *r, uint32_t *low, uint32_t *high) {
  if (!take_count(r, low)) {
    return false;
  }
  *high = *low;
  if (ew__take(r, ',')) {
    *high = UNBOUNDED;
    if (ew__next(r) != '}' && !take_count(r, high)) {
      return false;
    }
  }
  return ew__take(r, '}');
}

static bool repeat(pattern *p, uint32_t low, uint32_t high) {
  uint32_t factor = high == UNBOUNDED ? low : high;
  (void)ew__take(&p->r, '?');
  if (!p->levels[p->depth].has_atom) {
    return refuse(p, REASON("missing argument to repetition operator"));
  }
  if (p->repeated) {
    return refuse(p, REASON("invalid nested repetition operator"));
  }
  if (low > MAX_REPEAT || (high != UNBOUNDED && (high > MAX_REPEAT || low > high))) {
    return refuse(p, REASON("invalid repeat count"));
  }
  uint32_t product = p->last * (factor == 0 ? 1 : factor);
  if (product > MAX_REPEAT && factor > 1) {
    return refuse(p, REASON("invalid repeat count"));
  }
  put_atom(p, (uint16_t)product);
  p->repeated = true;
  return true;
}

/* What may be a quantifier is next. *found says whether it is; what looks otherwise behind "{" is
 * text. */
static bool take_quantifier(pattern *p, bool *found) {
  uint32_t low = 0;
  uint32_t high = UNBOUNDED;
  ew__rest behind = p->r;
  *found = *behind.p++ != '{' || take_bounds(&behind, &low, &high);
  if (!*found) {
    return true;
  }
  p->r = behind;
  return repeat(p, low, high);
}

/* ------------------------------------------------------------------------------------ patterns */

/* The bytes that are more than a character that stands for itself, or for a place. */
static ew_mask not_plain(ew_block v) {
  ew_block signs =
      ew_block_or(ew_block_within(v, '(', '+' - '('), ew_block_equal(v, ew_block_fill('?')));
  ew_block brackets = ew_block_within(ew_block_or(v, ew_block_fill(0x20)), '{', '|' - '{');
  return ew_lanes_mask(ew_block_or(signs, brackets));
}

/* A text of less than a block, and NULs: words of it that lap over take less than a call. */
EW_INLINE ew_block short_block(const char *p, size_t len) {
  char block[EW_BLOCK] = {0};
  if (len > 16) {
    memcpy(block, p, len);
  } else if (len >= 8) {
    memcpy(block, p, 8);
    memcpy(block + len - 8, p + len - 8, 8);
  } else if (len >= 4) {
    memcpy(block, p, 4);
    memcpy(block + len - 4, p + len - 4, 4);
  } else {
    for (size_t i = 0; i < len; i++) {
      block[i] = p[i];
    }
  }
  return ew_block_load(block);
}

/* Those of the block at p, as far as the text from begin to end goes; p is before end. */
static EW_NOINLINE ew_mask specials_at(const char *begin, const char *p, const char *end) {
  size_t left = (size_t)(end - p);
  if (left >= EW_BLOCK) {
    return not_plain(ew_block_load(p));
  }
  if (end - begin >= EW_BLOCK) {
    return ew_mask_from(not_plain(ew_block_load(end - EW_BLOCK)), EW_BLOCK - left);
  }
  return not_plain(short_block(p, left));
}

/* The first of them from p on, or end. */
static const char *skip_plain(const char *begin, const char *p, const char *end) {
  for (; p < end; p += EW_BLOCK) {
    ew_mask found = specials_at(begin, p, end);
    if (found != 0) {
      return p + ew_mask_first(found);
    }
  }
  return end;
}

static bool take_term(pattern *p) {
  switch (ew__next(&p->r)) {
  case '(':
    p->r.p++;
    return open_group(p);
  case ')':
    p->r.p++;
    return close_group(p);
  case '|':
    p->r.p++;
    p->levels[p->depth].has_atom = false;
    return true;
  case '[':
    p->r.p++;
    put_atom(p, 1);
    return take_class(&p->r) || refuse_class(p);
  case '\\':
    p->r.p++;
    return take_escape(p);
  default: /* most of a pattern stands for itself */
    p->r.p = skip_plain(p->begin, p->r.p + 1, p->r.end);
    put_atom(p, 1);
    return true;
  }
}

/* What is wrong with it; NULL: nothing. */
static const char *why_no_re2(const char *ptr, size_t len) {
  pattern p;
  p.r = ew__rest_of(ptr, len);
  p.begin = ptr;
  p.depth = 0;
  p.levels[0] = (level){1, false};
  p.last = 1;
  p.repeated = false;
  p.why = EXPECTED;
  p.names.count = 0;
  while (!ew__at_end(&p.r)) {
    char c = *p.r.p;
    bool found = c == '*' || c == '+' || c == '?' || c == '{';
    if (found && !take_quantifier(&p, &found)) {
      return p.why;
    }
    if (!found) {
      p.repeated = false;
      if (!take_term(&p)) {
        return p.why;
      }
    }
  }
  return p.depth == 0 ? NULL : REASON("missing closing )");
}

/* Of a pattern that has been looked at up to some place. */
typedef struct outline {
  uint32_t depth;
  bool is_atom;       /* a group ends there */
  const char *behind; /* the last byte that does not stand for itself */
} outline;

/* One more byte that does not stand for itself. False: this needs a closer look. */
EW_INLINE bool add_special(outline *o, const char *p) {
  bool is_atom = o->is_atom || p != o->behind;
  o->behind = p + 1;
  o->is_atom = *p == ')';
  switch (*p) {
  case '(':
    return o->depth++ < EW__MAX_GROUPS;
  case ')':
    return o->depth-- != 0;
  case '|':
    return true;
  case '*':
  case '+':
  case '?':
    return is_atom;
  default:
    return false;
  }
}

/* Whether a pattern of groups, alternatives and simple quantifiers is one. False: perhaps. */
static bool is_simple(const char *ptr, size_t len) {
  const char *end = ptr + len;
  outline o = {0, false, ptr};
  for (const char *p = ptr; p < end; p += EW_BLOCK) {
    ew_mask found = specials_at(ptr, p, end);
    for (const char *at = p; found != 0; at++) {
      size_t plain = ew_mask_first(found);
      at += plain;
      if (!add_special(&o, at)) {
        return false;
      }
      found = ew_mask_from(ew_mask_from(found, plain), 1);
    }
  }
  return o.depth == 0;
}

static bool is_re2(const char *ptr, size_t len) {
  return is_simple(ptr, len) || why_no_re2(ptr, len) == NULL;
}

const ew_format ew_format_re2 = {"re2", EXPECTED, is_re2, why_no_re2};
