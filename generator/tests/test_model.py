"""Stage 2: schemas become types."""

import unittest

from tests.helpers import DOCUMENT, DocumentCase
from ewgen import model, names
from ewgen.document import read_protocol
from ewgen.load import Library


class NameTest(unittest.TestCase):
    def test_snake(self):
        for name, wanted in (
            ("WSStart", "ws_start"),
            ("contractAPI", "contract_api"),
            ("EventBatch", "event_batch"),
            ("msgId", "msg_id"),
            ("x-request.id", "x_request_id"),
            ("base64Data", "base64_data"),
            ("proxyURL", "proxy_url"),
            ("1st", "n1st"),
            ("TokenERC20", "token_erc20"),
            ("batchTimeoutMS", "batch_timeout_ms"),
            ("__proto__", "proto"),
            ("日本", ""),
        ):
            self.assertEqual(names.snake(name), wanted)

    def test_reserved_words_gain_an_underscore(self):
        self.assertEqual(
            [names.member_name(n) for n in ("namespace", "default", "from", "class", "int")],
            ["namespace_", "default_", "from", "class_", "int_"],
        )

    def test_constants(self):
        self.assertEqual(
            [names.constant_part(n) for n in ("message_confirmed", "Tx", "", "unknown", "a-b", "batchPin")],
            ["MESSAGE_CONFIRMED", "TX", "EMPTY", "UNKNOWN_", "A_B", "BATCH_PIN"],
        )

    def test_constants_of_signs(self):
        for text, part in (
            (">=", "GREATER_EQUAL"),
            ("-1", "MINUS_1"),
            ("1", "1"),
            ("+", "PLUS"),
            ("\u00e9", "U00E9"),
            ("", "EMPTY"),
            ("unknown", "UNKNOWN_"),
        ):
            self.assertEqual(names.constant_part(text), part)

    def test_names_that_would_meet_are_spelled(self):
        for texts, wanted in (
            (("Infinity", "-Infinity", "[x]", "x"), ["INFINITY", "MINUS_INFINITY", "U005B_X_U005D", "X"]),
            (("-Infinity", "[x]"), ["INFINITY", "X"]),
            (("1m", "1M"), ["1M", "UPPER_1_M"]),
        ):
            self.assertEqual(list(names.apart(texts, names.constant_part, "UPPER_").values()), wanted)
        for texts, wanted in (
            (("type", "@type", "a.b", "a-b", "E", "e"), ["type", "at_type", "a_dot_b", "a_minus_b", "upper_e", "e"]),
            (("", "日本", "a.b", "a_b"), ["empty", "u65e5_u672c", "a_dot_b", "a_b"]),
        ):
            self.assertEqual(list(names.apart(texts, names.snake, "upper_").values()), wanted)

    def test_message_keys_of_schemas(self):
        self.assertEqual(
            [names.camel(n) for n in ("SessionResponse", "HTTPAnswer", "ABIElement", "X", "URL")],
            ["sessionResponse", "httpAnswer", "abiElement", "x", "url"],
        )


class ScalarTest(DocumentCase):
    def test_an_alternative_may_be_null(self):
        for schema, nullable in (
            ("{oneOf: [{type: string}, {type: integer}, {type: 'null'}]}", True),
            ("{oneOf: [{type: [string, 'null']}, {type: integer}]}", True),
            ("{oneOf: [{type: [string, 'null']}, {type: [integer, 'null']}]}", False),
            ("{oneOf: [{type: [string, 'null']}, {type: integer}, {type: 'null'}]}", False),
            ("{anyOf: [{type: [string, 'null']}, {type: [integer, 'null']}]}", True),
            ("{oneOf: [{oneOf: [{type: string}, {type: 'null'}]}, {type: integer}]}", True),
        ):
            member = self.member(schema)
            self.assertEqual((member.nullable, [a.name for a in member.type.arms]), (nullable, ["text", "number"]), schema)

    def test_integers(self):
        self.assertEqual(self.member("{type: integer}").type.maximum, 2**63 - 1)
        wide = self.member("{type: integer, minimum: 0, maximum: 18446744073709551615}").type
        self.assertTrue(wide.unsigned)
        tight = self.member("{type: integer, exclusiveMinimum: 0, exclusiveMaximum: 5, x-ew-integer: literal}").type
        self.assertEqual((tight.minimum, tight.maximum, tight.literal, tight.unsigned), (1, 4, True, False))

    def test_a_number_may_keep_its_digits(self):
        self.assertIsInstance(self.member("{type: number, x-ew-number: digits}").type, model.Digits)
        self.assertTrue(self.member("{type: [number, 'null'], x-ew-number: digits}").nullable)
        self.assertIsInstance(self.member("{type: number}").type, model.Number)

    def test_integers_that_no_c_type_holds_keep_their_digits(self):
        for schema in (
            "{type: integer, minimum: -1, maximum: 9223372036854775808}",
            "{type: integer, maximum: 18446744073709551616}",
            "{type: integer, exclusiveMaximum: 1e400}",
            "{enum: [1, 99999999999999999999]}",
        ):
            kind = self.member(schema).type
            self.assertIsInstance(kind, model.Digits, schema)
            self.assertIsNotNone(kind.unsaid, schema)
        self.assert_refused(lambda: self.member("{type: integer, minimum: 3, maximum: 2}"), "asyncapi.yaml:21", "/properties/it")

    def test_bounds_of_integers_are_integers(self):
        kind = self.member("{type: integer, minimum: 0.5, exclusiveMaximum: 7.5}").type
        self.assertEqual((kind.minimum, kind.maximum), (1, 7))
        kind = self.member("{type: integer, exclusiveMinimum: -2.0, maximum: -1e-3}").type
        self.assertEqual((kind.minimum, kind.maximum), (-1, -1))

    def test_strings(self):
        text = self.member("{type: string, minLength: 2, maxLength: 3, pattern: '^a'}").type
        self.assertEqual((text.min_length, text.max_length, text.pattern), (2, 3, "^a"))
        self.assertEqual(self.member("{type: string, contentEncoding: base64}").type.content, "base64")
        doc = self.member("{type: string, contentMediaType: application/json, x-ew-check-content: true}").type
        self.assertEqual((doc.content, doc.check_content), ("json", True))

    def test_nullable_and_optional(self):
        member = self.member("{type: [string, 'null']}")
        self.assertEqual((member.nullable, member.required, type(member.type)), (True, False, model.String))
        self.assertTrue(self.member("{oneOf: [{$ref: '#/components/schemas/Up'}, {type: 'null'}]}").nullable)

    def test_nullable_as_openapi_has_it(self):
        self.assertTrue(self.member("{type: string, nullable: true}").nullable)
        self.assertFalse(self.member("{type: string, nullable: false}").nullable)
        self.assert_refused(lambda: self.member("{type: string, nullable: 1}"), "it/nullable: expected true or false")
        listed = self.member("{type: string, enum: [a, null, b]}")
        self.assertEqual((listed.nullable, listed.type.values), (True, ("a", "b")))

    def test_all_of_one_reference_is_the_type_referred_to(self):
        member = self.member("{allOf: [{$ref: '#/components/schemas/Up'}], nullable: true, description: Words.}")
        self.assertEqual((member.nullable, member.type.stem), (True, "up"))

    def test_free_forms(self):
        for schema, types in (
            ("true", 0),
            ("{description: Any.}", 0),
            ("{type: object}", 32),
            ("{type: array}", 16),
            ("{type: object, additionalProperties: true}", 32),
        ):
            kind = self.member(schema).type
            self.assertIsInstance(kind, model.Raw, schema)
            self.assertEqual(kind.types, types, schema)

    def test_constants_and_enums(self):
        self.assertEqual(self.member("{const: start}").type.value, "start")
        self.assertIs(self.member("{type: boolean, const: true}").type.value, True)
        self.assertEqual(self.member("{type: string, enum: [a, b]}").type.values, ("a", "b"))

    def test_elements_that_may_be_null_become_unions(self):
        item = self.member("{type: array, items: {type: [string, 'null'], minLength: 1}}").type.item
        self.assertEqual([a.name for a in item.arms], ["null", "text"])
        self.assertEqual(item.arms[1].type.min_length, 1)


class RefusalTest(DocumentCase):
    def test_unknown_keywords_are_refused_with_a_suggestion(self):
        for schema, word in (
            ("{type: string, patern: a}", "pattern"),
            ("{type: string, enmu: [a]}", "enum"),
            ("{type: string, x-ew-lenien: {}}", "x-ew-lenient"),
            ("{type: array, itmes: {}}", "items"),
            ("{type: string, ENUM: [a]}", "enum"),
            ("{tpye: string}", "type"),
            ("{type: object, properteis: {}}", "properties"),
        ):
            self.assert_refused(
                lambda: self.member(schema),
                "asyncapi.yaml:21: #/components/schemas/Up/properties/it/",
                f'did you mean "{word}"?',
            )

    def test_an_unknown_keyword_of_ours_is_refused_with_those_that_there_are(self):
        self.assert_refused(lambda: self.member("{type: string, enum: [a], x-ew-open: true}"), "x-ew-aliases, x-ew-check-content, ")

    def test_a_schema_is_not_made_hot(self):
        self.assert_refused(
            lambda: self.member("{type: object, properties: {a: {type: string}}, x-ew-hot: true}"), "x-ew-hot: false"
        )
        self.assert_refused(
            lambda: self.member("{type: object, properties: {a: {type: string}}, x-ew-hot: encode}"), "true or false"
        )

    def noted(self, schema):
        """What is said of a member that is taken all the same."""
        library = Library(self.folder)
        read_protocol(library, [self.write("asyncapi.yaml", DOCUMENT % schema)], None, None)
        return list(library.notes)

    def test_keywords_without_effect_are_noted(self):
        for schema, part in (
            ("{type: integer, minLength: 1}", 'minLength: "minLength" has no effect on an integer'),
            ("{type: string, uniqueItems: true}", '"uniqueItems" has no effect on a string'),
            ("{type: [string, 'null'], multipleOf: 2}", '"multipleOf" has no effect'),
            ("{$ref: '#/components/schemas/Up', nullable: true}", '"nullable" has no effect beside $ref'),
        ):
            (note,) = self.noted(schema)
            self.assertIn("asyncapi.yaml:21: #/components/schemas/Up/properties/it/", note)
            self.assertIn(part, note)
        self.assert_refused(lambda: self.member("{type: integer, x-ew-aliases: {}}"), '"x-ew-aliases" has no effect')

    def test_what_says_nothing_of_values_stands_beside_a_reference(self):
        words = "description: a, example: {}, default: {}, title: a, summary: a, readOnly: true, x-order: 1"
        self.assertEqual(self.noted("{$ref: '#/components/schemas/Up', %s}" % words), [])

    def test_keywords_of_others_are_noted(self):
        for word in ("summary", "enumNames", "markdownDescription", "propertyOrder", "errorMessage", "javaType"):
            (note,) = self.noted("{type: string, %s: [a]}" % word)
            self.assertIn(f'it/{word}: the keyword "{word}" is unknown and ignored', note)

    def test_values_of_keywords_are_checked(self):
        for schema, part in (
            ("{type: strin}", 'did you mean "string"?'),
            ("{type: [string, string]}", "a list of different ones"),
            ("{type: [string, strin]}", 'did you mean "string"?'),
            ("{type: {a: b}}", "expected the name of a type, found an object"),
            ("{oneOf: []}", "oneOf is empty"),
            ("{type: object, allOf: []}", "allOf is empty"),
            ("{type: string, pattern: '('}", '"(" without ")"'),
            ("{type: string, minLength: -1}", "must be from 0"),
            ("{type: string, minLength: 3, maxLength: 2}", "no value fits"),
            ("{type: integer, enum: [a]}", "no value fits"),
            ("{type: string, enum: [a, a]}", "stands twice"),
            ("{type: integer, const: a}", "contradicts"),
            ("{type: integer, x-ew-integer: strict}", "literal"),
            ("{type: number, x-ew-number: exact}", '"digits"'),
            ("{type: integer, x-ew-number: digits}", "no effect on an integer"),
            ("{type: string, default: 3}", "does not fit its own schema"),
            ("{type: string, pattern: '^a$', examples: [b]}", "does not match ^a$"),
        ):
            self.assert_refused(lambda: self.member(schema), part)

    def test_a_schema_that_accepts_nothing_is_no_type(self):
        extra = "{type: string}\n    A: false"
        self.assert_refused(lambda: self.member(extra), "#/components/schemas/A", "accepts nothing")

    def test_required_members_must_be_properties(self):
        text = DOCUMENT % "{type: string}\n      required: [its]"
        self.assert_refused(lambda: self.protocol(text), "#/components/schemas/Up/required/0", 'did you mean "it"?')

    def test_contradictions_of_all_of_are_refused(self):
        self.assert_refused(
            lambda: self.member("{allOf: [{type: string, minLength: 1}, {type: integer}]}"),
            "contradicts itself",
        )
        twice = "{allOf: [{type: object, properties: {a: {type: string}}}, {type: object, properties: {a: {type: integer}}}]}"
        self.assert_refused(lambda: self.member(twice), "/it/allOf/1/properties/a/type", "contradicts itself")

    def test_schemas_that_are_only_themselves_are_refused(self):
        extra = "{type: string}\n    A: {oneOf: [{$ref: '#/components/schemas/A'}, {type: 'null'}]}"
        self.assert_refused(lambda: self.member(extra), "#/components/schemas/A", "only itself")
        extra = "{type: string}\n    A: {type: object, allOf: [{$ref: '#/components/schemas/A'}]}"
        self.assert_refused(lambda: self.member(extra), "#/components/schemas/A", "contains itself")

    def test_values_that_are_no_keywords_values_are_refused(self):
        for schema in (
            "{type: {}}",
            "{type: [[], 'null']}",
            "{type: string, enum: 3}",
            "{type: object, properties: []}",
            "{type: string, pattern: 3}",
            "{type: object, required: a}",
            "{oneOf: {}}",
            "{allOf: [3]}",
            "7",
        ):
            self.assert_refused(lambda: self.member(schema), "#/components/schemas/Up/properties/it")


class ObjectTest(DocumentCase):
    def test_all_of_is_merged_in_order(self):
        kind = self.member(
            "{allOf: [{type: object, properties: {a: {type: string}}, required: [a]}, {type: object, properties: {b: true}}]}"
        ).type
        self.assertEqual([(m.name, m.required) for m in kind.members], [("a", True), ("b", False)])

    def test_scalars_merge_too(self):
        kind = self.member("{allOf: [{type: string, minLength: 1}, {maxLength: 4}]}").type
        self.assertEqual((kind.min_length, kind.max_length), (1, 4))

    def test_wire_order_can_be_given(self):
        self.assertEqual(
            [
                m.name
                for m in self.member("{type: object, properties: {a: true, b: true}, x-ew-order: [b, a]}").type.members
            ],
            ["b", "a"],
        )
        self.assert_refused(
            lambda: self.member("{type: object, properties: {a: true}, x-ew-order: [b]}"), "every property once"
        )

    def test_groups_of_required_members(self):
        group = self.member(
            "{type: object, properties: {a: true, b: true}, anyOf: [{required: [a]}, {required: [b]}]}"
        ).type.groups[0]
        self.assertEqual((group.exactly_one, group.sets), (False, (("a",), ("b",))))

    def test_maps(self):
        kind = self.member("{type: object, additionalProperties: {type: integer}, maxProperties: 3}").type
        self.assertIsInstance(kind, model.Map)
        self.assertEqual((type(kind.value), kind.max_items), (model.Integer, 3))

    def test_more_than_64_members_are_refused(self):
        many = ", ".join(f"m{i}: true" for i in range(65))
        self.assert_refused(lambda: self.member(f"{{type: object, properties: {{{many}}}}}"), "at most 64")


class LenientTest(DocumentCase):
    def test_rules_are_patched(self):
        schema = "{type: string, pattern: '^a$', maxLength: 3, x-ew-lenient: {pattern: null, maxLength: 5}}"
        self.assertEqual((self.member(schema).type.pattern, self.member(schema).type.max_length), ("^a$", 3))
        twin = self.member(schema, lenient=True).type
        self.assertEqual((twin.pattern, twin.max_length), (None, 5))

    def test_null_is_accepted_in_addition(self):
        schema = "{type: string, x-ew-lenient: {type: [string, 'null']}}"
        self.assertEqual((self.member(schema).nullable, self.member(schema, lenient=True).nullable), (False, True))

    def test_aliases(self):
        kind = self.member(
            "{type: string, enum: [Tx, Block], x-ew-lenient: {x-ew-aliases: {'2': Tx, '\"blk\"': Block}}}", lenient=True
        ).type
        self.assertEqual(kind.aliases, (("2", True, 1), ("blk", False, 2)))

    def test_what_would_change_the_c_type_is_refused(self):
        self.assert_refused(lambda: self.member("{type: string, x-ew-lenient: {items: {}}}"), 'cannot change "items"')
        self.assert_refused(
            lambda: self.member("{type: string, enum: [a], x-ew-lenient: {x-ew-aliases: {'1': b}}}"), "not a value"
        )


class SiblingTest(DocumentCase):
    KIND = (
        "{type: object, properties: {t: {type: string, enum: [A, B]}, c: {description: d}}, required: [t], allOf: [%s]}"
    )
    ARM = "{if: {properties: {t: {const: %s}}, required: [t]}, then: {properties: {c: {type: %s}}}}"

    def test_arms_follow_the_enum(self):
        kind = self.member(self.KIND % ", ".join((self.ARM % ("B", "string"), self.ARM % ("A", "integer")))).type
        union = kind.members[1].type
        self.assertEqual(
            [(a.label, a.kind, type(a.type)) for a in union.arms], [("A", 1, model.Integer), ("B", 2, model.String)]
        )
        self.assertEqual(kind.members[1].sibling, 0)

    def test_arms_without_value_are_refused(self):
        arms = ", ".join(self.ARM % (v, "string") for v in ("A", "B", "C"))
        self.assert_refused(lambda: self.member(self.KIND % arms), '"C" is not a value')

    def test_null_for_an_arm_in_the_lenient_reading(self):
        kind = self.KIND % ", ".join(
            (self.ARM % ("A", "integer"), self.ARM % ("B", "string, x-ew-lenient: {type: [string, 'null']}"))
        )
        strict, twin = (self.member(kind, lenient).type.members[1].type for lenient in (False, True))
        self.assertEqual([a.condition.types for a in strict.arms], [model.NUMBER, model.STRING])
        self.assertEqual([a.condition.types for a in twin.arms], [model.NUMBER, model.STRING | model.NULL])

    def test_a_value_without_arm_leaves_anything(self):
        union = self.member(self.KIND % self.ARM % ("A", "string")).type.members[1].type
        self.assertEqual([type(a.type) for a in union.arms], [model.String, model.Raw])

    def test_an_optional_tag_chooses_nothing(self):
        arms = ", ".join(self.ARM % (v, "string") for v in ("A", "B"))
        kind = self.member((self.KIND % arms).replace("required: [t], allOf", "allOf")).type
        self.assertIsInstance(kind.members[1].type, model.Raw)
        self.assertIsNotNone(kind.unsaid)


if __name__ == "__main__":
    unittest.main()
