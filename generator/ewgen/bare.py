"""A JSON Schema by itself: no messages and no channels, one function that validates a text."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import List, Optional, Tuple

from ewgen import CODEC_ABI
from ewgen.assertions import Asked, Program
from ewgen.dialects import Dialect
from ewgen.errors import suggestion
from ewgen.load import Library, Node, parse_pointer
from ewgen.resources import Registry
from ewgen.text import wrap
from ewgen.validators import SchemaTables, make_tables


@dataclass
class BarePlan:
    prefix: str
    source: str
    abi: int
    title: str
    comment: List[str]  # above the function
    tables: SchemaTables
    root: int

    @property
    def guard(self) -> str:
        return f"EVENTWIRE_{self.prefix.upper()}_H"


def make_bare(
    library: Library,
    path: str,
    name: Optional[str],
    prefix: str,
    dialect: Dialect,
    asked: Asked,
    remotes: Tuple[Tuple[str, str], ...],
) -> BarePlan:
    document = library.open(path)
    registry = Registry(library, dialect, remotes)
    resource = registry.add_document(document, "file://" + document.file.path)
    node = resource.node if name is None else definition(document, name)
    if node.key not in registry.owner:
        registry.adopt(node, resource)
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
    )


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
