/*
 * client_internal.h - the parts of ew_client.
 *
 *   client.c          options, life cycle
 *   client_run.c      one connection after the other: HTTP steps, WebSocket, heartbeat, reconnection
 *   client_http.c     an HTTP step on a worker thread
 *   client_retry.c    how long to wait before the next attempt
 *
 * Everything but ew_client_stop() and the worker of client_http.c happens on the thread that runs the client.
 */
#ifndef EW_CLIENT_INTERNAL_H
#define EW_CLIENT_INTERNAL_H

#include <stdatomic.h>

#include "eventwire/client.h"
#include "socket_internal.h"
#include "transport_internal.h"

/* -------------------------------------------------------------------------------------- waiting */

/** Exponential delay with full jitter: between 0 and a ceiling that doubles from min to max. */
typedef struct ew__retry {
  uint32_t min_ms, max_ms;
  unsigned failures; /* since the last connection that lasted */
} ew__retry;

/** The next delay; random is any uniform number. Counts a failure. */
uint32_t ew__retry_next_ms(ew__retry *retry, uint64_t random);
/** A connection ended after up_ms: one of a minute or more makes the next delay short again. */
void ew__retry_note_up(ew__retry *retry, uint64_t up_ms);

/* ----------------------------------------------------------------------------------- HTTP steps */

/**
 * The header lines of a request: the subscriber's, and the user's, which win over those of the same
 * name. NULL when memory is out. The lines are the caller's to free.
 */
char **ew__lines_merge(const ew_request *request, const char *const *headers);
void ew__lines_free(char **lines);
const char *const *ew__lines_view(char **lines);

enum { EW__HTTP_STEP_BODY = 64 * 1024 };

/** One request on a worker thread of the loop. */
typedef struct ew__http_step {
  uv_work_t work;
  bool busy;
  int cancel[2]; /* pipe; -1 before the first step */
  ew__url url;   /* a view: of the client's URL with another target */
  char *target;
  char *method;
  char **headers;
  ew_tls_options tls;
  uint32_t timeout_ms;
  ew_err err;
  int status;
  ew__reason why;
  ew_buf body;
  char block[EW__HTTP_STEP_BODY];
} ew__http_step;

/** Starts a step; done comes on the loop thread. Views are copied. EW_ERR_NOMEM, EW_ERR_IO. */
EW_MUST_CHECK ew_err ew__http_step_start(ew__http_step *step, uv_loop_t *loop, const ew__url *url,
                                         const ew_request *request, const char *const *headers,
                                         void (*done)(uv_work_t *work, int status));
/** Ends a running step early; done still comes. */
void ew__http_step_cancel(ew__http_step *step);
/** Frees what a step had copied. */
void ew__http_step_clear(ew__http_step *step);

/* ----------------------------------------------------------------------------------- the client */

typedef enum ew__client_phase {
  EW__CLIENT_IDLE = 0,
  EW__CLIENT_ASKING,     /* an HTTP step runs */
  EW__CLIENT_CONNECTING,
  EW__CLIENT_OPEN,
  EW__CLIENT_CLOSING,    /* stop was asked for: the echo is awaited */
  EW__CLIENT_WAITING,    /* for the next attempt */
  EW__CLIENT_DONE
} ew__client_phase;

struct ew_client {
  ew_client_options options; /* texts are copies */
  char *tls_texts[3];
  char **headers;
  ew__url url;
  ew_subscriber *subscriber;

  uv_loop_t loop;
  bool loop_made;
  uv_async_t wake;
  uv_timer_t timer;     /* of the next attempt */
  uv_timer_t heartbeat;
  atomic_bool stop_asked;

  ew__transport *transport;
  ew__http_step *step;
  ew__client_phase phase;
  ew__retry retry;
  unsigned connections; /* that were opened */
  bool peer_complained; /* the last message was the peer's own error */
  bool silent;          /* the heartbeat gave up */
  uint64_t opened_at, heard_at, pinged_at;

  ew_err result;
  ew__reason reason;
};

/** Makes a subscriber; ew_subscriber_new() outside of tests. */
typedef ew_err (*ew__subscriber_maker)(ew_subscriber **out, const ew_subscriber_options *opts,
                                       const ew_subscriber_host *host);

EW_MUST_CHECK ew_err ew__client_new(ew_client **out, const ew_client_options *opts,
                                    ew__subscriber_maker make, ew_diag *diag);

/** What the client gives its subscriber. */
ew_subscriber_host ew__client_host(ew_client *client);

/** Callback of client->wake. */
void ew__client_on_wake(uv_async_t *wake);

#endif
