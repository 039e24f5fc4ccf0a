#include "stream_trial.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROOM ((size_t)4 << 20)
#define MAX_ELEMENTS 4096u

struct stream_trial {
  const ew_type *type;
  const ew_type *item;
  ew_profile profile;
  ew_str json;

  /* whole */
  ew_arena arena;
  char *value;
  ew_err err;
  ew_diag diag;

  /* in one piece: copies of what was delivered */
  ew_arena copies;
  void *elements[MAX_ELEMENTS];
  uint64_t element_count;

  /* in pieces */
  ew_arena stream_arena;
  char *out;
  uint64_t seen;
  const char *problem;

  /* a piece lies right before memory that cannot be read */
  char *pages;
  size_t page_bytes; /* readable */
};

/* -------------------------------------------------------------------------------------- storage */

#define VALUE_BYTES 8192u

static bool take_arena(ew_arena *arena) {
  void *block = malloc(ROOM);
  ew_arena_init(arena, block, ROOM);
  return block != NULL;
}

static bool take_pages(stream_trial *t, size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  t->page_bytes = (bytes / page + 1) * page;
  void *pages = mmap(NULL, t->page_bytes + page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  t->pages = pages == MAP_FAILED ? NULL : (char *)pages;
  return t->pages != NULL && mprotect(t->pages + t->page_bytes, page, PROT_NONE) == 0;
}

stream_trial *stream_trial_new(size_t text_bytes) {
  stream_trial *t = (stream_trial *)calloc(1, sizeof(*t));
  if (t == NULL) {
    return NULL;
  }
  t->value = (char *)malloc(VALUE_BYTES);
  t->out = (char *)malloc(VALUE_BYTES);
  bool arenas = take_arena(&t->arena) && take_arena(&t->copies) && take_arena(&t->stream_arena);
  if (!arenas || t->value == NULL || t->out == NULL || !take_pages(t, text_bytes)) {
    stream_trial_free(t);
    return NULL;
  }
  return t;
}

void stream_trial_free(stream_trial *t) {
  if (t == NULL) {
    return;
  }
  if (t->pages != NULL) {
    munmap(t->pages, t->page_bytes + (size_t)sysconf(_SC_PAGESIZE));
  }
  free(t->arena.base);
  free(t->copies.base);
  free(t->stream_arena.base);
  free(t->value);
  free(t->out);
  free(t);
}

/* ------------------------------------------------------------------------------------- elements */

/* What every list of a decoded value looks like. */
typedef struct any_list {
  char *items;
  uint32_t count;
} any_list;

static char *list_in(const stream_trial *t, char *value) {
  if (t->type->kind == EW_KIND_ARRAY) {
    return value;
  }
  const ew_object_rules *rules = t->type->as.object;
  for (uint32_t i = 0; i < rules->member_count; i++) {
    if ((rules->members[i].flags & EW_MEMBER_STREAM) != 0) {
      return value + rules->members[i].offset;
    }
  }
  return NULL;
}

static void keep_element(stream_trial *t, const void *element) {
  void *copy = ew_arena_take(&t->copies, t->item->size == 0 ? 1 : t->item->size);
  if (copy == NULL || t->seen > MAX_ELEMENTS ||
      ew_type_copy(t->item, copy, element, &t->copies) != EW_OK) {
    t->problem = "the elements do not fit the trial";
    return;
  }
  t->elements[t->seen - 1] = copy;
}

static ew_err record(ew_stream_callback callback, void *ctx, const void *element) {
  stream_trial *t = (stream_trial *)ctx;
  (void)callback;
  t->seen++;
  keep_element(t, element);
  return EW_OK;
}

static ew_err compare(ew_stream_callback callback, void *ctx, const void *element) {
  stream_trial *t = (stream_trial *)ctx;
  (void)callback;
  if (t->seen >= t->element_count) {
    t->problem = "more elements in pieces";
  } else if (!ew_type_equal(t->item, t->elements[t->seen], element)) {
    t->problem = "an element differs in pieces";
  }
  t->seen++;
  return EW_OK;
}

static bool same_list(const stream_trial *t) {
  any_list list;
  memcpy(&list, list_in(t, t->value), sizeof(list));
  if (list.count != t->element_count) {
    return false;
  }
  for (uint32_t i = 0; i < list.count; i++) {
    if (!ew_type_equal(t->item, list.items + (size_t)i * t->item->size, t->elements[i])) {
      return false;
    }
  }
  return true;
}

/* --------------------------------------------------------------------------------------- pieces */

static void spoil_piece(const stream_trial *t, ew_str piece) {
  memset(t->pages + t->page_bytes - piece.len, 0xdb, piece.len);
}

/* The piece, at the very end of what can be read. */
static ew_str show_piece(const stream_trial *t, size_t from, size_t to) {
  char *at = t->pages + t->page_bytes - (to - from);
  memcpy(at, t->json.ptr + from, to - from);
  return ew_str_from(at, to - from);
}

static ew_err feed_pieces(stream_trial *t, ew_stream *stream, const size_t *cuts, size_t count,
                          ew_diag *diag) {
  size_t from = 0;
  ew_err err = EW_OK;
  for (size_t i = 0; i <= count && err == EW_OK; i++) {
    size_t to = i < count ? cuts[i] : t->json.len;
    ew_str piece = show_piece(t, from, to);
    err = ew_stream_feed(stream, piece, diag);
    spoil_piece(t, piece);
    from = to;
  }
  return err == EW_OK ? ew_stream_finish(stream, diag) : err;
}

static ew_err stream_text(stream_trial *t, const size_t *cuts, size_t count,
                          ew_err (*call)(ew_stream_callback, void *, const void *), ew_diag *diag) {
  ew_decode_options opts = {.profile = t->profile};
  ew_stream_sink sink = {call, NULL, t};
  ew_stream stream;
  t->seen = 0;
  t->problem = NULL;
  ew_arena_reset(&t->stream_arena);
  memset(diag, 0, sizeof(*diag));
  ew_err err = ew_stream_init(&stream, t->type, &t->stream_arena, &opts, t->out, sink);
  return err == EW_OK ? feed_pieces(t, &stream, cuts, count, diag) : err;
}

/* ---------------------------------------------------------------------------------- comparisons */

static const char *differ_in_place(const ew_diag *a, const ew_diag *b) {
  if (a->err != b->err) {
    return "the error differs";
  }
  if (a->offset != b->offset || a->line != b->line || a->column != b->column) {
    return "the place differs";
  }
  if (strcmp(a->pointer, b->pointer) != 0) {
    return "the pointer differs";
  }
  return strcmp(a->schema, b->schema) != 0 || strcmp(a->expected, b->expected) != 0
             ? "the keyword differs"
             : NULL;
}

/* The object around the list. */
static bool same_rest(stream_trial *t) {
  static const any_list none = {NULL, 0};
  if (t->type->kind == EW_KIND_ARRAY) {
    return true;
  }
  any_list list;
  char *in_value = list_in(t, t->value);
  memcpy(&list, in_value, sizeof(list));
  memcpy(in_value, &none, sizeof(none));
  bool same = ew_type_equal(t->type, t->value, t->out);
  memcpy(in_value, &list, sizeof(list));
  return same;
}

static bool is_limit(ew_err err) { return err == EW_ERR_TOO_LARGE || err == EW_ERR_ARENA_FULL; }

static const char *judge(stream_trial *t, ew_err err, const ew_diag *diag) {
  if (t->problem != NULL) {
    return t->problem;
  }
  if (err != t->err) {
    return "the verdict differs";
  }
  if (err != EW_OK) {
    return differ_in_place(&t->diag, diag);
  }
  return same_rest(t) ? NULL : "the members beside the list differ";
}

const char *stream_trial_start(stream_trial *t, const ew_type *type, ew_profile profile,
                               ew_str json) {
  ew_decode_options opts = {.profile = profile, .engine = EW_ENGINE_TABLE};
  t->type = type;
  t->profile = profile;
  t->json = json;
  t->element_count = 0;
  ew_arena_reset(&t->arena);
  ew_arena_reset(&t->copies);
  memset(t->out, 0, VALUE_BYTES);
  t->err = ew_type_decode(type, json, &t->arena, &opts, t->value, &t->diag);
  const ew_type *list = type;
  if (type->kind == EW_KIND_OBJECT) {
    for (uint32_t i = 0; i < type->as.object->member_count; i++) {
      bool streams = (type->as.object->members[i].flags & EW_MEMBER_STREAM) != 0;
      list = streams ? type->as.object->members[i].type : list;
    }
  }
  t->item = list->as.array->item;

  ew_diag diag;
  ew_err err = stream_text(t, NULL, 0, record, &diag);
  t->element_count = t->seen;
  if (is_limit(t->err) || is_limit(err)) {
    t->err = err;
    t->diag = diag;
    return t->problem;
  }
  const char *problem = judge(t, err, &diag);
  if (problem == NULL && err == EW_OK && !same_list(t)) {
    return "the elements differ";
  }
  /* The beginning of a character at the very end is kept apart, and may be missing. */
  bool whole_end = json.len == 0 || (json.ptr[json.len - 1] & 0x80) == 0;
  if (problem == NULL && err != EW_OK && whole_end && strcmp(t->diag.found, diag.found) != 0) {
    return "what was found differs";
  }
  return problem;
}

const char *stream_trial_cut(stream_trial *t, const size_t *cuts, size_t count) {
  ew_diag diag;
  ew_err err = stream_text(t, cuts, count, compare, &diag);
  if (is_limit(t->err) || is_limit(err)) {
    return t->problem;
  }
  if (t->problem == NULL && t->seen != t->element_count) {
    return "fewer elements in pieces";
  }
  return judge(t, err, &diag);
}

uint64_t stream_trial_count(const stream_trial *t) { return t->element_count; }

ew_err stream_trial_verdict(const stream_trial *t) { return t->err; }
