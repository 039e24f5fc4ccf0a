"""AsyncAPI 2.0 to 2.6: channels by address, each with what a client publishes and what it subscribes to."""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, Tuple

from ewgen.asyncapi import EXTENSIONS, TO_CLIENT, TO_SERVER, Channel, Document, Operation, Reader, Server
from ewgen.asyncapi import Traited, channel_stem, check_version, last_name
from ewgen.errors import suggestion
from ewgen.load import Node
from ewgen import names

_DOCUMENT = "asyncapi id info servers defaultContentType channels components tags externalDocs".split() + EXTENSIONS
_SERVER = "url protocol protocolVersion description variables security tags bindings".split()
_CHANNEL = "$ref description servers subscribe publish parameters bindings".split()
_PARAMETER = "description schema location".split()
_TRAIT = "operationId summary description security tags externalDocs bindings".split()
_OPERATION = _TRAIT + "traits message".split()
_MESSAGE_TRAIT = """messageId headers correlationId schemaFormat contentType name title summary description tags
    externalDocs bindings examples deprecated x-ew-hot x-ew-default-arm""".split()

# What a client publishes the server receives.
_ACTIONS = (("publish", TO_SERVER), ("subscribe", TO_CLIENT))
_URL = re.compile(r"(?:[A-Za-z{][A-Za-z0-9+.{}-]*://)?([^/?#]*)([^?#]*)")


class Reader2(Reader):
    MESSAGE = ["payload", "traits"] + _MESSAGE_TRAIT
    MESSAGE_TRAIT = _MESSAGE_TRAIT
    COMPONENTS = """schemas servers serverVariables channels messages securitySchemes parameters correlationIds
        operationTraits messageTraits serverBindings channelBindings operationBindings messageBindings""".split()

    def read(self) -> Document:
        check_version(self.root, r"2\.[0-6](\.\d+)?", "2.0 to 2.6, 3.0 and 3.1")
        self.root.check_keys(_DOCUMENT, "the document")
        self.check_frame()
        self.document.servers = [self._server(n, p) for n, p in self.root.children("servers")]
        self.component_messages()
        for address, place in self.root.children("channels"):
            with self.library.recovering():
                self.document.channels.append(self._channel(address, place))
        self.name_payloads()
        return self.document

    def payload(self, node: Node) -> Node:
        if "schemaFormat" in node:
            self.check_schema_format(node.child("schemaFormat"))
        if "payload" not in node:
            return Node(node.file, node.tokens + ("payload",), True)
        return node.child("payload")

    # ---------------------------------------------------------------- servers

    def _server(self, name: str, place: Node) -> Server:
        node = self.object_at(place, _SERVER, "a server")
        for wanted in ("url", "protocol"):
            if wanted not in node:
                raise node.error(f'a server needs "{wanted}"')
        url = _URL.match(node.text("url"))
        assert url is not None
        return Server(
            name,
            node,
            node.text("protocol"),
            url.group(1),
            url.group(2),
            node.text("description"),
            self.variables(node),
            self._security(node),
        )

    def _security(self, node: Node) -> Tuple[Tuple[Node, ...], ...]:
        """By name; the names of one object are taken together."""
        schemes = dict(self.components("securitySchemes"))
        found = []
        for item in node.elements("security"):
            item.need(dict, "an object")
            for name in item.data:
                if name not in schemes:
                    raise item.child(name).error(f'no security scheme "{name}"{suggestion(name, schemes)}')
            found.append(tuple(self.library.follow(schemes[name]) for name in item.data))
        return tuple(found)

    # ---------------------------------------------------------------- channels

    def _channel(self, address: str, place: Node) -> Channel:
        node = self.object_at(place, _CHANNEL, "a channel")
        query, headers = self.binding(node)
        stem = channel_stem(address)
        sent: Dict[int, Tuple[str, ...]] = {TO_SERVER: (), TO_CLIENT: ()}
        for action, direction in _ACTIONS:
            if action in node:
                operation = self._operation(node.child(action), direction, address, f"{action}_{stem}")
                self.document.operations.append(operation)
                sent[direction] = operation.messages
        return Channel(
            address,
            node,
            address,
            tuple(self.address_parameters(node, address, _PARAMETER)),
            query,
            headers,
            sent[TO_SERVER],
            sent[TO_CLIENT],
            tuple(self._server_name(item) for item in node.elements("servers")),
        )

    def _server_name(self, item: Node) -> str:
        item.need(str, "a string")
        servers = [server.name for server in self.document.servers]
        if item.data not in servers:
            raise item.error(f'no server "{item.data}"{suggestion(item.data, servers)}')
        return item.data

    def _operation(self, place: Node, direction: int, channel: str, default_name: str) -> Operation:
        node = self.object_at(place, _OPERATION, "an operation")
        said = Traited(node, tuple(self.traits(node, _TRAIT, "an operation trait")))
        name = said.text("operationId", default_name)
        messages: List[str] = []
        for message in self._messages(node):
            key = self.message(message, self._message_name(message, name), channel_stem(channel))
            if key not in messages:
                messages.append(key)
        return Operation(
            name,
            node,
            direction,
            channel,
            tuple(messages),
            said.text("summary"),
            said.text("description"),
            security=self._security(node),
        )

    def _messages(self, operation: Node) -> Iterator[Node]:
        if "message" not in operation:
            return
        place = operation.child("message")
        if "oneOf" not in place:
            yield place
            return
        place.check_keys(("oneOf",), "a choice of messages")
        yield from place.elements("oneOf")

    def _message_name(self, place: Node, operation: str) -> str:
        """That of the message itself, of the place that is referred to, or of the operation."""
        target = self.library.follow(place)
        target.need(dict, "an object")
        said = target.text("messageId") or target.text("name")
        if said and names.snake(said):
            return said
        if "$ref" in place:
            return last_name(target)
        title = target.text("title")
        if title and names.snake(title):
            return title
        return operation + place.tokens[-1] if place.tokens[-1].isdigit() else operation
