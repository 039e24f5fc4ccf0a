#include "cli_internal.h"

#include <string.h>
#include <sys/time.h>

/* The signal handlers need it; one listen per process. */
static ew_client *running;
static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t timed_out;

typedef struct listener {
  ew__output out;
  ew__output notes;
  const char *protocol;
  uint32_t count;    /* stop after so many; 0: never */
  uint32_t received;
  bool quiet;
  bool strict;       /* end on a message that the schema refuses */
  bool broken;       /* it came */
  bool unwritable;   /* standard output takes no more */
} listener;

static void on_signal(int signal_number) {
  if (signal_number == SIGALRM) {
    timed_out = 1;
  } else {
    interrupted = 1;
  }
  ew_client_stop(running);
}

/* ------------------------------------------------------------------------------------------------- printing */

static void print_field(const listener *l, const char *name, ew_str value) {
  if (value.len != 0) {
    fprintf(l->out.to, ",\"%s\":", name);
    ew__write_json_string(l->out.to, value);
  }
}

static void print_ndjson(const listener *l, const ew_delivery *d) {
  fprintf(l->out.to, "{\"n\":%u", l->received);
  if (d->sequence != 0) {
    fprintf(l->out.to, ",\"sequence\":%llu", (unsigned long long)d->sequence);
  }
  print_field(l, "id", d->id);
  print_field(l, "type", d->type);
  print_field(l, "source", d->source);
  fputs(",\"event\":", l->out.to);
  ew__write_json_line(l->out.to, d->event.json);
  fputs("}\n", l->out.to);
}

static void print_pretty(const listener *l, const ew_delivery *d) {
  FILE *to = l->out.to;
  fprintf(to, "%s%s%s ", ew__style(&l->out, EW__DIM), l->protocol, ew__style(&l->out, EW__RESET));
  fputs(ew__style(&l->out, EW__BOLD), to);
  ew__write_safely(to, d->type);
  fprintf(to, "%s ", ew__style(&l->out, EW__RESET));
  ew__write_safely(to, d->id);
  if (d->count > 1) {
    fprintf(to, " (%u of %u)", d->index + 1, d->count);
  }
  fprintf(to, "\n%s", ew__style(&l->out, EW__DIM));
  ew__write_json_indented(to, d->event.json, 1);
  fprintf(to, "%s\n", ew__style(&l->out, EW__RESET));
}

static bool on_event(void *ctx, const ew_delivery *d) {
  listener *l = (listener *)ctx;
  if (l->count != 0 && l->received == l->count) {
    return false;
  }
  l->received++;
  switch (l->out.format) {
  case EW__RAW:
    fwrite(d->event.json.ptr, 1, d->event.json.len, l->out.to);
    putc('\n', l->out.to);
    break;
  case EW__PRETTY:
    print_pretty(l, d);
    break;
  case EW__NDJSON:
  case EW__AUTO:
    print_ndjson(l, d);
    break;
  }
  /* An event is acknowledged when its reader has it: a full pipe or disk is no success. */
  bool written = ew__output_flush(l->out.to);
  l->unwritable = !written;
  if (!written || (l->count != 0 && l->received == l->count && d->index + 1 == d->count)) {
    ew_client_stop(running);
  }
  return written;
}

static void on_state(void *ctx, ew_client_state state, const char *text) {
  listener *l = (listener *)ctx;
  (void)state;
  if (!l->quiet) {
    fprintf(stderr, "%s%s%s\n", ew__style(&l->notes, EW__DIM), text,
            ew__style(&l->notes, EW__RESET));
  }
}

static void on_peer_error(void *ctx, ew_str text) {
  listener *l = (listener *)ctx;
  fprintf(stderr, "%sthe server says: ", ew__style(&l->notes, EW__RED));
  ew__write_safely(stderr, text);
  fprintf(stderr, "%s\n", ew__style(&l->notes, EW__RESET));
}

static void on_bad_message(void *ctx, const ew_diag *diag, ew_str message) {
  listener *l = (listener *)ctx;
  char line[512];
  (void)message;
  ew_diag_format(diag, line, sizeof(line));
  fprintf(stderr, "%sa message does not fit the protocol%s: %s\n", ew__style(&l->notes, EW__RED),
          ew__style(&l->notes, EW__RESET), line);
  if (l->strict) {
    l->broken = true;
    ew_client_stop(running);
  }
}

/* -------------------------------------------------------------------------------------- durable subscription */

#define TEXT_MAX 2048

/* ws://host/path -> http://host/api/v1/namespaces/NS/subscriptions */
static bool subscription_url(const char *url, ew_str namespace_, char *out) {
  const char *host = strstr(url, "://");
  ew_buf target;
  if (host == NULL) {
    return false;
  }
  bool is_tls = strncmp(url, "wss", 3) == 0 || strncmp(url, "https", 5) == 0;
  ew_buf_init(&target, out, TEXT_MAX - 1);
  bool fits = ew_buf_append(&target, is_tls ? EW_STR("https://") : EW_STR("http://")) == EW_OK &&
              ew_buf_append(&target, ew_str_from(host + 3, strcspn(host + 3, "/?#"))) == EW_OK &&
              ew_buf_append(&target, EW_STR("/api/v1/namespaces/")) == EW_OK &&
              ew_http_percent_encode(&target, namespace_) == EW_OK &&
              ew_buf_append(&target, EW_STR("/subscriptions")) == EW_OK;
  out[target.len] = '\0';
  return fits;
}

static bool subscription_body(const ew_subscriber_options *o, ew_buf *body) {
  return ew_buf_append(body, EW_STR("{\"namespace\":")) == EW_OK &&
         ew_buf_append_json_string(body, o->namespace_) == EW_OK &&
         ew_buf_append(body, EW_STR(",\"name\":")) == EW_OK &&
         ew_buf_append_json_string(body, o->name) == EW_OK &&
         ew_buf_append(
             body, EW_STR(",\"transport\":\"websockets\",\"options\":{\"firstEvent\":")) == EW_OK &&
         ew_buf_append_json_string(body, o->from.len != 0 ? o->from : EW_STR("newest")) == EW_OK &&
         ew_buf_append(body, o->batch ? EW_STR(",\"batch\":true}}") : EW_STR("}}")) == EW_OK;
}

/* The header of basic authentication, when user and password were not given in the URL. */
static const char *basic_header(const ew_subscriber_options *o, char *out) {
  char pair_block[512], coded_block[1024];
  ew_buf pair;
  ew_arena coded_arena;
  ew_str coded;
  if (o->user.len == 0) {
    return NULL;
  }
  ew_buf_init(&pair, pair_block, sizeof(pair_block));
  ew_arena_init(&coded_arena, coded_block, sizeof(coded_block));
  if (ew_buf_append(&pair, o->user) != EW_OK || ew_buf_append(&pair, EW_STR(":")) != EW_OK ||
      ew_buf_append(&pair, o->password) != EW_OK ||
      ew_base64_encode(ew_buf_str(&pair), &coded_arena, &coded) != EW_OK) {
    return NULL;
  }
  snprintf(out, TEXT_MAX, "Authorization: Basic %.*s", EW_STR_ARG(coded));
  return out;
}

/*
 * Starting an unknown subscription is met with silence, so it is made first when that is asked for.
 */
static int create_subscription(const ew_client_options *client) {
  char url[TEXT_MAX], body_block[TEXT_MAX], answer_block[TEXT_MAX], authorization[TEXT_MAX];
  ew_subscriber_options o = client->subscriber;
  ew_buf body, answer;
  ew_diag diag;
  int status = 0;
  if (o.namespace_.len == 0) {
    o.namespace_ = EW_STR("default");
  }
  memset(&diag, 0, sizeof(diag));
  ew_buf_init(&body, body_block, sizeof(body_block));
  ew_buf_init(&answer, answer_block, sizeof(answer_block));
  if (!subscription_url(client->url, o.namespace_, url) || !subscription_body(&o, &body)) {
    ew__complain("listen", "the URL or a name cannot be used");
    return EW__EXIT_USAGE;
  }
  const char *headers[] = {"Content-Type: application/json", basic_header(&o, authorization), NULL};
  ew_err err = ew_http_call("PUT", url, headers, ew_buf_str(&body), &client->tls,
                            client->connect_timeout_ms, &status, &answer, &diag);
  if (err != EW_OK) {
    ew__complain("listen", "creating the subscription: %s: %s", ew_err_text(err), diag.found);
    return ew__exit_of(err);
  }
  if (status / 100 != 2) {
    fprintf(stderr, "ew listen: creating the subscription: HTTP status %d: ", status);
    ew__write_safely(stderr, ew__without_line_end(ew_buf_str(&answer)));
    fputc('\n', stderr);
    return EW__EXIT_REFUSED;
  }
  return EW__EXIT_OK;
}

/* ------------------------------------------------------------------------------------------------- running */

static void catch_signals(uint32_t wait_ms) {
  ew__signals(on_signal);
  signal(SIGALRM, on_signal);
  if (wait_ms != 0) {
    struct itimerval timer = {{0, 0},
                              {(time_t)(wait_ms / 1000), (suseconds_t)(wait_ms % 1000) * 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
  }
}

/* Nothing may stop a client that is being freed. */
static void release_signals(void) {
  ew__signals(SIG_IGN);
  signal(SIGALRM, SIG_IGN);
}

static int finish(const listener *l, ew_err err) {
  if (l->broken) {
    return EW__EXIT_PEER;
  }
  if (l->unwritable) {
    return EW__EXIT_USAGE;
  }
  if (l->count != 0 && l->received >= l->count) {
    return EW__EXIT_OK;
  }
  if (interrupted) {
    return EW__EXIT_INTERRUPTED;
  }
  if (timed_out) {
    if (l->count == 0) {
      return EW__EXIT_OK;
    }
    ew__complain("listen", "timed out after %u of %u events", l->received, l->count);
    return EW__EXIT_TIMEOUT;
  }
  if (err != EW_OK) {
    const char *reason = ew_client_reason(running);
    ew__complain("listen", "%s%s", reason, ew__status_hint(reason));
  }
  return ew__exit_of(err);
}

static const char *const ack_names[] = {"after-print", "auto", "none", NULL};

static const char details[] =
    "Events are acknowledged after they were written, as the protocol does it. Reconnects with exponential delay\n"
    "unless --no-reconnect is given. A FireFly server says nothing when a durable subscription does not exist: --create\n"
    "makes sure that it does. On a terminal events are pretty-printed; in a pipe each is one JSON line:\n"
    "{\"n\":1,\"sequence\":17,\"id\":\"...\",\"type\":\"...\",\"source\":\"...\",\"event\":{...}}\n\n"
    "examples:\n"
    "  ew listen ws://127.0.0.1:5000 -p firefly --namespace ns1 -s app1 --create --from oldest\n"
    "  ew listen wss://user@node.example.com/ws -p kaleido -t MyTopic -n 10\n"
    "  EW_TOKEN=... ew listen ws://gateway:31113 -p baas --network channel3 --source Tx,Block\n"
    "  EW_TOKEN=... ew listen wss://octave.example.com -p octave -u me --company acme --stream /my/stream/path\n";

int ew__listen(int argc, char **argv) {
  ew__subscriber_args args = {.profile = EW_LENIENT};
  listener l = {.received = 0};
  uint32_t wait_ms = 0, max_message = 0;
  int format = EW__AUTO, color = 0;
  bool no_reconnect = false, create = false;
  const ew__option options[] = {
      {"count", 'n', EW__NUMBER, &l.count, "N", "stop after N events", NULL, 1, UINT32_MAX},
      {"timeout", 'W', EW__TIME, &wait_ms, "TIME", "stop after this time (exit 5 when fewer than --count came)", NULL, 0, 0},
      {"ack", 'a', EW__CHOICE, &args.ack, "WHEN", "after-print (default), auto (by the server) or none", ack_names, 0, 0},
      {"output", 'o', EW__CHOICE, &format, "FORMAT", "auto, pretty, ndjson or raw", ew__format_names, 0, 0},
      {"color", '\0', EW__CHOICE, &color, "WHEN", "auto, always or never", ew__color_names, 0, 0},
      {"profile", '\0', EW__CHOICE, &args.profile, "NAME", "strict, lenient (default) or compat", ew__profile_names, 0, 0},
      {"strict", '\0', EW__FLAG, &l.strict, NULL, "end with exit code 6 at the first message that does not fit", NULL, 0, 0},
      {"create", '\0', EW__FLAG, &create, NULL, "FireFly: make the subscription first if there is none (--from says where it begins)", NULL, 0, 0},
      {"no-reconnect", '\0', EW__FLAG, &no_reconnect, NULL, "end when the connection ends", NULL, 0, 0},
      {"max-message", '\0', EW__SIZE, &max_message, "SIZE", "refuse larger messages", NULL, 0, 0},
      {"quiet", 'q', EW__FLAG, &l.quiet, NULL, "no status lines on standard error", NULL, 0, 0},
      EW__SUBSCRIBER_OPTIONS(args),
  };
  const ew__command command = {
      "listen", "URL",   "Receive events from a server and acknowledge them.",
      details,  options, sizeof(options) / sizeof(options[0])};
  int first = 0;
  int code = ew__options_parse(&command, argc, argv, &first);
  if (code != -1) {
    return code;
  }
  if (argc - first != 1) {
    ew__complain("listen", "takes one URL; see ew listen --help");
    return EW__EXIT_USAGE;
  }
  ew_client_options client = {.url = argv[first]};
  code = ew__subscriber_options("listen", &args, &client.subscriber);
  if (code != 0) {
    return code;
  }
  ew__output_init(&l.out, stdout, format, color);
  ew__output_init(&l.notes, stderr, format, color);
  if (!ew__subscriber_complete("listen", client.url, &args, true)) {
    return EW__EXIT_USAGE;
  }
  l.protocol = args.protocol;
  client.tls = ew__tls_options(&args);
  client.headers = args.headers.items;
  client.no_reconnect = no_reconnect;
  client.max_message_bytes = max_message;
  client.ctx = &l;
  client.event = on_event;
  client.state = on_state;
  client.peer_error = on_peer_error;
  client.bad_message = on_bad_message;

  if (create) {
    if (client.subscriber.name.len == 0 || strcmp(args.protocol, "firefly") != 0) {
      ew__complain("listen",
                   "--create is for a durable FireFly subscription: give --subscription too");
      return EW__EXIT_USAGE;
    }
    code = create_subscription(&client);
    if (code != EW__EXIT_OK) {
      return code;
    }
  }
  ew_diag diag;
  memset(&diag, 0, sizeof(diag));
  ew_err err = ew_client_new(&running, &client, &diag);
  if (err != EW_OK) {
    ew__complain("listen", "%s: %s", ew_err_text(err), diag.found);
    return ew__exit_of(err);
  }
  catch_signals(wait_ms);
  err = ew_client_run(running);
  release_signals();
  code = finish(&l, err);
  ew_client_free(running);
  return code;
}
