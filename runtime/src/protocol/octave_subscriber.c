/*
 * The client side of Octave: ask for a session, open its socket, subscribe to each stream, wait for
 * the answers. A lost connection starts from nothing: another session, all subscriptions again.
 * What was missed meanwhile is only to be had over REST.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "check_internal.h"
#include "eventwire/octave.h"
#include "member_internal.h"
#include "memory_internal.h"
#include "subscriber_internal.h"

#define SESSION_PATH "/session"
#define MAX_REQUESTS_IN_FLIGHT 64u
#define MSG_ID_PREFIX "subscribe-"
#define REFUSED_SIZE 200

typedef enum octave_state { STATE_CLOSED, STATE_ASKING, STATE_UPGRADING, STATE_OPEN } octave_state;

typedef struct octave_stream {
  ew_str selector;
  bool answered; /* on this connection */
} octave_stream;

typedef struct octave_subscriber {
  ew_subscriber base; /* first */
  ew_str user, company, token;
  octave_stream *streams;
  size_t stream_count;
  octave_state state;
  size_t sent, answered, confirmed; /* subscriptions on this connection */
  ew__text target;
  ew__text text;
  ew__scratch scratch;
} octave_subscriber;

static octave_subscriber *octave(ew_subscriber *base) { return (octave_subscriber *)base; }

/* ------------------------------------------------------------------------------------------------ HTTP requests */

static ew_str path_of(ew_str url_path) {
  uint32_t len = 0;
  while (len < url_path.len && url_path.ptr[len] != '?' && url_path.ptr[len] != '#') {
    len++;
  }
  while (len > 0 && url_path.ptr[len - 1] == '/') {
    len--;
  }
  return ew_str_from(url_path.ptr, len);
}

static bool ends_with(ew_str text, ew_str end) {
  return text.len >= end.len &&
         ew_str_equal(ew_str_from(text.ptr + (text.len - end.len), end.len), end);
}

static void add_header(ew_request *request, const char *name, ew_str value) {
  if (value.len > 0) {
    request->headers[request->header_count++] = (ew_http_header){ew_str_of(name), value};
  }
}

static void ask_for_session(octave_subscriber *subscriber, ew_request *request) {
  *request = (ew_request){.method = "POST", .target = ew_buf_str(&subscriber->target.buf)};
  add_header(request, "x-auth-user", subscriber->user);
  add_header(request, "x-auth-company", subscriber->company);
  add_header(request, "x-auth-token", subscriber->token);
  subscriber->state = STATE_ASKING;
}

static void ask_for_socket(octave_subscriber *subscriber, ew_request *request) {
  *request = (ew_request){.upgrade = true, .method = "GET", .target = ew_buf_str(&subscriber->target.buf)};
  subscriber->state = STATE_UPGRADING;
}

static void forget_connection(octave_subscriber *subscriber) {
  subscriber->state = STATE_CLOSED;
  subscriber->sent = 0;
  subscriber->answered = 0;
  subscriber->confirmed = 0;
  for (size_t i = 0; i < subscriber->stream_count; i++) {
    subscriber->streams[i].answered = false;
  }
}

/* A path that ends in /ws is the socket of a session that the user has made already. */
static ew_err connect_again(ew_subscriber *base, ew_str url_path, ew_request *request) {
  octave_subscriber *subscriber = octave(base);
  ew_str path = path_of(url_path);
  forget_connection(subscriber);
  ew__text_reset(&subscriber->target);
  ew_err err = ew__text_append(&subscriber->target, path.len == 0 ? EW_STR(SESSION_PATH) : path);
  if (err != EW_OK) {
    return err;
  }
  if (ends_with(path, EW_STR("/ws"))) {
    ask_for_socket(subscriber, request);
  } else if (subscriber->token.len == 0 || subscriber->company.len == 0) {
    return EW_ERR_ARGUMENT;
  } else {
    ask_for_session(subscriber, request);
  }
  return EW_OK;
}

/* ------------------------------------------------------------------------------------------------- HTTP answers */

/*
 * The first reason in a failure answer, empty when the body is none. Lives until the next message.
 */
static ew_str reason_of(octave_subscriber *subscriber, ew_str body) {
  const ew_type *type = ew__message_type(&ew_octave_document, "sessionFailure");
  ew_decode_options opts = {.profile = EW_LENIENT};
  ew_octave_session_failure failure;
  if (ew__scratch_decode(&subscriber->scratch, type, body, &opts, &failure, NULL) != EW_OK ||
      failure.head.errors.count == 0) {
    return EW_STR("");
  }
  const ew_octave_error_item *item = &failure.head.errors.items[0];
  return item->kind == EW_OCTAVE_ERROR_ITEM_TEXT ? item->text : item->object.json;
}

static ew_err refused(octave_subscriber *subscriber, int status, ew_str body, ew_diag *diag) {
  const char *expected = subscriber->state == STATE_ASKING ? "status 201" : "status 101";
  ew_str reason = reason_of(subscriber, body);
  char found[REFUSED_SIZE];
  int shown = reason.len < 100 ? (int)reason.len : 100;
  snprintf(found, sizeof(found), "status %d%s%.*s", status, shown == 0 ? "" : ": ", shown,
           shown == 0 ? "" : reason.ptr);
  forget_connection(subscriber);
  return ew__diag_say(diag, EW_ERR_REFUSED, "", expected, ew_str_of(found));
}

static ew_err read_session(octave_subscriber *subscriber, ew_str body,
                           ew_octave_session_response *out, ew_diag *diag) {
  const ew_message *message = ew_document_find(&ew_octave_document, EW_STR("sessionResponse"));
  ew_decode_options opts = {.profile = subscriber->base.profile};
  ew_err err = ew__scratch_decode(&subscriber->scratch, message->type, body, &opts, out, diag);
  return err == EW_OK ? ew__octave_check(message, out, diag) : err;
}

/* "/session" becomes "/session/ID/ws". */
static ew_err extend_target(ew__text *target, ew_str id) {
  ew_err err = ew__text_reserve(target, (size_t)id.len * 3 + 4);
  if (err == EW_OK) {
    err = ew_buf_append(&target->buf, EW_STR("/"));
  }
  if (err == EW_OK) {
    err = ew_http_percent_encode(&target->buf, id);
  }
  return err == EW_OK ? ew_buf_append(&target->buf, EW_STR("/ws")) : err;
}

static ew_err answer(ew_subscriber *base, int status, ew_str body, ew_request *next,
                     ew_diag *diag) {
  octave_subscriber *subscriber = octave(base);
  if (subscriber->state != STATE_ASKING) {
    return refused(subscriber, status, body, diag);
  }
  if (status < 200 || status > 299) {
    return refused(subscriber, status, body, diag);
  }
  ew_octave_session_response response;
  ew_err err = read_session(subscriber, body, &response, diag);
  if (err != EW_OK && reason_of(subscriber, body).len > 0) {
    return refused(subscriber, status, body, diag);
  }
  if (err != EW_OK) {
    forget_connection(subscriber);
    return EW_ERR_PEER;
  }
  err = extend_target(&subscriber->target, response.body.id);
  if (err == EW_OK) {
    ask_for_socket(subscriber, next);
  }
  return err;
}

/* ------------------------------------------------------------------------------------------------ subscriptions */

static ew_err write_subscribe(octave_subscriber *subscriber, size_t index) {
  ew_str selector = subscriber->streams[index].selector;
  char msg_id[40];
  snprintf(msg_id, sizeof(msg_id), MSG_ID_PREFIX "%zu", index);
  ew_octave_subscribe request;
  ew_octave_subscribe_init(&request);
  request.msg_id = ew_str_of(msg_id);
  request.has_path = selector.len > 0 && selector.ptr[0] == '/';
  request.has_stream_id = !request.has_path;
  *(request.has_path ? &request.path : &request.stream_id) = selector;
  ew__text_reset(&subscriber->text);
  return ew__text_encode(&subscriber->text, ew__message_type(&ew_octave_document, "subscribe"),
                         &request, NULL);
}

/* Some at a time, so that a long list of streams does not fill the queue. */
static void send_requests(octave_subscriber *subscriber) {
  while (subscriber->sent < subscriber->stream_count &&
         subscriber->sent - subscriber->answered < MAX_REQUESTS_IN_FLIGHT) {
    if (write_subscribe(subscriber, subscriber->sent) != EW_OK ||
        ew__subscriber_send(&subscriber->base, ew_buf_str(&subscriber->text.buf)) != EW_OK) {
      return;
    }
    subscriber->sent++;
  }
}

static void open_socket(ew_subscriber *base, uint64_t now) {
  octave_subscriber *subscriber = octave(base);
  (void)now;
  subscriber->state = STATE_OPEN;
  send_requests(subscriber);
  if (subscriber->stream_count == 0) {
    ew__subscriber_ready(base);
  }
}

/*
 * Our msgIds are unique, so an answer tells its request. NULL when it is not one that we wait for.
 */
static octave_stream *find_request(octave_subscriber *subscriber, ew_str msg_id) {
  ew_str prefix = EW_STR(MSG_ID_PREFIX);
  uint64_t index = 0;
  if (msg_id.len <= prefix.len || memcmp(msg_id.ptr, prefix.ptr, prefix.len) != 0 ||
      ew_str_to_uint64(ew_str_from(msg_id.ptr + prefix.len, msg_id.len - prefix.len), &index) !=
          EW_OK ||
      index >= subscriber->sent || subscriber->streams[index].answered) {
    return NULL;
  }
  return &subscriber->streams[index];
}

static ew_err append_error(ew__text *text, bool first, ew_str error) {
  ew_err err = ew__text_append(text, first ? EW_STR("") : EW_STR("; "));
  return err == EW_OK ? ew__text_append(text, error) : err;
}

/* "/my/stream/path: Stream not found" */
static void report_refusal(octave_subscriber *subscriber, ew_str selector,
                           const ew_octave_error_item_list *errors) {
  ew__text *text = &subscriber->text;
  ew__text_reset(text);
  ew_err err = ew__text_append(text, selector);
  if (err == EW_OK) {
    err = ew__text_append(text, selector.len == 0 ? EW_STR("") : EW_STR(": "));
  }
  for (uint32_t i = 0; err == EW_OK && i < errors->count; i++) {
    const ew_octave_error_item *item = &errors->items[i];
    err = append_error(text, i == 0,
                       item->kind == EW_OCTAVE_ERROR_ITEM_TEXT ? item->text : item->object.json);
  }
  if (err == EW_OK && errors->count == 0) {
    err = ew__text_append(text, EW_STR("refused without a reason"));
  }
  ew__subscriber_peer_error(&subscriber->base,
                            err == EW_OK ? ew_buf_str(&text->buf) : EW_STR("refused"));
}

static void on_unexpected_answer(octave_subscriber *subscriber,
                                 const ew_octave_acknowledgement *answer, ew_str message) {
  if (!answer->head.ok) {
    report_refusal(subscriber, EW_STR(""), &answer->head.errors);
    return;
  }
  ew_diag diag;
  (void)ew__diag_say(&diag, EW_ERR_PEER, "/head/msgId", "the msgId of a request that waits",
                     answer->head.msg_id);
  ew__subscriber_bad_message(&subscriber->base, &diag, message);
}

static void on_acknowledgement(octave_subscriber *subscriber,
                               const ew_octave_acknowledgement *answer, ew_str message) {
  octave_stream *stream = find_request(subscriber, answer->head.msg_id);
  if (stream == NULL) {
    on_unexpected_answer(subscriber, answer, message);
    return;
  }
  stream->answered = true;
  subscriber->answered++;
  if (answer->head.ok) {
    subscriber->confirmed++;
  } else {
    report_refusal(subscriber, stream->selector, &answer->head.errors);
  }
  send_requests(subscriber);
  if (answer->head.ok && subscriber->confirmed == subscriber->stream_count) {
    ew__subscriber_ready(&subscriber->base);
  }
}

/* ------------------------------------------------------------------------------------------------------- events */

static void on_message(octave_subscriber *subscriber, const ew_octave_message *message,
                       ew_str text) {
  const ew_octave_event *event = &message->value;
  ew_delivery delivery = {
      .id = event->id,
      .type = event->path,
      .source = event->stream_id.len > 0 ? event->stream_id : message->resource,
      .count = 1,
  };
  (void)ew__member_find((ew_raw){text}, "value", &delivery.event);
  /* the protocol has no answer to an event */
  (void)ew__subscriber_event(&subscriber->base, &delivery);
}

/* The rules that no schema states, for whichever message it is. */
static ew_err check_rules(const ew_octave_server_message *message, ew_diag *diag) {
  if (message->kind == EW_OCTAVE_SERVER_MESSAGE_ACKNOWLEDGEMENT) {
    return ew__octave_check(ew_document_find(&ew_octave_document, EW_STR("acknowledgement")),
                            &message->acknowledgement, diag);
  }
  return ew__octave_check(ew_document_find(&ew_octave_document, EW_STR("message")),
                          &message->message, diag);
}

static void receive(ew_subscriber *base, ew_opcode opcode, ew_str text, uint64_t now) {
  octave_subscriber *subscriber = octave(base);
  ew_decode_options opts = {.profile = base->profile};
  ew_octave_server_message message;
  ew_diag diag = {0};
  (void)now;
  ew_err err =
      opcode == EW_TEXT
          ? ew__scratch_decode(&subscriber->scratch, ew_octave_document.to_client, text, &opts,
                               &message, &diag)
          : ew__diag_say(&diag, EW_ERR_PEER, "", "a text message", EW_STR("a binary message"));
  if (err == EW_OK) {
    err = check_rules(&message, &diag);
  }
  if (err != EW_OK) {
    diag.err = err; /* memory that runs out leaves no diagnosis */
    ew__subscriber_bad_message(base, &diag, text);
    return;
  }
  switch (message.kind) {
  case EW_OCTAVE_SERVER_MESSAGE_ACKNOWLEDGEMENT:
    on_acknowledgement(subscriber, &message.acknowledgement, text);
    return;
  case EW_OCTAVE_SERVER_MESSAGE_MESSAGE:
    on_message(subscriber, &message.message, text);
    return;
  case EW_OCTAVE_SERVER_MESSAGE_NONE:
    return;
  }
}

/* --------------------------------------------------------------------------------------------------- life cycle */

static void close_socket(ew_subscriber *base, uint64_t now) {
  (void)now;
  forget_connection(octave(base));
}

static void free_subscriber(ew_subscriber *base) {
  octave_subscriber *subscriber = octave(base);
  for (size_t i = 0; i < subscriber->stream_count; i++) {
    ew__str_free(&subscriber->streams[i].selector);
  }
  free(subscriber->streams);
  ew__str_free(&subscriber->user);
  ew__str_free(&subscriber->company);
  ew__str_free(&subscriber->token);
  ew__text_clear(&subscriber->target);
  ew__text_clear(&subscriber->text);
  ew__scratch_clear(&subscriber->scratch);
  free(subscriber);
}

static const ew__subscriber_ops ops = {
    .document = &ew_octave_document,
    .free = free_subscriber,
    .connect = connect_again,
    .answer = answer,
    .open = open_socket,
    .receive = receive,
    .close = close_socket,
};

/* A line break in a header would start another header. */
static bool is_header_value(ew_str text) {
  for (uint32_t i = 0; i < text.len; i++) {
    if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f) {
      return false;
    }
  }
  return true;
}

static ew_err copy_streams(octave_subscriber *subscriber, const ew_subscriber_options *opts) {
  if (opts->stream_count == 0) {
    return EW_OK;
  }
  subscriber->streams = calloc(opts->stream_count, sizeof(*subscriber->streams));
  if (subscriber->streams == NULL) {
    return EW_ERR_NOMEM;
  }
  for (size_t i = 0; i < opts->stream_count; i++) {
    if (!ew__str_dup(&subscriber->streams[i].selector, opts->streams[i])) {
      return EW_ERR_NOMEM;
    }
    subscriber->stream_count++;
    /* what cannot be written is no stream id and no path */
    ew_err err = write_subscribe(subscriber, i);
    if (err != EW_OK) {
      return err == EW_ERR_NOMEM ? err : EW_ERR_ARGUMENT;
    }
  }
  return EW_OK;
}

static ew_err copy_options(octave_subscriber *subscriber, const ew_subscriber_options *opts) {
  subscriber->base.profile = opts->profile;
  subscriber->base.ack = opts->ack;
  bool copied = ew__str_dup(&subscriber->user, opts->user) &&
                ew__str_dup(&subscriber->company, opts->company) &&
                ew__str_dup(&subscriber->token, opts->token);
  return copied ? copy_streams(subscriber, opts) : EW_ERR_NOMEM;
}

ew_err ew__octave_subscriber_new(ew_subscriber **out, const ew_subscriber_options *opts,
                                 const ew_subscriber_host *host) {
  if (!is_header_value(opts->user) || !is_header_value(opts->company) ||
      !is_header_value(opts->token)) {
    return EW_ERR_ARGUMENT;
  }
  octave_subscriber *subscriber = calloc(1, sizeof(*subscriber));
  if (subscriber == NULL) {
    return EW_ERR_NOMEM;
  }
  size_t message_bytes = ew_octave_document.limits.max_bytes;
  subscriber->base = (ew_subscriber){.ops = &ops, .host = *host};
  ew__text_init(&subscriber->target, 64 * 1024);
  ew__text_init(&subscriber->text, 2 * message_bytes);
  ew__scratch_init(&subscriber->scratch, 16 * message_bytes);
  ew_err err = copy_options(subscriber, opts);
  if (err != EW_OK) {
    free_subscriber(&subscriber->base);
    return err;
  }
  *out = &subscriber->base;
  return EW_OK;
}
