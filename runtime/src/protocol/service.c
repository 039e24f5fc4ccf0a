#include "service_internal.h"

void ew_service_free(ew_service *service) {
  if (service != NULL) {
    service->ops->free(service);
  }
}

const ew_document *ew_service_document(const ew_service *service) {
  return service->ops->document;
}

void ew_service_http(ew_service *service, const ew_http_request *request,
                     ew_http_response *response, uint64_t now) {
  service->ops->http(service, request, response, now);
}

ew_session *ew_service_open(ew_service *service, const ew_http_request *request, void *connection,
                            uint64_t now) {
  return service->ops->open(service, request, connection, now);
}

void ew_service_receive(ew_session *session, ew_opcode opcode, ew_str message, uint64_t now) {
  session->service->ops->receive(session, opcode, message, now);
}

void ew_service_close(ew_session *session, uint64_t now) {
  session->service->ops->close(session, now);
}

ew_err ew_service_check(ew_service *service, ew_str where, ew_str event, ew_buf *stream,
                        ew_diag *diag) {
  return service->ops->check(service, where, event, stream, diag);
}

void ew_service_publish(ew_service *service, ew_str stream, const ew_logged *event, uint64_t now) {
  if (service->ops->publish != NULL) {
    service->ops->publish(service, stream, event, now);
  }
}

void ew_service_events(ew_service *service, uint64_t token, ew_err err, const ew_logged *events,
                       size_t count, uint64_t now) {
  if (service->ops->events != NULL) {
    service->ops->events(service, token, err, events, count, now);
  }
}

void ew_service_position(ew_service *service, uint64_t token, ew_err err, uint64_t last,
                         bool has_cursor, uint64_t cursor, uint64_t now) {
  if (service->ops->position != NULL) {
    service->ops->position(service, token, err, last, has_cursor, cursor, now);
  }
}

void ew_service_restore(ew_service *service, ew_str key, ew_str value, uint64_t now) {
  if (service->ops->restore != NULL) {
    service->ops->restore(service, key, value, now);
  }
}

uint64_t ew_service_deadline(const ew_service *service) {
  return service->ops->deadline == NULL ? EW_NEVER : service->ops->deadline(service);
}

void ew_service_tick(ew_service *service, uint64_t now) {
  if (service->ops->tick != NULL) {
    service->ops->tick(service, now);
  }
}
