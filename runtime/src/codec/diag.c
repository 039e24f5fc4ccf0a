#include "diag_internal.h"

#include <assert.h>

#include "levels_internal.h"

/* ---------------------------------------------------------------------------- which value it is */

/**
 * The way from the root of a text to the place of a fault. The text before the fault is
 * well-formed.
 */
typedef struct walk {
  const char *end;
  const char *at;
  bool at_key;
  ew__levels levels;
  ew__pointer pointer;
} walk;

/* From before a key to behind its colon; NULL when the walk is over. */
static const char *walk_key(walk *w, const char *p) {
  ew__fault fault;
  ew__span key;
  p = ew__skip_white(p, w->end);
  bool here = p >= w->at;
  if (p == w->end || *p != '"' || (here && !w->at_key)) {
    return NULL;
  }
  p = ew__scan_string(p, w->end, EW_TOLERATE_BAD_UTF8, &key, &fault);
  if (p == NULL || (p > w->at && !here)) {
    return NULL;
  }
  ew__pointer_push(&w->pointer, key);
  p = ew__skip_white(p, w->end);
  return here || p == w->end || *p != ':' ? NULL : p + 1;
}

static uint64_t last_index(const ew__pointer *pointer) {
  uint32_t begin = pointer->len;
  while (begin > 0 && pointer->text[begin - 1] != '/') {
    begin--;
  }
  uint64_t index = 0;
  ew_str digits = ew_str_from(pointer->text + begin, pointer->len - begin);
  return ew_str_to_uint64(digits, &index) == EW_OK ? index : 0;
}

/* p is at an opening bracket. */
static const char *walk_opening(walk *w, const char *p, bool *empty) {
  bool object = *p == '{';
  if (!ew__levels_open(&w->levels, object)) {
    return NULL;
  }
  p = ew__skip_white(p + 1, w->end);
  *empty = p < w->end && *p == (object ? '}' : ']');
  if (*empty) {
    w->levels.depth--;
    return p + 1;
  }
  if (object) {
    return walk_key(w, p);
  }
  ew__pointer_push_index(&w->pointer, 0);
  return p;
}

/* p is behind a value. */
static const char *walk_closings(walk *w, const char *p) {
  while (w->levels.depth > 0) {
    bool object = ew__levels_in_object(&w->levels);
    uint64_t next = object ? 0 : last_index(&w->pointer) + 1;
    ew__pointer_pop(&w->pointer);
    p = ew__skip_white(p, w->end);
    if (p >= w->at || p == w->end) {
      return NULL;
    }
    if (*p == ',' && object) {
      return walk_key(w, p + 1);
    }
    if (*p == ',') {
      ew__pointer_push_index(&w->pointer, next);
      return p + 1;
    }
    if (*p != (object ? '}' : ']')) {
      return NULL;
    }
    w->levels.depth--;
    p++;
  }
  return NULL;
}

static const char *walk_scalar(const walk *w, const char *p) {
  ew__fault fault;
  p = ew__skip_value(p, w->end, 0, EW_TOLERATE_BAD_UTF8, &fault);
  return p == NULL || p > w->at ? NULL : p;
}

static void walk_text(walk *w, const char *p) {
  while (p != NULL) {
    p = ew__skip_white(p, w->end);
    if (p >= w->at || p == w->end) {
      return;
    }
    bool ended = true;
    p = *p == '{' || *p == '[' ? walk_opening(w, p, &ended) : walk_scalar(w, p);
    if (p != NULL && ended) {
      p = walk_closings(w, p);
    }
  }
}

static void find_pointer(ew_diag *diag, ew_str json, const char *at, bool at_key) {
  walk w = {.end = json.ptr + json.len,
            .at = at,
            .at_key = at_key,
            .levels = ew__levels_of(EW__MAX_DEPTH)};
  walk_text(&w, json.ptr);
  ew__pointer_close(&w.pointer);
  memcpy(diag->pointer, w.pointer.text, sizeof(diag->pointer));
}

/* ----------------------------------------------------------------------------------- what it is */

static void find_line(ew_diag *diag, const char *begin, const char *at) {
  const char *line = begin;
  diag->line = 1;
  for (const char *p = begin; p < at; p++) {
    if (*p == '\n') {
      diag->line++;
      line = p + 1;
    }
  }
  diag->column = (uint32_t)(at - line) + 1;
}

/* A message shows the beginning of a refused value, not all of it. */
#define EXCERPT_BYTES 39

static_assert(EXCERPT_BYTES < sizeof(((ew_diag *)0)->found), "an excerpt fits");

/* Copies whole characters; what cannot be printed becomes '.'. */
static void set_found(ew_diag *diag, const char *p, const char *end) {
  const size_t room = EXCERPT_BYTES;
  const size_t cut_room = room - 3;
  size_t len = 0;
  size_t cut = 0;
  while (p < end) {
    size_t n = ew__utf8_length(p, end);
    bool printable = n > 0 && (unsigned char)*p >= 0x20 && *p != 0x7f;
    n = n == 0 ? 1 : n;
    if (len + n > room) {
      memcpy(diag->found + cut, "...", 4);
      return;
    }
    memcpy(diag->found + len, printable ? p : ".", printable ? n : 1);
    len += printable ? n : 1;
    p += n;
    cut = len <= cut_room ? len : cut;
  }
  diag->found[len] = '\0';
}

static bool ends_word(char c) {
  return ew__is_white(c) || (c != '\0' && strchr(",:]}", c) != NULL);
}

static void find_found(ew_diag *diag, const char *at, const char *end) {
  static const char nothing[] = "end of text";
  if (at >= end) {
    set_found(diag, nothing, nothing + sizeof(nothing) - 1);
    return;
  }
  ew__fault fault;
  const char *behind = ew__skip_value(at, end, EW__MAX_DEPTH, EW_TOLERATE_BAD_UTF8, &fault);
  if (ew__is_white(*at) || behind == NULL) {
    behind = at + 1;
    while (behind < end && !ends_word(*behind)) {
      behind++;
    }
  }
  set_found(diag, at, behind);
}

static size_t append(char *to, size_t len, size_t size, const char *text) {
  for (; text != NULL && *text != '\0' && len + 1 < size; text++) {
    to[len++] = *text;
  }
  return len;
}

static void set_schema(ew_diag *diag, ew__keyword k) {
  const size_t size = sizeof(diag->schema);
  size_t len = append(diag->schema, 0, size, k.base);
  len = append(diag->schema, len, size, k.member);
  len = append(diag->schema, len, size, k.keyword);
  diag->schema[len] = '\0';
}

void ew__diag_text(ew_diag *diag, ew_str json, const ew__fault *fault, bool at_key,
                   ew__keyword keyword) {
  if (diag == NULL) {
    return;
  }
  memset(diag, 0, sizeof(*diag));
  diag->err = fault->err;
  diag->expected = fault->expected == NULL ? "" : fault->expected;
  set_schema(diag, keyword);
  diag->offset = (size_t)(fault->at - json.ptr);
  find_line(diag, json.ptr, fault->at);
  find_pointer(diag, json, fault->at, at_key);
  find_found(diag, fault->at, json.ptr + json.len);
}

void ew__diag_value(ew_diag *diag, ew_err err, const ew__path *path, const char *expected,
                    ew__keyword keyword, ew_str found) {
  if (diag == NULL) {
    return;
  }
  ew__pointer pointer = {.len = 0};
  ew__diag_code(diag, err);
  diag->expected = expected == NULL ? "" : expected;
  set_schema(diag, keyword);
  ew__pointer_of_path(path, &pointer);
  ew__pointer_close(&pointer);
  memcpy(diag->pointer, pointer.text, sizeof(diag->pointer));
  if (found.len > 0) {
    set_found(diag, found.ptr, found.ptr + found.len);
  }
}

void ew__diag_code(ew_diag *diag, ew_err err) {
  if (diag != NULL) {
    memset(diag, 0, sizeof(*diag));
    diag->err = err;
    diag->expected = "";
  }
}

/* ---------------------------------------------------------------------------------- as one line */

/** A line that counts on where the room ends. */
typedef struct line {
  char *out;
  size_t size;
  size_t len;
} line;

static void put(line *l, const char *text) {
  size_t n = strlen(text);
  size_t room = l->len < l->size ? l->size - l->len : 0;
  if (room > 0) {
    memcpy(l->out + l->len, text, n < room ? n : room);
  }
  l->len += n;
}

static void put_number(line *l, uint32_t number) {
  char digits[EW__INT_CHARS + 1];
  *ew__print_uint(number, digits) = '\0';
  put(l, digits);
}

static void put_place(line *l, const ew_diag *diag) {
  if (diag->line > 0) {
    put_number(l, diag->line);
    put(l, ":");
    put_number(l, diag->column);
    put(l, ": ");
  }
  if (diag->pointer[0] != '\0') {
    put(l, diag->pointer);
    put(l, ": ");
  }
}

static void put_reason(line *l, const ew_diag *diag) {
  bool expected = diag->expected != NULL && diag->expected[0] != '\0';
  put(l, ew_err_text(diag->err));
  if (expected) {
    put(l, ": expected ");
    put(l, diag->expected);
  }
  if (diag->found[0] != '\0') {
    put(l, expected ? ", found " : ": found ");
    put(l, diag->found);
  }
  if (diag->schema[0] != '\0') {
    put(l, " (schema ");
    put(l, diag->schema);
    put(l, ")");
  }
}

size_t ew_diag_format(const ew_diag *diag, char *out, size_t size) {
  line l = {out, size, 0};
  put_place(&l, diag);
  put_reason(&l, diag);
  if (size > 0) {
    out[l.len < size ? l.len : size - 1] = '\0';
  }
  return l.len;
}
