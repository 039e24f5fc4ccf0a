/*
 * The client side of Kaleido event streams: listen on open, one answer per batch. A lost connection
 * forgets the batch it was at; the server sends it again, or not, as its stream is set.
 *
 * What a delivery says, since the protocol has no id of an event:
 *   id        transactionHash, which several events of one transaction share; blockHash for a block
 *             event; the request's id for a reply
 *   type      signature; listenerType for a block event; headers.type for a reply
 *   source    subId; empty for a reply
 *   sequence  batchNumber, 0 where batches have none
 */
#include <stdio.h>
#include <stdlib.h>

#include "check_internal.h"
#include "eventwire/kaleido.h"
#include "memory_internal.h"
#include "subscriber_internal.h"

#define DEFAULT_PATH "/ws"
#define MAX_TARGET_BYTES ((size_t)65536)

typedef struct kaleido_subscriber {
  ew_subscriber base; /* first */
  ew_str topic;
  bool replies;
  ew_str authorization; /* "Basic ...", empty without user and password */
  ew__text target;
  ew__text text;
  ew__scratch scratch;
} kaleido_subscriber;

static kaleido_subscriber *kaleido(ew_subscriber *base) { return (kaleido_subscriber *)base; }

/* ------------------------------------------------------------------------------------------ the connection */

static uint32_t path_length(ew_str url_path) {
  uint32_t len = 0;
  while (len < url_path.len && url_path.ptr[len] != '?') {
    len++;
  }
  return len;
}

static ew_err on_connect(ew_subscriber *base, ew_str url_path, ew_request *request) {
  kaleido_subscriber *subscriber = kaleido(base);
  uint32_t len = path_length(url_path);
  ew_str path = ew_str_from(url_path.ptr, len);
  if (len == 0 || ew_str_equal(path, EW_STR("/"))) {
    path = EW_STR(DEFAULT_PATH);
  }
  ew__text_reset(&subscriber->target);
  ew_err err = ew__text_append(&subscriber->target, path);
  if (err == EW_OK && len < url_path.len) {
    err = ew__text_append(&subscriber->target, ew_str_from(url_path.ptr + len, url_path.len - len));
  }
  if (err != EW_OK) {
    return err;
  }
  *request = (ew_request){.upgrade = true, .method = "GET", .target = ew_buf_str(&subscriber->target.buf)};
  if (subscriber->authorization.len > 0) {
    request->headers[request->header_count++] =
        (ew_http_header){EW_STR("authorization"), subscriber->authorization};
  }
  return EW_OK;
}

static ew_err send_command(kaleido_subscriber *subscriber, const char *message,
                           const void *command) {
  const ew_type *type = ew_document_find(&ew_kaleido_document, ew_str_of(message))->type;
  ew__text_reset(&subscriber->text);
  ew_err err = ew__text_encode(&subscriber->text, type, command, NULL);
  return err == EW_OK ? ew__subscriber_send(&subscriber->base, ew_buf_str(&subscriber->text.buf))
                      : err;
}

static void on_open(ew_subscriber *base, uint64_t now) {
  (void)now;
  kaleido_subscriber *subscriber = kaleido(base);
  ew_kaleido_listen listen = {.has_topic = subscriber->topic.len > 0, .topic = subscriber->topic};
  ew_err err = send_command(subscriber, "listen", &listen);
  if (err == EW_OK && subscriber->replies) {
    ew_kaleido_listen_replies replies = {0};
    err = send_command(subscriber, "listenReplies", &replies);
  }
  if (err == EW_OK) {
    ew__subscriber_ready(base);
  }
}

/* ---------------------------------------------------------------------------------------------- deliveries */

static bool deliver_event(kaleido_subscriber *subscriber, const ew_kaleido_event *event,
                          ew_delivery *delivery) {
  delivery->id = event->transaction_hash;
  delivery->type = event->signature;
  delivery->source = event->sub_id;
  return ew__subscriber_event(&subscriber->base, delivery);
}

static bool deliver_numbered(kaleido_subscriber *subscriber, const ew_kaleido_numbered_event *event,
                             ew_delivery *delivery) {
  delivery->id = event->has_transaction_hash ? event->transaction_hash : event->block_hash;
  delivery->type = event->has_signature ? event->signature : event->listener_type_text;
  delivery->source = event->sub_id;
  return ew__subscriber_event(&subscriber->base, delivery);
}

/* A delivery of the element of list that begins behind *cursor. */
static ew_delivery next_delivery(ew_raw list, size_t *cursor, uint32_t index, uint32_t count,
                                 int64_t number) {
  ew_delivery delivery = {.index = index, .count = count, .sequence = (uint64_t)number};
  ew_str key;
  (void)ew_raw_next(list, cursor, &key, &delivery.event);
  return delivery;
}

/*
 * Without a number, or with the 0 that a server reads where there is none, the member is left out.
 */
static void acknowledge(kaleido_subscriber *subscriber, int64_t number) {
  ew_kaleido_ack ack = {.has_topic = subscriber->topic.len > 0,
                        .topic = subscriber->topic,
                        .has_batch_number = number > 0,
                        .batch_number = number};
  (void)send_command(subscriber, "ack", &ack);
}

static void reject(kaleido_subscriber *subscriber, int64_t number, uint32_t index) {
  char reason[64];
  snprintf(reason, sizeof(reason), "event %lu of the batch was refused", (unsigned long)index + 1);
  ew_kaleido_error error = {.has_topic = subscriber->topic.len > 0,
                            .topic = subscriber->topic,
                            .has_message = true,
                            .message = ew_str_of(reason),
                            .has_batch_number = number > 0,
                            .batch_number = number};
  (void)send_command(subscriber, "error", &error);
}

/* delivered: how many events were done with, in their order; the one behind them was refused. */
static void answer_batch(kaleido_subscriber *subscriber, uint32_t delivered, uint32_t count,
                         int64_t number) {
  if (subscriber->base.ack == EW_ACK_NONE) {
    return;
  }
  if (delivered == count) {
    acknowledge(subscriber, number);
  } else {
    reject(subscriber, number, delivered);
  }
}

static void on_batch(kaleido_subscriber *subscriber, ew_raw message,
                     const ew_kaleido_event_batch *batch) {
  size_t cursor = 0;
  uint32_t done = 0;
  bool accepted = true;
  while (done < batch->count && accepted) {
    ew_delivery delivery = next_delivery(message, &cursor, done, batch->count, 0);
    accepted = deliver_event(subscriber, &batch->items[done], &delivery);
    done += accepted ? 1 : 0;
  }
  answer_batch(subscriber, done, batch->count, 0);
}

static bool is_events(ew_str key, bool folded) {
  static const char name[] = "events";
  char block[128];
  ew_arena arena;
  ew_arena_init(&arena, block, sizeof(block));
  /* The key's view stands between its quotes. */
  ew_raw quoted = {ew_str_from(key.ptr - 1, (size_t)key.len + 2)};
  ew_str text;
  if (ew_raw_string(quoted, &arena, &text) != EW_OK || text.len != sizeof(name) - 1) {
    return false;
  }
  for (uint32_t i = 0; i < text.len; i++) {
    bool same = text.ptr[i] == name[i] || (folded && text.ptr[i] == name[i] - ('a' - 'A'));
    if (!same) {
      return false;
    }
  }
  return true;
}

/*
 * The list of a numbered batch as it was received. Another spelling of its name counts where there
 * is no exact one.
 */
static ew_raw find_events(ew_raw message, ew_profile profile) {
  ew_raw exact = {{0}};
  ew_raw folded = {{0}};
  ew_raw value;
  ew_str key;
  size_t cursor = 0;
  while (ew_raw_next(message, &cursor, &key, &value)) {
    if (is_events(key, false)) {
      exact = value;
    } else if (profile == EW_COMPAT && is_events(key, true)) {
      folded = value;
    }
  }
  return exact.json.len > 0 ? exact : folded;
}

static uint32_t count_items(ew_raw list) {
  uint32_t count = 0;
  size_t cursor = 0;
  ew_raw value;
  ew_str key;
  while (ew_raw_next(list, &cursor, &key, &value)) {
    count++;
  }
  return count;
}

static void on_numbered_batch(kaleido_subscriber *subscriber, ew_raw message,
                              const ew_kaleido_numbered_batch *batch) {
  ew_raw list = find_events(message, subscriber->base.profile);
  size_t cursor = 0;
  uint32_t count = batch->events.count;
  uint32_t done = 0;
  if (count_items(list) != count) {
    ew_diag diag;
    (void)ew__diag_say(&diag, EW_ERR_DUPLICATE, "/events", "one list of events", EW_STR("two"));
    ew__subscriber_bad_message(&subscriber->base, &diag, message.json);
    return;
  }
  bool accepted = true;
  while (done < count && accepted) {
    ew_delivery delivery = next_delivery(list, &cursor, done, count, batch->batch_number);
    accepted = deliver_numbered(subscriber, &batch->events.items[done], &delivery);
    done += accepted ? 1 : 0;
  }
  answer_batch(subscriber, done, count, batch->batch_number);
}

/* Nobody answers a reply. */
static void on_reply(kaleido_subscriber *subscriber, ew_raw message,
                     const ew_kaleido_reply *reply) {
  ew_delivery delivery = {
      .event = message,
      .id = reply->headers.has_request_id ? reply->headers.request_id : reply->id,
      .type = reply->headers.type_text,
      .count = 1};
  (void)ew__subscriber_event(&subscriber->base, &delivery);
}

/* ------------------------------------------------------------------------------------------------- messages */

static bool is_white(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* The server ends every message with a line feed. */
static ew_raw trimmed(ew_str message) {
  while (message.len > 0 && is_white(message.ptr[message.len - 1])) {
    message.len--;
  }
  while (message.len > 0 && is_white(message.ptr[0])) {
    message.ptr++;
    message.len--;
  }
  return (ew_raw){message};
}

static ew_err read_message(kaleido_subscriber *subscriber, ew_opcode opcode, ew_str message,
                           ew_kaleido_server_message *out, ew_diag *diag) {
  if (opcode != EW_TEXT && subscriber->base.profile == EW_STRICT) {
    return ew__diag_say(diag, EW_ERR_TYPE, "", "a text message", EW_STR("a binary message"));
  }
  ew_decode_options opts = {.profile = subscriber->base.profile};
  ew_err err = ew__scratch_decode(&subscriber->scratch, ew_kaleido_document.to_client, message,
                                  &opts, out, diag);
  if (err != EW_OK && diag->err != err) {
    return ew__diag_say(diag, err, "", "", EW_STR(""));
  }
  return err;
}

static void on_receive(ew_subscriber *base, ew_opcode opcode, ew_str message, uint64_t now) {
  (void)now;
  kaleido_subscriber *subscriber = kaleido(base);
  ew_kaleido_server_message decoded;
  ew_diag diag = {.err = EW_OK};
  if (read_message(subscriber, opcode, message, &decoded, &diag) != EW_OK) {
    ew__subscriber_bad_message(base, &diag, message);
    return;
  }
  ew_raw raw = trimmed(message);
  switch (decoded.kind) {
  case EW_KALEIDO_SERVER_MESSAGE_NONE:
    break;
  case EW_KALEIDO_SERVER_MESSAGE_EVENT_BATCH:
    on_batch(subscriber, raw, &decoded.event_batch);
    break;
  case EW_KALEIDO_SERVER_MESSAGE_NUMBERED_BATCH:
    on_numbered_batch(subscriber, raw, &decoded.numbered_batch);
    break;
  case EW_KALEIDO_SERVER_MESSAGE_REPLY:
    on_reply(subscriber, raw, &decoded.reply);
    break;
  }
}

/* ----------------------------------------------------------------------------------------------------- life */

static void on_free(ew_subscriber *base) {
  kaleido_subscriber *subscriber = kaleido(base);
  ew__str_free(&subscriber->topic);
  ew__str_free(&subscriber->authorization);
  ew__text_clear(&subscriber->target);
  ew__text_clear(&subscriber->text);
  ew__scratch_clear(&subscriber->scratch);
  free(subscriber);
}

static const ew__subscriber_ops ops = {.document = &ew_kaleido_document,
                                       .free = on_free,
                                       .connect = on_connect,
                                       .open = on_open,
                                       .receive = on_receive};

ew_err ew__kaleido_subscriber_new(ew_subscriber **out, const ew_subscriber_options *opts,
                                  const ew_subscriber_host *host) {
  kaleido_subscriber *subscriber = calloc(1, sizeof(*subscriber));
  if (subscriber == NULL) {
    return EW_ERR_NOMEM;
  }
  subscriber->base =
      (ew_subscriber){.ops = &ops, .host = *host, .profile = opts->profile, .ack = opts->ack};
  subscriber->replies = opts->replies;
  size_t max_bytes = ew_kaleido_document.limits.max_bytes;
  ew__text_init(&subscriber->target, MAX_TARGET_BYTES);
  ew__text_init(&subscriber->text, max_bytes);
  ew__scratch_init(&subscriber->scratch, max_bytes * 16);
  ew_err err = ew__str_dup(&subscriber->topic, opts->topic) ? EW_OK : EW_ERR_NOMEM;
  if (err == EW_OK) {
    err = ew__basic_authorization(opts->user, opts->password, &subscriber->authorization);
  }
  if (err != EW_OK) {
    on_free(&subscriber->base);
    return err;
  }
  *out = &subscriber->base;
  return EW_OK;
}
