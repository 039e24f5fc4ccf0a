#include "eventwire/frame.h"

#include <stdlib.h>

#include "../codec/scan_internal.h"

enum {
  CONTROL_MAX = 125,         /* RFC 6455 section 5.5 */
  READABLE_AFTER = 64,       /* promised behind every payload */
  FIRST_CAPACITY = 4096,     /* a message larger than what is fed at once starts with this and doubles */
  KEPT_CAPACITY = 256 * 1024 /* a larger buffer is given back after its message */
};

static const size_t DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024;
static const uint32_t DEFAULT_MAX_FRAGMENTS = 1024;

/* -------------------------------------------------------------------------------------- writing */

static uint8_t shortest_form(uint64_t length) {
  if (length <= 125) {
    return 7;
  }
  return length <= UINT16_MAX ? 16 : 64;
}

static size_t put_big_endian(unsigned char *out, uint64_t value, size_t size) {
  for (size_t i = size; i > 0; i--) {
    out[i - 1] = (unsigned char)(value & 0xff);
    value >>= 8;
  }
  return size;
}

/* Returns the 7-bit field and appends the longer field behind it, if there is one. */
static unsigned put_length(const ew_frame *frame, unsigned char *out, size_t *at) {
  uint8_t form = frame->length_form == 0 ? shortest_form(frame->length) : frame->length_form;
  if (form == 16) {
    *at += put_big_endian(out + *at, frame->length, 2);
    return 126;
  }
  if (form == 64) {
    *at += put_big_endian(out + *at, frame->length, 8);
    return 127;
  }
  return (unsigned)(frame->length & 0x7f);
}

size_t ew_frame_header(const ew_frame *frame, unsigned char out[EW_FRAME_HEADER_MAX]) {
  size_t at = 2;
  unsigned length = put_length(frame, out, &at);
  out[0] = (unsigned char)((frame->fin ? 0x80u : 0u) | ((frame->rsv & 7u) << 4) | (frame->opcode & 15u));
  out[1] = (unsigned char)((frame->masked ? 0x80u : 0u) | length);
  if (frame->masked) {
    memcpy(out + at, frame->mask, sizeof(frame->mask));
    at += sizeof(frame->mask);
  }
  return at;
}

void ew_frame_mask(char *data, size_t size, const uint8_t mask[4], size_t position) {
  uint8_t pattern[8];
  for (size_t i = 0; i < sizeof(pattern); i++) {
    pattern[i] = mask[(position + i) & 3];
  }
  uint64_t wide;
  memcpy(&wide, pattern, sizeof(wide));

  size_t i = 0;
  for (; size - i >= sizeof(wide); i += sizeof(wide)) {
    uint64_t word;
    memcpy(&word, data + i, sizeof(word));
    word ^= wide;
    memcpy(data + i, &word, sizeof(word));
  }
  for (; i < size; i++) {
    data[i] = (char)((unsigned char)data[i] ^ pattern[i & 7]);
  }
}

/* -------------------------------------------------------------------------------------- reading */

typedef enum reader_state { IN_HEADER, IN_PAYLOAD, AFTER_CLOSE, BROKEN } reader_state;

struct ew_frame_reader {
  ew_frame_role from;
  size_t max_message_bytes;
  uint32_t max_fragments;
  reader_state state;

  unsigned char header[EW_FRAME_HEADER_MAX];
  size_t header_len;
  ew_frame frame;      /* the one being read */
  uint64_t frame_seen; /* bytes of its payload that were taken */

  uint8_t message_opcode; /* 0: no message is open */
  uint32_t fragments;
  char *message; /* capacity bytes, of which the last READABLE_AFTER are never filled with payload */
  size_t message_len;
  size_t capacity;
  bool delivered; /* message was handed out; its bytes are dropped at the next call */

  char control[CONTROL_MAX + READABLE_AFTER];
  size_t control_len;

  uint16_t close_code; /* of BROKEN */
  const char *violation;
};

ew_err ew_frame_reader_new(ew_frame_reader **out, ew_frame_role from, const ew_frame_limits *limits) {
  ew_frame_reader *reader = calloc(1, sizeof(*reader));
  if (reader == NULL) {
    return EW_ERR_NOMEM;
  }
  reader->from = from;
  reader->max_message_bytes = DEFAULT_MAX_MESSAGE_BYTES;
  reader->max_fragments = DEFAULT_MAX_FRAGMENTS;
  if (limits != NULL && limits->max_message_bytes != 0) {
    /* Leaves room for what is readable behind it without overflow. */
    size_t most = SIZE_MAX / 4;
    reader->max_message_bytes = limits->max_message_bytes < most ? limits->max_message_bytes : most;
  }
  if (limits != NULL && limits->max_fragments != 0) {
    reader->max_fragments = limits->max_fragments;
  }
  *out = reader;
  return EW_OK;
}

void ew_frame_reader_free(ew_frame_reader *reader) {
  if (reader != NULL) {
    free(reader->message);
    free(reader);
  }
}

static bool is_control(uint8_t opcode) { return (opcode & 8) != 0; }

static void violate(ew_frame_reader *reader, uint16_t close_code, const char *why) {
  reader->state = BROKEN;
  reader->close_code = close_code;
  reader->violation = why;
}

static const char *opcode_fault(const ew_frame_reader *reader, const ew_frame *frame) {
  switch (frame->opcode) {
  case EW_FRAME_CONTINUATION:
    return reader->message_opcode == 0 ? "a continuation without a message to continue" : NULL;
  case EW_FRAME_TEXT:
  case EW_FRAME_BINARY:
    return reader->message_opcode != 0 ? "a new message before the last one has ended" : NULL;
  case EW_FRAME_CLOSE:
  case EW_FRAME_PING:
  case EW_FRAME_PONG:
    return frame->fin ? NULL : "a control frame is fragmented";
  default:
    return "a reserved opcode";
  }
}

/*
 * What the first two bytes tell; NULL when nothing is wrong. Always judged together, so that the
 * verdict does not depend on how the bytes arrive.
 */
static const char *start_fault(const ew_frame_reader *reader) {
  const ew_frame *frame = &reader->frame;
  if (frame->rsv != 0) {
    return "a reserved bit is set without an extension";
  }
  const char *fault = opcode_fault(reader, frame);
  if (fault != NULL) {
    return fault;
  }
  if (is_control(frame->opcode) && (reader->header[1] & 0x7f) > CONTROL_MAX) {
    return "a control frame is longer than 125 bytes";
  }
  if (reader->from == EW_FRAME_FROM_CLIENT && !frame->masked) {
    return "a frame from a client is not masked";
  }
  if (reader->from == EW_FRAME_FROM_SERVER && frame->masked) {
    return "a frame from a server is masked";
  }
  return NULL;
}

static void judge_start(ew_frame_reader *reader) {
  const unsigned char *header = reader->header;
  ew_frame *frame = &reader->frame;
  frame->fin = (header[0] & 0x80) != 0;
  frame->rsv = (header[0] >> 4) & 7;
  frame->opcode = header[0] & 15;
  frame->masked = (header[1] & 0x80) != 0;
  const char *fault = start_fault(reader);
  if (fault != NULL) {
    violate(reader, EW_CLOSE_PROTOCOL_ERROR, fault);
  }
}

static size_t length_field_size(const ew_frame_reader *reader) {
  unsigned length = reader->header[1] & 0x7f;
  return length < 126 ? 0 : length == 126 ? 2 : 8;
}

static uint64_t read_length(const ew_frame_reader *reader) {
  size_t size = length_field_size(reader);
  if (size == 0) {
    return reader->header[1] & 0x7f;
  }
  uint64_t length = 0;
  for (size_t i = 0; i < size; i++) {
    length = length << 8 | reader->header[2 + i];
  }
  return length;
}

static void judge_data_frame(ew_frame_reader *reader) {
  if (reader->frame.length > reader->max_message_bytes - reader->message_len) {
    violate(reader, EW_CLOSE_TOO_BIG, "a message is longer than the limit");
    return;
  }
  if (reader->fragments >= reader->max_fragments) {
    violate(reader, EW_CLOSE_TOO_BIG, "a message has too many fragments");
    return;
  }
  reader->fragments++;
  if (reader->frame.opcode != EW_FRAME_CONTINUATION) {
    reader->message_opcode = reader->frame.opcode;
  }
}

/* The length is judged before the mask has come: nothing is stored for a frame that will be refused. */
static void judge_length(ew_frame_reader *reader) {
  size_t size = length_field_size(reader);
  uint64_t length = read_length(reader);
  if (length >> 63 != 0) {
    violate(reader, EW_CLOSE_PROTOCOL_ERROR, "the highest bit of a 64-bit length is set");
    return;
  }
  if ((size == 2 && length < 126) || (size == 8 && length <= UINT16_MAX)) {
    violate(reader, EW_CLOSE_PROTOCOL_ERROR, "a length does not have its shortest form");
    return;
  }
  reader->frame.length = length;
  if (!is_control(reader->frame.opcode)) {
    judge_data_frame(reader);
  }
}

static void begin_payload(ew_frame_reader *reader) {
  if (reader->frame.masked) {
    memcpy(reader->frame.mask, reader->header + reader->header_len - 4, 4);
  }
  reader->frame_seen = 0;
  reader->control_len = 0;
  reader->state = IN_PAYLOAD;
}

/* Takes one byte of the header; the stages follow from how many there are. */
static void take_header_byte(ew_frame_reader *reader, unsigned char byte) {
  reader->header[reader->header_len++] = byte;
  if (reader->header_len < 2) {
    return;
  }
  size_t length_end = 2 + length_field_size(reader);
  size_t mask_end = length_end + ((reader->header[1] & 0x80) != 0 ? 4 : 0);
  if (reader->header_len == 2) {
    judge_start(reader);
  }
  if (reader->state == IN_HEADER && reader->header_len == length_end) {
    judge_length(reader);
  }
  if (reader->state == IN_HEADER && reader->header_len == mask_end) {
    begin_payload(reader);
  }
}

static size_t take_header(ew_frame_reader *reader, const char *data, size_t size) {
  size_t used = 0;
  while (reader->state == IN_HEADER && used < size) {
    take_header_byte(reader, (unsigned char)data[used++]);
  }
  return used;
}

/* Room for size more payload bytes. Grows with what has arrived, never with what a header announces. */
static ew_err reserve(ew_frame_reader *reader, size_t size) {
  size_t needed = reader->message_len + size + READABLE_AFTER;
  if (needed <= reader->capacity) {
    return EW_OK;
  }
  size_t capacity = reader->capacity == 0 ? FIRST_CAPACITY : reader->capacity * 2;
  size_t most = reader->max_message_bytes + READABLE_AFTER;
  capacity = capacity < most ? capacity : most;
  capacity = capacity > needed ? capacity : needed;
  char *message = realloc(reader->message, capacity);
  if (message == NULL) {
    return EW_ERR_NOMEM;
  }
  reader->message = message;
  reader->capacity = capacity;
  return EW_OK;
}

static void drop_delivered(ew_frame_reader *reader) {
  if (!reader->delivered) {
    return;
  }
  reader->delivered = false;
  reader->message_len = 0;
  if (reader->capacity > KEPT_CAPACITY) {
    free(reader->message);
    reader->message = NULL;
    reader->capacity = 0;
  }
}

static void deliver_message(ew_frame_reader *reader, char *payload, size_t size, ew_frame_result *result) {
  size_t bad = 0;
  result->event = EW_FRAME_MESSAGE;
  result->opcode = reader->message_opcode;
  result->payload = payload;
  result->size = size;
  result->valid_utf8 =
      reader->message_opcode == EW_FRAME_TEXT && ew__utf8_check(payload, size, &bad) == EW_OK;
  reader->message_opcode = 0;
  reader->fragments = 0;
  reader->delivered = true;
}

/* RFC 6455 section 7.4 and the registry of section 11.7. */
static bool is_sendable_close_code(unsigned code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static void deliver_close(ew_frame_reader *reader, ew_frame_result *result) {
  size_t bad = 0;
  const unsigned char *payload = (const unsigned char *)reader->control;
  size_t size = reader->control_len;
  unsigned code = size >= 2 ? (unsigned)payload[0] << 8 | payload[1] : EW_CLOSE_NO_STATUS;
  if (size == 1) {
    violate(reader, EW_CLOSE_PROTOCOL_ERROR, "a Close frame has one byte of payload");
    return;
  }
  if (size >= 2 && !is_sendable_close_code(code)) {
    violate(reader, EW_CLOSE_PROTOCOL_ERROR, "a close code that must not be sent");
    return;
  }
  size_t skip = size >= 2 ? 2 : 0;
  if (ew__utf8_check(reader->control + skip, size - skip, &bad) != EW_OK) {
    violate(reader, EW_CLOSE_INVALID_DATA, "the reason of a Close frame is not UTF-8");
    return;
  }
  reader->state = AFTER_CLOSE;
  result->event = EW_FRAME_CLOSED;
  result->opcode = EW_FRAME_CLOSE;
  result->close_code = (uint16_t)code;
  result->valid_utf8 = true;
  result->payload = reader->control + skip;
  result->size = size - skip;
}

static void deliver_control(ew_frame_reader *reader, ew_frame_result *result) {
  memset(reader->control + reader->control_len, 0, READABLE_AFTER);
  if (reader->frame.opcode == EW_FRAME_CLOSE) {
    deliver_close(reader, result);
    return;
  }
  result->event = EW_FRAME_CONTROL;
  result->opcode = reader->frame.opcode;
  result->payload = reader->control;
  result->size = reader->control_len;
}

static void end_frame(ew_frame_reader *reader, ew_frame_result *result) {
  reader->state = IN_HEADER;
  reader->header_len = 0;
  if (is_control(reader->frame.opcode)) {
    deliver_control(reader, result);
  } else if (reader->frame.fin) {
    memset(reader->message + reader->message_len, 0, READABLE_AFTER);
    deliver_message(reader, reader->message, reader->message_len, result);
  }
}

/* A whole message in one frame with enough bytes behind it is handed out where it lies. */
static bool deliver_in_place(ew_frame_reader *reader, char *data, size_t size, ew_frame_result *result) {
  const ew_frame *frame = &reader->frame;
  if (is_control(frame->opcode) || !frame->fin || reader->message_len != 0 || reader->frame_seen != 0 ||
      size < READABLE_AFTER || frame->length > size - READABLE_AFTER) {
    return false;
  }
  size_t length = (size_t)frame->length;
  if (frame->masked) {
    ew_frame_mask(data, length, frame->mask, 0);
  }
  reader->state = IN_HEADER;
  reader->header_len = 0;
  deliver_message(reader, data, length, result);
  result->consumed += length;
  return true;
}

static ew_err store(ew_frame_reader *reader, const char *data, size_t size) {
  bool control = is_control(reader->frame.opcode);
  if (!control && reserve(reader, size) != EW_OK) {
    return EW_ERR_NOMEM;
  }
  char *to = control ? reader->control + reader->control_len : reader->message + reader->message_len;
  if (size > 0) {
    memcpy(to, data, size);
  }
  if (reader->frame.masked) {
    ew_frame_mask(to, size, reader->frame.mask, (size_t)(reader->frame_seen & 3));
  }
  *(control ? &reader->control_len : &reader->message_len) += size;
  reader->frame_seen += size;
  return EW_OK;
}

static ew_err take_payload(ew_frame_reader *reader, char *data, size_t size, ew_frame_result *result) {
  if (deliver_in_place(reader, data, size, result)) {
    return EW_OK;
  }
  uint64_t missing = reader->frame.length - reader->frame_seen;
  size_t part = missing < size ? (size_t)missing : size;
  ew_err err = store(reader, data, part);
  if (err != EW_OK) {
    return err;
  }
  result->consumed += part;
  if (part == missing) {
    end_frame(reader, result);
  }
  return EW_OK;
}

static void report_violation(const ew_frame_reader *reader, size_t size, ew_frame_result *result) {
  result->event = EW_FRAME_VIOLATION;
  result->close_code = reader->close_code;
  result->violation = reader->violation;
  result->consumed = size;
}

/* Takes as much of one frame as there is. */
static ew_err take_frame(ew_frame_reader *reader, char *data, size_t size, ew_frame_result *result) {
  size_t used = take_header(reader, data, size);
  result->consumed += used;
  bool nothing_to_do = used == size && reader->frame_seen < reader->frame.length;
  if (reader->state != IN_PAYLOAD || nothing_to_do) {
    return EW_OK;
  }
  return take_payload(reader, data + used, size - used, result);
}

ew_err ew_frame_reader_feed(ew_frame_reader *reader, char *data, size_t size, ew_frame_result *result) {
  ew_err err = EW_OK;
  memset(result, 0, sizeof(*result));
  drop_delivered(reader);
  while (err == EW_OK && result->event == EW_FRAME_NEED_MORE && result->consumed < size &&
         (reader->state == IN_HEADER || reader->state == IN_PAYLOAD)) {
    err = take_frame(reader, data + result->consumed, size - result->consumed, result);
  }
  if (reader->state == BROKEN) {
    report_violation(reader, size, result);
  } else if (reader->state == AFTER_CLOSE && result->event == EW_FRAME_NEED_MORE) {
    result->consumed = size; /* section 1.4: what follows a Close frame is discarded */
  }
  return err;
}
