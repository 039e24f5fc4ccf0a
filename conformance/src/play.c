#include "player_internal.h"

#include <stdio.h>
#include <string.h>

static bool play_step(ew__player *p, const cJSON *step) {
  const cJSON *verbs = step->child; /* the grammar allows exactly one */
  p->step = verbs;
  if (strcmp(verbs->string, "client") == 0) {
    return ew__play_client(p, verbs);
  }
  if (strcmp(verbs->string, "server") == 0) {
    return ew__play_server(p, verbs);
  }
  const cJSON *http = ew__tree_get(verbs, "http");
  return http != NULL ? ew__play_http(p, http) : ew__play_publish(p, ew__tree_get(verbs, "publish"));
}

static bool play_steps(ew__player *p, const cJSON *steps) {
  const cJSON *step = steps == NULL ? NULL : steps->child;
  for (; step != NULL; step = step->next) {
    if (!play_step(p, step) || p->outcome->reason.len > 0) {
      return false;
    }
  }
  return true;
}

/* A refusal that the case did not ask for must not pass as success. */
static bool check_refusals(ew__player *p) {
  for (size_t i = 0; i < p->connection_count; i++) {
    if (p->connections[i].state == EW__CONNECTION_REFUSED) {
      return ew__player_fail(p, "the server refused the connection with status %d",
                             p->connections[i].refusal.status);
    }
  }
  return true;
}

static void redact_rows(ew__player *p) {
  ew__outcome *outcome = p->outcome;
  for (size_t i = 0; i < outcome->row_count; i++) {
    union {
      const char *in;
      char *out;
    } owned = {.in = outcome->rows[i].text};
    ew__ctext text = {.ptr = owned.out, .len = strlen(owned.out), .size = strlen(owned.out) + 1};
    ew__vars_redact(p->stage->vars, &text);
    outcome->rows[i].text = text.ptr;
    if (text.failed) {
      p->no_memory = true;
    }
  }
}

static void redact(ew__player *p) {
  ew__ctext *texts[] = {&p->outcome->reason, &p->outcome->pointer, &p->outcome->expected, &p->outcome->got};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    ew__vars_redact(p->stage->vars, texts[i]);
    p->no_memory = p->no_memory || texts[i]->failed;
  }
  redact_rows(p);
}

/* Names made up for a case depend on the run and on the case alone, so the seed brings them back. */
static void name_case(const ew__stage *stage, const ew__case *kase) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ stage->seed * UINT64_C(0x9e3779b97f4a7c15);
  for (const char *c = kase->id; *c != '\0'; c++) {
    hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
  }
  snprintf(stage->vars->unique, sizeof(stage->vars->unique), "ew%016llx", (unsigned long long)hash);
}

ew_err ew__play(const ew__stage *stage, const ew__case *kase, ew__outcome *outcome) {
  memset(outcome, 0, sizeof(*outcome));
  ew__player p = {.stage = stage, .kase = kase, .outcome = outcome, .started_ms = ew__player_now(),
                  .random = stage->seed};
  size_t mark = stage->vars->count;
  name_case(stage, kase);
  outcome->passed = play_steps(&p, kase->setup) && play_steps(&p, kase->steps) && check_refusals(&p);
  outcome->elapsed_ms = (uint32_t)(ew__player_now() - p.started_ms);
  for (size_t i = 0; i < p.connection_count; i++) {
    ew__connection_shut(&p, &p.connections[i], false);
  }
  redact(&p);
  ew__vars_cut(stage->vars, mark);
  return p.no_memory ? EW_ERR_NOMEM : EW_OK;
}
