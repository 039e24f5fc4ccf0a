/*
 * What a protocol's client side gives to the public ew_subscriber_* functions. Like
 * service_internal.h: the protocol's struct begins with the common part.
 */
#ifndef EW_SUBSCRIBER_INTERNAL_H
#define EW_SUBSCRIBER_INTERNAL_H

#include "eventwire/protocol.h"

/*
 * answer and close may be NULL: a protocol without HTTP steps refuses every answer, one without a
 * state has nothing to forget.
 */
typedef struct ew__subscriber_ops {
  const ew_document *document;
  void (*free)(ew_subscriber *subscriber);
  ew_err (*connect)(ew_subscriber *subscriber, ew_str url_path, ew_request *request);
  ew_err (*answer)(ew_subscriber *subscriber, int status, ew_str body, ew_request *next,
                   ew_diag *diag);
  void (*open)(ew_subscriber *subscriber, uint64_t now);
  void (*receive)(ew_subscriber *subscriber, ew_opcode opcode, ew_str message, uint64_t now);
  void (*close)(ew_subscriber *subscriber, uint64_t now);
} ew__subscriber_ops;

struct ew_subscriber {
  const ew__subscriber_ops *ops;
  ew_subscriber_host host;
  ew_profile profile;
  ew_ack_mode ack;
};

/*
 * Makers of the four protocols; opts->protocol is not looked at again. Views in opts are copied.
 * Errors: EW_ERR_NOMEM, EW_ERR_ARGUMENT.
 */
ew_err ew__firefly_subscriber_new(ew_subscriber **out, const ew_subscriber_options *opts,
                                  const ew_subscriber_host *host);
ew_err ew__kaleido_subscriber_new(ew_subscriber **out, const ew_subscriber_options *opts,
                                  const ew_subscriber_host *host);
ew_err ew__baas_subscriber_new(ew_subscriber **out, const ew_subscriber_options *opts,
                               const ew_subscriber_host *host);
ew_err ew__octave_subscriber_new(ew_subscriber **out, const ew_subscriber_options *opts,
                                 const ew_subscriber_host *host);

/*
 * "Basic ..." for an Authorization header (RFC 7617), freed by ew__str_free(); empty when both are.
 * EW_ERR_ARGUMENT: a colon in user, or longer than any server takes; EW_ERR_NOMEM.
 */
EW_MUST_CHECK ew_err ew__basic_authorization(ew_str user, ew_str password, ew_str *out);

/* The host's calls; the members that a host may leave out are checked here once. */

static inline ew_err ew__subscriber_send(const ew_subscriber *subscriber, ew_str message) {
  return subscriber->host.send(subscriber->host.ctx, message);
}

static inline bool ew__subscriber_event(const ew_subscriber *subscriber,
                                        const ew_delivery *delivery) {
  return subscriber->host.event(subscriber->host.ctx, delivery);
}

static inline void ew__subscriber_peer_error(const ew_subscriber *subscriber, ew_str text) {
  if (subscriber->host.peer_error != NULL) {
    subscriber->host.peer_error(subscriber->host.ctx, text);
  }
}

static inline void ew__subscriber_bad_message(const ew_subscriber *subscriber, const ew_diag *diag,
                                              ew_str message) {
  if (subscriber->host.bad_message != NULL) {
    subscriber->host.bad_message(subscriber->host.ctx, diag, message);
  }
}

static inline void ew__subscriber_ready(const ew_subscriber *subscriber) {
  if (subscriber->host.ready != NULL) {
    subscriber->host.ready(subscriber->host.ctx);
  }
}

#endif
