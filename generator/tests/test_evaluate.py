"""Values against schemas, in Python: the same verdicts as the suite that the validators in C are tested with."""

import json
import os
import unittest

from ewgen.assertions import Program
from ewgen.dialects import DRAFT_07, DRAFT_2020_12
from ewgen.evaluate import accepts, first_refusal
from ewgen.load import File, Float, Library, Node
from ewgen.resources import Registry

HERE = os.path.dirname(os.path.abspath(__file__))
SUITE = os.path.join(os.environ.get("EW_SUITE_DIR", ""), "JSON-Schema-Test-Suite")


def compiled(schema, dialect=DRAFT_07, folder=HERE, remotes=()):
    registry = Registry(Library(folder), dialect, remotes)
    program = Program(registry)
    file = File(os.path.join(folder, "schema.json"), "schema.json", schema)
    return program, program.compile(registry.add_document(Node(file, (), schema), "https://case.example/schema").node)


class RuleTest(unittest.TestCase):
    def refusal(self, schema, value, dialect=DRAFT_07):
        program, root = compiled(schema, dialect)
        return str(first_refusal(program, root, value))

    def test_a_refusal_says_what_where_and_by_which_rule(self):
        schema = {"properties": {"a": {"items": {"type": "string", "maxLength": 2}}}}
        program, root = compiled(schema)
        refusal = first_refusal(program, root, {"a": ["x", "xyz"]})
        self.assertEqual((refusal.place, refusal.keyword), (("a", "1"), "MAX_LENGTH"))
        self.assertEqual(refusal.schema.node.pointer, "#/properties/a/items")
        self.assertEqual(str(refusal), "/a/1 has 3 characters, at most 2 are allowed")
        self.assertEqual(self.refusal({"type": ["string", "null"]}, 3), "is no null or string: 3")
        self.assertEqual(self.refusal({"required": ["a"]}, {}), 'lacks the required member "a"')
        self.assertEqual(self.refusal({"oneOf": [True, True]}, 0), "fits alternatives 0 and 1: 0")

    def test_numbers_are_compared_as_they_are_written(self):
        exact = Float("12345678901234567890.5")
        self.assertEqual(self.refusal({"maximum": exact}, Float("12345678901234567890.5")), "None")
        self.assertIn("out of range", self.refusal({"maximum": exact}, Float("12345678901234567890.6")))
        self.assertEqual(self.refusal({"type": "integer"}, Float("1.0")), "None")
        self.assertIn("no integer", self.refusal({"type": "integer"}, Float("1.5")))
        self.assertEqual(self.refusal({"multipleOf": Float("0.01")}, Float("4.35")), "None")
        self.assertIn("no multiple", self.refusal({"multipleOf": Float("0.01")}, Float("4.351")))
        self.assertEqual(self.refusal({"multipleOf": 7}, Float("7e900")), "None")
        self.assertEqual(self.refusal({"multipleOf": 3}, 10**40 + 2), "None")
        self.assertIn("no multiple", self.refusal({"multipleOf": 3}, 10**40 + 3))
        self.assertIn("no multiple", self.refusal({"multipleOf": 7}, Float("1e900")))
        self.assertIn("no multiple", self.refusal({"multipleOf": 7}, Float("7e-99999")))

    def test_equal_is_what_json_schema_calls_so(self):
        self.assertIn("equal elements", self.refusal({"uniqueItems": True}, [1, Float("1.0")]))
        self.assertEqual(self.refusal({"uniqueItems": True}, [1, True, "1", [1], {"a": 1}]), "None")
        self.assertEqual(self.refusal({"const": {"a": 1, "b": [Float("2.0")]}}, {"b": [2], "a": 1}), "None")
        self.assertIn("not the constant", self.refusal({"const": 1}, True))

    def test_what_is_unevaluated_follows_the_arms_that_fit(self):
        schema = {
            "anyOf": [{"properties": {"a": True}, "required": ["a"]}, {"properties": {"b": True}, "required": ["b"]}],
            "unevaluatedProperties": False,
        }
        program, root = compiled(schema, DRAFT_2020_12)
        self.assertTrue(accepts(program, root, {"a": 1}))
        self.assertFalse(accepts(program, root, {"a": 1, "c": 1}))
        self.assertTrue(accepts(program, root, {"a": 1, "b": 1}))


@unittest.skipUnless(os.path.isdir(os.path.join(SUITE, "tests")), "no JSON-Schema-Test-Suite in EW_SUITE_DIR")
class SuiteTest(unittest.TestCase):
    def wrong(self, folder, dialect):
        """The tests of the suite with another verdict."""
        found = []
        count = 0
        tests = os.path.join(SUITE, "tests", folder)
        for name in sorted(n for n in os.listdir(tests) if n.endswith(".json")):
            with open(os.path.join(tests, name), encoding="utf-8") as stream:
                cases = json.load(stream, parse_float=Float)
            for case in cases:
                remotes = (("http://localhost:1234/", os.path.join(SUITE, "remotes")),)
                program, root = compiled(case["schema"], dialect, SUITE, remotes)
                for test in case["tests"]:
                    count += 1
                    if accepts(program, root, test["data"]) != test["valid"]:
                        found.append(f"{name}: {case['description']}: {test['description']}")
        self.assertGreater(count, 900)
        return found

    def test_draft_07(self):
        self.assertEqual(self.wrong("draft7", DRAFT_07), [])

    def test_2020_12(self):
        self.assertEqual(self.wrong("draft2020-12", DRAFT_2020_12), [])


if __name__ == "__main__":
    unittest.main()
