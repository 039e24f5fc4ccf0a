/*
 * sample.h - a small protocol written by hand, with one of everything a table can say.
 */
#ifndef EW_CODEC_TEST_SAMPLE_H
#define EW_CODEC_TEST_SAMPLE_H

#include "eventwire/table.h"

typedef enum color { COLOR_UNKNOWN = 0, COLOR_RED, COLOR_GREEN } color;
typedef enum tag { TAG_UNKNOWN = 0, TAG_A, TAG_B, TAG_C } tag;

typedef struct inner {
  int64_t id;
  ew_str note;
  bool has_note;
} inner;

typedef struct inner_list {
  inner *items;
  uint32_t count;
} inner_list;

typedef struct int_list {
  int64_t *items;
  uint32_t count;
} int_list;

typedef struct count_entry {
  ew_str key;
  int64_t value;
} count_entry;

typedef struct count_map {
  count_entry *items;
  uint32_t count;
} count_map;

/** By the sibling tag: A inner, B text, C list. */
typedef union content {
  inner a;
  ew_str b;
  int_list c;
} content;

typedef struct by_kind {
  int64_t v;
} by_kind;

typedef struct by_head {
  ew_str head;
  inner_list rest;
  bool has_rest;
} by_head;

typedef enum choice_kind {
  CHOICE_NONE = 0,
  CHOICE_X,
  CHOICE_Y,
  CHOICE_HEAD,
  CHOICE_LIST,
  CHOICE_TEXT,
  CHOICE_NUMBER
} choice_kind;

typedef struct choice {
  choice_kind kind;
  union {
    by_kind x;
    by_kind y;
    by_head head;
    ew_str_list list;
    ew_str text;
    double number;
  };
} choice;

typedef struct root {
  ew_str id;
  int64_t n;
  uint64_t u;
  double d;
  ew_num big;
  bool flag;
  color color;
  ew_str color_text;
  tag tag;
  ew_raw raw;
  ew_raw object;
  ew_str maybe;
  inner inner;
  inner_list list;
  ew_str_list names;
  count_map counts;
  content content;
  struct root *self;
  ew_str json;
  choice choice;
  ew_str old;
  int64_t literal;
  int64_t must;
  bool has_n, has_u, has_d, has_big, has_flag, has_color, has_tag, has_raw, has_object, has_inner,
      has_list, has_names, has_counts, has_content, has_json, has_choice, has_old, has_literal,
      has_three;
  uint8_t maybe_presence, must_presence;
} root;

/** anyOf/oneOf over required members, closed. */
typedef struct pick {
  ew_str stream, path, extra;
  bool has_stream, has_path, has_extra;
} pick;

/** Two or three members, the unknown ones integers. */
typedef struct bounded {
  int64_t a;
  bool has_a;
} bounded;

extern const ew_entry_type root_entry[], pick_entry[], bounded_entry[], counts_entry[];
extern const ew_entry_type choice_entry[], inner_entry[];

#define root_type root_entry[0].type
#define pick_type pick_entry[0].type
#define bounded_type bounded_entry[0].type
#define counts_type counts_entry[0].type
#define choice_type choice_entry[0].type
#define inner_type inner_entry[0].type

/** escape_html, all tolerances, depth 8, 50 items, strings of 40 bytes, texts of 4000. */
extern const ew_document sample_document;

#endif
