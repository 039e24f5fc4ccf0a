/*
 * Every allocation fails in turn: loading, matching and playing end in EW_ERR_NOMEM, or do their work. Linked
 * with --wrap for the runner's own allocations; those of cJSON go through its hooks. Leaks show under the
 * sanitizers and valgrind.
 */
#include "test_internal.h"

#include <stdlib.h>
#include <string.h>

#include "eventwire/protocol.h"
#include "match_internal.h"
#include "play_internal.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *ptr, size_t size);

/* Allocations that still succeed; SIZE_MAX: all. */
static size_t budget = SIZE_MAX;
static size_t refused;

static bool may_allocate(void) {
  if (budget == SIZE_MAX) {
    return true;
  }
  if (budget == 0) {
    refused++;
    return false;
  }
  budget--;
  return true;
}

void *__wrap_malloc(size_t size) { return may_allocate() ? __real_malloc(size) : NULL; }
void *__wrap_calloc(size_t count, size_t size) { return may_allocate() ? __real_calloc(count, size) : NULL; }
void *__wrap_realloc(void *ptr, size_t size) { return may_allocate() ? __real_realloc(ptr, size) : NULL; }

static void *hook_malloc(size_t size) { return __wrap_malloc(size); }
static void hook_free(void *ptr) { free(ptr); }

static const char yaml[] =
    "suite: firefly/memory\nprotocol: firefly\nsource: x\nparams: {extra: 'one'}\ndefaults: {path: /ws, within: 2s}\n"
    "setup:\n  - control: {http: {method: POST, path: '/x/${extra|url}', headers: {A: 'b ${unique}'}, body: {a: [1, '$$x']}, answer: {id: {$secret: id}}}}\n"
    "cases:\n  - id: one\n    about: a\n    needs: [publish]\n    steps:\n"
    "      - client: {send: {type: start, id: $id, n: [1, 2.5, null, true]}}\n"
    "      - server: {message: {$schema: protocolError, type: {$in: [protocol_error, x]}, error: {$re: '^FF', $bind: error}}}\n"
    "      - server: {messages: {$unordered: [{a: 1}, {b: {$len: {$min: 1}}}]}}\n"
    "      - server: {close: {code: [1000, 1006], reason: ''}}\n";

/* ------------------------------------------------------------------------------------ a peer of few words */

struct ew__link {
  size_t said;
};

static ew_err answer_http(void *ctx, const ew__call *call, ew__reply *reply, ew_diag *diag) {
  static const char body[] = "{\"id\":\"s3cr3t\"}";
  (void)ctx;
  (void)call;
  (void)diag;
  reply->body = malloc(sizeof(body));
  if (reply->body == NULL) {
    return EW_ERR_NOMEM;
  }
  memcpy(reply->body, body, sizeof(body));
  reply->size = sizeof(body) - 1;
  reply->status = 200;
  return EW_OK;
}

static ew_err open_link(void *ctx, const ew__call *call, ew__link **link, ew__reply *refusal, ew_diag *diag) {
  (void)ctx;
  (void)call;
  (void)refusal;
  (void)diag;
  *link = calloc(1, sizeof(**link));
  return *link == NULL ? EW_ERR_NOMEM : EW_OK;
}

static ew_err write_link(ew__link *link, ew_str bytes) {
  (void)link;
  (void)bytes;
  return EW_OK;
}

static ew_err read_link(ew__link *link, uint32_t timeout_ms, ew__arrival *out) {
  static const char *const texts[] = {"{\"type\":\"protocol_error\",\"error\":\"FF10176: s3cr3t\"}",
                                      "{\"b\":[1]}", "{\"a\":1}"};
  (void)timeout_ms;
  *out = (ew__arrival){.kind = EW__ARRIVAL_CLOSE, .code = EW_CLOSE_ABNORMAL};
  if (link->said < 3) {
    *out = (ew__arrival){.kind = EW__ARRIVAL_MESSAGE, .valid_utf8 = true, .payload = ew_str_of(texts[link->said++])};
  }
  return EW_OK;
}

static void shut_link(ew__link *link, bool reset) {
  (void)reset;
  free(link);
}

/* ---------------------------------------------------------------------------------------------- the whole */

/* Loads and plays; *passed only after EW_OK. */
static ew_err load_and_play(ew__outcome *outcome, bool *passed) {
  static const ew__peer peer = {NULL, open_link, write_link, read_link, shut_link, answer_http};
  ew__cases cases = {0};
  ew__vars vars = {0};
  ew__ctext error = {0};
  ew_err err = ew__cases_load_text(&cases, "memory.yaml", ew_str_of(yaml), &error);
  if (err == EW_OK) {
    err = ew__suite_params(cases.items[0].suite, &vars);
  }
  if (err == EW_OK) {
    ew__stage stage = {.peer = &peer, .vars = &vars, .origin = "ws://nowhere", .timeout_ms = 2000, .seed = 1};
    err = ew__play(&stage, &cases.items[0], outcome);
    *passed = outcome->passed;
    ew__outcome_clear(outcome);
  }
  if (error.failed) {
    err = EW_ERR_NOMEM; /* the reason could not be written down */
  }
  ew__ctext_clear(&error);
  ew__vars_clear(&vars);
  ew__cases_clear(&cases);
  return err;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  cJSON_Hooks hooks = {hook_malloc, hook_free};
  ew__outcome *outcome = calloc(1, sizeof(*outcome));
  assert_non_null(outcome);
  cJSON_InitHooks(&hooks);
  size_t failures = 0;
  for (size_t k = 0;; k++) {
    bool passed = false;
    budget = k;
    refused = 0;
    ew_err err = load_and_play(outcome, &passed);
    budget = SIZE_MAX;
    if (refused == 0) {
      assert_int_equal(err, EW_OK);
      assert_true(passed);
      break;
    }
    if (err == EW_OK) {
      fail_msg("allocation %zu failed and nobody noticed (passed: %d)", k, passed);
    }
    assert_int_equal(err, EW_ERR_NOMEM);
    failures++;
  }
  cJSON_InitHooks(NULL);
  free(outcome);
  assert_true(failures > 200);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
