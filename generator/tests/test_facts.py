"""Samples of schemas, and reasons why two of them have no value in common."""

import unittest

from ewgen.evaluate import accepts
from ewgen.facts import Differ, Sampler
from ewgen.load import Float

from tests.test_evaluate import compiled


class SampleTest(unittest.TestCase):
    def sample(self, schema):
        program, root = compiled(schema)
        found = Sampler(program).sample([root])
        if found is not None:
            self.assertTrue(accepts(program, root, found[0]))
        return found

    def test_samples_obey_every_kind_of_rule(self):
        for schema in (
            {"type": "object", "required": ["a", "b"], "properties": {"a": {"const": 3}, "b": {"pattern": "^x+$", "minLength": 4}}},
            {"type": "array", "minItems": 2, "items": {"enum": ["x", "y"]}, "contains": {"const": "y"}},
            {"type": "integer", "minimum": 17, "multipleOf": 5},
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": Float("0.5")},
            {"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "string"}}}], "type": "object", "minProperties": 3},
            {"oneOf": [{"type": "string", "maxLength": 0}, {"type": "string", "minLength": 1, "pattern": "^b"}]},
            {"type": "object", "properties": {"next": {"$ref": "#"}}, "additionalProperties": False},
            {"type": "null"},
        ):
            self.assertIsNotNone(self.sample(schema), schema)

    def test_what_has_no_value_has_no_sample(self):
        for schema in (
            False,
            {"type": "string", "pattern": "^a$", "minLength": 2},
            {"type": "integer", "minimum": 3, "maximum": 2},
            {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}}},
        ):
            self.assertIsNone(self.sample(schema), schema)


class DisjointTest(unittest.TestCase):
    def reason(self, first, second):
        program, root = compiled({"allOf": [first, second], "definitions": {}})
        arms = root.rules[0].data
        found = Differ(program).reason(*arms)
        self.assertEqual(found is None, Sampler(program).sample(arms) is not None)
        return found and ("/".join(found.place), found.text)

    def test_types(self):
        self.assertEqual(self.reason({"type": "string"}, {"type": ["null", "object"]}), ("", "string or null or object"))
        self.assertIsNone(self.reason({"type": "integer"}, {"type": "number"}))

    def test_a_constant_anywhere_inside(self):
        def head(kind):
            return {
                "type": "object",
                "required": ["head"],
                "properties": {"head": {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": [kind]}}}},
            }

        self.assertEqual(self.reason(head("a"), head("b")), ("head/kind", '"a" against "b"'))
        self.assertIsNone(self.reason(head("a"), head("a")))

    def test_presence(self):
        has = {"type": "object", "required": ["id"]}
        closed = {"type": "object", "properties": {"name": True}, "additionalProperties": False}
        self.assertEqual(self.reason(has, closed), ("", '"id" is required or not allowed'))
        self.assertIsNone(self.reason(has, {"type": "object", "required": ["name"]}))

    def test_numbers_lengths_and_patterns(self):
        self.assertEqual(self.reason({"type": "integer", "maximum": 3}, {"type": "integer", "exclusiveMinimum": 3})[1], "the range of numbers")
        self.assertEqual(self.reason({"type": "string", "maxLength": 3}, {"type": "string", "minLength": 4})[1], "the length of the text")
        self.assertEqual(self.reason({"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^b"})[1], "the pattern of the text")

    def test_every_arm_of_a_choice(self):
        choice = {"oneOf": [{"const": "a"}, {"type": "integer"}]}
        self.assertIsNotNone(self.reason(choice, {"type": "null"}))
        self.assertIsNone(self.reason(choice, {"type": ["integer", "null"]}))


if __name__ == "__main__":
    unittest.main()
