#include "tls_internal.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

static ew_err load_trust(SSL_CTX *context, const ew_tls_options *options, ew__reason *why) {
  if (options->insecure) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    return EW_OK;
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  if (options->ca_file == NULL) {
    return SSL_CTX_set_default_verify_paths(context) == 1
               ? EW_OK
               : ew__fail(EW_ERR_NOMEM, why, "out of memory");
  }
  if (SSL_CTX_load_verify_locations(context, options->ca_file, NULL) != 1) {
    return ew__fail(EW_ERR_ARGUMENT, why, "no usable CA file: %s", options->ca_file);
  }
  return EW_OK;
}

static ew_err load_identity(SSL_CTX *context, const ew_tls_options *options, ew__reason *why) {
  if (options->certificate == NULL) {
    return EW_OK;
  }
  const char *key = options->key != NULL ? options->key : options->certificate;
  if (SSL_CTX_use_certificate_chain_file(context, options->certificate) != 1) {
    return ew__fail(EW_ERR_ARGUMENT, why, "no usable certificate file: %s", options->certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
    return ew__fail(EW_ERR_ARGUMENT, why, "no usable key file: %s", key);
  }
  return EW_OK;
}

/* Every session of the context inherits it, whoever makes the session. */
static bool expect_peer(SSL_CTX *context, const ew__url *url) {
  X509_VERIFY_PARAM *param = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_ip_asc(param, url->host) == 1 ||
         X509_VERIFY_PARAM_set1_host(param, url->host, 0) == 1;
}

static ew_err set_up(SSL_CTX *context, const ew_tls_options *options, const ew__url *url, ew__reason *why) {
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      (!options->insecure && !expect_peer(context, url))) {
    return ew__fail(EW_ERR_NOMEM, why, "out of memory");
  }
  (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ew_err err = load_trust(context, options, why);
  return err != EW_OK ? err : load_identity(context, options, why);
}

ew_err ew__tls_context_new(SSL_CTX **out, const ew_tls_options *options, const ew__url *url,
                           ew__reason *why) {
  static const ew_tls_options DEFAULTS = {0};
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (context == NULL) {
    return ew__fail(EW_ERR_NOMEM, why, "out of memory");
  }
  ew_err err = set_up(context, options != NULL ? options : &DEFAULTS, url, why);
  ERR_clear_error();
  if (err != EW_OK) {
    SSL_CTX_free(context);
    return err;
  }
  *out = context;
  return EW_OK;
}

static bool is_address(const ew__url *url) {
  ASN1_OCTET_STRING *address = a2i_IPADDRESS(url->host);
  ASN1_OCTET_STRING_free(address);
  return address != NULL;
}

ew_err ew__tls_session_new(SSL **out, SSL_CTX *context, const ew__url *url) {
  SSL *ssl = SSL_new(context);
  /* RFC 6066 section 3: names only */
  bool made = ssl != NULL && (is_address(url) || SSL_set_tlsext_host_name(ssl, url->host) == 1);
  ERR_clear_error();
  if (!made) {
    SSL_free(ssl);
    return EW_ERR_NOMEM;
  }
  SSL_set_connect_state(ssl);
  *out = ssl;
  return EW_OK;
}

ew_err ew__tls_explain_verdict(long verdict, ew__reason *why) {
  (void)ew__fail(EW_ERR_CONNECT, why, "certificate: %s", X509_verify_cert_error_string(verdict));
  why->lasting = true;
  return EW_ERR_CONNECT;
}

void ew__tls_explain(SSL *ssl, ew__reason *why) {
  long verdict = SSL_get_verify_result(ssl);
  unsigned long error = ERR_get_error();
  const char *words = error == 0 ? NULL : ERR_reason_error_string(error);
  if (verdict != X509_V_OK && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE) {
    (void)ew__tls_explain_verdict(verdict, why);
  } else {
    (void)ew__fail(EW_OK, why, "TLS: %s", words == NULL ? "the peer ended the connection" : words);
  }
  ERR_clear_error();
}
