"""What the schemas in a document are written in."""

import os
import unittest

from tests.helpers import DOCUMENT, DocumentCase
from tests.test_cli import run
from ewgen import model
from ewgen.document import read_protocol
from ewgen.load import Library
from ewgen.plan import make_plan

LATER = "https://json-schema.org/draft/2020-12/schema"
SEVENTH = "http://json-schema.org/draft-07/schema#"
PAIR = "{type: array, prefixItems: [{type: string}, {type: integer}], items: false}"
FORMATTED = """{$ref: '#/components/schemas/It'}
    It:
      schemaFormat: application/schema+json;version=%s
      schema: %s"""


class SpokenTest(DocumentCase):
    def notes(self, text):
        library = Library(self.folder)
        make_plan(read_protocol(library, [self.write("asyncapi.yaml", DOCUMENT % text)], None, None))
        return list(library.notes.values())

    def test_keywords_of_later_drafts_count_where_no_draft_is_named(self):
        kind = self.member(PAIR).type
        self.assertIsInstance(kind, model.TupleOf)
        self.assertTrue(kind.closed)
        place = "asyncapi.yaml:21: #/components/schemas/Up/properties/it/"
        text = f'{place}prefixItems: "prefixItems" is a keyword of 2020-12 and counts as it does there: the document names no dialect'
        self.assertEqual([str(note) for note in self.notes("{type: array, items: %s}" % PAIR.replace("[{type: string}", "[" + PAIR))], [text.replace("it/", "it/items/")])
        for schema in ("dependentRequired: {a: [b]}", "dependentSchemas: {a: {required: [b]}}", "unevaluatedProperties: false"):
            kind = self.member("{type: object, properties: {a: {type: string}, b: {type: string}}, %s}" % schema).type
            self.assertEqual(kind.unsaid.tokens[-1], schema.partition(":")[0])

    def test_the_draft_that_is_named_counts(self):
        for text in (PAIR.replace("{type", "{$schema: '%s', type" % LATER, 1), FORMATTED % ("2020-12", PAIR), FORMATTED % ("draft-2020-12", PAIR)):
            self.assertEqual(self.notes(text), [])
        for text in (PAIR.replace("{type", "{$schema: '%s', type" % SEVENTH, 1), FORMATTED % ("draft-07", PAIR)):
            self.assert_refused(lambda: self.notes(text), "prefixItems\" is a keyword of 2020-12 and has no effect in draft-07")
        asked = "{type: object, properties: {a: {type: string}}, dependentRequired: {a: [b]}}"
        self.assertEqual(self.notes(FORMATTED % ("2020-12", asked)), [])
        self.assert_refused(lambda: self.notes(FORMATTED % ("draft-07", asked)), "has no effect in draft-07")

    def test_what_stands_beside_a_reference(self):
        text = "{$schema: '%s', $ref: '#/components/schemas/S', minLength: 3}\n    S: {type: string, maxLength: 5}"
        kind = self.member(text % LATER).type
        self.assertEqual((kind.min_length, kind.max_length), (3, 5))
        self.assertEqual((self.member(text % SEVENTH).type.min_length, self.member(text % SEVENTH).type.max_length), (0, 5))

    def test_a_bound_that_is_true(self):
        for schema, fix in (
            ("minimum: 3, exclusiveMinimum: true", 'write "exclusiveMinimum: 3" in place of "minimum"'),
            ("maximum: 9, exclusiveMaximum: true", 'write "exclusiveMaximum: 9" in place of "maximum"'),
            ("exclusiveMaximum: false", "leave it out"),
        ):
            for kind in ("integer", "number"):
                text = "a number, not true or false as in draft-04 and OpenAPI 3.0: " + fix
                self.assert_refused(lambda: self.member("{type: %s, %s}" % (kind, schema)), text)

    def test_lint_and_diff_read_the_same_draft(self):
        document = self.write("a.yaml", DOCUMENT % (FORMATTED % ("2020-12", PAIR)))
        self.assertEqual(run("lint", document, "--base", self.folder)[:2], (0, ""))
        fewer = self.write("b.yaml", DOCUMENT % (FORMATTED % ("2020-12", PAIR.replace(", {type: integer}", ""))))
        status, verdicts, _ = run("diff", document, fewer, "--base", os.path.dirname(document))
        self.assertEqual(status, 1, verdicts)


if __name__ == "__main__":
    unittest.main()
