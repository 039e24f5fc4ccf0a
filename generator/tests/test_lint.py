"""ewgen lint: what it finds, that it finds it all at once, and that it finds nothing where nothing is."""

import json
import os
import unittest

from tests.helpers import DOCUMENT, HERE, SAMPLE_DOCUMENTS, SAMPLE_VECTORS, DocumentCase
from tests.test_cli import run

CHAT = """\
asyncapi: 3.0.0
info: {title: Chat, version: 1.0.0}
channels:
  room:
    address: /room
    messages:
      join: {$ref: '#/components/messages/join'}
      say: {$ref: '#/components/messages/say'}
      list: {$ref: '#/components/messages/list'}
operations:
  in: {action: receive, channel: {$ref: '#/channels/room'}}
components:
  messages:
    join: {payload: {$ref: '#/components/schemas/Join'}}
    say: {payload: {$ref: '#/components/schemas/Say'}}
    list: {payload: {$ref: '#/components/schemas/List'}}
  schemas:
    Join:
      type: object
      required: [type]
      properties: {type: %s, room: {type: string}}
    Say:
      type: object
      required: [type]
      properties: {type: %s, text: {type: string}}
    List: {type: array, items: {type: string}}
"""


class LintCase(DocumentCase):
    def schema(self, schema, *more):
        """What lint says about a bare schema: (status, [(line, pointer, message, check)])"""
        self.write("s.json", json.dumps(schema))
        return self.findings("--schema", self.folder + "/s.json", *more)

    def document(self, text, *more):
        return self.findings(self.write("a.yaml", text), *more)

    def findings(self, *arguments):
        status, out, _ = run("lint", *arguments, "--base", self.folder, "--format", "json")
        report = json.loads(out)
        return status, [(f["line"], f["pointer"], f["message"], f["check"]) for f in report["findings"]]

    def one(self, schema, pointer, part, check, *more):
        status, found = self.schema(schema, *more)
        self.assertEqual(status, 1)
        self.assertEqual([(f[1], f[3]) for f in found], [(pointer, check)], found)
        self.assertIn(part, found[0][2])


HINTED = """\
asyncapi: 3.0.0
info: {title: Hinted, version: 1.0.0}
channels:
  main:
    address: /
    messages:
      subscribe: {payload: {type: object, required: [op], properties: {op: {const: subscribe}}}}
      tick: {%(headers)spayload: {type: object, required: [price], properties: {price: {type: number}}}}
operations:
  ask: {action: %(ask)s, channel: {$ref: '#/channels/main'}, messages: [{$ref: '#/channels/main/messages/subscribe'}]}
  hear: {action: %(hear)s, channel: {$ref: '#/channels/main'}, messages: [{$ref: '#/channels/main/messages/tick'}]}
"""


class SchemaTest(LintCase):
    def test_a_schema_without_faults(self):
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": ["object", "null"],
            "required": ["a"],
            "properties": {"a": {"$ref": "#/$defs/a", "description": "With a sibling."}, "x-y": {"x-internal": 1}},
            "$defs": {"a": {"oneOf": [{"const": 1}, {"type": "string", "format": "date-time", "default": "2006-01-02T15:04:05Z"}]}},
        }
        self.assertEqual(self.schema(schema), (0, []))

    def test_misspelt_keywords(self):
        text = 'the keyword "maxlength" is unknown in draft-07 and ignored, did you mean "maxLength"?'
        self.one({"maxlength": 3}, "#/maxlength", text, "unknown-keyword")
        self.one({"prefixItems": [True]}, "#/prefixItems", "unknown in draft-07", "unknown-keyword")
        self.assertEqual(self.schema({"prefixItems": [True]}, "--dialect", "2020-12")[0], 0)

    def test_values_are_judged_by_their_formats(self):
        uuid = {"type": "string", "format": "uuid", "default": "x"}
        self.one(uuid, "#/default", 'is not of the format uuid: "x" (not checked)', "format")
        self.one(uuid, "#/default", 'is not of the format uuid: "x"', "example", "--formats")
        self.one({"type": "integer", "format": "int32", "default": 1 << 31}, "#/default", "format int32", "format")
        inside = {"properties": {"a": {"type": "string", "format": "re2"}}, "examples": [{"a": "("}, {"a": "a"}]}
        self.one(inside, "#/examples/0", '/a is not of the format re2: "("', "format")
        self.one({"format": "re3"}, "#/format", 'the format "re3" is unknown, did you mean "re2"?', "unknown-format")

    def test_hints_are_no_findings(self):
        asked = HINTED % {"ask": "send", "hear": "receive", "headers": ""}
        said = 'ewgen: the server sends "subscribe": if the document is written as its client sees it, say --as client\n'
        path = self.write("a.yaml", asked)
        self.assertEqual(run("lint", path, "--base", self.folder), (0, "", said))
        self.assertEqual(run("lint", path, "--base", self.folder, "--as", "client"), (0, "", ""))
        path = self.write("b.yaml", HINTED % {"ask": "receive", "hear": "send", "headers": "headers: {type: object}, "})
        self.assertIn("headers of a message are not checked", run("lint", path, "--base", self.folder)[2])

    def test_options_of_a_schema(self):
        arms = [{"type": "object", "required": [name], "properties": {name: {"type": "string", "format": "uuid"}}} for name in "ab"]
        path = self.write("s.json", json.dumps({"type": "object", "properties": {"it": {"anyOf": arms}}}))
        noted = "ewgen: formats that are noted, not checked: uuid (2 places)\n"
        for text, said, notes in (
            ("unions: {'*/it': first match}", "", noted),
            ("unions: {'*/it': first match}\nformats: [uuid]", "", ""),
            ("unions: {'*/that': first match}", "o.yaml:1: #/unions/*~1that: no union has this name or JSON Pointer [refused]\n", noted),
            ("formats: [uuidd]", 'o.yaml:1: #/formats/0: no format that can be checked: "uuidd", did you mean "uuid"? [refused]\n', noted),
            ("names: {it: [1]}", "o.yaml:1: #/names/it: ", noted),
        ):
            options = self.write("o.yaml", text)
            status, out, err = run("lint", "--schema", path, "--options", options, "--base", self.folder)
            self.assertEqual(status, 1 if said else 0)
            self.assertIn(said, out)
            self.assertEqual(out.count("\n"), 1 if said else 0)
            self.assertEqual(err, notes + ("ewgen: 1 finding\n" if said else ""))

    def test_formats_that_nothing_checks_are_named(self):
        pattern = {"type": "string", "format": "uuid", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
        schema = {"properties": {"a": {"format": "date"}, "b": {"format": "date"}, "c": pattern, "d": {"format": "int32"}}}
        path = self.write("s.json", json.dumps(schema))
        said = "ewgen: formats that are noted, not checked: date (2 places), int32 (1 place)\n"
        self.assertEqual(run("lint", "--schema", path, "--base", self.folder), (0, "", said))
        self.assertEqual(run("lint", "--schema", path, "--base", self.folder, "--formats")[2], said.replace("date (2 places), ", ""))

    def test_keywords_without_effect(self):
        self.one({"type": "integer", "minLength": 1}, "#/minLength", 'no effect on type integer', "no-effect")
        self.one({"type": ["string", "null"], "items": {}}, "#/items", "no effect on types string and null", "no-effect")
        self.one({"then": {}}, "#/then", 'without "if"', "no-effect")
        self.one({"if": {}}, "#/if", 'without "then" or "else"', "no-effect")
        self.one({"items": {}, "additionalItems": {}}, "#/additionalItems", "is a list", "no-effect")
        self.one({"minContains": 1}, "#/minContains", 'without "contains"', "no-effect", "--dialect", "2020-12")
        self.one({"type": "integer", "format": "date-time"}, "#/format", "no effect on type integer", "no-effect")
        self.one({"format": "datetime"}, "#/format", 'did you mean "date-time"?', "unknown-format")
        self.assertEqual(self.schema({"format": "decimal"})[0], 0)  # somebody's own, and not "email" misspelt
        schema = {"properties": {"a": {"$ref": "#/definitions/a", "maxLength": 3}}, "definitions": {"a": {}}}
        self.one(schema, "#/properties/a/maxLength", "beside $ref", "no-effect")
        self.assertEqual(self.schema({"type": "integer", "maximum": 3})[0], 0)

    def test_examples_and_defaults_that_do_not_fit(self):
        self.one({"type": "string", "default": 3}, "#/default", "is no string: 3", "example")
        schema = {"anyOf": [{"minimum": 3}, {"type": "null"}], "examples": [None, 4, 2]}
        self.one(schema, "#/examples/2", "fits none of the alternatives: 2", "example")
        schema = {"properties": {"a": {"not": {"required": ["b"]}, "examples": [{"b": 1}]}}}
        self.one(schema, "#/properties/a/examples/0", "fits what it must not", "example")

    def test_what_can_never_be_fulfilled(self):
        self.one({"minLength": 3, "maxLength": 2}, "#/minLength", "no value fits", "impossible")
        self.one({"type": "integer", "enum": [1, "2"]}, "#/enum/1", 'is no integer: "2"', "impossible")
        self.one({"const": 1, "type": "string"}, "#/const", "is no string", "impossible")
        self.one({"pattern": "a^"}, "#/pattern", "no text matches", "impossible")

    def test_what_contains_itself_without_end(self):
        part = "contain itself without end"
        again = {"$ref": "#/definitions/a"}
        cases = (
            ({"type": "object", "required": ["b"], "properties": {"b": again}}, "required"),
            ({"type": "array", "minItems": 1, "items": again}, "minItems"),
            ({"type": "object", "required": ["b"], "properties": {"b": {"oneOf": [{"allOf": [again]}, again]}}}, "required"),
        )
        for schema, keyword in cases:
            self.one({**again, "definitions": {"a": schema}}, "#/definitions/a/" + keyword, part, "impossible")
        for fine in (
            {"type": "object", "properties": {"b": again}},
            {"required": ["b"], "properties": {"b": again}},
            {"type": ["object", "null"], "required": ["b"], "properties": {"b": again}},
            {"type": "object", "required": ["b"], "properties": {"b": {"oneOf": [again, {"type": "null"}]}}},
            {"type": "array", "minItems": 0, "items": again},
            {"type": "object", "required": ["b"], "properties": {"b": {"type": "array", "items": again}}},
        ):
            self.assertEqual(self.schema({**again, "definitions": {"a": fine}})[0], 0, fine)

    def test_required_names_that_are_no_property(self):
        part = '"nmae" is required but no property, did you mean "name"?'
        self.one({"required": ["nmae"], "properties": {"name": {}}}, "#/required/0", part, "required")
        for fine in (
            {"required": ["name"]},
            {"required": ["x1"], "properties": {"name": {}}, "patternProperties": {"^x": {}}},
            {"properties": {"name": {}}, "anyOf": [{"required": ["name"]}, {"type": "null"}]},
            {"allOf": [{"$ref": "#/definitions/a"}], "required": ["b"], "properties": {"c": {}}, "definitions": {"a": {"properties": {"b": {}}}}},
        ):
            self.assertEqual(self.schema(fine), (0, []))

    def test_refused_patterns_and_values(self):
        self.one({"pattern": "("}, "#/pattern", 'the pattern "(": "(" without ")"', "refused")
        self.one({"patternProperties": {"(?=a)": {}}}, "#/patternProperties/(?=a)", "look-around", "refused")
        self.one({"$ref": "#/definitions/a"}, "#/$ref", "leads nowhere", "refused")

    def test_unreachable_definitions(self):
        definitions = {"used": {"$ref": "#/definitions/deep"}, "deep": {}, "alone": {"items": {"$ref": "#/definitions/alone"}}}
        schema = {"properties": {"a": {"$ref": "#/definitions/used"}}, "definitions": definitions}
        self.one(schema, "#/definitions/alone", 'nothing leads to "alone"', "unreachable")

    def test_arms_of_one_of_with_a_common_value(self):
        schema = {"oneOf": [{"type": "integer", "minimum": 3}, {"type": "string"}, {"multipleOf": 5}]}
        status, found = self.schema(schema)
        self.assertEqual(status, 1)
        self.assertEqual([f[2] for f in found], [
            "alternatives 0 and 2 both accept 5, so oneOf refuses it",
            'alternatives 1 and 2 both accept "", so oneOf refuses it',
        ])

    def test_a_schema_that_is_only_itself(self):
        schema = {"$ref": "#/definitions/a", "definitions": {"a": {"anyOf": [{"$ref": "#/definitions/a"}], "default": 3, "maxlength": 1}}}
        status, found = self.schema(schema)
        self.assertEqual([f[3] for f in found], ["refused", "unknown-keyword"])

    def test_everything_is_found_in_one_run(self):
        schema = {
            "maxlength": 1,
            "minItems": -1,
            "maxItems": "x",
            "pattern": "(",
            "type": "objet",
            "properties": {"a": {"type": 3, "pattern": "["}, "b": {"$ref": "#/nowhere"}},
        }
        status, found = self.schema(schema)
        self.assertEqual(status, 1)
        places = ["#/maxItems", "#/maxlength", "#/minItems", "#/pattern", "#/properties/a/pattern", "#/properties/a/type"]
        self.assertEqual(sorted(f[1] for f in found), places + ["#/properties/b/$ref", "#/type"])


class DocumentTest(LintCase):
    def test_the_samples_are_clean(self):
        arguments = [*SAMPLE_DOCUMENTS, "--vectors", SAMPLE_VECTORS, "--base", HERE]
        self.assertEqual(run("lint", *arguments), (0, "", ""))

    def test_the_protocols_of_the_project_are_clean(self):
        status, out, err = run("lint", "--all")
        self.assertEqual((status, out), (0, ""))
        self.assertEqual([line.split(":")[1] for line in err.splitlines()], [" formats that are noted, not checked"] * 3)

    def test_everything_is_found_in_one_run(self):
        schema = """
          type: object
          required: [aa]
          properties:
            a: {type: strin}
            b: {type: string, maxlength: 3, minlength: 1}
            c: {type: string, pattern: '('}
            d: {type: integer, minLength: 3, default: x}
            e: {type: array, items: {type: object, properties: {f: {type: string, pattern: '(?=a)'}}}}
          examples: [{b: 3}]"""
        status, found = self.document((DOCUMENT % schema).replace("action: send", "action: sned"))
        self.assertEqual(status, 1)
        up = "#/components/schemas/Up/properties/it"
        self.assertEqual(
            [f[1] for f in found],
            [
                "#/operations/out",
                up + "/required/0",
                up + "/properties/a/type",
                up + "/properties/b/maxlength",
                up + "/properties/b/minlength",
                up + "/properties/c/pattern",
                up + "/properties/d/default",
                up + "/properties/d/minLength",
                up + "/properties/e/items/properties/f/pattern",
                up + "/examples/0",
            ],
        )

    def test_one_line_of_text_per_finding(self):
        path = self.write("a.yaml", DOCUMENT % "{type: integer, default: x}")
        status, out, err = run("lint", path, "--base", self.folder)
        pointer = "#/components/schemas/Up/properties/it/default"
        self.assertEqual((status, err), (1, "ewgen: 1 finding\n"))
        self.assertRegex(out, rf"\Aa\.yaml:21: {pointer}: does not fit its own schema: the value [^\n]*\n\Z")

    def test_messages_that_two_arms_accept(self):
        status, found = self.document(CHAT % ("{const: a}", "{const: a}"))
        self.assertEqual(status, 1)
        self.assertEqual([f[1] for f in found], ["#/components/messages/say/payload"])
        self.assertIn('"join" and "say" cannot be told apart, both accept {"type":"a"}', found[0][2].replace("Join", "join").replace("Say", "say"))

    def test_what_cannot_be_read_is_not_told_apart(self):
        text = (CHAT % ("{const: join}", "{const: say}")).replace("required: [type]", "required: [tpye]", 1)
        path = self.write("a.yaml", text)
        _, out, _ = run("lint", path, "--base", self.folder, "--proof")
        self.assertEqual(len(out.splitlines()), 1)
        self.assertIn('did you mean "type"?', out)

    def test_the_proof_names_what_tells_messages_apart(self):
        path = self.write("a.yaml", CHAT % ("{const: join}", "{const: say}"))
        status, out, _ = run("lint", path, "--base", self.folder, "--proof")
        self.assertEqual(status, 0)
        self.assertEqual(
            out.splitlines(),
            [
                'room, from the client: "join" or "say" by "type": "join" or "say"',
                'room, from the client: "join" or "list" by the JSON type: an object or an array',
                'room, from the client: "say" or "list" by the JSON type: an object or an array',
            ],
        )
        status, out, _ = run("lint", path, "--base", self.folder, "--format", "json")
        self.assertEqual(json.loads(out)["proofs"][0]["reason"], '"type": "join" or "say"')

    def test_every_kind_of_constant_can_be_the_proof(self):
        for first, second, reason in (
            ("{type: string, enum: [a, b]}", "{type: string, enum: [c]}", '"type": "a" or "b" or "c"'),
            ("{type: integer, const: 1}", "{type: integer, const: 2}", '"type": 1 or 2'),
            (
                "{type: object, required: [of], properties: {of: {const: a}}}",
                "{type: object, required: [of], properties: {of: {const: b}}}",
                '"type.of": "a" or "b"',
            ),
        ):
            path = self.write("a.yaml", CHAT % (first, second))
            status, out, _ = run("lint", path, "--base", self.folder, "--proof")
            self.assertEqual(status, 0, out)
            self.assertEqual(out.splitlines()[0], f'room, from the client: "join" or "say" by {reason}')
            status, out, _ = run("explain", path, "--base", self.folder)
            self.assertEqual(status, 0)
            self.assertIn(f"  an object: looks at {reason.partition(':')[0]}\n", out)

    def test_a_message_with_an_error_leaves_its_channel_unknown(self):
        text = (CHAT % ("{const: join}", "{const: say}")).replace("join: {payload:", "join: {paylod: 1, payload:")
        status, found = self.document(text)
        self.assertEqual(status, 1)
        self.assertEqual([f[1] for f in found if f[3] == "refused"], ["#/components/messages/join/paylod"])

    def test_what_nothing_refers_to(self):
        text = CHAT % ("{const: join}", "{const: say}")
        status, found = self.document(text + "    Odd: {type: object}\n  parameters: {p: {description: Odd.}}\n")
        self.assertEqual([f[1] for f in found], ["#/components/schemas/Odd", "#/components/parameters/p"])
        self.assertEqual({f[3] for f in found}, {"unreachable"})

    def test_payload_examples_are_judged_by_schemas_without_a_type_of_their_own(self):
        text = (DOCUMENT % "true").replace("schemas/Up'}}\n    down", "schemas/Up'}, headers: {type: object, required: [id]}, examples: [{headers: {}, payload: {}}]}\n    down")
        status, found = self.document(text)
        self.assertEqual([f[1] for f in found], ["#/components/messages/up/examples/0/headers"])


class CommandTest(LintCase):
    def test_usage(self):
        self.assertEqual(run("lint")[0], 2)
        self.assertEqual(run("lint", "--all", "x.yaml")[0], 2)
        self.assertEqual(run("lint", "--schema", "x.json", "y.yaml")[0], 2)
        self.assertEqual(run("lint", self.folder + "/none.yaml")[0], 1)
        self.assertEqual(run("lint", "--help")[0], 0)

    def test_no_colours_but_on_a_terminal(self):
        class Terminal:
            def isatty(self):
                return True

        from ewgen.findings import colourful

        before = {name: os.environ.pop(name, None) for name in ("NO_COLOR", "TERM")}
        try:
            self.assertTrue(colourful(Terminal()))
            os.environ["NO_COLOR"] = "1"
            self.assertFalse(colourful(Terminal()))
        finally:
            os.environ.pop("NO_COLOR", None)
            os.environ.update({name: value for name, value in before.items() if value is not None})


if __name__ == "__main__":
    unittest.main()
