/*
 * What a schema asks of a string: length, pattern, content. All of it looks at plain text; what has
 * escapes is looked at without them, on the C stack where it fits.
 */
#include "shape_internal.h"

/* --------------------------------------------------------------------------- length and pattern */

static bool count_fits(const ew_string_rules *rules, size_t count) {
  return count >= rules->min_length &&
         (rules->max_length == EW_NO_LIMIT || count <= rules->max_length);
}

/* A code point is 1 to 4 bytes: most texts need no count. */
static bool length_fits(const ew_string_rules *rules, const char *ptr, uint32_t len) {
  if (EW_LIKELY(len / 4 + (len % 4 != 0) >= rules->min_length && len <= rules->max_length)) {
    return true;
  }
  return count_fits(rules, ew__utf8_count(ptr, len));
}

/* Bytes that are taken at once. */
#define AT_ONCE 4

/* As far as whole groups of bytes go that have none of these bits, unless they are refused. */
EW_INLINE const char *run_in_groups(const ew_dfa *dfa, const char *p, const char *end,
                                    uint32_t bits, uint32_t *state) {
  const uint8_t *classes = dfa->classes;
  const uint8_t *steps = dfa->steps;
  uint32_t at = *state;
  for (; end - p >= AT_ONCE && at != 0 && (ew_load32(p) & bits) == 0; p += AT_ONCE) {
    at = steps[at + classes[(unsigned char)p[0]]];
    at = steps[at + classes[(unsigned char)p[1]]];
    at = steps[at + classes[(unsigned char)p[2]]];
    at = steps[at + classes[(unsigned char)p[3]]];
  }
  *state = at;
  return p;
}

/* A byte at a time, to the end. */
EW_INLINE bool accepts_rest(const ew_dfa *dfa, const char *p, const char *end, uint32_t state) {
  for (; p < end && state != 0; p++) {
    state = ew__dfa_step(dfa, state, (unsigned char)*p);
  }
  return state >= dfa->accept_from;
}

/* By steps of one byte; groups beyond ASCII are taken where all bytes have classes. */
EW__SMALL static EW_NOINLINE bool accepts_groups(const ew_dfa *dfa, const char *p, const char *end,
                                                 uint32_t state) {
  if (dfa->class_limit > 0x80) {
    p = run_in_groups(dfa, p, end, 0, &state);
  }
  for (; p < end && state != 0; p++) {
    uint32_t c = (unsigned char)*p;
    state = dfa->steps[state + (c < dfa->class_limit ? dfa->classes[c] : dfa->other)];
  }
  return state >= dfa->accept_from;
}

bool ew__dfa_accepts(const ew_dfa *dfa, const char *ptr, size_t len) {
  if (dfa->form != NULL) {
    return ew__form_accepts(dfa->form, ptr, len);
  }
  const char *end = ptr + (dfa->decided_in != 0 && dfa->decided_in < len ? dfa->decided_in : len);
  uint32_t state = dfa->start;
  if (EW_UNLIKELY(dfa->steps == NULL)) {
    return accepts_rest(dfa, ptr, end, state);
  }
  ptr = run_in_groups(dfa, ptr, end, 0x80808080, &state);
  return EW_UNLIKELY(end - ptr >= AT_ONCE) ? accepts_groups(dfa, ptr, end, state)
                                           : accepts_rest(dfa, ptr, end, state);
}

EW__SMALL bool ew__pattern_holds(const ew_string_rules *rules, const char *ptr, size_t len) {
  const ew_shape *shape = rules->shape;
  if (shape == NULL || rules->pattern == NULL) {
    return shape == NULL ? ew__dfa_accepts(rules->pattern, ptr, len)
                         : ew__shape_holds(shape, ptr, len);
  }
  size_t row = shape->min_len;
  return len >= row && ew__shape_holds(shape, ptr, row) &&
         ew__dfa_accepts(rules->pattern, ptr + row, len - row);
}

/* ------------------------------------------------------------------------------------- content */

static bool content_holds(const ew_string_rules *rules, const char *ptr, uint32_t len,
                          uint32_t max_depth) {
  switch ((ew_content)rules->content) {
  case EW_CONTENT_FORMAT:
    return ((const ew_format_rules *)rules)->format->holds(ptr, len);
  case EW_CONTENT_JSON:
    return ew__is_json(ptr, ptr + len, max_depth, (ew_str){0});
  case EW_CONTENT_BASE64:
    return len == 0 || ew__shape_holds(&ew_base64_shape, ptr, len);
  case EW_CONTENT_TEXT:
    break;
  }
  return true;
}

/* ---------------------------------------------------------------------------------- all of them */

EW__SMALL ew_err ew__check_text(const ew_string_rules *rules, const char *ptr, uint32_t len,
                                uint32_t max_depth) {
  if (rules == NULL) {
    return EW_OK;
  }
  ptr = EW_LIKELY(len > 0) ? ptr : ""; /* it may be NULL */
  if (rules->only_shape) {
    if (len == 0) { /* what may be short may hold nothing that is wrong */
      return rules->shape->min_len == 0 ? EW_OK : EW_ERR_PATTERN;
    }
    return ew__shape_holds(rules->shape, ptr, len) ? EW_OK : EW_ERR_PATTERN;
  }
  if (!length_fits(rules, ptr, len)) {
    return EW_ERR_LENGTH;
  }
  if ((rules->shape != NULL || rules->pattern != NULL) && !ew__pattern_holds(rules, ptr, len)) {
    return EW_ERR_PATTERN;
  }
  bool holds = EW_LIKELY(!rules->check_content) || content_holds(rules, ptr, len, max_depth);
  return holds ? EW_OK : EW_ERR_CONTENT;
}

/* The keyword that has refused a text with err. */
EW__COLD static ew__asked asked_for(const ew_string_rules *rules, ew_err err, const char *ptr,
                                    uint32_t len) {
  if (err == EW_ERR_LENGTH) {
    return ew__utf8_count(ptr, len) < rules->min_length
               ? (ew__asked){"/minLength", "a longer string"}
               : (ew__asked){"/maxLength", "a shorter string"};
  }
  const char *expected = rules->pattern_text; /* that of a format says more where both refuse */
  bool is_format = rules->content == EW_CONTENT_FORMAT &&
                   !ew_format_holds(((const ew_format_rules *)rules)->format,
                                    ew_str_from(ptr, len), &expected);
  if (err == EW_ERR_PATTERN) {
    return (ew__asked){"/pattern", expected};
  }
  if (is_format) {
    return (ew__asked){"/format", expected};
  }
  return rules->content == EW_CONTENT_BASE64 ? (ew__asked){"/contentEncoding", "Base64"}
                                             : (ew__asked){"/contentMediaType", "JSON"};
}

EW__COLD static ew_err check_plain(const ew_string_rules *rules, ew_str text, uint32_t max_depth,
                                   ew__asked *asked) {
  ew_err err = ew__check_text(rules, text.ptr, text.len, max_depth);
  if (err != EW_OK && asked != NULL) {
    *asked = asked_for(rules, err, text.ptr, text.len);
  }
  return err;
}

/* EW_ERR_ARENA_FULL: memory has no room for what the span stands for. */
EW__COLD static ew_err check_in(const ew_string_rules *rules, ew__span span, uint32_t mode,
                                uint32_t max_depth, ew_arena *memory, ew__asked *asked) {
  size_t mark = ew_arena_mark(memory);
  ew_str text;
  ew_err err = ew__span_take(span, mode, memory, &text);
  err = err == EW_OK ? check_plain(rules, text, max_depth, asked) : err;
  ew_arena_rewind(memory, mark);
  return err;
}

#define ON_STACK (32u * 1024u)

EW__COLD static EW_NOINLINE ew_err check_on_stack(const ew_string_rules *rules, ew__span span,
                                                  uint32_t mode, uint32_t max_depth,
                                                  ew__asked *asked) {
  char block[ON_STACK];
  ew_arena memory;
  ew_arena_init(&memory, block, sizeof(block));
  return check_in(rules, span, mode, max_depth, &memory, asked);
}

EW__COLD ew_err ew__check_string(const ew_string_rules *rules, ew__span span, uint32_t mode,
                                 uint32_t max_depth, ew_arena *memory, ew__asked *asked) {
  if (rules == NULL) {
    return EW_OK;
  }
  /* Where one place may be too small, its size is not asked for while there is a larger one. */
  size_t most = ew__unescaped_most(span, mode);
  bool roomy = memory != NULL && memory->base != NULL && memory->size - memory->used >= most;
  if (most > ON_STACK && roomy) {
    return check_in(rules, span, mode, max_depth, memory, asked);
  }
  ew_err err = check_on_stack(rules, span, mode, max_depth, asked);
  return err == EW_ERR_ARENA_FULL && memory != NULL
             ? check_in(rules, span, mode, max_depth, memory, asked)
             : err;
}
