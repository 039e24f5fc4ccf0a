#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "eventwire/frame.h"

enum { WIRE_MAX = 400 * 1024, LOG_MAX = 4096 };

/* ------------------------------------------------------------------------------------------- what goes in */

typedef struct wire {
  char *bytes;
  size_t len;
} wire;

static wire new_wire(void) {
  wire w = {malloc(WIRE_MAX), 0};
  assert_non_null(w.bytes);
  return w;
}

static void put_raw(wire *w, const char *bytes, size_t size) {
  assert_true(size <= WIRE_MAX - w->len);
  if (size > 0) {
    memcpy(w->bytes + w->len, bytes, size);
  }
  w->len += size;
}

static void put_frame(wire *w, ew_frame frame, const char *payload) {
  unsigned char header[EW_FRAME_HEADER_MAX];
  size_t size = ew_frame_header(&frame, header);
  put_raw(w, (const char *)header, size);
  size_t at = w->len;
  put_raw(w, payload, (size_t)frame.length);
  if (frame.masked) {
    ew_frame_mask(w->bytes + at, (size_t)frame.length, frame.mask, 0);
  }
}

static ew_frame frame_of(uint8_t opcode, bool fin, bool masked, size_t length) {
  ew_frame frame = {.fin = fin, .opcode = opcode, .masked = masked, .mask = {0x37, 0xfa, 0x21, 0x3d}, .length = length};
  return frame;
}

static void put(wire *w, uint8_t opcode, bool fin, bool masked, const char *text) {
  put_frame(w, frame_of(opcode, fin, masked, strlen(text)), text);
}

/* ------------------------------------------------------------------------------------------ what comes out */

typedef struct transcript {
  char text[LOG_MAX];
  size_t len;
} transcript;

static uint32_t sum_of(const char *data, size_t size) {
  uint32_t sum = 2166136261u;
  for (size_t i = 0; i < size; i++) {
    sum = (sum ^ (unsigned char)data[i]) * 16777619u;
  }
  return sum;
}

/* As it is, or as a checksum when it is long. */
static void show_payload(const ew_frame_result *r, char *out, size_t size) {
  if (r->size < size) {
    (void)snprintf(out, size, "%.*s", (int)r->size, r->payload == NULL ? "" : r->payload);
  } else {
    (void)snprintf(out, size, "checksum %08x", (unsigned)sum_of(r->payload, r->size));
  }
}

static void note(transcript *log, const ew_frame_result *r) {
  static const char *const names[] = {"need_more", "message", "control", "closed", "violation"};
  unsigned readable = 0;
  for (size_t i = 0; r->payload != NULL && i < 64; i++) {
    readable |= (unsigned char)r->payload[r->size + i];
  }
  assert_true(readable <= 0xff);
  char shown[201];
  show_payload(r, shown, sizeof(shown));
  int size = snprintf(log->text + log->len, LOG_MAX - log->len, "%s opcode=%u utf8=%d close=%u size=%zu %s%s\n", names[r->event],
                      r->opcode, r->valid_utf8, r->close_code, r->size, shown, r->violation == NULL ? "" : r->violation);
  assert_true(size > 0 && (size_t)size < LOG_MAX - log->len);
  log->len += (size_t)size;
}

/* Feeds one portion from a block of exactly its size, so that a sanitizer sees every byte read too far. */
static bool feed(ew_frame_reader *reader, const char *data, size_t size, transcript *log) {
  char *block = malloc(size == 0 ? 1 : size);
  assert_non_null(block);
  memcpy(block, data, size);
  size_t at = 0;
  bool alive = true;
  while (alive) {
    ew_frame_result result;
    assert_int_equal(ew_frame_reader_feed(reader, block + at, size - at, &result), EW_OK);
    assert_true(result.consumed <= size - at);
    at += result.consumed;
    if (result.event == EW_FRAME_NEED_MORE) {
      assert_int_equal(at, size);
      break;
    }
    note(log, &result);
    alive = result.event != EW_FRAME_VIOLATION;
  }
  free(block);
  return alive;
}

static ew_frame_reader *new_reader(ew_frame_role from, size_t max_message_bytes, uint32_t max_fragments) {
  ew_frame_reader *reader = NULL;
  ew_frame_limits limits = {.max_message_bytes = max_message_bytes, .max_fragments = max_fragments};
  assert_int_equal(ew_frame_reader_new(&reader, from, &limits), EW_OK);
  return reader;
}

/* Portions: first bytes, then step bytes at a time (0: all the rest). */
static void play(const wire *w, ew_frame_role from, size_t first, size_t step, transcript *log) {
  ew_frame_reader *reader = new_reader(from, 0, 0);
  log->len = 0;
  log->text[0] = '\0';
  bool alive = feed(reader, w->bytes, first, log);
  size_t at = first;
  while (alive && at < w->len) {
    size_t part = step == 0 || step > w->len - at ? w->len - at : step;
    alive = feed(reader, w->bytes + at, part, log);
    at += part;
  }
  ew_frame_reader_free(reader);
}

static void expect_in_every_split(const wire *w, ew_frame_role from, const char *expected) {
  transcript *log = malloc(sizeof(*log));
  assert_non_null(log);
  play(w, from, w->len, 0, log);
  assert_string_equal(log->text, expected);
  for (size_t step = 1; step <= 9; step++) {
    play(w, from, 0, step, log);
    assert_string_equal(log->text, expected);
  }
  for (size_t first = 0; first <= w->len; first++) {
    play(w, from, first, 0, log);
    assert_string_equal(log->text, expected);
  }
  free(log);
}

/* -------------------------------------------------------------------------------------------------- writing */

static void expect_header(ew_frame frame, const char *expected, size_t size) {
  unsigned char header[EW_FRAME_HEADER_MAX];
  assert_int_equal(ew_frame_header(&frame, header), size);
  assert_memory_equal(header, expected, size);
}

static void headers_take_the_shortest_length_unless_told_otherwise(void **state) {
  (void)state;
  expect_header((ew_frame){.fin = true, .opcode = EW_FRAME_TEXT, .length = 125}, "\x81\x7d", 2);
  expect_header((ew_frame){.fin = true, .opcode = EW_FRAME_TEXT, .length = 126}, "\x81\x7e\x00\x7e", 4);
  expect_header((ew_frame){.fin = true, .opcode = EW_FRAME_BINARY, .length = 65535}, "\x82\x7e\xff\xff", 4);
  expect_header((ew_frame){.fin = true, .opcode = EW_FRAME_BINARY, .length = 65536}, "\x82\x7f\0\0\0\0\0\1\0\0", 10);
  expect_header((ew_frame){.opcode = EW_FRAME_TEXT, .length = 5, .length_form = 16}, "\x01\x7e\x00\x05", 4);
  expect_header((ew_frame){.opcode = EW_FRAME_TEXT, .length = 5, .length_form = 64}, "\x01\x7f\0\0\0\0\0\0\0\5", 10);
  expect_header((ew_frame){.opcode = EW_FRAME_TEXT, .length = 5, .length_form = 7}, "\x01\x05", 2);
}

static void headers_carry_what_the_rfc_forbids(void **state) {
  (void)state;
  expect_header((ew_frame){.fin = true, .rsv = 7, .opcode = 15, .length = 0}, "\xff\x00", 2);
  expect_header((ew_frame){.rsv = 4, .opcode = EW_FRAME_PING, .length = 0}, "\x49\x00", 2);
  expect_header((ew_frame){.fin = true, .opcode = EW_FRAME_TEXT, .length = UINT64_MAX}, "\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10);
  expect_header((ew_frame){.fin = true, .opcode = EW_FRAME_TEXT, .masked = true, .mask = {1, 2, 3, 4}, .length = 3},
                "\x81\x83\1\2\3\4", 6);
}

static void masking_in_pieces_equals_masking_at_once_and_twice_is_nothing(void **state) {
  (void)state;
  const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
  char plain[67], whole[67], pieces[67];
  for (size_t i = 0; i < sizeof(plain); i++) {
    plain[i] = (char)(i * 7);
    whole[i] = (char)(i * 7);
  }
  ew_frame_mask(whole, sizeof(whole), mask, 0);
  for (size_t i = 0; i < sizeof(plain); i++) {
    assert_int_equal((unsigned char)whole[i], (unsigned char)plain[i] ^ mask[i % 4]);
  }
  for (size_t cut = 0; cut <= sizeof(plain); cut++) {
    memcpy(pieces, plain, sizeof(plain));
    ew_frame_mask(pieces, cut, mask, 0);
    ew_frame_mask(pieces + cut, sizeof(plain) - cut, mask, cut);
    assert_memory_equal(pieces, whole, sizeof(whole));
  }
  ew_frame_mask(whole, sizeof(whole), mask, 0);
  assert_memory_equal(whole, plain, sizeof(plain));
}

/* -------------------------------------------------------------------------------------------------- reading */

static void the_samples_of_rfc_6455_section_5_7_are_read(void **state) {
  (void)state;
  wire w = new_wire();
  put_raw(&w, "\x81\x05Hello", 7);
  put_raw(&w, "\x01\x03Hel\x80\x02lo", 9);
  put_raw(&w, "\x89\x05Hello", 7);
  expect_in_every_split(&w, EW_FRAME_FROM_SERVER,
                        "message opcode=1 utf8=1 close=0 size=5 Hello\n"
                        "message opcode=1 utf8=1 close=0 size=5 Hello\n"
                        "control opcode=9 utf8=0 close=0 size=5 Hello\n");
  w.len = 0;
  put_raw(&w, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
  put_raw(&w, "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
  expect_in_every_split(&w, EW_FRAME_FROM_CLIENT,
                        "message opcode=1 utf8=1 close=0 size=5 Hello\n"
                        "control opcode=10 utf8=0 close=0 size=5 Hello\n");
  free(w.bytes);
}

/* Text, binary, empty messages, fragments with control frames between them, and a Close with reason; bytes after it do not count. */
static void put_conversation(wire *w, bool masked) {
  put(w, EW_FRAME_TEXT, true, masked, "one");
  put(w, EW_FRAME_BINARY, true, masked, "\xff\xfe");
  put(w, EW_FRAME_TEXT, true, masked, "");
  put(w, EW_FRAME_TEXT, false, masked, "fr");
  put(w, EW_FRAME_PING, true, masked, "p1");
  put(w, EW_FRAME_CONTINUATION, false, masked, "");
  put(w, EW_FRAME_PONG, true, masked, "");
  put(w, EW_FRAME_CONTINUATION, false, masked, "ag\xe2\x82");
  put(w, EW_FRAME_CONTINUATION, true, masked, "\xac!");
  put(w, EW_FRAME_TEXT, false, masked, "");
  put(w, EW_FRAME_CONTINUATION, true, masked, "");
  put(w, EW_FRAME_TEXT, true, masked, "\xe2\x82");
  put(w, EW_FRAME_TEXT, true, masked, "an in-place payload, since the next frame gives the sixty-four bytes behind it that it needs");
  put(w, EW_FRAME_TEXT, true, masked, "twelve dozen bytes make a frame that has to use the second form of the length, which begins at a "
                                      "hundred and twenty-six: here are more of them, then.");
  put_frame(w, frame_of(EW_FRAME_CLOSE, true, masked, 5), "\x03\xe8" "bye");
  put(w, EW_FRAME_TEXT, true, masked, "ignored");
}

static const char CONVERSATION[] =
    "message opcode=1 utf8=1 close=0 size=3 one\n"
    "message opcode=2 utf8=0 close=0 size=2 \xff\xfe\n"
    "message opcode=1 utf8=1 close=0 size=0 \n"
    "control opcode=9 utf8=0 close=0 size=2 p1\n"
    "control opcode=10 utf8=0 close=0 size=0 \n"
    "message opcode=1 utf8=1 close=0 size=8 frag\xe2\x82\xac!\n"
    "message opcode=1 utf8=1 close=0 size=0 \n"
    "message opcode=1 utf8=0 close=0 size=2 \xe2\x82\n"
    "message opcode=1 utf8=1 close=0 size=92 "
    "an in-place payload, since the next frame gives the sixty-four bytes behind it that it needs\n"
    "message opcode=1 utf8=1 close=0 size=149 "
    "twelve dozen bytes make a frame that has to use the second form of the length, which begins at a "
    "hundred and twenty-six: here are more of them, then.\n"
    "closed opcode=8 utf8=1 close=1000 size=3 bye\n";

static void a_conversation_reads_the_same_however_it_is_cut(void **state) {
  (void)state;
  wire w = new_wire();
  put_conversation(&w, false);
  expect_in_every_split(&w, EW_FRAME_FROM_SERVER, CONVERSATION);
  w.len = 0;
  put_conversation(&w, true);
  expect_in_every_split(&w, EW_FRAME_FROM_CLIENT, CONVERSATION);
  free(w.bytes);
}

static void every_length_form_round_trips(void **state) {
  (void)state;
  static const size_t sizes[] = {0, 1, 63, 64, 65, 125, 126, 127, 4095, 4096, 65535, 65536, 70000, 300000};
  char *payload = malloc(300000);
  assert_non_null(payload);
  for (size_t i = 0; i < 300000; i++) {
    payload[i] = (char)('a' + i % 26);
  }
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    wire w = new_wire();
    transcript log, again;
    char expected[280];
    put_frame(&w, frame_of(EW_FRAME_TEXT, true, true, sizes[i]), payload);
    play(&w, EW_FRAME_FROM_CLIENT, w.len, 0, &log);
    play(&w, EW_FRAME_FROM_CLIENT, 3, 1000, &again);
    ew_frame_result message = {.payload = payload, .size = sizes[i]};
    char shown[201];
    show_payload(&message, shown, sizeof(shown));
    (void)snprintf(expected, sizeof(expected), "message opcode=1 utf8=1 close=0 size=%zu %s\n", sizes[i], shown);
    assert_string_equal(log.text, expected);
    assert_string_equal(log.text, again.text);
    free(w.bytes);
  }
  free(payload);
}

/* ------------------------------------------------------------------------------------------------ violations */

typedef struct refusal {
  ew_frame_role from;
  uint16_t close_code;
  const char *why;
  const char *bytes;
  size_t size;
} refusal;

#define BYTES(literal) (literal), sizeof(literal) - 1

static const refusal REFUSALS[] = {
    {EW_FRAME_FROM_CLIENT, 1002, "a frame from a client is not masked", BYTES("\x81\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a frame from a server is masked", BYTES("\x81\x80\1\2\3\4")},
    {EW_FRAME_FROM_SERVER, 1002, "a reserved bit is set without an extension", BYTES("\xc1\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a reserved bit is set without an extension", BYTES("\xa1\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a reserved bit is set without an extension", BYTES("\x91\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a reserved opcode", BYTES("\x83\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a reserved opcode", BYTES("\x87\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a reserved opcode", BYTES("\x8b\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a reserved opcode", BYTES("\x8f\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a control frame is fragmented", BYTES("\x09\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a control frame is fragmented", BYTES("\x08\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a control frame is longer than 125 bytes", BYTES("\x89\x7e\x00\x7e")},
    {EW_FRAME_FROM_SERVER, 1002, "a control frame is longer than 125 bytes", BYTES("\x8a\x7f\0\0\0\0\0\0\0\1")},
    {EW_FRAME_FROM_SERVER, 1002, "a continuation without a message to continue", BYTES("\x80\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a continuation without a message to continue", BYTES("\x00\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a new message before the last one has ended", BYTES("\x01\x00\x81\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a new message before the last one has ended", BYTES("\x01\x00\x02\x00")},
    {EW_FRAME_FROM_SERVER, 1002, "a length does not have its shortest form", BYTES("\x81\x7e\x00\x7d")},
    {EW_FRAME_FROM_SERVER, 1002, "a length does not have its shortest form", BYTES("\x81\x7f\0\0\0\0\0\0\xff\xff")},
    {EW_FRAME_FROM_SERVER, 1002, "the highest bit of a 64-bit length is set", BYTES("\x81\x7f\x80\0\0\0\0\0\0\0")},
    {EW_FRAME_FROM_SERVER, 1002, "the highest bit of a 64-bit length is set", BYTES("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff")},
    {EW_FRAME_FROM_SERVER, 1009, "a message is longer than the limit", BYTES("\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff")},
    {EW_FRAME_FROM_SERVER, 1009, "a message is longer than the limit", BYTES("\x82\x7f\0\0\1\0\0\0\0\0")},
    {EW_FRAME_FROM_SERVER, 1009, "a message is longer than the limit", BYTES("\x82\x7f\0\0\0\0\0\x10\0\1")},
    {EW_FRAME_FROM_SERVER, 1002, "a Close frame has one byte of payload", BYTES("\x88\x01\x03")},
    {EW_FRAME_FROM_SERVER, 1007, "the reason of a Close frame is not UTF-8", BYTES("\x88\x04\x03\xe8\xc0\x80")},
    {EW_FRAME_FROM_SERVER, 1007, "the reason of a Close frame is not UTF-8", BYTES("\x88\x04\x03\xe8\xe2\x82")},
};

static void each_violation_is_named_with_its_close_code_however_it_is_cut(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(REFUSALS) / sizeof(REFUSALS[0]); i++) {
    char expected[200];
    wire w = new_wire();
    put_raw(&w, REFUSALS[i].bytes, REFUSALS[i].size);
    (void)snprintf(expected, sizeof(expected), "violation opcode=0 utf8=0 close=%u size=0 %s\n",
                   REFUSALS[i].close_code, REFUSALS[i].why);
    expect_in_every_split(&w, REFUSALS[i].from, expected);
    put_raw(&w, "\x81\x05Hello", 7);
    expect_in_every_split(&w, REFUSALS[i].from, expected);
    free(w.bytes);
  }
}

static void a_refused_reader_stays_refused(void **state) {
  (void)state;
  ew_frame_reader *reader = new_reader(EW_FRAME_FROM_SERVER, 0, 0);
  char bad[] = "\xc1\x00", good[] = "\x81\x02ok";
  ew_frame_result result;
  assert_int_equal(ew_frame_reader_feed(reader, bad, 2, &result), EW_OK);
  assert_int_equal(result.event, EW_FRAME_VIOLATION);
  assert_int_equal(ew_frame_reader_feed(reader, good, 4, &result), EW_OK);
  assert_int_equal(result.event, EW_FRAME_VIOLATION);
  assert_int_equal(result.consumed, 4);
  ew_frame_reader_free(reader);
}

static ew_frame_event event_of_close(unsigned code, uint16_t *close_code) {
  ew_frame_reader *reader = new_reader(EW_FRAME_FROM_SERVER, 0, 0);
  char frame[] = {(char)0x88, 2, (char)(code >> 8), (char)(code & 0xff)};
  ew_frame_result result;
  assert_int_equal(ew_frame_reader_feed(reader, frame, sizeof(frame), &result), EW_OK);
  *close_code = result.close_code;
  ew_frame_reader_free(reader);
  return result.event;
}

static void close_codes_are_accepted_exactly_where_they_may_be_sent(void **state) {
  (void)state;
  for (unsigned code = 0; code <= 65535; code++) {
    bool registered = code == 1000 || code == 1001 || code == 1002 || code == 1003 || (code >= 1007 && code <= 1014);
    bool allowed = registered || (code >= 3000 && code <= 4999);
    uint16_t close_code = 0;
    assert_int_equal(event_of_close(code, &close_code), allowed ? EW_FRAME_CLOSED : EW_FRAME_VIOLATION);
    assert_int_equal(close_code, allowed ? code : 1002);
  }
}

static void a_close_without_a_code_is_no_status(void **state) {
  (void)state;
  wire w = new_wire();
  put_raw(&w, "\x88\x00", 2);
  expect_in_every_split(&w, EW_FRAME_FROM_SERVER, "closed opcode=8 utf8=1 close=1005 size=0 \n");
  free(w.bytes);
}

/* --------------------------------------------------------------------------------------------------- limits */

static ew_frame_result feed_all(ew_frame_reader *reader, wire *w) {
  ew_frame_result result;
  assert_int_equal(ew_frame_reader_feed(reader, w->bytes, w->len, &result), EW_OK);
  return result;
}

static void a_message_of_the_limit_passes_and_one_byte_more_is_refused(void **state) {
  (void)state;
  for (size_t size = 10; size <= 11; size++) {
    wire w = new_wire();
    ew_frame_reader *reader = new_reader(EW_FRAME_FROM_SERVER, 10, 0);
    put_frame(&w, frame_of(EW_FRAME_TEXT, false, false, 4), "abcd");
    put_frame(&w, frame_of(EW_FRAME_CONTINUATION, true, false, size - 4), "efghijk");
    ew_frame_result result = feed_all(reader, &w);
    assert_int_equal(result.event, size == 10 ? EW_FRAME_MESSAGE : EW_FRAME_VIOLATION);
    assert_int_equal(result.close_code, size == 10 ? 0 : EW_CLOSE_TOO_BIG);
    ew_frame_reader_free(reader);
    free(w.bytes);
  }
}

static void fragments_are_counted_even_when_they_are_empty(void **state) {
  (void)state;
  for (unsigned fragments = 3; fragments <= 4; fragments++) {
    wire w = new_wire();
    ew_frame_reader *reader = new_reader(EW_FRAME_FROM_SERVER, 0, 3);
    put(&w, EW_FRAME_TEXT, false, false, "");
    for (unsigned i = 2; i < fragments; i++) {
      put(&w, EW_FRAME_CONTINUATION, false, false, "");
    }
    put(&w, EW_FRAME_CONTINUATION, true, false, "");
    ew_frame_result result = feed_all(reader, &w);
    assert_int_equal(result.event, fragments == 3 ? EW_FRAME_MESSAGE : EW_FRAME_VIOLATION);
    assert_int_equal(result.close_code, fragments == 3 ? 0 : EW_CLOSE_TOO_BIG);
    ew_frame_reader_free(reader);
    free(w.bytes);
  }
}

static void the_limit_counts_each_message_anew(void **state) {
  (void)state;
  wire w = new_wire();
  transcript log = {.len = 0};
  ew_frame_reader *reader = new_reader(EW_FRAME_FROM_SERVER, 4, 2);
  for (int i = 0; i < 5; i++) {
    put(&w, EW_FRAME_TEXT, false, false, "ab");
    put(&w, EW_FRAME_CONTINUATION, true, false, "cd");
  }
  assert_true(feed(reader, w.bytes, w.len, &log));
  ew_frame_reader_free(reader);
  free(w.bytes);
}

static void an_announced_length_takes_no_memory_before_its_bytes_come(void **state) {
  (void)state;
  ew_frame_reader *reader = new_reader(EW_FRAME_FROM_SERVER, (size_t)1 << 40, 0);
  char start[] = "\x82\x7f\0\0\0\xff\xff\xff\xff\xff" "first bytes";
  ew_frame_result result;
  struct mallinfo2 before = mallinfo2();
  assert_int_equal(ew_frame_reader_feed(reader, start, sizeof(start) - 1, &result), EW_OK);
  struct mallinfo2 after = mallinfo2();
  assert_int_equal(result.event, EW_FRAME_NEED_MORE);
  assert_true(after.uordblks + after.hblkhd <= before.uordblks + before.hblkhd + 64 * 1024);
  ew_frame_reader_free(reader);
}

static void bad_utf8_is_reported_and_left_to_the_caller(void **state) {
  (void)state;
  static const char *const bad[] = {"\x80",         "\xc0\xaf",         "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                    "\xf8\x88\x80\x80\x80", "ok\xff", "\xe2\x82",     "\xc3("};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    wire w = new_wire();
    ew_frame_reader *reader = new_reader(EW_FRAME_FROM_SERVER, 0, 0);
    put(&w, EW_FRAME_TEXT, true, false, bad[i]);
    ew_frame_result result = feed_all(reader, &w);
    assert_int_equal(result.event, EW_FRAME_MESSAGE);
    assert_false(result.valid_utf8);
    assert_int_equal(result.size, strlen(bad[i]));
    ew_frame_reader_free(reader);
    free(w.bytes);
  }
}

static void nothing_comes_of_no_bytes(void **state) {
  (void)state;
  ew_frame_reader *reader = new_reader(EW_FRAME_FROM_SERVER, 0, 0);
  ew_frame_result result;
  assert_int_equal(ew_frame_reader_feed(reader, NULL, 0, &result), EW_OK);
  assert_int_equal(result.event, EW_FRAME_NEED_MORE);
  assert_int_equal(result.consumed, 0);
  ew_frame_reader_free(reader);
  ew_frame_reader_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(headers_take_the_shortest_length_unless_told_otherwise),
      cmocka_unit_test(headers_carry_what_the_rfc_forbids),
      cmocka_unit_test(masking_in_pieces_equals_masking_at_once_and_twice_is_nothing),
      cmocka_unit_test(the_samples_of_rfc_6455_section_5_7_are_read),
      cmocka_unit_test(a_conversation_reads_the_same_however_it_is_cut),
      cmocka_unit_test(every_length_form_round_trips),
      cmocka_unit_test(each_violation_is_named_with_its_close_code_however_it_is_cut),
      cmocka_unit_test(a_refused_reader_stays_refused),
      cmocka_unit_test(close_codes_are_accepted_exactly_where_they_may_be_sent),
      cmocka_unit_test(a_close_without_a_code_is_no_status),
      cmocka_unit_test(a_message_of_the_limit_passes_and_one_byte_more_is_refused),
      cmocka_unit_test(fragments_are_counted_even_when_they_are_empty),
      cmocka_unit_test(the_limit_counts_each_message_anew),
      cmocka_unit_test(an_announced_length_takes_no_memory_before_its_bytes_come),
      cmocka_unit_test(bad_utf8_is_reported_and_left_to_the_caller),
      cmocka_unit_test(nothing_comes_of_no_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
