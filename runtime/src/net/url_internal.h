/*
 * url_internal.h - ws, wss, http and https URLs, and texts that are fit to be shown.
 */
#ifndef EW_URL_INTERNAL_H
#define EW_URL_INTERNAL_H

#include "eventwire/http.h"

/** A URL in its parts. All texts are NUL-terminated and lie in one block. */
typedef struct ew__url {
  bool tls;                    /* wss, https */
  uint16_t port;
  char *host;                  /* name or address, without brackets, for the resolver */
  /* for a Host header: with brackets, without a zone, port only when it is not the usual one */
  const char *authority;
  const char *target;          /* path and query as given; "/" at least */
  const char *user, *password; /* decoded; NULL without user information */
  const char *shown;           /* scheme, authority and target without secrets */
  char *block;
} ew__url;

/**
 * Takes a URL apart. On failure *why is a static text that repeats nothing of the URL, and url is
 * safe to clear.
 * EW_ERR_ARGUMENT, EW_ERR_NOMEM.
 */
EW_MUST_CHECK ew_err ew__url_parse(ew__url *url, const char *text, const char **why);
void ew__url_clear(ew__url *url);

/** Path of the URL without the query. */
ew_str ew__url_path(const ew__url *url);

/**
 * The name to ask the resolver for: NULL, which it takes as the loopback interface, for "localhost"
 * (RFC 6761 section 6.3: without asking anyone, so it also works where no hosts file lists it),
 * else host.
 */
const char *ew__lookup_name(const char *host);

/**
 * Writes text for people: user information, values of parameters that end in token, password or
 * secret, and what follows /session/ become "***", control characters and what is not UTF-8 become
 * '.'. Always terminated, cut to fit between characters. Returns the length written.
 */
size_t ew__redact(ew_str text, char *out, size_t size);

/** ASCII, any letter case. */
bool ew__same_text(ew_str a, const char *b);

/** True when a comma-separated header value has this element, in any letter case. */
bool ew__list_has(ew_str list, const char *element);

#endif
