/*
 * engines.h - one text through every way of decoding it.
 */
#ifndef EW_CODEC_TEST_ENGINES_H
#define EW_CODEC_TEST_ENGINES_H

#include "support.h"

#include "eventwire/reader.h"

#define ENGINES_READABLE 64u
#define ENGINES_TEXT 2048u  /* longest text of decode_all_ways() */
#define ENGINES_VALUE 64u   /* largest value */
#define ENGINES_ARENA 4096u /* what an escaped string may take */

static inline void expect_same_outcome(const ew_type *type, ew_err err, const void *value,
                                       ew_err other, const void *other_value) {
  assert_true((err == EW_OK) == (other == EW_OK));
  assert_true(err != EW_OK || ew_type_equal(type, value, other_value));
}

/**
 * Decodes the text at ptr, behind which ENGINES_READABLE bytes are the caller's, by the table
 * engine and by the straight one, padded and not, and expects one outcome. out gets the value,
 * which may point to the text and to memory that lives until the next call.
 */
static inline ew_err decode_there(const ew_type *type, const char *ptr, size_t len, void *out) {
  static char memory[3][ENGINES_ARENA];
  static const ew_decode_options ways[] = {
      {.engine = EW_ENGINE_TABLE},
      {.engine = EW_ENGINE_STRAIGHT},
      {.engine = EW_ENGINE_STRAIGHT, .readable_after = ENGINES_READABLE},
  };
  ew_err first = EW_OK;
  assert_true(type->size <= ENGINES_VALUE);
  for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
    uint64_t value[ENGINES_VALUE / 8];
    ew_arena arena;
    ew_arena_init(&arena, memory[i], ENGINES_ARENA);
    ew_err err = ew_type_decode(type, ew_str_from(ptr, len), &arena, &ways[i], value, NULL);
    if (i == 0) {
      first = err;
      memcpy(out, value, type->size);
    }
    expect_same_outcome(type, first, out, err, value);
  }
  assert_true(ew_type_validate(type, ew_str_from(ptr, len), NULL, NULL) == first);
  return first;
}

/** The same for any text: it is copied in front of bytes that might go on with it. */
static inline ew_err decode_all_ways(const ew_type *type, const char *text, size_t len, void *out) {
  static const char fills[] = "1\"}e.]:, \\";
  static char room[ENGINES_TEXT + ENGINES_READABLE];
  assert_true(len <= ENGINES_TEXT);
  memcpy(room, text, len);
  char fill = fills[(len == 0 ? 0 : len + (unsigned char)text[len - 1]) % (sizeof(fills) - 1)];
  memset(room + len, fill, ENGINES_READABLE);
  return decode_there(type, room, len, out);
}

/* A type with a reader is of a document. */
static const ew_document ENGINES_DOCUMENT = {.name = "test"};

#define ENGINES_TYPE(kind_, type_, read_)                                                          \
  {.type = {.kind = (kind_), .size = sizeof(type_), .head = EW_HEAD_ENTRY},                        \
   .schema = "#",                                                                                  \
   .document = &ENGINES_DOCUMENT,                                                                  \
   .read = (read_)}

#endif
