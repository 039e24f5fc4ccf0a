/*
 * The server side of Kaleido event streams: the HTTP request, the sessions and what may be
 * published. What is delivered when is decided in kaleido_topic.c.
 */
#include "kaleido_internal.h"

#include <stdlib.h>

/* ---------------------------------------------------------------------------------------------------- HTTP */

static void answer(ew_http_response *response, int status, const char *content_type,
                   const char *body) {
  response->status = status;
  response->content_type =
      ew_buf_append(&response->body, ew_str_of(body)) == EW_OK ? content_type : NULL;
}

static void answer_text(ew_http_response *response, int status, const char *body) {
  answer(response, status, "text/plain; charset=utf-8", body);
}

static bool is_authorized(const ew__kaleido_service *service, const ew_http_request *request) {
  if (service->user.len == 0 && service->password.len == 0) {
    return true;
  }
  return ew_http_basic_matches(ew_http_header_find(request, "authorization"), service->user,
                               service->password);
}

/*
 * The part of an Origin between "://" and the path, without user information. Empty for "null" and
 * other things that name no host.
 */
static ew_str host_of_origin(ew_str origin) {
  uint32_t at = 0;
  while (at + 3 <= origin.len && memcmp(origin.ptr + at, "://", 3) != 0) {
    at++;
  }
  if (at + 3 > origin.len) {
    return (ew_str){0};
  }
  uint32_t begin = at + 3;
  uint32_t end = begin;
  while (end < origin.len && origin.ptr[end] != '/' && origin.ptr[end] != '?' &&
         origin.ptr[end] != '#') {
    begin = origin.ptr[end] == '@' ? end + 1 : begin;
    end++;
  }
  return ew_str_from(origin.ptr + begin, end - begin);
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

static bool is_same_folded(ew_str a, ew_str b) {
  bool same = a.len == b.len;
  for (uint32_t i = 0; same && i < a.len; i++) {
    same = lower(a.ptr[i]) == lower(b.ptr[i]);
  }
  return same;
}

/* gorilla/websocket's rule for browsers; clients of other kinds send no Origin. */
static bool is_same_origin(const ew_http_request *request) {
  ew_str origin = ew_http_header_find(request, "origin");
  return origin.ptr == NULL ||
         is_same_folded(host_of_origin(origin), ew_http_header_find(request, "host"));
}

static void on_http(ew_service *base, const ew_http_request *request, ew_http_response *response,
                    uint64_t now) {
  (void)now;
  if (!is_authorized((ew__kaleido_service *)base, request)) {
    answer(response, 401, "application/json", "{\"error\":\"Unauthorized\"}\n");
  } else if (!ew_str_equal(request->path, EW_STR("/ws"))) {
    answer_text(response, 404, "404 page not found\n");
  } else if (!ew_str_equal(request->method, EW_STR("GET"))) {
    answer_text(response, 405, "Method Not Allowed\n");
  } else if (!request->upgrade) {
    answer_text(response, 400, "Bad Request\n");
  } else if (!is_same_origin(request)) {
    answer_text(response, 403, "Forbidden\n");
  } else {
    response->status = 101;
  }
}

/* ------------------------------------------------------------------------------------------------- sessions */

static ew_session *on_open(ew_service *base, const ew_http_request *request, void *connection,
                           uint64_t now) {
  (void)request;
  (void)now;
  ew__kaleido_service *service = (ew__kaleido_service *)base;
  ew__kaleido_session *session = calloc(1, sizeof(*session));
  if (session == NULL) {
    return NULL;
  }
  session->base = (ew_session){.service = base, .connection = connection};
  session->next = service->sessions;
  session->link = &service->sessions;
  if (session->next != NULL) {
    session->next->link = &session->next;
  }
  service->sessions = session;
  return &session->base;
}

static void free_session(ew__kaleido_session *session) {
  *session->link = session->next;
  if (session->next != NULL) {
    session->next->link = session->link;
  }
  free(session->topics);
  free(session);
}

static void on_close(ew_session *base, uint64_t now) {
  ew__kaleido_session *session = (ew__kaleido_session *)base;
  for (uint32_t i = 0; i < session->topic_count; i++) {
    ew__kaleido_topic_leave(session->topics[i], session, now);
  }
  free_session(session);
}

/* ------------------------------------------------------------------------------------------------ refusals */

static uint16_t close_code(ew_err err) {
  if (err == EW_ERR_NOMEM) {
    return 1011;
  }
  if (err == EW_ERR_TOO_LARGE || err == EW_ERR_ARENA_FULL) {
    return 1009;
  }
  return err <= -200 && err > -300 ? 1007 : 1008;
}

/* The real server just ends TCP, and says why in its log alone. */
static void refuse(ew__kaleido_session *session, uint16_t code, const char *reason) {
  session->ending = true;
  if (ew__kaleido_strict((ew__kaleido_service *)session->base.service)) {
    ew__session_end(&session->base, code, reason);
  } else {
    ew__service_note(session->base.service, ew_str_of(reason));
    ew__session_drop(&session->base);
  }
}

static void add_text(char *out, size_t size, const char *text) {
  size_t used = strlen(out);
  size_t len = strlen(text);
  if (len < size - used) {
    memcpy(out + used, text, len + 1);
  }
}

static bool is_printable(const char *text) {
  while (*text >= ' ' && *text <= '~') {
    text++;
  }
  return *text == '\0';
}

/*
 * RFC 6455 leaves 123 bytes for a reason. A pointer that holds a client's text stays out when it is
 * no plain ASCII.
 */
static void refuse_message(ew__kaleido_session *session, ew_err err, const ew_diag *diag) {
  char reason[124] = "";
  if (diag->err == err && diag->pointer[0] != '\0' && is_printable(diag->pointer)) {
    add_text(reason, sizeof(reason) - 64, diag->pointer);
    add_text(reason, sizeof(reason), reason[0] == '\0' ? "" : ": ");
  }
  add_text(reason, sizeof(reason), ew_err_text(err));
  refuse(session, close_code(err), reason);
}

/* ------------------------------------------------------------------------------------------------- commands */

static bool has_joined(const ew__kaleido_session *session, const ew__kaleido_topic *topic) {
  for (uint32_t i = 0; i < session->topic_count; i++) {
    if (session->topics[i] == topic) {
      return true;
    }
  }
  return false;
}

static ew_err make_room(ew__kaleido_session *session) {
  if (session->topic_count >= EW__KALEIDO_MAX_TOPICS_OF_SESSION) {
    return EW_ERR_QUEUE_FULL;
  }
  if (session->topic_count < session->topic_room) {
    return EW_OK;
  }
  uint32_t room = session->topic_room == 0 ? 4 : session->topic_room * 2;
  ew__kaleido_topic **topics = realloc(session->topics, room * sizeof(*topics));
  if (topics == NULL) {
    return EW_ERR_NOMEM;
  }
  session->topics = topics;
  session->topic_room = room;
  return EW_OK;
}

/* The log stream of a topic, in the caller's bytes. Empty when the name is too long. */
static ew_str stream_of(ew_str topic, char *bytes, size_t size) {
  size_t prefix = sizeof(EW__KALEIDO_STREAM_PREFIX) - 1;
  if (topic.len > size - prefix) {
    return (ew_str){0};
  }
  memcpy(bytes, EW__KALEIDO_STREAM_PREFIX, prefix);
  if (topic.len > 0) {
    memcpy(bytes + prefix, topic.ptr, topic.len);
  }
  return ew_str_from(bytes, prefix + topic.len);
}

#define STREAM_BYTES (sizeof(EW__KALEIDO_STREAM_PREFIX) - 1 + EW__KALEIDO_MAX_TOPIC_BYTES)

static ew_err join(ew__kaleido_session *session, ew_str stream, uint64_t now) {
  ew__kaleido_service *service = (ew__kaleido_service *)session->base.service;
  ew__kaleido_topic *topic = ew__kaleido_topic_find(service, stream);
  if (topic != NULL && has_joined(session, topic)) {
    return EW_OK;
  }
  ew_err err = make_room(session);
  if (err == EW_OK) {
    err = ew__kaleido_topic_join(service, stream, session, &topic);
  }
  if (err == EW_OK) {
    session->topics[session->topic_count++] = topic;
    ew__kaleido_topic_drive(topic, now);
  }
  return err;
}

static void on_listen(ew__kaleido_session *session, ew_str topic, uint64_t now) {
  char bytes[STREAM_BYTES];
  ew_str stream = stream_of(topic, bytes, sizeof(bytes));
  if (stream.len == 0) {
    refuse(session, 1008, "the topic is too long");
    return;
  }
  ew_err err = join(session, stream, now);
  if (err == EW_ERR_QUEUE_FULL) {
    refuse(session, 1008, "too many topics");
  } else if (err != EW_OK) {
    refuse(session, 1011, ew_err_text(err));
  }
}

/*
 * T queues what nobody waits for, and closes the connection that overfills the queue; E drops it.
 */
static void count_stray(ew__kaleido_session *session) {
  const ew__kaleido_service *service = (ew__kaleido_service *)session->base.service;
  session->stray_acks++;
  if (service->format.numbered && session->stray_acks > EW__KALEIDO_MAX_STRAY_ACKS) {
    refuse(session, 1008, "too many spurious acks");
  }
}

static void on_answer(ew__kaleido_session *session, const ew__kaleido_command *command,
                      uint64_t now) {
  char bytes[STREAM_BYTES];
  const ew__kaleido_service *service = (ew__kaleido_service *)session->base.service;
  ew__kaleido_topic *topic =
      ew__kaleido_topic_find(service, stream_of(command->topic, bytes, sizeof(bytes)));
  bool awaited = false;
  if (topic != NULL && command->verb == EW__KALEIDO_ACK) {
    awaited = ew__kaleido_topic_ack(topic, session, command->number, now);
  } else if (topic != NULL) {
    awaited = ew__kaleido_topic_reject(topic, session, command->number, now);
  }
  if (!awaited) {
    count_stray(session);
  }
}

static void obey(ew__kaleido_session *session, const ew__kaleido_command *command, uint64_t now) {
  switch (command->verb) {
  case EW__KALEIDO_IGNORE:
    ew__service_note(session->base.service,
                     EW_STR("kaleido: a message of unknown type was ignored"));
    break;
  case EW__KALEIDO_LISTEN:
    on_listen(session, command->topic, now);
    break;
  case EW__KALEIDO_LISTEN_REPLIES:
    session->replies = true;
    break;
  case EW__KALEIDO_ACK:
  case EW__KALEIDO_ERROR:
    on_answer(session, command, now);
    break;
  }
}

static void on_receive(ew_session *base, ew_opcode opcode, ew_str message, uint64_t now) {
  ew__kaleido_session *session = (ew__kaleido_session *)base;
  ew__kaleido_service *service = (ew__kaleido_service *)base->service;
  if (session->ending) {
    return;
  }
  if (opcode == EW_BINARY && ew__kaleido_strict(service)) {
    refuse(session, 1003, "text messages only");
    return;
  }
  ew__kaleido_command command;
  ew_diag diag = {.err = EW_OK};
  ew_err err = ew__kaleido_command_read(service, message, &command, &diag);
  if (err == EW_OK) {
    obey(session, &command, now);
  } else {
    refuse_message(session, err, &diag);
  }
}

/* ----------------------------------------------------------------------------------------------- publishing */

/* The event of the dialect that is spoken, as the document of the messages has it. */
static const ew_type *event_type(bool numbered) {
  if (!numbered) {
    return ew_document_find(&ew_kaleido_document, EW_STR("eventBatch"))->type->as.array->item;
  }
  const ew_object_rules *batch =
      ew_document_find(&ew_kaleido_document, EW_STR("numberedBatch"))->type->as.object;
  const ew_member *member = batch->members;
  while (strcmp(member->name, "events") != 0) {
    member++;
  }
  return member->type->as.array->item;
}

/* Limits that leave room for the batch around the event. */
static ew_decode_options publish_options(const ew__kaleido_service *service) {
  const ew_limits *limits = &ew_kaleido_document.limits;
  ew_decode_options opts = {.profile = EW_STRICT, .limits = *limits};
  opts.limits.max_depth = limits->max_depth - (service->format.numbered ? 2u : 1u);
  opts.limits.max_bytes = limits->max_bytes - 64u;
  return opts;
}

/* Not in the memory of the service: any thread publishes. */
static ew_err check_published(const ew__kaleido_service *service, const ew_type *type, ew_str event,
                              ew_diag *diag) {
  ew_decode_options opts = publish_options(service);
  ew__scratch scratch;
  ew__scratch_init(&scratch, 2 * (size_t)opts.limits.max_bytes);
  ew_err err = ew__scratch_validate(&scratch, type, event, &opts, diag);
  ew__scratch_clear(&scratch);
  return err;
}

static ew_err append_stream(const ew__kaleido_service *service, ew_str where, ew_str event,
                            ew_buf *stream, ew_diag *diag) {
  ew_err err = check_published(service, event_type(service->format.numbered), event, diag);
  if (err == EW_OK) {
    char bytes[STREAM_BYTES];
    return ew_buf_append(stream, stream_of(where, bytes, sizeof(bytes)));
  }
  const ew_type *reply = ew_document_find(&ew_kaleido_document, EW_STR("reply"))->type;
  if (check_published(service, reply, event, NULL) == EW_OK) {
    return ew_buf_append(stream, EW_STR(EW__KALEIDO_REPLIES));
  }
  return err;
}

/*
 * An event goes to its topic; a transaction reply, which no event can be taken for, to everyone who
 * listens to replies.
 */
static ew_err on_check(ew_service *base, ew_str where, ew_str event, ew_buf *stream,
                       ew_diag *diag) {
  if (where.len > EW__KALEIDO_MAX_TOPIC_BYTES) {
    return EW_ERR_ARGUMENT;
  }
  return append_stream((ew__kaleido_service *)base, where, event, stream, diag);
}

/* ----------------------------------------------------------------------------------------------------- life */

static void on_free(ew_service *base) {
  ew__kaleido_service *service = (ew__kaleido_service *)base;
  while (service->sessions != NULL) {
    free_session(service->sessions);
  }
  ew__kaleido_topics_free(service);
  ew__scratch_clear(&service->scratch);
  ew__str_free(&service->user);
  ew__str_free(&service->password);
  free(service);
}

static const ew__service_ops ops = {.document = &ew_kaleido_document,
                                    .free = on_free,
                                    .http = on_http,
                                    .open = on_open,
                                    .receive = on_receive,
                                    .close = on_close,
                                    .check = on_check,
                                    .publish = ew__kaleido_publish,
                                    .events = ew__kaleido_events,
                                    .position = ew__kaleido_position,
                                    .deadline = ew__kaleido_deadline,
                                    .tick = ew__kaleido_tick};

static uint32_t or_default(uint32_t value, uint32_t otherwise) {
  return value == 0 ? otherwise : value;
}

static void set_options(ew__kaleido_service *service, const ew_kaleido_service_options *opts) {
  uint32_t batch_size = or_default(opts->batch_size, 1);
  service->format = (ew__kaleido_format){
      .batch_size = batch_size < EW__KALEIDO_MAX_BATCH ? batch_size : EW__KALEIDO_MAX_BATCH,
      .max_bytes = ew_kaleido_document.limits.max_bytes,
      .numbered = opts->numbered_batches,
      .line_feed = opts->manner == EW_MANNER_COMPAT,
  };
  service->skip_on_error = opts->skip_on_error;
  service->broadcast = opts->broadcast;
  service->batch_timeout_ms = or_default(opts->batch_timeout_ms, 5000);
  service->retry_timeout_ms = opts->retry_timeout_ms;
  service->blocked_retry_delay_ms = or_default(opts->blocked_retry_delay_ms, 30000);
}

ew_err ew_kaleido_service_new(ew_service **out, const ew_kaleido_service_options *opts,
                              const ew_host *host) {
  ew__kaleido_service *service = calloc(1, sizeof(*service));
  if (service == NULL) {
    return EW_ERR_NOMEM;
  }
  service->base = (ew_service){.ops = &ops, .host = *host, .manner = opts->manner};
  service->wake_at = EW_NEVER;
  ew__scratch_init(&service->scratch, (size_t)ew_kaleido_document.limits.max_bytes * 16);
  set_options(service, opts);
  host->random(host->ctx, &service->hash_seed, sizeof(service->hash_seed));
  if (!ew__str_dup(&service->user, opts->user) ||
      !ew__str_dup(&service->password, opts->password)) {
    on_free(&service->base);
    return EW_ERR_NOMEM;
  }
  *out = &service->base;
  return EW_OK;
}
