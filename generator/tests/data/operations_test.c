/*
 * Runs what the generator makes of tests/data/operations.yaml: a client and a server that talk through buffers, on a clock that is
 * fed. Prints one line per failure; exit 1 when there was any.
 */
#include <stdio.h>
#include <string.h>

#include "eventwire/ops_client.h"
#include "eventwire/ops_server.h"

static int failures;

#define CHECK(condition)                                \
  do {                                                  \
    if (!(condition)) {                                 \
      failures++;                                       \
      printf("line %d: %s\n", __LINE__, #condition);    \
    }                                                   \
  } while (0)

static char memory[1024];
static char block[512];

/* What the handlers saw, one letter each. */
typedef struct seen {
  char letters[16];
  int64_t id;
  ew_requests *requests;
  ew_pending request;
  ew_err matched;
} seen;

static void note(seen *s, char letter) {
  size_t len = strlen(s->letters);
  s->letters[len] = letter;
  s->letters[len + 1] = '\0';
}

static ew_err on_result(void *user, const ew_ops_result *message) {
  seen *s = user;
  note(s, 'r');
  s->id = message->id;
  if (s->requests != NULL) {
    s->matched = ew_ops_match_default(s->requests, message, &s->request);
  }
  return EW_OK;
}

static ew_err on_answer(void *user, const ew_ops_answer *message) {
  seen *s = user;
  note(s, 'a');
  s->matched = ew_ops_match_answer(s->requests, message, &s->request);
  return EW_OK;
}

static ew_err on_event(void *user, const ew_ops_event *message) {
  note(user, 'e');
  return message->event.len == 0 ? EW_ERR_STATE : EW_OK;
}

static ew_err on_call(void *user, const ew_ops_call *message) {
  seen *s = user;
  note(s, 'c');
  s->id = message->id;
  return EW_OK;
}

static ew_err on_pong(void *user, const ew_ops_pong *message) {
  seen *s = user;
  note(s, 'p');
  s->matched = ew_ops_match_pong(s->requests, message, &s->request);
  return EW_OK;
}

static const ew_ops_client_handlers client = {.on_default = on_result, .on_answer = on_answer, .on_event = on_event};
static const ew_ops_server_handlers server = {.on_call = on_call, .on_pong = on_pong};

static ew_err to_client(const char *json, seen *s, ew_diag *diag) {
  ew_arena arena;
  ew_arena_init(&arena, memory, sizeof(memory));
  return ew_ops_client_receive(ew_str_of(json), &arena, NULL, &client, s, diag);
}

static ew_err to_server(const char *json, seen *s) {
  ew_arena arena;
  ew_arena_init(&arena, memory, sizeof(memory));
  return ew_ops_server_receive(ew_str_of(json), &arena, NULL, &server, s, NULL);
}

static void the_handler_of_the_message_is_called(void) {
  seen s = {0};
  ew_diag diag = {0};
  CHECK(to_client("{\"id\":4,\"result\":[]}", &s, &diag) == EW_OK);
  CHECK(to_client("{\"event\":\"x\"}", &s, &diag) == EW_OK);
  CHECK(strcmp(s.letters, "re") == 0 && s.id == 4);
}

static void a_message_without_a_handler_is_left_alone(void) {
  seen s = {0};
  CHECK(to_client("{\"id\":4,\"error\":\"no\"}", &s, NULL) == EW_OK);
  CHECK(s.letters[0] == '\0');
}

static void what_a_handler_returns_comes_back(void) {
  seen s = {0};
  ew_diag diag = {0};
  CHECK(to_client("{\"event\":\"\"}", &s, &diag) == EW_ERR_STATE);
  CHECK(diag.err == EW_OK);
}

static void what_is_no_message_reaches_nobody(void) {
  seen s = {0};
  ew_diag diag = {0};
  CHECK(to_client("{\"id\":\"4\",\"result\":1}", &s, &diag) == EW_ERR_TYPE);
  CHECK(strcmp(diag.pointer, "/id") == 0);
  CHECK(to_client("{\"method\":\"m\",\"id\":1}", &s, &diag) == EW_ERR_UNION);
  CHECK(s.letters[0] == '\0');
}

static void a_channel_has_its_own_messages(void) {
  static const ew_ops_feed_client_handlers feed = {.on_event = on_event};
  seen s = {0};
  ew_arena arena;
  ew_arena_init(&arena, memory, sizeof(memory));
  CHECK(ew_ops_feed_client_receive(EW_STR("{\"event\":\"x\"}"), &arena, NULL, &feed, &s, NULL) == EW_OK);
  CHECK(ew_ops_feed_client_receive(EW_STR("{\"id\":4,\"result\":1}"), &arena, NULL, &feed, &s, NULL) == EW_ERR_MISSING);
  CHECK(strcmp(s.letters, "e") == 0);
}

static void both_sides_send_their_operations(void) {
  ew_buf out;
  ew_ops_call call = {.id = 9, .method = EW_STR("m")};
  ew_ops_failed failed = {.id = 9, .error = EW_STR("no")};
  seen s = {0};
  ew_buf_init(&out, block, sizeof(block) - 1);
  CHECK(ew_ops_send_invoke(&call, &out, NULL) == EW_OK);
  block[out.len] = '\0';
  CHECK(to_server(block, &s) == EW_OK && s.id == 9 && strcmp(s.letters, "c") == 0);
  ew_buf_init(&out, block, sizeof(block) - 1);
  CHECK(ew_ops_reply_invoke_failed(&failed, &out, NULL) == EW_OK);
  block[out.len] = '\0';
  CHECK(strcmp(block, "{\"id\":9,\"error\":\"no\"}") == 0);
}

static void a_reply_finds_its_request(void) {
  ew_pending_slot slots[4];
  ew_requests requests;
  ew_buf out;
  ew_ops_call call = {.id = -3, .method = EW_STR("m")};
  int mine = 0;
  ew_requests_init(&requests, slots, 4);
  ew_buf_init(&out, block, sizeof(block));
  seen s = {.requests = &requests};
  CHECK(ew_ops_request_invoke(&requests, &call, 100, &mine, &out, NULL) == EW_OK);
  CHECK(ew_ops_request_invoke(&requests, &call, 100, &mine, &out, NULL) == EW_ERR_EXISTS);
  CHECK(ew_str_equal(ew_buf_str(&out), EW_STR("{\"id\":-3,\"method\":\"m\"}")));
  CHECK(to_client("{\"id\":3,\"result\":1}", &s, NULL) == EW_OK && s.matched == EW_ERR_NOT_FOUND);
  CHECK(to_client("{\"id\":-3,\"result\":1}", &s, NULL) == EW_OK && s.matched == EW_OK);
  CHECK(s.request.user == &mine && s.request.kind == EW_OPS_CLIENT_REQUEST_INVOKE);
  CHECK(to_client("{\"id\":-3,\"result\":1}", &s, NULL) == EW_OK && s.matched == EW_ERR_NOT_FOUND);
}

static void a_request_that_cannot_be_sent_does_not_wait(void) {
  ew_pending_slot slots[1];
  ew_requests requests;
  ew_buf out;
  ew_diag diag = {0};
  ew_ops_call call = {.id = 1};
  ew_ops_ask ask = {.question = EW_STR("?")};
  ew_requests_init(&requests, slots, 1);
  ew_buf_init(&out, block, sizeof(block));
  CHECK(ew_ops_request_invoke(&requests, &call, 1, NULL, &out, &diag) == EW_ERR_LENGTH);
  CHECK(strcmp(diag.pointer, "/method") == 0);
  CHECK(ew_ops_request_question_ask(&requests, &ask, 1, NULL, &out, &diag) == EW_ERR_MISSING);
  CHECK(diag.err == EW_ERR_MISSING);
  CHECK(requests.count == 0 && out.len == 0);
  call.method = EW_STR("m");
  CHECK(ew_ops_request_invoke(&requests, &call, 1, NULL, &out, &diag) == EW_OK);
  size_t len = out.len;
  call.id = 2;
  CHECK(ew_ops_request_question_call(&requests, &call, 1, NULL, &out, &diag) == EW_ERR_QUEUE_FULL);
  CHECK(diag.err == EW_ERR_QUEUE_FULL && out.len == len);
}

static void an_id_may_stand_inside_and_be_absent(void) {
  ew_pending_slot slots[1];
  ew_requests requests;
  ew_buf out;
  ew_ops_meta meta = {.id = EW_STR("q1"), .id_presence = EW_SET};
  ew_ops_ask ask = {.question = EW_STR("?"), .meta = &meta};
  ew_requests_init(&requests, slots, 1);
  ew_buf_init(&out, block, sizeof(block));
  seen s = {.requests = &requests};
  CHECK(ew_ops_request_question_ask(&requests, &ask, 5, NULL, &out, NULL) == EW_OK);
  CHECK(to_client("{\"answer\":\"!\"}", &s, NULL) == EW_OK && s.matched == EW_ERR_NOT_FOUND);
  CHECK(to_client("{\"answer\":\"!\",\"meta\":{\"id\":null}}", &s, NULL) == EW_OK && s.matched == EW_ERR_NOT_FOUND);
  CHECK(to_client("{\"answer\":\"!\",\"meta\":{\"id\":\"q\\u0031\"}}", &s, NULL) == EW_OK && s.matched == EW_OK);
  CHECK(s.request.kind == EW_OPS_CLIENT_REQUEST_QUESTION);
}

static void a_server_asks_too_and_time_runs_out(void) {
  ew_pending_slot slots[3];
  ew_requests requests;
  ew_pending expired;
  ew_buf out;
  ew_ops_ping ping = {.ping = UINT64_MAX};
  ew_requests_init(&requests, slots, 3);
  ew_buf_init(&out, block, sizeof(block));
  seen s = {.requests = &requests};
  CHECK(ew_ops_request_probe(&requests, &ping, 2000, NULL, &out, NULL) == EW_OK);
  ping.ping = 1;
  CHECK(ew_ops_request_probe(&requests, &ping, 1000, NULL, &out, NULL) == EW_OK);
  CHECK(ew_requests_deadline(&requests) == 1000);
  CHECK(!ew_requests_expire(&requests, 999, &expired));
  CHECK(ew_requests_expire(&requests, 1000, &expired));
  CHECK(expired.id.number == 1 && expired.kind == EW_OPS_SERVER_REQUEST_PROBE);
  CHECK(!ew_requests_expire(&requests, 1999, &expired));
  CHECK(to_server("{\"pong\":1}", &s) == EW_OK && s.matched == EW_ERR_NOT_FOUND);
  CHECK(to_server("{\"pong\":18446744073709551615}", &s) == EW_OK && s.matched == EW_OK);
  CHECK(ew_requests_deadline(&requests) == UINT64_MAX);
}

int main(void) {
  the_handler_of_the_message_is_called();
  a_message_without_a_handler_is_left_alone();
  what_a_handler_returns_comes_back();
  what_is_no_message_reaches_nobody();
  a_channel_has_its_own_messages();
  both_sides_send_their_operations();
  a_reply_finds_its_request();
  a_request_that_cannot_be_sent_does_not_wait();
  an_id_may_stand_inside_and_be_absent();
  a_server_asks_too_and_time_runs_out();
  printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
