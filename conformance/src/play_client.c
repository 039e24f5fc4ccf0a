#include "player_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------------------------------------- connections */

ew__connection *ew__player_connection(ew__player *p, const cJSON *verbs) {
  const char *name = ew__tree_get_text(verbs, "as", "main");
  for (size_t i = 0; i < p->connection_count; i++) {
    if (strcmp(p->connections[i].name, name) == 0) {
      return &p->connections[i];
    }
  }
  if (p->connection_count == EW__MAX_CONNECTIONS) {
    ew__player_fail(p, "more than %d connections in one case", EW__MAX_CONNECTIONS);
    return NULL;
  }
  ew__connection *c = &p->connections[p->connection_count++];
  c->name = name;
  return c;
}

void ew__connection_shut(ew__player *p, ew__connection *c, bool reset) {
  p->stage->peer->shut(c->link, reset);
  c->link = NULL;
  ew__reply_clear(&c->refusal);
  ew__ctext_clear(&c->close_reason);
}

static bool explain_no_connection(ew__player *p, ew_err err, const char *found) {
  const char *what = err == EW_ERR_CONNECT ? "" : ew_err_text(err); /* which says just that */
  return ew__player_fail(p, "cannot connect%s%s%s%s", what[0] == '\0' ? "" : ": ", what,
                         found[0] == '\0' ? "" : ": ", found);
}

static bool open_as(ew__player *p, ew__connection *c, const ew__call *call) {
  ew_diag diag = {0};
  const char *path = strchr(call->url + 6, '/');
  ew_err err = p->stage->peer->open(p->stage->peer->ctx, call, &c->link, &c->refusal, &diag);
  ew__player_note(p, '>', c, "connect ", ew_str_of(path == NULL ? "/" : path));
  switch (err) {
  case EW_OK:
    c->state = EW__CONNECTION_OPEN;
    return true;
  case EW_ERR_REFUSED: {
    char status[32];
    snprintf(status, sizeof(status), "refused with status %d ", c->refusal.status);
    c->state = EW__CONNECTION_REFUSED;
    ew__player_note(p, '<', c, status, ew_str_from(c->refusal.body, c->refusal.size));
    return true;
  }
  case EW_ERR_NOMEM:
    return ew__player_no_memory(p);
  default:
    p->outcome->no_connection = err == EW_ERR_CONNECT;
    return explain_no_connection(p, err, diag.found);
  }
}

bool ew__connection_open(ew__player *p, ew__connection *c, const cJSON *how) {
  ew__header_list headers = {0};
  ew__ctext url = {0};
  ew__connection_shut(p, c, false);
  c->state = EW__CONNECTION_FRESH;
  c->how = how;
  const cJSON *defaults = p->kase->suite->defaults;
  const cJSON *map = ew__tree_get(how, "headers");
  bool ok = ew__player_url(p, false, ew__tree_get_text(how, "path", ew__tree_get_text(defaults, "path", "/")),
                           &url);
  ok = ok && ew__headers_add_map(p, &headers, map == NULL ? ew__tree_get(defaults, "headers") : map) &&
       ew__headers_add_auth(p, &headers, how);
  if (ok) {
    const char *const *lines = ew__headers_lines(&headers);
    ew__call call = {.method = "GET", .url = ew__ctext_str(&url), .headers = lines,
                     .timeout_ms = p->stage->timeout_ms};
    ok = open_as(p, c, &call);
  }
  ew__ctext_clear(&url);
  ew__headers_clear(&headers);
  return ok;
}

bool ew__connection_need(ew__player *p, ew__connection *c) {
  if (c->state == EW__CONNECTION_FRESH && !ew__connection_open(p, c, NULL)) {
    return false;
  }
  if (c->state == EW__CONNECTION_REFUSED || c->state == EW__CONNECTION_REFUSAL_SEEN) {
    return ew__player_fail(p, "the server refused the connection with status %d", c->refusal.status);
  }
  return true;
}

/* ------------------------------------------------------------------------------------------------ sending */

typedef struct outgoing {
  ew_frame frame;
  ew__ctext payload;
  bool declared; /* frame.length is what the case says, not the size of the payload */
} outgoing;

static int opcode_of(const cJSON *node, int fallback) {
  static const struct {
    const char *name;
    int opcode;
  } names[] = {{"continuation", 0}, {"text", 1}, {"binary", 2}, {"close", 8}, {"ping", 9}, {"pong", 10}};
  if (cJSON_IsNumber(node)) {
    return (int)node->valuedouble;
  }
  for (size_t i = 0; cJSON_IsString(node) && i < sizeof(names) / sizeof(names[0]); i++) {
    if (strcmp(names[i].name, node->valuestring) == 0) {
      return names[i].opcode;
    }
  }
  return fallback;
}

static bool decode_base64(ew__player *p, const char *text, ew__ctext *out) {
  size_t size = strlen(text) + 16;
  void *block = malloc(size);
  ew_arena arena;
  ew_str bytes = {0};
  if (block == NULL) {
    return ew__player_no_memory(p);
  }
  ew_arena_init(&arena, block, size);
  ew_err err = ew_base64_decode(ew_str_of(text), &arena, &bytes);
  if (err == EW_OK) {
    ew__ctext_append(out, bytes.ptr, bytes.len);
  }
  free(block);
  return err == EW_OK || ew__player_fail(p, "\"%s\" is no Base64", text);
}

/* In a tree U+0000 stands as C0 80: on the wire it is one byte. */
static void append_bytes(const char *text, ew__ctext *out) {
  for (; *text != '\0'; text++) {
    if ((unsigned char)text[0] == 0xC0 && (unsigned char)text[1] == 0x80) {
      ew__ctext_append(out, "", 1);
      text++;
    } else {
      ew__ctext_append(out, text, 1);
    }
  }
}

static bool raw_payload(ew__player *p, const char *text, ew__ctext *out) {
  ew__ctext expanded = {0};
  bool ok = ew__player_expand(p, text, &expanded);
  append_bytes(ew__ctext_str(&expanded), out);
  ew__ctext_clear(&expanded);
  return ok;
}

static bool frame_fields(ew__player *p, const cJSON *fields, outgoing *out) {
  ew_frame *frame = &out->frame;
  frame->fin = !cJSON_IsFalse(ew__tree_get(fields, "fin"));
  frame->masked = !cJSON_IsFalse(ew__tree_get(fields, "mask"));
  frame->opcode = (uint8_t)opcode_of(ew__tree_get(fields, "opcode"), 1);
  const cJSON *rsv = ew__tree_get(fields, "rsv");
  const cJSON *form = ew__tree_get(fields, "length_form");
  const cJSON *length = ew__tree_get(fields, "length");
  frame->rsv = (uint8_t)(rsv == NULL ? 0 : rsv->valuedouble);
  frame->length_form = (uint8_t)(form == NULL ? 0 : form->valuedouble);
  if (length != NULL) {
    frame->length = strtoull(length->valuestring, NULL, 10);
    out->declared = true;
  }
  const char *base64 = ew__tree_get_text(fields, "payload_base64", NULL);
  return base64 != NULL ? decode_base64(p, base64, &out->payload)
                        : raw_payload(p, ew__tree_get_text(fields, "payload", ""), &out->payload);
}

static bool make_outgoing(ew__player *p, const cJSON *send, outgoing *out) {
  const cJSON *frame = ew__tree_get(send, "$frame");
  const char *raw = ew__tree_get_text(send, "$raw", NULL);
  const char *base64 = ew__tree_get_text(send, "$base64", NULL);
  if (ew__match_is_matcher(send)) {
    return frame != NULL ? frame_fields(p, frame, out)
                         : raw != NULL ? raw_payload(p, raw, &out->payload) : decode_base64(p, base64, &out->payload);
  }
  cJSON *value = ew__player_resolve(p, send);
  if (value == NULL) {
    return false;
  }
  ew__tree_write(value, &out->payload);
  cJSON_Delete(value);
  return true;
}

/*
 * A connection that the server has ended already shows it at the next
 * look: writing is not where a case fails.
 */
static bool write_bytes(ew__player *p, ew__connection *c, ew_str bytes) {
  ew_err err = c->link == NULL ? EW_ERR_CLOSED : p->stage->peer->write(c->link, bytes);
  if (err == EW_ERR_CLOSED) {
    ew__player_note(p, '-', c, "could not be sent: the server has ended the connection", EW_STR(""));
    return true;
  }
  return err == EW_OK || (err == EW_ERR_NOMEM ? ew__player_no_memory(p) : ew__player_fail(p, "cannot send: %s", ew_err_text(err)));
}

static bool write_chopped(ew__player *p, ew__connection *c, ew_str bytes, size_t chop) {
  bool ok = true;
  for (size_t at = 0; ok && at < bytes.len; at += chop) {
    size_t size = bytes.len - at < chop ? bytes.len - at : chop;
    ok = write_bytes(p, c, ew_str_from(bytes.ptr + at, size));
  }
  return ok;
}

/* payload is masked in a copy. */
static bool write_frame(ew__player *p, ew__connection *c, ew_frame frame, ew_str payload, size_t chop) {
  unsigned char header[EW_FRAME_HEADER_MAX];
  uint64_t random = ew__player_random(p);
  memcpy(frame.mask, &random, sizeof(frame.mask));
  size_t header_size = ew_frame_header(&frame, header);
  ew__ctext bytes = {0};
  char head[EW_FRAME_HEADER_MAX];
  memcpy(head, header, header_size);
  ew__ctext_append(&bytes, head, header_size);
  ew__ctext_append(&bytes, payload.ptr, payload.len);
  if (bytes.failed) {
    return ew__player_no_memory(p);
  }
  if (frame.masked) {
    ew_frame_mask(bytes.ptr + header_size, payload.len, frame.mask, 0);
  }
  bool ok = write_chopped(p, c, ew_str_from(bytes.ptr, bytes.len), chop == 0 ? bytes.len : chop);
  ew__ctext_clear(&bytes);
  return ok;
}

/* The sizes of the case first, then the rest; the first frame has the opcode, the last one FIN. */
static bool write_fragments(ew__player *p, ew__connection *c, const outgoing *out, const cJSON *sizes,
                            size_t chop) {
  ew_str payload = ew_str_from(ew__ctext_str(&out->payload), out->payload.len);
  ew_frame frame = out->frame;
  const cJSON *size = sizes == NULL ? NULL : sizes->child;
  size_t at = 0;
  for (;;) {
    size_t rest = payload.len - at;
    size_t len = size == NULL || size->valuedouble > (double)rest ? rest : (size_t)size->valuedouble;
    bool last = size == NULL;
    frame.fin = out->frame.fin && last;
    frame.length = out->declared ? out->frame.length : len;
    if (!write_frame(p, c, frame, ew_str_from(payload.ptr + at, len), chop)) {
      return false;
    }
    if (last) {
      return true;
    }
    frame.opcode = EW_FRAME_CONTINUATION;
    at += len;
    size = size->next;
  }
}

static bool client_send(ew__player *p, ew__connection *c, const cJSON *verbs) {
  outgoing out = {.frame = {.fin = true, .masked = true, .opcode = EW_FRAME_TEXT}};
  bool ok = make_outgoing(p, ew__tree_get(verbs, "send"), &out);
  const cJSON *opcode = ew__tree_get(verbs, "opcode");
  out.frame.opcode = (uint8_t)opcode_of(opcode, out.frame.opcode);
  if (out.payload.failed) {
    ok = ew__player_no_memory(p);
  }
  for (size_t i = ew__count_of(verbs, "repeat", 1); ok && i > 0; i--) {
    ew__player_note(p, '>', c, out.frame.opcode == EW_FRAME_TEXT ? "" : "(not text) ",
                    ew_str_from(ew__ctext_str(&out.payload), out.payload.len));
    ok = write_fragments(p, c, &out, ew__tree_get(verbs, "fragment"), ew__count_of(verbs, "chop", 0));
  }
  ew__ctext_clear(&out.payload);
  return ok;
}

bool ew__connection_send_control(ew__player *p, ew__connection *c, ew_frame_opcode opcode, ew_str payload) {
  ew_frame frame = {.fin = true, .masked = true, .opcode = (uint8_t)opcode, .length = payload.len};
  return write_frame(p, c, frame, payload, 0);
}

static bool client_ping(ew__player *p, ew__connection *c, const char *text) {
  ew__ctext payload = {0};
  bool ok = ew__player_expand(p, text, &payload);
  ew_str bytes = ew_str_from(ew__ctext_str(&payload), payload.len);
  if (ok) {
    ew__player_note(p, '>', c, "ping ", bytes);
    ok = ew__connection_send_control(p, c, EW_FRAME_PING, bytes);
  }
  ew__ctext_clear(&payload);
  return ok;
}

static bool client_close(ew__player *p, ew__connection *c, const cJSON *close) {
  const cJSON *code = cJSON_IsNumber(close) ? close : ew__tree_get(close, "code");
  ew__ctext payload = {0};
  if (code != NULL) {
    unsigned value = (unsigned)code->valuedouble;
    char bytes[2] = {(char)(value >> 8 & 0xFF), (char)(value & 0xFF)};
    ew__ctext_append(&payload, bytes, 2);
  }
  bool ok = ew__player_expand(p, ew__tree_get_text(close, "reason", ""), &payload);
  if (ok) {
    ew__player_note(p, '>', c, "close ", ew_str_of(code == NULL ? "" : code->valuestring));
    ok = ew__connection_send_control(p, c, EW_FRAME_CLOSE, ew_str_from(ew__ctext_str(&payload), payload.len));
  }
  ew__ctext_clear(&payload);
  return ok;
}

static bool client_drop(ew__player *p, ew__connection *c) {
  ew__connection_shut(p, c, true);
  c->state = EW__CONNECTION_ENDED;
  c->close_code = 0;
  ew__player_note(p, '-', c, "dropped by the client", EW_STR(""));
  return true;
}

bool ew__play_client(ew__player *p, const cJSON *verbs) {
  ew__connection *c = ew__player_connection(p, verbs);
  if (c == NULL) {
    return false;
  }
  const cJSON *how = ew__tree_get(verbs, "connect");
  if (how != NULL) {
    return ew__connection_open(p, c, how);
  }
  how = ew__tree_get(verbs, "reconnect");
  if (how != NULL) {
    return ew__connection_open(p, c, how->child == NULL ? c->how : how);
  }
  if (!ew__connection_need(p, c)) {
    return false;
  }
  if (ew__tree_get(verbs, "send") != NULL) {
    return client_send(p, c, verbs);
  }
  if (ew__tree_get(verbs, "ping") != NULL) {
    return client_ping(p, c, ew__tree_get_text(verbs, "ping", ""));
  }
  const cJSON *close = ew__tree_get(verbs, "close");
  return close != NULL ? client_close(p, c, close) : client_drop(p, c);
}
