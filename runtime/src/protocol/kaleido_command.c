/*
 * What a client says. Strict reads it by the document. Compat reads it as the real server's parser
 * does, Go's encoding/json: into one struct for all commands, whose members may have any letter
 * case, may be null or missing, and must be strings even where the command does not use them; then
 * the type is folded and looked up, and an unknown one is no error.
 */
#include "kaleido_internal.h"

/* Any value: the first one of the message, bad UTF-8 mended. */
static const ew_entry_type any_value = {
    .type = {.kind = EW_KIND_RAW, .size = sizeof(ew_raw), .head = EW_HEAD_ENTRY},
    .document = &ew_kaleido_document};

static bool is_folded(ew_str text, const char *lower) {
  uint32_t i = 0;
  while (i < text.len && lower[i] != '\0') {
    char c = text.ptr[i];
    if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != lower[i]) {
      return false;
    }
    i++;
  }
  return i == text.len && lower[i] == '\0';
}

static ew__kaleido_verb verb_of(ew_str type) {
  static const struct {
    const char *text;
    ew__kaleido_verb verb;
  } verbs[] = {{"listen", EW__KALEIDO_LISTEN},
               {"listenreplies", EW__KALEIDO_LISTEN_REPLIES},
               {"ack", EW__KALEIDO_ACK},
               {"error", EW__KALEIDO_ERROR}};
  for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
    if (is_folded(type, verbs[i].text)) {
      return verbs[i].verb;
    }
  }
  return EW__KALEIDO_IGNORE;
}

static ew_str key_of(const ew__kaleido_service *service, ew_str topic, ew_str stream) {
  return service->format.numbered && stream.len > 0 ? stream : topic;
}

/*
 * E: webSocketCommandMessage of internal/ws/wsconn.go has the first three members, T the others
 * besides.
 */
typedef struct go_command {
  ew_str type, topic, message, stream;
  int64_t number;
} go_command;

/* Where a string member goes; NULL for members that the server does not know. */
static ew_str *find_string(const ew__kaleido_service *service, go_command *command, ew_str name) {
  if (is_folded(name, "type")) {
    return &command->type;
  }
  if (is_folded(name, "topic")) {
    return &command->topic;
  }
  if (is_folded(name, "message")) {
    return &command->message;
  }
  return service->format.numbered && is_folded(name, "stream") ? &command->stream : NULL;
}

/* null leaves a member as it is. */
static ew_err read_member(ew__kaleido_service *service, ew_str name, ew_raw value,
                          go_command *command) {
  if (ew_raw_type(value) == EW_JSON_NULL) {
    return EW_OK;
  }
  if (service->format.numbered && is_folded(name, "batchnumber")) {
    return ew_raw_type(value) == EW_JSON_NUMBER &&
                   ew_str_to_int64(value.json, &command->number) == EW_OK
               ? EW_OK
               : EW_ERR_TYPE;
  }
  ew_str *member = find_string(service, command, name);
  return member == NULL ? EW_OK : ew_raw_string(value, &service->scratch.arena, member);
}

/* The last of several members with one name wins by coming last. */
static ew_err read_members(ew__kaleido_service *service, ew_raw object, go_command *command) {
  ew_arena *arena = &service->scratch.arena;
  ew_err err = EW_OK;
  size_t cursor = 0;
  ew_str key, name;
  ew_raw value;
  while (err == EW_OK && ew_raw_next(object, &cursor, &key, &value)) {
    /* the key stands between its quotes */
    ew_raw quoted = {ew_str_from(key.ptr - 1, (size_t)key.len + 2)};
    err = ew_raw_string(quoted, arena, &name);
    if (err == EW_OK) {
      err = read_member(service, name, value, command);
    }
  }
  return err;
}

static ew_err read_object(ew__kaleido_service *service, ew_str message, go_command *command,
                          ew_diag *diag) {
  ew_decode_options opts = {.profile = EW_COMPAT};
  for (;;) {
    ew_raw raw;
    *command = (go_command){.number = 0};
    ew_err err = ew__scratch_decode(&service->scratch, &any_value.type, message, &opts, &raw, diag);
    if (err != EW_OK) {
      return err;
    }
    ew_json_type type = ew_raw_type(raw);
    if (type == EW_JSON_NULL) {
      return EW_OK; /* leaves the struct empty, which is a command without a type */
    }
    err = type == EW_JSON_OBJECT ? read_members(service, raw, command) : EW_ERR_TYPE;
    if (err != EW_ERR_ARENA_FULL) {
      return err;
    }
    err = ew__scratch_grow(&service->scratch);
    if (err != EW_OK) {
      return err;
    }
  }
}

static ew_err read_compat(ew__kaleido_service *service, ew_str message, ew__kaleido_command *out,
                          ew_diag *diag) {
  go_command command;
  ew_err err = read_object(service, message, &command, diag);
  if (err == EW_OK) {
    uint64_t number = command.number > 0 ? (uint64_t)command.number : 0;
    *out = (ew__kaleido_command){verb_of(command.type), key_of(service, command.topic, command.stream), number};
  }
  return err;
}

static ew__kaleido_command command_of(const ew__kaleido_service *service,
                                      const ew_kaleido_client_message *message) {
  switch (message->kind) {
  case EW_KALEIDO_CLIENT_MESSAGE_NONE:
    break;
  case EW_KALEIDO_CLIENT_MESSAGE_LISTEN: {
    const ew_kaleido_listen *listen = &message->listen;
    return (ew__kaleido_command){EW__KALEIDO_LISTEN, key_of(service, listen->topic, listen->stream),
                                 0};
  }
  case EW_KALEIDO_CLIENT_MESSAGE_LISTEN_REPLIES:
    return (ew__kaleido_command){EW__KALEIDO_LISTEN_REPLIES, {0}, 0};
  case EW_KALEIDO_CLIENT_MESSAGE_ACK: {
    const ew_kaleido_ack *ack = &message->ack;
    return (ew__kaleido_command){EW__KALEIDO_ACK, key_of(service, ack->topic, ack->stream),
                                 (uint64_t)ack->batch_number};
  }
  case EW_KALEIDO_CLIENT_MESSAGE_ERROR: {
    const ew_kaleido_error *error = &message->error;
    return (ew__kaleido_command){EW__KALEIDO_ERROR, key_of(service, error->topic, error->stream),
                                 (uint64_t)error->batch_number};
  }
  }
  return (ew__kaleido_command){EW__KALEIDO_IGNORE, {0}, 0};
}

static ew_err read_strict(ew__kaleido_service *service, ew_str message, ew__kaleido_command *out,
                          ew_diag *diag) {
  ew_kaleido_client_message decoded;
  ew_err err = ew__scratch_decode(&service->scratch, ew_kaleido_document.to_server, message, NULL,
                                  &decoded, diag);
  if (err == EW_OK) {
    *out = command_of(service, &decoded);
  }
  return err;
}

ew_err ew__kaleido_command_read(ew__kaleido_service *service, ew_str message,
                                ew__kaleido_command *out, ew_diag *diag) {
  return ew__kaleido_strict(service) ? read_strict(service, message, out, diag)
                                     : read_compat(service, message, out, diag);
}
