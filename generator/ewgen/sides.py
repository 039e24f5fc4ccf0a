"""Stage 3: the files of a client and of a server: opening channels, receiving, sending."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Iterator, List, Sequence, Set, Tuple

from ewgen import CODEC_ABI
from ewgen.definitions import ENTRY, NAMED, Definition, Rules, Tables, TypeTable
from ewgen.document import Protocol
from ewgen.handshake import Handshake, Piece, read_handshakes
from ewgen.layout import Block, Layout
from ewgen.operations import Head, Side, head_of, plan_side
from ewgen.tables import TableBuilder
from ewgen.text import c_string, wrap


@dataclass(frozen=True)
class EndpointRow:
    scheme: str
    host: Tuple[str, ...]  # pieces in C
    path: Tuple[str, ...]
    accepts: Tuple[str, ...]  # masks
    expected: str


@dataclass(frozen=True)
class HandshakeTable:
    """One channel. stem is what the names of its tables begin with."""

    stem: str
    comment: Tuple[str, ...]
    head: Head
    type: str
    endpoints: Tuple[EndpointRow, ...]
    address: Tuple[str, ...]
    credentials: Tuple[Tuple[str, str], ...]  # key, kind


@dataclass(frozen=True)
class SidePlan:
    prefix: str
    upper: str
    name: str  # client, server
    abi: int
    source: str
    title: str
    side: Side
    blocks: Tuple[Block, ...] = ()
    definitions: Tuple[Definition, ...] = ()
    needs_float: bool = False
    handshakes: Tuple[HandshakeTable, ...] = ()

    @property
    def document_name(self) -> str:
        return f"ew_{self.prefix}_document"


def plan_sides(protocol: Protocol, layout: Layout, tables: Tables, wanted: Sequence[str]) -> Tuple[SidePlan, ...]:
    """layout and tables are those of the codec: what it has is not made again."""
    own = Layout(protocol.prefix, owners=dict(layout.owners), complete=set(layout.complete), boxed=layout.boxed)
    plans = []
    for name in wanted:
        side = plan_side(protocol, own, tables.types, name)
        plan = SidePlan(
            prefix=protocol.prefix,
            upper=protocol.prefix.upper(),
            name=name,
            abi=CODEC_ABI,
            source=protocol.source,
            title=" ".join(protocol.title.split()),
            side=side,
        )
        if name == "client":
            plan = _with_handshakes(plan, protocol, own, tables)
        if plan.handshakes or side.receivers or side.senders:
            plans.append(plan)
    return tuple(plans)


def _with_handshakes(plan: SidePlan, protocol: Protocol, own: Layout, tables: Tables) -> SidePlan:
    handshakes = read_handshakes(protocol)
    for handshake in handshakes:
        own.define(handshake.type)
    part = replace(protocol, schemas=[h.type for h in handshakes], messages=[], directions=[])
    made = TableBuilder(part, own, set(), set()).build({}, {})
    definitions = tuple(_needed(made, tables, [made.types[h.type] for h in handshakes]))
    return replace(
        plan,
        blocks=tuple(own.blocks),
        definitions=definitions,
        needs_float=any("DBL_MAX" in v for d in definitions if isinstance(d, Rules) for _, v in d.values),
        handshakes=tuple(_table(own, made, h) for h in handshakes),
    )


_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _needed(made: Tables, known: Tables, roots: Sequence[str]) -> Iterator[Definition]:
    """What the codec does not export, as static tables, without what only that refers to."""
    there = {d.name for d in known.definitions if d.exported}
    left = [d for d in made.definitions if d.name not in there]
    mentioned: Set[str] = set()
    todo = [name for root in roots for name in _IDENTIFIER.findall(root)]
    by_name = {d.name: d for d in left}
    while todo:
        name = todo.pop()
        if name in by_name and name not in mentioned:
            mentioned.add(name)
            todo.extend(_IDENTIFIER.findall(repr(replace(by_name[name], name=""))))
    return (_static(d) for d in left if d.name in mentioned)


def _static(definition: Definition) -> Definition:
    """The document has the places of its own types alone."""
    if isinstance(definition, TypeTable) and definition.c_type == NAMED:
        return replace(definition, exported=False, c_type=ENTRY)
    return replace(definition, exported=False)


def _table(layout: Layout, tables: Tables, handshake: Handshake) -> HandshakeTable:
    c_type = layout.c_type(handshake.type)
    parameters = (f"const {c_type} *in", "ew_buf *url", "ew_buf *headers", "ew_diag *diag")
    name = layout.name(f"{handshake.stem}_url")
    layout.claim(name, handshake.channel.node)
    return HandshakeTable(
        stem=handshake.stem,
        comment=tuple(_comment(handshake)),
        head=head_of(name, parameters),
        type=tables.types[handshake.type],
        endpoints=tuple(
            EndpointRow(
                scheme=c_string(e.scheme),
                host=_pieces(e.host),
                path=_pieces(e.path),
                accepts=tuple(f"0x{sum(1 << i for i in together):x}" for together in e.accepts),
                expected=c_string(e.expected) if e.expected else "",
            )
            for e in handshake.endpoints
        ),
        address=_pieces(handshake.address),
        credentials=tuple((c_string(c.key), "EW_CREDENTIAL_" + c.kind) for c in handshake.credentials),
    )


def _comment(handshake: Handshake) -> Iterator[str]:
    channel = handshake.channel
    address = f" ({channel.address})" if channel.address else ""
    yield from wrap(f"The URL and the headers of {channel.name}{address}. See ew_handshake_write().", 3)


def _pieces(pieces: Sequence[Piece]) -> Tuple[str, ...]:
    """The members of each, without braces."""
    rows = []
    for piece in pieces:
        values = [f".text = {c_string(piece.text)}"] if piece.text is not None else []
        values += [f".member = {piece.member}"] if piece.member else []
        rows.append(", ".join(values))
    return tuple(rows)
