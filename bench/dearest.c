/*
 * The dearest texts there are: every place of every message, stretched to a given size in every
 * way that might cost something.
 *
 *   dearest search SIZE [PART]  times all cases (every PARTth): nanoseconds per byte, and the case
 *   dearest play SIZE           plays the cases named on standard input and, under callgrind, dumps
 *                               the cost of each
 *   dearest show SIZE           writes the text of the case named on standard input
 *   dearest agree SIZE [PART]   asks whether both engines, and validating, refuse every text alike
 *
 * A case is a row of words: root, place, shape, ending, operation and profile.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <valgrind/callgrind.h>

#include "subjects.h"
#include "tree.h"

#define MAX_PLACES 2000u
#define MAX_PATH 200u

/* ---------------------------------------------------------------------------------------- places */

/** A node of a valid vector: where a text can grow. */
typedef struct place {
  const subject *subject;
  const ew_vector *vector;
  const ew_type *root;
  size_t node;
  char path[MAX_PATH]; /* with * for every index, and the protocol before it */
} place;

typedef struct places {
  place *items;
  size_t count;
} places;

static void extend_path(char *path, const node *parent, const node *child) {
  size_t len = strlen(path);
  int name = (int)child->name.len;
  if (parent->kind == '{') {
    snprintf(path + len, MAX_PATH - len, "/%.*s", name < 2 ? 0 : name - 2, child->name.ptr + 1);
  } else {
    snprintf(path + len, MAX_PATH - len, "/*");
  }
}

static bool is_known(const places *all, const ew_type *root, const char *path) {
  for (size_t i = 0; i < all->count; i++) {
    if (all->items[i].root == root && strcmp(all->items[i].path, path) == 0) {
      return true;
    }
  }
  return false;
}

static void add_places(places *all, place *at, const node *n) {
  if (!is_known(all, at->root, at->path) && all->count < MAX_PLACES) {
    all->items[all->count++] = *at;
  }
  at->node++;
  size_t len = strlen(at->path);
  for (const node *child = n->first; child != NULL; child = child->next) {
    extend_path(at->path, n, child);
    add_places(all, at, child);
    at->path[len] = '\0';
  }
}

static void add_vector(places *all, pool *p, const subject *s, const ew_vector *v) {
  node *root = tree_parse(p, ew_str_from(v->json, v->len));
  const ew_type *type = subject_type(s, v, true);
  if (v->verdict != EW_VECTOR_VALID || root == NULL || type == NULL) {
    return;
  }
  place at = {.subject = s, .vector = v, .root = type};
  const char *name = type == s->document->to_server   ? "to_server"
                     : type == s->document->to_client ? "to_client"
                                                      : v->message;
  snprintf(at.path, sizeof(at.path), "%s.%s", s->document->name, name);
  add_places(all, &at, root);
}

static void find_places(places *all, pool *p) {
  all->items = (place *)calloc(MAX_PLACES, sizeof(place));
  all->count = 0;
  for (size_t i = 0; all->items != NULL && i < SUBJECT_COUNT; i++) {
    for (size_t k = 0; k < *SUBJECTS[i].count; k++) {
      p->used = 0;
      add_vector(all, p, &SUBJECTS[i], &SUBJECTS[i].vectors[k]);
    }
  }
}

/* ---------------------------------------------------------------------------------------- shapes */

typedef enum how {
  IN_STRING, /* the value becomes a string of repeated bytes */
  IN_ARRAY,  /* the value becomes an array of repeated elements */
  IN_OBJECT, /* the value becomes an object of repeated members; # in a name counts */
  AS_IS,     /* the value becomes the repeated bytes */
  BETWEEN,   /* the value becomes what stands between two bars, repeated, with what stands around them */
  NESTED,    /* the value becomes an opening repeated, then the other half repeated */
  TOOTHED,   /* nested as deep as is allowed, again and again */
  MEMBERS,   /* members come before those of the object */
  MEMBERS_LAST,
  ELEMENTS,  /* the value's own first child again and again */
  TURNED,    /* the same with all members in the opposite order */
  SPACED     /* the same with white space between all tokens */
} how;

typedef struct shape {
  const char *name;
  how how;
  const char *unit;
} shape;

static const shape SHAPES[] = {
    {"ascii", IN_STRING, "a"},
    {"digits", IN_STRING, "7"},
    {"hex", IN_STRING, "abcdef0123456789"},
    {"base64", IN_STRING, "QUJD"},
    {"escape-n", IN_STRING, "\\n"},
    {"escape-slash", IN_STRING, "\\/"},
    {"escape-u", IN_STRING, "\\u0041"},
    {"escape-nul", IN_STRING, "\\u0000"},
    {"escape-u2", IN_STRING, "\\u00e9"},
    {"escape-u3", IN_STRING, "\\u20ac"},
    {"escape-pairs", IN_STRING, "\\ud83d\\ude00"},
    {"escape-half", IN_STRING, "\\ud83d"},
    {"escape-mixed", IN_STRING, "a\\n"},
    {"escape-rare", IN_STRING, "0123456789abcdef\\t"},
    {"escaped-json", IN_STRING, "[\\\"\\\",{}],"},
    {"utf8-2", IN_STRING, "\xc3\xa9"},
    {"utf8-3", IN_STRING, "\xe2\x82\xac"},
    {"utf8-4", IN_STRING, "\xf0\x9f\x98\x80"},
    {"utf8-mixed", IN_STRING, "a\xc3\xa9"},
    {"utf8-mixed3", IN_STRING, "ab\xe2\x82\xac"},
    {"utf8-bad", IN_STRING, "\xff"},
    {"control", IN_STRING, "\x01"},
    {"ones", IN_ARRAY, "1"},
    {"tens", IN_ARRAY, "10"},
    {"hundreds", IN_ARRAY, "100"},
    {"minus", IN_ARRAY, "-1"},
    {"words", IN_ARRAY, "true"},
    {"nulls", IN_ARRAY, "null"},
    {"empty-strings", IN_ARRAY, "\"\""},
    {"escaped-strings", IN_ARRAY, "\"\\n\""},
    {"unicode-strings", IN_ARRAY, "\"\\u000a\""},
    {"utf8-strings", IN_ARRAY, "\"\xc3\xa9\""},
    {"empty-arrays", IN_ARRAY, "[]"},
    {"empty-objects", IN_ARRAY, "{}"},
    {"small-objects", IN_ARRAY, "{\"a\":1}"},
    {"nested-small", IN_ARRAY, "[[{\"\":[]}]]"},
    {"exponents", IN_ARRAY, "1e5"},
    {"signed-exponents", IN_ARRAY, "-1e-5"},
    {"fractions", IN_ARRAY, "0.5"},
    {"doubles", IN_ARRAY, "1.7976931348623157e308"},
    {"slow-doubles", IN_ARRAY, "8.41e-308"},
    {"half-way", IN_ARRAY, "9007199254740993.00000000000000000000000000000000000001"},
    {"members", IN_OBJECT, "\"#\":0"},
    {"members-same", IN_OBJECT, "\"a\":0"},
    {"members-empty", IN_OBJECT, "\"\":0"},
    {"members-text", IN_OBJECT, "\"#\":\"\""},
    {"members-object", IN_OBJECT, "\"#\":{}"},
    {"members-long", IN_OBJECT, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#\":\"\""},
    {"members-escaped", IN_OBJECT, "\"\\u0061\\n\\/#\":\"\""},
    {"members-null", IN_OBJECT, "\"#\":null"},
    {"number", AS_IS, "7"},
    {"fraction", AS_IS, "0.00000001"},
    {"number-cut", BETWEEN, "|9|e"},
    {"number-half", BETWEEN, "|9|.5"},
    {"number-zeros", BETWEEN, "1|0|.0"},
    {"fraction-cut", BETWEEN, "0.|0|1e"},
    {"fraction-zeros", BETWEEN, "0.|0|1"},
    {"exponent-long", BETWEEN, "1e|0|1"},
    {"exponent-cut", BETWEEN, "1e|9|."},
    {"garbage", AS_IS, "x"},
    {"quotes", AS_IS, "\""},
    {"spaces", AS_IS, " "},
    {"lines", AS_IS, "\n"},
    {"deep-arrays", NESTED, "["},
    {"deep-objects", NESTED, "{\"a\":"},
    {"teeth-arrays", TOOTHED, "["},
    {"teeth-objects", TOOTHED, "{\"\":"},
    {"unknown", MEMBERS, "\"#\":0"},
    {"unknown-same", MEMBERS, "\"u\":0"},
    {"unknown-empty", MEMBERS, "\"\":0"},
    {"unknown-long", MEMBERS, "\"uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu\":0"},
    {"unknown-escaped", MEMBERS, "\"\\u0074ype \":0"},
    {"unknown-slash", MEMBERS, "\"\\/\":0"},
    {"unknown-text", MEMBERS, "\"u\":\"text\""},
    {"unknown-nested", MEMBERS, "\"u\":[{}]"},
    {"unknown-last", MEMBERS_LAST, "\"u\":0"},
    {"unknown-escaped-last", MEMBERS_LAST, "\"\\u0074ype \":0"},
    {"known-upper", MEMBERS, "\"^\":?"},
    {"known-again", MEMBERS, "\"$\":?"},
    {"known-escaped", MEMBERS, "\"%\":?"},
    {"near-known", MEMBERS, "\"&\":0"},
    {"again", ELEMENTS, ""},
    {"again-turned", TURNED, ""},
    {"again-spaced", SPACED, " "},
    {"again-lines", SPACED, "\n  "},
};
#define SHAPE_COUNT (sizeof(SHAPES) / sizeof(SHAPES[0]))

static const char *const ENDINGS[] = {"right", "trailing", "cut", "bad-utf8", "twice", "missing"};
#define ENDING_COUNT (sizeof(ENDINGS) / sizeof(ENDINGS[0]))

static const char *const OPERATIONS[] = {"decode", "table", "validate", "encode", "straight"};
#define OPERATION_COUNT (sizeof(OPERATIONS) / sizeof(OPERATIONS[0]))

static const char *const PROFILES[] = {"strict", "lenient", "compat"};

/** One case. */
typedef struct trial {
  const place *place;
  const shape *shape;
  size_t ending;
  size_t operation;
  ew_profile profile;
} trial;

static void add(text *t, const char *s) { text_add(t, s, strlen(s)); }

/* name with its case turned, its first letter escaped or its last byte changed. */
static void add_name(text *out, const node *object, size_t number, char way) {
  ew_str name = ew_str_from("\"type\"", 6);
  size_t children = tree_children(object);
  if (children > 0) {
    const node *child = object->first;
    for (size_t i = number % children; i > 0; i--) {
      child = child->next;
    }
    name = child->name;
  }
  for (uint32_t i = 1; i + 1 < name.len; i++) {
    char c = name.ptr[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (way == '^' && letter) {
      c = (char)(c ^ 0x20);
    }
    if (way == '&' && i + 2 == name.len) {
      c = '!';
    }
    if (way == '%' && i == 1 && letter) {
      char escape[8];
      snprintf(escape, sizeof(escape), "\\u%04x", (unsigned char)c);
      add(out, escape);
    } else {
      text_add(out, &c, 1);
    }
  }
}

static void add_value_of(text *out, const node *object, size_t number) {
  size_t children = tree_children(object);
  const node *child = object->first;
  for (size_t i = children == 0 ? 0 : number % children; i > 0; i--) {
    child = child->next;
  }
  if (child == NULL) {
    add(out, "0");
  } else {
    tree_write(child, out, NULL, NULL);
  }
}

static void add_unit(text *out, const shape *s, const node *at, size_t number) {
  for (const char *c = s->unit; *c != '\0'; c++) {
    char digits[24];
    if (*c == '#') {
      snprintf(digits, sizeof(digits), "%zu", number);
      add(out, digits);
    } else if (strchr("^$%&", *c) != NULL) {
      add_name(out, at, number, *c);
    } else if (*c == '?') {
      add_value_of(out, at, number);
    } else {
      text_add(out, c, 1);
    }
  }
}

static void repeat(text *out, const shape *s, const node *at, size_t size, bool commas) {
  size_t begin = out->len;
  for (size_t number = 0; out->len - begin < size; number++) {
    text_add(out, ",", commas && number > 0);
    add_unit(out, s, at, number);
  }
}

static void repeat_between(text *out, const shape *s, size_t size) {
  const char *unit = strchr(s->unit, '|') + 1;
  const char *tail = strchr(unit, '|');
  size_t begin = out->len;
  text_add(out, s->unit, (size_t)(unit - s->unit) - 1);
  while (out->len - begin < size) {
    text_add(out, unit, (size_t)(tail - unit));
  }
  add(out, tail + 1);
}

static void nest(text *out, const char *unit, size_t levels) {
  for (size_t i = 0; i < levels; i++) {
    add(out, unit);
  }
  text_add(out, "0", unit[0] == '{');
  for (size_t i = 0; i < levels; i++) {
    add(out, unit[0] == '{' ? "}" : "]");
  }
}

static void add_teeth(text *out, const char *unit, size_t size) {
  size_t begin = out->len;
  add(out, "[");
  do {
    text_add(out, ",", out->len > begin + 1);
    nest(out, unit, 40);
  } while (out->len - begin < size);
  add(out, "]");
}

static void turn(node *n) {
  node *turned = NULL;
  node *next;
  for (node *child = n->first; child != NULL; child = next) {
    next = child->next;
    turn(child);
    child->next = turned;
    turned = child;
  }
  n->first = turned;
}

static void add_space(void *ctx, text *out) { add(out, (const char *)ctx); }

/* Children again and again, until the size is reached. False: there are none. */
static bool multiply(pool *p, node *at, size_t size, size_t unit_size) {
  if (at->kind != '[' || at->first == NULL) {
    return false;
  }
  const node *first = at->first;
  node **end = tree_slot(at, tree_children(at));
  for (size_t added = 0; added < size && p->size - p->used > (1u << 20); added += unit_size) {
    *end = tree_clone(p, first);
    end = &(*end)->next;
  }
  return true;
}

static size_t written_size(const node *n, white_fn *white, void *ctx) {
  text none = {NULL, 0, 0};
  tree_write(n, &none, white, ctx);
  return none.len + 1;
}

static void replace(node *at, const node *by) {
  at->kind = by->kind;
  at->text = by->text;
  at->first = by->first;
}

static bool insert_members(pool *p, const shape *s, node *at, text *scratch, size_t size) {
  if (at->kind != '{') {
    return false;
  }
  repeat(scratch, s, at, size, true);
  /* A name and its colon are part of the unit: written as the name of a child without value. */
  node *whole = tree_clone(p, at);
  text inside = {scratch->ptr + scratch->len, scratch->size - scratch->len, 0};
  tree_write(whole, &inside, NULL, NULL);
  bool empty = at->first == NULL;
  char *joined = (char *)pool_take(p, scratch->len + inside.len + 8);
  text out = {joined, scratch->len + inside.len + 8, 0};
  if (s->how == MEMBERS) {
    add(&out, "{");
    text_add(&out, scratch->ptr, scratch->len);
    text_add(&out, ",", !empty);
    text_add(&out, inside.ptr + 1, inside.len - 1);
  } else {
    text_add(&out, inside.ptr, inside.len - 1);
    text_add(&out, ",", !empty);
    text_add(&out, scratch->ptr, scratch->len);
    add(&out, "}");
  }
  at->kind = 0;
  at->first = NULL;
  at->text = ew_str_from(out.ptr, out.len);
  return true;
}

static bool apply_fill(pool *p, const shape *s, node *at, text *t, size_t size) {
  switch (s->how) {
  case IN_STRING:
    add(t, "\"");
    repeat(t, s, at, size, false);
    add(t, "\"");
    break;
  case IN_ARRAY:
    add(t, "[");
    repeat(t, s, at, size, true);
    add(t, "]");
    break;
  case IN_OBJECT:
    add(t, "{");
    repeat(t, s, at, size, true);
    add(t, "}");
    break;
  case AS_IS:
    repeat(t, s, at, size, false);
    if (strcmp(s->name, "spaces") == 0 || strcmp(s->name, "lines") == 0) {
      tree_write(at, t, NULL, NULL);
    }
    break;
  case BETWEEN:
    repeat_between(t, s, size);
    break;
  case NESTED:
    nest(t, s->unit, size / (strlen(s->unit) + 1));
    break;
  case TOOTHED:
    add_teeth(t, s->unit, size);
    break;
  case MEMBERS:
  case MEMBERS_LAST:
  case ELEMENTS:
  case TURNED:
  case SPACED:
    return false;
  }
  replace(at, tree_scalar(p, ew_str_from(t->ptr, t->len)));
  return true;
}

static bool drop_first_member(node *root) {
  if (root->kind != '{' || root->first == NULL) {
    return false;
  }
  root->first = root->first->next;
  return true;
}

/* The text of a case; false when the shape does not fit the place. */
static bool build(const trial *t, pool *p, size_t size, text *out) {
  const shape *s = t->shape;
  p->used = 0;
  out->len = 0;
  node *root = tree_parse(p, ew_str_from(t->place->vector->json, t->place->vector->len));
  node *at = root == NULL ? NULL : tree_at(root, t->place->node);
  char *white = s->how == SPACED ? (char *)pool_take(p, 8) : NULL;
  white_fn *spaced = s->how == SPACED ? add_space : NULL;
  bool fits = at != NULL;
  if (s->how == SPACED) {
    strcpy(white, s->unit);
  }
  if (fits && (s->how == ELEMENTS || s->how == TURNED || s->how == SPACED)) {
    fits = at->first != NULL &&
           multiply(p, at, size, written_size(at->first, spaced, white));
    if (fits && s->how == TURNED) {
      turn(root);
    }
  } else if (fits) {
    text scratch = {(char *)pool_take(p, 2 * size + 65536), 2 * size + 65536, 0};
    fits = s->how == MEMBERS || s->how == MEMBERS_LAST
               ? insert_members(p, s, at, &scratch, size)
               : apply_fill(p, s, at, &scratch, size);
  }
  const char *ending = ENDINGS[t->ending];
  if (fits && strcmp(ending, "missing") == 0) {
    fits = at != root && drop_first_member(root);
  }
  if (fits && strcmp(ending, "twice") == 0) {
    fits = root->kind == '{' && root->first != NULL;
    if (fits) {
      node **end = tree_slot(root, tree_children(root));
      *end = tree_clone(p, root->first);
    }
  }
  if (!fits) {
    return false;
  }
  tree_write(root, out, spaced, white);
  if (strcmp(ending, "trailing") == 0) {
    add(out, "x");
  } else if (strcmp(ending, "cut") == 0) {
    out->len--;
  } else if (strcmp(ending, "bad-utf8") == 0) {
    add(out, "\xff");
  }
  return out->len <= out->size;
}

/* ----------------------------------------------------------------------------------- operations */

typedef struct bench {
  pool pool;
  text text;
  ew_arena arena;
  char *value;
  text out;
} bench;

#define ARENA_BYTES ((size_t)64 << 20)
#define VALUE_BYTES 65536u

static void bench_init(bench *b, size_t size) {
  size_t room = 8 * size + (1u << 20);
  pool_init(&b->pool, 64 * size + ((size_t)8 << 20));
  b->text = (text){(char *)malloc(room), room, 0};
  b->out = (text){(char *)malloc(8 * room), 8 * room, 0};
  b->value = (char *)malloc(VALUE_BYTES);
  ew_arena_init(&b->arena, malloc(ARENA_BYTES), ARENA_BYTES);
  if (b->text.ptr == NULL || b->out.ptr == NULL || b->value == NULL || b->arena.base == NULL) {
    perror("malloc");
    exit(70);
  }
}

static ew_err decode(bench *b, const trial *t, ew_engine engine, ew_diag *diag) {
  ew_decode_options opts = {.profile = t->profile, .engine = engine};
  ew_str json = ew_str_from(b->text.ptr, b->text.len);
  ew_arena_reset(&b->arena);
  return ew_type_decode(t->place->root, json, &b->arena, &opts, b->value, diag);
}

/* Bytes that went through, 0 when the operation does not apply. */
static size_t operate(bench *b, const trial *t, ew_err *err) {
  ew_diag diag;
  ew_decode_options opts = {.profile = t->profile};
  ew_buf out;
  switch (t->operation) {
  case 0:
    *err = decode(b, t, EW_ENGINE_AUTO, &diag);
    return b->text.len;
  case 1:
    *err = decode(b, t, EW_ENGINE_TABLE, &diag);
    return b->text.len;
  case 2:
    *err = ew_type_validate(t->place->root, ew_str_from(b->text.ptr, b->text.len), &opts, &diag);
    return b->text.len;
  case 4:
    *err = decode(b, t, EW_ENGINE_STRAIGHT, &diag);
    return *err == EW_ERR_UNSUPPORTED ? 0 : b->text.len;
  default:
    ew_buf_init(&out, b->out.ptr, b->out.size);
    *err = ew_type_encode(t->place->root, b->value, &out, &diag);
    return *err == EW_OK ? out.len : b->text.len;
  }
}

static bool prepare(bench *b, const trial *t, size_t size) {
  if (!build(t, &b->pool, size, &b->text)) {
    return false;
  }
  /* An ending can take the large part away again. */
  if (b->text.len < size / 2) {
    return false;
  }
  return t->operation != 3 || decode(b, t, EW_ENGINE_AUTO, NULL) == EW_OK;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void print_case(FILE *file, const trial *t) {
  fprintf(file, "%s %s %s %s %s", t->place->path, t->shape->name, ENDINGS[t->ending],
          OPERATIONS[t->operation], PROFILES[t->profile]);
}

static void time_case(bench *b, const trial *t, size_t size) {
  if (!prepare(b, t, size)) {
    return;
  }
  double best = 1e9;
  size_t bytes = 0;
  ew_err err = EW_OK;
  for (int i = 0; i < 3; i++) {
    double begin = seconds();
    bytes = operate(b, t, &err);
    double took = seconds() - begin;
    best = took < best ? took : best;
  }
  if (bytes < size / 2) {
    return;
  }
  printf("%.2f ", best * 1e9 / (double)bytes);
  print_case(stdout, t);
  printf(" %s\n", ew_err_name(err));
}

static int search(bench *b, const places *all, size_t size, size_t part) {
  size_t number = 0;
  for (size_t i = 0; i < all->count; i++) {
    for (size_t s = 0; s < SHAPE_COUNT; s++) {
      for (size_t rest = 0; rest < ENDING_COUNT * OPERATION_COUNT * 3; rest++) {
        trial t = {&all->items[i], &SHAPES[s], rest / 3 / OPERATION_COUNT,
                   rest / 3 % OPERATION_COUNT, (ew_profile)(rest % 3)};
        if (number++ % part == 0) {
          time_case(b, &t, size);
        }
      }
    }
  }
  return 0;
}

/* ------------------------------------------------------------------------------------ agreement */

/* What the operation says of the text, in *diag. */
static void judge(bench *b, const trial *t, size_t operation, ew_diag *diag) {
  ew_decode_options opts = {.profile = t->profile};
  memset(diag, 0, sizeof(*diag));
  diag->err = operation == 2
                   ? ew_type_validate(t->place->root, ew_str_from(b->text.ptr, b->text.len), &opts, diag)
                   : decode(b, t, operation == 0 ? EW_ENGINE_AUTO : EW_ENGINE_TABLE, diag);
}

static bool is_same(const ew_diag *a, const ew_diag *b) {
  return a->err == b->err && a->offset == b->offset && strcmp(a->pointer, b->pointer) == 0 &&
         strcmp(a->schema, b->schema) == 0 && strcmp(a->found, b->found) == 0 &&
         a->line == b->line && a->column == b->column &&
         (a->err == EW_OK || strcmp(a->expected, b->expected) == 0);
}

/* How many operations judge the text unlike the table engine. */
static int disagree(bench *b, const trial *t) {
  ew_diag table, other;
  int failed = 0;
  judge(b, t, 1, &table);
  for (size_t operation = 0; operation <= 2; operation += 2) {
    judge(b, t, operation, &other);
    if (!is_same(&table, &other)) {
      printf("%s: %s at %zu %s, not %s at %zu %s: ", OPERATIONS[operation], ew_err_name(other.err),
             other.offset, other.pointer, ew_err_name(table.err), table.offset, table.pointer);
      print_case(stdout, t);
      printf("\n");
      failed++;
    }
  }
  return failed;
}

static int agree(bench *b, const places *all, size_t size, size_t part) {
  size_t number = 0;
  size_t texts = 0;
  int failed = 0;
  for (size_t i = 0; i < all->count; i++) {
    for (size_t s = 0; s < SHAPE_COUNT; s++) {
      for (size_t rest = 0; rest < ENDING_COUNT * 3; rest++) {
        trial t = {&all->items[i], &SHAPES[s], rest / 3, 1, (ew_profile)(rest % 3)};
        if (number++ % part == 0 && prepare(b, &t, size)) {
          texts++;
          failed += disagree(b, &t);
        }
      }
    }
  }
  printf("%zu texts, %d disagreements\n", texts, failed);
  return texts > 0 && failed == 0 ? 0 : 1;
}

/* ------------------------------------------------------------------------------------- by name */

static size_t index_of(const char *const *names, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(names[i], name) == 0) {
      return i;
    }
  }
  fprintf(stderr, "unknown word: %s\n", name);
  exit(2);
}

static bool parse_case(const char *line, const places *all, trial *out) {
  char path[MAX_PATH], shape_name[40], ending[40], operation[40], profile[40];
  if (sscanf(line, "%199s %39s %39s %39s %39s", path, shape_name, ending, operation, profile) !=
      5) {
    return false;
  }
  *out = (trial){NULL, NULL, index_of(ENDINGS, ENDING_COUNT, ending),
                 index_of(OPERATIONS, OPERATION_COUNT, operation),
                 (ew_profile)index_of(PROFILES, 3, profile)};
  for (size_t i = 0; i < all->count; i++) {
    out->place = strcmp(all->items[i].path, path) == 0 ? &all->items[i] : out->place;
  }
  for (size_t i = 0; i < SHAPE_COUNT; i++) {
    out->shape = strcmp(SHAPES[i].name, shape_name) == 0 ? &SHAPES[i] : out->shape;
  }
  return out->place != NULL && out->shape != NULL;
}

static void play_case(bench *b, const trial *t, size_t size, const char *line) {
  char label[500];
  ew_err err = EW_OK;
  if (!prepare(b, t, size)) {
    fprintf(stderr, "does not apply: %s\n", line);
    return;
  }
  size_t bytes = operate(b, t, &err);
  snprintf(label, sizeof(label), "%zu %s %s", bytes, ew_err_name(err), line);
  CALLGRIND_ZERO_STATS;
  operate(b, t, &err);
  CALLGRIND_DUMP_STATS_AT(label);
}

static int play(bench *b, const places *all, size_t size, bool show) {
  char line[400];
  int failed = 0;
  while (fgets(line, sizeof(line), stdin) != NULL) {
    trial t;
    line[strcspn(line, "\n")] = '\0';
    if (!parse_case(line, all, &t)) {
      fprintf(stderr, "no such case: %s\n", line);
      failed = 1;
    } else if (!show) {
      play_case(b, &t, size, line);
    } else if (prepare(b, &t, size)) {
      fwrite(b->text.ptr, 1, b->text.len, stdout);
    }
  }
  return failed;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: dearest search|play|show|agree SIZE [PART]\n");
    return 2;
  }
  size_t size = (size_t)strtoul(argv[2], NULL, 10);
  bench b;
  places all;
  bench_init(&b, size);
  find_places(&all, &b.pool);
  size_t part = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : 1;
  if (strcmp(argv[1], "search") == 0) {
    return search(&b, &all, size, part);
  }
  if (strcmp(argv[1], "agree") == 0) {
    return agree(&b, &all, size, part);
  }
  return play(&b, &all, size, strcmp(argv[1], "show") == 0);
}
