"""Stage 2, the upper half: AsyncAPI and OpenAPI documents to messages, channels and test vectors."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field, replace
from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Sequence, Tuple

from ewgen import instance, names
from ewgen.asyncapi import EXTENSIONS, OVER_HTTP, TO_CLIENT, TO_SERVER, Channel, Correlation, Document, MessagePlace
from ewgen.asyncapi import Operation, Parameter, Server, turned_round
from ewgen.asyncapi2 import Reader2
from ewgen.asyncapi3 import Reader3
from ewgen.errors import RENAME, DocumentError, suggestion
from ewgen.formats import read_formats
from ewgen.load import Library, Node, as_json_text
from ewgen.model import Type, UINT32_MAX, Union, Use, first_sentence
from ewgen.places import is_named, schema_name
from ewgen.rules import Rules
from ewgen.schemas import Schemas

_NEITHER = 'neither an AsyncAPI nor an OpenAPI document: no member "asyncapi" or "openapi"'

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

_OPENAPI = (
    "openapi info jsonSchemaDialect servers paths webhooks components security tags externalDocs".split() + EXTENSIONS
)
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
    payload: Node
    type: Type
    directions: int
    summary: str
    description: str
    hot: bool = False
    default_arm: bool = False
    examples: Tuple[Example, ...] = ()
    correlation: Optional[Correlation] = None


@dataclass(frozen=True)
class Opaque:
    """A message that is not JSON, so it has no codec: audio in binary frames, a word as text."""

    key: str
    node: Node
    content_type: str
    directions: int
    summary: str


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
    opaque: List[Opaque] = field(default_factory=list)
    servers: List[Server] = field(default_factory=list)
    channels: List[Channel] = field(default_factory=list)
    operations: List[Operation] = field(default_factory=list)
    directions: List[Direction] = field(default_factory=list)  # of the whole document, then of channels that differ
    to_server: Optional[Direction] = None
    to_client: Optional[Direction] = None
    vectors: List[Vector] = field(default_factory=list)
    bare: bool = False  # one JSON Schema in place of messages
    remarks: List[DocumentError] = field(default_factory=list)  # what the output does not have, no errors


def read_protocol(
    library: Library, paths: Sequence[str], prefix: Optional[str], vectors: Optional[str], rules: Rules = Rules()
) -> Protocol:
    """The protocol that the documents describe together. The first one gives title, limits and tolerances."""
    roots = [library.open(path) for path in paths]
    # Before any schema, since a payload is called like its message.
    documents = [_read_asyncapi(library, root) for root in roots]
    if rules.written_as == "client":
        documents = [turned_round(d) if d is not None else None for d in documents]
    asserted = frozenset().union(rules.formats, *(read_formats(root, "x-ew-formats") for root in roots))
    protocol = _header(library, roots[0], prefix, replace(rules, formats=asserted))
    for root in roots if not (prefix or rules.prefix) else ():
        _check_same_prefix(root, protocol.prefix)
    for root in roots:
        _read_schemas(protocol, root)
    for root, document in zip(roots, documents):
        if document is None:
            _OpenApi(protocol, root).read()
        else:
            _AsyncApi(protocol, document).read()
    with library.recovering():
        _check_messages(protocol, roots[0])
    _add_directions(protocol)
    protocol.vectors = list(_example_vectors(protocol))
    if vectors is not None:
        protocol.vectors.extend(_VectorFile(protocol, library.open(vectors)).read())
    return protocol


# ------------------------------------------------------------------------------------------------ the document


def _header(library: Library, root: Node, prefix: Optional[str], rules: Rules) -> Protocol:
    if "info" not in root:
        raise root.error('a document needs "info"')
    prefix = prefix or rules.prefix or root.text("x-ew-prefix")
    if not prefix:
        raise root.error("a prefix is needed: x-ew-prefix or --prefix")
    if names.snake(prefix) != prefix:
        raise root.error(f'the prefix "{prefix}" is no word of lower-case letters, digits and underscores')
    if prefix in names.LIBRARY_HEADERS:
        raise root.error(f'the prefix "{prefix}" is taken: the library has a header eventwire/{prefix}.h')
    info = root.child("info")
    strict = Schemas(library, rules=rules)
    return Protocol(
        prefix=prefix,
        title=info.text("title"),
        version=info.text("version"),
        description=info.text("description"),
        source=root.file.label,
        limits={**_limits(root), **rules.limits},
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
        if kind not in protocol.schemas and is_named(kind.node):
            protocol.schemas.append(kind)
    for _, node in root.child("components").children("schemas"):
        protocol.lenient.use(node)
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
            with protocol.strict.library.recovering():
                raise place.error(f"does not fit its own schema: the value {instance.describe_problem(found)}")
    for _, child in node.children("properties"):
        if not _is_sibling(node, child):
            _check_annotations(protocol, child)


def _is_sibling(node: Node, child: Node) -> bool:
    return "allOf" in node and not any(k in child for k in ("type", "oneOf", "anyOf", "const", "enum", "allOf"))


def _read_asyncapi(library: Library, root: Node) -> Optional[Document]:
    """What an AsyncAPI document says; None for an OpenAPI document."""
    root.need(dict, "an object")
    if "asyncapi" in root:
        reader = Reader2 if str(root.data["asyncapi"]).startswith("2") else Reader3
        return reader(library, root).read()
    if "openapi" not in root:
        raise root.error(_NEITHER)
    return None


class _Messages:
    """What the messages of both kinds of documents share."""

    def __init__(self, protocol: Protocol):
        self.protocol = protocol
        self.library = protocol.strict.library

    def check_example(self, node: Node, use: Use) -> None:
        found = instance.problem(use.type, node.data, use.nullable)
        with self.library.recovering():
            if found is not None:
                raise node.error(f"the example does not fit the schema: the value {instance.describe_problem(found)}")

    def add(self, message: Message) -> None:
        """Adds a message; one that is there already gains the directions and examples."""
        messages = self.protocol.messages
        for index, old in enumerate(messages):
            if old.key != message.key:
                continue
            if old.type is not message.type:
                raise message.node.error(f'another message "{old.key}" stands at {old.node.pointer}')
            known = {e.id for e in old.examples}
            more = tuple(e for e in message.examples if e.id not in known)
            messages[index] = replace(
                old, directions=old.directions | message.directions, examples=old.examples + more
            )
            return
        messages.append(message)


class _AsyncApi(_Messages):
    def __init__(self, protocol: Protocol, document: Document):
        super().__init__(protocol)
        self.document = document

    def read(self) -> None:
        self.protocol.servers.extend(self.document.servers)
        self.protocol.operations.extend(self.document.operations)
        self.protocol.channels.extend(self.document.channels)
        for place in self.document.messages:
            if place.is_json:
                with self.library.recovering():
                    self.add(self._message(place))
            else:
                self.protocol.opaque.append(self._opaque(place))

    def _directions(self, key: str) -> int:
        bits = 0
        for channel in self.document.channels:
            bits |= TO_SERVER if key in channel.to_server else 0
            bits |= TO_CLIENT if key in channel.to_client else 0
        return bits

    def _opaque(self, place: MessagePlace) -> Opaque:
        body = place.body
        return Opaque(place.key, body.node, place.content_type, self._directions(place.key), body.text("summary"))

    def _message(self, place: MessagePlace) -> Message:
        kind = self.protocol.strict.alone(place.payload)
        self.protocol.lenient.alone(place.payload)
        body = place.body
        return Message(
            key=place.key,
            stem=body.node.name_in_c() or names.snake(place.key),
            node=body.node,
            payload=place.payload,
            type=kind,
            directions=self._directions(place.key),
            summary=body.text("summary"),
            description=body.text("description"),
            hot=body.flag("x-ew-hot"),
            default_arm=body.flag("x-ew-default-arm"),
            examples=tuple(self._examples(place, Use(kind, False))),
            correlation=place.correlation,
        )

    def _examples(self, place: MessagePlace, use: Use) -> Iterator[Example]:
        for example in place.examples:
            node = example.payload
            if instance.problem(use.type, node.data) is not None:
                node = as_json_text(node)
            self.check_example(node, use)
            yield Example(f"{place.key}.{example.name}", example.summary, node.data)


class _OpenApi(_Messages):
    def __init__(self, protocol: Protocol, root: Node):
        super().__init__(protocol)
        self.root = root

    def read(self) -> None:
        version = str(self.root.data["openapi"])
        if not version.startswith("3.1"):
            raise self.root.child("openapi").error(f"version {version} is not supported, only 3.1")
        self.root.check_keys(_OPENAPI, "the document")
        self._read_openapi()

    def _read_openapi(self) -> None:
        for _, path in self.root.children("paths"):
            path = self.library.follow(path)
            for method in _METHODS:
                if method in path:
                    with self.library.recovering():
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
            key = names.camel(self._body_name(place))
            use = self.protocol.strict.use(place)
            self.add(self._message(key, use.type, tuple(self._http_examples(key, content, use, operation))))

    def _body_name(self, place: Node) -> str:
        name = schema_name(self.library.follow(place))
        if name is None:
            raise place.error("must be a $ref to a schema in components.schemas, which gives the type its name")
        return name

    @staticmethod
    def _message(key: str, kind: Type, examples: Tuple[Example, ...]) -> Message:
        text = kind.description
        summary = first_sentence(text)
        return Message(
            key, names.snake(key), kind.node, kind.node, kind, OVER_HTTP, summary, text, examples=examples
        )

    def _http_examples(self, key: str, content: Node, use: Use, operation: str) -> Iterator[Example]:
        for name, node in content.children("examples"):
            node = self.library.follow(node)
            node.check_keys(("summary", "description", "value"), "an example")
            if "value" not in node:
                continue
            self.check_example(node.child("value"), use)
            yield Example(
                f"{key}.{operation}.{name}" if operation else f"{key}.{name}", node.text("summary"), node.data["value"]
            )


def _check_messages(protocol: Protocol, root: Node) -> None:
    if not protocol.messages and not protocol.strict.library.troubles:
        raise root.error("no message is JSON: there is nothing to make a codec for")
    stems: Dict[str, Message] = {}
    for message in protocol.messages:
        other = stems.setdefault(message.stem, message)
        if other is not message:
            raise message.node.error(f'the name in C is also that of "{other.key}" at {other.node.pointer}{RENAME}')


# -------------------------------------------------------------------------------------------------- directions


def _add_directions(protocol: Protocol) -> None:
    if not _channels_differ(protocol):
        protocol.to_server = _direction(protocol, TO_SERVER, "client", None, "")
        protocol.to_client = _direction(protocol, TO_CLIENT, "server", None, "")
        return
    protocol.to_server = _across_channels(protocol, TO_SERVER, "client")
    protocol.to_client = _across_channels(protocol, TO_CLIENT, "server")
    for channel in protocol.channels:
        stem = channel.stem + "_"
        _direction(protocol, TO_SERVER, "client", frozenset(channel.to_server), stem)
        _direction(protocol, TO_CLIENT, "server", frozenset(channel.to_client), stem)


def _across_channels(protocol: Protocol, bit: int, side: str) -> Optional[Direction]:
    """The union of all channels, where there is one: each is a connection of its own, which says whose messages come."""
    library = protocol.strict.library
    try:
        with library.raising():
            return _direction(protocol, bit, side, None, "")
    except DocumentError as error:
        why = error.message.partition(";")[0]
        text = f"no union of what a {side} sends in all channels, one for each instead: {why}"
        protocol.remarks.append(DocumentError(error.file, error.line, error.pointer, text))
        return None


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
        with protocol.strict.library.recovering():
            raise defaults[1].node.error(f'x-ew-default-arm stands on "{defaults[0].key}" too, in the same direction')
        return None
    messages = [m for m in messages if not m.default_arm] + defaults
    unions = []
    for schemas in (protocol.strict, protocol.lenient):
        with protocol.strict.library.recovering():
            unions.append(_direction_union(schemas, messages, side, f"{stem}{side}_message"))
    if len(unions) < 2:
        return None
    direction = Direction(unions[0], unions[1], tuple(messages), any(m.hot for m in messages), side)
    protocol.directions.append(direction)
    return direction


def _direction_union(schemas: Schemas, messages: List[Message], side: str, stem: str) -> Union:
    root = messages[0].node.file
    node = Node(root, ("channels", stem), {"description": f"Any message that a {side} sends."})
    union = Union(node, stem, True, of_direction=True)
    schemas.types[node.key] = union
    default = frozenset(i for i, m in enumerate(messages) if m.default_arm)
    schemas.fill_union(union, [(m.payload, names.member_name(m.stem)) for m in messages], default)
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
            with self.protocol.strict.library.recovering():
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
