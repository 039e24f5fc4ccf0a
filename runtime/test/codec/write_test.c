/*
 * The two engines of the encoder: what one writes or refuses, the other does too, for every value
 * of every vector, for what is left of it when any part of it is changed, and for buffers of any
 * size.
 */
#include "support.h"

#include <math.h>

#include "../../src/codec/layout_internal.h"
#include "../../src/codec/table_internal.h"

#include "baas_vectors.h"
#include "effort.h"
#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"
#include "eventwire/writer.h"
#include "firefly_vectors.h"
#include "kaleido_vectors.h"
#include "octave_vectors.h"
#include "sample.h"

/* ------------------------------------------------------------------------------------ comparing */

/** What one engine made of a value. */
typedef struct outcome {
  ew_err err;
  ew_buf buf;
  char *block;
  ew_diag diag;
} outcome;

/* A block of its own, so that a byte written too far is seen. */
static outcome outcome_of(size_t size) {
  outcome o = {.block = malloc(size == 0 ? 1 : size)};
  assert_non_null(o.block);
  ew_buf_init(&o.buf, o.block, size);
  return o;
}

static outcome encode_by_table(const ew_type *type, const void *value, size_t size) {
  ew_entry_type copy;
  const ew_type *table = without_writer(type, &copy);
  outcome o = outcome_of(size);
  o.err = ew_type_encode(table, value, &o.buf, &o.diag);
  return o;
}

static bool encode_straight(const ew_type *type, const void *value, outcome *o) {
  ew_limits limits;
  assert_int_equal(EW_OK, ew__limits_resolve(ew_type_document(type), NULL, &limits));
  return ew__encode(type, value, limits.max_depth, &o->buf);
}

static bool same_bytes(const outcome *a, const outcome *b) {
  return a->buf.len == b->buf.len && memcmp(a->block, b->block, a->buf.len) == 0;
}

/* True when the engines agree on value in a buffer of this size. */
static bool agree_at(const ew_type *type, const void *value, size_t size) {
  outcome table = encode_by_table(type, value, size);
  outcome straight = outcome_of(size);
  outcome both = outcome_of(size);
  bool written = encode_straight(type, value, &straight);
  both.err = ew_type_encode(type, value, &both.buf, &both.diag);
  bool same = written == (table.err == EW_OK) && same_bytes(&table, &straight) &&
              both.err == table.err && same_bytes(&table, &both);
  if (table.err != EW_OK) {
    same = same && straight.buf.len == 0 && both.buf.needed == table.buf.needed &&
           strcmp(both.diag.pointer, table.diag.pointer) == 0;
  }
  if (!same) {
    print_error("size %zu: table %s, straight %s, both %s\n  %.*s\n  %.*s\n", size,
                ew_err_name(table.err), written ? "writes" : "refuses", ew_err_name(both.err),
                (int)table.buf.len, table.block, (int)straight.buf.len, straight.block);
  }
  free(table.block);
  free(straight.block);
  free(both.block);
  return same;
}

/* How many sizes are tried; fewer where each costs fifty times as much. */
static size_t step_for(size_t len) {
  size_t most = getenv("EW_UNDER_VALGRIND") != NULL ? 20 : 400;
  return len / most + 1;
}

static bool agree_at_all_sizes(const ew_type *type, const void *value, size_t len) {
  bool same = agree_at(type, value, len) && (len == 0 || agree_at(type, value, len - 1));
  for (size_t size = 0; size < len; size += step_for(len)) {
    same = agree_at(type, value, size) && same;
  }
  return same && agree_at(type, value, len + 1) && agree_at(type, value, len + 4096);
}

static size_t text_len(const ew_type *type, const void *value) {
  outcome o = encode_by_table(type, value, 0);
  free(o.block);
  return o.err == EW_ERR_BUFFER_TOO_SMALL ? o.buf.needed : 0;
}

/* ------------------------------------------------------------------------ every part of a value */

typedef struct visitor visitor;
struct visitor {
  void (*visit)(visitor *v, const ew_type *type, char *value);
  const ew_type *root;
  const void *whole;
  unsigned failures;
  unsigned visits;
};

static void walk(visitor *v, const ew_type *type, char *value);

static void walk_object(visitor *v, const ew_object_rules *rules, char *object) {
  for (uint32_t i = 0; i < rules->member_count; i++) {
    const ew_member *member = &rules->members[i];
    if (member->offset == EW_NO_OFFSET || ew__presence_of(member, object) != EW_SET) {
      continue;
    }
    const ew_type *type = member->type;
    if ((member->flags & EW_MEMBER_SIBLING) != 0) {
      const ew_arm *arm = ew__arm_by_kind(type->as.choice, ew__tag_of(rules, member, object));
      type = arm == NULL ? NULL : arm->type;
    }
    if (type != NULL) {
      walk(v, type, object + member->offset);
    }
  }
}

static void walk_list(visitor *v, const ew_type *item, char *value, size_t step, size_t offset) {
  ew__list list = ew__load_list(value);
  /* The first and the last element say it all. */
  for (uint32_t i = 0; i < list.count; i += list.count > 2 ? list.count - 1 : 1) {
    walk(v, item, (char *)list.items + i * step + offset);
  }
}

static void walk(visitor *v, const ew_type *type, char *value) {
  v->visits++;
  v->visit(v, type, value);
  if (type->kind == EW_KIND_OBJECT || type->kind == EW_KIND_TUPLE) {
    walk_object(v, type->as.object, value);
  } else if (type->kind == EW_KIND_ARRAY) {
    walk_list(v, type->as.array->item, value, type->as.array->item->size, 0);
  } else if (type->kind == EW_KIND_MAP) {
    walk_list(v, type->as.map->value, value, type->as.map->entry_size, type->as.map->value_offset);
  } else if (type->kind == EW_KIND_BOX) {
    walk(v, type->as.boxed, ew__load_pointer(value));
  } else if (type->kind == EW_KIND_UNION && type->as.choice->kind_offset != EW_NO_OFFSET) {
    const ew_union_rules *rules = type->as.choice;
    const ew_arm *arm = ew__arm_by_kind(rules, ew__load_int(value + rules->kind_offset));
    if (arm != NULL && arm->type->size > 0) {
      walk(v, arm->type, value + rules->value_offset);
    }
  }
}

/* The engines have their writers of strings and numbers in common: the decoder judges those. */
static bool is_decoded(const ew_type *type, const void *value) {
  static char memory[1 << 18];
  ew_arena arena;
  ew_decode_options options = {.engine = EW_ENGINE_TABLE, /* limits bind who reads */
                               .limits = {.max_bytes = 1u << 20, .max_string_bytes = 1u << 20}};
  outcome o = encode_by_table(type, value, text_len(type, value));
  char *again = calloc(1, type->size);
  assert_non_null(again);
  ew_arena_init(&arena, memory, sizeof(memory));
  ew_err err = ew_type_decode(type, ew_buf_str(&o.buf), &arena, &options, again, NULL);
  if (err != EW_OK) {
    print_error("%s: %.*s\n", ew_err_name(err), (int)o.buf.len, o.block);
  }
  free(again);
  free(o.block);
  return err == EW_OK;
}

/* What the table refuses must find room, too, if the other engine would write it. */
static void compare(visitor *v) {
  size_t len = text_len(v->root, v->whole);
  v->failures += !agree_at(v->root, v->whole, len == 0 ? 1u << 16 : len + 64);
  v->failures += len > 0 && !is_decoded(v->root, v->whole);
}

#define TRY(v, place, c_type, replacement)                                                         \
  do {                                                                                             \
    c_type saved_;                                                                                 \
    c_type changed_ = (replacement);                                                               \
    memcpy(&saved_, (place), sizeof(saved_));                                                      \
    memcpy((place), &changed_, sizeof(changed_));                                                  \
    compare(v);                                                                                    \
    memcpy((place), &saved_, sizeof(saved_));                                                      \
  } while (0)

/* -------------------------------------------------------------------------------- broken values */

static const char LONG_TEXT[] =
    "a text of more than a block, of more than any block there is, and of more than the room that "
    "a writer has for what has a bounded length: 0123456789 0123456789 0123456789 0123456789 "
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789";

/* The first text of each length of each set of rules, with any byte another one, or left out. */
static bool is_new(const ew_string_rules *rules, uint32_t len) {
  static struct {
    const ew_string_rules *rules;
    uint32_t len;
  } seen[2000];
  size_t i = 0;
  while (i < sizeof(seen) / sizeof(seen[0]) && seen[i].rules != NULL &&
         (seen[i].rules != rules || seen[i].len != len)) {
    i++;
  }
  if (i == sizeof(seen) / sizeof(seen[0]) || seen[i].rules == rules) {
    return false;
  }
  seen[i].rules = rules;
  seen[i].len = len;
  return true;
}

static void change_bytes(visitor *v, const ew_string_rules *rules, char *place) {
  static const char bytes[] = "019/:afgFGZz.-\"<";
  char text[120];
  ew_str own = ew__load_str(place);
  if (rules == NULL || own.len == 0 || own.len >= sizeof(text) || !is_new(rules, own.len)) {
    return;
  }
  for (uint32_t at = 0; at < own.len; at++) {
    for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
      memcpy(text, own.ptr, own.len);
      text[at] = bytes[i];
      TRY(v, place, ew_str, ew_str_from(text, own.len));
    }
    memcpy(text, own.ptr, at);
    memcpy(text + at, own.ptr + at + 1, own.len - at - 1);
    TRY(v, place, ew_str, ew_str_from(text, own.len - 1));
    memcpy(text, own.ptr, at + 1);
    memcpy(text + at + 1, own.ptr + at, own.len - at);
    TRY(v, place, ew_str, ew_str_from(text, own.len + 1));
  }
}

static void change_string(visitor *v, char *place) {
  static const ew_text texts[] = {
      EW_TEXT(""),           EW_TEXT("x"),
      EW_TEXT("\""),         EW_TEXT("\\"),
      EW_TEXT("<b>&\x7f/"),  EW_TEXT("\n\r\t\b\f\x1f"),
      EW_TEXT("\xff"),       EW_TEXT("\xed\xa0\x80"),
      EW_TEXT("\xc0\x80"),   EW_TEXT("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xe2\x82\xac"),
      EW_TEXT("caf\xc3"),    EW_TEXT("0123456789abcdef0123456789abcde\xc3\xa9 and \"on\""),
      EW_TEXT(LONG_TEXT),    EW_TEXT("0x00"),
      EW_TEXT("0123456789"), {"\0", 1},
  };
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    TRY(v, place, ew_str, ew_str_from(texts[i].ptr, texts[i].len));
  }
  ew_str own = ew__load_str(place);
  own.flags = 0;
  TRY(v, place, ew_str, own);
  TRY(v, place, ew_str, ew_str_of(NULL));
  own.len -= own.len > 0;
  TRY(v, place, ew_str, own);
}

/* Around the limits of the documents, less what stands around the value. */
static void change_depth(visitor *v, char *place) {
  char text[2 * 130];
  for (size_t depth = 54; depth <= 130; depth += depth == 66 ? 52 : 1) {
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    TRY(v, place, ew_raw, (ew_raw){ew_str_from(text, 2 * depth)});
  }
}

static void change_raw(visitor *v, char *place) {
  static const char *const texts[] = {
      "",     " {} ",  "{\"a\":1}", "[1,]", "tru",
      "null", "\"<\"", "\"\xff\"",  "1 2",  "[[[[[[[[[[[[]]]]]]]]]]]]",
  };
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    TRY(v, place, ew_raw, (ew_raw){ew_str_of(texts[i])});
  }
  ew_raw own = {ew__load_str(place)};
  own.json.flags = 0;
  TRY(v, place, ew_raw, own);
  change_depth(v, place);
}

static void change_integer(visitor *v, char *place) {
  static const uint64_t numbers[] = {
      0,    1,     9,     10,         99,         100,        101,        999,       1000,
      9999, 10000, 12345, 1234567890, UINT32_MAX, 1ull << 63, INT64_MAX, UINT64_MAX, 10000000000};
  for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
    TRY(v, place, uint64_t, numbers[i]);
  }
}

static void change_double(visitor *v, char *place) {
  static const double doubles[] = {0, -0.0, 0.1, -1e300, 1e21, 5e-324, INFINITY, NAN};
  for (size_t i = 0; i < sizeof(doubles) / sizeof(doubles[0]); i++) {
    TRY(v, place, double, doubles[i]);
  }
}

static void change_members(visitor *v, const ew_object_rules *rules, char *object) {
  for (uint32_t i = 0; i < rules->member_count; i++) {
    const ew_member *member = &rules->members[i];
    uint32_t at = member->presence_offset;
    if (at == EW_NO_OFFSET && member->type->kind == EW_KIND_BOX) {
      TRY(v, object + member->offset, void *, NULL);
    }
    if (at == EW_NO_OFFSET) {
      continue;
    }
    TRY(v, object + at, uint8_t, 0);
    if ((member->flags & EW_MEMBER_NULLABLE) != 0) {
      TRY(v, object + at, uint8_t, EW_NULL);
    }
    TRY(v, object + at, uint8_t, 1);
  }
}

static void change(visitor *v, const ew_type *type, char *value) {
  switch (type->kind) {
  case EW_KIND_BOOL:
    TRY(v, value, bool, !*(bool *)value);
    break;
  case EW_KIND_INT:
  case EW_KIND_UINT:
    change_integer(v, value);
    break;
  case EW_KIND_DOUBLE:
    change_double(v, value);
    break;
  case EW_KIND_STRING:
    change_string(v, value);
    change_bytes(v, type->as.string, value);
    break;
  case EW_KIND_ENUM:
    /* Another value that is known might be the tag of a union that holds something else. */
    TRY(v, value, int, -1);
    TRY(v, value, int, 0);
    TRY(v, value, int, (int)type->as.names->count + 1);
    break;
  case EW_KIND_RAW:
    change_raw(v, value);
    break;
  case EW_KIND_OBJECT:
    change_members(v, type->as.object, value);
    break;
  case EW_KIND_ARRAY:
  case EW_KIND_MAP: {
    ew__list list = ew__load_list(value);
    list.count -= list.count > 0;
    TRY(v, value, ew__list, list);
    TRY(v, value, ew__list, (ew__list){0});
    break;
  }
  case EW_KIND_UNION:
    if (type->as.choice->kind_offset != EW_NO_OFFSET) {
      TRY(v, value + type->as.choice->kind_offset, int, 0);
      TRY(v, value + type->as.choice->kind_offset, int, 99);
    }
    break;
  case EW_KIND_NUM:
  case EW_KIND_CONST:
  case EW_KIND_NULL:
  case EW_KIND_BOX:
  case EW_KIND_TUPLE:
    break;
  }
}

/* The caller's own strings carry no flag. */
static void unflag(visitor *v, const ew_type *type, char *value) {
  (void)v;
  if (type->kind == EW_KIND_STRING || type->kind == EW_KIND_RAW) {
    ew_str text = ew__load_str(value);
    text.flags = 0;
    memcpy(value, &text, sizeof(text));
  }
}

/* ---------------------------------------------------------------------------------- all vectors */

typedef struct protocol {
  const ew_document *document;
  const ew_vector *vectors;
  const size_t *count;
} protocol;

static const protocol PROTOCOLS[] = {
    {&ew_firefly_document, ew_firefly_vectors, &ew_firefly_vector_count},
    {&ew_kaleido_document, ew_kaleido_vectors, &ew_kaleido_vector_count},
    {&ew_baas_document, ew_baas_vectors, &ew_baas_vector_count},
    {&ew_octave_document, ew_octave_vectors, &ew_octave_vector_count},
};

typedef unsigned value_check(const ew_type *type, char *value);

/* Values that only a tolerant profile reads are the ones that may not be written. */
static unsigned check_vector(const ew_type *type, const ew_vector *vector, value_check *check) {
  static char memory[1 << 18];
  ew_arena arena;
  ew_decode_options compat = {.profile = EW_COMPAT};
  ew_str json = ew_str_from(vector->json, vector->len);
  char *value = calloc(1, type->size == 0 ? 1 : type->size);
  assert_non_null(value);
  ew_arena_init(&arena, memory, sizeof(memory));
  unsigned failures = 0;
  if (ew_type_writer(type) != NULL &&
      ew_type_decode(type, json, &arena, &compat, value, NULL) == EW_OK) {
    failures = check(type, value);
  }
  if (failures > 0) {
    print_error("%s of %s (%s)\n", vector->id, ew_type_schema(type), vector->why);
  }
  free(value);
  return failures;
}

static unsigned check_protocol(const protocol *p, value_check *check, size_t step) {
  unsigned failures = 0;
  for (size_t i = 0; i < *p->count; i += step) {
    const ew_message *message = ew_document_find(p->document, ew_str_of(p->vectors[i].message));
    assert_non_null(message);
    failures += check_vector(message->type, &p->vectors[i], check);
    if (p->document->to_server != NULL) {
      failures += check_vector(p->document->to_server, &p->vectors[i], check);
    }
    if (p->document->to_client != NULL) {
      failures += check_vector(p->document->to_client, &p->vectors[i], check);
    }
  }
  return failures;
}

/* step: every vector, or only some where each takes long. */
static void check_all(value_check *check, size_t step) {
  unsigned failures = 0;
  for (size_t i = 0; i < sizeof(PROTOCOLS) / sizeof(PROTOCOLS[0]); i++) {
    failures += check_protocol(&PROTOCOLS[i], check, step);
  }
  assert_int_equal(0, failures);
}

static unsigned check_sizes(const ew_type *type, char *value) {
  unsigned failures = !agree_at_all_sizes(type, value, text_len(type, value));
  visitor v = {.visit = unflag, .root = type, .whole = value};
  walk(&v, type, value);
  return failures + !agree_at_all_sizes(type, value, text_len(type, value));
}

static void both_engines_write_the_same_bytes_into_buffers_of_any_size(void **state) {
  (void)state;
  check_all(check_sizes, 1);
}

static unsigned check_changes(const ew_type *type, char *value) {
  visitor v = {.visit = change, .root = type, .whole = value};
  walk(&v, type, value);
  assert_true(v.visits > 0);
  return v.failures;
}

static void both_engines_refuse_the_same_changed_values(void **state) {
  (void)state;
  check_all(check_changes, effort(50, 1, 1));
}

/* ------------------------------------------------------------------------------- single strings */

static const ew_document escaping = {.name = "escaping", .escape_html = true};
static const ew_document plain = {.name = "plain"};

static char *write_one_string(ew_writer *w, char *to, const void *in) {
  return ew_write_string(w, to, (const ew_str *)in);
}

static ew_entry_type string_of(const ew_document *document) {
  return (ew_entry_type){
      .type = {.kind = EW_KIND_STRING, .size = sizeof(ew_str), .head = EW_HEAD_ENTRY},
      .schema = "#",
      .write = write_one_string,
      .document = document};
}

static void expect_agreement(const char *ptr, size_t len, size_t room) {
  ew_entry_type types[] = {string_of(&escaping), string_of(&plain)};
  ew_str text = exact_copy(ptr, len);
  size_t bad = 0;
  for (size_t i = 0; i < 2; i++) {
    size_t whole = text_len(&types[i].type, &text);
    assert_true(agree_at(&types[i].type, &text, whole + room));
    if (whole > 0) {
      assert_true(agree_at(&types[i].type, &text, whole - 1));
    }
  }
  bool needs_escape = false;
  for (size_t i = 0; i < len; i++) {
    needs_escape = needs_escape || (unsigned char)ptr[i] < 0x20 || ptr[i] == '"' || ptr[i] == '\\';
  }
  text.flags = needs_escape || ew__utf8_check(ptr, len, &bad) != EW_OK ? 0 : EW_STR_CLEAN;
  assert_true(agree_at(&types[0].type, &text, 6 * len + 2 + room));
  assert_true(agree_at(&types[1].type, &text, 6 * len + 2 + room));
  free_copy(text);
}

static void any_byte_at_any_place_of_a_string_is_treated_alike(void **state) {
  (void)state;
  static const char *const pieces[] = {
      "\"",           "\\",           "\x1f",
      "\n",           "<",            ">",
      "&",            "\x7f",         "\x80",
      "\xff",         "\xe2\x80\xa8", "\xe2\x80\xa9",
      "\xe2\x80\xaa", "\xe2\x80",     "\xed\xa0\x80",
      "\xc2\xa0",     "\xf0\x9f\x98\x80",
  };
  char text[80];
  size_t longest = getenv("EW_UNDER_VALGRIND") != NULL ? 34 : 70;
  for (size_t len = 0; len <= longest; len++) {
    memset(text, 'a', sizeof(text));
    expect_agreement(text, len, 0);
    for (size_t at = 0; at < len; at++) {
      for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        size_t n = strlen(pieces[i]);
        memset(text, 'a', sizeof(text));
        memcpy(text + at, pieces[i], n);
        expect_agreement(text, at + n > len ? at + n : len, i % 2 == 0 ? 0 : 300);
      }
    }
  }
}

static size_t put_utf8(uint32_t c, char *to) {
  if (c < 0x80) {
    to[0] = (char)c;
    return 1;
  }
  size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = n - 1; i > 0; i--, c >>= 6) {
    to[i] = (char)(0x80 | (c & 0x3f));
  }
  to[0] = (char)((n == 2 ? 0xc0u : n == 3 ? 0xe0u : 0xf0u) | c);
  return n;
}

/* The escapes of RFC 8259, and those of Go's encoding/json where the document asks for them. */
static size_t expected_text(uint32_t c, bool html, char *to) {
  static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt";
  const char *name = c < 0x80 ? strchr(names, (int)c) : NULL;
  bool line_end = c == 0x2028 || c == 0x2029;
  bool escaped = c < 0x20 || (html && (c == '<' || c == '>' || c == '&' || line_end));
  if (c != 0 && name != NULL && (name - names) % 2 == 0) {
    return (size_t)sprintf(to, "\"\\%c\"", name[1]);
  }
  if (escaped) {
    return (size_t)sprintf(to, "\"\\u%04x\"", (unsigned)c);
  }
  to[0] = '"';
  size_t n = put_utf8(c, to + 1);
  to[n + 1] = '"';
  return n + 2;
}

static void expect_code_point(uint32_t c, const ew_document *document) {
  char bytes[4], expected[16], block[400];
  ew_entry_type type = string_of(document);
  ew_str text = ew_str_from(bytes, put_utf8(c, bytes));
  ew_buf buf;
  ew_buf_init(&buf, block, sizeof(block));
  ew_err err = ew_type_encode(&type.type, &text, &buf, NULL);
  if (c >= 0xd800 && c <= 0xdfff) {
    assert_int_equal(EW_ERR_UTF8, err);
    assert_int_equal(0, buf.len);
    return;
  }
  assert_int_equal(EW_OK, err);
  assert_int_equal(expected_text(c, document->escape_html, expected), buf.len);
  assert_memory_equal(expected, block, buf.len);
}

static void every_code_point_is_written_as_the_document_says(void **state) {
  (void)state;
  uint32_t last = getenv("EW_UNDER_VALGRIND") != NULL ? 0x2fff : 0x10ffff;
  for (uint32_t c = 0; c <= last; c++) {
    expect_code_point(c, &escaping);
    expect_code_point(c, &plain);
  }
}

static void a_long_string_of_escapes_fills_a_buffer_of_any_size(void **state) {
  (void)state;
  char text[700];
  for (size_t i = 0; i < sizeof(text); i++) {
    text[i] = "\"<\x01" "a&"[i % 5];
  }
  ew_entry_type type = string_of(&escaping);
  for (size_t len = 1; len <= sizeof(text); len += 33) {
    ew_str value = ew_str_from(text, len);
    assert_true(agree_at_all_sizes(&type.type, &value, text_len(&type.type, &value)));
  }
}

/* -------------------------------------------------------------------------- free-form objects */

static char *write_one_object(ew_writer *w, char *to, const void *in) {
  return ew_write_raw(w, to, EW_JSON_OBJECT, (const ew_raw *)in);
}

static bool is_json_object(ew_str text) {
  return ew_json_check(text, 0, NULL) == EW_OK && ew_raw_type((ew_raw){text}) == EW_JSON_OBJECT;
}

/* Written as it is exactly when it is JSON; room is what the buffer has behind it. */
static void expect_object(const char *ptr, size_t len, size_t room) {
  const ew_entry_type type = {.type = {.kind = EW_KIND_RAW,
                                       .size = sizeof(ew_raw),
                                       .head = EW_HEAD_ENTRY,
                                       .as.raw_types = EW_JSON_OBJECT},
                              .schema = "#",
                              .write = write_one_object,
                              .document = &plain};
  ew_raw value = {exact_copy(ptr, len)};
  outcome o = outcome_of(len + room);
  bool written = encode_straight(&type.type, &value, &o);
  assert_int_equal(is_json_object(value.json), written);
  assert_true(!written || (o.buf.len == len && memcmp(o.block, ptr, len) == 0));
  free(o.block);
  free_copy(value.json);
}

/* text as it is, cut, and with another byte in each place, or with one more or less there. */
static void expect_objects_like(const char *text) {
  static const char bytes[] = "\",:{}\\ a1\x1f\x7f\xc3";
  char changed[160];
  size_t len = strlen(text);
  for (size_t at = 0; at <= len; at++) {
    expect_object(text, at, EW_WRITE_ROOM);
    expect_object(text, at, 0);
    memcpy(changed, text, at);
    for (const char *byte = bytes; *byte != '\0'; byte++) {
      changed[at] = *byte;
      memcpy(changed + at + 1, text + at, len - at);
      expect_object(changed, len + 1, EW_WRITE_ROOM);
      if (at < len) {
        memcpy(changed + at + 1, text + at + 1, len - at - 1);
        expect_object(changed, len, EW_WRITE_ROOM);
      }
    }
    if (at < len) {
      memcpy(changed + at, text + at + 1, len - at - 1);
      expect_object(changed, len - 1, EW_WRITE_ROOM);
    }
  }
}

static void a_free_form_object_is_written_exactly_when_it_is_JSON(void **state) {
  (void)state;
  static const char *const objects[] = {
      "{}",
      "{\"a\":\"b\"}",
      "{\"a\":\"\",\"\":\",\"}",
      "{\"from\":\"0x7b95916a5c4a88385fbcc1589b1445417928bbec\",\"value\":\"3722117367\"}",
      "{\"exactly sixteen!\":\"and as many more\",\"\":\"and thirty-two bytes in one piece\"}",
      "{\"number\":1,\"word\":true,\"list\":[\"x\"],\"object\":{\"key\":\"value\"}}",
      "{\"escaped \\\" quote\":\"\\u00e9 and not \xc3\xa9\",\"more\":\"\"}",
  };
  for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
    expect_objects_like(objects[i]);
  }
}

static void free_form_objects_of_any_length_are_written_whole(void **state) {
  (void)state;
  char text[300];
  for (size_t key = 0; key <= 70; key++) {
    for (size_t value = 0; value <= 70; value++) {
      int len = snprintf(text, sizeof(text), "{\"%0*d\":\"x\",\"y\":\"%0*d\"}", (int)key, 1,
                         (int)value, 2);
      expect_object(text, (size_t)len, EW_WRITE_ROOM);
    }
  }
}

/* ----------------------------------------------------------------- rules that no protocol has */

static const ew_byte_gap between_hex[] = {EW_BYTE_GAP('9' + 1, 'a' - 1),
                                          EW_BYTE_GAP('f' + 1, '0' - 1)};
static const ew_shape hex_number = {.gaps = between_hex,
                                    .gap_count = 2,
                                    .min_len = 1,
                                    .more_len = 10,
                                    .kind = EW_SHAPE_NUMBER};
static const ew_string_rules hex_rules = {.shape = &hex_number,
                                          .pattern_text = "^(0|[1-9a-f][0-9a-f]{0,10})$",
                                          .max_length = EW_NO_LIMIT,
                                          .only_shape = true,
                                          .plain = true};

static char *write_hex(ew_writer *w, char *to, const void *in) {
  return ew_write_short_run(w, to, &hex_rules, (const ew_str *)in);
}

/* Texts of a few bytes, in all orders, behind a head and without it. */
static void expect_short_texts(const ew_type *type) {
  static const char bytes[] = "0x19afg\"";
  for (size_t number = 0; number < 8 * 8 * 8 * 8; number++) {
    const char text[] = {'0', 'x', bytes[number & 7], bytes[number >> 3 & 7],
                         bytes[number >> 6 & 7], bytes[number >> 9], 'a', 'b', 'c', 'd', '0'};
    for (size_t len = 0; len <= sizeof(text); len++) {
      ew_str whole = ew_str_from(text, len);
      ew_str tail = ew_str_from(text + 2, len < 2 ? 0 : len - 2);
      assert_true(agree_at(type, &whole, 64));
      assert_true(agree_at(type, &tail, 64));
      assert_true(text_len(type, &whole) == 0 || is_decoded(type, &whole));
      assert_true(text_len(type, &tail) == 0 || is_decoded(type, &tail));
    }
  }
}

static void short_runs_agree_with_the_table(void **state) {
  (void)state;
  ew_entry_type type = string_of(&escaping);
  type.type.as.string = &hex_rules;
  type.write = write_hex;
  expect_short_texts(&type.type);
}

static const ew_string_rules *transaction_index_rules(void) {
  const ew_message *batch = ew_document_find(&ew_kaleido_document, EW_STR("eventBatch"));
  const ew_object_rules *event = batch->type->as.array->item->as.object;
  uint32_t i = 0;
  while (strcmp(event->members[i].name, "transactionIndex") != 0) {
    i++;
  }
  return event->members[i].type->as.string;
}

/* A pattern that is no shape, with a bound of its own. */
static char *write_bounded(ew_writer *w, char *to, const void *in) {
  ew_string_rules rules = *transaction_index_rules();
  rules.min_length = 3;
  return ew_write_text(w, to, &rules, (const ew_str *)in);
}

static void a_length_beside_a_pattern_agrees_with_the_table(void **state) {
  (void)state;
  ew_string_rules rules = *transaction_index_rules();
  assert_non_null(rules.pattern);
  rules.min_length = 3;
  ew_entry_type type = string_of(&escaping);
  type.type.as.string = &rules;
  type.write = write_bounded;
  expect_short_texts(&type.type);
}

/* --------------------------------------------------------- the lines of an encoder, all of them */

static char *write_inner(ew_writer *w, char *to, const inner *in) {
  const ew_member *members = inner_type.as.object->members;
  const ew_string_rules *note_rules = members[1].type->as.string;
  EW_WRITE_OBJECT
    EW_PUT_FIRST("id", ew_write_int(w, to, members[0].type->as.integer, in->id))
    EW_PUT_OPTIONAL("note", in->has_note, ew_write_text(w, to, note_rules, &in->note))
  EW_WRITE_OBJECT_END
}

static const ew_array_rules three = {NULL, 1, 3};

static char *write_inners(ew_writer *w, char *to, const inner_list *in) {
  EW_WRITE_ARRAY(&three, inner, write_inner(w, to, item))
}

static char *write_names(ew_writer *w, char *to, const ew_str_list *in) {
  EW_WRITE_LIST(ew_str, ew_write_string(w, to, item))
}

static char *write_pick(ew_writer *w, char *to, const pick *in) {
  EW_WRITE_SPARSE
    EW_WRITE_GROUPS(pick_type.as.object, EW_BIT(0, in->has_stream) | EW_BIT(1, in->has_path))
    EW_PUT_OPTIONAL("stream", in->has_stream, ew_write_string(w, to, &in->stream))
    EW_PUT_OPTIONAL("path", in->has_path, ew_write_string(w, to, &in->path))
    EW_PUT_OPTIONAL("extra", in->has_extra, ew_write_string(w, to, &in->extra))
  EW_WRITE_SPARSE_END
}

#define LONG_KEY                                                                                   \
  "a name that is longer than what is copied by words, and longer than the room of a writer is, "  \
  "which only a name that somebody has made up to see what happens could be; it happens to be so " \
  "long that even two of the blocks in which a writer goes on when the buffer ends do not take it"

typedef struct holder {
  inner_list list;
  ew_str_list names;
  count_map counts;
  int64_t must, maybe;
  ew_str last;
  uint8_t must_presence, maybe_presence;
} holder;

#define MEMBER(json, field, type_, presence, flags_)                                               \
  {                                                                                                \
    EW_NAME(json), .type = (type_), .offset = offsetof(holder, field),                             \
    .presence_offset = (presence), .flags = (flags_)                                               \
  }

static const ew_type int_type = {.kind = EW_KIND_INT, .size = sizeof(int64_t)};
static const ew_type text_type = {.kind = EW_KIND_STRING, .size = sizeof(ew_str)};
static const ew_array_rules list_rules = {&inner_type, 1, 3};
static const ew_array_rules names_rules = {&text_type, 0, EW_NO_LIMIT};
static const ew_type list_type = {
    .kind = EW_KIND_ARRAY, .size = sizeof(inner_list), .as.array = &list_rules};
static const ew_type names_type = {
    .kind = EW_KIND_ARRAY, .size = sizeof(ew_str_list), .as.array = &names_rules};
static const ew_member holder_members[] = {
    MEMBER("must", must, &int_type, offsetof(holder, must_presence),
           EW_MEMBER_REQUIRED | EW_MEMBER_NULLABLE),
    MEMBER("maybe", maybe, &int_type, offsetof(holder, maybe_presence), EW_MEMBER_NULLABLE),
    MEMBER("list", list, &list_type, EW_NO_OFFSET, EW_MEMBER_REQUIRED),
    MEMBER("names", names, &names_type, EW_NO_OFFSET, EW_MEMBER_REQUIRED),
    MEMBER("counts", counts, &counts_type, EW_NO_OFFSET, EW_MEMBER_REQUIRED),
    MEMBER(LONG_KEY, last, &text_type, EW_NO_OFFSET, EW_MEMBER_REQUIRED),
};
static const ew_object_rules holder_rules = {
    .members = holder_members, .member_count = 6, .required = 0x3d};

static char *write_holder(ew_writer *w, char *to, const void *value) {
  const holder *in = value;
  EW_WRITE_SPARSE
    EW_PUT_NULLABLE("must", in->must_presence, ew_write_int(w, to, NULL, in->must))
    EW_PUT_OPTIONAL_NULLABLE("maybe", in->maybe_presence, ew_write_int(w, to, NULL, in->maybe))
    EW_PUT("list", write_inners(w, to, &in->list))
    EW_PUT("names", write_names(w, to, &in->names))
    EW_PUT("counts", ew_write_by_table(w, to, &counts_type, &in->counts))
    EW_PUT(LONG_KEY, ew_write_string(w, to, &in->last))
  EW_WRITE_SPARSE_END
}

static const ew_entry_type holder_type = {.type = {.kind = EW_KIND_OBJECT,
                                                   .size = sizeof(holder),
                                                   .head = EW_HEAD_ENTRY,
                                                   .as.object = &holder_rules},
                                          .schema = "#",
                                          .write = write_holder,
                                          .document = &sample_document};

static unsigned check_holder(holder *value) {
  visitor v = {.visit = change, .root = &holder_type.type, .whole = value};
  unsigned failures = !agree_at_all_sizes(&holder_type.type, value, text_len(&holder_type.type, value));
  walk(&v, &holder_type.type, (char *)value);
  return failures + v.failures;
}

static void every_line_agrees_with_the_table(void **state) {
  (void)state;
  inner items[4] = {{1, EW_STR("a<"), true}, {10, EW_STR(""), false}, {3, EW_STR("abc"), true}};
  ew_str names[3] = {EW_STR("x"), EW_STR("\n"), EW_STR("")};
  count_entry entries[2] = {{EW_STR("k"), 1}, {EW_STR("&"), INT64_MIN}};
  holder value = {.list = {items, 3},
                  .names = {names, 3},
                  .counts = {entries, 2},
                  .must = 1,
                  .must_presence = EW_SET,
                  .maybe_presence = EW_NULL,
                  .last = EW_STR("z")};
  assert_int_equal(0, check_holder(&value));
  value.list.count = 4; /* more than there may be */
  assert_int_equal(0, check_holder(&value));
  value.list.count = 1;
  value.names.count = 0;
  value.must_presence = EW_NULL;
  value.maybe_presence = EW_ABSENT;
  entries[1].key = entries[0].key; /* twice the same */
  assert_int_equal(0, check_holder(&value));
}

static char *write_any_pick(ew_writer *w, char *to, const void *in) {
  return write_pick(w, to, (const pick *)in);
}

static void groups_and_members_that_may_all_be_missing_agree_with_the_table(void **state) {
  (void)state;
  ew_entry_type type = *ew_entry_of(&pick_type);
  type.write = write_any_pick;
  for (unsigned i = 0; i < 8; i++) {
    pick value = {.stream = EW_STR("s"), .path = EW_STR("p"), .extra = EW_STR("e"),
                  .has_stream = (i & 1) != 0, .has_path = (i & 2) != 0, .has_extra = (i & 4) != 0};
    assert_true(agree_at_all_sizes(&type.type, &value, text_len(&type.type, &value)));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_engines_write_the_same_bytes_into_buffers_of_any_size),
      cmocka_unit_test(both_engines_refuse_the_same_changed_values),
      cmocka_unit_test(any_byte_at_any_place_of_a_string_is_treated_alike),
      cmocka_unit_test(every_code_point_is_written_as_the_document_says),
      cmocka_unit_test(a_long_string_of_escapes_fills_a_buffer_of_any_size),
      cmocka_unit_test(a_free_form_object_is_written_exactly_when_it_is_JSON),
      cmocka_unit_test(free_form_objects_of_any_length_are_written_whole),
      cmocka_unit_test(short_runs_agree_with_the_table),
      cmocka_unit_test(a_length_beside_a_pattern_agrees_with_the_table),
      cmocka_unit_test(every_line_agrees_with_the_table),
      cmocka_unit_test(groups_and_members_that_may_all_be_missing_agree_with_the_table),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
