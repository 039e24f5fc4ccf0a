"""Stage 3, part three: straight-line decoders of hot types, made of the macros of runtime/include/eventwire/reader.h.

Hot are the types that a message with x-ew-hot reaches, up to schemas that say x-ew-hot: false, or decode: those are only read straight. What the macros cannot say (maps, recursion, bounds on the number of
members) is read by the table engine from within.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Container, Dict, List, Optional, Set, Tuple

from ewgen import dispatch, model
from ewgen.document import Protocol
from ewgen.form import only_text
from ewgen.instance import to_json
from ewgen.layout import Layout, MemberNames, children, reachable
from ewgen.shape import reader_of, segments_of
from ewgen.streams import Stream
from ewgen.tables import c_byte, is_by_tag, is_plain, is_plain_text, json_type_bits, required_bits, way_of
from ewgen.text import c_string, macro_call, prototype


@dataclass(frozen=True)
class ReaderLine:
    """One member of an object, as one macro call."""

    macro: str
    text: str  # the whole call
    read: str  # its last argument


@dataclass(frozen=True)
class ReaderCase:
    """One arm of a union."""

    label: str
    kind: Optional[str]  # what the kind is set to
    read: str


@dataclass(frozen=True)
class Reader:
    """One function. shape chooses the template macro."""

    shape: str  # object, array, list, union, only, guess, sibling
    name: str
    head: str  # up to the brace
    rules: str = ""
    first_key: str = ""
    lines: Tuple[ReaderLine, ...] = ()
    clears: str = ""  # how much of the struct nobody has cleared before
    late: str = ""  # how the member that waits for its tag is read
    complete: str = ""  # whether what is required was there
    keeps: bool = False  # members that the schema does not name
    text: str = ""  # of an array or a list: the whole macro call
    item: str = ""  # of a list: how an element is read
    item_name: str = ""  # by which function
    cases: Tuple[ReaderCase, ...] = ()
    leads: Tuple[str, ...] = ()  # what stands before the tag of a union, with texts in between
    tags: Tuple[Tuple[str, str], ...] = ()  # label of an arm, its tag
    choice: str = ""  # the number of the arm, where there are no tags
    keys: Tuple[Tuple[str, str], ...] = ()  # of a guessed arm: its label, the key that its object begins with
    rest: str = ""  # the arm of other objects
    guess: str = ""  # of a union with tags: the macro call that reads the arm of all other tags
    unknown: str = ""  # the enum's value 0


@dataclass(frozen=True)
class Entry:
    """What ew_entry_type.read or ew_entry_type.write points to."""

    name: str
    calls: str
    c_type: str


@dataclass(frozen=True)
class Plan:
    """Which types are read and written straight; made before the tables, since those export what the functions use."""

    straight: Tuple[model.Type, ...]  # read straight; children first
    long: Set[model.Type]  # arrays of them that are worth a loop of their own
    written: Tuple[model.Type, ...]  # those of them that are written straight
    entries: Dict[model.Type, str]
    write_entries: Dict[model.Type, str]
    exported_rules: Set[model.Type]
    exported_types: Set[model.Type]


_COMPOUND = (model.Object, model.Array, model.Union)
_BY_TABLE = (model.Map, model.TupleOf)

# Constants that are compared where they are read.
_LONGEST_LITERAL = 32

# EW_WRITE_DEPTH: straight-line encoders do not look at the depth.
_MAX_HEIGHT = 64


def plan_readers(protocol: Protocol, layout: Layout, streams: List[Stream]) -> Plan:
    messages = [m.type for m in protocol.messages if m.hot] + [d.union for d in protocol.directions if d.hot]
    items = [s.array.item for s in streams if s.message.hot]
    max_height = min(_MAX_HEIGHT, protocol.limits["maxDepth"] or _MAX_HEIGHT)
    straight = _straight_types(messages + items, max_height)
    again = _straight_types(messages + items, max_height, to_write=True)
    written = [kind for kind in straight if kind in again]
    entries, write_entries = (
        {kind: f"ew__{protocol.prefix}_{verb}_{kind.stem}" for kind in kinds if kind in of}
        for verb, kinds, of in (("read", messages + items, straight), ("write", messages, written))
    )
    rules, types = (of_read | of_write for of_read, of_write in zip(_exports(straight), _exports(written)))
    long: Set[model.Type] = {s.array for s in streams}
    return Plan(tuple(straight), long, tuple(written), entries, write_entries, rules, types)


def _straight_types(entry_types: List[model.Type], max_height: int, to_write: bool = False) -> List[model.Type]:
    """Compound types with functions of their own. What is only reached through a type read by table is not hot."""
    found: List[model.Type] = []

    def visit(kind: model.Type) -> None:
        if kind in found or not _is_straight(kind) or _height(kind) > max_height:
            return
        if to_write and kind.node.value("x-ew-hot") == "decode":
            return
        for child in children(kind):
            visit(child)
        found.append(kind)

    for kind in entry_types:
        if _is_of_direction(kind) and isinstance(kind, model.Union) and not kind.is_hard:
            found.append(kind)
        else:
            visit(kind)
    # Direction unions come last: their arms that are not hot are read by table.
    return sorted(found, key=_is_of_direction)


def _is_of_direction(kind: model.Type) -> bool:
    return isinstance(kind, model.Union) and kind.of_direction


def _height(kind: model.Type) -> int:
    """How many arrays and objects stand inside one another at most, as far as they are straight."""
    if not _is_straight(kind):
        return 0
    own = 0 if isinstance(kind, model.Union) else 1
    return own + max((_height(child) for child in children(kind)), default=0)


def _is_straight(kind: model.Type) -> bool:
    if not isinstance(kind, _COMPOUND) or _is_recursive(kind) or not kind.node.value("x-ew-hot", True):
        return False
    if any(isinstance(part, model.Union) and part.trial for part in reachable([kind])):
        return False  # the table engine counts the work of all trials in a message
    if isinstance(kind, model.Union) and kind.is_hard:
        return False
    if isinstance(kind, model.Array) and isinstance(kind.item, model.Object):
        return _is_straight(kind.item)
    if not isinstance(kind, model.Object):
        return True
    siblings = sum(m.sibling is not None for m in kind.members)
    return is_plain(kind) and siblings <= (0 if kind.keeps else 1)


def may_guess(kind: model.Union) -> bool:
    """
    An object that is told by members it has not can be read first: it steps over such a member as one it does not know.
    """
    arms = [arm for arm in kind.arms if not arm.lenient_only and arm.condition.types & model.OBJECT]
    probes = [path[0] for path in dispatch.probes([arm.condition for arm in kind.arms])]
    by_absence = any(arm.condition.absent or not arm.condition.present for arm in arms)
    return bool(probes) and by_absence and all(_shows_absence(arm, probes) for arm in arms)


def _shows_absence(arm: model.Arm, probes: List[str]) -> bool:
    kind, condition = arm.type, arm.condition
    if not isinstance(kind, model.Object) or condition.tag or condition.marks or not is_plain(kind):
        return False
    one_by_one = all(m.sibling is None for m in kind.members)
    required = {m.name for m in kind.members if m.required}
    others = [name for name in probes if name not in condition.present]
    return one_by_one and required.issuperset(condition.present) and not any(kind.member(name) for name in others)


def tag_leads(kind: model.Union) -> Tuple[str, ...]:
    """What all objects with a tag begin with, up to its text; between two parts stands the text of some string."""
    probes = dispatch.probes([a.condition for a in kind.arms])
    if not is_by_tag(kind, probes):
        return ()
    leads = {_lead_of(arm.type, arm.condition.tag[0]) for arm in kind.arms if arm.condition.tag}
    return leads.pop() if len(leads) == 1 else ()


def _lead_of(kind: model.Type, tag: str) -> Tuple[str, ...]:
    """The same of one object as its server writes it; () where something else than a string stands before the tag."""
    parts, text = [], "{"
    for member in kind.members if isinstance(kind, model.Object) else ():
        text += to_json(member.name) + ':"'
        if member.name == tag:
            return tuple(parts + [text])
        if isinstance(member.type, model.Const) and isinstance(member.type.value, str):
            text += to_json(member.type.value)[1:] + ","
        elif isinstance(member.type, model.String) and member.required and not member.nullable:
            parts.append(text)
            text = '",'
        else:
            return ()
    return ()


def _guesses(kind: model.Union) -> Tuple[Tuple[Tuple[str, str], ...], str]:
    """Which arms are guessed by the first key of an object, and which one is when no key fits."""
    arms = {str(i): a for i, a in enumerate(kind.arms) if isinstance(a.type, model.Object) and not a.lenient_only}
    rest = next((label for label, arm in arms.items() if not arm.condition.present), "-1")
    first_keys = {label: to_json(arm.type.members[0].name)[1:-1] for label, arm in arms.items() if label != rest}
    return tuple((label, c_string(key)) for label, key in first_keys.items()), rest


def _rest_of_tags(kind: model.Union) -> Optional[Tuple[model.Arm, int]]:
    """The arm of the tags that no other arm has, and which of its members the tag is, not the first; its list has none of theirs."""
    rest = [arm for arm in kind.arms if not arm.condition.tag and not arm.lenient_only]
    others = [arm.condition.tag for arm in kind.arms if arm.condition.tag]
    owner = rest[0].type if len(rest) == 1 else None
    if not isinstance(owner, model.Object) or not owner.members:
        return None
    (tag,) = {name for name, _ in others}
    index = next((i for i, m in enumerate(owner.members) if m.name == tag), 0)
    listed = owner.members[index].type
    if index == 0 or not isinstance(listed, model.OpenEnum):
        return None
    texts = set(listed.names.values) | {text for text, _, _ in listed.names.aliases}
    return None if texts & {text for _, text in others} else (rest[0], index)


def _first_bytes(kind: model.Union) -> Tuple[Tuple[str, str], ...]:
    """Arms, by their numbers, that are the only ones which take an object, an array or a string, with its first byte."""
    found = []
    for types, first in ((model.STRING, '"'), (model.OBJECT, "{"), (model.ARRAY, "[")):
        arms = enumerate(kind.arms)
        takers = [(str(i), arm) for i, arm in arms if arm.condition.types & types and not arm.lenient_only]
        if len(takers) == 1 and _is_only_arm(takers[0][1]):
            found.append((takers[0][0], first))
    return tuple(found)


def _is_recursive(kind: model.Type) -> bool:
    seen: Set[model.Type] = set()
    stack = list(children(kind))
    while stack:
        child = stack.pop()
        if child is kind:
            return True
        if child not in seen:
            seen.add(child)
            stack.extend(children(child))
    return False


def _exports(straight: List[model.Type]) -> Tuple[Set[model.Type], Set[model.Type]]:
    """Types whose rules, and types whose tables, the readers name."""
    rules: Set[model.Type] = set()
    tables: Set[model.Type] = set()
    for kind in straight:
        if not (isinstance(kind, model.Union) and kind.tag_enum is not None):
            rules.add(kind)
        for child in children(kind):
            if isinstance(child, _COMPOUND + _BY_TABLE):
                if child not in straight:
                    tables.add(child)
            else:
                rules.add(child)
    return rules, tables


def _with_end(lines: Tuple[ReaderLine, ...]) -> Tuple[ReaderLine, ...]:
    """An object whose last members are all optional mostly ends before them: asked once, not once a member."""
    first = len(lines)
    while first > 1 and lines[first - 1].macro.startswith("EW_OPTIONAL"):
        first -= 1
    if len(lines) - first < 2:
        return lines
    return lines[:first] + (ReaderLine("EW_MAY_END", "EW_MAY_END", ""),) + lines[first:]


def _unclear(plan: Plan, layout: Layout) -> Set[model.Type]:
    """Types of values that do not stand in a struct which is cleared as a whole."""
    found = set(plan.entries)
    for kind in plan.straight:
        if isinstance(kind, model.Array):
            found.add(kind.item)
        elif isinstance(kind, model.Object):
            names = layout.member_names(kind)
            found |= {m.type for own, m in zip(names, kind.members) if own.boxed}
    for kind in reversed(plan.straight):  # parents first
        if isinstance(kind, model.Union) and kind in found:
            found |= {arm.type for arm in kind.arms}
        elif isinstance(kind, model.Object) and kind in found and _ends_in_union(layout, kind):
            found.add(kind.members[-1].type)
    return found


def _ends_in_union(layout: Layout, kind: model.Object) -> bool:
    """The last thing in the struct is a union that is always there, whose arms clear no more than they are."""
    member, own = kind.members[-1], layout.member_names(kind)[-1]
    always = member.required and not member.nullable and own.presence is None and not own.boxed
    return isinstance(member.type, model.Union) and always and not kind.keeps


def _complete(kind: model.Object, rules: str) -> str:
    """What is asked once the members are read."""
    order = [m.name for m in kind.members]
    asked = [f"EW_HAS(0x{required_bits(kind):x}u)"]
    for group in kind.groups:
        names = [name for wanted in group.sets for name in wanted]
        if len(names) != len(group.sets) or len(set(names)) != len(names):
            return f"EW_HAS_ALL({rules})"
        bits = sum(1 << order.index(name) for name in names)
        asked.append(f"EW_HAS_{'ONE' if group.exactly_one else 'ANY'}(0x{bits:x}u)")
    return " && ".join(asked)


def _is_only_arm(arm: model.Arm) -> bool:
    """What the arm itself does not refuse is one of its values."""
    return not arm.lenient_only and arm.condition == model.Condition(arm.condition.types)


def _opening(kind: model.Type) -> str:
    """The byte that all values begin with but null, or 0."""
    if isinstance(kind, (model.String, model.Enum, model.OpenEnum)):
        return "'\"'"
    if isinstance(kind, (model.Object, model.Map)):
        return "'{'"
    return "'['" if isinstance(kind, (model.Array, model.TupleOf)) else "0"


def _address(own: MemberNames) -> str:
    if own.value is None:
        return ""
    return f"out->{own.value}" if own.boxed else f"&out->{own.value}"


class ReaderBuilder:
    """Builds the functions, with the names that the tables have given."""

    def __init__(
        self,
        layout: Layout,
        plan: Plan,
        types: Dict[model.Type, str],
        rules: Dict[model.Type, Optional[str]],
        usual: Container[str],
    ):
        self.layout = layout
        self.plan = plan
        self.types = types
        self.rules = rules
        self.usual = usual
        self.unclear = _unclear(plan, layout)

    def build(self) -> Tuple[Reader, ...]:
        return tuple(self._reader(kind) for kind in self.plan.straight if not self._is_runs(kind))

    def entries(self) -> Tuple[Entry, ...]:
        return tuple(
            Entry(name, f"read_{kind.stem}", self.layout.c_type(kind) or "") for kind, name in self.plan.entries.items()
        )

    def _reader(self, kind: model.Type) -> Reader:
        if isinstance(kind, model.Object):
            return self._object(kind)
        if isinstance(kind, model.Array):
            return self._array(kind)
        assert isinstance(kind, model.Union)
        return self._union(kind) if kind.tag_enum is None else self._sibling(kind)

    def _base(self, kind: model.Type, shape: str, *more: str) -> Dict[str, str]:
        rules = self.rules.get(kind)
        name = f"read_{kind.stem}"
        parameters = ("ew_reader *r", "const char *p") + more + (f"{self.layout.c_type(kind)} *out",)
        own = "EW_NOINLINE " if shape == "array" else ""  # a loop has registers of its own
        head = prototype(f"static {own}const char *", name, parameters)
        return {"shape": shape, "name": name, "head": head, "rules": f"&{rules}" if rules else "NULL"}

    # ---------------------------------------------------------------- objects

    def _object(self, kind: model.Object) -> Reader:
        lines = tuple(self._line(kind, index) for index in range(len(kind.members)))
        late = next((l.read for l in lines if l.macro.startswith("EW_SIBLING")), "")
        base = self._base(kind, "object")
        return Reader(
            **base,
            first_key=c_string(to_json(kind.members[0].name)[1:-1]),
            lines=_with_end(lines),
            late=late,
            clears=self._clears(kind),
            complete=_complete(kind, base["rules"]),
            keeps=kind.keeps,
        )

    def _clears(self, kind: model.Object) -> str:
        if kind not in self.unclear:
            return ""
        if not _ends_in_union(self.layout, kind):
            return "sizeof(*out)"
        return f"offsetof({self.layout.c_type(kind)}, {self.layout.member_names(kind)[-1].value})"

    def _line(self, kind: model.Object, index: int) -> ReaderLine:
        member = kind.members[index]
        own = self.layout.member_names(kind)[index]
        arguments = [str(index), c_string(to_json(member.name)[1:-1])]
        macro = "EW_REQUIRED" if member.required else "EW_OPTIONAL"
        if member.sibling is not None:
            macro = "EW_SIBLING" if member.required else "EW_SIBLING_OPTIONAL"
            arguments.append(str(member.sibling))
        elif member.nullable:
            macro += "_NULLABLE"
        if own.presence is not None:
            arguments.append(f"out->{own.presence}")
        if member.nullable and member.sibling is None:
            arguments.append(_opening(member.type))
        if own.boxed:
            macro += "_POINTER"
            arguments += [f"out->{own.value}", self.layout.c_type(member.type) or ""]
        text = f"&out->{own.text}" if own.text else ""
        tag = f"out->{self.layout.member_names(kind)[member.sibling].value}" if member.sibling is not None else ""
        read = self.read(member.type, _address(own), text, tag)
        return ReaderLine(macro, macro_call(macro, arguments + [read], 4), read)

    def read(self, kind: model.Type, target: str, text: str = "", tag: str = "") -> str:
        """The expression that reads one value into target."""
        if self._is_runs(kind):
            assert isinstance(kind, model.Array)
            return f"ew_read_runs(r, p, &{self.rules[kind]}, &{self.rules[kind.item]}, {target})"
        if isinstance(kind, _COMPOUND) and kind in self.plan.straight:
            middle = f"{tag}, " if tag else ""
            return f"read_{kind.stem}(r, p, {middle}{target})"
        if isinstance(kind, _COMPOUND + _BY_TABLE):
            return f"ew_read_by_table(r, p, {self.types[kind]}, {target})"
        return self._read_scalar(kind, target, text)

    def _read_scalar(self, kind: model.Type, target: str, text: str) -> str:
        rules = self.rules.get(kind)
        named = f"&{rules}" if rules else "NULL"
        if isinstance(kind, model.String):
            return self._read_text(kind, named, target) if rules else f"ew_read_string(r, p, {target})"
        if isinstance(kind, model.Integer):
            return f"ew_read_{'uint' if kind.unsigned else 'int'}(r, p, {named}, {target})"
        if isinstance(kind, model.Number):
            return f"ew_read_double(r, p, {named}, {target})"
        if isinstance(kind, model.Digits):
            return f"ew_read_num(r, p, {target})"
        if isinstance(kind, model.Enum):
            return f"ew_read_enum(r, p, {named}, (int *){target})"
        if isinstance(kind, model.OpenEnum):
            return f"ew_read_open_enum(r, p, {named}, (int *){target}, {text})"
        if isinstance(kind, model.Const):
            return self._read_const(kind, named)
        if isinstance(kind, model.Raw):
            return f"ew_read_raw(r, p, {json_type_bits(kind.types)}, {target})"
        return "ew_read_null(r, p)" if isinstance(kind, model.Null) else f"ew_read_bool(r, p, {target})"

    def _read_text(self, kind: model.String, rules: str, target: str) -> str:
        text = only_text(kind.dfa) if kind.dfa is not None and not kind.check_content else None
        bounded = kind.min_length != 0 or kind.max_length is not None
        if text is not None and not bounded and is_plain_text(text) and len(text) <= _LONGEST_LITERAL:
            return f"ew_read_same(r, p, {c_string(to_json(text))}, {rules}, {target})"
        way = way_of(kind, self.usual)
        steps = kind.dfa if way == "automaton" and kind.max_length is None else None
        before = segments_of(steps) if steps is not None else None
        if before is not None:
            return f"ew_read_segments(r, p, {c_byte(before)}, {rules}, {target})"
        return f"ew_read_{reader_of(kind) if way is None else way}(r, p, {rules}, {target})"

    def _read_const(self, kind: model.Const, rules: str) -> str:
        text = to_json(kind.value)
        if not isinstance(kind.value, str) or len(text) > _LONGEST_LITERAL:
            return f"ew_read_const(r, p, {rules})"
        return f"ew_read_literal(r, p, {c_string(text)}, {rules})"

    # ---------------------------------------------------------------- arrays and unions

    def _is_runs(self, kind: model.Type) -> bool:
        """An array that one function of the core reads."""
        simple = isinstance(kind, model.Array) and isinstance(kind.item, model.String)
        return simple and kind not in self.plan.entries and reader_of(kind.item) == "run"

    def _array(self, kind: model.Array) -> Reader:
        item_type = self.layout.c_type(kind.item) or ""
        if kind in self.plan.long:
            base = self._base(kind, "array")
            read = self.read(kind.item, "item")
            return Reader(**base, text=macro_call("EW_ARRAY", [base["rules"], item_type, read], 2))
        base, item_name = self._base(kind, "list"), f"item_of_{kind.stem}"
        text = macro_call("EW_LIST", [base["rules"], item_type, item_name], 2)
        return Reader(**base, text=text, item=self.read(kind.item, "item"), item_name=item_name)

    def _union(self, kind: model.Union) -> Reader:
        cases = tuple(
            ReaderCase(str(index), self.layout.arm_constant(kind, arm), self._read_arm(arm))
            for index, arm in enumerate(kind.arms)
            if not arm.lenient_only
        )
        if len(kind.arms) == 1 and _is_only_arm(kind.arms[0]):
            return Reader(**self._base(kind, "only"), cases=cases)
        if may_guess(kind):
            keys, rest = _guesses(kind)
            return Reader(**self._base(kind, "guess"), cases=cases, keys=keys, rest=rest)
        leads = tag_leads(kind)
        tags = tuple((str(i), c_string(a.condition.tag[1])) for i, a in enumerate(kind.arms) if leads and a.condition.tag)
        base = self._base(kind, "union")
        choice = f"ew_choose_arm(r, p, {base['rules']})"
        for label, first in () if kind.of_direction else reversed(_first_bytes(kind)):
            choice = f"EW_BY_BYTE('{first}', {label}, {choice})"
        guess = self._guess_rest(kind, cases, base["rules"]) if leads else ""
        leads = tuple(map(c_string, leads))
        return Reader(**base, cases=cases, leads=leads, tags=tags, choice=choice, guess=guess)

    def _guess_rest(self, kind: model.Union, cases: Tuple[ReaderCase, ...], rules: str) -> str:
        """The arm of all other tags, where its objects begin with another key and it knows its own tags by name."""
        found = _rest_of_tags(kind)
        if found is None or found[0].type not in self.plan.straight:
            return ""
        arm, index = found
        case = next(c for c in cases if c.label == str(kind.arms.index(arm)))
        own = self.layout.member_names(arm.type)[index].value
        names = arm.type.members[index].type.names  # type: ignore[union-attr]
        sure = f"out->{arm.name}.{own} != {self.layout.enum_constant(names, 0)}"
        first_key = c_string(to_json(arm.type.members[0].name)[1:-1])  # type: ignore[union-attr]
        return macro_call("EW_TAG_REST", [rules, case.label, first_key, case.kind or "", case.read, sure], 2)

    def _sibling(self, kind: model.Union) -> Reader:
        assert kind.tag_enum is not None
        cases = tuple(
            ReaderCase(self.layout.enum_constant(kind.tag_enum, arm.kind), None, self._read_arm(arm))
            for arm in kind.arms
        )
        base = self._base(kind, "sibling", f"{self.layout.c_type(kind.tag_enum)} tag")
        return Reader(**base, cases=cases, unknown=self.layout.enum_constant(kind.tag_enum, 0))

    def _read_arm(self, arm: model.Arm) -> str:
        stored = self.layout.c_type(arm.type) is not None
        return self.read(arm.type, f"&out->{arm.name}" if stored else "")
