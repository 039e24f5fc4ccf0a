/*
 * The straight-line encoder: what the lines of generated code call. It accepts what the table
 * engine accepts and writes the same bytes; the reasons of a refusal are left to that engine.
 */
#include "eventwire/writer.h"

#include "copy_internal.h"
#include "table_internal.h"
#include "writer_internal.h"

/* ----------------------------------------------------------------------------------------- room */

EW__COLD char *ew_write_refused(ew_writer *w) {
  w->refused = true;
  w->drops = true;
  w->limit = w->tail + EW_WRITE_ROOM;
  return w->tail;
}

/*
 * The tail takes more than the buffer had left when the tail was begun, so when it is used up there
 * is no room in the buffer.
 */
EW__SMALL char *ew_write_on(ew_writer *w, char *to) {
  if (w->drops) {
    w->measured += (size_t)(to - w->tail);
    return w->tail;
  }
  if (w->cut != NULL) {
    return ew_write_refused(w);
  }
  w->cut = to;
  w->limit = w->tail + EW_WRITE_ROOM;
  return w->tail;
}

/* As many bytes as there are, over the end of the buffer into the tail. */
EW__SMALL char *ew_write_bytes(ew_writer *w, char *to, const char *bytes, size_t len) {
  while (len > 0 && !w->refused) {
    to = ew_write_checked(w, to);
    size_t room = (size_t)(w->limit - to) + EW_WRITE_ROOM;
    size_t n = len < room ? len : room;
    memcpy(to, bytes, n);
    bytes += n;
    to += n;
    len -= n;
  }
  return ew_write_checked(w, to);
}

/* -------------------------------------------------------------------------------- other scalars */

EW__SMALL char *ew_write_bool(ew_writer *w, char *to, bool value) {
  memcpy(to, value ? "true" : "fals", 4);
  to[4] = 'e';
  return ew_write_checked(w, to + (value ? 4 : 5));
}

EW__SMALL char *ew_write_null(ew_writer *w, char *to) {
  memcpy(to, "null", 4);
  return ew_write_checked(w, to + 4);
}

char *ew_write_int(ew_writer *w, char *to, const ew_int_rules *rules, int64_t value) {
  if (EW_UNLIKELY(ew__check_int(rules, value) != EW_OK)) {
    return ew_write_refused(w);
  }
  return ew_write_checked(w, ew__print_int(value, to));
}

char *ew_write_uint(ew_writer *w, char *to, const ew_uint_rules *rules, uint64_t value) {
  if (EW_UNLIKELY(ew__check_uint(rules, value) != EW_OK)) {
    return ew_write_refused(w);
  }
  return ew_write_checked(w, ew__print_uint(value, to));
}

EW__SMALL char *ew_write_double(ew_writer *w, char *to, const ew_double_rules *rules,
                                double value) {
  bool finite = value - value == 0;
  if (EW_UNLIKELY(!finite || ew__check_double(rules, value) != EW_OK)) {
    return ew_write_refused(w);
  }
  return ew_write_checked(w, ew__print_double(value, to));
}

/* --------------------------------------------------------------------------------- other values */

EW__SMALL char *ew_write_num(ew_writer *w, char *to, const ew_num *value) {
  const ew_str *digits = &value->digits;
  if (EW_UNLIKELY(digits->ptr == NULL || ew_str_is_too_long(*digits))) {
    return ew_write_refused(w);
  }
  const char *end = digits->ptr + digits->len;
  ew__number number;
  ew__fault fault;
  bool whole = ew__scan_number(digits->ptr, end, &number, &fault) == end;
  return whole ? ew_write_bytes(w, to, digits->ptr, digits->len) : ew_write_refused(w);
}

/* --------------------------------------------------------------------------------- whole values */

static void start_writer(ew_writer *w, uint32_t max_depth, bool escape_html, bool drops) {
  w->limit = w->tail + EW_WRITE_ROOM;
  w->measured = 0;
  w->depth_left = max_depth;
  w->max_depth = max_depth;
  w->escape_html = escape_html;
  w->refused = false;
  w->drops = drops;
}

EW__SMALL char *ew__writer_measure(ew_writer *w, uint32_t max_depth, bool escape_html) {
  start_writer(w, max_depth, escape_html, true);
  return w->tail;
}

EW__SMALL char *ew__writer_open(ew_writer *w, const ew_buf *out, uint32_t max_depth,
                                bool escape_html) {
  size_t left = out->size - out->len;
  size_t room = left < EW_STR_MAX ? left : EW_STR_MAX; /* of one message; so too long never fits */
  char *to = room == 0 ? w->tail : out->ptr + out->len;
  start_writer(w, max_depth, escape_html, false);
  w->end = to + room;
  w->cut = to;
  if (room < EW_WRITE_ROOM) {
    return w->tail;
  }
  w->cut = NULL;
  w->limit = w->end - EW_WRITE_ROOM;
  return to;
}

EW__SMALL bool ew__writer_close(const ew_writer *w, const char *to, ew_buf *out) {
  if (w->refused) {
    return false;
  }
  if (w->cut == NULL) {
    out->len = (size_t)(to - out->ptr);
    return true;
  }
  size_t len = (size_t)(to - w->tail);
  if (len > (size_t)(w->end - w->cut)) {
    return false;
  }
  if (len > 0) {
    memcpy(w->cut, w->tail, len);
    out->len = (size_t)(w->cut - out->ptr) + len;
  }
  return true;
}
