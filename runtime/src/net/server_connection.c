#define _POSIX_C_SOURCE 200809L

#include "server_internal.h"

#include <stdlib.h>
#include <sys/socket.h>

#define FIRST_BYTES 1024u
#define KEPT_BYTES ((size_t)64 << 10) /* a larger buffer is given back when it is empty */

/* ---------------------------------------------------------------------------------------- bytes */

void ew__bytes_clear(ew__bytes *bytes) {
  free(bytes->ptr);
  memset(bytes, 0, sizeof(*bytes));
}

static void reset_bytes(ew__bytes *bytes) {
  bytes->start = bytes->end = 0;
  if (bytes->size > KEPT_BYTES) {
    ew__bytes_clear(bytes);
  }
}

bool ew__bytes_reserve(ew__bytes *bytes, size_t size) {
  if (bytes->size - bytes->end >= size) {
    return true;
  }
  size_t used = bytes->end - bytes->start;
  /* Moving at most as much as was taken keeps the cost of each byte constant. */
  if (bytes->start >= used && bytes->size - used >= size) {
    memmove(bytes->ptr, bytes->ptr + bytes->start, used);
    bytes->start = 0;
    bytes->end = used;
    return true;
  }
  size_t larger = bytes->size * 2 < FIRST_BYTES ? FIRST_BYTES : bytes->size * 2;
  if (larger < bytes->end + size) {
    larger = bytes->end + size;
  }
  char *moved = realloc(bytes->ptr, larger);
  if (moved == NULL) {
    return false;
  }
  bytes->ptr = moved;
  bytes->size = larger;
  return true;
}

static void append(ew__bytes *bytes, const void *from, size_t size) {
  if (size > 0) {
    memcpy(bytes->ptr + bytes->end, from, size);
    bytes->end += size;
  }
}

/* ------------------------------------------------------------------------------------ deadlines */

static void leave_line(ew__conn *conn) {
  if (conn->wait == EW__WAIT_NONE) {
    return;
  }
  ew__waiting *line = &conn->server->waiting[conn->wait];
  *(conn->wait_prev == NULL ? &line->first : &conn->wait_prev->wait_next) = conn->wait_next;
  *(conn->wait_next == NULL ? &line->last : &conn->wait_next->wait_prev) = conn->wait_prev;
  conn->wait_next = conn->wait_prev = NULL;
  conn->wait = EW__WAIT_NONE;
}

void ew__conn_wait(ew__conn *conn, ew__wait wait) {
  leave_line(conn);
  if (wait == EW__WAIT_NONE) {
    return;
  }
  ew__waiting *line = &conn->server->waiting[wait];
  conn->wait = wait;
  conn->due = ew__now(conn->server) + line->ms;
  conn->wait_prev = line->last;
  *(line->last == NULL ? &line->first : &line->last->wait_next) = conn;
  line->last = conn;
  if (conn->due < conn->server->wait_timer_at) {
    ew__server_watch(conn->server);
  }
}

static void send_ping(ew__conn *conn) {
  /*
   * With a payload: libwebsockets does not report an empty pong. Whose queue is not empty has
   * enough to answer for.
   */
  if (conn->out.end == conn->out.start) {
    (void)ew__conn_send(conn, EW_FRAME_PING, EW_STR("ew"));
  }
  if (conn->phase == EW__OPEN) {
    ew__conn_wait(conn, EW__WAIT_PONG);
  }
}

void ew__conn_on_due(ew__conn *conn) {
  ew_server *server = conn->server;
  switch (conn->wait) {
  case EW__WAIT_PING:
    send_ping(conn);
    return;
  case EW__WAIT_REQUEST:
    ew__note(server, EW_LEVEL_WARNING, "%s: %s closed: no whole request in time",
             conn->listener->name, conn->peer);
    break;
  case EW__WAIT_PONG:
    ew__note(server, EW_LEVEL_WARNING, "%s: %s closed: no answer to a ping", conn->listener->name,
             conn->peer);
    break;
  case EW__WAIT_FLUSH:
  case EW__WAIT_PEER:
  case EW__WAIT_NONE:
    break;
  }
  ew__conn_kill(conn);
}

/* ----------------------------------------------------------------------------------------- life */

ew__conn *ew__conn_new(ew__listener *listener, struct lws *wsi) {
  ew_server *server = listener->server;
  ew__conn *conn = calloc(1, sizeof(*conn));
  if (conn == NULL) {
    return NULL;
  }
  *conn = (ew__conn){.server = server, .listener = listener, .wsi = wsi, .wait = EW__WAIT_NONE};
  (void)ew__peer_of(lws_get_socket_fd(wsi), conn->address, conn->peer, sizeof(conn->peer));
  if (!ew__peers_add(server, conn->address)) {
    free(conn);
    return NULL;
  }
  conn->next = server->conns;
  if (conn->next != NULL) {
    conn->next->prev = conn;
  }
  server->conns = conn;
  server->conn_count++;
  listener->counters.connections++;
  listener->counters.accepted++;
  ew__conn_wait(conn, EW__WAIT_REQUEST);
  return conn;
}

void ew__conn_free(ew__conn *conn) {
  ew_server *server = conn->server;
  *(conn->prev == NULL ? &server->conns : &conn->prev->next) = conn->next;
  if (conn->next != NULL) {
    conn->next->prev = conn->prev;
  }
  server->conn_count--;
  conn->listener->counters.connections--;
  ew__peers_remove(server, conn->address);
  ew__bytes_clear(&conn->out);
  ew__bytes_clear(&conn->in);
  free(conn->answer);
  free(conn);
  ew__server_check_drained(server);
}

/* The session is told at the next settling: whoever caused the end may stand in the middle of it. */
static void end_session(ew__conn *conn) {
  if (conn->session == NULL || conn->expects_session_close) {
    return;
  }
  conn->expects_session_close = true;
  conn->ending_next = conn->listener->ending;
  conn->listener->ending = conn;
}

void ew__conn_on_gone(ew__conn *conn) {
  conn->phase = EW__CLOSING;
  ew__conn_wait(conn, EW__WAIT_NONE);
  if (conn->publication != NULL) {
    ew__publication_forget(conn->publication);
    conn->publication = NULL;
  }
  if (conn->session != NULL) {
    end_session(conn);
    ew__listener_settle(conn->listener);
  }
}

/* ----------------------------------------------------------------------------------------- ends */

static void ask_to_write(ew__conn *conn) {
  if (!conn->writing) {
    conn->writing = true;
    lws_callback_on_writable(conn->wsi);
  }
}

static void end_with(ew__conn *conn, uint16_t code, ew_str reason) {
  if (conn->phase != EW__OPEN) {
    return;
  }
  conn->phase = EW__ENDING;
  conn->close_code = code;
  /* A Close frame has 125 bytes, two of which are the code (RFC 6455 section 5.5.1). */
  conn->close_reason_len = reason.len > 123 ? 123 : reason.len;
  if (conn->close_reason_len > 0) {
    memcpy(conn->close_reason, reason.ptr, conn->close_reason_len);
  }
  end_session(conn);
  ew__conn_wait(conn, EW__WAIT_FLUSH);
  ask_to_write(conn);
}

void ew__conn_close(ew__conn *conn, uint16_t code, ew_str reason) { end_with(conn, code, reason); }

void ew__conn_drop(ew__conn *conn) { end_with(conn, 0, EW_STR("")); }

void ew__conn_kill(ew__conn *conn) {
  if (conn->phase == EW__OPEN) {
    conn->phase = EW__CLOSING;
    end_session(conn);
    ew__listener_settle(conn->listener);
  }
  ew__conn_wait(conn, EW__WAIT_NONE);
  /* What libwebsockets still holds it would try to send for five more seconds. */
  (void)shutdown(lws_get_socket_fd(conn->wsi), SHUT_RDWR);
  lws_set_timeout(conn->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
}

void ew__conn_half_close(ew__conn *conn) {
  conn->phase = EW__HALF;
  SSL *tls = lws_get_ssl(conn->wsi);
  if (tls != NULL) {
    (void)SSL_shutdown(tls);
  }
  (void)shutdown(lws_get_socket_fd(conn->wsi), SHUT_WR);
  ew__conn_wait(conn, EW__WAIT_PEER);
}

int ew__conn_on_peer_close(ew__conn *conn) {
  if (conn->phase == EW__CLOSING || conn->phase == EW__HALF) {
    return -1; /* the answer to ours, or nothing can be said any more */
  }
  /* libwebsockets answers with the same code; what is still queued nobody wants. */
  conn->phase = EW__CLOSING;
  reset_bytes(&conn->out);
  ew__conn_wait(conn, EW__WAIT_FLUSH);
  end_session(conn);
  ew__listener_settle(conn->listener);
  return 0;
}

/* -------------------------------------------------------------------------------------- sending */

static size_t queued(const ew__conn *conn) { return conn->out.end - conn->out.start; }

static ew_err give_up_on(ew__conn *conn, uint16_t code, const char *why) {
  conn->listener->counters.slow++;
  ew__note(conn->server, EW_LEVEL_WARNING, "%s: %s closed: %s", conn->listener->name, conn->peer, why);
  reset_bytes(&conn->out);
  ew__conn_close(conn, code, ew_str_of(why));
  return EW_ERR_QUEUE_FULL;
}

ew_err ew__conn_send(ew__conn *conn, ew_frame_opcode opcode, ew_str payload) {
  if (conn->phase != EW__OPEN) {
    return EW_ERR_CLOSED;
  }
  /* One message may be larger than the queue: it is the reader's turn then. */
  if (queued(conn) > 0 && queued(conn) + payload.len > conn->server->options.max_queued_bytes) {
    return give_up_on(conn, EW_CLOSE_TRY_LATER, "reads too slowly");
  }
  if (!ew__bytes_reserve(&conn->out, payload.len + EW_FRAME_HEADER_MAX)) {
    return give_up_on(conn, EW_CLOSE_TRY_LATER, "out of memory");
  }
  unsigned char header[EW_FRAME_HEADER_MAX];
  ew_frame frame = {.fin = true, .opcode = (uint8_t)opcode, .length = payload.len};
  append(&conn->out, header, ew_frame_header(&frame, header));
  append(&conn->out, payload.ptr, payload.len);
  if (opcode == EW_FRAME_TEXT) {
    conn->listener->counters.sent++;
  }
  ask_to_write(conn);
  return EW_OK;
}

/* The size of the frame at the front of our own queue: unmasked, in the shortest form. */
static size_t front_frame_size(const char *at) {
  const unsigned char *header = (const unsigned char *)at;
  size_t length = header[1] & 0x7f;
  if (length < 126) {
    return 2 + length;
  }
  size_t bytes = length == 126 ? 2 : 8;
  length = 0;
  for (size_t i = 0; i < bytes; i++) {
    length = length << 8 | header[2 + i];
  }
  return 2 + bytes + length;
}

/* As many whole frames as one write takes: between two writes libwebsockets may put a pong. */
static size_t next_write(const ew__conn *conn) {
  size_t size = 0;
  while (conn->out.start + size < conn->out.end) {
    size_t frame = front_frame_size(conn->out.ptr + conn->out.start + size);
    if (size > 0 && size + frame > EW__WRITE_BYTES) {
      break;
    }
    size += frame;
  }
  return size;
}

static int write_frames(ew__conn *conn) {
  size_t size = next_write(conn);
  unsigned char *at = (unsigned char *)conn->out.ptr + conn->out.start;
  /*
   * RAW: the frames are ours and go out as they are. What does not fit into the socket
   * libwebsockets copies and sends first.
   */
  if (lws_write(conn->wsi, at, size, LWS_WRITE_RAW) < 0) {
    return -1;
  }
  conn->out.start += size;
  if (queued(conn) == 0) {
    reset_bytes(&conn->out);
  }
  return 0;
}

/*
 * Ours too: with libuv, libwebsockets 4.1 as Debian builds it (with _DEBUG) closes twice, and the
 * second time without its Close frame.
 */
static int write_close_frame(ew__conn *conn) {
  unsigned char payload[125] = {(unsigned char)(conn->close_code >> 8),
                                (unsigned char)(conn->close_code & 0xff)};
  unsigned char header[EW_FRAME_HEADER_MAX];
  size_t size = 2 + conn->close_reason_len;
  ew_frame frame = {.fin = true, .opcode = EW_FRAME_CLOSE, .length = size};
  memcpy(payload + 2, conn->close_reason, conn->close_reason_len);
  if (!ew__bytes_reserve(&conn->out, sizeof(header) + size)) {
    return -1;
  }
  append(&conn->out, header, ew_frame_header(&frame, header));
  append(&conn->out, payload, size);
  return write_frames(conn);
}

static int finish(ew__conn *conn) {
  if (conn->close_code == 0) {
    ew__conn_half_close(conn);
    return 0;
  }
  conn->phase = EW__CLOSING;
  ew__conn_wait(conn, EW__WAIT_PEER);
  return write_close_frame(conn);
}

int ew__conn_on_writable(ew__conn *conn) {
  conn->writing = false;
  if (conn->phase != EW__OPEN && conn->phase != EW__ENDING) {
    return 0;
  }
  if (queued(conn) > 0) {
    if (write_frames(conn) != 0) {
      return -1;
    }
    if (queued(conn) > 0 || conn->phase == EW__ENDING) {
      ask_to_write(conn);
    }
    return 0;
  }
  return conn->phase == EW__ENDING ? finish(conn) : 0;
}

/* ------------------------------------------------------------------------------------ receiving */

int ew__conn_on_established(ew__conn *conn) {
  ew_server *server = conn->server;
  conn->phase = EW__OPEN;
  conn->session = ew_service_open(conn->listener->service, &server->memory.request, conn, ew__now(server));
  if (conn->session == NULL) {
    return -1;
  }
  conn->listener->counters.opened++;
  if (conn->phase == EW__OPEN) {
    ew__conn_wait(conn, EW__WAIT_PING);
  } else {
    end_session(conn); /* the service ended it before it had a session */
  }
  ew__listener_settle(conn->listener);
  return 0;
}

static int refuse_message(ew__conn *conn, uint16_t code, const char *why) {
  ew__note(conn->server, EW_LEVEL_WARNING, "%s: %s closed: %s", conn->listener->name, conn->peer, why);
  ew__conn_close(conn, code, ew_str_of(why));
  ew__listener_settle(conn->listener);
  return 0;
}

static int deliver(ew__conn *conn, const char *bytes, size_t size) {
  ew_opcode opcode = lws_frame_is_binary(conn->wsi) ? EW_BINARY : EW_TEXT;
  conn->listener->counters.received++;
  ew_service_receive(conn->session, opcode, ew_str_from(bytes, size), ew__now(conn->server));
  ew__listener_settle(conn->listener);
  return 0;
}

/* The bytes of libwebsockets end where they end: a copy has room behind. */
static int deliver_whole(ew__conn *conn, const char *bytes, size_t size) {
  ew_server *server = conn->server;
  if (size > 0) {
    memcpy(server->message, bytes, size);
  }
  memset(server->message + size, 0, EW__READABLE_AFTER);
  return deliver(conn, server->message, size);
}

static int deliver_collected(ew__conn *conn) {
  memset(conn->in.ptr + conn->in.end, 0, EW__READABLE_AFTER);
  int result = deliver(conn, conn->in.ptr, conn->in.end);
  reset_bytes(&conn->in);
  return result;
}

static int collect(ew__conn *conn, const char *bytes, size_t size, bool final) {
  if (!ew__bytes_reserve(&conn->in, size + EW__READABLE_AFTER)) {
    return refuse_message(conn, EW_CLOSE_TRY_LATER, "out of memory");
  }
  append(&conn->in, bytes, size);
  return final ? deliver_collected(conn) : 0;
}

static void heard_of(ew__conn *conn) {
  if (conn->phase == EW__OPEN) {
    ew__conn_wait(conn, EW__WAIT_PING);
  }
}

int ew__conn_on_pong(ew__conn *conn) {
  heard_of(conn);
  return 0;
}

/*
 * A piece of a frame. Its declared length counts before it has come: nobody makes us collect what
 * we shall refuse.
 */
int ew__conn_on_fragment(ew__conn *conn, const char *bytes, size_t size) {
  if (conn->phase != EW__OPEN) {
    return 0;
  }
  heard_of(conn);
  bool first = lws_is_first_fragment(conn->wsi) != 0;
  bool final = lws_is_final_fragment(conn->wsi) != 0;
  size_t remaining = lws_remaining_packet_payload(conn->wsi);
  size_t limit = conn->listener->max_message_bytes;
  if (first) {
    conn->in.start = conn->in.end = 0;
    conn->fragments = 0;
  }
  if (size > limit - conn->in.end || remaining > limit - conn->in.end - size) {
    return refuse_message(conn, EW_CLOSE_TOO_BIG, "message too large");
  }
  if (remaining == 0 && ++conn->fragments > EW__MAX_FRAGMENTS) {
    return refuse_message(conn, EW_CLOSE_POLICY, "too many fragments");
  }
  bool whole = first && final && size <= EW__WRITE_BYTES;
  return whole ? deliver_whole(conn, bytes, size) : collect(conn, bytes, size, final);
}
