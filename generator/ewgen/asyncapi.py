"""Stage 2, the upper half: what an AsyncAPI document says, in terms that do not depend on its version.

asyncapi2.py and asyncapi3.py read the two families of versions. Every Node here is a place of the document as its author wrote
it, so that errors name what he sees.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from typing import Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple

from ewgen import names
from ewgen.errors import RENAME, DocumentError, did_you_mean, misspelt, suggestion
from ewgen.load import Library, Node, Tokens, parse_pointer
from ewgen.places import call, schema_name

TO_SERVER, TO_CLIENT, OVER_HTTP = 1, 2, 4

EXTENSIONS = "x-ew-prefix x-ew-limits x-ew-compat x-ew-escape-html x-ew-formats".split()

_INFO = "title version description termsOfService contact license tags externalDocs".split()
_VARIABLE = "$ref enum default description examples".split()
_EXAMPLE = "name summary payload headers".split()
_WS = "method query headers bindingVersion".split()
_CORRELATION = "$ref description location".split()
# Keywords whose values are no schemas, whatever they look like.
_VALUES = "const enum default example examples".split()
_BINARY = "application/octet-stream"

_JSON = re.compile(r"(application|text)/([a-z0-9.+-]+\+)?json\s*(;.*)?", re.IGNORECASE)
_SCHEMA_FORMATS = re.compile(
    r"application/vnd\.aai\.asyncapi(\+json|\+yaml)?(;\s*version=[23]\..*)?"
    r"|application/schema(\+json|\+yaml)(;\s*version=(draft-0[4-7]|2019-09|2020-12|draft-2019-09|draft-2020-12))?"
    r"|application/vnd\.oai\.openapi(\+json|\+yaml)?(;\s*version=3\..*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Traited:
    """An object and its traits: what it does not say itself, the last trait that does says."""

    node: Node
    traits: Tuple[Node, ...] = ()

    def child(self, name: str) -> Optional[Node]:
        for place in (self.node,) + self.traits[::-1]:
            if name in place:
                return place.child(name)
        return None

    def text(self, name: str, default: str = "") -> str:
        place = self.child(name)
        if place is None:
            return default
        place.need(str, "a string")
        return place.data

    def flag(self, name: str) -> bool:
        return any(place.flag(name) for place in (self.node,) + self.traits)

    def elements(self, name: str) -> Iterator[Node]:
        for place in (self.node,) + self.traits[::-1]:
            if name in place:
                return place.elements(name)
        return iter(())


@dataclass(frozen=True)
class Correlation:
    """Where the value stands that a reply has in common with its request."""

    node: Node
    in_payload: bool  # else in the headers, which WebSocket messages do not have
    tokens: Tokens


@dataclass(frozen=True)
class ExamplePlace:
    name: str
    summary: str
    payload: Node


@dataclass(frozen=True)
class MessagePlace:
    key: str
    body: Traited
    payload: Node  # the schema; true where the document has none
    content_type: str
    correlation: Optional[Correlation]
    examples: Tuple[ExamplePlace, ...] = ()

    @property
    def is_json(self) -> bool:
        return _JSON.fullmatch(self.content_type) is not None


@dataclass(frozen=True)
class Parameter:
    """A part of an address, or of the query or the headers of the handshake."""

    name: str
    description: str
    required: bool
    default: Optional[str] = None
    values: Tuple[str, ...] = ()  # empty: any
    schema: Optional[Node] = None


@dataclass(frozen=True)
class Server:
    name: str
    node: Node
    protocol: str
    host: str
    pathname: str
    description: str
    variables: Tuple[Parameter, ...] = ()
    security: Tuple[Tuple[Node, ...], ...] = ()  # alternatives; each is the schemes it takes together


@dataclass(frozen=True)
class Channel:
    name: str
    node: Node
    address: str  # empty where it is not known before run time
    parameters: Tuple[Parameter, ...]
    query: Tuple[Parameter, ...]
    headers: Tuple[Parameter, ...]
    to_server: Tuple[str, ...] = ()  # keys of messages
    to_client: Tuple[str, ...] = ()
    servers: Tuple[str, ...] = ()  # empty: all

    @property
    def stem(self) -> str:
        return channel_stem(self.name)


@dataclass(frozen=True)
class Reply:
    channel: str
    messages: Tuple[str, ...]
    address: str = ""  # where the request says it, as a runtime expression


@dataclass(frozen=True)
class Operation:
    name: str
    node: Node
    direction: int  # TO_SERVER: a client does it
    channel: str
    messages: Tuple[str, ...]
    summary: str = ""
    description: str = ""
    reply: Optional[Reply] = None
    security: Tuple[Tuple[Node, ...], ...] = ()


@dataclass
class Document:
    servers: List[Server] = field(default_factory=list)
    channels: List[Channel] = field(default_factory=list)
    operations: List[Operation] = field(default_factory=list)
    messages: List[MessagePlace] = field(default_factory=list)


def turned_round(document: Document) -> Document:
    """What a document says of itself as a client, as a server would say it."""
    return replace(
        document,
        channels=[replace(c, to_server=c.to_client, to_client=c.to_server) for c in document.channels],
        operations=[replace(o, direction=TO_SERVER + TO_CLIENT - o.direction) for o in document.operations],
    )


def channel_stem(name: str) -> str:
    """A channel's part of names in C. The address "/" has no letters."""
    return names.snake(name) or "root"


def check_version(root: Node, pattern: str, known: str) -> None:
    version = str(root.data["asyncapi"])
    if not re.fullmatch(pattern, version):
        raise root.child("asyncapi").error(f"version {version} is not supported, only {known}")


class Reader:
    """What both families of versions share. A subclass has the names of members and the shape of channels."""

    MESSAGE: Iterable[str] = ()
    MESSAGE_TRAIT: Iterable[str] = ()
    COMPONENTS: Iterable[str] = ()

    def __init__(self, library: Library, root: Node):
        self.library = library
        self.root = root
        self.document = Document()
        self.by_place: Dict[Any, MessagePlace] = {}
        self.keys: Dict[str, Node] = {}

    def components(self, section: str) -> Iterator[Tuple[str, Node]]:
        if "components" in self.root:
            yield from self.root.child("components").children(section)

    def check_frame(self) -> None:
        if "info" in self.root:
            self.root.child("info").check_keys(_INFO, "info")
        if "components" in self.root:
            self.root.child("components").check_keys(self.COMPONENTS, "components")

    def object_at(self, place: Node, known: Iterable[str], what: str) -> Node:
        """What stands at a place or is referred to from there."""
        place = self.library.follow(place)
        place.check_keys(known, what)
        return place

    # ---------------------------------------------------------------- messages

    def component_messages(self) -> None:
        for name, place in self.components("messages"):
            with self.library.recovering():
                self.message(place, name, "")

    def message(self, place: Node, name: str, channel: str) -> str:
        """Adds the message at a place; the key that it has."""
        node = self.object_at(place, self.MESSAGE, "a message")
        if node.key not in self.by_place:
            found = self._message(node, self._free_key(node, name, channel))
            self.by_place[node.key] = found
            self.document.messages.append(found)
        return self.by_place[node.key].key

    def _free_key(self, node: Node, name: str, channel: str) -> str:
        """The name; where another message has it already, behind that of the channel, and then with a number."""
        if not names.snake(name):
            raise node.error(f'"{name}" leaves nothing for the name of a message in C')
        key, count = name, 1
        while names.snake(key) in self.keys and channel:
            key = f"{channel}_{name}" if count == 1 else f"{channel}_{name}{count}"
            count += 1
        other = self.keys.setdefault(names.snake(key), node)
        if other is not node:
            raise node.error(f'the name in C is also that of the message at {other.pointer}{RENAME}')
        return key

    def _message(self, node: Node, key: str) -> MessagePlace:
        body = Traited(node, tuple(self.traits(node, self.MESSAGE_TRAIT, "a message trait")))
        payload = self.payload(node)
        examples = tuple(self._examples(body))
        return MessagePlace(key, body, payload, self._content_type(body, payload), self._correlation(body), examples)

    def _examples(self, body: Traited) -> Iterator[ExamplePlace]:
        """{name, payload}, or as in 2.0 a map of such objects by name."""
        for index, place in enumerate(body.elements("examples")):
            node = self.library.follow(place)
            node.need(dict, "an object")
            for name in node.data:
                if name not in _EXAMPLE and not name.startswith("x-"):
                    yield from self._named_example(node.child(name))
            if "payload" in node:
                yield ExamplePlace(node.text("name", str(index + 1)), node.text("summary"), node.child("payload"))

    def _named_example(self, node: Node) -> Iterator[ExamplePlace]:
        name = node.tokens[-1]
        if "payload" in node:
            yield ExamplePlace(name, node.text("summary"), node.child("payload"))
            return
        meant = misspelt(name, _EXAMPLE)
        if meant is not None:
            raise node.error(f'unknown member "{name}" of an example{did_you_mean(meant)}')
        self.library.note(node, f'"{name}" is ignored: an example has its value in "payload"')

    def payload(self, node: Node) -> Node:
        raise NotImplementedError

    def name_payloads(self) -> None:
        """A payload that stands in its message is called like it, unless a schema of the document is."""
        taken = {names.snake(name) for name in self._schema_names()}
        for message in self.document.messages:
            if "$ref" not in message.payload:
                call(message.payload, message.key + "_payload" if names.snake(message.key) in taken else message.key)

    def _schema_names(self) -> Iterator[str]:
        """Of all schemas that have one, in whatever file."""
        yield from (name for name, _ in self.components("schemas"))
        seen: Set[Any] = set()
        rest = [node for _, node in self.components("schemas")] + [m.payload for m in self.document.messages]
        while rest:
            node = rest.pop()
            if node.key not in seen and isinstance(node.data, (dict, list)):
                seen.add(node.key)
                rest.extend(self._below(node))
                yield schema_name(node) or ""

    def _below(self, node: Node) -> List[Node]:
        """The schemas in a schema, and the one it refers to. What is wrong with them is told when they are read."""
        if isinstance(node.data, list):
            return [node.item(i) for i in range(len(node.data))]
        if isinstance(node.value("$ref"), str):
            try:
                return [self.library.follow(node)]
            except DocumentError:
                return []
        return [node.child(name) for name in node.data if name not in _VALUES]

    def traits(self, node: Node, known: Iterable[str], what: str) -> Iterator[Node]:
        for place in node.elements("traits"):
            yield self.object_at(place, known, what)

    def _content_type(self, body: Traited, payload: Node) -> str:
        found = body.text("contentType", self.root.text("defaultContentType", "application/json"))
        schema = self.library.follow(payload)
        bytes_alone = schema.value("type") == "string" and schema.value("format") == "binary"
        return _BINARY if bytes_alone and _JSON.fullmatch(found) else found

    @staticmethod
    def check_schema_format(place: Node) -> None:
        place.need(str, "a string")
        if not _SCHEMA_FORMATS.fullmatch(place.data):
            raise place.error(
                f'schemas in "{place.data}" are not read, only JSON Schema, and that of AsyncAPI and OpenAPI'
            )

    def _correlation(self, body: Traited) -> Optional[Correlation]:
        place = body.child("correlationId")
        if place is None:
            return None
        place = self.object_at(place, _CORRELATION, "a correlation id")
        location = place.text("location")
        source, _, pointer = location.partition("#")
        if source not in ("$message.payload", "$message.header") or not re.fullmatch("(/.*)?", pointer):
            raise place.error('a correlation id needs "location": $message.payload# or $message.header#, and a pointer')
        return Correlation(place, source == "$message.payload", parse_pointer(pointer))

    # ---------------------------------------------------------------- addresses and handshakes

    def binding(self, place: Node) -> Tuple[Tuple[Parameter, ...], Tuple[Parameter, ...]]:
        """Query and headers of the handshake."""
        if "bindings" not in place:
            return (), ()
        bindings = self.library.follow(place.child("bindings"))
        if "ws" not in bindings:
            return (), ()
        ws = self.object_at(bindings.child("ws"), _WS, "a ws binding")
        return tuple(self._binding_schema(ws, "query")), tuple(self._binding_schema(ws, "headers"))

    def _binding_schema(self, ws: Node, name: str) -> Iterator[Parameter]:
        if name not in ws:
            return
        schema = self.library.follow(ws.child(name))
        if schema.value("type", "object") != "object" or not ("type" in schema or "properties" in schema):
            raise schema.error(f'the {name} must be an object schema, with "type" and "properties"')
        properties = list(schema.children("properties"))
        required = [item.data for item in schema.elements("required")]
        for item in schema.elements("required"):
            if item.data not in schema.data["properties"]:
                near = suggestion(str(item.data), schema.data["properties"])
                raise item.error(f'"{item.data}" is required but no property{near}')
        for key, node in properties:
            target = self.library.follow(node)
            description = node.text("description") or target.text("description")
            yield Parameter(key, description, key in required, self._default(target), self._values(target), target)

    def address_parameters(self, place: Node, address: str, known: Iterable[str]) -> Iterator[Parameter]:
        """Those that the address names; one that is not described may be any text."""
        wanted = re.findall(r"\{([^{}]*)\}", address)
        for name, node in place.children("parameters"):
            if name in wanted:
                yield self.parameter(name, self.object_at(node, known, "a parameter"))
            else:
                self._not_in_address(name, node, wanted)
        for name in wanted:
            if name not in place.value("parameters", {}):
                yield Parameter(name, "", True)

    def _not_in_address(self, name: str, node: Node, wanted: List[str]) -> None:
        text = f'the address has no "{{{name}}}"'
        meant = misspelt(name, set(wanted) - {name})
        if meant is not None:
            raise node.error(text + did_you_mean(meant))
        self.library.note(node, f"{text}, so the parameter is ignored; those of a query stand in bindings.ws.query")

    def parameter(self, name: str, node: Node) -> Parameter:
        """A parameter of an address or a variable of a server, whose rules stand in it, or in 2.x in its schema."""
        schema = self.library.follow(node.child("schema")) if "schema" in node else node
        description = node.text("description") or schema.text("description")
        return Parameter(name, description, True, self._default(schema), self._values(schema), schema)

    @staticmethod
    def _default(schema: Node) -> Optional[str]:
        value = schema.value("default")
        return None if value is None or isinstance(value, (dict, list)) else _plain(value)

    @staticmethod
    def _values(schema: Node) -> Tuple[str, ...]:
        return tuple(_plain(item.data) for item in schema.elements("enum") if item.data is not None)

    def variables(self, server: Node) -> Tuple[Parameter, ...]:
        return tuple(
            self.parameter(name, self.object_at(node, _VARIABLE, "a server variable"))
            for name, node in server.children("variables")
        )


def _plain(value: Any) -> str:
    """A value as it stands in an address."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return getattr(value, "json", None) or str(value)


def last_name(node: Node) -> str:
    """What a place is called: its last token, or the name of its file."""
    return node.tokens[-1] if node.tokens else os.path.basename(node.file.path).partition(".")[0]
