"""Lists whose elements can be decoded one by one."""

import json
import unittest

from tests.helpers import DOCUMENT, DocumentCase, sample
from tests.test_cli import run
from ewgen.plan import make_plan
from ewgen.render import render
from ewgen.streams import find_streams

LIST = "{type: array, items: {type: string}, x-ew-stream: true}"


class StreamTest(DocumentCase):
    def plan(self, member, more=""):
        return make_plan(self.protocol(DOCUMENT % member + more))

    def test_a_message_and_a_member_of_one_can_be_streams(self):
        self.assertEqual([(s.message.key, s.member) for s in find_streams(sample())], [("batch", None)])
        streams = find_streams(self.protocol(DOCUMENT % LIST))
        self.assertEqual([(s.message.key, s.member.name) for s in streams], [("up", "it"), ("down", "it")])

    def test_a_stream_has_a_typed_cover(self):
        header = render(self.plan(LIST))["include/eventwire/test.h"]
        self.assertIn("typedef ew_err ew_test_up_element_fn(void *ctx, const ew_str *element);", header)
        self.assertIn("ew_test_up_stream_init(", header)
        self.assertIn('#include "eventwire/stream.h"', header)
        self.assertNotIn("stream", render(self.plan("{type: array, items: {}}"))["include/eventwire/test.h"])

    def test_the_list_is_marked_in_the_tables(self):
        rows = {d.name: d.rows for d in self.plan(LIST).definitions if d.shape == "members"}
        self.assertEqual([r.flags for r in rows["up_members"]], ["EW_MEMBER_STREAM"])

    def test_elements_of_hot_messages_are_read_straight(self):
        entries = [e.name for e in make_plan(sample()).entries]
        self.assertIn("ew__sample_read_event", entries)

    def test_what_is_checked_must_be_inside_of_elements(self):
        odd = "{type: integer, multipleOf: 2}"
        inside = LIST.replace("{type: string}", "{type: object, properties: {n: %s}}" % odd)
        rows = [row.type for row in self.plan(inside).checks.rows]
        self.assertEqual(rows, ["&ew__test_up[0].type", "&ew__test_up_it_item[0].type"])
        beside = inside + "\n        other: " + odd
        self.assert_refused(lambda: self.plan(beside), "Up/properties/it/x-ew-stream", "/other/multipleOf is checked on the whole message")
        both = inside + "\n        other: {$ref: '#/components/schemas/Up/properties/it/items'}"
        self.assert_refused(lambda: self.plan(both), "/n/multipleOf is checked on the whole message")

    def test_elements_of_a_schema_by_itself_are_checked_too(self):
        item = {"type": "object", "properties": {"n": {"type": "integer", "multipleOf": 2}, "d": {"type": "string", "format": "date"}}}
        path = self.write("s.json", json.dumps({"type": "array", "items": item, "x-ew-stream": True}))
        arguments = ["gen", "--schema", path, "--prefix", "p", "--out", self.folder, "--base", self.folder]
        self.assertEqual(run(*arguments), (0, "", ""))
        with open(self.folder + "/src/p.c", encoding="utf-8") as stream:
            self.assertIn("{.type = &p__p_item[0].type, .strict = &p_schemas[1]", stream.read())
        self.assertEqual(run(*arguments, "--formats"), (0, "", ""))
        path = self.write("s.json", json.dumps({"type": "array", "items": {**item, "contentEncoding": "base64"}, "x-ew-stream": True}))
        self.assertIn("is checked on the whole message", run(*arguments, "--content")[2])

    def test_misplaced_streams_are_refused(self):
        nested = "{type: object, properties: {a: %s}}" % LIST
        self.assert_refused(lambda: self.plan(nested), "only a message, or a member of one, can be a stream")
        checked = LIST.replace("items", "uniqueItems: true, items")
        self.assert_refused(lambda: self.plan(checked), "#/components/schemas/Up/properties/it/x-ew-stream", "/it/uniqueItems is checked on the whole message")
        two = LIST + "\n        other: " + LIST
        self.assert_refused(lambda: self.plan(two), 'x-ew-stream stands on "it" too')
        self.assert_refused(lambda: self.plan("{type: string, x-ew-stream: true}"), "x-ew-stream")


if __name__ == "__main__":
    unittest.main()
