/*
 * One case while it is played, and what the three kinds of steps (play_client.c, play_server.c, play_http.c)
 * share.
 *
 * Functions that return bool return false after a failure that the player already knows: either the outcome
 * has a reason, or memory is out.
 */
#ifndef EW_CONFORM_PLAYER_INTERNAL_H
#define EW_CONFORM_PLAYER_INTERNAL_H

#include "match_internal.h"
#include "play_internal.h"

#define EW__MAX_CONNECTIONS 8
#define EW__MAX_ROW_BYTES 2048

typedef enum ew__connection_state {
  EW__CONNECTION_FRESH,
  EW__CONNECTION_OPEN,
  EW__CONNECTION_REFUSED,      /* with an HTTP status that no step has looked at yet */
  EW__CONNECTION_REFUSAL_SEEN,
  EW__CONNECTION_ENDED
} ew__connection_state;

/* One named connection of a case. */
typedef struct ew__connection {
  const char *name;
  ew__connection_state state;
  ew__link *link;
  const cJSON *how;     /* the connect step it came from, or NULL for the defaults */
  ew__reply refusal;
  uint16_t close_code;  /* once ended; 0 when the case has ended it itself */
  ew__ctext close_reason;
} ew__connection;

typedef struct ew__player {
  const ew__stage *stage;
  const ew__case *kase;
  ew__outcome *outcome;
  ew__connection connections[EW__MAX_CONNECTIONS];
  size_t connection_count;
  const cJSON *step;
  uint64_t started_ms;
  uint64_t random;
  uint32_t barrier_count;
  bool no_memory;
} ew__player;

/* ----------------------------------------------------------------------------------------------- player.c */

/* Both return false. The first failure of a case is the one told. */
bool ew__player_fail(ew__player *p, const char *format, ...) EW__PRINTF(2, 3);
bool ew__player_no_memory(ew__player *p);

uint64_t ew__player_now(void);
uint64_t ew__player_random(ew__player *p);

/* Adds a row to the transcript; takes text. */
void ew__player_record(ew__player *p, char direction, ew__ctext *text);
void ew__player_note(ew__player *p, char direction, const ew__connection *c, const char *what, ew_str bytes);

/* Appends text with its names replaced; a copy of node with its names replaced (NULL: failed). */
bool ew__player_expand(ew__player *p, const char *text, ew__ctext *out);
cJSON *ew__player_resolve(ew__player *p, const cJSON *node);

bool ew__player_duration(ew__player *p, const char *text, uint32_t *ms);

/* How long a step may take: its own "within", else that of the suite, else that of the run. */
uint32_t ew__player_timeout(ew__player *p, const cJSON *verbs);

/* Compare what came with what is expected; label names it in the reason. */
ew__match ew__player_match(ew__player *p);
bool ew__player_compare(ew__player *p, ew__match *match, const char *label, const cJSON *expected,
                        const cJSON *got);
bool ew__player_compare_code(ew__player *p, const char *label, const cJSON *expected, unsigned code);
bool ew__player_compare_text(ew__player *p, const char *label, const cJSON *expected, ew_str bytes);
bool ew__player_compare_body(ew__player *p, const cJSON *expected, const ew__reply *reply);

/* A member that is a number, or fallback. */
size_t ew__count_of(const cJSON *map, const char *name, size_t fallback);

/* -------------------------------------------------------------------------------------------- play_http.c */

typedef struct ew__header_list {
  char *lines[32]; /* NULL behind the last */
  size_t count;
} ew__header_list;

bool ew__headers_add_map(ew__player *p, ew__header_list *list, const cJSON *map);

/*
 * The auth of a connect or http step: "basic" (nothing when there is no
 * user), "none", or a mapping with user and password.
 */
bool ew__headers_add_auth(ew__player *p, ew__header_list *list, const cJSON *how);
const char *const *ew__headers_lines(const ew__header_list *list);
void ew__headers_clear(ew__header_list *list);

/* Scheme, host and port of the server, base and path. */
bool ew__player_url(ew__player *p, bool http, const char *path, ew__ctext *url);

bool ew__play_http(ew__player *p, const cJSON *http);
bool ew__play_publish(ew__player *p, const cJSON *publish);

/* ------------------------------------------------------------------------------------------ play_client.c */

/* The connection that a step names; NULL: too many. */
ew__connection *ew__player_connection(ew__player *p, const cJSON *verbs);

/* how: a connect step, or NULL for the defaults of the suite. A refusal is no failure yet. */
bool ew__connection_open(ew__player *p, ew__connection *c, const cJSON *how);

/* Opens the connection when the case has not done so itself; fails when it was refused. */
bool ew__connection_need(ew__player *p, ew__connection *c);
bool ew__connection_send_control(ew__player *p, ew__connection *c, ew_frame_opcode opcode, ew_str payload);
void ew__connection_shut(ew__player *p, ew__connection *c, bool reset);

bool ew__play_client(ew__player *p, const cJSON *verbs);

/* ------------------------------------------------------------------------------------------ play_server.c */

bool ew__play_server(ew__player *p, const cJSON *verbs);

#endif
