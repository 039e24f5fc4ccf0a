#include <stdlib.h>

#include "octave_internal.h"

/* ------------------------------------------------------------------------------------------------------- lists */

static void push_last(ew__octave_session_list *list, ew__octave_session *session) {
  session->previous = list->last;
  session->next = NULL;
  *(list->last == NULL ? &list->first : &list->last->next) = session;
  list->last = session;
  list->count++;
}

static void take_out(ew__octave_session_list *list, ew__octave_session *session) {
  *(session->previous == NULL ? &list->first : &session->previous->next) = session->next;
  *(session->next == NULL ? &list->last : &session->next->previous) = session->previous;
  list->count--;
}

/* ---------------------------------------------------------------------------------------------------- sessions */

/* The id is the only credential of the connection: 43 characters of six random bits each. */
static void write_id(const ew_host *host, char id[EW__OCTAVE_ID_SIZE]) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  unsigned char bytes[EW__OCTAVE_ID_SIZE];
  host->random(host->ctx, bytes, sizeof(bytes));
  for (size_t i = 0; i < EW__OCTAVE_ID_SIZE; i++) {
    id[i] = alphabet[bytes[i] & 63];
  }
  id[11] = '.';
}

static void make_idle(ew__octave_service *service, ew__octave_session *session, uint64_t now) {
  session->socket = NULL;
  session->expires = now + service->session_ttl_ms;
  push_last(&service->idle, session);
}

static void end_idle(ew__octave_service *service, ew__octave_session *session) {
  take_out(&service->idle, session);
  ew__octave_index_remove(&service->sessions, &session->node);
  free(session);
}

ew_err ew__octave_session_new(ew__octave_service *service, uint64_t now, ew__octave_session **out) {
  if (service->idle.count >= EW__OCTAVE_MAX_IDLE_SESSIONS) {
    return EW_ERR_QUEUE_FULL;
  }
  ew__octave_session *session = calloc(1, sizeof(*session));
  if (session == NULL) {
    return EW_ERR_NOMEM;
  }
  session->node.key = ew_str_from(session->id, sizeof(session->id));
  write_id(&service->base.host, session->id);
  if (ew__octave_session_find(service, session->node.key) != NULL) {
    free(session); /* 252 random bits do not repeat: the host's random numbers are none */
    return EW_ERR_INTERNAL;
  }
  ew__octave_index_add(&service->sessions, &session->node);
  make_idle(service, session, now);
  *out = session;
  return EW_OK;
}

ew__octave_session *ew__octave_session_find(ew__octave_service *service, ew_str id) {
  return (ew__octave_session *)ew__octave_index_find(&service->sessions, id);
}

void ew__octave_session_attach(ew__octave_service *service, ew__octave_session *session,
                               ew__octave_socket *socket) {
  take_out(&service->idle, session);
  push_last(&service->attached, session);
  session->socket = socket;
}

void ew__octave_session_detach(ew__octave_service *service, ew__octave_session *session,
                               uint64_t now) {
  take_out(&service->attached, session);
  if (service->idle.count >= EW__OCTAVE_MAX_IDLE_SESSIONS) {
    end_idle(service, service->idle.first);
  }
  make_idle(service, session, now);
}

void ew__octave_session_expire(ew__octave_service *service, uint64_t now) {
  while (service->idle.first != NULL && service->idle.first->expires <= now) {
    end_idle(service, service->idle.first);
  }
}

uint64_t ew__octave_session_deadline(const ew__octave_service *service) {
  return service->idle.first == NULL ? EW_NEVER : service->idle.first->expires;
}

static void free_list(ew__octave_session_list *list) {
  while (list->first != NULL) {
    ew__octave_session *session = list->first;
    take_out(list, session);
    if (session->socket != NULL) {
      ew__octave_reader_remove_all(session->socket);
      free(session->socket);
    }
    free(session);
  }
}

void ew__octave_session_free_all(ew__octave_service *service) {
  free_list(&service->attached);
  free_list(&service->idle);
}
