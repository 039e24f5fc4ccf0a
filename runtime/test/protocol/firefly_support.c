#include "firefly_support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

char subscription_id[40];
char batch_id[40];

const char *event_id(unsigned n) {
  static char id[40];
  snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012u", n);
  return id;
}

/* ------------------------------------------------------------------------------------ an engine of plain text */

static void *plain_compile(void *ctx, ew_str pattern, char *reason, size_t size) {
  (void)ctx;
  if (ew_str_equal(pattern, EW_STR("("))) {
    snprintf(reason, size, "error parsing regexp: missing closing ): `(`");
    return NULL;
  }
  char *copy = malloc((size_t)pattern.len + 1);
  assert_non_null(copy);
  memcpy(copy, pattern.ptr, pattern.len);
  copy[pattern.len] = '\0';
  return copy;
}

static bool plain_match(const void *program, ew_str text) {
  size_t len = strlen(program);
  for (size_t i = 0; i + len <= text.len; i++) {
    if (memcmp(text.ptr + i, program, len) == 0) {
      return true;
    }
  }
  return false;
}

static const ew_filter_engine plain = {NULL, plain_compile, plain_match, free};

/* ------------------------------------------------------------------------------------------------- service */

ew_firefly_service_options service_options(void) {
  static const ew_str namespaces[] = {EW_STR_INIT("ns1"), EW_STR_INIT("ns2")};
  return (ew_firefly_service_options){
      .namespaces = namespaces, .namespace_count = 2, .filters = &plain};
}

void service_start(recorder *r, const ew_firefly_service_options *opts) {
  ew_service *service;
  assert_int_equal(ew_firefly_service_new(&service, opts, &r->host), EW_OK);
  recorder_attach(r, service);
  recorder_advance(r, 0);
}

static int set_up(void **state, ew_manner manner) {
  recorder *r = malloc(sizeof(*r));
  assert_non_null(r);
  ew_firefly_service_options opts = service_options();
  opts.manner = manner;
  recorder_init(r);
  r->quiet |= RECORDER_QUIET_LOG;
  service_start(r, &opts);
  *state = r;
  return 0;
}

int setup(void **state) { return set_up(state, EW_MANNER_COMPAT); }
int setup_strict(void **state) { return set_up(state, EW_MANNER_STRICT); }

int teardown(void **state) {
  recorder_clear(*state);
  free(*state);
  return 0;
}

void open_socket(recorder *r, const char *name) {
  assert_int_equal(recorder_open(r, name, "/ws", NULL), 101);
}

void publish(recorder *r, unsigned first, unsigned last) {
  char event[256];
  for (unsigned n = first; n <= last; n++) {
    snprintf(event, sizeof(event),
             "{\"id\":\"%s\",\"type\":\"message_confirmed\",\"namespace\":\"ns1\",\"reference\":null,\"created\":null}",
             event_id(n));
    assert_int_equal(recorder_publish(r, "ns1", event), EW_OK);
  }
}

void start(recorder *r, const char *socket, const char *name) {
  char text[256];
  snprintf(text, sizeof(text), "{\"type\":\"start\",\"namespace\":\"ns1\",\"name\":\"%s\"}", name);
  recorder_receive(r, socket, text);
}

void start_ephemeral(recorder *r, const char *socket, const char *options) {
  char text[512];
  snprintf(text, sizeof(text),
           "{\"type\":\"start\",\"namespace\":\"ns1\",\"ephemeral\":true,\"options\":%s}", options);
  recorder_receive(r, socket, text);
}

void ack_text(recorder *r, const char *socket, const char *id) {
  char text[128];
  snprintf(text, sizeof(text), "{\"type\":\"ack\",\"id\":\"%s\"}", id);
  recorder_receive(r, socket, text);
}

void ack(recorder *r, const char *socket, unsigned event) { ack_text(r, socket, event_id(event)); }

int http(recorder *r, const char *method, const char *target, const char *body) {
  const recorder_request request = {
      .method = method,
      .target = target,
      .body = body,
      .headers = {body == NULL ? NULL : "content-type: application/json"}};
  int status = recorder_http(r, &request);
  recorder_settle(r);
  return status;
}

void make_subscription(recorder *r, const char *name, const char *options) {
  char body[512];
  ew_firefly_subscription made;
  static char memory[65536];
  ew_arena arena;
  snprintf(body, sizeof(body), "{\"name\":\"%s\",\"options\":%s}", name, options);
  assert_int_equal(http(r, "POST", "/api/v1/namespaces/ns1/subscriptions", body), 201);
  ew_arena_init(&arena, memory, sizeof(memory));
  assert_int_equal(
      ew_firefly_subscription_decode(ew_str_of(r->http_body), &arena, NULL, &made, NULL), EW_OK);
  snprintf(subscription_id, sizeof(subscription_id), "%.*s", EW_STR_ARG(made.id));
}

void own_open(recorder *r, own_peer *peer, const char *query) {
  const ew_http_request request = {
      .method = EW_STR("GET"), .path = EW_STR("/ws"), .query = ew_str_of(query), .upgrade = true};
  *peer = (own_peer){.name = "own"};
  peer->session = ew_service_open(r->service, &request, peer, r->now);
  assert_non_null(peer->session);
}

/* ---------------------------------------------------------------------------------------------- transcript */

char *transcript(const recorder *r) {
  char *copy = malloc(r->text_len + 1);
  assert_non_null(copy);
  memcpy(copy, r->text, r->text_len);
  copy[r->text_len] = '\0';
  return copy;
}

typedef struct summary {
  char text[4096];
  size_t len;
} summary;

static void add(summary *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(summary *s, const char *format, ...) {
  va_list args;
  va_start(args, format);
  int len = vsnprintf(s->text + s->len, sizeof(s->text) - s->len, format, args);
  va_end(args);
  assert_true(len >= 0 && s->len + (size_t)len < sizeof(s->text));
  s->len += (size_t)len;
}

static void add_event(summary *s, const ew_firefly_event *event) {
  snprintf(subscription_id, sizeof(subscription_id), "%.*s", EW_STR_ARG(event->subscription.id));
  add(s, "%s%" PRId64, s->len == 0 || s->text[s->len - 1] == '[' ? "" : " ", event->sequence);
}

static void add_batch(summary *s, const ew_firefly_event_batch *batch) {
  add(s, "%s[", s->len == 0 ? "" : " ");
  for (uint32_t i = 0; i < batch->events.count; i++) {
    assert_true(ew_firefly_subscription_ref_equal(&batch->events.items[i].subscription,
                                                  &batch->subscription));
    add_event(s, &batch->events.items[i]);
  }
  add(s, "]");
  snprintf(batch_id, sizeof(batch_id), "%.*s", EW_STR_ARG(batch->id));
}

/* A message as the recorder shows it: with \n for its last byte. */
static void add_message(summary *s, const char *text, size_t len) {
  static char memory[1 << 20];
  ew_firefly_server_message message;
  ew_arena arena;
  ew_diag diag;
  assert_true(len > 2 && memcmp(text + len - 2, "\\n", 2) == 0);
  ew_arena_init(&arena, memory, sizeof(memory));
  ew_err err =
      ew_firefly_server_message_decode(ew_str_from(text, len - 2), &arena, NULL, &message, &diag);
  if (err != EW_OK) {
    fail_msg("%s at %s: %.*s", ew_err_name(err), diag.pointer, (int)len, text);
  }
  if (message.kind == EW_FIREFLY_SERVER_MESSAGE_EVENT) {
    add_event(s, &message.event);
  } else if (message.kind == EW_FIREFLY_SERVER_MESSAGE_EVENT_BATCH) {
    add_batch(s, &message.event_batch);
  } else {
    add(s, "%s'%.*s'", s->len == 0 ? "" : " ", EW_STR_ARG(message.protocol_error.error));
  }
}

static bool take_prefix(const char *line, size_t len, const char *word, const char *socket,
                        const char **rest) {
  char prefix[64];
  int n = snprintf(prefix, sizeof(prefix), "%s %s", word, socket);
  bool same = len >= (size_t)n && memcmp(line, prefix, (size_t)n) == 0 &&
              (len == (size_t)n || line[n] == ' ');
  *rest = same ? line + n + (len > (size_t)n ? 1 : 0) : NULL;
  return same;
}

/* Whether the line belongs to the socket; then it is in the summary. */
static bool take_line(summary *s, const char *line, size_t len, const char *socket) {
  const char *rest;
  if (take_prefix(line, len, "send", socket, &rest)) {
    add_message(s, rest, len - (size_t)(rest - line));
  } else if (take_prefix(line, len, "drop", socket, &rest)) {
    add(s, "%sdrop", s->len == 0 ? "" : " ");
  } else if (take_prefix(line, len, "close", socket, &rest)) {
    add(s, "%sclose %.4s", s->len == 0 ? "" : " ", rest);
  } else {
    return false;
  }
  return true;
}

void expect_at(recorder *r, const char *socket, const char *text, const char *file, int line) {
  summary s = {.len = 0, .text = ""};
  size_t kept = 0;
  size_t at = 0;
  while (at < r->text_len) {
    const char *end = memchr(r->text + at, '\n', r->text_len - at);
    assert_non_null(end);
    size_t len = (size_t)(end - r->text) - at;
    if (!take_line(&s, r->text + at, len, socket)) {
      memmove(r->text + kept, r->text + at, len + 1);
      kept += len + 1;
    }
    at += len + 1;
  }
  r->text_len = kept;
  if (r->text != NULL) {
    r->text[kept] = '\0';
  }
  if (strcmp(s.text, text) != 0) {
    print_error("expected: %s\nhappened: %s\n", text, s.text);
    _fail(file, line);
  }
}
