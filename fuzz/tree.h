/*
 * tree.h - a JSON text as a tree that can be bent out of shape and written again.
 *
 * Scalars and names keep the bytes they have in the text, so that a tree can hold what is no JSON.
 * Nodes and texts live in a pool that is emptied at once.
 */
#ifndef EW_FUZZ_TREE_H
#define EW_FUZZ_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "eventwire/codec.h"

/** Bump memory; a program that runs out of it has a limit wrong, and stops. */
typedef struct pool {
  char *base;
  size_t size;
  size_t used;
} pool;

void pool_init(pool *p, size_t size);
void pool_free(pool *p);
void *pool_take(pool *p, size_t size);
ew_str pool_copy(pool *p, ew_str text);

typedef struct node node;
struct node {
  char kind;    /* '{', '[' or 0 for anything that is written as it is */
  ew_str name;  /* of a member, quotes included */
  ew_str text;  /* of a scalar */
  node *first;  /* child */
  node *next;   /* sibling */
};

/** Growing text; writing behind its end is counted and dropped. */
typedef struct text {
  char *ptr;
  size_t size;
  size_t len;
} text;

void text_add(text *t, const char *bytes, size_t len);
void text_add_str(text *t, ew_str s);

/** NULL when text is not well-formed or not small enough for the pool. Names may repeat. */
node *tree_parse(pool *p, ew_str json);

node *tree_scalar(pool *p, ew_str bytes);
node *tree_clone(pool *p, const node *from);
size_t tree_count(const node *root);
/** Number `index` of all nodes in the order of the text, the root being 0. */
node *tree_at(node *root, size_t index);
node *tree_parent(node *root, const node *child);
/** The place that points to child `index` of parent; the end of the list when there are fewer. */
node **tree_slot(node *parent, size_t index);
size_t tree_children(const node *parent);
/** The member called name (with its quotes), or NULL. */
node *tree_member(const node *object, ew_str name);

/** Called between all tokens, to add white space. */
typedef void white_fn(void *ctx, text *out);

void tree_write(const node *root, text *out, white_fn *white, void *ctx);

#endif
