#include "report_internal.h"

#include "tree_internal.h"

#include <string.h>

/*
 * {"report":"eventwire-conformance","version":1,...}   header
 * {"case":"firefly/start/unknown-action",...}           one line a case, with the transcript: test/replay_test.c plays it again
 * {"summary":{...}}                                     footer: a file without it is incomplete
 */

static void put_text(ew__ctext *line, const char *name, const char *value) {
  cJSON *text = ew__tree_text(value, strlen(value), 0);
  ew__ctext_printf(line, "%s\"%s\":", line->len == 0 || line->ptr[line->len - 1] == '{' ? "" : ",", name);
  if (text == NULL) {
    line->failed = true;
    return;
  }
  ew__tree_write(text, line);
  cJSON_Delete(text);
}

/* What is empty says nothing, so it is left out. */
static void put_some(ew__ctext *line, const char *name, const char *value) {
  if (value[0] != '\0') {
    put_text(line, name, value);
  }
}

static bool write_line(const ew_conform_output *output, ew__ctext *line) {
  ew__ctext_puts(line, "}\n");
  bool ok = !line->failed && fputs(line->ptr, output->file) >= 0 && fflush(output->file) == 0;
  ew__ctext_clear(line);
  return ok;
}

static bool begin(const ew_conform_output *output, const ew__run_info *info) {
  ew__ctext line = {0};
  ew__ctext_puts(&line, "{\"report\":\"eventwire-conformance\",\"version\":1");
  put_text(&line, "protocol", info->protocol);
  put_text(&line, "url", info->url);
  ew__ctext_printf(&line, ",\"seed\":\"%llu\",\"cases\":%zu", (unsigned long long)info->seed,
                   info->case_count);
  return write_line(output, &line);
}

static const char *who(char direction) {
  return direction == '>' ? "client" : direction == '<' ? "server" : direction == '=' ? "http" : "end";
}

static void put_rows(ew__ctext *line, const ew_conform_result *r) {
  ew__ctext_puts(line, ",\"wire\":[");
  for (size_t i = 0; i < r->row_count; i++) {
    ew__ctext_printf(line, "%s{\"at_ms\":%u,\"who\":\"%s\"", i == 0 ? "" : ",", r->rows[i].at_ms,
                     who(r->rows[i].direction));
    put_text(line, "text", r->rows[i].text);
    ew__ctext_puts(line, "}");
  }
  ew__ctext_puts(line, "]");
}

static bool result(const ew_conform_output *output, const ew_conform_result *r) {
  ew__ctext line = {0};
  ew__ctext_puts(&line, "{");
  put_text(&line, "case", r->id);
  put_text(&line, "verdict", ew_conform_verdict_text(r->verdict));
  put_text(&line, "level", ew_conform_level_text(r->level));
  ew__ctext_printf(&line, ",\"elapsed_ms\":%u", r->elapsed_ms);
  put_text(&line, "about", r->about);
  put_text(&line, "source", r->source);
  put_some(&line, "reason", r->reason);
  if (r->line > 0) {
    put_text(&line, "file", r->file);
    ew__ctext_printf(&line, ",\"line\":%d", r->line);
  }
  put_some(&line, "pointer", r->pointer);
  put_some(&line, "expected", r->expected);
  put_some(&line, "got", r->got);
  if (r->verdict != EW_CONFORM_SKIPPED) {
    put_rows(&line, r);
  }
  return write_line(output, &line);
}

static bool end(const ew_conform_output *output, const ew_conform_summary *summary, bool complete) {
  ew__ctext line = {0};
  ew__ctext_printf(&line,
                   "{\"summary\":{\"complete\":%s,\"ok\":%u,\"non_strict\":%u,\"informational\":%u,\"failed\":%u,\"skipped\":%u,"
                   "\"elapsed_ms\":%u}",
                   complete ? "true" : "false", summary->ok, summary->non_strict, summary->informational, summary->failed,
                   summary->skipped, summary->elapsed_ms);
  return write_line(output, &line);
}

const ew__reporter ew__json_reporter = {begin, result, end};
