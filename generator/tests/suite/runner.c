/*
 * Runs the cases of JSON-Schema-Test-Suite that were compiled in.
 *
 * usage: runner [KNOWN]: prints what fails and how many hold. KNOWN lists failures that are known, one
 * "case: test" per line. Exit status 1 when another one fails, or when a known one holds: the list
 * may only shrink.
 */
#include "suite.h"

#include <stdio.h>

#include CASES_HEADER

#define DECLARE(name) extern const suite_part name;
SUITE_PARTS(DECLARE)

#define POINTER(name) &name,
static const suite_part *const parts[] = {SUITE_PARTS(POINTER)};

static char memory[4u << 20];

typedef struct counts {
  size_t tests;
  size_t held;
  size_t surprises;
} counts;

static bool is_known(FILE *known, const char *name) {
  char line[1024];
  if (known == NULL) {
    return false;
  }
  rewind(known);
  while (fgets(line, sizeof(line), known) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line, name) == 0) {
      return true;
    }
  }
  return false;
}

static bool holds(const suite_case *c, const suite_test *test, char why[], size_t size) {
  ew_arena arena;
  ew_decode_options opts = {.scratch = &arena};
  ew_diag diag = {0};
  ew_arena_init(&arena, memory, sizeof(memory));
  if (c->schema == NULL) {
    snprintf(why, size, "%s", c->refused);
    return false;
  }
  ew_err err = ew_schema_validate(c->schema, ew_str_from(test->text, test->len), &opts, &diag);
  bool decided = err == EW_OK || (err <= -300 && err > -400) || err == EW_ERR_DUPLICATE;
  if (err == EW_OK) {
    snprintf(why, size, "accepted");
  } else {
    ew_diag_format(&diag, why, size);
  }
  return decided && (err == EW_OK) == test->valid;
}

static void run_case(const suite_case *c, FILE *known, counts *n) {
  for (size_t i = 0; i < c->test_count; i++) {
    char name[1024];
    char why[600];
    snprintf(name, sizeof(name), "%s: %s", c->name, c->tests[i].description);
    bool held = holds(c, &c->tests[i], why, sizeof(why));
    bool expected = !is_known(known, name);
    n->tests++;
    n->held += held;
    if (held != expected) {
      n->surprises++;
      printf("%s %s\n    %s\n", held ? "HOLDS, but is listed:" : "FAILS:", name, why);
    }
  }
}

int main(int argc, char **argv) {
  FILE *known = argc > 1 ? fopen(argv[1], "r") : NULL;
  counts n = {0};
  if (argc > 1 && known == NULL) {
    fprintf(stderr, "%s cannot be read\n", argv[1]);
    return 2;
  }
  for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
    for (size_t j = 0; j < parts[i]->case_count; j++) {
      run_case(&parts[i]->cases[j], known, &n);
    }
  }
  if (known != NULL) {
    fclose(known);
  }
  printf("%zu of %zu\n", n.held, n.tests);
  return n.surprises == 0 ? 0 : 1;
}
