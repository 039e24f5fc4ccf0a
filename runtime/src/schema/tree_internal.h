/*
 * tree_internal.h - a JSON text as a row of nodes, for keywords that look at a value more than once.
 */
#ifndef EW_SCHEMA_TREE_INTERNAL_H
#define EW_SCHEMA_TREE_INTERNAL_H

#include "../codec/scan_internal.h"
#include "decimal_internal.h"

/**
 * A value or a member name. What is inside stands behind it: elements, or names each followed by
 * their value; `next` is the index of what comes after all of that.
 */
typedef struct ew__node {
  uint32_t at;  /* first byte in the text */
  uint32_t len; /* bytes in the text; of a string without its quotes */
  uint32_t next;
  uint32_t count : 25; /* elements or members */
  uint32_t type : 6;   /* ew_json_type */
  uint32_t escaped : 1;
} ew__node;

#define EW__TREE_MAX_COUNT ((1u << 25) - 1)

/** A text and its nodes; the root is node 0. */
typedef struct ew__tree {
  const char *text;
  const ew__node *nodes;
  uint32_t count;
} ew__tree;

/**
 * Reads text into the arena. EW_OK, or the fault: every error of JSON, EW_ERR_DUPLICATE at the
 * second name, EW_ERR_DEPTH, EW_ERR_TOO_LARGE, EW_ERR_ARENA_FULL. limits has no zeros in it.
 */
ew_err ew__tree_read(ew_str text, const ew_limits *limits, ew_arena *arena, ew__tree *out,
                     ew__fault *fault);

/** The first byte of a node, of a string its quote. */
const char *ew__tree_place(const ew__tree *tree, uint32_t node);

/** A string or name as it stands in the text. */
static inline ew__span ew__tree_span(const ew__tree *tree, uint32_t node) {
  const ew__node *n = &tree->nodes[node];
  return (ew__span){tree->text + n->at, n->len, n->escaped != 0};
}

static inline ew__decimal ew__tree_number(const ew__tree *tree, uint32_t node) {
  return ew__decimal_read(tree->text + tree->nodes[node].at, tree->nodes[node].len);
}

/** The value of the member with this name, 0 when there is none. object is an object. */
uint32_t ew__tree_member(const ew__tree *tree, uint32_t object, ew_text name);

/**
 * The values are equal as JSON Schema sees it. Takes from *steps what it looks at; when that is not
 * enough, *steps is 0 and the answer means nothing.
 */
bool ew__tree_equal(const ew__tree *a, uint32_t x, const ew__tree *b, uint32_t y, uint64_t *steps);

/** The same for values that are equal. */
uint64_t ew__tree_hash(const ew__tree *tree, uint32_t node);

#endif
