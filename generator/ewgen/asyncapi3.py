"""AsyncAPI 3.0 and 3.1: channels with messages, and operations that say who sends them."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, List, Optional, Tuple

from ewgen.asyncapi import EXTENSIONS, TO_CLIENT, TO_SERVER, Channel, Document, Operation, Reader, Reply, Server
from ewgen.asyncapi import check_version
from ewgen.errors import suggestion
from ewgen.load import Node, unwrapped

_DOCUMENT = "asyncapi id info defaultContentType servers channels operations components".split() + EXTENSIONS
_SERVER = """host protocol protocolVersion pathname description title summary variables security tags externalDocs
    bindings""".split()
_CHANNEL = "address messages title summary description servers parameters tags externalDocs bindings".split()
_PARAMETER = "enum default description examples location".split()
_TRAIT = "title summary description security tags externalDocs bindings".split()
_OPERATION = _TRAIT + "action channel messages reply traits".split()
_REPLY = "address channel messages".split()
_REPLY_ADDRESS = "description location".split()
_MESSAGE_TRAIT = """correlationId contentType name title summary description tags externalDocs bindings examples headers
    deprecated x-ew-hot x-ew-default-arm""".split()
_WRAPPER = "schemaFormat schema".split()


class Reader3(Reader):
    MESSAGE = ["payload", "traits"] + _MESSAGE_TRAIT
    MESSAGE_TRAIT = _MESSAGE_TRAIT
    COMPONENTS = """schemas servers channels operations messages securitySchemes serverVariables parameters
        correlationIds replies replyAddresses externalDocs tags operationTraits messageTraits serverBindings
        channelBindings operationBindings messageBindings""".split()

    def read(self) -> Document:
        check_version(self.root, r"3\.[01](\.\d+)?", "2.0 to 2.6, 3.0 and 3.1")
        self.root.check_keys(_DOCUMENT, "the document")
        self.check_frame()
        self.document.servers = [self._server(n, p) for n, p in self.root.children("servers")]
        for _, schema in self.components("schemas"):
            if unwrapped(schema) is not schema:
                schema.check_keys(_WRAPPER, "a schema with its format")
                self.check_schema_format(schema.child("schemaFormat"))
        self.component_messages()
        self.channels: Dict[str, Channel] = {}
        self.carried: Dict[str, List[str]] = {}
        for name, place in self.root.children("channels"):
            with self.library.recovering():
                self._channel(name, place)
        for name, place in self.root.children("operations"):
            with self.library.recovering():
                self.document.operations.append(self._operation(name, place))
        self.document.channels = [self._with_directions(channel) for channel in self.channels.values()]
        self.name_payloads()
        return self.document

    def payload(self, node: Node) -> Node:
        if "payload" not in node:
            return Node(node.file, node.tokens + ("payload",), True)
        place = node.child("payload")
        if "schemaFormat" not in place:
            return place
        place.check_keys(_WRAPPER, "a schema with its format")
        self.check_schema_format(place.child("schemaFormat"))
        if "schema" not in place:
            raise place.error('schemaFormat needs "schema" beside it')
        return place.child("schema")

    # ---------------------------------------------------------------- servers

    def _server(self, name: str, place: Node) -> Server:
        node = self.object_at(place, _SERVER, "a server")
        for wanted in ("host", "protocol"):
            if wanted not in node:
                raise node.error(f'a server needs "{wanted}"')
        return Server(
            name,
            node,
            node.text("protocol"),
            node.text("host"),
            node.text("pathname"),
            node.text("description"),
            self.variables(node),
            tuple((self.library.follow(item),) for item in node.elements("security")),
        )

    # ---------------------------------------------------------------- channels

    def _channel(self, name: str, place: Node) -> None:
        node = self.object_at(place, _CHANNEL, "a channel")
        address = node.text("address") if node.value("address") is not None else ""
        query, headers = self.binding(node)
        parameters = tuple(self.address_parameters(node, address, _PARAMETER))
        servers = tuple(self._named(item, "servers") for item in node.elements("servers"))
        channel = Channel(name, node, address, parameters, query, headers, servers=servers)
        self.carried[name] = [self.message(m, key, channel.stem) for key, m in node.children("messages")]
        self.channels[name] = channel

    def _named(self, place: Node, section: str) -> str:
        """The name of the server or channel that a reference means: $ref to it, or to what it refers to."""
        found = list(self.library.chain(place))
        for step in found:
            if step.file is self.root.file and step.tokens[:1] == (section,) and len(step.tokens) == 2:
                return step.tokens[1]
        for name, other in self.root.children(section):
            if self.library.follow(other).key == found[-1].key:
                return name
        raise place.error(f"must refer to one of the {section} of this document")

    def _carried_by(self, channel: str) -> List[str]:
        if channel not in self.carried:
            raise self.library.errors[-1]  # it has an error of its own, which is told already
        return self.carried[channel]

    def _with_directions(self, channel: Channel) -> Channel:
        sent: Dict[int, List[str]] = {TO_SERVER: [], TO_CLIENT: []}
        for operation in self.document.operations:
            if operation.channel == channel.name:
                sent[operation.direction].extend(operation.messages)
            if operation.reply is not None and operation.reply.channel == channel.name:
                sent[TO_SERVER + TO_CLIENT - operation.direction].extend(operation.reply.messages)
        own = self.carried[channel.name]
        return replace(
            channel,
            to_server=tuple(k for k in own if k in sent[TO_SERVER]),
            to_client=tuple(k for k in own if k in sent[TO_CLIENT]),
        )

    # ---------------------------------------------------------------- operations

    def _operation(self, name: str, place: Node) -> Operation:
        node = self.object_at(place, _OPERATION, "an operation")
        for trait in self.traits(node, _TRAIT, "an operation trait"):
            trait.need(dict, "an object")
        action = node.text("action")
        if action not in ("send", "receive"):
            near = suggestion(action, ("send", "receive"))
            raise node.error(f'an operation needs "action": send or receive{near}')
        if "channel" not in node:
            raise node.error('an operation needs "channel"')
        channel = self._named(node.child("channel"), "channels")
        messages = self._listed(node, channel)
        return Operation(
            name,
            node,
            # The document speaks of the server, so what it receives is what a client sends.
            TO_CLIENT if action == "send" else TO_SERVER,
            channel,
            tuple(self._carried_by(channel)) if messages is None else messages,
            node.text("summary"),
            node.text("description"),
            self._reply(node, channel, messages),
            tuple((self.library.follow(item),) for item in node.elements("security")),
        )

    def _listed(self, node: Node, channel: str) -> Optional[Tuple[str, ...]]:
        """The messages that an operation or a reply lists, None when it lists none: then it is all of the channel."""
        return tuple(self._message_of(m, channel) for m in node.elements("messages")) if "messages" in node else None

    def _message_of(self, place: Node, channel: str) -> str:
        target = self.library.follow(place)
        found = self.by_place.get(target.key)
        if found is None or found.key not in self._carried_by(channel):
            name = found.key if found else target.pointer
            raise place.error(f'an operation uses the message "{name}", which the channel does not have')
        return found.key

    def _reply(self, node: Node, channel: str, messages: Optional[Tuple[str, ...]]) -> Optional[Reply]:
        if "reply" not in node:
            return None
        place = self.object_at(node.child("reply"), _REPLY, "a reply")
        back = self._named(place.child("channel"), "channels") if "channel" in place else channel
        listed = self._listed(place, back)
        if listed is None:
            # On its own channel an operation is not its own reply.
            own = messages or () if back == channel else ()
            listed = tuple(key for key in self._carried_by(back) if key not in own)
        return Reply(back, listed, self._reply_address(place))

    def _reply_address(self, place: Node) -> str:
        if "address" not in place:
            return ""
        return self.object_at(place.child("address"), _REPLY_ADDRESS, "a reply address").text("location")
