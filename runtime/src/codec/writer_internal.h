/*
 * writer_internal.h - a writer's life: the room it starts with and what it leaves.
 */
#ifndef EW_WRITER_INTERNAL_H
#define EW_WRITER_INTERNAL_H

#include "eventwire/writer.h"

/** Writes behind out->len. Returns the position to begin at. */
char *ew__writer_open(ew_writer *w, const ew_buf *out, uint32_t max_depth, bool escape_html);

/** The end of what was written is to. False when it was refused; out->len grows otherwise. */
bool ew__writer_close(const ew_writer *w, const char *to, ew_buf *out);

/** Writes nowhere and counts: no value is refused for want of room. */
char *ew__writer_measure(ew_writer *w, uint32_t max_depth, bool escape_html);

/** How many bytes it would have been. */
static inline size_t ew__writer_measured(const ew_writer *w, const char *to) {
  return w->measured + (size_t)(to - w->tail);
}

/** True when len bytes fit at to with EW_WRITE_ROOM bytes behind them. */
EW_INLINE bool ew__has_room(const ew_writer *w, const char *to, uint32_t len) {
  return EW_LIKELY((uint64_t)(uintptr_t)to + len <= (uint64_t)(uintptr_t)w->limit);
}

/** True when the text is there and fits. */
EW_INLINE bool ew__can_copy(const ew_writer *w, const char *to, const ew_str *text) {
  return ew__has_room(w, to, text->len) && EW_LIKELY(text->ptr != NULL);
}

#endif
