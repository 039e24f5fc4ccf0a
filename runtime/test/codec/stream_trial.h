/*
 * stream_trial.h - one text, decoded whole and in pieces, must give the same. For tests and
 * fuzzing.
 */
#ifndef EW_STREAM_TRIAL_H
#define EW_STREAM_TRIAL_H

#include "eventwire/stream.h"

typedef struct stream_trial stream_trial;

/** Room for texts up to this long. NULL: out of memory. */
stream_trial *stream_trial_new(size_t text_bytes);
void stream_trial_free(stream_trial *trial);

/**
 * Decodes json whole and in one piece. NULL when both say the same, else what differs. What is a
 * matter of limits, which hold for different things, is no difference.
 */
const char *stream_trial_start(stream_trial *trial, const ew_type *type, ew_profile profile,
                               ew_str json);

/**
 * The same text cut at these offsets, which ascend: the same elements, verdict and diagnosis as in
 * one piece? Nothing behind a piece can be read, and no element may point into a piece that has
 * been passed.
 */
const char *stream_trial_cut(stream_trial *trial, const size_t *cuts, size_t count);

/** Elements that were delivered, the same for every way of cutting. */
uint64_t stream_trial_count(const stream_trial *trial);

/** Of the text. */
ew_err stream_trial_verdict(const stream_trial *trial);

#endif
