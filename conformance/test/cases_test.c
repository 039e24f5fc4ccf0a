#include "test_internal.h"

#include <string.h>

#include "cases_internal.h"

#define HEAD "suite: firefly/test\nprotocol: firefly\nsource: here\ncases:\n"
#define CASE HEAD "  - id: one\n    about: it works\n    steps:\n" /* lines 5 to 7: steps start in line 8 */

static void assert_loads(const char *yaml) {
  ew__cases cases = {0};
  ew__ctext error = {0};
  if (ew__cases_load_text(&cases, "t.yaml", ew_str_of(yaml), &error) != EW_OK) {
    fail_msg("%s", ew__ctext_str(&error));
  }
  ew__ctext_clear(&error);
  ew__cases_clear(&cases);
}

static void assert_refused(const char *yaml, const char *message) {
  ew__cases cases = {0};
  ew__ctext error = {0};
  assert_int_equal(ew__cases_load_text(&cases, "t.yaml", ew_str_of(yaml), &error), EW_ERR_SYNTAX);
  assert_string_equal(ew__ctext_str(&error), message);
  ew__ctext_clear(&error);
  ew__cases_clear(&cases);
}

static void every_built_in_case_is_good(void **state) {
  (void)state;
  ew__cases cases = {0};
  ew__ctext error = {0};
  ew_err err = ew__cases_load(&cases, NULL, NULL, &error);
  if (err != EW_OK) {
    fail_msg("%s", ew__ctext_str(&error));
  }
  assert_true(cases.count >= 4 * 14);
  for (size_t i = 0; i < cases.count; i++) {
    assert_true(cases.items[i].about[0] != '\0');
    assert_true(cases.items[i].source[0] != '\0');
    assert_int_equal(strncmp(cases.items[i].id, cases.items[i].suite->protocol,
                             strlen(cases.items[i].suite->protocol)), 0);
  }
  ew__ctext_clear(&error);
  ew__cases_clear(&cases);
}

static void each_protocol_has_its_main_road_and_malformed_input(void **state) {
  (void)state;
  static const char *const protocols[] = {"firefly", "kaleido", "baas", "octave"};
  for (size_t i = 0; i < 4; i++) {
    ew__cases cases = {0};
    ew__ctext error = {0};
    assert_int_equal(ew__cases_load(&cases, NULL, protocols[i], &error), EW_OK);
    assert_true(cases.count >= 14);
    for (size_t k = 0; k < cases.count; k++) {
      assert_string_equal(cases.items[k].suite->protocol, protocols[i]);
    }
    ew__ctext_clear(&error);
    ew__cases_clear(&cases);
  }
}

static void a_case_takes_level_and_source_of_its_suite(void **state) {
  (void)state;
  ew__cases cases = {0};
  ew__ctext error = {0};
  const char *yaml = "suite: firefly/test\nprotocol: firefly\nsource: the page\ndefaults: {level: SHOULD}\ncases:\n"
                     "  - {id: one, about: a, steps: [{server: {nothing: true}}]}\n"
                     "  - {id: two, about: b, level: INFO, source: elsewhere, steps: [{server: {nothing: true}}]}\n";
  assert_int_equal(ew__cases_load_text(&cases, "t.yaml", ew_str_of(yaml), &error), EW_OK);
  assert_int_equal(cases.count, 2);
  assert_string_equal(cases.items[0].id, "firefly/test/one");
  assert_int_equal(cases.items[0].level, EW_CONFORM_SHOULD);
  assert_string_equal(cases.items[0].source, "the page");
  assert_int_equal(cases.items[1].level, EW_CONFORM_INFO);
  assert_string_equal(cases.items[1].source, "elsewhere");
  assert_int_equal(cases.items[1].line, 7);
  ew__ctext_clear(&error);
  ew__cases_clear(&cases);
}

static void misspelt_keys_are_refused_with_a_suggestion(void **state) {
  (void)state;
  assert_refused("suite: firefly/x\nprotocl: firefly\n", "t.yaml:1: a suite needs \"protocol\"");
  assert_refused("suite: firefly/x\nprotocol: firefyl\nsource: x\ncases: []\n",
                 "t.yaml:2: unknown protocol \"firefyl\", did you mean \"firefly\"?");
  assert_refused(HEAD "  - id: one\n    abuot: x\n    steps: []\n",
                 "t.yaml:6: unknown key in a case: \"abuot\", did you mean \"about\"?");
  assert_refused(CASE "      - sever: {nothing: true}\n",
                 "t.yaml:8: unknown key in a step: \"sever\", did you mean \"server\"?");
  assert_refused(CASE "      - server: {mesage: {}}\n",
                 "t.yaml:8: unknown key in a server step: \"mesage\", did you mean \"message\"?");
  assert_refused(CASE "      - server:\n          message:\n            a: {$min: 1, $mx: 2}\n",
                 "t.yaml:10: unknown key in an expectation: \"$mx\", did you mean \"$max\"?");
  assert_refused(CASE "      - client: {send: {$row: x}}\n",
                 "t.yaml:8: unknown key in send: \"$row\", did you mean \"$raw\"?");
  assert_refused(CASE "      - server: {message: {$schema: evnt}}\n",
                 "t.yaml:8: unknown message \"evnt\", did you mean \"event\"?");
  assert_refused(CASE "      - server: {message: {$type: strng}}\n",
                 "t.yaml:8: unknown type \"strng\", did you mean \"string\"?");
}

static void unknown_names_are_refused_before_anything_is_played(void **state) {
  (void)state;
  assert_refused(CASE "      - client: {send: {id: $frist}}\n", "t.yaml:8: nothing is known as \"frist\"");
  assert_refused(CASE "      - client: {send: {id: '${namspace}'}}\n",
                 "t.yaml:8: nothing is known as \"namspace\", did you mean \"namespace\"?");
  assert_refused(CASE "      - server: {message: {id: {$bind: first}}}\n      - client: {send: {id: $frist}}\n",
                 "t.yaml:9: nothing is known as \"frist\", did you mean \"first\"?");
  assert_refused(CASE "      - client: {send: '${open'}\n", "t.yaml:8: \"${\" has no \"}\"");
  assert_refused(CASE "      - client: {send: '${namespace|html}'}\n",
                 "t.yaml:8: \"|html\" is no filter: there is \"|url\"");
  assert_loads(CASE "      - server: {message: {id: {$bind: first}, other: $first}}\n      - client: {send: {id: $first, u: '${uuid:a}', h: '${hex:24:b}'}}\n");
}

static void a_name_of_one_case_is_unknown_in_the_next(void **state) {
  (void)state;
  assert_refused(CASE "      - server: {message: {id: {$bind: first}}}\n  - id: two\n    about: x\n    steps:\n      - client: {send: {id: $first}}\n",
                 "t.yaml:12: nothing is known as \"first\"");
}

#define WITH_SETUP(session)                                                                                                 \
  "suite: octave/test\nprotocol: octave\nsource: x\ndefaults: {path: '/session/${session}/ws'}\n"                          \
  "setup:\n  - control: {http: {method: POST, path: /session, answer: {body: {id: {$secret: session}}}}}\n"                 \
  "cases:\n  - {id: one, about: a, steps: [{server: {nothing: true}}]}\n"                                                   \
  "  - {id: two, about: b, setup: false, steps: [{client: {connect: {path: '/session/" session "/ws'}}}]}\n"

static void names_of_the_setup_are_known_in_every_case(void **state) {
  (void)state;
  assert_loads(WITH_SETUP("none"));
  assert_refused(WITH_SETUP("${session}"), "t.yaml:9: nothing is known as \"session\"");
}

static void a_step_has_exactly_one_verb(void **state) {
  (void)state;
  assert_refused(CASE "      - {}\n", "t.yaml:8: a step must have exactly one of client, server, control");
  assert_refused(CASE "      - client: {send: {}, drop: tcp}\n", "t.yaml:8: a client step must have exactly one of connect, reconnect, send, ping, drop, close");
  assert_refused(CASE "      - server: {within: 2s}\n", "t.yaml:8: a server step must have exactly one of message, messages, nothing, pong, close, refuse");
  assert_refused(HEAD "  - id: one\n    about: x\n    steps: []\n",
                 "t.yaml:7: there must be at least one step");
}

static void values_of_the_wrong_type_are_refused(void **state) {
  (void)state;
  assert_refused(CASE "      - server: {message: {}, within: 2}\n",
                 "t.yaml:8: \"within\" must be a string, not integer");
  assert_refused(CASE "      - server: {message: {}, within: 2m}\n",
                 "t.yaml:8: \"2m\" is no duration such as 250ms or 2s");
  assert_refused(CASE "      - server: {message: {$re: '('}}\n",
                 "t.yaml:8: \"(\" is no regular expression: Unmatched ( or \\(");
  assert_refused(CASE "      - client: {drop: udp}\n",
                 "t.yaml:8: unknown way to drop \"udp\", did you mean \"tcp\"?");
  assert_refused(CASE "      - client: {send: {}, repeat: 0}\n",
                 "t.yaml:8: \"repeat\" must be an integer from 1 to 1000000");
  assert_refused(CASE "      - client: {send: {a: {$min: 1}}}\n",
                 "t.yaml:8: \"$min\" has no meaning in a value to send");
  assert_refused(CASE "      - client: {connect: {headers: {\"A:B\": x}}}\n",
                 "t.yaml:8: a header cannot hold a line break, nor its name a colon");
  assert_refused(HEAD "  - id: One\n    about: x\n    steps: []\n",
                 "t.yaml:5: \"One\" is no id: small letters, digits and '-'");
  assert_refused(HEAD "  - id: one\n    about: x\n    needs: [pubish]\n    steps: []\n",
                 "t.yaml:7: unknown parameter \"pubish\", did you mean \"publish\"?");
}

static void ids_are_unique_over_all_files(void **state) {
  (void)state;
  ew__cases cases = {0};
  ew__ctext error = {0};
  const char *yaml = CASE "      - server: {nothing: true}\n";
  assert_int_equal(ew__cases_load_text(&cases, "a.yaml", ew_str_of(yaml), &error), EW_OK);
  assert_int_equal(ew__cases_load_text(&cases, "b.yaml", ew_str_of(yaml), &error), EW_ERR_SYNTAX);
  assert_string_equal(ew__ctext_str(&error),
                      "b.yaml:5: the id \"firefly/test/one\" stands in a.yaml:5 already");
  ew__ctext_clear(&error);
  ew__cases_clear(&cases);
  assert_refused(CASE "      - server: {nothing: true}\n  - id: one\n    about: x\n    steps: [{server: {nothing: true}}]\n", "t.yaml:9: the id \"one\" stands twice");
}

static void patterns_fit_whole_parts(void **state) {
  (void)state;
  assert_true(ew__pattern_fits("**", "a/b/c"));
  assert_true(ew__pattern_fits("a/**", "a/b/c"));
  assert_true(ew__pattern_fits("a/**", "a"));
  assert_true(ew__pattern_fits("a/*/c", "a/b/c"));
  assert_true(ew__pattern_fits("**/c", "a/b/c"));
  assert_true(ew__pattern_fits("a/**/c", "a/c"));
  assert_true(ew__pattern_fits("a/b/c", "a/b/c"));
  assert_false(ew__pattern_fits("*", "a/b"));
  assert_false(ew__pattern_fits("a/*", "a/b/c"));
  assert_false(ew__pattern_fits("a/b*", "a/bb"));
  assert_false(ew__pattern_fits("a/b", "a/b/c"));
  assert_false(ew__pattern_fits("a/b/c", "a/b"));
  assert_false(ew__pattern_fits("", "a"));
}

static void durations_have_a_unit(void **state) {
  (void)state;
  uint32_t ms = 0;
  assert_true(ew__duration_parse("250ms", &ms));
  assert_int_equal(ms, 250);
  assert_true(ew__duration_parse("1.5s", &ms));
  assert_int_equal(ms, 1500);
  assert_false(ew__duration_parse("2", &ms));
  assert_false(ew__duration_parse("-2s", &ms));
  assert_false(ew__duration_parse("s", &ms));
  assert_false(ew__duration_parse("2 s", &ms));
  assert_false(ew__duration_parse("2h", &ms));
}

static void a_file_that_is_not_there_is_named(void **state) {
  (void)state;
  ew__cases cases = {0};
  ew__ctext error = {0};
  const char *const paths[] = {"no/such/file.yaml", NULL};
  assert_int_equal(ew__cases_load(&cases, paths, NULL, &error), EW_ERR_IO);
  assert_string_equal(ew__ctext_str(&error), "no/such/file.yaml: No such file or directory");
  ew__ctext_clear(&error);
  ew__cases_clear(&cases);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_built_in_case_is_good),
      cmocka_unit_test(each_protocol_has_its_main_road_and_malformed_input),
      cmocka_unit_test(a_case_takes_level_and_source_of_its_suite),
      cmocka_unit_test(misspelt_keys_are_refused_with_a_suggestion),
      cmocka_unit_test(unknown_names_are_refused_before_anything_is_played),
      cmocka_unit_test(a_name_of_one_case_is_unknown_in_the_next),
      cmocka_unit_test(names_of_the_setup_are_known_in_every_case),
      cmocka_unit_test(a_step_has_exactly_one_verb),
      cmocka_unit_test(values_of_the_wrong_type_are_refused),
      cmocka_unit_test(ids_are_unique_over_all_files),
      cmocka_unit_test(patterns_fit_whole_parts),
      cmocka_unit_test(durations_have_a_unit),
      cmocka_unit_test(a_file_that_is_not_there_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
