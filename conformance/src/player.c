#define _POSIX_C_SOURCE 200809L

#include "player_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NORMAL_TIMEOUT_MS 2000

uint64_t ew__player_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The first failure of a case is the one told. */
bool ew__player_fail(ew__player *p, const char *format, ...) {
  ew__outcome *outcome = p->outcome;
  if (outcome->reason.len > 0) {
    return false;
  }
  char reason[512];
  va_list args;
  va_start(args, format);
  vsnprintf(reason, sizeof(reason), format, args);
  va_end(args);
  ew__ctext_puts(&outcome->reason, reason);
  outcome->line = p->step == NULL ? p->kase->line : p->step->valueint;
  return false;
}

bool ew__player_no_memory(ew__player *p) {
  p->no_memory = true;
  return false;
}

static void forget_oldest_row(ew__outcome *outcome) {
  union {
    const char *in;
    char *out;
  } text = {.in = outcome->rows[0].text};
  free(text.out);
  memmove(&outcome->rows[0], &outcome->rows[1], (EW__MAX_ROWS - 1) * sizeof(outcome->rows[0]));
  outcome->row_count--;
}

void ew__outcome_clear(ew__outcome *outcome) {
  while (outcome->row_count > 0) {
    forget_oldest_row(outcome);
  }
  ew__ctext_clear(&outcome->reason);
  ew__ctext_clear(&outcome->pointer);
  ew__ctext_clear(&outcome->expected);
  ew__ctext_clear(&outcome->got);
}

void ew__player_record(ew__player *p, char direction, ew__ctext *text) {
  ew__outcome *outcome = p->outcome;
  if (text->failed || text->ptr == NULL) {
    ew__ctext_clear(text);
    return;
  }
  if (outcome->row_count == EW__MAX_ROWS) {
    forget_oldest_row(outcome);
  }
  outcome->rows[outcome->row_count++] = (ew_conform_row){(uint32_t)(ew__player_now() - p->started_ms),
                                                         direction, text->ptr};
}

void ew__player_note(ew__player *p, char direction, const ew__connection *c, const char *what, ew_str bytes) {
  ew__ctext text = {0};
  if (strcmp(c->name, "main") != 0) {
    ew__ctext_printf(&text, "[%s] ", c->name);
  }
  ew__ctext_puts(&text, what);
  ew__ctext_append_visible(&text, bytes.ptr, bytes.len, EW__MAX_ROW_BYTES);
  ew__player_record(p, direction, &text);
}

/* Appends the text with all names replaced. */
bool ew__player_expand(ew__player *p, const char *text, ew__ctext *out) {
  ew__ctext words = {0};
  bool ok = ew__vars_expand(p->stage->vars, text, out, &words);
  if (!ok) {
    ok = words.len > 0 ? ew__player_fail(p, "%s", ew__ctext_str(&words)) : ew__player_no_memory(p);
  }
  ew__ctext_clear(&words);
  return ok;
}

/* NULL after ew__player_fail() or ew__player_no_memory(). */
cJSON *ew__player_resolve(ew__player *p, const cJSON *node) {
  ew__ctext words = {0};
  cJSON *value = ew__vars_resolve(p->stage->vars, node, &words);
  if (value == NULL) {
    (void)(words.len > 0 ? ew__player_fail(p, "%s", ew__ctext_str(&words)) : ew__player_no_memory(p));
  }
  ew__ctext_clear(&words);
  return value;
}

/* Times stretch with the time of a step, but never below what they say. */
static uint32_t scale(const ew__player *p, uint32_t ms) {
  uint64_t scaled = (uint64_t)ms * p->stage->timeout_ms / NORMAL_TIMEOUT_MS;
  return scaled > ms ? (uint32_t)scaled : ms;
}

bool ew__player_duration(ew__player *p, const char *text, uint32_t *ms) {
  ew__ctext value = {0};
  bool ok = ew__player_expand(p, text, &value);
  if (ok && !ew__duration_parse(ew__ctext_str(&value), ms)) {
    ok = ew__player_fail(p, "\"%s\" is no duration such as 250ms or 2s", ew__ctext_str(&value));
  }
  ew__ctext_clear(&value);
  return ok;
}

uint32_t ew__player_timeout(ew__player *p, const cJSON *verbs) {
  const char *text = ew__tree_get_text(verbs, "within",
                                       ew__tree_get_text(p->kase->suite->defaults, "within", NULL));
  uint32_t ms = p->stage->timeout_ms;
  if (text == NULL || !ew__player_duration(p, text, &ms)) {
    return ms;
  }
  return scale(p, ms);
}

uint64_t ew__player_random(ew__player *p) {
  uint64_t z = (p->random += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

size_t ew__count_of(const cJSON *map, const char *name, size_t fallback) {
  const cJSON *node = ew__tree_get(map, name);
  return cJSON_IsNumber(node) ? (size_t)node->valuedouble : fallback;
}

/* ----------------------------------------------------------------------------------------------- matching */

ew__match ew__player_match(ew__player *p) {
  return (ew__match){.vars = p->stage->vars, .document = p->kase->suite->document,
                     .profile = p->stage->profile};
}

/* Compares and, on a mismatch, tells the outcome where and what. label names the thing compared. */
bool ew__player_compare(ew__player *p, ew__match *match, const char *label, const cJSON *expected,
                        const cJSON *got) {
  bool ok = ew__match_value(match, expected, got);
  if (match->no_memory) {
    ok = ew__player_no_memory(p);
  } else if (!ok && p->outcome->reason.len == 0) {
    ew__player_fail(p, "%s is not as expected", label);
    ew__ctext *parts[] = {&p->outcome->pointer, &p->outcome->expected, &p->outcome->got};
    const ew__ctext *found[] = {&match->pointer, &match->expected, &match->got};
    for (size_t i = 0; i < 3; i++) {
      ew__ctext_reset(parts[i]);
      ew__ctext_puts(parts[i], ew__ctext_str(found[i]));
    }
  }
  ew__match_clear(match);
  return ok;
}

/* A plain list means "one of" where codes and statuses are expected. */
bool ew__player_compare_code(ew__player *p, const char *label, const cJSON *expected, unsigned code) {
  char digits[16];
  int len = snprintf(digits, sizeof(digits), "%u", code);
  cJSON *got = ew__tree_number(digits, (size_t)len, 0);
  cJSON *alternatives = cJSON_IsArray(expected) ? cJSON_CreateObject() : NULL;
  bool ok = got != NULL;
  if (ok && cJSON_IsArray(expected)) {
    ok = alternatives != NULL && ew__tree_add(alternatives, "$in", cJSON_Duplicate(expected, 1));
  }
  if (ok) {
    ew__match match = ew__player_match(p);
    ok = ew__player_compare(p, &match, label, alternatives == NULL ? expected : alternatives, got);
  } else {
    ew__player_no_memory(p);
  }
  cJSON_Delete(alternatives);
  cJSON_Delete(got);
  return ok;
}

bool ew__player_compare_text(ew__player *p, const char *label, const cJSON *expected, ew_str bytes) {
  cJSON *got = ew__tree_text(bytes.ptr, bytes.len, 0);
  if (got == NULL) {
    return ew__player_no_memory(p);
  }
  ew__match match = ew__player_match(p);
  bool ok = ew__player_compare(p, &match, label, expected, got);
  cJSON_Delete(got);
  return ok;
}

/* A body of HTTP: its JSON, or its text when it is none, or null when there is no body. */
bool ew__player_compare_body(ew__player *p, const cJSON *expected, const ew__reply *answer) {
  ew_diag diag = {0};
  cJSON *got = NULL;
  ew_str bytes = ew_str_from(answer->body, answer->size);
  ew_err err = answer->size == 0 ? EW_ERR_TRUNCATED : ew__tree_parse(bytes, &got, &diag);
  if (err == EW_ERR_NOMEM) {
    return ew__player_no_memory(p);
  }
  if (err != EW_OK) {
    got = answer->size == 0 ? cJSON_CreateNull() : ew__tree_text(bytes.ptr, bytes.len, 0);
  }
  if (got == NULL) {
    return ew__player_no_memory(p);
  }
  ew__match match = ew__player_match(p);
  match.root = got;
  match.text = bytes;
  bool ok = ew__player_compare(p, &match, "the body of the answer", expected, got);
  cJSON_Delete(got);
  return ok;
}
