"""Stage 3, part five: what the types of a message do not say, as tables of eventwire/schema.h that run once the types fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Sequence, Tuple

from ewgen import model
from ewgen.assertions import Asked, Program, Schema
from ewgen.bare import BarePlan
from ewgen.dialects import Dialect
from ewgen.document import Protocol
from ewgen.keywords import LATER, has_keyword
from ewgen.layout import is_public, reachable
from ewgen.load import Node
from ewgen.resources import Registry
from ewgen.rules import Rules
from ewgen.schemas import check_keywords, merge_patch
from ewgen.validators import SchemaTables, make_tables


@dataclass(frozen=True)
class CheckRow:
    type: str
    strict: str
    lenient: str


@dataclass(frozen=True)
class CheckPlan:
    """All checks of a document, for the templates. Without rows the types say all."""

    tables: Tuple[SchemaTables, ...]
    rows: Tuple[CheckRow, ...]


def needs_check(protocol: Protocol, kind: model.Type) -> bool:
    twin = protocol.lenient.types[kind.node.key]
    return any(k.unsaid is not None for k in reachable([kind, twin]))


def make_checks(
    protocol: Protocol, types: Dict[model.Type, str], taken: Iterable[str], items: Sequence[model.Type] = ()
) -> CheckPlan:
    """types: the tables of the types; taken: names at file scope; items: elements that are checked one by one."""
    kinds = [m.type for m in protocol.messages] + [k for k in protocol.schemas if is_public(k)] + list(items)
    kinds += _tried(kinds)
    kinds = [k for k in dict.fromkeys(kinds) if needs_check(protocol, k)]
    if not kinds:
        return CheckPlan((), ())
    strict, roots = _compile(protocol, kinds, lenient=False)
    tables = [make_tables(strict, _free("asserted", taken))]
    arrays = [[f"&{tables[0].array}[{root.index}]" for root in roots]] * 2
    if any("x-ew-lenient" in schema.node for schema in strict.schemas):
        lenient, roots = _compile(protocol, kinds, lenient=True)
        tables.append(make_tables(lenient, _free("asserted_lenient", taken)))
        arrays = [arrays[0], [f"&{tables[1].array}[{root.index}]" for root in roots]]
    rows = tuple(CheckRow(types[kind], *places) for kind, *places in zip(kinds, *arrays))
    return CheckPlan(tuple(tables), rows)


def schema_place(kind: model.Type) -> Node:
    """Where the schema of an element stands: what may be null, and a constant, have types beside it."""
    node = kind.node
    if isinstance(kind, model.Union) and kind.or_null:
        return Node(node.file, node.tokens[:-1], node.data)
    stands_for = isinstance(kind, model.Raw) and node.tokens[-1:] == ("value",) and node.tokens in node.file.made
    return Node(node.file, node.tokens[:-1], node.data) if stands_for else node


def _tried(kinds: List[model.Type]) -> List[model.Type]:
    """Alternatives that are tried: what their types do not say decides, too."""
    return [arm.type for kind in reachable(kinds) if isinstance(kind, model.Union) and kind.trial for arm in kind.arms]


def is_left_over(protocol: Protocol, validator: BarePlan) -> bool:
    """Whether something is asked for that no type can know: contents, and formats of what has no type of its own."""
    types = protocol.strict.types
    return validator.has_contents or any(not isinstance(types.get(node.key), model.String) for node in validator.formats)


def bare_checks(
    protocol: Protocol, types: Dict[model.Type, str], validator: BarePlan, items: Sequence[model.Type] = ()
) -> CheckPlan:
    """Of a JSON Schema by itself: its validator is there already."""
    root = protocol.messages[0].type
    schema = f"&{validator.tables.array}[{validator.root}]"
    rows = [CheckRow(types[root], schema, schema)] if is_left_over(protocol, validator) or needs_check(protocol, root) else []
    for kind in dict.fromkeys(_tried([root]) + list(items)):
        if needs_check(protocol, kind):
            schema = f"&{validator.tables.array}[{validator.indexes[schema_place(kind).key]}]"
            rows.append(CheckRow(types[kind], schema, schema))
    return CheckPlan((validator.tables,), tuple(rows))


def _free(name: str, taken: Iterable[str]) -> str:
    """A prefix that no name at file scope has."""
    while any(t.startswith(name + "_") for t in taken):
        name += "_"
    return name


def _compile(protocol: Protocol, kinds: List[model.Type], lenient: bool) -> Tuple[Program, List[Schema]]:
    library = protocol.strict.library
    registry = Registry(library)
    for kind in kinds:
        file = kind.node.file
        root = Node(file, (), file.data)
        resource = registry.add_document(root, "file://" + file.path)
        registry.adopt(schema_place(kind), resource)
    view = _lenient_view if lenient else _strict_view
    rules = protocol.strict.rules
    program = Program(registry, Asked(rules.formats), lambda node: _ruled_view(rules, view(node)))
    roots = [program.compile(schema_place(kind)) for kind in kinds]
    for schema in program.schemas:
        check_keywords(library, schema.node)
        _check_dialect(schema.node, registry.resource_of(schema.node).dialect)
    return program, roots


def _check_dialect(node: Node, dialect: Dialect) -> None:
    """Keywords of another draft than the one that is named say nothing."""
    other = {name: draft for name, draft in LATER.items() if not has_keyword(dialect, name)}
    other.update({} if "dependencies" in dialect.places else {"dependencies": "draft-07"})
    other.update({"additionalItems": "draft-07"} if dialect.prefix_items else {})
    for name in node.data if isinstance(node.data, dict) else ():
        if name in other:
            raise node.child(name).error(f'"{name}" is a keyword of {other[name]} and has no effect in {dialect.name}')


def _strict_view(node: Node) -> Node:
    """Without the arms that only the lenient profile has, and with nullable in words of JSON Schema."""
    node = _with_null(node)
    arms = node.value("oneOf")
    if not isinstance(arms, list) or not any(_is_lenient_only(arm) for arm in arms):
        return node
    kept = [False if _is_lenient_only(arm) else arm for arm in arms]
    return Node(node.file, node.tokens, {**node.data, "oneOf": kept})


def _ruled_view(rules: Rules, node: Node) -> Node:
    """As the options file has it: of the alternatives that accept a value one is taken, or there must be one alone."""
    found = [name for name in ("oneOf", "anyOf") if name in node]
    rule = rules.of_union(node) if len(found) == 1 else None
    if rule is None or rule.is_free:
        return node
    wanted = "oneOf" if rule.trial == "one" else "anyOf"
    # The place in the document stays that of the keyword it has.
    node.file.made.setdefault(node.tokens + (wanted,), node.tokens + (found[0],))
    return Node(node.file, node.tokens, {wanted if name == found[0] else name: data for name, data in node.data.items()})


def _with_null(node: Node) -> Node:
    listed = node.value("enum")
    if isinstance(listed, list) and None in listed and isinstance(node.value("type"), str):
        return Node(node.file, node.tokens, {**node.data, "type": [node.data["type"], "null"]})
    if node.value("nullable") is not True:
        return node
    data = {name: value for name, value in node.data.items() if name != "nullable"}
    return Node(node.file, node.tokens, {"anyOf": [{"type": "null"}, node.made(("anyOf", "1"), data).data]})


def _is_lenient_only(arm: Any) -> bool:
    return isinstance(arm, dict) and arm.get("x-ew-lenient-only") is True


def _lenient_view(node: Node) -> Node:
    if "x-ew-lenient" not in node:
        return _with_null(node)
    data = merge_patch(node.data, node.data["x-ew-lenient"])
    if "enum" in data and "x-ew-aliases" in data:
        data["enum"] = data["enum"] + [_alias(text) for text in data["x-ew-aliases"]]
    return _with_null(Node(node.file, node.tokens, data))


def _alias(text: str) -> Any:
    return text[1:-1] if text[:1] == '"' else int(text)
