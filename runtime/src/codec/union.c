/*
 * Which alternative of a union a value is. The members that decide may come in any order, so an
 * object is looked through once before it is decoded; real servers write the deciding ones first,
 * and then that look is short.
 */
#include "scan_internal.h"

/** One look at a value, and what is known of the members that decide. */
typedef struct look {
  const ew_union_rules *rules;
  const char *end;
  uint32_t max_depth;
  uint32_t mode;
  ew__fault *fault;
  ew_json_type type;
  uint8_t found; /* bit i: the object has probe i */
  uint8_t text;  /* bit i: its value is the string tags[i] */
  ew__span tags[8];
} look;

EW__COLD static bool tag_fits(const look *l, const ew_arm *arm) {
  if (arm->tag_probe == 255) {
    return true;
  }
  if ((l->text >> arm->tag_probe & 1) == 0) {
    return false;
  }
  ew__span tag = l->tags[arm->tag_probe];
  return ew__span_is(tag, arm->tag) ||
         ((l->mode & EW_TOLERATE_ENUM_CASE) != 0 && ew__span_is_folded(tag, arm->tag));
}

EW__COLD static bool arm_fits(const look *l, const ew_arm *arm) {
  if (arm->lenient_only && (l->mode & EW__MODE_LENIENT) == 0) {
    return false;
  }
  bool type = (arm->json_types & (unsigned)l->type) != 0;
  return type && (l->found & arm->present) == arm->present && (l->found & arm->absent) == 0 &&
         tag_fits(l, arm);
}

EW__COLD static int find_arm(const look *l) {
  for (uint32_t i = 0; i < l->rules->arm_count; i++) {
    if (arm_fits(l, &l->rules->arms[i])) {
      return (int)i;
    }
  }
  return -1;
}

EW__COLD static int find_probe(const look *l, ew__span key) {
  bool folded = (l->mode & EW_TOLERATE_NAME_CASE) != 0;
  for (uint32_t i = 0; i < l->rules->probe_count; i++) {
    ew_text name = l->rules->probes[i];
    if (ew__span_is(key, name) || (folded && ew__span_is_folded(key, name))) {
      return (int)i;
    }
  }
  return -1;
}

/* What stands at p in place of what is expected. */
EW__COLD static const char *refuse_here(const look *l, const char *p, const char *expected) {
  return ew__refuse(l->fault, p == l->end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX, p, expected);
}

/* p is at the value of probe i. */
EW__COLD static const char *look_at_probe(look *l, int i, const char *p) {
  uint8_t bit = (uint8_t)(1u << i);
  ew_json_type type = ew__json_type(p, l->end);
  bool string = type == EW_JSON_STRING;
  bool absent = type == EW_JSON_NULL && (l->mode & EW_TOLERATE_NULL) != 0;
  p = string ? ew__scan_string(p, l->end, l->mode, &l->tags[i], l->fault)
             : ew__skip_value(p, l->end, l->max_depth, l->mode, l->fault);
  if (p != NULL && !absent) {
    l->found |= bit;
    l->text = (uint8_t)(string ? l->text | bit : l->text & ~bit);
  }
  return p;
}

/* One member, from its key on. */
EW__COLD static const char *look_at_member(look *l, const char *p) {
  ew__span key;
  if (p == l->end || *p != '"') {
    return refuse_here(l, p, "a member name in quotes");
  }
  p = ew__scan_string(p, l->end, l->mode, &key, l->fault);
  if (p == NULL) {
    return NULL;
  }
  p = ew__skip_white(p, l->end);
  if (p == l->end || *p != ':') {
    return refuse_here(l, p, "a colon");
  }
  p = ew__skip_white(p + 1, l->end);
  int probe = find_probe(l, key);
  return probe >= 0 ? look_at_probe(l, probe, p)
                    : ew__skip_value(p, l->end, l->max_depth, l->mode, l->fault);
}

/* p is behind the opening brace. False: the text is broken. */
EW__COLD static bool look_at_members(look *l, const char *p) {
  uint8_t all = (uint8_t)((1u << l->rules->probe_count) - 1);
  bool last_wins = (l->mode & EW_TOLERATE_DUPLICATES) != 0;
  p = ew__skip_white(p, l->end);
  if (p < l->end && *p == '}') {
    return true;
  }
  while ((p = look_at_member(l, p)) != NULL) {
    if (l->found == all && !last_wins) {
      return true;
    }
    p = ew__skip_white(p, l->end);
    if (p < l->end && *p == '}') {
      return true;
    }
    if (p == l->end || *p != ',') {
      refuse_here(l, p, "a comma or }");
      return false;
    }
    p = ew__skip_white(p + 1, l->end);
  }
  return false;
}

EW__COLD static bool look_at_value(look *l, const char *p) {
  if (l->type != EW_JSON_OBJECT || l->rules->probe_count == 0) {
    return true;
  }
  if (l->max_depth == 0) {
    ew__refuse(l->fault, EW_ERR_DEPTH, p, "a scalar value");
    return false;
  }
  l->max_depth--;
  return look_at_members(l, p + 1);
}

EW__COLD static EW_NOINLINE int look_for_arm(const ew_union_rules *rules, const char *p,
                                             const char *end, uint32_t max_depth, uint32_t mode,
                                             ew__fault *fault) {
  look l = {.rules = rules, .end = end, .max_depth = max_depth, .mode = mode, .fault = fault};
  l.type = ew__json_type(p, end);
  if (l.type == EW_JSON_NONE) {
    refuse_here(&l, p, "a value");
    return -1;
  }
  bool whole = look_at_value(&l, p);
  int arm = find_arm(&l);
  /* In a broken text a tag that was seen still leads to the arm that will find the same fault, and
   * knows more about it. */
  if (arm >= 0 && (whole || rules->arms[arm].tag_probe != 255)) {
    return arm;
  }
  if (whole) {
    ew__refuse(fault, EW_ERR_UNION, p, rules->expected);
  }
  return -1;
}

/* Lists may hold very many values that no member decides: their JSON type does, or nothing. */
static int arm_of_type(const ew_union_rules *rules, ew_json_type type, uint32_t mode) {
  for (uint32_t i = 0; i < rules->arm_count; i++) {
    const ew_arm *arm = &rules->arms[i];
    bool bare = arm->present == 0 && arm->tag_probe == 255;
    bool held_back = arm->lenient_only && (mode & EW__MODE_LENIENT) == 0;
    if (bare && !held_back && (arm->json_types & (unsigned)type) != 0) {
      return (int)i;
    }
  }
  return -1;
}

int ew__choose_arm(const ew_union_rules *rules, const char *p, const char *end, uint32_t max_depth,
                   uint32_t mode, ew__fault *fault) {
  ew_json_type type = ew__json_type(p, end);
  bool looked_into = type == EW_JSON_OBJECT && rules->probe_count > 0;
  int arm = looked_into ? -1 : arm_of_type(rules, type, mode);
  return arm >= 0 ? arm : look_for_arm(rules, p, end, max_depth, mode, fault);
}
