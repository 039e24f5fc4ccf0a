/*
 * The strictness vectors: strictness_test FILE... Each text gets the verdict that its vector states
 * from the decoder, with both engines, and from the validator; a refusal names exactly the error,
 * the byte and the two pointers.
 */
#include "support.h"

#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"
#include "sample.h"
#include "vector_file.h"

#if EW_TEST_RULES
#  include "eventwire/protocol.h"
#endif

#define ARENA_SIZE ((size_t)1 << 20)
#define MAX_FILES  8

static vector_file files[MAX_FILES];
static size_t file_count;

/** One vector under test. */
typedef struct trial {
  const char *path;
  const file_vector *vector;
  const ew_document *document;
  const ew_message *message; /* NULL: any of a direction */
  const ew_type *type;
  unsigned failures;
} trial;

typedef void check_fn(trial *t);

/* All failures are worth seeing at once, so they are counted. */
#define CHECK(t, condition, ...)                                                          \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      (t)->failures++;                                                                    \
      print_error("%s tcId %u (%s): ", (t)->path, (t)->vector->id, (t)->vector->comment); \
      print_error(__VA_ARGS__);                                                           \
      print_error("\n");                                                                  \
    }                                                                                     \
  } while (0)

/* ---------------------------------------------------------------------------- walking the files */

static const ew_document *const DOCUMENTS[] = {&ew_firefly_document, &ew_kaleido_document,
                                               &ew_baas_document, &ew_octave_document,
                                               &sample_document};
#define PROTOCOL_COUNT 4u /* the first of them */

static const ew_document *find_document(const char *name) {
  for (size_t i = 0; i < sizeof(DOCUMENTS) / sizeof(DOCUMENTS[0]); i++) {
    if (strcmp(DOCUMENTS[i]->name, name) == 0) {
      return DOCUMENTS[i];
    }
  }
  return NULL;
}

static bool find_type(trial *t) {
  const file_vector *v = t->vector;
  t->document = find_document(v->protocol);
  if (t->document == NULL) {
    return false;
  }
  if (strcmp(v->group, "toServer") == 0) {
    t->type = t->document->to_server;
  } else if (strcmp(v->group, "toClient") == 0) {
    t->type = t->document->to_client;
  } else {
    t->message = ew_document_find(t->document, ew_str_of(v->group));
    t->type = t->message == NULL ? NULL : t->message->type;
  }
  return t->type != NULL;
}

typedef struct walk {
  const char *path;
  check_fn *check;
  unsigned failures;
} walk;

static void check_vector(void *ctx, const file_vector *v) {
  walk *w = ctx;
  trial t = {.path = w->path, .vector = v};
  if (find_type(&t)) {
    w->check(&t);
  } else {
    CHECK(&t, false, "there is no %s in %s", v->group, v->protocol);
  }
  w->failures += t.failures;
}

static void check_all(check_fn *check) {
  unsigned failures = 0;
  for (size_t i = 0; i < file_count; i++) {
    walk w = {files[i].path, check, 0};
    vector_file_each(&files[i], check_vector, &w);
    failures += w.failures;
  }
  assert_int_equal(0, failures);
}

/* --------------------------------------------------------------------------------- one decoding */

/** A decoded value, and all that its decoding said. */
typedef struct outcome {
  ew_arena arena;
  void *value;
  ew_diag diag;
  ew_err err;
} outcome;

static outcome decode(const trial *t, ew_engine engine) {
  ew_decode_options opts = {
      .profile = t->vector->profile, .engine = engine, .limits = t->vector->limits};
  outcome o = {.arena = arena_of(ARENA_SIZE), .value = malloc(t->type->size + 1)};
  assert_non_null(o.value);
  memset(o.value, 0xa5, t->type->size);
  o.err = ew_type_decode(t->type, t->vector->json, &o.arena, &opts, o.value, &o.diag);
  return o;
}

static bool breaks_rules(const file_vector *v) {
  return !v->valid && strcmp(v->error, "EW_ERR_RULE") == 0;
}

/* What the members must be to each other stands in no schema; a build of the codec alone does not
 * know it. */
static void check_rules(const trial *t, outcome *o) {
#if EW_TEST_RULES
  if (o->err == EW_OK && t->message != NULL) {
    o->err = ew_protocol_check(t->document, t->message, o->value, &o->diag);
  }
#else
  if (o->err == EW_OK && breaks_rules(t->vector)) {
    o->err = EW_ERR_RULE;
    o->diag.err = EW_ERR_RULE;
    snprintf(o->diag.pointer, sizeof(o->diag.pointer), "%s", t->vector->pointer);
  }
#endif
}

static void drop(outcome *o) {
  free(o->arena.base);
  free(o->value);
}

static bool is_clear(const void *value, size_t size) {
  const unsigned char *bytes = value;
  for (size_t i = 0; i < size; i++) {
    if (bytes[i] != 0) {
      return false;
    }
  }
  return true;
}

/* The text with a caret under the byte: "...name":"\ud800"}" */
static void show(const file_vector *v, size_t offset) {
  size_t from = offset > 60 ? offset - 60 : 0;
  size_t to = v->json.len - from > 100 ? from + 100 : v->json.len;
  for (size_t i = from; i < to; i++) {
    char c = v->json.ptr[i];
    print_error("%c", c >= ' ' && c < 0x7f ? c : '.');
  }
  print_error("\n%*s^ byte %zu\n", (int)(offset - from), "", offset);
}

/* ------------------------------------------------------------------------------------- verdicts */

static void check_diag(trial *t, const char *who, ew_err err, const ew_diag *diag) {
  const file_vector *v = t->vector;
  char line[512];
  ew_diag_format(diag, line, sizeof(line));
  CHECK(t, diag->err == err, "%s: the diagnosis says %s", who, ew_err_name(diag->err));
  CHECK(t, strcmp(v->error, ew_err_name(err)) == 0, "%s: %s, expected %s: %s", who,
        ew_err_name(err), v->error, line);
  CHECK(t, strcmp(v->pointer, diag->pointer) == 0, "%s: pointer \"%s\", expected \"%s\"", who,
        diag->pointer, v->pointer);
  CHECK(t, strcmp(v->schema, diag->schema) == 0, "%s: schema \"%s\", expected \"%s\"", who,
        diag->schema, v->schema);
  if (v->has_offset && v->offset != diag->offset) {
    CHECK(t, false, "%s: offset %zu, expected %zu", who, diag->offset, v->offset);
    show(v, diag->offset);
  }
}

static void check_outcome(trial *t, const char *who, ew_err err, const ew_diag *diag) {
  char line[512];
  if (t->vector->valid && err != EW_OK) {
    ew_diag_format(diag, line, sizeof(line));
    CHECK(t, false, "%s refuses it: %s", who, line);
    show(t->vector, diag->offset);
    return;
  }
  if (!t->vector->valid && err == EW_OK) {
    CHECK(t, false, "%s accepts it", who);
    return;
  }
  if (err != EW_OK) {
    check_diag(t, who, err, diag);
  }
}

static void check_decoding(trial *t) {
  static const struct {
    ew_engine engine;
    const char *name;
  } engines[] = {{EW_ENGINE_AUTO, "decode"}, {EW_ENGINE_TABLE, "decode by table"}};
  for (size_t i = 0; i < 2; i++) {
    outcome o = decode(t, engines[i].engine);
    if (o.err != EW_OK) {
      CHECK(t, is_clear(o.value, t->type->size), "%s: a refused value is not clear",
            engines[i].name);
      CHECK(t, o.arena.used == 0, "%s: the arena was not rewound", engines[i].name);
    }
    check_rules(t, &o);
    check_outcome(t, engines[i].name, o.err, &o.diag);
    drop(&o);
  }
}

static void each_text_is_decoded_or_refused_as_its_vector_says(void **state) {
  (void)state;
  check_all(check_decoding);
}

static void check_validation(trial *t) {
  ew_decode_options opts = {.profile = t->vector->profile, .limits = t->vector->limits};
  ew_diag diag = {0};
  ew_err err = ew_type_validate(t->type, t->vector->json, &opts, &diag);
  if (breaks_rules(t->vector)) {
    CHECK(t, err == EW_OK, "validate knows the schema alone, and refuses it: %s", ew_err_name(err));
    return;
  }
  check_outcome(t, "validate", err, &diag);
}

static void the_validator_says_the_same(void **state) {
  (void)state;
  check_all(check_validation);
}

static void check_straight(trial *t) {
  /* It knows the strict profile alone; the others run the table engine where it refuses. */
  if (t->vector->profile != EW_STRICT) {
    return;
  }
  /* Nor does it measure strings of a fixed form, so it stands back where the limit is small. */
  bool can = ew_type_reader(t->type) != NULL && t->vector->limits.max_string_bytes == 0;
  outcome straight = decode(t, EW_ENGINE_STRAIGHT);
  outcome table = decode(t, EW_ENGINE_TABLE);
  bool tried = straight.err != EW_ERR_UNSUPPORTED;
  CHECK(t, tried || !can, "there is straight-line code, and it was not run");
  if (tried) {
    CHECK(t, (straight.err == EW_OK) == (table.err == EW_OK), "straight: %s, table: %s",
          ew_err_name(straight.err), ew_err_name(table.err));
    /* Else the table engine has judged, and nothing was compared. */
    CHECK(t, straight.err == EW_OK || straight.err == EW_ERR_SYNTAX || straight.err == EW_ERR_TOO_LARGE,
          "straight-line code knows why it refuses: %s", ew_err_name(straight.err));
    bool both = straight.err == EW_OK && table.err == EW_OK;
    CHECK(t, !both || ew_type_equal(t->type, straight.value, table.value),
          "the engines read different values");
  }
  drop(&straight);
  drop(&table);
}

static void straight_line_code_accepts_the_same_texts(void **state) {
  (void)state;
  check_all(check_straight);
}

/* ---------------------------------------------------------------------------------- way back */

static void check_encoded(trial *t, const void *value) {
  size_t size = (size_t)t->vector->json.len * 6 + 4096;
  ew_buf buf;
  ew_diag diag = {0};
  ew_buf_init(&buf, malloc(size), size);
  assert_non_null(buf.ptr);
  ew_err err = ew_type_encode(t->type, value, &buf, &diag);
  const char *expected = t->vector->encoded;
  bool must = t->vector->profile == EW_STRICT || expected != NULL;
  CHECK(t, !must || err == EW_OK, "does not encode: %s at %s", ew_err_name(err), diag.pointer);
  CHECK(t, expected == NULL || ew_str_equal(ew_buf_str(&buf), ew_str_of(expected)),
        "encoding gives %.*s", (int)buf.len, buf.ptr);
  if (err == EW_OK) {
    file_vector again = {.json = ew_buf_str(&buf), .profile = EW_STRICT};
    trial back = {.vector = &again, .type = t->type};
    outcome o = decode(&back, EW_ENGINE_AUTO);
    CHECK(t, o.err == EW_OK && ew_type_equal(t->type, o.value, value),
          "what was encoded is another value: %.*s", (int)buf.len, buf.ptr);
    drop(&o);
  }
  free(buf.ptr);
}

static void check_way_back(trial *t) {
  if (!t->vector->valid) {
    return;
  }
  outcome o = decode(t, EW_ENGINE_AUTO);
  if (o.err == EW_OK) {
    check_encoded(t, o.value);
  }
  drop(&o);
}

static void what_is_accepted_encodes_as_stated_and_to_an_equal_value(void **state) {
  (void)state;
  check_all(check_way_back);
}

/* ------------------------------------------------------------------------- the files themselves */

#define MIN_VECTORS       400u
#define MIN_OF_A_PROTOCOL 80u
#define MAX_NAMES         128

/** A set of words, small. */
typedef struct words {
  const char *items[MAX_NAMES];
  unsigned accepted[MAX_NAMES], refused[MAX_NAMES];
  size_t count;
} words;

static size_t word_index(words *w, const char *word) {
  size_t i = 0;
  while (i < w->count && strcmp(w->items[i], word) != 0) {
    i++;
  }
  if (i == w->count) {
    assert_true(w->count < MAX_NAMES);
    w->items[w->count++] = word;
  }
  return i;
}

static void count_word(words *w, const char *word, bool accepted) {
  size_t i = word_index(w, word);
  w->accepted[i] += accepted;
  w->refused[i] += !accepted;
}

/** What was counted over one file or all of them. */
typedef struct census {
  const char *path;
  words flags, errors, groups;
  unsigned total, last_id, in_disorder;
} census;

static void count_vector(void *ctx, const file_vector *v) {
  census *c = ctx;
  for (size_t i = 0; v->flags[i] != NULL; i++) {
    count_word(&c->flags, v->flags[i], v->valid);
  }
  if (!v->valid) {
    count_word(&c->errors, v->error, false);
  }
  count_word(&c->groups, v->group, v->valid);
  c->total++;
  if (v->id != c->last_id + 1) {
    print_error("%s: tcId %u stands behind %u\n", c->path, v->id, c->last_id);
    c->in_disorder++;
  }
  c->last_id = v->id;
}

static census *count_file(vector_file *file, census *all) {
  static census own;
  own = (census){.path = file->path};
  vector_file_each(file, count_vector, &own);
  all->path = file->path;
  all->last_id = 0;
  vector_file_each(file, count_vector, all);
  return &own;
}

static void check_notes(vector_file *file, words *flags) {
  ew_raw notes = vector_member(file->root, "notes");
  size_t cursor = 0, count = 0;
  ew_str key;
  ew_raw note;
  for (size_t i = 0; i < flags->count; i++) {
    if (vector_text(file, vector_member(notes, flags->items[i])) == NULL) {
      fail_msg("%s: no note tells what the flag %s is", file->path, flags->items[i]);
    }
  }
  while (ew_raw_next(notes, &cursor, &key, &note)) {
    count++;
  }
  if (count != flags->count) {
    fail_msg("%s: %zu notes for %zu flags", file->path, count, flags->count);
  }
}

static void each_vector_has_a_number_and_each_flag_a_note(void **state) {
  static census all;
  (void)state;
  for (size_t i = 0; i < file_count; i++) {
    census *own = count_file(&files[i], &all);
    assert_int_equal(0, own->in_disorder);
    uint64_t stated = 0;
    ew_raw number = vector_member(files[i].root, "numberOfTests");
    EXPECT_ERR(EW_OK, ew_str_to_uint64(number.json, &stated));
    assert_int_equal(own->total, stated);
    check_notes(&files[i], &own->flags);
  }
}

/* Those that must be there, and whatever else is. */
static void every_kind_of_strictness_is_tried_from_both_sides(void **state) {
  static const char *const flags[] = {
      "Surrogate", "NulInKey", "BigInt",   "DupKey",   "Depth",    "Utf8",    "Exp",
      "Ws",        "Bom",      "Enum",     "UnionTag", "Presence", "Pattern", "Length",
      "Const",     "Number",   "Trailing", "Escape",   "Control",  "Null",    "MapKey",
      "Truncated", "RawValue", "Lenient",  "Compat",   "Integer",  "Format",
  };
  static census all;
  (void)state;
  for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
    word_index(&all.flags, flags[i]);
  }
  for (size_t i = 0; i < file_count; i++) {
    count_file(&files[i], &all);
  }
  for (size_t i = 0; i < all.flags.count; i++) {
    if (all.flags.accepted[i] == 0 || all.flags.refused[i] == 0) {
      fail_msg("%s: %u vectors accept, %u refuse", all.flags.items[i], all.flags.accepted[i],
               all.flags.refused[i]);
    }
  }
  assert_true(all.total >= MIN_VECTORS);
}

/* -2xx and -3xx: what a text can be refused for. */
static void every_error_of_a_text_is_met(void **state) {
  static const struct {
    const char *name;
    int value;
  } errors[] = {
#define ERROR_(name, value, text) {#name, value},
      EW_ERR_MAP(ERROR_)
#undef ERROR_
  };
  static census all;
  (void)state;
  for (size_t i = 0; i < file_count; i++) {
    count_file(&files[i], &all);
  }
  for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
    /* What only validators of bare schemas ask has no vectors here. */
    bool of_schema = errors[i].value == EW_ERR_UNIQUE || errors[i].value == EW_ERR_NOT;
    bool of_text = errors[i].value <= -200 && errors[i].value > -400 && !of_schema;
    if (of_text && all.errors.refused[word_index(&all.errors, errors[i].name)] == 0) {
      fail_msg("no vector is refused with %s", errors[i].name);
    }
  }
}

static void every_message_of_every_protocol_is_met(void **state) {
  (void)state;
  for (size_t p = 0; p < PROTOCOL_COUNT; p++) {
    const ew_document *document = DOCUMENTS[p];
    census *own = NULL;
    static census all;
    for (size_t i = 0; i < file_count && own == NULL; i++) {
      bool is_its = strcmp(files[i].protocol, document->name) == 0;
      own = is_its ? count_file(&files[i], &all) : NULL;
    }
    assert_non_null(own);
    assert_true(own->total >= MIN_OF_A_PROTOCOL);
    for (uint32_t i = 0; i < document->message_count; i++) {
      size_t at = word_index(&own->groups, document->messages[i].name);
      if (own->groups.accepted[at] == 0 || own->groups.refused[at] == 0) {
        fail_msg("%s %s: %u vectors accept, %u refuse", document->name, document->messages[i].name,
                 own->groups.accepted[at], own->groups.refused[at]);
      }
    }
  }
}

int main(int argc, char **argv) {
  if (argc < 2 || argc - 1 > MAX_FILES) {
    fprintf(stderr, "usage: strictness_test FILE...\n");
    return 2;
  }
  for (int i = 1; i < argc; i++) {
    files[file_count++] = vector_file_open(argv[i]);
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_text_is_decoded_or_refused_as_its_vector_says),
      cmocka_unit_test(the_validator_says_the_same),
      cmocka_unit_test(straight_line_code_accepts_the_same_texts),
      cmocka_unit_test(what_is_accepted_encodes_as_stated_and_to_an_equal_value),
      cmocka_unit_test(each_vector_has_a_number_and_each_flag_a_note),
      cmocka_unit_test(every_kind_of_strictness_is_tried_from_both_sides),
      cmocka_unit_test(every_error_of_a_text_is_met),
      cmocka_unit_test(every_message_of_every_protocol_is_met),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  for (size_t i = 0; i < file_count; i++) {
    vector_file_close(&files[i]);
  }
  return failed;
}
