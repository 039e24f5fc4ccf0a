/*
 * A schema gives one verdict on a text, whatever memory it works in, what may be read behind the
 * text, and however its white space and strings are written; a schema that says the same in other
 * words gives it too. Only what is JSON is judged.
 *
 * The schemas stand in fuzz/schema/ and have every keyword between them; their definition "again"
 * says what the root says by `not`, `oneOf` and `if`.
 */
#include <stdlib.h>
#include <string.h>

#include "eventwire/draft_07.h"
#include "eventwire/draft_07_again.h"
#include "eventwire/draft_2020_12.h"
#include "eventwire/draft_2020_12_again.h"

#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SCRATCH_BYTES ((size_t)8 << 20)
#define MAX_DEPTH 64u
#define PADDING 64u
#define HEX_DIGITS "0123456789aBcDeF"

typedef ew_err validate(ew_str json, const ew_decode_options *opts, ew_diag *diag);

typedef struct subject {
  validate *root;
  validate *again;
} subject;

static const subject subjects[] = {
    {draft_07_validate, draft_07_again_validate},
    {draft_2020_12_validate, draft_2020_12_again_validate},
};

/* One text in several blocks, each of its exact size, so that a read behind the end is seen. */
typedef struct trial {
  ew_arena scratch;
  ew_str json;
  ew_str padded; /* PADDING bytes that are no JSON may be read behind it */
  ew_str spelt;  /* JSON alone: with escapes and white space wherever they may stand */
} trial;

/* ---------------------------------------------------------------------- the text in other words */

static size_t put(char *out, size_t len, const char *text) {
  size_t more = strlen(text);
  memcpy(out + len, text, more);
  return len + more;
}

static void put_unit(char *out, size_t *len, uint32_t unit) {
  memcpy(out + *len, "\\u", 2);
  for (size_t i = 0; i < 4; i++) {
    out[*len + 2 + i] = HEX_DIGITS[unit >> (12 - 4 * i) & 15];
  }
  *len += 6;
}

/* The code point that begins with c, and whose other bytes stand at p; returns what is behind. */
static const char *read_code_point(const char *p, unsigned char c, uint32_t *out) {
  *out = c < 0x80 ? c : c < 0xe0 ? c & 0x1fu : c < 0xf0 ? c & 0x0fu : c & 0x07u;
  while ((*p & 0xc0) == 0x80) {
    *out = *out << 6 | ((unsigned char)*p++ & 0x3fu);
  }
  return p;
}

/* One character of a string, which is no quote; returns what is behind it. */
static const char *spell(const char *p, char *out, size_t *len) {
  if (*p == '\\') {
    memcpy(out + *len, p, 2);
    *len += 2;
    return p + 2;
  }
  uint32_t c;
  p = read_code_point(p + 1, (unsigned char)*p, &c);
  if (c >= 0x10000) {
    put_unit(out, len, 0xd7c0 + (c >> 10));
    c = 0xdc00 | (c & 0x3ff);
  }
  put_unit(out, len, c);
  return p;
}

/* The digits of an escape stand in the text already: they are no characters of their own. */
static const char *spell_string(const char *p, char *out, size_t *len) {
  out[(*len)++] = *p++;
  while (*p != '"') {
    bool is_code = p[0] == '\\' && p[1] == 'u';
    p = spell(p, out, len);
    if (is_code) {
      memcpy(out + *len, p, 4);
      *len += 4;
      p += 4;
    }
  }
  out[(*len)++] = *p++;
  return p;
}

/* text is JSON. Six bytes for each of its own are enough. */
static ew_str respell(ew_str text) {
  size_t len = 0;
  char *out = memory(text.len * 6);
  const char *end = text.ptr + text.len;
  for (const char *p = text.ptr; p < end;) {
    if (*p == '"') {
      p = spell_string(p, out, &len);
      continue;
    }
    bool stands_alone = strchr("{}[],:", *p) != NULL;
    len = put(out, len, stands_alone ? "\t" : "");
    out[len++] = *p++;
    len = put(out, len, stands_alone ? "\n " : "");
  }
  return ew_str_from(out, len);
}

/* ----------------------------------------------------------------------------------- properties */

static bool is_of_schema(ew_err err) {
  return err <= EW_ERR_TYPE && err > EW_ERR_ARENA_FULL;
}

/* Reasons to stop that say nothing about the text. */
static bool is_stop(ew_err err) {
  return err == EW_ERR_ARENA_FULL || err == EW_ERR_TOO_LARGE || err == EW_ERR_DEPTH;
}

static void check_diag(const ew_diag *diag, ew_err err, ew_str json) {
  require(diag->err == err, "the diagnosis carries the error");
  require(diag->offset <= json.len, "the diagnosis points into the text");
  require(memchr(diag->pointer, '\0', sizeof(diag->pointer)) != NULL, "the pointer ends");
  require(memchr(diag->schema, '\0', sizeof(diag->schema)) != NULL, "the schema's pointer ends");
  require(memchr(diag->found, '\0', sizeof(diag->found)) != NULL, "the text in it ends");
  require(is_of_schema(err) == (diag->schema[0] == '#') || err == EW_ERR_DUPLICATE,
          "a schema is named where one refused");
}

/* The text is JSON: nothing but a schema, a second member of one name or a limit is against it. */
static void check_reason(ew_err err, ew_err well_formed) {
  require(err != EW_OK || well_formed == EW_OK, "what is valid is JSON");
  require(!is_of_schema(err) || well_formed == EW_OK, "a schema judges nothing but JSON");
  require(well_formed != EW_OK || err == EW_OK || is_of_schema(err) || is_stop(err) ||
              err == EW_ERR_DUPLICATE,
          "JSON is refused by a schema or a limit");
}

static void check_same(const ew_diag *a, const ew_diag *b) {
  require(a->err == b->err, "the same error");
  require(a->offset == b->offset && a->line == b->line && a->column == b->column, "the same place");
  require(strcmp(a->pointer, b->pointer) == 0, "the same value");
  require(strcmp(a->schema, b->schema) == 0, "the same schema");
  require(strcmp(a->found, b->found) == 0 && strcmp(a->expected, b->expected) == 0,
          "the same words");
}

static ew_err judge(trial *t, validate *schema, ew_str json, uint32_t readable_after,
                    ew_diag *diag) {
  ew_decode_options options = {.scratch = &t->scratch, .readable_after = readable_after};
  ew_err err = schema(json, &options, diag);
  require(ew_arena_mark(&t->scratch) == 0, "the memory is given back");
  return err;
}

/* Memory of size bytes and no more. */
static void check_memory(const trial *t, validate *schema, size_t size, ew_err err) {
  char *block = memory(size);
  ew_arena small;
  ew_arena_init(&small, block, size);
  ew_decode_options options = {.scratch = &small};
  ew_err tight = schema(t->json, &options, NULL);
  require(tight == err || tight == EW_ERR_ARENA_FULL, "less memory only ends earlier");
  free(block);
}

static void check_memories(const trial *t, validate *schema, ew_err err) {
  ew_err on_stack = schema(t->json, NULL, NULL);
  require(on_stack == err || on_stack == EW_ERR_ARENA_FULL, "the stack only ends earlier");
  check_memory(t, schema, 16 + t->json.len, err);
  check_memory(t, schema, 48 * t->json.len, err);
}

/* Spelt otherwise, or asked of a schema in other words. More text and rules may meet a limit. */
static void check_other_words(trial *t, const subject *s, const ew_diag *first) {
  ew_diag diag = {0};
  ew_err spelt = judge(t, s->root, t->spelt, 0, &diag);
  require(spelt == first->err || is_stop(spelt) || is_stop(first->err),
          "however it is written, the verdict is the same");
  if (spelt != EW_OK && spelt == first->err) {
    require(strcmp(diag.pointer, first->pointer) == 0, "and is of the same value");
    require(strcmp(diag.schema, first->schema) == 0, "and the same schema");
  }
  ew_err again = judge(t, s->again, t->json, 0, NULL);
  require((again == EW_OK) == (first->err == EW_OK) || is_stop(again) || is_stop(first->err),
          "a schema in other words gives the same verdict");
}

static void check_subject(trial *t, const subject *s, ew_err well_formed) {
  ew_diag diag = {0}, padded = {0};
  ew_err err = judge(t, s->root, t->json, 0, &diag);
  check_reason(err, well_formed);
  require(judge(t, s->root, t->json, 0, NULL) == err, "the verdict needs no diagnosis");
  require(judge(t, s->root, t->padded, PADDING, &padded) == err, "nor room behind the text");
  check_memories(t, s->root, err);
  if (err != EW_OK) {
    check_diag(&diag, err, t->json);
    check_same(&diag, &padded);
  }
  if (well_formed == EW_OK) {
    check_other_words(t, s, &diag);
  }
}

static void trial_open(trial *t, const uint8_t *data, size_t size) {
  char *text = memory(size);
  char *padded = memory(size + PADDING);
  if (size != 0) {
    memcpy(text, data, size);
    memcpy(padded, data, size);
  }
  memset(padded + size, '"', PADDING);
  t->json = ew_str_from(text, size);
  t->padded = ew_str_from(padded, size);
  t->spelt = (ew_str){0};
}

static void trial_close(trial *t) {
  free((void *)(uintptr_t)t->json.ptr);
  free((void *)(uintptr_t)t->padded.ptr);
  free((void *)(uintptr_t)t->spelt.ptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static trial t; /* made once: libFuzzer calls this millions of times */
  if (t.scratch.base == NULL) {
    ew_arena_init(&t.scratch, memory(SCRATCH_BYTES), SCRATCH_BYTES);
  }
  trial_open(&t, data, size);
  ew_err well_formed = ew_json_check(t.json, MAX_DEPTH, NULL);
  if (well_formed == EW_OK) {
    t.spelt = respell(t.json);
    require(ew_json_check(t.spelt, MAX_DEPTH, NULL) == EW_OK, "JSON in other words is JSON");
  }
  for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
    check_subject(&t, &subjects[i], well_formed);
  }
  trial_close(&t);
  return 0;
}
