/*
 * The surroundings of a protocol machine for tests: a host that writes down every call as one line
 * of text, an event log in memory, a clock that is moved by hand, and random numbers that are
 * always the same.
 *
 *   recorder r;
 *   recorder_init(&r);
 *   ew_kaleido_service_new(&service, &options, &r.host);
 *   recorder_attach(&r, service);                     // freed by recorder_clear()
 *   assert_int_equal(recorder_open(&r, "a", "/ws", NULL), 101);
 *   recorder_receive(&r, "a", "{\"type\":\"listen\"}");
 *   recorder_publish(&r, "", event);
 *   recorder_expect(&r, "send a [...]\\n\n");
 *   recorder_clear(&r);
 *
 * Lines, each ended by a line feed; control bytes inside a text are shown as \n, \r, \t or \xHH, a
 * backslash as itself:
 *   send NAME TEXT               read STREAM after N limit N        event INDEX/COUNT id=ID
 *     type=TYPE source=SOURCE sequence=N TEXT
 *   close NAME CODE REASON       position STREAM CURSOR             peer_error TEXT
 *   drop NAME                    commit CURSOR N                    bad_message ERROR POINTER
 *   note TEXT                    store KEY VALUE, remove KEY        ready
 * Lines without a NAME for "send" ("send TEXT") are a subscriber's.
 */
#ifndef EW_TEST_RECORDER_H
#define EW_TEST_RECORDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "eventwire/protocol.h"

/* What is left out of the transcript. After recorder_init() notes are. */
typedef enum recorder_quiet {
  RECORDER_QUIET_NOTE = 1,
  RECORDER_QUIET_READ = 2,
  RECORDER_QUIET_POSITION = 4,
  RECORDER_QUIET_COMMIT = 8,
  RECORDER_QUIET_STORE = 16,
  RECORDER_QUIET_LOG = 2 | 4 | 8 | 16
} recorder_quiet;

struct recorder_event;
struct recorder_pair;
struct recorder_peer;
struct recorder_question;

typedef struct recorder {
  ew_host host;
  ew_subscriber_host subscriber_host;
  ew_service *service;
  ew_subscriber *subscriber;
  uint64_t now;              /* of the monotonic clock, from 1000000 */
  unsigned quiet;            /* recorder_quiet */
  ew_err send_result;        /* what send answers from now on; a refused one is written as "refused NAME TEXT" */
  ew_err log_result;         /* what read and position give as the outcome when they are answered */
  ew_err ask_result;         /* what read and position return at once */
  bool hold;                 /* questions to the log wait for recorder_answer() */
  /*
   * the event callback answers false for events whose index modulo this is refuse_at; 0: true for
   * all
   */
  uint32_t refuse_every;
  uint32_t refuse_at;
  char *text;                /* the transcript since the last recorder_expect() */
  size_t text_len, text_size;
  char http_body[65536];     /* of the last recorder_http() */
  char http_content_type[64];
  char target[1024];         /* of the last recorder_connect(): "GET /ws" */
  struct recorder_event *events;
  size_t event_count;
  struct recorder_pair *cursors; /* sequence as decimal text */
  size_t cursor_count;
  struct recorder_pair *resources;
  size_t resource_count;
  struct recorder_peer *peers;
  struct recorder_question *questions; /* waiting for recorder_settle(), oldest first */
  size_t question_count;
  uint64_t random_state;
} recorder;

void recorder_init(recorder *r);
/* Frees the service and subscriber too. */
void recorder_clear(recorder *r);

void recorder_attach(recorder *r, ew_service *service);
/*
 * As a process that was killed and started again: connections and open questions are gone, the log,
 * cursors and resources stay. Frees the service.
 */
void recorder_restart(recorder *r);
/* Hands every stored resource to ew_service_restore(). */
void recorder_restore(recorder *r);

typedef struct recorder_request {
  const char *method;     /* NULL: GET */
  const char *target;     /* path and query, as sent */
  const char *headers[8]; /* "name: value", the name in lower case */
  const char *body;
  bool upgrade;
} recorder_request;

/* The status; body and content type are in r. */
int recorder_http(recorder *r, const recorder_request *request);

/*
 * Opening handshake with one more header or NULL; on 101 the session of that name exists. Returns
 * the status.
 */
int recorder_open(recorder *r, const char *name, const char *target, const char *header);

/* Each of these settles afterwards. The message is handed over in a block of exactly its size. */
void recorder_receive(recorder *r, const char *name, const char *text);
void recorder_receive_bytes(recorder *r, const char *name, ew_opcode opcode, const void *bytes,
                            size_t size);
/*
 * Hands two messages over before the host gets to do anything about the first one, as when they
 * came in one packet.
 */
void recorder_receive_pair(recorder *r, const char *name, const char *first, const char *second);
/* The peer goes away. */
void recorder_close(recorder *r, const char *name);
/* Checks, appends and publishes; the error of ew_service_check() when it refuses. */
ew_err recorder_publish(recorder *r, const char *where, const char *event);

/* Appends to the log without telling the service. Returns the sequence. */
uint64_t recorder_append(recorder *r, const char *stream, const char *event);
/* The stored position, or UINT64_MAX. */
uint64_t recorder_cursor(const recorder *r, const char *cursor);
void recorder_set_cursor(recorder *r, const char *cursor, uint64_t sequence);
bool recorder_is_open(const recorder *r, const char *name);

/* Answers reads and positions and carries out closes until nothing is open. */
void recorder_settle(recorder *r);
/* Answers the oldest question while they are held. */
void recorder_answer(recorder *r);
/* Moves the clock by ms, stopping at every deadline on the way for a tick. */
void recorder_advance(recorder *r, uint64_t ms);

/* The client side: r->subscriber must be set. */
void recorder_connect(recorder *r, const char *url_path, ew_request *request);
void recorder_deliver(recorder *r, const char *text);
/* The value of a header of the last recorder_connect(), or NULL text. */
ew_str recorder_header(const ew_request *request, const char *name);

/* The transcript since the last call must be text; then it is forgotten. */
#define recorder_expect(r, text) recorder_expect_at((r), (text), __FILE__, __LINE__)
void recorder_expect_at(recorder *r, const char *text, const char *file, int line);
void recorder_forget(recorder *r);

#endif
