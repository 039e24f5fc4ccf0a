/**
 * eventwire/handshake.h - the URL and the headers of an opening handshake, from typed values.
 *
 * The generator makes a struct per channel of a document (ew_chat_room_connect: server, its
 * variables, parameters of the address, query, headers, credentials) and an ew_handshake that says
 * where each member belongs; the functions below turn the one into text by the other. No sockets,
 * no allocation, no global state: any thread may call them.
 *
 * How values are written:
 *   booleans          true, false
 *   numbers           as in JSON, shortest
 *   arrays            query: the parameter once per element, a=1&a=2 (RFC 6570 form, exploded);
 *                     headers: elements joined by commas (RFC 6570 simple), none of which has one
 *   absent members    not at all; an empty array neither; an empty string as a=
 *   names and values  percent-encoded in the path and the query: all but the unreserved characters
 *                     of RFC 3986, also "/", "?" and "+"
 */
#ifndef EVENTWIRE_HANDSHAKE_H
#define EVENTWIRE_HANDSHAKE_H

#include "eventwire/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A stretch of a host, a path or an address: a text, or a member of the struct. */
typedef struct ew_piece {
  const char *text;  /* of a member: what stands there when it is absent */
  uint8_t member;    /* from 1, of the group "variables" or "parameters"; 0: text as it is */
} ew_piece;

typedef struct ew_endpoint {
  const char *scheme; /* "wss://" */
  const ew_piece *host;
  const ew_piece *path; /* in front of the address; ends without a slash */
  const uint32_t *accepts; /* one of these is enough; bit i: the i-th credential belongs to it */
  const char *expected;    /* "one of token, basic" */
  uint8_t host_count;
  uint8_t path_count;
  uint8_t accept_count; /* 0: no credential is needed */
} ew_endpoint;

/** What becomes of a credential. */
typedef enum ew_credential_kind {
  EW_CREDENTIAL_QUERY = 1, /* a parameter of the query */
  EW_CREDENTIAL_HEADER,
  EW_CREDENTIAL_COOKIE,
  EW_CREDENTIAL_TOKEN,     /* Authorization: its key, a space and the credential */
  EW_CREDENTIAL_LOGIN,     /* Authorization: Basic, of user and password */
  EW_CREDENTIAL_USER,      /* the same of a user without password */
  EW_CREDENTIAL_PASSWORD   /* the same of a password without user */
} ew_credential_kind;

typedef struct ew_credential {
  const char *key; /* name of the parameter, header or cookie; "Bearer" */
  uint8_t kind;    /* ew_credential_kind */
} ew_credential;

/**
 * A channel. The struct has at most the members server (an enum: the endpoint, from 1), base,
 * variables, parameters, query, headers and credentials (objects).
 */
typedef struct ew_handshake {
  const ew_type *type;
  const ew_endpoint *endpoints;
  const ew_piece *address;
  const ew_credential *credentials; /* one per member of the group */
  uint8_t endpoint_count;
  uint8_t address_count;
} ew_handshake;

/**
 * Appends the URL to url and the lines "Name: value\r\n" to headers (NULL when none are wanted,
 * which is EW_ERR_ARGUMENT when there are some). Behind the end of both stands a NUL that len does
 * not count. On failure nothing is appended, and diag->pointer (diag may be NULL) names the member.
 * What it says of credentials never repeats them.
 *
 *   EW_ERR_MISSING            a required string is not set (ptr NULL), a server has no default, or
 *                             none of the credentials that it accepts is there (/credentials)
 *   EW_ERR_PATTERN            also: line ends and control characters in a header, what no host name
 *                             has in a variable of the host, "." and ".." in the address
 *   EW_ERR_RULE               two credentials for one Authorization header
 *   EW_ERR_TOO_LARGE          user and password have more than 1 kB
 *   EW_ERR_BUFFER_TOO_SMALL   url->needed and headers->needed are the sizes that suffice
 *   and those of ew_type_encode(): the values must fit the schemas of the document.
 */
EW_MUST_CHECK EW_API ew_err ew_handshake_write(const ew_handshake *handshake, const void *in,
                                               ew_buf *url, ew_buf *headers, ew_diag *diag);

/**
 * Cuts the header lines into C strings, for ew_client_options.headers and the like: line ends in
 * headers become NUL, lines[] points to the starts and ends in NULL. EW_ERR_TOO_LARGE: more than
 * count - 1 lines; nothing has changed then.
 */
EW_MUST_CHECK EW_API ew_err ew_handshake_lines(ew_buf *headers, const char **lines, size_t count);

#ifdef __cplusplus
}
#endif
#endif
