"""`ewgen explain`: how messages are told apart, and how large they can get or why nobody can say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from ewgen import model
from ewgen.bounds import Bound, Bounds
from ewgen.dispatch import conditions, constants_of, paths_of, probes
from ewgen.document import Message, Protocol
from ewgen.evaluate import shown
from ewgen.layout import children, lay_out
from ewgen.lint import arms_of, constant_words, place_words, type_words
from ewgen.model import Arm, Condition, Object, Union

_TYPES = (model.OBJECT, model.ARRAY, model.STRING, model.NUMBER, model.BOOL, model.NULL)


@dataclass(frozen=True)
class Branch:
    """One step of a decision. A leaf has an arm, the others have branches."""

    test: str
    arm: str = ""
    branches: Tuple["Branch", ...] = ()

    def lines(self, indent: str) -> Iterator[str]:
        yield f"{indent}{self.test}" + (f": {self.arm}" if self.arm else "")
        for branch in self.branches:
            yield from branch.lines(indent + "  ")

    def as_json(self) -> Dict[str, Any]:
        inside = {"branches": [b.as_json() for b in self.branches]} if self.branches else {"arm": self.arm}
        return {"test": self.test, **inside}


def tree_of(arms: Sequence[Arm], found: Sequence[Condition]) -> List[Branch]:
    """What is looked at first, then which arm: the JSON type, then members."""
    if len(arms) == 1:
        return [Branch(f"{type_words(found[0].types)}", arms[0].label)]
    result = []
    for bit in _TYPES:
        inside = [(arm, c) for arm, c in zip(arms, found) if c.types & bit]
        if len(inside) == 1:
            result.append(Branch(type_words(bit), inside[0][0].label))
        elif inside:
            names = ", ".join(_looked_at(bit, [c for _, c in inside]))
            result.append(Branch(f"{type_words(bit)}: looks at {names}", branches=tuple(_members(inside))))
    return result


def _looked_at(bit: int, conditions_: List[Condition]) -> List[str]:
    if bit == model.ARRAY:
        return ["element " + "/".join(map(str, path)) for path in paths_of(conditions_)]
    return [shown(".".join(path)) for path in probes(conditions_)]


_TRIED = {"first": "tries in turn, and takes the first that accepts it", "one": "tries all, and takes the only one that accepts it"}


def tree_of_trial(union: Union) -> List[Branch]:
    """The same where arms are tried."""
    result = []
    for bit in _TYPES:
        inside = [arm for arm in union.arms if arm.condition.types & bit]
        if len(inside) == 1:
            result.append(Branch(type_words(bit), inside[0].label))
        elif inside:
            tests = tuple(Branch("anything else" if arm.default else "what fits", arm.label) for arm in inside)
            result.append(Branch(f"{type_words(bit)}: {_TRIED[union.trial]}", branches=tests))
    return result


def _members(inside: Sequence[Tuple[Arm, Condition]]) -> Iterator[Branch]:
    for arm, condition in inside:
        constants = constants_of(condition)
        tests = [f"{shown(mark.name)} is {' or '.join(constant_words(mark))}" for mark in constants]
        told = {mark.path[0] for mark in constants}
        tests += [f"{shown(name)} is there" for name in condition.present if name not in told]
        tests += [f"{shown(name)} is not" for name in condition.absent]
        tests += [f"element {place.name} is {place_words(place)}" for place in condition.places]
        yield Branch(" and ".join(tests) if tests and not arm.default else "anything else", arm.label)


# ----------------------------------------------------------------------------------------------------- protocols


class Explanation:
    def __init__(self, protocol: Protocol):
        self.protocol = protocol
        self.bounds = Bounds(protocol, lay_out(protocol))

    def text(self) -> Iterator[str]:
        yield f"{self.protocol.title} {self.protocol.version}".strip()
        for channel, side, branches in self._directions():
            yield ""
            yield f"channel {channel}, from the {side}"
            for branch in branches:
                yield from branch.lines("  ")
        for message in self.protocol.messages:
            yield ""
            yield f"message {message.key}"
            yield f"  arena to decode it: {_sized(self.bounds.to_decode(message))}"
            yield f"  buffer to encode it: {_sized(self.bounds.to_encode(message))}"
            yield from self._reasons(message)
            for where, branches in _inside(message.type):
                yield f"  {where}"
                for branch in branches:
                    yield from branch.lines("    ")
        yield from self._limits()

    def _reasons(self, message: Message) -> Iterator[str]:
        """What is unbounded on the wire takes room in the arena too, but for views of the text."""
        arena = self.bounds.to_decode(message).reasons
        for reason in self.bounds.to_encode(message).reasons:
            node = reason.node
            where = f"{node.file.label}:{node.file.line(node.tokens)}: {node.pointer}"
            view = "" if reason in arena else " (a view of the text, which takes no arena)"
            yield f"    {where}: {reason.text}{view}"

    def _limits(self) -> Iterator[str]:
        limits = [(name, n) for name, n in self.protocol.limits.items() if n]
        if limits:
            yield ""
            yield "limits of the document: " + ", ".join(f"{name} {n}" for name, n in limits)

    def _directions(self) -> Iterator[Tuple[str, str, List[Branch]]]:
        for channel in self.protocol.channels:
            for side, keys in (("client", channel.to_server), ("server", channel.to_client)):
                arms = arms_of(self.protocol, keys)
                if arms:
                    union = Union(channel.node, "", True, arms=arms, of_direction=True)
                    yield channel.name, side, tree_of(arms, conditions(union))

    def as_json(self) -> Dict[str, Any]:
        return {
            "title": self.protocol.title,
            "version": self.protocol.version,
            "channels": [
                {"channel": channel, "side": side, "tree": [b.as_json() for b in branches]}
                for channel, side, branches in self._directions()
            ],
            "messages": [self._message_json(message) for message in self.protocol.messages],
            "limits": {name: n for name, n in self.protocol.limits.items() if n},
        }

    def _message_json(self, message: Message) -> Dict[str, Any]:
        return {
            "message": message.key,
            "arena": _bound_json(self.bounds.to_decode(message)),
            "encoded": _bound_json(self.bounds.to_encode(message)),
            "choices": [{"place": where, "tree": [b.as_json() for b in branches]} for where, branches in _inside(message.type)],
        }


def _sized(bound: Bound) -> str:
    return "unbounded" if bound.size is None else f"{bound.size} byte{'' if bound.size == 1 else 's'} at most"


def _bound_json(bound: Bound) -> Dict[str, Any]:
    reasons = [
        {"file": r.node.file.label, "line": r.node.file.line(r.node.tokens), "pointer": r.node.pointer, "reason": r.text}
        for r in bound.reasons
    ]
    return {"bytes": bound.size, "unbounded": reasons}


def _inside(root: model.Type) -> Iterator[Tuple[str, List[Branch]]]:
    """The choices inside of a message, each once."""
    seen = set()
    waiting = [root]
    while waiting:
        kind = waiting.pop(0)
        if kind in seen:
            continue
        seen.add(kind)
        waiting.extend(children(kind))
        if isinstance(kind, Object):
            yield from _siblings(kind)
        if isinstance(kind, Union) and kind.tag_enum is None and not kind.or_null:
            conditions_ = [arm.condition for arm in kind.arms]
            yield f"{kind.node.pointer}:", tree_of_trial(kind) if kind.trial else tree_of(kind.arms, conditions_)


def _siblings(kind: Object) -> Iterator[Tuple[str, List[Branch]]]:
    for member in kind.members:
        if member.sibling is not None and isinstance(member.type, Union):
            tag = shown(kind.members[member.sibling].name)
            arms = [Branch(f"{tag} is {shown(arm.label)}", type_words(model.json_types(arm.type))) for arm in member.type.arms]
            yield f"{member.node.pointer}: looks at {tag} beside it", arms
