#include "report_internal.h"

#include <string.h>

#define SHOWN_ROWS 10

typedef enum paint { PLAIN, GREEN, YELLOW, RED, GREY } paint;

static const char *start_paint(const ew_conform_output *output, paint colour) {
  static const char *const codes[] = {"", "\033[32m", "\033[33m", "\033[1;31m", "\033[90m"};
  return output->colour ? codes[colour] : "";
}

static const char *end_paint(const ew_conform_output *output) { return output->colour ? "\033[0m" : ""; }

static paint paint_of(ew_conform_verdict verdict) {
  switch (verdict) {
  case EW_CONFORM_OK:
    return GREEN;
  case EW_CONFORM_NON_STRICT:
    return YELLOW;
  case EW_CONFORM_FAILED:
    return RED;
  case EW_CONFORM_INFORMATIONAL:
  case EW_CONFORM_SKIPPED:
    return GREY;
  }
  return PLAIN;
}

static bool begin(const ew_conform_output *output, const ew__run_info *info) {
  return fprintf(output->file, "%s: %zu cases against %s (seed %llu)\n", info->protocol, info->case_count,
                 info->url,
                 (unsigned long long)info->seed) > 0;
}

static void put_line(const ew_conform_output *output, const char *label, const char *text) {
  if (text[0] != '\0') {
    fprintf(output->file, "    %-9s %s\n", label, text);
  }
}

static void put_rows(const ew_conform_output *output, const ew_conform_result *result) {
  size_t first = result->row_count > SHOWN_ROWS ? result->row_count - SHOWN_ROWS : 0;
  for (size_t i = first; i < result->row_count; i++) {
    const ew_conform_row *row = &result->rows[i];
    fprintf(output->file, "    %s%6u ms %c %s%s\n", start_paint(output, GREY), row->at_ms, row->direction,
            row->text, end_paint(output));
  }
}

static void put_details(const ew_conform_output *output, const ew_conform_result *result) {
  fprintf(output->file, "    %s\n", result->about);
  fprintf(output->file, "    %s:%d: %s%s%s\n", result->file, result->line, result->reason,
          result->pointer[0] == '\0' ? "" : " at ",
          result->pointer);
  put_line(output, "expected", result->expected);
  put_line(output, "got", result->got);
  put_line(output, "source", result->source);
  put_rows(output, result);
}

static bool result(const ew_conform_output *output, const ew_conform_result *r) {
  fprintf(output->file, "%s%-13s%s %s", start_paint(output, paint_of(r->verdict)),
          ew_conform_verdict_text(r->verdict), end_paint(output),
          r->id);
  if (r->verdict == EW_CONFORM_SKIPPED) {
    fprintf(output->file, "  (%s)\n", r->reason);
  } else {
    fprintf(output->file, "  %u ms\n", r->elapsed_ms);
  }
  if (r->verdict != EW_CONFORM_OK && r->verdict != EW_CONFORM_SKIPPED && r->reason[0] != '\0') {
    put_details(output, r);
  }
  return fflush(output->file) == 0 && !ferror(output->file);
}

static bool end(const ew_conform_output *output, const ew_conform_summary *summary, bool complete) {
  uint32_t passed = summary->ok + summary->informational + summary->non_strict;
  if (!complete) {
    fprintf(output->file, "the run was ended before all cases were played\n");
  }
  if (summary->non_strict + summary->informational > 0) {
    fprintf(output->file, "of those passed %u non-strict, %u informational\n", summary->non_strict,
            summary->informational);
  }
  fprintf(output->file, "%s%u passed, %u failed, %u skipped%s in %u.%u s\n",
          start_paint(output, summary->failed > 0 ? RED : GREEN), passed,
          summary->failed, summary->skipped, end_paint(output), summary->elapsed_ms / 1000, summary->elapsed_ms % 1000 / 100);
  return fflush(output->file) == 0 && !ferror(output->file);
}

const ew__reporter ew__text_reporter = {begin, result, end};
