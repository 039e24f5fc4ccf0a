#define _POSIX_C_SOURCE 200809L

#include "test_server.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct test_peer {
  int fd;
  SSL *ssl;
  bool reset;
};

struct test_server {
  int listener;
  uint16_t port;
  test_script script;
  void *ctx;
  SSL_CTX *tls;
  pthread_t thread;
  atomic_bool stopping;
  atomic_uint count;
};

static void *fail(const char *what) {
  (void)fprintf(stderr, "test server: %s failed\n", what);
  abort();
}

/* ------------------------------------------------------------------------------------------------ the server */

static void end_peer(test_peer *peer) {
  struct linger at_once = {1, 0};
  if (peer->ssl != NULL) {
    (void)SSL_shutdown(peer->ssl);
    SSL_free(peer->ssl);
  }
  if (peer->reset) {
    (void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
  (void)close(peer->fd);
}

static bool start_tls(const test_server *server, test_peer *peer) {
  peer->ssl = SSL_new(server->tls);
  if (peer->ssl == NULL) {
    fail("SSL_new");
  }
  (void)SSL_set_fd(peer->ssl, peer->fd);
  return SSL_accept(peer->ssl) == 1;
}

static void *serve(void *arg) {
  test_server *server = arg;
  while (!atomic_load(&server->stopping)) {
    test_peer peer = {accept(server->listener, NULL, NULL), NULL, false};
    if (peer.fd < 0) {
      continue;
    }
    unsigned number = atomic_fetch_add(&server->count, 1);
    if (server->tls == NULL || start_tls(server, &peer)) {
      server->script(&peer, number, server->ctx);
    }
    end_peer(&peer);
  }
  return NULL;
}

static void listen_on_loopback(test_server *server) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof(address);
  server->listener = socket(AF_INET, SOCK_STREAM, 0);
  if (server->listener < 0 || bind(server->listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
      listen(server->listener, 16) != 0 || getsockname(server->listener, (struct sockaddr *)&address, &size) != 0) {
    fail("listen");
  }
  server->port = ntohs(address.sin_port);
}

test_server *test_server_start(test_script script, void *ctx, const char *certificate) {
  test_server *server = calloc(1, sizeof(*server));
  if (server == NULL) {
    return fail("calloc");
  }
  (void)signal(SIGPIPE, SIG_IGN);
  server->script = script;
  server->ctx = ctx;
  if (certificate != NULL) {
    server->tls = SSL_CTX_new(TLS_server_method());
    if (server->tls == NULL || SSL_CTX_use_certificate_chain_file(server->tls, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(server->tls, certificate, SSL_FILETYPE_PEM) != 1) {
      fail("certificate");
    }
  }
  listen_on_loopback(server);
  if (pthread_create(&server->thread, NULL, serve, server) != 0) {
    fail("pthread_create");
  }
  return server;
}

void test_server_stop(test_server *server) {
  atomic_store(&server->stopping, true);
  (void)shutdown(server->listener, SHUT_RDWR);
  (void)pthread_join(server->thread, NULL);
  (void)close(server->listener);
  SSL_CTX_free(server->tls);
  free(server);
}

uint16_t test_server_port(const test_server *server) { return server->port; }

unsigned test_server_count(test_server *server) { return atomic_load(&server->count); }

/* ------------------------------------------------------------------------------------------------ one connection */

static ptrdiff_t read_some(test_peer *peer, void *out, size_t size) {
  return peer->ssl != NULL ? (ptrdiff_t)SSL_read(peer->ssl, out, (int)size) : (ptrdiff_t)recv(peer->fd, out, size, 0);
}

bool test_peer_read(test_peer *peer, void *out, size_t size) {
  for (size_t at = 0; at < size;) {
    ptrdiff_t got = read_some(peer, (char *)out + at, size - at);
    if (got <= 0) {
      return false;
    }
    at += (size_t)got;
  }
  return true;
}

bool test_peer_write(test_peer *peer, const void *bytes, size_t size) {
  for (size_t at = 0; at < size;) {
    const char *from = (const char *)bytes + at;
    ptrdiff_t put =
        peer->ssl != NULL ? (ptrdiff_t)SSL_write(peer->ssl, from, (int)(size - at)) : (ptrdiff_t)send(peer->fd, from, size - at, MSG_NOSIGNAL);
    if (put <= 0) {
      return false;
    }
    at += (size_t)put;
  }
  return true;
}

bool test_peer_print(test_peer *peer, const char *text) { return test_peer_write(peer, text, strlen(text)); }

bool test_peer_head(test_peer *peer, char *out, size_t size) {
  size_t len = 0;
  while (len + 1 < size) {
    if (!test_peer_read(peer, out + len, 1)) {
      return false;
    }
    out[++len] = '\0';
    if (len >= 4 && strcmp(out + len - 4, "\r\n\r\n") == 0) {
      return true;
    }
  }
  return false;
}

static bool accept_head(test_peer *peer, const char *head, const char *more_headers) {
  char key[100], answer[1024], accept_value[32];
  unsigned char digest[SHA_DIGEST_LENGTH];
  const char *at = strstr(head, "Sec-WebSocket-Key: ");
  if (at == NULL || sscanf(at + 19, "%24s", key) != 1) {
    return false;
  }
  strcat(key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  (void)SHA1((unsigned char *)key, strlen(key), digest);
  (void)EVP_EncodeBlock((unsigned char *)accept_value, digest, sizeof(digest));
  (void)snprintf(answer, sizeof(answer),
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
                 accept_value, more_headers);
  return test_peer_print(peer, answer);
}

bool test_peer_head_or_accept(test_peer *peer, char *out, size_t size) {
  return test_peer_head(peer, out, size) && accept_head(peer, out, "");
}

bool test_peer_accept(test_peer *peer, const char *more_headers) {
  char head[8192];
  return test_peer_head(peer, head, sizeof(head)) && accept_head(peer, head, more_headers);
}

bool test_peer_frame(test_peer *peer, unsigned first_byte, const char *payload, size_t size) {
  unsigned char header[10] = {(unsigned char)first_byte, (unsigned char)size};
  size_t len = 2;
  if (size > 125) {
    header[1] = size > 65535 ? 127 : 126;
    len = size > 65535 ? 10 : 4;
    for (size_t i = 0; i < len - 2; i++) {
      header[len - 1 - i] = (unsigned char)(size >> (8 * i));
    }
  }
  return test_peer_write(peer, header, len) && test_peer_write(peer, payload, size);
}

bool test_peer_text(test_peer *peer, const char *text) { return test_peer_frame(peer, 0x81, text, strlen(text)); }

static bool read_length(test_peer *peer, unsigned char short_length, size_t *out) {
  unsigned char bytes[8];
  size_t size = short_length == 127 ? 8 : short_length == 126 ? 2 : 0;
  *out = short_length;
  if (size == 0) {
    return true;
  }
  if (!test_peer_read(peer, bytes, size)) {
    return false;
  }
  *out = 0;
  for (size_t i = 0; i < size; i++) {
    *out = *out << 8 | bytes[i];
  }
  return true;
}

int test_peer_receive(test_peer *peer, char *payload, size_t size, size_t *len) {
  unsigned char header[2], mask[4];
  if (!test_peer_read(peer, header, 2) || (header[1] & 0x80) == 0 || !read_length(peer, header[1] & 0x7f, len) ||
      !test_peer_read(peer, mask, 4) || *len >= size || !test_peer_read(peer, payload, *len)) {
    return -1;
  }
  for (size_t i = 0; i < *len; i++) {
    payload[i] = (char)((unsigned char)payload[i] ^ mask[i & 3]);
  }
  payload[*len] = '\0';
  return header[0];
}

bool test_peer_drain(test_peer *peer) {
  char bytes[4096];
  ptrdiff_t got = 1;
  while (got > 0) {
    got = read_some(peer, bytes, sizeof(bytes));
  }
  return got == 0;
}

void test_peer_reset(test_peer *peer) { peer->reset = true; }

/* ---------------------------------------------------------------------------------------------- a certificate */

static EVP_PKEY *new_key(void) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
  bool made = ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
              EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1) == 1 && EVP_PKEY_keygen(ctx, &key) == 1;
  EVP_PKEY_CTX_free(ctx);
  return made ? key : NULL;
}

static bool add_name(X509 *certificate, const char *name) {
  char text[300];
  struct in_addr address;
  bool is_address = inet_pton(AF_INET, name, &address) == 1;
  (void)snprintf(text, sizeof(text), "%s:%s", is_address ? "IP" : "DNS", name);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);
  bool added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

static bool fill_certificate(X509 *certificate, EVP_PKEY *key, const char *name, int days) {
  X509_NAME *subject = X509_get_subject_name(certificate);
  const unsigned char common_name[] = "eventwire test";
  (void)X509_set_version(certificate, 2);
  (void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  (void)X509_gmtime_adj(X509_getm_notBefore(certificate), -86400L * 30);
  (void)X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * days);
  return X509_set_pubkey(certificate, key) == 1 &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1 && add_name(certificate, name) &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

bool test_make_certificate(const char *path, const char *name, int days) {
  EVP_PKEY *key = new_key();
  X509 *certificate = X509_new();
  FILE *file = fopen(path, "w");
  bool made = key != NULL && certificate != NULL && file != NULL && fill_certificate(certificate, key, name, days) &&
              PEM_write_X509(file, certificate) == 1 && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
  if (file != NULL) {
    made = fclose(file) == 0 && made;
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
  return made;
}
