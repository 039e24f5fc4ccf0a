"""Patterns of JSON Schema (ECMA-262, without look-around and back-references) as automata over the bytes of UTF-8.

A pattern is parsed to a tree of code point sets, built into a nondeterministic automaton whose edges are byte ranges, made
deterministic and minimised. The result is what runtime/include/eventwire/table.h calls ew_dfa: state 0 refuses for ever,
state 1 starts, one table look-up per byte.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Dict, FrozenSet, List, Optional, Sequence, Tuple

# States of the automaton a pattern may need. Each costs two bytes per class of bytes in the generated table.
MAX_STATES = 4096
# Edges of the nondeterministic automaton: bounds the work on {m,n} inside {m,n}.
MAX_EDGES = 200_000
MAX_REPEAT = 1000
MAX_NESTING = 100

Range = Tuple[int, int]
Ranges = Tuple[Range, ...]

MAX_CODE_POINT = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)

_DIGIT: Ranges = ((0x30, 0x39),)
_WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACE: Ranges = (
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
)
_LINE_END: Ranges = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
_CONTROLS = {"n": 0x0A, "t": 0x09, "r": 0x0D, "f": 0x0C, "v": 0x0B, "0": 0x00}


class PatternError(ValueError):
    """The pattern is malformed or not supported. position counts code points from 0."""

    def __init__(self, message: str, position: Optional[int] = None):
        super().__init__(message if position is None else f"{message} at position {position}")
        self.position = position


@dataclass(frozen=True)
class Dfa:
    """classes[byte] is its class; rows[state][class] the next state; accept[state] whether the text may end there."""

    classes: Tuple[int, ...]
    rows: Tuple[Tuple[int, ...], ...]
    accept: Tuple[bool, ...]

    @property
    def class_count(self) -> int:
        return len(self.rows[0])

    def step(self, state: int, byte: int) -> int:
        return self.rows[state][self.classes[byte]] if state > 0 else 0

    def matches(self, text: str) -> bool:
        state = 1
        for byte in text.encode("utf-8"):
            state = self.step(state, byte)
        return self.accept[state]

    def is_plain(self) -> bool:
        """No accepted text holds a byte that a document escapes, or one that is not ASCII."""
        live = {s for s, accepts in enumerate(self.accept) if accepts}
        while True:
            more = {s for s, row in enumerate(self.rows) if s not in live and any(t in live for t in row)}
            if not more:
                break
            live |= more
        classes = {self.classes[byte] for byte in ESCAPED_BYTES}
        return not any(self.rows[state][c] in live for state in live for c in classes)

    def shortest(self, min_length: int = 0) -> Optional[str]:
        """A shortest accepted text of at least min_length code points, None when there is none up to that length and a bit."""
        level: Dict[int, str] = {1: ""}
        for length in range(min_length + len(self.rows) + 1):
            if length >= min_length:
                for state in sorted(level):
                    if self.accept[state]:
                        return level[state]
            level = self._longer(level)
        return None

    def _longer(self, level: Dict[int, str]) -> Dict[int, str]:
        result: Dict[int, str] = {}
        for state in sorted(level):
            for char in _SAMPLE_CHARACTERS:
                target = state
                for byte in char.encode("utf-8"):
                    target = self.rows[target][self.classes[byte]]
                if target != 0 and target not in result:
                    result[target] = level[state] + char
        return result


# Control bytes, what JSON and what HTML gives a meaning, and all that is not ASCII.
ESCAPED_BYTES = tuple(range(0x20)) + tuple(b'"\\<>&') + tuple(range(0x80, 0x100))

_SAMPLE_CHARACTERS = (
    "a0AbcdefghijklmnopqrstuvwxyzBCDEFGHIJKLMNOPQRSTUVWXYZ123456789-_./: "
    + "".join(c for c in map(chr, range(0x20, 0x7F)) if not c.isalnum() and c not in "-_./: ")
    + "µμä日😀"
)


# ------------------------------------------------------------------------------------------ sets of code points


def normalise(ranges: Sequence[Range]) -> Ranges:
    result: List[Range] = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)


def complement(ranges: Sequence[Range]) -> Ranges:
    result: List[Range] = []
    start = 0
    for low, high in normalise(ranges):
        if low > start:
            result.append((start, low - 1))
        start = high + 1
    if start <= MAX_CODE_POINT:
        result.append((start, MAX_CODE_POINT))
    return tuple(result)


def utf8_sequences(low: int, high: int) -> List[Tuple[Range, ...]]:
    """The code points low..high as sequences of byte ranges; surrogates have none."""
    result: List[Tuple[Range, ...]] = []
    bounds = (
        (0x00, 0x7F),
        (0x80, 0x7FF),
        (0x800, _SURROGATES[0] - 1),
        (_SURROGATES[1] + 1, 0xFFFF),
        (0x10000, MAX_CODE_POINT),
    )
    for first, last in bounds:
        if low <= last and high >= first:
            _split(max(low, first), min(high, last), result)
    return result


def _split(low: int, high: int, result: List[Tuple[Range, ...]]) -> None:
    """Cuts a range of code points of one encoded length until each byte ranges independently of the others."""
    length = len(chr(low).encode("utf-8"))
    for tail in range(1, length):
        mask = (1 << (6 * tail)) - 1
        if low & ~mask == high & ~mask:
            break
        if low & mask:
            _split(low, low | mask, result)
            _split((low | mask) + 1, high, result)
            return
        if high & mask != mask:
            _split(low, (high & ~mask) - 1, result)
            _split(high & ~mask, high, result)
            return
    result.append(tuple(zip(chr(low).encode("utf-8"), chr(high).encode("utf-8"))))


# -------------------------------------------------------------------------------------------------------- parsing


@dataclass(frozen=True)
class Chars:
    ranges: Ranges


@dataclass(frozen=True)
class Sequence_:
    parts: Tuple["Tree", ...]


@dataclass(frozen=True)
class Choice:
    arms: Tuple["Tree", ...]


@dataclass(frozen=True)
class Repeat:
    part: "Tree"
    low: int
    high: Optional[int]


Tree = object

_ANYTHING = Repeat(Chars(((0, MAX_CODE_POINT),)), 0, None)


class _Parser:
    """Recursive descent over the pattern. Anchors are legal at the two ends of a top-level alternative."""

    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.nesting = 0

    def error(self, message: str) -> PatternError:
        return PatternError(message, self.at)

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def pattern(self) -> Tree:
        arms = [self.anchored()]
        while self.take("|"):
            arms.append(self.anchored())
        if self.at < len(self.text):
            raise self.error('")" without "("')
        return Choice(tuple(arms))

    def anchored(self) -> Tree:
        starts = self.take("^")
        body = self.sequence()
        ends = self.take("$")
        if self.peek() not in ("", "|", ")"):
            raise self.error('"$" is only supported at the end of an alternative')
        return Sequence_((() if starts else (_ANYTHING,)) + (body,) + (() if ends else (_ANYTHING,)))

    def choice(self) -> Tree:
        arms = [self.sequence()]
        while self.take("|"):
            arms.append(self.sequence())
        return Choice(tuple(arms))

    def sequence(self) -> Tree:
        parts: List[Tree] = []
        while self.peek() not in ("", "|", ")", "$"):
            parts.append(self.repeated())
        return Sequence_(tuple(parts))

    def repeated(self) -> Tree:
        part = self.atom()
        bounds = self.quantifier()
        if bounds is None:
            return part
        self.take("?")  # lazy or greedy: the language is the same
        if self.peek() in ("*", "+", "?", "{") and self.peek():
            raise self.error("a quantifier behind a quantifier")
        return Repeat(part, bounds[0], bounds[1])

    def quantifier(self) -> Optional[Tuple[int, Optional[int]]]:
        if self.take("*"):
            return (0, None)
        if self.take("+"):
            return (1, None)
        if self.take("?"):
            return (0, 1)
        return self.counted() if self.take("{") else None

    def counted(self) -> Tuple[int, Optional[int]]:
        low = self.number()
        high: Optional[int] = low
        if self.take(","):
            high = None if self.peek() == "}" else self.number()
        if not self.take("}"):
            raise self.error('expected "}" of a quantifier (write \\{ for the character)')
        if high is not None and high < low:
            raise self.error("the bounds of a quantifier are the wrong way round")
        if max(low, high or 0) > MAX_REPEAT:
            raise self.error(f"a quantifier above {MAX_REPEAT}: use minLength and maxLength")
        return (low, high)

    def number(self) -> int:
        start = self.at
        while self.peek().isdigit() and self.peek().isascii():
            self.at += 1
        if start == self.at:
            raise self.error("expected a number in a quantifier (write \\{ for the character)")
        return int(self.text[start : self.at])

    def atom(self) -> Tree:
        if self.take("("):
            return self.group()
        if self.take("["):
            return Chars(self.char_class())
        if self.take("."):
            return Chars(complement(_LINE_END))
        if self.take("\\"):
            return Chars(self.escape(in_class=False))
        char = self.peek()
        if char == "^":
            raise self.error('"^" is only supported at the start of an alternative')
        if char in "*+?{":
            raise self.error(f'nothing before "{char}" to repeat')
        self.at += 1
        return Chars(((ord(char), ord(char)),))

    def group(self) -> Tree:
        if self.take("?"):
            self.group_kind()
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.error("groups are nested too deeply")
        tree = self.choice()
        self.nesting -= 1
        if self.peek() == "$":
            raise self.error('"$" is only supported at the end of the pattern')
        if not self.take(")"):
            raise self.error('"(" without ")"')
        return tree

    def group_kind(self) -> None:
        if self.take(":"):
            return
        if self.peek() in ("=", "!") or self.text[self.at : self.at + 2] in ("<=", "<!"):
            raise self.error("look-around is not supported")
        close = self.text.find(">", self.at)
        if not self.take("<") or not self.text[self.at : close].isidentifier():
            raise self.error("unknown kind of group")
        self.at = close + 1

    def char_class(self) -> Ranges:
        negated = self.take("^")
        ranges: List[Range] = []
        while not self.take("]"):
            if self.at >= len(self.text):
                raise self.error('"[" without "]"')
            ranges.extend(self.class_item())
        return complement(ranges) if negated else normalise(ranges)

    def class_item(self) -> Ranges:
        low = self.class_atom()
        dash = self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]")
        if not dash:
            return low
        self.at += 1
        high = self.class_atom()
        if len(low) != 1 or len(high) != 1 or low[0][0] != low[0][1] or high[0][0] != high[0][1]:
            raise self.error("a range of characters between sets of characters")
        if high[0][0] < low[0][0]:
            raise self.error("a range of characters the wrong way round")
        return ((low[0][0], high[0][0]),)

    def class_atom(self) -> Ranges:
        if self.take("\\"):
            return self.escape(in_class=True)
        char = self.peek()
        self.at += 1
        if not char:
            raise self.error('"[" without "]"')
        return ((ord(char), ord(char)),)

    def escape(self, in_class: bool) -> Ranges:
        char = self.peek()
        self.at += 1
        if char in _SETS:
            return _SETS[char]
        if char in _CONTROLS and not (char == "0" and self.peek().isdigit()):
            return ((_CONTROLS[char], _CONTROLS[char]),)
        if char == "x":
            return self.hexadecimal(2)
        if char == "u":
            return self.unicode_escape()
        if char == "b" and in_class:
            return ((0x08, 0x08),)
        if char in ("b", "B"):
            raise self.error("word boundaries are not supported")
        if char.isdigit() or char == "k":
            raise self.error("back-references are not supported")
        if char == "" or char.isalpha():
            raise self.error(f'unknown escape "\\{char}"')
        return ((ord(char), ord(char)),)

    def hexadecimal(self, digits: int) -> Ranges:
        text = self.text[self.at : self.at + digits]
        if len(text) != digits or any(c not in "0123456789abcdefABCDEF" for c in text):
            raise self.error(f"expected {digits} hexadecimal digits")
        self.at += digits
        return ((int(text, 16), int(text, 16)),)

    def unicode_escape(self) -> Ranges:
        if self.take("{"):
            close = self.text.find("}", self.at)
            if not 1 <= close - self.at <= 6:
                raise self.error('expected "}" of an escaped code point')
            code = self.hexadecimal(close - self.at)
            self.at += 1
            if code[0][0] > MAX_CODE_POINT:
                raise self.error("a code point beyond U+10FFFF")
            return code
        high = self.hexadecimal(4)[0][0]
        if 0xD800 <= high <= 0xDBFF and self.take("\\u"):
            low = self.hexadecimal(4)[0][0]
            code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
            return ((code, code),)
        return ((high, high),)


_SETS = {"d": _DIGIT, "D": complement(_DIGIT), "w": _WORD, "W": complement(_WORD), "s": _SPACE, "S": complement(_SPACE)}


# ---------------------------------------------------------------------------------------------------- automata


class _Nfa:
    """Thompson's construction: empty edges and byte ranges."""

    def __init__(self) -> None:
        self.empty: List[List[int]] = []
        self.edges: List[List[Tuple[int, int, int]]] = []
        self.edge_count = 0

    def state(self) -> int:
        self.empty.append([])
        self.edges.append([])
        self.count_edge()
        return len(self.empty) - 1

    def count_edge(self) -> None:
        self.edge_count += 1
        if self.edge_count > MAX_EDGES:
            raise PatternError("the pattern is too large: use smaller quantifiers, or minLength and maxLength")

    def build(self, tree: Tree, start: int) -> int:
        """Adds the tree behind the state start and returns the state behind it."""
        if isinstance(tree, Chars):
            return self.chars(tree.ranges, start)
        if isinstance(tree, Sequence_):
            for part in tree.parts:
                start = self.build(part, start)
            return start
        if isinstance(tree, Choice):
            return self.choice(tree, start)
        assert isinstance(tree, Repeat)
        return self.repeat(tree, start)

    def chars(self, ranges: Ranges, start: int) -> int:
        end = self.state()
        # Suffixes of byte sequences are shared, which keeps [^/] at a dozen states.
        tails: Dict[Tuple[Range, ...], int] = {(): end}
        for low, high in ranges:
            for sequence in utf8_sequences(low, high):
                target = self.tail(sequence[1:], tails)
                self.edge(start, sequence[0], target)
        return end

    def tail(self, sequence: Tuple[Range, ...], tails: Dict[Tuple[Range, ...], int]) -> int:
        if sequence not in tails:
            state = self.state()
            self.edge(state, sequence[0], self.tail(sequence[1:], tails))
            tails[sequence] = state
        return tails[sequence]

    def edge(self, start: int, span: Range, end: int) -> None:
        self.count_edge()
        self.edges[start].append((span[0], span[1], end))

    def choice(self, tree: Choice, start: int) -> int:
        end = self.state()
        for arm in tree.arms:
            self.empty[self.build(arm, start if len(tree.arms) == 1 else self.branch(start))].append(end)
        return end

    def branch(self, start: int) -> int:
        state = self.state()
        self.empty[start].append(state)
        return state

    def repeat(self, tree: Repeat, start: int) -> int:
        for _ in range(tree.low):
            start = self.build(tree.part, self.branch(start))
        if tree.high is None:
            loop = self.branch(start)
            self.empty[self.build(tree.part, self.branch(loop))].append(loop)
            return self.branch(loop)
        ends = [start]
        for _ in range(tree.high - tree.low):
            start = self.build(tree.part, self.branch(start))
            ends.append(start)
        end = self.state()
        for state in ends:
            self.empty[state].append(end)
        return end

    def closure(self, states: Sequence[int]) -> FrozenSet[int]:
        seen = set(states)
        stack = list(states)
        while stack:
            for target in self.empty[stack.pop()]:
                if target not in seen:
                    seen.add(target)
                    stack.append(target)
        return frozenset(seen)

    def byte_classes(self) -> Tuple[List[int], List[int]]:
        """classes of bytes no edge tells apart, and one byte of each class."""
        cuts = {0, 256}
        for edges in self.edges:
            for low, high, _ in edges:
                cuts.add(low)
                cuts.add(high + 1)
        bounds = sorted(cuts)
        classes = [0] * 256
        for index, low in enumerate(bounds[:-1]):
            for byte in range(low, bounds[index + 1]):
                classes[byte] = index
        return classes, bounds[:-1]


def _determine(nfa: _Nfa, start: int, end: int) -> Tuple[List[int], List[List[int]], List[bool]]:
    """Subset construction. State 0 is dead, state 1 starts."""
    classes, samples = nfa.byte_classes()
    first = nfa.closure([start])
    numbers = {frozenset(): 0, first: 1}
    sets = [frozenset(), first]
    rows: List[List[int]] = [[0] * len(samples)]
    index = 1
    while index < len(sets):
        row = []
        edges = [edge for state in sets[index] for edge in nfa.edges[state]]
        for byte in samples:
            target = nfa.closure(sorted({t for low, high, t in edges if low <= byte <= high}))
            if target not in numbers:
                numbers[target] = len(sets)
                sets.append(target)
                _check_size(len(sets))
            row.append(numbers[target])
        rows.append(row)
        index += 1
    return classes, rows, [end in states for states in sets]


def _check_size(states: int) -> None:
    if states > 4 * MAX_STATES:
        raise PatternError(
            f"the pattern needs more than {MAX_STATES} states: use smaller quantifiers, or minLength and maxLength"
        )


def _minimise(rows: List[List[int]], accept: List[bool]) -> List[int]:
    """Hopcroft's algorithm: the block of each state."""
    class_count = len(rows[0])
    sources: List[Dict[int, List[int]]] = [{} for _ in range(class_count)]
    for state, row in enumerate(rows):
        for symbol, target in enumerate(row):
            sources[symbol].setdefault(target, []).append(state)
    blocks = [
        b for b in ({s for s in range(len(rows)) if accept[s]}, {s for s in range(len(rows)) if not accept[s]}) if b
    ]
    block_of = [0] * len(rows)
    for number, block in enumerate(blocks):
        for state in block:
            block_of[state] = number
    waiting = {(number, symbol) for number in range(len(blocks)) for symbol in range(class_count)}
    while waiting:
        number, symbol = waiting.pop()
        into = [s for target in blocks[number] for s in sources[symbol].get(target, ())]
        _refine(into, blocks, block_of, waiting, class_count)
    return block_of


def _refine(into: List[int], blocks: List[set], block_of: List[int], waiting: set, class_count: int) -> None:
    touched: Dict[int, set] = {}
    for state in into:
        touched.setdefault(block_of[state], set()).add(state)
    for number, part in touched.items():
        if len(part) == len(blocks[number]):
            continue
        blocks[number] -= part
        fresh = len(blocks)
        blocks.append(part)
        for state in part:
            block_of[state] = fresh
        smaller = fresh if len(part) <= len(blocks[number]) else number
        for symbol in range(class_count):
            waiting.add((fresh if (number, symbol) in waiting else smaller, symbol))


def _number(classes: List[int], rows: List[List[int]], accept: List[bool], block_of: List[int]) -> Dfa:
    """Numbers the blocks in the order they are reached, so that equal patterns give equal tables."""
    dead = block_of[0]
    order = {dead: 0}
    if block_of[1] == dead:
        raise PatternError("no text matches the pattern")
    order[block_of[1]] = 1
    sample = {block: state for state, block in reversed(list(enumerate(block_of)))}
    found = [dead, block_of[1]]
    for block in found:
        for target in rows[sample[block]]:
            if block_of[target] not in order:
                order[block_of[target]] = len(found)
                found.append(block_of[target])
    if len(found) > MAX_STATES:
        raise PatternError(
            f"the pattern needs more than {MAX_STATES} states: use smaller quantifiers, or minLength and maxLength"
        )
    table = [[order[block_of[t]] for t in rows[sample[block]]] for block in found]
    return _merge_classes(classes, table, [accept[sample[block]] for block in found])


def _merge_classes(classes: List[int], table: List[List[int]], accept: List[bool]) -> Dfa:
    """Classes of bytes with equal columns become one."""
    columns: Dict[Tuple[int, ...], int] = {}
    merged = []
    for symbol in range(len(table[0])):
        column = tuple(row[symbol] for row in table)
        merged.append(columns.setdefault(column, len(columns)))
    rows = tuple(zip(*columns))
    return Dfa(tuple(merged[c] for c in classes), rows, tuple(accept))


def minimal(dfa: Dfa, start: int) -> Dfa:
    """The automaton of what may follow once the given state is reached."""
    order = [0, start] + [s for s in range(1, len(dfa.rows)) if s != start]
    number = {state: index for index, state in enumerate(order)}
    rows = [[number[t] for t in dfa.rows[s]] for s in order]
    accept = [dfa.accept[s] for s in order]
    return _number(list(dfa.classes), rows, accept, _minimise(rows, accept))


# ------------------------------------------------------------------------------------------------------------ tables


@dataclass(frozen=True)
class CompactDfa:
    """States that go on alike share a row: (may end, how far away the next state is for each class, modulo 256, or dead)."""

    rows: Tuple[int, ...]  # state -> row
    steps: Tuple[Tuple[int, ...], ...]
    dead: int

    def accepts(self, classes: Sequence[int], text: bytes) -> bool:
        state = 1
        for byte in text:
            far = self.steps[self.rows[state]][1 + classes[byte]]
            if far == self.dead:
                return False
            state = (state + far) % 256
        return self.steps[self.rows[state]][0] == 1


def compact(dfa: Dfa) -> Optional[CompactDfa]:
    """None when there are too many states or rows for bytes."""
    order = _depth_first(dfa)
    number = {state: index for index, state in enumerate(order)}
    if len(order) > 256:
        return None
    far = [[None if t == 0 else (number[t] - number[s]) % 256 for t in dfa.rows[s]] for s in order]
    used = {d for row in far[1:] for d in row}
    dead = next((d for d in range(256) if d not in used), None)
    if dead is None:
        return None
    table: Dict[Tuple[int, ...], int] = {}
    rows = [0]
    for state, row in zip(order[1:], far[1:]):
        entry = (int(dfa.accept[state]),) + tuple(dead if d is None else d for d in row)
        rows.append(table.setdefault(entry, len(table)))
    return CompactDfa(tuple(rows), tuple(table), dead) if len(table) <= 256 else None


def _depth_first(dfa: Dfa) -> List[int]:
    """State 0, then the others so that chains of states stand one after the other."""
    order = [0]
    seen = {0}
    stack = [1]
    while stack:
        state = stack.pop()
        if state not in seen:
            seen.add(state)
            order.append(state)
            stack.extend(t for t in dict.fromkeys(reversed(dfa.rows[state])) if t not in seen)
    return order


@functools.lru_cache(maxsize=None)
def compile_pattern(pattern: str) -> Dfa:
    """The automaton of a pattern. PatternError when it cannot be built."""
    tree = _Parser(pattern).pattern()
    nfa = _Nfa()
    start = nfa.state()
    end = nfa.build(tree, start)
    classes, rows, accept = _determine(nfa, start, end)
    return _number(classes, rows, accept, _minimise(rows, accept))
