"""Values against a program of assertions.py: what the validator in C decides about a text, decided here about a value of a document."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from ewgen.assertions import TYPES, Dependency, Program, Rule, Schema, Value, decimal_of_number
from ewgen.formats import holds
from ewgen.load import Tokens, format_pointer
from ewgen.resources import Resource

# A value in an error message is cut to this length.
SHOWN = 60


@dataclass(frozen=True)
class Refusal:
    """The first rule that a value breaks. place: of the refused part in the value."""

    place: Tokens
    schema: Schema
    keyword: str  # as in assertions.ORDER
    reason: str

    def __str__(self) -> str:
        pointer = format_pointer(self.place)
        return f"{pointer} {self.reason}" if pointer else self.reason


class _Refused(Exception):
    def __init__(self, refusal: Refusal):
        super().__init__()
        self.refusal = refusal


@dataclass
class _Marks:
    """What has been evaluated of one object or array."""

    names: Set[str] = field(default_factory=set)
    items: Set[int] = field(default_factory=set)

    def add(self, other: "_Marks") -> None:
        self.names |= other.names
        self.items |= other.items


@dataclass
class _Visit:
    """One schema at one value."""

    schema: Schema
    value: Any
    place: Tokens
    scope: Tuple[Resource, ...]  # the resources entered, outermost first
    marks: _Marks = field(default_factory=_Marks)


def first_refusal(program: Program, schema: Schema, value: Any) -> Optional[Refusal]:
    """None when the schema accepts the value."""
    try:
        _Evaluator(program).run(schema, value, (), ())
    except _Refused as refused:
        return refused.refusal
    return None


def accepts(program: Program, schema: Schema, value: Any) -> bool:
    return first_refusal(program, schema, value) is None


def type_mask(value: Any) -> int:
    """The bits of TYPES that a value has: integers are numbers too."""
    if value is None:
        return TYPES["null"]
    if isinstance(value, bool):
        return TYPES["boolean"]
    if isinstance(value, (int, float)):
        whole = isinstance(value, int) or _is_whole(decimal_of_number(value))
        return TYPES["number"] | (TYPES["integer"] if whole else 0)
    if isinstance(value, str):
        return TYPES["string"]
    return TYPES["array"] if isinstance(value, list) else TYPES["object"]


def canonical(value: Any) -> Any:
    """Equal for values that JSON Schema takes for equal, and hashable: 1.0 is 1, true is not, members have no order."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return (type(value).__name__, value)
    if isinstance(value, (int, float, Decimal)):
        return ("number", decimal_of_number(value))
    if isinstance(value, list):
        return ("array", tuple(canonical(v) for v in value))
    return ("object", frozenset((k, canonical(v)) for k, v in value.items()))


def constant(value: Value) -> Any:
    """What const and enum compare with, in canonical form."""
    if value.type == "STRING":
        return ("str", value.text)
    return canonical(json.loads(value.text, parse_float=Decimal, parse_int=Decimal))


def shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = json.dumps(text, ensure_ascii=False) if isinstance(value, str) else text
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def _is_whole(number: Decimal) -> bool:
    return number == number.to_integral_value() if number.adjusted() < 10_000 else number.as_tuple().exponent >= 0


class _Evaluator:
    def __init__(self, program: Program):
        self.program = program
        self.constants: Dict[int, List[Any]] = {}  # of rules, by identity

    def run(self, schema: Schema, value: Any, place: Tokens, scope: Tuple[Resource, ...]) -> _Marks:
        resource = schema.resource
        if resource is not None and (not scope or scope[-1] is not resource):
            scope += (resource,)
        visit = _Visit(schema, value, place, scope)
        for rule in schema.rules:
            _RULES[rule.keyword](self, visit, rule)
        return visit.marks

    def passes(self, schema: Schema, visit: _Visit) -> Optional[_Marks]:
        """What the schema evaluates of the same value, None when it refuses it."""
        try:
            return self.run(schema, visit.value, visit.place, visit.scope)
        except _Refused:
            return None

    def inside(self, schema: Schema, visit: _Visit, token: str, value: Any) -> None:
        self.run(schema, value, visit.place + (token,), visit.scope)

    @staticmethod
    def refuse(visit: _Visit, rule: Rule, reason: str) -> None:
        raise _Refused(Refusal(visit.place, visit.schema, rule.keyword, reason))

    # -------------------------------------------------------------------------------------------- any value

    def false(self, visit: _Visit, rule: Rule) -> None:
        self.refuse(visit, rule, f"is not allowed here: {shown(visit.value)}")

    def type(self, visit: _Visit, rule: Rule) -> None:
        if not type_mask(visit.value) & rule.count:
            wanted = " or ".join(name for name, bit in sorted(TYPES.items()) if bit & rule.count)
            self.refuse(visit, rule, f"is no {wanted}: {shown(visit.value)}")

    def listed(self, visit: _Visit, rule: Rule) -> None:
        if id(rule) not in self.constants:
            self.constants[id(rule)] = [constant(v) for v in rule.data]
        if canonical(visit.value) not in self.constants[id(rule)]:
            wanted = "the constant" if rule.keyword == "CONST" else "one of the listed values"
            self.refuse(visit, rule, f"is not {wanted}: {shown(visit.value)}")

    # ---------------------------------------------------------------------------------------------- numbers

    def bound(self, visit: _Visit, rule: Rule) -> None:
        if not type_mask(visit.value) & TYPES["number"]:
            return
        number, limit = decimal_of_number(visit.value), Decimal(rule.data)
        if not _BOUNDS[rule.keyword](number, limit):
            self.refuse(visit, rule, f"is out of range, {_BOUND_WORDS[rule.keyword]} {rule.data}: {shown(visit.value)}")

    def multiple_of(self, visit: _Visit, rule: Rule) -> None:
        if type_mask(visit.value) & TYPES["number"]:
            if not _is_multiple(decimal_of_number(visit.value), Decimal(rule.data)):
                self.refuse(visit, rule, f"is no multiple of {rule.data}: {shown(visit.value)}")

    # ---------------------------------------------------------------------------------------------- strings

    def length(self, visit: _Visit, rule: Rule) -> None:
        if isinstance(visit.value, str):
            self.size(visit, rule, len(visit.value), "characters")

    def size(self, visit: _Visit, rule: Rule, found: int, what: str) -> None:
        if rule.keyword.startswith("MAX_") and found > rule.count:
            self.refuse(visit, rule, f"has {found} {what}, at most {rule.count} are allowed")
        if rule.keyword.startswith("MIN_") and found < rule.count:
            self.refuse(visit, rule, f"has {found} {what}, at least {rule.count} are needed")

    def pattern(self, visit: _Visit, rule: Rule) -> None:
        if isinstance(visit.value, str) and not rule.data.dfa.matches(visit.value):
            self.refuse(visit, rule, f"does not match {rule.data.text}: {shown(visit.value)}")

    def content(self, visit: _Visit, rule: Rule) -> None:
        if not isinstance(visit.value, str):
            return
        text: Any = visit.value
        try:
            if rule.count & 1:
                text = base64.b64decode(text, validate=True)
            if rule.count & 2:
                json.loads(text)
        except (binascii.Error, ValueError):
            self.refuse(visit, rule, f"does not hold what the schema says: {shown(visit.value)}")

    def format(self, visit: _Visit, rule: Rule) -> None:
        """Of those that only the library can judge nothing is said."""
        if not holds(rule.data, visit.value):
            self.refuse(visit, rule, f"is not of the format {rule.data}: {shown(visit.value)}")

    # ----------------------------------------------------------------------------------------------- arrays

    def item_count(self, visit: _Visit, rule: Rule) -> None:
        if isinstance(visit.value, list):
            self.size(visit, rule, len(visit.value), "elements")

    def items(self, visit: _Visit, rule: Rule) -> None:
        if not isinstance(visit.value, list):
            return
        for index, item in enumerate(visit.value):
            schema = rule.data.prefix[index] if index < len(rule.data.prefix) else rule.data.rest
            if schema is not None:
                self.inside(schema, visit, str(index), item)
                visit.marks.items.add(index)

    def contains(self, visit: _Visit, rule: Rule) -> None:
        if not isinstance(visit.value, list):
            return
        found = []
        for index, item in enumerate(visit.value):
            try:
                self.inside(rule.data.schema, visit, str(index), item)
                found.append(index)
            except _Refused:
                continue
        if not rule.data.low <= len(found) <= rule.data.high:
            self.refuse(visit, rule, f"has {len(found)} elements of the kind it must contain")
        if rule.data.marks:
            visit.marks.items.update(found)

    def unique_items(self, visit: _Visit, rule: Rule) -> None:
        if isinstance(visit.value, list):
            if len({canonical(item) for item in visit.value}) != len(visit.value):
                self.refuse(visit, rule, f"has equal elements: {shown(visit.value)}")

    def unevaluated_items(self, visit: _Visit, rule: Rule) -> None:
        if not isinstance(visit.value, list):
            return
        for index, item in enumerate(visit.value):
            if index not in visit.marks.items:
                self.inside(rule.data, visit, str(index), item)
        visit.marks.items.update(range(len(visit.value)))

    # ---------------------------------------------------------------------------------------------- objects

    def member_count(self, visit: _Visit, rule: Rule) -> None:
        if isinstance(visit.value, dict):
            self.size(visit, rule, len(visit.value), "members")

    def required(self, visit: _Visit, rule: Rule) -> None:
        self.needs(visit, rule, rule.data)

    def needs(self, visit: _Visit, rule: Rule, wanted: List[str]) -> None:
        if isinstance(visit.value, dict):
            for name in wanted:
                if name not in visit.value:
                    self.refuse(visit, rule, f"lacks the required member {shown(name)}")

    def properties(self, visit: _Visit, rule: Rule) -> None:
        if not isinstance(visit.value, dict):
            return
        named = dict(rule.data.named)
        for name, item in visit.value.items():
            schemas = [named[name]] if name in named else []
            schemas += [schema for pattern, schema in rule.data.patterns if pattern.dfa.matches(name)]
            if not schemas and rule.data.additional is not None:
                schemas = [rule.data.additional]
            for schema in schemas:
                self.inside(schema, visit, name, item)
                visit.marks.names.add(name)

    def property_names(self, visit: _Visit, rule: Rule) -> None:
        if isinstance(visit.value, dict):
            for name in visit.value:
                self.inside(rule.data, visit, name, name)

    def dependencies(self, visit: _Visit, rule: Rule) -> None:
        if not isinstance(visit.value, dict):
            return
        for dependency in rule.data:
            if dependency.name in visit.value:
                self.dependency(visit, rule, dependency)

    def dependency(self, visit: _Visit, rule: Rule, dependency: Dependency) -> None:
        self.needs(visit, rule, dependency.required)
        if dependency.schema is not None:
            self.reference(visit, Rule(rule.keyword, 0, dependency.schema))

    def unevaluated_properties(self, visit: _Visit, rule: Rule) -> None:
        if not isinstance(visit.value, dict):
            return
        for name, item in visit.value.items():
            if name not in visit.marks.names:
                self.inside(rule.data, visit, name, item)
        visit.marks.names.update(visit.value)

    # ----------------------------------------------------------------------------------------- combinations

    def reference(self, visit: _Visit, rule: Rule) -> None:
        visit.marks.add(self.run(rule.data, visit.value, visit.place, visit.scope))

    def dynamic_reference(self, visit: _Visit, rule: Rule) -> None:
        target = rule.data.target
        for resource in visit.scope:
            if rule.data.anchor in resource.dynamic:
                target = self.program.by_place[resource.dynamic[rule.data.anchor].key]
                break
        self.reference(visit, Rule(rule.keyword, 0, target))

    def all_of(self, visit: _Visit, rule: Rule) -> None:
        for arm in rule.data:
            self.reference(visit, Rule(rule.keyword, 0, arm))

    def any_of(self, visit: _Visit, rule: Rule) -> None:
        found = [m for m in (self.passes(arm, visit) for arm in rule.data) if m is not None]
        if not found:
            self.refuse(visit, rule, f"fits none of the alternatives: {shown(visit.value)}")
        for marks in found:
            visit.marks.add(marks)

    def one_of(self, visit: _Visit, rule: Rule) -> None:
        found = [(i, m) for i, m in enumerate(self.passes(arm, visit) for arm in rule.data) if m is not None]
        if not found:
            self.refuse(visit, rule, f"fits none of the alternatives: {shown(visit.value)}")
        if len(found) > 1:
            self.refuse(visit, rule, f"fits alternatives {found[0][0]} and {found[1][0]}: {shown(visit.value)}")
        visit.marks.add(found[0][1])

    def not_(self, visit: _Visit, rule: Rule) -> None:
        if self.passes(rule.data, visit) is not None:
            self.refuse(visit, rule, f"fits what it must not: {shown(visit.value)}")

    def condition(self, visit: _Visit, rule: Rule) -> None:
        test, then, otherwise = rule.data
        marks = self.passes(test, visit)
        if marks is not None:
            visit.marks.add(marks)
        branch = otherwise if marks is None else then
        if branch is not None:
            self.reference(visit, Rule(rule.keyword, 0, branch))


_BOUNDS: Dict[str, Callable[[Decimal, Decimal], bool]] = {
    "MAXIMUM": lambda number, limit: number <= limit,
    "EXCLUSIVE_MAXIMUM": lambda number, limit: number < limit,
    "MINIMUM": lambda number, limit: number >= limit,
    "EXCLUSIVE_MINIMUM": lambda number, limit: number > limit,
}
_BOUND_WORDS = {"MAXIMUM": "at most", "EXCLUSIVE_MAXIMUM": "below", "MINIMUM": "at least", "EXCLUSIVE_MINIMUM": "above"}


def _is_multiple(number: Decimal, divisor: Decimal) -> bool:
    """By digits, whatever the exponents: n * 10^a over d * 10^b."""
    top, bottom = _digits(number), _digits(divisor)
    shift = top[1] - bottom[1]
    # Digits that end in no zero are no multiple of ten.
    return top[0] == 0 or (shift >= 0 and top[0] * pow(10, shift, bottom[0]) % bottom[0] == 0)


def _digits(number: Decimal) -> Tuple[int, int]:
    """n and a of n * 10^a, where n ends in no zero. Decimal.normalize() would round it."""
    _, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits))
    stripped = text.rstrip("0") or "0"
    return int(stripped), int(exponent) + len(text) - len(stripped)


_RULES: Dict[str, Callable[[_Evaluator, _Visit, Rule], None]] = {
    "FALSE": _Evaluator.false,
    "TYPE": _Evaluator.type,
    "CONST": _Evaluator.listed,
    "ENUM": _Evaluator.listed,
    "MULTIPLE_OF": _Evaluator.multiple_of,
    "MAXIMUM": _Evaluator.bound,
    "EXCLUSIVE_MAXIMUM": _Evaluator.bound,
    "MINIMUM": _Evaluator.bound,
    "EXCLUSIVE_MINIMUM": _Evaluator.bound,
    "MAX_LENGTH": _Evaluator.length,
    "MIN_LENGTH": _Evaluator.length,
    "PATTERN": _Evaluator.pattern,
    "FORMAT": _Evaluator.format,
    "CONTENT": _Evaluator.content,
    "MAX_ITEMS": _Evaluator.item_count,
    "MIN_ITEMS": _Evaluator.item_count,
    "ITEMS": _Evaluator.items,
    "CONTAINS": _Evaluator.contains,
    "UNIQUE_ITEMS": _Evaluator.unique_items,
    "MAX_PROPERTIES": _Evaluator.member_count,
    "MIN_PROPERTIES": _Evaluator.member_count,
    "REQUIRED": _Evaluator.required,
    "PROPERTIES": _Evaluator.properties,
    "PROPERTY_NAMES": _Evaluator.property_names,
    "DEPENDENCIES": _Evaluator.dependencies,
    "DEPENDENT_REQUIRED": _Evaluator.dependencies,
    "DEPENDENT_SCHEMAS": _Evaluator.dependencies,
    "REF": _Evaluator.reference,
    "DYNAMIC_REF": _Evaluator.dynamic_reference,
    "ALL_OF": _Evaluator.all_of,
    "ANY_OF": _Evaluator.any_of,
    "ONE_OF": _Evaluator.one_of,
    "NOT": _Evaluator.not_,
    "IF": _Evaluator.condition,
    "UNEVALUATED_ITEMS": _Evaluator.unevaluated_items,
    "UNEVALUATED_PROPERTIES": _Evaluator.unevaluated_properties,
}
