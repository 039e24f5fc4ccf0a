/*
 * tls_internal.h - what a TLS client needs of OpenSSL, in one place: trust, own certificate, name
 * of the peer.
 */
#ifndef EW_TLS_INTERNAL_H
#define EW_TLS_INTERNAL_H

#include <openssl/ssl.h>

#include "eventwire/client.h"
#include "reason_internal.h"
#include "url_internal.h"

/**
 * A client context for the host of url: TLS 1.2 or newer; the peer must bear that name or address
 * and is verified against the CA file or the system's unless options say insecure. options may be
 * NULL. EW_ERR_ARGUMENT (a file cannot be used), EW_ERR_NOMEM.
 */
EW_MUST_CHECK ew_err ew__tls_context_new(SSL_CTX **out, const ew_tls_options *options,
                                         const ew__url *url, ew__reason *why);

/** One connection, with SNI where the host has a name. EW_ERR_NOMEM. */
EW_MUST_CHECK ew_err ew__tls_session_new(SSL **out, SSL_CTX *context, const ew__url *url);

/** Names what is wrong with a certificate (X509_V_ERR_...). EW_ERR_CONNECT. */
ew_err ew__tls_explain_verdict(long verdict, ew__reason *why);

/**
 * Says why the last operation of ssl failed: the verdict on the certificate, or OpenSSL's first
 * error. Empties its error queue.
 */
void ew__tls_explain(SSL *ssl, ew__reason *why);

#endif
