/*
 * Inputs on which generated C is known to go wrong in silence, or to crash: wrong types, wrong constants, members that are missing, numbers
 * beyond 2^53 and 2^64, U+0000, broken UTF-8, free values, the body of one event under the type of another. Each is refused at the right
 * place, or comes back exactly.
 */
#include <eventwire/chain_event.h>
#include <eventwire/content_base.h>
#include <eventwire/content_if.h>
#include <eventwire/content_one.h>
#include <eventwire/ws_start.h>
#include <stdio.h>
#include <stdlib.h>

typedef ew_err (*validator)(ew_str json, const ew_decode_options *opts, ew_diag *diag);

typedef struct input {
  const ew_document *document;
  validator validate;
  const char *json;
  size_t len;
  const char *written; /* what encoding gives; NULL: the text itself */
  ew_err err;
  const char *pointer;
} input;

#define OF(P) &P##_document, P##_validate
#define KEPT(P, text) {OF(P), text, sizeof(text) - 1, NULL, EW_OK, NULL}
#define MENDED(P, text, result) {OF(P), text, sizeof(text) - 1, result, EW_OK, NULL}
#define REFUSED(P, text, error, place) {OF(P), text, sizeof(text) - 1, NULL, error, place}

#define START "{\"type\":\"start\",\"name\":\"n\""
#define EVENT "{\"id\":\"e\",\"sequence\":1,\"type\":\"token_minted\",\"reference\":\"r\""
#define HEAD "{\"id\":\"1\",\"type\":"
#define TRANSACTION "{\"hash\":\"0xabcd\",\"status\":1,\"input\":[1.50,{\"a\":null}]}"
#define BLOCK "{\"hash\":\"0xabcd\",\"transactions\":[\"a\",\"b\"]}"

static const input inputs[] = {
    KEPT(ws_start, START "}"),
    KEPT(ws_start, START ",\"autoack\":null}"),
    KEPT(ws_start, START ",\"autoack\":false}"),
    KEPT(ws_start, START ",\"options\":{}}"),
    KEPT(ws_start, START ",\"options\":{\"readAhead\":65535,\"withData\":true,\"firstEvent\":-1,\"headers\":{\"b\":\"1\",\"a\":\"\"}}}"),
    KEPT(ws_start, START ",\"options\":{\"firstEvent\":\"newest\",\"filter\":{\"x\":1.50,\"y\":[{}]}}}"),
    MENDED(ws_start, " {\"name\":\"n\",\"type\":\"st\\u0061rt\"}\n", START "}"),
    REFUSED(ws_start, "{\"name\":\"n\"}", EW_ERR_MISSING, ""),
    REFUSED(ws_start, "{}", EW_ERR_MISSING, ""),
    REFUSED(ws_start, "[1,2,3]", EW_ERR_TYPE, ""),
    REFUSED(ws_start, "null", EW_ERR_TYPE, ""),
    REFUSED(ws_start, "", EW_ERR_TRUNCATED, ""),
    REFUSED(ws_start, "{\"type\":\"ack\",\"name\":\"n\"}", EW_ERR_CONST, "/type"),
    REFUSED(ws_start, "{\"type\":7,\"name\":\"n\"}", EW_ERR_TYPE, "/type"),
    REFUSED(ws_start, "{\"type\":null,\"name\":\"n\"}", EW_ERR_TYPE, "/type"),
    REFUSED(ws_start, "{\"type\":\"start\",\"name\":5}", EW_ERR_TYPE, "/name"),
    REFUSED(ws_start, "{\"type\":\"start\",\"name\":null}", EW_ERR_TYPE, "/name"),
    REFUSED(ws_start, "{\"type\":\"start\",\"NAME\":\"n\"}", EW_ERR_MISSING, ""),
    REFUSED(ws_start, "{\"type\":\"start\",\"name\":\"-n\"}", EW_ERR_PATTERN, "/name"),
    REFUSED(ws_start, START ",\"name\":\"m\"}", EW_ERR_DUPLICATE, "/name"),
    REFUSED(ws_start, START ",\"autoack\":\"yes\"}", EW_ERR_TYPE, "/autoack"),
    REFUSED(ws_start, START ",\"autoack\":0}", EW_ERR_TYPE, "/autoack"),
    REFUSED(ws_start, START ",\"options\":[]}", EW_ERR_TYPE, "/options"),
    REFUSED(ws_start, START ",\"options\":{\"readAhead\":65536}}", EW_ERR_RANGE, "/options/readAhead"),
    REFUSED(ws_start, START ",\"options\":{\"readAhead\":-5}}", EW_ERR_RANGE, "/options/readAhead"),
    REFUSED(ws_start, START ",\"options\":{\"readAhead\":1.9}}", EW_ERR_TYPE, "/options/readAhead"),
    REFUSED(ws_start, START ",\"options\":{\"readAhead\":\"5\"}}", EW_ERR_TYPE, "/options/readAhead"),
    REFUSED(ws_start, START ",\"options\":{\"firstEvent\":\"sideways\"}}", EW_ERR_ENUM, "/options/firstEvent"),
    REFUSED(ws_start, START ",\"options\":{\"firstEvent\":-2}}", EW_ERR_RANGE, "/options/firstEvent"),
    REFUSED(ws_start, START ",\"options\":{\"firstEvent\":true}}", EW_ERR_UNION, "/options/firstEvent"),
    REFUSED(ws_start, START ",\"options\":{\"headers\":{\"a\":1}}}", EW_ERR_TYPE, "/options/headers/a"),
    REFUSED(ws_start, START ",\"options\":{\"headers\":[\"x\"]}}", EW_ERR_TYPE, "/options/headers"),
    REFUSED(ws_start, START ",\"options\":{\"withData\":true,\"filter\":{}}}", EW_ERR_NOT, "/options"),
    REFUSED(ws_start, START "}x", EW_ERR_TRAILING, ""),
    REFUSED(ws_start, START ",}", EW_ERR_SYNTAX, ""),
    REFUSED(ws_start, START ",\"x\":tru}", EW_ERR_SYNTAX, "/x"),
    REFUSED(ws_start, START ",\"x\":01}", EW_ERR_SYNTAX, "/x"),
    REFUSED(ws_start, START ",\"x\":\"\t\"}", EW_ERR_SYNTAX, "/x"),
    REFUSED(ws_start, "{\"type\":\"start\",\"name\":\"n", EW_ERR_TRUNCATED, "/name"),

    KEPT(chain_event, EVENT "}"),
    KEPT(chain_event, "{\"id\":\"e\",\"sequence\":9007199254740993,\"balance\":-9223372036854775808,\"type\":\"token_minted\",\"reference\":\"r\"}"),
    KEPT(chain_event, "{\"id\":\"e\",\"sequence\":0,\"price\":0.1,\"type\":\"message_confirmed\",\"reference\":\"a\\u0000b\\n\\\"\"}"),
    KEPT(chain_event, EVENT ",\"tags\":[],\"pair\":[\"a\",1],\"subject\":\"s\",\"info\":{\"a\":{\"b\":[1e300,9007199254740993]}},\"data\":null}"),
    KEPT(chain_event, EVENT ",\"tags\":[\"a\",\"b\"],\"subject\":5000000000,\"data\":0.10000000000000000555}"),
    MENDED(chain_event, "{\"id\":\"e\",\"sequence\":1.0,\"type\":\"token_minted\",\"reference\":\"a\\nb\\u0041\"}",
           "{\"id\":\"e\",\"sequence\":1,\"type\":\"token_minted\",\"reference\":\"a\\nbA\"}"),
    REFUSED(chain_event, "{\"id\":5,\"sequence\":1,\"type\":\"token_minted\",\"reference\":\"r\"}", EW_ERR_TYPE, "/id"),
    REFUSED(chain_event, "{\"id\":\"\",\"sequence\":1,\"type\":\"token_minted\",\"reference\":\"r\"}", EW_ERR_LENGTH, "/id"),
    REFUSED(chain_event, "{\"ID\":\"1\",\"sequence\":1,\"type\":\"token_minted\",\"reference\":\"r\"}", EW_ERR_MISSING, ""),
    REFUSED(chain_event, "{\"id\":\"e\",\"sequence\":1,\"type\":\"Nope\",\"reference\":\"r\"}", EW_ERR_ENUM, "/type"),
    REFUSED(chain_event, "{\"id\":\"e\",\"sequence\":1,\"type\":7,\"reference\":\"r\"}", EW_ERR_TYPE, "/type"),
    REFUSED(chain_event, "{\"id\":\"e\",\"sequence\":99999999999999999999999,\"type\":\"token_minted\",\"reference\":\"r\"}", EW_ERR_RANGE,
            "/sequence"),
    REFUSED(chain_event, "{\"id\":\"e\",\"sequence\":1e300,\"type\":\"token_minted\",\"reference\":\"r\"}", EW_ERR_RANGE, "/sequence"),
    REFUSED(chain_event, "{\"id\":\"e\",\"sequence\":\"5\",\"type\":\"token_minted\",\"reference\":\"r\"}", EW_ERR_TYPE, "/sequence"),
    REFUSED(chain_event, EVENT ",\"balance\":1.9}", EW_ERR_TYPE, "/balance"),
    REFUSED(chain_event, EVENT ",\"price\":0.105}", EW_ERR_RANGE, "/price"),
    REFUSED(chain_event, EVENT ",\"price\":1e400}", EW_ERR_RANGE, "/price"),
    REFUSED(chain_event, EVENT ",\"tags\":[\"a\",null,5]}", EW_ERR_TYPE, "/tags/1"),
    REFUSED(chain_event, EVENT ",\"tags\":[\"a\",\"b\",\"\\u0061\"]}", EW_ERR_UNIQUE, "/tags/2"),
    REFUSED(chain_event, EVENT ",\"pair\":[\"a\",\"1\"]}", EW_ERR_TYPE, "/pair/1"),
    REFUSED(chain_event, EVENT ",\"pair\":[\"a\",1,2]}", EW_ERR_UNKNOWN_MEMBER, "/pair/2"),
    REFUSED(chain_event, EVENT ",\"pair\":[\"a\"]}", EW_ERR_COUNT, "/pair"),
    REFUSED(chain_event, EVENT ",\"subject\":1.5}", EW_ERR_TYPE, "/subject"),
    REFUSED(chain_event, EVENT ",\"subject\":null}", EW_ERR_UNION, "/subject"),
    REFUSED(chain_event, EVENT ",\"info\":3}", EW_ERR_TYPE, "/info"),
    REFUSED(chain_event, EVENT ",\"data\":{\"a\":1,\"a\":2}}", EW_ERR_DUPLICATE, "/data/a"),
    REFUSED(chain_event, EVENT ",\"data\":\"\\ud800\"}", EW_ERR_SURROGATE, "/data"),
    REFUSED(chain_event, EVENT ",\"data\":\"\xff\"}", EW_ERR_UTF8, "/data"),
    REFUSED(chain_event, EVENT ",\"data\":\"\xc0\x80\"}", EW_ERR_UTF8, "/data"),

    KEPT(content_if, HEAD "\"Transaction\",\"number\":1,\"content\":" TRANSACTION "}"),
    KEPT(content_if, HEAD "\"Block\",\"number\":1,\"content\":" BLOCK "}"),
    KEPT(content_if, HEAD "\"Contract\",\"number\":1,\"content\":\"AAECAw==\"}"),
    MENDED(content_if, "{\"content\":" BLOCK ",\"number\":1,\"type\":\"Block\",\"id\":\"1\"}",
           HEAD "\"Block\",\"number\":1,\"content\":" BLOCK "}"),
    REFUSED(content_if, HEAD "\"Block\",\"number\":1,\"content\":" TRANSACTION "}", EW_ERR_MISSING, "/content"),
    REFUSED(content_if, HEAD "\"Transaction\",\"number\":1,\"content\":" BLOCK "}", EW_ERR_MISSING, "/content"),
    REFUSED(content_if, HEAD "\"Contract\",\"number\":1,\"content\":" BLOCK "}", EW_ERR_TYPE, "/content"),
    REFUSED(content_if, "{\"content\":\"AA==\",\"number\":1,\"type\":\"Block\",\"id\":\"1\"}", EW_ERR_TYPE, "/content"),
    REFUSED(content_if, HEAD "\"Nope\",\"number\":1,\"content\":" BLOCK "}", EW_ERR_ENUM, "/type"),
    REFUSED(content_if, HEAD "\"Block\",\"number\":-1,\"content\":" BLOCK "}", EW_ERR_RANGE, "/number"),
    REFUSED(content_if, HEAD "\"Block\",\"number\":1}", EW_ERR_MISSING, ""),
    REFUSED(content_if, HEAD "\"Block\",\"number\":1,\"content\":{\"hash\":\"0xABCD\",\"transactions\":[]}}", EW_ERR_PATTERN, "/content/hash"),
    REFUSED(content_if, HEAD "\"Block\",\"number\":1,\"content\":{\"hash\":\"0xabcd\",\"transactions\":[\"a\",\"a\"]}}", EW_ERR_UNIQUE,
            "/content/transactions/1"),

    KEPT(content_one, HEAD "\"Transaction\",\"number\":1,\"content\":" TRANSACTION "}"),
    KEPT(content_one, HEAD "\"Block\",\"number\":1,\"content\":" BLOCK "}"),
    KEPT(content_one, HEAD "\"Contract\",\"number\":1,\"content\":\"AAECAw==\"}"),
    MENDED(content_one, "{\"content\":" BLOCK ",\"number\":1,\"type\":\"Block\",\"id\":\"1\"}",
           HEAD "\"Block\",\"number\":1,\"content\":" BLOCK "}"),
    REFUSED(content_one, HEAD "\"Block\",\"number\":1,\"content\":" TRANSACTION "}", EW_ERR_MISSING, "/content"),
    REFUSED(content_one, HEAD "\"Nope\",\"number\":1,\"content\":" BLOCK "}", EW_ERR_UNION, ""),
    REFUSED(content_one, HEAD "\"Block\",\"number\":1,\"content\":{\"hash\":\"x\",\"transactions\":[\"a\",\"a\"]}}", EW_ERR_UNIQUE,
            "/content/transactions/1"),

    KEPT(content_base, HEAD "\"Transaction\",\"number\":1,\"content\":" TRANSACTION "}"),
    KEPT(content_base, HEAD "\"Block\",\"number\":1,\"content\":" BLOCK "}"),
    KEPT(content_base, HEAD "\"Contract\",\"number\":1,\"content\":\"AAECAw==\"}"),
    REFUSED(content_base, HEAD "\"Block\",\"number\":1,\"content\":" TRANSACTION "}", EW_ERR_MISSING, "/content"),
    REFUSED(content_base, HEAD "\"Block\",\"number\":1}", EW_ERR_MISSING, ""),
};

static int failures;

static void fail(const input *in, const char *what, const ew_diag *diag) {
  char text[512] = "";
  if (diag != NULL) {
    (void)ew_diag_format(diag, text, sizeof(text));
  }
  printf("FAILED %s: %s\n  %s %s %s\n", in->document->name, in->json, what, text, diag == NULL ? "" : ew_err_name(diag->err));
  failures++;
}

static void check_written(const input *in, const ew_type *type, const void *value) {
  char block[1024];
  ew_buf out;
  ew_diag diag;
  ew_buf_init(&out, block, sizeof(block));
  if (ew_type_encode(type, value, &out, &diag) != EW_OK) {
    fail(in, "is not encoded:", &diag);
    return;
  }
  if (!ew_str_equal(ew_buf_str(&out), in->written == NULL ? ew_str_from(in->json, in->len) : ew_str_of(in->written))) {
    printf("%.*s\n", EW_STR_ARG(ew_buf_str(&out)));
    fail(in, "is encoded as that", NULL);
  }
}

static void run(const input *in, const char *text) {
  char memory[4096];
  ew_arena arena;
  ew_diag diag;
  const ew_type *type = in->document->messages[0].type;
  void *value = malloc(type->size);
  if (value == NULL) {
    abort();
  }
  ew_arena_init(&arena, memory, sizeof(memory));
  ew_str json = ew_str_from(text, in->len);
  ew_err err = ew_type_decode(type, json, &arena, NULL, value, &diag);
  if (err != in->err || (err != EW_OK && strcmp(diag.pointer, in->pointer) != 0)) {
    fail(in, "is refused otherwise, or not at all:", err == EW_OK ? NULL : &diag);
  } else if (err == EW_OK) {
    check_written(in, type, value);
  }
  err = in->validate(json, NULL, &diag);
  bool beyond = err == EW_OK && in->err == EW_ERR_RANGE; /* C has no such integers, the schema has */
  if ((err == EW_OK) != (in->err == EW_OK) && !beyond) {
    fail(in, "the validator does not agree", err == EW_OK ? NULL : &diag);
  }
  free(value);
}

/* A hundred thousand arrays in a member that no schema knows. */
static void depth_is_bounded(void) {
  enum { LEVELS = 100000 };
  static char text[sizeof(START) + 6 + LEVELS];
  size_t len = (size_t)sprintf(text, "%s,\"x\":", START);
  memset(text + len, '[', LEVELS);
  input in = {OF(ws_start), "[[[[...", len + LEVELS, NULL, EW_ERR_DEPTH, ""};
  ew_diag diag;
  char memory[64];
  ew_arena arena;
  ws_start value;
  ew_arena_init(&arena, memory, sizeof(memory));
  if (ws_start_decode(ew_str_from(text, in.len), &arena, NULL, &value, &diag) != EW_ERR_DEPTH) {
    fail(&in, "was not refused for its depth", &diag);
  }
}

int main(void) {
  size_t count = sizeof(inputs) / sizeof(inputs[0]);
  for (size_t i = 0; i < count; i++) {
    char *text = malloc(inputs[i].len + 1);
    if (text == NULL) {
      abort();
    }
    memcpy(text, inputs[i].json, inputs[i].len);
    run(&inputs[i], text);
    free(text);
  }
  depth_is_bounded();
  printf("%zu inputs, %d failures\n", count + 1, failures);
  return failures == 0 ? 0 : 1;
}
