"""ewgen diff: whom a change breaks, for each kind of change, and that no change means nothing."""

import json
import unittest

from ewgen.diff import BOTH, COMPATIBLE, READERS, WRITERS, kind_of
from ewgen.difference import Comparison
from ewgen.dialects import DRAFT_07, DRAFT_2020_12

from tests.helpers import DOCUMENT, DocumentCase
from tests.test_cli import run
from tests.test_evaluate import compiled


def changes(old, new, dialect=DRAFT_07):
    """[(place, text, kind)]"""
    (first, root), (second, other) = compiled(old, dialect), compiled(new, dialect)
    found = Comparison(first, second).run(root, other)
    return [(c.place, c.text, kind_of(c.narrows, c.widens)) for c in found]


class SchemaTest(unittest.TestCase):
    def both_ways(self, old, new, there, back):
        """The kinds of all changes from old to new, and from new to old."""
        self.assertEqual([c[2] for c in changes(old, new)], there, changes(old, new))
        self.assertEqual([c[2] for c in changes(new, old)], back, changes(new, old))

    def widened(self, old, new):
        self.both_ways(old, new, [READERS], [WRITERS])

    def same(self, old, new):
        self.both_ways(old, new, [], [])

    def test_types(self):
        self.widened({"type": "string"}, {"type": ["string", "null"]})
        self.widened({"type": "integer"}, {"type": "number"})
        self.both_ways({"type": "integer"}, {"type": "string"}, [BOTH], [BOTH])
        self.same({"type": ["integer", "number"]}, {"type": "number"})
        self.assertEqual(changes({"type": "integer"}, {"type": "string"})[0][1], "was integer and is string")

    def test_listed_values(self):
        self.both_ways({"enum": ["a", "b"]}, {"enum": ["b", "c"]}, [WRITERS, READERS], [WRITERS, READERS])
        self.widened({"enum": ["a", 1]}, {"enum": [1, "a", None]})
        self.widened({"const": "a"}, {"type": "string"})
        self.same({"const": "a"}, {"enum": ["a"]})
        self.assertEqual(changes({"enum": ["a", "b"]}, {"enum": ["a"]})[0][1], '"b" is no longer allowed')

    def test_bounds(self):
        for keyword in ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum"):
            self.widened({keyword: 3}, {keyword: 4})
            self.widened({keyword: 3}, {})
        for keyword in ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum"):
            self.widened({keyword: 4}, {keyword: 3})
        self.widened({"multipleOf": 4}, {"multipleOf": 2})
        self.widened({"uniqueItems": True}, {})
        self.same({"type": "integer", "minimum": 1}, {"type": "integer", "exclusiveMinimum": 0})
        self.widened({"type": "number", "minimum": 1}, {"type": "number", "exclusiveMinimum": 0})

    def test_patterns_are_compared_by_the_texts_they_accept(self):
        self.same({"type": "string", "pattern": "^[ab]*$"}, {"type": "string", "pattern": "^(a|b)*$"})
        self.same({"type": "string", "pattern": "^a{2}$"}, {"type": "string", "pattern": "^a{2}$", "maxLength": 2})
        self.widened({"type": "string", "pattern": "^[0-9]+$"}, {"type": "string", "pattern": "^[0-9a-f]+$"})
        self.both_ways({"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^b"}, [BOTH], [BOTH])
        text = changes({"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^b"})[0][1]
        self.assertEqual(text, 'pattern ^a became pattern ^b: "a" is refused now, "b" is accepted now')

    def test_formats_and_contents(self):
        self.widened({"format": "date"}, {})
        self.both_ways({"format": "date"}, {"format": "time"}, [BOTH], [BOTH])
        self.widened({"contentEncoding": "base64"}, {})

    def test_members_of_open_objects(self):
        def schema(required, **members):
            return {"type": "object", "properties": members, "required": required}

        self.both_ways(schema([], a={}), schema([], a={}, b={"type": "string"}), [COMPATIBLE], [COMPATIBLE])
        self.both_ways(schema([], a={}), schema(["b"], a={}, b={}), [WRITERS], [READERS])
        self.both_ways(schema([], a={}), schema(["a"], a={}), [WRITERS], [READERS])
        found = changes(schema([], a={"type": "string"}), schema([], a={"type": "null"}))
        self.assertEqual(found, [("/a", "was string and is null", BOTH)])

    def test_members_of_closed_objects(self):
        def schema(**members):
            return {"type": "object", "properties": members, "additionalProperties": False}

        self.widened(schema(a={}), schema(a={}, b={}))
        open_ = {"type": "object", "properties": {"a": {}}}
        self.widened(schema(a={}), open_)

    def test_elements_and_other_members(self):
        self.widened({"items": {"type": "integer"}}, {"items": {"type": "number"}})
        self.widened({"additionalProperties": {"maxLength": 3}}, {"additionalProperties": {"maxLength": 4}})
        self.widened({"patternProperties": {"^x": {"maxLength": 3}}}, {"patternProperties": {"^x": {"maxLength": 4}}})
        self.widened({"items": [{"const": 1}, {"const": 2}]}, {"items": [{"const": 1}]})
        self.assertEqual(changes({"items": {"type": "integer"}}, {})[0][:2], ("/*", "elements may be anything now"))

    def test_alternatives_are_paired_whatever_their_order(self):
        def arm(kind, *required):
            return {
                "title": kind,
                "type": "object",
                "required": ["kind", *required],
                "properties": {"kind": {"const": kind}, "x": {"type": "string"}},
            }

        found = changes({"oneOf": [arm("a"), arm("b")]}, {"oneOf": [arm("c"), arm("b", "x"), arm("a")]})
        self.assertEqual(found, [("/x", "is required now", WRITERS), ("", 'the alternative "c" is new', READERS)])
        self.same({"oneOf": [arm("a"), arm("b")]}, {"oneOf": [arm("b"), arm("a")]})

    def test_one_alternative_is_none(self):
        self.same({"type": ["string", "null"]}, {"oneOf": [{"type": "string"}, {"type": "null"}]})
        self.same({"type": "string"}, {"anyOf": [{"enum": ["a"]}, {"type": "string"}]})
        self.widened({"type": "string"}, {"oneOf": [{"type": "string"}, {"type": "null"}]})
        old = {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]}
        self.widened(old, {"type": ["string", "null"], "maxLength": 4})

    def test_the_same_said_otherwise(self):
        self.same({"allOf": [{"type": "string"}, {"maxLength": 4}]}, {"type": "string", "maxLength": 4})
        self.same({"$ref": "#/definitions/a", "definitions": {"a": {"type": "null"}}}, {"type": "null"})
        tree = {"type": "object", "properties": {"next": {"$ref": "#"}, "value": {"type": "integer"}}}
        self.same(tree, json.loads(json.dumps(tree)))

    def test_recursion_ends(self):
        def tree(low):
            return {"type": "object", "properties": {"next": {"$ref": "#"}, "value": {"type": "integer", "minimum": low}}}

        self.assertEqual(changes(tree(0), tree(1)), [("/next/value", "the least number was 0 and is 1", WRITERS)])

    def test_what_is_not_compared_is_taken_for_breaking(self):
        self.both_ways({"not": {"type": "string"}}, {"not": {"type": "integer"}}, [BOTH], [BOTH])
        self.same({"not": {"type": "string"}}, {"not": {"type": "string", "title": "Text"}})
        self.both_ways({"if": {"minimum": 3}, "then": {"maximum": 4}}, {}, [BOTH], [BOTH])
        old = {"unevaluatedProperties": False, "properties": {"a": {}}}
        self.assertEqual([c[2] for c in changes(old, {"properties": {"a": {}}}, DRAFT_2020_12)], [BOTH])


CHAT = """\
asyncapi: 3.0.0
info: {title: Chat, version: 1.0.0}
channels:
  room:
    address: /room
    bindings: {ws: {query: {type: object, properties: {token: {type: string}}}}}
    messages:
      say: {payload: {$ref: '#/components/schemas/Say'}}
      said: {payload: {$ref: '#/components/schemas/Say'}}
      bye: {payload: {type: object, required: [bye], properties: {bye: {type: string}}}}
operations:
  in: {action: receive, channel: {$ref: '#/channels/room'}, messages: [{$ref: '#/channels/room/messages/say'}]}
  out:
    action: send
    channel: {$ref: '#/channels/room'}
    messages: [{$ref: '#/channels/room/messages/said'}, {$ref: '#/channels/room/messages/bye'}]
components:
  schemas:
    Say: {type: object, required: [text], properties: {text: {type: string, maxLength: 500}}}
"""


class DocumentTest(DocumentCase):
    def diff(self, old, new, *more):
        paths = [self.write("old.yaml", old), self.write("new.yaml", new)]
        return run("diff", *paths, "--base", self.folder, *more)

    def test_a_document_is_compatible_with_itself(self):
        self.assertEqual(self.diff(CHAT, CHAT), (0, "", ""))

    def test_a_change_is_told_for_each_side_that_writes_it(self):
        status, out, err = self.diff(CHAT, CHAT.replace("500", "300"))
        text = "/text maxLength was 500 and is 300"
        where = "new.yaml:19: #/components/schemas/Say/properties/text"
        self.assertEqual(status, 1)
        self.assertEqual(
            out.splitlines(),
            [
                f'{where}: "say" from the client: {text} [breaks writers: clients]',
                f'{where}: "said" from the server: {text} [breaks writers: servers]',
            ],
        )
        self.assertEqual(err, "ewgen: 2 of 2 changes break programs\n")

    def test_messages_come_and_go(self):
        fewer = CHAT.replace(", {$ref: '#/channels/room/messages/bye'}", "")
        status, out, _ = self.diff(CHAT, fewer)
        self.assertEqual(status, 1)
        self.assertIn('"bye" from the server: is gone [breaks writers: servers]', out)
        status, out, _ = self.diff(fewer, CHAT)
        self.assertEqual(status, 1)
        self.assertIn('"bye" from the server: is new [breaks readers: clients]', out)

    def test_what_breaks_nobody_ends_well(self):
        new = CHAT.replace("properties: {text:", "properties: {lang: {type: string}, text:")
        status, out, err = self.diff(CHAT, new)
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out.count("/lang is new [compatible]\n"), 2)

    def test_channels_and_their_handshakes(self):
        status, out, _ = self.diff(CHAT, CHAT.replace("address: /room", "address: /rooms"))
        self.assertEqual(status, 1)
        self.assertIn('the address was "/room" and is "/rooms" [breaks both]', out)
        new = CHAT.replace("properties: {token: {type: string}}", "required: [token], properties: {token: {type: string}}")
        status, out, _ = self.diff(CHAT, new)
        self.assertEqual(status, 1)
        self.assertIn('from the client: query "token" is required now [breaks writers: clients]', out)

    def test_json(self):
        status, out, _ = self.diff(CHAT, CHAT.replace("500", "300"), "--format", "json")
        report = json.loads(out)
        self.assertEqual((status, report["compatible"]), (1, False))
        change = report["changes"][0]
        self.assertEqual(change["class"], "breaks writers")
        self.assertEqual((change["side"], change["message"], change["place"]), ("client", "say", "/text"))
        self.assertEqual(change["old"], {"file": "old.yaml", "line": 19, "pointer": "#/components/schemas/Say/properties/text"})

    def test_bare_schemas(self):
        old, new = self.write("old.json", '{"type": "string"}'), self.write("new.json", '{"type": ["string", "null"]}')
        status, out, _ = run("diff", "--schema", old, new, "--base", self.folder)
        self.assertEqual((status, out), (1, "new.json:1: #: was string and is null or string [breaks readers]\n"))
        self.assertEqual(run("diff", "--schema", old, old), (0, "", ""))

    def test_a_document_with_an_error_is_not_compared(self):
        status, out, err = self.diff(CHAT, CHAT.replace("type: string, maxLength", "type: strin, maxLength"))
        self.assertEqual((status, out), (1, ""))
        self.assertIn('unknown type "strin"', err)

    def test_usage(self):
        self.assertEqual(run("diff", "one.yaml")[0], 2)
        self.assertEqual(run("diff", "--root", "x", "a", "b")[0], 2)


if __name__ == "__main__":
    unittest.main()


class OptionsTest(DocumentCase):
    """A document that needs rules is compared with them."""

    UNION = DOCUMENT % "{oneOf: [{type: string}, {const: b}]}"
    RULE = "unions: {'*/it': free}"

    def diff(self, old, new, *options):
        paths = [self.write("old.yaml", old), self.write("new.yaml", new)]
        return run("diff", *paths, "--base", self.folder, *options)

    def test_one_file_for_both(self):
        path = self.write("o.yaml", self.RULE)
        self.assertIn("cannot be told apart", self.diff(self.UNION, self.UNION)[2])
        self.assertEqual(self.diff(self.UNION, self.UNION, "--options", path), (0, "", ""))

    def test_a_file_for_each(self):
        rule, wider = self.write("o.yaml", self.RULE), self.write("n.yaml", "open_enums: all")
        plain = DOCUMENT % "{type: string, enum: [a]}"
        code, text, _ = self.diff(plain, plain, "--new-options", wider)
        self.assertEqual(code, 1)
        self.assertIn("breaks readers", text)
        self.assertEqual(self.diff(plain, plain, "--old-options", wider, "--new-options", wider), (0, "", ""))
        self.assertIn("old.yaml", self.diff(self.UNION, self.UNION, "--new-options", rule)[2])
        self.assertEqual(self.diff(plain, plain, "--options", wider, "--new-options", wider)[0], 2)

    def test_of_a_schema_by_itself(self):
        paths = [self.write(name, '{"type": "string", "maxLength": 9}') for name in ("old.json", "new.json")]
        limits = self.write("o.yaml", "limits: {schemas: {'#': {max_length: 5}}}")
        code, text, _ = run("diff", "--schema", *paths, "--base", self.folder, "--new-options", limits)
        self.assertEqual(code, 1)
        self.assertIn("maxLength was 9 and is 5 [breaks writers]", text)
        self.assertEqual(run("diff", "--schema", *paths, "--base", self.folder, "--options", limits), (0, "", ""))
