"""Arrays with a schema for each place, and how such arrays are told apart."""

from __future__ import annotations

from typing import List, Optional, Tuple

from ewgen import names
from ewgen.errors import suggestion
from ewgen.instance import to_json
from ewgen.load import Node
from ewgen.model import (
    ARRAY,
    BOOL,
    NO_ELEMENT,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    Array,
    Const,
    Enum,
    Place,
    TupleOf,
    Type,
    Union,
    json_types,
)

# How the elements behind the places are called.
REST = "rest"


def rest_keyword(keyword: str) -> str:
    """What says of the elements behind the places, where keyword lists these."""
    return "items" if keyword == "prefixItems" else "additionalItems"


def rest_name(place: Node) -> str:
    return place.value("x-ew-name", REST)


def check_name(node: Node) -> None:
    """x-ew-name, in a schema or beside the reference to one."""
    place = node.child("x-ew-name")
    place.need(str, "a string")
    listed = node.tokens[-2:-1] in (("items",), ("prefixItems",)) and node.tokens[-1].isdigit()
    if not listed and node.tokens[-1:] not in (("items",), ("additionalItems",)):
        raise place.error("only an element of a tuple is called so: members of objects have names of their own")
    word = names.snake(place.data)
    if word != place.data or not word:
        raise place.error(f"expected words in lower case with _ between them{suggestion(place.data, [word])}")


# ------------------------------------------------------------------------------------------- telling them apart

ANY = NULL | BOOL | NUMBER | STRING | ARRAY | OBJECT
MAX_PATHS = 8
# Places behind this one tell no two alternatives apart.
_LAST = 32


def tell(one: Type, other: Type, used: List[Tuple[int, ...]]) -> Optional[Tuple[Place, Place]]:
    """What stands at some place of the arrays of one type, and of the other: no array has both. used: paths to be preferred."""
    length = min(max(_length(one), _length(other)) + 1, _LAST)
    paths = used + [(i,) for i in range(length)] + [(i, k) for i in range(length) for k in range(length)]
    pairs = [(place_at(one, path), place_at(other, path)) for path in paths]
    told = [pair for pair in pairs if excludes(*pair)]
    constant = [pair for pair in told if pair[0].values or pair[1].values]
    return next(iter(constant + told), None)


def sign(kind: Type) -> Optional[Place]:
    """A constant that all arrays of the type have."""
    places = (place_at(kind, (i,)) for i in range(min(_length(kind), _LAST)))
    return next((place for place in places if place.values), None)


def place_at(kind: Type, path: Tuple[int, ...]) -> Place:
    """What an array of the type has there."""
    types, inside = _element(kind, path[0])
    if len(path) == 1:
        return Place(path, types, _constants(inside) if not types & NO_ELEMENT else ())
    arrays = [k for k in _alternatives(inside) if json_types(k) & ARRAY] if types & ARRAY else []
    bits = NO_ELEMENT if types != ARRAY else 0
    for array in arrays:
        bits |= _element(array, path[1])[0]
    return Place(path, bits if arrays or not types & ARRAY else bits | ANY | NO_ELEMENT)


def excludes(one: Place, other: Place) -> bool:
    if not one.types & other.types:
        return True
    return bool(one.values and other.values) and not set(one.values) & set(other.values)


def _length(kind: Type) -> int:
    """Up to there places differ."""
    if isinstance(kind, TupleOf):
        return max(len(kind.places), kind.min_items)
    return max(kind.min_items, 1) if isinstance(kind, Array) else 1


def _alternatives(kind: Optional[Type]) -> List[Type]:
    if isinstance(kind, Union):
        return [k for arm in kind.arms for k in _alternatives(arm.type)]
    return [kind] if kind is not None else []


def _element(kind: Type, index: int) -> Tuple[int, Optional[Type]]:
    """The JSON types of an element, and its type where it has one."""
    if not isinstance(kind, (TupleOf, Array)):
        return ANY | NO_ELEMENT, None
    if kind.max_items is not None and index >= kind.max_items:
        return NO_ELEMENT, None
    maybe = 0 if index < kind.min_items else NO_ELEMENT
    if isinstance(kind, Array):
        return json_types(kind.item) | maybe, kind.item
    if index < len(kind.places):
        member = kind.places[index]
        return json_types(member.type) | (NULL if member.nullable else 0) | maybe, None if member.nullable else member.type
    if kind.closed:
        return NO_ELEMENT, None
    if kind.has_rest:
        rest = kind.members[-1].type
        assert isinstance(rest, Array)
        return json_types(rest.item) | maybe, rest.item
    return ANY | maybe, None


def _constants(kind: Optional[Type]) -> Tuple[str, ...]:
    if isinstance(kind, Enum) and not kind.aliases and len(kind.values) < 256:
        return kind.values
    if isinstance(kind, Const) and isinstance(kind.value, str):
        return (kind.value,)
    return (to_json(kind.value),) if isinstance(kind, Const) and isinstance(kind.value, int) else ()
