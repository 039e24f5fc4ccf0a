#include <stdlib.h>

#include "firefly_internal.h"

/* ------------------------------------------------------------------------------------- what waits for an ack */

static void append(firefly_flights *flights, firefly_flight *flight) {
  *(flights->last != NULL ? &flights->last->next : &flights->first) = flight;
  flights->last = flight;
}

bool ew__firefly_flight_add(firefly_session *session, firefly_subscription *subscription,
                            firefly_uuid id, uint32_t first, uint32_t count) {
  firefly_flight *flight =
      session->flight_count < FIREFLY_MAX_FLIGHTS ? malloc(sizeof(*flight)) : NULL;
  if (flight == NULL) {
    return false;
  }
  *flight = (firefly_flight){.id = id,
                             .subscription = subscription,
                             .generation = subscription->generation,
                             .first = first,
                             .count = count};
  subscription->references++;
  session->flight_count++;
  append(subscription->options.batch ? &session->batches : &session->events, flight);
  return true;
}

static void free_flight(firefly_session *session, firefly_flight *flight) {
  ew__firefly_subscription_release(flight->subscription);
  session->flight_count--;
  free(flight);
}

static void free_list(firefly_session *session, firefly_flights *flights) {
  while (flights->first != NULL) {
    firefly_flight *flight = flights->first;
    flights->first = flight->next;
    free_flight(session, flight);
  }
  flights->last = NULL;
}

void ew__firefly_flight_free_all(firefly_session *session) {
  free_list(session, &session->events);
  free_list(session, &session->batches);
}

/* Takes what match says out of the list, in order. */
static firefly_flights take_matching(firefly_flights *flights,
                                     bool (*match)(const firefly_flight *flight, const void *ctx),
                                     const void *ctx) {
  firefly_flights kept = {NULL, NULL};
  firefly_flights taken = {NULL, NULL};
  for (firefly_flight *flight = flights->first; flight != NULL;) {
    firefly_flight *next = flight->next;
    flight->next = NULL;
    append(match(flight, ctx) ? &taken : &kept, flight);
    flight = next;
  }
  *flights = kept;
  return taken;
}

static firefly_flights take_oldest(firefly_flights *flights) {
  firefly_flights taken = {flights->first, flights->first};
  if (flights->first == NULL) {
    return taken;
  }
  flights->first = flights->first->next;
  if (flights->first == NULL) {
    flights->last = NULL;
  }
  taken.first->next = NULL;
  return taken;
}

/*
 * Deliveries from before a restart of their subscription, or of one that is deleted, are accepted
 * and change nothing.
 */
static void settle(firefly_session *session, firefly_flights taken, uint64_t now) {
  while (taken.first != NULL) {
    firefly_flight *flight = taken.first;
    taken.first = flight->next;
    firefly_subscription *s = flight->subscription;
    if (s->leader == session && s->generation == flight->generation) {
      ew__firefly_dispatch_done(s, flight->first, flight->count, now);
    }
    free_flight(session, flight);
  }
}

/* ----------------------------------------------------------------------------------------------- decision */

static bool is_batch(const firefly_flight *flight, const void *id) {
  return ew__firefly_uuid_equal(flight->id, *(const firefly_uuid *)id);
}

typedef struct claim {
  firefly_uuid id;
  const ew_firefly_subscription_ref *subscription; /* NULL: any */
  bool has_subscription_id;
  firefly_uuid subscription_id;
} claim;

/* The id of the subscription, or both names: a wrong id with the right names passes. */
static bool is_event(const firefly_flight *flight, const void *ctx) {
  const claim *wanted = ctx;
  const firefly_subscription *s = flight->subscription;
  if (!ew__firefly_uuid_equal(flight->id, wanted->id)) {
    return false;
  }
  if (wanted->subscription == NULL) {
    return true;
  }
  bool by_id =
      wanted->has_subscription_id && ew__firefly_uuid_equal(wanted->subscription_id, s->uuid);
  return by_id || (ew_str_equal(wanted->subscription->name, s->name) &&
                   ew_str_equal(wanted->subscription->namespace_, s->ns->name));
}

static firefly_flights take_named(firefly_session *session, const ew_firefly_ack *in,
                                  firefly_uuid id) {
  const ew_firefly_subscription_ref *ref =
      in->subscription_presence == EW_SET ? &in->subscription : NULL;
  claim wanted = {.id = id, .subscription = ref};
  if (ref == NULL && session->start_count != 1) {
    return (firefly_flights){NULL, NULL};
  }
  wanted.has_subscription_id =
      ref != NULL && ref->has_id &&
      ew__firefly_uuid_read(ref->id, &wanted.subscription_id) == FIREFLY_UUID_OK;
  return take_matching(&session->events, is_event, &wanted);
}

bool ew__firefly_session_ack(firefly_session *session, const ew_firefly_ack *in, uint64_t now,
                             firefly_error *error) {
  firefly_uuid id;
  bool has_id = in->id_presence == EW_SET && ew__firefly_uuid_read(in->id, &id) == FIREFLY_UUID_OK;
  firefly_flights taken = {NULL, NULL};
  if (has_id) {
    /* whatever subscription is named, and with autoack too */
    taken = take_matching(&session->batches, is_batch, &id);
  }
  if (taken.first == NULL && session->autoack) {
    return ew__firefly_fail(error, 400,
                            "FF10180: The autoack option is enabled on this connection");
  }
  if (taken.first == NULL) {
    taken = has_id ? take_named(session, in, id) : take_oldest(&session->events);
  }
  if (taken.first == NULL) {
    return ew__firefly_fail(
        error, 400, "FF10175: Acknowledgment does not match an inflight event + subscription");
  }
  settle(session, taken, now);
  return true;
}
