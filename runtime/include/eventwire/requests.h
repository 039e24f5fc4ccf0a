/**
 * eventwire/requests.h - requests that wait for their replies, and until when.
 *
 * A table in memory of the caller's, without sockets, clocks and allocation: what was sent is put
 * in with a deadline, a reply takes it out by its correlation id, and what has waited too long is
 * taken out by the time. Generated files fill in id and kind (ew_octave_request_subscribe()). Time
 * is any count of milliseconds that never goes back.
 *
 * A table belongs to one connection. Every call looks at each pending request, so tables are for
 * dozens of them, not for thousands. Any thread may call, one at a time.
 */
#ifndef EVENTWIRE_REQUESTS_H
#define EVENTWIRE_REQUESTS_H

#include "eventwire/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The most bytes of a correlation id that is text. */
#define EW_REQUEST_ID_MAX 64

/** Text, or a number where text.ptr is NULL. "7" and 7 are two ids. */
typedef struct ew_request_id {
  ew_str text;
  uint64_t number; /* negative ones converted to uint64_t */
} ew_request_id;

static inline ew_request_id ew_request_id_text(ew_str text) {
  ew_request_id id = {text, 0};
  id.text.ptr = text.ptr == NULL ? "" : text.ptr;
  return id;
}

static inline ew_request_id ew_request_id_number(uint64_t number) {
  ew_request_id id = {{NULL, 0, 0}, number};
  return id;
}

typedef struct ew_pending {
  ew_request_id id;
  uint32_t kind; /* which operation: a value of the generated enum, or the caller's own */
  uint64_t deadline_ms;
  void *user; /* the caller's; never looked at */
} ew_pending;

/** Room for one pending request. */
typedef struct ew_pending_slot {
  ew_pending request;
  char text[EW_REQUEST_ID_MAX];
} ew_pending_slot;

typedef struct ew_requests {
  ew_pending_slot *slots;
  uint32_t size;
  uint32_t count; /* pending, in the order they began */
} ew_requests;

/** slots stays the caller's and must outlive the table. */
EW_API void ew_requests_init(ew_requests *requests, ew_pending_slot *slots, uint32_t size);

/**
 * A request waits from now on. The id is copied.
 *   EW_ERR_EXISTS      one with this id waits already
 *   EW_ERR_QUEUE_FULL  no slot is left
 *   EW_ERR_TOO_LARGE   the id has more than EW_REQUEST_ID_MAX bytes
 */
EW_MUST_CHECK EW_API ew_err ew_requests_begin(ew_requests *requests, const ew_pending *request);

/**
 * Takes out the request with this id: its reply is there. out->id.text lives until the next call.
 * EW_ERR_NOT_FOUND: none waits (any more), for example since it has expired; out is untouched.
 */
EW_MUST_CHECK EW_API ew_err ew_requests_match(ew_requests *requests, ew_request_id id,
                                              ew_pending *out);

/**
 * Takes out one request whose deadline is now or earlier, the earliest first; false when there is
 * none. To be called until it says so. now_ms UINT64_MAX takes out all: the connection has gone.
 */
EW_MUST_CHECK EW_API bool ew_requests_expire(ew_requests *requests, uint64_t now_ms,
                                             ew_pending *out);

/** The earliest deadline, UINT64_MAX when nothing waits. */
EW_API uint64_t ew_requests_deadline(const ew_requests *requests);

/**
 * Appends a message to out, and the request waits from then on. request->id is that of the message;
 * NULL: the message has none, which is EW_ERR_MISSING. Errors are those of ew_type_encode() and
 * ew_requests_begin(); with any of them out->len is as before and nothing waits.
 */
EW_MUST_CHECK EW_API ew_err ew_requests_send(ew_requests *requests, const ew_pending *request,
                                             const ew_type *type, const void *message, ew_buf *out,
                                             ew_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
