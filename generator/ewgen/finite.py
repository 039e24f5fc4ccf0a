"""Which schemas have a value that ends: a required member, or the first of an array, may lead back to the schema for ever."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, Iterator, List, Set, Tuple

from ewgen.load import Node

Key = Tuple[str, Tuple[str, ...]]


def endless(nodes: Dict[Key, Node], targets: Callable[[Node], Iterable[Node]]) -> List[Tuple[Node, str]]:
    """The schemas that no value fits because it would have to contain itself, each with the keyword that asks for it."""
    ending: Set[Key] = set()
    waiting, before = list(reversed(nodes)), 0  # what is inside comes before what is around it
    while len(waiting) != before:
        before = len(waiting)
        for key in waiting:
            if next(_unended(nodes[key], targets, ending), None) is None:
                ending.add(key)
        waiting = [key for key in waiting if key not in ending]
    return [(nodes[key], keyword) for key in reversed(waiting) for keyword in _loop(nodes[key], nodes, targets, ending)]


def _loop(node: Node, nodes: Dict[Key, Node], targets: Callable[[Node], Iterable[Node]], ending: Set[Key]) -> Iterator[str]:
    """The keyword of the object or array, if the way back to it begins there."""
    for keyword, child in _needed(node, ending):
        seen: Set[Key] = set()
        waiting = [child]
        while waiting:
            at = waiting.pop()
            if at.key == node.key:
                yield keyword
                return
            if at.key not in seen and at.key in nodes:
                seen.add(at.key)
                waiting.extend(_unended(at, targets, ending))


def _unended(node: Node, targets: Callable[[Node], Iterable[Node]], ending: Set[Key]) -> Iterator[Node]:
    """Parts that every value has, or must be, and of which no value is known yet that ends."""
    if not isinstance(node.data, dict) or "const" in node or "enum" in node or node.value("nullable") is True:
        return
    parts = [*targets(node), *_elements(node, "allOf")]
    yield from (part for part in parts if part.key not in ending)
    for keyword in ("anyOf", "oneOf"):
        arms = list(_elements(node, keyword))
        if arms and not any(arm.key in ending for arm in arms):
            yield from arms
    yield from (child for _, child in _needed(node, ending))


def _needed(node: Node, ending: Set[Key]) -> Iterator[Tuple[str, Node]]:
    kind = node.value("type")
    group, items = node.value("properties"), node.value("items")
    if kind == "object" and isinstance(group, dict):
        for name in _list(node.value("required")):
            child = node.child("properties").child(name) if isinstance(name, str) and name in group else None
            if child is not None and child.key not in ending:
                yield "required", child
    elif kind == "array" and isinstance(items, dict) and _is_positive(node.value("minItems")):
        if node.child("items").key not in ending:
            yield "minItems", node.child("items")


def _elements(node: Node, name: str) -> Iterator[Node]:
    for index in range(len(_list(node.value(name)))):
        yield node.child(name).item(index)


def _list(value: Any) -> List[Any]:
    return value if isinstance(value, list) else []


def _is_positive(value: Any) -> bool:
    return isinstance(value, (int, float)) and value > 0
