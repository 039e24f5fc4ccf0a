/*
 * Which alternative of a union a value is. The members that decide may come in any order, so an
 * object is looked through once before it is decoded; real servers write the deciding ones first,
 * and then that look is short.
 */
#include "chars_internal.h"
#include "straight_internal.h"

/** One look at a value, and what is known of the members that decide. */
typedef struct look {
  const ew_union_rules *rules;
  ew_reader *r;
  uint32_t mode;
  ew__fault *fault;
  int arm; /* which is known already, or UNDECIDED */
  uint32_t passed;  /* members */
  ew__names names; /* of the probes, once it is worth it to know them */
  ew__waiting waiting; /* probes whose values are to be looked at */
  uint8_t found; /* bit i: the object has probe i */
  uint8_t text;  /* bit i: its value is the string tags[i], else the text tags[i] */
  ew__span tags[8];
  char name[EW__NAME_ROOM]; /* one that had escapes */
} look;

#define UNDECIDED (-2)

/* No escape is shorter than what it stands for, nor more than six times as long. */
EW__SMALL static bool is_same_slowly(ew__span span, ew_text text, uint32_t folded) {
  bool possible = span.escaped ? span.len > text.len && span.len / 6 <= text.len
                               : span.len == text.len;
  return possible && (folded != 0 ? ew__span_is_folded(span, text) : ew__span_is(span, text));
}

static EW_NOINLINE bool is_same(ew__span span, ew_text text, uint32_t folded) {
  if (EW_LIKELY(!span.escaped && folded == 0)) {
    return span.len == text.len && ew__same_bytes(span.ptr, text.ptr, text.len);
  }
  return is_same_slowly(span, text, folded);
}

EW_INLINE bool tag_fits(const look *l, const ew_arm *arm) {
  if (arm->tag_probe == 255) {
    return true;
  }
  if ((l->text >> arm->tag_probe & 1) == 0) {
    return false;
  }
  return is_same(l->tags[arm->tag_probe], ew_arm_tag(arm), l->mode & EW_TOLERATE_ENUM_CASE);
}

EW__SMALL static EW_NOINLINE bool mark_fits(const look *l, const ew_mark *mark) {
  bool is_text = (l->text >> mark->probe & 1) != 0;
  if ((l->found >> mark->probe & 1) == 0 || is_text != mark->is_text) {
    return false;
  }
  ew__span span = l->tags[mark->probe];
  uint32_t folded = is_text ? l->mode & EW_TOLERATE_ENUM_CASE : 0;
  for (uint32_t i = 0; i < mark->value_count; i++) {
    ew_text value = mark->values[i];
    if (is_same(span, value, folded) || (!is_text && ew__is_same_number(span, value))) {
      return true;
    }
  }
  return false;
}

EW__SMALL static bool marks_fit(const look *l, const ew_arm *arm) {
  for (uint32_t i = 0; i < arm->mark_count; i++) {
    if (!mark_fits(l, &arm->marks[i])) {
      return false;
    }
  }
  return true;
}

/* Whether an arm is left to others, or its JSON types are not these. */
EW_INLINE bool is_out(const ew_arm *arm, ew_json_type type, uint32_t mode) {
  return (arm->json_types & (unsigned)type) == 0 ||
         (arm->lenient_only && (mode & EW__MODE_LENIENT) == 0);
}

/*
 * The arm whose conditions hold already, or, with all members known, the first that fits; -1 when
 * there is none. Arms with conditions exclude each other.
 */
EW__SMALL static int find_arm(const look *l, bool all) {
  const ew_arm *arms = l->rules->arms;
  uint32_t count = l->rules->arm_count;
  for (uint32_t i = 0; i < count; i++) {
    const ew_arm *arm = &arms[i];
    bool decided = all || arm->tag_probe != 255 || arm->present != 0 || arm->mark_count != 0;
    if (!decided || !tag_fits(l, arm) || !marks_fit(l, arm)) {
      continue;
    }
    bool present = (l->found & arm->present) == arm->present;
    bool absent = all ? (l->found & arm->absent) == 0 : arm->absent == 0;
    if (present && absent && !is_out(arm, EW_JSON_OBJECT, l->mode)) {
      return (int)i;
    }
  }
  return -1;
}

static ew_text probe_name(const void *probes, uint32_t i) { return ((const ew_text *)probes)[i]; }

/* inside: the probe in whose value the key stands, of which one member decides; -1: in none. */
EW__SMALL static EW_NOINLINE int find_probe(const look *l, ew__span key, int inside) {
  int first = inside < 0 ? 0 : inside;
  const ew_text *probes = inside < 0 ? l->rules->probes : l->rules->inner + inside;
  uint32_t count = inside < 0 ? l->rules->probe_count : 1;
  if (EW_UNLIKELY(key.escaped)) {
    int found = ew__find_long(probes, count, probe_name, l->mode, key);
    return found < 0 ? found : first + found;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (probes[i].len == key.len && ew__is_name(key.ptr, probes[i].ptr, key.len, l->mode)) {
      return first + (int)i;
    }
  }
  return -1;
}

/* p is at the value that decides. */
static const char *look_at_value(look *l, int i, const char *p) {
  uint8_t bit = (uint8_t)(1u << i);
  const char *value = p;
  bool string = ew_peek(l->r, p) == '"';
  bool absent = ew_peek(l->r, p) == 'n' && (l->mode & EW_TOLERATE_NULL) != 0;
  p = string ? ew__scan_text(l->r, p, l->mode, &l->tags[i], l->fault)
             : ew__skip_within(l->r, p, l->mode, l->fault);
  l->found &= (uint8_t)~bit;
  if (p != NULL && !absent) {
    l->found |= bit;
    l->text = (uint8_t)(string ? l->text | bit : l->text & ~bit);
    if (!string) {
      l->tags[i] = (ew__span){value, (uint32_t)(p - value), false};
    }
  }
  return p;
}

/* Behind a member: at the next one, or with *closed at the brace. */
EW_INLINE const char *look_behind(const look *l, const char *p, bool *closed) {
  p = ew__skip_white(p, l->r->end);
  *closed = ew_peek(l->r, p) == '}';
  if (*closed) {
    return p;
  }
  return EW_LIKELY(ew_peek(l->r, p) == ',') ? ew__skip_white(p + 1, l->r->end)
                                            : ew__refuse_here(l->r, p, "a comma or }", l->fault);
}

/* From behind a member over those that are no probes, or whose last value counts; *begin: there, or
 * where the one begins that is refused. */
EW__SMALL static const char *pass_others(look *l, const char *p, const char **begin) {
  if (l->names.of == NULL) {
    bool last_wins = (l->mode & EW_TOLERATE_DUPLICATES) != 0 && l->rules->inner == NULL;
    ew__names_open(&l->names, l->rules->probes, l->rules->probe_count, probe_name, l->mode);
    l->waiting.may = last_wins ? UINT64_MAX : 0;
    l->waiting.closed = false;
    l->waiting.longest = UINT32_MAX;
    l->waiting.more = 0;
  }
  const void *of = l->waiting.may == 0 ? l->rules->probes : NULL;
  p = ew__pass_others_once(l->r, p, &l->names, of, &l->waiting, &l->passed, l->fault);
  *begin = p;
  if (l->fault->err == EW_OK) {
    return p;
  }
  *begin = ew__skip_white(ew__skip_white(p, l->r->end) + 1, l->r->end);
  return NULL;
}

/* What stands last of those that wait. */
EW__SMALL static void look_at_waiting(look *l) {
  for (uint64_t left = l->waiting.held; left != 0; left &= left - 1) {
    uint32_t i = ew_lowest_bit(left);
    ew__span key;
    ew__fault none;
    const char *at = l->r->begin + l->waiting.places[i];
    look_at_value(l, (int)i, ew__scan_name(l->r, at, l->mode, l->name, &key, &none));
  }
}

static const char *look_at_members(look *l, const char *p, int inside);

/* p is at the value of probe i, which decides, or an object of which a member does. */
EW__SMALL static const char *look_at_probe(look *l, int i, const char *p) {
  if (l->rules->inner == NULL || l->rules->inner[i].len == 0) {
    return look_at_value(l, i, p);
  }
  if (ew_peek(l->r, p) != '{' || l->r->depth_left == 0) {
    return ew__skip_within(l->r, p, l->mode, l->fault);
  }
  l->r->depth_left--;
  p = look_at_members(l, p, i);
  l->r->depth_left++;
  return p == NULL ? NULL : p + 1;
}

/*
 * Whether the arm is known now. Only a look without tolerances may end before all probes are known:
 * arms with conditions exclude each other.
 */
EW__SMALL static bool decide(look *l) {
  bool all = l->found == (1u << l->rules->probe_count) - 1;
  bool last_wins = (l->mode & EW_TOLERATE_DUPLICATES) != 0;
  if (last_wins || ((l->mode & ~EW__MODE_LENIENT) != 0 && !all)) {
    return false;
  }
  int arm = find_arm(l, all);
  l->arm = arm >= 0 || all ? arm : UNDECIDED;
  return l->arm != UNDECIDED;
}

/*
 * The members of the object at p, to its closing brace or until the arm is known; NULL when the text
 * is broken before that.
 */
static const char *look_at_members(look *l, const char *p, int inside) {
  p = ew__skip_white(p + 1, l->r->end);
  bool closed = ew_peek(l->r, p) == '}';
  const char *begin = p;
  while (p != NULL && !closed) {
    ew__span key;
    begin = p;
    p = ew__scan_name(l->r, p, l->mode, l->name, &key, l->fault);
    if (p == NULL) {
      break;
    }
    int probe = find_probe(l, key, inside);
    l->passed++;
    if (probe >= 0) {
      l->waiting.held &= ~((uint64_t)1 << probe);
    }
    p = probe < 0     ? ew__skip_within(l->r, p, l->mode, l->fault)
        : inside < 0  ? look_at_probe(l, probe, p)
                      : look_at_value(l, probe, p);
    if (p != NULL && probe >= 0 && inside < 0 && decide(l)) {
      break;
    }
    if (p != NULL && inside < 0 && l->passed >= EW__MANY_OTHERS) {
      p = pass_others(l, p, &begin);
    }
    p = p == NULL ? NULL : look_behind(l, p, &closed);
  }
  l->r->lost = p == NULL ? begin : NULL;
  return p;
}

EW__SMALL static int look_for_arm(ew_reader *r, const char *p, const ew_union_rules *rules,
                                  uint32_t mode, ew__fault *fault) {
  if (EW_UNLIKELY(r->depth_left == 0)) {
    ew__refuse(fault, EW_ERR_DEPTH, p, "a scalar value");
    return -1;
  }
  look l; /* tags are set when they are found */
  l.rules = rules;
  l.r = r;
  l.mode = mode;
  l.fault = fault;
  l.arm = UNDECIDED;
  l.found = l.text = 0;
  l.passed = 0;
  l.names.of = NULL;
  l.waiting.held = 0;
  r->depth_left--;
  bool broken = look_at_members(&l, p, -1) == NULL;
  look_at_waiting(&l);
  r->depth_left++;
  int arm = l.arm != UNDECIDED ? l.arm : find_arm(&l, true);
  /* In a broken text a tag that was seen still leads to the arm that will find the same fault, and
   * knows more about it. */
  if (arm >= 0 && (!broken || rules->arms[arm].tag_probe != 255 || rules->arms[arm].mark_count != 0)) {
    return arm;
  }
  if (!broken) {
    ew__refuse(fault, EW_ERR_UNION, p, rules->expected);
  }
  return -1;
}

/* Lists may hold very many values that no member decides: their JSON type does, or nothing. */
static int arm_of_type(const ew_union_rules *rules, ew_json_type type, uint32_t mode) {
  for (uint32_t i = 0; i < rules->arm_count; i++) {
    const ew_arm *arm = &rules->arms[i];
    bool bare = arm->present == 0 && arm->tag_probe == 255 && arm->mark_count == 0;
    if (bare && !is_out(arm, type, mode)) {
      return (int)i;
    }
  }
  return -1;
}

int ew__choose_arm(ew_reader *r, const char *p, const ew_union_rules *rules, uint32_t mode,
                   ew__fault *fault) {
  if (ew_peek(r, p) == '{' && rules->probe_count > 0) {
    return look_for_arm(r, p, rules, mode, fault);
  }
  if (EW_UNLIKELY(rules->hard)) {
    return ew_hard_of(rules)->engine->choose(r, p, rules, mode, fault);
  }
  ew_json_type type = ew__json_type(p, r->end);
  int arm = arm_of_type(rules, type, mode);
  if (arm < 0) {
    bool none = type == EW_JSON_NONE;
    ew_err err = !none ? EW_ERR_UNION : p == r->end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX;
    ew__refuse(fault, err, p, none ? "a value" : rules->expected);
  }
  return arm;
}

/* ------------------------------------------------------------------ in the straight-line engine */

/* ew__choose_arm() for a text whose UTF-8 was not looked at, nor is by that look. */
EW__SMALL static EW_NOINLINE int choose_unchecked(ew_reader *r, const char *p,
                                                  const ew_union_rules *rules, ew__fault *fault) {
  const ew_passed passed = r->passed;
  int arm = ew__choose_arm(r, p, rules, 0, fault);
  const ew_passed *now = &r->passed;
  bool noted = now->from != passed.from || (now->from != NULL && now->len != passed.len);
  size_t bad;
  if (noted && ew__utf8_check(now->from, now->len, &bad) != EW_OK) {
    r->passed = passed;
  }
  return arm;
}

EW__SMALL int ew_choose_arm(ew_reader *r, const char *p, const ew_union_rules *rules) {
  ew__fault fault = {EW_OK, NULL, NULL};
  const char *at = ew__skip_white(p, r->end);
  bool looks = (ew_peek(r, at) | 0x20) == '{';
  int arm = looks ? choose_unchecked(r, at, rules, &fault) : ew__choose_arm(r, at, rules, 0, &fault);
  if (EW_UNLIKELY(arm < 0)) {
    ew_refuse(r, fault.err);
  }
  if (p == r->begin) {
    r->root_arm = arm;
  }
  return arm;
}

EW__SMALL bool ew_guess_was_wrong(ew_reader *r, const char *p, const ew_union_rules *rules,
                                  ew_choice *choice) {
  choice->guessed = false;
  bool any_guess = r->err == EW_ERR_ARENA_FULL || r->err == EW_ERR_TOO_LARGE ||
                   r->err == EW_ERR_TRUNCATED; /* refuses it */
  if (any_guess) {
    return false;
  }
  ew_err err = r->err;
  r->depth_left = choice->depth_left;
  r->err = EW_OK;
  int arm = ew_choose_arm(r, p, rules);
  if (arm == choice->arm) {
    r->err = err;
    return false;
  }
  choice->arm = arm;
  r->accepted = p;
  ew_arena_rewind(r->arena, choice->mark);
  return true;
}
