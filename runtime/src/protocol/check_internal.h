/*
 * The rules of a protocol that no schema states, one function per protocol that has any. They look
 * at decoded messages; value is what message->type describes. EW_OK, or EW_ERR_RULE with diag (may
 * be NULL) naming the member.
 */
#ifndef EW_CHECK_INTERNAL_H
#define EW_CHECK_INTERNAL_H

#include "eventwire/table.h"

EW_MUST_CHECK ew_err ew__baas_check(const ew_message *message, const void *value, ew_diag *diag);
EW_MUST_CHECK ew_err ew__octave_check(const ew_message *message, const void *value, ew_diag *diag);

/*
 * Fills diag, which may be NULL, with an error that has no place in a text, and returns err.
 * expected is static.
 */
ew_err ew__diag_say(ew_diag *diag, ew_err err, const char *pointer, const char *expected,
                    ew_str found);

#endif
