"""What of a schema determines a type in C, and what only a check of the whole message can say."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Callable, Iterator, List, Optional, Set, Tuple

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
    if isinstance(value, bool) and name.startswith("exclusive"):
        plain = name[len("exclusive") :].lower()
        limit = view.value(plain, "N")
        fix = f'write "{name}: {limit}" in place of "{plain}"' if value else "leave it out"
        raise view.child(name).error(f"a number, not true or false as in draft-04 and OpenAPI 3.0: {fix}")
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
    if name in ("contentEncoding", "contentMediaType", "contentSchema"):
        return False
    if name in ("minContains", "maxContains"):
        return "contains" in view
    if name == "additionalItems" and not isinstance(view.value("items"), list):
        return False
    if name in ("if", "then", "else"):
        return "if" in view and ("then" in view or "else" in view)
    if name in ("const", "enum", "contains"):
        return True
    if name in ("not", "uniqueItems"):
        return value is not False
    return value is not True and value != {} and value != []


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
        if others or not isinstance(wanted, list) or not all(isinstance(name, str) for name in wanted):
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


def members_of_conditions(
    schema: Node, follow: Callable[[Node], Node], seen: Optional[Set[Any]] = None
) -> Iterator[Tuple[str, Node]]:
    """Members of the object itself that schemas under its conditions and alternatives name."""
    seen = set() if seen is None else seen
    for place in _in_place(schema):
        target = follow(place)
        if target.key not in seen and isinstance(target.data, dict):
            seen.add(target.key)
            yield from _named_in(target)
            yield from members_of_conditions(target, follow, seen)


def _in_place(schema: Node) -> Iterator[Node]:
    """The schemas that a schema asks of the same value, if only perhaps."""
    for keyword in ("if", "then", "else", "not"):
        if keyword in schema:
            yield schema.child(keyword)
    for keyword in ("allOf", "oneOf", "anyOf"):
        if isinstance(schema.value(keyword), list):
            yield from schema.elements(keyword)
    for keyword in ("dependencies", "dependentSchemas"):
        if isinstance(schema.value(keyword), dict):
            yield from (place for _, place in schema.children(keyword))


def _named_in(schema: Node) -> Iterator[Tuple[str, Node]]:
    if isinstance(schema.value("properties"), dict):
        yield from schema.children("properties")
    if isinstance(schema.value("required"), list):
        yield from ((str(item.data), item) for item in schema.elements("required"))
