#include <stdlib.h>

#include "firefly_internal.h"

#define DEFAULT_MAX_READ_AHEAD 65535u
#define SCRATCH_FACTOR 16u
#define OUT_FACTOR 2u
/* In the lower half of a token: it is of a namespace. Else that is the slot of a subscription. */
#define NAMESPACE_TOKEN UINT32_C(0x80000000)

/* ---------------------------------------------------------------------------------------------- namespaces */

firefly_namespace *ew__firefly_namespace_find(firefly_service *service, ew_str name) {
  for (size_t i = 0; i < service->namespace_count; i++) {
    if (ew_str_equal(service->namespaces[i].name, name)) {
      return &service->namespaces[i];
    }
  }
  return NULL;
}

static firefly_namespace *find_by_stream(firefly_service *service, ew_str stream) {
  for (size_t i = 0; i < service->namespace_count; i++) {
    if (ew_str_equal(service->namespaces[i].stream, stream)) {
      return &service->namespaces[i];
    }
  }
  return NULL;
}

uint64_t ew__firefly_token(firefly_service *service, uint32_t index) {
  service->serial++;
  if (service->serial == 0) {
    service->serial++; /* 0 stands for no open question */
  }
  return (uint64_t)service->serial << 32 | index;
}

/* Where "newest" is. The cursor named here is never stored. */
static void ask_last(firefly_service *service, firefly_namespace *ns, uint64_t now) {
  const ew_host *host = &service->base.host;
  ns->token = ew__firefly_token(service, NAMESPACE_TOKEN | (uint32_t)(ns - service->namespaces));
  ew_err err = host->position(host->ctx, ns->stream, ns->stream, ns->token);
  ns->retry_at = err == EW_OK ? EW_NEVER : now + FIREFLY_RETRY_MS;
}

static void on_last(firefly_namespace *ns, ew_err err, uint64_t last, uint64_t now) {
  if (err != EW_OK) {
    ns->retry_at = now + FIREFLY_RETRY_MS;
    return;
  }
  ns->known = true;
  ns->last = last > ns->last ? last : ns->last;
}

static bool add_namespace(firefly_service *service, ew_str name) {
  firefly_namespace *ns = &service->namespaces[service->namespace_count];
  char stream[sizeof("firefly/") + FIREFLY_NAME_SIZE];
  ew_buf buf;
  *ns = (firefly_namespace){.retry_at = EW_NEVER};
  ew_buf_init(&buf, stream, sizeof(stream));
  if (ew_buf_append(&buf, EW_STR("firefly/")) != EW_OK || ew_buf_append(&buf, name) != EW_OK) {
    return false;
  }
  service->namespace_count++;
  return ew__str_dup(&ns->name, name) && ew__str_dup(&ns->stream, ew_buf_str(&buf));
}

static bool add_namespaces(firefly_service *service, const ew_firefly_service_options *opts) {
  service->namespaces = calloc(opts->namespace_count, sizeof(*service->namespaces));
  for (size_t i = 0; service->namespaces != NULL && i < opts->namespace_count; i++) {
    if (ew__firefly_namespace_find(service, opts->namespaces[i]) == NULL &&
        !add_namespace(service, opts->namespaces[i])) {
      return false;
    }
  }
  return service->namespaces != NULL;
}

static void free_namespaces(firefly_service *service) {
  for (size_t i = 0; i < service->namespace_count; i++) {
    firefly_namespace *ns = &service->namespaces[i];
    ew__firefly_durable_free_all(ns);
    ew__str_free(&ns->name);
    ew__str_free(&ns->stream);
  }
  free(service->namespaces);
}

/* ------------------------------------------------------------------------------------------ answers and time */

static void on_publish(ew_service *base, ew_str stream, const ew_logged *event, uint64_t now) {
  firefly_service *service = (firefly_service *)base;
  firefly_namespace *ns = find_by_stream(service, stream);
  if (ns == NULL) {
    return;
  }
  ns->last = event->sequence > ns->last ? event->sequence : ns->last;
  for (firefly_subscription *s = ns->led; s != NULL;) {
    firefly_subscription *next = s->next_led;
    ew__firefly_dispatch_publish(s, event, now);
    s = next;
  }
}

/* Whose question has this token; NULL when nobody waits for the answer any more. */
static firefly_subscription *find_asker(const firefly_service *service, uint64_t token) {
  uint32_t slot = (uint32_t)token;
  firefly_subscription *s = slot < service->slot_count ? service->slots[slot].subscription : NULL;
  return s != NULL && s->token == token ? s : NULL;
}

static void on_events(ew_service *base, uint64_t token, ew_err err, const ew_logged *events,
                      size_t count, uint64_t now) {
  firefly_subscription *s = find_asker((firefly_service *)base, token);
  if (s != NULL && s->phase == FIREFLY_READING) {
    s->token = 0;
    ew__firefly_dispatch_events(s, err, events, count, now);
  }
}

static void on_position(ew_service *base, uint64_t token, ew_err err, uint64_t last,
                        bool has_cursor, uint64_t cursor, uint64_t now) {
  firefly_service *service = (firefly_service *)base;
  uint32_t index = (uint32_t)token & ~NAMESPACE_TOKEN;
  if (((uint32_t)token & NAMESPACE_TOKEN) != 0) {
    if (index < service->namespace_count && service->namespaces[index].token == token) {
      on_last(&service->namespaces[index], err, last, now);
    }
    return;
  }
  firefly_subscription *s = find_asker(service, token);
  if (s != NULL && s->phase == FIREFLY_LOCATING) {
    s->token = 0;
    ew__firefly_dispatch_located(s, err, last, has_cursor, cursor, now);
  }
}

static void on_restore(ew_service *service, ew_str key, ew_str value, uint64_t now) {
  static const char prefix[] = "firefly/";
  const uint32_t len = sizeof(prefix) - 1;
  if (key.len > len && memcmp(key.ptr, prefix, len) == 0) {
    ew__firefly_durable_restore((firefly_service *)service, key, value, now);
  }
}

static uint64_t deadline(const ew_service *base) {
  const firefly_service *service = (const firefly_service *)base;
  uint64_t first = service->timed != NULL ? service->timed->deadline : EW_NEVER;
  for (size_t i = 0; i < service->namespace_count; i++) {
    first = service->namespaces[i].retry_at < first ? service->namespaces[i].retry_at : first;
  }
  return first;
}

static void tick(ew_service *base, uint64_t now) {
  firefly_service *service = (firefly_service *)base;
  for (size_t i = 0; i < service->namespace_count; i++) {
    if (service->namespaces[i].retry_at <= now) {
      ask_last(service, &service->namespaces[i], now);
    }
  }
  while (service->timed != NULL && service->timed->deadline <= now) {
    ew__firefly_dispatch_tick(service->timed, now);
  }
}

/* ---------------------------------------------------------------------------------------------------- life */

bool ew__firefly_authorized(const firefly_service *service, const ew_http_request *request) {
  if (service->user.len == 0 && service->password.len == 0) {
    return true;
  }
  return ew_http_basic_matches(ew_http_header_find(request, "authorization"), service->user,
                               service->password);
}

static void free_service(ew_service *base) {
  firefly_service *service = (firefly_service *)base;
  while (service->sessions != NULL) {
    ew__firefly_session_free(service->sessions);
  }
  free_namespaces(service);
  free(service->slots);
  ew__scratch_clear(&service->scratch);
  ew__scratch_clear(&service->event_scratch);
  ew__text_clear(&service->published);
  ew__text_clear(&service->event_text);
  ew__text_clear(&service->out);
  ew__str_free(&service->user);
  ew__str_free(&service->password);
  free(service);
}

static const ew__service_ops ops = {
    .document = &ew_firefly_document,
    .free = free_service,
    .http = ew__firefly_http,
    .open = ew__firefly_session_open,
    .receive = ew__firefly_session_receive,
    .close = ew__firefly_session_close,
    .check = ew__firefly_event_check,
    .publish = on_publish,
    .events = on_events,
    .position = on_position,
    .restore = on_restore,
    .deadline = deadline,
    .tick = tick,
};

static const ew_type *type_named(const char *c_name) {
  const ew_message *message = ew_document_find(&ew_firefly_document, ew_str_of(c_name));
  return message != NULL ? message->type : NULL;
}

/* The type of a member that is an object of its own and no message. */
static const ew_type *type_of_member(const ew_type *object, const char *name) {
  for (uint32_t i = 0; object != NULL && i < object->as.object->member_count; i++) {
    const ew_member *member = &object->as.object->members[i];
    if (strcmp(member->name, name) == 0) {
      return member->type;
    }
  }
  return NULL;
}

static bool find_types(firefly_service *service) {
  service->start_type = type_named("ew_firefly_start");
  service->ack_type = type_named("ew_firefly_ack");
  service->event_type = type_named("ew_firefly_event");
  service->error_type = type_named("ew_firefly_protocol_error");
  service->input_type = type_named("ew_firefly_subscription_input");
  service->resource_type = type_named("ew_firefly_subscription");
  service->filter_type = type_of_member(service->resource_type, "filter");
  return service->start_type != NULL && service->ack_type != NULL && service->event_type != NULL &&
         service->error_type != NULL && service->input_type != NULL && service->filter_type != NULL;
}

static void init_memory(firefly_service *service) {
  const size_t max = ew_firefly_document.limits.max_bytes;
  ew__scratch_init(&service->scratch, max * SCRATCH_FACTOR);
  ew__scratch_init(&service->event_scratch, max * SCRATCH_FACTOR);
  ew__text_init(&service->published, max * OUT_FACTOR);
  ew__text_init(&service->event_text, max * OUT_FACTOR);
  ew__text_init(&service->out, max * OUT_FACTOR);
}

static bool usable(const ew_firefly_service_options *opts, const ew_host *host) {
  if (opts->namespace_count == 0 || opts->namespace_count >= NAMESPACE_TOKEN ||
      opts->max_read_ahead > DEFAULT_MAX_READ_AHEAD) {
    return false;
  }
  for (size_t i = 0; i < opts->namespace_count; i++) {
    if (!ew__firefly_name_valid(opts->namespaces[i])) {
      return false;
    }
  }
  const ew_filter_engine *filters = opts->filters;
  return host->send != NULL &&
         (filters == NULL ||
          (filters->compile != NULL && filters->match != NULL && filters->free != NULL));
}

static ew_err fill(firefly_service *service, const ew_firefly_service_options *opts) {
  if (!find_types(service)) {
    return EW_ERR_INTERNAL;
  }
  ew__firefly_event_init(service);
  bool made = ew__str_dup(&service->user, opts->user) &&
              ew__str_dup(&service->password, opts->password) && add_namespaces(service, opts);
  return made ? EW_OK : EW_ERR_NOMEM;
}

ew_err ew_firefly_service_new(ew_service **out, const ew_firefly_service_options *opts,
                              const ew_host *host) {
  if (!usable(opts, host)) {
    return EW_ERR_ARGUMENT;
  }
  firefly_service *service = calloc(1, sizeof(*service));
  if (service == NULL) {
    return EW_ERR_NOMEM;
  }
  *service = (firefly_service){
      .base = {.ops = &ops, .host = *host, .manner = opts->manner},
      .max_read_ahead = opts->max_read_ahead == 0 ? DEFAULT_MAX_READ_AHEAD : opts->max_read_ahead,
      .default_delay_ms = opts->default_delay_ms,
      .has_filters = opts->filters != NULL,
      .free_slot = UINT32_MAX};
  if (opts->filters != NULL) {
    service->filters = *opts->filters;
  }
  init_memory(service);
  ew_err err = fill(service, opts);
  if (err != EW_OK) {
    free_service(&service->base);
    return err;
  }
  for (size_t i = 0; i < service->namespace_count; i++) {
    /* asked by the first tick, when the host knows its service */
    service->namespaces[i].retry_at = 0;
  }
  *out = &service->base;
  return EW_OK;
}
