#include "memory_internal.h"

#include <stdlib.h>

#define FIRST_SIZE ((size_t)4096)

static size_t doubled(size_t size, size_t limit) {
  if (size == 0) {
    return FIRST_SIZE < limit ? FIRST_SIZE : limit;
  }
  return size > limit / 2 ? limit : size * 2;
}

void ew__scratch_init(ew__scratch *scratch, size_t limit) {
  ew_arena_init(&scratch->arena, NULL, 0);
  scratch->limit = limit;
}

void ew__scratch_clear(ew__scratch *scratch) {
  free(scratch->arena.base);
  ew_arena_init(&scratch->arena, NULL, 0);
}

ew_err ew__scratch_grow(ew__scratch *scratch) {
  size_t size = doubled(scratch->arena.size, scratch->limit);
  if (size <= scratch->arena.size) {
    return EW_ERR_ARENA_FULL;
  }
  char *block = malloc(size);
  if (block == NULL) {
    return EW_ERR_NOMEM;
  }
  free(scratch->arena.base);
  ew_arena_init(&scratch->arena, block, size);
  return EW_OK;
}

ew_err ew__scratch_decode(ew__scratch *scratch, const ew_type *type, ew_str json,
                          const ew_decode_options *opts, void *out, ew_diag *diag) {
  for (;;) {
    ew_arena_reset(&scratch->arena);
    ew_err err = ew_type_decode(type, json, &scratch->arena, opts, out, diag);
    if (err != EW_ERR_ARENA_FULL) {
      return err;
    }
    err = ew__scratch_grow(scratch);
    if (err != EW_OK) {
      return err;
    }
  }
}

ew_err ew__scratch_validate(ew__scratch *scratch, const ew_type *type, ew_str json,
                            const ew_decode_options *opts, ew_diag *diag) {
  ew_decode_options with_memory = *opts;
  with_memory.scratch = &scratch->arena;
  for (;;) {
    ew_arena_reset(&scratch->arena);
    ew_err err = ew_type_validate(type, json, &with_memory, diag);
    if (err != EW_ERR_ARENA_FULL) {
      return err;
    }
    err = ew__scratch_grow(scratch);
    if (err != EW_OK) {
      return err;
    }
  }
}

void ew__text_init(ew__text *text, size_t limit) {
  ew_buf_init(&text->buf, NULL, 0);
  text->limit = limit;
}

void ew__text_clear(ew__text *text) {
  free(text->buf.ptr);
  ew_buf_init(&text->buf, NULL, 0);
}

ew_err ew__text_reserve(ew__text *text, size_t size) {
  ew_buf *buf = &text->buf;
  if (size <= buf->size - buf->len) {
    return EW_OK;
  }
  if (size > text->limit || buf->len > text->limit - size) {
    return EW_ERR_TOO_LARGE;
  }
  size_t wanted = doubled(buf->size, text->limit);
  if (wanted < buf->len + size) {
    wanted = buf->len + size;
  }
  char *block = realloc(buf->ptr, wanted);
  if (block == NULL) {
    return EW_ERR_NOMEM;
  }
  buf->ptr = block;
  buf->size = wanted;
  return EW_OK;
}

ew_err ew__text_append(ew__text *text, ew_str bytes) {
  if (bytes.len == 0) {
    return EW_OK;
  }
  ew_err err = ew__text_reserve(text, bytes.len);
  return err == EW_OK ? ew_buf_append(&text->buf, bytes) : err;
}

/* The whole size that a refused call asked for, but at least some room. */
static ew_err make_room(ew__text *text) {
  size_t needed = text->buf.needed > text->buf.len ? text->buf.needed - text->buf.len : 1;
  return ew__text_reserve(
      text, needed > text->buf.size - text->buf.len ? needed : text->buf.size - text->buf.len + 1);
}

ew_err ew__text_append_json_string(ew__text *text, ew_str string) {
  ew_err err = ew_buf_append_json_string(&text->buf, string);
  while (err == EW_ERR_BUFFER_TOO_SMALL) {
    err = make_room(text);
    if (err == EW_OK) {
      err = ew_buf_append_json_string(&text->buf, string);
    }
  }
  return err;
}

ew_err ew__text_encode(ew__text *text, const ew_type *type, const void *value, ew_diag *diag) {
  ew_err err = ew_type_encode(type, value, &text->buf, diag);
  while (err == EW_ERR_BUFFER_TOO_SMALL) {
    err = make_room(text);
    if (err == EW_OK) {
      err = ew_type_encode(type, value, &text->buf, diag);
    }
  }
  return err;
}

bool ew__str_dup(ew_str *out, ew_str text) {
  char *copy = malloc((size_t)text.len + 1);
  if (copy == NULL) {
    return false;
  }
  if (text.len > 0) {
    memcpy(copy, text.ptr, text.len);
  }
  copy[text.len] = '\0';
  *out = ew_str_from(copy, text.len);
  return true;
}

void ew__str_free(ew_str *text) {
  /* The view is const, the block behind it came from ew__str_dup(). */
  union {
    const char *view;
    char *block;
  } owned = {.view = text->ptr};
  free(owned.block);
  *text = (ew_str){NULL, 0, 0};
}
