"""What stands at file scope in the generated tables, as the templates lay it out. Values are C already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from ewgen import model


@dataclass(frozen=True)
class Definition:
    """Anything at file scope. shape chooses the template macro, the rest is in the subclasses."""

    shape: str
    name: str
    exported: bool  # declared in the tables header, else static


@dataclass(frozen=True)
class PatternTable(Definition):
    pattern: str
    form: Tuple[str, ...]  # lines; none: it is an automaton
    classes: Tuple[str, ...]  # lines
    rows: Tuple[str, ...]  # one per state
    wide: bool  # the states themselves, which do not fit into bytes
    form_size: int = 0
    class_count: int = 0
    class_limit: int = 0
    state_count: int = 0
    start: int = 0
    accept_from: int = 0
    settled_from: int = 0
    other: int = 0
    decided_in: int = 0


@dataclass(frozen=True)
class GapTable(Definition):
    rows: Tuple[Tuple[str, str], ...]  # first and last byte


@dataclass(frozen=True)
class ShapeTable(Definition):
    pattern: str
    places: Tuple[Tuple[str, ...], ...]  # per block: two lists of numbers
    values: Tuple[Tuple[str, str], ...]


@dataclass(frozen=True)
class Rules(Definition):
    """Plain rules: members and their values in C."""

    c_type: str
    values: Tuple[Tuple[str, str], ...]


@dataclass(frozen=True)
class EnumTexts(Definition):
    texts: Tuple[Tuple[int, str], ...]  # where in the list of them all, and what


@dataclass(frozen=True)
class AliasTable(Definition):
    aliases: Tuple[Tuple[str, str, str], ...]  # text, is_number, value


@dataclass(frozen=True)
class MemberRow:
    key: str
    type: str
    offset: str
    presence_offset: str
    text_offset: str
    flags: str
    sibling: int


@dataclass(frozen=True)
class MemberTable(Definition):
    rows: Tuple[MemberRow, ...]


@dataclass(frozen=True)
class SlotTable(Definition):
    slots: Tuple[str, ...]  # lines
    slot_count: int


@dataclass(frozen=True)
class GroupRow:
    exactly_one: str
    masks: str
    mask_count: int
    schema: str
    expected: str


@dataclass(frozen=True)
class GroupTable(Definition):
    masks: Tuple[Tuple[str, str], ...]  # name, values
    rows: Tuple[GroupRow, ...]


@dataclass(frozen=True)
class ArmRow:
    type: str
    kind: str
    json_types: str
    present: int
    absent: int
    tag_probe: int
    tag: Optional[str]
    lenient_only: bool
    marks: str = ""  # the name of a table
    mark_count: int = 0


@dataclass(frozen=True)
class MarkRow:
    probe: int
    is_text: str
    values: str  # the name of a table
    value_count: int


@dataclass(frozen=True)
class MarkTable(Definition):
    values: Tuple[Tuple[str, Tuple[str, ...]], ...]  # name, texts
    rows: Tuple[MarkRow, ...]


@dataclass(frozen=True)
class ArmTable(Definition):
    rows: Tuple[ArmRow, ...]
    probes: Tuple[str, ...]
    inner: Tuple[str, ...] = ()


@dataclass(frozen=True)
class PlaceRow:
    path: int
    types: str
    values: str  # the name of a table, or nothing
    value_count: int


@dataclass(frozen=True)
class PlaceTable(Definition):
    """What must stand at places of arrays, for each arm."""

    paths: Tuple[Tuple[str, str], ...]
    values: Tuple[Tuple[str, Tuple[str, ...]], ...]  # name, texts
    arms: Tuple[Tuple[str, Tuple[PlaceRow, ...]], ...]  # name, rows


@dataclass(frozen=True)
class BothTable(Definition):
    texts: Tuple[str, ...]


# What a type is the head of: the C type of its table.
ALONE, NAMED, ENTRY = "ew_type", "ew_named_type", "ew_entry_type"


@dataclass(frozen=True)
class TypeTable(Definition):
    """A type, and behind it its lenient twin."""

    c_type: str  # ALONE, NAMED or ENTRY
    kind: str
    size: str
    schema: str
    as_: Tuple[Optional[Tuple[str, str]], ...]  # of both: member of the union, value
    read: str = ""
    write: str = ""


@dataclass(frozen=True)
class Tables:
    definitions: Tuple[Definition, ...]
    types: Dict[model.Type, str]  # pointers like &ew__octave_event[0].type, of strict types
    tables: Dict[model.Type, Tuple[str, str]]  # what they point into: C type, name
    rules: Dict[model.Type, Optional[str]]  # names of the strict rules, None when there are none
    told: Dict[model.Type, List[str]]  # other tables of a type, as an arm of unions
