/*
 * The server side of Octave. A session is what POST /session makes: an id that outlives its
 * connection for a while. A socket is the connection of a session. A topic is a selector (stream id
 * or path) that somebody reads.
 *
 *   octave_service.c   the service: options, events that are checked and published
 *   octave_http.c      POST /session and the answer to the upgrade
 *   octave_session.c   sessions and their time to live
 *   octave_socket.c    requests of a client and their acknowledgements
 *   octave_topic.c     who reads what
 */
#ifndef EW_OCTAVE_INTERNAL_H
#define EW_OCTAVE_INTERNAL_H

#include "memory_internal.h"
#include "octave_index_internal.h"
#include "service_internal.h"

/* 11 characters, a dot and 32 characters: the form of the documented ids. */
#define EW__OCTAVE_ID_SIZE 44

#define EW__OCTAVE_MAX_IDLE_SESSIONS 10000u
#define EW__OCTAVE_MAX_SUBSCRIPTIONS 1000u
#define EW__OCTAVE_MAX_SELECTOR_BYTES ((size_t)256 * 1024) /* of all subscriptions of one socket: a path may be long */

struct ew__octave_socket;
struct ew__octave_topic;

typedef struct ew__octave_session {
  ew__octave_node node; /* in service->sessions; first */
  char id[EW__OCTAVE_ID_SIZE];
  struct ew__octave_socket *socket; /* NULL: idle */
  uint64_t expires;                 /* of an idle one */
  struct ew__octave_session *previous, *next;
} ew__octave_session;

/* Idle sessions stand in the order in which they expire, since all have the same time to live. */
typedef struct ew__octave_session_list {
  ew__octave_session *first, *last;
  size_t count;
} ew__octave_session_list;

typedef struct ew__octave_subscription {
  struct ew__octave_socket *socket;
  struct ew__octave_topic *topic;
  struct ew__octave_subscription *previous_reader, *next_reader; /* of the topic */
  struct ew__octave_subscription *next;                          /* of the socket */
} ew__octave_subscription;

typedef struct ew__octave_topic {
  ew__octave_node node; /* in service->topics; first */
  ew__octave_subscription *readers;
  char selector[]; /* the key's bytes */
} ew__octave_topic;

typedef struct ew__octave_socket {
  ew_session base; /* first */
  ew__octave_session *session;
  ew__octave_subscription *subscriptions;
  size_t subscription_count;
  size_t selector_bytes;
  /* service->event_count when it last got one: an event goes to it once, however it subscribed */
  uint64_t last_event;
  bool ending;         /* a Close frame is on its way: what still comes is not read */
} ew__octave_socket;

typedef struct ew__octave_service {
  ew_service base; /* first */
  ew_str user, company, master_token, restricted_token;
  ew_octave_stream *streams;
  size_t stream_count;
  uint32_t session_ttl_ms;
  ew__octave_index sessions;
  ew__octave_session_list idle, attached;
  ew__octave_index topics;
  uint64_t event_count; /* published so far */
  const ew_type *event_type;
  const ew_type *acknowledgement_type;
  ew__scratch scratch;
  ew__text text;
} ew__octave_service;

static inline ew__octave_service *ew__octave_service_of(ew_service *service) {
  return (ew__octave_service *)service;
}

static inline ew__octave_service *ew__octave_socket_service(const ew__octave_socket *socket) {
  return (ew__octave_service *)socket->base.service;
}

/* octave_http.c */
void ew__octave_http(ew_service *base, const ew_http_request *request, ew_http_response *response,
                     uint64_t now);
/* The id in "/session/ID/ws"; false for other paths. */
bool ew__octave_path_id(ew_str path, ew_str *id);

/* octave_session.c */
/*
 * EW_ERR_QUEUE_FULL: too many wait for a connection; EW_ERR_NOMEM; EW_ERR_INTERNAL: the id exists
 * already.
 */
EW_MUST_CHECK ew_err ew__octave_session_new(ew__octave_service *service, uint64_t now,
                                            ew__octave_session **out);
ew__octave_session *ew__octave_session_find(ew__octave_service *service, ew_str id);
void ew__octave_session_attach(ew__octave_service *service, ew__octave_session *session,
                               ew__octave_socket *socket);
/* Its connection is gone: it lives on for the time to live. */
void ew__octave_session_detach(ew__octave_service *service, ew__octave_session *session,
                               uint64_t now);
void ew__octave_session_expire(ew__octave_service *service, uint64_t now);
uint64_t ew__octave_session_deadline(const ew__octave_service *service);
/* Frees all sessions and sockets. */
void ew__octave_session_free_all(ew__octave_service *service);

/* octave_socket.c */
ew_session *ew__octave_open(ew_service *base, const ew_http_request *request, void *connection,
                            uint64_t now);
void ew__octave_receive(ew_session *base, ew_opcode opcode, ew_str message, uint64_t now);
void ew__octave_close(ew_session *base, uint64_t now);

/* octave_service.c */
/* Whether the server has such a stream; without a list of streams it has every one. */
bool ew__octave_has_stream(const ew__octave_service *service, ew_str selector);

/* octave_topic.c */
/*
 * A second time changes nothing. EW_ERR_QUEUE_FULL: too many subscriptions on this socket;
 * EW_ERR_NOMEM.
 */
EW_MUST_CHECK ew_err ew__octave_reader_add(ew__octave_socket *socket, ew_str selector);
/* EW_ERR_NOT_FOUND */
EW_MUST_CHECK ew_err ew__octave_reader_remove(ew__octave_socket *socket, ew_str selector);
void ew__octave_reader_remove_all(ew__octave_socket *socket);
/* Sends message to the readers of selector that have not got the present event yet. */
void ew__octave_deliver(ew__octave_service *service, ew_str selector, ew_str message);
bool ew__octave_has_readers(const ew__octave_service *service, ew_str selector);

#endif
