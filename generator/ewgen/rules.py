"""What a file of options says about documents that are not ours to change: which alternative of a union is meant, which formats count."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Iterator, List, Optional, Set, Tuple, TypeVar

from ewgen.load import Library, Node
from ewgen.places import schema_name

FREE = "free"
ALL = "all"


@dataclass(frozen=True)
class UnionRule:
    """For the unions whose name or JSON Pointer fits the pattern. default: the alternative that takes the rest; None: none is chosen."""

    pattern: str
    place: Node
    default: Optional[str]


@dataclass(frozen=True)
class KeepRule:
    """For the objects whose name or JSON Pointer fits the pattern: unknown members are kept."""

    pattern: str
    place: Node
    is_for_all: bool = False  # of those that can; it need not fit any


Rule = TypeVar("Rule", UnionRule, KeepRule)


@dataclass
class Rules:
    unions: Tuple[UnionRule, ...] = ()
    kept: Tuple[KeepRule, ...] = ()
    formats: bool = False  # format is checked, not only noted
    used: Set[Tuple[str, ...]] = field(default_factory=set)  # places of rules

    def of_union(self, node: Node) -> Optional[UnionRule]:
        return self._first(self.unions, node)

    def to_keep(self, node: Node) -> Optional[KeepRule]:
        return self._first(self.kept, node)

    def _first(self, rules: Tuple[Rule, ...], node: Node) -> Optional[Rule]:
        """The first rule that fits the schema."""
        for rule in rules:
            if fnmatchcase(node.pointer, rule.pattern) or fnmatchcase(schema_name(node) or "", rule.pattern):
                self.used.add(rule.place.tokens)
                return rule
        return None

    def check_used(self) -> None:
        """A rule for nothing is most likely misspelt."""
        for rules, what in ((self.unions, "union"), (self.kept, "object with properties")):
            for rule in rules:
                if rule.place.tokens not in self.used and not getattr(rule, "is_for_all", False):
                    raise rule.place.error(f"no {what} has this name or JSON Pointer")


def read_rules(library: Library, path: str) -> Rules:
    root = library.open(path)
    root.check_keys(("unions", "formats", "keep_unknown"), "a file of options")
    return Rules(tuple(_unions(root)), tuple(_kept(root)), root.flag("formats"))


def _kept(root: Node) -> Iterator[KeepRule]:
    if root.value("keep_unknown") == ALL:
        yield KeepRule("*", root.child("keep_unknown"), is_for_all=True)
        return
    for place in root.elements("keep_unknown"):
        place.need(str, "the name or JSON Pointer of an object")
        yield KeepRule(place.data, place)


def _unions(root: Node) -> List[UnionRule]:
    rules = []
    for pattern, place in root.children("unions"):
        if place.data == FREE:
            rules.append(UnionRule(pattern, place, None))
            continue
        place.check_keys(("default",), f'the rule of a union, which is "{FREE}" or has "default"')
        if not place.text("default"):
            raise place.error(f'the rule of a union is "{FREE}" or has "default", the name of an alternative')
        rules.append(UnionRule(pattern, place.child("default"), place.text("default")))
    return rules
