/*
 * The strictness vectors through the front door: strictness_test EW FILE... Each text goes to
 * `ew validate` as a file of its own; exit code, the record for machines and the line for people
 * say what the vector says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vector_file.h"

static const char *tool;
static char folder[] = "/tmp/ew_strictness_XXXXXX";
static int path_count;
static char **paths;

/** What came of one run of the tool. */
typedef struct run {
  int exit_code;
  char output[4096];
} run;

typedef struct tally {
  const char *path;
  unsigned played, failures;
} tally;

#define CHECK(t, v, condition, ...)                                       \
  do {                                                                    \
    if (!(condition)) {                                                   \
      (t)->failures++;                                                    \
      print_error("%s tcId %u (%s): ", (t)->path, (v)->id, (v)->comment); \
      print_error(__VA_ARGS__);                                           \
      print_error("\n");                                                  \
    }                                                                     \
  } while (0)

/* ----------------------------------------------------------------------------- running the tool */

static void write_message(const char *file, const file_vector *v) {
  FILE *out = fopen(file, "wb");
  assert_non_null(out);
  assert_int_equal(v->json.len, fwrite(v->json.ptr, 1, v->json.len, out));
  assert_int_equal(0, fclose(out));
}

static void add_limit(char *options, size_t size, const char *option, uint32_t limit) {
  size_t len = strlen(options);
  if (limit != 0) {
    snprintf(options + len, size - len, "%s %u ", option, limit);
  }
}

/* The message that it must be, or the direction of any. */
static const char *which(const file_vector *v, char *out, size_t size) {
  if (strcmp(v->group, "toServer") == 0 || strcmp(v->group, "toClient") == 0) {
    return v->group[2] == 'S' ? "--direction to-server" : "--direction to-client";
  }
  snprintf(out, size, "--type %s", v->group);
  return out;
}

/* Every word of the command is ours: names of messages and profiles, numbers, our own file. */
static run run_tool(const char *file, const file_vector *v, const char *format) {
  char type[80];
  char limits[160] = "";
  char command[1024];
  run r;
  add_limit(limits, sizeof(limits), "--max-message", v->limits.max_bytes);
  add_limit(limits, sizeof(limits), "--max-depth", v->limits.max_depth);
  add_limit(limits, sizeof(limits), "--max-items", v->limits.max_items);
  add_limit(limits, sizeof(limits), "--max-string", v->limits.max_string_bytes);
  snprintf(command, sizeof(command), "'%s' validate -p %s %s --profile %s %s -o %s '%s' 2>&1", tool,
           v->protocol, which(v, type, sizeof(type)), v->profile_name, limits, format, file);
  FILE *out = popen(command, "r");
  assert_non_null(out);
  size_t len = fread(r.output, 1, sizeof(r.output) - 1, out);
  r.output[len] = '\0';
  int status = pclose(out);
  r.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return r;
}

/* --------------------------------------------------------------------------------- what it says */

static void expect_text(tally *t, const file_vector *v, ew_raw record, const char *name,
                        const char *expected) {
  char memory[512];
  ew_arena arena;
  ew_str found = {NULL, 0, 0};
  ew_arena_init(&arena, memory, sizeof(memory));
  ew_raw value = vector_member(record, name);
  bool is_text = ew_raw_string(value, &arena, &found) == EW_OK;
  CHECK(t, v, is_text && ew_str_equal(found, ew_str_of(expected)), "%s is %.*s, expected %s", name,
        EW_STR_ARG(found), expected);
}

static void check_record(tally *t, const file_vector *v, const run *r) {
  ew_str line = ew_str_from(r->output, strcspn(r->output, "\n"));
  ew_raw record = {line};
  if (ew_json_check(line, 0, NULL) != EW_OK) {
    CHECK(t, v, false, "no record for machines: %s", r->output);
    return;
  }
  ew_str ok = vector_member(record, "ok").json;
  CHECK(t, v, ew_str_equal(ok, v->valid ? EW_STR("true") : EW_STR("false")), "ok is %.*s",
        EW_STR_ARG(ok));
  if (!v->valid) {
    expect_text(t, v, record, "error", v->error);
    expect_text(t, v, record, "pointer", v->pointer);
    expect_text(t, v, record, "schema", v->schema);
    uint64_t offset = UINT64_MAX;
    ew_err err = ew_str_to_uint64(vector_member(record, "offset").json, &offset);
    CHECK(t, v, err == EW_OK && (!v->has_offset || offset == v->offset),
          "offset %" PRIu64 ", expected %zu", offset, v->offset);
  }
}

static ew_err error_of(const char *name) {
#define ERROR_(error, value, text) \
  if (strcmp(name, #error) == 0) { \
    return error;                  \
  }
  EW_ERR_MAP(ERROR_)
#undef ERROR_
  return EW_ERR_INTERNAL;
}

/* "1:17: /type: ", as editors read it; a rule across members has no line. */
static void write_place(const file_vector *v, char *out, size_t size) {
  size_t line = 1, column = 1, len = 0;
  for (size_t i = 0; i < v->offset; i++) {
    bool newline = v->json.ptr[i] == '\n';
    line += newline;
    column = newline ? 1 : column + 1;
  }
  if (v->has_offset) {
    len = (size_t)snprintf(out, size, "%zu:%zu: ", line, column);
  }
  snprintf(out + len, size - len, "%s%s", v->pointer, v->pointer[0] == '\0' ? "" : ": ");
}

static void check_line(tally *t, const file_vector *v, const char *file, const run *r) {
  char place[256];
  char expected[512];
  if (v->valid) {
    CHECK(t, v, strstr(r->output, ": ok ") != NULL, "is not accepted: %s", r->output);
    return;
  }
  write_place(v, place, sizeof(place));
  snprintf(expected, sizeof(expected), "%s:%s%s", file, place, ew_err_text(error_of(v->error)));
  CHECK(t, v, strncmp(r->output, expected, strlen(expected)) == 0, "says %sexpected %s", r->output,
        expected);
}

/* ---------------------------------------------------------------------------------- all of them */

static void play(void *ctx, const file_vector *v) {
  tally *t = ctx;
  char file[128];
  snprintf(file, sizeof(file), "%s/message", folder);
  write_message(file, v);
  run record = run_tool(file, v, "ndjson");
  CHECK(t, v, record.exit_code == (v->valid ? 0 : 1), "exit code %d", record.exit_code);
  check_record(t, v, &record);
  run line = run_tool(file, v, "pretty");
  CHECK(t, v, line.exit_code == record.exit_code, "exit code %d", line.exit_code);
  check_line(t, v, file, &line);
  t->played++;
}

static void each_vector_gets_exit_code_place_and_reason(void **state) {
  unsigned played = 0, failures = 0;
  (void)state;
  for (int i = 0; i < path_count; i++) {
    vector_file file = vector_file_open(paths[i]);
    tally t = {.path = paths[i]};
    vector_file_each(&file, play, &t);
    vector_file_close(&file);
    played += t.played;
    failures += t.failures;
  }
  assert_int_equal(0, failures);
  assert_true(played >= 900);
}

int main(int argc, char **argv) {
  if (argc < 3 || mkdtemp(folder) == NULL) {
    fprintf(stderr, "usage: strictness_test EW FILE...\n");
    return 2;
  }
  tool = argv[1];
  paths = argv + 2;
  path_count = argc - 2;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_vector_gets_exit_code_place_and_reason),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  char file[128];
  snprintf(file, sizeof(file), "%s/message", folder);
  unlink(file);
  rmdir(folder);
  return failed;
}
