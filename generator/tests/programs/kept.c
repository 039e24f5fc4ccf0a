/* Members that a schema does not name come back byte for byte, whichever engine read and wrote them. */
#include "eventwire/kept.h"

#include <stdio.h>
#include <stdlib.h>

#include "holds.h"

static const ew_engine engines[] = {EW_ENGINE_AUTO, EW_ENGINE_TABLE};

#define ENGINES (sizeof(engines) / sizeof(engines[0]))

/** A text, and what is written of it; NULL: the same. */
typedef struct trial {
  const char *message;
  const char *text;
  const char *written;
} trial;

static const trial trials[] = {
    {"item", "{\"id\":1}", NULL},
    {"item", "{\"id\":1,\"a\":{\"b\" : [1, 2.50]}}", NULL},
    {"item", "{\"id\":1,\"\":\"\",\"\":0,\"\":[]}", NULL},
    {"item", "{\"id\":1,\"dup\":1,\"dup\":2,\"d\\u0075p\":3}", NULL},
    {"item", "{\"id\":1,\"\\u0041\\n\\\"\\/\":-0.0e1,\"\xc3\xa9\":\"\\ud83d\\ude00\"}", NULL},
    {"item", "{\"id\":1,\"name\":\"n\",\"where\":{\"x\":1.5,\"deep\":{\"x\":[{}]}},\"end\":null}", NULL},
    {"item", "{\"id\":1,\"where\":{}}", NULL},
    {"item", "{\"id\":1,\"where\":{\"only\":1}}", NULL},
    {"item", "{\"id\":1,\"where\":{\"only\":1,\"two\":\"\"},\"end\":true}", NULL},
    {"item", "{\"z\":1,\"id\":1,\"y\":[2],\"name\":\"n\",\"x\":3}",
     "{\"id\":1,\"name\":\"n\",\"z\":1,\"y\":[2],\"x\":3}"},
    {"item", " { \"z\" :\t[ 1 ] , \"id\" : 1 ,\n \"y\" : \"\" } ", "{\"id\":1,\"z\":[ 1 ],\"y\":\"\"}"},
    {"item", "{\"id\":1,\"shape\":{\"r\":2,\"q\":1}}", NULL},
    {"item", "{\"id\":1,\"shape\":{\"width\":2,\"q\":{\"r\":1}}}", NULL},
    {"item", "{\"id\":1,\"shape\":{\"q\":0,\"width\":2,\"r\":1}}", "{\"id\":1,\"shape\":{\"r\":1,\"q\":0,\"width\":2}}"},
    {"batch", "{\"number\":7,\"items\":[],\"t\":1}", NULL},
    {"batch", "{\"a\":[],\"items\":[{\"id\":1,\"b\":2},{\"c\":3,\"id\":4}],\"d\":\"e\",\"number\":1}",
     "{\"number\":1,\"items\":[{\"id\":1,\"b\":2},{\"id\":4,\"c\":3}],\"a\":[],\"d\":\"e\"}"},
    {"tagged", "{\"kind\":\"place\",\"body\":{\"x\":1,\"w\":2},\"v\":3}", NULL},
    {"tagged", "{\"v\":3,\"body\":{\"w\":2},\"kind\":\"place\"}", "{\"kind\":\"place\",\"body\":{\"w\":2},\"v\":3}"},
    {"tagged", "{\"kind\":\"other\",\"body\":[1],\"v\":3,\"v\":4}", NULL},
    {"counts", "{\"counts\":true,\"a\":0,\"b\":18}", NULL},
    {"counts", "{\"a\":1,\"counts\":true}", "{\"counts\":true,\"a\":1}"},
};

/** What no engine accepts. */
static const trial refusals[] = {
    {"item", "{\"id\":1,\"a\":}", NULL},         {"item", "{\"id\":1,\"a\" 1}", NULL},
    {"item", "{\"id\":1,\"a\":1", NULL},         {"item", "{\"id\":1,a:1}", NULL},
    {"item", "{\"id\":1,\"\\x\":1}", NULL},      {"item", "{\"id\":1,\"\xff\":1}", NULL},
    {"item", "{\"id\":1,\"a\":\"\xff\"}", NULL}, {"item", "{\"id\":1,\"a\":1,\"id\":2}", NULL},
    {"item", "{\"a\":1}", NULL},                 {"item", "{\"id\":1,\"a\":[1,]}", NULL},
    {"tagged", "{\"kind\":\"other\",\"body\":1}", NULL},
    {"counts", "{\"counts\":true,\"a\":\"1\"}", NULL},
    {"counts", "{\"counts\":true,\"a\":-1}", NULL},
};

static const ew_type *type_of(const char *message) {
  return ew_document_find(&ew_kept_document, ew_str_of(message))->type;
}

/** Room for one value of any message. */
typedef struct value {
  union {
    ew_kept_item item;
    ew_kept_batch batch;
    ew_kept_tagged tagged;
    ew_kept_counts counts;
  };
  char memory[8192];
  ew_arena arena;
} value;

static ew_err decode(const ew_type *type, const char *text, ew_engine engine, value *v,
                     size_t room) {
  ew_decode_options opts = {.engine = engine};
  ew_arena_init(&v->arena, v->memory, room);
  return ew_type_decode(type, ew_str_of(text), &v->arena, &opts, &v->item, NULL);
}

static bool is_written_as(const ew_type *type, const value *v, const char *wanted) {
  char room[1024];
  size_t len = strlen(wanted);
  ew_buf out;
  ew_buf_init(&out, room, len); /* which is enough */
  if (ew_type_encode(type, &v->item, &out, NULL) != EW_OK ||
      !ew_str_equal(ew_buf_str(&out), ew_str_of(wanted))) {
    return false;
  }
  ew_buf_init(&out, room, len - 1);
  return ew_type_encode(type, &v->item, &out, NULL) == EW_ERR_BUFFER_TOO_SMALL &&
         out.needed == len && out.len == 0;
}

static void comes_back(const trial *t, ew_engine engine) {
  static value v;
  const ew_type *type = type_of(t->message);
  HOLDS(decode(type, t->text, engine, &v, sizeof(v.memory)) == EW_OK, t->text);
  HOLDS(is_written_as(type, &v, t->written == NULL ? t->text : t->written), t->text);
  HOLDS(ew_type_validate(type, ew_str_of(t->text), NULL, NULL) == EW_OK, t->text);
}

static void any_arena_is_enough_or_refused(const trial *t, ew_engine engine) {
  static value v;
  const ew_type *type = type_of(t->message);
  bool fits = false;
  for (size_t room = 0; room < 1024; room++) {
    ew_err err = decode(type, t->text, engine, &v, room);
    HOLDS(err == (fits ? EW_OK : err) && (err == EW_OK || err == EW_ERR_ARENA_FULL), t->text);
    HOLDS(err == EW_OK || v.arena.used == 0, t->text);
    fits = err == EW_OK;
  }
  HOLDS(fits, t->text);
}

static void a_copy_stands_by_itself(const trial *t) {
  static value v, copy;
  const ew_type *type = type_of(t->message);
  char text[512];
  snprintf(text, sizeof(text), "%s", t->text);
  HOLDS(decode(type, text, EW_ENGINE_AUTO, &v, sizeof(v.memory)) == EW_OK, t->text);
  ew_arena_init(&copy.arena, copy.memory, sizeof(copy.memory));
  HOLDS(ew_type_copy(type, &copy.item, &v.item, &copy.arena) == EW_OK, t->text);
  HOLDS(ew_type_equal(type, &copy.item, &v.item), t->text);
  size_t needed = copy.arena.used;
  if (needed > 0) {
    ew_arena_init(&copy.arena, copy.memory, needed - 1);
    HOLDS(ew_type_copy(type, &copy.item, &v.item, &copy.arena) == EW_ERR_ARENA_FULL, t->text);
    HOLDS(copy.arena.used == 0, t->text);
  }
  ew_arena_init(&copy.arena, copy.memory, sizeof(copy.memory));
  HOLDS(ew_type_copy(type, &copy.item, &v.item, &copy.arena) == EW_OK, t->text);
  memset(text, '!', sizeof(text));
  memset(v.memory, '!', sizeof(v.memory));
  HOLDS(is_written_as(type, &copy, t->written == NULL ? t->text : t->written), t->text);
}

static void every_cut_is_refused(const trial *t, ew_engine engine) {
  static value v;
  const ew_type *type = type_of(t->message);
  size_t len = strlen(t->text);
  while (len > 0 && t->text[len - 1] == ' ') {
    len--;
  }
  for (size_t cut = 0; cut < len; cut++) {
    char *text = malloc(cut + 1); /* nothing stands behind it */
    memcpy(text, t->text, cut);
    text[cut] = '\0';
    HOLDS(decode(type, text, engine, &v, sizeof(v.memory)) != EW_OK, text);
    free(text);
  }
}

static void differences_are_seen(void) {
  static const char *const texts[] = {
      "{\"id\":1}",           "{\"id\":1,\"a\":1}",           "{\"id\":1,\"a\":1.0}",
      "{\"id\":1,\"b\":1}",   "{\"id\":1,\"a\":1,\"b\":2}",   "{\"id\":1,\"b\":2,\"a\":1}",
      "{\"id\":1,\"\\u0061\":1}"};
  static value a, b;
  const ew_type *type = type_of("item");
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
      HOLDS(decode(type, texts[i], EW_ENGINE_AUTO, &a, sizeof(a.memory)) == EW_OK, texts[i]);
      HOLDS(decode(type, texts[k], EW_ENGINE_TABLE, &b, sizeof(b.memory)) == EW_OK, texts[k]);
      HOLDS(ew_type_equal(type, &a.item, &b.item) == (i == k), texts[k]);
    }
  }
}

/* ------------------------------------------------------------------------ members of the caller's */

static void is_not_written(const ew_type *type, const void *in, ew_err wanted,
                           const char *pointer) {
  char room[512];
  ew_buf out;
  ew_diag diag = {0};
  ew_buf_init(&out, room, sizeof(room));
  HOLDS(ew_type_encode(type, in, &out, &diag) == wanted && out.len == 0, pointer);
  HOLDS(diag.err == wanted && strcmp(diag.pointer, pointer) == 0, diag.pointer);
}

static void refuses(ew_str name, ew_str json, ew_err err, const char *pointer) {
  ew_kept_item item = {.id = 1, .has_where = true};
  ew_unknown good = {.name = EW_STR("good"), .value = {EW_STR("[true]")}};
  ew_unknown bad = {.name = name, .value = {json}};
  ew_unknown_add(&item.where.unknown, &good);
  ew_unknown_add(&item.where.unknown, &bad);
  is_not_written(type_of("item"), &item, err, pointer);
}

/* The struct says that something is there, but not where. */
static void is_nowhere(ew_unknown member, const char *pointer) {
  static char memory[4096];
  ew_kept_item copy, item = {.id = 1, .has_where = true};
  ew_arena arena;
  refuses(member.name, member.value.json, EW_ERR_ARGUMENT, pointer);
  ew_unknown_add(&item.where.unknown, &member);
  ew_arena_init(&arena, memory, sizeof(memory));
  HOLDS(ew_type_copy(type_of("item"), &copy, &item, &arena) == EW_ERR_ARGUMENT, pointer);
}

static void only_other_members_are_written(void) {
  is_nowhere((ew_unknown){.name = {NULL, 1, 0}, .value = {EW_STR("1")}}, "/where/");
  is_nowhere((ew_unknown){.name = EW_STR("a"), .value = {{NULL, 1, EW_STR_CLEAN}}}, "/where/a");
  refuses(EW_STR("note"), EW_STR("1"), EW_ERR_DUPLICATE, "/where/note");
  refuses(EW_STR("n\\u006fte"), EW_STR("1"), EW_ERR_DUPLICATE, "/where/n\\u006fte");
  refuses(EW_STR("q\"q"), EW_STR("1"), EW_ERR_SYNTAX, "/where/q\"q");
  refuses(EW_STR("\n"), EW_STR("1"), EW_ERR_SYNTAX, "/where/.");
  refuses(EW_STR("\\"), EW_STR("1"), EW_ERR_SYNTAX, "/where/\\");
  refuses(EW_STR("\\ud800"), EW_STR("1"), EW_ERR_SYNTAX, "/where/\\ud800");
  refuses(EW_STR("\xc3"), EW_STR("1"), EW_ERR_UTF8, "/where/\xef\xbf\xbd");
  refuses(EW_STR("a"), EW_STR(""), EW_ERR_SYNTAX, "/where/a");
  refuses(EW_STR("a"), EW_STR("1 2"), EW_ERR_SYNTAX, "/where/a");
  refuses(EW_STR("a"), EW_STR("1,\"b\":2"), EW_ERR_SYNTAX, "/where/a");
  refuses(EW_STR("a"), EW_STR("\"\xff\""), EW_ERR_UTF8, "/where/a");
  refuses((ew_str){NULL, UINT32_MAX, 0}, EW_STR("1"), EW_ERR_TOO_LARGE, "/where/");
}

static void other_members_are_of_their_type(void) {
  ew_kept_counts counts = {0};
  ew_unknown text = {.name = EW_STR("a"), .value = {EW_STR("\"1\"")}};
  ew_unknown_add(&counts.unknown, &text);
  is_not_written(type_of("counts"), &counts, EW_ERR_TYPE, "/a");
  text.value.json = EW_STR("-1");
  is_not_written(type_of("counts"), &counts, EW_ERR_RANGE, "/a");
}

static void other_members_count(void) {
  ew_kept_tagged tagged = {.kind = EW_KEPT_TAGGED_KIND_OTHER, .body.other.json = EW_STR("0")};
  is_not_written(type_of("tagged"), &tagged, EW_ERR_COUNT, "");
}

static void members_are_added_and_found(void) {
  static value v;
  char room[256];
  ew_buf out;
  ew_unknown more = {.name = EW_STR("m\\u00f6re"), .value = {EW_STR(" {\"a\": 1}")}};
  HOLDS(decode(type_of("item"), "{\"id\":1,\"t\\u0022\":2,\"a\":3}", EW_ENGINE_AUTO, &v,
               sizeof(v.memory)) == EW_OK, "");
  ew_unknown_add(&v.item.unknown, &more);
  ew_buf_init(&out, room, sizeof(room));
  HOLDS(ew_kept_item_encode(&v.item, &out, NULL) == EW_OK, "");
  HOLDS(ew_str_equal(ew_buf_str(&out),
                     EW_STR("{\"id\":1,\"t\\u0022\":2,\"a\":3,\"m\\u00f6re\": {\"a\": 1}}")), room);
  HOLDS(ew_unknown_find(&v.item.unknown, EW_STR("m\xc3\xb6re")) == &more, "");
  HOLDS(ew_unknown_find(&v.item.unknown, EW_STR("t\"")) == v.item.unknown.first, "");
  HOLDS(ew_unknown_find(&v.item.unknown, EW_STR("id")) == NULL, "");
}

/* ------------------------------------------------------------------------------------- in pieces */

typedef struct heard {
  char text[1024];
  ew_buf out;
} heard;

static ew_err on_item(void *ctx, const ew_kept_item *item) {
  heard *h = ctx;
  return ew_kept_item_encode(item, &h->out, NULL);
}

static void pieces_keep_the_same(ew_engine engine, size_t piece) {
  static const char text[] =
      "{\"a\\\"\":[1,{}],\"number\":2,\"b\":1.50,\"items\":[{\"id\":1,\"x\":[\"]\"]},{\"y\":1e2,\"id\":2,\"z\":0}],\"c\":\"\"}";
  static char memory[4096];
  heard h;
  char room[256], copy[sizeof(text)];
  ew_arena arena;
  ew_stream stream;
  ew_kept_batch batch;
  ew_buf out;
  ew_decode_options opts = {.engine = engine};
  ew_arena_init(&arena, memory, sizeof(memory));
  ew_buf_init(&h.out, h.text, sizeof(h.text));
  HOLDS(ew_kept_batch_stream_init(&stream, &arena, &opts, &batch, on_item, &h) == EW_OK, "");
  for (size_t at = 0; at < sizeof(text) - 1; at += piece) {
    size_t n = sizeof(text) - 1 - at < piece ? sizeof(text) - 1 - at : piece;
    memcpy(copy, text + at, n);
    HOLDS(ew_stream_feed(&stream, ew_str_from(copy, n), NULL) == EW_OK, "");
    memset(copy, '!', sizeof(copy));
  }
  HOLDS(ew_stream_finish(&stream, NULL) == EW_OK, "");
  HOLDS(ew_str_equal(ew_buf_str(&h.out), EW_STR("{\"id\":1,\"x\":[\"]\"]}{\"id\":2,\"y\":1e2,\"z\":0}")), h.text);
  ew_buf_init(&out, room, sizeof(room));
  HOLDS(ew_kept_batch_encode(&batch, &out, NULL) == EW_OK, "");
  HOLDS(ew_str_equal(ew_buf_str(&out),
                     EW_STR("{\"number\":2,\"items\":[],\"a\\\"\":[1,{}],\"b\":1.50,\"c\":\"\"}")), room);
}

/* The straight-line engine reads the hot types itself. */
static void straight_lines_are_used(void) {
  static value v;
  HOLDS(decode(type_of("item"), "{\"a\":1,\"id\":1,\"b\":{}}", EW_ENGINE_STRAIGHT, &v,
               sizeof(v.memory)) == EW_OK, "");
  HOLDS(v.item.unknown.first->next == v.item.unknown.last, "");
}

int main(void) {
  for (size_t e = 0; e < ENGINES; e++) {
    for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
      comes_back(&trials[i], engines[e]);
      any_arena_is_enough_or_refused(&trials[i], engines[e]);
      every_cut_is_refused(&trials[i], engines[e]);
      a_copy_stands_by_itself(&trials[i]);
    }
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
      static value v;
      ew_err err = decode(type_of(refusals[i].message), refusals[i].text, engines[e], &v, sizeof(v.memory));
      HOLDS(err != EW_OK && err != EW_ERR_ARENA_FULL, refusals[i].text);
    }
    for (size_t piece = 1; piece < 64; piece++) {
      pieces_keep_the_same(engines[e], piece);
    }
  }
  differences_are_seen();
  only_other_members_are_written();
  other_members_are_of_their_type();
  other_members_count();
  members_are_added_and_found();
  straight_lines_are_used();
  return failed;
}
