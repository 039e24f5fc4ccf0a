/*
 * Strings on their way out: every code point is written as JSON asks for it and reads back as it
 * was, by straight-line code and by table; what is no UTF-8 is not written.
 */
#include "support.h"

#include "eventwire/firefly.h"
#include "eventwire/octave.h"

#define LAST_CODE_POINT 0x10ffffu

static bool is_surrogate(uint32_t c) {
  return c >= 0xd800 && c <= 0xdfff;
}

/* All of Unicode takes minutes where each step costs fifty times as much. */
static uint32_t step_behind(uint32_t c) {
  return c > 0x3000 && getenv("EW_UNDER_VALGRIND") != NULL ? 1009 : 1;
}

static size_t put_utf8(uint32_t c, char *to) {
  if (c < 0x80) {
    to[0] = (char)c;
    return 1;
  }
  size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = len - 1; i > 0; i--, c >>= 6) {
    to[i] = (char)(unsigned char)(0x80 | (c & 0x3f));
  }
  to[0] = (char)(unsigned char)(lead[len] | c);
  return len;
}

/* As RFC 8259 section 7 has it, and with html as Go's encoding/json. */
static size_t put_json(uint32_t c, bool html, char *to) {
  static const char shorts[] = "\b\t\n\f\r\"\\";
  static const char names[] = "btnfr\"\\";
  const char *at = c != 0 && c < 0x80 ? strchr(shorts, (int)c) : NULL;
  if (at != NULL) {
    to[0] = '\\';
    to[1] = names[at - shorts];
    return 2;
  }
  bool of_html = c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029;
  if (c < 0x20 || (html && of_html)) {
    return (size_t)sprintf(to, "\\u%04x", c);
  }
  return put_utf8(c, to);
}

/* ------------------------------------------------------------------------------- two protocols */

/** A message with one string in it, in a protocol that escapes for HTML or does not. */
typedef struct carrier {
  const ew_document *document;
  const char *message;
  bool html;
  const char *before;
  const char *behind;
  const char *pointer;
} carrier;

static const carrier CARRIERS[] = {
    {&ew_firefly_document, "start", true, "{\"type\":\"start\",\"name\":\"", "\"}", "/name"},
    {&ew_octave_document, "acknowledgement", false, "{\"head\":{\"msgId\":\"",
     "\",\"ok\":true,\"errors\":[],\"messages\":[]},\"body\":{}}", "/head/msgId"},
};
#define CARRIER_COUNT (sizeof(CARRIERS) / sizeof(CARRIERS[0]))

typedef union message {
  ew_firefly_start start;
  ew_octave_acknowledgement acknowledgement;
} message;

/* The type twice: as it is, and without its straight-line writer. */
static ew_entry_type type_of(const carrier *c, bool by_table) {
  ew_entry_type type =
      *ew_entry_of(ew_document_find(c->document, ew_str_of(c->message))->type);
  assert_non_null(type.write);
  type.write = by_table ? NULL : type.write;
  type.type.twin = 0;
  return type;
}

static message message_with(const carrier *c, ew_str text) {
  message m;
  memset(&m, 0, sizeof(m));
  if (c->html) {
    m.start.has_name = true;
    m.start.name = text;
  } else {
    m.acknowledgement.head.msg_id = text;
    m.acknowledgement.head.ok = true;
    m.acknowledgement.body.json = EW_STR("{}");
  }
  return m;
}

static ew_str text_in(const carrier *c, const message *m) {
  return c->html ? m->start.name : m->acknowledgement.head.msg_id;
}

static void expect_written(const carrier *c, ew_str text, const char *json, size_t len) {
  message m = message_with(c, text);
  char expected[1024];
  size_t before = strlen(c->before), behind = strlen(c->behind);
  memcpy(expected, c->before, before);
  memcpy(expected + before, json, len);
  memcpy(expected + before + len, c->behind, behind);
  size_t whole = before + len + behind;
  for (int by_table = 0; by_table < 2; by_table++) {
    char block[1024];
    ew_entry_type type = type_of(c, by_table != 0);
    ew_buf buf;
    ew_buf_init(&buf, block, sizeof(block));
    EXPECT_ERR(EW_OK, ew_type_encode(&type.type, &m, &buf, NULL));
    assert_int_equal(whole, buf.len);
    assert_memory_equal(expected, block, whole);
  }
}

static void expect_read(const carrier *c, ew_str text, const char *json, size_t len) {
  char block[1024], memory[512];
  size_t before = strlen(c->before), behind = strlen(c->behind);
  memcpy(block, c->before, before);
  memcpy(block + before, json, len);
  memcpy(block + before + len, c->behind, behind);
  ew_entry_type type = type_of(c, false);
  message m;
  ew_arena arena;
  ew_arena_init(&arena, memory, sizeof(memory));
  EXPECT_ERR(EW_OK, ew_type_decode(&type.type, ew_str_from(block, before + len + behind), &arena, NULL,
                                   &m, NULL));
  assert_true(ew_str_equal(text, text_in(c, &m)));
  /* What was read plainly is known to be clean, and is written the same way. */
  expect_written(c, text_in(c, &m), json, len);
}

static void go_both_ways(uint32_t c, size_t shift) {
  char text[128], json[256];
  for (size_t i = 0; i < CARRIER_COUNT; i++) {
    size_t len = shift, json_len = shift;
    memset(text, 'x', shift);
    memset(json, 'x', shift);
    len += put_utf8(c, text + len);
    json_len += put_json(c, CARRIERS[i].html, json + json_len);
    text[len++] = json[json_len++] = '.';
    ew_str whole = ew_str_from(text, len);
    expect_written(&CARRIERS[i], whole, json, json_len);
    expect_read(&CARRIERS[i], whole, json, json_len);
  }
}

static void every_code_point_is_written_as_json_and_read_back(void **state) {
  (void)state;
  for (uint32_t c = 0; c <= LAST_CODE_POINT; c += step_behind(c)) {
    if (!is_surrogate(c)) {
      go_both_ways(c, 0);
    }
  }
}

/* Whatever is special, anywhere in the blocks that strings are scanned in. */
static void what_is_escaped_is_escaped_at_every_place(void **state) {
  (void)state;
  static const uint32_t specials[] = {
      0,     1,      0x1f,   '"',    '\\',   '<',    '>',    '&',    0x7f,    0x80,
      0x7ff, 0x2027, 0x2028, 0x2029, 0x202a, 0xe228, 0xfeff, 0xffff, 0x10000, LAST_CODE_POINT};
  for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
    for (size_t shift = 0; shift < 72; shift++) {
      go_both_ways(specials[i], shift);
    }
  }
}

/* ------------------------------------------------------------------------------ what is refused */

static void expect_refused(const carrier *c, ew_str text) {
  message m = message_with(c, text);
  for (int by_table = 0; by_table < 2; by_table++) {
    char block[512];
    ew_entry_type type = type_of(c, by_table != 0);
    ew_diag diag = {0};
    ew_buf buf = {block, sizeof(block), 2, 0};
    memcpy(block, "ab", 2);
    EXPECT_ERR(EW_ERR_UTF8, ew_type_encode(&type.type, &m, &buf, &diag));
    EXPECT_ERR(EW_ERR_UTF8, diag.err);
    assert_string_equal(c->pointer, diag.pointer);
    assert_int_equal(2, buf.len);
    assert_memory_equal("ab", block, 2);
  }
}

static void every_surrogate_in_utf8_is_refused_by_name(void **state) {
  (void)state;
  char text[64];
  for (uint32_t c = 0xd800; c <= 0xdfff; c++) {
    for (size_t i = 0; i < CARRIER_COUNT; i++) {
      size_t shift = c % 40;
      memset(text, 'x', sizeof(text));
      put_utf8(c, text + shift);
      expect_refused(&CARRIERS[i], ew_str_from(text, shift + 3));
      expect_refused(&CARRIERS[i], ew_str_from(text, sizeof(text)));
    }
  }
}

static void bytes_that_are_no_utf8_are_refused_by_name(void **state) {
  (void)state;
  static const char *const bad[] = {"\x80",
                                    "\xbf",
                                    "\xc0\xaf",
                                    "\xc1\xbf",
                                    "\xe0\x80\xaf",
                                    "\xe2\x80",
                                    "\xf0\x80\x80\xaf",
                                    "\xf4\x90\x80\x80",
                                    "\xf8\x88\x80",
                                    "\xff",
                                    "\xfe",
                                    "\xc3",
                                    "\xe2\x28\xa1",
                                    "\xf0\x9f\x98",
                                    "\xf0\x9f\x98(",
                                    "a\xe2"};
  char text[128];
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    for (size_t shift = 0; shift < 70; shift++) {
      memset(text, 'x', sizeof(text));
      memcpy(text + shift, bad[i], strlen(bad[i]));
      expect_refused(&CARRIERS[0], ew_str_from(text, shift + strlen(bad[i])));
      expect_refused(&CARRIERS[1], ew_str_from(text, sizeof(text)));
    }
  }
}

static void a_bad_name_or_value_of_a_map_is_refused_at_its_place(void **state) {
  (void)state;
  char block[256];
  ew_diag diag = {0};
  ew_firefly_start start = {.has_name = false};
  ew_firefly_string_entry entries[] = {{EW_STR("a"), EW_STR("\xed\xa0\x80")},
                                       {EW_STR("\xed\xb0\x80"), EW_STR("b")}};
  start.options_presence = EW_SET;
  start.options.has_headers = true;
  start.options.headers.items = entries;
  start.options.headers.count = 1;
  ew_buf buf;
  ew_buf_init(&buf, block, sizeof(block));
  EXPECT_ERR(EW_ERR_UTF8, ew_firefly_start_encode(&start, &buf, &diag));
  assert_string_equal("/options/headers/a", diag.pointer);
  start.options.headers.items = entries + 1;
  EXPECT_ERR(EW_ERR_UTF8, ew_firefly_start_encode(&start, &buf, &diag));
  assert_string_equal("/options/headers/\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", diag.pointer);
  assert_int_equal(0, buf.len);
}

/* ---------------------------------------------------------------------------------- round trips */

static void texts_of_the_server_come_back_byte_for_byte(void **state) {
  (void)state;
  static const char *const texts[] = {
      "{\"type\":\"start\","
      "\"name\":\"\\u003ca\\u003e \\u0026 \\u2028\\u2029 \\\"\\\\\\n\\t\\u0001\"}",
      "{\"type\":\"start\",\"filter\":{\"topic\":\"^a\\\\.b$|\\u003c\"},"
      "\"options\":{\"headers\":{\"\\u003c\":\"\\u003e\"}}}",
      "{\"type\":\"start\","
      "\"name\":\"gr\xc3\xb6\xc3\x9f"
      "e \xe4\xb8\x96\xe7\x95\x8c \xf0\x9f\x98\x80\"}",
  };
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    char block[512], memory[1024];
    ew_firefly_start start;
    ew_arena arena;
    ew_buf buf;
    ew_arena_init(&arena, memory, sizeof(memory));
    ew_buf_init(&buf, block, sizeof(block));
    EXPECT_ERR(EW_OK, ew_firefly_start_decode(ew_str_of(texts[i]), &arena, NULL, &start, NULL));
    EXPECT_ERR(EW_OK, ew_firefly_start_encode(&start, &buf, NULL));
    EXPECT_TEXT(texts[i], ew_buf_str(&buf));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_code_point_is_written_as_json_and_read_back),
      cmocka_unit_test(what_is_escaped_is_escaped_at_every_place),
      cmocka_unit_test(every_surrogate_in_utf8_is_refused_by_name),
      cmocka_unit_test(bytes_that_are_no_utf8_are_refused_by_name),
      cmocka_unit_test(a_bad_name_or_value_of_a_map_is_refused_at_its_place),
      cmocka_unit_test(texts_of_the_server_come_back_byte_for_byte),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
