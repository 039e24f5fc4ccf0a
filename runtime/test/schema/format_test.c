/*
 * Formats beyond what JSON-Schema-Test-Suite asks: those of this field, corners, and the end of a
 * text.
 */
#include "eventwire/format.h"

#include "../codec/effort.h"
#include "../codec/guard.h"

typedef struct sample {
  const ew_format *format;
  const char *text;
  bool holds;
} sample;

static const sample samples[] = {
    {&ew_format_go_duration, "0", true},
    {&ew_format_go_duration, "+0", true},
    {&ew_format_go_duration, "-0", true},
    {&ew_format_go_duration, "0s", true},
    {&ew_format_go_duration, "1m30s", true},
    {&ew_format_go_duration, "1.5h", true},
    {&ew_format_go_duration, "-1.5h", true},
    {&ew_format_go_duration, ".5s", true},
    {&ew_format_go_duration, "5.s", true},
    {&ew_format_go_duration, "1h1h", true},
    {&ew_format_go_duration, "3ms4us5ns", true},
    {&ew_format_go_duration, "1\xc2\xb5s", true},
    {&ew_format_go_duration, "1\xce\xbcs", true},
    {&ew_format_go_duration, "9223372036854775807ns", true},
    {&ew_format_go_duration, "-9223372036854775808ns", true},
    {&ew_format_go_duration, "9223372036854775808ns", false},
    {&ew_format_go_duration, "-9223372036854775809ns", false},
    {&ew_format_go_duration, "2562047h47m16.854775807s", true},
    {&ew_format_go_duration, "2562048h", false},
    {&ew_format_go_duration, "99999999999999999999h", false},
    {&ew_format_go_duration, "", false},
    {&ew_format_go_duration, "-", false},
    {&ew_format_go_duration, "+-1s", false},
    {&ew_format_go_duration, "1", false},
    {&ew_format_go_duration, "00", false},
    {&ew_format_go_duration, ".s", false},
    {&ew_format_go_duration, "s", false},
    {&ew_format_go_duration, "1 s", false},
    {&ew_format_go_duration, "1d", false},
    {&ew_format_go_duration, "1S", false},
    {&ew_format_go_duration, "1s ", false},
    {&ew_format_go_duration, "1\xc2s", false},

    {&ew_format_ff_duration, "1m30s", true},
    {&ew_format_ff_duration, "250", true},
    {&ew_format_ff_duration, "-250", true},
    {&ew_format_ff_duration, "+0250", true},
    {&ew_format_ff_duration, "9223372036854775807", true},
    {&ew_format_ff_duration, "9223372036854775808", false},
    {&ew_format_ff_duration, "2562048h", false},
    {&ew_format_ff_duration, "1.5", false},
    {&ew_format_ff_duration, "", false},
    {&ew_format_ff_duration, "-", false},
    {&ew_format_ff_duration, "5 parsecs", false},

    {&ew_format_re2, "", true},
    {&ew_format_re2, "^a+?(b|c)*$", true},
    {&ew_format_re2, "(?P<name>x)(?<other>y)", true},
    {&ew_format_re2, "(?i)a(?-s:b)(?i-m:c)(?)", true},
    {&ew_format_re2, "[]a][^]a][[:alpha:][:^digit:]-][a\\-z][[:x]", true},
    {&ew_format_re2, "\\pL\\p{Greek}\\P{^Lu}\\Q(*\\E\\x{10FFFF}\\x41\\123\\0\\_\\A\\z", true},
    {&ew_format_re2, "a{2}b{2,}c{2,3}?d{,2}e{x{", true},
    {&ew_format_re2, "(a{10}){100}", true},
    {&ew_format_re2, "^*", true},
    {&ew_format_re2, "()*", true},
    {&ew_format_re2, "(|a)+", true},
    {&ew_format_re2, "\xe6\x97\xa5+", true},
    {&ew_format_re2, "(a{10}){101}", false},
    {&ew_format_re2, "a{1001}", false},
    {&ew_format_re2, "a{3,2}", false},
    {&ew_format_re2, "a**", false},
    {&ew_format_re2, "a+{2}", false},
    {&ew_format_re2, "*a", false},
    {&ew_format_re2, "a|*", false},
    {&ew_format_re2, "(*a)", false},
    {&ew_format_re2, "(?i)*", false},
    {&ew_format_re2, "(a", false},
    {&ew_format_re2, "a)", false},
    {&ew_format_re2, "[a", false},
    {&ew_format_re2, "[]", false},
    {&ew_format_re2, "[b-a]", false},
    {&ew_format_re2, "[a-\\d]", false},
    {&ew_format_re2, "[[:foo:]]", false},
    {&ew_format_re2, "(?=a)", false},
    {&ew_format_re2, "(?<!a)", false},
    {&ew_format_re2, "(?P=n)", false},
    {&ew_format_re2, "(?P<n>a)(?P<n>b)", false},
    {&ew_format_re2, "(?P<>a)", false},
    {&ew_format_re2, "(?P<n-m>a)", false},
    {&ew_format_re2, "(?i-)", false},
    {&ew_format_re2, "(?x)", false},
    {&ew_format_re2, "(a)\\1", false},
    {&ew_format_re2, "\\8", false},
    {&ew_format_re2, "\\q", false},
    {&ew_format_re2, "\\C", false},
    {&ew_format_re2, "\\Z", false},
    {&ew_format_re2, "\\x{110000}", false},
    {&ew_format_re2, "\\x4", false},
    {&ew_format_re2, "\\pX", false},
    {&ew_format_re2, "\\p{}", false},
    {&ew_format_re2, "\\", false},

    {&ew_format_regex, "(?<=a)(?<!b)c(?=d)(?!e)", true},
    {&ew_format_regex, "(?<n>a)\\k<n>\\1", true},
    {&ew_format_regex, "\\k<n>(?<n>a)", true},
    {&ew_format_regex, "\\2(a)(b)", true},
    {&ew_format_regex, "[\\b\\-\\d-]\\u{1F600}[\\ud83d\\ude00-\\u{1F601}]", true},
    {&ew_format_regex, "a{01,2}b{2,10}?", true},
    {&ew_format_regex, "\\p{Script=Greek}\\P{L}\\/\\cz\\0", true},
    {&ew_format_regex, "(?=a)*", false},
    {&ew_format_regex, "^*", false},
    {&ew_format_regex, "\\b+", false},
    {&ew_format_regex, "a{2,1}", false},
    {&ew_format_regex, "a{10,9}", false},
    {&ew_format_regex, "a{", false},
    {&ew_format_regex, "a{,2}", false},
    {&ew_format_regex, "a**", false},
    {&ew_format_regex, "]", false},
    {&ew_format_regex, "}", false},
    {&ew_format_regex, "\\-", false},
    {&ew_format_regex, "\\01", false},
    {&ew_format_regex, "\\c1", false},
    {&ew_format_regex, "\\2(a)", false},
    {&ew_format_regex, "\\k<m>(?<n>a)", false},
    {&ew_format_regex, "(?<n>a)(?<n>b)", false},
    {&ew_format_regex, "(?<1>a)", false},
    {&ew_format_regex, "[\\d-z]", false},
    {&ew_format_regex, "[z-a]", false},
    {&ew_format_regex, "[\\1]", false},
    {&ew_format_regex, "\\u{110000}", false},
    {&ew_format_regex, "\\pL", false},
    {&ew_format_regex, "\\", false},

    /* The examples of EIP-55. */
    {&ew_format_eth_address, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", true},
    {&ew_format_eth_address, "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", true},
    {&ew_format_eth_address, "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", true},
    {&ew_format_eth_address, "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb", true},
    {&ew_format_eth_address, "0x52908400098527886E0F7030069857D2E4169EE7", true},
    {&ew_format_eth_address, "0xde709f2102306220921060314715629080e2fb77", true},
    {&ew_format_eth_address, "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", true},
    {&ew_format_eth_address, "0x0000000000000000000000000000000000000000", true},
    {&ew_format_eth_address, "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed", false},
    {&ew_format_eth_address, "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDB", false},
    {&ew_format_eth_address, "0X52908400098527886E0F7030069857D2E4169EE7", false},
    {&ew_format_eth_address, "0x52908400098527886E0F7030069857D2E4169EE", false},
    {&ew_format_eth_address, "0x52908400098527886E0F7030069857D2E4169EE70", false},
    {&ew_format_eth_address, "0x52908400098527886E0F7030069857D2E4169EG7", false},
    {&ew_format_eth_address, "52908400098527886E0F7030069857D2E4169EE7", false},

    {&ew_format_hex_quantity, "0x0", true},
    {&ew_format_hex_quantity, "0x41", true},
    {&ew_format_hex_quantity, "0xABcd", true},
    {&ew_format_hex_quantity, "0x", false},
    {&ew_format_hex_quantity, "0x00", false},
    {&ew_format_hex_quantity, "0x0400", false},
    {&ew_format_hex_quantity, "ff", false},
    {&ew_format_hex_quantity, "0xg", false},
    {&ew_format_hex_quantity, "-0x1", false},

    {&ew_format_uint256, "0", true},
    {&ew_format_uint256, "18446744073709551616", true},
    {&ew_format_uint256,
     "115792089237316195423570985008687907853269984665640564039457584007913129639935", true},
    {&ew_format_uint256,
     "115792089237316195423570985008687907853269984665640564039457584007913129639936", false},
    {&ew_format_uint256,
     "1000000000000000000000000000000000000000000000000000000000000000000000000000000", false},
    {&ew_format_uint256, "", false},
    {&ew_format_uint256, "00", false},
    {&ew_format_uint256, "01", false},
    {&ew_format_uint256, "-1", false},
    {&ew_format_uint256, "1.0", false},
    {&ew_format_uint256, "0x1", false},

    {&ew_format_byte, "", true},
    {&ew_format_byte, "Zm9vYg==", true},
    {&ew_format_base64, "Zm9vYmE=", true},
    {&ew_format_base64, "Zm9vYmE", false},
    {&ew_format_base64, "Zm9v\nYmFy", false},
    {&ew_format_base64, "Zm-_", false},
    {&ew_format_byte, "=m9v", false},

    {&ew_format_email, "a@b", true},
    {&ew_format_email, "\"a\\\"b\"@[IPV6:::1]", true},
    {&ew_format_email, "a@[]", false},
    {&ew_format_email, "a@[", false},
    {&ew_format_email, "\"a@b", false},
    {&ew_format_email, "\"a\\", false},
    {&ew_format_idn_hostname, "xn--a-ecp.ru", false},
    {&ew_format_idn_hostname, "xn--", false},
    {&ew_format_idn_hostname, "xn--99999999", false},
    {&ew_format_idn_hostname, "XN--MNCHEN-3YA.de", true},
    {&ew_format_idn_hostname, "m\xc3\xbcnchen.de", true},
    {&ew_format_idn_hostname, "M\xc3\xbcnchen.de", false},
    {&ew_format_idn_hostname, "\xff.de", false},
    {&ew_format_ipv6, "1:2:3:4:5:6:7::", true},
    {&ew_format_ipv6, "1:2:3:4:5:6:7:8::", false},
    {&ew_format_ipv6, "::1:2:3:4:5:6:7:8", false},
    {&ew_format_ipv6, "1:2:3:4:5:6:7:1.2.3.4", false},
    {&ew_format_ipv6, ":", false},
    {&ew_format_date, "1900-02-29", false},
    {&ew_format_date, "2000-02-29", true},
};

static void samples_are_of_their_format_or_not(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
    const sample *s = &samples[i];
    if (s->format->holds(s->text, strlen(s->text)) != s->holds) {
      fail_msg("%s: \"%s\" should %sbe one", s->format->name, s->text, s->holds ? "" : "not ");
    }
  }
}

static void a_go_duration_is_read_to_nanoseconds(void **state) {
  static const struct {
    const char *text;
    int64_t ns;
  } good[] = {
      {"0", 0},
      {"-1ns", -1},
      {"1m30.5s", INT64_C(90500000000)},
      {"1.000000001h", INT64_C(3600000003600)},
      {"0.3333333333333333333h", INT64_C(1200000000000)},
      {"2562047h47m16.854775807s", INT64_MAX},
      {"-9223372036854775808ns", INT64_MIN},
  };
  (void)state;
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    int64_t ns = 7;
    assert_true(ew_go_duration_read(ew_str_from(good[i].text, strlen(good[i].text)), &ns));
    assert_true(ns == good[i].ns);
  }
  int64_t untouched = 7;
  assert_false(ew_go_duration_read(EW_STR("1s1"), &untouched));
  assert_true(untouched == 7);
}

static void a_firefly_duration_is_also_milliseconds(void **state) {
  int64_t ns = 7;
  (void)state;
  assert_true(ew_ff_duration_read(EW_STR("250"), &ns));
  assert_true(ns == 250000000);
  assert_true(ew_ff_duration_read(EW_STR("-1"), &ns));
  assert_true(ns == -1000000);
  assert_true(ew_ff_duration_read(EW_STR("9223372036854775807"), &ns));
  assert_true(ns == INT64_MAX);
  assert_true(ew_ff_duration_read(EW_STR("1.5s"), &ns));
  assert_true(ns == 1500000000);
  assert_false(ew_ff_duration_read(EW_STR("1.5"), &ns));
  assert_true(ns == 1500000000);
}

/* ------------------------------------------------------------------------------ what is said of it */

#define NO_RE2 "a regular expression of RE2: "

static void a_refusal_says_why(void **state) {
  static const struct {
    const ew_format *format;
    const char *text, *expected;
  } refused[] = {
      {&ew_format_re2, "(", NO_RE2 "missing closing )"},
      {&ew_format_re2, "a)", NO_RE2 "unexpected )"},
      {&ew_format_re2, "[a", NO_RE2 "missing closing ]"},
      {&ew_format_re2, "[b-a]", NO_RE2 "invalid character class"},
      {&ew_format_re2, "*", NO_RE2 "missing argument to repetition operator"},
      {&ew_format_re2, "a**", NO_RE2 "invalid nested repetition operator"},
      {&ew_format_re2, "a{2,1}", NO_RE2 "invalid repeat count"},
      {&ew_format_re2, "(a{10}){101}", NO_RE2 "invalid repeat count"},
      {&ew_format_re2, "\\q", NO_RE2 "invalid escape sequence"},
      {&ew_format_re2, "\\", NO_RE2 "trailing backslash"},
      {&ew_format_re2, "(?=a)", NO_RE2 "invalid or unsupported Perl syntax"},
      {&ew_format_re2, "(?i", NO_RE2 "invalid or unsupported Perl syntax"},
      {&ew_format_re2, "(?<>a)", NO_RE2 "invalid named capture"},
      {&ew_format_eth_address, "0x52908400098527886E0F7030069857D2E4169EE",
       "an address: 0x and 40 hexadecimal digits"},
      {&ew_format_eth_address, "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDB",
       "an address whose letters have the case of its checksum (EIP-55)"},
      {&ew_format_ff_duration, "5 parsecs",
       "a duration of Go within 292 years, or milliseconds: 1m30s, 250ms, 250"},
      {&ew_format_uuid, "", "a UUID"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
    const char *expected = NULL;
    ew_str text = ew_str_from(refused[i].text, strlen(refused[i].text));
    assert_false(ew_format_holds(refused[i].format, text, &expected));
    assert_string_equal(expected, refused[i].expected);
  }
}

/* Both engines and the validator, with a format in the rules of a string. */
static const ew_format_rules re2_rules = {.string = {.max_length = EW_NO_LIMIT,
                                                     .content = EW_CONTENT_FORMAT,
                                                     .check_content = true},
                                          .format = &ew_format_re2};
static const ew_entry_type re2_named = {.type = {.kind = EW_KIND_STRING,
                                                 .size = sizeof(ew_str),
                                                 .head = EW_HEAD_ENTRY,
                                                 .as.string = &re2_rules.string},
                                        .schema = "#/it"};

static void a_text_with_escapes_is_looked_at_without_them(void **state) {
  ew_diag diag;
  (void)state;
  ew_str dot = EW_STR("\"\\\\.\\u0028a)\"");
  assert_int_equal(EW_OK, ew_type_validate(&re2_named.type, dot, NULL, &diag));
  ew_str open = EW_STR("\"\\u0028\"");
  assert_int_equal(EW_ERR_CONTENT, ew_type_validate(&re2_named.type, open, NULL, &diag));
  assert_string_equal(diag.expected, NO_RE2 "missing closing )");
}

static void a_long_text_with_escapes_needs_memory_to_be_validated(void **state) {
  static char block[128 * 1024];
  static char text[80 * 1024];
  ew_arena memory;
  ew_diag diag;
  ew_str out;
  (void)state;
  memset(text, 'a', sizeof(text));
  memcpy(text, "\"\\n", 3);
  text[sizeof(text) - 1] = '"';
  ew_str json = ew_str_from(text, sizeof(text));
  ew_arena_init(&memory, block, sizeof(block));
  ew_decode_options opts = {.scratch = &memory};
  assert_int_equal(EW_ERR_ARENA_FULL, ew_type_validate(&re2_named.type, json, NULL, &diag));
  assert_string_equal(diag.schema, "");
  assert_int_equal(EW_OK, ew_type_validate(&re2_named.type, json, &opts, &diag));
  assert_int_equal(0, memory.used);
  assert_int_equal(EW_OK, ew_type_decode(&re2_named.type, json, &memory, NULL, &out, &diag));
  assert_int_equal(sizeof(text) - 3, out.len);
  ew_arena_init(&memory, block, sizeof(text) / 2);
  assert_int_equal(EW_ERR_ARENA_FULL, ew_type_validate(&re2_named.type, json, &opts, &diag));

  text[3] = '(';
  ew_arena_init(&memory, block, sizeof(block));
  assert_int_equal(EW_ERR_CONTENT, ew_type_decode(&re2_named.type, json, &memory, NULL, &out, &diag));
  assert_string_equal(diag.schema, "#/it/format");
  assert_int_equal(0, memory.used);
}

static void what_is_written_is_of_its_format(void **state) {
  char block[64];
  ew_buf buf;
  ew_diag diag;
  ew_str good = EW_STR("a\\.b");
  ew_str bad = EW_STR("\\");
  (void)state;
  ew_buf_init(&buf, block, sizeof(block));
  assert_int_equal(EW_OK, ew_type_encode(&re2_named.type, &good, &buf, &diag));
  assert_true(ew_str_equal(ew_buf_str(&buf), EW_STR("\"a\\\\.b\"")));
  assert_int_equal(EW_ERR_CONTENT, ew_type_encode(&re2_named.type, &bad, &buf, &diag));
  assert_string_equal(diag.expected, NO_RE2 "trailing backslash");
  assert_string_equal(diag.schema, "#/it/format");
}

/* --------------------------------------------------------------------------- the end of a text */

static const ew_format *const formats[] = {
#define FORMAT(id, name) &ew_format_##id,
    EW_FORMAT_MAP(FORMAT)
#undef FORMAT
};
#define FORMAT_COUNT (sizeof(formats) / sizeof(formats[0]))

static void formats_have_the_name_in_the_list(void **state) {
  static const char *const names[] = {
#define NAME(id, name) name,
      EW_FORMAT_MAP(NAME)
#undef NAME
  };
  (void)state;
  for (size_t i = 0; i < FORMAT_COUNT; i++) {
    assert_string_equal(formats[i]->name, names[i]);
    (void)formats[i]->holds(NULL, 0);
  }
}

/* What stands behind a text may not matter, and what is behind its page may not be read. */
static bool holds_at_the_end(const guard *g, const ew_format *format, const char *text,
                             size_t len) {
  ew_str near = guard_at_end(g, text, len, 16, '0');
  bool before = format->holds(near.ptr, len);
  ew_str last = guard_at_end(g, text, len, 0, '\0');
  bool holds = format->holds(last.ptr, len);
  if (holds != before) {
    fail_msg("%s: \"%.*s\" depends on what stands behind it", format->name, (int)len, text);
  }
  return holds;
}

static void every_part_of_a_sample_ends_where_it_ends(void **state) {
  guard g = guard_new(4096);
  (void)state;
  for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
    const sample *s = &samples[i];
    size_t len = strlen(s->text);
    assert_int_equal(holds_at_the_end(&g, s->format, s->text, len), s->holds);
    for (size_t f = 0; f < FORMAT_COUNT; f++) {
      for (size_t cut = 0; cut <= len; cut++) {
        (void)holds_at_the_end(&g, formats[f], s->text, cut);
      }
    }
  }
  guard_free(&g);
}

/* Texts of up to three of these pieces, for every format. */
static const char *const pieces[] = {
    "", "0", "1", "9", "a", "F", "z", "T", "P", "-", ".", ":", "::", "/", "//", "?", "#", "@",
    "[", "]", "{", "}", "(", ")", "(?", "(?<", "|", "\\", "*", "\\p", "\\u", "\\x{", "\\Q",
    "[:", "+", "%", "%4", "~", "\"", "=", "<", ">", "xn--", "\xc3", "\xc3\xbc", "\xe0",
    "\xf0\x9f", "\xff", "\xd7\x90", "\xe2\x80\x8c", "1s", "0x", "2020-02-", "12:34:5",
    "127.0.0.", "a@", "{1,",
};
#define PIECE_COUNT (sizeof(pieces) / sizeof(pieces[0]))

static size_t join(char *to, const size_t which[3]) {
  size_t len = 0;
  for (size_t i = 0; i < 3; i++) {
    size_t more = strlen(pieces[which[i]]);
    memcpy(to + len, pieces[which[i]], more);
    len += more;
  }
  return len;
}

static void short_texts_end_where_they_end(void **state) {
  guard g = guard_new(4096);
  size_t step = effort(97, 1, 1);
  (void)state;
  for (size_t n = 0; n < PIECE_COUNT * PIECE_COUNT * PIECE_COUNT; n += step) {
    char text[64];
    size_t which[3] = {n % PIECE_COUNT, n / PIECE_COUNT % PIECE_COUNT,
                       n / PIECE_COUNT / PIECE_COUNT};
    size_t len = join(text, which);
    for (size_t f = 0; f < FORMAT_COUNT; f++) {
      (void)holds_at_the_end(&g, formats[f], text, len);
    }
  }
  guard_free(&g);
}

/* ---------------------------------------------------------------------------------- long texts */

#define LONG_TEXT 300000u

static void fill(char *text, const char *piece) {
  size_t len = strlen(piece);
  for (size_t i = 0; i < LONG_TEXT; i++) {
    text[i] = piece[i % len];
  }
}

/* Were the time not linear in the text, this would take hours. */
static void long_texts_are_decided_in_linear_time(void **state) {
  static char text[LONG_TEXT];
  (void)state;
  for (size_t i = 1; i < PIECE_COUNT; i++) {
    fill(text, pieces[i]);
    for (size_t f = 0; f < FORMAT_COUNT; f++) {
      (void)formats[f]->holds(text, LONG_TEXT);
    }
  }
  fill(text, "a.");
  assert_false(ew_format_hostname.holds(text, LONG_TEXT));
  fill(text, "/a");
  assert_true(ew_format_json_pointer.holds(text, LONG_TEXT));
  fill(text, "(a)");
  assert_true(ew_format_regex.holds(text, LONG_TEXT));
  assert_true(ew_format_re2.holds(text, LONG_TEXT));
}

static void groups_and_names_beyond_the_limits_are_refused(void **state) {
  char text[2048];
  size_t len = 0;
  (void)state;
  memset(text, '(', 257);
  memset(text + 257, ')', 257);
  for (size_t f = 0; f < 2; f++) {
    const ew_format *format = f == 0 ? &ew_format_regex : &ew_format_re2;
    assert_true(format->holds(text + 1, 512));
    assert_false(format->holds(text, 514));
  }
  for (int i = 0; i < 65; i++) {
    assert_true(ew_format_regex.holds(text, i == 0 ? 0 : len));
    len += (size_t)snprintf(text + len, sizeof(text) - len, "(?<n%d>a)", i);
  }
  assert_false(ew_format_regex.holds(text, len));
  assert_false(ew_format_re2.holds(text, len));
}

/*
 * What is accepted by an outline is what the exact reader, which gives the reasons, accepts: all
 * short texts of the signs that count, wherever they stand in a block.
 */
static void an_outline_of_re2_accepts_what_the_exact_reader_does(void **state) {
  static const char signs[] = "a(|)*?[";
  enum { COUNT = sizeof(signs) - 1, MOST = 5 };
  char text[40 + MOST];
  (void)state;
  memset(text, '.', sizeof(text));
  for (unsigned number = 0; number < 16807; number++) { /* COUNT to the power of MOST */
    char *end = text + 40;
    for (unsigned rest = number; rest != 0; rest /= COUNT) {
      *end++ = signs[rest % COUNT];
    }
    for (const char *from = text; from <= text + 40; from += from == text + 39 ? 1 : 3) {
      size_t len = (size_t)(end - from);
      assert_true(ew_format_re2.holds(from, len) == (ew_format_re2.reason(from, len) == NULL));
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(samples_are_of_their_format_or_not),
      cmocka_unit_test(a_go_duration_is_read_to_nanoseconds),
      cmocka_unit_test(a_firefly_duration_is_also_milliseconds),
      cmocka_unit_test(a_refusal_says_why),
      cmocka_unit_test(a_text_with_escapes_is_looked_at_without_them),
      cmocka_unit_test(a_long_text_with_escapes_needs_memory_to_be_validated),
      cmocka_unit_test(what_is_written_is_of_its_format),
      cmocka_unit_test(formats_have_the_name_in_the_list),
      cmocka_unit_test(every_part_of_a_sample_ends_where_it_ends),
      cmocka_unit_test(short_texts_end_where_they_end),
      cmocka_unit_test(long_texts_are_decided_in_linear_time),
      cmocka_unit_test(groups_and_names_beyond_the_limits_are_refused),
      cmocka_unit_test(an_outline_of_re2_accepts_what_the_exact_reader_does),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
