"""What of a schema determines a type in C, and what only a check of the whole message can say."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Iterator, List, Optional, Tuple

from ewgen.load import Float, Node
from ewgen.model import ARRAY, BOOL, INT64, NULL, NUMBER, OBJECT, STRING, UINT64_MAX

TYPE_BITS = {
    "null": NULL,
    "boolean": BOOL,
    "number": NUMBER,
    "integer": NUMBER,
    "string": STRING,
    "array": ARRAY,
    "object": OBJECT,
}

_BEYOND_ALL = 10**30


def bit_of(value: Any) -> int:
    """The JSON type of a value."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, (int, float)):
        return NUMBER
    if isinstance(value, str):
        return STRING
    return ARRAY if isinstance(value, list) else OBJECT


def listed_types(view: Node) -> List[str]:
    kinds = view.value("type", [])
    return kinds if isinstance(kinds, list) else [kinds]


def type_bits(view: Node) -> int:
    """The JSON types that values of the schema may have, as bits; 0: any."""
    bits = 0
    for name in listed_types(view):
        bits |= TYPE_BITS[name]
    values = [view.data["const"]] if "const" in view else view.value("enum", [])
    found = 0
    for value in values:
        found |= bit_of(value)
    return bits & found if bits and found else bits | found


def kind_of_values(values: List[Any], keyword: str) -> str:
    """The kind of a schema that lists its values."""
    bits = {bit_of(value) for value in values}
    if keyword == "const" and not isinstance(values[0], (float, type(None), list, dict)):
        return "const"
    if bits == {NUMBER}:
        return _kind_of_numbers(values)
    return {STRING: "enum", BOOL: "boolean", NULL: "null"}.get(bits.pop(), "any") if len(bits) == 1 else "any"


def _kind_of_numbers(values: List[Any]) -> str:
    if any(isinstance(value, float) and _is_long(value) for value in values):
        return "digits"
    if any(isinstance(value, float) for value in values):
        return "number"
    return "integer" if all(INT64[0] <= value <= INT64[1] for value in values) else "digits"


def _is_long(value: float) -> bool:
    """A number that a double does not hold as it is written."""
    return isinstance(value, Float) and value.text not in (repr(float(value)), f"{float(value):.1f}")


def leaves_64_bits(view: Node) -> bool:
    """Bounds that ask for integers beyond those C has; 0 to 2^64-1 is uint64_t."""
    low, high = integer_bounds(view)
    natural = low is not None and low >= 0
    below = low is not None and not INT64[0] <= low <= (UINT64_MAX if natural and high is not None else INT64[1])
    return below or (high is not None and not INT64[0] <= high <= (UINT64_MAX if natural else INT64[1]))


def integer_bounds(view: Node) -> Tuple[Optional[int], Optional[int]]:
    """The least and the largest integer that the bounds let through."""
    lows, highs = [], []
    for name, found in (
        ("minimum", lows),
        ("exclusiveMinimum", lows),
        ("maximum", highs),
        ("exclusiveMaximum", highs),
    ):
        value = bound(view, name)
        if value is not None:
            found.append(_whole(value, found is lows, name.startswith("exclusive")))
    return max(lows, default=None), min(highs, default=None)


def bound(view: Node, name: str) -> Any:
    value = view.value(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
        raise view.child(name).error("expected a number")
    return value


def _whole(value: Any, up: bool, exclusive: bool) -> int:
    """The integer that a bound of integers comes to."""
    if abs(value) > _BEYOND_ALL:
        return _BEYOND_ALL if value > 0 else -_BEYOND_ALL
    exact = Decimal(value.text if isinstance(value, Float) else value)
    nearest = int(exact.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR))
    return nearest + (1 if up else -1) if exclusive and nearest == exact else nearest


def says_something(view: Node, name: str) -> bool:
    """Whether a keyword refuses any value. Formats and contents are annotations."""
    value = view.data[name]
    if name in ("contentEncoding", "contentMediaType", "contentSchema") or value is True:
        return name == "uniqueItems"
    if name in ("minContains", "maxContains"):
        return "contains" in view
    if name == "additionalItems":
        return isinstance(view.value("items"), list)
    if name in ("if", "then", "else"):
        return "if" in view and ("then" in view or "else" in view)
    nothing = value == {} if name not in ("not", "propertyNames", "contains") else False
    return not nothing and value != [] and (name != "uniqueItems" or value is not False)


def both(place: Node, name: str, first: Any, second: Any) -> Tuple[Any, bool]:
    """The value of a keyword that says what two values of it say together, and whether that is all they say."""
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (first, second))
    if numbers and name in ("minimum", "exclusiveMinimum", "minLength", "minItems"):
        return max(first, second), True
    if numbers and name in ("maximum", "exclusiveMaximum", "maxLength", "maxItems"):
        return min(first, second), True
    if name == "type":
        left = [k for k in _widened(first) if k in _widened(second)]
        if not left:
            raise place.child(name).error('allOf contradicts itself: no value has both values of "type"')
        return left[0] if len(left) == 1 else left, True
    if name == "enum" and isinstance(first, list) and isinstance(second, list):
        left = [v for v in first if v in second]
        return left or first, bool(left)
    return first, False


def _widened(kinds: Any) -> List[str]:
    listed = kinds if isinstance(kinds, list) else [kinds]
    return listed + ["integer"] if "number" in listed and "integer" not in listed else listed


# ---------------------------------------------------------------------------------------------------- objects


def required_sets(part: Node, keyword: str) -> Tuple[Tuple[str, ...], ...]:
    """What each arm requires, when the arms of the keyword are nothing but that; else nothing."""
    sets = []
    for arm in part.elements(keyword):
        wanted = arm.value("required")
        others = [n for n in arm.data if n not in ("required", "title", "description", "$comment")] if wanted else ["?"]
        if others or not isinstance(wanted, list):
            return ()
        sets.append(tuple(wanted))
    return tuple(sets)


def tag_test(part: Node) -> Optional[Tuple[str, List[str]]]:
    """The member and its values that a condition tests, when that is all it does and only `then` stands behind it."""
    test = part.value("if")
    if not isinstance(test, dict) or not isinstance(part.value("then"), dict) or "else" in part:
        return None
    members = test.get("properties")
    if not isinstance(members, dict) or len(members) != 1 or set(test) - {"properties", "required", "type", "description", "$comment"}:
        return None
    name, schema = next(iter(members.items()))
    if test.get("required", [name]) != [name] or test.get("type", "object") != "object" or not isinstance(schema, dict):
        return None
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    plain = not set(schema) - {"const", "enum", "type", "description"} and isinstance(values, list) and len(values) > 0
    return (name, values) if plain and all(isinstance(v, str) for v in values) else None


def is_typed(place: Node) -> bool:
    """Whether a schema says what its type is, in place of leaving that to the conditions around it."""
    words = ("type", "$ref", "oneOf", "anyOf", "allOf", "const", "enum")
    return isinstance(place.data, dict) and any(k in place.data for k in words)


def members_of_conditions(schema: Node) -> Iterator[Tuple[str, Node]]:
    """Members of the object itself that schemas under its conditions and alternatives name."""
    for keyword in ("then", "else", "if", "not"):
        if keyword in schema and isinstance(schema.data[keyword], dict):
            yield from _members_below(schema.child(keyword))
    for keyword in ("oneOf", "anyOf"):
        for arm in schema.elements(keyword) if isinstance(schema.value(keyword), list) else ():
            yield from _members_below(arm)
    for keyword in ("dependencies", "dependentSchemas"):
        for _, place in schema.children(keyword) if isinstance(schema.value(keyword), dict) else ():
            yield from _members_below(place)


def _members_below(schema: Node) -> Iterator[Tuple[str, Node]]:
    if not isinstance(schema.data, dict):
        return
    if isinstance(schema.value("properties"), dict):
        yield from schema.children("properties")
    for item in schema.elements("required") if isinstance(schema.value("required"), list) else ():
        yield str(item.data), item
    for part in schema.elements("allOf") if isinstance(schema.value("allOf"), list) else ():
        yield from _members_below(part)
    yield from members_of_conditions(schema)
