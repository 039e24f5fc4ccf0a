#define _POSIX_C_SOURCE 200809L

#include "eventwire/conform.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "play_internal.h"
#include "report_internal.h"

#define DEFAULT_TIMEOUT_MS 2000

typedef struct run {
  const ew_conform_options *opts;
  ew_conform_summary *summary;
  ew__cases cases;
  ew__ctext error;
  ew__vars vars;
  const ew__case **chosen;
  size_t chosen_count;
  ew__ctext origin;      /* "ws://host:port" */
  ew__ctext user;
  ew__ctext password;
  ew__ctext reason;      /* of a skipped case */
  ew__outcome *outcome;
  uint64_t seed;
  bool reached;          /* some connection or request got through */
  bool admin_reached;    /* the admin listener has answered */
} run;

const char *ew_conform_level_text(ew_conform_level level) {
  switch (level) {
  case EW_CONFORM_MUST:
    return "MUST";
  case EW_CONFORM_SHOULD:
    return "SHOULD";
  case EW_CONFORM_OBSERVED:
    return "OBSERVED";
  case EW_CONFORM_HARDENING:
    return "HARDENING";
  case EW_CONFORM_INFO:
    return "INFO";
  }
  return "unknown";
}

const char *ew_conform_verdict_text(ew_conform_verdict verdict) {
  switch (verdict) {
  case EW_CONFORM_OK:
    return "ok";
  case EW_CONFORM_NON_STRICT:
    return "non-strict";
  case EW_CONFORM_INFORMATIONAL:
    return "informational";
  case EW_CONFORM_FAILED:
    return "failed";
  case EW_CONFORM_SKIPPED:
    return "skipped";
  }
  return "unknown";
}

static uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Unpredictable is not needed: two runs at once must not use the same names. */
static uint64_t make_seed(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  uint64_t seed = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
  return (seed ^ seed >> 29) & UINT64_C(0xFFFFFFFF);
}

/* ---------------------------------------------------------------------------------------------- selection */

static bool fits_any(const char *const *patterns, const char *id) {
  for (; *patterns != NULL; patterns++) {
    if (ew__pattern_fits(*patterns, id)) {
      return true;
    }
  }
  return false;
}

static bool is_of_protocol(const run *r, const ew__case *kase) {
  return r->opts->protocol == NULL || strcmp(kase->suite->protocol, r->opts->protocol) == 0;
}

static bool is_chosen(const run *r, const ew__case *kase) {
  uint32_t levels = r->opts->levels == 0 ? EW_CONFORM_DEFAULT_LEVELS : r->opts->levels;
  bool wanted = is_of_protocol(r, kase) && (levels & (uint32_t)kase->level) != 0;
  wanted = wanted && (r->opts->run == NULL || fits_any(r->opts->run, kase->id));
  wanted = wanted && (r->opts->skip == NULL || !fits_any(r->opts->skip, kase->id));
  return wanted && (r->opts->destructive || !cJSON_IsTrue(ew__tree_get(kase->tree, "destructive")));
}

/* A pattern with a slip of the pen would otherwise pass for "all is well". */
static ew_err check_patterns(run *r, const char *const *patterns) {
  for (; patterns != NULL && *patterns != NULL; patterns++) {
    bool found = false;
    for (size_t i = 0; i < r->cases.count && !found; i++) {
      found = is_of_protocol(r, &r->cases.items[i]) && ew__pattern_fits(*patterns, r->cases.items[i].id);
    }
    if (!found) {
      ew__ctext_printf(&r->error, "the pattern \"%s\" fits no case", *patterns);
      return EW_ERR_NOT_FOUND;
    }
  }
  return EW_OK;
}

static ew_err choose(run *r) {
  ew_err err = check_patterns(r, r->opts->run);
  if (err == EW_OK) {
    err = check_patterns(r, r->opts->skip);
  }
  if (err != EW_OK) {
    return err;
  }
  r->chosen = calloc(r->cases.count + 1, sizeof(*r->chosen));
  if (r->chosen == NULL) {
    return EW_ERR_NOMEM;
  }
  for (size_t i = 0; i < r->cases.count; i++) {
    if (is_chosen(r, &r->cases.items[i])) {
      r->chosen[r->chosen_count++] = &r->cases.items[i];
    }
  }
  if (r->chosen_count == 0) {
    ew__ctext_puts(&r->error, "no case is selected");
    return EW_ERR_NOT_FOUND;
  }
  return EW_OK;
}

static ew_err load(run *r) {
  const char *protocol = r->opts->protocol;
  if (protocol != NULL && ew_protocol_find(protocol) == NULL) {
    const char *near = ew__nearest_name(protocol, ew_protocol_names());
    ew__ctext_printf(&r->error, "unknown protocol \"%s\"", protocol);
    if (near != NULL) {
      ew__ctext_printf(&r->error, ", did you mean \"%s\"?", near);
    }
    return EW_ERR_ARGUMENT;
  }
  ew_err err = ew__cases_load(&r->cases, r->opts->files, protocol, &r->error);
  return err == EW_OK ? choose(r) : err;
}

/* ---------------------------------------------------------------------------------- needs of single cases */

/* The list of the case, else of its suite. */
static const cJSON *rule_of(const ew__case *kase, const char *name) {
  const cJSON *own = ew__tree_get(kase->tree, name);
  return own != NULL ? own : ew__suite_default(kase->suite, name);
}

static bool tests_servers(const ew__case *kase) {
  const cJSON *roles = ew__tree_get(kase->tree, "sut");
  if (!cJSON_IsArray(roles)) {
    return true;
  }
  for (const cJSON *role = roles->child; role != NULL; role = role->next) {
    if (strcmp(role->valuestring, "server") == 0) {
      return true;
    }
  }
  return false;
}

static bool lacks(run *r, const char *need) {
  if (strcmp(need, "publish") == 0) {
    if (r->opts->admin_url != NULL) {
      return false;
    }
    ew__ctext_puts(&r->reason, "needs the URL of an admin listener, to publish events");
    return true;
  }
  if (ew__vars_text(&r->vars, need)[0] != '\0') {
    return false;
  }
  ew__ctext_printf(&r->reason, "needs the parameter \"%s\"", need);
  return true;
}

static bool value_is_among(const cJSON *wanted, const char *value) {
  if (cJSON_IsString(wanted)) {
    return strcmp(wanted->valuestring, value) == 0;
  }
  for (const cJSON *item = wanted->child; item != NULL; item = item->next) {
    if (strcmp(item->valuestring, value) == 0) {
      return true;
    }
  }
  return false;
}

/* False, with r->reason, when the case cannot be played here. */
static bool is_playable(run *r, const ew__case *kase) {
  const cJSON *needs = rule_of(kase, "needs");
  const cJSON *when = rule_of(kase, "when");
  ew__ctext_reset(&r->reason);
  if (!tests_servers(kase)) {
    ew__ctext_puts(&r->reason, "tests clients");
    return false;
  }
  for (const cJSON *need = needs == NULL ? NULL : needs->child; need != NULL; need = need->next) {
    if (lacks(r, need->valuestring)) {
      return false;
    }
  }
  for (const cJSON *rule = when == NULL ? NULL : when->child; rule != NULL; rule = rule->next) {
    const char *value = ew__vars_text(&r->vars, rule->string);
    if (!value_is_among(rule, value)) {
      ew__ctext_printf(&r->reason, "not for %s \"%s\"", rule->string, value);
      return false;
    }
  }
  return true;
}

/* --------------------------------------------------------------------------------------------- parameters */

static bool is_known_param(const run *r, const char *name) {
  for (size_t i = 0; i < ew__param_count; i++) {
    const ew__param *param = &ew__params[i];
    if (strcmp(param->name, name) == 0 &&
        (param->protocol == NULL || strcmp(param->protocol, r->opts->protocol) == 0)) {
      return true;
    }
  }
  for (size_t i = 0; i < r->cases.suite_count; i++) {
    if (ew__tree_get(r->cases.suites[i]->params, name) != NULL) {
      return true;
    }
  }
  return false;
}

static ew_err refuse_param(run *r, const char *name) {
  const char *names[64];
  size_t count = 0;
  for (size_t i = 0; i < ew__param_count && count < 63; i++) {
    if (ew__params[i].protocol == NULL || strcmp(ew__params[i].protocol, r->opts->protocol) == 0) {
      names[count++] = ew__params[i].name;
    }
  }
  names[count] = NULL;
  const char *near = ew__nearest_name(name, names);
  ew__ctext_printf(&r->error, "no case of %s has a parameter \"%s\"", r->opts->protocol, name);
  if (near != NULL) {
    ew__ctext_printf(&r->error, ", did you mean \"%s\"?", near);
  }
  return EW_ERR_ARGUMENT;
}

static ew_err check_params(run *r) {
  for (size_t i = 0; i < r->opts->param_count; i++) {
    if (!is_known_param(r, r->opts->params[i].name)) {
      return refuse_param(r, r->opts->params[i].name);
    }
  }
  return EW_OK;
}

static bool is_secret(const char *name) {
  for (size_t i = 0; i < ew__param_count; i++) {
    if (strcmp(ew__params[i].name, name) == 0) {
      return ew__params[i].secret;
    }
  }
  return false;
}

/*
 * Defaults of the suite, then the URL's user, then what the caller
 * gave. The admin token is there to be hidden.
 */
static ew_err set_vars(run *r, const ew__suite *suite) {
  ew__vars_cut(&r->vars, 0);
  ew_err err = ew__suite_params(suite, &r->vars);
  if (err == EW_OK && r->opts->admin_token != NULL) {
    err = ew__vars_set_text(&r->vars, "admin_token", r->opts->admin_token, true);
  }
  if (err == EW_OK && r->user.len > 0) {
    err = ew__vars_set_text(&r->vars, "user", r->user.ptr, false);
  }
  if (err == EW_OK && r->password.len > 0) {
    err = ew__vars_set_text(&r->vars, "password", r->password.ptr, true);
  }
  for (size_t i = 0; i < r->opts->param_count && err == EW_OK; i++) {
    const ew_conform_param *param = &r->opts->params[i];
    err = ew__vars_set_text(&r->vars, param->name, param->value, is_secret(param->name));
  }
  return err;
}

/* --------------------------------------------------------------------------------------------------- URL */

static ew_err bad_url(run *r, const char *why) {
  ew__ctext_printf(&r->error, "the URL cannot be used: %s", why);
  return EW_ERR_ARGUMENT;
}

static int hex_value(char c) {
  const char *digits = "0123456789abcdef";
  const char *hit = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c);
  return hit == NULL ? -1 : (int)(hit - digits);
}

static bool decode_percent(const char *from, const char *end, ew__ctext *out) {
  while (from < end) {
    char byte = *from++;
    if (byte == '%') {
      int high = end - from >= 2 ? hex_value(from[0]) : -1;
      int low = end - from >= 2 ? hex_value(from[1]) : -1;
      if (high < 0 || low < 0 || high + low == 0) {
        return false;
      }
      byte = (char)(high * 16 + low);
      from += 2;
    }
    ew__ctext_append(out, &byte, 1);
  }
  return true;
}

static ew_err take_user_info(run *r, const char *from, const char *at) {
  const char *colon = memchr(from, ':', (size_t)(at - from));
  bool ok = decode_percent(from, colon == NULL ? at : colon, &r->user);
  ok = ok && (colon == NULL || decode_percent(colon + 1, at, &r->password));
  return ok ? EW_OK : bad_url(r, "bad percent-encoding in the user");
}

/* Host and port behind the scheme and the user; *end is behind them. */
static const char *find_host(const char *authority, const char **end) {
  const char *host = authority;
  *end = authority + strcspn(authority, "/?#");
  for (const char *p = authority; p < *end; p++) {
    host = *p == '@' ? p + 1 : host;
  }
  return host;
}

/* Scheme, user, host and port count; the cases name the paths. */
static ew_err take_url(run *r) {
  static const struct {
    const char *text;
    const char *origin;
  } schemes[] = {{"ws://", "ws://"}, {"wss://", "wss://"}, {"http://", "ws://"}, {"https://", "wss://"}};
  const char *url = r->opts->url == NULL ? "" : r->opts->url;
  const char *rest = NULL;
  for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
    if (strncmp(url, schemes[i].text, strlen(schemes[i].text)) == 0) {
      rest = url + strlen(schemes[i].text);
      ew__ctext_puts(&r->origin, schemes[i].origin);
    }
  }
  if (rest == NULL) {
    return bad_url(r, "it must start with ws://, wss://, http:// or https://");
  }
  const char *end = NULL;
  const char *host = find_host(rest, &end);
  if (host == end) {
    return bad_url(r, "it names no host");
  }
  ew__ctext_append(&r->origin, host, (size_t)(end - host));
  return host > rest ? take_user_info(r, rest, host - 1) : EW_OK;
}

/* ---------------------------------------------------------------------------------------------- reporting */

static const ew__reporter *reporter_of(const ew_conform_output *output) {
  switch (output->format) {
  case EW_CONFORM_JSON:
    return &ew__json_reporter;
  case EW_CONFORM_JUNIT:
    return &ew__junit_reporter;
  case EW_CONFORM_TEXT:
    break;
  }
  return &ew__text_reporter;
}

static ew_err output_error(run *r) {
  ew__ctext_reset(&r->error);
  ew__ctext_puts(&r->error, "a report cannot be written");
  return EW_ERR_IO;
}

static ew_err report_begin(run *r) {
  ew__run_info info = {ew__ctext_str(&r->origin), r->opts->protocol, r->seed, r->chosen_count};
  for (size_t i = 0; i < r->opts->output_count; i++) {
    if (!reporter_of(&r->opts->outputs[i])->begin(&r->opts->outputs[i], &info)) {
      return output_error(r);
    }
  }
  return EW_OK;
}

static ew_err report_end(run *r, bool complete) {
  for (size_t i = 0; i < r->opts->output_count; i++) {
    if (!reporter_of(&r->opts->outputs[i])->end(&r->opts->outputs[i], r->summary, complete)) {
      return output_error(r);
    }
  }
  return EW_OK;
}

static void count(ew_conform_summary *summary, ew_conform_verdict verdict) {
  switch (verdict) {
  case EW_CONFORM_OK:
    summary->ok++;
    break;
  case EW_CONFORM_NON_STRICT:
    summary->non_strict++;
    break;
  case EW_CONFORM_INFORMATIONAL:
    summary->informational++;
    break;
  case EW_CONFORM_FAILED:
    summary->failed++;
    break;
  case EW_CONFORM_SKIPPED:
    summary->skipped++;
    break;
  }
}

static ew_err report_result(run *r, const ew_conform_result *result) {
  count(r->summary, result->verdict);
  for (size_t i = 0; i < r->opts->output_count; i++) {
    if (!reporter_of(&r->opts->outputs[i])->result(&r->opts->outputs[i], result)) {
      return output_error(r);
    }
  }
  if (r->opts->report != NULL && !r->opts->report(r->opts->ctx, result)) {
    ew__ctext_reset(&r->error);
    ew__ctext_puts(&r->error, "the run was ended by its caller");
    return EW_ERR_CLOSED;
  }
  return EW_OK;
}

/* ------------------------------------------------------------------------------------------------ playing */

static ew_conform_verdict verdict_of(const ew__case *kase, const ew__outcome *outcome) {
  if (kase->level == EW_CONFORM_INFO) {
    return EW_CONFORM_INFORMATIONAL;
  }
  if (outcome->passed) {
    return EW_CONFORM_OK;
  }
  return kase->level == EW_CONFORM_SHOULD ? EW_CONFORM_NON_STRICT : EW_CONFORM_FAILED;
}

static ew_conform_result new_result(const ew__case *kase) {
  return (ew_conform_result){.id = kase->id, .about = kase->about, .source = kase->source,
                             .level = kase->level, .file = "",
                             .reason = "", .pointer = "", .expected = "", .got = ""};
}

static ew_err skip_case(run *r, const ew__case *kase) {
  ew_conform_result result = new_result(kase);
  result.verdict = EW_CONFORM_SKIPPED;
  result.reason = ew__ctext_str(&r->reason);
  return report_result(r, &result);
}

static ew_err report_outcome(run *r, const ew__case *kase) {
  const ew__outcome *outcome = r->outcome;
  ew_conform_result result = new_result(kase);
  result.verdict = verdict_of(kase, outcome);
  result.elapsed_ms = outcome->elapsed_ms;
  result.rows = outcome->rows;
  result.row_count = outcome->row_count;
  if (!outcome->passed) {
    result.file = kase->suite->file;
    result.line = outcome->line;
    result.reason = ew__ctext_str(&outcome->reason);
    result.pointer = ew__ctext_str(&outcome->pointer);
    result.expected = ew__ctext_str(&outcome->expected);
    result.got = ew__ctext_str(&outcome->got);
  }
  return report_result(r, &result);
}

/* The admin URL without what may be secret: user and query. */
static void name_admin(const run *r, ew__ctext *out) {
  const char *url = r->opts->admin_url;
  const char *scheme_end = strstr(url, "://");
  const char *authority = scheme_end == NULL ? url : scheme_end + 3;
  const char *end = NULL;
  const char *host = find_host(authority, &end);
  ew__ctext_append(out, url, (size_t)(authority - url));
  ew__ctext_append(out, host, (size_t)(end - host));
}

/*
 * Where nobody has answered yet, the address is wrong, not the server:
 * the run ends instead of failing case after case.
 */
static ew_err check_reached(run *r) {
  const ew__outcome *outcome = r->outcome;
  r->admin_reached = r->admin_reached || outcome->admin_reached;
  if (outcome->no_admin && !r->admin_reached) {
    name_admin(r, &r->error);
  } else if (outcome->no_connection && !r->reached) {
    ew__ctext_puts(&r->error, ew__ctext_str(&r->origin));
  } else {
    r->reached = true;
    return EW_OK;
  }
  ew__ctext_printf(&r->error, ": %s", ew__ctext_str(&outcome->reason));
  return EW_ERR_CONNECT;
}

static ew_err play_case(run *r, const ew__peer *peer, const ew__case *kase) {
  ew_err err = set_vars(r, kase->suite);
  if (err != EW_OK) {
    return err;
  }
  if (!is_playable(r, kase)) {
    return r->reason.failed ? EW_ERR_NOMEM : skip_case(r, kase);
  }
  ew__stage stage = {.peer = peer,
                     .vars = &r->vars,
                     .origin = ew__ctext_str(&r->origin),
                     .admin_url = r->opts->admin_url,
                     .admin_token = r->opts->admin_token,
                     .profile = r->opts->profile,
                     .timeout_ms = r->opts->timeout_ms == 0 ? DEFAULT_TIMEOUT_MS : r->opts->timeout_ms,
                     .seed = r->seed};
  err = ew__play(&stage, kase, r->outcome);
  if (err == EW_OK) {
    err = check_reached(r);
  }
  if (err == EW_OK) {
    err = report_outcome(r, kase);
  }
  ew__outcome_clear(r->outcome);
  return err;
}

static ew_err play_all(run *r) {
  ew__peer peer;
  ew__network_peer(&peer, &r->opts->tls);
  uint64_t started_ms = now_ms();
  ew_err err = report_begin(r);
  for (size_t i = 0; i < r->chosen_count && err == EW_OK; i++) {
    err = play_case(r, &peer, r->chosen[i]);
  }
  r->summary->elapsed_ms = (uint32_t)(now_ms() - started_ms);
  ew_err end_err = report_end(r, err == EW_OK);
  return err == EW_OK ? end_err : err;
}

static ew_err prepare(run *r) {
  r->outcome = calloc(1, sizeof(*r->outcome));
  r->seed = r->opts->seed == 0 ? make_seed() : r->opts->seed;
  if (r->outcome == NULL) {
    return EW_ERR_NOMEM;
  }
  if (r->opts->protocol == NULL) {
    ew__ctext_puts(&r->error, "no protocol is given");
    return EW_ERR_ARGUMENT;
  }
  ew_err err = take_url(r);
  if (err == EW_OK) {
    err = load(r);
  }
  return err == EW_OK ? check_params(r) : err;
}

/* Tells the caller why, and frees everything. */
static ew_err finish(run *r, ew_err err) {
  if (r->error.failed || r->origin.failed || r->user.failed || r->password.failed) {
    err = EW_ERR_NOMEM;
  }
  if (err != EW_OK) {
    const char *words = r->error.len > 0 ? ew__ctext_str(&r->error) : ew_err_text(err);
    snprintf(r->summary->error, sizeof(r->summary->error), "%s", words);
  }
  free(r->chosen);
  free(r->outcome);
  ew__cases_clear(&r->cases);
  ew__vars_clear(&r->vars);
  ew__ctext *texts[] = {&r->error, &r->origin, &r->user, &r->password, &r->reason};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    ew__ctext_clear(texts[i]);
  }
  return err;
}

ew_err ew_conform_run(const ew_conform_options *opts, ew_conform_summary *summary) {
  run r = {.opts = opts, .summary = summary};
  memset(summary, 0, sizeof(*summary));
  ew_err err = prepare(&r);
  if (err == EW_OK) {
    err = play_all(&r);
  }
  return finish(&r, err);
}

/* ------------------------------------------------------------------------------------------------ listing */

static void join_needs(const ew__case *kase, ew__ctext *out) {
  const cJSON *needs = rule_of(kase, "needs");
  for (const cJSON *need = needs == NULL ? NULL : needs->child; need != NULL; need = need->next) {
    ew__ctext_printf(out, "%s%s", out->len == 0 ? "" : ", ", need->valuestring);
  }
}

ew_err ew_conform_list(const ew_conform_options *opts,
                       void (*entry)(void *ctx, const ew_conform_entry *entry), void *ctx,
                       ew_conform_summary *summary) {
  run r = {.opts = opts, .summary = summary};
  memset(summary, 0, sizeof(*summary));
  ew_err err = load(&r);
  for (size_t i = 0; i < r.chosen_count && err == EW_OK; i++) {
    const ew__case *kase = r.chosen[i];
    ew__ctext needs = {0};
    join_needs(kase, &needs);
    ew_conform_entry e = {kase->id, kase->about, kase->source, ew__ctext_str(&needs), kase->level,
                          kase->suite->file, kase->line};
    entry(ctx, &e);
    ew__ctext_clear(&needs);
  }
  return finish(&r, err);
}
