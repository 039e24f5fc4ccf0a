#include "cli_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "eventwire/server.h"
#ifdef EW_WITH_RE2
#  include "eventwire/filter_re2.h"
#endif

/* The signal handlers need it; one serve per process. */
static ew_server *running;

enum { FIREFLY, KALEIDO, BAAS, OCTAVE, PROTOCOLS };

typedef struct listen_args {
  bool wanted;
  char host[256];
  uint16_t port;
} listen_args;

typedef struct server_args {
  ew__output out, notes;
  ew__list protocols; /* NAME or NAME=HOST:PORT */
  const char *admin;
  const char *admin_token;
  const char *store;
  ew__credentials credentials;
  ew__list namespaces, networks, streams, tokens;
  const char *company, *restricted_token;
  uint32_t port, batch_size, batch_timeout_ms, retry_timeout_ms, blocked_retry_delay_ms,
      session_ttl_ms, delay_ms;
  uint32_t max_connections;
  int on_error;
  bool numbered, broadcast, strict, quiet, verbose;
  bool announced; /* the addresses are on standard output */
  const char *certificate, *key;
  listen_args listen[PROTOCOLS];
  listen_args admin_listen;
} server_args;

static const char *const protocol_names[PROTOCOLS] = {"firefly", "kaleido", "baas", "octave"};
static const uint16_t default_ports[PROTOCOLS] = {5000, 5001, 5002, 5003};
#define ADMIN_PORT 5009
#define NO_PORT UINT32_MAX

/* ------------------------------------------------------------------------------------------------ addresses */

/* HOST:PORT, PORT or [IPV6]:PORT. */
static bool parse_address(const char *text, listen_args *out) {
  const char *colon = strrchr(text, ':');
  const char *port = colon == NULL ? text : colon + 1;
  char *end = NULL;
  unsigned long number = strtoul(port, &end, 10);
  if (*port < '0' || *port > '9' || *end != '\0' || number > 65535) {
    return false;
  }
  out->port = (uint16_t)number;
  size_t len = colon == NULL ? 0 : (size_t)(colon - text);
  if (len >= sizeof(out->host)) {
    return false;
  }
  if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
    text++;
    len -= 2;
  }
  memcpy(out->host, text, len);
  out->host[len] = '\0';
  if (len == 0) {
    memcpy(out->host, "127.0.0.1", sizeof("127.0.0.1"));
  }
  return true;
}

static int find_protocol(const char *name, size_t len) {
  for (int i = 0; i < PROTOCOLS; i++) {
    if (strlen(protocol_names[i]) == len && memcmp(protocol_names[i], name, len) == 0) {
      return i;
    }
  }
  return -1;
}

/* "firefly", "firefly=127.0.0.1:5000" or "all". */
static int want_protocol(server_args *a, const char *text) {
  if (strcmp(text, "all") == 0) {
    for (int i = 0; i < PROTOCOLS; i++) {
      want_protocol(a, protocol_names[i]);
    }
    return 0;
  }
  const char *equals = strchr(text, '=');
  int which = find_protocol(text, equals == NULL ? strlen(text) : (size_t)(equals - text));
  if (which < 0) {
    ew__complain("serve", "unknown protocol '%s'; known are firefly, kaleido, baas, octave, all",
                 text);
    return EW__EXIT_USAGE;
  }
  listen_args *l = &a->listen[which];
  l->wanted = true;
  memcpy(l->host, "127.0.0.1", sizeof("127.0.0.1"));
  l->port = a->port == NO_PORT ? default_ports[which] : (uint16_t)a->port;
  if (equals != NULL && !parse_address(equals + 1, l)) {
    ew__complain("serve", "'%s' is no address; give HOST:PORT", equals + 1);
    return EW__EXIT_USAGE;
  }
  return 0;
}

static bool is_readable(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    ew__complain("serve", "%s: %s", path, strerror(errno));
    return false;
  }
  fclose(file);
  return true;
}

static int check_tls(const server_args *a) {
  if (a->certificate == NULL && a->key == NULL) {
    return EW__EXIT_OK;
  }
  if (a->certificate == NULL || a->key == NULL) {
    ew__complain("serve", "--cert and --key belong together");
    return EW__EXIT_USAGE;
  }
  return is_readable(a->certificate) && is_readable(a->key) ? EW__EXIT_OK : EW__EXIT_USAGE;
}

static int want_admin(server_args *a) {
  a->admin_listen.port = a->port == NO_PORT ? ADMIN_PORT : (uint16_t)a->port;
  memcpy(a->admin_listen.host, "127.0.0.1", sizeof("127.0.0.1"));
  if (a->admin != NULL && !parse_address(a->admin, &a->admin_listen)) {
    ew__complain("serve", "'%s' is no address; give HOST:PORT", a->admin);
    return EW__EXIT_USAGE;
  }
  return 0;
}

/* -------------------------------------------------------------------------------------------------- services */

static void copy_list(const ew__list *list, ew_str *out) {
  for (size_t i = 0; i < list->count; i++) {
    out[i] = ew_str_of(list->items[i]);
  }
}

static ew_err add_firefly(const server_args *a, const ew_listen *listen, uint16_t *port) {
  static ew_str namespaces[EW__LIST_MAX];
  copy_list(&a->namespaces, namespaces);
  size_t count = a->namespaces.count;
  if (count == 0) {
    namespaces[count++] = EW_STR("ns1");
  }
  ew_firefly_service_options opts = {
      .manner = a->strict ? EW_MANNER_STRICT : EW_MANNER_COMPAT,
      .user = ew_str_of(a->credentials.user),
      .password = ew_str_of(a->credentials.password),
      .namespaces = namespaces,
      .namespace_count = count,
      .default_delay_ms = a->delay_ms,
#ifdef EW_WITH_RE2
      .filters = ew_filter_re2(),
#endif
  };
  return ew_server_add_firefly(running, listen, &opts, port);
}

static ew_err add_kaleido(const server_args *a, const ew_listen *listen, uint16_t *port) {
  ew_kaleido_service_options opts = {
      .manner = a->strict ? EW_MANNER_STRICT : EW_MANNER_COMPAT,
      .user = ew_str_of(a->credentials.user),
      .password = ew_str_of(a->credentials.password),
      .numbered_batches = a->numbered,
      .skip_on_error = a->on_error == 1,
      .batch_size = a->batch_size,
      .batch_timeout_ms = a->batch_timeout_ms,
      .retry_timeout_ms = a->retry_timeout_ms,
      .blocked_retry_delay_ms = a->blocked_retry_delay_ms,
      .broadcast = a->broadcast,
  };
  return ew_server_add_kaleido(running, listen, &opts, port);
}

static ew_err add_baas(const server_args *a, const ew_listen *listen, uint16_t *port) {
  static ew_str tokens[EW__LIST_MAX], networks[EW__LIST_MAX];
  tokens[0] = a->credentials.token != NULL ? ew_str_of(a->credentials.token) : EW_STR("demo-token");
  copy_list(&a->networks, networks);
  ew_baas_service_options opts = {
      .manner = a->strict ? EW_MANNER_STRICT : EW_MANNER_COMPAT,
      .tokens = tokens,
      .token_count = 1,
      .networks = networks,
      .network_count = a->networks.count,
  };
  return ew_server_add_baas(running, listen, &opts, port);
}

static bool parse_streams(const ew__list *list, ew_octave_stream *out) {
  for (size_t i = 0; i < list->count; i++) {
    const char *equals = strchr(list->items[i], '=');
    if (equals == NULL) {
      ew__complain("serve", "--stream takes ID=PATH, not '%s'", list->items[i]);
      return false;
    }
    out[i].id = ew_str_from(list->items[i], (size_t)(equals - list->items[i]));
    out[i].path = ew_str_of(equals + 1);
  }
  return true;
}

static ew_err add_octave(const server_args *a, const ew_listen *listen, uint16_t *port) {
  static ew_octave_stream streams[EW__LIST_MAX];
  if (!parse_streams(&a->streams, streams)) {
    return EW_ERR_ARGUMENT;
  }
  ew_octave_service_options opts = {
      .manner = a->strict ? EW_MANNER_STRICT : EW_MANNER_COMPAT,
      .user = a->credentials.user != NULL ? ew_str_of(a->credentials.user) : EW_STR("demo"),
      .company = a->company != NULL ? ew_str_of(a->company) : EW_STR("acme"),
      .master_token =
          a->credentials.token != NULL ? ew_str_of(a->credentials.token) : EW_STR("demo-token"),
      .restricted_token = ew_str_of(a->restricted_token),
      .streams = streams,
      .stream_count = a->streams.count,
      .session_ttl_ms = a->session_ttl_ms,
  };
  return ew_server_add_octave(running, listen, &opts, port);
}

static ew_err add_protocol(const server_args *a, int which, const ew_listen *listen,
                           uint16_t *port) {
  switch (which) {
  case FIREFLY:
    return add_firefly(a, listen, port);
  case KALEIDO:
    return add_kaleido(a, listen, port);
  case BAAS:
    return add_baas(a, listen, port);
  default:
    return add_octave(a, listen, port);
  }
}

/* ------------------------------------------------------------------------------------------------- messages */

static void announce(const server_args *a, const char *what, const char *scheme, const char *host,
                     uint16_t port) {
  const char *open = strchr(host, ':') != NULL ? "[" : "";
  const char *close = *open != '\0' ? "]" : "";
  if (a->out.format == EW__PRETTY) {
    printf("%s%-8s%s %s://%s%s%s:%u\n", ew__style(&a->out, EW__BOLD), what,
           ew__style(&a->out, EW__RESET), scheme, open, host, close, port);
  } else {
    printf("{\"listening\":\"%s\",\"url\":\"%s://%s%s%s:%u\",\"port\":%u}\n", what, scheme, open,
           host, close, port, port);
  }
}

static void on_log_line(void *ctx, ew_level level, const char *line) {
  const server_args *a = (const server_args *)ctx;
  /* That it listens is said on standard output. */
  bool show = level <= EW_LEVEL_WARNING ||
              (level == EW_LEVEL_NOTICE && a->announced && !a->quiet) || a->verbose;
  if (show) {
    const char *color = level == EW_LEVEL_ERROR     ? EW__RED
                        : level == EW_LEVEL_WARNING ? EW__BOLD
                                                    : EW__DIM;
    fprintf(stderr, "%s%s%s\n", ew__style(&a->notes, color), line, ew__style(&a->notes, EW__RESET));
  }
}

static int refuse_listener(const char *what, const listen_args *l, ew_err err, const char *hint) {
  const char *why = err == EW_ERR_ARGUMENT ? hint : ew_err_text(err);
  if (err == EW_ERR_IO) { /* both files can be read, which was looked at before */
    why = "--cert and --key cannot be used: both have to be PEM, and the key that of the certificate";
  }
  ew__complain("serve", "%s: cannot listen on %s:%u: %s", what, l->host, l->port, why);
  return err == EW_ERR_ARGUMENT || err == EW_ERR_IO ? EW__EXIT_USAGE : EW__EXIT_CONNECT;
}

/* -------------------------------------------------------------------------------------------------- running */

static void on_signal(int signal_number) {
  (void)signal_number;
  ew_server_stop(running);
}

static int open_listeners(server_args *a) {
  for (int i = 0; i < PROTOCOLS; i++) {
    listen_args *l = &a->listen[i];
    if (!l->wanted) {
      continue;
    }
    ew_listen listen = {l->host, l->port, a->certificate, a->key};
    uint16_t port = 0;
    ew_err err = add_protocol(a, i, &listen, &port);
    if (err != EW_OK) {
      return refuse_listener(protocol_names[i], l, err, "the address or an option is not usable");
    }
    announce(a, protocol_names[i], a->certificate != NULL ? "wss" : "ws", l->host, port);
  }
  ew_listen listen = {a->admin_listen.host, a->admin_listen.port, NULL, NULL};
  uint16_t port = 0;
  ew_err err = ew_server_add_admin(running, &listen, a->admin_token, &port);
  if (err != EW_OK) {
    return refuse_listener("admin", &a->admin_listen, err,
                           a->admin_token == NULL
                               ? "no such address here, or off loopback without EW_ADMIN_TOKEN"
                               : "the address is not usable");
  }
  announce(a, "admin", "http", a->admin_listen.host, port);
  if (a->out.format != EW__PRETTY) {
    printf("{\"ready\":true}\n");
  }
  a->announced = true;
  return ew__output_flush(stdout) ? EW__EXIT_OK : EW__EXIT_USAGE;
}

static int serve(server_args *a) {
  ew_server_options opts = {
      .log_path = a->store,
      .max_connections = a->max_connections,
      .log_line = on_log_line,
      .log_ctx = a,
  };
  ew_diag diag;
  memset(&diag, 0, sizeof(diag));
  ew_err err = ew_server_new(&running, &opts, &diag);
  if (err != EW_OK) {
    ew__complain("serve", "%s: %s%s%s", a->store != NULL ? a->store : "event log", ew_err_text(err),
                 diag.found[0] != '\0' ? ": " : "", diag.found);
    return ew__exit_of(err);
  }
  ew__signals(on_signal);
  int code = open_listeners(a);
  if (code == EW__EXIT_OK) {
    code = ew__exit_of(ew_server_run(running));
  }
  /* nothing may stop a server that is being freed; it takes a moment at most */
  ew__signals(SIG_IGN);
  ew_server_free(running);
  return code;
}

static const char *const on_error_names[] = {"block", "skip", NULL};

static const char details[] =
    "Each protocol has a listener of its own (ports 5000 to 5003 on loopback unless told otherwise), and there is an admin\n"
    "listener (5009) for `ew publish` and GET /status. Published events are durable in the store before they are answered\n"
    "for and sent. Addresses are printed on standard output, as JSON lines in a pipe, {\"ready\":true} last. Ends orderly\n"
    "at SIGINT and SIGTERM.\n\n"
    "Where a real server and its document differ, ew behaves like the real one unless --strict is given.\n\n"
    "examples:\n"
    "  ew serve -p firefly\n"
    "  ew serve -p all --port 0 --store events.db\n"
    "  ew serve -p kaleido=127.0.0.1:8080 --batch-size 50 --on-error block\n";

int ew__serve(int argc, char **argv) {
  static server_args a; /* large */
  a.port = NO_PORT;
  int format = EW__AUTO, color = 0;
  const ew__option options[] = {
      {"protocol", 'p', EW__LIST, &a.protocols, "NAME[=HOST:PORT]", "firefly, kaleido, baas, octave or all; several times for several", NULL, 0, 0},
      {"port", '\0', EW__NUMBER, &a.port, "PORT", "for every listener without an address; 0: any free one", NULL, 0, 65535},
      {"admin", '\0', EW__TEXT, &a.admin, "HOST:PORT", "admin listener (127.0.0.1:5009)", NULL, 0, 0},
      {"admin-token", '\0', EW__TEXT, &a.admin_token, "TEXT", "what the admin listener asks for, needed off loopback (better: EW_ADMIN_TOKEN)", NULL, 0, 0},
      {"store", '\0', EW__TEXT, &a.store, "FILE", "event log (SQLite); without it in memory, lost at the end", NULL, 0, 0},
      {"user", 'u', EW__TEXT, &a.credentials.user, "NAME", "basic authentication (or EW_USER); Octave: user (demo)", NULL, 0, 0},
      {"password", '\0', EW__TEXT, &a.credentials.password, "TEXT", "its password (better: EW_PASSWORD)", NULL, 0, 0},
      {"token", '\0', EW__TEXT, &a.credentials.token, "TEXT", "BaaS and Octave token (demo-token; better: EW_TOKEN)", NULL, 0, 0},
      {"token-file", '\0', EW__TEXT, &a.credentials.token_file, "FILE", "file that holds the token", NULL, 0, 0},
      {"cert", '\0', EW__TEXT, &a.certificate, "FILE", "certificate (PEM): serve TLS", NULL, 0, 0},
      {"key", '\0', EW__TEXT, &a.key, "FILE", "its key (PEM)", NULL, 0, 0},
      {"max-connections", '\0', EW__NUMBER, &a.max_connections, "N", "at most so many (10000)", NULL, 1, 1000000},
      {"strict", '\0', EW__FLAG, &a.strict, NULL, "strict parsing, Close frames with code and reason", NULL, 0, 0},
      {"", '\0', EW__HEADING, NULL, NULL, "FireFly", NULL, 0, 0},
      {"namespace", '\0', EW__LIST, &a.namespaces, "NAME", "namespace (ns1); several times for several", NULL, 0, 0},
      {"page-delay", '\0', EW__TIME, &a.delay_ms, "TIME", "wait for a page to fill when batchTimeout is not set (0; the real server waits 2s)", NULL, 0, 0},
      {"", '\0', EW__HEADING, NULL, NULL, "Kaleido", NULL, 0, 0},
      {"batch-size", '\0', EW__NUMBER, &a.batch_size, "N", "events in a batch (1)", NULL, 1, 1000},
      {"batch-timeout", '\0', EW__TIME, &a.batch_timeout_ms, "TIME", "send a smaller batch after this time (5s)", NULL, 0, 0},
      {"on-error", '\0', EW__CHOICE, &a.on_error, "WHAT", "block (default): deliver again; skip: go on", on_error_names, 0, 0},
      {"retry-timeout", '\0', EW__TIME, &a.retry_timeout_ms, "TIME", "retry a failed batch so long before that (0)", NULL, 0, 0},
      {"retry-delay", '\0', EW__TIME, &a.blocked_retry_delay_ms, "TIME", "before a blocked batch is delivered again (30s)", NULL, 0, 0},
      {"broadcast", '\0', EW__FLAG, &a.broadcast, NULL, "every listener gets every batch, nobody acknowledges", NULL, 0, 0},
      {"numbered", '\0', EW__FLAG, &a.numbered, NULL, "numbered batches, as the newer servers", NULL, 0, 0},
      {"", '\0', EW__HEADING, NULL, NULL, "BaaS", NULL, 0, 0},
      {"network", '\0', EW__LIST, &a.networks, "NAME", "channel that exists; none given: all", NULL, 0, 0},
      {"", '\0', EW__HEADING, NULL, NULL, "Octave", NULL, 0, 0},
      {"company", '\0', EW__TEXT, &a.company, "NAME", "company name (acme)", NULL, 0, 0},
      {"restricted-token", '\0', EW__TEXT, &a.restricted_token, "TEXT", "token that is used without a user", NULL, 0, 0},
      {"stream", '\0', EW__LIST, &a.streams, "ID=PATH", "stream that exists; none given: all", NULL, 0, 0},
      {"session-ttl", '\0', EW__TIME, &a.session_ttl_ms, "TIME", "life of a session without a connection (60s)", NULL, 0, 0},
      {"", '\0', EW__HEADING, NULL, NULL, "Output", NULL, 0, 0},
      {"output", 'o', EW__CHOICE, &format, "FORMAT", "auto, pretty or ndjson", ew__report_names, 0, 0},
      {"color", '\0', EW__CHOICE, &color, "WHEN", "auto, always or never", ew__color_names, 0, 0},
      {"quiet", 'q', EW__FLAG, &a.quiet, NULL, "warnings and errors only", NULL, 0, 0},
      {"verbose", 'v', EW__FLAG, &a.verbose, NULL, "say more", NULL, 0, 0},
  };
  const ew__command command = {
      "serve", "",      "Serve one or several protocols, with an event log.",
      details, options, sizeof(options) / sizeof(options[0])};
  int first = 0;
  int code = ew__options_parse(&command, argc, argv, &first);
  if (code != -1) {
    return code;
  }
  if (first != argc || a.protocols.count == 0) {
    ew__complain("serve",
                 first != argc ? "unexpected argument '%s'" : "which protocol? give --protocol%s",
                 first != argc ? argv[first] : " firefly, kaleido, baas, octave or all");
    return EW__EXIT_USAGE;
  }
  code = ew__credentials_complete("serve", &a.credentials);
  for (size_t i = 0; i < a.protocols.count && code == 0; i++) {
    code = want_protocol(&a, a.protocols.items[i]);
  }
  if (code == 0) {
    a.admin_token = ew__admin_token("serve", a.admin_token);
    code = want_admin(&a);
  }
  if (code == 0) {
    code = check_tls(&a);
  }
  if (code != 0) {
    return code;
  }
  ew__output_init(&a.out, stdout, format, color);
  ew__output_init(&a.notes, stderr, format, color);
  return serve(&a);
}
