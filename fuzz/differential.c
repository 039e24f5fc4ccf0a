/*
 * Mutated messages, judged by everyone: the straight-line and the table engine, validate(), the
 * tolerant profiles, jansson and cJSON. Whoever differs must do so for a reason that is known.
 *
 *   differential [-n COUNT] [-s SEED] [-f FIRST] [-q]
 *
 * Message number i of a seed is always the same: `-s SEED -f i -n 1` repeats one. Exits 1 when a
 * difference is not explained.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compare.h"
#include "mutate.h"

#define TEXT_BYTES ((size_t)128 * 1024)
#define ARENA_BYTES ((size_t)4 * 1024 * 1024)
#define VALUE_BYTES ((size_t)16 * 1024)
#define MAX_SEED_BYTES 4000u
#define MAX_DEPTH 1024u
#define CJSON_MAX_DEPTH 1000u

typedef struct lab {
  stock stock;
  pool names; /* what the stock holds */
  pool pool;  /* of one message */
  text text;
  ew_str json;
  const ew_type *type;
  char *value[2];
  ew_arena arena[2];
  char *out[2];
  uint64_t counts[DIFFERENCE_COUNT];
  uint64_t accepted, compared, refused_by_schema, refused_by_syntax, checks;
  uint64_t seed, index;
  unsigned failures;
} lab;

/* ------------------------------------------------------------------------------------- findings */

static void print_text(ew_str s) {
  fputc('"', stderr);
  for (uint32_t i = 0; i < s.len && i < 6000; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    if (c == '"' || c == '\\') {
      fprintf(stderr, "\\%c", c);
    } else if (c < ' ' || c >= 0x7f) {
      fprintf(stderr, "\\%03o", c);
    } else {
      fputc(c, stderr);
    }
  }
  fprintf(stderr, "\"\n");
}

static void report(lab *l, const char *what, const char *one, const char *other) {
  l->failures++;
  fprintf(stderr, "UNEXPLAINED: %s: %s / %s\n  %s, repeat with -s %llu -f %llu -n 1\n  ", what, one,
          other, ew_type_schema(l->type), (unsigned long long)l->seed, (unsigned long long)l->index);
  print_text(l->json);
}

static void check(lab *l, bool holds, const char *what, const char *one, const char *other) {
  l->checks++;
  if (!holds) {
    report(l, what, one, other);
  }
}

static void count(lab *l, uint32_t classes) {
  for (unsigned i = 0; i < DIFFERENCE_COUNT; i++) {
    l->counts[i] += classes >> i & 1;
  }
}

static const char *verdict(bool accepted) { return accepted ? "accepted" : "refused"; }

static bool is_memory(ew_err err) {
  return err == EW_ERR_ARENA_FULL || err == EW_ERR_BUFFER_TOO_SMALL;
}

/* ------------------------------------------------------------------------------- syntax: jansson */

static void check_jansson(lab *l, bool ours) {
  uint32_t classes = 0;
  void *tree = jansson_parse(l->json, false);
  bool theirs = tree != NULL;
  jansson_free(tree);
  ew_str view = jansson_view(l->json, &l->pool, &classes);
  bool of_view = ew_json_check(view, MAX_DEPTH, NULL) == EW_OK;
  if (theirs && !of_view && nesting(view, view.len) > MAX_DEPTH) {
    count(l, BIT(JANSSON_DEPTH));
    return;
  }
  check(l, theirs == of_view, "syntax, jansson and we", verdict(theirs), verdict(of_view));
  if (theirs != ours) {
    check(l, classes != 0, "jansson differs for no known reason", verdict(theirs), verdict(ours));
    count(l, classes);
  }
}

/* --------------------------------------------------------------------------------- syntax: cJSON */

static void check_cjson(lab *l, bool ours) {
  uint32_t classes = 0;
  size_t length = 0;
  void *tree = cjson_parse(l->json, &length);
  bool theirs = tree != NULL;
  cjson_free(tree);
  bool whole = !theirs || length == l->json.len;
  classes |= whole ? 0 : BIT(CJSON_TRAILING);
  ew_str view = cjson_view(l->json, whole ? l->json.len : length, &l->pool, &classes);
  bool of_view = ew_json_check(view, CJSON_MAX_DEPTH, NULL) == EW_OK;
  if (ours && !of_view && nesting(view, view.len) > CJSON_MAX_DEPTH) {
    classes |= BIT(CJSON_DEPTH);
  }
  check(l, theirs == of_view, "syntax, cJSON and we", verdict(theirs), verdict(of_view));
  if (theirs != ours) {
    check(l, classes != 0, "cJSON differs for no known reason", verdict(theirs), verdict(ours));
    count(l, classes);
  }
}

/* What our refusal says is so. */
static void check_reason(lab *l, ew_err err, const ew_diag *diag, uint32_t max_depth) {
  const char *name = ew_err_name(err);
  size_t bad = utf8_stop(l->json);
  check(l, diag->err == err, "the diagnosis has another error", ew_err_name(diag->err), name);
  check(l, diag->offset <= l->json.len, "the diagnosis points out of the text", name, "");
  if (err == EW_ERR_UTF8) {
    check(l, diag->offset == bad && bad < l->json.len, "the text is UTF-8 there", name, "");
  } else if (err == EW_ERR_TRUNCATED) {
    check(l, diag->offset == l->json.len, "the text does not end there", name, "");
  } else if (err == EW_ERR_DEPTH) {
    check(l, nesting(l->json, diag->offset + 1) > max_depth, "the text is not so deep", name, "");
  } else if (err == EW_ERR_SURROGATE) {
    check(l, l->json.len - diag->offset >= 2 && memcmp(l->json.ptr + diag->offset, "\\u", 2) == 0,
          "no escape stands there", name, "");
  } else if (err == EW_ERR_TRAILING) {
    ew_str head = ew_str_from(l->json.ptr, diag->offset);
    check(l, ew_json_check(head, MAX_DEPTH, NULL) == EW_OK, "the head is no value", name, "");
  } else if (err == EW_ERR_DUPLICATE) {
    void *tree = jansson_parse(l->json, true);
    check(l, tree == NULL, "jansson finds no member twice", name, "");
    jansson_free(tree);
  }
  check(l, bad == l->json.len || diag->offset <= bad, "bad UTF-8 before that was passed over", name,
        "");
}

static bool is_syntax(ew_err err) { return err <= -200 && err > -300; }

/* Syntax, without a schema. */
static bool check_syntax(lab *l) {
  ew_diag diag;
  ew_err err = ew_json_check(l->json, MAX_DEPTH, &diag);
  if (err != EW_OK) {
    check(l, is_syntax(err), "syntax is refused for no reason of syntax", ew_err_name(err), "");
    check_reason(l, err, &diag, MAX_DEPTH);
  }
  check(l, err != EW_OK || utf8_stop(l->json) == l->json.len, "bad UTF-8 was accepted", "", "");
  check_jansson(l, err == EW_OK);
  check_cjson(l, err == EW_OK);
  return err == EW_OK;
}

/* -------------------------------------------------------------------------------------- engines */

static ew_err decode(lab *l, int slot, ew_profile profile, ew_engine engine, ew_str json,
                     ew_diag *diag) {
  ew_decode_options opts = {.profile = profile, .engine = engine};
  ew_arena_reset(&l->arena[slot]);
  memset(l->value[slot], 0xa5, l->type->size);
  return ew_type_decode(l->type, json, &l->arena[slot], &opts, l->value[slot], diag);
}

static void same_diag(lab *l, const char *what, ew_err a, const ew_diag *x, ew_err b,
                      const ew_diag *y) {
  check(l, a == b, what, ew_err_name(a), ew_err_name(b));
  if (a != EW_OK && a == b) {
    check(l, x->offset == y->offset, what, "offset", "other offset");
    check(l, strcmp(x->pointer, y->pointer) == 0, what, x->pointer, y->pointer);
    check(l, strcmp(x->schema, y->schema) == 0, what, x->schema, y->schema);
    check(l, strcmp(x->expected, y->expected) == 0, what, x->expected, y->expected);
    check(l, strcmp(x->found, y->found) == 0, what, x->found, y->found);
  }
}

static size_t encode(lab *l, int slot) {
  ew_buf out;
  ew_diag diag;
  ew_buf_init(&out, l->out[slot], TEXT_BYTES * 8);
  ew_err err = ew_type_encode(l->type, l->value[slot], &out, &diag);
  check(l, err == EW_OK, "what was decoded strictly is not encoded", ew_err_name(err), diag.pointer);
  return out.len;
}

/* Slot 0 holds the value of the table engine. */
static void check_straight(lab *l, ew_err table, const ew_diag *table_diag) {
  ew_diag diag;
  ew_err err = decode(l, 1, EW_STRICT, EW_ENGINE_AUTO, l->json, &diag);
  same_diag(l, "both engines", table, table_diag, err, &diag);
  if (table == EW_OK && err == EW_OK) {
    check(l, ew_type_equal(l->type, l->value[0], l->value[1]), "both engines, values", "", "");
    size_t len = encode(l, 0);
    check(l, len == encode(l, 1) && memcmp(l->out[0], l->out[1], len) == 0, "both engines, bytes",
          "", "");
  }
  err = decode(l, 1, EW_STRICT, EW_ENGINE_STRAIGHT, l->json, NULL);
  check(l, err == EW_ERR_UNSUPPORTED || is_memory(err) || (err == EW_OK) == (table == EW_OK),
        "the straight-line engine alone", ew_err_name(err), ew_err_name(table));
  if (err == EW_OK && table == EW_OK) {
    check(l, ew_type_equal(l->type, l->value[0], l->value[1]), "the straight-line engine, value",
          "", "");
  }
}

static void check_validate(lab *l, ew_profile profile, ew_err decoded, const ew_diag *decode_diag) {
  ew_diag diag;
  ew_decode_options opts = {.profile = profile};
  ew_err err = ew_type_validate(l->type, l->json, &opts, &diag);
  same_diag(l, "validate and decode", decoded, decode_diag, err, &diag);
}

/* --------------------------------------------------------------------------------------- values */

static void check_tree(lab *l, const peer_ops *peer, const void *tree) {
  mismatch m;
  bool same = same_value(l->type, l->value[0], peer, tree, &m);
  check(l, same, peer->name, m.path, m.what == NULL ? "" : m.what);
  l->compared++;
}

/* Slot 0 holds the strictly accepted value of this text. */
static void check_values(lab *l, ew_str json) {
  void *tree = jansson_parse(json, false);
  if (tree != NULL) {
    check_tree(l, &JANSSON, tree);
  } else {
    count(l, BIT(TREE_NOT_BUILT));
  }
  jansson_free(tree);
  size_t length = 0;
  if (has_escaped_nul(json)) {
    count(l, BIT(CJSON_NUL_IN_TEXT));
    return;
  }
  tree = cjson_parse(json, &length);
  if (tree != NULL && length == json.len) {
    check_tree(l, &CJSON, tree);
  } else {
    count(l, BIT(TREE_NOT_BUILT));
  }
  cjson_free(tree);
}

static void check_round_trip(lab *l) {
  size_t len = encode(l, 0);
  ew_diag diag;
  ew_str bytes = ew_str_from(l->out[0], len);
  check_values(l, bytes);
  ew_err err = decode(l, 1, EW_STRICT, EW_ENGINE_AUTO, bytes, &diag);
  check(l, err == EW_OK, "what was encoded is refused", ew_err_name(err), diag.pointer);
  check(l, err != EW_OK || ew_type_equal(l->type, l->value[0], l->value[1]),
        "what was encoded has another value", "", "");
}

/* ------------------------------------------------------------------------------------- profiles */

static bool same_folded(ew_str a, ew_text b) {
  if (a.len != b.len) {
    return false;
  }
  for (uint32_t i = 0; i < a.len; i++) {
    char x = a.ptr[i], y = b.ptr[i];
    x = (char)(x >= 'A' && x <= 'Z' ? x + 32 : x);
    y = (char)(y >= 'A' && y <= 'Z' ? y + 32 : y);
    if (x != y) {
      return false;
    }
  }
  return true;
}

static bool folds_to(ew_str s, ew_text t) {
  return same_folded(s, t) && memcmp(s.ptr, t.ptr, s.len) != 0;
}

/* A text of the schema that s is but for its letter case, of names or of values. */
typedef struct fold {
  ew_str text;
  bool name;
} fold;

#define MAX_TYPES 2000u

typedef struct type_list {
  const ew_type *items[MAX_TYPES];
  size_t count;
} type_list;

static void add_type(type_list *l, const ew_type *type) {
  for (size_t i = 0; type != NULL && i < l->count; i++) {
    if (l->items[i] == type) {
      return;
    }
  }
  if (type != NULL && l->count < MAX_TYPES) {
    l->items[l->count++] = type;
  }
}

/* The types that are part of type. */
static void add_parts(type_list *l, const ew_type *type) {
  add_type(l, ew_type_lenient(type));
  switch (type->kind) {
  case EW_KIND_OBJECT:
  case EW_KIND_TUPLE:
    for (uint32_t i = 0; i < type->as.object->member_count; i++) {
      add_type(l, type->as.object->members[i].type);
    }
    add_type(l, ew_additional_of(type->as.object));
    break;
  case EW_KIND_ARRAY:
    add_type(l, type->as.array->item);
    break;
  case EW_KIND_MAP:
    add_type(l, type->as.map->value);
    break;
  case EW_KIND_UNION:
    for (uint32_t i = 0; i < type->as.choice->arm_count; i++) {
      add_type(l, type->as.choice->arms[i].type);
    }
    break;
  case EW_KIND_BOX:
    add_type(l, type->as.boxed);
    break;
  default:
    break;
  }
}

static bool folds_in_type(const ew_type *type, fold f) {
  bool found = false;
  if (type->kind == EW_KIND_OBJECT && f.name) {
    for (uint32_t i = 0; i < type->as.object->member_count; i++) {
      found = found || folds_to(f.text, ew_member_name(&type->as.object->members[i]));
    }
  }
  if (type->kind == EW_KIND_UNION) {
    const ew_union_rules *rules = type->as.choice;
    for (uint32_t i = 0; i < rules->arm_count && !f.name; i++) {
      found = found || folds_to(f.text, ew_arm_tag(&rules->arms[i]));
    }
    for (uint32_t i = 0; i < rules->probe_count && f.name; i++) {
      found = found || folds_to(f.text, rules->probes[i]);
    }
  }
  if (type->kind == EW_KIND_ENUM && !f.name) {
    for (uint32_t i = 0; i < type->as.names->count; i++) {
      found = found || folds_to(f.text, ew_enum_name(type->as.names, i));
    }
  }
  return found;
}

static bool folds(const type_list *types, fold f) {
  for (size_t i = 0; i < types->count; i++) {
    if (folds_in_type(types->items[i], f)) {
      return true;
    }
  }
  return false;
}

/* Why a tolerant reader may understand this text otherwise. */
static uint32_t reasons_in(lab *l, const type_list *types, const node *n, uint32_t reasons) {
  ew_str s;
  ew_raw raw = {n->name};
  bool named = n->name.len > 0 && ew_raw_string(raw, &l->arena[1], &s) == EW_OK;
  if (named && folds(types, (fold){s, true})) {
    reasons |= BIT(COMPAT_FOLDED_NAME);
  }
  raw = (ew_raw){n->text};
  if (n->kind == 0 && ew_raw_string(raw, &l->arena[1], &s) == EW_OK &&
      folds(types, (fold){s, false})) {
    reasons |= BIT(COMPAT_FOLDED_TEXT);
  }
  for (const node *child = n->first; child != NULL; child = child->next) {
    reasons = reasons_in(l, types, child, reasons);
  }
  return reasons;
}

static uint32_t reasons_of_compat(lab *l) {
  type_list types = {{l->type}, 1};
  for (size_t i = 0; i < types.count; i++) {
    add_parts(&types, types.items[i]);
  }
  const node *root = tree_parse(&l->pool, l->json);
  uint32_t reasons = root == NULL ? 0 : reasons_in(l, &types, root, 0);
  uint32_t tolerances = ew_type_document(l->type)->tolerances;
  reasons &= (tolerances & EW_TOLERATE_NAME_CASE) != 0 ? ~0u : ~BIT(COMPAT_FOLDED_NAME);
  return reasons & ((tolerances & EW_TOLERATE_ENUM_CASE) != 0 ? ~0u : ~BIT(COMPAT_FOLDED_TEXT));
}

/* A tolerant profile accepts what a stricter one accepts, but where the reason is known. */
static void check_profiles(lab *l, ew_err strict) {
  ew_diag diag, table;
  ew_err lenient = decode(l, 0, EW_LENIENT, EW_ENGINE_TABLE, l->json, &table);
  ew_err fast = decode(l, 1, EW_LENIENT, EW_ENGINE_AUTO, l->json, &diag);
  same_diag(l, "lenient, both engines", lenient, &table, fast, &diag);
  check(l, strict != EW_OK || lenient == EW_OK, "lenient refuses what strict accepts",
        ew_err_name(lenient), "");
  check(l, lenient != EW_OK || fast != EW_OK || ew_type_equal(l->type, l->value[0], l->value[1]),
        "lenient, both engines, values", "", "");
  check_validate(l, EW_LENIENT, lenient, &table);
  ew_err compat = decode(l, 0, EW_COMPAT, EW_ENGINE_AUTO, l->json, &diag);
  check_validate(l, EW_COMPAT, compat, &diag);
  if ((strict == EW_OK || lenient == EW_OK) && compat != EW_OK) {
    uint32_t reasons = reasons_of_compat(l);
    check(l, reasons != 0, "compat refuses what a stricter profile accepts", ew_err_name(compat),
          diag.pointer);
    count(l, reasons);
  }
}

/* ----------------------------------------------------------------------------------- one message */

static void check_typed(lab *l, bool well_formed) {
  ew_diag diag;
  ew_err err = decode(l, 0, EW_STRICT, EW_ENGINE_TABLE, l->json, &diag);
  check(l, err != EW_OK || well_formed, "a schema accepts what is no JSON", "", "");
  if (err == EW_OK) {
    l->accepted++;
    check_values(l, l->json);
  } else {
    l->refused_by_syntax += is_syntax(err);
    l->refused_by_schema += !is_syntax(err);
    check(l, !is_syntax(err) || err == EW_ERR_DUPLICATE || err == EW_ERR_DEPTH || !well_formed,
          "a schema says that JSON is none", ew_err_name(err), diag.pointer);
    check_reason(l, err, &diag, ew_type_document(l->type)->limits.max_depth);
  }
  check_validate(l, EW_STRICT, err, &diag);
  check_straight(l, err, &diag);
  if (err == EW_OK) {
    check_round_trip(l);
  }
  check_profiles(l, err);
}

static const ew_type *any_type(dice *d) {
  const ew_document *document = SUBJECTS[dice_below(d, SUBJECT_COUNT)].document;
  return document->messages[dice_below(d, document->message_count)].type;
}

static void check_message(lab *l, uint64_t index) {
  dice d = dice_of(l->seed, index);
  const subject *s = &SUBJECTS[dice_below(&d, SUBJECT_COUNT)];
  const ew_vector *v = &s->vectors[dice_below(&d, *s->count)];
  while (v->len > MAX_SEED_BYTES || (v->len > 1000 && !dice_once(&d, 4))) {
    v = &s->vectors[dice_below(&d, *s->count)];
  }
  l->index = index;
  l->pool.used = 0;
  l->text.len = 0;
  l->type = dice_once(&d, 64) ? any_type(&d) : subject_type(s, v, !dice_once(&d, 3));
  mutate(&l->stock, v, &d, &l->pool, &l->text);
  /* A block of its own, so that a read behind the end is seen by those who watch. */
  char *exact = (char *)malloc(l->text.len == 0 ? 1 : l->text.len);
  if (exact == NULL || l->type == NULL) {
    fprintf(stderr, "no memory, or no message %s\n", v->message);
    exit(70);
  }
  memcpy(exact, l->text.ptr, l->text.len);
  l->json = ew_str_from(exact, l->text.len);
  check_typed(l, check_syntax(l));
  free(exact);
}

/* ------------------------------------------------------------------------------------------ run */

static char *memory(size_t size) {
  char *block = (char *)malloc(size);
  if (block == NULL) {
    perror("malloc");
    exit(70);
  }
  return block;
}

static void lab_init(lab *l) {
  pool_init(&l->names, (size_t)64 << 20);
  pool_init(&l->pool, (size_t)32 << 20);
  l->text = (text){memory(TEXT_BYTES), TEXT_BYTES, 0};
  for (int i = 0; i < 2; i++) {
    ew_arena_init(&l->arena[i], memory(ARENA_BYTES), ARENA_BYTES);
    l->value[i] = memory(VALUE_BYTES);
    l->out[i] = memory(TEXT_BYTES * 8);
  }
  stock_init(&l->stock, &l->names);
}

static void lab_clear(lab *l) {
  for (int i = 0; i < 2; i++) {
    free(l->arena[i].base);
    free(l->value[i]);
    free(l->out[i]);
  }
  free(l->text.ptr);
  pool_free(&l->pool);
  pool_free(&l->names);
}

static void print_summary(const lab *l, uint64_t done) {
  static const struct {
    const char *name;
    const char *reason;
  } reasons[] = {
#define DIFFERENCE_REASON_(name, reason) {#name, reason},
      DIFFERENCE_MAP(DIFFERENCE_REASON_)
#undef DIFFERENCE_REASON_
  };
  printf("seed %llu: %llu messages, %llu accepted, %llu refused by syntax, %llu by schema\n",
         (unsigned long long)l->seed, (unsigned long long)done, (unsigned long long)l->accepted,
         (unsigned long long)l->refused_by_syntax, (unsigned long long)l->refused_by_schema);
  printf("%llu trees compared with structs, %llu checks\n", (unsigned long long)l->compared,
         (unsigned long long)l->checks);
  printf("explained differences:\n");
  for (unsigned i = 0; i < DIFFERENCE_COUNT; i++) {
    printf("%9llu %-20s %s\n", (unsigned long long)l->counts[i], reasons[i].name,
           reasons[i].reason);
  }
  printf("unexplained differences: %u\n", l->failures);
}

#define PROGRESS 1000000u
#define ENOUGH 20u

int main(int argc, char **argv) {
  static lab l;
  uint64_t number = 200000, first = 0;
  l.seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    uint64_t value = strtoull(argv[i + 1], NULL, 10);
    if (strcmp(argv[i], "-n") == 0) {
      number = value;
    } else if (strcmp(argv[i], "-s") == 0) {
      l.seed = value;
    } else if (strcmp(argv[i], "-f") == 0) {
      first = value;
    }
  }
  lab_init(&l);
  uint64_t done = 0;
  while (done < number && l.failures < ENOUGH) {
    check_message(&l, first + done++);
    if (done % PROGRESS == 0) {
      fprintf(stderr, "%llu messages\n", (unsigned long long)done);
    }
  }
  print_summary(&l, done);
  lab_clear(&l);
  return l.failures == 0 && done == number && l.accepted > 0 ? 0 : 1;
}
