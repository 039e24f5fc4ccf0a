/* Case files: found, read, checked. What stands in ew__cases has passed every check of grammar and names. */
#ifndef EW_CONFORM_CASES_INTERNAL_H
#define EW_CONFORM_CASES_INTERNAL_H

#include "eventwire/conform.h"
#include "vars_internal.h"

typedef struct ew__suite {
  char *file;
  cJSON *tree;
  const char *name;          /* these and below: in the tree, or static */
  const char *protocol;
  const ew_document *document;
  const cJSON *params;       /* of the suite, or NULL */
  const cJSON *defaults;     /* or NULL */
} ew__suite;

typedef struct ew__case {
  char *id; /* suite and id */
  const ew__suite *suite;
  const cJSON *tree;
  const cJSON *setup; /* steps before its own, or NULL */
  const cJSON *steps;
  const char *about;
  const char *source;
  ew_conform_level level;
  int line;
} ew__case;

typedef struct ew__cases {
  ew__suite **suites;
  size_t suite_count;
  ew__case *items;
  size_t count;
} ew__cases;

/* One case file that the build has put into the program. */
typedef struct ew__builtin {
  const char *file;
  const unsigned char *text;
  size_t len;
} ew__builtin;

extern const ew__builtin ew__builtins[];
extern const size_t ew__builtin_count;

/*
 * Loads files and folders (NULL-terminated), or the built-in cases when paths is NULL. Of built-in ones only
 * those of protocol, when it is not NULL. EW_ERR_SYNTAX, EW_ERR_IO, EW_ERR_NOMEM with words in error; clear
 * cases in any case.
 */
EW_MUST_CHECK ew_err ew__cases_load(ew__cases *cases, const char *const *paths, const char *protocol,
                                    ew__ctext *error);
EW_MUST_CHECK ew_err ew__cases_load_text(ew__cases *cases, const char *file, ew_str text, ew__ctext *error);
void ew__cases_clear(ew__cases *cases);

/* Gives vars the parameters of a suite with their defaults. EW_ERR_NOMEM. */
EW_MUST_CHECK ew_err ew__suite_params(const ew__suite *suite, ew__vars *vars);

/* A default of the suite, or NULL. */
const cJSON *ew__suite_default(const ew__suite *suite, const char *name);

/* "2s", "250ms", "1.5s": false when text is no duration. */
EW_MUST_CHECK bool ew__duration_parse(const char *text, uint32_t *ms);

/* True when the pattern fits the id; '*' is one part of it, '**' any number. */
bool ew__pattern_fits(const char *pattern, const char *id);

#endif
