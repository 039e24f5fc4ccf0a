/*
 * Finds a thing by a text that strangers may choose: a hash table with a secret key (SipHash-2-4),
 * so that nobody can make everything fall into one bucket. The things are the caller's; each begins
 * with an ew__octave_node.
 */
#ifndef EW_OCTAVE_INDEX_INTERNAL_H
#define EW_OCTAVE_INDEX_INTERNAL_H

#include "eventwire/codec.h"

typedef struct ew__octave_node {
  struct ew__octave_node *next;
  ew_str key; /* the caller's, unchanged while the node is in an index */
} ew__octave_node;

typedef struct ew__octave_index {
  ew__octave_node **buckets;
  size_t bucket_count; /* a power of two */
  size_t count;
  uint64_t secret[2];
} ew__octave_index;

/* EW_ERR_NOMEM. secret comes from the kernel's random numbers. */
EW_MUST_CHECK ew_err ew__octave_index_init(ew__octave_index *index, const uint64_t secret[2]);
/* Frees the table, not the nodes. */
void ew__octave_index_clear(ew__octave_index *index);

ew__octave_node *ew__octave_index_find(const ew__octave_index *index, ew_str key);
/*
 * No node with this key may be in it. Always succeeds: without memory for more buckets the chains
 * get longer.
 */
void ew__octave_index_add(ew__octave_index *index, ew__octave_node *node);
void ew__octave_index_remove(ew__octave_index *index, ew__octave_node *node);

#endif
