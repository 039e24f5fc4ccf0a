#include "eventwire/requests.h"

#include "../codec/diag_internal.h"

void ew_requests_init(ew_requests *requests, ew_pending_slot *slots, uint32_t size) {
  *requests = (ew_requests){slots, size, 0};
}

static bool same_id(ew_request_id a, ew_request_id b) {
  bool text = a.text.ptr != NULL;
  if (text != (b.text.ptr != NULL)) {
    return false;
  }
  return text ? ew_str_equal(a.text, b.text) : a.number == b.number;
}

/* Slots move, so the view of an id is made when it is needed. */
static ew_pending request_at(const ew_requests *requests, uint32_t index) {
  ew_pending request = requests->slots[index].request;
  if (request.id.text.ptr != NULL) {
    request.id.text.ptr = requests->slots[index].text;
  }
  return request;
}

/* The index; requests->count when there is none. */
static uint32_t find(const ew_requests *requests, ew_request_id id) {
  uint32_t i = 0;
  while (i < requests->count && !same_id(request_at(requests, i).id, id)) {
    i++;
  }
  return i;
}

/* Behind the others, where it stays until the next one begins. */
static ew_pending take(ew_requests *requests, uint32_t index) {
  ew_pending_slot taken = requests->slots[index];
  uint32_t behind = --requests->count - index;
  memmove(&requests->slots[index], &requests->slots[index + 1], behind * sizeof(taken));
  requests->slots[requests->count] = taken;
  return request_at(requests, requests->count);
}

ew_err ew_requests_begin(ew_requests *requests, const ew_pending *request) {
  ew_str text = request->id.text;
  if (text.ptr != NULL && text.len > EW_REQUEST_ID_MAX) {
    return EW_ERR_TOO_LARGE;
  }
  if (find(requests, request->id) < requests->count) {
    return EW_ERR_EXISTS;
  }
  if (requests->count == requests->size) {
    return EW_ERR_QUEUE_FULL;
  }
  ew_pending_slot *slot = &requests->slots[requests->count++];
  slot->request = *request;
  if (text.len > 0) {
    memcpy(slot->text, text.ptr, text.len);
  }
  return EW_OK;
}

ew_err ew_requests_match(ew_requests *requests, ew_request_id id, ew_pending *out) {
  uint32_t index = find(requests, id);
  if (index == requests->count) {
    return EW_ERR_NOT_FOUND;
  }
  *out = take(requests, index);
  return EW_OK;
}

/* The first of several with one deadline. */
static uint32_t find_earliest(const ew_requests *requests) {
  uint32_t earliest = 0;
  for (uint32_t i = 1; i < requests->count; i++) {
    if (requests->slots[i].request.deadline_ms < requests->slots[earliest].request.deadline_ms) {
      earliest = i;
    }
  }
  return earliest;
}

uint64_t ew_requests_deadline(const ew_requests *requests) {
  return requests->count == 0 ? UINT64_MAX
                              : requests->slots[find_earliest(requests)].request.deadline_ms;
}

bool ew_requests_expire(ew_requests *requests, uint64_t now_ms, ew_pending *out) {
  if (requests->count == 0 || ew_requests_deadline(requests) > now_ms) {
    return false;
  }
  *out = take(requests, find_earliest(requests));
  return true;
}

ew_err ew_requests_send(ew_requests *requests, const ew_pending *request, const ew_type *type,
                        const void *message, ew_buf *out, ew_diag *diag) {
  if (request == NULL) {
    ew__diag_code(diag, EW_ERR_MISSING);
    return EW_ERR_MISSING;
  }
  size_t before = out->len;
  ew_err err = ew_type_encode(type, message, out, diag);
  if (err != EW_OK) {
    return err;
  }
  err = ew_requests_begin(requests, request);
  if (err != EW_OK) {
    out->len = before;
    ew__diag_code(diag, err);
  }
  return err;
}
