/* A list whose elements are checked one by one: refused like the whole text, wherever it is cut. */
#include "eventwire/parts.h"
#include "holds.h"

/** A text, and how many elements are good before it ends or is refused. */
typedef struct trial {
  const char *message;
  const char *text;
  uint64_t delivered;
} trial;

static const trial trials[] = {
    {"batch", "{\"number\":1,\"events\":[{\"id\":5},{\"id\":-10,\"tags\":[\"a\",\"b\"]}]}", 2},
    {"batch", "{\"events\":[]}", 0},
    {"batch", "{\"events\":[{\"id\":5},{\"id\":6}]}", 1},
    {"batch", "{\"number\":1,\n \"events\": [\n  {\"id\":5},\n  {\"id\": 7 }\n ]}", 1},
    {"batch", "{\"events\":[{\"id\":5},\n{\"id\":5,\n \"tags\":[\"a\",\n\"a\"]}]}", 1},
    {"batch", "{\"events\":[{\"never\":{},\"id\":5}]}", 0},
    {"batch", "{\"events\":[{\"id\":5},{\"id\":\"6\"}]}", 1},
    {"values", "[1,[true],false,1.0]", 4},
    {"values", "[1,[true],fals]", 2},
    {"values", "[1, [true, 1], false]", 1},
    {"values", "[2]", 0},
    {"maybe", "{\"all\":[2,null,4]}", 3},
    {"maybe", "{\"all\":[2,null,3,4]}", 2},
};

static ew_err count(void *ctx) {
  ++*(uint64_t *)ctx;
  return EW_OK;
}

static ew_err on_event(void *ctx, const ew_parts_event *event) {
  return event->id % 5 == 0 ? count(ctx) : EW_ERR_STATE;
}

static ew_err on_value(void *ctx, const ew_raw *value) {
  return value->json.len > 0 ? count(ctx) : EW_ERR_STATE;
}

static ew_err on_maybe(void *ctx, const ew_parts_integer_or_null *number) {
  return number->kind != EW_PARTS_INTEGER_OR_NULL_NONE ? count(ctx) : EW_ERR_STATE;
}

static ew_err open_stream(const trial *t, ew_stream *stream, ew_arena *arena,
                          const ew_decode_options *opts, uint64_t *heard) {
  if (t->message[0] == 'b') {
    return ew_parts_batch_stream_init(stream, arena, opts, NULL, on_event, heard);
  }
  return t->message[0] == 'm'
             ? ew_parts_maybe_stream_init(stream, arena, opts, NULL, on_maybe, heard)
             : ew_parts_values_stream_init(stream, arena, opts, on_value, heard);
}

static bool same_place(const ew_diag *a, const ew_diag *b) {
  return a->err == b->err && a->offset == b->offset && a->line == b->line &&
         a->column == b->column && strcmp(a->pointer, b->pointer) == 0 &&
         strcmp(a->schema, b->schema) == 0;
}

static ew_err feed(ew_stream *stream, const char *text, size_t piece, ew_diag *diag) {
  char copy[256];
  size_t len = strlen(text);
  ew_err err = EW_OK;
  for (size_t at = 0; at < len && err == EW_OK; at += piece) {
    size_t n = len - at < piece ? len - at : piece;
    memcpy(copy, text + at, n);
    err = ew_stream_feed(stream, ew_str_from(copy, n), diag);
    memset(copy, '!', sizeof(copy));
  }
  return err == EW_OK ? ew_stream_finish(stream, diag) : err;
}

static void parts_are_as_the_whole(const trial *t, ew_engine engine, size_t piece) {
  static char memory[8192];
  const ew_type *type = ew_document_find(&ew_parts_document, ew_str_of(t->message))->type;
  ew_decode_options opts = {.engine = engine};
  union {
    ew_parts_batch batch;
    ew_parts_values values;
    ew_parts_maybe maybe;
  } whole;
  ew_diag wanted = {0}, found = {0};
  ew_arena arena;
  ew_stream stream;
  uint64_t heard = 0;
  ew_arena_init(&arena, memory, sizeof(memory));
  ew_err err = ew_type_decode(type, ew_str_of(t->text), &arena, &opts, &whole, &wanted);
  ew_arena_init(&arena, memory, sizeof(memory));
  HOLDS(open_stream(t, &stream, &arena, &opts, &heard) == EW_OK, t->text);
  HOLDS(feed(&stream, t->text, piece, &found) == err, t->text);
  HOLDS(heard == t->delivered, t->text);
  HOLDS(same_place(&wanted, &found), found.pointer);
}

/* The stream has ended with it. */
static void a_refused_stream_stays_refused(void) {
  static char memory[8192];
  ew_arena arena;
  ew_stream stream;
  ew_diag diag;
  uint64_t heard = 0;
  ew_arena_init(&arena, memory, sizeof(memory));
  HOLDS(ew_parts_batch_stream_init(&stream, &arena, NULL, NULL, on_event, &heard) == EW_OK, "");
  ew_err err = ew_stream_feed(&stream, EW_STR("{\"events\":[{\"id\":1},{\"id\":5}]}"), &diag);
  HOLDS(err != EW_OK && err == diag.err && strcmp(diag.pointer, "/events/0/id") == 0, diag.pointer);
  HOLDS(ew_stream_feed(&stream, EW_STR("x"), NULL) == err && heard == 0, "");
}

int main(void) {
  for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
    for (size_t piece = 1; piece < 100; piece++) {
      parts_are_as_the_whole(&trials[i], EW_ENGINE_AUTO, piece);
      parts_are_as_the_whole(&trials[i], EW_ENGINE_TABLE, piece);
    }
  }
  a_refused_stream_stays_refused();
  return failed;
}
