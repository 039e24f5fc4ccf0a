/*
 * What no caller should pass and some will: no text, texts of more than 4 GiB, buffers and arenas
 * of any size, depth without end. Nothing crashes, nothing is half done.
 */
#include "support.h"

#include <pthread.h>
#include <stdalign.h>
#include <sys/mman.h>

#include "baas_vectors.h"
#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"
#include "firefly_vectors.h"
#include "kaleido_vectors.h"
#include "octave_vectors.h"
#include "sample.h"

static const struct protocol {
  const ew_document *document;
  const ew_vector *vectors;
  const size_t *count;
} PROTOCOLS[] = {
    {&ew_firefly_document, ew_firefly_vectors, &ew_firefly_vector_count},
    {&ew_kaleido_document, ew_kaleido_vectors, &ew_kaleido_vector_count},
    {&ew_baas_document, ew_baas_vectors, &ew_baas_vector_count},
    {&ew_octave_document, ew_octave_vectors, &ew_octave_vector_count},
};
#define PROTOCOL_COUNT (sizeof(PROTOCOLS) / sizeof(PROTOCOLS[0]))

/* One value at a time: the largest type of all fits. */
static _Alignas(max_align_t) char value_block[1 << 14];
static char arena_block[1 << 18];

static void *dirty_value(const ew_type *type) {
  assert_true(type->size <= sizeof(value_block));
  memset(value_block, 0xa5, sizeof(value_block));
  return value_block;
}

static bool is_clear(const void *value, size_t size) {
  const unsigned char *bytes = value;
  for (size_t i = 0; i < size; i++) {
    if (bytes[i] != 0) {
      return false;
    }
  }
  return true;
}

static void each_message(void (*visit)(const ew_message *message)) {
  for (size_t i = 0; i < PROTOCOL_COUNT; i++) {
    for (uint32_t k = 0; k < PROTOCOLS[i].document->message_count; k++) {
      visit(&PROTOCOLS[i].document->messages[k]);
    }
  }
}

/* -------------------------------------------------------------------------------------- no text */

static void decode_nothing(const ew_message *message) {
  static const ew_str nothing = {NULL, 0, 0};
  static const ew_str torn = {NULL, 5, 0};
  for (ew_engine engine = EW_ENGINE_AUTO; engine <= EW_ENGINE_TABLE; engine++) {
    ew_decode_options opts = {.engine = engine};
    ew_arena arena;
    ew_diag diag = {0};
    ew_arena_init(&arena, arena_block, sizeof(arena_block));
    void *value = dirty_value(message->type);
    EXPECT_ERR(EW_ERR_TRUNCATED,
               ew_type_decode(message->type, nothing, &arena, &opts, value, &diag));
    assert_true(is_clear(value, message->type->size));
    assert_int_equal(0, diag.offset);
    assert_string_equal("", diag.pointer);
    EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_decode(message->type, torn, &arena, &opts, value, &diag));
    EXPECT_ERR(EW_ERR_ARGUMENT, diag.err);
    EXPECT_ERR(EW_ERR_TRUNCATED, ew_type_validate(message->type, nothing, &opts, &diag));
    EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_validate(message->type, torn, &opts, NULL));
  }
}

static void no_text_is_a_text_that_ends_too_early(void **state) {
  (void)state;
  each_message(decode_nothing);
  EXPECT_ERR(EW_ERR_TRUNCATED, ew_json_check((ew_str){NULL, 0, 0}, 0, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_json_check((ew_str){NULL, 5, 0}, 0, NULL));
}

static void what_has_no_type_and_no_room_is_an_argument_error(void **state) {
  (void)state;
  ew_arena arena = arena_of(64);
  ew_octave_subscribe value;
  ew_buf buf = {NULL, 4, 5, 0};
  ew_str json = EW_STR("{}");
  const ew_type *type = ew_document_find(&ew_octave_document, EW_STR("subscribe"))->type;
  ew_decode_options bad_profile = {.profile = (ew_profile)7};
  ew_decode_options bad_engine = {.engine = (ew_engine)7};
  ew_decode_options bad_depth = {.limits = {.max_depth = 1025}};
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_decode(NULL, json, &arena, NULL, &value, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_decode(type, json, NULL, NULL, &value, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_decode(type, json, &arena, NULL, NULL, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_decode(type, json, &arena, &bad_profile, &value, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_decode(type, json, &arena, &bad_engine, &value, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_decode(type, json, &arena, &bad_depth, &value, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_validate(NULL, json, NULL, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_encode(type, &value, NULL, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_encode(type, NULL, &buf, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT,
             ew_type_encode(type, &value, &buf, NULL)); /* more used than there is */
  assert_int_equal(5, buf.len);
  free(arena.base);
}

/* --------------------------------------------------------------------------------------- 4 GiB */

#if SIZE_MAX > UINT32_MAX

/* A length that, cut to 32 bits, would be 2. */
#  define HUGE_LEN (((size_t)1 << 32) + 2)

/* Addresses without memory behind them, all of them readable as NUL. */
static char *map_huge(int protection) {
  void *block =
      mmap(NULL, HUGE_LEN, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  assert_ptr_not_equal(MAP_FAILED, block);
  return block;
}

static ew_str huge; /* of the tests below */

static void decode_huge(const ew_message *message) {
  static const ew_decode_options options[] = {
      {.engine = EW_ENGINE_AUTO},
      {.engine = EW_ENGINE_TABLE},
      {.limits = {.max_bytes = UINT32_MAX, .max_string_bytes = UINT32_MAX}},
  };
  for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
    ew_arena arena;
    ew_arena_init(&arena, arena_block, sizeof(arena_block));
    void *value = dirty_value(message->type);
    EXPECT_ERR(EW_ERR_TOO_LARGE,
               ew_type_decode(message->type, huge, &arena, &options[i], value, NULL));
    assert_true(is_clear(value, message->type->size));
    EXPECT_ERR(EW_ERR_TOO_LARGE, ew_type_validate(message->type, huge, &options[i], NULL));
  }
}

static void a_text_over_4_gib_is_refused_and_never_cut(void **state) {
  (void)state;
  ew_arena arena = arena_of(64);
  uint64_t number = 7;
  int64_t whole = 7;
  ew_str out = EW_STR("before");
  ew_diag diag = {0};
  char *block = map_huge(PROT_READ);
  huge = ew_str_from(block, HUGE_LEN);
  assert_true(ew_str_is_too_long(huge));
  assert_false(ew_str_is_too_long(ew_str_from(block, EW_STR_MAX)));
  assert_true(ew_str_is_too_long(ew_str_from(block, (size_t)EW_STR_MAX + 1)));
  assert_true(ew_str_is_too_long(ew_str_from(block, SIZE_MAX)));
  assert_false(ew_str_equal(huge, huge));
  each_message(decode_huge);
  EXPECT_ERR(EW_ERR_TOO_LARGE,
             ew_type_validate(PROTOCOLS[0].document->messages[0].type, huge, NULL, &diag));
  EXPECT_ERR(EW_ERR_TOO_LARGE, diag.err);
  assert_int_equal(PROTOCOLS[0].document->limits.max_bytes, diag.offset);
  EXPECT_ERR(EW_ERR_TOO_LARGE, ew_json_check(huge, 0, &diag));
  EXPECT_ERR(EW_ERR_TOO_LARGE, ew_base64_decode(huge, &arena, &out));
  EXPECT_ERR(EW_ERR_TOO_LARGE, ew_base64_encode(huge, &arena, &out));
  EXPECT_ERR(EW_ERR_TOO_LARGE, ew_base64_encode(ew_str_from(block, (size_t)3 << 30), &arena, &out));
  EXPECT_ERR(EW_ERR_TOO_LARGE, ew_str_to_uint64(huge, &number));
  EXPECT_ERR(EW_ERR_TOO_LARGE, ew_str_to_int64(huge, &whole));
  assert_false(ew_arena_copy(&arena, huge, &out));
  EXPECT_TEXT("before", out);
  assert_int_equal(0, arena.used);
  assert_true(number == 7 && whole == 7);
  munmap(block, HUGE_LEN);
  free(arena.base);
}

static void expect_too_large(const ew_type *type, const void *value, ew_buf *buf,
                             const char *pointer) {
  ew_diag diag = {0};
  size_t before = buf->len;
  EXPECT_ERR(EW_ERR_TOO_LARGE, ew_type_encode(type, value, buf, &diag));
  EXPECT_ERR(EW_ERR_TOO_LARGE, diag.err);
  assert_string_equal(pointer, diag.pointer);
  assert_int_equal(before, buf->len);
}

static void expect_root_too_large(const root *value, ew_buf *buf, const char *pointer) {
  expect_too_large(&root_type, value, buf, pointer);
}

/* Into a small buffer, and into one in which the first 4 GiB of the string would fit. */
static void encode_huge(ew_buf buf) {
  const ew_type *subscribe = ew_document_find(&ew_octave_document, EW_STR("subscribe"))->type;
  const ew_type *message = ew_document_find(&ew_octave_document, EW_STR("message"))->type;
  ew_octave_subscribe request = {.msg_id = huge, .has_path = true, .path = EW_STR("/a")};
  expect_too_large(subscribe, &request, &buf, "/msgId");
  huge.flags = EW_STR_CLEAN;
  request.msg_id = huge;
  expect_too_large(subscribe, &request, &buf, "/msgId");
  huge.flags = 0;
  ew_octave_message event = {.resource = EW_STR("s53b1d1600cf27b75148de0ac"),
                             .value = {.elems = {huge}}};
  expect_too_large(message, &event, &buf, "/value/elems");
  root value = {.id = EW_STR("a"), .must_presence = EW_NULL};
  value.has_big = true;
  value.big.digits = huge;
  expect_root_too_large(&value, &buf, "/big");
  value.has_big = false;
  value.has_color = true;
  value.color_text = huge;
  expect_root_too_large(&value, &buf, "/color");
  value.has_color = false;
  count_entry entry = {.key = huge, .value = 1};
  value.has_counts = true;
  value.counts = (count_map){&entry, 1};
  ew_diag diag = {0};
  EXPECT_ERR(EW_ERR_TOO_LARGE, ew_type_encode(&root_type, &value, &buf, &diag));
  assert_memory_equal("/counts/", diag.pointer, 8); /* and the beginning of the name */
  EXPECT_ERR(EW_ERR_TOO_LARGE, ew_buf_append(&buf, huge));
  EXPECT_ERR(EW_ERR_TOO_LARGE, ew_buf_append_json_string(&buf, huge));
  assert_int_equal(1, buf.len);
}

static void a_member_over_4_gib_is_not_written_in_part(void **state) {
  (void)state;
  static char small[256];
  char *text = map_huge(PROT_READ);
  char *room = map_huge(PROT_READ | PROT_WRITE);
  huge = ew_str_from(text, HUGE_LEN);
  encode_huge((ew_buf){small, sizeof(small), 1, 0});
  encode_huge((ew_buf){room, HUGE_LEN, 1, 0});
  munmap(text, HUGE_LEN);
  munmap(room, HUGE_LEN);
}

#endif

/* ------------------------------------------------------------------------------ vectors, walked */

typedef struct accepted {
  const ew_type *type;
  ew_str json;
  void *value;    /* decoded; points into json and arena */
  ew_arena arena; /* used: what decoding takes */
} accepted;

/* Visits each text that the strict profile accepts. */
static void each_accepted(void (*visit)(const accepted *a)) {
  static _Alignas(max_align_t) char block[1 << 14];
  static char memory[1 << 18];
  unsigned visited = 0;
  for (size_t i = 0; i < PROTOCOL_COUNT; i++) {
    for (size_t k = 0; k < *PROTOCOLS[i].count; k++) {
      const ew_vector *v = &PROTOCOLS[i].vectors[k];
      const ew_message *message = ew_document_find(PROTOCOLS[i].document, ew_str_of(v->message));
      accepted a = {.type = message->type, .json = ew_str_from(v->json, v->len), .value = block};
      assert_true(a.type->size <= sizeof(block));
      ew_arena_init(&a.arena, memory, sizeof(memory));
      if (ew_type_decode(a.type, a.json, &a.arena, NULL, a.value, NULL) == EW_OK) {
        visit(&a);
        visited++;
      }
    }
  }
  assert_true(visited > 300);
}

/* ------------------------------------------------------------------------------- small buffers */

static void encode_into_nothing(const accepted *a) {
  ew_buf none = {NULL, 0, 0, 0};
  ew_buf empty = {arena_block, 0, 0, 0};
  ew_diag diag = {0};
  EXPECT_ERR(EW_ERR_BUFFER_TOO_SMALL, ew_type_encode(a->type, a->value, &none, &diag));
  EXPECT_ERR(EW_ERR_BUFFER_TOO_SMALL, diag.err);
  EXPECT_ERR(EW_ERR_BUFFER_TOO_SMALL, ew_type_encode(a->type, a->value, &empty, NULL));
  assert_true(none.len == 0 && none.ptr == NULL && empty.len == 0);
  assert_int_equal(none.needed, empty.needed);
  char *exact = malloc(none.needed);
  assert_non_null(exact);
  ew_buf buf = {exact, none.needed, 0, 0};
  EXPECT_ERR(EW_OK, ew_type_encode(a->type, a->value, &buf, NULL));
  assert_int_equal(none.needed, buf.len);
  free(exact);
}

static void a_buffer_of_no_bytes_is_told_how_many_it_takes(void **state) {
  (void)state;
  each_accepted(encode_into_nothing);
  ew_buf none = {NULL, 0, 0, 0};
  EXPECT_ERR(EW_ERR_BUFFER_TOO_SMALL, ew_buf_append(&none, EW_STR("abc")));
  assert_int_equal(3, none.needed);
  EXPECT_ERR(EW_ERR_BUFFER_TOO_SMALL, ew_buf_append_json_string(&none, EW_STR("\n")));
  assert_int_equal(4, none.needed);
}

/* -------------------------------------------------------------------------------- small arenas */

#define TAKEN 3u /* by the caller, before */

/* As the arena of the caller: some bytes of it are in use, and stay as they are. */
static ew_err decode_in(const accepted *a, size_t size, ew_engine engine) {
  ew_decode_options opts = {.engine = engine};
  ew_arena arena = arena_of(size + TAKEN);
  ew_diag diag = {0};
  memset(arena.base, '#', TAKEN);
  arena.used = TAKEN;
  void *value = dirty_value(a->type);
  ew_err err = ew_type_decode(a->type, a->json, &arena, &opts, value, &diag);
  assert_memory_equal("###", arena.base, TAKEN);
  if (err == EW_OK) {
    assert_true(ew_type_equal(a->type, a->value, value));
  } else {
    EXPECT_ERR(EW_ERR_ARENA_FULL, err);
    EXPECT_ERR(EW_ERR_ARENA_FULL, diag.err);
    assert_int_equal(TAKEN, arena.used);
    assert_true(is_clear(value, a->type->size));
  }
  free(arena.base);
  return err;
}

/* How many sizes are tried; fewer where each costs fifty times as much. */
static size_t step_of(size_t enough) {
  size_t most = getenv("EW_UNDER_VALGRIND") != NULL ? 8 : 200;
  return enough / most + 1;
}

/* What an engine takes of an arena in which there is plenty. */
static size_t taken_by(const accepted *a, ew_engine engine) {
  ew_decode_options opts = {.engine = engine};
  ew_arena arena;
  ew_arena_init(&arena, arena_block, sizeof(arena_block));
  EXPECT_ERR(EW_OK, ew_type_decode(a->type, a->json, &arena, &opts, dirty_value(a->type), NULL));
  return arena.used;
}

/*
 * Less than what is taken when there is plenty may do, since lists then grow in smaller steps. As
 * much always does.
 */
static void decode_in_any_arena(const accepted *a) {
  bool takes_none = taken_by(a, EW_ENGINE_TABLE) == 0;
  EXPECT_ERR(takes_none ? EW_OK : EW_ERR_ARENA_FULL, decode_in(a, 0, EW_ENGINE_AUTO));
  for (ew_engine engine = EW_ENGINE_AUTO; engine <= EW_ENGINE_TABLE; engine++) {
    size_t enough = taken_by(a, engine);
    for (size_t size = 0; size < enough; size += step_of(enough)) {
      (void)decode_in(a, size, engine);
    }
    /* The first block of a list may have to begin behind bytes of another alignment. */
    for (size_t more = alignof(max_align_t); more < 64; more++) {
      EXPECT_ERR(EW_OK, decode_in(a, enough + more, engine));
    }
  }
}

static void an_arena_of_any_size_suffices_or_is_refused_and_left_as_it_was(void **state) {
  (void)state;
  each_accepted(decode_in_any_arena);
}

/* The text of a with the element that stands behind list in it repeated. */
static ew_str repeat_element(const accepted *a, const char *list, unsigned times, char *block,
                             size_t size) {
  const char *element = strstr(a->json.ptr, list);
  if (element == NULL) {
    return (ew_str){NULL, 0, 0};
  }
  element += strlen(list);
  const char *behind = strchr(element, '}') + 1;
  size_t len = (size_t)(behind - element);
  size_t used = (size_t)(element - a->json.ptr);
  assert_true(a->json.len + times * (len + 1) <= size);
  memcpy(block, a->json.ptr, used);
  for (unsigned i = 0; i < times; i++, used += len + 1) {
    memcpy(block + used, element, len);
    block[used + len] = ',';
  }
  size_t rest = a->json.len - (size_t)(element - a->json.ptr);
  memcpy(block + used, element, rest);
  return ew_str_from(block, used + rest);
}

/* What has escapes is unescaped behind the list, which has to move when it grows. */
static void decode_long_list(const accepted *a) {
  static char block[1 << 14];
  ew_str json = repeat_element(a, "\"kv_reads\":[", 64, block, sizeof(block));
  for (ew_engine engine = EW_ENGINE_AUTO; json.len > 0 && engine <= EW_ENGINE_TABLE; engine++) {
    accepted longer = {.type = a->type, .json = json};
    size_t taken = taken_by(&longer, engine);
    assert_true(taken > 0 && taken <= 8 * (size_t)json.len);
  }
}

static void a_list_takes_as_much_as_its_elements_and_a_little_more(void **state) {
  (void)state;
  each_accepted(decode_long_list);
}

/* An acknowledgement with so many messages, of which some are unescaped behind the list. */
static size_t write_messages(char *text, size_t size, unsigned count, unsigned escaped) {
  size_t len = (size_t)snprintf(
      text, size, "{\"head\":{\"msgId\":\"\",\"ok\":true,\"errors\":[],\"messages\":[");
  for (unsigned i = 0; i < count; i++) {
    len += (size_t)snprintf(text + len, size - len, "%s%s", i == 0 ? "" : ",",
                            i % escaped == 0 ? "\"\\n\"" : "\"\"");
  }
  return len + (size_t)snprintf(text + len, size - len, "]},\"body\":{}}");
}

/*
 * The bound that docs/codec.md states: what strings take, and four times the struct of each element.
 * An arena of as much is enough, wherever the list has to move.
 */
static void what_a_text_can_take_has_a_bound(void **state) {
  (void)state;
  static char text[1 << 14];
  for (unsigned count = 1; count < 1000; count += count / 50 + 1) {
    for (unsigned escaped = 1; escaped <= count; escaped += escaped / 2 + 1) {
      size_t len = write_messages(text, sizeof(text), count, escaped);
      size_t enough = len + 4 * sizeof(ew_str) * (size_t)count;
      for (ew_engine engine = EW_ENGINE_AUTO; engine <= EW_ENGINE_TABLE; engine++) {
        ew_decode_options opts = {.engine = engine};
        ew_arena arena = arena_of(enough);
        ew_octave_acknowledgement value;
        EXPECT_ERR(EW_OK, ew_octave_acknowledgement_decode(ew_str_from(text, len), &arena, &opts,
                                                           &value, NULL));
        assert_int_equal(count, value.head.messages.count);
        free(arena.base);
      }
    }
  }
}

/* What one engine accepted is passed by the other, which must see the same fault. */
static void refuse_in_list(const char *list, ew_err expected, const char *pointer, const char *at) {
  char text[512];
  int len = snprintf(text, sizeof(text),
                     "{\"head\":{\"msgId\":\"\",\"ok\":true,\"errors\":[],\"messages\":%s},"
                     "\"body\":{}}",
                     list);
  assert_true(len > 0 && (size_t)len < sizeof(text));
  for (ew_engine engine = EW_ENGINE_AUTO; engine <= EW_ENGINE_TABLE; engine++) {
    ew_decode_options opts = {.engine = engine, .limits = {.max_items = 6}};
    ew_arena arena;
    ew_octave_acknowledgement value;
    ew_diag diag = {0};
    ew_arena_init(&arena, arena_block, sizeof(arena_block));
    EXPECT_ERR(expected, ew_octave_acknowledgement_decode(ew_str_from(text, (size_t)len), &arena,
                                                          &opts, &value, &diag));
    assert_string_equal(pointer, diag.pointer);
    assert_int_equal(strstr(text, at) - text, diag.offset);
  }
}

static void a_fault_behind_texts_of_any_form_is_found_where_it_stands(void **state) {
  (void)state;
  const ew_err type = EW_ERR_TYPE;
  refuse_in_list("[\"\",\"\",\"\",7]", type, "/head/messages/3", "7");
  refuse_in_list("[\"a\",\"\\\"\",\"b\",7]", type, "/head/messages/3", "7");
  refuse_in_list("[\"\\\\\",\"\\\",\",\"\",7]", type, "/head/messages/3", "7");
  refuse_in_list("[\"a\" ,\"b\", \"c\",\"d\",[7]]", type, "/head/messages/4", "[7]");
  refuse_in_list("[\",\",\"\xc3\xa9\",7,\"\"]", type, "/head/messages/2", "7");
  refuse_in_list("[\"\",\"\",\"\",\"\\x\"]", EW_ERR_SYNTAX, "/head/messages/3", "x\"");
  refuse_in_list("[\"\",\"\",\"\",\"\",\"\",\"\",\"7\",7]", EW_ERR_TOO_LARGE, "/head/messages/6",
                 "\"7\"");
}

/* 0 to 3: both engines, in both profiles that the straight-line one knows. */
static ew_decode_options options_of(int i) {
  return (ew_decode_options){.engine = i < 2 ? EW_ENGINE_AUTO : EW_ENGINE_TABLE,
                             .profile = i % 2 == 0 ? EW_STRICT : EW_LENIENT};
}

/* The same of maps. */
static void refuse_with_tags(const char *tags, const char *behind, ew_err expected,
                             const char *pointer, const char *at) {
  char text[512];
  int len = snprintf(text, sizeof(text),
                     "{\"type\":\"message\",\"resource\":\"s53b1d1600cf27b75148de0ac\",\"value\":"
                     "{\"creationDate\":1,\"elems\":{},\"id\":\"e5e9d9d1d0000000000000001\","
                     "\"path\":\"/a\",\"streamId\":\"s53b1d1600cf27b75148de0ac\",\"tags\":%s%s",
                     tags, behind);
  assert_true(len > 0 && (size_t)len < sizeof(text));
  for (int i = 0; i < 4; i++) {
    const ew_decode_options opts = options_of(i);
    ew_arena arena;
    ew_octave_message value;
    ew_diag diag = {0};
    ew_arena_init(&arena, arena_block, sizeof(arena_block));
    EXPECT_ERR(expected, ew_octave_message_decode(ew_str_from(text, (size_t)len), &arena, &opts,
                                                  &value, &diag));
    assert_string_equal(pointer, diag.pointer);
    assert_int_equal(at[0] != '\0' ? strstr(text, at) - text : len, diag.offset);
  }
}

static void a_fault_in_or_behind_a_map_is_found_where_it_stands(void **state) {
  (void)state;
  static const char *const good[] = {"{}", "{ }", "{\"a\":\"}\",\"b\":\"\\\"\"}", "{\"\":\"\" }"};
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    refuse_with_tags(good[i], ",\"version\":\"x\"}}", EW_ERR_TYPE, "/value/version", "\"x\"");
    refuse_with_tags(good[i], "},\"value\":7}", EW_ERR_DUPLICATE, "/value", "\"value\":7");
    refuse_with_tags(good[i], "", EW_ERR_TRUNCATED, "/value", "");
  }
  refuse_with_tags("{\"k\":\"\",\"l\":\"\",\"k\":\"7\"}", "}}", EW_ERR_DUPLICATE, "/value/tags/k",
                   "\"k\":\"7\"");
  refuse_with_tags("{\"k\":\"\",\"k\":\"7\"}", "}}\xff", EW_ERR_DUPLICATE, "/value/tags/k",
                   "\"k\":\"7\"");
  refuse_with_tags("{\"k\":\"\",\"k\":\"\xff\"}", "}}", EW_ERR_UTF8, "/value/tags/k", "\xff");
  refuse_with_tags("{\"k\":\"\",\"l\":7}", "}}", EW_ERR_TYPE, "/value/tags/l", "7}");
  refuse_with_tags("{\"k\":\"\",}", "}}", EW_ERR_SYNTAX, "/value/tags", "}}}");
}

/* What is known of a refused map outlives what is stepped over until the type is known. */
static void a_map_refused_for_a_key_is_refused_for_it_behind_long_text(void **state) {
  (void)state;
  static const char group[] = "{\"groups\":{},\"mod_policy\":\"\",\"policies\":{},\"values\":{},"
                              "\"version\":\"0\"}";
  char lines[601];
  for (size_t i = 0; i < 600; i += 2) {
    memcpy(lines + i, "\\n", 2);
  }
  lines[600] = '\0';
  char text[2048];
  int len = snprintf(
      text, sizeof(text),
      "{\"content\":{\"id\":\"\",\"state\":\"VALID\",\"from\":\"m.o\",\"to\":\"\",\"input\":\"{%s}\","
      "\"events\":null,\"data\":{\"data\":{\"config\":{\"channel_group\":{\"groups\":{\"a\":%s,"
      "\"a\":%s},\"mod_policy\":\"\",\"policies\":{},\"values\":{},\"version\":\"0\"},\"sequence\":"
      "\"4\"},\"last_update\":null},\"header\":null}},\"name\":\"\",\"id\":\"config-7-\",\"network\":\"n\","
      "\"instance_id\":\"i\",\"platform\":\"Fabric\",\"type\":\"Config\"}",
      lines, group, group);
  assert_true(len > 0 && (size_t)len < sizeof(text));
  for (int i = 0; i < 4; i++) {
    const ew_decode_options opts = options_of(i);
    ew_arena arena;
    ew_baas_event value;
    ew_diag diag = {0};
    ew_arena_init(&arena, arena_block, sizeof(arena_block));
    EXPECT_ERR(EW_ERR_DUPLICATE, ew_baas_event_decode(ew_str_from(text, (size_t)len), &arena, &opts,
                                                      &value, &diag));
    assert_string_equal("/content/data/data/config/channel_group/groups/a", diag.pointer);
    EXPECT_ERR(EW_ERR_DUPLICATE,
               ew_baas_event_validate(ew_str_from(text, (size_t)len), &opts, &diag));
  }
}

/* How an entry is written, and what it says. */
typedef struct written_entry {
  const char *json;
  const char *key;
  const char *value;
} written_entry;

static const written_entry WRITTEN[] = {
    {"\"a\":\"1\"", "a", "1"},
    {"\"b\":\"2\"", "b", "2"},
    {"\"\\u0063\":\"3\"", "c", "3"},
    {"\"d\":\"\\n\"", "d", "\n"},
    {"\"\":\"\"", "", ""},
    {"\"\xc3\xa9\":\"e\"", "\xc3\xa9", "e"},
    {"\"f\" : \"\xc3\xa9\" ", "f", "\xc3\xa9"},
    {"\"gggggggggggggggggggggggggggggggggg\":\"\"", "gggggggggggggggggggggggggggggggggg", ""},
};
#define WRITTEN_COUNT (sizeof(WRITTEN) / sizeof(WRITTEN[0]))

static uint32_t write_entries(char *text, size_t from, size_t step) {
  static const char begin[] = "{\"type\":\"message\",\"resource\":\"s53b1d1600cf27b75148de0ac\","
                              "\"value\":{\"creationDate\":1,\"elems\":{},"
                              "\"id\":\"e5e9d9d1d0000000000000001\",\"path\":\"/a\","
                              "\"streamId\":\"s53b1d1600cf27b75148de0ac\",\"tags\":{";
  char *to = text + sprintf(text, "%s", begin);
  for (size_t i = 0; i < WRITTEN_COUNT; i++) {
    to += sprintf(to, "%s%s", i == 0 ? "" : ",", WRITTEN[(from + i * step) % WRITTEN_COUNT].json);
  }
  to += sprintf(to, "}}}");
  return (uint32_t)(to - text);
}

static void entries_of_any_form_follow_each_other_in_a_map(void **state) {
  (void)state;
  for (size_t k = 0; k < 4 * WRITTEN_COUNT; k++) {
    size_t from = k % WRITTEN_COUNT;
    size_t step = 1 + 2 * (k / WRITTEN_COUNT);
    char text[1024];
    ew_str json = ew_str_from(text, write_entries(text, from, step));
    for (ew_engine engine = EW_ENGINE_AUTO; engine <= EW_ENGINE_TABLE; engine++) {
      ew_decode_options opts = {.engine = engine};
      ew_arena arena;
      ew_octave_message message;
      ew_arena_init(&arena, arena_block, sizeof(arena_block));
      EXPECT_ERR(EW_OK, ew_octave_message_decode(json, &arena, &opts, &message, NULL));
      assert_int_equal(WRITTEN_COUNT, message.value.tags.count);
      for (size_t i = 0; i < WRITTEN_COUNT; i++) {
        const written_entry *entry = &WRITTEN[(from + i * step) % WRITTEN_COUNT];
        EXPECT_TEXT(entry->key, message.value.tags.items[i].key);
        EXPECT_TEXT(entry->value, message.value.tags.items[i].value);
      }
      opts.limits.max_items = WRITTEN_COUNT - 1;
      EXPECT_ERR(EW_ERR_TOO_LARGE, ew_octave_message_decode(json, &arena, &opts, &message, NULL));
      opts.limits = (ew_limits){.max_string_bytes = 33};
      EXPECT_ERR(EW_ERR_TOO_LARGE, ew_octave_message_decode(json, &arena, &opts, &message, NULL));
    }
  }
}

static void an_arena_without_memory_does_for_what_takes_none(void **state) {
  (void)state;
  ew_arena none;
  ew_arena_init(&none, NULL, 0);
  ew_octave_subscribe value;
  ew_str plain =
      EW_STR("{\"msgId\":\"m\",\"object\":\"event\",\"type\":\"subscribe\",\"path\":\"/a\"}");
  ew_str escaped =
      EW_STR("{\"msgId\":\"\\n\",\"object\":\"event\",\"type\":\"subscribe\",\"path\":\"/a\"}");
  EXPECT_ERR(EW_OK, ew_octave_subscribe_decode(plain, &none, NULL, &value, NULL));
  EXPECT_ERR(EW_ERR_ARENA_FULL, ew_octave_subscribe_decode(escaped, &none, NULL, &value, NULL));
  assert_int_equal(0, none.used);
}

/* No larger arena would help there, so it must not be said to. */
static void bytes_that_are_no_text_are_not_taken_for_a_lack_of_room(void **state) {
  (void)state;
  static const char begin[] = "{\"type\":\"message\",\"resource\":\"s53b1d1600cf27b75148de0ac\","
                              "\"value\":{\"tags\":{\"a\\u0000";
  static const char bad[] = "\xf4\":\"x\"}}}";
  static const ew_engine engines[] = {EW_ENGINE_AUTO, EW_ENGINE_TABLE};
  char text[sizeof(begin) + sizeof(bad)];
  int len = snprintf(text, sizeof(text), "%s%s", begin, bad);
  char memory[4096];
  for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
    ew_decode_options opts = {.engine = engines[i]};
    ew_octave_message value;
    ew_diag diag;
    ew_arena arena;
    ew_arena_init(&arena, memory, sizeof(memory));
    EXPECT_ERR(EW_ERR_UTF8, ew_octave_message_decode(ew_str_from(text, (size_t)len), &arena, &opts,
                                                     &value, &diag));
    assert_int_equal(sizeof(begin) - 1, diag.offset);
  }
}

/* -------------------------------------------------------------------------------- hostile depth */

#define DEEP 100000u

/** A beginning, and a piece that opens levels, repeated without an end. */
typedef struct hostile {
  const ew_document *document;
  const char *message;
  const char *begin;
  const char *piece;
} hostile;

static const hostile HOSTILES[] = {
    {&ew_octave_document, "message", "", "["},
    {&ew_octave_document, "message", "", "{\"a\":"},
    {&ew_octave_document, "message", "", "[{\"type\":"},
    {&ew_octave_document, "message", "{\"type\":\"message\",\"value\":{\"elems\":", "{\"a\":["},
    {&ew_octave_document, "subscribe", "{\"unknown\":", "[{\"a\":"},
    {&ew_kaleido_document, "eventBatch", "[{\"data\":", "{\"\":"},
    {&ew_kaleido_document, "subscriptionInput", "{\"event\":{\"inputs\":", "[{\"components\":"},
    {&ew_kaleido_document, "reply", "{\"nonce\":", "["},
    {&ew_firefly_document, "start", "{\"type\":\"start\",\"options\":{\"headers\":", "{\"a\":"},
    {&ew_firefly_document, "event", "{\"datatype\":{\"value\":", "[["},
    {&ew_baas_document, "event",
     "{\"type\":\"Config\",\"content\":{\"data\":{\"data\":{\"config\":{\"channel_group\":",
     "{\"groups\":{\"a\":"},
    {&ew_baas_document, "event", "{\"content\":", "{\"data\":"},
    {&ew_baas_document, "event", "{\"type\":\"Tx\",\"content\":{\"events\":", "[{\"a\":"},
};

static ew_str hostile_text(const hostile *h, char *block, size_t size) {
  size_t len = strlen(h->begin);
  size_t piece = strlen(h->piece);
  memcpy(block, h->begin, len);
  for (unsigned i = 0; i < DEEP && len + piece <= size; i++, len += piece) {
    memcpy(block + len, h->piece, piece);
  }
  return ew_str_from(block, len);
}

static void decode_hostile(const hostile *h, ew_str json, uint32_t max_depth) {
  const ew_type *type = ew_document_find(h->document, ew_str_of(h->message))->type;
  ew_decode_options opts = {
      .limits = {.max_bytes = UINT32_MAX, .max_depth = max_depth, .max_items = UINT32_MAX}};
  for (int profile = EW_STRICT; profile <= EW_COMPAT; profile++) {
    ew_arena arena;
    ew_diag diag = {0};
    ew_arena_init(&arena, arena_block, sizeof(arena_block));
    opts.profile = (ew_profile)profile;
    void *value = dirty_value(type);
    ew_err err = ew_type_decode(type, json, &arena, &opts, value, &diag);
    assert_true(err == EW_ERR_DEPTH || err == EW_ERR_TYPE);
    assert_true(is_clear(value, type->size) && arena.used == 0);
    EXPECT_ERR(err, ew_type_validate(type, json, &opts, &diag));
  }
}

/* Thread: its own, with a small stack. */
static void *decode_hostiles(void *block) {
  static const uint32_t depths[] = {0, 1, 128};
  for (size_t i = 0; i < sizeof(HOSTILES) / sizeof(HOSTILES[0]); i++) {
    ew_str json = hostile_text(&HOSTILES[i], block, DEEP * 16);
    for (size_t k = 0; k < sizeof(depths) / sizeof(depths[0]); k++) {
      decode_hostile(&HOSTILES[i], json, depths[k]);
    }
    EXPECT_ERR(EW_ERR_DEPTH, ew_json_check(json, 0, NULL));
    EXPECT_ERR(EW_ERR_DEPTH, ew_json_check(json, UINT32_MAX, NULL));
  }
  return NULL;
}

/* What depth takes is bounded by the limit, not by the text: a quarter of a MiB is plenty. */
#if defined(__SANITIZE_ADDRESS__)
#  define SMALL_STACK ((size_t)2 << 20) /* frames with red zones */
#else
#  define SMALL_STACK ((size_t)256 << 10)
#endif

static void depth_without_end_is_refused_on_a_small_stack(void **state) {
  (void)state;
  pthread_attr_t attributes;
  pthread_t thread;
  char *block = malloc(DEEP * 16);
  assert_non_null(block);
  assert_int_equal(0, pthread_attr_init(&attributes));
  assert_int_equal(0, pthread_attr_setstacksize(&attributes, SMALL_STACK));
  assert_int_equal(0, pthread_create(&thread, &attributes, decode_hostiles, block));
  assert_int_equal(0, pthread_join(thread, NULL));
  pthread_attr_destroy(&attributes);
  free(block);
}

static void the_greatest_limit_is_still_a_limit(void **state) {
  (void)state;
  char *block = malloc(DEEP * 16);
  assert_non_null(block);
  for (size_t i = 0; i < sizeof(HOSTILES) / sizeof(HOSTILES[0]); i++) {
    decode_hostile(&HOSTILES[i], hostile_text(&HOSTILES[i], block, DEEP * 16), 1024);
  }
  free(block);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_text_is_a_text_that_ends_too_early),
    cmocka_unit_test(what_has_no_type_and_no_room_is_an_argument_error),
#if SIZE_MAX > UINT32_MAX
    cmocka_unit_test(a_text_over_4_gib_is_refused_and_never_cut),
    cmocka_unit_test(a_member_over_4_gib_is_not_written_in_part),
#endif
    cmocka_unit_test(a_buffer_of_no_bytes_is_told_how_many_it_takes),
    cmocka_unit_test(an_arena_of_any_size_suffices_or_is_refused_and_left_as_it_was),
    cmocka_unit_test(a_list_takes_as_much_as_its_elements_and_a_little_more),
    cmocka_unit_test(what_a_text_can_take_has_a_bound),
    cmocka_unit_test(a_fault_behind_texts_of_any_form_is_found_where_it_stands),
    cmocka_unit_test(a_fault_in_or_behind_a_map_is_found_where_it_stands),
    cmocka_unit_test(a_map_refused_for_a_key_is_refused_for_it_behind_long_text),
    cmocka_unit_test(entries_of_any_form_follow_each_other_in_a_map),
    cmocka_unit_test(an_arena_without_memory_does_for_what_takes_none),
    cmocka_unit_test(bytes_that_are_no_text_are_not_taken_for_a_lack_of_room),
    cmocka_unit_test(depth_without_end_is_refused_on_a_small_stack),
    cmocka_unit_test(the_greatest_limit_is_still_a_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
