/*
 * reason_internal.h - one line of words beside an ew_err, without secrets.
 */
#ifndef EW_REASON_INTERNAL_H
#define EW_REASON_INTERNAL_H

#include "eventwire/codec.h"

#if defined(__GNUC__)
#  define EW__PRINTF(text, args) __attribute__((format(printf, text, args)))
#else
#  define EW__PRINTF(text, args)
#endif

typedef struct ew__reason {
  char text[240];
  bool lasting; /* trying again cannot help: a certificate that is not accepted */
} ew__reason;

/**
 * Sets the words of a passing fault, redacted (ew__redact). why may be NULL. Returns err, so that a
 * function can `return ew__fail(...)`.
 */
ew_err ew__fail(ew_err err, ew__reason *why, const char *format, ...) EW__PRINTF(3, 4);

/** Fills diag (may be NULL) for an error that has no place in a text. Returns err. */
ew_err ew__reason_to_diag(ew_err err, const ew__reason *why, ew_diag *diag);

#endif
