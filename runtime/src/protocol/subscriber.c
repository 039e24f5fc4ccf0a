#include "subscriber_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "memory_internal.h"

#define MAX_CREDENTIAL_BYTES 8192u
#define BASIC "Basic "

typedef ew_err (*maker)(ew_subscriber **out, const ew_subscriber_options *opts,
                        const ew_subscriber_host *host);

static const struct {
  const char *protocol;
  maker make;
} makers[] = {
    {"firefly", ew__firefly_subscriber_new},
    {"kaleido", ew__kaleido_subscriber_new},
    {"baas", ew__baas_subscriber_new},
    {"octave", ew__octave_subscriber_new},
};

ew_err ew_subscriber_new(ew_subscriber **out, const ew_subscriber_options *opts,
                         const ew_subscriber_host *host) {
  if (opts->protocol == NULL || host->send == NULL || host->event == NULL) {
    return EW_ERR_ARGUMENT;
  }
  for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
    if (strcmp(makers[i].protocol, opts->protocol) == 0) {
      return makers[i].make(out, opts, host);
    }
  }
  return EW_ERR_ARGUMENT;
}

void ew_subscriber_free(ew_subscriber *subscriber) {
  if (subscriber != NULL) {
    subscriber->ops->free(subscriber);
  }
}

const ew_document *ew_subscriber_document(const ew_subscriber *subscriber) {
  return subscriber->ops->document;
}

ew_err ew_subscriber_connect(ew_subscriber *subscriber, ew_str url_path, ew_request *request) {
  return subscriber->ops->connect(subscriber, url_path, request);
}

ew_err ew_subscriber_answer(ew_subscriber *subscriber, int status, ew_str body, ew_request *next,
                            ew_diag *diag) {
  if (subscriber->ops->answer != NULL) {
    return subscriber->ops->answer(subscriber, status, body, next, diag);
  }
  if (diag != NULL) {
    *diag = (ew_diag){.err = EW_ERR_REFUSED, .schema = "", .expected = "status 101"};
    snprintf(diag->found, sizeof(diag->found), "status %d", status);
  }
  return EW_ERR_REFUSED;
}

void ew_subscriber_open(ew_subscriber *subscriber, uint64_t now) {
  subscriber->ops->open(subscriber, now);
}

void ew_subscriber_receive(ew_subscriber *subscriber, ew_opcode opcode, ew_str message,
                           uint64_t now) {
  subscriber->ops->receive(subscriber, opcode, message, now);
}

void ew_subscriber_close(ew_subscriber *subscriber, uint64_t now) {
  if (subscriber->ops->close != NULL) {
    subscriber->ops->close(subscriber, now);
  }
}

/* Room for the credentials, and behind them for the arena that their Base64 is made in. */
typedef struct basic_room {
  char plain[MAX_CREDENTIAL_BYTES];
  char encoded[MAX_CREDENTIAL_BYTES * 4 / 3 + 64];
  char header[MAX_CREDENTIAL_BYTES * 4 / 3 + 64];
} basic_room;

static ew_err write_basic(basic_room *room, ew_str user, ew_str password, ew_str *out) {
  ew_buf plain, header;
  ew_buf_init(&plain, room->plain, sizeof(room->plain));
  ew_buf_init(&header, room->header, sizeof(room->header));
  if (ew_buf_append(&plain, user) != EW_OK || ew_buf_append(&plain, EW_STR(":")) != EW_OK ||
      ew_buf_append(&plain, password) != EW_OK) {
    return EW_ERR_ARGUMENT;
  }
  ew_arena arena;
  ew_arena_init(&arena, room->encoded, sizeof(room->encoded));
  ew_str encoded;
  if (ew_base64_encode(ew_buf_str(&plain), &arena, &encoded) != EW_OK ||
      ew_buf_append(&header, EW_STR(BASIC)) != EW_OK || ew_buf_append(&header, encoded) != EW_OK) {
    return EW_ERR_ARGUMENT;
  }
  return ew__str_dup(out, ew_buf_str(&header)) ? EW_OK : EW_ERR_NOMEM;
}

ew_err ew__basic_authorization(ew_str user, ew_str password, ew_str *out) {
  if (user.len == 0 && password.len == 0) {
    *out = (ew_str){NULL, 0, 0};
    return EW_OK;
  }
  if (user.len > 0 && memchr(user.ptr, ':', user.len) != NULL) {
    return EW_ERR_ARGUMENT;
  }
  basic_room *room = calloc(1, sizeof(*room));
  if (room == NULL) {
    return EW_ERR_NOMEM;
  }
  ew_err err = write_basic(room, user, password, out);
  free(room);
  return err;
}
