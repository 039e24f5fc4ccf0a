/**
 * eventwire/stream.h - a batch decoded element by element, in constant memory.
 *
 * A message that is a list (Kaleido's event batch), or an object with one long list in it
 * (FireFly's event_batch), need not be in memory as a whole: it is fed in pieces as they arrive,
 * cut anywhere, and each element of the list goes to a callback as soon as it is complete. Schemas
 * mark such a list with x-ew-stream; generated headers have a typed cover of ew_stream_init() for
 * each:
 *
 *   static ew_err on_event(void *ctx, const ew_kaleido_event *event) { ... return EW_OK; }
 *
 *   ew_stream stream;
 *   ew_diag diag = {0};
 *   ew_err err = ew_kaleido_event_batch_stream_init(&stream, &arena, NULL, on_event, NULL);
 *   while (err == EW_OK && (n = read(fd, piece, sizeof(piece))) > 0) {
 *     err = ew_stream_feed(&stream, ew_str_from(piece, (size_t)n), &diag);
 *   }
 *   if (err == EW_OK) {
 *     err = ew_stream_finish(&stream, &diag);
 *   }
 *
 * Beginning has no diagnosis but its error: nothing of the text has been seen.
 *
 * However the text is cut, the elements and the verdict are those of decoding it whole: the same
 * error, byte offset, line, column and pointers. Elements before the place of an error have been
 * delivered by then. Only ew_diag.found is shorter when the refused value has not arrived whole.
 *
 * Memory: an element that lies within one piece is decoded where it is; one that is cut is put
 * together in the arena. What the arena must hold is one element's struct, the members beside the
 * list, and, for one element at a time, its text and what decoding it takes. It is rewound behind
 * each element, so it belongs to the stream until the end.
 *
 * Elements whose types do not say all of their schema are checked one by one, each before it is
 * delivered, and so before what is wrong behind it is seen; a whole text is checked once all its types
 * fit. What such a check is about must be inside of the elements.
 *
 * Limits: those of the options, or of the document, hold for each element as if it were a message
 * of its own. The text as a whole has no limit, and the list only the maxItems of its schema, which
 * is looked at when the list ends.
 */
#ifndef EVENTWIRE_STREAM_H
#define EVENTWIRE_STREAM_H

#include "eventwire/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A place in a text that may be longer than memory. */
typedef struct ew_place {
  uint64_t offset;
  uint64_t line;       /* from 0 */
  uint64_t line_start; /* offset of the first byte of the line */
} ew_place;

/** Any function; its real type is known to the one that calls it. */
typedef void (*ew_stream_callback)(void);

/** One function as if it were of another type, in both languages. */
#ifdef __cplusplus
#  define EW_CAST_CALLBACK(type, function) reinterpret_cast<type>(function)
#else
#  define EW_CAST_CALLBACK(type, function) ((type)(function))
#endif

/**
 * Who gets the elements: call(callback, ctx, element). Another result than EW_OK ends the stream
 * with it.
 */
typedef struct ew_stream_sink {
  ew_err (*call)(ew_stream_callback callback, void *ctx, const void *element);
  ew_stream_callback callback;
  void *ctx;
} ew_stream_sink;

/**
 * A text on its way. The caller's storage; nothing in it needs to be freed. Only count is for
 * reading.
 */
typedef struct ew_stream {
  uint64_t count; /* elements taken, the present one included while its callback runs */

  /* what is decoded, and how */
  const ew_type *type;
  const ew_type *list;
  const ew_type *item;
  const ew_type *straight; /* element type with a straight-line reader, or NULL */
  const ew_member *member; /* that holds the list; NULL: the text is the list */
  ew_arena *arena;
  ew_limits limits;
  uint32_t mode;
  uint32_t readable_after;
  ew_arena *scratch;       /* for checks */
  const ew_checks *checks; /* of elements; NULL: their types say all */
  ew_stream_sink sink;
  void *out;   /* the object around the list, or NULL */
  void *value; /* room for one element, in the arena */
  size_t start; /* of the arena, as it was given */
  size_t mark;  /* end of what stays there */

  /* where it stands */
  ew_err err; /* why it has ended */
  uint8_t stage;
  uint8_t scan;
  bool carrying; /* a unit is being put together in the arena */
  bool in_name;
  bool in_escape;
  uint8_t held_len;
  char held[4]; /* a character cut by the end of a piece */
  uint32_t depth;
  uint64_t nesting;
  uint64_t seen;
  uint32_t members;
  char *carry;
  size_t carry_len;
  ew_place place;       /* of the piece */
  ew_place carry_place; /* of the unit */
  ew_place text_place;  /* of the first bracket */
  ew_place list_place;
} ew_stream;

/**
 * Starts a stream of messages of this type: an array, or an object with a member marked by
 * x-ew-stream.
 *
 * out receives the members beside the list, as they are read; the list itself stays empty. It has
 * type->size bytes, and may be NULL when the members are not wanted (they are checked all the same)
 * or type is an array. What it points to is in the arena. On failure it is cleared.
 *
 * Returns EW_OK, EW_ERR_ARGUMENT, EW_ERR_ARENA_FULL, or EW_ERR_UNSUPPORTED: nothing in the type
 * streams, the compat profile is asked for and the document has tolerances (they need the whole
 * text), or the engine is EW_ENGINE_STRAIGHT.
 */
EW_MUST_CHECK EW_API ew_err ew_stream_init(ew_stream *stream, const ew_type *type, ew_arena *arena,
                                           const ew_decode_options *opts, void *out,
                                           ew_stream_sink sink);

/**
 * The next piece of the text, of at most EW_STR_MAX bytes. It may be reused when the call returns.
 * An element is valid until its callback returns; the callback must not feed the stream.
 *
 * Returns EW_OK, or the error that ends the stream, with diag filled: those of decoding a whole
 * text, what the callback returned, or EW_ERR_ARENA_FULL with the pointer of the element or member
 * that does not fit. Once ended, a stream returns its error again (diag has the code alone), after
 * ew_stream_finish() EW_ERR_STATE.
 */
EW_MUST_CHECK EW_API ew_err ew_stream_feed(ew_stream *stream, ew_str piece, ew_diag *diag);

/** Ends the text. Same errors, among them EW_ERR_TRUNCATED when something is missing. */
EW_MUST_CHECK EW_API ew_err ew_stream_finish(ew_stream *stream, ew_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
