#include <stdio.h>
#include <stdlib.h>

#include "check_internal.h"
#include "eventwire/octave.h"
#include "member_internal.h"
#include "octave_internal.h"

#define DEFAULT_TTL_MS 60000u
#define STREAM_PREFIX "octave/"

/*
 * What a message adds to the event in it: {"type":"message","resource":"s" and 24 digits,"value":}
 */
#define ENVELOPE_BYTES 80u

/* ------------------------------------------------------------------------------------------------------- streams */

static const ew_octave_stream *find_stream(const ew__octave_service *service, ew_str selector) {
  for (size_t i = 0; i < service->stream_count; i++) {
    const ew_octave_stream *stream = &service->streams[i];
    if (ew_str_equal(stream->id, selector) || ew_str_equal(stream->path, selector)) {
      return stream;
    }
  }
  return NULL;
}

bool ew__octave_has_stream(const ew__octave_service *service, ew_str selector) {
  return service->stream_count == 0 || find_stream(service, selector) != NULL;
}

/* -------------------------------------------------------------------------------------------------------- events */

/*
 * An event travels inside a message, which is one level deeper and a little longer: the limits hold
 * for the message.
 */
static ew_err decode_event(ew__octave_service *service, ew_str json, ew_octave_event *event,
                           ew_diag *diag) {
  ew_limits limits = ew_octave_document.limits;
  limits.max_bytes -= ENVELOPE_BYTES;
  limits.max_depth -= 1;
  ew_decode_options opts = {.profile = EW_STRICT, .limits = limits};
  return ew__scratch_decode(&service->scratch, service->event_type, json, &opts, event, diag);
}

static ew_err check_place(const ew__octave_service *service, ew_str where,
                          const ew_octave_event *event, ew_diag *diag) {
  if (where.len > 0 && !ew_str_equal(where, event->stream_id) &&
      !ew_str_equal(where, event->path)) {
    return ew__diag_say(diag, EW_ERR_ARGUMENT, "/streamId", "the stream that was asked for",
                        event->stream_id);
  }
  if (service->stream_count == 0) {
    return EW_OK;
  }
  const ew_octave_stream *stream = find_stream(service, event->stream_id);
  if (stream == NULL) {
    return ew__diag_say(diag, EW_ERR_ARGUMENT, "/streamId", "a stream of this server",
                        event->stream_id);
  }
  if (!ew_str_equal(stream->id, event->stream_id) || !ew_str_equal(stream->path, event->path)) {
    return ew__diag_say(diag, EW_ERR_RULE, "/path", "the path of this stream", event->path);
  }
  return EW_OK;
}

static ew_err check(ew_service *base, ew_str where, ew_str json, ew_buf *stream, ew_diag *diag) {
  ew__octave_service *service = ew__octave_service_of(base);
  ew_octave_event event;
  ew_err err = decode_event(service, json, &event, diag);
  if (err == EW_OK) {
    err = check_place(service, where, &event, diag);
  }
  if (err != EW_OK) {
    return err;
  }
  char name[64];
  snprintf(name, sizeof(name), STREAM_PREFIX "%.*s", EW_STR_ARG(event.stream_id));
  return ew_buf_append(stream, ew_str_of(name));
}

/* The event goes out byte for byte as it was published. */
static ew_err write_message(ew__text *text, ew_str stream_id, ew_str json) {
  const ew_str parts[] = {EW_STR("{\"type\":\"message\",\"resource\":\""), stream_id,
                          EW_STR("\",\"value\":"), json, EW_STR("}")};
  ew_err err = EW_OK;
  ew__text_reset(text);
  for (size_t i = 0; err == EW_OK && i < sizeof(parts) / sizeof(parts[0]); i++) {
    err = ew__text_append(text, parts[i]);
  }
  return err;
}

static void publish(ew_service *base, ew_str stream, const ew_logged *logged, uint64_t now) {
  ew__octave_service *service = ew__octave_service_of(base);
  (void)stream;
  (void)now;
  if (service->topics.count == 0) {
    return;
  }
  ew_octave_event event;
  if (decode_event(service, logged->event, &event, NULL) != EW_OK) {
    ew__service_note(base, EW_STR("octave: an event of the log is not valid and is not delivered"));
    return;
  }
  if (!ew__octave_has_readers(service, event.stream_id) &&
      !ew__octave_has_readers(service, event.path)) {
    return;
  }
  if (write_message(&service->text, event.stream_id, logged->event) != EW_OK) {
    ew__service_note(base, EW_STR("octave: out of memory, an event is not delivered"));
    return;
  }
  ew_str message = ew_buf_str(&service->text.buf);
  service->event_count++;
  ew__octave_deliver(service, event.stream_id, message);
  ew__octave_deliver(service, event.path, message);
}

/* ---------------------------------------------------------------------------------------------------- life cycle */

static void free_service(ew_service *base) {
  ew__octave_service *service = ew__octave_service_of(base);
  ew__octave_session_free_all(service);
  ew__octave_index_clear(&service->sessions);
  ew__octave_index_clear(&service->topics);
  for (size_t i = 0; i < service->stream_count; i++) {
    ew__str_free(&service->streams[i].id);
    ew__str_free(&service->streams[i].path);
  }
  free(service->streams);
  ew__str_free(&service->user);
  ew__str_free(&service->company);
  ew__str_free(&service->master_token);
  ew__str_free(&service->restricted_token);
  ew__scratch_clear(&service->scratch);
  ew__text_clear(&service->text);
  free(service);
}

static uint64_t deadline(const ew_service *base) {
  return ew__octave_session_deadline((const ew__octave_service *)base);
}

static void tick(ew_service *base, uint64_t now) {
  ew__octave_session_expire(ew__octave_service_of(base), now);
}

static const ew__service_ops ops = {
    .document = &ew_octave_document,
    .free = free_service,
    .http = ew__octave_http,
    .open = ew__octave_open,
    .receive = ew__octave_receive,
    .close = ew__octave_close,
    .check = check,
    .publish = publish,
    .deadline = deadline,
    .tick = tick,
};

static bool options_are_usable(const ew_octave_service_options *opts) {
  bool master = opts->master_token.len > 0 && opts->user.len > 0;
  bool restricted = opts->restricted_token.len > 0;
  return opts->company.len > 0 && (master || restricted) && (opts->master_token.len == 0 || master);
}

static bool host_is_usable(const ew_host *host) {
  return host->send != NULL && host->close != NULL && host->random != NULL;
}

static ew_err copy_streams(ew__octave_service *service, const ew_octave_service_options *opts) {
  if (opts->stream_count == 0) {
    return EW_OK;
  }
  service->streams = calloc(opts->stream_count, sizeof(*service->streams));
  if (service->streams == NULL) {
    return EW_ERR_NOMEM;
  }
  for (size_t i = 0; i < opts->stream_count; i++) {
    ew_octave_stream *stream = &service->streams[service->stream_count++];
    if (!ew__str_dup(&stream->id, opts->streams[i].id) ||
        !ew__str_dup(&stream->path, opts->streams[i].path)) {
      return EW_ERR_NOMEM;
    }
  }
  return EW_OK;
}

static ew_err copy_options(ew__octave_service *service, const ew_octave_service_options *opts) {
  service->base.manner = opts->manner;
  service->session_ttl_ms = opts->session_ttl_ms == 0 ? DEFAULT_TTL_MS : opts->session_ttl_ms;
  bool copied = ew__str_dup(&service->user, opts->user) &&
                ew__str_dup(&service->company, opts->company) &&
                ew__str_dup(&service->master_token, opts->master_token) &&
                ew__str_dup(&service->restricted_token, opts->restricted_token);
  return copied ? copy_streams(service, opts) : EW_ERR_NOMEM;
}

static ew_err make_indexes(ew__octave_service *service) {
  const ew_host *host = &service->base.host;
  uint64_t secret[2];
  host->random(host->ctx, secret, sizeof(secret));
  ew_err err = ew__octave_index_init(&service->sessions, secret);
  return err == EW_OK ? ew__octave_index_init(&service->topics, secret) : err;
}

ew_err ew_octave_service_new(ew_service **out, const ew_octave_service_options *opts,
                             const ew_host *host) {
  if (!options_are_usable(opts) || !host_is_usable(host)) {
    return EW_ERR_ARGUMENT;
  }
  ew__octave_service *service = calloc(1, sizeof(*service));
  if (service == NULL) {
    return EW_ERR_NOMEM;
  }
  service->base = (ew_service){.ops = &ops, .host = *host};
  size_t message_bytes = ew_octave_document.limits.max_bytes;
  ew__scratch_init(&service->scratch, 16 * message_bytes);
  ew__text_init(&service->text, 8 * message_bytes);
  service->acknowledgement_type = ew__message_type(&ew_octave_document, "acknowledgement");
  service->event_type = ew__member_type(ew__message_type(&ew_octave_document, "message"), "value");
  ew_err err = copy_options(service, opts);
  if (err == EW_OK) {
    err = make_indexes(service);
  }
  if (err != EW_OK) {
    free_service(&service->base);
    return err;
  }
  *out = &service->base;
  return EW_OK;
}
