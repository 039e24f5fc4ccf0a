#include "check_internal.h"
#include "eventwire/octave.h"

/* A request that was carried out has no reasons of a refusal. The reverse is not demanded: nobody knows
   what real refusals look like. */
static ew_err check_errors(bool ok, uint32_t error_count, ew_diag *diag) {
  if (!ok || error_count == 0) {
    return EW_OK;
  }
  return ew__diag_say(diag, EW_ERR_RULE, "/head/errors", "an empty array, since ok is true",
                      EW_STR(""));
}

static bool is_stream_id(ew_str text) {
  if (text.len != 25 || text.ptr[0] != 's') {
    return false;
  }
  for (uint32_t i = 1; i < text.len; i++) {
    char c = text.ptr[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      return false;
    }
  }
  return true;
}

/*
 * A lenient reader may meet a path in resource, and ids in other forms, which say nothing about
 * each other.
 */
static ew_err check_resource(const ew_octave_message *message, ew_diag *diag) {
  const ew_octave_event *event = &message->value;
  ew_str resource = message->resource;
  if (is_stream_id(resource) && is_stream_id(event->stream_id) &&
      !ew_str_equal(resource, event->stream_id)) {
    return ew__diag_say(diag, EW_ERR_RULE, "/resource", "the same as /value/streamId", resource);
  }
  bool is_path = resource.len > 0 && resource.ptr[0] == '/';
  if (is_path && event->path.len > 0 && !ew_str_equal(resource, event->path)) {
    return ew__diag_say(diag, EW_ERR_RULE, "/resource", "the same as /value/path", resource);
  }
  return EW_OK;
}

ew_err ew__octave_check(const ew_message *message, const void *value, ew_diag *diag) {
  if (strcmp(message->c_name, "ew_octave_acknowledgement") == 0) {
    const ew_octave_acknowledgement *acknowledgement = value;
    return check_errors(acknowledgement->head.ok, acknowledgement->head.errors.count, diag);
  }
  if (strcmp(message->c_name, "ew_octave_session_response") == 0) {
    const ew_octave_session_response *response = value;
    return check_errors(true, response->head.errors.count, diag);
  }
  if (strcmp(message->c_name, "ew_octave_message") == 0) {
    return check_resource(value, diag);
  }
  return EW_OK;
}
