/*
 * A service that does on command what the protocol services do, to test the server that carries them. Text messages to it:
 *
 *   echo TEXT      the same TEXT back                      close CODE     close with CODE and reason "asked"
 *   drop TEXT      TEXT, then TCP ends                     both           drop and close in one message
 *   flood N SIZE   N messages of SIZE bytes                all TEXT       TEXT to every session
 *   read AFTER     the events behind AFTER, one message    position       "last L cursor C"
 *   commit N       stores cursor N                         later MS       "tick" after MS milliseconds
 *   note TEXT      a line for the operator                 end others     closes every other session
 * A binary message comes back as "binary SIZE", one of other text as "text SIZE HASH".
 *
 * HTTP: GET /ws with Upgrade is accepted; GET /headers lists what came; POST /body says how long it was; all else is 404 with a body.
 */
#ifndef EW_FAKE_SERVICE_H
#define EW_FAKE_SERVICE_H

#include "server_internal.h"

#define FAKE_MESSAGE_LIMIT 300000u

/** Shared with the test; read after the server has stopped, or through atomics. */
typedef struct fake_watch {
  atomic_uint opened, closed, received, ticks, published;
  char restored[256]; /* "key=value;" of every resource */
} fake_watch;

typedef struct fake_options {
  fake_watch *watch;
  bool refuse_sessions; /* ew_service_open() returns NULL */
  bool greet;           /* sends "hello" as soon as a session opens */
  bool close_at_open;   /* asks for the end while the session opens */
  bool fail;            /* the service cannot be made */
} fake_options;

/** ew__service_factory; opts is a fake_options. */
ew_err fake_service_new(ew_service **out, const void *opts, const ew_host *host);

/** The hash that "text SIZE HASH" tells. */
uint32_t fake_hash(const char *bytes, size_t size);

#endif
