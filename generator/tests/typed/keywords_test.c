/*
 * The check of a message where the vectors do not see it: in encoding, in little memory, in profiles, and in what is linked.
 */
#include <eventwire/keywords.h>
#include <stdio.h>

static int failures;

#define EXPECT(condition) expect((condition), #condition, __LINE__)

static void expect(bool holds, const char *text, int line) {
  if (!holds) {
    printf("FAILED keywords_test.c:%d: %s\n", line, text);
    failures++;
  }
}

static void an_invalid_message_is_not_written(void) {
  char block[256];
  ew_buf out;
  ew_diag diag;
  ew_keywords_order order = {.price = 1.5, .count = 10, .has_count = true};
  ew_buf_init(&out, block, sizeof(block));
  EXPECT(ew_keywords_order_encode(&order, &out, &diag) == EW_OK);
  EXPECT(ew_str_equal(ew_buf_str(&out), EW_STR("{\"type\":\"order\",\"price\":1.5,\"count\":10}")));
  size_t len = out.len;
  order.count = 15;
  EXPECT(ew_keywords_order_encode(&order, &out, &diag) == EW_ERR_NOT);
  EXPECT(out.len == len);
  EXPECT(diag.err == EW_ERR_NOT && strcmp(diag.pointer, "/count") == 0);
  EXPECT(strcmp(diag.schema, "#/components/schemas/Order/properties/count/not") == 0);
  EXPECT(diag.offset == 0 && diag.line == 0 && diag.column == 0);
  EXPECT(ew_keywords_order_encode(&order, &out, NULL) == EW_ERR_NOT);
  order.count = 10;
  order.price = 1.255;
  EXPECT(ew_keywords_order_encode(&order, &out, &diag) == EW_ERR_RANGE);
  EXPECT(strcmp(diag.pointer, "/price") == 0);
}

static void the_union_of_a_direction_is_checked_as_its_arm(void) {
  char block[256];
  ew_buf out;
  ew_diag diag;
  ew_keywords_client_message message = {.kind = EW_KEYWORDS_CLIENT_MESSAGE_READING};
  message.reading.value = 101;
  message.reading.unit = EW_STR("percent");
  message.reading.has_unit = true;
  ew_buf_init(&out, block, sizeof(block));
  EXPECT(ew_keywords_client_message_encode(&message, &out, &diag) == EW_ERR_RANGE);
  message.reading.value = 99;
  EXPECT(ew_keywords_client_message_encode(&message, &out, &diag) == EW_OK);
  message.kind = EW_KEYWORDS_CLIENT_MESSAGE_PLAIN;
  message.plain = (ew_keywords_plain){.has_text = false};
  EXPECT(ew_keywords_client_message_encode(&message, &out, &diag) == EW_OK);
}

/* Some 5000 values: more than the C stack has room for. */
static ew_str long_text(char *text) {
  size_t len = (size_t)sprintf(text, "{\"type\":\"order\",\"price\":1,\"free\":[");
  for (int i = 0; i < 5000; i++) {
    len += (size_t)sprintf(text + len, "%d,", i);
  }
  len += (size_t)sprintf(text + len, "0]}");
  return ew_str_from(text, len);
}

static char text[65536];
static char memory[262144];
static char spare[262144];
static char bytes[524288];

static void memory_of_the_check_is_scratch_or_what_is_left(void) {
  ew_keywords_order order;
  ew_diag diag = {.err = EW_OK};
  ew_arena arena;
  ew_arena scratch;
  ew_decode_options opts = {.scratch = &scratch};
  ew_str json = long_text(text);
  ew_arena_init(&arena, memory, 1024);
  ew_arena_init(&scratch, spare, 1024);
  EXPECT(ew_keywords_order_decode(json, &arena, NULL, &order, &diag) == EW_ERR_ARENA_FULL);
  EXPECT(diag.err == EW_ERR_ARENA_FULL && order.price == 0 && arena.used == 0);
  EXPECT(ew_keywords_order_validate(json, NULL, &diag) == EW_ERR_ARENA_FULL);
  EXPECT(ew_keywords_order_validate(json, &opts, &diag) == EW_ERR_ARENA_FULL);
  ew_arena_init(&scratch, spare, sizeof(spare));
  EXPECT(ew_keywords_order_validate(json, &opts, &diag) == EW_OK);
  EXPECT(scratch.used == 0);
  EXPECT(ew_keywords_order_decode(json, &arena, &opts, &order, &diag) == EW_OK);
  ew_arena_init(&arena, memory, sizeof(memory));
  diag.err = EW_OK;
  EXPECT(ew_keywords_order_decode(json, &arena, NULL, &order, &diag) == EW_OK);
  EXPECT(arena.used == 0 && diag.err == EW_OK);
  ew_buf out;
  ew_buf_init(&out, bytes, json.len + 64);
  EXPECT(ew_keywords_order_encode(&order, &out, &diag) == EW_ERR_ARENA_FULL);
  EXPECT(out.len == 0);
  ew_buf_init(&out, bytes, sizeof(bytes));
  EXPECT(ew_keywords_order_encode(&order, &out, &diag) == EW_OK);
  EXPECT(ew_str_equal(ew_buf_str(&out), json));
}

static void all_profiles_check(void) {
  ew_str json = EW_STR("{\"type\":\"order\",\"price\":1,\"count\":15}");
  for (int profile = EW_STRICT; profile <= EW_COMPAT; profile++) {
    ew_decode_options opts = {.profile = (ew_profile)profile};
    EXPECT(ew_keywords_order_validate(json, &opts, NULL) == EW_ERR_NOT);
  }
}

int main(void) {
  an_invalid_message_is_not_written();
  the_union_of_a_direction_is_checked_as_its_arm();
  memory_of_the_check_is_scratch_or_what_is_left();
  all_profiles_check();
  return failures == 0 ? 0 : 1;
}
