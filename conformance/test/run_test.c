/* The public interface, without a server: what is selected, what is refused, what is reported. */
#include "test_internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "eventwire/conform.h"

typedef struct listing {
  size_t count;
  char first[80];
} listing;

static void on_entry(void *ctx, const ew_conform_entry *entry) {
  listing *l = ctx;
  if (l->count++ == 0) {
    strncpy(l->first, entry->id, sizeof(l->first) - 1);
  }
}

static void a_list_names_what_the_patterns_choose(void **state) {
  (void)state;
  const char *const run[] = {"firefly/start/*", NULL};
  const char *const skip[] = {"**/ephemeral", NULL};
  ew_conform_options opts = {.protocol = "firefly", .run = run, .skip = skip};
  ew_conform_summary summary;
  listing l = {0};
  assert_int_equal(ew_conform_list(&opts, on_entry, &l, &summary), EW_OK);
  assert_string_equal(l.first, "firefly/start/durable");
  assert_true(l.count > 10);
}

static void levels_choose_too(void **state) {
  (void)state;
  ew_conform_options opts = {.protocol = "firefly", .levels = EW_CONFORM_HARDENING};
  ew_conform_summary summary;
  listing hardening = {0};
  listing usual = {0};
  assert_int_equal(ew_conform_list(&opts, on_entry, &hardening, &summary), EW_OK);
  opts.levels = 0;
  assert_int_equal(ew_conform_list(&opts, on_entry, &usual, &summary), EW_OK);
  assert_true(hardening.count > 0);
  assert_true(usual.count > hardening.count);
}

static void without_a_protocol_all_are_listed(void **state) {
  (void)state;
  ew_conform_options opts = {0};
  ew_conform_summary summary;
  listing all = {0};
  assert_int_equal(ew_conform_list(&opts, on_entry, &all, &summary), EW_OK);
  assert_true(all.count > 100);
}

static void assert_run_refused(const ew_conform_options *opts, ew_err err, const char *message) {
  ew_conform_summary summary;
  assert_int_equal(ew_conform_run(opts, &summary), err);
  assert_string_equal(summary.error, message);
  assert_int_equal(summary.ok + summary.failed + summary.skipped, 0);
}

static void a_pattern_that_fits_nothing_is_an_error(void **state) {
  (void)state;
  const char *const run[] = {"firefly/start/*", "firefly/strat/*", NULL};
  ew_conform_options opts = {.url = "ws://127.0.0.1:1", .protocol = "firefly", .run = run};
  assert_run_refused(&opts, EW_ERR_NOT_FOUND, "the pattern \"firefly/strat/*\" fits no case");
  opts.run = NULL;
  const char *const skip[] = {"kaleido/**", NULL};
  opts.skip = skip;
  assert_run_refused(&opts, EW_ERR_NOT_FOUND, "the pattern \"kaleido/**\" fits no case");
}

static void to_select_nothing_is_an_error(void **state) {
  (void)state;
  const char *const skip[] = {"**", NULL};
  ew_conform_options opts = {.url = "ws://127.0.0.1:1", .protocol = "firefly", .skip = skip};
  assert_run_refused(&opts, EW_ERR_NOT_FOUND, "no case is selected");
}

static void bad_arguments_are_named(void **state) {
  (void)state;
  ew_conform_options opts = {.url = "ftp://127.0.0.1", .protocol = "firefly"};
  assert_run_refused(&opts, EW_ERR_ARGUMENT,
                     "the URL cannot be used: it must start with ws://, wss://, http:// or https://");
  opts.url = "ws:///ws";
  assert_run_refused(&opts, EW_ERR_ARGUMENT, "the URL cannot be used: it names no host");
  opts.url = "ws://a%zz@127.0.0.1:1";
  assert_run_refused(&opts, EW_ERR_ARGUMENT, "the URL cannot be used: bad percent-encoding in the user");
  opts.url = "ws://127.0.0.1:1";
  opts.protocol = "kaledo";
  assert_run_refused(&opts, EW_ERR_ARGUMENT, "unknown protocol \"kaledo\", did you mean \"kaleido\"?");
  ew_conform_param params[] = {{"namspace", "ns2"}};
  opts.protocol = "firefly";
  opts.params = params;
  opts.param_count = 1;
  assert_run_refused(&opts, EW_ERR_ARGUMENT,
                     "no case of firefly has a parameter \"namspace\", did you mean \"namespace\"?");
}

/* A port that was bound and given back: nobody listens there. */
static unsigned free_port(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof(address);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_true(fd >= 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
  close(fd);
  return ntohs(address.sin_port);
}

static void a_server_that_is_not_there_ends_the_run(void **state) {
  (void)state;
  char url[64];
  char start[96];
  snprintf(url, sizeof(url), "ws://127.0.0.1:%u/ws", free_port());
  snprintf(start, sizeof(start), "%.*s: cannot connect: Connection refused", (int)(strlen(url) - 3), url);
  ew_conform_options opts = {.url = url, .protocol = "firefly"};
  ew_conform_summary summary;
  assert_int_equal(ew_conform_run(&opts, &summary), EW_ERR_CONNECT);
  assert_memory_equal(summary.error, start, strlen(start));
}

static void write_file(char *path, const char *text) {
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  close(fd);
}

static void an_admin_listener_that_is_not_there_is_named_without_its_secrets(void **state) {
  (void)state;
  char path[] = "run_test_XXXXXX";
  write_file(path, "suite: firefly/x\nprotocol: firefly\nsource: x\ncases:\n  - id: y\n    about: z\n    steps:\n"
                   "      - control: {publish: {events: [{n: 1}]}}\n");
  const char *const files[] = {path, NULL};
  unsigned port = free_port();
  char admin[96];
  char start[96];
  snprintf(admin, sizeof(admin), "http://me:s3cr3t@127.0.0.1:%u/?key=s3cr3t", port);
  snprintf(start, sizeof(start), "http://127.0.0.1:%u: POST /publish/firefly: cannot connect", port);
  ew_conform_options opts = {.url = "ws://127.0.0.1:1", .admin_url = admin, .protocol = "firefly",
                             .files = files};
  ew_conform_summary summary;
  assert_int_equal(ew_conform_run(&opts, &summary), EW_ERR_CONNECT);
  assert_memory_equal(summary.error, start, strlen(start));
  assert_null(strstr(summary.error, "s3cr3t"));
  unlink(path);
}

static void a_broken_file_is_told_with_its_line(void **state) {
  (void)state;
  char path[] = "run_test_XXXXXX";
  write_file(path, "suite: firefly/x\nprotocol: firefly\nsource: x\ncaces: []\n");
  const char *const files[] = {path, NULL};
  ew_conform_options opts = {.url = "ws://127.0.0.1:1", .protocol = "firefly", .files = files};
  char message[128];
  snprintf(message, sizeof(message), "%s:4: unknown key in a suite: \"caces\", did you mean \"cases\"?",
           path);
  assert_run_refused(&opts, EW_ERR_SYNTAX, message);
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_list_names_what_the_patterns_choose),
      cmocka_unit_test(levels_choose_too),
      cmocka_unit_test(without_a_protocol_all_are_listed),
      cmocka_unit_test(a_pattern_that_fits_nothing_is_an_error),
      cmocka_unit_test(to_select_nothing_is_an_error),
      cmocka_unit_test(bad_arguments_are_named),
      cmocka_unit_test(a_server_that_is_not_there_ends_the_run),
      cmocka_unit_test(an_admin_listener_that_is_not_there_is_named_without_its_secrets),
      cmocka_unit_test(a_broken_file_is_told_with_its_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
