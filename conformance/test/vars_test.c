#include "test_internal.h"

#include <string.h>

#include "vars_internal.h"

static void assert_expands(const ew__vars *vars, const char *text, const char *expected) {
  ew__ctext out = {0};
  ew__ctext error = {0};
  if (!ew__vars_expand(vars, text, &out, &error)) {
    fail_msg("%s", ew__ctext_str(&error));
  }
  assert_string_equal(ew__ctext_str(&out), expected);
  ew__ctext_clear(&out);
  ew__ctext_clear(&error);
}

static void set(ew__vars *vars, const char *name, const char *json, bool secret) {
  assert_int_equal(ew__vars_set(vars, name, tree_of_json(json), secret), EW_OK);
}

static void names_in_braces_are_replaced_by_their_text(void **state) {
  (void)state;
  ew__vars vars = {0};
  set(&vars, "a", "\"x y/z\"", false);
  set(&vars, "n", "42", false);
  set(&vars, "o", "{\"k\":[1]}", false);
  assert_expands(&vars, "<${a}|${n}|${o}>", "<x y/z|42|{\"k\":[1]}>");
  assert_expands(&vars, "${a|url}", "x%20y%2Fz");
  assert_expands(&vars, "$${a} $$ $a$", "${a} $$ $a$");
  assert_expands(&vars, "$$a", "$a");
  ew__vars_clear(&vars);
}

static void a_reference_alone_is_the_whole_value(void **state) {
  (void)state;
  ew__vars vars = {0};
  set(&vars, "o", "{\"k\":[1,null]}", false);
  cJSON *node = tree_of_yaml("{a: $o, b: ['${o}', $$o, 5]}");
  ew__ctext error = {0};
  cJSON *resolved = ew__vars_resolve(&vars, node, &error);
  assert_tree(resolved, "{\"a\":{\"k\":[1,null]},\"b\":[\"{\\\"k\\\":[1,null]}\",\"$o\",5]}");
  cJSON_Delete(resolved);
  cJSON_Delete(node);
  ew__ctext_clear(&error);
  ew__vars_clear(&vars);
}

static void a_later_value_hides_an_earlier_one_until_it_is_cut(void **state) {
  (void)state;
  ew__vars vars = {0};
  set(&vars, "a", "\"old\"", false);
  size_t mark = vars.count;
  set(&vars, "a", "\"new\"", false);
  assert_string_equal(ew__vars_text(&vars, "a"), "new");
  ew__vars_cut(&vars, mark);
  assert_string_equal(ew__vars_text(&vars, "a"), "old");
  ew__vars_clear(&vars);
}

static void made_up_names_are_the_same_in_a_case_and_differ_between_cases(void **state) {
  (void)state;
  ew__vars vars = {.unique = "ew1"};
  ew__ctext one = {0};
  ew__ctext two = {0};
  ew__ctext error = {0};
  assert_true(ew__vars_expand(&vars, "${uuid:a} ${hex:64:a}", &one, &error));
  assert_true(ew__vars_expand(&vars, "${uuid:a} ${hex:64:a}", &two, &error));
  assert_string_equal(ew__ctext_str(&one), ew__ctext_str(&two));
  assert_int_equal(one.len, 36 + 1 + 64);
  assert_int_equal(one.ptr[14], '4');
  assert_non_null(strchr("89ab", one.ptr[19]));
  ew__ctext_reset(&two);
  assert_true(ew__vars_expand(&vars, "${uuid:b} ${hex:64:b}", &two, &error));
  assert_string_not_equal(ew__ctext_str(&one), ew__ctext_str(&two));
  strcpy(vars.unique, "ew2");
  ew__ctext_reset(&two);
  assert_true(ew__vars_expand(&vars, "${uuid:a} ${hex:64:a}", &two, &error));
  assert_string_not_equal(ew__ctext_str(&one), ew__ctext_str(&two));
  ew__ctext_clear(&one);
  ew__ctext_clear(&two);
  ew__ctext_clear(&error);
}

static void secrets_are_hidden_plain_and_encoded(void **state) {
  (void)state;
  ew__vars vars = {0};
  ew__ctext text = {0};
  set(&vars, "token", "\"a/b+c=\"", true);
  set(&vars, "user", "\"demo\"", false);
  set(&vars, "empty", "\"\"", true);
  ew__ctext_puts(&text, "demo a/b+c= ?t=a%2Fb%2Bc%3D&x a/b+c=a/b+c=");
  ew__vars_redact(&vars, &text);
  assert_string_equal(ew__ctext_str(&text), "demo *** ?t=***&x ******");
  ew__ctext_clear(&text);
  ew__vars_clear(&vars);
}

static void visible_text_escapes_what_is_no_text(void **state) {
  (void)state;
  ew__ctext text = {0};
  ew__ctext_append_visible(&text, "a\n\xFF\xC3\xA9\xED\xA0\x80\x7F", 9, 100);
  assert_string_equal(ew__ctext_str(&text), "a\\x0a\\xff\xC3\xA9\\xed\\xa0\\x80\\x7f");
  ew__ctext_reset(&text);
  ew__ctext_append_visible(&text, "0123456789", 10, 4);
  assert_string_equal(ew__ctext_str(&text), "0123... (10 bytes)");
  ew__ctext_clear(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_in_braces_are_replaced_by_their_text),
      cmocka_unit_test(a_reference_alone_is_the_whole_value),
      cmocka_unit_test(a_later_value_hides_an_earlier_one_until_it_is_cut),
      cmocka_unit_test(made_up_names_are_the_same_in_a_case_and_differ_between_cases),
      cmocka_unit_test(secrets_are_hidden_plain_and_encoded),
      cmocka_unit_test(visible_text_escapes_what_is_no_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
