"""How unions are told apart, and what is said when they cannot be."""

import unittest

from tests.helpers import DocumentCase
from tests.programs import Built
from tests.test_cli import run
from ewgen import instance, model, readers

A = "{type: object, properties: {t: {const: a}, x: {type: integer, minimum: 3}}, required: [t, x]}"
B = "{type: object, properties: {t: {const: b}, y: {type: string}}, required: [t]}"


OPTIONAL = """\
#include <eventwire/test.h>
#include <stdio.h>
int main(void) {
  const ew_engine engines[] = {EW_ENGINE_TABLE, EW_ENGINE_AUTO};
  const char *const texts[] = {"{\\"t\\":\\"a\\",\\"x\\":1}", "{\\"x\\":1,\\"t\\":\\"b\\"}", "{\\"x\\":1}", "{\\"t\\":\\"c\\"}"};
  char memory[1000];
  for (int i = 0; i < 8; i++) {
    ew_decode_options options = {.engine = engines[i % 2]};
    ew_test_server_message message;
    ew_diag diag = {0};
    ew_arena arena;
    ew_arena_init(&arena, memory, sizeof(memory));
    ew_err err = ew_test_server_message_decode(ew_str_of(texts[i / 2]), &arena, &options, &message, &diag);
    printf("%s %d %s\\n", ew_err_name(err), err == EW_OK ? (int)message.kind : 0, diag.pointer);
  }
  return 0;
}
"""


UNTOLD = """\
#include <eventwire/test.h>
#include <stdio.h>
int main(void) {
  for (int i = 0; i < 4; i++) {
    ew_test_server_message message = {.kind = i < 2 ? EW_TEST_SERVER_MESSAGE_ONE : EW_TEST_SERVER_MESSAGE_TWO};
    char bytes[100] = {0};
    ew_buf out;
    ew_diag diag = {0};
    ew_buf_init(&out, bytes, sizeof(bytes));
    if (i < 2) {
      message.one.has_t = i == 0;
    } else {
      message.two.has_t = i == 2;
      message.two.t = EW_TEST_TWO_T_B;
    }
    ew_err err = ew_test_server_message_encode(&message, &out, &diag);
    printf("%s %s %.*s\\n", ew_err_name(err), diag.pointer, (int)out.len, bytes);
  }
  return 0;
}
"""


class OptionalTest(Built):
    def test_an_alternative_without_the_constant_is_not_written(self):
        one = "{type: object, properties: {t: {const: a}, x: {type: integer}}}"
        two = "{type: object, properties: {t: {type: string, enum: [b, c]}, x: {type: integer}}, not: {required: [z]}}"
        for hot in ("", "x-ew-hot: true, "):
            document = self.write("a.yaml", CHANNEL % (hot, one, two))
            status, _, notes = run("gen", document, "--base", self.folder, "--out", self.folder + "/out")
            self.assertEqual((status, notes.count("a text without it is refused")), (0, 2))
            printed = self.run_c(self.write("main.c", UNTOLD))
            self.assertEqual(printed, 'EW_OK  {"t":"a"}\nEW_ERR_MISSING /t \nEW_OK  {"t":"b"}\nEW_ERR_MISSING /t \n')

    def test_a_text_that_two_alternatives_accept_is_shown(self):
        document = self.write("a.yaml", CHANNEL % ("", *["{type: object, properties: {t: {const: %s}}}" % t for t in "ab"]))
        status, findings, _ = run("lint", document, "--base", self.folder)
        self.assertEqual(status, 1)
        self.assertIn('"one" is told by "t", which it does not require: a text without it is refused, since "two" accepts it, too: {}', findings)

    def variants(self, arms, rest=""):
        """Alternatives beside the members id and kind."""
        common = "type: object, required: [id, kind], properties: {id: {type: integer}, kind: {type: string}}"
        return self.member("{%s, oneOf: [%s]%s}" % (common, arms, rest)).type

    def test_alternatives_beside_members_have_them_too(self):
        union = self.variants("{$ref: '#/components/schemas/C'}, {title: Line, properties: {kind: {const: line}}}", """}
    C: {type: object, properties: {kind: {const: circle}, r: {type: number}}""")
        self.assertEqual([a.name for a in union.arms], ["c", "line"])
        self.assertEqual([[m.name for m in a.type.members] for a in union.arms], [["id", "kind", "r"], ["id", "kind"]])
        self.assertEqual([a.condition.tag for a in union.arms], [("kind", "circle"), ("kind", "line")])
        self.assertEqual([m.name for m in union.whole.members], ["id", "kind", "r"])

    def test_alternatives_beside_members_that_no_constant_tells_are_checked(self):
        kind = self.variants("{properties: {r: {type: number}}, required: [r]}, {properties: {to: {type: string}}, required: [to]}")
        self.assertIsInstance(kind, model.Object)
        self.assertEqual(([m.name for m in kind.members], kind.unsaid.tokens[-1]), (["id", "kind", "r", "to"], "oneOf"))

    def test_a_text_without_the_constant_is_neither(self):
        schema = "{type: object, properties: {t: {const: %s}, x: {type: integer}}}"
        for hot in ("", "x-ew-hot: true, "):
            document = self.write("a.yaml", CHANNEL % (hot, schema % "a", schema % "b"))
            status, _, notes = run("gen", document, "--base", self.folder, "--out", self.folder + "/out")
            self.assertEqual((status, notes.count('by "t", which it does not require: a text without it is refused')), (0, 2))
            lines = self.run_c(self.write("main.c", OPTIONAL)).splitlines()
            self.assertEqual(lines[:4], ["EW_OK 1 ", "EW_OK 1 ", "EW_OK 2 ", "EW_OK 2 "])
            self.assertEqual([line[:6] for line in lines[4:]], ["EW_ERR"] * 4, lines)
            self.assertEqual(lines[4::2], lines[5::2])


class DispatchTest(DocumentCase):
    def arms(self, *schemas):
        return self.member("{oneOf: [%s]}" % ", ".join(schemas)).type.arms

    def test_by_json_type(self):
        arms = self.arms("{type: string}", "{type: integer}", "{type: array, items: {type: string}}", "{type: object}")
        self.assertEqual([a.name for a in arms], ["text", "number", "list", "object"])
        self.assertEqual([a.condition.types for a in arms], [model.STRING, model.NUMBER, model.ARRAY, model.OBJECT])

    def test_arms_in_place_that_would_be_called_alike(self):
        titled = "{title: Big One, type: object, properties: {t: {const: x}}, required: [t]}"
        bare = "{type: object, properties: {q: true}, required: [q]}"
        arms = self.arms(A, "{type: string}", titled, B, bare)
        self.assertEqual([a.name for a in arms], ["a", "text", "big_one", "b", "object1"])

    def test_by_constant(self):
        first, second = self.arms_of_messages(A, B)
        self.assertEqual((first.condition.tag, second.condition.tag), (("t", "a"), ("t", "b")))
        self.assertEqual((first.condition.present, first.condition.absent), ((), ()))

    def test_by_other_constants(self):
        def schema(members):
            return "{type: object, properties: {%s, z: true}, required: [%s]}" % (members, members.partition(":")[0])

        ten, eleven = "op: {const: 10}", "op: {const: 11}"
        inner = "m: {type: object, properties: {t: {const: %s}}, required: [t]}"
        for one, two, path, left, right in (
            (ten, eleven, ("op",), (False, ("10",)), (False, ("11",))),
            (ten, "op: {const: '10'}", ("op",), (False, ("10",)), (True, ("10",))),
            ("ok: {const: true}", "ok: {const: false}", ("ok",), (False, ("true",)), (False, ("false",))),
            ("k: {type: string, enum: [a, b]}", "k: {const: c}", ("k",), (True, ("a", "b")), (True, ("c",))),
            (inner % "x", inner % "y", ("m", "t"), (True, ("x",)), (True, ("y",))),
        ):
            found = [arm.condition for arm in self.arms_of_messages(schema(one), schema(two))]
            marks = [mark for condition in found for mark in condition.marks]
            self.assertEqual([mark.path for mark in marks], [path, path])
            self.assertEqual([(mark.is_text, mark.values) for mark in marks], [left, right])
            value = {path[0]: 11.0} if path == ("op",) and not right[0] else None
            if value:
                self.assertEqual([instance.chosen(c, value) for c in found], [False, True])
        self.assert_refused(
            lambda: self.arms_of_messages(schema("k: {type: string, enum: [a, b]}"), schema("k: {type: string, enum: [b, c]}")),
            "cannot be told apart, both accept {",
        )

    def test_by_a_constant_that_is_not_required_where_nothing_else_tells(self):
        optional = "{type: object, properties: {op: {const: %s}, x: {type: integer}}}"
        either = "{anyOf: [%s, %s]}" % (optional % "a", optional % "b")
        self.assert_refused(lambda: self.member(either), 'cannot be told apart, both accept {}; give them')
        arms = self.member(either.replace("anyOf", "oneOf")).type.arms
        self.assertEqual([a.condition.tag for a in arms], [("op", "a"), ("op", "b")])
        first, second = self.arms_of_messages(optional % "a", optional % "b")
        self.assertEqual((first.condition.tag, second.condition.tag), (("op", "a"), ("op", "b")))
        first, second = self.arms_of_messages(optional % 1, "{type: object, properties: {op: {type: integer, enum: [2]}, y: true}, required: [y]}")
        self.assertEqual((first.condition.marks, first.condition.absent, second.condition.present), ((), ("y",), ("y",)))
        self.assert_refused(lambda: self.arms_of_messages(optional % "a", optional % "a"), 'both accept {}')
        nullable = "{type: object, properties: {op: {type: [string, 'null'], enum: [%s, null]}}}"
        self.assert_refused(lambda: self.arms_of_messages(nullable % "a", nullable % "b"), "both accept {}")

    def test_what_is_looked_into_is_not_looked_at(self):
        def schema(members, required):
            return "{type: object, properties: {%s}, required: [%s]}" % (members, required)

        inner = "arg: {type: object, properties: {c: {const: %s}}, required: [c]}, data: true"
        ack = schema("event: {type: string}, arg: true, id: true", "event, id")
        error = schema("event: {type: string}, code: true", "event, code")
        union = "{oneOf: [%s]}" % ", ".join([ack.replace("id: true", "id: {const: 1}"), error, schema(inner % "a", "arg, data"), schema(inner % "b", "arg, data")])
        conditions = [arm.condition for arm in self.member(union).type.arms]
        self.assertEqual([mark.path for mark in conditions[2].marks], [("arg", "c")])
        self.assertEqual(conditions[2].present, ("data",))

    def test_an_object_without_members_is_not_one_that_requires_some(self):
        first, second = self.arms("{type: object, properties: {id: true}, required: [id]}", "{type: object, maxProperties: 0}")
        self.assertEqual((first.condition.present, second.condition.absent), (("id",), ("id",)))

    def test_no_text_is_shown_that_a_check_refuses(self):
        pair = "{type: array, items: {}, contains: {const: %s}}"
        text = self.assert_refused(lambda: self.arms(pair % 1, pair % 2), "cannot be told apart")
        self.assertNotIn("both accept", text)

    def test_a_member_with_a_constant_of_its_own_in_every_alternative_is_the_tag(self):
        arm = "{type: object, required: [v, a, b], properties: {v: {const: %s}, a: {const: %s}, b: {const: %s}}}"
        arms = self.arms(*(arm % ("same", f"a{n}", f"b{n}") for n in range(4)))
        self.assertEqual([a.condition.tag for a in arms], [("a", f"a{n}") for n in range(4)])
        self.assertTrue(all(a.condition.types == model.OBJECT and not a.condition.marks for a in arms))

    def test_the_error_is_of_the_pair_that_nothing_tells_apart(self):
        three = "{oneOf: [{type: object, properties: {t: {const: a}}}, {type: object, properties: {t: {const: b}}}, {type: object, properties: {t: {const: b}, z: true}}]}"
        self.assert_refused(lambda: self.member(three), "cannot be told apart, both accept {}")

    def test_a_constant_tells_from_the_default_too(self):
        first = "{type: object, properties: {op: {const: 1}}, required: [op]}"
        rest = "{type: object, properties: {op: {type: integer}}, required: [op]}"
        arms = self.arms_of_messages(rest, first, "x-ew-default-arm: true, ")
        self.assertEqual([(a.default, len(a.condition.marks)) for a in arms], [(False, 1), (True, 0)])

    def test_by_presence_on_both_sides(self):
        head = "{type: object, properties: {head: {type: string}}, required: [head]}"
        other = "{type: object, properties: {r: true, type: {const: m}}, required: [r, type]}"
        first, second = self.arms_of_messages(head, other)
        self.assertEqual((first.condition.present, first.condition.absent), (("head",), ("type",)))
        self.assertEqual((second.condition.present, second.condition.absent), (("type",), ("head",)))

    def arms_of_messages(self, first, second, extra=""):
        return self.protocol(CHANNEL % (extra, first, second)).to_client.union.arms

    def test_what_is_told_by_absence_can_be_read_first(self):
        head = "{type: object, properties: {head: {type: string}}, required: [head]}"
        other = "{type: object, properties: {r: {type: string}}, required: [r]}"
        self.assertTrue(readers.may_guess(self.member("{oneOf: [%s, %s]}" % (head, other)).type))
        self.assertFalse(readers.may_guess(self.member("{oneOf: [%s, %s]}" % (A, B)).type))  # a tag tells at once
        counted = head.replace("required", "maxProperties: 9, required")  # is not read member by member
        self.assertFalse(readers.may_guess(self.member("{oneOf: [%s, %s]}" % (counted, other)).type))

    def test_a_tag_stands_behind_what_all_messages_with_one_begin_with(self):
        def leads(first, second):
            return readers.tag_leads(self.member("{oneOf: [%s, %s]}" % (first, second)).type)

        self.assertEqual(leads(A, B), ('{"t":"',))
        both = "{type: object, properties: {id: {type: string}, k: {const: v}, t: {const: %s}}, required: [id, k, t]}"
        self.assertEqual(leads(both % "a", both % "b"), ('{"id":"', '","k":"v","t":"'))
        self.assertEqual(leads(both % "a", B), ())  # not the same beginning
        number = both.replace("string", "integer")
        self.assertEqual(leads(number % "a", number % "b"), ())  # its end is not looked for
        spare = both.replace("[id,", "[")
        self.assertEqual(leads(spare % "a", spare % "b"), ())  # it may be missing

    def test_default_arm_takes_the_rest_and_stands_last(self):
        event = "{type: object, properties: {t: {type: string}}, required: [t]}"
        first, second = self.arms_of_messages(event, B, extra="x-ew-default-arm: true, ")
        self.assertEqual([first.name, second.name], ["two", "one"])
        self.assertEqual((first.condition.tag, second.condition.tag), (("t", "b"), None))

    def test_ambiguous_messages_are_refused_with_a_text_that_both_accept(self):
        same = "{type: object, properties: {t: {const: a}, z: {type: string, pattern: '^q'}}, required: [t]}"
        two = "{type: object, properties: {t: {const: a}, x: {type: integer, minimum: 3}}, required: [t]}"
        text = self.assert_refused(lambda: self.arms_of_messages(same, two), '"one" and "two" cannot be told apart')
        self.assertIn('both accept {"t":"a"}', text)

    def test_the_text_fits_both_sides_also_where_they_differ(self):
        one = "{type: object, properties: {n: {type: integer, maximum: 9}, m: {type: string, enum: [p, q]}}, required: [n]}"
        two = "{type: object, properties: {n: {type: integer, minimum: 4}, m: {type: string, enum: [q, r]}}, required: [n, m]}"
        two = two.replace("required: [n, m]", "required: [n]")
        self.assert_refused(lambda: self.arms_of_messages(one, two), 'both accept {"n":4}')

    def test_strings_cannot_be_told_apart(self):
        self.assert_refused(
            lambda: self.arms("{type: string, pattern: '^a'}", "{type: string}"),
            "cannot be told apart",
            'both accept "a"',
        )

    def test_two_defaults_are_refused(self):
        text = CHANNEL.replace("two: {", "two: {x-ew-default-arm: true, ") % ("x-ew-default-arm: true, ", A, B)
        self.assert_refused(lambda: self.protocol(text), "#/components/messages/two", "too, in the same direction")


CHANNEL = """\
asyncapi: 3.0.0
info: {title: Test, version: 1.0.0}
x-ew-prefix: test
channels:
  main:
    messages:
      one: {$ref: '#/components/messages/one'}
      two: {$ref: '#/components/messages/two'}
operations:
  out: {action: send, channel: {$ref: '#/channels/main'}}
components:
  messages:
    one: {%spayload: {$ref: '#/components/schemas/One'}}
    two: {payload: {$ref: '#/components/schemas/Two'}}
  schemas:
    One: %s
    Two: %s
"""

if __name__ == "__main__":
    unittest.main()
