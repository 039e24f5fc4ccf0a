#include "mutate.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------------------------------- dice */

uint64_t dice_roll(dice *d) {
  uint64_t z = d->state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

size_t dice_below(dice *d, size_t count) { return (size_t)(dice_roll(d) % count); }

bool dice_once(dice *d, size_t times) { return dice_below(d, times) == 0; }

dice dice_of(uint64_t seed, uint64_t index) {
  dice d = {seed};
  d.state = dice_roll(&d) ^ (index * 0xd1342543de82ef95u);
  dice_roll(&d);
  return d;
}

/* --------------------------------------------------------------------------------------- stock */

#define MAX_NAMES 4096u

static void add_name(stock *s, ew_str name) {
  for (size_t i = 0; i < s->name_count; i++) {
    if (ew_str_equal(s->names[i], name)) {
      return;
    }
  }
  if (s->name_count < MAX_NAMES) {
    s->names[s->name_count++] = name;
  }
}

static void add_names(stock *s, const node *n) {
  for (const node *child = n->first; child != NULL; child = child->next) {
    if (n->kind == '{') {
      add_name(s, child->name);
    }
    add_names(s, child);
  }
}

/* The names of a pool that stays. */
void stock_init(stock *s, pool *p) {
  s->names = (ew_str *)pool_take(p, MAX_NAMES * sizeof(ew_str));
  s->name_count = 0;
  for (size_t i = 0; i < SUBJECT_COUNT; i++) {
    for (size_t k = 0; k < *SUBJECTS[i].count; k++) {
      const ew_vector *v = &SUBJECTS[i].vectors[k];
      node *root = tree_parse(p, ew_str_from(v->json, v->len));
      if (root != NULL) {
        add_names(s, root);
      }
    }
  }
}

/* -------------------------------------------------------------------------------------- values */

#define BYTES(literal) {(literal), (uint32_t)(sizeof(literal) - 1), 0}

static const ew_str NUMBERS[] = {
    BYTES("0"),
    BYTES("-0"),
    BYTES("1"),
    BYTES("-1"),
    BYTES("7"),
    BYTES("42"),
    BYTES("1.0"),
    BYTES("-0.0"),
    BYTES("1e0"),
    BYTES("10e-1"),
    BYTES("0.1E+1"),
    BYTES("1e2"),
    BYTES("3.14"),
    BYTES("0.5"),
    BYTES("1e-1"),
    BYTES("1000000.0000"),
    BYTES("2147483648"),
    BYTES("4294967296"),
    BYTES("9007199254740993"),
    BYTES("9223372036854775807"),
    BYTES("9223372036854775808"),
    BYTES("-9223372036854775808"),
    BYTES("-9223372036854775809"),
    BYTES("18446744073709551615"),
    BYTES("18446744073709551616"),
    BYTES("9223372036854775807.0"),
    BYTES("922337203685477580700e-2"),
    BYTES("123456789012345678901234567890"),
    BYTES("1111111111222222222233333333334444444444555555555566666666667777777777"),
    BYTES("0.1111111111222222222233333333334444444444555555555566666666667777777777"),
    BYTES("1e308"),
    BYTES("1.7976931348623157e308"),
    BYTES("1.7976931348623159e308"),
    BYTES("1e309"),
    BYTES("-1e400"),
    BYTES("1e99999999999999999999"),
    BYTES("0e99999999999999999999"),
    BYTES("1e-99999999999999999999"),
    BYTES("4.9e-324"),
    BYTES("2.4703282292062327e-324"),
    BYTES("2.2250738585072011e-308"),
    BYTES("9007199254740993.0"),
    BYTES("9007199254740992.99999999999999999999"),
    BYTES("8.41e-308"),
    BYTES("01"),
    BYTES("-01"),
    BYTES("-"),
    BYTES("1."),
    BYTES(".5"),
    BYTES("1.e1"),
    BYTES("1e"),
    BYTES("1e+"),
    BYTES("+1"),
    BYTES("--1"),
    BYTES("0x10"),
    BYTES("1_0"),
    BYTES("NaN"),
    BYTES("Infinity"),
    BYTES("-Infinity"),
};

static const ew_str STRINGS[] = {
    BYTES("\"\""),
    BYTES("\"a\""),
    BYTES("\"0\""),
    BYTES("\"18446744073709551616\""),
    BYTES("\"\\u0000\""),
    BYTES("\"a\\u0000b\""),
    BYTES("\"\\u0061\""),
    BYTES("\"\\ud83d\\ude00\""),
    BYTES("\"\\uD83D\\uDE00\""),
    BYTES("\"\\ud83d\""),
    BYTES("\"\\ude00\\ud83d\""),
    BYTES("\"\\ud83d\\u0041\""),
    BYTES("\"\\ud83dx\\ude00\""),
    BYTES("\"\\u00zz\""),
    BYTES("\"\\u12\""),
    BYTES("\"\\x41\""),
    BYTES("\"\\\""),
    BYTES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    BYTES("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""),
    BYTES("\"\xc0\x80\""),
    BYTES("\"\xed\xa0\x80\""),
    BYTES("\"\xf4\x90\x80\x80\""),
    BYTES("\"\xe2\x82\""),
    BYTES("\"\xff\""),
    BYTES("\"\x80\""),
    BYTES("\"\xef\xbb\xbf\""),
    BYTES("\"\xe2\x80\xa8<>&\""),
    BYTES("\"a\tb\""),
    BYTES("\"a\nb\""),
    BYTES("\"a\0b\""),
    BYTES("\"\x7f\""),
    BYTES("\"QUJD\""),
    BYTES("\"QUI=\""),
    BYTES("\"QUJ\""),
    BYTES("\"{\\\"a\\\":[1,2,\\\"\\\\n\\\"]}\""),
    BYTES("\"{\\\"a\\\"\""),
    BYTES("\"2022-05-12T04:49:22.199999999Z\""),
    BYTES("\"0x00000000000000000000000000000000000000ff\""),
    BYTES("\"d8d6a1b6-5c0c-4fa1-a7f6-bf1e0d5b5d0c\""),
    BYTES("\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""),
    BYTES("'a'"),
};

static const ew_str OTHERS[] = {
    BYTES("null"),
    BYTES("true"),
    BYTES("false"),
    BYTES("[]"),
    BYTES("{}"),
    BYTES("[[]]"),
    BYTES("[null]"),
    BYTES("[1,\"a\",{},[]]"),
    BYTES("{\"\":0}"),
    BYTES("{\"a\":1,\"a\":2}"),
    BYTES("{\"a\\u0000\":1}"),
    BYTES("[[[[[[[[[[[[]]]]]]]]]]]]"),
    BYTES("{\"a\":{\"a\":{\"a\":{\"a\":[{\"a\":0}]}}}}"),
    BYTES("[ ]"),
    BYTES("{ }"),
    BYTES("[,]"),
    BYTES("[1,]"),
    BYTES("{,}"),
    BYTES("{\"a\"}"),
    BYTES("{\"a\":}"),
    BYTES("{a:1}"),
    BYTES("[1 2]"),
    BYTES("[1}"),
    BYTES("nul"),
    BYTES("nullx"),
    BYTES("True"),
    BYTES("/**/1"),
    BYTES(""),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Around the limits of depth of all four protocols and of both peers. */
static ew_str nested(dice *d, pool *p) {
  static const uint32_t levels[] = {30, 60, 63, 64, 65, 66, 126, 127, 128, 129};
  static const uint32_t many[] = {999, 1000, 1001, 1023, 1024, 1025, 2047, 2048, 2049};
  uint32_t count = dice_once(d, 20) ? many[dice_below(d, COUNT(many))]
                                    : levels[dice_below(d, COUNT(levels))];
  bool object = dice_once(d, 2);
  const char *opening = object ? "{\"a\":" : "[";
  size_t width = strlen(opening);
  char *bytes = (char *)pool_take(p, count * (width + 1) + 1);
  size_t len = 0;
  for (uint32_t i = 0; i < count; i++, len += width) {
    memcpy(bytes + len, opening, width);
  }
  bytes[len++] = '0';
  memset(bytes + len, object ? '}' : ']', count);
  return ew_str_from(bytes, len + count);
}

static node *random_value(dice *d, pool *p) {
  size_t choice = dice_below(d, 100);
  if (choice == 0) {
    return tree_scalar(p, nested(d, p));
  }
  if (choice < 34) {
    return tree_scalar(p, NUMBERS[dice_below(d, COUNT(NUMBERS))]);
  }
  if (choice < 67) {
    return tree_scalar(p, STRINGS[dice_below(d, COUNT(STRINGS))]);
  }
  return tree_scalar(p, OTHERS[dice_below(d, COUNT(OTHERS))]);
}

/* Part of another message. */
static node *borrowed_value(dice *d, pool *p, ew_str *name) {
  const subject *s = &SUBJECTS[dice_below(d, SUBJECT_COUNT)];
  const ew_vector *v = &s->vectors[dice_below(d, *s->count)];
  node *root = v->len > 3000 ? NULL : tree_parse(p, ew_str_from(v->json, v->len));
  node *taken = root == NULL ? NULL : tree_at(root, dice_below(d, tree_count(root)));
  if (taken == NULL) {
    return random_value(d, p);
  }
  taken->next = NULL;
  *name = taken->name.len > 0 ? taken->name : *name;
  return taken;
}

/* --------------------------------------------------------------------------------------- names */

static ew_str in_other_case(dice *d, pool *p, ew_str name) {
  ew_str copy = pool_copy(p, name);
  char *bytes = p->base + (copy.ptr - p->base);
  bool all = dice_once(d, 2);
  for (uint32_t i = 1; i + 1 < copy.len; i++) {
    bool letter = (bytes[i] >= 'a' && bytes[i] <= 'z') || (bytes[i] >= 'A' && bytes[i] <= 'Z');
    if (letter && (all || dice_once(d, 4)) && bytes[i - 1] != '\\') {
      bytes[i] = (char)(bytes[i] ^ 0x20);
    }
  }
  return copy;
}

/* A quoted text with some of its plain characters as escapes: the same string. */
static ew_str escaped(dice *d, pool *p, ew_str quoted) {
  char *bytes = (char *)pool_take(p, (size_t)quoted.len * 6 + 1);
  size_t len = 0;
  bool all = dice_once(d, 3);
  for (uint32_t i = 0; i < quoted.len; i++) {
    char c = quoted.ptr[i];
    bool after = i > 0 && quoted.ptr[i - 1] == '\\';
    bool plain = c >= ' ' && c < 0x7f && c != '"' && c != '\\' && !after;
    if (plain && (all || dice_once(d, 6))) {
      len += (size_t)snprintf(bytes + len, 7, dice_once(d, 2) ? "\\u%04x" : "\\u%04X",
                              (unsigned)c);
    } else {
      bytes[len++] = c;
    }
  }
  return ew_str_from(bytes, len);
}

/* A piece put into a quoted text. */
static ew_str stuffed(dice *d, pool *p, ew_str quoted) {
  ew_str piece = STRINGS[dice_below(d, COUNT(STRINGS))];
  size_t inside = piece.len >= 2 ? piece.len - 2 : 0;
  size_t at = quoted.len < 2 ? 0 : 1 + dice_below(d, quoted.len - 1);
  char *bytes = (char *)pool_take(p, (size_t)quoted.len + piece.len + 1);
  memcpy(bytes, quoted.ptr, at);
  memcpy(bytes + at, piece.ptr + 1, inside);
  memcpy(bytes + at + inside, quoted.ptr + at, quoted.len - at);
  return ew_str_from(bytes, quoted.len + inside);
}

static ew_str random_name(const stock *s, dice *d) {
  static const ew_str odd[] = {BYTES("\"\""),         BYTES("\"a\""),    BYTES("\"unknown\""),
                               BYTES("\"id\\u0000\""), BYTES("\"\xff\""), BYTES("\"\xc3\xa9\""),
                               BYTES("\"\\ud800\""),   BYTES("name"),     BYTES("1")};
  return dice_once(d, 5) ? odd[dice_below(d, COUNT(odd))] : s->names[dice_below(d, s->name_count)];
}

static ew_str changed_text(dice *d, pool *p, ew_str quoted) {
  switch (dice_below(d, 3)) {
  case 0:
    return in_other_case(d, p, quoted);
  case 1:
    return escaped(d, p, quoted);
  default:
    return stuffed(d, p, quoted);
  }
}

/* --------------------------------------------------------------------------------------- trees */

static bool is_string(const node *n) { return n->text.len >= 2 && n->text.ptr[0] == '"'; }

static void put_value(node *at, const node *value) {
  at->kind = value->kind;
  at->text = value->text;
  at->first = value->first;
}

/* A number in quotes, a string without, a value in brackets. */
static void change_kind(dice *d, pool *p, node *n) {
  if (n->kind == 0 && is_string(n) && dice_once(d, 2)) {
    n->text = ew_str_from(n->text.ptr + 1, n->text.len - 2);
    return;
  }
  if (n->kind == 0 && !is_string(n) && dice_once(d, 2)) {
    char *bytes = (char *)pool_take(p, (size_t)n->text.len + 2);
    bytes[0] = bytes[n->text.len + 1] = '"';
    memcpy(bytes + 1, n->text.ptr, n->text.len);
    n->text = ew_str_from(bytes, (size_t)n->text.len + 2);
    return;
  }
  node *inner = (node *)pool_take(p, sizeof(node));
  *inner = *n;
  inner->next = NULL;
  n->kind = dice_once(d, 2) ? '[' : '{';
  inner->name = ew_str_from("\"a\"", 3);
  n->first = inner;
}

static void edit_value(const stock *s, dice *d, pool *p, node *n) {
  ew_str name = n->name;
  switch (dice_below(d, 6)) {
  case 0:
  case 1:
    put_value(n, random_value(d, p));
    break;
  case 2:
    put_value(n, borrowed_value(d, p, &name));
    break;
  case 3:
    change_kind(d, p, n);
    break;
  default:
    if (n->kind == 0 && is_string(n)) {
      n->text = changed_text(d, p, n->text);
    } else if (n->kind == 0) {
      n->text = NUMBERS[dice_below(d, COUNT(NUMBERS))];
    } else {
      put_value(n, random_value(d, p));
    }
  }
  if (n->name.len > 0 && dice_once(d, 8)) {
    n->name = dice_once(d, 2) ? random_name(s, d) : changed_text(d, p, n->name);
  }
}

static void insert_child(const stock *s, dice *d, pool *p, node *parent) {
  node **slot = tree_slot(parent, dice_below(d, tree_children(parent) + 1));
  ew_str name = random_name(s, d);
  node *child = dice_once(d, 2) ? borrowed_value(d, p, &name) : random_value(d, p);
  child->name = name;
  child->next = *slot;
  *slot = child;
}

static void double_child(dice *d, pool *p, node *parent, node *child) {
  node *copy = tree_clone(p, child);
  node **slot = tree_slot(parent, dice_below(d, tree_children(parent) + 1));
  copy->next = *slot;
  *slot = copy;
}

static void remove_child(node *parent, const node *child) {
  node **slot = &parent->first;
  while (*slot != child) {
    slot = &(*slot)->next;
  }
  *slot = child->next;
}

/* Puts the child somewhere else among its siblings. */
static void move_child(dice *d, node *parent, node *child) {
  remove_child(parent, child);
  node **slot = tree_slot(parent, dice_below(d, tree_children(parent) + 1));
  child->next = *slot;
  *slot = child;
}

static void turn_children(node *parent) {
  node *turned = NULL;
  node *next;
  for (node *child = parent->first; child != NULL; child = next) {
    next = child->next;
    child->next = turned;
    turned = child;
  }
  parent->first = turned;
}

static void edit_child(const stock *s, dice *d, pool *p, node *parent, node *child) {
  switch (dice_below(d, 12)) {
  case 0:
  case 1:
    remove_child(parent, child);
    break;
  case 2:
    double_child(d, p, parent, child);
    break;
  case 3:
  case 4:
    move_child(d, parent, child);
    break;
  case 5:
    turn_children(parent);
    break;
  case 6:
    insert_child(s, d, p, parent);
    break;
  case 7:
    child->name = child->name.len == 0 ? child->name : changed_text(d, p, child->name);
    break;
  default:
    edit_value(s, d, p, child);
  }
}

/* What changes nothing, or a little, in what the message says. */
static void edit_gently(const stock *s, dice *d, pool *p, node *root) {
  size_t index = dice_below(d, tree_count(root));
  node *at = tree_at(root, index);
  node *parent = index == 0 ? NULL : tree_parent(root, at);
  size_t choice = dice_below(d, 6);
  if (at->kind == '{' && choice == 0) {
    insert_child(s, d, p, at);
  } else if (at->kind == '{' && choice == 1) {
    turn_children(at);
  } else if (at->kind == 0 && is_string(at) && choice < 4) {
    at->text = escaped(d, p, at->text);
  } else if (parent != NULL && parent->kind == '{' && choice < 5) {
    move_child(d, parent, at);
  } else if (at->name.len > 0) {
    at->name = escaped(d, p, at->name);
  }
}

static void edit_tree(const stock *s, dice *d, pool *p, node *root) {
  size_t index = dice_below(d, tree_count(root));
  node *at = tree_at(root, index);
  node *parent = index == 0 ? NULL : tree_parent(root, at);
  if (at->kind != 0 && dice_once(d, 6)) {
    insert_child(s, d, p, at);
  } else if (parent != NULL) {
    edit_child(s, d, p, parent, at);
  } else if (dice_once(d, 4)) {
    edit_value(s, d, p, root);
  }
}

/* --------------------------------------------------------------------------------------- bytes */

static void add_white(void *ctx, text *out) {
  static const char *const white[] = {" ", "\n", "\t", "\r\n", "    ", "\n\n  "};
  dice *d = (dice *)ctx;
  if (dice_once(d, 4)) {
    const char *w = white[dice_below(d, COUNT(white))];
    text_add(out, w, strlen(w));
  }
}

static void insert_bytes(text *t, size_t at, const char *bytes, size_t len) {
  if (t->len + len <= t->size) {
    memmove(t->ptr + at + len, t->ptr + at, t->len - at);
    memcpy(t->ptr + at, bytes, len);
    t->len += len;
  }
}

static void remove_bytes(text *t, size_t at, size_t len) {
  len = len < t->len - at ? len : t->len - at;
  memmove(t->ptr + at, t->ptr + at + len, t->len - at - len);
  t->len -= len;
}

/* The rest of the text becomes the rest of another message. */
static void splice(dice *d, text *t, size_t at) {
  const subject *s = &SUBJECTS[dice_below(d, SUBJECT_COUNT)];
  const ew_vector *v = &s->vectors[dice_below(d, *s->count)];
  size_t from = v->len == 0 ? 0 : dice_below(d, v->len);
  t->len = at;
  if (v->len < 3000) {
    text_add(t, v->json + from, v->len - from);
  }
}

static void edit_bytes(dice *d, text *t) {
  static const char interesting[] = "\"\\{}[],: 0159-+.eEtnuabf/\n\t\r\x01\x1f\x7f\x80\xbf\xc3\xed"
                                    "\xf4\xff";
  static const ew_str pieces[] = {BYTES("\\u0000"), BYTES("\\ud800"), BYTES("\\"),
                                  BYTES("\xef\xbb\xbf"), BYTES("\xc3\xa9"), BYTES("\xf0\x9f\x98"),
                                  BYTES("\0"), BYTES(",,"), BYTES("]]"), BYTES("{}"),
                                  BYTES("e1"), BYTES(".0"), BYTES("//"), BYTES("\n")};
  size_t at = dice_below(d, t->len + 1);
  char c = interesting[dice_below(d, sizeof(interesting))]; /* the final NUL is one of them */
  ew_str piece = pieces[dice_below(d, COUNT(pieces))];
  switch (dice_below(d, 9)) {
  case 0:
    if (at < t->len) {
      t->ptr[at] = (char)(t->ptr[at] ^ (1 << dice_below(d, 8)));
    }
    break;
  case 1:
  case 2:
    if (at < t->len) {
      t->ptr[at] = c;
    }
    break;
  case 3:
    insert_bytes(t, at, &c, 1);
    break;
  case 4:
    insert_bytes(t, at, piece.ptr, piece.len);
    break;
  case 5:
    remove_bytes(t, at, 1 + dice_below(d, 3));
    break;
  case 6:
    t->len = dice_once(d, 3) ? at : t->len;
    break;
  case 7:
    splice(d, t, dice_once(d, 3) ? at : t->len);
    break;
  default:
    insert_bytes(t, dice_once(d, 2) ? t->len : 0, piece.ptr, piece.len);
  }
}

void mutate(const stock *s, const ew_vector *v, dice *d, pool *p, text *out) {
  node *root = tree_parse(p, ew_str_from(v->json, v->len));
  size_t edits = dice_below(d, 5);
  bool gentle = dice_once(d, 3);
  if (root == NULL) {
    text_add(out, v->json, v->len);
    edits = 0;
  } else {
    for (size_t i = 0; i < edits; i++) {
      if (gentle) {
        edit_gently(s, d, p, root);
      } else {
        edit_tree(s, d, p, root);
      }
    }
    tree_write(root, out, dice_once(d, 4) ? add_white : NULL, d);
  }
  out->len = out->len < out->size ? out->len : out->size;
  size_t changes = dice_once(d, gentle ? 8 : 3) ? 1 + dice_below(d, 3) : edits == 0 && dice_once(d, 2);
  for (size_t i = 0; i < changes; i++) {
    edit_bytes(d, out);
    out->len = out->len < out->size ? out->len : out->size;
  }
}
