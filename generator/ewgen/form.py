"""Forms: patterns as short programs of literals and runs, which take a text by blocks where an automaton takes it byte by byte.

A form is found in the minimal automaton. Wherever the next byte says which way to go, and a way is a literal or a run of bytes
of one set, the program is that way: tx-, digits, -, 64 hexadecimal digits. Form.proves() shows that it accepts exactly what the
automaton does.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from typing import Dict, FrozenSet, List, Optional, Set, Tuple

from ewgen.regex import Dfa

# runtime/include/eventwire/table.h: EW_FORM_*.
END, MAY_END, TEXT, RUN, ELSE, JUMP, DIGITS, HEX, NUMBER, ELSE_TEXT = range(10)
# In RUN: how many bytes more than the least; this says any number. In a set: it is all but the bytes listed.
ANY_NUMBER = 255
ALL_BUT = 128
# Ranges of a set, and bytes of a program whose places are bytes.
MAX_RANGES = 8
MAX_CODE = 255
# So many hexadecimal digits, or more, have an instruction of their own: they fill the widest block.
MIN_HEX = 32
# More states than this are no run that a program can count.
_LONGEST_CHAIN = 2 * ANY_NUMBER

Bytes = FrozenSet[int]
_ZERO = frozenset(b"0")
_DIGITS = frozenset(b"0123456789")
_HEX_DIGITS = frozenset(b"0123456789abcdef")
# A number that is a lone zero.
_ENDED = 1000
Exits = Tuple[Tuple[int, Bytes], ...]


@dataclass(frozen=True)
class _State:
    """What may follow: nothing at all, or a byte of one of the disjoint sets and then what follows the state it leads to."""

    accept: bool
    exits: Exits


@dataclass(frozen=True)
class Form:
    """The program as the runtime takes it."""

    code: Tuple[int, ...]

    def step(self, state: Tuple[int, int], c: int) -> Optional[Tuple[int, int]]:
        """From a place in the program and what has been taken there to behind the byte c."""
        place, taken = state
        while True:
            op = self.code[place]
            if op == ELSE_TEXT and taken == 0 and c != self.code[place + 3]:
                place = self.code[place + 1]
            elif op in (TEXT, ELSE_TEXT):
                begin = place + (1 if op == TEXT else 2)
                fits = c == self.code[begin + 1 + taken]
                last = taken + 1 == self.code[begin]
                return ((begin + 2 + taken, 0) if last else (place, taken + 1)) if fits else None
            elif op in (RUN, DIGITS, HEX, NUMBER):
                least, more, members, behind = self.run(place)
                if op == NUMBER and taken == 0 and c in _ZERO:
                    return place, _ENDED
                if c in members and taken != _ENDED and (more == ANY_NUMBER or taken < least + more):
                    return place, taken + 1 if more != ANY_NUMBER else min(taken + 1, least)
                if taken < least:
                    return None
                place, taken = behind, 0
            elif op == ELSE:
                place = self.behind_set(place + 2) if c in self.members(place + 2) else self.code[place + 1]
            elif op in (JUMP, MAY_END):
                place = self.code[place + 1] if op == JUMP else place + 1
            else:
                return None

    def accepts(self, state: Tuple[int, int]) -> bool:
        place, taken = state
        while True:
            op = self.code[place]
            if op in (RUN, DIGITS, HEX, NUMBER) and taken >= self.run(place)[0]:
                place, taken = self.run(place)[3], 0
            elif op in (ELSE, JUMP) or (op == ELSE_TEXT and taken == 0):
                place = self.code[place + 1]
            else:
                return op in (END, MAY_END)

    def run(self, place: int) -> Tuple[int, int, Bytes, int]:
        """How many bytes must come, how many more may, of which set; and the place behind the run."""
        op = self.code[place]
        if op == HEX:
            return self.code[place + 1], 0, _HEX_DIGITS, place + 2
        least, more = self.code[place + 1 : place + 3]
        if op == RUN:
            return least, more, self.members(place + 3), self.behind_set(place + 3)
        return least, more, _DIGITS, place + 3

    def matches(self, text: bytes) -> bool:
        state: Optional[Tuple[int, int]] = (0, 0)
        for c in text:
            state = self.step(state, c)
            if state is None:
                return False
        return self.accepts(state)

    def members(self, at: int) -> Bytes:
        return _members(self.code[at : self.behind_set(at)])

    def behind_set(self, at: int) -> int:
        return at + 1 + 2 * (self.code[at] % ALL_BUT)

    def proves(self, dfa: Dfa) -> bool:
        """Walks both at once: they accept the same texts."""
        waiting: List[Tuple[Optional[Tuple[int, int]], int]] = [((0, 0), 1)]
        seen = set(waiting)
        for state, twin in waiting:
            if (state is not None and self.accepts(state)) != dfa.accept[twin]:
                return False
            for c in range(256):
                pair = (None if state is None else self.step(state, c), dfa.step(twin, c))
                if pair not in seen:
                    seen.add(pair)
                    waiting.append(pair)
        return True


def _states(dfa: Dfa, pattern: str) -> Dict[int, _State]:
    """The ways out of a state in the order in which the pattern names their bytes: what is usual is written first."""
    named = {c: place for place, c in reversed(list(enumerate(pattern.encode("utf-8"))))}
    states = {}
    for number, row in enumerate(dfa.rows):
        exits: Dict[int, Set[int]] = {}
        for byte, symbol in enumerate(dfa.classes):
            exits.setdefault(row[symbol], set()).add(byte)
        places = {t: min(named.get(c, len(pattern)) for c in members) for t, members in exits.items()}
        order = sorted(exits, key=lambda t: (places[t], t))
        live = tuple((t, frozenset(exits[t])) for t in order if t != 0)
        states[number] = _State(dfa.accept[number], live)
    return states


@functools.lru_cache(maxsize=None)
def _members(code: Tuple[int, ...]) -> Bytes:
    listed: Set[int] = set()
    for first, more in zip(code[1::2], code[2::2]):
        listed.update(range(first, first + more + 1))
    return frozenset(range(256)) - listed if code[0] >= ALL_BUT else frozenset(listed)


# ------------------------------------------------------------------------------------------------------------- programs


class _TooLong(Exception):
    pass


class _Builder:
    def __init__(self, states: Dict[int, _State]):
        self.states = states
        self.code: List[int] = []
        self.places: Dict[_State, int] = {}
        ways = Counter(t for s in states.values() for t, _ in s.exits)
        self.met = {t for t, count in ways.items() if count > 1}  # states that several ways lead to

    def state(self, state: _State) -> None:
        if len(self.code) > MAX_CODE:
            raise _TooLong
        if state in self.places and state.exits:
            self.code += [JUMP, self.places[state]]
            return
        self.places[state] = len(self.code)
        if not state.exits:
            self.code.append(END)
        elif not state.accept and len(state.exits) == 1:
            self.way(*state.exits[0])
        else:
            self.fork(state)

    def fork(self, state: _State) -> None:
        for _, members in state.exits:
            least, more, behind = self.run(state, members)
            if least == 0 and more > 0:
                self.take(0, more, members)
                self.state(behind)
                return
        if self.number(state):
            return
        if state.accept:
            self.code.append(MAY_END)
        for target, members in state.exits[:-1]:
            place = len(self.code) + 1
            if len(members) > 1:
                self.code += [ELSE, 0] + _set(members)
                self.way(target, members)
            else:
                self.code += [ELSE_TEXT, 0]
                self.text(target, members)
            if len(self.code) > MAX_CODE:
                raise _TooLong
            self.code[place] = len(self.code)
        self.way(*state.exits[-1])

    def number(self, state: _State) -> bool:
        """A number without leading zeros."""
        ways = {members: self.states[target] for target, members in state.exits}
        if state.accept or set(ways) != {_ZERO, _DIGITS - _ZERO}:
            return False
        least, more, behind = self.run(ways[_DIGITS - _ZERO], _DIGITS)
        if least != 0 or more == 0 or behind != ways[_ZERO]:
            return False
        self.code += [NUMBER, 1, more]
        self.state(behind)
        return True

    def way(self, target: int, members: Bytes) -> None:
        """One byte of the set must come, then what follows the target."""
        if len(members) > 1:
            least, more, behind = self.run(_State(False, ((target, members),)), members)
            self.take(least, more, members)
            self.state(behind)
        else:
            self.code.append(TEXT)
            self.text(target, members)

    def text(self, target: int, members: Bytes) -> None:
        """This one byte and those that must follow it, then what follows them."""
        text = bytes(members)
        state = self.states[target]
        while target not in self.met and not state.accept and len(state.exits) == 1 and len(state.exits[0][1]) == 1:
            target, members = state.exits[0]
            text += bytes(members)
            state = self.states[target]
        self.code += [len(text)] + list(text)
        self.state(state)

    def take(self, least: int, more: int, members: Bytes) -> None:
        """A run."""
        if members == _DIGITS:
            self.code += [DIGITS, least, more]
        elif members == _HEX_DIGITS and more == 0 and least >= MIN_HEX:
            self.code += [HEX, least]
        else:
            self.code += [RUN, least, more] + _set(members)

    def run(self, state: _State, members: Bytes) -> Tuple[int, int, _State]:
        """How many bytes of the set must come, how many more may, and what is behind them."""
        chain = [state]
        met = {state}
        looped = False
        while len(chain) <= _LONGEST_CHAIN:
            target = next((t for t, b in chain[-1].exits if b == members), None)
            if target is None:
                break
            if self.states[target] in met:
                looped = self.states[target] == chain[-1]
                break
            chain.append(self.states[target])
            met.add(chain[-1])
        leaves = [_State(s.accept, tuple(e for e in s.exits if e[1] != members)) for s in chain]
        first = next((i for i, s in enumerate(leaves) if s.accept or s.exits), len(leaves) - 1)
        whole = target is None or looped
        if whole and all(s == leaves[first] for s in leaves[first:]):
            more = ANY_NUMBER if looped else len(chain) - 1 - first
            if first > 255 or (not looped and more >= ANY_NUMBER):
                raise _TooLong
            return first, more, leaves[first]
        if first > 255:
            raise _TooLong
        return first, 0, chain[first]


def _set(members: Bytes) -> List[int]:
    ranges = _ranges(members)
    others = _ranges(frozenset(range(256)) - members)
    shorter = others if len(others) < len(ranges) else ranges
    if len(shorter) > MAX_RANGES:
        raise _TooLong
    return [len(shorter) + (ALL_BUT if shorter is others else 0)] + [n for r in shorter for n in (r[0], r[1] - r[0])]


def _ranges(members: Bytes) -> List[Tuple[int, int]]:
    ranges: List[Tuple[int, int]] = []
    for c in sorted(members):
        if ranges and c == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], c)
        else:
            ranges.append((c, c))
    return ranges


@functools.lru_cache(maxsize=None)
def form_of(dfa: Dfa, pattern: str = "") -> Optional[Form]:
    """The form of an automaton that was made of the pattern, None when it has none."""
    if dfa.is_empty:
        return None
    builder = _Builder(_states(dfa, pattern))
    try:
        builder.state(builder.states[1])
    except _TooLong:
        return None
    if len(builder.code) > MAX_CODE:
        return None
    found = Form(tuple(builder.code))
    assert found.proves(dfa)
    return found


def only_text(dfa: Dfa) -> Optional[str]:
    """The one text that an automaton accepts, None when there are more or others."""
    form = form_of(dfa)
    if form is None or form.code[0] != TEXT or form.code[2 + form.code[1] :] != (END,):
        return None
    return bytes(form.code[2:-1]).decode("utf-8", "replace")
