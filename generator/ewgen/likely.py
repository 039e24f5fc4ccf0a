"""What is likely: what the examples of a document say.

Which member of an object mostly comes first, and which behind another. Optional members that are rarely there would else be expected again
and again. In which order they stand says the schema, not who wrote the example.

What most texts of a pattern look like.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict, Iterable, Iterator, List, Tuple

from ewgen import instance, model
from ewgen.document import Message
from ewgen.regex import compile_pattern
from ewgen.shape import Shape, shape_of, usual_run

# Of each object: how often a member (0: none, else its index and 1) was followed by which.
_Followers = Dict[model.Object, Dict[int, Counter]]


def likely_members(messages: Iterable[Message]) -> Dict[model.Object, Tuple[int, ...]]:
    """
    The indices of the two members that likely come first, and behind each; nothing of objects whose members come one after another.

    Servers of several versions speak one protocol: what the one writes behind a member need not be what the other does.
    """
    followers: _Followers = {}
    for kind, value in _values_of(messages):
        if isinstance(kind, model.Object) and isinstance(value, dict):
            _count(kind, value, followers.setdefault(kind, {}))
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


def _count(kind: model.Object, value: Dict[str, Any], counts: Dict[int, Counter]) -> None:
    present: List[int] = [i for i, m in enumerate(kind.members) if m.name in value]
    for before, after in zip([-1] + present, present):
        counts.setdefault(before + 1, Counter())[after] += 1


def usual_runs(messages: Iterable[Message]) -> Dict[str, Shape]:
    """The run that most texts of a pattern are which has no shape itself."""
    texts: Dict[str, List[str]] = {}
    for kind, value in _values_of(messages):
        if isinstance(kind, model.String) and isinstance(value, str) and kind.pattern and shape_of(kind.pattern) is None:
            texts.setdefault(kind.pattern, []).append(value)
    found = {pattern: usual_run(compile_pattern(pattern), values) for pattern, values in texts.items()}
    return {pattern: run for pattern, run in found.items() if run is not None}


def _values_of(messages: Iterable[Message]) -> Iterator[Tuple[model.Type, Any]]:
    """Of all examples, each value and those in it, with its type."""
    for message in messages:
        for example in message.examples:
            yield from _values(message.type, example.value)


def _values(kind: model.Type, value: Any) -> Iterator[Tuple[model.Type, Any]]:
    yield kind, value
    if isinstance(kind, model.Object) and isinstance(value, dict):
        for member in kind.members:
            if member.name in value:
                yield from _values(member.type, value[member.name])
    elif isinstance(kind, model.Array) and isinstance(value, list):
        for item in value:
            yield from _values(kind.item, item)
    elif isinstance(kind, model.Map) and isinstance(value, dict):
        for item in value.values():
            yield from _values(kind.value, item)
    elif isinstance(kind, model.Union):
        fitting = [arm.type for arm in kind.arms if instance.problem(arm.type, value) is None]
        for arm in fitting[:1]:
            yield from _values(arm, value)
