/*
 * Every example of every document: decode, encode, decode again to an equal value, by both engines; validate; and the union of
 * its direction knows it for what it is. All documents are in this one program. Exit 1 with a line per failure.
 */
#include <stdio.h>
#include <string.h>

#include "corpus.h"
#include "eventwire/codec.h"

enum { ROOM = 1 << 16 }; /* no type is larger */

static int failures;
static char memory[1 << 20];
static union {
  char bytes[ROOM];
  uint64_t align;
} value, copy;

typedef struct text {
  char bytes[ROOM];
  ew_buf buf;
} text;

static void check(bool holds, const ew_document *document, const ew_vector *vector, const char *what, const ew_diag *diag) {
  if (!holds) {
    failures++;
    printf("%s, %s: %s: %s %s (%s)\n", document->name, vector->id, what, ew_err_name(diag->err), diag->pointer,
           diag->schema);
  }
}

static bool encode(const ew_type *type, const void *in, text *out, ew_diag *diag) {
  ew_buf_init(&out->buf, out->bytes, sizeof(out->bytes));
  return ew_type_encode(type, in, &out->buf, diag) == EW_OK;
}

static void check_round_trip(const ew_document *document, const ew_type *type, const ew_vector *vector, ew_engine engine) {
  static text first, second;
  ew_decode_options options = {.engine = engine};
  ew_str json = ew_str_from(vector->json, vector->len);
  ew_arena arena;
  ew_diag diag = {0};
  ew_arena_init(&arena, memory, sizeof(memory));
  bool decoded = ew_type_decode(type, json, &arena, &options, &value, &diag) == EW_OK;
  check(decoded, document, vector, "decode", &diag);
  if (!decoded) {
    return;
  }
  check(encode(type, &value, &first, &diag), document, vector, "encode", &diag);
  check(ew_type_decode(type, ew_buf_str(&first.buf), &arena, &options, &copy, &diag) == EW_OK, document, vector,
        "decode again", &diag);
  check(ew_type_equal(type, &value, &copy), document, vector, "equal", &diag);
  check(encode(type, &copy, &second, &diag) && ew_str_equal(ew_buf_str(&first.buf), ew_buf_str(&second.buf)), document,
        vector, "encode again", &diag);
}

static void check_direction(const ew_document *document, const ew_type *direction, const ew_type *type, const ew_vector *vector) {
  static text alone, united;
  ew_str json = ew_str_from(vector->json, vector->len);
  ew_arena arena;
  ew_diag diag = {0};
  ew_arena_init(&arena, memory, sizeof(memory));
  if (direction == NULL) {
    return; /* the document has a union for each channel alone */
  }
  bool same = ew_type_decode(type, json, &arena, NULL, &value, &diag) == EW_OK && encode(type, &value, &alone, &diag) &&
              ew_type_decode(direction, json, &arena, NULL, &copy, &diag) == EW_OK &&
              encode(direction, &copy, &united, &diag) && ew_str_equal(ew_buf_str(&alone.buf), ew_buf_str(&united.buf));
  check(same, document, vector, "known in its direction", &diag);
}

static void check_example(const ew_document *document, const ew_vector *vector) {
  const ew_message *message = ew_document_find(document, ew_str_of(vector->message));
  ew_str json = ew_str_from(vector->json, vector->len);
  ew_diag diag = {0};
  check(message != NULL, document, vector, "message", &diag);
  if (message == NULL) {
    return;
  }
  check_round_trip(document, message->type, vector, EW_ENGINE_AUTO);
  check_round_trip(document, message->type, vector, EW_ENGINE_TABLE);
  check(ew_type_validate(message->type, json, NULL, &diag) == EW_OK, document, vector, "validate", &diag);
  if ((message->directions & EW_TO_SERVER) != 0) {
    check_direction(document, document->to_server, message->type, vector);
  }
  if ((message->directions & EW_TO_CLIENT) != 0) {
    check_direction(document, document->to_client, message->type, vector);
  }
}

int main(void) {
  size_t examples = 0;
  for (size_t i = 0; i < sizeof(corpus) / sizeof(corpus[0]); i++) {
    for (size_t k = 0; k < *corpus[i].count; k++) {
      check_example(corpus[i].document, &corpus[i].vectors[k]);
    }
    /* A document that says nothing proves nothing. */
    failures += *corpus[i].count == 0;
    examples += *corpus[i].count;
  }
  printf("%zu documents, %zu examples, %d failures\n", sizeof(corpus) / sizeof(corpus[0]), examples, failures);
  return failures == 0 ? 0 : 1;
}
