/*
 * JSONTestSuite (Nicolas Seriot): suite_test POLICY. Of test_parsing, y_ must be accepted and n_
 * refused; what the suite leaves open, i_ and test_transform, has its answer in the tables of
 * POLICY, docs/strictness.md. Each file is judged alone, and as a free-form member of messages.
 *
 * The suite is not part of this project: EW_SUITE_DIR names a folder with JSONTestSuite.
 */
#include "support.h"

#include <dirent.h>

#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"

#define SKIPPED   77
#define MAX_DEPTH 1024

static const char *suites;
static char *policy; /* the text of POLICY */

/* -------------------------------------------------------------------------------------- reading */

/* All of a file, NUL-terminated. */
static char *read_all(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0 || ftell(file) < 0) {
    fail_msg("%s cannot be read", path);
  }
  *size = (size_t)ftell(file);
  rewind(file);
  char *text = malloc(*size + 1);
  assert_non_null(text);
  assert_int_equal(*size, fread(text, 1, *size, file));
  text[*size] = '\0';
  fclose(file);
  return text;
}

/**
 * What the tables say of a file: "accepted" or the name of an error, without the rest of its line.
 * False: nothing.
 */
static bool find_answer(const char *name, char *answer, size_t size) {
  char row[300];
  snprintf(row, sizeof(row), "\n| `%s` | ", name);
  const char *at = strstr(policy, row);
  if (at == NULL) {
    return false;
  }
  at += strlen(row);
  at += *at == '`';
  size_t len = strcspn(at, "` |");
  assert_true(len < size);
  memcpy(answer, at, len);
  answer[len] = '\0';
  return true;
}

/* "accepted", "refused" (with any error), or the name of the error. */
static void expected_of(const char *name, char *answer, size_t size) {
  if (strncmp(name, "y_", 2) == 0 || strncmp(name, "n_", 2) == 0) {
    snprintf(answer, size, "%s", name[0] == 'y' ? "accepted" : "refused");
  } else if (!find_answer(name, answer, size)) {
    fail_msg("%s has no answer in the policy", name);
  }
}

/* -------------------------------------------------------------------------------------- judging */

/** A file of the suite under test. */
typedef struct trial {
  const char *name;
  ew_str text;
  char answer[32];
  unsigned failures;
} trial;

static void judge(trial *t, const char *who, ew_err err) {
  const char *found = err == EW_OK ? "accepted" : ew_err_name(err);
  bool refused = strcmp(t->answer, "refused") == 0;
  if (refused ? err == EW_OK : strcmp(t->answer, found) != 0) {
    print_error("%s: %s says %s, expected %s\n", t->name, who, found, t->answer);
    t->failures++;
  }
}

/** A message with a place where any value may stand. */
typedef struct host {
  const char *name;
  const ew_document *document;
  const char *message;
  const char *before;
  const char *behind;
} host;

#define HASH "\"0x0000000000000000000000000000000000000000000000000000000000000065\""
#define UUID "\"2b8e0d2c-1f0a-4a53-b1c7-5f7d5a3c9e01\""

static const host HOSTS[] = {
    {"Kaleido data", &ew_kaleido_document, "numberedBatch",
     "{\"batchNumber\":1,\"events\":[{\"blockHash\":" HASH ",\"blockNumber\":\"1\",\"data\":",
     ",\"listenerId\":" UUID ",\"streamId\":" UUID ",\"subId\":" UUID "}]}"},
    {"FireFly datatype", &ew_firefly_document, "event",
     "{\"id\":" UUID ",\"sequence\":1,\"type\":\"datatype_confirmed\",\"namespace\":\"n\","
     "\"reference\":null,\"created\":null,\"datatype\":{\"validator\":\"json\",\"value\":",
     "},\"subscription\":{\"namespace\":\"n\",\"name\":\"a\"}}"},
    {"an unknown member", &ew_kaleido_document, "listen",
     "{\"type\":\"listen\",\"unknown\":", ",\"topic\":\"t\"}"},
};

static ew_str embed(const host *h, ew_str text) {
  size_t before = strlen(h->before), behind = strlen(h->behind);
  char *block = malloc(before + text.len + behind);
  assert_non_null(block);
  memcpy(block, h->before, before);
  memcpy(block + before, text.ptr, text.len);
  memcpy(block + before + text.len, h->behind, behind);
  ew_str whole = exact_copy(block, before + text.len + behind);
  free(block);
  return whole;
}

static void judge_in(trial *t, const host *h, ew_engine engine) {
  const ew_type *type = ew_document_find(h->document, ew_str_of(h->message))->type;
  ew_decode_options opts = {.engine = engine, .limits = {.max_depth = MAX_DEPTH}};
  ew_str json = embed(h, t->text);
  ew_arena arena = arena_of(json.len + 8192);
  void *value = malloc(type->size);
  assert_non_null(value);
  ew_err err = ew_type_decode(type, json, &arena, &opts, value, NULL);
  assert_true(engine != EW_ENGINE_STRAIGHT || err != EW_ERR_UNSUPPORTED);
  if (engine == EW_ENGINE_STRAIGHT && err != EW_OK) {
    err = ew_type_validate(type, json, &(ew_decode_options){.limits = opts.limits}, NULL);
    assert_true(err != EW_OK); /* the straight-line engine has no code for what is wrong */
  }
  judge(t, h->name, err);
  if (engine == EW_ENGINE_TABLE) {
    judge(t, "the validator", ew_type_validate(type, json, &opts, NULL));
  }
  free(value);
  free(arena.base);
  free_copy(json);
}

static unsigned judge_file(const char *folder, const char *name) {
  char path[1024];
  size_t size = 0;
  trial t = {.name = name};
  snprintf(path, sizeof(path), "%s/%s", folder, name);
  char *text = read_all(path, &size);
  t.text = exact_copy(text, size);
  expected_of(name, t.answer, sizeof(t.answer));
  judge(&t, "the check of syntax", ew_json_check(t.text, MAX_DEPTH, NULL));
  for (size_t i = 0; i < sizeof(HOSTS) / sizeof(HOSTS[0]); i++) {
    for (int engine = EW_ENGINE_AUTO; engine <= EW_ENGINE_STRAIGHT; engine++) {
      judge_in(&t, &HOSTS[i], (ew_engine)engine);
    }
  }
  free_copy(t.text);
  free(text);
  return t.failures;
}

/* -------------------------------------------------------------------------------- whole folders */

/* Judges all files that begin so; how many there are. */
static unsigned judge_all(const char *folder, const char *prefix) {
  char path[600];
  unsigned files = 0, failures = 0;
  snprintf(path, sizeof(path), "%s/JSONTestSuite/%s", suites, folder);
  DIR *listing = opendir(path);
  if (listing == NULL) {
    fail_msg("there is no folder %s", path);
  }
  for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
    if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && entry->d_name[0] != '.') {
      failures += judge_file(path, entry->d_name);
      files++;
    }
  }
  closedir(listing);
  assert_int_equal(0, failures);
  return files;
}

static void what_must_be_accepted_is(void **state) {
  (void)state;
  assert_int_equal(95, judge_all("test_parsing", "y_"));
}

static void what_must_be_refused_is(void **state) {
  (void)state;
  assert_int_equal(188, judge_all("test_parsing", "n_"));
}

static void what_is_left_open_is_as_the_policy_says(void **state) {
  (void)state;
  assert_int_equal(35, judge_all("test_parsing", "i_"));
  assert_int_equal(22, judge_all("test_transform", ""));
}

static void a_free_form_member_keeps_its_bytes(void **state) {
  (void)state;
  char path[600];
  size_t size = 0;
  ew_kaleido_numbered_batch batch;
  snprintf(path, sizeof(path), "%s/JSONTestSuite/test_transform/number_1.0.json", suites);
  char *text = read_all(path, &size);
  ew_str json = embed(&HOSTS[0], ew_str_from(text, size));
  ew_arena arena = arena_of(4096);
  EXPECT_ERR(EW_OK, ew_kaleido_numbered_batch_decode(json, &arena, NULL, &batch, NULL));
  EXPECT_TEXT("[1.0]", batch.events.items[0].data.json);
  free_copy(json);
  free(arena.base);
  free(text);
}

int main(int argc, char **argv) {
  size_t size = 0;
  suites = getenv("EW_SUITE_DIR");
  if (suites == NULL) {
    puts("skipped: EW_SUITE_DIR does not name a folder with JSONTestSuite");
    return SKIPPED;
  }
  if (argc != 2) {
    fprintf(stderr, "usage: suite_test POLICY\n");
    return 2;
  }
  policy = read_all(argv[1], &size);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_must_be_accepted_is),
      cmocka_unit_test(what_must_be_refused_is),
      cmocka_unit_test(what_is_left_open_is_as_the_policy_says),
      cmocka_unit_test(a_free_form_member_keeps_its_bytes),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  free(policy);
  return failed;
}
