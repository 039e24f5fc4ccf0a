/*
 * Strings as the straight-line engine reads them. Where a function does not call but only ends in a
 * call, it saves no register: the usual string is read by such functions, and everything else is
 * left to the functions that they end in.
 */
#include "shape_block_internal.h"
#include "straight_internal.h"

/*
 * The last bytes of the text are looked at in the block that ends with it, what lies before p
 * shifted away.
 */
const char *ew_scan_plain_tail(const ew_reader *r, const char *p) {
#if !defined(EW_BLOCK_SWAR)
  if (r->end - r->begin >= EW_BLOCK && p < r->end) {
    const char *last = r->end - EW_BLOCK;
    ew_mask special = ew_mask_from(ew_block_special(ew_block_load(last)), (size_t)(p - last));
    return special == 0 ? r->end : p + ew_mask_first(special);
  }
#endif
  return ew__find_special(p, r->end);
}

/* start is behind the opening quote of a string that holds an escape, or is refused. */
static const char *read_escaped(ew_reader *r, const char *start, ew_str *out) {
  const char *behind = ew__unescape_fast(r, start, out);
  if (behind == NULL) {
    ew__fault fault = {EW_OK, NULL, NULL};
    ew__span span;
    behind = ew__scan_string(start - 1, r->end, 0, &span, &fault);
    if (behind == NULL) {
      return ew_refuse(r, fault.err);
    }
    ew_err err = ew__span_take(span, 0, r->arena, out);
    if (err != EW_OK) {
      return ew_refuse(r, err);
    }
  }
  return out->len > r->limits.max_string_bytes ? ew_refuse(r, EW_ERR_TOO_LARGE) : behind;
}

/* Any string, from anywhere before its opening quote. */
static EW_NOINLINE const char *read_string_slow(ew_reader *r, const char *p, ew_str *out) {
  const char *start = ew__open_string(r, p);
  if (start == NULL) {
    return NULL;
  }
  const char *stop = ew_scan_plain(r, start);
  size_t len = (size_t)(stop - start);
  if (ew_peek(r, stop) != '"' || len > r->limits.max_string_bytes) {
    return read_escaped(r, start, out);
  }
  *out = (ew_str){start, (uint32_t)len, EW_STR_CLEAN};
  return stop + 1;
}

const char *ew_read_string(ew_reader *r, const char *p, ew_str *out) {
  const char *quote = ew__find_quote(r, p);
  size_t len = (size_t)(quote - p) - 1;
  if (EW_UNLIKELY(quote == NULL || len > r->limits.max_string_bytes)) {
    return read_string_slow(r, p, out);
  }
  *out = (ew_str){p + 1, (uint32_t)len, EW_STR_CLEAN};
  return quote + 1;
}

static EW_NOINLINE const char *read_text_slow(ew_reader *r, const char *p,
                                              const ew_string_rules *rules, ew_str *out) {
  p = ew_read_string(r, p, out);
  if (EW_UNLIKELY(p == NULL)) {
    return NULL;
  }
  ew_err err = ew__check_text(rules, out->ptr, out->len, r->limits.max_depth);
  return EW_LIKELY(err == EW_OK) ? p : ew_refuse(r, err);
}

/* Whether there is nothing to check but an automaton. */
EW_INLINE bool is_only_automaton(const ew_string_rules *rules) {
  return rules->shape == NULL && rules->pattern != NULL && rules->min_length == 0 &&
         rules->max_length == EW_NO_LIMIT && !rules->check_content;
}

const char *ew_read_text(ew_reader *r, const char *p, const ew_string_rules *rules, ew_str *out) {
  const char *quote = is_only_automaton(rules) ? ew__find_quote(r, p) : NULL;
  size_t len = (size_t)(quote - p) - 1;
  if (quote == NULL || len > r->limits.max_string_bytes ||
      !ew__dfa_runs(rules->pattern, p + 1, len)) {
    return read_text_slow(r, p, rules, out);
  }
  *out = (ew_str){p + 1, (uint32_t)len, EW_STR_CLEAN};
  return quote + 1;
}

/* ------------------------------------------------------------------------- strings of a given shape */

EW_INLINE const char *give(const char *p, const char *quote, ew_str *out) {
  *out = (ew_str){p + 1, (uint32_t)(quote - p) - 1, EW_STR_CLEAN};
  return quote + 1;
}

/*
 * The closing quote where the shape says that it stands; NULL when it does not. What a shape lets
 * through holds no quote, so none has to be looked for. Shapes are never longer than the engine's
 * least limit of strings.
 */
EW_INLINE const char *fixed_quote(const ew_reader *r, const char *p, size_t len) {
  const char *quote = p + len + 1;
  bool there = r->end - p > (ptrdiff_t)len + 1 && *p == '"' && *quote == '"';
  return EW_LIKELY(there) ? quote : NULL;
}

const char *ew_read_row(ew_reader *r, const char *p, const ew_string_rules *rules, ew_str *out) {
  const ew_shape *shape = rules->shape;
  const char *quote = fixed_quote(r, p, shape->min_len);
  if (EW_UNLIKELY(quote == NULL || !ew__is_row(shape, p + 1))) {
    return ew_read_text(r, p, rules, out);
  }
  return give(p, quote, out);
}

const char *ew_read_run(ew_reader *r, const char *p, const ew_string_rules *rules, ew_str *out) {
  const ew_shape *shape = rules->shape;
  const char *quote = fixed_quote(r, p, shape->min_len);
  const char *run = p + 1 + shape->head_len;
  if (EW_UNLIKELY(quote == NULL || !ew__has_long_head(shape, p + 1) ||
                  !ew__avoids(shape->gaps, run, (size_t)(quote - run)))) {
    return ew_read_text(r, p, rules, out);
  }
  return give(p, quote, out);
}

const char *ew_read_wide_run(ew_reader *r, const char *p, const ew_string_rules *rules,
                             ew_str *out) {
  const ew_shape *shape = rules->shape;
  const char *quote = fixed_quote(r, p, shape->min_len);
  const char *run = p + 1 + shape->head_len;
  if (EW_UNLIKELY(quote == NULL || !ew__has_long_head(shape, p + 1) ||
                  !ew__avoids_four(shape->gaps, run, (size_t)(quote - run)))) {
    return ew_read_text(r, p, rules, out);
  }
  return give(p, quote, out);
}

/* Whether a number of len bytes begins with a zero that is not all of it. */
EW_INLINE bool is_led_by_zero(const ew_shape *shape, const char *start, size_t len) {
  return EW_UNLIKELY(start[shape->head_len] == '0') && shape->kind == EW_SHAPE_NUMBER &&
         len != shape->head_len + 1u;
}

/*
 * A text that ends within a block: the first byte that its set has not must be the closing quote.
 */
const char *ew_read_short_run(ew_reader *r, const char *p, const ew_string_rules *rules,
                              ew_str *out) {
  const ew_shape *shape = rules->shape;
  const char *start = p + 1;
  if (EW_UNLIKELY(start >= r->fast_end || *p != '"' || EW_BLOCK < EW_SHAPE_BLOCK)) {
    return ew_read_text(r, p, rules, out);
  }
  ew_mask others = ew__in_gaps(shape->gaps, start);
  if (shape->head_len != 0) {
    others &= (ew_mask)0 - ((ew_mask)1 << (shape->head_len * EW_MASK_STEP));
    others = ew__has_long_head(shape, start) ? others : 0;
  }
  if (EW_UNLIKELY(others == 0)) {
    return ew_read_text(r, p, rules, out);
  }
  size_t len = ew_mask_first(others);
  const char *quote = start + len;
  if (EW_UNLIKELY(quote >= r->end || *quote != '"' || len - shape->min_len > shape->more_len ||
                  is_led_by_zero(shape, start, len))) {
    return ew_read_text(r, p, rules, out);
  }
  return give(p, quote, out);
}
