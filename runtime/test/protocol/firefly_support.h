/*
 * What the tests of the FireFly service share: a service on a recorder, events by number, and a
 * transcript in short form.
 */
#ifndef EW_TEST_FIREFLY_SUPPORT_H
#define EW_TEST_FIREFLY_SUPPORT_H

#include "eventwire/firefly.h"
#include "recorder.h"

/* The id of event n: 00000000-0000-4000-8000-00000000000n. */
const char *event_id(unsigned n);

/*
 * A service of the namespaces ns1 and ns2 whose filters search for plain text (patterns "(" are
 * refused).
 */
void service_start(recorder *r, const ew_firefly_service_options *opts);
ew_firefly_service_options service_options(void);
/*
 * cmocka fixtures around a recorder with service_options() and around one with the strict manner.
 */
int setup(void **state);
int setup_strict(void **state);
int teardown(void **state);

/* Opens /ws, or another target. */
void open_socket(recorder *r, const char *name);
/* Appends and publishes the events first to last of ns1, of type message_confirmed. */
void publish(recorder *r, unsigned first, unsigned last);
/* Starts the durable subscription of that name in ns1. */
void start(recorder *r, const char *socket, const char *name);
/* Starts an ephemeral one in ns1; options is JSON. */
void start_ephemeral(recorder *r, const char *socket, const char *options);
void ack(recorder *r, const char *socket, unsigned event);
void ack_text(recorder *r, const char *socket, const char *id);
/* Makes a durable subscription in ns1; options is JSON. Its id is in subscription_id. */
void make_subscription(recorder *r, const char *name, const char *options);
int http(recorder *r, const char *method, const char *target, const char *body);

/*
 * A connection that is not the recorder's own, so that the test decides when it ends. Laid out as
 * the recorder's.
 */
typedef struct own_peer {
  char name[32];
  ew_session *session;
  bool ending;
  void *next;
} own_peer;
/* Opens /ws with this query; nothing is settled. */
void own_open(recorder *r, own_peer *peer, const char *query);

/* A copy of the transcript, to be freed. */
char *transcript(const recorder *r);

/* Of the messages that the last expect() looked at. */
extern char subscription_id[40];
extern char batch_id[40];

/*
 * What came to a socket since the last call, which must be well-formed in every respect, in short:
 * an event as its sequence, a batch as [1 2 3], an error as its text in quotes, the end as "drop"
 * or "close CODE". The transcript of the other sockets stays.
 */
#define expect(r, socket, text) expect_at((r), (socket), (text), __FILE__, __LINE__)
void expect_at(recorder *r, const char *socket, const char *text, const char *file, int line);

#endif
