/*
 * What decodes, encodes back to an equal value; both engines and validate() agree, and both
 * engines of the encoder write the same bytes, in buffers of the exact size too; a profile
 * accepts all that a stricter one accepts (but compat where the real server reads names and enums
 * in any letter case: what is an unknown member to one can be a bad known one to the other).
 *
 * One program per protocol and direction: EW_FUZZ_DOCUMENT is the document, EW_FUZZ_DIRECTION
 * to_server or to_client.
 */
#include <stdlib.h>
#include <string.h>

#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"

#include "../runtime/src/codec/table_internal.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARENA_SIZE ((size_t)4 * 1024 * 1024)
#define TEXT_SIZE ((size_t)4 * 1024 * 1024)
#define VALUE_SIZE 8192u

typedef struct bench {
  const ew_type *type;
  char *memory[2];
  ew_arena arena[2];
  _Alignas(16) char value[2][VALUE_SIZE];
  char *text;
  char *other;
} bench;

static void bench_init(bench *b) {
  b->type = EW_FUZZ_DOCUMENT.EW_FUZZ_DIRECTION;
  require(b->type != NULL && b->type->size <= VALUE_SIZE, "the value fits the bench");
  for (int i = 0; i < 2; i++) {
    b->memory[i] = (char *)malloc(ARENA_SIZE);
    require(b->memory[i] != NULL, "memory");
    ew_arena_init(&b->arena[i], b->memory[i], ARENA_SIZE);
  }
  b->text = (char *)malloc(TEXT_SIZE);
  b->other = (char *)malloc(TEXT_SIZE);
  require(b->text != NULL && b->other != NULL, "memory");
}

static ew_err decode(bench *b, int slot, ew_str json, ew_profile profile, ew_engine engine,
                     ew_diag *diag) {
  ew_decode_options options = {.profile = profile, .engine = engine};
  ew_arena_reset(&b->arena[slot]);
  return ew_type_decode(b->type, json, &b->arena[slot], &options, b->value[slot], diag);
}

static bool is_memory(ew_err err) {
  return err == EW_ERR_ARENA_FULL || err == EW_ERR_BUFFER_TOO_SMALL;
}

static void check_diag(const ew_diag *diag, ew_err err, size_t size) {
  require(diag->err == err, "the diagnosis carries the error that was returned");
  require(diag->offset <= size, "the diagnosis points into the text");
  require(memchr(diag->pointer, '\0', sizeof(diag->pointer)) != NULL, "the pointer ends");
}

/* The two engines and the validator say the same of one text. */
static ew_err check_engines(bench *b, ew_str json) {
  ew_diag diag, quiet;
  memset(&diag, 0, sizeof(diag));
  ew_err table = decode(b, 0, json, EW_STRICT, EW_ENGINE_TABLE, &diag);
  if (is_memory(table)) {
    return table;
  }
  ew_decode_options strict = {.profile = EW_STRICT};
  require(ew_type_validate(b->type, json, &strict, &quiet) == table,
          "validate says what decode says");
  if (table != EW_OK) {
    check_diag(&diag, table, json.len);
  }
  ew_err straight = decode(b, 1, json, EW_STRICT, EW_ENGINE_STRAIGHT, NULL);
  if (straight == EW_ERR_UNSUPPORTED || is_memory(straight)) {
    return table;
  }
  require((straight == EW_OK) == (table == EW_OK), "both engines accept the same texts");
  if (table == EW_OK) {
    require(ew_type_equal(b->type, b->value[0], b->value[1]), "both engines decode the same value");
  }
  return table;
}

/* written: what the table engine made of the value in slot 0, or nothing when it refused. */
static void check_straight_writer(const bench *b, const ew_buf *written, ew_err table) {
  ew_limits limits;
  require(ew__limits_resolve(ew_type_document(b->type), NULL, &limits) == EW_OK, "a type has limits");
  ew_buf out;
  ew_buf_init(&out, b->other, table == EW_OK ? written->len : TEXT_SIZE);
  bool wrote = ew__encode(b->type, b->value[0], limits.max_depth, &out);
  require(wrote == (table == EW_OK), "both engines write the same values");
  require(!wrote || ew_str_equal(ew_buf_str(written), ew_buf_str(&out)), "and the same bytes");
  ew_buf_init(&out, b->other, wrote ? written->len - 1 : 0);
  require(!ew__encode(b->type, b->value[0], limits.max_depth, &out), "never into too few bytes");
}

/* The type without its straight-line writer. */
static const ew_type *without_writer(const ew_type *type, ew_entry_type *copy) {
  if (ew_entry_of(type) == NULL) {
    return type;
  }
  *copy = *ew_entry_of(type);
  copy->write = NULL;
  copy->type.twin = 0; /* not copied */
  return &copy->type;
}

/* slot 0 holds an accepted value. */
static void check_round_trip(bench *b, ew_profile profile) {
  ew_buf out;
  ew_diag diag;
  ew_entry_type copy;
  const ew_type *table = without_writer(b->type, &copy);
  ew_buf_init(&out, b->text, TEXT_SIZE);
  ew_err err = ew_type_encode(table, b->value[0], &out, &diag);
  if (is_memory(err)) {
    return;
  }
  if (ew_type_writer(b->type) != NULL) {
    check_straight_writer(b, &out, err);
  }
  /*
   * Tolerant profiles let values in that are not ours to send; strictly accepted ones must go out.
   */
  if (profile != EW_STRICT && err != EW_OK) {
    return;
  }
  require(err == EW_OK, "what was decoded strictly can be encoded");
  err = decode(b, 1, ew_buf_str(&out), EW_STRICT, EW_ENGINE_AUTO, &diag);
  if (is_memory(err)) {
    return;
  }
  require(err == EW_OK, "what was encoded can be decoded");
  require(ew_type_equal(b->type, b->value[0], b->value[1]), "and is the same value");
}

static void check_profiles(bench *b, ew_str json, ew_err strict) {
  ew_diag diag;
  ew_err lenient = decode(b, 0, json, EW_LENIENT, EW_ENGINE_AUTO, &diag);
  if (lenient == EW_OK) {
    check_round_trip(b, EW_LENIENT);
  }
  ew_err compat = decode(b, 0, json, EW_COMPAT, EW_ENGINE_AUTO, &diag);
  if (compat == EW_OK) {
    check_round_trip(b, EW_COMPAT);
  }
  require(strict != EW_OK || lenient == EW_OK || is_memory(lenient),
          "lenient accepts what strict accepts");
  bool folds =
      (ew_type_document(b->type)->tolerances & (EW_TOLERATE_NAME_CASE | EW_TOLERATE_ENUM_CASE)) != 0;
  require(folds || lenient != EW_OK || compat == EW_OK || is_memory(compat),
          "compat accepts what lenient accepts");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bench b; /* made once: libFuzzer calls this millions of times */
  if (b.type == NULL) {
    bench_init(&b);
  }
  /* A block of its own, so that a read behind the end is seen. */
  char *text = (char *)malloc(size == 0 ? 1 : size);
  require(text != NULL, "memory");
  memcpy(text, data, size);
  ew_str json = ew_str_from(text, size);
  ew_err strict = check_engines(&b, json);
  if (strict == EW_OK) {
    check_round_trip(&b, EW_STRICT);
  }
  check_profiles(&b, json, strict);
  free(text);
  return 0;
}
