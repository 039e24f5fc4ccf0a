/* Each guard of the opening handshake and of HTTP, beside what it lets through. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "server_peer.h"

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define HOST "Host: 127.0.0.1\r\n"

static int setup(void **state) {
  test_server *s = calloc(1, sizeof(*s));
  if (s == NULL) {
    return -1;
  }
  *state = s;
  return 0;
}

static int setup_running(void **state) {
  if (setup(state) != 0) {
    return -1;
  }
  start_server(*state);
  return 0;
}

static int teardown(void **state) {
  test_server *s = *state;
  free_server(s);
  free(s);
  return 0;
}

static void expect_status(uint16_t port, const char *request, int status) {
  char *answer = http_exchange(port, request);
  char start[32];
  snprintf(start, sizeof(start), "HTTP/1.1 %d ", status);
  if (strncmp(answer, start, strlen(start)) != 0) {
    fail_msg("awaited %d, got: %.200s\nfor: %.200s", status, answer, request);
  }
  free(answer);
}

static void expect_no_upgrade(uint16_t port, const char *request) {
  char *answer = http_exchange(port, request);
  assert_null(strstr(answer, " 101 "));
  free(answer);
}

static void a_correct_handshake_opens_a_session(void **state) {
  test_server *s = *state;
  peer p;
  peer_open(&p, s->port, "/ws");
  await_count(&s->watch.opened, 1);
  peer_text(&p, "echo hello");
  expect_text(&p, "hello");
  peer_disconnect(&p);
  await_count(&s->watch.closed, 1);
}

static void connection_may_list_several_tokens_in_any_case(void **state) {
  test_server *s = *state;
  peer p;
  peer_connect(&p, s->port);
  peer_say(&p, "GET /ws HTTP/1.1\r\n" HOST "Upgrade: WebSocket\r\nConnection: keep-alive, upGRADE\r\n" KEY VERSION "\r\n");
  await_count(&s->watch.opened, 1);
  peer_disconnect(&p);
}

static void the_service_decides_and_its_refusal_arrives_with_its_body(void **state) {
  test_server *s = *state;
  char *answer = http_exchange(s->port, "GET /other HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "\r\n");
  assert_int_equal(strncmp(answer, "HTTP/1.1 404 Not Found\r\n", 24), 0);
  assert_non_null(strstr(answer, "Content-Length: 13\r\n"));
  assert_non_null(strstr(answer, "\r\n\r\nnothing here\n"));
  free(answer);
  assert_int_equal(s->watch.opened, 0);
}

static void another_version_is_answered_with_426(void **state) {
  test_server *s = *state;
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY "Sec-WebSocket-Version: 12\r\n\r\n", 426);
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY "\r\n", 426);
  char *answer = http_exchange(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY "Sec-WebSocket-Version: 8\r\n\r\n");
  assert_non_null(strstr(answer, "\r\nSec-WebSocket-Version: 13\r\n"));
  free(answer);
}

static void a_method_other_than_get_does_not_open_a_websocket(void **state) {
  test_server *s = *state;
  expect_status(s->port, "POST /ws HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "\r\n", 405);
  expect_status(s->port, "PUT /ws HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "\r\n", 405);
  assert_int_equal(s->watch.opened, 0);
}

static void a_key_that_is_not_16_bytes_is_answered_with_400(void **state) {
  test_server *s = *state;
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE VERSION "Sec-WebSocket-Key: abc\r\n\r\n", 400);
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE VERSION "\r\n", 400);
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE VERSION KEY KEY "\r\n", 400);
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j*Q==\r\n\r\n", 400);
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQAA\r\n\r\n", 400);
}

static void a_handshake_without_host_or_in_http_1_0_is_answered_with_400(void **state) {
  test_server *s = *state;
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" UPGRADE KEY VERSION "\r\n", 400);
  expect_status(s->port, "GET /ws HTTP/1.0\r\n" HOST UPGRADE KEY VERSION "\r\n", 400);
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: close\r\n" KEY VERSION "\r\n", 400);
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST "Upgrade: websocket\r\n" KEY VERSION "\r\n", 400);
}

static void a_sub_protocol_is_refused_and_not_answered_with_silence(void **state) {
  test_server *s = *state;
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "Sec-WebSocket-Protocol: chat\r\n\r\n", 400);
}

static void compression_is_not_accepted(void **state) {
  test_server *s = *state;
  peer p;
  peer_connect(&p, s->port);
  peer_say(&p, "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
  await_count(&s->watch.opened, 1);
  /* The service closes nothing: the end comes from us, and all that was said is the handshake. */
  peer_frame(&p, true, EW_FRAME_CLOSE, "\x03\xe8", 2);
  char *answer = peer_read_all(&p, NULL);
  assert_int_equal(strncmp(answer, "HTTP/1.1 101", 12), 0);
  assert_null(strstr(answer, "deflate"));
  free(answer);
  peer_disconnect(&p);
}

static void http_2_is_not_reachable(void **state) {
  test_server *s = *state;
  expect_no_upgrade(s->port, "GET /ws HTTP/1.1\r\n" HOST "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                             "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n");
  expect_no_upgrade(s->port, "GET /ws HTTP/1.1\r\n" HOST KEY VERSION "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                             "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n");
  expect_no_upgrade(s->port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  expect_no_upgrade(s->port, "GET /ws HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: foo\r\n\r\n");
  expect_status(s->port, "GET /headers HTTP/1.1\r\n" HOST "\r\n", 200);
}

/* libwebsockets leaves HTTP for CONNECT and hands over raw bytes. */
static void connect_is_refused_at_once(void **state) {
  test_server *s = *state;
  s->options.handshake_timeout_ms = 60000; /* beyond our patience */
  start_server(s);
  expect_no_upgrade(s->port, "CONNECT 127.0.0.1:1 HTTP/1.1\r\n" HOST "\r\n");
}

/* A kept connection that comes back with an unknown Upgrade makes libwebsockets read freed memory: none is kept. */
static void a_connection_ends_with_its_answer(void **state) {
  test_server *s = *state;
  char *answer = http_exchange(s->port, "GET /headers HTTP/1.1\r\n" HOST "Connection: keep-alive\r\n\r\n"
                                        "GET /headers HTTP/1.1\r\n" HOST "Upgrade: foo\r\n\r\n");
  assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
  assert_null(strstr(answer + 1, "HTTP/1.1 "));
  free(answer);
}

static void foreign_origins_are_refused_when_a_list_is_given(void **state) {
  static const char *const origins[] = {"https://good.example", NULL};
  test_server *s = *state;
  s->options.origins = origins;
  start_server(s);
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "Origin: https://evil.example\r\n\r\n", 403);
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "Origin: https://good.example.evil\r\n\r\n", 403);
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "Origin: http://good.example\r\n\r\n", 403);
  expect_status(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "Origin: null\r\n\r\n", 403);
  peer p;
  peer_open(&p, s->port, "/ws"); /* none at all: not a browser */
  peer_disconnect(&p);
  peer_connect(&p, s->port);
  peer_say(&p, "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "Origin: https://good.example\r\n\r\n");
  await_count(&s->watch.opened, 2);
  peer_disconnect(&p);
}

static void headers_beyond_the_pool_end_the_connection(void **state) {
  test_server *s = *state;
  size_t size = 64 * 1024;
  char *request = malloc(size);
  assert_non_null(request);
  int at = snprintf(request, size, "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY VERSION);
  for (int i = 0; i < 900; i++) {
    at += snprintf(request + at, size - (size_t)at, "Unknown-Header-%03d: 0123456789012345678901234567890123456789\r\n", i);
  }
  snprintf(request + at, size - (size_t)at, "\r\n");
  expect_no_upgrade(s->port, request);
  free(request);
  expect_status(s->port, "GET /headers HTTP/1.1\r\n" HOST "\r\n", 200);
}

static void many_headers_within_the_pool_are_fine(void **state) {
  test_server *s = *state;
  char request[12000];
  int at = snprintf(request, sizeof(request), "GET /headers HTTP/1.1\r\n" HOST);
  for (int i = 0; i < 150; i++) {
    at += snprintf(request + at, sizeof(request) - (size_t)at, "Unknown-Header-%03d: 0123456789012345678901234567890\r\n", i);
  }
  snprintf(request + at, sizeof(request) - (size_t)at, "X-Auth-User: me\r\n\r\n");
  char *answer = http_exchange(s->port, request);
  assert_non_null(strstr(answer, "\nx-auth-user=me\n"));
  free(answer);
}

static void the_service_sees_path_query_and_headers(void **state) {
  test_server *s = *state;
  char *answer = http_exchange(s->port, "GET /headers?a=1%26b&c=%3D%20x+y&&flag HTTP/1.1\r\n" HOST
                                        "X-Auth-User: user one \r\nx-auth-company: acme\r\nX-AUTH-TOKEN: t0\r\nAuthorization: Basic eA==\r\n\r\n");
  assert_non_null(strstr(answer, "GET /headers?a=1%26b&c=%3D%20x%20y&&flag\n"));
  assert_non_null(strstr(answer, "\nx-auth-user=user one\n"));
  assert_non_null(strstr(answer, "\nx-auth-company=acme\n"));
  assert_non_null(strstr(answer, "\nx-auth-token=t0\n"));
  assert_non_null(strstr(answer, "\nauthorization=Basic eA==\n"));
  assert_non_null(strstr(answer, "\nhost=127.0.0.1\n"));
  free(answer);
}

static void expect_body(uint16_t port, const char *request, const char *body) {
  char *answer = http_exchange(port, request);
  assert_int_equal(strncmp(answer, "HTTP/1.1 201 ", 13), 0);
  const char *found = strstr(answer, "\r\n\r\n");
  assert_non_null(found);
  assert_string_equal(found + 4, body);
  free(answer);
}

/* What curl -X POST sends: no body, no Content-Length. */
static void a_post_without_length_is_answered_at_once(void **state) {
  test_server *s = *state;
  expect_body(s->port, "POST /body HTTP/1.1\r\n" HOST "\r\n", "0 5381\n");
  expect_body(s->port, "POST /body HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "0 5381\n");
  expect_body(s->port, "PUT /body HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "0 5381\n");
  expect_body(s->port, "DELETE /body HTTP/1.1\r\n" HOST "\r\n", "0 5381\n");
}

static void a_body_arrives_whole(void **state) {
  test_server *s = *state;
  char expected[64];
  snprintf(expected, sizeof(expected), "11 %u\n", fake_hash("hello world", 11));
  expect_body(s->port, "POST /body HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\nhello world", expected);
  peer p;
  peer_connect(&p, s->port);
  peer_say(&p, "POST /body HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 60000\r\n\r\n");
  char *body = malloc(60000);
  assert_non_null(body);
  memset(body, 'b', 60000);
  peer_write(&p, body, 60000);
  char *answer = peer_read_all(&p, NULL);
  snprintf(expected, sizeof(expected), "60000 %u\n", fake_hash(body, 60000));
  assert_int_equal(strncmp(answer, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 ", 38), 0);
  assert_non_null(strstr(answer, expected));
  free(answer);
  free(body);
  peer_disconnect(&p);
}

static void a_body_over_64_kib_is_answered_with_413_even_while_it_comes(void **state) {
  test_server *s = *state;
  size_t size = (size_t)12 << 20; /* more than the sockets take between them */
  char *body = calloc(1, size);
  bool was_reset;
  peer p;
  assert_non_null(body);
  peer_connect(&p, s->port);
  peer_say(&p, "POST /body HTTP/1.1\r\n" HOST "Content-Length: 12582912\r\n\r\n");
  peer_write(&p, body, size);
  char *answer = peer_read_all(&p, &was_reset);
  assert_int_equal(strncmp(answer, "HTTP/1.1 413 ", 13), 0);
  assert_false(was_reset || p.broken);
  free(answer);
  free(body);
  peer_disconnect(&p);
}

static void a_length_that_is_no_number_is_answered_with_400(void **state) {
  test_server *s = *state;
  expect_status(s->port, "POST /body HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 400);
  expect_status(s->port, "POST /body HTTP/1.1\r\n" HOST "Content-Length: 1x\r\n\r\na", 400);
  expect_status(s->port, "POST /body HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\na", 400);
  expect_status(s->port, "POST /body HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400);
  expect_status(s->port, "POST /body HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
  expect_status(s->port, "POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411);
}

static void a_request_that_does_not_end_in_time_ends_the_connection(void **state) {
  test_server *s = *state;
  s->options.handshake_timeout_ms = 50;
  start_server(s);
  static const char *const starts[] = {"", "GET /ws HT", "GET /ws HTTP/1.1\r\nHost: x\r\n",
                                       "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"};
  for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
    char *answer = http_exchange(s->port, starts[i]);
    assert_string_equal(answer, "");
    free(answer);
  }
  assert_true(has_note(s, "no whole request in time"));
}

static void a_session_is_not_bound_by_the_handshake_timeout(void **state) {
  test_server *s = *state;
  s->options.handshake_timeout_ms = 50;
  start_server(s);
  peer p;
  peer_open(&p, s->port, "/ws");
  char *answer = http_exchange(s->port, ""); /* ends after 50 ms: ours is older */
  free(answer);
  peer_text(&p, "echo still here");
  expect_text(&p, "still here");
  peer_disconnect(&p);
}

static void connections_over_the_limit_are_closed_and_there_is_room_again(void **state) {
  test_server *s = *state;
  s->options.max_connections = 3;
  start_server(s);
  peer p[3];
  for (size_t i = 0; i < 3; i++) {
    peer_open(&p[i], s->port, "/ws");
  }
  char *answer = http_exchange(s->port, "GET /headers HTTP/1.1\r\n" HOST "\r\n");
  assert_string_equal(answer, "");
  free(answer);
  assert_true(has_note(s, "too many connections"));
  peer_reset(&p[0]);
  await_count(&s->watch.closed, 1);
  bool served = false;
  for (int i = 0; i < 1000 && !served; i++) { /* the socket itself is freed a turn of the loop later */
    answer = http_exchange(s->port, "GET /headers HTTP/1.1\r\n" HOST "\r\n");
    served = answer[0] != '\0';
    free(answer);
  }
  assert_true(served);
  peer_disconnect(&p[1]);
  peer_disconnect(&p[2]);
}

static void connections_of_one_address_have_their_own_limit(void **state) {
  test_server *s = *state;
  s->options.max_connections_per_address = 1;
  start_server(s);
  peer p;
  peer_open(&p, s->port, "/ws");
  char *answer = http_exchange(s->port, "GET /headers HTTP/1.1\r\n" HOST "\r\n");
  assert_string_equal(answer, "");
  free(answer);
  assert_true(has_note(s, "too many connections from this address"));
  peer_disconnect(&p);
}

static void secrets_do_not_appear_in_the_operators_log(void **state) {
  test_server *s = *state;
  expect_status(s->port, "GET /none?access_token=canary1&x=1 HTTP/1.1\r\n" HOST "\r\n", 404);
  expect_status(s->port, "GET /session/canary2/ws?password=canary3 HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "\r\n", 404);
  peer p;
  peer_open(&p, s->port, "/ws?access_token=canary4");
  peer_text(&p, "note the session is /session/canary5/ws\x01\n");
  peer_text(&p, "echo done");
  expect_text(&p, "done");
  peer_disconnect(&p);
  assert_false(has_note(s, "canary"));
  assert_true(has_note(s, "/none?access_token=***&x=1 -> 404"));
  assert_true(has_note(s, "/session/***/ws?password=*** -> 404"));
  assert_true(has_note(s, "the session is /session/***/ws."));
}

static void a_service_without_memory_for_a_session_ends_the_connection(void **state) {
  test_server *s = *state;
  s->fake.refuse_sessions = true;
  start_server(s);
  char *answer = http_exchange(s->port, "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "\r\n");
  assert_int_equal(strncmp(answer, "HTTP/1.1 101", 12), 0);
  free(answer);
  assert_int_equal(s->watch.closed, 0);
}

static void a_service_may_send_and_close_while_the_session_opens(void **state) {
  test_server *s = *state;
  s->fake.greet = true;
  s->fake.close_at_open = true;
  start_server(s);
  peer p;
  peer_open(&p, s->port, "/ws");
  expect_text(&p, "hello");
  expect_close(&p, EW_CLOSE_POLICY);
  await_count(&s->watch.closed, 1);
  peer_disconnect(&p);
}

static void a_peer_that_resets_during_the_handshake_does_no_harm(void **state) {
  test_server *s = *state;
  static const char request[] = "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "\r\n";
  for (size_t cut = 0; cut <= sizeof(request) - 1; cut += 5) {
    peer p;
    peer_connect(&p, s->port);
    peer_write(&p, request, cut);
    peer_reset(&p);
  }
  expect_status(s->port, "GET /headers HTTP/1.1\r\n" HOST "\r\n", 200);
}

static void frames_behind_the_handshake_in_one_segment_are_received(void **state) {
  test_server *s = *state;
  static const char request[] = "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "\r\n"
                                "\x81\x86\x00\x00\x00\x00"
                                "echo a"
                                "\x88\x82\x00\x00\x00\x00\x03\xe8";
  peer p;
  peer_connect(&p, s->port);
  peer_write(&p, request, sizeof(request) - 1 + 0);
  await_count(&s->watch.received, 1);
  char *answer = peer_read_all(&p, NULL);
  assert_int_equal(strncmp(answer, "HTTP/1.1 101", 12), 0);
  free(answer);
  peer_disconnect(&p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_running, teardown)
#define TEST_WITH_OPTIONS(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_correct_handshake_opens_a_session),
      TEST(connection_may_list_several_tokens_in_any_case),
      TEST(the_service_decides_and_its_refusal_arrives_with_its_body),
      TEST(another_version_is_answered_with_426),
      TEST(a_method_other_than_get_does_not_open_a_websocket),
      TEST(a_key_that_is_not_16_bytes_is_answered_with_400),
      TEST(a_handshake_without_host_or_in_http_1_0_is_answered_with_400),
      TEST(a_sub_protocol_is_refused_and_not_answered_with_silence),
      TEST(compression_is_not_accepted),
      TEST(http_2_is_not_reachable),
      TEST_WITH_OPTIONS(connect_is_refused_at_once),
      TEST(a_connection_ends_with_its_answer),
      TEST_WITH_OPTIONS(foreign_origins_are_refused_when_a_list_is_given),
      TEST(headers_beyond_the_pool_end_the_connection),
      TEST(many_headers_within_the_pool_are_fine),
      TEST(the_service_sees_path_query_and_headers),
      TEST(a_post_without_length_is_answered_at_once),
      TEST(a_body_arrives_whole),
      TEST(a_body_over_64_kib_is_answered_with_413_even_while_it_comes),
      TEST(a_length_that_is_no_number_is_answered_with_400),
      TEST_WITH_OPTIONS(a_request_that_does_not_end_in_time_ends_the_connection),
      TEST_WITH_OPTIONS(a_session_is_not_bound_by_the_handshake_timeout),
      TEST_WITH_OPTIONS(connections_over_the_limit_are_closed_and_there_is_room_again),
      TEST_WITH_OPTIONS(connections_of_one_address_have_their_own_limit),
      TEST(secrets_do_not_appear_in_the_operators_log),
      TEST_WITH_OPTIONS(a_service_without_memory_for_a_session_ends_the_connection),
      TEST_WITH_OPTIONS(a_service_may_send_and_close_while_the_session_opens),
      TEST(a_peer_that_resets_during_the_handshake_does_no_harm),
      TEST(frames_behind_the_handshake_in_one_segment_are_received),
  };
  return cmocka_run_group_tests_name("server_handshake", tests, NULL, NULL);
}
