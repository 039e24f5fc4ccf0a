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
      cmocka_unit_test(straight_line_code_is_not_asked_to_be_tolerant),
  };
  return cmocka_run_group_tests_name("compat", tests, NULL, NULL);
}
