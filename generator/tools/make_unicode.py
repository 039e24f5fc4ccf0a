"""Writes ewgen/unicode_data.py: what patterns and formats ask of Unicode.

Run by hand when another version of Unicode is wanted (it takes minutes): the data come from the Python that runs this, and from two packages
that must be of the same version, `pip install regex==2024.5.15 fonttools==4.53.1` (names of the scripts). The output is committed, so
that the generator gives the same tables under every Python.
"""

from __future__ import annotations

import itertools
import os
import sys
import textwrap
import unicodedata
from typing import Callable, Iterable, List, Sequence, Set, Tuple

import regex
from fontTools.unicodedata.Scripts import NAMES

VERSION = "15.1.0"
CODE_POINTS = range(0x110000)
MODULE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "ewgen", "unicode_data.py")

# Each beside the categories it mostly is: what differs is little.
BINARY = (
    ("Alphabetic", ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl")),
    ("Emoji", ()),
    ("Emoji_Presentation", ()),
    ("Extended_Pictographic", ()),
    ("Hex_Digit", ()),
    ("ID_Continue", ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Mn", "Mc", "Nd", "Pc")),
    ("ID_Start", ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl")),
    ("Ideographic", ()),
    ("Lowercase", ("Ll",)),
    ("Uppercase", ("Lu",)),
    ("White_Space", ("Zs", "Zl", "Zp")),
)


def having(expression: str) -> Set[int]:
    matches = regex.compile(r"\p{" + expression + "}").match
    return {code for code in CODE_POINTS if matches(chr(code))}


def runs(value_of: Callable[[int], str]) -> List[Tuple[str, int]]:
    return [(value, len(list(group))) for value, group in itertools.groupby(CODE_POINTS, value_of)]


def spans(codes: Iterable[int]) -> List[Tuple[int, int]]:
    result: List[Tuple[int, int]] = []
    for code in sorted(codes):
        if result and result[-1][1] == code - 1:
            result[-1] = (result[-1][0], code)
        else:
            result.append((code, code))
    return result


def category_lines() -> List[str]:
    found = runs(lambda code: unicodedata.category(chr(code)))
    return wrapped(value + (str(count) if count > 1 else "") for value, count in found)


def script_lines() -> List[str]:
    script_of = ["Zzzz"] * len(CODE_POINTS)
    for name in sorted(NAMES):
        if name != "Zzzz":
            for code in having(f"Script={name}"):
                script_of[code] = name
    found = runs(script_of.__getitem__)
    return wrapped(value + (str(count) if count > 1 else "") for value, count in found)


def binary_lines(name: str, categories: Sequence[str]) -> List[str]:
    base = {code for code in CODE_POINTS if unicodedata.category(chr(code)) in categories}
    different = spans(having(name) ^ base)
    return wrapped(f"{low:X}" if low == high else f"{low:X}-{high:X}" for low, high in different)


def wrapped(words: Iterable[str]) -> List[str]:
    """Words with a space between them, as literals that Python joins."""
    lines = textwrap.wrap(" ".join(words), 126, break_on_hyphens=False)
    return [f'    "{line} "' for line in lines[:-1]] + [f'    "{lines[-1]}"']


def check_versions() -> None:
    if unicodedata.unidata_version != VERSION:
        sys.exit(f"this Python has Unicode {unicodedata.unidata_version}, wanted is {VERSION}")
    for category in ("Lu", "Lo", "Mn", "Nd", "So", "Cn"):
        if having(f"gc={category}") != {c for c in CODE_POINTS if unicodedata.category(chr(c)) == category}:
            sys.exit("the package regex has another version of Unicode")


def main() -> None:
    check_versions()
    lines = [
        '"""Properties of characters, made by tools/make_unicode.py. Read by ewgen/unicode.py."""',
        "",
        f'VERSION = "{VERSION}"',
        "",
        "# From U+0000 on: a general category, and of how many characters when it is more than one.",
        "CATEGORIES = (",
        *category_lines(),
        ")",
        "",
        "# Scripts in the same way.",
        "SCRIPTS = (",
        *script_lines(),
        ")",
        "",
        "SCRIPT_NAMES = {",
        *(f'    "{short}": "{NAMES[short]}",' for short in sorted(NAMES)),
        "}",
        "",
        "# The categories that a property mostly is, and where it differs from them.",
        "BINARY = {",
    ]
    for name, categories in BINARY:
        lines += [f'    "{name}": (', f'        "{" ".join(categories)}",']
        lines += ["    " + line for line in binary_lines(name, categories)]
        lines[-1] += ","
        lines.append("    ),")
    lines.append("}")
    with open(MODULE, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
