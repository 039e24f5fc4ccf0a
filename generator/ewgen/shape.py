"""Shapes: patterns whose texts can be checked in blocks, found in the minimal automaton and not in the pattern's text.

Three kinds: a row of fixed places, each a set of bytes (a UUID); a head of fixed bytes and a run of bytes of one set, of which
there may be a number without leading zeros (0x and 64 digits); Base64. A row may also be the head of something longer: then the
rest has an automaton of its own. Shape.proves() shows that it accepts exactly what the pattern does.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from typing import Dict, FrozenSet, List, Optional, Sequence, Tuple

from ewgen import model
from ewgen.regex import Dfa, among_utf8, compile_pattern, minimal

# Bytes of a vector block, and of the literal head in front of a run.
BLOCK = 16
HEAD = 8
# EW_LONGEST_SHAPE: bytes of a text that the readers do not measure.
LONGEST = 255
# The check of a run takes two gaps at a time.
RUN_GAPS = (2, 4, 6)

# Behind the row of a time: what Go and others write of a second.
FRACTION = r"^(\.[0-9]{0,8}[1-9])?Z$"
LONGEST_FRACTION = len(".123456789Z")

BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"

Bytes = FrozenSet[int]


@dataclass(frozen=True)
class Gap:
    """Bytes that a set has not, perhaps over 255 and 0; with no bytes at all it is everywhere."""

    first: int
    count: int

    def has(self, c: int) -> bool:
        return (c - self.first) % 256 < self.count


@dataclass(frozen=True)
class Place:
    """One byte of a row: first <= c <= first + span, and not in the row's gap."""

    first: int
    span: int


# States of the machine that a shape is: how many bytes it has taken, or one of these.
REFUSED = -1
_LONE_ZERO = -2


@dataclass(frozen=True)
class Shape:
    """kind is row, time, run, number or base64. low and high count bytes of the whole text; high None is no bound.

    A number is a run that is the byte 0 alone or does not start with it. rest goes on where a row ends.
    """

    kind: str
    gaps: Tuple[Gap, ...]
    low: int
    high: Optional[int]
    head: bytes = b""
    places: Tuple[Place, ...] = ()
    rest: Optional[Dfa] = None

    def matches(self, text: bytes) -> bool:
        if self.kind == "base64":
            return compile_pattern(BASE64).matches(text.decode("latin-1"))
        state = 0
        for c in text:
            state = self.step(state, c)
        return self.accepts(state)

    @property
    def row(self) -> int:
        """How many bytes stand in front of the rest."""
        return self.low - 1 if self.kind == "time" else self.low

    @property
    def is_brief_row(self) -> bool:
        """A row of more than one block and at most two, without a gap, and more behind it."""
        return self.kind == "row" and self.rest is not None and BLOCK < self.low <= 2 * BLOCK and self.gaps[0].count == 0

    def step(self, state: int, c: int) -> int:
        if state < 0:
            return REFUSED
        if self.rest is not None and state >= self.row:
            target = self.rest.step(state - self.row + 1, c)
            return self.row - 1 + target if target else REFUSED
        if state == self.high or not self._fits(state, c):
            return REFUSED
        if self.kind == "number" and state == len(self.head) and c == ord("0"):
            return _LONE_ZERO
        # Without a bound, all states behind the lower one are the same.
        return state + 1 if self.high is not None else min(state + 1, max(self.low, len(self.head) + 1))

    def _fits(self, state: int, c: int) -> bool:
        if state < len(self.head):
            return c == self.head[state]
        if self.kind in ("row", "time") and not 0 <= c - self.places[state].first <= self.places[state].span:
            return False
        return not any(gap.has(c) for gap in self.gaps[: 1 if self.kind == "time" else None])

    def accepts(self, state: int) -> bool:
        if self.rest is not None:
            return state >= self.row and self.rest.accept[state - self.row + 1]
        return state == _LONE_ZERO or state >= self.low

    def proves(self, dfa: Dfa) -> bool:
        """Walks both at once: they accept the same texts."""
        if self.kind == "base64":
            return dfa == compile_pattern(BASE64)
        pairs = {(0, 1)}
        waiting = [(0, 1)]
        while waiting:
            state, twin = waiting.pop()
            if self.accepts(state) != dfa.accept[twin]:
                return False
            for c in range(256):
                pair = (self.step(state, c), dfa.step(twin, c))
                if pair not in pairs:
                    pairs.add(pair)
                    waiting.append(pair)
        return True


# ---------------------------------------------------------------------------------------------------- sets of bytes


def _runs(members: Bytes) -> List[Tuple[int, int]]:
    runs: List[Tuple[int, int]] = []
    for c in sorted(members):
        if runs and c == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], c)
        else:
            runs.append((c, c))
    return runs


def gaps_of(members: Bytes) -> Tuple[Gap, ...]:
    """What a set has not, the gap over 255 and 0 last. A gap without bytes when it has everything."""
    runs = _runs(members)
    found = []
    for (_, last), (first, _) in zip(runs, runs[1:] + [(runs[0][0] + 256, 0)]):
        if first > last + 1:
            found.append(Gap((last + 1) % 256, first - last - 1))
    return tuple(found) or (Gap(0, 0),)


# ------------------------------------------------------------------------------------------------------- the automaton


@dataclass(frozen=True)
class _Step:
    accept: bool
    exits: Tuple[Tuple[int, Bytes], ...]  # live successors and the bytes that lead there


def _steps(dfa: Dfa) -> List[_Step]:
    result = []
    for row, accept in zip(dfa.rows, dfa.accept):
        exits: Dict[int, set] = {}
        for byte, symbol in enumerate(dfa.classes):
            if row[symbol] != 0:
                exits.setdefault(row[symbol], set()).add(byte)
        result.append(_Step(accept, tuple((t, frozenset(b)) for t, b in exits.items())))
    return result


@dataclass(frozen=True)
class _Chain:
    """The one way from a state on: sets[i] leads from place i to the next, accepts[i] says whether the text may end there."""

    sets: Tuple[Bytes, ...]
    accepts: Tuple[bool, ...]  # one more than sets
    end: int  # the state behind the last place
    loop: Optional[Bytes]  # what that state takes for ever


def _chain(steps: Sequence[_Step], state: int) -> _Chain:
    sets: List[Bytes] = []
    accepts = [steps[state].accept]
    seen = {state}
    while len(steps[state].exits) == 1:
        target, members = steps[state].exits[0]
        if target == state:
            return _Chain(tuple(sets), tuple(accepts), state, members)
        if target in seen:
            break
        seen.add(target)
        sets.append(members)
        accepts.append(steps[target].accept)
        state = target
    return _Chain(tuple(sets), tuple(accepts), state, None)


def _lengths(chain: _Chain) -> Optional[Tuple[int, Optional[int]]]:
    """The accepted lengths from..to; None when there are gaps or none."""
    accepted = [i for i, a in enumerate(chain.accepts) if a]
    if not accepted or not all(chain.accepts[accepted[0] : accepted[-1] + 1]):
        return None
    if chain.loop is not None and accepted[-1] != len(chain.sets):
        return None
    return accepted[0], None if chain.loop is not None else accepted[-1]


# --------------------------------------------------------------------------------------------------------- the kinds


def _find_base64(dfa: Dfa) -> Optional[Shape]:
    return Shape("base64", (), 0, None) if dfa == compile_pattern(BASE64) else None


def _run_gaps(members: Bytes) -> Optional[Tuple[Gap, ...]]:
    """An even number: the last one may stand there twice."""
    found = gaps_of(members) if members else ()
    if not found or len(found) > RUN_GAPS[-1]:
        return None
    wanted = next(n for n in RUN_GAPS if n >= len(found))
    return found + found[-1:] * (wanted - len(found))


def _find_run(steps: Sequence[_Step]) -> Optional[Shape]:
    """Literal bytes, then bytes of one set."""
    chain = _chain(steps, 1)
    bounds = _lengths(chain)
    if bounds is None or (chain.loop is None and steps[chain.end].exits):
        return None
    members = chain.loop if chain.loop is not None else (chain.sets[-1] if chain.sets else frozenset())
    start = len(chain.sets)
    while start > 0 and chain.sets[start - 1] == members:
        start -= 1
    gaps = _run_gaps(members)
    head = _literal(chain.sets[:start])
    if gaps is None or head is None or bounds[0] < start:
        return None
    return Shape("run", gaps, bounds[0], bounds[1], head)


def _literal(sets: Sequence[Bytes]) -> Optional[bytes]:
    if len(sets) > HEAD or any(len(members) != 1 for members in sets):
        return None
    return bytes(min(members) for members in sets)


def _find_number(steps: Sequence[_Step]) -> Optional[Shape]:
    """Literal bytes, then 0 alone or digits that do not start with it."""
    front = _chain(steps, 1)
    exits = dict(steps[front.end].exits)
    zero = next((t for t, b in exits.items() if b == frozenset(b"0")), None)
    if front.loop is not None or any(front.accepts) or len(exits) != 2 or zero is None:
        return None
    first, members = next((t, b) for t, b in exits.items() if t != zero)
    run = _chain(steps, first)
    bounds = _lengths(run)
    lone_zero = steps[zero].accept and not steps[zero].exits
    if bounds is None or bounds[0] != 0 or not lone_zero or (run.loop is None and steps[run.end].exits):
        return None
    gaps = _run_gaps(members | frozenset(b"0"))
    same = all(s == members | frozenset(b"0") for s in run.sets + ((run.loop,) if run.loop else ()))
    head = _literal(front.sets)
    if gaps is None or head is None or not same:
        return None
    high = None if bounds[1] is None else len(head) + 1 + bounds[1]
    return Shape("number", gaps, len(head) + 1, high, head)


def _find_row(dfa: Dfa, steps: Sequence[_Step]) -> Optional[Shape]:
    """Fixed places that fill a block, and perhaps something behind them."""
    chain = _chain(steps, 1)
    count = len(chain.sets) if chain.loop is None else 0
    if count < BLOCK or any(chain.accepts[:count]):
        return None
    places = tuple(Place(min(s), max(s) - min(s)) for s in chain.sets)
    holes = {gap for s in chain.sets for gap in gaps_of(s)[:-1]}
    gap = holes.pop() if len(holes) == 1 else Gap(0, 0)
    if holes or any(gap.has(c) for s in chain.sets for c in s):
        return None
    rest = minimal(dfa, chain.end) if steps[chain.end].exits else None
    if rest == compile_pattern(FRACTION) and gap.count == 0 and count < 3 * BLOCK:
        gaps = (gap,) + gaps_of(frozenset(b"0123456789"))
        return Shape("time", gaps, count + 1, count + LONGEST_FRACTION, b"", places, rest)
    return Shape("row", (gap,), count, count, b"", places, rest)


# ------------------------------------------------------------------------------------------------------------- all


@functools.lru_cache(maxsize=None)
def shape_of(pattern: str) -> Optional[Shape]:
    """The shape of a pattern, None when it has none."""
    dfa = compile_pattern(pattern)
    steps = _steps(dfa)
    found = _find_base64(dfa) or _find_run(steps) or _find_number(steps) or _find_row(dfa, steps)
    assert found is None or found.proves(dfa), pattern
    return found


def usual_run(dfa: Dfa, texts: Sequence[str]) -> Optional[Shape]:
    """The run or number behind a head, with two gaps, that most of the texts are; the automaton accepts all of its texts."""
    found = Counter(run for run in (_run_of(dfa, text.encode("utf-8")) for text in texts) if run is not None)
    run, count = max(found.items(), key=lambda item: item[1], default=(None, 0))
    return run if 2 * count > len(texts) else None


def _run_of(dfa: Dfa, text: bytes) -> Optional[Shape]:
    """What goes on behind the first bytes of the text as a run or a number, by as few of them as possible."""
    state = 1
    for count in range(1, min(len(text), HEAD + 1)):
        state = dfa.step(state, text[count - 1])
        steps = _steps(minimal(dfa, state)) if state else []
        rest = _find_run(steps) or _find_number(steps) if steps else None
        if rest is not None and not rest.head and len(rest.gaps) == 2 and rest.high != rest.low:
            high = None if rest.high is None else rest.high + count
            return Shape(rest.kind, rest.gaps, rest.low + count, high, text[:count])
    return None


def segments_of(dfa: Dfa) -> Optional[int]:
    """The byte before each segment, of texts that are segments, none of them empty or with that byte in it: /a/b."""
    dfa = among_utf8(dfa)
    before, *more = [c for c in range(256) if dfa.step(1, c)] or [0]
    others = [c for c in range(256) if c != before]
    begun = dfa.step(1, before)
    inside = dfa.step(begun, others[0])
    loops = all(dfa.step(state, c) == inside for state in (begun, inside) for c in others)
    again = dfa.step(begun, before) == 0 and dfa.step(inside, before) == begun
    ends = [dfa.accept[state] for state in (1, begun, inside)] == [False, False, True]
    is_plain = 0x20 <= before < 0x7F and before not in b'"\\'
    return before if not more and loops and again and ends and is_plain else None


def says_all(shape: Optional[Shape], kind: model.String) -> bool:
    """Whether a text of this shape keeps all other rules of the string, its lengths among them."""
    if shape is None or (shape.rest is not None and shape.kind != "time") or kind.check_content or kind.format:
        return False
    longest = shape.high
    return kind.min_length <= shape.low and (
        kind.max_length is None or (longest is not None and longest <= kind.max_length)
    )


def reader_of(kind: model.String) -> str:
    """Which reader of strings with rules takes this one with the fewest steps."""
    shape = shape_of(kind.pattern) if kind.pattern is not None else None
    if shape is None or not says_all(shape, kind) or shape.low > LONGEST:
        return "text"
    if shape.kind == "row":
        return "row" if 2 * BLOCK < shape.low <= 3 * BLOCK else "text"
    if shape.kind == "time":
        return "time" if BLOCK < shape.low - 1 <= 2 * BLOCK else "text"
    if shape.kind == "base64":
        return "base64"
    blocks = (shape.low - len(shape.head)) / BLOCK
    if shape.kind == "run" and shape.high == shape.low:
        if len(shape.gaps) == 2 and 1 <= blocks <= 4:
            return "run" if blocks >= 2 else "brief_run"
        if len(set(shape.gaps)) == 3 and 2 <= blocks <= 3:
            return "wide_run"
    short_run = shape.kind in ("run", "number") and shape.high != shape.low and len(shape.gaps) == 2
    return "short_run" if short_run and not shape.head else "text"
