/*
 * decimal_internal.h - JSON numbers compared and divided as the decimals they are, whatever their
 * size, without converting them.
 */
#ifndef EW_SCHEMA_DECIMAL_INTERNAL_H
#define EW_SCHEMA_DECIMAL_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A number whose digits stand in a text, perhaps with a point among them. Zeros at both ends are
 * left out: the first and the last digit are not 0.
 */
typedef struct ew__decimal {
  const char *first; /* NULL: zero */
  const char *last;
  int64_t top;    /* the first digit stands for 10^top */
  int64_t bottom; /* the last digit stands for 10^bottom */
  bool negative;
} ew__decimal;

/** Reads a number that is one by the grammar of RFC 8259. */
ew__decimal ew__decimal_read(const char *ptr, size_t len);

/** <0, 0, >0. */
int ew__decimal_compare(const ew__decimal *a, const ew__decimal *b);

bool ew__decimal_is_integer(const ew__decimal *number);

/** number is a multiple of divisor, which is positive and has at most 18 digits. */
bool ew__decimal_divides(const ew__decimal *divisor, const ew__decimal *number);

/** The same for numbers that are equal. */
uint64_t ew__decimal_hash(const ew__decimal *number);

#endif
