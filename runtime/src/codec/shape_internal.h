/*
 * shape_internal.h - texts of fixed form, checked a block at a time.
 */
#ifndef EW_SHAPE_INTERNAL_H
#define EW_SHAPE_INTERNAL_H

#include "chars_internal.h"

/**
 * True when the whole text has the shape. ptr is unescaped text; nothing outside of its len bytes
 * is read. The row of a shape that an automaton goes on from is a text of its own.
 */
bool ew__shape_holds(const ew_shape *shape, const char *ptr, size_t len);

/** The same byte by byte, for text with escapes. rest goes on behind a row, or is NULL. */
bool ew__shape_holds_chars(const ew_shape *shape, const ew_dfa *rest, ew__chars chars);

/** Whether the text, or what is left of chars, has the form. */
bool ew__form_accepts(const uint8_t *form, const char *ptr, size_t len);
bool ew__form_accepts_chars(const uint8_t *form, ew__chars *chars);

/** True when the pattern accepts what is left of chars. */
bool ew__dfa_accepts_chars(const ew_dfa *dfa, ew__chars *chars);

#endif
