"""Stage 3: everything the templates lay out, worked out from the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

from ewgen import CODEC_ABI, instance, model
from ewgen.bounds import Bounds
from ewgen.bare import BarePlan
from ewgen.checks import CheckPlan, bare_checks, is_left_over, make_checks, needs_check, schema_place
from ewgen.document import OVER_HTTP, TO_CLIENT, TO_SERVER, Channel, Direction, Message, Parameter, Protocol, Vector
from ewgen.layout import Block, Layout, MemberNames, is_public, lay_out, reachable, roots_of
from ewgen.readers import Entry, Reader, ReaderBuilder, plan_readers
from ewgen.definitions import NAMED, Definition, Rules, Tables, TypeTable
from ewgen.shape import LONGEST
from ewgen.sides import SidePlan, plan_sides
from ewgen.streams import Stream, find_streams, unsaid_around
from ewgen.tables import TableBuilder
from ewgen.writers import Writer, WriterBuilder
from ewgen.text import MAX_LITERAL, c_bool, c_char_array, c_double, c_int, c_string, comment_text, json_lines, prototype, wrap
from ewgen.words import dictionary, words_of_types

SIDES = ("client", "server")

_EXAMPLE_WIDTH = 600
_JSON_WIDTH = 96


@dataclass(frozen=True)
class Function:
    """A function of the header: its prototype, its comment, and the expression or statements of its body."""

    comment: Tuple[str, ...]
    prototype: str  # with attributes
    body: Tuple[str, ...]


@dataclass(frozen=True)
class StreamSection:
    """What decodes a message element by element."""

    typedef: str  # of the typed callback
    delivery: Function  # hands an element to it
    start: Function


@dataclass(frozen=True)
class Section:
    """Functions that belong together, under one headline comment."""

    comment: Tuple[str, ...]
    functions: Tuple[Function, ...]
    stream: Optional[StreamSection] = None
    constants: Tuple[str, ...] = ()  # names and values of macros


@dataclass(frozen=True)
class EnumTable:
    """An enum with its two functions."""

    c_name: str
    rules: str


@dataclass(frozen=True)
class MessageRow:
    name: str
    c_name: str
    summary: str
    type: str
    directions: str


@dataclass(frozen=True)
class ParameterTable:
    name: str
    rows: Tuple[Tuple[str, str], ...]  # name, required


@dataclass(frozen=True)
class ChannelRow:
    name: str
    address: str
    tables: Tuple[Tuple[str, str, str, int], ...]  # member, count member, table, count


@dataclass(frozen=True)
class DocumentTable:
    name: str
    title: str
    version: str
    source: str
    limits: Tuple[int, int, int, int]
    usual_bytes: int
    tolerances: str
    escape_html: str
    messages: Tuple[MessageRow, ...]
    parameters: Tuple[ParameterTable, ...]
    channels: Tuple[ChannelRow, ...]
    to_server: str
    to_client: str


@dataclass(frozen=True)
class VectorRow:
    id: str
    message: str
    why: str
    verdict: str
    strict_accepts: str
    example: str
    rule: str
    error: str
    pointer: str
    json: str
    length: str
    bytes_name: str  # of the array that holds a text too long for a literal, or empty
    bytes_lines: Tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    prefix: str
    upper: str
    abi: int
    source: str
    vectors_source: str
    headline: Tuple[str, ...]
    blocks: Tuple[Block, ...]
    defaults: Tuple[Function, ...]
    enums: Tuple[EnumTable, ...]
    includes: Tuple[str, ...]  # headers of the codec
    has_streams: bool
    has_bounds: bool
    messages: Tuple[Section, ...]
    values: Tuple[Section, ...]
    contents: Tuple[Function, ...]
    definitions: Tuple[Definition, ...]
    schemas: Dict[str, str]  # where types with names stand: the member of the table of these texts
    checks: CheckPlan
    public_types: Tuple[Tuple[str, str], ...]  # C type, name; tables that the functions of the header name
    exported_rules: Tuple[Tuple[str, str], ...]  # C type, name; tables that only the generated files share
    exported_types: Tuple[Tuple[str, str], ...]
    document: DocumentTable
    readers: Tuple[Reader, ...]
    entries: Tuple[Entry, ...]
    writers: Tuple[Writer, ...]
    write_entries: Tuple[Entry, ...]
    needs_float: bool
    needs_formats: bool
    words: Tuple[str, ...]
    fuzzed: Tuple[Tuple[str, Tuple[str, ...]], ...]  # by the direction: tables of the types that a fuzzer reads
    vectors: Tuple[VectorRow, ...]
    sides: Tuple[SidePlan, ...]
    document_name: str
    tables_header: str  # what the tables include
    validator: Optional[BarePlan]  # of a JSON Schema by itself: one function that knows all of it


def make_plan(
    protocol: Protocol, validator: Optional[BarePlan] = None, sides: Sequence[str] = SIDES
) -> Plan:
    layout = lay_out(protocol)
    streams = find_streams(protocol)
    checked = _checked_items(protocol, streams, validator)
    hot = plan_readers(protocol, layout, streams)
    exported = hot.exported_types | {m.type for m in protocol.messages} | set(checked)
    builder = TableBuilder(protocol, layout, hot.exported_rules, exported, hot.straight)
    builder.reserve(validator.tables.names() if validator is not None else ())
    tables = builder.build(hot.entries, hot.write_entries)
    reader_builder = ReaderBuilder(layout, hot, tables.types, tables.rules, builder.usual)
    writer_builder = WriterBuilder(layout, hot, tables.types, tables.rules, protocol.escape_html)
    types = reachable(roots_of(protocol))
    enums = tuple(_enums(layout, tables.rules, types))
    bounds = Bounds(protocol, layout, always_checked=validator is not None and is_left_over(protocol, validator))
    api = _Api(protocol, layout, tables, streams, bounds)
    messages, values = tuple(api.messages()), tuple(api.values(types))
    shown = {name for _, name in api.named} | {e.rules for e in enums}
    checks = _checks(protocol, tables, validator, checked)
    plan = Plan(
        prefix=protocol.prefix,
        upper=protocol.prefix.upper(),
        abi=CODEC_ABI,
        source=protocol.source,
        vectors_source=protocol.source.rpartition("/")[0] or protocol.source,
        headline=tuple(_headline(protocol)),
        blocks=tuple(layout.blocks),
        defaults=tuple(api.defaults(types)),
        enums=enums,
        includes=tuple(_includes(streams, types)),
        has_streams=bool(streams),
        has_bounds=any(s.constants for s in messages),
        messages=messages,
        values=values,
        contents=tuple(api.contents(types)),
        definitions=tables.definitions,
        schemas=_schemas(tables.definitions),
        checks=checks,
        public_types=tuple(api.named),
        exported_rules=tuple((d.c_type, d.name) for d in _exported(tables, shown) if isinstance(d, Rules)),
        exported_types=tuple((d.c_type, d.name) for d in _exported(tables, shown) if isinstance(d, TypeTable)),
        document=_document(protocol, layout, tables.types),
        readers=reader_builder.build(),
        entries=reader_builder.entries(),
        writers=writer_builder.build(),
        write_entries=writer_builder.entries(),
        needs_float=any("DBL_MAX" in v for d in tables.definitions if isinstance(d, Rules) for _, v in d.values),
        needs_formats=bool(checks.tables) or any(isinstance(d, Rules) and d.c_type == "ew_format_rules" for d in tables.definitions),
        words=tuple(dictionary(words_of_types(types))),
        fuzzed=tuple(_fuzzed(protocol, tables.types)),
        vectors=tuple(_vector_row(v, i) for i, v in enumerate(protocol.vectors)),
        sides=plan_sides(protocol, layout, tables, sides),
        document_name=layout.name("document"),
        tables_header=f"eventwire/{protocol.prefix}.h" if validator else f"{protocol.prefix}_tables.h",
        validator=validator,
    )
    _check_functions(protocol, plan)
    return plan


def _fuzzed(protocol: Protocol, types: Dict[model.Type, str]) -> Iterator[Tuple[str, Tuple[str, ...]]]:
    """Of each direction the union of its messages; where these cannot be told apart, those of the channels."""
    for name, side, whole in (("TO_SERVER", "client", protocol.to_server), ("TO_CLIENT", "server", protocol.to_client)):
        found = [whole] if whole is not None else [d for d in protocol.directions if d.side == side]
        yield name, tuple(types[d.union] for d in found)


def _includes(streams: Sequence[Stream], types: Sequence[model.Type]) -> Iterator[str]:
    keeps = any(isinstance(kind, model.Object) and kind.keeps for kind in types)
    if streams or not keeps:
        yield "eventwire/stream.h" if streams else "eventwire/table.h"
    if keeps:
        yield "eventwire/unknown.h"


def _checked_items(protocol: Protocol, streams: Sequence[Stream], validator: Optional[BarePlan]) -> List[model.Type]:
    """Elements of streams with a check, which is made on each; what is checked around them cannot be seen in parts."""
    checked = [s.array.item for s in streams if needs_check(protocol, s.array.item)]
    for stream in streams:
        item = stream.array.item
        place = unsaid_around(protocol, stream)
        if validator is not None and is_left_over(protocol, validator):
            place = stream.array.node  # anything in it may be asserted
        if validator is not None and item in checked and schema_place(item).key not in validator.indexes:
            place = item.node  # which stands nowhere by itself
        if place is not None:
            where = f"{place.file.label}:{place.file.line(place.tokens)}: {place.pointer}"
            raise stream.array.node.child("x-ew-stream").error(
                f"{where} is checked on the whole message, so it cannot be read in parts: only what is inside of its elements can be checked"
            )
    return checked


def _checks(protocol: Protocol, tables: Tables, validator: Optional[BarePlan], items: Sequence[model.Type]) -> CheckPlan:
    if validator is not None:
        checks = bare_checks(protocol, tables.types, validator, items)
    else:
        checks = make_checks(protocol, tables.types, [d.name for d in tables.definitions], items)
    told = {tables.types[kind]: names_ for kind, names_ in tables.told.items()}
    more = [replace(row, type=f"&{name}[0].type") for row in checks.rows for name in told.get(row.type, [])]
    return replace(checks, rows=checks.rows + tuple(more))


def _exported(tables: Tables, shown: Set[str]) -> Iterator[Definition]:
    """What the generated files share beside what the header shows."""
    return (d for d in tables.definitions if d.exported and d.name not in shown)


def _schemas(definitions: Iterable[Definition]) -> Dict[str, str]:
    names: Dict[str, str] = {}
    for d in definitions:
        if isinstance(d, TypeTable) and d.c_type == NAMED:
            names.setdefault(d.schema, d.name)
    return names


def _headline(protocol: Protocol) -> Iterator[str]:
    version = f", {protocol.version}" if protocol.version else ""
    yield comment_text(f"eventwire/{protocol.prefix}.h - {' '.join(protocol.title.split())}{version}")
    yield ""
    yield from wrap(protocol.description, 3)
    for opaque in protocol.opaque:
        yield ""
        yield from wrap(f"{opaque.key} is no JSON ({opaque.content_type}) and has no codec. {opaque.summary}", 3)


def _enums(layout: Layout, rules: Dict[model.Type, Optional[str]], types: List[model.Type]) -> Iterator[EnumTable]:
    for kind in types:
        if isinstance(kind, model.Enum):
            yield EnumTable(layout.c_type(kind) or "", rules[kind] or "")


def _check_functions(protocol: Protocol, plan: Plan) -> None:
    """Two functions of one name would only show up in the compiler."""
    functions = list(plan.defaults) + list(plan.contents)
    for section in plan.messages + plan.values:
        functions.extend(section.functions)
        functions.extend([section.stream.delivery, section.stream.start] if section.stream else [])
    seen = {block.c_name for block in plan.blocks}
    for function in functions:
        name = function.prototype.partition("(")[0].split()[-1].lstrip("*")
        if name in seen:
            raise protocol.messages[0].node.error(f"two things would be called {name} in C")
        seen.add(name)


# ---------------------------------------------------------------------------------------------------- functions


class _Api:
    """The thin covers of the header."""

    def __init__(
        self, protocol: Protocol, layout: Layout, tables: Tables, streams: List[Stream], bounds: Bounds
    ):
        self.protocol = protocol
        self.layout = layout
        self.bounds = bounds
        self.tables = tables
        self.streams = {s.message.key: s for s in streams}
        self.named: Dict[Tuple[str, str], None] = {}  # the tables that the functions name, in their order

    def _table(self, kind: model.Type) -> str:
        self.named[self.tables.tables[kind]] = None
        return self.tables.types[kind]

    # ---------------------------------------------------------------- messages

    def messages(self) -> Iterator[Section]:
        for message in self.protocol.messages:
            section = self._codec(message.stem, message.type, self._message_comment(message))
            section = replace(section, constants=tuple(self._constants(message)))
            stream = self.streams.get(message.key)
            yield section if stream is None else self._with_stream(section, stream)
        for direction in self.protocol.directions:
            yield self._codec(direction.union.stem, direction.union, self._direction_comment(direction))

    def _constants(self, message: Message) -> Iterator[str]:
        """What is bounded by the schema alone."""
        bounds = (("MAX_ARENA", self.bounds.to_decode(message)), ("MAX_ENCODED", self.bounds.to_encode(message)))
        for what, bound in bounds:
            if bound.size is not None:
                yield f"{self.layout.constant(message.stem, what)} {c_int(bound.size)}"

    def _message_comment(self, message: Message) -> List[str]:
        who = [
            text
            for bit, text in (
                (TO_SERVER, "A client sends it."),
                (TO_CLIENT, "A server sends it."),
                (OVER_HTTP, "Body of an HTTP request or answer."),
            )
            if message.directions & bit
        ]
        summary = [message.summary] if message.summary else []
        words = " ".join(summary + who)
        lines = wrap(f"{message.key}: {words}" if words else message.key, 3)
        same = message.description == message.type.description
        if message.description and not same:
            lines += [""] + wrap(message.description, 3)
        short = [e for e in message.examples if len(self._json(e.value)) <= _EXAMPLE_WIDTH]
        if short:
            lines += [""] + json_lines(self._json(short[0].value), _JSON_WIDTH)
        return lines

    def _json(self, value: object) -> str:
        return instance.to_json(value, self.protocol.escape_html)

    def _direction_comment(self, direction: Direction) -> List[str]:
        union = direction.union
        sender = f"Any message that a {direction.side} sends."
        kinds = ", ".join(a.name for a in union.arms)
        return wrap(f"{sender} Its kind tells which member of the union is set: {kinds}.", 3)

    def _codec(self, stem: str, kind: model.Type, comment: List[str]) -> Section:
        name, c_type, table = self.layout.name(stem), self.layout.c_type(kind), self._table(kind)
        decode = ("ew_str json", "ew_arena *arena", "const ew_decode_options *opts", f"{c_type} *out", "ew_diag *diag")
        encode = (f"const {c_type} *in", "ew_buf *out", "ew_diag *diag")
        validate = ("ew_str json", "const ew_decode_options *opts", "ew_diag *diag")
        functions = [
            self._call(f"{name}_decode", decode, f"return ew_type_decode({table}, json, arena, opts, out, diag);"),
            self._call(f"{name}_encode", encode, f"return ew_type_encode({table}, in, out, diag);"),
        ]
        if not self.protocol.bare:
            body = f"return ew_type_validate({table}, json, opts, diag);"
            functions.append(self._call(f"{name}_validate", validate, body))
        return Section(tuple(comment), tuple(functions))

    # ---------------------------------------------------------------- streams

    def _with_stream(self, section: Section, stream: Stream) -> Section:
        name = self.layout.name(stream.message.stem)
        item = self.layout.c_type(stream.array.item)
        typedef = prototype("typedef ew_err", f"{name}_element_fn", ("void *ctx", f"const {item} *element"))
        delivery = self._delivery(stream)
        return replace(section, stream=StreamSection(typedef, delivery, self._stream(stream)))

    def _delivery(self, stream: Stream) -> Function:
        parameters = ("ew_stream_callback callback", "void *ctx", "const void *element")
        head = prototype("static inline ew_err", self._delivery_name(stream), parameters)
        element_fn = f"{self.layout.name(stream.message.stem)}_element_fn"
        item = self.layout.c_type(stream.array.item)
        body = (
            f"{element_fn} *on_element = EW_CAST_CALLBACK({element_fn} *, callback);",
            f"return on_element(ctx, EW_CAST(const {item} *, element));",
        )
        return Function((), head, body)

    def _delivery_name(self, stream: Stream) -> str:
        return self.layout.internal(f"deliver_{stream.message.stem}_element")

    def _stream(self, stream: Stream) -> Function:
        kind, name = stream.message.type, self.layout.name(stream.message.stem)
        out = (f"{self.layout.c_type(kind)} *out",) if stream.member is not None else ()
        parameters = ("ew_stream *stream", "ew_arena *arena", "const ew_decode_options *opts") + out
        return self._call(
            f"{name}_stream_init",
            parameters + (f"{name}_element_fn *on_element", "void *ctx"),
            "ew_stream_callback callback = EW_CAST_CALLBACK(ew_stream_callback, on_element);",
            f"ew_stream_sink sink = {{{self._delivery_name(stream)}, callback, ctx}};",
            "if (on_element == NULL) {",
            "  return EW_ERR_ARGUMENT;",
            "}",
            f"return ew_stream_init(stream, {self._table(kind)}, arena, opts, {'out' if out else 'NULL'}, sink);",
        )

    @staticmethod
    def _call(name: str, parameters: Tuple[str, ...], *body: str, result: str = "ew_err") -> Function:
        return _function((), result, name, parameters, tuple(body))

    # ---------------------------------------------------------------- values

    def values(self, types: List[model.Type]) -> Iterator[Section]:
        for kind in types:
            if not is_public(kind):
                continue
            name, table = self.layout.c_type(kind), self._table(kind)
            yield Section(
                (),
                (
                    self._call(f"{name}_init", (f"{name} *value",), f"ew_type_init({table}, value);", result="void"),
                    self._call(
                        f"{name}_copy",
                        (f"{name} *to", f"const {name} *from", "ew_arena *arena"),
                        f"return ew_type_copy({table}, to, from, arena);",
                    ),
                    self._call(
                        f"{name}_equal",
                        (f"const {name} *a", f"const {name} *b"),
                        f"return ew_type_equal({table}, a, b);",
                        result="bool",
                    ),
                ),
            )

    # ---------------------------------------------------------------- defaults

    def defaults(self, types: List[model.Type]) -> Iterator[Function]:
        for kind in types:
            if isinstance(kind, model.Struct):
                for member, own in zip(kind.members, self.layout.member_names(kind)):
                    value = self._default(member)
                    if value is not None and own.presence is not None:
                        yield self._default_accessor(kind, member, own, value)

    def _default(self, member: model.Member) -> Optional[str]:
        """The default as a C expression, None when there is none or it has no C type of its own."""
        value, kind = member.says("default"), member.type
        if value is None or instance.problem(kind, value) is not None:
            return None
        if isinstance(kind, model.Bool):
            return c_bool(value)
        if isinstance(kind, model.Integer):
            return c_int(int(value))
        if isinstance(kind, model.Number):
            return c_double(value)
        if isinstance(kind, model.String):
            return f"EW_STR({c_string(value)})" if value else "ew_str_of(NULL)"
        enum = kind.names if isinstance(kind, model.OpenEnum) else kind
        if isinstance(enum, model.Enum) and value in enum.values:
            return self.layout.enum_constant(enum, enum.values.index(value) + 1)
        return None

    def _default_accessor(self, kind: model.Struct, member: model.Member, own: MemberNames, value: str) -> Function:
        name = f"{self.layout.c_type(kind)}_{self.layout.base_name(kind, member)}_or_default"
        body = f"return {present(member, own)} ? in->{own.value} : {value};"
        comment = f"The value of {member.name}, or {instance.to_json(member.says('default'))} when it is not set."
        head = prototype(
            f"static inline {self.layout.c_type(member.type)}", name, (f"const {self.layout.c_type(kind)} *in",)
        )
        return Function(tuple(wrap(comment, 4)), head, (body,))

    # ---------------------------------------------------------------- contents

    def contents(self, types: List[model.Type]) -> Iterator[Function]:
        for kind in types:
            if isinstance(kind, model.Struct):
                for member, own in zip(kind.members, self.layout.member_names(kind)):
                    yield from self._member_contents(kind, member, own)
            elif isinstance(kind, model.Union) and kind.tag_enum is None and not kind.or_null:
                for arm in kind.arms:
                    guard = f"in->kind != {self.layout.arm_constant(kind, arm)}"
                    yield from self._content(
                        kind, arm.name, arm.type, f"in->{arm.name}", guard, "EW_ERR_UNION", arm.name
                    )

    def _member_contents(self, kind: model.Struct, member: model.Member, own: MemberNames) -> Iterator[Function]:
        base = self.layout.base_name(kind, member)
        if member.sibling is None:
            guard = "" if own.presence is None else "!" + present(member, own)
            if member.nullable:
                guard = f"in->{own.presence} != EW_SET"
            yield from self._content(kind, base, member.type, f"in->{own.value}", guard, "EW_ERR_MISSING", member.name)
            return
        assert isinstance(member.type, model.Union) and member.type.tag_enum is not None
        tag = self.layout.member_names(kind)[member.sibling].value
        for arm in member.type.arms:
            guard = f"in->{tag} != {self.layout.enum_constant(member.type.tag_enum, arm.kind)}"
            if own.presence is not None:
                guard = f"!{present(member, own)} || {guard}"
            value = f"in->{own.value}.{arm.name}"
            yield from self._content(
                kind, f"{base}_{arm.name}", arm.type, value, guard, "EW_ERR_UNION", f"{member.name} ({arm.label})"
            )

    def _content(
        self, owner: model.Type, base: str, kind: model.Type, value: str, guard: str, otherwise: str, shown: str
    ) -> Iterator[Function]:
        if not isinstance(kind, model.String):
            return
        if kind.content == "base64":
            yield self._content_function(
                owner,
                f"{base}_bytes",
                ("ew_arena *arena", "ew_str *out"),
                guard,
                otherwise,
                (f"return ew_base64_decode({value}, arena, out);",),
                f"The bytes that {shown} holds as Base64, in the arena.",
            )
        if kind.content == "json":
            yield self._content_function(
                owner,
                f"{base}_json",
                ("ew_raw *out", "ew_diag *diag"),
                guard,
                otherwise,
                (
                    f"ew_err err = ew_json_check({value}, 0, diag);",
                    "if (err == EW_OK) {",
                    f"  out->json = {value};",
                    "}",
                    "return err;",
                ),
                f"The JSON text that {shown} holds, checked; a view of it.",
            )
        if kind.integer_string:
            yield from self._integer_string(owner, base, kind, value, guard, otherwise, shown)

    def _integer_string(
        self, owner: model.Type, base: str, kind: model.String, value: str, guard: str, otherwise: str, shown: str
    ) -> Iterator[Function]:
        for c_type, word, sample in (("uint64_t", "uint64", "1"), ("int64_t", "int64", "-1")):
            if kind.dfa is not None and not kind.dfa.matches(sample) and not kind.dfa.matches("0x1"):
                continue
            if word == "int64" and kind.dfa is not None and not kind.dfa.matches(sample):
                continue
            yield self._content_function(
                owner,
                f"{base}_{word}",
                (f"{c_type} *out",),
                guard,
                otherwise,
                (f"return ew_str_to_{word}({value}, out);",),
                f"The number that {shown} holds; EW_ERR_RANGE when it does not fit.",
            )

    def _content_function(
        self,
        owner: model.Type,
        base: str,
        outputs: Tuple[str, ...],
        guard: str,
        otherwise: str,
        body: Tuple[str, ...],
        comment: str,
    ) -> Function:
        c_type = self.layout.c_type(owner)
        lines = (f"if ({guard}) {{", f"  return {otherwise};", "}") if guard else ()
        if guard:
            comment += f" {otherwise} when it is not set."
        return _function(
            tuple(wrap(comment, 4)), "ew_err", f"{c_type}_{base}", (f"const {c_type} *in",) + outputs, lines + body
        )


def _function(
    comment: Tuple[str, ...], result: str, name: str, parameters: Tuple[str, ...], body: Tuple[str, ...]
) -> Function:
    attributes = "EW_MUST_CHECK static inline" if result == "ew_err" else "static inline"
    return Function(comment, prototype(f"{attributes} {result}", name, parameters), body)


def present(member: model.Member, own: MemberNames) -> str:
    return f"in->{own.presence} == EW_SET" if member.nullable else f"in->{own.presence}"


# ------------------------------------------------------------------------------------------------- the document


def _document(protocol: Protocol, layout: Layout, types: Dict[model.Type, str]) -> DocumentTable:
    parameters: List[ParameterTable] = []
    channels = tuple(_channel(c, parameters) for c in protocol.channels)
    limits = tuple(protocol.limits[name] for name in ("maxMessageBytes", "maxDepth", "maxItems", "maxStringBytes"))
    return DocumentTable(
        name=c_string(protocol.prefix),
        title=c_string(protocol.title),
        version=c_string(protocol.version),
        source=c_string(protocol.source),
        limits=limits,
        usual_bytes=_usual_bytes(limits),
        tolerances=" | ".join(protocol.tolerances),
        escape_html=c_bool(protocol.escape_html),
        messages=tuple(_message_row(layout, m, types) for m in protocol.messages),
        parameters=tuple(parameters),
        channels=channels,
        to_server=types[protocol.to_server.union] if protocol.to_server else "NULL",
        to_client=types[protocol.to_client.union] if protocol.to_client else "NULL",
    )


_LONGEST_TEXT = 2**32 - 2  # EW_STR_MAX


def _usual_bytes(limits: Tuple[int, ...]) -> int:
    """ew_document.usual_bytes, of a document without checks."""
    most, depth, items, string = limits
    usual = depth > 0 and items > 0 and string >= LONGEST
    return min(most, _LONGEST_TEXT) if usual else 0


def _message_row(layout: Layout, message: Message, types: Dict[model.Type, str]) -> MessageRow:
    bits = ((TO_SERVER, "EW_TO_SERVER"), (TO_CLIENT, "EW_TO_CLIENT"), (OVER_HTTP, "EW_OVER_HTTP"))
    directions = " | ".join(name for bit, name in bits if message.directions & bit) or "0"
    return MessageRow(
        c_string(message.key),
        c_string(layout.name(message.stem)),
        c_string(message.summary),
        types[message.type],
        directions,
    )


def _channel(channel: Channel, tables: List[ParameterTable]) -> ChannelRow:
    used = []
    for member, count, source in (
        ("parameters", "parameter_count", "parameters"),
        ("query", "query_count", "query"),
        ("headers", "header_count", "headers"),
    ):
        rows: Tuple[Parameter, ...] = getattr(channel, source)
        if rows:
            table = f"{channel.stem}_{source}"
            lines = tuple((c_string(p.name), c_bool(p.required)) for p in rows)
            tables.append(ParameterTable(table, lines))
            used.append((member, count, table, len(rows)))
    return ChannelRow(c_string(channel.name), c_string(channel.address), tuple(used))


# ------------------------------------------------------------------------------------------------------ vectors


def _vector_row(vector: Vector, index: int) -> VectorRow:
    literal = c_string(vector.json)
    # C counts the characters of the literal's value, but escapes make some compilers count more.
    too_long = len(literal) > MAX_LITERAL
    name = f"text_{index}" if too_long else ""
    optional = [c_string(v) if v is not None else "NULL" for v in (vector.error, vector.pointer)]
    return VectorRow(
        id=c_string(vector.id),
        message=c_string(vector.message),
        why=c_string(" ".join(vector.why.split())),
        verdict="EW_VECTOR_" + vector.verdict.upper(),
        strict_accepts=c_bool(vector.strict_accepts),
        example=c_bool(vector.example),
        rule=c_bool(vector.rule),
        error=optional[0],
        pointer=optional[1],
        json=name or literal,
        length=str(len(vector.json)),
        bytes_name=name,
        bytes_lines=c_char_array(vector.json) if too_long else (),
    )
