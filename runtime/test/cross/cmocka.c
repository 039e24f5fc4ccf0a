#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmocka.h"

typedef enum verdict { NONE = 0, FAILED, PASSED } verdict;

/* Where a test goes on that ends early: they run one after the other. */
static jmp_buf test_end;

static void print(FILE *to, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void print(FILE *to, const char *format, va_list args) {
  vfprintf(to, format, args);
  fflush(to);
}

void print_message(const char *format, ...) {
  va_list args;
  va_start(args, format);
  print(stdout, format, args);
  va_end(args);
}

void print_error(const char *format, ...) {
  va_list args;
  va_start(args, format);
  print(stderr, format, args);
  va_end(args);
}

void cross_fail(const char *file, int line, const char *format, ...) {
  va_list args;
  va_start(args, format);
  print_error("%s:%d: ", file, line);
  print(stderr, format, args);
  print_error("\n");
  va_end(args);
  longjmp(test_end, FAILED);
}

void cross_expect(bool holds, const char *text, const char *file, int line) {
  if (!holds) {
    cross_fail(file, line, "expected: %s", text);
  }
}

void cross_expect_numbers(uint64_t a, uint64_t b, bool same, const char *file, int line) {
  if ((a == b) != same) {
    cross_fail(file, line, "%#llx and %#llx", (unsigned long long)a, (unsigned long long)b);
  }
}

void cross_expect_strings(const char *a, const char *b, bool same, const char *file, int line) {
  if ((strcmp(a, b) == 0) != same) {
    cross_fail(file, line, "\"%s\" and \"%s\"", a, b);
  }
}

void cross_expect_bytes(const void *a, const void *b, size_t len, bool same, const char *file,
                        int line) {
  if ((memcmp(a, b, len) == 0) != same) {
    cross_fail(file, line, "%zu bytes %s", len, same ? "differ" : "are the same");
  }
}

static verdict run_body(const struct CMUnitTest *test, void **state) {
  switch (setjmp(test_end)) {
  case NONE:
    test->run(state);
    return PASSED;
  default:
    return FAILED;
  }
}

static bool run_test(const struct CMUnitTest *test, void *state) {
  static const char *const marks[] = {"", "  FAILED  ", "       OK "};
  print_message("[ RUN      ] %s\n", test->name);
  bool ready = test->setup == NULL || test->setup(&state) == 0;
  verdict result = ready ? run_body(test, &state) : FAILED;
  bool cleared = test->teardown == NULL || test->teardown(&state) == 0;
  result = cleared ? result : FAILED;
  print_message("[%s] %s\n", marks[result], test->name);
  return result != FAILED;
}

int cross_run_tests(const struct CMUnitTest *tests, size_t count, int (*setup)(void **state),
                    int (*teardown)(void **state)) {
  void *state = NULL;
  int failed = 0;
  if (setup != NULL && setup(&state) != 0) {
    return 1;
  }
  for (size_t i = 0; i < count; i++) {
    failed += run_test(&tests[i], state) ? 0 : 1;
  }
  if (teardown != NULL && teardown(&state) != 0) {
    return 1;
  }
  print_message("%zu test(s), %d failed\n", count, failed);
  return failed;
}
