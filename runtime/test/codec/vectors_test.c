/*
 * Every example and every vector of every protocol: the verdict of each profile, both engines, and
 * what encoding gives back.
 */
#include "support.h"

#include "baas_vectors.h"
#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"
#include "firefly_vectors.h"
#include "kaleido_vectors.h"
#include "octave_vectors.h"

typedef struct protocol {
  const ew_document *document;
  const ew_vector *vectors;
  const size_t *count;
} protocol;

static const protocol PROTOCOLS[] = {
    {&ew_firefly_document, ew_firefly_vectors, &ew_firefly_vector_count},
    {&ew_kaleido_document, ew_kaleido_vectors, &ew_kaleido_vector_count},
    {&ew_baas_document, ew_baas_vectors, &ew_baas_vector_count},
    {&ew_octave_document, ew_octave_vectors, &ew_octave_vector_count},
};

/** One vector under test. */
typedef struct trial {
  const ew_document *document;
  const ew_vector *vector;
  const ew_type *type;
  ew_str json; /* exactly as long as it is */
  ew_arena arena;
  unsigned failures;
} trial;

typedef void check_fn(trial *t);

#define ARENA_SIZE ((size_t)1 << 20)
#define READABLE 64u

/* All failures of a protocol are worth seeing at once, so they are counted. */
#define CHECK(t, condition, ...)                                                                   \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      (t)->failures++;                                                                             \
      print_error("%s %s (%s): ", (t)->document->name, (t)->vector->id, (t)->vector->why);         \
      print_error(__VA_ARGS__);                                                                    \
      print_error("\n");                                                                           \
    }                                                                                              \
  } while (0)

static unsigned check_vector(const protocol *p, const ew_vector *vector, check_fn *check) {
  const ew_message *message = ew_document_find(p->document, ew_str_of(vector->message));
  if (message == NULL) {
    print_error("%s %s: there is no message %s\n", p->document->name, vector->id, vector->message);
    return 1;
  }
  trial t = {.document = p->document, .vector = vector, .type = message->type};
  t.json = exact_copy(vector->json, vector->len);
  t.arena = arena_of(ARENA_SIZE);
  check(&t);
  free(t.arena.base);
  free_copy(t.json);
  return t.failures;
}

static void check_all(check_fn *check) {
  unsigned failures = 0;
  for (size_t i = 0; i < sizeof(PROTOCOLS) / sizeof(PROTOCOLS[0]); i++) {
    const protocol *p = &PROTOCOLS[i];
    assert_true(*p->count > 0);
    for (size_t k = 0; k < *p->count; k++) {
      failures += check_vector(p, &p->vectors[k], check);
    }
  }
  assert_int_equal(0, failures);
}

/* ------------------------------------------------------------------------------------- verdicts */

static bool accepts(const ew_vector *v, ew_profile profile) {
  switch (v->verdict) {
  case EW_VECTOR_VALID:
    return true;
  case EW_VECTOR_LENIENT:
    return profile != EW_STRICT || v->strict_accepts;
  case EW_VECTOR_COMPAT:
    return profile == EW_COMPAT;
  case EW_VECTOR_INVALID:
    break;
  }
  return v->rule;
}

/* What strict and lenient refuse, compat may take or not. */
static bool is_free(const ew_vector *v, ew_profile profile) {
  return profile == EW_COMPAT && v->verdict == EW_VECTOR_INVALID;
}

static void *new_value(const trial *t) {
  void *value = malloc(t->type->size == 0 ? 1 : t->type->size);
  assert_non_null(value);
  memset(value, 0xa5, t->type->size);
  return value;
}

static bool is_clear(const trial *t, const void *value) {
  const unsigned char *bytes = value;
  for (size_t i = 0; i < t->type->size; i++) {
    if (bytes[i] != 0) {
      return false;
    }
  }
  return true;
}

static void check_verdict(trial *t, ew_profile profile, ew_engine engine) {
  ew_decode_options opts = {.profile = profile, .engine = engine};
  ew_diag diag = {0};
  void *value = new_value(t);
  ew_arena_reset(&t->arena);
  ew_err err = ew_type_decode(t->type, t->json, &t->arena, &opts, value, &diag);
  char line[512];
  ew_diag_format(&diag, line, sizeof(line));
  bool expected = accepts(t->vector, profile);
  CHECK(t, is_free(t->vector, profile) || (err == EW_OK) == expected, "profile %d, engine %d: %s",
        (int)profile, (int)engine, err == EW_OK ? "accepted" : line);
  if (err != EW_OK) {
    CHECK(t, diag.err == err, "the diagnosis says %s, the result %s", ew_err_name(diag.err),
          ew_err_name(err));
    CHECK(t, is_clear(t, value), "profile %d, engine %d: a refused value is not clear",
          (int)profile, (int)engine);
    CHECK(t, t->arena.used == 0, "profile %d, engine %d: the arena was not rewound", (int)profile,
          (int)engine);
  }
  free(value);
}

static void check_verdicts(trial *t) {
  for (int profile = EW_STRICT; profile <= EW_COMPAT; profile++) {
    check_verdict(t, (ew_profile)profile, EW_ENGINE_AUTO);
    check_verdict(t, (ew_profile)profile, EW_ENGINE_TABLE);
  }
  if (ew_type_reader(t->type) != NULL) {
    check_verdict(t, EW_STRICT, EW_ENGINE_STRAIGHT);
  }
}

static void each_profile_reaches_the_stated_verdict_with_each_engine(void **state) {
  (void)state;
  check_all(check_verdicts);
}

static void check_validation(trial *t) {
  for (int profile = EW_STRICT; profile <= EW_COMPAT; profile++) {
    ew_decode_options opts = {.profile = (ew_profile)profile, .engine = EW_ENGINE_TABLE};
    ew_diag decoded = {0}, validated = {0};
    void *value = new_value(t);
    ew_arena_reset(&t->arena);
    ew_err a = ew_type_decode(t->type, t->json, &t->arena, &opts, value, &decoded);
    ew_err b = ew_type_validate(t->type, t->json, &opts, &validated);
    CHECK(t, a == b, "profile %d: decode says %s, validate %s", profile, ew_err_name(a),
          ew_err_name(b));
    CHECK(t, decoded.offset == validated.offset, "profile %d: offsets %zu and %zu", profile,
          decoded.offset, validated.offset);
    CHECK(t, strcmp(decoded.pointer, validated.pointer) == 0, "profile %d: pointers %s and %s",
          profile, decoded.pointer, validated.pointer);
    free(value);
  }
}

static void validating_says_the_same_as_decoding(void **state) {
  (void)state;
  check_all(check_validation);
}

static void check_refusal(trial *t) {
  ew_diag diag = {0};
  if (accepts(t->vector, EW_STRICT)) {
    return;
  }
  ew_err err = ew_type_validate(t->type, t->json, NULL, &diag);
  char line[512];
  ew_diag_format(&diag, line, sizeof(line));
  CHECK(t, t->vector->error == NULL || strcmp(t->vector->error, ew_err_name(err)) == 0,
        "%s expected, but %s: %s", t->vector->error, ew_err_name(err), line);
  CHECK(t, t->vector->pointer == NULL || strcmp(t->vector->pointer, diag.pointer) == 0,
        "%s expected, but %s", t->vector->pointer, line);
  CHECK(t, diag.line > 0 && diag.column > 0, "no line and column");
  CHECK(t, diag.offset <= t->json.len, "the offset lies outside");
  CHECK(t, err > EW_ERR_TYPE || strchr(diag.schema, '#') != NULL, "no schema pointer: %s", line);
}

static void a_refusal_names_the_stated_error_and_place(void **state) {
  (void)state;
  check_all(check_refusal);
}

/* --------------------------------------------------------------------------- both engines agree */

static void check_agreement(trial *t) {
  if (ew_type_reader(t->type) == NULL) {
    return;
  }
  ew_decode_options straight = {.engine = EW_ENGINE_STRAIGHT};
  ew_decode_options table = {.engine = EW_ENGINE_TABLE};
  ew_arena other = arena_of(ARENA_SIZE);
  void *a = new_value(t);
  void *b = new_value(t);
  ew_err err = ew_type_decode(t->type, t->json, &t->arena, &straight, a, NULL);
  ew_err err_table = ew_type_decode(t->type, t->json, &other, &table, b, NULL);
  CHECK(t, (err == EW_OK) == (err_table == EW_OK), "straight: %s, table: %s", ew_err_name(err),
        ew_err_name(err_table));
  CHECK(t, err != EW_OK || err_table != EW_OK || ew_type_equal(t->type, a, b),
        "the engines read different values");
  free(a);
  free(b);
  free(other.base);
}

static void both_engines_read_the_same_value(void **state) {
  (void)state;
  check_all(check_agreement);
}

static void check_padding(trial *t) {
  ew_decode_options opts = {.readable_after = READABLE};
  char *padded = malloc(t->json.len + READABLE);
  void *a = new_value(t);
  void *b = new_value(t);
  assert_non_null(padded);
  memcpy(padded, t->json.ptr, t->json.len);
  memset(padded + t->json.len, '"', READABLE);
  ew_arena other = arena_of(ARENA_SIZE);
  ew_err plain = ew_type_decode(t->type, t->json, &t->arena, NULL, a, NULL);
  ew_err err = ew_type_decode(t->type, ew_str_from(padded, t->json.len), &other, &opts, b, NULL);
  CHECK(t, plain == err, "%s, and %s with padding", ew_err_name(plain), ew_err_name(err));
  CHECK(t, err != EW_OK || ew_type_equal(t->type, a, b), "padding changes the value");
  free(other.base);
  free(padded);
  free(a);
  free(b);
}

static void bytes_behind_the_text_change_nothing(void **state) {
  (void)state;
  check_all(check_padding);
}

/* ---------------------------------------------------------------------------------- round trips */

static ew_buf new_buf(size_t size) {
  ew_buf buf;
  ew_buf_init(&buf, malloc(size == 0 ? 1 : size), size);
  assert_non_null(buf.ptr);
  return buf;
}

static void check_decoded_again(trial *t, const void *value, const ew_buf *buf) {
  ew_arena arena = arena_of(ARENA_SIZE);
  void *again = new_value(t);
  ew_diag diag = {0};
  ew_err err = ew_type_decode(t->type, ew_buf_str(buf), &arena, NULL, again, &diag);
  char line[512];
  ew_diag_format(&diag, line, sizeof(line));
  CHECK(t, err == EW_OK, "what was encoded does not decode: %s", line);
  CHECK(t, err != EW_OK || ew_type_equal(t->type, value, again),
        "the value changed on its way: %.*s", (int)buf->len, buf->ptr);
  free(again);
  free(arena.base);
}

static void check_round_trip(trial *t) {
  void *value = new_value(t);
  ew_diag diag = {0};
  ew_decode_options opts = {.profile = EW_COMPAT};
  if (ew_type_decode(t->type, t->json, &t->arena, &opts, value, NULL) != EW_OK) {
    free(value);
    return;
  }
  ew_buf buf = new_buf(t->json.len * 6 + 1024);
  ew_err err = ew_type_encode(t->type, value, &buf, &diag);
  char line[512];
  ew_diag_format(&diag, line, sizeof(line));
  bool must = accepts(t->vector, EW_STRICT);
  CHECK(t, !must || err == EW_OK, "does not encode: %s", line);
  if (err == EW_OK) {
    check_decoded_again(t, value, &buf);
  }
  bool same = buf.len == t->json.len && memcmp(buf.ptr, t->json.ptr, buf.len) == 0;
  CHECK(t, !t->vector->example || same, "encoding gives %.*s", (int)buf.len, buf.ptr);
  free(buf.ptr);
  free(value);
}

static void what_decodes_encodes_back_to_an_equal_value_and_examples_to_the_same_bytes(
    void **state) {
  (void)state;
  check_all(check_round_trip);
}

static void check_small_buffers(trial *t) {
  void *value = new_value(t);
  if (ew_type_decode(t->type, t->json, &t->arena, NULL, value, NULL) != EW_OK) {
    free(value);
    return;
  }
  ew_buf whole = new_buf(t->json.len * 6 + 1024);
  assert_int_equal(EW_OK, ew_type_encode(t->type, value, &whole, NULL));
  size_t step = whole.len / 50 + 1;
  for (size_t size = 0; size < whole.len; size += step) {
    ew_buf buf = new_buf(size);
    ew_err err = ew_type_encode(t->type, value, &buf, NULL);
    CHECK(t, err == EW_ERR_BUFFER_TOO_SMALL && buf.len == 0 && buf.needed == whole.len,
          "%zu of %zu bytes: %s, needed %zu", size, whole.len, ew_err_name(err), buf.needed);
    free(buf.ptr);
  }
  ew_buf exact = new_buf(whole.len);
  CHECK(t, ew_type_encode(t->type, value, &exact, NULL) == EW_OK,
        "what is needed does not suffice");
  free(exact.ptr);
  free(whole.ptr);
  free(value);
}

static void a_small_buffer_is_refused_with_the_size_that_suffices(void **state) {
  (void)state;
  check_all(check_small_buffers);
}

static void check_small_arenas(trial *t) {
  void *value = new_value(t);
  ew_err whole = ew_type_decode(t->type, t->json, &t->arena, NULL, value, NULL);
  size_t used = t->arena.used;
  for (size_t size = 0; size < used; size += used / 40 + 1) {
    ew_arena arena = arena_of(size);
    ew_err err = ew_type_decode(t->type, t->json, &arena, NULL, value, NULL);
    CHECK(t, err == EW_ERR_ARENA_FULL || (whole == EW_OK && err == EW_OK), "%zu of %zu bytes: %s",
          size, used, ew_err_name(err));
    CHECK(t, err == EW_OK || (is_clear(t, value) && arena.used == 0), "%zu of %zu bytes: remains",
          size, used);
    free(arena.base);
  }
  free(value);
}

static void a_small_arena_is_refused_and_left_as_it_was(void **state) {
  (void)state;
  check_all(check_small_arenas);
}

static void check_copy(trial *t) {
  ew_decode_options opts = {.profile = EW_COMPAT};
  void *value = new_value(t);
  void *copy = new_value(t);
  if (ew_type_decode(t->type, t->json, &t->arena, &opts, value, NULL) != EW_OK) {
    free(value);
    free(copy);
    return;
  }
  ew_arena arena = arena_of(ARENA_SIZE);
  CHECK(t, ew_type_copy(t->type, copy, value, &arena) == EW_OK, "does not copy");
  CHECK(t, ew_type_equal(t->type, value, copy), "the copy differs");
  for (size_t size = 0; size < arena.used; size += arena.used / 20 + 1) {
    ew_arena small = arena_of(size);
    void *part = new_value(t);
    CHECK(t,
          ew_type_copy(t->type, part, value, &small) == EW_ERR_ARENA_FULL || size + 16 > arena.used,
          "%zu of %zu bytes suffice for a copy", size, arena.used);
    free(part);
    free(small.base);
  }
  /* The copy must not lean on what it was made from. */
  ew_buf before = new_buf(t->json.len * 6 + 1024);
  ew_err err = ew_type_encode(t->type, copy, &before, NULL);
  memset(t->arena.base, 0x5a, t->arena.size);
  ew_str text = t->json;
  t->json = exact_copy(t->vector->json, t->vector->len);
  free_copy(text);
  ew_buf after = new_buf(t->json.len * 6 + 1024);
  CHECK(t, ew_type_encode(t->type, copy, &after, NULL) == err, "the copy changed with its source");
  CHECK(t, before.len == after.len && memcmp(before.ptr, after.ptr, after.len) == 0,
        "the copy changed with its source");
  free(before.ptr);
  free(after.ptr);
  free(arena.base);
  free(value);
  free(copy);
}

static void a_copy_is_equal_and_stands_alone(void **state) {
  (void)state;
  check_all(check_copy);
}

/* ---------------------------------------------------------------------------- broken neighbours */

/* How many places of a text are tried; fewer where each costs fifty times as much. */
static size_t places(size_t many) { return getenv("EW_UNDER_VALGRIND") != NULL ? many / 20 : many; }

static void check_cut(trial *t) {
  if (t->vector->verdict != EW_VECTOR_VALID) {
    return;
  }
  size_t end = t->json.len;
  while (end > 0 && strchr(" \t\r\n", t->json.ptr[end - 1]) != NULL) {
    end--;
  }
  for (size_t len = 0; len < end; len += end / places(300) + 1) {
    ew_str cut = exact_copy(t->json.ptr, len);
    void *value = new_value(t);
    ew_arena_reset(&t->arena);
    ew_err err = ew_type_decode(t->type, cut, &t->arena, NULL, value, NULL);
    CHECK(t, err != EW_OK && is_clear(t, value), "%zu of %zu bytes are accepted", len, end);
    CHECK(t, ew_type_validate(t->type, cut, NULL, NULL) == err,
          "%zu of %zu bytes: validate disagrees", len, end);
    free(value);
    free_copy(cut);
  }
}

static void no_cut_text_is_accepted(void **state) {
  (void)state;
  check_all(check_cut);
}

/* The table engine decides; the straight one must follow it on any text. */
static void check_changed_byte(trial *t, char *text, size_t at, char byte) {
  ew_decode_options straight = {.engine = EW_ENGINE_STRAIGHT};
  ew_str json = ew_str_from(text, t->json.len);
  void *value = new_value(t);
  char old = text[at];
  text[at] = byte;
  ew_arena_reset(&t->arena);
  ew_err fast = ew_type_decode(t->type, json, &t->arena, &straight, value, NULL);
  ew_err table = ew_type_validate(t->type, json, NULL, NULL);
  CHECK(t, (fast == EW_OK) == (table == EW_OK), "byte %zu as 0x%02x: straight %s, table %s", at,
        (unsigned)(unsigned char)byte, ew_err_name(fast), ew_err_name(table));
  text[at] = old;
  free(value);
}

static void check_changed_bytes(trial *t) {
  static const char bytes[] = {'"', '\\', '{', '}', '[',  ']',  ',',    ':',   ' ',
                               '0', '-',  'e', 'a', '\0', '\n', '\x80', '\xff'};
  if (ew_type_reader(t->type) == NULL || t->json.len == 0) {
    return;
  }
  ew_str copy = exact_copy(t->json.ptr, t->json.len);
  char *text = malloc(t->json.len);
  assert_non_null(text);
  memcpy(text, copy.ptr, copy.len);
  size_t step = t->json.len / places(400) + 1;
  for (size_t at = 0; at < t->json.len; at += step) {
    for (size_t i = 0; i < sizeof(bytes); i++) {
      check_changed_byte(t, text, at, bytes[i]);
    }
  }
  free(text);
  free_copy(copy);
}

static void both_engines_agree_on_texts_with_one_byte_changed(void **state) {
  (void)state;
  check_all(check_changed_bytes);
}

/* What an arm that is told by absence leads one to expect, and what comes then. */
typedef struct guess {
  const char *json;
  const ew_document *document;
  ew_err err;
  int kind;
} guess;

#define HEAD "\"head\":{\"msgId\":\"a\",\"ok\":true,\"errors\":[],\"messages\":[\"\\n\"]}"

#define ID "\"01234567-89ab-cdef-0123-456789abcdef\""
#define HASH "\"0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""
#define EVENTS                                                                                \
  "\"events\":[{\"blockHash\":" HASH ",\"blockNumber\":\"1\",\"listenerId\":" ID                \
  ",\"streamId\":" ID ",\"subId\":" ID "}]"

static const guess GUESSES[] = {
    {"{" HEAD ",\"body\":{}}", &ew_octave_document, EW_OK,
     EW_OCTAVE_SERVER_MESSAGE_ACKNOWLEDGEMENT},
    {"{\"type\":null," HEAD ",\"body\":{}}", &ew_octave_document, EW_OK,
     EW_OCTAVE_SERVER_MESSAGE_ACKNOWLEDGEMENT},
    {"{" HEAD ",\"more\":1,\"body\":{}}", &ew_octave_document, EW_OK,
     EW_OCTAVE_SERVER_MESSAGE_ACKNOWLEDGEMENT},
    {"{" HEAD ",\"body\":{},\"resource\":1}", &ew_octave_document, EW_ERR_UNION, 0},
    {"{" HEAD ",\"body\":{},\"res\\u006furce\":1}", &ew_octave_document, EW_ERR_UNION, 0},
    {"{" HEAD ",\"body\":[]}", &ew_octave_document, EW_ERR_TYPE, 0},
    {"{\"headers\":{\"type\":\"x\"}}", &ew_kaleido_document, EW_OK,
     EW_KALEIDO_SERVER_MESSAGE_REPLY},
    {"{\"headers\":{\"type\":\"x\"}," EVENTS ",\"batchNumber\":7}", &ew_kaleido_document, EW_OK,
     EW_KALEIDO_SERVER_MESSAGE_NUMBERED_BATCH},
    {"{\"headers\":1,\"batchNumber\":7," EVENTS "}", &ew_kaleido_document, EW_OK,
     EW_KALEIDO_SERVER_MESSAGE_NUMBERED_BATCH},
    {"{\"batchNumber\":7,\"headers\":1," EVENTS "}", &ew_kaleido_document, EW_OK,
     EW_KALEIDO_SERVER_MESSAGE_NUMBERED_BATCH},
};

static void an_arm_that_was_not_the_one_expected_is_found_all_the_same(void **state) {
  (void)state;
  char value[1024];
  for (size_t i = 0; i < sizeof(GUESSES) / sizeof(GUESSES[0]); i++) {
    const guess *g = &GUESSES[i];
    const ew_type *type = g->document->to_client;
    for (int engine = EW_ENGINE_AUTO; engine <= EW_ENGINE_STRAIGHT; engine++) {
      ew_decode_options opts = {.engine = (ew_engine)engine};
      ew_arena arena = arena_of(ARENA_SIZE);
      ew_str json = ew_str_from(g->json, strlen(g->json));
      assert_true(type->size <= sizeof(value));
      ew_err err = ew_type_decode(type, json, &arena, &opts, value, NULL);
      assert_int_equal(err == EW_OK, g->err == EW_OK);
      assert_true(engine == EW_ENGINE_STRAIGHT || err == g->err);
      int kind = 0;
      memcpy(&kind, value, sizeof(kind));
      assert_int_equal(kind, g->kind);
      free(arena.base);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_profile_reaches_the_stated_verdict_with_each_engine),
      cmocka_unit_test(validating_says_the_same_as_decoding),
      cmocka_unit_test(a_refusal_names_the_stated_error_and_place),
      cmocka_unit_test(both_engines_read_the_same_value),
      cmocka_unit_test(bytes_behind_the_text_change_nothing),
      cmocka_unit_test(what_decodes_encodes_back_to_an_equal_value_and_examples_to_the_same_bytes),
      cmocka_unit_test(a_small_buffer_is_refused_with_the_size_that_suffices),
      cmocka_unit_test(a_small_arena_is_refused_and_left_as_it_was),
      cmocka_unit_test(a_copy_is_equal_and_stands_alone),
      cmocka_unit_test(no_cut_text_is_accepted),
      cmocka_unit_test(both_engines_agree_on_texts_with_one_byte_changed),
      cmocka_unit_test(an_arm_that_was_not_the_one_expected_is_found_all_the_same),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
