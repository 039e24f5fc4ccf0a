"""Options for documents that are not ours to change: unions and formats."""

import json
import os

from tests.helpers import DOCUMENT, DocumentCase
from tests.test_cli import run
from ewgen import instance, model
from ewgen.document import read_protocol
from ewgen.load import Library
from ewgen.plan import make_plan
from ewgen.options import read_rules

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

    OPEN = """{$ref: '#/components/schemas/Shape'}
    Shape: {oneOf: [{$ref: '#/components/schemas/Any'}, {$ref: '#/components/schemas/Circle'}, {$ref: '#/components/schemas/Box'}, {type: string}]}
    Circle: {type: object, required: [r], properties: {r: {type: number}}}
    Box: {type: object, required: [w], properties: {w: {type: number}}}
    Any: {type: object, properties: {r: {}}}"""

    def union(self, options, document=OPEN):
        kinds = self.read(document, options).strict.types.values()
        return next(k for k in kinds if isinstance(k, model.Union) and k.stem in ("shape", "up_it"))

    def test_alternatives_are_tried(self):
        for rule, trial in (("first match", "first"), ("exactly one", "one")):
            union = self.union("unions: {Shape: %s}" % rule)
            self.assertEqual((union.trial, [a.name for a in union.arms]), (trial, ["any", "circle", "box", "text"]))
            self.assertEqual([a.condition.types for a in union.arms], [model.OBJECT] * 3 + [model.STRING])
            self.assertEqual(union.unsaid is not None, trial == "one")

    def test_alternatives_that_exclude_each_other_need_no_trial(self):
        shapes = SHAPES.replace("{$ref: '#/components/schemas/Any'}, ", "")
        union = self.union("unions: {Shape: first match}", shapes)
        self.assertEqual((union.trial, [a.condition.tag for a in union.arms]), ("", [("kind", "circle"), ("kind", "line")]))
        union = self.union("unions: {'*/it': exactly one}", "{oneOf: [{type: string}, {type: integer}]}")
        self.assertEqual(union.trial, "")

    def test_the_rest_is_what_none_of_the_others_accepts(self):
        union = self.union("unions: {Shape: {default: Any}}")
        self.assertEqual((union.trial, [a.name for a in union.arms], union.arms[-1].default), ("first", ["circle", "box", "text", "any"], True))

    def test_a_rest_says_nothing_of_the_others(self):
        same = self.OPEN.replace("required: [w], ", "")
        text = '#/components/schemas/Shape: "Circle" and "Box" cannot be told apart, both accept {"r":0}'
        both = same.replace("required: [r], ", "").replace("properties: {w", "properties: {r: {type: number}, w")
        self.assert_refused(lambda: self.union("unions: {Shape: {default: Any}}", both), text.replace('{"r":0}', "{}"))

    def test_values_that_two_alternatives_accept(self):
        union = self.union("unions: {Shape: exactly one}")
        self.assertIsNone(instance.problem(union, {}))
        self.assertIsNone(instance.problem(union, "a"))
        self.assertEqual(instance.problem(union, {"r": 1}), ((), 'fits "Any" and "Circle": {"r":1}'))
        self.assertIsNone(instance.problem(self.union("unions: {Shape: first match}"), {"r": 1}))

    def test_formats_count(self):
        for options, checked in (("{}", None), ("formats: true", "date-time"), ("formats: [uuid]", None), ("formats: [date-time, uuid]", "date-time")):
            types = self.read("{type: string, format: date-time}", options).strict.types.values()
            self.assertEqual([k.format for k in types if isinstance(k, model.String)], [checked])
        for options, part in (
            ("formats: [date-tme]", 'no format that can be checked: "date-tme", did you mean "date-time"?'),
            ("formats: [int32]", "no format that can be checked"),
            ("formats: yes please", "expected true or false"),
        ):
            self.assert_refused(lambda: self.read("{type: string}", options), part)

    def test_a_document_written_as_its_client(self):
        for options, sent in (("{}", ["up"]), ("written_as: server", ["up"]), ("written_as: client", ["down"])):
            protocol = self.read("{type: string}", options)
            self.assertEqual([m.key for m in protocol.to_server.messages], sent)
        self.assert_refused(lambda: self.read("{type: string}", "written_as: clint"), 'found "clint", did you mean "client"?')

    def test_a_format_that_no_type_says_is_left_to_the_check(self):
        for document in (
            "{format: uuid}",
            "{enum: [a, b], format: uuid}",
            "{type: [object, string], properties: {a: {}}, not: {format: uuid}}",
            "{allOf: [{type: string, format: uuid}, {format: date}]}",
        ):
            self.assertEqual(len(make_plan(self.read(document, "formats: true")).checks.rows), 1, document)
            self.assertIsNotNone(make_plan(self.read(document, "{}")))

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

    def test_limits_of_a_message_replace_those_of_the_document(self):
        document = DOCUMENT.replace("info:", "x-ew-limits: {maxDepth: 5, maxItems: 7}\ninfo:", 1) % "{type: string}"
        library = Library(self.folder)
        rules = read_rules(library, self.write("o.yaml", "limits: {max_bytes: 1000, max_depth: 9}"))
        limits = read_protocol(library, [self.write("asyncapi.yaml", document)], None, None, rules).limits
        self.assertEqual(limits, {"maxMessageBytes": 1000, "maxDepth": 9, "maxItems": 7, "maxStringBytes": 0})

    def test_limits_of_schemas_only_narrow(self):
        document = """{type: array, items: {type: string, maxLength: 5}}
    Long: {type: [string, 'null'], minLength: 2}
    Map: {type: object, additionalProperties: {type: string, enum: [a]}}
    Holder: {type: object, properties: {l: {$ref: '#/components/schemas/Long'}, m: {$ref: '#/components/schemas/Map'}}}"""
        options = "limits: {schemas: {Long: {max_length: 9}, '*': {max_length: 20, max_items: 3, max_members: 4}}}"
        types = {k.stem: k for k in self.read(document, options).strict.types.values()}
        self.assertEqual((types["up_it"].max_items, types["up_it_item"].max_length), (3, 5))
        self.assertEqual((types["long"].max_length, types["map"].max_items, types["holder"].max_members), (9, 4, 4))

    def test_enums_are_opened(self):
        document = """{type: string, enum: [a, b], description: Which.}
    Named: {type: string, enum: [c, d, null]}
    Holder: {type: object, properties: {n: {$ref: '#/components/schemas/Named'}}}"""
        for options, opened in (
            ("{}", []),
            ("open_enums: [Named]", ["named"]),
            ("open_enums: ['*/it']", ["up_it"]),
            ("open_enums: all", ["named", "up_it"]),
        ):
            types = self.read(document, options).strict.types.values()
            found = [k for k in types if isinstance(k, model.OpenEnum)]
            self.assertEqual(sorted(k.stem for k in found), opened)
            self.assertEqual([k.names.stem for k in found], [k.stem for k in found])
        protocol = self.read(document, "open_enums: all")
        holder = next(k for k in protocol.strict.types.values() if k.stem == "holder")
        self.assertTrue(holder.members[0].nullable)

    def test_what_is_checked_as_a_whole_is_open_too(self):
        document = "{type: object, properties: {e: {type: string, enum: [a]}}, not: {required: [x]}}"
        tables = make_plan(self.read(document, "open_enums: all")).checks.tables[0].tables
        self.assertIn("EW_SCHEMA_ANY_OF", "".join(line for table in tables for line in table.lines))

    def test_names(self):
        document = """{$ref: '#/components/schemas/Kind'}
    Kind: {type: string, enum: [a, '>='], title: T}
    Shape: {oneOf: [{$ref: '#/components/schemas/Dot'}, {type: object, required: [r], properties: {r: {type: object, properties: {x: {}}}}}]}
    Dot: {type: object, required: [dot], properties: {dot: {type: boolean}}}"""
        options = """names:
  Kind: sort
  '#/components/schemas/Kind/enum/1': AT_LEAST
  '#/components/schemas/Up/properties/it': what
  Dot: spot
  '#/components/schemas/Shape/oneOf/1': ring
  '#/components/schemas/Shape/oneOf/1/properties/r': radius
  up: ascent"""
        library = Library(self.folder)
        rules = read_rules(library, self.write("options.yaml", options))
        plan = make_plan(read_protocol(library, [self.write("asyncapi.yaml", DOCUMENT % document)], None, None, rules))
        rules.check_used()
        blocks = {b.c_name: b for b in plan.blocks}
        self.assertEqual([f.decl for f in blocks["ew_test_sort"].constants][1:], ["EW_TEST_SORT_A", "EW_TEST_SORT_AT_LEAST"])
        self.assertEqual([f.decl for f in blocks["ew_test_up"].fields], ["ew_test_sort what"])
        self.assertEqual([f.decl for f in blocks["ew_test_up"].presence], ["bool has_what"])
        self.assertEqual([f.decl for f in blocks["ew_test_shape"].fields], ["ew_test_spot spot", "ew_test_shape_ring ring"])
        self.assertEqual([f.decl for f in blocks["ew_test_shape_ring"].fields], ["ew_test_shape_ring_radius radius"])
        self.assertIn("ew_test_ascent_decode(", "".join(f.prototype for m in plan.messages for f in m.functions))

    def test_a_renamed_message_names_its_payload(self):
        document = DOCUMENT.replace("{payload: {$ref: '#/components/schemas/Up'}}", "{payload: {type: object, properties: {a: {type: string}}}}")
        library = Library(self.folder)
        rules = read_rules(library, self.write("o.yaml", "names: {up: ascent}"))
        protocol = read_protocol(library, [self.write("a.yaml", document % "{}")], None, None, rules)
        self.assertEqual([(m.stem, m.type.stem) for m in protocol.messages], [("ascent", "ascent"), ("down", "down")])
        self.assertEqual([a.name for a in protocol.to_server.union.arms], ["ascent"])

    def test_the_prefix(self):
        path = self.write("a.yaml", (DOCUMENT % "{}").replace("x-ew-prefix: test\n", ""))
        self.write("o.yaml", "prefix: other")
        arguments = ["gen", path, "--out", self.folder + "/out", "--base", self.folder, "--options", self.folder + "/o.yaml"]
        self.assertEqual(run(*arguments), (0, "", ""))
        self.assertTrue(os.path.exists(self.folder + "/out/include/eventwire/other.h"))
        self.write("s.json", json.dumps({"type": "string"}))
        self.write("o.yaml", "prefix: codec")
        arguments = ["gen", "--schema", self.folder + "/s.json", "--out", self.folder, "--base", self.folder, "--options", self.folder + "/o.yaml"]
        self.assertEqual(run(*arguments), (1, "", "ewgen: o.yaml:1: #/prefix: the library has a header eventwire/codec.h\n"))
        self.write("o.yaml", "{}")
        self.assertIn('s.json:1: #: a prefix is needed: --prefix, or "prefix" in the file of options', run(*arguments)[2])
        self.write("o.yaml", "prefix: class")
        self.assertIn('s.json:1: #: the prefix "class" is a word of C or C++', run(*arguments)[2])

    def test_mistakes(self):
        for options, part in (
            ("unions: {Shap: free}", "options.yaml:1: #/unions/Shap: no union has this name or JSON Pointer"),
            ("unions: {Shape: {default: Cirle}}", '#/unions/Shape/default: no alternative is called "Cirle", did you mean "Circle"?'),
            (
                "unions: {Shape: fre}",
                'options.yaml:1: #/unions/Shape: the rule of a union is "free", "first match", "exactly one" or has "default", did you mean "free"?',
            ),
            ("unions: {Shape: first}", 'did you mean "first match"?'),
            ("unions: {Shape: {}}", '"exactly one" or has "default", the name of an alternative'),
            ("unions: {Shape: {defualt: Any}}", 'did you mean "default"?'),
            ("union: {}", 'did you mean "unions"?'),
            ("limits: {max_byte: 1}", 'unknown member "max_byte" of limits, did you mean "max_bytes"?'),
            ("limits: {max_bytes: 0}", "#/limits/max_bytes: must be from 1 to"),
            ("limits: {max_depth: 2000}", "must be from 1 to 1024"),
            ("limits: {schemas: {Shape: {maxlength: 1}}}", 'unknown member "maxlength" of the limits of a schema, did you mean "max_length"?'),
            ("limits: {schemas: {Shape: {}}}", "expected a limit"),
            ("limits: {schemas: {Shape: {max_length: 3}}}", "#/limits/schemas/Shape: no schema of such a type has this name"),
            ("open_enums: [Shape]", "#/open_enums/0: no enum of strings has this name or JSON Pointer"),
            ("open_enums: none", "expected an array"),
            ("names: {Shap: x}", '#/names/Shap: nothing with a name in C is called so, did you mean "Shape"?'),
            ("names: {Shape: X}", "expected a name of lower-case letters, digits and single underscores, found X"),
            ("names: {Shape: 1}", "expected a name"),
            ("prefix: Big", "#/prefix: expected lower-case letters"),
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
