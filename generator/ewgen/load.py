"""Stage 1: files and references.

YAML is read by the core rules of YAML 1.2, so `on`, `no` and `12:30` are strings. Every value remembers its place. References stay inside the folder of the document.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Optional, Tuple
from urllib.parse import unquote

import yaml

from ewgen.errors import DocumentError, suggestion

Tokens = Tuple[str, ...]

# A document of this many values is a mistake or an attack by nested aliases.
MAX_VALUES = 1_000_000


class Float(float):
    """A number with fraction or exponent that remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> "Float":
        value = super().__new__(cls, text)
        value.text = text
        return value


@dataclass(eq=False)
class File:
    """One parsed document."""

    path: str  # absolute, symbolic links resolved
    label: str  # how messages and output name it
    data: Any = None
    lines: Dict[Tokens, int] = field(default_factory=dict)

    def line(self, tokens: Tokens) -> Optional[int]:
        """The line of the value, or of the nearest value around it."""
        for end in range(len(tokens), -1, -1):
            if tokens[:end] in self.lines:
                return self.lines[tokens[:end]]
        return None


@dataclass(frozen=True)
class Node:
    """A value of a document together with its place."""

    file: File
    tokens: Tokens
    data: Any

    @property
    def pointer(self) -> str:
        return "#" + format_pointer(self.tokens)

    @property
    def key(self) -> Tuple[str, Tokens]:
        """Identifies the place, for caches."""
        return (self.file.path, self.tokens)

    def __contains__(self, name: str) -> bool:
        return isinstance(self.data, dict) and name in self.data

    def value(self, name: str, default: Any = None) -> Any:
        return self.data.get(name, default) if isinstance(self.data, dict) else default

    def child(self, name: str) -> "Node":
        return Node(self.file, self.tokens + (name,), self.data[name])

    def item(self, index: int) -> "Node":
        return Node(self.file, self.tokens + (str(index),), self.data[index])

    def children(self, name: str) -> Iterator[Tuple[str, "Node"]]:
        """The members of the object under name, none when it is not there."""
        if name not in self:
            return
        group = self.child(name)
        group.need(dict, "an object")
        for key in group.data:
            yield key, group.child(key)

    def elements(self, name: str) -> Iterator["Node"]:
        """The elements of the array under name, none when it is not there."""
        if name not in self:
            return
        group = self.child(name)
        group.need(list, "an array")
        for index in range(len(group.data)):
            yield group.item(index)

    def need(self, kind: type, text: str) -> None:
        wrong_bool = kind is int and isinstance(self.data, bool)
        if not isinstance(self.data, kind) or wrong_bool:
            raise self.error(f"expected {text}, found {describe(self.data)}")

    def text(self, name: str, default: str = "") -> str:
        if name not in self:
            return default
        self.child(name).need(str, "a string")
        return self.data[name]

    def flag(self, name: str) -> bool:
        if name not in self:
            return False
        self.child(name).need(bool, "true or false")
        return self.data[name]

    def check_keys(self, known: Any, what: str) -> None:
        """Refuses members that are neither known nor somebody else's extension."""
        self.need(dict, "an object")
        for name in self.data:
            foreign = name.startswith("x-") and not name.startswith("x-ew-")
            if name not in known and not foreign:
                raise self.child(name).error(f'unknown member "{name}" of {what}{suggestion(name, known)}')

    def error(self, message: str) -> DocumentError:
        return DocumentError(self.file.label, self.file.line(self.tokens), self.pointer, message)


def describe(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 40 else f'"{value[:37]}..."'
    if isinstance(value, (int, float)):
        return f"the number {value}"
    return "an array" if isinstance(value, list) else "an object"


def format_pointer(tokens: Tokens) -> str:
    return "".join("/" + t.replace("~", "~0").replace("/", "~1") for t in tokens)


def parse_pointer(text: str) -> Tokens:
    if text == "":
        return ()
    return tuple(t.replace("~1", "/").replace("~0", "~") for t in unquote(text)[1:].split("/"))


# --------------------------------------------------------------------------------------------- YAML 1.2 core

_CORE = (
    (re.compile(r"~|null|Null|NULL|"), lambda text: None),
    (re.compile(r"true|True|TRUE"), lambda text: True),
    (re.compile(r"false|False|FALSE"), lambda text: False),
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+"), lambda text: int(text[2:], 8)),
    (re.compile(r"0x[0-9a-fA-F]+"), lambda text: int(text[2:], 16)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), Float),
)

_STR_TAG = "tag:yaml.org,2002:str"
_COLLECTION_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Leaves every plain scalar a string: the core rules are applied by scalar_value()."""

    yaml_implicit_resolvers: Dict[str, List[Any]] = {}


def scalar_value(text: str) -> Any:
    """A plain scalar by the YAML 1.2 core schema."""
    for pattern, convert in _CORE:
        if pattern.fullmatch(text):
            return convert(text)
    return text


class _Builder:
    """Turns composed YAML nodes into values and notes the line of each."""

    def __init__(self, file: File):
        self.file = file
        self.count = 0
        self.open: List[int] = []

    def error(self, node: Any, tokens: Tokens, message: str) -> DocumentError:
        pointer = "#" + format_pointer(tokens)
        return DocumentError(self.file.label, node.start_mark.line + 1, pointer, message)

    def build(self, node: Any, tokens: Tokens) -> Any:
        self.file.lines.setdefault(tokens, node.start_mark.line + 1)
        self.count += 1
        if self.count > MAX_VALUES:
            raise self.error(node, tokens, f"more than {MAX_VALUES} values")
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, tokens)
        if id(node) in self.open:
            raise self.error(node, tokens, "an alias of a value inside itself")
        if node.tag not in _COLLECTION_TAGS:
            raise self.error(node, tokens, f"the tag {node.tag} is not supported")
        self.open.append(id(node))
        value = self.mapping(node, tokens) if isinstance(node, yaml.MappingNode) else self.sequence(node, tokens)
        self.open.pop()
        return value

    def scalar(self, node: Any, tokens: Tokens) -> Any:
        if node.tag != _STR_TAG:
            raise self.error(node, tokens, f"the tag {node.tag} is not supported")
        if node.style:
            return node.value
        return scalar_value(node.value)

    def sequence(self, node: Any, tokens: Tokens) -> List[Any]:
        return [self.build(item, tokens + (str(i),)) for i, item in enumerate(node.value)]

    def mapping(self, node: Any, tokens: Tokens) -> Dict[str, Any]:
        result: Dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.error(key_node, tokens, "a member name must be a string")
            key = key_node.value
            if key in result:
                raise self.error(key_node, tokens + (key,), f'the member "{key}" stands twice')
            self.file.lines[tokens + (key,)] = key_node.start_mark.line + 1
            result[key] = self.build(value_node, tokens + (key,))
        return result


def parse(text: str, file: File) -> Any:
    """Parses YAML, or JSON when the file is called so, into file.data."""
    try:
        file.data = _parse_json(text, file) if file.path.endswith(".json") else _parse_yaml(text, file)
    except RecursionError:
        raise DocumentError(file.label, None, None, "nested too deeply") from None
    return file.data


def _parse_yaml(text: str, file: File) -> Any:
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        raise DocumentError(file.label, line, None, error.problem or "not well-formed YAML") from None
    except (yaml.YAMLError, ValueError) as error:
        raise DocumentError(file.label, None, None, " ".join(str(error).split())) from None
    if node is None:
        raise DocumentError(file.label, None, None, "the file is empty")
    return _Builder(file).build(node, ())


def _parse_json(text: str, file: File) -> Any:
    """JSON proper: its escapes of two surrogates and its tabs are no YAML. Places are pointers without lines."""

    def members(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            twice = next(k for i, (k, _) in enumerate(pairs) if k in dict(pairs[:i]))
            raise DocumentError(file.label, None, None, f'the member "{twice}" stands twice in one object')
        return result

    try:
        return json.loads(text, object_pairs_hook=members, parse_float=Float)
    except json.JSONDecodeError as error:
        raise DocumentError(file.label, error.lineno, None, f"not well-formed JSON: {error.msg}") from None


# ------------------------------------------------------------------------------------- files and references


class Library:
    """All files of one run. root is the folder that labels are relative to."""

    def __init__(self, root: str):
        self.root = os.path.realpath(root)
        self.files: Dict[str, File] = {}

    def open(self, path: str) -> Node:
        """The root of a document."""
        full = os.path.realpath(path)
        if full not in self.files:
            self.files[full] = self._read(full)
        return Node(self.files[full], (), self.files[full].data)

    def _read(self, full: str) -> File:
        inside = os.path.commonpath([full, self.root]) == self.root
        label = os.path.relpath(full, self.root) if inside else os.path.basename(full)
        file = File(full, label.replace(os.sep, "/"))
        try:
            with open(full, "rb") as stream:
                text = stream.read().decode("utf-8")
        except OSError as error:
            raise DocumentError(file.label, None, None, error.strerror or "cannot be read") from None
        except UnicodeDecodeError as error:
            raise DocumentError(file.label, None, None, f"not UTF-8 at byte {error.start}") from None
        parse(text, file)
        return file

    def follow(self, node: Node) -> Node:
        """The value a chain of references ends at; node itself when it is none."""
        seen = []
        while isinstance(node.data, dict) and "$ref" in node.data:
            if node.key in seen:
                raise node.error("a reference that leads back to itself")
            seen.append(node.key)
            node = self._target(node)
        return node

    def _target(self, node: Node) -> Node:
        place = node.child("$ref")
        place.need(str, "a string")
        address, _, fragment = place.data.partition("#")
        if fragment and not fragment.startswith("/"):
            raise place.error(f'"{place.data}": only JSON Pointers are supported behind "#"')
        target = self._root(place, address)
        for token in parse_pointer(fragment):
            target = self.step(place, target, token)
        return target

    def _root(self, place: Node, address: str) -> Node:
        if address == "":
            return Node(place.file, (), place.file.data)
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", address) or address.startswith("/"):
            raise place.error(f'"{place.data}": only files beside the document can be referred to')
        return self.beside(place, os.path.join(os.path.dirname(place.file.path), unquote(address)))

    def beside(self, place: Node, path: str) -> Node:
        """The root of another document, which must be in the folder of the one that refers to it or below."""
        folder = os.path.dirname(place.file.path)
        full = os.path.realpath(path)
        if os.path.commonpath([full, folder]) != folder:
            raise place.error(f'"{place.data}" leads out of the folder of the document')
        if not os.path.isfile(full):
            raise place.error(f'"{place.data}": no such file')
        return self.open(full)

    @staticmethod
    def step(place: Node, target: Node, token: str) -> Node:
        if isinstance(target.data, dict) and token in target.data:
            return target.child(token)
        if isinstance(target.data, list) and token.isdigit() and int(token) < len(target.data):
            return target.item(int(token))
        known = target.data if isinstance(target.data, dict) else ()
        raise place.error(f'"{place.data}" leads nowhere: no "{token}" in {target.pointer}{suggestion(token, known)}')
