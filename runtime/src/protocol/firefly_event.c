#include <assert.h>
#include <stdio.h>

#include "firefly_internal.h"

/*
 * Room for what delivery adds: the subscription with names of 64 bytes, and the frame of a batch of
 * one.
 */
#define ADDED_BYTES 1024u
#define READABLE_AFTER 64u

/* How an encoded event with the empty subscription ends. */
static const char empty_subscription[] = ",\"subscription\":{\"namespace\":\"\",\"name\":\"\"}}";

static bool may_be_missing(ew_text name) {
  static const char *const names[] = {"id",        "sequence", "namespace",
                                      "reference", "created",  "subscription"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    if (name.len == strlen(names[i]) && memcmp(name.ptr, names[i], name.len) == 0) {
      return true;
    }
  }
  return false;
}

/* The schema of an event, except that the type alone is required: the rest is added at delivery. */
void ew__firefly_event_init(firefly_service *service) {
  service->published_rules = *service->event_type->as.object;
  assert(!service->published_rules.more);
  for (uint32_t i = 0; i < service->published_rules.member_count; i++) {
    if (may_be_missing(ew_member_name(&service->published_rules.members[i]))) {
      service->published_rules.required &= ~(UINT64_C(1) << i);
    }
  }
  service->published_type.type = *service->event_type;
  service->published_type.type.as.object = &service->published_rules;
  service->published_type.type.head = EW_HEAD_ENTRY;
  service->published_type.type.twin = 0;
  service->published_type.schema = ew_type_schema(service->event_type);
  service->published_type.document = &ew_firefly_document;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t size) {
  const unsigned char *p = bytes;
  for (size_t i = 0; i < size; i++) {
    hash = (hash ^ p[i]) * UINT64_C(1099511628211);
  }
  return hash;
}

/*
 * The id of an event that was published without one: made of its place in the log, so that each
 * delivery of it, on any connection and after a restart, has the same. RFC 9562 version 8.
 */
static firefly_uuid id_of_place(const firefly_namespace *ns, uint64_t sequence) {
  firefly_uuid uuid;
  uint64_t high = mix(mix(UINT64_C(14695981039346656037), ns->stream.ptr, ns->stream.len),
                      &sequence, sizeof(sequence));
  uint64_t low = mix(mix(high ^ UINT64_C(0x9e3779b97f4a7c15), &sequence, sizeof(sequence)),
                     ns->stream.ptr, ns->stream.len);
  for (size_t i = 0; i < 8; i++) {
    uuid.bytes[i] = (uint8_t)(high >> (8 * i));
    uuid.bytes[8 + i] = (uint8_t)(low >> (8 * i));
  }
  uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0f) | 0x80);
  uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3f) | 0x80);
  return uuid;
}

/* The text is kept, because the decoded event points into it and must serve all readers of the event, in this call and
 * in later ones. */
static ew_err decode(firefly_service *service, ew_str event, ew_diag *diag) {
  static const char padding[READABLE_AFTER];
  static const ew_decode_options opts = {.profile = EW_STRICT, .readable_after = READABLE_AFTER};
  ew__text *kept = &service->published;
  service->view.ns = NULL;
  ew__text_reset(kept);
  ew_err err = ew__text_append(kept, event);
  if (err == EW_OK) {
    err = ew__text_append(kept, ew_str_from(padding, sizeof(padding)));
  }
  if (err != EW_OK) {
    return err;
  }
  return ew__scratch_decode(&service->event_scratch, &service->published_type.type,
                            ew_str_from(kept->buf.ptr, event.len), &opts, &service->view.event,
                            diag);
}

/* When the event was made is not known where the publisher does not say it: null, which every reader must expect,
 * rather than the time of reading. */
static void complete(ew_firefly_event *event, const firefly_namespace *ns, uint64_t sequence,
                     firefly_uuid *id, char id_text[FIREFLY_ID_SIZE]) {
  if (event->id.len == 0) {
    *id = id_of_place(ns, sequence);
    ew__firefly_uuid_write(*id, id_text);
    event->id = ew_str_of(id_text);
  } else {
    (void)ew__firefly_uuid_read(event->id, id); /* its pattern was checked */
  }
  event->sequence = sequence > INT64_MAX ? INT64_MAX : (int64_t)sequence;
  event->namespace_ = ns->name;
  if (event->reference_presence == EW_ABSENT) {
    event->reference_presence = EW_NULL;
  }
  if (event->created_presence == EW_ABSENT) {
    event->created_presence = EW_NULL;
  }
  event->subscription = (ew_firefly_subscription_ref){.namespace_ = {"", 0, 0}, .name = {"", 0, 0}};
}

static ew_err encode(firefly_service *service, ew_diag *diag) {
  const uint32_t tail = sizeof(empty_subscription) - 1;
  ew__text_reset(&service->event_text);
  ew_err err =
      ew__text_encode(&service->event_text, service->event_type, &service->view.event, diag);
  if (err != EW_OK) {
    return err;
  }
  ew_str text = ew_buf_str(&service->event_text.buf);
  if (text.len < tail || memcmp(text.ptr + text.len - tail, empty_subscription, tail) != 0) {
    return EW_ERR_INTERNAL;
  }
  if (text.len > service->base.ops->document->limits.max_bytes - ADDED_BYTES) {
    return EW_ERR_TOO_LARGE;
  }
  service->view.text = ew_str_from(text.ptr, text.len - tail);
  return EW_OK;
}

static ew_err render_decoded(firefly_service *service, const firefly_namespace *ns,
                             uint64_t sequence, ew_diag *diag) {
  char id_text[FIREFLY_ID_SIZE];
  complete(&service->view.event, ns, sequence, &service->view.id, id_text);
  ew_err err = encode(service, diag);
  service->view.event.id = (ew_str){"", 0, 0}; /* id_text ends here; view.id says it */
  return err;
}

ew_err ew__firefly_event_render(firefly_service *service, const firefly_namespace *ns,
                                const ew_logged *event) {
  ew_diag diag;
  firefly_view *view = &service->view;
  if (view->ns == ns && view->sequence == event->sequence) {
    return EW_OK;
  }
  ew_err err = decode(service, event->event, &diag);
  if (err == EW_OK) {
    err = render_decoded(service, ns, event->sequence, &diag);
  }
  if (err == EW_OK) {
    view->ns = ns;
    view->sequence = event->sequence;
  }
  return err;
}

/* ------------------------------------------------------------------------------------ before it is published */

static ew_err refuse_namespace(ew_diag *diag, ew_err err, const char *expected, ew_str found) {
  if (diag != NULL) {
    ew_str shown = ew__firefly_clip(found, sizeof(diag->found) - 1);
    *diag = (ew_diag){.err = err, .line = 1, .column = 1, .pointer = "/namespace", .schema = "", .expected = expected};
    snprintf(diag->found, sizeof(diag->found), "%.*s", EW_STR_ARG(shown));
  }
  return err;
}

/* The namespace asked for, else that of the event, else the first. */
static ew_err choose_namespace(firefly_service *service, ew_str where,
                               const firefly_namespace **out, ew_diag *diag) {
  ew_str own = service->view.event.namespace_;
  ew_str name = where.len > 0 ? where : own.len > 0 ? own : service->namespaces[0].name;
  if (own.len > 0 && !ew_str_equal(own, name)) {
    return refuse_namespace(diag, EW_ERR_RULE, "the namespace it is published to", own);
  }
  *out = ew__firefly_namespace_find(service, name);
  return *out != NULL ? EW_OK
                      : refuse_namespace(diag, EW_ERR_ARGUMENT, "a namespace of this server", name);
}

static ew_err refuse_whole(ew_diag *diag, ew_err err) {
  if (diag != NULL) {
    *diag = (ew_diag){.err = err, .line = 1, .column = 1, .schema = "", .expected = ""};
  }
  return err;
}

ew_err ew__firefly_event_check(ew_service *base, ew_str where, ew_str event, ew_buf *stream,
                               ew_diag *diag) {
  firefly_service *service = (firefly_service *)base;
  const firefly_namespace *ns = NULL;
  ew_err err = decode(service, event, diag);
  if (err == EW_ERR_ARENA_FULL || err == EW_ERR_TOO_LARGE || err == EW_ERR_NOMEM) {
    return refuse_whole(diag, err == EW_ERR_NOMEM ? err : EW_ERR_TOO_LARGE);
  }
  if (err == EW_OK) {
    err = choose_namespace(service, where, &ns, diag);
  }
  if (err != EW_OK) {
    return err;
  }
  /* The largest sequence, so that the event still fits when it gets its own. */
  err = render_decoded(service, ns, INT64_MAX, diag);
  if (err == EW_ERR_TOO_LARGE || err == EW_ERR_NOMEM) {
    return refuse_whole(diag, err);
  }
  return err == EW_OK ? ew_buf_append(stream, ns->stream) : err;
}
