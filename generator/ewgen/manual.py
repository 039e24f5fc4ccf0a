"""The manual page, made of what the command line is parsed with, so the two cannot differ."""

from __future__ import annotations

import argparse
from typing import Iterator

from ewgen import VERSION


def manual(parser: argparse.ArgumentParser) -> str:
    return "\n".join(_lines(parser)) + "\n"


def _lines(parser: argparse.ArgumentParser) -> Iterator[str]:
    what, _, status = (parser.description or "").partition("Exit status:")
    yield f'.TH EWGEN 1 "" "eventwire {VERSION}" "User Commands"'
    yield ".SH NAME"
    yield r"ewgen \- compiles AsyncAPI documents and JSON Schemas into C"
    yield ".SH SYNOPSIS"
    yield ".B ewgen"
    yield r"\fICOMMAND\fR [\fIOPTION\fR]..."
    yield ".SH DESCRIPTION"
    yield _text(what.partition("\n\n")[0])
    yield ".SH COMMANDS"
    for name, command in _commands(parser).choices.items():
        yield f".SS ewgen {name}"
        yield _text(command.description or "")
        yield from _options(command)
    yield ".SH OPTIONS"
    yield from _options(parser)
    yield ".SH EXIT STATUS"
    yield _text(status)
    yield ".SH ENVIRONMENT"
    yield ".TP\n.B EW_PYTHON"
    yield "The Python that runs it, if it has jinja2 and yaml."
    yield ".SH SEE ALSO"
    yield ".BR ew (1)"


def _commands(parser: argparse.ArgumentParser) -> argparse._SubParsersAction:
    return next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    formatter = parser._get_formatter()
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            yield ".TP"
            yield f".B {_text(formatter._format_action_invocation(action))}"
            yield _text(formatter._expand_help(action)) if action.help else ""


def _text(text: str) -> str:
    """Not taken for requests or escapes; a dash stays one that can be copied."""
    words = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")
    return r"\&" + words if words[:1] in (".", "'") else words
