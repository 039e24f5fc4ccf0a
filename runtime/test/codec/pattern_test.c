/*
 * Every pattern of every protocol against the regular expressions of the C library: shapes, forms,
 * automata, and shapes with a rest, on whole texts, on texts with escapes, and at the edge of a page.
 */
#include "support.h"

#include <regex.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "baas_vectors.h"
#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"
#include "firefly_vectors.h"
#include "kaleido_vectors.h"
#include "octave_vectors.h"
#include "../../src/codec/scan_internal.h"

/* ------------------------------------------------------------------------------- the patterns */

#define MAX_TYPES 2048
#define MAX_PATTERNS 128

typedef struct pattern {
  ew_string_rules rules; /* the pattern alone */
  regex_t expression;
  unsigned accepted;
  unsigned refused;
} pattern;

typedef struct fixture {
  const ew_type *types[MAX_TYPES];
  size_t type_count;
  pattern patterns[MAX_PATTERNS];
  size_t pattern_count;
  char *page; /* one between two that cannot be touched */
  size_t page_size;
} fixture;

static bool is_known(const fixture *f, const ew_string_rules *rules) {
  for (size_t i = 0; i < f->pattern_count; i++) {
    const ew_string_rules *other = &f->patterns[i].rules;
    if (other->shape == rules->shape && other->pattern == rules->pattern) {
      return true;
    }
  }
  return false;
}

static void add_pattern(fixture *f, const ew_string_rules *rules) {
  if (rules == NULL || rules->pattern_text == NULL || is_known(f, rules)) {
    return;
  }
  assert_true(f->pattern_count < MAX_PATTERNS);
  pattern *p = &f->patterns[f->pattern_count++];
  p->rules = *rules;
  p->rules.min_length = 0;
  p->rules.max_length = EW_NO_LIMIT;
  p->rules.check_content = false;
  p->rules.only_shape = rules->pattern == NULL;
  assert_int_equal(regcomp(&p->expression, rules->pattern_text, REG_EXTENDED | REG_NOSUB), 0);
}

static void visit(fixture *f, const ew_type *type);

static void visit_members(fixture *f, const ew_object_rules *rules) {
  for (uint32_t i = 0; i < rules->member_count; i++) {
    visit(f, rules->members[i].type);
  }
  visit(f, ew_additional_of(rules));
}

static void visit_children(fixture *f, const ew_type *type) {
  switch (type->kind) {
  case EW_KIND_STRING:
    add_pattern(f, type->as.string);
    return;
  case EW_KIND_OBJECT:
  case EW_KIND_TUPLE:
    visit_members(f, type->as.object);
    return;
  case EW_KIND_ARRAY:
    visit(f, type->as.array->item);
    return;
  case EW_KIND_MAP:
    visit(f, type->as.map->value);
    return;
  case EW_KIND_UNION:
    for (uint32_t i = 0; i < type->as.choice->arm_count; i++) {
      visit(f, type->as.choice->arms[i].type);
    }
    return;
  case EW_KIND_BOX:
    visit(f, type->as.boxed);
    return;
  default:
    return;
  }
}

static void visit(fixture *f, const ew_type *type) {
  for (size_t i = 0; i < f->type_count; i++) {
    if (f->types[i] == type) {
      return;
    }
  }
  if (type == NULL) {
    return;
  }
  assert_true(f->type_count < MAX_TYPES);
  f->types[f->type_count++] = type;
  visit(f, ew_type_lenient(type));
  visit_children(f, type);
}

static void add_document(fixture *f, const ew_document *document) {
  for (uint32_t i = 0; i < document->message_count; i++) {
    visit(f, document->messages[i].type);
  }
}

static int open_fixture(void **state) {
  fixture *f = (fixture *)calloc(1, sizeof(*f));
  assert_non_null(f);
  f->page_size = (size_t)sysconf(_SC_PAGESIZE);
  char *pages = (char *)mmap(NULL, 3 * f->page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true((void *)pages != MAP_FAILED);
  f->page = pages + f->page_size;
  assert_int_equal(mprotect(f->page, f->page_size, PROT_READ | PROT_WRITE), 0);
  add_document(f, &ew_firefly_document);
  add_document(f, &ew_kaleido_document);
  add_document(f, &ew_baas_document);
  add_document(f, &ew_octave_document);
  *state = f;
  return 0;
}

static int close_fixture(void **state) {
  fixture *f = (fixture *)*state;
  for (size_t i = 0; i < f->pattern_count; i++) {
    regfree(&f->patterns[i].expression);
  }
  munmap(f->page - f->page_size, 3 * f->page_size);
  free(f);
  return 0;
}

/* ------------------------------------------------------------------------------ one comparison */

#define MAX_TEXT 1024

/* The first byte as \u00XX, and what can not stand in a string as it is; the rest stays. */
static ew_err check_escaped(const ew_string_rules *rules, const char *text, size_t len) {
  char inside[6 * MAX_TEXT + 1];
  size_t used = 0;
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)text[i];
    bool escape = i == 0 || c < 0x20 || c == '"';
    used += (size_t)snprintf(inside + used, 7, escape ? "\\u%04x" : "%c", (unsigned)c);
  }
  ew__span span = {inside, (uint32_t)used, true};
  return ew__check_string(rules, span, 0, 8, NULL, NULL);
}

static void compare(fixture *f, pattern *p, const char *text) {
  size_t len = strlen(text);
  bool accepts = regexec(&p->expression, text, 0, NULL, 0) == 0;
  ew_err expected = accepts ? EW_OK : EW_ERR_PATTERN;
  p->accepted += accepts;
  p->refused += !accepts;
  char *places[] = {f->page, f->page + f->page_size - len};
  for (size_t i = 0; i < 2; i++) {
    memcpy(places[i], text, len);
    if (ew__check_text(&p->rules, places[i], (uint32_t)len, 8) != expected) {
      fail_msg("%s: \"%s\" is not %s", p->rules.pattern_text, text, accepts ? "taken" : "refused");
    }
  }
  if (len > 0 && (unsigned char)text[0] < 0x80 && strchr(text, '\\') == NULL &&
      check_escaped(&p->rules, text, len) != expected) {
    fail_msg("%s: \"%s\" with an escape is not %s", p->rules.pattern_text, text,
             accepts ? "taken" : "refused");
  }
}

/* ------------------------------------------------------------------------------------ the texts */

/* Neighbours of the sets that patterns name, and what stands between them. */
static const char *const LETTERS[] = {"0", "9", "/", ":", "a", "f", "g", "A", "F",  "G", "Z",
                                      "z", "x", "-", "+", ".", "=", "T", "_", "\x7f", "\xc2\xb5"};
#define LETTER_COUNT (sizeof(LETTERS) / sizeof(LETTERS[0]))

/* What the vectors do not hold. */
static const char *const SAMPLES[] = {
    "sb-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
    "0x0123456789abcdef0123456789ABCDEF01234567",
    "0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "123456789012345678901234567890123456789012345678901234567890123456789012345678",
    "0x123456789abcdef0",
    "18446744073709551615",
    "i0123456789abcdef01234567",
    "e0123456789abcdef01234567",
    "s0123456789abcdef01234567",
    "FFEC100123",
    "FF10109: something",
    "2023-01-31T23:59:59.123456789Z",
    "2023-01-31T23:59:59.120Z",
    "2023-01-31T23:59:59Z",
    "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=",
    "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZQ==",
    "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk/+09",
    "contract-12-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "bearer",
    "Fabric",
};

static void compare_all(fixture *f, const char *text) {
  for (size_t i = 0; i < f->pattern_count; i++) {
    compare(f, &f->patterns[i], text);
  }
}

/* The text with one byte left out, replaced, or put in, at every place; and every shorter one. */
static void compare_neighbours(fixture *f, pattern *p, const char *text) {
  char near[MAX_TEXT + 4];
  size_t len = strlen(text);
  for (size_t at = 0; at <= len; at++) {
    snprintf(near, sizeof(near), "%.*s", (int)at, text);
    compare(f, p, near);
    for (size_t i = 0; i < LETTER_COUNT; i++) {
      snprintf(near, sizeof(near), "%.*s%s%s", (int)at, text, LETTERS[i], text + at);
      compare(f, p, near);
      if (at < len) {
        snprintf(near, sizeof(near), "%.*s%s%s", (int)at, text, LETTERS[i], text + at + 1);
        compare(f, p, near);
      }
    }
  }
}

static void compare_sample(fixture *f, const char *text) {
  for (size_t i = 0; i < f->pattern_count; i++) {
    pattern *p = &f->patterns[i];
    bool first = p->accepted < 4;
    compare(f, p, text);
    if (first && regexec(&p->expression, text, 0, NULL, 0) == 0) {
      compare_neighbours(f, p, text);
    }
  }
}

static void every_short_text_gets_the_verdict_of_its_pattern(void **state) {
  fixture *f = (fixture *)*state;
  char text[16];
  compare_all(f, "");
  for (size_t a = 0; a < LETTER_COUNT; a++) {
    compare_all(f, LETTERS[a]);
    for (size_t b = 0; b < LETTER_COUNT; b++) {
      snprintf(text, sizeof(text), "%s%s", LETTERS[a], LETTERS[b]);
      compare_all(f, text);
      for (size_t c = 0; c < LETTER_COUNT; c++) {
        snprintf(text, sizeof(text), "%s%s%s", LETTERS[a], LETTERS[b], LETTERS[c]);
        compare_all(f, text);
      }
    }
  }
}

static void compare_strings(fixture *f, const ew_vector *vector) {
  char text[MAX_TEXT];
  const char *end = vector->json + vector->len;
  for (const char *p = vector->json; p < end; p++) {
    const char *stop = *p == '"' ? memchr(p + 1, '"', (size_t)(end - p - 1)) : NULL;
    size_t len = stop == NULL ? 0 : (size_t)(stop - p - 1);
    if (stop == NULL || len >= sizeof(text) || memchr(p + 1, '\0', len) != NULL ||
        memchr(p + 1, '\n', len) != NULL || memchr(p + 1, '\\', len) != NULL) {
      continue;
    }
    memcpy(text, p + 1, len);
    text[len] = '\0';
    size_t bad = 0;
    if (ew__utf8_check(text, len, &bad) == EW_OK) {
      compare_sample(f, text);
    }
    p = stop;
  }
}

static void strings_of_the_vectors_and_their_neighbours_too(void **state) {
  fixture *f = (fixture *)*state;
  const struct {
    const ew_vector *vectors;
    size_t count;
  } sources[] = {{ew_firefly_vectors, ew_firefly_vector_count},
                 {ew_kaleido_vectors, ew_kaleido_vector_count},
                 {ew_baas_vectors, ew_baas_vector_count},
                 {ew_octave_vectors, ew_octave_vector_count}};
  for (size_t i = 0; i < f->pattern_count; i++) {
    f->patterns[i].accepted = 0;
  }
  for (size_t i = 0; i < sizeof(SAMPLES) / sizeof(SAMPLES[0]); i++) {
    compare_sample(f, SAMPLES[i]);
  }
  for (size_t s = 0; s < sizeof(sources) / sizeof(sources[0]); s++) {
    for (size_t i = 0; i < sources[s].count; i++) {
      compare_strings(f, &sources[s].vectors[i]);
    }
  }
  for (size_t i = 0; i < f->pattern_count; i++) {
    if (f->patterns[i].accepted == 0 || f->patterns[i].refused == 0) {
      fail_msg("%s was not tried", f->patterns[i].rules.pattern_text);
    }
  }
}

/* Lengths around those of blocks, which no sample has by chance. */
static void runs_are_exact_at_every_length(void **state) {
  fixture *f = (fixture *)*state;
  static const char *const HEADS[] = {"", "0x", "s", "-"};
  for (size_t h = 0; h < sizeof(HEADS) / sizeof(HEADS[0]); h++) {
    for (size_t len = 0; len < 100; len++) {
      char text[128];
      size_t head = strlen(HEADS[h]);
      memcpy(text, HEADS[h], head);
      memset(text + head, h == 1 ? 'a' : '1', len);
      text[head + len] = '\0';
      text[head] = len > 0 ? '1' : '\0';
      compare_all(f, text);
      for (char *place = text + head; *place != '\0'; place++) {
        char kept = *place;
        *place = 'g';
        compare_all(f, text);
        *place = kept;
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_short_text_gets_the_verdict_of_its_pattern),
      cmocka_unit_test(strings_of_the_vectors_and_their_neighbours_too),
      cmocka_unit_test(runs_are_exact_at_every_length),
  };
  return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
