/*
 * A small FireFly server with one defect, to prove that the suite finds it:  broken_server DEFECT
 *
 * Prints "port N", serves the socket, the subscription resources and /publish/firefly on that port of the
 * loopback, and ends when its standard input ends. The defect "none" makes it a good server as far as the
 * cases of broken_server_test.c go. Everything is bounded and nothing is kept.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "eventwire/frame.h"

#define MAX_PEERS 16
#define MAX_EVENTS 512
#define MAX_SUBSCRIPTIONS 64
#define MAX_REQUEST 65536

typedef enum defect {
  NONE,
  SILENT,          /* ends the connection without protocol_error */
  STAYS,           /* keeps the connection after protocol_error */
  NO_PREFIX,       /* error texts lack "FF10176: Invalid data: " */
  WRONG_CODE,      /* every error is FF10999 */
  FORGETS,         /* what was not acknowledged is not delivered again */
  REPEATS,         /* what was acknowledged is delivered again */
  ARRAY_BATCH,     /* a batch is a bare array */
  NO_CREATED,      /* events lack a required member */
  NO_SUBSCRIPTION, /* events do not say which subscription they are for */
  TWICE,           /* every event is delivered twice */
  FLOODS,          /* acknowledgements are not waited for */
  REORDERS,        /* the newest event comes first */
  ANY_NAMESPACE,   /* unknown namespaces are accepted */
  NO_PONG,         /* pings are not answered */
  MASKED,          /* frames of the server are masked */
  NOT_JSON,        /* events end in a comma */
  BAD_UTF8,        /* events hold bytes that are no UTF-8 */
  WRONG_ACCEPT,    /* Sec-WebSocket-Accept does not fit the key */
  GREETS,          /* says hello without being asked */
  GREETS_LATE,     /* likewise, but a waiting ping is answered ahead of it, as libwebsockets does */
  DEFECT_COUNT
} defect;

static const char *const defect_names[DEFECT_COUNT] = {
    "none",     "silent",  "stays",    "no-prefix",     "wrong-code", "forgets", "repeats",  "array-batch", "no-created",   "no-subscription",
    "twice",    "floods",  "reorders", "any-namespace", "no-pong",    "masked",  "not-json", "bad-utf8",    "wrong-accept", "greets",
    "greets-late"};

typedef struct peer {
  int fd; /* 0: free */
  ew_frame_reader *reader; /* NULL: still HTTP */
  bool scoped;
  bool started;
  bool autoack;
  size_t start_count;
  size_t ping_count;
  char request[MAX_REQUEST];
  size_t request_len;
} peer;

typedef struct subscription {
  bool used;
  bool ephemeral;
  bool batch;
  bool filtered;
  regex_t topic;
  char id[40];
  char name[80];
  char batch_id[40]; /* of the batch in flight, or "" */
  peer *reader;
  size_t window;
  size_t done;  /* events before it are acknowledged */
  size_t sent;
  bool acked[MAX_EVENTS];
} subscription;

typedef struct server {
  defect defect;
  int listener;
  peer peers[MAX_PEERS];
  cJSON *events[MAX_EVENTS];
  size_t event_count;
  subscription subscriptions[MAX_SUBSCRIPTIONS];
  unsigned id_count;
} server;

/* ------------------------------------------------------------------------------- SHA-1 (RFC 3174), Base64 */

static uint32_t rotate(uint32_t word, unsigned bits) { return word << bits | word >> (32 - bits); }

static void sha1_block(uint32_t state[5], const unsigned char block[64]) {
  static const uint32_t constants[4] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};
  uint32_t w[80];
  uint32_t s[5];
  memcpy(s, state, sizeof(s));
  for (size_t i = 0; i < 80; i++) {
    w[i] = i < 16 ? (uint32_t)block[i * 4] << 24 | (uint32_t)block[i * 4 + 1] << 16 | (uint32_t)block[i * 4 + 2] << 8 | block[i * 4 + 3]
                  : rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t mix = i < 20 ? (s[1] & s[2]) | (~s[1] & s[3]) : i >= 40 && i < 60 ? (s[1] & s[2]) | (s[1] & s[3]) | (s[2] & s[3]) : s[1] ^ s[2] ^ s[3];
    uint32_t next = rotate(s[0], 5) + mix + s[4] + w[i] + constants[i / 20];
    s[4] = s[3];
    s[3] = s[2];
    s[2] = rotate(s[1], 30);
    s[1] = s[0];
    s[0] = next;
  }
  for (size_t i = 0; i < 5; i++) {
    state[i] += s[i];
  }
}

/* At most 119 bytes: two blocks. */
static void sha1(const char *text, size_t len, char digest[20]) {
  uint32_t state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  unsigned char blocks[128] = {0};
  size_t size = len < 56 ? 64 : 128;
  memcpy(blocks, text, len);
  blocks[len] = 0x80;
  blocks[size - 1] = (unsigned char)(len * 8 & 0xFF);
  blocks[size - 2] = (unsigned char)(len * 8 >> 8);
  for (size_t at = 0; at < size; at += 64) {
    sha1_block(state, blocks + at);
  }
  for (size_t i = 0; i < 20; i++) {
    digest[i] = (char)(state[i / 4] >> (24 - i % 4 * 8) & 0xFF);
  }
}

static void accept_key(const char *key, char out[32]) {
  char joined[100];
  char digest[20];
  char block[64];
  ew_arena arena;
  ew_str encoded = {0};
  int len = snprintf(joined, sizeof(joined), "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  sha1(joined, (size_t)len, digest);
  ew_arena_init(&arena, block, sizeof(block));
  if (ew_base64_encode(ew_str_from(digest, sizeof(digest)), &arena, &encoded) != EW_OK) {
    abort();
  }
  snprintf(out, 32, "%.*s", EW_STR_ARG(encoded));
}

/* ------------------------------------------------------------------------------------------------ sending */

static void write_all(int fd, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t written = send(fd, bytes, size, MSG_NOSIGNAL);
    if (written <= 0) {
      return; /* the peer has gone: its end is read soon */
    }
    bytes += written;
    size -= (size_t)written;
  }
}

static void send_frame(const server *s, const peer *p, uint8_t opcode, const char *payload, size_t size) {
  unsigned char header[EW_FRAME_HEADER_MAX];
  ew_frame frame = {.fin = true, .opcode = opcode, .length = size, .masked = s->defect == MASKED,
                    .mask = {1, 2, 3, 4}};
  char *copy = malloc(size + EW_FRAME_HEADER_MAX);
  if (copy == NULL) {
    abort();
  }
  size_t header_size = ew_frame_header(&frame, header);
  memcpy(copy, header, header_size);
  memcpy(copy + header_size, payload, size);
  if (frame.masked) {
    ew_frame_mask(copy + header_size, size, frame.mask, 0);
  }
  write_all(p->fd, copy, header_size + size);
  free(copy);
}

static void send_json(const server *s, const peer *p, const cJSON *json) {
  char *text = cJSON_PrintUnformatted(json);
  if (text == NULL) {
    abort();
  }
  send_frame(s, p, EW_FRAME_TEXT, text, strlen(text));
  cJSON_free(text);
}

static void answer(const peer *p, int status, const char *body) {
  char head[256];
  int len = snprintf(head, sizeof(head), "HTTP/1.1 %d Status\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status,
                     strlen(body));
  write_all(p->fd, head, (size_t)len);
  write_all(p->fd, body, strlen(body));
}

static void release(server *s, const peer *p) {
  for (size_t i = 0; i < MAX_SUBSCRIPTIONS; i++) {
    subscription *sub = &s->subscriptions[i];
    if (!sub->used || sub->reader != p) {
      continue;
    }
    sub->reader = NULL;
    sub->batch_id[0] = '\0';
    sub->done = s->defect == FORGETS ? sub->sent : sub->done;
    sub->done = s->defect == REPEATS && sub->done > 0 ? sub->done - 1 : sub->done;
    sub->sent = sub->done;
    if (sub->ephemeral) {
      if (sub->filtered) {
        regfree(&sub->topic);
      }
      memset(sub, 0, sizeof(*sub));
    }
  }
}

static void hang_up(server *s, peer *p) {
  release(s, p);
  ew_frame_reader_free(p->reader);
  close(p->fd);
  memset(p, 0, sizeof(*p));
}

static void refuse(server *s, peer *p, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* protocol_error, then the end without a Close frame. */
static void refuse(server *s, peer *p, const char *format, ...) {
  char inner[256];
  char text[300];
  va_list args;
  va_start(args, format);
  vsnprintf(inner, sizeof(inner), format, args);
  va_end(args);
  snprintf(text, sizeof(text), "%s%s", s->defect == NO_PREFIX ? "" : "FF10176: Invalid data: ",
           s->defect == WRONG_CODE ? "FF10999: no" : inner);
  cJSON *message = cJSON_CreateObject();
  cJSON_AddStringToObject(message, "type", "protocol_error");
  cJSON_AddStringToObject(message, "error", text);
  if (s->defect != SILENT) {
    send_json(s, p, message);
  }
  cJSON_Delete(message);
  if (s->defect != STAYS) {
    hang_up(s, p);
  }
}

/* ----------------------------------------------------------------------------------------------- delivery */

static void make_id(server *s, char out[40]) {
  snprintf(out, 40, "%08x-0000-4000-8000-%012x", (unsigned)getpid(), ++s->id_count);
}

static cJSON *reference(const subscription *sub) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddStringToObject(json, "id", sub->id);
  cJSON_AddStringToObject(json, "namespace", "ns1");
  cJSON_AddStringToObject(json, "name", sub->name);
  return json;
}

static cJSON *dressed(const server *s, const subscription *sub, size_t index) {
  cJSON *event = cJSON_Duplicate(s->events[index], 1);
  if (s->defect != NO_SUBSCRIPTION) {
    cJSON_AddItemToObject(event, "subscription", reference(sub));
  }
  if (s->defect == NO_CREATED) {
    cJSON_DeleteItemFromObject(event, "created");
  }
  return event;
}

static bool passes(const server *s, const subscription *sub, size_t index) {
  const cJSON *topic = cJSON_GetObjectItem(s->events[index], "topic");
  const char *text = cJSON_IsString(topic) ? topic->valuestring : "";
  return !sub->filtered || regexec(&sub->topic, text, 0, NULL, 0) == 0;
}

static void send_event(const server *s, const subscription *sub, size_t index) {
  size_t shown = s->defect == REORDERS ? s->event_count - 1 - (index - sub->done) : index;
  cJSON *event = dressed(s, sub, shown < s->event_count ? shown : index);
  char *text = cJSON_PrintUnformatted(event);
  if (text == NULL) {
    abort();
  }
  size_t len = strlen(text);
  if (s->defect == NOT_JSON) {
    text[len - 1] = ',';
  } else if (s->defect == BAD_UTF8) {
    text[2] = '\xFF';
  }
  send_frame(s, sub->reader, EW_FRAME_TEXT, text, len);
  if (s->defect == TWICE) {
    send_frame(s, sub->reader, EW_FRAME_TEXT, text, len);
  }
  cJSON_free(text);
  cJSON_Delete(event);
}

static void advance(subscription *sub) {
  while (sub->done < sub->sent && sub->acked[sub->done]) {
    sub->done++;
  }
}

static void deliver_singles(const server *s, subscription *sub) {
  while (sub->sent < s->event_count && (sub->sent - sub->done < sub->window || s->defect == FLOODS)) {
    bool passed = passes(s, sub, sub->sent);
    if (passed) {
      send_event(s, sub, sub->sent);
    }
    sub->acked[sub->sent] = !passed || sub->reader->autoack;
    sub->sent++;
    advance(sub);
  }
}

static void deliver_batch(server *s, subscription *sub) {
  if (sub->sent == s->event_count || (sub->batch_id[0] != '\0' && s->defect != FLOODS)) {
    return;
  }
  cJSON *events = cJSON_CreateArray();
  for (size_t i = 0; i < sub->window && sub->sent < s->event_count; i++) {
    sub->acked[sub->sent] = false;
    cJSON_AddItemToArray(events, dressed(s, sub, sub->sent++));
  }
  make_id(s, sub->batch_id);
  cJSON *message = cJSON_CreateObject();
  cJSON_AddStringToObject(message, "type", "event_batch");
  cJSON_AddStringToObject(message, "id", sub->batch_id);
  cJSON_AddItemToObject(message, "subscription", reference(sub));
  if (s->defect == ARRAY_BATCH) {
    send_json(s, sub->reader, events);
  }
  cJSON_AddItemToObject(message, "events", events);
  if (s->defect != ARRAY_BATCH) {
    send_json(s, sub->reader, message);
  }
  cJSON_Delete(message);
}

static void deliver(server *s) {
  for (size_t i = 0; i < MAX_SUBSCRIPTIONS; i++) {
    subscription *sub = &s->subscriptions[i];
    if (sub->used && sub->reader != NULL) {
      (void)(sub->batch ? deliver_batch(s, sub) : deliver_singles(s, sub));
    }
  }
}

/* ----------------------------------------------------------------------------------------------- messages */

static const char *text_of(const cJSON *object, const char *name) {
  const cJSON *member = cJSON_GetObjectItem(object, name);
  return cJSON_IsString(member) ? member->valuestring : "";
}

static bool is_true(const cJSON *object, const char *name) { return cJSON_IsTrue(cJSON_GetObjectItem(object, name)) != 0; }

static subscription *new_subscription(server *s, const char *name, const cJSON *options) {
  for (size_t i = 0; i < MAX_SUBSCRIPTIONS; i++) {
    subscription *sub = &s->subscriptions[i];
    if (sub->used) {
      continue;
    }
    const cJSON *read_ahead = cJSON_GetObjectItem(options, "readAhead");
    const char *first = text_of(options, "firstEvent");
    sub->used = true;
    sub->batch = is_true(options, "batch");
    sub->window = cJSON_IsNumber(read_ahead) ? (size_t)read_ahead->valueint + !sub->batch : sub->batch ? 50 : 1;
    sub->done = sub->sent = isdigit((unsigned char)first[0]) ? (size_t)strtoul(first, NULL, 10)
                                                             : s->event_count;
    make_id(s, sub->id);
    snprintf(sub->name, sizeof(sub->name), "%s", name[0] == '\0' ? sub->id : name);
    return sub;
  }
  abort();
}

static subscription *find_subscription(server *s, const char *name) {
  for (size_t i = 0; i < MAX_SUBSCRIPTIONS; i++) {
    if (s->subscriptions[i].used && !s->subscriptions[i].ephemeral &&
        strcmp(s->subscriptions[i].name, name) == 0) {
      return &s->subscriptions[i];
    }
  }
  return NULL;
}

static bool start_ephemeral(server *s, peer *p, const cJSON *message) {
  const char *filter = text_of(cJSON_GetObjectItem(message, "filter"), "topic");
  const cJSON *options = cJSON_GetObjectItem(message, "options");
  regex_t topic;
  if (filter[0] != '\0' && regcomp(&topic, filter, REG_EXTENDED | REG_NOSUB) != 0) {
    refuse(s, p, "FF10171: Unable to compile 'filter.topic'");
    return false;
  }
  subscription *sub = new_subscription(s, "", options);
  sub->ephemeral = true;
  sub->reader = p;
  sub->filtered = filter[0] != '\0';
  if (sub->filtered) {
    sub->topic = topic;
  }
  return true;
}

static void on_start(server *s, peer *p, const cJSON *message) {
  const char *name_space = text_of(message, "namespace");
  const char *name = text_of(message, "name");
  const cJSON *autoack = cJSON_GetObjectItem(message, "autoack");
  bool wants_autoack = cJSON_IsBool(autoack) ? cJSON_IsTrue(autoack) != 0 : p->autoack;
  if (p->scoped && name_space[0] != '\0' && strcmp(name_space, "ns1") != 0) {
    refuse(s, p, "FF10462: Websocket request received on a namespace scoped connection but the provided namespace does not match");
  } else if (!p->scoped && strcmp(name_space, "ns1") != 0 && s->defect != ANY_NAMESPACE) {
    refuse(s, p, "FF10436: Unknown namespace '%s'", name_space);
  } else if (p->started && wants_autoack != p->autoack) {
    refuse(s, p, "FF10179: The autoack option must be set consistently on all start requests");
  } else if (!is_true(message, "ephemeral") && name[0] == '\0') {
    refuse(s, p, "FF10178: A start action must set namespace and either a name or ephemeral=true");
  } else {
    p->started = true;
    p->autoack = wants_autoack;
    p->start_count++;
    subscription *sub = is_true(message, "ephemeral") ? NULL : find_subscription(s, name);
    if (is_true(message, "ephemeral")) {
      start_ephemeral(s, p, message);
    } else if (sub != NULL && sub->reader == NULL) {
      sub->reader = p;
    }
  }
}

static bool ack_batch(subscription *sub, const char *id) {
  if (sub->batch_id[0] == '\0' || strcmp(sub->batch_id, id) != 0) {
    return false;
  }
  sub->done = sub->sent;
  sub->batch_id[0] = '\0';
  return true;
}

static bool ack_event(const server *s, subscription *sub, const char *id) {
  for (size_t i = sub->done; i < sub->sent && !sub->batch; i++) {
    if (!sub->acked[i] && (id[0] == '\0' || strcmp(text_of(s->events[i], "id"), id) == 0)) {
      sub->acked[i] = true;
      advance(sub);
      return true;
    }
  }
  return false;
}

static void on_ack(server *s, peer *p, const cJSON *message) {
  const char *id = text_of(message, "id");
  const cJSON *reference_given = cJSON_GetObjectItem(message, "subscription");
  if (p->autoack) {
    refuse(s, p, "FF10180: The autoack option is enabled on this connection");
    return;
  }
  bool named = id[0] == '\0' || cJSON_IsObject(reference_given) || p->start_count == 1;
  for (size_t i = 0; i < MAX_SUBSCRIPTIONS; i++) {
    subscription *sub = &s->subscriptions[i];
    if (sub->used && sub->reader == p && (ack_batch(sub, id) || (named && ack_event(s, sub, id)))) {
      return;
    }
  }
  refuse(s, p, "FF10175: Acknowledgment does not match an inflight event + subscription");
}

static void on_message(server *s, peer *p, const char *payload, size_t size) {
  char *text = malloc(size + 1);
  if (text == NULL) {
    abort();
  }
  memcpy(text, payload, size);
  text[size] = '\0';
  cJSON *message = cJSON_ParseWithOpts(text, NULL, 1);
  const char *type = text_of(message, "type");
  if (!cJSON_IsObject(message) || (cJSON_HasObjectItem(message, "type") && type[0] == '\0')) {
    refuse(s, p, "invalid character");
  } else if (strcmp(type, "start") == 0) {
    on_start(s, p, message);
  } else if (strcmp(type, "ack") == 0) {
    on_ack(s, p, message);
  } else {
    refuse(s, p, "FF10177: Unknown action '%s'", type);
  }
  cJSON_Delete(message);
  free(text);
  deliver(s);
}

static void on_close(server *s, peer *p, uint16_t code) {
  char payload[2] = {(char)(code >> 8), (char)(code & 0xFF)};
  send_frame(s, p, EW_FRAME_CLOSE, payload, code == EW_CLOSE_NO_STATUS ? 0 : 2);
  hang_up(s, p);
}

static void greet(const server *s, const peer *p) {
  static const char hello[] = "{\"type\":\"hello\"}";
  send_frame(s, p, EW_FRAME_TEXT, hello, sizeof(hello) - 1);
}

static void on_ping(const server *s, peer *p, const ew_frame_result *ping) {
  if (s->defect == NO_PONG) {
    return;
  }
  if (s->defect == GREETS_LATE && p->ping_count == 1) {
    greet(s, p);
  }
  send_frame(s, p, EW_FRAME_PONG, ping->payload, ping->size);
  p->ping_count++;
}

static void on_frames(server *s, peer *p, char *bytes, size_t size) {
  while (size > 0 && p->fd != 0) {
    ew_frame_result result = {0};
    if (ew_frame_reader_feed(p->reader, bytes, size, &result) != EW_OK) {
      abort();
    }
    bytes += result.consumed;
    size -= result.consumed;
    if (result.event == EW_FRAME_MESSAGE) {
      on_message(s, p, result.payload, result.size);
    } else if (result.event == EW_FRAME_CONTROL && result.opcode == EW_FRAME_PING) {
      on_ping(s, p, &result);
    } else if (result.event == EW_FRAME_CLOSED || result.event == EW_FRAME_VIOLATION) {
      on_close(s, p, result.close_code);
    }
  }
}

/* --------------------------------------------------------------------------------------------------- HTTP */

/* The value of a header into out, "" when it is absent. */
static void find_header(const char *request, const char *name, char *out, size_t size) {
  size_t len = strlen(name);
  out[0] = '\0';
  for (const char *line = strstr(request, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
    if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':') {
      const char *value = line + 3 + len + strspn(line + 3 + len, " ");
      snprintf(out, size, "%.*s", (int)strcspn(value, "\r"), value);
      return;
    }
  }
}

static void upgrade(server *s, peer *p, const char *path) {
  char key[64];
  char accept[32];
  char version[8];
  char head[300];
  bool known = strncmp(path, "/ws", 3) == 0 || strstr(path, "/namespaces/ns1/") != NULL ||
               s->defect == ANY_NAMESPACE;
  find_header(p->request, "Sec-WebSocket-Key", key, sizeof(key));
  find_header(p->request, "Sec-WebSocket-Version", version, sizeof(version));
  if (key[0] == '\0' || strcmp(version, "13") != 0) {
    answer(p, 400, "Bad Request\n");
    hang_up(s, p);
    return;
  }
  if (!known) {
    answer(p, 404, "{\"error\":\"FF10109: Not found\"}");
    hang_up(s, p);
    return;
  }
  accept_key(s->defect == WRONG_ACCEPT ? "AAAAAAAAAAAAAAAAAAAAAA==" : key, accept);
  int len = snprintf(head, sizeof(head), "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                     accept);
  write_all(p->fd, head, (size_t)len);
  p->scoped = strncmp(path, "/ws", 3) != 0;
  if (ew_frame_reader_new(&p->reader, EW_FRAME_FROM_CLIENT, NULL) != EW_OK) {
    abort();
  }
  if (s->defect == GREETS) {
    greet(s, p);
  }
}

static void publish(server *s, const peer *p, char *body) {
  for (char *line = strtok(body, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    cJSON *event = cJSON_Parse(line);
    if (event == NULL || s->event_count == MAX_EVENTS) {
      cJSON_Delete(event);
      answer(p, 400, "{}");
      return;
    }
    s->events[s->event_count++] = event;
    cJSON_AddNumberToObject(event, "sequence", (double)s->event_count);
  }
  answer(p, 200, "{}");
  deliver(s);
}

static void create(server *s, const peer *p, const char *body) {
  cJSON *wanted = cJSON_Parse(body);
  subscription *sub = new_subscription(s, text_of(wanted, "name"), cJSON_GetObjectItem(wanted, "options"));
  cJSON *created = reference(sub);
  char *text = cJSON_PrintUnformatted(created);
  answer(p, 201, text == NULL ? "" : text);
  cJSON_free(text);
  cJSON_Delete(created);
  cJSON_Delete(wanted);
}

static void on_request(server *s, peer *p, char *body) {
  char method[16];
  char path[512];
  char upgrade_to[16];
  if (sscanf(p->request, "%15s %511s", method, path) != 2) {
    hang_up(s, p);
    return;
  }
  find_header(p->request, "Upgrade", upgrade_to, sizeof(upgrade_to));
  if (strcasecmp(upgrade_to, "websocket") == 0) {
    upgrade(s, p, path);
    return;
  }
  if (strncmp(path, "/publish/", 9) == 0) {
    publish(s, p, body);
  } else if (strcmp(method, "POST") == 0) {
    create(s, p, body);
  } else {
    answer(p, strcmp(method, "DELETE") == 0 ? 204 : 400, "");
  }
  hang_up(s, p);
}

static void on_http(server *s, peer *p, const char *bytes, size_t size) {
  char length[16];
  if (size > sizeof(p->request) - 1 - p->request_len) {
    hang_up(s, p);
    return;
  }
  memcpy(p->request + p->request_len, bytes, size);
  p->request_len += size;
  p->request[p->request_len] = '\0';
  char *end = strstr(p->request, "\r\n\r\n");
  if (end == NULL) {
    return;
  }
  find_header(p->request, "Content-Length", length, sizeof(length));
  if (strlen(end + 4) >= strtoul(length, NULL, 10)) {
    on_request(s, p, end + 4);
  }
}

/* --------------------------------------------------------------------------------------------------- loop */

static void on_readable(server *s, peer *p) {
  char bytes[8192];
  ssize_t size = recv(p->fd, bytes, sizeof(bytes), 0);
  if (size <= 0) {
    hang_up(s, p);
  } else if (p->reader != NULL) {
    on_frames(s, p, bytes, (size_t)size);
  } else {
    on_http(s, p, bytes, (size_t)size);
  }
}

static void on_connection(server *s) {
  int fd = accept(s->listener, NULL, NULL);
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  for (size_t i = 0; i < MAX_PEERS; i++) {
    if (s->peers[i].fd == 0) {
      s->peers[i].fd = fd;
      return;
    }
  }
  close(fd);
}

/* Standard input is the leash: when whoever started this goes, it ends. */
static void serve(server *s) {
  for (;;) {
    struct pollfd fds[MAX_PEERS + 2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                        {.fd = s->listener, .events = POLLIN}};
    for (size_t i = 0; i < MAX_PEERS; i++) {
      fds[i + 2] = (struct pollfd){.fd = s->peers[i].fd == 0 ? -1 : s->peers[i].fd, .events = POLLIN};
    }
    if (poll(fds, MAX_PEERS + 2, -1) < 0 || fds[0].revents != 0) {
      return;
    }
    if (fds[1].revents != 0) {
      on_connection(s);
    }
    for (size_t i = 0; i < MAX_PEERS; i++) {
      if (fds[i + 2].revents != 0 && s->peers[i].fd == fds[i + 2].fd) {
        on_readable(s, &s->peers[i]);
      }
    }
  }
}

static bool listen_on_loopback(server *s) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof(address);
  s->listener = socket(AF_INET, SOCK_STREAM, 0);
  if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&address, len) != 0 ||
      listen(s->listener, 16) != 0 ||
      getsockname(s->listener, (struct sockaddr *)&address, &len) != 0) {
    return false;
  }
  printf("port %u\n", ntohs(address.sin_port));
  return fflush(stdout) == 0;
}

static defect find_defect(const char *name) {
  for (int i = 0; i < DEFECT_COUNT; i++) {
    if (strcmp(defect_names[i], name) == 0) {
      return (defect)i;
    }
  }
  return DEFECT_COUNT;
}

static void clear(server *s) {
  for (size_t i = 0; i < MAX_PEERS; i++) {
    if (s->peers[i].fd != 0) {
      hang_up(s, &s->peers[i]);
    }
  }
  for (size_t i = 0; i < s->event_count; i++) {
    cJSON_Delete(s->events[i]);
  }
  close(s->listener);
  free(s);
}

int main(int argc, char **argv) {
  server *s = calloc(1, sizeof(*s));
  if (s == NULL || argc != 2 || find_defect(argv[1]) == DEFECT_COUNT) {
    fprintf(stderr, "usage: broken_server DEFECT\n");
    free(s);
    return 2;
  }
  s->defect = find_defect(argv[1]);
  if (!listen_on_loopback(s)) {
    perror("broken_server");
    free(s);
    return 1;
  }
  serve(s);
  clear(s);
  return 0;
}
