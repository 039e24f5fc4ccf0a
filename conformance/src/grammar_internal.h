/* The grammar of a case file: every key, the type of its value, every name. */
#ifndef EW_CONFORM_GRAMMAR_INTERNAL_H
#define EW_CONFORM_GRAMMAR_INTERNAL_H

#include "cases_internal.h"

/* Checks the tree of a whole file. EW_ERR_SYNTAX with "file:line: reason" appended to error; EW_ERR_NOMEM. */
EW_MUST_CHECK ew_err ew__grammar_check(const ew__suite *suite, ew__ctext *error);

#endif
