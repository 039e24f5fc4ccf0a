"""Stage 3, part one: the C types. Which struct has which members, in which order definitions must stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Optional, Set, Tuple

from ewgen import instance, model, names
from ewgen.document import Protocol
from ewgen.errors import RENAME
from ewgen.load import Node
from ewgen.text import c_double, c_string, json_comment, pattern_comment, wrap

# The member of a struct that keeps what its schema does not name.
UNKNOWN = "unknown"

# Column at which the text of a member's comment starts.
_MEMBER_INDENT = 6
_BLOCK_INDENT = 3


@dataclass(frozen=True)
class Field:
    """A member of a struct or union, or a constant of an enum."""

    decl: str
    comment: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A definition in the header. shape chooses the template macro."""

    shape: str  # forward, struct, list, map, enum, union, bare_union
    c_name: str
    comment: Tuple[str, ...] = ()
    fields: Tuple[Field, ...] = ()
    presence: Tuple[Field, ...] = ()
    constants: Tuple[Field, ...] = ()
    item: str = ""  # element type of a list, value type of a map
    kind_name: str = ""
    entry_name: str = ""


@dataclass(frozen=True)
class MemberNames:
    """How the members of a struct that belong to one schema property are called."""

    value: Optional[str]  # None: no storage
    presence: Optional[str]
    text: Optional[str]  # of an open enum
    boxed: bool


@dataclass
class Layout:
    """C types of a protocol."""

    prefix: str
    bare: bool = False  # of a JSON Schema by itself: no names but those that begin with the prefix
    blocks: List[Block] = field(default_factory=list)
    boxed: Set[Tuple[model.Struct, str]] = field(default_factory=set)
    owners: Dict[str, Node] = field(default_factory=dict)  # C name -> place
    open: Set[str] = field(default_factory=set)  # C names that are being defined
    complete: Set[str] = field(default_factory=lambda: {"ew_str_list", "ew_raw_list"})
    late: List[Tuple[str, Block]] = field(default_factory=list)  # blocks that wait for a struct
    members: Dict[model.Struct, List[MemberNames]] = field(default_factory=dict)
    bases: Dict[model.Struct, Dict[str, str]] = field(default_factory=dict)  # names of members in C
    parts: Dict[model.Enum, Dict[str, str]] = field(default_factory=dict)  # last parts of enum constants

    # ---------------------------------------------------------------- names

    def name(self, stem: str) -> str:
        if not self.bare:
            return f"ew_{self.prefix}_{stem}"
        # The root is called like the prefix, and what is in it begins so.
        own = names.snake(self.prefix)
        inside = stem == own or stem.startswith(own + "_")
        return self.prefix + stem[len(own) :] if inside else f"{self.prefix}_{stem}"

    def internal(self, stem: str) -> str:
        """A name that files share and nobody else uses."""
        return f"{self.prefix}__{stem}" if self.bare else f"ew__{self.prefix}_{stem}"

    def constant(self, stem: str, value: str) -> str:
        return f"{self.name(stem)}_{value}".upper()

    def enum_constant(self, kind: model.Enum, index: int) -> str:
        """index from 1; 0 is unknown."""
        if index == 0:
            return self.constant(kind.stem, "UNKNOWN")
        named = _place_of_value(kind, index).name_in_c(is_constant=True)
        if named is not None:
            return self.constant(kind.stem, named)
        if kind not in self.parts:
            self.parts[kind] = names.apart(kind.values, names.constant_part, "UPPER_")
        return self.constant(kind.stem, self.parts[kind][kind.values[index - 1]])

    def arm_constant(self, kind: model.Union, arm: Optional[model.Arm]) -> str:
        stem = self._word(kind) if kind.or_null else kind.stem
        part = "NONE" if arm is None else names.constant_part(arm.name)
        return self.constant(stem, part + "_" if arm is not None and part == "NONE" else part)

    def c_type(self, kind: model.Type) -> Optional[str]:
        """The C type of a stored value, None when nothing is stored."""
        if isinstance(kind, (model.Const, model.Null)):
            return None
        if isinstance(kind, model.Integer):
            return "uint64_t" if kind.unsigned else "int64_t"
        for cls, name in (
            (model.Bool, "bool"),
            (model.Number, "double"),
            (model.Digits, "ew_num"),
            (model.String, "ew_str"),
            (model.Raw, "ew_raw"),
        ):
            if isinstance(kind, cls):
                return name
        if isinstance(kind, model.OpenEnum):
            return self.name(kind.names.stem)
        if isinstance(kind, model.Array) and not kind.named:
            return self.list_name(kind.item)
        if isinstance(kind, model.Map) and not kind.named:
            return self.name(self._word(kind.value) + "_map")
        if isinstance(kind, model.Union) and kind.or_null:
            return self.name(self._word(kind))
        return self.name(kind.stem)

    def list_name(self, item: model.Type) -> str:
        if isinstance(item, model.String):
            return "ew_str_list"
        if isinstance(item, model.Raw):
            return "ew_raw_list"
        return self.name(self._word(item) + "_list")

    def entry_name(self, kind: model.Map) -> str:
        return self.name((kind.stem if kind.named else self._word(kind.value)) + "_entry")

    def _word(self, kind: model.Type) -> str:
        if isinstance(kind, model.Integer):
            return "natural" if kind.unsigned else "integer"
        for cls, word in (
            (model.String, "string"),
            (model.Raw, "raw"),
            (model.Bool, "boolean"),
            (model.Number, "number"),
            (model.Digits, "digits"),
        ):
            if isinstance(kind, cls):
                return word
        if isinstance(kind, model.Array) and not kind.named:
            return self._word(kind.item) + "_list"
        if isinstance(kind, model.Map) and not kind.named:
            return self._word(kind.value) + "_map"
        if isinstance(kind, model.Union) and kind.or_null:
            return self._word(kind.arms[1].type) + "_or_null"
        return kind.stem

    def claim(self, c_name: str, node: Node) -> None:
        """Reserves a C name; two owners are an error that names both."""
        owner = self.owners.setdefault(c_name, node)
        if owner.key != node.key:
            raise node.error(f"the name {c_name} is also that of {owner.file.label}{owner.pointer}{RENAME}")

    # ---------------------------------------------------------------- what a struct holds

    def member_names(self, kind: model.Struct) -> List[MemberNames]:
        if kind not in self.members:
            self.members[kind] = self._name_members(kind)
        return self.members[kind]

    def _name_members(self, kind: model.Struct) -> List[MemberNames]:
        taken: Dict[str, model.Member] = {}
        result = []
        for member in kind.members:
            result.append(self._names_of(kind, member))
            for name in (result[-1].value, result[-1].presence, result[-1].text):
                other = taken.setdefault(name, member) if name else member
                if other is not member:
                    raise member.node.error(f'the name "{name}" in C is also that of {other.node.pointer}{RENAME}')
        if kind.keeps and UNKNOWN in taken:
            raise taken[UNKNOWN].node.error(f'the name "{UNKNOWN}" in C is also that of the members that are kept{RENAME}')
        return result

    def base_name(self, kind: model.Struct, member: model.Member) -> str:
        if kind not in self.bases:
            self.bases[kind] = names.apart([m.name for m in kind.members], names.snake, "upper_")
        return member.node.name_in_c() or self.bases[kind][member.name]

    def _names_of(self, kind: model.Struct, member: model.Member) -> MemberNames:
        base = self.base_name(kind, member)
        boxed = (kind, member.name) in self.boxed
        stored = self.c_type(member.type) is not None
        presence = None
        if member.nullable:
            presence = base + "_presence"
        elif not member.required and not boxed:
            presence = "has_" + base
            if presence in self.bases[kind].values():
                presence += "_"
        text = base + "_text" if isinstance(member.type, model.OpenEnum) else None
        return MemberNames(names.unreserved(base) if stored else None, presence, text, boxed)

    # ---------------------------------------------------------------- definitions

    def define(self, kind: model.Type) -> None:
        """Emits the definition of a type and, before it, of all it needs complete."""
        if isinstance(kind, model.Struct):
            self._define_struct(kind)
        elif isinstance(kind, model.Union):
            self._define_union(kind)
        elif isinstance(kind, model.Array):
            self._define_list(kind)
        elif isinstance(kind, model.Map):
            self._define_map(kind)
        elif isinstance(kind, model.Enum):
            self._define_enum(kind)
        elif isinstance(kind, model.OpenEnum):
            self.define(kind.names)

    def _begin(self, c_name: str) -> bool:
        """False when the definition stands already or is under way."""
        if c_name in self.complete or c_name in self.open:
            return False
        self.open.add(c_name)
        return True

    def _emit(self, block: Block) -> None:
        self.blocks.append(block)
        self.open.discard(block.c_name)
        self.complete.add(block.c_name)
        ready = [b for need, b in self.late if need == block.c_name]
        self.late = [(need, b) for need, b in self.late if need != block.c_name]
        for waiting in ready:
            self._emit(waiting)

    def _forward(self, c_name: str) -> None:
        known = c_name in self.complete or any(b.shape == "forward" and b.c_name == c_name for b in self.blocks)
        if not known:
            self.blocks.append(Block("forward", c_name))

    def _define_struct(self, kind: model.Struct) -> None:
        c_name = self.name(kind.stem)
        self.claim(c_name, kind.node)
        if not self._begin(c_name):
            return
        if isinstance(kind, model.Object) and kind.additional is not None:
            self.define(kind.additional)
        for member in kind.members:
            if (kind, member.name) in self.boxed:
                self._forward(self.name(member.type.stem))
            else:
                self.define(member.type)
        self._emit(self._struct(kind, c_name))
        for member in kind.members:
            self.define(member.type)

    def _struct(self, kind: model.Struct, c_name: str) -> Block:
        fields: List[Field] = []
        presence: List[Field] = []
        for member, own in zip(kind.members, self.member_names(kind)):
            comment = tuple(member_comment(member, own.boxed and not member.required))
            if own.value is not None:
                star = "*" if own.boxed else ""
                fields.append(Field(f"{self.c_type(member.type)} {star}{own.value}", comment))
            if own.text is not None:
                fields.append(
                    Field(f"ew_str {own.text}", (f"The text of {own.value}, also of a value that is not listed.",))
                )
            if own.presence is not None:
                kind_of = "uint8_t" if member.nullable else "bool"
                presence.append(Field(f"{kind_of} {own.presence}", comment if own.value is None else ()))
        if kind.keeps:
            fields.append(Field(f"ew_unknown_list {UNKNOWN}", ("Members that the schema does not name, as they stand in the text.",)))
        return Block("struct", c_name, tuple(self._type_comment(kind)), tuple(fields), tuple(presence))

    def _type_comment(self, kind: model.Type) -> List[str]:
        lines = wrap(kind.description, _BLOCK_INDENT)
        if isinstance(kind, model.Object):
            constants = [
                f"{m.name} is {instance.to_json(m.type.value)}" for m in kind.members if isinstance(m.type, model.Const)
            ]
            extra = [f"On the wire {', '.join(constants)}; not stored."] if constants else []
            extra += [group_text(g) + "." for g in kind.groups]
            if kind.closed:
                extra.append("Other members are refused.")
            for text in extra:
                lines += wrap(text[0].upper() + text[1:], _BLOCK_INDENT)
        if isinstance(kind, model.TupleOf):
            lines += wrap(self._tuple_comment(kind), _BLOCK_INDENT)
        return lines

    def _tuple_comment(self, kind: model.TupleOf) -> str:
        places = [
            instance.to_json(m.type.value) if isinstance(m.type, model.Const) else self.base_name(kind, m) for m in kind.places
        ]
        ends = kind.closed or (kind.max_items is not None and kind.max_items <= len(kind.places))
        behind = [] if ends else [self.base_name(kind, kind.members[-1]) + " ..." if kind.has_rest else "..."]
        return f"On the wire [{', '.join(places + behind)}]."

    def _define_list(self, kind: model.Array) -> None:
        item = self._stored(kind.item, kind.node)
        c_name = self.c_type(kind)
        assert c_name is not None
        if kind.named:
            self.claim(c_name, kind.node)
        self._begin(c_name)
        if self._waits(kind.item):
            self._forward(item)
        elif kind.item is not kind:
            self.define(kind.item)
        if c_name not in self.complete:
            comment = self._type_comment(kind) if kind.named else []
            self._emit(Block("list", c_name, tuple(comment), item=item))

    def _define_map(self, kind: model.Map) -> None:
        value = self._stored(kind.value, kind.node)
        c_name = self.c_type(kind)
        assert c_name is not None
        if kind.named:
            self.claim(c_name, kind.node)
        if not self._begin(c_name) and c_name in self.complete:
            if not self._waits(kind.value):
                self.define(kind.value)
            return
        entry = Block("entry", self.entry_name(kind), item=value)
        comment = tuple(self._type_comment(kind)) if kind.named else ()
        block = Block("map", c_name, comment, item=value, entry_name=entry.c_name)
        self._claim_entry(entry.c_name, kind)
        if self._waits(kind.value):
            self._forward(entry.c_name)
            self.late.append((value, entry))
            self._emit(block)
            return
        self.define(kind.value)
        if c_name not in self.complete:
            self._emit(entry)
            self._emit(block)

    def _claim_entry(self, c_name: str, kind: model.Map) -> None:
        if c_name in self.owners:
            raise kind.node.error(f"the name {c_name} of its entries is also that of {self.owners[c_name].pointer}")

    def _waits(self, kind: model.Type, seen: Optional[Set[model.Type]] = None) -> bool:
        """Whether a type is being defined, or holds one by value that is."""
        seen = set() if seen is None else seen
        if kind in seen or self.c_type(kind) in self.complete:
            return False
        seen.add(kind)
        held: List[model.Type] = []
        if isinstance(kind, model.Struct):
            held = [m.type for m in kind.members if (kind, m.name) not in self.boxed]
        elif isinstance(kind, model.Union):
            held = [a.type for a in kind.arms]
        return self.c_type(kind) in self.open or any(self._waits(k, seen) for k in held)

    def _stored(self, kind: model.Type, node: Node) -> str:
        c_type = self.c_type(kind)
        if c_type is None:
            raise node.error("its elements would hold nothing")
        return c_type

    def _define_union(self, kind: model.Union) -> None:
        c_name = self.c_type(kind)
        assert c_name is not None
        if not kind.or_null:
            self.claim(c_name, kind.node)
        if not self._begin(c_name):
            return
        for arm in kind.arms:
            self.define(arm.type)
        fields = tuple(self._arm_field(kind, a) for a in kind.arms if self.c_type(a.type) is not None)
        self._check_arms(kind)
        comment = ("An element that may be null.",) if kind.or_null else tuple(self._type_comment(kind))
        if kind.tag_enum is not None:
            self._emit(Block("bare_union", c_name, comment, fields or (Field("char nothing"),)))
            return
        kind_name = c_name + "_kind"
        if not kind.or_null:
            self.claim(kind_name, kind.node)
        constants = [Field(self.arm_constant(kind, None) + " = 0")] + [
            Field(self.arm_constant(kind, a)) for a in kind.arms
        ]
        self._emit(Block("union", c_name, comment, fields, constants=tuple(constants), kind_name=kind_name))

    def _arm_field(self, kind: model.Union, arm: model.Arm) -> Field:
        words = [first_words(arm.node, arm.type)]
        if kind.or_null:
            return Field(f"{self.c_type(arm.type)} {arm.name}")
        if kind.tag_enum is not None:
            words.insert(0, f"{self.enum_constant(kind.tag_enum, arm.kind)}:")
        if arm.lenient_only:
            words.append("Read in the lenient and compat profiles only, never written in strict.")
        text = " ".join(w for w in words if w).rstrip(":")
        return Field(f"{self.c_type(arm.type)} {arm.name}", tuple(wrap(text, _MEMBER_INDENT + 2)))

    def _check_arms(self, kind: model.Union) -> None:
        seen = {"kind": kind.node}
        for arm in kind.arms:
            other = seen.setdefault(arm.name, arm.node)
            if other is not arm.node:
                raise arm.node.error(f'the name "{arm.name}" of this alternative is also that of {other.pointer}{RENAME}')

    def _define_enum(self, kind: model.Enum) -> None:
        c_name = self.name(kind.stem)
        self.claim(c_name, kind.node)
        if not self._begin(c_name):
            return
        constants = [Field(self.enum_constant(kind, 0) + " = 0")]
        seen: Dict[str, str] = {}
        for index, value in enumerate(kind.values):
            name = self.enum_constant(kind, index + 1)
            if seen.setdefault(name, value) != value:
                raise kind.node.child("enum").error(f'"{value}" and "{seen[name]}" give the same name in C, {name}')
            constants.append(Field(name, (json_comment(c_string(value)),)))
        self._emit(Block("enum", c_name, tuple(self._type_comment(kind)), constants=tuple(constants)))


def find_boxes(types: List[model.Type]) -> Set[Tuple[model.Struct, str]]:
    """Members that are to be pointers, and those that would make a struct contain itself by value."""
    boxed: Set[Tuple[model.Struct, str]] = set()
    finished: Set[model.Type] = set()

    def visit(kind: model.Type, path: List[model.Type]) -> None:
        if kind in finished:
            return
        path.append(kind)
        if isinstance(kind, model.Struct):
            for member in kind.members:
                if member.pointer or member.type in path:
                    boxed.add((kind, member.name))
                else:
                    visit(member.type, path)
        elif isinstance(kind, model.Union):
            for arm in kind.arms:
                if arm.type in path:
                    raise arm.node.error(
                        "an alternative that contains its own union by value: put an object or a list between"
                    )
                visit(arm.type, path)
        path.pop()
        finished.add(kind)

    def start(kind: model.Type, seen: Set[model.Type]) -> None:
        if kind in seen:
            return
        seen.add(kind)
        visit(kind, [])
        for child in children(kind):
            start(child, seen)

    seen: Set[model.Type] = set()
    for kind in types:
        start(kind, seen)
    return boxed


def children(kind: model.Type) -> List[model.Type]:
    """The types a type refers to."""
    if isinstance(kind, model.Object):
        return [m.type for m in kind.members] + ([kind.additional] if kind.additional is not None else [])
    if isinstance(kind, model.TupleOf):
        return [m.type for m in kind.members]
    if isinstance(kind, model.Union):
        return [a.type for a in kind.arms]
    if isinstance(kind, model.Array):
        return [kind.item]
    if isinstance(kind, model.Map):
        return [kind.value]
    return [kind.names] if isinstance(kind, model.OpenEnum) else []


def is_public(kind: model.Type) -> bool:
    """A struct of its own, with functions to clear, copy and compare it."""
    if isinstance(kind, model.Union):
        return kind.tag_enum is None and not kind.or_null
    return isinstance(kind, model.Struct) or (isinstance(kind, (model.Array, model.Map)) and kind.named)


def roots_of(protocol: Protocol) -> List[model.Type]:
    return protocol.schemas + [m.type for m in protocol.messages] + [d.union for d in protocol.directions]


def reachable(roots: List[model.Type]) -> List[model.Type]:
    """Every type, those that a type refers to before it (where no recursion is in the way)."""
    result: List[model.Type] = []
    seen: Set[model.Type] = set()

    def visit(kind: model.Type) -> None:
        if kind in seen:
            return
        seen.add(kind)
        for child in children(kind):
            visit(child)
        result.append(kind)

    for kind in roots:
        visit(kind)
    return result


def lay_out(protocol: Protocol) -> Layout:
    roots = roots_of(protocol)
    layout = Layout(protocol.prefix, protocol.bare, boxed=find_boxes(roots))
    for kind in roots:
        layout.define(kind)
    return layout


def _place_of_value(kind: model.Enum, index: int) -> Node:
    """Where a value of an enum stands, from 1."""
    listed = kind.node.value("enum", [])
    text = kind.values[index - 1]
    place = listed.index(text) if text in listed else index - 1
    return Node(kind.node.file, kind.node.tokens + ("enum", str(place)), text)


# ---------------------------------------------------------------------------------------------------- comments


def member_comment(member: model.Member, held: bool = False) -> List[str]:
    """What the header says about a member: its description, then its bounds."""
    says_more = names.snake(member.description) != names.snake(member.name)
    lines = wrap(member.description, _MEMBER_INDENT) if says_more else []
    facts = [fact for fact in member_facts(member) if fact] + (["NULL when absent"] if held else [])
    if facts:
        lines += wrap("; ".join(facts)[0].upper() + "; ".join(facts)[1:] + ".", _MEMBER_INDENT)
    return lines


def member_facts(member: model.Member) -> List[str]:
    facts = list(type_facts(member.type))
    if member.nullable:
        facts.append("may be null")
    if isinstance(member.type, model.Const):
        facts.append(f"on the wire {json_comment(instance.to_json(member.type.value))}")
    default = member.says("default")
    if default is not None:
        facts.append(f"default {json_comment(instance.to_json(default))}")
    if member.says("readOnly"):
        facts.append("set by the server only")
    if member.says("writeOnly"):
        facts.append("never sent back")
    if member.says("deprecated"):
        facts.append("deprecated")
    return facts


def type_facts(kind: model.Type) -> List[str]:
    if isinstance(kind, model.Integer):
        return [_span(*_integer_bounds(kind)), _listed(kind)]
    if isinstance(kind, model.Number):
        return [" and ".join(f"{word} {c_double(bound)}" for word, bound in _number_bounds(kind)), _listed(kind)]
    if isinstance(kind, model.String):
        pattern = f"pattern {pattern_comment(kind.pattern)}" if kind.pattern is not None else ""
        low = kind.min_length or None
        content = {"base64": "Base64", "json": "JSON text", "text": ""}[kind.content]
        return [pattern, _counted(low, kind.max_length, "character"), content]
    if isinstance(kind, (model.Array, model.Map)):
        return [_counted(kind.min_items or None, kind.max_items, "element")]
    return []


def _integer_bounds(kind: model.Integer) -> Tuple[Optional[int], Optional[int]]:
    """The least and the greatest, where these are not the ends of the C type."""
    low = None if kind.minimum == model.INT64[0] else kind.minimum
    return low, None if kind.maximum in (model.INT64[1], model.UINT64_MAX) else kind.maximum


def _number_bounds(kind: model.Number) -> List[Tuple[str, float]]:
    sides = (
        ("above" if kind.exclusive_minimum else "at least", kind.minimum),
        ("below" if kind.exclusive_maximum else "at most", kind.maximum),
    )
    return [(word, bound) for word, bound in sides if bound is not None]


def _listed(kind: model.Type) -> str:
    """Numbers have no enum in C, so nothing else in the header says which there are."""
    listed = kind.node.value("enum", [])
    return "one of " + ", ".join(json_comment(instance.to_json(value)) for value in listed if value is not None) if listed else ""


def _span(low: Optional[int], high: Optional[int]) -> str:
    if low is not None and high is not None:
        return f"{low} to {high}" if low != high else f"exactly {low}"
    if low is not None:
        return f"at least {low}"
    return f"at most {high}" if high is not None else ""


def bounds_text(kind: model.Type) -> str:
    """What a diagnosis expects of a number; '' when the schema has no bounds."""
    assert isinstance(kind, (model.Integer, model.Number))
    if isinstance(kind, model.Integer):
        low, high = _integer_bounds(kind)
        low = None if kind.unsigned and low == 0 else low
        if low is not None and high is not None:
            return f"a number from {low} to {high}"
        sides = [(word, bound) for word, bound in (("at least", low), ("at most", high)) if bound is not None]
    else:
        sides = _number_bounds(kind)
    said = " and ".join(f"{'of ' if word.startswith('at') else ''}{word} {bound}" for word, bound in sides)
    return f"a number {said}" if said else ""


def _counted(low: Optional[int], high: Optional[int], noun: str) -> str:
    span = _span(low, high)
    last = high if high is not None else low
    return f"{span} {noun}{'' if last == 1 else 's'}" if span else ""


def first_words(node: Node, kind: model.Type) -> str:
    """One sentence on an alternative of a union."""
    text = node.text("description") if isinstance(node.data, dict) and "$ref" not in node.data else ""
    text = model.first_sentence(text or kind.description)
    return text if text.endswith(".") or not text else text + "."


def group_text(group: model.Group) -> str:
    """Also the expectation a diagnosis shows."""
    sets = [" and ".join(names_) for names_ in group.sets]
    return ("exactly one of " if group.exactly_one else "at least one of ") + ", ".join(sets)
