/*
 * A batch in pieces is the batch: every example and vector, whole, cut everywhere, and damaged.
 */
#include "support.h"

#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"
#include "eventwire/stream.h"
#include "firefly_vectors.h"
#include "kaleido_vectors.h"
#include "stream_trial.h"

#define MAX_TEXT ((size_t)1 << 20)
#define MAX_CUTS 4096u

/* xorshift64*: the same numbers on every machine. */
static uint64_t next_random(uint64_t *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* ------------------------------------------------------------------------------ types for tests */

typedef struct list {
  void *items;
  uint32_t count;
} list;

typedef struct parcel {
  ew_str name;
  list items;
  bool has_items;
  ew_raw note;
  bool has_note;
} parcel;

#define PLAIN(kind_, c_type) \
  { .kind = (kind_), .size = sizeof(c_type) }
#define LIST(rules)                                                                                \
  {                                                                                                \
    .type = {.kind = EW_KIND_ARRAY,                                                                \
             .size = sizeof(list),                                                                 \
             .head = EW_HEAD_ENTRY,                                                                \
             .as.array = &(rules)},                                                                \
    .schema = "#/list"                                                                             \
  }

static const ew_type double_type = PLAIN(EW_KIND_DOUBLE, double);
static const ew_type string_type = PLAIN(EW_KIND_STRING, ew_str);
static const ew_type bool_type = PLAIN(EW_KIND_BOOL, bool);
static const ew_type any_type = PLAIN(EW_KIND_RAW, ew_raw);

static const ew_array_rules doubles = {.item = &double_type, .max_items = EW_NO_LIMIT};
static const ew_array_rules strings = {.item = &string_type, .min_items = 1, .max_items = 3};
static const ew_array_rules bools = {.item = &bool_type, .max_items = EW_NO_LIMIT};
static const ew_array_rules anys = {.item = &any_type, .max_items = EW_NO_LIMIT};
static const ew_entry_type double_list = LIST(doubles);
static const ew_entry_type string_list = LIST(strings);
static const ew_entry_type bool_list = LIST(bools);
static const ew_entry_type any_list = LIST(anys);

static const ew_member parcel_members[] = {
    {EW_NAME("name"), .type = &string_type, .flags = EW_MEMBER_REQUIRED,
     .offset = offsetof(parcel, name), .presence_offset = EW_NO_OFFSET},
    {EW_NAME("items"), .type = &double_list.type, .flags = EW_MEMBER_STREAM,
     .offset = offsetof(parcel, items), .presence_offset = offsetof(parcel, has_items)},
    {EW_NAME("note"), .type = &any_type, .offset = offsetof(parcel, note),
     .presence_offset = offsetof(parcel, has_note)},
};
static const ew_object_more parcel_rules = {.rules.members = parcel_members,
                                            .rules.member_count = 3,
                                            .rules.required = 1,
                                            .rules.more = true,
                                            .max_members = 4};
static const ew_entry_type parcel_type = {.type = {.kind = EW_KIND_OBJECT,
                                                   .size = sizeof(parcel),
                                                   .head = EW_HEAD_ENTRY,
                                                   .as.object = &parcel_rules.rules},
                                          .schema = "#/parcel"};

/* -------------------------------------------------------------------------------------- cutting */

static stream_trial *trial;
static unsigned failures;

static void report(const char *problem, const char *how, ew_str json) {
  if (problem != NULL) {
    failures++;
    print_error("%s (%s): %.*s\n", problem, how, (int)(json.len < 300 ? json.len : 300), json.ptr);
  }
}

static void cut_twice(ew_str json) {
  for (size_t at = 0; at <= json.len; at++) {
    report(stream_trial_cut(trial, &at, 1), "in two", json);
  }
}

static void cut_into_bytes(ew_str json) {
  size_t *cuts = malloc((json.len + 1) * sizeof(*cuts));
  assert_non_null(cuts);
  for (size_t i = 0; i < json.len; i++) {
    cuts[i] = i;
  }
  report(stream_trial_cut(trial, cuts, json.len), "byte by byte", json);
  free(cuts);
}

static void cut_at_random(ew_str json, uint64_t *random, size_t longest) {
  size_t cuts[MAX_CUTS];
  size_t count = 0;
  size_t at = next_random(random) % longest;
  while (at < json.len && count < MAX_CUTS) {
    cuts[count++] = at;
    at += next_random(random) % longest;
  }
  report(stream_trial_cut(trial, cuts, count), "at random", json);
}

static void start(const ew_type *type, ew_profile profile, ew_str json) {
  report(stream_trial_start(trial, type, profile, json), "in one piece", json);
}

static void cut_everywhere(const ew_type *type, ew_profile profile, ew_str json) {
  uint64_t random = json.len + 1;
  start(type, profile, json);
  cut_twice(json);
  cut_into_bytes(json);
  for (int i = 0; i < 8; i++) {
    cut_at_random(json, &random, i < 4 ? 16 : 300);
  }
}

/* Every message of these documents that can be a stream, with every vector of it. */
static void for_all_vectors(void (*act)(const ew_type *type, ew_str json)) {
  static const struct {
    const ew_document *document;
    const ew_vector *vectors;
    const size_t *count;
  } sets[] = {{&ew_firefly_document, ew_firefly_vectors, &ew_firefly_vector_count},
              {&ew_kaleido_document, ew_kaleido_vectors, &ew_kaleido_vector_count}};
  unsigned acted = 0;
  for (size_t i = 0; i < 2; i++) {
    for (size_t k = 0; k < *sets[i].count; k++) {
      const ew_vector *v = &sets[i].vectors[k];
      const ew_message *message = ew_document_find(sets[i].document, ew_str_of(v->message));
      bool streams =
          strcmp(v->message, "eventBatch") == 0 || strcmp(v->message, "numberedBatch") == 0;
      if (streams) {
        act(message->type, ew_str_from(v->json, v->len));
        acted++;
      }
    }
  }
  assert_true(acted > 50);
  assert_int_equal(0, failures);
}

static void cut_vector(const ew_type *type, ew_str json) {
  cut_everywhere(type, EW_STRICT, json);
  cut_everywhere(type, EW_LENIENT, json);
}

static void every_vector_is_the_same_however_it_is_cut(void **state) {
  (void)state;
  for_all_vectors(cut_vector);
}

/* -------------------------------------------------------------------------------------- damaged */

static const char DAMAGE[] = "\"\\{}[],:0e-. \n\x80\xc3\xed\xf0t\x01";

static void damage_vector(const ew_type *type, ew_str json) {
  uint64_t random = json.len;
  char *text = malloc(json.len + 1);
  assert_non_null(text);
  for (int i = 0; i < 120; i++) {
    memcpy(text, json.ptr, json.len);
    size_t len = json.len;
    size_t at = next_random(&random) % (len + 1);
    switch (next_random(&random) % 3) {
    case 0:
      len = at;
      break;
    case 1:
      memmove(text + at, text + at + (at < len), len - at - (at < len));
      len -= at < len;
      break;
    default:
      if (at < len) {
        text[at] = DAMAGE[next_random(&random) % (sizeof(DAMAGE) - 1)];
      }
    }
    ew_str damaged = ew_str_from(text, len);
    start(type, (ew_profile)(i & 1), damaged);
    cut_at_random(damaged, &random, 40);
    cut_at_random(damaged, &random, len + 1);
    cut_into_bytes(damaged);
  }
  free(text);
}

static void damaged_texts_are_refused_at_the_same_place(void **state) {
  (void)state;
  for_all_vectors(damage_vector);
}

/* --------------------------------------------------------------------------------- small texts */

typedef struct small_text {
  const ew_type *type;
  const char *json;
} small_text;

static const small_text SMALL[] = {
    {&double_list.type, "[]"},
    {&double_list.type, " [ ] "},
    {&double_list.type, "[12,-0.5e3 , 1E400]"},
    {&double_list.type, "[12,-0.5e3 ,\n 7 ]"},
    {&double_list.type, "[12"},
    {&double_list.type, "[12,"},
    {&double_list.type, "[12,]"},
    {&double_list.type, "[,]"},
    {&double_list.type, "[12 13]"},
    {&double_list.type, "[12x,1]"},
    {&double_list.type, "[1.]"},
    {&double_list.type, "[-]"},
    {&double_list.type, "[01]"},
    {&double_list.type, "[1}"},
    {&double_list.type, "[1]]"},
    {&double_list.type, "[1] x"},
    {&double_list.type, "[1]\n\xc3\xbc"},
    {&double_list.type, "[1]\xff"},
    {&double_list.type, "[1\xe2\x82"},
    {&double_list.type, "[-\xff,1]"},
    {&double_list.type, "[(\xe2\x82"},
    {&parcel_type.type, "{\"note\":(\xe2\x82"},
    {&double_list.type, "[-\xe2\x82\xac,1]"},
    {&double_list.type, "[1,\xff"},
    {&double_list.type, "[1,\xe2\x82\xac]"},
    {&double_list.type, "[1\xe2\x82\xac]"},
    {&bool_list.type, "[tru\xff"},
    {&bool_list.type, "[true\xc3\xbc]"},
    {&parcel_type.type, "{\"note\":-\xff}"},
    {&parcel_type.type, "{\"note\":-\xc3\xbc}"},
    {&parcel_type.type, "{\"note\"\xff:1}"},
    {&parcel_type.type, "{\"note\"\xc3\xbc:1}"},
    {&parcel_type.type, "{\xc3\xbc}"},
    {&parcel_type.type, "{\"items\":[1]\xc3\xbc}"},
    {&parcel_type.type, "{\"items\":\xff[1]}"},
    {&double_list.type, "\xef\xbb\xbf[1]"},
    {&double_list.type, "{\"a\":[1]}"},
    {&double_list.type, "nul"},
    {&double_list.type, ""},
    {&double_list.type, " "},
    {&double_list.type, "x"},
    {&double_list.type, "[null,{\"a\":[\"]\"]}]"},
    {&double_list.type, "[[1,2],3]"},
    {&string_list.type, "[\"\"]"},
    {&string_list.type, "[]"},
    {&string_list.type, "[\"a\",\"b\",\"c\",\"d\"]"},
    {&string_list.type, "[\"a\",\"b\",\"c\",\"d\""},
    {&string_list.type, "[\"\\ud83d\\ude00 \xf0\x9f\x98\x80\\\\\\\"\",\"\xe2\x82\xac\"]"},
    {&string_list.type, "[\"\\ud83d\",1]"},
    {&string_list.type, "[\"\\ud83d\\n\"]"},
    {&string_list.type, "[\"a\nb\"]"},
    {&string_list.type, "[\"\\x\"]"},
    {&string_list.type, "[\"\xc0\x80\"]"},
    {&string_list.type, "[\"\xed\xa0\x80\"]"},
    {&string_list.type, "[\"\xf4\x90\x80\x80\"]"},
    {&string_list.type, "[\"\xe0\x80\x80\"]"},
    {&string_list.type, "[\"\xf0\x80\x80\x80\"]"},
    {&string_list.type, "[\"\xf1\x80\x80\""},
    {&string_list.type, "[\"abc"},
    {&string_list.type, "[]\xff"},
    {&parcel_type.type, "{\"items\":[]}\xff"},
    {&string_list.type, "[\"abc\\"},
    {&string_list.type, "[\"abc\\u12"},
    {&bool_list.type, "[true,false]"},
    {&bool_list.type, "[true,fals]"},
    {&bool_list.type, "[truex]"},
    {&bool_list.type, "[true\"\"]"},
    {&bool_list.type, "[tru\"e]"},
    {&bool_list.type, "[t"},
    {&any_list.type, "[1,\"x\",[[]],{\"a\":{\"b\":[1,2,{}]}},null,true]"},
    {&any_list.type, "[{\"a\":\"}\",\"b\":\"\\\"]\"},[\"[\"]]"},
    {&any_list.type, "[{]}]"},
    {&any_list.type, "[[1}]"},
    {&any_list.type, "[{\"a\" 1}]"},
    {&any_list.type, "[{\"a\":1,}]"},
    {&any_list.type, "[{\"a\":\"\xff\"}]"},
    {&parcel_type.type, "{\"name\":\"n\",\"items\":[1,2],\"note\":{\"x\":[1]}}"},
    {&parcel_type.type,
     " { \"note\" : [ 1 , 2 ] , \"items\" : [ 1 , 2 ] , \"name\" : \"\\u00fc\xc3\xbc\" } "},
    {&parcel_type.type, "{\"name\":\"n\"}"},
    {&parcel_type.type, "{\"name\":\"n\",\"unknown\":{\"items\":[1]}}"},
    {&parcel_type.type, "{\"name\":\"n\",\"it\\u0065ms\":[1,2]}"},
    {&parcel_type.type, "{\"items\":[1,2]}"},
    {&parcel_type.type, "{\"items\":[1,2],\"name\":\"n\",\"items\":[3]}"},
    {&parcel_type.type, "{\"items\":[1,2],\"name\":\"n\",\"name\":\"m\"}"},
    {&parcel_type.type, "{\"items\":{},\"name\":\"n\"}"},
    {&parcel_type.type, "{\"items\":null,\"name\":\"n\"}"},
    {&parcel_type.type, "{\"items\":12,\"name\":\"n\"}"},
    {&parcel_type.type, "{\"items\":[1,true],\"name\":\"n\"}"},
    {&parcel_type.type, "{\"name\":\"n\",\"a\":1,\"b\":2,\"c\":3,\"d\":4}"},
    {&parcel_type.type, "{}"},
    {&parcel_type.type, "{"},
    {&parcel_type.type, "{,}"},
    {&parcel_type.type, "{\"name\"}"},
    {&parcel_type.type, "{\"name\":}"},
    {&parcel_type.type, "{\"name\":\"n\",}"},
    {&parcel_type.type, "{\"name\":\"n\" \"note\":1}"},
    {&parcel_type.type, "{\"name\":\"n\"]"},
    {&parcel_type.type, "{\"name\":\"n\",\"items\""},
    {&parcel_type.type, "{\"name\":\"n\",\"items\":"},
    {&parcel_type.type, "{\"name\":\"n\",\"items\":["},
    {&parcel_type.type, "{\"name\":\"n\",\"items\":[1]"},
    {&parcel_type.type, "{\"name\":\"n\",\"items\":[1] 2}"},
    {&parcel_type.type, "{\"name\":\"n\",\"note\":12x,\"items\":[1]}"},
    {&parcel_type.type, "{\"name\":\"n\",\"items\"x:[1]}"},
    {&parcel_type.type, "{\"name\":\"n\",\"items\"::[1]}"},
    {&parcel_type.type, "{name:1}"},
    {&parcel_type.type, "[1]"},
    {&parcel_type.type, "{\"name\":\"\xc3\"}"},
    {&parcel_type.type, "{\"n\xc3\xa4me\":1,\"name\":\"x\"} \xc3"},
};

static void small_texts_are_the_same_however_they_are_cut(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(SMALL) / sizeof(SMALL[0]); i++) {
    ew_str json = ew_str_of(SMALL[i].json);
    cut_everywhere(SMALL[i].type, EW_STRICT, json);
    for (size_t first = 0; first <= json.len; first++) {
      for (size_t second = first; second <= json.len; second++) {
        size_t cuts[] = {first, second};
        report(stream_trial_cut(trial, cuts, 2), "in three", json);
      }
    }
  }
  assert_int_equal(0, failures);
}

/*
 * --------------------------------------------------------------------------------- the typed way
 */

static const char BATCH[] =
    "{\"batchNumber\":7,\"events\":[{\"blockHash\":"
    "\"0xcd9d7d4df4d1f2c1a1b1a1b1a1b1a1b1a1b1a1b1a1b1a1b1a1b1a1b1a1b1a1b1\",\"blockNumber\":\"1\","
    "\"listenerId\":\"94de7ce4-1ad0-4a4a-8d5e-6c1d3b1c2f3a\",\"signature\":\"a\\u0062c\","
    "\"streamId\":\"94de7ce4-1ad0-4a4a-8d5e-6c1d3b1c2f3b\",\"subId\":"
    "\"94de7ce4-1ad0-4a4a-8d5e-6c1d3b1c2f3a\"},"
    "{\"blockHash\":\"0xcd9d7d4df4d1f2c1a1b1a1b1a1b1a1b1a1b1a1b1a1b1a1b1a1b1a1b1a1b1a1b1\","
    "\"blockNumber\":\"2\",\"listenerId\":\"94de7ce4-1ad0-4a4a-8d5e-6c1d3b1c2f3a\",\"streamId\":"
    "\"94de7ce4-1ad0-4a4a-8d5e-6c1d3b1c2f3b\",\"subId\":"
    "\"94de7ce4-1ad0-4a4a-8d5e-6c1d3b1c2f3a\"}]}";

typedef struct reader {
  ew_stream stream;
  ew_kaleido_numbered_batch batch;
  int64_t number; /* of the batch, as the first element saw it */
  uint64_t last_count;
  ew_err answer; /* to the second element */
} reader;

static ew_err on_event(void *ctx, const ew_kaleido_numbered_event *event) {
  reader *r = ctx;
  r->number = r->batch.batch_number;
  r->last_count = r->stream.count;
  if (event->has_signature) {
    EXPECT_TEXT("abc", event->signature);
  }
  return r->stream.count == 2 ? r->answer : EW_OK;
}

static void elements_see_the_members_read_before_them(void **state) {
  (void)state;
  char memory[4096];
  ew_arena arena;
  reader r = {.answer = EW_OK};
  ew_arena_init(&arena, memory, sizeof(memory));
  EXPECT_ERR(EW_OK, ew_kaleido_numbered_batch_stream_init(&r.stream, &arena, NULL, &r.batch,
                                                          on_event, &r));
  EXPECT_ERR(EW_OK, ew_stream_feed(&r.stream, ew_str_of(BATCH), NULL));
  EXPECT_ERR(EW_OK, ew_stream_finish(&r.stream, NULL));
  assert_int_equal(7, r.number);
  assert_int_equal(7, r.batch.batch_number);
  assert_int_equal(2, r.last_count);
  assert_int_equal(0, r.batch.events.count);
}

static void a_callback_that_refuses_ends_the_stream_with_its_error(void **state) {
  (void)state;
  char memory[4096];
  ew_arena arena;
  ew_diag diag;
  reader r = {.answer = EW_ERR_QUEUE_FULL};
  ew_arena_init(&arena, memory, sizeof(memory));
  EXPECT_ERR(EW_OK, ew_kaleido_numbered_batch_stream_init(&r.stream, &arena, NULL, &r.batch,
                                                          on_event, &r));
  EXPECT_ERR(EW_ERR_QUEUE_FULL, ew_stream_feed(&r.stream, ew_str_of(BATCH), &diag));
  EXPECT_ERR(EW_ERR_QUEUE_FULL, diag.err);
  assert_string_equal("/events/1", diag.pointer);
  assert_int_equal(strstr(BATCH, "},{") + 2 - BATCH, diag.offset);
  assert_int_equal(1, r.stream.count);
  assert_int_equal(0, r.batch.batch_number);
  assert_int_equal(0, arena.used);
  EXPECT_ERR(EW_ERR_QUEUE_FULL, ew_stream_feed(&r.stream, ew_str_of("x"), &diag));
  EXPECT_ERR(EW_ERR_QUEUE_FULL, ew_stream_finish(&r.stream, &diag));
}

static void a_finished_stream_takes_no_more(void **state) {
  (void)state;
  char memory[4096];
  ew_arena arena;
  ew_diag diag;
  reader r = {.answer = EW_OK};
  ew_arena_init(&arena, memory, sizeof(memory));
  EXPECT_ERR(EW_OK, ew_kaleido_numbered_batch_stream_init(&r.stream, &arena, NULL, &r.batch,
                                                          on_event, &r));
  EXPECT_ERR(EW_OK, ew_stream_feed(&r.stream, ew_str_of(BATCH), &diag));
  EXPECT_ERR(EW_OK, ew_stream_feed(&r.stream, ew_str_of(NULL), &diag));
  EXPECT_ERR(EW_OK, ew_stream_finish(&r.stream, &diag));
  EXPECT_ERR(EW_ERR_STATE, ew_stream_feed(&r.stream, ew_str_of(" "), &diag));
  EXPECT_ERR(EW_ERR_STATE, ew_stream_finish(&r.stream, &diag));
  assert_int_equal(7, r.batch.batch_number);
}

/* -------------------------------------------------------------------------------------- memory */

static ew_err count_only(ew_stream_callback callback, void *ctx, const void *element) {
  (void)callback;
  (void)ctx;
  (void)element;
  return EW_OK;
}

static ew_err feed_two(const ew_type *type, size_t arena_size, const ew_decode_options *opts,
                       ew_str first, ew_str second, ew_diag *diag) {
  ew_stream stream;
  ew_arena arena = arena_of(arena_size);
  parcel out;
  ew_stream_sink sink = {count_only, NULL, NULL};
  ew_err err = ew_stream_init(&stream, type, &arena, opts, &out, sink);
  ew_str pieces[] = {exact_copy(first.ptr, first.len), exact_copy(second.ptr, second.len)};
  for (int i = 0; i < 2 && err == EW_OK; i++) {
    err = ew_stream_feed(&stream, pieces[i], diag);
  }
  err = err == EW_OK ? ew_stream_finish(&stream, diag) : err;
  free_copy(pieces[0]);
  free_copy(pieces[1]);
  free(arena.base);
  return err;
}

static void an_element_that_is_cut_needs_room_and_the_diagnosis_names_it(void **state) {
  (void)state;
  ew_diag diag;
  ew_str first = EW_STR("[\"short\",\n\"much longer th");
  ew_str second = EW_STR("an the arena has room for it\"]");
  EXPECT_ERR(EW_ERR_ARENA_FULL, feed_two(&string_list.type, 48, NULL, first, second, &diag));
  assert_string_equal("/1", diag.pointer);
  assert_int_equal(10, diag.offset);
  assert_int_equal(2, diag.line);
  assert_int_equal(1, diag.column);
  EXPECT_ERR(EW_OK, feed_two(&string_list.type, 96, NULL, first, second, &diag));
  ew_str whole = EW_STR("[\"short\",\"much longer than the arena has room for it\"]");
  EXPECT_ERR(EW_OK, feed_two(&string_list.type, 32, NULL, whole, EW_STR(""), &diag));
  EXPECT_ERR(EW_ERR_ARENA_FULL, feed_two(&string_list.type, 8, NULL, whole, EW_STR(""), &diag));
}

static void limits_hold_for_each_element(void **state) {
  (void)state;
  ew_diag diag;
  ew_decode_options opts = {.limits = {.max_bytes = 8, .max_items = 1}};
  ew_str six = EW_STR("[\"123456\",\"123456\"");
  EXPECT_ERR(EW_OK, feed_two(&string_list.type, 96, &opts, six, EW_STR("]"), &diag));
  EXPECT_ERR(EW_OK, feed_two(&string_list.type, 96, &opts, EW_STR("[\"123"), EW_STR("456\"]"), &diag));
  EXPECT_ERR(EW_ERR_TOO_LARGE,
             feed_two(&string_list.type, 96, &opts, six, EW_STR(",\"1234567\"]"), &diag));
  assert_string_equal("/2", diag.pointer);
  EXPECT_ERR(EW_ERR_TOO_LARGE,
             feed_two(&string_list.type, 96, &opts, EW_STR("[\"1234"), EW_STR("567\"]"), &diag));
  assert_string_equal("/0", diag.pointer);
  EXPECT_ERR(EW_ERR_TOO_LARGE, feed_two(&any_list.type, 96, &opts, EW_STR("[{\"a\":12"),
                                        EW_STR("345678"), &diag));
  opts = (ew_decode_options){.limits = {.max_depth = 1}};
  EXPECT_ERR(EW_OK, feed_two(&any_list.type, 96, &opts, EW_STR("[1,2"), EW_STR("3]"), &diag));
  EXPECT_ERR(EW_ERR_DEPTH, feed_two(&any_list.type, 96, &opts, EW_STR("[1,["), EW_STR("]]"), &diag));
  EXPECT_ERR(EW_ERR_DEPTH, feed_two(&parcel_type.type, 200, &opts, EW_STR("{\"name\":\"\",\"items\":"),
                                    EW_STR("[1]}"), &diag));
  assert_string_equal("/items", diag.pointer);
}

static void what_cannot_be_a_stream_is_refused(void **state) {
  (void)state;
  ew_stream stream;
  ew_arena arena = arena_of(4096);
  ew_stream_sink sink = {count_only, NULL, NULL};
  ew_decode_options opts = {.profile = EW_COMPAT};
  const ew_type *batch = ew_document_find(&ew_kaleido_document, EW_STR("eventBatch"))->type;
  const ew_type *ack = ew_document_find(&ew_kaleido_document, EW_STR("ack"))->type;
  EXPECT_ERR(EW_ERR_UNSUPPORTED, ew_stream_init(&stream, ack, &arena, NULL, NULL, sink));
  EXPECT_ERR(EW_ERR_UNSUPPORTED, ew_stream_init(&stream, &double_type, &arena, NULL, NULL, sink));
  EXPECT_ERR(EW_ERR_UNSUPPORTED, ew_stream_init(&stream, batch, &arena, &opts, NULL, sink));
  EXPECT_ERR(EW_OK, ew_stream_init(&stream, &double_list.type, &arena, &opts, NULL, sink));
  opts = (ew_decode_options){.engine = EW_ENGINE_STRAIGHT};
  EXPECT_ERR(EW_ERR_UNSUPPORTED, ew_stream_init(&stream, batch, &arena, &opts, NULL, sink));
  opts = (ew_decode_options){.limits = {.max_depth = 5000}};
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_stream_init(&stream, batch, &arena, &opts, NULL, sink));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_stream_init(&stream, NULL, &arena, NULL, NULL, sink));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_stream_init(&stream, batch, NULL, NULL, NULL, sink));
  EXPECT_ERR(EW_ERR_ARGUMENT,
             ew_kaleido_event_batch_stream_init(&stream, &arena, NULL, NULL, NULL));
  sink.call = NULL;
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_stream_init(&stream, batch, &arena, NULL, NULL, sink));
  free(arena.base);
}

static int make_trial(void **state) {
  (void)state;
  failures = 0;
  trial = stream_trial_new(MAX_TEXT);
  return trial == NULL;
}

static int free_trial(void **state) {
  (void)state;
  stream_trial_free(trial);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(small_texts_are_the_same_however_they_are_cut, make_trial,
                                      free_trial),
      cmocka_unit_test_setup_teardown(every_vector_is_the_same_however_it_is_cut, make_trial,
                                      free_trial),
      cmocka_unit_test_setup_teardown(damaged_texts_are_refused_at_the_same_place, make_trial,
                                      free_trial),
      cmocka_unit_test(elements_see_the_members_read_before_them),
      cmocka_unit_test(a_callback_that_refuses_ends_the_stream_with_its_error),
      cmocka_unit_test(a_finished_stream_takes_no_more),
      cmocka_unit_test(an_element_that_is_cut_needs_room_and_the_diagnosis_names_it),
      cmocka_unit_test(limits_hold_for_each_element),
      cmocka_unit_test(what_cannot_be_a_stream_is_refused),
  };
  return cmocka_run_group_tests_name("codec.stream", tests, NULL, NULL);
}
