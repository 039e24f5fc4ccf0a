#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "client_internal.h"

static char *copy_text(ew_str text) {
  char *copy = malloc((size_t)text.len + 1);
  if (copy != NULL) {
    if (text.len > 0) {
      memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
  }
  return copy;
}

static char *header_line(const ew_http_header *header) {
  ew__draft line = {0};
  ew__draft_put(&line, header->name);
  ew__draft_put(&line, EW_STR(": "));
  ew__draft_put(&line, header->value);
  ew__draft_put(&line, EW_STR("\0"));
  if (line.failed) {
    ew__draft_clear(&line);
  }
  return line.ptr;
}

static size_t count_lines(const char *const *lines) {
  size_t count = 0;
  while (lines != NULL && lines[count] != NULL) {
    count++;
  }
  return count;
}

static bool has_header(const char *const *lines, ew_str name) {
  for (size_t i = 0; lines != NULL && lines[i] != NULL; i++) {
    size_t len = strcspn(lines[i], ":");
    if (len == name.len && strncasecmp(lines[i], name.ptr, len) == 0) {
      return true;
    }
  }
  return false;
}

char **ew__lines_merge(const ew_request *request, const char *const *headers) {
  size_t count = count_lines(headers), n = 0;
  char **lines = calloc(request->header_count + count + 1, sizeof(*lines));
  bool made = lines != NULL;
  for (size_t i = 0; made && i < request->header_count; i++) {
    if (!has_header(headers, request->headers[i].name)) {
      lines[n] = header_line(&request->headers[i]);
      made = lines[n++] != NULL;
    }
  }
  for (size_t i = 0; made && i < count; i++) {
    lines[n] = copy_text(ew_str_of(headers[i]));
    made = lines[n++] != NULL;
  }
  if (!made) {
    ew__lines_free(lines);
    return NULL;
  }
  return lines;
}

void ew__lines_free(char **lines) {
  for (size_t i = 0; lines != NULL && lines[i] != NULL; i++) {
    free(lines[i]);
  }
  free(lines);
}

const char *const *ew__lines_view(char **lines) {
  /* C has no implicit way from texts of mine to texts that are only looked at (C FAQ 11.10) */
  return (const char *const *)(void *)lines;
}

static ew_err open_pipe(ew__http_step *step) {
  if (pipe(step->cancel) != 0) {
    return EW_ERR_IO;
  }
  for (size_t i = 0; i < 2; i++) {
    (void)fcntl(step->cancel[i], F_SETFD, FD_CLOEXEC);
  }
  return EW_OK;
}

static void close_pipe(ew__http_step *step) {
  for (size_t i = 0; i < 2; i++) {
    if (step->cancel[i] >= 0) {
      (void)close(step->cancel[i]);
    }
    step->cancel[i] = -1;
  }
}

/* Worker thread: nothing but the step is touched. */
static void call(uv_work_t *work) {
  ew__http_step *step = work->data;
  ew__call request = {step->method, ew__lines_view(step->headers), EW_STR(""), &step->tls,
                      step->cancel[0], step->timeout_ms};
  step->err = ew__http_call(&request, &step->url, &step->status, &step->body, &step->why);
  OPENSSL_thread_stop(); /* libuv's threads end too late for OpenSSL to tidy up behind them */
}

static ew_err copy_step(ew__http_step *step, const ew__url *url, const ew_request *request,
                        const char *const *headers) {
  step->target = copy_text(request->target);
  step->method = copy_text(ew_str_of(request->method));
  step->headers = ew__lines_merge(request, headers);
  if (step->target == NULL || step->method == NULL || step->headers == NULL) {
    return EW_ERR_NOMEM;
  }
  step->url = *url;
  step->url.target = step->target;
  step->url.user = NULL; /* the subscriber says what authorises */
  step->status = 0;
  step->why.text[0] = '\0';
  ew_buf_init(&step->body, step->block, sizeof(step->block));
  return open_pipe(step);
}

ew_err ew__http_step_start(ew__http_step *step, uv_loop_t *loop, const ew__url *url,
                           const ew_request *request, const char *const *headers,
                           void (*done)(uv_work_t *work, int status)) {
  step->work.data = step;
  step->cancel[0] = -1;
  step->cancel[1] = -1;
  ew_err err = copy_step(step, url, request, headers);
  step->err = EW_ERR_CLOSED; /* stands when the work is cancelled before it began */
  if (err == EW_OK && uv_queue_work(loop, &step->work, call, done) != 0) {
    err = EW_ERR_NOMEM;
  }
  if (err != EW_OK) {
    ew__http_step_clear(step);
    return err;
  }
  step->busy = true;
  return EW_OK;
}

void ew__http_step_cancel(ew__http_step *step) {
  if (step->busy && uv_cancel((uv_req_t *)&step->work) != 0) {
    ssize_t put = write(step->cancel[1], "", 1);
    (void)put; /* an empty pipe always takes one byte */
  }
}

void ew__http_step_clear(ew__http_step *step) {
  ew__lines_free(step->headers);
  free(step->target);
  free(step->method);
  close_pipe(step);
  step->headers = NULL;
  step->target = NULL;
  step->method = NULL;
  step->busy = false;
}
