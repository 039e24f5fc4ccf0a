/*
 * Structs that lie: somewhere inside of them stands a length, a count or a presence, but the pointer
 * beside it is NULL. Whatever can be decoded is broken so at one place after the other, by its
 * tables, and encoded and copied: each is refused with a pointer to the member, and nothing crashes.
 */
#include "sample.h"
#include "support.h"

#include "../../src/codec/layout_internal.h"
#include "baas_vectors.h"
#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"
#include "firefly_vectors.h"
#include "kaleido_vectors.h"
#include "octave_vectors.h"

#define ROOM ((size_t)1 << 18)
#define LONGEST_POINTER 100u /* of those that are compared: a diagnosis may cut a longer one */
#define KINDS (EW_KIND_TUPLE + 1)

/** A value, and where the walk through it is. */
typedef struct walk {
  const ew_type *type;
  char *value;
  char *copy;
  char *out;
  ew_arena arena;
  char pointer[512];
  unsigned broken[KINDS]; /* how many of each kind were */
} walk;

static walk new_walk(void) {
  walk w = {.value = malloc(ROOM), .copy = malloc(ROOM), .out = malloc(ROOM)};
  assert_true(w.value != NULL && w.copy != NULL && w.out != NULL);
  w.arena = arena_of(2 * ROOM);
  return w;
}

static void free_walk(walk *w) {
  free(w->value);
  free(w->copy);
  free(w->out);
  free(w->arena.base);
}

/* ------------------------------------------------------------------------------------- refusals */

static void expect_not_encoded(const walk *w, const ew_type *type, size_t room) {
  ew_diag diag = {0};
  ew_buf buf;
  ew_buf_init(&buf, w->out, room);
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_encode(type, w->value, &buf, &diag));
  EXPECT_ERR(EW_ERR_ARGUMENT, diag.err);
  if (strlen(w->pointer) < LONGEST_POINTER) {
    assert_string_equal(w->pointer, diag.pointer);
  }
  assert_string_equal("a pointer, not NULL", diag.expected);
  assert_int_equal(0, buf.len);
}

static void expect_not_copied(walk *w) {
  size_t mark = ew_arena_mark(&w->arena);
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_type_copy(w->type, w->copy, w->value, &w->arena));
  assert_int_equal(mark, ew_arena_mark(&w->arena));
  for (size_t i = 0; i < w->type->size; i++) {
    assert_int_equal(0, w->copy[i]);
  }
}

/* By both engines, into a buffer of every sort. */
static void expect_refused(walk *w) {
  ew_entry_type copy;
  const ew_type *by_table = without_writer(w->type, &copy);
  expect_not_encoded(w, w->type, ROOM);
  expect_not_encoded(w, w->type, 0);
  expect_not_encoded(w, by_table, ROOM);
  expect_not_encoded(w, by_table, 0);
}

static void *swap_pointer(void *place, void *pointer) {
  void *before = ew__load_pointer(place);
  memcpy(place, &pointer, sizeof(pointer));
  return before;
}

static void break_list(walk *w, const ew_type *type, void *list) {
  void *items = swap_pointer(list, NULL);
  expect_refused(w);
  expect_not_copied(w);
  swap_pointer(list, items);
  w->broken[type->kind]++;
}

/* With and without the flag that the decoder has left. */
static void break_text(walk *w, ew_kind kind, void *text) {
  ew_str before = ew__load_str(text);
  if (before.len == 0) {
    return;
  }
  for (uint32_t flags = 0; flags <= EW_STR_CLEAN; flags++) {
    ew_str broken = {NULL, before.len, flags};
    memcpy(text, &broken, sizeof(broken));
    expect_refused(w);
    expect_not_copied(w);
  }
  memcpy(text, &before, sizeof(before));
  w->broken[kind]++;
}

/* NULL is how a pointer says that nothing is there, unless a presence says that there is. */
static void break_box(walk *w, const ew_member *member, void *box) {
  ew_buf buf;
  ew_buf_init(&buf, w->out, ROOM);
  void *boxed = swap_pointer(box, NULL);
  if (member->presence_offset != EW_NO_OFFSET) {
    expect_refused(w);
  } else if ((member->flags & EW_MEMBER_REQUIRED) != 0) {
    EXPECT_ERR(EW_ERR_MISSING, ew_type_encode(w->type, w->value, &buf, NULL));
  } else {
    EXPECT_ERR(EW_OK, ew_type_encode(w->type, w->value, &buf, NULL));
  }
  swap_pointer(box, boxed);
  w->broken[EW_KIND_BOX]++;
}

/* ------------------------------------------------------------------------------------- the walk */

static void walk_value(walk *w, const ew_type *type, void *value);

/* The token as a diagnosis shows it in a JSON Pointer; the result is where it was put. */
static size_t push(walk *w, ew_text token) {
  size_t mark = strlen(w->pointer);
  char *to = w->pointer + mark;
  *to++ = '/';
  for (uint32_t i = 0; i < token.len; i++) {
    char c = (unsigned char)token.ptr[i] < ' ' ? '.' : token.ptr[i];
    to += snprintf(to, 3, "%s", c == '~' ? "~0" : c == '/' ? "~1" : (char[]){c, '\0'});
    assert_true(to < w->pointer + sizeof(w->pointer) - 3);
  }
  *to = '\0';
  return mark;
}

static size_t push_index(walk *w, uint32_t index) {
  char digits[16];
  int len = snprintf(digits, sizeof(digits), "%u", (unsigned)index);
  return push(w, (ew_text){digits, (uint32_t)len});
}

static void pop(walk *w, size_t mark) { w->pointer[mark] = '\0'; }

static void walk_arm(walk *w, const ew_union_rules *rules, int kind, char *value) {
  const ew_arm *arm = ew__arm_by_kind(rules, kind);
  assert_non_null(arm);
  walk_value(w, arm->type, value + rules->value_offset);
}

static void walk_member(walk *w, const ew_object_rules *rules, const ew_member *member,
                        char *object) {
  char *value = object + member->offset;
  if (member->offset == EW_NO_OFFSET || ew__presence_of(member, object) != EW_SET) {
    return;
  }
  if (member->type->kind == EW_KIND_BOX) {
    break_box(w, member, value);
  }
  if ((member->flags & EW_MEMBER_SIBLING) != 0) {
    walk_arm(w, member->type->as.choice, ew__tag_of(rules, member, object), value);
    return;
  }
  if ((member->flags & EW_MEMBER_TEXT) != 0 && ew__load_int(value) == 0) {
    break_text(w, EW_KIND_ENUM, object + member->text_offset);
  }
  walk_value(w, member->type, value);
}

static void walk_object(walk *w, const ew_object_rules *rules, char *object) {
  for (uint32_t i = 0; i < rules->member_count; i++) {
    size_t mark = push(w, ew_member_name(&rules->members[i]));
    walk_member(w, rules, &rules->members[i], object);
    pop(w, mark);
  }
}

static void walk_array(walk *w, const ew_type *type, char *value) {
  const ew_type *item = type->as.array->item;
  ew__list list = ew__load_list(value);
  if (list.count > 0 && item->size > 0) {
    break_list(w, type, value);
  }
  for (uint32_t i = 0; i < list.count; i++) {
    size_t mark = push_index(w, i);
    walk_value(w, item, (char *)list.items + (size_t)i * item->size);
    pop(w, mark);
  }
}

/* A key that is nowhere has no name, so that the pointer is that of the map. */
static void walk_map(walk *w, const ew_type *type, char *value) {
  const ew_map_rules *rules = type->as.map;
  ew__list list = ew__load_list(value);
  if (list.count > 0) {
    break_list(w, type, value);
  }
  for (uint32_t i = 0; i < list.count; i++) {
    char *entry = (char *)list.items + (size_t)i * rules->entry_size;
    break_text(w, EW_KIND_MAP, entry);
    ew_str key = ew__load_str(entry);
    size_t mark = push(w, (ew_text){key.ptr, key.len});
    walk_value(w, rules->value, entry + rules->value_offset);
    pop(w, mark);
  }
}

static void walk_value(walk *w, const ew_type *type, void *value) {
  switch (type->kind) {
  case EW_KIND_STRING:
  case EW_KIND_RAW:
  case EW_KIND_NUM:
    break_text(w, (ew_kind)type->kind, value);
    break;
  case EW_KIND_OBJECT:
    walk_object(w, type->as.object, value);
    break;
  case EW_KIND_ARRAY:
    walk_array(w, type, value);
    break;
  case EW_KIND_MAP:
    walk_map(w, type, value);
    break;
  case EW_KIND_UNION:
    walk_arm(w, type->as.choice,
             ew__load_int((char *)value + type->as.choice->kind_offset), value);
    break;
  case EW_KIND_BOX:
    walk_value(w, type->as.boxed, ew__load_pointer(value));
    break;
  default: /* what holds no pointers; tuples have a test of their own */
    break;
  }
}

/* False: the text is none that the strict profile decodes. */
static bool walk_text(walk *w, const ew_type *type, ew_str json) {
  w->type = type;
  ew_arena_reset(&w->arena);
  if (ew_type_decode(type, json, &w->arena, NULL, w->value, NULL) != EW_OK) {
    return false;
  }
  walk_value(w, type, w->value);
  assert_string_equal("", w->pointer);
  return true;
}

/* ------------------------------------------------------------------------------------ the tests */

static void walk_document(walk *w, const ew_document *document, const ew_vector *vectors,
                          size_t count) {
  uint64_t seen = 0;
  for (size_t i = 0; i < count; i++) {
    const ew_message *message = ew_document_find(document, ew_str_of(vectors[i].message));
    if (walk_text(w, message->type, ew_str_from(vectors[i].json, vectors[i].len))) {
      seen |= (uint64_t)1 << (message - document->messages);
    }
  }
  assert_true(document->message_count < 64);
  assert_int_equal(((uint64_t)1 << document->message_count) - 1, seen);
}

static void messages_with_a_pointer_that_is_null_are_refused(void **state) {
  (void)state;
  walk w = new_walk();
  walk_document(&w, &ew_firefly_document, ew_firefly_vectors, ew_firefly_vector_count);
  walk_document(&w, &ew_kaleido_document, ew_kaleido_vectors, ew_kaleido_vector_count);
  walk_document(&w, &ew_baas_document, ew_baas_vectors, ew_baas_vector_count);
  walk_document(&w, &ew_octave_document, ew_octave_vectors, ew_octave_vector_count);
  static const ew_kind met[] = {EW_KIND_STRING, EW_KIND_RAW, EW_KIND_ENUM,
                                EW_KIND_ARRAY,  EW_KIND_MAP, EW_KIND_BOX};
  for (size_t i = 0; i < sizeof(met) / sizeof(met[0]); i++) {
    assert_true(w.broken[met[i]] > 0);
  }
  free_walk(&w);
}

/* Whatever a table can say, and with a presence beside a pointer. */
static void values_of_every_kind_with_a_pointer_that_is_null_are_refused(void **state) {
  (void)state;
  static const char json[] =
      "{\"type\":\"root\",\"id\":\"ab\",\"must\":1,\"big\":12345678901234567890123,\"color\":\"blue\","
      "\"raw\":[1],\"object\":{\"a\":1},\"maybe\":\"m\",\"inner\":{\"id\":1,\"note\":\"n\"},"
      "\"list\":[{\"id\":1,\"note\":\"n\"}],\"names\":[\"a\",\"\",\"a longer name than a block\"],"
      "\"counts\":{\"a\":1,\"b/c~\":2},\"tag\":\"B\",\"content\":\"t\",\"json\":\"[]\","
      "\"self\":{\"type\":\"root\",\"id\":\"a\",\"must\":null,\"names\":[\"n\"],\"tag\":\"C\",\"content\":[1]},"
      "\"choice\":{\"head\":\"h\",\"rest\":[{\"id\":2}]},\"old\":\"o\"}";
  walk w = new_walk();
  assert_true(walk_text(&w, &root_type, ew_str_of(json)));
  assert_true(walk_text(&w, &choice_type, ew_str_of("[\"a\"]")));
  assert_true(walk_text(&w, &counts_type, ew_str_of("{\"\":1,\"a\":2}")));
  for (size_t kind = EW_KIND_NUM; kind <= EW_KIND_BOX; kind++) {
    bool pointless = kind == EW_KIND_CONST || kind == EW_KIND_NULL || kind == EW_KIND_OBJECT ||
                     kind == EW_KIND_UNION;
    assert_true(pointless || w.broken[kind] > 0);
  }
  free_walk(&w);
}

static void a_pointer_that_a_presence_stands_beside_must_be_set(void **state) {
  (void)state;
  typedef struct holder {
    inner *boxed;
    uint8_t boxed_presence;
  } holder;
  static const ew_type box = {
      .kind = EW_KIND_BOX, .size = sizeof(inner *), .as.boxed = &inner_entry[0].type};
  static const ew_member members[] = {{EW_NAME("boxed"),
                                       .type = &box,
                                       .offset = offsetof(holder, boxed),
                                       .presence_offset = offsetof(holder, boxed_presence),
                                       .flags = EW_MEMBER_NULLABLE}};
  static const ew_object_rules rules = {.members = members, .member_count = 1};
  static const ew_type type = {
      .kind = EW_KIND_OBJECT, .size = sizeof(holder), .as.object = &rules};
  walk w = new_walk();
  assert_true(walk_text(&w, &type, ew_str_of("{\"boxed\":{\"id\":1}}")));
  assert_int_equal(1, w.broken[EW_KIND_BOX]);
  free_walk(&w);
}

static void a_buffer_that_is_null_has_no_room(void **state) {
  (void)state;
  ew_buf buf;
  ew_octave_session_response request = {0};
  ew_buf_init(&buf, NULL, 100);
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_octave_session_response_encode(&request, &buf, NULL));
}

static void texts_that_are_nowhere_are_not_looked_at(void **state) {
  (void)state;
  walk w = new_walk();
  ew_buf buf;
  ew_str out = EW_STR("as before");
  ew_str nowhere = {NULL, 1, 0};
  ew_raw value = {nowhere};
  uint64_t natural = 7;
  int64_t whole = 7;
  size_t cursor = 0;
  ew_buf_init(&buf, w.out, ROOM);
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_buf_append(&buf, nowhere));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_buf_append_json_string(&buf, nowhere));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_base64_encode(nowhere, &w.arena, &out));
  nowhere.len = 4;
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_base64_decode(nowhere, &w.arena, &out));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_str_to_uint64(nowhere, &natural));
  EXPECT_ERR(EW_ERR_ARGUMENT, ew_str_to_int64(nowhere, &whole));
  EXPECT_ERR(EW_ERR_TYPE, ew_raw_string(value, &w.arena, &out));
  assert_int_equal(EW_JSON_NONE, ew_raw_type(value));
  assert_false(ew_raw_next(value, &cursor, &out, &value));
  assert_int_equal(0, buf.len);
  assert_int_equal(0, w.arena.used);
  assert_true(natural == 7 && whole == 7);
  EXPECT_TEXT("as before", out);
  free_walk(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(messages_with_a_pointer_that_is_null_are_refused),
      cmocka_unit_test(values_of_every_kind_with_a_pointer_that_is_null_are_refused),
      cmocka_unit_test(a_pointer_that_a_presence_stands_beside_must_be_set),
      cmocka_unit_test(a_buffer_that_is_null_has_no_room),
      cmocka_unit_test(texts_that_are_nowhere_are_not_looked_at),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
