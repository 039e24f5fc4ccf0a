/*
 * The table engine on a protocol written by hand: what it reads, what it refuses and where, what
 * each profile tolerates.
 */
#include "support.h"

#include "sample.h"

#define ARENA_SIZE 8192u

typedef struct fixture {
  ew_arena arena;
  ew_diag diag;
  root value;
} fixture;

static int open_fixture(void **state) {
  fixture *f = calloc(1, sizeof(*f));
  f->arena = arena_of(ARENA_SIZE);
  *state = f;
  return 0;
}

static int close_fixture(void **state) {
  fixture *f = *state;
  free(f->arena.base);
  free(f);
  return 0;
}

static ew_err decode_as(fixture *f, const char *json, ew_profile profile) {
  ew_decode_options opts = {.profile = profile};
  ew_arena_reset(&f->arena);
  memset(&f->value, 0xa5, sizeof(f->value));
  memset(&f->diag, 0, sizeof(f->diag));
  return ew_type_decode(&root_type, ew_str_of(json), &f->arena, &opts, &f->value, &f->diag);
}

static ew_err decode(fixture *f, const char *json) { return decode_as(f, json, EW_STRICT); }

/* --------------------------------------------------------------------------------- what is read */

static const char FULL[] =
    "{\"type\":\"root\",\"id\":\"abb\",\"n\":1e2,\"u\":18446744073709551615,\"d\":0.5,\"big\":-12345678901234567890123.5e+7,"
    "\"flag\":true,\"color\":\"blue\",\"tag\":\"C\",\"raw\":[1,{\"a\":1,\"a\":2}],\"object\":{},\"maybe\":null,\"inner\":{\"id\":1,"
    "\"note\":\"\\u20ac\"},\"list\":[{\"id\":2},{\"id\":3,\"note\":\"abc\"}],\"names\":[\"x\",\"\",\"a\\nb\"],\"counts\":{\"\":1,"
    "\"k\\t\":-2,\"z\":3},\"content\":[1,2,3],\"self\":{\"type\":\"root\",\"id\":\"a\",\"must\":7},\"json\":\"{\\\"a\\\":[]}\","
    "\"choice\":{\"head\":\"h\",\"rest\":[{\"id\":9}]},\"old\":\"\",\"literal\":-5,\"must\":null,\"three\":3.0}";

static void every_kind_of_value_is_stored_where_it_belongs(void **state) {
  fixture *f = *state;
  EXPECT_ERR(EW_OK, decode(f, FULL));
  const root *v = &f->value;
  EXPECT_TEXT("abb", v->id);
  assert_true(v->id.flags == EW_STR_CLEAN);
  assert_true(v->has_n && v->n == 100);
  assert_true(v->has_u && v->u == UINT64_MAX);
  assert_true(v->has_d && v->d == 0.5);
  EXPECT_TEXT("-12345678901234567890123.5e+7", v->big.digits);
  assert_true(v->has_flag && v->flag);
  assert_true(v->has_color && v->color == COLOR_UNKNOWN);
  EXPECT_TEXT("blue", v->color_text);
  assert_true(v->tag == TAG_C);
  EXPECT_TEXT("[1,{\"a\":1,\"a\":2}]", v->raw.json);
  EXPECT_TEXT("{}", v->object.json);
  assert_int_equal(EW_NULL, v->maybe_presence);
  assert_true(v->has_inner && v->inner.id == 1 && v->inner.has_note);
  EXPECT_TEXT("\xe2\x82\xac", v->inner.note);
  assert_true(v->inner.note.flags == 0);
  assert_int_equal(2, v->list.count);
  assert_true(v->list.items[0].id == 2 && !v->list.items[0].has_note);
  EXPECT_TEXT("abc", v->list.items[1].note);
  assert_int_equal(3, v->names.count);
  EXPECT_TEXT("a\nb", v->names.items[2]);
  assert_int_equal(3, v->counts.count);
  EXPECT_TEXT("k\t", v->counts.items[1].key);
  assert_true(v->counts.items[1].value == -2);
  assert_int_equal(3, v->content.c.count);
  assert_true(v->content.c.items[2] == 3);
  assert_non_null(v->self);
  assert_true(v->self->must == 7 && v->self->must_presence == EW_SET && v->self->self == NULL);
  EXPECT_TEXT("{\"a\":[]}", v->json);
  assert_int_equal(CHOICE_HEAD, v->choice.kind);
  assert_true(v->choice.head.rest.items[0].id == 9);
  assert_true(v->has_old && v->old.len == 0);
  assert_true(v->literal == -5);
  assert_int_equal(EW_NULL, v->must_presence);
  assert_true(v->has_three);
}

static void what_is_absent_stays_cleared(void **state) {
  fixture *f = *state;
  root empty;
  memset(&empty, 0, sizeof(empty));
  EXPECT_ERR(
      EW_OK,
      decode(
          f,
          " { \"must\" : -1 , \"id\" : \"a\" , \"unknown\" : [ {} ] , \"type\" : \"ro\\u006ft\" } "));
  empty.id = f->value.id;
  empty.must = -1;
  empty.must_presence = EW_SET;
  assert_memory_equal(&empty, &f->value, sizeof(empty));
  assert_int_equal(0, f->arena.used);
}

static void an_absent_a_null_and_a_set_member_are_three_states(void **state) {
  fixture *f = *state;
  EXPECT_ERR(EW_OK, decode(f, "{\"type\":\"root\",\"id\":\"a\",\"must\":1}"));
  assert_int_equal(EW_ABSENT, f->value.maybe_presence);
  EXPECT_ERR(EW_OK, decode(f, "{\"type\":\"root\",\"id\":\"a\",\"must\":1,\"maybe\":null}"));
  assert_int_equal(EW_NULL, f->value.maybe_presence);
  EXPECT_ERR(EW_OK, decode(f, "{\"type\":\"root\",\"id\":\"a\",\"must\":1,\"maybe\":\"x\"}"));
  assert_int_equal(EW_SET, f->value.maybe_presence);
  EXPECT_TEXT("x", f->value.maybe);
}

static void an_open_enum_keeps_its_text_beside_the_value(void **state) {
  fixture *f = *state;
  EXPECT_ERR(EW_OK,
             decode(f, "{\"type\":\"root\",\"id\":\"a\",\"must\":1,\"color\":\"gr\\u0065en\"}"));
  assert_int_equal(COLOR_GREEN, f->value.color);
  EXPECT_TEXT("green", f->value.color_text);
}

static void a_sibling_union_waits_for_its_tag(void **state) {
  fixture *f = *state;
  static const char *const texts[] = {
      "{\"type\":\"root\",\"id\":\"a\",\"must\":1,\"tag\":\"A\",\"content\":{\"id\":4}}",
      "{\"content\":{\"id\":4},\"type\":\"root\",\"id\":\"a\",\"tag\":\"A\",\"must\":1}",
      "{\"raw\":[[1]],\"content\":{\"id\":4},\"x\":{\"tag\":\"B\"},\"must\":1,\"id\":\"a\",\"type\":\"root\",\"t\\u0061g\":\"A\"}",
      /* Another enum stands between the tag and the value, or behind both. */
      "{\"type\":\"root\",\"id\":\"a\",\"must\":1,\"tag\":\"A\",\"color\":\"red\",\"content\":{\"id\":4}}",
      "{\"content\":{\"id\":4},\"type\":\"root\",\"id\":\"a\",\"must\":1,\"t\\u0061g\":\"A\" , \"color\":\"red\"}",
  };
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    EXPECT_ERR(EW_OK, decode(f, texts[i]));
    assert_true(f->value.has_content && f->value.content.a.id == 4);
    EXPECT_ERR(EW_OK, ew_type_validate(&root_type, ew_str_of(texts[i]), NULL, NULL));
  }
}

typedef struct couple {
  tag tag;
  content first, second;
  bool has_first, has_second;
} couple;

/* One more of the members that stand in root, as it is there but for its place. */
static ew_member like_root(uint32_t index, const char *name, size_t offset, size_t presence) {
  ew_member member = root_type.as.object->members[index];
  member.name = name;
  member.name_len = (uint8_t)strlen(name);
  member.offset = (uint16_t)offset;
  member.presence_offset = (uint16_t)presence;
  return member;
}

/* Each of two values that wait for one tag is found again when that has come. */
static void two_unions_wait_for_one_tag(void **state) {
  static const char *const texts[] = {
      "{\"first\":[1],\"second\":[2,3],\"tag\":\"C\"}", "{\"second\":[2,3],\"first\":[1],\"tag\":\"C\"}",
      "{\"x\":{\"first\":[9]} , \"f\\u0069rst\":[1],\"y\":[{}],\"second\":[2,3],\"tag\":\"C\"}",
      "{\"second\":[2,3],\"tag\":\"C\",\"first\":[1]}",
  };
  ew_member members[] = {
      like_root(8, "tag", offsetof(couple, tag), EW_NO_OFFSET),
      like_root(16, "first", offsetof(couple, first), offsetof(couple, has_first)),
      like_root(16, "second", offsetof(couple, second), offsetof(couple, has_second)),
  };
  members[0].flags = EW_MEMBER_REQUIRED;
  members[1].sibling = members[2].sibling = 0;
  const ew_object_rules rules = {.members = members, .member_count = 3, .required = 1};
  const ew_entry_type type = {.type = {.kind = EW_KIND_OBJECT, .size = sizeof(couple),
                                       .head = EW_HEAD_ENTRY, .as.object = &rules},
                              .document = &sample_document, .schema = "#/Couple"};
  (void)state;
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    ew_arena arena = arena_of(512);
    couple value;
    EXPECT_ERR(EW_OK, ew_type_decode(&type.type, ew_str_of(texts[i]), &arena, NULL, &value, NULL));
    assert_true(value.has_first && value.first.c.count == 1 && value.first.c.items[0] == 1);
    assert_true(value.has_second && value.second.c.count == 2 && value.second.c.items[1] == 3);
    free(arena.base);
  }
}

/* Those of the same two bytes are read in a row, where the list has room. */
static void a_list_of_free_form_values_keeps_each(void **state) {
  static const char *const values[] = {"{}", "[]", "\"\"", "[ ]", "{}", "1"};
  const ew_array_rules rules = {.item = root_type.as.object->members[9].type, .max_items = EW_NO_LIMIT};
  const ew_entry_type type = {.type = {.kind = EW_KIND_ARRAY, .size = sizeof(ew_raw_list),
                                       .head = EW_HEAD_ENTRY, .as.array = &rules},
                              .document = &sample_document, .schema = "#/Anything"};
  char text[256] = "[";
  (void)state;
  for (size_t i = 0; i < 48; i++) {
    strcat(strcat(text, i == 0 ? "" : i % 11 == 0 ? " , " : ","), values[i / 8]);
  }
  strcat(text, "]");
  ew_arena arena = arena_of(2048);
  memset(arena.base, 0xa5, arena.size);
  ew_raw_list list;
  EXPECT_ERR(EW_OK, ew_type_decode(&type.type, ew_str_of(text), &arena, NULL, &list, NULL));
  assert_int_equal(48, list.count);
  for (size_t i = 0; i < list.count; i++) {
    EXPECT_TEXT(values[i / 8], list.items[i].json);
  }
  free(arena.base);
}

#define BAD "\xef\xbf\xbd" /* what stands for bytes that are no text */
#define EURO_ESCAPES "\\u20ac\\u20ac\\u20ac\\u20ac\\u20ac\\u20ac\\u20ac\\u20ac"
#define EUROS "\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac"

/* Short ones in a row, with room behind them, are not read as others are. */
static void a_list_of_odd_strings_keeps_each(void **state) {
  static const struct {
    const char *json;
    const char *text;
    bool strict;
  } cases[] = {{"\\n", "\n", true},
               {"a\\u0041\\u000a", "aA\n", true},
               {"\\u00e9\\t", "\u00e9\t", true},
               {"\\ud83d\\ude00x", "\U0001f600x", true},
               {"\u00e9\\/", "\u00e9/", true},
               {EURO_ESCAPES, EUROS, true},
               {EURO_ESCAPES "a", EUROS "a", true},
               {"\xff", BAD, false},
               {"\\n\\n\xff", "\n\n" BAD, false},
               {"a\xc3", "a" BAD, false},
               {"\\ud83d\u00e9", BAD "\u00e9", false}};
  static const ew_decode_options compat = {.profile = EW_COMPAT};
  static const ew_type string = {.kind = EW_KIND_STRING, .size = sizeof(ew_str)};
  const ew_array_rules rules = {.item = &string, .max_items = EW_NO_LIMIT};
  const ew_entry_type type = {.type = {.kind = EW_KIND_ARRAY, .size = sizeof(ew_str_list),
                                       .head = EW_HEAD_ENTRY, .as.array = &rules},
                              .document = &sample_document, .schema = "#/Texts"};
  (void)state;
  for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
    const char *json = cases[i / 2].json;
    char text[1024];
    int room = i % 2 == 0 ? 0 : 400;
    snprintf(text, sizeof(text), "[\"\",\"%s\",\"%s\",\"%s\"%*s]", json, json, json, room, "");
    ew_arena arena = arena_of(1024);
    ew_str_list list;
    ew_err err = ew_type_decode(&type.type, ew_str_of(text), &arena, NULL, &list, NULL);
    assert_int_equal(cases[i / 2].strict, err == EW_OK);
    EXPECT_ERR(EW_OK, ew_type_decode(&type.type, ew_str_of(text), &arena, &compat, &list, NULL));
    assert_int_equal(4, list.count);
    for (size_t at = 1; at < 4; at++) {
      EXPECT_TEXT(cases[i / 2].text, list.items[at]);
    }
    free(arena.base);
  }
}

static void a_free_form_value_of_another_type_is_refused_with_those_that_will_do(void **state) {
  static const struct {
    uint32_t types;
    const char *expected;
  } cases[] = {
      {EW_JSON_NULL, "null"},
      {EW_JSON_BOOL, "true or false"},
      {EW_JSON_STRING, "a string"},
      {EW_JSON_ARRAY, "an array"},
      {EW_JSON_OBJECT, "an object"},
      {EW_JSON_ARRAY | EW_JSON_OBJECT, "an array or an object"},
      {EW_JSON_OBJECT | EW_JSON_NULL, "an object or null"},
      {EW_JSON_ARRAY | EW_JSON_NULL, "an array or null"},
      {EW_JSON_BOOL | EW_JSON_STRING, "a value of another type"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    const ew_entry_type type = {.type = {.kind = EW_KIND_RAW, .size = sizeof(ew_raw),
                                         .head = EW_HEAD_ENTRY, .as.raw_types = cases[i].types},
                                .document = &sample_document, .schema = "#/Raw"};
    ew_diag diag;
    EXPECT_ERR(EW_ERR_TYPE, ew_type_validate(&type.type, EW_STR(" 5"), NULL, &diag));
    assert_string_equal(cases[i].expected, diag.expected);
    assert_string_equal("#/Raw/type", diag.schema);
    assert_int_equal(1, diag.offset);
  }
}

static ew_err decode_choice(const char *json, choice *out) {
  ew_arena arena = arena_of(512);
  ew_err err = ew_type_decode(&choice_type, ew_str_of(json), &arena, NULL, out, NULL);
  free(arena.base);
  return err;
}

static void a_union_is_chosen_by_tag_presence_or_type_in_any_order(void **state) {
  (void)state;
  static const struct {
    const char *json;
    ew_err err;
    choice_kind kind;
  } cases[] = {
      {"{\"k\":\"x\",\"v\":1}", EW_OK, CHOICE_X},
      {"{\"v\":1,\"other\":{\"k\":\"y\"},\"k\":\"x\"}", EW_OK, CHOICE_X},
      {"{\"v\":1,\"\\u006b\":\"\\u0079\"}", EW_OK, CHOICE_Y},
      {"{\"head\":\"a\"}", EW_OK, CHOICE_HEAD},
      {"{\"rest\":[{\"id\":1}],\"k\":\"x\",\"head\":\"a\"}", EW_OK, CHOICE_HEAD},
      {"[]", EW_OK, CHOICE_LIST},
      {"\"\"", EW_OK, CHOICE_TEXT},
      {"1", EW_ERR_UNION, CHOICE_NONE},
      {"null", EW_ERR_UNION, CHOICE_NONE},
      {"{}", EW_ERR_UNION, CHOICE_NONE},
      {"{\"k\":\"z\"}", EW_ERR_UNION, CHOICE_NONE},
      {"{\"k\":1}", EW_ERR_UNION, CHOICE_NONE},
      {"{\"k\":\"x\"}", EW_ERR_MISSING, CHOICE_NONE},
      {"{\"head\":1}", EW_ERR_TYPE, CHOICE_NONE},
      {"{\"k\":\"x\",\"v\":1", EW_ERR_TRUNCATED, CHOICE_NONE},
      {"{\"v\":1,,}", EW_ERR_SYNTAX, CHOICE_NONE},
      {"?", EW_ERR_SYNTAX, CHOICE_NONE},
      {"{\"a\":[[[[[[[[1]]]]]]]]}", EW_ERR_DEPTH, CHOICE_NONE},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    choice value;
    EXPECT_ERR(cases[i].err, decode_choice(cases[i].json, &value));
    assert_int_equal(cases[i].kind, value.kind);
    EXPECT_ERR(cases[i].err, ew_type_validate(&choice_type, ew_str_of(cases[i].json), NULL, NULL));
  }
}

static void a_broken_union_is_explained_by_the_arm_its_tag_names(void **state) {
  (void)state;
  ew_diag diag;
  EXPECT_ERR(EW_ERR_SYNTAX,
             ew_type_validate(&choice_type, EW_STR("{\"k\":\"x\",\"v\":-}"), NULL, &diag));
  assert_string_equal("/v", diag.pointer);
  EXPECT_ERR(EW_ERR_TYPE,
             ew_type_validate(&choice_type, EW_STR("{\"k\":\"x\",\"v\":true,?"), NULL, &diag));
  assert_string_equal("/v", diag.pointer);
}

/* ------------------------------------------------------------------------------------- refusals */

typedef struct refusal {
  const char *json; /* of "{"type":"root","id":"a","must":1," and this */
  ew_err err;
  size_t offset; /* in this */
  const char *pointer;
  const char *schema;
} refusal;

#define HEAD "{\"type\":\"root\",\"id\":\"a\",\"must\":1,"

static const refusal REFUSALS[] = {
    {"\"n\":101}", EW_ERR_RANGE, 4, "/n", "#/Root/properties/n/maximum"},
    {"\"n\":-1}", EW_ERR_RANGE, 4, "/n", "#/Root/properties/n/minimum"},
    {"\"n\":9223372036854775808}", EW_ERR_RANGE, 4, "/n", "#/Root/properties/n/maximum"},
    {"\"n\":-9223372036854775809}", EW_ERR_RANGE, 4, "/n", "#/Root/properties/n/minimum"},
    {"\"n\":1.5}", EW_ERR_TYPE, 4, "/n", "#/Root/properties/n/type"},
    {"\"n\":\"1\"}", EW_ERR_TYPE, 4, "/n", "#/Root/properties/n/type"},
    {"\"n\":null}", EW_ERR_TYPE, 4, "/n", "#/Root/properties/n/type"},
    {"\"n\":01}", EW_ERR_SYNTAX, 5, "/n", ""},
    {"\"literal\":1.0}", EW_ERR_TYPE, 10, "/literal", "#/Root/properties/literal/type"},
    {"\"literal\":1e2}", EW_ERR_TYPE, 10, "/literal", "#/Root/properties/literal/type"},
    {"\"u\":0}", EW_ERR_RANGE, 4, "/u", "#/Root/properties/u/minimum"},
    {"\"u\":-1}", EW_ERR_RANGE, 4, "/u", "#/Root/properties/u/minimum"},
    {"\"u\":18446744073709551616}", EW_ERR_RANGE, 4, "/u", "#/Root/properties/u/type"},
    {"\"d\":0}", EW_ERR_RANGE, 4, "/d", "#/Root/properties/d/exclusiveMinimum"},
    {"\"d\":1.0000001}", EW_ERR_RANGE, 4, "/d", "#/Root/properties/d/maximum"},
    {"\"d\":1e400}", EW_ERR_RANGE, 4, "/d", "#/Root/properties/d/type"},
    {"\"d\":true}", EW_ERR_TYPE, 4, "/d", "#/Root/properties/d/type"},
    {"\"big\":\"1\"}", EW_ERR_TYPE, 6, "/big", "#/Root/properties/big/type"},
    {"\"flag\":1}", EW_ERR_TYPE, 7, "/flag", "#/Root/properties/flag/type"},
    {"\"flag\":truf}", EW_ERR_SYNTAX, 10, "/flag", ""},
    {"\"color\":1}", EW_ERR_TYPE, 8, "/color", "#/Color/anyOf"},
    {"\"tag\":\"D\"}", EW_ERR_ENUM, 6, "/tag", "#/Tag/enum"},
    {"\"tag\":\"bee\"}", EW_ERR_ENUM, 6, "/tag", "#/Tag/enum"},
    {"\"tag\":2}", EW_ERR_TYPE, 6, "/tag", "#/Tag/type"},
    {"\"raw\":[1,}", EW_ERR_SYNTAX, 9, "/raw/1", ""},
    {"\"object\":[]}", EW_ERR_TYPE, 9, "/object", "#/Root/properties/object/type"},
    {"\"maybe\":\"\"}", EW_ERR_LENGTH, 8, "/maybe", "#/Root/properties/maybe/minLength"},
    {"\"maybe\":\"abcd\"}", EW_ERR_LENGTH, 8, "/maybe", "#/Root/properties/maybe/maxLength"},
    {"\"inner\":{}}", EW_ERR_MISSING, 8, "/inner", "#/Inner/required"},
    {"\"inner\":{\"id\":11}}", EW_ERR_RANGE, 14, "/inner/id", "#/Inner/properties/id/maximum"},
    {"\"inner\":{\"id\":1,\"id\":2}}", EW_ERR_DUPLICATE, 16, "/inner/id", "#/Inner"},
    {"\"inner\":{\"id\":1,\"i\\u0064\":2}}", EW_ERR_DUPLICATE, 16, "/inner/id", "#/Inner"},
    {"\"inner\":[]}", EW_ERR_TYPE, 8, "/inner", "#/Inner/type"},
    {"\"list\":[]}", EW_ERR_COUNT, 7, "/list", "#/Root/properties/list/minItems"},
    {"\"list\":[{\"id\":1},{\"id\":1},{\"id\":1},{\"id\":1}]}", EW_ERR_COUNT, 7, "/list",
     "#/Root/properties/list/maxItems"},
    {"\"list\":[{\"id\":1},{\"id\":0}]}", EW_ERR_RANGE, 23, "/list/1/id",
     "#/Inner/properties/id/minimum"},
    {"\"list\":{}}", EW_ERR_TYPE, 7, "/list", "#/Root/properties/list/type"},
    {"\"list\":[{\"id\":1}", EW_ERR_TRUNCATED, 16, "/list", ""},
    {"\"list\":[{\"id\":1};]}", EW_ERR_SYNTAX, 16, "/list", ""},
    {"\"names\":[\"a\",2]}", EW_ERR_TYPE, 13, "/names/1", "#/Root/properties/names/items/type"},
    {"\"names\":[\"a\",]}", EW_ERR_SYNTAX, 13, "/names/1", ""},
    {"\"counts\":{\"a\":1,\"b\":\"x\"}}", EW_ERR_TYPE, 20, "/counts/b",
     "#/Root/properties/counts/type"},
    {"\"counts\":{\"a\":1,\"b\":2,\"\\u0061\":3}}", EW_ERR_DUPLICATE, 22, "/counts/a", "#/Counts"},
    {"\"counts\":{\"a\":1,2}}", EW_ERR_SYNTAX, 16, "/counts", ""},
    {"\"content\":1}", EW_ERR_UNION, 10, "/content", "#/Root/properties/content"},
    {"\"content\":{\"id\":0},\"tag\":\"A\"}", EW_ERR_RANGE, 16, "/content/id",
     "#/Inner/properties/id/minimum"},
    {"\"content\":[1],\"tag\":\"B\"}", EW_ERR_TYPE, 10, "/content",
     "#/Root/properties/content/oneOf/1/type"},
    {"\"tag\":\"C\",\"content\":[1,true]}", EW_ERR_TYPE, 23, "/content/1",
     "#/Root/properties/content/oneOf/2/items/type"},
    {"\"content\":[1,true,\"tag\":\"C\"}", EW_ERR_SYNTAX, 23, "/content", ""},
    {"\"self\":{\"type\":\"root\",\"id\":\"a\"}}", EW_ERR_MISSING, 7, "/self", "#/Root/required"},
    {"\"self\":null}", EW_ERR_TYPE, 7, "/self", "#/Root/type"},
    {"\"json\":\"{\"}", EW_ERR_CONTENT, 7, "/json", "#/Root/properties/json/contentMediaType"},
    {"\"choice\":{\"k\":\"x\",\"v\":\"\"}}", EW_ERR_TYPE, 22, "/choice/v", "#/X/properties/v/type"},
    {"\"choice\":true}", EW_ERR_UNION, 9, "/choice", "#/Choice/oneOf"},
    {"\"three\":4}", EW_ERR_CONST, 8, "/three", "#/Root/properties/three/const"},
    {"\"three\":\"3\"}", EW_ERR_TYPE, 8, "/three", "#/Root/properties/three/type"},
    {"\"must\":2}", EW_ERR_DUPLICATE, 0, "/must", "#/Root"},
    {"\"raw\":\"\\ud800\"}", EW_ERR_SURROGATE, 7, "/raw", ""},
    {"\"raw\":\"\xff\"}", EW_ERR_UTF8, 7, "/raw", ""},
    {"\"x\":1}x", EW_ERR_TRAILING, 6, "", ""},
    {"\"x\":1}\xc0", EW_ERR_UTF8, 6, "", ""},
    {"\"x\":1", EW_ERR_TRUNCATED, 5, "", ""},
    {"\"x\":", EW_ERR_TRUNCATED, 4, "/x", ""},
    {"\"x\"", EW_ERR_TRUNCATED, 3, "/x", ""},
    {"", EW_ERR_TRUNCATED, 0, "", ""},
    {"}", EW_ERR_SYNTAX, 0, "", ""},
    {"\"names\":[\"0123456789012345678901234567890123456789\",\"01234567890123456789012345678901234567890\"]}",
     EW_ERR_TOO_LARGE, 52, "/names/1", ""},
    {"\"x\":[[[[[[[[1]]]]]]]]}", EW_ERR_DEPTH, 11, "/x/0/0/0/0/0/0/0", ""},
    {"\"self\":{\"self\":{\"self\":{\"self\":{\"self\":{\"self\":{\"self\":{\"self\":{}}}}}}}}}",
     EW_ERR_DEPTH, 63, "/self/self/self/self/self/self/self/self", ""},
};

static void check_refusal(fixture *f, const refusal *r, const char *json) {
  ew_diag validated;
  ew_err err = decode(f, json);
  ew_err err_validate = ew_type_validate(&root_type, ew_str_of(json), NULL, &validated);
  char line[512];
  ew_diag_format(&f->diag, line, sizeof(line));
  if (err != r->err || strcmp(r->pointer, f->diag.pointer) != 0 ||
      strcmp(r->schema, f->diag.schema) != 0 || f->diag.offset != r->offset + sizeof(HEAD) - 1) {
    fail_msg("%s\n  gives %s at %zu", json, line, f->diag.offset - (sizeof(HEAD) - 1));
  }
  EXPECT_ERR(err, f->diag.err);
  EXPECT_ERR(err, err_validate);
  assert_memory_equal(&f->diag, &validated, sizeof(validated));
  assert_int_equal(0, f->arena.used);
  root empty;
  memset(&empty, 0, sizeof(empty));
  assert_memory_equal(&empty, &f->value, sizeof(empty));
}

static void each_refusal_names_code_offset_pointer_and_keyword(void **state) {
  fixture *f = *state;
  for (size_t i = 0; i < sizeof(REFUSALS) / sizeof(REFUSALS[0]); i++) {
    char json[512];
    snprintf(json, sizeof(json), "%s%s", HEAD, REFUSALS[i].json);
    check_refusal(f, &REFUSALS[i], json);
  }
}

static void members_that_are_missing_or_wrong_at_the_root_are_named(void **state) {
  fixture *f = *state;
  EXPECT_ERR(EW_ERR_MISSING, decode(f, "{\"type\":\"root\",\"id\":\"a\"}"));
  assert_string_equal("must", f->diag.expected);
  EXPECT_ERR(EW_ERR_CONST, decode(f, "{\"type\":\"toor\",\"id\":\"a\",\"must\":1}"));
  assert_string_equal("/type", f->diag.pointer);
  assert_string_equal("\"root\"", f->diag.expected);
  assert_string_equal("\"toor\"", f->diag.found);
  EXPECT_ERR(EW_ERR_PATTERN, decode(f, "{\"type\":\"root\",\n \"id\":\"abc\",\"must\":1}"));
  assert_string_equal("^ab*$", f->diag.expected);
  assert_string_equal("#/Root/properties/id/pattern", f->diag.schema);
  assert_true(f->diag.line == 2 && f->diag.column == 7);
  EXPECT_ERR(EW_ERR_TYPE, decode(f, "[]"));
  assert_string_equal("", f->diag.pointer);
  assert_string_equal("an object", f->diag.expected);
}

static void expect_bounded(ew_err err, const char *json, const char *schema) {
  bounded value;
  ew_diag diag = {0};
  ew_arena arena = arena_of(64);
  EXPECT_ERR(err, ew_type_decode(&bounded_type, ew_str_of(json), &arena, NULL, &value, &diag));
  assert_string_equal(schema, diag.schema);
  free(arena.base);
}

static void unknown_members_are_counted_and_checked_where_the_schema_says_so(void **state) {
  (void)state;
  expect_bounded(EW_OK, "{\"a\":100,\"b\":10,\"c\":1}", "");
  expect_bounded(EW_ERR_COUNT, "{}", "#/Bounded/minProperties");
  expect_bounded(EW_ERR_COUNT, "{\"b\":1,\"c\":1,\"d\":1,\"e\":1}", "#/Bounded/maxProperties");
  expect_bounded(EW_ERR_RANGE, "{\"b\":11}", "#/Bounded/maximum");
  expect_bounded(EW_ERR_TYPE, "{\"b\":\"x\"}", "#/Bounded/type");
}

static void expect_pick(ew_err err, const char *json, const char *pointer, const char *schema) {
  pick value;
  ew_diag diag = {.pointer = "", .schema = ""};
  ew_arena arena = arena_of(64);
  EXPECT_ERR(err, ew_type_decode(&pick_type, ew_str_of(json), &arena, NULL, &value, &diag));
  assert_string_equal(pointer, diag.pointer);
  assert_string_equal(schema, diag.schema);
  free(arena.base);
}

static void exactly_one_of_some_members_and_no_other(void **state) {
  (void)state;
  expect_pick(EW_OK, "{\"path\":\"\",\"extra\":\"\"}", "", "");
  expect_pick(EW_ERR_MISSING, "{\"extra\":\"\"}", "", "#/Pick/oneOf");
  expect_pick(EW_ERR_MISSING, "{\"path\":\"\",\"stream\":\"\"}", "", "#/Pick/oneOf");
  expect_pick(EW_ERR_UNKNOWN_MEMBER, "{\"path\":\"\",\"pa~th\":1}", "/pa~0th",
              "#/Pick/additionalProperties");
}

/* ------------------------------------------------------------------------------------- profiles */

typedef struct tolerance {
  const char *json;
  ew_err strict, lenient, compat;
} tolerance;

static const tolerance TOLERANCES[] = {
    {"{\"type\":\"root\",\"id\":\"a\"}", EW_ERR_MISSING, EW_OK, EW_OK},
    {HEAD "\"tag\":2}", EW_ERR_TYPE, EW_OK, EW_OK},
    {HEAD "\"tag\":\"bee\"}", EW_ERR_ENUM, EW_OK, EW_OK},
    {HEAD "\"tag\":3}", EW_ERR_TYPE, EW_ERR_ENUM, EW_ERR_ENUM},
    {HEAD "\"tag\":2.0}", EW_ERR_TYPE, EW_ERR_ENUM, EW_ERR_ENUM},
    {HEAD "\"tag\":2,\"content\":\"x\"}", EW_ERR_TYPE, EW_OK, EW_OK},
    {HEAD "\"content\":\"x\",\"tag\":\"bee\"}", EW_ERR_ENUM, EW_OK, EW_OK},
    {HEAD "\"n\":null}", EW_ERR_TYPE, EW_OK, EW_OK},
    {HEAD "\"choice\":1.5}", EW_ERR_UNION, EW_OK, EW_OK},
    {HEAD "\"u\":null}", EW_ERR_TYPE, EW_ERR_TYPE, EW_OK},
    {HEAD "\"choice\":null}", EW_ERR_UNION, EW_ERR_UNION, EW_OK},
    {HEAD "\"content\":null,\"tag\":\"A\"}", EW_ERR_TYPE, EW_ERR_TYPE, EW_OK},
    {HEAD "\"u\":nul}", EW_ERR_TYPE, EW_ERR_TYPE, EW_ERR_SYNTAX},
    {HEAD "\"counts\":{\"a\":null}}", EW_ERR_TYPE, EW_ERR_TYPE, EW_OK},
    {HEAD "\"names\":[null]}", EW_ERR_TYPE, EW_ERR_TYPE, EW_ERR_TYPE},
    {"{\"Type\":\"root\",\"ID\":\"a\",\"mUsT\":1}", EW_ERR_MISSING, EW_ERR_MISSING, EW_OK},
    {"{\"type\":\"ROOT\",\"id\":\"a\",\"must\":1,\"tag\":\"a\",\"content\":{\"id\":1}}",
     EW_ERR_CONST, EW_ERR_CONST, EW_OK},
    {"{\"type\":\"root\",\"id\":\"A\",\"must\":1}", EW_ERR_PATTERN, EW_ERR_PATTERN, EW_ERR_PATTERN},
    {HEAD "\"must\":\"x\",\"MUST\":2}", EW_ERR_DUPLICATE, EW_ERR_DUPLICATE, EW_OK},
    {HEAD "\"must\":2,\"must\":\"x\"}", EW_ERR_DUPLICATE, EW_ERR_DUPLICATE, EW_ERR_TYPE},
    {HEAD "\"counts\":{\"a\":1,\"a\":2}}", EW_ERR_DUPLICATE, EW_ERR_DUPLICATE, EW_OK},
    {HEAD "\"tag\":\"A\",\"content\":\"x\",\"tag\":\"B\"}", EW_ERR_TYPE, EW_ERR_TYPE, EW_OK},
    {HEAD "\"choice\":{\"k\":\"x\",\"v\":1,\"k\":\"y\"}}", EW_ERR_CONST, EW_ERR_CONST, EW_OK},
    {HEAD "\"choice\":{\"head\":null,\"k\":\"x\",\"v\":1}}", EW_ERR_TYPE, EW_ERR_TYPE, EW_OK},
    {HEAD "\"x\":1} trailing", EW_ERR_TRAILING, EW_ERR_TRAILING, EW_OK},
    {HEAD "\"x\":1}\xff", EW_ERR_UTF8, EW_ERR_UTF8, EW_OK},
    {HEAD "\"old\":\"\\ud800\"}", EW_ERR_SURROGATE, EW_ERR_SURROGATE, EW_OK},
    {HEAD "\"old\":\"\xff\",\"raw\":[\"\xc3\",\"\\udc00\"]}", EW_ERR_UTF8, EW_ERR_UTF8, EW_OK},
    {HEAD "\"\xff\":1}", EW_ERR_UTF8, EW_ERR_UTF8, EW_OK},
    {HEAD "\"x\":\xff}", EW_ERR_UTF8, EW_ERR_UTF8, EW_ERR_SYNTAX},
    {HEAD "\"x\":1", EW_ERR_TRUNCATED, EW_ERR_TRUNCATED, EW_ERR_TRUNCATED},
    {HEAD "\"n\":1000}", EW_ERR_RANGE, EW_ERR_RANGE, EW_ERR_RANGE},
};

static void each_profile_tolerates_what_it_says_and_no_more(void **state) {
  fixture *f = *state;
  for (size_t i = 0; i < sizeof(TOLERANCES) / sizeof(TOLERANCES[0]); i++) {
    const tolerance *t = &TOLERANCES[i];
    const ew_err expected[] = {t->strict, t->lenient, t->compat};
    for (int profile = EW_STRICT; profile <= EW_COMPAT; profile++) {
      ew_decode_options opts = {.profile = (ew_profile)profile};
      ew_err err = decode_as(f, t->json, (ew_profile)profile);
      if (err != expected[profile]) {
        char line[512];
        ew_diag_format(&f->diag, line, sizeof(line));
        fail_msg("%s\n  profile %d: %s %s", t->json, profile, ew_err_name(err), line);
      }
      EXPECT_ERR(err, ew_type_validate(&root_type, ew_str_of(t->json), &opts, NULL));
    }
  }
}

static void what_is_tolerated_is_read_as_the_servers_parser_would(void **state) {
  fixture *f = *state;
  EXPECT_ERR(EW_OK, decode_as(f, HEAD "\"tag\":2,\"content\":\"x\"}", EW_LENIENT));
  assert_int_equal(TAG_B, f->value.tag);
  EXPECT_TEXT("x", f->value.content.b);
  EXPECT_ERR(EW_OK, decode_as(f, HEAD "\"n\":null}", EW_LENIENT));
  assert_false(f->value.has_n);
  EXPECT_ERR(EW_OK, decode_as(f, HEAD "\"u\":null,\"counts\":{\"b\":null,\"a\":1,\"c\":2,\"a\":3}}",
                              EW_COMPAT));
  assert_false(f->value.has_u);
  assert_int_equal(2, f->value.counts.count);
  EXPECT_TEXT("c", f->value.counts.items[0].key);
  EXPECT_TEXT("a", f->value.counts.items[1].key);
  assert_true(f->value.counts.items[1].value == 3);
  EXPECT_ERR(
      EW_OK,
      decode_as(f, HEAD "\"must\":\"x\",\"MUST\":2,\"tag\":\"A\",\"content\":\"x\",\"tag\":\"B\"}",
                EW_COMPAT));
  assert_true(f->value.must == 2);
  EXPECT_TEXT("a", f->value.id); /* what others have left stays */
  EXPECT_TEXT("x", f->value.content.b);
  EXPECT_ERR(EW_OK, decode_as(f, HEAD "\"old\":\"\xff\",\"raw\":[\"\xc3\",\"\\udc00\"]} and so on",
                              EW_COMPAT));
  EXPECT_TEXT("\xef\xbf\xbd", f->value.old);
  EXPECT_TEXT("[\"\xef\xbf\xbd\",\"\xef\xbf\xbd\"]", f->value.raw.json);
}

/* --------------------------------------------------------------------------------------- limits */

static void an_arena_of_any_size_suffices_or_is_refused_without_a_trace(void **state) {
  fixture *f = *state;
  EXPECT_ERR(EW_OK, decode(f, FULL));
  size_t enough = 0;
  for (size_t size = 0; size < 2048; size++) {
    ew_arena arena = arena_of(size);
    root value;
    memset(&value, 0xa5, sizeof(value));
    ew_err err = ew_type_decode(&root_type, ew_str_of(FULL), &arena, NULL, &value, NULL);
    root empty;
    memset(&empty, 0, sizeof(empty));
    if (err == EW_OK) {
      enough = enough == 0 ? size : enough;
      assert_true(ew_type_equal(&root_type, &value, &f->value));
    } else {
      EXPECT_ERR(EW_ERR_ARENA_FULL, err);
      assert_int_equal(0, arena.used);
      assert_memory_equal(&empty, &value, sizeof(value));
    }
    free(arena.base);
  }
  assert_true(enough > 500 && enough < 1200);
}

static void limits_come_from_the_call_or_the_document(void **state) {
  (void)state;
  static const struct {
    ew_limits limits;
    ew_err err;
  } cases[] = {
      {{0, 0, 0, 0}, EW_OK},
      {{sizeof(FULL) - 1, 0, 0, 0}, EW_OK},
      {{sizeof(FULL) - 2, 0, 0, 0}, EW_ERR_TOO_LARGE},
      {{0, 4, 0, 0}, EW_OK},
      {{0, 3, 0, 0}, EW_ERR_DEPTH},
      {{0, 1024, 0, 0}, EW_OK},
      {{0, 1025, 0, 0}, EW_ERR_ARGUMENT},
      {{0, 0, 3, 0}, EW_OK},
      {{0, 0, 2, 0}, EW_ERR_TOO_LARGE},
      {{0, 0, 0, 8}, EW_OK},
      {{0, 0, 0, 3}, EW_ERR_TOO_LARGE},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    ew_decode_options opts = {.limits = cases[i].limits};
    ew_arena arena = arena_of(ARENA_SIZE);
    root value;
    EXPECT_ERR(cases[i].err,
               ew_type_decode(&root_type, ew_str_of(FULL), &arena, &opts, &value, NULL));
    EXPECT_ERR(cases[i].err, ew_type_validate(&root_type, ew_str_of(FULL), &opts, NULL));
    free(arena.base);
  }
}

static char *map_text(uint32_t count, uint32_t step) {
  char *text = malloc((size_t)count * 24 + 64);
  char *p = text;
  *p++ = '{';
  for (uint32_t i = 0; i < count; i++) {
    p += sprintf(p, "%s\"k%u\":1", i == 0 ? "" : ",", (unsigned)((uint64_t)i * step % count));
  }
  strcpy(p, "}");
  return text;
}

/* The rules of a map bound it to 40 entries; the limits of the call come first, so those are what
 * is lifted here. */
static void repeated_keys_are_found_in_maps_of_any_size(void **state) {
  (void)state;
  ew_entry_type type = *ew_entry_of(&counts_type);
  ew_map_rules wide = *counts_type.as.map;
  wide.max_items = EW_NO_LIMIT;
  type.type.as.map = &wide;
  ew_decode_options opts = {
      .limits = {.max_bytes = 1u << 24, .max_items = 1u << 20, .max_string_bytes = 100}};
  static const uint32_t counts[] = {2, 8, 9, 100, 2730, 2731, 6552, 6553, 9001, 20011};
  for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
    uint32_t count = counts[i];
    char *text = map_text(count, 7919);
    ew_arena arena = arena_of((size_t)count * 120 + 4096);
    count_map map;
    ew_diag decoded, validated;
    EXPECT_ERR(EW_OK, ew_type_decode(&type.type, ew_str_of(text), &arena, &opts, &map, NULL));
    assert_int_equal(count, map.count);
    ew_arena full; /* no room to remember keys in */
    ew_arena_init(&full, arena.base, arena.used);
    EXPECT_ERR(EW_OK, ew_type_decode(&type.type, ew_str_of(text), &full, &opts, &map, NULL));
    assert_int_equal(count, map.count);
    EXPECT_ERR(EW_OK, ew_type_validate(&type.type, ew_str_of(text), &opts, NULL));
    size_t len = strlen(text);
    strcpy(text + len - 1, ",\"\\u006b0\":2}"); /* k0 once more, escaped */
    ew_arena_reset(&arena);
    EXPECT_ERR(EW_ERR_DUPLICATE,
               ew_type_decode(&type.type, ew_str_of(text), &arena, &opts, &map, &decoded));
    EXPECT_ERR(EW_ERR_DUPLICATE, ew_type_validate(&type.type, ew_str_of(text), &opts, &validated));
    assert_int_equal(len, decoded.offset);
    assert_memory_equal(&decoded, &validated, sizeof(decoded));
    assert_string_equal("/k0", decoded.pointer);
    for (size_t room = 0; room <= arena.size; room += arena.size / 4) {
      ew_arena scratch; /* with room for all keys, for some, or for none */
      ew_arena_init(&scratch, arena.base, room);
      ew_decode_options working = opts;
      working.scratch = &scratch;
      EXPECT_ERR(EW_ERR_DUPLICATE,
                 ew_type_validate(&type.type, ew_str_of(text), &working, &validated));
      assert_memory_equal(&decoded, &validated, sizeof(decoded));
      assert_int_equal(0, scratch.used);
      EXPECT_ERR(EW_ERR_TRUNCATED,
                 ew_type_validate(&type.type, ew_str_from(text, len - 1), &working, NULL));
      assert_int_equal(0, scratch.used);
    }
    free(arena.base);
    free(text);
  }
}

/* Too long for the room in which short ones lose their escapes. */
static void a_long_key_is_found_again_whatever_escapes_it_has(void **state) {
  (void)state;
  static const char name[] = "ong long long long long long long long long long long long long long";
  ew_decode_options opts = {.limits = {.max_string_bytes = 100}};
  for (uint32_t count = 1; count <= 20; count++) {
    char *map = map_text(count, 1);
    char text[1024];
    snprintf(text, sizeof(text), "%.*s,\"l%s\":1,\"\\u006c%s\":2}", (int)strlen(map) - 1, map, name,
             name);
    ew_arena arena = arena_of(ARENA_SIZE);
    count_map value;
    ew_diag decoded, validated;
    EXPECT_ERR(EW_ERR_DUPLICATE,
               ew_type_decode(&counts_type, ew_str_of(text), &arena, &opts, &value, &decoded));
    EXPECT_ERR(EW_ERR_DUPLICATE, ew_type_validate(&counts_type, ew_str_of(text), &opts, &validated));
    assert_memory_equal(&decoded, &validated, sizeof(decoded));
    free(arena.base);
    free(map);
  }
}

static void the_last_of_repeated_keys_wins_in_maps_of_any_size(void **state) {
  (void)state;
  ew_entry_type type = *ew_entry_of(&counts_type);
  ew_map_rules wide = *counts_type.as.map;
  wide.max_items = EW_NO_LIMIT;
  type.type.as.map = &wide;
  ew_decode_options opts = {
      .profile = EW_COMPAT,
      .limits = {.max_bytes = 1u << 24, .max_items = 1u << 20, .max_string_bytes = 100}};
  static const uint32_t counts[] = {6, 3001, 4096, 4099, 10007};
  for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
    uint32_t count = counts[i];
    char *text = map_text(count, 17);
    strcpy(text + strlen(text) - 1, ",\"k0\":2,\"k5\":2,\"k0\":3}");
    ew_arena arena = arena_of((size_t)count * 120 + 400);
    count_map map;
    EXPECT_ERR(EW_OK, ew_type_decode(&type.type, ew_str_of(text), &arena, &opts, &map, NULL));
    EXPECT_ERR(EW_OK, ew_type_validate(&type.type, ew_str_of(text), &opts, NULL));
    assert_int_equal(count, map.count);
    EXPECT_TEXT("k5", map.items[count - 2].key);
    EXPECT_TEXT("k0", map.items[count - 1].key);
    assert_true(map.items[count - 2].value == 2 && map.items[count - 1].value == 3);
    free(arena.base);
    free(text);
  }
}

typedef struct text_or_null {
  int kind;
  ew_str text;
} text_or_null;

typedef struct text_or_null_entry {
  ew_str key;
  text_or_null value;
} text_or_null_entry;

typedef struct text_or_null_map {
  text_or_null_entry *items;
  uint32_t count;
} text_or_null_map;

static const ew_type null_kind = {.kind = EW_KIND_NULL};
static const ew_type text_kind = {.kind = EW_KIND_STRING, .size = sizeof(ew_str)};
static const ew_arm null_arms[] = {
    {.type = &null_kind, .kind = 1, .json_types = EW_JSON_NULL, .tag_probe = 255},
    {.type = &text_kind, .kind = 2, .json_types = EW_JSON_STRING, .tag_probe = 255}};
static const ew_union_rules null_rules = {.arms = null_arms,
                                          .arm_count = 2,
                                          .kind_offset = offsetof(text_or_null, kind),
                                          .value_offset = offsetof(text_or_null, text),
                                          .keyword = "/type",
                                          .expected = "null, or a string"};
static const ew_type text_or_null_type = {
    .kind = EW_KIND_UNION, .size = sizeof(text_or_null), .as.choice = &null_rules};
static const ew_map_rules text_or_null_rules = {
    .value = &text_or_null_type,
    .entry_size = sizeof(text_or_null_entry),
    .value_offset = offsetof(text_or_null_entry, value),
    .max_items = EW_NO_LIMIT};
static const ew_entry_type text_or_null_map_type = {
    .type = {.kind = EW_KIND_MAP, .size = sizeof(text_or_null_map), .head = EW_HEAD_ENTRY,
             .as.map = &text_or_null_rules},
    .document = &sample_document, .schema = "#/TextsOrNull"};

/* Decoded, and validated with and without memory: count entries, or the fault. */
static void expect_texts_or_null(const char *text, ew_err expected, size_t offset) {
  ew_arena arena = arena_of(4096);
  ew_arena scratch = arena_of(4096);
  memset(arena.base, 0xa5, arena.size);
  ew_decode_options opts = {.scratch = &scratch};
  text_or_null_map map;
  ew_diag diag[3] = {0};
  const ew_type *type = &text_or_null_map_type.type;
  EXPECT_ERR(expected, ew_type_decode(type, ew_str_of(text), &arena, NULL, &map, &diag[0]));
  EXPECT_ERR(expected, ew_type_validate(type, ew_str_of(text), &opts, &diag[1]));
  EXPECT_ERR(expected, ew_type_validate(type, ew_str_of(text), NULL, &diag[2]));
  for (int i = 0; i < 3 && expected != EW_OK; i++) {
    assert_int_equal(offset, diag[i].offset);
  }
  for (uint32_t i = 0; i < map.count && expected == EW_OK; i++) {
    char key[16];
    snprintf(key, sizeof(key), "k%u", (unsigned)i);
    EXPECT_TEXT(key, map.items[i].key);
    assert_int_equal(i / 10 % 2 + 1, map.items[i].value.kind);
    EXPECT_TEXT(i / 10 % 2 == 0 ? "" : "t", map.items[i].value.text);
  }
  free(scratch.base);
  free(arena.base);
}

static void rows_of_null_and_of_texts_are_told_apart(void **state) {
  (void)state;
  char text[1024] = "{";
  for (unsigned i = 0; i < 35; i++) {
    char *end = text + strlen(text);
    snprintf(end, 32, "%s\"k%u\":%s", i == 0 ? "" : ",", i, i / 10 % 2 == 0 ? "null" : "\"t\"");
  }
  char *end = text + strlen(text);
  size_t len = (size_t)(end - text);
  strcpy(end, "}");
  expect_texts_or_null(text, EW_OK, 0);
  strcpy(end, ",\"k3\":null}");
  expect_texts_or_null(text, EW_ERR_DUPLICATE, len + 1);
  strcpy(end, ",\"k34\":null,\"l\":null,\"k3\":\"\"}");
  expect_texts_or_null(text, EW_ERR_DUPLICATE, len + 1);
  strcpy(end, ",\"l\":null,\"m\":nul}");
  expect_texts_or_null(text, EW_ERR_SYNTAX, len + 17);
  strcpy(end, ",\"l\":null,\"m\":nu");
  expect_texts_or_null(text, EW_ERR_TRUNCATED, len + 16);
  strcpy(end, ",\"l\":null");
  expect_texts_or_null(text, EW_ERR_TRUNCATED, len + 9);
}

/* Neither the map nor its keys are stored, so there need be no room for them. */
static void a_map_that_is_not_kept_takes_no_memory(void **state) {
  (void)state;
  static const ew_object_more rules = {
      .rules.more = true, .max_members = EW_NO_LIMIT, .additional = &counts_type};
  const ew_entry_type type = {.type = {.kind = EW_KIND_OBJECT, .size = sizeof(bounded),
                                       .head = EW_HEAD_ENTRY, .as.object = &rules.rules},
                              .document = &sample_document, .schema = "#/Maps"};
  char *map = map_text(40, 1);
  char text[1024];
  snprintf(text, sizeof(text), "{\"other\":%s}", map);
  for (size_t room = 0; room <= 256; room += 64) {
    ew_arena arena = arena_of(room);
    bounded value;
    EXPECT_ERR(EW_OK, ew_type_decode(&type.type, ew_str_of(text), &arena, NULL, &value, NULL));
    assert_int_equal(0, arena.used);
    free(arena.base);
  }
  free(map);
}

static void maps_of_any_size_and_order_are_equal_when_their_entries_are(void **state) {
  (void)state;
  ew_entry_type type = *ew_entry_of(&counts_type);
  ew_map_rules wide = *counts_type.as.map;
  wide.max_items = EW_NO_LIMIT;
  type.type.as.map = &wide;
  ew_decode_options opts = {
      .limits = {.max_bytes = 1u << 24, .max_items = 1u << 20, .max_string_bytes = 100}};
  static const uint32_t counts[] = {1, 2, 9, 511, 513, 4099, 10007};
  for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
    uint32_t count = counts[i];
    char *text = map_text(count, 1);
    char *shuffled = map_text(count, 7919);
    ew_arena arena = arena_of((size_t)count * 240 + 400);
    count_map a, b;
    EXPECT_ERR(EW_OK, ew_type_decode(&type.type, ew_str_of(text), &arena, &opts, &a, NULL));
    EXPECT_ERR(EW_OK, ew_type_decode(&type.type, ew_str_of(shuffled), &arena, &opts, &b, NULL));
    assert_true(ew_type_equal(&type.type, &a, &b) && ew_type_equal(&type.type, &b, &a));
    b.items[count / 2].value++;
    assert_false(ew_type_equal(&type.type, &a, &b) || ew_type_equal(&type.type, &b, &a));
    b.items[count / 2].value--;
    b.items[count / 2].key = EW_STR("another");
    assert_false(ew_type_equal(&type.type, &a, &b) || ew_type_equal(&type.type, &b, &a));
    b.count--;
    assert_false(ew_type_equal(&type.type, &a, &b) || ew_type_equal(&type.type, &b, &a));
    free(arena.base);
    free(shuffled);
    free(text);
  }
}

static void the_deepest_text_allowed_is_read_and_one_level_more_is_not(void **state) {
  (void)state;
  static char text[70000];
  ew_decode_options opts = {.limits = {.max_bytes = 1u << 20, .max_depth = 1024}};
  for (size_t depth = 1024; depth <= 1025; depth++) {
    char *p = text;
    for (size_t i = 1; i < depth; i++) {
      p += sprintf(p, "{\"type\":\"root\",\"id\":\"a\",\"must\":1,\"self\":");
    }
    p += sprintf(p, "{\"type\":\"root\",\"id\":\"a\",\"must\":1}");
    memset(p, '}', depth - 1);
    p[depth - 1] = '\0';
    ew_err expected = depth == 1024 ? EW_OK : EW_ERR_DEPTH;
    ew_arena arena = arena_of(2 * 1024 * sizeof(root));
    root value;
    EXPECT_ERR(expected, ew_type_decode(&root_type, ew_str_of(text), &arena, &opts, &value, NULL));
    EXPECT_ERR(expected, ew_type_validate(&root_type, ew_str_of(text), &opts, NULL));
    free(arena.base);
  }
}

static void wrong_arguments_are_said_to_be_wrong(void **state) {
  fixture *f = *state;
  ew_decode_options no_profile = {.profile = (ew_profile)7};
  ew_decode_options no_engine = {.engine = (ew_engine)7};
  ew_decode_options straight = {.engine = EW_ENGINE_STRAIGHT};
  root value;
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_decode(NULL, EW_STR("1"), &f->arena, NULL, &value, &f->diag));
  EXPECT_ERR(EW_ERR_ARGUMENT, f->diag.err);
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_decode(&root_type, EW_STR("1"), NULL, NULL, &value, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_decode(&root_type, EW_STR("1"), &f->arena, NULL, NULL, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT,
             ew_type_decode(&root_type, (ew_str){NULL, 3, 0}, &f->arena, NULL, &value, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT,
             ew_type_decode(&root_type, EW_STR("1"), &f->arena, &no_profile, &value, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_validate(&root_type, EW_STR("1"), &no_engine, NULL));
  EXPECT_ERR(EW_ERR_UNSUPPORTED,
             ew_type_decode(&root_type, EW_STR("{}"), &f->arena, &straight, &value, NULL));
  EXPECT_ERR(EW_ERR_TRUNCATED,
             ew_type_decode(&root_type, (ew_str){0}, &f->arena, NULL, &value, &f->diag));
  assert_string_equal("end of text", f->diag.found);
}

/* -------------------------------------------------------------------------------- generic tools */

static void messages_are_found_by_either_name(void **state) {
  (void)state;
  assert_ptr_equal(&root_type, ew_document_find(&sample_document, EW_STR("rootMessage"))->type);
  assert_ptr_equal(&pick_type, ew_document_find(&sample_document, EW_STR("ew_sample_pick"))->type);
  assert_null(ew_document_find(&sample_document, EW_STR("root")));
  assert_null(ew_document_find(&sample_document, EW_STR("")));
}

static void note_warning(void *ctx, const char *pointer, const ew_member *member) {
  char *list = ctx;
  sprintf(list + strlen(list), "%s(%.*s) ", pointer, (int)member->name_len, member->name);
}

static void deprecated_members_are_found_wherever_they_stand(void **state) {
  (void)state;
  char list[400] = "";
  ew_type_deprecated(
      &root_type,
      EW_STR(
          HEAD
          "\"inner\":{\"id\":1,\"note\":\"x\"},\"list\":[{\"id\":1},{\"note\":\"y\",\"id\":2}],\"raw\":{\"old\":1},"
          "\"content\":{\"note\":\"z\",\"id\":1},\"self\":{\"type\":\"root\",\"id\":\"a\",\"must\":2,\"old\":\"\"},"
          "\"choice\":{\"rest\":[{\"id\":1,\"note\":\"n\"}],\"head\":\"\"},\"tag\":\"A\",\"counts\":{\"old\":1}}"),
      note_warning, list);
  assert_string_equal(
      "/inner/note(note) /list/1/note(note) /content/note(note) /self/old(old) /choice/rest/0/note(note) ",
      list);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(every_kind_of_value_is_stored_where_it_belongs, open_fixture,
                                      close_fixture),
      cmocka_unit_test_setup_teardown(what_is_absent_stays_cleared, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(an_absent_a_null_and_a_set_member_are_three_states,
                                      open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(an_open_enum_keeps_its_text_beside_the_value, open_fixture,
                                      close_fixture),
      cmocka_unit_test_setup_teardown(a_sibling_union_waits_for_its_tag, open_fixture,
                                      close_fixture),
      cmocka_unit_test(two_unions_wait_for_one_tag),
      cmocka_unit_test(a_list_of_free_form_values_keeps_each),
      cmocka_unit_test(a_list_of_odd_strings_keeps_each),
      cmocka_unit_test(a_free_form_value_of_another_type_is_refused_with_those_that_will_do),
      cmocka_unit_test(a_union_is_chosen_by_tag_presence_or_type_in_any_order),
      cmocka_unit_test(a_broken_union_is_explained_by_the_arm_its_tag_names),
      cmocka_unit_test_setup_teardown(each_refusal_names_code_offset_pointer_and_keyword,
                                      open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(members_that_are_missing_or_wrong_at_the_root_are_named,
                                      open_fixture, close_fixture),
      cmocka_unit_test(unknown_members_are_counted_and_checked_where_the_schema_says_so),
      cmocka_unit_test(exactly_one_of_some_members_and_no_other),
      cmocka_unit_test_setup_teardown(each_profile_tolerates_what_it_says_and_no_more, open_fixture,
                                      close_fixture),
      cmocka_unit_test_setup_teardown(what_is_tolerated_is_read_as_the_servers_parser_would,
                                      open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(an_arena_of_any_size_suffices_or_is_refused_without_a_trace,
                                      open_fixture, close_fixture),
      cmocka_unit_test(limits_come_from_the_call_or_the_document),
      cmocka_unit_test(repeated_keys_are_found_in_maps_of_any_size),
      cmocka_unit_test(a_long_key_is_found_again_whatever_escapes_it_has),
      cmocka_unit_test(the_last_of_repeated_keys_wins_in_maps_of_any_size),
      cmocka_unit_test(rows_of_null_and_of_texts_are_told_apart),
      cmocka_unit_test(a_map_that_is_not_kept_takes_no_memory),
      cmocka_unit_test(maps_of_any_size_and_order_are_equal_when_their_entries_are),
      cmocka_unit_test(the_deepest_text_allowed_is_read_and_one_level_more_is_not),
      cmocka_unit_test_setup_teardown(wrong_arguments_are_said_to_be_wrong, open_fixture,
                                      close_fixture),
      cmocka_unit_test(messages_are_found_by_either_name),
      cmocka_unit_test(deprecated_members_are_found_wherever_they_stand),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
