"""JSON Schemas by themselves: what is refused, and that the C of what is not compiles and decides."""

import json
import os
import re
import subprocess
import tempfile
import unittest

from ewgen.assertions import FORMATS, Asked, Program
from ewgen.dialects import DRAFT_07, DRAFT_2020_12
from ewgen.errors import DocumentError
from ewgen.load import Library
from ewgen.resources import Registry

from tests.test_cli import run

RUNTIME = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "runtime")
WARNINGS = "-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wcast-qual -Werror".split()


class Folder(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = self.temporary.name

    def write(self, name, schema):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(schema if isinstance(schema, str) else json.dumps(schema))
        return path


class RefusalTest(Folder):
    def refused(self, schema, message, pointer, dialect=DRAFT_07):
        path = self.write("s.json", schema)
        library = Library(self.folder)
        registry = Registry(library, dialect)
        with self.assertRaises(DocumentError) as caught:
            root = registry.add_document(library.open(path), "file://" + path).node
            Program(registry, Asked()).compile(root)
        self.assertIn(message, caught.exception.message)
        self.assertEqual(caught.exception.pointer, pointer)

    def test_values_of_the_wrong_type(self):
        self.refused({"type": "strin"}, "expected one of array, boolean", "#/type")
        self.refused({"maxLength": -1}, "integer of 0 or more", "#/maxLength")
        self.refused({"minItems": 1.5}, "integer of 0 or more", "#/minItems")
        self.refused({"maximum": "3"}, "expected a number", "#/maximum")
        self.refused({"multipleOf": 0}, "above 0", "#/multipleOf")
        self.refused({"multipleOf": 1234567890123456789}, "more than 18 digits", "#/multipleOf")
        self.refused({"required": "a"}, "an array of member names", "#/required")
        self.refused({"enum": 3}, "an array of values", "#/enum")
        self.refused({"allOf": {}}, "an array of schemas", "#/allOf")
        self.refused({"properties": {"a": 3}}, "a schema: an object, true or false", "#/properties/a")
        self.refused({"pattern": "("}, "without", "#/pattern")
        self.refused({"pattern": "(?=a)"}, "look-around", "#/pattern")
        self.refused([], "a schema", "#")

    def test_references(self):
        self.refused({"$ref": "#/definitions/x"}, "leads nowhere", "#/$ref")
        self.refused({"$ref": "#x"}, "no such anchor", "#/$ref")
        self.refused({"$ref": "http://example.com/a.json"}, "only files are read", "#/$ref")
        self.refused({"$ref": "../../etc/passwd"}, "leads out of the folder", "#/$ref")
        self.refused({"$ref": "file:///etc/passwd"}, "leads out of the folder", "#/$ref")
        self.refused({"$ref": "nowhere.json"}, "no such file", "#/$ref")
        self.refused({"$ref": "now%00here.json"}, "no such file", "#/$ref")
        self.refused({"$schema": "http://example.com/mine"}, "only files are read", "#/$schema")

    def test_schemas_that_are_themselves(self):
        message = "leads back to itself"
        self.refused({"$ref": "#"}, message, "#")
        self.refused({"allOf": [{"$ref": "#/definitions/a"}], "definitions": {"a": {"not": {"$ref": "#"}}}}, message, "#")
        self.refused({"if": {"$ref": "#"}, "then": False}, message, "#", DRAFT_2020_12)

    def test_a_deep_schema_is_no_deep_recursion(self):
        schema = "{}"
        for _ in range(150):
            schema = '{"not":' + schema + "}"
        path = self.write("deep.json", schema)
        library = Library(self.folder)
        registry = Registry(library, DRAFT_07)
        program = Program(registry)
        program.compile(registry.add_document(library.open(path), "file://" + path).node)
        self.assertEqual(len(program.schemas), 151)


class OutputTest(Folder):
    def test_the_c_of_a_schema_compiles_silently(self):
        self.write("parts/tag.json", {"enum": ["a", 1.0, None, {"b": [2]}, "\"\\\u0000?\?="]})
        path = self.write(
            "trade.json",
            {
                "title": "Trade */",
                "description": "Comment /* in it */.",
                "properties": {"tag": {"$ref": "parts/tag.json"}, "next": {"$ref": "#"}},
                "patternProperties": {"^x-": {"type": ["string", "null"], "pattern": "^[a-c]{2,}$"}},
                "dependencies": {"a": ["b"], "c": {"minProperties": 3}},
                "oneOf": [{"required": ["tag"]}, {"required": ["next"]}],
            },
        )
        status, out, err = run("gen", "--schema", path, "--prefix", "my_trade", "--out", self.folder, "--base", self.folder)
        self.assertEqual((status, out), (0, ""))
        self.assertIn("only my_trade_validate() is made: trade.json:1: #: the schema does not determine one type in C", err)
        includes = ["-I", os.path.join(RUNTIME, "include"), "-I", os.path.join(self.folder, "include")]
        compiler = os.environ.get("CC", "cc")
        for name in ("src/my_trade.c", "fuzz/my_trade_fuzz.c"):
            source = os.path.join(self.folder, name)
            subprocess.run([compiler, *WARNINGS, *includes, "-c", source, "-o", source + ".o"], check=True)
        with open(os.path.join(self.folder, "fuzz", "my_trade.dict"), encoding="utf-8") as stream:
            words = stream.read().splitlines()
        for word in (r'"\"tag\":"', r'"\"a\""', '"1.0"', r'"{\"b\":[2]}"'):
            self.assertEqual(words.count(word), 1, word)
        again = run("check", "--schema", path, "--prefix", "my_trade", "--out", self.folder, "--base", self.folder)
        self.assertEqual(again, (0, "", err))

    def test_formats_are_those_of_the_header_and_compile(self):
        with open(os.path.join(RUNTIME, "include", "eventwire", "format.h"), encoding="utf-8") as stream:
            listed = dict(re.findall(r'X\((\w+), "([^"]+)"\)', stream.read()))
        self.assertEqual(set(listed.values()), FORMATS)
        self.assertEqual({name.replace("-", "_") for name in FORMATS}, set(listed))
        path = self.write("f.json", {"anyOf": [{"format": name} for name in sorted(FORMATS) + ["unknown"]]})
        status, out, err = run("gen", "--schema", path, "--formats", "--prefix", "f", "--out", self.folder, "--base", self.folder)
        self.assertEqual((status, out), (0, ""), err)
        source = os.path.join(self.folder, "src", "f.c")
        with open(source, encoding="utf-8") as stream:
            self.assertEqual(set(re.findall(r"&ew_format_(\w+)", stream.read())), set(listed))
        includes = ["-I", os.path.join(RUNTIME, "include"), "-I", os.path.join(self.folder, "include")]
        subprocess.run([os.environ.get("CC", "cc"), *WARNINGS, *includes, "-c", source, "-o", source + ".o"], check=True)

    def generate(self, schema, *more):
        path = self.write("shop.json", schema)
        status, out, err = run("gen", "--schema", path, "--prefix", "shop", "--out", self.folder, "--base", self.folder, *more)
        self.assertEqual((status, out), (0, ""))
        with open(os.path.join(self.folder, "include", "eventwire", "shop.h"), encoding="utf-8") as stream:
            return stream.read(), err

    def test_a_root_with_a_type_has_types(self):
        header, err = self.generate(
            {
                "type": "object",
                "properties": {"kind": {"enum": ["a", "b"]}, "next": {"$ref": "#"}, "part": {"$ref": "#/definitions/part"}},
                "definitions": {"part": {"type": "object", "properties": {"n": {"type": "integer"}}, "not": {"required": ["m"]}}},
            }
        )
        self.assertEqual(err, "")
        for text in ("typedef struct shop {", "  shop *next;", "shop_part part;", "SHOP_KIND_A", "shop_decode(", "shop_encode(", "shop_validate("):
            self.assertIn(text, header)
        self.assertEqual(header.count("shop_validate("), 1)
        source = os.path.join(self.folder, "src", "shop.c")
        includes = ["-I", os.path.join(RUNTIME, "include"), "-I", os.path.join(self.folder, "include")]
        subprocess.run([os.environ.get("CC", "cc"), *WARNINGS, *includes, "-c", source, "-o", source + ".o"], check=True)
        names = subprocess.run(["nm", "-g", "--defined-only", source + ".o"], stdout=subprocess.PIPE, text=True, check=True).stdout
        for line in names.splitlines():
            self.assertTrue(line.split()[-1].startswith("shop_"), line)

    def test_why_there_are_no_types_is_said(self):
        for schema, reason in (
            ({"pattern": "a"}, "#: the schema does not determine one type in C"),
            ({"type": ["string", "null"]}, "#: the schema does not determine one type in C"),
            ({"type": "object", "properties": {"a": {"oneOf": [{"type": "string"}, {"const": "b"}]}}}, "#/properties/a: "),
        ):
            header, err = self.generate(schema)
            self.assertIn("ewgen: only shop_validate() is made: shop.json:1: " + reason, err)
            self.assertNotIn("shop_decode", header)

    def test_references_are_followed_as_the_dialect_says(self):
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://example.com/shop",
            "type": "object",
            "properties": {"a": {"$ref": "part#n"}, "b": {"$ref": "#/$defs/text", "maxLength": 9}},
            "$defs": {"part": {"$id": "part", "$defs": {"n": {"$anchor": "n", "type": "integer"}}}, "text": {"type": "string", "minLength": 2}},
        }
        header, err = self.generate(schema)
        self.assertEqual(err, "")
        self.assertIn("int64_t a;", header)
        self.assertIn("/** 2 to 9 characters. */\n  ew_str b;", header)

    def test_keywords_without_effect_are_no_mistake_in_a_schema_by_itself(self):
        header, err = self.generate({"type": "object", "properties": {"a": {"type": "string", "minimum": 3, "$ref2": 1}}, "x-y": 1})
        self.assertEqual(err, "")
        self.assertIn("ew_str a;", header)

    def test_root_names_a_definition(self):
        path = self.write("s.json", {"definitions": {"size": {"type": "integer"}}, "parts": [{"type": "null"}]})
        for name in ("size", "#/definitions/size", "/parts/0"):
            status, _, err = run("gen", "--schema", path, "--root", name, "--prefix", "p", "--out", self.folder)
            self.assertEqual(status, 0, err)
        status, _, err = run("gen", "--schema", path, "--root", "sise", "--prefix", "p", "--out", self.folder)
        self.assertEqual(status, 1)
        self.assertIn('did you mean "size"?', err)


if __name__ == "__main__":
    unittest.main()
