#include "sample.h"

#include <float.h>

#define NONE EW_NO_OFFSET
#define PLAIN(kind_, c_type) .kind = (kind_), .size = sizeof(c_type)
#define NOTHING(kind_) .kind = (kind_)
#define ENTRY(kind_, c_type, schema_, ...)                                                         \
  {                                                                                                \
    .type = {PLAIN(kind_, c_type), .head = EW_HEAD_ENTRY, __VA_ARGS__}, .schema = (schema_),       \
    .document = &sample_document                                                                   \
  }

#define REQUIRED(object, json, field, type_)                                                       \
  {                                                                                                \
    EW_NAME(json), .type = (type_), .offset = offsetof(object, field), .presence_offset = NONE,    \
    .flags = EW_MEMBER_REQUIRED                                                                    \
  }
#define OPTIONAL_WITH(object, json, field, type_, flags_)                                          \
  {                                                                                                \
    EW_NAME(json), .type = (type_), .offset = offsetof(object, field),                             \
    .presence_offset = offsetof(object, has_##field), .flags = (flags_)                            \
  }
#define OPTIONAL(object, json, field, type_) OPTIONAL_WITH(object, json, field, type_, 0)

/* -------------------------------------------------------------------------------------- scalars */

static const ew_type bool_type = {PLAIN(EW_KIND_BOOL, bool)};
static const ew_type int_type = {PLAIN(EW_KIND_INT, int64_t)};
static const ew_type string_type = {PLAIN(EW_KIND_STRING, ew_str)};
static const ew_type num_type = {PLAIN(EW_KIND_NUM, ew_num)};
static const ew_type any_type = {PLAIN(EW_KIND_RAW, ew_raw)};
static const ew_type any_object_type = {PLAIN(EW_KIND_RAW, ew_raw), .as.raw_types = EW_JSON_OBJECT};
static const ew_type double_type = {PLAIN(EW_KIND_DOUBLE, double)};

static const ew_int_rules hundred_rules = {.minimum = 0, .maximum = 100};
static const ew_type hundred_type = {PLAIN(EW_KIND_INT, int64_t), .as.integer = &hundred_rules};
static const ew_int_rules literal_rules = {
    .minimum = INT64_MIN, .maximum = INT64_MAX, .literal = true};
static const ew_type literal_type = {PLAIN(EW_KIND_INT, int64_t), .as.integer = &literal_rules};
static const ew_uint_rules natural_rules = {.minimum = 1, .maximum = UINT64_MAX};
static const ew_type natural_type = {PLAIN(EW_KIND_UINT, uint64_t), .as.natural = &natural_rules};
static const ew_double_rules share_rules = {.minimum = 0, .maximum = 1, .exclusive_minimum = true};
static const ew_type share_type = {PLAIN(EW_KIND_DOUBLE, double), .as.number = &share_rules};

/* ^ab*$ */
static const uint8_t ab_classes[256] = {['a'] = 1, ['b'] = 2};
static const uint16_t ab_next[] = {0, 0, 0, 0, 2, 0, 0, 0, 2};
static const ew_dfa ab = {.classes = ab_classes,
                          .wide_steps = ab_next,
                          .class_count = 3,
                          .class_limit = 256,
                          .start = 1,
                          .accept_from = 2};
static const ew_string_rules id_rules = {
    .max_length = EW_NO_LIMIT, .pattern = &ab, .pattern_text = "^ab*$"};
static const ew_type id_type = {PLAIN(EW_KIND_STRING, ew_str), .as.string = &id_rules};
static const ew_string_rules short_rules = {.min_length = 1, .max_length = 3};
static const ew_type short_type = {PLAIN(EW_KIND_STRING, ew_str), .as.string = &short_rules};
static const ew_string_rules json_rules = {
    .max_length = EW_NO_LIMIT, .content = EW_CONTENT_JSON, .check_content = true};
static const ew_type json_type = {PLAIN(EW_KIND_STRING, ew_str), .as.string = &json_rules};

static const ew_const_rules root_const = {EW_JSON_STRING, true, EW_TEXT("root"), "\"root\""};
static const ew_type root_const_type = {NOTHING(EW_KIND_CONST), .as.constant = &root_const};
static const ew_const_rules three_const = {EW_JSON_NUMBER, false, EW_TEXT("3"), "3"};
static const ew_type three_type = {NOTHING(EW_KIND_CONST), .as.constant = &three_const};
static const ew_const_rules x_const = {EW_JSON_STRING, true, EW_TEXT("x"), "\"x\""};
static const ew_type x_const_type = {NOTHING(EW_KIND_CONST), .as.constant = &x_const};
static const ew_const_rules y_const = {EW_JSON_STRING, true, EW_TEXT("y"), "\"y\""};
static const ew_type y_const_type = {NOTHING(EW_KIND_CONST), .as.constant = &y_const};

static const ew_slice color_texts[] = {EW_SLICE(7, "red"), EW_SLICE(12, "green")};
static const ew_enum_rules color_rules = {
    .texts = color_texts, .count = 2, .open = true, .expected = "one of red, green"};
static const ew_entry_type color_type[] = {
    ENTRY(EW_KIND_ENUM, color, "#/Color", .as.names = &color_rules)};

static const ew_slice tag_texts[] = {EW_SLICE(7, "A"), EW_SLICE(10, "B"), EW_SLICE(13, "C")};
static const ew_alias tag_aliases[] = {{EW_TEXT("2"), true, TAG_B}, {EW_TEXT("bee"), false, TAG_B}};
static const ew_enum_rules tag_rules = {
    .texts = tag_texts, .count = 3, .expected = "one of A, B, C"};
static const ew_enum_rules tag_lenient_rules = {.texts = tag_texts,
                                                .count = 3,
                                                .expected = "one of A, B, C",
                                                .aliases = tag_aliases,
                                                .alias_count = 2};
static const ew_entry_type tag_type[] = {
    ENTRY(EW_KIND_ENUM, tag, "#/Tag", .as.names = &tag_rules, .twin = sizeof(ew_entry_type)),
    ENTRY(EW_KIND_ENUM, tag, "#/Tag", .as.names = &tag_lenient_rules)};

/* ---------------------------------------------------------------------------- objects and lists */

static const ew_int_rules ten_rules = {.minimum = 1, .maximum = 10};
static const ew_type ten_type = {PLAIN(EW_KIND_INT, int64_t), .as.integer = &ten_rules};
static const ew_member inner_members[] = {
    REQUIRED(inner, "id", id, &ten_type),
    OPTIONAL_WITH(inner, "note", note, &short_type, EW_MEMBER_DEPRECATED),
};
static const ew_object_rules inner_rules = {
    .members = inner_members, .member_count = 2, .required = 1};
const ew_entry_type inner_entry[] = {
    ENTRY(EW_KIND_OBJECT, inner, "#/Inner", .as.object = &inner_rules)};

static const ew_array_rules inners_rules = {&inner_type, 1, 3};
static const ew_type inners_type = {PLAIN(EW_KIND_ARRAY, inner_list), .as.array = &inners_rules};
static const ew_array_rules names_rules = {&string_type, 0, EW_NO_LIMIT};
static const ew_type names_type = {PLAIN(EW_KIND_ARRAY, ew_str_list), .as.array = &names_rules};
static const ew_array_rules ints_rules = {&int_type, 0, EW_NO_LIMIT};
static const ew_type ints_type = {PLAIN(EW_KIND_ARRAY, int_list), .as.array = &ints_rules};
static const ew_map_rules counts_rules = {&int_type, sizeof(count_entry),
                                          offsetof(count_entry, value), 0, 40};
const ew_entry_type counts_entry[] = {
    ENTRY(EW_KIND_MAP, count_map, "#/Counts", .as.map = &counts_rules)};

/* --------------------------------------------------------------------------------------- unions */

static const ew_arm content_arms[] = {
    {.type = &inner_type, .kind = TAG_A, .json_types = EW_JSON_OBJECT, .tag_probe = 255},
    {.type = &short_type, .kind = TAG_B, .json_types = EW_JSON_STRING, .tag_probe = 255},
    {.type = &ints_type, .kind = TAG_C, .json_types = EW_JSON_ARRAY, .tag_probe = 255},
};
static const ew_union_rules content_rules = {
    .arms = content_arms, .arm_count = 3, .kind_offset = NONE, .keyword = "/oneOf",
    .expected = "what the tag says"};
static const ew_type content_type = {PLAIN(EW_KIND_UNION, content), .as.choice = &content_rules};

static const ew_member x_members[] = {
    {EW_NAME("k"),
     .type = &x_const_type,
     .offset = NONE,
     .presence_offset = NONE,
     .flags = EW_MEMBER_REQUIRED},
    REQUIRED(by_kind, "v", v, &int_type),
};
static const ew_member y_members[] = {
    {EW_NAME("k"),
     .type = &y_const_type,
     .offset = NONE,
     .presence_offset = NONE,
     .flags = EW_MEMBER_REQUIRED},
    REQUIRED(by_kind, "v", v, &int_type),
};
static const ew_member head_members[] = {
    REQUIRED(by_head, "head", head, &string_type),
    OPTIONAL(by_head, "rest", rest, &inners_type),
};
static const ew_object_rules x_rules = {
    .members = x_members, .member_count = 2, .required = 3};
static const ew_object_rules y_rules = {
    .members = y_members, .member_count = 2, .required = 3};
static const ew_object_rules head_rules = {
    .members = head_members, .member_count = 2, .required = 1};
static const ew_entry_type x_type[] = {
    ENTRY(EW_KIND_OBJECT, by_kind, "#/X", .as.object = &x_rules)};
static const ew_entry_type y_type[] = {
    ENTRY(EW_KIND_OBJECT, by_kind, "#/Y", .as.object = &y_rules)};
static const ew_entry_type head_type[] = {
    ENTRY(EW_KIND_OBJECT, by_head, "#/Head", .as.object = &head_rules)};
static const ew_text choice_probes[] = {EW_TEXT("k"), EW_TEXT("head")};
static const ew_arm choice_arms[] = {
    {.type = &x_type[0].type,
     .kind = CHOICE_X,
     .json_types = EW_JSON_OBJECT,
     .absent = 2,
     .tag_probe = 0,
     EW_ARM_TAG("x")},
    {.type = &y_type[0].type,
     .kind = CHOICE_Y,
     .json_types = EW_JSON_OBJECT,
     .absent = 2,
     .tag_probe = 0,
     EW_ARM_TAG("y")},
    {.type = &head_type[0].type,
     .kind = CHOICE_HEAD,
     .json_types = EW_JSON_OBJECT,
     .present = 2,
     .tag_probe = 255},
    {.type = &names_type, .kind = CHOICE_LIST, .json_types = EW_JSON_ARRAY, .tag_probe = 255},
    {.type = &string_type, .kind = CHOICE_TEXT, .json_types = EW_JSON_STRING, .tag_probe = 255},
    {.type = &double_type,
     .kind = CHOICE_NUMBER,
     .json_types = EW_JSON_NUMBER,
     .tag_probe = 255,
     .lenient_only = true},
};
static const ew_union_rules choice_rules = {
    .arms = choice_arms,
    .arm_count = 6,
    .probes = choice_probes,
    .probe_count = 2,
    .kind_offset = offsetof(choice, kind),
    .value_offset = offsetof(choice, x),
    .keyword = "/oneOf",
    .expected = "an object with head, or with k \"x\" or \"y\", an array, or a string"};
const ew_entry_type choice_entry[] = {
    ENTRY(EW_KIND_UNION, choice, "#/Choice", .as.choice = &choice_rules)};

/* ----------------------------------------------------------------------------------------- root */

static const ew_type self_type = {PLAIN(EW_KIND_BOX, root *), .as.boxed = &root_type};

#define ROOT_REQUIRED (1u | 2u | 1u << 22)
static const ew_member root_members[] = {
    {EW_NAME("type"),
     .type = &root_const_type,
     .offset = NONE,
     .presence_offset = NONE,
     .flags = EW_MEMBER_REQUIRED},
    REQUIRED(root, "id", id, &id_type),
    OPTIONAL_WITH(root, "n", n, &hundred_type, 0),
    OPTIONAL(root, "u", u, &natural_type),
    OPTIONAL(root, "d", d, &share_type),
    OPTIONAL(root, "big", big, &num_type),
    OPTIONAL(root, "flag", flag, &bool_type),
    {EW_NAME("color"),
     .type = &color_type[0].type,
     .offset = offsetof(root, color),
     .presence_offset = offsetof(root, has_color),
     .flags = EW_MEMBER_TEXT,
     .text_offset = offsetof(root, color_text)},
    OPTIONAL(root, "tag", tag, &tag_type[0].type),
    OPTIONAL(root, "raw", raw, &any_type),
    OPTIONAL(root, "object", object, &any_object_type),
    {EW_NAME("maybe"),
     .type = &short_type,
     .offset = offsetof(root, maybe),
     .presence_offset = offsetof(root, maybe_presence),
     .flags = EW_MEMBER_NULLABLE},
    OPTIONAL(root, "inner", inner, &inner_type),
    OPTIONAL(root, "list", list, &inners_type),
    OPTIONAL(root, "names", names, &names_type),
    OPTIONAL(root, "counts", counts, &counts_type),
    {EW_NAME("content"),
     .type = &content_type,
     .offset = offsetof(root, content),
     .presence_offset = offsetof(root, has_content),
     .flags = EW_MEMBER_SIBLING,
     .sibling = 8},
    {EW_NAME("self"), .type = &self_type, .offset = offsetof(root, self), .presence_offset = NONE},
    OPTIONAL(root, "json", json, &json_type),
    OPTIONAL(root, "choice", choice, &choice_type),
    OPTIONAL_WITH(root, "old", old, &string_type, EW_MEMBER_DEPRECATED),
    OPTIONAL(root, "literal", literal, &literal_type),
    {EW_NAME("must"),
     .type = &int_type,
     .offset = offsetof(root, must),
     .presence_offset = offsetof(root, must_presence),
     .flags = EW_MEMBER_REQUIRED | EW_MEMBER_NULLABLE},
    {EW_NAME("three"),
     .type = &three_type,
     .offset = NONE,
     .presence_offset = offsetof(root, has_three)},
};
static const ew_object_rules root_rules = {.members = root_members,
                                           .member_count =
                                               sizeof(root_members) / sizeof(root_members[0]),
                                           .required = ROOT_REQUIRED};
static const ew_object_more root_lenient_rules = {
    .rules.members = root_members,
    .rules.member_count = sizeof(root_members) / sizeof(root_members[0]),
    .rules.required = 1u | 2u,
    .rules.more = true,
    .null_is_absent = 4u,
    .max_members = EW_NO_LIMIT};
const ew_entry_type root_entry[] = {
    ENTRY(EW_KIND_OBJECT, root, "#/Root", .as.object = &root_rules, .twin = sizeof(ew_entry_type)),
    ENTRY(EW_KIND_OBJECT, root, "#/Root", .as.object = &root_lenient_rules.rules)};

/* ---------------------------------------------------------------------------- groups and bounds */

static const ew_member pick_members[] = {
    OPTIONAL(pick, "stream", stream, &string_type),
    OPTIONAL(pick, "path", path, &string_type),
    OPTIONAL(pick, "extra", extra, &string_type),
};
static const uint64_t pick_masks[] = {1, 2};
static const ew_required_group pick_groups[] = {
    {true, pick_masks, 2, "/oneOf", "exactly one of stream, path"}};
static const ew_object_more pick_rules = {.rules.members = pick_members,
                                          .rules.member_count = 3,
                                          .rules.closed = true,
                                          .rules.more = true,
                                          .groups = pick_groups,
                                          .group_count = 1,
                                          .max_members = EW_NO_LIMIT};
const ew_entry_type pick_entry[] = {
    ENTRY(EW_KIND_OBJECT, pick, "#/Pick", .as.object = &pick_rules.rules)};

static const ew_member bounded_members[] = {OPTIONAL(bounded, "a", a, &int_type)};
static const ew_object_more bounded_rules = {.rules.members = bounded_members,
                                             .rules.member_count = 1,
                                             .rules.more = true,
                                             .min_members = 1,
                                             .max_members = 3,
                                             .additional = &ten_type};
const ew_entry_type bounded_entry[] = {
    ENTRY(EW_KIND_OBJECT, bounded, "#/Bounded", .as.object = &bounded_rules.rules)};

/* ------------------------------------------------------------------------------------- document */

static const ew_message sample_messages[] = {
    {.name = "rootMessage",
     .c_name = "ew_sample_root",
     .type = &root_type,
     .directions = EW_TO_CLIENT},
    {.name = "pick", .c_name = "ew_sample_pick", .type = &pick_type, .directions = EW_TO_SERVER},
};

const ew_document sample_document = {
    .abi = EW_CODEC_ABI,
    .name = "sample",
    .limits = {.max_bytes = 4000, .max_depth = 8, .max_items = 50, .max_string_bytes = 40},
    .tolerances = EW_TOLERATE_NAME_CASE | EW_TOLERATE_DUPLICATES | EW_TOLERATE_TRAILING |
                  EW_TOLERATE_NULL | EW_TOLERATE_BAD_UTF8 | EW_TOLERATE_ENUM_CASE,
    .escape_html = true,
    .messages = sample_messages,
    .message_count = 2,
};
