"""Values against types: checks examples and defaults, and makes the texts that error messages show."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Tuple

from ewgen import formats, model
from ewgen.load import Float, format_pointer

# Deep enough for every sample; a type that contains itself by necessity has none.
_MAX_SAMPLE_DEPTH = 32


class NoSample(Exception):
    """No text of this type could be built."""


# ------------------------------------------------------------------------------------------------- as JSON text


def to_json(value: Any, escape_html: bool = False) -> str:
    """Compact JSON, members in their order, numbers as they were written."""
    text = _text(value)
    if not escape_html:
        return text
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_text(k)}:{_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_text(v) for v in value) + "]"
    if isinstance(value, Float):
        return _number(value)
    return json.dumps(value, ensure_ascii=False)


def _number(value: Float) -> str:
    try:
        json.loads(value.text)
        return value.text
    except ValueError:
        return repr(float(value))


# ---------------------------------------------------------------------------------------------------- checking

Problem = Optional[Tuple[Tuple[str, ...], str]]


def problem(kind: model.Type, value: Any, nullable: bool = False) -> Problem:
    """(tokens of the refused value, why), or None when the type accepts the value."""
    if value is None and nullable:
        return None
    if not model.json_types(kind) & _bit(value):
        return ((), f"has the wrong type: {_shown(value)}")
    checker = _CHECKERS.get(type(kind))
    return checker(kind, value) if checker else None


def describe_problem(found: Problem) -> str:
    assert found is not None
    place = format_pointer(found[0])
    return f"{place} {found[1]}" if place else found[1]


def _bit(value: Any) -> int:
    if value is None:
        return model.NULL
    if isinstance(value, bool):
        return model.BOOL
    if isinstance(value, (int, float)):
        return model.NUMBER
    if isinstance(value, str):
        return model.STRING
    return model.ARRAY if isinstance(value, list) else model.OBJECT


def _shown(value: Any) -> str:
    text = to_json(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _integer(kind: model.Integer, value: Any) -> Problem:
    if isinstance(value, float) and (kind.literal or value != int(value)):
        return ((), f"is no integer: {_shown(value)}")
    if not kind.minimum <= value <= kind.maximum:
        return ((), f"is out of range: {_shown(value)}")
    return None


def _number_in_range(kind: model.Number, value: Any) -> Problem:
    low, high = kind.minimum, kind.maximum
    below = low is not None and (value <= low if kind.exclusive_minimum else value < low)
    above = high is not None and (value >= high if kind.exclusive_maximum else value > high)
    return ((), f"is out of range: {_shown(value)}") if below or above else None


def _string(kind: model.String, value: str) -> Problem:
    if len(value) < kind.min_length or (kind.max_length is not None and len(value) > kind.max_length):
        return ((), f"has the wrong length: {_shown(value)}")
    if kind.dfa is not None and not kind.dfa.matches(value):
        return ((), f"does not match {kind.pattern}: {_shown(value)}")
    if kind.check_content and kind.content == "json":
        try:
            json.loads(value)
        except ValueError:
            return ((), f"holds no JSON: {_shown(value)}")
    if kind.format is not None and not formats.holds(kind.format, value):
        return ((), f"is not of the format {kind.format}: {_shown(value)}")
    return None


def _enum(kind: model.Enum, value: str) -> Problem:
    if value in kind.values or any(value == text and not number for text, number, _ in kind.aliases):
        return None
    return ((), f"is not one of the listed: {_shown(value)}")


def _const(kind: model.Const, value: Any) -> Problem:
    return None if value == kind.value else ((), f"differs from the constant {_shown(kind.value)}: {_shown(value)}")


def _array(kind: model.Array, value: List[Any]) -> Problem:
    if len(value) < kind.min_items or (kind.max_items is not None and len(value) > kind.max_items):
        return ((), f"has the wrong number of elements: {len(value)}")
    for index, item in enumerate(value):
        found = problem(kind.item, item)
        if found is not None:
            return ((str(index),) + found[0], found[1])
    return None


def _tuple(kind: model.TupleOf, value: List[Any]) -> Problem:
    if len(value) < kind.min_items or (kind.max_items is not None and len(value) > kind.max_items):
        return ((), f"has the wrong number of elements: {len(value)}")
    places = kind.places
    for index, item in enumerate(value):
        if index >= len(places) and kind.closed:
            return ((str(index),), "is not allowed here")
        found = None
        if index < len(places):
            found = problem(places[index].type, item, places[index].nullable)
        elif kind.has_rest:
            found = problem(kind.members[-1].type.item, item)
        if found is not None:
            return ((str(index),) + found[0], found[1])
    return None


def _map(kind: model.Map, value: Dict[str, Any]) -> Problem:
    if len(value) < kind.min_items or (kind.max_items is not None and len(value) > kind.max_items):
        return ((), f"has the wrong number of members: {len(value)}")
    for name, item in value.items():
        found = problem(kind.value, item)
        if found is not None:
            return ((name,) + found[0], found[1])
    return None


def _object(kind: model.Object, value: Dict[str, Any]) -> Problem:
    if len(value) < kind.min_members or (kind.max_members is not None and len(value) > kind.max_members):
        return ((), f"has the wrong number of members: {len(value)}")
    for member in kind.members:
        if member.required and member.name not in value:
            return ((), f'lacks the required member "{member.name}"')
    for group in kind.groups:
        holds = sum(all(name in value for name in names) for names in group.sets)
        if holds != 1 if group.exactly_one else holds == 0:
            return ((), f"does not fit {group.node.pointer}")
    for name, item in value.items():
        found = _member(kind, name, item, value)
        if found is not None:
            return ((name,) + found[0], found[1])
    return None


def _member(kind: model.Object, name: str, item: Any, value: Dict[str, Any]) -> Problem:
    member = kind.member(name)
    if member is None:
        if kind.closed:
            return ((), "is not allowed here")
        return problem(kind.additional, item) if kind.additional else None
    if member.sibling is None:
        return problem(member.type, item, member.nullable)
    tag = value.get(kind.members[member.sibling].name)
    assert isinstance(member.type, model.Union)
    arm = next((a for a in member.type.arms if a.label == tag), None)
    return problem(arm.type, item) if arm else None


def chosen(condition: model.Condition, value: Any) -> bool:
    """Whether a value fulfils the condition of an arm."""
    if not condition.types & _bit(value):
        return False
    if isinstance(value, list):
        return all(_has_place(place, value) for place in condition.places)
    if not isinstance(value, dict):
        return True
    if condition.tag is not None and value.get(condition.tag[0]) != condition.tag[1]:
        return False
    if not all(_has_mark(mark, value) for mark in condition.marks):
        return False
    return all(n in value for n in condition.present) and not any(n in value for n in condition.absent)


def _has_place(place: model.Place, value: Any) -> bool:
    for index in place.path:
        if not isinstance(value, list) or index >= len(value):
            return bool(place.types & model.NO_ELEMENT)
        value = value[index]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    fits = bool(_bit(value) & place.types)
    return fits and (not place.values or (value if isinstance(value, str) else to_json(value)) in place.values)


def _has_mark(mark: model.Mark, value: Any) -> bool:
    for name in mark.path:
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_text = isinstance(value, str)
    return is_text == mark.is_text and (value if is_text else to_json(value)) in mark.values


def _union(kind: model.Union, value: Any) -> Problem:
    if kind.trial:
        return _tried(kind, value)
    for arm in kind.arms:
        if not arm.lenient_only and chosen(arm.condition, value):
            return problem(arm.type, value)
    return ((), f"fits none of the alternatives: {_shown(value)}")


def _tried(kind: model.Union, value: Any) -> Problem:
    fitting = [arm.label for arm in kind.arms if not arm.lenient_only and problem(arm.type, value) is None]
    if not fitting:
        return ((), f"fits none of the alternatives: {_shown(value)}")
    both = kind.trial == "one" and len(fitting) > 1
    return ((), f'fits "{fitting[0]}" and "{fitting[1]}": {_shown(value)}') if both else None


_CHECKERS: Dict[type, Any] = {
    model.Integer: _integer,
    model.Number: _number_in_range,
    model.String: _string,
    model.Enum: _enum,
    model.Const: _const,
    model.Array: _array,
    model.Map: _map,
    model.TupleOf: _tuple,
    model.Object: _object,
    model.Union: _union,
}


# ----------------------------------------------------------------------------------------------------- samples


def sample(kind: model.Type, depth: int = 0) -> Any:
    """A small value that the type accepts."""
    if depth > _MAX_SAMPLE_DEPTH:
        raise NoSample
    if isinstance(kind, model.Const):
        return kind.value
    if isinstance(kind, model.Enum):
        return kind.values[0]
    if isinstance(kind, model.OpenEnum):
        return kind.names.values[0]
    if isinstance(kind, model.Integer):
        return min(max(0, kind.minimum), kind.maximum)
    if isinstance(kind, model.Number):
        return _sample_number(kind)
    if isinstance(kind, model.Digits):
        return 0
    if isinstance(kind, model.String):
        return _sample_string(kind)
    if isinstance(kind, model.Raw):
        return _sample_raw(kind)
    if isinstance(kind, model.Array):
        return [sample(kind.item, depth + 1) for _ in range(kind.min_items)]
    if isinstance(kind, model.Map):
        return {f"key{i}": sample(kind.value, depth + 1) for i in range(kind.min_items)}
    if isinstance(kind, model.Object):
        return _sample_object(kind, depth)
    if isinstance(kind, model.TupleOf):
        return _sample_tuple(kind, depth)
    if isinstance(kind, model.Union):
        return sample(kind.arms[0].type, depth + 1)
    return True if isinstance(kind, model.Bool) else None


def _sample_number(kind: model.Number) -> Any:
    for value in (0, kind.minimum, kind.maximum, ((kind.minimum or 0) + (kind.maximum or (kind.minimum or 0) + 2)) / 2):
        if value is not None and _number_in_range(kind, value) is None:
            return value
    raise NoSample


def _sample_string(kind: model.String) -> str:
    if kind.format is not None and _string(kind, formats.SAMPLES[kind.format]) is None:
        return formats.SAMPLES[kind.format]
    if kind.format is not None and kind.dfa is None:
        raise NoSample
    if kind.dfa is None:
        text = "{}" if kind.check_content and kind.content == "json" else ""
        return text.ljust(kind.min_length) if text else "a" * kind.min_length
    found = kind.dfa.shortest(kind.min_length)
    if found is None or _string(kind, found) is not None:
        raise NoSample
    return found


def _sample_raw(kind: model.Raw) -> Any:
    for bit, value in (
        (model.OBJECT, {}),
        (model.ARRAY, []),
        (model.STRING, ""),
        (model.NUMBER, 0),
        (model.BOOL, True),
    ):
        if model.json_types(kind) & bit:
            return value
    return None


def _sample_tuple(kind: model.TupleOf, depth: int) -> List[Any]:
    types = [member.type for member in kind.places[: kind.min_items]]
    while len(types) < kind.min_items:
        types.append(kind.members[-1].type.item if kind.has_rest else model.Null(kind.node, "", False))
    return [sample(kind_, depth + 1) for kind_ in types]


def _sample_object(kind: model.Object, depth: int) -> Dict[str, Any]:
    wanted = {m.name for m in kind.members if m.required}
    for group in kind.groups:
        if not any(wanted.issuperset(names) for names in group.sets):
            wanted.update(group.sets[0])
    value: Dict[str, Any] = {}
    for member in kind.members:
        if member.name in wanted:
            value[member.name] = _sample_member(kind, member, depth)
    while len(value) < kind.min_members:
        value[f"more{len(value)}"] = sample(kind.additional, depth + 1) if kind.additional else 0
    return value


def _sample_member(kind: model.Object, member: model.Member, depth: int) -> Any:
    if member.sibling is None or not isinstance(member.type, model.Union):
        return sample(member.type, depth + 1)
    tag = sample(kind.members[member.sibling].type)
    return sample(next(a.type for a in member.type.arms if a.label == tag), depth + 1)


def common_sample(first: model.Type, second: model.Type) -> Any:
    """A value that both types accept; NoSample when none was found."""
    for kind, other in ((first, second), (second, first)):
        for value in _candidates(kind, other):
            if problem(first, value) is None and problem(second, value) is None:
                return value
    raise NoSample


def _candidates(kind: model.Type, other: model.Type) -> List[Any]:
    """The simplest values of one type, for objects with the members that the other one asks for."""
    found: List[Any] = []
    try:
        found.append(sample(kind))
        if isinstance(kind, model.Object) and isinstance(other, model.Object):
            merged = dict(sample(other))
            merged.update(found[0])
            for member in kind.members:
                both = other.member(member.name)
                if both is not None and member.name in merged:
                    merged[member.name] = common_sample(member.type, both.type)
            found.append(merged)
    except NoSample:
        pass
    if isinstance(kind, model.Enum):
        found.extend(kind.values)
    return found
