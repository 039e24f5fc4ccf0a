/*
 * Strings as the straight-line engine reads them. Where a function does not call but only ends in a
 * call, it saves no register: the usual string is read by such functions, and everything else is
 * left to the functions that they end in.
 */
#include "chars_internal.h"
#include "shape_block_internal.h"
#include "straight_internal.h"

/*
 * The last bytes of the text are looked at in the block that ends with it, what lies before p
 * shifted away.
 */
EW__SMALL const char *ew_scan_plain_tail(const ew_reader *r, const char *p) {
#if !defined(EW_BLOCK_SWAR)
  if (r->end - r->begin >= EW_BLOCK && p < r->end) {
    const char *last = r->end - EW_BLOCK;
    ew_mask special = ew_mask_from(ew_block_not_plain(ew_block_load(last)), (size_t)(p - last));
    return special == 0 ? r->end : p + ew_mask_first(special);
  }
#endif
  while (p < r->end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' &&
         *p != '\\') {
    p++;
  }
  return p;
}

/* A character at a time, from the first byte of one. */
EW__SMALL static const char *scan_utf8_slowly(const ew_reader *r, const char *p) {
  const char *stop;
  do {
    stop = ew_scan_plain(r, p);
    p = ew__skip_sequences(stop, r->end);
  } while (p != stop);
  return p;
}

/* Of these first bytes those after which not every second byte will do, or none. */
EW_INLINE ew_mask wary(ew_block v, ew_mask first) {
  ew_block two = ew_block_equal(ew_block_and(v, ew_block_fill(0xfe)), ew_block_fill(0xc0));
  ew_block three = ew_block_or(ew_block_equal(v, ew_block_fill(0xe0)),
                               ew_block_equal(v, ew_block_fill(0xed)));
  ew_block four = ew_block_or(ew_block_equal(v, ew_block_fill(0xf0)),
                              ew_block_at_most(ew_block_fill(0xf4), v));
  return ew_lanes_mask(ew_block_or(two, ew_block_or(three, four))) & first;
}

/*
 * Whether the second bytes will do behind these, of the block v at p, of which others begin a sequence
 * of three or four: E0 asks for A0 and more, ED for less, F0 for 90 and more, F4 for less.
 */
static EW_NOINLINE bool are_followed(ew_block v, const char *p, ew_mask firsts, ew_mask of_three,
                                     ew_mask of_four) {
  ew_block second = ew_block_load(p + 1);
  ew_mask half = ew_block_bits(second, 5);
  ew_mask good = (half ^ ew_block_bits(v, 0)) & of_three & ~of_four;
  ew_mask beyond = ew_lanes_mask(ew_block_at_most(ew_block_fill(0xf5), v));
  good |= ((half | ew_block_bits(second, 4)) ^ ew_block_bits(v, 2)) & of_four & ~beyond;
  return (firsts & ~good) == 0;
}

/* What is due in a block, and where there are bits for that in the next one. */
#if EW_BLOCK == 32
typedef uint64_t due_mask;
#else
typedef ew_mask due_mask;
#endif

/*
 * By block: where the bytes stand that begin a sequence says where the others of it must stand, and
 * they stand nowhere else.
 */
const char *ew__scan_blocks(const ew_reader *r, const char *p, ew_mask stops) {
  ew_mask owed = 0; /* bytes of this block that the one before owes a sequence */
  while (r->end - p > EW_BLOCK) {
    ew_block v = ew_block_load(p);
    ew_mask special = ew_block_special(v) & stops;
    ew_mask upto = special ^ (special - 1); /* the first one, which is ASCII */
    ew_mask high = ew_block_not_ascii(v) & upto;
    if ((high | owed) != 0) {
      ew_mask first = ew_block_bits(v, 6) & high;
      ew_mask of_three = ew_block_bits(v, 5) & first;
      ew_mask of_four = ew_block_bits(v, 4) & of_three;
      due_mask due = owed | (due_mask)first << EW_MASK_STEP |
                     (due_mask)of_three << 2 * EW_MASK_STEP | (due_mask)of_four << 3 * EW_MASK_STEP;
      ew_mask careful = wary(v, first);
      if (EW_UNLIKELY((due & EW_MASK_FULL & upto) != (high ^ first) ||
                      (careful != 0 && !are_followed(v, p, careful, of_three, of_four)))) {
        break;
      }
#if EW_MASK_STEP == 1
      owed = (ew_mask)(due >> EW_BLOCK);
#else
      owed = (first >> (EW_BLOCK - 1) * EW_MASK_STEP) |
             (of_three >> (EW_BLOCK - 2) * EW_MASK_STEP) |
             (of_four >> (EW_BLOCK - 3) * EW_MASK_STEP);
#endif
    } else if (stops == 0) {
      return p;
    }
    if (special != 0) {
      return p + ew_mask_first(special);
    }
    p += EW_BLOCK;
  }
  while (owed != 0 && ((unsigned char)*--p & 0xc0) == 0x80) {
  }
  return scan_utf8_slowly(r, p);
}

EW__SMALL const char *ew__scan_unchecked(const ew_reader *r, const char *p, ew__span *out,
                                         ew_err *err) {
  ew__fault fault = {EW_OK, NULL, NULL};
  size_t bad = 0;
  const char *behind = ew__scan_string(p, r->end, 0, out, &fault);
  *err = behind == NULL ? fault.err : ew__utf8_check(out->ptr, out->len, &bad);
  return *err == EW_OK ? behind : NULL;
}

EW__COLD static EW_NOINLINE const char *refuse_escaped(ew_reader *r, const char *start) {
  ew__span span;
  ew_err err = EW_OK;
  ew__scan_unchecked(r, start - 1, &span, &err);
  return ew_give_up(r, err == EW_OK ? EW_ERR_ARENA_FULL : err);
}

/* start is behind the opening quote of a string that holds an escape, or is refused. */
static EW_NOINLINE const char *read_escaped(ew_reader *r, const char *start, ew_str *out) {
  ew_str known;
  const char *quote = ew__unescape(r, start, 0, out, &known);
  if (EW_UNLIKELY(quote == NULL || quote == r->end)) {
    return refuse_escaped(r, start);
  }
  r->arena->used += out->len;
  return out->len > r->limits.max_string_bytes ? ew_give_up(r, EW_ERR_TOO_LARGE)
                                               : ew_leave(r, quote + 1);
}

/* The one that begins at start, of which all before p is plain. */
static EW_NOINLINE const char *read_rest(ew_reader *r, const char *start, const char *p,
                                         ew_str *out) {
  const char *stop = ew__scan_utf8(r, p);
  size_t len = (size_t)(stop - start);
  if (ew_peek(r, stop) != '"' || len > r->limits.max_string_bytes) {
    return read_escaped(r, start, out);
  }
  *out = (ew_str){start, (uint32_t)len, EW_STR_CLEAN};
  return ew_leave(r, stop + 1);
}

/* Any string, from anywhere before its opening quote. */
EW__SMALL static EW_NOINLINE const char *read_string_slow(ew_reader *r, const char *p,
                                                          ew_str *out) {
  const char *start = ew__open_string(r, p);
  return start == NULL ? ew_nowhere : read_rest(r, start, start, out);
}

/* One of which nothing but the character at odd is not plain; quote closes it. */
static EW_NOINLINE const char *read_ended(ew_reader *r, const char *p, ew_str *out, const char *odd,
                                          const char *quote) {
  size_t len = (size_t)(quote - p) - 1;
  if (*odd != '\\') {
    *out = (ew_str){p + 1, (uint32_t)len, EW_STR_CLEAN};
    return ew__utf8_length(odd, r->end) == (size_t)(quote - odd) && len <= r->limits.max_string_bytes
               ? quote + 1
               : read_string_slow(r, p, out);
  }
  char c = ew__short_escape(odd[1]);
  len--;
  bool good = c != '\0' && len <= r->limits.max_string_bytes;
  char *text = good ? ew__arena_take(r->arena, len, 1) : NULL;
  if (text == NULL) {
    return read_escaped(r, p + 1, out);
  }
  memcpy(text, p + 1, len);
  text[len - 1] = c;
  *out = (ew_str){text, (uint32_t)len, 0};
  return quote + 1;
}

/* The one at p, which has something else than its closing quote before behind, or is the last. */
static EW_NOINLINE const char *read_odd_string(ew_reader *r, const char *p, ew_str *out,
                                               const char *behind) {
  const char *odd = behind - 1;
  if (*odd == '\\') {
    return EW_UNLIKELY(behind + 2 < r->key_end && behind[1] == '"')
               ? read_ended(r, p, out, odd, behind + 1)
               : read_escaped(r, p + 1, out);
  }
  if (EW_UNLIKELY(behind + 4 >= r->key_end)) {
    return read_string_slow(r, p, out);
  }
  unsigned char first = (unsigned char)*odd;
  const char *quote = behind + 1 + (first >= 0xe0) + (first >= 0xf0);
  return EW_UNLIKELY(*quote == '"') ? read_ended(r, p, out, odd, quote)
                                    : read_rest(r, p + 1, odd, out);
}

/* The string of len plain bytes at p, if its closing quote follows them. */
EW_INLINE const char *end_string(ew_reader *r, const char *p, size_t len, ew_str *out) {
  const char *behind = p + len + 2;
  if (EW_UNLIKELY(behind >= r->key_end || behind[-1] != '"')) {
    return read_odd_string(r, p, out, behind);
  }
  *out = (ew_str){p + 1, (uint32_t)len, EW_STR_CLEAN};
  return behind;
}

/* One of which the head is plain. */
static EW_NOINLINE const char *read_long_string(ew_reader *r, const char *p, ew_str *out) {
  const char *at = p + 1 + EW_HEAD;
  for (; EW_LIKELY(at < r->fast_end); at += EW_BLOCK) {
    ew_mask special = ew_block_not_plain(ew_block_load(at));
    if (special != 0) {
      size_t len = (size_t)(at - p) - 1 + ew_mask_first(special);
      return EW_LIKELY(len <= r->limits.max_string_bytes) ? end_string(r, p, len, out)
                                                          : read_string_slow(r, p, out);
    }
  }
  return read_string_slow(r, p, out);
}

/* The limit of strings is not below a head. */
EW__SMALL const char *ew_read_string(ew_reader *r, const char *p, ew_str *out) {
  if (EW_UNLIKELY(p >= r->fast_end || *p != '"')) {
    return read_string_slow(r, p, out);
  }
  ew_mask special = ew_head_not_plain(p + 1);
  return EW_LIKELY(special != 0) ? end_string(r, p, ew_mask_first(special), out)
                                 : read_long_string(r, p, out);
}

/*
 * JSON, perhaps with escapes, from where it is a string: behind its closing quote, or NULL for what
 * others must judge, with the arena as before. What unescaping it has seen to be a string is not looked
 * at again.
 */
EW__SMALL static EW_NOINLINE const char *read_json(ew_reader *r, const char *p, ew_str *out) {
  ew_str known;
  const char *quote = ew__unescape(r, p + 1, 0, out, &known);
  if (quote == NULL || quote == r->end || out->len > r->limits.max_string_bytes ||
      !ew__is_json(out->ptr, out->ptr + out->len, r->limits.max_depth, known)) {
    return NULL;
  }
  if (quote - p - 1 == (ptrdiff_t)out->len) {
    *out = (ew_str){p + 1, out->len, EW_STR_CLEAN};
  } else {
    r->arena->used += out->len;
  }
  return quote + 1;
}

/* There is nothing else to check. */
EW__SMALL static bool is_json_alone(const ew_string_rules *rules) {
  return rules->check_content && rules->content == EW_CONTENT_JSON && rules->pattern == NULL &&
         rules->shape == NULL && rules->min_length == 0 && rules->max_length == EW_NO_LIMIT;
}

EW__SMALL static EW_NOINLINE const char *read_text_slow(ew_reader *r, const char *p,
                                                        const ew_string_rules *rules,
                                                        ew_str *out) {
  if (ew_peek(r, p) == '"' && is_json_alone(rules)) {
    const char *behind = read_json(r, p, out);
    if (EW_LIKELY(behind != NULL)) {
      return ew_leave_slowly(r, behind);
    }
  }
  p = ew_arrive(r, ew_read_string(r, p, out));
  if (EW_UNLIKELY(p == NULL)) {
    return ew_nowhere;
  }
  ew_err err = ew__check_text(rules, out->ptr, out->len, r->limits.max_depth);
  if (EW_UNLIKELY(err != EW_OK)) {
    return ew_give_up(r, err);
  }
  r->accepted = p; /* rules take their time */
  return ew_leave_slowly(r, p);
}

/* A format, perhaps with a pattern. */
EW_INLINE bool has_format(const ew_string_rules *rules, const char *text, size_t len) {
  bool any = rules->pattern == NULL && rules->shape == NULL;
  return rules->content == EW_CONTENT_FORMAT && (any || ew__pattern_holds(rules, text, len)) &&
         ((const ew_format_rules *)rules)->format->holds(text, len);
}

/* What the rules say of a text of ASCII whose length fits, where that takes little: false may be wrong. */
static bool holds_at_once(const ew_string_rules *rules, const char *text, size_t len) {
  const ew_shape *shape = rules->shape;
  if (EW_UNLIKELY(rules->check_content)) {
    return has_format(rules, text, len);
  }
  if (rules->pattern == NULL) {
    return shape == NULL;
  }
  return shape == NULL ? ew__dfa_accepts(rules->pattern, text, len)
                       : ew__pattern_holds(rules, text, len);
}

/* Not all of the rules are bounds of the length. What out says need not be kept besides. */
EW__SMALL static EW_NOINLINE const char *check_text(ew_reader *r, const char *p,
                                                    const ew_string_rules *rules, ew_str *out,
                                                    const char *quote) {
  *out = (ew_str){p + 1, (uint32_t)(quote - p) - 1, EW_STR_CLEAN};
  if (EW_UNLIKELY(!holds_at_once(rules, out->ptr, out->len))) {
    return read_text_slow(r, out->ptr - 1, rules, out);
  }
  return out->ptr + out->len + 1;
}

const char *ew_read_text(ew_reader *r, const char *p, const ew_string_rules *rules, ew_str *out) {
  const char *quote = ew__find_quote(r, p);
  size_t len = (size_t)(quote - p) - 1;
  if (EW_UNLIKELY(quote == NULL || len > r->limits.max_string_bytes || len < rules->min_length ||
                  len > rules->max_length)) {
    return read_text_slow(r, p, rules, out);
  }
  if (rules->pattern != NULL || rules->shape != NULL || rules->check_content) {
    return check_text(r, p, rules, out, quote);
  }
  *out = (ew_str){p + 1, (uint32_t)len, EW_STR_CLEAN};
  return quote + 1;
}

EW_INLINE size_t step(const ew_dfa *dfa, size_t state, const char *p) {
  return dfa->steps[state + dfa->classes[(unsigned char)*p]];
}

/*
 * The plain text in *out, which the automaton of the rules accepts, or not: a step per byte, from at to
 * its closing quote.
 */
static EW_NOINLINE const char *read_steps(ew_reader *r, const char *at,
                                          const ew_string_rules *rules, ew_str *out,
                                          const char *quote) {
  const ew_dfa *dfa = rules->pattern;
  size_t state = dfa->start;
  const size_t unsettled = (size_t)dfa->settled_from - 1; /* 0: all are */
  for (; at + 4 <= quote; at += 4) {
    state = step(dfa, step(dfa, step(dfa, step(dfa, state, at), at + 1), at + 2), at + 3);
    if (state > unsettled) {
      return quote + 1;
    }
  }
  for (; at < quote; at++) {
    state = step(dfa, state, at);
  }
  return EW_LIKELY(state >= dfa->accept_from) ? quote + 1
                                              : ew_read_text(r, out->ptr - 1, rules, out);
}

const char *ew_read_automaton(ew_reader *r, const char *p, const ew_string_rules *rules,
                              ew_str *out) {
  const char *quote = ew__find_quote(r, p);
  const char *start = p + 1;
  size_t len = (size_t)(quote - start);
  if (EW_UNLIKELY(quote == NULL || len > EW_LONGEST_SHAPE || len > rules->max_length)) {
    return ew_read_text(r, p, rules, out);
  }
  if (rules->shape != NULL) {
    size_t row = rules->shape->min_len;
    if (EW_UNLIKELY(len < row || !ew__is_brief_row(rules->shape, row, start))) {
      return ew_read_text(r, p, rules, out);
    }
    start += row;
  }
  *out = (ew_str){p + 1, (uint32_t)len, EW_STR_CLEAN};
  return read_steps(r, start, rules, out, quote);
}

/* A block of segments at a time: where one begins, none has begun just before. */
const char *ew_read_segments(ew_reader *r, const char *p, char before,
                             const ew_string_rules *rules, ew_str *out) {
  if (EW_UNLIKELY(p >= r->fast_end || *p != '"' || p[1] != before)) {
    return ew_read_text(r, p, rules, out);
  }
  const ew_block begin = ew_block_fill((unsigned char)before);
  const char *at = p + 1;
  ew_block empty = ew_block_fill(0), twice;
  ew_mask odd;
  for (;; at += EW_BLOCK) {
    ew_block v = ew_block_load(at);
    odd = ew_block_not_plain(v);
    twice = ew_block_and(ew_block_equal(v, begin), ew_block_equal(ew_block_load(at - 1), begin));
    if (odd != 0) {
      break;
    }
    empty = ew_block_or(empty, twice);
    if (EW_UNLIKELY(at + EW_BLOCK >= r->fast_end)) {
      return ew_read_text(r, p, rules, out);
    }
  }
  const char *quote = at + ew_mask_first(odd);
  size_t len = (size_t)(quote - p) - 1;
  ew_mask empty_mask = ew_lanes_mask(empty) | (ew_lanes_mask(twice) & (odd - 1) & ~odd);
  if (EW_UNLIKELY(empty_mask != 0 || quote[-1] == before || quote + 1 >= r->key_end ||
                  *quote != '"' || len > r->limits.max_string_bytes)) {
    return ew_read_text(r, p, rules, out);
  }
  *out = (ew_str){p + 1, (uint32_t)len, EW_STR_CLEAN};
  return quote + 1;
}

/* ------------------------------------------------------------------------- strings of a given shape */

/* The text of len bytes whose closing quote stands before behind. */
EW_INLINE const char *give(const char *p, const char *behind, size_t len, ew_str *out) {
  *out = (ew_str){p + 1, (uint32_t)len, EW_STR_CLEAN};
  return behind;
}

/*
 * Whether the quotes stand where the shape says. What a shape lets through holds no quote, so none
 * has to be looked for. Shapes are never longer than the engine's least limit of strings. Behind
 * the closing one ew_leave() has nothing to do.
 */
EW_INLINE bool is_quoted(const ew_reader *r, const char *p, const char *behind) {
  return EW_LIKELY(behind < r->key_end && *p == '"' && behind[-1] == '"');
}

EW__SMALL const char *ew_read_row(ew_reader *r, const char *p, const ew_string_rules *rules,
                                  ew_str *out) {
  const ew_shape *shape = rules->shape;
  const char *behind = p + shape->min_len + 2;
  if (EW_UNLIKELY(!is_quoted(r, p, behind) || !ew__is_row_of_three(shape, p + 1))) {
    return ew_read_text(r, p, rules, out);
  }
  return give(p, behind, shape->min_len, out);
}

/* Whether the string from p to behind is the run of a shape with two gaps, of two blocks or more. */
EW_INLINE bool is_run(const ew_reader *r, const char *p, const char *behind,
                      const ew_shape *shape) {
  return is_quoted(r, p, behind) && ew__has_long_head(shape, p + 1) &&
         ew__avoids_two(shape->gaps, p + 1 + shape->head_len, behind - 1);
}

EW__SMALL const char *ew_read_run(ew_reader *r, const char *p, const ew_string_rules *rules,
                                  ew_str *out) {
  const ew_shape *shape = rules->shape;
  const char *behind = p + shape->min_len + 2;
  if (EW_UNLIKELY(!is_run(r, p, behind, shape))) {
    return ew_read_text(r, p, rules, out);
  }
  return give(p, behind, shape->min_len, out);
}

EW__SMALL const char *ew_read_brief_run(ew_reader *r, const char *p, const ew_string_rules *rules,
                                        ew_str *out) {
  const ew_shape *shape = rules->shape;
  const char *behind = p + shape->min_len + 2;
  if (EW_UNLIKELY(!is_quoted(r, p, behind) || !ew__has_long_head(shape, p + 1) ||
                  !ew__avoids_briefly(shape->gaps, p + 1 + shape->head_len,
                                      p + 1 + shape->min_len))) {
    return ew_read_text(r, p, rules, out);
  }
  return give(p, behind, shape->min_len, out);
}

EW__SMALL const char *ew_read_wide_run(ew_reader *r, const char *p, const ew_string_rules *rules,
                                       ew_str *out) {
  const ew_shape *shape = rules->shape;
  const char *behind = p + shape->min_len + 2;
  if (EW_UNLIKELY(!is_quoted(r, p, behind) || !ew__has_long_head(shape, p + 1) ||
                  !ew__avoids_three(shape->gaps, p + 1 + shape->head_len,
                                    p + 1 + shape->min_len))) {
    return ew_read_text(r, p, rules, out);
  }
  return give(p, behind, shape->min_len, out);
}

const char *ew_read_runs(ew_reader *r, const char *p, const ew_array_rules *array,
                         const ew_string_rules *rules, ew_str_list *out) {
  const ew_shape shape = *rules->shape;
  const char *behind;
  EW_ARRAY(array, ew_str,
           (behind = p + shape.min_len + 2, EW_LIKELY(is_run(r, p, behind, &shape)))
               ? give(p, behind, shape.min_len, item)
               : ew_read_text(r, p, rules, item))
}

/* Whether the rest of a text, which ends within a block, is what its shape says of it behind its head. */
EW_INLINE bool is_short_run(const ew_reader *r, const ew_shape *shape, size_t head, const char *p,
                            size_t *len) {
  if (EW_UNLIKELY(!ew__run_to_quote(shape->gaps, p, len) || p + *len + 1 >= r->key_end ||
                  (uint32_t)(*len + head) - shape->min_len > shape->more_len)) {
    return false;
  }
  return EW_LIKELY(*p != '0') || *len == 1 || shape->kind != EW_SHAPE_NUMBER;
}

const char *ew_read_short_run(ew_reader *r, const char *p, const ew_string_rules *rules,
                              ew_str *out) {
  size_t len;
  if (EW_UNLIKELY(p >= r->fast_end || *p != '"' || EW_BLOCK < EW_SHAPE_BLOCK ||
                  !is_short_run(r, rules->shape, 0, p + 1, &len))) {
    return ew_read_text(r, p, rules, out);
  }
  return give(p, p + len + 2, len, out);
}

const char *ew_read_usual_run(ew_reader *r, const char *p, const ew_string_rules *rules,
                              ew_str *out) {
  const ew_shape *shape = ((const ew_usual_rules *)rules)->usual;
  const char *run = p + 1 + shape->head_len;
  size_t len;
  if (EW_UNLIKELY(run > r->fast_end || *p != '"' || EW_BLOCK < EW_SHAPE_BLOCK ||
                  !ew__has_long_head(shape, p + 1) ||
                  !is_short_run(r, shape, shape->head_len, run, &len))) {
    return ew_read_automaton(r, p, rules, out);
  }
  *out = (ew_str){p + 1, shape->head_len + (uint32_t)len, EW_STR_CLEAN};
  return run + len + 1;
}

static const ew_row base64_rows[] = {EW_ROW(0x20), EW_WITHIN_ROWS('a', 25),
                                     EW_WITHIN_ROWS('/', '9' - '/'), EW_ROW('+')};

/* The bytes of a block that are no digits of Base64. Only letters have a place beside their own when
 * their case is dropped. */
EW_INLINE ew_mask not_base64(ew_block v, const ew_row *rows) {
  ew_block letters = ew_block_within_rows(ew_block_or(v, ew_block_row(rows)), rows + 1);
  ew_block others = ew_block_or(ew_block_within_rows(v, rows + 3),
                                ew_block_equal(v, ew_block_row(rows + 5)));
  return ew_lanes_mask(ew_block_or(letters, others)) ^ EW_MASK_FULL;
}

/*
 * What must follow the digits, by how many of a group of four there are and one more: the quote with its
 * padding. A single one is not Base64, and no other one stands behind it.
 */
static const struct { uint32_t bytes, mask; } base64_ends[4] = {
    {0x223d, 0xffff}, {'"', 0xff}, {'A', 0xff}, {0x223d3d, 0xffffff}};

EW_INLINE bool ends_base64(const char *p, size_t behind_quote) {
  size_t i = behind_quote % 4;
  return ((ew_load32(p) ^ base64_ends[i].bytes) & base64_ends[i].mask) == 0;
}

/* Where the digits end the closing quote must stand, behind as much padding as is due. */
EW__SMALL const char *ew_read_base64(ew_reader *r, const char *p, const ew_string_rules *rules,
                                     ew_str *out) {
  const ew_row *digits = base64_rows;
  const ptrdiff_t room = r->fast_end - p;
  if (EW_UNLIKELY(room <= 1 || *p != '"')) {
    return ew_read_text(r, p, rules, out);
  }
  ew_mask others;
  ptrdiff_t at = 1;
  for (;;) {
    EW_FORGET_ROWS(digits);
    others = not_base64(ew_block_load(p + at), digits);
    if (others != 0) {
      break;
    }
    at += EW_BLOCK;
    if (EW_UNLIKELY(at >= room)) {
      return ew_read_text(r, p, rules, out);
    }
  }
  size_t stop = (size_t)at + ew_mask_first(others);
  size_t len = (stop + 2) & ~(size_t)3;
  const char *behind = p + len + 2;
  if (EW_UNLIKELY(behind >= r->key_end || (uint32_t)len > r->limits.max_string_bytes ||
                  !ends_base64(p + stop, stop))) {
    return ew_read_text(r, p, rules, out);
  }
  return give(p, behind, len, out);
}

/*
 * The digits of a fraction end within a block, at the Z. Behind the row everything is looked at in
 * places that may be loaded; whether they are of the text shows at the quote.
 */
EW__SMALL const char *ew_read_time(ew_reader *r, const char *p, const ew_string_rules *rules,
                                   ew_str *out) {
  const ew_shape *shape = rules->shape;
  const char *z = p + 1 + ew__time_row(shape);
  bool here = r->fast_end - p > (ptrdiff_t)ew__time_row(shape) + 2 && *p == '"';
  if (EW_UNLIKELY(!here || EW_BLOCK < EW_SHAPE_BLOCK ||
                  !ew__is_brief_row(shape, ew__time_row(shape), p + 1))) {
    return ew_read_text(r, p, rules, out);
  }
  if (*z == '.') {
    ew_mask others = ew__in_gap(shape->gaps + 1, z + 1);
    size_t digits = others == 0 ? 0 : ew_mask_first(others);
    z += digits + 1;
    if (EW_UNLIKELY(digits == 0 || digits > 9 || z[-1] == '0')) {
      return ew_read_text(r, p, rules, out);
    }
  }
  if (EW_UNLIKELY(z[0] != 'Z' || z[1] != '"' || z + 2 >= r->key_end)) {
    return ew_read_text(r, p, rules, out);
  }
  return give(p, z + 2, (size_t)(z - p), out);
}
