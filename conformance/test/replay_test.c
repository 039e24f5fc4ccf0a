/*
 * replay_test FOLDER: plays the recorded transcripts of FOLDER (JSON reports of real runs) against the
 * matchers, without a network. What was ok when it was recorded must be ok again, and must fail when the
 * recording is falsified.
 */
#include "test_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "play_internal.h"

static const char *folder;

/* ------------------------------------------------------------------------------------ a recording as peer */

/* Rows of the case being played; what the server said is handed out in the order it was said. */
typedef struct recording {
  const cJSON *next;
  char *falsify_from; /* in the texts of the server, or NULL */
  const char *falsify_to;
  char *bytes; /* of the last arrival */
} recording;

struct ew__link {
  recording *tape;
};

/* Rows show control bytes as \xNN: back to bytes. */
static size_t unescape(char *text) {
  char *to = text;
  for (char *from = text; *from != '\0';) {
    unsigned byte = 0;
    if (from[0] == '\\' && from[1] == 'x' && sscanf(from + 2, "%2x", &byte) == 1) {
      *to++ = (char)byte;
      from += 4;
    } else {
      *to++ = *from++;
    }
  }
  *to = '\0';
  return (size_t)(to - text);
}

static void falsify(recording *tape, ew__ctext *text) {
  char *hit = tape->falsify_from == NULL ? NULL : strstr(text->ptr, tape->falsify_from);
  if (hit == NULL) {
    return;
  }
  ew__ctext out = {0};
  ew__ctext_append(&out, text->ptr, (size_t)(hit - text->ptr));
  ew__ctext_puts(&out, tape->falsify_to);
  ew__ctext_puts(&out, hit + strlen(tape->falsify_from));
  ew__ctext_clear(text);
  *text = out;
}

static bool is_next(const recording *tape, const char *who) { return strcmp(ew__tree_get_text(tape->next, "who", ""), who) == 0; }

/* The next row, when it is one of who. NULL: somebody else has the word first. */
static const char *take(recording *tape, const char *who) {
  if (!is_next(tape, who)) {
    return NULL;
  }
  ew__ctext text = {0};
  ew__ctext_puts(&text, ew__tree_get_text(tape->next, "text", ""));
  tape->next = tape->next->next;
  falsify(tape, &text);
  free(tape->bytes);
  tape->bytes = text.ptr;
  return tape->bytes;
}

/* "... -> 201 {...}" and "refused with status 404 {...}" */
static void read_answer(const char *text, ew__reply *reply) {
  int used = 0;
  assert_int_equal(sscanf(text, "%d %n", &reply->status, &used), 1);
  reply->body = malloc(strlen(text) + 1);
  assert_non_null(reply->body);
  strcpy(reply->body, text + used);
  reply->size = unescape(reply->body);
}

static ew_err tape_open(void *ctx, const ew__call *call, ew__link **out, ew__reply *refusal, ew_diag *diag) {
  static const char refused[] = "refused with status ";
  recording *tape = ctx;
  (void)call;
  (void)diag;
  (void)take(tape, "end"); /* of the connection before */
  assert_non_null(take(tape, "client"));
  if (is_next(tape, "server") &&
      strncmp(ew__tree_get_text(tape->next, "text", ""), refused, strlen(refused)) == 0) {
    read_answer(take(tape, "server") + strlen(refused), refusal);
    return EW_ERR_REFUSED;
  }
  ew__link *link = calloc(1, sizeof(*link));
  assert_non_null(link);
  link->tape = tape;
  *out = link;
  return EW_OK;
}

static ew_err tape_write(ew__link *link, ew_str bytes) {
  assert_true(bytes.len >= 6); /* a masked frame */
  (void)take(link->tape, "client");
  return EW_OK;
}

static ew_err tape_read(ew__link *link, uint32_t timeout_ms, ew__arrival *out) {
  recording *tape = link->tape;
  const char *text = take(tape, "server");
  unsigned code = EW_CLOSE_ABNORMAL;
  (void)timeout_ms;
  if (text == NULL) {
    return EW_ERR_TIMEOUT;
  }
  size_t len = unescape(tape->bytes);
  *out = (ew__arrival){.kind = EW__ARRIVAL_MESSAGE, .valid_utf8 = true, .payload = ew_str_from(text, len)};
  if (strncmp(text, "pong ", 5) == 0) {
    out->kind = EW__ARRIVAL_PONG;
    out->payload = ew_str_from(text + 5, len - 5);
  } else if (sscanf(text, "close %u", &code) == 1 || strncmp(text, "TCP ended", 9) == 0) {
    *out = (ew__arrival){.kind = EW__ARRIVAL_CLOSE, .code = (uint16_t)code};
  }
  return EW_OK;
}

static void tape_shut(ew__link *link, bool reset) {
  (void)reset;
  free(link);
}

static ew_err tape_http(void *ctx, const ew__call *call, ew__reply *reply, ew_diag *diag) {
  const char *text = take(ctx, "http");
  (void)diag;
  assert_non_null(text);
  assert_memory_equal(text, call->method, strlen(call->method));
  const char *arrow = NULL;
  for (const char *hit = strstr(text, " -> "); hit != NULL; hit = strstr(hit + 1, " -> ")) {
    arrow = hit;
  }
  assert_non_null(arrow);
  read_answer(arrow + 4, reply);
  return EW_OK;
}

/* ---------------------------------------------------------------------------------------------- replaying */

static const ew__case *find_case(const ew__cases *cases, const char *id) {
  for (size_t i = 0; i < cases->count; i++) {
    if (strcmp(cases->items[i].id, id) == 0) {
      return &cases->items[i];
    }
  }
  fail_msg("no case %s", id);
  return NULL;
}

/* Plays one recorded case; the outcome's reason goes to reason. */
static bool replay(const ew__cases *cases, uint64_t seed, const cJSON *record, recording *tape, char *reason,
                   size_t size) {
  const ew__case *kase = find_case(cases, ew__tree_get_text(record, "case", ""));
  ew__peer peer = {tape, tape_open, tape_write, tape_read, tape_shut, tape_http};
  ew__vars vars = {0};
  ew__outcome *outcome = calloc(1, sizeof(*outcome));
  assert_non_null(outcome);
  assert_int_equal(ew__suite_params(kase->suite, &vars), EW_OK);
  ew__stage stage = {.peer = &peer, .vars = &vars, .origin = "ws://replay", .admin_url = "http://replay",
                     .profile = EW_STRICT, .timeout_ms = 2000, .seed = seed};
  tape->next = ew__tree_get(record, "wire")->child;
  assert_int_equal(ew__play(&stage, kase, outcome), EW_OK);
  bool passed = outcome->passed;
  snprintf(reason, size, "%s%s %s", ew__ctext_str(&outcome->reason), ew__ctext_str(&outcome->pointer),
           ew__ctext_str(&outcome->got));
  ew__outcome_clear(outcome);
  ew__vars_clear(&vars);
  free(outcome);
  free(tape->bytes);
  tape->bytes = NULL;
  return passed;
}

typedef void (*visitor)(const ew__cases *cases, uint64_t seed, const cJSON *record, void *ctx);

static void visit_file(const char *name, visitor visit, void *ctx) {
  char path[512];
  static char line[1 << 16];
  ew__cases cases = {0};
  ew__ctext error = {0};
  uint64_t seed = 0;
  snprintf(path, sizeof(path), "%s/%s.ndjson", folder, name);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  assert_int_equal(ew__cases_load(&cases, NULL, name, &error), EW_OK);
  while (fgets(line, sizeof(line), file) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    cJSON *record = tree_of_json(line);
    if (ew__tree_get(record, "seed") != NULL) {
      seed = strtoull(ew__tree_get_text(record, "seed", "0"), NULL, 10);
    } else if (ew__tree_get(record, "wire") != NULL) {
      visit(&cases, seed, record, ctx);
    }
    cJSON_Delete(record);
  }
  fclose(file);
  ew__cases_clear(&cases);
}

static void expect_ok(const ew__cases *cases, uint64_t seed, const cJSON *record, void *ctx) {
  size_t *count = ctx;
  recording tape = {0};
  char reason[600];
  if (!replay(cases, seed, record, &tape, reason, sizeof(reason))) {
    fail_msg("%s: %s", ew__tree_get_text(record, "case", ""), reason);
  }
  (*count)++;
}

static void what_was_recorded_passes_again(void **state) {
  (void)state;
  static const char *const names[] = {"firefly", "kaleido", "baas", "octave"};
  size_t count = 0;
  for (size_t i = 0; i < 4; i++) {
    visit_file(names[i], expect_ok, &count);
  }
  assert_int_equal(count, 12);
}

typedef struct forgery {
  const char *id;
  char from[40];
  const char *to;
  const char *reason;
  bool found;
} forgery;

static void expect_failure(const ew__cases *cases, uint64_t seed, const cJSON *record, void *ctx) {
  forgery *f = ctx;
  if (strcmp(ew__tree_get_text(record, "case", ""), f->id) != 0) {
    return;
  }
  recording tape = {.falsify_from = f->from, .falsify_to = f->to};
  char reason[600];
  f->found = true;
  bool passed = replay(cases, seed, record, &tape, reason, sizeof(reason));
  if (passed || strstr(reason, f->reason) == NULL) {
    fail_msg("%s: \"%s\" does not say \"%s\"", f->id, reason, f->reason);
  }
}

static void a_falsified_recording_fails(void **state) {
  (void)state;
  forgery forgeries[] = {
      {"firefly/start/unknown-action", "FF10177", "FF10178", "/error", false},
      {"firefly/start/unknown-action", "TCP ended without a Close frame", "{}", "a message came instead", false},
      {"firefly/deliver/batch", "\"event_batch\"", "\"event_bunch\"", "as expected", false},
      {"firefly/ack/redelivery", "-> 204", "-> 404", "status of the answer", false},
      {"firefly/connect/unknown-namespace", "status 404", "status 500", "status of the refusal", false},
      {"firefly/connect/close-echo", "close 1000", "close 1001", "the close code", false},
      {"kaleido/ack/error-blocks", "-> 200", "-> 503", "publishing was refused", false},
      {"kaleido/malformed/not-json", "TCP ended without a Close frame", "[]", "a message came instead", false},
      {"kaleido/deliver/two-topics", "\"data\":\"2\"", "\"data\":\"1\"", "the list of messages", false},
      {"baas/deliver/two-sources", "\"type\":\"Block\"", "\"type\":\"Tx\"", "/1/type", false},
      {"octave/subscribe/unsubscribe", "\"ok\":true,\"errors\":[]", "\"ok\":true,\"errors\":[1]", "/head/errors", false},
      {"octave/malformed/no-selector", "\"ok\":false", "\"ok\":true", "the message", false},
  };
  for (size_t i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
    char protocol[16];
    snprintf(protocol, sizeof(protocol), "%.*s", (int)strcspn(forgeries[i].id, "/"), forgeries[i].id);
    visit_file(protocol, expect_failure, &forgeries[i]);
    assert_true(forgeries[i].found);
  }
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: replay_test FOLDER\n");
    return 2;
  }
  folder = argv[1];
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_was_recorded_passes_again),
      cmocka_unit_test(a_falsified_recording_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
