#include "cli_internal.h"

#include <string.h>

typedef struct attempt {
  ew_err err;
  ew_diag diag;
  uint32_t known; /* members of the text that the message has too */
} attempt;

static bool has_member(const ew_type *type, ew_str name) {
  const ew_object_rules *rules = type->as.object;
  for (uint32_t i = 0; i < rules->member_count; i++) {
    if (ew_str_equal(name, ew_str_of(rules->members[i].name))) {
      return true;
    }
  }
  return false;
}

static uint32_t count_known(const ew_type *type, ew_str json) {
  uint32_t known = 0;
  size_t cursor = 0;
  ew_str name;
  ew_raw value, whole = {json};
  if (type->kind != EW_KIND_OBJECT || ew_raw_type(whole) != EW_JSON_OBJECT) {
    return 0;
  }
  while (ew_raw_next(whole, &cursor, &name, &value)) {
    known += has_member(type, name) ? 1 : 0;
  }
  return known;
}

/*
 * A constant, an alternative or a whole value that does not fit says "another message", everything
 * else "this one, but wrong".
 */
static bool is_another(const attempt *a) {
  return a->err == EW_ERR_CONST || a->err == EW_ERR_UNION ||
         (a->err == EW_ERR_TYPE && a->diag.pointer[0] == '\0');
}

static bool is_closer(const attempt *a, const attempt *best) {
  if (is_another(a) != is_another(best)) {
    return is_another(best);
  }
  return a->known != best->known ? a->known > best->known : a->diag.offset > best->diag.offset;
}

ew_err ew__recognise(const ew_document *document, unsigned directions, ew__message_check *check,
                     const void *ctx, ew_str json, const ew_message **found, ew_diag *diag) {
  ew_diag ignored;
  bool is_json = ew_json_check(json, 64, &ignored) == EW_OK;
  attempt best;
  memset(&best, 0, sizeof(best));
  best.err = EW_ERR_UNION;
  best.diag.expected = "";
  *found = NULL;
  for (uint32_t i = 0; i < document->message_count; i++) {
    const ew_message *message = &document->messages[i];
    attempt now;
    if (((unsigned)message->directions & directions) == 0) {
      continue;
    }
    memset(&now, 0, sizeof(now));
    now.err = check(ctx, message, json, &now.diag);
    if (now.err == EW_OK) {
      *found = message;
      return EW_OK;
    }
    now.known = is_json ? count_known(message->type, json) : 0;
    if (*found == NULL || is_closer(&now, &best)) {
      best = now;
      *found = message;
    }
  }
  *diag = best.diag;
  return best.err;
}
