#include "firefly_internal.h"

/* One pattern of a filter: the name that a refusal gives it, and what it looks at. */
typedef struct rule {
  const char *name;
  ew_str pattern;
  firefly_subject subject;
} rule;

#define RULES 12u

/*
 * In the order in which the real server compiles them. A former name stands before its successor,
 * which replaces it.
 */
static void list_rules(const ew_firefly_subscription_filter *in, rule out[RULES]) {
  const rule rules[RULES] = {
      {"filter.events", in->events, FIREFLY_EVENT_TYPE},
      {"filter.tag", in->tag, FIREFLY_TAG},
      {"filter.message.tag", in->message.tag, FIREFLY_TAG},
      {"filter.group", in->group, FIREFLY_GROUP},
      {"filter.message.group", in->message.group, FIREFLY_GROUP},
      {"filter.topics", in->topics, FIREFLY_TOPIC},
      {"filter.topic", in->topic, FIREFLY_TOPIC},
      {"filter.author", in->author, FIREFLY_AUTHOR},
      {"filter.message.author", in->message.author, FIREFLY_AUTHOR},
      {"filter.blockchain.name", in->blockchainevent.name, FIREFLY_BLOCKCHAIN_NAME},
      {"filter.blockchain.listener", in->blockchainevent.listener, FIREFLY_BLOCKCHAIN_LISTENER},
      {"filter.transaction.type", in->transaction.type, FIREFLY_TRANSACTION_TYPE},
  };
  memcpy(out, rules, sizeof(rules));
}

static bool refuse(const rule *r, const char *reason, firefly_error *error) {
  ew_str pattern = ew__firefly_clip(r->pattern, 160);
  return ew__firefly_fail(error, 500, "FF10171: Unable to compile '%s' regexp '%.*s': %s", r->name,
                          EW_STR_ARG(pattern), reason);
}

static bool compile_rule(const firefly_service *service, const rule *r, firefly_filter *out,
                         firefly_error *error) {
  char reason[256] = "the expression is not acceptable";
  if (r->pattern.len == 0) {
    return true;
  }
  if (!service->has_filters) {
    return refuse(r, "filters are not built in", error);
  }
  void *program =
      service->filters.compile(service->filters.ctx, r->pattern, reason, sizeof(reason));
  if (program == NULL) {
    return refuse(r, reason, error);
  }
  void **place = &out->programs[r->subject];
  if (*place != NULL) {
    service->filters.free(*place);
  }
  *place = program;
  return true;
}

bool ew__firefly_filter_compile(const firefly_service *service,
                                const ew_firefly_subscription_filter *in, firefly_filter *out,
                                firefly_error *error) {
  rule rules[RULES];
  *out = (firefly_filter){{NULL}};
  if (in == NULL) {
    return true;
  }
  list_rules(in, rules);
  for (size_t i = 0; i < RULES; i++) {
    if (!compile_rule(service, &rules[i], out, error)) {
      ew__firefly_filter_clear(service, out);
      return false;
    }
  }
  return true;
}

/* What an event does not have is the empty text, so most patterns drop the event: seen on the real server, against its
 * documentation. */
static ew_str subject_of(const ew_firefly_event *event, firefly_subject subject) {
  const ew_str none = {"", 0, 0};
  const ew_firefly_message_header *header = event->message != NULL ? &event->message->header : NULL;
  switch (subject) {
  case FIREFLY_EVENT_TYPE:
    return event->type_text;
  case FIREFLY_TOPIC:
    return event->topic;
  case FIREFLY_TAG:
    return header != NULL ? header->tag : none;
  case FIREFLY_GROUP:
    return header != NULL ? header->group : none;
  case FIREFLY_AUTHOR:
    return header != NULL ? header->author : none;
  case FIREFLY_TRANSACTION_TYPE:
    return event->transaction != NULL ? event->transaction->type_text : none;
  case FIREFLY_BLOCKCHAIN_NAME:
    return event->blockchain_event != NULL ? event->blockchain_event->name : none;
  case FIREFLY_BLOCKCHAIN_LISTENER:
    return event->blockchain_event != NULL ? event->blockchain_event->listener : none;
  case FIREFLY_SUBJECTS:
    break;
  }
  return none;
}

bool ew__firefly_filter_matches(const firefly_service *service, const firefly_filter *filter,
                                const ew_firefly_event *event) {
  for (int subject = 0; subject < FIREFLY_SUBJECTS; subject++) {
    const void *program = filter->programs[subject];
    if (program != NULL &&
        !service->filters.match(program, subject_of(event, (firefly_subject)subject))) {
      return false;
    }
  }
  return true;
}

void ew__firefly_filter_clear(const firefly_service *service, firefly_filter *filter) {
  for (size_t i = 0; i < FIREFLY_SUBJECTS; i++) {
    if (filter->programs[i] != NULL) {
      service->filters.free(filter->programs[i]);
    }
  }
  *filter = (firefly_filter){{NULL}};
}
