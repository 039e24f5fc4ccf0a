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

    def test_unknown_members_are_kept_where_it_is_said(self):
        document = """{type: object, properties: {a: {type: object, properties: {b: {type: string}}}}}
    Closed: {type: object, additionalProperties: false, properties: {c: {$ref: '#/components/schemas/Not'}}}
    Not: {type: object, x-ew-keep-unknown: false, properties: {c: {type: string}}}"""
        for options, kept in (
            ("{}", set()),
            ("keep_unknown: [Up]", {"up"}),
            ("keep_unknown: ['*/it/*/a', Not]", {"up_it_a", "not"}),
            ("keep_unknown: all", {"up", "up_it", "up_it_a"}),
        ):
            types = self.read(document, options).strict.types.values()
            self.assertEqual({k.stem for k in types if isinstance(k, model.Object) and k.keeps}, kept)

    def test_mistakes_about_unknown_members(self):
        closed = "{type: object, additionalProperties: false, properties: {a: {type: string}}}"
        for document, options, part in (
            (closed, "keep_unknown: ['*/it']", "options.yaml:1: #/keep_unknown/0: nothing is kept where additionalProperties is false"),
            (closed, "keep_unknown: [It]", "#/keep_unknown/0: no object with properties has this name or JSON Pointer"),
            (closed, "keep_unknown: It", "expected an array"),
            (closed, "keep_unknown: [1]", "expected the name or JSON Pointer of an object"),
            (closed.replace("false", "false, x-ew-keep-unknown: true"), "{}", "/it/x-ew-keep-unknown: nothing is kept"),
            ("{type: string, x-ew-keep-unknown: true}", "{}", '"x-ew-keep-unknown" has no effect on a string'),
        ):
            self.assert_refused(lambda: self.read(document, options), part)
        unknown = "{type: object, properties: {unknown: {type: string}}}"
        self.assert_refused(lambda: make_plan(self.read(unknown, "keep_unknown: ['*/it']")), "that of the members that are kept")

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
