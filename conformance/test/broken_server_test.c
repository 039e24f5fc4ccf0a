/*
 * broken_server_test PROGRAM: starts PROGRAM (broken_server) with each of its defects and plays the suite
 * against it. Every defect must turn a case red that is green without it.
 */
#include "test_internal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "eventwire/conform.h"

static const char *program;

/* What the small server can do at all; the rest of the suite is for whole servers. */
static const char *const playable[] = {"firefly/connect/*",
                                       "firefly/deliver/*",
                                       "firefly/ack/*",
                                       "firefly/malformed/*",
                                       "firefly/start/ephemeral",
                                       "firefly/start/durable",
                                       "firefly/start/namespace-of-the-address",
                                       "firefly/start/unknown-action",
                                       "firefly/start/unknown-namespace",
                                       "firefly/start/unknown-subscription",
                                       "firefly/start/no-name",
                                       "firefly/start/other-namespace",
                                       "firefly/start/autoack-changes",
                                       "firefly/start/null-members",
                                       NULL};
static const char *const beyond_it[] = {"firefly/ack/take-over", "firefly/malformed/autoack-is-a-string",
                                        "firefly/malformed/first-event-is-a-number", NULL};

typedef struct running {
  pid_t pid;
  int leash; /* its standard input: it ends with it */
  char url[64];
  char admin[64];
} running;

static unsigned read_port(int fd) {
  char line[32] = "";
  size_t len = 0;
  while (len < sizeof(line) - 1 && read(fd, line + len, 1) == 1 && line[len] != '\n') {
    len++;
  }
  unsigned port = 0;
  assert_int_equal(sscanf(line, "port %u", &port), 1);
  return port;
}

static running start_server(const char *defect) {
  running r = {0};
  int in[2];
  int out[2];
  assert_int_equal(pipe(in), 0);
  assert_int_equal(pipe(out), 0);
  r.pid = fork();
  assert_true(r.pid >= 0);
  if (r.pid == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    close(in[1]);
    close(out[0]);
    execl(program, program, defect, (char *)NULL);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  r.leash = in[1];
  unsigned port = read_port(out[0]);
  close(out[0]);
  snprintf(r.url, sizeof(r.url), "ws://127.0.0.1:%u", port);
  snprintf(r.admin, sizeof(r.admin), "http://127.0.0.1:%u", port);
  return r;
}

static void stop_server(const running *r) {
  int status = 0;
  close(r->leash);
  assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

/* -------------------------------------------------------------------------------------------- the defects */

typedef struct expectation {
  const char *defect;
  const char *caught_by; /* a case that must fail */
  const char *reason;    /* part of what it says */
} expectation;

static const expectation expectations[] = {
    {"silent", "firefly/start/unknown-action", "instead of a message"},
    {"stays", "firefly/start/unknown-action", "not closed within"},
    {"no-prefix", "firefly/start/unknown-action", "the message is not as expected"},
    {"wrong-code", "firefly/ack/nothing-in-flight", "the message is not as expected"},
    {"forgets", "firefly/ack/redelivery", "no message came within"},
    {"repeats", "firefly/ack/no-redelivery", "the message is not as expected"},
    {"array-batch", "firefly/deliver/batch", "the message is not as expected"},
    {"no-created", "firefly/start/ephemeral", "the message is not as expected"},
    {"no-subscription", "firefly/start/ephemeral", "the message is not as expected"},
    {"twice", "firefly/deliver/window", "a message came where there should be none"},
    {"floods", "firefly/deliver/window", "a message came where there should be none"},
    {"reorders", "firefly/deliver/window", "the message is not as expected"},
    {"any-namespace", "firefly/connect/unknown-namespace", "accepted a connection that it should refuse"},
    {"no-pong", "firefly/connect/application-socket", "no pong came within"},
    {"masked", "firefly/connect/application-socket", "broke RFC 6455"},
    {"not-json", "firefly/start/ephemeral", "the message is not JSON"},
    {"bad-utf8", "firefly/start/ephemeral", "not valid UTF-8"},
    {"wrong-accept", "firefly/connect/application-socket", "cannot connect"},
    {"greets", "firefly/connect/greeting", "a message came where there should be none"},
    {"greets-late", "firefly/connect/greeting", "nothing but a pong"},
};

typedef struct finding {
  const expectation *wanted;
  bool caught;
  char failed[200]; /* ids of the failed cases */
  char reason[300];
} finding;

static bool on_result(void *ctx, const ew_conform_result *result) {
  finding *f = ctx;
  if (result->verdict != EW_CONFORM_FAILED) {
    return true;
  }
  if (strlen(f->failed) + strlen(result->id) + 2 < sizeof(f->failed)) {
    strcat(f->failed, " ");
    strcat(f->failed, result->id);
  }
  if (f->wanted != NULL && strcmp(result->id, f->wanted->caught_by) == 0) {
    f->caught = true;
    snprintf(f->reason, sizeof(f->reason), "%s", result->reason);
    assert_true(result->line > 0);
    assert_true(result->row_count > 0);
  }
  return true;
}

static ew_conform_options options_for(const running *server, finding *f) {
  return (ew_conform_options){.url = server->url, .admin_url = server->admin, .protocol = "firefly",
                              .report = on_result, .ctx = f, .timeout_ms = 2000};
}

static void the_suite_passes_against_a_good_server(void **state) {
  (void)state;
  finding f = {0};
  running server = start_server("none");
  ew_conform_options opts = options_for(&server, &f);
  opts.run = playable;
  opts.skip = beyond_it;
  ew_conform_summary summary;
  assert_int_equal(ew_conform_run(&opts, &summary), EW_OK);
  assert_string_equal(f.failed, "");
  assert_true(summary.ok > 35);
  stop_server(&server);
}

/*
 * Playing the one case keeps the whole test short; the case is green
 * without the defect, as the test above proves.
 */
static void assert_caught(const expectation *wanted) {
  const char *const run[] = {wanted->caught_by, NULL};
  finding f = {.wanted = wanted};
  running server = start_server(wanted->defect);
  ew_conform_options opts = options_for(&server, &f);
  opts.run = run;
  ew_conform_summary summary;
  assert_int_equal(ew_conform_run(&opts, &summary), EW_OK);
  stop_server(&server);
  if (!f.caught || strstr(f.reason, wanted->reason) == NULL) {
    fail_msg("defect %s: %s said \"%s\", not \"%s\"", wanted->defect, wanted->caught_by, f.reason,
             wanted->reason);
  }
}

static void every_defect_is_caught(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++) {
    assert_caught(&expectations[i]);
  }
}

/* ------------------------------------------------------------------------------------------------ reports */

static char *slurp(FILE *file) {
  rewind(file);
  char *text = calloc(1, 1 << 20);
  assert_non_null(text);
  size_t len = fread(text, 1, (1 << 20) - 1, file);
  assert_true(len > 0);
  return text;
}

static void check_json_report(char *text, bool *has_header, bool *has_footer, size_t *failed) {
  for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    cJSON *object = tree_of_json(line);
    *has_header = *has_header || cJSON_HasObjectItem(object, "report");
    *has_footer = *has_footer || cJSON_HasObjectItem(object, "summary");
    const char *verdict = ew__tree_get_text(object, "verdict", "");
    if (strcmp(verdict, "failed") == 0) {
      (*failed)++;
      assert_true(cJSON_GetArraySize(ew__tree_get(object, "wire")) > 0);
      assert_true(ew__tree_get(object, "line")->valuedouble > 0);
      assert_string_not_equal(ew__tree_get_text(object, "reason", ""), "");
    }
    cJSON_Delete(object);
  }
}

static size_t count_of(const char *text, const char *part) {
  size_t n = 0;
  for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
    n++;
  }
  return n;
}

static void check_junit_report(const char *text, size_t failed) {
  const char *suite = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"firefly\" tests=\"3\">\n";
  const char *end = "  </testcase>\n</testsuite>\n";
  assert_memory_equal(text, suite, strlen(suite));
  assert_string_equal(text + strlen(text) - strlen(end), end);
  assert_int_equal(count_of(text, "<failure message=\""), failed);
  assert_int_equal(count_of(text, "<testcase classname=\"firefly.start\" name=\"unknown-action\" time=\"0."), 1);
  assert_non_null(strstr(text, "&quot;"));
  assert_null(strstr(text, "{\""));
}

static void reports_are_whole_and_hold_no_secret(void **state) {
  (void)state;
  const char *const run[] = {"firefly/start/unknown-action", "firefly/connect/no-credentials",
                             "firefly/connect/wrong-password", NULL};
  running server = start_server("no-prefix");
  char url[192];
  snprintf(url, sizeof(url), "ws://alice:s3cr3t%%2Fword@%s", server.url + 5);
  FILE *files[3] = {tmpfile(), tmpfile(), tmpfile()};
  ew_conform_output outputs[] = {
      {EW_CONFORM_TEXT, files[0], false}, {EW_CONFORM_JSON, files[1], false}, {EW_CONFORM_JUNIT, files[2], false}};
  ew_conform_options opts = {.url = url, .admin_url = server.admin, .admin_token = "adm1n-tok3n",
                             .protocol = "firefly", .run = run, .outputs = outputs, .output_count = 3};
  ew_conform_summary summary;
  assert_int_equal(ew_conform_run(&opts, &summary), EW_OK);
  assert_int_equal(summary.failed, 3);
  stop_server(&server);
  for (size_t i = 0; i < 3; i++) {
    char *text = slurp(files[i]);
    assert_null(strstr(text, "s3cr3t"));
    assert_null(strstr(text, "adm1n-tok3n"));
    assert_null(strstr(text, "alice:"));
    assert_non_null(strstr(text, "FF10177"));
    bool has_header = false;
    bool has_footer = false;
    size_t failed = 0;
    if (outputs[i].format == EW_CONFORM_JSON) {
      check_json_report(text, &has_header, &has_footer, &failed);
      assert_true(has_header && has_footer);
      assert_int_equal(failed, 3);
    } else if (outputs[i].format == EW_CONFORM_JUNIT) {
      check_junit_report(text, 3);
    }
    free(text);
    fclose(files[i]);
  }
}

static bool stop_at_once(void *ctx, const ew_conform_result *result) {
  (void)ctx;
  (void)result;
  return false;
}

static void the_caller_can_end_a_run(void **state) {
  (void)state;
  const char *const run[] = {"firefly/start/unknown-action", "firefly/start/no-name", NULL};
  running server = start_server("none");
  FILE *file = tmpfile();
  ew_conform_output output = {EW_CONFORM_JSON, file, false};
  ew_conform_options opts = {.url = server.url, .protocol = "firefly", .run = run, .report = stop_at_once,
                             .outputs = &output, .output_count = 1};
  ew_conform_summary summary;
  assert_int_equal(ew_conform_run(&opts, &summary), EW_ERR_CLOSED);
  assert_int_equal(summary.ok, 1);
  stop_server(&server);
  char *text = slurp(file);
  assert_non_null(strstr(text, "\"complete\":false"));
  free(text);
  fclose(file);
}

static void cases_that_publish_are_skipped_without_an_admin_listener(void **state) {
  (void)state;
  const char *const run[] = {"firefly/start/ephemeral", "firefly/start/no-name", NULL};
  running server = start_server("none");
  finding f = {0};
  ew_conform_options opts = options_for(&server, &f);
  opts.run = run;
  opts.admin_url = NULL;
  ew_conform_summary summary;
  assert_int_equal(ew_conform_run(&opts, &summary), EW_OK);
  assert_int_equal(summary.ok, 1);
  assert_int_equal(summary.skipped, 1);
  stop_server(&server);
}

/* The server is there and has passed a case: the cases that publish must not count against it. */
static void an_admin_listener_that_is_not_there_ends_the_run(void **state) {
  (void)state;
  const char *const run[] = {"firefly/connect/close-echo", "firefly/start/ephemeral", NULL};
  running server = start_server("none");
  running gone = start_server("none");
  stop_server(&gone);
  finding f = {0};
  ew_conform_options opts = options_for(&server, &f);
  opts.run = run;
  opts.admin_url = gone.admin;
  ew_conform_summary summary;
  assert_int_equal(ew_conform_run(&opts, &summary), EW_ERR_CONNECT);
  assert_memory_equal(summary.error, gone.admin, strlen(gone.admin));
  assert_int_equal(summary.ok, 1);
  assert_int_equal(summary.failed, 0);
  stop_server(&server);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: broken_server_test PROGRAM\n");
    return 2;
  }
  program = argv[1];
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_suite_passes_against_a_good_server),
      cmocka_unit_test(every_defect_is_caught),
      cmocka_unit_test(reports_are_whole_and_hold_no_secret),
      cmocka_unit_test(the_caller_can_end_a_run),
      cmocka_unit_test(cases_that_publish_are_skipped_without_an_admin_listener),
      cmocka_unit_test(an_admin_listener_that_is_not_there_ends_the_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
