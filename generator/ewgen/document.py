"""Stage 2, the upper half: AsyncAPI and OpenAPI documents to messages, channels and test vectors."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Sequence, Tuple

from ewgen import instance, names
from ewgen.errors import suggestion
from ewgen.load import Library, Node
from ewgen.model import Array, Map, Object, Type, UINT32_MAX, Union, first_sentence
from ewgen.places import is_named
from ewgen.schemas import Schemas

TO_SERVER, TO_CLIENT, OVER_HTTP = 1, 2, 4

TOLERANCES = {
    "case-insensitive-names": "EW_TOLERATE_NAME_CASE",
    "last-duplicate-wins": "EW_TOLERATE_DUPLICATES",
    "first-value-only": "EW_TOLERATE_TRAILING",
    "null-is-absent": "EW_TOLERATE_NULL",
    "replace-bad-utf8": "EW_TOLERATE_BAD_UTF8",
    "case-insensitive-enums": "EW_TOLERATE_ENUM_CASE",
}
LIMITS = {"maxMessageBytes": 0, "maxDepth": 0, "maxItems": 0, "maxStringBytes": 0}
MAX_DEPTH = 1024

_EXTENSIONS = "x-ew-prefix x-ew-limits x-ew-compat x-ew-escape-html".split()
_ASYNCAPI = "asyncapi id info defaultContentType servers channels operations components".split() + _EXTENSIONS
_OPENAPI = (
    "openapi info jsonSchemaDialect servers paths webhooks components security tags externalDocs".split() + _EXTENSIONS
)
_CHANNEL = "$ref address messages title summary description servers parameters tags externalDocs bindings".split()
_PARAMETER = "$ref enum default description examples location".split()
_OPERATION = "action channel title summary description security tags externalDocs bindings messages reply".split()
_REPLY = "address channel messages".split()
_MESSAGE = (
    """payload correlationId contentType name title summary description tags externalDocs bindings examples headers
    deprecated x-ew-hot x-ew-default-arm""".split()
)
_EXAMPLE = "name summary payload headers".split()
_WS = "method query headers bindingVersion".split()
_METHODS = "get put post delete options head patch trace".split()
_VERDICTS = ("valid", "lenient", "compat", "invalid")
_VECTOR = "id message verdict strict why rule error pointer json base64".split()


@dataclass(frozen=True)
class Example:
    id: str
    why: str
    value: Any


@dataclass(frozen=True)
class Message:
    key: str  # "eventBatch"
    stem: str  # "event_batch"
    node: Node
    type: Type
    directions: int
    summary: str
    description: str
    hot: bool = False
    default_arm: bool = False
    examples: Tuple[Example, ...] = ()


@dataclass(frozen=True)
class Parameter:
    name: str
    description: str
    required: bool


@dataclass(frozen=True)
class Channel:
    name: str
    node: Node
    address: str
    parameters: Tuple[Parameter, ...]
    query: Tuple[Parameter, ...]
    headers: Tuple[Parameter, ...]
    to_server: Tuple[str, ...]  # keys of messages
    to_client: Tuple[str, ...]


@dataclass(frozen=True)
class Vector:
    id: str
    message: str
    why: str
    verdict: str
    strict_accepts: bool
    example: bool
    rule: bool
    error: Optional[str]
    pointer: Optional[str]
    json: bytes


@dataclass(frozen=True)
class Direction:
    """All that one side may send, as one union."""

    union: Union
    lenient: Union
    messages: Tuple[Message, ...]
    hot: bool
    side: str  # "client": what a client sends


@dataclass
class Protocol:
    prefix: str
    title: str
    version: str
    description: str
    source: str
    limits: Dict[str, int]
    tolerances: Tuple[str, ...]
    escape_html: bool
    strict: Schemas
    lenient: Schemas
    schemas: List[Type] = field(default_factory=list)  # of all documents, in their order
    messages: List[Message] = field(default_factory=list)
    channels: List[Channel] = field(default_factory=list)
    directions: List[Direction] = field(default_factory=list)  # of the whole document, then of channels that differ
    to_server: Optional[Direction] = None
    to_client: Optional[Direction] = None
    vectors: List[Vector] = field(default_factory=list)


def read_protocol(library: Library, paths: Sequence[str], prefix: Optional[str], vectors: Optional[str]) -> Protocol:
    """The protocol that the documents describe together. The first one gives title, limits and tolerances."""
    roots = [library.open(path) for path in paths]
    protocol = _header(library, roots[0], prefix)
    for root in roots:
        _check_same_prefix(root, protocol.prefix)
    for root in roots:
        _read_schemas(protocol, root)
    for root in roots:
        _Reader(protocol, root, primary=root is roots[0]).read()
    _check_names(protocol)
    _add_directions(protocol)
    protocol.vectors = list(_example_vectors(protocol))
    if vectors is not None:
        protocol.vectors.extend(_VectorFile(protocol, library.open(vectors)).read())
    return protocol


# ------------------------------------------------------------------------------------------------ the document


def _header(library: Library, root: Node, prefix: Optional[str]) -> Protocol:
    root.need(dict, "an object")
    if "asyncapi" not in root and "openapi" not in root:
        raise root.error('neither an AsyncAPI nor an OpenAPI document: no member "asyncapi" or "openapi"')
    root.check_keys(_OPENAPI if "openapi" in root else _ASYNCAPI, "the document")
    if "info" not in root:
        raise root.error('a document needs "info"')
    prefix = prefix or root.text("x-ew-prefix")
    if not prefix or names.snake(prefix) != prefix:
        raise root.error("a prefix is needed: x-ew-prefix or --prefix, lower-case letters, digits and underscores")
    info = root.child("info")
    strict = Schemas(library)
    return Protocol(
        prefix=prefix,
        title=info.text("title"),
        version=info.text("version"),
        description=info.text("description"),
        source=root.file.label,
        limits=_limits(root),
        tolerances=tuple(_tolerances(root)),
        escape_html=root.flag("x-ew-escape-html"),
        strict=strict,
        lenient=Schemas(library, strict),
    )


def _check_same_prefix(root: Node, prefix: str) -> None:
    own = root.text("x-ew-prefix", prefix)
    if own != prefix:
        raise root.child("x-ew-prefix").error(f'"{own}" differs from the prefix "{prefix}" of the first document')


def _limits(root: Node) -> Dict[str, int]:
    limits = dict(LIMITS)
    if "x-ew-limits" not in root:
        return limits
    place = root.child("x-ew-limits")
    place.check_keys(LIMITS, "x-ew-limits")
    for name in place.data:
        place.child(name).need(int, "an integer")
        most = MAX_DEPTH if name == "maxDepth" else UINT32_MAX
        if not 1 <= place.data[name] <= most:
            raise place.child(name).error(f"must be from 1 to {most}")
        limits[name] = place.data[name]
    return limits


def _tolerances(root: Node) -> Iterator[str]:
    for item in root.elements("x-ew-compat"):
        if not isinstance(item.data, str) or item.data not in TOLERANCES:
            raise item.error(f'unknown tolerance "{item.data}"{suggestion(str(item.data), TOLERANCES)}')
        yield TOLERANCES[item.data]


def _read_schemas(protocol: Protocol, root: Node) -> None:
    if "components" not in root:
        return
    for _, node in root.child("components").children("schemas"):
        kind = protocol.strict.use(node).type
        protocol.lenient.use(node)
        if kind not in protocol.schemas and is_named(kind.node):
            protocol.schemas.append(kind)
    for _, node in root.child("components").children("schemas"):
        _check_annotations(protocol, node)


def _check_annotations(protocol: Protocol, node: Node) -> None:
    """Examples and defaults of a schema and of its properties must fit them."""
    if not isinstance(node.data, dict) or "$ref" in node.data:
        return
    use = protocol.strict.use(node)
    places = [node.child("default")] if "default" in node else []
    for place in places + list(node.elements("examples")):
        found = instance.problem(use.type, place.data, use.nullable)
        if found is not None:
            raise place.error(f"does not fit its own schema: the value {instance.describe_problem(found)}")
    for _, child in node.children("properties"):
        if not _is_sibling(node, child):
            _check_annotations(protocol, child)


def _is_sibling(node: Node, child: Node) -> bool:
    return "allOf" in node and not any(k in child for k in ("type", "oneOf", "anyOf", "const", "enum", "allOf"))


class _Reader:
    """One document, either kind."""

    def __init__(self, protocol: Protocol, root: Node, primary: bool):
        self.protocol = protocol
        self.library = protocol.strict.library
        self.root = root
        self.primary = primary

    def read(self) -> None:
        if "asyncapi" in self.root:
            self._check_version("asyncapi", "3.")
            self.root.check_keys(_ASYNCAPI, "the document")
            self._read_asyncapi()
        elif "openapi" in self.root:
            self._check_version("openapi", "3.1")
            self.root.check_keys(_OPENAPI, "the document")
            self._read_openapi()
        else:
            raise self.root.error('neither an AsyncAPI nor an OpenAPI document: no member "asyncapi" or "openapi"')

    def _check_version(self, name: str, wanted: str) -> None:
        version = str(self.root.data[name])
        if not version.startswith(wanted):
            raise self.root.child(name).error(f"version {version} is not supported, only {wanted.rstrip('.')}.x")

    # ---------------------------------------------------------------- AsyncAPI

    def _read_asyncapi(self) -> None:
        operations = list(self._operations())
        for name, place in self.root.children("channels"):
            self.protocol.channels.append(self._channel(name, place, operations))
        for name, place in self._components("messages"):
            self._add(self._message(name, place, self._directions(name)))

    def _components(self, section: str) -> Iterator[Tuple[str, Node]]:
        if "components" in self.root:
            yield from self.root.child("components").children(section)

    def _operations(self) -> Iterator[Tuple[str, int, List[Node]]]:
        """(channel, direction, messages) for each operation and each reply."""
        for _, place in self.root.children("operations"):
            place.check_keys(_OPERATION, "an operation")
            action = place.text("action")
            if action not in ("send", "receive"):
                raise place.error('an operation needs "action": send or receive')
            # The document speaks of the server, so what it receives is what a client sends.
            direction = TO_CLIENT if action == "send" else TO_SERVER
            yield self._operation(place, direction)
            if "reply" in place:
                reply = place.child("reply")
                reply.check_keys(_REPLY, "a reply")
                yield self._operation(reply if "channel" in reply else place, TO_CLIENT + TO_SERVER - direction, reply)

    def _operation(self, place: Node, direction: int, list_place: Optional[Node] = None) -> Tuple[str, int, List[Node]]:
        if "channel" not in place:
            raise place.error('an operation needs "channel"')
        channel = self.library.follow(place.child("channel"))
        if channel.tokens[:1] != ("channels",) or len(channel.tokens) != 2:
            raise place.child("channel").error("must refer to a channel of this document")
        source = list_place or place
        listed = (
            list(source.elements("messages")) if "messages" in source else [m for _, m in channel.children("messages")]
        )
        return channel.tokens[1], direction, [self.library.follow(m) for m in listed]

    def _key(self, message: Node) -> str:
        if message.tokens[:2] != ("components", "messages") or len(message.tokens) != 3:
            raise message.error("a message must stand in components.messages and be referred to")
        return message.tokens[2]

    def _channel(self, name: str, place: Node, operations: List[Tuple[str, int, List[Node]]]) -> Channel:
        place = self.library.follow(place)
        place.check_keys(_CHANNEL, "a channel")
        own = [self._key(self.library.follow(m)) for _, m in place.children("messages")]
        sent: Dict[int, List[str]] = {TO_SERVER: [], TO_CLIENT: []}
        for channel, direction, messages in operations:
            if channel == name:
                sent[direction].extend(k for k in map(self._key, messages) if k not in sent[direction])
        for key in own:
            if key not in sent[TO_SERVER] + sent[TO_CLIENT]:
                raise place.error(f'no operation sends or receives the message "{key}"')
        for key in sent[TO_SERVER] + sent[TO_CLIENT]:
            if key not in own:
                raise place.error(f'an operation uses the message "{key}", which the channel does not have')
        query, headers = self._binding(place)
        to_server = tuple(k for k in own if k in sent[TO_SERVER])
        to_client = tuple(k for k in own if k in sent[TO_CLIENT])
        parameters = tuple(self._parameters(place))
        return Channel(name, place, place.text("address"), parameters, query, headers, to_server, to_client)

    def _parameters(self, place: Node) -> Iterator[Parameter]:
        for name, node in place.children("parameters"):
            node = self.library.follow(node)
            node.check_keys(_PARAMETER, "a parameter")
            if "{" + name + "}" not in place.text("address"):
                raise node.error(f'the address has no "{{{name}}}"')
            yield Parameter(name, node.text("description"), True)

    def _binding(self, place: Node) -> Tuple[Tuple[Parameter, ...], Tuple[Parameter, ...]]:
        if "bindings" not in place:
            return (), ()
        bindings = self.library.follow(place.child("bindings"))
        if "ws" not in bindings:
            return (), ()
        ws = bindings.child("ws")
        ws.check_keys(_WS, "a ws binding")
        return tuple(self._binding_schema(ws, "query")), tuple(self._binding_schema(ws, "headers"))

    def _binding_schema(self, ws: Node, name: str) -> Iterator[Parameter]:
        if name not in ws:
            return
        schema = self.library.follow(ws.child(name))
        if schema.value("type") != "object" or "properties" not in schema:
            raise schema.error("must be an object schema with properties")
        required = [item.data for item in schema.elements("required")]
        for key, node in schema.children("properties"):
            target = self.library.follow(node)
            yield Parameter(key, node.text("description") or target.text("description"), key in required)

    def _directions(self, key: str) -> int:
        bits = 0
        for channel in self.protocol.channels:
            bits |= TO_SERVER if key in channel.to_server else 0
            bits |= TO_CLIENT if key in channel.to_client else 0
        return bits

    def _message(self, key: str, place: Node, directions: int) -> Message:
        place.check_keys(_MESSAGE, "a message")
        if directions == 0:
            raise place.error(f'no channel carries the message "{key}"')
        if place.text("contentType", "application/json") != "application/json":
            raise place.child("contentType").error("only application/json is supported")
        if "payload" not in place:
            raise place.error('a message needs "payload"')
        kind = self._body_type(place.child("payload"))
        return Message(
            key=key,
            stem=names.snake(key),
            node=place,
            type=kind,
            directions=directions,
            summary=place.text("summary"),
            description=place.text("description"),
            hot=place.flag("x-ew-hot"),
            default_arm=place.flag("x-ew-default-arm"),
            examples=tuple(self._examples(key, place, kind)),
        )

    def _body_type(self, place: Node) -> Type:
        target = self.library.follow(place)
        if not is_named(target):
            raise place.error("must be a $ref to a schema in components.schemas, which gives the type its name")
        kind = self.protocol.strict.use(target).type
        if not isinstance(kind, (Object, Array, Map, Union)):
            raise place.error("a message must be an object, an array or a union of them")
        return kind

    def _examples(self, key: str, place: Node, kind: Type) -> Iterator[Example]:
        for index, node in enumerate(place.elements("examples")):
            node.check_keys(_EXAMPLE, "an example")
            if "payload" not in node:
                continue
            self._check_example(node.child("payload"), kind)
            name = node.text("name", str(index + 1))
            yield Example(f"{key}.{name}", node.text("summary"), node.data["payload"])

    @staticmethod
    def _check_example(node: Node, kind: Type) -> None:
        found = instance.problem(kind, node.data)
        if found is not None:
            raise node.error(f"the example does not fit the schema: the value {instance.describe_problem(found)}")

    def _add(self, message: Message) -> None:
        """Adds a message; one that is there already gains the directions and examples."""
        messages = self.protocol.messages
        for index, old in enumerate(messages):
            if old.key != message.key:
                continue
            if old.type is not message.type:
                raise message.node.error(f'another message "{old.key}" stands at {old.node.pointer}')
            known = {e.id for e in old.examples}
            more = tuple(e for e in message.examples if e.id not in known)
            messages[index] = Message(
                old.key,
                old.stem,
                old.node,
                old.type,
                old.directions | message.directions,
                old.summary,
                old.description,
                old.hot,
                old.default_arm,
                old.examples + more,
            )
            return
        messages.append(message)

    # ---------------------------------------------------------------- OpenAPI

    def _read_openapi(self) -> None:
        for _, path in self.root.children("paths"):
            path = self.library.follow(path)
            for method in _METHODS:
                if method in path:
                    self._read_operation(path.child(method))

    def _read_operation(self, operation: Node) -> None:
        name = operation.text("operationId")
        if "requestBody" in operation:
            self._read_body(self.library.follow(operation.child("requestBody")), name)
        for _, response in operation.children("responses"):
            self._read_body(self.library.follow(response), name)

    def _read_body(self, body: Node, operation: str) -> None:
        for media, content in body.children("content"):
            if media.partition(";")[0].strip() != "application/json" or "schema" not in content:
                continue
            place = content.child("schema")
            kind = self._body_type(place)
            key = names.camel(self.library.follow(place).tokens[-1])
            text = kind.description
            examples = tuple(self._http_examples(key, content, kind, operation))
            self._add(
                Message(
                    key, names.snake(key), kind.node, kind, OVER_HTTP, first_sentence(text), text, examples=examples
                )
            )

    def _http_examples(self, key: str, content: Node, kind: Type, operation: str) -> Iterator[Example]:
        for name, node in content.children("examples"):
            node = self.library.follow(node)
            node.check_keys(("summary", "description", "value"), "an example")
            if "value" not in node:
                continue
            self._check_example(node.child("value"), kind)
            yield Example(
                f"{key}.{operation}.{name}" if operation else f"{key}.{name}", node.text("summary"), node.data["value"]
            )


def _check_names(protocol: Protocol) -> None:
    stems: Dict[str, Message] = {}
    for message in protocol.messages:
        other = stems.setdefault(message.stem, message)
        if other is not message:
            raise message.node.error(f'the name in C is also that of "{other.key}" at {other.node.pointer}')


# -------------------------------------------------------------------------------------------------- directions


def _add_directions(protocol: Protocol) -> None:
    protocol.to_server = _direction(protocol, TO_SERVER, "client", None, "")
    protocol.to_client = _direction(protocol, TO_CLIENT, "server", None, "")
    if not _channels_differ(protocol):
        return
    for channel in protocol.channels:
        stem = names.snake(channel.name) + "_"
        _direction(protocol, TO_SERVER, "client", frozenset(channel.to_server), stem)
        _direction(protocol, TO_CLIENT, "server", frozenset(channel.to_client), stem)


def _channels_differ(protocol: Protocol) -> bool:
    kinds = {(frozenset(c.to_server), frozenset(c.to_client)) for c in protocol.channels}
    return len(kinds) > 1


def _direction(
    protocol: Protocol, bit: int, side: str, keys: Optional[FrozenSet[str]], stem: str
) -> Optional[Direction]:
    messages = [m for m in protocol.messages if m.directions & bit and (keys is None or m.key in keys)]
    if not messages:
        return None
    defaults = [m for m in messages if m.default_arm]
    if len(defaults) > 1:
        raise defaults[1].node.error(f'x-ew-default-arm stands on "{defaults[0].key}" too, in the same direction')
    messages = [m for m in messages if not m.default_arm] + defaults
    unions = [
        _direction_union(schemas, messages, side, f"{stem}{side}_message")
        for schemas in (protocol.strict, protocol.lenient)
    ]
    direction = Direction(unions[0], unions[1], tuple(messages), any(m.hot for m in messages), side)
    protocol.directions.append(direction)
    return direction


def _direction_union(schemas: Schemas, messages: List[Message], side: str, stem: str) -> Union:
    root = messages[0].node.file
    node = Node(root, ("channels", stem), {"description": f"Any message that a {side} sends."})
    union = Union(node, stem, True, of_direction=True)
    schemas.types[node.key] = union
    default = frozenset(i for i, m in enumerate(messages) if m.default_arm)
    schemas.fill_union(union, [(m.node.child("payload"), names.member_name(m.key)) for m in messages], default)
    return union


# ----------------------------------------------------------------------------------------------------- vectors


def _example_vectors(protocol: Protocol) -> Iterator[Vector]:
    for message in protocol.messages:
        for example in message.examples:
            text = instance.to_json(example.value, protocol.escape_html)
            yield Vector(
                example.id, message.key, example.why, "valid", True, True, False, None, None, text.encode("utf-8")
            )


class _VectorFile:
    """vectors.yaml: accepted and refused texts."""

    def __init__(self, protocol: Protocol, root: Node):
        self.protocol = protocol
        self.root = root
        self.keys = {m.key for m in protocol.messages}
        self.seen: Dict[str, Node] = {}

    def read(self) -> Iterator[Vector]:
        self.root.check_keys(("vectors",), "a file of vectors")
        for node in self.root.elements("vectors"):
            yield self._vector(node)

    def _vector(self, node: Node) -> Vector:
        node.check_keys(_VECTOR, "a vector")
        for name in ("id", "message", "verdict"):
            if name not in node:
                raise node.error(f'a vector needs "{name}"')
        verdict = node.text("verdict")
        if verdict not in _VERDICTS:
            raise node.child("verdict").error(f'unknown verdict "{verdict}"{suggestion(verdict, _VERDICTS)}')
        self._check_id(node)
        return Vector(
            id=node.text("id"),
            message=self._message(node.child("message")),
            why=node.text("why"),
            verdict=verdict,
            strict_accepts=verdict == "valid" or node.text("strict") == "accept",
            example=False,
            rule="rule" in node,
            error=self._optional(node, "error"),
            pointer=self._optional(node, "pointer"),
            json=self._json(node),
        )

    def _check_id(self, node: Node) -> None:
        text = node.text("id")
        if text in self.seen:
            raise node.child("id").error(f'the id "{text}" stands at {self.seen[text].pointer} too')
        self.seen[text] = node

    def _message(self, place: Node) -> str:
        if isinstance(place.data, dict):
            place.check_keys(("schema",), "message")
            key = names.camel(place.text("schema"))
        else:
            place.need(str, "a string")
            key = place.data
        if key not in self.keys:
            raise place.error(f'no message "{key}"{suggestion(key, self.keys)}')
        return key

    @staticmethod
    def _optional(node: Node, name: str) -> Optional[str]:
        return node.text(name) if name in node else None

    @staticmethod
    def _json(node: Node) -> bytes:
        if ("json" in node) == ("base64" in node):
            raise node.error('a vector needs "json" or "base64", and not both')
        if "json" in node:
            return node.text("json").encode("utf-8", "surrogatepass")
        try:
            return base64.b64decode(node.text("base64"), validate=True)
        except binascii.Error:
            raise node.child("base64").error("no Base64") from None
