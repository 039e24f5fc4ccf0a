/*
 * Encoding, copying and comparing values of a protocol written by hand.
 */
#include "support.h"

#include <math.h>

#include "sample.h"

/* In the order of the schema, as the encoder writes it. */
static const char FULL[] =
    "{\"type\":\"root\",\"id\":\"abb\",\"n\":100,\"u\":18446744073709551615,\"d\":0.5,\"big\":-12345678901234567890123.5e+7,"
    "\"flag\":true,\"color\":\"bl\\\"ue\",\"tag\":\"C\",\"raw\":[1, {\"a\":\"<\"}],\"object\":{},\"maybe\":null,\"inner\":{\"id\":1,"
    "\"note\":\"\\n\xe2\x82\xac\"},\"list\":[{\"id\":2},{\"id\":3,\"note\":\"abc\"}],\"names\":[\"x\",\"\",\"a\\u0001\\u003c\\u0026\\u003e\\u2028\"],"
    "\"counts\":{\"\":1,\"k\\t\":-2,\"z\":3},\"content\":[1,2,3],\"self\":{\"type\":\"root\",\"id\":\"a\",\"must\":7},"
    "\"json\":\"{\\\"a\\\":[]}\",\"choice\":{\"head\":\"h\",\"rest\":[{\"id\":9}]},\"old\":\"\",\"literal\":-5,\"must\":null,\"three\":3}";

typedef struct fixture {
  ew_arena arena;
  ew_diag diag;
  root value;
  char block[2048];
  ew_buf buf;
} fixture;

static int open_fixture(void **state) {
  fixture *f = calloc(1, sizeof(*f));
  f->arena = arena_of(8192);
  ew_buf_init(&f->buf, f->block, sizeof(f->block));
  EXPECT_ERR(EW_OK, ew_type_decode(&root_type, ew_str_of(FULL), &f->arena, NULL, &f->value, &f->diag));
  *state = f;
  return 0;
}

static int close_fixture(void **state) {
  fixture *f = *state;
  free(f->arena.base);
  free(f);
  return 0;
}

/* ------------------------------------------------------------------------------ what is written */

static void a_value_is_written_as_it_was_read(void **state) {
  fixture *f = *state;
  EXPECT_ERR(EW_OK, ew_type_encode(&root_type, &f->value, &f->buf, &f->diag));
  EXPECT_TEXT(FULL, ew_buf_str(&f->buf));
}

static void a_buffer_of_any_other_size_is_left_as_it_was(void **state) {
  fixture *f = *state;
  for (size_t size = 0; size < sizeof(FULL); size++) {
    char *block = malloc(size + 1);
    ew_buf buf = {block, size, size > 3 ? 3 : 0, 0};
    memset(block, '#', size + 1);
    size_t before = buf.len;
    EXPECT_ERR(EW_ERR_BUFFER_TOO_SMALL, ew_type_encode(&root_type, &f->value, &buf, &f->diag));
    EXPECT_ERR(EW_ERR_BUFFER_TOO_SMALL, f->diag.err);
    assert_int_equal(before, buf.len);
    assert_int_equal(before + sizeof(FULL) - 1, buf.needed);
    assert_int_equal('#', block[size]);
    assert_true(before == 0 || memcmp(block, "###", 3) == 0);
    free(block);
  }
  char *exact = malloc(sizeof(FULL) - 1);
  ew_buf buf;
  ew_buf_init(&buf, exact, sizeof(FULL) - 1);
  EXPECT_ERR(EW_OK, ew_type_encode(&root_type, &f->value, &buf, NULL));
  EXPECT_ERR(EW_ERR_BUFFER_TOO_SMALL, ew_type_encode(&root_type, &f->value, &buf, NULL));
  assert_int_equal(2 * (sizeof(FULL) - 1), buf.needed);
  free(exact);
}

static void clean_strings_still_get_the_escapes_of_the_document(void **state) {
  fixture *f = *state;
  pick value = {.path = EW_STR("a<b\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa&\x7f/"), .has_path = true};
  for (unsigned flags = 0; flags <= EW_STR_CLEAN; flags++) {
    value.path.flags = flags;
    ew_buf_init(&f->buf, f->block, sizeof(f->block));
    EXPECT_ERR(EW_OK, ew_type_encode(&pick_type, &value, &f->buf, NULL));
    EXPECT_TEXT("{\"path\":\"a\\u003cb\\u2028\\u2029\xe2\x80\xaa\\u0026\x7f/\"}",
                ew_buf_str(&f->buf));
  }
}

static void unions_boxes_and_enums_write_what_they_hold(void **state) {
  fixture *f = *state;
  choice value = {.kind = CHOICE_Y, .y = {-7}};
  EXPECT_ERR(EW_OK, ew_type_encode(&choice_type, &value, &f->buf, NULL));
  value.kind = CHOICE_TEXT;
  value.text = EW_STR("t");
  EXPECT_ERR(EW_OK, ew_type_encode(&choice_type, &value, &f->buf, NULL));
  value.kind = CHOICE_LIST;
  value.list = (ew_str_list){NULL, 0};
  EXPECT_ERR(EW_OK, ew_type_encode(&choice_type, &value, &f->buf, NULL));
  EXPECT_TEXT("{\"k\":\"y\",\"v\":-7}\"t\"[]", ew_buf_str(&f->buf));
}

/* ------------------------------------------------------------------------------ what is refused */

static void expect_refused(fixture *f, ew_err err, const char *pointer, const char *schema) {
  EXPECT_ERR(err, ew_type_encode(&root_type, &f->value, &f->buf, &f->diag));
  EXPECT_ERR(err, f->diag.err);
  assert_string_equal(pointer, f->diag.pointer);
  assert_string_equal(schema, f->diag.schema);
  assert_int_equal(0, f->buf.len);
  assert_true(f->diag.line == 0 && f->diag.column == 0 && f->diag.offset == 0);
  /* An invalid value is invalid in a small buffer too. */
  ew_buf none = {NULL, 0, 0, 0};
  EXPECT_ERR(err, ew_type_encode(&root_type, &f->value, &none, NULL));
}

#define REFUSES(change, restore, err, pointer, schema)                                             \
  do {                                                                                             \
    change;                                                                                        \
    expect_refused(f, err, pointer, schema);                                                       \
    restore;                                                                                       \
  } while (0)

static void scalars_outside_of_their_rules_are_refused_by_name(void **state) {
  fixture *f = *state;
  root *v = &f->value;
  root whole = *v;
  REFUSES(v->n = 101, *v = whole, EW_ERR_RANGE, "/n", "#/Root/properties/n/maximum");
  assert_string_equal("101", f->diag.found);
  REFUSES(v->n = -1, *v = whole, EW_ERR_RANGE, "/n", "#/Root/properties/n/minimum");
  REFUSES(v->u = 0, *v = whole, EW_ERR_RANGE, "/u", "#/Root/properties/u/minimum");
  REFUSES(v->d = 0, *v = whole, EW_ERR_RANGE, "/d", "#/Root/properties/d/exclusiveMinimum");
  REFUSES(v->d = 1.5, *v = whole, EW_ERR_RANGE, "/d", "#/Root/properties/d/maximum");
  REFUSES(v->d = (double)NAN, *v = whole, EW_ERR_RANGE, "/d", "#/Root/properties/d/type");
  REFUSES(v->d = (double)INFINITY, *v = whole, EW_ERR_RANGE, "/d", "#/Root/properties/d/type");
  REFUSES(v->big.digits = EW_STR("1."), *v = whole, EW_ERR_TYPE, "/big",
          "#/Root/properties/big/type");
  REFUSES(v->big.digits = EW_STR("1 "), *v = whole, EW_ERR_TYPE, "/big",
          "#/Root/properties/big/type");
  REFUSES(v->id = EW_STR("b"), *v = whole, EW_ERR_PATTERN, "/id", "#/Root/properties/id/pattern");
  REFUSES(v->names.items[1] = EW_STR("a\xff"), v->names.items[1] = EW_STR(""), EW_ERR_UTF8,
          "/names/1", "");
  REFUSES(v->inner.note = EW_STR(""), *v = whole, EW_ERR_LENGTH, "/inner/note",
          "#/Inner/properties/note/minLength");
  REFUSES(v->json = EW_STR("{"), *v = whole, EW_ERR_CONTENT, "/json",
          "#/Root/properties/json/contentMediaType");
  REFUSES(v->tag = TAG_UNKNOWN, *v = whole, EW_ERR_ENUM, "/tag", "#/Tag/enum");
  REFUSES(v->color_text = (ew_str){0}, *v = whole, EW_ERR_ENUM, "/color", "#/Color/anyOf");
  REFUSES(v->color_text = EW_STR("\xc3"), *v = whole, EW_ERR_UTF8, "/color", "");
  v->color = (color)3;
  expect_refused(f, EW_ERR_ENUM, "/color", "#/Color/anyOf");
}

static void values_in_values_are_refused_by_name(void **state) {
  fixture *f = *state;
  root *v = &f->value;
  root whole = *v;
  inner many[4] = {{.id = 1}, {.id = 2}, {.id = 3}, {.id = 4}};
  REFUSES(v->must_presence = EW_ABSENT, *v = whole, EW_ERR_MISSING, "/must", "#/Root/required");
  REFUSES(v->list.count = 0, *v = whole, EW_ERR_COUNT, "/list", "#/Root/properties/list/minItems");
  REFUSES(v->list = ((inner_list){many, 4}), *v = whole, EW_ERR_COUNT, "/list",
          "#/Root/properties/list/maxItems");
  REFUSES(v->list.items[1].id = 0, v->list.items[1].id = 3, EW_ERR_RANGE, "/list/1/id",
          "#/Inner/properties/id/minimum");
  REFUSES(v->counts.items[2].key = EW_STR("k\t"), v->counts.items[2].key = EW_STR("z"),
          EW_ERR_DUPLICATE, "/counts/k.", "");
  REFUSES(v->counts.items[2].key = EW_STR("\xff"), v->counts.items[2].key = EW_STR("z"),
          EW_ERR_UTF8, "/counts/\xef\xbf\xbd", "");
  REFUSES(v->self->id = EW_STR(""), v->self->id = EW_STR("a"), EW_ERR_PATTERN, "/self/id",
          "#/Root/properties/id/pattern");
  REFUSES(v->choice.kind = CHOICE_NONE, *v = whole, EW_ERR_UNION, "/choice", "#/Choice/oneOf");
  REFUSES(v->choice.kind = CHOICE_NUMBER, *v = whole, EW_ERR_UNION, "/choice", "#/Choice/oneOf");
  REFUSES(v->choice.head.rest.items[0].id = 11, v->choice.head.rest.items[0].id = 9, EW_ERR_RANGE,
          "/choice/rest/0/id", "#/Inner/properties/id/maximum");
  REFUSES((v->has_tag = false, v->tag = TAG_UNKNOWN), *v = whole, EW_ERR_UNION, "/content",
          "#/Root/properties/content");
  v->self->self = v->self;
  expect_refused(f, EW_ERR_DEPTH, "/self/self/self/self/self/self/self/self", "");
}

static void free_form_values_are_checked_unless_the_decoder_made_them(void **state) {
  fixture *f = *state;
  root *v = &f->value;
  root whole = *v;
  static const char *const bad[] = {"", "[1,", "1 2", "tru", "\"\\ud800\"", "{\"a\"}", " "};
  for (size_t i = 1; i < sizeof(bad) / sizeof(bad[0]); i++) {
    REFUSES(v->raw.json = ew_str_of(bad[i]), *v = whole, EW_ERR_SYNTAX, "/raw", "");
  }
  REFUSES(v->raw.json = ew_str_of(bad[0]), *v = whole, EW_ERR_TYPE, "/raw",
          "#/Root/properties/raw/type");
  REFUSES(v->raw.json = EW_STR("\"\xff\""), *v = whole, EW_ERR_UTF8, "/raw", "");
  REFUSES(v->raw.json = EW_STR("[[[[[[[[]]]]]]]]"), *v = whole, EW_ERR_DEPTH, "/raw", "");
  REFUSES(v->object.json = EW_STR("[]"), *v = whole, EW_ERR_TYPE, "/object",
          "#/Root/properties/object/type");
  v->raw.json = EW_STR(" {\"a\" : 1} ");
  EXPECT_ERR(EW_OK, ew_type_encode(&root_type, v, &f->buf, NULL));
  assert_non_null(strstr(f->block, "\"raw\": {\"a\" : 1} ,"));
}

static void groups_and_bounds_hold_when_writing_too(void **state) {
  fixture *f = *state;
  pick value = {
      .stream = EW_STR("s"), .path = EW_STR("p"), .extra = EW_STR("e"), .has_extra = true};
  EXPECT_ERR(EW_ERR_MISSING, ew_type_encode(&pick_type, &value, &f->buf, &f->diag));
  assert_string_equal("#/Pick/oneOf", f->diag.schema);
  value.has_stream = value.has_path = true;
  EXPECT_ERR(EW_ERR_MISSING, ew_type_encode(&pick_type, &value, &f->buf, &f->diag));
  value.has_stream = false;
  EXPECT_ERR(EW_OK, ew_type_encode(&pick_type, &value, &f->buf, &f->diag));
  EXPECT_TEXT("{\"path\":\"p\",\"extra\":\"e\"}", ew_buf_str(&f->buf));
  bounded empty = {0};
  EXPECT_ERR(EW_ERR_COUNT, ew_type_encode(&bounded_type, &empty, &f->buf, &f->diag));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_encode(NULL, &empty, &f->buf, NULL));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_encode(&bounded_type, NULL, &f->buf, NULL));
}

static void repeated_keys_of_large_maps_are_refused(void **state) {
  fixture *f = *state;
  enum { COUNT = 5000 };
  static char keys[COUNT][8];
  static count_entry entries[COUNT];
  static char block[COUNT * 16];
  ew_map_rules wide = *counts_type.as.map;
  wide.max_items = EW_NO_LIMIT;
  ew_entry_type type = *ew_entry_of(&counts_type);
  type.type.as.map = &wide;
  for (unsigned i = 0; i < COUNT; i++) {
    sprintf(keys[i], "k%u", i * 7919 % COUNT);
    entries[i].key = ew_str_of(keys[i]);
  }
  count_map map = {entries, COUNT};
  ew_buf buf;
  ew_buf_init(&buf, block, sizeof(block));
  EXPECT_ERR(EW_OK, ew_type_encode(&type.type, &map, &buf, NULL));
  entries[4321].key = entries[17].key;
  ew_buf_init(&buf, block, sizeof(block));
  EXPECT_ERR(EW_ERR_DUPLICATE, ew_type_encode(&type.type, &map, &buf, &f->diag));
  assert_int_equal(0, buf.len);
  assert_memory_equal(f->diag.pointer + 1, entries[17].key.ptr, entries[17].key.len + 1);
}

/* --------------------------------------------------------------------------- copies, comparison */

static void a_copy_in_an_arena_of_any_size_is_whole_or_nothing(void **state) {
  fixture *f = *state;
  root empty;
  memset(&empty, 0, sizeof(empty));
  size_t enough = 0;
  for (size_t size = 0; size < 1600; size++) {
    ew_arena arena = arena_of(size);
    root copy;
    memset(&copy, 0xa5, sizeof(copy));
    if (ew_type_copy(&root_type, &copy, &f->value, &arena) == EW_OK) {
      enough = enough == 0 ? size : enough;
      assert_true(ew_type_equal(&root_type, &copy, &f->value));
    } else {
      assert_int_equal(0, enough);
      assert_int_equal(0, arena.used);
      assert_memory_equal(&empty, &copy, sizeof(copy));
    }
    free(arena.base);
  }
  assert_true(enough > 0);
}

static void a_copy_points_to_nothing_of_its_source(void **state) {
  fixture *f = *state;
  ew_arena arena = arena_of(4096);
  char *text = malloc(sizeof(FULL));
  memcpy(text, FULL, sizeof(FULL));
  root copy;
  ew_arena_reset(&f->arena);
  EXPECT_ERR(EW_OK, ew_type_decode(&root_type, ew_str_from(text, sizeof(FULL) - 1), &f->arena, NULL,
                                   &f->value, NULL));
  EXPECT_ERR(EW_OK, ew_type_copy(&root_type, &copy, &f->value, &arena));
  free(text);
  memset(f->arena.base, 0x5a, f->arena.size);
  EXPECT_ERR(EW_OK, ew_type_encode(&root_type, &copy, &f->buf, &f->diag));
  EXPECT_TEXT(FULL, ew_buf_str(&f->buf));
  free(arena.base);
}

static void a_cycle_is_not_copied_for_ever(void **state) {
  fixture *f = *state;
  static char block[1 << 22];
  ew_arena arena;
  root copy;
  ew_arena_init(&arena, block, sizeof(block));
  f->value.self->self = f->value.self;
  ew_err err = ew_type_copy(&root_type, &copy, &f->value, &arena);
  assert_true(err == EW_ERR_DEPTH || err == EW_ERR_ARENA_FULL);
  assert_int_equal(0, arena.used);
  assert_false(ew_type_equal(&root_type, &f->value, &f->value));
}

static bool equal_texts(const char *a, const char *b) {
  ew_arena x = arena_of(4096), y = arena_of(4096);
  root v, w;
  EXPECT_ERR(EW_OK, ew_type_decode(&root_type, ew_str_of(a), &x, NULL, &v, NULL));
  EXPECT_ERR(EW_OK, ew_type_decode(&root_type, ew_str_of(b), &y, NULL, &w, NULL));
  bool equal = ew_type_equal(&root_type, &v, &w);
  assert_int_equal(equal, ew_type_equal(&root_type, &w, &v));
  free(x.base);
  free(y.base);
  return equal;
}

#define BASE "{\"type\":\"root\",\"id\":\"a\",\"must\":1"

static void values_are_equal_by_what_they_say(void **state) {
  (void)state;
  static const char *const same[][2] = {
      {BASE "}", " {\"must\":1.0,\"id\":\"\\u0061\",\"type\":\"root\",\"x\":1}"},
      {BASE ",\"d\":0.5}", BASE ",\"d\":5e-1}"},
      {BASE ",\"counts\":{\"a\":1,\"b\":2,\"c\":3}}",
       BASE ",\"counts\":{\"c\":3,\"a\":1,\"b\":2}}"},
      {BASE ",\"tag\":\"A\",\"content\":{\"id\":1}}",
       BASE ",\"content\":{\"id\":1},\"tag\":\"A\"}"},
      {BASE ",\"choice\":{\"k\":\"x\",\"v\":1}}", BASE ",\"choice\":{\"v\":1,\"k\":\"x\"}}"},
      {BASE ",\"three\":3}", BASE ",\"three\":3.0}"},
  };
  static const char *const different[][2] = {
      {BASE "}", "{\"type\":\"root\",\"id\":\"a\",\"must\":2}"},
      {BASE "}", "{\"type\":\"root\",\"id\":\"a\",\"must\":null}"},
      {BASE "}", "{\"type\":\"root\",\"id\":\"ab\",\"must\":1}"},
      {BASE "}", BASE ",\"n\":0}"},
      {BASE "}", BASE ",\"maybe\":null}"},
      {BASE "}", BASE ",\"three\":3}"},
      {BASE ",\"maybe\":\"a\"}", BASE ",\"maybe\":null}"},
      {BASE ",\"d\":0.5}", BASE ",\"d\":0.25}"},
      {BASE ",\"big\":1}", BASE ",\"big\":1.0}"},
      {BASE ",\"flag\":true}", BASE ",\"flag\":false}"},
      {BASE ",\"color\":\"a\"}", BASE ",\"color\":\"b\"}"},
      {BASE ",\"raw\":1}", BASE ",\"raw\":1.0}"},
      {BASE ",\"names\":[\"a\"]}", BASE ",\"names\":[\"a\",\"a\"]}"},
      {BASE ",\"names\":[\"a\"]}", BASE ",\"names\":[\"b\"]}"},
      {BASE ",\"list\":[{\"id\":1}]}", BASE ",\"list\":[{\"id\":1,\"note\":\"x\"}]}"},
      {BASE ",\"counts\":{\"a\":1,\"b\":2}}", BASE ",\"counts\":{\"a\":1,\"c\":2}}"},
      {BASE ",\"counts\":{\"a\":1,\"b\":2}}", BASE ",\"counts\":{\"a\":1,\"b\":3}}"},
      {BASE ",\"tag\":\"A\",\"content\":{\"id\":1}}",
       BASE ",\"tag\":\"A\",\"content\":{\"id\":2}}"},
      {BASE ",\"choice\":{\"k\":\"x\",\"v\":1}}", BASE ",\"choice\":{\"k\":\"y\",\"v\":1}}"},
      {BASE ",\"self\":" BASE "}}", BASE "}"},
      {BASE ",\"self\":" BASE "}}", BASE ",\"self\":" BASE ",\"n\":1}}"},
  };
  for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
    assert_true(equal_texts(same[i][0], same[i][1]));
  }
  for (size_t i = 0; i < sizeof(different) / sizeof(different[0]); i++) {
    assert_false(equal_texts(different[i][0], different[i][1]));
  }
}

static void not_a_number_equals_nothing(void **state) {
  fixture *f = *state;
  f->value.d = (double)NAN;
  assert_false(ew_type_equal(&root_type, &f->value, &f->value));
}

static void an_initialised_value_is_empty(void **state) {
  fixture *f = *state;
  root empty;
  memset(&empty, 0, sizeof(empty));
  ew_type_init(&root_type, &f->value);
  assert_memory_equal(&empty, &f->value, sizeof(empty));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_value_is_written_as_it_was_read, open_fixture,
                                      close_fixture),
      cmocka_unit_test_setup_teardown(a_buffer_of_any_other_size_is_left_as_it_was, open_fixture,
                                      close_fixture),
      cmocka_unit_test_setup_teardown(clean_strings_still_get_the_escapes_of_the_document,
                                      open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(unions_boxes_and_enums_write_what_they_hold, open_fixture,
                                      close_fixture),
      cmocka_unit_test_setup_teardown(scalars_outside_of_their_rules_are_refused_by_name,
                                      open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(values_in_values_are_refused_by_name, open_fixture,
                                      close_fixture),
      cmocka_unit_test_setup_teardown(free_form_values_are_checked_unless_the_decoder_made_them,
                                      open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(groups_and_bounds_hold_when_writing_too, open_fixture,
                                      close_fixture),
      cmocka_unit_test_setup_teardown(repeated_keys_of_large_maps_are_refused, open_fixture,
                                      close_fixture),
      cmocka_unit_test_setup_teardown(a_copy_in_an_arena_of_any_size_is_whole_or_nothing,
                                      open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(a_copy_points_to_nothing_of_its_source, open_fixture,
                                      close_fixture),
      cmocka_unit_test_setup_teardown(a_cycle_is_not_copied_for_ever, open_fixture, close_fixture),
      cmocka_unit_test(values_are_equal_by_what_they_say),
      cmocka_unit_test_setup_teardown(not_a_number_equals_nothing, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(an_initialised_value_is_empty, open_fixture, close_fixture),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
