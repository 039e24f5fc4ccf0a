#include "report_internal.h"

#include "text_internal.h"

#include <string.h>

/*
 * JUnit's XML as Jenkins, GitLab and the actions of GitHub read it: a suite, a testcase per case. The number of failures, which is
 * known at the end alone, is left to who reads it.
 */

static void put_char(FILE *file, const char *at) {
  static const char specials[] = "&<>\"";
  static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
  const char *special = strchr(specials, *at);
  if (special != NULL) {
    fputs(names[special - specials], file);
  } else {
    fputc(*at, file);
  }
}

/* Control bytes and what is no UTF-8 have no place in XML, so they are made visible. */
static void put_text(FILE *file, const char *text) {
  ew__ctext visible = {0};
  ew__ctext_append_visible(&visible, text, strlen(text), SIZE_MAX);
  fputs(visible.failed ? "(out of memory)" : "", file);
  for (const char *c = ew__ctext_str(&visible); *c != '\0'; c++) {
    put_char(file, c);
  }
  ew__ctext_clear(&visible);
}

static void put_attribute(FILE *file, const char *name, const char *value) {
  fprintf(file, " %s=\"", name);
  put_text(file, value);
  fputc('"', file);
}

static void put_property(FILE *file, const char *name, const char *value) {
  fputs("    <property", file);
  put_attribute(file, "name", name);
  put_attribute(file, "value", value);
  fputs("/>\n", file);
}

static bool is_written(FILE *file) { return fflush(file) == 0 && !ferror(file); }

static bool begin(const ew_conform_output *output, const ew__run_info *info) {
  char seed[24];
  FILE *file = output->file;
  (void)snprintf(seed, sizeof(seed), "%llu", (unsigned long long)info->seed);
  fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite", file);
  put_attribute(file, "name", info->protocol);
  fprintf(file, " tests=\"%zu\">\n  <properties>\n", info->case_count);
  put_property(file, "url", info->url);
  put_property(file, "seed", seed);
  fputs("  </properties>\n", file);
  return is_written(file);
}

/* "firefly/ack/twice" is "twice" of the class "firefly.ack". */
static void put_id(FILE *file, const char *id) {
  const char *last = strrchr(id, '/');
  fputs(" classname=\"", file);
  for (const char *c = id; last != NULL && c < last; c++) {
    fputc(*c == '/' ? '.' : *c, file); /* small letters, digits and '-' */
  }
  fputc('"', file);
  put_attribute(file, "name", last == NULL ? id : last + 1);
}

static void put_line(FILE *file, const char *label, const char *text) {
  if (text[0] != '\0') {
    fprintf(file, "%-9s ", label);
    put_text(file, text);
    fputc('\n', file);
  }
}

static void put_details(FILE *file, const ew_conform_result *r) {
  put_text(file, r->about);
  fputc('\n', file);
  if (r->line > 0) {
    put_text(file, r->file);
    fprintf(file, ":%d\n", r->line);
  }
  put_line(file, "at", r->pointer);
  put_line(file, "expected", r->expected);
  put_line(file, "got", r->got);
  put_line(file, "source", r->source);
  for (size_t i = 0; i < r->row_count; i++) {
    fprintf(file, "%6u ms ", r->rows[i].at_ms);
    put_char(file, &r->rows[i].direction);
    fputc(' ', file);
    put_text(file, r->rows[i].text);
    fputc('\n', file);
  }
}

static bool result(const ew_conform_output *output, const ew_conform_result *r) {
  FILE *file = output->file;
  fputs("  <testcase", file);
  put_id(file, r->id);
  fprintf(file, " time=\"%u.%03u\"", r->elapsed_ms / 1000, r->elapsed_ms % 1000);
  if (r->reason[0] == '\0') {
    fputs("/>\n", file);
    return is_written(file);
  }
  bool failed = r->verdict == EW_CONFORM_FAILED;
  bool has_message = failed || r->verdict == EW_CONFORM_SKIPPED;
  const char *element = failed ? "failure" : has_message ? "skipped" : "system-out";
  fprintf(file, ">\n    <%s", element);
  if (has_message) {
    put_attribute(file, "message", r->reason);
  }
  fputc('>', file);
  if (!has_message) {
    fprintf(file, "%s: ", ew_conform_verdict_text(r->verdict));
    put_text(file, r->reason);
    fputc('\n', file);
  }
  if (r->verdict != EW_CONFORM_SKIPPED) {
    put_details(file, r);
  }
  fprintf(file, "</%s>\n  </testcase>\n", element);
  return is_written(file);
}

/* What ended early is no suite that passed. */
static bool end(const ew_conform_output *output, const ew_conform_summary *summary, bool complete) {
  (void)summary;
  if (!complete) {
    fputs("  <testcase name=\"the whole run\"><error message=\"the run was ended before all cases were played\"/></testcase>\n",
          output->file);
  }
  fputs("</testsuite>\n", output->file);
  return is_written(output->file);
}

const ew__reporter ew__junit_reporter = {begin, result, end};
