#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "eventwire/http.h"

static void a_header_is_found_by_its_lower_case_name(void **state) {
  (void)state;
  const ew_http_header headers[] = {{EW_STR("host"), EW_STR("a")}, {EW_STR("x-empty"), EW_STR("")}};
  const ew_http_request request = {.headers = headers, .header_count = 2};
  assert_true(ew_str_equal(ew_http_header_find(&request, "host"), EW_STR("a")));
  assert_non_null(ew_http_header_find(&request, "x-empty").ptr);
  assert_null(ew_http_header_find(&request, "hos").ptr);
  assert_null(ew_http_header_find(&request, "hosts").ptr);
}

typedef struct query_case {
  const char *query;
  const char *name;
  ew_err err;
  const char *value;
} query_case;

static const query_case QUERIES[] = {
    {"network=mychannel&access_token=abc", "access_token", EW_OK, "abc"},
    {"network=mychannel&access_token=abc", "network", EW_OK, "mychannel"},
    {"source=Tx%2CBlock", "source", EW_OK, "Tx,Block"},
    {"source=Tx+Block", "source", EW_OK, "Tx Block"},
    {"source=%2b%2B", "source", EW_OK, "++"},
    {"access%5Ftoken=x", "access_token", EW_OK, "x"},
    {"a=1&a=2", "a", EW_OK, "1"},
    {"a", "a", EW_OK, ""},
    {"a=", "a", EW_OK, ""},
    {"b&a&c", "a", EW_OK, ""},
    {"a=b=c", "a", EW_OK, "b=c"},
    {"&&a=1", "a", EW_OK, "1"},
    {"=1&a=2", "", EW_OK, "1"},
    {"a=\xc3\xa9%C3%A9", "a", EW_OK, "\xc3\xa9\xc3\xa9"},
    {"", "a", EW_ERR_NOT_FOUND, NULL},
    {"ab=1&A=2", "a", EW_ERR_NOT_FOUND, NULL},
    {"a=1", "ab", EW_ERR_NOT_FOUND, NULL},
    {"a%=1", "a", EW_ERR_NOT_FOUND, NULL},
    {"a=%", "a", EW_ERR_ARGUMENT, NULL},
    {"a=%4", "a", EW_ERR_ARGUMENT, NULL},
    {"a=x%4&b=1", "a", EW_ERR_ARGUMENT, NULL},
    {"a=%4g", "a", EW_ERR_ARGUMENT, NULL},
    {"a=%g4", "a", EW_ERR_ARGUMENT, NULL},
    {"b=%&a=1", "a", EW_OK, "1"},
};

static void query_parameters_are_found_and_decoded(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(QUERIES) / sizeof(QUERIES[0]); i++) {
    char block[64];
    ew_arena arena;
    ew_str out = EW_STR("untouched");
    ew_arena_init(&arena, block, sizeof(block));
    assert_int_equal(ew_http_query_find(ew_str_of(QUERIES[i].query), QUERIES[i].name, &arena, &out), QUERIES[i].err);
    ew_str expected = QUERIES[i].value == NULL ? EW_STR("untouched") : ew_str_of(QUERIES[i].value);
    assert_true(ew_str_equal(out, expected));
  }
}

static void a_query_value_with_a_nul_keeps_its_length(void **state) {
  (void)state;
  char block[32];
  ew_arena arena;
  ew_str out;
  ew_arena_init(&arena, block, sizeof(block));
  assert_int_equal(ew_http_query_find(EW_STR("a=x%00y"), "a", &arena, &out), EW_OK);
  assert_int_equal(out.len, 3);
  assert_memory_equal(out.ptr, "x\0y", 3);
}

static void a_query_value_larger_than_the_arena_is_refused(void **state) {
  (void)state;
  char block[8];
  ew_arena arena;
  ew_str out = EW_STR("untouched");
  ew_arena_init(&arena, block, sizeof(block));
  assert_int_equal(ew_http_query_find(EW_STR("a=0123456789"), "a", &arena, &out), EW_ERR_ARENA_FULL);
  assert_true(ew_str_equal(out, EW_STR("untouched")));
}

static void percent_encoding_leaves_unreserved_characters_alone(void **state) {
  (void)state;
  char block[64];
  ew_buf out;
  ew_buf_init(&out, block, sizeof(block));
  assert_int_equal(ew_http_percent_encode(&out, EW_STR("AZaz09-._~")), EW_OK);
  assert_int_equal(ew_http_percent_encode(&out, EW_STR("/ +%&=\xc3\xa9\x01")), EW_OK);
  assert_true(ew_str_equal(ew_buf_str(&out), EW_STR("AZaz09-._~%2F%20%2B%25%26%3D%C3%A9%01")));
}

static void percent_encoding_into_too_little_room_changes_nothing(void **state) {
  (void)state;
  char block[6];
  ew_buf out;
  ew_buf_init(&out, block, sizeof(block));
  assert_int_equal(ew_http_percent_encode(&out, EW_STR("ab")), EW_OK);
  assert_int_equal(ew_http_percent_encode(&out, EW_STR("/ab")), EW_ERR_BUFFER_TOO_SMALL);
  assert_int_equal(out.len, 2);
  assert_int_equal(out.needed, 7);
  assert_int_equal(ew_http_percent_encode(&out, EW_STR("/a")), EW_OK);
}

static void every_byte_survives_encoding_and_decoding(void **state) {
  (void)state;
  char bytes[256], block[1024], scratch[1024];
  for (size_t i = 0; i < sizeof(bytes); i++) {
    bytes[i] = (char)i;
  }
  ew_buf query;
  ew_arena arena;
  ew_str out;
  ew_buf_init(&query, block, sizeof(block));
  ew_arena_init(&arena, scratch, sizeof(scratch));
  assert_int_equal(ew_buf_append(&query, EW_STR("k=")), EW_OK);
  assert_int_equal(ew_http_percent_encode(&query, ew_str_from(bytes, sizeof(bytes))), EW_OK);
  assert_int_equal(ew_http_query_find(ew_buf_str(&query), "k", &arena, &out), EW_OK);
  assert_true(ew_str_equal(out, ew_str_from(bytes, sizeof(bytes))));
}

typedef struct basic_case {
  const char *authorization;
  bool matches;
} basic_case;

/* user "Aladdin", password "open sesame": the sample of RFC 7617 section 2 */
static const basic_case BASICS[] = {
    {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", true},
    {"bASIC QWxhZGRpbjpvcGVuIHNlc2FtZQ==", true},
    {"Basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ== ", true},
    {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZg==", false},
    {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", false},
    {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZSE=", false},
    {"Basic QWxhZGRpbjpvcGVuIHNlc2Ft", false},
    {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==x", false},
    {"Basic", false},
    {"Basic ", false},
    {"BasicQWxhZGRpbjpvcGVuIHNlc2FtZQ==", false},
    {"Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", false},
    {"", false},
    {"Basic QWxhZGRpbi5vcGVuIHNlc2FtZQ==", false}, /* "Aladdin.open sesame" */
    {"Basic QWxhZGRpOm5vcGVuIHNlc2FtZQ==", false}, /* the colon one place too early */
};

static void basic_credentials_match_only_themselves(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(BASICS) / sizeof(BASICS[0]); i++) {
    bool matches = ew_http_basic_matches(ew_str_of(BASICS[i].authorization), EW_STR("Aladdin"), EW_STR("open sesame"));
    assert_int_equal(matches, BASICS[i].matches);
  }
}

static void a_password_may_hold_colons_and_be_empty(void **state) {
  (void)state;
  assert_true(ew_http_basic_matches(EW_STR("Basic dTphOmI="), EW_STR("u"), EW_STR("a:b")));
  assert_true(ew_http_basic_matches(EW_STR("Basic dTo="), EW_STR("u"), EW_STR("")));
  assert_true(ew_http_basic_matches(EW_STR("Basic Og=="), EW_STR(""), EW_STR("")));
  assert_false(ew_http_basic_matches(EW_STR("Basic dTo="), EW_STR("u"), EW_STR("x")));
}

static void a_huge_authorization_is_refused(void **state) {
  (void)state;
  size_t size = 6 + 8 * 4096;
  char *text = malloc(size);
  assert_non_null(text);
  memset(text, 'A', size);
  memcpy(text, "Basic ", 6);
  assert_false(ew_http_basic_matches(ew_str_from(text, size), EW_STR("u"), EW_STR("p")));
  free(text);
}

static void secrets_are_equal_byte_for_byte(void **state) {
  (void)state;
  assert_true(ew_secret_equal(EW_STR(""), (ew_str){NULL, 0, 0}));
  assert_true(ew_secret_equal(EW_STR("abc"), EW_STR("abc")));
  assert_false(ew_secret_equal(EW_STR("abc"), EW_STR("abd")));
  assert_false(ew_secret_equal(EW_STR("abc"), EW_STR("bbc")));
  assert_false(ew_secret_equal(EW_STR("abc"), EW_STR("ab")));
  assert_false(ew_secret_equal(EW_STR("a\0c"), EW_STR("a\0d")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_header_is_found_by_its_lower_case_name),
      cmocka_unit_test(query_parameters_are_found_and_decoded),
      cmocka_unit_test(a_query_value_with_a_nul_keeps_its_length),
      cmocka_unit_test(a_query_value_larger_than_the_arena_is_refused),
      cmocka_unit_test(percent_encoding_leaves_unreserved_characters_alone),
      cmocka_unit_test(percent_encoding_into_too_little_room_changes_nothing),
      cmocka_unit_test(every_byte_survives_encoding_and_decoding),
      cmocka_unit_test(basic_credentials_match_only_themselves),
      cmocka_unit_test(a_password_may_hold_colons_and_be_empty),
      cmocka_unit_test(a_huge_authorization_is_refused),
      cmocka_unit_test(secrets_are_equal_byte_for_byte),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
