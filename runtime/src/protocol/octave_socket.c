/*
 * One connection: requests in, one acknowledgement each out, in their order. Nothing is known about
 * how the real service refuses a request; the choices are those of schema/octave/NOTES.md: ok false
 * with texts in errors, and the socket stays open.
 */
#include <stdio.h>
#include <stdlib.h>

#include "eventwire/octave.h"
#include "member_internal.h"
#include "octave_internal.h"

#define REASON_SIZE 320

/* ---------------------------------------------------------------------------------------------- acknowledgements */

static void send_acknowledgement(ew__octave_socket *socket,
                                 const ew_octave_acknowledgement *acknowledgement) {
  ew__octave_service *service = ew__octave_socket_service(socket);
  ew__text_reset(&service->text);
  ew_err err =
      ew__text_encode(&service->text, service->acknowledgement_type, acknowledgement, NULL);
  if (err != EW_OK) {
    /* A client that waits for an answer which never comes would wait for ever. */
    socket->ending = true;
    ew__session_end(&socket->base, 1011, "the request cannot be answered");
    return;
  }
  (void)ew__session_send(&socket->base, ew_buf_str(&service->text.buf));
}

static void confirm(ew__octave_socket *socket, ew_str msg_id) {
  ew_str done = EW_STR("Your request has been processed successfully.");
  ew_octave_acknowledgement answer;
  ew_octave_acknowledgement_init(&answer);
  answer.head.msg_id = msg_id;
  answer.head.ok = true;
  answer.head.messages = (ew_str_list){&done, 1};
  answer.body.json = EW_STR("{}");
  send_acknowledgement(socket, &answer);
}

static void refuse(ew__octave_socket *socket, ew_str msg_id, const char *reason) {
  ew_octave_error_item item = {.kind = EW_OCTAVE_ERROR_ITEM_TEXT, .text = ew_str_of(reason)};
  ew_octave_acknowledgement answer;
  ew_octave_acknowledgement_init(&answer);
  answer.head.msg_id = msg_id;
  answer.head.errors = (ew_octave_error_item_list){&item, 1};
  answer.body.json = EW_STR("{}");
  send_acknowledgement(socket, &answer);
}

static void end(ew__octave_socket *socket, uint16_t code, const char *reason) {
  socket->ending = true;
  ew__session_end(&socket->base, code, reason);
}

/* --------------------------------------------------------------------------------------------- good requests */

static void subscribe(ew__octave_socket *socket, const ew_octave_subscribe *request) {
  ew_str selector = request->has_stream_id ? request->stream_id : request->path;
  if (!ew__octave_has_stream(ew__octave_socket_service(socket), selector)) {
    refuse(socket, request->msg_id, "Stream not found");
    return;
  }
  ew_err err = ew__octave_reader_add(socket, selector);
  if (err == EW_OK) {
    confirm(socket, request->msg_id);
  } else {
    refuse(socket, request->msg_id,
           err == EW_ERR_QUEUE_FULL ? "Too many subscriptions" : "Out of memory");
  }
}

static void unsubscribe(ew__octave_socket *socket, const ew_octave_unsubscribe *request) {
  ew_str selector = request->has_stream_id ? request->stream_id : request->path;
  if (ew__octave_reader_remove(socket, selector) == EW_OK) {
    confirm(socket, request->msg_id);
  } else {
    refuse(socket, request->msg_id, "Not subscribed");
  }
}

/* ----------------------------------------------------------------------------------------------- bad requests */

/* The msgId of a request that is otherwise refused, empty when it cannot be read. */
static ew_str salvage_msg_id(ew__octave_service *service, ew_str message) {
  ew_raw value;
  ew_str text;
  if (ew_json_check(message, ew_octave_document.limits.max_depth, NULL) != EW_OK ||
      !ew__member_find((ew_raw){message}, "msgId", &value)) {
    return EW_STR("");
  }
  ew_err err = ew_raw_string(value, &service->scratch.arena, &text);
  while (err == EW_ERR_ARENA_FULL && ew__scratch_grow(&service->scratch) == EW_OK) {
    err = ew_raw_string(value, &service->scratch.arena, &text);
  }
  return err == EW_OK ? text : EW_STR("");
}

/*
 * The pointer holds names that the client chose and may be cut inside a character: what goes back
 * is printable ASCII.
 */
static void describe(ew_err err, const ew_diag *diag, char out[REASON_SIZE]) {
  const char *expected = diag->err != EW_OK && diag->expected != NULL ? diag->expected : "";
  snprintf(out, REASON_SIZE, "%s%s%s%s%s", diag->pointer, diag->pointer[0] == '\0' ? "" : ": ",
           ew_err_text(err), expected[0] == '\0' ? "" : ", expected ", expected);
  for (char *p = out; *p != '\0'; p++) {
    *p = (unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e ? '?' : *p;
  }
}

static void on_bad_request(ew__octave_socket *socket, ew_str message, ew_err err,
                           const ew_diag *diag) {
  char reason[REASON_SIZE];
  describe(err, diag, reason);
  refuse(socket, salvage_msg_id(ew__octave_socket_service(socket), message), reason);
}

static void on_binary(ew__octave_socket *socket) {
  if (socket->base.service->manner == EW_MANNER_STRICT) {
    end(socket, 1003, "binary messages are not understood");
  } else {
    refuse(socket, EW_STR(""), "Binary messages are not understood");
  }
}

/* ------------------------------------------------------------------------------------------------- life cycle */

static void on_text(ew__octave_socket *socket, ew_str message) {
  ew__octave_service *service = ew__octave_socket_service(socket);
  ew_decode_options opts = {.profile =
                                service->base.manner == EW_MANNER_STRICT ? EW_STRICT : EW_COMPAT};
  ew_octave_client_message request;
  ew_diag diag = {0};
  ew_err err = ew__scratch_decode(&service->scratch, ew_octave_document.to_server, message, &opts,
                                  &request, &diag);
  if (err != EW_OK) {
    on_bad_request(socket, message, err, &diag);
    return;
  }
  switch (request.kind) {
  case EW_OCTAVE_CLIENT_MESSAGE_SUBSCRIBE:
    subscribe(socket, &request.subscribe);
    return;
  case EW_OCTAVE_CLIENT_MESSAGE_UNSUBSCRIBE:
    unsubscribe(socket, &request.unsubscribe);
    return;
  case EW_OCTAVE_CLIENT_MESSAGE_NONE:
    return;
  }
}

void ew__octave_receive(ew_session *base, ew_opcode opcode, ew_str message, uint64_t now) {
  ew__octave_socket *socket = (ew__octave_socket *)base;
  (void)now;
  if (socket->ending) {
    return;
  }
  if (opcode == EW_BINARY) {
    on_binary(socket);
  } else if (!ew__is_utf8(message)) {
    end(socket, 1007, "the text is not valid UTF-8"); /* RFC 6455 section 8.1 */
  } else {
    on_text(socket, message);
  }
}

/* The session was idle when the upgrade was answered; another handshake may have been faster since, or its
   time may be over. */
ew_session *ew__octave_open(ew_service *base, const ew_http_request *request, void *connection,
                            uint64_t now) {
  ew__octave_service *service = ew__octave_service_of(base);
  ew_str id;
  ew__octave_session_expire(service, now);
  ew__octave_session *session =
      ew__octave_path_id(request->path, &id) ? ew__octave_session_find(service, id) : NULL;
  if (session == NULL || session->socket != NULL) {
    return NULL;
  }
  ew__octave_socket *socket = calloc(1, sizeof(*socket));
  if (socket == NULL) {
    return NULL;
  }
  socket->base = (ew_session){.service = base, .connection = connection};
  socket->session = session;
  ew__octave_session_attach(service, session, socket);
  return &socket->base;
}

/* Subscriptions end with the socket; the session waits for another one. */
void ew__octave_close(ew_session *base, uint64_t now) {
  ew__octave_socket *socket = (ew__octave_socket *)base;
  ew__octave_service *service = ew__octave_socket_service(socket);
  ew__octave_reader_remove_all(socket);
  ew__octave_session_detach(service, socket->session, now);
  free(socket);
}
