#define _POSIX_C_SOURCE 200809L

#include "client_internal.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t now_of(ew_client *client) { return uv_now(&client->loop); }

static void begin_attempt(ew_client *client);

/* -------------------------------------------------------------------------------------- telling */

static void tell(ew_client *client, ew_client_state state, const char *words, const char *more) {
  char text[512], shown[512];
  if (client->options.state == NULL) {
    return;
  }
  (void)snprintf(text, sizeof(text), "%s%s", words, more);
  (void)ew__redact(ew_str_of(text), shown, sizeof(shown));
  client->options.state(client->options.ctx, state, shown);
}

/* --------------------------------------------------------------------------------------- ending */

static void finish(ew_client *client, ew_err result) {
  client->phase = EW__CLIENT_DONE;
  client->result = result;
  if (result == EW_OK) {
    client->reason.text[0] = '\0';
  }
  (void)uv_timer_stop(&client->timer);
  (void)uv_timer_stop(&client->heartbeat);
  uv_stop(&client->loop);
}

static bool stopping(const ew_client *client) {
  return client->phase == EW__CLIENT_CLOSING || atomic_load(&client->stop_asked);
}

static uint64_t random_number(void) {
  uint64_t number = 0;
  /* without randomness the ceiling itself would do, too */
  if (uv_random(NULL, NULL, &number, sizeof(number), 0, NULL) != 0) {
    number = uv_hrtime();
  }
  return number;
}

static void on_retry(uv_timer_t *timer) { begin_attempt(timer->data); }

static void wait_and_retry(ew_client *client) {
  char words[64];
  uint32_t delay = ew__retry_next_ms(&client->retry, random_number());
  client->phase = EW__CLIENT_WAITING;
  (void)uv_timer_start(&client->timer, on_retry, delay, 0);
  (void)snprintf(words, sizeof(words), "trying again in %u.%02u s: ", (unsigned)(delay / 1000),
                 (unsigned)(delay % 1000 / 10));
  tell(client, EW_CLIENT_RETRYING, words, client->reason.text);
}

/* What never gets better by trying again: what the user has to change. */
static bool is_final(const ew_client *client, ew_err err) {
  return client->options.no_reconnect || err == EW_ERR_ARGUMENT || err == EW_ERR_UNSUPPORTED ||
         (client->connections == 0 && (err == EW_ERR_REFUSED || client->reason.lasting));
}

/* client->reason has the words. */
static void attempt_failed(ew_client *client, ew_err err) {
  if (stopping(client)) {
    finish(client, EW_OK);
  } else if (is_final(client, err)) {
    finish(client, err);
  } else {
    wait_and_retry(client);
  }
}

static ew_err say(ew_client *client, ew_err err, const char *words) {
  return ew__fail(err, &client->reason, "%s", words);
}

/* -------------------------------------------------------------------------- the way to a socket */

static void follow(ew_client *client, const ew_request *request);

static ew_err put_request(ew_client *client, const ew_request *request, ew__draft *target,
                          ew__draft *headers) {
  char **lines = ew__lines_merge(request, ew__lines_view(client->headers));
  if (lines == NULL) {
    return say(client, EW_ERR_NOMEM, "out of memory");
  }
  ew_err err = ew__headers_check(ew__lines_view(lines), &client->reason);
  ew__headers_put(headers, ew__lines_view(lines));
  ew__draft_put(headers, EW_STR("\0"));
  ew__draft_put(target, request->target);
  ew__draft_put(target, EW_STR("\0"));
  ew__lines_free(lines);
  bool failed = target->failed || headers->failed;
  return err == EW_OK && failed ? say(client, EW_ERR_NOMEM, "out of memory") : err;
}

static ew_err open_socket(ew_client *client, const ew_request *request) {
  ew__draft headers = {0}, target = {0};
  ew_err err = put_request(client, request, &target, &headers);
  if (err == EW_OK) {
    ew__transport_request ask = {target.ptr, headers.ptr, client->options.connect_timeout_ms};
    err = client->transport->ops->connect(client->transport, &ask, &client->reason);
  }
  ew__draft_clear(&headers);
  ew__draft_clear(&target);
  return err;
}

/* The machine's words, or ours when it has none. */
static ew_err judge_answer(ew_client *client, int status, ew_str body, ew_request *next) {
  ew_diag diag = {.found = ""};
  ew_err err = ew_subscriber_answer(client->subscriber, status, body, next, &diag);
  if (err != EW_OK) {
    /* machines begin their words with the status, too */
    bool repeats = strncmp(diag.found, "status ", 7) == 0;
    const char *words = repeats ? diag.found + 7 + strspn(diag.found + 7, "0123456789") : diag.found;
    (void)ew__fail(err, &client->reason, "HTTP status %d%s%s", status,
                   repeats || words[0] == '\0' ? "" : ": ", words);
  }
  return err;
}

static void on_answer(uv_work_t *work, int status) {
  ew_client *client = work->loop->data;
  ew__http_step *step = client->step;
  ew_request next;
  (void)status; /* cancelled: step->err says so, too */
  ew_err err = step->err;
  if (err != EW_OK) {
    client->reason = step->why;
  } else if (!stopping(client)) {
    err = judge_answer(client, step->status, ew_buf_str(&step->body), &next);
  }
  ew__http_step_clear(step);
  if (err != EW_OK || stopping(client)) {
    attempt_failed(client, err);
  } else {
    follow(client, &next);
  }
}

static ew_err ask(ew_client *client, const ew_request *request) {
  ew__http_step *step = client->step;
  step->tls = client->options.tls;
  step->timeout_ms = client->options.connect_timeout_ms;
  ew_err err = ew__http_step_start(step, &client->loop, &client->url, request,
                                   ew__lines_view(client->headers), on_answer);
  return err == EW_OK ? EW_OK : say(client, err, ew_err_text(err));
}

static void follow(ew_client *client, const ew_request *request) {
  client->phase = request->upgrade ? EW__CLIENT_CONNECTING : EW__CLIENT_ASKING;
  ew_err err = request->upgrade ? open_socket(client, request) : ask(client, request);
  if (err != EW_OK) {
    attempt_failed(client, err);
  }
}

static void begin_attempt(ew_client *client) {
  ew_request request;
  ew_str target = ew_str_of(client->url.target);
  client->peer_complained = false;
  client->silent = false;
  ew_err err = ew_subscriber_connect(client->subscriber, target, &request);
  if (err == EW_OK) {
    follow(client, &request);
  } else {
    attempt_failed(client, say(client, err, ew_err_text(err)));
  }
}

/* -------------------------------------------------------------------------------- the heartbeat */

static void on_heartbeat(uv_timer_t *timer) {
  ew_client *client = timer->data;
  uint64_t now = now_of(client), interval = client->options.ping_interval_ms;
  if (now - client->heard_at >= interval + interval / 2) {
    (void)say(client, EW_ERR_TIMEOUT, "the server has gone silent");
    client->silent = true;
    (void)uv_timer_stop(&client->heartbeat);
    client->transport->ops->abort(client->transport);
  } else if (now - client->pinged_at >= interval) {
    client->pinged_at = now;
    client->transport->ops->ping(client->transport);
  }
}

/* Looks often enough that neither deadline is missed by more than a quarter. */
static void start_heartbeat(ew_client *client) {
  uint64_t step = client->options.ping_interval_ms / 4 + 1;
  client->opened_at = client->heard_at = client->pinged_at = now_of(client);
  (void)uv_timer_start(&client->heartbeat, on_heartbeat, step, step);
}

/* --------------------------------------------------------------------------- transport's events */

static void on_opened(void *ctx) {
  ew_client *client = ctx;
  client->phase = EW__CLIENT_OPEN;
  client->connections++;
  start_heartbeat(client);
  tell(client, EW_CLIENT_CONNECTED, "connected ", client->url.shown);
  if (client->url.tls && client->options.tls.insecure) {
    tell(client, EW_CLIENT_CONNECTED, "certificate not verified ", client->url.shown);
  }
  ew_subscriber_open(client->subscriber, now_of(client));
}

static void on_alive(void *ctx) {
  ew_client *client = ctx;
  client->heard_at = now_of(client);
}

static void on_message(void *ctx, ew_opcode opcode, ew_str message) {
  ew_client *client = ctx;
  client->peer_complained = false;
  ew_subscriber_receive(client->subscriber, opcode, message, now_of(client));
}

static ew_err kind_of_end(const ew_client *client, const ew__transport_end *end) {
  if (client->peer_complained) {
    return EW_ERR_REFUSED;
  }
  return client->silent ? EW_ERR_TIMEOUT : end->err;
}

static void connection_ended(ew_client *client, const ew__transport_end *end) {
  uint64_t now = now_of(client);
  ew_err err = kind_of_end(client, end);
  (void)uv_timer_stop(&client->heartbeat);
  ew__retry_note_up(&client->retry, now - client->opened_at);
  ew_subscriber_close(client->subscriber, now);
  if (err == end->err) {
    client->reason = end->why;
  }
  if (stopping(client)) {
    finish(client, EW_OK);
    return;
  }
  tell(client, EW_CLIENT_LOST, "lost: ", client->reason.text);
  /*
   * the protocol's own refusal comes after the upgrade: on the first connection it is as final as
   * an HTTP status
   */
  if (err == EW_ERR_REFUSED && client->connections == 1) {
    finish(client, err);
  } else {
    attempt_failed(client, err);
  }
}

static void upgrade_failed(ew_client *client, const ew__transport_end *end) {
  ew_request ignored;
  ew_err err = end->err;
  client->reason = end->why;
  if (err == EW_ERR_REFUSED) {
    err = judge_answer(client, end->status, EW_STR(""), &ignored);
    err = err == EW_OK ? EW_ERR_REFUSED : err;
  }
  attempt_failed(client, err);
}

static void on_closed(void *ctx, const ew__transport_end *end) {
  ew_client *client = ctx;
  bool was_open = client->phase == EW__CLIENT_OPEN || client->phase == EW__CLIENT_CLOSING;
  if (was_open) {
    connection_ended(client, end);
  } else {
    upgrade_failed(client, end);
  }
}

/* ------------------------------------------------------------------------ subscriber's requests */

static ew_err host_send(void *ctx, ew_str message) {
  ew_client *client = ctx;
  return client->transport->ops->send(client->transport, message);
}

static bool host_event(void *ctx, const ew_delivery *delivery) {
  ew_client *client = ctx;
  return client->options.event(client->options.ctx, delivery);
}

static void host_peer_error(void *ctx, ew_str text) {
  ew_client *client = ctx;
  client->peer_complained = true;
  (void)ew__fail(EW_ERR_REFUSED, &client->reason, "the server says: %.*s",
                 text.len < 400 ? (int)text.len : 400, text.ptr);
  if (client->options.peer_error != NULL) {
    client->options.peer_error(client->options.ctx, text);
  }
}

static void host_bad_message(void *ctx, const ew_diag *diag, ew_str message) {
  ew_client *client = ctx;
  if (client->options.bad_message != NULL) {
    client->options.bad_message(client->options.ctx, diag, message);
  }
}

static void host_ready(void *ctx) {
  ew_client *client = ctx;
  tell(client, EW_CLIENT_READY, "ready ", client->url.shown);
}

ew_subscriber_host ew__client_host(ew_client *client) {
  return (ew_subscriber_host){.ctx = client,
                              .send = host_send,
                              .event = host_event,
                              .peer_error = host_peer_error,
                              .bad_message = host_bad_message,
                              .ready = host_ready};
}

/* ------------------------------------------------------------------------------------- stopping */

void ew__client_on_wake(uv_async_t *wake) {
  ew_client *client = wake->data;
  if (!atomic_load(&client->stop_asked)) {
    return;
  }
  switch (client->phase) {
  case EW__CLIENT_IDLE:
  case EW__CLIENT_CLOSING:
  case EW__CLIENT_DONE:
    break;
  case EW__CLIENT_ASKING:
    ew__http_step_cancel(client->step);
    break;
  case EW__CLIENT_CONNECTING:
    client->transport->ops->abort(client->transport);
    break;
  case EW__CLIENT_OPEN:
    client->phase = EW__CLIENT_CLOSING;
    client->transport->ops->close(client->transport, EW_CLOSE_NORMAL);
    break;
  case EW__CLIENT_WAITING:
    finish(client, EW_OK);
    break;
  }
}

/* -------------------------------------------------------------------------------------- running */

static size_t message_limit(const ew_client *client) {
  size_t protocol = ew_subscriber_document(client->subscriber)->limits.max_bytes;
  size_t limit = client->options.max_message_bytes != 0 ? client->options.max_message_bytes : protocol;
  return limit != 0 ? limit : 1024 * 1024;
}

static ew_err make_transport(ew_client *client) {
  ew__transport_options options = {
      .loop = &client->loop,
      .url = &client->url,
      .tls = &client->options.tls,
      .max_message_bytes = message_limit(client),
      .max_queued_bytes = 4 * 1024 * 1024,
      .events = {.ctx = client,
                 .opened = on_opened,
                 .message = on_message,
                 .alive = on_alive,
                 .closed = on_closed},
  };
  return ew__transport_lws_new(&client->transport, &options, &client->reason);
}

/* Leaves the loop empty but for the client's own handles, which do not keep it running. */
static void drop_transport(ew_client *client) {
  client->transport->ops->shut_down(client->transport);
  uv_unref((uv_handle_t *)&client->wake);
  /* more than once: a uv_stop() from before ends the first */
  while (uv_run(&client->loop, UV_RUN_DEFAULT) != 0) {
  }
  uv_ref((uv_handle_t *)&client->wake);
  client->transport->ops->free(client->transport);
  client->transport = NULL;
}

static void start(ew_client *client) {
  client->phase = EW__CLIENT_IDLE;
  client->result = EW_OK;
  client->connections = 0;
  client->retry.failures = 0;
  client->reason.text[0] = '\0';
  client->loop.data = client;
  uv_update_time(&client->loop);
}

ew_err ew_client_run(ew_client *client) {
  start(client);
  ew_err err = make_transport(client);
  if (err != EW_OK) {
    return err;
  }
  if (atomic_load(&client->stop_asked)) {
    finish(client, EW_OK);
  } else {
    begin_attempt(client);
  }
  while (client->phase != EW__CLIENT_DONE) {
    (void)uv_run(&client->loop, UV_RUN_DEFAULT);
  }
  drop_transport(client);
  atomic_store(&client->stop_asked, false);
  return client->result;
}

void ew_client_stop(ew_client *client) {
  atomic_store(&client->stop_asked, true);
  (void)uv_async_send(&client->wake);
}

const char *ew_client_reason(const ew_client *client) { return client->reason.text; }
