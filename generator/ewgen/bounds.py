"""How large the values of a type can get: as compact JSON that the encoder writes, and in the arena when they are decoded.

The arena is counted for 64-bit processors, whose structs are the largest, in the strict profile, and with every string escaped in the text, since one
without escapes needs no room. What a list leaves behind when it grows is counted as reader.c grows lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Iterator, List, Optional, Set, Tuple

from ewgen import instance, model
from ewgen.checks import needs_check
from ewgen.document import Message, Protocol
from ewgen.layout import Layout, reachable
from ewgen.load import Node
from ewgen.regex import Dfa

# Blocks of an arena are aligned for any type.
ALIGNMENT = 16
# A code point: as UTF-8, and as its longest escape.
MAX_UTF8 = 4
MAX_ESCAPE = 6
# -0.0000012345678901234567
MAX_DOUBLE = 25
# What no buffer of the codec can be.
MAX_BYTES = model.UINT32_MAX
# The work that finding the longest text of a pattern may take; behind it, its length alone counts.
MAX_STEPS = 2_000_000


@dataclass(frozen=True)
class Reason:
    """Why there is no bound."""

    node: Node
    text: str


@dataclass(frozen=True)
class Bound:
    """size is None when there is no bound; then reasons says where."""

    size: Optional[int]
    reasons: Tuple[Reason, ...] = ()

    def __add__(self, other: "Bound") -> "Bound":
        reasons = self.reasons + tuple(r for r in other.reasons if r not in self.reasons)
        size = None if self.size is None or other.size is None else self.size + other.size
        return Bound(size, reasons)

    def times(self, count: int) -> "Bound":
        return Bound(None if self.size is None else self.size * count, self.reasons)


ZERO = Bound(0)


def largest(bounds: List[Bound]) -> Bound:
    reasons: List[Reason] = []
    for bound in bounds:
        reasons += [r for r in bound.reasons if r not in reasons]
    sizes = [b.size for b in bounds if b.size is not None]
    return Bound(None if reasons else max(sizes, default=0), tuple(reasons))


def _unbounded(node: Node, text: str) -> Bound:
    return Bound(None, (Reason(node, text),))


class _Walk:
    """One measure of all types that a type reaches. A type inside itself has none."""

    def __init__(self) -> None:
        self.known: Dict[model.Type, Bound] = {}
        self.open: List[model.Type] = []

    def of(self, kind: model.Type) -> Bound:
        if kind in self.open:
            return _unbounded(kind.node, "contains itself")
        if kind not in self.known:
            self.open.append(kind)
            found = self.measure(kind)
            self.open.pop()
            if found.size is not None and found.size > MAX_BYTES:
                found = _unbounded(kind.node, "can be larger than 4 GiB")
            if self.open and any(r.text == "contains itself" for r in found.reasons):
                return found  # of a part of what is being looked at
            self.known[kind] = found
        return self.known[kind]

    def measure(self, kind: model.Type) -> Bound:
        raise NotImplementedError


# ----------------------------------------------------------------------------------------------------- encoded


class Encoded(_Walk):
    """Bytes of the longest text."""

    def __init__(self, escape_html: bool):
        super().__init__()
        self.escape_html = escape_html

    def measure(self, kind: model.Type) -> Bound:
        for cls, measure in (
            (model.Const, lambda: Bound(self.text(kind.value))),
            (model.Enum, lambda: Bound(max(self.text(v) for v in kind.values))),
            (model.Bool, lambda: Bound(5)),
            (model.Null, lambda: Bound(4)),
            (model.Integer, lambda: Bound(max(len(str(kind.minimum)), len(str(kind.maximum))))),
            (model.Number, lambda: Bound(MAX_DOUBLE - (kind.minimum is not None and kind.minimum >= 0))),
            (model.String, lambda: self.string(kind)),
            (model.Array, lambda: self.array(kind)),
            (model.Object, lambda: self.object(kind)),
            (model.TupleOf, lambda: self.tuple(kind)),
            (model.Union, lambda: largest([self.of(arm.type) for arm in kind.arms])),
            (model.OpenEnum, lambda: _unbounded(kind.node, "any text")),
            (model.Digits, lambda: _unbounded(kind.node, "a number of any number of digits")),
            (model.Raw, lambda: _unbounded(kind.node, "any value")),
            (model.Map, lambda: _unbounded(kind.node, "members with names of any length")),
        ):
            if isinstance(kind, cls):
                return measure()
        return _unbounded(kind.node, "not worked out")

    def text(self, value: object) -> int:
        return len(instance.to_json(value, self.escape_html).encode("utf-8"))

    def string(self, kind: model.String) -> Bound:
        return _string(kind, Weights(self.weight, _LINE_ENDS if self.escape_html else ()), MAX_ESCAPE) + Bound(2)

    def weight(self, lead: int) -> int:
        if lead in (8, 9, 10, 12, 13, 0x22, 0x5C):
            return 2
        if lead < 0x20 or (self.escape_html and lead in b"<>&"):
            return MAX_ESCAPE
        return _utf8_length(lead)

    def array(self, kind: model.Array) -> Bound:
        item = self.of(kind.item)
        if kind.max_items is None:
            return _unbounded(kind.node, "no maxItems") + item
        return item.times(kind.max_items) + Bound(2 + max(kind.max_items - 1, 0))

    def object(self, kind: model.Object) -> Bound:
        total = Bound(2 + max(len(kind.members) - 1, 0)) + _kept(kind)
        for member in kind.members:
            total += Bound(self.text(member.name) + 1)
            total += self.member(member)
        return total

    def tuple(self, kind: model.TupleOf) -> Bound:
        total = Bound(2 + max(len(kind.places) - 1, 0))
        for member in kind.places:
            total += self.member(member)
        if kind.has_rest:
            # Without the brackets of a list, and with a comma before its first element.
            rest = kind.members[-1].type
            total += self.of(rest) + Bound(-1 if rest.max_items else -2)
        return total

    def member(self, member: model.Member) -> Bound:
        return largest([self.of(member.type)] + ([Bound(4)] if member.nullable else []))


# ------------------------------------------------------------------------------------------------------- arena


class Arena(_Walk):
    """Bytes that decoding takes from the arena, what is lost to alignment included."""

    def __init__(self, layout: Layout):
        super().__init__()
        self.layout = layout
        self.sizes: Dict[model.Type, Tuple[int, int]] = {}

    def measure(self, kind: model.Type) -> Bound:
        if isinstance(kind, model.String):
            return _string(kind, Weights(_utf8_length), MAX_UTF8)
        if isinstance(kind, model.Array):
            return self.array(kind)
        if isinstance(kind, model.Struct):
            return self.object(kind)
        if isinstance(kind, model.Union):
            return largest([self.of(arm.type) for arm in kind.arms])
        if isinstance(kind, model.OpenEnum):
            return _unbounded(kind.node, "any text")
        if isinstance(kind, model.Map):
            return _unbounded(kind.node, "members with names of any length")
        # Numbers, constants and enums are in the struct, free-form values and digits are views of the text.
        views = (model.Const, model.Enum, model.Bool, model.Null, model.Integer, model.Number, model.Digits, model.Raw)
        return ZERO if isinstance(kind, views) else _unbounded(kind.node, "not worked out")

    def object(self, kind: model.Struct) -> Bound:
        total = _kept(kind)
        for member, own in zip(kind.members, self.layout.member_names(kind)):
            total += self.of(member.type)
            if own.boxed:
                total += _block(self.size_of(member.type)[0])
        return total

    def array(self, kind: model.Array) -> Bound:
        item = self.of(kind.item)
        if kind.max_items is None:
            return _unbounded(kind.node, "no maxItems") + item
        size = self.size_of(kind.item)[0]
        if item.size == 0:
            # Nothing comes between, so it grows where it is.
            return _block(size * kind.max_items) if kind.max_items else ZERO
        return sum((_block(size * count) for count in _blocks(kind.max_items)), item.times(kind.max_items))

    # ------------------------------------------------------------------------------------------------ sizes

    def size_of(self, kind: model.Type) -> Tuple[int, int]:
        """(size, alignment) of the C type."""
        if kind not in self.sizes:
            self.sizes[kind] = self._size_of(kind)
        return self.sizes[kind]

    def _size_of(self, kind: model.Type) -> Tuple[int, int]:
        if self.layout.c_type(kind) is None:
            return (0, 1)
        if isinstance(kind, model.Bool):
            return (1, 1)
        if isinstance(kind, (model.Enum, model.OpenEnum)):
            return (4, 4)
        if isinstance(kind, (model.Integer, model.Number)):
            return (8, 8)
        if isinstance(kind, model.Struct):
            return _struct(list(self._fields(kind)) or [(1, 1)])
        if isinstance(kind, model.Union):
            return self._union(kind)
        return (16, 8)  # ew_str, ew_raw, ew_num; a list: a pointer and a count

    def _fields(self, kind: model.Struct) -> Iterator[Tuple[int, int]]:
        names = self.layout.member_names(kind)
        for member, own in zip(kind.members, names):
            if own.value is not None:
                yield (8, 8) if own.boxed else self.size_of(member.type)
            if own.text is not None:
                yield (16, 8)
        if kind.keeps:
            yield (16, 8)
        for own in names:
            if own.presence is not None:
                yield (1, 1)

    def _union(self, kind: model.Union) -> Tuple[int, int]:
        arms = [self.size_of(arm.type) for arm in kind.arms if self.layout.c_type(arm.type) is not None]
        size, align = max((s for s, _ in arms), default=0), max((a for _, a in arms), default=1)
        union = (-(-size // align) * align, align)
        if kind.tag_enum is not None:
            return union if size else (1, 1)
        return _struct([(4, 4), union] if size else [(4, 4)])


def _kept(kind: model.Struct) -> Bound:
    return _unbounded(kind.node, "members that the schema does not name are kept") if kind.keeps else ZERO


def _struct(fields: List[Tuple[int, int]]) -> Tuple[int, int]:
    offset, most = 0, 1
    for size, align in fields:
        offset = -(-offset // align) * align + size
        most = max(most, align)
    return (-(-offset // most) * most, most)


def _block(size: int) -> Bound:
    """A block, and what may be lost before it."""
    return Bound(size + ALIGNMENT - 1)


def _blocks(count: int) -> List[int]:
    """The elements of each block that a list of so many may take one after the other: it is given twice as much room up to
    four elements, then half as much again or more, and no more than it can have. Dearest is what grows slowly and
    is full before it grows for the last time."""
    found = [n for n in (1, 2, 4) if n == 1 or count > n // 2]
    if count <= 4:
        return found
    found.append(count)
    before = count - 1
    while before > 5:  # four grow to six at least
        found.append(before)
        before = (2 * before + 1) // 3
    return found


# ----------------------------------------------------------------------------------------------------- strings


def _utf8_length(lead: int) -> int:
    return 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4


_FIRST_BYTES = tuple((lead, _utf8_length(lead)) for lead in (*range(0x80), *range(0xC2, 0xF5)))

# U+2028 and U+2029, which are no line ends in JSON but were some in JavaScript.
_LINE_ENDS = (b"\xe2\x80\xa8", b"\xe2\x80\xa9")


@dataclass(frozen=True)
class Weights:
    """How much a character counts: by its first byte, but for those that are written as the longest escape."""

    of_lead: Callable[[int], int]
    escaped: Tuple[bytes, ...] = ()


def _string(kind: model.String, weights: Weights, most: int) -> Bound:
    """The largest sum of weights of the characters of a text."""
    by_length = None if kind.max_length is None else most * kind.max_length
    if kind.dfa is not None:
        by_pattern = longest(kind.dfa, kind.max_length, weights)
        if by_pattern is not None:
            return Bound(by_pattern)
    if by_length is None:
        return _unbounded(kind.node, "no maxLength" + (", and the pattern has none" if kind.dfa is not None else ""))
    return Bound(by_length)


def longest(dfa: Dfa, max_length: Optional[int], weights: Weights) -> Optional[int]:
    """None when texts can be of any length, or when finding the largest one takes too long."""
    leads = _leads(dfa, weights)
    steps = _living(dfa, {state: _steps(dfa, state, weights, leads) for state in range(1, len(dfa.rows))})
    if max_length is not None and max_length * sum(map(len, steps.values())) <= MAX_STEPS:
        return _within(dfa, steps, max_length)
    return _without_cycles(dfa, steps)


def _leads(dfa: Dfa, weights: Weights) -> Dict[Tuple[int, int], int]:
    """What first bytes weigh at most, by their class and by how many bytes they begin."""
    found: Dict[Tuple[int, int], int] = {}
    for lead, length in _FIRST_BYTES:
        sort = (dfa.classes[lead], length)
        found[sort] = max(found.get(sort, 0), weights.of_lead(lead))
    return found


def _steps(dfa: Dfa, state: int, weights: Weights, leads: Dict[Tuple[int, int], int]) -> Dict[int, int]:
    """Where one character leads, and the most that it weighs."""
    found: Dict[int, int] = {}
    behind = set(dfa.classes[0x80:0xC0])
    for (lead, length), weight in leads.items():
        targets = {dfa.rows[state][lead]} - {0}
        for _ in range(length - 1):
            targets = {dfa.rows[t][c] for t in targets for c in behind} - {0}
        for target in targets:
            found[target] = max(found.get(target, 0), weight)
    for char in weights.escaped:
        target = state
        for byte in char:
            target = dfa.step(target, byte)
        if target != 0:
            found[target] = MAX_ESCAPE
    return found


def _living(dfa: Dfa, steps: Dict[int, Dict[int, int]]) -> Dict[int, Dict[int, int]]:
    """Only what can be reached, and from where a text can still end."""
    reached: Set[int] = {1}
    waiting = [1]
    while waiting:
        for target in steps[waiting.pop()]:
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    ends = {state for state in reached if dfa.accept[state]}
    while True:
        more = {s for s in reached - ends if any(t in ends for t in steps[s])}
        if not more:
            break
        ends |= more
    return {s: {t: w for t, w in steps[s].items() if t in ends} for s in sorted(ends)}


def _within(dfa: Dfa, steps: Dict[int, Dict[int, int]], max_length: int) -> int:
    best: Dict[int, int] = {1: 0}
    found = 0
    for _ in range(max_length + 1):
        found = max([found] + [w for state, w in best.items() if dfa.accept[state]])
        after: Dict[int, int] = {}
        for state, sum_ in best.items():
            for target, more in steps.get(state, {}).items():
                after[target] = max(after.get(target, 0), sum_ + more)
        best = after
    return found


def _without_cycles(dfa: Dfa, steps: Dict[int, Dict[int, int]]) -> Optional[int]:
    """In the order of the arrows; with a cycle some states are never free."""
    waits = {state: 0 for state in steps}
    for targets in steps.values():
        for target in targets:
            waits[target] += 1
    free = [state for state in steps if waits[state] == 0]
    best = {state: 0 for state in steps}
    for state in free:
        for target, more in steps[state].items():
            best[target] = max(best[target], best[state] + more)
            waits[target] -= 1
            if waits[target] == 0:
                free.append(target)
    if len(free) < len(steps):
        return None
    return max((best[s] for s in steps if dfa.accept[s]), default=0)


# ---------------------------------------------------------------------------------------------------- messages


class Bounds:
    """Of all messages of a protocol."""

    def __init__(self, protocol: Protocol, layout: Layout, always_checked: bool = False):
        self.protocol = protocol
        self.always_checked = always_checked
        self.encoded = Encoded(protocol.escape_html)
        self.arena = Arena(layout)

    def to_decode(self, message: Message) -> Bound:
        return self._checked(message) + self.arena.of(message.type)

    def to_encode(self, message: Message) -> Bound:
        return self._checked(message) + self.encoded.of(message.type)

    def _checked(self, message: Message) -> Bound:
        """The schema engine may take memory behind the values, as much as the text asks for."""
        if not self.always_checked and not needs_check(self.protocol, message.type):
            return ZERO
        unsaid = [k.unsaid for k in reachable([message.type]) if k.unsaid is not None]
        node = unsaid[0] if unsaid else message.node
        return _unbounded(node, "checked by the schema engine, which may need memory of its own")
