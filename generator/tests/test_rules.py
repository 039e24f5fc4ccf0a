"""Options for documents that are not ours to change: unions and formats."""

import json
import os

from tests.helpers import DOCUMENT, DocumentCase
from tests.test_cli import run
from ewgen import model
from ewgen.document import read_protocol
from ewgen.load import Library
from ewgen.plan import make_plan
from ewgen.rules import read_rules

SHAPES = """{$ref: '#/components/schemas/Shape'}
    Shape: {oneOf: [{$ref: '#/components/schemas/Any'}, {$ref: '#/components/schemas/Circle'}, {$ref: '#/components/schemas/Line'}]}
    Circle: {type: object, required: [kind, r], properties: {kind: {const: circle}, r: {type: number}}}
    Line: {type: object, required: [kind, to], properties: {kind: {const: line}, to: {type: string}}}
    Any: {type: object, required: [kind], properties: {kind: {type: string}}}"""


class RulesTest(DocumentCase):
    def read(self, document, options):
        library = Library(self.folder)
        rules = read_rules(library, self.write("options.yaml", options))
        protocol = read_protocol(library, [self.write("asyncapi.yaml", DOCUMENT % document)], None, None, rules)
        rules.check_used()
        return protocol

    def shape(self, options):
        protocol = self.read(SHAPES, options)
        up = next(k for k in protocol.strict.types.values() if isinstance(k, model.Object) and k.stem == "up")
        return up.members[0].type

    def test_without_a_rule_an_ambiguous_union_is_an_error(self):
        text = "{oneOf: [{type: string}, {const: b}]}"
        self.assert_refused(lambda: self.protocol(DOCUMENT % text), "cannot be told apart", "--options")
        kind = self.read(text, "unions: {'*/it': free}").strict.types
        self.assertTrue(any(isinstance(k, model.Raw) and k.unsaid is not None for k in kind.values()))

    def test_one_alternative_takes_the_rest(self):
        for pattern in ("Shape", "Sha*", "'#/components/schemas/Shape'", "'*'"):
            union = self.shape("unions: {%s: {default: Any}}" % pattern)
            self.assertEqual([a.name for a in union.arms], ["circle", "line", "any"])
            self.assertEqual([a.condition.tag for a in union.arms], [("kind", "circle"), ("kind", "line"), None])

    def test_no_alternative_is_chosen(self):
        kind = self.shape("unions: {Shape: free}")
        self.assertIsInstance(kind, model.Raw)
        self.assertEqual(kind.unsaid.pointer, "#/components/schemas/Shape/oneOf")

    def test_formats_count(self):
        document = "{type: string, format: date-time}"
        self.assertEqual(make_plan(self.read(document, "{}")).checks.rows, ())
        plan = make_plan(self.read(document, "formats: true")).checks
        self.assertIn("EW_SCHEMA_FORMAT", "".join(line for table in plan.tables[0].tables for line in table.lines))

    def test_mistakes(self):
        for options, part in (
            ("unions: {Shap: free}", "options.yaml:1: #/unions/Shap: no union has this name or JSON Pointer"),
            ("unions: {Shape: {default: Cirle}}", '#/unions/Shape/default: no alternative is called "Cirle", did you mean "Circle"?'),
            ("unions: {Shape: fre}", "#/unions/Shape: "),
            ("unions: {Shape: {}}", 'is "free" or has "default"'),
            ("union: {}", 'did you mean "unions"?'),
            ("formats: 1", "expected true or false"),
        ):
            self.assert_refused(lambda: self.shape(options), part)

    def test_a_schema_by_itself(self):
        self.write("options.yaml", "unions: {'#/properties/a': free}\nformats: true")
        schema = {"type": "object", "properties": {"a": {"oneOf": [{"type": "string"}, {"const": "b"}]}, "d": {"type": "string", "format": "date"}}}
        self.write("s.json", json.dumps(schema))
        arguments = ["--schema", f"{self.folder}/s.json", "--prefix", "p", "--out", self.folder, "--base", self.folder]
        self.assertIn("only p_validate() is made", run("gen", *arguments)[2])
        self.assertEqual(run("gen", *arguments, "--options", f"{self.folder}/options.yaml"), (0, "", ""))
        with open(os.path.join(self.folder, "include", "eventwire", "p.h"), encoding="utf-8") as stream:
            self.assertIn("ew_raw a;", stream.read())
        with open(os.path.join(self.folder, "src", "p.c"), encoding="utf-8") as stream:
            self.assertIn("&ew_format_date", stream.read())
        with open(os.path.join(self.folder, "p.d"), encoding="utf-8") as stream:
            self.assertIn("options.yaml", stream.read())
