#include "kaleido_internal.h"

#include <inttypes.h>
#include <stdio.h>

/* Behind the events: "]}" and a line feed. */
#define TAIL_BYTES ((size_t)3)
/* A larger block is not worth keeping for the next batch of a topic. */
#define KEPT_BYTES ((size_t)65536)

void ew__kaleido_batch_init(ew__kaleido_batch *batch, const ew__kaleido_format *format) {
  *batch = (ew__kaleido_batch){.count = 0};
  ew__text_init(&batch->text, format->max_bytes);
}

void ew__kaleido_batch_clear(ew__kaleido_batch *batch) {
  ew__text_clear(&batch->text);
  batch->count = 0;
  batch->full = false;
}

static bool is_white(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* An event may have been published with white space around it, a line feed above all. */
static ew_str trimmed(ew_str event) {
  while (event.len > 0 && is_white(event.ptr[0])) {
    event.ptr++;
    event.len--;
  }
  while (event.len > 0 && is_white(event.ptr[event.len - 1])) {
    event.len--;
  }
  return event;
}

static ew_str write_head(const ew__kaleido_batch *batch, const ew__kaleido_format *format,
                         char *head, size_t size) {
  if (batch->count > 0) {
    return EW_STR(",");
  }
  if (!format->numbered) {
    return EW_STR("[");
  }
  int len = snprintf(head, size, "{\"batchNumber\":%" PRIu64 ",\"events\":[", batch->number);
  return ew_str_from(head, (size_t)len);
}

ew__kaleido_taken ew__kaleido_batch_add(ew__kaleido_batch *batch, const ew__kaleido_format *format,
                                        const ew_logged *event) {
  char buffer[64];
  ew_str head = write_head(batch, format, buffer, sizeof(buffer));
  ew_str json = trimmed(event->event);
  ew_err err = ew__text_reserve(&batch->text, head.len + (size_t)json.len + TAIL_BYTES);
  if (err == EW_OK) {
    err = ew__text_append(&batch->text, head);
  }
  if (err == EW_OK) {
    err = ew__text_append(&batch->text, json);
  }
  if (err == EW_ERR_TOO_LARGE) {
    batch->full = batch->count > 0;
    return EW__KALEIDO_NO_ROOM;
  }
  if (err != EW_OK) {
    return EW__KALEIDO_NO_MEMORY;
  }
  batch->last = event->sequence;
  batch->count++;
  batch->full = batch->count >= format->batch_size;
  return EW__KALEIDO_TAKEN;
}

/* ew__kaleido_batch_add() has left room for it. */
static void write_byte(ew_buf *buf, char byte) { buf->ptr[buf->len++] = byte; }

void ew__kaleido_batch_finish(ew__kaleido_batch *batch, const ew__kaleido_format *format) {
  ew_buf *buf = &batch->text.buf;
  write_byte(buf, ']');
  if (format->numbered) {
    write_byte(buf, '}');
  }
  if (format->line_feed) {
    write_byte(buf, '\n');
  }
}

void ew__kaleido_batch_recycle(ew__kaleido_batch *batch) {
  if (batch->text.buf.size > KEPT_BYTES) {
    ew__text_clear(&batch->text);
  }
  ew__text_reset(&batch->text);
  batch->count = 0;
  batch->full = false;
}
