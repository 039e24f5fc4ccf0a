"""How names of a document become names in C."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Callable, Dict, Sequence

_KEYWORDS = frozenset("""
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t class compl const
    const_cast constexpr continue decltype default delete do double dynamic_cast else enum explicit export extern false
    float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private
    protected public register reinterpret_cast restrict return short signed sizeof static static_assert static_cast
    struct switch template this thread_local throw true try typedef typeid typename typeof union unsigned using virtual
    void volatile wchar_t while xor xor_eq
    errno stdin stdout stderr assert linux unix i386
    """.split())

# eventwire/<prefix>.h must not be one of the library's own.
LIBRARY_HEADERS = frozenset("""
    block cjson client codec error filter_re2 format frame handshake http log protocol reader requests schema server stream
    table unknown vector version writer
    """.split())


@lru_cache(maxsize=1 << 16)  # the same words are asked for again and again
def snake(name: str) -> str:
    """WSStart -> ws_start, contractAPI -> contract_api, x-request.id -> x_request_id. Empty when nothing is left."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", text)
    text = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()
    return "n" + text if text[:1].isdigit() else text


def member_name(name: str) -> str:
    """A struct member: snake, with an underscore behind words that C or C++ reserve."""
    return unreserved(snake(name))


def unreserved(text: str) -> str:
    return text + "_" if text in _KEYWORDS else text


_SIGNS = {
    "!": "not", "#": "hash", "$": "dollar", "%": "percent", "&": "and", "*": "star", "+": "plus", ",": "comma",
    "-": "minus", ".": "dot", "/": "slash", ":": "colon", "<": "less", "=": "equal", ">": "greater", "?": "question",
    "@": "at", "^": "hat", "_": "underscore", "|": "or", "~": "tilde", " ": "space",
}  # fmt: skip


def constant_part(text: str) -> str:
    """The last part of an enum constant: message_confirmed -> MESSAGE_CONFIRMED, >= -> GREATER_EQUAL, -1 -> MINUS_1."""
    if text == "":
        return "EMPTY"
    if re.fullmatch(r"[-+][0-9]+", text):
        return f"{_SIGNS[text[0]]}_{text[1:]}".upper()
    part = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    part = re.sub(r"[^A-Za-z0-9]+", "_", part).strip("_").upper()
    if not part:
        part = "_".join(_SIGNS.get(c, f"u{ord(c):04x}") for c in text).upper()
    return part + "_" if part == "UNKNOWN" else part


def spelled(text: str) -> str:
    """Signs by their names, what is not ASCII by its code point: -Infinity -> minus_Infinity, a.b -> a_dot_b."""
    if text == "":
        return "empty"
    words = (c if c == "_" or (c.isascii() and c.isalnum()) else f"_{_SIGNS.get(c, f'u{ord(c):04x}')}_" for c in text)
    return re.sub("__+", "_", "".join(words)).strip("_")


def apart(texts: Sequence[str], name: Callable[[str], str], upper: str) -> Dict[str, str]:
    """A name for each text. Of those that meet in one, or have none, the ones with signs are spelled; E beside e is called upper_e."""
    known = set(texts)
    found = {text: (upper if text != text.lower() in known else "") + name(text) for text in texts}
    often = Counter(found.values())
    for text in texts:
        if (often[found[text]] > 1 or not found[text]) and not re.fullmatch("[A-Za-z0-9_]+", text):
            found[text] = name(spelled(text))
    return found


def camel(name: str) -> str:
    """The key of a message for a schema key: SessionResponse -> sessionResponse."""
    head = re.match(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]*", name)
    cut = head.end() if head else 0
    return name[:cut].lower() + name[cut:]
