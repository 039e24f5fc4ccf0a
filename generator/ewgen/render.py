"""Stage 4: the plan as text. The templates only lay out what the plan has worked out."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterable, List, Tuple

import jinja2

from ewgen.bare import BarePlan
from ewgen.plan import Plan
from ewgen.text import comment_text

Files = Tuple[Tuple[str, str], ...]

# Template -> path below the output folder; P is the prefix.
FILES: Files = (
    ("header.h.j2", "include/eventwire/{P}.h"),
    ("tables.h.j2", "src/{P}_tables.h"),
    ("tables.c.j2", "src/{P}_tables.c"),
    ("read.c.j2", "src/{P}_read.c"),
    ("write.c.j2", "src/{P}_write.c"),
    ("words.dict.j2", "fuzz/{P}.dict"),
    ("vectors.h.j2", "test/{P}_vectors.h"),
    ("vectors.c.j2", "test/{P}_vectors.c"),
)

# Of a client or a server, S.
SIDE_FILES: Files = (("side.h.j2", "include/eventwire/{P}_{S}.h"), ("side.c.j2", "src/{P}_{S}.c"))

# Of a JSON Schema by itself.
BARE_FILES: Files = (("schema.h.j2", "include/eventwire/{P}.h"), ("schema.c.j2", "src/{P}.c"))

# With types: what is otherwise shared by several files stands in one.
TYPED_FILES: Files = (("header.h.j2", "include/eventwire/{P}.h"), ("tables.c.j2", "src/{P}.c"))

# A fuzz target for the document of somebody else (the project's own know more of the codec), and for a schema.
FUZZ_FILES: Files = (("fuzz.c.j2", "fuzz/{P}_fuzz.c"),)
SCHEMA_FUZZ_FILES: Files = (("words.dict.j2", "fuzz/{P}.dict"), ("schema_fuzz.c.j2", "fuzz/{P}_fuzz.c"))

# What CMake includes, and its lists: of a file by its folder and ending.
LISTS: Files = (("lists.cmake.j2", "{P}.cmake"),)
_LIST_NAMES = ("SOURCES", "INCLUDE_DIRS", "HEADERS", "FUZZ_SOURCES", "FUZZ_DICTIONARY", "VECTOR_SOURCES", "VECTOR_HEADERS")
_LISTS_OF = {
    ("src", ".c"): "SOURCES",
    ("src", ".h"): "HEADERS",
    ("include", ".h"): "HEADERS",
    ("fuzz", ".c"): "FUZZ_SOURCES",
    ("fuzz", ".dict"): "FUZZ_DICTIONARY",
    ("test", ".c"): "VECTOR_SOURCES",
    ("test", ".h"): "VECTOR_HEADERS",
}


def _environment() -> jinja2.Environment:
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["comment_text"] = comment_text
    return environment


def render(plan: Plan) -> Dict[str, str]:
    """Path below the output folder -> text."""
    files = _render(FILES, plan)
    for side in plan.sides:
        files.update(_render([(t, path.replace("{S}", side.name)) for t, path in SIDE_FILES], side))
    return files


def render_fuzz(plan: Plan) -> Dict[str, str]:
    return _render(FUZZ_FILES, plan)


def render_schema_fuzz(plan: BarePlan) -> Dict[str, str]:
    return _render(SCHEMA_FUZZ_FILES, plan)


def render_bare(plan: BarePlan) -> Dict[str, str]:
    return _render(BARE_FILES, plan)


def render_typed(plan: Plan) -> Dict[str, str]:
    return _render(TYPED_FILES, plan)


def render_lists(plan: Any, files: Iterable[str]) -> Dict[str, str]:
    """The files of a protocol by what a build does with them."""
    groups: Dict[str, List[str]] = {}
    for path in sorted(files):
        folder = path.partition("/")[0]
        groups.setdefault(_LISTS_OF[folder, os.path.splitext(path)[1]], []).append(path)
    groups["INCLUDE_DIRS"] = ["include"]
    lists = [{"name": f"{plan.prefix}_{name}", "paths": groups[name]} for name in _LIST_NAMES if name in groups]
    return _render(LISTS, plan, lists=lists)


def _render(files: Iterable[Tuple[str, str]], plan: Any, **more: Any) -> Dict[str, str]:
    environment = _environment()
    result = {}
    for template, path in files:
        text = environment.get_template(template).render(plan=plan, **more)
        result[path.replace("{P}", plan.prefix)] = text.strip("\n") + "\n"
    return result
