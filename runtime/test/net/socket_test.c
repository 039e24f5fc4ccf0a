#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "eventwire/client.h"
#include "test_server.h"

/* ------------------------------------------------------------------------------------------------ set-up */

typedef struct scene {
  char head[8192]; /* the last request */
  char note[256];  /* what a script has to tell */
  const char *answer;
  size_t answer_size;
} scene;

static const char *url_of(const test_server *server, const char *origin, const char *target) {
  static char url[300];
  (void)snprintf(url, sizeof(url), "%s:%u%s", origin, (unsigned)test_server_port(server), target);
  return url;
}

static ew_err try_connect(ew_socket **ws, const char *url, int *status, ew_buf *body, ew_diag *diag) {
  ew_socket_options options = {.url = url, .timeout_ms = 10000};
  return ew_socket_connect(ws, &options, status, body, diag);
}

static ew_socket *connect_to(const test_server *server) {
  ew_socket *ws = NULL;
  assert_int_equal(try_connect(&ws, url_of(server, "ws://127.0.0.1", "/path?x=1"), NULL, NULL, NULL), EW_OK);
  return ws;
}

static ew_frame_result expect_event(ew_socket *ws, ew_frame_event event) {
  ew_frame_result result;
  assert_int_equal(ew_socket_receive(ws, 10000, false, &result), EW_OK);
  assert_int_equal(result.event, event);
  return result;
}

static void expect_text(ew_socket *ws, const char *text) {
  ew_frame_result result = expect_event(ws, EW_FRAME_MESSAGE);
  assert_int_equal(result.opcode, EW_FRAME_TEXT);
  assert_true(ew_str_equal(ew_str_from(result.payload, result.size), ew_str_of(text)));
}

static void expect_end(ew_socket *ws, unsigned close_code) {
  ew_frame_result result;
  assert_int_equal(ew_socket_receive(ws, 10000, false, &result), EW_ERR_CLOSED);
  assert_int_equal(result.close_code, close_code);
  assert_int_equal(ew_socket_receive(ws, 0, false, &result), EW_ERR_CLOSED);
}

/* ------------------------------------------------------------------------------------------- the handshake */

static void echo_script(test_peer *peer, unsigned number, void *ctx) {
  char *payload = malloc(3000000);
  size_t len = 0;
  (void)number;
  (void)ctx;
  if (payload == NULL || !test_peer_accept(peer, "")) {
    free(payload);
    return;
  }
  for (;;) {
    int first = test_peer_receive(peer, payload, 3000000, &len);
    if (first < 0 || !test_peer_frame(peer, (unsigned)first, payload, len) || (first & 15) == EW_FRAME_CLOSE) {
      break;
    }
  }
  free(payload);
}

static void messages_come_back_from_an_echo_server(void **state) {
  (void)state;
  test_server *server = test_server_start(echo_script, NULL, NULL);
  ew_socket *ws = connect_to(server);
  static const size_t sizes[] = {0, 1, 125, 126, 65535, 65536, 2500000};
  char *text = malloc(2500000);
  assert_non_null(text);
  memset(text, 'x', 2500000);
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    /* the echo begins only when all has come, so this cannot block both */
    assert_int_equal(ew_socket_send(ws, EW_FRAME_TEXT, ew_str_from(text, sizes[i])), EW_OK);
    ew_frame_result result = expect_event(ws, EW_FRAME_MESSAGE);
    assert_int_equal(result.size, sizes[i]);
    assert_true(result.valid_utf8);
    assert_memory_equal(result.payload, text, result.size);
  }
  ew_socket_close(ws, 1000, 10000);
  expect_end(ws, 1000);
  assert_int_equal(ew_socket_send(ws, EW_FRAME_TEXT, EW_STR("late")), EW_ERR_CLOSED);
  ew_socket_free(ws);
  test_server_stop(server);
  free(text);
}

static void answer_script(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  if (test_peer_head(peer, s->head, sizeof(s->head)) && test_peer_write(peer, s->answer, s->answer_size)) {
    (void)test_peer_drain(peer);
  }
}

static ew_err connect_against(scene *s, const char *answer, int *status, ew_buf *body, ew_diag *diag) {
  ew_socket *ws = NULL;
  s->answer = answer;
  s->answer_size = strlen(answer);
  test_server *server = test_server_start(answer_script, s, NULL);
  ew_err err = try_connect(&ws, url_of(server, "ws://me:canary@127.0.0.1", "/path?x=1"), status, body, diag);
  ew_socket_free(ws);
  test_server_stop(server);
  return err;
}

static void the_request_has_what_rfc_6455_asks_for(void **state) {
  (void)state;
  scene s = {.note = ""};
  (void)connect_against(&s, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", NULL, NULL, NULL);
  assert_memory_equal(s.head, "GET /path?x=1 HTTP/1.1\r\nHost: 127.0.0.1:", 40);
  assert_non_null(strstr(s.head, "\r\nUpgrade: websocket\r\n"));
  assert_non_null(strstr(s.head, "\r\nConnection: Upgrade\r\n"));
  assert_non_null(strstr(s.head, "\r\nSec-WebSocket-Version: 13\r\n"));
  assert_non_null(strstr(s.head, "\r\nSec-WebSocket-Key: "));
  assert_non_null(strstr(s.head, "\r\nAuthorization: Basic bWU6Y2FuYXJ5\r\n"));
  assert_null(strstr(s.head, "canary"));
  assert_null(strstr(s.head, "Sec-WebSocket-Extensions"));
}

static void headers_of_the_caller_replace_standard_ones(void **state) {
  (void)state;
  scene s = {.answer = "HTTP/1.1 404 Not Found\r\n\r\n", .answer_size = 26};
  const char *headers[] = {"hOST: other.example", "Origin: http://o.example", "X-Two:  2 ", "Connection:", "Authorization: Bearer t", NULL};
  test_server *server = test_server_start(answer_script, &s, NULL);
  ew_socket_options options = {.url = url_of(server, "ws://u:p@127.0.0.1", ""), .headers = headers};
  ew_socket *ws = NULL;
  assert_int_equal(ew_socket_connect(&ws, &options, NULL, NULL, NULL), EW_ERR_REFUSED);
  test_server_stop(server);
  assert_non_null(strstr(s.head, "\r\nhOST: other.example\r\n"));
  assert_null(strstr(s.head, "Host: 127"));
  assert_non_null(strstr(s.head, "\r\nOrigin: http://o.example\r\n"));
  assert_non_null(strstr(s.head, "\r\nX-Two: 2\r\n"));
  assert_null(strstr(s.head, "Connection:"));
  assert_non_null(strstr(s.head, "\r\nAuthorization: Bearer t\r\n"));
  assert_null(strstr(s.head, "Basic"));
}

static void user_information_is_kept_back_where_it_is_not_wanted(void **state) {
  (void)state;
  scene s = {.answer = "HTTP/1.1 404 Not Found\r\n\r\n", .answer_size = 26};
  test_server *server = test_server_start(answer_script, &s, NULL);
  ew_socket_options options = {.url = url_of(server, "ws://u:p@127.0.0.1", ""), .no_user_info = true};
  ew_socket *ws = NULL;
  assert_int_equal(ew_socket_connect(&ws, &options, NULL, NULL, NULL), EW_ERR_REFUSED);
  test_server_stop(server);
  assert_null(strstr(s.head, "Authorization"));
}

static void a_header_that_would_end_early_is_refused(void **state) {
  (void)state;
  static const char *const bad[] = {"X: a\r\nY: b", "X", ": x", "X y: z", "X: \n", "X: \x01", ""};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    const char *headers[] = {"A: b", bad[i], NULL};
    ew_socket_options options = {.url = "ws://127.0.0.1:1", .headers = headers};
    ew_socket *ws = NULL;
    ew_diag diag;
    assert_int_equal(ew_socket_connect(&ws, &options, NULL, NULL, &diag), EW_ERR_ARGUMENT);
    assert_memory_equal(diag.found, "header 2 ", 9);
  }
}

static void a_refusal_gives_status_and_body(void **state) {
  (void)state;
  static const char *const answers[] = {
      "HTTP/1.1 401 Unauthorized\r\nContent-Length: 19\r\n\r\n{\"success\":false}\r\nTHIS IS NOT PART",
      "HTTP/1.1 401\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n{\"suc\r\ne\r\ncess\":false}\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 No\r\nContent-length:19\r\n\r\n{\"success\":false}\r\n",
  };
  for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
    scene s = {.note = ""};
    char block[100];
    int status = 0;
    ew_diag diag;
    ew_buf body;
    ew_buf_init(&body, block, sizeof(block));
    assert_int_equal(connect_against(&s, answers[i], &status, &body, &diag), EW_ERR_REFUSED);
    assert_int_equal(status, 401);
    assert_string_equal(diag.found, "HTTP status 401");
    assert_true(ew_str_equal(ew_buf_str(&body), EW_STR("{\"success\":false}\r\n")));
  }
}

static void bad_handshake(const char *answer, const char *found) {
  scene s = {.note = ""};
  ew_diag diag = {.err = EW_OK};
  int status = 0;
  assert_int_equal(connect_against(&s, answer, &status, NULL, &diag), EW_ERR_PEER);
  assert_string_equal(diag.found, found);
}

static void every_broken_handshake_is_named(void **state) {
  (void)state;
  bad_handshake("HTTP/1.1 101 x\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n", "101 without Upgrade: websocket");
  bad_handshake("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: keep-alive\r\n\r\n", "101 without Connection: Upgrade");
  bad_handshake("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\r\n", "Sec-WebSocket-Accept does not match");
  bad_handshake("HTTP/1.1 101 x\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                "Sec-WebSocket-Accept does not match");
  bad_handshake("garbage\r\n\r\n", "the answer is no HTTP/1.1");
  bad_handshake("HTTP/2 101\r\n\r\n", "the answer is no HTTP/1.1");
  bad_handshake("HTTP/1.1 1x1 no\r\n\r\n", "the answer is no HTTP/1.1");
  bad_handshake("HTTP/1.1 101 x\r\nno header\r\n\r\n", "a malformed header in the answer");
  bad_handshake("HTTP/1.1 101 x\r\n folded: x\r\n\r\n", "a malformed header in the answer");
}

static void extension_script(test_peer *peer, unsigned number, void *ctx) {
  (void)ctx;
  (void)test_peer_accept(peer, number == 0 ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "Sec-WebSocket-Protocol: chat\r\n");
  (void)test_peer_drain(peer);
}

static void what_was_not_offered_must_not_be_chosen(void **state) {
  (void)state;
  ew_socket *ws = NULL;
  ew_diag diag;
  test_server *server = test_server_start(extension_script, NULL, NULL);
  assert_int_equal(try_connect(&ws, url_of(server, "ws://127.0.0.1", ""), NULL, NULL, &diag), EW_ERR_PEER);
  assert_string_equal(diag.found, "an extension that was not offered");
  assert_int_equal(try_connect(&ws, url_of(server, "ws://127.0.0.1", ""), NULL, NULL, &diag), EW_ERR_PEER);
  assert_string_equal(diag.found, "a sub-protocol that was not offered");
  test_server_stop(server);
}

static void flood_script(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  if (!test_peer_head(peer, s->head, sizeof(s->head)) || !test_peer_print(peer, "HTTP/1.1 101 x\r\n")) {
    return;
  }
  while (test_peer_print(peer, "X-Flood: 0123456789012345678901234567890123456789\r\n")) {
  }
}

static void an_endless_head_is_cut_off(void **state) {
  (void)state;
  scene s = {.note = ""};
  ew_socket *ws = NULL;
  ew_diag diag;
  test_server *server = test_server_start(flood_script, &s, NULL);
  assert_int_equal(try_connect(&ws, url_of(server, "ws://127.0.0.1", ""), NULL, NULL, &diag), EW_ERR_PEER);
  assert_string_equal(diag.found, "the head of the answer is larger than 32 KiB");
  test_server_stop(server);
}

static void silent_script(test_peer *peer, unsigned number, void *ctx) {
  (void)number;
  (void)ctx;
  (void)test_peer_drain(peer);
}

static void a_silent_server_times_out(void **state) {
  (void)state;
  ew_socket *ws = NULL;
  ew_diag diag;
  test_server *server = test_server_start(silent_script, NULL, NULL);
  ew_socket_options options = {.url = url_of(server, "ws://127.0.0.1", ""), .timeout_ms = 50};
  assert_int_equal(ew_socket_connect(&ws, &options, NULL, NULL, &diag), EW_ERR_TIMEOUT);
  assert_string_equal(diag.found, "no HTTP answer in time");
  test_server_stop(server);
}

static void no_listener_cannot_connect(void **state) {
  (void)state;
  ew_socket *ws = NULL;
  ew_diag diag;
  test_server *server = test_server_start(silent_script, NULL, NULL);
  const char *url = url_of(server, "ws://u:canary@127.0.0.1", "");
  test_server_stop(server);
  assert_int_equal(try_connect(&ws, url, NULL, NULL, &diag), EW_ERR_CONNECT);
  assert_memory_equal(diag.found, "Connection refused", 18);
  assert_null(strstr(diag.found, "canary"));
  assert_int_equal(try_connect(&ws, "ws://no-such-name.invalid/", NULL, NULL, &diag), EW_ERR_CONNECT);
  assert_int_equal(try_connect(&ws, "gopher://u:canary@h", NULL, NULL, &diag), EW_ERR_ARGUMENT);
  assert_null(strstr(diag.found, "canary"));
}

/* ------------------------------------------------------------------------------------------------- messages */

static void early_script(test_peer *peer, unsigned number, void *ctx) {
  (void)number;
  (void)ctx;
  (void)test_peer_accept(peer, "X-Filler: frames follow in the same segment\r\n");
  (void)test_peer_text(peer, "first");
  (void)test_peer_write(peer, "\x01\x02he\x89\x01p\x80\x03llo", 12);
  (void)test_peer_frame(peer, 0x88, "\x03\xe9", 2);
  (void)test_peer_drain(peer);
}

static void frames_right_behind_the_handshake_are_not_lost(void **state) {
  (void)state;
  test_server *server = test_server_start(early_script, NULL, NULL);
  ew_socket *ws = connect_to(server);
  expect_text(ws, "first");
  expect_text(ws, "hello");
  assert_int_equal(expect_event(ws, EW_FRAME_CLOSED).close_code, 1001);
  ew_socket_free(ws);
  test_server_stop(server);
}

static void ping_script(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  size_t len = 0;
  (void)number;
  (void)test_peer_accept(peer, "");
  (void)test_peer_frame(peer, 0x89, "are you there", 13);
  if (test_peer_receive(peer, s->note, sizeof(s->note), &len) == 0x8a) {
    (void)test_peer_text(peer, "pong came");
  }
  (void)test_peer_frame(peer, 0x8a, "unasked", 7);
  (void)test_peer_frame(peer, 0x88, "", 0);
  if (test_peer_receive(peer, s->head, sizeof(s->head), &len) == 0x88 && len == 0) {
    (void)snprintf(s->head, sizeof(s->head), "closed");
  }
}

static void pings_are_answered_and_reported_on_request(void **state) {
  (void)state;
  for (int all = 0; all <= 1; all++) {
    scene s = {.note = ""};
    ew_frame_result result;
    test_server *server = test_server_start(ping_script, &s, NULL);
    ew_socket *ws = connect_to(server);
    for (int step = all ? 0 : 1; step <= (all ? 2 : 1); step++) {
      assert_int_equal(ew_socket_receive(ws, 10000, all != 0, &result), EW_OK);
      assert_int_equal(result.opcode, step == 0 ? EW_FRAME_PING : step == 1 ? EW_FRAME_TEXT : EW_FRAME_PONG);
    }
    assert_int_equal(expect_event(ws, EW_FRAME_CLOSED).close_code, EW_CLOSE_NO_STATUS);
    expect_end(ws, EW_CLOSE_NO_STATUS);
    ew_socket_free(ws);
    test_server_stop(server);
    assert_string_equal(s.note, "are you there");
    assert_string_equal(s.head, "closed");
  }
}

static void drop_script(test_peer *peer, unsigned number, void *ctx) {
  (void)ctx;
  (void)test_peer_accept(peer, "");
  (void)test_peer_write(peer, "\x81\x05hal", 5);
  if (number == 1) {
    test_peer_reset(peer);
  }
}

static void an_end_without_a_close_frame_is_abnormal(void **state) {
  (void)state;
  test_server *server = test_server_start(drop_script, NULL, NULL);
  for (int i = 0; i < 2; i++) {
    ew_socket *ws = connect_to(server);
    expect_end(ws, EW_CLOSE_ABNORMAL);
    ew_socket_free(ws);
  }
  test_server_stop(server);
}

static void masked_script(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  size_t len = 0;
  (void)number;
  (void)test_peer_accept(peer, "");
  (void)test_peer_write(peer, "\x81\x82\1\2\3\4ab", 8);
  (void)snprintf(s->head, sizeof(s->head), "%d", test_peer_receive(peer, s->note, sizeof(s->note), &len));
}

static void a_violation_is_reported_and_answered_with_its_code(void **state) {
  (void)state;
  scene s = {.note = ""};
  test_server *server = test_server_start(masked_script, &s, NULL);
  ew_socket *ws = connect_to(server);
  ew_frame_result result = expect_event(ws, EW_FRAME_VIOLATION);
  assert_string_equal(result.violation, "a frame from a server is masked");
  expect_end(ws, EW_CLOSE_ABNORMAL);
  ew_socket_free(ws);
  test_server_stop(server);
  assert_string_equal(s.head, "136");
  assert_memory_equal(s.note, "\x03\xea", 2);
}

static void nothing_within_the_time_is_a_timeout_and_loses_nothing(void **state) {
  (void)state;
  test_server *server = test_server_start(echo_script, NULL, NULL);
  ew_socket *ws = connect_to(server);
  ew_frame_result result;
  assert_false(ew_socket_pending(ws));
  assert_int_equal(ew_socket_receive(ws, 0, false, &result), EW_ERR_TIMEOUT);
  assert_int_equal(ew_socket_receive(ws, 20, false, &result), EW_ERR_TIMEOUT);
  assert_true(ew_socket_fd(ws) >= 0);
  assert_int_equal(ew_socket_send(ws, EW_FRAME_TEXT, EW_STR("still here")), EW_OK);
  expect_text(ws, "still here");
  ew_socket_free(ws);
  test_server_stop(server);
}

static void ping_flood_script(test_peer *peer, unsigned number, void *ctx) {
  (void)number;
  (void)ctx;
  (void)test_peer_accept(peer, "");
  while (test_peer_frame(peer, 0x8a, "never an event", 14)) {
  }
}

static void a_flood_of_control_frames_does_not_outlast_the_timeout(void **state) {
  (void)state;
  test_server *server = test_server_start(ping_flood_script, NULL, NULL);
  ew_socket *ws = connect_to(server);
  ew_frame_result result;
  assert_int_equal(ew_socket_receive(ws, 50, false, &result), EW_ERR_TIMEOUT);
  ew_socket_free(ws);
  test_server_stop(server);
}

static void raw_script(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  (void)test_peer_accept(peer, "");
  (void)test_peer_read(peer, s->note, 6);
  (void)snprintf(s->head, sizeof(s->head), "%d", test_peer_drain(peer));
}

static void raw_bytes_go_out_as_they_are_and_abort_is_a_reset(void **state) {
  (void)state;
  scene s = {.note = ""};
  test_server *server = test_server_start(raw_script, &s, NULL);
  ew_socket *ws = connect_to(server);
  ew_frame_result result;
  assert_int_equal(ew_socket_send_raw(ws, EW_STR("\xff\xff" "1234")), EW_OK);
  assert_int_equal(ew_socket_receive(ws, 20, false, &result), EW_ERR_TIMEOUT);
  ew_socket_abort(ws);
  assert_int_equal(ew_socket_send(ws, EW_FRAME_TEXT, EW_STR("x")), EW_ERR_CLOSED);
  assert_int_equal(ew_socket_receive(ws, 10, false, &result), EW_ERR_CLOSED);
  ew_socket_free(ws);
  test_server_stop(server);
  assert_memory_equal(s.note, "\xff\xff" "1234", 6);
  assert_string_equal(s.head, "0");
}

/* ------------------------------------------------------------------------------------------------------ TLS */

typedef struct tls_case {
  const char *name; /* in the certificate */
  int days;
  bool trusted, insecure;
  ew_err err;
  const char *found;
} tls_case;

static const tls_case TLS_CASES[] = {
    {"127.0.0.1", 1, true, false, EW_OK, NULL},
    {"127.0.0.1", 1, false, false, EW_ERR_CONNECT, "certificate: self-signed certificate"},
    {"127.0.0.1", 1, false, true, EW_OK, NULL},
    {"127.0.0.1", -1, true, false, EW_ERR_CONNECT, "certificate: certificate has expired"},
    {"127.0.0.2", 1, true, false, EW_ERR_CONNECT, "certificate: IP address mismatch"},
    {"other.example", 1, true, false, EW_ERR_CONNECT, "certificate: IP address mismatch"},
};

static void play_tls_case(const tls_case *c) {
  char path[] = "ew-socket-test-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  (void)close(fd);
  assert_true(test_make_certificate(path, c->name, c->days));
  test_server *server = test_server_start(echo_script, NULL, path);
  ew_socket_options options = {.url = url_of(server, "wss://127.0.0.1", "/"),
                               .tls = {.ca_file = c->trusted ? path : NULL, .insecure = c->insecure}};
  ew_socket *ws = NULL;
  ew_diag diag;
  assert_int_equal(ew_socket_connect(&ws, &options, NULL, NULL, &diag), c->err);
  if (c->err == EW_OK) {
    assert_int_equal(ew_socket_send(ws, EW_FRAME_TEXT, EW_STR("secret")), EW_OK);
    expect_text(ws, "secret");
    ew_socket_close(ws, 1000, 10000);
  } else {
    assert_memory_equal(diag.found, c->found, strlen(c->found));
  }
  ew_socket_free(ws);
  test_server_stop(server);
  assert_int_equal(unlink(path), 0);
}

static void certificates_are_verified_unless_told_otherwise(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(TLS_CASES) / sizeof(TLS_CASES[0]); i++) {
    play_tls_case(&TLS_CASES[i]);
  }
}

static void a_host_name_must_match_the_certificate(void **state) {
  (void)state;
  for (int good = 0; good <= 1; good++) {
    char path[] = "ew-socket-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_true(test_make_certificate(path, good ? "localhost" : "localhost.example", 1));
    test_server *server = test_server_start(echo_script, NULL, path);
    ew_socket_options options = {.url = url_of(server, "wss://localhost", "/"), .tls = {.ca_file = path}};
    ew_socket *ws = NULL;
    ew_diag diag;
    assert_int_equal(ew_socket_connect(&ws, &options, NULL, NULL, &diag), good ? EW_OK : EW_ERR_CONNECT);
    assert_true(good || strcmp(diag.found, "certificate: hostname mismatch") == 0);
    ew_socket_free(ws);
    test_server_stop(server);
    assert_int_equal(unlink(path), 0);
  }
}

static void a_missing_tls_file_is_named(void **state) {
  (void)state;
  test_server *server = test_server_start(silent_script, NULL, NULL);
  ew_socket_options options = {.url = url_of(server, "wss://127.0.0.1", "/"), .tls = {.ca_file = "no/such/file"}};
  ew_socket *ws = NULL;
  ew_diag diag;
  assert_int_equal(ew_socket_connect(&ws, &options, NULL, NULL, &diag), EW_ERR_ARGUMENT);
  assert_string_equal(diag.found, "no usable CA file: no/such/file");
  test_server_stop(server);
}

/* ----------------------------------------------------------------------------------------------- HTTP calls */

typedef struct call_result {
  ew_err err;
  int status;
  char text[64];
  ew_buf answer;
  ew_diag diag;
} call_result;

static call_result call_against(scene *s, const char *method, ew_str body, const char *answer) {
  call_result r = {.status = 0};
  s->answer = answer;
  s->answer_size = strlen(answer);
  ew_buf_init(&r.answer, r.text, 32);
  test_server *server = test_server_start(answer_script, s, NULL);
  const char *headers[] = {"X-Auth-Token: t", "Content-Type: application/json", NULL};
  r.err = ew_http_call(method, url_of(server, "http://127.0.0.1", "/session?a=b"), headers, body, NULL, 10000, &r.status, &r.answer, &r.diag);
  test_server_stop(server);
  r.text[r.answer.len] = '\0';
  return r;
}

static void a_call_sends_its_request_and_gives_the_answer(void **state) {
  (void)state;
  scene s = {.note = ""};
  call_result r = call_against(&s, "POST", EW_STR("{}"), "HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nabcd");
  assert_int_equal(r.err, EW_OK);
  assert_int_equal(r.status, 201);
  assert_string_equal(r.text, "abcd");
  assert_memory_equal(s.head, "POST /session?a=b HTTP/1.1\r\n", 28);
  assert_non_null(strstr(s.head, "\r\nContent-Length: 2\r\n"));
  assert_non_null(strstr(s.head, "\r\nX-Auth-Token: t\r\n"));
  assert_non_null(strstr(s.head, "\r\nConnection: close\r\n"));
}

static void an_empty_post_says_so_and_a_get_does_not(void **state) {
  (void)state;
  scene s = {.note = ""};
  assert_int_equal(call_against(&s, "POST", EW_STR(""), "HTTP/1.1 204 x\r\n\r\n").err, EW_OK);
  assert_non_null(strstr(s.head, "\r\nContent-Length: 0\r\n"));
  assert_int_equal(call_against(&s, "GET", EW_STR(""), "HTTP/1.1 204 x\r\n\r\n").err, EW_OK);
  assert_null(strstr(s.head, "Content-Length"));
}

static void a_body_larger_than_the_buffer_is_cut_and_says_how_large_it_is(void **state) {
  (void)state;
  scene s = {.note = ""};
  call_result r = call_against(&s, "GET", EW_STR(""), "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n0123456789012345678901234567890123456789");
  assert_int_equal(r.err, EW_OK);
  assert_int_equal(r.answer.len, 32);
  assert_int_equal(r.answer.needed, 40);
  r = call_against(&s, "GET", EW_STR(""),
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n28\r\n0123456789012345678901234567890123456789\r\n0\r\n\r\n");
  assert_int_equal(r.err, EW_OK);
  assert_int_equal(r.answer.len, 32);
  assert_true(r.answer.needed > 32);
}

static void broken_bodies_are_refused(void **state) {
  (void)state;
  static const char *const bad[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nab\r\n0\r\n\r\n",
  };
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    scene s = {.note = ""};
    call_result r = call_against(&s, "GET", EW_STR(""), bad[i]);
    assert_int_equal(r.err, EW_ERR_PEER);
    assert_string_equal(r.diag.found, "the body of the answer is malformed");
  }
}

static void close_script(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  (void)test_peer_head(peer, s->head, sizeof(s->head));
  (void)test_peer_print(peer, s->answer);
}

static void a_body_without_a_length_goes_to_the_end(void **state) {
  (void)state;
  scene s = {.answer = "HTTP/1.0 200 OK\r\n\r\nto the end"};
  char block[32];
  ew_buf answer;
  int status = 0;
  ew_buf_init(&answer, block, sizeof(block));
  test_server *server = test_server_start(close_script, &s, NULL);
  const char *url = url_of(server, "http://127.0.0.1", "");
  assert_int_equal(ew_http_call("GET", url, NULL, EW_STR(""), NULL, 0, &status, &answer, NULL), EW_OK);
  assert_true(ew_str_equal(ew_buf_str(&answer), EW_STR("to the end")));
  s.answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort";
  ew_buf_init(&answer, block, sizeof(block));
  assert_int_equal(ew_http_call("GET", url, NULL, EW_STR(""), NULL, 0, &status, &answer, NULL), EW_ERR_CLOSED);
  test_server_stop(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(messages_come_back_from_an_echo_server),
      cmocka_unit_test(the_request_has_what_rfc_6455_asks_for),
      cmocka_unit_test(headers_of_the_caller_replace_standard_ones),
      cmocka_unit_test(user_information_is_kept_back_where_it_is_not_wanted),
      cmocka_unit_test(a_header_that_would_end_early_is_refused),
      cmocka_unit_test(a_refusal_gives_status_and_body),
      cmocka_unit_test(every_broken_handshake_is_named),
      cmocka_unit_test(what_was_not_offered_must_not_be_chosen),
      cmocka_unit_test(an_endless_head_is_cut_off),
      cmocka_unit_test(a_silent_server_times_out),
      cmocka_unit_test(no_listener_cannot_connect),
      cmocka_unit_test(frames_right_behind_the_handshake_are_not_lost),
      cmocka_unit_test(pings_are_answered_and_reported_on_request),
      cmocka_unit_test(an_end_without_a_close_frame_is_abnormal),
      cmocka_unit_test(a_violation_is_reported_and_answered_with_its_code),
      cmocka_unit_test(nothing_within_the_time_is_a_timeout_and_loses_nothing),
      cmocka_unit_test(a_flood_of_control_frames_does_not_outlast_the_timeout),
      cmocka_unit_test(raw_bytes_go_out_as_they_are_and_abort_is_a_reset),
      cmocka_unit_test(certificates_are_verified_unless_told_otherwise),
      cmocka_unit_test(a_host_name_must_match_the_certificate),
      cmocka_unit_test(a_missing_tls_file_is_named),
      cmocka_unit_test(a_call_sends_its_request_and_gives_the_answer),
      cmocka_unit_test(an_empty_post_says_so_and_a_get_does_not),
      cmocka_unit_test(a_body_larger_than_the_buffer_is_cut_and_says_how_large_it_is),
      cmocka_unit_test(broken_bodies_are_refused),
      cmocka_unit_test(a_body_without_a_length_goes_to_the_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
