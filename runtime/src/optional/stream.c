/*
 * A batch in pieces. What may be cut is a unit: an element of the list, or a member beside it with
 * its name. Elements are first read where they are; only when a unit runs out of bytes its end is
 * looked for without checking anything (brackets and quotes are counted), it is carried to the
 * arena until that end has arrived, and is read there. Since a reader that finds nothing wrong
 * counts the same brackets, it ends where the unit ends or refuses before: the verdict is that of
 * the whole text.
 */
#include "eventwire/stream.h"

#include "../codec/decode_internal.h"
#include "../codec/straight_internal.h"
#include "../codec/table_internal.h"

/** What comes next. */
enum stage {
  AT_TEXT,
  AT_FIRST_PAIR,
  AT_PAIR,
  BEHIND_PAIR,
  AT_FIRST_ITEM,
  AT_ITEM,
  BEHIND_ITEM,
  AT_END
};

/** Where the search for the end of a unit stands. */
enum scan { SCAN_NAME, SCAN_COLON, SCAN_GAP, SCAN_VALUE, SCAN_STRING, SCAN_NESTED, SCAN_SCALAR };

/** What a refusal is about, which says what its JSON Pointer begins with. */
enum kind { IN_TEXT, IN_LIST, ITEM, PAIR };

/** A stretch that is read in one go, in the window or in the arena. */
typedef struct unit {
  const char *begin;
  const char *end;
  const ew_place *place; /* of begin; NULL: as the window says */
  enum kind kind;
  bool gone; /* its bytes are not at hand any more */
} unit;

/** The bytes of one call. */
typedef struct window {
  ew_stream *s;
  ew_diag *diag;
  const char *begin; /* s->place */
  const char *end;
  const char *behind; /* of the piece: what is from end on is no UTF-8 and only shown */
  const char *good;   /* all before it is UTF-8, or was read by who looks for that */
  bool last;          /* nothing follows end */
  const char *p;      /* all before it is done */
  const char *known;  /* known_place: lines are counted once */
  ew_place known_place;
  unit u;
  ew_reader reader; /* of these bytes */
} window;

/* ------------------------------------------------------------------------------------- the text */

/* The place at end, when it was *place at begin. Most texts have no lines at all. */
EW__SMALL static void advance(ew_place *place, const char *begin, const char *end) {
  const char *line = begin;
  while (line < end && (line = memchr(line, '\n', (size_t)(end - line))) != NULL) {
    line++;
    place->line++;
    place->line_start = place->offset + (uint64_t)(line - begin);
  }
  place->offset += (uint64_t)(end - begin);
}

EW__SMALL static ew_place place_at(const window *w, const char *p) {
  bool behind = p >= w->known;
  ew_place place = behind ? w->known_place : w->s->place;
  advance(&place, behind ? w->known : w->begin, p);
  return place;
}

/* The same for w->p, remembered. */
EW__COLD static EW_NOINLINE ew_place place_here(window *w) {
  w->known_place = place_at(w, w->p);
  w->known = w->p;
  return w->known_place;
}

static void take_here(window *w, enum kind kind) {
  w->u = (unit){.begin = w->p, .end = w->end, .kind = kind};
}

EW__COLD static void take_carried(window *w) {
  const ew_stream *s = w->s;
  bool in_list = s->stage == AT_FIRST_ITEM || s->stage == AT_ITEM;
  w->u = (unit){s->carry, s->carry + s->carry_len, &s->carry_place,
                in_list ? ITEM : PAIR, false};
}

/* From a bracket that was opened on; its bytes may be gone. */
EW__COLD static EW_NOINLINE void take_from(window *w, const ew_place *place, enum kind kind) {
  uint64_t passed = w->s->place.offset;
  w->u.gone = place->offset < passed;
  w->u.begin = w->u.gone ? "" : w->begin + (place->offset - passed);
  w->u.end = w->u.gone ? w->u.begin : w->end;
  w->u.place = place;
  w->u.kind = kind;
}

/* ------------------------------------------------------------------------------------- refusals */

EW__COLD static void end_with(ew_stream *s, ew_err err) {
  s->err = err;
  ew_arena_rewind(s->arena, s->start);
  if (s->out != NULL) {
    memset(s->out, 0, s->type->size);
  }
}

EW__COLD static void find_pointer(const window *w, ew__pointer *pointer) {
  const ew_stream *s = w->s;
  bool in_list = w->u.kind == ITEM || w->u.kind == IN_LIST;
  pointer->end = (ew__pointer_end){0, false};
  if (s->member != NULL && in_list) {
    ew_text name = ew_member_name(s->member);
    ew__pointer_push(pointer, (ew__span){name.ptr, name.len, false});
  }
  if (w->u.kind == ITEM) {
    ew__pointer_push_index(pointer, s->count);
  }
}

/* The refused bytes, as many as there are. */
EW__COLD static ew_str find_bytes(const window *w, const ew__part *part, const char *at) {
  uint64_t offset = part->place.offset + (uint64_t)(at - part->begin);
  if (offset >= w->s->place.offset) {
    const char *here = w->begin + (offset - w->s->place.offset);
    return ew_str_from(here, (size_t)(w->behind - here));
  }
  return w->u.gone ? ew_str_of(NULL) : ew_str_from(at, (size_t)(part->end - at));
}

/* Always false. What runs into bytes that are not UTF-8 is refused for them. */
EW__COLD static bool refuse(window *w, ew__fault *fault, bool at_key,
                             const ew__keyword *keyword) {
  ew__part part;
  part.begin = w->u.begin;
  part.end = w->u.end;
  part.place = w->u.place == NULL ? place_at(w, w->u.begin) : *w->u.place;
  part.is_pair = w->u.kind == PAIR;
  find_pointer(w, &part.pointer);
  part.found = find_bytes(w, &part, fault->at);
  part.trail = NULL;
  bool cut = w->last && w->end < w->behind;
  if (cut && fault->at == w->u.end && !w->u.gone) {
    keyword = NULL;
    ew__refuse(fault, EW_ERR_UTF8, fault->at, "UTF-8");
  }
  ew__diag_part(w->diag, &part, fault, at_key, keyword);
  end_with(w->s, fault->err);
  return false;
}

EW__COLD static bool refuse_unit(window *w, ew_err err, const char *expected) {
  ew__fault fault = {err, w->u.begin, expected};
  return refuse(w, &fault, false, NULL);
}

EW__COLD static bool refuse_here(window *w, enum kind kind, ew_err err, const char *expected) {
  take_here(w, kind);
  return refuse_unit(w, err, expected);
}

EW__COLD static bool refuse_decoded(window *w, ew__decoder *d) {
  return refuse(w, &d->fault, d->at_key, &d->keyword);
}

/* Neither a comma nor the bracket that could stand there. */
EW__COLD static bool refuse_syntax(window *w) {
  bool in_list = w->s->stage == BEHIND_ITEM;
  w->u.kind = in_list ? IN_LIST : IN_TEXT;
  return refuse_unit(w, w->u.begin == w->u.end ? EW_ERR_TRUNCATED : EW_ERR_SYNTAX,
                     in_list ? "a comma or ]" : "a comma or }");
}

EW__COLD static bool refuse_size(window *w) {
  return refuse_unit(w, EW_ERR_TOO_LARGE, "a shorter text");
}

/* ------------------------------------------------------------------------------- ends of units */

EW__COLD static void start_scan(ew_stream *s, enum scan scan) {
  s->scan = (uint8_t)scan;
  s->nesting = 0;
  s->in_name = false;
  s->in_escape = false;
}

static bool is_scalar_byte(char c) {
  char lower = (char)(c | 0x20);
  return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') || c == '+' || c == '-' ||
         c == '.';
}

/* Behind the closing quote, with the escape at the end of the bytes remembered. */
static const char *pass_string(ew_stream *s, const char *p, const char *end) {
  while (p < end) {
    if (s->in_escape) {
      s->in_escape = false;
      p++;
      continue;
    }
    p = ew__find_special(p, end);
    if (p == end) {
      break;
    }
    if (*p == '"') {
      return p + 1;
    }
    s->in_escape = *p == '\\';
    p++;
  }
  return NULL;
}

/* To the next quote or behind the bracket that closes the value. */
static const char *pass_nested(ew_stream *s, const char *p, const char *end) {
  for (; p < end && *p != '"'; p++) {
    char fold = (char)(*p | 0x20); /* [ and {, ] and } differ in this bit */
    if (fold == '{') {
      s->nesting++;
    } else if (fold == '}' && --s->nesting == 0) {
      return p + 1;
    }
  }
  return p;
}

static const char *pass_value_start(ew_stream *s, const char *p) {
  if (*p == '"') {
    s->scan = SCAN_STRING;
    return p + 1;
  }
  s->scan = *p == '{' || *p == '[' ? SCAN_NESTED : SCAN_SCALAR;
  return p;
}

/*
 * The end of a unit, NULL when it is behind these bytes. Something that no unit has ends it too:
 * its reader will refuse that. In a pair also the first byte of the value, with SCAN_GAP.
 */
static const char *find_end(ew_stream *s, const char *p, const char *end) {
  while (p < end) {
    switch ((enum scan)s->scan) {
    case SCAN_NAME:
      if (*p != '"') {
        return p + 1;
      }
      s->in_name = true;
      s->scan = SCAN_STRING;
      p++;
      break;
    case SCAN_COLON:
      p = ew__skip_white(p, end);
      if (p < end && *p != ':') {
        return p + 1;
      }
      s->scan = p < end ? SCAN_GAP : SCAN_COLON;
      p += p < end;
      break;
    case SCAN_GAP:
      p = ew__skip_white(p, end);
      return p < end ? p : NULL;
    case SCAN_VALUE:
      p = pass_value_start(s, p);
      if (s->scan == SCAN_SCALAR && !is_scalar_byte(*p)) {
        return p + 1;
      }
      break;
    case SCAN_STRING:
      p = pass_string(s, p, end);
      if (p == NULL || (s->nesting == 0 && !s->in_name)) {
        return p;
      }
      s->scan = s->in_name ? SCAN_COLON : SCAN_NESTED;
      s->in_name = false;
      break;
    case SCAN_NESTED:
      p = pass_nested(s, p, end);
      if (s->nesting == 0) {
        return p;
      }
      s->scan = p < end ? SCAN_STRING : SCAN_NESTED;
      p += p < end;
      break;
    case SCAN_SCALAR:
      if (!is_scalar_byte(*p)) {
        return p;
      }
      p++;
      break;
    }
  }
  return NULL;
}

/* ---------------------------------------------------------------------------------------- UTF-8 */

/* These bytes begin a character and do not end it. */
EW__COLD static bool is_partial(const char *ptr, size_t len) {
  char whole[4] = {0};
  if (len == 0 || len >= sizeof(whole)) {
    return false;
  }
  for (int fill = 0x80; fill <= 0xbf; fill += 0x3f) { /* one of them fits any first byte */
    memset(whole, fill, sizeof(whole));
    memcpy(whole, ptr, len);
    if (ew__utf8_length(whole, whole + sizeof(whole)) > len) {
      return true;
    }
  }
  return false;
}

/*
 * Everything before p, and the character at p, is UTF-8; else the bytes end where that stops: for
 * good, or only for now when the piece ends within a character.
 */
EW__COLD static void check_to(window *w, const char *p) {
  while (p < w->end && (*p & 0xc0) == 0x80) {
    p++;
  }
  size_t bad = 0;
  if (p <= w->good || ew__utf8_check(w->good, (size_t)(p - w->good), &bad) == EW_OK) {
    w->good = p > w->good ? p : w->good;
    return;
  }
  w->end = w->good + bad;
  w->good = w->end;
  w->last = !is_partial(w->end, (size_t)(w->behind - w->end));
}

/* ------------------------------------------------------------------------------- reading a unit */

EW__COLD static ew__decoder decoder_of(const window *w) {
  const ew_stream *s = w->s;
  ew_str text = ew_str_from(w->u.begin, (size_t)(w->u.end - w->u.begin));
  ew__decoder d = ew__decoder_open(text, s->arena, &s->limits, s->mode);
  d.r.depth_left -= s->depth;
  d.owner = s->member == NULL ? NULL : s->type;
  d.member = s->member;
  return d;
}

EW__COLD static EW_NOINLINE ew__frame frame_of(const window *w) {
  const ew_stream *s = w->s;
  return (ew__frame){.type = s->type,
                     .rules = s->type->as.object,
                     .begin = w->u.begin,
                     .out = s->out,
                     .seen = s->seen,
                     .count = s->members};
}

EW__COLD static const char *read_by_table(window *w) {
  const ew_stream *s = w->s;
  ew__decoder d = decoder_of(w);
  memset(s->value, 0, s->item->size);
  const char *behind = ew__read_value(&d, s->item, w->u.begin, s->value, NULL);
  if (behind == NULL) {
    refuse_decoded(w, &d);
  }
  return behind;
}

/* What is not stored needs no memory any more. */
EW__COLD static const char *read_pair(window *w) {
  ew_stream *s = w->s;
  ew__decoder d = decoder_of(w);
  ew__frame f = frame_of(w);
  const char *behind = ew__read_pair(&d, &f, w->u.begin);
  if (behind == NULL) {
    refuse_decoded(w, &d);
    return NULL;
  }
  if ((f.seen == s->seen && !f.rules->keeps) || s->out == NULL) {
    ew_arena_rewind(s->arena, s->mark);
  }
  s->mark = ew_arena_mark(s->arena);
  s->seen = f.seen;
  s->members = f.count;
  s->stage = BEHIND_PAIR;
  return behind;
}

static const char *read_straight(const ew_stream *s, ew_reader *r, const char *p) {
  size_t mark = ew_arena_mark(s->arena);
  r->err = EW_OK;
  r->depth_left = s->limits.max_depth - s->depth;
  p = ew_arrive(r, ew_type_reader(s->straight)(r, p, s->value));
  if (p == NULL) {
    ew_arena_rewind(s->arena, mark);
  }
  return p;
}

static bool is_too_large(const ew_stream *s, size_t len) { return len > s->limits.max_bytes; }

/* Puts the way to the unit in front of the pointer of what was found in it. */
EW__COLD static void join_pointer(const window *w, const char *inner, char to[]) {
  static const char more[] = "...";
  size_t room = sizeof(((ew_diag *)NULL)->pointer) - sizeof(more);
  size_t len = strlen(inner);
  ew__pointer way;
  find_pointer(w, &way);
  bool fits = way.end.len + len <= room;
  len = fits ? len : room - way.end.len;
  memcpy(to, way.text, way.end.len);
  memcpy(to + way.end.len, inner, len);
  memcpy(to + way.end.len + len, fits ? "" : more, fits ? 1 : sizeof(more));
}

/* found: in the unit as if it were all of the text. Always false. */
EW__COLD static bool refuse_checked(window *w, const ew_diag *found) {
  if (found->err == EW_ERR_ARENA_FULL) {
    return refuse_unit(w, found->err, "");
  }
  ew_place place = w->u.place == NULL ? place_at(w, w->u.begin) : *w->u.place;
  ew_diag *diag = w->diag;
  if (diag != NULL) {
    *diag = *found;
    join_pointer(w, found->pointer, diag->pointer);
    diag->offset += (size_t)place.offset;
    diag->column += found->line > 1 ? 0 : (uint32_t)(place.offset - place.line_start);
    diag->line += (uint32_t)place.line;
  }
  end_with(w->s, found->err);
  return false;
}

/* What the type of the element does not say of its schema. */
EW__COLD static bool check_item(window *w, const char *behind) {
  const ew_stream *s = w->s;
  ew_decode_options opts = {.limits = s->limits, .scratch = s->scratch};
  opts.profile = s->mode == 0 ? EW_STRICT : EW_LENIENT;
  opts.limits.max_depth -= s->depth;
  ew_str text = ew_str_from(w->u.begin, (size_t)(behind - w->u.begin));
  ew_diag found;
  ew_err err = s->checks->run(s->item, text, &opts, s->arena, &found);
  return err == EW_OK || refuse_checked(w, &found);
}

/* The element that ends at behind. */
static bool deliver(window *w, const char *behind) {
  ew_stream *s = w->s;
  if (is_too_large(s, (size_t)(behind - w->u.begin))) {
    return refuse_size(w);
  }
  if (EW_UNLIKELY(s->checks != NULL) && !check_item(w, behind)) {
    return false;
  }
  s->count++;
  ew_err err = s->sink.call(s->sink.callback, s->sink.ctx, s->value);
  if (err != EW_OK) {
    s->count--;
    return refuse_unit(w, err, "");
  }
  ew_arena_rewind(s->arena, s->mark);
  s->stage = BEHIND_ITEM;
  return true;
}

/* ------------------------------------------------------------------------------------- the list */

/* p is at the bracket. */
EW__COLD static bool open_list(window *w) {
  ew_stream *s = w->s;
  if (s->depth >= s->limits.max_depth) {
    return refuse_here(w, IN_LIST, EW_ERR_DEPTH, "a scalar value");
  }
  s->depth++;
  s->list_place = place_here(w);
  s->stage = AT_FIRST_ITEM;
  w->p++;
  return true;
}

EW__COLD static bool close_list(window *w) {
  ew_stream *s = w->s;
  const ew_array_rules *rules = s->list->as.array;
  bool few = s->count < rules->min_items;
  if (few || (rules->max_items != EW_NO_LIMIT && s->count > rules->max_items)) {
    take_from(w, &s->list_place, IN_LIST);
    ew__decoder d = decoder_of(w);
    ew__refuse_value(&d, s->list, EW_ERR_COUNT, w->u.begin, few ? "/minItems" : "/maxItems",
                     few ? "more elements" : "fewer elements");
    return refuse_decoded(w, &d);
  }
  s->depth--;
  s->stage = s->member == NULL ? AT_END : BEHIND_PAIR;
  w->p++;
  return true;
}

EW__COLD static EW_NOINLINE uint64_t list_bit(const ew_stream *s) {
  return (uint64_t)1 << (s->member - s->type->as.object->members);
}

/* The name that was carried is the list's, for the first time. */
EW__COLD static bool is_list_name(const ew_stream *s) {
  ew__fault fault;
  ew__span name;
  const char *end = s->carry + s->carry_len;
  return (s->seen & list_bit(s)) == 0 &&
         ew__scan_string(s->carry, end, s->mode, &name, &fault) != NULL &&
         ew__span_is(name, ew_member_name(s->member));
}

EW__COLD static bool open_list_member(window *w) {
  ew_stream *s = w->s;
  s->carrying = false;
  s->seen |= list_bit(s);
  s->members++;
  if (s->out != NULL && s->member->presence_offset != EW_NO_OFFSET) {
    ((char *)s->out)[s->member->presence_offset] = EW_SET;
  }
  ew_arena_rewind(s->arena, s->mark);
  return open_list(w);
}

/* --------------------------------------------------------------------------- units put together */

EW__COLD static void start_carry(window *w) {
  ew_stream *s = w->s;
  s->carry = s->arena->base + s->arena->used;
  s->carry_len = 0;
  s->carry_place = place_here(w);
  s->carrying = true;
}

EW__COLD static bool carry_to(window *w, const char *stop) {
  ew_stream *s = w->s;
  size_t more = (size_t)(stop - w->p);
  char *to = ew__arena_take_text(s->arena, more);
  if (to == NULL) {
    take_carried(w);
    return refuse_unit(w, EW_ERR_ARENA_FULL, "");
  }
  memcpy(to, w->p, more);
  s->carry_len += more;
  w->p = stop;
  return true;
}

EW__COLD static const char *read_carried_item(window *w) {
  const ew_stream *s = w->s;
  const char *behind = NULL;
  if (s->straight != NULL) {
    ew_reader r;
    ew__reader_open(&r, ew_str_from(w->u.begin, s->carry_len), s->arena, &s->limits, 0);
    behind = read_straight(s, &r, w->u.begin);
  }
  behind = behind == NULL ? read_by_table(w) : behind;
  return behind != NULL && deliver(w, behind) ? behind : NULL;
}

/* len: of the unit; one byte more may have been carried to show where a number ends. */
EW__COLD static bool read_carried(window *w, size_t len) {
  ew_stream *s = w->s;
  take_carried(w);
  s->carrying = false;
  const char *behind = w->u.kind == ITEM ? read_carried_item(w) : read_pair(w);
  if (behind == NULL) {
    return false;
  }
  if (behind == s->carry + len) {
    return true;
  }
  advance(&s->carry_place, s->carry, behind);
  w->u.begin = behind;
  return refuse_syntax(w);
}

/* The unit has ended; the byte behind it goes along, and is taken again. */
EW__COLD static bool end_carry(window *w) {
  size_t len = w->s->carry_len;
  const char *p = w->p;
  if (p < w->end && !carry_to(w, p + 1)) {
    return false;
  }
  w->p = p;
  return read_carried(w, len);
}

/*
 * Where a unit ends, or the bytes do: *stop is NULL then. A number or word that reaches bytes that
 * are no UTF-8 has not ended.
 */
EW__COLD static const char *stop_at(window *w, const char **stop) {
  const char *p = *stop;
  check_to(w, p == NULL ? w->end : p < w->end ? p + 1 : p);
  bool reaches = p == w->end && w->end < w->behind && w->s->scan == SCAN_SCALAR &&
                 (p == w->p || is_scalar_byte(p[-1]));
  *stop = p == NULL || p > w->end || reaches ? NULL : p;
  return *stop == NULL ? w->end : p;
}

EW__COLD static bool carry_on(window *w) {
  ew_stream *s = w->s;
  for (;;) {
    const char *stop = find_end(s, w->p, w->end);
    const char *behind = stop_at(w, &stop);
    if (is_too_large(s, s->carry_len + (size_t)(behind - w->p))) {
      take_carried(w);
      return refuse_size(w);
    }
    if (!carry_to(w, behind)) {
      return false;
    }
    if (stop == NULL) {
      return w->last ? read_carried(w, s->carry_len) : true;
    }
    if (s->scan != SCAN_GAP) {
      return end_carry(w);
    }
    if (*w->p == '[' && is_list_name(s)) {
      return open_list_member(w);
    }
    s->scan = SCAN_VALUE;
  }
}

/* --------------------------------------------------------------------------------- step by step */

/* The straight-line reader did not get through: why, or wait for the rest. */
EW__COLD static bool take_item_slowly(window *w) {
  ew_stream *s = w->s;
  start_scan(s, SCAN_VALUE);
  w->good = w->p > w->good ? w->p : w->good;
  const char *stop = find_end(s, w->p, w->end);
  const char *behind = stop_at(w, &stop);
  if (is_too_large(s, (size_t)(behind - w->p))) {
    return refuse_size(w);
  }
  if (stop == NULL && !w->last) {
    start_carry(w);
    return carry_to(w, w->end);
  }
  w->u.end = w->end;
  w->p = read_by_table(w);
  return w->p != NULL && deliver(w, w->p);
}

/* It ends with a bracket or a quote, or something follows it: no byte of it is missing. */
static bool is_whole(const window *w, const char *behind) {
  char last = behind[-1];
  return behind < w->end || last == '}' || last == ']' || last == '"';
}

/* One element, and those that follow it as servers write them. */
static bool take_items(window *w) {
  ew_stream *s = w->s;
  for (;;) {
    take_here(w, ITEM);
    const char *behind = s->straight == NULL ? NULL : read_straight(s, &w->reader, w->p);
    if (behind == NULL || !is_whole(w, behind)) {
      ew_arena_rewind(s->arena, s->mark);
      return take_item_slowly(w);
    }
    w->p = behind;
    if (!deliver(w, behind)) {
      return false;
    }
    if (behind == w->end || *behind != ',') {
      return true;
    }
    s->stage = AT_ITEM;
    w->p = ew__skip_white(behind + 1, w->end);
    if (w->p == w->end) {
      return true;
    }
  }
}

EW__COLD static bool take_pair(window *w) {
  w->good = w->p > w->good ? w->p : w->good;
  start_scan(w->s, SCAN_NAME);
  start_carry(w);
  return carry_on(w);
}

EW__COLD static bool open_text(window *w, char c) {
  ew_stream *s = w->s;
  if (c != (s->member == NULL ? '[' : '{')) {
    take_here(w, IN_TEXT);
    ew__decoder d = decoder_of(w);
    d.owner = NULL;
    d.member = NULL;
    ew__read_value(&d, s->type, w->p, NULL, NULL);
    return refuse_decoded(w, &d);
  }
  if (s->member == NULL) {
    return open_list(w);
  }
  s->text_place = place_here(w);
  s->depth++;
  s->stage = AT_FIRST_PAIR;
  w->p++;
  return true;
}

EW__COLD static bool close_object(window *w) {
  ew_stream *s = w->s;
  take_from(w, &s->text_place, IN_TEXT);
  ew__decoder d = decoder_of(w);
  ew__frame f = frame_of(w);
  if (!ew__check_object(&d, &f)) {
    return refuse_decoded(w, &d);
  }
  s->depth--;
  s->stage = AT_END;
  w->p++;
  return true;
}

/* The end of the text, which is not the end of the bytes when those are not UTF-8. */
EW__COLD static bool end_text(window *w) {
  return w->p < w->behind && refuse_here(w, IN_TEXT, EW_ERR_TRAILING, "the end of the text");
}

/* A comma, or false. */
EW__COLD static bool pass_comma(window *w, char c, enum stage next) {
  if (c != ',') {
    take_here(w, IN_TEXT);
    return refuse_syntax(w);
  }
  w->s->stage = (uint8_t)next;
  w->p++;
  return true;
}

/* Behind white space; NUL at the end of the bytes. */
static char next_byte(window *w) {
  w->p = ew__skip_white(w->p, w->end);
  if (w->p < w->end && (*w->p & 0x80) != 0) {
    w->good = w->p > w->good ? w->p : w->good;
    check_to(w, w->p + 1);
  }
  return w->p < w->end ? *w->p : '\0';
}

/* False: refused, or there is nothing left to do. */
static bool step(window *w) {
  char c = next_byte(w);
  if (c == '\0' && w->p == w->end && !w->last) {
    return false;
  }
  switch ((enum stage)w->s->stage) {
  case AT_TEXT:
    return open_text(w, c);
  case AT_FIRST_PAIR:
    return c == '}' ? close_object(w) : take_pair(w);
  case AT_PAIR:
    return take_pair(w);
  case BEHIND_PAIR:
    return c == '}' ? close_object(w) : pass_comma(w, c, AT_PAIR);
  case AT_FIRST_ITEM:
    return c == ']' ? close_list(w) : take_items(w);
  case AT_ITEM:
    return take_items(w);
  case BEHIND_ITEM:
    return c == ']' ? close_list(w) : pass_comma(w, c, AT_ITEM);
  case AT_END:
    break;
  }
  return end_text(w);
}

/* A character whose end is missing waits for the next piece. */
EW__COLD static void hold(ew_stream *s, const char *p, size_t len) {
  memcpy(s->held, p, len);
  s->held_len = (uint8_t)len;
}

/* With last nothing follows end; bytes from there to behind will not become a character. */
EW__SMALL static ew_err run(ew_stream *s, const char *begin, const char *end, const char *behind,
                            bool last, ew_diag *diag) {
  window w;
  w.s = s;
  w.diag = diag;
  w.begin = w.p = w.known = w.good = begin;
  w.known_place = s->place;
  w.end = end;
  w.behind = behind;
  w.last = last;
  uint32_t readable = begin == s->held || last ? 0 : s->readable_after;
  ew_str text = ew_str_from(begin, (size_t)(end - begin));
  ew__reader_open(&w.reader, text, s->arena, &s->limits, readable);
  if (!s->carrying || carry_on(&w)) {
    while (step(&w)) {
    }
  }
  s->place = place_at(&w, w.end);
  if (w.end < behind && !w.last) {
    hold(s, w.end, (size_t)(behind - w.end));
  }
  return s->err;
}

/* ------------------------------------------------------------------------- characters in pieces */

/* The bytes that were held back will not become a character. */
EW__COLD static ew_err refuse_held(ew_stream *s, ew_diag *diag) {
  return run(s, s->held, s->held, s->held + s->held_len, true, diag);
}

EW__COLD static const char *complete_held(ew_stream *s, const char *p, const char *end,
                                          ew_diag *diag) {
  while (p < end && s->held_len > 0 && s->err == EW_OK) {
    s->held[s->held_len++] = *p++;
    const char *behind = s->held + s->held_len;
    if (ew__utf8_length(s->held, behind) == s->held_len) {
      s->held_len = 0;
      run(s, s->held, behind, behind, false, diag);
    } else if (!is_partial(s->held, s->held_len)) {
      refuse_held(s, diag);
    }
  }
  return p;
}

/* --------------------------------------------------------------------------------- entry points */

EW__COLD static const ew_member *find_list(const ew_type *type) {
  const ew_object_rules *rules = type->as.object;
  for (uint32_t i = 0; i < rules->member_count; i++) {
    if ((rules->members[i].flags & EW_MEMBER_STREAM) != 0) {
      return &rules->members[i];
    }
  }
  return NULL;
}

EW__COLD static const ew_type *in_profile(const ew_type *type, uint32_t mode) {
  return mode != 0 && ew_type_lenient(type) != NULL ? ew_type_lenient(type) : type;
}

EW__COLD static ew_err choose_list(ew_stream *s, const ew_type *type) {
  s->type = in_profile(type, s->mode);
  s->list = s->type;
  if (type->kind == EW_KIND_OBJECT) {
    s->member = find_list(s->type);
    s->list = s->member == NULL ? s->type : in_profile(s->member->type, s->mode);
  }
  s->item = s->list->kind == EW_KIND_ARRAY ? s->list->as.array->item : NULL;
  return s->item == NULL ? EW_ERR_UNSUPPORTED : EW_OK;
}

EW__COLD static ew_err choose_types(ew_stream *s, const ew_type *type,
                                    const ew_decode_options *opts) {
  bool tolerant = ew_type_document(type) != NULL && ew_type_document(type)->tolerances != 0;
  if ((opts->profile == EW_COMPAT && tolerant) || opts->engine == EW_ENGINE_STRAIGHT) {
    return EW_ERR_UNSUPPORTED;
  }
  s->mode = opts->profile == EW_STRICT ? 0 : EW__MODE_LENIENT;
  ew_err err = choose_list(s, type);
  err = err == EW_OK ? ew__limits_resolve(ew_type_document(type), &opts->limits, &s->limits) : err;
  if (err != EW_OK) {
    return err;
  }
  bool straight = opts->engine == EW_ENGINE_AUTO && ew_type_reader(s->item) != NULL &&
                  s->limits.max_string_bytes >= EW_LONGEST_SHAPE;
  s->straight = straight ? s->item : NULL;
  return EW_OK;
}

EW__COLD static ew_err take_room(ew_stream *s) {
  s->value = ew_arena_take(s->arena, s->item->size == 0 ? 1 : s->item->size);
  s->mark = ew_arena_mark(s->arena);
  return s->value == NULL ? EW_ERR_ARENA_FULL : EW_OK;
}

EW__SMALL ew_err ew_stream_init(ew_stream *stream, const ew_type *type, ew_arena *arena,
                                const ew_decode_options *opts, void *out, ew_stream_sink sink) {
  static const ew_decode_options standard = {0};
  opts = opts == NULL ? &standard : opts;
  if (stream == NULL || type == NULL || arena == NULL || sink.call == NULL ||
      (unsigned)opts->profile > EW_COMPAT || (unsigned)opts->engine > EW_ENGINE_STRAIGHT) {
    return EW_ERR_ARGUMENT;
  }
  *stream = (ew_stream){.arena = arena, .sink = sink, .start = ew_arena_mark(arena)};
  stream->readable_after = opts->readable_after;
  stream->scratch = opts->scratch;
  stream->checks = ew_type_document(type) == NULL ? NULL : ew_type_document(type)->checks;
  ew_err err = choose_types(stream, type, opts);
  err = err == EW_OK ? take_room(stream) : err;
  stream->err = err;
  if (err == EW_OK && stream->member != NULL && out != NULL) {
    memset(out, 0, type->size);
    stream->out = out;
  }
  return err;
}

EW__SMALL ew_err ew_stream_feed(ew_stream *stream, ew_str piece, ew_diag *diag) {
  bool usable = (piece.ptr != NULL || piece.len == 0) && !ew_str_is_too_long(piece);
  if (stream->err != EW_OK || !usable) {
    ew_err err = stream->err != EW_OK ? stream->err : EW_ERR_ARGUMENT;
    ew__diag_code(diag, err);
    return err;
  }
  if (piece.len == 0) {
    return EW_OK;
  }
  const char *behind = piece.ptr + piece.len;
  const char *p = stream->held_len > 0 ? complete_held(stream, piece.ptr, behind, diag) : piece.ptr;
  if (stream->err != EW_OK || p == behind) {
    return stream->err;
  }
  return run(stream, p, behind, behind, false, diag);
}

EW__SMALL ew_err ew_stream_finish(ew_stream *stream, ew_diag *diag) {
  static const char nothing[] = "";
  if (stream->err != EW_OK) {
    ew__diag_code(diag, stream->err);
    return stream->err;
  }
  ew_err err = stream->held_len > 0 ? refuse_held(stream, diag)
                                    : run(stream, nothing, nothing, nothing, true, diag);
  stream->err = err == EW_OK ? EW_ERR_STATE : err;
  return err;
}
