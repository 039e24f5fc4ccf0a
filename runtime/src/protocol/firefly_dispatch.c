#include <stdlib.h>

#include "firefly_internal.h"

#define PAGE_OF_SINGLES 5u /* event.dispatcher.bufferLength of the real server */

static uint32_t page_limit(const firefly_subscription *s) {
  uint32_t read_ahead = s->options.read_ahead;
  return s->options.batch || read_ahead > PAGE_OF_SINGLES ? read_ahead : PAGE_OF_SINGLES;
}

static uint32_t window(const firefly_subscription *s) {
  uint32_t limit = page_limit(s);
  return s->options.read_ahead + 1 < limit ? s->options.read_ahead + 1 : limit;
}

/* ----------------------------------------------------------------------------------------------- deadlines */

static void timer_stop(firefly_subscription *s) {
  firefly_service *service = s->service;
  if (!s->timed) {
    return;
  }
  *(s->previous_timed != NULL ? &s->previous_timed->next_timed : &service->timed) = s->next_timed;
  *(s->next_timed != NULL ? &s->next_timed->previous_timed : &service->last_timed) = s->previous_timed;
  s->timed = false;
}

/* Most waits are equally long, so the place is nearly always at the end. */
static void timer_start(firefly_subscription *s, uint64_t deadline) {
  firefly_service *service = s->service;
  timer_stop(s);
  firefly_subscription *before = service->last_timed;
  while (before != NULL && before->deadline > deadline) {
    before = before->previous_timed;
  }
  s->timed = true;
  s->deadline = deadline;
  s->previous_timed = before;
  s->next_timed = before != NULL ? before->next_timed : service->timed;
  *(before != NULL ? &before->next_timed : &service->timed) = s;
  *(s->next_timed != NULL ? &s->next_timed->previous_timed : &service->last_timed) = s;
}

/* ---------------------------------------------------------------------------------------------------- page */

static void page_clear(firefly_page *page) {
  for (uint32_t i = 0; i < page->count; i++) {
    ew__str_free(&page->entries[i].text);
  }
  page->count = page->seen = page->next = page->low = page->out = 0;
  page->bytes = 0;
}

static void page_free(firefly_page *page) {
  page_clear(page);
  free(page->entries);
  *page = (firefly_page){.entries = NULL};
}

static bool page_add(firefly_page *page, const firefly_view *view) {
  if (page->count == page->size) {
    uint32_t size = page->size == 0 ? 8 : page->size * 2;
    firefly_entry *entries = realloc(page->entries, size * sizeof(*entries));
    if (entries == NULL) {
      return false;
    }
    page->entries = entries;
    page->size = size;
  }
  firefly_entry *entry = &page->entries[page->count];
  *entry = (firefly_entry){.sequence = view->sequence, .id = view->id};
  if (!ew__str_dup(&entry->text, view->text)) {
    return false;
  }
  page->count++;
  page->bytes += view->text.len;
  return true;
}

static bool page_full(const firefly_subscription *s) {
  return s->page.seen >= page_limit(s) || s->page.bytes >= FIREFLY_MAX_PAGE_BYTES;
}

/* ------------------------------------------------------------------------------------------------ position */

/* Everything below the lowest event that is out is done; with none out everything that was read. */
static void advance(firefly_subscription *s) {
  firefly_page *page = &s->page;
  while (page->low < page->count && page->entries[page->low].done) {
    page->low++;
  }
  uint64_t position =
      page->low < page->count ? page->entries[page->low].sequence - 1 : s->read_after;
  if (position <= s->position) {
    return;
  }
  s->position = position;
  if (!s->ephemeral) {
    const ew_host *host = &s->service->base.host;
    host->commit(host->ctx, s->key, position);
  }
}

static void retry_later(firefly_subscription *s, uint64_t now) {
  s->phase = FIREFLY_FAILED;
  timer_start(s, now + FIREFLY_RETRY_MS);
}

static void read_more(firefly_subscription *s, uint64_t now) {
  const ew_host *host = &s->service->base.host;
  timer_stop(s);
  s->phase = FIREFLY_READING;
  s->moved = false;
  s->token = ew__firefly_token(s->service, s->slot);
  ew_err err =
      host->read(host->ctx, s->ns->stream, s->read_after, page_limit(s) - s->page.seen, s->token);
  if (err != EW_OK) {
    retry_later(s, now);
  }
}

/*
 * A page is through: the next one. This is the barrier, nothing beyond a page is read before all of
 * it is acknowledged.
 */
static void next_page(firefly_subscription *s, uint64_t now) {
  advance(s);
  page_clear(&s->page);
  read_more(s, now);
}

/* ------------------------------------------------------------------------------------------------ delivery */

static ew_err send_out(firefly_subscription *s) {
  firefly_session *session = s->leader;
  ew_err err = ew__session_send(&session->base, ew_buf_str(&s->service->out.buf));
  if (err != EW_OK) {
    session->ended = true; /* the host closes it; what was out comes again */
  }
  return err;
}

static ew_err append_text(ew__text *out, const char *text) {
  return ew__text_append(out, ew_str_of(text));
}

static ew_err append_event(ew__text *out, const firefly_subscription *s,
                           const firefly_entry *entry) {
  ew_err err = ew__text_append(out, entry->text);
  if (err == EW_OK) {
    err = append_text(out, ",\"subscription\":");
  }
  if (err == EW_OK) {
    err = ew__text_append(out, s->reference);
  }
  return err == EW_OK ? append_text(out, "}") : err;
}

static ew_err write_single(firefly_subscription *s, const firefly_entry *entry) {
  ew__text *out = &s->service->out;
  ew__text_reset(out);
  ew_err err = append_event(out, s, entry);
  return err == EW_OK ? append_text(out, "\n") : err;
}

static ew_err write_batch_head(firefly_subscription *s, firefly_uuid id) {
  ew__text *out = &s->service->out;
  char text[FIREFLY_ID_SIZE];
  ew__firefly_uuid_write(id, text);
  ew__text_reset(out);
  const char *const parts[] = {"{\"type\":\"event_batch\",\"id\":\"", text, "\",\"subscription\":"};
  ew_err err = EW_OK;
  for (size_t i = 0; i < 3 && err == EW_OK; i++) {
    err = append_text(out, parts[i]);
  }
  if (err == EW_OK) {
    err = ew__text_append(out, s->reference);
  }
  return err == EW_OK ? append_text(out, ",\"events\":[") : err;
}

/* Whether one more event keeps the message within what a strict reader takes. The first always goes: ew_service_check()
 * has seen to it. */
static bool fits(const firefly_subscription *s, const firefly_entry *entry) {
  size_t more = (size_t)entry->text.len + s->reference.len + 32;
  return s->service->out.buf.len + more <= s->service->base.ops->document->limits.max_bytes;
}

/* As many of the page as fit; how many those are. */
static ew_err write_batch(firefly_subscription *s, firefly_uuid id, uint32_t *count) {
  ew__text *out = &s->service->out;
  const firefly_page *page = &s->page;
  ew_err err = write_batch_head(s, id);
  uint32_t n = 0;
  while (err == EW_OK && page->next + n < page->count &&
         (n == 0 || fits(s, &page->entries[page->next + n]))) {
    err = n == 0 ? EW_OK : append_text(out, ",");
    if (err == EW_OK) {
      err = append_event(out, s, &page->entries[page->next + n]);
    }
    n++;
  }
  *count = n;
  return err == EW_OK ? append_text(out, "]}\n") : err;
}

static void mark_done(firefly_page *page, uint32_t first, uint32_t count) {
  for (uint32_t i = first; i < first + count; i++) {
    page->entries[i].done = true;
  }
}

/* What was written is out, or with autoack done. False when delivery to this connection is over. */
static bool hand_over(firefly_subscription *s, firefly_uuid id, uint32_t count) {
  firefly_page *page = &s->page;
  bool autoack = s->leader->autoack;
  uint32_t first = page->next;
  if (!autoack && !ew__firefly_flight_add(s->leader, s, id, first, count)) {
    ew__firefly_session_abandon(s->leader, "too much is unacknowledged");
    return false;
  }
  if (send_out(s) != EW_OK) {
    return false;
  }
  for (uint32_t i = first; i < first + count; i++) {
    ew__str_free(&page->entries[i].text);
  }
  page->next += count;
  if (autoack) {
    mark_done(page, first, count);
  } else {
    page->out++;
  }
  return true;
}

static bool deliver_next(firefly_subscription *s) {
  firefly_uuid id = s->page.entries[s->page.next].id;
  uint32_t count = 1;
  ew_err err;
  if (s->options.batch) {
    id = ew__firefly_uuid_random(s->service);
    err = write_batch(s, id, &count);
  } else {
    err = write_single(s, &s->page.entries[s->page.next]);
  }
  if (err != EW_OK) {
    ew__firefly_session_abandon(s->leader, ew_err_text(err));
    return false;
  }
  return hand_over(s, id, count);
}

/* Sends what the window lets out; a batch is alone in it. */
static void pump(firefly_subscription *s, uint64_t now) {
  firefly_page *page = &s->page;
  uint32_t most = s->options.batch ? 1 : window(s);
  while (!s->leader->ended && page->next < page->count && page->out < most) {
    if (!deliver_next(s)) {
      return;
    }
  }
  if (s->leader->ended) {
    return;
  }
  advance(s);
  if (page->low == page->count) {
    next_page(s, now);
  }
}

static void drain(firefly_subscription *s, uint64_t now) {
  timer_stop(s);
  s->phase = FIREFLY_DRAINING;
  pump(s, now);
}

void ew__firefly_dispatch_done(firefly_subscription *s, uint32_t first, uint32_t count,
                               uint64_t now) {
  mark_done(&s->page, first, count);
  s->page.out--;
  pump(s, now);
}

/* ---------------------------------------------------------------------------------------- events of the log */

/* An event that cannot be read back is passed over: it would stop the subscription for ever. */
static bool take_event(firefly_subscription *s, const ew_logged *event) {
  if (event->sequence <= s->read_after) {
    return true;
  }
  ew_err err = ew__firefly_event_render(s->service, s->ns, event);
  if (err == EW_ERR_NOMEM) {
    return false;
  }
  if (err != EW_OK) {
    ew__service_note(&s->service->base,
                     EW_STR("an event of the log is not one of FireFly's and is passed over"));
  } else if (ew__firefly_filter_matches(s->service, &s->filter, &s->service->view.event) &&
             !page_add(&s->page, &s->service->view)) {
    return false;
  }
  s->read_after = event->sequence;
  s->page.seen++;
  return true;
}

/* The log has no more. */
static void at_tail(firefly_subscription *s, uint64_t now) {
  if (s->page.count == 0) {
    advance(s);
    page_clear(&s->page);
    s->phase = FIREFLY_TAIL;
  } else if (now >= s->fill_until) {
    drain(s, now);
  } else {
    s->phase = FIREFLY_FILLING;
    timer_start(s, s->fill_until);
  }
}

/* What to do with a page that has just grown. got: how many events the log gave; fewer than asked for does not mean
 * that there are no more. */
static void judge_page(firefly_subscription *s, size_t got, uint64_t now) {
  bool waits = s->options.delay_ms > 0 && now < s->fill_until;
  if (page_full(s) || (s->page.count > 0 && !waits)) {
    drain(s, now);
  } else if (got > 0 || s->moved) {
    read_more(s, now);
  } else {
    at_tail(s, now);
  }
}

/* The wait begins with the first event of a page. */
static void start_wait(firefly_subscription *s, bool was_empty, uint64_t now) {
  if (was_empty && s->page.count > 0) {
    s->fill_until = now + s->options.delay_ms;
  }
}

void ew__firefly_dispatch_events(firefly_subscription *s, ew_err err, const ew_logged *events,
                                 size_t count, uint64_t now) {
  bool was_empty = s->page.count == 0;
  if (err != EW_OK) {
    retry_later(s, now);
    return;
  }
  for (size_t i = 0; i < count && !page_full(s); i++) {
    if (!take_event(s, &events[i])) {
      retry_later(s, now);
      return;
    }
  }
  start_wait(s, was_empty, now);
  judge_page(s, count, now);
}

void ew__firefly_dispatch_publish(firefly_subscription *s, const ew_logged *event, uint64_t now) {
  bool was_empty = s->page.count == 0;
  s->moved = true;
  if (s->phase != FIREFLY_TAIL && s->phase != FIREFLY_FILLING) {
    return; /* it is read when its turn comes */
  }
  if (!take_event(s, event)) {
    retry_later(s, now);
    return;
  }
  start_wait(s, was_empty, now);
  if (page_full(s) || (s->page.count > 0 && now >= s->fill_until)) {
    drain(s, now);
  } else {
    at_tail(s, now);
  }
}

void ew__firefly_dispatch_tick(firefly_subscription *s, uint64_t now) {
  timer_stop(s);
  if (s->phase == FIREFLY_FILLING) {
    drain(s, now);
  } else if (s->phase == FIREFLY_FAILED && s->positioned && s->leader != NULL) {
    read_more(s, now);
  } else if (s->phase == FIREFLY_FAILED) {
    ew__firefly_dispatch_locate(s, now);
  }
}

/* --------------------------------------------------------------------------------------------- the beginning */

static void begin_reading(firefly_subscription *s, uint64_t now) {
  s->read_after = s->position;
  read_more(s, now);
}

void ew__firefly_dispatch_locate(firefly_subscription *s, uint64_t now) {
  const ew_host *host = &s->service->base.host;
  s->phase = FIREFLY_LOCATING;
  s->token = ew__firefly_token(s->service, s->slot);
  if (host->position(host->ctx, s->ns->stream, s->key, s->token) != EW_OK) {
    retry_later(s, now);
  }
}

void ew__firefly_dispatch_located(firefly_subscription *s, ew_err err, uint64_t last,
                                  bool has_cursor, uint64_t cursor, uint64_t now) {
  if (err != EW_OK) {
    retry_later(s, now);
    return;
  }
  uint64_t first = s->options.first == FIREFLY_FIRST_AFTER ? s->options.after : last;
  s->position = has_cursor ? cursor : first;
  s->positioned = true;
  if (!s->ephemeral && s->options.first == FIREFLY_FIRST_NEWEST) {
    ew__firefly_durable_freeze(s, first);
  }
  s->phase = FIREFLY_IDLE;
  if (s->leader != NULL) {
    begin_reading(s, now);
  }
}

/*
 * An ephemeral subscription begins here and now, unless the namespace does not know yet where that
 * is.
 */
static void place_ephemeral(firefly_subscription *s) {
  if (s->options.first == FIREFLY_FIRST_AFTER) {
    s->position = s->options.after;
    s->positioned = true;
  } else if (s->ns->known) {
    s->position = s->ns->last;
    s->positioned = true;
  }
}

static void lead(firefly_subscription *s, firefly_session *session) {
  s->leader = session;
  s->generation++;
  s->previous_led = NULL;
  s->next_led = s->ns->led;
  if (s->next_led != NULL) {
    s->next_led->previous_led = s;
  }
  s->ns->led = s;
}

void ew__firefly_dispatch_elect(firefly_subscription *s, uint64_t now) {
  if (s->leader != NULL || s->candidates == NULL) {
    return;
  }
  lead(s, s->candidates->session);
  if (s->options.first == FIREFLY_FIRST_NEVER) {
    s->phase = FIREFLY_SILENT;
    return;
  }
  if (s->ephemeral && !s->positioned) {
    place_ephemeral(s);
  }
  if (s->positioned) {
    begin_reading(s, now);
  } else if (s->phase != FIREFLY_LOCATING && s->phase != FIREFLY_FAILED) {
    ew__firefly_dispatch_locate(s, now);
  }
}

void ew__firefly_dispatch_stop(firefly_subscription *s) {
  if (s->leader != NULL) {
    *(s->previous_led != NULL ? &s->previous_led->next_led : &s->ns->led) = s->next_led;
    if (s->next_led != NULL) {
      s->next_led->previous_led = s->previous_led;
    }
    s->leader = NULL;
  }
  s->generation++;
  page_free(&s->page);
  timer_stop(s);
  /* A question for the position stays open: its answer counts for whoever comes next. */
  if (s->positioned || s->phase != FIREFLY_LOCATING) {
    s->phase = FIREFLY_IDLE;
    s->token = 0;
  }
}

void ew__firefly_candidate_add(firefly_subscription *subscription, firefly_start *start,
                               uint64_t now) {
  start->subscription = subscription;
  start->next_candidate = NULL;
  start->previous_candidate = subscription->last_candidate;
  *(subscription->last_candidate != NULL ? &subscription->last_candidate->next_candidate : &subscription->candidates) =
      start;
  subscription->last_candidate = start;
  ew__firefly_dispatch_elect(subscription, now);
}

void ew__firefly_candidate_remove(firefly_start *start, uint64_t now) {
  firefly_subscription *s = start->subscription;
  *(start->previous_candidate != NULL ? &start->previous_candidate->next_candidate : &s->candidates) =
      start->next_candidate;
  *(start->next_candidate != NULL ? &start->next_candidate->previous_candidate : &s->last_candidate) =
      start->previous_candidate;
  start->subscription = NULL;
  if (s->leader == start->session) {
    ew__firefly_dispatch_stop(s);
    ew__firefly_dispatch_elect(s, now);
  }
}
