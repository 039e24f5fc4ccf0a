/* Writes what happened to one output. */
#ifndef EW_CONFORM_REPORT_INTERNAL_H
#define EW_CONFORM_REPORT_INTERNAL_H

#include "eventwire/conform.h"

typedef struct ew__run_info {
  const char *url; /* without user and password */
  const char *protocol;
  uint64_t seed;
  size_t case_count;
} ew__run_info;

/* Each returns false when the file cannot be written. */
typedef struct ew__reporter {
  bool (*begin)(const ew_conform_output *output, const ew__run_info *info);
  bool (*result)(const ew_conform_output *output, const ew_conform_result *result);
  bool (*end)(const ew_conform_output *output, const ew_conform_summary *summary, bool complete);
} ew__reporter;

extern const ew__reporter ew__text_reporter;
extern const ew__reporter ew__json_reporter;
extern const ew__reporter ew__junit_reporter;

#endif
