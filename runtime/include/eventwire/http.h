/**
 * eventwire/http.h - HTTP messages as plain data, as the protocol machines see them.
 *
 * The opening handshake of RFC 6455 is an HTTP request; some protocols speak HTTP beside it
 * (Octave's session, BaaS tokens, FireFly's subscription resources). The machines never see a
 * socket: they are handed a request and fill an answer.
 */
#ifndef EVENTWIRE_HTTP_H
#define EVENTWIRE_HTTP_H

#include "eventwire/codec.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ew_http_header {
  ew_str name; /* lower case */
  ew_str value;
} ew_http_header;

/** All views live until the call that hands the request over returns. */
typedef struct ew_http_request {
  ew_str method;  /* "GET" */
  ew_str path;    /* decoded of percent-escapes; no query */
  ew_str raw_path;/* percent-escaped; escaped anew by ew_server: what was sent as "%2F" is "/" here */
  ew_str query;   /* without '?'; escaped anew, too */
  const ew_http_header *headers;
  size_t header_count;
  ew_str body;
  bool upgrade;   /* it asks for a WebSocket and is a correct opening handshake */
} ew_http_request;

/** What a machine answers. The body is written by the machine into storage of the caller. */
typedef struct ew_http_response {
  int status;               /* 101: accept the WebSocket */
  const char *content_type; /* static; NULL without a body */
  ew_buf body;              /* the caller's block, 64 KiB or more */
} ew_http_response;

/** The value of a header (name in lower case), or an empty string with ptr NULL when it is absent. */
EW_API ew_str ew_http_header_find(const ew_http_request *request, const char *name);

/**
 * The value of a query parameter, decoded of %XX and '+' into the arena; "?a" and "?a=" give an
 * empty one. name is plain, in the query it may be escaped. The first one counts when it stands
 * twice. EW_ERR_NOT_FOUND when it is absent; EW_ERR_ARGUMENT for a broken %XX in its value;
 * EW_ERR_ARENA_FULL. out is untouched then.
 */
EW_MUST_CHECK EW_API ew_err ew_http_query_find(ew_str query, const char *name, ew_arena *arena, ew_str *out);

/** Appends text percent-encoded for a path segment or query value (RFC 3986 unreserved characters stay). */
EW_MUST_CHECK EW_API ew_err ew_http_percent_encode(ew_buf *out, ew_str text);

/**
 * Checks the value of an Authorization header, "Basic " and Base64, against user and password (RFC
 * 7617) in constant time for equal lengths. False for another scheme, broken Base64, and more than
 * 3 kB.
 */
EW_API bool ew_http_basic_matches(ew_str authorization, ew_str user, ew_str password);

/** Equal in a time that depends on the lengths alone: for secrets. */
EW_API bool ew_secret_equal(ew_str a, ew_str b);

#ifdef __cplusplus
}
#endif
#endif
