/*
 * Whole values stepped over, and strings unescaped, in blocks and words. What is wrong with a value
 * is worked out by the exact functions of scan_internal.h, for the one token that is.
 */
#include "chars_internal.h"
#include "straight_internal.h"

/* ------------------------------------------------------------------------------------------------- escapes */

/* No escape becomes longer than it was; the block that is stored needs the rest. */
#define UNESCAPE_ROOM (EW_BLOCK + EW__LONGEST_CHARACTER)

/* A quote of JSON that stands in a string of JSON in a string: a backslash and a quote, escaped. */
#define NESTED_QUOTE "\\\\\\\""

EW_INLINE bool is_plain(char c) {
  return (unsigned char)c >= ' ' && (unsigned char)c < 0x80 && c != '\\';
}

/* What stands where no block can be loaded or stored: to the closing quote or the end, or NULL. */
EW__SMALL static const char *unescape_tail(const ew_reader *r, const char *p, const char *limit,
                                           uint32_t mode, char **to) {
  while (p != NULL && p < r->end && *p != '"') {
    char one[EW__LONGEST_CHARACTER] = {*p};
    char *behind = one + 1;
    if (is_plain(*p)) {
      p++;
    } else {
      behind = one;
      p = ew__decode_odd(p, r->end, one, mode, &behind);
    }
    if (behind - one > limit - *to) {
      return NULL;
    }
    for (char *from = one; from < behind;) {
      *(*to)++ = *from++;
    }
  }
  return p;
}

/* Up to where a word may be loaded behind a second block, and there is room: nothing grows but bytes
 * that are no text. */
EW_INLINE const char *fast_end_from(const ew_reader *r, const char *p, ptrdiff_t room) {
  ptrdiff_t fast = r->fast_end - p - EW__LONGEST_CHARACTER;
  room -= UNESCAPE_ROOM - 1;
  fast = (fast < room ? fast : room) - EW_BLOCK;
  return fast > 0 ? p + fast : p;
}

/*
 * Over the nested quotes of the block at *p, which mostly stand close together; the block is at *to
 * already. special: what of it is not plain. False: *p is at something else.
 */
EW_INLINE bool unescape_nested(const char **p, char **to, ew_mask special) {
  for (;;) {
    size_t plain = ew_mask_first(special);
    *p += plain;
    *to += plain;
    if (EW_UNLIKELY(memcmp(*p, NESTED_QUOTE, 4) != 0)) {
      return false;
    }
    memcpy(*to, "\\\"", 2);
    *p += 4;
    *to += 2;
    special = ew_mask_from(ew_mask_from(special, plain), 4);
    if (special == 0) {
      return true;
    }
    ew_block_store(*to, ew_block_load(*p));
  }
}

const char *ew__unescape(const ew_reader *r, const char *start, uint32_t mode, ew_str *out,
                         ew_str *known) {
  const ew_arena *arena = r->arena;
  if (EW_UNLIKELY(arena->base == NULL || arena->used > arena->size)) {
    return NULL;
  }
  char *const begin = arena->base + arena->used;
  const char *const limit = arena->base + arena->size;
  char *to = begin;
  const char *p = start;
  const char *quote = NULL; /* the last one, behind which is nothing but text and nested quotes */
  *known = (ew_str){0};
  const char *fast_end = start; /* where there is less room than text, it moves on as that shrinks */
  while (p < fast_end || p < (fast_end = fast_end_from(r, p, limit - to))) {
    ew_block block = ew_block_load(p);
    ew_block_store(to, block);
    ew_mask special = ew_block_not_plain(block);
    if (special == 0) {
      p += EW_BLOCK;
      to += EW_BLOCK;
      continue;
    }
    if (EW_LIKELY(unescape_nested(&p, &to, special))) {
      continue;
    }
    char c = *p == '\\' ? ew__short_escape(p[1]) : '\0';
    if (EW_LIKELY(c == '"')) {
      if (quote != NULL && to - quote > (ptrdiff_t)known->len) {
        *known = (ew_str){quote, (uint32_t)(to - quote) + 1, 0};
      }
      quote = to;
      *to++ = c;
      p += 2;
      continue;
    }
    char next = *p;
    if (c != '\0') {
      quote = NULL;
      do {
        *to++ = c;
        p += 2;
        next = *p;
        if (next != '\\' && p[1] == '\\' && is_plain(next) && next != '"') {
          *to++ = next; /* alone between escapes */
          next = *++p;
        }
        c = next == '\\' && p < fast_end ? ew__short_escape(p[1]) : '\0';
      } while (c != '\0' && c != '"');
      if (next != '"') { /* a short string may end with an escape */
        continue;
      }
    }
    if (next == '"') {
      break;
    }
    if (EW_BLOCK == 8 && is_plain(*p)) { /* the masks of words say too much */
      continue;
    }
    size_t n = (unsigned char)*p < 0x80 ? 0 : ew__utf8_length(p, r->end);
    if (n != 0) {
      memcpy(to, p, EW__LONGEST_CHARACTER);
      to += n;
      p += n;
      continue;
    }
    quote = *p == '\\' ? NULL : quote; /* it may stand for anything */
    char *behind = to;
    p = ew__decode_odd(p, r->end, limit, mode, &behind);
    if (p == NULL) {
      return NULL;
    }
    to = behind;
    fast_end = p; /* there may be less room than before */
  }
  char *stop = to;
  if (p >= fast_end) {
    p = unescape_tail(r, p, limit, mode, &stop);
  }
  *out = (ew_str){begin, (uint32_t)(stop - begin), 0};
  return p;
}

/* ------------------------------------------------------------------------------------------------- values */

/** A run over one value. */
typedef struct skip {
  ew_reader *r; /* its begin, end and fast_end say what may be loaded */
  uint32_t mode;
  ew__fault *fault;
} skip;

EW__COLD const char *ew__refuse_here(const ew_reader *r, const char *p, const char *expected,
                                     ew__fault *fault) {
  return ew__refuse(fault, p == r->end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX, p, expected);
}

EW__COLD static const char *refuse_here(const skip *s, const char *p, const char *expected) {
  return ew__refuse_here(s->r, p, expected, s->fault);
}

/* A string with escapes, or one that is refused. p is at its quote. */
EW__SMALL static EW_NOINLINE const char *scan_exactly(const ew_reader *r, const char *p,
                                                      uint32_t mode, ew__span *out,
                                                      ew__fault *fault) {
  return (mode & EW__MODE_UNCHECKED) == 0 ? ew__scan_string(p, r->end, mode, out, fault)
                                          : ew__scan_unchecked(r, p, out, &fault->err);
}

EW__SMALL static const char *skip_escaped(const skip *s, const char *p) {
  ew__span span;
  s->fault->at = NULL; /* one that is not asked for what is wrong leaves it so */
  return scan_exactly(s->r, p, s->mode, &span, s->fault);
}

/* Behind the escapes or the sequences at stop; NULL for what the exact scan must judge. */
EW_INLINE const char *skip_odd(const ew_reader *r, const char *stop) {
  if ((unsigned char)*stop >= 0x80) {
    const char *behind = ew__scan_utf8(r, stop);
    return behind == stop ? NULL : behind;
  }
  const char *behind = ew__pass_escapes(stop, r->end, 0);
  return behind == stop ? NULL : behind;
}

/* Of the most usual one a comparison knows both bytes. */
EW_INLINE bool is_short_escape(const char *p) {
  return memcmp(p, "\\\"", 2) == 0 || (*p == '\\' && ew__short_escape(p[1]) != '\0');
}

/*
 * Over the short escapes of the block at p, which mostly stand close together. special: what of it is
 * not plain; when some of that is left it begins where the result is, else the block is passed.
 */
EW_INLINE const char *skip_escapes(const char *p, ew_mask *special) {
  size_t behind = EW_BLOCK;
  while (*special != 0) {
    size_t at = ew_mask_first(*special);
    if (EW_UNLIKELY(!is_short_escape(p + at))) {
      return p + at;
    }
    *special = ew_mask_behind_two(*special, at);
    behind = at + 2;
  }
  return p + (behind < EW_BLOCK ? EW_BLOCK : behind);
}

const char *ew__skip_rest(const ew_reader *r, const char *p) {
  do {
    if (EW_LIKELY(p < r->fast_end)) {
      ew_mask special = ew_block_not_plain(ew_block_load(p));
      p = skip_escapes(p, &special);
      if (special == 0) {
        continue;
      }
    } else {
      p = ew_scan_plain_tail(r, p);
    }
    if (p >= r->end) { /* a block may end in what is readable behind the text */
      return NULL;
    }
    if (*p == '"') {
      return p + 1;
    }
    p = is_plain(*p) ? p : skip_odd(r, p);
  } while (p != NULL);
  return NULL;
}

/* What is shorter is stepped over again as fast as it would be found. */
#define LONG_PASSED 256

EW__SMALL static EW_NOINLINE void note(ew_reader *r, const char *from, const char *behind,
                                       const void *of, uint32_t count, ew_passed_as as) {
  uint32_t len = (uint32_t)(behind - from);
  const ew_passed *old = &r->passed;
  bool first = old->from == NULL;
  bool inside = !first && from > old->from && from - old->from < old->len && len > old->len / 2;
  bool refused = !first && old->as == EW_PASSED_MAP; /* what is known of it no other way tells */
  bool longer = len / 2 > old->len || (as == EW_PASSED_LIST && len > old->len);
  if (len >= LONG_PASSED && !refused && (first || inside || longer)) {
    r->passed = (ew_passed){from, len, as, of, count};
  }
}

EW_INLINE const char *note_value(ew_reader *r, const char *from, const char *behind) {
  if (EW_UNLIKELY(behind - from >= LONG_PASSED)) {
    note(r, from, behind, NULL, 0, EW_PASSED_VALUE);
  }
  return behind;
}

EW__SMALL const char *ew__note_passed(ew_reader *r, const char *from, const char *behind,
                                      const ew_array_rules *list) {
  note(r, from, behind, list, 0, list != NULL ? EW_PASSED_LIST : EW_PASSED_VALUE);
  return behind;
}

/* The value at p needs no second look. */
EW_INLINE bool is_passed(const ew_reader *r, const char *p) {
  return p == r->passed.from && r->passed.as <= EW_PASSED_LIST;
}

/* An escape and the closing quote stand there, as in rows of short strings. */
EW_INLINE bool ends_with_escape(const ew_reader *r, const char *stop) {
  return r->end - stop > 2 && stop[2] == '"' && *stop == '\\' &&
         ew__short_escape(stop[1]) != '\0';
}

/* p is at the opening quote. */
EW_INLINE const char *skip_string(const skip *s, const char *p) {
  if (ew_peek(s->r, p + 1) == '"') {
    return p + 2;
  }
  const char *stop = ew_scan_plain(s->r, p + 1);
  if (EW_LIKELY(ew_peek(s->r, stop) == '"')) {
    return stop + 1;
  }
  if (ends_with_escape(s->r, stop)) {
    return stop + 3;
  }
  if ((unsigned char)ew_peek(s->r, stop) >= 0x80) {
    const char *character = stop + ew__utf8_length(stop, s->r->end);
    if (ew_peek(s->r, character) == '"') { /* and of short ones beyond ASCII */
      return character + 1;
    }
  }
  if (is_passed(s->r, p)) {
    return p + s->r->passed.len;
  }
  stop = ew__skip_rest(s->r, stop);
  if (EW_UNLIKELY(stop == NULL)) {
    return skip_escaped(s, p);
  }
  return note_value(s->r, p, stop);
}

/* Over the digit at *p and those behind it. The result is the byte behind them. */
EW_INLINE char skip_digits(const ew_reader *r, const char **p) {
  char c = ew_peek(r, ++*p);
  while (ew__is_digit(c)) {
    unsigned count = r->end - *p > 8 ? ew__count_digits(ew_load64(*p)) : 1;
    *p += count;
    c = ew_peek(r, *p);
  }
  return c;
}

/* p is at '-' or a digit; the result is behind the number. NULL when it is none. */
static const char *number_end(const ew_reader *r, const char *p) {
  char c = *p;
  if (c == '-') {
    c = ew_peek(r, ++p);
  }
  if (EW_UNLIKELY(!ew__is_digit(c))) {
    return NULL;
  }
  if (c != '0') {
    c = skip_digits(r, &p);
  } else {
    c = ew_peek(r, ++p);
    if (EW_UNLIKELY(ew__is_digit(c))) {
      return NULL;
    }
  }
  if (c == ',') {
    return p;
  }
  if (c == '.') {
    if (EW_UNLIKELY(!ew__is_digit(ew_peek(r, ++p)))) {
      return NULL;
    }
    c = skip_digits(r, &p);
  }
  if ((c | 0x20) == 'e') {
    c = ew_peek(r, ++p);
    bool sign = c == '+' || c == '-';
    if (EW_UNLIKELY(!ew__is_digit(c)) && !(sign && ew__is_digit(ew_peek(r, ++p)))) {
      return NULL;
    }
    for (int few = 3; few > 0 && ew__is_digit(ew_peek(r, p)); few--) {
      p++;
    }
    if (EW_UNLIKELY(ew__is_digit(ew_peek(r, p)))) {
      p = ew__pass_digits(p, r->end, '9');
    }
  }
  return p;
}

/* Behind a word; NULL when another value stands at p, or none. */
static EW_NOINLINE const char *skip_word(const ew_reader *r, const char *p) {
  if (ew_at(r, p, "true", 4) || ew_at(r, p, "null", 4)) {
    return p + 4;
  }
  return ew_at(r, p, "false", 5) ? p + 5 : NULL;
}

/* Behind a scalar that is no string, c at p; NULL when another value stands there, or none. */
EW_INLINE const char *skip_bare(const ew_reader *r, const char *p, char c) {
  return ew__is_digit(c) || c == '-' ? number_end(r, p) : skip_word(r, p);
}

/* The exact scan says what is wrong with a number, or a word. */
EW__COLD static EW_NOINLINE const char *refuse_bare(const skip *s, const char *p) {
  char c = ew_peek(s->r, p);
  ew__number number;
  if (ew__is_digit(c) || c == '-') {
    return ew__scan_number(p, s->r->end, &number, s->fault);
  }
  if (c == 't' || c == 'n') {
    return ew__scan_word(p, s->r->end, c == 't' ? "true" : "null", 4, s->fault);
  }
  return c == 'f' ? ew__scan_word(p, s->r->end, "false", 5, s->fault)
                  : refuse_here(s, p, "a value");
}

EW__SMALL const char *ew__pass_text(const char *p, const char *end) {
  if (EW_LIKELY(end - p >= EW_BLOCK)) { /* most end in it, and many at once */
    if (p[1] == '"' && *p != '\\') {
      return p + 2;
    }
    ew_mask special = ew_block_special(ew_block_load(p));
    const char *stop = p + (special == 0 ? 0 : ew_mask_first(special));
    if (*stop == '"') {
      return stop + 1;
    }
    if (*stop == '\\' && end - stop > 2 && stop[2] == '"') {
      return stop + 3;
    }
  }
  p = ew__find_special(p, end);
  while (end - p > 2 && *p == '\\') {
    p += 2;
    p = *p == '\\' || *p == '"' ? p : ew__find_special(p, end);
  }
  return p < end && *p == '"' ? p + 1 : end;
}

/* Behind an object or an array in a text that was passed: brackets and strings are all that counts. */
static EW_NOINLINE const char *pass_good(const char *p, const char *end) {
  uint32_t depth = 0;
  for (;;) {
    char c = *p++;
    if (ew__is_inner_byte(c)) {
      continue;
    }
    if (c == '"') {
      p = *p == '"' ? p + 1 : ew__pass_text(p, end);
      continue;
    }
    depth += (uint32_t)(c & 2) - 1; /* of brackets only those that open have this bit */
    if (depth == 0) {
      return p;
    }
  }
}

/* The same where p is; NULL: in no such text, or at its beginning, or at another value. */
EW_INLINE const char *pass_known(const ew_reader *r, const char *p) {
  bool known = (uintptr_t)p - (uintptr_t)r->passed.from < r->passed.len && p != r->passed.from;
  return EW_UNLIKELY(known) && r->passed.as <= EW_PASSED_MEMBERS && (*p | 0x20) == '{'
             ? pass_good(p, r->end)
             : NULL;
}

/*
 * What closes the open brackets: the innermost at top, at begin nothing. end and fast_end are those of
 * the text, which what is stored at top can not change.
 */
typedef struct levels {
  const char *begin;
  const char *last;
  char *top;
  const char *end;
  const char *fast_end;
  const char *passed; /* see ew_passed */
} levels;

EW_INLINE char byte_at(const levels *l, const char *p) { return EW_LIKELY(p < l->end) ? *p : '\0'; }

/*
 * Behind the colon of a key that is plain and short, without white space around it, as most are. NULL:
 * something else.
 */
EW_INLINE const char *behind_plain_key(const levels *l, const char *p) {
  if (EW_UNLIKELY(p >= l->fast_end || *p != '"')) {
    return NULL;
  }
  ew_mask special = ew_head_not_plain(p + 1);
  if (EW_UNLIKELY(special == 0)) {
    return NULL;
  }
  p += ew_mask_first(special) + 2;
  return EW_LIKELY(p < l->end && memcmp(p - 1, "\":", 2) == 0) ? p + 1 : NULL;
}

/* ew__behind_colon() where most often nothing else stands there. */
EW_INLINE const char *behind_colon(const ew_reader *r, const char *p, ew__fault *fault) {
  bool usual = r->end - p > 1 && *p == ':' && (unsigned char)p[1] > ' ';
  return usual ? p + 1 : ew__behind_colon(r, p, fault);
}

/* Any key, which should stand at p; the result is before its value. */
static EW_NOINLINE const char *skip_any_key(const skip *s, const char *p) {
  if (EW_UNLIKELY(ew_peek(s->r, p) != '"')) {
    return refuse_here(s, p, "a member name in quotes");
  }
  /* As in rows of such names. */
  bool single = s->r->end - p > 3 && p[3] == '"' && p[1] == '\\' && ew__short_escape(p[2]) != '\0';
  const char *at = p + (single ? 3 : ew__ascii_escape(p + 1, s->r->end) < 0x80 ? 7 : 1);
  const char *behind = ew_peek(s->r, at) == '"' ? at + 1 : ew__skip_rest(s->r, at);
  p = EW_LIKELY(behind != NULL) ? behind : skip_escaped(s, p);
  return EW_LIKELY(p != NULL) ? behind_colon(s->r, p, s->fault) : NULL;
}

EW__COLD static EW_NOINLINE const char *refuse_level(const skip *s, const char *p) {
  return ew__refuse(s->fault, EW_ERR_DEPTH, p, "a scalar value");
}

/*
 * p is at the brace or the comma before a key. The result is before its value, or with *ended at the brace
 * that closes again at once.
 */
EW_INLINE const char *skip_key(const skip *s, const levels *l, const char *p, bool *ended) {
  const char *value = behind_plain_key(l, p + 1);
  if (EW_LIKELY(value != NULL)) {
    return value;
  }
  const char *at = ew__skip_white(p + 1, l->end);
  *ended = *p == '{' && byte_at(l, at) == '}';
  return *ended ? at : skip_any_key(s, at);
}

/* p is at the bracket of an array that may be opened. The result is before its first value, or with
 * *ended at the bracket that closes again at once. */
EW_INLINE const char *skip_brackets(const skip *s, levels *l, const char *p, bool *ended) {
  char c;
  for (;;) { /* rows of brackets need no more than this */
    *++l->top = ']';
    c = byte_at(l, ++p);
    if (EW_LIKELY(c != '[')) {
      break;
    }
    if (EW_UNLIKELY(l->top == l->last)) {
      return refuse_level(s, p);
    }
  }
  if (EW_UNLIKELY((unsigned char)c <= ' ')) {
    p = ew__skip_white(p + (c == ' '), l->end); /* mostly the only one */
    c = byte_at(l, p);
  }
  *ended = c == ']';
  return p;
}

/* p is behind a value. Closes what ends here; the result is at the comma behind it, or with no bracket
 * open behind all. */
EW_INLINE const char *skip_closings(const skip *s, levels *l, const char *p) {
  while (l->top != l->begin) {
    char c = byte_at(l, p);
    if (c == ',') {
      return p;
    }
    if (EW_LIKELY(c == *l->top)) {
      l->top--;
      p++;
    } else if (c == ' ') {
      p++;
    } else if (EW_LIKELY(ew__is_white(c))) {
      p = ew__skip_white_slow(p, l->end);
    } else {
      return refuse_here(s, p, *l->top == '}' ? "a comma or }" : "a comma or ]");
    }
  }
  return p;
}

/* What is passed is refused, as it was before. */
EW__COLD static EW_NOINLINE const char *refuse_again(const skip *s) {
  const ew_passed *passed = &s->r->passed;
  return ew__refuse(s->fault, (ew_err)passed->count, passed->from + passed->len,
                    (const char *)passed->of);
}

/* Remembers that the value at p is refused. Always NULL. */
EW__COLD static EW_NOINLINE const char *note_broken(ew_reader *r, const char *p,
                                                    const ew__fault *fault) {
  if (fault->at != NULL) {
    note(r, p, fault->at, fault->expected, (uint32_t)fault->err, EW_PASSED_BROKEN);
  }
  return NULL;
}

/* Iterative: a value, with its key in an object, then all that may follow one, until no bracket is open.
 * inside: an object is open, and p at the value of a member. */
static const char *skip_on(const skip *s, const char *p, bool inside) {
  char closings[EW__MAX_DEPTH + 1];
  uint32_t most = s->r->depth_left < EW__MAX_DEPTH ? s->r->depth_left : EW__MAX_DEPTH;
  levels l = {closings, closings + most, closings + inside, s->r->end, s->r->fast_end,
              s->r->passed.from};
  bool key = false;
  memcpy(closings, "\0}", 2);
  if (EW_UNLIKELY(p == l.passed) && s->r->passed.as == EW_PASSED_BROKEN) {
    return refuse_again(s);
  }
  for (;;) {
    bool ended = false;
    if (key && EW_UNLIKELY(p == l.passed) && s->r->passed.as == EW_PASSED_MEMBERS) {
      p += s->r->passed.len;
      ended = true;
    } else if (key) {
      p = skip_key(s, &l, p, &ended);
      if (EW_UNLIKELY(p == NULL)) {
        return NULL;
      }
    }
    key = false;
    if (EW_LIKELY(!ended)) {
      char c = byte_at(&l, p);
      if (EW_UNLIKELY((unsigned char)c <= ' ')) {
        bool single = c == ' ' && (unsigned char)byte_at(&l, p + 1) > ' ';
        p = single ? p + 1 : ew__skip_white_slow(p, l.end);
        c = byte_at(&l, p);
        if (c == '\0') {
          return refuse_bare(s, p);
        }
      }
      if (EW_LIKELY(c == '"')) {
        p = skip_string(s, p);
        if (EW_UNLIKELY(p == NULL)) {
          return NULL;
        }
      } else if (c <= '9') { /* or it is no value */
        /* Rows of one or two digits need no more than this. */
        char next = c >= '0' ? byte_at(&l, p + 1) : '.';
        const char *stop = p + 1;
        if (ew__is_digit(next) && c != '0') {
          next = byte_at(&l, p + 2);
          stop++;
        }
        bool brief = (unsigned char)next <= ',' || (unsigned char)next > 'e';
        stop = brief ? stop : number_end(s->r, p);
        if (EW_UNLIKELY(stop == NULL)) {
          return refuse_bare(s, p);
        }
        p = stop;
      } else if (EW_LIKELY((c | 0x20) == '{')) {
        if (EW_UNLIKELY(p == l.passed) && s->r->passed.as <= EW_PASSED_LIST) {
          p += s->r->passed.len;
        } else if (EW_UNLIKELY(p == l.passed) && s->r->passed.as == EW_PASSED_BROKEN) {
          return refuse_again(s);
        } else if (EW_UNLIKELY(l.top == l.last)) {
          return refuse_level(s, p);
        } else if (byte_at(&l, p + 1) == (char)(c + 2)) {
          p += 2;
        } else if (c == '{') {
          *++l.top = '}';
          key = true;
          continue;
        } else {
          p = skip_brackets(s, &l, p, &ended);
          if (EW_UNLIKELY(p == NULL)) {
            return NULL;
          }
          if (!ended) {
            continue;
          }
        }
      } else {
        const char *stop = skip_word(s->r, p);
        if (EW_UNLIKELY(stop == NULL)) {
          return refuse_bare(s, p);
        }
        p = stop;
      }
    }
    if (byte_at(&l, p) != ',' || *l.top != ']') { /* as in rows of small elements */
      p = skip_closings(s, &l, p);
      if (p == NULL || l.top == l.begin) {
        return p;
      }
      if (*l.top == '}') {
        key = true;
        continue;
      }
    }
    p++;
  }
}

static EW_NOINLINE const char *skip_any(ew_reader *r, const char *p, uint32_t mode,
                                        ew__fault *fault) {
  skip s = {r, mode, fault};
  return skip_on(&s, p, false);
}

/* What takes no levels, as far as it is usual; NULL for everything else. */
EW_INLINE const char *skip_brief(const ew_reader *r, const char *p) {
  char c = *p;
  char next = p[1];
  if (c == '{' || c == '[') {
    return next == c + 2 && r->depth_left != 0 ? p + 2 : NULL;
  }
  if (c == '"') {
    const char *quote = ew__find_quote(r, p);
    return quote == NULL ? NULL : quote + 1;
  }
  bool brief = ew__is_digit(c) && (next == ',' || next == '}');
  return brief ? p + 1 : skip_bare(r, p, c);
}

const char *ew__skip_within(ew_reader *r, const char *p, uint32_t mode, ew__fault *fault) {
  const char *behind = EW_LIKELY(r->end - p > 1) ? skip_brief(r, p) : NULL;
  if (EW_LIKELY(behind != NULL)) {
    return behind;
  }
  behind = pass_known(r, p);
  if (EW_UNLIKELY(behind != NULL)) {
    return behind;
  }
  behind = skip_any(r, p, mode, fault);
  return EW_LIKELY(behind != NULL) ? note_value(r, p, behind) : note_broken(r, p, fault);
}

/* One that has escapes, or is no ASCII, or too close to the end of the text or to white space. */
EW__SMALL static EW_NOINLINE const char *scan_odd_name(const ew_reader *r, const char *p, uint32_t mode,
                                                       char text[EW__NAME_ROOM], ew__span *out,
                                                       ew__fault *fault) {
  const char *quote = ew_peek(r, p) != '"' ? NULL : ew__plain_name(p + 1, r->end, mode, text, out);
  if (quote == NULL || quote == r->end) {
    return ew__scan_any_key(r, p, mode, out, fault);
  }
  /* No escape is as long as what it stands for. */
  if (quote - p == (ptrdiff_t)out->len + 1 && (mode & EW_TOLERATE_BAD_UTF8) == 0) {
    out->ptr = p + 1;
  }
  return behind_colon(r, quote + 1, fault);
}

const char *ew__scan_name(const ew_reader *r, const char *p, uint32_t mode,
                          char text[EW__NAME_ROOM], ew__span *out, ew__fault *fault) {
  const char *quote = ew__find_quote(r, p);
  if (EW_UNLIKELY(quote == NULL || r->end - quote < 3 || quote[1] != ':' ||
                  (unsigned char)quote[2] <= ' ')) {
    return scan_odd_name(r, p, mode, text, out, fault);
  }
  *out = (ew__span){p + 1, (uint32_t)(quote - p) - 1, false};
  return quote + 2;
}

/* Whether a member, index of the names or < 0, is stepped over. */
EW_INLINE bool may_wait(const ew__waiting *waiting, int index) {
  if (EW_LIKELY(waiting == NULL)) {
    return index < 0;
  }
  return index < 0 ? !waiting->closed : (waiting->may >> index & 1) != 0;
}

const char *ew__pass_others(ew_reader *r, const char *p, const ew__names *names,
                            ew__waiting *waiting, uint32_t *passed, ew__fault *fault) {
  char text[EW__NAME_ROOM];
  skip s = {r, names->mode, fault};
  fault->err = EW_OK;
  for (;;) {
    const char *at = p;
    if (EW_UNLIKELY(at >= r->fast_end || memcmp(at, ",\"", 2) != 0)) {
      if (r->end - at < 4) {
        return p;
      }
      if (waiting != NULL && waiting->more != 0 && memcmp(at, "},{", 3) == 0) {
        waiting->more--;
        waiting->begin = at = p = at + 2;
        *passed = 0;
      } else if (*at != '{' || *passed != 0) {
        at = ew__skip_white(at, r->end);
        if (ew_peek(r, at) != ',') {
          return p;
        }
      }
      at = ew__skip_white(at + 1, r->end) - 1;
    }
    at++;
    const char *from = at + 1;
    const char *quote = ew__find_quote(r, at);
    size_t len = (size_t)(quote - from);
    if (EW_UNLIKELY(quote == NULL)) {
      ew__span odd;
      quote = ew_peek(r, at) == '"' ? ew__plain_name(from, r->end, names->mode, text, &odd) : NULL;
      if (quote == NULL) { /* it is too long, or none */
        return p;
      }
      from = odd.ptr;
      len = odd.len;
    }
    if (r->end - quote < 4 || quote[1] != ':') { /* with a value and a bracket */
      return p;
    }
    int index = -1;
    ew__span name = {from, (uint32_t)len, false};
    if (ew__names_like(names, name) != 0) {
      index = ew__names_find(names, name);
    }
    if (!may_wait(waiting, index)) {
      if (waiting != NULL && index >= 0) {
        waiting->name = at;
        waiting->value = quote + 2;
        waiting->found = (uint32_t)index;
      }
      return p;
    }
    const char *value = quote + 2;
    const char *behind;
    if ((value[0] | 0x20) == '{') {
      behind = pass_known(r, value);
      if (EW_LIKELY(behind == NULL)) {
        behind = skip_on(&s, value, false);
        behind = EW_LIKELY(behind != NULL) ? note_value(r, value, behind) : note_broken(r, value, fault);
      }
    } else if (ew__is_digit(value[0]) && (value[1] == ',' || value[1] == '}')) {
      behind = value + 1;
    } else if (memcmp(value, "\"\"", 2) == 0) {
      behind = value + 2;
    } else {
      behind = ew__skip_within(r, value, names->mode, fault);
    }
    if (EW_UNLIKELY(behind == NULL)) {
      return p;
    }
    if (index >= 0) {
      if ((size_t)(behind - quote) - 2 > waiting->longest) {
        return p;
      }
      waiting->held |= (uint64_t)1 << index;
      waiting->places[index] = (uint32_t)(at - r->begin);
    }
    ++*passed;
    p = behind;
  }
}

EW__SMALL const char *ew__pass_others_once(ew_reader *r, const char *p, const ew__names *names,
                                           const void *of, ew__waiting *waiting, uint32_t *passed,
                                           ew__fault *fault) {
  if (of != NULL && p == r->passed.from && r->passed.as == EW_PASSED_MEMBERS && r->passed.of == of) {
    *passed += r->passed.count;
    p += r->passed.len;
  }
  uint32_t before = *passed;
  const char *behind = ew__pass_others(r, p, names, waiting, passed, fault);
  note(r, p, behind, of, *passed - before, EW_PASSED_MEMBERS);
  return behind;
}

void ew__skip_open(ew_reader *r, const char *p, const char *end, uint32_t max_depth) {
  r->begin = p;
  r->end = end;
  r->fast_end = end - p < EW_BLOCK ? p : end - EW_BLOCK;
  r->key_end = end;
  r->depth_left = max_depth;
  r->passed.from = NULL;
  r->passed.len = 0;
}

EW__SMALL const char *ew__skip_value(const char *p, const char *end, uint32_t max_depth,
                                     uint32_t mode, ew__fault *fault) {
  ew_reader r;
  ew__skip_open(&r, p, end, max_depth);
  return skip_any(&r, p, mode, fault);
}

EW__SMALL bool ew__is_json(const char *p, const char *end, uint32_t max_depth, ew_str known) {
  ew_reader r;
  ew__fault fault;
  ew__skip_open(&r, p, end, max_depth);
  r.passed = (ew_passed){known.ptr, known.len, EW_PASSED_VALUE, NULL, 0};
  p = skip_any(&r, p, 0, &fault);
  return p != NULL && ew__skip_white(p, end) == end;
}

/* Behind the value at p, an object if from is at a value in it. */
EW__SMALL static EW_NOINLINE const char *skip_from(ew_reader *r, const char *p, const char *from) {
  ew__fault fault;
  skip s = {r, EW__MODE_UNCHECKED, &fault};
  const char *behind = from - p < LONG_PASSED ? pass_known(r, p) : NULL;
  if (EW_UNLIKELY(behind != NULL)) {
    return behind;
  }
  behind = skip_on(&s, from, from != p);
  if (EW_UNLIKELY(behind == NULL)) {
    note_broken(r, p, &fault);
    return ew_refuse(r, fault.err);
  }
  return note_value(r, p, behind);
}

EW__SMALL const char *ew_skip(ew_reader *r, const char *p) { return skip_from(r, p, p); }

EW__SMALL const char *ew__scan_text(const ew_reader *r, const char *p, uint32_t mode,
                                    ew__span *out, ew__fault *fault) {
  const char *stop = (mode & EW__MODE_UNCHECKED) != 0 ? ew__scan_utf8(r, p + 1)
                                                      : ew__find_special(p + 1, r->end);
  bool escaped = ew_peek(r, stop) == '\\' && (mode & EW_TOLERATE_BAD_UTF8) == 0;
  if (escaped && is_passed(r, p)) {
    stop = p + r->passed.len;
  } else {
    stop = escaped ? ew__skip_rest(r, stop) : stop + 1;
  }
  if (EW_UNLIKELY(stop == NULL || stop > r->end || stop[-1] != '"')) {
    return scan_exactly(r, p, mode, out, fault);
  }
  *out = (ew__span){p + 1, (uint32_t)(stop - p) - 2, escaped};
  return stop;
}

EW__SMALL const char *ew__scan_any_key(const ew_reader *r, const char *p, uint32_t mode,
                                       ew__span *out, ew__fault *fault) {
  if (ew_peek(r, p) != '"') {
    return ew__refuse_here(r, p, "a member name in quotes", fault);
  }
  p = ew__scan_string(p, r->end, mode, out, fault);
  return p == NULL ? NULL : ew__behind_colon(r, p, fault);
}

EW__SMALL const char *ew__behind_colon(const ew_reader *r, const char *p, ew__fault *fault) {
  if (EW_LIKELY(r->end - p > 1 && *p == ':' && (unsigned char)p[1] > ' ')) {
    return p + 1;
  }
  p = ew__skip_white(p, r->end);
  return ew_peek(r, p) == ':' ? ew__skip_white(p + 1, r->end)
                              : ew__refuse_here(r, p, "a colon", fault);
}

/* ------------------------------------------------------------------------------------------------- free form */

EW_INLINE const char *give_raw(const char *p, const char *behind, ew_raw *out) {
  out->json = (ew_str){p, (uint32_t)(behind - p), EW_STR_CLEAN};
  return behind;
}

/* The value at p, of which all before from is known to be good. */
EW__SMALL static EW_NOINLINE const char *read_raw_from(ew_reader *r, const char *p,
                                                       const char *from, ew_raw *out) {
  const char *behind = skip_from(r, p, from);
  if (EW_LIKELY(behind != NULL)) {
    give_raw(p, behind, out);
  }
  return ew_leave_slowly(r, behind);
}

static EW_NOINLINE const char *read_raw_slow(ew_reader *r, const char *p, uint32_t json_types,
                                             ew_raw *out) {
  p = ew__skip_white(p, r->end);
  if (json_types != 0 && (json_types & (uint32_t)ew__json_type(p, r->end)) == 0) {
    return ew_give_up(r, EW_ERR_TYPE);
  }
  return read_raw_from(r, p, p, out);
}

static EW_NOINLINE const char *read_any_raw(ew_reader *r, const char *p, uint32_t json_types,
                                            ew_raw *out) {
  bool may_be_object = (json_types & EW_JSON_OBJECT) != 0 || json_types == 0;
  if (EW_LIKELY(ew_value_at(r, p, "{}", 2)) && may_be_object && r->depth_left != 0) {
    return give_raw(p, p + 2, out);
  }
  return read_raw_slow(r, p, json_types, out);
}

/*
 * Where strings end. Windows follow each other whatever stands in them, so that one can be loaded
 * before it is known where the strings of the one before end: time is what that takes, one string
 * after the other, rather than instructions.
 */
typedef struct marks {
  const char *next; /* window: all before it is plain, but for odd */
  const char *last; /* window that may be loaded, with 4 bytes behind it */
  ew_mask odd;      /* of the window before next: what is not plain, and not left behind yet */
} marks;

EW_INLINE marks marks_from(const ew_reader *r, const char *p) {
  return (marks){p, r->fast_end + EW_BLOCK - EW_WINDOW - 4, 0};
}

/* False: what is not plain comes in no window. */
EW_INLINE bool find_mark(marks *m) {
  while (EW_UNLIKELY(m->odd == 0)) {
    if (EW_UNLIKELY(m->next > m->last)) {
      return false;
    }
    m->odd = ew_window_not_plain(m->next);
    m->next += EW_WINDOW;
  }
  return true;
}

EW_INLINE const char *first_mark(const marks *m) {
  return m->odd == 0 ? m->next : m->next - EW_WINDOW + ew_mask_first(m->odd);
}

/* The first mark, which it leaves behind; NULL when it stands in no window. */
EW_INLINE const char *take_mark(marks *m) {
  if (EW_UNLIKELY(!find_mark(m))) {
    return NULL;
  }
  const char *mark = first_mark(m);
  m->odd = ew_mask_behind_first(m->odd);
  return mark;
}

EW_INLINE void go_on_from(marks *m, const char *p) {
  m->next = p;
  m->odd = 0;
}

/* Not the usual string: with escapes, not ASCII, refused, or too close to the end of the text. */
static EW_NOINLINE const char *odd_closing_quote(const ew_reader *r, const char *stop) {
  stop = ew__scan_utf8(r, stop);
  if (EW_UNLIKELY(ew_peek(r, stop) != '"')) {
    stop = ends_with_escape(r, stop) ? stop + 3 : ew__skip_rest(r, stop);
    stop = stop == NULL ? NULL : stop - 1;
  }
  return stop;
}

/* Into the string that opens at p; marks before it are of white space. */
EW_INLINE void enter_string(marks *m, const char *p) {
  const char *mark;
  do {
    mark = take_mark(m);
  } while (mark != NULL && mark < p);
  if (EW_UNLIKELY(mark != p)) {
    go_on_from(m, p + 1);
  }
}

/* Behind the string that the marks are in, where a byte may be read; NULL when it is refused. */
EW_INLINE const char *leave_string(const ew_reader *r, marks *m) {
  const char *quote = take_mark(m);
  if (EW_UNLIKELY(quote == NULL || *quote != '"')) {
    quote = odd_closing_quote(r, quote == NULL ? m->next : quote);
    if (quote == NULL || r->end - quote <= 1) {
      return NULL;
    }
    go_on_from(m, quote + 1);
  }
  return quote + 1;
}

/* Where in an object of scalars it is: at the brace or the comma before a key, or in a string. */
typedef enum flat_place { BEFORE_KEY, IN_KEY, IN_STRING_VALUE } flat_place;

/* From at on to behind the last member, when all values are scalars; else NULL. *from is at the last one
 * that is no string, or at what is none. */
EW_INLINE const char *skip_flat_members(const ew_reader *r, const char *at, flat_place place,
                                        const char **from) {
  marks m = marks_from(r, at);
  for (;;) {
    if (place == BEFORE_KEY) {
      at = ew__skip_white(at + 1, r->end);
      if (EW_UNLIKELY(ew_peek(r, at) != '"')) {
        return NULL;
      }
      enter_string(&m, at);
      place = IN_KEY;
    }
    at = leave_string(r, &m);
    if (EW_UNLIKELY(at == NULL)) {
      return NULL;
    }
    if (place == IN_KEY) {
      if (EW_UNLIKELY(*at != ':')) {
        return NULL;
      }
      at = ew__skip_white(at + 1, r->end);
      char c = ew_peek(r, at);
      if (EW_LIKELY(c == '"')) {
        enter_string(&m, at);
        place = IN_STRING_VALUE;
        continue;
      }
      *from = at;
      at = skip_bare(r, at, c);
      if (EW_UNLIKELY(at == NULL)) {
        return NULL;
      }
    }
    if (ew_peek(r, at) != ',') {
      at = ew__skip_white(at, r->end);
      if (ew_peek(r, at) != ',') {
        return at;
      }
    }
    place = BEFORE_KEY;
  }
}

/* The rest of the object at p, from at on, of which most are such that all values are scalars. */
static EW_NOINLINE const char *read_flat_raw(ew_reader *r, const char *p, ew_raw *out,
                                             const char *at, flat_place place) {
  const char *from = p;
  at = skip_flat_members(r, at, place, &from);
  if (EW_UNLIKELY(at == NULL || at + 1 >= r->key_end || *at != '}')) {
    return read_raw_from(r, p, from, out);
  }
  return give_raw(p, note_value(r, p, at + 1), out);
}

/* The object at p, in a value of which stop stands: a string that is not plain, or not ended so. */
static EW_NOINLINE const char *read_odd_raw(ew_reader *r, const char *p, ew_raw *out,
                                            const char *stop) {
  const char *quote = odd_closing_quote(r, stop);
  if (EW_UNLIKELY(quote == NULL)) {
    return read_raw_from(r, p, p, out);
  }
  return quote + 2 < r->key_end && quote[1] == '}'
             ? give_raw(p, quote + 2, out)
             : read_flat_raw(r, p, out, quote, IN_STRING_VALUE);
}

/* The first three bytes of four as one number. */
#define THREE(bytes) (ew_load32(bytes) << 8)

/* From the quote at the first mark into the string that opens two bytes behind. */
EW_INLINE void enter_next(marks *m, const char *quote) {
  m->odd = ew_mask_behind_first(m->odd);
  if (EW_UNLIKELY(m->odd == 0)) {
    m->next = quote + 3;
  }
  m->odd = ew_mask_behind_first(m->odd);
}

/*
 * An object of strings takes no levels, and this function no memory: between two strings one
 * comparison sees both quotes and what stands between them. Any other one is left to the function
 * that it ends in.
 */
const char *ew_read_raw(ew_reader *r, const char *p, uint32_t json_types, ew_raw *out) {
  bool may_be_object = (json_types & EW_JSON_OBJECT) != 0 || json_types == 0;
  if (EW_UNLIKELY(r->fast_end - p <= 4 || *p != '{' || r->depth_left == 0 || !may_be_object)) {
    return read_any_raw(r, p, json_types, out);
  }
  if (EW_UNLIKELY(p[1] != '"')) {
    return (unsigned char)p[1] > ' ' ? read_any_raw(r, p, json_types, out)
                                     : read_flat_raw(r, p, out, p, BEFORE_KEY);
  }
  marks m = marks_from(r, p + 2);
  for (;;) {
    if (EW_UNLIKELY(!find_mark(&m) || THREE(first_mark(&m)) != THREE("\":\""))) {
      return read_flat_raw(r, p, out, first_mark(&m), IN_KEY);
    }
    enter_next(&m, first_mark(&m));
    if (EW_UNLIKELY(!find_mark(&m))) {
      return read_odd_raw(r, p, out, m.next);
    }
    const char *quote = first_mark(&m);
    if (EW_UNLIKELY(THREE(quote) != THREE("\",\""))) {
      return EW_LIKELY(quote[0] == '"' && quote[1] == '}' && quote + 2 < r->key_end)
                 ? give_raw(p, quote + 2, out)
                 : read_odd_raw(r, p, out, quote);
    }
    enter_next(&m, quote);
  }
}
