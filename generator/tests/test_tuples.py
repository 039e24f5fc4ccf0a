"""Arrays with a schema for each place."""

import json
import os

from tests.helpers import DOCUMENT, DocumentCase
from tests.test_cli import run
from ewgen import instance, model
from ewgen.bounds import Encoded

UP = "asyncapi.yaml:21: #/components/schemas/Up/properties/it"


class TupleTest(DocumentCase):
    def tuple(self, schema):
        kind = self.member(schema).type
        self.assertIsInstance(kind, model.TupleOf)
        return kind

    def names(self, *items):
        return [m.name for m in self.tuple("{type: array, items: [%s]}" % ", ".join(items)).members]

    def test_a_place_is_called_by_its_schema(self):
        self.assertEqual(self.names("{type: string}", "{type: number}"), ["item_0", "item_1"])
        self.assertEqual(self.names("{type: string, title: Best Price}", "{type: number, x-ew-name: lots}"), ["best_price", "lots"])
        note = "{$ref: '#/components/schemas/Note'}]}\n    Note: {type: string"
        self.assertEqual([m.name for m in self.tuple("{type: array, items: [%s}" % note).members], ["note"])

    def test_a_title_that_says_no_name_is_none(self):
        long = "{type: string, title: How much there is of it at this very price}"
        self.assertEqual(self.names(long, "{title: Same, type: string}", "{title: same, type: string}"), ["item_0", "item_1", "item_2"])
        self.assertEqual(self.names("{type: string, x-ew-name: a}", "{type: string, title: A}"), ["a", "item_1"])

    def test_what_is_in_a_place_is_called_after_it(self):
        kind = self.tuple("{type: array, items: [{enum: [a]}, {title: Side, enum: [a]}]}")
        self.assertEqual([m.type.stem for m in kind.members], ["up_it_item_0", "up_it_side"])

    def test_the_first_places_are_always_there(self):
        kind = self.tuple("{type: array, minItems: 1, maxItems: 3, items: [{type: [string, 'null']}, {type: integer}]}")
        self.assertEqual([(m.required, m.nullable) for m in kind.members], [(True, True), (False, False)])
        self.assertEqual((kind.min_items, kind.max_items, kind.closed, kind.has_rest), (1, 3, False, False))

    def test_elements_behind_the_places(self):
        self.assertTrue(self.tuple("{type: array, items: [{type: string}], additionalItems: false}").closed)
        kind = self.tuple("{type: array, maxItems: 3, items: [{type: string}], additionalItems: {type: integer, x-ew-name: more}}")
        self.assertEqual((kind.has_rest, len(kind.places), kind.members[1].name), (True, 1, "more"))
        self.assertEqual((type(kind.members[1].type.item), kind.members[1].type.max_items), (model.Integer, 2))
        kind = self.tuple("{type: array, items: [{type: string}], additionalItems: true}")
        self.assertEqual((kind.members[1].name, type(kind.members[1].type.item)), ("rest", model.Raw))

    def test_lists_without_places_are_none(self):
        many = ", ".join(["{type: string}"] * model.MAX_MEMBERS)
        for schema in ("{type: array, items: []}", "{type: array}", "{type: array, items: [%s]}" % many, "{items: [{}]}"):
            self.assertIsInstance(self.member(schema).type, model.Raw, schema)

    def test_values(self):
        kind = self.tuple("{type: array, minItems: 1, items: [{type: string}, {type: [integer, 'null']}], additionalItems: {type: boolean}}")
        for value in (["a"], ["a", 1], ["a", None, True, False]):
            self.assertIsNone(instance.problem(kind, value))
        for value, place in (([], ()), ([1], ("0",)), (["a", "b"], ("1",)), (["a", 1, 2], ("2",)), ({}, ())):
            self.assertEqual(instance.problem(kind, value)[0], place, value)
        self.assertIsNone(instance.problem(kind, instance.sample(kind)))
        closed = self.tuple("{type: array, items: [{type: string}], additionalItems: false}")
        self.assertEqual(instance.problem(closed, ["a", 1]), (("1",), "is not allowed here"))

    def test_the_longest_text(self):
        for schema, longest in (
            ("{type: array, items: [{type: boolean}, {const: ab}], additionalItems: false}", '[false,"ab"]'),
            ("{type: array, maxItems: 4, items: [{type: boolean}], additionalItems: {type: boolean}}", "[false,false,false,false]"),
            ("{type: array, maxItems: 1, items: [{type: boolean}], additionalItems: {type: boolean}}", "[false]"),
        ):
            self.assertEqual(Encoded(False).of(self.tuple(schema)).size, len(longest), schema)

    def test_mistakes(self):
        for schema, text in (
            ("{type: string, x-ew-name: a}", f"{UP}/x-ew-name: only an element of a tuple is called so: members of objects have names of their own"),
            (
                "{type: array, items: [{type: string, x-ew-name: bestPrice}]}",
                f'{UP}/items/0/x-ew-name: expected words in lower case with _ between them, did you mean "best_price"?',
            ),
            ("{type: array, items: [{type: string, x-ew-name: 1}]}", f"{UP}/items/0/x-ew-name: expected a string, found the number 1"),
            (
                "{$schema: 'http://json-schema.org/draft-07/schema#', type: array, prefixItems: [{type: string}]}",
                f'{UP}/prefixItems: "prefixItems" is a keyword of 2020-12 and has no effect in draft-07, where "items" takes a list',
            ),
            ("{type: array, items: [{type: strin}]}", f'{UP}/items/0/type: unknown type "strin", did you mean "string"?'),
            ("{type: array, minItems: 3, maxItems: 2, items: [{type: string}]}", f"{UP}: no value fits: minItems 3 is above maxItems 2"),
            ("{type: array, items: [{type: string, minLenght: 1}]}", f'{UP}/items/0/minLenght: the keyword "minLenght" is not supported, did you mean "minLength"?'),
            (
                "{type: array, items: [{type: string, x-ew-lenient: {type: [string, 'null']}}]}",
                f"{UP}/items/0: null is accepted here by x-ew-lenient only, but a tuple has no place for it",
            ),
        ):
            self.assertEqual(self.assert_refused(lambda: self.member(schema)), text)

    def test_an_example_that_does_not_fit(self):
        up = self.protocol_error("[{type: string}, {type: integer}], examples: [[a, b]]")
        self.assertIn("#/components/schemas/Up/properties/it/examples/0: does not fit its own schema: the value /1", up)

    def protocol_error(self, rest):
        return self.assert_refused(lambda: self.protocol(DOCUMENT % ("{type: array, items: %s}" % rest)))

    def test_a_schema_by_itself_has_the_keywords_of_its_draft(self):
        later = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "array", "items": False, "prefixItems": [{"type": "string"}]}
        earlier = {"type": "array", "items": [{"type": "string"}], "additionalItems": False}
        for schema in (later, earlier):
            self.write("s.json", json.dumps(schema))
            arguments = ["--schema", f"{self.folder}/s.json", "--prefix", "p", "--out", self.folder, "--base", self.folder]
            self.assertEqual(run("gen", *arguments), (0, "", ""))
            with open(os.path.join(self.folder, "include", "eventwire", "p.h"), encoding="utf-8") as stream:
                self.assertIn("typedef struct p {\n  ew_str item_0;\n", stream.read())

    def test_versions_are_compared_place_by_place(self):
        old = self.write("old.json", '{"type": "array", "items": [{"type": "string"}, {"type": "integer"}]}')
        new = self.write("new.json", '{"type": "array", "items": [{"type": "string"}, {"type": "number"}]}')
        code, out, _ = run("diff", "--schema", old, new, "--base", self.folder)
        self.assertEqual(code, 1)
        self.assertIn("#/items/1: ", out)
        self.assertIn("/1 was integer and is number", out)


BEAT = "{type: array, minItems: 2, items: [{type: integer}, {const: hb}]}"
DATA = "{type: array, minItems: 2, items: [{type: integer}, {type: object}]}"


class TellTest(DocumentCase):
    """Alternatives that are arrays."""

    def places(self, *arms):
        union = self.member("{oneOf: [%s]}" % ", ".join(arms)).type
        return [[(p.name, p.types, p.values) for p in arm.condition.places] for arm in union.arms]

    def test_a_constant_at_a_place(self):
        other = "{type: array, minItems: 2, items: [{type: integer}, {enum: [te, tu]}]}"
        self.assertEqual(self.places(BEAT, other), [[("1", model.STRING, ("hb",))], [("1", model.STRING, ("te", "tu"))]])

    def test_a_json_type_at_a_place(self):
        self.assertEqual(self.places(BEAT, DATA), [[("1", model.STRING, ("hb",))], [("1", model.OBJECT, ())]])

    def test_how_many_there_are(self):
        one = "{type: array, minItems: 1, maxItems: 1, items: [{type: integer}]}"
        two = "{type: array, minItems: 2, items: [{type: integer}, {type: integer}]}"
        self.assertEqual(self.places(one, two), [[("1", model.NO_ELEMENT, ())], [("1", model.NUMBER, ())]])

    def test_inside_of_an_element(self):
        rows = "{type: array, minItems: 1, items: [{type: array, items: {type: array, items: {type: number}}}]}"
        row = "{type: array, minItems: 1, items: [{type: array, minItems: 1, items: {type: number}}]}"
        self.assertEqual(self.places(rows, row), [[("0/0", model.ARRAY | model.NO_ELEMENT, ())], [("0/0", model.NUMBER, ())]])

    def test_lists_of_different_types(self):
        texts, numbers = ("{type: array, minItems: 1, items: {type: %s}}" % kind for kind in ("string", "integer"))
        self.assertEqual(self.places(texts, numbers), [[("0", model.STRING, ())], [("0", model.NUMBER, ())]])

    def test_values_choose_their_arm(self):
        union = self.member("{oneOf: [%s, %s, {type: string}]}" % (BEAT, DATA)).type
        for value in ([1, "hb"], [1, {}], "a"):
            self.assertIsNone(instance.problem(union, value))
        for value in ([1, "x"], [1], []):
            self.assertIn("fits none", instance.problem(union, value)[1])
        self.assertEqual(instance.problem(union, ["1", "hb"])[0], ("0",))

    def test_what_is_the_same_everywhere(self):
        loose = "{type: array, items: [{type: integer}, {type: string}]}"
        text = self.assert_refused(lambda: self.member("{oneOf: [%s, %s]}" % (BEAT, loose)))
        self.assertEqual(
            text,
            f'{UP}: "list1" and "list2" cannot be told apart, both accept [0,"hb"]; give them different constants or types at a place that '
            "minItems says is there (in a channel, x-ew-default-arm makes one message the rest; elsewhere a rule in the file of --options decides)",
        )
        empty = "{oneOf: [{type: array, items: {type: string}}, {type: array, items: {type: integer}}]}"
        self.assert_refused(lambda: self.member(empty), "cannot be told apart, both accept []")

    def test_lint_and_explain_show_the_places(self):
        path = self.write("a.yaml", FEED)
        self.assertEqual(
            run("lint", path, "--base", self.folder, "--proof")[1],
            'main, from the client: "beat" or "data" by element 1: "hb", or an object\n'
            'main, from the client: "beat" or "other" by element 1: "hb" of "beat"; "other" is the rest\n'
            'main, from the client: "data" or "other" by element 0: "d" of "data"; "other" is the rest\n',
        )
        self.assertIn(
            '  an array: looks at element 0, element 1\n    element 1 is "hb": beat\n'
            '    element 1 is an object and element 0 is "d": data\n    anything else: other\n',
            run("explain", path, "--base", self.folder)[1],
        )


FEED = """\
asyncapi: 3.0.0
info: {title: Feed, version: 1.0.0}
x-ew-prefix: feed
channels:
  main:
    address: /
    messages:
      beat: {payload: {type: array, minItems: 2, items: [{type: string}, {const: hb}]}}
      data: {payload: {type: array, minItems: 2, items: [{const: d}, {type: object}]}}
      other: {x-ew-default-arm: true, payload: {type: array, minItems: 1, items: [{type: string}]}}
operations:
  in: {action: receive, channel: {$ref: '#/channels/main'}}
"""
