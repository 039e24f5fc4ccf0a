/*
 * shape_internal.h - texts of fixed form, checked a block at a time.
 */
#ifndef EW_SHAPE_INTERNAL_H
#define EW_SHAPE_INTERNAL_H

#include "scan_internal.h"

/**
 * True when the whole text has the shape. ptr is unescaped text; nothing outside of its len bytes
 * is read. The row of a shape that an automaton goes on from is a text of its own.
 */
bool ew__shape_holds(const ew_shape *shape, const char *ptr, size_t len);

/** Whether the text has the form. */
bool ew__form_accepts(const uint8_t *form, const char *ptr, size_t len);

#endif
