/*
 * support.h - what the tests of the codec share.
 */
#ifndef EW_CODEC_TEST_SUPPORT_H
#define EW_CODEC_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "eventwire/table.h"

/**
 * A copy with not one byte behind it, so that a sanitizer or valgrind sees every byte read too
 * far.
 */
static inline ew_str exact_copy(const char *ptr, size_t len) {
  char *copy = malloc(len == 0 ? 1 : len);
  assert_non_null(copy);
  if (len > 0) {
    memcpy(copy, ptr, len);
  }
  return ew_str_from(len == 0 ? copy + 1 : copy, len);
}

static inline void free_copy(ew_str copy) {
  union {
    const char *shared;
    void *own;
  } block = {copy.len == 0 ? copy.ptr - 1 : copy.ptr};
  free(block.own);
}

/** The type without its straight-line writer, if it has one. */
static inline const ew_type *without_writer(const ew_type *type, ew_entry_type *copy) {
  if (ew_entry_of(type) == NULL) {
    return type;
  }
  *copy = *ew_entry_of(type);
  copy->write = NULL;
  copy->type.twin = 0; /* not copied */
  return &copy->type;
}

/** An arena on the heap. */
static inline ew_arena arena_of(size_t size) {
  ew_arena arena;
  void *block = malloc(size == 0 ? 1 : size);
  assert_non_null(block);
  ew_arena_init(&arena, block, size);
  return arena;
}

#define EXPECT_ERR(expected, actual) assert_string_equal(ew_err_name(expected), ew_err_name(actual))

#define EXPECT_TEXT(expected, actual)                                                              \
  do {                                                                                             \
    ew_str actual_ = (actual);                                                                     \
    assert_int_equal(strlen(expected), actual_.len);                                               \
    assert_memory_equal(expected, actual_.len == 0 ? "" : actual_.ptr, actual_.len);               \
  } while (0)

#endif
