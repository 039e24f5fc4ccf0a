/* What cannot be opened is refused with its reason; what can is also there over TLS. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server_peer.h"

/* ------------------------------------------------------------------------------------------------- certificate */

typedef struct files {
  char folder[64], certificate[96], key[96], rubbish[96];
} files;

static void write_pem(const char *path, EVP_PKEY *key, X509 *certificate) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  if (key != NULL) {
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
  } else {
    assert_int_equal(PEM_write_X509(file, certificate), 1);
  }
  fclose(file);
}

static X509 *self_signed(EVP_PKEY *key) {
  static const unsigned char name[] = "localhost";
  X509 *certificate = X509_new();
  assert_non_null(certificate);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, name, -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
  return certificate;
}

static int make_files(void **state) {
  files *f = calloc(1, sizeof(*f));
  if (f == NULL) {
    return -1;
  }
  const char *base = getenv("TMPDIR");
  snprintf(f->folder, sizeof(f->folder), "%.40s/ew-tls-XXXXXX", base == NULL ? "/tmp" : base);
  assert_non_null(mkdtemp(f->folder));
  snprintf(f->certificate, sizeof(f->certificate), "%s/certificate.pem", f->folder);
  snprintf(f->key, sizeof(f->key), "%s/key.pem", f->folder);
  snprintf(f->rubbish, sizeof(f->rubbish), "%s/rubbish.pem", f->folder);
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *certificate = self_signed(key);
  write_pem(f->key, key, NULL);
  write_pem(f->certificate, NULL, certificate);
  X509_free(certificate);
  EVP_PKEY_free(key);
  FILE *file = fopen(f->rubbish, "wb");
  assert_non_null(file);
  fputs("this is no certificate\n", file);
  fclose(file);
  *state = f;
  return 0;
}

static int remove_files(void **state) {
  files *f = *state;
  unlink(f->certificate);
  unlink(f->key);
  unlink(f->rubbish);
  rmdir(f->folder);
  free(f);
  return 0;
}

/* --------------------------------------------------------------------------------------------------- refusals */

static fake_watch watch;
static const fake_options fake = {.watch = &watch};

static ew_server *new_server(void) {
  ew_server *server;
  assert_int_equal(ew_server_new(&server, NULL, NULL), EW_OK);
  return server;
}

static void a_port_in_use_is_refused(void **state) {
  (void)state;
  uint16_t port, other;
  ew_server *one = new_server(), *two = new_server();
  ew_listen listen = {"127.0.0.1", 0, NULL, NULL};
  assert_int_equal(ew__server_add(one, &listen, "fake", fake_service_new, &fake, &port), EW_OK);
  assert_int_not_equal(port, 0);
  listen.port = port;
  assert_int_equal(ew__server_add(two, &listen, "fake", fake_service_new, &fake, &other), EW_ERR_ADDRESS_IN_USE);
  assert_int_equal(ew__server_add(one, &listen, "fake", fake_service_new, &fake, &other), EW_ERR_ADDRESS_IN_USE);
  assert_int_equal(ew_server_add_admin(two, &listen, NULL, &other), EW_ERR_ADDRESS_IN_USE);
  ew_server_free(one);
  assert_int_equal(ew__server_add(two, &listen, "fake", fake_service_new, &fake, &other), EW_OK);
  assert_int_equal(other, port);
  ew_server_free(two);
}

static void a_host_that_is_not_here_is_refused(void **state) {
  (void)state;
  ew_server *server = new_server();
  assert_int_equal(ew__server_add(server, &(ew_listen){"192.0.2.1", 0, NULL, NULL}, "fake", fake_service_new, &fake, NULL), EW_ERR_ARGUMENT);
  assert_int_equal(ew__server_add(server, &(ew_listen){"no host", 0, NULL, NULL}, "fake", fake_service_new, &fake, NULL), EW_ERR_ARGUMENT);
  ew_server_free(server);
}

static void every_address_may_be_listened_on_by_name(void **state) {
  (void)state;
  static const char *const hosts[] = {"localhost", "0.0.0.0", "127.0.0.1", "::1"};
  ew_server *server = new_server();
  for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
    uint16_t port = 0;
    ew_err err = ew__server_add(server, &(ew_listen){hosts[i], 0, NULL, NULL}, "fake", fake_service_new, &fake, &port);
    if (err == EW_ERR_ARGUMENT && strcmp(hosts[i], "::1") == 0) {
      continue; /* a machine without IPv6 */
    }
    assert_int_equal(err, EW_OK);
    assert_int_not_equal(port, 0);
  }
  ew_server_free(server);
}

static void admin_without_a_token_stays_on_this_machine(void **state) {
  (void)state;
  ew_server *server = new_server();
  assert_int_equal(ew_server_add_admin(server, &(ew_listen){"0.0.0.0", 0, NULL, NULL}, NULL, NULL), EW_ERR_ARGUMENT);
  assert_int_equal(ew_server_add_admin(server, &(ew_listen){"0.0.0.0", 0, NULL, NULL}, "token", NULL), EW_OK);
  assert_int_equal(ew_server_add_admin(server, &(ew_listen){"localhost", 0, NULL, NULL}, NULL, NULL), EW_OK);
  ew_server_free(server);
}

static void a_certificate_that_cannot_be_used_is_refused(void **state) {
  const files *f = *state;
  ew_server *server = new_server();
  assert_int_equal(ew__server_add(server, &(ew_listen){NULL, 0, "none.pem", f->key}, "fake", fake_service_new, &fake, NULL), EW_ERR_IO);
  assert_int_equal(ew__server_add(server, &(ew_listen){NULL, 0, f->rubbish, f->key}, "fake", fake_service_new, &fake, NULL), EW_ERR_IO);
  assert_int_equal(ew__server_add(server, &(ew_listen){NULL, 0, f->certificate, NULL}, "fake", fake_service_new, &fake, NULL), EW_ERR_ARGUMENT);
  assert_int_equal(ew__server_add(server, &(ew_listen){NULL, 0, f->certificate, f->key}, "fake", fake_service_new, &fake, NULL), EW_OK);
  ew_server_free(server);
}

/* The document's limit, here 16 MiB, is for what the server sends. */
static void no_client_may_say_more_than_a_mebibyte(void **state) {
  (void)state;
  ew_server *server = new_server();
  ew_str token = EW_STR("t");
  ew_baas_service_options options = {.tokens = &token, .token_count = 1};
  assert_int_equal(ew_server_add_baas(server, &(ew_listen){NULL, 0, NULL, NULL}, &options, NULL), EW_OK);
  assert_int_equal(ew__server_find(server, EW_STR("baas"))->max_message_bytes, 1 << 20);
  ew_server_free(server);
}

static void a_service_that_cannot_be_made_opens_no_port(void **state) {
  (void)state;
  ew_server *server = new_server();
  fake_options failing = {.watch = &watch, .fail = true};
  assert_int_equal(ew__server_add(server, &(ew_listen){NULL, 0, NULL, NULL}, "fake", fake_service_new, &failing, NULL), EW_ERR_NOMEM);
  ew_server_free(server);
}

static void a_damaged_log_is_named(void **state) {
  const files *f = *state;
  ew_server *server = NULL;
  ew_diag diag;
  assert_int_equal(ew_server_new(&server, &(ew_server_options){.log_path = f->certificate}, &diag), EW_ERR_CORRUPT);
  assert_null(server);
  assert_string_equal(diag.found, "file is not a database");
  assert_int_equal(ew_server_new(&server, &(ew_server_options){.log_path = "/nonexistent/log.db"}, &diag), EW_ERR_IO);
  assert_string_equal(diag.found, "No such file or directory");
}

/* -------------------------------------------------------------------------------------------------------- TLS */

typedef struct tls_peer {
  peer tcp;
  SSL_CTX *context;
  SSL *tls;
} tls_peer;

static bool tls_connect(tls_peer *p, uint16_t port, int max_version) {
  peer_connect(&p->tcp, port);
  p->context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_security_level(p->context, 0);
  SSL_CTX_set_min_proto_version(p->context, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(p->context, max_version);
  p->tls = SSL_new(p->context);
  static const unsigned char protocols[] = "\x02h2\x08http/1.1";
  SSL_set_alpn_protos(p->tls, protocols, sizeof(protocols) - 1);
  SSL_set_fd(p->tls, p->tcp.fd);
  return SSL_connect(p->tls) == 1;
}

static void tls_disconnect(tls_peer *p) {
  SSL_free(p->tls);
  SSL_CTX_free(p->context);
  peer_disconnect(&p->tcp);
}

/* Reads until text stands in what came. */
static bool tls_read_until(tls_peer *p, const char *text) {
  while (p->tcp.len + 1 < sizeof(p->tcp.bytes)) {
    int got = SSL_read(p->tls, p->tcp.bytes + p->tcp.len, (int)(sizeof(p->tcp.bytes) - p->tcp.len - 1));
    if (got <= 0) {
      return false;
    }
    p->tcp.len += (size_t)got;
    p->tcp.bytes[p->tcp.len] = '\0';
    if (strstr(p->tcp.bytes, text) != NULL) {
      return true;
    }
  }
  return false;
}

static void tls_say(tls_peer *p, const char *bytes, size_t size) { assert_int_equal(SSL_write(p->tls, bytes, (int)size), size); }

static void a_session_runs_over_tls_and_http_2_is_not_offered(void **state) {
  const files *f = *state;
  static test_server s;
  static const char handshake[] = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  const unsigned char *chosen;
  unsigned chosen_len;
  tls_peer p;
  s.certificate = f->certificate;
  s.key = f->key;
  start_server(&s);
  assert_true(tls_connect(&p, s.port, TLS1_3_VERSION));
  SSL_get0_alpn_selected(p.tls, &chosen, &chosen_len);
  assert_int_equal(chosen_len, 8);
  assert_memory_equal(chosen, "http/1.1", 8);
  tls_say(&p, handshake, sizeof(handshake) - 1);
  assert_true(tls_read_until(&p, "\r\n\r\n"));
  p.tcp.len = 0;
  tls_say(&p, "\x81\x8f\0\0\0\0flood 50 60000x", 6 + 15);
  tls_say(&p, "\x81\x8c\0\0\0\0drop the end", 6 + 12);
  size_t total = 0;
  int got;
  while ((got = SSL_read(p.tls, p.tcp.bytes, sizeof(p.tcp.bytes))) > 0) {
    total += (size_t)got;
  }
  /* 50 frames of 60000 bytes, and "the end". */
  assert_int_equal(total, 50 * (4 + 60000) + 2 + 7);
  assert_int_equal(SSL_get_error(p.tls, got), SSL_ERROR_ZERO_RETURN); /* TLS was closed, not cut */
  tls_disconnect(&p);
  free_server(&s);
}

static void old_tls_and_plain_text_are_refused_on_a_tls_port(void **state) {
  const files *f = *state;
  static test_server s;
  tls_peer p;
  s.certificate = f->certificate;
  s.key = f->key;
  s.options.handshake_timeout_ms = 50; /* for what waits for us to speak TLS */
  start_server(&s);
  assert_false(tls_connect(&p, s.port, TLS1_1_VERSION));
  tls_disconnect(&p);
  char *answer = http_exchange(s.port, "GET /headers HTTP/1.1\r\nHost: x\r\n\r\n");
  assert_null(strstr(answer, "HTTP/1.1 200"));
  free(answer);
  answer = http_exchange(s.port, ""); /* silence */
  assert_string_equal(answer, "");
  free(answer);
  free_server(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_port_in_use_is_refused),
      cmocka_unit_test(a_host_that_is_not_here_is_refused),
      cmocka_unit_test(every_address_may_be_listened_on_by_name),
      cmocka_unit_test(admin_without_a_token_stays_on_this_machine),
      cmocka_unit_test(a_certificate_that_cannot_be_used_is_refused),
      cmocka_unit_test(no_client_may_say_more_than_a_mebibyte),
      cmocka_unit_test(a_service_that_cannot_be_made_opens_no_port),
      cmocka_unit_test(a_damaged_log_is_named),
      cmocka_unit_test(a_session_runs_over_tls_and_http_2_is_not_offered),
      cmocka_unit_test(old_tls_and_plain_text_are_refused_on_a_tls_port),
  };
  return cmocka_run_group_tests_name("server_listen", tests, make_files, remove_files);
}
