"""Sets of characters by their properties, as \\p{...} of ECMA-262 names them. The data are those of one version of Unicode, whatever
the Python."""

from __future__ import annotations

import functools
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from ewgen.unicode_data import BINARY, CATEGORIES, SCRIPT_NAMES, SCRIPTS, VERSION

__all__ = ["MAX_CODE_POINT", "VERSION", "Range", "Ranges", "complement", "has_property", "normalise", "property_ranges"]

MAX_CODE_POINT = 0x10FFFF

Range = Tuple[int, int]
Ranges = Tuple[Range, ...]

# The names of PropertyValueAliases.txt, and for groups the categories in them.
_CATEGORY_NAMES = """
    C Other; Cc Control cntrl; Cf Format; Cn Unassigned; Co Private_Use; Cs Surrogate; L Letter; LC Cased_Letter; Ll Lowercase_Letter;
    Lm Modifier_Letter; Lo Other_Letter; Lt Titlecase_Letter; Lu Uppercase_Letter; M Mark Combining_Mark; Mc Spacing_Mark;
    Me Enclosing_Mark; Mn Nonspacing_Mark; N Number; Nd Decimal_Number digit; Nl Letter_Number; No Other_Number; P Punctuation punct;
    Pc Connector_Punctuation; Pd Dash_Punctuation; Pe Close_Punctuation; Pf Final_Punctuation; Pi Initial_Punctuation;
    Po Other_Punctuation; Ps Open_Punctuation; S Symbol; Sc Currency_Symbol; Sk Modifier_Symbol; Sm Math_Symbol; So Other_Symbol;
    Z Separator; Zl Line_Separator; Zp Paragraph_Separator; Zs Space_Separator
"""
_SHORT_CATEGORY = {name: entry.split()[0] for entry in _CATEGORY_NAMES.split(";") for name in entry.split()}
_SHORT_SCRIPT = {name: short for short, long in SCRIPT_NAMES.items() for name in (short, long)}
_SHORT_SCRIPT.update({"Qaai": "Zinh", "Qaac": "Copt"})
_SHORT_BINARY = {"Alpha": "Alphabetic", "Lower": "Lowercase", "Upper": "Uppercase", "space": "White_Space", "IDS": "ID_Start"}
_SHORT_BINARY.update({"IDC": "ID_Continue", "Ideo": "Ideographic", "EPres": "Emoji_Presentation", "ExtPict": "Extended_Pictographic"})
_SHORT_BINARY.update({"Hex": "Hex_Digit", "AHex": "ASCII_Hex_Digit"})


def normalise(ranges: Iterable[Range]) -> Ranges:
    result: List[Range] = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)


def complement(ranges: Iterable[Range]) -> Ranges:
    result: List[Range] = []
    start = 0
    for low, high in normalise(ranges):
        if low > start:
            result.append((start, low - 1))
        start = high + 1
    if start <= MAX_CODE_POINT:
        result.append((start, MAX_CODE_POINT))
    return tuple(result)


@functools.lru_cache(maxsize=None)
def property_ranges(text: str) -> Optional[Ranges]:
    """What \\p{text} stands for; None when there is no such property, or none that is known here."""
    name, equals, value = text.partition("=")
    if not equals:
        return _category(name) or _binary(_SHORT_BINARY.get(name, name))
    if name in ("General_Category", "gc"):
        return _category(value)
    if name in ("Script", "sc"):
        return _tables(SCRIPTS).get(_SHORT_SCRIPT.get(value, ""))
    return None


def has_property(char: str, text: str) -> bool:
    return any(low <= ord(char) <= high for low, high in property_ranges(text) or ())


@functools.lru_cache(maxsize=None)
def _tables(runs: str) -> Dict[str, Ranges]:
    """The ranges of each value of a property."""
    result: Dict[str, List[Range]] = {}
    start = 0
    for run in runs.split():
        value = run.rstrip("0123456789")
        count = int(run[len(value) :] or 1)
        result.setdefault(value, []).append((start, start + count - 1))
        start += count
    return {value: tuple(ranges) for value, ranges in result.items()}


def _category(name: str) -> Optional[Ranges]:
    short = _SHORT_CATEGORY.get(name)
    if short is None:
        return None
    members = ("Lu", "Ll", "Lt") if short == "LC" else [c for c in _tables(CATEGORIES) if c.startswith(short)]
    return _categories(members)


def _categories(names: Sequence[str]) -> Ranges:
    return normalise(span for name in names for span in _tables(CATEGORIES)[name])


def _binary(name: str) -> Optional[Ranges]:
    if name == "Any":
        return ((0, MAX_CODE_POINT),)
    if name == "ASCII":
        return ((0, 0x7F),)
    if name == "ASCII_Hex_Digit":
        return ((0x30, 0x39), (0x41, 0x46), (0x61, 0x66))
    if name == "Assigned":
        return complement(_categories(["Cn"]))
    if name not in BINARY:
        return None
    categories, different = BINARY[name]
    return _difference(_categories(categories.split()), [_span(word) for word in different.split()])


def _span(word: str) -> Range:
    low, _, high = word.partition("-")
    return (int(low, 16), int(high or low, 16))


def _difference(a: Sequence[Range], b: Sequence[Range]) -> Ranges:
    """What is in one of them alone: each end of a range turns the answer."""
    result: List[Range] = []
    start = None
    ends = sorted(end for low, high in (*a, *b) for end in (low, high + 1))
    for end in ends:
        if start is None:
            start = end
        else:
            if end > start:
                result.append((start, end - 1))
            start = None
    return normalise(result)
