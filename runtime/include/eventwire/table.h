/**
 * eventwire/table.h - schemas as data: what a generated file tells the table engine and generic
 * tools.
 *
 * Every C type the generator makes has an ew_type: its layout and the rules of its schema. The
 * functions below work on any of them; the typed functions of a generated header
 * (ew_octave_subscribe_decode() ...) are inline covers over these. An ew_document lists the messages
 * of one protocol, so that a tool can find them by name and direction.
 *
 * Everything here is constant and static; nothing is owned.
 */
#ifndef EVENTWIRE_TABLE_H
#define EVENTWIRE_TABLE_H

#include "eventwire/codec.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ew_type ew_type;
typedef struct ew_document ew_document;
struct ew_reader;
struct ew_writer;
struct ew__fault;
struct ew__decoder;
struct ew__encoder;
struct ew__item;
struct ew__frame;
struct ew__path;

/** Kind of a type, and how a value of it is stored. */
typedef enum ew_kind {
  EW_KIND_BOOL = 1, /* bool */
  EW_KIND_INT,      /* int64_t */
  EW_KIND_UINT,     /* uint64_t */
  EW_KIND_DOUBLE,   /* double */
  EW_KIND_NUM,      /* ew_num */
  EW_KIND_STRING,   /* ew_str */
  /* C enum, 0 is unknown; an open one keeps its text beside it (ew_member.text_offset) */
  EW_KIND_ENUM,
  EW_KIND_CONST,    /* nothing */
  EW_KIND_NULL,     /* nothing */
  EW_KIND_RAW,      /* ew_raw */
  EW_KIND_OBJECT,   /* a struct by value */
  EW_KIND_ARRAY,    /* struct {T *items; uint32_t count;} */
  /* struct {entry *items; uint32_t count;}, an entry is struct {ew_str key; T value;} */
  EW_KIND_MAP,
  /* struct {enum kind; union {...};}, or only the union when a sibling member is the tag */
  EW_KIND_UNION,
  EW_KIND_BOX,      /* T *: where a type contains itself; NULL is absent */
  EW_KIND_TUPLE     /* a struct by value, written as an array: a member is an element */
} ew_kind;

/**
 * How the tables of a file are defined, static EW_TABLE ew_member ...: no further apart than they
 * must be. Left alone, compilers begin all that is not tiny at a boundary of its own.
 */
#define EW_TABLE _Alignas(uint64_t) const

/** A static text with its length. */
typedef struct ew_text {
  const char *ptr;
  uint32_t len;
} ew_text;

#define EW_TEXT(literal) {(literal), (uint32_t)(sizeof(literal) - 1)}

/**
 * What the program of a pattern is made of. It says of valid UTF-8 whether the pattern matches: a
 * text is taken from its first byte on, without ever going back. A set is how many ranges there
 * are, with EW_FORM_ALL_BUT that it has all other bytes, then for each its first byte and how many
 * follow it.
 */
typedef enum ew_form_op {
  EW_FORM_END,     /* nothing follows */
  EW_FORM_MAY_END, /* here the text may end */
  EW_FORM_TEXT,    /* length, bytes: these */
  EW_FORM_RUN,     /* least, how many more, set: as many bytes of it as come, up to the most */
  EW_FORM_ELSE,    /* place, set: on at that place unless a byte of the set comes */
  EW_FORM_JUMP,    /* place: on there */
  EW_FORM_DIGITS,  /* least, how many more: a run of digits */
  EW_FORM_HEX,     /* how many, enough for the widest block: hexadecimal digits of lower case */
  EW_FORM_NUMBER,  /* 1, how many more: the same without a zero in front of others */
  EW_FORM_ELSE_TEXT /* place, length, bytes: on at that place unless the first of these comes, else these */
} ew_form_op;

#define EW_FORM_ALL_BUT 128u
#define EW_FORM_ANY_NUMBER 255u /* in a run: more without a limit */

/**
 * What a pattern says of valid UTF-8, as a form or as an automaton that takes a step per byte. The
 * states in which a text may end are the last ones; state 0 refuses for ever.
 */
typedef struct ew_dfa {
  const uint8_t *form;    /* NULL: it is an automaton */
  const uint8_t *classes; /* [class_limit]: byte -> class */
  const uint8_t *steps;   /* [states][class_count]; states as where their rows begin; or NULL */
  const uint16_t *wide_steps; /* steps is NULL: the same with states as their numbers */
  uint16_t class_count;
  uint16_t class_limit; /* 128 when all bytes above are of the class other, else 256 */
  uint16_t start;
  uint16_t accept_from;
  uint16_t settled_from; /* of steps: from which state on ASCII without escapes leads nowhere else; or 0 */
  uint8_t other;
  uint8_t decided_in; /* bytes of a text behind which no other says more; 0: there is no such number */
} ew_dfa;

/** Bytes that stand side by side in the tables of a shape, and that its check compares at once. */
#define EW_SHAPE_BLOCK 16

/* So that a vector instruction can take them where they stand. */
#ifdef __cplusplus
#  define EW_SHAPE_ALIGNED alignas(EW_SHAPE_BLOCK)
#else
#  define EW_SHAPE_ALIGNED _Alignas(EW_SHAPE_BLOCK)
#endif

/** Bytes that a set has not: len of them from start on, perhaps over 255 and 0. */
typedef struct ew_byte_gap {
  EW_SHAPE_ALIGNED uint8_t start[EW_SHAPE_BLOCK]; /* all the same */
  uint8_t len[EW_SHAPE_BLOCK];
} ew_byte_gap;

#define EW_SHAPE_REPEAT_(c)                                                                   \
  {(uint8_t)(c), (uint8_t)(c), (uint8_t)(c), (uint8_t)(c), (uint8_t)(c), (uint8_t)(c),         \
   (uint8_t)(c), (uint8_t)(c), (uint8_t)(c), (uint8_t)(c), (uint8_t)(c), (uint8_t)(c),         \
   (uint8_t)(c), (uint8_t)(c), (uint8_t)(c), (uint8_t)(c)}
#define EW_BYTE_GAP(first, last)                                                              \
  {EW_SHAPE_REPEAT_(first), EW_SHAPE_REPEAT_((last) - (first) + 1)}

/** Places of a row: first <= c <= first + span, and c is not in the row's gap. */
typedef struct ew_shape_places {
  EW_SHAPE_ALIGNED uint8_t first[EW_SHAPE_BLOCK];
  uint8_t span[EW_SHAPE_BLOCK];
} ew_shape_places;

typedef enum ew_shape_kind {
  EW_SHAPE_ROW = 1, /* EW_SHAPE_BLOCK places or more: a UUID */
  EW_SHAPE_TIME,    /* a row, perhaps a point and 1 to 9 digits, the last one not 0, and Z */
  EW_SHAPE_RUN,     /* literal bytes, then bytes of one set: 0x and 64 digits */
  EW_SHAPE_NUMBER,  /* the same, but behind the literal bytes stands 0 alone or another byte first */
  EW_SHAPE_BASE64   /* with padding */
} ew_shape_kind;

/**
 * What the texts of a pattern look like, where whole blocks of them can be compared: exactly what
 * the pattern accepts.
 */
typedef struct ew_shape {
  /*
   * what the set of a run has not: an even number, perhaps one of them twice; of a row: 1; of a
   * time: an empty one, and what is no digit
   */
  const ew_byte_gap *gaps;
  /*
   * of a row: blocks of it one after the other; the last one stands at its end, over part of the
   * one before
   */
  const ew_shape_places *places;
  char head[8]; /* of a run: the literal bytes, and 255 for each of them */
  uint8_t head_mask[8];
  uint32_t min_len;  /* bytes of the whole text */
  uint32_t more_len; /* at most that many more; EW_NO_LIMIT */
  uint8_t head_len;
  uint8_t gap_count;
  uint8_t kind; /* ew_shape_kind */
} ew_shape;

/** Base64 with padding. */
EW_API extern const ew_shape ew_base64_shape;

/** What a string holds. */
typedef enum ew_content {
  EW_CONTENT_TEXT = 0,
  EW_CONTENT_BASE64,
  EW_CONTENT_JSON,
  EW_CONTENT_FORMAT /* its rules are those of an ew_format_rules */
} ew_content;

#define EW_NO_LIMIT UINT32_MAX

/**
 * A pattern is a shape, or an automaton, or both: then the automaton takes what stands behind the
 * row of the shape.
 */
typedef struct ew_string_rules {
  const ew_shape *shape;
  const ew_dfa *pattern;
  const char *pattern_text; /* as in the schema, for diagnosis */
  uint32_t min_length;      /* code points */
  uint32_t max_length;      /* EW_NO_LIMIT */
  uint8_t content;          /* ew_content */
  bool check_content;       /* decode refuses content that is not well-formed */
  bool only_shape;          /* there is nothing else to check */
  /* the pattern lets no text through that needs an escape, in documents with escape_html too */
  bool plain;
} ew_string_rules;

/**
 * Rules of a string of which an automaton says all, and what they are the first part of: most of its texts
 * have a shape of their own, a run or a number with two gaps behind a head, of variable length.
 */
typedef struct ew_usual_rules {
  ew_string_rules string;
  const ew_shape *usual;
} ew_usual_rules;

/** A format: its name, and whether a text (unescaped, UTF-8) is of it. See eventwire/format.h. */
typedef struct ew_format {
  const char *name;
  const char *expected; /* "a UUID", for a diagnosis */
  bool (*holds)(const char *ptr, size_t len);
  /* of a text that is not of it: what it asks for there, static; NULL: there is no more to say */
  const char *(*reason)(const char *ptr, size_t len);
} ew_format;

/** Whether a text is of the format; *expected is set when it is not. */
static inline bool ew_format_holds(const ew_format *format, ew_str str, const char **expected) {
  bool holds = format->holds(str.ptr, str.len);
  if (!holds) {
    *expected = format->reason == NULL ? format->expected : format->reason(str.ptr, str.len);
  }
  return holds;
}

/**
 * Rules of a string with a format that is checked: those of any other string, with
 * EW_CONTENT_FORMAT and check_content, and what they are the first part of.
 */
typedef struct ew_format_rules {
  ew_string_rules string;
  const ew_format *format;
} ew_format_rules;

typedef struct ew_int_rules {
  int64_t minimum;
  int64_t maximum;
  bool literal; /* refuse 1.0 and 1e2 (x-ew-integer: literal) */
  const char *expected; /* "a number from 1 to 9"; NULL: there is nothing to say */
} ew_int_rules;

typedef struct ew_uint_rules {
  uint64_t minimum;
  uint64_t maximum;
  bool literal;
  const char *expected;
} ew_uint_rules;

typedef struct ew_double_rules {
  double minimum; /* -DBL_MAX when there is none */
  double maximum;
  bool exclusive_minimum;
  bool exclusive_maximum;
  const char *expected;
} ew_double_rules;

/**
 * Another spelling of an enum value, in lenient twins: the JSON text of a bare number, or the text
 * of a string.
 */
typedef struct ew_alias {
  ew_text text;
  bool is_number;
  int value;
} ew_alias;

/** A part of a text that stands with others in one. */
typedef struct ew_slice {
  uint16_t start;
  uint16_t len;
} ew_slice;

#define EW_SLICE(start, literal) {(start), (uint16_t)(sizeof(literal) - 1)}

/** texts[i] is the wire text of value i + 1, see ew_enum_name(). */
typedef struct ew_enum_rules {
  const ew_slice *texts; /* of expected */
  uint32_t count;
  bool open;  /* other strings are accepted as value 0 and their text is kept */
  bool plain; /* no text needs an escape, in documents with escape_html neither */
  uint8_t shift;
  const ew_alias *aliases;
  uint32_t alias_count;
  uint32_t seed;
  const uint8_t *slots; /* perfect hash over the texts, as in ew_object_rules; NULL: few of them */
  const char *expected; /* "one of Tx, Config, ..." */
} ew_enum_rules;

/** The text of value index + 1. */
static inline ew_text ew_enum_name(const ew_enum_rules *rules, uint32_t index) {
  ew_slice slice = rules->texts[index];
  ew_text name = {rules->expected + slice.start, slice.len};
  return name;
}

/** The constant: its JSON type, and its text (unescaped for a string). */
typedef struct ew_const_rules {
  ew_json_type json_type;
  bool plain; /* a string that is not escaped in a text */
  ew_text text;
  const char *expected; /* "\"start\"" */
} ew_const_rules;

typedef enum ew_member_flag {
  EW_MEMBER_REQUIRED = 1,
  EW_MEMBER_NULLABLE = 2,   /* presence byte holds an ew_presence */
  EW_MEMBER_DEPRECATED = 4,
  EW_MEMBER_ESCAPED = 8, /* the name is not as it stands here in a text */
  /*
   * a union without a tag of its own: ew_member.sibling is the index of the member that is the tag
   */
  EW_MEMBER_SIBLING = 32,
  /* an open enum: ew_member.text_offset is that of its ew_str x_text */
  EW_MEMBER_TEXT = 64,
  EW_MEMBER_STREAM = 128 /* a list whose elements can be decoded one by one, see stream.h */
} ew_member_flag;

/** No offset: nothing is stored. Structs are smaller than that. */
#define EW_NO_OFFSET UINT16_MAX

/** Where member stands in type, for tables: does not compile when that is too far. */
#define EW_OFFSET(type, member)                                                               \
  ((uint16_t)(offsetof(type, member) + 0 * sizeof(char[sizeof(type) < EW_NO_OFFSET ? 1 : -1])))

typedef struct ew_member {
  const char *name; /* see ew_member_name() */
  const ew_type *type;
  uint16_t offset; /* of the value in the struct; EW_NO_OFFSET for constants */
  /*
   * of the bool has_x or the ew_presence byte x_presence, which stand side by side in the order of the
   * members; EW_NO_OFFSET when always there
   */
  uint16_t presence_offset;
  uint8_t name_len; /* 255: that long or longer */
  uint8_t flags;    /* ew_member_flag */
  union {
    uint16_t sibling;
    uint16_t text_offset;
  };
} ew_member;

/** The name of a member in a table: EW_NAME("id"). */
#define EW_NAME(literal)                                                                      \
  .name = (literal), .name_len = (uint8_t)(sizeof(literal) > 255 ? 255 : sizeof(literal) - 1)

static inline ew_text ew_member_name(const ew_member *member) {
  ew_text name = {member->name, member->name_len};
  if (name.len == 255) {
    name.len = EW_CAST(uint32_t, strlen(name.ptr));
  }
  return name;
}

/**
 * The name as it is likely to stand in a text, to be compared byte by byte. Where it must be escaped
 * there, or is very long, no text has as many bytes as this says.
 */
static inline ew_text ew_member_guess(const ew_member *member) {
  ew_text name = {member->name, member->name_len};
  if ((member->flags & EW_MEMBER_ESCAPED) != 0 || name.len == 255) {
    name.len = UINT32_MAX;
  }
  return name;
}

/** Offset of the text of an open enum, EW_NO_OFFSET when there is none. */
static inline uint32_t ew_member_text_offset(const ew_member *member) {
  return (member->flags & EW_MEMBER_TEXT) != 0 ? member->text_offset : EW_NO_OFFSET;
}

/** anyOf or oneOf over sets of required members. mask bit i is member i. */
typedef struct ew_required_group {
  bool exactly_one; /* else at least one */
  const uint64_t *masks;
  uint32_t mask_count;
  const char *schema;   /* "/oneOf" */
  const char *expected; /* "exactly one of streamId, path" */
} ew_required_group;

/** What is to be looked at in an object, and where its next member is expected. */
typedef enum ew_plain {
  /* nothing but members, required, groups and closed; no member has a sibling */
  EW_PLAIN = 1,
  /*
   * the same; behind the slots stand the two members that likely come first, and the two behind each,
   * where it is not simply the next one
   */
  EW_PLAIN_LIKELY,
} ew_plain;

/** At most 64 members in one object. */
typedef struct ew_object_rules {
  const ew_member *members; /* in wire order */
  uint64_t required;        /* bit i: member i */
  /*
   * perfect hash over the names: slots[(word * multiplier) >> shift] is a member or 255, with the
   * word of the name and the multiplier of the seed; NULL: none
   */
  const uint8_t *slots;
  uint16_t seed;
  uint8_t shift;
  uint8_t member_count;
  bool closed; /* additionalProperties: false */
  uint8_t plain; /* ew_plain */
  /*
   * members of other names are kept, by the keeper of the row behind members; additional is what they
   * must be
   */
  bool keeps;
  bool more; /* the head of an ew_object_more */
} ew_object_rules;

/** Rules that few objects have. */
typedef struct ew_object_more {
  ew_object_rules rules;
  /* lenient twins, never of a nullable member: null reads as absent, a required one stays cleared */
  uint64_t null_is_absent;
  const ew_required_group *groups;
  const ew_type *additional; /* other members are checked against it (not stored), or NULL */
  uint32_t group_count;
  uint32_t min_members;
  uint32_t max_members; /* EW_NO_LIMIT */
} ew_object_more;

/** NULL: nothing of that. */
static inline const ew_object_more *ew_object_more_of(const ew_object_rules *rules) {
  const void *whole = rules;
  return rules->more ? EW_CAST(const ew_object_more *, whole) : NULL;
}

static inline uint64_t ew_null_is_absent(const ew_object_rules *rules) {
  return rules->more ? ew_object_more_of(rules)->null_is_absent : 0;
}

static inline const ew_type *ew_additional_of(const ew_object_rules *rules) {
  return rules->more ? ew_object_more_of(rules)->additional : NULL;
}

/**
 * What the table engine does with members that are kept, see eventwire/unknown.h: through pointers,
 * so that what keeps none links without it.
 */
typedef struct ew_keeper {
  /* name: behind its quote; p: at the value. Behind that, or NULL */
  const char *(*read)(struct ew__decoder *d, const struct ew__frame *f, const char *name,
                      const char *p);
  /* behind *count others, which they are added to; at: what holds them */
  char *(*write)(struct ew_writer *w, char *to, const ew_object_rules *rules, const void *kept,
                 uint32_t *count, const struct ew__path *at, ew_diag *diag, ew_err *err);
  /* why there is no copy in arena; with arena NULL: anything but EW_OK when the two differ */
  ew_err (*walk)(ew_arena *arena, void *a, const void *b);
} ew_keeper;

typedef struct ew_array_rules {
  const ew_type *item;
  uint32_t min_items;
  uint32_t max_items; /* EW_NO_LIMIT */
} ew_array_rules;

/** What reads and writes tuples. Programs whose schemas have none link without it. */
typedef struct ew_tuple_engine {
  const char *(*read)(struct ew__decoder *d, const ew_type *type, const char *p, void *out);
  char *(*write)(struct ew__encoder *e, char *to, const struct ew__item *tuple);
} ew_tuple_engine;

EW_API extern const ew_tuple_engine ew_tuples;

/**
 * An array with a type for each place. Of the rules of an object count members (in the order of the
 * places), required (the first ones) and closed (no elements behind the last place).
 */
typedef struct ew_tuple_rules {
  ew_object_rules places;
  uint32_t min_items;
  uint32_t max_items; /* EW_NO_LIMIT */
  const ew_tuple_engine *engine; /* ew_tuples */
  const char *keyword;           /* that closes it: "/additionalItems" */
  bool has_rest; /* the last member is a list of the elements behind the other places */
} ew_tuple_rules;

typedef struct ew_map_rules {
  const ew_type *value;
  uint32_t entry_size;
  uint32_t value_offset;
  uint32_t min_items;
  uint32_t max_items;
} ew_map_rules;

/** The value of a probe must be one of some constants. */
typedef struct ew_mark {
  uint8_t probe;
  bool is_text; /* strings, else true, false and integers as they are written */
  uint8_t value_count;
  const ew_text *values;
} ew_mark;

/**
 * One alternative of a union. It is chosen when every condition holds; the first such arm wins (the
 * generator proved there is one at most).
 */
typedef struct ew_arm {
  const ew_type *type;
  /*
   * value of the tag: from 1, in the order of the arms; for sibling unions the value of the
   * sibling's enum
   */
  int kind;
  uint8_t json_types; /* ew_json_type bits the value may have */
  uint8_t present;    /* bit i: an object has the member probes[i] */
  uint8_t absent;     /* bit i: it has not */
  uint8_t tag_probe;  /* index of the probe whose value is the tag, 255: none */
  const char *tag;    /* text the tag must have (string constant), see ew_arm_tag() */
  uint32_t tag_len;
  bool lenient_only;
  uint8_t mark_count;
  const ew_mark *marks; /* all must hold */
} ew_arm;

/** The tag of an arm in a table: EW_ARM_TAG("eventBatch"). */
#define EW_ARM_TAG(literal) .tag = (literal), .tag_len = (uint32_t)(sizeof(literal) - 1)

static inline ew_text ew_arm_tag(const ew_arm *arm) {
  ew_text tag = {arm->tag, arm->tag_len};
  return tag;
}

typedef struct ew_union_rules {
  const ew_arm *arms;
  uint32_t arm_count;
  const ew_text *probes; /* at most 8 members that decide */
  uint32_t probe_count;
  const ew_text *inner; /* of each probe: the member of its value that decides, empty: itself. NULL: none has one */
  bool hard;  /* the head of an ew_hard_union */
  uint32_t kind_offset;  /* of the enum; EW_NO_OFFSET for sibling unions */
  uint32_t value_offset; /* of the union */
  const char *keyword;   /* "/oneOf", "/type" (one type or null), "" (the messages of a direction) */
  const char *expected;  /* "an object with head, or with type \"message\"" */
} ew_union_rules;

/** What reads unions of one sort. Programs whose schemas have none of them link without it. */
typedef struct ew_union_engine {
  const char *(*read)(struct ew__decoder *d, const ew_type *type, const char *p, void *out);
  int (*choose)(struct ew_reader *r, const char *p, const ew_union_rules *rules, uint32_t mode,
                struct ew__fault *fault);
} ew_union_engine;

/** Arrays by what stands at their places, all else as other unions. */
EW_API extern const ew_union_engine ew_unions_by_place;

/** One alternative after the other, in bounded work. */
EW_API extern const ew_union_engine ew_unions_by_trial;

#define EW_NO_INNER UINT8_MAX
#define EW_NO_ELEMENT 64 /* beside the bits of ew_json_type */

/** An element of an array, or one of the array that this element is. */
typedef struct ew_place_path {
  uint8_t at;
  uint8_t inner; /* EW_NO_INNER: the element itself */
} ew_place_path;

/** What must stand at a place. */
typedef struct ew_place_mark {
  uint8_t path;  /* index of the path that leads there */
  uint8_t types; /* ew_json_type bits, EW_NO_ELEMENT */
  uint8_t value_count; /* 0: any value of these types */
  const ew_text *values;
} ew_place_mark;

typedef struct ew_place_marks {
  const ew_place_mark *items; /* all must hold */
  uint32_t count;
} ew_place_marks;

/** A union that takes more than members to tell apart. */
typedef struct ew_hard_union {
  ew_union_rules rules;
  const ew_union_engine *engine;
  const ew_place_path *paths; /* at most 8, in the order of the places */
  uint32_t path_count;
  bool last_is_rest;           /* by trial: what no other alternative accepts */
  const ew_place_marks *marks; /* of each arm */
  /* by trial: what two alternatives that accept a value are refused with, (0, 1), (0, 2) ... (1, 2)
   * ...; NULL: the first one is taken */
  const char *const *both;
} ew_hard_union;

static inline const ew_hard_union *ew_hard_of(const ew_union_rules *rules) {
  const void *whole = rules;
  return EW_CAST(const ew_hard_union *, whole);
}

/**
 * The straight-line decoder of a type: p is at the first byte of the value, the result is behind
 * its last, NULL when it is refused. See eventwire/reader.h.
 */
typedef const char *(*ew_read_fn)(struct ew_reader *r, const char *p, void *out);

/**
 * The straight-line encoder of a type: writes at to, the result is behind the last byte. See
 * eventwire/writer.h.
 */
typedef char *(*ew_write_fn)(struct ew_writer *w, char *to, const void *in);

/** What a type is the head of. */
typedef enum ew_type_head {
  EW_HEAD_NONE = 0, /* it is all there is */
  EW_HEAD_NAMED,    /* ew_named_type */
  EW_HEAD_ENTRY     /* ew_entry_type */
} ew_type_head;

struct ew_type {
  union {
    const ew_string_rules *string; /* NULL: any string */
    const ew_int_rules *integer;   /* NULL: any int64_t */
    const ew_uint_rules *natural;  /* NULL: any uint64_t */
    const ew_double_rules *number; /* NULL: any finite double */
    const ew_enum_rules *names;
    const ew_const_rules *constant;
    const ew_object_rules *object; /* of a tuple: its places, see ew_tuple_of() */
    const ew_array_rules *array;
    const ew_map_rules *map;
    const ew_union_rules *choice;
    const ew_type *boxed;
    const ew_keeper *keeper;       /* of the row behind the members of an object that keeps others */
    uint32_t raw_types; /* EW_KIND_RAW: ew_json_type bits allowed, 0: any */
  } as;
  uint32_t kind : 8;    /* ew_kind */
  uint32_t schema : 24; /* of an ew_named_type: where it begins in ew_document.schemas */
  uint16_t size; /* of the stored value; 0 when there is none */
  uint8_t head;  /* ew_type_head */
  /*
   * bytes from here to the same type with the rules of the lenient profile, which stands behind it; 0:
   * its own are the same (those of the types it refers to may not be)
   */
  uint8_t twin;
};

/**
 * A type that a diagnosis can name. Others stand inside of a member, and the way to them follows from
 * the object that has it.
 */
typedef struct ew_named_type {
  ew_type type;
  const ew_document *document;
} ew_named_type;

/** A type with functions of its own: messages, and elements of those that are lists. */
typedef struct ew_entry_type {
  ew_type type;
  const char *schema; /* JSON Pointer in the document; below "#/components/schemas" without that */
  const ew_document *document;
  ew_read_fn read;   /* NULL: the table engine; another one has a document */
  ew_write_fn write; /* NULL: the table engine */
} ew_entry_type;

static inline const ew_named_type *ew_named_of(const ew_type *type) {
  const void *whole = type;
  return type->head == EW_HEAD_NAMED ? EW_CAST(const ew_named_type *, whole) : NULL;
}

static inline const ew_entry_type *ew_entry_of(const ew_type *type) {
  const void *whole = type;
  return type->head == EW_HEAD_ENTRY ? EW_CAST(const ew_entry_type *, whole) : NULL;
}

/** The type with the rules of the lenient profile, where they are others; else NULL. */
static inline const ew_type *ew_type_lenient(const ew_type *type) {
  const void *strict = type;
  const void *twin = EW_CAST(const char *, strict) + type->twin;
  return type->twin == 0 ? NULL : EW_CAST(const ew_type *, twin);
}

static inline ew_read_fn ew_type_reader(const ew_type *type) {
  return type->head == EW_HEAD_ENTRY ? ew_entry_of(type)->read : NULL;
}

static inline ew_write_fn ew_type_writer(const ew_type *type) {
  return type->head == EW_HEAD_ENTRY ? ew_entry_of(type)->write : NULL;
}

/** NULL of a type without a name, which is no part that is decoded by itself. */
static inline const ew_document *ew_type_document(const ew_type *type) {
  if (type->head == EW_HEAD_NONE) {
    return NULL;
  }
  return type->head == EW_HEAD_NAMED ? ew_named_of(type)->document : ew_entry_of(type)->document;
}

/** The rules of a tuple. */
static inline const ew_tuple_rules *ew_tuple_of(const ew_type *type) {
  const void *whole = type->as.object;
  return EW_CAST(const ew_tuple_rules *, whole);
}

/* ------------------------------------------------------------------------------------------- the document */

typedef enum ew_direction {
  EW_TO_SERVER = 1, /* a client sends it */
  EW_TO_CLIENT = 2, /* a server sends it */
  EW_OVER_HTTP = 4  /* it is the body of an HTTP request or answer */
} ew_direction;

typedef struct ew_message {
  const char *name;    /* "eventBatch", the key in the document */
  const char *c_name;  /* "ew_kaleido_event_batch" */
  const char *summary;
  const ew_type *type;
  uint8_t directions;  /* ew_direction bits */
} ew_message;

typedef struct ew_parameter {
  const char *name;
  bool required;
} ew_parameter;

typedef struct ew_channel {
  const char *name;
  const char *address; /* "/api/v1/networks/{network}/events/subscribe" */
  const ew_parameter *parameters;
  uint32_t parameter_count;
  const ew_parameter *query;
  uint32_t query_count;
  const ew_parameter *headers;
  uint32_t header_count;
} ew_channel;

/** Tolerances of the compat profile (x-ew-compat). */
typedef enum ew_tolerance {
  EW_TOLERATE_NAME_CASE = 1,
  EW_TOLERATE_DUPLICATES = 2, /* the last one wins */
  EW_TOLERATE_TRAILING = 4,   /* only the first value of a message is read */
  EW_TOLERATE_NULL = 8,       /* null is as absent */
  EW_TOLERATE_BAD_UTF8 = 16,  /* replaced by U+FFFD; so are lone surrogates */
  EW_TOLERATE_ENUM_CASE = 32  /* enums and constants in any letter case (ASCII) */
} ew_tolerance;

/**
 * What the types of a message do not say of its schema (`not`, `contains`, ...): the schema as a
 * whole, see eventwire/schema.h.
 */
typedef struct ew_check {
  const ew_type *type;
  const struct ew_schema *strict;
  const struct ew_schema *lenient; /* as the lenient profile reads it */
} ew_check;

/**
 * The checks of a document, and what runs them: ew_schema_check() and ew_schema_check_written().
 * Documents whose types say everything have none, and what uses no others links without the schema
 * engine.
 */
typedef struct ew_checks {
  ew_err (*run)(const ew_type *type, ew_str json, const ew_decode_options *opts, ew_arena *spare,
                ew_diag *diag);
  ew_err (*run_written)(const ew_type *type, ew_buf *out, size_t begin, uint32_t max_depth,
                        ew_diag *diag);
  const ew_check *items;
  uint32_t count;
} ew_checks;

struct ew_document {
  uint32_t abi;        /* EW_CODEC_ABI of the generator */
  const char *name;    /* "firefly": the prefix */
  const char *title;
  const char *version;
  const char *source;  /* "schema/firefly/asyncapi.yaml" */
  ew_limits limits;
  /*
   * The longest text of a call that asks for nothing of its own: max_bytes, where the limits are complete
   * and usual and nothing is left to checks; 0 means that a call has to find out.
   */
  uint32_t usual_bytes;
  uint32_t tolerances; /* ew_tolerance bits */
  bool escape_html;    /* the real server writes < > & U+2028 U+2029 as escapes */
  const ew_message *messages;
  uint32_t message_count;
  /* union of all messages a client sends (or the only one), NULL when there is none */
  const ew_type *to_server;
  const ew_type *to_client;
  const ew_channel *channels;
  uint32_t channel_count;
  const ew_checks *checks; /* NULL: the types say all */
  const char *schemas;     /* of its types with names, as in ew_entry_type, one behind the other */
};

/** Where the type stands in the document; NULL: inside of a member. */
static inline const char *ew_type_schema(const ew_type *type) {
  if (type->head == EW_HEAD_NONE) {
    return NULL;
  }
  return type->head == EW_HEAD_NAMED ? ew_named_of(type)->document->schemas + type->schema
                                     : ew_entry_of(type)->schema;
}

/** The message with this key ("eventBatch") or C name, or NULL. */
EW_API const ew_message *ew_document_find(const ew_document *document, ew_str name);

/* ------------------------------------------------------------------------------------- any type, by table */

/**
 * Decodes json into out, which must have type->size bytes. On failure out is cleared (all zero),
 * diag (may be NULL) says what and where, and the arena is as it was before the call. Thread: any.
 * Errors: all of -2xx and -3xx; EW_ERR_ARENA_FULL (try again with a larger arena),
 * EW_ERR_TOO_LARGE, EW_ERR_ARGUMENT (NULL for type, arena, out or the bytes of a text that has some;
 * an option that is none).
 *
 * A message with a check (ew_document.checks) is checked once its types fit, in opts->scratch, else
 * on the C stack, or where that is too little in what is left of the arena. The compat profile of a
 * document with tolerances leaves the check out: its texts need not be JSON.
 */
EW_MUST_CHECK EW_API ew_err ew_type_decode(const ew_type *type, ew_str json, ew_arena *arena,
                                           const ew_decode_options *opts, void *out, ew_diag *diag);

/**
 * Checks json without storing anything. Same errors as decoding; EW_ERR_ARENA_FULL only when a check,
 * or what the schema asks of a string with escapes and over 32 kB, needs more memory than
 * opts->scratch has.
 */
EW_MUST_CHECK EW_API ew_err ew_type_validate(const ew_type *type, ew_str json,
                                             const ew_decode_options *opts, ew_diag *diag);

/**
 * Appends the compact JSON of value to out, members in the order of the schema. Refuses to write an
 * invalid message: then nothing is appended and diag->pointer names the member (offset, line and
 * column are 0). Limits of size are those of the reader; an ew_raw that was decoded is written
 * as it is, however deep.
 *
 * A message that its server wrote, decoded in the strict profile and encoded again, is the same byte
 * for byte: members in the server's order, strings with the escapes it uses, numbers as it prints
 * them, free-form values untouched. What it did not write so comes back with the same meaning: white
 * space, another order of members, escapes that are not needed, and 1.0 for an integer are not kept.
 * Members that the schema does not know are left out, unless it keeps them (eventwire/unknown.h).
 *
 * Errors: all of -3xx, EW_ERR_UTF8, EW_ERR_SYNTAX (an ew_raw),
 * EW_ERR_BUFFER_TOO_SMALL with out->needed, EW_ERR_DEPTH, EW_ERR_TOO_LARGE (more than EW_STR_MAX
 * bytes), EW_ERR_ARGUMENT (an argument, or with diag->pointer a member that says that it has
 * elements or bytes, but whose pointer to them is NULL). Of a message with a check, what was written
 * is checked, on the C stack, or where that is too little in the room behind it in out
 * (EW_ERR_ARENA_FULL when that is too little, too).
 */
EW_MUST_CHECK EW_API ew_err ew_type_encode(const ew_type *type, const void *value, ew_buf *out,
                                           ew_diag *diag);

/** Makes value the empty one: all zero. */
EW_API void ew_type_init(const ew_type *type, void *value);

/**
 * Deep copy into the arena, independent of what from points to. EW_ERR_ARENA_FULL; EW_ERR_ARGUMENT (a
 * member of from has elements or bytes, but its pointer to them is NULL); EW_ERR_DEPTH. to is cleared
 * then.
 */
EW_MUST_CHECK EW_API ew_err ew_type_copy(const ew_type *type, void *to, const void *from,
                                         ew_arena *arena);

/**
 * Deep comparison: maps and objects by member, free-form values byte by byte, doubles by value (NaN
 * equals nothing). Pointers are followed as they are, by memcmp() in the end: both must be values that
 * could be copied.
 */
EW_API bool ew_type_equal(const ew_type *type, const void *a, const void *b);

/** The text on the wire; empty for a value that the enum has not. */
EW_API ew_str ew_enum_text(const ew_enum_rules *rules, int value);

/** The value of a text, 0 when there is none. */
EW_API int ew_enum_value(const ew_enum_rules *rules, ew_str text);

/**
 * Members marked deprecated that stand in json: calls warn with the JSON Pointer and name of each.
 * json must have passed validation.
 */
EW_API void ew_type_deprecated(const ew_type *type, ew_str json,
                               void (*warn)(void *ctx, const char *pointer,
                                            const ew_member *member),
                               void *ctx);

#ifdef __cplusplus
}
#endif
#endif
