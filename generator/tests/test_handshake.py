"""URLs and handshakes: what documents say of them, and the C it becomes."""

import os
import unittest

from tests.helpers import HERE, DocumentCase
from tests.programs import Built
from ewgen.handshake import Piece, read_handshakes

SAMPLE = os.path.join(HERE, "data", "handshake.yaml")

# What a test is about stands in servers, the channel and securitySchemes.
DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Test, version: 1.0.0}
x-ew-prefix: test
servers: %s
channels:
  main:
    address: %s
    %s
    messages: {up: {$ref: '#/components/messages/up'}}
operations:
  in: {action: receive, channel: {$ref: '#/channels/main'}}
components:
  securitySchemes: %s
  messages: {up: {payload: {$ref: '#/components/schemas/Up'}}}
  schemas:
    Up: {type: object, properties: {it: true}}
    Filter: {type: object, properties: {a: {type: string}, key: {type: string}}}
"""
VERSION_2 = """\
asyncapi: 2.6.0
info: {title: Test, version: 1.0.0}
x-ew-prefix: test
servers:
  one: {url: 'wss://h:1/p/', protocol: wss, security: [{k: []}, {l: [], m: []}]}
channels:
  /a/{id}/{way}/{free}:
    parameters:
      id: {schema: {type: integer, minimum: 1}}
      way: {schema: {type: string, enum: [in, out], default: in}}
    publish: {message: {name: up, payload: {type: object, properties: {it: true}}}}
components:
  securitySchemes:
    k: {type: userPassword}
    l: {type: httpApiKey, in: header, name: X-Key}
    m: {type: httpApiKey, in: header, name: X-Sign}
"""
TOGETHER = """\
#include <eventwire/test_client.h>
#include <stdio.h>
int main(void) {
  char url[100], headers[100];
  ew_test_a_id_way_free_connect in = {.parameters = {.id = 7, .free = EW_STR("x")}};
  in.credentials.has_l = true;
  in.credentials.l = EW_STR("key");
  for (int i = 0; i < 2; i++) {
    ew_buf u, h;
    ew_diag diag = {0};
    ew_buf_init(&u, url, sizeof(url));
    ew_buf_init(&h, headers, sizeof(headers));
    if (ew_test_a_id_way_free_url(&in, &u, &h, &diag) != EW_OK) {
      printf("%s: %s\\n", diag.pointer, diag.expected);
    } else {
      printf("%d\\n", strcmp(url, "wss://h:1/p/a/7/in/x") || strcmp(headers, "X-Key: key\\r\\nX-Sign: s\\r\\n"));
    }
    in.credentials.has_m = true;
    in.credentials.m = EW_STR("s");
  }
  return 0;
}
"""
SERVER = "{one: {host: h, protocol: ws}}"


class ProgramTest(Built):
    def test_urls_and_headers_are_what_the_document_says(self):
        self.generate(SAMPLE)
        self.assertEqual(self.run_c(os.path.join(HERE, "data", "handshake_test.c")), "0 failures\n")

    def test_clang_is_silent(self):
        self.generate(SAMPLE)
        self.assertEqual(self.run_c(os.path.join(HERE, "data", "handshake_test.c"), "clang", ()), "0 failures\n")

    def test_schemes_that_belong_together_are_asked_for_together(self):
        self.generate(self.write("two.yaml", VERSION_2))
        self.assertEqual(self.run_c(self.write("main.c", TOGETHER)), "/credentials: one of k, l with m\n0\n")

    def test_the_example_of_the_manual_prints_what_it_says(self):
        self.try_manual("Opening a channel", "news")


class Reading(DocumentCase):
    def handshakes(self, servers=SERVER, address="/", channel="", schemes="{}"):
        return read_handshakes(self.protocol(DOCUMENT % (servers, address, channel, schemes)))


class ReadingTest(Reading):
    def members(self, handshake, group):
        member = handshake.type.member(group)
        return [m.name for m in member.type.members] if member else None

    def test_only_channels_with_a_websocket_server_have_one(self):
        self.assertEqual([h.stem for h in self.handshakes()], ["main"])
        self.assertEqual(self.handshakes("{one: {host: h, protocol: kafka}}"), [])
        self.assertEqual(len(self.handshakes("{}")), 1)

    def test_a_document_without_servers_needs_a_base(self):
        (handshake,) = self.handshakes("{}")
        self.assertEqual((handshake.endpoints, [m.name for m in handshake.type.members]), ((), ["base"]))

    def test_documents_of_version_2(self):
        (handshake,) = read_handshakes(self.protocol(VERSION_2))
        (endpoint,) = handshake.endpoints
        self.assertEqual((endpoint.scheme, endpoint.host, endpoint.path), ("wss://", (Piece("h:1"),), (Piece("/p"),)))
        self.assertEqual((endpoint.accepts, endpoint.expected), (((0,), (1, 2)), "one of k, l with m"))
        self.assertEqual(self.members(handshake, "parameters"), ["id", "way", "free"])
        kinds = [type(m.type).__name__ for m in handshake.type.member("parameters").type.members]
        self.assertEqual(kinds, ["Integer", "Enum", "String"])

    def test_addresses_are_joined_by_one_slash(self):
        servers = "{one: {host: h, pathname: /v1/, protocol: ws}}"
        for address, wanted in (("/a", "/a"), ("a", "/a"), ("/", "/"), ("'?x=1'", "?x=1"), ("/ü |", "/%C3%BC%20%7C")):
            (handshake,) = self.handshakes(servers, address)
            self.assertEqual((handshake.endpoints[0].path, handshake.address), ((Piece("/v1"),), (Piece(wanted),)))

    def test_a_member_that_is_a_credential_is_asked_for_once(self):
        server = "{one: {host: h, protocol: ws, security: [{$ref: '#/components/securitySchemes/k'}]}}"
        channel = "bindings: {ws: {query: {$ref: '#/components/schemas/Filter'}}}"
        scheme = "{k: {type: httpApiKey, in: query, name: key}}"
        (handshake,) = self.handshakes(server, "/", channel, scheme)
        self.assertEqual((self.members(handshake, "query"), self.members(handshake, "credentials")), (["a"], ["k"]))
        self.assertEqual(self.members(self.handshakes(SERVER, "/", channel)[0], "query"), ["a", "key"])

    def test_a_query_without_a_type_is_an_object_and_one_without_members_is_none(self):
        for query, wanted in (("properties: {a: {type: string}}", ["a"]), ("type: object", None)):
            (handshake,) = self.handshakes(SERVER, "/", "bindings: {ws: {query: {%s}}}" % query)
            self.assertEqual(self.members(handshake, "query"), wanted)

    def test_members_of_a_query_without_a_type(self):
        text = "{properties: {a: {minLength: 1}, b: {minimum: 3}, c: {maxItems: 2, items: {type: string}}, d: {description: D.}, e: {pattern: '^x$'}}}"
        (handshake,) = self.handshakes(channel="bindings: {ws: {query: %s}}" % text)
        query = handshake.type.member("query")
        self.assertEqual([type(m.type).__name__ for m in query.type.members], "String Number Array String String".split())
        self.assertEqual([query.type.members[i].type.min_length for i in (0, 3)], [1, 0])

    def test_numbers_of_a_list_are_its_texts(self):
        query = "bindings: {ws: {query: {type: object, properties: {a: {type: integer, enum: [1, 10]}, b: {enum: [0.5]}}}}}"
        (handshake,) = self.handshakes(SERVER, "/", query)
        values = [m.type.values for m in handshake.type.member("query").type.members]
        self.assertEqual(values, [("1", "10"), ("0.5",)])

    def test_a_scheme_may_be_optional(self):
        server = "{one: {host: h, protocol: ws, security: [{$ref: '#/components/securitySchemes/k'}]}}"
        for scheme, wanted in (
            ("{k: {type: http, scheme: bearer}}", ((0,),)),
            ("{k: {type: http, scheme: bearer, x-ew-optional: true}}", ()),
            ("{k: {type: X509}}", ()),
        ):
            self.assertEqual(self.handshakes(server, schemes=scheme)[0].endpoints[0].accepts, wanted)

    def test_schemes_become_credentials(self):
        server = "{one: {host: h, protocol: ws, security: [{$ref: '#/components/securitySchemes/k'}]}}"
        for scheme, kind, key in (
            ("{type: http, scheme: basic}", "LOGIN", "Basic"),
            ("{type: http, scheme: digest}", "TOKEN", "Digest"),
            ("{type: userPassword}", "LOGIN", "Basic"),
            ("{type: apiKey, in: user}", "USER", "Basic"),
            ("{type: apiKey, in: password}", "PASSWORD", "Basic"),
            ("{type: oauth2, flows: {}}", "TOKEN", "Bearer"),
            ("{type: openIdConnect, openIdConnectUrl: 'https://x'}", "TOKEN", "Bearer"),
            ("{type: httpApiKey, in: cookie, name: c}", "COOKIE", "c"),
            ("{type: httpApiKey, in: header, name: X-Key}", "HEADER", "X-Key"),
        ):
            (credential,) = self.handshakes(server, schemes="{k: %s}" % scheme)[0].credentials
            self.assertEqual((credential.kind, credential.key), (kind, key))


class RefusalTest(Reading):
    def test_what_has_no_place_in_a_url(self):
        ours = "{one: {host: h, protocol: ws, security: [{$ref: '#/components/securitySchemes/k'}]}}"
        query = "bindings: {ws: {query: {type: object, properties: {a: %s}}}}"
        for arguments, parts in (
            (("{one: {host: '{x}', protocol: ws}}",), ("#/servers/one", 'no variable "x"')),
            (("{one: {host: 'a/b', protocol: ws}}",), ("#/servers/one", "no host has")),
            ((SERVER, "'/a#b'"), ("#/channels/main", "a fragment")),
            ((SERVER, "'/{a}'", "parameters: {a: {enum: [x], default: y}}"), ("/parameters/a", 'the default "y" is none of')),
            ((SERVER, "/", query % "{type: object, properties: {}}"), ("/query/properties/a", "an array of them")),
            ((SERVER, "/", query % "{oneOf: [{type: integer}, {type: object, properties: {b: true}}]}"), ("/properties/a", "them")),
            ((SERVER, "/", query % "{type: array, items: {type: array, items: {type: string}}}"), ("/properties/a", "them")),
            ((SERVER, "/", query % "{type: integer, multipleOf: 5}"), ("/query/properties/a/multipleOf", "cannot be checked")),
            ((SERVER, "/", query % "{type: strng}"), ("/query/properties/a/type", 'did you mean "string"?')),
            (
                (SERVER, "/", "bindings: {ws: {headers: {type: object, properties: {'a b': {type: string}}}}}"),
                ("/headers/properties/a b", "no name of a header"),
            ),
            ((ours, "/", "", "{k: {type: htp}}"), ("/securitySchemes/k", 'did you mean "http"?')),
            ((ours, "/", "", "{k: {type: scramSha256}}"), ("/securitySchemes/k/type", "SASL")),
            ((ours, "/", "", "{k: {type: httpApiKey, in: path, name: a}}"), ("/securitySchemes/k", "query, header or")),
            ((ours, "/", "", "{k: {type: httpApiKey, in: header, name: 'a:'}}"), ("/k/name", "no name of a header")),
        ):
            self.assert_refused(lambda: self.handshakes(*arguments), *parts)

    def test_a_path_in_a_host_is_explained(self):
        for host in ("h.example/v1", "wss://h.example"):
            self.assert_refused(
                lambda: self.handshakes("{one: {host: '%s', protocol: wss}}" % host), "no host has", 'a path in "pathname"'
            )

    def test_two_servers_that_mean_different_things_by_one_variable(self):
        one, two = "{x: {enum: [a, b]}}", "{x: {enum: [a]}}"
        servers = "{one: {host: '{x}', protocol: ws, variables: %s}, two: {host: '{x}', protocol: ws, variables: %s}}"
        self.assert_refused(lambda: self.handshakes(servers % (one, two)), "#/servers/two", "other values")


if __name__ == "__main__":
    unittest.main()
