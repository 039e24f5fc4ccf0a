/*
 * Patterns as programs of literals and runs. Texts may end anywhere in memory: their last block is
 * the one that ends with them, and those shorter than a block are copied to the end of one.
 */
#include "eventwire/reader.h"
#include "shape_internal.h"
#include "straight_internal.h"

/* A set stands in a program as how many ranges there are, then for each its first byte and how many
 * follow. */
#define RANGES(set) (*(set) & (EW_FORM_ALL_BUT - 1u))

EW_INLINE const uint8_t *behind_set(const uint8_t *set) { return set + 1 + 2 * RANGES(set); }

static EW_NOINLINE bool is_in(const uint8_t *set, uint32_t c) {
  bool listed = false;
  for (const uint8_t *range = set + 1, *end = behind_set(set); range < end; range += 2) {
    listed |= c - range[0] <= range[1];
  }
  return listed != (*set >= EW_FORM_ALL_BUT);
}

/* The bytes of a block that the set lists. */
EW_INLINE ew_block listed_in(const uint8_t *set, ew_block v) {
  ew_block listed = ew_block_fill(0);
  for (const uint8_t *range = set + 1, *end = behind_set(set); range < end; range += 2) {
    ew_block more = ew_block_sub(v, ew_block_fill(range[0]));
    listed = ew_block_or(listed, ew_block_at_most(more, ew_block_fill(range[1])));
  }
  return listed;
}

/* The first byte from p on that is not in the set, or limit. */
EW_INLINE const char *run_end(const uint8_t *set, const char *p, const char *limit,
                              const char *end) {
  const ew_mask wanted = *set >= EW_FORM_ALL_BUT ? 0 : EW_MASK_FULL;
  for (const char *last = end - EW_BLOCK; p < limit; p += EW_BLOCK) {
    const char *at = p < last ? p : last;
    ew_mask listed = ew_lanes_mask(listed_in(set, ew_block_load(at)));
    ew_mask others = ew_mask_from(listed ^ wanted, (size_t)(p - at));
    if (others != 0) {
      p += ew_mask_first(others);
      break;
    }
  }
  return p < limit ? p : limit;
}

/* One byte: a set is mostly a single one. */
EW_INLINE bool has_byte(const uint8_t *set, const char *p, const char *end) {
  if (p >= end) {
    return false;
  }
  uint32_t c = (unsigned char)*p;
  return EW_LIKELY(*set == 1) ? c - set[1] <= set[2] : is_in(set, c);
}

/* A run at code: behind it, or NULL. */
EW__SMALL static EW_NOINLINE const char *take_run(const uint8_t *code, const char *p,
                                                  const char *end) {
  uint32_t least = code[1], most = least + code[2];
  size_t rest = (size_t)(end - p);
  if (rest < least) {
    return NULL;
  }
  if (most == 1) {
    return has_byte(code + 3, p, end) ? p + 1 : least == 0 ? p : NULL;
  }
  const char *limit = code[2] == EW_FORM_ANY_NUMBER || rest < most ? end : p + most;
  const char *stop = run_end(code + 3, p, limit, end);
  return stop - p >= (ptrdiff_t)least ? stop : NULL;
}

/* The same of digits: mostly a few. */
EW_INLINE const char *take_digits(const uint8_t *code, const char *p, const char *end) {
  uint32_t least = code[1], most = least + code[2];
  size_t rest = (size_t)(end - p);
  const char *limit = code[2] == EW_FORM_ANY_NUMBER || rest < most ? end : p + most;
  const char *stop = p;
  if (EW_LIKELY(limit - p >= 8)) {
    stop += ew__count_digits(ew_load64(p));
  }
  if (stop - p == 8 || stop == p) {
    while (stop < limit && ew__is_digit(*stop)) {
      stop++;
    }
  }
  return stop - p >= (ptrdiff_t)least ? stop : NULL;
}

EW_INLINE ew_block hex_in(ew_block v) {
  return ew_block_or(ew_block_within(v, '0', 9), ew_block_within(v, 'a', 'f' - 'a'));
}

/* Hexadecimal digits, of which there is a number of blocks: the last one ends with them. */
EW_INLINE const char *take_hex(const uint8_t *code, const char *p, const char *end) {
  if (end - p < code[1]) {
    return NULL;
  }
  const char *last = p + code[1] - EW_BLOCK;
  ew_block all = hex_in(ew_block_load(last));
  do {
    all = ew_block_and(all, hex_in(ew_block_load(p)));
    p += EW_BLOCK;
  } while (p < last);
  return ew_lanes_mask(all) == EW_MASK_FULL ? last + EW_BLOCK : NULL;
}

/* Whether the text at p goes on with that of an instruction: its length, its bytes. */
EW_INLINE bool has_text(const uint8_t *text, const char *p, const char *end) {
  return EW_LIKELY(p < end) && (unsigned char)*p == text[1] &&
         (text[0] == 1 ||
          (end - p >= text[0] && ew__same_bytes(p, (const char *)text + 1, text[0])));
}

/* A text that ends at end, or, quoted, at the first quote before it: behind what the program takes,
 * NULL when that is not all. */
EW__SMALL static EW_NOINLINE const char *take_form(const uint8_t *code, const char *p,
                                                   const char *end, bool quoted) {
  const uint8_t *begin = code;
  for (;;) {
    switch ((ew_form_op)*code) {
    case EW_FORM_END:
    case EW_FORM_MAY_END:
      if (quoted ? p < end && *p == '"' : p == end) {
        return p;
      }
      if (*code++ == EW_FORM_END) {
        return NULL;
      }
      continue;
    case EW_FORM_ELSE_TEXT:
      if (p == end || (unsigned char)*p != code[3]) {
        code = begin + code[1];
        continue;
      }
      code++;
      EW_FALLTHROUGH;
    case EW_FORM_TEXT:
      if (!has_text(code + 1, p, end)) {
        return NULL;
      }
      p += code[1];
      code += 2 + code[1];
      continue;
    case EW_FORM_RUN:
      p = take_run(code, p, end);
      if (p == NULL) {
        return NULL;
      }
      code = behind_set(code + 3);
      continue;
    case EW_FORM_NUMBER:
    case EW_FORM_DIGITS:
      p = *code == EW_FORM_NUMBER && p < end && *p == '0' ? p + 1 : take_digits(code, p, end);
      if (p == NULL) {
        return NULL;
      }
      code += 3;
      continue;
    case EW_FORM_HEX:
      p = take_hex(code, p, end);
      if (p == NULL) {
        return NULL;
      }
      code += 2;
      continue;
    case EW_FORM_ELSE:
      code = has_byte(code + 2, p, end) ? behind_set(code + 2) : begin + code[1];
      continue;
    case EW_FORM_JUMP:
      code = begin + code[1];
      continue;
    }
    EW_UNREACHABLE;
  }
}

EW__SMALL bool ew__form_accepts(const uint8_t *code, const char *p, size_t len) {
  char padded[EW_BLOCK] = {0};
  if (len < EW_BLOCK) {
    char *start = padded + EW_BLOCK - len;
    memcpy(start, p, len);
    p = start;
  }
  return take_form(code, p, p + len, false) != NULL;
}

/*
 * What such a form lets through holds no quote and nothing that is escaped, so the end of the text
 * need not be looked for. Blocks are loaded from below fast_end.
 */
EW__SMALL const char *ew_read_form(ew_reader *r, const char *p, const ew_string_rules *rules,
                                   ew_str *out) {
  const char *stop = NULL;
  if (EW_LIKELY(p < r->fast_end && *p == '"')) {
    stop = take_form(rules->pattern->form, p + 1, r->fast_end + EW_BLOCK, true);
  }
  size_t len = (size_t)(stop - p) - 1;
  if (EW_UNLIKELY(stop == NULL || stop + 1 >= r->key_end || len > r->limits.max_string_bytes)) {
    return ew_read_text(r, p, rules, out);
  }
  *out = (ew_str){p + 1, (uint32_t)len, EW_STR_CLEAN};
  return stop + 1;
}
