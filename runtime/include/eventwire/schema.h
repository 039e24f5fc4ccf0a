/**
 * eventwire/schema.h - any JSON Schema as data, and whether a text is valid against it.
 *
 * `ewgen gen --schema FILE` compiles a schema of draft-07 or 2020-12, whatever it says, to constant
 * tables and one function, <prefix>_validate(). This header is what those tables are made of, and
 * the engine that runs them. It decides exactly as the drafts do: numbers are compared as the
 * decimals they are, strings by code points, objects without regard to order.
 *
 * The text is read once into a tree of 16 bytes per value, in memory of the caller; nothing else
 * grows with it but what `uniqueItems` and the `unevaluated...` keywords ask for. The work is bounded too:
 * a schema whose alternatives multiply stops with EW_ERR_TOO_LARGE in place of running for ever.
 */
#ifndef EVENTWIRE_SCHEMA_H
#define EVENTWIRE_SCHEMA_H

#include "eventwire/table.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ew_schema ew_schema;

/** Keywords that assert something, by the name they have in 2020-12. `const` is an enum of one. */
#define EW_SCHEMA_KEYWORD_MAP(X)                                                              \
  X(FALSE, "", EW_ERR_NOT)                                                                    \
  X(TYPE, "/type", EW_ERR_TYPE)                                                               \
  X(CONST, "/const", EW_ERR_CONST)                                                            \
  X(ENUM, "/enum", EW_ERR_ENUM)                                                               \
  X(MULTIPLE_OF, "/multipleOf", EW_ERR_RANGE)                                                 \
  X(MAXIMUM, "/maximum", EW_ERR_RANGE)                                                        \
  X(EXCLUSIVE_MAXIMUM, "/exclusiveMaximum", EW_ERR_RANGE)                                     \
  X(MINIMUM, "/minimum", EW_ERR_RANGE)                                                        \
  X(EXCLUSIVE_MINIMUM, "/exclusiveMinimum", EW_ERR_RANGE)                                     \
  X(MAX_LENGTH, "/maxLength", EW_ERR_LENGTH)                                                  \
  X(MIN_LENGTH, "/minLength", EW_ERR_LENGTH)                                                  \
  X(PATTERN, "/pattern", EW_ERR_PATTERN)                                                      \
  X(FORMAT, "/format", EW_ERR_CONTENT)                                                        \
  X(CONTENT, "/contentMediaType", EW_ERR_CONTENT)                                             \
  X(MAX_ITEMS, "/maxItems", EW_ERR_COUNT)                                                     \
  X(MIN_ITEMS, "/minItems", EW_ERR_COUNT)                                                     \
  X(ITEMS, "/items", EW_ERR_UNKNOWN_MEMBER)                                                   \
  X(CONTAINS, "/contains", EW_ERR_COUNT)                                                      \
  X(UNIQUE_ITEMS, "/uniqueItems", EW_ERR_UNIQUE)                                              \
  X(MAX_PROPERTIES, "/maxProperties", EW_ERR_COUNT)                                           \
  X(MIN_PROPERTIES, "/minProperties", EW_ERR_COUNT)                                           \
  X(REQUIRED, "/required", EW_ERR_MISSING)                                                    \
  X(PROPERTIES, "/properties", EW_ERR_UNKNOWN_MEMBER)                                         \
  X(PROPERTY_NAMES, "/propertyNames", EW_ERR_UNKNOWN_MEMBER)                                  \
  X(DEPENDENCIES, "/dependencies", EW_ERR_MISSING)                                            \
  X(DEPENDENT_REQUIRED, "/dependentRequired", EW_ERR_MISSING)                                 \
  X(DEPENDENT_SCHEMAS, "/dependentSchemas", EW_ERR_RULE)                                      \
  X(REF, "/$ref", EW_ERR_RULE)                                                                \
  X(DYNAMIC_REF, "/$dynamicRef", EW_ERR_RULE)                                                 \
  X(ALL_OF, "/allOf", EW_ERR_RULE)                                                            \
  X(ANY_OF, "/anyOf", EW_ERR_UNION)                                                           \
  X(ONE_OF, "/oneOf", EW_ERR_UNION)                                                           \
  X(NOT, "/not", EW_ERR_NOT)                                                                  \
  X(IF, "/if", EW_ERR_RULE)                                                                   \
  X(UNEVALUATED_ITEMS, "/unevaluatedItems", EW_ERR_UNKNOWN_MEMBER)                            \
  X(UNEVALUATED_PROPERTIES, "/unevaluatedProperties", EW_ERR_UNKNOWN_MEMBER)

typedef enum ew_schema_keyword {
#define EW_SCHEMA_KEYWORD_VALUE_(name, text, err) EW_SCHEMA_##name,
  EW_SCHEMA_KEYWORD_MAP(EW_SCHEMA_KEYWORD_VALUE_)
#undef EW_SCHEMA_KEYWORD_VALUE_
} ew_schema_keyword;

/** In the mask of TYPE, beside the values of ew_json_type: a number without fraction, also as 1.0. */
#define EW_SCHEMA_INTEGER 64u

/**
 * One keyword of a schema. What count and data say depends on it:
 *
 *   TYPE                             count: mask of types
 *   CONST, ENUM                      data: ew_schema_value[count]
 *   MULTIPLE_OF ... EXCLUSIVE_...    data: ew_text, the number as JSON
 *   MAX_..., MIN_...                 count: the bound
 *   PATTERN                          data: ew_schema_pattern
 *   FORMAT                           data: ew_format
 *   CONTENT                          count: bit 0: Base64 is asked for, bit 1: JSON
 *   ITEMS                            data: ew_schema_items
 *   CONTAINS                         data: ew_schema_contains
 *   REQUIRED                         data: ew_text[count]
 *   PROPERTIES                       data: ew_schema_properties
 *   DEPENDENCIES, DEPENDENT_...      data: ew_schema_dependency[count]
 *   DYNAMIC_REF                      data: ew_schema_dynamic
 *   ALL_OF, ANY_OF, ONE_OF           data: const ew_schema *[count]
 *   IF                               data: const ew_schema *[3]: if, then, else; NULL: none
 *   PROPERTY_NAMES, REF, NOT, UNEVALUATED_...  data: ew_schema
 */
typedef struct ew_schema_rule {
  ew_schema_keyword keyword;
  uint32_t count;
  const void *data;
} ew_schema_rule;

/** A value of `enum` or `const`. */
typedef struct ew_schema_value {
  ew_json_type type;
  ew_text text; /* a string: its bytes, unescaped; else its JSON */
} ew_schema_value;

typedef struct ew_schema_pattern {
  const ew_dfa *automaton;
  const char *text; /* as the schema has it */
} ew_schema_pattern;

/** The first elements one by one, then the rest. */
typedef struct ew_schema_items {
  const ew_schema *const *prefix;
  uint32_t prefix_count;
  const ew_schema *rest; /* NULL: nothing is asked of them, and they do not count as evaluated */
  const char *prefix_keyword; /* under which the two stand: "/prefixItems" and "/items" ... */
  const char *rest_keyword;
} ew_schema_items;

typedef struct ew_schema_contains {
  const ew_schema *schema;
  uint32_t min;
  uint32_t max;
  bool marks; /* 2020-12: what it finds counts as evaluated */
} ew_schema_contains;

typedef struct ew_schema_property {
  ew_text name;
  const ew_schema *schema;
} ew_schema_property;

typedef struct ew_schema_name_pattern {
  ew_schema_pattern pattern;
  const ew_schema *schema;
} ew_schema_name_pattern;

/** `properties`, `patternProperties` and `additionalProperties`, which look at one another. */
typedef struct ew_schema_properties {
  const ew_schema_property *named; /* sorted: by length, then by bytes */
  uint32_t named_count;
  uint32_t pattern_count;
  const ew_schema_name_pattern *patterns;
  const ew_schema *additional; /* NULL: nothing is asked of them */
} ew_schema_properties;

/** What the presence of one member asks for: other members, or a schema of the object. */
typedef struct ew_schema_dependency {
  ew_text name;
  const ew_text *required;
  uint32_t required_count;
  const ew_schema *schema; /* NULL: none */
} ew_schema_dependency;

/** `$dynamicAnchor`: name is a number, the same for the same name in all resources. */
typedef struct ew_schema_anchor {
  uint32_t name;
  const ew_schema *schema;
} ew_schema_anchor;

/** A schema with a URI of its own, as far as `$dynamicRef` looks for anchors in it. */
typedef struct ew_schema_resource {
  const ew_schema_anchor *anchors;
  uint32_t anchor_count;
} ew_schema_resource;

/** `$dynamicRef`: the outermost resource on the way here that has the anchor, else target. */
typedef struct ew_schema_dynamic {
  uint32_t name;
  const ew_schema *target;
} ew_schema_dynamic;

/** One schema: all of its rules must hold. Without rules, anything is valid. */
struct ew_schema {
  const ew_schema_rule *rules;
  uint32_t rule_count;
  const ew_schema_resource *resource; /* NULL where nothing looks for anchors */
  const char *pointer;                /* its place in the document: "#/definitions/name" */
};

/**
 * Checks that json is one value that is valid against schema.
 *
 * opts as in decoding, NULL for the defaults. Memory is opts->scratch, given back before the call
 * returns, or 32 kB of the C stack: a text takes 16 bytes per value and per member name
 * (EW_ERR_ARENA_FULL). Of the profiles there is only EW_STRICT (EW_ERR_ARGUMENT). Limits without a
 * value are 1 MiB, 64 levels, 100,000 items. Members that stand twice are refused
 * (EW_ERR_DUPLICATE), here also where the schema says nothing about them.
 *
 * Errors: those of the text (-2xx), those of the schema (-3xx, and EW_ERR_DUPLICATE for
 * uniqueItems) with the place of both in diag; EW_ERR_TOO_LARGE also when the schema asks for more
 * work than 1,000,000 steps and 256 per byte; EW_ERR_DEPTH also when it refers from schema to
 * schema more than 2048 deep. Thread: any; nothing is kept.
 */
EW_MUST_CHECK EW_API ew_err ew_schema_validate(const ew_schema *schema, ew_str json,
                                               const ew_decode_options *opts, ew_diag *diag);

/**
 * The check of a message, once its types fit (ew_checks.run in eventwire/table.h): that of type, or
 * of the arm that json is of when type is a union without one. opts->limits has no zeros. Memory is
 * opts->scratch; without it the C stack and, where that is too little, spare (may be NULL).
 *
 * Errors as ew_schema_validate(); EW_OK where there is no check.
 */
EW_MUST_CHECK EW_API ew_err ew_schema_check(const ew_type *type, ew_str json,
                                            const ew_decode_options *opts, ew_arena *spare,
                                            ew_diag *diag);

/**
 * The check of what was written behind begin in out, with all that there is room for behind it as
 * spare memory. When it is refused, out->len is begin again, and diag has no offset, line and column.
 */
EW_MUST_CHECK EW_API ew_err ew_schema_check_written(const ew_type *type, ew_buf *out, size_t begin,
                                                    uint32_t max_depth, ew_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
