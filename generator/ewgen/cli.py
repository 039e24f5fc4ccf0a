"""The command line: what the commands take, and what they print and return."""

from __future__ import annotations

import argparse
import os
import re
import sys
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

from ewgen import VERSION
from ewgen.assertions import Asked
from ewgen.bare import BarePlan, bare_protocol, make_bare
from ewgen.dialects import DIALECTS, DRAFT_07, Dialect
from ewgen.diff import COMPATIBLE, Verdict, diff_documents, diff_schemas, is_breaking
from ewgen.document import read_protocol
from ewgen.errors import DocumentError
from ewgen.explain import Explanation
from ewgen.findings import as_line, colourful, json_document, json_line
from ewgen.formats import FORMATS
from ewgen.lint import Report, default_prefix, lint_documents, lint_schema
from ewgen.load import Library
from ewgen.manual import manual
from ewgen.names import LIBRARY_HEADERS, unreserved
from ewgen.options import rules_of
from ewgen.output import depfile, read, write_all
from ewgen.plan import SIDES, make_plan
from ewgen.render import render, render_bare, render_fuzz, render_lists, render_schema_fuzz, render_typed
from ewgen.rules import Rules
from ewgen.validate import Judge, of_document, of_schema, verdicts

OK, WRONG, USAGE, INTERRUPTED = 0, 1, 2, 130
MAX_NOTES = 10

_DESCRIPTION = """\
Compiles AsyncAPI and OpenAPI 3.1 documents into C11 codecs, and any JSON Schema into a C11 validator and,
where it determines types, a codec.

  gen      writes the C files; nothing is written when a document has an error
  check    makes the files in memory and names those on disk that differ
  lint     says everything that is wrong with the documents, or with a JSON Schema
  explain  says how messages are told apart and how large they can get
  diff     says which changes break programs made from the old version
  validate says which message a JSON text is, or what is wrong with it

Exit status: 0 as expected; 1 a document has an error, check found files that differ, lint found something,
diff found what breaks readers or writers, validate refused a text; 2 usage, or a file that cannot be written.
"""

Argument = Tuple[Tuple[str, ...], Dict[str, Any]]


def _argument(*names: str, **how: Any) -> Argument:
    return names, how


# What the commands share, by what it is about.
_DOCUMENTS = (
    _argument("documents", nargs="*", metavar="DOC", help="AsyncAPI document, then OpenAPI documents beside it"),
    _argument("--prefix", help="first part of all names in C (default: x-ew-prefix of the first document)"),
    _argument("--vectors", metavar="FILE", help="accepted and refused texts to put into the test files"),
)
_ROOT = (_argument("--root", metavar="NAME", help="with --schema: a definition in it, by name or JSON Pointer"),)
_SCHEMA = (_argument("--schema", metavar="FILE", help="a JSON Schema in place of documents"),) + _ROOT
_EXPLAINED = (
    _argument("documents", nargs="+", metavar="DOC", help="AsyncAPI document, then OpenAPI documents beside it"),
    _argument("--prefix", help="first part of all names in C (default: x-ew-prefix of the first document)"),
)
_VERSIONS = (
    _argument("old", metavar="OLD", help="a document as it was"),
    _argument("new", metavar="NEW", help="the same document as it is"),
    _argument("--schema", action="store_true", help="OLD and NEW are JSON Schemas"),
    _argument("--options", metavar="FILE", help="what to do otherwise with documents that are not yours to change"),
    _argument("--old-options", metavar="FILE", help="the same for OLD alone"),
    _argument("--new-options", metavar="FILE", help="the same for NEW alone"),
)
_DIALECT = (
    _argument(
        "--dialect",
        choices=[d.name for d in DIALECTS],
        default=DRAFT_07.name,
        help="with --schema: what it is written in when it has no $schema (default: %(default)s)",
    ),
    _argument("--formats", action="store_true", help="with --schema: format is checked, not only noted"),
    _argument("--content", action="store_true", help="with --schema: contentEncoding and contentMediaType too"),
    _argument(
        "--remote",
        metavar="URI=DIR",
        action="append",
        default=[],
        help="with --schema: URIs that begin so are files in DIR; nothing is ever fetched",
    ),
)
_BASE = (_argument("--base", metavar="DIR", help="folder that paths in the output are relative to (default: .)"),)
_REFS = (
    _argument("--refs", metavar="DIR", action="append", default=[], help="references may also lead to files in DIR, not only beside the document"),
)
_PLACES = _BASE + _REFS + (_argument("--all", action="store_true", help="the project's own protocols: schema/* into generated/*"),)
_RULES = (_argument("--options", metavar="FILE", help="what to do otherwise with documents that are not yours to change"),)
_AS = (
    _argument(
        "--as",
        dest="written_as",
        choices=("client", "server"),
        help="whose sending and receiving the documents speak of (default: the server's, as AsyncAPI has it)",
    ),
)
_OUT = (
    _argument("--out", metavar="DIR", help="folder of the C files"),
    _argument("--client", action="store_true", help="what a client does with the messages, and no server (default: both)"),
    _argument("--server", action="store_true", help="what a server does with them, and no client"),
)
_REPORT = (_argument("--format", choices=("text", "json"), default="text", help="how the report is written (default: text)"),)
_TEXTS = (
    _argument("files", nargs="+", metavar="FILE", help="an AsyncAPI document, unless --schema is given; then the texts (- is standard input)"),
    _argument("--message", metavar="NAME", help="the message that the texts must be (default: any of the document)"),
    _argument("--lines", action="store_true", help="each line is a text, as in files called .ndjson or .jsonl"),
)
_PROOF = (_argument("--proof", action="store_true", help="also say what tells the messages of each channel and direction apart"),)


@dataclass(frozen=True)
class Job:
    """One protocol: its documents, and where its files belong."""

    documents: Tuple[str, ...]
    vectors: Optional[str]
    prefix: Optional[str]
    out: str
    sides: Tuple[str, ...] = SIDES
    is_own: bool = False  # one of the project, whose build has lists and fuzz targets of its own
    options: Optional[str] = None
    written_as: Optional[str] = None

    def render(self, library: Library) -> Dict[str, str]:
        rules = rules_of(library, self.options, self.written_as)
        protocol = read_protocol(library, self.documents, self.prefix, self.vectors, rules)
        library.notes.update({str(remark): remark for remark in protocol.remarks})
        plan = make_plan(protocol, sides=self.sides)
        rules.check_used()
        files = render(plan)
        if self.is_own:
            return files
        files.update(render_fuzz(plan))
        return {**files, **render_lists(plan, files)}


@dataclass(frozen=True)
class SchemaJob:
    """One JSON Schema by itself."""

    schema: str
    name: Optional[str]
    prefix: Optional[str]
    out: str
    dialect: str
    asked: Asked
    remotes: Tuple[Tuple[str, str], ...]
    options: Optional[str] = None

    def render(self, library: Library) -> Dict[str, str]:
        dialect = _dialect(self.dialect)
        rules = rules_of(library, self.options)
        prefix = self.prefix or rules.prefix
        if not prefix:
            raise library.open(self.schema).error('a prefix is needed: --prefix, or "prefix" in the file of options')
        if unreserved(prefix) != prefix:
            raise library.open(self.schema).error(f'the prefix "{prefix}" is a word of C or C++, and no type can be called so')
        rules = replace(rules, formats=self.asked.formats | rules.formats)
        asked = replace(self.asked, formats=rules.formats)
        plan = make_bare(library, self.schema, self.name, prefix, dialect, asked, self.remotes)
        files = {**(self._typed(library, plan, rules) or render_bare(plan)), **render_schema_fuzz(plan)}
        return {**files, **render_lists(plan, files)}

    @staticmethod
    def _typed(library: Library, plan: BarePlan, rules: Rules) -> Dict[str, str]:
        """Nothing where the schema has no types in C; why is said, since that may be unexpected."""
        try:
            typed = make_plan(bare_protocol(library, plan, rules), plan)
        except (DocumentError, RecursionError) as reason:
            why = reason if isinstance(reason, DocumentError) else f"{plan.source}: nested too deeply"
            print(f"ewgen: only {plan.prefix}_validate() is made: {why}", file=sys.stderr)
            return {}
        rules.check_used()
        return render_typed(typed)


@dataclass(frozen=True)
class Command:
    help: str
    arguments: Tuple[Argument, ...]
    run: Callable[[argparse.ArgumentParser, argparse.Namespace], int]


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = _parser()
    options = _parsed(parser, arguments)
    try:
        return _COMMANDS[options.command].run(parser, options)
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


def _parsed(parser: argparse.ArgumentParser, arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    """Files may stand before and behind options; argparse takes those of one place alone."""
    options, more = parser.parse_known_args(arguments)
    files = vars(options).get("documents", vars(options).get("files"))
    if more and (files is None or any(word.startswith("-") and word != "-" for word in more)):
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    if more:
        files.extend(more)
    return options


class _Man(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print(manual(parser), end="")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ewgen", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"ewgen {VERSION}")
    parser.add_argument("--man", action=_Man, nargs=0, help="print the manual page and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in _COMMANDS.items():
        text = f"{command.help[0].upper()}{command.help[1:]}. {_ABOUT[name]}"
        subparser = commands.add_parser(name, help=command.help, description=text)
        for names, how in command.arguments:
            subparser.add_argument(*names, **how)
    return parser


# ------------------------------------------------------------------------------------------------ gen and check


def _run_gen(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    jobs = _jobs(parser, options)
    outputs, depfiles = _render_all(jobs, options.base, _refs(parser, options))
    write_all({**outputs, **depfiles})
    return OK


def _run_check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    outputs, _ = _render_all(_jobs(parser, options), options.base, _refs(parser, options))
    return _check(outputs, options.base)


def _jobs(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Sequence[Union[Job, SchemaJob]]:
    if options.all:
        if options.documents or options.out or options.prefix or options.vectors or options.schema or options.options:
            parser.error("--all takes no documents, --schema, --out, --prefix, --vectors or --options")
        if options.client or options.server or options.written_as:
            parser.error("--all makes both sides")
        options.base = _project(parser, options)
        return _project_jobs(options.base)
    options.base = options.base or "."
    if options.schema:
        return [_schema_job(parser, options)]
    if not options.documents or not options.out:
        parser.error("give documents and --out, or --all")
    documents = tuple(options.documents)
    return [Job(documents, options.vectors, options.prefix, options.out, _sides(options), options=options.options, written_as=options.written_as)]


def _sides(options: argparse.Namespace) -> Tuple[str, ...]:
    """Those asked for; all when none is."""
    asked = tuple(side for side in SIDES if getattr(options, side))
    return asked or SIDES


def _schema_job(parser: argparse.ArgumentParser, options: argparse.Namespace) -> SchemaJob:
    if options.documents or options.vectors or not options.out or not (options.prefix or options.options):
        parser.error("--schema takes --prefix and --out, and neither documents nor --vectors")
    if options.client or options.server or options.written_as:
        parser.error("a schema has no --client, no --server and no --as")
    if options.prefix and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", options.prefix):
        parser.error(f'--prefix "{options.prefix}": expected letters, digits and "_", a letter first')
    if options.prefix in LIBRARY_HEADERS:
        parser.error(f'--prefix "{options.prefix}": the library has a header eventwire/{options.prefix}.h')
    remotes = _remotes(parser, options)
    asked = _asked(options)
    return SchemaJob(options.schema, options.root, options.prefix, options.out, options.dialect, asked, remotes, options.options)


def _asked(options: argparse.Namespace) -> Asked:
    return Asked(FORMATS if options.formats else frozenset(), options.content)


def _remotes(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Tuple[Tuple[str, str], ...]:
    remotes = []
    for remote in options.remote:
        uri, equals, folder = remote.partition("=")
        if not uri or not equals or not os.path.isdir(folder):
            parser.error(f'--remote "{remote}": expected URI=DIR, and DIR to be a folder')
        remotes.append((uri, folder))
    return tuple(remotes)


def _refs(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Sequence[str]:
    for folder in options.refs:
        if not os.path.isdir(folder):
            parser.error(f'--refs "{folder}": no such folder')
    return options.refs


def _dialect(name: str) -> Dialect:
    return next(d for d in DIALECTS if d.name == name)


def _project(parser: argparse.ArgumentParser, options: argparse.Namespace) -> str:
    """The tree that --all is about, which an installed copy is no part of."""
    root = options.base or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if not os.path.isdir(os.path.join(root, "schema")):
        parser.error("--all is about the protocols in the source tree of eventwire, and this is an installed copy: name your documents")
    return root


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
            jobs.append(Job(tuple(documents), found, None, os.path.join(root, "generated", name), is_own=True))
    return jobs


def _render_all(jobs: Sequence[Union[Job, SchemaJob]], base: str, refs: Sequence[str]) -> Tuple[Dict[str, str], Dict[str, str]]:
    """All outputs by path, and the depfiles of those that are not the project's own."""
    outputs: Dict[str, str] = {}
    depfiles: Dict[str, str] = {}
    for job in jobs:
        library = Library(base, refs=refs)
        files = {os.path.join(job.out, path): text for path, text in job.render(library).items()}
        outputs.update(files)
        # The lists of a build bear the name of the protocol; what it hangs on stands beside them.
        for name in (path[: -len(".cmake")] for path in files if path.endswith(".cmake")):
            depfiles[name + ".d"] = depfile(job.out, files, library.files)
        _say_notes(library)
    return outputs, depfiles


def _say_notes(library: Library) -> None:
    """What the documents say without effect; lint says it all."""
    for note in list(library.notes.values())[:MAX_NOTES]:
        print(f"ewgen: note: {note}", file=sys.stderr)
    more = len(library.notes) - MAX_NOTES
    if more > 0:
        print(f"ewgen: note: and {more} more, which ewgen lint shows", file=sys.stderr)


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


# ----------------------------------------------------------------------------------------------------------- lint


def _run_lint(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    reports = _lint_reports(parser, options)
    findings = [f for report in reports for f in report.findings]
    if options.format == "json":
        print(json_document([report.as_json() for report in reports] if options.all else reports[0].as_json()))
    else:
        colours = colourful(sys.stdout)
        for found in findings:
            print(as_line(found, colours))
        for report in reports:
            for proof in report.proofs if options.proof else ():
                print(proof)
    for report in reports:
        if report.unchecked:
            print(f"ewgen: formats that are noted, not checked: {_places(report.unchecked)}", file=sys.stderr)
        for hint in report.hints:
            print(f"ewgen: {hint}", file=sys.stderr)
    if findings:
        print(f"ewgen: {_counted(len(findings), 'finding')}", file=sys.stderr)
    return WRONG if findings else OK


def _places(counts: Dict[str, int]) -> str:
    return ", ".join(f"{name} ({_counted(count, 'place')})" for name, count in sorted(counts.items()))


def _lint_reports(parser: argparse.ArgumentParser, options: argparse.Namespace) -> List[Report]:
    if options.all:
        if options.documents or options.prefix or options.vectors or options.schema or options.options or options.written_as:
            parser.error("--all takes no documents, --schema, --prefix, --vectors, --options or --as")
        base = _project(parser, options)
        return [lint_documents(base, job.documents, None, job.vectors) for job in _project_jobs(base)]
    base, refs = options.base or ".", _refs(parser, options)
    if not options.schema:
        if not options.documents:
            parser.error("give documents, --schema or --all")
        return [lint_documents(base, options.documents, options.prefix, options.vectors, options.options, options.written_as, refs)]
    if options.documents or options.vectors or options.prefix or options.written_as:
        parser.error("--schema takes neither documents, --prefix, --vectors nor --as")
    asked, remotes = _asked(options), _remotes(parser, options)
    return [lint_schema(base, options.schema, options.root, _dialect(options.dialect), asked, remotes, refs, options.options)]


# -------------------------------------------------------------------------------------------------------- explain


def _run_explain(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    library = Library(options.base or ".", refs=_refs(parser, options))
    rules = rules_of(library, options.options, options.written_as)
    prefix = options.prefix or rules.prefix or default_prefix(library.open(options.documents[0]))
    explanation = Explanation(read_protocol(library, options.documents, prefix, None, rules))
    if options.format == "json":
        print(json_document(explanation.as_json()))
    else:
        for line in explanation.text():
            print(line)
    return OK


# ----------------------------------------------------------------------------------------------------------- diff


def _run_diff(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    verdicts = _verdicts(parser, options)
    if options.format == "json":
        print(json_document({"compatible": not is_breaking(verdicts), "changes": [v.as_json() for v in verdicts]}))
    else:
        for verdict in verdicts:
            print(verdict)
    breaking = sum(v.kind != COMPATIBLE for v in verdicts)
    if breaking:
        print(f"ewgen: {breaking} of {_counted(len(verdicts), 'change')} break{'' if breaking > 1 else 's'} programs", file=sys.stderr)
    return WRONG if breaking else OK


def _verdicts(parser: argparse.ArgumentParser, options: argparse.Namespace) -> List[Verdict]:
    base, refs = options.base or ".", _refs(parser, options)
    rules = _versions_options(parser, options)
    if not options.schema:
        if options.root or options.remote:
            parser.error("--root and --remote go with --schema")
        return diff_documents(base, (options.old, options.new), rules, refs)
    asked, remotes = _asked(options), _remotes(parser, options)
    return diff_schemas(base, (options.old, options.new), options.root, _dialect(options.dialect), asked, remotes, rules, refs)


def _versions_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Tuple[Optional[str], Optional[str]]:
    """The files of options for the two."""
    own = (options.old_options, options.new_options)
    if options.options and any(own):
        parser.error("--options is for both, --old-options and --new-options are for one each")
    return (options.options, options.options) if options.options else own


# ------------------------------------------------------------------------------------------------------- validate


def _run_validate(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    refused = 0
    judge = _judge(parser, options)
    for verdict in verdicts(judge, options.files if options.schema else options.files[1:], options.lines, sys.stdin):
        refused += verdict.refusal is not None
        print(json_line(verdict.as_json()) if options.format == "json" else verdict)
    return WRONG if refused else OK


def _judge(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Judge:
    base, refs = options.base or ".", _refs(parser, options)
    if options.schema:
        if options.message or options.options:
            parser.error("--message and --options go with a document, not with --schema")
        return of_schema(base, options.schema, options.root, _dialect(options.dialect), _asked(options), _remotes(parser, options), refs)
    if options.root or options.remote or options.formats or options.content:
        parser.error("--root, --remote, --formats and --content go with --schema")
    if len(options.files) < 2:
        parser.error("give a document, and the texts behind it")
    return of_document(base, options.files[0], options.message, options.options, refs)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


_ABOUT = {
    "gen": "Stops at the first error, with one line on stderr and nothing written. Exit status: 0, 1 (an error), 2 (usage).",
    "check": "Names each file that differs or is missing. Exit status: 0 (all are fresh), 1 (some differ, or an error), 2 (usage).",
    "lint": "Goes on behind errors, and judges examples, defaults and patterns, keywords that a validator ignores, messages that nothing "
    "tells apart, and what nothing leads to. One line for each finding; on stderr their number, which formats are noted and not "
    "checked, and hints. Exit status: 0 (no findings), 1 (some), 2 (usage).",
    "explain": "For each channel and direction what the decoder looks at first and which message follows from it; for each message how "
    "many bytes it takes at most, or what has no bound. Exit status: 0, 1 (an error in a document), 2 (usage).",
    "diff": "One line for each change, with whom it breaks: readers, writers, or nobody. Exit status: 0 (all is compatible), 1 (some "
    "changes break programs, or an error), 2 (usage).",
    "validate": "One line for each text: the message that it is, or what is refused and where. JSON has one object a line. Exit "
    "status: 0 (all are valid), 1 (some are not, or an error in the document), 2 (usage, or a file that cannot be read).",
}
_COMMANDS = {
    "gen": Command("write the C files", _DOCUMENTS + _AS + _OUT + _SCHEMA + _DIALECT + _RULES + _PLACES, _run_gen),
    "check": Command("say whether the C files are fresh", _DOCUMENTS + _AS + _OUT + _SCHEMA + _DIALECT + _RULES + _PLACES, _run_check),
    "lint": Command("say everything that is wrong", _DOCUMENTS + _AS + _SCHEMA + _DIALECT + _RULES + _PLACES + _REPORT + _PROOF, _run_lint),
    "explain": Command("say how messages are told apart and how large they get", _EXPLAINED + _AS + _RULES + _BASE + _REFS + _REPORT, _run_explain),
    "diff": Command("say which changes break programs", _VERSIONS + _ROOT + _DIALECT + _BASE + _REFS + _REPORT, _run_diff),
    "validate": Command("say what is wrong with messages", _TEXTS + _SCHEMA + _DIALECT + _RULES + _BASE + _REFS + _REPORT, _run_validate),
}
