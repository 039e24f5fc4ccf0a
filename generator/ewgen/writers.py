"""Stage 3, part four: straight-line encoders, made of the macros of runtime/include/eventwire/writer.h.

Of the types that are read straight (ewgen.readers) those are written straight that do not say x-ew-hot: decode, the others by the table engine
from within.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from ewgen import dispatch, instance, model
from ewgen.layout import UNKNOWN, Layout, MemberNames
from ewgen.readers import Entry, Plan
from ewgen.shape import reader_of
from ewgen.tables import json_type_bits
from ewgen.text import c_string, macro_call, prototype


@dataclass(frozen=True)
class WriterCase:
    """One arm of a union."""

    label: str
    write: str


@dataclass(frozen=True)
class Writer:
    """One function. shape chooses the template macro."""

    shape: str  # object, sparse, array, union
    head: str  # up to the brace
    lines: Tuple[str, ...] = ()  # macro calls
    tag: str = ""  # what says which arm it is
    cases: Tuple[WriterCase, ...] = ()


class WriterBuilder:
    """Builds the functions, with the names that the tables have given."""

    def __init__(
        self,
        layout: Layout,
        plan: Plan,
        types: Dict[model.Type, str],
        rules: Dict[model.Type, Optional[str]],
        escape_html: bool,
    ):
        self.layout = layout
        self.plan = plan
        self.types = types
        self.rules = rules
        self.escape_html = escape_html

    def build(self) -> Tuple[Writer, ...]:
        return tuple(self._writer(kind) for kind in self.plan.written)

    def entries(self) -> Tuple[Entry, ...]:
        return tuple(
            Entry(name, f"write_{kind.stem}", self.layout.c_type(kind) or "")
            for kind, name in self.plan.write_entries.items()
        )

    def _writer(self, kind: model.Type) -> Writer:
        if isinstance(kind, model.Object):
            return self._object(kind)
        if isinstance(kind, model.Array):
            return self._array(kind)
        assert isinstance(kind, model.Union)
        return self._union(kind)

    def _head(self, kind: model.Type, *more: str) -> str:
        parameters = ("ew_writer *w", "char *to") + more + (f"const {self.layout.c_type(kind)} *in",)
        return prototype("static char *", f"write_{kind.stem}", parameters)

    # ---------------------------------------------------------------- objects

    def _object(self, kind: model.Object) -> Writer:
        names = self.layout.member_names(kind)
        sparse = bool(self._presence(kind.members[0], names[0]))
        lines = [
            self._line(kind, member, own, first=not sparse and member is kind.members[0])
            for member, own in zip(kind.members, names)
        ]
        if kind.groups:
            lines.insert(0, self._groups(kind))
        if kind.keeps:
            lines.append(f"EW_PUT_UNKNOWN(&{self.rules[kind]}, in->{UNKNOWN})")
        return Writer("sparse" if sparse else "object", self._head(kind), lines=tuple(lines))

    def _line(self, kind: model.Object, member: model.Member, own: MemberNames, first: bool) -> str:
        key = c_string(self._json(member.name)[1:-1])
        macro = "EW_PUT_FIRST" if first else "EW_PUT"
        if isinstance(member.type, model.Const) and own.presence is None:
            return macro_call(macro + "_CONST", [key, c_string(self._json(member.type.value))], 4)
        arguments = [key]
        presence = self._presence(member, own)
        if presence:
            arguments.append(presence)
        if presence and not (member.required and member.nullable):
            macro += "_OPTIONAL"
        if member.nullable:
            macro += "_NULLABLE"
        return macro_call(macro, arguments + [self._member_value(kind, member, own)], 4)

    def _json(self, value: object) -> str:
        return instance.to_json(value, self.escape_html)

    @staticmethod
    def _presence(member: model.Member, own: MemberNames) -> str:
        if own.presence is not None:
            return f"in->{own.presence}"
        return f"in->{own.value} != NULL" if own.boxed and not member.required else ""

    def _member_value(self, kind: model.Object, member: model.Member, own: MemberNames) -> str:
        text = f"&in->{own.text}" if own.text else "NULL"
        if own.boxed:
            write = self.value(member.type, f"*in->{own.value}", text)
            told = not member.required and not member.nullable
            return write if told else f"in->{own.value} == NULL ? ew_write_refused(w) : {write}"
        if member.sibling is not None:
            tag = self.layout.member_names(kind)[member.sibling].value
            return f"write_{member.type.stem}(w, to, in->{tag}, &in->{own.value})"
        return self.value(member.type, f"in->{own.value}" if own.value else "", text)

    def _groups(self, kind: model.Object) -> str:
        named = {name for group in kind.groups for wanted in group.sets for name in wanted}
        bits: List[str] = []
        for index, (member, own) in enumerate(zip(kind.members, self.layout.member_names(kind))):
            if member.name in named:
                presence = self._presence(member, own)
                bits.append(f"EW_BIT({index}, {presence})" if presence else f"EW_BIT({index}, true)")
        return macro_call("EW_WRITE_GROUPS", [f"&{self.rules[kind]}", " | ".join(bits)], 4)

    # ---------------------------------------------------------------- values

    def value(self, kind: model.Type, source: str, text: str = "NULL") -> str:
        """The expression that writes the value source."""
        if kind in self.plan.written:
            return f"write_{kind.stem}(w, to, {_address(source)})"
        if isinstance(kind, (model.Struct, model.Array, model.Union, model.Map)):
            return f"ew_write_by_table(w, to, {self.types[kind]}, {_address(source)})"
        return self._scalar(kind, source, text)

    def _scalar(self, kind: model.Type, source: str, text: str) -> str:
        rules = self.rules.get(kind)
        named = f"&{rules}" if rules else "NULL"
        if isinstance(kind, model.String):
            address = _address(source)
            return f"ew_write_{_writer_of(kind)}(w, to, {named}, {address})" if rules else f"ew_write_string(w, to, {address})"
        if isinstance(kind, model.Integer):
            return f"ew_write_{'uint' if kind.unsigned else 'int'}(w, to, {named}, {source})"
        if isinstance(kind, model.Number):
            return f"ew_write_double(w, to, {named}, {source})"
        if isinstance(kind, model.Digits):
            return f"ew_write_num(w, to, {_address(source)})"
        if isinstance(kind, (model.Enum, model.OpenEnum)):
            return f"ew_write_enum(w, to, {named}, (int){source}, {text})"
        if isinstance(kind, model.Const):
            return f"ew_write_const(w, to, {named})"
        if isinstance(kind, model.Raw):
            return f"ew_write_raw(w, to, {json_type_bits(kind.types)}, {_address(source)})"
        return "ew_write_null(w, to)" if isinstance(kind, model.Null) else f"ew_write_bool(w, to, {source})"

    # ---------------------------------------------------------------- arrays and unions

    def _array(self, kind: model.Array) -> Writer:
        item_type = self.layout.c_type(kind.item) or ""
        write = self.value(kind.item, "*item")
        bounded = kind.min_items > 0 or kind.max_items is not None
        rules = [f"&{self.rules[kind]}"] if bounded else []
        line = macro_call("EW_WRITE_ARRAY" if bounded else "EW_WRITE_LIST", rules + [item_type, write], 2)
        return Writer("array", self._head(kind), lines=(line,))

    def _union(self, kind: model.Union) -> Writer:
        arms = [arm for arm in kind.arms if not arm.lenient_only]
        if kind.tag_enum is not None:
            tag_type = self.layout.c_type(kind.tag_enum)
            labels = [self.layout.enum_constant(kind.tag_enum, arm.kind) for arm in arms]
            head, tag = self._head(kind, f"{tag_type} tag"), "tag"
        else:
            labels = [self.layout.arm_constant(kind, arm) for arm in arms]
            head, tag = self._head(kind), "in->kind"
        cases = tuple(WriterCase(label, self._arm(arm)) for label, arm in zip(labels, arms))
        return Writer("union", head, tag=tag, cases=cases)

    def _arm(self, arm: model.Arm) -> str:
        stored = self.layout.c_type(arm.type) is not None
        written = self.value(arm.type, f"in->{arm.name}" if stored else "")
        needed = " && ".join(f"in->{arm.name}.{has}" for has in self._told_by(arm))
        return f"{needed} ? {written} : ew_write_refused(w)" if needed else written

    def _told_by(self, arm: model.Arm) -> List[str]:
        """What says that the members are there that tell the arm from others."""
        marks = dispatch.optional_marks(arm)
        if not isinstance(arm.type, model.Object):
            return []
        pairs = zip(arm.type.members, self.layout.member_names(arm.type))
        return [own.presence or "" for member, own in pairs if member.name in marks]


def _writer_of(kind: model.String) -> str:
    """As its reader, where nothing that its pattern lets through needs an escape."""
    same = reader_of(kind) if kind.dfa is not None and kind.dfa.is_plain() else "text"
    return "text" if same in ("base64", "brief_run") else same


def _address(source: str) -> str:
    return source[1:] if source.startswith("*") else f"&{source}"
