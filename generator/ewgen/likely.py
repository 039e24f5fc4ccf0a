"""Which member of an object mostly comes first, and which behind another: what the examples of a document say.

Optional members that are rarely there would else be expected again and again. In which order they stand says the schema, not who wrote
the example.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict, Iterable, List, Tuple

from ewgen import instance, model
from ewgen.document import Message

# Of each object: how often a member (0: none, else its index and 1) was followed by which.
_Followers = Dict[model.Object, Dict[int, Counter]]


def likely_members(messages: Iterable[Message]) -> Dict[model.Object, Tuple[int, ...]]:
    """
    The indices of the two members that likely come first, and behind each; nothing of objects whose members come one after another.

    Servers of several versions speak one protocol: what the one writes behind a member need not be what the other does.
    """
    followers: _Followers = {}
    for message in messages:
        for example in message.examples:
            _count(message.type, example.value, followers)
    return {kind: _row(len(kind.members), counts) for kind, counts in followers.items() if _is_odd(counts)}


def _is_odd(followers: Dict[int, Counter]) -> bool:
    return any(set(counts) != {before} for before, counts in followers.items())


def _row(member_count: int, followers: Dict[int, Counter]) -> Tuple[int, ...]:
    """An index that there is not says that there is no second one."""
    row: List[int] = []
    for before in range(member_count + 1):
        counts = followers.get(before, Counter())
        found = sorted(counts, key=lambda after: (-counts[after], after))[:2]
        row += (list(dict.fromkeys(found + [before])) + [member_count])[:2]
    return tuple(row)


def _count(kind: model.Type, value: Any, followers: _Followers) -> None:
    if isinstance(kind, model.Object) and isinstance(value, dict):
        _count_object(kind, value, followers)
    elif isinstance(kind, model.Array) and isinstance(value, list):
        for item in value:
            _count(kind.item, item, followers)
    elif isinstance(kind, model.Map) and isinstance(value, dict):
        for item in value.values():
            _count(kind.value, item, followers)
    elif isinstance(kind, model.Union):
        fitting = [arm.type for arm in kind.arms if instance.problem(arm.type, value) is None]
        for arm in fitting[:1]:
            _count(arm, value, followers)


def _count_object(kind: model.Object, value: Dict[str, Any], followers: _Followers) -> None:
    present: List[int] = [i for i, m in enumerate(kind.members) if m.name in value]
    counts = followers.setdefault(kind, {})
    for before, after in zip([-1] + present, present):
        counts.setdefault(before + 1, Counter())[after] += 1
    for index in present:
        member = kind.members[index]
        _count(member.type, value[member.name], followers)
