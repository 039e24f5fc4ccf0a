"""The command line: `ewgen gen` writes the C files of a protocol, `ewgen check` says whether they are fresh."""

from __future__ import annotations

import argparse
import os
import re
import sys
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple, Union

from ewgen import VERSION
from ewgen.assertions import Asked
from ewgen.bare import make_bare
from ewgen.dialects import DIALECTS, DRAFT_07
from ewgen.document import read_protocol
from ewgen.errors import DocumentError
from ewgen.load import Library
from ewgen.names import LIBRARY_HEADERS
from ewgen.output import depfile, read, write_all
from ewgen.plan import make_plan
from ewgen.render import render, render_bare, render_lists

OK, WRONG, USAGE, INTERRUPTED = 0, 1, 2, 130

_DESCRIPTION = """\
Compiles AsyncAPI 2.x and 3.x and OpenAPI 3.1 documents into C11 codecs, and any JSON Schema into a C11 validator.

  gen    writes the C files; nothing is written when a document has an error
  check  makes the files in memory and names those on disk that differ

Exit status: 0 as expected; 1 a document has an error, or check found files that differ;
2 usage, or a file that cannot be written.
"""


@dataclass(frozen=True)
class Job:
    """One protocol: its documents, and where its files belong."""

    documents: Tuple[str, ...]
    vectors: Optional[str]
    prefix: Optional[str]
    out: str
    is_own: bool = False  # one of the project, whose build has lists of its own

    def render(self, library: Library) -> Dict[str, str]:
        plan = make_plan(read_protocol(library, self.documents, self.prefix, self.vectors))
        files = render(plan)
        return files if self.is_own else {**files, **render_lists(plan, files)}


@dataclass(frozen=True)
class SchemaJob:
    """One JSON Schema by itself."""

    schema: str
    name: Optional[str]
    prefix: str
    out: str
    dialect: str
    asked: Asked
    remotes: Tuple[Tuple[str, str], ...]

    def render(self, library: Library) -> Dict[str, str]:
        dialect = next(d for d in DIALECTS if d.name == self.dialect)
        plan = make_bare(library, self.schema, self.name, self.prefix, dialect, self.asked, self.remotes)
        files = render_bare(plan)
        return {**files, **render_lists(plan, files)}


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        jobs = _jobs(parser, options)
        outputs, depfiles = _render_all(jobs, options.base)
        if options.command == "check":
            return _check(outputs, options.base)
        write_all({**outputs, **depfiles})
        return OK
    except DocumentError as error:
        print(f"ewgen: {error}", file=sys.stderr)
        return WRONG
    except RecursionError:
        print("ewgen: a document is nested too deeply", file=sys.stderr)
        return WRONG
    except OSError as error:
        print(f"ewgen: {error.filename or ''}: {error.strerror}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ewgen", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"ewgen {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (("gen", "write the C files"), ("check", "say whether the C files are fresh")):
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        command.add_argument(
            "documents", nargs="*", metavar="DOC", help="AsyncAPI document, then OpenAPI documents beside it"
        )
        command.add_argument(
            "--prefix", help="first part of all names in C (default: x-ew-prefix of the first document)"
        )
        command.add_argument("--out", metavar="DIR", help="folder of the C files")
        command.add_argument("--vectors", metavar="FILE", help="accepted and refused texts to put into the test files")
        command.add_argument("--schema", metavar="FILE", help="a JSON Schema in place of documents: makes PREFIX_validate()")
        command.add_argument("--root", metavar="NAME", help="with --schema: a definition in it, by name or JSON Pointer")
        command.add_argument(
            "--dialect",
            choices=[d.name for d in DIALECTS],
            default=DRAFT_07.name,
            help="with --schema: what it is written in when it has no $schema (default: %(default)s)",
        )
        command.add_argument("--formats", action="store_true", help="with --schema: format is checked, not only noted")
        command.add_argument("--content", action="store_true", help="with --schema: contentEncoding and contentMediaType too")
        command.add_argument(
            "--remote",
            metavar="URI=DIR",
            action="append",
            default=[],
            help="with --schema: URIs that begin so are files in DIR; nothing is ever fetched",
        )
        command.add_argument(
            "--base", metavar="DIR", help="folder that paths in the output are relative to (default: .)"
        )
        command.add_argument(
            "--all", action="store_true", help="the project's own protocols: schema/* into generated/*"
        )
    return parser


def _jobs(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Sequence[Union[Job, SchemaJob]]:
    if options.all:
        if options.documents or options.out or options.prefix or options.vectors or options.schema:
            parser.error("--all takes no documents, --schema, --out, --prefix or --vectors")
        options.base = options.base or _project()
        return _project_jobs(options.base)
    options.base = options.base or "."
    if options.schema:
        return [_schema_job(parser, options)]
    if not options.documents or not options.out:
        parser.error("give documents and --out, or --all")
    return [Job(tuple(options.documents), options.vectors, options.prefix, options.out)]


def _schema_job(parser: argparse.ArgumentParser, options: argparse.Namespace) -> SchemaJob:
    if options.documents or options.vectors or not options.out or not options.prefix:
        parser.error("--schema takes --prefix and --out, and neither documents nor --vectors")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", options.prefix):
        parser.error(f'--prefix "{options.prefix}": expected letters, digits and "_", a letter first')
    if options.prefix in LIBRARY_HEADERS:
        parser.error(f'--prefix "{options.prefix}": the library has a header eventwire/{options.prefix}.h')
    remotes = []
    for remote in options.remote:
        uri, equals, folder = remote.partition("=")
        if not uri or not equals or not os.path.isdir(folder):
            parser.error(f'--remote "{remote}": expected URI=DIR, and DIR to be a folder')
        remotes.append((uri, folder))
    asked = Asked(options.formats, options.content)
    return SchemaJob(options.schema, options.root, options.prefix, options.out, options.dialect, asked, tuple(remotes))


def _project() -> str:
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def _project_jobs(root: str) -> List[Job]:
    jobs = []
    schema = os.path.join(root, "schema")
    for name in sorted(os.listdir(schema)):
        folder = os.path.join(schema, name)
        documents = [os.path.join(folder, n) for n in ("asyncapi.yaml", "openapi.yaml")]
        documents = [d for d in documents if os.path.exists(d)]
        vectors = os.path.join(folder, "vectors.yaml")
        if documents:
            found = vectors if os.path.exists(vectors) else None
            jobs.append(Job(tuple(documents), found, None, os.path.join(root, "generated", name), True))
    return jobs


def _render_all(jobs: Sequence[Union[Job, SchemaJob]], base: str) -> Tuple[Dict[str, str], Dict[str, str]]:
    """All outputs by path, and the depfiles of those that are not the project's own."""
    outputs: Dict[str, str] = {}
    depfiles: Dict[str, str] = {}
    for job in jobs:
        library = Library(base)
        files = {os.path.join(job.out, path): text for path, text in job.render(library).items()}
        outputs.update(files)
        # The lists of a build bear the name of the protocol; what it hangs on stands beside them.
        for name in (path[: -len(".cmake")] for path in files if path.endswith(".cmake")):
            depfiles[name + ".d"] = depfile(job.out, files, library.files)
    return outputs, depfiles


def _check(outputs: Dict[str, str], base: str) -> int:
    stale = [path for path in sorted(outputs) if read(path) != outputs[path]]
    for path in stale:
        reason = "differs" if os.path.exists(path) else "is missing"
        print(f"{os.path.relpath(path, base)} {reason}")
    if stale:
        print(
            f"ewgen: {len(stale)} of {len(outputs)} files are not what the documents say: run ewgen gen",
            file=sys.stderr,
        )
    return WRONG if stale else OK
