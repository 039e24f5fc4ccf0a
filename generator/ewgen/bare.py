"""A JSON Schema by itself: no messages and no channels. One function that validates a text, and types where the schema determines them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from ewgen import CODEC_ABI
from ewgen.assertions import Asked, Program
from ewgen.dialects import Dialect
from ewgen.document import LIMITS, Message, Protocol
from ewgen.errors import suggestion
from ewgen.formats import FORMATS
from ewgen.load import Library, Node, Tokens, parse_pointer
from ewgen.model import Const, Null, OpenEnum, Raw, first_sentence
from ewgen.names import snake
from ewgen.places import call
from ewgen.resources import Registry
from ewgen.rules import Rules
from ewgen.schemas import ASSERTING, Schemas, with_siblings
from ewgen.text import wrap
from ewgen.validators import SchemaTables, make_tables
from ewgen.words import dictionary, words_of_schemas


@dataclass
class BarePlan:
    prefix: str
    source: str
    abi: int
    title: str
    comment: List[str]  # above the function
    tables: SchemaTables
    root: int
    node: Node
    registry: Registry
    indexes: Dict[Tuple[str, Tokens], int]  # where the schemas of all places stand in the tables
    has_contents: bool  # which are checked
    formats: Tuple[Node, ...]  # schemas with a format that is checked
    words: Tuple[str, ...]  # of the dictionary for fuzzers

    @property
    def guard(self) -> str:
        return f"EVENTWIRE_{self.prefix.upper()}_H"


def open_schema(registry: Registry, path: str, name: Optional[str]) -> Tuple[Node, Node]:
    """The document, and in it the schema that --root names."""
    document = registry.library.open(path)
    resource = registry.add_document(document, "file://" + document.file.path)
    node = resource.node if name is None else definition(document, name)
    if node.key not in registry.owner:
        registry.adopt(node, resource)
    return document, node


def make_bare(
    library: Library,
    path: str,
    name: Optional[str],
    prefix: str,
    dialect: Dialect,
    asked: Asked,
    remotes: Tuple[Tuple[str, str], ...],
) -> BarePlan:
    registry = Registry(library, dialect, remotes)
    document, node = open_schema(registry, path, name)
    program = Program(registry, asked)
    root = program.compile(node)
    return BarePlan(
        prefix=prefix,
        source=document.file.label,
        abi=CODEC_ABI,
        title=node.text("title") or os.path.basename(document.file.label),
        comment=_comment(node, document.file.label),
        tables=make_tables(program, prefix),
        root=root.index,
        node=node,
        registry=registry,
        indexes={key: schema.index for key, schema in program.by_place.items()},
        has_contents=bool(_schemas_with(program, "CONTENT")),
        formats=_schemas_with(program, "FORMAT"),
        words=tuple(dictionary(words_of_schemas(program))),
    )


def _schemas_with(program: Program, keyword: str) -> Tuple[Node, ...]:
    return tuple(schema.node for schema in program.schemas if any(rule.keyword == keyword for rule in schema.rules))


def definition(document: Node, name: str) -> Node:
    """What --root names: a JSON Pointer, or a member of definitions or $defs."""
    if name.startswith(("#", "/")):
        node = document
        for token in parse_pointer(name.lstrip("#")):
            node = Library.step(node, node, token)
        return node
    known: List[str] = []
    for group in ("$defs", "definitions"):
        for key, node in document.children(group):
            if key == name:
                return node
            known.append(key)
    raise document.error(f'no definition "{name}"{suggestion(name, known)}')


def _comment(node: Node, label: str) -> List[str]:
    place = label if node.pointer == "#" else f"{label}, {node.pointer}"
    words = f"Checks that json is one JSON text that is valid against {place}."
    description = node.text("description")
    if description:
        words += "\n\n" + description
    words += "\n\new_schema_validate() says what opts are, how much memory it takes and what it returns."
    return wrap(words, 3)


# ------------------------------------------------------------------------------------------------- typed code


class BareSchemas(Schemas):
    """Types of a JSON Schema by itself: references by URIs and anchors, and keywords without effect are no mistake."""

    pedantic = False

    def __init__(self, library: Library, registry: Registry, strict: Optional[Schemas] = None, rules: Rules = Rules()):
        super().__init__(library, strict, rules)
        self.registry = registry

    def follow(self, node: Node) -> Node:
        seen = []
        while isinstance(node.data, dict) and "$ref" in node.data:
            resource = self.registry.resource_of(node)
            if resource.dialect.ref_has_siblings and any(k in ASSERTING for k in node.data):
                return with_siblings(node)
            if node.key in seen:
                raise node.error("a reference that leads back to itself")
            seen.append(node.key)
            node = self.registry.resolve(node.child("$ref"), resource)
        return node

    def places_keyword(self, view: Node) -> str:
        return "prefixItems" if self.registry.resource_of(view).dialect.prefix_items else "items"

    def _asserts(self, view: Node, format_: Any) -> bool:
        by_dialect = self.registry.resource_of(view).asserts_formats and format_ in FORMATS
        return by_dialect or super()._asserts(view, format_)

    def _check_beside_ref(self, node: Node) -> None:
        """Either it has no effect, as the draft says, or it is merged."""


def bare_protocol(library: Library, plan: BarePlan, rules: Rules = Rules()) -> Protocol:
    """The schema as a protocol of one message. An error says why there are no types."""
    node = plan.node
    call(node, snake(plan.prefix))
    strict = BareSchemas(library, plan.registry, rules=rules)
    lenient = BareSchemas(library, plan.registry, strict)
    use = strict.use(node)
    lenient.use(node)
    if use.nullable or isinstance(use.type, (Const, Null, OpenEnum)) or (isinstance(use.type, Raw)):
        raise node.error("the schema does not determine one type in C")
    message = Message(
        key=plan.prefix,
        stem=snake(plan.prefix),
        node=node,
        payload=node,
        type=use.type,
        directions=0,
        summary=first_sentence(use.type.description),
        description=use.type.description,
    )
    return Protocol(
        prefix=plan.prefix,
        title=plan.title,
        version="",
        description=node.text("description"),
        source=plan.source,
        limits={**LIMITS, **rules.limits},
        tolerances=(),
        escape_html=False,
        strict=strict,
        lenient=lenient,
        messages=[message],
        bare=True,
    )
