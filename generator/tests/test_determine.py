"""What determines a type, and what is left to the check of a message."""

import unittest

from tests.helpers import DOCUMENT, DocumentCase
from ewgen import model
from ewgen.plan import make_plan


class KindTest(DocumentCase):
    def kind(self, schema):
        return self.member(schema).type

    def test_types_that_say_all_need_no_check(self):
        for schema in (
            "{type: string, pattern: a}",
            "{type: array, items: {type: string}, uniqueItems: false}",
            "{type: array, items: {}, minItems: 1}",
            "{type: string, contentEncoding: base32}",
            "{type: string, not: false}",
            "{type: array, items: {type: string}, minItems: 2.0}",
            "{type: object, properties: {a: {type: string}}, dependencies: {}}",
            "{enum: [a, b, null]}",
            "{oneOf: [{type: string}, {type: integer}, {type: 'null'}]}",
            "{allOf: [{type: string, minLength: 1}, {minLength: 2, maxLength: 4}]}",
        ):
            self.assertIsNone(self.kind(schema).unsaid, schema)

    def test_keywords_that_only_a_check_knows(self):
        for schema, cls in (
            ("{type: string, not: {const: a}}", model.String),
            ("{type: integer, multipleOf: 3}", model.Integer),
            ("{type: string, not: true}", model.String),
            ("{type: string, not: {}}", model.String),
            ("{const: {}}", model.Raw),
            ("{const: []}", model.Raw),
            ("{type: array, items: {type: string}, contains: true}", model.Array),
            ("{type: number, x-ew-number: digits, minimum: 0}", model.Digits),
            ("{type: number, enum: [0.5]}", model.Number),
            ("{const: 1.5}", model.Number),
            ("{const: {a: 1}}", model.Raw),
            ("{enum: [1, 2]}", model.Integer),
            ("{enum: [true]}", model.Bool),
            ("{enum: [1, a]}", model.Raw),
            ("{type: array, items: {type: string}, uniqueItems: true}", model.Array),
            ("{type: array, items: {type: string}, contains: {const: a}}", model.Array),
            ("{type: array, minItems: 1}", model.Raw),
            ("{type: object, minProperties: 1}", model.Raw),
            ("{type: object, required: [a]}", model.Raw),
            ("{type: object, properties: {a: {type: string}}, propertyNames: {pattern: a}}", model.Object),
            ("{type: object, properties: {a: {type: string}}, dependencies: {a: [b]}}", model.Object),
            ("{type: object, properties: {a: false}}", model.Object),
            ("{type: object, additionalProperties: {type: string}, propertyNames: {pattern: a}}", model.Map),
            ("{type: object, patternProperties: {a: {type: string}}, additionalProperties: false}", model.Map),
            ("{type: object, patternProperties: {a: {type: string}}}", model.Raw),
            ("{pattern: a}", model.Raw),
            ("{properties: {a: {type: string}}}", model.Raw),
            ("{type: [string, integer], not: {const: 1}}", model.Union),
            ("{allOf: [{type: string, pattern: a}, {pattern: b}]}", model.String),
            ("{oneOf: [{type: string}, {type: integer}], not: {const: 1}}", model.Union),
            ("{oneOf: [{type: string}, {type: 'null'}], not: {const: a}}", model.Raw),
        ):
            kind = self.kind(schema)
            self.assertIsInstance(kind, cls, schema)
            self.assertIsNotNone(kind.unsaid, schema)

    def test_a_list_of_types_is_a_union(self):
        member = self.member("{type: [string, integer, number, 'null'], minLength: 2, maximum: 5}")
        self.assertTrue(member.nullable)
        self.assertEqual([a.name for a in member.type.arms], ["text", "number"])
        text, number = (a.type for a in member.type.arms)
        self.assertEqual((text.min_length, type(number), number.maximum), (2, model.Number, 5))
        self.assertEqual(text.node.pointer, "#/components/schemas/Up/properties/it")

    def test_null_is_a_value_only_where_the_enum_has_it(self):
        self.assertFalse(self.member("{type: [string, 'null'], enum: [a]}").nullable)
        self.assertTrue(self.member("{type: [string, 'null'], enum: [a, null]}").nullable)

    def test_members_of_conditions_are_kept(self):
        kind = self.kind(
            "{type: object, properties: {a: {type: string}}, if: {required: [a]}, then: {properties: {b: {type: integer}}}, else: {required: [c]}}"
        )
        self.assertEqual([(m.name, type(m.type)) for m in kind.members[1:]], [("b", model.Raw), ("c", model.Raw)])

    def test_a_member_that_is_required_without_being_a_property_is_anything(self):
        kind = self.kind("{type: object, properties: {name: {type: string}}, required: [zip]}")
        self.assertEqual([(m.name, m.required) for m in kind.members], [("name", False), ("zip", True)])
        self.assertIsInstance(kind.members[1].type, model.Raw)

    def test_what_all_of_says_of_one_member_is_merged(self):
        kind = self.kind(
            "{allOf: [{type: object, properties: {a: {type: string, maxLength: 3}}}, {properties: {a: {const: x}}}]}"
        )
        self.assertEqual(kind.members[0].type.value, "x")
        self.assertIsNotNone(kind.members[0].type.unsaid)

    def test_lists_of_open_enums_are_lists_of_strings(self):
        kind = self.kind("{type: array, items: {anyOf: [{enum: [a]}, {type: string}]}}")
        self.assertIsInstance(kind.item, model.String)


class RecursionTest(DocumentCase):
    def test_a_list_whose_elements_hold_the_type_around_it(self):
        text = """{type: string}
    Tree: {type: object, properties: {nodes: {type: array, items: {$ref: '#/components/schemas/Node'}}}}
    Node: {type: object, properties: {tree: {$ref: '#/components/schemas/Tree'}, byName: {$ref: '#/components/schemas/Names'}}}
    Names: {type: object, additionalProperties: {$ref: '#/components/schemas/Leaf'}}
    Leaf: {type: object, properties: {names: {$ref: '#/components/schemas/Names'}, n: {type: integer}}}"""
        complete = []
        for block in make_plan(self.protocol(DOCUMENT % text)).blocks:
            for field in block.fields:
                c_type = field.decl.rpartition(" ")[0]
                self.assertTrue(not c_type.startswith("ew_test_") or c_type in complete, (block.c_name, field.decl))
            complete.append(block.c_name if block.shape != "forward" else "")
        self.assertIn("ew_test_tree", complete)
        self.assertIn("ew_test_leaf", complete)


class CheckTest(DocumentCase):
    def checks(self, schema):
        return make_plan(self.protocol(DOCUMENT % schema)).checks

    def test_only_documents_that_need_it_have_checks(self):
        plan = self.checks("{type: string}")
        self.assertEqual((plan.rows, plan.tables), ((), ()))
        plan = self.checks("{type: string, not: {const: a}}")
        self.assertEqual([row.type for row in plan.rows], ["&ew__test_up[0].type"])
        self.assertEqual((plan.rows[0].strict, len(plan.tables)), (plan.rows[0].lenient, 1))

    def test_the_lenient_reading_has_a_check_of_its_own(self):
        plan = self.checks("{type: string, maxLength: 3, not: {const: a}, x-ew-lenient: {maxLength: 5}}")
        self.assertEqual(len(plan.tables), 2)
        self.assertNotEqual(plan.rows[0].strict, plan.rows[0].lenient)

    def test_misspelt_keywords_are_found_where_only_the_check_looks(self):
        self.assert_refused(
            lambda: self.checks("{type: string, not: {patern: a}}"),
            "#/components/schemas/Up/properties/it/not/patern",
            'did you mean "pattern"?',
        )

    def test_values_of_the_wrong_type_are_found_there_too(self):
        self.assert_refused(lambda: self.checks("{type: string, not: {maxLength: -1}}"), "/not/maxLength", "0 or more")

    def test_nullable_is_null_in_the_check_too(self):
        plan = self.checks("{type: string, nullable: true, not: {const: a}}")
        lines = [line for table in plan.tables[0].tables for line in table.lines]
        self.assertTrue(any("EW_SCHEMA_ANY_OF" in line for line in lines))


if __name__ == "__main__":
    unittest.main()
