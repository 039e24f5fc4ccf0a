/*
 * What a topic does next. Everything that happens (a listener, an answer of the log, an ack, the
 * time) changes the topic's state and then calls ew__kaleido_topic_drive(), which does all that has
 * become possible:
 *
 *   log -> next batch -> flight: offered -> held -> done: cursor committed
 *                                  ^          |
 *                                  +- resting <- error, disconnect -> done (skip)
 */
#include "kaleido_internal.h"

#include <stdlib.h>

/* ------------------------------------------------------------------------------------------------ registry */

/* FNV-1a from a secret start, since the names are the clients' choice. */
static uint32_t bucket_of(const ew__kaleido_service *service, ew_str stream) {
  uint64_t hash = service->hash_seed ^ 0xcbf29ce484222325u;
  for (uint32_t i = 0; i < stream.len; i++) {
    hash = (hash ^ (unsigned char)stream.ptr[i]) * 0x100000001b3u;
  }
  return (uint32_t)((hash ^ (hash >> 32)) % EW__KALEIDO_BUCKETS);
}

ew__kaleido_topic *ew__kaleido_topic_find(const ew__kaleido_service *service, ew_str stream) {
  ew__kaleido_topic *topic = service->buckets[bucket_of(service, stream)];
  while (topic != NULL && !ew_str_equal(topic->stream, stream)) {
    topic = topic->bucket_next;
  }
  return topic;
}

/* The low part of an id is its bucket. NULL: the topic that asked is gone. */
static ew__kaleido_topic *find_asking(const ew__kaleido_service *service, uint64_t id) {
  ew__kaleido_topic *topic = service->buckets[id % EW__KALEIDO_BUCKETS];
  while (topic != NULL && (topic->id != id || !topic->asking)) {
    topic = topic->bucket_next;
  }
  return topic;
}

static ew__kaleido_topic *new_topic(ew__kaleido_service *service, ew_str stream) {
  ew__kaleido_topic *topic = calloc(1, sizeof(*topic));
  if (topic == NULL || !ew__str_dup(&topic->stream, stream)) {
    free(topic);
    return NULL;
  }
  topic->service = service;
  topic->wake_at = EW_NEVER;
  ew__kaleido_batch_init(&topic->next, &service->format);
  ew__kaleido_batch_init(&topic->batch, &service->format);
  return topic;
}

static ew_err find_or_make(ew__kaleido_service *service, ew_str stream, ew__kaleido_topic **out) {
  *out = ew__kaleido_topic_find(service, stream);
  if (*out != NULL) {
    return EW_OK;
  }
  if (service->topic_count >= EW__KALEIDO_MAX_TOPICS) {
    return EW_ERR_QUEUE_FULL;
  }
  ew__kaleido_topic *topic = new_topic(service, stream);
  if (topic == NULL) {
    return EW_ERR_NOMEM;
  }
  uint32_t bucket = bucket_of(service, stream);
  topic->id = ++service->last_topic_id * EW__KALEIDO_BUCKETS + bucket;
  topic->bucket_next = service->buckets[bucket];
  service->buckets[bucket] = topic;
  service->topic_count++;
  *out = topic;
  return EW_OK;
}

static void set_wake(ew__kaleido_topic *topic, uint64_t at) {
  if (topic->timed_link != NULL) {
    *topic->timed_link = topic->timed_next;
    if (topic->timed_next != NULL) {
      topic->timed_next->timed_link = topic->timed_link;
    }
    topic->timed_link = NULL;
  }
  topic->wake_at = at;
  if (at == EW_NEVER) {
    return;
  }
  ew__kaleido_service *service = topic->service;
  topic->timed_next = service->timed;
  if (service->timed != NULL) {
    service->timed->timed_link = &topic->timed_next;
  }
  service->timed = topic;
  topic->timed_link = &service->timed;
  service->wake_at = at < service->wake_at ? at : service->wake_at;
}

static void free_topic(ew__kaleido_topic *topic) {
  set_wake(topic, EW_NEVER);
  ew__kaleido_batch_clear(&topic->next);
  ew__kaleido_batch_clear(&topic->batch);
  ew__str_free(&topic->stream);
  free(topic->listeners);
  free(topic);
}

static void forget_topic(ew__kaleido_topic *topic) {
  ew__kaleido_service *service = topic->service;
  ew__kaleido_topic **link = &service->buckets[topic->id % EW__KALEIDO_BUCKETS];
  while (*link != topic) {
    link = &(*link)->bucket_next;
  }
  *link = topic->bucket_next;
  service->topic_count--;
  free_topic(topic);
}

void ew__kaleido_topics_free(ew__kaleido_service *service) {
  for (uint32_t i = 0; i < EW__KALEIDO_BUCKETS; i++) {
    while (service->buckets[i] != NULL) {
      forget_topic(service->buckets[i]);
    }
  }
}

/* ------------------------------------------------------------------------------------------------- the log */

static void commit(const ew__kaleido_topic *topic, uint64_t sequence) {
  const ew_host *host = &topic->service->base.host;
  host->commit(host->ctx, topic->stream, sequence);
}

/* The next question that makes sense, if any. */
static bool wants_to_ask(const ew__kaleido_topic *topic) {
  if (topic->asking || topic->listener_count == 0 || topic->service->broadcast) {
    return false;
  }
  return !topic->located || (topic->known > topic->taken && !topic->next.full);
}

static void ask(ew__kaleido_topic *topic, uint64_t now) {
  if (!wants_to_ask(topic) || now < topic->ask_again_at) {
    return;
  }
  const ew_host *host = &topic->service->base.host;
  uint32_t room = topic->service->format.batch_size - topic->next.count;
  ew_err err = topic->located ? host->read(host->ctx, topic->stream, topic->taken, room, topic->id)
                              : host->position(host->ctx, topic->stream, topic->stream, topic->id);
  topic->asking = err == EW_OK;
  topic->asked_known = topic->known;
  if (err != EW_OK) {
    topic->ask_again_at = now + EW__KALEIDO_LOG_RETRY_MS;
  }
}

/* Puts one event into the next batch. False: no more for now. */
static bool take(ew__kaleido_topic *topic, const ew_logged *event, uint64_t now) {
  ew__kaleido_batch *next = &topic->next;
  if (next->count == 0) {
    next->number = topic->batches + 1;
    next->opened_at = topic->unread_since;
  }
  ew__kaleido_taken taken = ew__kaleido_batch_add(next, &topic->service->format, event);
  if (taken == EW__KALEIDO_NO_MEMORY) {
    topic->ask_again_at = now + EW__KALEIDO_LOG_RETRY_MS;
    return false;
  }
  if (taken == EW__KALEIDO_NO_ROOM && next->count > 0) {
    return false;
  }
  if (taken == EW__KALEIDO_NO_ROOM) {
    ew__service_note(&topic->service->base,
                     EW_STR("kaleido: an event larger than any message was left out"));
  }
  topic->taken = event->sequence;
  topic->known = topic->known > topic->taken ? topic->known : topic->taken;
  return !next->full;
}

void ew__kaleido_events(ew_service *base, uint64_t token, ew_err err, const ew_logged *events,
                        size_t count, uint64_t now) {
  ew__kaleido_topic *topic = find_asking((ew__kaleido_service *)base, token);
  if (topic == NULL) {
    return;
  }
  topic->asking = false;
  if (err != EW_OK) {
    topic->ask_again_at = now + EW__KALEIDO_LOG_RETRY_MS;
  } else if (count == 0 && topic->known == topic->asked_known) {
    topic->known = topic->taken;
  }
  for (size_t i = 0; i < count && take(topic, &events[i], now); i++) {
  }
  ew__kaleido_topic_drive(topic, now);
}

void ew__kaleido_position(ew_service *base, uint64_t token, ew_err err, uint64_t last,
                          bool has_cursor, uint64_t cursor, uint64_t now) {
  ew__kaleido_topic *topic = find_asking((ew__kaleido_service *)base, token);
  if (topic == NULL) {
    return;
  }
  topic->asking = false;
  if (err != EW_OK) {
    topic->ask_again_at = now + EW__KALEIDO_LOG_RETRY_MS;
  } else {
    topic->located = true;
    topic->taken = has_cursor ? cursor : 0;
    topic->known = topic->known > last ? topic->known : last;
    topic->known = topic->known > topic->taken ? topic->known : topic->taken;
    topic->unread_since = 0;
  }
  ew__kaleido_topic_drive(topic, now);
}

/* ------------------------------------------------------------------------------------------------ the flight */

static bool is_over(uint64_t since, uint64_t ms, uint64_t now) {
  return since == 0 || now >= since + ms;
}

/* Nothing more comes into the next batch without a new event or a log that answers again. */
static bool is_caught_up(const ew__kaleido_topic *topic, uint64_t now) {
  return !topic->asking && (topic->known == topic->taken || now < topic->ask_again_at);
}

static bool is_due(const ew__kaleido_topic *topic, uint64_t now) {
  const ew__kaleido_batch *next = &topic->next;
  if (next->count == 0 || next->full) {
    return next->full;
  }
  return is_caught_up(topic, now) &&
         is_over(next->opened_at, topic->service->batch_timeout_ms, now);
}

static void launch(ew__kaleido_topic *topic, uint64_t now) {
  if (topic->flight != EW__KALEIDO_NO_FLIGHT || !is_due(topic, now)) {
    return;
  }
  ew__kaleido_batch_finish(&topic->next, &topic->service->format);
  ew__kaleido_batch spare = topic->batch;
  topic->batch = topic->next;
  topic->next = spare;
  topic->batches++;
  topic->flight = EW__KALEIDO_OFFERED;
  topic->round_begins = true;
}

static bool send_to(ew__kaleido_topic *topic, ew__kaleido_session *session) {
  if (session->ending) {
    return false;
  }
  if (ew__session_send(&session->base, ew_buf_str(&topic->batch.text.buf)) != EW_OK) {
    session->ending = true; /* the host closes it; a batch that never left is not lost with it */
    return false;
  }
  session->stray_acks = 0;
  return true;
}

/* Listeners take turns; the real server's choice is unspecified, and seen to alternate. */
static void offer(ew__kaleido_topic *topic, uint64_t now) {
  if (topic->flight == EW__KALEIDO_RESTING && now >= topic->retry_at) {
    topic->flight = EW__KALEIDO_OFFERED;
  }
  if (topic->flight != EW__KALEIDO_OFFERED || topic->pause) {
    return;
  }
  if (topic->round_begins) {
    topic->round_begins = false;
    topic->round_until = now + topic->service->retry_timeout_ms;
    topic->retry_delay_ms = EW__KALEIDO_FIRST_RETRY_MS;
  }
  for (uint32_t tried = 0; tried < topic->listener_count; tried++) {
    uint32_t turn = topic->turn % topic->listener_count;
    topic->turn = turn + 1;
    if (send_to(topic, topic->listeners[turn])) {
      topic->flight = EW__KALEIDO_HELD;
      topic->holder = topic->listeners[turn];
      return;
    }
  }
}

/* Acknowledged or given up. */
static void complete(ew__kaleido_topic *topic) {
  commit(topic, topic->batch.last);
  ew__kaleido_batch_recycle(&topic->batch);
  topic->flight = EW__KALEIDO_NO_FLIGHT;
  topic->holder = NULL;
  topic->pause = true;
}

static void fail(ew__kaleido_topic *topic, uint64_t now) {
  const ew__kaleido_service *service = topic->service;
  topic->holder = NULL;
  topic->flight = EW__KALEIDO_RESTING;
  if (now < topic->round_until) {
    topic->retry_at = now + topic->retry_delay_ms;
    topic->retry_delay_ms *= 2;
    return;
  }
  if (service->skip_on_error) {
    ew__service_note(&service->base, EW_STR("kaleido: a batch was not accepted and is skipped"));
    complete(topic);
    return;
  }
  ew__service_note(&service->base,
                   EW_STR("kaleido: a batch was not accepted and blocks its topic"));
  topic->retry_at = now + service->blocked_retry_delay_ms;
  topic->round_begins = true;
}

/* Compat takes an answer from any connection, as the real server does. */
static bool may_answer(const ew__kaleido_topic *topic, const ew__kaleido_session *from) {
  return !ew__kaleido_strict(topic->service) || topic->holder == from;
}

bool ew__kaleido_topic_ack(ew__kaleido_topic *topic, const ew__kaleido_session *from,
                           uint64_t number, uint64_t now) {
  if (topic->flight != EW__KALEIDO_HELD) {
    return false;
  }
  if (may_answer(topic, from) &&
      (!topic->service->format.numbered || number == topic->batch.number)) {
    complete(topic);
    ew__kaleido_topic_drive(topic, now);
  }
  return true;
}

/* T does not look at the number of an error; strict does where there is one. */
static bool number_fits(const ew__kaleido_topic *topic, uint64_t number) {
  return !ew__kaleido_strict(topic->service) || !topic->service->format.numbered || number == 0 ||
         number == topic->batch.number;
}

bool ew__kaleido_topic_reject(ew__kaleido_topic *topic, const ew__kaleido_session *from,
                              uint64_t number, uint64_t now) {
  if (topic->flight != EW__KALEIDO_HELD) {
    return false;
  }
  if (may_answer(topic, from) && number_fits(topic, number)) {
    fail(topic, now);
    ew__kaleido_topic_drive(topic, now);
  }
  return true;
}

/* ----------------------------------------------------------------------------------------------- broadcast */

/* Every listener gets the batch and none answers; without listeners it is gone. */
static void broadcast_next(ew__kaleido_topic *topic) {
  ew__kaleido_batch_finish(&topic->next, &topic->service->format);
  ew__kaleido_batch spare = topic->batch;
  topic->batch = topic->next;
  topic->next = spare;
  topic->batches++;
  for (uint32_t i = 0; i < topic->listener_count; i++) {
    (void)send_to(topic, topic->listeners[i]);
  }
  commit(topic, topic->batch.last);
  ew__kaleido_batch_recycle(&topic->batch);
}

static void broadcast_event(ew__kaleido_topic *topic, const ew_logged *event, uint64_t now) {
  if (topic->next.count == 0) {
    topic->unread_since = now;
  }
  if (!take(topic, event, now) && topic->taken != event->sequence && topic->next.full) {
    broadcast_next(topic);
    topic->unread_since = now;
    (void)take(topic, event, now);
  }
  topic->known = topic->taken; /* what memory was out for is not asked for again */
}

/* ------------------------------------------------------------------------------------- events and listeners */

static void send_reply(ew__kaleido_service *service, ew_str reply) {
  ew__text text;
  ew__text_init(&text, service->format.max_bytes);
  ew_err err = ew__text_append(&text, reply);
  if (err == EW_OK && service->format.line_feed) {
    err = ew__text_append(&text, EW_STR("\n"));
  }
  for (ew__kaleido_session *session = service->sessions; err == EW_OK && session != NULL;
       session = session->next) {
    if (session->replies && !session->ending) {
      session->ending = ew__session_send(&session->base, ew_buf_str(&text.buf)) != EW_OK;
    }
  }
  ew__text_clear(&text);
}

/*
 * An event that follows on what is taken goes straight into the next batch, everything else is read
 * from the log when there is room.
 */
static void learn_of(ew__kaleido_topic *topic, const ew_logged *event, uint64_t now) {
  if (event->sequence <= topic->known) {
    return;
  }
  bool follows = topic->located && event->sequence == topic->taken + 1;
  if (topic->known == topic->taken) {
    topic->unread_since = now;
  }
  topic->known = event->sequence;
  if (follows && topic->listener_count > 0 && !topic->next.full) {
    (void)take(topic, event, now);
  }
}

void ew__kaleido_publish(ew_service *base, ew_str stream, const ew_logged *event, uint64_t now) {
  ew__kaleido_service *service = (ew__kaleido_service *)base;
  if (ew_str_equal(stream, EW_STR(EW__KALEIDO_REPLIES))) {
    send_reply(service, event->event);
    return;
  }
  ew__kaleido_topic *topic = ew__kaleido_topic_find(service, stream);
  if (topic == NULL) {
    if (service->broadcast) {
      base->host.commit(base->host.ctx, stream, event->sequence);
    }
    return;
  }
  if (service->broadcast) {
    broadcast_event(topic, event, now);
  } else {
    learn_of(topic, event, now);
  }
  ew__kaleido_topic_drive(topic, now);
}

static uint32_t index_of(const ew__kaleido_topic *topic, const ew__kaleido_session *session) {
  uint32_t i = 0;
  while (i < topic->listener_count && topic->listeners[i] != session) {
    i++;
  }
  return i;
}

static ew_err add_listener(ew__kaleido_topic *topic, ew__kaleido_session *session) {
  if (topic->listener_count == topic->listener_room) {
    uint32_t room = topic->listener_room == 0 ? 4 : topic->listener_room * 2;
    ew__kaleido_session **listeners = realloc(topic->listeners, room * sizeof(*listeners));
    if (listeners == NULL) {
      return EW_ERR_NOMEM;
    }
    topic->listeners = listeners;
    topic->listener_room = room;
  }
  topic->listeners[topic->listener_count++] = session;
  return EW_OK;
}

/* Names that were listened to and never had an event must not fill the registry. */
static bool is_disposable(const ew__kaleido_topic *topic) {
  return topic->listener_count == 0 && topic->batches == 0 &&
         topic->flight == EW__KALEIDO_NO_FLIGHT &&
         (topic->next.count == 0 || !topic->service->broadcast);
}

ew_err ew__kaleido_topic_join(ew__kaleido_service *service, ew_str stream,
                              ew__kaleido_session *session, ew__kaleido_topic **out) {
  ew__kaleido_topic *topic;
  ew_err err = find_or_make(service, stream, &topic);
  if (err != EW_OK) {
    return err;
  }
  err = add_listener(topic, session);
  if (err == EW_OK) {
    *out = topic;
  } else if (is_disposable(topic)) {
    forget_topic(topic);
  }
  return err;
}

void ew__kaleido_topic_leave(ew__kaleido_topic *topic, ew__kaleido_session *session, uint64_t now) {
  uint32_t index = index_of(topic, session);
  topic->listener_count--;
  for (uint32_t i = index; i < topic->listener_count; i++) {
    topic->listeners[i] = topic->listeners[i + 1];
  }
  if (topic->turn > index) {
    topic->turn--;
  }
  /* In the real server the end of any listener fails the batch of whoever holds it. */
  if (topic->flight == EW__KALEIDO_HELD &&
      (topic->holder == session || !ew__kaleido_strict(topic->service))) {
    fail(topic, now);
  }
  if (is_disposable(topic)) {
    forget_topic(topic);
  } else {
    ew__kaleido_topic_drive(topic, now);
  }
}

/* ------------------------------------------------------------------------------------------------ the time */

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

static uint64_t next_wake(const ew__kaleido_topic *topic, uint64_t now) {
  uint64_t at = topic->pause ? now : EW_NEVER;
  if (topic->flight == EW__KALEIDO_RESTING) {
    at = earlier(at, topic->retry_at);
  }
  if (topic->flight == EW__KALEIDO_NO_FLIGHT && topic->next.count > 0 && is_caught_up(topic, now)) {
    at = earlier(at, topic->next.opened_at + topic->service->batch_timeout_ms);
  }
  if (wants_to_ask(topic)) {
    at = earlier(at, topic->ask_again_at);
  }
  return at;
}

void ew__kaleido_topic_drive(ew__kaleido_topic *topic, uint64_t now) {
  if (topic->service->broadcast) {
    if (is_due(topic, now)) {
      broadcast_next(topic);
    }
  } else {
    launch(topic, now);
    offer(topic, now);
    ask(topic, now);
  }
  set_wake(topic, next_wake(topic, now));
}

uint64_t ew__kaleido_deadline(const ew_service *base) {
  return ((const ew__kaleido_service *)base)->wake_at;
}

void ew__kaleido_tick(ew_service *base, uint64_t now) {
  ew__kaleido_service *service = (ew__kaleido_service *)base;
  if (now < service->wake_at) {
    return;
  }
  service->wake_at = EW_NEVER;
  ew__kaleido_topic *following;
  for (ew__kaleido_topic *topic = service->timed; topic != NULL; topic = following) {
    following = topic->timed_next;
    if (topic->wake_at > now) {
      service->wake_at = earlier(service->wake_at, topic->wake_at);
      continue;
    }
    topic->pause = false;
    ew__kaleido_topic_drive(topic, now);
  }
}
