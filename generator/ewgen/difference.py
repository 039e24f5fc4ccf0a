"""Two versions of a schema: which values the new one refuses that the old one took, and the other way round.

Objects are compared as programs use them: who writes writes the members that are described, who reads passes over those that are not, unless
the schema refuses them. So a new optional member of an open object changes nothing for anyone.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from ewgen.assertions import MAX_COUNT, Program, Rule, Schema
from ewgen.automata import TooLarge, shortest_text
from ewgen.evaluate import accepts, shown, type_mask
from ewgen.facts import (
    ANY,
    ARRAY,
    FRACTION,
    INTEGER,
    MAX_DEPTH,
    MAX_TRIES,
    NUMBER,
    OBJECT,
    STRING,
    Facts,
    Sampler,
    accepts_nothing,
    facts_of,
    plain,
    string_automata,
    type_names,
)
from ewgen.load import Node, Tokens, format_pointer
from ewgen.regex import Dfa

# Larger bounds stay as they are written.
MAX_DIGITS = 25
# Keywords that only note something, and that programs rely on all the same.
_NOTED = ("format", "contentEncoding", "contentMediaType")


@dataclass(frozen=True)
class Change:
    """narrows: something is refused that was taken before; widens: something is taken that was refused before."""

    path: Tokens  # in the value, "*" for any element or other member
    text: str
    narrows: bool
    widens: bool
    old: Node
    new: Node

    @property
    def place(self) -> str:
        return format_pointer(self.path)


@dataclass
class Side:
    """One version: schemas that hold at once, and what they say."""

    program: Program
    schemas: List[Schema]
    facts: Facts = field(init=False)

    def __post_init__(self) -> None:
        self.facts = facts_of(self.schemas)

    @property
    def node(self) -> Node:
        return self.schemas[0].node

    def takes(self, value: Any) -> bool:
        return all(accepts(self.program, schema, value) for schema in self.schemas)

    def like(self, schemas: Sequence[Schema]) -> "Side":
        return Side(self.program, list(schemas))

    @property
    def key(self) -> Tuple[int, ...]:
        return tuple(schema.index for schema in self.schemas)


class Comparison:
    def __init__(self, old: Program, new: Program):
        self.old = old
        self.new = new
        self.changes: List[Change] = []
        self.seen: Set[Tuple[Tuple[int, ...], Tuple[int, ...]]] = set()

    def run(self, old: Schema, new: Schema) -> List[Change]:
        before, after = Side(self.old, [old]), Side(self.new, [new])
        self.compare(before, after, ())
        self.prove(before, after, (), 0)
        return self.changes

    def prove(self, old: Side, new: Side, path: Tokens, since: int) -> None:
        """What comparing keyword by keyword has not seen, sample values may still show. since: of the changes that are about these sides."""
        for one, other, narrows in ((old, new, True), (new, old, False)):
            if any(c.narrows if narrows else c.widens for c in self.changes[since:]):
                continue
            found = Sampler(one.program).candidates(one.schemas, 0)
            for value in itertools.islice(found, MAX_TRIES):
                if one.takes(value) and not other.takes(value):
                    text = f"{shown(value)} is {'refused' if narrows else 'taken'} now"
                    self.changes.append(Change(path, text, narrows, not narrows, old.node, new.node))
                    break

    def compare(self, old: Side, new: Side, path: Tokens, told: bool = False) -> None:
        """told: of their types is told already."""
        if (old.key, new.key) in self.seen or not old.schemas or not new.schemas:
            return
        self.seen.add((old.key, new.key))
        visit = _Visit(self, old, new, path)
        if not told:
            visit.types()
        if visit.values():
            return
        visit.noted()
        if bool(old.facts.choices) != bool(new.facts.choices):
            visit.choice_or_not()
            return
        common = _types(old.facts) & _types(new.facts)
        for bits, compare in ((STRING, visit.strings), (NUMBER, visit.numbers), (ARRAY, visit.arrays), (OBJECT, visit.objects)):
            if common & bits:
                compare()
        visit.choices()
        visit.others()

    def compare_parts(self, old: Side, new: Side, path: Tokens, what: str) -> None:
        """Parts that one side may say nothing about."""
        if old.schemas and new.schemas:
            self.compare(old, new, path)
        elif old.schemas and not _takes_all(old):
            self.changes.append(Change(path, f"{what} may be anything now", False, True, old.node, old.node))
        elif new.schemas and not _takes_all(new):
            self.changes.append(Change(path, f"{what} could be anything", True, False, new.node, new.node))


def _takes_all(side: Side) -> bool:
    return all(not schema.rules for schema in side.schemas)


def _types(facts: Facts, depth: int = 0) -> int:
    """Also by the values that are listed, and by the arms of choices."""
    mask = facts.types
    if facts.values is not None:
        mask &= _type_bits(facts.values)
    for rule in facts.choices if depth < MAX_DEPTH else ():
        arms = 0
        for arm in rule.data:
            arms |= _types(facts_of([arm]), depth + 1)
        mask &= arms
    return mask


def _type_bits(values: List[Any]) -> int:
    mask = 0
    for value in values:
        bits = type_mask(plain(value))
        mask |= INTEGER if bits & INTEGER else bits
    return mask


class _Visit:
    """One schema in both versions."""

    def __init__(self, comparison: Comparison, old: Side, new: Side, path: Tokens):
        self.comparison = comparison
        self.old = old
        self.new = new
        self.path = path
        self.since = len(comparison.changes)

    def add(self, text: str, narrows: bool, widens: bool, path: Tokens = ()) -> None:
        change = Change(self.path + path, text, narrows, widens, self.old.node, self.new.node)
        self.comparison.changes.append(change)

    # ----------------------------------------------------------------------------------- types and constants

    def types(self) -> None:
        old, new = _types(self.old.facts), _types(self.new.facts)
        # What is listed on a side is told value by value.
        if old != new and self.old.facts.values is None and self.new.facts.values is None:
            text = f"was {_type_text(old)} and is {_type_text(new)}"
            self.add(text, bool(old & ~new), bool(new & ~old))

    def values(self) -> bool:
        """True when a list of values says all there is to say."""
        old, new = self.old.facts.values, self.new.facts.values
        if old is None and new is None:
            return False
        lost = [plain(v) for v in old or () if self.old.takes(plain(v)) and not self.new.takes(plain(v))]
        gained = [plain(v) for v in new or () if self.new.takes(plain(v)) and not self.old.takes(plain(v))]
        if lost:
            self.add(f"{_list(lost)} {'is' if len(lost) == 1 else 'are'} no longer allowed", True, False)
        if gained:
            self.add(f"{_list(gained)} {'is' if len(gained) == 1 else 'are'} allowed now", False, True)
        types = [_type_text(_types(side.facts)) for side in (self.old, self.new)]
        if old is None:
            self.add(f"was any {types[0]} and is {_list([plain(v) for v in new or ()], 'or')}", True, False)
        if new is None:
            self.add(f"was {_list([plain(v) for v in old or ()], 'or')} and is any {types[1]}", False, True)
        return True

    # ---------------------------------------------------------------------------------------------- scalars

    def strings(self) -> None:
        old, new = self.old.facts, self.new.facts
        if not old.patterns and not new.patterns:
            self.bounds("Length")
            return
        if _string_text(old) == _string_text(new):
            return
        lost, gained = _text_of_one(old, new), _text_of_one(new, old)
        texts = [f"{shown(lost)} is refused now"] if isinstance(lost, str) else []
        texts += [f"{shown(gained)} is accepted now"] if isinstance(gained, str) else []
        if lost is None and gained is None:
            return
        detail = ": " + ", ".join(texts) if texts else ", and is too large to be compared"
        self.add(f"{_string_text(old)} became {_string_text(new)}{detail}", lost is not None, gained is not None)

    def bounds(self, what: str) -> None:
        for low, word in ((True, "min"), (False, "max")):
            name = f"{word}_{what.lower()}"
            old, new = getattr(self.old.facts, name), getattr(self.new.facts, name)
            if old != new:
                text = f"{word}{what} was {_count(old)} and is {_count(new)}"
                self.add(text, (new > old) == low, (new < old) == low)

    def numbers(self) -> None:
        old, new = self.old.facts, self.new.facts
        ends = [[_whole(f.low, f, True), _whole(f.high, f, False)] for f in (old, new)]
        for word, first, second, low in (("least", ends[0][0], ends[1][0], True), ("greatest", ends[0][1], ends[1][1], False)):
            if first != second:
                narrows = _is_tighter(second, first, low)
                self.add(f"the {word} number was {_bound(first)} and is {_bound(second)}", narrows, not narrows)
        if sorted(old.divisors) != sorted(new.divisors):
            narrows = any(not _divides(d, old.divisors) for d in new.divisors)
            widens = any(not _divides(d, new.divisors) for d in old.divisors)
            self.add(f"multipleOf was {_words(old.divisors)} and is {_words(new.divisors)}", narrows, widens)

    def noted(self) -> None:
        for keyword in _NOTED:
            old, new = (_said(side.facts, keyword) for side in (self.old, self.new))
            if old != new:
                text = f"{keyword} was {_word(old)} and is {_word(new)}"
                self.add(text, new is not None, old is not None)

    # ------------------------------------------------------------------------------------ arrays and objects

    def arrays(self) -> None:
        self.bounds("Items")
        old, new = self.old.facts, self.new.facts
        if old.unique != new.unique:
            self.add("equal elements are " + ("refused now" if new.unique else "allowed now"), new.unique, old.unique)
        places = max([len(i.prefix) for i in old.items + new.items], default=0)
        for index in range(places + 1):
            token = "*" if index == places else str(index)
            parts = [side.like(side.facts.item(index)) for side in (self.old, self.new)]
            self.comparison.compare_parts(parts[0], parts[1], self.path + (token,), "elements")

    def objects(self) -> None:
        self.bounds("Properties")
        old, new = self.old.facts, self.new.facts
        for name in dict.fromkeys(old.names() + new.names() + old.required + new.required):
            self.member(name)
        self.rest()

    def member(self, name: str) -> None:
        old, new = (side.like(side.facts.member(name)) for side in (self.old, self.new))
        was, is_ = (name in side.facts.names() for side in (self.old, self.new))
        needed, needs = (name in side.facts.required for side in (self.old, self.new))
        if was == is_:
            if needed != needs:
                self.add("is required now" if needs else "is no longer required", needs, needed, (name,))
            self.comparison.compare_parts(old, new, self.path + (name,), "the member")
        elif is_:
            refused = any(accepts_nothing(schema) for schema in old.schemas)
            text = "is new" + (" and required" if needs else "") + (", and was refused before" if refused else "")
            self.add(text, needs and not needed, refused, (name,))
        else:
            refused = any(accepts_nothing(schema) for schema in new.schemas)
            text = "is gone" + (", and was required" if needed else "") + (", and is refused now" if refused else "")
            self.add(text, refused, needed and not needs, (name,))

    def rest(self) -> None:
        """Members that are not described."""
        old, new = (_rest(side) for side in (self.old, self.new))
        was, is_ = (any(accepts_nothing(s) for s in side.schemas) for side in (old, new))
        if was != is_:
            text = "other members are " + ("refused now" if is_ else "allowed now")
            self.add(text, is_, was)
        elif not was:
            self.comparison.compare_parts(old, new, self.path + ("*",), "other members")
        patterns = [{p.text: s for r in side.facts.properties for p, s in r.patterns} for side in (self.old, self.new)]
        for text in dict.fromkeys(itertools.chain(*patterns)):
            sides = [s.like([p[text]] if text in p else []) for s, p in zip((self.old, self.new), patterns)]
            self.comparison.compare_parts(sides[0], sides[1], self.path + (f"~{text}",), f"members like {text}")

    # -------------------------------------------------------------------------------------- choices and rest

    def choices(self) -> None:
        """Arms that belong together are compared, the others are gone or new."""
        if not self.old.facts.choices and not self.new.facts.choices:
            return
        old, new = (_arms(side) for side in (self.old, self.new))
        if old is None or new is None:
            if _signature(self.old.facts.choices) != _signature(self.new.facts.choices):
                self.add("the alternatives changed in a way that is not compared", True, True)
            return
        pairs = _pairs(old, new)
        for i, j in pairs:
            self.comparison.compare(self.old.like([old[i]]), self.new.like([new[j]]), self.path)
        for i, arm in enumerate(old):
            if i not in dict(pairs) and self.is_of_known_type(arm, self.new) and _lacks(self.old.like([arm]), self.new):
                self.add(f"the alternative {_arm_name(arm)} is gone", True, False)
        for j, arm in enumerate(new):
            if j not in {k for _, k in pairs} and self.is_of_known_type(arm, self.old) and _lacks(self.new.like([arm]), self.old):
                self.add(f"the alternative {_arm_name(arm)} is new", False, True)

    @staticmethod
    def is_of_known_type(arm: Schema, other: Side) -> bool:
        """Else the arm is told by its type."""
        return bool(_types(facts_of([arm])) & _types(other.facts))

    def choice_or_not(self) -> None:
        """Alternatives on one side only: each is compared, where it is the only one of its types, with what stands on the other."""
        is_new = bool(self.new.facts.choices)
        choosing, plain_side = (self.new, self.old) if is_new else (self.old, self.new)
        arms = _arms(choosing)
        masks = [_types(facts_of([arm])) for arm in arms or ()]
        alone = [not any(m & o for k, o in enumerate(masks) if k != i) for i, m in enumerate(masks)]
        for arm, mask in zip(arms or (), masks):
            if mask & _types(plain_side.facts) and all(alone):
                with_arm = _with_arm(choosing, arm)
                old, new = (plain_side, with_arm) if is_new else (with_arm, plain_side)
                self.comparison.compare(old, new, self.path, told=True)
        self.comparison.prove(self.old, self.new, self.path, self.since)

    def others(self) -> None:
        """Rules whose effect is not worked out: a difference is taken for both."""
        old, new = (_signature(side.facts.others) for side in (self.old, self.new))
        for keyword in sorted(set(old) | set(new)):
            if old.get(keyword) != new.get(keyword):
                word = keyword.lower().replace("_", " ")
                self.add(f'the rule "{word}" changed in a way that is not compared', True, True)


def _rest(side: Side) -> Side:
    """What any member is that nobody has named."""
    found = [p.additional for p in side.facts.properties if p.additional is not None]
    return side.like(found)


def _text_of_one(one: Facts, other: Facts) -> Any:
    """A text that only one takes; None when there is none, True when that is not known."""
    try:
        for dfa in string_automata(other):
            found = shortest_text(string_automata(one), [dfa])
            if found is not None:
                return found
    except TooLarge:
        return True
    return None


def _string_text(facts: Facts) -> str:
    parts = [f"pattern {p.text}" for p in facts.patterns]
    parts += [f"minLength {facts.min_length}"] if facts.min_length else []
    parts += [f"maxLength {facts.max_length}"] if facts.max_length < MAX_COUNT else []
    return " with ".join(parts) or "any text"


def _whole(bound: Optional[Tuple[Decimal, bool]], facts: Facts, low: bool) -> Optional[Tuple[Decimal, bool]]:
    """For integers: the last one inside."""
    if bound is None or facts.types & FRACTION or bound[0].adjusted() > MAX_DIGITS:
        return bound
    nearest = bound[0].to_integral_value(ROUND_CEILING if low else ROUND_FLOOR)
    if bound[1] and nearest == bound[0]:
        nearest += 1 if low else -1
    return (nearest, False)


def _is_tighter(one: Optional[Tuple[Decimal, bool]], other: Optional[Tuple[Decimal, bool]], low: bool) -> bool:
    if one is None or other is None:
        return one is not None
    if one[0] != other[0]:
        return (one[0] > other[0]) == low
    return one[1]


def _divides(divisor: str, of: List[str]) -> bool:
    return any(Decimal(other) % Decimal(divisor) == 0 for other in of)


def _said(facts: Facts, keyword: str) -> Optional[str]:
    return next((s.node.data[keyword] for s in facts.schemas if keyword in s.node), None)


def _arms(side: Side) -> Optional[List[Schema]]:
    """The arms of the one choice, None when there are more."""
    choices = side.facts.choices
    return list(choices[0].data) if len(choices) == 1 else None


def _with_arm(side: Side, arm: Schema) -> Side:
    """One alternative, and what stands around the choice."""
    choice = side.facts.choices[0]
    chosen = side.like([*side.schemas, arm])
    chosen.facts.choices.remove(choice)
    return chosen


def _pairs(old: List[Schema], new: List[Schema]) -> List[Tuple[int, int]]:
    """Each old arm with the new one that has the same name, or most of its samples."""
    pairs: List[Tuple[int, int]] = []
    for by_name in (True, False):
        for i, arm in enumerate(old):
            free = [j for j in range(len(new)) if j not in {k for _, k in pairs}]
            if i in dict(pairs) or not free:
                continue
            if by_name:
                match = next((j for j in free if _arm_name(arm) == _arm_name(new[j]) and "$ref" in arm.node), None)
            else:
                match = max(free, key=lambda j: (_likeness(arm, new[j]), -abs(i - j)))
                match = match if _likeness(arm, new[match]) > 0 else None
            if match is not None:
                pairs.append((i, match))
    return sorted(pairs)


def _likeness(old: Schema, new: Schema) -> int:
    """How much two arms look like two versions of one."""
    one, other = facts_of([old]), facts_of([new])
    common = _types(one) & _types(other)
    if common == 0:
        return 0
    if one.values is not None and other.values is not None:
        return 100 if any(v in other.values for v in one.values) else 0
    for name in one.required:
        kinds = [facts_of(f.member(name)).values for f in (one, other)]
        if name in other.required and kinds[0] is not None and kinds[1] is not None:
            if not any(v in kinds[1] for v in kinds[0]):
                return 0
    return 1 + sum(name in other.names() for name in one.names())


def _lacks(arm: Side, other: Side) -> bool:
    """Whether the other version refuses something of an arm. Without a sample nobody knows, so it may."""
    found = False
    for value in itertools.islice(Sampler(arm.program).candidates(arm.schemas, 0), MAX_TRIES):
        if arm.takes(value):
            found = True
            if not other.takes(value):
                return True
    return not found


def _arm_name(arm: Schema) -> str:
    reference = arm.node.value("$ref")
    if isinstance(reference, str):
        return '"' + reference.rpartition("/")[2] + '"'
    title = arm.node.value("title")
    return f'"{title}"' if isinstance(title, str) else f"of {_type_text(_types(facts_of([arm])))}"


def _signature(rules: List[Rule]) -> Dict[str, List[str]]:
    """The rules as far as two versions can be compared by their text."""
    result: Dict[str, List[str]] = {}
    for rule in rules:
        result.setdefault(rule.keyword, []).append(_text(rule.data, frozenset()))
    return result


def _text(data: Any, around: frozenset) -> str:
    if isinstance(data, Schema):
        if data.index in around:
            return "again"
        inside = around | {data.index}
        return "{" + ";".join(f"{r.keyword} {r.count} {_text(r.data, inside)}" for r in data.rules) + "}"
    if isinstance(data, (list, tuple)):
        return "[" + ",".join(_text(item, around) for item in data) + "]"
    if hasattr(data, "__dict__") and not isinstance(data, Dfa):
        return "(" + ",".join(_text(v, around) for k, v in sorted(vars(data).items()) if k != "dfa") + ")"
    return repr(data)


# --------------------------------------------------------------------------------------------------------- words


def _type_text(mask: int) -> str:
    return "any type" if mask == ANY else type_names(mask)


def _list(values: List[Any], between: str = "and") -> str:
    texts = [shown(v) for v in values[:6]]
    more = [f"{len(values) - 6} more"] if len(values) > 6 else []
    words = texts + more
    return f" {between} ".join([", ".join(words[:-1])] + words[-1:]) if len(words) > 1 else "".join(words)


def _count(count: int) -> str:
    return "none" if count == MAX_COUNT else str(count)


def _bound(bound: Optional[Tuple[Decimal, bool]]) -> str:
    if bound is None:
        return "none"
    return f"{bound[0]}, excluded" if bound[1] else str(bound[0])


def _words(words: List[str]) -> str:
    return " and ".join(words) or "none"


def _word(word: Optional[str]) -> str:
    return "none" if word is None else f'"{word}"'
