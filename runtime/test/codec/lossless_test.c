/*
 * What a server writes comes back byte for byte: strings as Go and JavaScript escape them, numbers
 * as they print them. What is written otherwise comes back as we would write it, and stays so.
 */
#include "support.h"

#include "baas_vectors.h"
#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"
#include "firefly_vectors.h"
#include "kaleido_vectors.h"
#include "octave_vectors.h"

#define ROOM ((size_t)1 << 20)
#define CHUNK 4096u /* code points in one message */

/** Two messages in a row: what was received, and what we make of it. */
typedef struct relay {
  ew_arena arena;
  char *out;
  void *value;
} relay;

static relay new_relay(void) {
  relay r = {arena_of(ROOM), malloc(ROOM), malloc(ROOM)};
  assert_non_null(r.out);
  assert_non_null(r.value);
  return r;
}

static void free_relay(relay *r) {
  free(r->arena.base);
  free(r->out);
  free(r->value);
}

/* Empty when it is refused. */
static ew_str pass_on(relay *r, const ew_type *type, ew_str json) {
  ew_diag diag;
  ew_buf out;
  ew_buf_init(&out, r->out, ROOM);
  ew_arena_reset(&r->arena);
  if (ew_type_decode(type, json, &r->arena, NULL, r->value, &diag) != EW_OK) {
    return ew_str_of(NULL);
  }
  EXPECT_ERR(EW_OK, ew_type_encode(type, r->value, &out, &diag));
  return ew_buf_str(&out);
}

static const ew_type *type_of(const ew_document *document, const char *message) {
  const ew_message *found = ew_document_find(document, ew_str_of(message));
  assert_non_null(found);
  return found->type;
}

static void expect_same(relay *r, const ew_type *type, ew_str json) {
  ew_str back = pass_on(r, type, json);
  size_t same = 0;
  while (same < json.len && same < back.len && json.ptr[same] == back.ptr[same]) {
    same++;
  }
  if (!ew_str_equal(json, back)) {
    fail_msg("after %zu bytes ...%.80s comes back as ...%.80s", same, json.ptr + same,
             back.ptr + same);
  }
}

/* ------------------------------------------------------------------------------------- strings */

static size_t put_utf8(uint32_t c, char *to) {
  if (c < 0x80) {
    to[0] = (char)c;
    return 1;
  }
  size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const unsigned lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = n - 1; i > 0; i--, c >>= 6) {
    to[i] = (char)(0x80 | (c & 0x3f));
  }
  to[0] = (char)(lead[n] | c);
  return n;
}

/* Go's encoding/json since 1.22, with or without SetEscapeHTML; without, as JSON.stringify. */
static size_t put_as_go(uint32_t c, bool html, char *to) {
  static const char escaped[] = "\"\\\b\f\n\r\t";
  static const char letter[] = "\"\\bfnrt";
  const char *at = c < 0x80 && c != 0 ? strchr(escaped, (int)c) : NULL;
  if (at != NULL) {
    to[0] = '\\';
    to[1] = letter[at - escaped];
    return 2;
  }
  bool special = c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029;
  if (c < 0x20 || (html && special)) {
    return (size_t)sprintf(to, "\\u%04x", (unsigned)c);
  }
  return put_utf8(c, to);
}

static void check_all_code_points(const ew_document *document, const char *message,
                                  const char *before, const char *behind) {
  relay r = new_relay();
  char *text = malloc(ROOM);
  assert_non_null(text);
  const ew_type *type = type_of(document, message);
  for (uint32_t first = 0; first <= 0x10ffff; first += CHUNK) {
    size_t len = (size_t)sprintf(text, "%s", before);
    for (uint32_t c = first; c < first + CHUNK; c++) {
      if (c < 0xd800 || c > 0xdfff) {
        len += put_as_go(c, document->escape_html, text + len);
      }
    }
    len += (size_t)sprintf(text + len, "%s", behind);
    expect_same(&r, type, ew_str_from(text, len));
  }
  free(text);
  free_relay(&r);
}

static void every_code_point_comes_back_as_the_server_wrote_it(void **state) {
  (void)state;
  check_all_code_points(&ew_firefly_document, "protocolError",
                        "{\"type\":\"protocol_error\",\"error\":\"FF10176: ", "\"}");
  check_all_code_points(&ew_kaleido_document, "listen", "{\"type\":\"listen\",\"topic\":\"", "\"}");
}

/* -------------------------------------------------------------------------------------- numbers */

static const char *const PRINTED[] = {"0",      "0.5",   "4.7201",  "3.25",    "1e-7",
                                      "1.5e-7", "1e+21", "0.00001", "5e-324",  "123456789.125",
                                      "100000", "0.1",   "1e+100",  "2.5e+22", "1000000000",
                                      "100000000000000000000", "1.7976931348623157e+308"};

static void numbers_come_back_as_go_prints_them(void **state) {
  (void)state;
  relay r = new_relay();
  const ew_vector *reply = NULL;
  for (size_t i = 0; i < ew_kaleido_vector_count && reply == NULL; i++) {
    bool fits = ew_kaleido_vectors[i].example &&
                strcmp(ew_kaleido_vectors[i].message, "reply") == 0 &&
                strstr(ew_kaleido_vectors[i].json, "\"timeElapsed\":") != NULL;
    reply = fits ? &ew_kaleido_vectors[i] : NULL;
  }
  assert_non_null(reply);
  const char *number = strstr(reply->json, "\"timeElapsed\":") + strlen("\"timeElapsed\":");
  size_t before = (size_t)(number - reply->json);
  size_t behind = before + strcspn(number, ",}");
  for (size_t i = 0; i < sizeof(PRINTED) / sizeof(PRINTED[0]); i++) {
    char text[8192];
    int n = snprintf(text, sizeof(text), "%.*s%s%s", (int)before, reply->json, PRINTED[i],
                     reply->json + behind);
    assert_true(n > 0 && (size_t)n < sizeof(text));
    expect_same(&r, type_of(&ew_kaleido_document, "reply"), ew_str_from(text, (size_t)n));
  }
  free_relay(&r);
}

/* ----------------------------------------------------------------------------- all other texts */

typedef struct vector_set {
  const ew_document *document;
  const ew_vector *vectors;
  const size_t *count;
} vector_set;

static const vector_set SETS[] = {
    {&ew_firefly_document, ew_firefly_vectors, &ew_firefly_vector_count},
    {&ew_kaleido_document, ew_kaleido_vectors, &ew_kaleido_vector_count},
    {&ew_baas_document, ew_baas_vectors, &ew_baas_vector_count},
    {&ew_octave_document, ew_octave_vectors, &ew_octave_vector_count},
};

static void check_vector(relay *r, const vector_set *set, const ew_vector *v) {
  const ew_type *type = type_of(set->document, v->message);
  ew_str json = ew_str_from(v->json, v->len);
  ew_str once = pass_on(r, type, json);
  if (once.len == 0) {
    return;
  }
  if (v->example && !ew_str_equal(json, once)) {
    fail_msg("%s came back as %.*s", v->id, EW_STR_ARG(once));
  }
  ew_str written = exact_copy(once.ptr, once.len);
  expect_same(r, type, written);
  free_copy(written);
}

static void what_we_wrote_once_comes_back_as_it_is(void **state) {
  (void)state;
  relay r = new_relay();
  for (size_t i = 0; i < sizeof(SETS) / sizeof(SETS[0]); i++) {
    for (size_t k = 0; k < *SETS[i].count; k++) {
      check_vector(&r, &SETS[i], &SETS[i].vectors[k]);
    }
  }
  free_relay(&r);
}

static void free_form_members_keep_every_byte(void **state) {
  (void)state;
  relay r = new_relay();
  const char *json = "[{\"address\":\"0xbB28C19a411c6513ED6c57186a9B9156f83A65D0\",\"blockNumber\":"
                     "\"1\",\"transactionIndex\":\"0x0\",\"transactionHash\":"
                     "\"0xcb7ce842ef1a2042558256e5c78307d608fa583e1a8235c10b6808bf8b5b672e\","
                     "\"data\":{ \"x\" : 1.50, \"\\u0078\":\"\\/\\u00FC<\", \"x\":-0e+0 },"
                     "\"subId\":"
                     "\"sb-d0391aeb-9bee-427b-64c4-a3be23557fae\",\"signature\":\"s\",\"logIndex\":"
                     "\"0\"}]";
  expect_same(&r, type_of(&ew_kaleido_document, "eventBatch"), ew_str_of(json));
  free_relay(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_code_point_comes_back_as_the_server_wrote_it),
      cmocka_unit_test(numbers_come_back_as_go_prints_them),
      cmocka_unit_test(what_we_wrote_once_comes_back_as_it_is),
      cmocka_unit_test(free_form_members_keep_every_byte),
  };
  return cmocka_run_group_tests_name("codec.lossless", tests, NULL, NULL);
}
