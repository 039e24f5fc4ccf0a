"""`ewgen lint`: everything that is wrong with documents, or with a JSON Schema by itself, in one run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Sequence, Tuple

from ewgen import dispatch, model, names, tuples
from ewgen.assertions import Asked
from ewgen.bare import bare_protocol, make_bare, open_schema
from ewgen.dialects import Dialect
from ewgen.asyncapi import Channel
from ewgen.document import Protocol, read_protocol
from ewgen.errors import DocumentError
from ewgen.evaluate import shown
from ewgen.findings import WARNING, Finding, finding, in_order, of_error
from ewgen.load import Library, Node, as_json_text, unwrapped
from ewgen.model import Arm, Condition, Mark, Place, Union
from ewgen.options import rules_of
from ewgen.plan import make_plan
from ewgen.resources import Registry
from ewgen.rules import Rules
from ewgen.schema_lint import SchemaLint

# Members of a document under which a schema stands, and those under which none does whatever they are called.
_SCHEMA_MEMBERS = frozenset(["payload", "schema", "query"])
_NO_SCHEMAS = frozenset("example examples default enum const info tags externalDocs servers".split())
# Objects whose members have names that the author chose.
_NAMED = frozenset("channels operations messages parameters responses requestBodies callbacks paths content".split())
_SCHEMA_LIKE = frozenset("type properties $ref allOf oneOf anyOf".split())


@dataclass(frozen=True)
class Proof:
    """Why no text is two messages of one direction."""

    channel: str
    side: str  # "client": what a client sends
    first: str
    second: str
    reason: str

    def __str__(self) -> str:
        return f'{self.channel}, from the {self.side}: "{self.first}" or "{self.second}" by {self.reason}'


@dataclass
class Report:
    findings: List[Finding] = field(default_factory=list)
    proofs: List[Proof] = field(default_factory=list)
    unchecked: Dict[str, int] = field(default_factory=dict)  # formats that are noted alone: in how many places
    hints: List[str] = field(default_factory=list)  # what is likely and no mistake

    def as_json(self) -> Dict[str, Any]:
        return {
            "findings": [f.as_json() for f in self.findings],
            "proofs": [dict(p.__dict__) for p in self.proofs],
            "unchecked": self.unchecked,
            "hints": self.hints,
        }


# ------------------------------------------------------------------------------------------------ bare schemas


def lint_schema(
    base: str,
    path: str,
    name: Optional[str],
    dialect: Dialect,
    asked: Asked,
    remotes: Tuple[Tuple[str, str], ...],
    refs: Sequence[str] = (),
    options: Optional[str] = None,
) -> Report:
    """options: a file of rules, which say how types are made of the schema."""
    library = Library(base, keeps_going=True, refs=refs)
    rules = Rules()
    with library.recovering():
        rules = rules_of(library, options)
    asked = replace(asked, formats=asked.formats | rules.formats)
    registry = Registry(library, dialect, remotes)
    document, root = open_schema(registry, path, name)
    lint = SchemaLint(registry, of_document=False, asked=asked)
    lint.read([document, root])
    lint.check()
    lint.check_choices()
    lint.unreached(_definitions(lint), [root])
    if options is not None and not library.errors:
        with library.recovering():
            plan = make_bare(library, path, name, rules.prefix or "schema", dialect, asked, remotes)
            make_plan(bare_protocol(library, plan, rules), plan)
            rules.check_used()
    found = {f.place for f in lint.findings}
    refused = [f for f in map(of_error, library.errors) if f.place not in found]
    return Report(in_order(refused + lint.findings), unchecked=lint.unchecked)


def _definitions(lint: SchemaLint) -> Iterator[Node]:
    for node in lint.nodes.values():
        if len(node.tokens) > 1 and node.tokens[-2] in ("definitions", "$defs"):
            yield node


# --------------------------------------------------------------------------------------------------- documents


def lint_documents(
    base: str,
    paths: Sequence[str],
    prefix: Optional[str],
    vectors: Optional[str],
    options: Optional[str] = None,
    written_as: Optional[str] = None,
    refs: Sequence[str] = (),
) -> Report:
    """options: a file of rules for documents that are not to be changed. refs: folders that references may lead to."""
    library = Library(base, keeps_going=True, refs=refs)
    rules = Rules()
    with library.recovering():
        rules = rules_of(library, options, written_as)
    roots = [library.open(path) for path in paths]
    protocol = None
    with library.recovering():
        prefix = prefix or rules.prefix or default_prefix(roots[0])
        protocol = read_protocol(library, paths, prefix, vectors, rules)
    proofs = []
    if protocol is not None:
        proofs = list(_tell_apart(protocol))
        if not library.troubles:
            with library.recovering():
                make_plan(protocol)
    known = len(library.errors)
    refused = [of_error(error) for error in library.errors]
    refused += [of_error(note, WARNING, "ignored") for note in library.notes.values()]
    told = {f.place for f in refused} | {(f.file, f.message) for f in refused}
    lint = _lint_schemas(library, roots, frozenset() if protocol is None else protocol.strict.rules.formats)
    more = lint.findings
    more += [of_error(error) for error in library.errors[known:]]
    return Report(in_order(refused + [f for f in more if not told & {f.place, (f.file, f.message)}]), proofs, lint.unchecked, _hints(protocol) + _unread(roots))


def _unread(roots: Sequence[Node]) -> List[str]:
    """Headers of messages, which have no place in a frame of a WebSocket."""
    places = [n for root in roots if "asyncapi" in root for n in _walk(root) if _is_message(n) and "headers" in n]
    if not places:
        return []
    whose = "a message" if len(places) == 1 else f"{len(places)} messages"
    return [f"headers of {whose} are not checked: messages of a WebSocket have none; those of the handshake stand in bindings.ws.headers"]


def _is_message(node: Node) -> bool:
    named = node.tokens[-2:-1] in (("messages",), ("messageTraits",)) or node.tokens[-1:] == ("message",)
    return isinstance(node.data, dict) and (named or "payload" in node)


# What clients ask for, by the names of messages.
_ASKING = re.compile(r"(un)?subscri(be|ption)s?(_?(request|command|message))?|.*_?request|log_?(in|on)|auth(enticate|orize)?")


def _hints(protocol: Optional[Protocol]) -> List[str]:
    """Whether a document speaks as a client: then what only clients say comes from the server."""
    if protocol is None or protocol.to_client is None:
        return []
    sent = [m.key for m in protocol.to_client.messages if _ASKING.fullmatch(m.stem)]
    asked = [m for m in protocol.to_server.messages if _ASKING.fullmatch(m.stem)] if protocol.to_server is not None else []
    if not sent or asked:
        return []
    names_ = ", ".join(f'"{key}"' for key in sent[:3])
    return [f"the server sends {names_}: if the document is written as its client sees it, say --as client"]


def default_prefix(root: Node) -> Optional[str]:
    """Names in C are none of lint's business, so a document without a prefix of its own gets one."""
    return None if "x-ew-prefix" in root else "document"


def _lint_schemas(library: Library, roots: Sequence[Node], formats: FrozenSet[str]) -> SchemaLint:
    """Of the schemas in all documents, and of what refers to them."""
    registry = Registry(library)
    uses: List[Node] = []
    components: List[Node] = []
    for root in roots:
        resource = registry.add_document(root, "file://" + root.file.path)
        own = list(_schema_places(root))
        shared = [unwrapped(node) for node in _components(root, "schemas")]
        for node in own + shared:
            registry.adopt(node, resource)
        uses += own
        components += shared
    lint = SchemaLint(registry, of_document=True, asked=Asked(formats))
    lint.read(uses + components)
    lint.check()
    for root in roots:
        _check_examples(lint, root)
        lint.findings.extend(_unused_components(root))
    # Who writes a library of schemas does not say who uses them.
    if uses:
        lint.unreached(components, uses)
    return lint


def _walk(node: Node) -> Iterator[Node]:
    """All values of a document in which schemas can stand, but not what is inside of schemas."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node.data, list):
            waiting.extend(reversed([node.item(i) for i in range(len(node.data))]))
        elif isinstance(node.data, dict):
            inside = [k for k in node.data if not _is_schema(node, k) and k not in _NO_SCHEMAS and not k.startswith("x-")]
            waiting.extend(reversed([node.child(k) for k in inside]))


def _is_schema(node: Node, name: str) -> bool:
    value = node.data[name]
    if node.tokens[-1:] and node.tokens[-1] in _NAMED:
        return False
    if node.tokens[-2:] == ("components", "schemas") or (node.tokens[-1:] == ("components",) and name == "schemas"):
        return True
    if not isinstance(value, (dict, bool)):
        return False
    if name == "headers":
        return node.tokens[-1:] == ("ws",) or ("payload" in node and not _SCHEMA_LIKE.isdisjoint(node.child(name).data))
    # In 3.x a payload may be a schema and the format it is written in.
    return name in _SCHEMA_MEMBERS and not (name == "payload" and "schemaFormat" in node.child(name))


def _schema_places(root: Node) -> Iterator[Node]:
    """Where messages, parameters and bindings have their schemas."""
    for node in _walk(root):
        for name in node.data if isinstance(node.data, dict) else ():
            if name in _SCHEMA_MEMBERS | {"headers"} and _is_schema(node, name):
                yield node.child(name)


def _components(root: Node, section: str) -> Iterator[Node]:
    group = root.value("components")
    group = group.get(section) if isinstance(group, dict) else None
    for name in group if isinstance(group, dict) else ():
        yield root.child("components").child(section).child(name)


def _check_examples(lint: SchemaLint, root: Node) -> None:
    """Of messages, in AsyncAPI {payload, headers}, and of bodies, in OpenAPI {value}."""
    for node in _walk(root):
        examples = node.value("examples")
        if "payload" in node and isinstance(examples, list):
            for index in range(len(examples)):
                place = node.child("examples").item(index)
                for name in ("payload", "headers"):
                    if name in place and name in node:
                        lint.check_value(node.child(name), as_json_text(place.child(name)), "the example")
        if "schema" in node:
            if "example" in node:
                lint.check_value(node.child("schema"), node.child("example"), "the example")
            for name in examples if isinstance(examples, dict) else ():
                place = node.child("examples").child(name)
                if "value" in place:
                    lint.check_value(node.child("schema"), place.child("value"), "the example")


def _unused_components(root: Node) -> Iterator[Finding]:
    """What stands in components, schemas aside, and nothing refers to."""
    used = set(_references(root.data))
    group = root.value("components")
    for section in group if isinstance(group, dict) else ():
        if section in ("schemas", "securitySchemes") or section.startswith("x-"):
            continue
        for node in _components(root, section):
            if node.pointer not in used and "openapi" not in root:
                yield finding(WARNING, "unreachable", node, f'nothing refers to "{node.tokens[-1]}"')


def _references(data: Any) -> Iterator[str]:
    waiting = [data]
    while waiting:
        data = waiting.pop()
        if isinstance(data, dict):
            reference = data.get("$ref")
            if isinstance(reference, str):
                yield reference
            waiting.extend(data.values())
        elif isinstance(data, list):
            waiting.extend(data)


# --------------------------------------------------------------------------------------------- telling messages


def _tell_apart(protocol: Protocol) -> Iterator[Proof]:
    """A proof for each pair of messages that one side sends in a channel. Pairs without one become errors."""
    for channel in protocol.channels:
        for side, keys in (("client", channel.to_server), ("server", channel.to_client)):
            yield from _of_direction(protocol, channel, side, keys)


def _of_direction(protocol: Protocol, channel: Channel, side: str, keys: Sequence[str]) -> Iterator[Proof]:
    library, arms = protocol.strict.library, arms_of(protocol, keys)
    if any(protocol.strict.is_broken(arm.node) for arm in arms):
        return
    pairs = [(i, j) for j in range(len(arms)) for i in range(j)]
    try:
        conditions = _conditions(channel.node, arms)
    except DocumentError as error:
        _collect_pairs(library, error, channel.node, [(arms[i], arms[j]) for i, j in pairs])
        return
    for i, j in pairs:
        reason = why_exclusive(conditions[i], conditions[j], arms[i], arms[j])
        yield Proof(channel.name, side, arms[i].label, arms[j].label, reason)


def _collect_pairs(library: Library, error: DocumentError, node: Node, pairs: Sequence[Tuple[Arm, Arm]]) -> None:
    """Every pair that nothing tells apart, or what is wrong with all messages together."""
    before = library.troubles
    for pair in pairs:
        with library.recovering():
            _conditions(node, list(pair))
    if library.troubles == before:
        library.collect(error, before)


def arms_of(protocol: Protocol, keys: Sequence[str]) -> List[Arm]:
    messages = [m for m in protocol.messages if m.key in keys]
    messages.sort(key=lambda m: m.default_arm)
    return [
        Arm(names.member_name(m.key), m.key, m.payload, m.type, i + 1, False, m.default_arm)
        for i, m in enumerate(messages)
    ]


def _conditions(node: Node, arms: List[Arm]) -> List[Condition]:
    return dispatch.conditions(Union(node, "", True, arms=list(arms), of_direction=True))


def why_exclusive(first: Condition, second: Condition, one: Arm, other: Arm) -> str:
    """What tells two arms apart, from the conditions under which each is chosen."""
    if not first.types & second.types:
        return f"the JSON type: {type_words(first.types)} or {type_words(second.types)}"
    theirs = {mark.path: mark for mark in dispatch.constants_of(second)}
    for mark in dispatch.constants_of(first):
        rival = theirs.get(mark.path)
        if rival is not None and not set(constant_words(mark)) & set(constant_words(rival)):
            return f"{shown(mark.name)}: {' or '.join(constant_words(mark) + constant_words(rival))}"
    rivals = {place.path: place for place in second.places}
    for place in first.places:
        rival_place = rivals.get(place.path)
        if rival_place is not None and tuples.excludes(place, rival_place):
            return f"element {place.name}: {place_words(place)}, or {place_words(rival_place)}"
    for mine, others, owner in ((first, second, one), (second, first, other)):
        for name in mine.present:
            if name in others.absent:
                return f'{shown(name)}, which only "{owner.label}" has'
    rest, marked, condition = (one, other, second) if one.default else (other, one, first)
    assert rest.default, (one.label, other.label)
    signs = [f"{shown(m.name)}: {' or '.join(constant_words(m))}" for m in dispatch.constants_of(condition)]
    signs += [f"element {place.name}: {place_words(place)}" for place in condition.places if place.values]
    sign = (signs + [shown(name) for name in condition.present])[0]
    return f'{sign} of "{marked.label}"; "{rest.label}" is the rest'


def constant_words(mark: Mark) -> List[str]:
    return [shown(value) if mark.is_text else value for value in mark.values]


def place_words(place: Place) -> str:
    """What stands there."""
    if place.values:
        return " or ".join(shown(value) if place.types == model.STRING else value for value in place.values)
    if place.types & tuples.ANY == tuples.ANY:
        return "any value"
    words = [type_words(place.types & tuples.ANY)] if place.types & tuples.ANY else []
    return " or ".join(words + (["nothing"] if place.types & model.NO_ELEMENT else []))


_TYPE_WORDS = (
    (model.NULL, "null"),
    (model.BOOL, "a boolean"),
    (model.NUMBER, "a number"),
    (model.STRING, "a string"),
    (model.ARRAY, "an array"),
    (model.OBJECT, "an object"),
)


def type_words(bits: int) -> str:
    return " or ".join(word for bit, word in _TYPE_WORDS if bits & bit)
