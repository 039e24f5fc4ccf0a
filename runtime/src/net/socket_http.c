#include "socket_internal.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---------------------------------------------------------------------------------------- texts */

static bool reserve(ew__draft *text, size_t size) {
  if (text->failed || size > SIZE_MAX / 2 - text->len) {
    text->failed = true;
    return false;
  }
  if (text->len + size <= text->size) {
    return true;
  }
  size_t larger = (text->len + size) * 2;
  char *ptr = realloc(text->ptr, larger);
  text->failed = ptr == NULL;
  if (ptr != NULL) {
    text->ptr = ptr;
    text->size = larger;
  }
  return ptr != NULL;
}

void ew__draft_put(ew__draft *text, ew_str part) {
  if (part.len > 0 && reserve(text, part.len)) {
    memcpy(text->ptr + text->len, part.ptr, part.len);
    text->len += part.len;
  }
}

void ew__draft_print(ew__draft *text, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int size = vsnprintf(NULL, 0, format, args);
  if (size >= 0 && reserve(text, (size_t)size + 1)) {
    (void)vsnprintf(text->ptr + text->len, (size_t)size + 1, format, again);
    text->len += (size_t)size;
  }
  text->failed = text->failed || size < 0;
  va_end(again);
  va_end(args);
}

void ew__draft_clear(ew__draft *text) {
  free(text->ptr);
  *text = (ew__draft){0};
}

/* ------------------------------------------------------------------------- headers of a request */

static bool is_token_character(char c) {
  char l = (char)(c | 0x20);
  return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') ||
         (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* "Name: value" in two; false when it is no header. */
static bool split_header(ew_str line, ew_str *name, ew_str *value) {
  uint32_t i = 0;
  while (i < line.len && is_token_character(line.ptr[i])) {
    i++;
  }
  if (i == 0 || i == line.len || line.ptr[i] != ':') {
    return false;
  }
  *name = ew_str_from(line.ptr, i);
  uint32_t from = i + 1, to = line.len;
  while (from < to && (line.ptr[from] == ' ' || line.ptr[from] == '\t')) {
    from++;
  }
  while (to > from && (line.ptr[to - 1] == ' ' || line.ptr[to - 1] == '\t')) {
    to--;
  }
  *value = ew_str_from(line.ptr + from, to - from);
  return true;
}

static bool has_control(ew_str text) {
  for (uint32_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if ((c < 0x20 && c != '\t') || c == 0x7f) {
      return true;
    }
  }
  return false;
}

ew_err ew__headers_check(const char *const *headers, ew__reason *why) {
  ew_str name, value;
  for (size_t i = 0; headers != NULL && headers[i] != NULL; i++) {
    if (!split_header(ew_str_of(headers[i]), &name, &value)) {
      return ew__fail(EW_ERR_ARGUMENT, why, "header %zu is not \"Name: value\"", i + 1);
    }
    if (has_control(value)) {
      return ew__fail(EW_ERR_ARGUMENT, why, "header %zu has a control character", i + 1);
    }
  }
  return EW_OK;
}

ew_str ew__headers_find(const char *const *headers, const char *wanted) {
  ew_str name, value;
  for (size_t i = 0; headers != NULL && headers[i] != NULL; i++) {
    if (split_header(ew_str_of(headers[i]), &name, &value) && ew__same_text(name, wanted)) {
      return value;
    }
  }
  return (ew_str){NULL, 0, 0};
}

void ew__headers_put(ew__draft *text, const char *const *headers) {
  ew_str name, value;
  for (size_t i = 0; headers != NULL && headers[i] != NULL; i++) {
    if (split_header(ew_str_of(headers[i]), &name, &value) && value.len > 0) {
      ew__draft_put(text, name);
      ew__draft_put(text, EW_STR(": "));
      ew__draft_put(text, value);
      ew__draft_put(text, EW_STR("\r\n"));
    }
  }
}

void ew__headers_put_standard(ew__draft *text, const char *const *headers, const char *name,
                              const char *value) {
  if (ew__headers_find(headers, name).ptr == NULL) {
    ew__draft_print(text, "%s: %s\r\n", name, value);
  }
}

void ew__headers_put_basic(ew__draft *text, const char *const *headers, const ew__url *url) {
  if (url->user == NULL || ew__headers_find(headers, "authorization").ptr != NULL) {
    return;
  }
  ew__draft pair = {0}, encoded = {0};
  ew__draft_print(&pair, "%s:%s", url->user, url->password);
  if (!pair.failed && reserve(&encoded, pair.len / 3 * 4 + 5)) {
    (void)EVP_EncodeBlock((unsigned char *)encoded.ptr, (const unsigned char *)pair.ptr, (int)pair.len);
    ew__draft_print(text, "Authorization: Basic %s\r\n", encoded.ptr);
  }
  text->failed = text->failed || pair.failed || encoded.failed;
  ew__draft_clear(&pair);
  ew__draft_clear(&encoded);
}

/* ------------------------------------------------------------------------ the head of an answer */

/* The line at *at without its end, CRLF or LF; *at moves behind it. */
static ew_str next_line(const ew__answer *answer, size_t *at) {
  const char *start = answer->bytes + *at;
  const char *end = memchr(start, '\n', answer->head_len - *at);
  size_t len = end == NULL ? answer->head_len - *at : (size_t)(end - start);
  *at += end == NULL ? len : len + 1;
  return ew_str_from(start, len > 0 && start[len - 1] == '\r' ? len - 1 : len);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* "HTTP/1.1 101 Switching Protocols" */
static int status_of(ew_str line) {
  const char *p = line.ptr;
  bool fits = line.len >= 12 && memcmp(p, "HTTP/1.", 7) == 0 && is_digit(p[7]) && p[8] == ' ' &&
              is_digit(p[9]) && is_digit(p[10]) && is_digit(p[11]) &&
              (line.len == 12 || p[12] == ' ');
  return fits ? (p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0') : 0;
}

ew_err ew__answer_parse(ew__answer *answer, ew__reason *why) {
  size_t at = 0;
  answer->header_count = 0;
  answer->status = status_of(next_line(answer, &at));
  if (answer->status < 100) {
    return ew__fail(EW_ERR_PEER, why, "the answer is no HTTP/1.1");
  }
  for (ew_str line = next_line(answer, &at); line.len > 0; line = next_line(answer, &at)) {
    ew_http_header header;
    if (!split_header(line, &header.name, &header.value) || has_control(header.value)) {
      return ew__fail(EW_ERR_PEER, why, "a malformed header in the answer");
    }
    if (answer->header_count == EW__MAX_HEADERS) {
      return ew__fail(EW_ERR_PEER, why, "more than %d headers in the answer", (int)EW__MAX_HEADERS);
    }
    answer->headers[answer->header_count++] = header;
  }
  return EW_OK;
}

ew_str ew__answer_header(const ew__answer *answer, const char *name) {
  for (size_t i = 0; i < answer->header_count; i++) {
    if (ew__same_text(answer->headers[i].name, name)) {
      return answer->headers[i].value;
    }
  }
  return (ew_str){NULL, 0, 0};
}

bool ew__answer_header_has(const ew__answer *answer, const char *name, const char *element) {
  for (size_t i = 0; i < answer->header_count; i++) {
    if (ew__same_text(answer->headers[i].name, name) && ew__list_has(answer->headers[i].value, element)) {
      return true;
    }
  }
  return false;
}

/*
 * Length of the head including its empty line, 0 when it has not ended. Looks again at the few
 * bytes before from.
 */
static size_t find_head_end(const ew__answer *answer, size_t from) {
  for (size_t i = from < 3 ? 0 : from - 3; i < answer->len; i++) {
    if (answer->bytes[i] != '\n') {
      continue;
    }
    if (i + 1 < answer->len && answer->bytes[i + 1] == '\n') {
      return i + 2;
    }
    if (i + 2 < answer->len && answer->bytes[i + 1] == '\r' && answer->bytes[i + 2] == '\n') {
      return i + 3;
    }
  }
  return 0;
}

static ew_err explain_read(ew_err err, const char *what, ew__reason *why) {
  if (err == EW_ERR_TIMEOUT) {
    return ew__fail(err, why, "no %s in time", what);
  }
  return ew__fail(err, why, "the connection ended before the %s", what);
}

static ew_err read_one_head(ew__answer *answer, ew__stream *stream, uint64_t deadline, ew__reason *why) {
  size_t seen = 0;
  while ((answer->head_len = find_head_end(answer, seen)) == 0) {
    size_t got = 0;
    seen = answer->len;
    if (answer->len == sizeof(answer->bytes)) {
      return ew__fail(EW_ERR_PEER, why, "the head of the answer is larger than 32 KiB");
    }
    ew_err err = ew__stream_read(stream, answer->bytes + answer->len,
                                 sizeof(answer->bytes) - answer->len, deadline, &got);
    if (err != EW_OK) {
      return explain_read(err, "HTTP answer", why);
    }
    answer->len += got;
  }
  answer->at = answer->head_len;
  return ew__answer_parse(answer, why);
}

ew_err ew__answer_read_head(ew__answer *answer, ew__stream *stream, uint64_t deadline, ew__reason *why) {
  answer->len = 0;
  for (;;) {
    ew_err err = read_one_head(answer, stream, deadline, why);
    if (err != EW_OK || answer->status >= 200 || answer->status == 101) {
      return err;
    }
    answer->len -= answer->head_len;
    memmove(answer->bytes, answer->bytes + answer->head_len, answer->len);
  }
}

/* ------------------------------------------------------------------------ the body of an answer */

typedef struct body_reader {
  ew__answer *answer;
  ew__stream *stream;
  uint64_t deadline;
  ew_buf *out;
  ew__reason *why;
} body_reader;

/* At least one byte waits in the answer's buffer afterwards. */
static ew_err fill(body_reader *r) {
  ew__answer *answer = r->answer;
  if (answer->at < answer->len) {
    return EW_OK;
  }
  /* the head stays, unless it leaves no room: nothing in it is asked for once the body has begun */
  answer->at = answer->head_len < sizeof(answer->bytes) ? answer->head_len : 0;
  size_t got = 0;
  ew_err err = ew__stream_read(r->stream, answer->bytes + answer->at,
                               sizeof(answer->bytes) - answer->at, r->deadline, &got);
  answer->len = answer->at + got;
  return err;
}

static bool is_full(const body_reader *r) { return r->out->len == r->out->size; }

/* Moves at most size waiting bytes into out and returns how many. */
static size_t take_waiting(body_reader *r, uint64_t size) {
  size_t part = r->answer->len - r->answer->at;
  size_t room = r->out->size - r->out->len;
  part = part < size ? part : (size_t)size;
  part = part < room ? part : room;
  if (part > 0) {
    memcpy(r->out->ptr + r->out->len, r->answer->bytes + r->answer->at, part);
  }
  r->out->len += part;
  r->answer->at += part;
  return part;
}

/* EW_ERR_BUFFER_TOO_SMALL when out is full and more is to come. */
static ew_err read_bytes(body_reader *r, uint64_t size) {
  while (size > 0) {
    if (is_full(r)) {
      return EW_ERR_BUFFER_TOO_SMALL;
    }
    ew_err err = fill(r);
    if (err != EW_OK) {
      return err;
    }
    size -= take_waiting(r, size);
  }
  return EW_OK;
}

static ew_err read_to_end(body_reader *r) {
  ew_err err = read_bytes(r, UINT64_MAX);
  return err == EW_ERR_CLOSED ? EW_OK : err;
}

static ew_err read_line(body_reader *r, char *line, size_t size) {
  size_t len = 0;
  for (;;) {
    ew_err err = fill(r);
    if (err != EW_OK) {
      return err;
    }
    char c = r->answer->bytes[r->answer->at++];
    if (c == '\n') {
      line[len > 0 && line[len - 1] == '\r' ? len - 1 : len] = '\0';
      return EW_OK;
    }
    if (len + 1 == size) {
      return EW_ERR_PEER;
    }
    line[len++] = c;
  }
}

/* Hexadecimal up to the end or ';'. */
static bool chunk_size(const char *line, uint64_t *out) {
  char *end = NULL;
  bool starts_well = is_digit(line[0]) || ((line[0] | 0x20) >= 'a' && (line[0] | 0x20) <= 'f');
  *out = strtoull(line, &end, 16);
  return starts_well && end - line <= 8 && (*end == '\0' || *end == ';' || *end == ' ');
}

static ew_err read_chunks(body_reader *r) {
  char line[256];
  for (;;) {
    uint64_t size = 0;
    ew_err err = read_line(r, line, sizeof(line));
    if (err != EW_OK) {
      return err;
    }
    if (!chunk_size(line, &size)) {
      return EW_ERR_PEER;
    }
    if (size == 0) {
      return EW_OK; /* trailers are of no interest, the connection ends here */
    }
    err = read_bytes(r, size);
    err = err == EW_OK ? read_line(r, line, sizeof(line)) : err;
    if (err != EW_OK || line[0] != '\0') {
      return err != EW_OK ? err : EW_ERR_PEER;
    }
  }
}

static ew_err read_counted(body_reader *r, ew_str text) {
  uint64_t size = 0;
  if (text.len == 0 || text.len > 18) {
    return EW_ERR_PEER;
  }
  for (uint32_t i = 0; i < text.len; i++) {
    if (!is_digit(text.ptr[i])) {
      return EW_ERR_PEER;
    }
    size = size * 10 + (uint64_t)(text.ptr[i] - '0');
  }
  r->out->needed = r->out->len + (size_t)size;
  return read_bytes(r, size);
}

static ew_err read_body(body_reader *r) {
  ew_str length = ew__answer_header(r->answer, "content-length");
  if (ew__answer_header_has(r->answer, "transfer-encoding", "chunked")) {
    return read_chunks(r);
  }
  return length.ptr != NULL ? read_counted(r, length) : read_to_end(r);
}

ew_err ew__answer_read_body(ew__answer *answer, ew__stream *stream, bool head_only,
                            uint64_t deadline, ew_buf *out, ew__reason *why) {
  body_reader r = {answer, stream, deadline, out, why};
  out->needed = 0;
  if (head_only || answer->status == 204 || answer->status == 304) {
    return EW_OK;
  }
  ew_err err = read_body(&r);
  if (err == EW_ERR_BUFFER_TOO_SMALL) {
    out->needed = out->needed > out->len ? out->needed : out->len + 1;
    return EW_OK;
  }
  if (err == EW_ERR_PEER) {
    return ew__fail(err, why, "the body of the answer is malformed");
  }
  return err == EW_OK ? EW_OK : explain_read(err, "end of the answer", why);
}

/* --------------------------------------------------------------------------------------- a call */

static void put_call(ew__draft *text, const ew__call *call, const ew__url *url) {
  const char *const *headers = call->headers;
  char length[24];
  bool has_body = call->body.len > 0 || strcmp(call->method, "POST") == 0 || strcmp(call->method, "PUT") == 0;
  (void)snprintf(length, sizeof(length), "%u", (unsigned)call->body.len);
  ew__draft_print(text, "%s %s HTTP/1.1\r\n", call->method, url->target);
  ew__headers_put_standard(text, headers, "Host", url->authority);
  ew__headers_put_standard(text, headers, "Accept", "*/*");
  ew__headers_put_standard(text, headers, "Connection", "close");
  if (has_body) {
    ew__headers_put_standard(text, headers, "Content-Length", length);
  }
  ew__headers_put_basic(text, headers, url);
  ew__headers_put(text, headers);
  ew__draft_put(text, EW_STR("\r\n"));
  ew__draft_put(text, call->body);
}

static bool is_method(const char *method) {
  size_t len = 0;
  while (is_token_character(method[len])) {
    len++;
  }
  return len > 0 && method[len] == '\0';
}

static ew_err exchange(ew__stream *stream, const ew__call *call, ew_str request, uint64_t deadline,
                       int *status, ew_buf *out, ew__reason *why) {
  ew__answer *answer = malloc(sizeof(*answer));
  if (answer == NULL) {
    return ew__fail(EW_ERR_NOMEM, why, "out of memory");
  }
  ew_err err = ew__stream_write(stream, request, deadline);
  /* a server may answer and close before it has read everything */
  if (err == EW_OK || err == EW_ERR_CLOSED) {
    err = ew__answer_read_head(answer, stream, deadline, why);
  } else {
    err = explain_read(err, "end of the request", why);
  }
  if (err == EW_OK && status != NULL) {
    *status = answer->status;
  }
  if (err == EW_OK && out != NULL) {
    err = ew__answer_read_body(answer, stream, strcmp(call->method, "HEAD") == 0, deadline, out, why);
  }
  free(answer);
  return err;
}

ew_err ew__http_call(const ew__call *call, const ew__url *url, int *status, ew_buf *answer, ew__reason *why) {
  if (!is_method(call->method)) {
    return ew__fail(EW_ERR_ARGUMENT, why, "the method is not usable");
  }
  ew_err err = ew__headers_check(call->headers, why);
  if (err != EW_OK) {
    return err;
  }
  ew__draft request = {0};
  put_call(&request, call, url);
  if (request.failed) {
    ew__draft_clear(&request);
    return ew__fail(EW_ERR_NOMEM, why, "out of memory");
  }
  uint64_t deadline = ew__now_ms() + (call->timeout_ms == 0 ? 10000 : call->timeout_ms);
  ew__stream *stream = NULL;
  err = ew__stream_open(&stream, url, call->tls, call->cancel_fd, deadline, why);
  if (err == EW_OK) {
    err = exchange(stream, call, ew_str_from(request.ptr, request.len), deadline, status, answer, why);
  }
  ew__stream_free(stream);
  ew__draft_clear(&request);
  return err;
}

ew_err ew_http_call(const char *method, const char *url, const char *const *headers, ew_str body,
                    const ew_tls_options *tls, uint32_t timeout_ms, int *status, ew_buf *answer,
                    ew_diag *diag) {
  ew__url parsed;
  ew__reason why = {.text = ""};
  const char *fault = NULL;
  ew_err err = ew__url_parse(&parsed, url, &fault);
  if (err != EW_OK) {
    (void)ew__fail(err, &why, "%s", fault);
  } else {
    ew__call call = {method, headers, body, tls, -1, timeout_ms};
    err = ew__http_call(&call, &parsed, status, answer, &why);
  }
  ew__url_clear(&parsed);
  return err == EW_OK ? EW_OK : ew__reason_to_diag(err, &why, diag);
}
