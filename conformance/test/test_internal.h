/* What the tests of the runner share. */
#ifndef EW_CONFORM_TEST_INTERNAL_H
#define EW_CONFORM_TEST_INTERNAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "yaml_internal.h"

/* The tree of a YAML text that must be good. */
static inline cJSON *tree_of_yaml(const char *yaml) {
  cJSON *tree = NULL;
  ew__ctext error = {0};
  ew_err err = ew__yaml_parse("test.yaml", ew_str_of(yaml), &tree, &error);
  if (err != EW_OK) {
    fail_msg("%s", ew__ctext_str(&error));
  }
  ew__ctext_clear(&error);
  return tree;
}

static inline cJSON *tree_of_json(const char *json) {
  cJSON *tree = NULL;
  assert_int_equal(ew__tree_parse(ew_str_of(json), &tree, NULL), EW_OK);
  return tree;
}

static inline void assert_tree(const cJSON *tree, const char *json) {
  ew__ctext text = {0};
  ew__tree_write(tree, &text);
  assert_string_equal(ew__ctext_str(&text), json);
  ew__ctext_clear(&text);
}

#endif
