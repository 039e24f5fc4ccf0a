"""Messages, channels, directions, examples and vectors of documents."""

import os
import unittest

from tests.helpers import DOCUMENT, DocumentCase, sample
from ewgen import instance
from ewgen.document import OVER_HTTP, TO_CLIENT, TO_SERVER, read_protocol
from ewgen.load import Float, Library


class SampleTest(unittest.TestCase):
    def setUp(self):
        self.protocol = sample()

    def test_directions_are_those_of_the_server(self):
        found = {m.key: m.directions for m in self.protocol.messages}
        self.assertEqual(
            found,
            {
                "open": TO_SERVER,
                "close": TO_SERVER,
                "batch": TO_CLIENT,
                "report": TO_CLIENT,
                "hello": TO_CLIENT,
                "event": TO_CLIENT,
                "odd": OVER_HTTP,
                "httpAnswer": OVER_HTTP,
            },
        )

    def test_one_union_per_direction_with_the_default_last(self):
        self.assertEqual([a.name for a in self.protocol.to_server.union.arms], ["open", "close"])
        self.assertEqual([a.name for a in self.protocol.to_client.union.arms], ["batch", "report", "hello", "event"])

    def test_channels_carry_parameters_and_query(self):
        channel = self.protocol.channels[0]
        self.assertEqual((channel.address, channel.parameters[0].name), ("/main/{room}", "room"))
        self.assertEqual([(p.name, p.required) for p in channel.query], [("token", True), ("verbose", False)])

    def test_limits_and_tolerances(self):
        self.assertEqual(
            self.protocol.limits, {"maxMessageBytes": 65536, "maxDepth": 32, "maxItems": 0, "maxStringBytes": 0}
        )
        self.assertEqual(self.protocol.tolerances, ("EW_TOLERATE_NULL", "EW_TOLERATE_DUPLICATES"))

    def test_examples_become_vectors_in_wire_order(self):
        texts = {v.id: v.json for v in self.protocol.vectors}
        self.assertEqual(texts["batch.two"], b'[{"kind":"Num","content":5},{"kind":"Text","content":"x"}]')
        self.assertIn(b'"class":"a\\u003cb\\u003e\\u0026\\"\xc3\xbc\\"\\n"', texts["open.full"])

    def test_vectors_keep_exact_bytes(self):
        vectors = {v.id: v for v in self.protocol.vectors}
        self.assertEqual(vectors["V4"].json, b'{"kind":"\xff"}')
        self.assertEqual(
            (vectors["V2"].error, vectors["V2"].pointer, vectors["V2"].strict_accepts), ("EW_ERR_CONST", "/kind", False)
        )
        self.assertEqual((vectors["V3"].message, vectors["V3"].strict_accepts), ("httpAnswer", True))
        self.assertTrue(vectors["V1"].strict_accepts)


class RefusalTest(DocumentCase):
    def test_misspelt_members_of_every_object(self):
        text = DOCUMENT % "{type: string}"
        for old, new, word in (
            ("channels:", "chanels:", "channels"),
            ("address: /", "adress: /", "address"),
            ("action: receive", "acton: receive", "action"),
            ("up: {payload", "up: {paylod", "payload"),
            ("x-ew-prefix: test", "x-ew-prefx: test", "x-ew-prefix"),
        ):
            self.assert_refused(lambda: self.protocol(text.replace(old, new, 1)), f'did you mean "{word}"?')

    def test_examples_that_do_not_fit_are_refused_with_their_place(self):
        text = (DOCUMENT % "{type: integer, maximum: 5}").replace(
            "up: {payload", "up: {examples: [{payload: {it: 6}}], payload"
        )
        self.assert_refused(
            lambda: self.protocol(text), "#/components/messages/up/examples/0/payload", "/it is out of range: 6"
        )

    def test_examples_by_name_and_as_text(self):
        text = (DOCUMENT % "{type: integer}").replace("up: {payload", "up: {examples: [%s], payload")

        def examples(written):
            return [(e.id, e.value) for e in self.protocol(text.replace("%s", written)).messages[0].examples]

        self.assertEqual(examples("{one: {summary: A., payload: {it: 1}}, two: {payload: {it: 2}}}"), [("up.one", {"it": 1}), ("up.two", {"it": 2})])
        self.assertEqual(examples("""{name: t, payload: '{"it": 3}'}, {headers: {a: b}}"""), [("up.t", {"it": 3})])
        self.assertEqual(examples("{it: 1}, {payload: {it: 4}}"), [("up.2", {"it": 4})])
        for wrong in ("{paylod: {it: 1}}", "{payload: '{\"it\": true}'}", "{payload: 'it: 3'}", "{one: {payload: {it: x}}}"):
            self.assert_refused(lambda: examples(wrong), "#/components/messages/up/examples/0/")

    def test_messages_that_nobody_sends_and_operations_of_nothing(self):
        text = DOCUMENT % "true"
        self.assert_refused(
            lambda: self.protocol(text.replace("action: send", "action: sends")), "#/operations/out", "send or receive"
        )
        foreign = text.replace("main/messages/down'}]", "main/messages/donw'}]")
        self.assert_refused(lambda: self.protocol(foreign), "#/operations/out/messages/0/$ref", 'did you mean "down"?')
        gone = text.replace("{$ref: '#/channels/main'}", "{$ref: '#/channels/man'}")
        self.assert_refused(lambda: self.protocol(gone), "#/operations/in/channel/$ref", 'did you mean "main"?')
        other = text.replace("{$ref: '#/channels/main'}", "{$ref: '#/info'}")
        self.assert_refused(lambda: self.protocol(other), "must refer to one of the channels of this document")

    def test_a_message_that_nobody_is_said_to_send_has_a_codec_and_no_direction(self):
        text = (DOCUMENT % "true").replace(
            "  schemas:", "    lost: {payload: {$ref: '#/components/schemas/Up'}}\n  schemas:"
        )
        carried = text.replace("    messages:\n", "    messages:\n      lost: {$ref: '#/components/messages/lost'}\n", 1)
        for document in (text, carried):
            found = {m.key: m.directions for m in self.protocol(document).messages}
            self.assertEqual(found, {"up": TO_SERVER, "down": TO_CLIENT, "lost": 0})

    def test_versions_that_are_not_supported(self):
        text = DOCUMENT % "true"
        for version in ("1.2.0", "2.7.0", "3.2.0", "4.0.0", "three"):
            self.assert_refused(
                lambda: self.protocol(text.replace("3.0.0", version, 1)),
                "asyncapi.yaml:1: #/asyncapi",
                f"version {version} is not supported, only 2.0 to 2.6, 3.0 and 3.1",
            )
        self.assert_refused(
            lambda: self.protocol("a: 1\ninfo: {}\nx-ew-prefix: p\n"), "neither an AsyncAPI nor an OpenAPI"
        )

    def test_limits_tolerances_and_prefixes(self):
        text = DOCUMENT % "true"
        for extra, part in (
            ("x-ew-limits: {maxDepth: 2000}", "from 1 to 1024"),
            ("x-ew-limits: {maxDeph: 3}", 'did you mean "maxDepth"?'),
            ("x-ew-compat: [null-is-absnt]", 'did you mean "null-is-absent"?'),
        ):
            self.assert_refused(lambda: self.protocol(text.replace("channels:", extra + "\nchannels:", 1)), part)
        self.assert_refused(lambda: self.protocol(text.replace("x-ew-prefix: test\n", "")), "a prefix is needed")
        self.assert_refused(lambda: self.protocol(text.replace("prefix: test", "prefix: my-chat")), 'the prefix "my-chat" is no word')

    def test_names_that_meet_in_c_are_refused_with_both_places(self):
        text = DOCUMENT % "{type: object, properties: {aB: true, a_b: true}}"
        self.assert_refused(
            lambda: self.layout(text),
            "properties/it/properties/a_b",
            "also that of #/components/schemas/Up/properties/it/properties/aB",
            '"names" in a file of --options',
        )
        text = (DOCUMENT % "true") + "    UP: {type: object, properties: {x: true}}\n"
        self.assert_refused(
            lambda: self.layout(text), "#/components/schemas/UP", "also that of asyncapi.yaml#/components/schemas/Up"
        )
        self.assert_refused(
            lambda: self.layout(DOCUMENT % "{type: string, enum: [aB, a_b]}"), '"a_b" and "aB" give the same name'
        )

    def test_names_that_differ_in_case_are_told_apart(self):
        text = DOCUMENT % "{type: object, properties: {e: true, E: true, Ab: {type: string, enum: [1m, 1M]}}}"
        layout = self.layout(text)
        up = next(kind for kind in layout.members if kind.stem == "up_it")
        self.assertEqual([n.value for n in layout.members[up]], ["e", "upper_e", "ab"])
        self.assertEqual(
            [layout.enum_constant(up.members[2].type, i) for i in range(3)],
            ["EW_TEST_UP_IT_AB_UNKNOWN", "EW_TEST_UP_IT_AB_1M", "EW_TEST_UP_IT_AB_UPPER_1_M"],
        )

    def test_the_header_lists_the_numbers_that_a_member_may_be(self):
        for kind in ("integer", "number"):
            layout = self.layout(DOCUMENT % f"{{type: {kind}, enum: [1, 2, 10]}}")
            comments = [line for block in layout.blocks for field in block.fields for line in field.comment]
            self.assertIn("One of 1, 2, 10.", comments)

    def layout(self, text):
        from ewgen.layout import lay_out

        return lay_out(self.protocol(text))

    def test_vectors_are_checked(self):
        text = DOCUMENT % "true"
        for vector, part in (
            ("{id: a, message: upp, verdict: valid, json: '1'}", 'did you mean "up"?'),
            ("{id: a, message: up, verdict: good, json: '1'}", "unknown verdict"),
            ("{id: a, message: up, verdict: valid}", "not both"),
            ("{id: a, message: up, verdict: valid, base64: '*'}", "no Base64"),
            ("{message: up, verdict: valid, json: '1'}", 'needs "id"'),
            (
                "{id: a, message: up, verdict: valid, json: '1'}, {id: a, message: up, verdict: valid, json: '1'}",
                "stands at #/vectors/0 too",
            ),
        ):
            self.assert_refused(lambda: self.protocol(text, vectors=f"vectors: [{vector}]"), "vectors.yaml", part)


class ChannelTest(DocumentCase):
    def test_channels_that_differ_have_unions_of_their_own(self):
        text = (DOCUMENT % "true").replace(
            "operations:",
            """\
  other:
    messages: {up: {$ref: '#/components/messages/up'}}
operations:
  again: {action: receive, channel: {$ref: '#/channels/other'}}""",
        )
        stems = [d.union.stem for d in self.protocol(text).directions]
        self.assertEqual(
            stems,
            ["client_message", "server_message", "main_client_message", "main_server_message", "other_client_message"],
        )


    def test_messages_of_different_channels_need_not_be_told_apart(self):
        text = (DOCUMENT % "true").replace(
            "operations:",
            """\
  other:
    messages: {up2: {payload: {type: object, properties: {it: true}}}}
operations:
  again: {action: receive, channel: {$ref: '#/channels/other'}}""",
        )
        protocol = self.protocol(text)
        stems = [d.union.stem for d in protocol.directions]
        self.assertEqual(stems, ["server_message", "main_client_message", "main_server_message", "other_client_message"])
        self.assertIsNone(protocol.to_server)
        (remark,) = protocol.remarks
        self.assertIn('one for each instead: "up" and "up2" cannot be told apart, both accept {}', str(remark))
        together = text.replace("up2: {payload", "up: {$ref: '#/components/messages/up'}, up2: {payload")
        self.assert_refused(lambda: self.protocol(together), '"up" and "up2" cannot be told apart, both accept {}')


class FolderTest(DocumentCase):
    def test_labels_are_relative_to_the_root(self):
        path = self.write("schema/p/asyncapi.yaml", DOCUMENT % "true")
        self.assertEqual(read_protocol(Library(self.folder), [path], None, None).source, "schema/p/asyncapi.yaml")
        self.assertEqual(
            read_protocol(Library(os.path.join(self.folder, "schema")), [path], None, None).source, "p/asyncapi.yaml"
        )


class JsonTest(unittest.TestCase):
    def test_texts(self):
        for value, text in (
            ({"b": 1, "a": [True, None, 1.5]}, '{"b":1,"a":[true,null,1.5]}'),
            (Float("1e3"), "1e3"),
            (Float("1.50"), "1.50"),
            (Float(".5"), "0.5"),
            ('ü\u2028\u0001"\\', '"ü\u2028\\u0001\\"\\\\"'),
            (2**70, "1180591620717411303424"),
        ):
            self.assertEqual(instance.to_json(value), text)
        self.assertEqual(instance.to_json("<\u2028&", escape_html=True), '"\\u003c\\u2028\\u0026"')


if __name__ == "__main__":
    unittest.main()
