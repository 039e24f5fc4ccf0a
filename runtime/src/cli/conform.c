#include "cli_internal.h"

#include <errno.h>
#include <string.h>

#include "eventwire/conform.h"

#define MAX_PARAMS (EW__LIST_MAX + 8)

static volatile sig_atomic_t interrupted;

typedef struct conform_args {
  ew__credentials credentials;
  const char *admin, *admin_token, *json, *junit;
  ew__list run, skip, files, params;
  int profile, color;
  bool hardening, info, destructive, list;
  uint32_t timeout_ms, seed;
  ew_conform_param list_of_params[MAX_PARAMS];
  size_t param_count;
  char names[EW__LIST_MAX][64];
} conform_args;

static void on_signal(int signal_number) {
  (void)signal_number;
  interrupted = 1;
}

static bool on_result(void *ctx, const ew_conform_result *result) {
  (void)ctx;
  (void)result;
  return !interrupted;
}

static void add_param(conform_args *a, const char *name, const char *value) {
  if (value != NULL) {
    a->list_of_params[a->param_count++] = (ew_conform_param){name, value};
  }
}

/* Splits NAME=VALUE; the names are kept in a. */
static bool add_pairs(conform_args *a) {
  for (size_t i = 0; i < a->params.count; i++) {
    const char *pair = a->params.items[i];
    size_t len = strcspn(pair, "=");
    if (pair[len] == '\0' || len == 0 || len >= sizeof(a->names[i])) {
      ew__complain("conform", "--param takes NAME=VALUE, not '%s'", pair);
      return false;
    }
    memcpy(a->names[i], pair, len);
    a->names[i][len] = '\0';
    add_param(a, a->names[i], pair + len + 1);
  }
  return true;
}

/*
 * What stands in the environment may be meant for another protocol; what was given as an option is
 * meant for this one.
 */
static int add_credentials(conform_args *a, const char *protocol) {
  ew__credentials given = a->credentials;
  bool has_token =
      protocol != NULL && (strcmp(protocol, "baas") == 0 || strcmp(protocol, "octave") == 0);
  bool has_user = protocol == NULL || strcmp(protocol, "baas") != 0;
  bool has_password = has_user && (protocol == NULL || strcmp(protocol, "octave") != 0);
  int code = ew__credentials_complete("conform", &a->credentials);
  add_param(a, "user", has_user ? a->credentials.user : given.user);
  add_param(a, "password", has_password ? a->credentials.password : given.password);
  add_param(a, "token", has_token || given.token_file != NULL ? a->credentials.token : given.token);
  return code;
}

static void print_entry(void *ctx, const ew_conform_entry *entry) {
  (void)ctx;
  printf("%-44s %-9s %s%s%s%s\n", entry->id, ew_conform_level_text(entry->level), entry->about,
         entry->needs[0] != '\0' ? " (needs " : "", entry->needs,
         entry->needs[0] != '\0' ? ")" : "");
}

static int exit_code(ew_err err, const ew_conform_summary *summary) {
  if (interrupted) {
    return EW__EXIT_INTERRUPTED;
  }
  switch (err) {
  case EW_OK:
    return summary->failed == 0 ? EW__EXIT_OK : EW__EXIT_INVALID;
  case EW_ERR_SYNTAX:
    return EW__EXIT_USAGE;
  default:
    return ew__exit_of(err);
  }
}

static bool is_stdout(const char *path) { return path != NULL && strcmp(path, "-") == 0; }

static FILE *open_output(const char *path) {
  if (is_stdout(path)) {
    return stdout;
  }
  FILE *file = fopen(path, "w");
  if (file == NULL) {
    ew__complain("conform", "%s: %s", path, strerror(errno));
  }
  return file;
}

static bool add_report(ew_conform_options *opts, ew_conform_output *outputs, ew_conform_format format,
                       const char *path) {
  FILE *file = path == NULL ? NULL : open_output(path);
  if (file != NULL) {
    outputs[opts->output_count++] = (ew_conform_output){format, file, false};
  }
  return path == NULL || file != NULL;
}

static bool close_reports(const ew_conform_options *opts) {
  bool ok = true;
  for (size_t i = 0; i < opts->output_count; i++) {
    if (opts->outputs[i].file != stdout && fclose(opts->outputs[i].file) != 0) {
      ew__complain("conform", "a report: %s", strerror(errno));
      ok = false;
    }
  }
  return ok;
}

/* Text goes to standard output unless a report does. */
static int run(const conform_args *a, ew_conform_options *opts) {
  ew_conform_output outputs[3];
  bool shows_text = !is_stdout(a->json) && !is_stdout(a->junit);
  ew__output shown;
  ew__output_init(&shown, stdout, EW__PRETTY, a->color);
  opts->outputs = outputs;
  if (!add_report(opts, outputs, EW_CONFORM_JSON, a->json) || !add_report(opts, outputs, EW_CONFORM_JUNIT, a->junit)) {
    (void)close_reports(opts);
    return EW__EXIT_USAGE;
  }
  if (shows_text) {
    outputs[opts->output_count++] = (ew_conform_output){EW_CONFORM_TEXT, stdout, shown.color};
  }
  opts->report = on_result;
  ew_conform_summary summary;
  memset(&summary, 0, sizeof(summary));
  ew_err err = ew_conform_run(opts, &summary);
  if (err != EW_OK && !interrupted) {
    ew__complain("conform", "%s", summary.error);
  }
  return close_reports(opts) ? exit_code(err, &summary) : EW__EXIT_USAGE;
}

static int list(const ew_conform_options *opts) {
  ew_conform_summary summary;
  memset(&summary, 0, sizeof(summary));
  ew_err err = ew_conform_list(opts, print_entry, NULL, &summary);
  if (err != EW_OK) {
    ew__complain("conform", "%s", summary.error);
  }
  return exit_code(err, &summary);
}

static const char details[] =
    "Plays the client of each case against the server at URL and checks what it answers. Cases that need events to\n"
    "deliver are skipped unless --admin names the admin address of an `ew serve`. Exit code 1 when a case failed,\n"
    "7 when none was selected. Patterns: * stands for one part of an id, ** for any number of them.\n\n"
    "examples:\n"
    "  ew conform ws://127.0.0.1:5000 -p firefly --admin http://127.0.0.1:5009\n"
    "  ew conform ws://127.0.0.1:5001 -p kaleido --run 'kaleido/ack/**' --json report.ndjson\n"
    "  ew conform -p octave --list\n";

int ew__conform(int argc, char **argv) {
  static conform_args a;
  const char *protocol = NULL;
  a.profile = EW_LENIENT;
  const ew__option options[] = {
      {"protocol", 'p', EW__TEXT, &protocol, "NAME", "firefly, kaleido, baas or octave", NULL, 0, 0},
      {"admin", '\0', EW__TEXT, &a.admin, "URL", "admin address of the server, to publish events", NULL, 0, 0},
      {"admin-token", '\0', EW__TEXT, &a.admin_token, "TEXT", "its token (better: EW_ADMIN_TOKEN)", NULL, 0, 0},
      {"run", 'r', EW__LIST, &a.run, "PATTERN", "only these cases", NULL, 0, 0},
      {"skip", '\0', EW__LIST, &a.skip, "PATTERN", "not these", NULL, 0, 0},
      {"file", 'f', EW__LIST, &a.files, "PATH", "cases of a file or folder instead of the built-in ones", NULL, 0, 0},
      {"list", '\0', EW__FLAG, &a.list, NULL, "list the cases instead of playing them", NULL, 0, 0},
      {"hardening", '\0', EW__FLAG, &a.hardening, NULL, "also limits and refusals that real servers often lack", NULL, 0, 0},
      {"info", '\0', EW__FLAG, &a.info, NULL, "also cases that only inform", NULL, 0, 0},
      {"destructive", '\0', EW__FLAG, &a.destructive, NULL, "also cases that may stop or starve the server", NULL, 0, 0},
      {"param", 'P', EW__LIST, &a.params, "NAME=VALUE", "a parameter of the cases (see conformance/README.md)", NULL, 0, 0},
      {"user", 'u', EW__TEXT, &a.credentials.user, "NAME", "user (or EW_USER)", NULL, 0, 0},
      {"password", '\0', EW__TEXT, &a.credentials.password, "TEXT", "password (better: EW_PASSWORD)", NULL, 0, 0},
      {"token", '\0', EW__TEXT, &a.credentials.token, "TEXT", "token (better: EW_TOKEN or --token-file)", NULL, 0, 0},
      {"token-file", '\0', EW__TEXT, &a.credentials.token_file, "FILE", "file that holds the token", NULL, 0, 0},
      {"profile", '\0', EW__CHOICE, &a.profile, "NAME", "how messages of the server are judged: strict, lenient (default), compat", ew__profile_names, 0, 0},
      {"timeout", 'W', EW__TIME, &a.timeout_ms, "TIME", "of a step (2s); the other times follow", NULL, 0, 0},
      {"seed", '\0', EW__NUMBER, &a.seed, "N", "repeat the made-up names of a former run", NULL, 0, 0},
      {"json", '\0', EW__TEXT, &a.json, "FILE", "write a JSON report (- is standard output)", NULL, 0, 0},
      {"junit", '\0', EW__TEXT, &a.junit, "FILE", "write a JUnit report, as CI servers read it", NULL, 0, 0},
      {"color", '\0', EW__CHOICE, &a.color, "WHEN", "auto, always or never", ew__color_names, 0, 0},
  };
  const ew__command command = {"conform", "URL",   "Run the conformance suite against a server.",
                               details,   options, sizeof(options) / sizeof(options[0])};
  int first = 0;
  int code = ew__options_parse(&command, argc, argv, &first);
  if (code != -1) {
    return code;
  }
  if (protocol == NULL && !a.list) {
    ew__complain("conform", "which protocol? --protocol takes firefly, kaleido, baas or octave");
    return EW__EXIT_USAGE;
  }
  if (argc - first != (a.list ? 0 : 1) && !(a.list && argc - first == 1)) {
    ew__complain("conform", "takes one URL; see ew conform --help");
    return EW__EXIT_USAGE;
  }
  if (is_stdout(a.json) && is_stdout(a.junit)) {
    ew__complain("conform", "one report can go to standard output, not --json and --junit");
    return EW__EXIT_USAGE;
  }
  if (a.admin != NULL && !ew__url_check("conform", "--admin", a.admin, true)) {
    return EW__EXIT_USAGE;
  }
  a.admin_token = ew__admin_token("conform", a.admin_token);
  code = add_credentials(&a, protocol);
  if (code != 0) {
    return code;
  }
  if (!add_pairs(&a)) {
    return EW__EXIT_USAGE;
  }
  ew_conform_options opts = {
      .url = first < argc ? argv[first] : NULL,
      .protocol = protocol,
      .admin_url = a.admin,
      .admin_token = a.admin_token,
      .params = a.list_of_params,
      .param_count = a.param_count,
      .files = a.files.count != 0 ? a.files.items : NULL,
      .run = a.run.count != 0 ? a.run.items : NULL,
      .skip = a.skip.count != 0 ? a.skip.items : NULL,
      .levels = EW_CONFORM_DEFAULT_LEVELS | (a.hardening ? (uint32_t)EW_CONFORM_HARDENING : 0u) |
                (a.info ? (uint32_t)EW_CONFORM_INFO : 0u),
      .destructive = a.destructive,
      .timeout_ms = a.timeout_ms,
      .seed = a.seed,
      .profile = (ew_profile)a.profile,
  };
  ew__signals(on_signal);
  return a.list ? list(&opts) : run(&a, &opts);
}
