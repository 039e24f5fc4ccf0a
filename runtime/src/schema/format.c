/* The format of a string in a message: what becomes of its escapes, and what a refusal says. */
#include "eventwire/format.h"

#include "../codec/scan_internal.h"

/* What a text with escapes is unescaped in, when it fits. */
#define ON_STACK (32u * 1024u)

static ew_err check(const ew_format *format, ew_str text, const char **expected) {
  return ew_format_holds(format, text, expected) ? EW_OK : EW_ERR_CONTENT;
}

/* EW_ERR_ARENA_FULL: memory has no room for it. */
static ew_err check_in(const ew_format *format, ew__span span, uint32_t mode, ew_arena *memory,
                       const char **expected) {
  size_t place = ew_arena_mark(memory);
  ew_str text;
  ew_err err = ew__span_take(span, mode, memory, &text);
  err = err == EW_OK ? check(format, text, expected) : err;
  ew_arena_rewind(memory, place);
  return err;
}

static EW_NOINLINE ew_err check_on_stack(const ew_format *format, ew__span span, uint32_t mode,
                                         const char **expected) {
  char block[ON_STACK];
  ew_arena memory;
  ew_arena_init(&memory, block, sizeof(block));
  return check_in(format, span, mode, &memory, expected);
}

ew_err ew_format_check(const ew_format *format, ew_str text, bool escaped, uint32_t mode,
                       ew_arena *memory, const char **expected) {
  *expected = format->expected;
  if (!escaped && (mode & EW_TOLERATE_BAD_UTF8) == 0) {
    return check(format, text, expected);
  }
  ew__span span = {text.ptr, text.len, escaped};
  ew_err err = check_on_stack(format, span, mode, expected);
  return err == EW_ERR_ARENA_FULL && memory != NULL
             ? check_in(format, span, mode, memory, expected)
             : err;
}
