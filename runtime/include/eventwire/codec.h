/**
 * eventwire/codec.h - strings, memory, options and diagnosis shared by all generated codecs.
 *
 * The codec turns bytes into C structs and back. It never allocates: decoding fills the caller's
 * struct and takes what does not fit there (arrays, unescaped strings) from an ew_arena the caller
 * owns, where it also puts a copy of a short text if there is room (ew_decode_options.readable_after);
 * encoding writes into an ew_buf the caller owns. It has no global state: any function may be called
 * from any thread, as long as no argument is used by two threads at once.
 *
 * What a decoded struct points to is the input text and the arena: both must outlive it.
 *
 * JSON is RFC 8259, strictly: UTF-8 only, no byte order mark, no lone surrogates, no duplicate
 * members in typed objects and maps, nothing after the value but white space.
 */
#ifndef EVENTWIRE_CODEC_H
#define EVENTWIRE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "eventwire/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A conversion as both languages like it: C++ programs may warn of the C way. */
#ifdef __cplusplus
#  define EW_CAST(type, value) static_cast<type>(value)
#else
#  define EW_CAST(type, value) ((type)(value))
#endif

/** Generated files name the version they were made for; another one is a compile-time error. */
#define EW_CODEC_ABI 11

/* ------------------------------------------------------------------------------------------------- strings */

/** The string needs no escaping in JSON and is valid UTF-8. Set by the decoder alone. */
#define EW_STR_CLEAN 1u

/**
 * A counted string, UTF-8, not NUL-terminated; U+0000 may stand inside. 16 bytes on 64-bit
 * machines. All zero is the empty string; ptr may be NULL only where len is 0.
 */
typedef struct ew_str {
  const char *ptr;
  uint32_t len;   /* bytes */
  uint32_t flags; /* EW_STR_CLEAN or 0 */
} ew_str;

/**
 * One of a literal: EW_STR("text"), and EW_STR_INIT("text") where C wants a constant, behind static
 * or in a list of them. Other texts do not compile; ew_str_of() and ew_str_from() take those.
 */
#define EW_STR_INIT(literal) {("" literal), sizeof("" literal) - 1, 0}
#ifdef __cplusplus
#  define EW_STR(literal) (ew_str EW_STR_INIT(literal))
#else
#  define EW_STR(literal) ((ew_str)EW_STR_INIT(literal))
#endif

/** printf("%.*s", EW_STR_ARG(s)) */
#define EW_STR_ARG(s) EW_CAST(int, (s).len), (s).ptr

/** The most bytes of a string. The one length above says "longer than this". */
#define EW_STR_MAX (UINT32_MAX - 1)

/**
 * A view of bytes the caller keeps. More than EW_STR_MAX of them are never cut to what fits: the
 * view then says that it is too long, and whatever takes it refuses it with EW_ERR_TOO_LARGE.
 */
static inline ew_str ew_str_from(const char *ptr, size_t len) {
  ew_str s = {ptr, len <= EW_STR_MAX ? EW_CAST(uint32_t, len) : UINT32_MAX, 0};
  return s;
}

/** A view of a NUL-terminated string; NULL gives the empty string. */
static inline ew_str ew_str_of(const char *text) {
  return ew_str_from(text, text == NULL ? 0 : strlen(text));
}

/** The view stands for more bytes than a string can have. */
static inline bool ew_str_is_too_long(ew_str s) { return s.len > EW_STR_MAX; }

/** Equal bytes; flags do not matter. What is too long equals nothing. */
static inline bool ew_str_equal(ew_str a, ew_str b) {
  return a.len == b.len && a.len <= EW_STR_MAX && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/**
 * A free-form JSON value, byte for byte as it was received. The decoder has checked its syntax (and
 * nothing else: members may repeat inside it). Empty (len 0) means "not set". An ew_raw made by the
 * caller is syntax-checked when it is encoded.
 */
typedef struct ew_raw {
  ew_str json;
} ew_raw;

/** A JSON number kept as its digits, for what 64 bits cannot hold. Empty means "not set". */
typedef struct ew_num {
  ew_str digits;
} ew_num;

/** Three states of a member that may be absent and may be null. */
typedef enum ew_presence { EW_ABSENT = 0, EW_SET = 1, EW_NULL = 2 } ew_presence;

/** A list of strings, in the arena after decoding. */
typedef struct ew_str_list {
  ew_str *items;
  uint32_t count;
} ew_str_list;

/** A list of free-form values. */
typedef struct ew_raw_list {
  ew_raw *items;
  uint32_t count;
} ew_raw_list;

/* -------------------------------------------------------------------------------------------------- memory */

/**
 * Bump memory over a block the caller owns. Never grows: EW_ERR_ARENA_FULL when it is used up; the
 * call can then be made again with a larger one. For what the four servers send 1 KiB and 1.25 bytes
 * for each of the text will do, but a text can be made that takes more. Where a schema bounds a
 * message, its header says how much is enough for any (EW_P_M_MAX_ARENA).
 */
typedef struct ew_arena {
  char *base;
  size_t size;
  size_t used;
} ew_arena;

/** Uses block (any alignment, size bytes) as an arena. The block stays the caller's. */
static inline void ew_arena_init(ew_arena *arena, void *block, size_t size) {
  arena->base = EW_CAST(char *, block);
  arena->size = size;
  arena->used = 0;
}

/** Forgets all that was taken. Structs that point into the arena are dead from here on. */
static inline void ew_arena_reset(ew_arena *arena) { arena->used = 0; }

/** A position to return to with ew_arena_rewind(), for example per element of a batch. */
static inline size_t ew_arena_mark(const ew_arena *arena) { return arena->used; }
static inline void ew_arena_rewind(ew_arena *arena, size_t mark) { arena->used = mark; }

/** size bytes aligned for any type, uninitialised; NULL when they do not fit. */
EW_API void *ew_arena_take(ew_arena *arena, size_t size);

/**
 * A copy of text in the arena, NUL-terminated behind its end. False when it does not fit or is too
 * long; out is then untouched.
 */
EW_MUST_CHECK EW_API bool ew_arena_copy(ew_arena *arena, ew_str text, ew_str *out);

/**
 * Output buffer over a block the caller owns (NULL with size 0 will do to learn how much is needed).
 * Encoding appends at len, without a NUL behind it. When the block is too small the call fails with
 * EW_ERR_BUFFER_TOO_SMALL, len is as before the call, and needed is the whole size that would have
 * sufficed. What stands behind len is for the encoder to use: it may have changed, whether the call
 * succeeded or not.
 */
typedef struct ew_buf {
  char *ptr;
  size_t size;
  size_t len;
  size_t needed;
} ew_buf;

static inline void ew_buf_init(ew_buf *buf, void *block, size_t size) {
  buf->ptr = EW_CAST(char *, block);
  buf->size = size;
  buf->len = 0;
  buf->needed = 0;
}

static inline ew_str ew_buf_str(const ew_buf *buf) { return ew_str_from(buf->ptr, buf->len); }

/* ----------------------------------------------------------------------------------------------- diagnosis */

/**
 * Which value was refused, where and why. Nothing in it is allocated or owned; texts are static.
 * Pass NULL where it is not wanted. A call that was given one fills it when it fails; on success it
 * is untouched, so there is nothing in it to be read or printed.
 */
typedef struct ew_diag {
  ew_err err;
  size_t offset;         /* byte position in the input */
  uint32_t line;         /* from 1 */
  uint32_t column;       /* from 1, in bytes */
  char pointer[120];     /* JSON Pointer (RFC 6901) of the value; ends in "..." when cut to fit */
  char schema[160];      /* pointer of the schema keyword that refused it, cut to fit; "" when no schema did */
  const char *expected;  /* "a string", "one of Tx, Config, Contract, Block" ...; static; "" when there is nothing to say */
  /*
   * the refused text, cut, control bytes shown as '.'; words about a connection or file that failed
   */
  char found[120];
} ew_diag;

/**
 * Writes one line: "3:17: /content/number: the value has the wrong type: expected an integer, found
 * "282" (schema #/components/...)". Returns the length it needs without the final NUL, as snprintf;
 * out is always terminated when size > 0. 512 bytes are enough for most.
 */
EW_API size_t ew_diag_format(const ew_diag *diag, char *out, size_t size);

/* ------------------------------------------------------------------------------------------------- options */

/** How much a decoder tolerates. Chosen per call; never a hidden tolerance. */
typedef enum ew_profile {
  EW_STRICT = 0, /* the schema */
  EW_LENIENT,    /* and the twins of it that are seen in the wild (x-ew-lenient) */
  EW_COMPAT      /* and what the real server's own parser lets through (x-ew-compat) */
} ew_profile;

/**
 * Which engine decodes. Both accept the same texts; tests and benchmarks choose, everyone else
 * leaves it at 0.
 */
typedef enum ew_engine {
  /* straight-line code where there is some, the table engine for the rest and for diagnosis */
  EW_ENGINE_AUTO = 0,
  EW_ENGINE_TABLE,    /* the table engine only */
  /*
   * straight-line code only: EW_ERR_UNSUPPORTED where there is none; no diagnosis but the code
   * EW_ERR_SYNTAX
   */
  EW_ENGINE_STRAIGHT
} ew_engine;

/** Bounds on one message. 0 means: the limit of the protocol's document. */
typedef struct ew_limits {
  uint32_t max_bytes;        /* of the message text; at most EW_STR_MAX */
  uint32_t max_depth;        /* arrays and objects inside one another; at most 1024 */
  uint32_t max_items;        /* elements of one array or members of one map */
  uint32_t max_string_bytes; /* of one string, unescaped */
} ew_limits;

/**
 * All zero is the default: strict, the document's limits, nothing readable behind the text. NULL
 * means the same. Begin with ew_decode_options opts = {0}: a member that is left uninitialised is a
 * wish like any other. A profile or engine that is none and a depth over 1024 are EW_ERR_ARGUMENT.
 */
typedef struct ew_decode_options {
  ew_profile profile;
  ew_engine engine;
  ew_limits limits;
  /*
   * bytes that may be read (not used) behind the end of the text; 64 or more is fastest. A text of up to
   * 1 kB without them is mostly copied into the arena, where there is room for it; what is decoded points
   * to the copy then.
   */
  uint32_t readable_after;
  /* memory that schemas and texts with escapes are checked in (eventwire/schema.h); NULL: the C stack */
  ew_arena *scratch;
} ew_decode_options;

/* ------------------------------------------------------------------------------- contents of single values */

/**
 * Decodes standard Base64 with padding (RFC 4648 section 4) into the arena. Errors: EW_ERR_CONTENT,
 * EW_ERR_ARENA_FULL, EW_ERR_TOO_LARGE, EW_ERR_ARGUMENT (NULL with a length); out is then untouched.
 * out's bytes need not be UTF-8.
 */
EW_MUST_CHECK EW_API ew_err ew_base64_decode(ew_str text, ew_arena *arena, ew_str *out);

/**
 * Encodes bytes as standard Base64 with padding into the arena. Errors: EW_ERR_ARENA_FULL,
 * EW_ERR_TOO_LARGE (the Base64 would be longer than a string can be), EW_ERR_ARGUMENT (bytes that are
 * nowhere: NULL with a length).
 */
EW_MUST_CHECK EW_API ew_err ew_base64_encode(ew_str bytes, ew_arena *arena, ew_str *out);

/**
 * Reads a decimal or 0x-hexadecimal integer that fills the whole string. EW_ERR_PATTERN: no
 * integer; EW_ERR_RANGE: over 64 bits; EW_ERR_TOO_LARGE: text is too long; EW_ERR_ARGUMENT: it is NULL
 * with a length.
 */
EW_MUST_CHECK EW_API ew_err ew_str_to_uint64(ew_str text, uint64_t *out);
EW_MUST_CHECK EW_API ew_err ew_str_to_int64(ew_str text, int64_t *out);

/**
 * Checks that text is one JSON value of RFC 8259, at most max_depth deep (0: 64; never over 1024).
 * Fills diag on refusal.
 */
EW_MUST_CHECK EW_API ew_err ew_json_check(ew_str text, uint32_t max_depth, ew_diag *diag);

/** The JSON type of a value by its first byte. */
typedef enum ew_json_type {
  EW_JSON_NONE = 0,
  EW_JSON_NULL = 1,
  EW_JSON_BOOL = 2,
  EW_JSON_NUMBER = 4,
  EW_JSON_STRING = 8,
  EW_JSON_ARRAY = 16,
  EW_JSON_OBJECT = 32
} ew_json_type;

/** The type of a free-form value; EW_JSON_NONE when it is not set. */
EW_API ew_json_type ew_raw_type(ew_raw raw);

/**
 * Walks the members of a free-form object (or the elements of an array, where key stays empty)
 * without a tree. Start with cursor = 0; returns false at the end or when raw is neither. key is
 * still escaped as in the text. The value is a view of raw. raw must be a value that was decoded or
 * has passed ew_json_check().
 */
EW_API bool ew_raw_next(ew_raw raw, size_t *cursor, ew_str *key, ew_raw *value);

/**
 * The string of a free-form string value, unescaped into the arena when it must be. EW_ERR_TYPE
 * when raw is no string.
 */
EW_MUST_CHECK EW_API ew_err ew_raw_string(ew_raw raw, ew_arena *arena, ew_str *out);

/* -------------------------------------------------------------------------------------- writing small JSON */

/**
 * Appends bytes as they are. EW_ERR_BUFFER_TOO_SMALL with needed set, EW_ERR_TOO_LARGE, EW_ERR_ARGUMENT
 * (NULL with a length); nothing is appended then.
 */
EW_MUST_CHECK EW_API ew_err ew_buf_append(ew_buf *buf, ew_str bytes);

/**
 * Appends text as a JSON string in quotes, escaped. EW_ERR_UTF8 when it is not valid UTF-8; the
 * errors of ew_buf_append().
 */
EW_MUST_CHECK EW_API ew_err ew_buf_append_json_string(ew_buf *buf, ew_str text);

#ifdef __cplusplus
}
#endif
#endif
