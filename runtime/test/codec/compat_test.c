/*
 * The compat profile reads a text as the real server does, also where the strict profile accepts it
 * with another meaning.
 */
#include "support.h"

#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"

static const ew_decode_options compat = {.profile = EW_COMPAT};

static void a_member_in_another_letter_case_is_the_member(void **state) {
  (void)state;
  char block[4096];
  ew_arena arena;
  ew_firefly_start start;
  ew_arena_init(&arena, block, sizeof(block));
  ew_str json = EW_STR("{\"type\":\"start\",\"NameSpace\":\"ns1\",\"EPHEMERAL\":true}");
  assert_int_equal(ew_firefly_start_decode(json, &arena, NULL, &start, NULL), EW_OK);
  assert_false(start.has_ephemeral);
  assert_int_equal(ew_firefly_start_decode(json, &arena, &compat, &start, NULL), EW_OK);
  assert_true(ew_str_equal(start.namespace_, EW_STR("ns1")));
  assert_true(start.ephemeral);
}

static void the_last_spelling_of_a_member_wins(void **state) {
  (void)state;
  char block[4096];
  ew_arena arena;
  ew_kaleido_client_message message;
  ew_arena_init(&arena, block, sizeof(block));
  ew_str json =
      EW_STR("{\"type\":\"lobster\",\"Type\":\"LISTEN\",\"topic\":\"a\",\"Topic\":\"b\"}");
  assert_int_equal(ew_kaleido_client_message_decode(json, &arena, NULL, &message, NULL),
                   EW_ERR_UNION);
  assert_int_equal(ew_kaleido_client_message_decode(json, &arena, &compat, &message, NULL), EW_OK);
  assert_int_equal(message.kind, EW_KALEIDO_CLIENT_MESSAGE_LISTEN);
  assert_true(ew_str_equal(message.listen.topic, EW_STR("b")));
}

/* Members that stand there count times before those that matter, and their last value. */
static ew_str repeat(char *to, size_t count, const char *white, const char *last) {
  static const char *const again[] = {"\"TOPIC\":0",        "\"type\":\"x\"", "\"t\\u006fpic\":\"b\"",
                                      "\"Type\" : [{}]", "\"other\":1",      "\"topic\":null"};
  char *end = to + sprintf(to, "{");
  for (size_t i = 0; i < count; i++) {
    end += sprintf(end, "%s%s,", again[i % 6], white);
  }
  end += sprintf(end, "%s\"type\":\"listen\",%s}", white, last);
  return ew_str_from(to, (size_t)(end - to));
}

static void a_member_may_stand_there_any_number_of_times(void **state) {
  (void)state;
  for (size_t count = 0; count < 60; count++) {
    char json[2000];
    char block[4096];
    ew_arena arena;
    ew_kaleido_client_message message;
    ew_diag diag;
    const char *white = count % 7 == 3 ? " \n" : "";
    ew_arena_init(&arena, block, sizeof(block));
    ew_str text = repeat(json, count, white, "\"Topic\":\"\\u0061\"");
    EXPECT_ERR(EW_OK, ew_kaleido_client_message_decode(text, &arena, &compat, &message, &diag));
    assert_int_equal(EW_KALEIDO_CLIENT_MESSAGE_LISTEN, message.kind);
    EXPECT_TEXT("a", message.listen.topic);
    EXPECT_ERR(EW_OK, ew_kaleido_client_message_validate(text, &compat, &diag));

    text = repeat(json, count, white, "\"topic\":7");
    EXPECT_ERR(EW_ERR_TYPE, ew_kaleido_client_message_validate(text, &compat, &diag));
    assert_int_equal(text.len - 2, diag.offset);
    assert_string_equal("/topic", diag.pointer);
    EXPECT_ERR(EW_ERR_TYPE,
               ew_kaleido_client_message_decode(text, &arena, &compat, &message, NULL));

    text = repeat(json, count, white, "\"topic\":null");
    EXPECT_ERR(EW_OK, ew_kaleido_client_message_decode(text, &arena, &compat, &message, &diag));
    assert_int_equal(0, message.listen.topic.len);

    text = repeat(json, count, white, "\"topic\":\"a\",\"TYPE\":\"lobster\"");
    EXPECT_ERR(EW_ERR_UNION, ew_kaleido_client_message_validate(text, &compat, &diag));
  }
}

/* What is too long is refused also where another value follows. */
static void the_limit_of_strings_holds_for_members_that_are_repeated(void **state) {
  (void)state;
  char json[2000];
  ew_decode_options opts = {.profile = EW_COMPAT, .limits = {.max_string_bytes = 100}};
  for (size_t count = 0; count < 30; count++) {
    char last[200];
    ew_diag diag;
    sprintf(last, "\"topic\":\"%0100d\",\"topic\":\"a\"", 0);
    EXPECT_ERR(EW_OK, ew_kaleido_listen_validate(repeat(json, count, "", last), &opts, &diag));
    sprintf(last, "\"topic\":\"%0101d\",\"topic\":\"a\"", 0);
    EXPECT_ERR(EW_ERR_TOO_LARGE,
               ew_kaleido_listen_validate(repeat(json, count, "", last), &opts, &diag));
    assert_string_equal("/topic", diag.pointer);
  }
}

static void straight_line_code_is_not_asked_to_be_tolerant(void **state) {
  (void)state;
  char block[4096];
  ew_arena arena;
  ew_firefly_start start;
  ew_decode_options straight = {.profile = EW_COMPAT, .engine = EW_ENGINE_STRAIGHT};
  ew_arena_init(&arena, block, sizeof(block));
  assert_int_equal(
      ew_firefly_start_decode(EW_STR("{\"type\":\"start\"}"), &arena, &straight, &start, NULL),
      EW_ERR_UNSUPPORTED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_member_in_another_letter_case_is_the_member),
      cmocka_unit_test(the_last_spelling_of_a_member_wins),
      cmocka_unit_test(a_member_may_stand_there_any_number_of_times),
      cmocka_unit_test(the_limit_of_strings_holds_for_members_that_are_repeated),
      cmocka_unit_test(straight_line_code_is_not_asked_to_be_tolerant),
  };
  return cmocka_run_group_tests_name("compat", tests, NULL, NULL);
}
