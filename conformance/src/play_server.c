#include "player_internal.h"

#include <stdio.h>
#include <string.h>

static void end_connection(ew__player *p, ew__connection *c, const ew__arrival *arrival) {
  char what[64];
  snprintf(what, sizeof(what), arrival->code == EW_CLOSE_ABNORMAL ? "TCP ended without a Close frame" : "close %u ", arrival->code);
  ew__player_note(p, '<', c, what, arrival->payload);
  c->state = EW__CONNECTION_ENDED;
  c->close_code = arrival->code;
  ew__ctext_reset(&c->close_reason);
  ew__ctext_append(&c->close_reason, arrival->payload.ptr, arrival->payload.len);
}

/* Waits until the deadline. False after ew__player_fail() or when nothing came: *timed_out tells which. */
static bool receive(ew__player *p, ew__connection *c, uint64_t deadline, ew__arrival *out, bool *timed_out) {
  uint64_t now = ew__player_now();
  *timed_out = false;
  if (c->state == EW__CONNECTION_ENDED) {
    *out = (ew__arrival){.kind = EW__ARRIVAL_CLOSE, .code = c->close_code, .payload = ew_str_from(ew__ctext_str(&c->close_reason), c->close_reason.len)};
    return true;
  }
  ew_err err = p->stage->peer->read(c->link, deadline > now ? (uint32_t)(deadline - now) : 0, out);
  if (err == EW_ERR_TIMEOUT) {
    *timed_out = true;
    return false;
  }
  if (err != EW_OK) {
    return err == EW_ERR_NOMEM ? ew__player_no_memory(p)
                               : ew__player_fail(p, "cannot receive: %s", ew_err_text(err));
  }
  if (out->kind == EW__ARRIVAL_MESSAGE) {
    ew__player_note(p, '<', c, out->binary ? "(binary) " : "", out->payload);
  } else if (out->kind == EW__ARRIVAL_PONG) {
    ew__player_note(p, '<', c, "pong ", out->payload);
  } else if (out->kind == EW__ARRIVAL_CLOSE) {
    end_connection(p, c, out);
  } else {
    return ew__player_fail(p, "the server broke RFC 6455: %.*s", EW_STR_ARG(out->payload));
  }
  return true;
}

static bool unexpected_end(ew__player *p, const ew__arrival *arrival, const char *instead_of) {
  if (arrival->code == EW_CLOSE_ABNORMAL) {
    return ew__player_fail(p, "the server ended TCP without a Close frame instead of %s", instead_of);
  }
  return arrival->code == 0 ? ew__player_fail(p, "the case has ended this connection itself")
                            : ew__player_fail(p, "the server closed with code %u instead of %s",
                                              arrival->code, instead_of);
}

/* The next message. Pongs that nobody asked for are no fault (RFC 6455 section 5.5.3). */
static bool receive_message(ew__player *p, ew__connection *c, uint32_t timeout_ms, ew__arrival *out) {
  uint64_t deadline = ew__player_now() + timeout_ms;
  bool timed_out = false;
  do {
    if (!receive(p, c, deadline, out, &timed_out)) {
      return timed_out ? ew__player_fail(p, "no message came within %u ms", timeout_ms) : false;
    }
  } while (out->kind == EW__ARRIVAL_PONG);
  return out->kind == EW__ARRIVAL_MESSAGE || unexpected_end(p, out, "a message");
}

static bool refuse_message(ew__player *p, const char *why, const ew__arrival *arrival) {
  ew__player_fail(p, "%s", why);
  ew__ctext_append_visible(&p->outcome->got, arrival->payload.ptr, arrival->payload.len, EW__MAX_ROW_BYTES);
  return false;
}

static bool parse_message(ew__player *p, const ew__arrival *arrival, bool want_binary, cJSON **out) {
  ew_diag diag = {0};
  if (arrival->binary != want_binary) {
    return refuse_message(p, want_binary ? "the message is not binary" : "the message is binary", arrival);
  }
  if (!arrival->binary && !arrival->valid_utf8) {
    return refuse_message(p, "the text message is not valid UTF-8 (RFC 6455 section 8.1)", arrival);
  }
  ew_err err = ew__tree_parse(arrival->payload, out, &diag);
  if (err == EW_ERR_NOMEM) {
    return ew__player_no_memory(p);
  }
  if (err != EW_OK) {
    char line[300];
    ew_diag_format(&diag, line, sizeof(line));
    ew__player_fail(p, "the message is not JSON: %s", line);
    return refuse_message(p, "", arrival);
  }
  return true;
}

static bool server_message(ew__player *p, ew__connection *c, const cJSON *verbs) {
  ew__arrival arrival;
  cJSON *got = NULL;
  uint32_t timeout_ms = ew__player_timeout(p, verbs);
  if (!receive_message(p, c, timeout_ms, &arrival)) {
    return false;
  }
  bool want_binary = strcmp(ew__tree_get_text(verbs, "opcode", "text"), "binary") == 0;
  if (!parse_message(p, &arrival, want_binary, &got)) {
    return false;
  }
  ew__match match = ew__player_match(p);
  match.root = got;
  match.text = arrival.payload;
  bool ok = ew__player_compare(p, &match, "the message", ew__tree_get(verbs, "message"), got);
  cJSON_Delete(got);
  const cJSON *raw = ew__tree_get(verbs, "raw");
  return ok && (raw == NULL || ew__player_compare_text(p, "the text of the message", raw, arrival.payload));
}

/* As many messages as the expectation lists, or count of them, compared as one array. */
static size_t message_count(const cJSON *verbs, const cJSON *expected) {
  const cJSON *unordered = ew__tree_get(expected, "$unordered");
  const cJSON *list = cJSON_IsArray(expected) ? expected : unordered;
  return ew__count_of(verbs, "count", list == NULL ? 1 : (size_t)cJSON_GetArraySize(list));
}

static bool server_messages(ew__player *p, ew__connection *c, const cJSON *verbs) {
  const cJSON *expected = ew__tree_get(verbs, "messages");
  uint64_t deadline = ew__player_now() + ew__player_timeout(p, verbs);
  cJSON *all = cJSON_CreateArray();
  bool ok = all != NULL || ew__player_no_memory(p);
  for (size_t i = message_count(verbs, expected); ok && i > 0; i--) {
    ew__arrival arrival;
    cJSON *got = NULL;
    uint64_t now = ew__player_now();
    ok = receive_message(p, c, deadline > now ? (uint32_t)(deadline - now) : 0, &arrival) &&
         parse_message(p, &arrival, false, &got);
    ok = ok && (ew__tree_add(all, NULL, got) || ew__player_no_memory(p));
  }
  if (ok) {
    ew__match match = ew__player_match(p);
    ok = ew__player_compare(p, &match, "the list of messages", expected, all);
  }
  cJSON_Delete(all);
  return ok;
}

/*
 * Waits for the pong with that payload, for the time of the step counted
 * from started_ms. Other pongs are passed over.
 */
static bool await_pong(ew__player *p, ew__connection *c, ew_str payload, uint64_t started_ms) {
  uint32_t timeout_ms = ew__player_timeout(p, p->step);
  ew__arrival arrival;
  bool timed_out = false;
  do {
    if (!receive(p, c, started_ms + timeout_ms, &arrival, &timed_out)) {
      return timed_out ? ew__player_fail(p, "no pong came within %u ms", timeout_ms) : false;
    }
    if (arrival.kind == EW__ARRIVAL_CLOSE) {
      return unexpected_end(p, &arrival, "a pong");
    }
    if (arrival.kind == EW__ARRIVAL_MESSAGE) {
      return refuse_message(p, "a message came where there should be nothing but a pong", &arrival);
    }
  } while (!ew_str_equal(arrival.payload, payload));
  return true;
}

static bool server_pong(ew__player *p, ew__connection *c, const char *text) {
  ew__ctext want = {0};
  bool ok = ew__player_expand(p, text, &want) &&
            await_pong(p, c, ew_str_from(ew__ctext_str(&want), want.len), ew__player_now());
  ew__ctext_clear(&want);
  return ok;
}

/* True when nothing but pongs came in the window. */
static bool stays_quiet(ew__player *p, ew__connection *c, uint32_t quiet_ms) {
  uint64_t deadline = ew__player_now() + quiet_ms;
  ew__arrival arrival = {.kind = EW__ARRIVAL_PONG};
  bool timed_out = false;
  while (arrival.kind == EW__ARRIVAL_PONG) {
    if (!receive(p, c, deadline, &arrival, &timed_out)) {
      return timed_out;
    }
  }
  return arrival.kind == EW__ARRIVAL_CLOSE ? unexpected_end(p, &arrival, "silence")
                                           : refuse_message(p, "a message came where there should be none",
                                                            &arrival);
}

static bool ping_and_await(ew__player *p, ew__connection *c, uint64_t started_ms) {
  char payload[32];
  snprintf(payload, sizeof(payload), "barrier-%u", ++p->barrier_count);
  ew_str bytes = ew_str_of(payload);
  ew__player_note(p, '>', c, "ping ", bytes);
  return ew__connection_send_control(p, c, EW_FRAME_PING, bytes) && await_pong(p, c, bytes, started_ms);
}

/*
 * Absence cannot be waited for. So: a window for what the server may do on its own account, then two pings.
 * One proves nothing: libwebsockets answers it ahead of messages that are queued already. Those leave before
 * it deals with the next frame, so they come before the second pong. The second ping waits for the first
 * pong, as libwebsockets drops a ping while it still owes a pong.
 */
static bool server_nothing(ew__player *p, ew__connection *c, const cJSON *nothing) {
  uint32_t quiet_ms = 0;
  const char *quiet = ew__tree_get_text(nothing, "quiet", NULL);
  if (quiet != NULL && (!ew__player_duration(p, quiet, &quiet_ms) || !stays_quiet(p, c, quiet_ms))) {
    return false;
  }
  uint64_t started_ms = ew__player_now();
  return ping_and_await(p, c, started_ms) && ping_and_await(p, c, started_ms);
}

static bool server_close(ew__player *p, ew__connection *c, const cJSON *close, uint32_t timeout_ms) {
  const cJSON *code = cJSON_IsObject(close) && !ew__match_is_matcher(close) ? ew__tree_get(close, "code") : close;
  const cJSON *reason = ew__tree_get(close, "reason");
  uint64_t deadline = ew__player_now() + timeout_ms;
  ew__arrival arrival;
  bool timed_out = false;
  do {
    if (!receive(p, c, deadline, &arrival, &timed_out)) {
      return timed_out ? ew__player_fail(p, "the connection was not closed within %u ms", timeout_ms) : false;
    }
  } while (arrival.kind == EW__ARRIVAL_PONG);
  if (arrival.kind == EW__ARRIVAL_MESSAGE) {
    return refuse_message(p, "a message came instead of the end of the connection", &arrival);
  }
  if (arrival.code == 0) {
    return unexpected_end(p, &arrival, "");
  }
  if (code != NULL && !ew__player_compare_code(p, "the close code", code, arrival.code)) {
    return false;
  }
  return reason == NULL || ew__player_compare_text(p, "the close reason", reason,
                                                   ew_str_from(ew__ctext_str(&c->close_reason),
                                                               c->close_reason.len));
}

static bool server_refuse(ew__player *p, ew__connection *c, const cJSON *refuse) {
  if (c->state == EW__CONNECTION_FRESH && !ew__connection_open(p, c, NULL)) {
    return false;
  }
  if (c->state != EW__CONNECTION_REFUSED) {
    return ew__player_fail(p, "the server accepted a connection that it should refuse");
  }
  c->state = EW__CONNECTION_REFUSAL_SEEN;
  if (!ew__player_compare_code(p, "the status of the refusal", ew__tree_get(refuse, "status"),
                               (unsigned)c->refusal.status)) {
    return false;
  }
  const cJSON *body = ew__tree_get(refuse, "body");
  return body == NULL || ew__player_compare_body(p, body, &c->refusal);
}

bool ew__play_server(ew__player *p, const cJSON *verbs) {
  ew__connection *c = ew__player_connection(p, verbs);
  if (c == NULL) {
    return false;
  }
  const cJSON *refuse = ew__tree_get(verbs, "refuse");
  if (refuse != NULL) {
    return server_refuse(p, c, refuse);
  }
  if (!ew__connection_need(p, c)) {
    return false;
  }
  if (ew__tree_get(verbs, "message") != NULL) {
    return server_message(p, c, verbs);
  }
  if (ew__tree_get(verbs, "messages") != NULL) {
    return server_messages(p, c, verbs);
  }
  const char *pong = ew__tree_get_text(verbs, "pong", NULL);
  if (pong != NULL) {
    return server_pong(p, c, pong);
  }
  const cJSON *close = ew__tree_get(verbs, "close");
  return close != NULL ? server_close(p, c, close, ew__player_timeout(p, verbs))
                       : server_nothing(p, c, ew__tree_get(verbs, "nothing"));
}
