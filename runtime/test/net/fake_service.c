#define _POSIX_C_SOURCE 200809L

#include "fake_service.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../src/protocol/service_internal.h"

typedef struct fake_session {
  ew_session base;
  struct fake_session *next;
} fake_session;

typedef struct fake_service {
  ew_service base;
  fake_options opts;
  fake_session *sessions;
  fake_session *asked; /* whose question to the log is under way */
  uint64_t due;
  fake_session *due_for;
} fake_service;

static fake_service *fake_of(ew_service *service) { return (fake_service *)(void *)service; }
static fake_service *service_of(const fake_session *session) { return fake_of(session->base.service); }

uint32_t fake_hash(const char *bytes, size_t size) {
  uint32_t hash = 5381;
  for (size_t i = 0; i < size; i++) {
    hash = hash * 33 + (unsigned char)bytes[i];
  }
  return hash;
}

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void say(fake_session *session, const char *format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  (void)ew__session_send(&session->base, ew_str_of(text));
}

/* ---------------------------------------------------------------------------------------------------- commands */

static void flood(fake_session *session, unsigned count, unsigned size) {
  char *text = malloc(size);
  if (text == NULL) {
    abort();
  }
  memset(text, 'f', size);
  ew_err err = EW_OK;
  for (unsigned i = 0; i < count && err == EW_OK; i++) {
    err = ew__session_send(&session->base, ew_str_from(text, size));
  }
  free(text);
}

static void end_others(fake_session *session) {
  for (fake_session *s = service_of(session)->sessions; s != NULL; s = s->next) {
    if (s != session) {
      ew__session_end(&s->base, EW_CLOSE_NORMAL, "asked by another");
    }
  }
}

static void send_to_all(fake_service *service, ew_str text) {
  for (fake_session *s = service->sessions; s != NULL; s = s->next) {
    (void)ew__session_send(&s->base, text);
  }
}

static void ask_log(fake_session *session, bool read, uint64_t after) {
  fake_service *service = service_of(session);
  const ew_host *host = &service->base.host;
  service->asked = session;
  ew_err err = read ? host->read(host->ctx, EW_STR("events"), after, 100, 7)
                    : host->position(host->ctx, EW_STR("events"), EW_STR("cursor"), 8);
  if (err != EW_OK) {
    say(session, "refused %s", ew_err_name(err));
  }
}

static void obey(fake_session *session, const char *command, const char *rest) {
  fake_service *service = service_of(session);
  const ew_host *host = &service->base.host;
  unsigned a = 0, b = 0;
  sscanf(rest, "%u %u", &a, &b);
  if (strcmp(command, "echo") == 0) {
    (void)ew__session_send(&session->base, ew_str_of(rest));
  } else if (strcmp(command, "close") == 0) {
    ew__session_end(&session->base, (uint16_t)a, "asked");
  } else if (strcmp(command, "drop") == 0) {
    (void)ew__session_send(&session->base, ew_str_of(rest));
    ew__session_drop(&session->base);
  } else if (strcmp(command, "both") == 0) {
    ew__session_drop(&session->base);
    ew__session_end(&session->base, EW_CLOSE_NORMAL, "too late");
    say(session, "too late");
  } else if (strcmp(command, "flood") == 0) {
    flood(session, a, b);
  } else if (strcmp(command, "all") == 0) {
    send_to_all(service, ew_str_of(rest));
  } else if (strcmp(command, "read") == 0 || strcmp(command, "position") == 0) {
    ask_log(session, command[0] == 'r', a);
  } else if (strcmp(command, "commit") == 0) {
    host->commit(host->ctx, EW_STR("cursor"), a);
    host->store(host->ctx, EW_STR("resource"), ew_str_of(rest));
  } else if (strcmp(command, "later") == 0) {
    service->due = uv_hrtime() / 1000000 + a;
    service->due_for = session;
  } else if (strcmp(command, "note") == 0) {
    ew__service_note(&service->base, ew_str_of(rest));
  } else if (strcmp(command, "end") == 0) {
    end_others(session);
  }
}

static bool is_command(const char *word) {
  static const char *const commands[] = {"echo", "close", "drop", "both", "flood", "all", "read", "position", "commit", "later", "note", "end"};
  for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
    if (strcmp(word, commands[i]) == 0) {
      return true;
    }
  }
  return false;
}

static void receive(ew_session *base, ew_opcode opcode, ew_str message, uint64_t now) {
  fake_session *session = (fake_session *)(void *)base;
  char text[600] = "", word[16] = "";
  (void)now;
  service_of(session)->opts.watch->received++;
  if (opcode == EW_BINARY) {
    say(session, "binary %u", message.len);
    return;
  }
  /* The promise of the server: so many bytes may be read behind. Under valgrind and ASan a broken one shows. */
  volatile char behind = message.ptr[message.len + EW__READABLE_AFTER - 1];
  (void)behind;
  snprintf(text, sizeof(text), "%.*s", (int)(message.len < 512 ? message.len : 512), message.ptr);
  sscanf(text, "%15s", word);
  if (is_command(word)) {
    const char *rest = text + strlen(word);
    obey(session, word, *rest == ' ' ? rest + 1 : rest);
    return;
  }
  say(session, "text %u %u", message.len, fake_hash(message.ptr, message.len));
}

/* ---------------------------------------------------------------------------------------------------- the rest */

static void put(ew_http_response *response, ew_str text) { (void)!ew_buf_append(&response->body, text); }

static void list_request(const ew_http_request *request, ew_http_response *response) {
  put(response, request->method);
  put(response, EW_STR(" "));
  put(response, request->raw_path);
  put(response, EW_STR("?"));
  put(response, request->query);
  for (size_t i = 0; i < request->header_count; i++) {
    put(response, EW_STR("\n"));
    put(response, request->headers[i].name);
    put(response, EW_STR("="));
    put(response, request->headers[i].value);
  }
  put(response, EW_STR("\n"));
  response->status = 200;
}

static void http(ew_service *service, const ew_http_request *request, ew_http_response *response, uint64_t now) {
  char text[64];
  (void)service;
  (void)now;
  response->content_type = "text/plain";
  if (request->upgrade && ew_str_equal(request->path, EW_STR("/ws"))) {
    response->status = 101;
  } else if (ew_str_equal(request->path, EW_STR("/headers"))) {
    list_request(request, response);
  } else if (ew_str_equal(request->path, EW_STR("/body"))) {
    snprintf(text, sizeof(text), "%u %u\n", request->body.len, fake_hash(request->body.ptr, request->body.len));
    put(response, ew_str_of(text));
    response->status = 201;
  } else {
    put(response, EW_STR("nothing here\n"));
    response->status = 404;
  }
}

static ew_session *open_session(ew_service *base, const ew_http_request *request, void *connection, uint64_t now) {
  fake_service *service = fake_of(base);
  (void)now;
  if (service->opts.refuse_sessions || !request->upgrade) {
    return NULL;
  }
  fake_session *session = calloc(1, sizeof(*session));
  if (session == NULL) {
    return NULL;
  }
  session->base = (ew_session){base, connection};
  session->next = service->sessions;
  service->sessions = session;
  service->opts.watch->opened++;
  if (service->opts.greet) {
    say(session, "hello");
  }
  if (service->opts.close_at_open) {
    ew__session_end(&session->base, EW_CLOSE_POLICY, "not today");
  }
  return &session->base;
}

static void close_session(ew_session *base, uint64_t now) {
  fake_session *session = (fake_session *)(void *)base;
  fake_service *service = service_of(session);
  (void)now;
  fake_session **at = &service->sessions;
  while (*at != session) {
    at = &(*at)->next; /* a second end of the same session runs off the list */
  }
  *at = session->next;
  service->asked = service->asked == session ? NULL : service->asked;
  service->due_for = service->due_for == session ? NULL : service->due_for;
  service->opts.watch->closed++;
  free(session);
}

static ew_err check(ew_service *service, ew_str where, ew_str event, ew_buf *stream, ew_diag *diag) {
  (void)service;
  if (where.len > 0 && !ew_str_equal(where, EW_STR("events"))) {
    return EW_ERR_ARGUMENT;
  }
  ew_err err = ew_json_check(event, 0, diag);
  return err != EW_OK ? err : ew_buf_append(stream, EW_STR("events"));
}

static void publish(ew_service *service, ew_str stream, const ew_logged *event, uint64_t now) {
  (void)now;
  if (ew_str_equal(stream, EW_STR("events"))) {
    fake_of(service)->opts.watch->published++;
    send_to_all(fake_of(service), event->event);
  }
}

static void on_events(ew_service *base, uint64_t token, ew_err err, const ew_logged *events, size_t count, uint64_t now) {
  fake_service *service = fake_of(base);
  char text[512] = "events";
  (void)now;
  for (size_t i = 0; i < count && strlen(text) < 400; i++) {
    size_t len = strlen(text);
    snprintf(text + len, sizeof(text) - len, " %" PRIu64 ":%.*s", events[i].sequence, EW_STR_ARG(events[i].event));
  }
  if (service->asked != NULL && token == 7 && err == EW_OK) {
    say(service->asked, "%s", text);
  }
}

static void on_position(ew_service *base, uint64_t token, ew_err err, uint64_t last, bool has_cursor, uint64_t cursor, uint64_t now) {
  fake_service *service = fake_of(base);
  (void)now;
  if (service->asked != NULL && token == 8 && err == EW_OK) {
    say(service->asked, "last %" PRIu64 " cursor %s%" PRIu64, last, has_cursor ? "" : "none ", cursor);
  }
}

static void restore(ew_service *base, ew_str key, ew_str value, uint64_t now) {
  char *text = fake_of(base)->opts.watch->restored;
  size_t len = strlen(text);
  (void)now;
  snprintf(text + len, sizeof(fake_of(base)->opts.watch->restored) - len, "%.*s=%.*s;", EW_STR_ARG(key), EW_STR_ARG(value));
}

static uint64_t deadline(const ew_service *base) { return ((const fake_service *)(const void *)base)->due; }

static void tick(ew_service *base, uint64_t now) {
  fake_service *service = fake_of(base);
  if (now < service->due) {
    return;
  }
  service->due = EW_NEVER;
  service->opts.watch->ticks++;
  if (service->due_for != NULL) {
    say(service->due_for, "tick");
  }
}

static void free_service(ew_service *base) {
  fake_service *service = fake_of(base);
  while (service->sessions != NULL) {
    fake_session *next = service->sessions->next;
    free(service->sessions);
    service->sessions = next;
  }
  free(service);
}

ew_err fake_service_new(ew_service **out, const void *opts, const ew_host *host) {
  static const ew_document document = {.abi = EW_CODEC_ABI, .name = "fake", .limits = {.max_bytes = FAKE_MESSAGE_LIMIT}};
  static const ew__service_ops ops = {
      .document = &document,
      .free = free_service,
      .http = http,
      .open = open_session,
      .receive = receive,
      .close = close_session,
      .check = check,
      .publish = publish,
      .events = on_events,
      .position = on_position,
      .restore = restore,
      .deadline = deadline,
      .tick = tick,
  };
  const fake_options *options = opts;
  fake_service *service = options->fail ? NULL : calloc(1, sizeof(*service));
  if (service == NULL) {
    return EW_ERR_NOMEM;
  }
  service->base = (ew_service){.ops = &ops, .host = *host};
  service->opts = *options;
  service->due = EW_NEVER;
  *out = &service->base;
  return EW_OK;
}
