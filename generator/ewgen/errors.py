"""The one exception of the generator: something in a document, named by file, line and JSON Pointer."""

from __future__ import annotations

import difflib
from typing import Iterable, List, Optional


# What to do about two things of one name.
RENAME = '; "names" in a file of --options can give one of them another'


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
    return did_you_mean(near[0] if near else None)


def did_you_mean(word: Optional[str]) -> str:
    return f', did you mean "{word}"?' if word is not None else ""


def misspelt(word: str, known: Iterable[str]) -> Optional[str]:
    """The known word that somebody meant who wrote another one: the same in other case, or but for a slip or two of the keys."""
    lower = word.lower()
    slips = {name: _slips(lower, name.lower()) for name in sorted(known) if abs(len(name) - len(word)) <= 2}
    near = min(slips, key=lambda name: slips[name], default="")
    return near if near and slips[near] <= (2 if len(word) > 5 else 1) else None


def _slips(one: str, other: str) -> int:
    """Letters too many, missing, wrong, or in the place of the one beside."""
    before: List[int] = []
    row = list(range(len(other) + 1))
    for i, mine in enumerate(one):
        last, row = row, [i + 1]
        for k, theirs in enumerate(other):
            row.append(min(last[k] + (mine != theirs), last[k + 1] + 1, row[k] + 1))
            if i and k and mine == other[k - 1] and one[i - 1] == theirs:
                row[k + 1] = min(row[k + 1], before[k - 1] + 1)
        before = last
    return row[-1]
