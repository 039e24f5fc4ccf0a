/*
 * The client side of FireFly: one start per connection, then events or batches, each acknowledged
 * with its id and subscription as received.
 *
 * An ephemeral start without batches asks for batchTimeout "0": servers since 1.3.0 hold back
 * single events for two seconds otherwise. With batches the server's own wait (50 ms) is left,
 * since it is what fills them. A durable subscription brings its options with it.
 */
#include <stdlib.h>

#include "eventwire/firefly.h"
#include "memory_internal.h"
#include "subscriber_internal.h"

#define SCRATCH_FACTOR 16u

typedef struct firefly_subscriber {
  ew_subscriber base;
  ew_str namespace_, name, from;
  bool batch;
  uint32_t read_ahead;
  ew_str authorization; /* empty: none */
  const ew_type *start_type, *ack_type;
  ew__scratch scratch;
  ew__text out;
  ew__text target;
} firefly_subscriber;

/* ------------------------------------------------------------------------------------------------ connecting */

static ew_err connect_to(ew_subscriber *base, ew_str url_path, ew_request *request) {
  firefly_subscriber *f = (firefly_subscriber *)base;
  bool own = url_path.len == 0 || ew_str_equal(url_path, EW_STR("/"));
  ew__text_reset(&f->target);
  ew_err err = ew__text_append(&f->target, own ? EW_STR("/ws") : url_path);
  if (err != EW_OK) {
    return err == EW_ERR_NOMEM ? err : EW_ERR_ARGUMENT;
  }
  *request = (ew_request){.upgrade = true, .method = "GET", .target = ew_buf_str(&f->target.buf)};
  if (f->authorization.len > 0) {
    request->headers[request->header_count++] =
        (ew_http_header){EW_STR("authorization"), f->authorization};
  }
  return EW_OK;
}

static void describe_ephemeral(const firefly_subscriber *f, ew_firefly_start *out) {
  out->has_ephemeral = true;
  out->ephemeral = true;
  out->filter_presence = EW_SET;
  out->options_presence = EW_SET;
  ew_firefly_subscription_options *options = &out->options;
  options->has_first_event = f->from.len > 0;
  options->first_event = f->from;
  options->has_batch = f->batch;
  options->batch = f->batch;
  options->has_read_ahead = f->read_ahead > 0;
  options->read_ahead = f->read_ahead;
  options->has_batch_timeout = !f->batch;
  options->batch_timeout = EW_STR("0");
}

static bool send_message(firefly_subscriber *f, const ew_type *type, const void *message) {
  ew__text_reset(&f->out);
  return ew__text_encode(&f->out, type, message, NULL) == EW_OK &&
         ew__subscriber_send(&f->base, ew_buf_str(&f->out.buf)) == EW_OK;
}

static void on_open(ew_subscriber *base, uint64_t now) {
  (void)now;
  firefly_subscriber *f = (firefly_subscriber *)base;
  ew_firefly_start start = {.autoack_presence = EW_SET, .autoack = base->ack == EW_ACK_AUTO};
  start.has_namespace = f->namespace_.len > 0; /* absent: that of a namespaced address */
  start.namespace_ = f->namespace_;
  start.has_name = f->name.len > 0;
  start.name = f->name;
  if (!start.has_name) {
    describe_ephemeral(f, &start);
  }
  if (send_message(f, f->start_type, &start)) {
    ew__subscriber_ready(base);
  }
}

/* ------------------------------------------------------------------------------------------------- receiving */

static void acknowledge(firefly_subscriber *f, ew_str id,
                        const ew_firefly_subscription_ref *subscription) {
  if (f->base.ack != EW_ACK_AFTER) {
    return;
  }
  ew_firefly_ack ack = {.id_presence = EW_SET,
                        .id = id,
                        .subscription_presence = EW_SET,
                        .subscription = *subscription};
  /* a connection that is gone says so itself, and the event comes again */
  (void)send_message(f, f->ack_type, &ack);
}

static bool hand_over(firefly_subscriber *f, const ew_firefly_event *event, ew_raw raw,
                      uint32_t index, uint32_t count) {
  const ew_delivery delivery = {.event = raw,
                                .id = event->id,
                                .type = event->type_text,
                                .source = event->subscription.name,
                                .sequence = event->sequence > 0 ? (uint64_t)event->sequence : 0,
                                .index = index,
                                .count = count};
  return ew__subscriber_event(&f->base, &delivery);
}

static void on_event(firefly_subscriber *f, const ew_firefly_event *event, ew_str message) {
  if (hand_over(f, event, (ew_raw){message}, 0, 1)) {
    acknowledge(f, event->id, &event->subscription);
  }
}

static bool is_events(ew_str key) {
  static const char name[] = "events";
  if (key.len != sizeof(name) - 1) {
    return false;
  }
  for (uint32_t i = 0; i < key.len; i++) {
    if ((key.ptr[i] | 0x20) != name[i]) {
      return false;
    }
  }
  return true;
}

/* The text of the list of events. With a tolerant profile the last of several counts. */
static ew_raw find_events(ew_str message) {
  ew_raw found = {{NULL, 0, 0}};
  ew_str key;
  ew_raw value;
  size_t cursor = 0;
  while (ew_raw_next((ew_raw){message}, &cursor, &key, &value)) {
    found = is_events(key) && ew_raw_type(value) == EW_JSON_ARRAY ? value : found;
  }
  return found;
}

static void on_batch(firefly_subscriber *f, const ew_firefly_event_batch *batch, ew_str message) {
  ew_raw list = find_events(message);
  bool done = true;
  size_t cursor = 0;
  for (uint32_t i = 0; i < batch->events.count; i++) {
    ew_str key;
    ew_raw raw = {{NULL, 0, 0}};
    (void)ew_raw_next(list, &cursor, &key, &raw);
    done = hand_over(f, &batch->events.items[i], raw, i, batch->events.count) && done;
  }
  if (done) {
    acknowledge(f, batch->id, &batch->subscription);
  }
}

static void refuse(firefly_subscriber *f, ew_err err, const char *expected, ew_str message) {
  const ew_diag diag = {.err = err, .line = 1, .column = 1, .schema = "", .expected = expected};
  ew__subscriber_bad_message(&f->base, &diag, message);
}

/* Without the newline that the server ends its messages with. */
static ew_str trimmed(ew_str message) {
  static const char space[] = " \t\r\n";
  while (message.len > 0 &&
         memchr(space, message.ptr[message.len - 1], sizeof(space) - 1) != NULL) {
    message.len--;
  }
  while (message.len > 0 && memchr(space, *message.ptr, sizeof(space) - 1) != NULL) {
    message = ew_str_from(message.ptr + 1, message.len - 1);
  }
  return message;
}

static void dispatch(firefly_subscriber *f, const ew_firefly_server_message *in, ew_str message) {
  switch (in->kind) {
  case EW_FIREFLY_SERVER_MESSAGE_EVENT:
    on_event(f, &in->event, trimmed(message));
    break;
  case EW_FIREFLY_SERVER_MESSAGE_EVENT_BATCH:
    on_batch(f, &in->event_batch, trimmed(message));
    break;
  case EW_FIREFLY_SERVER_MESSAGE_PROTOCOL_ERROR:
    ew__subscriber_peer_error(&f->base, in->protocol_error.error);
    break;
  case EW_FIREFLY_SERVER_MESSAGE_NONE:
    break;
  }
}

static void on_receive(ew_subscriber *base, ew_opcode opcode, ew_str message, uint64_t now) {
  (void)now;
  firefly_subscriber *f = (firefly_subscriber *)base;
  const ew_decode_options opts = {.profile = base->profile};
  ew_firefly_server_message in;
  ew_diag diag;
  if (opcode != EW_TEXT) {
    refuse(f, EW_ERR_PEER, "a text message", message);
    return;
  }
  ew_err err =
      ew__scratch_decode(&f->scratch, ew_firefly_document.to_client, message, &opts, &in, &diag);
  if (err == EW_OK) {
    dispatch(f, &in, message);
  } else if (err == EW_ERR_ARENA_FULL || err == EW_ERR_NOMEM || err == EW_ERR_TOO_LARGE) {
    refuse(f, err, "", message);
  } else {
    ew__subscriber_bad_message(base, &diag, message);
  }
}

/* ------------------------------------------------------------------------------------------------------ life */

static void free_subscriber(ew_subscriber *base) {
  firefly_subscriber *f = (firefly_subscriber *)base;
  ew__str_free(&f->namespace_);
  ew__str_free(&f->name);
  ew__str_free(&f->from);
  ew__str_free(&f->authorization);
  ew__scratch_clear(&f->scratch);
  ew__text_clear(&f->out);
  ew__text_clear(&f->target);
  free(f);
}

static const ew__subscriber_ops ops = {
    .document = &ew_firefly_document,
    .free = free_subscriber,
    .connect = connect_to,
    .open = on_open,
    .receive = on_receive,
};

/* "Basic" and the Base64 of user:password (RFC 7617), in memory of its own. */
static ew_err write_authorization(firefly_subscriber *f, const ew_subscriber_options *opts) {
  const size_t plain_len = (size_t)opts->user.len + 1 + opts->password.len;
  ew_arena arena;
  ew_str encoded;
  if (opts->user.len == 0 && opts->password.len == 0) {
    return EW_OK;
  }
  if (plain_len > 2048) {
    return EW_ERR_ARGUMENT;
  }
  ew__text_reset(&f->out);
  char block[4096];
  ew_arena_init(&arena, block, sizeof(block));
  ew_err err = ew__text_append(&f->out, opts->user);
  err = err == EW_OK ? ew__text_append(&f->out, EW_STR(":")) : err;
  err = err == EW_OK ? ew__text_append(&f->out, opts->password) : err;
  err = err == EW_OK ? ew_base64_encode(ew_buf_str(&f->out.buf), &arena, &encoded) : err;
  if (err != EW_OK) {
    return err;
  }
  ew__text_reset(&f->out);
  err = ew__text_append(&f->out, EW_STR("Basic "));
  err = err == EW_OK ? ew__text_append(&f->out, encoded) : err;
  return err == EW_OK && !ew__str_dup(&f->authorization, ew_buf_str(&f->out.buf)) ? EW_ERR_NOMEM
                                                                                  : err;
}

/* The bounds that an encoder would otherwise refuse later, when nobody listens. */
static bool usable(const firefly_subscriber *f, const ew_subscriber_options *opts) {
  ew_firefly_start start = {
      .has_namespace = true, .namespace_ = f->namespace_, .has_name = true, .name = f->name};
  char block[4096];
  ew_buf buf;
  ew_buf_init(&buf, block, sizeof(block));
  describe_ephemeral(f, &start);
  return opts->read_ahead <= UINT16_MAX &&
         ew_type_encode(f->start_type, &start, &buf, NULL) == EW_OK;
}

static ew_err fill(firefly_subscriber *f, const ew_subscriber_options *opts) {
  const ew_message *start = ew_document_find(&ew_firefly_document, EW_STR("start"));
  const ew_message *ack = ew_document_find(&ew_firefly_document, EW_STR("ack"));
  if (start == NULL || ack == NULL) {
    return EW_ERR_INTERNAL;
  }
  f->start_type = start->type;
  f->ack_type = ack->type;
  if (!ew__str_dup(&f->namespace_, opts->namespace_) || !ew__str_dup(&f->name, opts->name) ||
      !ew__str_dup(&f->from, opts->from)) {
    return EW_ERR_NOMEM;
  }
  return usable(f, opts) ? write_authorization(f, opts) : EW_ERR_ARGUMENT;
}

ew_err ew__firefly_subscriber_new(ew_subscriber **out, const ew_subscriber_options *opts,
                                  const ew_subscriber_host *host) {
  const size_t max = ew_firefly_document.limits.max_bytes;
  firefly_subscriber *f = calloc(1, sizeof(*f));
  if (f == NULL) {
    return EW_ERR_NOMEM;
  }
  *f = (firefly_subscriber){.base = {.ops = &ops, .host = *host, .profile = opts->profile, .ack = opts->ack},
                            .batch = opts->batch,
                            .read_ahead = opts->read_ahead};
  ew__scratch_init(&f->scratch, max * SCRATCH_FACTOR);
  ew__text_init(&f->out, max);
  ew__text_init(&f->target, 65536);
  ew_err err = fill(f, opts);
  if (err != EW_OK) {
    free_subscriber(&f->base);
    return err;
  }
  *out = &f->base;
  return EW_OK;
}
