/**
 * eventwire/unknown.h - members that a schema does not name, kept as they are.
 *
 * A decoder steps over members that it does not know, and so they are lost when the value is encoded
 * again. The struct of a schema with x-ew-keep-unknown, or one that the file of options names under
 * keep_unknown, has a member more, unknown, which holds them: name and value of each as they stand in
 * the text, in their order, a name that repeats as often as it does. The encoder writes them behind
 * the members that it knows, byte for byte; white space around them is not kept.
 *
 *   for (const ew_unknown *u = event.unknown.first; u != NULL; u = u->next) {
 *     printf("%.*s is %.*s\n", EW_STR_ARG(u->name), EW_STR_ARG(u->value.json));
 *   }
 *
 * Decoding takes sizeof(ew_unknown) bytes of the arena for each; names and values are views of the
 * text. Both are checked like the rest of it, and values also by additionalProperties. Copies hold
 * copies; two values are equal when they have the same members in the same order and the same bytes.
 *
 * A value to be encoded may hold members of the caller's:
 *
 *   ew_unknown trace = {.name = EW_STR("traceId"), .value = {EW_STR("\"7f\"")}};
 *   ew_unknown_add(&event.unknown, &trace);
 *
 * Encoding refuses a name that the schema knows (EW_ERR_DUPLICATE), a name that is not what may stand
 * between the quotes of a JSON string, and a value that is no JSON (EW_ERR_SYNTAX, EW_ERR_UTF8,
 * EW_ERR_DEPTH, EW_ERR_ARGUMENT when it is NULL with a length). The diagnosis points to the member.
 */
#ifndef EVENTWIRE_UNKNOWN_H
#define EVENTWIRE_UNKNOWN_H

#include "eventwire/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One member. */
typedef struct ew_unknown {
  ew_str name; /* as it stands between the quotes, with its escapes */
  ew_raw value;
  struct ew_unknown *next; /* NULL: it is the last one */
} ew_unknown;

/** All of an object, in the order of the text. All zero is none. */
typedef struct ew_unknown_list {
  ew_unknown *first;
  ew_unknown *last;
} ew_unknown_list;

/** Puts member behind the others. It is not copied: it must live as long as the list is used. */
static inline void ew_unknown_add(ew_unknown_list *list, ew_unknown *member) {
  member->next = NULL;
  if (list->first == NULL) {
    list->first = member;
  } else {
    list->last->next = member;
  }
  list->last = member;
}

/** The first member of that name (unescaped), or NULL. */
EW_API const ew_unknown *ew_unknown_find(const ew_unknown_list *list, ew_str name);

/* --------------------------------------------------------------------------- for generated code */

/** The type of the row behind the members of an object that keeps the others. */
EW_API extern const ew_type ew_unknown_members;

struct ew_reader;
struct ew_writer;

/** As ew_first_member() and ew_next_member() of eventwire/reader.h; unknown members go to kept. */
const char *ew_first_kept(struct ew_reader *r, const char *p, const ew_object_rules *rules,
                          uint32_t *field, ew_unknown_list *kept);
const char *ew_next_kept(struct ew_reader *r, const char *p, const ew_object_rules *rules,
                         uint32_t *field, ew_unknown_list *kept);

/** Each with a comma before it. */
EW_API char *ew_write_unknown(struct ew_writer *w, char *to, const ew_object_rules *rules,
                              const ew_unknown_list *kept);

#ifdef __cplusplus
}
#endif
#endif
