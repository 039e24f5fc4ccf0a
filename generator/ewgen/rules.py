"""What a file of options says about documents that are not ours to change: which alternative of a union is meant, which formats count."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import List, Optional, Set, Tuple

from ewgen.load import Library, Node
from ewgen.places import schema_name

FREE = "free"


@dataclass(frozen=True)
class UnionRule:
    """For the unions whose name or JSON Pointer fits the pattern. default: the alternative that takes the rest; None: none is chosen."""

    pattern: str
    place: Node
    default: Optional[str]


@dataclass
class Rules:
    unions: Tuple[UnionRule, ...] = ()
    formats: bool = False  # format is checked, not only noted
    used: Set[str] = field(default_factory=set)

    def of_union(self, node: Node) -> Optional[UnionRule]:
        """The first rule that fits the schema."""
        for rule in self.unions:
            if fnmatchcase(node.pointer, rule.pattern) or fnmatchcase(schema_name(node) or "", rule.pattern):
                self.used.add(rule.pattern)
                return rule
        return None

    def check_used(self) -> None:
        """A rule for nothing is most likely misspelt."""
        for rule in self.unions:
            if rule.pattern not in self.used:
                raise rule.place.error("no union has this name or JSON Pointer")


def read_rules(library: Library, path: str) -> Rules:
    root = library.open(path)
    root.check_keys(("unions", "formats"), "a file of options")
    return Rules(tuple(_unions(root)), root.flag("formats"))


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
