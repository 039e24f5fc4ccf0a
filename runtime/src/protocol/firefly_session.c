#include <stdio.h>
#include <stdlib.h>

#include "firefly_internal.h"

#define CLOSE_UNSUPPORTED 1003
#define CLOSE_BAD_DATA 1007
#define CLOSE_POLICY 1008
#define REASON_MAX 123u /* RFC 6455: a control frame has 125 bytes, two are the code */

/* ------------------------------------------------------------------------------------------------- life */

static void link_session(firefly_service *service, firefly_session *session) {
  session->previous = service->last_session;
  *(service->last_session != NULL ? &service->last_session->next : &service->sessions) = session;
  service->last_session = session;
}

static void unlink_session(firefly_service *service, firefly_session *session) {
  *(session->previous != NULL ? &session->previous->next : &service->sessions) = session->next;
  *(session->next != NULL ? &session->next->previous : &service->last_session) = session->previous;
}

/* "/api/v1/namespaces/{namespace}/ws"; NULL for "/ws". */
static firefly_namespace *scope_of(firefly_service *service, ew_str path) {
  static const char before[] = "/api/v1/namespaces/";
  const uint32_t before_len = sizeof(before) - 1;
  const uint32_t after_len = sizeof("/ws") - 1;
  if (path.len <= before_len + after_len || memcmp(path.ptr, before, before_len) != 0) {
    return NULL;
  }
  return ew__firefly_namespace_find(
      service, ew_str_from(path.ptr + before_len, path.len - before_len - after_len));
}

ew_session *ew__firefly_session_open(ew_service *base, const ew_http_request *request,
                                     void *connection, uint64_t now) {
  firefly_service *service = (firefly_service *)base;
  firefly_session *session = calloc(1, sizeof(*session));
  if (session == NULL) {
    return NULL;
  }
  *session = (firefly_session){.base = {.service = base, .connection = connection},
                               .scope = scope_of(service, request->path)};
  if (!ew__str_dup(&session->user_agent,
                   ew__firefly_clip(ew_http_header_find(request, "user-agent"), 256))) {
    free(session);
    return NULL;
  }
  ew__firefly_uuid_write(ew__firefly_uuid_random(service), session->id);
  link_session(service, session);
  ew__firefly_auto_start(session, request->query, now);
  return &session->base;
}

void ew__firefly_session_free(firefly_session *session) {
  unlink_session(ew__firefly_service_of(session), session);
  ew__firefly_flight_free_all(session);
  ew__firefly_start_free_all(session);
  ew__str_free(&session->user_agent);
  free(session);
}

void ew__firefly_session_close(ew_session *base, uint64_t now) {
  firefly_session *session = (firefly_session *)base;
  session->ended = true;
  ew__firefly_start_end_all(session, now);
  ew__firefly_session_free(session);
}

/* ------------------------------------------------------------------------------------------------ refusals */

/*
 * Bytes that are no UTF-8 can only have come from the peer, cut out of its message: they are shown
 * as question marks.
 */
static ew_err encode_error(firefly_service *service, char *text) {
  ew_firefly_protocol_error message = {.error = ew_str_of(text)};
  ew_err err = EW_ERR_UTF8;
  for (int attempt = 0; attempt < 2 && err == EW_ERR_UTF8; attempt++) {
    ew__text_reset(&service->out);
    err = ew__text_encode(&service->out, service->error_type, &message, NULL);
    for (char *c = text; err == EW_ERR_UTF8 && *c != '\0'; c++) {
      *c = (unsigned char)*c < 0x80 ? *c : '?';
    }
  }
  return err == EW_OK ? ew__text_append(&service->out, EW_STR("\n")) : err;
}

void ew__firefly_session_complain(firefly_session *session, const char *text) {
  firefly_service *service = ew__firefly_service_of(session);
  char copy[sizeof(((firefly_error *)0)->text) + 32];
  snprintf(copy, sizeof(copy), "%s", text);
  if (encode_error(service, copy) != EW_OK ||
      ew__session_send(&session->base, ew_buf_str(&service->out.buf)) != EW_OK) {
    session->ended = true;
  }
}

static void end(firefly_session *session, uint16_t code, const char *reason) {
  char clipped[REASON_MAX + 1];
  ew_str text = ew__firefly_clip(ew_str_of(reason), REASON_MAX);
  session->ended = true;
  if (session->base.service->manner == EW_MANNER_COMPAT) {
    ew__session_drop(&session->base);
    return;
  }
  snprintf(clipped, sizeof(clipped), "%.*s", EW_STR_ARG(text));
  ew__session_end(&session->base, code, clipped);
}

static void refuse(firefly_session *session, uint16_t code, const firefly_error *error) {
  char text[sizeof(error->text) + 32];
  snprintf(text, sizeof(text), "FF10176: Invalid data: %s", error->text);
  ew__firefly_session_complain(session, text);
  end(session, code, error->text);
}

void ew__firefly_session_abandon(firefly_session *session, const char *why) {
  char line[160];
  snprintf(line, sizeof(line), "connection %s is given up: %s", session->id, why);
  ew__service_note(session->base.service, ew_str_of(line));
  session->ended = true;
  ew__session_drop(&session->base);
}

/* ------------------------------------------------------------------------------------------------ messages */

/*
 * The real server reads a message twice: its type alone first, then all of it as that type. So a
 * message whose type is unknown is refused for that, whatever else is wrong with it, but bad JSON
 * comes before everything. This is the type for the first reading.
 */
typedef struct action {
  ew_str type;
  uint8_t type_presence;
} action;

static const ew_type action_text_type = {.kind = EW_KIND_STRING, .size = sizeof(ew_str)};
static const ew_member action_members[] = {{EW_NAME("type"),
                                            .type = &action_text_type,
                                            .offset = offsetof(action, type),
                                            .presence_offset = offsetof(action, type_presence),
                                            .flags = EW_MEMBER_REQUIRED | EW_MEMBER_NULLABLE}};
static const uint8_t action_slots[] = {0, 0};
/* Required, so that a type in another letter case is looked for where the profile allows it. */
static const ew_object_rules action_rules = {.members = action_members,
                                             .member_count = 1,
                                             .required = 1,
                                             .slots = action_slots,
                                             .shift = 63};
static const ew_entry_type action_type = {
    .type = {.kind = EW_KIND_OBJECT,
             .size = sizeof(action),
             .head = EW_HEAD_ENTRY,
             .as = {.object = &action_rules}},
    .document = &ew_firefly_document};

static uint16_t code_of(ew_err err) {
  return err <= EW_ERR_SYNTAX && err > EW_ERR_TYPE ? CLOSE_BAD_DATA : CLOSE_POLICY;
}

static void refuse_undecodable(firefly_session *session, ew_err err, const ew_diag *diag,
                               ew_str message, const char *go_type) {
  firefly_error error;
  if (err == EW_ERR_NOMEM) {
    ew__firefly_session_abandon(session, "no memory for its message");
    return;
  }
  if (err == EW_ERR_ARENA_FULL || err == EW_ERR_TOO_LARGE) {
    ew__firefly_fail(&error, 400, "the message is too large");
  } else {
    ew__firefly_describe(&error, diag, message, go_type);
  }
  refuse(session, code_of(err), &error);
}

static void on_start(firefly_session *session, ew_str message, uint64_t now) {
  firefly_service *service = ew__firefly_service_of(session);
  const ew_decode_options opts = {.profile = service->base.manner == EW_MANNER_COMPAT ? EW_COMPAT
                                                                                      : EW_STRICT};
  ew_firefly_start start;
  ew_diag diag = {.pointer = ""};
  firefly_error error;
  ew_err err =
      ew__scratch_decode(&service->scratch, service->start_type, message, &opts, &start, &diag);
  if (err != EW_OK) {
    refuse_undecodable(session, err, &diag, message, "WSStart");
  } else if (!ew__firefly_session_start(session, &start, now, &error)) {
    refuse(session, CLOSE_POLICY, &error);
  }
}

/* Lenient even for the strict: the table of acknowledgements has an answer for references without a name and for odd
 * spellings of an id. */
static void on_ack(firefly_session *session, ew_str message, uint64_t now) {
  firefly_service *service = ew__firefly_service_of(session);
  const ew_decode_options opts = {.profile = service->base.manner == EW_MANNER_COMPAT ? EW_COMPAT
                                                                                      : EW_LENIENT};
  ew_firefly_ack ack;
  ew_diag diag = {.pointer = ""};
  firefly_error error;
  ew_err err =
      ew__scratch_decode(&service->scratch, service->ack_type, message, &opts, &ack, &diag);
  if (err != EW_OK) {
    refuse_undecodable(session, err, &diag, message, "WSAck");
  } else if (!ew__firefly_session_ack(session, &ack, now, &error)) {
    refuse(session, CLOSE_POLICY, &error);
  }
}

static void refuse_unknown(firefly_session *session, const char *type) {
  firefly_error error;
  ew__firefly_fail(&error, 400, "FF10177: Unknown action '%s'", type);
  refuse(session, CLOSE_POLICY, &error);
}

/* Enumerations are lower-cased when they are read. Longer than any known name: cut, for the refusal. U+0000 must not
 * end it. */
static void lower_type(const firefly_session *session, const action *head, char *out,
                       uint32_t size) {
  bool fold = session->base.service->manner == EW_MANNER_COMPAT;
  ew_str text =
      head->type_presence == EW_SET ? ew__firefly_clip(head->type, size - 1) : (ew_str){"", 0, 0};
  for (uint32_t i = 0; i < text.len; i++) {
    char c = text.ptr[i] == '\0' ? '?' : text.ptr[i];
    out[i] = fold && c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
  }
  out[text.len] = '\0';
}

static bool is_null(ew_str message) {
  static const char space[] = " \t\r\n";
  while (message.len > 0 && strchr(space, message.ptr[message.len - 1]) != NULL) {
    message.len--;
  }
  while (message.len > 0 && strchr(space, *message.ptr) != NULL) {
    message = ew_str_from(message.ptr + 1, message.len - 1);
  }
  return ew_str_equal(message, EW_STR("null"));
}

static void dispatch(firefly_session *session, ew_str message, uint64_t now) {
  firefly_service *service = ew__firefly_service_of(session);
  const ew_decode_options opts = {.profile = service->base.manner == EW_MANNER_COMPAT ? EW_COMPAT
                                                                                      : EW_STRICT};
  action head = {.type_presence = EW_ABSENT};
  ew_diag diag = {.pointer = ""};
  char type[160];
  ew_err err = ew__scratch_decode(&service->scratch, &action_type.type, message, &opts, &head, &diag);
  if (err == EW_ERR_MISSING || (err == EW_ERR_TYPE && is_null(message))) {
    head = (action){.type_presence = EW_ABSENT}; /* Go reads null into a struct as nothing */
  } else if (err != EW_OK) {
    refuse_undecodable(session, err, &diag, message, "WSActionBase");
    return;
  }
  lower_type(session, &head, type, sizeof(type));
  if (strcmp(type, "start") == 0) {
    on_start(session, message, now);
  } else if (strcmp(type, "ack") == 0) {
    on_ack(session, message, now);
  } else {
    refuse_unknown(session, type);
  }
}

void ew__firefly_session_receive(ew_session *base, ew_opcode opcode, ew_str message, uint64_t now) {
  firefly_session *session = (firefly_session *)base;
  firefly_error error;
  if (session->ended) {
    return;
  }
  if (opcode == EW_BINARY && base->service->manner == EW_MANNER_STRICT) {
    ew__firefly_fail(&error, 400, "binary messages are not accepted");
    refuse(session, CLOSE_UNSUPPORTED, &error);
    return;
  }
  dispatch(session, message, now);
}
