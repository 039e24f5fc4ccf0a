#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "socket_internal.h"

enum {
  DEFAULT_TIMEOUT_MS = 10000,
  RECEIVE_SIZE = 64 * 1024,
  KEY_CHARS = 24,   /* 16 bytes in Base64 */
  ACCEPT_CHARS = 28 /* 20 bytes in Base64 */
};

static const size_t DEFAULT_MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

struct ew_socket {
  ew__stream *stream;
  ew_frame_reader *reader;
  uint32_t timeout_ms;
  ew__draft frame; /* the last one sent, to have room for the next */
  bool close_sent;
  bool ended;          /* nothing more is read: a violation, or TCP has ended */
  uint16_t close_code; /* of the peer; EW_CLOSE_ABNORMAL before one came */
  size_t at, len;      /* what of received has not been fed yet */
  char received[RECEIVE_SIZE];
};

/* ---------------------------------------------------------------------------- opening handshake */

static ew_err make_key(char key[KEY_CHARS + 1]) {
  unsigned char random[16];
  if (RAND_bytes(random, sizeof(random)) != 1) {
    return EW_ERR_INTERNAL;
  }
  (void)EVP_EncodeBlock((unsigned char *)key, random, sizeof(random));
  return EW_OK;
}

/* RFC 6455 section 4.2.2 */
static bool accept_of(ew_str key, char accept[ACCEPT_CHARS + 1]) {
  static const ew_str guid = EW_STR_INIT("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  unsigned char digest[SHA_DIGEST_LENGTH];
  ew__draft both = {0};
  ew__draft_put(&both, key);
  ew__draft_put(&both, guid);
  bool made = !both.failed && SHA1((const unsigned char *)both.ptr, both.len, digest) != NULL;
  if (made) {
    (void)EVP_EncodeBlock((unsigned char *)accept, digest, sizeof(digest));
  }
  ew__draft_clear(&both);
  return made;
}

static void put_handshake(ew__draft *text, const ew_socket_options *opts, const ew__url *url,
                          const char *key) {
  const char *const *headers = opts->headers;
  ew__draft_print(text, "GET %s HTTP/1.1\r\n", url->target);
  ew__headers_put_standard(text, headers, "Host", url->authority);
  ew__headers_put_standard(text, headers, "Upgrade", "websocket");
  ew__headers_put_standard(text, headers, "Connection", "Upgrade");
  ew__headers_put_standard(text, headers, "Sec-WebSocket-Key", key);
  ew__headers_put_standard(text, headers, "Sec-WebSocket-Version", "13");
  if (!opts->no_user_info) {
    ew__headers_put_basic(text, headers, url);
  }
  ew__headers_put(text, headers);
  ew__draft_put(text, EW_STR("\r\n"));
}

/* RFC 6455 section 4.1, the client's list of checks. */
static const char *handshake_fault(const ew__answer *answer, const ew_socket_options *opts,
                                   const char *own_key) {
  ew_str key = ew__headers_find(opts->headers, "sec-websocket-key");
  ew_str offered = ew__headers_find(opts->headers, "sec-websocket-protocol");
  ew_str chosen = ew__answer_header(answer, "sec-websocket-protocol");
  char accept[ACCEPT_CHARS + 1];
  if (!ew__answer_header_has(answer, "upgrade", "websocket")) {
    return "101 without Upgrade: websocket";
  }
  if (!ew__answer_header_has(answer, "connection", "upgrade")) {
    return "101 without Connection: Upgrade";
  }
  if (!accept_of(key.ptr != NULL ? key : ew_str_of(own_key), accept) ||
      !ew_str_equal(ew__answer_header(answer, "sec-websocket-accept"), ew_str_of(accept))) {
    return "Sec-WebSocket-Accept does not match";
  }
  if (ew__answer_header(answer, "sec-websocket-extensions").len > 0 &&
      ew__headers_find(opts->headers, "sec-websocket-extensions").len == 0) {
    return "an extension that was not offered";
  }
  if (chosen.len > 0 && offered.len == 0) {
    return "a sub-protocol that was not offered";
  }
  return NULL;
}

static ew_err judge_answer(ew_socket *ws, ew__answer *answer, const ew_socket_options *opts,
                           const char *key, uint64_t deadline, ew_buf *body, ew__reason *why) {
  if (answer->status != 101) {
    ew__reason ignored;
    /* what came of the body is enough: the refusal is the news */
    if (body != NULL && ew__answer_read_body(answer, ws->stream, false, deadline, body, &ignored) != EW_OK) {
      body->needed = body->len + 1;
    }
    return ew__fail(EW_ERR_REFUSED, why, "HTTP status %d", answer->status);
  }
  const char *fault = handshake_fault(answer, opts, key);
  if (fault != NULL) {
    return ew__fail(EW_ERR_PEER, why, "%s", fault);
  }
  ws->len = answer->len - answer->at;
  memcpy(ws->received, answer->bytes + answer->at, ws->len);
  return EW_OK;
}

static ew_err read_answer(ew_socket *ws, const ew_socket_options *opts, const char *key,
                          uint64_t deadline, int *status, ew_buf *body, ew__reason *why) {
  ew__answer *answer = malloc(sizeof(*answer));
  if (answer == NULL) {
    return ew__fail(EW_ERR_NOMEM, why, "out of memory");
  }
  ew_err err = ew__answer_read_head(answer, ws->stream, deadline, why);
  if (err == EW_OK && status != NULL) {
    *status = answer->status;
  }
  if (err == EW_OK) {
    err = judge_answer(ws, answer, opts, key, deadline, body, why);
  }
  free(answer);
  return err == EW_ERR_CLOSED ? EW_ERR_PEER : err;
}

static ew_err shake_hands(ew_socket *ws, const ew_socket_options *opts, const ew__url *url,
                          uint64_t deadline, int *status, ew_buf *body, ew__reason *why) {
  char key[KEY_CHARS + 1];
  ew__draft request = {0};
  ew_err err = make_key(key);
  if (err != EW_OK) {
    return ew__fail(err, why, "no random numbers");
  }
  put_handshake(&request, opts, url, key);
  err = request.failed
            ? EW_ERR_NOMEM
            : ew__stream_write(ws->stream, ew_str_from(request.ptr, request.len), deadline);
  ew__draft_clear(&request);
  if (err == EW_ERR_NOMEM || err == EW_ERR_TIMEOUT) {
    return ew__fail(err, why, "%s", ew_err_text(err));
  }
  return read_answer(ws, opts, key, deadline, status, body, why);
}

static ew_err new_socket(ew_socket **out, const ew_socket_options *opts) {
  ew_socket *ws = malloc(sizeof(*ws));
  size_t most = opts->max_message_bytes == 0 ? DEFAULT_MAX_MESSAGE_BYTES : opts->max_message_bytes;
  /* the byte limit is enough here: a tester sends as many fragments as it likes */
  ew_frame_limits limits = {.max_message_bytes = most, .max_fragments = UINT32_MAX};
  if (ws == NULL) {
    return EW_ERR_NOMEM;
  }
  memset(ws, 0, offsetof(ew_socket, received));
  ws->timeout_ms = opts->timeout_ms == 0 ? DEFAULT_TIMEOUT_MS : opts->timeout_ms;
  ws->close_code = EW_CLOSE_ABNORMAL;
  if (ew_frame_reader_new(&ws->reader, EW_FRAME_FROM_SERVER, &limits) != EW_OK) {
    free(ws);
    return EW_ERR_NOMEM;
  }
  *out = ws;
  return EW_OK;
}

static ew_err open_socket(ew_socket **out, const ew_socket_options *opts, const ew__url *url,
                          int *status, ew_buf *body, ew__reason *why) {
  ew_socket *ws = NULL;
  ew_err err = ew__headers_check(opts->headers, why);
  if (err == EW_OK && new_socket(&ws, opts) != EW_OK) {
    err = ew__fail(EW_ERR_NOMEM, why, "out of memory");
  }
  if (err != EW_OK) {
    return err;
  }
  uint64_t deadline = ew__now_ms() + ws->timeout_ms;
  err = ew__stream_open(&ws->stream, url, &opts->tls, -1, deadline, why);
  if (err == EW_OK) {
    err = shake_hands(ws, opts, url, deadline, status, body, why);
  }
  if (err != EW_OK) {
    ew_socket_free(ws);
    return err;
  }
  *out = ws;
  return EW_OK;
}

ew_err ew_socket_connect(ew_socket **out, const ew_socket_options *opts, int *status, ew_buf *body,
                         ew_diag *diag) {
  ew__url url;
  ew__reason why = {.text = ""};
  const char *fault = NULL;
  ew_err err = ew__url_parse(&url, opts->url, &fault);
  if (err != EW_OK) {
    (void)ew__fail(err, &why, "%s", fault);
  } else {
    err = open_socket(out, opts, &url, status, body, &why);
  }
  ew__url_clear(&url);
  return err == EW_OK ? EW_OK : ew__reason_to_diag(err, &why, diag);
}

void ew_socket_free(ew_socket *ws) {
  if (ws != NULL) {
    ew__stream_free(ws->stream);
    ew_frame_reader_free(ws->reader);
    ew__draft_clear(&ws->frame);
    free(ws);
  }
}

/* -------------------------------------------------------------------------------------- sending */

static uint64_t deadline_in(uint32_t timeout_ms) { return ew__now_ms() + timeout_ms; }

ew_err ew__draft_put_frame(ew__draft *text, uint8_t opcode, ew_str payload) {
  unsigned char header[EW_FRAME_HEADER_MAX];
  size_t before = text->len;
  ew_frame frame = {.fin = true, .opcode = opcode, .masked = true, .length = payload.len};
  if (RAND_bytes(frame.mask, sizeof(frame.mask)) != 1) {
    return EW_ERR_INTERNAL;
  }
  size_t size = ew_frame_header(&frame, header);
  ew__draft_put(text, ew_str_from((const char *)header, size));
  ew__draft_put(text, payload);
  if (text->failed) {
    text->failed = false;
    text->len = before;
    return EW_ERR_NOMEM;
  }
  ew_frame_mask(text->ptr + before + size, payload.len, frame.mask, 0);
  return EW_OK;
}

static ew_err send_frame(ew_socket *ws, ew_frame_opcode opcode, ew_str payload, uint64_t deadline) {
  ws->frame.len = 0;
  ew_err err = ew__draft_put_frame(&ws->frame, (uint8_t)opcode, payload);
  return err != EW_OK
             ? err
             : ew__stream_write(ws->stream, ew_str_from(ws->frame.ptr, ws->frame.len), deadline);
}

ew_err ew_socket_send(ew_socket *ws, ew_frame_opcode opcode, ew_str payload) {
  if (ws->close_sent && opcode < EW_FRAME_CLOSE) {
    return EW_ERR_CLOSED; /* RFC 6455 section 5.5.1 */
  }
  ws->close_sent = ws->close_sent || opcode == EW_FRAME_CLOSE;
  return send_frame(ws, opcode, payload, deadline_in(ws->timeout_ms));
}

ew_err ew_socket_send_raw(ew_socket *ws, ew_str bytes) {
  return ew__stream_write(ws->stream, bytes, deadline_in(ws->timeout_ms));
}

static void send_close(ew_socket *ws, uint16_t code, uint64_t deadline) {
  const char payload[2] = {(char)(code >> 8), (char)(code & 0xff)};
  if (ws->close_sent) {
    return;
  }
  ws->close_sent = true;
  /* a peer that has gone needs no goodbye */
  (void)send_frame(ws, EW_FRAME_CLOSE, ew_str_from(payload, code == EW_CLOSE_NO_STATUS ? 0 : 2), deadline);
}

/* ------------------------------------------------------------------------------------ receiving */

/* Does what RFC 6455 asks of every peer, and says whether the event is to be reported. */
static bool handle(ew_socket *ws, const ew_frame_result *result, bool all, uint64_t deadline) {
  switch (result->event) {
  case EW_FRAME_NEED_MORE:
    return false;
  case EW_FRAME_MESSAGE:
    return true;
  case EW_FRAME_CONTROL:
    if (result->opcode == EW_FRAME_PING && !ws->close_sent) {
      (void)send_frame(ws, EW_FRAME_PONG, ew_str_from(result->payload, result->size), deadline);
    }
    return all;
  case EW_FRAME_CLOSED:
    ws->close_code = result->close_code;
    send_close(ws, result->close_code, deadline);
    return true;
  case EW_FRAME_VIOLATION:
    ws->ended = true;
    send_close(ws, result->close_code, deadline);
    return true;
  }
  return true;
}

static ew_err feed_reader(ew_socket *ws, ew_frame_result *result) {
  ew_err err = ew_frame_reader_feed(ws->reader, ws->received + ws->at, ws->len - ws->at, result);
  ws->at += result->consumed;
  return err;
}

static ew_err refill(ew_socket *ws, uint64_t deadline) {
  ws->at = 0;
  ws->len = 0;
  return ew__stream_read(ws->stream, ws->received, sizeof(ws->received), deadline, &ws->len);
}

static ew_err report_end(ew_socket *ws, ew_frame_result *result) {
  memset(result, 0, sizeof(*result));
  ws->ended = true;
  result->close_code = ws->close_code;
  return EW_ERR_CLOSED;
}

/* What was received and not fed yet, until something is to be reported. */
static ew_err drain(ew_socket *ws, uint64_t deadline, bool all, ew_frame_result *result, bool *found) {
  do {
    ew_err err = feed_reader(ws, result);
    *found = err == EW_OK && handle(ws, result, all, deadline);
    if (err != EW_OK || *found) {
      return err;
    }
  } while (ws->at < ws->len);
  return EW_OK;
}

static ew_err receive(ew_socket *ws, uint64_t deadline, bool all, ew_frame_result *result) {
  bool late = false;
  for (;;) {
    bool found = false;
    ew_err err = drain(ws, deadline, all, result, &found);
    if (err != EW_OK || found) {
      return err;
    }
    /* a flood of bytes that are never an event must not outlast the deadline; one look is always taken */
    if (late) {
      return EW_ERR_TIMEOUT;
    }
    err = refill(ws, deadline);
    late = ew__now_ms() >= deadline;
    if (err != EW_OK) {
      return err == EW_ERR_CLOSED ? report_end(ws, result) : err;
    }
  }
}

ew_err ew_socket_receive(ew_socket *ws, uint32_t timeout_ms, bool all, ew_frame_result *result) {
  return ws->ended ? report_end(ws, result) : receive(ws, deadline_in(timeout_ms), all, result);
}

int ew_socket_fd(const ew_socket *ws) { return ew__stream_fd(ws->stream); }

bool ew_socket_pending(const ew_socket *ws) { return ws->at < ws->len || ew__stream_pending(ws->stream); }

/* -------------------------------------------------------------------------------------- closing */

void ew_socket_close(ew_socket *ws, uint16_t code, uint32_t timeout_ms) {
  uint64_t deadline = deadline_in(timeout_ms);
  ew_frame_result result;
  send_close(ws, code, deadline);
  /* to the end of TCP, which the server has to begin (RFC 6455 section 7.1.1) */
  while (!ws->ended && receive(ws, deadline, false, &result) == EW_OK) {
  }
  ws->ended = true;
}

void ew_socket_abort(ew_socket *ws) {
  ws->ended = true;
  ew__stream_abort(ws->stream);
}
