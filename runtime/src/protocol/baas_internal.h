/*
 * The server side of BaaS. Everything is said in the URL of the upgrade: channel, token and wanted
 * types of events. Afterwards events flow from now on, and nothing that the client sends means
 * anything.
 *
 *   baas_service.c   options, sessions, events that are checked and published
 *   baas_http.c      the answer to the upgrade
 */
#ifndef EW_BAAS_INTERNAL_H
#define EW_BAAS_INTERNAL_H

#include "eventwire/baas.h"
#include "memory_internal.h"
#include "service_internal.h"

typedef struct ew__baas_session {
  ew_session base; /* first */
  ew_str network;
  unsigned types;         /* bit i: events of ew_baas_event_type i */
  uint64_t ignored_count; /* messages the client sent */
  bool ending;
  struct ew__baas_session *previous, *next;
} ew__baas_session;

typedef struct ew__baas_service {
  ew_service base; /* first */
  ew_str *tokens;
  size_t token_count;
  ew_str *networks;
  size_t network_count;
  ew__baas_session *sessions;
  ew__scratch scratch;
} ew__baas_service;

static inline ew__baas_service *ew__baas_service_of(ew_service *service) {
  return (ew__baas_service *)service;
}

/* baas_http.c */
void ew__baas_http(ew_service *base, const ew_http_request *request, ew_http_response *response,
                   uint64_t now);
/* The network in the path of the upgrade, still unchecked; false for other paths. */
bool ew__baas_path_network(ew_str path, ew_str *network);
/* The wanted types as bits from the query. EW_ERR_NOT_FOUND: no source; EW_ERR_ARGUMENT: an empty or
   unknown item; EW_ERR_NOMEM. */
EW_MUST_CHECK ew_err ew__baas_query_types(ew__baas_service *service, ew_str query, unsigned *types);

/* baas_service.c */
/* A well-formed name of a channel that the server has; without a list it has every one. */
bool ew__baas_has_network(const ew__baas_service *service, ew_str network);

#endif
