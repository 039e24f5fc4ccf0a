/*
 * Tuples where the vectors do not see them: members in C, encoding that is refused, copies and memory.
 */
#include <eventwire/tuples.h>
#include <stdio.h>

static int failures;

#define EXPECT(condition) expect((condition), #condition, __LINE__)

static void expect(bool holds, const char *text, int line) {
  if (!holds) {
    printf("FAILED tuples_test.c:%d: %s\n", line, text);
    failures++;
  }
}

static char memory[4096];

static ew_err decode(const char *json, ew_tuples_book *book, size_t room) {
  ew_arena arena;
  ew_arena_init(&arena, memory, room);
  return ew_tuples_book_decode(ew_str_of(json), &arena, NULL, book, NULL);
}

static void places_are_members(void) {
  ew_tuples_book book;
  EXPECT(decode("{\"bids\":[[1.5,null,\"who\",\"x\",\"note\",\"a\",\"b\"],[2,3]]}", &book, sizeof(memory)) == EW_OK);
  EXPECT(book.bids.count == 2);
  const ew_tuples_level *level = &book.bids.items[0];
  EXPECT(level->price == 1.5 && level->size_presence == EW_NULL);
  EXPECT(level->has_side && level->side == EW_TUPLES_LEVEL_SIDE_UNKNOWN);
  EXPECT(ew_str_equal(level->side_text, EW_STR("who")));
  EXPECT(level->has_item_3 && level->has_note && ew_str_equal(level->note, EW_STR("note")));
  EXPECT(level->rest.count == 2 && ew_str_equal(level->rest.items[1], EW_STR("b")));
  level = &book.bids.items[1];
  EXPECT(level->size_presence == EW_SET && level->size == 3);
  EXPECT(!level->has_side && !level->has_note && level->rest.count == 0);
}

static ew_err encode(const ew_tuples_level *level, ew_str *json, ew_diag *diag) {
  static char block[256];
  ew_tuples_level items[2] = {{.price = 1, .size = 2, .size_presence = EW_SET}, *level};
  ew_tuples_book book = {.bids = {items, 2}};
  ew_buf out;
  ew_buf_init(&out, block, sizeof(block));
  ew_err err = ew_tuples_book_encode(&book, &out, diag);
  *json = ew_buf_str(&out);
  return err;
}

static void what_is_not_valid_is_not_written(void) {
  ew_str rest[] = {EW_STR("a"), EW_STR("b"), EW_STR("c")};
  ew_tuples_level level = {.price = 2.5, .size_presence = EW_NULL};
  ew_diag diag;
  ew_str json;
  EXPECT(encode(&level, &json, &diag) == EW_OK);
  EXPECT(ew_str_equal(json, EW_STR("{\"bids\":[[1,2],[2.5,null]]}")));
  level.has_item_3 = true;
  EXPECT(encode(&level, &json, &diag) == EW_ERR_MISSING && strcmp(diag.pointer, "/bids/1/2") == 0);
  level.has_side = true;
  level.side = EW_TUPLES_LEVEL_SIDE_MAKER;
  EXPECT(encode(&level, &json, &diag) == EW_OK);
  EXPECT(ew_str_equal(json, EW_STR("{\"bids\":[[1,2],[2.5,null,\"maker\",\"x\"]]}")));
  level.rest = (ew_str_list){rest, 2};
  EXPECT(encode(&level, &json, &diag) == EW_ERR_MISSING && strcmp(diag.pointer, "/bids/1/4") == 0);
  level.has_note = true;
  level.note = EW_STR("longer");
  EXPECT(encode(&level, &json, &diag) == EW_ERR_LENGTH && strcmp(diag.pointer, "/bids/1/4") == 0);
  level.note = EW_STR("note");
  EXPECT(encode(&level, &json, &diag) == EW_OK);
  EXPECT(ew_str_equal(json, EW_STR("{\"bids\":[[1,2],[2.5,null,\"maker\",\"x\",\"note\",\"a\",\"b\"]]}")));
  level.rest.items = NULL;
  EXPECT(encode(&level, &json, &diag) == EW_ERR_ARGUMENT && strcmp(diag.pointer, "/bids/1/5") == 0);
  level.rest.items = rest;
  level.rest.count = 3;
  EXPECT(encode(&level, &json, &diag) == EW_ERR_COUNT && strcmp(diag.pointer, "/bids/1") == 0);
  EXPECT(json.len == 0);
  level = (ew_tuples_level){.price = 1};
  EXPECT(encode(&level, &json, &diag) == EW_ERR_MISSING && strcmp(diag.pointer, "/bids/1/1") == 0);
  EXPECT(encode(&level, &json, NULL) == EW_ERR_MISSING);
}

static void elements_behind_the_places_are_kept_or_counted(void) {
  ew_tuples_book book;
  ew_raw rest[] = {{EW_STR("[1.50]")}};
  char block[64];
  ew_diag diag;
  ew_buf out;
  EXPECT(decode("{\"bids\":[],\"range\":[1,{\"a\":[1.50]},null]}", &book, sizeof(memory)) == EW_OK);
  EXPECT(book.range.rest.count == 2);
  EXPECT(ew_str_equal(book.range.rest.items[0].json, EW_STR("{\"a\":[1.50]}")));
  book.range.rest = (ew_raw_list){rest, 1};
  ew_buf_init(&out, block, sizeof(block));
  EXPECT(ew_tuples_book_encode(&book, &out, &diag) == EW_ERR_COUNT && strcmp(diag.pointer, "/range") == 0);
}

static void note_warning(void *ctx, const char *pointer, const ew_member *member) {
  char *list = ctx;
  (void)member;
  strcat(strcat(list, pointer), " ");
}

static void what_is_deprecated_is_found_in_places_and_behind_them(void) {
  char list[100] = "";
  ew_str json = EW_STR("{\"bids\":[[1,2],[1,2,\"a\",\"x\",\"n\",\"b\"]],\"rows\":[1,{},{\"old\":2}],\"tree\":[\"a\",[\"b\"]]}");
  ew_type_deprecated(&ew__tuples_book[0].type, json, note_warning, list);
  EXPECT(strcmp(list, "/bids/1/3 /rows/2/old ") == 0);
}

static void every_allocation_may_fail(void) {
  const char *json = "{\"bids\":[[1,2,\"a\\n\",\"x\",\"n\",\"a\",\"b\\n\"]],\"range\":[1,2,3],\"tree\":[\"a\",[\"b\"]]}";
  ew_tuples_book book, copy;
  size_t room = 0;
  while (decode(json, &book, room) == EW_ERR_ARENA_FULL) {
    EXPECT(book.bids.count == 0 && book.bids.items == NULL);
    room++;
  }
  EXPECT(decode(json, &book, room) == EW_OK && room > 100);
  char more[1024];
  ew_arena arena;
  ew_arena_init(&arena, more, sizeof(more));
  EXPECT(ew_tuples_book_copy(&copy, &book, &arena) == EW_OK);
  EXPECT(ew_tuples_book_equal(&copy, &book));
  copy.bids.items[0].rest.items[0] = EW_STR("c");
  EXPECT(!ew_tuples_book_equal(&copy, &book));
}

static void a_tuple_is_a_message(void) {
  ew_tuples_event event = {.join_ref = EW_STR("1"), .topic = EW_STR("t"), .event = EW_STR("e"), .payload = {EW_STR("{}")}};
  char block[64];
  ew_buf out;
  ew_diag diag;
  event.join_ref_presence = EW_SET;
  ew_buf_init(&out, block, sizeof(block));
  EXPECT(ew_tuples_event_encode(&event, &out, &diag) == EW_ERR_MISSING && strcmp(diag.pointer, "/1") == 0);
  event.ref_presence = EW_NULL;
  EXPECT(ew_tuples_event_encode(&event, &out, &diag) == EW_OK);
  EXPECT(ew_str_equal(ew_buf_str(&out), EW_STR("[\"1\",null,\"t\",\"e\",{}]")));
  event.payload = (ew_raw){{NULL, 0, 0}};
  EXPECT(ew_tuples_event_encode(&event, &out, &diag) == EW_ERR_MISSING && strcmp(diag.pointer, "/4") == 0);
}

int main(void) {
  places_are_members();
  what_is_not_valid_is_not_written();
  elements_behind_the_places_are_kept_or_counted();
  what_is_deprecated_is_found_in_places_and_behind_them();
  every_allocation_may_fail();
  a_tuple_is_a_message();
  return failures == 0 ? 0 : 1;
}
