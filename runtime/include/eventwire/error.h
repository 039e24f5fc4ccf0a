/**
 * eventwire/error.h - every error of the library, in one list.
 *
 * Negative and grouped by hundreds, so that a range has a meaning:
 *   -1xx  the caller used the API wrongly
 *   -2xx  the bytes are not acceptable JSON
 *   -3xx  the JSON does not fit its schema
 *   -4xx  memory given by the caller is too small, or a limit is reached
 *   -5xx  the connection
 *   -6xx  streams, subscriptions and the event log
 *   -9xx  give up
 */
#ifndef EVENTWIRE_ERROR_H
#define EVENTWIRE_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(EW_SHARED) && defined(__GNUC__)
#  define EW_API __attribute__((visibility("default")))
#else
#  define EW_API
#endif

#if defined(__GNUC__)
#  define EW_MUST_CHECK __attribute__((warn_unused_result))
#else
#  define EW_MUST_CHECK
#endif

#define EW_ERR_MAP(X)                                                                       \
  X(EW_OK, 0, "success")                                                                    \
  X(EW_ERR_ARGUMENT, -100, "an argument is not usable")                                     \
  X(EW_ERR_STATE, -101, "not possible in the present state")                                \
  X(EW_ERR_UNSUPPORTED, -102, "not supported by this build")                                \
  X(EW_ERR_SYNTAX, -200, "not well-formed JSON")                                            \
  X(EW_ERR_TRUNCATED, -201, "the text ends too early")                                      \
  X(EW_ERR_TRAILING, -202, "bytes after the end of the value")                              \
  X(EW_ERR_UTF8, -203, "not valid UTF-8")                                                   \
  X(EW_ERR_SURROGATE, -204, "an escaped surrogate without its pair")                        \
  X(EW_ERR_DUPLICATE, -205, "the member stands twice in one object")                        \
  X(EW_ERR_DEPTH, -206, "nested too deeply")                                                \
  X(EW_ERR_TOO_LARGE, -207, "larger than the limit")                                        \
  X(EW_ERR_TYPE, -300, "the value has the wrong type")                                      \
  X(EW_ERR_MISSING, -301, "a required member is missing")                                   \
  X(EW_ERR_CONST, -302, "the value differs from the constant")                              \
  X(EW_ERR_ENUM, -303, "the value is not one of the listed")                                \
  X(EW_ERR_RANGE, -304, "the number is out of range")                                       \
  X(EW_ERR_LENGTH, -305, "the string is too short or too long")                             \
  X(EW_ERR_COUNT, -306, "too few or too many elements")                                     \
  X(EW_ERR_PATTERN, -307, "the string does not match the pattern")                          \
  X(EW_ERR_UNKNOWN_MEMBER, -308, "the member is not allowed here")                          \
  X(EW_ERR_UNION, -309, "the value matches none of the alternatives")                       \
  X(EW_ERR_CONTENT, -310, "the string's content is not what it is declared to be")          \
  X(EW_ERR_RULE, -311, "members contradict each other")                                     \
  X(EW_ERR_UNIQUE, -312, "two elements are equal")                                          \
  X(EW_ERR_NOT, -313, "the schema does not allow the value")                                \
  X(EW_ERR_ARENA_FULL, -400, "the arena is too small for this message")                     \
  X(EW_ERR_BUFFER_TOO_SMALL, -401, "the output buffer is too small")                        \
  X(EW_ERR_QUEUE_FULL, -402, "the queue has reached its limit")                             \
  X(EW_ERR_NOMEM, -403, "out of memory")                                                    \
  X(EW_ERR_CONNECT, -500, "cannot connect")                                                 \
  X(EW_ERR_REFUSED, -501, "the peer refused")                                               \
  X(EW_ERR_CLOSED, -502, "the connection is closed")                                        \
  X(EW_ERR_TIMEOUT, -503, "timed out")                                                      \
  X(EW_ERR_PEER, -504, "the peer broke the protocol")                                       \
  X(EW_ERR_ADDRESS_IN_USE, -505, "the address is in use")                                   \
  X(EW_ERR_NOT_FOUND, -600, "not found")                                                    \
  X(EW_ERR_EXISTS, -601, "exists already")                                                  \
  X(EW_ERR_IO, -602, "reading or writing the store failed")                                 \
  X(EW_ERR_CORRUPT, -603, "the store is damaged")                                           \
  X(EW_ERR_INTERNAL, -900, "internal error")

typedef enum ew_err {
#define EW_ERR_VALUE_(name, value, text) name = value,
  EW_ERR_MAP(EW_ERR_VALUE_)
#undef EW_ERR_VALUE_
} ew_err;

/** The text of an error, static, lower case without full stop. "unknown error" for other values. */
EW_API const char *ew_err_text(ew_err err);

/** The name of an error as it stands in this file, for example "EW_ERR_TYPE". Static. */
EW_API const char *ew_err_name(ew_err err);

#ifdef __cplusplus
}
#endif
#endif
