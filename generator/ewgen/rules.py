"""What a file of options says about documents that are not ours to change; ewgen.options reads it, ewgen.overlay applies what changes
schemas."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Dict, FrozenSet, Iterator, List, Optional, Set, Tuple, TypeVar

from ewgen.errors import suggestion
from ewgen.load import Node, Tokens
from ewgen.places import schema_name


@dataclass(frozen=True)
class Rule:
    """For schemas whose name or JSON Pointer fits the pattern."""

    pattern: str
    place: Node
    is_for_all: bool = False  # of those that can; it need not fit any

    def fits(self, node: Node) -> bool:
        return fnmatchcase(node.pointer, self.pattern) or fnmatchcase(schema_name(node) or "", self.pattern)


@dataclass(frozen=True)
class UnionRule(Rule):
    """default: the alternative that takes the rest; trial: of those that accept a value, the first or the only one is taken. Neither: none is
    chosen."""

    default: Optional[str] = None
    trial: str = ""

    @property
    def is_free(self) -> bool:
        return self.default is None and not self.trial


@dataclass(frozen=True)
class BoundRule(Rule):
    """The most that a keyword allows."""

    most: Tuple[Tuple[str, int], ...] = ()


@dataclass(frozen=True)
class NameRule:
    """What a schema, a member, a message or the value of an enum is called in C."""

    of: str  # its name or its JSON Pointer
    place: Node
    name: str


AnyRule = TypeVar("AnyRule", bound=Rule)

_NAME = re.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CONSTANT = re.compile("[A-Z0-9]+(_[A-Z0-9]+)*")


@dataclass
class Rules:
    prefix: str = ""
    written_as: str = "server"  # whose sending and receiving a document speaks of
    limits: Dict[str, int] = field(default_factory=dict)  # as in x-ew-limits, which they replace
    bounds: Tuple[BoundRule, ...] = ()
    names: Dict[str, NameRule] = field(default_factory=dict)
    unions: Tuple[UnionRule, ...] = ()
    freed: Tuple[Rule, ...] = ()
    opened: Tuple[Rule, ...] = ()
    kept: Tuple[Rule, ...] = ()
    formats: FrozenSet[str] = frozenset()  # those that are checked, not only noted
    used: Set[Tokens] = field(default_factory=set)  # places of rules
    seen: Set[str] = field(default_factory=set)  # what a name was looked for

    def of_union(self, node: Node) -> Optional[UnionRule]:
        return self.first(self.unions, node)

    def is_free(self, node: Node) -> bool:
        """Whether the schema is no more than a check, and its values keep their text."""
        return self.first(self.freed, node) is not None

    def to_keep(self, node: Node) -> Optional[Rule]:
        return self.first(self.kept, node)

    def first(self, rules: Tuple[AnyRule, ...], node: Node) -> Optional[AnyRule]:
        """The first rule that fits the schema."""
        for rule in rules:
            if rule.fits(node):
                self.used.add(rule.place.tokens)
                return rule
        return None

    def name_of(self, node: Node, is_constant: bool = False) -> Optional[str]:
        """What the schema, message, member or value of an enum at node is called in C."""
        if not self.names:
            return None
        known = [node.pointer] + _own_name(node)
        self.seen.update(known)
        rule = next((self.names[name] for name in known if name in self.names), None)
        if rule is None:
            return None
        self.used.add(rule.place.tokens)
        if not (_CONSTANT if is_constant else _NAME).fullmatch(rule.name):
            what = "upper-case" if is_constant else "lower-case"
            raise rule.place.error(f"expected a name of {what} letters, digits and single underscores, found {rule.name}")
        return rule.name

    def check_used(self) -> None:
        """A rule for nothing is most likely misspelt."""
        for rules, what in self._kinds():
            for rule in rules:
                if rule.place.tokens not in self.used and not rule.is_for_all:
                    raise rule.place.error(f"no {what} has this name or JSON Pointer")
        for name in self.names.values():
            if name.place.tokens not in self.used:
                raise name.place.error(f"nothing with a name in C is called so{suggestion(name.of, self.seen)}")

    def _kinds(self) -> Iterator[Tuple[Tuple[Rule, ...], str]]:
        yield self.unions, "union"
        yield self.freed, "schema"
        yield self.kept, "object with properties"
        yield self.opened, "enum of strings"
        yield self.bounds, "schema of such a type"


def _own_name(node: Node) -> List[str]:
    """Of a schema or a message among those that a document names."""
    tokens = node.tokens
    named = len(tokens) == 3 and tokens[0] == "components" and tokens[1] in ("schemas", "messages")
    named = named or (len(tokens) == 2 and tokens[0] in ("definitions", "$defs"))
    return [tokens[-1]] if named else []
