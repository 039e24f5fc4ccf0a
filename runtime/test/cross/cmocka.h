/*
 * cmocka.h - the part of cmocka that the tests of the codec use, for machines one compiles for but
 * where no cmocka is installed. The first failed assertion ends its test.
 */
#ifndef EW_TEST_CROSS_CMOCKA_H
#define EW_TEST_CROSS_CMOCKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct CMUnitTest {
  const char *name;
  void (*run)(void **state);
  int (*setup)(void **state);
  int (*teardown)(void **state);
};

#define cmocka_unit_test(run_)                                                                     \
  { #run_, run_, NULL, NULL }
#define cmocka_unit_test_setup_teardown(run_, setup_, teardown_)                                   \
  { #run_, run_, setup_, teardown_ }
#define cmocka_run_group_tests(tests, setup, teardown)                                             \
  cross_run_tests(tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)

#define cmocka_run_group_tests_name(name, tests, setup, teardown)                                  \
  cmocka_run_group_tests(tests, setup, teardown)

int cross_run_tests(const struct CMUnitTest *tests, size_t count, int (*setup)(void **state),
                    int (*teardown)(void **state));

void print_message(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* All of these return only when what they say is true. */
void cross_fail(const char *file, int line, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));
void cross_expect(bool holds, const char *text, const char *file, int line);
void cross_expect_numbers(uint64_t a, uint64_t b, bool same, const char *file, int line);
void cross_expect_strings(const char *a, const char *b, bool same, const char *file, int line);
void cross_expect_bytes(const void *a, const void *b, size_t len, bool same, const char *file,
                        int line);

#define fail_msg(...) cross_fail(__FILE__, __LINE__, __VA_ARGS__)
#define fail() cross_fail(__FILE__, __LINE__, "failed")

#define assert_true(c) cross_expect((c) ? true : false, #c, __FILE__, __LINE__)
#define assert_false(c) cross_expect((c) ? false : true, "not " #c, __FILE__, __LINE__)
#define assert_null(p) cross_expect((p) == NULL, #p " is NULL", __FILE__, __LINE__)
#define assert_non_null(p) cross_expect((p) != NULL, #p " is not NULL", __FILE__, __LINE__)
#define assert_ptr_equal(a, b)                                                                     \
  cross_expect((const void *)(a) == (const void *)(b), #a " is " #b, __FILE__, __LINE__)
#define assert_ptr_not_equal(a, b)                                                                 \
  cross_expect((const void *)(a) != (const void *)(b), #a " is not " #b, __FILE__, __LINE__)
#define assert_int_equal(a, b)                                                                     \
  cross_expect_numbers((uint64_t)(a), (uint64_t)(b), true, __FILE__, __LINE__)
#define assert_int_not_equal(a, b)                                                                 \
  cross_expect_numbers((uint64_t)(a), (uint64_t)(b), false, __FILE__, __LINE__)
#define assert_string_equal(a, b) cross_expect_strings(a, b, true, __FILE__, __LINE__)
#define assert_string_not_equal(a, b) cross_expect_strings(a, b, false, __FILE__, __LINE__)
#define assert_memory_equal(a, b, len) cross_expect_bytes(a, b, len, true, __FILE__, __LINE__)
#define assert_memory_not_equal(a, b, len) cross_expect_bytes(a, b, len, false, __FILE__, __LINE__)

#endif
