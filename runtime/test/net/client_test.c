#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/net/client_internal.h"
#include "../../src/protocol/subscriber_internal.h"
#include "test_server.h"

/* --------------------------------------------------------------------------------------------- a tiny protocol */

/*
 * The client says "hello", the server "ready", "event NAME" (answered with "ack NAME" when the event was taken) or "error WORDS". With a session
 * it first asks for one over HTTP; the body of the answer is the path of the socket.
 */
typedef struct tiny_subscriber {
  ew_subscriber base; /* first */
  bool with_session;
  char target[256];
} tiny_subscriber;

static tiny_subscriber *tiny(ew_subscriber *base) { return (tiny_subscriber *)base; }

static const ew_document TINY_DOCUMENT = {.name = "tiny", .limits = {.max_bytes = 1000}};

static void tiny_free(ew_subscriber *base) { free(base); }

static ew_err tiny_connect(ew_subscriber *base, ew_str url_path, ew_request *request) {
  tiny_subscriber *t = tiny(base);
  (void)snprintf(t->target, sizeof(t->target), "%.*s", EW_STR_ARG(url_path));
  *request = (ew_request){.upgrade = !t->with_session, .method = t->with_session ? "POST" : "GET", .target = ew_str_of(t->target)};
  request->headers[request->header_count++] = (ew_http_header){EW_STR("x-tiny"), EW_STR("from the subscriber")};
  return EW_OK;
}

static ew_err tiny_answer(ew_subscriber *base, int status, ew_str body, ew_request *next, ew_diag *diag) {
  tiny_subscriber *t = tiny(base);
  memset(diag, 0, sizeof(*diag));
  if (status != 201) {
    (void)snprintf(diag->found, sizeof(diag->found), "%.*s", EW_STR_ARG(body));
    return EW_ERR_REFUSED;
  }
  (void)snprintf(t->target, sizeof(t->target), "%.*s", EW_STR_ARG(body));
  *next = (ew_request){.upgrade = true, .method = "GET", .target = ew_str_of(t->target)};
  return EW_OK;
}

static void tiny_open(ew_subscriber *base, uint64_t now) {
  (void)now;
  (void)ew__subscriber_send(base, EW_STR("hello"));
}

static bool starts_with(ew_str text, const char *start) {
  return text.len >= strlen(start) && memcmp(text.ptr, start, strlen(start)) == 0;
}

static void tiny_receive(ew_subscriber *base, ew_opcode opcode, ew_str message, uint64_t now) {
  (void)opcode;
  (void)now;
  char ack[64];
  if (starts_with(message, "event ")) {
    ew_delivery delivery = {.id = ew_str_from(message.ptr + 6, message.len - 6), .count = 1};
    (void)snprintf(ack, sizeof(ack), "ack %.*s", EW_STR_ARG(delivery.id));
    if (ew__subscriber_event(base, &delivery)) {
      (void)ew__subscriber_send(base, ew_str_of(ack));
    }
  } else if (starts_with(message, "error ")) {
    ew__subscriber_peer_error(base, ew_str_from(message.ptr + 6, message.len - 6));
  } else if (starts_with(message, "ready")) {
    ew__subscriber_ready(base);
  } else {
    ew_diag diag = {.err = EW_ERR_SYNTAX};
    ew__subscriber_bad_message(base, &diag, message);
  }
}

static const ew__subscriber_ops TINY_OPS = {&TINY_DOCUMENT, tiny_free, tiny_connect, tiny_answer, tiny_open, tiny_receive, NULL};

static ew_err make_tiny(ew_subscriber **out, const ew_subscriber_options *opts, const ew_subscriber_host *host) {
  tiny_subscriber *t = calloc(1, sizeof(*t));
  assert_non_null(t);
  t->base = (ew_subscriber){.ops = &TINY_OPS, .host = *host};
  t->with_session = opts->protocol != NULL && strcmp(opts->protocol, "session") == 0;
  *out = &t->base;
  return EW_OK;
}

/* ------------------------------------------------------------------------------------------------------ a scene */

typedef struct scene {
  char log[8192];       /* what the client told, one line each */
  char server[8192];    /* what the server saw */
  char head[8192];
  unsigned stop_after;  /* events, 0: never */
  unsigned events;
  bool stop_when_waiting;
  ew_client *client;
} scene;

static void append(char *to, size_t size, const char *kind, const char *text, size_t len) {
  size_t at = strlen(to);
  (void)snprintf(to + at, size - at, "%s%.*s\n", kind, (int)len, text);
}

static bool note_event(void *ctx, const ew_delivery *delivery) {
  scene *s = ctx;
  append(s->log, sizeof(s->log), "event ", delivery->id.ptr, delivery->id.len);
  s->events++;
  if (s->events == s->stop_after) {
    ew_client_stop(s->client);
  }
  return !ew_str_equal(delivery->id, EW_STR("unwanted"));
}

static void note_state(void *ctx, ew_client_state state, const char *text) {
  static const char *const kinds[] = {"connected", "ready", "lost", "retrying"};
  scene *s = ctx;
  append(s->log, sizeof(s->log), kinds[state], "", 0);
  assert_null(strstr(text, "canary"));
  if (state == EW_CLIENT_RETRYING && s->stop_when_waiting) {
    ew_client_stop(s->client);
  }
}

static void note_error(void *ctx, ew_str text) {
  scene *s = ctx;
  append(s->log, sizeof(s->log), "error ", text.ptr, text.len);
}

static void note_bad(void *ctx, const ew_diag *diag, ew_str message) {
  scene *s = ctx;
  (void)diag;
  append(s->log, sizeof(s->log), "bad ", message.ptr, message.len < 20 ? message.len : 20);
}

static ew_client_options usual_options(scene *s) {
  return (ew_client_options){.reconnect_min_ms = 1,
                             .reconnect_max_ms = 5,
                             .no_reconnect = true,
                             .ctx = s,
                             .event = note_event,
                             .state = note_state,
                             .peer_error = note_error,
                             .bad_message = note_bad};
}

static const char *url_of(const test_server *server, const char *origin, const char *target) {
  static char url[300];
  (void)snprintf(url, sizeof(url), "%s:%u%s", origin, (unsigned)test_server_port(server), target);
  return url;
}

static ew_err run_client(scene *s, ew_client_options *options, char reason[240]) {
  ew_err err = ew__client_new(&s->client, options, make_tiny, NULL);
  assert_int_equal(err, EW_OK);
  err = ew_client_run(s->client);
  (void)snprintf(reason, 240, "%s", ew_client_reason(s->client));
  ew_client_free(s->client);
  return err;
}

static ew_err play(scene *s, test_script script, char reason[240]) {
  test_server *server = test_server_start(script, s, NULL);
  ew_client_options options = usual_options(s);
  options.url = url_of(server, "ws://127.0.0.1", "/path?x=1");
  ew_err err = run_client(s, &options, reason);
  test_server_stop(server);
  return err;
}

/* Server thread. */
static int hear(test_peer *peer, scene *s) {
  char text[4096];
  size_t len = 0;
  int first = test_peer_receive(peer, text, sizeof(text), &len);
  bool coded = (first & 15) == EW_FRAME_CLOSE && len >= 2;
  unsigned code = coded ? (unsigned)(unsigned char)text[0] << 8 | (unsigned char)text[1] : 0;
  if (first < 0) {
    append(s->server, sizeof(s->server), "gone", "", 0);
  } else if ((first & 15) == EW_FRAME_CLOSE) {
    (void)snprintf(text, sizeof(text), "close %u", code);
    append(s->server, sizeof(s->server), text, "", 0);
  } else if ((first & 15) == EW_FRAME_PING) {
    append(s->server, sizeof(s->server), "ping", "", 0);
  } else {
    append(s->server, sizeof(s->server), "", text, len);
  }
  return first;
}

static bool greet(test_peer *peer, scene *s) { return test_peer_accept(peer, "") && hear(peer, s) >= 0; }

static void say_goodbye(test_peer *peer, scene *s) {
  (void)test_peer_frame(peer, 0x88, "\x03\xe8", 2);
  (void)hear(peer, s);
}

/* ----------------------------------------------------------------------------------------------------- the road */

static void main_road(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  if (!greet(peer, s) || !test_peer_text(peer, "ready") || !test_peer_text(peer, "event one")) {
    return;
  }
  (void)hear(peer, s);
  (void)test_peer_write(peer, "\x01\x06" "event " "\x89\x02" "hi" "\x80\x03" "two", 17);
  (void)hear(peer, s); /* the pong */
  (void)hear(peer, s);
  (void)test_peer_text(peer, "event unwanted");
  (void)test_peer_text(peer, "event three");
  (void)hear(peer, s);
  (void)test_peer_text(peer, "nonsense");
  say_goodbye(peer, s);
}

static void events_arrive_and_are_acknowledged_until_the_server_closes(void **state) {
  (void)state;
  scene s = {.log = ""};
  char reason[240];
  assert_int_equal(play(&s, main_road, reason), EW_ERR_CLOSED);
  assert_string_equal(s.log, "connected\nready\nevent one\nevent two\nevent unwanted\nevent three\nbad nonsense\nlost\n");
  assert_string_equal(s.server, "hello\nack one\nhi\nack two\nack three\nclose 1000\n");
  assert_string_equal(reason, "the server closed the connection: 1000");
}

static void begin_with_nothing(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  if (greet(peer, s) && test_peer_write(peer, "\x01\0\0\0\x80\x09" "event one", 15)) {
    (void)hear(peer, s);
    say_goodbye(peer, s);
  }
}

static void a_message_may_begin_with_empty_fragments(void **state) {
  (void)state;
  scene s = {.log = ""};
  char reason[240];
  assert_int_equal(play(&s, begin_with_nothing, reason), EW_ERR_CLOSED);
  assert_string_equal(s.log, "connected\nevent one\nlost\n");
  assert_string_equal(s.server, "hello\nack one\nclose 1000\n");
}

static void stream_events(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  if (greet(peer, s) && test_peer_text(peer, "event one") && hear(peer, s) >= 0 && test_peer_text(peer, "event two")) {
    while (hear(peer, s) >= 0 && strstr(s->server, "close") == NULL) {
    }
    (void)test_peer_frame(peer, 0x88, "\x03\xe8", 2);
    (void)snprintf(s->head, sizeof(s->head), "%s", test_peer_drain(peer) ? "orderly" : "reset");
  }
}

static void stop_sends_what_is_queued_and_closes_orderly(void **state) {
  (void)state;
  scene s = {.stop_after = 2};
  char reason[240];
  assert_int_equal(play(&s, stream_events, reason), EW_OK);
  assert_string_equal(s.server, "hello\nack one\nack two\nclose 1000\n");
  assert_string_equal(s.head, "orderly");
  assert_string_equal(reason, "");
}

static void no_echo(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  (void)greet(peer, s);
  (void)test_peer_text(peer, "event one");
  (void)test_peer_drain(peer);
}

static void stop_does_not_wait_for_ever_for_the_echo(void **state) {
  (void)state;
  scene s = {.stop_after = 1};
  char reason[240];
  uint64_t start = ew__now_ms();
  assert_int_equal(play(&s, no_echo, reason), EW_OK);
  assert_true(ew__now_ms() - start < 8000);
}

static void a_client_stopped_before_it_runs_ends_at_once(void **state) {
  (void)state;
  scene s = {.log = ""};
  ew_client_options options = usual_options(&s);
  options.url = "ws://127.0.0.1:1/";
  options.no_reconnect = false;
  assert_int_equal(ew__client_new(&s.client, &options, make_tiny, NULL), EW_OK);
  ew_client_stop(s.client);
  assert_int_equal(ew_client_run(s.client), EW_OK);
  ew_client_free(s.client);
  assert_string_equal(s.log, "");
}

/* ----------------------------------------------------------------------------------------------------- requests */

static void keep_head(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  (void)test_peer_head(peer, s->head, sizeof(s->head));
  (void)test_peer_print(peer, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
}

static void the_upgrade_has_the_headers_of_subscriber_and_user_and_no_extension(void **state) {
  (void)state;
  scene s = {.log = ""};
  char reason[240];
  const char *headers[] = {"X-One: 1", "Origin: http://me.example", "X-TINY: from the user", NULL};
  for (int own = 0; own <= 1; own++) {
    test_server *server = test_server_start(keep_head, &s, NULL);
    ew_client_options options = usual_options(&s);
    options.url = url_of(server, "http://127.0.0.1", "/path?x=1");
    options.headers = own ? headers : NULL;
    assert_int_equal(run_client(&s, &options, reason), EW_ERR_REFUSED);
    test_server_stop(server);
    assert_memory_equal(s.head, "GET /path?x=1 HTTP/1.1\r\n", 24);
    assert_non_null(strstr(s.head, "\r\nHost: 127.0.0.1:"));
    assert_non_null(strstr(s.head, own ? "\r\nX-TINY: from the user\r\n" : "\r\nx-tiny: from the subscriber\r\n"));
    assert_int_equal(strstr(s.head, "from the subscriber") == NULL, own);
    assert_int_equal(strstr(s.head, "\r\nX-One: 1\r\n") != NULL, own);
    assert_int_equal(strstr(s.head, "\r\nOrigin: http://me.example\r\n") != NULL, own);
    assert_null(strstr(s.head, "Sec-WebSocket-Extensions"));
  }
}

static void a_refusal_of_the_first_connection_is_final(void **state) {
  (void)state;
  scene s = {.log = ""};
  char reason[240];
  test_server *server = test_server_start(keep_head, &s, NULL);
  ew_client_options options = usual_options(&s);
  options.no_reconnect = false;
  options.url = url_of(server, "ws://me:canary@127.0.0.1", "/session/canary/ws?access_token=canary");
  assert_int_equal(run_client(&s, &options, reason), EW_ERR_REFUSED);
  assert_int_equal(test_server_count(server), 1);
  test_server_stop(server);
  assert_string_equal(reason, "HTTP status 403");
  assert_string_equal(s.log, "");
}

static void session_road(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  if (number == 0) {
    (void)test_peer_head(peer, s->head, sizeof(s->head));
    (void)test_peer_print(peer, "HTTP/1.1 201 Created\r\nContent-Length: 18\r\n\r\n/session/canary/ws");
    return;
  }
  char head[8192];
  (void)test_peer_head(peer, head, sizeof(head));
  append(s->server, sizeof(s->server), "", head, strcspn(head, "\r"));
}

static void an_http_step_comes_before_the_upgrade(void **state) {
  (void)state;
  scene s = {.log = ""};
  char reason[240];
  test_server *server = test_server_start(session_road, &s, NULL);
  ew_client_options options = usual_options(&s);
  options.subscriber.protocol = "session";
  options.url = url_of(server, "ws://127.0.0.1", "/session");
  assert_int_equal(run_client(&s, &options, reason), EW_ERR_PEER);
  test_server_stop(server);
  assert_memory_equal(s.head, "POST /session HTTP/1.1\r\n", 24);
  assert_non_null(strstr(s.head, "\r\nx-tiny: from the subscriber\r\n"));
  assert_string_equal(s.server, "GET /session/canary/ws HTTP/1.1\n");
  assert_null(strstr(reason, "canary"));
}

static void refuse_session(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  (void)test_peer_head(peer, s->head, sizeof(s->head));
  (void)test_peer_print(peer, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 12\r\n\r\nunknown user");
}

static void a_refused_http_step_gives_the_words_of_the_body(void **state) {
  (void)state;
  scene s = {.log = ""};
  char reason[240];
  test_server *server = test_server_start(refuse_session, &s, NULL);
  ew_client_options options = usual_options(&s);
  options.no_reconnect = false;
  options.subscriber.protocol = "session";
  options.url = url_of(server, "ws://127.0.0.1", "/session");
  assert_int_equal(run_client(&s, &options, reason), EW_ERR_REFUSED);
  test_server_stop(server);
  assert_string_equal(reason, "HTTP status 401: unknown user");
}

static void say_nothing(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  (void)test_peer_head(peer, s->head, sizeof(s->head));
  ew_client_stop(s->client);
  (void)test_peer_drain(peer);
}

static void stop_ends_an_http_step_and_a_handshake_at_once(void **state) {
  (void)state;
  for (int session = 0; session <= 1; session++) {
    scene s = {.log = ""};
    char reason[240];
    test_server *server = test_server_start(say_nothing, &s, NULL);
    ew_client_options options = usual_options(&s);
    options.subscriber.protocol = session ? "session" : "tiny";
    options.url = url_of(server, "ws://127.0.0.1", "/session");
    options.connect_timeout_ms = 60000;
    uint64_t start = ew__now_ms();
    assert_int_equal(run_client(&s, &options, reason), EW_OK);
    assert_true(ew__now_ms() - start < 8000);
    test_server_stop(server);
  }
}

/* ------------------------------------------------------------------------------------------------- bad options */

static void unusable_options_are_refused_with_words(void **state) {
  (void)state;
  static const struct {
    const char *url, *header, *found;
  } cases[] = {
      {"gopher://u:canary@h", NULL, "the URL does not begin with ws://, wss://, http:// or https://"},
      {"ws://u:canary%@h", NULL, "the user information has a broken percent escape"},
      {"ws://h", "Connection: close", "the header is not yours: connection"},
      {"ws://h", "sec-websocket-EXTENSIONS: permessage-deflate", "the header is not yours: sec-websocket-extensions"},
      {"ws://h", "X: a\r\nY: canary", "header 1 has a control character"},
      {"ws://h", "canary", "header 1 is not \"Name: value\""},
      {NULL, NULL, "the URL is missing"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    scene s = {.log = ""};
    ew_diag diag;
    const char *headers[] = {cases[i].header, NULL};
    ew_client_options options = usual_options(&s);
    options.url = cases[i].url;
    options.headers = headers;
    assert_int_equal(ew__client_new(&s.client, &options, make_tiny, &diag), EW_ERR_ARGUMENT);
    assert_string_equal(diag.found, cases[i].found);
  }
}

static void a_request_that_libwebsockets_would_cut_is_refused(void **state) {
  (void)state;
  scene s = {.log = ""};
  char url[2400], reason[240];
  (void)snprintf(url, sizeof(url), "ws://127.0.0.1:1/%02200d", 1);
  ew_client_options options = usual_options(&s);
  options.url = url;
  options.no_reconnect = false;
  /* the tiny subscriber would cut it itself */
  assert_int_equal(ew__client_new(&s.client, &options, make_tiny, NULL), EW_OK);
  ew__transport_options transport_options = {.loop = &s.client->loop, .url = &s.client->url, .tls = &s.client->options.tls};
  ew__transport *transport = NULL;
  ew__reason why = {.text = ""};
  assert_int_equal(ew__transport_lws_new(&transport, &transport_options, &why), EW_OK);
  ew__transport_request request = {s.client->url.target, "", 1000};
  assert_int_equal(transport->ops->connect(transport, &request, &why), EW_ERR_ARGUMENT);
  transport->ops->shut_down(transport);
  uv_unref((uv_handle_t *)&s.client->wake);
  while (uv_run(&s.client->loop, UV_RUN_DEFAULT) != 0) {
  }
  transport->ops->free(transport);
  (void)snprintf(reason, sizeof(reason), "%s", why.text);
  ew_client_free(s.client);
  assert_string_equal(reason, "the request is too long for libwebsockets");
}

/* -------------------------------------------------------------------------------------------------- reconnection */

static void drop_twice(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  if (!greet(peer, s) || number < 2) {
    return;
  }
  (void)test_peer_text(peer, "event one");
  (void)hear(peer, s);
  (void)hear(peer, s);
  (void)test_peer_frame(peer, 0x88, "\x03\xe8", 2);
  (void)test_peer_drain(peer);
}

static void a_lost_connection_is_made_again(void **state) {
  (void)state;
  scene s = {.stop_after = 1};
  char reason[240];
  test_server *server = test_server_start(drop_twice, &s, NULL);
  ew_client_options options = usual_options(&s);
  options.no_reconnect = false;
  options.url = url_of(server, "ws://127.0.0.1", "/");
  assert_int_equal(run_client(&s, &options, reason), EW_OK);
  test_server_stop(server);
  assert_string_equal(s.log, "connected\nlost\nretrying\nconnected\nlost\nretrying\nconnected\nevent one\n");
  assert_string_equal(s.server, "hello\nhello\nhello\nack one\nclose 1000\n");
}

static void nobody_there_is_tried_again_until_stop(void **state) {
  (void)state;
  scene s = {.stop_when_waiting = true};
  char reason[240];
  test_server *server = test_server_start(keep_head, &s, NULL);
  const char *url = url_of(server, "ws://127.0.0.1", "/");
  test_server_stop(server);
  ew_client_options options = usual_options(&s);
  options.no_reconnect = false;
  options.url = url;
  assert_int_equal(run_client(&s, &options, reason), EW_OK);
  assert_string_equal(s.log, "retrying\n");
  options.no_reconnect = true;
  assert_int_equal(run_client(&s, &options, reason), EW_ERR_CONNECT);
  assert_memory_equal(reason, "cannot connect to 127.0.0.1:", 28);
}

static void complain_and_drop(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  if (greet(peer, s)) {
    (void)test_peer_text(peer, "event one");
    (void)hear(peer, s);
    (void)test_peer_text(peer, "error FF10179: token=canary");
  }
}

static void the_protocols_own_error_on_the_first_connection_is_final(void **state) {
  (void)state;
  scene s = {.log = ""};
  char reason[240];
  test_server *server = test_server_start(complain_and_drop, &s, NULL);
  ew_client_options options = usual_options(&s);
  options.no_reconnect = false;
  options.url = url_of(server, "ws://127.0.0.1", "/");
  assert_int_equal(run_client(&s, &options, reason), EW_ERR_REFUSED);
  assert_int_equal(test_server_count(server), 1);
  test_server_stop(server);
  assert_string_equal(reason, "the server says: FF10179: token=***");
}

static void waiting_time_doubles_to_its_ceiling_and_shrinks_after_a_lasting_connection(void **state) {
  (void)state;
  ew__retry retry = {.min_ms = 250, .max_ms = 30000};
  static const uint32_t ceilings[] = {250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
  for (size_t i = 0; i < sizeof(ceilings) / sizeof(ceilings[0]); i++) {
    retry.failures = (unsigned)i;
    assert_int_equal(ew__retry_next_ms(&retry, ceilings[i]), ceilings[i]);
    retry.failures = (unsigned)i;
    assert_int_equal(ew__retry_next_ms(&retry, (uint64_t)ceilings[i] + 1), 0);
    assert_int_equal(retry.failures, i + 1);
  }
  retry.failures = 1000000;
  assert_int_equal(ew__retry_next_ms(&retry, 30000), 30000);
  ew__retry_note_up(&retry, 59999);
  assert_int_equal(retry.failures, 1000001);
  ew__retry_note_up(&retry, 60000);
  assert_int_equal(retry.failures, 0);
}

/* -------------------------------------------------------------------------------------------------- hostile peers */

typedef struct attack {
  const char *bytes;
  size_t size;
  size_t filler; /* bytes of payload behind them */
  ew_err err;
  const char *reason;
  const char *server;
} attack;

#define BYTES(literal) (literal), sizeof(literal) - 1

static const attack ATTACKS[] = {
    {BYTES("\x81\x02\xc3("), 0, EW_ERR_PEER, "the server sent a text that is not UTF-8", "hello\nclose 1007\n"},
    {BYTES("\x81\x7e\x03\xe9"), 1001, EW_ERR_PEER, "the server sent a message over the limit", "hello\nclose 1009\n"},
    {BYTES("\x81\x7f\0\0\0\1\0\0\0\0"), 100000, EW_ERR_PEER, "the server sent a message over the limit", "hello\nclose 1009\n"},
    {BYTES("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), 0, EW_ERR_CLOSED, "the connection was lost", "hello\ngone\n"},
    {BYTES("\xc1\x01x"), 0, EW_ERR_CLOSED, "the connection was lost", "hello\ngone\n"},
    {BYTES("\x83\x00"), 0, EW_ERR_CLOSED, "the connection was lost", "hello\ngone\n"},
    {BYTES("\x80\x01x"), 0, EW_ERR_CLOSED, "the connection was lost", "hello\ngone\n"},
    {BYTES("\x01\x01x\x81\x01y"), 0, EW_ERR_CLOSED, "the connection was lost", "hello\ngone\n"},
    {BYTES("\x89\x7e\x00\x7e"), 0, EW_ERR_CLOSED, "the connection was lost", "hello\ngone\n"},
    {BYTES("\x09\x00"), 0, EW_ERR_CLOSED, "the connection was lost", "hello\ngone\n"},
    {BYTES("HTTP/1.1 400 Bad Request\r\n\r\n"), 0, EW_ERR_CLOSED, "the connection was lost", "hello\ngone\n"},
    {BYTES("\x88\x05\x03\xe9" "bye"), 0, EW_ERR_CLOSED, "the server closed the connection: 1001 bye", "hello\nclose 1001\n"},
    {BYTES("\x88\x06\x03\xe9" "\xc3(\x1b\xff"), 0, EW_ERR_CLOSED, "the server closed the connection: 1001 .(..", "hello\nclose 1001\n"},
    {BYTES("\x88\x00"), 0, EW_ERR_CLOSED, "the server closed the connection: 1005", "hello\nclose 0\n"},
};

typedef struct attack_scene {
  scene s; /* first */
  const attack *attack;
} attack_scene;

static void play_attack(test_peer *peer, unsigned number, void *ctx) {
  attack_scene *a = ctx;
  (void)number;
  if (!greet(peer, &a->s) || !test_peer_write(peer, a->attack->bytes, a->attack->size)) {
    return;
  }
  for (size_t i = 0; i < a->attack->filler && test_peer_write(peer, "x", 1); i++) {
  }
  (void)hear(peer, &a->s);
}

static void every_attack_ends_the_connection_and_not_the_client(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(ATTACKS) / sizeof(ATTACKS[0]); i++) {
    attack_scene a = {.attack = &ATTACKS[i]};
    char reason[240];
    assert_int_equal(play(&a.s, play_attack, reason), ATTACKS[i].err);
    assert_string_equal(reason, ATTACKS[i].reason);
    assert_string_equal(a.s.server, ATTACKS[i].server);
    assert_string_equal(a.s.log, "connected\nlost\n");
  }
}

static const char *const bad_answers[][2] = {
    {"garbage that is no HTTP\r\n\r\n", "the connection ended before the HTTP answer"},
    {"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
     "Sec-WebSocket-Accept does not match"},
    {"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "Sec-WebSocket-Accept does not match"},
    {"HTTP/1.1 101 x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
     "101 without Upgrade: websocket"},
    {"HTTP/1.1 101 x\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n", "101 without Upgrade: websocket"},
    {"", "the connection ended before the HTTP answer"},
};

static void bad_handshakes(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  (void)test_peer_head(peer, s->head, sizeof(s->head));
  (void)test_peer_print(peer, bad_answers[s->events][0]);
}

static void a_broken_handshake_is_the_peers_fault(void **state) {
  (void)state;
  for (unsigned i = 0; i < sizeof(bad_answers) / sizeof(bad_answers[0]); i++) {
    scene s = {.events = i};
    char reason[240];
    assert_int_equal(play(&s, bad_handshakes, reason), EW_ERR_PEER);
    assert_string_equal(reason, bad_answers[i][1]);
    assert_string_equal(s.log, "");
  }
}

static void deflating(test_peer *peer, unsigned number, void *ctx) {
  (void)number;
  (void)ctx;
  (void)test_peer_accept(peer, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  (void)test_peer_drain(peer);
}

static void an_extension_that_was_not_offered_is_refused(void **state) {
  (void)state;
  scene s = {.log = ""};
  char reason[240];
  assert_int_equal(play(&s, deflating, reason), EW_ERR_PEER);
}

static void silent_after_accept(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  (void)test_peer_head(peer, s->head, sizeof(s->head));
  (void)test_peer_drain(peer);
}

static void a_server_that_never_answers_times_out(void **state) {
  (void)state;
  for (int session = 0; session <= 1; session++) {
    scene s = {.log = ""};
    char reason[240];
    test_server *server = test_server_start(silent_after_accept, &s, NULL);
    ew_client_options options = usual_options(&s);
    options.subscriber.protocol = session ? "session" : "tiny";
    options.url = url_of(server, "ws://127.0.0.1", "/");
    options.connect_timeout_ms = 100;
    assert_int_equal(run_client(&s, &options, reason), EW_ERR_TIMEOUT);
    test_server_stop(server);
    assert_non_null(strstr(reason, "in time"));
  }
}

static void deaf(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  (void)greet(peer, s);
  (void)hear(peer, s);
  (void)test_peer_drain(peer);
}

static void a_server_that_answers_no_ping_is_given_up(void **state) {
  (void)state;
  scene s = {.log = ""};
  char reason[240];
  test_server *server = test_server_start(deaf, &s, NULL);
  ew_client_options options = usual_options(&s);
  options.url = url_of(server, "ws://127.0.0.1", "/");
  options.ping_interval_ms = 40;
  assert_int_equal(run_client(&s, &options, reason), EW_ERR_TIMEOUT);
  test_server_stop(server);
  assert_string_equal(reason, "the server has gone silent");
}

static void pong_back(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  (void)number;
  (void)greet(peer, s);
  for (int i = 0; i < 2 && hear(peer, s) == 0x89; i++) {
    (void)test_peer_frame(peer, 0x8a, "", 0);
  }
  say_goodbye(peer, s);
}

static void pongs_keep_a_quiet_connection_alive(void **state) {
  (void)state;
  scene s = {.log = ""};
  char reason[240];
  test_server *server = test_server_start(pong_back, &s, NULL);
  ew_client_options options = usual_options(&s);
  options.url = url_of(server, "ws://127.0.0.1", "/");
  options.ping_interval_ms = 1000; /* a loaded machine has half a second */
  assert_int_equal(run_client(&s, &options, reason), EW_ERR_CLOSED);
  test_server_stop(server);
  assert_string_equal(s.server, "hello\nping\nping\nclose 1000\n");
}

static void large_message(test_peer *peer, unsigned number, void *ctx) {
  scene *s = ctx;
  size_t size = 3000000;
  char *text = malloc(size);
  (void)number;
  if (text != NULL && greet(peer, s)) {
    memset(text, 'x', size);
    (void)test_peer_frame(peer, 0x81, text, size);
    (void)test_peer_text(peer, "event one");
    (void)hear(peer, s);
    say_goodbye(peer, s);
  }
  free(text);
}

static void a_large_message_arrives_whole_where_the_limit_allows_it(void **state) {
  (void)state;
  scene s = {.log = ""};
  char reason[240];
  test_server *server = test_server_start(large_message, &s, NULL);
  ew_client_options options = usual_options(&s);
  options.url = url_of(server, "ws://127.0.0.1", "/");
  options.max_message_bytes = 3000000;
  assert_int_equal(run_client(&s, &options, reason), EW_ERR_CLOSED);
  test_server_stop(server);
  assert_string_equal(s.log, "connected\nbad xxxxxxxxxxxxxxxxxxxx\nevent one\nlost\n");
}

/* ------------------------------------------------------------------------------------------------------------ TLS */

typedef struct tls_case {
  const char *name; /* in the certificate */
  const char *host; /* in the URL */
  int days;
  bool trusted, insecure;
  ew_err err;
  const char *reason;
} tls_case;

static const tls_case TLS_CASES[] = {
    {"127.0.0.1", "127.0.0.1", 1, true, false, EW_ERR_CLOSED, "the server closed"},
    {"localhost", "localhost", 1, true, false, EW_ERR_CLOSED, "the server closed"},
    {"127.0.0.1", "127.0.0.1", 1, false, false, EW_ERR_CONNECT, "certificate: self-signed"},
    {"other.example", "127.0.0.1", -1, false, true, EW_ERR_CLOSED, "the server closed"},
    {"127.0.0.1", "127.0.0.1", -1, true, false, EW_ERR_CONNECT, "certificate: certificate has expired"},
    {"127.0.0.2", "127.0.0.1", 1, true, false, EW_ERR_CONNECT, "certificate: IP address mismatch"},
    {"other.example", "localhost", 1, true, false, EW_ERR_CONNECT, "certificate: hostname mismatch"},
};

static void play_tls_case(const tls_case *c, const char *path) {
  scene s = {.log = ""};
  char reason[240], origin[64];
  assert_true(test_make_certificate(path, c->name, c->days));
  test_server *server = test_server_start(main_road, &s, path);
  ew_client_options options = usual_options(&s);
  (void)snprintf(origin, sizeof(origin), "wss://%s", c->host);
  options.url = url_of(server, origin, "/");
  options.tls = (ew_tls_options){.ca_file = c->trusted ? path : NULL, .insecure = c->insecure};
  options.no_reconnect = c->err == EW_ERR_CLOSED; /* a certificate that is not accepted is never tried again */
  assert_int_equal(run_client(&s, &options, reason), c->err);
  test_server_stop(server);
  assert_memory_equal(reason, c->reason, strlen(c->reason));
  assert_int_equal(c->err == EW_ERR_CLOSED, strstr(s.log, "event three") != NULL);
}

static void certificates_are_verified_unless_told_otherwise(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(TLS_CASES) / sizeof(TLS_CASES[0]); i++) {
    char path[] = "ew-client-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    play_tls_case(&TLS_CASES[i], path);
    assert_int_equal(unlink(path), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(events_arrive_and_are_acknowledged_until_the_server_closes),
      cmocka_unit_test(a_message_may_begin_with_empty_fragments),
      cmocka_unit_test(stop_sends_what_is_queued_and_closes_orderly),
      cmocka_unit_test(stop_does_not_wait_for_ever_for_the_echo),
      cmocka_unit_test(a_client_stopped_before_it_runs_ends_at_once),
      cmocka_unit_test(the_upgrade_has_the_headers_of_subscriber_and_user_and_no_extension),
      cmocka_unit_test(a_refusal_of_the_first_connection_is_final),
      cmocka_unit_test(an_http_step_comes_before_the_upgrade),
      cmocka_unit_test(a_refused_http_step_gives_the_words_of_the_body),
      cmocka_unit_test(stop_ends_an_http_step_and_a_handshake_at_once),
      cmocka_unit_test(unusable_options_are_refused_with_words),
      cmocka_unit_test(a_request_that_libwebsockets_would_cut_is_refused),
      cmocka_unit_test(a_lost_connection_is_made_again),
      cmocka_unit_test(nobody_there_is_tried_again_until_stop),
      cmocka_unit_test(the_protocols_own_error_on_the_first_connection_is_final),
      cmocka_unit_test(waiting_time_doubles_to_its_ceiling_and_shrinks_after_a_lasting_connection),
      cmocka_unit_test(every_attack_ends_the_connection_and_not_the_client),
      cmocka_unit_test(a_broken_handshake_is_the_peers_fault),
      cmocka_unit_test(an_extension_that_was_not_offered_is_refused),
      cmocka_unit_test(a_server_that_never_answers_times_out),
      cmocka_unit_test(a_server_that_answers_no_ping_is_given_up),
      cmocka_unit_test(pongs_keep_a_quiet_connection_alive),
      cmocka_unit_test(a_large_message_arrives_whole_where_the_limit_allows_it),
      cmocka_unit_test(certificates_are_verified_unless_told_otherwise),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
