#include "chars_internal.h"
#include "decode_internal.h"
#include "keys_internal.h"

/** Elements of an array or entries of a map, growing in the arena. */
typedef struct list {
  const char *begin; /* behind the opening bracket */
  char *items;       /* NULL: nothing is stored */
  uint32_t count;
  uint32_t room; /* so many need no look at the limits, or at the arena */
  uint32_t capacity;
  uint32_t allowed; /* elements, by the schema */
  uint32_t size; /* of one; 0: there is nothing to store */
  bool written_whole; /* the reader of one writes all of it */
  uint32_t value_offset; /* of the value in an entry of a map; 0: in an array */
  const ew_union_rules *rules; /* of an element that is one */
  char first; /* of the last such one that its JSON type decided; NUL: none yet */
  int kind;   /* of that one's arm */
  const ew_type *type; /* of an element, or of that arm */
  ew__read_fn *read;
} list;

/* Room for more elements, cleared, of which one comes at p. False: refused. */
static EW_NOINLINE bool make_room(ew__decoder *d, list *l, const char *p, bool storing) {
  uint32_t most = d->r.limits.max_items;
  bool full = l->count >= most;
  l->room = most;
  if (!full && storing && l->size > 0) {
    l->items = ew_grow(&d->r, l->items, l->allowed, &l->capacity, l->size, l->begin, p);
    l->room = l->capacity < most ? l->capacity : most;
    full = l->items == NULL;
    if (!full && !l->written_whole) {
      ew__clear(l->items + (size_t)l->count * l->size, (size_t)(l->room - l->count) * l->size);
    }
  }
  if (EW_UNLIKELY(full)) {
    bool limited = l->count >= most;
    ew__refuse_limit(d, limited ? EW_ERR_TOO_LARGE : EW_ERR_ARENA_FULL, p,
                     limited ? "fewer elements" : "");
  }
  return !full;
}

/* Place for one more element; *slot stays NULL when nothing is stored. False: refused. */
EW_INLINE bool open_item(ew__decoder *d, list *l, const char *p, bool storing, char **slot) {
  if (EW_UNLIKELY(l->count >= l->room) && !make_room(d, l, p, storing)) {
    return false;
  }
  if (l->items != NULL) {
    *slot = l->items + (size_t)l->count * l->size;
  }
  l->count++;
  return true;
}

EW__COLD static const char *refuse_count(ew__decoder *d, const ew_type *type, const char *begin,
                                         const char *keyword, bool few) {
  return ew__refuse_value(d, type, EW_ERR_COUNT, begin, keyword,
                          few ? "more elements" : "fewer elements");
}

/* Gives unused room back and stores what is there. */
static void close_list(ew__decoder *d, const list *l, void *out) {
  if (out != NULL) {
    ew_trim(&d->r, l->items, l->count, l->capacity, l->size);
    ew__store_list(out, (ew__list){l->items, l->count});
  }
}

/* Elements of this type, each of size bytes with what else belongs to it; begin: the bracket. */
static list open_list(const ew__decoder *d, const ew_type *item, const char *begin, uint32_t size,
                      uint32_t allowed) {
  item = ew__in_profile(d, item);
  return (list){.begin = begin + 1,
                .size = size,
                .allowed = allowed,
                .written_whole = item->kind == EW_KIND_STRING || item->kind == EW_KIND_RAW,
                .rules = item->kind == EW_KIND_UNION ? item->as.choice : NULL,
                .type = item,
                .read = ew__reader_of(item)};
}

static const char *read_item(ew__decoder *d, list *l, const char *p, char *slot,
                             const ew_type *item);

/* An element of a union that does not begin like the one before. */
EW__SMALL static EW_NOINLINE const char *read_other(ew__decoder *d, list *l, const char *p,
                                                    char *slot, const ew_type *item) {
  const ew_union_rules *rules = l->rules;
  char c = ew_peek(&d->r, p);
  ew__fault fault;
  int arm = (c == '{' && rules->probe_count > 0) || rules->hard
                ? -1
                : ew__choose_arm(&d->r, p, rules, d->mode, &fault);
  if (arm < 0 || (c == 'n' && rules->arms[arm].type->kind != EW_KIND_NULL)) {
    return ew__read_value(d, item, p, slot, NULL);
  }
  l->first = c;
  l->kind = rules->arms[arm].kind;
  l->type = ew__in_profile(d, rules->arms[arm].type);
  l->read = ew__reader_of(l->type);
  return read_item(d, l, p, slot, item);
}

/* The value of a union at slot, of the same arm as the one before. */
EW_INLINE char *open_arm(const list *l, char *slot) {
  const ew_union_rules *rules = l->rules;
  if (rules->kind_offset != EW_NO_OFFSET) {
    ew__store_int(slot + rules->kind_offset, l->kind);
  }
  return slot + rules->value_offset;
}

/* The value of an element at slot. */
EW_INLINE char *open_slot(const list *l, char *slot) {
  return EW_LIKELY(l->rules == NULL) || slot == NULL ? slot : open_arm(l, slot);
}

/* Elements that begin alike are of the same arm, unless their members decide. p is at one. */
static const char *read_item(ew__decoder *d, list *l, const char *p, char *slot,
                             const ew_type *item) {
  if (EW_UNLIKELY(l->rules != NULL) && ew_peek(&d->r, p) != l->first) {
    return read_other(d, l, p, slot, item);
  }
  return l->read(d, l->type, p, open_slot(l, slot), NULL);
}

/* Texts of more bytes are not looked at one by one; and what they may take in JSON. */
#define BRIEF 24
#define BRIEF_SPAN (6 * BRIEF + 8)

/* The same as below, from behind the quote, of any characters. */
EW__SMALL static EW_NOINLINE const char *brief_characters(const ew__decoder *d, const char *p,
                                                          const ew_arena *arena, ew_str *out) {
  const char *begin = p;
  char *room = arena->base + arena->used;
  char *to = room;
  const char *full = room + BRIEF;
  while (*p != '"') {
    if ((unsigned char)*p < ' ' || full - to < EW__LONGEST_CHARACTER) {
      return NULL;
    }
    if (*p == '\\' || (*p & 0x80) != 0) {
      p = ew__decode_odd(p, d->r.end, full, d->mode, &to);
      if (p == NULL) {
        return NULL;
      }
    } else {
      *to++ = *p++;
    }
  }
  size_t len = (size_t)(p - begin);
  bool same = p - begin == to - room && memchr(begin, '\\', len) == NULL;
  *out = same ? (ew_str){begin, (uint32_t)len, EW_STR_CLEAN}
              : (ew_str){room, (uint32_t)(to - room), 0};
  return p;
}

/* The string in *out, which quote closes, and which may be no UTF-8. */
EW__SMALL static EW_NOINLINE const char *brief_utf8(const ew__decoder *d, const char *begin,
                                                    const ew_arena *arena, ew_str *out,
                                                    const char *quote) {
  size_t n = 1;
  for (const char *p = begin; p < quote && n > 0; p += n) {
    n = ew__utf8_length(p, d->r.end);
  }
  return n > 0 ? quote : brief_characters(d, begin, arena, out);
}

/*
 * The brief string at p, with escapes or beyond ASCII: as it stands, or without them behind what the
 * arena holds. The result is the quote that closes it; NULL: another value, or the text may end too soon.
 */
EW__SMALL static EW_NOINLINE const char *brief_string(const ew__decoder *d, const char *p,
                                                      const ew_arena *arena, ew_str *out) {
  if (d->r.end - p < BRIEF_SPAN || *p != '"' || arena->size - arena->used < BRIEF) {
    return NULL;
  }
  const char *begin = ++p;
  char *to = arena->base + arena->used;
  const char *full = to + BRIEF;
  char seen = 0;
  for (;;) {
    char c = *p++;
    if (c == '\\') {
      c = ew__short_escape(*p++);
      if (c == '\0') {
        uint32_t unit = ew__ascii_escape(p - 2, p + 4);
        if (unit >= 0x80) {
          return brief_characters(d, begin, arena, out);
        }
        c = (char)unit;
        p += 4;
      }
    } else if (c == '"') {
      break;
    } else if ((unsigned char)c < ' ') {
      return NULL;
    }
    if (to == full) {
      return NULL;
    }
    seen |= c;
    *to++ = c;
  }
  const char *room = full - BRIEF;
  uint32_t len = (uint32_t)(to - room);
  bool same = --p - begin == to - room;
  *out = (ew_str){same ? begin : room, len, same ? EW_STR_CLEAN : 0};
  bool doubtful = (seen & 0x80) != 0 && (d->mode & EW_TOLERATE_BAD_UTF8) != 0;
  return doubtful ? brief_utf8(d, begin, arena, out, p) : p;
}

/* The string at p may be brief, and surely is not usual. */
EW_INLINE bool is_odd(const ew_reader *r, const char *p) {
  return p < r->fast_end && ((p[1] & 0x80) != 0 || p[1] == '\\');
}

/* The quote behind the only character of a string, which is beyond ASCII; NULL: it is not like that. */
EW_INLINE const char *behind_character(const ew_reader *r, const char *p) {
  const char *behind = p + ((*p & 0x80) != 0 ? ew__utf8_length(p, r->end) : 0);
  return *behind == '"' ? behind : NULL;
}

/*
 * Behind the usual string at p, which is accepted; NULL: another value, or one that must be looked at.
 * arena: see above.
 */
EW_INLINE const char *usual_string(const ew__decoder *d, const list *l, const char *p,
                                   const ew_arena *arena, ew_str *out) {
  const ew_string_rules *rules = l->type->as.string;
  if (memcmp(p - 3, "\"\",\"", 4) == 0 && d->r.end - p > 2 && p[1] == '"' && p[-4] != '\\') {
    *out = (ew_str){p + 1, 0, EW_STR_CLEAN}; /* empty as the one before, which was accepted */
    return p + 2;
  }
  const char *quote = is_odd(&d->r, p) ? behind_character(&d->r, p + 1) : ew__find_quote(&d->r, p);
  if (EW_LIKELY(quote != NULL)) {
    *out = (ew_str){p + 1, (uint32_t)(quote - p) - 1, EW_STR_CLEAN};
  } else {
    quote = brief_string(d, p, arena, out);
  }
  bool taken = quote != NULL && out->len < d->r.limits.max_string_bytes &&
               (rules == NULL ||
                ew__check_text(rules, out->ptr, out->len, d->r.limits.max_depth) == EW_OK);
  return taken ? quote + 1 : NULL;
}

/* The same of size bytes, 2 or 4, that are like those, which a word is shifted for. */
EW_INLINE const char *same_value(const ew_reader *r, uint32_t like, size_t size, const char *p,
                                 ew_str *out) {
  *out = (ew_str){p, (uint32_t)size, EW_STR_CLEAN};
  bool same = r->end - p > 4 && (ew_load32(p) ^ like) << (32 - 8 * size) == 0;
  return same ? p + size : NULL;
}

/* The same of an object, or an array, that stands for itself, where the one before was the same. */
EW__SMALL static const char *same_bracket(ew__decoder *d, const list *l, const char *p, ew_str *out) {
  const char *behind = ew_peek(&d->r, p) == l->first ? ew__pass(d, p) : NULL;
  if (behind == NULL || behind == d->r.end) {
    return NULL;
  }
  *out = (ew_str){p, (uint32_t)(behind - p), EW_STR_CLEAN};
  return behind;
}

/* The value behind the usual key at p, of len bytes; NULL: another key, or none. */
EW_INLINE const char *behind_usual_key(const ew__decoder *d, const char *p, size_t *len) {
  const char *quote = ew__find_quote(&d->r, p);
  if (quote == NULL) {
    return NULL;
  }
  *len = (size_t)(quote - p) - 1;
  return quote[1] == ':' && *len <= d->r.limits.max_string_bytes ? quote + 2 : NULL;
}

static void know_entry(ew__decoder *d, list *l, const char *p, size_t len, uint32_t count);

/*
 * From behind an element over the strings that follow, as long as they are usual, or (size 1) over all
 * free objects, or free arrays, or over all that
 * are the same pair of brackets, or null, which takes size bytes, if nothing stands between them but
 * a comma, and in a map a usual key: to behind the last one.
 */
static EW_NOINLINE const char *read_row(ew__decoder *d, list *l, const char *p, size_t size) {
  if (d->r.end - p < 4) {
    return p;
  }
  const uint32_t like = ew_load32(p - size);
  const bool kept = l->type->kind == EW_KIND_STRING || l->type->kind == EW_KIND_RAW;
  const bool storing = l->items != NULL && (kept || l->rules != NULL);
  const uint32_t offset = l->value_offset;
  const bool bare = size == 2 && offset == 0 && !storing;
  char room[BRIEF];
  ew_arena scratch = {room, BRIEF, 0};
  ew_arena *arena = storing ? d->r.arena : &scratch;
  uint32_t count = l->count;
  const uint32_t step = l->items == NULL ? 0 : l->size;
  char *slot = l->items + (size_t)count * step;
  for (; count < l->room && *p == ','; count++) {
    const char *value = p + 1;
    size_t len = 0;
    if (offset > 0) {
      value = behind_usual_key(d, value, &len);
      if (value == NULL) {
        break;
      }
    }
    ew_str found;
    const char *behind = size == 0 ? usual_string(d, l, value, arena, &found)
                         : size == 1 ? same_bracket(d, l, value, &found)
                                     : same_value(&d->r, like, size, value, &found);
    if (behind == NULL) {
      break;
    }
    if (offset > 0 && step == 0) {
      know_entry(d, l, p + 1, len, count + 1);
    } else if (offset > 0) {
      ew_str key = {p + 2, (uint32_t)len, EW_STR_CLEAN};
      memcpy(slot, &key, sizeof(key));
    }
    if (storing) {
      char *to = l->rules == NULL ? slot + offset : open_arm(l, slot + offset);
      if (kept) {
        memcpy(to, &found, sizeof(found));
        arena->used += (found.flags & EW_STR_CLEAN) == 0 ? found.len : 0;
      }
    }
    slot += step;
    p = behind;
    while (bare && l->room - count > 2 && d->r.end - p > 8 && ew_load64(p) == ew_load64(p - 3)) {
      count += 2; /* what goes on like the bytes before is more of such pairs */
      slot += 2 * step;
      p += 6;
    }
  }
  l->count = count;
  return p;
}

/* The same, from behind the element at p, which is no string. */
static EW_NOINLINE const char *read_same(ew__decoder *d, list *l, const char *p,
                                         const char *behind) {
  ew_kind kind = l->type->kind;
  bool pair = behind - p == 2 && (behind[-1] | 0x20) == '}';
  if (kind == EW_KIND_OBJECT && !pair && ew__has_many_others(d, l->type->as.object)) {
    uint32_t most = l->items == NULL || l->rules == NULL ? l->room : 0; /* or each notes its kind */
    return ew__pass_objects(d, l->type->as.object, behind, most, &l->count);
  }
  bool open = (*p | 0x20) == '{' && (d->mode & EW_TOLERATE_BAD_UTF8) == 0;
  bool same_arm = l->rules == NULL || *p == l->first;
  if (kind == EW_KIND_RAW && !pair && open && same_arm) {
    l->first = *p;
    return read_row(d, l, behind, 1);
  }
  bool usual = kind >= EW_KIND_NULL && kind <= EW_KIND_MAP && same_arm;
  bool alike = pair || kind == EW_KIND_NULL;
  return alike && usual ? read_row(d, l, behind, (size_t)(behind - p)) : behind;
}

/* The same, from behind the element at p, which may be neither. */
EW_INLINE const char *read_alike(ew__decoder *d, list *l, const char *p, const char *behind) {
  ew_kind kind = l->type->kind;
  if (kind == EW_KIND_STRING) {
    bool next = d->r.end - behind > 1 && memcmp(behind, ",\"", 2) == 0;
    return next ? read_row(d, l, behind, 0) : behind;
  }
  bool other = kind == EW_KIND_OBJECT && behind - p != 2 &&
               !ew__has_many_others(d, l->type->as.object);
  return other ? behind : read_same(d, l, p, behind);
}

/* --------------------------------------------------------------------------------------- arrays */

/*
 * Over the elements that end before end and were accepted, room at most: brackets, strings and
 * commas are all that counts there. *p is at an element; then at the last one that was looked at.
 * The result is behind the last one that was passed, NULL when the first ends later.
 */
static EW_NOINLINE const char *pass_elements(const ew_passed *known, const char **p,
                                             const char *end, uint32_t room, uint32_t *count) {
  const char *comma = NULL;
  uint32_t passed = 0;
  uint32_t depth = 0;
  const char *at = *p;
  while (at < end) {
    char c = *at++;
    if (c > ',' && ew__is_inner_byte(c)) {
      continue;
    }
    if (c == ',') {
      if (depth == 0) {
        comma = at - 1;
        if (++passed == room) {
          break;
        }
      } else if (at - 1 == known->from && known->as == EW_PASSED_MEMBERS) {
        at += known->len - 1;
      }
    } else if (c == '"') {
      at = at < end && *at == '"' ? at + 1 : ew__pass_text(at, end);
    } else if (at - 1 == known->from && known->as <= EW_PASSED_LIST) {
      at += known->len - 1;
    } else if ((c | 0x20) == '{') {
      depth++;
    } else if ((c | 0x20) == '}') {
      if (depth == 0) {
        *count += passed + 1;
        return *p = at - 1;
      }
      if (--depth == 0 && at[-3] == ',' && at[-2] == c - 2) {
        /* What goes on like the three bytes before is a row of such pairs. */
        while (room - passed > 2 && end - at > 8 && ew_load64(at) == ew_load64(at - 3)) {
          at += 6;
          passed += 2;
        }
        comma = at - 3;
      }
    }
  }
  *count += passed;
  *p = comma == NULL ? *p : comma + 1;
  return comma;
}

/*
 * Over the elements that end before what was accepted; NULL when the first ends later. Lists inside
 * such an element ask again, which must not take a look at the whole text per level.
 */
EW__SMALL static const char *pass_accepted(ew__decoder *d, list *l, const char *p) {
  uint32_t room = d->r.limits.max_items - l->count;
  const char *end = ew__skip_white(d->accepted, d->r.end); /* with what closes the last one */
  const char *behind = pass_elements(&d->r.passed, &p, end + (end < d->r.end), room, &l->count);
  size_t vain = (size_t)(d->accepted - p);
  bool closed = behind == p;
  if (!closed) {
    d->accepted = d->accepted_left < vain ? NULL : d->accepted;
    d->accepted_left -= d->accepted_left < vain ? 0 : vain;
  }
  return behind;
}

/* From the first element to behind the closing bracket. */
static const char *read_items(ew__decoder *d, const ew_type *item, const char *p, list *l,
                              bool storing) {
  bool closed = ew_peek(&d->r, p) == ']';
  if (closed) {
    return p + 1;
  }
  const char *behind = p < d->accepted ? pass_accepted(d, l, p) : NULL;
  while (!closed) {
    if (EW_LIKELY(behind == NULL)) {
      char *slot = NULL;
      bool opened = open_item(d, l, p, storing, &slot);
      behind = opened ? read_item(d, l, p, slot, item) : NULL;
      if (EW_UNLIKELY(behind == NULL)) {
        return ew__leave_level(d, p, l->count - opened, false);
      }
    }
    p = read_alike(d, l, p, behind);
    d->r.accepted = p;
    behind = NULL;
    if (EW_LIKELY(d->r.end - p > 1 && p[0] == ',' && (unsigned char)p[1] > ' ')) {
      p++;
      continue;
    }
    const char *next = ew__read_comma(d, p, ']', &closed);
    if (EW_UNLIKELY(next == NULL)) {
      return ew__leave_level(d, p, l->count - 1, true);
    }
    p = next;
  }
  return p;
}

EW__SMALL const char *ew__read_array(ew__decoder *d, const ew_type *type, const char *p, void *out,
                                     ew_str *text) {
  (void)text;
  const ew_array_rules *rules = type->as.array;
  const char *begin = p;
  if (ew_peek(&d->r, p) != '[') {
    return ew__refuse_type(d, type, p, "an array");
  }
  const ew_passed *passed = &d->r.passed;
  if (EW_UNLIKELY(p == passed->from) && passed->as == EW_PASSED_LIST && passed->of == rules &&
      out == NULL) {
    return p + passed->len;
  }
  list l = open_list(d, rules->item, p, rules->item->size, rules->max_items);
  p = ew__open_level(d, p);
  p = p == NULL ? NULL : read_items(d, ew__in_profile(d, rules->item), p, &l, out != NULL);
  if (p == NULL) {
    return NULL;
  }
  d->r.depth_left++;
  if (l.count < rules->min_items || l.count > rules->max_items) {
    bool few = l.count < rules->min_items;
    return refuse_count(d, type, begin, few ? "/minItems" : "/maxItems", few);
  }
  close_list(d, &l, out);
  return p;
}

/* ------------------------------------------------------------------------------ duplicate keys */

#define FIRST_KEYS (EW__FEW_KEYS + 1)

/**
 * A map while it is read, and the keys it has. They are known by the entries, or where nothing is
 * stored in a set, by where their quotes stand.
 */
typedef struct map {
  list l;
  const ew_map_rules *rules;
  uint32_t base;          /* where its keys begin in the set */
  uint32_t limit;         /* where they end at the latest */
  uint32_t waiting;       /* the first key that did not fit into the set; 0: none */
  uint32_t duplicate;     /* the first key that repeats another; 0: none known */
  ew__span few[FIRST_KEYS]; /* a set has these at first: most maps need none */
} map;

/* The key was read before: nothing can fail here. */
static EW_NOINLINE ew__span key_at(const ew__decoder *d, const char *quote) {
  ew__fault fault;
  ew__span span = {NULL, 0, false};
  ew__scan_string(quote, d->r.end, d->mode, &span, &fault);
  return span;
}

static uint32_t id_of(const ew__decoder *d, const char *quote) {
  return (uint32_t)(quote - d->r.begin);
}

/* The key at p, without escapes where it is short: then it is that of the decoder until the next one. */
EW_INLINE const char *scan_key(ew__decoder *d, const char *p, ew__span *key) {
  return ew__scan_name(&d->r, p, d->mode, d->name, key, &d->fault);
}

/* null where the profile makes it mean that there is no such entry. */
EW__SMALL static bool is_absent(const ew__decoder *d, const ew_map_rules *rules, const char *p) {
  return (d->mode & EW_TOLERATE_NULL) != 0 && ew_peek(&d->r, p) == 'n' &&
         !ew__takes_null(d, rules->value);
}

/* The next entry from p on, of a map that was accepted up to there, and its key; NULL: there is none. *next:
 * behind its comma, or NULL. */
EW__SMALL static EW_NOINLINE const char *next_entry(ew__decoder *d, const map *m, const char *p,
                                                    ew__span *key, const char **next) {
  bool absent = true;
  for (*next = p; absent && *next != NULL;) {
    uint32_t passed = 0;
    p = ew__skip_white(*next, d->r.end);
    const char *value = scan_key(d, p, key);
    absent = is_absent(d, m->rules, value);
    const char *behind = pass_elements(&d->r.passed, &value, d->r.end, 1, &passed);
    *next = behind == value ? NULL : value;
  }
  return absent ? NULL : p;
}

/* What is looked at once more. False: that takes too long. */
EW__SMALL static EW_NOINLINE bool has_time(ew__decoder *d, const char *begin, const char *end) {
  uint64_t work = (uint64_t)(end - begin);
  if (work > d->work_left) {
    d->keys->steps_left = 0;
    return false;
  }
  d->work_left -= work;
  return true;
}

/* An entry from there on, before p, has the key. All before p were accepted. */
EW__SMALL static EW_NOINLINE bool has_key(ew__decoder *d, const map *m, const char *from, const char *p,
                                          ew__span key) {
  while (from != NULL && from < p) {
    ew__span other;
    if (next_entry(d, m, from, &other, &from) < p && ew__is_same_span(key, other, d->mode)) {
      return true;
    }
  }
  return false;
}

/* The key at p, for which the slot was found, is that of an entry before it: likely of the one in the slot,
 * but it may be of one that found that slot, too, and was another. */
EW__SMALL static EW_NOINLINE bool is_repeated(ew__decoder *d, const map *m, const char *p,
                                              const uint32_t *slot) {
  const ew__span key = key_at(d, p);
  uint32_t row = ew__keys_before(d->keys, slot) / EW__KEY_ROW;
  const char *begin = m->l.begin;
  const char *near = row * EW__KEY_ROW < m->base ? begin : d->r.begin + d->keys->room->places[row];
  return has_key(d, m, near, p, key) || (has_time(d, begin, p) && has_key(d, m, begin, p, key));
}

/* The key at p. */
static EW_NOINLINE void add_to_set(ew__decoder *d, map *m, const char *p, ew__span key) {
  ew__key_set *set = d->keys;
  uint32_t *slot = ew__keys_find(set, (uint64_t)(uintptr_t)m, key, d->mode);
  uint32_t id = id_of(d, p);
  if (EW_UNLIKELY(*slot != 0)) {
    if (is_repeated(d, m, p, slot) && (m->duplicate == 0 || id < m->duplicate)) {
      m->duplicate = id;
    }
  } else if (set->count < m->limit) {
    ew__keys_add(set, slot, id);
  } else if (m->waiting == 0) {
    m->waiting = id;
  }
}

/* Inner maps get what the maps around them have left, and leave some of it to those in them. */
EW__SMALL static void open_set(ew__decoder *d, map *m) {
  if (!d->keys_open) {
    ew__keys_clear(d->keys, d->work_left);
    d->keys_open = true;
  }
  m->base = d->keys->count;
  bool may_hold_maps = m->rules->value->kind > EW_KIND_RAW;
  m->limit = EW__KEYS - (may_hold_maps ? (EW__KEYS - m->base) / 8 : 0);
  for (uint32_t i = 0; i < FIRST_KEYS; i++) {
    add_to_set(d, m, m->few[i].ptr - 1, m->few[i]);
  }
}

/* One of the first keys. */
EW__SMALL static EW_NOINLINE void keep_first(ew__decoder *d, map *m, const char *p, ew__span key,
                                             uint32_t count) {
  m->few[count - 1] = key.ptr == d->name ? key_at(d, p) : key;
  if (count == FIRST_KEYS) {
    open_set(d, m);
  }
}

/* The count-th key of the map, which stands at p. Saves no register, as it goes on elsewhere. */
EW__SMALL static EW_NOINLINE void know_key(ew__decoder *d, map *m, const char *p, ew__span key,
                                           uint32_t count) {
  if ((d->mode & EW_TOLERATE_DUPLICATES) != 0 || m->duplicate != 0) {
    return; /* what is behind a repeated key does not matter */
  }
  if (EW_LIKELY(count > FIRST_KEYS)) {
    add_to_set(d, m, p, key);
  } else {
    keep_first(d, m, p, key, count);
  }
}

/* The count-th entry of the map that l is of, whose key stands at p in len bytes. */
static void know_entry(ew__decoder *d, list *l, const char *p, size_t len, uint32_t count) {
  know_key(d, (map *)(void *)l, p, (ew__span){p + 1, (uint32_t)len, false}, count);
}

/* The keys from the first that waits to the end of the map, or to one that repeats another, once
 * more, into the set. False when that takes too long. */
EW__SMALL static bool know_again(ew__decoder *d, map *m, const char *end) {
  const char *next = d->r.begin + m->waiting;
  uint32_t known = m->duplicate;
  m->waiting = 0;
  if (!has_time(d, next, end)) {
    return false;
  }
  while (next != NULL && m->duplicate == known) {
    ew__span key;
    const char *p = next_entry(d, m, next, &key, &next);
    if (p != NULL) {
      add_to_set(d, m, p, key);
    }
  }
  return true;
}

/* The keys of a map that was not stored, as many at a time as have room. */
EW__SMALL static bool check_set(ew__decoder *d, map *m, const char *end) {
  if (m->limit == 0) {
    uint32_t repeated = ew__few_duplicate(m->few, m->l.count, d->mode);
    m->duplicate = repeated == EW__NO_KEY ? 0 : id_of(d, m->few[repeated].ptr - 1);
    return true;
  }
  bool looked = true;
  while (looked && m->waiting != 0 && (m->duplicate == 0 || m->waiting < m->duplicate)) {
    ew__keys_cut(d->keys, m->base);
    looked = m->base < m->limit && know_again(d, m, end) && d->keys->steps_left > 0;
  }
  looked = looked && d->keys->steps_left > 0;
  ew__keys_cut(d->keys, m->base);
  return looked;
}

/* Where entry number index of the map stands. */
EW__SMALL static uint32_t find_entry(ew__decoder *d, const map *m, uint32_t index) {
  ew__span key;
  const char *next = m->l.begin;
  const char *p;
  do {
    p = next_entry(d, m, next, &key, &next);
  } while (index-- > 0);
  return id_of(d, p);
}

/* The keys of one that was: by the entries, which have them without escapes. */
EW__SMALL static bool check_entries(ew__decoder *d, map *m) {
  ew__entries entries = {m->l.items, m->l.count, m->l.size};
  uint32_t repeated = ew__entries_duplicate(&entries, d->r.arena, d->work_left, false);
  m->duplicate = repeated < m->l.count ? find_entry(d, m, repeated) : 0;
  return repeated != EW__UNKNOWN_KEY;
}

/* The key at p repeats another one of the map that ends at end; always NULL. */
EW__SMALL static EW_NOINLINE const char *refuse_key(ew__decoder *d, const ew_type *type, const char *p,
                                                    const char *end) {
  d->at_key = true;
  ew__refuse_value(d, type, EW_ERR_DUPLICATE, p, "", "each member once");
  return ew__leave_level(d, end, EW__IN_OBJECT, true);
}

/* All keys differ; end: behind the map. What else is in it was accepted. */
EW__SMALL static bool check_keys(ew__decoder *d, const ew_type *type, map *m, const char *end) {
  bool looked = m->l.items == NULL ? check_set(d, m, end) : check_entries(d, m);
  if (m->duplicate != 0) {
    const char *begin = m->l.begin - 1;
    const char *key = d->r.begin + m->duplicate;
    d->r.passed =
        (ew_passed){begin, (uint32_t)(end - begin), EW_PASSED_MAP, m->rules, (uint32_t)(key - begin)};
    refuse_key(d, type, key, end);
  } else if (!looked) {
    ew__refuse_limit(d, EW_ERR_TOO_LARGE, m->l.begin - 1, "fewer members");
    ew__leave_level(d, end, EW__IN_OBJECT, true);
  }
  return looked && m->duplicate == 0;
}

/* ------------------------------------------------------------------------------- the last one wins */

/* Of entries with the same key only the last stays. */
EW__COLD static void drop_earlier(const ew__decoder *d, list *l) {
  ew__entries entries = {l->items, l->count, l->size};
  if (ew__entries_duplicate(&entries, d->r.arena, UINT64_MAX, true) == EW__NO_KEY) {
    return;
  }
  const size_t size = l->size;
  const char *end = l->items + l->count * size;
  char *kept = l->items;
  for (const char *item = kept; item < end; item += size) {
    if (ew__load_str(item).len != EW__GONE) {
      memmove(kept, item, size);
      kept += size;
    }
  }
  l->count = (uint32_t)((size_t)(kept - l->items) / size);
}

/* ----------------------------------------------------------------------------------------- maps */

/* A key that had escapes, out of the decoder; or has, or may be bad UTF-8. False: no room. */
EW__SMALL static bool keep_key(ew__decoder *d, const char *p, ew__span key,
                               ew_str *out) {
  if (key.ptr != d->name) {
    return ew__take_span(d, key, out);
  }
  char *text = ew__arena_take_text(d->r.arena, key.len);
  if (text == NULL) {
    ew__refuse_limit(d, EW_ERR_ARENA_FULL, p, "");
    return false;
  }
  *out = (ew_str){memcpy(text, key.ptr, key.len), key.len, 0};
  return true;
}

/* Its key, which stands at p, into the entry at slot. False: refused. */
EW_INLINE bool take_key(ew__decoder *d, const char *p, ew__span key, char *slot) {
  bool plain = !key.escaped && (d->mode & EW_TOLERATE_BAD_UTF8) == 0;
  if (plain ? key.len > d->r.limits.max_string_bytes : !ew__string_fits(d, key)) {
    d->at_key = true;
    ew__refuse_limit(d, EW_ERR_TOO_LARGE, p, "a shorter name");
    return false;
  }
  if (slot == NULL) {
    return true;
  }
  if (!plain || key.ptr == d->name) {
    return keep_key(d, p, key, (ew_str *)(void *)slot);
  }
  ew_str view = {key.ptr, key.len, EW_STR_CLEAN};
  memcpy(slot, &view, sizeof(view));
  return true;
}

static const char *read_entry(ew__decoder *d, map *m, const char *p, bool storing) {
  ew__span key;
  char *slot = NULL;
  const char *begin = p;
  p = scan_key(d, p, &key);
  if (p == NULL) {
    return NULL;
  }
  if (EW_UNLIKELY(ew_peek(&d->r, p) == 'n') && is_absent(d, m->rules, p)) {
    return ew__pass_null(d, p);
  }
  if (!open_item(d, &m->l, begin, storing, &slot)) {
    d->at_key = true;
    return NULL;
  }
  if (!take_key(d, begin, key, slot)) {
    return NULL;
  }
  if (slot == NULL) {
    know_key(d, m, begin, key, m->l.count);
  } else {
    slot += m->rules->value_offset;
  }
  bool usual = key.ptr == begin + 1 && !key.escaped;
  const char *behind = read_item(d, &m->l, p, slot, m->rules->value);
  return usual && behind != NULL ? read_alike(d, &m->l, p, behind) : behind;
}

/* From behind the opening brace to behind the closing one. */
static const char *read_entries(ew__decoder *d, map *m, const char *p, bool storing) {
  bool closed = ew_peek(&d->r, p) == '}';
  if (closed) {
    return p + 1;
  }
  while (!closed) {
    const char *behind = read_entry(d, m, p, storing);
    if (EW_UNLIKELY(behind == NULL)) {
      return ew__leave_level(d, p, EW__IN_OBJECT, false);
    }
    if (EW_LIKELY(d->r.end - behind > 1 && behind[0] == ',' && (unsigned char)behind[1] > ' ')) {
      p = behind + 1;
      continue;
    }
    p = ew__read_comma(d, behind, '}', &closed);
    if (EW_UNLIKELY(p == NULL)) {
      return ew__leave_level(d, behind, EW__IN_OBJECT, true);
    }
  }
  return p;
}

/* m: behind a pointer its fields are reached by short ways. */
EW__SMALL static EW_NOINLINE const char *fill_map(ew__decoder *d, map *m, const ew_type *type,
                                                  const char *p, void *out) {
  const char *begin = p;
  const ew_map_rules *rules = type->as.map;
  m->rules = rules;
  m->l = open_list(d, rules->value, p, rules->entry_size, rules->max_items);
  m->l.value_offset = rules->value_offset;
  m->limit = m->waiting = m->duplicate = 0;
  p = ew__open_level(d, p);
  p = p == NULL ? NULL : read_entries(d, m, p, out != NULL);
  if (p == NULL) {
    return NULL;
  }
  if ((d->mode & EW_TOLERATE_DUPLICATES) == 0) {
    if (!check_keys(d, type, m, p)) {
      return NULL;
    }
  } else if (m->l.items != NULL) {
    drop_earlier(d, &m->l);
  }
  d->r.depth_left++;
  if (m->l.count < rules->min_items || m->l.count > rules->max_items) {
    bool few = m->l.count < rules->min_items;
    return refuse_count(d, type, begin, few ? "/minProperties" : "/maxProperties", few);
  }
  close_list(d, &m->l, out);
  return p;
}

static const char *read_map(ew__decoder *d, const ew_type *type, const char *p, void *out) {
  map m;
  return fill_map(d, &m, type, p, out);
}

/* The outermost map that is not stored brings the room in which all inside remember their keys. */
EW__SMALL static EW_NOINLINE const char *read_outer_map(ew__decoder *d, const ew_type *type,
                                                        const char *p) {
  ew__key_room room;
  ew__key_set set = ew__keys_in(&room);
  d->keys = &set;
  d->keys_open = false;
  p = read_map(d, type, p, NULL);
  d->keys = NULL;
  return p;
}

/* Behind the map at p, which begins before what was accepted; NULL when it ends later. Then those
 * inside are not looked at like this: it must not take a look at the whole text per level. */
EW__SMALL static const char *pass_map(ew__decoder *d, const char *p) {
  ew__fault fault;
  const char *behind = ew__skip_within(&d->r, p, d->mode, &fault);
  d->no_map_accepted = behind == NULL || behind > d->accepted;
  return d->no_map_accepted ? NULL : behind;
}

EW__SMALL const char *ew__read_map(ew__decoder *d, const ew_type *type, const char *p, void *out,
                                   ew_str *text) {
  (void)text;
  if (ew_peek(&d->r, p) != '{') {
    return ew__refuse_type(d, type, p, "an object");
  }
  const ew_passed *known = &d->r.passed;
  if (EW_UNLIKELY(p == known->from) && known->as == EW_PASSED_MAP && known->of == type->as.map) {
    d->r.depth_left--;
    return refuse_key(d, type, p + known->count, p + known->len);
  }
  const char *passed = p < d->accepted && !d->no_map_accepted ? pass_map(d, p) : NULL;
  if (passed != NULL) {
    return passed;
  }
  bool needs_room = d->keys == NULL && out == NULL;
  return needs_room ? read_outer_map(d, type, p) : read_map(d, type, p, out);
}
