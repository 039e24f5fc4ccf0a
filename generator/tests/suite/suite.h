/* Cases of JSON-Schema-Test-Suite as data, made by json_schema.py and run by runner.c. */
#ifndef EW_TEST_SUITE_H
#define EW_TEST_SUITE_H

#include "eventwire/format.h"
#include "eventwire/schema.h"

typedef struct suite_test {
  const char *description;
  const char *text;
  size_t len;
  bool valid;
} suite_test;

typedef struct suite_case {
  const char *name;
  const char *refused; /* by the generator, and why; "" when it was compiled */
  const ew_schema *schema;
  const suite_test *tests;
  size_t test_count;
} suite_case;

typedef struct suite_part {
  const suite_case *cases;
  size_t case_count;
} suite_part;

#endif
