/* What happens on an open WebSocket: messages in any pieces, limits, ends, slow and silent peers, stopping. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "server_peer.h"

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

static char *filled(size_t size) {
  char *text = malloc(size + 1);
  if (text == NULL) {
    abort();
  }
  for (size_t i = 0; i < size; i++) {
    text[i] = (char)('a' + i % 23);
  }
  text[size] = '\0';
  return text;
}

static void expect_hash(peer *p, const char *text, size_t size) {
  char expected[64];
  snprintf(expected, sizeof(expected), "text %zu %u", size, fake_hash(text, size));
  expect_text(p, expected);
}

/* The header of a frame alone, masked with zeroes so that the payload may follow as it is. */
static void send_header(peer *p, bool fin, uint8_t opcode, uint64_t length) {
  unsigned char header[EW_FRAME_HEADER_MAX];
  ew_frame frame = {.fin = fin, .opcode = opcode, .masked = true, .length = length};
  size_t size = ew_frame_header(&frame, header);
  peer_write(p, (const char *)header, size);
}

/* --------------------------------------------------------------------------------------------------- messages */

static void text_binary_and_empty_messages_arrive_as_what_they_are(void **state) {
  test_server *s = *state;
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_text(&p, "some text");
  expect_hash(&p, "some text", 9);
  peer_frame(&p, true, EW_FRAME_BINARY, "\0\1\2", 3);
  expect_text(&p, "binary 3");
  peer_text(&p, "");
  expect_hash(&p, "", 0);
  peer_disconnect(&p);
}

static void a_message_in_pieces_of_any_size_arrives_whole(void **state) {
  test_server *s = *state;
  static const size_t cuts[] = {1, 3, 100, 4096, 65535, 65536, 65537, 100000};
  const size_t size = 200000;
  char *text = filled(size);
  peer p;
  peer_open(&p, s->port, "/ws");
  for (size_t c = 3; c < sizeof(cuts) / sizeof(cuts[0]); c++) {
    for (size_t at = 0; at < size; at += cuts[c]) {
      size_t piece = size - at < cuts[c] ? size - at : cuts[c];
      peer_frame(&p, at + piece == size, at == 0 ? EW_FRAME_TEXT : EW_FRAME_CONTINUATION, text + at, piece);
    }
    expect_hash(&p, text, size);
  }
  for (size_t c = 0; c < 3; c++) {
    for (size_t at = 0; at < 900; at += cuts[c]) {
      size_t piece = 900 - at < cuts[c] ? 900 - at : cuts[c];
      peer_frame(&p, at + piece == 900, at == 0 ? EW_FRAME_TEXT : EW_FRAME_CONTINUATION, text + at, piece);
    }
    expect_hash(&p, text, 900);
  }
  peer_disconnect(&p);
  free(text);
}

static void a_message_that_drips_in_byte_by_byte_arrives_whole(void **state) {
  test_server *s = *state;
  int on = 1;
  peer p;
  peer_open(&p, s->port, "/ws");
  setsockopt(p.fd, SOL_SOCKET, SO_SNDBUF, &on, sizeof(on));
  char *text = filled(300);
  send_header(&p, true, EW_FRAME_TEXT, 300);
  for (size_t i = 0; i < 300; i++) {
    peer_write(&p, text + i, 1);
  }
  expect_hash(&p, text, 300);
  free(text);
  peer_disconnect(&p);
}

static void a_ping_between_fragments_is_answered_and_does_not_disturb(void **state) {
  test_server *s = *state;
  received got;
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_frame(&p, false, EW_FRAME_TEXT, "some ", 5);
  peer_frame(&p, true, EW_FRAME_PING, "beat", 4);
  assert_true(peer_receive(&p, &got));
  assert_int_equal(got.opcode, EW_FRAME_PONG);
  assert_string_equal(got.payload, "beat");
  peer_frame(&p, true, EW_FRAME_CONTINUATION, "text", 4);
  expect_hash(&p, "some text", 9);
  peer_disconnect(&p);
}

static void a_message_of_just_the_limit_is_taken(void **state) {
  test_server *s = *state;
  char *text = filled(FAKE_MESSAGE_LIMIT);
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_text(&p, text);
  expect_hash(&p, text, FAKE_MESSAGE_LIMIT);
  peer_disconnect(&p);
  free(text);
}

/* None of the payload is sent: the declared length is enough. */
static void a_declared_length_over_the_limit_is_refused_before_it_comes(void **state) {
  test_server *s = *state;
  static const uint64_t lengths[] = {FAKE_MESSAGE_LIMIT + 1, (uint64_t)1 << 40, ((uint64_t)1 << 63) - 1};
  for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
    peer p;
    peer_open(&p, s->port, "/ws");
    send_header(&p, true, EW_FRAME_TEXT, lengths[i]);
    peer_write(&p, "x", 1);
    expect_close(&p, EW_CLOSE_TOO_BIG);
    peer_disconnect(&p);
  }
  assert_int_equal(s->watch.received, 0);
}

static void fragments_that_sum_up_over_the_limit_are_refused(void **state) {
  test_server *s = *state;
  char *text = filled(FAKE_MESSAGE_LIMIT);
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_frame(&p, false, EW_FRAME_TEXT, text, FAKE_MESSAGE_LIMIT);
  send_header(&p, true, EW_FRAME_CONTINUATION, 1);
  peer_write(&p, "x", 1);
  expect_close(&p, EW_CLOSE_TOO_BIG);
  peer_disconnect(&p);
  free(text);
}

static void send_fragments(peer *p, unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    peer_frame(p, i + 1 == count, i == 0 ? EW_FRAME_TEXT : EW_FRAME_CONTINUATION, "x", 1);
  }
}

static void more_than_1024_fragments_are_refused(void **state) {
  test_server *s = *state;
  received got;
  peer p;
  peer_open(&p, s->port, "/ws");
  send_fragments(&p, EW__MAX_FRAGMENTS);
  assert_true(peer_receive(&p, &got));
  assert_int_equal(got.opcode, EW_FRAME_TEXT);
  send_fragments(&p, EW__MAX_FRAGMENTS + 1);
  expect_close(&p, EW_CLOSE_POLICY);
  peer_disconnect(&p);
}

/* ----------------------------------------------------------------------------------------------------- sending */

static void many_messages_leave_in_order_and_whole(void **state) {
  test_server *s = *state;
  received got;
  peer p;
  peer_open(&p, s->port, "/ws");
  for (unsigned i = 0; i < 5; i++) {
    peer_text(&p, "flood 300 1000");
    peer_text(&p, "echo between");
  }
  for (unsigned i = 0; i < 5; i++) {
    for (unsigned k = 0; k < 300; k++) {
      assert_true(peer_receive(&p, &got));
      assert_int_equal(got.size, 1000);
    }
    expect_text(&p, "between");
  }
  peer_disconnect(&p);
}

static void messages_around_the_size_of_one_write_arrive(void **state) {
  test_server *s = *state;
  static const unsigned sizes[] = {125, 126, 65535, 65536};
  received got;
  peer p;
  peer_open(&p, s->port, "/ws");
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    char command[32];
    snprintf(command, sizeof(command), "flood 3 %u", sizes[i] <= 65526 ? sizes[i] : sizes[i] - 10);
    peer_text(&p, command);
    for (int k = 0; k < 3; k++) {
      assert_true(peer_receive(&p, &got));
      assert_int_equal(got.opcode, EW_FRAME_TEXT);
    }
  }
  peer_disconnect(&p);
}

static void a_slow_reader_is_closed_with_1013_and_others_do_not_notice(void **state) {
  test_server *s = *state;
  s->options.max_queued_bytes = 100000;
  start_server(s);
  peer slow, other;
  peer_open(&slow, s->port, "/ws");
  peer_open(&other, s->port, "/ws");
  /* All in one visit to the service: nothing can leave in between. */
  peer_text(&slow, "flood 1000 60000");
  expect_close(&slow, EW_CLOSE_TRY_LATER);
  await_count(&s->watch.closed, 1);
  peer_text(&other, "echo fine");
  expect_text(&other, "fine");
  assert_true(has_note(s, "reads too slowly"));
  peer_disconnect(&slow);
  peer_disconnect(&other);
}

/* Nothing is read at all: the kernel's buffers fill, then the queue, and memory stays bounded. */
static void a_reader_that_stops_reading_is_given_up(void **state) {
  test_server *s = *state;
  s->options.max_queued_bytes = 2000000; /* far more than one round leaves unsent */
  s->options.drain_timeout_ms = 50;
  start_server(s);
  int small = 4096;
  peer p, other;
  peer_open(&p, s->port, "/ws");
  setsockopt(p.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)); /* or the kernel goes on taking */
  peer_open(&other, s->port, "/ws");
  for (unsigned i = 0; s->watch.closed == 0 && i < 100000; i++) {
    peer_text(&p, "flood 3 60000");
    for (unsigned turn = 0; turn < 10; turn++) { /* turns of the loop, in which all would leave that can */
      peer_text(&other, "echo fine");
      expect_text(&other, "fine");
    }
  }
  assert_int_equal(s->watch.closed, 1);
  peer_disconnect(&p);
  peer_disconnect(&other);
}

/* One message larger than all buffers of the kernel: what libwebsockets holds of it never leaves. */
static void an_end_does_not_wait_for_ever_for_what_cannot_leave(void **state) {
  test_server *s = *state;
  s->options.drain_timeout_ms = 50;
  start_server(s);
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_text(&p, "flood 1 20000000");
  peer_text(&p, "close 1000");
  await_connections(s, 0);
  peer_disconnect(&p);
}

static void a_message_larger_than_the_queue_is_sent_when_the_queue_is_empty(void **state) {
  test_server *s = *state;
  s->options.max_queued_bytes = 10000;
  start_server(s);
  received got;
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_text(&p, "flood 1 60000");
  assert_true(peer_receive(&p, &got));
  assert_int_equal(got.size, 60000);
  peer_disconnect(&p);
}

/* -------------------------------------------------------------------------------------------------------- ends */

static void a_session_closed_by_the_service_sees_code_reason_and_end(void **state) {
  test_server *s = *state;
  received got;
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_text(&p, "flood 2 100");
  peer_text(&p, "close 1008");
  assert_true(peer_receive(&p, &got) && got.size == 100);
  assert_true(peer_receive(&p, &got) && got.size == 100);
  assert_true(peer_receive(&p, &got));
  assert_int_equal(got.close_code, 1008);
  assert_string_equal(got.payload, "asked");
  await_count(&s->watch.closed, 1); /* the session does not wait for the peer */
  peer_frame(&p, true, EW_FRAME_CLOSE, "\x03\xf0", 2);
  expect_end(&p);
  peer_disconnect(&p);
  stop_server(s);
  assert_int_equal(s->watch.closed, 1);
}

static void a_dropped_session_gets_what_was_said_and_then_the_end_of_tcp(void **state) {
  test_server *s = *state;
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_text(&p, "drop farewell");
  /* Bytes the server has not read would turn its end into a reset, and the reset would swallow the farewell. */
  char *more = filled(200000);
  for (int i = 0; i < 20; i++) {
    peer_text(&p, more);
  }
  free(more);
  assert_false(p.broken);
  expect_text(&p, "farewell");
  expect_end(&p);
  await_count(&s->watch.closed, 1);
  peer_disconnect(&p);
}

static void a_dropped_peer_that_does_not_end_is_left_after_a_while(void **state) {
  test_server *s = *state;
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_text(&p, "drop farewell");
  expect_text(&p, "farewell");
  expect_end(&p);
  await_count(&s->watch.closed, 1);
  stop_server(s); /* waits for the connection: it goes without our doing */
  assert_int_equal(s->result, EW_OK);
  assert_false(has_note(s, "did not end in time"));
  peer_disconnect(&p);
}

static void the_first_end_asked_for_wins(void **state) {
  test_server *s = *state;
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_text(&p, "both");
  expect_end(&p);
  peer_disconnect(&p);
  await_count(&s->watch.closed, 1);
}

static void a_peer_that_closes_gets_its_code_back(void **state) {
  test_server *s = *state;
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_frame(&p, true, EW_FRAME_CLOSE, "\x0b\xb8why", 5);
  expect_close(&p, 3000);
  expect_end(&p);
  await_count(&s->watch.closed, 1);
  peer_disconnect(&p);
}

static void nothing_is_received_after_the_service_has_closed(void **state) {
  test_server *s = *state;
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_text(&p, "close 1000");
  peer_text(&p, "echo never");
  expect_close(&p, 1000);
  peer_frame(&p, true, EW_FRAME_CLOSE, "\x03\xe8", 2);
  expect_end(&p);
  peer_disconnect(&p);
  assert_int_equal(s->watch.received, 1);
}

static void one_session_may_end_all_others(void **state) {
  test_server *s = *state;
  peer p[5];
  for (size_t i = 0; i < 5; i++) {
    peer_open(&p[i], s->port, "/ws");
  }
  peer_text(&p[0], "end others");
  peer_text(&p[0], "echo alone");
  expect_text(&p[0], "alone");
  assert_int_equal(s->watch.closed, 4);
  for (size_t i = 1; i < 5; i++) {
    expect_close(&p[i], EW_CLOSE_NORMAL);
    peer_disconnect(&p[i]);
  }
  peer_disconnect(&p[0]);
}

static void a_peer_that_vanishes_ends_its_session(void **state) {
  test_server *s = *state;
  for (unsigned i = 0; i < 20; i++) {
    peer p;
    peer_open(&p, s->port, "/ws");
    if (i % 2 == 0) {
      send_header(&p, false, EW_FRAME_TEXT, 1000);
      peer_write(&p, "half", 4);
    }
    if (i % 3 == 0) {
      peer_disconnect(&p);
    } else {
      peer_reset(&p);
    }
  }
  await_count(&s->watch.closed, 20);
}

/* Any bytes, as HTTP or as frames, with some that look right. Under ASan and valgrind more than survival is checked. */
static void any_bytes_leave_the_server_standing(void **state) {
  static const char *const pieces[] = {"GET /ws HTTP/1.1\r\n", "Host: x\r\n",  "Upgrade: websocket\r\n", "Connection: Upgrade\r\n",
                                       "POST /body HTTP/1.1\r\n", "Content-Length: 5\r\n", "\r\n",  "\x81\x85\1\2\3\4hello",
                                       "\x89\x80\1\2\3\4", "\x88\x82\1\2\3\4\2\352", "\1\376\377\377", "\202\377\1\1"};
  test_server *s = *state;
  srand(7);
  for (int round = 0; round < 400; round++) {
    peer p;
    if (round % 2 == 0) {
      peer_connect(&p, s->port);
    } else {
      peer_open(&p, s->port, "/ws");
    }
    for (int i = rand() % 12; i > 0; i--) {
      char noise[64];
      for (size_t k = 0; k < sizeof(noise); k++) {
        noise[k] = (char)rand();
      }
      if (rand() % 3 == 0) {
        peer_write(&p, noise, (size_t)rand() % sizeof(noise));
      } else {
        peer_say(&p, pieces[(size_t)rand() % (sizeof(pieces) / sizeof(pieces[0]))]);
      }
    }
    peer_disconnect(&p);
  }
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_text(&p, "echo standing");
  expect_text(&p, "standing");
  peer_disconnect(&p);
  await_connections(s, 0);
  assert_int_equal(s->watch.opened, s->watch.closed);
}

/* ------------------------------------------------------------------------------------------------------- timers */

static void a_silent_peer_is_pinged_and_stays_when_it_answers(void **state) {
  test_server *s = *state;
  s->options.ping_interval_ms = 20;
  s->options.pong_timeout_ms = 5000;
  start_server(s);
  received got;
  peer p;
  peer_open(&p, s->port, "/ws");
  for (int i = 0; i < 3; i++) {
    assert_true(peer_receive(&p, &got));
    assert_int_equal(got.opcode, EW_FRAME_PING);
    peer_frame(&p, true, EW_FRAME_PONG, got.payload, got.size);
  }
  peer_text(&p, "echo alive");
  do {
    assert_true(peer_receive(&p, &got));
  } while (got.opcode == EW_FRAME_PING);
  assert_string_equal(got.payload, "alive");
  peer_disconnect(&p);
}

static void a_peer_that_does_not_answer_a_ping_is_left(void **state) {
  test_server *s = *state;
  s->options.ping_interval_ms = 20;
  s->options.pong_timeout_ms = 20;
  start_server(s);
  received got;
  peer p;
  peer_open(&p, s->port, "/ws");
  assert_true(peer_receive(&p, &got));
  assert_int_equal(got.opcode, EW_FRAME_PING);
  assert_false(peer_receive(&p, &got));
  await_count(&s->watch.closed, 1);
  assert_true(has_note(s, "no answer to a ping"));
  peer_disconnect(&p);
}

static void a_service_is_ticked_at_its_deadline(void **state) {
  test_server *s = *state;
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_text(&p, "later 100000");
  peer_text(&p, "later 20"); /* an earlier one takes its place */
  expect_text(&p, "tick");
  peer_text(&p, "later 0");
  expect_text(&p, "tick");
  peer_disconnect(&p);
}

/* -------------------------------------------------------------------------------------------------------- stop */

static void stopping_sends_what_is_queued_and_then_1001(void **state) {
  test_server *s = *state;
  received got;
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_text(&p, "flood 60 60000"); /* more than the socket takes */
  await_count(&s->watch.received, 1);
  ew_server_stop(s->server);
  for (int i = 0; i < 60; i++) {
    assert_true(peer_receive(&p, &got));
    assert_int_equal(got.size, 60000);
  }
  expect_close(&p, EW_CLOSE_GOING_AWAY);
  peer_frame(&p, true, EW_FRAME_CLOSE, "\x03\xe9", 2);
  peer_disconnect(&p);
  stop_server(s);
  assert_int_equal(s->result, EW_OK);
  assert_int_equal(s->watch.closed, 1);
}

static void stopping_does_not_wait_for_a_reader_that_does_not_read(void **state) {
  test_server *s = *state;
  s->options.drain_timeout_ms = 50;
  start_server(s);
  peer p;
  peer_open(&p, s->port, "/ws");
  peer_text(&p, "flood 60 60000");
  await_count(&s->watch.received, 1);
  stop_server(s);
  assert_int_equal(s->result, EW_OK);
  peer_disconnect(&p);
}

static void stopping_closes_the_ports_first_and_may_be_asked_for_twice(void **state) {
  test_server *s = *state;
  peer p;
  peer_open(&p, s->port, "/ws");
  assert_true(is_listening(s->port));
  ew_server_stop(s->server);
  ew_server_stop(s->server);
  expect_close(&p, EW_CLOSE_GOING_AWAY);
  assert_false(is_listening(s->port));
  assert_false(is_listening(s->admin_port));
  peer_disconnect(&p);
}

static void a_stop_before_the_run_ends_it_at_once(void **state) {
  (void)state;
  ew_server *server;
  assert_int_equal(ew_server_new(&server, NULL, NULL), EW_OK);
  ew_server_stop(server);
  assert_int_equal(ew_server_run(server), EW_OK);
  assert_int_equal(ew_server_run(server), EW_ERR_STATE);
  ew_server_free(server);
}

static void a_server_that_never_ran_is_freed_whole(void **state) {
  (void)state;
  ew_server *server;
  fake_watch watch = {0};
  assert_int_equal(ew_server_new(&server, NULL, NULL), EW_OK);
  assert_int_equal(ew__server_add(server, &(ew_listen){NULL, 0, NULL, NULL}, "fake", fake_service_new, &(fake_options){.watch = &watch}, NULL),
                   EW_OK);
  ew_server_free(server);
  ew_server_free(NULL);
}

static void sessions_end_with_the_server(void **state) {
  test_server *s = *state;
  s->options.drain_timeout_ms = 1;
  start_server(s);
  peer p[10];
  for (size_t i = 0; i < 10; i++) {
    peer_open(&p[i], s->port, "/ws");
  }
  free_server(s);
  assert_int_equal(s->watch.closed, 10);
  for (size_t i = 0; i < 10; i++) {
    peer_disconnect(&p[i]);
  }
  start_server(s); /* for teardown */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_running, teardown)
#define TEST_WITH_OPTIONS(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(text_binary_and_empty_messages_arrive_as_what_they_are),
      TEST(a_message_in_pieces_of_any_size_arrives_whole),
      TEST(a_message_that_drips_in_byte_by_byte_arrives_whole),
      TEST(a_ping_between_fragments_is_answered_and_does_not_disturb),
      TEST(a_message_of_just_the_limit_is_taken),
      TEST(a_declared_length_over_the_limit_is_refused_before_it_comes),
      TEST(fragments_that_sum_up_over_the_limit_are_refused),
      TEST(more_than_1024_fragments_are_refused),
      TEST(many_messages_leave_in_order_and_whole),
      TEST(messages_around_the_size_of_one_write_arrive),
      TEST_WITH_OPTIONS(a_slow_reader_is_closed_with_1013_and_others_do_not_notice),
      TEST_WITH_OPTIONS(a_reader_that_stops_reading_is_given_up),
      TEST_WITH_OPTIONS(an_end_does_not_wait_for_ever_for_what_cannot_leave),
      TEST_WITH_OPTIONS(a_message_larger_than_the_queue_is_sent_when_the_queue_is_empty),
      TEST(a_session_closed_by_the_service_sees_code_reason_and_end),
      TEST(a_dropped_session_gets_what_was_said_and_then_the_end_of_tcp),
      TEST(a_dropped_peer_that_does_not_end_is_left_after_a_while),
      TEST(the_first_end_asked_for_wins),
      TEST(a_peer_that_closes_gets_its_code_back),
      TEST(nothing_is_received_after_the_service_has_closed),
      TEST(one_session_may_end_all_others),
      TEST(a_peer_that_vanishes_ends_its_session),
      TEST(any_bytes_leave_the_server_standing),
      TEST_WITH_OPTIONS(a_silent_peer_is_pinged_and_stays_when_it_answers),
      TEST_WITH_OPTIONS(a_peer_that_does_not_answer_a_ping_is_left),
      TEST(a_service_is_ticked_at_its_deadline),
      TEST(stopping_sends_what_is_queued_and_then_1001),
      TEST_WITH_OPTIONS(stopping_does_not_wait_for_a_reader_that_does_not_read),
      TEST(stopping_closes_the_ports_first_and_may_be_asked_for_twice),
      cmocka_unit_test(a_stop_before_the_run_ends_it_at_once),
      cmocka_unit_test(a_server_that_never_ran_is_freed_whole),
      TEST_WITH_OPTIONS(sessions_end_with_the_server),
  };
  return cmocka_run_group_tests_name("server_session", tests, NULL, NULL);
}
