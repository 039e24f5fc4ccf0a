/*
 * More text than memory: 64 MB of events through an arena of 64 kB (1 GB with EW_LONG set), written
 * as it is read, in pieces of every length. Each event takes some of the arena.
 */
#include "support.h"

#include <sys/resource.h>

#include "eventwire/kaleido.h"

#define MEGABYTE ((uint64_t)1000000)
#define ARENA_BYTES ((size_t)64 * 1024)
#define MOST_GROWTH_KB 1024

static uint64_t wanted_bytes(void) {
  if (getenv("EW_UNDER_VALGRIND") != NULL) {
    return 2 * MEGABYTE;
  }
  return getenv("EW_LONG") != NULL ? 1000 * MEGABYTE : 64 * MEGABYTE;
}

/** A batch that is never in memory as a whole. */
typedef struct source {
  char text[1024]; /* one event, or what is before the first and behind the last */
  size_t len;
  size_t at;
  uint64_t next; /* number of the next event */
  uint64_t written;
  bool closed;
} source;

static void write_event(source *s) {
  int n = snprintf(
      s->text, sizeof(s->text),
      "%s{\"address\":\"0x3f50cb47c5b36d1a0f0c2cf3b2d9b6a1f1cf1e05\",\"blockHash\":"
      "\"0x6b012339fbb85b70c58ecfd97b31950c4a28bcef5226e12dbe551cb1abaf3b4c\",\"blockNumber\":"
      "\"%llu\",\"data\":{\"from\":\"0x9d1a7e9f\",\"text\":\"caf\xc3\xa9 \\u00fc \\\"%llu\\\"\","
      "\"values\":[1,2,{\"x\":[]}]},\"listenerId\":\"44b4b4a6-7e3d-4b0f-8c7e-2f6f3c1d0e5a\","
      "\"listenerName\":\"tr\\u00e4nsfers\",\"listenerType\":\"events\",\"logIndex\":\"%llu\","
      "\"signature\":\"Transfer(address,address,uint256)\",\"streamId\":"
      "\"7c0e3a7e-8f7b-4d57-9f0d-6b6f0d3c2b1a\",\"subId\":"
      "\"44b4b4a6-7e3d-4b0f-8c7e-2f6f3c1d0e5a\",\"topics\":[\"0x6b012339fbb85b70c58ecfd97b31950c"
      "4a28bcef5226e12dbe551cb1abaf3b4c\"]}",
      s->next == 0 ? "" : ",\n", (unsigned long long)s->next, (unsigned long long)s->next * 7919,
      (unsigned long long)s->next % 250);
  assert_true(n > 0 && (size_t)n < sizeof(s->text));
  s->len = (size_t)n;
  s->next++;
}

static void write_more(source *s) {
  s->at = 0;
  if (s->written < wanted_bytes()) {
    write_event(s);
    return;
  }
  s->closed = true;
  s->len = (size_t)snprintf(s->text, sizeof(s->text), "]}");
}

/* Fills the piece; less than size at the end of the text. */
static size_t read_source(source *s, char *piece, size_t size) {
  size_t len = 0;
  while (len < size && (s->at < s->len || !s->closed)) {
    if (s->at == s->len) {
      write_more(s);
    }
    size_t n = s->len - s->at < size - len ? s->len - s->at : size - len;
    memcpy(piece + len, s->text + s->at, n);
    s->at += n;
    len += n;
  }
  s->written += len;
  return len;
}

static ew_err check_event(void *ctx, const ew_kaleido_numbered_event *event) {
  uint64_t *seen = ctx;
  uint64_t number = 0;
  EXPECT_ERR(EW_OK, ew_str_to_uint64(event->block_number, &number));
  assert_int_equal(*seen, number);
  assert_int_equal(EW_JSON_OBJECT, ew_raw_type(event->data));
  EXPECT_TEXT("tr\xc3\xa4nsfers", event->listener_name);
  assert_int_equal(1, event->topics.count);
  ++*seen;
  return EW_OK;
}

static long peak_kb(void) {
  struct rusage usage;
  assert_int_equal(0, getrusage(RUSAGE_SELF, &usage));
  return usage.ru_maxrss;
}

/* Lengths from 1 to 2^15, each power as likely as the others. */
static size_t next_length(uint32_t *random) {
  *random = *random * 1664525u + 1013904223u;
  return 1 + (*random >> 8) % ((size_t)1 << (*random >> 28));
}

static void a_text_of_any_length_goes_through_a_small_arena(void **state) {
  (void)state;
  static char memory[ARENA_BYTES];
  static char piece[(size_t)1 << 15];
  source s = {.next = 0};
  s.len = (size_t)snprintf(s.text, sizeof(s.text), "{\"batchNumber\":1,\"events\":[");
  ew_arena arena;
  ew_stream stream;
  ew_diag diag;
  ew_kaleido_numbered_batch batch;
  uint64_t seen = 0;
  uint32_t random = 1;
  ew_arena_init(&arena, memory, sizeof(memory));
  EXPECT_ERR(EW_OK, ew_kaleido_numbered_batch_stream_init(&stream, &arena, NULL, &batch,
                                                          check_event, &seen));
  long before = 0;
  for (;;) {
    size_t n = read_source(&s, piece, next_length(&random));
    if (n == 0) {
      break;
    }
    EXPECT_ERR(EW_OK, ew_stream_feed(&stream, ew_str_from(piece, n), &diag));
    before = before == 0 && seen > 0 ? peak_kb() : before;
  }
  EXPECT_ERR(EW_OK, ew_stream_finish(&stream, &diag));
  assert_int_equal(1, batch.batch_number);
  assert_int_equal(s.next, seen);
  assert_int_equal(s.next, stream.count);
  assert_true(s.written > wanted_bytes());
  assert_true(getenv("EW_UNDER_VALGRIND") != NULL || peak_kb() - before < MOST_GROWTH_KB);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_text_of_any_length_goes_through_a_small_arena),
  };
  return cmocka_run_group_tests_name("codec.stream_volume", tests, NULL, NULL);
}
