"""Stage 2: what schemas become.

A type is identified by the place of its schema, so its name does not depend on who refers to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, List, Optional, Tuple

from ewgen.load import Node
from ewgen.regex import Dfa, compile_pattern

INT64 = (-(2**63), 2**63 - 1)
UINT64_MAX = 2**64 - 1
UINT32_MAX = 2**32 - 1
MAX_MEMBERS = 64

# JSON types as bits, as in enum ew_json_type.
NULL, BOOL, NUMBER, STRING, ARRAY, OBJECT = 1, 2, 4, 8, 16, 32


@dataclass(eq=False)
class Type:
    """A schema. stem is the part of its C names behind the prefix; named says that the document names it."""

    node: Node
    stem: str
    named: bool
    unsaid: Optional[Node] = field(default=None, init=False)  # the first keyword of the schema that the type does not say

    @property
    def description(self) -> str:
        return self.node.text("description") or self.node.text("title")


@dataclass(eq=False)
class Bool(Type):
    pass


@dataclass(eq=False)
class Integer(Type):
    minimum: int = INT64[0]
    maximum: int = INT64[1]
    literal: bool = False

    @property
    def unsigned(self) -> bool:
        return self.maximum > INT64[1]


@dataclass(eq=False)
class Number(Type):
    minimum: Any = None
    maximum: Any = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False


@dataclass(eq=False)
class Digits(Type):
    """A number kept as it is written, of any size."""


@dataclass(eq=False)
class String(Type):
    min_length: int = 0
    max_length: Optional[int] = None
    pattern: Optional[str] = None
    content: str = "text"  # text, base64, json
    check_content: bool = False
    integer_string: bool = False
    format: Optional[str] = None  # is checked

    @property
    def dfa(self) -> Optional[Dfa]:
        return None if self.pattern is None else compile_pattern(self.pattern)

    @property
    def has_rules(self) -> bool:
        plain = (self.min_length, self.max_length, self.pattern, self.content) == (0, None, None, "text")
        return not plain or self.check_content or self.format is not None


@dataclass(eq=False)
class Enum(Type):
    values: Tuple[str, ...] = ()
    aliases: Tuple[Tuple[str, bool, int], ...] = ()  # text, is a number, value from 1


@dataclass(eq=False)
class OpenEnum(Type):
    """The values of names, and any other text."""

    names: Enum = None  # type: ignore[assignment]
    texts: String = None  # type: ignore[assignment]


@dataclass(eq=False)
class Const(Type):
    value: Any = None


@dataclass(eq=False)
class Null(Type):
    pass


@dataclass(eq=False)
class Raw(Type):
    types: int = 0  # bits, 0 any


@dataclass(frozen=True)
class Member:
    name: str
    node: Node
    type: Type
    required: bool
    nullable: bool
    sibling: Optional[int] = None  # index of the member that is the tag
    pointer: bool = False  # held by pointer (x-ew-pointer)

    @property
    def description(self) -> str:
        if "description" in self.node:
            return self.node.text("description")
        named_in_c = isinstance(self.type, (Struct, Union, Enum, OpenEnum))
        text = self.type.description
        return first_sentence(text) if named_in_c and self.type.named else text

    def says(self, keyword: str) -> Any:
        """The value of an annotation: beside the reference, else in the schema referred to."""
        return self.node.value(keyword, self.type.node.value(keyword))


@dataclass(frozen=True)
class Group:
    """anyOf or oneOf over sets of required members."""

    node: Node
    exactly_one: bool
    sets: Tuple[Tuple[str, ...], ...]


@dataclass(eq=False)
class Struct(Type):
    """What has members, each with a type of its own."""

    members: List[Member] = field(default_factory=list)
    closed: bool = False
    keeps: bool = False  # members of other names, as they are

    def member(self, name: str) -> Optional[Member]:
        return next((m for m in self.members if m.name == name), None)


@dataclass(eq=False)
class Object(Struct):
    groups: List[Group] = field(default_factory=list)
    min_members: int = 0
    max_members: Optional[int] = None
    additional: Optional[Type] = None

    def asks_of_others(self) -> bool:
        """Whether members of other names must be of a type."""
        return self.additional is not None and not (self.keeps and isinstance(self.additional, Raw))


@dataclass(eq=False)
class TupleOf(Struct):
    """An array with a type for each place: a member per place, and perhaps a last one for all elements behind them."""

    min_items: int = 0
    max_items: Optional[int] = None
    has_rest: bool = False

    @property
    def places(self) -> List[Member]:
        return self.members[:-1] if self.has_rest else self.members


@dataclass(eq=False)
class Array(Type):
    item: Type = None  # type: ignore[assignment]
    min_items: int = 0
    max_items: Optional[int] = None
    stream: bool = False  # its elements can be decoded one by one


@dataclass(eq=False)
class Map(Type):
    value: Type = None  # type: ignore[assignment]
    min_items: int = 0
    max_items: Optional[int] = None


@dataclass(frozen=True)
class Mark:
    """A member, or one member of a member, that holds one of some constants."""

    path: Tuple[str, ...]
    is_text: bool  # strings, else true, false and integers as JSON writes them
    values: Tuple[str, ...]

    @property
    def name(self) -> str:
        return ".".join(self.path)


# Beside the JSON types: there is no such element.
NO_ELEMENT = 64


@dataclass(frozen=True)
class Place:
    """What stands at a place of an array, or at a place of the array that stands there."""

    path: Tuple[int, ...]
    types: int  # bits, perhaps NO_ELEMENT
    values: Tuple[str, ...] = ()  # constants: texts, or true, false and integers as JSON writes them; none: any value of the types

    @property
    def name(self) -> str:
        return "/".join(str(index) for index in self.path)


@dataclass(frozen=True)
class Condition:
    """When an arm of a union is chosen."""

    types: int
    present: Tuple[str, ...] = ()
    absent: Tuple[str, ...] = ()
    tag: Optional[Tuple[str, str]] = None  # member, text
    marks: Tuple[Mark, ...] = ()  # all must hold
    places: Tuple[Place, ...] = ()  # of arrays; all must hold


@dataclass(frozen=True)
class Arm:
    name: str  # "event_batch"
    label: str  # how the document calls it
    node: Node
    type: Type
    kind: int  # from 1; for sibling unions the value of the sibling's enum
    lenient_only: bool = False
    default: bool = False
    condition: Condition = Condition(0)


@dataclass(eq=False)
class Union(Type):
    arms: List[Arm] = field(default_factory=list)
    tag_enum: Optional[Enum] = None  # of the sibling member, for sibling unions
    or_null: bool = False  # an element that may be null: the arms are null and the value
    of_direction: bool = False  # all messages of one side, written down nowhere
    whole: Optional[Object] = None  # what all alternatives are, where they stand beside common members
    takes_null: bool = False  # null is accepted in its place: what uses the union says so, and no arm is null
    trial: str = ""  # the arms are tried in turn: "first" takes the first that accepts, "one" refuses what two accept

    @property
    def is_hard(self) -> bool:
        """Whether more than the members of objects are looked at."""
        return self.trial != "" or any(arm.condition.places for arm in self.arms)


@dataclass(frozen=True)
class Use:
    """A type at the place where it is used."""

    type: Type
    nullable: bool


def first_sentence(text: str) -> str:
    text = " ".join(text.split())
    end = text.find(". ")
    return text if end < 0 else text[: end + 1]


def json_types(kind: Type) -> int:
    """The JSON types a value of this type may have, as bits."""
    if isinstance(kind, Raw):
        return kind.types or NULL | BOOL | NUMBER | STRING | ARRAY | OBJECT
    if isinstance(kind, Const):
        return BOOL if isinstance(kind.value, bool) else STRING if isinstance(kind.value, str) else NUMBER
    if isinstance(kind, Union):
        bits = 0
        for arm in kind.arms:
            bits |= json_types(arm.type)
        return bits
    for cls, bits in (
        (Bool, BOOL),
        (Integer, NUMBER),
        (Number, NUMBER),
        (Digits, NUMBER),
        (String, STRING),
        (Enum, STRING),
        (OpenEnum, STRING),
        (Null, NULL),
        (Object, OBJECT),
        (Map, OBJECT),
        (Array, ARRAY),
        (TupleOf, ARRAY),
    ):
        if isinstance(kind, cls):
            return bits
    raise AssertionError(kind)
