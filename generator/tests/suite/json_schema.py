"""Compiles the cases of JSON-Schema-Test-Suite to C: tables for every schema, and a row for every test.

usage: json_schema.py SUITE OUT NAME FOLDER... [--formats] [--content]

SUITE is the folder of the suite. The files of each FOLDER below tests/ (or a single file) become OUT/NAME_<i>.c, CASES_PER_FILE cases each, and
OUT/NAME.h, which runner.c includes. A schema that the generator refuses is a failure of all its tests, with its reason.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Tuple

GENERATOR = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, GENERATOR)

import jinja2  # noqa: E402

from ewgen.assertions import FORMATS, Asked, Program, json_text  # noqa: E402
from ewgen.dialects import DRAFT_07, DRAFT_2020_12  # noqa: E402
from ewgen.errors import DocumentError  # noqa: E402
from ewgen.load import File, Float, Library, Node  # noqa: E402
from ewgen.resources import Registry  # noqa: E402
from ewgen.text import c_string  # noqa: E402
from ewgen.validators import SchemaTables, make_tables  # noqa: E402

CASES_PER_FILE = 64
DIALECTS = {"draft7": DRAFT_07, "draft2020-12": DRAFT_2020_12}


@dataclass
class Case:
    name: str
    tables: Optional[SchemaTables]
    root: int
    refused: str
    tests: List[Tuple[str, str, bool]]  # description, text, valid


def files_under(folder: str) -> Iterator[str]:
    if folder.endswith(".json"):
        yield folder
        return
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            yield os.path.join(folder, name)


def read_cases(suite: str, folder: str, asked: Asked) -> Iterator[Case]:
    tests = os.path.join(suite, "tests")
    dialect = DIALECTS[folder.split("/")[0]]
    for path in files_under(os.path.join(tests, folder)):
        with open(path, encoding="utf-8") as stream:
            data = json.load(stream, parse_float=Float)
        label = os.path.relpath(path, tests)
        for number, case in enumerate(data):
            yield compile_case(suite, label, dialect, number, case, asked)


def compile_case(suite: str, label: str, dialect: Any, number: int, case: Dict[str, Any], asked: Asked) -> Case:
    name = f"{label}: {case['description']}"
    rows = [(t["description"], json_text(t["data"]), t["valid"]) for t in case["tests"]]
    library = Library(suite)
    file = File(os.path.join(suite, f"case-{number}.json"), label, case["schema"])
    registry = Registry(library, dialect, (("http://localhost:1234/", os.path.join(suite, "remotes")),))
    program = Program(registry, asked)
    try:
        resource = registry.add_document(Node(file, (), case["schema"]), "https://case.example/schema")
        root = program.compile(resource.node)
        return Case(name, make_tables(program, f"c{abs(hash_of(name)):08x}"), root.index, "", rows)
    except DocumentError as error:
        return Case(name, None, 0, str(error), rows)


def hash_of(name: str) -> int:
    value = 0
    for byte in name.encode("utf-8"):
        value = (value * 131 + byte) % 0xFFFFFFFB
    return value


def render(cases: List[Case], out: str, name: str) -> None:
    folder = os.path.join(GENERATOR, "ewgen", "templates")
    here = os.path.dirname(os.path.abspath(__file__))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, here]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["c_string"] = c_string
    environment.filters["comment_text"] = lambda text: text.replace("*/", "* /").replace("/*", "/ *")
    parts = [cases[i : i + CASES_PER_FILE] for i in range(0, len(cases), CASES_PER_FILE)]
    for index, part in enumerate(parts):
        text = environment.get_template("cases.c.j2").render(cases=part, name=name, index=index)
        write(os.path.join(out, f"{name}_{index}.c"), text)
    write(os.path.join(out, f"{name}.h"), environment.get_template("cases.h.j2").render(name=name, count=len(parts)))


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite")
    parser.add_argument("out")
    parser.add_argument("name")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--formats", action="store_true")
    parser.add_argument("--content", action="store_true")
    options = parser.parse_args()
    asked = Asked(FORMATS if options.formats else frozenset(), options.content)
    cases = [c for folder in options.folders for c in read_cases(options.suite, folder, asked)]
    os.makedirs(options.out, exist_ok=True)
    render(cases, options.out, options.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
