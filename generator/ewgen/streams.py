"""Stage 3, before the plan: lists whose elements can be decoded one by one (x-ew-stream)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, List, Optional, Set

from ewgen import model
from ewgen.document import Message, Protocol
from ewgen.layout import children, reachable, roots_of
from ewgen.load import Node


@dataclass(frozen=True)
class Stream:
    """A message that is a list, or an object with one such list in it."""

    message: Message
    array: model.Array
    member: Optional[model.Member]


def find_streams(protocol: Protocol) -> List[Stream]:
    streams = [stream for message in protocol.messages for stream in _of_message(message)]
    used = [stream.array for stream in streams]
    for kind in reachable(roots_of(protocol)):
        if isinstance(kind, model.Array) and kind.stream and kind not in used:
            raise kind.node.child("x-ew-stream").error("only a message, or a member of one, can be a stream")
    return streams


def unsaid_around(protocol: Protocol, stream: Stream) -> Optional[Node]:
    """A keyword that no type says, in the message but not inside of the elements."""
    for schemas in (protocol.strict, protocol.lenient):
        root = schemas.types[stream.message.type.node.key]
        array = schemas.types[stream.array.node.key]
        seen: Set[model.Type] = set()
        waiting = [root]
        while waiting:
            kind = waiting.pop()
            if kind.unsaid is not None:
                return kind.unsaid
            if kind not in seen:
                seen.add(kind)
                waiting.extend([] if kind is array else children(kind))
    return None


def _of_message(message: Message) -> Iterator[Stream]:
    kind = message.type
    if isinstance(kind, model.Array) and kind.stream:
        yield Stream(message, kind, None)
    if not isinstance(kind, model.Object):
        return
    members = [m for m in kind.members if isinstance(m.type, model.Array) and m.type.stream]
    if not members:
        return
    place = members[-1].node
    if len(members) > 1:
        raise place.error(f'x-ew-stream stands on "{members[0].name}" too: one list of a message can be a stream')
    if any(m.sibling is not None for m in kind.members):
        raise place.error("x-ew-stream cannot stand beside a member whose type depends on another one")
    assert isinstance(members[0].type, model.Array)
    yield Stream(message, members[0].type, members[0])
