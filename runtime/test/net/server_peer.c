#define _POSIX_C_SOURCE 200809L

#include "server_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 20000

#define FAIL(...)                 \
  do {                            \
    fprintf(stderr, __VA_ARGS__); \
    fputc('\n', stderr);          \
    abort();                      \
  } while (0)

/* ------------------------------------------------------------------------------------------------------ server */

static void keep_note(void *ctx, ew_level level, const char *line) {
  test_server *s = ctx;
  (void)level;
  pthread_mutex_lock(&s->lock);
  size_t len = strlen(s->notes);
  snprintf(s->notes + len, sizeof(s->notes) - len, "%s\n", line);
  pthread_mutex_unlock(&s->lock);
}

bool has_note(test_server *s, const char *text) {
  pthread_mutex_lock(&s->lock);
  bool found = strstr(s->notes, text) != NULL;
  pthread_mutex_unlock(&s->lock);
  return found;
}

static void *run_server(void *arg) {
  test_server *s = arg;
  s->result = ew_server_run(s->server);
  return NULL;
}

void start_server(test_server *s) {
  ew_diag diag;
  pthread_mutex_init(&s->lock, NULL);
  s->options.log_line = keep_note;
  s->options.log_ctx = s;
  s->fake.watch = &s->watch;
  if (ew_server_new(&s->server, &s->options, &diag) != EW_OK) {
    FAIL("no server: expected %s, found %s", diag.expected, diag.found);
  }
  ew_listen listen = {.certificate = s->certificate, .key = s->key};
  ew_err err = ew__server_add(s->server, &listen, "fake", fake_service_new, &s->fake, &s->port);
  if (err == EW_OK) {
    err = ew_server_add_admin(s->server, &(ew_listen){NULL, 0, NULL, NULL}, s->admin_token, &s->admin_port);
  }
  if (err != EW_OK) {
    FAIL("no listener: %s", ew_err_text(err));
  }
  pthread_create(&s->thread, NULL, run_server, s);
  s->running = true;
}

void stop_server(test_server *s) {
  if (s->running) {
    ew_server_stop(s->server);
    pthread_join(s->thread, NULL);
    s->running = false;
  }
}

void free_server(test_server *s) {
  stop_server(s);
  ew_server_free(s->server);
  s->server = NULL;
  pthread_mutex_destroy(&s->lock);
}

void await_count(atomic_uint *counter, unsigned value) {
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  while (*counter < value) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec - start.tv_sec > PATIENCE_MS / 1000) {
      FAIL("the counter stays at %u, awaited %u", *counter, value);
    }
    sched_yield();
  }
}

void await_connections(test_server *s, unsigned count) {
  char expected[48];
  bool reached = false;
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  snprintf(expected, sizeof(expected), "{\"connections\":%u,", count + 1);
  while (!reached) {
    char *answer = http_exchange(s->admin_port, "GET /status HTTP/1.1\r\nHost: x\r\n\r\n");
    reached = strstr(answer, expected) != NULL;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!reached && now.tv_sec - start.tv_sec > PATIENCE_MS / 1000) {
      FAIL("awaited %u connections: %s", count, answer);
    }
    free(answer);
  }
}

/* -------------------------------------------------------------------------------------------------------- bytes */

static int connect_to(uint16_t port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  const void *any = &to;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd >= 0 && connect(fd, any, sizeof(to)) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

bool is_listening(uint16_t port) {
  int fd = connect_to(port);
  if (fd >= 0) {
    close(fd);
  }
  return fd >= 0;
}

void peer_connect(peer *p, uint16_t port) {
  p->len = 0;
  p->broken = false;
  p->fd = connect_to(port);
  if (p->fd < 0) {
    FAIL("cannot connect to port %u: %s", (unsigned)port, strerror(errno));
  }
}

void peer_disconnect(peer *p) {
  close(p->fd);
  p->fd = -1;
}

void peer_reset(peer *p) {
  struct linger now = {1, 0};
  setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  peer_disconnect(p);
}

static void await(const peer *p, short events) {
  struct pollfd what = {.fd = p->fd, .events = events};
  if (poll(&what, 1, PATIENCE_MS) != 1) {
    FAIL("the server says nothing for %d ms", PATIENCE_MS);
  }
}

void peer_write(peer *p, const char *bytes, size_t size) {
  while (size > 0) {
    await(p, POLLOUT);
    ssize_t written = send(p->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written < 0 && errno == EAGAIN) {
      continue;
    }
    if (written < 0) {
      p->broken = true; /* the server closed: what it said before is what most tests look at */
      return;
    }
    bytes += written;
    size -= (size_t)written;
  }
}

void peer_say(peer *p, const char *text) { peer_write(p, text, strlen(text)); }

/* Appends to p->bytes. 0: TCP ended; -1: with a reset. */
static ssize_t fill(peer *p) {
  await(p, POLLIN);
  ssize_t got = recv(p->fd, p->bytes + p->len, sizeof(p->bytes) - p->len, 0);
  if (got > 0) {
    p->len += (size_t)got;
  }
  return got;
}

char *peer_read_all(peer *p, bool *was_reset) {
  size_t size = 0;
  char *all = calloc(1, 1);
  ssize_t got = 1;
  while (all != NULL && got > 0) {
    if (p->len == 0) {
      got = fill(p);
    }
    all = realloc(all, size + p->len + 1);
    if (all == NULL) {
      abort();
    }
    memcpy(all + size, p->bytes, p->len);
    size += p->len;
    p->len = 0;
    all[size] = '\0';
  }
  if (was_reset != NULL) {
    *was_reset = got < 0;
  }
  return all;
}

char *http_exchange(uint16_t port, const char *request) {
  peer p;
  peer_connect(&p, port);
  peer_say(&p, request);
  char *answer = peer_read_all(&p, NULL);
  peer_disconnect(&p);
  return answer;
}

void peer_open(peer *p, uint16_t port, const char *path) {
  char request[512];
  snprintf(request, sizeof(request),
           "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
           path);
  peer_connect(p, port);
  peer_say(p, request);
  char *end = NULL;
  while (end == NULL && p->len + 1 < sizeof(p->bytes) && fill(p) > 0) {
    p->bytes[p->len] = '\0';
    end = strstr(p->bytes, "\r\n\r\n");
  }
  /* The accept value of RFC 6455 section 1.3 for this key. */
  if (end == NULL || strstr(p->bytes, "HTTP/1.1 101") != p->bytes || strstr(p->bytes, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == NULL) {
    FAIL("no opening handshake: %.*s", (int)p->len, p->bytes);
  }
  size_t head = (size_t)(end + 4 - p->bytes);
  memmove(p->bytes, p->bytes + head, p->len - head);
  p->len -= head;
}

/* ------------------------------------------------------------------------------------------------------ frames */

void peer_frame(peer *p, bool fin, uint8_t opcode, const char *payload, size_t size) {
  ew_frame frame = {.fin = fin, .opcode = opcode, .masked = true, .mask = {1, 2, 3, 4}, .length = size};
  char *bytes = malloc(EW_FRAME_HEADER_MAX + size);
  if (bytes == NULL) {
    abort();
  }
  size_t head = ew_frame_header(&frame, (unsigned char *)bytes);
  if (size > 0) {
    memcpy(bytes + head, payload, size);
  }
  ew_frame_mask(bytes + head, size, frame.mask, 0);
  peer_write(p, bytes, head + size);
  free(bytes);
}

void peer_text(peer *p, const char *text) { peer_frame(p, true, EW_FRAME_TEXT, text, strlen(text)); }

static bool need(peer *p, size_t size) {
  while (p->len < size) {
    if (size > sizeof(p->bytes)) {
      FAIL("a frame too large for this test: %zu", size);
    }
    if (fill(p) <= 0) {
      return false;
    }
  }
  return true;
}

static void take(peer *p, void *to, size_t size) {
  memcpy(to, p->bytes, size);
  memmove(p->bytes, p->bytes + size, p->len - size);
  p->len -= size;
}

static bool read_length(peer *p, size_t *size) {
  unsigned char longer[8];
  size_t bytes = *size == 126 ? 2 : 8;
  if (*size < 126) {
    return true;
  }
  if (!need(p, bytes)) {
    return false;
  }
  take(p, longer, bytes);
  *size = 0;
  for (size_t i = 0; i < bytes; i++) {
    *size = *size << 8 | longer[i];
  }
  return true;
}

bool peer_receive(peer *p, received *out) {
  static _Thread_local char payload[1 << 17];
  unsigned char head[2];
  if (!need(p, 2)) {
    return false;
  }
  take(p, head, 2);
  *out = (received){.opcode = head[0] & 15, .fin = head[0] >> 7, .payload = payload, .size = head[1]};
  if ((head[0] & 0x70) != 0 || (head[1] & 0x80) != 0) {
    FAIL("the server sent a frame with mask or reserved bits: %02x %02x", head[0], head[1]);
  }
  if (!read_length(p, &out->size) || !need(p, out->size)) {
    return false;
  }
  take(p, payload, out->size);
  payload[out->size] = '\0';
  if (out->opcode == EW_FRAME_CLOSE && out->size >= 2) {
    out->close_code = (uint16_t)((unsigned char)payload[0] << 8 | (unsigned char)payload[1]);
    out->payload += 2;
    out->size -= 2;
  }
  return true;
}

void expect_text(peer *p, const char *text) {
  received got;
  if (!peer_receive(p, &got)) {
    FAIL("TCP ended, awaited: %s", text);
  }
  if (got.opcode != EW_FRAME_TEXT || !got.fin || strcmp(got.payload, text) != 0) {
    FAIL("opcode %u \"%s\" (close code %u), awaited \"%s\"", (unsigned)got.opcode, got.payload, (unsigned)got.close_code, text);
  }
}

void expect_close(peer *p, uint16_t code) {
  received got = {.opcode = 0};
  if (!peer_receive(p, &got) || got.opcode != EW_FRAME_CLOSE || got.close_code != code) {
    FAIL("awaited a Close frame with %u, got opcode %u code %u", (unsigned)code, (unsigned)got.opcode, (unsigned)got.close_code);
  }
}

void expect_end(peer *p) {
  if (p->len > 0 || fill(p) != 0) {
    FAIL("awaited the end of TCP, got %zu bytes or a reset", p->len);
  }
}
