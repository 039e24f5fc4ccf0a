#include <stdlib.h>

#include "firefly_internal.h"

#define FILTER_TEXT_MAX 16384u /* a larger one is not shown in the status */

/* ------------------------------------------------------------------------------------------ what was started */

static void free_start(firefly_start *start) {
  ew__str_free(&start->namespace_);
  ew__str_free(&start->name);
  ew__str_free(&start->filter);
  free(start);
}

static const char no_filter[] = "{\"message\":{},\"transaction\":{},\"blockchainevent\":{}}";

/* The filter as the status shows it. */
static bool copy_filter(firefly_service *service, const ew_firefly_start *in, ew_str *out) {
  ew_firefly_subscription_filter filter = in->filter;
  ew_diag diag;
  filter.has_message = filter.has_transaction = filter.has_blockchainevent = true;
  ew__text_reset(&service->out);
  ew_err err = ew__text_encode(&service->out, service->filter_type, &filter, &diag);
  bool shown = err == EW_OK && service->out.buf.len <= FILTER_TEXT_MAX;
  return ew__str_dup(out, shown ? ew_buf_str(&service->out.buf) : ew_str_of(no_filter));
}

/* Every start is recorded, good or not: acknowledgements look at how many there were. */
static firefly_start *record(firefly_session *session, const ew_firefly_start *in) {
  firefly_service *service = ew__firefly_service_of(session);
  const ew_host *host = &service->base.host;
  firefly_start *start =
      session->start_count < FIREFLY_MAX_STARTS ? calloc(1, sizeof(*start)) : NULL;
  if (start == NULL) {
    return NULL;
  }
  *start = (firefly_start){.session = session, .ephemeral = in->ephemeral};
  if (!ew__str_dup(&start->namespace_, ew__firefly_clip(in->namespace_, 256)) ||
      !ew__str_dup(&start->name, ew__firefly_clip(in->name, 256)) ||
      !copy_filter(service, in, &start->filter)) {
    free_start(start);
    return NULL;
  }
  ew__firefly_time_write(host->wall_clock_ms(host->ctx), start->time);
  *(session->last_start != NULL ? &session->last_start->next : &session->starts) = start;
  session->last_start = start;
  session->start_count++;
  return start;
}

static void end_ephemeral(firefly_subscription *s) {
  ew__firefly_dispatch_stop(s);
  ew__firefly_subscription_release(s);
}

void ew__firefly_start_end_all(firefly_session *session, uint64_t now) {
  for (firefly_start *start = session->starts; start != NULL; start = start->next) {
    firefly_subscription *s = start->subscription;
    if (s == NULL) {
      continue;
    }
    ew__firefly_candidate_remove(start, now);
    if (s->ephemeral) {
      end_ephemeral(s);
    }
  }
}

void ew__firefly_start_free_all(firefly_session *session) {
  while (session->starts != NULL) {
    firefly_start *start = session->starts;
    session->starts = start->next;
    if (start->subscription != NULL && start->subscription->ephemeral) {
      end_ephemeral(start->subscription);
    }
    free_start(start);
  }
}

/* ---------------------------------------------------------------------------------------------- durable ones */

static bool is_candidate(const firefly_session *session, const firefly_subscription *s) {
  for (const firefly_start *start = session->starts; start != NULL; start = start->next) {
    if (start->subscription == s) {
      return true;
    }
  }
  return false;
}

static bool asks_for(const firefly_start *start, const firefly_subscription *s) {
  return !start->ephemeral && ew_str_equal(start->name, s->name) &&
         ew_str_equal(start->namespace_, s->ns->name);
}

void ew__firefly_start_match(firefly_subscription *s, uint64_t now) {
  for (firefly_session *session = s->service->sessions; session != NULL; session = session->next) {
    firefly_start *start = session->starts;
    while (start != NULL && !asks_for(start, s)) {
      start = start->next;
    }
    if (start != NULL) {
      ew__firefly_candidate_add(s, start, now);
    }
  }
}

/* A name that does not exist is no error: delivery begins when it is made. Nor is a second start, which changes
 * nothing. */
static void start_durable(firefly_start *start, const firefly_namespace *ns, uint64_t now) {
  firefly_subscription *s = ew__firefly_durable_find(ns, start->name);
  if (s != NULL && !is_candidate(start->session, s)) {
    ew__firefly_candidate_add(s, start, now);
  }
}

/* -------------------------------------------------------------------------------------------- ephemeral ones */

/* The real server takes any text and then tries for ever to make sense of it. */
static bool read_first(const firefly_service *service, const ew_firefly_subscription_options *in,
                       firefly_options *out, firefly_error *error) {
  if (in == NULL || ew__firefly_first_read(in->first_event, out, error)) {
    return true;
  }
  out->first = FIREFLY_FIRST_NEVER;
  return service->base.manner == EW_MANNER_COMPAT;
}

static bool start_ephemeral(firefly_start *start, firefly_namespace *ns, const ew_firefly_start *in,
                            uint64_t now, firefly_error *error) {
  firefly_service *service = ew__firefly_service_of(start->session);
  const ew_firefly_subscription_options *options =
      in->options_presence == EW_SET ? &in->options : NULL;
  const ew_firefly_subscription_filter *filter = in->filter_presence == EW_SET ? &in->filter : NULL;
  firefly_options read;
  if (!ew__firefly_options_read(service, options, &read, error) ||
      !read_first(service, options, &read, error)) {
    return false;
  }
  firefly_subscription *s = ew__firefly_subscription_new(service, ns, (ew_str){NULL, 0, 0},
                                                         ew__firefly_uuid_random(service));
  if (s == NULL) {
    return ew__firefly_fail(error, 500, "no place for another subscription");
  }
  s->options = read;
  if (!ew__firefly_filter_compile(service, filter, &s->filter, error)) {
    ew__firefly_subscription_release(s);
    return false;
  }
  ew__firefly_candidate_add(s, start, now);
  return true;
}

/* ------------------------------------------------------------------------------------------------- any start */

static bool apply_autoack(firefly_session *session, const ew_firefly_start *in,
                          firefly_error *error) {
  if (in->autoack_presence != EW_SET) {
    return true;
  }
  if (in->autoack != session->autoack && session->start_count > 0) {
    return ew__firefly_fail(
        error, 400, "FF10179: The autoack option must be set consistently on all start requests");
  }
  session->autoack = in->autoack;
  return true;
}

/* The namespace of in is settled: what the address says, or what the message says. */
static bool start_in_namespace(firefly_session *session, const ew_firefly_start *in, uint64_t now,
                               firefly_error *error) {
  if (!apply_autoack(session, in, error)) {
    return false;
  }
  firefly_start *start = record(session, in);
  if (start == NULL) {
    return ew__firefly_fail(error, 500, "no place for another start on this connection");
  }
  if (in->namespace_.len == 0 || (in->name.len == 0 && !in->ephemeral)) {
    return ew__firefly_fail(error, 400,
                            "FF10178: A start action must set namespace and either a name or ephemeral=true");
  }
  firefly_namespace *ns =
      ew__firefly_namespace_find(ew__firefly_service_of(session), in->namespace_);
  if (ns == NULL) {
    return ew__firefly_fail(error, 404, "FF10187: Namespace does not exist");
  }
  if (in->ephemeral) {
    return start_ephemeral(start, ns, in, now, error);
  }
  start_durable(start, ns, now);
  return true;
}

/* ------------------------------------------------------------------------------------- the start in the URL */

typedef struct url_query {
  ew_str text;
  ew_arena arena;
} url_query;

static bool has(url_query *query, const char *name, ew_str *out) {
  ew_err err = ew_http_query_find(query->text, name, &query->arena, out);
  return err == EW_OK;
}

/* The value, or the empty text. */
static ew_str text_of(url_query *query, const char *name) {
  ew_str value = {"", 0, 0};
  return has(query, name, &value) ? value : (ew_str){"", 0, 0};
}

/* A key that is there is true, with any value but exactly "false". */
static bool is_set(url_query *query, const char *name) {
  ew_str value;
  return has(query, name, &value) && !ew_str_equal(value, EW_STR("false"));
}

static void read_filter(url_query *query, ew_firefly_subscription_filter *out) {
  const struct {
    const char *key;
    ew_str *value;
    bool *present;
  } keys[] = {
      {"filter.events", &out->events, &out->has_events},
      {"filter.topic", &out->topic, &out->has_topic},
      {"filter.topics", &out->topics, &out->has_topics},
      {"filter.tag", &out->tag, &out->has_tag},
      {"filter.group", &out->group, &out->has_group},
      {"filter.author", &out->author, &out->has_author},
      {"filter.message.tag", &out->message.tag, &out->message.has_tag},
      {"filter.message.group", &out->message.group, &out->message.has_group},
      {"filter.message.author", &out->message.author, &out->message.has_author},
      {"filter.transaction.type", &out->transaction.type, &out->transaction.has_type},
      {"filter.blockchain.name", &out->blockchainevent.name, &out->blockchainevent.has_name},
      {"filter.blockchain.listener", &out->blockchainevent.listener, &out->blockchainevent.has_listener},
  };
  for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
    *keys[i].value = text_of(query, keys[i].key);
    *keys[i].present = keys[i].value->len > 0;
  }
}

static bool all_digits(ew_str text) {
  for (uint32_t i = 0; i < text.len; i++) {
    if (text.ptr[i] < '0' || text.ptr[i] > '9') {
      return false;
    }
  }
  return text.len > 0;
}

/* Anything but a number of 16 bits is passed over in silence. */
static void read_options(url_query *query, ew_firefly_subscription_options *out) {
  uint64_t read_ahead;
  ew_str text = text_of(query, "readahead");
  out->has_batch = true;
  out->batch = is_set(query, "batch");
  out->batch_timeout = text_of(query, "batchtimeout");
  out->has_batch_timeout = out->batch_timeout.len > 0;
  if (all_digits(text) && ew_str_to_uint64(text, &read_ahead) == EW_OK &&
      read_ahead <= UINT16_MAX) {
    out->has_read_ahead = true;
    out->read_ahead = (int64_t)read_ahead;
  }
}

static bool scope_namespace(const firefly_session *session, ew_str *name, firefly_error *error) {
  if (session->scope == NULL) {
    return true;
  }
  if (name->len > 0 && !ew_str_equal(*name, session->scope->name)) {
    return ew__firefly_fail(
        error, 400,
        "FF10462: Websocket request received on a namespace scoped connection but the provided namespace does not "
        "match");
  }
  *name = session->scope->name;
  return true;
}

static bool auto_start(firefly_session *session, url_query *query, uint64_t now,
                       firefly_error *error) {
  ew_firefly_start start = {
      .autoack_presence = EW_SET, .filter_presence = EW_SET, .options_presence = EW_SET};
  ew_str name = {"", 0, 0};
  bool has_name = has(query, "name", &name);
  start.namespace_ = text_of(query, "namespace");
  start.ephemeral = is_set(query, "ephemeral");
  if (!scope_namespace(session, &start.namespace_, error)) {
    return false;
  }
  if (!start.ephemeral && !has_name) {
    return true;
  }
  start.name = name;
  start.autoack = is_set(query, "autoack");
  read_filter(query, &start.filter);
  read_options(query, &start.options);
  return start_in_namespace(session, &start, now, error);
}

void ew__firefly_auto_start(firefly_session *session, ew_str query, uint64_t now) {
  firefly_error error;
  /* Each value decoded is no longer than in the query, and the arena rounds up. */
  size_t size = (size_t)query.len * 2 + 1024;
  void *block = query.len == 0 && session->scope == NULL ? NULL : malloc(size);
  if (block == NULL) {
    return;
  }
  url_query in = {.text = query};
  ew_arena_init(&in.arena, block, size);
  if (!auto_start(session, &in, now, &error)) {
    ew__firefly_session_complain(session, error.text);
  }
  free(block);
}

/*
 * A start message. The URL is not asked for its namespace in this way: the real server's gap in
 * authorization is kept.
 */
bool ew__firefly_session_start(firefly_session *session, ew_firefly_start *in, uint64_t now,
                               firefly_error *error) {
  if (!scope_namespace(session, &in->namespace_, error)) {
    return false;
  }
  if (ew__firefly_namespace_find(ew__firefly_service_of(session), in->namespace_) == NULL) {
    ew_str shown = ew__firefly_clip(in->namespace_, 128);
    return ew__firefly_fail(error, 404, "FF10436: Unknown namespace '%.*s'", EW_STR_ARG(shown));
  }
  return start_in_namespace(session, in, now, error);
}
