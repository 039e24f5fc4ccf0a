/*
 * The codec never asks the heap for memory: every vector of every protocol is decoded, validated,
 * encoded and diagnosed while the allocator counts.
 */
#include "support.h"

#include "subjects.h"

/* The linker puts these in place of the allocator's, in the codec too. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static unsigned long calls;

void *__wrap_malloc(size_t size) {
  calls++;
  return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  calls++;
  return __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
  calls++;
  return __real_realloc(block, size);
}

void __wrap_free(void *block) {
  calls++;
  __real_free(block);
}

#define ARENA_SIZE ((size_t)1 << 20)
#define OUT_SIZE ((size_t)1 << 20)

static char memory[ARENA_SIZE];
static char copies[ARENA_SIZE];
static char bytes[OUT_SIZE];

/* Everything that can be done with one text. */
static void use_all(const ew_type *type, ew_str json, const ew_decode_options *opts, void *value,
                    void *copy) {
  char line[600];
  ew_diag diag = {0};
  ew_arena arena, other;
  ew_buf out;
  ew_arena_init(&arena, memory, sizeof(memory));
  ew_arena_init(&other, copies, sizeof(copies));
  ew_buf_init(&out, bytes, sizeof(bytes));
  (void)!ew_type_validate(type, json, opts, &diag);
  if (ew_type_decode(type, json, &arena, opts, value, &diag) == EW_OK) {
    (void)!ew_type_encode(type, value, &out, &diag);
    (void)!(ew_type_copy(type, copy, value, &other) == EW_OK && ew_type_equal(type, copy, value));
  }
  ew_diag_format(&diag, line, sizeof(line));
}

static void no_message_costs_a_heap_call(void **state) {
  (void)state;
  size_t done = 0;
  for (size_t i = 0; i < SUBJECT_COUNT; i++) {
    for (size_t k = 0; k < *SUBJECTS[i].count; k++) {
      const ew_vector *v = &SUBJECTS[i].vectors[k];
      const ew_type *type = subject_type(&SUBJECTS[i], v, true);
      void *value = malloc(type->size);
      void *copy = malloc(type->size);
      unsigned long before = calls;
      for (int profile = EW_STRICT; profile <= EW_COMPAT; profile++) {
        for (int engine = EW_ENGINE_AUTO; engine <= EW_ENGINE_STRAIGHT; engine++) {
          ew_decode_options opts = {.profile = (ew_profile)profile, .engine = (ew_engine)engine};
          use_all(type, ew_str_from(v->json, v->len), &opts, value, copy);
          done++;
        }
      }
      assert_int_equal(before, calls);
      free(value);
      free(copy);
    }
  }
  assert_true(done > 1000);
  assert_true(calls >= done / 9 * 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_message_costs_a_heap_call),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
