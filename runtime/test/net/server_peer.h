/*
 * A server in a thread of its own, and a peer on a raw socket that can say what no library lets it say. Whatever is awaited is awaited for at most
 * 20 seconds; then the test program ends with a message.
 */
#ifndef EW_SERVER_PEER_H
#define EW_SERVER_PEER_H

#include "fake_service.h"

#include <pthread.h>

/** A running server with one fake service and an admin listener. */
typedef struct test_server {
  ew_server *server;
  uint16_t port, admin_port;
  fake_watch watch;
  fake_options fake;
  ew_server_options options; /* to be changed before start_server() */
  const char *admin_token;
  const char *certificate, *key;
  pthread_t thread;
  bool running;
  ew_err result; /* of ew_server_run() */
  pthread_mutex_t lock;
  char notes[16384]; /* {lock} */
} test_server;

void start_server(test_server *s);
/** Asks for a stop, waits for the end, keeps server. */
void stop_server(test_server *s);
void free_server(test_server *s);

/** Does the operator's log contain text now? */
bool has_note(test_server *s, const char *text);

/** Waits until so many connections are left, without the one that asks. */
void await_connections(test_server *s, unsigned count);

/** Waits until counter has reached value. */
void await_count(atomic_uint *counter, unsigned value);

typedef struct peer {
  int fd;
  bool broken;         /* something could not be written any more */
  char bytes[1 << 16]; /* received, not looked at yet */
  size_t len;
} peer;

void peer_connect(peer *p, uint16_t port);
void peer_disconnect(peer *p);
/** Does anybody listen? */
bool is_listening(uint16_t port);
/** Ends TCP with a reset. */
void peer_reset(peer *p);
void peer_write(peer *p, const char *bytes, size_t size);
void peer_say(peer *p, const char *text);

/** Everything up to the end of TCP, NUL-terminated; the caller frees it. was_reset (may be NULL): it ended with a reset. */
char *peer_read_all(peer *p, bool *was_reset);

/** Says a whole request and returns the whole answer. The caller frees it. */
char *http_exchange(uint16_t port, const char *request);

/** The opening handshake of path, which must succeed. */
void peer_open(peer *p, uint16_t port, const char *path);

/** One masked frame. */
void peer_frame(peer *p, bool fin, uint8_t opcode, const char *payload, size_t size);
void peer_text(peer *p, const char *text);

/** A frame of the server. close_code is set for Close frames. */
typedef struct received {
  uint8_t opcode;
  bool fin;
  uint16_t close_code;
  char *payload; /* NUL-terminated; without the code of a Close frame; lives until the next call */
  size_t size;
} received;

/** False when TCP ended instead. */
bool peer_receive(peer *p, received *out);
void expect_text(peer *p, const char *text);
void expect_close(peer *p, uint16_t code);
/** TCP ends, without a Close frame and without a reset. */
void expect_end(peer *p);

#endif
