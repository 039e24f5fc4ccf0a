"""Formats: which there are, what a schema says of one beside its other keywords, and whether a text is of one."""

from __future__ import annotations

import functools
from typing import Any, Dict, FrozenSet, Optional

from ewgen.automata import TooLarge, shortest_text
from ewgen.errors import suggestion
from ewgen.judges import JUDGES
from ewgen.load import Node
from ewgen.regex import compile_pattern

# Those that eventwire/format.h has a function for, and a text of each.
SAMPLES: Dict[str, str] = {
    "base64": "YQ==",
    "byte": "YQ==",
    "date": "2006-01-02",
    "date-time": "2006-01-02T15:04:05Z",
    "duration": "P1D",
    "email": "a@example.com",
    "eth-address": "0x" + 40 * "0",
    "ff-duration": "1s",
    "go-duration": "1s",
    "hex-quantity": "0x0",
    "hostname": "example.com",
    "idn-email": "a@example.com",
    "idn-hostname": "example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "iri": "http://example.com/",
    "iri-reference": "/",
    "json-pointer": "/a",
    "re2": "a",
    "regex": "a",
    "relative-json-pointer": "0",
    "time": "15:04:05Z",
    "uint256": "0",
    "uri": "http://example.com/",
    "uri-reference": "/",
    "uri-template": "/{a}",
    "uuid": "12345678-1234-4234-8234-123456789abc",
}
FORMATS: FrozenSet[str] = frozenset(SAMPLES)

# Patterns that let nothing through but texts of the format.
_FORMS: Dict[str, str] = {
    "base64": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    "byte": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    "eth-address": "^0x([0-9a-f]{40}|[0-9A-F]{40})$",
    "ff-duration": "^[0-9]{1,18}$",
    "hex-quantity": "^0x(0|[1-9A-Fa-f][0-9A-Fa-f]*)$",
    "json-pointer": "^(/([^~/]|~[01])*)*$",
    "uint256": "^(0|[1-9][0-9]{0,76})$",
    "uuid": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
}


@functools.lru_cache(maxsize=None)
def is_proved(name: str, pattern: Optional[str]) -> bool:
    """Whether every text of the pattern is of the format, so that nothing is left to check."""
    if pattern is None or name not in _FORMS:
        return False
    try:
        return shortest_text([compile_pattern(pattern)], [compile_pattern(_FORMS[name])]) is None
    except TooLarge:
        return False


# Of numbers. Types in C hold 64 bits, and other numbers have no format that says something of values.
RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


def holds(name: str, value: Any) -> bool:
    """Whether a value is of the format; True of values it is not about, and where only the library can tell."""
    if name in RANGES and isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = RANGES[name]
        return low <= value <= high
    return name not in JUDGES or not isinstance(value, str) or JUDGES[name](value)


def read_formats(node: Node, keyword: str) -> FrozenSet[str]:
    """The formats that are to be checked: true for all, or a list of them."""
    if not isinstance(node.value(keyword, False), list):
        return FORMATS if node.flag(keyword) else frozenset()
    for item in node.elements(keyword):
        if item.data not in FORMATS:
            raise item.error(f'no format that can be checked: "{item.data}"{suggestion(str(item.data), FORMATS)}')
    return frozenset(node.data[keyword])
