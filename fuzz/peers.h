/*
 * peers.h - jansson and cJSON behind one face, and what each of them makes of a text.
 *
 * A peer differs from RFC 8259 in known ways. Its view of a text is that text with everything it
 * reads otherwise rewritten to what it takes it for: a strict parser judges the view as the peer
 * judges the text. What had to be rewritten are the classes of the difference.
 */
#ifndef EW_FUZZ_PEERS_H
#define EW_FUZZ_PEERS_H

#include "tree.h"

#define DIFFERENCE_MAP(X)                                                                         \
  X(JANSSON_BIG_INTEGER, "jansson refuses integers over 64 bits")                                 \
  X(JANSSON_BIG_DOUBLE, "jansson refuses numbers over the largest double; we do so where the "    \
                        "schema wants a number, not in free-form values")                         \
  X(JANSSON_NUL_IN_NAME, "jansson refuses U+0000 in member names")                                \
  X(JANSSON_NUL_BEHIND, "jansson steps over a NUL byte behind a number or word")                  \
  X(JANSSON_DEPTH, "jansson nests 2048 deep, we at most 1024")                                    \
  X(CJSON_BAD_UTF8, "cJSON does not check UTF-8")                                                 \
  X(CJSON_CONTROL, "cJSON takes control bytes in strings")                                        \
  X(CJSON_WHITE, "cJSON takes any control byte as white space")                                   \
  X(CJSON_BOM, "cJSON steps over a byte order mark")                                              \
  X(CJSON_NUMBER, "cJSON takes what strtod() takes: 01, 1., -.5")                                 \
  X(CJSON_LONG_NUMBER, "cJSON cuts numbers after 63 bytes")                                       \
  X(CJSON_BAD_HEX, "cJSON takes \\u with other than hexadecimal digits as U+0000")                \
  X(CJSON_DEPTH, "cJSON nests 1000 deep, we at most 1024")                                        \
  X(CJSON_TRAILING, "cJSON reads one value and stops")                                            \
  X(CJSON_NUL_IN_TEXT, "cJSON ends strings and names at U+0000: values are not compared")         \
  X(TREE_NOT_BUILT, "the peer refused the text for a reason above: values are not compared")      \
  X(COMPAT_FOLDED_NAME, "compat refuses what strict accepts: a name known but for its case")      \
  X(COMPAT_FOLDED_TEXT, "compat refuses what strict accepts: an enum or tag but for its case")

typedef enum difference {
#define DIFFERENCE_NAME_(name, reason) name,
  DIFFERENCE_MAP(DIFFERENCE_NAME_)
#undef DIFFERENCE_NAME_
      DIFFERENCE_COUNT
} difference;

#define BIT(difference) (1u << (difference))

/** A tree of a peer. Strings may hold NUL bytes where the peer can. */
typedef struct peer_ops {
  const char *name;
  ew_json_type (*type)(const void *tree);
  bool (*truth)(const void *tree);
  ew_str (*string)(const void *tree);
  size_t (*count)(const void *tree);
  const void *(*element)(const void *tree, size_t index);
  /** The member, NULL when there is none; *times: how often it stands there, where that is known. */
  const void *(*member)(const void *tree, ew_str name, size_t *times);
  bool (*is_int)(const void *tree, int64_t value);
  bool (*is_uint)(const void *tree, uint64_t value);
  bool (*is_double)(const void *tree, double value);
  /** The same value as this JSON text has. */
  bool (*is_text)(const void *tree, ew_str json);
} peer_ops;

extern const peer_ops JANSSON;
extern const peer_ops CJSON;

/** NULL when refused. *length: bytes of the value and the white space around it. */
void *jansson_parse(ew_str json, bool refuse_duplicates);
void jansson_free(void *tree);
void *cjson_parse(ew_str json, size_t *length);
void cjson_free(void *tree);

/**
 * The view of a peer; bits of the differences that had a part in it are added to *classes. cJSON
 * looks at the first `length` bytes alone.
 */
ew_str jansson_view(ew_str json, pool *p, uint32_t *classes);
ew_str cjson_view(ew_str json, size_t length, pool *p, uint32_t *classes);

/** An escape of U+0000 stands in a string or name. */
bool has_escaped_nul(ew_str json);

/** The offset of the first byte that begins no character, or the length. */
size_t utf8_stop(ew_str json);

/** Arrays and objects inside one another in the first `length` bytes, as brackets outside of strings
 * say. */
size_t nesting(ew_str json, size_t length);

#endif
