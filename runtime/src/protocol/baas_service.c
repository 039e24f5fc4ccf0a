#include <stdio.h>
#include <stdlib.h>

#include "baas_internal.h"
#include "check_internal.h"
#include "member_internal.h"

#define STREAM_PREFIX "baas/"
#define MAX_NETWORK_NAME 249u

/* ------------------------------------------------------------------------------------------------------ networks */

/* Fabric's rule for names of channels. */
static bool is_network_name(ew_str name) {
  if (name.len == 0 || name.len > MAX_NETWORK_NAME || name.ptr[0] < 'a' || name.ptr[0] > 'z') {
    return false;
  }
  for (uint32_t i = 1; i < name.len; i++) {
    char c = name.ptr[i];
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-')) {
      return false;
    }
  }
  return true;
}

bool ew__baas_has_network(const ew__baas_service *service, ew_str network) {
  for (size_t i = 0; i < service->network_count; i++) {
    if (ew_str_equal(service->networks[i], network)) {
      return true;
    }
  }
  return service->network_count == 0 && is_network_name(network);
}

/* -------------------------------------------------------------------------------------------------------- events */

static ew_err check_place(const ew__baas_service *service, ew_str where, ew_str network,
                          ew_diag *diag) {
  if (where.len > 0 && !ew_str_equal(where, network)) {
    return ew__diag_say(diag, EW_ERR_ARGUMENT, "/network", "the network that was asked for",
                        network);
  }
  if (!ew__baas_has_network(service, network)) {
    return ew__diag_say(diag, EW_ERR_ARGUMENT, "/network", "a network of this server", network);
  }
  return EW_OK;
}

static ew_err check(ew_service *base, ew_str where, ew_str json, ew_buf *stream, ew_diag *diag) {
  ew__baas_service *service = ew__baas_service_of(base);
  const ew_message *message = ew_document_find(&ew_baas_document, EW_STR("event"));
  ew_decode_options opts = {.profile = EW_STRICT};
  ew_baas_event event;
  ew_err err = ew__scratch_decode(&service->scratch, message->type, json, &opts, &event, diag);
  if (err == EW_OK) {
    err = ew__baas_check(message, &event, diag);
  }
  if (err == EW_OK) {
    err = check_place(service, where, event.network, diag);
  }
  if (err != EW_OK) {
    return err;
  }
  char name[sizeof(STREAM_PREFIX) + MAX_NETWORK_NAME];
  snprintf(name, sizeof(name), STREAM_PREFIX "%.*s", EW_STR_ARG(event.network));
  return ew_buf_append(stream, ew_str_of(name));
}

/*
 * The type decides who gets the event; the rest was checked when it was published and goes out byte
 * for byte.
 */
static ew_baas_event_type type_of(ew_str json) {
  char block[64];
  ew_arena arena;
  ew_raw value;
  ew_str text;
  ew_arena_init(&arena, block, sizeof(block));
  if (!ew__member_find((ew_raw){json}, "type", &value) ||
      ew_raw_string(value, &arena, &text) != EW_OK) {
    return EW_BAAS_EVENT_TYPE_UNKNOWN;
  }
  return ew_baas_event_type_from_text(text);
}

static ew_str network_of_stream(ew_str stream) {
  ew_str prefix = EW_STR(STREAM_PREFIX);
  if (stream.len < prefix.len || memcmp(stream.ptr, prefix.ptr, prefix.len) != 0) {
    return (ew_str){NULL, 0, 0};
  }
  return ew_str_from(stream.ptr + prefix.len, stream.len - prefix.len);
}

static void publish(ew_service *base, ew_str stream, const ew_logged *logged, uint64_t now) {
  ew__baas_service *service = ew__baas_service_of(base);
  ew_str network = network_of_stream(stream);
  ew_baas_event_type type = type_of(logged->event);
  (void)now;
  if (type == EW_BAAS_EVENT_TYPE_UNKNOWN) {
    ew__service_note(base,
                     EW_STR("baas: an event of the log has no known type and is not delivered"));
    return;
  }
  for (ew__baas_session *session = service->sessions; session != NULL; session = session->next) {
    if (!session->ending && (session->types & 1u << type) != 0 &&
        ew_str_equal(session->network, network)) {
      /*
       * A reader that is too slow or gone is the host's business; there is nothing to deliver
       * again.
       */
      (void)ew__session_send(&session->base, logged->event);
    }
  }
}

/* ------------------------------------------------------------------------------------------------------ sessions */

static void link_session(ew__baas_service *service, ew__baas_session *session) {
  session->next = service->sessions;
  if (service->sessions != NULL) {
    service->sessions->previous = session;
  }
  service->sessions = session;
}

static void unlink_session(ew__baas_service *service, ew__baas_session *session) {
  *(session->previous == NULL ? &service->sessions : &session->previous->next) = session->next;
  if (session->next != NULL) {
    session->next->previous = session->previous;
  }
}

static void free_session(ew__baas_session *session) {
  ew__str_free(&session->network);
  free(session);
}

static ew_session *open_session(ew_service *base, const ew_http_request *request, void *connection,
                                uint64_t now) {
  ew__baas_service *service = ew__baas_service_of(base);
  ew_str network;
  unsigned types = 0;
  (void)now;
  if (!ew__baas_path_network(request->path, &network) ||
      ew__baas_query_types(service, request->query, &types) != EW_OK) {
    return NULL;
  }
  ew__baas_session *session = calloc(1, sizeof(*session));
  if (session == NULL || !ew__str_dup(&session->network, network)) {
    free(session);
    return NULL;
  }
  session->base = (ew_session){.service = base, .connection = connection};
  session->types = types;
  link_session(service, session);
  return &session->base;
}

/*
 * No message of a client has a meaning. A text that is no text must end the connection (RFC 6455
 * section 8.1).
 */
static void receive(ew_session *base, ew_opcode opcode, ew_str message, uint64_t now) {
  ew__baas_session *session = (ew__baas_session *)base;
  (void)now;
  session->ignored_count++;
  bool strict = base->service->manner == EW_MANNER_STRICT;
  if (session->ending || !strict || opcode != EW_TEXT || ew__is_utf8(message)) {
    return;
  }
  session->ending = true;
  ew__session_end(base, 1007, "the text is not valid UTF-8");
}

static void close_session(ew_session *base, uint64_t now) {
  ew__baas_session *session = (ew__baas_session *)base;
  (void)now;
  if (session->ignored_count > 0) {
    char line[96];
    snprintf(line, sizeof(line), "baas: a client sent %llu messages, which were ignored",
             (unsigned long long)session->ignored_count);
    ew__service_note(base->service, ew_str_of(line));
  }
  unlink_session(ew__baas_service_of(base->service), session);
  free_session(session);
}

/* ---------------------------------------------------------------------------------------------------- life cycle */

static void free_texts(ew_str *texts, size_t count) {
  for (size_t i = 0; i < count; i++) {
    ew__str_free(&texts[i]);
  }
  free(texts);
}

static void free_service(ew_service *base) {
  ew__baas_service *service = ew__baas_service_of(base);
  while (service->sessions != NULL) {
    ew__baas_session *session = service->sessions;
    unlink_session(service, session);
    free_session(session);
  }
  free_texts(service->tokens, service->token_count);
  free_texts(service->networks, service->network_count);
  ew__scratch_clear(&service->scratch);
  free(service);
}

static const ew__service_ops ops = {
    .document = &ew_baas_document,
    .free = free_service,
    .http = ew__baas_http,
    .open = open_session,
    .receive = receive,
    .close = close_session,
    .check = check,
    .publish = publish,
};

static ew_err copy_texts(ew_str **out, size_t *out_count, const ew_str *texts, size_t count) {
  if (count == 0) {
    return EW_OK;
  }
  ew_str *copies = calloc(count, sizeof(*copies));
  *out = copies;
  for (size_t i = 0; copies != NULL && i < count; i++) {
    if (!ew__str_dup(&copies[i], texts[i])) {
      return EW_ERR_NOMEM;
    }
    *out_count = i + 1;
  }
  return copies == NULL ? EW_ERR_NOMEM : EW_OK;
}

static bool options_are_usable(const ew_baas_service_options *opts) {
  for (size_t i = 0; i < opts->token_count; i++) {
    if (opts->tokens[i].len == 0) {
      return false;
    }
  }
  for (size_t i = 0; i < opts->network_count; i++) {
    if (!is_network_name(opts->networks[i])) {
      return false;
    }
  }
  return opts->token_count > 0;
}

ew_err ew_baas_service_new(ew_service **out, const ew_baas_service_options *opts,
                           const ew_host *host) {
  bool usable = host->send != NULL && host->close != NULL && host->random != NULL;
  if (!usable || !options_are_usable(opts)) {
    return EW_ERR_ARGUMENT;
  }
  ew__baas_service *service = calloc(1, sizeof(*service));
  if (service == NULL) {
    return EW_ERR_NOMEM;
  }
  service->base = (ew_service){.ops = &ops, .host = *host, .manner = opts->manner};
  ew__scratch_init(&service->scratch, 16 * (size_t)ew_baas_document.limits.max_bytes);
  ew_err err = copy_texts(&service->tokens, &service->token_count, opts->tokens, opts->token_count);
  if (err == EW_OK) {
    err = copy_texts(&service->networks, &service->network_count, opts->networks,
                     opts->network_count);
  }
  if (err != EW_OK) {
    free_service(&service->base);
    return err;
  }
  *out = &service->base;
  return EW_OK;
}
