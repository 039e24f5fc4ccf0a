"""How the arms of a union are told apart, with a proof that at most one fits.

Arms differ by JSON type, by a string constant in a member that both require, by the presence of a member that one arm
requires and the other does not know, or by other constants: the values of an enum, integers, what stands one level down. One arm of a channel may be the default (x-ew-default-arm): it takes the objects
whose tag is none of the others'.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, FrozenSet, List, Optional, Sequence, Tuple

from ewgen import instance, model, names, tuples
from ewgen.errors import DocumentError
from ewgen.model import Arm, Condition, Const, Enum, Mark, Member, Object, Place, Type, Union
from ewgen.places import schema_name
from ewgen.rules import UnionRule

MAX_PROBES = 8

Pair = Tuple[int, int]


def ruled_conditions(union: Union, rule: UnionRule) -> List[Condition]:
    """The same for a union with a rule of the options file: where its arms exclude each other they are told apart, else tried in turn."""
    try:
        # A member that one arm alone requires tells nothing, since the others may accept it.
        return conditions(union) if rule.default is not None else _conditions(union, union, exclusive=True)
    except DocumentError:
        if rule.default is not None:
            # The rule says what is the rest, and nothing of the others.
            conditions(Union(union.node, union.stem, union.named, arms=union.arms[:-1]))
        union.trial = rule.trial or "first"
        return [Condition(model.json_types(arm.type)) for arm in union.arms]


def conditions(union: Union) -> List[Condition]:
    """One condition per arm, in order. The error of an ambiguous union shows a JSON text that two arms accept."""
    union = replace(union, arms=[_as_struct(arm) for arm in union.arms])
    try:
        return _conditions(union, union)
    except DocumentError as ambiguous:
        if _is_inclusive(union):
            raise
        try:
            return _conditions(union, _as_if_required(union))
        except DocumentError as other:
            raise (ambiguous if ambiguous.pointer == other.pointer else other) from None


def _conditions(union: Union, constants: Union, exclusive: bool = False) -> List[Condition]:
    """constants: the union as it is looked at for constants. exclusive: presence tells nothing."""
    found = _told_apart(union, constants, exclusive, frozenset())
    twice = _needed_twice(found)
    if twice:
        try:
            found = _told_apart(union, constants, exclusive, twice)
        except DocumentError:
            pass  # then the error says what is needed twice
    _check_probes(union, found)
    return found


def _needed_twice(found: List[Condition]) -> FrozenSet[str]:
    """Members that are looked at themselves and into."""
    paths = probes(found)
    return frozenset(p[0] for p in paths if len(p) > 1) & frozenset(p[0] for p in paths if len(p) == 1)


def _told_apart(union: Union, constants: Union, exclusive: bool, avoid: FrozenSet[str]) -> List[Condition]:
    """avoid: members whose presence tells nothing, since a member of theirs does."""
    arms = constants.arms
    types = [model.json_types(arm.type) for arm in arms]
    tag = _tag_of_all(arms)
    if tag is not None:
        return [Condition(bits, tag=_tag_of(arm, tag)) for bits, arm in zip(types, arms)]
    pairs = [(i, j) for j in range(len(arms)) for i in range(j) if types[i] & types[j]]
    tag = _best_tag(arms, pairs)
    found = [Condition(bits, tag=_tag_of(arm, tag)) for bits, arm in zip(types, arms)]
    for i, j in pairs:
        if types[i] & types[j] == model.ARRAY:
            if not _tell_by_place(union, found, i, j):
                raise _ambiguous(union, i, j)
            continue
        if _told_by_tag(arms, found, i, j) or (tag is not None and _tell_by_mark(constants, found, i, j, [(tag,)])):
            continue
        present = not exclusive and _tell_by_presence(union, found, i, j, avoid)
        if not present and not _tell_by_mark(constants, found, i, j):
            raise _ambiguous(constants, i, j)
    return found


def _as_struct(arm: Arm) -> Arm:
    """An arm that is alternatives with common members, as a struct of these."""
    whole = arm.type.whole if isinstance(arm.type, Union) else None
    return arm if whole is None else replace(arm, type=whole)


def _is_inclusive(union: Union) -> bool:
    """Whether a text that fits two arms is valid: then no constant that an arm does not require can tell it from another."""
    has_rest = any(arm.default for arm in union.arms)
    return "anyOf" in union.node and "oneOf" not in union.node and not union.of_direction and not has_rest


def _as_if_required(union: Union) -> Union:
    """The union with the constants of its arms required: a text without one fits two arms, so it is neither of them."""
    return replace(union, arms=[replace(arm, type=_constants_required(arm.type)) for arm in union.arms])


def _constants_required(kind: Type) -> Type:
    if not isinstance(kind, Object):
        return kind
    return requiring(kind, [m.name for m in kind.members if isinstance(m.type, (Const, Enum)) and not m.nullable])


def requiring(kind: Object, members: Sequence[str]) -> Object:
    """The type with more required members."""
    return replace(kind, members=[replace(m, required=m.required or m.name in members) for m in kind.members])


def optional_marks(arm: Arm) -> List[str]:
    """The members an arm is known by though it does not require them."""
    if not isinstance(arm.type, Object):
        return []
    optional = {m.name for m in arm.type.members if not m.required}
    return [name for name in dict.fromkeys(mark.path[0] for mark in constants_of(arm.condition)) if name in optional]


def shared_text(union: Union, arm: Arm) -> Optional[Tuple[Arm, str]]:
    """Another arm that accepts a text of this one, and that text."""
    for other in union.arms:
        if other is not arm and arm.type.unsaid is other.type.unsaid is None:
            try:
                return other, instance.to_json(instance.common_sample(arm.type, other.type))
            except instance.NoSample:
                continue
    return None


def constants_of(condition: Condition) -> List[Mark]:
    """The tag and the marks of an arm."""
    tag = [Mark((condition.tag[0],), True, (condition.tag[1],))] if condition.tag else []
    return tag + list(condition.marks)


def named_apart(arms: List[Arm]) -> List[Arm]:
    """Arms written in place are called by their JSON type. Where two are so, by title, constant or number."""
    names_ = [arm.name for arm in arms]
    result: List[Arm] = []
    for arm in arms:
        if names_.count(arm.name) > 1 and schema_name(arm.node) is None and "$ref" not in arm.node:
            found = replace(arm, name=_telling_name(arm, [a.name for a in result]))
            arm = replace(found, label=found.name) if arm.label == arm.name else found
        result.append(arm)
    return result


def _telling_name(arm: Arm, taken: List[str]) -> str:
    words = [arm.node.text("title"), *_constants(arm).values()]
    found = next((names.member_name(word) for word in words if names.snake(word)), arm.name)
    if found not in taken and found != arm.name:
        return found
    return next(f"{found}{n}" for n in range(1, len(taken) + 2) if f"{found}{n}" not in taken)


def _common(first: Arm, second: Arm) -> int:
    return model.json_types(first.type) & model.json_types(second.type)


def _constants(arm: Arm) -> Dict[str, str]:
    """Required members of an arm that hold a string constant."""
    if not isinstance(arm.type, Object):
        return {}
    return {
        m.name: m.type.value
        for m in arm.type.members
        if m.required and isinstance(m.type, Const) and isinstance(m.type.value, str)
    }


def _tag_of_all(arms: List[Arm]) -> Optional[str]:
    """The member that every arm has with a constant of its own: it tells them apart without a look at each pair."""
    constants = [{} if arm.default else _constants(arm) for arm in arms]
    names_ = constants[0] if len(arms) > 1 else {}
    return next((name for name in names_ if len({c[name] for c in constants if name in c}) == len(arms)), None)


def _best_tag(arms: List[Arm], pairs: List[Pair]) -> Optional[str]:
    """The member whose constants tell most pairs apart; the first one in the arms' order among equals."""
    scores: Dict[str, int] = {}
    constants = [_constants(arm) for arm in arms]
    for i, j in pairs:
        left, right = constants[i], constants[j]
        for name in left:
            told = name in right and left[name] != right[name]
            scores[name] = scores.get(name, 0) + told
        if arms[i].default or arms[j].default:
            for name in list(left) + list(right):
                scores[name] = scores.get(name, 0) + 1
    best = max(scores.values(), default=0)
    return next((name for name, score in scores.items() if score == best), None) if best else None


def _tag_of(arm: Arm, tag: Optional[str]) -> Optional[Tuple[str, str]]:
    value = _constants(arm).get(tag) if tag is not None and not arm.default else None
    return None if value is None or tag is None else (tag, value)


def _told_by_tag(arms: List[Arm], found: List[Condition], i: int, j: int) -> bool:
    left, right = found[i].tag, found[j].tag
    if left is not None and right is not None:
        return left[1] != right[1]
    # The default arm takes what the tags of the others leave, so it stands behind them in the table.
    return (arms[i].default and right is not None) or (arms[j].default and left is not None)


def _mark(arm: Arm, other: Arm, avoid: FrozenSet[str]) -> Optional[str]:
    """A member that arm requires and other does not know: a constant if there is one, else the first on the wire."""
    if not isinstance(arm.type, Object) or not isinstance(other.type, Object):
        return None
    marks = [m for m in arm.type.members if m.required and m.name not in avoid and other.type.member(m.name) is None]
    constant = next((m.name for m in marks if isinstance(m.type, Const)), None)
    return constant or (marks[0].name if marks else None)


def _tell_by_presence(union: Union, found: List[Condition], i: int, j: int, avoid: FrozenSet[str]) -> bool:
    arms = union.arms
    if arms[i].default or arms[j].default:
        return _tell_from_default(union, found, i, j, avoid)
    left, right = _mark(arms[i], arms[j], avoid), _mark(arms[j], arms[i], avoid)
    for mark, owner, other in ((left, i, j), (right, j, i)):
        if mark is not None:
            found[owner] = _add(found[owner], present=mark)
            found[other] = _add(found[other], absent=mark)
    return left is not None or right is not None


def _tell_from_default(union: Union, found: List[Condition], i: int, j: int, avoid: FrozenSet[str]) -> bool:
    """The default arm is tried last, so only the other one needs a mark."""
    other, default = (i, j) if union.arms[j].default else (j, i)
    mark = _mark(union.arms[other], union.arms[default], avoid)
    if mark is not None:
        found[other] = _add(found[other], present=mark)
    return mark is not None


def _tell_by_mark(
    union: Union, found: List[Condition], i: int, j: int, paths: Optional[List[Tuple[str, ...]]] = None
) -> bool:
    """By constants at one of the paths, else at any: no value of one arm there is one of the other's."""
    left, right = _marks(union.arms[i]), _marks(union.arms[j])
    for path in paths or [*left, *(p for p in right if p not in left)]:
        one, other = left.get(path), right.get(path)
        if one is None or other is None:
            owner, mark, rest = (i, one, j) if one is not None else (j, other, i)
            if mark is None or not union.arms[rest].default:
                continue
            found[owner] = _with_mark(found[owner], mark)
            return True
        if one.is_text != other.is_text or not set(one.values) & set(other.values):
            found[i], found[j] = _with_mark(found[i], one), _with_mark(found[j], other)
            return True
    return False


def _tell_by_place(union: Union, found: List[Condition], i: int, j: int) -> bool:
    """Arrays, by a constant or a JSON type at some place."""
    arms = union.arms
    if arms[i].default or arms[j].default:
        other = i if arms[j].default else j
        sign = tuples.sign(arms[other].type)
        found[other] = _with_place(found[other], sign) if sign is not None else found[other]
        return sign is not None
    told = tuples.tell(arms[i].type, arms[j].type, [place.path for k in (i, j) for place in found[k].places])
    if told is not None:
        found[i], found[j] = _with_place(found[i], told[0]), _with_place(found[j], told[1])
    return told is not None


def _with_place(condition: Condition, place: Place) -> Condition:
    return condition if place in condition.places else replace(condition, places=condition.places + (place,))


def _with_mark(condition: Condition, mark: Mark) -> Condition:
    told = condition.tag is not None and mark.path == (condition.tag[0],)
    return condition if told or mark in condition.marks else replace(condition, marks=condition.marks + (mark,))


def _marks(arm: Arm) -> Dict[Tuple[str, ...], Mark]:
    """The constants of required members of an arm, and of required members one level down."""
    found: Dict[Tuple[str, ...], Mark] = {}
    for member in _required(arm.type):
        _add_mark(found, (member.name,), member.type)
    for member in _required(arm.type):
        for inner in _required(member.type):
            _add_mark(found, (member.name, inner.name), inner.type)
    return found


def _required(kind: Type) -> List[Member]:
    return [m for m in kind.members if m.required and not m.nullable] if isinstance(kind, Object) else []


def _add_mark(found: Dict[Tuple[str, ...], Mark], path: Tuple[str, ...], kind: Type) -> None:
    if isinstance(kind, Enum) and not kind.aliases and len(kind.values) < 256:
        found[path] = Mark(path, True, kind.values)
    elif isinstance(kind, Const) and isinstance(kind.value, (str, int)):
        is_text = isinstance(kind.value, str)
        found[path] = Mark(path, is_text, (kind.value if is_text else instance.to_json(kind.value),))


def _add(condition: Condition, present: str = "", absent: str = "") -> Condition:
    return replace(
        condition,
        present=condition.present + ((present,) if present and present not in condition.present else ()),
        absent=condition.absent + ((absent,) if absent and absent not in condition.absent else ()),
    )


def _ambiguous(union: Union, i: int, j: int) -> DocumentError:
    first, second = union.arms[i], union.arms[j]
    # The union of a direction is written down nowhere, so the place is that of its second message.
    place = second.node if union.of_direction else union.node
    text = f'"{first.label}" and "{second.label}" cannot be told apart'
    try:
        sample = instance.common_sample(first.type, second.type)
        # What a check refuses they do not accept.
        text += ", both accept " + instance.to_json(sample) if first.type.unsaid is second.type.unsaid is None else ""
    except instance.NoSample:
        pass
    advice = "give them different constants in a required member, or let one require a member the other does not have"
    if _common(first, second) == model.ARRAY:
        advice = "give them different constants or types at a place that minItems says is there"
    return place.error(
        f"{text}; {advice} (in a channel, x-ew-default-arm makes one message the rest; elsewhere a rule in the file of --options"
        " decides)"
    )


def probes(conditions_: List[Condition]) -> List[Tuple[str, ...]]:
    """The members a decoder looks at, as paths, in the order they are first needed."""
    result: List[Tuple[str, ...]] = []
    for condition in conditions_:
        names_ = ([condition.tag[0]] if condition.tag else []) + list(condition.present) + list(condition.absent)
        for path in [(name,) for name in names_] + [mark.path for mark in condition.marks]:
            if path not in result:
                result.append(path)
    return result


def paths_of(conditions_: List[Condition]) -> List[Tuple[int, ...]]:
    """The places of arrays that a decoder looks at, in the order in which they stand."""
    return sorted({place.path for condition in conditions_ for place in condition.places})


def _check_probes(union: Union, found: List[Condition]) -> None:
    if len(paths_of(found)) > tuples.MAX_PATHS:
        raise union.node.error(f"{len(paths_of(found))} places are needed to tell the arms apart, at most {tuples.MAX_PATHS} are supported")
    paths = probes(found)
    if len(paths) > MAX_PROBES:
        raise union.node.error(
            f"{len(paths)} members are needed to tell the arms apart, at most {MAX_PROBES} are supported"
        )
    members = [path[0] for path in paths]
    twice = next((name for name in members if members.count(name) > 1), None)
    if twice is not None:
        raise union.node.error(f'to tell the arms apart "{twice}" is needed in two ways: itself and a member of it')
