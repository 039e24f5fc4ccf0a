/*
 * The other side, as the player sees it: a server on the network (network_peer.c), or a recording (in the
 * tests). Blocking, one call at a time.
 */
#ifndef EW_CONFORM_PEER_INTERNAL_H
#define EW_CONFORM_PEER_INTERNAL_H

#include "eventwire/client.h"

/* An HTTP request; also the one that opens a WebSocket. All borrowed during the call. */
typedef struct ew__call {
  const char *method;
  const char *url;
  const char *const *headers; /* NULL-terminated */
  ew_str body;
  uint32_t timeout_ms;
} ew__call;

/* Owned by the caller: ew__reply_clear(). */
typedef struct ew__reply {
  int status; /* 0: none came */
  char *body;
  size_t size;
} ew__reply;

typedef enum ew__arrival_kind {
  EW__ARRIVAL_MESSAGE,
  EW__ARRIVAL_PONG,
  EW__ARRIVAL_CLOSE,    /* code, EW_CLOSE_ABNORMAL without a Close frame; payload is the reason */
  EW__ARRIVAL_VIOLATION /* payload says what RFC 6455 does not allow */
} ew__arrival_kind;

/* payload lives until the next call on the same link. */
typedef struct ew__arrival {
  ew__arrival_kind kind;
  bool binary;
  bool valid_utf8;
  uint16_t code;
  ew_str payload;
} ew__arrival;

typedef struct ew__link ew__link;

typedef struct ew__peer {
  void *ctx;
  /* EW_ERR_REFUSED with *refusal, EW_ERR_CONNECT, EW_ERR_TIMEOUT, EW_ERR_PEER: diag->found has words. */
  ew_err (*open)(void *ctx, const ew__call *call, ew__link **link, ew__reply *refusal, ew_diag *diag);
  /* Bytes as they are: the player makes the frames. EW_ERR_CLOSED, EW_ERR_TIMEOUT. */
  ew_err (*write)(ew__link *link, ew_str bytes);
  /* Pings are answered and not told. EW_ERR_TIMEOUT, EW_ERR_NOMEM. */
  ew_err (*read)(ew__link *link, uint32_t timeout_ms, ew__arrival *out);
  /* Ends and frees the link: orderly, or with RST. NULL is fine. */
  void (*shut)(ew__link *link, bool reset);
  ew_err (*http)(void *ctx, const ew__call *call, ew__reply *answer, ew_diag *diag);
} ew__peer;

void ew__reply_clear(ew__reply *answer);

/* Servers on the network, over eventwire/client.h. tls is borrowed. */
void ew__network_peer(ew__peer *peer, const ew_tls_options *tls);

#endif
