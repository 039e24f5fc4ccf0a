"""The one exception of the generator: something in a document, named by file, line and JSON Pointer."""

from __future__ import annotations

import difflib
from typing import Iterable, Optional


class DocumentError(Exception):
    """A document cannot be compiled. str() is the whole message, one line unless it shows a JSON text."""

    def __init__(self, file: str, line: Optional[int], pointer: Optional[str], message: str):
        place = file if line is None else f"{file}:{line}"
        where = place if pointer is None else f"{place}: {pointer}"
        super().__init__(f"{where}: {message}")
        self.file = file
        self.line = line
        self.pointer = pointer
        self.message = message


def suggestion(word: str, known: Iterable[str]) -> str:
    """', did you mean "pattern"?' for a word close to a known one, else ''."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f', did you mean "{near[0]}"?' if near else ""
