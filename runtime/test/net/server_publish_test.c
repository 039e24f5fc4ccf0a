/* Events on their way: through the admin listener and from the program, into the log, out to the sessions, and back after a restart. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server_peer.h"

typedef struct fixture {
  test_server s;
  char folder[64], log_path[80];
} fixture;

static int setup(void **state) {
  fixture *f = calloc(1, sizeof(*f));
  if (f == NULL) {
    return -1;
  }
  const char *base = getenv("TMPDIR");
  snprintf(f->folder, sizeof(f->folder), "%.40s/ew-server-XXXXXX", base == NULL ? "/tmp" : base);
  if (mkdtemp(f->folder) == NULL) {
    return -1;
  }
  snprintf(f->log_path, sizeof(f->log_path), "%s/log.db", f->folder);
  f->s.options.log_path = f->log_path;
  *state = f;
  return 0;
}

static int setup_running(void **state) {
  if (setup(state) != 0) {
    return -1;
  }
  start_server(&((fixture *)*state)->s);
  return 0;
}

static int teardown(void **state) {
  fixture *f = *state;
  free_server(&f->s);
  unlink(f->log_path);
  rmdir(f->folder);
  free(f);
  return 0;
}

static char *call(fixture *f, const char *method, const char *target, const char *headers, const char *body) {
  char head[1024];
  int len = snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n", method, target, headers, strlen(body));
  char *request = malloc((size_t)len + strlen(body) + 1);
  if (request == NULL) {
    abort();
  }
  memcpy(request, head, (size_t)len + 1);
  memcpy(request + len, body, strlen(body) + 1);
  char *answer = http_exchange(f->s.admin_port, request);
  free(request);
  return answer;
}

static void expect_answer(fixture *f, const char *method, const char *target, const char *headers, const char *body, int status,
                          const char *expected) {
  char start[32];
  char *answer = call(f, method, target, headers, body);
  snprintf(start, sizeof(start), "HTTP/1.1 %d ", status);
  const char *found = strstr(answer, "\r\n\r\n");
  if (strncmp(answer, start, strlen(start)) != 0 || found == NULL || (expected != NULL && strcmp(found + 4, expected) != 0)) {
    fail_msg("awaited %d %s, got: %s", status, expected, answer);
  }
  free(answer);
}

static void published_lines_are_durable_when_the_answer_comes_and_reach_every_session(void **state) {
  fixture *f = *state;
  peer p[2];
  peer_open(&p[0], f->s.port, "/ws");
  peer_open(&p[1], f->s.port, "/ws");
  await_count(&f->s.watch.opened, 2);
  expect_answer(f, "POST", "/publish/fake?where=events", "", "{\"n\":1}\n{\"n\":2}\r\n\n  \n{\"n\":3}", 200,
                "{\"published\":3,\"first\":1,\"last\":3}\n");
  for (size_t i = 0; i < 2; i++) {
    expect_text(&p[i], "{\"n\":1}");
    expect_text(&p[i], "{\"n\":2}");
    expect_text(&p[i], "{\"n\":3}");
  }
  peer_text(&p[0], "read 1");
  expect_text(&p[0], "events 2:{\"n\":2} 3:{\"n\":3}");
  expect_answer(f, "POST", "/publish/fake", "", "[4]\n", 200, "{\"published\":1,\"first\":4,\"last\":4}\n");
  expect_text(&p[1], "[4]");
  peer_disconnect(&p[0]);
  peer_disconnect(&p[1]);
}

static void a_refused_line_is_named_and_none_is_published(void **state) {
  fixture *f = *state;
  char *answer = call(f, "POST", "/publish/fake", "", "{\"n\":1}\n\n{\"n\":}\n{\"n\":3}\n");
  assert_int_equal(strncmp(answer, "HTTP/1.1 400 ", 13), 0);
  assert_non_null(strstr(answer, "\r\n\r\n{\"line\":3,\"error\":\"1:"));
  assert_non_null(strstr(answer, "Content-Type: application/json\r\n"));
  free(answer);
  expect_answer(f, "POST", "/publish/fake", "", "{}", 200, "{\"published\":1,\"first\":1,\"last\":1}\n");
  assert_int_equal(f->s.watch.published, 1);
}

static void a_refused_line_that_is_not_utf_8_is_answered_too(void **state) {
  fixture *f = *state;
  char *answer = call(f, "POST", "/publish/fake", "", "\"\xff\xfe\"\n");
  assert_int_equal(strncmp(answer, "HTTP/1.1 400 ", 13), 0);
  assert_non_null(strstr(answer, "{\"line\":1,\"error\":"));
  free(answer);
}

static void what_is_not_there_is_404_and_what_is_not_possible_is_said(void **state) {
  fixture *f = *state;
  expect_answer(f, "POST", "/publish/none", "", "{}", 404, "{\"error\":\"no such protocol here\"}\n");
  expect_answer(f, "POST", "/publish/", "", "{}", 404, NULL);
  expect_answer(f, "GET", "/publish/fake", "", "", 405, "{\"error\":\"publish with POST\"}\n");
  expect_answer(f, "GET", "/", "", "", 404, NULL);
  expect_answer(f, "POST", "/publish/fake?where=elsewhere", "", "{}", 400, NULL);
  expect_answer(f, "POST", "/publish/fake", "", "", 200, "{\"published\":0,\"first\":0,\"last\":0}\n");
}

static void a_websocket_is_not_opened_on_the_admin_port(void **state) {
  fixture *f = *state;
  char *answer = http_exchange(f->s.admin_port, "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  assert_int_equal(strncmp(answer, "HTTP/1.1 404 ", 13), 0);
  free(answer);
}

static void a_token_is_asked_for_when_there_is_one(void **state) {
  fixture *f = *state;
  f->s.admin_token = "sesame";
  start_server(&f->s);
  char *answer = call(f, "POST", "/publish/fake", "", "{}");
  assert_int_equal(strncmp(answer, "HTTP/1.1 401 ", 13), 0);
  assert_non_null(strstr(answer, "\r\nWWW-Authenticate: Bearer"));
  free(answer);
  expect_answer(f, "POST", "/publish/fake", "Authorization: Bearer sesam\r\n", "{}", 401, NULL);
  expect_answer(f, "POST", "/publish/fake", "Authorization: Bearer sesamf\r\n", "{}", 401, NULL);
  expect_answer(f, "POST", "/publish/fake", "Authorization: sesame\r\n", "{}", 401, NULL);
  expect_answer(f, "GET", "/status", "", "", 401, NULL);
  expect_answer(f, "POST", "/publish/fake", "Authorization: Bearer sesame\r\nOrigin: https://ops.example\r\n", "{}", 200, NULL);
}

static void without_the_token_no_body_is_waited_for(void **state) {
  fixture *f = *state;
  f->s.admin_token = "sesame";
  f->s.options.handshake_timeout_ms = 60000;
  start_server(&f->s);
  peer p;
  bool was_reset = true;
  peer_connect(&p, f->s.admin_port);
  peer_say(&p, "POST /publish/fake HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sesam\r\nContent-Length: 16000000\r\n\r\n{}\n");
  char *answer = peer_read_all(&p, &was_reset);
  assert_int_equal(strncmp(answer, "HTTP/1.1 401 ", 13), 0);
  assert_false(was_reset);
  free(answer);
  peer_disconnect(&p);
}

static void without_a_token_no_web_page_publishes(void **state) {
  fixture *f = *state;
  expect_answer(f, "POST", "/publish/fake", "Origin: https://evil.example\r\n", "{}", 403, NULL);
  assert_int_equal(f->s.watch.published, 0);
}

static void the_status_counts(void **state) {
  fixture *f = *state;
  peer p;
  peer_open(&p, f->s.port, "/ws");
  peer_text(&p, "echo one");
  expect_text(&p, "one");
  expect_answer(f, "POST", "/publish/fake", "", "{}", 200, NULL);
  char *answer = call(f, "GET", "/status", "", "");
  assert_non_null(strstr(answer, "{\"name\":\"fake\","));
  assert_non_null(strstr(answer, "\"connections\":1,\"accepted\":1,\"refused\":0,\"opened\":1,\"received\":1,\"sent\":2,\"published\":1,\"slow\":0}"));
  assert_int_equal(ew_json_check(ew_str_of(strstr(answer, "\r\n\r\n")), 0, NULL), EW_OK);
  free(answer);
  peer_disconnect(&p);
}

static void a_body_of_megabytes_is_published(void **state) {
  fixture *f = *state;
  const size_t lines = 40000;
  char *body = malloc(lines * 100 + 1);
  assert_non_null(body);
  size_t at = 0;
  for (size_t i = 0; i < lines; i++) {
    at += (size_t)sprintf(body + at, "{\"number\":%zu,\"padding\":\"0123456789012345678901234567890123456789012345\"}\n", i);
  }
  expect_answer(f, "POST", "/publish/fake", "", body, 200, "{\"published\":40000,\"first\":1,\"last\":40000}\n");
  free(body);
}

/* What the kernel takes for a reader counts as read: so much that the test needs no second thread. */
static void a_reader_is_not_too_slow_before_it_had_a_turn(void **state) {
  enum { EVENTS = 2600, LINE = 101 };
  fixture *f = *state;
  f->s.options.max_queued_bytes = 128 << 10;
  start_server(&f->s);
  peer p;
  int room = 1 << 20;
  peer_open(&p, f->s.port, "/ws");
  assert_int_equal(setsockopt(p.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)), 0);
  char *body = malloc(EVENTS * LINE + 1), event[LINE];
  assert_non_null(body);
  for (int i = 0; i < EVENTS; i++) {
    snprintf(body + i * LINE, LINE + 1, "{\"n\":%-94d}\n", i);
  }
  expect_answer(f, "POST", "/publish/fake", "", body, 200, "{\"published\":2600,\"first\":1,\"last\":2600}\n");
  free(body);
  for (int i = 0; i < EVENTS; i++) {
    snprintf(event, sizeof(event), "{\"n\":%-94d}", i);
    expect_text(&p, event);
  }
  peer_disconnect(&p);
}

static void a_body_over_16_mib_is_answered_with_413(void **state) {
  fixture *f = *state;
  peer p;
  peer_connect(&p, f->s.admin_port);
  peer_say(&p, "POST /publish/fake HTTP/1.1\r\nHost: x\r\nContent-Length: 16777217\r\n\r\n");
  char *answer = peer_read_all(&p, NULL);
  assert_int_equal(strncmp(answer, "HTTP/1.1 413 ", 13), 0);
  free(answer);
  peer_disconnect(&p);
}

static void more_events_than_one_request_may_have_are_answered_with_413(void **state) {
  fixture *f = *state;
  size_t size = (size_t)262145 * 2;
  char *body = malloc(size + 1);
  assert_non_null(body);
  for (size_t i = 0; i < size; i += 2) {
    memcpy(body + i, "1\n", 2);
  }
  body[size] = '\0';
  expect_answer(f, "POST", "/publish/fake", "", body, 413, NULL);
  free(body);
  expect_answer(f, "POST", "/publish/fake", "", "{}", 200, "{\"published\":1,\"first\":1,\"last\":1}\n");
}

/* No file may grow any more: to the log that is a broken disk. */
static void what_the_log_cannot_write_is_answered_with_503_and_not_published(void **state) {
  fixture *f = *state;
  struct rlimit before, none;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  none = (struct rlimit){.rlim_cur = 1, .rlim_max = before.rlim_max};
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
  char *answer = call(f, "POST", "/publish/fake", "", "{}");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, handler);
  assert_int_equal(strncmp(answer, "HTTP/1.1 503 ", 13), 0);
  assert_non_null(strstr(answer, "{\"error\":\"reading or writing the store failed\"}"));
  free(answer);
  assert_int_equal(f->s.watch.published, 0);
  expect_answer(f, "GET", "/status", "", "", 200, NULL);
}

static void a_publisher_that_does_not_wait_for_the_answer_does_no_harm(void **state) {
  fixture *f = *state;
  for (unsigned i = 0; i < 20; i++) {
    peer p;
    peer_connect(&p, f->s.admin_port);
    peer_say(&p, "POST /publish/fake HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
    if (i % 2 == 0) {
      peer_reset(&p);
    } else {
      peer_disconnect(&p);
    }
  }
  expect_answer(f, "POST", "/publish/fake", "", "{}", 200, NULL);
}

static void events_cursors_and_resources_are_there_after_a_restart(void **state) {
  fixture *f = *state;
  peer p;
  expect_answer(f, "POST", "/publish/fake", "", "{\"n\":1}\n{\"n\":2}\n", 200, NULL);
  peer_open(&p, f->s.port, "/ws");
  peer_text(&p, "position");
  expect_text(&p, "last 2 cursor none 0");
  peer_text(&p, "commit 1");
  peer_text(&p, "position");
  expect_text(&p, "last 2 cursor 1");
  peer_disconnect(&p);
  free_server(&f->s);

  memset(&f->s.watch, 0, sizeof(f->s.watch));
  start_server(&f->s);
  assert_string_equal(f->s.watch.restored, "resource=1;");
  peer_open(&p, f->s.port, "/ws");
  peer_text(&p, "position");
  expect_text(&p, "last 2 cursor 1");
  peer_text(&p, "read 0");
  expect_text(&p, "events 1:{\"n\":1} 2:{\"n\":2}");
  expect_answer(f, "POST", "/publish/fake", "", "{\"n\":3}", 200, "{\"published\":1,\"first\":3,\"last\":3}\n");
  expect_text(&p, "{\"n\":3}");
  peer_disconnect(&p);
}

static void an_answer_of_the_log_for_a_session_that_has_gone_is_harmless(void **state) {
  fixture *f = *state;
  for (unsigned i = 0; i < 50; i++) {
    peer p;
    peer_open(&p, f->s.port, "/ws");
    peer_text(&p, "read 0");
    peer_reset(&p);
  }
  await_count(&f->s.watch.closed, 50);
}

/* ----------------------------------------------------------------------------------------- from the program itself */

typedef struct outcome {
  atomic_uint count;
  ew_err err;
  uint64_t sequence;
} outcome;

static void on_published(void *ctx, ew_err err, uint64_t sequence) {
  outcome *o = ctx;
  o->err = err;
  o->sequence = sequence;
  o->count++;
}

static ew_err publish_and_wait(fixture *f, const char *protocol, const char *event, uint64_t *sequence) {
  outcome o = {.err = EW_OK};
  assert_int_equal(ew_server_publish(f->s.server, protocol, EW_STR("events"), ew_str_of(event), on_published, &o), EW_OK);
  await_count(&o.count, 1);
  *sequence = o.sequence;
  return o.err;
}

static void the_program_itself_publishes_from_any_thread(void **state) {
  fixture *f = *state;
  uint64_t sequence;
  peer p;
  peer_open(&p, f->s.port, "/ws");
  assert_int_equal(publish_and_wait(f, "fake", "{\"own\":true}", &sequence), EW_OK);
  assert_int_equal(sequence, 1);
  expect_text(&p, "{\"own\":true}");
  assert_int_equal(publish_and_wait(f, "fake", "{", &sequence), EW_ERR_TRUNCATED);
  assert_int_equal(publish_and_wait(f, "none", "{}", &sequence), EW_ERR_NOT_FOUND);
  assert_int_equal(publish_and_wait(f, "fake", "{}", &sequence), EW_OK);
  assert_int_equal(sequence, 2);
  peer_disconnect(&p);
}

static void what_is_published_while_the_server_ends_is_answered(void **state) {
  fixture *f = *state;
  outcome o = {.err = EW_OK};
  stop_server(&f->s);
  assert_int_equal(ew_server_publish(f->s.server, "fake", EW_STR(""), EW_STR("{}"), on_published, &o), EW_OK);
  ew_server_free(f->s.server);
  assert_int_equal(o.count, 1);
  assert_int_equal(o.err, EW_ERR_CLOSED);
  f->s.server = NULL;
}

static void publications_under_way_are_finished_before_the_stop(void **state) {
  fixture *f = *state;
  outcome o = {.err = EW_OK};
  for (int i = 0; i < 200; i++) {
    assert_int_equal(ew_server_publish(f->s.server, "fake", EW_STR(""), EW_STR("{}"), on_published, &o), EW_OK);
  }
  await_count(&o.count, 1);
  free_server(&f->s);
  assert_int_equal(o.count, 200);
  unsigned durable = f->s.watch.published;
  start_server(&f->s);
  peer p;
  peer_open(&p, f->s.port, "/ws");
  char expected[64];
  snprintf(expected, sizeof(expected), "last %u cursor none 0", durable);
  peer_text(&p, "position");
  expect_text(&p, expected);
  peer_disconnect(&p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_running, teardown)
#define TEST_WITH_OPTIONS(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(published_lines_are_durable_when_the_answer_comes_and_reach_every_session),
      TEST(a_refused_line_is_named_and_none_is_published),
      TEST(a_refused_line_that_is_not_utf_8_is_answered_too),
      TEST(what_is_not_there_is_404_and_what_is_not_possible_is_said),
      TEST(a_websocket_is_not_opened_on_the_admin_port),
      TEST_WITH_OPTIONS(a_token_is_asked_for_when_there_is_one),
      TEST_WITH_OPTIONS(without_the_token_no_body_is_waited_for),
      TEST(without_a_token_no_web_page_publishes),
      TEST(the_status_counts),
      TEST(a_body_of_megabytes_is_published),
      TEST_WITH_OPTIONS(a_reader_is_not_too_slow_before_it_had_a_turn),
      TEST(a_body_over_16_mib_is_answered_with_413),
      TEST(more_events_than_one_request_may_have_are_answered_with_413),
      TEST(what_the_log_cannot_write_is_answered_with_503_and_not_published),
      TEST(a_publisher_that_does_not_wait_for_the_answer_does_no_harm),
      TEST(events_cursors_and_resources_are_there_after_a_restart),
      TEST(an_answer_of_the_log_for_a_session_that_has_gone_is_harmless),
      TEST(the_program_itself_publishes_from_any_thread),
      TEST(what_is_published_while_the_server_ends_is_answered),
      TEST(publications_under_way_are_finished_before_the_stop),
  };
  return cmocka_run_group_tests_name("server_publish", tests, NULL, NULL);
}
