#include "tree_internal.h"

#include "../codec/chars_internal.h"

#define HASH_FACTOR UINT64_C(0x9e3779b97f4a7c15)

/* Fewer members are compared each with each. */
#define FEW_MEMBERS 12u

typedef struct reader {
  const char *begin;
  const char *end;
  const ew_limits *limits;
  ew__node *nodes;
  uint32_t count;
  uint32_t room;
  uint32_t depth_left;
  uint64_t seed;
  ew__fault *fault;
} reader;

/* -------------------------------------------------------------------------------------- names */

static uint64_t hash_bytes(uint64_t hash, const char *ptr, size_t len) {
  for (size_t i = 0; i < len; i++) {
    hash = (hash ^ (unsigned char)ptr[i]) * UINT64_C(0x100000001b3);
  }
  return hash;
}

static uint64_t hash_text(ew__span span) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  if (!span.escaped) {
    hash = hash_bytes(hash, span.ptr, span.len);
  } else {
    ew__chars chars = ew__chars_of(span, 0);
    for (int c = ew__chars_next(&chars); c >= 0; c = ew__chars_next(&chars)) {
      char byte = (char)c;
      hash = hash_bytes(hash, &byte, 1);
    }
  }
  return hash;
}

static bool same_text(ew__span a, ew__span b) {
  if (!a.escaped && !b.escaped) {
    return a.len == b.len && ew__same_bytes(a.ptr, b.ptr, a.len);
  }
  return ew__is_same_span(a, b, 0);
}

static ew__span span_of(const reader *r, uint32_t node) {
  ew__tree tree = {r->begin, r->nodes, r->count};
  return ew__tree_span(&tree, node);
}

static const char *refuse_twice(reader *r, uint32_t name) {
  return ew__refuse(r->fault, EW_ERR_DUPLICATE, r->begin + r->nodes[name].at - 1,
                    "a member that was not there yet");
}

static uint32_t name_behind(const reader *r, uint32_t name) { return r->nodes[name + 1].next; }

static const char *check_few_names(reader *r, uint32_t object, const char *p) {
  uint32_t behind = object + 1;
  for (uint32_t i = 0; i < r->nodes[object].count; i++, behind = name_behind(r, behind)) {
    for (uint32_t other = object + 1; other != behind; other = name_behind(r, other)) {
      if (same_text(span_of(r, other), span_of(r, behind))) {
        return refuse_twice(r, behind);
      }
    }
  }
  return p;
}

/*
 * Names by their hash, in the memory behind the nodes. The seed is not known outside; whoever finds
 * names that meet all the same runs into the bound on steps.
 */
static const char *check_many_names(reader *r, uint32_t object, const char *p) {
  uint32_t count = r->nodes[object].count;
  uint32_t slots = 16;
  while (slots < count * 2) {
    slots *= 2;
  }
  if ((r->room - r->count) < slots / 4 + 1) {
    return ew__refuse(r->fault, EW_ERR_ARENA_FULL, p, "");
  }
  uint32_t *table = (uint32_t *)(void *)(r->nodes + r->count);
  memset(table, 0, slots * sizeof(uint32_t));
  uint64_t steps = (uint64_t)count * 64;
  uint32_t name = object + 1;
  for (uint32_t i = 0; i < count; i++, name = name_behind(r, name)) {
    ew__span text = span_of(r, name);
    uint64_t at = ((hash_text(text) ^ r->seed) * HASH_FACTOR) >> 32;
    for (; table[at & (slots - 1)] != 0; at++) {
      uint32_t other = table[at & (slots - 1)];
      if (same_text(span_of(r, other), text)) {
        return refuse_twice(r, name);
      }
      if (steps-- == 0) {
        return ew__refuse(r->fault, EW_ERR_TOO_LARGE, p, "member names that differ more");
      }
    }
    table[at & (slots - 1)] = name;
  }
  return p;
}

static const char *check_names(reader *r, uint32_t object, const char *p) {
  return r->nodes[object].count <= FEW_MEMBERS ? check_few_names(r, object, p)
                                               : check_many_names(r, object, p);
}

/* ------------------------------------------------------------------------------------- reading */

static const char *read_value(reader *r, const char *p);

/* A new node at p; false: no room. */
static bool add_node(reader *r, const char *p, ew_json_type type) {
  if (r->count == r->room) {
    (void)ew__refuse(r->fault, EW_ERR_ARENA_FULL, p, "");
    return false;
  }
  r->nodes[r->count++] = (ew__node){.at = (uint32_t)(p - r->begin), .type = (uint32_t)type & 63};
  return true;
}

static const char *close_node(reader *r, uint32_t node, const char *p) {
  r->nodes[node].len = (uint32_t)(p - r->begin) - r->nodes[node].at;
  r->nodes[node].next = r->count;
  return p;
}

static const char *read_string(reader *r, const char *p) {
  ew__span span;
  if (p == r->end || *p != '"') {
    return ew__refuse(r->fault, p == r->end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX, p, "a member name");
  }
  const char *behind = ew__scan_string(p, r->end, 0, &span, r->fault);
  if (behind == NULL || !add_node(r, p + 1, EW_JSON_STRING)) {
    return NULL;
  }
  ew__node *node = &r->nodes[r->count - 1];
  node->len = span.len;
  node->escaped = span.escaped ? 1 : 0;
  node->next = r->count;
  size_t size = span.escaped ? ew__unescaped_size(span, 0) : span.len;
  return size <= r->limits->max_string_bytes
             ? behind
             : ew__refuse(r->fault, EW_ERR_TOO_LARGE, p, "a shorter string");
}

static const char *read_member(reader *r, const char *p) {
  p = read_string(r, p);
  if (p == NULL) {
    return NULL;
  }
  p = ew__skip_white(p, r->end);
  if (p == r->end || *p != ':') {
    return ew__refuse(r->fault, p == r->end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX, p, "\":\"");
  }
  return read_value(r, ew__skip_white(p + 1, r->end));
}

static const char *refuse_separator(reader *r, const char *p, bool object) {
  return ew__refuse(r->fault, p == r->end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX, p,
                    object ? "\",\" or \"}\"" : "\",\" or \"]\"");
}

/* p is behind the opening bracket. */
static const char *read_items(reader *r, const char *p, uint32_t node, bool object) {
  char close = object ? '}' : ']';
  p = ew__skip_white(p, r->end);
  if (p < r->end && *p == close) {
    return p + 1;
  }
  for (uint32_t count = 1;; count++) {
    if (count > r->limits->max_items || count > EW__TREE_MAX_COUNT) {
      return ew__refuse(r->fault, EW_ERR_TOO_LARGE, p, object ? "fewer members" : "fewer elements");
    }
    p = object ? read_member(r, p) : read_value(r, p);
    if (p == NULL) {
      return NULL;
    }
    r->nodes[node].count = count & EW__TREE_MAX_COUNT;
    p = ew__skip_white(p, r->end);
    if (p == r->end || (*p != ',' && *p != close)) {
      return refuse_separator(r, p, object);
    }
    if (*p++ == close) {
      return object ? check_names(r, node, p) : p;
    }
    p = ew__skip_white(p, r->end);
  }
}

static const char *read_container(reader *r, const char *p, ew_json_type type) {
  uint32_t node = r->count;
  if (r->depth_left == 0) {
    return ew__refuse(r->fault, EW_ERR_DEPTH, p, "");
  }
  if (!add_node(r, p, type)) {
    return NULL;
  }
  r->depth_left--;
  p = read_items(r, p + 1, node, type == EW_JSON_OBJECT);
  r->depth_left++;
  return p == NULL ? NULL : close_node(r, node, p);
}

static const char *read_scalar(reader *r, const char *p, ew_json_type type) {
  uint32_t node = r->count;
  if (!add_node(r, p, type)) {
    return NULL;
  }
  if (type == EW_JSON_NUMBER) {
    ew__number number;
    p = ew__scan_number(p, r->end, &number, r->fault);
  } else if (type == EW_JSON_NULL) {
    p = ew__scan_word(p, r->end, "null", 4, r->fault);
  } else {
    p = *p == 't' ? ew__scan_word(p, r->end, "true", 4, r->fault)
                  : ew__scan_word(p, r->end, "false", 5, r->fault);
  }
  return p == NULL ? NULL : close_node(r, node, p);
}

static const char *read_value(reader *r, const char *p) {
  ew_json_type type = ew__json_type(p, r->end);
  switch (type) {
    case EW_JSON_NONE:
      return ew__refuse(r->fault, p == r->end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX, p, "a value");
    case EW_JSON_STRING:
      return read_string(r, p);
    case EW_JSON_ARRAY:
    case EW_JSON_OBJECT:
      return read_container(r, p, type);
    default:
      return read_scalar(r, p, type);
  }
}

static const char *read_text(reader *r, const char *end) {
  const char *p = read_value(r, ew__skip_white(r->begin, r->end));
  if (p == NULL) {
    return NULL;
  }
  p = ew__skip_white(p, r->end);
  if (p < r->end) {
    return ew__refuse(r->fault, EW_ERR_TRAILING, p, "the end of the text");
  }
  return r->end == end ? p : ew__refuse(r->fault, EW_ERR_UTF8, p, "UTF-8");
}

static void align(ew_arena *arena) {
  uintptr_t at = (uintptr_t)arena->base + arena->used;
  size_t pad = (size_t)(0 - at) % sizeof(ew__node);
  arena->used = arena->size - arena->used < pad ? arena->size : arena->used + pad;
}

ew_err ew__tree_read(ew_str text, const ew_limits *limits, ew_arena *arena, ew__tree *out,
                     ew__fault *fault) {
  size_t cut = text.len;
  bool whole = ew__utf8_check(text.ptr, text.len, &cut) == EW_OK;
  const char *end = text.ptr + text.len;
  align(arena);
  size_t room = (arena->size - arena->used) / sizeof(ew__node);
  reader r = {.begin = text.ptr,
              .end = whole ? end : text.ptr + cut,
              .limits = limits,
              .nodes = (ew__node *)(void *)(arena->base + arena->used),
              .room = room < UINT32_MAX ? (uint32_t)room : UINT32_MAX,
              .depth_left = limits->max_depth,
              .seed = (uint64_t)(uintptr_t)arena->base * HASH_FACTOR,
              .fault = fault};
  if (read_text(&r, end) == NULL) {
    /* What runs into bytes that are no UTF-8 is refused for them. */
    if (!whole && fault->at == r.end) {
      *fault = (ew__fault){EW_ERR_UTF8, r.end, "UTF-8"};
    }
    return fault->err;
  }
  arena->used += r.count * sizeof(ew__node);
  *out = (ew__tree){text.ptr, r.nodes, r.count};
  return EW_OK;
}

/* ------------------------------------------------------------------------------------- looking */

const char *ew__tree_place(const ew__tree *tree, uint32_t node) {
  const ew__node *n = &tree->nodes[node];
  return tree->text + n->at - (n->type == EW_JSON_STRING ? 1 : 0);
}

uint32_t ew__tree_member(const ew__tree *tree, uint32_t object, ew_text name) {
  uint32_t at = object + 1;
  for (uint32_t i = 0; i < tree->nodes[object].count; i++, at = tree->nodes[at + 1].next) {
    ew__span span = ew__tree_span(tree, at);
    if (same_text(span, (ew__span){name.ptr, name.len, false})) {
      return at + 1;
    }
  }
  return 0;
}

/* ----------------------------------------------------------------------------------- comparing */

static bool take_step(uint64_t *steps, uint64_t n) {
  if (*steps <= n) {
    *steps = 0;
    return false;
  }
  *steps -= n;
  return true;
}

static bool equal_arrays(const ew__tree *a, uint32_t x, const ew__tree *b, uint32_t y,
                         uint64_t *steps) {
  uint32_t p = x + 1;
  uint32_t q = y + 1;
  for (uint32_t i = 0; i < a->nodes[x].count; i++) {
    if (!ew__tree_equal(a, p, b, q, steps)) {
      return false;
    }
    p = a->nodes[p].next;
    q = b->nodes[q].next;
  }
  return true;
}

/* The member of object y with the name at p; first tried where the last one was followed. */
static uint32_t find_member(const ew__tree *a, uint32_t p, const ew__tree *b, uint32_t y,
                            uint32_t expected, uint64_t *steps) {
  ew__span name = ew__tree_span(a, p);
  if (expected < b->nodes[y].next && same_text(ew__tree_span(b, expected), name)) {
    return expected;
  }
  uint32_t q = y + 1;
  for (uint32_t i = 0; i < b->nodes[y].count; i++, q = b->nodes[q + 1].next) {
    if (!take_step(steps, 1)) {
      return 0;
    }
    if (same_text(ew__tree_span(b, q), name)) {
      return q;
    }
  }
  return 0;
}

static bool equal_objects(const ew__tree *a, uint32_t x, const ew__tree *b, uint32_t y,
                          uint64_t *steps) {
  uint32_t p = x + 1;
  uint32_t expected = y + 1;
  for (uint32_t i = 0; i < a->nodes[x].count; i++) {
    uint32_t q = find_member(a, p, b, y, expected, steps);
    if (q == 0 || !ew__tree_equal(a, p + 1, b, q + 1, steps)) {
      return false;
    }
    p = a->nodes[p + 1].next;
    expected = b->nodes[q + 1].next;
  }
  return true;
}

bool ew__tree_equal(const ew__tree *a, uint32_t x, const ew__tree *b, uint32_t y, uint64_t *steps) {
  const ew__node *left = &a->nodes[x];
  const ew__node *right = &b->nodes[y];
  if (left->type != right->type || left->count != right->count || !take_step(steps, 1)) {
    return false;
  }
  switch ((ew_json_type)left->type) {
    case EW_JSON_NUMBER: {
      ew__decimal m = ew__tree_number(a, x);
      ew__decimal n = ew__tree_number(b, y);
      return take_step(steps, left->len / 16) && ew__decimal_compare(&m, &n) == 0;
    }
    case EW_JSON_STRING:
      return take_step(steps, left->len / 16) &&
             same_text(ew__tree_span(a, x), ew__tree_span(b, y));
    case EW_JSON_BOOL:
      return left->len == right->len;
    case EW_JSON_ARRAY:
      return equal_arrays(a, x, b, y, steps);
    case EW_JSON_OBJECT:
      return equal_objects(a, x, b, y, steps);
    default:
      return true;
  }
}

/* Members in any order: their hashes are added up. */
static uint64_t hash_object(const ew__tree *tree, uint32_t object) {
  uint64_t hash = 0;
  uint32_t at = object + 1;
  for (uint32_t i = 0; i < tree->nodes[object].count; i++, at = tree->nodes[at + 1].next) {
    uint64_t name = hash_text(ew__tree_span(tree, at)) * HASH_FACTOR;
    hash += (name ^ (name >> 29)) * (ew__tree_hash(tree, at + 1) | 1);
  }
  return hash;
}

static uint64_t hash_array(const ew__tree *tree, uint32_t array) {
  uint64_t hash = 7;
  uint32_t at = array + 1;
  for (uint32_t i = 0; i < tree->nodes[array].count; i++, at = tree->nodes[at].next) {
    hash = (hash ^ ew__tree_hash(tree, at)) * HASH_FACTOR;
  }
  return hash;
}

uint64_t ew__tree_hash(const ew__tree *tree, uint32_t node) {
  const ew__node *n = &tree->nodes[node];
  uint64_t hash = n->type;
  switch ((ew_json_type)n->type) {
    case EW_JSON_NUMBER: {
      ew__decimal number = ew__tree_number(tree, node);
      hash += ew__decimal_hash(&number);
      break;
    }
    case EW_JSON_STRING:
      hash += hash_text(ew__tree_span(tree, node));
      break;
    case EW_JSON_BOOL:
      hash += n->len;
      break;
    case EW_JSON_ARRAY:
      hash += hash_array(tree, node);
      break;
    case EW_JSON_OBJECT:
      hash += hash_object(tree, node);
      break;
    default:
      break;
  }
  return (hash ^ (hash >> 31)) * HASH_FACTOR;
}
