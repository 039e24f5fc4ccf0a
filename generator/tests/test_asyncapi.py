"""AsyncAPI documents of both families of versions: what is taken, what is refused, and where."""

from tests.helpers import DOCUMENT, DocumentCase
from ewgen import model
from ewgen.document import TO_CLIENT, TO_SERVER, read_protocol
from ewgen.load import Library
from ewgen.plan import make_plan

TWO = """\
asyncapi: 2.6.0
info: {title: Ticks, version: 1.0.0}
x-ew-prefix: ticks
defaultContentType: application/json
servers:
  live:
    url: 'wss://{region}.example.com:8443/ws/{version}'
    protocol: wss
    variables:
      region: {default: eu, enum: [eu, us], description: Where.}
      version: {default: v1}
    security: [{token: []}]
tags: [{name: market}]
channels:
  /ticks/{symbol}:
    servers: [live]
    parameters:
      symbol: {description: Which., schema: {type: string, enum: [BTC, ETH], default: BTC}}
    bindings:
      ws:
        query: {type: object, properties: {depth: {type: integer, default: 5}}, required: [depth]}
        headers: {type: object, properties: {X-Key: {type: string, description: The key.}}}
    publish:
      operationId: ask
      traits: [{$ref: '#/components/operationTraits/asking'}]
      message:
        oneOf:
          - {$ref: '#/components/messages/subscribe'}
          - messageId: ping
            payload: {type: object, properties: {op: {const: ping}}, required: [op]}
            correlationId: {location: '$message.payload#/id'}
    subscribe:
      message: {$ref: '#/components/messages/tick'}
components:
  messages:
    subscribe:
      traits: [{contentType: application/json, summary: Of a trait.}]
      payload: {type: object, properties: {op: {const: subscribe}}, required: [op]}
      examples: [{name: one, payload: {op: subscribe}}]
    tick: {summary: A price., payload: {$ref: '#/components/schemas/Tick'}}
  schemas:
    Tick: {type: object, properties: {price: {type: number}}, required: [price]}
  securitySchemes:
    token: {type: httpApiKey, name: token, in: query}
  operationTraits:
    asking: {summary: Asks., tags: [{name: asking}]}
"""


class VersionTwoTest(DocumentCase):
    def setUp(self):
        super().setUp()
        self.read = self.protocol(TWO)

    def test_publish_is_what_a_client_sends(self):
        self.assertEqual(
            {m.key: m.directions for m in self.read.messages},
            {"subscribe": TO_SERVER, "tick": TO_CLIENT, "ping": TO_SERVER},
        )
        self.assertEqual([a.name for a in self.read.to_server.union.arms], ["subscribe", "ping"])

    def test_a_channel_has_its_address_as_name(self):
        channel = self.read.channels[0]
        self.assertEqual((channel.name, channel.address, channel.stem), ("/ticks/{symbol}",) * 2 + ("ticks_symbol",))
        self.assertEqual((channel.to_server, channel.to_client), (("subscribe", "ping"), ("tick",)))
        self.assertEqual(channel.servers, ("live",))
        symbol = channel.parameters[0]
        self.assertEqual((symbol.name, symbol.values, symbol.default), ("symbol", ("BTC", "ETH"), "BTC"))
        self.assertEqual([(p.name, p.required, p.default) for p in channel.query], [("depth", True, "5")])
        self.assertEqual([(p.name, p.required) for p in channel.headers], [("X-Key", False)])

    def test_servers(self):
        server = self.read.servers[0]
        self.assertEqual(
            (server.protocol, server.host, server.pathname), ("wss", "{region}.example.com:8443", "/ws/{version}")
        )
        self.assertEqual([(v.name, v.default) for v in server.variables], [("region", "eu"), ("version", "v1")])
        self.assertEqual([[n.value("name") for n in nodes] for nodes in server.security], [["token"]])

    def test_operations(self):
        found = [(o.name, o.direction, o.channel, o.messages, o.summary) for o in self.read.operations]
        self.assertEqual(
            found,
            [
                ("ask", TO_SERVER, "/ticks/{symbol}", ("subscribe", "ping"), "Asks."),
                ("subscribe_ticks_symbol", TO_CLIENT, "/ticks/{symbol}", ("tick",), ""),
            ],
        )

    def test_messages_take_from_traits_what_they_do_not_say(self):
        subscribe, tick, ping = self.read.messages
        self.assertEqual((subscribe.summary, tick.summary), ("Of a trait.", "A price."))
        self.assertEqual((ping.correlation.in_payload, ping.correlation.tokens), (True, ("id",)))
        self.assertEqual([e.id for e in subscribe.examples], ["subscribe.one"])

    def test_types_of_payloads_are_called_like_their_messages(self):
        self.assertEqual([m.type.stem for m in self.read.messages], ["subscribe", "tick", "ping"])

    def test_places_are_those_of_the_document(self):
        for old, new, parts in (
            ("op: {const: ping}", "op: {cnst: ping}", ("asyncapi.yaml:30: #/channels/~1ticks~1{symbol}/publish", '"const"')),
            ("operationId: ask", "operationID: ask", ("yaml:24: #/channels/~1ticks~1{symbol}/publish", '"operationId"')),
            ("subscribe:\n      message", "subscirbe:\n      message", ("{symbol}/subscirbe", '"subscribe"')),
            ("url: ", "host: ", ("#/servers/live/host", 'unknown member "host"')),
            ("{token: []}", "{tokn: []}", ("#/servers/live/security/0/tokn", '"token"')),
            ("servers: [live]", "servers: [lve]", ("/servers/0", 'did you mean "live"?')),
            ("symbol: {desc", "symbl: {desc", ("/parameters/symbl", 'did you mean "symbol"?')),
            ("{op: subscribe}}]", "{op: sub}}]", ("#/components/messages/subscribe/examples/0/payload", "constant")),
            ("required: [depth]", "required: [dept]", ("/bindings/ws/query/required/0", 'did you mean "depth"?')),
            ("payload#/id", "body#/id", ("/publish/message/oneOf/1/correlationId", "$message.payload#")),
            ("components/messages/tick'", "components/messages/tock'", ("/subscribe/message/$ref", '"tick"')),
            ("operationTraits:", "operationTrait:", ("#/components/operationTrait", '"operationTraits"')),
            ("title: Ticks", "titel: Ticks", ("#/info/titel", '"title"')),
        ):
            self.assertIn(old, TWO)
            self.assert_refused(lambda: self.protocol(TWO.replace(old, new, 1)), *parts)

    def test_names_of_messages_that_stand_in_a_channel(self):
        text = """\
asyncapi: '2.0.0'
info: {title: T, version: '1'}
x-ew-prefix: t
channels:
  /:
    publish: {message: {payload: {type: object, properties: {a: {type: string}}, required: [a]}}}
    subscribe:
      operationId: news
      message:
        oneOf:
          - {name: Big News, payload: {type: object, properties: {b: true}, required: [b]}}
          - {title: Small news, payload: {type: object, properties: {c: true}, required: [c]}}
          - {payload: {type: array, items: {type: string}}}
          - {$ref: 'other.yaml#/words'}
          - {$ref: whole.yaml}
  other:
    publish: {message: {name: Big News, payload: {type: object, properties: {d: true}, required: [d]}}}
"""
        self.write("other.yaml", "words: {payload: {type: object, properties: {w: {$ref: '#/w'}}, required: [w]}}\nw: true\n")
        self.write("whole.yaml", "payload: {type: object, properties: {x: {$ref: part.json}}, required: [x]}\n")
        self.write("part.json", '{"type": "object", "properties": {"list": {"type": "array", "items": {"type": "object"}}}}')
        protocol = self.protocol(text)
        self.assertEqual(
            [m.key for m in protocol.messages],
            ["publish_root", "Big News", "Small news", "news2", "words", "whole", "other_Big News"],
        )
        whole = protocol.messages[5].type
        self.assertEqual((whole.stem, whole.members[0].type.stem), ("whole", "part"))
        stems = [d.union.stem for d in protocol.directions]
        self.assertEqual(
            stems,
            ["client_message", "server_message", "root_client_message", "root_server_message", "other_client_message"],
        )

    def test_other_formats_of_schemas_are_refused(self):
        for name, known in (
            ("application/vnd.aai.asyncapi+yaml;version=2.6.0", True),
            ("application/schema+json;version=draft-07", True),
            ("application/vnd.oai.openapi;version=3.0.0", True),
            ("application/vnd.apache.avro;version=1.9.0", False),
            ("application/vnd.google.protobuf;version=3", False),
        ):
            text = TWO.replace("{summary: A price.,", f"{{schemaFormat: {name}, summary: A price.,")
            if known:
                self.protocol(text)
            else:
                self.assert_refused(lambda: self.protocol(text), "#/components/messages/tick/schemaFormat", name)


class VersionThreeTest(DocumentCase):
    def folder_protocol(self, text):
        path = self.write("doc/asyncapi.yaml", text)
        return read_protocol(Library(self.folder), [path], None, None)

    def test_many_files(self):
        self.write("doc/channels.yaml", """\
room:
  address: /room
  messages:
    join: {$ref: 'messages.yaml#/components/messages/join'}
    said: {$ref: 'messages.yaml#/components/messages/said'}
""")
        self.write("doc/messages.yaml", """\
components:
  messages:
    join: {payload: {$ref: schemas/join.json}}
    said: {payload: {$ref: 'schemas/all.json#/definitions/Said'}}
""")
        self.write("doc/schemas/join.json", '{"type": "object", "properties": {"room": {"type": "string"}}, "required": ["room"]}')
        self.write("doc/schemas/all.json", """\
{"definitions": {
  "Said": {"type": "object", "properties": {"by": {"$ref": "#/definitions/User"}}, "required": ["by"]},
  "User": {"$ref": "../users/user.json"}
}}""")
        self.write("doc/users/user.json", '{"type": "object", "properties": {"name": {"type": "string"}}}')
        text = """\
asyncapi: 3.1.0
info: {title: T, version: '1'}
x-ew-prefix: t
channels: {lobby: {$ref: 'channels.yaml#/room'}}
operations:
  in: {action: receive, channel: {$ref: '#/channels/lobby'}, messages: [{$ref: '#/channels/lobby/messages/join'}]}
  out: {action: send, channel: {$ref: 'channels.yaml#/room'}, messages: [{$ref: 'channels.yaml#/room/messages/said'}]}
"""
        protocol = self.folder_protocol(text)
        self.assertEqual({m.key: m.directions for m in protocol.messages}, {"join": TO_SERVER, "said": TO_CLIENT})
        self.assertEqual([m.type.stem for m in protocol.messages], ["join", "said"])
        self.assertEqual(protocol.messages[1].type.members[0].type.stem, "user")
        self.write("doc/schemas/join.json", '{\n"type": "object",\n"propertis": {}}')
        self.assert_refused(
            lambda: self.folder_protocol(text), "schemas/join.json:3: #/propertis", 'did you mean "properties"?'
        )
        self.write("user.json", "{}")
        self.write("doc/schemas/join.json", '{"$ref": "../../user.json"}')
        self.assert_refused(lambda: self.folder_protocol(text), "schemas/join.json:1: #/$ref", "leads out of the folder")

    def test_payloads_in_their_messages(self):
        text = (DOCUMENT % "true").replace(
            "up: {payload: {$ref: '#/components/schemas/Up'}}",
            "up: {payload: {schemaFormat: application/schema+json;version=draft-07, schema: {type: array, items: {type: string}}}}",
        )
        protocol = self.protocol(text)
        # A schema has the name already.
        self.assertEqual((protocol.messages[0].type.stem, type(protocol.messages[0].type)), ("up_payload", model.Array))
        self.assert_refused(
            lambda: self.protocol(text.replace("schemaFormat: a", "schemaFormat: b")),
            "#/components/messages/up/payload/schemaFormat",
        )
        missing = (DOCUMENT % "true").replace("up: {payload: {$ref: '#/components/schemas/Up'}}", "up: {summary: Any.}")
        self.assertIsInstance(self.protocol(missing).messages[0].type, model.Raw)

    def test_schemas_with_their_format_in_components(self):
        text = (DOCUMENT % "{$ref: '#/components/schemas/Wrapped'}") + """\
    Wrapped: {schemaFormat: '%s', schema: {type: object, not: {required: [b]}, properties: {a: {$ref: '#/components/schemas/Wrapped'}}}}
"""
        protocol = self.protocol(text % "application/schema+json;version=draft-07")
        wrapped = next(kind for kind in protocol.schemas if kind.stem == "wrapped")
        self.assertEqual((type(wrapped), wrapped.members[0].type), (model.Object, wrapped))
        self.assertEqual(wrapped.unsaid.pointer, "#/components/schemas/Wrapped/schema/not")
        make_plan(protocol)
        self.assert_refused(
            lambda: self.protocol(text % "application/vnd.apache.avro;version=1.9.0"),
            "#/components/schemas/Wrapped/schemaFormat",
            "are not read, only JSON Schema",
        )

    def test_messages_that_are_null_or_a_constant_are_kept_as_they_are(self):
        for schema, kind in (
            ("{const: pong}", model.Raw),
            ("{type: 'null'}", model.Raw),
            ("{type: [object, 'null'], properties: {a: true}}", model.Union),
            ("{anyOf: [{type: string, enum: [a]}, {type: string}]}", model.String),
        ):
            text = (DOCUMENT % "true").replace("up: {payload: {$ref: '#/components/schemas/Up'}}", "up: {payload: %s}" % schema)
            protocol = self.protocol(text)
            self.assertIs(type(protocol.messages[0].type), kind)
            self.assertIs(protocol.to_server.union.arms[0].type, protocol.messages[0].type)

    def test_scalars_are_messages_too(self):
        for schema, kind in (("{type: string}", model.String), ("{type: number}", model.Number), ("true", model.Raw)):
            text = (DOCUMENT % "true").replace(
                "up: {payload: {$ref: '#/components/schemas/Up'}}", "up: {payload: %s}" % schema
            )
            self.assertIsInstance(self.protocol(text).messages[0].type, kind)

    def test_what_is_no_json_has_no_codec(self):
        for body in ("{contentType: audio/pcm}", "{payload: {type: string, format: binary}}", "{contentType: text/plain}"):
            text = (DOCUMENT % "true").replace("up: {payload: {$ref: '#/components/schemas/Up'}}", "up: " + body)
            protocol = self.protocol(text)
            self.assertEqual([m.key for m in protocol.messages], ["down"])
            self.assertEqual([(o.key, o.directions) for o in protocol.opaque], [("up", TO_SERVER)])
        text = (DOCUMENT % "true").replace("3.0.0\n", "3.0.0\ndefaultContentType: text/plain\n", 1)
        self.assert_refused(lambda: self.protocol(text), "asyncapi.yaml:1: #: no message is JSON")
        for name in ("application/vnd.api+json", "application/json; charset=utf-8"):
            text = (DOCUMENT % "true").replace("    up: {", "    up: {contentType: %s, " % name)
            self.assertEqual(len(self.protocol(text).messages), 2)

    def test_operations_that_list_no_messages_carry_all_of_the_channel(self):
        listed = ", messages: [{$ref: '#/channels/main/messages/down'}]"
        text = (DOCUMENT % "true").replace(
            "down: {payload: {$ref: '#/components/schemas/Up'}}", "down: {payload: {type: array, items: {type: string}}}"
        )
        self.assertIn(listed, text)
        for replacement, expected in (
            ("", {"up": TO_SERVER | TO_CLIENT, "down": TO_CLIENT}),
            (", messages: []", {"up": TO_SERVER, "down": 0}),
        ):
            protocol = self.protocol(text.replace(listed, replacement))
            self.assertEqual({m.key: m.directions for m in protocol.messages}, expected)

    def test_replies_are_kept(self):
        for reply, expected in (
            ("{channel: {$ref: '#/channels/main'}, messages: [{$ref: '#/channels/main/messages/down'}]}", ""),
            ("{channel: {$ref: '#/channels/main'}}", ""),
            ("{address: {location: '$message.payload#/to'}}", "$message.payload#/to"),
        ):
            text = (DOCUMENT % "true").replace("messages/up'}]}", "messages/up'}], reply: %s}" % reply)
            found = self.protocol(text).operations[0].reply
            self.assertEqual((found.channel, found.messages, found.address), ("main", ("down",), expected))

    def test_traits_tags_and_extensions_are_taken(self):
        text = (DOCUMENT % "true").replace(
            "in: {action",
            "in: {traits: [{tags: [{name: a}], bindings: {ws: {}}}], x-note: 1, externalDocs: {url: 'http://x'}, action",
        )
        text = text.replace("up: {", "up: {traits: [{$ref: '#/components/messageTraits/all'}], headers: {type: object}, ")
        text += "  messageTraits: {all: {correlationId: {location: '$message.header#/id'}, description: All.}}\n"
        message = self.protocol(text).messages[0]
        self.assertEqual((message.description, message.correlation.in_payload), ("All.", False))
        self.assert_refused(
            lambda: self.protocol(text.replace("description: All.", "descripton: All.")),
            "#/components/messageTraits/all/descripton",
            'did you mean "description"?',
        )

    def test_parameters_that_the_address_does_not_have_are_noted(self):
        text = (DOCUMENT % "true").replace("    address: /\n", "    address: '/{room}'\n    parameters: {token: {}, room: {}}\n")
        library = Library(self.folder)
        protocol = read_protocol(library, [self.write("asyncapi.yaml", text)], None, None)
        self.assertEqual([p.name for p in protocol.channels[0].parameters], ["room"])
        (note,) = library.notes
        self.assertIn('#/channels/main/parameters/token: the address has no "{token}", so the parameter is ignored', note)

    def test_an_address_may_be_unknown_and_parameters_undescribed(self):
        text = (DOCUMENT % "true").replace("address: /", "address: null")
        self.assertEqual(self.protocol(text).channels[0].address, "")
        text = (DOCUMENT % "true").replace("address: /", "address: '/{room}'")
        self.assertEqual([p.name for p in self.protocol(text).channels[0].parameters], ["room"])


if __name__ == "__main__":
    import unittest

    unittest.main()
