/*
 * Alternatives that are tried, where the vectors do not see them: what they are in C, what is said of two that accept a value, encoding,
 * and how much work a text can ask for.
 */
#include <eventwire/unions.h>
#include <stdio.h>

static int failures;

#define EXPECT(condition) expect((condition), #condition, __LINE__)

static void expect(bool holds, const char *text, int line) {
  if (!holds) {
    printf("FAILED unions_test.c:%d: %s\n", line, text);
    failures++;
  }
}

static char memory[1 << 16];

static ew_err decode(ew_str json, ew_unions_shapes *shapes, ew_diag *diag) {
  ew_arena arena;
  ew_arena_init(&arena, memory, sizeof(memory));
  return ew_unions_shapes_decode(json, &arena, NULL, shapes, diag);
}

static void arrays_are_told_apart_by_their_places(void) {
  ew_unions_feed feed;
  ew_arena arena;
  ew_diag diag;
  ew_arena_init(&arena, memory, sizeof(memory));
  EXPECT(ew_unions_feed_decode(EW_STR("[5,\"tu\",[1,2.5]]"), &arena, NULL, &feed, NULL) == EW_OK);
  EXPECT(feed.kind == EW_UNIONS_FEED_TRADE && feed.trade.channel == 5);
  EXPECT(feed.trade.item_1 == EW_UNIONS_TRADE_ITEM_1_TU && feed.trade.row.amount == 2.5);
  EXPECT(ew_unions_feed_decode(EW_STR("[5,[[1,2],[3,4]]]"), &arena, NULL, &feed, NULL) == EW_OK);
  EXPECT(feed.kind == EW_UNIONS_FEED_SNAPSHOT && feed.snapshot.rows.count == 2);
  EXPECT(ew_unions_feed_decode(EW_STR("[5,{}]"), &arena, NULL, &feed, &diag) == EW_ERR_UNION);
  EXPECT(strstr(diag.expected, "an array with \"hb\" at 1, or ") == diag.expected);
  EXPECT(strcmp(diag.schema, "#/components/schemas/Feed/oneOf") == 0 && strcmp(diag.found, "[5,{}]") == 0);
}

static void the_first_that_accepts_is_taken(void) {
  ew_unions_shapes shapes;
  EXPECT(decode(EW_STR("{\"shapes\":[{\"r\":1},{\"r\":1.25},{\"of\":[\"a\"]}],\"other\":{\"r\":1.25}}"), &shapes, NULL) == EW_OK);
  EXPECT(shapes.shapes.items[0].kind == EW_UNIONS_SHAPE_CIRCLE);
  EXPECT(shapes.shapes.items[1].kind == EW_UNIONS_SHAPE_BOX && shapes.shapes.items[1].box.r == 1.25);
  EXPECT(shapes.shapes.items[2].kind == EW_UNIONS_SHAPE_GROUP);
  EXPECT(shapes.shapes.items[2].group.of.items[0].kind == EW_UNIONS_SHAPE_TEXT);
  EXPECT(shapes.other.kind == EW_UNIONS_OTHER_ANYTHING);
}

static void two_that_accept_are_named(void) {
  ew_unions_shapes shapes;
  ew_diag diag;
  EXPECT(decode(EW_STR("{\"shapes\":[],\"one\":{\"r\":1}}"), &shapes, &diag) == EW_ERR_UNION);
  EXPECT(strcmp(diag.expected, "one alternative alone, not both Circle and Box") == 0);
  EXPECT(strcmp(diag.pointer, "/one") == 0 && diag.offset == 19);
  EXPECT(strcmp(diag.schema, "#/components/schemas/One/anyOf") == 0);
  EXPECT(decode(EW_STR("{\"shapes\":[],\"one\":{\"x\":1}}"), &shapes, &diag) == EW_ERR_UNION);
  EXPECT(strcmp(diag.expected, "an object that is Circle, or an object that is Box, or an object that is Pair") == 0);
}

static void what_two_accept_is_not_written(void) {
  char block[256];
  ew_buf out;
  ew_diag diag;
  ew_unions_shapes shapes = {.has_one = true, .one = {.kind = EW_UNIONS_ONE_CIRCLE, .circle = {.r = 1}}};
  ew_buf_init(&out, block, sizeof(block));
  EXPECT(ew_unions_shapes_encode(&shapes, &out, &diag) == EW_ERR_UNION && out.len == 0);
  EXPECT(strcmp(diag.pointer, "/one") == 0);
  shapes.one.circle.has_name = true;
  shapes.one.circle.name = EW_STR("long name");
  EXPECT(ew_unions_shapes_encode(&shapes, &out, &diag) == EW_OK);
  out.len = 0;
  shapes.one.kind = EW_UNIONS_ONE_NONE;
  EXPECT(ew_unions_shapes_encode(&shapes, &out, &diag) == EW_ERR_UNION);
}

/* {"shapes":[{"of":[{"of":[ ... ]}]}]} */
static ew_str nested(char *text, const char *before, int levels, const char *behind) {
  size_t len = (size_t)sprintf(text, "%s", before);
  for (int i = 0; i < levels; i++) {
    len += (size_t)sprintf(text + len, "{\"of\":[");
  }
  for (int i = 0; i < levels; i++) {
    len += (size_t)sprintf(text + len, "]}");
  }
  len += (size_t)sprintf(text + len, "%s", behind);
  return ew_str_from(text, len);
}

static void work_is_bounded(void) {
  static char text[4096];
  ew_unions_shapes shapes;
  ew_diag diag;
  EXPECT(decode(nested(text, "{\"shapes\":[", 6, "]}"), &shapes, &diag) == EW_OK);
  EXPECT(decode(nested(text, "{\"shapes\":[],\"one\":", 6, "}"), &shapes, &diag) == EW_OK);
  EXPECT(decode(nested(text, "{\"shapes\":[],\"one\":", 28, "}"), &shapes, &diag) == EW_ERR_TOO_LARGE);
  EXPECT(strcmp(diag.expected, "a value that is told apart in less work") == 0);
}

int main(void) {
  arrays_are_told_apart_by_their_places();
  the_first_that_accepts_is_taken();
  two_that_accept_are_named();
  what_two_accept_is_not_written();
  work_is_bounded();
  return failures == 0 ? 0 : 1;
}
