/*
 * JSONTestSuite (Nicolas Seriot): y_ must be accepted, n_ refused, and i_ has our answer written
 * down here. The suite is not part of this project: EW_SUITE_DIR names a folder with
 * JSONTestSuite/test_parsing.
 */
#include "support.h"

#include <dirent.h>

#include "eventwire/codec.h"

#define SKIPPED 77

/* What the suite leaves free and we accept: numbers of any size are well-formed, whatever a type
 * makes of them, and so is depth within the limit. */
static const char *const FREE_AND_ACCEPTED[] = {
    "i_number_double_huge_neg_exp.json",  "i_number_huge_exp.json",
    "i_number_neg_int_huge_exp.json",     "i_number_pos_double_huge_exp.json",
    "i_number_real_neg_overflow.json",    "i_number_real_pos_overflow.json",
    "i_number_real_underflow.json",       "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",      "i_number_very_big_negative_int.json",
    "i_structure_500_nested_arrays.json",
};

static bool is_expected(const char *name) {
  if (name[0] != 'i') {
    return name[0] == 'y';
  }
  for (size_t i = 0; i < sizeof(FREE_AND_ACCEPTED) / sizeof(FREE_AND_ACCEPTED[0]); i++) {
    if (strcmp(name, FREE_AND_ACCEPTED[i]) == 0) {
      return true;
    }
  }
  return false;
}

static ew_str read_file(const char *folder, const char *name) {
  char path[1024];
  snprintf(path, sizeof(path), "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(0, fseek(file, 0, SEEK_END));
  long size = ftell(file);
  assert_true(size >= 0);
  rewind(file);
  char *text = malloc((size_t)size + 1);
  assert_non_null(text);
  assert_int_equal(size, fread(text, 1, (size_t)size, file));
  fclose(file);
  ew_str exact = exact_copy(text, (size_t)size);
  free(text);
  return exact;
}

static char folder[512];

static void each_file_of_the_suite_is_judged_as_its_name_says(void **state) {
  (void)state;
  unsigned files = 0, failures = 0;
  DIR *listing = opendir(folder);
  assert_non_null(listing);
  for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
    const char *name = entry->d_name;
    if (strchr("yni", name[0]) == NULL || name[1] != '_') {
      continue;
    }
    ew_str text = read_file(folder, name);
    ew_diag diag = {0};
    ew_err err = ew_json_check(text, 1024, &diag);
    if ((err == EW_OK) != is_expected(name)) {
      print_error("%s: %s\n", name, ew_err_name(err));
      failures++;
    }
    files++;
    free_copy(text);
  }
  closedir(listing);
  assert_int_equal(0, failures);
  assert_true(files > 300);
}

int main(void) {
  const char *suites = getenv("EW_SUITE_DIR");
  if (suites == NULL) {
    puts("skipped: EW_SUITE_DIR does not name a folder with JSONTestSuite/test_parsing");
    return SKIPPED;
  }
  snprintf(folder, sizeof(folder), "%s/JSONTestSuite/test_parsing", suites);
  DIR *listing = opendir(folder);
  if (listing == NULL) {
    printf("skipped: there is no folder JSONTestSuite/test_parsing in EW_SUITE_DIR\n");
    return SKIPPED;
  }
  closedir(listing);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_file_of_the_suite_is_judged_as_its_name_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
