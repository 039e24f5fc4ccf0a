#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------------------------------- pool */

void pool_init(pool *p, size_t size) {
  p->base = (char *)malloc(size);
  p->size = size;
  p->used = 0;
  if (p->base == NULL) {
    perror("malloc");
    exit(70);
  }
}

void pool_free(pool *p) { free(p->base); }

void *pool_take(pool *p, size_t size) {
  size_t rounded = (size + 15) / 16 * 16;
  if (rounded > p->size - p->used) {
    fprintf(stderr, "the pool of %zu bytes is too small\n", p->size);
    exit(70);
  }
  void *block = p->base + p->used;
  p->used += rounded;
  return block;
}

ew_str pool_copy(pool *p, ew_str s) {
  char *copy = (char *)pool_take(p, s.len + 1);
  if (s.len > 0) {
    memcpy(copy, s.ptr, s.len);
  }
  return ew_str_from(copy, s.len);
}

/* ---------------------------------------------------------------------------------------- text */

void text_add(text *t, const char *bytes, size_t len) {
  if (len > 0 && t->len <= t->size && len <= t->size - t->len) {
    memcpy(t->ptr + t->len, bytes, len);
  }
  t->len += len;
}

void text_add_str(text *t, ew_str s) { text_add(t, s.ptr, s.len); }

/* --------------------------------------------------------------------------------------- nodes */

static node *new_node(pool *p, char kind) {
  node *n = (node *)pool_take(p, sizeof(*n));
  memset(n, 0, sizeof(*n));
  n->kind = kind;
  return n;
}

node *tree_scalar(pool *p, ew_str bytes) {
  node *n = new_node(p, 0);
  n->text = pool_copy(p, bytes);
  return n;
}

node *tree_clone(pool *p, const node *from) {
  node *n = (node *)pool_take(p, sizeof(*n));
  *n = *from;
  n->next = NULL;
  node **slot = &n->first;
  *slot = NULL;
  for (const node *child = from->first; child != NULL; child = child->next) {
    *slot = tree_clone(p, child);
    slot = &(*slot)->next;
  }
  return n;
}

size_t tree_count(const node *root) {
  size_t count = 1;
  for (const node *child = root->first; child != NULL; child = child->next) {
    count += tree_count(child);
  }
  return count;
}

static node *find_at(node *root, size_t *index) {
  if (*index == 0) {
    return root;
  }
  --*index;
  for (node *child = root->first; child != NULL; child = child->next) {
    node *found = find_at(child, index);
    if (found != NULL) {
      return found;
    }
  }
  return NULL;
}

node *tree_at(node *root, size_t index) { return find_at(root, &index); }

node *tree_parent(node *root, const node *wanted) {
  for (node *child = root->first; child != NULL; child = child->next) {
    node *found = child == wanted ? root : tree_parent(child, wanted);
    if (found != NULL) {
      return found;
    }
  }
  return NULL;
}

node **tree_slot(node *parent, size_t index) {
  node **slot = &parent->first;
  while (index-- > 0 && *slot != NULL) {
    slot = &(*slot)->next;
  }
  return slot;
}

size_t tree_children(const node *parent) {
  size_t count = 0;
  for (const node *child = parent->first; child != NULL; child = child->next) {
    count++;
  }
  return count;
}

node *tree_member(const node *object, ew_str name) {
  for (node *child = object->first; child != NULL; child = child->next) {
    if (ew_str_equal(child->name, name)) {
      return child;
    }
  }
  return NULL;
}

/* ------------------------------------------------------------------------------------- reading */

/* The text has passed ew_json_check, so that only what is there has to be found. */
typedef struct cursor {
  const char *p;
  const char *end;
  pool *pool;
} cursor;

static void skip_white(cursor *c) {
  while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\r' || *c->p == '\t')) {
    c->p++;
  }
}

static ew_str take_quoted(cursor *c) {
  const char *begin = c->p++;
  while (*c->p != '"') {
    c->p += *c->p == '\\' ? 2 : 1;
  }
  c->p++;
  return ew_str_from(begin, (size_t)(c->p - begin));
}

static ew_str take_scalar(cursor *c) {
  if (*c->p == '"') {
    return take_quoted(c);
  }
  const char *begin = c->p;
  while (c->p < c->end && strchr(" \n\r\t,]}", *c->p) == NULL) {
    c->p++;
  }
  return ew_str_from(begin, (size_t)(c->p - begin));
}

static node *take_value(cursor *c);

static void take_children(cursor *c, node *parent) {
  node **slot = &parent->first;
  char closing = parent->kind == '{' ? '}' : ']';
  c->p++;
  skip_white(c);
  while (*c->p != closing) {
    ew_str name = {NULL, 0, 0};
    if (parent->kind == '{') {
      name = take_quoted(c);
      skip_white(c);
      c->p++;
    }
    *slot = take_value(c);
    (*slot)->name = name;
    slot = &(*slot)->next;
    skip_white(c);
    c->p += *c->p == ',';
    skip_white(c);
  }
  c->p++;
}

static node *take_value(cursor *c) {
  skip_white(c);
  char kind = *c->p == '{' || *c->p == '[' ? *c->p : '\0';
  node *n = new_node(c->pool, kind);
  if (kind == 0) {
    n->text = take_scalar(c);
  } else {
    take_children(c, n);
  }
  return n;
}

node *tree_parse(pool *p, ew_str json) {
  if (ew_json_check(json, 256, NULL) != EW_OK) {
    return NULL;
  }
  ew_str copy = pool_copy(p, json);
  cursor c = {copy.ptr, copy.ptr + copy.len, p};
  return take_value(&c);
}

/* ------------------------------------------------------------------------------------- writing */

static void add_white(text *out, white_fn *white, void *ctx) {
  if (white != NULL) {
    white(ctx, out);
  }
}

static void write_value(const node *n, text *out, white_fn *white, void *ctx) {
  add_white(out, white, ctx);
  if (n->kind == 0) {
    text_add_str(out, n->text);
    add_white(out, white, ctx);
    return;
  }
  text_add(out, &n->kind, 1);
  for (const node *child = n->first; child != NULL; child = child->next) {
    if (n->kind == '{') {
      add_white(out, white, ctx);
      text_add_str(out, child->name);
      add_white(out, white, ctx);
      text_add(out, ":", 1);
    }
    write_value(child, out, white, ctx);
    text_add(out, ",", child->next != NULL);
  }
  add_white(out, white, ctx);
  text_add(out, n->kind == '{' ? "}" : "]", 1);
  add_white(out, white, ctx);
}

void tree_write(const node *root, text *out, white_fn *white, void *ctx) {
  write_value(root, out, white, ctx);
}
