#define _POSIX_C_SOURCE 200809L

#include "eventwire/client.h"

#include <stdlib.h>

#include "client_internal.h"

/* libwebsockets writes these itself. */
static const char *const OWN_HEADERS[] = {"host",
                                          "upgrade",
                                          "connection",
                                          "sec-websocket-key",
                                          "sec-websocket-version",
                                          "sec-websocket-protocol",
                                          "sec-websocket-extensions"};

static ew_err check_headers(const char *const *headers, ew__reason *why) {
  ew_err err = ew__headers_check(headers, why);
  for (size_t i = 0; err == EW_OK && i < sizeof(OWN_HEADERS) / sizeof(OWN_HEADERS[0]); i++) {
    if (ew__headers_find(headers, OWN_HEADERS[i]).ptr != NULL) {
      err = ew__fail(EW_ERR_ARGUMENT, why, "the header is not yours: %s", OWN_HEADERS[i]);
    }
  }
  return err;
}

static ew_err copy_headers(ew_client *client, const char *const *headers, ew__reason *why) {
  size_t count = 0;
  ew_err err = check_headers(headers, why);
  if (err != EW_OK) {
    return err;
  }
  while (headers != NULL && headers[count] != NULL) {
    count++;
  }
  client->headers = calloc(count + 1, sizeof(*client->headers));
  for (size_t i = 0; client->headers != NULL && i < count; i++) {
    client->headers[i] = strdup(headers[i]);
    if (client->headers[i] == NULL) {
      return ew__fail(EW_ERR_NOMEM, why, "out of memory");
    }
  }
  return client->headers != NULL ? EW_OK : ew__fail(EW_ERR_NOMEM, why, "out of memory");
}

static ew_err copy_tls(ew_client *client, const ew_tls_options *tls, ew__reason *why) {
  const char *texts[3] = {tls->ca_file, tls->certificate, tls->key};
  for (size_t i = 0; i < 3; i++) {
    client->tls_texts[i] = texts[i] == NULL ? NULL : strdup(texts[i]);
    if (texts[i] != NULL && client->tls_texts[i] == NULL) {
      return ew__fail(EW_ERR_NOMEM, why, "out of memory");
    }
  }
  client->options.tls =
      (ew_tls_options){client->tls_texts[0], client->tls_texts[1], client->tls_texts[2], tls->insecure};
  return EW_OK;
}

static uint32_t or_default(uint32_t value, uint32_t usual) { return value != 0 ? value : usual; }

static void set_defaults(ew_client *client) {
  ew_client_options *options = &client->options;
  options->connect_timeout_ms = or_default(options->connect_timeout_ms, 10000);
  options->ping_interval_ms = or_default(options->ping_interval_ms, 30000);
  client->retry.min_ms = or_default(options->reconnect_min_ms, 250);
  client->retry.max_ms = or_default(options->reconnect_max_ms, 30000);
}

static ew_err make_subscriber(ew_client *client, ew__subscriber_maker make, ew__reason *why) {
  ew_subscriber_options options = client->options.subscriber;
  ew_subscriber_host host = ew__client_host(client);
  if (client->url.user != NULL) {
    options.user = ew_str_of(client->url.user);
    options.password = ew_str_of(client->url.password);
  }
  ew_err err = make(&client->subscriber, &options, &host);
  /* its views are the caller's; the subscriber has copies */
  client->options.subscriber = (ew_subscriber_options){0};
  return err == EW_OK ? EW_OK : ew__fail(err, why, "the options do not fit the protocol");
}

static ew_err make_loop(ew_client *client, ew__reason *why) {
  if (uv_loop_init(&client->loop) != 0) {
    return ew__fail(EW_ERR_NOMEM, why, "out of memory");
  }
  client->loop_made = true;
  int status = uv_async_init(&client->loop, &client->wake, ew__client_on_wake);
  (void)uv_timer_init(&client->loop, &client->timer);
  (void)uv_timer_init(&client->loop, &client->heartbeat);
  client->wake.data = client;
  client->timer.data = client;
  client->heartbeat.data = client;
  return status == 0 ? EW_OK : ew__fail(EW_ERR_NOMEM, why, "%s", uv_strerror(status));
}

static ew_err fill_client(ew_client *client, const ew_client_options *opts,
                          ew__subscriber_maker make, ew__reason *why) {
  const char *fault = NULL;
  client->options = *opts;
  client->options.url = NULL;
  client->options.headers = NULL;
  set_defaults(client);
  if (opts->event == NULL) {
    return ew__fail(EW_ERR_ARGUMENT, why, "the event callback is missing");
  }
  ew_err err = ew__url_parse(&client->url, opts->url, &fault);
  if (err != EW_OK) {
    return ew__fail(err, why, "%s", fault);
  }
  client->step = calloc(1, sizeof(*client->step));
  if (client->step == NULL) {
    return ew__fail(EW_ERR_NOMEM, why, "out of memory");
  }
  err = copy_headers(client, opts->headers, why);
  err = err == EW_OK ? copy_tls(client, &opts->tls, why) : err;
  err = err == EW_OK ? make_subscriber(client, make, why) : err;
  return err == EW_OK ? make_loop(client, why) : err;
}

ew_err ew__client_new(ew_client **out, const ew_client_options *opts, ew__subscriber_maker make,
                      ew_diag *diag) {
  ew__reason why = {.text = ""};
  ew_client *client = calloc(1, sizeof(*client));
  if (client == NULL) {
    return ew__reason_to_diag(ew__fail(EW_ERR_NOMEM, &why, "out of memory"), &why, diag);
  }
  ew_err err = fill_client(client, opts, make, &why);
  if (err != EW_OK) {
    ew_client_free(client);
    return ew__reason_to_diag(err, &why, diag);
  }
  *out = client;
  return EW_OK;
}

ew_err ew_client_new(ew_client **out, const ew_client_options *opts, ew_diag *diag) {
  return ew__client_new(out, opts, ew_subscriber_new, diag);
}

static void close_handle(uv_handle_t *handle, void *arg) {
  (void)arg;
  if (!uv_is_closing(handle)) {
    uv_close(handle, NULL);
  }
}

static void close_loop(ew_client *client) {
  if (client->loop_made) {
    uv_walk(&client->loop, close_handle, NULL);
    (void)uv_run(&client->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&client->loop);
  }
}

void ew_client_free(ew_client *client) {
  if (client == NULL) {
    return;
  }
  close_loop(client);
  ew_subscriber_free(client->subscriber);
  for (size_t i = 0; client->headers != NULL && client->headers[i] != NULL; i++) {
    free(client->headers[i]);
  }
  for (size_t i = 0; i < 3; i++) {
    free(client->tls_texts[i]);
  }
  free(client->headers);
  free(client->step);
  ew__url_clear(&client->url);
  free(client);
}
