/*
 * socket_internal.h - blocking byte streams (TCP, TLS) with deadlines, and one HTTP/1.1 request and
 * answer over them.
 *
 * Deadlines are times of ew__now_ms(). A stream belongs to one thread.
 */
#ifndef EW_SOCKET_INTERNAL_H
#define EW_SOCKET_INTERNAL_H

#include "eventwire/client.h"
#include "reason_internal.h"
#include "url_internal.h"

struct addrinfo;

/** Milliseconds of the monotonic clock. */
uint64_t ew__now_ms(void);

/* -------------------------------------------------------------------------------------- streams */

typedef struct ew__stream ew__stream;

/**
 * Connects, address by address, and shakes hands when the URL asks for TLS. cancel_fd (-1: none)
 * ends every wait of the stream with EW_ERR_CLOSED as soon as it is readable. The resolver has its
 * own time limit.
 * EW_ERR_CONNECT, EW_ERR_TIMEOUT, EW_ERR_CLOSED, EW_ERR_ARGUMENT (a TLS file), EW_ERR_NOMEM.
 */
EW_MUST_CHECK ew_err ew__stream_open(ew__stream **out, const ew__url *url,
                                     const ew_tls_options *tls, int cancel_fd, uint64_t deadline,
                                     ew__reason *why);
/** Addresses from this one on: each gets its share of the time that is left. */
unsigned ew__count_addresses(const struct addrinfo *address);
/** Says goodbye where TLS has a word for it, and closes. */
void ew__stream_free(ew__stream *stream);
/** Ends TCP with RST; every later call gives EW_ERR_CLOSED. */
void ew__stream_abort(ew__stream *stream);

/** At least one byte. EW_ERR_CLOSED at the end, EW_ERR_TIMEOUT. */
EW_MUST_CHECK ew_err ew__stream_read(ew__stream *stream, char *data, size_t size, uint64_t deadline,
                                     size_t *got);
/** All bytes. EW_ERR_CLOSED, EW_ERR_TIMEOUT. */
EW_MUST_CHECK ew_err ew__stream_write(ew__stream *stream, ew_str bytes, uint64_t deadline);

int ew__stream_fd(const ew__stream *stream);
/** TLS holds decrypted bytes that poll() does not see. */
bool ew__stream_pending(const ew__stream *stream);

/* ----------------------------------------------------------------------------------------- HTTP */

enum { EW__MAX_HEADERS = 100, EW__MAX_HEAD_BYTES = 32 * 1024 };

/** A text that grows. failed is set when memory runs out; what is put afterwards is ignored. */
typedef struct ew__draft {
  char *ptr;
  size_t len, size;
  bool failed;
} ew__draft;

void ew__draft_put(ew__draft *text, ew_str part);
void ew__draft_print(ew__draft *text, const char *format, ...) EW__PRINTF(2, 3);
void ew__draft_clear(ew__draft *text);
/**
 * Appends one whole frame of a client, masked with random bytes. EW_ERR_NOMEM, EW_ERR_INTERNAL (no
 * random bytes); nothing is appended then.
 */
EW_MUST_CHECK ew_err ew__draft_put_frame(ew__draft *text, uint8_t opcode, ew_str payload);

/**
 * Appends "Name: value" lines of the caller. A line with an empty value is left out: it only takes
 * away a standard header.
 * EW_ERR_ARGUMENT for a line that is no header or would end early.
 */
EW_MUST_CHECK ew_err ew__headers_check(const char *const *headers, ew__reason *why);
void ew__headers_put(ew__draft *text, const char *const *headers);
/** Appends a standard header unless the caller has one of this name. */
void ew__headers_put_standard(ew__draft *text, const char *const *headers, const char *name,
                              const char *value);
/** The caller's value of a header, ptr NULL without. */
ew_str ew__headers_find(const char *const *headers, const char *name);
/**
 * Appends Authorization: Basic for the URL's user information, unless there is none or the caller
 * has such a header.
 */
void ew__headers_put_basic(ew__draft *text, const char *const *headers, const ew__url *url);

/** An answer as it is read: its head and the first bytes of what follows. */
typedef struct ew__answer {
  int status;
  ew_http_header headers[EW__MAX_HEADERS]; /* views of bytes */
  size_t header_count;
  size_t head_len;
  size_t len; /* head and what came with it */
  size_t at;  /* first byte not taken yet, at least head_len */
  char bytes[EW__MAX_HEAD_BYTES];
} ew__answer;

/** Takes apart a head that ends in an empty line. Pure. EW_ERR_PEER with words. */
EW_MUST_CHECK ew_err ew__answer_parse(ew__answer *answer, ew__reason *why);
ew_str ew__answer_header(const ew__answer *answer, const char *name);
/** True when a comma-separated header has this element, in any letter case. */
bool ew__answer_header_has(const ew__answer *answer, const char *name, const char *element);

/**
 * Reads the head of the final answer; interim ones (1xx other than 101) are skipped. EW_ERR_PEER,
 * EW_ERR_TIMEOUT, EW_ERR_CLOSED.
 */
EW_MUST_CHECK ew_err ew__answer_read_head(ew__answer *answer, ew__stream *stream, uint64_t deadline,
                                          ew__reason *why);
/**
 * Reads the body (Content-Length, chunked or to the end) until it ends or out is full: then
 * out->needed is larger than out->len.
 * EW_ERR_PEER, EW_ERR_TIMEOUT, EW_ERR_CLOSED.
 */
EW_MUST_CHECK ew_err ew__answer_read_body(ew__answer *answer, ew__stream *stream, bool head_only,
                                          uint64_t deadline, ew_buf *out, ew__reason *why);

/** ew_http_call() that can be ended from another thread by making cancel_fd readable: EW_ERR_CLOSED. */
typedef struct ew__call {
  const char *method;
  const char *const *headers;
  ew_str body;
  const ew_tls_options *tls;
  int cancel_fd; /* -1: none */
  uint32_t timeout_ms;
} ew__call;
EW_MUST_CHECK ew_err ew__http_call(const ew__call *call, const ew__url *url, int *status,
                                   ew_buf *answer, ew__reason *why);

#endif
