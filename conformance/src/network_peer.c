#include "peer_internal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ANSWER_BYTES ((size_t)1 << 20)
#define CLOSE_TIMEOUT_MS 300

struct ew__link {
  ew_socket *socket;
};

void ew__reply_clear(ew__reply *answer) {
  free(answer->body);
  memset(answer, 0, sizeof(*answer));
}

static ew_err take_answer(ew__reply *answer, int status, const ew_buf *body) {
  answer->status = status;
  answer->body = body->ptr;
  answer->size = body->len;
  return EW_OK;
}

static ew_err open_link(void *ctx, const ew__call *call, ew__link **out, ew__reply *refusal, ew_diag *diag) {
  const ew_tls_options *tls = ctx;
  ew_socket_options opts = {.url = call->url, .headers = call->headers, .tls = *tls,
                            .timeout_ms = call->timeout_ms, .no_user_info = true};
  ew__link *link = calloc(1, sizeof(*link));
  char *block = malloc(MAX_ANSWER_BYTES);
  ew_err err = EW_ERR_NOMEM;
  if (link != NULL && block != NULL) {
    int status = 0;
    ew_buf body;
    ew_buf_init(&body, block, MAX_ANSWER_BYTES);
    err = ew_socket_connect(&link->socket, &opts, &status, &body, diag);
    if (err == EW_ERR_REFUSED) {
      take_answer(refusal, status, &body);
      block = NULL;
    }
  }
  free(block);
  if (err != EW_OK) {
    free(link);
    return err;
  }
  *out = link;
  return EW_OK;
}

static ew_err write_link(ew__link *link, ew_str bytes) { return ew_socket_send_raw(link->socket, bytes); }

static ew_err translate(const ew_frame_result *result, ew__arrival *out) {
  *out = (ew__arrival){.payload = ew_str_from(result->payload, result->size), .valid_utf8 = result->valid_utf8, .code = result->close_code};
  switch (result->event) {
  case EW_FRAME_MESSAGE:
    out->kind = EW__ARRIVAL_MESSAGE;
    out->binary = result->opcode == EW_FRAME_BINARY;
    return EW_OK;
  case EW_FRAME_CONTROL:
    out->kind = EW__ARRIVAL_PONG;
    return EW_OK;
  case EW_FRAME_CLOSED:
    out->kind = EW__ARRIVAL_CLOSE;
    return EW_OK;
  case EW_FRAME_VIOLATION:
    out->kind = EW__ARRIVAL_VIOLATION;
    out->payload = ew_str_of(result->violation);
    return EW_OK;
  case EW_FRAME_NEED_MORE:
    break;
  }
  return EW_ERR_TIMEOUT;
}

static ew_err read_link(ew__link *link, uint32_t timeout_ms, ew__arrival *out) {
  ew_frame_result result = {0};
  ew_err err = ew_socket_receive(link->socket, timeout_ms, true, &result);
  while (err == EW_OK && result.event == EW_FRAME_CONTROL && result.opcode == EW_FRAME_PING) {
    err = ew_socket_receive(link->socket, timeout_ms, true, &result);
  }
  if (err == EW_ERR_CLOSED) {
    *out = (ew__arrival){.kind = EW__ARRIVAL_CLOSE, .code = result.close_code == 0 ? EW_CLOSE_ABNORMAL : result.close_code};
    return EW_OK;
  }
  return err == EW_OK ? translate(&result, out) : err;
}

static void shut_link(ew__link *link, bool reset) {
  if (link == NULL) {
    return;
  }
  if (reset) {
    ew_socket_abort(link->socket);
  } else {
    ew_socket_close(link->socket, EW_CLOSE_NORMAL, CLOSE_TIMEOUT_MS);
  }
  ew_socket_free(link->socket);
  free(link);
}

static ew_err call_http(void *ctx, const ew__call *call, ew__reply *answer, ew_diag *diag) {
  char *block = malloc(MAX_ANSWER_BYTES);
  if (block == NULL) {
    return EW_ERR_NOMEM;
  }
  int status = 0;
  ew_buf body;
  ew_buf_init(&body, block, MAX_ANSWER_BYTES);
  ew_err err = ew_http_call(call->method, call->url, call->headers, call->body, ctx, call->timeout_ms,
                            &status, &body, diag);
  if (err != EW_OK && status == 0) {
    free(block);
    return err;
  }
  return take_answer(answer, status, &body);
}

void ew__network_peer(ew__peer *peer, const ew_tls_options *tls) {
  union {
    const void *in;
    void *out;
  } borrowed = {.in = tls};
  *peer = (ew__peer){borrowed.out, open_link, write_link, read_link, shut_link, call_http};
}
