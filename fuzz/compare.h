/*
 * compare.h - a decoded struct against the tree of a peer.
 */
#ifndef EW_FUZZ_COMPARE_H
#define EW_FUZZ_COMPARE_H

#include "peers.h"
#include "eventwire/table.h"

/** Where the first difference is, and what. */
typedef struct mismatch {
  char path[256];
  const char *what;
} mismatch;

/**
 * Every member of value is in tree and equal, and every member of tree that the schema knows is in
 * value. Strict profile. On false out says where they part.
 */
bool same_value(const ew_type *type, const void *value, const peer_ops *peer, const void *tree,
                mismatch *out);

#endif
