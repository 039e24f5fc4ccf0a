/*
 * What a protocol's server side gives to the public ew_service_* functions: one table of functions,
 * and structs that begin with the common part.
 *
 *   struct firefly_service { ew_service base; ... };      struct firefly_session { ew_session base;
 *     ... };
 *
 * so that (struct firefly_service *)service is the protocol's own. base must come first.
 */
#ifndef EW_SERVICE_INTERNAL_H
#define EW_SERVICE_INTERNAL_H

#include "eventwire/protocol.h"

/*
 * A NULL member means that there is nothing to do; http, open, receive, close, check and free are
 * always there.
 */
typedef struct ew__service_ops {
  const ew_document *document;
  void (*free)(ew_service *service);
  void (*http)(ew_service *service, const ew_http_request *request, ew_http_response *response,
               uint64_t now);
  ew_session *(*open)(ew_service *service, const ew_http_request *request, void *connection,
                      uint64_t now);
  void (*receive)(ew_session *session, ew_opcode opcode, ew_str message, uint64_t now);
  void (*close)(ew_session *session, uint64_t now);
  ew_err (*check)(ew_service *service, ew_str where, ew_str event, ew_buf *stream, ew_diag *diag);
  void (*publish)(ew_service *service, ew_str stream, const ew_logged *event, uint64_t now);
  void (*events)(ew_service *service, uint64_t token, ew_err err, const ew_logged *events,
                 size_t count, uint64_t now);
  void (*position)(ew_service *service, uint64_t token, ew_err err, uint64_t last, bool has_cursor,
                   uint64_t cursor, uint64_t now);
  void (*restore)(ew_service *service, ew_str key, ew_str value, uint64_t now);
  uint64_t (*deadline)(const ew_service *service); /* NULL: never */
  void (*tick)(ew_service *service, uint64_t now);
} ew__service_ops;

struct ew_service {
  const ew__service_ops *ops;
  ew_host host;
  ew_manner manner;
};

struct ew_session {
  ew_service *service;
  void *connection;
};

/* Short forms of the host's calls: the session or service says which. */

static inline ew_err ew__session_send(ew_session *session, ew_str message) {
  const ew_host *host = &session->service->host;
  return host->send(host->ctx, session->connection, message);
}

static inline void ew__session_end(ew_session *session, uint16_t code, const char *reason) {
  const ew_host *host = &session->service->host;
  host->close(host->ctx, session->connection, code, ew_str_of(reason));
}

static inline void ew__session_drop(ew_session *session) {
  const ew_host *host = &session->service->host;
  host->drop(host->ctx, session->connection);
}

static inline void ew__service_note(const ew_service *service, ew_str line) {
  if (service->host.note != NULL) {
    service->host.note(service->host.ctx, line);
  }
}

#endif
