/**
 * eventwire/filter_re2.h - the engine for FireFly filters: Google's RE2, linear in the text and
 * bounded in memory.
 *
 * FireFly compiles filters with Go's regexp package, which has RE2's syntax. Part of the library
 * eventwire::filter_re2 (C++ inside, C outside).
 *
 *   options.filters = ew_filter_re2();
 */
#ifndef EVENTWIRE_FILTER_RE2_H
#define EVENTWIRE_FILTER_RE2_H

#include "eventwire/protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Longest pattern that is compiled, in bytes. */
#define EW_FILTER_RE2_MAX_PATTERN 1024

/** Most memory of one compiled pattern, in bytes. */
#define EW_FILTER_RE2_MAX_MEMORY (1 << 20)

/**
 * The engine. Static, without state; reasons of refusals are in the words of Go's package. Nothing
 * is written to stderr. Thread: any; one compiled pattern may be used by several at once.
 */
EW_API const ew_filter_engine *ew_filter_re2(void);

#ifdef __cplusplus
}
#endif
#endif
