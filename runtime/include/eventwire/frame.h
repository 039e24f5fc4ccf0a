/**
 * eventwire/frame.h - WebSocket frames (RFC 6455 section 5): a pure codec, no sockets.
 *
 * Reading: bytes in any portions in, events out: whole messages (reassembled under limits) and
 * control frames. Writing: headers and masks. The conformance runner uses the writer to send broken
 * frames too, so it does not refuse.
 */
#ifndef EVENTWIRE_FRAME_H
#define EVENTWIRE_FRAME_H

#include "eventwire/codec.h"

#ifdef __cplusplus
extern "C" {
#endif

/** RFC 6455 section 11.8. */
typedef enum ew_frame_opcode {
  EW_FRAME_CONTINUATION = 0,
  EW_FRAME_TEXT = 1,
  EW_FRAME_BINARY = 2,
  EW_FRAME_CLOSE = 8,
  EW_FRAME_PING = 9,
  EW_FRAME_PONG = 10
} ew_frame_opcode;

/** RFC 6455 section 7.4.1. */
typedef enum ew_close_code {
  EW_CLOSE_NORMAL = 1000,
  EW_CLOSE_GOING_AWAY = 1001,
  EW_CLOSE_PROTOCOL_ERROR = 1002,
  EW_CLOSE_UNSUPPORTED = 1003,
  EW_CLOSE_NO_STATUS = 1005,   /* never on the wire: the Close frame had no code */
  EW_CLOSE_ABNORMAL = 1006,    /* never on the wire: TCP ended without a Close frame */
  EW_CLOSE_INVALID_DATA = 1007,
  EW_CLOSE_POLICY = 1008,
  EW_CLOSE_TOO_BIG = 1009,
  EW_CLOSE_INTERNAL = 1011,
  EW_CLOSE_TRY_LATER = 1013
} ew_close_code;

/** A frame header; open to the caller, who may set what RFC 6455 forbids. */
typedef struct ew_frame {
  bool fin;
  uint8_t rsv;          /* 3 bits, RSV1 is 4 */
  uint8_t opcode;
  bool masked;
  uint8_t mask[4];
  uint64_t length;      /* of the payload */
  uint8_t length_form;  /* 0: the shortest; 7, 16 or 64 bits to force one */
} ew_frame;

#define EW_FRAME_HEADER_MAX 14

/**
 * Writes the header (2 to 14 bytes) and returns its length. The payload follows, masked with
 * ew_frame_mask() when masked.
 */
EW_API size_t ew_frame_header(const ew_frame *frame, unsigned char out[EW_FRAME_HEADER_MAX]);

/** Applies (or takes off) the mask in place; position is the offset of data[0] in the payload. */
EW_API void ew_frame_mask(char *data, size_t size, const uint8_t mask[4], size_t position);

typedef enum ew_frame_role { EW_FRAME_FROM_CLIENT, EW_FRAME_FROM_SERVER } ew_frame_role;

/** What the reader found. */
typedef enum ew_frame_event {
  EW_FRAME_NEED_MORE = 0,
  EW_FRAME_MESSAGE,      /* a whole text or binary message: opcode, payload, valid_utf8 */
  EW_FRAME_CONTROL,      /* ping or pong: opcode, payload */
  EW_FRAME_CLOSED,       /* Close frame: close_code (EW_CLOSE_NO_STATUS without), payload = reason */
  /* the peer broke RFC 6455: close_code to answer with, violation says why; the reader is finished */
  EW_FRAME_VIOLATION
} ew_frame_event;

typedef struct ew_frame_limits {
  size_t max_message_bytes;  /* 0: 1 MiB */
  uint32_t max_fragments;    /* of one message; 0: 1024 */
} ew_frame_limits;

typedef struct ew_frame_reader ew_frame_reader;

/**
 * Reads frames sent by role (client frames must be masked, server frames must not: section 5.1).
 * EW_ERR_NOMEM.
 */
EW_MUST_CHECK EW_API ew_err ew_frame_reader_new(ew_frame_reader **out, ew_frame_role from,
                                                const ew_frame_limits *limits);
EW_API void ew_frame_reader_free(ew_frame_reader *reader);

/**
 * One result of ew_frame_reader_feed(). Payload lives until the next call; it may lie in the data
 * fed, which must live as long.
 */
typedef struct ew_frame_result {
  ew_frame_event event;
  uint8_t opcode;
  bool valid_utf8;
  uint16_t close_code;
  const char *violation; /* static: "a frame from a client is not masked" */
  char *payload;         /* 64 bytes behind its end may be read: decode with readable_after = 64 */
  size_t size;
  size_t consumed;       /* of the bytes fed: call again with the rest */
} ew_frame_result;

/**
 * Takes bytes until something is found. data may be changed (unmasked in place). What follows a
 * Close frame is taken and forgotten; after a violation every call reports it again. EW_ERR_NOMEM:
 * result->consumed bytes were taken, the rest may be fed again.
 */
EW_MUST_CHECK EW_API ew_err ew_frame_reader_feed(ew_frame_reader *reader, char *data, size_t size,
                                                 ew_frame_result *result);

#ifdef __cplusplus
}
#endif
#endif
