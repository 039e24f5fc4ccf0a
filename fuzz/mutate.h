/*
 * mutate.h - texts that are almost messages, each made from a number alone.
 *
 * A text starts as a vector, is bent as a tree (members removed, doubled, renamed, swapped, values
 * of other kinds put in) and then as bytes.
 */
#ifndef EW_FUZZ_MUTATE_H
#define EW_FUZZ_MUTATE_H

#include "subjects.h"
#include "tree.h"

/** SplitMix64. */
typedef struct dice {
  uint64_t state;
} dice;

uint64_t dice_roll(dice *d);
/** Below count, which is not 0. */
size_t dice_below(dice *d, size_t count);
/** True once in `times`. */
bool dice_once(dice *d, size_t times);

/** The dice of message number `index` of a run with this seed. */
dice dice_of(uint64_t seed, uint64_t index);

/** Where names, values and other messages are borrowed from. */
typedef struct stock {
  ew_str *names; /* of all members, with their quotes */
  size_t name_count;
} stock;

void stock_init(stock *s, pool *p);

/** Writes a changed form of vector v to out (out->len 0 before). */
void mutate(const stock *s, const ew_vector *v, dice *d, pool *p, text *out);

#endif
