/*
 * cli_internal.h - what the commands of `ew` share: options, exit codes, output.
 */
#ifndef EW_CLI_INTERNAL_H
#define EW_CLI_INTERNAL_H

#include <signal.h>
#include <stdio.h>

#include "eventwire/client.h"
#include "eventwire/codec.h"
#include "eventwire/protocol.h"
#include "eventwire/table.h"

/** One table for all commands; documented in `ew help`. */
typedef enum ew__exit {
  EW__EXIT_OK = 0,
  EW__EXIT_INVALID = 1,     /* validation or conformance failed */
  EW__EXIT_USAGE = 2,       /* usage, or a file that cannot be used */
  EW__EXIT_CONNECT = 3,     /* cannot connect, or cannot listen */
  EW__EXIT_REFUSED = 4,     /* HTTP status, authentication, protocol error */
  EW__EXIT_TIMEOUT = 5,
  EW__EXIT_PEER = 6,        /* the peer broke the protocol */
  EW__EXIT_SELECTION = 7,   /* nothing selected, or a stale entry */
  EW__EXIT_INTERNAL = 70,
  EW__EXIT_INTERRUPTED = 130
} ew__exit;

/** The exit code that fits an error of a connection. */
int ew__exit_of(ew_err err);

/** Whether url, which the user knows as what, begins with a scheme and a host; complains. */
bool ew__url_check(const char *command, const char *what, const char *url, bool http_only);

/** What SIGINT and SIGTERM do. */
void ew__signals(void (*handler)(int));

/* ------------------------------------------------------------------------------------------------ options */

typedef enum ew__option_kind {
  EW__FLAG,   /* bool * */
  EW__TEXT,   /* const char ** */
  EW__NUMBER, /* uint32_t *, within minimum and maximum */
  EW__TIME,   /* uint32_t *, milliseconds; given as 500ms, 5s, 2m or bare seconds */
  EW__SIZE,   /* uint32_t *, bytes; given as 4096, 64KiB, 1MiB */
  EW__LIST,   /* ew__list *, may be given several times */
  EW__CHOICE, /* int *, index into choices */
  EW__HEADING /* no option: a line between groups in the help text */
} ew__option_kind;

#define EW__LIST_MAX 64

/** NULL-terminated, so that it can be handed on. */
typedef struct ew__list {
  const char *items[EW__LIST_MAX + 1];
  size_t count;
} ew__list;

typedef struct ew__option {
  const char *name;
  char letter; /* '\0': none */
  ew__option_kind kind;
  void *target;
  const char *value;          /* "URL" in the help text */
  const char *help;
  const char *const *choices; /* NULL-terminated */
  uint32_t minimum, maximum;  /* of EW__NUMBER; both 0: any */
} ew__option;

typedef struct ew__command {
  const char *name;      /* "listen" */
  const char *arguments; /* "URL" */
  const char *summary;   /* one line */
  const char *details;   /* paragraphs under the options */
  const ew__option *options;
  size_t option_count;
} ew__command;

/**
 * Parses argv[1..] (options and arguments in any order). Returns -1 to go on with *first the index
 * of the first argument, else the exit code of the command: help was printed (0) or the usage is
 * wrong (2, one line on stderr).
 */
int ew__options_parse(const ew__command *command, int argc, char **argv, int *first);

/** Describes a command instead of running it: set by `ew help`. */
typedef enum ew__describe { EW__RUN, EW__DESCRIBE_MAN } ew__describe;
extern ew__describe ew__describing;

/* ---------------------------------------------------------------------------------------------- the commands */

int ew__serve(int argc, char **argv);
int ew__listen(int argc, char **argv);
int ew__publish(int argc, char **argv);
int ew__validate(int argc, char **argv);
int ew__connect(int argc, char **argv);
int ew__conform(int argc, char **argv);

/* ------------------------------------------------------------------------------------------------- output */

typedef enum ew__format { EW__AUTO, EW__PRETTY, EW__NDJSON, EW__RAW } ew__format;
extern const char *const ew__format_names[]; /* for EW__CHOICE */
extern const char *const ew__report_names[]; /* the same without raw, where nothing is handed on */
extern const char *const ew__color_names[];  /* auto, always, never */

typedef struct ew__output {
  FILE *to;
  ew__format format; /* never EW__AUTO */
  bool color;
} ew__output;

/**
 * Resolves auto: pretty and coloured on a terminal (NO_COLOR and TERM=dumb respected), else NDJSON.
 */
void ew__output_init(ew__output *out, FILE *to, int format, int color);

/** Colour escapes, or "" when there is no colour. */
const char *ew__style(const ew__output *out, const char *escape);
#define EW__BOLD "\033[1m"
#define EW__DIM "\033[2m"
#define EW__RED "\033[31m"
#define EW__GREEN "\033[32m"
#define EW__CYAN "\033[36m"
#define EW__RESET "\033[0m"

/** One line on stderr: "ew listen: text". */
void ew__complain(const char *command, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/**
 * What to do about "HTTP status 401" and others that say no more, to be put behind it; "" for other
 * reasons.
 */
const char *ew__status_hint(const char *reason);

/**
 * Hands on what was written. False: it did not reach its reader; complained, but not when the
 * reader has gone.
 */
bool ew__output_flush(FILE *to);

/** What a peer sends often ends with one; shown, it would be a stray character. */
ew_str ew__without_line_end(ew_str text);

/** Writes text with control characters replaced, so that a terminal cannot be driven by a peer. */
void ew__write_safely(FILE *to, ew_str text);

/** Writes a JSON text for a human eye: a member a line, depth steps indented, safely. */
void ew__write_json_indented(FILE *to, ew_str json, uint32_t depth);

/** Writes a JSON text without its line ends, which can only stand where white space may. */
void ew__write_json_line(FILE *to, ew_str json);

/** Writes a JSON string with quotes. */
void ew__write_json_string(FILE *to, ew_str text);

/* ----------------------------------------------------------------------------------------------- messages */

typedef ew_err ew__message_check(const void *ctx, const ew_message *message, ew_str json,
                                 ew_diag *diag);

/** ew_type_validate() with the memory that long texts with escapes take. */
ew_err ew__validate_message(const ew_decode_options *options, const ew_message *message,
                            ew_str json, ew_diag *diag);

/**
 * Finds the message of these directions (of ew_direction) that check accepts. Else its error and
 * diagnosis are of the message that comes closest, which found is then; NULL when the document has
 * none of these directions.
 */
ew_err ew__recognise(const ew_document *document, unsigned directions, ew__message_check *check,
                     const void *ctx, ew_str json, const ew_message **found, ew_diag *diag);

/* --------------------------------------------------------------------------------------------------- files */

#define EW__FILE_MAX ((size_t)256 * 1024 * 1024)

/**
 * Reads a file, or standard input for "-". The block has 64 readable bytes behind size and is the
 * caller's to free. NULL: complained.
 */
char *ew__file_read(const char *command, const char *path, size_t max_bytes, size_t *size);

/* ------------------------------------------------------------------------------------------- credentials */

typedef struct ew__credentials {
  const char *user, *password, *token, *token_file;
} ew__credentials;

/** The token of the admin listener: as given, with a warning, or from EW_ADMIN_TOKEN. */
const char *ew__admin_token(const char *command, const char *given);

/**
 * Fills what was not given from EW_USER, EW_PASSWORD, EW_TOKEN and the token file; warns about
 * secrets in argv. 0, or an exit code.
 */
int ew__credentials_complete(const char *command, ew__credentials *credentials);

/** Options of a subscriber that several commands take. */
typedef struct ew__subscriber_args {
  const char *protocol;
  ew__credentials credentials;
  const char *company, *namespace_, *subscription, *from, *topic, *network, *sources;
  ew__list streams;
  bool batch, replies;
  uint32_t read_ahead;
  int ack;
  int profile;
  const char *ca_file, *certificate, *key;
  bool insecure;
  ew__list headers;
} ew__subscriber_args;

#define EW__SUBSCRIBER_OPTIONS(a)                                                                                          \
  {"protocol", 'p', EW__TEXT, &(a).protocol, "NAME", "firefly, kaleido, baas or octave", NULL, 0, 0},                      \
  {"", '\0', EW__HEADING, NULL, NULL, "FireFly", NULL, 0, 0},                                                              \
  {"namespace", '\0', EW__TEXT, &(a).namespace_, "NAME", "namespace (default)", NULL, 0, 0},                               \
  {"subscription", 's', EW__TEXT, &(a).subscription, "NAME", "durable subscription; without it an ephemeral one", NULL, 0, 0}, \
  {"from", '\0', EW__TEXT, &(a).from, "WHERE", "first event of an ephemeral subscription: oldest, newest or a sequence", NULL, 0, 0}, \
  {"batch", '\0', EW__FLAG, &(a).batch, NULL, "ask for batches", NULL, 0, 0},                                              \
  {"read-ahead", '\0', EW__NUMBER, &(a).read_ahead, "N", "events in flight besides the first", NULL, 0, 65535},            \
  {"", '\0', EW__HEADING, NULL, NULL, "Kaleido", NULL, 0, 0},                                                              \
  {"topic", 't', EW__TEXT, &(a).topic, "NAME", "topic of the event stream", NULL, 0, 0},                                   \
  {"replies", '\0', EW__FLAG, &(a).replies, NULL, "listen for transaction replies too", NULL, 0, 0},                       \
  {"", '\0', EW__HEADING, NULL, NULL, "BaaS", NULL, 0, 0},                                                                 \
  {"network", '\0', EW__TEXT, &(a).network, "NAME", "channel", NULL, 0, 0},                                                \
  {"source", '\0', EW__TEXT, &(a).sources, "LIST", "Tx,Config,Contract,Block or * (default *)", NULL, 0, 0},               \
  {"", '\0', EW__HEADING, NULL, NULL, "Octave", NULL, 0, 0},                                                               \
  {"company", '\0', EW__TEXT, &(a).company, "NAME", "company name", NULL, 0, 0},                                           \
  {"stream", '\0', EW__LIST, &(a).streams, "ID|PATH", "stream to subscribe to; several times for several", NULL, 0, 0},    \
  {"", '\0', EW__HEADING, NULL, NULL, "Connection", NULL, 0, 0},                                                           \
  {"user", 'u', EW__TEXT, &(a).credentials.user, "NAME", "user (or EW_USER, or in the URL)", NULL, 0, 0},                  \
  {"password", '\0', EW__TEXT, &(a).credentials.password, "TEXT", "password (better: EW_PASSWORD)", NULL, 0, 0},           \
  {"token", '\0', EW__TEXT, &(a).credentials.token, "TEXT", "access token (better: EW_TOKEN or --token-file)", NULL, 0, 0}, \
  {"token-file", '\0', EW__TEXT, &(a).credentials.token_file, "FILE", "file that holds the token", NULL, 0, 0},            \
  {"header", 'H', EW__LIST, &(a).headers, "NAME: VALUE", "add a header to every request", NULL, 0, 0},                     \
  {"cacert", '\0', EW__TEXT, &(a).ca_file, "FILE", "trust this CA (PEM)", NULL, 0, 0},                                     \
  {"cert", '\0', EW__TEXT, &(a).certificate, "FILE", "client certificate (PEM)", NULL, 0, 0},                              \
  {"key", '\0', EW__TEXT, &(a).key, "FILE", "its key (PEM)", NULL, 0, 0},                                                  \
  {"insecure", 'k', EW__FLAG, &(a).insecure, NULL, "accept any certificate", NULL, 0, 0}

extern const char *const ew__profile_names[]; /* strict, lenient, compat */

/**
 * Whether url and every option are there that the protocol cannot do without; listening asks for
 * more than talking by hand. Complains.
 */
bool ew__subscriber_complete(const char *command, const char *url, const ew__subscriber_args *args,
                             bool listening);

/**
 * Turns the arguments into subscriber options (views of them). 0, or an exit code after
 * complaining.
 */
int ew__subscriber_options(const char *command, ew__subscriber_args *args,
                           ew_subscriber_options *out);
ew_tls_options ew__tls_options(const ew__subscriber_args *args);

#endif
