/*
 * Our subscribers on our service, with chance deciding what happens next: events, refusals, lost
 * connections, restarts, time. Whatever happens, no event may be missed, none may come before its
 * predecessor was accepted, and no position may be committed that nobody has accepted.
 */
#include "kaleido_support.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINKS = 3, INBOX = 64, STEPS = 400, SEEDS = 25 };

typedef struct inbox {
  char *messages[INBOX];
  size_t count;
} inbox;

struct world;

/* One connection: a session and a subscriber, and what is on its way between them. */
typedef struct link {
  struct world *world;
  ew_session *session;
  ew_subscriber *subscriber;
  inbox to_client, to_server;
  bool ending;
} link;

typedef struct world {
  recorder r; /* for its log and clock */
  ew_host host;
  ew_kaleido_service_options options;
  link links[LINKS];
  unsigned published;
  unsigned accepted; /* events up to this one */
  bool calm;         /* nothing bad happens any more */
} world;

static unsigned chance(world *w, unsigned limit) {
  uint32_t number;
  w->r.host.random(&w->r, &number, sizeof(number));
  return number % limit;
}

/* -------------------------------------------------------------------------------------------------- inboxes */

static ew_err put(inbox *box, ew_str message) {
  assert_true(box->count < INBOX);
  char *copy = malloc((size_t)message.len + 1);
  assert_non_null(copy);
  memcpy(copy, message.ptr, message.len);
  copy[message.len] = '\0';
  box->messages[box->count++] = copy;
  return EW_OK;
}

static char *take(inbox *box) {
  char *message = box->messages[0];
  box->count--;
  memmove(box->messages, box->messages + 1, box->count * sizeof(box->messages[0]));
  return message;
}

static void empty(inbox *box) {
  while (box->count > 0) {
    free(take(box));
  }
}

/* ---------------------------------------------------------------------------------------------------- hosts */

static ew_err server_send(void *ctx, void *connection, ew_str message) {
  (void)ctx;
  return put(&((link *)connection)->to_client, message);
}

static void server_end(void *ctx, void *connection, uint16_t code, ew_str reason) {
  (void)ctx;
  (void)code;
  (void)reason;
  ((link *)connection)->ending = true;
}

static void server_drop(void *ctx, void *connection) { server_end(ctx, connection, 0, EW_STR("")); }

static ew_err client_send(void *ctx, ew_str message) {
  return put(&((link *)ctx)->to_server, message);
}

static unsigned number_of(const ew_delivery *delivery) {
  static const char name[] = "\"blockNumber\":\"";
  const char *at = strstr(delivery->event.json.ptr, name);
  assert_non_null(at);
  return (unsigned)strtoul(at + sizeof(name) - 1, NULL, 10);
}

static bool client_event(void *ctx, const ew_delivery *delivery) {
  world *w = ((link *)ctx)->world;
  unsigned number = number_of(delivery);
  assert_true(number <= w->accepted + 1);
  if (!w->calm && chance(w, 8) == 0) {
    return false;
  }
  w->accepted = number > w->accepted ? number : w->accepted;
  return true;
}

static void client_bad_message(void *ctx, const ew_diag *diag, ew_str message) {
  (void)ctx;
  (void)message;
  fail_msg("the subscriber does not understand the service: %s", ew_err_name(diag->err));
}

/* --------------------------------------------------------------------------------------------------- events */

static void open_link(world *w, link *l) {
  static const ew_http_request request = {
      .method = EW_STR_INIT("GET"), .path = EW_STR_INIT("/ws"), .upgrade = true};
  ew_subscriber_host host = {
      .ctx = l, .send = client_send, .event = client_event, .bad_message = client_bad_message};
  ew_subscriber_options options = {.protocol = "kaleido", .topic = EW_STR("t")};
  l->world = w;
  l->ending = false;
  assert_int_equal(ew_subscriber_new(&l->subscriber, &options, &host), EW_OK);
  l->session = ew_service_open(w->r.service, &request, l, w->r.now);
  assert_non_null(l->session);
  ew_subscriber_open(l->subscriber, w->r.now);
}

/* What was on its way is lost. */
static void close_link(world *w, link *l, bool tell_the_service) {
  if (l->session != NULL && tell_the_service) {
    ew_service_close(l->session, w->r.now);
  }
  ew_subscriber_free(l->subscriber);
  empty(&l->to_client);
  empty(&l->to_server);
  memset(l, 0, sizeof(*l));
}

static void publish_next(world *w) {
  char event[1024];
  w->published++;
  bool numbered = w->options.numbered_batches;
  snprintf(event, sizeof(event), "%s%u%s", numbered ? NUMBERED_HEAD : EVENT_HEAD, w->published,
           numbered ? NUMBERED_TAIL : EVENT_TAIL);
  publish(&w->r, "t", event);
}

static void carry_one(world *w, link *l) {
  bool up = l->to_server.count > 0 && (l->to_client.count == 0 || chance(w, 2) == 0);
  if (l->session == NULL || (!up && l->to_client.count == 0)) {
    return;
  }
  char *message = take(up ? &l->to_server : &l->to_client);
  if (up) {
    ew_service_receive(l->session, EW_TEXT, ew_str_of(message), w->r.now);
  } else {
    ew_subscriber_receive(l->subscriber, EW_TEXT, ew_str_of(message), w->r.now);
  }
  free(message);
  recorder_settle(&w->r);
}

static void restart(world *w) {
  for (unsigned i = 0; i < LINKS; i++) {
    close_link(w, &w->links[i], false);
  }
  recorder_restart(&w->r);
  ew_service *service;
  assert_int_equal(ew_kaleido_service_new(&service, &w->options, &w->host), EW_OK);
  recorder_attach(&w->r, service);
}

static void toggle(world *w, link *l) {
  if (l->session == NULL) {
    open_link(w, l);
  } else if (!w->calm && chance(w, 4) == 0) {
    close_link(w, l, true);
  }
}

static void step(world *w) {
  link *l = &w->links[chance(w, LINKS)];
  unsigned what = chance(w, 100);
  if (what < 20 && !w->calm) {
    publish_next(w);
  } else if (what < 30) {
    toggle(w, l);
  } else if (what < 32 && !w->calm) {
    restart(w);
  } else if (what < 45) {
    recorder_advance(&w->r, chance(w, 4) == 0 ? chance(w, 3000) : chance(w, 20));
  } else {
    carry_one(w, l);
  }
  for (unsigned i = 0; i < LINKS; i++) {
    assert_false(w->links[i].ending);
  }
  uint64_t cursor = recorder_cursor(&w->r, "kaleido/t");
  assert_true(cursor == UINT64_MAX || cursor <= w->accepted);
}

static void run(ew_kaleido_service_options options, unsigned seed) {
  world *w = calloc(1, sizeof(*w));
  assert_non_null(w);
  recorder_init(&w->r);
  w->r.quiet |= RECORDER_QUIET_LOG;
  w->r.random_state = seed * 7919u;
  w->options = options;
  w->host = w->r.host;
  w->host.send = server_send;
  w->host.close = server_end;
  w->host.drop = server_drop;
  restart(w);
  for (unsigned i = 0; i < STEPS; i++) {
    step(w);
  }
  w->calm = true;
  for (unsigned i = 0; i < 200000 && recorder_cursor(&w->r, "kaleido/t") != w->published; i++) {
    step(w);
  }
  assert_true(w->published > 0);
  assert_int_equal(w->accepted, w->published);
  assert_int_equal(recorder_cursor(&w->r, "kaleido/t"), w->published);
  for (unsigned i = 0; i < LINKS; i++) {
    close_link(w, &w->links[i], true);
  }
  recorder_clear(&w->r);
  free(w);
}

static void run_all(ew_kaleido_service_options options) {
  options.manner = EW_MANNER_STRICT;
  options.blocked_retry_delay_ms = 500;
  for (unsigned seed = 1; seed <= SEEDS; seed++) {
    run(options, seed);
  }
}

static void single_events_arrive_whatever_happens(void **state) {
  (void)state;
  run_all((ew_kaleido_service_options){.batch_size = 1});
}

static void batches_arrive_whatever_happens(void **state) {
  (void)state;
  run_all((ew_kaleido_service_options){.batch_size = 4, .batch_timeout_ms = 30});
}

static void numbered_batches_arrive_whatever_happens(void **state) {
  (void)state;
  run_all((ew_kaleido_service_options){
      .batch_size = 3, .batch_timeout_ms = 10, .numbered_batches = true});
}

static void retried_batches_arrive_whatever_happens(void **state) {
  (void)state;
  run_all((ew_kaleido_service_options){
      .batch_size = 2, .batch_timeout_ms = 10, .retry_timeout_ms = 3000});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(single_events_arrive_whatever_happens),
      cmocka_unit_test(batches_arrive_whatever_happens),
      cmocka_unit_test(numbered_batches_arrive_whatever_happens),
      cmocka_unit_test(retried_batches_arrive_whatever_happens),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
