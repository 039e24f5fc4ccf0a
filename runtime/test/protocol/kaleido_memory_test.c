/*
 * Every allocation is made to fail in turn, once alone and once with all that follow. Nothing may
 * crash or leak, and when there is memory again, everything that was published still arrives.
 *
 * Linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc. The host here allocates nothing.
 */
#include "kaleido_support.h"

#include <stdlib.h>

/* ---------------------------------------------------------------------------------------- failing allocators */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

enum { NEVER = -1 };

static struct {
  int left;     /* allocations that still succeed, NEVER for all */
  bool for_good; /* all later ones fail too */
  bool failed;
} plan = {NEVER, false, false};

static bool must_fail(void) {
  if (plan.left == NEVER) {
    return false;
  }
  if (plan.left > 0) {
    plan.left--;
    return false;
  }
  plan.failed = true;
  plan.left = plan.for_good ? 0 : NEVER;
  return true;
}

void *__wrap_malloc(size_t size) { return must_fail() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) {
  return must_fail() ? NULL : __real_calloc(count, size);
}
void *__wrap_realloc(void *block, size_t size) {
  return must_fail() ? NULL : __real_realloc(block, size);
}

static void fail_after(int successes, bool for_good) {
  plan.left = successes;
  plan.for_good = for_good;
  plan.failed = false;
}

static void have_memory(void) { plan.left = NEVER; }

/* ------------------------------------------------------------------------------------------------- the host */

static const char *const events[] = {EVENT(1), EVENT(2), EVENT(3), EVENT(4)};
enum { EVENTS = sizeof(events) / sizeof(events[0]) };

typedef struct fake {
  ew_service *service;
  ew_session *session;
  bool ended;       /* the service gave the connection up */
  bool has_question, is_position;
  uint64_t token, after;
  uint32_t limit;
  uint64_t cursor;
  uint64_t published;
  uint64_t now;
  unsigned sent, delivered, refused, bad;
} fake;

static ew_err on_send(void *ctx, void *connection, ew_str message) {
  (void)connection;
  (void)message;
  ((fake *)ctx)->sent++;
  return EW_OK;
}

static void on_drop(void *ctx, void *connection) {
  (void)connection;
  ((fake *)ctx)->ended = true;
}

static void on_close(void *ctx, void *connection, uint16_t code, ew_str reason) {
  (void)code;
  (void)reason;
  on_drop(ctx, connection);
}

static ew_err on_read(void *ctx, ew_str stream, uint64_t after, uint32_t limit, uint64_t token) {
  (void)stream;
  fake *f = ctx;
  f->has_question = true;
  f->is_position = false;
  f->after = after;
  f->limit = limit;
  f->token = token;
  return EW_OK;
}

static ew_err on_position(void *ctx, ew_str stream, ew_str cursor, uint64_t token) {
  (void)stream;
  (void)cursor;
  fake *f = ctx;
  f->has_question = true;
  f->is_position = true;
  f->token = token;
  return EW_OK;
}

static void on_commit(void *ctx, ew_str cursor, uint64_t sequence) {
  (void)cursor;
  ((fake *)ctx)->cursor = sequence;
}

static void on_random(void *ctx, void *bytes, size_t size) {
  (void)ctx;
  memset(bytes, 7, size);
}

static ew_host host_of(fake *f) {
  return (ew_host){.ctx = f,
                   .send = on_send,
                   .close = on_close,
                   .drop = on_drop,
                   .read = on_read,
                   .position = on_position,
                   .commit = on_commit,
                   .random = on_random};
}

static void answer_question(fake *f) {
  f->has_question = false;
  if (f->is_position) {
    ew_service_position(f->service, f->token, EW_OK, f->published, f->cursor > 0, f->cursor,
                        f->now);
    return;
  }
  ew_logged logged[EVENTS];
  size_t count = 0;
  for (uint64_t i = f->after; i < f->published && count < f->limit; i++) {
    logged[count++] = (ew_logged){i + 1, ew_str_of(events[i])};
  }
  ew_service_events(f->service, f->token, EW_OK, logged, count, f->now);
}

static void settle(fake *f) {
  while (f->has_question) {
    answer_question(f);
  }
  if (f->ended && f->session != NULL) {
    ew_session *session = f->session;
    f->session = NULL;
    ew_service_close(session, f->now);
  }
}

static void say_to(fake *f, const char *message) {
  if (f->session != NULL) {
    ew_service_receive(f->session, EW_TEXT, ew_str_of(message), f->now);
    settle(f);
  }
}

static void pass(fake *f, uint64_t ms) {
  f->now += ms;
  ew_service_tick(f->service, f->now);
  settle(f);
}

static void open_session(fake *f) {
  static const ew_http_request request = {
      .method = EW_STR_INIT("GET"), .path = EW_STR_INIT("/ws"), .upgrade = true};
  f->ended = false;
  f->session = ew_service_open(f->service, &request, f, f->now);
  say_to(f, "{\"type\":\"l\\u0069sten\",\"topic\":\"t\"}");
}

static void publish_one(fake *f) {
  ew_logged event = {f->published + 1, ew_str_of(events[f->published])};
  f->published++;
  ew_service_publish(f->service, EW_STR("kaleido/t"), &event, f->now);
  settle(f);
}

/* ------------------------------------------------------------------------------------------------- scenarios */

static void deliver_the_rest(fake *f) {
  for (unsigned i = 0; i < 100 && f->cursor < EVENTS; i++) {
    if (f->session == NULL) {
      open_session(f);
    }
    pass(f, 1000);
    say_to(f, ACK("t"));
  }
  assert_int_equal(f->cursor, EVENTS);
}

static void serve(ew_manner manner, int successes, bool for_good) {
  ew_kaleido_service_options options = {
      .manner = manner, .batch_size = 2, .batch_timeout_ms = 10, .user = EW_STR("u")};
  fake f = {.now = 1000};
  ew_host host = host_of(&f);
  fail_after(successes, for_good);
  if (ew_kaleido_service_new(&f.service, &options, &host) != EW_OK) {
    have_memory();
    return;
  }
  open_session(&f);
  publish_one(&f);
  publish_one(&f);
  say_to(&f, ACK("t"));
  publish_one(&f);
  pass(&f, 10);
  say_to(&f, NACK("t"));
  publish_one(&f);
  have_memory();
  deliver_the_rest(&f);
  ew_service_free(f.service);
}

static void fail_each(ew_manner manner, bool for_good) {
  int successes = 0;
  do {
    serve(manner, successes++, for_good);
  } while (plan.failed);
  assert_true(successes > 10);
}

static void the_service_survives_any_failing_allocation(void **state) {
  (void)state;
  fail_each(EW_MANNER_COMPAT, false);
  fail_each(EW_MANNER_STRICT, false);
}

static void the_service_survives_a_time_without_memory(void **state) {
  (void)state;
  fail_each(EW_MANNER_COMPAT, true);
  fail_each(EW_MANNER_STRICT, true);
}

static ew_err on_client_send(void *ctx, ew_str message) { return on_send(ctx, NULL, message); }

static bool on_event(void *ctx, const ew_delivery *delivery) {
  (void)delivery;
  ((fake *)ctx)->delivered++;
  return true;
}

static void on_bad(void *ctx, const ew_diag *diag, ew_str message) {
  (void)message;
  assert_int_equal(diag->err, EW_ERR_NOMEM);
  ((fake *)ctx)->bad++;
}

static void subscribe(int successes, bool for_good) {
  fake f = {.now = 1000};
  ew_subscriber_host host = {
      .ctx = &f, .send = on_client_send, .event = on_event, .bad_message = on_bad};
  ew_subscriber_options options = {
      .protocol = "kaleido", .topic = EW_STR("t"), .user = EW_STR("u"), .replies = true};
  ew_subscriber *subscriber;
  ew_request request;
  fail_after(successes, for_good);
  if (ew_subscriber_new(&subscriber, &options, &host) != EW_OK) {
    have_memory();
    return;
  }
  (void)!ew_subscriber_connect(subscriber, EW_STR(""), &request);
  ew_subscriber_open(subscriber, f.now);
  ew_subscriber_receive(subscriber, EW_TEXT, EW_STR("[" EVENT(1) "," EVENT(2) "]"), f.now);
  assert_int_equal(f.delivered, f.bad == 0 ? 2 : 0);
  have_memory();
  f.delivered = 0;
  f.sent = 0;
  ew_subscriber_receive(subscriber, EW_TEXT, EW_STR("[" EVENT(1) "," EVENT(2) "]"), f.now);
  assert_int_equal(f.delivered, 2);
  assert_int_equal(f.sent, 1);
  ew_subscriber_free(subscriber);
}

static void the_subscriber_survives_any_failing_allocation(void **state) {
  (void)state;
  for (int for_good = 0; for_good <= 1; for_good++) {
    int successes = 0;
    do {
      subscribe(successes++, for_good == 1);
    } while (plan.failed);
    assert_true(successes > 5);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_service_survives_any_failing_allocation),
      cmocka_unit_test(the_service_survives_a_time_without_memory),
      cmocka_unit_test(the_subscriber_survives_any_failing_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
