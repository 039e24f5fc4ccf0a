"""Writes ewgen/unicode_data.py and runtime/src/schema/format_idn_table.c: what patterns and host names ask of Unicode.

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
GENERATOR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODULE = os.path.join(GENERATOR, "ewgen", "unicode_data.py")
TABLE = os.path.join(os.path.dirname(GENERATOR), "runtime", "src", "schema", "format_idn_table.c")

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


# ------------------------------------------------------------------------------------- internationalised names

# RFC 5892, section 2.6.
PVALID = {0x00DF, 0x03C2, 0x06FD, 0x06FE, 0x0F0B, 0x3007}
CONTEXT = {0x00B7, 0x0375, 0x05F3, 0x05F4, 0x30FB, *range(0x0660, 0x066A), *range(0x06F0, 0x06FA), 0x200C, 0x200D}
EXCLUDED = {0x0640, 0x07FA, 0x302E, 0x302F, 0x3031, 0x3032, 0x3033, 0x3034, 0x3035, 0x303B}
IGNORABLE_BLOCKS = {*range(0x20D0, 0x2100), *range(0x1D100, 0x1D250)}
LETTER_DIGITS = ("Ll", "Lu", "Lo", "Nd", "Lm", "Mn", "Mc")
BIDI = {"L": 0, "R": 1, "AL": 1, "AN": 2, "EN": 3, "NSM": 4}
BIDI_OTHER = 5
RUNS_PER_STEP = 32


def is_stable(char: str) -> bool:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold()) == char


def is_pvalid(code: int, ignorable: Set[int]) -> bool:
    char = chr(code)
    if code in PVALID or char in "-0123456789abcdefghijklmnopqrstuvwxyz":
        return True
    if code in EXCLUDED or code in ignorable or code in IGNORABLE_BLOCKS:
        return False
    return unicodedata.category(char) in LETTER_DIGITS and is_stable(char)


def idn_values() -> List[int]:
    """The bits of ew__idn_property for each code point; 0: not in a host name."""
    ignorable = having("Default_Ignorable_Code_Point") | having("White_Space") | having("Noncharacter_Code_Point")
    ignorable |= having("Hangul_Syllable_Type=L") | having("Hangul_Syllable_Type=V") | having("Hangul_Syllable_Type=T")
    values = [0] * len(CODE_POINTS)
    for code in CODE_POINTS:
        if code in CONTEXT:
            values[code] = 2
        elif not 0xD800 <= code <= 0xDFFF and is_pvalid(code, ignorable):
            values[code] = 1
        if values[code] and unicodedata.category(chr(code)).startswith("M"):
            values[code] |= 4
        if values[code] and unicodedata.combining(chr(code)) == 9:
            values[code] |= 8
        if values[code]:
            values[code] |= BIDI.get(unicodedata.bidirectional(chr(code)), BIDI_OTHER) << 9
    scripts = ("Greek", 1), ("Hebrew", 2), ("Hiragana", 3), ("Katakana", 3), ("Han", 3)
    for shift, kinds in ((4, [("Script=" + n, v) for n, v in scripts]), (6, [("Joining_Type=" + n, v) for n, v in zip("TDRL", (1, 2, 3, 4))])):
        for expression, value in kinds:
            for code in having(expression):
                values[code] |= value << shift if values[code] else 0
    return values


def idn_table() -> List[str]:
    values = idn_values()
    found = [(value, len(list(group))) for value, group in itertools.groupby(values)]
    classes = sorted({value for value, _ in found})
    data: List[int] = []
    steps = []
    start = 0
    for number, (value, count) in enumerate(found):
        if number % RUNS_PER_STEP == 0:
            steps.append((start, len(data)))
        data.append(classes.index(value))
        data += varint(count)
        start += count
    return [
        "/* Made by generator/tools/make_unicode.py. Do not edit. */",
        '#include "format_internal.h"',
        "",
        f"/* Of Unicode {VERSION}: what RFC 5892 and RFC 5893 ask of a character. */",
        "const uint16_t ew__idn_classes[] = {",
        *numbers(f"{value:#06x}" for value in classes),
        "};",
        "",
        "/* From U+0000 on: a class, and of how many characters in groups of seven bits. */",
        "const uint8_t ew__idn_runs[] = {",
        *numbers(map(str, data)),
        "};",
        "",
        "/* Where every 32nd run starts. */",
        "const ew__idn_step ew__idn_steps[] = {",
        *numbers(f"{{{first:#x}, {at}}}" for first, at in steps),
        "};",
        "",
        f"const uint32_t ew__idn_step_count = {len(steps)};",
    ]


def varint(value: int) -> List[int]:
    result = []
    while value > 0x7F:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    return result + [value]


def numbers(words: Iterable[str]) -> List[str]:
    return ["    " + line for line in textwrap.wrap(", ".join(words) + ",", 90)]


def write(path: str, lines: Sequence[str]) -> None:
    with open(path, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")


def pattern_data() -> List[str]:
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
    return lines + ["}"]


def main() -> None:
    check_versions()
    write(MODULE, pattern_data())
    write(TABLE, idn_table())


if __name__ == "__main__":
    main()
