/*
 * What the members of a BaaS event say about each other: its id names the block and the transaction
 * that name and content name too.
 */
#include "check_internal.h"

#include <inttypes.h>
#include <stdio.h>

#include "eventwire/baas.h"

/*
 * "contract-3-2337..." in its three parts; transaction is empty for blocks and for most config
 * events.
 */
typedef struct event_id {
  ew_str prefix;
  ew_str number;
  ew_str transaction;
} event_id;

static ew_str take_part(ew_str *rest) {
  const char *hyphen = rest->len == 0 ? NULL : memchr(rest->ptr, '-', rest->len);
  size_t len = hyphen == NULL ? rest->len : (size_t)(hyphen - rest->ptr);
  size_t used = hyphen == NULL ? len : len + 1;
  ew_str part = ew_str_from(rest->ptr, len);
  *rest = ew_str_from(rest->ptr + used, rest->len - used);
  return part;
}

static event_id split_id(ew_str id) {
  event_id parts;
  ew_str rest = id;
  if (id.len == 0) {
    return (event_id){.prefix = id};
  }
  parts.prefix = take_part(&rest);
  parts.number = take_part(&rest);
  parts.transaction = rest;
  return parts;
}

static ew_err check_prefix(const ew_baas_event *event, ew_str prefix, ew_diag *diag) {
  static const struct {
    const char *prefix;
    const char *expected;
  } kinds[] = {
      [EW_BAAS_EVENT_TYPE_TX] = {"tx", "an id that begins with tx-, as type says"},
      [EW_BAAS_EVENT_TYPE_CONFIG] = {"config", "an id that begins with config-, as type says"},
      [EW_BAAS_EVENT_TYPE_CONTRACT] = {"contract",
                                       "an id that begins with contract-, as type says"},
      [EW_BAAS_EVENT_TYPE_BLOCK] = {"block", "an id that begins with block-, as type says"},
  };
  if (ew_str_equal(prefix, ew_str_of(kinds[event->type].prefix))) {
    return EW_OK;
  }
  return ew__diag_say(diag, EW_ERR_RULE, "/id", kinds[event->type].expected, event->id);
}

static ew_err check_block(const ew_baas_event *event, event_id id, ew_diag *diag) {
  char digits[24];
  snprintf(digits, sizeof(digits), "%" PRIu64, event->content.block.number);
  ew_str number = ew_str_of(digits);
  if (!ew_str_equal(id.number, number)) {
    return ew__diag_say(diag, EW_ERR_RULE, "/id", "the number of /content/number", event->id);
  }
  if (!ew_str_equal(event->name, number)) {
    return ew__diag_say(diag, EW_ERR_RULE, "/name", "the number of /content/number", event->name);
  }
  return EW_OK;
}

static ew_err check_contract(const ew_baas_event *event, ew_diag *diag) {
  if (event->name.len > 0) {
    return EW_OK;
  }
  return ew__diag_say(diag, EW_ERR_RULE, "/name", "a name, Fabric has no event without",
                      event->name);
}

static ew_err check_state(ew_baas_validation_code code, ew_str text, ew_diag *diag) {
  if (code != EW_BAAS_VALIDATION_CODE_UNKNOWN || text.len > 0) {
    return EW_OK;
  }
  return ew__diag_say(diag, EW_ERR_RULE, "/content/state", "a text that is not empty", text);
}

/* The transaction that id, name and content speak of. */
static ew_err check_transaction_id(const ew_baas_event *event, event_id id, ew_str transaction,
                                   ew_diag *diag) {
  if (!ew_str_equal(id.transaction, transaction)) {
    return ew__diag_say(diag, EW_ERR_RULE, "/id", "the transaction of /content/id", event->id);
  }
  if (!ew_str_equal(event->name, transaction)) {
    return ew__diag_say(diag, EW_ERR_RULE, "/name", "the transaction of /content/id", event->name);
  }
  return EW_OK;
}

static ew_err check_nested(const ew_baas_event_item_list *events, event_id outer, ew_diag *diag) {
  for (uint32_t i = 0; i < events->count; i++) {
    const ew_baas_event_item *item = &events->items[i];
    if (item->kind != EW_BAAS_EVENT_ITEM_NESTED_EVENT || item->nested_event.id.len == 0) {
      continue;
    }
    event_id inner = split_id(item->nested_event.id);
    if (!ew_str_equal(inner.number, outer.number) ||
        !ew_str_equal(inner.transaction, outer.transaction)) {
      char pointer[48];
      snprintf(pointer, sizeof(pointer), "/content/events/%" PRIu32 "/id", i);
      return ew__diag_say(diag, EW_ERR_RULE, pointer, "the block and transaction of /id",
                          item->nested_event.id);
    }
  }
  return EW_OK;
}

static ew_err check_tx(const ew_baas_event *event, event_id id, ew_diag *diag) {
  const ew_baas_transaction *tx = &event->content.tx;
  /* Lenient readers do without content.id. */
  ew_err err = check_transaction_id(event, id, tx->id.len > 0 ? tx->id : id.transaction, diag);
  if (err == EW_OK) {
    err = check_state(tx->state, tx->state_text, diag);
  }
  return err == EW_OK ? check_nested(&tx->events, id, diag) : err;
}

static ew_err check_config(const ew_baas_event *event, event_id id, ew_diag *diag) {
  const ew_baas_config_transaction *config = &event->content.config;
  ew_err err = check_transaction_id(event, id, config->id, diag);
  if (err == EW_OK) {
    err = check_state(config->state, config->state_text, diag);
  }
  return err == EW_OK ? check_nested(&config->events, id, diag) : err;
}

static ew_err check_event(const ew_baas_event *event, ew_diag *diag) {
  if (event->type == EW_BAAS_EVENT_TYPE_UNKNOWN) {
    return EW_OK;
  }
  event_id id = split_id(event->id);
  ew_err err = check_prefix(event, id.prefix, diag);
  if (err != EW_OK) {
    return err;
  }
  switch (event->type) {
  case EW_BAAS_EVENT_TYPE_TX:
    return check_tx(event, id, diag);
  case EW_BAAS_EVENT_TYPE_CONFIG:
    return check_config(event, id, diag);
  case EW_BAAS_EVENT_TYPE_CONTRACT:
    return check_contract(event, diag);
  case EW_BAAS_EVENT_TYPE_BLOCK:
    return check_block(event, id, diag);
  case EW_BAAS_EVENT_TYPE_UNKNOWN:
    break;
  }
  return EW_OK;
}

ew_err ew__baas_check(const ew_message *message, const void *value, ew_diag *diag) {
  return strcmp(message->c_name, "ew_baas_event") == 0 ? check_event(value, diag) : EW_OK;
}
