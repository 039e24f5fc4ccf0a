"""ewgen validate: texts against a document, or a JSON Schema."""

import contextlib
import io
import json
import os
import sys
import unittest
from unittest import mock

from tests.helpers import DocumentCase
from tests.test_cli import run

DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Test, version: 1.0.0}
channels:
  c:
    address: /
    messages:
      tick: {payload: {$ref: '#/components/schemas/Tick'}}
      trade: {payload: {$ref: 'common.yaml#/Trade'}}
operations:
  o: {action: send, channel: {$ref: '#/channels/c'}}
components:
  schemas:
    Tick:
      type: object
      required: [type, ts]
      properties:
        type: {const: tick}
        ts: {type: integer, minimum: 0, nullable: true}
"""
COMMON = """\
Trade:
  type: object
  required: [type, ids]
  properties:
    type: {const: trade}
    ids: {type: array, uniqueItems: true, items: {type: string, format: uuid}}
"""


class ValidateTest(DocumentCase):
    def setUp(self):
        super().setUp()
        self.write("common.yaml", COMMON)
        self.document = self.write("test.yaml", DOCUMENT)

    def validate(self, *arguments):
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            return run("validate", *arguments)
        finally:
            os.chdir(before)

    def test_a_message_is_named(self):
        self.write("a.json", '{"type": "tick", "ts": 1}')
        self.assertEqual(self.validate("test.yaml", "a.json"), (0, "a.json: tick\n", ""))
        self.write("a.json", '{"type": "tick", "ts": null}')
        self.assertEqual(self.validate("test.yaml", "a.json"), (0, "a.json: tick\n", ""))

    def test_what_is_wrong_is_said_with_file_line_and_pointer(self):
        for text, said in (
            ('{"type": "tick",\n"ts": -1}', "a.json:2: #/ts: the value is out of range, at least 0: -1 (as tick)"),
            ('{"type": "tick"}', 'a.json:1: #: the value lacks the required member "ts" (as tick)'),
            ('{"type": "trade", "ids": ["a", "a"]}', '#/ids: the value has equal elements: ["a","a"] (as trade)'),
            ('{"type": "other"}', "a.json:1: #: none of the messages tick, trade"),
            ('{"type": \n', "a.json:2: #/type: not well-formed JSON"),
            ("[1]", "a.json:1: #: none of the messages tick, trade"),
        ):
            self.write("a.json", text)
            status, out, err = self.validate("test.yaml", "a.json")
            self.assertEqual((status, err), (1, ""))
            self.assertIn(said, out)

    def test_lines_are_texts_of_their_own(self):
        self.write("a.ndjson", '{"type": "tick", "ts": 1}\n\n{"type": "tick", "ts": "x"}\n{\n')
        status, out, _ = self.validate("test.yaml", "a.ndjson")
        first, second, third = out.splitlines()
        self.assertEqual((status, first), (1, "a.ndjson:1: tick"))
        self.assertTrue(second.startswith("a.ndjson:3: #/ts: the value is no integer"), second)
        self.assertTrue(third.startswith("a.ndjson:4: #: not well-formed JSON"), third)

    def test_one_message_can_be_asked_for_with_options_among_the_files(self):
        text = io.StringIO('{"ts": 1, "type": "trade", "ids": []}')
        with mock.patch.object(sys, "stdin", text):
            status, out, _ = self.validate("test.yaml", "--message", "tick", "-")
        self.assertEqual(status, 1)
        self.assertIn("-:1: #/type: the value is not the constant", out)
        self.assertIn('did you mean "tick"?', self.validate("test.yaml", "--message", "tik", "-")[2])
        self.assertIn("there are tick, trade", self.validate("test.yaml", "--message", "order", "-")[2])

    def test_a_schema_by_itself(self):
        self.write("s.json", json.dumps({"definitions": {"a": {"type": "string", "format": "date"}}}))
        self.write("a.json", '"yesterday"')
        schema = ("--schema", "s.json", "--root", "a", "a.json")
        self.assertEqual(self.validate(*schema), (0, "a.json: valid\n", ""))
        self.assertEqual(self.validate(*schema, "--formats")[0], 1)
        status, out, _ = self.validate(*schema, "--formats", "--format", "json")
        self.assertEqual((status, json.loads(out)["pointer"], json.loads(out)["ok"]), (1, "#", False))

    def test_usage(self):
        for arguments, status in (
            (["test.yaml"], 2),
            (["test.yaml", "none.json"], 2),
            (["none.yaml", "none.json"], 1),
            (["--schema", "s.json", "--message", "a", "a.json"], 2),
            (["test.yaml", "a.json", "--formats"], 2),
            (["test.yaml", "a.json", "--nonsense"], 2),
        ):
            with contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(self.validate(*arguments)[0], status, arguments)


if __name__ == "__main__":
    unittest.main()
