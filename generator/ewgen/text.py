"""Texts of documents as C: string literals, comments, numbers, prototypes."""

from __future__ import annotations

import re
import textwrap
from typing import Any, Iterable, List, Sequence, Tuple

from ewgen.load import Float
from ewgen.model import INT64, UINT64_MAX

# Comments and lists of numbers; code may be a little wider.
WIDTH = 100
LINE_WIDTH = 118
# Where the parameters of a prototype stand below each other; behind a longer name they are indented by four.
_MAX_HEAD = 70
# What every C11 compiler accepts in one string literal.
MAX_LITERAL = 4095

_ESCAPES = {0x22: '\\"', 0x5C: "\\\\", 0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t"}


def c_string(value: Any) -> str:
    """A C string literal of a text or of bytes. Text that prints stays readable, everything else is escaped in octal."""
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
    return '"' + "".join(_escaped(value)) + '"'


def _escaped(data: bytes) -> Iterable[str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        for char in text:
            yield _escaped_char(char) if char < "\x80" else f"\\{ord(char):03o}"
        return
    previous = ""
    for char in text:
        # Two question marks could start a trigraph.
        yield "\\?" if char == previous == "?" else _escaped_char(char)
        previous = char


def _escaped_char(char: str) -> str:
    if ord(char) in _ESCAPES:
        return _ESCAPES[ord(char)]
    if char.isprintable():
        return char
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogatepass"))


def c_char_array(data: bytes) -> Tuple[str, ...]:
    """Lines of an array initialiser, for texts too long for a literal."""
    items = [_c_char(byte) for byte in data]
    return tuple(textwrap.wrap(", ".join(items), WIDTH - 2, break_long_words=False, break_on_hyphens=False))


def _c_char(byte: int) -> str:
    if byte in (0x27, 0x5C):
        return f"'\\{chr(byte)}'"
    # A blank inside quotes would be taken for a place to break the line.
    if 0x20 < byte < 0x7F:
        return f"'{chr(byte)}'"
    return f"'\\{byte:03o}'"


def c_int(value: int) -> str:
    for number, name in ((INT64[0], "INT64_MIN"), (INT64[1], "INT64_MAX"), (UINT64_MAX, "UINT64_MAX")):
        if value == number:
            return name
    if value > INT64[1]:
        return f"UINT64_C({value})"
    return str(value) if abs(value) < 2**31 else f"INT64_C({value})"


def c_double(value: Any) -> str:
    text = value.text if isinstance(value, Float) else repr(value)
    text = repr(float(text))
    return text if any(c in text for c in ".en") else text + ".0"


def c_bool(value: bool) -> str:
    return "true" if value else "false"


def comment_text(text: str) -> str:
    """Text that neither ends a comment nor begins one, with the backslash that says so in other languages."""
    return text.replace("*/", "*\\/").replace("/*", "/\\*")


def wrap(text: str, indent: int) -> List[str]:
    """Lines of a comment whose text starts at column indent."""
    result: List[str] = []
    for paragraph in comment_text(text).strip().split("\n\n"):
        if result:
            result.append("")
        words = " ".join(paragraph.split())
        result.extend(textwrap.wrap(words, WIDTH - indent, break_long_words=False, break_on_hyphens=False))
    return result


def prototype(result: str, name: str, parameters: Sequence[str]) -> str:
    """`result name(parameters)`, broken behind commas where the line would be too long."""
    head = f"{result} {name}(" if not result.endswith("*") else f"{result}{name}("
    indent = len(head) if len(head) <= _MAX_HEAD else 4
    lines = [head]
    for index, parameter in enumerate(parameters):
        last = index + 1 == len(parameters)
        piece = parameter + (")" if last else ",")
        # One column more for the semicolon or brace that follows.
        if len(lines[-1]) + len(piece) + 1 + last > LINE_WIDTH:
            lines[-1] = lines[-1].rstrip()
            lines.append(" " * indent)
        lines[-1] += piece + ("" if last else " ")
    return "\n".join(lines)


def macro_call(name: str, arguments: Sequence[str], indent: int) -> str:
    """`NAME(a, b, c)` standing at column indent; the last argument on a line of its own where the line would be too long."""
    call = f"{name}({', '.join(arguments)})"
    if indent + len(call) <= LINE_WIDTH:
        return call
    return f"{name}({', '.join(arguments[:-1])},\n{' ' * (indent + len(name) + 1)}{arguments[-1]})"


def pattern_comment(pattern: str) -> str:
    """A pattern that means the same in a comment, however that is wrapped, and neither ends nor begins one."""
    tokens = re.findall(r"\\.|.", pattern, re.DOTALL)
    result = ""
    for token, behind in zip(tokens, tokens[1:] + [""]):
        if token in ("/", "\\/") and behind.startswith("*"):
            token = "\\x2f"
        elif token == "/" and result.endswith("*"):
            token = "\\/"
        elif token.isspace() and (token != " " or behind == " "):
            token = f"\\x{ord(token):02x}" if ord(token) < 0x100 else f"\\u{ord(token):04x}"
        result += token
    return result


def json_comment(text: str) -> str:
    """A JSON text, or a string of C, that means the same in a comment and neither ends nor begins one."""
    return text.replace("*/", "*\\/").replace("/*", "\\u002f*")


def json_lines(text: str, width: int) -> List[str]:
    """A JSON text as lines of a comment, broken behind commas where there are some."""
    safe = json_comment(text)
    result: List[str] = []
    while len(safe) > width:
        cut = safe.rfind(",", width // 2, width) + 1 or width
        result.append(safe[:cut])
        safe = safe[cut:]
    return result + [safe]
