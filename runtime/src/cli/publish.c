#include "cli_internal.h"

#include <stdlib.h>
#include <string.h>

#define BODY_MAX ((size_t)16 * 1024 * 1024)

typedef struct publisher {
  const char *base;    /* http://127.0.0.1:5009 */
  const char *protocol;
  const char *where;
  const char *token;
  ew_tls_options tls;
  uint32_t timeout_ms;
  bool quiet;
} publisher;

/*
 * A file that is one pretty-printed event becomes one line: line ends are white space wherever JSON
 * allows them.
 */
static void join_lines(char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '\n' || text[i] == '\r') {
      text[i] = ' ';
    }
  }
}

static bool is_line_file(const char *path) {
  const char *dot = strrchr(path, '.');
  return dot == NULL || strcmp(dot, ".json") != 0;
}

static bool build_url(const publisher *p, char *out, size_t size) {
  ew_buf url;
  ew_buf_init(&url, out, size - 1);
  size_t base = strlen(p->base);
  while (base > 0 && p->base[base - 1] == '/') {
    base--;
  }
  bool ok = ew_buf_append(&url, ew_str_from(p->base, base)) == EW_OK &&
            ew_buf_append(&url, EW_STR("/publish/")) == EW_OK &&
            ew_http_percent_encode(&url, ew_str_of(p->protocol)) == EW_OK;
  if (ok && p->where != NULL) {
    ok = ew_buf_append(&url, EW_STR("?where=")) == EW_OK &&
         ew_http_percent_encode(&url, ew_str_of(p->where)) == EW_OK;
  }
  out[url.len] = '\0';
  return ok;
}

typedef struct refusal {
  ew_str error;
  uint64_t line;
} refusal;

/* The answer of `ew serve`: {"line":1,"error":"..."}; line is not always there. */
static bool read_refusal(ew_str answer, ew_arena *arena, refusal *out) {
  ew_diag diag;
  size_t cursor = 0;
  ew_str key;
  ew_raw value;
  *out = (refusal){.line = 0};
  if (ew_json_check(answer, 8, &diag) != EW_OK) {
    return false;
  }
  ew_raw object = {answer};
  while (ew_raw_next(object, &cursor, &key, &value)) {
    if (ew_str_equal(key, EW_STR("line"))) {
      (void)!ew_str_to_uint64(value.json, &out->line);
    } else if (ew_str_equal(key, EW_STR("error")) &&
               ew_raw_string(value, arena, &out->error) != EW_OK) {
      return false;
    }
  }
  return out->error.len != 0;
}

/* path:line: reason, as every tool says it that reads files. */
static int refuse(const char *path, int status, ew_str answer) {
  char block[4096];
  ew_arena arena;
  refusal why;
  ew_arena_init(&arena, block, sizeof(block));
  fprintf(stderr, "ew publish: %s:", strcmp(path, "-") == 0 ? "standard input" : path);
  if (read_refusal(answer, &arena, &why)) {
    if (why.line != 0) {
      fprintf(stderr, "%llu:", (unsigned long long)why.line);
    }
    answer = why.error;
  }
  fprintf(stderr, " refused with HTTP %d: ", status);
  ew__write_safely(stderr, answer);
  fputc('\n', stderr);
  return status == 400 ? EW__EXIT_INVALID : EW__EXIT_REFUSED;
}

static int publish(const publisher *p, const char *path, ew_str body) {
  char url[2048], answer_block[4096], authorization[8300];
  const char *headers[] = {"Content-Type: application/x-ndjson", NULL, NULL};
  if (p->token != NULL) {
    snprintf(authorization, sizeof(authorization), "Authorization: Bearer %s", p->token);
    headers[1] = authorization;
  }
  if (!build_url(p, url, sizeof(url))) {
    ew__complain("publish", "the URL is too long");
    return EW__EXIT_USAGE;
  }
  ew_buf answer;
  ew_diag diag;
  int status = 0;
  memset(&diag, 0, sizeof(diag));
  ew_buf_init(&answer, answer_block, sizeof(answer_block));
  ew_err err =
      ew_http_call("POST", url, headers, body, &p->tls, p->timeout_ms, &status, &answer, &diag);
  if (err != EW_OK) {
    ew__complain("publish", "%s: %s", ew_err_text(err), diag.found);
    return ew__exit_of(err);
  }
  ew_str text = ew__without_line_end(ew_buf_str(&answer));
  if (status == 200) {
    if (!p->quiet) {
      printf("%.*s\n", EW_STR_ARG(text));
    }
    return EW__EXIT_OK;
  }
  return refuse(path, status, text);
}

static int publish_file(const publisher *p, const char *path) {
  size_t size = 0;
  char *text = ew__file_read("publish", path, BODY_MAX, &size);
  if (text == NULL) {
    return EW__EXIT_USAGE;
  }
  if (!is_line_file(path)) {
    join_lines(text, size);
  }
  int code = publish(p, path, ew_str_from(text, size));
  free(text);
  return code;
}

static const char details[] =
    "URL is the admin address that `ew serve` printed. A file holds one event a line; a file whose name ends in .json\n"
    "holds one event. `-` is standard input. Nothing of a file is published when one of its events is refused (exit\n"
    "code 1). The answer comes when the events are durable: {\"published\":2,\"first\":1,\"last\":2}.\n\n"
    "example:\n"
    "  ew publish http://127.0.0.1:5009 -p firefly examples/firefly/events.ndjson\n";

int ew__publish(int argc, char **argv) {
  ew__credentials credentials = {NULL, NULL, NULL, NULL};
  publisher p = {.timeout_ms = 30000};
  const ew__option options[] = {
      {"protocol", 'p', EW__TEXT, &p.protocol, "NAME", "firefly, kaleido, baas or octave", NULL, 0, 0},
      {"where", 'w', EW__TEXT, &p.where, "NAME", "FireFly namespace, Kaleido topic, BaaS network", NULL, 0, 0},
      {"token", '\0', EW__TEXT, &credentials.token, "TEXT", "admin token (better: EW_TOKEN or --token-file)", NULL, 0, 0},
      {"token-file", '\0', EW__TEXT, &credentials.token_file, "FILE", "file that holds the token", NULL, 0, 0},
      {"timeout", 'W', EW__TIME, &p.timeout_ms, "TIME", "wait so long for the answer (30s)", NULL, 0, 0},
      {"cacert", '\0', EW__TEXT, &p.tls.ca_file, "FILE", "trust this CA (PEM)", NULL, 0, 0},
      {"insecure", 'k', EW__FLAG, &p.tls.insecure, NULL, "accept any certificate", NULL, 0, 0},
      {"quiet", 'q', EW__FLAG, &p.quiet, NULL, "do not print the answer", NULL, 0, 0},
  };
  const ew__command command = {"publish", "URL FILE...", "Hand events to a running `ew serve`.",
                               details,   options,       sizeof(options) / sizeof(options[0])};
  int first = 0;
  int code = ew__options_parse(&command, argc, argv, &first);
  if (code != -1) {
    return code;
  }
  if (p.protocol == NULL || ew_protocol_find(p.protocol) == NULL) {
    ew__complain("publish", "which protocol? --protocol takes firefly, kaleido, baas or octave");
    return EW__EXIT_USAGE;
  }
  if (argc - first < 2) {
    ew__complain("publish", "takes a URL and one or more files; see ew publish --help");
    return EW__EXIT_USAGE;
  }
  code = ew__credentials_complete("publish", &credentials);
  if (code != 0) {
    return code;
  }
  p.token = credentials.token;
  p.base = argv[first];
  if (!ew__url_check("publish", "the first argument", p.base, true)) {
    return EW__EXIT_USAGE;
  }
  for (int i = first + 1; i < argc; i++) {
    code = publish_file(&p, argv[i]);
    if (code != EW__EXIT_OK) {
      return code;
    }
  }
  return EW__EXIT_OK;
}
