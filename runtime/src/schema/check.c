/*
 * The rules of a schema against the nodes of a text. One recursion per schema on the way, bounded
 * by MAX_NESTING; each takes some 200 bytes of C stack.
 *
 * Where a schema or one around it has `unevaluated...`, marks says which children of the value were
 * evaluated: one bit each, by number. Whoever tries a schema that may fail gives it marks of its own.
 */
#include "eventwire/schema.h"

#include "../codec/diag_internal.h"
#include "../codec/table_internal.h"
#include "tree_internal.h"

#define MAX_NESTING 2048u
#define STACK_BYTES 32768u

/** Children that were evaluated. NULL where nobody asks. */
typedef uint64_t marks;

/** The resources on the way to the present schema, innermost first. */
typedef struct scope {
  const struct scope *up;
  const ew_schema_resource *resource;
} scope;

/** What was refused first, or, of alternatives, what came furthest. */
typedef struct refusal {
  ew_err err;
  uint32_t node;
  const ew_schema *schema;
  const char *keyword;
  const char *expected;
  bool is_name; /* node is a member name */
} refusal;

typedef struct run {
  ew__tree tree;
  ew_arena *arena;
  const ew_limits *limits;
  const scope *scope;
  uint64_t steps;
  uint32_t nesting;
  bool in_name; /* the value is a member name */
  ew_err stopped; /* for reasons that no other alternative can mend: memory, work */
  refusal refused;
} run;

static bool check(run *r, const ew_schema *schema, uint32_t node, marks *seen);

/* ------------------------------------------------------------------------------------- refusals */

typedef struct keyword_text {
  const char *name;
  ew_err err;
} keyword_text;

static const keyword_text keyword_texts[] = {
#define EW_SCHEMA_KEYWORD_TEXT_(name, text, err) {text, err},
    EW_SCHEMA_KEYWORD_MAP(EW_SCHEMA_KEYWORD_TEXT_)
#undef EW_SCHEMA_KEYWORD_TEXT_
};

static bool stop(run *r, ew_err err) {
  r->stopped = r->stopped == EW_OK ? err : r->stopped;
  return false;
}

static bool work(run *r, uint64_t steps) {
  if (r->steps <= steps) {
    return stop(r, EW_ERR_TOO_LARGE);
  }
  r->steps -= steps;
  return true;
}

static bool refuse_as(run *r, ew_err err, const ew_schema *schema, uint32_t node,
                      const char *keyword, const char *expected) {
  r->refused = (refusal){err, node, schema, keyword, expected, r->in_name};
  return false;
}

static bool refuse(run *r, const ew_schema *schema, const ew_schema_rule *rule, uint32_t node,
                   const char *expected) {
  const keyword_text *text = &keyword_texts[rule->keyword];
  return refuse_as(r, text->err, schema, node, text->name, expected);
}

/* Of refusals of alternatives, the one deeper in the text says more. */
static bool is_better(const refusal *a, const refusal *b) { return a->node > b->node; }

/* ---------------------------------------------------------------------------------------- marks */

static size_t mark_words(const run *r, uint32_t node) {
  return ((size_t)r->tree.nodes[node].count + 63) / 64;
}

/* Empty marks for node; NULL when memory ends. */
static marks *take_marks(run *r, uint32_t node) {
  size_t size = (mark_words(r, node) + 1) * sizeof(marks);
  marks *seen = work(r, size / sizeof(marks)) ? ew_arena_take(r->arena, size) : NULL;
  if (seen == NULL) {
    (void)stop(r, EW_ERR_ARENA_FULL);
    return NULL;
  }
  memset(seen, 0, size);
  return seen;
}

static void mark(marks *seen, uint32_t child) {
  if (seen != NULL) {
    seen[child / 64] |= (uint64_t)1 << (child % 64);
  }
}

static bool is_marked(const marks *seen, uint32_t child) {
  return (seen[child / 64] >> (child % 64) & 1) != 0;
}

static void join_marks(const run *r, uint32_t node, marks *to, const marks *from) {
  for (size_t i = 0; i < mark_words(r, node); i++) {
    to[i] |= from[i];
  }
}

/* A schema that may fail: what it marks counts only when it holds. */
static bool try(run *r, const ew_schema *schema, uint32_t node, marks *seen) {
  if (seen == NULL) {
    return check(r, schema, node, NULL);
  }
  size_t place = ew_arena_mark(r->arena);
  marks *own = take_marks(r, node);
  bool holds = own != NULL && check(r, schema, node, own);
  if (holds) {
    join_marks(r, node, seen, own);
  }
  ew_arena_rewind(r->arena, place);
  return holds;
}

/* ---------------------------------------------------------------------------------------- texts */

/* The text of a string, unescaped where it must be; the caller rewinds the arena. */
static bool take_text(run *r, uint32_t node, ew_str *out) {
  ew__span span = ew__tree_span(&r->tree, node);
  return ew__span_take(span, 0, r->arena, out) == EW_OK || stop(r, EW_ERR_ARENA_FULL);
}

static size_t code_points(const run *r, uint32_t node) {
  ew__span span = ew__tree_span(&r->tree, node);
  if (!span.escaped) {
    return ew__utf8_count(span.ptr, span.len);
  }
  size_t count = 0;
  const char *end = span.ptr + span.len;
  for (const char *p = span.ptr; p < end; count++) {
    bool pair = end - p >= 12 && p[0] == '\\' && p[1] == 'u' && (p[2] | 0x20) == 'd' &&
                (p[3] == '8' || p[3] == '9' || (p[3] | 0x20) == 'a' || (p[3] | 0x20) == 'b');
    p += *p != '\\' ? ew__utf8_length(p, end) : p[1] != 'u' ? 2 : pair ? 12 : 6;
  }
  return count;
}

static bool matches(run *r, const ew_schema_pattern *pattern, uint32_t node) {
  size_t place = ew_arena_mark(r->arena);
  ew_str text;
  bool holds = work(r, r->tree.nodes[node].len / 8) && take_text(r, node, &text) &&
               ew__dfa_accepts(pattern->automaton, text.ptr, text.len);
  ew_arena_rewind(r->arena, place);
  return holds;
}

static bool has_format(run *r, const ew_format *format, uint32_t node, const char **expected) {
  size_t place = ew_arena_mark(r->arena);
  ew_str text;
  bool holds = work(r, r->tree.nodes[node].len) && take_text(r, node, &text) &&
               ew_format_holds(format, text, expected);
  ew_arena_rewind(r->arena, place);
  return holds;
}

#define CONTENT_BASE64 1u
#define CONTENT_JSON 2u

/* *keyword is the one that is not fulfilled. */
static bool has_content(run *r, uint32_t kind, uint32_t node, const char **keyword) {
  size_t place = ew_arena_mark(r->arena);
  ew_str text;
  bool holds = work(r, r->tree.nodes[node].len) && take_text(r, node, &text);
  if (holds && (kind & CONTENT_BASE64) != 0) {
    ew_err err = ew_base64_decode(text, r->arena, &text);
    holds = err == EW_OK || (err == EW_ERR_ARENA_FULL && stop(r, err));
  }
  *keyword = holds ? "/contentMediaType" : "/contentEncoding";
  if (holds && (kind & CONTENT_JSON) != 0) {
    holds = ew_json_check(text, r->limits->max_depth, NULL) == EW_OK;
  }
  ew_arena_rewind(r->arena, place);
  return holds;
}

static bool check_string(run *r, const ew_schema *schema, const ew_schema_rule *rule,
                         uint32_t node) {
  const char *expected = "";
  bool holds = true;
  switch (rule->keyword) {
    case EW_SCHEMA_MAX_LENGTH:
      holds = code_points(r, node) <= rule->count;
      expected = "a shorter string";
      break;
    case EW_SCHEMA_MIN_LENGTH:
      holds = code_points(r, node) >= rule->count;
      expected = "a longer string";
      break;
    case EW_SCHEMA_PATTERN:
      holds = matches(r, rule->data, node);
      expected = ((const ew_schema_pattern *)rule->data)->text;
      break;
    case EW_SCHEMA_FORMAT:
      holds = has_format(r, rule->data, node, &expected);
      break;
    default: {
      const char *keyword = "";
      return has_content(r, rule->count, node, &keyword) ||
             refuse_as(r, EW_ERR_CONTENT, schema, node, keyword, expected);
    }
  }
  return holds || refuse(r, schema, rule, node, expected);
}

/* -------------------------------------------------------------------------------------- scalars */

static bool is_type(const run *r, uint32_t mask, uint32_t node) {
  uint32_t type = r->tree.nodes[node].type;
  if ((type & mask) != 0) {
    return true;
  }
  if (type != EW_JSON_NUMBER || (mask & EW_SCHEMA_INTEGER) == 0) {
    return false;
  }
  ew__decimal number = ew__tree_number(&r->tree, node);
  return ew__decimal_is_integer(&number);
}

/* A value of the schema that is no string: read like a text, which it is. */
static bool equals_json(run *r, const ew_text *json, uint32_t node) {
  size_t place = ew_arena_mark(r->arena);
  ew__tree value;
  ew__fault fault;
  ew_str text = {json->ptr, json->len, 0};
  if (ew__tree_read(text, r->limits, r->arena, &value, &fault) != EW_OK) {
    return stop(r, EW_ERR_ARENA_FULL);
  }
  bool equal = ew__tree_equal(&r->tree, node, &value, 0, &r->steps);
  ew_arena_rewind(r->arena, place);
  return r->steps == 0 ? stop(r, EW_ERR_TOO_LARGE) : equal;
}

static bool equals(run *r, const ew_schema_value *value, uint32_t node) {
  const ew__node *n = &r->tree.nodes[node];
  if (n->type != (uint32_t)value->type) {
    return false;
  }
  switch (value->type) {
    case EW_JSON_STRING:
      return ew__span_is(ew__tree_span(&r->tree, node), value->text);
    case EW_JSON_NUMBER: {
      ew__decimal a = ew__tree_number(&r->tree, node);
      ew__decimal b = ew__decimal_read(value->text.ptr, value->text.len);
      return ew__decimal_compare(&a, &b) == 0;
    }
    case EW_JSON_ARRAY:
    case EW_JSON_OBJECT:
      return equals_json(r, &value->text, node);
    default:
      return n->len == value->text.len; /* null; true and false differ in length */
  }
}

static bool is_listed(run *r, const ew_schema_rule *rule, uint32_t node) {
  const ew_schema_value *values = rule->data;
  for (uint32_t i = 0; i < rule->count && work(r, 1); i++) {
    if (equals(r, &values[i], node)) {
      return true;
    }
  }
  return false;
}

static bool is_in_range(run *r, const ew_schema_rule *rule, uint32_t node) {
  const ew_text *bound_text = rule->data;
  ew__decimal number = ew__tree_number(&r->tree, node);
  ew__decimal bound = ew__decimal_read(bound_text->ptr, bound_text->len);
  if (!work(r, r->tree.nodes[node].len / 16)) {
    return false;
  }
  if (rule->keyword == EW_SCHEMA_MULTIPLE_OF) {
    return ew__decimal_divides(&bound, &number);
  }
  int order = ew__decimal_compare(&number, &bound);
  switch (rule->keyword) {
    case EW_SCHEMA_MAXIMUM:
      return order <= 0;
    case EW_SCHEMA_EXCLUSIVE_MAXIMUM:
      return order < 0;
    case EW_SCHEMA_MINIMUM:
      return order >= 0;
    default:
      return order > 0;
  }
}

/* --------------------------------------------------------------------------------------- arrays */

/* The schema `false`, as it stands behind `items` or `additionalProperties`. */
static bool is_false(const ew_schema *schema) {
  return schema->rule_count == 1 && schema->rules[0].keyword == EW_SCHEMA_FALSE;
}

/* A child that a keyword hands to a schema. What `false` refuses is refused by that keyword. */
static bool check_child(run *r, const ew_schema *child, const ew_schema *schema,
                        const ew_schema_rule *rule, uint32_t node, const char *keyword) {
  if (is_false(child)) {
    return refuse_as(r, keyword_texts[rule->keyword].err, schema, node, keyword, "");
  }
  return check(r, child, node, NULL);
}

static bool check_items(run *r, const ew_schema *schema, const ew_schema_rule *rule, uint32_t node,
                        marks *seen) {
  const ew_schema_items *items = rule->data;
  uint32_t at = node + 1;
  for (uint32_t i = 0; i < r->tree.nodes[node].count; i++, at = r->tree.nodes[at].next) {
    bool first = i < items->prefix_count;
    const ew_schema *child = first ? items->prefix[i] : items->rest;
    const char *keyword = first ? items->prefix_keyword : items->rest_keyword;
    if (child == NULL) {
      return true;
    }
    if (!check_child(r, child, schema, rule, at, keyword)) {
      return false;
    }
    mark(seen, i);
  }
  return true;
}

static bool check_contains(run *r, const ew_schema *schema, const ew_schema_rule *rule,
                           uint32_t node, marks *seen) {
  const ew_schema_contains *contains = rule->data;
  marks *found = contains->marks ? seen : NULL;
  uint32_t count = 0;
  uint32_t at = node + 1;
  for (uint32_t i = 0; i < r->tree.nodes[node].count; i++, at = r->tree.nodes[at].next) {
    if (check(r, contains->schema, at, NULL)) {
      mark(found, i);
      count++;
    }
    if (r->stopped != EW_OK) {
      return false;
    }
    if (count >= contains->min && contains->max == UINT32_MAX && found == NULL) {
      return true;
    }
  }
  if (count < contains->min) {
    return refuse(r, schema, rule, node, "an element that matches");
  }
  return count <= contains->max || refuse(r, schema, rule, node, "fewer elements that match");
}

/*
 * Elements by their hash, chained. Values that were made to meet cost steps, of which there is a
 * bounded number.
 */
static bool are_unique(run *r, uint32_t node, uint32_t *twin) {
  uint32_t count = r->tree.nodes[node].count;
  uint32_t slots = 4;
  while (slots < count) {
    slots *= 2;
  }
  uint32_t *heads = ew_arena_take(r->arena, ((size_t)slots + count * 2) * sizeof(uint32_t));
  if (heads == NULL || !work(r, r->tree.nodes[node].len / 4)) {
    return stop(r, heads == NULL ? EW_ERR_ARENA_FULL : EW_ERR_TOO_LARGE);
  }
  uint32_t *next = heads + slots; /* what is chained behind an element */
  uint32_t *nodes = next + count;
  memset(heads, 0xff, slots * sizeof(uint32_t));
  uint32_t at = node + 1;
  for (uint32_t i = 0; i < count; i++, at = r->tree.nodes[at].next) {
    uint32_t *head = &heads[(ew__tree_hash(&r->tree, at) >> 32) & (slots - 1)];
    for (uint32_t other = *head; other != UINT32_MAX; other = next[other]) {
      if (ew__tree_equal(&r->tree, at, &r->tree, nodes[other], &r->steps)) {
        *twin = at;
        return false;
      }
      if (r->steps == 0) {
        return stop(r, EW_ERR_TOO_LARGE);
      }
    }
    nodes[i] = at;
    next[i] = *head;
    *head = i;
  }
  return true;
}

static bool check_unique(run *r, const ew_schema *schema, const ew_schema_rule *rule,
                         uint32_t node) {
  if (r->tree.nodes[node].count < 2) {
    return true;
  }
  size_t place = ew_arena_mark(r->arena);
  uint32_t twin = node;
  bool unique = are_unique(r, node, &twin);
  ew_arena_rewind(r->arena, place);
  return unique || refuse(r, schema, rule, twin, "an element that was not there yet");
}

static bool check_rest_of_array(run *r, const ew_schema *schema, const ew_schema_rule *rule,
                                uint32_t node, marks *seen) {
  uint32_t at = node + 1;
  for (uint32_t i = 0; i < r->tree.nodes[node].count; i++, at = r->tree.nodes[at].next) {
    if (is_marked(seen, i)) {
      continue;
    }
    if (!check_child(r, rule->data, schema, rule, at, "/unevaluatedItems")) {
      return false;
    }
    mark(seen, i);
  }
  return true;
}

/* -------------------------------------------------------------------------------------- objects */

static int order_of_names(ew_str a, ew_text b) {
  if (a.len != b.len) {
    return a.len < b.len ? -1 : 1;
  }
  return a.len == 0 ? 0 : memcmp(a.ptr, b.ptr, a.len);
}

static const ew_schema *find_named(const ew_schema_properties *rules, ew_str name) {
  uint32_t low = 0;
  uint32_t high = rules->named_count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    int order = order_of_names(name, rules->named[middle].name);
    if (order == 0) {
      return rules->named[middle].schema;
    }
    if (order < 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return NULL;
}

/* All schemas that hold for one member. */
static bool check_member(run *r, const ew_schema *schema, const ew_schema_rule *rule, uint32_t name,
                         ew_str text, bool *known) {
  const ew_schema_properties *rules = rule->data;
  const ew_schema *named = find_named(rules, text);
  *known = named != NULL;
  if (named != NULL && !check_child(r, named, schema, rule, name + 1, "/properties")) {
    return false;
  }
  for (uint32_t i = 0; i < rules->pattern_count; i++) {
    const ew_schema_name_pattern *pattern = &rules->patterns[i];
    if (!work(r, 1 + text.len / 8)) {
      return false;
    }
    if (ew__dfa_accepts(pattern->pattern.automaton, text.ptr, text.len)) {
      *known = true;
      if (!check_child(r, pattern->schema, schema, rule, name + 1, "/patternProperties")) {
        return false;
      }
    }
  }
  if (*known || rules->additional == NULL) {
    return true;
  }
  *known = true;
  return check_child(r, rules->additional, schema, rule, name + 1, "/additionalProperties");
}

static bool check_properties(run *r, const ew_schema *schema, const ew_schema_rule *rule,
                             uint32_t node, marks *seen) {
  uint32_t name = node + 1;
  for (uint32_t i = 0; i < r->tree.nodes[node].count; i++, name = r->tree.nodes[name + 1].next) {
    size_t place = ew_arena_mark(r->arena);
    ew_str text;
    bool known = false;
    bool holds =
        work(r, 1) && take_text(r, name, &text) && check_member(r, schema, rule, name, text, &known);
    ew_arena_rewind(r->arena, place);
    if (!holds) {
      return false;
    }
    if (known) {
      mark(seen, i);
    }
  }
  return true;
}

static bool check_names(run *r, const ew_schema *schema, const ew_schema_rule *rule, uint32_t node) {
  uint32_t name = node + 1;
  bool holds = true;
  r->in_name = true;
  for (uint32_t i = 0; holds && i < r->tree.nodes[node].count; i++) {
    holds = check_child(r, rule->data, schema, rule, name, "/propertyNames");
    name = r->tree.nodes[name + 1].next;
  }
  r->in_name = false;
  return holds;
}

static bool has_member(run *r, uint32_t node, ew_text name) {
  return work(r, r->tree.nodes[node].count) && ew__tree_member(&r->tree, node, name) != 0;
}

static bool check_required(run *r, const ew_schema *schema, const ew_schema_rule *rule,
                           const ew_text *names, uint32_t count, uint32_t node) {
  for (uint32_t i = 0; i < count; i++) {
    if (!has_member(r, node, names[i])) {
      return refuse(r, schema, rule, node, names[i].ptr);
    }
  }
  return true;
}

static bool check_dependencies(run *r, const ew_schema *schema, const ew_schema_rule *rule,
                               uint32_t node, marks *seen) {
  const ew_schema_dependency *dependencies = rule->data;
  for (uint32_t i = 0; i < rule->count; i++) {
    const ew_schema_dependency *d = &dependencies[i];
    if (!has_member(r, node, d->name)) {
      continue;
    }
    if (!check_required(r, schema, rule, d->required, d->required_count, node) ||
        (d->schema != NULL && !check(r, d->schema, node, seen))) {
      return false;
    }
  }
  return true;
}

static bool check_rest_of_object(run *r, const ew_schema *schema, const ew_schema_rule *rule,
                                 uint32_t node, marks *seen) {
  uint32_t name = node + 1;
  for (uint32_t i = 0; i < r->tree.nodes[node].count; i++, name = r->tree.nodes[name + 1].next) {
    if (is_marked(seen, i)) {
      continue;
    }
    if (!check_child(r, rule->data, schema, rule, name + 1, "/unevaluatedProperties")) {
      return false;
    }
    mark(seen, i);
  }
  return true;
}

/* --------------------------------------------------------------------------------- alternatives */

static bool check_all_of(run *r, const ew_schema_rule *rule, uint32_t node, marks *seen) {
  const ew_schema *const *schemas = rule->data;
  for (uint32_t i = 0; i < rule->count; i++) {
    if (!check(r, schemas[i], node, seen)) {
      return false;
    }
  }
  return true;
}

/* Every arm that holds, up to enough of them; the best refusal of the others. */
static uint32_t count_arms(run *r, const ew_schema_rule *rule, uint32_t node, marks *seen,
                           uint32_t enough, refusal *best) {
  const ew_schema *const *schemas = rule->data;
  uint32_t count = 0;
  for (uint32_t i = 0; i < rule->count && count < enough && r->stopped == EW_OK; i++) {
    if (try(r, schemas[i], node, seen)) {
      count++;
    } else if (best->schema == NULL || is_better(&r->refused, best)) {
      *best = r->refused;
    }
  }
  return count;
}

/* Nothing held: an arm that failed inside of the value says more than the union does. */
static bool refuse_arms(run *r, const ew_schema *schema, const ew_schema_rule *rule, uint32_t node,
                        const refusal *best) {
  if (best->schema != NULL && best->node > node) {
    r->refused = *best;
    return false;
  }
  return refuse(r, schema, rule, node, "one of the alternatives");
}

static bool check_any_of(run *r, const ew_schema *schema, const ew_schema_rule *rule, uint32_t node,
                         marks *seen) {
  refusal best = {0};
  uint32_t enough = seen == NULL ? 1 : rule->count; /* each may mark something */
  return count_arms(r, rule, node, seen, enough, &best) > 0 ||
         refuse_arms(r, schema, rule, node, &best);
}

static bool check_one_of(run *r, const ew_schema *schema, const ew_schema_rule *rule, uint32_t node,
                         marks *seen) {
  refusal best = {0};
  uint32_t count = count_arms(r, rule, node, seen, 2, &best);
  if (count == 0) {
    return refuse_arms(r, schema, rule, node, &best);
  }
  return count == 1 || refuse(r, schema, rule, node, "one alternative, and no other");
}

static bool check_if(run *r, const ew_schema_rule *rule, uint32_t node, marks *seen) {
  const ew_schema *const *schemas = rule->data;
  bool holds = try(r, schemas[0], node, seen);
  if (r->stopped != EW_OK) {
    return false;
  }
  const ew_schema *then = schemas[holds ? 1 : 2];
  return then == NULL || check(r, then, node, seen);
}

static bool check_not(run *r, const ew_schema *schema, const ew_schema_rule *rule, uint32_t node) {
  bool holds = check(r, rule->data, node, NULL);
  return r->stopped == EW_OK && (!holds || refuse(r, schema, rule, node, "something else"));
}

static const ew_schema *anchor_in(const ew_schema_resource *resource, uint32_t name) {
  for (uint32_t i = 0; resource != NULL && i < resource->anchor_count; i++) {
    if (resource->anchors[i].name == name) {
      return resource->anchors[i].schema;
    }
  }
  return NULL;
}

/* The outermost resource on the way here decides. */
static const ew_schema *resolve(const run *r, const ew_schema_dynamic *dynamic) {
  const ew_schema *target = dynamic->target;
  for (const scope *s = r->scope; s != NULL; s = s->up) {
    const ew_schema *found = anchor_in(s->resource, dynamic->name);
    target = found == NULL ? target : found;
  }
  return target;
}

/* ---------------------------------------------------------------------------------------- rules */

/* The type a keyword says something about; 0: any. */
static uint32_t type_of(ew_schema_keyword keyword) {
  switch (keyword) {
    case EW_SCHEMA_MULTIPLE_OF:
    case EW_SCHEMA_MAXIMUM:
    case EW_SCHEMA_EXCLUSIVE_MAXIMUM:
    case EW_SCHEMA_MINIMUM:
    case EW_SCHEMA_EXCLUSIVE_MINIMUM:
      return EW_JSON_NUMBER;
    case EW_SCHEMA_MAX_LENGTH:
    case EW_SCHEMA_MIN_LENGTH:
    case EW_SCHEMA_PATTERN:
    case EW_SCHEMA_FORMAT:
    case EW_SCHEMA_CONTENT:
      return EW_JSON_STRING;
    case EW_SCHEMA_MAX_ITEMS:
    case EW_SCHEMA_MIN_ITEMS:
    case EW_SCHEMA_ITEMS:
    case EW_SCHEMA_CONTAINS:
    case EW_SCHEMA_UNIQUE_ITEMS:
    case EW_SCHEMA_UNEVALUATED_ITEMS:
      return EW_JSON_ARRAY;
    case EW_SCHEMA_MAX_PROPERTIES:
    case EW_SCHEMA_MIN_PROPERTIES:
    case EW_SCHEMA_REQUIRED:
    case EW_SCHEMA_PROPERTIES:
    case EW_SCHEMA_PROPERTY_NAMES:
    case EW_SCHEMA_DEPENDENCIES:
    case EW_SCHEMA_DEPENDENT_REQUIRED:
    case EW_SCHEMA_DEPENDENT_SCHEMAS:
    case EW_SCHEMA_UNEVALUATED_PROPERTIES:
      return EW_JSON_OBJECT;
    default:
      return 0;
  }
}

static bool check_count(run *r, const ew_schema *schema, const ew_schema_rule *rule, uint32_t node) {
  bool max = rule->keyword == EW_SCHEMA_MAX_ITEMS || rule->keyword == EW_SCHEMA_MAX_PROPERTIES;
  uint32_t count = r->tree.nodes[node].count;
  bool holds = max ? count <= rule->count : count >= rule->count;
  return holds || refuse(r, schema, rule, node, max ? "fewer of them" : "more of them");
}

static bool check_container(run *r, const ew_schema *schema, const ew_schema_rule *rule,
                            uint32_t node, marks *seen) {
  switch (rule->keyword) {
    case EW_SCHEMA_ITEMS:
      return check_items(r, schema, rule, node, seen);
    case EW_SCHEMA_CONTAINS:
      return check_contains(r, schema, rule, node, seen);
    case EW_SCHEMA_UNIQUE_ITEMS:
      return check_unique(r, schema, rule, node);
    case EW_SCHEMA_REQUIRED:
      return check_required(r, schema, rule, rule->data, rule->count, node);
    case EW_SCHEMA_PROPERTIES:
      return check_properties(r, schema, rule, node, seen);
    case EW_SCHEMA_PROPERTY_NAMES:
      return check_names(r, schema, rule, node);
    case EW_SCHEMA_DEPENDENCIES:
    case EW_SCHEMA_DEPENDENT_REQUIRED:
    case EW_SCHEMA_DEPENDENT_SCHEMAS:
      return check_dependencies(r, schema, rule, node, seen);
    case EW_SCHEMA_UNEVALUATED_ITEMS:
      return check_rest_of_array(r, schema, rule, node, seen);
    case EW_SCHEMA_UNEVALUATED_PROPERTIES:
      return check_rest_of_object(r, schema, rule, node, seen);
    default:
      return check_count(r, schema, rule, node);
  }
}

/* Keywords that say something about values of any type. */
static bool check_any(run *r, const ew_schema *schema, const ew_schema_rule *rule, uint32_t node,
                      marks *seen) {
  switch (rule->keyword) {
    case EW_SCHEMA_TYPE:
      return is_type(r, rule->count, node) || refuse(r, schema, rule, node, "another type");
    case EW_SCHEMA_CONST:
    case EW_SCHEMA_ENUM:
      return is_listed(r, rule, node) || refuse(r, schema, rule, node, "");
    case EW_SCHEMA_REF:
      return check(r, rule->data, node, seen);
    case EW_SCHEMA_DYNAMIC_REF:
      return check(r, resolve(r, rule->data), node, seen);
    case EW_SCHEMA_ALL_OF:
      return check_all_of(r, rule, node, seen);
    case EW_SCHEMA_ANY_OF:
      return check_any_of(r, schema, rule, node, seen);
    case EW_SCHEMA_ONE_OF:
      return check_one_of(r, schema, rule, node, seen);
    case EW_SCHEMA_NOT:
      return check_not(r, schema, rule, node);
    case EW_SCHEMA_IF:
      return check_if(r, rule, node, seen);
    default:
      return refuse(r, schema, rule, node, "nothing: no value is valid here");
  }
}

static bool check_rule(run *r, const ew_schema *schema, const ew_schema_rule *rule, uint32_t node,
                       marks *seen) {
  uint32_t type = type_of(rule->keyword);
  if (type == 0) {
    return check_any(r, schema, rule, node, seen);
  }
  if (r->tree.nodes[node].type != type) {
    return true;
  }
  if (type == EW_JSON_NUMBER) {
    return is_in_range(r, rule, node) || refuse(r, schema, rule, node, "");
  }
  return type == EW_JSON_STRING ? check_string(r, schema, rule, node)
                                : check_container(r, schema, rule, node, seen);
}

static bool looks_for_unevaluated(const ew_schema *schema) {
  return schema->rule_count > 0 &&
         schema->rules[schema->rule_count - 1].keyword >= EW_SCHEMA_UNEVALUATED_ITEMS;
}

static bool check_rules(run *r, const ew_schema *schema, uint32_t node, marks *seen) {
  for (uint32_t i = 0; i < schema->rule_count; i++) {
    if (!check_rule(r, schema, &schema->rules[i], node, seen) || r->stopped != EW_OK) {
      return false;
    }
  }
  return true;
}

/* `unevaluated...` sees what the schema it stands in has marked, and nothing from outside. */
static bool check_with_own_marks(run *r, const ew_schema *schema, uint32_t node, marks *seen) {
  size_t place = ew_arena_mark(r->arena);
  marks *own = take_marks(r, node);
  bool holds = own != NULL && check_rules(r, schema, node, own);
  if (holds && seen != NULL) {
    join_marks(r, node, seen, own);
  }
  ew_arena_rewind(r->arena, place);
  return holds;
}

static bool check(run *r, const ew_schema *schema, uint32_t node, marks *seen) {
  if (r->nesting == MAX_NESTING || !work(r, 1)) {
    return stop(r, EW_ERR_DEPTH);
  }
  const scope *outer = r->scope;
  scope own = {outer, schema->resource};
  if (schema->resource != NULL && (outer == NULL || outer->resource != schema->resource)) {
    r->scope = &own;
  }
  r->nesting++;
  bool holds = looks_for_unevaluated(schema) ? check_with_own_marks(r, schema, node, seen)
                                             : check_rules(r, schema, node, seen);
  r->nesting--;
  r->scope = outer;
  return holds;
}

/* ---------------------------------------------------------------------------------------- calls */

static ew_err explain(const run *r, ew_str json, ew_diag *diag) {
  const refusal *refused = &r->refused;
  if (r->stopped != EW_OK) {
    ew__diag_code(diag, r->stopped);
    return r->stopped;
  }
  const char *at = ew__tree_place(&r->tree, refused->node);
  ew__fault fault = {refused->err, at, refused->expected};
  const ew__keyword keyword = {refused->schema->pointer, NULL, NULL, refused->keyword};
  ew__diag_text(diag, json, &fault, refused->is_name, &keyword, NULL);
  return refused->err;
}

static ew_err validate(const ew_schema *schema, ew_str json, ew_arena *arena,
                       const ew_limits *limits, ew_diag *diag) {
  run r = {.arena = arena, .limits = limits, .steps = 1000000 + (uint64_t)json.len * 256};
  ew__fault fault = {EW_OK, json.ptr, ""};
  ew_err err = ew__tree_read(json, limits, arena, &r.tree, &fault);
  if (err != EW_OK) {
    bool at_key = err == EW_ERR_DUPLICATE;
    ew__diag_text(diag, json, &fault, at_key, NULL, NULL);
    return err;
  }
  return check(&r, schema, 0, NULL) ? EW_OK : explain(&r, json, diag);
}

static ew_err refuse_call(ew_err err, ew_diag *diag) {
  ew__diag_code(diag, err);
  return err;
}

static ew_err validate_on_stack(const ew_schema *schema, ew_str json, const ew_limits *limits,
                                ew_diag *diag) {
  _Alignas(max_align_t) char block[STACK_BYTES];
  ew_arena arena;
  ew_arena_init(&arena, block, sizeof(block));
  return validate(schema, json, &arena, limits, diag);
}

ew_err ew_schema_validate(const ew_schema *schema, ew_str json, const ew_decode_options *opts,
                          ew_diag *diag) {
  ew_limits limits;
  bool usable = schema != NULL && (json.ptr != NULL || json.len == 0) &&
                (opts == NULL || opts->profile == EW_STRICT);
  if (!usable || ew__limits_resolve(NULL, opts == NULL ? NULL : &opts->limits, &limits) != EW_OK) {
    return refuse_call(EW_ERR_ARGUMENT, diag);
  }
  if (json.len > limits.max_bytes) {
    return refuse_call(EW_ERR_TOO_LARGE, diag);
  }
  json.ptr = json.ptr == NULL ? "" : json.ptr;
  if (opts == NULL || opts->scratch == NULL) {
    return validate_on_stack(schema, json, &limits, diag);
  }
  size_t place = ew_arena_mark(opts->scratch);
  ew_err err = validate(schema, json, opts->scratch, &limits, diag);
  ew_arena_rewind(opts->scratch, place);
  return err;
}
