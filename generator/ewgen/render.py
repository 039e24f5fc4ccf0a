"""Stage 4: the plan as text. The templates only lay out what the plan has worked out."""

from __future__ import annotations

import os
from typing import Any, Dict, Tuple

import jinja2

from ewgen.bare import BarePlan
from ewgen.plan import Plan

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

# Of a JSON Schema by itself.
BARE_FILES: Files = (("schema.h.j2", "include/eventwire/{P}.h"), ("schema.c.j2", "src/{P}.c"))


def _comment_text(text: str) -> str:
    return text.replace("*/", "* /").replace("/*", "/ *")


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
    environment.filters["comment_text"] = _comment_text
    return environment


def render(plan: Plan) -> Dict[str, str]:
    """Path below the output folder -> text."""
    return _render(FILES, plan)


def render_bare(plan: BarePlan) -> Dict[str, str]:
    return _render(BARE_FILES, plan)


def _render(files: Files, plan: Any) -> Dict[str, str]:
    environment = _environment()
    result = {}
    for template, path in files:
        text = environment.get_template(template).render(plan=plan)
        result[path.replace("{P}", plan.prefix)] = text.strip("\n") + "\n"
    return result
