#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "firefly_internal.h"

#define DEFAULT_BATCH_SIZE 50u
#define DEFAULT_BATCH_DELAY_MS 50u
#define NO_SLOT UINT32_MAX

/* -------------------------------------------------------------------------------------------------- slots */

static bool grow_slots(firefly_service *service) {
  uint32_t size = service->slot_size == 0 ? 16 : service->slot_size * 2;
  firefly_slot *slots =
      size > FIREFLY_MAX_SUBSCRIPTIONS ? NULL : realloc(service->slots, size * sizeof(*slots));
  if (slots == NULL) {
    return false;
  }
  service->slots = slots;
  service->slot_size = size;
  return true;
}

static uint32_t take_slot(firefly_service *service, firefly_subscription *subscription) {
  uint32_t slot = service->free_slot;
  if (slot != NO_SLOT) {
    service->free_slot = service->slots[slot].next_free;
  } else if (service->slot_count < service->slot_size || grow_slots(service)) {
    slot = service->slot_count++;
  } else {
    return NO_SLOT;
  }
  service->slots[slot] = (firefly_slot){subscription, NO_SLOT};
  return slot;
}

static void free_slot(firefly_service *service, uint32_t slot) {
  service->slots[slot] = (firefly_slot){NULL, service->free_slot};
  service->free_slot = slot;
}

/* ------------------------------------------------------------------------------------------- life and death */

/* Names are of the namespace's and the name's own alphabet, which needs no escape. */
static bool write_reference(firefly_subscription *s) {
  char text[64 + 3 * FIREFLY_NAME_SIZE];
  int len = snprintf(text, sizeof(text), "{\"id\":\"%s\",\"namespace\":\"%.*s\",\"name\":\"%.*s\"}",
                     s->id, EW_STR_ARG(s->ns->name), EW_STR_ARG(s->name));
  return ew__str_dup(&s->reference, ew_str_from(text, (size_t)len));
}

static bool write_key(firefly_subscription *s) {
  char text[16 + 3 * FIREFLY_NAME_SIZE];
  int len = snprintf(text, sizeof(text), "%.*s/%s", EW_STR_ARG(s->ns->stream), s->id);
  return ew__str_dup(&s->key, ew_str_from(text, (size_t)len));
}

static void destroy(firefly_subscription *s) {
  if (s->slot != NO_SLOT) {
    free_slot(s->service, s->slot);
  }
  ew__firefly_filter_clear(s->service, &s->filter);
  ew__str_free(&s->name);
  ew__str_free(&s->reference);
  ew__str_free(&s->key);
  ew__str_free(&s->resource);
  free(s);
}

void ew__firefly_subscription_release(firefly_subscription *subscription) {
  if (--subscription->references == 0) {
    destroy(subscription);
  }
}

firefly_subscription *ew__firefly_subscription_new(firefly_service *service, firefly_namespace *ns,
                                                   ew_str name, firefly_uuid uuid) {
  firefly_subscription *s = calloc(1, sizeof(*s));
  if (s == NULL) {
    return NULL;
  }
  *s = (firefly_subscription){.service = service, .ns = ns, .references = 1, .uuid = uuid, .ephemeral = name.len == 0};
  s->slot = take_slot(service, s);
  s->order = service->order++;
  ew__firefly_uuid_write(uuid, s->id);
  bool made = s->slot != NO_SLOT && ew__str_dup(&s->name, s->ephemeral ? ew_str_of(s->id) : name) &&
              write_reference(s) && write_key(s);
  if (!made) {
    destroy(s);
    return NULL;
  }
  return s;
}

/* ------------------------------------------------------------------------------------------------- options */

static bool wants_batches(const ew_firefly_subscription_options *in) {
  return in->has_batch && in->batch;
}

static bool read_window(const firefly_service *service, const ew_firefly_subscription_options *in,
                        firefly_options *out, firefly_error *error) {
  uint64_t read_ahead = in->has_read_ahead && in->read_ahead > 0 ? (uint64_t)in->read_ahead : 0;
  if (read_ahead > service->max_read_ahead) {
    return ew__firefly_fail(error, 400,
                            "readAhead %" PRIu64 " is above %" PRIu32 ", the limit of this server",
                            read_ahead, service->max_read_ahead);
  }
  if (read_ahead == 0 && out->batch) {
    read_ahead =
        DEFAULT_BATCH_SIZE < service->max_read_ahead ? DEFAULT_BATCH_SIZE : service->max_read_ahead;
  }
  out->read_ahead = (uint32_t)read_ahead;
  return true;
}

/* A duration that cannot be read is 0: only HTTP refuses it, before this. */
static uint32_t read_delay(const firefly_service *service,
                           const ew_firefly_subscription_options *in, bool batch) {
  uint32_t ms = 0;
  if (!in->has_batch_timeout || in->batch_timeout.len == 0) {
    return batch ? DEFAULT_BATCH_DELAY_MS : service->default_delay_ms;
  }
  return ew__firefly_duration_read(in->batch_timeout, &ms) ? ms : 0;
}

bool ew__firefly_options_read(const firefly_service *service,
                              const ew_firefly_subscription_options *in, firefly_options *out,
                              firefly_error *error) {
  const ew_firefly_subscription_options none = {.batch = false};
  in = in == NULL ? &none : in;
  *out = (firefly_options){.first = FIREFLY_FIRST_NEWEST, .batch = wants_batches(in)};
  out->delay_ms = read_delay(service, in, out->batch);
  if (in->has_with_data && in->with_data) {
    return ew__firefly_fail(
        error, 400,
        "FF10244: Websockets subscriptions do not support streaming the full data payload, just the references "
        "(withData must be false)");
  }
  return read_window(service, in, out, error);
}

bool ew__firefly_first_read(ew_str text, firefly_options *out, firefly_error *error) {
  int64_t number;
  if (text.len == 0 || ew_str_equal(text, EW_STR("newest"))) {
    out->first = FIREFLY_FIRST_NEWEST;
    return true;
  }
  out->first = FIREFLY_FIRST_AFTER;
  out->after = 0;
  if (ew_str_equal(text, EW_STR("oldest"))) {
    return true;
  }
  if (ew_str_to_int64(text, &number) != EW_OK) {
    return ew__firefly_fail(error, 400,
                            "FF10191: Invalid firstEvent definition - must be 'newest','oldest' or a sequence number");
  }
  if (number < -1) {
    return ew__firefly_fail(error, 400, "FF10192: Number must be greater than or equal to -1");
  }
  out->after = number < 0 ? 0 : (uint64_t)number;
  return true;
}

/* ------------------------------------------------------------------------------------- the list of a namespace */

static int compare_names(ew_str a, ew_str b) {
  int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
  return order != 0 ? order : a.len < b.len ? -1 : a.len > b.len;
}

/* Where the name stands, or would. */
static uint32_t place_of(const firefly_namespace *ns, ew_str name) {
  uint32_t low = 0;
  uint32_t high = ns->durable_count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (compare_names(ns->durable[middle]->name, name) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

firefly_subscription *ew__firefly_durable_find(const firefly_namespace *ns, ew_str name) {
  uint32_t place = name.len == 0 ? ns->durable_count : place_of(ns, name);
  bool found = place < ns->durable_count && ew_str_equal(ns->durable[place]->name, name);
  return found ? ns->durable[place] : NULL;
}

firefly_subscription *ew__firefly_durable_find_id(const firefly_namespace *ns, firefly_uuid uuid) {
  for (uint32_t i = 0; i < ns->durable_count; i++) {
    if (ew__firefly_uuid_equal(ns->durable[i]->uuid, uuid)) {
      return ns->durable[i];
    }
  }
  return NULL;
}

static bool list_add(firefly_subscription *s) {
  firefly_namespace *ns = s->ns;
  if (ns->durable_count == ns->durable_size) {
    uint32_t size = ns->durable_size == 0 ? 8 : ns->durable_size * 2;
    firefly_subscription **list = realloc(ns->durable, size * sizeof(firefly_subscription *));
    if (list == NULL) {
      return false;
    }
    ns->durable = list;
    ns->durable_size = size;
  }
  uint32_t place = place_of(ns, s->name);
  firefly_subscription **at = ns->durable + place;
  memmove(at + 1, at, (ns->durable_count - place) * sizeof(*at));
  *at = s;
  ns->durable_count++;
  return true;
}

static void list_remove(firefly_subscription *s) {
  firefly_namespace *ns = s->ns;
  uint32_t place = place_of(ns, s->name);
  firefly_subscription **at = ns->durable + place;
  ns->durable_count--;
  memmove(at, at + 1, (ns->durable_count - place) * sizeof(*at));
}

void ew__firefly_durable_free_all(firefly_namespace *ns) {
  for (uint32_t i = 0; i < ns->durable_count; i++) {
    ew__firefly_dispatch_stop(ns->durable[i]);
    ew__firefly_subscription_release(ns->durable[i]);
  }
  free(ns->durable);
  ns->durable = NULL;
  ns->durable_count = 0;
}

/* ------------------------------------------------------------------------------------------ made over HTTP */

static bool check_name(ew_str name, firefly_error *error) {
  firefly_uuid unused;
  if (!ew__firefly_name_valid(name)) {
    return ew__firefly_fail(
        error, 400,
        "FF00140: Field 'name' must be 1-64 characters, including alphanumerics (a-zA-Z0-9), dot (.), dash (-) and "
        "underscore (_), and must start/end in an alphanumeric");
  }
  if (ew__firefly_uuid_read(name, &unused) == FIREFLY_UUID_OK) {
    return ew__firefly_fail(error, 400, "FF00141: Field 'name' must not be a UUID");
  }
  return true;
}

static bool check_transport(ew_str transport, firefly_error *error) {
  if (transport.len == 0 || ew_str_equal(transport, EW_STR("websockets"))) {
    return true;
  }
  ew_str shown = ew__firefly_clip(transport, 128);
  return ew__firefly_fail(error, 500, "FF10172: Unknown event transport plugin: %.*s",
                          EW_STR_ARG(shown));
}

static bool check_batching(const ew_firefly_subscription_input *in, firefly_error *error) {
  const ew_firefly_subscription_options *options = &in->options;
  uint32_t unused;
  if (options->has_batch_timeout && options->batch_timeout.len > 0 &&
      !ew__firefly_duration_read(options->batch_timeout, &unused)) {
    ew_str shown = ew__firefly_clip(options->batch_timeout, 128);
    return ew__firefly_fail(
        error, 400, "FF00137: Unable to parse '%.*s' as duration string, or millisecond number",
        EW_STR_ARG(shown));
  }
  if (wants_batches(options) && options->has_with_data && options->with_data) {
    return ew__firefly_fail(
        error, 400,
        "FF10460: Provided subscription '%.*s' enables batching and withData which is not supported",
        EW_STR_ARG(in->name));
  }
  return true;
}

/* Where a new subscription begins, as a number for good. In the first moments of a service only the log knows where
 * "newest" is. */
static bool freeze_first(const firefly_namespace *ns, ew_str text, firefly_options *options,
                         firefly_error *error) {
  if (!ew__firefly_first_read(text, options, error)) {
    return false;
  }
  if (options->first == FIREFLY_FIRST_NEWEST && ns->known) {
    options->first = FIREFLY_FIRST_AFTER;
    options->after = ns->last;
  }
  return true;
}

static void write_first(const firefly_options *options, char out[24]) {
  if (options->first == FIREFLY_FIRST_NEWEST) {
    snprintf(out, 24, "newest");
  } else if (options->after == 0) {
    snprintf(out, 24, "-1");
  } else {
    snprintf(out, 24, "%" PRIu64, options->after);
  }
}

/* The schema knows durations without a sign; a negative one is none. */
static ew_str plain_duration(ew_str text) {
  if (text.len > 0 && *text.ptr == '-') {
    return EW_STR("0");
  }
  return text.len > 0 && *text.ptr == '+' ? ew_str_from(text.ptr + 1, text.len - 1) : text;
}

/* As the server answers: its defaults for batches filled in, withData always there. */
static void complete_options(ew_firefly_subscription_options *out, const firefly_subscription *s,
                             const firefly_options *options) {
  out->has_first_event = true;
  out->first_event = ew_str_of(s->first_event);
  out->has_with_data = true;
  out->with_data = false;
  out->batch_timeout = plain_duration(out->batch_timeout);
  out->has_batch_timeout = out->has_batch_timeout && out->batch_timeout.len > 0;
  if (!options->batch) {
    return;
  }
  out->has_read_ahead = true;
  out->read_ahead = options->read_ahead;
  if (!out->has_batch_timeout) {
    out->has_batch_timeout = true;
    out->batch_timeout = EW_STR("50ms");
  }
}

static void describe(const firefly_subscription *s, const ew_firefly_subscription_input *in,
                     const firefly_options *options, const char *updated,
                     ew_firefly_subscription *out) {
  *out = (ew_firefly_subscription){.has_id = true,
                                   .id = ew_str_of(s->id),
                                   .namespace_ = s->ns->name,
                                   .name = s->name,
                                   .transport = EW_STR("websockets"),
                                   .filter = in->filter,
                                   .options = in->options,
                                   .created = ew_str_of(s->created),
                                   .created_presence = EW_SET,
                                   .updated = ew_str_of(updated),
                                   .updated_presence = *updated == '\0' ? EW_NULL : EW_SET};
  out->filter.has_message = true;
  out->filter.has_transaction = true;
  out->filter.has_blockchainevent = true;
  complete_options(&out->options, s, options);
}

/* The JSON of the resource, in service->out. */
static bool encode(firefly_service *service, const firefly_subscription *s,
                   const ew_firefly_subscription_input *in, const firefly_options *options,
                   const char *updated, firefly_error *error) {
  ew_firefly_subscription resource;
  ew_diag diag = {.pointer = ""};
  describe(s, in, options, updated, &resource);
  ew__text_reset(&service->out);
  ew_err err = ew__text_encode(&service->out, service->resource_type, &resource, &diag);
  return err == EW_OK || ew__firefly_fail(error, err == EW_ERR_NOMEM ? 500 : 400, "%s: %s",
                                          diag.pointer, ew_err_text(err));
}

static bool no_memory(firefly_error *error) {
  return ew__firefly_fail(error, 500, "no place for another subscription");
}

/* What a request says, checked. */
typedef struct definition {
  firefly_options options;
  firefly_filter filter;
} definition;

static bool read_definition(const firefly_service *service, const ew_firefly_subscription_input *in,
                            definition *out, firefly_error *error) {
  return check_name(in->name, error) && check_transport(in->transport, error) &&
         check_batching(in, error) &&
         ew__firefly_options_read(service, &in->options, &out->options, error) &&
         ew__firefly_filter_compile(service, &in->filter, &out->filter, error);
}

/* The filter becomes the subscription's; what it had before goes. */
static void adopt(firefly_subscription *s, definition *from) {
  ew__firefly_filter_clear(s->service, &s->filter);
  s->filter = from->filter;
  s->options = from->options;
  from->filter = (firefly_filter){{NULL}};
}

static bool keep_resource(firefly_subscription *s, ew_str json) {
  ew_str copy;
  const ew_host *host = &s->service->base.host;
  if (!ew__str_dup(&copy, json)) {
    return false;
  }
  ew__str_free(&s->resource);
  s->resource = copy;
  host->store(host->ctx, s->key, s->resource);
  return true;
}

static void write_now(const firefly_service *service, char out[FIREFLY_TIME_SIZE]) {
  const ew_host *host = &service->base.host;
  ew__firefly_time_write(host->wall_clock_ms(host->ctx), out);
}

static bool fill_new(firefly_subscription *s, const ew_firefly_subscription_input *in,
                     definition *from, firefly_error *error) {
  if (!freeze_first(s->ns, in->options.first_event, &from->options, error)) {
    return false;
  }
  write_first(&from->options, s->first_event);
  write_now(s->service, s->created);
  if (!encode(s->service, s, in, &from->options, "", error)) {
    return false;
  }
  if (!list_add(s)) {
    return no_memory(error);
  }
  if (!keep_resource(s, ew_buf_str(&s->service->out.buf))) {
    list_remove(s);
    return no_memory(error);
  }
  adopt(s, from);
  s->positioned = s->options.first == FIREFLY_FIRST_AFTER;
  s->position = s->options.after;
  return true;
}

static firefly_subscription *create(firefly_service *service, firefly_namespace *ns,
                                    const ew_firefly_subscription_input *in, definition *from,
                                    uint64_t now, firefly_error *error) {
  firefly_subscription *s =
      ew__firefly_subscription_new(service, ns, in->name, ew__firefly_uuid_random(service));
  if (s == NULL) {
    no_memory(error);
    return NULL;
  }
  if (!fill_new(s, in, from, error)) {
    ew__firefly_subscription_release(s);
    return NULL;
  }
  if (!s->positioned) {
    ew__firefly_dispatch_locate(s, now);
  }
  ew__firefly_start_match(s, now);
  return s;
}

/* Puts the number in the place of the word. Quotes inside of strings are escaped, so the text stands where it seems to
 * stand. */
static bool rewrite_first(firefly_subscription *s, const char *number) {
  static const char word[] = "\"firstEvent\":\"newest\"";
  ew__text *out = &s->service->out;
  const char *at = strstr(s->resource.ptr, word);
  if (at == NULL) {
    return true;
  }
  size_t before = (size_t)(at - s->resource.ptr) + strlen("\"firstEvent\":\"");
  size_t after = (size_t)(at - s->resource.ptr) + strlen(word) - 1;
  ew__text_reset(out);
  bool written =
      ew__text_append(out, ew_str_from(s->resource.ptr, before)) == EW_OK &&
      ew__text_append(out, ew_str_of(number)) == EW_OK &&
      ew__text_append(out, ew_str_from(s->resource.ptr + after, s->resource.len - after)) == EW_OK;
  return written && keep_resource(s, ew_buf_str(&out->buf));
}

/* When memory is out the word stays in the resource; the position is right, and stored as soon as something is
 * acknowledged. */
void ew__firefly_durable_freeze(firefly_subscription *s, uint64_t last) {
  s->options.first = FIREFLY_FIRST_AFTER;
  s->options.after = last;
  write_first(&s->options, s->first_event);
  (void)rewrite_first(s, s->first_event);
}

/*
 * Delivery begins again behind the position, with the new definition: what was not acknowledged
 * comes once more.
 */
static void restart(firefly_subscription *s, uint64_t now) {
  ew__firefly_dispatch_stop(s);
  ew__firefly_dispatch_elect(s, now);
}

static firefly_subscription *change(firefly_subscription *s,
                                    const ew_firefly_subscription_input *in, definition *from,
                                    uint64_t now, firefly_error *error) {
  char updated[FIREFLY_TIME_SIZE];
  firefly_service *service = s->service;
  from->options.first = s->options.first;
  from->options.after = s->options.after;
  if (!encode(service, s, in, &from->options, s->updated, error)) {
    return NULL;
  }
  if (ew_str_equal(ew_buf_str(&service->out.buf), s->resource)) {
    return s;
  }
  write_now(service, updated);
  if (!encode(service, s, in, &from->options, updated, error)) {
    return NULL;
  }
  if (!keep_resource(s, ew_buf_str(&service->out.buf))) {
    no_memory(error);
    return NULL;
  }
  memcpy(s->updated, updated, sizeof(updated));
  adopt(s, from);
  restart(s, now);
  return s;
}

firefly_subscription *ew__firefly_durable_put(firefly_service *service, firefly_namespace *ns,
                                              const ew_firefly_subscription_input *in,
                                              bool must_be_new, uint64_t now,
                                              firefly_error *error) {
  definition from = {.options = {.read_ahead = 0}};
  if (!read_definition(service, in, &from, error)) {
    return NULL;
  }
  firefly_subscription *found = ew__firefly_durable_find(ns, in->name);
  firefly_subscription *result = NULL;
  if (found == NULL) {
    result = create(service, ns, in, &from, now, error);
  } else if (!must_be_new) {
    result = change(found, in, &from, now, error);
  } else {
    ew__firefly_fail(error, 409, "FF10193: A subscription with name '%.*s:%.*s' already exists",
                     EW_STR_ARG(ns->name), EW_STR_ARG(in->name));
  }
  ew__firefly_filter_clear(service, &from.filter);
  return result;
}

void ew__firefly_durable_delete(firefly_subscription *subscription, uint64_t now) {
  const ew_host *host = &subscription->service->base.host;
  list_remove(subscription);
  host->store(host->ctx, subscription->key, (ew_str){NULL, 0, 0});
  ew__firefly_dispatch_stop(subscription);
  /* One after the other: with nobody else in the list nobody is elected. */
  while (subscription->candidates != NULL) {
    firefly_start *start = subscription->last_candidate;
    ew__firefly_candidate_remove(start, now);
  }
  ew__firefly_subscription_release(subscription);
}

/* ------------------------------------------------------------------------------------------ after a restart */

static bool restore_fields(firefly_subscription *s, const ew_firefly_subscription *in, ew_str json,
                           firefly_error *error) {
  definition from = {.options = {.read_ahead = 0}};
  if (!ew__firefly_options_read(s->service, &in->options, &from.options, error) ||
      !ew__firefly_first_read(in->options.first_event, &from.options, error) ||
      !ew__firefly_filter_compile(s->service, &in->filter, &from.filter, error)) {
    return false;
  }
  adopt(s, &from);
  write_first(&s->options, s->first_event);
  snprintf(s->created, sizeof(s->created), "%.*s", EW_STR_ARG(in->created));
  snprintf(s->updated, sizeof(s->updated), "%.*s", EW_STR_ARG(in->updated));
  return (ew__str_dup(&s->resource, json) && list_add(s)) || no_memory(error);
}

static void note_lost(const firefly_service *service, ew_str key, const char *why) {
  char line[sizeof(((firefly_error *)0)->text) + 256];
  snprintf(line, sizeof(line), "stored subscription %.*s is not used: %s",
           EW_STR_ARG(ew__firefly_clip(key, 120)), why);
  ew__service_note(&service->base, ew_str_of(line));
}

static firefly_subscription *restore(firefly_service *service, ew_str value, firefly_error *error) {
  static const ew_decode_options opts = {.profile = EW_LENIENT};
  ew_firefly_subscription in;
  ew_diag diag;
  firefly_uuid uuid;
  ew_err err =
      ew__scratch_decode(&service->scratch, service->resource_type, value, &opts, &in, &diag);
  if (err != EW_OK || ew__firefly_uuid_read(in.id, &uuid) != FIREFLY_UUID_OK ||
      !ew__firefly_name_valid(in.name)) {
    ew__firefly_fail(error, 500, "%s", err != EW_OK ? ew_err_text(err) : "it has no id or name");
    return NULL;
  }
  firefly_namespace *ns = ew__firefly_namespace_find(service, in.namespace_);
  if (ns == NULL || ew__firefly_durable_find(ns, in.name) != NULL) {
    ew__firefly_fail(error, 500, ns == NULL ? "its namespace is not served" : "its name is taken");
    return NULL;
  }
  firefly_subscription *s = ew__firefly_subscription_new(service, ns, in.name, uuid);
  if (s == NULL) {
    no_memory(error);
    return NULL;
  }
  if (!restore_fields(s, &in, value, error)) {
    ew__firefly_subscription_release(s);
    return NULL;
  }
  return s;
}

void ew__firefly_durable_restore(firefly_service *service, ew_str key, ew_str value, uint64_t now) {
  firefly_error error;
  firefly_subscription *s = restore(service, value, &error);
  if (s == NULL) {
    note_lost(service, key, error.text);
    return;
  }
  ew__firefly_dispatch_locate(s, now);
  ew__firefly_start_match(s, now);
}
