/*
 * The client side of BaaS: one URL that says everything, then events. Nothing is confirmed,
 * acknowledged or resumed; what was missed is only to be had over REST.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "check_internal.h"
#include "eventwire/baas.h"
#include "member_internal.h"
#include "memory_internal.h"
#include "subscriber_internal.h"

#define MAX_TARGET_BYTES ((size_t)64 * 1024)
#define FOUND_SIZE 200

typedef struct baas_subscriber {
  ew_subscriber base; /* first */
  ew_str network, token, sources;
  ew__text target;
  ew__scratch scratch;
} baas_subscriber;

static baas_subscriber *baas(ew_subscriber *base) { return (baas_subscriber *)base; }

/* -------------------------------------------------------------------------------------------------- the request */

static ew_err append_encoded(ew__text *text, ew_str value) {
  ew_err err = ew__text_reserve(text, (size_t)value.len * 3);
  return err == EW_OK ? ew_http_percent_encode(&text->buf, value) : err;
}

static ew_err write_default_path(baas_subscriber *subscriber) {
  if (subscriber->network.len == 0) {
    return EW_ERR_ARGUMENT;
  }
  ew_err err = ew__text_append(&subscriber->target, EW_STR("/api/v1/networks/"));
  if (err == EW_OK) {
    err = append_encoded(&subscriber->target, subscriber->network);
  }
  return err == EW_OK ? ew__text_append(&subscriber->target, EW_STR("/events/subscribe")) : err;
}

static ew_str query_of(ew_str target) {
  const char *mark = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
  return mark == NULL ? EW_STR("")
                      : ew_str_from(mark + 1, (size_t)(target.ptr + target.len - mark - 1));
}

/*
 * Whether a query that the user wrote has the parameter; one without room for its value has it too.
 */
static bool has_parameter(ew_str query, const char *name) {
  ew_arena nothing;
  ew_str value;
  ew_arena_init(&nothing, NULL, 0);
  return query.len > 0 && ew_http_query_find(query, name, &nothing, &value) != EW_ERR_NOT_FOUND;
}

static ew_err add_parameter(baas_subscriber *subscriber, const char *name, ew_str value) {
  ew__text *target = &subscriber->target;
  ew_str written = ew_buf_str(&target->buf);
  if (value.len == 0 || has_parameter(query_of(written), name)) {
    return EW_OK;
  }
  bool first = memchr(written.ptr, '?', written.len) == NULL;
  ew_err err = ew__text_append(target, first ? EW_STR("?") : EW_STR("&"));
  if (err == EW_OK) {
    err = ew__text_append(target, ew_str_of(name));
  }
  if (err == EW_OK) {
    err = ew__text_append(target, EW_STR("="));
  }
  return err == EW_OK ? append_encoded(target, value) : err;
}

static ew_err write_target(baas_subscriber *subscriber, ew_str url_path) {
  bool given = url_path.len > 1 || (url_path.len == 1 && url_path.ptr[0] != '/');
  ew__text_reset(&subscriber->target);
  ew_err err =
      given ? ew__text_append(&subscriber->target, url_path) : write_default_path(subscriber);
  if (err == EW_OK) {
    err = add_parameter(subscriber, "access_token", subscriber->token);
  }
  return err == EW_OK ? add_parameter(subscriber, "source", subscriber->sources) : err;
}

static ew_err connect_again(ew_subscriber *base, ew_str url_path, ew_request *request) {
  baas_subscriber *subscriber = baas(base);
  ew_err err = write_target(subscriber, url_path);
  if (err == EW_OK) {
    *request = (ew_request){.upgrade = true, .method = "GET", .target = ew_buf_str(&subscriber->target.buf)};
  }
  return err;
}

/* ------------------------------------------------------------------------------------------------ refused upgrade */

static int shown(ew_str text) { return text.len < 120 ? (int)text.len : 120; }

/* {"error":"invalid_token","error_description":"..."} */
static bool explain_token_error(baas_subscriber *subscriber, int status, ew_str body,
                                char found[FOUND_SIZE]) {
  ew_decode_options opts = {.profile = EW_LENIENT};
  ew_baas_token_error error;
  const ew_type *type = ew__message_type(&ew_baas_document, "tokenError");
  if (ew__scratch_decode(&subscriber->scratch, type, body, &opts, &error, NULL) != EW_OK) {
    return false;
  }
  snprintf(found, FOUND_SIZE, "%d %.*s %.*s", status, shown(error.error), error.error.ptr,
           shown(error.error_description),
           error.error_description.len == 0 ? "" : error.error_description.ptr);
  return true;
}

/*
 * {"Success":false,"Result":null,"Error":{"code":131077,"message":"..."}}, with any status, 200
 * among them
 */
static bool explain_envelope(baas_subscriber *subscriber, int status, ew_str body,
                             char found[FOUND_SIZE]) {
  ew_decode_options opts = {.profile = EW_LENIENT};
  ew_baas_error_response answer;
  const ew_type *type = ew__message_type(&ew_baas_document, "errorResponse");
  if (ew__scratch_decode(&subscriber->scratch, type, body, &opts, &answer, NULL) != EW_OK) {
    return false;
  }
  snprintf(found, FOUND_SIZE, "%d code %" PRId64 " %.*s", status, answer.error.code,
           shown(answer.error.message),
           answer.error.message.len == 0 ? "" : answer.error.message.ptr);
  return true;
}

static ew_err answer(ew_subscriber *base, int status, ew_str body, ew_request *next,
                     ew_diag *diag) {
  char found[FOUND_SIZE];
  (void)next;
  if (!explain_token_error(baas(base), status, body, found) &&
      !explain_envelope(baas(base), status, body, found)) {
    snprintf(found, sizeof(found), "status %d", status);
  }
  return ew__diag_say(diag, EW_ERR_REFUSED, "", "status 101", ew_str_of(found));
}

/* ------------------------------------------------------------------------------------------------------- events */

static void open_socket(ew_subscriber *base, uint64_t now) {
  (void)now;
  ew__subscriber_ready(base);
}

static ew_err read_event(baas_subscriber *subscriber, ew_opcode opcode, ew_str text,
                         ew_baas_event *event, ew_diag *diag) {
  const ew_message *message = ew_document_find(&ew_baas_document, EW_STR("event"));
  ew_decode_options opts = {.profile = subscriber->base.profile};
  if (opcode != EW_TEXT) {
    return ew__diag_say(diag, EW_ERR_PEER, "", "a text message", EW_STR("a binary message"));
  }
  ew_err err = ew__scratch_decode(&subscriber->scratch, message->type, text, &opts, event, diag);
  return err == EW_OK ? ew__baas_check(message, event, diag) : err;
}

static void receive(ew_subscriber *base, ew_opcode opcode, ew_str text, uint64_t now) {
  ew_baas_event event;
  ew_diag diag = {0};
  (void)now;
  ew_err err = read_event(baas(base), opcode, text, &event, &diag);
  if (err != EW_OK) {
    diag.err = err; /* memory that runs out leaves no diagnosis */
    ew__subscriber_bad_message(base, &diag, text);
    return;
  }
  ew_delivery delivery = {
      .event = {text},
      .id = event.id,
      .type = ew_baas_event_type_text(event.type),
      .source = event.network,
      .count = 1,
  };
  (void)ew__subscriber_event(base, &delivery); /* the protocol has no answer to an event */
}

/* --------------------------------------------------------------------------------------------------- life cycle */

static void free_subscriber(ew_subscriber *base) {
  baas_subscriber *subscriber = baas(base);
  ew__str_free(&subscriber->network);
  ew__str_free(&subscriber->token);
  ew__str_free(&subscriber->sources);
  ew__text_clear(&subscriber->target);
  ew__scratch_clear(&subscriber->scratch);
  free(subscriber);
}

static const ew__subscriber_ops ops = {
    .document = &ew_baas_document,
    .free = free_subscriber,
    .connect = connect_again,
    .answer = answer,
    .open = open_socket,
    .receive = receive,
};

static bool copy_options(baas_subscriber *subscriber, const ew_subscriber_options *opts) {
  subscriber->base.profile = opts->profile;
  subscriber->base.ack = opts->ack;
  return ew__str_dup(&subscriber->network, opts->network) &&
         ew__str_dup(&subscriber->token, opts->token) &&
         ew__str_dup(&subscriber->sources, opts->sources.len == 0 ? EW_STR("*") : opts->sources);
}

ew_err ew__baas_subscriber_new(ew_subscriber **out, const ew_subscriber_options *opts,
                               const ew_subscriber_host *host) {
  baas_subscriber *subscriber = calloc(1, sizeof(*subscriber));
  if (subscriber == NULL) {
    return EW_ERR_NOMEM;
  }
  subscriber->base = (ew_subscriber){.ops = &ops, .host = *host};
  ew__text_init(&subscriber->target, MAX_TARGET_BYTES);
  ew__scratch_init(&subscriber->scratch, 16 * (size_t)ew_baas_document.limits.max_bytes);
  if (!copy_options(subscriber, opts)) {
    free_subscriber(&subscriber->base);
    return EW_ERR_NOMEM;
  }
  *out = &subscriber->base;
  return EW_OK;
}
