/**
 * eventwire/conform.h - plays conformance cases against somebody's server.
 *
 * A case is data: a transcript of who says what, in YAML (conformance/README.md has the format). The built-in cases of the four protocols
 * are part of the program; files and folders of a user load the same way. The runner plays the client: it writes its own frames, so it can
 * also send what RFC 6455 forbids, and it publishes events through the server's admin listener (eventwire/server.h) where a case needs them.
 *
 *   ew_conform_output report = {EW_CONFORM_TEXT, stdout, false};
 *   ew_conform_options opts = {.url = "ws://127.0.0.1:5000", .protocol = "firefly", .outputs = &report, .output_count = 1};
 *   ew_conform_summary summary;
 *   ew_err err = ew_conform_run(&opts, &summary);
 *
 * No global state. One run belongs to one thread and blocks it.
 */
#ifndef EVENTWIRE_CONFORM_H
#define EVENTWIRE_CONFORM_H

#include <stdio.h>

#include "eventwire/client.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How binding the rule is that a case tests. */
typedef enum ew_conform_level {
  EW_CONFORM_MUST = 1,       /* written in the protocol's document, or in RFC 6455 */
  EW_CONFORM_SHOULD = 2,     /* advised there */
  EW_CONFORM_OBSERVED = 4,   /* what the reference server does, without a written rule */
  EW_CONFORM_HARDENING = 8,  /* limits and refusals that a public server needs; real servers lack many of them */
  EW_CONFORM_INFO = 16       /* tells, judges nothing */
} ew_conform_level;

#define EW_CONFORM_DEFAULT_LEVELS (EW_CONFORM_MUST | EW_CONFORM_SHOULD | EW_CONFORM_OBSERVED)

typedef enum ew_conform_verdict {
  EW_CONFORM_OK,
  EW_CONFORM_NON_STRICT,    /* a SHOULD case did not go as advised */
  EW_CONFORM_INFORMATIONAL, /* an INFO case, whatever came */
  EW_CONFORM_FAILED,
  EW_CONFORM_SKIPPED        /* not played; the reason says why */
} ew_conform_verdict;

/** "MUST" and "failed": static. */
EW_API const char *ew_conform_level_text(ew_conform_level level);
EW_API const char *ew_conform_verdict_text(ew_conform_verdict verdict);

/** One thing that happened on the wire, secrets replaced by "***", bytes that are no text as \xNN. */
typedef struct ew_conform_row {
  uint32_t at_ms;  /* since the start of the case */
  char direction;  /* '>' from the runner, '<' from the server, '=' over HTTP, '-' an end of the connection */
  const char *text;
} ew_conform_row;

/** What became of one case. Everything lives until the callback returns. */
typedef struct ew_conform_result {
  const char *id; /* "firefly/start/unknown-action" */
  const char *about;
  const char *source; /* where the rule stands, "schema/firefly/NOTES.md#errors" */
  ew_conform_level level;
  ew_conform_verdict verdict;
  uint32_t elapsed_ms;
  const char *file; /* of the step that decided, with its line; "" and 0 when none did */
  int line;
  const char *reason;   /* one line; "" when the verdict is ok */
  const char *pointer;  /* JSON Pointer of the value that did not match, or "" */
  const char *expected; /* as in the case, or "" */
  const char *got;      /* or "" */
  const ew_conform_row *rows;
  size_t row_count; /* the latest 256 at most */
} ew_conform_result;

typedef struct ew_conform_summary {
  uint32_t ok;
  uint32_t non_strict;
  uint32_t informational;
  uint32_t failed;
  uint32_t skipped;
  uint32_t elapsed_ms;
  char error[256]; /* why the run could not start or go on, one line; "" after EW_OK */
} ew_conform_summary;

/** Value of a ${name} in the cases. conformance/README.md lists the names and what they are without. */
typedef struct ew_conform_param {
  const char *name;
  const char *value;
} ew_conform_param;

typedef enum ew_conform_format {
  EW_CONFORM_TEXT, /* one line a case, details under those that failed, totals last */
  EW_CONFORM_JSON, /* NDJSON: a header, one object a case, a footer with the totals */
  EW_CONFORM_JUNIT /* XML as JUnit's, for what shows the tests of a build */
} ew_conform_format;

typedef struct ew_conform_output {
  ew_conform_format format;
  FILE *file;  /* stays open */
  bool colour; /* text only */
} ew_conform_output;

/** Good when zeroed, but for url and protocol. Everything is borrowed during the call. */
typedef struct ew_conform_options {
  const char *url;         /* ws, wss, http or https; user:password@ become the parameters user and password; the cases name the paths */
  const char *protocol;    /* "firefly", "kaleido", "baas", "octave" */
  const char *admin_url;   /* http://127.0.0.1:9000 of the server's admin listener; NULL: cases that publish are skipped */
  const char *admin_token; /* may be NULL */
  ew_tls_options tls;
  const ew_conform_param *params;
  size_t param_count;
  const char *const *files; /* YAML files or folders, NULL-terminated; NULL: the built-in cases */
  const char *const *run;   /* patterns of case ids, NULL-terminated: '*' is one part, '**' any number of them; NULL: all */
  const char *const *skip;
  uint32_t levels;          /* ew_conform_level bits; 0: EW_CONFORM_DEFAULT_LEVELS */
  bool destructive;         /* also cases that may stop or starve the server */
  uint32_t timeout_ms;      /* of a step; all times of the cases grow or shrink with it; 0: 2000 */
  uint64_t seed;            /* of the names and ids made up in a run; 0: a random one, told in the reports */
  ew_profile profile;       /* how $schema judges messages of the server; EW_LENIENT for twins seen in the wild */
  const ew_conform_output *outputs;
  size_t output_count;
  bool (*report)(void *ctx, const ew_conform_result *result); /* after each case; false ends the run; may be NULL */
  void *ctx;
} ew_conform_options;

/**
 * Plays the chosen cases one after the other. EW_OK: they were played, whatever their verdicts. Else summary->error has words and the counts tell how far it came:
 *   EW_ERR_ARGUMENT   a URL, pattern or parameter that cannot be used
 *   EW_ERR_SYNTAX     a case file that cannot be read as such (file:line: reason)
 *   EW_ERR_IO         a case file or folder that cannot be read at all, or an output that cannot be written
 *   EW_ERR_NOT_FOUND  nothing selected, or a pattern that fits no case
 *   EW_ERR_CONNECT    nobody listens at url, or at admin_url
 *   EW_ERR_CLOSED     the report callback ended the run
 *   EW_ERR_NOMEM
 */
EW_MUST_CHECK EW_API ew_err ew_conform_run(const ew_conform_options *opts, ew_conform_summary *summary);

/** One line of a listing. Lives until the callback returns. */
typedef struct ew_conform_entry {
  const char *id;
  const char *about;
  const char *source;
  const char *needs; /* "publish, user", or "" */
  ew_conform_level level;
  const char *file;
  int line;
} ew_conform_entry;

/**
 * Names the cases that ew_conform_run() would consider, without playing any. protocol NULL: all protocols. Uses protocol, files, run, skip, levels and
 * destructive of opts. Errors and error text as there.
 */
EW_MUST_CHECK EW_API ew_err ew_conform_list(const ew_conform_options *opts, void (*entry)(void *ctx, const ew_conform_entry *entry), void *ctx,
                                            ew_conform_summary *summary);

#ifdef __cplusplus
}
#endif
#endif
