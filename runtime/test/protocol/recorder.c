#include "recorder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct recorder_event {
  char *stream;
  char *json;
  uint64_t sequence;
} recorder_event;

typedef struct recorder_pair {
  char *key;
  char *value;
} recorder_pair;

typedef struct recorder_peer {
  char name[32];
  ew_session *session; /* NULL when the connection is gone */
  bool ending;         /* the service asked for the end */
  struct recorder_peer *next;
} recorder_peer;

typedef struct recorder_question {
  bool is_position;
  char *stream;
  char *cursor;
  uint64_t after;
  uint32_t limit;
  uint64_t token;
} recorder_question;

/* ------------------------------------------------------------------------------------------- small helpers */

static void *grown(void *block, size_t count, size_t size) {
  void *bigger = realloc(block, count * size);
  assert_non_null(bigger);
  return bigger;
}

static char *copy_text(ew_str text) {
  char *copy = grown(NULL, (size_t)text.len + 1, 1);
  if (text.len > 0) {
    memcpy(copy, text.ptr, text.len);
  }
  copy[text.len] = '\0';
  return copy;
}

static bool text_is(ew_str text, const char *other) { return ew_str_equal(text, ew_str_of(other)); }

static void write_bytes(recorder *r, const char *bytes, size_t size) {
  if (r->text_len + size + 1 > r->text_size) {
    r->text_size = (r->text_len + size + 1) * 2;
    r->text = grown(r->text, r->text_size, 1);
  }
  memcpy(r->text + r->text_len, bytes, size);
  r->text_len += size;
  r->text[r->text_len] = '\0';
}

static void write_text(recorder *r, const char *text) { write_bytes(r, text, strlen(text)); }

static void write_number(recorder *r, uint64_t number) {
  char digits[24];
  int len = snprintf(digits, sizeof(digits), "%" PRIu64, number);
  write_bytes(r, digits, (size_t)len);
}

static void write_shown(recorder *r, ew_str text) {
  for (uint32_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    char shown[8];
    if (c >= 0x20 && c != 0x7f) {
      write_bytes(r, text.ptr + i, 1);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      write_text(r, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
    } else {
      snprintf(shown, sizeof(shown), "\\x%02x", c);
      write_text(r, shown);
    }
  }
}

/* One line of words with a shown text at its end; a NULL ends the words. */
static void write_line(recorder *r, const char *first, const char *second, ew_str shown) {
  write_text(r, first);
  if (second != NULL) {
    write_text(r, " ");
    write_text(r, second);
  }
  if (shown.len > 0) {
    write_text(r, " ");
    write_shown(r, shown);
  }
  write_text(r, "\n");
}

/* ------------------------------------------------------------------------------------------ pairs and peers */

static recorder_pair *find_pair(recorder_pair *pairs, size_t count, ew_str key) {
  for (size_t i = 0; i < count; i++) {
    if (text_is(key, pairs[i].key)) {
      return &pairs[i];
    }
  }
  return NULL;
}

static void put_pair(recorder_pair **pairs, size_t *count, ew_str key, ew_str value) {
  recorder_pair *pair = find_pair(*pairs, *count, key);
  if (pair == NULL) {
    *pairs = grown(*pairs, *count + 1, sizeof(**pairs));
    pair = &(*pairs)[(*count)++];
    pair->key = copy_text(key);
  } else {
    free(pair->value);
  }
  pair->value = copy_text(value);
}

static void remove_pair(recorder_pair *pairs, size_t *count, ew_str key) {
  recorder_pair *pair = find_pair(pairs, *count, key);
  if (pair == NULL) {
    return;
  }
  free(pair->key);
  free(pair->value);
  size_t behind = (size_t)(pairs + *count - (pair + 1));
  memmove(pair, pair + 1, behind * sizeof(*pair));
  (*count)--;
}

static void free_pairs(recorder_pair *pairs, size_t count) {
  for (size_t i = 0; i < count; i++) {
    free(pairs[i].key);
    free(pairs[i].value);
  }
  free(pairs);
}

static recorder_peer *find_peer(const recorder *r, const char *name) {
  for (recorder_peer *peer = r->peers; peer != NULL; peer = peer->next) {
    if (peer->session != NULL && strcmp(peer->name, name) == 0) {
      return peer;
    }
  }
  return NULL;
}

static recorder_peer *open_peer(const recorder *r, const char *name) {
  recorder_peer *peer = find_peer(r, name);
  if (peer == NULL) {
    fail_msg("there is no connection \"%s\"", name);
  }
  return peer;
}

/* --------------------------------------------------------------------------------------- the service's host */

static ew_err on_send(void *ctx, void *connection, ew_str message) {
  recorder *r = ctx;
  const recorder_peer *peer = connection;
  write_line(r, r->send_result == EW_OK ? "send" : "refused", peer->name, message);
  return r->send_result;
}

static void on_close(void *ctx, void *connection, uint16_t code, ew_str reason) {
  recorder *r = ctx;
  recorder_peer *peer = connection;
  char words[64];
  snprintf(words, sizeof(words), "%s %u", peer->name, (unsigned)code);
  write_line(r, "close", words, reason);
  peer->ending = true;
}

static void on_drop(void *ctx, void *connection) {
  recorder *r = ctx;
  recorder_peer *peer = connection;
  write_line(r, "drop", peer->name, (ew_str){NULL, 0, 0});
  peer->ending = true;
}

static ew_err ask(recorder *r, recorder_question question) {
  if (r->ask_result != EW_OK) {
    free(question.stream);
    free(question.cursor);
    return r->ask_result;
  }
  r->questions = grown(r->questions, r->question_count + 1, sizeof(*r->questions));
  r->questions[r->question_count++] = question;
  return EW_OK;
}

static ew_err on_read(void *ctx, ew_str stream, uint64_t after, uint32_t limit, uint64_t token) {
  recorder *r = ctx;
  if ((r->quiet & RECORDER_QUIET_READ) == 0) {
    write_text(r, "read ");
    write_shown(r, stream);
    write_text(r, " after ");
    write_number(r, after);
    write_text(r, " limit ");
    write_number(r, limit);
    write_text(r, "\n");
  }
  recorder_question question = {
      .stream = copy_text(stream), .after = after, .limit = limit, .token = token};
  return ask(r, question);
}

static ew_err on_position(void *ctx, ew_str stream, ew_str cursor, uint64_t token) {
  recorder *r = ctx;
  if ((r->quiet & RECORDER_QUIET_POSITION) == 0) {
    write_text(r, "position ");
    write_shown(r, stream);
    write_text(r, " ");
    write_shown(r, cursor);
    write_text(r, "\n");
  }
  recorder_question question = {.is_position = true,
                                .stream = copy_text(stream),
                                .cursor = copy_text(cursor),
                                .token = token};
  return ask(r, question);
}

static void put_cursor(recorder *r, ew_str cursor, uint64_t sequence) {
  char digits[24];
  snprintf(digits, sizeof(digits), "%" PRIu64, sequence);
  put_pair(&r->cursors, &r->cursor_count, cursor, ew_str_of(digits));
}

static void on_commit(void *ctx, ew_str cursor, uint64_t sequence) {
  recorder *r = ctx;
  if ((r->quiet & RECORDER_QUIET_COMMIT) == 0) {
    write_text(r, "commit ");
    write_shown(r, cursor);
    write_text(r, " ");
    write_number(r, sequence);
    write_text(r, "\n");
  }
  put_cursor(r, cursor, sequence);
}

static void on_store(void *ctx, ew_str key, ew_str value) {
  recorder *r = ctx;
  char *name = copy_text(key);
  if ((r->quiet & RECORDER_QUIET_STORE) == 0) {
    write_line(r, value.ptr == NULL ? "remove" : "store", name, value);
  }
  free(name);
  if (value.ptr == NULL) {
    remove_pair(r->resources, &r->resource_count, key);
  } else {
    put_pair(&r->resources, &r->resource_count, key, value);
  }
}

static void on_random(void *ctx, void *bytes, size_t size) {
  recorder *r = ctx;
  unsigned char *out = bytes;
  for (size_t i = 0; i < size; i++) {
    r->random_state = r->random_state * 6364136223846793005u + 1442695040888963407u;
    out[i] = (unsigned char)(r->random_state >> 56);
  }
}

static void on_note(void *ctx, ew_str line) {
  recorder *r = ctx;
  if ((r->quiet & RECORDER_QUIET_NOTE) == 0) {
    write_line(r, "note", NULL, line);
  }
}

/* 2024-03-01T15:32:10Z when the monotonic clock stands at its start. */
static uint64_t on_wall_clock(void *ctx) {
  const recorder *r = ctx;
  return 1709307130000u + (r->now - 1000000u);
}

/* ------------------------------------------------------------------------------------ the subscriber's host */

static ew_err on_subscriber_send(void *ctx, ew_str message) {
  recorder *r = ctx;
  write_line(r, r->send_result == EW_OK ? "send" : "refused", NULL, message);
  return r->send_result;
}

static bool on_event(void *ctx, const ew_delivery *delivery) {
  recorder *r = ctx;
  char words[96];
  snprintf(words, sizeof(words), "event %" PRIu32 "/%" PRIu32 " id=", delivery->index,
           delivery->count);
  write_text(r, words);
  write_shown(r, delivery->id);
  write_text(r, " type=");
  write_shown(r, delivery->type);
  write_text(r, " source=");
  write_shown(r, delivery->source);
  write_text(r, " sequence=");
  write_number(r, delivery->sequence);
  write_text(r, " ");
  write_shown(r, delivery->event.json);
  write_text(r, "\n");
  return r->refuse_every == 0 || delivery->index % r->refuse_every != r->refuse_at;
}

static void on_peer_error(void *ctx, ew_str text) {
  write_line(ctx, "peer_error", NULL, text);
}

static void on_bad_message(void *ctx, const ew_diag *diag, ew_str message) {
  (void)message;
  write_line(ctx, "bad_message", ew_err_name(diag->err), ew_str_of(diag->pointer));
}

static void on_ready(void *ctx) {
  write_line(ctx, "ready", NULL, (ew_str){NULL, 0, 0});
}

/* -------------------------------------------------------------------------------------------------- life */

void recorder_init(recorder *r) {
  memset(r, 0, sizeof(*r));
  r->now = 1000000;
  r->quiet = RECORDER_QUIET_NOTE;
  r->random_state = 42;
  r->host = (ew_host){.ctx = r,
                      .send = on_send,
                      .close = on_close,
                      .drop = on_drop,
                      .read = on_read,
                      .position = on_position,
                      .commit = on_commit,
                      .store = on_store,
                      .random = on_random,
                      .note = on_note,
                      .wall_clock_ms = on_wall_clock};
  r->subscriber_host = (ew_subscriber_host){.ctx = r,
                                            .send = on_subscriber_send,
                                            .event = on_event,
                                            .peer_error = on_peer_error,
                                            .bad_message = on_bad_message,
                                            .ready = on_ready};
  write_text(r, "");
}

static void forget_connections(recorder *r) {
  while (r->peers != NULL) {
    recorder_peer *peer = r->peers;
    r->peers = peer->next;
    free(peer);
  }
  for (size_t i = 0; i < r->question_count; i++) {
    free(r->questions[i].stream);
    free(r->questions[i].cursor);
  }
  r->question_count = 0;
}

void recorder_attach(recorder *r, ew_service *service) { r->service = service; }

void recorder_restart(recorder *r) {
  ew_service_free(r->service);
  r->service = NULL;
  forget_connections(r);
}

void recorder_restore(recorder *r) {
  for (size_t i = 0; i < r->resource_count; i++) {
    char *key = copy_text(ew_str_of(r->resources[i].key));
    char *value = copy_text(ew_str_of(r->resources[i].value));
    ew_service_restore(r->service, ew_str_of(key), ew_str_of(value), r->now);
    free(key);
    free(value);
  }
  recorder_settle(r);
}

void recorder_clear(recorder *r) {
  recorder_restart(r);
  ew_subscriber_free(r->subscriber);
  for (size_t i = 0; i < r->event_count; i++) {
    free(r->events[i].stream);
    free(r->events[i].json);
  }
  free(r->events);
  free_pairs(r->cursors, r->cursor_count);
  free_pairs(r->resources, r->resource_count);
  free(r->questions);
  free(r->text);
  memset(r, 0, sizeof(*r));
}

/* -------------------------------------------------------------------------------------------------- HTTP */

static int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static ew_str decode_path(ew_str raw, char *out) {
  uint32_t len = 0;
  for (uint32_t i = 0; i < raw.len; i++) {
    if (raw.ptr[i] == '%' && raw.len - i > 2 && hex_value(raw.ptr[i + 1]) >= 0 &&
        hex_value(raw.ptr[i + 2]) >= 0) {
      out[len++] = (char)(hex_value(raw.ptr[i + 1]) * 16 + hex_value(raw.ptr[i + 2]));
      i += 2;
    } else {
      out[len++] = raw.ptr[i];
    }
  }
  return ew_str_from(out, len);
}

static size_t split_headers(const char *const *lines, ew_http_header *headers, size_t max) {
  size_t count = 0;
  while (count < max && lines[count] != NULL) {
    const char *colon = strstr(lines[count], ": ");
    assert_non_null(colon);
    headers[count].name = ew_str_from(lines[count], (size_t)(colon - lines[count]));
    headers[count].value = ew_str_of(colon + 2);
    count++;
  }
  return count;
}

typedef struct parsed_request {
  ew_http_request request;
  ew_http_header headers[8];
  char path[1024];
} parsed_request;

static void parse_request(parsed_request *out, const recorder_request *q) {
  memset(out, 0, sizeof(*out));
  const char *mark = strchr(q->target, '?');
  size_t path_len = mark == NULL ? strlen(q->target) : (size_t)(mark - q->target);
  assert_true(path_len < sizeof(out->path));
  out->request.method = ew_str_of(q->method == NULL ? "GET" : q->method);
  out->request.raw_path = ew_str_from(q->target, path_len);
  out->request.path = decode_path(out->request.raw_path, out->path);
  out->request.query = ew_str_of(mark == NULL ? "" : mark + 1);
  out->request.headers = out->headers;
  out->request.header_count =
      split_headers(q->headers, out->headers, sizeof(q->headers) / sizeof(q->headers[0]));
  out->request.body = ew_str_of(q->body == NULL ? "" : q->body);
  out->request.upgrade = q->upgrade;
}

static int answer_request(recorder *r, const ew_http_request *request) {
  ew_http_response response = {.status = 0};
  ew_buf_init(&response.body, r->http_body, sizeof(r->http_body) - 1);
  ew_service_http(r->service, request, &response, r->now);
  r->http_body[response.body.len] = '\0';
  snprintf(r->http_content_type, sizeof(r->http_content_type), "%s",
           response.content_type == NULL ? "" : response.content_type);
  return response.status;
}

int recorder_http(recorder *r, const recorder_request *request) {
  parsed_request parsed;
  parse_request(&parsed, request);
  int status = answer_request(r, &parsed.request);
  recorder_settle(r);
  return status;
}

int recorder_open(recorder *r, const char *name, const char *target, const char *header) {
  recorder_request q = {.target = target, .headers = {header}, .upgrade = true};
  parsed_request parsed;
  parse_request(&parsed, &q);
  int status = answer_request(r, &parsed.request);
  if (status == 101) {
    recorder_peer *peer = grown(NULL, 1, sizeof(*peer));
    memset(peer, 0, sizeof(*peer));
    snprintf(peer->name, sizeof(peer->name), "%s", name);
    peer->next = r->peers;
    r->peers = peer;
    peer->session = ew_service_open(r->service, &parsed.request, peer, r->now);
  }
  recorder_settle(r);
  return status;
}

/* ---------------------------------------------------------------------------------------------- traffic */

/*
 * In a block of exactly its size: a byte read behind the message is an error that the sanitizer
 * sees.
 */
static void hand_over(recorder *r, const recorder_peer *peer, ew_opcode opcode, const void *bytes,
                      size_t size) {
  char *message = grown(NULL, size == 0 ? 1 : size, 1);
  if (size > 0) {
    memcpy(message, bytes, size);
  }
  ew_service_receive(peer->session, opcode, ew_str_from(message, size), r->now);
  free(message);
}

void recorder_receive_bytes(recorder *r, const char *name, ew_opcode opcode, const void *bytes,
                            size_t size) {
  hand_over(r, open_peer(r, name), opcode, bytes, size);
  recorder_settle(r);
}

void recorder_receive(recorder *r, const char *name, const char *text) {
  recorder_receive_bytes(r, name, EW_TEXT, text, strlen(text));
}

void recorder_receive_pair(recorder *r, const char *name, const char *first, const char *second) {
  const recorder_peer *peer = open_peer(r, name);
  hand_over(r, peer, EW_TEXT, first, strlen(first));
  hand_over(r, peer, EW_TEXT, second, strlen(second));
  recorder_settle(r);
}

static void end_peer(recorder *r, recorder_peer *peer) {
  ew_session *session = peer->session;
  peer->session = NULL;
  ew_service_close(session, r->now);
}

void recorder_close(recorder *r, const char *name) {
  end_peer(r, open_peer(r, name));
  recorder_settle(r);
}

bool recorder_is_open(const recorder *r, const char *name) { return find_peer(r, name) != NULL; }

static uint64_t last_sequence(const recorder *r, const char *stream) {
  uint64_t last = 0;
  for (size_t i = 0; i < r->event_count; i++) {
    if (strcmp(r->events[i].stream, stream) == 0) {
      last = r->events[i].sequence;
    }
  }
  return last;
}

uint64_t recorder_append(recorder *r, const char *stream, const char *event) {
  uint64_t sequence = last_sequence(r, stream) + 1;
  r->events = grown(r->events, r->event_count + 1, sizeof(*r->events));
  r->events[r->event_count++] =
      (recorder_event){copy_text(ew_str_of(stream)), copy_text(ew_str_of(event)), sequence};
  return sequence;
}

ew_err recorder_publish(recorder *r, const char *where, const char *event) {
  char name[1024];
  ew_buf stream;
  ew_diag diag;
  ew_buf_init(&stream, name, sizeof(name) - 1);
  ew_err err = ew_service_check(r->service, ew_str_of(where), ew_str_of(event), &stream, &diag);
  if (err != EW_OK) {
    return err;
  }
  name[stream.len] = '\0';
  char *copy = copy_text(ew_str_of(event));
  ew_logged logged = {recorder_append(r, name, event), ew_str_of(copy)};
  ew_service_publish(r->service, ew_buf_str(&stream), &logged, r->now);
  free(copy);
  recorder_settle(r);
  return EW_OK;
}

uint64_t recorder_cursor(const recorder *r, const char *cursor) {
  const recorder_pair *pair = find_pair(r->cursors, r->cursor_count, ew_str_of(cursor));
  return pair == NULL ? UINT64_MAX : strtoull(pair->value, NULL, 10);
}

void recorder_set_cursor(recorder *r, const char *cursor, uint64_t sequence) {
  put_cursor(r, ew_str_of(cursor), sequence);
}

/* ------------------------------------------------------------------------------------- answers and the time */

static void answer_position(recorder *r, const recorder_question *q) {
  if (r->log_result != EW_OK) {
    ew_service_position(r->service, q->token, r->log_result, 0, false, 0, r->now);
    return;
  }
  uint64_t cursor = recorder_cursor(r, q->cursor);
  bool has = cursor != UINT64_MAX;
  ew_service_position(r->service, q->token, EW_OK, last_sequence(r, q->stream), has,
                      has ? cursor : 0, r->now);
}

static size_t collect(const recorder *r, const recorder_question *q, ew_logged *out) {
  size_t count = 0;
  for (size_t i = 0; i < r->event_count && count < q->limit; i++) {
    const recorder_event *event = &r->events[i];
    if (event->sequence > q->after && strcmp(event->stream, q->stream) == 0) {
      out[count++] = (ew_logged){event->sequence, ew_str_of(copy_text(ew_str_of(event->json)))};
    }
  }
  return count;
}

/* The views are copies that die behind the call, so that a machine which keeps one is caught. */
static void answer_read(recorder *r, const recorder_question *q) {
  if (r->log_result != EW_OK) {
    ew_service_events(r->service, q->token, r->log_result, NULL, 0, r->now);
    return;
  }
  ew_logged *events = grown(NULL, r->event_count + 1, sizeof(*events));
  size_t count = collect(r, q, events);
  ew_service_events(r->service, q->token, EW_OK, events, count, r->now);
  for (size_t i = 0; i < count; i++) {
    union {
      const char *view;
      char *block;
    } owned = {.view = events[i].event.ptr};
    free(owned.block);
  }
  free(events);
}

static void answer_oldest(recorder *r) {
  recorder_question q = r->questions[0];
  r->question_count--;
  memmove(r->questions, r->questions + 1, r->question_count * sizeof(q));
  if (q.is_position) {
    answer_position(r, &q);
  } else {
    answer_read(r, &q);
  }
  free(q.stream);
  free(q.cursor);
}

static recorder_peer *find_ending(const recorder *r) {
  for (recorder_peer *peer = r->peers; peer != NULL; peer = peer->next) {
    if (peer->ending && peer->session != NULL) {
      return peer;
    }
  }
  return NULL;
}

void recorder_settle(recorder *r) {
  for (unsigned rounds = 0;; rounds++) {
    recorder_peer *ending = find_ending(r);
    if (ending != NULL) {
      end_peer(r, ending);
    } else if (r->question_count > 0 && !r->hold) {
      answer_oldest(r);
    } else {
      return;
    }
    if (rounds > 100000) {
      fail_msg("the machine asks without end");
    }
  }
}

void recorder_answer(recorder *r) {
  if (r->question_count == 0) {
    fail_msg("nothing was asked");
  }
  answer_oldest(r);
  recorder_settle(r);
}

void recorder_advance(recorder *r, uint64_t ms) {
  uint64_t end = r->now + ms;
  for (unsigned rounds = 0; ew_service_deadline(r->service) <= end; rounds++) {
    uint64_t deadline = ew_service_deadline(r->service);
    r->now = deadline > r->now ? deadline : r->now;
    ew_service_tick(r->service, r->now);
    recorder_settle(r);
    if (rounds > 100000) {
      fail_msg("the deadline does not move");
    }
  }
  r->now = end;
}

/* ---------------------------------------------------------------------------------------------- client side */

void recorder_connect(recorder *r, const char *url_path, ew_request *request) {
  assert_int_equal(ew_subscriber_connect(r->subscriber, ew_str_of(url_path), request), EW_OK);
  snprintf(r->target, sizeof(r->target), "%s %.*s", request->method, EW_STR_ARG(request->target));
}

void recorder_deliver(recorder *r, const char *text) {
  /* Without the NUL: a byte read behind the text is an error that the sanitizer sees. */
  size_t size = strlen(text);
  char *exact = grown(NULL, size == 0 ? 1 : size, 1);
  memcpy(exact, text, size);
  ew_subscriber_receive(r->subscriber, EW_TEXT, ew_str_from(exact, size), r->now);
  free(exact);
}

ew_str recorder_header(const ew_request *request, const char *name) {
  for (size_t i = 0; i < request->header_count; i++) {
    if (text_is(request->headers[i].name, name)) {
      return request->headers[i].value;
    }
  }
  return (ew_str){NULL, 0, 0};
}

/* -------------------------------------------------------------------------------------------- comparison */

void recorder_forget(recorder *r) {
  r->text_len = 0;
  r->text[0] = '\0';
}

void recorder_expect_at(recorder *r, const char *text, const char *file, int line) {
  if (strcmp(r->text, text) != 0) {
    print_error("expected:\n%s\nhappened:\n%s\n", text, r->text);
    _fail(file, line);
  }
  recorder_forget(r);
}
