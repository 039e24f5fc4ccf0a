/* The engine of eventwire/schema.h beyond what JSON-Schema-Test-Suite asks: places, memory, work. */
#include "eventwire/schema.h"

#include "../../src/schema/decimal_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ------------------------------------------------------------------------------------ a schema */

enum { ROOT, NAME, SIZES, SIZE, EXTRA, TREE, ANY, FORK_A, FORK_B, CONTENT };

static const ew_schema schemas[10];

static const ew_text required[] = {{"name", 4}};
static const ew_schema_property named[] = {
    {{"name", 4}, &schemas[NAME]}, {{"tree", 4}, &schemas[TREE]}, {{"sizes", 5}, &schemas[SIZES]}};
static const ew_schema_properties properties = {named, 3, 0, NULL, &schemas[EXTRA]};
static const ew_schema_rule root_rules[] = {
    {EW_SCHEMA_TYPE, EW_JSON_OBJECT, NULL},
    {EW_SCHEMA_REQUIRED, 1, required},
    {EW_SCHEMA_PROPERTIES, 0, &properties},
};
static const ew_schema_rule name_rules[] = {
    {EW_SCHEMA_TYPE, EW_JSON_STRING, NULL},
    {EW_SCHEMA_MAX_LENGTH, 3, NULL},
    {EW_SCHEMA_MIN_LENGTH, 1, NULL},
};
static const ew_schema_items sizes = {NULL, 0, &schemas[SIZE], "/items", "/items"};
static const ew_schema_rule sizes_rules[] = {
    {EW_SCHEMA_ITEMS, 0, &sizes},
    {EW_SCHEMA_UNIQUE_ITEMS, 0, NULL},
};
static const ew_text cent = {"0.01", 4};
static const ew_schema_rule size_rules[] = {{EW_SCHEMA_MULTIPLE_OF, 0, &cent}};
static const ew_schema_rule no_rules[] = {{EW_SCHEMA_FALSE, 0, NULL}};
static const ew_schema *const forks[] = {&schemas[FORK_A], &schemas[FORK_B]};
static const ew_schema_rule tree_rules[] = {{EW_SCHEMA_ANY_OF, 2, forks}};
/* Both alternatives look at all elements, by the same schema again: 2^depth ways through a text. */
static const ew_schema_items tree_items = {NULL, 0, &schemas[TREE], "/items", "/items"};
static const ew_schema_rule fork_rules[] = {
    {EW_SCHEMA_TYPE, EW_JSON_ARRAY, NULL},
    {EW_SCHEMA_ITEMS, 0, &tree_items},
};

/* Base64 of JSON. */
static const ew_schema_rule content_rules[] = {{EW_SCHEMA_CONTENT, 3, NULL}};

static const ew_schema schemas[10] = {
    [ROOT] = {root_rules, 3, NULL, "#"},
    [NAME] = {name_rules, 3, NULL, "#/properties/name"},
    [SIZES] = {sizes_rules, 2, NULL, "#/properties/sizes"},
    [SIZE] = {size_rules, 1, NULL, "#/properties/sizes/items"},
    [EXTRA] = {no_rules, 1, NULL, "#/additionalProperties"},
    [TREE] = {tree_rules, 1, NULL, "#/properties/tree"},
    [ANY] = {NULL, 0, NULL, "#/any"},
    [FORK_A] = {fork_rules, 2, NULL, "#/properties/tree/anyOf/0"},
    [FORK_B] = {fork_rules, 2, NULL, "#/properties/tree/anyOf/1"},
    [CONTENT] = {content_rules, 1, NULL, "#"},
};

static ew_err check(int schema, const char *text, ew_diag *diag) {
  *diag = (ew_diag){0};
  return ew_schema_validate(&schemas[schema], ew_str_of(text), NULL, diag);
}

/* -------------------------------------------------------------------------------------- places */

typedef struct refused {
  const char *text;
  ew_err err;
  size_t offset;
  const char *pointer;
  const char *schema;
} refused;

static const refused refusals[] = {
    {"[]", EW_ERR_TYPE, 0, "", "#/type"},
    {" {}", EW_ERR_MISSING, 1, "", "#/required"},
    {"{\"name\":\"\"}", EW_ERR_LENGTH, 8, "/name", "#/properties/name/minLength"},
    {"{\"name\":\"abcd\"}", EW_ERR_LENGTH, 8, "/name", "#/properties/name/maxLength"},
    {"{\"name\":\"\\ud83d\\ude00\\u00e9xy\"}", EW_ERR_LENGTH, 8, "/name",
     "#/properties/name/maxLength"},
    {"{\"name\":\"a\",\"sizes\":[1,0.015]}", EW_ERR_RANGE, 23, "/sizes/1",
     "#/properties/sizes/items/multipleOf"},
    {"{\"name\":\"a\",\"sizes\":[1,2,1.0]}", EW_ERR_UNIQUE, 25, "/sizes/2",
     "#/properties/sizes/uniqueItems"},
    {"{\"name\":\"a\",\"other\":1}", EW_ERR_UNKNOWN_MEMBER, 20, "/other", "#/additionalProperties"},
    {"{\"name\":\"a\",\"tree\":[[],[[],3]]}", EW_ERR_UNION, 27, "/tree/1/1",
     "#/properties/tree/anyOf"},
    {"{\"name\":\"a\",\"name\":\"b\"}", EW_ERR_DUPLICATE, 12, "/name", ""},
    {"{\"name\":\"a\",\"n\\u0061me\":\"b\"}", EW_ERR_DUPLICATE, 12, "/name", ""},
    {"{\"name\":\"a\"} x", EW_ERR_TRAILING, 13, "", ""},
    {"{\"name\":\"\xff\"}", EW_ERR_UTF8, 9, "/name", ""},
    {"{\"name\":\"\\ud800\"}", EW_ERR_SURROGATE, 9, "/name", ""},
    {"{\"name\":\"a\",}", EW_ERR_SYNTAX, 12, "", ""},
    {"{\"name\":01}", EW_ERR_SYNTAX, 9, "/name", ""},
    {"", EW_ERR_TRUNCATED, 0, "", ""},
};

static void test_places(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
    const refused *r = &refusals[i];
    ew_diag diag;
    print_message("%s\n", r->text);
    assert_int_equal(check(ROOT, r->text, &diag), r->err);
    assert_int_equal(diag.err, r->err);
    assert_int_equal(diag.offset, r->offset);
    assert_string_equal(diag.pointer, r->pointer);
    assert_string_equal(diag.schema, r->schema);
  }
}

static void test_accepted(void **state) {
  (void)state;
  static const char *const texts[] = {
      "{\"name\":\"a\"}",
      "{\"name\":\"\\ud83d\\ude00\\u00e9x\",\"sizes\":[0.01,1e2,-3.50,10000000000000000000000.07]}",
      " { \"n\\u0061me\" : \"\xf0\x9f\x98\x80\" , \"tree\" : [ [ ] , [ [ ] ] ] } ",
  };
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    ew_diag diag;
    assert_int_equal(check(ROOT, texts[i], &diag), EW_OK);
    assert_int_equal(diag.err, EW_OK);
  }
}

static void test_content(void **state) {
  (void)state;
  ew_diag diag;
  assert_int_equal(check(CONTENT, "\"e30=\"", &diag), EW_OK); /* {} */
  assert_int_equal(check(CONTENT, "\"e30\"", &diag), EW_ERR_CONTENT);
  assert_string_equal(diag.schema, "#/contentEncoding");
  assert_int_equal(check(CONTENT, "\"ew==\"", &diag), EW_ERR_CONTENT); /* { */
  assert_string_equal(diag.schema, "#/contentMediaType");
}

/* ------------------------------------------------------------------------------- calls, limits */

static void test_arguments(void **state) {
  (void)state;
  ew_diag diag;
  ew_decode_options opts = {.profile = EW_LENIENT};
  ew_str text = EW_STR("1");
  assert_int_equal(ew_schema_validate(NULL, text, NULL, &diag), EW_ERR_ARGUMENT);
  assert_int_equal(ew_schema_validate(&schemas[ANY], text, &opts, NULL), EW_ERR_ARGUMENT);
  assert_int_equal(ew_schema_validate(&schemas[ANY], (ew_str){NULL, 1, 0}, NULL, NULL),
                   EW_ERR_ARGUMENT);
  assert_int_equal(ew_schema_validate(&schemas[ANY], (ew_str){NULL, 0, 0}, NULL, NULL),
                   EW_ERR_TRUNCATED);
  assert_int_equal(ew_schema_validate(&schemas[ANY], ew_str_from("1", (size_t)UINT32_MAX + 9), NULL,
                                      NULL),
                   EW_ERR_TOO_LARGE);
  opts = (ew_decode_options){.limits.max_depth = 4096};
  assert_int_equal(ew_schema_validate(&schemas[ANY], text, &opts, NULL), EW_ERR_ARGUMENT);
}

static void test_limits(void **state) {
  (void)state;
  static const struct {
    ew_limits limits;
    const char *good;
    const char *bad;
    ew_err err;
  } cases[] = {
      {{.max_bytes = 3}, "123", "1234", EW_ERR_TOO_LARGE},
      {{.max_depth = 2}, "[[1]]", "[[[1]]]", EW_ERR_DEPTH},
      {{.max_items = 2}, "[1,2]", "[1,2,3]", EW_ERR_TOO_LARGE},
      {{.max_items = 1}, "{\"a\":1}", "{\"a\":1,\"b\":2}", EW_ERR_TOO_LARGE},
      {{.max_string_bytes = 2}, "\"\\u00e9\"", "\"\\u20ac\"", EW_ERR_TOO_LARGE},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    ew_decode_options opts = {.limits = cases[i].limits};
    assert_int_equal(ew_schema_validate(&schemas[ANY], ew_str_of(cases[i].good), &opts, NULL), EW_OK);
    assert_int_equal(ew_schema_validate(&schemas[ANY], ew_str_of(cases[i].bad), &opts, NULL),
                     cases[i].err);
  }
}

/* Any memory: refused for it, or right; and given back. */
static void test_memory(void **state) {
  (void)state;
  static const char text[] = "{\"name\":\"\\u0061\",\"sizes\":[1,2,3],\"tree\":[[],[]]}";
  bool held = false;
  for (size_t size = 0; size <= 1024; size++) {
    char *block = malloc(size + 1);
    ew_arena arena;
    ew_arena_init(&arena, block, size);
    ew_decode_options opts = {.scratch = &arena};
    ew_err err = ew_schema_validate(&schemas[ROOT], ew_str_of(text), &opts, NULL);
    assert_true(err == EW_OK || (err == EW_ERR_ARENA_FULL && !held));
    assert_int_equal(arena.used, 0);
    held = err == EW_OK;
    free(block);
  }
  assert_true(held);
}

/* ---------------------------------------------------------------------------------------- work */

static void test_alternatives_that_multiply(void **state) {
  (void)state;
  char text[128];
  ew_diag diag;
  static const int depths[] = {1, 2, 9, 60};
  for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
    int depth = depths[i];
    memset(text, '[', (size_t)depth);
    text[depth] = '3';
    memset(text + depth + 1, ']', (size_t)depth);
    text[2 * depth + 1] = '\0';
    ew_err err = check(TREE, text, &diag);
    assert_int_equal(err, depth < 10 ? EW_ERR_UNION : diag.err);
    assert_true(err == EW_ERR_UNION || err == EW_ERR_TOO_LARGE);
  }
  assert_int_equal(diag.err, EW_ERR_TOO_LARGE);
}

/* Many members, many elements: linear in their number. */
static void test_many(void **state) {
  (void)state;
  enum { COUNT = 50000 };
  size_t room = COUNT * 40;
  char *text = malloc(room);
  char *memory = malloc(16u << 20);
  assert_non_null(text);
  assert_non_null(memory);
  ew_arena arena;
  ew_arena_init(&arena, memory, 16u << 20);
  ew_decode_options opts = {.scratch = &arena, .limits = {.max_bytes = 8u << 20}};
  size_t len = (size_t)snprintf(text, room, "{");
  for (int i = 0; i < COUNT; i++) {
    len += (size_t)snprintf(text + len, room - len, "\"%d\":[%d],", i, i);
  }
  text[len - 1] = '}';
  assert_int_equal(ew_schema_validate(&schemas[ANY], ew_str_from(text, len), &opts, NULL), EW_OK);
  len = (size_t)snprintf(text, room, "[");
  for (int i = 0; i < COUNT; i++) {
    len += (size_t)snprintf(text + len, room - len, "%d.50,", i);
  }
  text[len - 1] = ']';
  assert_int_equal(ew_schema_validate(&schemas[SIZES], ew_str_from(text, len), &opts, NULL), EW_OK);
  memcpy(text + 1, "9.5 ", 4);
  assert_int_equal(ew_schema_validate(&schemas[SIZES], ew_str_from(text, len), &opts, NULL),
                   EW_ERR_UNIQUE);
  free(memory);
  free(text);
}

/* --------------------------------------------------------------------------------- well-formed */

/* All texts over a small alphabet: as JSON they are judged as by ew_json_check(). */
static void compare_texts(char *text, size_t len, size_t longest) {
  ew_diag ours = {0};
  ew_diag theirs = {0};
  ew_err err = ew_schema_validate(&schemas[ANY], ew_str_from(text, len), NULL, &ours);
  ew_err expected = ew_json_check(ew_str_from(text, len), 0, &theirs);
  bool twice = err == EW_ERR_DUPLICATE && expected == EW_OK;
  if (!twice && (err != expected || ours.offset != theirs.offset)) {
    fail_msg("%.*s: %s at %zu, not %s at %zu", (int)len, text, ew_err_name(err), ours.offset,
             ew_err_name(expected), theirs.offset);
  }
  for (const char *c = len < longest ? "{}[],:\"\\u1-. a\xc3\xa9" : ""; *c != '\0'; c++) {
    text[len] = *c;
    compare_texts(text, len + 1, longest);
  }
}

static void test_texts(void **state) {
  (void)state;
  char text[8] = "";
  compare_texts(text, 0, getenv("EW_UNDER_VALGRIND") == NULL ? 5 : 3);
}

/* ------------------------------------------------------------------------------------ decimals */

static ew__decimal decimal(const char *text) { return ew__decimal_read(text, strlen(text)); }

static void test_order_of_decimals(void **state) {
  (void)state;
  /* From small to large; those in one group are equal. */
  static const char *const groups[][4] = {
      {"-1e400", "-10e399"},
      {"-12.5", "-125e-1", "-0.125e2", "-12.500"},
      {"-12.49"},
      {"-1e-400"},
      {"0", "-0", "0.000e5", "-0e-9"},
      {"1e-400", "0.1e-399"},
      {"0.00999"},
      {"0.01", "1e-2", "100e-4"},
      {"9007199254740992"},
      {"9007199254740993", "9007199254740993.0", "9.007199254740993e15"},
      {"100000000000000000000000000000000000000000000", "1e44", "0.01e46"},
      {"1e308"},
      {"1e999999999999999999999999"},
  };
  size_t count = sizeof(groups) / sizeof(groups[0]);
  for (size_t i = 0; i < count * 4; i++) {
    for (size_t j = 0; j < count * 4; j++) {
      const char *left = groups[i / 4][i % 4];
      const char *right = groups[j / 4][j % 4];
      if (left == NULL || right == NULL) {
        continue;
      }
      ew__decimal a = decimal(left);
      ew__decimal b = decimal(right);
      int order = ew__decimal_compare(&a, &b);
      assert_int_equal((order > 0) - (order < 0), (i / 4 > j / 4) - (i / 4 < j / 4));
      if (i / 4 == j / 4) {
        assert_true(ew__decimal_hash(&a) == ew__decimal_hash(&b));
      }
    }
  }
}

static void test_multiples(void **state) {
  (void)state;
  static const struct {
    const char *number;
    const char *divisor;
    bool divides;
  } cases[] = {
      {"0", "7", true},          {"35", "1.5", false},      {"4.5", "1.5", true},
      {"0.0075", "0.0001", true}, {"0.00751", "0.0001", false}, {"1e308", "0.123456789", false},
      {"1e308", "0.5", true},    {"-21", "7", true},        {"1e30", "1024", true},
      {"1e9", "1024", false},    {"1e10", "1024", true},    {"12345678901234567890", "10", true},
      {"1e1000000000", "999999999999999999", false},        {"19.99", "0.01", true},
      {"100", "1e3", false},     {"3000", "1e3", true},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    ew__decimal number = decimal(cases[i].number);
    ew__decimal divisor = decimal(cases[i].divisor);
    assert_int_equal(ew__decimal_divides(&divisor, &number), cases[i].divides);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_places),
      cmocka_unit_test(test_accepted),
      cmocka_unit_test(test_content),
      cmocka_unit_test(test_arguments),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_memory),
      cmocka_unit_test(test_alternatives_that_multiply),
      cmocka_unit_test(test_many),
      cmocka_unit_test(test_texts),
      cmocka_unit_test(test_order_of_decimals),
      cmocka_unit_test(test_multiples),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
