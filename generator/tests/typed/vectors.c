/*
 * Runs the test vectors of a generated protocol: what is valid comes back from decoding and encoding with the same meaning, what is not is
 * refused with the error and at the place that the vector says, as a message of its own and as one of all.
 *
 * Compiled with -DDOCUMENT=ew_P_document -DVECTORS=ew_P_vectors -DCOUNT=ew_P_vector_count.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eventwire/table.h"
#include "eventwire/vector.h"

extern const ew_document DOCUMENT;
extern const ew_vector VECTORS[];
extern const size_t COUNT;

static int failures;

static void fail(const ew_vector *v, const char *what, const ew_diag *diag) {
  char text[512] = "";
  if (diag != NULL) {
    (void)ew_diag_format(diag, text, sizeof(text));
  }
  printf("FAILED %s: %s %s\n", v->id, what, text);
  failures++;
}

/* A copy of exactly the text, so that a sanitizer sees what is read behind it. */
static char *copy_of(const ew_vector *v) {
  char *text = malloc(v->len + 1);
  if (text == NULL) {
    abort();
  }
  memcpy(text, v->json, v->len);
  return realloc(text, v->len == 0 ? 1 : v->len);
}

static void check_refusal(const ew_vector *v, ew_err err, const ew_diag *diag) {
  if (err == EW_OK) {
    fail(v, "was accepted", NULL);
    return;
  }
  if (diag->err != err || (v->error != NULL && strcmp(ew_err_name(err), v->error) != 0)) {
    fail(v, "another error:", diag);
  }
  if (v->pointer != NULL && strcmp(diag->pointer, v->pointer) != 0) {
    fail(v, "another place:", diag);
  }
  if (err <= EW_ERR_TYPE && diag->schema[0] != '#') {
    fail(v, "no schema:", diag);
  }
}

static char memory[1 << 16];
static char more_memory[1 << 16];
static char bytes[1 << 16];

/* What is written is what was read, and writing that again gives the same bytes. */
static void check_encoding(const ew_vector *v, const ew_type *type, const void *value) {
  ew_buf first;
  ew_diag diag;
  ew_arena arena;
  ew_buf_init(&first, bytes, sizeof(bytes) / 2);
  ew_arena_init(&arena, more_memory, sizeof(more_memory));
  if (ew_type_encode(type, value, &first, &diag) != EW_OK) {
    fail(v, "is not encoded:", &diag);
    return;
  }
  void *again = calloc(1, type->size);
  if (again == NULL) {
    abort();
  }
  if (ew_type_decode(type, ew_buf_str(&first), &arena, NULL, again, &diag) != EW_OK) {
    fail(v, "is encoded as what is not valid:", &diag);
  } else if (!ew_type_equal(type, value, again)) {
    fail(v, "is encoded as something else", NULL);
  }
  free(again);
}

static void run_as(const ew_vector *v, const ew_type *type, ew_str json, ew_engine engine) {
  ew_decode_options opts = {.engine = engine};
  ew_arena arena;
  ew_diag diag;
  void *value = calloc(1, type->size);
  if (value == NULL) {
    abort();
  }
  ew_arena_init(&arena, memory, sizeof(memory));
  ew_err err = ew_type_decode(type, json, &arena, &opts, value, &diag);
  if (v->verdict == EW_VECTOR_VALID) {
    if (err != EW_OK) {
      fail(v, "was refused:", &diag);
    } else {
      check_encoding(v, type, value);
    }
  } else {
    check_refusal(v, err, &diag);
    if (arena.used != 0) {
      fail(v, "left something in the arena", NULL);
    }
  }
  ew_diag other;
  ew_err same = ew_type_validate(type, json, &opts, &other);
  if (same != err || (err != EW_OK && strcmp(diag.pointer, other.pointer) != 0)) {
    fail(v, "validate says something else", same == EW_OK ? NULL : &other);
  }
  free(value);
}

static void run(const ew_vector *v) {
  const ew_message *message = ew_document_find(&DOCUMENT, ew_str_of(v->message));
  if (message == NULL) {
    fail(v, "no such message", NULL);
    return;
  }
  char *text = copy_of(v);
  ew_str json = ew_str_from(text, v->len);
  run_as(v, message->type, json, EW_ENGINE_AUTO);
  run_as(v, message->type, json, EW_ENGINE_TABLE);
  if (DOCUMENT.to_server != NULL && (message->directions & EW_TO_SERVER) != 0) {
    run_as(v, DOCUMENT.to_server, json, EW_ENGINE_AUTO);
    run_as(v, DOCUMENT.to_server, json, EW_ENGINE_TABLE);
  }
  free(text);
}

int main(void) {
  for (size_t i = 0; i < COUNT; i++) {
    run(&VECTORS[i]);
  }
  printf("%zu vectors, %d failures\n", COUNT, failures);
  return failures == 0 ? 0 : 1;
}
