/*
 * Runs what the generator makes of tests/data/sample: the verdict of every vector with both engines, round trips, accessors.
 * Prints one line per failure; exit 1 when there was any.
 */
#include <stdio.h>
#include <string.h>

#include "eventwire/sample.h"
#include "sample_vectors.h"

static int failures;

#define CHECK(condition, what)                            \
  do {                                                    \
    if (!(condition)) {                                   \
      failures++;                                         \
      printf("%s:%d: %s\n", (what), __LINE__, #condition); \
    }                                                     \
  } while (0)

static char memory[1 << 16];
static union {
  char bytes[4096];
  uint64_t align;
} value, copy;

static bool accepts(ew_profile profile, const ew_vector *vector) {
  if (vector->verdict == EW_VECTOR_VALID || (profile == EW_STRICT && vector->strict_accepts)) {
    return true;
  }
  return (vector->verdict == EW_VECTOR_LENIENT && profile != EW_STRICT) ||
         (vector->verdict == EW_VECTOR_COMPAT && profile == EW_COMPAT);
}

static void check_round_trip(const ew_type *type, const ew_vector *vector, ew_arena *arena) {
  char text[4096];
  ew_buf buf;
  ew_diag diag = {0};
  ew_buf_init(&buf, text, sizeof(text));
  CHECK(ew_type_encode(type, &value, &buf, &diag) == EW_OK, vector->id);
  CHECK(!vector->example || ew_str_equal(ew_buf_str(&buf), ew_str_from(vector->json, vector->len)), vector->id);
  CHECK(ew_type_decode(type, ew_buf_str(&buf), arena, NULL, &copy, &diag) == EW_OK, vector->id);
  CHECK(ew_type_equal(type, &value, &copy), vector->id);
}

static void check_vector(const ew_vector *vector) {
  const ew_message *message = ew_document_find(&ew_sample_document, ew_str_of(vector->message));
  ew_str json = ew_str_from(vector->json, vector->len);
  CHECK(message != NULL && message->type->size <= sizeof(value), vector->id);
  for (int profile = EW_STRICT; profile <= EW_COMPAT; profile++) {
    for (int engine = EW_ENGINE_AUTO; engine <= EW_ENGINE_TABLE; engine++) {
      ew_decode_options options = {.profile = (ew_profile)profile, .engine = (ew_engine)engine};
      ew_arena arena;
      ew_diag diag = {0};
      ew_arena_init(&arena, memory, sizeof(memory));
      ew_err err = ew_type_decode(message->type, json, &arena, &options, &value, &diag);
      CHECK((err == EW_OK) == accepts((ew_profile)profile, vector), vector->id);
      if (profile == EW_STRICT && err == EW_OK) {
        check_round_trip(message->type, vector, &arena);
      }
      if (profile == EW_STRICT && err != EW_OK) {
        CHECK(vector->error == NULL || strcmp(ew_err_name(err), vector->error) == 0, vector->id);
        CHECK(vector->pointer == NULL || strcmp(diag.pointer, vector->pointer) == 0, vector->id);
      }
    }
  }
}

static void check_digits(void) {
  static const char text[] = "{\"type\":\"open\",\"class\":\"c\",\"mode\":\"slow\",\"exact\":1.50e-400,\"exacts\":[00000]}";
  ew_sample_open open;
  ew_arena arena;
  ew_buf buf;
  ew_diag diag = {0};
  char out[256];
  ew_arena_init(&arena, memory, sizeof(memory));
  CHECK(ew_sample_open_decode(ew_str_of(text), &arena, NULL, &open, &diag) == EW_ERR_SYNTAX, "digits");
  CHECK(strcmp(diag.pointer, "/exacts/0") == 0, "digits");
  ew_str good = EW_STR("{\"type\":\"open\",\"class\":\"c\",\"mode\":\"slow\",\"exact\":1.50e-400}");
  CHECK(ew_sample_open_decode(good, &arena, NULL, &open, NULL) == EW_OK, "digits");
  CHECK(open.has_exact && ew_str_equal(open.exact.digits, EW_STR("1.50e-400")), "digits are kept");
  ew_buf_init(&buf, out, sizeof(out));
  CHECK(ew_sample_open_encode(&open, &buf, NULL) == EW_OK && ew_str_equal(ew_buf_str(&buf), good), "digits are written");
  open.exact.digits = EW_STR("1.5.");
  CHECK(ew_sample_open_encode(&open, &buf, &diag) == EW_ERR_TYPE && strcmp(diag.pointer, "/exact") == 0, "what is no number");
}

static void check_accessors(void) {
  static const char text[] = "{\"type\":\"open\",\"class\":\"c\",\"mode\":\"later\",\"data\":\"aGk=\",\"doc\":\"[1]\",\"big\":\"-7\"}";
  ew_sample_open open;
  ew_arena arena;
  ew_str bytes;
  ew_raw doc;
  int64_t number = 0;
  uint64_t natural = 0;
  ew_arena_init(&arena, memory, sizeof(memory));
  CHECK(ew_sample_open_decode(ew_str_of(text), &arena, NULL, &open, NULL) == EW_OK, "accessors");
  CHECK(open.mode == EW_SAMPLE_MODE_UNKNOWN && ew_str_equal(open.mode_text, EW_STR("later")), "open enum");
  CHECK(ew_sample_open_count_or_default(&open) == 3 && ew_sample_open_small_or_default(&open) == -1, "defaults");
  CHECK(ew_str_equal(ew_sample_open_note_or_default(&open), EW_STR("none")), "default text");
  CHECK(ew_sample_open_data_bytes(&open, &arena, &bytes) == EW_OK && ew_str_equal(bytes, EW_STR("hi")), "base64");
  CHECK(ew_sample_open_doc_json(&open, &doc, NULL) == EW_OK && ew_raw_type(doc) == EW_JSON_ARRAY, "json");
  CHECK(ew_sample_open_big_int64(&open, &number) == EW_OK && number == -7, "int64");
  CHECK(ew_sample_open_big_uint64(&open, &natural) != EW_OK, "uint64 of a negative number");
  open.has_data = false;
  CHECK(ew_sample_open_data_bytes(&open, &arena, &bytes) == EW_ERR_MISSING, "no base64");
}

static void check_names(void) {
  CHECK(ew_str_equal(ew_sample_mode_text(EW_SAMPLE_MODE_SLOW), EW_STR("slow")), "text of an enum");
  CHECK(ew_sample_mode_text(EW_SAMPLE_MODE_UNKNOWN).len == 0, "text of unknown");
  CHECK(ew_sample_mode_from_text(EW_STR("")) == EW_SAMPLE_MODE_EMPTY, "value of a text");
  CHECK(ew_sample_mode_from_text(EW_STR("Slow")) == EW_SAMPLE_MODE_UNKNOWN, "value of another text");
}

static void check_unions(void) {
  ew_sample_server_message message;
  ew_arena arena;
  ew_arena_init(&arena, memory, sizeof(memory));
  CHECK(ew_sample_server_message_decode(EW_STR("{\"kind\":\"hello\"}"), &arena, NULL, &message, NULL) == EW_OK, "hello");
  CHECK(message.kind == EW_SAMPLE_SERVER_MESSAGE_HELLO, "by tag");
  CHECK(ew_sample_server_message_decode(EW_STR("{\"content\":1,\"kind\":\"Num\"}"), &arena, NULL, &message, NULL) == EW_OK, "rest");
  CHECK(message.kind == EW_SAMPLE_SERVER_MESSAGE_EVENT && message.event.content.num == 1, "default arm");
  CHECK(ew_sample_server_message_decode(EW_STR("{\"tree\":{\"name\":\"a\",\"next\":{\"name\":\"b\"}}}"), &arena, NULL, &message, NULL) == EW_OK, "report");
  CHECK(message.kind == EW_SAMPLE_SERVER_MESSAGE_REPORT && message.report.tree.next->next == NULL, "by presence");
  CHECK(ew_str_equal(message.report.tree.next->name, EW_STR("b")), "by pointer");
}

static ew_err count_event(void *ctx, const ew_sample_event *element) {
  int *sum = ctx;
  *sum += (int)element->content.num;
  return EW_OK;
}

static void check_stream(void) {
  ew_stream stream;
  ew_arena arena;
  int sum = 0;
  ew_arena_init(&arena, memory, sizeof(memory));
  CHECK(ew_sample_batch_stream_init(&stream, &arena, NULL, count_event, &sum) == EW_OK, "stream");
  CHECK(ew_stream_feed(&stream, EW_STR("[{\"kind\":\"Num\",\"content\":40},{\"kin"), NULL) == EW_OK, "a piece");
  CHECK(ew_stream_feed(&stream, EW_STR("d\":\"Num\",\"content\":2}]"), NULL) == EW_OK, "another piece");
  CHECK(ew_stream_finish(&stream, NULL) == EW_OK && sum == 42, "elements");
}

int main(void) {
  for (size_t i = 0; i < ew_sample_vector_count; i++) {
    check_vector(&ew_sample_vectors[i]);
  }
  check_accessors();
  check_digits();
  check_names();
  check_unions();
  check_stream();
  printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
