"""The dictionary of a fuzzer: what JSON is made of, and the words of a schema."""

from __future__ import annotations

from typing import Iterable, Iterator

from ewgen import instance, model
from ewgen.assertions import Program, Value

_TOKENS = (
    "true",
    "false",
    "null",
    "{}",
    "[]",
    '""',
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '\\"',
    "\\u0000",
    "\\ud83d\\ude00",
    "1e2",
    "-1",
    "1.0",
    "9223372036854775807",
    "18446744073709551615",
)


def words_of_types(types: Iterable[model.Type]) -> Iterator[str]:
    """Every key, enum text and constant."""
    for kind in types:
        if isinstance(kind, model.Object):
            yield from (instance.to_json(m.name) + ":" for m in kind.members)
        elif isinstance(kind, model.Enum):
            yield from (instance.to_json(v) for v in kind.values)
        elif isinstance(kind, model.Const):
            yield instance.to_json(kind.value)


def words_of_schemas(program: Program) -> Iterator[str]:
    """Every key, and every value of an enum."""
    for rule in (rule for schema in program.schemas for rule in schema.rules):
        if rule.keyword == "PROPERTIES":
            yield from (instance.to_json(name) + ":" for name, _ in rule.data.named)
        elif rule.keyword == "REQUIRED":
            yield from (instance.to_json(name) + ":" for name in rule.data)
        elif rule.keyword in ("CONST", "ENUM"):
            yield from (_value(value) for value in rule.data)


def _value(value: Value) -> str:
    return instance.to_json(value.text) if value.type == "STRING" else value.text


def dictionary(words: Iterable[str]) -> Iterator[str]:
    """Lines as libFuzzer reads them."""
    for word in dict.fromkeys([*_TOKENS, *words]):
        yield '"' + "".join(_byte(b) for b in word.encode("utf-8")) + '"'


def _byte(byte: int) -> str:
    if byte in (0x22, 0x5C):
        return "\\" + chr(byte)
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02X}"
