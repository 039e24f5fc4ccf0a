#include "diag_internal.h"
#include "straight_internal.h"

#include <assert.h>

/* --------------------------------------------------------------------------------- where it is */

typedef struct walk_level {
  uint32_t place; /* index of the element, or where the key stands */
  uint32_t object; /* 1: it is one */
} walk_level;

/**
 * The way from the root of a text to the place of a fault, and the lines on it. What is before the
 * fault is well-formed, so brackets, strings and commas are all that counts; where it is not (only
 * a limit was exceeded), the way ends early.
 */
typedef struct walk {
  const char *begin;
  const char *at;
  const char *line;
  const char *known; /* a bracket or a comma; NULL: none */
  const char *behind_known; /* where what begins there ends: a value, or members */
  uint32_t lines;
  uint32_t inside; /* 1: a member or an element of the innermost level, not between them */
  walk_level *top;                      /* of those around */
  walk_level now;                       /* the innermost */
  walk_level around[EW__MAX_DEPTH + 1]; /* it, from the text itself on */
} walk;

/* p is behind a quote. Behind the string, or NULL when the fault is in it. */
static const char *walk_string(const char *p, const char *at) {
  while (p < at && *p != '"') {
    p += 1 + (*p == '\\');
    p = p < at && *p != '"' ? ew__find_special(p, at) : p;
  }
  return p < at ? p + 1 : NULL;
}

EW__COLD static void walk_opening(walk *w, walk_level level) {
  *w->top++ = w->now;
  w->now = level;
  w->inside = level.object ^ 1;
}

/* From p on; NULL: the way ends early, or the fault is in a string. Brackets and short strings may
 * stand in rows, so all that changes is in registers. */
static EW_NOINLINE const char *walk_text(walk *w, const char *p) {
  const char *const at = w->at;
  const char *const known = w->known;
  walk_level *const last = w->around + EW__MAX_DEPTH;
  walk_level *top = w->top;
  walk_level now = w->now;
  uint32_t inside = w->inside;
  while (p < at) {
    char c = *p++;
    if ((c | 0x20) == '{') {
      if (p - 1 == known) {
        p = w->behind_known;
        inside = 0;
        continue;
      }
      if (p < at && *p == c + 2) {
        p++;
        inside = 0;
        continue;
      }
      if (top == last) {
        p = NULL;
        break;
      }
      *top++ = now;
      now.place = 0;
      now.object = c >> 5 & 1;
      inside = now.object ^ 1;
    } else if ((c | 0x20) == '}') {
      if (top == w->around) {
        p = NULL;
        break;
      }
      now = *--top;
      inside = 0;
    } else if (c == ',') {
      inside = now.object ^ 1;
      now.place += inside;
      p = p - 1 == known ? w->behind_known : p;
    } else if (c == '"') {
      uint32_t key = now.object & ~inside;
      now.place = key != 0 ? (uint32_t)(p - 1 - w->begin) : now.place;
      p = walk_string(p, at);
      if (p == NULL) {
        break;
      }
      inside = key;
    } else if (ew__is_digit(c)) {
      while (p < at && ew__is_digit(*p)) {
        p++;
      }
    }
  }
  w->top = top;
  w->now = now;
  w->inside = inside;
  return p;
}

/* The lines up to the fault: line breaks stand far from each other, or in rows. */
EW__COLD static void count_lines(walk *w) {
  const char *p = w->begin;
  while (p < w->at && (p = (const char *)memchr(p, '\n', (size_t)(w->at - p))) != NULL) {
    do {
      w->lines++;
      w->line = ++p;
    } while (p < w->at && *p == '\n');
  }
}

/* As far as the way is known. A fault before a level is one of the level around it. The result is
 * where the rest begins. */
EW__COLD static const char *walk_trail(walk *w, const ew__trail *trail) {
  const char *p = w->begin + (trail->depth == 0 ? trail->from : 0);
  uint32_t level = 0;
  for (; level < trail->depth && w->begin + trail->levels[level].from <= w->at; level++) {
    ew__trail_level known = trail->levels[level];
    uint32_t object = known.index == EW__IN_OBJECT;
    p = w->begin + known.from;
    walk_opening(w, (walk_level){object ? known.from : known.index, object});
  }
  w->inside = w->inside && !(trail->behind && level == trail->depth);
  return p;
}

EW__COLD static bool is_scalar_byte(char c) {
  return ew__is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' || c == 'E';
}

/* A number or word that ends before the fault is behind us, unless the fault is in it. */
EW__COLD static void leave_scalar(walk *w, const char *end) {
  const char *p = w->at;
  while (p > w->begin && ew__is_white(p[-1])) {
    p--;
  }
  const char *stop = p;
  while (p > w->begin && is_scalar_byte(p[-1])) {
    do {
      p--;
    } while (p > w->begin && ew__is_digit(p[-1]));
  }
  ew__fault fault;
  if (p < stop) {
    const char *behind = ew__skip_value(p, end, 0, EW_TOLERATE_BAD_UTF8, &fault);
    w->inside = w->inside && (behind == NULL || behind > w->at);
  }
}

EW__COLD static void push_key(const walk *w, const char *end, uint32_t place, ew__pointer *to) {
  ew__fault fault;
  ew__span key;
  if (ew__scan_string(w->begin + place, end, EW_TOLERATE_BAD_UTF8, &key, &fault) != NULL) {
    ew__pointer_push(to, key);
  }
}

EW__COLD static void push_levels(walk *w, const char *end, ew__pointer *to) {
  *w->top = w->now;
  for (const walk_level *on = w->around + 1; on < w->top + w->inside; on++) {
    if (on->object != 0) {
      push_key(w, end, on->place, to);
    } else {
      ew__pointer_push_index(to, on->place);
    }
  }
}

/* Where a part of the text begins that need not be walked, since it ends before the fault; or NULL. */
EW__COLD static const char *known_part(const ew_passed *passed, const char *at) {
  const char *from = passed->from;
  bool before = passed->len > 0 && from + passed->len <= at;
  bool members = before && *from == ',' && passed->as == EW_PASSED_MEMBERS;
  bool value = before && (*from | 0x20) == '{' && passed->as <= EW_PASSED_LIST;
  return members || value ? from : NULL;
}

/* Apart from where the walk is kept, whose members are so reached in fewer bytes. */
EW__COLD static EW_NOINLINE void walk_part(walk *w, const ew__part *part, const char *at,
                                           bool at_key) {
  w->begin = w->line = part->begin;
  w->at = at;
  w->known = part->trail == NULL ? NULL : known_part(&part->trail->passed, at);
  w->behind_known = w->known == NULL ? NULL : w->known + part->trail->passed.len;
  w->lines = w->inside = 0;
  w->top = w->around;
  w->now = (walk_level){0, 0};
  if (part->is_pair) {
    walk_opening(w, (walk_level){0, 1});
  }
  if (walk_text(w, part->trail == NULL ? w->begin : walk_trail(w, part->trail)) == at) {
    leave_scalar(w, part->end);
  }
  count_lines(w);
  if (at_key && w->now.object != 0) {
    w->now.place = (uint32_t)(at - w->begin);
    w->inside = 1;
  }
}

EW__COLD static void find_place(ew_diag *diag, const ew__part *part, const char *at, bool at_key) {
  ew__pointer pointer = part->pointer;
  walk w; /* places are set when their levels are opened */
  walk_part(&w, part, at, at_key);
  push_levels(&w, part->end, &pointer);
  ew__pointer_copy(&pointer, diag->pointer);
  diag->offset = (size_t)(part->place.offset + (uint64_t)(at - part->begin));
  diag->line = (uint32_t)(part->place.line + w.lines) + 1;
  diag->column = (uint32_t)(at - w.line) + 1;
  if (w.lines == 0) {
    diag->column += (uint32_t)(part->place.offset - part->place.line_start);
  }
}

/* ----------------------------------------------------------------------------------- what it is */

/* A message shows the beginning of a refused value, not all of it. */
#define EXCERPT_BYTES 39
#define LOOK_BYTES 64

static_assert(EXCERPT_BYTES < LOOK_BYTES, "what is cut is seen to be longer");
static_assert(EXCERPT_BYTES < sizeof(((ew_diag *)0)->found), "an excerpt fits");

/* Copies whole characters; what cannot be printed becomes '.'. */
EW__COLD static void set_found(ew_diag *diag, const char *p, const char *end) {
  const size_t room = EXCERPT_BYTES;
  const size_t cut_room = room - 3;
  size_t len = 0;
  size_t cut = 0;
  while (p < end) {
    size_t n = ew__utf8_length(p, end);
    bool printable = n > 0 && (unsigned char)*p >= 0x20 && *p != 0x7f;
    n = n == 0 ? 1 : n;
    if (len + n > room) {
      memcpy(diag->found + cut, "...", 4);
      return;
    }
    memcpy(diag->found + len, printable ? p : ".", printable ? n : 1);
    len += printable ? n : 1;
    p += n;
    cut = len <= cut_room ? len : cut;
  }
  diag->found[len] = '\0';
}

EW__COLD static bool ends_word(char c) {
  return ew__is_white(c) || (c != '\0' && strchr(",:]}", c) != NULL);
}

/* A value as it stands, or a word when it is none. What is behind the excerpt does not matter, so
 * it is not looked at. */
EW__COLD static void find_found(ew_diag *diag, const char *at, const char *end) {
  static const char nothing[] = "end of text";
  if (at >= end) {
    set_found(diag, nothing, nothing + sizeof(nothing) - 1);
    return;
  }
  ew__fault fault;
  const char *stop = end - at > LOOK_BYTES ? at + LOOK_BYTES : end;
  const char *behind = ew__skip_value(at, stop, EW__MAX_DEPTH, EW_TOLERATE_BAD_UTF8, &fault);
  if (behind == NULL && stop < end && fault.err == EW_ERR_TRUNCATED) {
    behind = stop;
  }
  if (ew__is_white(*at) || behind == NULL) {
    behind = at + 1;
    while (behind < stop && !ends_word(*behind)) {
      behind++;
    }
  }
  set_found(diag, at, behind);
}

/** A line that counts on where the room ends. */
typedef struct line {
  char *out;
  size_t size;
  size_t len;
} line;

EW__COLD static void put(line *l, const char *text) {
  size_t n = strlen(text);
  size_t room = l->len < l->size ? l->size - l->len : 0;
  if (room > 0) {
    memcpy(l->out + l->len, text, n < room ? n : room);
  }
  l->len += n;
}

EW__COLD static void put_number(line *l, uint32_t number) {
  char digits[EW__INT_CHARS + 1];
  *ew__print_uint(number, digits) = '\0';
  put(l, digits);
}

EW__COLD static void end_line(line *l) {
  if (l->size > 0) {
    l->out[l->len < l->size ? l->len : l->size - 1] = '\0';
  }
}

/* A name as a segment of a JSON Pointer. */
EW__COLD static void put_name(line *l, const char *name) {
  for (; *name != '\0'; name++) {
    const char text[] = {*name, '\0'};
    put(l, *name == '~' ? "~0" : *name == '/' ? "~1" : text);
  }
}

EW__COLD static bool put_way(line *l, const ew_type *type, const ew_type *inside);

/* A type that may be null is a union in the tables alone. */
EW__COLD static bool put_arm(line *l, const ew_union_rules *rules, const ew_type *inside) {
  size_t len = l->len;
  for (uint32_t i = 0; i < rules->arm_count; i++) {
    l->len = len;
    if (strcmp(rules->keyword, "/type") != 0) {
      put(l, rules->keyword);
      put(l, "/");
      put_number(l, i);
    }
    if (put_way(l, rules->arms[i].type, inside)) {
      return true;
    }
  }
  return false;
}

/* From the type of a member to one inside of it, without a type in between that has a name. */
EW__COLD static bool put_way(line *l, const ew_type *type, const ew_type *inside) {
  if (type == inside || ew_type_lenient(type) == inside) {
    return true;
  }
  if (type->head != EW_HEAD_NONE) {
    return false;
  }
  if (type->kind == EW_KIND_ARRAY) {
    put(l, "/items");
    return put_way(l, type->as.array->item, inside);
  }
  if (type->kind == EW_KIND_MAP) {
    put(l, "/additionalProperties");
    return put_way(l, type->as.map->value, inside);
  }
  return type->kind == EW_KIND_UNION && put_arm(l, type->as.choice, inside);
}

EW__COLD static void set_schema(ew_diag *diag, const ew__keyword *k) {
  if (k == NULL) {
    return;
  }
  line l = {diag->schema, sizeof(diag->schema), 0};
  const char *base = k->base == NULL ? "" : k->base;
  put(&l, *base == '/' ? "#/components/schemas" : "");
  put(&l, base);
  if (k->member != NULL) {
    put(&l, "/properties/");
    put_name(&l, k->member->name);
    size_t len = l.len;
    l.len = put_way(&l, k->member->type, k->inside) ? l.len : len;
  }
  put(&l, k->keyword == NULL ? "" : k->keyword);
  end_line(&l);
}

EW__COLD void ew__diag_part(ew_diag *diag, const ew__part *part, const ew__fault *fault,
                            bool at_key, const ew__keyword *keyword) {
  if (diag == NULL) {
    return;
  }
  ew__diag_code(diag, fault->err);
  diag->expected = fault->expected == NULL ? "" : fault->expected;
  if (ew__is_of_schema(fault->err) || fault->err == EW_ERR_DUPLICATE) {
    set_schema(diag, keyword);
  }
  find_place(diag, part, fault->at, at_key);
  if (part->found.ptr != NULL) {
    find_found(diag, part->found.ptr, part->found.ptr + part->found.len);
  }
}

EW__COLD void ew__diag_text(ew_diag *diag, ew_str json, const ew__fault *fault, bool at_key,
                            const ew__keyword *keyword, const ew__trail *trail) {
  const char *end = json.ptr + json.len;
  ew__part part = {.begin = json.ptr,
                   .end = end,
                   .found = ew_str_from(fault->at, (size_t)(end - fault->at)),
                   .trail = trail};
  ew__diag_part(diag, &part, fault, at_key, keyword);
}

EW__COLD void ew__diag_value(ew_diag *diag, ew_err err, const ew__path *path, const char *expected,
                             const ew__keyword *keyword, ew_str found) {
  if (diag == NULL) {
    return;
  }
  ew__pointer pointer = {.end = {0, false}};
  ew__diag_code(diag, err);
  diag->expected = expected == NULL ? "" : expected;
  set_schema(diag, keyword);
  ew__pointer_of_path(path, &pointer);
  ew__pointer_copy(&pointer, diag->pointer);
  if (found.len > 0) {
    set_found(diag, found.ptr, found.ptr + found.len);
  }
}

EW__COLD void ew__diag_code(ew_diag *diag, ew_err err) {
  if (diag != NULL) {
    memset(diag, 0, sizeof(*diag));
    diag->err = err;
    diag->expected = "";
  }
}

/* ---------------------------------------------------------------------------------- as one line */

EW__COLD static void put_place(line *l, const ew_diag *diag) {
  if (diag->line > 0) {
    put_number(l, diag->line);
    put(l, ":");
    put_number(l, diag->column);
    put(l, ": ");
  }
  if (diag->pointer[0] != '\0') {
    put(l, diag->pointer);
    put(l, ": ");
  }
}

/* Of what is no text found has words of its own: about an option, a connection, a file. */
EW__COLD static bool is_about_text(const ew_diag *diag) {
  return diag->line != 0 || (diag->err <= EW_ERR_SYNTAX && diag->err > EW_ERR_CONNECT);
}

EW__COLD static void put_reason(line *l, const ew_diag *diag) {
  bool expected = diag->expected != NULL && diag->expected[0] != '\0';
  put(l, ew_err_text(diag->err));
  if (expected) {
    put(l, ": expected ");
    put(l, diag->expected);
  }
  if (diag->found[0] != '\0') {
    put(l, expected ? ", found " : is_about_text(diag) ? ": found " : ": ");
    put(l, diag->found);
  }
  if (diag->schema[0] != '\0') {
    put(l, " (schema ");
    put(l, diag->schema);
    put(l, ")");
  }
}

EW__COLD size_t ew_diag_format(const ew_diag *diag, char *out, size_t size) {
  line l = {out, size, 0};
  put_place(&l, diag);
  put_reason(&l, diag);
  end_line(&l);
  return l.len;
}
