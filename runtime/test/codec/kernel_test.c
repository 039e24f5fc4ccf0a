/*
 * What looks at several bytes at once, against the same done byte by byte: every operation of a
 * block, every special byte at every place of a string, literals of every length.
 */
#include "guard.h"

#include "../../src/codec/scan_internal.h"
#include "../../src/codec/straight_internal.h"
#include "effort.h"
#include "engines.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* xorshift: the same numbers in every run. */
static uint64_t random_bits(uint64_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return *seed;
}

/* ---------------------------------------------------------------------------------------- blocks */

static bool is_set(ew_mask mask, size_t lane) {
  ew_mask bits = ((ew_mask)1 << (EW_MASK_STEP - 1) << 1) - 1;
  return (mask >> (lane * EW_MASK_STEP) & bits) != 0;
}

static void expect_operations(const unsigned char *a, const unsigned char *b) {
  char sum[4][EW_BLOCK];
  ew_block x = ew_block_load((const char *)a);
  ew_block y = ew_block_load((const char *)b);
  ew_mask equal = ew_lanes_mask(ew_block_equal(x, y));
  ew_mask at_most = ew_lanes_mask(ew_block_at_most(x, y));
  ew_mask either = ew_lanes_mask(ew_block_or(ew_block_equal(x, y), ew_block_at_most(y, x)));
  ew_mask both = ew_lanes_mask(ew_block_and(ew_block_at_most(x, y), ew_block_at_most(y, x)));
  ew_mask high = ew_block_not_ascii(x);
  ew_block_store(sum[0], ew_block_sub(x, y));
  ew_block_store(sum[1], ew_block_and(x, y));
  ew_block_store(sum[2], ew_block_or(x, y));
  ew_block_store(sum[3], ew_block_xor(x, y));
  for (size_t i = 0; i < EW_BLOCK; i++) {
    assert_int_equal(a[i] == b[i], is_set(equal, i));
    assert_int_equal(a[i] <= b[i], is_set(at_most, i));
    assert_int_equal(b[i] <= a[i], is_set(either, i));
    assert_int_equal(a[i] == b[i], is_set(both, i));
    assert_int_equal(a[i] >= 0x80, is_set(high, i));
    assert_int_equal((unsigned char)(a[i] - b[i]), (unsigned char)sum[0][i]);
    assert_int_equal(a[i] & b[i], (unsigned char)sum[1][i]);
    assert_int_equal(a[i] | b[i], (unsigned char)sum[2][i]);
    assert_int_equal(a[i] ^ b[i], (unsigned char)sum[3][i]);
  }
}

/* All pairs of bytes, among neighbours that borrow and carry. */
static void every_pair_of_bytes_gives_what_single_bytes_give(void **state) {
  (void)state;
  static const unsigned char edges[] = {0x00, 0xff, 0x7f, 0x80, 0x01};
  unsigned char a[EW_BLOCK], b[EW_BLOCK];
  uint64_t seed = 1234567;
  size_t step = effort(13, 1, 1);
  for (size_t pair = 0; pair < 65536; pair += step) {
    for (size_t i = 0; i < EW_BLOCK; i++) {
      uint64_t bits = random_bits(&seed);
      a[i] = i % 2 == 0 ? edges[bits % COUNT(edges)] : (unsigned char)(bits >> 8);
      b[i] = i % 2 == 0 ? edges[bits / 7 % COUNT(edges)] : (unsigned char)(bits >> 16);
    }
    size_t lane = pair / step % EW_BLOCK;
    a[lane] = (unsigned char)(pair >> 8);
    b[lane] = (unsigned char)pair;
    expect_operations(a, b);
    expect_operations(b, a);
    memcpy(b, a, EW_BLOCK);
    b[lane] = (unsigned char)pair;
    expect_operations(a, b);
  }
}

static void a_fill_is_the_same_byte_everywhere(void **state) {
  (void)state;
  for (unsigned c = 0; c < 256; c++) {
    char bytes[EW_BLOCK];
    ew_block_store(bytes, ew_block_fill((unsigned char)c));
    for (size_t i = 0; i < EW_BLOCK; i++) {
      assert_int_equal(c, (unsigned char)bytes[i]);
    }
  }
}

static void masks_name_their_first_byte(void **state) {
  (void)state;
  for (size_t first = 0; first < EW_BLOCK; first++) {
    for (size_t second = first; second < EW_BLOCK; second++) {
      char bytes[EW_BLOCK] = {0};
      bytes[first] = bytes[second] = 'x';
      ew_mask mask = ew_lanes_mask(ew_block_equal(ew_block_load(bytes), ew_block_fill('x')));
      assert_int_equal(first, ew_mask_first(mask));
      for (size_t from = 0; from <= second; from++) {
        size_t expected = from <= first ? first - from : second - from;
        assert_int_equal(expected, ew_mask_first(ew_mask_from(mask, from)));
      }
      assert_true(second + 1 == EW_BLOCK || ew_mask_from(mask, second + 1) == 0);
    }
  }
  assert_true(ew_lanes_mask(ew_block_equal(ew_block_fill(7), ew_block_fill(7))) == EW_MASK_FULL);
  assert_true(ew_lanes_mask(ew_block_equal(ew_block_fill(7), ew_block_fill(8))) == 0);
}

static void blocks_touch_their_bytes_and_no_others(void **state) {
  (void)state;
  guard g = guard_new(1);
  memset(g.begin, 'a', EW_BLOCK);
  ew_block_store(g.end - EW_BLOCK, ew_block_load(g.begin));
  assert_memory_equal(g.begin, g.end - EW_BLOCK, EW_BLOCK);
  ew_block_store(g.begin, ew_block_load(g.end - EW_BLOCK));
  guard_free(&g);
}

static void words_hold_their_first_byte_lowest(void **state) {
  (void)state;
  const char bytes[] = "\x01\x02\x03\x04\x05\x06\x07\x88";
  assert_true(ew_load64(bytes) == 0x8807060504030201);
  assert_true(ew_load32(bytes + 4) == 0x88070605);
  assert_true(ew_load16(bytes + 6) == 0x8807);
  for (unsigned i = 0; i < 64; i++) {
    assert_int_equal(i, ew_lowest_bit((uint64_t)1 << i));
    assert_int_equal(i, ew_lowest_bit(UINT64_MAX << i));
  }
}

/* --------------------------------------------------------------------------------------- strings */

static bool is_special(unsigned char c) { return c == '"' || c == '\\' || c < 0x20; }

static void the_first_special_byte_of_a_block_is_found(void **state) {
  (void)state;
  unsigned char bytes[EW_BLOCK];
  for (unsigned c = 0; c < 256; c++) {
    for (unsigned other = 0; other < 256; other++) {
      for (size_t at = 0; at < EW_BLOCK; at++) {
        memset(bytes, is_special((unsigned char)other) ? 'a' : (int)other, EW_BLOCK);
        memset(bytes + at + 1, (int)other, EW_BLOCK - at - 1);
        bytes[at] = (unsigned char)c;
        size_t expected = 0;
        while (expected < EW_BLOCK && !is_special(bytes[expected])) {
          expected++;
        }
        ew_mask mask = ew_block_special(ew_block_load((const char *)bytes));
        assert_int_equal(expected, mask == 0 ? EW_BLOCK : ew_mask_first(mask));
      }
    }
    if (getenv("EW_UNDER_VALGRIND") != NULL) {
      c += 15;
    }
  }
}

/* As the library opens one: blocks may be loaded where they end within what is readable. */
static ew_reader reader_over(const char *ptr, size_t len, size_t readable) {
  size_t all = len + readable;
  const char *fast_end = all < EW_BLOCK ? ptr : ptr + (all - EW_BLOCK);
  ew_reader r = {.begin = ptr, .end = ptr + len, .fast_end = fast_end};
  r.fast_end = r.fast_end > r.end ? r.end : r.fast_end;
  return r;
}

/* The scan may stop behind the end, at what only looks like an end; it must not read on there. */
static void expect_scan(const char *text, size_t from, size_t len, size_t readable, size_t expected) {
  ew_reader r = reader_over(text, len, readable);
  /* It stops at what is not ASCII too. */
  for (size_t i = from; i < expected; i++) {
    expected = (unsigned char)text[i] >= 0x80 ? i : expected;
  }
  const char *stop = ew_scan_plain(&r, text + from);
  assert_true(expected == len ? stop >= text + len : stop == text + expected);
}

static void check_string(const guard *g, unsigned char c, size_t at, size_t len, size_t gap) {
  char *text = g->end - gap - len;
  assert_true(at < len);
  memset(text, 'x', len);
  memset(text + len, '"', gap);
  text[at] = (char)c;
  size_t expected = is_special(c) ? at : len;
  size_t from = at < 3 ? at : at / 3;
  assert_ptr_equal(text + expected, ew__find_special(text, text + len));
  assert_ptr_equal(text + expected, ew__find_special(text + from, text + len));
  expect_scan(text, 0, len, 0, expected);
  expect_scan(text, 0, len, gap, expected);
  expect_scan(text, from, len, 0, expected);
  expect_scan(text, from, len, gap, expected);
}

static const unsigned char AROUND_SPECIAL[] = {0x00, 0x01, 0x1f, 0x20, 0x21, '"',  0x23, 0x5b,
                                               '\\', 0x5d, 0x7f, 0x80, 0x82, 0xa0, 0xa2, 0xdc,
                                               0xff, 'x',  0x02, 0x0a};

static void a_special_byte_is_found_at_every_place_and_alignment(void **state) {
  (void)state;
  guard g = guard_new(256);
  size_t step = effort(17, 1, 1);
  for (size_t len = 1; len <= 80; len += step) {
    for (size_t gap = 0; gap < 64; gap += step) {
      for (size_t at = 0; at < len; at++) {
        unsigned char c = (unsigned char)(len * 31 + gap * 7 + at * 3);
        check_string(&g, c, at, len, gap);
        check_string(&g, AROUND_SPECIAL[(len + gap + at) % COUNT(AROUND_SPECIAL)], at, len, gap);
        check_string(&g, (unsigned char)((len + gap + at) % 0x22), at, len, gap);
      }
    }
  }
  for (unsigned c = 0; c < 256; c++) {
    for (size_t at = 0; at < 80; at += step) {
      check_string(&g, (unsigned char)c, at, 80, c % 64);
      check_string(&g, (unsigned char)c, at, at + 1, at % 64);
    }
  }
  guard_free(&g);
}

static const char *read_string(ew_reader *r, const char *p, void *out) {
  return ew_read_string(r, p, (ew_str *)out);
}

static const char *read_raw(ew_reader *r, const char *p, void *out) {
  return ew_read_raw(r, p, 0, (ew_raw *)out);
}

static const ew_entry_type STRING = ENGINES_TYPE(EW_KIND_STRING, ew_str, read_string);
static const ew_entry_type RAW = ENGINES_TYPE(EW_KIND_RAW, ew_raw, read_raw);

/* What the pieces of a string mean; NULL: no string holds it. */
static const struct {
  const char *json;
  const char *text;
} PIECES[] = {
    {"\\\"", "\""},     {"\\\\", "\\"},        {"\\/", "/"},
    {"\\b", "\b"},      {"\\f", "\f"},         {"\\n", "\n"},
    {"\\r", "\r"},      {"\\t", "\t"},         {"\\u0041", "A"},
    {"\\u00e9", "\xc3\xa9"}, {"\\u20AC", "\xe2\x82\xac"}, {"\\uD83D\\uDE00", "\xf0\x9f\x98\x80"},
    {"\xc3\xa9", "\xc3\xa9"}, {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"}, {"/", "/"},
    {"\x7f", "\x7f"},   {"\\q", NULL},         {"\\u12", NULL},
    {"\\u00g0", NULL},  {"\\ud83d", NULL},     {"\\ude00", NULL},
    {"\\ud83d\\u0041", NULL}, {"\n", NULL},    {"\x1f", NULL},
    {"\xff", NULL},     {"\\", NULL},          {"\\ud83dx", NULL},
    {"\\\xc3\xa9", NULL}, {"\\\x7f", NULL},   {"\\U0041", NULL},
};

/* The piece at every place of a string of every length, its end at every alignment. */
static void check_piece(size_t piece, size_t before, size_t after, size_t align) {
  static char room[512];
  static char expected[256];
  const char *json = PIECES[piece].json;
  const char *text = PIECES[piece].text;
  char *start = room + align;
  char *to = start;
  *to++ = '"';
  memset(to, 'a', before);
  to += before;
  memcpy(to, json, strlen(json));
  to += strlen(json);
  memset(to, 'x', after);
  to += after;
  *to++ = '"';
  size_t len = (size_t)(to - start);
  memset(to, '"', ENGINES_READABLE);
  ew_str found = {0};
  ew_raw raw = {{0}};
  ew_err err = decode_there(&STRING.type, start, len, &found);
  assert_int_equal(text != NULL, err == EW_OK);
  assert_true(decode_there(&RAW.type, start, len, &raw) == err);
  if (text == NULL) {
    return;
  }
  memset(expected, 'a', before);
  memcpy(expected + before, text, strlen(text));
  memset(expected + before + strlen(text), 'x', after);
  assert_int_equal(before + strlen(text) + after, found.len);
  assert_memory_equal(expected, found.ptr, found.len);
}

static void every_piece_of_a_string_is_read_at_every_place(void **state) {
  (void)state;
  size_t step = effort(9, 1, 1);
  for (size_t piece = 0; piece < COUNT(PIECES); piece++) {
    for (size_t before = 0; before <= 70; before += step) {
      for (size_t after = 0; after <= 40; after += step) {
        check_piece(piece, before, after, (before + 3 * after) % 64);
      }
    }
  }
}

/* ^(/[^/]+)+$ */
static const uint8_t PATH_CLASSES[128] = {['/'] = 1};
static const uint8_t PATH_STEPS[4][2] = {{0, 0}, {0, 4}, {6, 0}, {6, 4}};
static const ew_dfa PATH_PATTERN = {.classes = PATH_CLASSES,
                                    .steps = &PATH_STEPS[0][0],
                                    .class_count = 2,
                                    .class_limit = 128,
                                    .start = 2,
                                    .accept_from = 6};
static const ew_string_rules PATH_RULES = {.pattern = &PATH_PATTERN, .max_length = EW_NO_LIMIT};

static const char *read_path(ew_reader *r, const char *p, void *out) {
  return ew_read_segments(r, p, '/', &PATH_RULES, (ew_str *)out);
}

static const ew_entry_type PATH = {.type = {.as = {.string = &PATH_RULES},
                                            .kind = EW_KIND_STRING,
                                            .size = sizeof(ew_str),
                                            .head = EW_HEAD_ENTRY},
                                   .schema = "#",
                                   .document = &ENGINES_DOCUMENT,
                                   .read = read_path};

/* Separators at two places of a string of this length, and something else at a third. */
static void check_path(size_t len, size_t one, size_t other, size_t third, const char *piece) {
  char text[128] = {0};
  char json[160] = "\"";
  memset(text, 'a', len);
  text[0] = text[one] = text[other] = '/';
  memcpy(json + 1, text, third);
  strcat(json, piece);
  strcat(json, text + third);
  strcat(json, "\"");
  bool odd = piece[0] == '\n' || piece[0] == '"';
  bool joined = strstr(json, "//") != NULL || json[strlen(json) - 2] == '/' || json[1] != '/';
  ew_str found = {0};
  ew_err err = decode_all_ways(&PATH.type, json, strlen(json), &found);
  assert_int_equal(!odd && !joined, err == EW_OK);
}

static void segments_are_told_apart_at_every_place(void **state) {
  (void)state;
  static const char *const pieces[] = {"", "/", "\xc3\xa9", "\\n", "\n", "\"", "b"};
  size_t step = effort(7, 1, 1);
  for (size_t len = 1; len <= 70; len += step) {
    for (size_t one = 0; one < len; one++) {
      for (size_t other = one; other < len; other += step) {
        size_t third = (one * 5 + other * 3 + len) % (len + 1);
        check_path(len, one, other, third, pieces[(one + 3 * other + len) % COUNT(pieces)]);
      }
    }
  }
}

static void check_blanks(const guard *g, size_t count, size_t gap, char stop, uint64_t seed) {
  static const char blanks[] = " \n\r\t";
  char *text = g->end - gap - count - 1;
  memset(text, ' ', count + 1 + gap);
  for (size_t i = 0; seed % 3 != 0 && i < count; i++) {
    text[i] = blanks[random_bits(&seed) % 4];
  }
  text[count] = stop;
  assert_ptr_equal(text + count, ew__skip_white(text, text + count + 1));
  assert_ptr_equal(text + count, ew__skip_white(text, text + count));
}

static void white_space_ends_where_it_ends(void **state) {
  (void)state;
  guard g = guard_new(256);
  for (unsigned c = 0; c < 256; c++) {
    if (strchr(" \n\r\t", (int)c) != NULL && c != 0) {
      continue;
    }
    for (size_t count = 0; count <= 80; count += effort(9, 1, 1)) {
      check_blanks(&g, count, 0, (char)c, c + count + 1);
      check_blanks(&g, count, (count * 5 + c) % 64, (char)c, c + count + 2);
    }
  }
  guard_free(&g);
}

/* ---------------------------------------------------------------------------------------- bounds */

/* From every position that a reader may load from, all it loads may be read; and no key reaches out. */
static void what_is_loaded_may_be_read_at_every_length(void **state) {
  (void)state;
  static const ew_limits limits = {100000, 64, 100000, 100000};
  guard g = guard_new(256);
  for (size_t len = 0; len < 100; len++) {
    for (size_t readable = 0; readable <= 64; readable++) {
      for (int fill = 0; fill < 2; fill++) {
        ew_str text = guard_at_end(&g, "", 0, readable, fill == 0 ? '\n' : 'x');
        text = ew_str_from(text.ptr - len, len);
        ew_reader r;
        ew__reader_open(&r, text, NULL, &limits, (uint32_t)readable);
        assert_true(r.fast_end <= r.end && r.key_end <= r.end + 1);
        assert_true(r.fast_end == r.begin || g.end - r.fast_end >= EW_BLOCK);
        const char *owned = fill == 0 ? g.end : r.end; /* 'x' could belong to a key */
        assert_true(r.key_end == r.begin || owned - (r.key_end - 1) >= EW_LONGEST_KEY);
      }
    }
  }
  guard_free(&g);
}

/* -------------------------------------------------------------------------------------- literals */

#define LITERAL "{\"0123456789abcdefghijklmnopqrstuvwxyz\":!"

typedef bool same_fn(const char *p, size_t readable);

/* n is constant in each, as it is where the readers are used. */
#define SAME(n)                                                                                    \
  static bool same_##n(const char *p, size_t readable) {                                           \
    static const char literal[41] = LITERAL;                                                       \
    ew_reader r = {.begin = p, .end = p + readable, .fast_end = p, .key_end = p};                  \
    bool same = readable >= (n) && ew_same(p, literal, (n));                                       \
    assert_int_equal(same, ew_at(&r, p, literal, (n)));                                            \
    r.key_end = readable < EW_LONGEST_KEY ? p : p + readable - EW_LONGEST_KEY + 1;                 \
    bool seen = ew_key_at(&r, p, literal, (n));                                                    \
    bool can_see = (n) > EW_LONGEST_KEY || readable >= EW_LONGEST_KEY;                             \
    assert_int_equal(same && can_see, seen);                                                       \
    return same;                                                                                   \
  }
#define EACH_LENGTH(X)                                                                             \
  X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17)     \
  X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31) X(32)        \
  X(33) X(34) X(35) X(36) X(37) X(38) X(39) X(40)
#define NAME_SAME(n) same_##n,

EACH_LENGTH(SAME)

static void literals_of_every_length_are_compared_whole_and_no_further(void **state) {
  (void)state;
  static same_fn *const functions[] = {EACH_LENGTH(NAME_SAME)};
  guard g = guard_new(256);
  for (size_t n = 1; n <= COUNT(functions); n++) {
    same_fn *same = functions[n - 1];
    for (size_t gap = 0; gap < 40; gap++) {
      char *text = g.end - gap - n;
      memset(text, '?', n + gap);
      memcpy(text, LITERAL, n);
      assert_true(same(text, n + gap));
      assert_true(same(text, n));
      assert_false(same(text + 1, n - 1));
      for (size_t at = 0; at < n; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
          text[at] ^= (char)(1u << bit);
          assert_false(same(text, n + gap));
          text[at] ^= (char)(1u << bit);
        }
      }
    }
  }
  guard_free(&g);
}

/* ---------------------------------------------------------------------------------------- digits */

static void leading_digits_of_a_word_are_counted(void **state) {
  (void)state;
  char bytes[8];
  uint64_t seed = 424242;
  for (unsigned c = 0; c < 256; c++) {
    for (size_t at = 0; at < 8; at++) {
      for (unsigned round = 0; round < effort(2, 50, 500); round++) {
        uint64_t bits = random_bits(&seed);
        for (size_t i = 0; i < 8; i++) {
          bytes[i] = i < at ? (char)('0' + bits % 10) : (char)(bits >> 13);
          bits = random_bits(&seed);
        }
        bytes[at] = (char)c;
        unsigned expected = 0;
        while (expected < 8 && bytes[expected] >= '0' && bytes[expected] <= '9') {
          expected++;
        }
        assert_int_equal(expected, ew__count_digits(ew_load64(bytes)));
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_pair_of_bytes_gives_what_single_bytes_give),
      cmocka_unit_test(a_fill_is_the_same_byte_everywhere),
      cmocka_unit_test(masks_name_their_first_byte),
      cmocka_unit_test(blocks_touch_their_bytes_and_no_others),
      cmocka_unit_test(words_hold_their_first_byte_lowest),
      cmocka_unit_test(the_first_special_byte_of_a_block_is_found),
      cmocka_unit_test(a_special_byte_is_found_at_every_place_and_alignment),
      cmocka_unit_test(every_piece_of_a_string_is_read_at_every_place),
      cmocka_unit_test(segments_are_told_apart_at_every_place),
      cmocka_unit_test(white_space_ends_where_it_ends),
      cmocka_unit_test(what_is_loaded_may_be_read_at_every_length),
      cmocka_unit_test(literals_of_every_length_are_compared_whole_and_no_further),
      cmocka_unit_test(leading_digits_of_a_word_are_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
