/* Plays one case: performs what the client says, checks what the server says. */
#ifndef EW_CONFORM_PLAY_INTERNAL_H
#define EW_CONFORM_PLAY_INTERNAL_H

#include "cases_internal.h"
#include "peer_internal.h"

#define EW__MAX_ROWS 256

/* Where and how to play. All borrowed. */
typedef struct ew__stage {
  const ew__peer *peer;
  ew__vars *vars;          /* holds the parameters; cut back after each case */
  const char *origin;      /* "ws://127.0.0.1:5000", "wss://..." */
  const char *admin_url;   /* or NULL */
  const char *admin_token; /* or NULL */
  ew_profile profile;
  uint32_t timeout_ms;     /* of a step that says nothing else */
  uint64_t seed;
} ew__stage;

/* Became of the play. Texts are cleared of secrets. Clear it. */
typedef struct ew__outcome {
  bool passed;
  bool no_connection; /* nobody listens at the origin */
  bool no_admin;      /* nobody listens at the admin URL */
  bool admin_reached; /* it has answered in this case */
  uint32_t elapsed_ms;
  int line;           /* of the step that failed */
  ew__ctext reason;
  ew__ctext pointer;
  ew__ctext expected;
  ew__ctext got;
  ew_conform_row rows[EW__MAX_ROWS];
  size_t row_count;
} ew__outcome;

/* EW_OK: *outcome says how it went. EW_ERR_NOMEM. */
EW_MUST_CHECK ew_err ew__play(const ew__stage *stage, const ew__case *kase, ew__outcome *outcome);
void ew__outcome_clear(ew__outcome *outcome);

#endif
