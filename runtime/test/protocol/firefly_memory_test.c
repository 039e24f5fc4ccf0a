/*
 * Every allocation of a whole session fails in turn: nothing crashes, leaks or hangs, and the
 * service can be freed. The linker puts the functions below in the place of malloc, calloc and
 * realloc (-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "eventwire/protocol.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static size_t until_failure; /* allocations that still succeed; SIZE_MAX: all */

static bool fails(void) {
  if (until_failure == SIZE_MAX) {
    return false;
  }
  if (until_failure == 0) {
    until_failure = SIZE_MAX;
    return true;
  }
  until_failure--;
  return false;
}

void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) {
  return fails() ? NULL : __real_calloc(count, size);
}
void *__wrap_realloc(void *block, size_t size) {
  return fails() ? NULL : __real_realloc(block, size);
}

/* ---------------------------------------------------------------------------------- a host without allocations */

#define EVENTS 12u
#define QUESTIONS 64u

typedef struct question {
  bool is_position;
  uint64_t after;
  uint32_t limit;
  uint64_t token;
} question;

typedef struct world {
  ew_service *service;
  ew_session *session; /* NULL when it is closed */
  bool ending;
  question questions[QUESTIONS];
  size_t asked, answered;
  size_t sent;
  uint64_t published;
  uint64_t now;
  uint8_t random;
  char id[40]; /* of the last message */
} world;

static ew_err on_send(void *ctx, void *connection, ew_str message) {
  world *w = ctx;
  static const char batch[] = "{\"type\":\"event_batch\",\"id\":\"";
  static const char event[] = "{\"id\":\"";
  (void)connection;
  w->sent++;
  for (size_t i = 0; i < 2; i++) {
    const char *start = i == 0 ? batch : event;
    size_t len = strlen(start);
    if (message.len > len + 36 && memcmp(message.ptr, start, len) == 0) {
      memcpy(w->id, message.ptr + len, 36);
      break;
    }
  }
  return EW_OK;
}

static void on_close(void *ctx, void *connection, uint16_t code, ew_str reason) {
  (void)connection;
  (void)code;
  (void)reason;
  ((world *)ctx)->ending = true;
}

static void on_drop(void *ctx, void *connection) {
  (void)connection;
  ((world *)ctx)->ending = true;
}

static ew_err ask(world *w, question q) {
  if (w->asked == QUESTIONS) {
    return EW_ERR_QUEUE_FULL;
  }
  w->questions[w->asked++] = q;
  return EW_OK;
}

static ew_err on_read(void *ctx, ew_str stream, uint64_t after, uint32_t limit, uint64_t token) {
  (void)stream;
  return ask(ctx, (question){false, after, limit, token});
}

static ew_err on_position(void *ctx, ew_str stream, ew_str cursor, uint64_t token) {
  (void)stream;
  (void)cursor;
  return ask(ctx, (question){true, 0, 0, token});
}

static void on_commit(void *ctx, ew_str cursor, uint64_t sequence) {
  (void)ctx;
  (void)cursor;
  (void)sequence;
}

static void on_store(void *ctx, ew_str key, ew_str value) {
  (void)ctx;
  (void)key;
  (void)value;
}

static void on_random(void *ctx, void *bytes, size_t size) {
  world *w = ctx;
  memset(bytes, w->random++, size);
}

static uint64_t on_wall_clock(void *ctx) { return ((const world *)ctx)->now; }

static const ew_str event_text = EW_STR_INIT("{\"type\":\"message_confirmed\",\"topic\":\"\\u0041\"}");

static void answer_read(world *w, const question *q) {
  ew_logged events[EVENTS];
  size_t count = 0;
  for (uint64_t s = q->after + 1; s <= w->published && count < q->limit; s++) {
    events[count++] = (ew_logged){s, event_text};
  }
  ew_service_events(w->service, q->token, EW_OK, events, count, w->now);
}

static void settle(world *w) {
  while (w->answered < w->asked) {
    question q = w->questions[w->answered++];
    if (w->answered == w->asked) {
      w->answered = w->asked = 0;
    }
    if (q.is_position) {
      ew_service_position(w->service, q.token, EW_OK, w->published, false, 0, w->now);
    } else {
      answer_read(w, &q);
    }
  }
  if (w->ending && w->session != NULL) {
    ew_session *session = w->session;
    w->session = NULL;
    ew_service_close(session, w->now);
  }
}

static void wait_ms(world *w, uint64_t ms) {
  uint64_t end = w->now + ms;
  while (ew_service_deadline(w->service) <= end) {
    uint64_t deadline = ew_service_deadline(w->service);
    w->now = deadline > w->now ? deadline : w->now;
    ew_service_tick(w->service, w->now);
    settle(w);
  }
  w->now = end;
}

/* ----------------------------------------------------------------------------------------------- the session */

static void publish(world *w) {
  const ew_logged event = {++w->published, event_text};
  char name[64];
  ew_buf stream;
  ew_buf_init(&stream, name, sizeof(name));
  (void)!ew_service_check(w->service, EW_STR("ns1"), event_text, &stream, NULL);
  ew_service_publish(w->service, EW_STR("firefly/ns1"), &event, w->now);
  settle(w);
}

static void http(world *w, const char *method, const char *path, const char *body) {
  static char block[65536];
  const ew_http_header header = {EW_STR("content-type"), EW_STR("application/json")};
  const ew_http_request request = {.method = ew_str_of(method),
                                   .path = ew_str_of(path),
                                   .headers = &header,
                                   .header_count = 1,
                                   .body = ew_str_of(body)};
  ew_http_response response = {.status = 0};
  ew_buf_init(&response.body, block, sizeof(block));
  ew_service_http(w->service, &request, &response, w->now);
  assert_true(response.status >= 200 && response.status <= 500);
  settle(w);
}

static void open_session(world *w, const char *query) {
  const ew_http_request request = {
      .method = EW_STR("GET"), .path = EW_STR("/ws"), .query = ew_str_of(query), .upgrade = true};
  w->ending = false;
  w->session = ew_service_open(w->service, &request, w, w->now);
  settle(w);
}

static void receive(world *w, const char *text) {
  if (w->session != NULL) {
    ew_service_receive(w->session, EW_TEXT, ew_str_of(text), w->now);
    settle(w);
  }
}

static void close_session(world *w) {
  w->ending = true;
  settle(w);
}

static void acknowledge(world *w) {
  char text[128] = "{\"type\":\"ack\",\"id\":\"";
  size_t len = strlen(text);
  memcpy(text + len, w->id, 36);
  memcpy(text + len + 36, "\"}", 3);
  receive(w, text);
}

static void play(world *w) {
  http(w, "POST", "/api/v1/namespaces/ns1/subscriptions",
       "{\"name\":\"a\",\"options\":{\"readAhead\":7,\"batch\":true}}");
  http(w, "PUT", "/api/v1/namespaces/ns1/subscriptions",
       "{\"name\":\"a\",\"options\":{\"readAhead\":3,\"batch\":true}}");
  open_session(w, "");
  receive(w, "{\"type\":\"start\",\"namespace\":\"ns1\",\"name\":\"\\u0061\"}");
  for (int i = 0; i < 4; i++) {
    publish(w);
  }
  acknowledge(w);
  wait_ms(w, 5000);
  close_session(w);
  open_session(w, "ephemeral&namespace=ns1");
  publish(w);
  receive(w, "{\"type\":\"ack\"}");
  http(w, "GET", "/api/v1/namespaces/ns1/websockets", "");
  http(w, "GET", "/api/v1/namespaces/ns1/subscriptions", "");
  receive(w, "{\"type\":\"start\"}");
  close_session(w);
}

static void run(world *w) {
  static const ew_str ns = EW_STR_INIT("ns1");
  const ew_firefly_service_options opts = {.namespaces = &ns, .namespace_count = 1};
  const ew_host host = {.ctx = w,
                        .send = on_send,
                        .close = on_close,
                        .drop = on_drop,
                        .read = on_read,
                        .position = on_position,
                        .commit = on_commit,
                        .store = on_store,
                        .random = on_random,
                        .wall_clock_ms = on_wall_clock};
  if (ew_firefly_service_new(&w->service, &opts, &host) != EW_OK) {
    return;
  }
  wait_ms(w, 0);
  play(w);
  ew_service_free(w->service);
}

static void any_allocation_may_fail(void **state) {
  (void)state;
  static world w;
  size_t n = 0;
  bool failed = true;
  for (; failed; n++) {
    w = (world){.now = 1000};
    until_failure = n;
    run(&w);
    failed = until_failure == SIZE_MAX;
    until_failure = SIZE_MAX;
  }
  assert_true(n > 30);
  /* nothing failed in the last round: two batches, an event, an error */
  assert_int_equal(w.sent, 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(any_allocation_may_fail)};
  until_failure = SIZE_MAX;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
