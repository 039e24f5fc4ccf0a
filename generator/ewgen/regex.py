"""Patterns of JSON Schema as automata over the bytes of UTF-8: ECMA-262 with the flag u, without look-around and back-references.

A pattern is parsed to a tree of code point sets, built into a nondeterministic automaton whose edges are byte ranges, made
deterministic and minimised: state 0 refuses for ever, state 1 starts. Equal languages give equal automata. dense() numbers the
states as runtime/include/eventwire/table.h has them in ew_dfa.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Dict, FrozenSet, List, Optional, Sequence, Set, Tuple

from ewgen.unicode import MAX_CODE_POINT, VERSION, Range, Ranges, complement, has_property, normalise, property_ranges

# States of the automaton a pattern may need. Each costs two bytes per class of bytes in the generated table.
MAX_STATES = 4096
# Edges of the nondeterministic automaton: bounds the work on {m,n} inside {m,n}.
MAX_EDGES = 200_000
# Steps of making it deterministic, and transitions of the result: a second or two.
MAX_WORK = 3_000_000
MAX_TRANSITIONS = 400_000
# Numbers in the table of a pattern.
MAX_CELLS = 262_144
MAX_REPEAT = 1000
MAX_NESTING = 100

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
_CONTROLS = {"n": 0x0A, "t": 0x09, "r": 0x0D, "f": 0x0C, "v": 0x0B}
# What may stand behind a backslash for itself.
_SYNTAX_CHARACTERS = "^$\\.*+?()[]{}|/"
_HEXADECIMAL = "0123456789abcdefABCDEF"


class PatternError(ValueError):
    """The pattern is malformed or not supported. position counts code points from 0."""

    def __init__(self, message: str, position: Optional[int] = None):
        super().__init__(message if position is None else f"{message} at position {position}")
        self.position = position


class PatternLimit(PatternError):
    """Well-formed as far as it was read, and more than an automaton can do."""


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

    @property
    def is_empty(self) -> bool:
        """No text matches at all."""
        return not any(self.accept)

    def is_plain(self) -> bool:
        """No accepted text holds a byte that a document escapes, or one that is not ASCII."""
        live = _live_states(self.rows, self.accept)
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


@functools.lru_cache(maxsize=256)
def utf8_sequences(low: int, high: int) -> Sequence[Tuple[Range, ...]]:
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


@dataclass(frozen=True)
class Assertion:
    """At the start ("^"), at the end ("$"), at the border of a word ("b") or not ("B")."""

    kind: str


Tree = object

_ANYTHING = Repeat(Chars(((0, MAX_CODE_POINT),)), 0, None)


def _search(tree: Choice) -> Choice:
    """A pattern may match anywhere, unless an alternative says at once where it stands."""
    return Choice(tuple(_searched(arm.parts) for arm in tree.arms))


def _searched(parts: Tuple[Tree, ...]) -> Sequence_:
    starts = parts[:1] == (Assertion("^"),)
    parts = parts[1:] if starts else (_ANYTHING,) + parts
    ends = parts[-1:] == (Assertion("$"),)
    return Sequence_(parts[:-1] if ends else parts + (_ANYTHING,))


class _Parser:
    """Recursive descent over the pattern."""

    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.nesting = 0
        self.names: FrozenSet[str] = frozenset()  # of groups that can match together with what comes next

    def error(self, message: str) -> PatternError:
        return PatternError(message, self.at)

    def limit(self, message: str) -> PatternLimit:
        return PatternLimit(message, self.at)

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def pattern(self) -> Choice:
        tree = self.choice()
        if self.at < len(self.text):
            raise self.error('")" without "("')
        return tree

    def choice(self) -> Choice:
        before = found = self.names
        arms = [self.sequence()]
        while self.take("|"):
            found, self.names = found | self.names, before
            arms.append(self.sequence())
        self.names |= found
        return Choice(tuple(arms))

    def sequence(self) -> Sequence_:
        parts: List[Tree] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.term())
        return Sequence_(tuple(parts))

    def term(self) -> Tree:
        for token in ("^", "$", "\\b", "\\B"):
            if self.take(token):
                return Assertion(token[-1])
        return self.repeated()

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
            raise self.limit(f"a quantifier above {MAX_REPEAT}: use minLength and maxLength")
        return (low, high)

    def number(self) -> int:
        start = self.at
        while self.peek() and self.peek() in "0123456789":
            self.at += 1
        if start == self.at:
            raise self.error("expected a number in a quantifier (write \\{ for the character)")
        if self.at - start > 100:
            raise self.limit(f"a quantifier above {MAX_REPEAT}: use minLength and maxLength")
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
        if char in "*+?{":
            raise self.error(f'nothing before "{char}" to repeat')
        if char in "]}":
            raise self.error(f'"{char}" without what it closes (write \\{char} for the character)')
        self.at += 1
        return Chars(((ord(char), ord(char)),))

    # ---------------------------------------------------------------------------------------- groups

    def group(self) -> Tree:
        if self.take("?"):
            self.group_kind()
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.limit("groups are nested too deeply")
        tree = self.choice()
        self.nesting -= 1
        if not self.take(")"):
            raise self.error('"(" without ")"')
        return tree

    def group_kind(self) -> None:
        if self.take(":"):
            return
        if self.peek() in ("=", "!") or self.text[self.at : self.at + 2] in ("<=", "<!"):
            raise self.limit("look-around is not supported")
        if not self.take("<"):
            raise self.error("unknown kind of group")
        name = self.group_name()
        if name in self.names:
            raise self.error(f'a second group with the name "{name}"')
        self.names |= {name}

    def group_name(self) -> str:
        name = ""
        while not self.take(">"):
            char = self.name_char()
            allowed = has_property(char, "ID_Continue" if name else "ID_Start")
            if not (allowed or char == "$" or char == "_"):
                raise self.error('expected the name of a group and ">"')
            name += char
        if not name:
            raise self.error("a group with an empty name")
        return name

    def name_char(self) -> str:
        if self.take("\\u"):
            return chr(self.unicode_escape()[0][0])
        char = self.peek()
        if not char:
            raise self.error('"<" of a group without ">"')
        self.at += 1
        return char

    # --------------------------------------------------------------------------------------- classes

    def char_class(self) -> Ranges:
        negated = self.take("^")
        ranges: List[Range] = []
        while not self.take("]"):
            if self.at >= len(self.text):
                raise self.error('"[" without "]"')
            ranges.extend(self.class_item())
        return complement(ranges) if negated else normalise(ranges)

    def class_item(self) -> Ranges:
        low, is_set = self.class_atom()
        dash = self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]")
        if not dash:
            return low
        self.at += 1
        high, is_set_too = self.class_atom()
        if is_set or is_set_too:
            raise self.error("a range of characters between sets of characters")
        if high[0][0] < low[0][0]:
            raise self.error("a range of characters the wrong way round")
        return ((low[0][0], high[0][0]),)

    def class_atom(self) -> Tuple[Ranges, bool]:
        """The characters, and whether it can be none of the ends of a range."""
        if self.take("\\"):
            is_set = self.peek() in tuple("dDwWsSpP")
            return self.escape(in_class=True), is_set
        char = self.peek()
        if not char:
            raise self.error('"[" without "]"')
        self.at += 1
        return ((ord(char), ord(char)),), False

    # --------------------------------------------------------------------------------------- escapes

    def escape(self, in_class: bool) -> Ranges:
        char = self.peek()
        if not char:
            raise self.error('nothing behind "\\"')
        self.at += 1
        if char in _SETS:
            return _SETS[char]
        if char in _ESCAPES:
            return _ESCAPES[char](self)
        code = _CONTROLS.get(char)
        if char == "0" and not self.peek().isdigit():
            code = 0
        if char in _SYNTAX_CHARACTERS or (in_class and char == "-"):
            code = ord(char)
        if char == "b" and in_class:
            code = 0x08
        if code is None:
            raise self.no_escape(char, in_class)
        return ((code, code),)

    def no_escape(self, char: str, in_class: bool) -> PatternError:
        if char in "123456789k" and not in_class:
            return self.limit("back-references are not supported")
        hint = "" if char.isalnum() else f' (write "{char}" for the character)'
        return self.error(f'unknown escape "\\{char}"{hint}')

    def hexadecimal(self, digits: int) -> int:
        text = self.text[self.at : self.at + digits]
        if len(text) != digits or any(c not in _HEXADECIMAL for c in text):
            raise self.error(f"expected {digits} hexadecimal digits")
        self.at += digits
        return int(text, 16)

    def byte_escape(self) -> Ranges:
        code = self.hexadecimal(2)
        return ((code, code),)

    def control_escape(self) -> Ranges:
        char = self.peek()
        if not (char.isascii() and char.isalpha()):
            raise self.error('expected a letter behind "\\c"')
        self.at += 1
        return ((ord(char) % 32, ord(char) % 32),)

    def unicode_escape(self) -> Ranges:
        code = self.braced_code_point() if self.take("{") else self.hexadecimal(4)
        if 0xD800 <= code <= 0xDBFF and self.text[self.at - 1] != "}":
            code = self.joined(code)
        return ((code, code),)

    def braced_code_point(self) -> int:
        close = self.text.find("}", self.at)
        digits = self.text[self.at : max(close, self.at)]
        if not digits or any(c not in _HEXADECIMAL for c in digits):
            raise self.error('expected hexadecimal digits and "}" of a code point')
        code = int(digits[-7:], 16) if digits[:-7].strip("0") == "" else MAX_CODE_POINT + 1
        if code > MAX_CODE_POINT:
            raise self.error("a code point beyond U+10FFFF")
        self.at = close + 1
        return code

    def joined(self, high: int) -> int:
        """Two escaped surrogates are one character."""
        low = self.text[self.at + 2 : self.at + 6]
        is_low = len(low) == 4 and all(c in _HEXADECIMAL for c in low) and 0xDC00 <= int(low, 16) <= 0xDFFF
        if not is_low or not self.take("\\u"):
            return high
        return 0x10000 + ((high - 0xD800) << 10) + (self.hexadecimal(4) - 0xDC00)

    def property_escape(self) -> Ranges:
        close = self.text.find("}", self.at)
        if not self.take("{") or close < 0:
            raise self.error('expected "{", the name of a property and "}"')
        name = self.text[self.at : close]
        ranges = property_ranges(name)
        if ranges is None:
            raise self.limit(f'"{name}" is no property of Unicode {VERSION} that is known here')
        self.at = close + 1
        return ranges

    def negated_property(self) -> Ranges:
        return complement(self.property_escape())


_SETS = {"d": _DIGIT, "D": complement(_DIGIT), "w": _WORD, "W": complement(_WORD), "s": _SPACE, "S": complement(_SPACE)}
_ESCAPES = {
    "c": _Parser.control_escape,
    "p": _Parser.property_escape,
    "P": _Parser.negated_property,
    "u": _Parser.unicode_escape,
    "x": _Parser.byte_escape,
}


# ---------------------------------------------------------------------------------------------------- automata


_TOO_LARGE = f"the pattern needs more than {MAX_STATES} states: use smaller quantifiers, or minLength and maxLength"


class _Nfa:
    """Thompson's construction: empty edges, some of them only where an assertion holds, and byte ranges."""

    def __init__(self) -> None:
        self.empty: List[List[int]] = []
        self.asserting: List[List[Tuple[str, int]]] = []
        self.edges: List[List[Tuple[int, int, int]]] = []
        self.edge_count = 0

    def state(self) -> int:
        self.empty.append([])
        self.asserting.append([])
        self.edges.append([])
        self.count_edge()
        return len(self.empty) - 1

    def count_edge(self) -> None:
        self.edge_count += 1
        if self.edge_count > MAX_EDGES:
            raise PatternLimit("the pattern is too large: use smaller quantifiers, or minLength and maxLength")

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
        if isinstance(tree, Assertion):
            end = self.state()
            self.asserting[start].append((tree.kind, end))
            return end
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

    def closure(self, states: Sequence[int], holding: FrozenSet[str]) -> FrozenSet[int]:
        """All that is reached without a byte, where these assertions hold."""
        seen = set(states)
        stack = list(states)
        while stack:
            state = stack.pop()
            targets = self.empty[state] + [t for kind, t in self.asserting[state] if kind in holding]
            for target in targets:
                if target not in seen:
                    seen.add(target)
                    stack.append(target)
        return frozenset(seen)

    @property
    def has_borders(self) -> bool:
        return any(kind in ("b", "B") for asserting in self.asserting for kind, _ in asserting)

    def byte_classes(self) -> Tuple[List[int], List[int]]:
        """classes of bytes no edge tells apart, and one byte of each class."""
        cuts = {0, 256}
        words = _WORD if self.has_borders else ()
        for low, high in (*words, *(edge[:2] for edges in self.edges for edge in edges)):
            cuts.add(low)
            cuts.add(high + 1)
        bounds = sorted(cuts)
        classes = [0] * 256
        for index, low in enumerate(bounds[:-1]):
            for byte in range(low, bounds[index + 1]):
                classes[byte] = index
        return classes, bounds[:-1]


@dataclass(frozen=True)
class _Place:
    """A state of the deterministic automaton: where the other one may be, and what assertions ask of the text so far."""

    states: FrozenSet[int]
    at_start: bool
    behind_word: bool  # the last character is one of \w


class _Subsets:
    """Subset construction. State 0 is dead, state 1 starts. An assertion about what follows waits in a place until the next byte is known."""

    def __init__(self, nfa: _Nfa, end: int):
        self.nfa = nfa
        self.end = end
        self.classes, self.samples = nfa.byte_classes()
        self.is_word = [any(low <= byte <= high for low, high in _WORD) for byte in self.samples]
        self.moves = [self.moves_of(edges) for edges in nfa.edges]
        self.behind: Dict[int, FrozenSet[int]] = {}
        self.places = [_Place(frozenset(), False, False)]
        self.numbers = {self.places[0]: 0}
        self.work = 0
        self.transitions = 0

    def moves_of(self, edges: List[Tuple[int, int, int]]) -> List[Tuple[int, int]]:
        return [(c, target) for low, high, target in edges for c in range(self.classes[low], self.classes[high] + 1)]

    def run(self, start: int) -> Tuple[List[int], List[List[int]], List[bool]]:
        self.places.append(self.place(self.nfa.closure([start], frozenset("^")), True, False))
        self.numbers[self.places[1]] = 1
        rows: List[List[int]] = [[0] * len(self.samples)]
        while len(rows) < len(self.places):
            rows.append(self.row(self.places[len(rows)]))
        return self.classes, rows, [self.accepts(place) for place in self.places]

    def place(self, states: FrozenSet[int], at_start: bool, behind_word: bool) -> _Place:
        if not any(self.nfa.asserting[s] for s in states):
            return _Place(states, False, False)
        return _Place(states, at_start, behind_word and self.nfa.has_borders)

    def number(self, place: _Place) -> int:
        if place not in self.numbers:
            self.numbers[place] = len(self.places)
            self.places.append(place)
            if len(self.places) > 4 * MAX_STATES:
                raise PatternLimit(_TOO_LARGE)
        return self.numbers[place]

    def spend(self, work: int) -> None:
        self.work += work
        if self.work > MAX_WORK or self.transitions > MAX_TRANSITIONS:
            raise PatternLimit(_TOO_LARGE)

    def row(self, place: _Place) -> List[int]:
        by_kind = {kind: self.targets(place, kind) for kind in ((False, True) if self.asks(place) else (False,))}
        known: Dict[Tuple[FrozenSet[int], bool], int] = {(frozenset(), False): 0, (frozenset(), True): 0}
        row = []
        for c, is_word in enumerate(self.is_word):
            key = (frozenset(by_kind.get(is_word, by_kind[False]).get(c, ())), is_word)
            if key not in known:
                known[key] = self.number(self.place(self.reached(key[0]), False, is_word))
            row.append(known[key])
            self.transitions += row[-1] != 0
        return row

    def asks(self, place: _Place) -> bool:
        return any(self.nfa.asserting[s] for s in place.states)

    def targets(self, place: _Place, next_is_word: bool) -> Dict[int, Set[int]]:
        """Where each class of bytes leads, when the next byte is of that kind."""
        states = place.states
        if self.asks(place):
            states = self.nfa.closure(sorted(states), self.holding(place, next_is_word, at_end=False))
        result: Dict[int, Set[int]] = {}
        for state in states:
            for c, target in self.moves[state]:
                result.setdefault(c, set()).add(target)
            self.spend(1 + len(self.moves[state]))
        return result

    def reached(self, states: FrozenSet[int]) -> FrozenSet[int]:
        for state in states:
            if state not in self.behind:
                self.behind[state] = self.nfa.closure([state], frozenset())
        result = frozenset().union(*(self.behind[s] for s in states))
        self.spend(len(states) + len(result))
        return result

    @staticmethod
    def holding(place: _Place, next_is_word: bool, at_end: bool) -> FrozenSet[str]:
        border = "b" if place.behind_word != next_is_word else "B"
        return frozenset(border + ("^" if place.at_start else "") + ("$" if at_end else ""))

    def accepts(self, place: _Place) -> bool:
        if not self.asks(place):
            return self.end in place.states
        return self.end in self.nfa.closure(sorted(place.states), self.holding(place, False, at_end=True))


def _live_states(rows: Sequence[Sequence[int]], accept: Sequence[bool]) -> Set[int]:
    """Those from which some text is accepted."""
    sources: Dict[int, List[int]] = {}
    for state, row in enumerate(rows):
        for target in set(row):
            sources.setdefault(target, []).append(state)
    live = {state for state, accepts in enumerate(accept) if accepts}
    waiting = list(live)
    while waiting:
        for source in sources.get(waiting.pop(), ()):
            if source not in live:
                live.add(source)
                waiting.append(source)
    return live


def _minimise(rows: List[List[int]], accept: List[bool]) -> List[int]:
    """Hopcroft's algorithm among the live states: the block of each state. Block 0 is of the dead ones."""
    class_count = len(rows[0])
    live = _live_states(rows, accept)
    sources: List[Dict[int, List[int]]] = [{} for _ in range(class_count)]
    for state in sorted(live):
        for symbol, target in enumerate(rows[state]):
            if target in live:
                sources[symbol].setdefault(target, []).append(state)
    blocks: List[Set[int]] = [set()]
    blocks += [b for b in ({s for s in live if accept[s]}, {s for s in live if not accept[s]}) if b]
    block_of = [0] * len(rows)
    for number, block in enumerate(blocks):
        for state in block:
            block_of[state] = number
    waiting = {(number, symbol) for number in range(1, len(blocks)) for symbol in range(class_count)}
    while waiting:
        number, symbol = waiting.pop()
        into = [s for target in blocks[number] for s in sources[symbol].get(target, ())]
        _refine(into, blocks, block_of, waiting, class_count)
    return block_of


def _refine(into: List[int], blocks: List[Set[int]], block_of: List[int], waiting: Set[Tuple[int, int]], class_count: int) -> None:
    touched: Dict[int, Set[int]] = {}
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
    if block_of[1] == dead:
        return Dfa((0,) * 256, ((0,), (0,)), (False, False))
    order = {dead: 0, block_of[1]: 1}
    sample = {block: state for state, block in reversed(list(enumerate(block_of)))}
    found = [dead, block_of[1]]
    for block in found:
        for target in rows[sample[block]]:
            if block_of[target] not in order:
                order[block_of[target]] = len(found)
                found.append(block_of[target])
    if len(found) > MAX_STATES:
        raise PatternLimit(_TOO_LARGE)
    table = [[order[block_of[t]] for t in rows[sample[block]]] for block in found]
    # All that a dead state reaches is dead.
    table[0] = [0] * len(table[0])
    return _merge_classes(classes, table, [accept[sample[block]] for block in found])


def _merge_classes(classes: List[int], table: List[List[int]], accept: List[bool]) -> Dfa:
    """Classes of bytes with equal columns become one."""
    columns: Dict[Tuple[int, ...], int] = {}
    merged = []
    for symbol in range(len(table[0])):
        column = tuple(row[symbol] for row in table)
        merged.append(columns.setdefault(column, len(columns)))
    rows = tuple(zip(*columns))
    if len(rows) * len(columns) > MAX_CELLS:
        raise PatternLimit(_TOO_LARGE)
    return Dfa(tuple(merged[c] for c in classes), rows, tuple(accept))


def minimal(dfa: Dfa, start: int) -> Dfa:
    """The automaton of what may follow once the given state is reached."""
    order = [0, start] + [s for s in range(1, len(dfa.rows)) if s != start]
    number = {state: index for index, state in enumerate(order)}
    rows = [[number[t] for t in dfa.rows[s]] for s in order]
    accept = [dfa.accept[s] for s in order]
    return _number(list(dfa.classes), rows, accept, _minimise(rows, accept))


# ------------------------------------------------------------------------------------------------------------ tables


# Bytes of a text behind which nothing matters any more, at most; and where something always does.
_MOST_DECIDED = 255
_UNDECIDED = 1000

# Bytes that stand in a string of JSON as they are, and are ASCII.
_PLAIN = [byte for byte in range(0x20, 0x80) if byte not in b'"\\']


@dataclass(frozen=True)
class DenseDfa:
    """Numbered so that the states a text may end in come last, from accept_from on, and behind them those that settle. 0 refuses."""

    classes: Tuple[int, ...]
    rows: Tuple[Tuple[int, ...], ...]
    start: int
    accept_from: int

    def accepts(self, text: bytes) -> bool:
        state = self.start
        for byte in text:
            state = self.rows[state][self.classes[byte]]
        return state >= self.accept_from

    def settles(self, state: int) -> bool:
        """The text may end there, and whatever plain bytes come do not lead away."""
        return state >= self.accept_from and all(self.rows[state][self.classes[byte]] == state for byte in _PLAIN)

    @property
    def settled_from(self) -> int:
        """The first of the last states that settle; 0: there is none."""
        first = len(self.rows)
        while self.settles(first - 1):
            first -= 1
        return first if first < len(self.rows) else 0

    @functools.cached_property
    def decided_in(self) -> int:
        """The bytes of any text behind which every state leads to itself alone, as behind `^FF: `; 0: none, or more than a byte says."""
        lengths: Dict[int, int] = {s: 0 for s, row in enumerate(self.rows) if set(row) == {s}}

        def visit(state: int, depth: int) -> int:
            if state not in lengths:
                lengths[state] = _UNDECIDED  # where it leads back to itself
                behind = set(self.rows[state]) if depth < _MOST_DECIDED else {state}
                lengths[state] = min(_UNDECIDED, 1 + max(visit(n, depth + 1) for n in behind))
            return lengths[state]

        found = visit(self.start, 0)
        return found if found <= _MOST_DECIDED else 0


def dense(dfa: Dfa) -> DenseDfa:
    stays = [all(dfa.step(s, byte) == s for byte in _PLAIN) for s in range(len(dfa.rows))]
    order = sorted(range(len(dfa.rows)), key=lambda s: (dfa.accept[s], dfa.accept[s] and stays[s]))
    number = {state: index for index, state in enumerate(order)}
    rows = tuple(tuple(number[t] for t in dfa.rows[s]) for s in order)
    return DenseDfa(dfa.classes, rows, number[1], len(order) - sum(dfa.accept))


@functools.lru_cache(maxsize=None)
def compile_pattern(pattern: str) -> Dfa:
    """The automaton of a pattern. PatternError when it cannot be built."""
    tree = _search(_Parser(pattern).pattern())
    nfa = _Nfa()
    start = nfa.state()
    end = nfa.build(tree, start)
    classes, rows, accept = _Subsets(nfa, end).run(start)
    return _number(classes, rows, accept, _minimise(rows, accept))


# ------------------------------------------------------------------------------------------- texts known to be UTF-8


_ANY_TEXT = r"^[\s\S]*$"


def agree(dfa: Dfa, other: Dfa) -> bool:
    """Whether both accept the same of all texts that are UTF-8."""
    utf8 = compile_pattern(_ANY_TEXT)
    kinds = list(dict.fromkeys(zip(dfa.classes, other.classes, utf8.classes)))
    seen = {(1, 1, 1)}
    waiting = [(1, 1, 1)]
    while waiting:
        state, twin, place = waiting.pop()
        if utf8.accept[place] and dfa.accept[state] != other.accept[twin]:
            return False
        for one, two, three in kinds:
            triple = (dfa.rows[state][one], other.rows[twin][two], utf8.rows[place][three])
            if triple[2] != 0 and triple not in seen:
                seen.add(triple)
                waiting.append(triple)
    return True


def among_utf8(dfa: Dfa) -> Dfa:
    """A smaller automaton that says the same of UTF-8, and anything of other texts.

    A state inside of a character that can only lead to one state is that one, which then takes the rest of the character as if
    nothing came. What begins inside of a character, as the rest of a text may, stays as it is.
    """
    if not any(row[symbol] for row in dfa.rows for symbol in set(dfa.classes[128:])):
        return dfa
    characters = _Characters(dfa)
    found = characters.smaller() if characters.are_whole else dfa
    assert agree(dfa, found)
    return found


class _Characters:
    """Where in a character the states of an automaton are.

    Bytes are told apart as both automata do: a kind is a class of the one and a class of the other.
    """

    def __init__(self, dfa: Dfa):
        self.dfa = dfa
        self.utf8 = compile_pattern(_ANY_TEXT)
        self.kinds = list(dict.fromkeys(zip(dfa.classes, self.utf8.classes)))
        self.kind_of = [self.kinds.index(kind) for kind in zip(dfa.classes, self.utf8.classes)]
        self.following = sorted({self.kind_of[byte] for byte in range(0x80, 0xC0)})
        self.high = sorted({self.kind_of[byte] for byte in range(0x80, 0x100)})
        self.inside = self.places()

    def places(self) -> Dict[int, Set[int]]:
        """The places in a character where each state may be."""
        inside: Dict[int, Set[int]] = {1: {1}}
        waiting = [(1, 1)]
        for state, place in waiting:
            for one, two in self.kinds:
                target, behind = self.dfa.rows[state][one], self.utf8.rows[place][two]
                if target != 0 and behind not in inside.setdefault(target, set()):
                    inside[target].add(behind)
                    waiting.append((target, behind))
        return inside

    @property
    def are_whole(self) -> bool:
        """The automaton accepts nothing but UTF-8."""
        return all(0 not in places for places in self.inside.values())

    def between(self, state: int) -> bool:
        """Not inside of a character."""
        return 1 in self.inside[state]

    def targets(self, state: int) -> Dict[int, int]:
        """Where each kind of bytes leads that UTF-8 can have there."""
        allowed = [any(self.utf8.rows[place][two] for place in self.inside[state]) for _, two in self.kinds]
        return {kind: self.dfa.rows[state][self.kinds[kind][0]] for kind in range(len(self.kinds)) if allowed[kind]}

    def ahead(self) -> Dict[int, int]:
        """The states inside of a character that lead to one state only, and that state."""
        open_ = {s: set(self.targets(s).values()) for s in sorted(self.inside) if not self.between(s)}
        found: Dict[int, int] = {}
        for _ in range(3):  # a character has at most so many bytes more
            for state, targets in open_.items():
                behind = {found.get(t, t) for t in targets}
                if len(behind) == 1 and 0 not in behind and all(self.between(t) for t in behind):
                    found[state] = behind.pop()
        return found

    def smaller(self) -> Dfa:
        ahead = self.ahead()
        kept = [s for s in sorted(self.inside) if s not in ahead]
        number = {0: 0, **{state: index + 1 for index, state in enumerate(kept)}}
        number.update({state: number[target] for state, target in ahead.items()})
        waits = set(ahead.values())
        rows = [[0] * len(self.kinds)] + [self.row(s, s in waits, number) for s in kept]
        accept = [False] + [self.dfa.accept[s] for s in kept]
        return _number(self.kind_of, rows, accept, _minimise(rows, accept))

    def row(self, state: int, waits: bool, number: Dict[int, int]) -> List[int]:
        """What no valid text has there goes the way of most others, so that few classes are needed."""
        known = {kind: number[target] for kind, target in self.targets(state).items()}
        if waits:
            known.update({kind: number[state] for kind in self.following})
        high = [known[kind] for kind in self.high if kind in known]
        usual = max(sorted(set(high)), key=high.count)
        return [known.get(kind, usual) for kind in range(len(self.kinds))]
