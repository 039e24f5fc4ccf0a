"""`ewgen diff OLD NEW`: what another version of a document, or of a JSON Schema, means for programs made from this one.

A change breaks readers when those of the old version refuse, or do not know, what is written by the new one. It breaks writers when
what those of the old version write is refused, or not known, by the new one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from ewgen.assertions import Asked, Program, Schema, let_null_pass
from ewgen.asyncapi import OVER_HTTP, Channel
from ewgen.bare import open_schema
from ewgen.dialects import Dialect
from ewgen.difference import Change, Comparison
from ewgen.document import Message, Protocol, read_protocol
from ewgen.lint import default_prefix
from ewgen.load import Library, Node
from ewgen.options import rules_of
from ewgen.resources import Registry

COMPATIBLE, READERS, WRITERS, BOTH = "compatible", "breaks readers", "breaks writers", "breaks both"

# Something of the old version and of the new one.
Pair = Tuple[Optional[str], Optional[str]]

# Who writes a message, and who reads it.
_ROLES = {"client": ("clients", "servers"), "server": ("servers", "clients"), "http": ("writers", "readers")}


@dataclass(frozen=True)
class Verdict:
    """One change and whom it breaks. side: who writes, "" when it is about a schema by itself."""

    kind: str  # COMPATIBLE, ...
    channel: str
    side: str
    message: str
    place: str  # in the message
    text: str
    old: Optional[Node]
    new: Optional[Node]

    @property
    def node(self) -> Node:
        node = self.new or self.old
        assert node is not None
        return node

    def __str__(self) -> str:
        node = self.node
        line = node.file.line(node.tokens)
        words = [self.place, self.text] if self.place else [self.text]
        who = f'"{self.message}"' if self.message else ""
        if self.side in ("client", "server"):
            who = (f"{who} " if who else "") + f"from the {self.side}"
        who = f"{who}: " if who else ""
        return f"{node.file.label}:{line}: {node.pointer}: {who}{' '.join(words)} [{self._kind()}]"

    def _kind(self) -> str:
        if self.kind == COMPATIBLE or not self.side:
            return self.kind
        writers, readers = _ROLES[self.side]
        if self.kind == BOTH:
            return f"breaks both {writers} and {readers}" if self.side != "http" else BOTH
        kind, who = (WRITERS, writers) if self.kind == WRITERS else (READERS, readers)
        return kind if self.side == "http" else f"{kind}: {who}"

    def as_json(self) -> Dict[str, Any]:
        return {
            "class": self.kind,
            "channel": self.channel or None,
            "side": self.side or None,
            "message": self.message or None,
            "place": self.place,
            "text": self.text,
            "old": _place(self.old),
            "new": _place(self.new),
        }


def _place(node: Optional[Node]) -> Optional[Dict[str, Any]]:
    if node is None:
        return None
    return {"file": node.file.label, "line": node.file.line(node.tokens), "pointer": node.pointer}


def kind_of(narrows: bool, widens: bool) -> str:
    if narrows and widens:
        return BOTH
    return WRITERS if narrows else READERS if widens else COMPATIBLE


def is_breaking(verdicts: Sequence[Verdict]) -> bool:
    return any(v.kind != COMPATIBLE for v in verdicts)


# ------------------------------------------------------------------------------------------------ bare schemas


def diff_schemas(
    base: str,
    paths: Tuple[str, str],
    name: Optional[str],
    dialect: Dialect,
    asked: Asked,
    remotes: Tuple[Tuple[str, str], ...],
    options: Pair = (None, None),
    refs: Sequence[str] = (),
) -> List[Verdict]:
    """options: files of options for the old one and the new one."""
    sides = []
    for path, own in zip(paths, options):
        library = Library(base, refs=refs)
        rules = rules_of(library, own)
        registry = Registry(library, dialect, remotes)
        _, root = open_schema(registry, path, name)
        program = Program(registry, replace(asked, formats=asked.formats | rules.formats))
        sides.append((program, program.compile(root)))
    (old, old_root), (new, new_root) = sides
    return [_verdict(change, "", "", "") for change in Comparison(old, new).run(old_root, new_root)]


def _verdict(change: Change, channel: str, side: str, message: str) -> Verdict:
    kind = kind_of(change.narrows, change.widens)
    return Verdict(kind, channel, side, message, change.place, change.text, change.old, change.new)


# --------------------------------------------------------------------------------------------------- documents


class _Version:
    """One of the two documents."""

    def __init__(self, base: str, path: str, options: Optional[str], refs: Sequence[str]):
        library = Library(base, refs=refs)
        rules = rules_of(library, options)
        root = library.open(path)
        self.protocol = read_protocol(library, [path], rules.prefix or default_prefix(root), None, rules)
        registry = Registry(library)
        resource = registry.add_document(root, "file://" + root.file.path)
        self.program = Program(registry, Asked(self.protocol.strict.rules.formats))
        self.schemas: Dict[str, Schema] = {}
        for message in self.protocol.messages:
            registry.adopt(message.payload, resource)
            self.schemas[message.key] = self.program.compile(message.payload)
        let_null_pass(self.program)

    def message(self, key: str) -> Message:
        return next(m for m in self.protocol.messages if m.key == key)

    def has_type(self, key: str) -> bool:
        return any(m.key == key for m in self.protocol.messages)


def diff_documents(
    base: str, paths: Tuple[str, str], options: Pair = (None, None), refs: Sequence[str] = ()
) -> List[Verdict]:
    """options: files of options for the old one and the new one. refs: folders that references may lead to."""
    old, new = (_Version(base, path, own, refs) for path, own in zip(paths, options))
    found = _Documents(old, new).run()
    return list({str(verdict): verdict for verdict in found}.values())


class _Documents:
    def __init__(self, old: _Version, new: _Version):
        self.old = old
        self.new = new
        self.changes: Dict[str, List[Change]] = {}  # by message
        self.told: set = set()

    def run(self) -> Iterator[Verdict]:
        old, new = ({c.name: c for c in v.protocol.channels} for v in (self.old, self.new))
        for name in dict.fromkeys([*old, *new]):
            if name not in new:
                yield Verdict(BOTH, name, "", "", "", f'the channel "{name}" is gone', old[name].node, None)
            elif name not in old:
                yield Verdict(COMPATIBLE, name, "", "", "", f'the channel "{name}" is new', None, new[name].node)
            else:
                yield from self._channel(old[name], new[name])
        yield from self._over_http()

    def _channel(self, old: Channel, new: Channel) -> Iterator[Verdict]:
        if old.address != new.address:
            text = f'the address was "{old.address}" and is "{new.address}"'
            yield Verdict(BOTH, new.name, "", "", "", text, old.node, new.node)
        yield from self._handshake(old, new)
        for side, before, after in (("client", old.to_server, new.to_server), ("server", old.to_client, new.to_client)):
            for key in dict.fromkeys(before + after):
                yield from self._message(new.name, side, key, key in before, key in after)

    def _handshake(self, old: Channel, new: Channel) -> Iterator[Verdict]:
        """Query and headers: written by clients, read by servers."""
        for what in ("query", "headers"):
            was, is_ = ({p.name: p for p in getattr(c, what)} for c in (old, new))
            for name in dict.fromkeys([*was, *is_]):
                if name not in is_:
                    kind, text = COMPATIBLE, "is gone"
                elif is_[name].required and not (name in was and was[name].required):
                    kind, text = WRITERS, "is required now" if name in was else "is new and required"
                elif name not in was:
                    kind, text = COMPATIBLE, "is new"
                elif was[name].required and not is_[name].required:
                    kind, text = READERS, "is no longer required"
                else:
                    continue
                yield Verdict(kind, new.name, "client", "", "", f'{what} "{name}" {text}', old.node, new.node)

    def _message(self, channel: str, side: str, key: str, was: bool, is_: bool) -> Iterator[Verdict]:
        if not is_:
            yield Verdict(WRITERS, channel, side, key, "", "is gone", self._place(self.old, key), None)
        elif not was:
            yield Verdict(READERS, channel, side, key, "", "is new", None, self._place(self.new, key))
        elif self.old.has_type(key) and self.new.has_type(key):
            yield from self._changes(channel, side, key)

    @staticmethod
    def _place(version: _Version, key: str) -> Node:
        known = [*version.protocol.messages, *version.protocol.opaque]
        return next(m.node for m in known if m.key == key)

    def _changes(self, channel: str, side: str, key: str) -> Iterator[Verdict]:
        """Of a message that several channels carry, told once for each side that writes it."""
        if (side, key) in self.told:
            return
        self.told.add((side, key))
        if key not in self.changes:
            comparison = Comparison(self.old.program, self.new.program)
            self.changes[key] = comparison.run(self.old.schemas[key], self.new.schemas[key])
        for change in self.changes[key]:
            yield _verdict(change, channel, side, key)

    def _over_http(self) -> Iterator[Verdict]:
        """Bodies of requests and responses."""
        sides = [{m.key for m in v.protocol.messages if m.directions & OVER_HTTP} for v in (self.old, self.new)]
        for key in [m.key for v in (self.old, self.new) for m in v.protocol.messages if m.key in sides[0] | sides[1]]:
            if ("http", key) not in self.told:
                yield from self._message("", "http", key, key in sides[0], key in sides[1])
                self.told.add(("http", key))
