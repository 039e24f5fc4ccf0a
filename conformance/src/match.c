#include "match_internal.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eventwire/protocol.h"

/* Texts of expectations and values are cut in reports, not in comparisons. */
#define MAX_SHOWN 600

typedef bool (*matcher)(ew__match *match, const cJSON *operand, const cJSON *got);

static matcher find_matcher(const char *name);

bool ew__match_is_matcher(const cJSON *node) {
  for (const cJSON *member = cJSON_IsObject(node) ? node->child : NULL; member != NULL;
       member = member->next) {
    if (member->string[0] == '$') {
      return true;
    }
  }
  return false;
}

void ew__match_clear(ew__match *match) {
  ew__ctext_clear(&match->pointer);
  ew__ctext_clear(&match->expected);
  ew__ctext_clear(&match->got);
}

static void show(const cJSON *node, ew__ctext *out) {
  ew__ctext json = {0};
  ew__tree_write(node, &json);
  ew__ctext_append_visible(out, ew__ctext_str(&json), json.len, MAX_SHOWN);
  out->failed = out->failed || json.failed;
  ew__ctext_clear(&json);
}

/* The first word wins: an inner mismatch says more than the outer one that follows from it. */
static bool mismatch(ew__match *match, const char *label, const cJSON *expected, const cJSON *got) {
  if (match->quiet || match->expected.len > 0) {
    return false;
  }
  ew__ctext_puts(&match->expected, label);
  if (expected != NULL) {
    ew__ctext_puts(&match->expected, label[0] == '\0' ? "" : " ");
    show(expected, &match->expected);
  }
  if (got == NULL) {
    ew__ctext_puts(&match->got, "nothing");
  } else {
    show(got, &match->got);
  }
  return false;
}

static bool out_of_memory(ew__match *match) {
  match->no_memory = true;
  return false;
}

/* Inner pointers are built from the inside out, on the way back from a mismatch. */
static bool descend(ew__match *match, const char *name, size_t index, const cJSON *expected,
                    const cJSON *got) {
  if (ew__match_value(match, expected, got)) {
    return true;
  }
  if (!match->quiet) {
    ew__ctext outer = {0};
    if (name != NULL) {
      ew__ctext_printf(&outer, "/%s", name);
    } else {
      ew__ctext_printf(&outer, "/%zu", index);
    }
    ew__ctext_puts(&outer, ew__ctext_str(&match->pointer));
    ew__ctext_clear(&match->pointer);
    match->pointer = outer;
  }
  return false;
}

/* Binds nothing when it fails. */
static bool try_value(ew__match *match, const cJSON *expected, const cJSON *got) {
  bool was_quiet = match->quiet;
  size_t mark = match->vars->count;
  match->quiet = true;
  bool ok = ew__match_value(match, expected, got);
  match->quiet = was_quiet;
  if (!ok) {
    ew__vars_cut(match->vars, mark);
  }
  return ok;
}

/* NULL: memory is out (the loader has proved that all names are known). */
static cJSON *resolve(ew__match *match, const cJSON *operand) {
  ew__ctext error = {0};
  cJSON *value = ew__vars_resolve(match->vars, operand, &error);
  if (value == NULL && error.len > 0 && !match->quiet) {
    ew__ctext_puts(&match->expected, ew__ctext_str(&error));
  } else if (value == NULL && error.len == 0) {
    match->no_memory = true;
  }
  ew__ctext_clear(&error);
  return value;
}

/* ----------------------------------------------------------------------------------------------- matchers */

static bool match_eq(ew__match *match, const cJSON *operand, const cJSON *got) {
  cJSON *value = resolve(match, operand);
  if (value == NULL) {
    return false;
  }
  bool ok = got != NULL && ew__tree_equal(value, got);
  if (!ok) {
    mismatch(match, "", value, got);
  }
  cJSON_Delete(value);
  return ok;
}

static bool match_ne(ew__match *match, const cJSON *operand, const cJSON *got) {
  cJSON *value = resolve(match, operand);
  if (value == NULL) {
    return false;
  }
  bool ok = got != NULL && !ew__tree_equal(value, got);
  if (!ok) {
    mismatch(match, "anything but", value, got);
  }
  cJSON_Delete(value);
  return ok;
}

static bool match_re(ew__match *match, const cJSON *operand, const cJSON *got) {
  regex_t regex;
  cJSON *pattern = resolve(match, operand);
  if (pattern == NULL) {
    return false;
  }
  bool ok = cJSON_IsString(got) && regcomp(&regex, pattern->valuestring, REG_EXTENDED | REG_NOSUB) == 0;
  if (ok) {
    ok = regexec(&regex, got->valuestring, 0, NULL, 0) == 0;
    regfree(&regex);
  }
  if (!ok) {
    mismatch(match, "a string like", pattern, got);
  }
  cJSON_Delete(pattern);
  return ok;
}

static bool has_type(const cJSON *got, const char *type) {
  const char *own = ew__tree_type(got);
  return strcmp(own, type) == 0 || (strcmp(type, "number") == 0 && strcmp(own, "integer") == 0);
}

static bool match_type(ew__match *match, const cJSON *operand, const cJSON *got) {
  if (got != NULL && cJSON_IsString(operand) && has_type(got, operand->valuestring)) {
    return true;
  }
  if (got != NULL && cJSON_IsArray(operand)) {
    for (const cJSON *type = operand->child; type != NULL; type = type->next) {
      if (has_type(got, type->valuestring)) {
        return true;
      }
    }
  }
  return mismatch(match, "a value of type", operand, got);
}

static bool match_any(ew__match *match, const cJSON *operand, const cJSON *got) {
  (void)operand;
  return got != NULL || mismatch(match, "any value", NULL, got);
}

static bool match_absent(ew__match *match, const cJSON *operand, const cJSON *got) {
  if (cJSON_IsTrue(operand)) {
    return got == NULL || mismatch(match, "no such member", NULL, got);
  }
  return got != NULL || mismatch(match, "any value", NULL, got);
}

static bool match_len(ew__match *match, const cJSON *operand, const cJSON *got) {
  if (!cJSON_IsString(got) && !cJSON_IsArray(got) && !cJSON_IsObject(got)) {
    return mismatch(match, "a string, array or object of length", operand, got);
  }
  char digits[24];
  size_t length = cJSON_IsString(got) ? ew__tree_code_points(got) : (size_t)cJSON_GetArraySize(got);
  int digit_count = snprintf(digits, sizeof(digits), "%zu", length);
  cJSON *number = ew__tree_number(digits, (size_t)digit_count, 0);
  if (number == NULL) {
    return out_of_memory(match);
  }
  bool ok = try_value(match, operand, number);
  cJSON_Delete(number);
  return ok || mismatch(match, "a value of length", operand, got);
}

static bool match_bound(ew__match *match, const cJSON *operand, const cJSON *got, int sign,
                        const char *label) {
  cJSON *limit = resolve(match, operand);
  if (limit == NULL) {
    return false;
  }
  bool ok = cJSON_IsNumber(limit) && cJSON_IsNumber(got) && ew__tree_compare(got, limit) * sign >= 0;
  if (!ok) {
    mismatch(match, label, limit, got);
  }
  cJSON_Delete(limit);
  return ok;
}

static bool match_min(ew__match *match, const cJSON *operand, const cJSON *got) {
  return match_bound(match, operand, got, 1, "a number of at least");
}

static bool match_max(ew__match *match, const cJSON *operand, const cJSON *got) {
  return match_bound(match, operand, got, -1, "a number of at most");
}

static bool match_in(ew__match *match, const cJSON *operand, const cJSON *got) {
  cJSON *values = resolve(match, operand);
  if (values == NULL) {
    return false;
  }
  bool ok = false;
  for (const cJSON *value = values->child; value != NULL && got != NULL && !ok; value = value->next) {
    ok = ew__tree_equal(value, got);
  }
  if (!ok) {
    mismatch(match, "one of", values, got);
  }
  cJSON_Delete(values);
  return ok;
}

static bool bind(ew__match *match, const cJSON *operand, const cJSON *got, bool secret) {
  if (got == NULL) {
    return mismatch(match, "any value", NULL, got);
  }
  ew_err err = ew__vars_set(match->vars, operand->valuestring, cJSON_Duplicate(got, 1), secret);
  return err == EW_OK || out_of_memory(match);
}

static bool match_bind(ew__match *match, const cJSON *operand, const cJSON *got) { return bind(match, operand, got, false); }

static bool match_secret(ew__match *match, const cJSON *operand, const cJSON *got) { return bind(match, operand, got, true); }

static bool match_not(ew__match *match, const cJSON *operand, const cJSON *got) {
  size_t mark = match->vars->count;
  bool ok = !try_value(match, operand, got);
  ew__vars_cut(match->vars, mark);
  return ok || mismatch(match, "anything that is not", operand, got);
}

static bool match_each(ew__match *match, const cJSON *operand, const cJSON *got) {
  if (!cJSON_IsArray(got)) {
    return mismatch(match, "an array, each element", operand, got);
  }
  size_t index = 0;
  for (const cJSON *item = got->child; item != NULL; item = item->next) {
    if (!descend(match, NULL, index++, operand, item)) {
      return false;
    }
  }
  return true;
}

static bool match_any_of(ew__match *match, const cJSON *operand, const cJSON *got) {
  for (const cJSON *arm = operand->child; arm != NULL; arm = arm->next) {
    if (try_value(match, arm, got)) {
      return true;
    }
  }
  return mismatch(match, "any of", operand, got);
}

/*
 * Rules ("$...") and plain members in the order of the case, because
 * later ones may name what earlier ones bind.
 */
static bool match_members(ew__match *match, const cJSON *expected, const cJSON *got) {
  bool wants_object = expected->child == NULL;
  for (const cJSON *member = expected->child; member != NULL; member = member->next) {
    wants_object = wants_object || member->string[0] != '$';
  }
  if (wants_object && !cJSON_IsObject(got)) {
    return mismatch(match, "an object with", expected, got);
  }
  for (const cJSON *member = expected->child; member != NULL; member = member->next) {
    matcher rule = member->string[0] == '$' ? find_matcher(member->string) : NULL;
    bool ok = rule != NULL ? rule(match, member, got)
                           : descend(match, member->string, 0, member, ew__tree_get(got, member->string));
    if (!ok) {
      return false;
    }
  }
  return true;
}

static bool match_exact(ew__match *match, const cJSON *operand, const cJSON *got) {
  if (!match_members(match, operand, got)) {
    return false;
  }
  for (const cJSON *member = got->child; member != NULL; member = member->next) {
    if (ew__tree_get(operand, member->string) == NULL) {
      mismatch(match, "no such member", NULL, member);
      if (!match->quiet) {
        ew__ctext_printf(&match->pointer, "/%s", member->string);
      }
      return false;
    }
  }
  return true;
}

/* ---------------------------------------------------------------------------------------------- unordered */

#define MAX_UNORDERED 64

/* A bipartite matching by augmenting paths: owner[i] is the expectation that element i belongs to. */
typedef struct assignment {
  uint64_t fits[MAX_UNORDERED]; /* bit i: the expectation accepts element i */
  size_t owner[MAX_UNORDERED];
  size_t count;
} assignment;

static bool augment(assignment *a, size_t expectation, uint64_t *visited) {
  for (size_t i = 0; i < a->count; i++) {
    uint64_t bit = UINT64_C(1) << i;
    if ((a->fits[expectation] & bit) == 0 || (*visited & bit) != 0) {
      continue;
    }
    *visited |= bit;
    if (a->owner[i] == SIZE_MAX || augment(a, a->owner[i], visited)) {
      a->owner[i] = expectation;
      return true;
    }
  }
  return false;
}

static void find_fits(ew__match *match, const cJSON *operand, const cJSON *got, assignment *a) {
  size_t row = 0;
  for (const cJSON *expected = operand->child; expected != NULL; expected = expected->next, row++) {
    a->fits[row] = 0;
    a->owner[row] = SIZE_MAX;
    size_t column = 0;
    for (const cJSON *item = got->child; item != NULL; item = item->next, column++) {
      size_t mark = match->vars->count;
      if (try_value(match, expected, item)) {
        a->fits[row] |= UINT64_C(1) << column;
      }
      ew__vars_cut(match->vars, mark);
    }
  }
}

/* Matches once more in the order of the expectations, so that names are bound. */
static bool bind_assigned(ew__match *match, const cJSON *operand, const cJSON *got, const assignment *a) {
  for (size_t i = 0; i < a->count; i++) {
    for (size_t j = 0; j < a->count; j++) {
      if (a->owner[j] == i && !ew__match_value(match, cJSON_GetArrayItem(operand, (int)i),
                                               cJSON_GetArrayItem(got, (int)j))) {
        return false;
      }
    }
  }
  return true;
}

static bool match_unordered(ew__match *match, const cJSON *operand, const cJSON *got) {
  assignment a;
  a.count = (size_t)cJSON_GetArraySize(operand);
  if (!cJSON_IsArray(got) || (size_t)cJSON_GetArraySize(got) != a.count || a.count > MAX_UNORDERED) {
    return mismatch(match, "in any order", operand, got);
  }
  find_fits(match, operand, got, &a);
  for (size_t i = 0; i < a.count; i++) {
    uint64_t visited = 0;
    if (!augment(&a, i, &visited)) {
      return mismatch(match, "in any order", operand, got);
    }
  }
  return bind_assigned(match, operand, got, &a);
}

/* ------------------------------------------------------------------------------------------------- schema */

/* By its schema and the rules across members, which need the decoded value. How much memory that takes is not known before. */
static ew_err check_message(const ew_document *document, const ew_message *message, ew_str text,
                          const ew_decode_options *opts,
                          ew_diag *diag) {
  ew_err err = EW_ERR_ARENA_FULL;
  for (size_t size = 4096 + (size_t)text.len * 4; err == EW_ERR_ARENA_FULL && size < (size_t)1 << 30;
       size *= 2) {
    void *block = malloc(size);
    void *value = calloc(1, message->type->size + 1);
    ew_arena arena;
    ew_arena_init(&arena, block, size);
    err = block == NULL || value == NULL ? EW_ERR_NOMEM
                                         : ew_type_decode(message->type, text, &arena, opts, value, diag);
    if (err == EW_OK) {
      err = ew_protocol_check(document, message, value, diag);
    }
    free(value);
    free(block);
  }
  return err;
}

static bool refused_by_schema(ew__match *match, const char *name, const ew_diag *diag) {
  char line[512];
  if (!match->quiet && match->expected.len == 0) {
    ew_diag_format(diag, line, sizeof(line));
    ew__ctext_printf(&match->expected, "a message of schema %s", name);
    ew__ctext_puts(&match->got, line);
  }
  return false;
}

static bool match_schema(ew__match *match, const cJSON *operand, const cJSON *got) {
  const char *name = operand->valuestring;
  const ew_message *message = match->document == NULL ? NULL
                                                      : ew_document_find(match->document, ew_str_of(name));
  if (message == NULL || got == NULL) {
    return mismatch(match, "a message of schema", operand, got);
  }
  ew__ctext written = {0};
  ew_str text = match->text;
  if (got != match->root) {
    ew__tree_write(got, &written);
    text = ew_str_from(ew__ctext_str(&written), written.len);
  }
  ew_diag diag = {0};
  ew_decode_options opts = {.profile = match->profile};
  ew_err err = written.failed ? EW_ERR_NOMEM : check_message(match->document, message, text, &opts, &diag);
  ew__ctext_clear(&written);
  if (err == EW_ERR_NOMEM) {
    return out_of_memory(match);
  }
  return err == EW_OK || refused_by_schema(match, name, &diag);
}

/* ----------------------------------------------------------------------------------------------- dispatch */

const char *const ew__match_names[] = {"$eq",  "$ne",   "$re",     "$type",      "$any",   "$absent", "$len",  "$min",   "$max", "$in",
                                       "$bind", "$secret", "$unordered", "$exact", "$schema", "$not",  "$each", "$anyOf", NULL};

static const matcher matchers[] = {match_eq,   match_ne,     match_re,        match_type,  match_any,    match_absent,
                                   match_len,  match_min,    match_max,       match_in,    match_bind,   match_secret,
                                   match_unordered, match_exact, match_schema, match_not,  match_each,   match_any_of};

static matcher find_matcher(const char *name) {
  for (size_t i = 0; ew__match_names[i] != NULL; i++) {
    if (strcmp(ew__match_names[i], name) == 0) {
      return matchers[i];
    }
  }
  return NULL;
}

static bool match_items(ew__match *match, const cJSON *expected, const cJSON *got) {
  if (!cJSON_IsArray(got) || cJSON_GetArraySize(got) != cJSON_GetArraySize(expected)) {
    return mismatch(match, "", expected, got);
  }
  const cJSON *item = got->child;
  size_t index = 0;
  for (const cJSON *want = expected->child; want != NULL; want = want->next, item = item->next) {
    if (!descend(match, NULL, index++, want, item)) {
      return false;
    }
  }
  return true;
}

bool ew__match_value(ew__match *match, const cJSON *expected, const cJSON *got) {
  if (cJSON_IsObject(expected) && (got != NULL || ew__match_is_matcher(expected))) {
    return match_members(match, expected, got);
  }
  if (got != NULL && cJSON_IsArray(expected)) {
    return match_items(match, expected, got);
  }
  return match_eq(match, expected, got);
}
