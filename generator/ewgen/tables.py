"""Stage 3, part two: the schemas as constant data, one definition per ew_type and per set of rules.

A type whose own rules differ in the lenient reading gets a twin with the same layout.
"""

from __future__ import annotations

from typing import Any, Callable, Container, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

from ewgen import dispatch, instance, model, names
from ewgen.definitions import (
    ALONE,
    ENTRY,
    NAMED,
    AliasTable,
    ArmRow,
    ArmTable,
    BothTable,
    Definition,
    EnumTexts,
    GapTable,
    GroupRow,
    GroupTable,
    MarkRow,
    MarkTable,
    MemberRow,
    MemberTable,
    PatternTable,
    PlaceRow,
    PlaceTable,
    Rules,
    ShapeTable,
    SlotTable,
    Tables,
    TypeTable,
)
from ewgen.document import Protocol
from ewgen.form import Form, form_of
from ewgen.keyindex import find_index
from ewgen.layout import UNKNOWN, Layout, bounds_text, children, group_text, is_public, reachable, roots_of
from ewgen.likely import likely_members, usual_runs
from ewgen.load import Node, format_pointer
from ewgen.regex import ESCAPED_BYTES, DenseDfa, Dfa, among_utf8, dense
from ewgen.shape import BLOCK, HEAD, Gap, Shape, gaps_of, says_all, shape_of
from ewgen.streams import find_streams
from ewgen.text import c_bool, c_double, c_int, c_string

_JSON_TYPE_NAMES = (
    (model.NULL, "EW_JSON_NULL"),
    (model.BOOL, "EW_JSON_BOOL"),
    (model.NUMBER, "EW_JSON_NUMBER"),
    (model.STRING, "EW_JSON_STRING"),
    (model.ARRAY, "EW_JSON_ARRAY"),
    (model.OBJECT, "EW_JSON_OBJECT"),
)

# The length of a name is one byte in the table; where that is not enough, its end is looked for.
MAX_NAME_WITH_NUL = 254

# Where nearly all schemas stand; a pointer that begins with / starts there.
_SCHEMAS = "#/components/schemas"

_SCALARS = (model.Bool, model.Integer, model.Number, model.Digits, model.String, model.Const, model.Null, model.Raw)


# -------------------------------------------------------------------------------------------------- two readings


def differing(pairs: Dict[model.Type, model.Type]) -> Set[model.Type]:
    """Strict types whose lenient reading has other rules of its own. The engine finds those of the types it refers to."""
    return {kind for kind, twin in pairs.items() if _own_rules(kind) != _own_rules(twin)}


def _own_rules(kind: model.Type) -> Tuple[Any, ...]:
    """What a type itself accepts, without the types it refers to."""
    if isinstance(kind, model.String):
        return (kind.min_length, kind.max_length, kind.pattern, kind.content, kind.check_content, kind.format)
    if isinstance(kind, model.Integer):
        return (kind.minimum, kind.maximum, kind.literal)
    if isinstance(kind, model.Number):
        return (kind.minimum, kind.maximum, kind.exclusive_minimum, kind.exclusive_maximum)
    if isinstance(kind, model.Enum):
        return (kind.values, kind.aliases)
    if isinstance(kind, model.OpenEnum):
        return _own_rules(kind.names)
    if isinstance(kind, model.Object):
        members = tuple((m.name, m.required, m.nullable) for m in kind.members)
        return (members, kind.min_members, kind.max_members, kind.closed, kind.additional is not None, kind.keeps)
    if isinstance(kind, model.TupleOf):
        members = tuple((m.name, m.required, m.nullable) for m in kind.members)
        return (members, kind.min_items, kind.max_items, kind.closed)
    if isinstance(kind, (model.Array, model.Map)):
        return (kind.min_items, kind.max_items)
    return tuple(a.condition for a in kind.arms) if isinstance(kind, model.Union) else ()


def is_plain(kind: model.Object) -> bool:
    """Its members can be read one by one, keys compared as they stand, and nothing more is asked of the object."""
    plain_keys = all(instance.to_json(m.name) == f'"{m.name}"' for m in kind.members)
    bounded = kind.min_members > 0 or kind.max_members is not None or kind.asks_of_others()
    return bool(kind.members) and plain_keys and not bounded


# ------------------------------------------------------------------------------------------------------ tables


class TableBuilder:
    """Builds the definitions, children before parents."""

    def __init__(
        self,
        protocol: Protocol,
        layout: Layout,
        exported_rules: Set[model.Type],
        exported_types: Set[model.Type],
        straight: Iterable[model.Type] = (),
    ):
        self.protocol = protocol
        self.layout = layout
        self.exported_types = exported_types
        self.exported_keys = {self._rules_key(k) for k in exported_rules}
        self.strict_types = reachable(roots_of(protocol))
        self.pairs = {k: self._lenient_of(k) for k in self.strict_types}
        self.strict_of = {twin: kind for kind, twin in self.pairs.items()}
        self.different = differing(self.pairs)
        self.referenced = self._referenced()
        self.bases = self._shared_bases()
        self.definitions: List[Definition] = []
        self.symbols: Dict[str, Any] = {}
        self.shared: Dict[Tuple[Any, ...], str] = {}
        self.type_names: Dict[model.Type, str] = {}
        self.inside: Set[model.Type] = set()
        self.twin_rules: Dict[model.Type, Tuple[Optional[Tuple[str, str]], ...]] = {}
        self.rule_names: Dict[model.Type, Optional[str]] = {}
        self.readers: Dict[model.Type, str] = {}
        self.writers: Dict[model.Type, str] = {}
        self.emitted: Set[str] = set()
        self.told: Dict[model.Type, List[str]] = {}
        self.straight = frozenset(straight)  # read by functions of their own
        self.likely = likely_members(protocol.messages)
        self.usual = usual_runs(protocol.messages)

    def build(self, readers: Dict[model.Type, str], writers: Dict[model.Type, str]) -> Tables:
        self.readers = readers
        self.writers = writers
        self.inside = self._inside()
        for kind in self.strict_types:
            self._name_type(kind)
        for kind in self.strict_types:
            if self._is_boxed(kind):
                self._add_box(kind)
        for kind in self.strict_types:
            self._add_types(kind)
        strict = {k: self._ref(k) for k in self.strict_types}
        owners = {k: (self._head(k), self.type_names[k]) for k in self.strict_types}
        return Tables(tuple(self.definitions), strict, owners, dict(self.rule_names), self.told)

    def _wholes(self) -> Set[model.Type]:
        """What texts are read as: messages, and the elements of those that are lists."""
        found = {m.type for m in self.protocol.messages} | {d.union for d in self.protocol.directions}
        lists = [k for k in found if isinstance(k, model.Array)]
        lists += [s.array for s in find_streams(self.protocol)]
        return found | {k.item for k in lists}

    def _inside(self) -> Set[model.Type]:
        """Types without a name that stand in a member of an object, and the way to them is what the codec says it is."""
        kinds = self.strict_types
        found = {k for k in kinds if not is_public(k) and not k.named} - self._wholes()
        while True:
            wrong = {child for kind in kinds for child, step in self._steps(kind) if not self._leads(found, kind, step, child)}
            if not found & wrong:
                return found
            found -= wrong

    def _leads(self, inside: Set[model.Type], kind: model.Type, step: Optional[str], child: model.Type) -> bool:
        place, below = self._place(kind), self._place(child)
        known = step is not None and (isinstance(kind, model.Object) or kind in inside)
        return known and place.file is below.file and f"{place.pointer}{step}" == below.pointer

    def _steps(self, kind: model.Type) -> Iterator[Tuple[model.Type, Optional[str]]]:
        """What a type refers to, and how that is reached, as diagnoses say it; None: not by them."""
        if isinstance(kind, model.Object):
            yield from ((m.type, "/properties" + format_pointer((m.name,))) for m in kind.members)
            yield from ((k, None) for k in [kind.additional] if k is not None)
        elif isinstance(kind, model.Array):
            yield kind.item, "/items"
        elif isinstance(kind, model.Map):
            yield kind.value, "/additionalProperties"
        elif isinstance(kind, model.Union) and kind not in self.different and not kind.is_hard:
            keyword = self._union_keyword(kind)
            yield from ((a.type, "" if kind.or_null else f"{keyword}/{i}") for i, a in enumerate(kind.arms))
        else:
            yield from ((child, None) for child in children(kind))

    def _lenient_of(self, kind: model.Type) -> model.Type:
        twin = self.protocol.lenient.types[kind.node.key]
        same_layout = type(twin) is type(kind) and self.layout.c_type(twin) == self.layout.c_type(kind)
        if not same_layout:
            raise kind.node.error("x-ew-lenient changes the type in C: only its rules may change")
        return twin

    def _referenced(self) -> Set[model.Type]:
        """Types that something names. An enum that is only the list of an open one needs no table of its own."""
        found = {k for k in self.strict_types if self._is_exported(k)}
        for kind in self.strict_types:
            if not isinstance(kind, model.OpenEnum):
                found.update(children(kind))
        return found

    def _shared_bases(self) -> Dict[Tuple[Any, ...], str]:
        """Names for rules and patterns that several types share: what they have in common, not the first that came."""
        sharers: Dict[Tuple[Any, ...], List[model.Type]] = {}
        for kind in self.strict_types:
            sharers.setdefault(self._rules_key(kind), []).append(kind)
            if isinstance(kind, model.String) and kind.pattern is not None:
                sharers.setdefault(("pattern", kind.pattern), []).append(kind)
        return {key: _common_name(kinds) for key, kinds in sharers.items() if len(kinds) > 1}

    # ---------------------------------------------------------------- symbols

    def reserve(self, taken: Iterable[str]) -> None:
        """Names that something else at file scope has."""
        for name in taken:
            self.symbols[name] = taken

    def _symbol(self, base: str, owner: Any, exported: bool) -> str:
        """A name nothing else at file scope has."""
        name = self.layout.internal(base) if exported else base
        number = 2
        while self.symbols.setdefault(name, owner) is not owner:
            name = self.layout.internal(f"{base}_{number}") if exported else f"{base}_{number}"
            number += 1
        return name

    def _is_exported(self, kind: model.Type) -> bool:
        return is_public(kind) or kind in self.exported_types

    def _name_type(self, kind: model.Type) -> None:
        if self._is_shareable(kind):
            return self._name_shared_type(kind)
        exported = self._is_exported(kind)
        suffix = "" if exported else "_type"
        self.type_names[kind] = self._symbol(kind.stem + suffix, kind, exported)

    def _is_shareable(self, kind: model.Type) -> bool:
        """A scalar written at its member: the diagnosis takes its place from the member, so equal ones are one table."""
        if isinstance(kind, model.Null):
            return True  # the other arm of its union is what a diagnosis speaks of
        at_member = kind.node.tokens[-2:-1] == ("properties",) and kind in self.inside
        return at_member and kind not in self.exported_types and isinstance(kind, _SCALARS)

    def _shared_key(self, kind: model.Type) -> Tuple[Any, ...]:
        twin = self.pairs[kind] if kind in self.different else None
        return ("type", self._scalar_key(kind), twin and self._scalar_key(twin))

    def _scalar_key(self, kind: model.Type) -> Tuple[Any, ...]:
        if isinstance(kind, (model.Bool, model.Digits, model.Null)):
            return (type(kind).__name__,)
        return ("Raw", kind.types) if isinstance(kind, model.Raw) else self._rules_key(kind)

    def _name_shared_type(self, kind: model.Type) -> None:
        base = _plain_name(kind) or self.bases.get(self._rules_key(kind)) or kind.stem
        key = self._shared_key(kind)
        if key not in self.shared:
            self.shared[key] = self._symbol(base + "_type", key, False)
        self.type_names[kind] = self.shared[key]

    def type_ref(self, kind: model.Type) -> str:
        return self._ref(self.strict_of.get(kind, kind))

    def _ref(self, kind: model.Type) -> str:
        """A pointer to the type, in C."""
        name = self.type_names[kind]
        return name if self._head(kind) == ALONE else f"&{name}[0].type"

    # ---------------------------------------------------------------- types

    def _add_types(self, kind: model.Type) -> None:
        """The type and its twin: first the rules of both, then the twin, to which the type points."""
        if kind not in self.referenced:
            if isinstance(kind, model.Enum):
                self.rule_names[kind] = self._enum(kind, False)
            return
        as_ = self._as(kind, False)
        if as_ is not None:
            self.rule_names[kind] = as_[1][1:] if as_[1].startswith("&") else None
        if self.type_names[kind] in self.emitted:
            return
        self.emitted.add(self.type_names[kind])
        self.twin_rules[kind] = (self._as(self.pairs[kind], True),) if kind in self.different else ()
        self._add_type(kind, (as_,) + self.twin_rules[kind])

    def _add_type(self, kind: model.Type, as_: Tuple[Optional[Tuple[str, str]], ...]) -> None:
        c_type = self.layout.c_type(kind)
        size = f"sizeof({c_type})" if c_type else "0"
        schema = "" if self._head(kind) == ALONE else c_string(self._pointer(kind))
        straight = (self.readers.get(kind, ""), self.writers.get(kind, ""))
        name, exported = self.type_names[kind], self._is_exported(kind)
        self.definitions.append(
            TypeTable("type", name, exported, self._head(kind), self._kind(kind), size, schema, as_, *straight)
        )

    def _head(self, kind: model.Type) -> str:
        if kind in self.readers or kind in self.writers:
            return ENTRY
        return ALONE if self._is_shareable(kind) or kind in self.inside else NAMED

    def _is_boxed(self, kind: model.Type) -> bool:
        return any(o.member(n).type is kind for o, n in self.layout.boxed)  # type: ignore[union-attr]

    def _add_box(self, kind: model.Type) -> None:
        inner = self.layout.c_type(kind)
        as_ = (("boxed", self.type_ref(kind)),)
        self.definitions.append(
            TypeTable("type", self._box_name(kind), False, ALONE, "EW_KIND_BOX", f"sizeof({inner} *)", "", as_)
        )

    def _box_name(self, kind: model.Type) -> str:
        key = ("box", kind)
        if key not in self.shared:
            self.shared[key] = self._symbol(f"{kind.stem}_box_type", key, False)
        return self.shared[key]

    def _pointer(self, kind: model.Type) -> str:
        place = self._place(kind)
        primary = place.file.label == self.protocol.source
        if isinstance(kind, model.Union) and kind.of_direction:
            return "#/operations"
        if not primary:
            return place.file.label.rpartition("/")[2] + place.pointer
        below = place.pointer[len(_SCHEMAS) :]
        return below if place.pointer.startswith(_SCHEMAS + "/") else place.pointer

    @staticmethod
    def _place(kind: model.Type) -> Node:
        node = kind.node
        if isinstance(kind, model.Union) and kind.or_null:
            return Node(node.file, node.tokens[:-1], node.data)  # "null" is the model's, not the document's
        return node

    def _union_keyword(self, kind: model.Union) -> str:
        if kind.of_direction:
            return ""
        if kind.or_null:
            return "/type"
        return "/anyOf" if "anyOf" in kind.node and "oneOf" not in kind.node else "/oneOf"

    @staticmethod
    def _kind(kind: model.Type) -> str:
        if isinstance(kind, model.Integer):
            return "EW_KIND_UINT" if kind.unsigned else "EW_KIND_INT"
        return (
            "EW_KIND_"
            + {
                model.Bool: "BOOL",
                model.Number: "DOUBLE",
                model.Digits: "NUM",
                model.String: "STRING",
                model.Enum: "ENUM",
                model.OpenEnum: "ENUM",
                model.Const: "CONST",
                model.Null: "NULL",
                model.Raw: "RAW",
                model.Object: "OBJECT",
                model.Array: "ARRAY",
                model.TupleOf: "TUPLE",
                model.Map: "MAP",
                model.Union: "UNION",
            }[type(kind)]
        )

    def _as(self, kind: model.Type, lenient: bool) -> Optional[Tuple[str, str]]:
        makers: Dict[type, Tuple[str, Callable[..., Optional[str]]]] = {
            model.String: ("string", self._string),
            model.Number: ("number", self._number),
            model.Enum: ("names", self._enum),
            model.OpenEnum: ("names", self._open_enum),
            model.Const: ("constant", self._const),
            model.Object: ("object", self._object),
            model.Array: ("array", self._array),
            model.Map: ("map", self._map),
            model.TupleOf: ("object", self._tuple),
            model.Union: ("choice", self._union),
        }
        if isinstance(kind, model.Raw):
            return ("raw_types", json_type_bits(kind.types)) if kind.types else None
        if isinstance(kind, model.Integer):
            rules = self._integer(kind, lenient)
            return (("natural" if kind.unsigned else "integer"), "&" + rules) if rules else None
        if type(kind) not in makers:
            return None
        member, make = makers[type(kind)]
        name = make(kind, lenient)
        if isinstance(kind, model.TupleOf):
            return (member, f"&{name}.places")
        inside = ".rules" if isinstance(kind, model.Union) and kind.is_hard else ""
        return (member, f"&{name}{inside}") if name else None

    # ---------------------------------------------------------------- rules of scalars

    def _rules_key(self, kind: model.Type) -> Tuple[Any, ...]:
        """Scalars with equal rules share one definition; everything else has its own."""
        if isinstance(kind, (model.String, model.Integer, model.Number)):
            return (type(kind).__name__,) + _own_rules(kind)
        if isinstance(kind, model.Const):
            return ("Const", type(kind.value).__name__, kind.value)
        return ("own", id(kind))

    def _plain_rules(self, kind: model.Type, lenient: bool, c_type: str, values: Sequence[Tuple[str, str]]) -> str:
        key = self._rules_key(kind)
        if key not in self.shared:
            exported = key in self.exported_keys
            base = self.bases.get(key) or kind.stem + ("_lenient" if lenient else "")
            name = self._symbol(base + "_rules", key, exported)
            self.definitions.append(Rules("rules", name, exported, c_type, tuple(values)))
            self.shared[key] = name
        return self.shared[key]

    def _string(self, kind: model.String, lenient: bool) -> Optional[str]:
        if not kind.has_rules:
            return None
        values = []
        if kind.min_length:
            values.append(("min_length", str(kind.min_length)))
        values.append(("max_length", limit(kind.max_length)))
        if kind.pattern is not None:
            values += self._pattern(kind, lenient)
            if kind.dfa is not None and kind.dfa.is_plain():
                values.append(("plain", "true"))
        if kind.content != "text":
            values.append(("content", "EW_CONTENT_" + kind.content.upper()))
        if kind.check_content:
            values.append(("check_content", "true"))
        if kind.format is not None:
            own = {**dict(values), "content": "EW_CONTENT_FORMAT", "check_content": "true"}
            more = ("format", "&ew_format_" + names.snake(str(kind.format)))
            return self._more_rules(kind, lenient, "ew_format_rules", own.items(), more)
        if way_of(kind, self.usual) == "usual_run":
            usual = self.usual[str(kind.pattern)]
            more = ("usual", "&" + self._shape(usual, kind.stem + "_usual", f"most of {kind.pattern}"))
            return self._more_rules(kind, lenient, "ew_usual_rules", values, more)
        return self._plain_rules(kind, lenient, "ew_string_rules", values)

    def _more_rules(
        self, kind: model.String, lenient: bool, c_type: str, values: Iterable[Tuple[str, str]], more: Tuple[str, str]
    ) -> str:
        """Rules of strings that others are the first part of."""
        rows = [("string." + member, value) for member, value in values] + [more]
        return self._plain_rules(kind, lenient, c_type, rows) + ".string"

    def _pattern(self, kind: model.String, lenient: bool) -> List[Tuple[str, str]]:
        """The shape where the pattern has one, an automaton where the shape does not say all."""
        assert kind.pattern is not None and kind.dfa is not None
        base = self.bases.get(("pattern", kind.pattern)) or kind.stem + ("_lenient" if lenient else "")
        values = []
        shape = shape_of(kind.pattern)
        automaton = kind.dfa if shape is None else shape.rest if shape.kind == "row" else None
        if shape is not None:
            values.append(("shape", "&" + self._shape(shape, base, kind.pattern)))
        if automaton is not None:
            values.append(("pattern", "&" + self._automaton(automaton, base, kind.pattern)))
        values.append(("pattern_text", c_string(kind.pattern)))
        if says_all(shape, kind):
            values.append(("only_shape", "true"))
        return values

    def _automaton(self, dfa: Dfa, base: str, pattern: str) -> str:
        key = ("automaton", dfa)
        if key not in self.shared:
            self.shared[key] = self._symbol(base + "_pattern", key, False)
            self.definitions.append(pattern_table(self.shared[key], pattern, dfa))
        return self.shared[key]

    def _shape(self, shape: Shape, base: str, pattern: str) -> str:
        if shape.kind == "base64":
            return "ew_base64_shape"
        key = ("shape", shape.kind, shape.gaps, shape.low, shape.high, shape.head, shape.places)
        if key not in self.shared:
            self.shared[key] = self._symbol(base + "_shape", key, False)
            self.definitions.append(shape_table(self.shared[key], shape, self._gaps(shape.gaps), pattern))
        return self.shared[key]

    def _gaps(self, gaps: Tuple[Gap, ...]) -> str:
        key = ("gaps", gaps)
        if key not in self.shared:
            self.shared[key] = self._symbol(_gaps_name(gaps), key, False)
            rows = tuple((c_byte(g.first), c_byte((g.first + g.count - 1) % 256)) for g in gaps)
            self.definitions.append(GapTable("gaps", self.shared[key], False, rows))
        return self.shared[key]

    def _integer(self, kind: model.Integer, lenient: bool) -> Optional[str]:
        widest = (0, model.UINT64_MAX) if kind.unsigned else model.INT64
        if (kind.minimum, kind.maximum) == widest and not kind.literal:
            return None
        values = [("minimum", c_int(kind.minimum)), ("maximum", c_int(kind.maximum))]
        if kind.literal:
            values.append(("literal", "true"))
        bounds = bounds_text(kind)
        if bounds:
            values.append(("expected", c_string(bounds)))
        return self._plain_rules(kind, lenient, "ew_uint_rules" if kind.unsigned else "ew_int_rules", values)

    def _number(self, kind: model.Number, lenient: bool) -> Optional[str]:
        if kind.minimum is None and kind.maximum is None:
            return None
        values = [
            ("minimum", "-DBL_MAX" if kind.minimum is None else c_double(kind.minimum)),
            ("maximum", "DBL_MAX" if kind.maximum is None else c_double(kind.maximum)),
        ]
        if kind.exclusive_minimum:
            values.append(("exclusive_minimum", "true"))
        if kind.exclusive_maximum:
            values.append(("exclusive_maximum", "true"))
        values.append(("expected", c_string(bounds_text(kind))))
        return self._plain_rules(kind, lenient, "ew_double_rules", values)

    def _const(self, kind: model.Const, lenient: bool) -> str:
        text = instance.to_json(kind.value)
        plain = kind.value if isinstance(kind.value, str) else text
        values = [
            ("json_type", json_type_bits(model.json_types(kind))),
            ("plain", c_bool(isinstance(kind.value, str) and is_plain_text(plain))),
            ("text", f"EW_TEXT({c_string(plain)})"),
            ("expected", c_string(text)),
        ]
        return self._plain_rules(kind, lenient, "ew_const_rules", values)

    # ---------------------------------------------------------------- enums

    def _enum(self, kind: model.Enum, lenient: bool) -> str:
        strict = self.strict_of.get(kind, kind)
        assert isinstance(strict, model.Enum)
        values = self._enum_values(strict)
        suffix = ""
        if lenient:
            suffix = "_lenient"
            values += self._aliases(kind)
        # The name tables of the public functions use the strict rules.
        name = self._symbol(f"{kind.stem}{suffix}_rules", kind, not lenient)
        self.definitions.append(
            Rules("rules", name, not lenient, "ew_enum_rules", tuple(values))
        )
        return name

    def _aliases(self, kind: model.Enum) -> List[Tuple[str, str]]:
        key = ("aliases", kind)
        if key not in self.shared:
            name = self._symbol(f"{kind.stem}_aliases", key, False)
            rows = tuple((c_string(t), c_bool(n), self.layout.enum_constant(kind, i)) for t, n, i in kind.aliases)
            self.definitions.append(AliasTable("aliases", name, False, rows))
            self.shared[key] = name
        return [("aliases", self.shared[key]), ("alias_count", str(len(kind.aliases)))]

    def _enum_values(self, kind: model.Enum) -> List[Tuple[str, str]]:
        key = ("texts", kind)
        if key not in self.shared:
            name = self._symbol(f"{kind.stem}_texts", key, False)
            if len((_LIST_HEAD + ", ".join(kind.values)).encode("utf-8")) > _MAX_LIST:
                raise kind.node.error(f"an enum whose texts have more than {_MAX_LIST} bytes")
            self.definitions.append(EnumTexts("texts", name, False, tuple(_slices(kind.values))))
            self.shared[key] = name
        plain = not any(byte in ESCAPED_BYTES for value in kind.values for byte in value.encode("utf-8"))
        values = [("texts", self.shared[key]), ("count", str(len(kind.values)))]
        values += [("plain", "true")] if plain else []
        if len(kind.values) > _FEW_TEXTS:
            values += self._slots(kind.stem, kind.values)
        return values + [("expected", c_string(_LIST_HEAD + ", ".join(kind.values)))]

    def _open_enum(self, kind: model.OpenEnum, lenient: bool) -> str:
        strict = self.strict_of.get(kind.names, kind.names)
        assert isinstance(strict, model.Enum)
        values = self._enum_values(strict) + [("open", "true")]
        if lenient:
            values += self._aliases(kind.names)
        exported = self._rules_key(kind) in self.exported_keys
        name = self._symbol(f"{kind.stem}{'_lenient' if lenient else ''}_rules", kind, exported)
        self.definitions.append(Rules("rules", name, exported, "ew_enum_rules", tuple(values)))
        return name

    # ---------------------------------------------------------------- arrays and maps

    def _rules_name(self, kind: model.Type, lenient: bool) -> Tuple[str, bool]:
        own = self.strict_of.get(kind, kind)
        exported = own.stem == kind.stem and self._rules_key(own) in self.exported_keys and not lenient
        return self._symbol(f"{kind.stem}{'_lenient' if lenient else ''}_rules", (kind, lenient), exported), exported

    def _array(self, kind: model.Array, lenient: bool) -> str:
        values = [("item", self.type_ref(kind.item))]
        if kind.min_items:
            values.append(("min_items", str(kind.min_items)))
        values.append(("max_items", limit(kind.max_items)))
        name, exported = self._rules_name(kind, lenient)
        self.definitions.append(Rules("rules", name, exported, "ew_array_rules", tuple(values)))
        return name

    def _map(self, kind: model.Map, lenient: bool) -> str:
        entry = self.layout.entry_name(kind)
        values = [
            ("value", self.type_ref(kind.value)),
            ("entry_size", f"sizeof({entry})"),
            ("value_offset", f"offsetof({entry}, value)"),
        ]
        if kind.min_items:
            values.append(("min_items", str(kind.min_items)))
        values.append(("max_items", limit(kind.max_items)))
        name, exported = self._rules_name(kind, lenient)
        self.definitions.append(Rules("rules", name, exported, "ew_map_rules", tuple(values)))
        return name

    def _tuple(self, kind: model.TupleOf, lenient: bool) -> str:
        required = sum(1 << i for i, m in enumerate(kind.places) if m.required)
        values = [("places.members", self._members(kind)), ("places.member_count", str(len(kind.members)))]
        values += [("places.required", f"0x{required:x}")] if required else []
        values += [("min_items", str(kind.min_items))] if kind.min_items else []
        values.append(("max_items", limit(kind.max_items)))
        if kind.closed:
            keyword = "/additionalItems" if "additionalItems" in kind.node else "/items"
            values += [("places.closed", "true"), ("keyword", c_string(keyword))]
        if kind.has_rest:
            values.append(("has_rest", "true"))
        values.append(("engine", "&ew_tuples"))
        name, exported = self._rules_name(kind, lenient)
        self.definitions.append(Rules("rules", name, exported, "ew_tuple_rules", tuple(values)))
        return name

    # ---------------------------------------------------------------- objects

    def _object(self, kind: model.Object, lenient: bool) -> str:
        values: List[Tuple[str, str]] = []
        index: List[Tuple[str, str]] = []
        if kind.members or kind.keeps:
            values.append(("members", self._members(kind)))
        if kind.members:
            values.append(("member_count", str(len(kind.members))))
            required = required_bits(kind)
            values += [("required", f"0x{required:x}")] if required else []
            index = self._index(kind)
            values += index
        if kind.closed:
            values.append(("closed", "true"))
        if kind.keeps:
            values.append(("keeps", "true"))
        if self._is_read_plainly(kind):
            values.append(("plain", "EW_PLAIN_LIKELY" if index and self._likely(kind) else "EW_PLAIN"))
        name, exported = self._rules_name(kind, lenient)
        more = self._object_more(kind)
        if more:
            values = [("rules." + member, value) for member, value in values + [("more", "true")]] + more
        c_type = "ew_object_more" if more else "ew_object_rules"
        self.definitions.append(Rules("rules", name, exported, c_type, tuple(values)))
        return name + ".rules" if more else name

    def _object_more(self, kind: model.Object) -> List[Tuple[str, str]]:
        """What few objects have; nothing: this one has not."""
        values: List[Tuple[str, str]] = []
        cleared = sum(1 << i for i in self._null_is_absent(kind))
        values += [("null_is_absent", f"0x{cleared:x}")] if cleared else []
        if kind.groups:
            values += [("groups", self._groups(kind)), ("group_count", str(len(kind.groups)))]
        if kind.additional is not None:
            values.append(("additional", self.type_ref(kind.additional)))
        if kind.min_members:
            values.append(("min_members", str(kind.min_members)))
        bounded = values or kind.max_members is not None
        return values + [("max_members", limit(kind.max_members))] if bounded else []

    def _is_read_plainly(self, kind: model.Object) -> bool:
        siblings = any(m.sibling is not None for m in kind.members)
        return is_plain(kind) and not siblings and not kind.keeps and not self._null_is_absent(kind)

    def _null_is_absent(self, kind: model.Object) -> List[int]:
        strict = self.strict_of.get(kind, kind)
        assert isinstance(strict, model.Object)
        pairs = zip(kind.members, strict.members)
        return [i for i, (twin, own) in enumerate(pairs) if twin.nullable and not own.nullable]

    def _members(self, kind: model.Struct) -> str:
        """One table for both readings: what may differ stands in the rules of the object."""
        strict = self.strict_of.get(kind, kind)
        assert isinstance(strict, model.Struct)
        key = ("members", strict)
        if key not in self.shared:
            self.shared[key] = self._symbol(f"{strict.stem}_members", key, False)
            rows = tuple(self._member_row(strict, i, m) for i, m in enumerate(strict.members))
            rows += (self._kept_row(strict),) if strict.keeps else ()
            self.definitions.append(MemberTable("members", self.shared[key], False, rows))
        return self.shared[key]

    def _member_row(self, owner: model.Struct, index: int, member: model.Member) -> MemberRow:
        c_struct = self.layout.c_type(owner)
        own = self.layout.member_names(owner)[index]
        if "\0" in member.name and len(member.name.encode("utf-8")) > MAX_NAME_WITH_NUL:
            raise member.node.error(f"a name with U+0000 in more than {MAX_NAME_WITH_NUL} bytes")
        return MemberRow(
            key=c_string(member.name),
            type=self._box_name(member.type) if own.boxed else self.type_ref(member.type),
            offset=_offset(c_struct, own.value),
            presence_offset=_offset(c_struct, own.presence),
            text_offset=_offset(c_struct, own.text) if own.text else "",
            flags=" | ".join(_flags(member)),
            sibling=member.sibling or 0,
        )

    def _kept_row(self, owner: model.Object) -> MemberRow:
        """Behind the members: where those of other names are kept."""
        place = _offset(self.layout.c_type(owner), UNKNOWN)
        return MemberRow(c_string(""), "&ew_unknown_members", place, "EW_NO_OFFSET", "", "", 0)

    def _index(self, kind: model.Object) -> List[Tuple[str, str]]:
        strict = self.strict_of.get(kind, kind)
        return self._slots(strict.stem, [m.name for m in strict.members], self._likely(kind))  # type: ignore[union-attr]

    def _likely(self, kind: model.Object) -> Tuple[int, ...]:
        """What stands behind the slots of an object that the straight-line engine reads by its table."""
        strict = self.strict_of.get(kind, kind)
        assert isinstance(strict, model.Object)
        by_table = strict not in self.straight and self._is_read_plainly(strict)
        return self.likely.get(strict, ()) if by_table else ()

    def _slots(self, stem: str, names: Sequence[str], behind: Sequence[int] = ()) -> List[Tuple[str, str]]:
        """A perfect hash over names, where there is one."""
        found = find_index(names)
        if found is None:
            return []
        seed, shift, slots = found
        slots = slots + list(behind)
        key = ("slots", tuple(slots))
        if key not in self.shared:
            self.shared[key] = self._symbol(f"{stem}_slots", key, False)
            lines = _number_lines(slots, 24)
            self.definitions.append(SlotTable("slots", self.shared[key], False, lines, len(slots)))
        return [("slots", self.shared[key]), ("shift", str(shift))] + ([("seed", str(seed))] if seed else [])

    def _groups(self, kind: model.Object) -> str:
        strict = self.strict_of.get(kind, kind)
        key = ("groups", strict)
        if key not in self.shared:
            self.shared[key] = self._symbol(f"{kind.stem}_groups", key, False)
            order = [m.name for m in kind.members]
            masks, rows = [], []
            for number, group in enumerate(kind.groups):
                mask_name = self._symbol(f"{kind.stem}_group_{number}", (key, number), False)
                bits = [sum(1 << order.index(n) for n in wanted) for wanted in group.sets]
                masks.append((mask_name, ", ".join(f"0x{b:x}" for b in bits)))
                schema = "/" + "/".join(group.node.tokens[len(kind.node.tokens) :] or group.node.tokens[-1:])
                rows.append(
                    GroupRow(
                        c_bool(group.exactly_one), mask_name, len(bits), c_string(schema), c_string(group_text(group))
                    )
                )
            self.definitions.append(GroupTable("groups", self.shared[key], False, tuple(masks), tuple(rows)))
        return self.shared[key]

    # ---------------------------------------------------------------- unions

    def _union(self, kind: model.Union, lenient: bool) -> str:
        strict = self.strict_of.get(kind, kind)
        assert isinstance(strict, model.Union)
        c_type = self.layout.c_type(strict)
        probes = dispatch.probes([a.condition for a in kind.arms])
        stem = f"{kind.stem}{'_lenient' if lenient else ''}"
        rows = tuple(self._arm_row(strict, a, probes, self._marks(stem, kind, a, lenient, probes)) for a in kind.arms)
        arms = self._symbol(stem + "_arms", ("arms", kind, lenient), False)
        outer = tuple(c_string(path[0]) for path in probes)
        inner = tuple(c_string("".join(path[1:])) for path in probes) if any(len(p) > 1 for p in probes) else ()
        self.definitions.append(ArmTable("arms", arms, False, rows, outer, inner))
        values = [("arms", arms), ("arm_count", str(len(rows)))]
        if probes:
            values += [("probes", arms + "_probes"), ("probe_count", str(len(probes)))]
            if inner:
                values.append(("inner", arms + "_inner"))
        stored = next((a.name for a in strict.arms if self.layout.c_type(a.type) is not None), None)
        if strict.tag_enum is not None:
            values += [("kind_offset", "EW_NO_OFFSET"), ("value_offset", "0")]
        else:
            values.append(("kind_offset", f"offsetof({c_type}, kind)"))
            values.append(("value_offset", f"offsetof({c_type}, {stored})" if stored else "0"))
        values.append(("keyword", c_string(self._union_keyword(kind))))
        values.append(("expected", c_string(union_text(kind))))
        name, exported = self._rules_name(kind, lenient)
        if kind.is_hard:
            values = [("rules." + member, value) for member, value in values + [("hard", "true")]] + self._hard(kind, stem)
        c_type = "ew_hard_union" if kind.is_hard else "ew_union_rules"
        self.definitions.append(Rules("rules", name, exported, c_type, tuple(values)))
        return name

    def _hard(self, kind: model.Union, stem: str) -> List[Tuple[str, str]]:
        """What else a union has whose arms are told by places of arrays, or tried."""
        if not kind.trial:
            places = self._places(kind, stem)
            count = len(dispatch.paths_of([arm.condition for arm in kind.arms]))
            return [("engine", "&ew_unions_by_place"), ("paths", places + "_paths"), ("path_count", str(count)), ("marks", places)]
        values = [("engine", "&ew_unions_by_trial")]
        if kind.arms[-1].default:
            values.append(("last_is_rest", "true"))
        if kind.trial == "one":
            values.append(("both", self._both(kind, stem)))
        return values

    def _both(self, kind: model.Union, stem: str) -> str:
        key = ("both", kind)
        if key not in self.shared:
            self.shared[key] = self._symbol(f"{stem}_both", key, False)
            labels = [arm.label for arm in kind.arms]
            pairs = [(one, other) for i, one in enumerate(labels) for other in labels[i + 1 :]]
            texts = tuple(c_string(f"one alternative alone, not both {one} and {other}") for one, other in pairs)
            self.definitions.append(BothTable("both", self.shared[key], False, texts))
        return self.shared[key]

    def _places(self, kind: model.Union, stem: str) -> str:
        """The table of what must stand where, for each arm."""
        paths = dispatch.paths_of([arm.condition for arm in kind.arms])
        table = self._symbol(f"{stem}_places", ("places", kind), False)
        values: List[Tuple[str, Tuple[str, ...]]] = []
        arms = []
        for arm in kind.arms:
            rows = []
            for place in arm.condition.places:
                name = f"{table}_{arm.name}_{len(values)}" if place.values else ""
                values += [(name, tuple(map(c_string, place.values)))] if place.values else []
                rows.append(PlaceRow(paths.index(place.path), place_types(place.types), name, len(place.values)))
            arms.append((f"{table}_{arm.name}", tuple(rows)))
        rows_of_paths = tuple((str(p[0]), str(p[1]) if len(p) > 1 else "EW_NO_INNER") for p in paths)
        self.definitions.append(PlaceTable("places", table, False, rows_of_paths, tuple(values), tuple(arms)))
        return table

    def _marks(
        self, stem: str, kind: model.Union, arm: model.Arm, lenient: bool, probes: List[Tuple[str, ...]]
    ) -> str:
        """The table of what else must hold for an arm; empty when nothing must."""
        marks = arm.condition.marks
        if not marks:
            return ""
        table = self._symbol(f"{stem}_{arm.name}_marks", ("marks", kind, arm.kind, lenient), False)
        values = [(f"{table}_{i}", tuple(map(c_string, mark.values))) for i, mark in enumerate(marks)]
        rows = tuple(
            MarkRow(probes.index(mark.path), c_bool(mark.is_text), name, len(texts))
            for mark, (name, texts) in zip(marks, values)
        )
        self.definitions.append(MarkTable("marks", table, False, tuple(values), rows))
        return table

    def _arm_type(self, strict: model.Union, arm: model.Arm) -> str:
        """Where an arm is told by members that its type does not require, encoders do: without them nobody could tell which it is."""
        needed = [] if strict.tag_enum is not None else dispatch.optional_marks(_arm_like(strict, arm))
        if not needed:
            return self.type_ref(arm.type)
        own = self.strict_of.get(arm.type, arm.type)
        assert isinstance(own, model.Object)
        key = ("told", own, tuple(needed))
        if key not in self.shared:
            self.shared[key] = self._symbol(f"{own.stem}_told_type", key, False)
            self.told.setdefault(own, []).append(self.shared[key])
            self._add_told(own, self.shared[key], dispatch.requiring(own, needed))
        return f"&{self.shared[key]}[0].type"

    def _add_told(self, own: model.Object, name: str, told: model.Object) -> None:
        self.strict_of[told] = own
        told.stem = f"{own.stem}_told"
        rules = self._object(told, False)
        size, pointer = f"sizeof({self.layout.c_type(own)})", c_string(self._pointer(own))
        as_ = (("object", "&" + rules),) + self.twin_rules[own]
        read = self.readers.get(own, "")
        self.definitions.append(
            TypeTable("type", name, False, self._head(own), "EW_KIND_OBJECT", size, pointer, as_, read)
        )

    def _arm_row(self, strict: model.Union, arm: model.Arm, probes: List[Tuple[str, ...]], marks: str) -> ArmRow:
        condition = arm.condition
        if strict.tag_enum is not None:
            number = self.layout.enum_constant(strict.tag_enum, arm.kind)
        else:
            number = self.layout.arm_constant(strict, _arm_like(strict, arm))
        return ArmRow(
            type=self._arm_type(strict, arm),
            kind=number,
            json_types=json_type_bits(condition.types),
            present=sum(1 << probes.index((n,)) for n in condition.present),
            absent=sum(1 << probes.index((n,)) for n in condition.absent),
            tag_probe=probes.index((condition.tag[0],)) if condition.tag else 255,
            tag=c_string(condition.tag[1]) if condition.tag else None,
            lenient_only=arm.lenient_only,
            marks=marks,
            mark_count=len(condition.marks),
        )


# --------------------------------------------------------------------------------------------------- small parts


def _arm_like(strict: model.Union, arm: model.Arm) -> model.Arm:
    """The arm of the strict reading: without a sibling that is their tag, arms are numbered from 1."""
    return strict.arms[arm.kind - 1]


def is_by_tag(kind: model.Union, probes: Sequence[Tuple[str, ...]]) -> bool:
    """Whether of an object nothing decides but one tag, which a text has as it stands here."""
    conditions = [a.condition for a in kind.arms if a.condition.types & model.OBJECT]
    more = any(c.present or c.absent or c.marks for c in conditions) or any(a.lenient_only for a in kind.arms)
    texts = [p for path in probes for p in path] + [c.tag[1] for c in conditions if c.tag]
    return len(probes) == 1 and len(probes[0]) == 1 and not more and all(map(is_plain_text, texts))


def _plain_name(kind: model.Type) -> str:
    """The name of a scalar type without rules, else ''."""
    if isinstance(kind, model.Raw):
        return {0: "free_value", model.OBJECT: "free_object", model.ARRAY: "free_array"}.get(kind.types, "")
    if isinstance(kind, model.Integer):
        widest = (0, model.UINT64_MAX) if kind.unsigned else model.INT64
        plain = (kind.minimum, kind.maximum) == widest and not kind.literal
        return ("natural" if kind.unsigned else "integer") if plain else ""
    if isinstance(kind, model.String):
        return "" if kind.has_rules else "string"
    if isinstance(kind, model.Number):
        return "number" if kind.minimum is None and kind.maximum is None else ""
    return {model.Bool: "boolean", model.Digits: "digits", model.Null: "null"}.get(type(kind), "")


# Texts of an enum that are compared one by one.
_FEW_TEXTS = 1

# How a diagnosis lists the values of an enum; their texts are parts of that list.
_LIST_HEAD = "one of "
_MAX_LIST = 65535


def _slices(texts: Sequence[str]) -> Iterator[Tuple[int, str]]:
    start = len(_LIST_HEAD)
    for text in texts:
        yield start, c_string(text)
        start += len(text.encode("utf-8")) + len(", ")


def _common_name(kinds: Sequence[model.Type]) -> str:
    """The format all have, Base64, or the member name all have; else the name of the first."""
    formats = {k.node.text("format") for k in kinds}
    if len(formats) == 1 and "" not in formats:
        return names.snake(formats.pop())
    if all(isinstance(k, model.String) and k.content == "base64" for k in kinds):
        return "base64"
    last = {names.snake(k.node.tokens[-1]) for k in kinds if k.node.tokens}
    return last.pop() if len(last) == 1 else kinds[0].stem


def limit(count: Optional[int]) -> str:
    return "EW_NO_LIMIT" if count is None else str(count)


def json_type_bits(bits: int) -> str:
    return " | ".join(name for bit, name in _JSON_TYPE_NAMES if bits & bit) or "0"


def required_bits(kind: model.Object) -> int:
    """Bit i for member i."""
    return sum(1 << i for i, m in enumerate(kind.members) if m.required)


def place_types(bits: int) -> str:
    names_ = [name for bit, name in _JSON_TYPE_NAMES + ((model.NO_ELEMENT, "EW_NO_ELEMENT"),) if bits & bit]
    return " | ".join(names_)


def _offset(c_struct: Optional[str], member: Optional[str]) -> str:
    return "EW_NO_OFFSET" if member is None else f"EW_OFFSET({c_struct}, {member})"


def is_plain_text(text: str) -> bool:
    """JSON has the text as it is."""
    return not any(c in '"\\' or c < " " for c in text)


def _flags(member: model.Member) -> List[str]:
    flags = []
    if member.required:
        flags.append("EW_MEMBER_REQUIRED")
    if member.nullable:
        flags.append("EW_MEMBER_NULLABLE")
    if member.says("deprecated"):
        flags.append("EW_MEMBER_DEPRECATED")
    if not is_plain_text(member.name):
        flags.append("EW_MEMBER_ESCAPED")
    if member.sibling is not None:
        flags.append("EW_MEMBER_SIBLING")
    if isinstance(member.type, model.OpenEnum):
        flags.append("EW_MEMBER_TEXT")
    if isinstance(member.type, model.Array) and member.type.stream:
        flags.append("EW_MEMBER_STREAM")
    return flags


_TYPE_TEXTS = (
    (model.NULL, "null"),
    (model.BOOL, "true or false"),
    (model.NUMBER, "a number"),
    (model.STRING, "a string"),
    (model.ARRAY, "an array"),
    (model.OBJECT, "an object"),
)


def union_text(kind: model.Union) -> str:
    """What a diagnosis says was expected: "an array, or an object with head"."""
    parts: List[str] = []
    for arm in kind.arms:
        if arm.lenient_only:
            continue
        condition = arm.condition
        text = " or ".join(name for bit, name in _TYPE_TEXTS if condition.types & bit)
        if condition.tag is not None:
            text += f' with {condition.tag[0]} "{condition.tag[1]}"'
        elif condition.present:
            text += " with " + " and ".join(condition.present)
        for mark in condition.marks:
            shown = [f'"{value}"' if mark.is_text else value for value in mark.values]
            text += f" with {mark.name} {' or '.join(shown)}"
        if condition.absent:
            text += " without " + " and ".join(condition.absent)
        if condition.places:
            text += " with " + " and ".join(f"{place_text(place)} at {place.name}" for place in condition.places)
        if kind.trial and any(other is not arm and other.condition.types & condition.types for other in kind.arms):
            text += f" that is {arm.label}"
        if text not in parts:
            parts.append(text)
    return ", or ".join(parts)


def place_text(place: model.Place) -> str:
    if place.values:
        return " or ".join(f'"{v}"' if place.types == model.STRING else v for v in place.values)
    types = [name for bit, name in _TYPE_TEXTS if place.types & bit]
    types = ["any value"] if len(types) == len(_TYPE_TEXTS) else types
    return " or ".join(types + (["nothing"] if place.types & model.NO_ELEMENT else []))


def _number_lines(numbers: Sequence[int], per_line: int) -> Tuple[str, ...]:
    rows = [numbers[i : i + per_line] for i in range(0, len(numbers), per_line)]
    return tuple(", ".join(str(n) for n in row) for row in rows)


def c_byte(number: int) -> str:
    """As a character where that says more."""
    return f"'{chr(number)}'" if 0x20 < number < 0x7F and number not in (0x27, 0x5C) else str(number)


def _gaps_name(gaps: Tuple[Gap, ...]) -> str:
    known = {
        gaps_of(frozenset(b"0123456789")) * 2: "beside_digits",
        gaps_of(frozenset(b"0123456789abcdef")): "beside_lower_hex",
        gaps_of(frozenset(b"0123456789abcdef"))[:1]: "between_lower_hex",
        gaps_of(frozenset(b"0123456789abcdefABCDEF")) + gaps_of(frozenset(b"0f"))[-1:]: "beside_hex",
        (Gap(0, 0),): "no_gap",
        (Gap(0, 0),) + gaps_of(frozenset(b"0123456789")): "beside_time",
    }
    return known.get(gaps, "gaps")


def shape_table(name: str, shape: Shape, gaps_name: str, pattern: str) -> ShapeTable:
    values = [("gaps", gaps_name), ("gap_count", str(len(shape.gaps)))]
    places: List[Tuple[str, ...]] = []
    if shape.places:
        values.append(("places", name + "_places"))
        starts = list(range(0, len(shape.places) - BLOCK, BLOCK)) + [len(shape.places) - BLOCK]
        places = [_place_lines(shape, start) for start in starts]
    if shape.head:
        values.append(("head", c_string(shape.head.decode("ascii"))))
        mask = ["255"] * len(shape.head) + ["0"] * (HEAD - len(shape.head))
        values.append(("head_mask", "{" + ", ".join(mask) + "}"))
        values.append(("head_len", str(len(shape.head))))
    if shape.low:
        values.append(("min_len", str(shape.low)))
    if shape.high != shape.low:
        values.append(("more_len", limit(None if shape.high is None else shape.high - shape.low)))
    values.append(("kind", "EW_SHAPE_" + shape.kind.upper()))
    return ShapeTable("shape", name, False, pattern, tuple(places), tuple(values))


def _place_lines(shape: Shape, start: int) -> Tuple[str, ...]:
    block = shape.places[start : start + BLOCK]
    return (", ".join(c_byte(p.first) for p in block), ", ".join(str(p.span) for p in block))


# An automaton takes a byte in a few steps, a form a run in some dozens. More states than this are long runs.
_FEW_STATES = 40


def _is_in_bytes(dfa: Dfa) -> bool:
    return len(dfa.rows) * dfa.class_count <= 256


def _form_of(dfa: Dfa, pattern: str) -> Optional[Form]:
    return None if _is_in_bytes(dfa) and len(dfa.rows) <= _FEW_STATES else form_of(dfa, pattern)


def way_of(kind: model.String, usual: Container[str]) -> Optional[str]:
    """How straight-line code reads a string of which a pattern and the most it may have are all that there is to check.

    None where the pattern is a shape, or where there is no such way. usual: the patterns of which most texts are a run.
    """
    if kind.dfa is None or kind.pattern is None or kind.check_content or kind.format or kind.min_length != 0:
        return None
    shape = shape_of(kind.pattern)
    rest = kind.dfa if shape is None else shape.rest if shape.is_brief_row else None
    smaller = among_utf8(rest) if rest is not None else None
    if smaller is None or _form_of(smaller, kind.pattern) is not None:
        is_form = smaller is not None and shape is None and kind.dfa.is_plain() and kind.max_length is None
        return "form" if is_form else None
    if not _is_in_bytes(smaller):
        return None
    return "usual_run" if shape is None and kind.max_length is None and kind.pattern in usual else "automaton"


def pattern_table(name: str, pattern: str, dfa: Dfa) -> PatternTable:
    """By an automaton in bytes, else by a form, else by an automaton in words."""
    smaller = among_utf8(dfa)
    form = _form_of(smaller, pattern)
    if form is not None:
        lines = _number_lines(form.code, 24)
        return PatternTable("pattern", name, False, pattern, lines, (), (), False, form_size=len(form.code))
    return _automaton_table(name, pattern, dense(smaller), _is_in_bytes(smaller))


def _automaton_table(name: str, pattern: str, dfa: DenseDfa, in_bytes: bool) -> PatternTable:
    ascii_only = len(set(dfa.classes[128:])) == 1
    limit_ = 128 if ascii_only else 256
    class_count = len(dfa.rows[0])
    factor = class_count if in_bytes else 1
    return PatternTable(
        shape="pattern",
        name=name,
        exported=False,
        pattern=pattern,
        form=(),
        classes=_number_lines(dfa.classes[:limit_], 32 if class_count <= 10 else 24),
        rows=tuple(", ".join(str(factor * n) for n in row) for row in dfa.rows),
        wide=not in_bytes,
        class_count=class_count,
        class_limit=limit_,
        state_count=len(dfa.rows),
        start=factor * dfa.start,
        accept_from=factor * dfa.accept_from,
        settled_from=factor * dfa.settled_from if in_bytes else 0,
        other=dfa.classes[255] if ascii_only else 0,
        decided_in=dfa.decided_in,
    )
