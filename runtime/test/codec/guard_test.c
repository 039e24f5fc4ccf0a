/*
 * No read past what the caller owns, and no write: every example and vector of every protocol with
 * its last byte at each distance from a page that nobody may touch, whole and cut, and with its
 * first byte behind one; values encoded into buffers, and decoded into arenas, that end at one.
 */
#include "guard.h"

#include "baas_vectors.h"
#include "effort.h"
#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"
#include "firefly_vectors.h"
#include "kaleido_vectors.h"
#include "octave_vectors.h"

#define ARENA_SIZE ((size_t)1 << 20)
#define MOST_READABLE 64u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes behind a text that would go on with it. */
static const char FILLS[] = {'"', '0', ' ', '}', '\\', '\0', ',', '\xbf'};

/** One text and all that decoding it needs. */
typedef struct trial {
  const ew_type *type;
  const char *json;
  size_t len;
  guard text;
  guard output;
  guard memory; /* of arenas */
  guard value;
  size_t number; /* of the text: chooses among what is too much to try whole */
} trial;

typedef void check_fn(trial *t);

static const struct {
  const ew_document *document;
  const ew_vector *vectors;
  const size_t *count;
} PROTOCOLS[] = {
    {&ew_firefly_document, ew_firefly_vectors, &ew_firefly_vector_count},
    {&ew_kaleido_document, ew_kaleido_vectors, &ew_kaleido_vector_count},
    {&ew_baas_document, ew_baas_vectors, &ew_baas_vector_count},
    {&ew_octave_document, ew_octave_vectors, &ew_octave_vector_count},
};

static void check_vector(const ew_document *document, const ew_vector *vector, size_t number,
                         check_fn *check) {
  const ew_message *message = ew_document_find(document, ew_str_of(vector->message));
  assert_non_null(message);
  trial t = {.type = message->type, .json = vector->json, .len = vector->len, .number = number};
  t.text = guard_new(t.len + 2 * MOST_READABLE);
  t.output = guard_new(t.len * 6 + 1024);
  t.memory = guard_new(ARENA_SIZE);
  t.value = guard_new(t.type->size);
  check(&t);
  guard_free(&t.text);
  guard_free(&t.output);
  guard_free(&t.memory);
  guard_free(&t.value);
}

/* In all three profiles every text means something to one engine or the other. */
static void check_all(check_fn *check) {
  size_t number = 0;
  size_t step = effort(11, 1, 1);
  for (size_t i = 0; i < COUNT(PROTOCOLS); i++) {
    for (size_t k = 0; k < *PROTOCOLS[i].count; k++, number++) {
      if (number % step == 0) {
        check_vector(PROTOCOLS[i].document, &PROTOCOLS[i].vectors[k], number, check);
      }
    }
  }
  assert_true(number > 500);
}

static void *value_of(const trial *t) { return t->value.end - t->type->size; }

static ew_err decode(trial *t, ew_str json, ew_profile profile, ew_engine engine,
                     size_t readable) {
  ew_decode_options opts = {
      .profile = profile, .engine = engine, .readable_after = (uint32_t)readable};
  ew_arena arena;
  ew_diag diag;
  ew_arena_init(&arena, t->memory.begin, ARENA_SIZE);
  return ew_type_decode(t->type, json, &arena, &opts, value_of(t), &diag);
}

/*
 * A text is the same to every engine wherever it stands. AUTO runs both when it refuses, and mostly
 * looks at a copy of a short text; STRAIGHT looks at the text itself.
 */
static void expect_everywhere(trial *t, ew_str json, size_t readable, ew_err expected) {
  ew_err err = decode(t, json, EW_STRICT, EW_ENGINE_AUTO, readable);
  EXPECT_ERR(expected, err);
  if (ew_type_reader(t->type) != NULL) {
    ew_err straight = decode(t, json, EW_STRICT, EW_ENGINE_STRAIGHT, readable);
    assert_true((straight == EW_OK) == (err == EW_OK));
  }
}

/* --------------------------------------------------------------------------------------- decoding */

/* At every distance from the guard page, with and without leave to read that far. */
static void check_distances(trial *t) {
  ew_err expected = ew_type_validate(t->type, ew_str_from(t->json, t->len), NULL, NULL);
  for (size_t gap = 0; gap <= MOST_READABLE; gap++) {
    char fill = FILLS[(t->number + gap) % sizeof(FILLS)];
    ew_str json = guard_at_end(&t->text, t->json, t->len, gap, fill);
    expect_everywhere(t, json, 0, expected);
    expect_everywhere(t, json, gap, expected);
    EXPECT_ERR(expected, ew_type_validate(t->type, json, NULL, NULL));
  }
}

static void a_text_is_read_to_its_end_and_no_further_at_every_distance_from_the_page(void **state) {
  (void)state;
  check_all(check_distances);
}

static void check_profiles(trial *t) {
  static const size_t gaps[] = {0, 1, 15, 31, 64};
  for (size_t i = 0; i < COUNT(gaps); i++) {
    for (int profile = EW_LENIENT; profile <= EW_COMPAT; profile++) {
      ew_decode_options opts = {.profile = (ew_profile)profile};
      ew_err expected = ew_type_validate(t->type, ew_str_from(t->json, t->len), &opts, NULL);
      ew_str json = guard_at_end(&t->text, t->json, t->len, gaps[i], '"');
      EXPECT_ERR(expected, decode(t, json, (ew_profile)profile, EW_ENGINE_AUTO, gaps[i]));
      EXPECT_ERR(expected, decode(t, json, (ew_profile)profile, EW_ENGINE_TABLE, 0));
      EXPECT_ERR(expected, ew_type_validate(t->type, json, &opts, NULL));
    }
  }
}

static void the_tolerant_profiles_read_no_further_either(void **state) {
  (void)state;
  check_all(check_profiles);
}

/* Cut anywhere: what is left ends at the page, or is followed by what would complete a token. */
static void check_cut(trial *t, size_t len) {
  size_t gap = 1 + (len * 7 + t->number) % MOST_READABLE;
  ew_str whole = guard_at_end(&t->text, t->json, len, 0, 0);
  ew_err expected = ew_type_validate(t->type, whole, NULL, NULL);
  expect_everywhere(t, whole, 0, expected);
  for (size_t i = 0; i < sizeof(FILLS); i++) {
    ew_str json = guard_at_end(&t->text, t->json, len, gap, FILLS[i]);
    expect_everywhere(t, json, gap, expected);
  }
}

static void check_cuts(trial *t) {
  size_t step = 1 + t->len / effort(40, 1500, 1000000);
  for (size_t len = 0; len < t->len; len += step) {
    check_cut(t, len);
  }
}

static void a_text_cut_anywhere_is_read_no_further(void **state) {
  (void)state;
  check_all(check_cuts);
}

static void check_front(trial *t) {
  ew_err expected = ew_type_validate(t->type, ew_str_from(t->json, t->len), NULL, NULL);
  for (size_t gap = 0; gap < 32; gap++) {
    char *to = t->text.begin + gap;
    memcpy(to, t->json, t->len);
    ew_str json = ew_str_from(to, t->len);
    expect_everywhere(t, json, 0, expected);
    expect_everywhere(t, json, MOST_READABLE, expected);
    EXPECT_ERR(expected, ew_type_validate(t->type, json, NULL, NULL));
  }
  size_t step = 1 + t->len / effort(20, 150, 4000);
  for (size_t len = 0; len < t->len; len += step) {
    memcpy(t->text.begin, t->json, t->len);
    ew_str json = ew_str_from(t->text.begin, len);
    expect_everywhere(t, json, 0, ew_type_validate(t->type, json, NULL, NULL));
  }
}

static void nothing_is_read_in_front_of_a_text(void **state) {
  (void)state;
  check_all(check_front);
}

/* -------------------------------------------------------------------------------- arenas and values */

/* The arena ends at the page; sizes up to what is needed, and its block at every alignment. */
static void check_arenas(trial *t) {
  ew_arena arena;
  ew_str json = guard_at_end(&t->text, t->json, t->len, 0, 0);
  ew_arena_init(&arena, t->memory.begin, ARENA_SIZE);
  ew_err whole = ew_type_decode(t->type, json, &arena, NULL, value_of(t), NULL);
  size_t used = arena.used + 64;
  size_t step = 1 + used / effort(10, 120, 2000);
  for (size_t size = 0; size <= used; size += step) {
    ew_arena_init(&arena, t->memory.end - size, size);
    ew_err err = ew_type_decode(t->type, json, &arena, NULL, value_of(t), NULL);
    assert_true(err == whole || err == EW_ERR_ARENA_FULL);
    assert_true(arena.used <= size);
    ew_arena_init(&arena, t->memory.end - size, size);
    ew_decode_options table = {.engine = EW_ENGINE_TABLE};
    err = ew_type_decode(t->type, json, &arena, &table, value_of(t), NULL);
    assert_true(err == whole || err == EW_ERR_ARENA_FULL);
  }
}

static void an_arena_is_filled_to_its_end_and_no_further(void **state) {
  (void)state;
  check_all(check_arenas);
}

/* --------------------------------------------------------------------------------------- encoding */

static void expect_encoded(trial *t, size_t size, ew_str expected) {
  ew_buf buf;
  ew_buf_init(&buf, t->output.end - size, size);
  ew_err err = ew_type_encode(t->type, value_of(t), &buf, NULL);
  EXPECT_ERR(size < expected.len ? EW_ERR_BUFFER_TOO_SMALL : EW_OK, err);
  if (err == EW_OK) {
    assert_true(ew_str_equal(expected, ew_buf_str(&buf)));
  } else {
    assert_int_equal(expected.len, buf.needed);
    assert_int_equal(0, buf.len);
  }
}

/* What the value points to ends at a page too: the text is the input of the encoder. */
static void check_encoding(trial *t) {
  ew_decode_options opts = {.profile = EW_COMPAT};
  ew_arena arena;
  ew_buf buf;
  ew_str json = guard_at_end(&t->text, t->json, t->len, 0, 0);
  ew_arena_init(&arena, t->memory.begin, ARENA_SIZE);
  if (ew_type_decode(t->type, json, &arena, &opts, value_of(t), NULL) != EW_OK) {
    return;
  }
  ew_buf_init(&buf, t->output.begin, (size_t)(t->output.end - t->output.begin));
  if (ew_type_encode(t->type, value_of(t), &buf, NULL) != EW_OK) {
    return;
  }
  char *expected = malloc(buf.len);
  assert_non_null(expected);
  memcpy(expected, buf.ptr, buf.len);
  size_t needed = buf.len;
  size_t step = 1 + needed / effort(30, 600, 20000);
  for (size_t size = 0; size < needed + MOST_READABLE; size += size < needed ? step : 1) {
    size = size + step > needed && size < needed ? needed : size;
    expect_encoded(t, size, ew_str_from(expected, needed));
  }
  free(expected);
}

static void a_value_is_written_into_its_buffer_and_no_further(void **state) {
  (void)state;
  check_all(check_encoding);
}

/* ------------------------------------------------------------------------------- texts by themselves */

/* The functions that take a text without a schema, at the page in front and at the one behind. */
static void check_text(const guard *g, const guard *output, ew_str text) {
  ew_diag diag;
  ew_err err = ew_json_check(text, 0, &diag);
  if (err == EW_OK) {
    ew_raw raw = {text};
    ew_str key;
    ew_raw value;
    for (size_t cursor = 0; ew_raw_next(raw, &cursor, &key, &value);) {
      assert_true(value.json.ptr + value.json.len <= g->end);
    }
  }
  for (size_t size = 0; size <= (size_t)text.len * 6 + 2; size++) {
    ew_buf buf;
    ew_buf_init(&buf, output->end - size, size);
    ew_err written = ew_buf_append_json_string(&buf, text);
    assert_true(written == EW_OK ? buf.len <= size : buf.len == 0);
    ew_buf_init(&buf, output->end - size, size);
    written = ew_buf_append(&buf, text);
    assert_true((written == EW_OK) == (size >= text.len));
  }
}

static void texts_without_a_schema_are_read_no_further(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      "[1,-2.5e+10,\"a\\u00e9\\ud83d\\ude00b\",null,true,false,{\"key\":\"value\",\"k\\n\":[]}]",
      "{\"a\":{\"b\":[{\"c\":\"0123456789abcdef0123456789abcdef\"}]}}  ",
      "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x01<>&\xe2\x80\xa8 0123456789\\\"\"",
      "123456789012345678901234567890",
  };
  guard g = guard_new(1024);
  guard output = guard_new(8192);
  for (size_t i = 0; i < COUNT(texts); i++) {
    size_t len = strlen(texts[i]);
    for (size_t cut = 0; cut <= len; cut += effort(5, 1, 1)) {
      check_text(&g, &output, guard_at_end(&g, texts[i], cut, 0, 0));
      memcpy(g.begin, texts[i], cut);
      check_text(&g, &output, ew_str_from(g.begin, cut));
    }
  }
  guard_free(&g);
  guard_free(&output);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_text_is_read_to_its_end_and_no_further_at_every_distance_from_the_page),
      cmocka_unit_test(the_tolerant_profiles_read_no_further_either),
      cmocka_unit_test(a_text_cut_anywhere_is_read_no_further),
      cmocka_unit_test(nothing_is_read_in_front_of_a_text),
      cmocka_unit_test(an_arena_is_filled_to_its_end_and_no_further),
      cmocka_unit_test(a_value_is_written_into_its_buffer_and_no_further),
      cmocka_unit_test(texts_without_a_schema_are_read_no_further),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
