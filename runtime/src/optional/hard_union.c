/*
 * Unions that take more than the members of an object to be told apart: by what stands at places of
 * an array, or by trying one alternative after the other.
 */
#include "../codec/decode_internal.h"
#include "../codec/keys_internal.h"

/* Whether an arm is left to others, or is not of this JSON type. */
static bool is_out(const ew_arm *arm, unsigned type, uint32_t mode) {
  return (arm->json_types & type) == 0 || (arm->lenient_only && (mode & EW__MODE_LENIENT) == 0);
}

static int refuse_all(const ew_reader *r, const char *p, const ew_union_rules *rules,
                      ew__fault *fault) {
  bool none = ew__json_type(p, r->end) == EW_JSON_NONE;
  ew_err err = !none ? EW_ERR_UNION : p == r->end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX;
  ew__refuse(fault, err, p, none ? "a value" : rules->expected);
  return -1;
}

static const char *refuse_choice(ew__decoder *d, const ew_type *type, const char *p) {
  return d->fault.err == EW_ERR_UNION
             ? ew__refuse_value(d, type, EW_ERR_UNION, p, type->as.choice->keyword,
                                d->fault.expected)
             : NULL;
}

static const char *read_chosen(ew__decoder *d, const ew_union_rules *rules, const ew_arm *arm,
                               const char *p, void *out) {
  if (out != NULL) {
    ew__store_int((char *)out + rules->kind_offset, arm->kind);
  }
  return ew__read_arm(d, rules, arm, p, out);
}

/* ------------------------------------------------------------------------------------- by place */

#define MOST_PATHS 8

/** What stands at a place. */
typedef struct element {
  unsigned type; /* an ew_json_type bit, or EW_NO_ELEMENT */
  ew__span text; /* a string, else the value as it is written */
} element;

typedef struct look {
  ew_reader *r;
  const ew_hard_union *u;
  uint32_t mode;
  ew__fault *fault;
  element found[MOST_PATHS];
} look;

/* Behind the element at p, and over a comma to the next one; *closed at the bracket. */
static const char *next_element(const look *l, const char *p, bool *closed) {
  p = p == NULL ? NULL : ew__skip_white(p, l->r->end);
  if (p == NULL) {
    return NULL;
  }
  char c = ew_peek(l->r, p);
  *closed = c == ']';
  if (c == ',') {
    return ew__skip_white(p + 1, l->r->end);
  }
  ew_err err = p == l->r->end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX;
  return *closed ? p : ew__refuse(l->fault, err, p, "a comma or ]");
}

/* Element index of the array at p; *at is NULL when it has none. The result is NULL when the text
 * is broken. */
static const char *find_element(const look *l, const char *p, uint32_t index, const char **at) {
  *at = NULL;
  p = ew__skip_white(p + 1, l->r->end);
  bool closed = ew_peek(l->r, p) == ']';
  for (uint32_t i = 0; p != NULL && !closed; i++) {
    if (i == index) {
      *at = p;
      return p;
    }
    p = next_element(l, ew__skip_within(l->r, p, l->mode, l->fault), &closed);
  }
  return p;
}

/* Notes the value at p, NULL: none. False: the text is broken. */
static bool note(const look *l, element *f, const char *p) {
  f->type = EW_NO_ELEMENT;
  if (p == NULL) {
    return true;
  }
  f->type = (unsigned)ew__json_type(p, l->r->end);
  if (f->type == EW_JSON_STRING) {
    return ew__scan_string(p, l->r->end, l->mode, &f->text, l->fault) != NULL;
  }
  const char *behind = ew__skip_within(l->r, p, l->mode, l->fault);
  f->text = (ew__span){p, behind == NULL ? 0 : (uint32_t)(behind - p), false};
  return behind != NULL;
}

/* The place of a path, where p is the element that it begins with, or NULL. */
static bool look_at_path(const look *l, element *f, const ew_place_path *path, const char *p) {
  if (path->inner == EW_NO_INNER || p == NULL) {
    return note(l, f, p);
  }
  if (ew_peek(l->r, p) != '[' || l->r->depth_left == 0) {
    return note(l, f, NULL);
  }
  l->r->depth_left--;
  const char *at;
  bool whole = find_element(l, p, path->inner, &at) != NULL && note(l, f, at);
  l->r->depth_left++;
  return whole;
}

/* All places that decide, in the order in which they stand; p is at the bracket. */
static bool look_at_places(look *l, const char *p) {
  const ew_hard_union *u = l->u;
  uint32_t index = 0;
  p = ew__skip_white(p + 1, l->r->end);
  bool closed = ew_peek(l->r, p) == ']';
  for (uint32_t i = 0; i < u->path_count; i++) {
    while (!closed && index < u->paths[i].at) {
      p = next_element(l, ew__skip_within(l->r, p, l->mode, l->fault), &closed);
      if (p == NULL) {
        return false;
      }
      index++;
    }
    if (!look_at_path(l, &l->found[i], &u->paths[i], closed ? NULL : p)) {
      return false;
    }
  }
  return true;
}

/* Constants are strings, true, false and integers; 10 is also 10.0. */
static bool is_value(const element *f, ew_text text, bool is_text) {
  if (ew__span_is(f->text, text)) {
    return true;
  }
  ew__fault fault;
  ew__number number, wanted;
  int64_t value = 0, constant = 0;
  const char *end = text.ptr + text.len;
  return !is_text && f->type == EW_JSON_NUMBER &&
         ew__scan_number(f->text.ptr, f->text.ptr + f->text.len, &number, &fault) != NULL &&
         ew__scan_number(text.ptr, end, &wanted, &fault) == end &&
         ew__parse_int(&number, false, &value) == EW_OK &&
         ew__parse_int(&wanted, false, &constant) == EW_OK && value == constant;
}

static bool place_fits(const look *l, const ew_place_mark *mark) {
  const element *f = &l->found[mark->path];
  bool fits = (f->type & mark->types) != 0 && mark->value_count == 0;
  for (uint32_t i = 0; !fits && i < mark->value_count; i++) {
    fits = (f->type & mark->types) != 0 &&
           is_value(f, mark->values[i], mark->types == EW_JSON_STRING);
  }
  return fits;
}

static bool places_fit(const look *l, const ew_place_marks *marks) {
  for (uint32_t i = 0; i < marks->count; i++) {
    if (!place_fits(l, &marks->items[i])) {
      return false;
    }
  }
  return true;
}

static int choose_in_array(ew_reader *r, const char *p, const ew_hard_union *u, uint32_t mode,
                           ew__fault *fault) {
  look l = {.r = r, .u = u, .mode = mode, .fault = fault};
  if (r->depth_left == 0) {
    ew__refuse(fault, EW_ERR_DEPTH, p, "a scalar value");
    return -1;
  }
  r->depth_left--;
  bool whole = look_at_places(&l, p);
  r->depth_left++;
  for (uint32_t i = 0; whole && i < u->rules.arm_count; i++) {
    if (!is_out(&u->rules.arms[i], EW_JSON_ARRAY, mode) && places_fit(&l, &u->marks[i])) {
      return (int)i;
    }
  }
  return whole ? refuse_all(r, p, &u->rules, fault) : -1;
}

static int choose_by_place(ew_reader *r, const char *p, const ew_union_rules *rules, uint32_t mode,
                           ew__fault *fault) {
  if (ew_peek(r, p) == '[') {
    return choose_in_array(r, p, ew_hard_of(rules), mode, fault);
  }
  unsigned type = (unsigned)ew__json_type(p, r->end);
  for (uint32_t i = 0; i < rules->arm_count; i++) {
    if (!is_out(&rules->arms[i], type, mode)) {
      return (int)i;
    }
  }
  return refuse_all(r, p, rules, fault);
}

static const char *read_by_place(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  const ew_union_rules *rules = type->as.choice;
  int arm = ew__choose_arm(&d->r, p, rules, d->mode, &d->fault);
  return arm < 0 ? refuse_choice(d, type, p) : read_chosen(d, rules, &rules->arms[arm], p, out);
}

const ew_union_engine ew_unions_by_place = {read_by_place, choose_by_place};

/* ------------------------------------------------------------------------------------- by trial */

/* Forgets the keys of maps in which a trial has ended. */
static void forget_keys(ew__decoder *d, bool opened, uint32_t count) {
  if (d->keys != NULL && opened) {
    ew__keys_cut(d->keys, count);
    d->keys_open = true;
  }
}

/* What the types of an arm do not say. The compat profile leaves that out. */
static ew_err check_arm(const ew__decoder *d, const ew_type *type, ew_str json) {
  const ew_document *document = ew_type_document(type);
  if (document == NULL || document->checks == NULL || (d->mode & ~EW__MODE_LENIENT) != 0) {
    return EW_OK;
  }
  ew_decode_options opts = {.profile = d->mode == 0 ? EW_STRICT : EW_LENIENT,
                            .limits = d->r.limits};
  return document->checks->run(type, json, &opts, NULL, NULL);
}

/* A value that takes too much, whatever alternative it is. */
static bool is_limit(ew_err err) {
  return err == EW_ERR_TOO_LARGE || err == EW_ERR_ARENA_FULL || err == EW_ERR_DEPTH;
}

/* Whether the arm accepts the value at p. Work is what all trials of a text take together, which
 * bounds those inside of one another. */
static ew_err try_arm(ew__decoder *d, const ew_union_rules *rules, const ew_arm *arm,
                      const char *p, size_t len) {
  if (d->work_left < len) {
    return EW_ERR_TOO_LARGE;
  }
  ew__decoder trial = *d;
  uint32_t known = d->keys != NULL && d->keys_open ? d->keys->count : 0;
  trial.work_left -= len;
  trial.r.arena = NULL;
  trial.trail = NULL;
  trial.accepted = NULL;
  const char *behind = ew__read_arm(&trial, rules, arm, p, NULL);
  d->work_left = trial.work_left;
  forget_keys(d, trial.keys_open, known);
  return behind == NULL ? trial.fault.err
                        : check_arm(d, arm->type, ew_str_from(p, (size_t)(behind - p)));
}

/* Which pair of arms, counted as (0, 1), (0, 2) ... (1, 2) ... */
static uint32_t pair_of(uint32_t first, uint32_t second, uint32_t count) {
  return first * (2 * count - first - 1) / 2 + second - first - 1;
}

static int refuse_trial(ew__decoder *d, ew_err err, const char *p, const char *expected) {
  ew__refuse(&d->fault, err, p, expected);
  return -1;
}

static bool is_rest(const ew_hard_union *u, uint32_t arm) {
  return u->last_is_rest && arm + 1 == u->rules.arm_count;
}

/* The arm of the value of len bytes at p, which several may be. */
static int try_arms(ew__decoder *d, const ew_hard_union *u, const char *p, size_t len) {
  const ew_union_rules *rules = &u->rules;
  unsigned type = (unsigned)ew__json_type(p, d->r.end);
  int chosen = -1;
  for (uint32_t i = 0; i < rules->arm_count && (chosen < 0 || u->both != NULL); i++) {
    if (is_out(&rules->arms[i], type, d->mode)) {
      continue;
    }
    ew_err err = is_rest(u, i) ? EW_OK : try_arm(d, rules, &rules->arms[i], p, len);
    if (is_limit(err)) {
      return refuse_trial(d, err, p, "a value that is told apart in less work");
    }
    if (err == EW_OK && chosen >= 0) {
      return refuse_trial(d, EW_ERR_UNION, p,
                          u->both[pair_of((uint32_t)chosen, i, rules->arm_count)]);
    }
    chosen = err == EW_OK ? (int)i : chosen;
  }
  return chosen >= 0 ? chosen : refuse_all(&d->r, p, rules, &d->fault);
}

/* The arms that the JSON type leaves: *arm is the first. */
static uint32_t count_arms(const ew__decoder *d, const ew_union_rules *rules, const char *p,
                           int *arm) {
  unsigned type = (unsigned)ew__json_type(p, d->r.end);
  uint32_t count = 0;
  for (uint32_t i = rules->arm_count; i-- > 0;) {
    if (!is_out(&rules->arms[i], type, d->mode)) {
      *arm = (int)i;
      count++;
    }
  }
  return count;
}

/* *behind: of a value that was tried, its end; else NULL. */
static int find_arm(ew__decoder *d, const ew_union_rules *rules, const char *p,
                    const char **behind) {
  int arm = -1;
  uint32_t count = count_arms(d, rules, p, &arm);
  *behind = NULL;
  if (count == 1) {
    return arm;
  }
  if (count == 0) {
    return refuse_all(&d->r, p, rules, &d->fault);
  }
  const char *end = ew__pass(d, p);
  if (end == NULL) {
    return -1;
  }
  arm = try_arms(d, ew_hard_of(rules), p, (size_t)(end - p));
  bool tried = arm >= 0 && !is_rest(ew_hard_of(rules), (uint32_t)arm);
  *behind = tried ? end : NULL;
  return arm;
}

static const char *read_by_trial(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  const ew_union_rules *rules = type->as.choice;
  const char *behind;
  int arm = find_arm(d, rules, p, &behind);
  if (arm < 0) {
    return refuse_choice(d, type, p);
  }
  return out == NULL && behind != NULL ? behind
                                       : read_chosen(d, rules, &rules->arms[arm], p, out);
}

static int choose_by_trial(ew_reader *r, const char *p, const ew_union_rules *rules, uint32_t mode,
                           ew__fault *fault) {
  const char *behind;
  ew__decoder d = ew__decoder_open(ew_str_from(p, (size_t)(r->end - p)), NULL, &r->limits, mode);
  d.r.depth_left = r->depth_left;
  int arm = find_arm(&d, rules, p, &behind);
  *fault = d.fault;
  return arm;
}

const ew_union_engine ew_unions_by_trial = {read_by_trial, choose_by_trial};
