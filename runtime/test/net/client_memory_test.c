/*
 * Every allocation of frames, URLs, socket and client fails once: whatever happens then, nothing crashes, hangs or leaks, and the next
 * attempt works. Linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc.
 */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../../src/net/client_internal.h"
#include "../../src/protocol/subscriber_internal.h"
#include "test_server.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

/* Of one thread: the server's and libuv's allocate in peace. */
static _Thread_local struct {
  bool on;
  unsigned count;    /* allocations since the scenario began */
  unsigned fails_at; /* the one that fails, from 1 */
} faults;

static bool is_failing(void) { return faults.on && ++faults.count == faults.fails_at; }

void *__wrap_malloc(size_t size) { return is_failing() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return is_failing() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *block, size_t size) { return is_failing() ? NULL : __real_realloc(block, size); }

/* Plays the scenario with each allocation failing, then once without; it returns EW_OK exactly when nothing failed. */
static void fail_each_allocation(ew_err (*scenario)(void *ctx), void *ctx) {
  for (unsigned i = 1;; i++) {
    faults.count = 0;
    faults.fails_at = i;
    faults.on = true;
    ew_err err = scenario(ctx);
    faults.on = false;
    if (faults.count < i) {
      assert_int_equal(err, EW_OK);
      assert_true(i > 1);
      return;
    }
    assert_int_not_equal(err, EW_OK);
  }
}

/* -------------------------------------------------------------------------------------------------------- frames */

static ew_err read_frames(void *ctx) {
  char bytes[] = "\x01\x03" "abc" "\x89\x00" "\x80\x03" "def" "\x81\x7e\x10\x00";
  static char filler[4096];
  ew_frame_reader *reader = NULL;
  ew_frame_result result;
  unsigned messages = 0;
  (void)ctx;
  ew_err err = ew_frame_reader_new(&reader, EW_FRAME_FROM_SERVER, NULL);
  for (size_t at = 0; err == EW_OK && at < sizeof(bytes) - 1; at += result.consumed) {
    err = ew_frame_reader_feed(reader, bytes + at, sizeof(bytes) - 1 - at, &result);
    messages += result.event == EW_FRAME_MESSAGE;
  }
  if (err == EW_OK) {
    err = ew_frame_reader_feed(reader, filler, sizeof(filler), &result);
    messages += result.event == EW_FRAME_MESSAGE;
  }
  ew_frame_reader_free(reader);
  assert_true(err != EW_OK || messages == 2);
  return err;
}

static void frames_survive_every_failing_allocation(void **state) {
  (void)state;
  fail_each_allocation(read_frames, NULL);
}

static void reading_goes_on_where_memory_was_missing(void **state) {
  (void)state;
  char bytes[] = "\x81\x03" "abc";
  ew_frame_reader *reader = NULL;
  ew_frame_result result;
  assert_int_equal(ew_frame_reader_new(&reader, EW_FRAME_FROM_SERVER, NULL), EW_OK);
  faults.count = 0;
  faults.fails_at = 1;
  faults.on = true;
  assert_int_equal(ew_frame_reader_feed(reader, bytes, 5, &result), EW_ERR_NOMEM);
  faults.on = false;
  assert_int_equal(ew_frame_reader_feed(reader, bytes + result.consumed, 5 - result.consumed, &result), EW_OK);
  assert_int_equal(result.event, EW_FRAME_MESSAGE);
  assert_memory_equal(result.payload, "abc", 3);
  ew_frame_reader_free(reader);
}

/* ------------------------------------------------------------------------------------------------------- a server */

/* A POST is answered with the path of a socket; a socket gets two messages, one in fragments, and what it says is awaited. */
static void serve(test_peer *peer, unsigned number, void *ctx) {
  char head[8192], text[256];
  size_t len = 0;
  (void)number;
  (void)ctx;
  if (!test_peer_head_or_accept(peer, head, sizeof(head))) {
    (void)test_peer_print(peer, "HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\n/ws");
    return;
  }
  (void)test_peer_receive(peer, text, sizeof(text), &len);
  (void)test_peer_write(peer, "\x01\x03" "eve" "\x80\x02" "nt" "\x88\x02\x03\xe8", 13);
  (void)test_peer_drain(peer);
}

static const char *url_of(const test_server *server, const char *target) {
  static char url[100];
  (void)snprintf(url, sizeof(url), "ws://me:secret@127.0.0.1:%u%s", (unsigned)test_server_port(server), target);
  return url;
}

/* ------------------------------------------------------------------------------------------------------- a socket */

static ew_err use_socket(void *ctx) {
  const char *headers[] = {"X-One: 1", NULL};
  ew_socket_options options = {.url = url_of(ctx, "/ws"), .headers = headers};
  ew_socket *ws = NULL;
  ew_frame_result result;
  ew_err err = ew_socket_connect(&ws, &options, NULL, NULL, NULL);
  if (err == EW_OK) {
    err = ew_socket_send(ws, EW_FRAME_TEXT, EW_STR("hello"));
  }
  if (err == EW_OK) {
    err = ew_socket_receive(ws, 10000, false, &result);
  }
  ew_socket_free(ws);
  return err;
}

static ew_err use_http(void *ctx) {
  char block[16];
  ew_buf answer;
  ew_buf_init(&answer, block, sizeof(block));
  return ew_http_call("POST", url_of(ctx, "/session"), NULL, EW_STR("{}"), NULL, 0, NULL, &answer, NULL);
}

static void socket_and_http_survive_every_failing_allocation(void **state) {
  (void)state;
  test_server *server = test_server_start(serve, NULL, NULL);
  fail_each_allocation(use_socket, server);
  fail_each_allocation(use_http, server);
  test_server_stop(server);
}

/* ------------------------------------------------------------------------------------------------------- a client */

typedef struct tiny_subscriber {
  ew_subscriber base; /* first */
  bool said_hello;
} tiny_subscriber;

static const ew_document TINY_DOCUMENT = {.name = "tiny", .limits = {.max_bytes = 1000}};

/* The test's own memory is not on trial. */
static tiny_subscriber the_subscriber;

static void tiny_free(ew_subscriber *base) { (void)base; }

static ew_err tiny_connect(ew_subscriber *base, ew_str url_path, ew_request *request) {
  (void)base;
  *request = (ew_request){.method = "POST", .target = url_path, .header_count = 1};
  request->headers[0] = (ew_http_header){EW_STR("x-tiny"), EW_STR("1")};
  return EW_OK;
}

static ew_err tiny_answer(ew_subscriber *base, int status, ew_str body, ew_request *next, ew_diag *diag) {
  (void)base;
  (void)diag;
  *next = (ew_request){.upgrade = true, .method = "GET", .target = EW_STR("/ws")};
  return status == 201 && body.len == 3 ? EW_OK : EW_ERR_REFUSED;
}

static void tiny_open(ew_subscriber *base, uint64_t now) {
  (void)now;
  the_subscriber.said_hello = ew__subscriber_send(base, EW_STR("hello")) == EW_OK;
}

static void tiny_receive(ew_subscriber *base, ew_opcode opcode, ew_str message, uint64_t now) {
  ew_delivery delivery = {.id = message, .count = 1};
  (void)opcode;
  (void)now;
  (void)ew__subscriber_event(base, &delivery);
}

static const ew__subscriber_ops TINY_OPS = {&TINY_DOCUMENT, tiny_free, tiny_connect, tiny_answer, tiny_open, tiny_receive, NULL};

static ew_err make_tiny(ew_subscriber **out, const ew_subscriber_options *opts, const ew_subscriber_host *host) {
  (void)opts;
  the_subscriber.base = (ew_subscriber){.ops = &TINY_OPS, .host = *host};
  *out = &the_subscriber.base;
  return EW_OK;
}

static bool count_event(void *ctx, const ew_delivery *delivery) {
  unsigned *events = ctx;
  (void)delivery;
  (*events)++;
  return true;
}

static ew_err use_client(void *ctx) {
  unsigned events = 0;
  const char *headers[] = {"X-One: 1", NULL};
  ew_client_options options = {.url = url_of(ctx, "/session"), .headers = headers, .no_reconnect = true, .ctx = &events, .event = count_event};
  options.ping_interval_ms = 1000; /* what the server takes for an answer where the hello was lost */
  ew_client *client = NULL;
  the_subscriber.said_hello = false;
  ew_err err = ew__client_new(&client, &options, make_tiny, NULL);
  if (err != EW_OK) {
    return err;
  }
  err = ew_client_run(client);
  ew_client_free(client);
  /* a hello without memory is the subscriber's loss, not the connection's */
  return err == EW_ERR_CLOSED && events == 1 && the_subscriber.said_hello ? EW_OK : EW_ERR_NOMEM;
}

static void the_client_survives_every_failing_allocation(void **state) {
  (void)state;
  test_server *server = test_server_start(serve, NULL, NULL);
  fail_each_allocation(use_client, server);
  test_server_stop(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(frames_survive_every_failing_allocation),
      cmocka_unit_test(reading_goes_on_where_memory_was_missing),
      cmocka_unit_test(socket_and_http_survive_every_failing_allocation),
      cmocka_unit_test(the_client_survives_every_failing_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
