"""What one schema, or several at once, say about a value: the rules of all that $ref and allOf bring together, sorted by what they are about.

From them come sample values, and the reason why two schemas have no value in common.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple

from ewgen.assertions import MAX_COUNT, TYPES, Contains, Items, Pattern, Program, Properties, Rule, Schema
from ewgen.automata import TooLarge, lengths, shortest_text
from ewgen.evaluate import accepts, constant, shown
from ewgen.formats import SAMPLES
from ewgen.load import Float, Tokens
from ewgen.regex import Dfa, compile_pattern

NULL, BOOLEAN, FRACTION, STRING, ARRAY, OBJECT, INTEGER = 1, 2, 4, 8, 16, 32, 64
NUMBER = INTEGER | FRACTION
ANY = 127

# How deep values are looked into, and how many are tried.
MAX_DEPTH = 12
MAX_TRIES = 64
# The longest text or list that is built as a sample.
MAX_BUILT = 5000


@dataclass
class Facts:
    """Of all given schemas together. types: bits of TYPES, where FRACTION is what is a number and no integer."""

    types: int = ANY
    values: Optional[List[Any]] = None  # of const and enum: the values all of them list
    low: Optional[Tuple[Decimal, bool]] = None  # least number, and whether it is excluded
    high: Optional[Tuple[Decimal, bool]] = None
    divisors: List[str] = field(default_factory=list)
    min_length: int = 0
    max_length: int = MAX_COUNT
    patterns: List[Pattern] = field(default_factory=list)
    formats: List[str] = field(default_factory=list)
    min_items: int = 0
    max_items: int = MAX_COUNT
    unique: bool = False
    items: List[Items] = field(default_factory=list)
    contains: List[Contains] = field(default_factory=list)
    min_properties: int = 0
    max_properties: int = MAX_COUNT
    required: List[str] = field(default_factory=list)
    properties: List[Properties] = field(default_factory=list)
    choices: List[Rule] = field(default_factory=list)  # ANY_OF and ONE_OF
    others: List[Rule] = field(default_factory=list)
    schemas: List[Schema] = field(default_factory=list)  # all that were brought together

    def names(self) -> List[str]:
        """All members that are named, in the order of their names in the tables."""
        return list(dict.fromkeys(name for p in self.properties for name, _ in p.named))

    def member(self, name: str) -> List[Schema]:
        """All schemas that a member of this name must fit."""
        return [schema for p in self.properties for schema in member_of(p, name)]

    def item(self, index: int) -> List[Schema]:
        found = [i.prefix[index] if index < len(i.prefix) else i.rest for i in self.items]
        return [schema for schema in found if schema is not None]


def member_of(properties: Properties, name: str) -> List[Schema]:
    found = [schema for own, schema in properties.named if own == name]
    found += [schema for pattern, schema in properties.patterns if pattern.dfa.matches(name)]
    if not found and properties.additional is not None:
        return [properties.additional]
    return found


def facts_of(schemas: Sequence[Schema]) -> Facts:
    facts = Facts()
    waiting = list(schemas)
    while waiting:
        schema = waiting.pop(0)
        if schema in facts.schemas:
            continue
        facts.schemas.append(schema)
        for rule in schema.rules:
            if rule.keyword == "REF":
                waiting.append(rule.data)
            elif rule.keyword == "ALL_OF":
                waiting.extend(rule.data)
            else:
                _add(facts, rule)
    return facts


def _add(facts: Facts, rule: Rule) -> None:
    keyword, name = rule.keyword, rule.keyword.lower()
    if keyword == "FALSE":
        facts.types = 0
    elif keyword == "TYPE":
        facts.types &= rule.count | (INTEGER if rule.count & FRACTION else 0)
    elif keyword in ("CONST", "ENUM"):
        _add_values(facts, rule)
    elif keyword.startswith("MIN_"):
        setattr(facts, name, max(getattr(facts, name), rule.count))
    elif keyword.startswith("MAX_"):
        setattr(facts, name, min(getattr(facts, name), rule.count))
    elif "IMUM" in keyword:
        _add_bound(facts, keyword, Decimal(rule.data))
    elif keyword == "REQUIRED":
        facts.required.extend(n for n in rule.data if n not in facts.required)
    elif keyword == "UNIQUE_ITEMS":
        facts.unique = True
    else:
        _LISTS.get(keyword, lambda f, r: f.others.append(r))(facts, rule)


_LISTS = {
    "MULTIPLE_OF": lambda f, r: f.divisors.append(r.data),
    "PATTERN": lambda f, r: f.patterns.append(r.data),
    "FORMAT": lambda f, r: f.formats.append(r.data),
    "ITEMS": lambda f, r: f.items.append(r.data),
    "CONTAINS": lambda f, r: f.contains.append(r.data),
    "PROPERTIES": lambda f, r: f.properties.append(r.data),
    "ANY_OF": lambda f, r: f.choices.append(r),
    "ONE_OF": lambda f, r: f.choices.append(r),
}


def _add_values(facts: Facts, rule: Rule) -> None:
    found = [constant(v) for v in rule.data]
    facts.values = found if facts.values is None else [v for v in facts.values if v in found]


def _add_bound(facts: Facts, keyword: str, limit: Decimal) -> None:
    excluded = keyword.startswith("EXCLUSIVE")
    if keyword.endswith("MINIMUM"):
        if facts.low is None or (limit, excluded) > facts.low:
            facts.low = (limit, excluded)
    elif facts.high is None or (limit, not excluded) < (facts.high[0], not facts.high[1]):
        facts.high = (limit, excluded)


def plain(value: Any) -> Any:
    """The value of a canonical form."""
    kind, data = value
    if kind == "array":
        return [plain(v) for v in data]
    if kind == "object":
        return {k: plain(v) for k, v in sorted(data, key=lambda pair: pair[0])}
    return _number(data) if kind == "number" else data


def _number(value: Decimal) -> Any:
    return int(value) if value == value.to_integral_value() and value.adjusted() < 300 else Float(str(value))


# ----------------------------------------------------------------------------------------------------- samples


class Sampler:
    """Values that schemas of one program accept."""

    def __init__(self, program: Program):
        self.program = program

    def sample(self, schemas: Sequence[Schema]) -> Optional[Tuple[Any]]:
        """A tuple of one value that all accept, None when none was found."""
        for value in itertools.islice(self.candidates(schemas, 0), MAX_TRIES):
            if all(accepts(self.program, schema, value) for schema in schemas):
                return (value,)
        return None

    def candidates(self, schemas: Sequence[Schema], depth: int) -> Iterator[Any]:
        """Values that look as the schemas say; what some rules ask is not looked at."""
        if depth > MAX_DEPTH:
            return
        for chosen in self._arms(schemas):
            facts = facts_of(chosen)
            if facts.values is not None:
                yield from map(plain, facts.values)
                continue
            for bit, make in self._makers():
                if facts.types & bit:
                    yield from make(facts, depth)

    def _makers(self) -> Any:
        return (
            (OBJECT, self._objects),
            (ARRAY, self._arrays),
            (STRING, self._strings),
            (INTEGER, self._integers),
            (FRACTION, self._fractions),
            (BOOLEAN, lambda facts, depth: (True, False)),
            (NULL, lambda facts, depth: (None,)),
        )

    @staticmethod
    def _arms(schemas: Sequence[Schema]) -> Iterator[List[Schema]]:
        """The schemas with one arm of each choice."""
        choices = [rule.data for rule in facts_of(schemas).choices]
        for arms in itertools.islice(itertools.product(*choices), MAX_TRIES):
            yield list(schemas) + list(arms)

    def _objects(self, facts: Facts, depth: int) -> Iterator[Any]:
        smallest = self._object(facts, facts.required, depth)
        if smallest is None:
            return
        yield smallest
        more = [n for n in facts.names() if n not in smallest]
        for name in more:
            value = self._object(facts, facts.required + [name], depth)
            if value is not None:
                yield value
        value = self._object(facts, facts.required + more, depth)
        if value is not None:
            yield value

    def _object(self, facts: Facts, names: Sequence[str], depth: int) -> Optional[Dict[str, Any]]:
        value: Dict[str, Any] = {}
        spare = (n for n in facts.names() + [f"more{i}" for i in range(facts.min_properties)] if n not in names)
        for name in itertools.chain(names, spare):
            if name not in names and len(value) >= facts.min_properties:
                break
            found = next(self._fitting(facts.member(name), depth + 1), None)
            if found is not None:
                value[name] = found[0]
            elif name in facts.required:
                return None
        return value

    def _fitting(self, schemas: Sequence[Schema], depth: int) -> Iterator[Tuple[Any]]:
        for value in itertools.islice(self.candidates(schemas, depth), MAX_TRIES):
            if all(accepts(self.program, schema, value) for schema in schemas):
                yield (value,)

    def _arrays(self, facts: Facts, depth: int) -> Iterator[Any]:
        wanted = facts.min_items + (0 if not facts.contains else max(c.low for c in facts.contains))
        for count in dict.fromkeys((wanted, wanted + 1)):
            if count <= min(facts.max_items, MAX_BUILT):
                value = [next(self._fitting(self._of_item(facts, i, count), depth + 1), None) for i in range(count)]
                if None not in value:
                    yield [found[0] for found in value if found is not None]

    @staticmethod
    def _of_item(facts: Facts, index: int, count: int) -> List[Schema]:
        """The last elements are those that the array must contain."""
        inside = [c.schema for c in facts.contains if index >= count - c.low]
        return facts.item(index) + inside

    def _strings(self, facts: Facts, depth: int) -> Iterator[Any]:
        if facts.min_length > min(facts.max_length, MAX_BUILT):
            return
        yield from (SAMPLES[name] for name in facts.formats)
        if not facts.patterns:
            yield "a" * facts.min_length
            if facts.min_length == 0 and facts.max_length > 0:
                yield "a"
            return
        try:
            found = shortest_text(string_automata(facts))
        except TooLarge:
            return
        if found is not None:
            yield found

    @staticmethod
    def _integers(facts: Facts, depth: int) -> Iterator[Any]:
        low = facts.low[0] if facts.low else None
        high = facts.high[0] if facts.high else None
        tried = [Decimal(0), Decimal(1)]
        for bound in (low, high):
            if bound is not None and bound.adjusted() < 30:
                whole = bound.to_integral_value()
                tried += [whole, whole + 1, whole - 1]
        for divisor in map(Decimal, facts.divisors):
            start = low if low is not None and low > 0 and low.adjusted() < 30 else Decimal(0)
            tried += [divisor, (start // divisor + 1) * divisor]
        yield from (int(v) for v in tried if v == v.to_integral_value())

    @staticmethod
    def _fractions(facts: Facts, depth: int) -> Iterator[Any]:
        low, high = facts.low, facts.high
        tried = [Decimal("0.5")]
        tried += [bound[0] + step for bound in (low, high) if bound for step in (Decimal(0), Decimal("0.5"), Decimal("-0.5"))]
        if low and high:
            tried.append((low[0] + high[0]) / 2)
        yield from (Float(str(v)) for v in tried)


def string_automata(facts: Facts) -> List[Dfa]:
    """Of the patterns and lengths. Lengths without an automaton are left out."""
    found = [p.dfa for p in facts.patterns]
    if facts.min_length or facts.max_length < MAX_COUNT:
        of_lengths = lengths(facts.min_length, facts.max_length if facts.max_length < MAX_COUNT else None)
        found += [of_lengths] if of_lengths is not None else []
    return found or [compile_pattern("")]


# ------------------------------------------------------------------------------------------------- disjointness


@dataclass(frozen=True)
class Reason:
    """Why two schemas have no value in common. place: of the part that tells them apart, "" for the value itself."""

    place: Tokens
    text: str


class Differ:
    """Proofs that schemas of one program have no value in common."""

    def __init__(self, program: Program):
        self.program = program
        self.open: Set[Tuple[int, int]] = set()

    def reason(self, first: Schema, second: Schema, place: Tokens = ()) -> Optional[Reason]:
        """None when none was found: there may be a common value, or the reason is one that is not looked for."""
        key = (first.index, second.index)
        if key in self.open or len(place) > MAX_DEPTH:
            return None
        self.open.add(key)
        found = self._reason(facts_of([first]), facts_of([second]), place)
        self.open.discard(key)
        return found

    def _reason(self, first: Facts, second: Facts, place: Tokens) -> Optional[Reason]:
        for one, other in ((first, second), (second, first)):
            if one.values is not None:
                return self._by_values(one, other, place) or self._by_arms(first, second, place)
        common = first.types & second.types
        if common == 0:
            return Reason(place, f"{type_names(first.types)} or {type_names(second.types)}")
        reasons = [self._of_type(bit, first, second, place) for bit in _BITS if common & bit]
        return reasons[0] if None not in reasons else self._by_arms(first, second, place)

    def _by_values(self, one: Facts, other: Facts, place: Tokens) -> Optional[Reason]:
        assert one.values is not None
        common = [v for v in one.values if all(accepts(self.program, s, plain(v)) for s in one.schemas + other.schemas[:1])]
        if common:
            return None
        texts = [" or ".join(shown(plain(v)) for v in f.values[:4]) for f in (one, other) if f.values]
        return Reason(place, " against ".join(texts) if len(texts) == 2 else f"only one side allows {texts[0] if texts else 'it'}")

    def _by_arms(self, first: Facts, second: Facts, place: Tokens) -> Optional[Reason]:
        """Each arm of a choice has nothing in common with the other side."""
        for one, other in ((first, second), (second, first)):
            for rule in one.choices:
                reasons = [self._reason(facts_of([arm]), other, place) for arm in rule.data]
                if reasons and None not in reasons:
                    return reasons[0]
        return None

    def _of_type(self, bit: int, first: Facts, second: Facts, place: Tokens) -> Optional[Reason]:
        if bit == OBJECT:
            return self._objects(first, second, place) or self._objects(second, first, place)
        if bit & NUMBER:
            return self._numbers(first, second, place)
        if bit == STRING:
            return self._strings(first, second, place)
        if bit == ARRAY and (first.min_items > second.max_items or second.min_items > first.max_items):
            return Reason(place, "the number of elements")
        return None

    def _objects(self, first: Facts, second: Facts, place: Tokens) -> Optional[Reason]:
        for name in first.required:
            own, others = first.member(name), second.member(name)
            if any(accepts_nothing(schema) for schema in others):
                return Reason(place, f"{shown(name)} is required or not allowed")
            if name in second.required:
                for one, other in itertools.product(own, others):
                    found = self.reason(one, other, place + (name,))
                    if found is not None:
                        return found
        return Reason(place, "the number of members") if first.min_properties > second.max_properties else None

    @staticmethod
    def _numbers(first: Facts, second: Facts, place: Tokens) -> Optional[Reason]:
        for one, other in ((first, second), (second, first)):
            if one.low and other.high:
                if one.low[0] > other.high[0] or (one.low[0] == other.high[0] and (one.low[1] or other.high[1])):
                    return Reason(place, "the range of numbers")
        return None

    @staticmethod
    def _strings(first: Facts, second: Facts, place: Tokens) -> Optional[Reason]:
        if first.min_length > second.max_length or second.min_length > first.max_length:
            return Reason(place, "the length of the text")
        if not first.patterns or not second.patterns:
            return None
        try:
            common = shortest_text(string_automata(first) + string_automata(second))
        except TooLarge:
            return None
        return Reason(place, "the pattern of the text") if common is None else None


_BITS = (OBJECT, ARRAY, STRING, INTEGER, FRACTION, BOOLEAN, NULL)


def accepts_nothing(schema: Schema) -> bool:
    return any(rule.keyword == "FALSE" for rule in schema.rules)


def type_names(mask: int) -> str:
    """"null or string"; a number where integers and fractions are both allowed."""
    if mask & NUMBER == NUMBER:
        mask &= ~INTEGER
    elif mask & FRACTION:
        return type_names(mask & ~FRACTION) + " or a number that is no integer" if mask != FRACTION else "a number that is no integer"
    return " or ".join(name for name, bit in sorted(TYPES.items()) if bit & mask) or "nothing"

