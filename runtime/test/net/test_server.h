/*
 * test_server.h - a peer for the tests of socket and client: a thread that accepts one connection after the other on loopback and plays a script on
 * each, byte for byte as the test wants it.
 */
#ifndef EW_TEST_SERVER_H
#define EW_TEST_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct test_server test_server;
typedef struct test_peer test_peer;

/** Plays one connection, the number-th from 0. It is closed when the script returns. Server thread: no cmocka assertions here. */
typedef void (*test_script)(test_peer *peer, unsigned number, void *ctx);

/** certificate (PEM with certificate and key, may be NULL) makes it a TLS server. */
test_server *test_server_start(test_script script, void *ctx, const char *certificate);
/** Ends the accept loop, waits for the script that runs (peers must be gone), and frees. */
void test_server_stop(test_server *server);
uint16_t test_server_port(const test_server *server);
/** How many connections were accepted. */
unsigned test_server_count(test_server *server);

/** The request with its empty line, NUL-terminated; false when the peer ended before. */
bool test_peer_head(test_peer *peer, char *out, size_t size);
/** Reads a head and answers it as a correct server does (RFC 6455 section 4.2.2), with more header lines ("" for none). */
bool test_peer_accept(test_peer *peer, const char *more_headers);
/** Reads a head and accepts it when it asks for a WebSocket; false for every other request, which is not answered. */
bool test_peer_head_or_accept(test_peer *peer, char *out, size_t size);
bool test_peer_read(test_peer *peer, void *out, size_t size);
bool test_peer_write(test_peer *peer, const void *bytes, size_t size);
bool test_peer_print(test_peer *peer, const char *text);
/** An unmasked frame. */
bool test_peer_frame(test_peer *peer, unsigned first_byte, const char *payload, size_t size);
bool test_peer_text(test_peer *peer, const char *text);
/** The next frame of the client, unmasked. payload is NUL-terminated. Returns its first byte, or -1 at the end. */
int test_peer_receive(test_peer *peer, char *payload, size_t size, size_t *len);
/** Reads until the client has ended TCP; true when it did so without an error (FIN, not RST). */
bool test_peer_drain(test_peer *peer);
/** RST instead of FIN. */
void test_peer_reset(test_peer *peer);

/** Writes a self-signed certificate with its key for name (a DNS name or an address) to path. */
bool test_make_certificate(const char *path, const char *name, int days);

#endif
