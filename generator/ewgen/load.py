"""Stage 1: files and references.

YAML is read by the core rules of YAML 1.2, so `on`, `no` and `12:30` are strings, with the merge key of 1.1. Every value remembers its place. References stay inside the folder of the document,
unless the user allows others.
"""

from __future__ import annotations

import bisect
import contextlib
import os
import re
from dataclasses import dataclass, field
from json.decoder import JSONDecodeError, scanstring
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple
from urllib.parse import unquote

import yaml

from ewgen.errors import DocumentError, suggestion

Tokens = Tuple[str, ...]

# What is larger is a mistake or an attack: by size, by nested aliases, by depth.
MAX_BYTES = 16 << 20
MAX_VALUES = 1_000_000
MAX_DEPTH = 300
MAX_INTEGER_DIGITS = 1000


class Float(float):
    """A number with fraction or exponent that remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> "Float":
        value = super().__new__(cls, text)
        value.text = text
        return value

    @property
    def json(self) -> str:
        """As JSON has it: YAML also writes +1.5, .5 and 5."""
        whole, point, rest = self.text.lstrip("+").partition(".")
        if point and not rest[:1].isdigit():
            rest = "0" + rest
        if whole in ("", "-"):
            whole += "0"
        return whole + point + rest


@dataclass(eq=False)
class File:
    """One parsed document."""

    path: str  # absolute, symbolic links resolved
    label: str  # how messages and output name it
    data: Any = None
    lines: Dict[Tokens, int] = field(default_factory=dict)
    names: Dict[Tokens, str] = field(default_factory=dict)  # of schemas that are called by what they are used for
    called_as: Dict[Tokens, Tokens] = field(default_factory=dict)  # schemas that have the name of another place
    name_of: Optional[Callable[["Node", bool], Optional[str]]] = None  # what a file of options says
    folder: str = ""  # of the document it belongs to; references lead to files in there
    made: Dict[Tokens, Tokens] = field(default_factory=dict)  # places that are not in the document -> where they come from

    def real(self, tokens: Tokens) -> Tokens:
        """The place in the document that tokens stand for."""
        for end in range(len(tokens), 0, -1) if self.made else ():
            if tokens[:end] in self.made:
                return self.real(self.made[tokens[:end]] + tokens[end:])
        return tokens

    def line(self, tokens: Tokens) -> Optional[int]:
        """The line of the value, or of the nearest value around it."""
        tokens = self.real(tokens)
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
        return "#" + format_pointer(self.file.real(self.tokens))

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

    def name_in_c(self, is_constant: bool = False) -> Optional[str]:
        """What a file of options calls it, else None."""
        return None if self.file.name_of is None else self.file.name_of(self, is_constant)

    def made(self, below: Tokens, data: Any, origin: Optional["Node"] = None) -> "Node":
        """A value that is not in the document, as if it stood below this one; errors are at origin, else at this one."""
        tokens = self.tokens + below
        self.file.made[tokens] = self.tokens if origin is None else origin.tokens
        return Node(self.file, tokens, data)

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

def integer(text: str) -> Any:
    """An int, or what is longer than one may be to be converted in bounded time, with the digits it has."""
    return int(text) if len(text) <= MAX_INTEGER_DIGITS else Float(text)


_CORE = (
    (re.compile(r"~|null|Null|NULL|"), lambda text: None),
    (re.compile(r"true|True|TRUE"), lambda text: True),
    (re.compile(r"false|False|FALSE"), lambda text: False),
    (re.compile(r"[-+]?[0-9]+"), lambda text: integer(text)),
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


def _compose(text: str, file: File) -> Any:
    """The nodes of a YAML text. Not by recursion, as the library does it: a text can be deeper than any stack."""
    root = None
    anchors: Dict[str, Any] = {}
    open_: List[Any] = []
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            open_.pop()
        elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise _yaml_error(file, event, "a second document in one file")
        elif isinstance(event, yaml.NodeEvent):
            node = _node(event, anchors, file)
            if not open_:
                root = node
            else:
                open_[-1].value.append(node)
            if isinstance(event, yaml.CollectionStartEvent):
                open_.append(node)
            if len(open_) > MAX_DEPTH:
                raise _yaml_error(file, event, f"nested too deeply: more than {MAX_DEPTH} levels")
    return root


def _node(event: Any, anchors: Dict[str, Any], file: File) -> Any:
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in anchors:
            raise _yaml_error(file, event, f'no anchor "{event.anchor}" before this')
        return anchors[event.anchor]
    if isinstance(event, yaml.ScalarEvent):
        tag = _STR_TAG if event.tag in (None, "!") else event.tag
        node = yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark, style=event.style)
    else:
        kind = 0 if isinstance(event, yaml.MappingStartEvent) else 1
        tag = _COLLECTION_TAGS[kind] if event.tag in (None, "!") else event.tag
        node = (yaml.MappingNode, yaml.SequenceNode)[kind](tag, [], event.start_mark, event.end_mark)
    if event.anchor is not None:
        anchors[event.anchor] = node
    return node


def _yaml_error(file: File, event: Any, message: str) -> DocumentError:
    return DocumentError(file.label, event.start_mark.line + 1, None, message)


_Pair = Tuple[Any, Any]


def _is_merge(key: Any) -> bool:
    """Whether a name is the merge key, which is written without quotes."""
    return isinstance(key, yaml.ScalarNode) and key.value == "<<" and not key.style


class _Builder:
    """Values of a document as they are read, each with its line."""

    def __init__(self, file: File):
        self.file = file
        self.count = 0

    def note(self, tokens: Tokens, line: int) -> None:
        self.file.lines.setdefault(tokens, line)
        self.count += 1
        if self.count > MAX_VALUES:
            raise self.error(line, tokens, f"more than {MAX_VALUES} values")
        if len(tokens) > MAX_DEPTH:
            raise self.error(line, tokens[:8], f"nested too deeply: more than {MAX_DEPTH} levels")

    def error(self, line: int, tokens: Tokens, message: str) -> DocumentError:
        return DocumentError(self.file.label, line, "#" + format_pointer(tokens), message)

    def text(self, value: str, line: int, tokens: Tokens) -> str:
        """Half of a surrogate pair is no text, and C could not hold it."""
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise self.error(line, tokens, "half of a surrogate pair")
        return value

    def member(self, members: Dict[str, Any], key: str, line: int, tokens: Tokens) -> Tokens:
        """The place of a new member."""
        inside = tokens + (self.text(key, line, tokens),)
        if key in members:
            raise self.error(line, inside, f'the member "{key}" stands twice')
        self.file.lines[inside] = line
        return inside


class _YamlBuilder(_Builder):
    def __init__(self, file: File):
        super().__init__(file)
        self.open: List[int] = []
        self.merged: Dict[int, Dict[str, _Pair]] = {}  # what mappings give to those that merge them

    def build(self, node: Any, tokens: Tokens) -> Any:
        line = node.start_mark.line + 1
        self.note(tokens, line)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, tokens)
        if id(node) in self.open:
            raise self.error(line, tokens, "an alias of a value inside itself")
        if node.tag not in _COLLECTION_TAGS:
            raise self.error(line, tokens, f"the tag {node.tag} is not supported")
        self.open.append(id(node))
        value = self.mapping(node, tokens) if isinstance(node, yaml.MappingNode) else self.sequence(node, tokens)
        self.open.pop()
        return value

    def scalar(self, node: Any, tokens: Tokens) -> Any:
        line = node.start_mark.line + 1
        if node.tag != _STR_TAG:
            raise self.error(line, tokens, f"the tag {node.tag} is not supported")
        value = node.value if node.style else scalar_value(node.value)
        return self.text(value, line, tokens) if isinstance(value, str) else value

    def sequence(self, node: Any, tokens: Tokens) -> List[Any]:
        return [self.build(item, tokens + (str(i),)) for i, item in enumerate(node.value)]

    def mapping(self, node: Any, tokens: Tokens) -> Dict[str, Any]:
        result: Dict[str, Any] = {}
        own = list(self.pairs(node, tokens))
        for key_node, value_node in own + list(self.inherited(node, own, tokens).values()):
            inside = self.member(result, key_node.value, key_node.start_mark.line + 1, tokens)
            result[key_node.value] = self.build(value_node, inside)
        return result

    def pairs(self, node: Any, tokens: Tokens) -> Iterator[_Pair]:
        """The nodes of names and values, which take turns."""
        for key_node, value_node in zip(node.value[::2], node.value[1::2]):
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.error(key_node.start_mark.line + 1, tokens, "a member name must be a string")
            if not _is_merge(key_node):
                yield key_node, value_node

    def inherited(self, node: Any, own: List[_Pair], tokens: Tokens) -> Dict[str, _Pair]:
        """What "<<" brings in, as YAML 1.1 has it and authors use it: what is there already stays."""
        found: Dict[str, _Pair] = {}
        there = {key.value for key, _ in own}
        for key_node, value_node in zip(node.value[::2], node.value[1::2]):
            for source in self.sources(key_node, value_node, tokens) if _is_merge(key_node) else ():
                for name, pair in self.given(source, tokens).items():
                    if name not in there:
                        found.setdefault(name, pair)
        return found

    def sources(self, key_node: Any, value_node: Any, tokens: Tokens) -> List[Any]:
        listed = value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
        if not all(isinstance(source, yaml.MappingNode) for source in listed):
            raise self.error(key_node.start_mark.line + 1, tokens, '"<<" merges a mapping or a list of mappings')
        return listed

    def given(self, node: Any, tokens: Tokens) -> Dict[str, _Pair]:
        """All members of a mapping that another one merges."""
        if id(node) in self.open:
            raise self.error(node.start_mark.line + 1, tokens, "an alias of a value inside itself")
        if id(node) not in self.merged:
            self.open.append(id(node))
            own = list(self.pairs(node, tokens))
            self.merged[id(node)] = {**{key.value: (key, value) for key, value in own}, **self.inherited(node, own, tokens)}
            self.open.pop()
        return self.merged[id(node)]


_JSON_WHITE = re.compile(r"[ \t\n\r]*")
_JSON_SCALAR = re.compile(r"true|false|null|(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_JSON_WORDS = {"true": True, "false": False, "null": None}


class _JsonBuilder(_Builder):
    """RFC 8259: YAML has no escapes of two surrogates, and no tabs."""

    def __init__(self, file: File, text: str):
        super().__init__(file)
        self.text_ = text
        self.at = 0
        self.breaks = [m.start() for m in re.finditer("\n", text)]

    def line(self) -> int:
        return bisect.bisect_left(self.breaks, self.at) + 1

    def refuse(self, expected: str, tokens: Tokens) -> DocumentError:
        found = f'"{self.text_[self.at]}"' if self.at < len(self.text_) else "the end of the file"
        return self.error(self.line(), tokens, f"not well-formed JSON: expected {expected}, found {found}")

    def skip(self) -> str:
        """Over white space; the character there."""
        match = _JSON_WHITE.match(self.text_, self.at)
        assert match is not None
        self.at = match.end()
        return self.text_[self.at : self.at + 1]

    def document(self) -> Any:
        value = self.value(())
        if self.skip():
            raise self.refuse("the end of the file", ())
        return value

    def value(self, tokens: Tokens) -> Any:
        char = self.skip()
        self.note(tokens, self.line())
        if char == "{":
            return self.members(tokens)
        if char == "[":
            return self.elements(tokens)
        return self.string(tokens) if char == '"' else self.scalar(tokens)

    def string(self, tokens: Tokens) -> str:
        line = self.line()
        try:
            value, self.at = scanstring(self.text_, self.at + 1, True)
        except JSONDecodeError as error:
            self.at = error.pos
            raise self.error(self.line(), tokens, f"not well-formed JSON: {error.msg}") from None
        return self.text(value, line, tokens)

    def scalar(self, tokens: Tokens) -> Any:
        match = _JSON_SCALAR.match(self.text_, self.at)
        if match is None:
            raise self.refuse("a value", tokens)
        self.at = match.end()
        word = match.group()
        if match.group(1) is None:
            return _JSON_WORDS[word]
        return Float(word) if match.group(2) or match.group(3) else integer(word)

    def elements(self, tokens: Tokens) -> List[Any]:
        result: List[Any] = []
        self.at += 1
        if self.skip() == "]":
            self.at += 1
            return result
        while True:
            result.append(self.value(tokens + (str(len(result)),)))
            if self.separator("]", tokens):
                return result

    def members(self, tokens: Tokens) -> Dict[str, Any]:
        result: Dict[str, Any] = {}
        self.at += 1
        if self.skip() == "}":
            self.at += 1
            return result
        while True:
            if self.skip() != '"':
                raise self.refuse("a member name", tokens)
            line = self.line()
            key = self.string(tokens)
            inside = self.member(result, key, line, tokens)
            if self.skip() != ":":
                raise self.refuse('":"', inside)
            self.at += 1
            result[key] = self.value(inside)
            if self.separator("}", tokens):
                return result

    def separator(self, bracket: str, tokens: Tokens) -> bool:
        """Over a comma, or, which is True, over the closing bracket."""
        char = self.skip()
        if char not in (",", bracket) or not char:
            raise self.refuse(f'"," or "{bracket}"', tokens)
        self.at += 1
        return char == bracket


def parse(text: str, file: File) -> Any:
    """Parses YAML, or JSON when the file is called so, into file.data."""
    file.data = parse_json(text, file) if file.path.endswith(".json") else _parse_yaml(text, file)
    return file.data


def parse_json(text: str, file: File) -> Any:
    return _JsonBuilder(file, text).document()


def unwrapped(node: Node) -> Node:
    """The schema in {schemaFormat, schema}, which AsyncAPI 3 has in the place of a schema; else node."""
    wraps = "schema" in node and isinstance(node.value("schemaFormat"), str) and "type" not in node
    return node.child("schema") if wraps else node


def as_json_text(node: Node) -> Node:
    """The value of a string that is the text of a JSON object or array, as some authors write examples; else node."""
    if not isinstance(node.data, str) or node.data.strip()[:1] not in ("{", "["):
        return node
    try:
        return Node(node.file, node.tokens, _JsonBuilder(File("", node.file.label), node.data).document())
    except DocumentError:
        return node


def _problem(error: yaml.MarkedYAMLError, text: str) -> str:
    """What is wrong, and where that began which does not end: the place where this shows may be many lines below."""
    problem, mark, began = error.problem or "not well-formed YAML", error.problem_mark, error.context_mark
    if mark is None:
        return problem
    line = "".join(text.splitlines()[mark.line : mark.line + 1])
    if line[mark.column : mark.column + 1] == "\t":
        return "a tab where YAML wants spaces"
    if error.context is None or began is None or began.line == mark.line:
        return problem
    return f"{problem} ({error.context} that begins in line {began.line + 1})"


def _parse_yaml(text: str, file: File) -> Any:
    try:
        node = _compose(text, file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        raise DocumentError(file.label, line, None, _problem(error, text)) from None
    except (yaml.YAMLError, ValueError) as error:
        raise DocumentError(file.label, None, None, " ".join(str(error).split())) from None
    if node is None:
        raise DocumentError(file.label, None, None, "the file is empty")
    return _YamlBuilder(file).build(node, ())


# ------------------------------------------------------------------------------------- files and references


class Library:
    """All files of one run. root is the folder that labels are relative to; references may also lead to files in the folders of refs."""

    def __init__(self, root: str, keeps_going: bool = False, refs: Sequence[str] = ()):
        self.root = os.path.realpath(root)
        self.refs = [os.path.realpath(folder) for folder in refs]
        self.files: Dict[str, File] = {}
        self.following: List[Tuple[str, Tokens]] = []  # references whose target is being looked for
        self.on_open: Callable[[File], None] = lambda file: None  # what is done with each before anybody reads it
        self.keeps_going = keeps_going  # errors are collected, where the parts behind them can still be read
        self.errors: List[DocumentError] = []
        self.troubles = 0  # how often an error was collected, the same one again included
        self.notes: Dict[str, DocumentError] = {}  # what is passed over: no error, but nothing that says something

    def note(self, node: Node, message: str, once: str = "") -> None:
        """Says, once, that something of the document is passed over. once: what other notes are the same as this one."""
        note = node.error(message)
        self.notes.setdefault(once or str(note), note)

    @contextlib.contextmanager
    def recovering(self) -> Iterator[None]:
        """Around a part of a document without which the rest can be read."""
        before = self.troubles
        try:
            yield
        except DocumentError as error:
            self.collect(error, before)

    @contextlib.contextmanager
    def raising(self) -> Iterator[None]:
        """Around what is only tried: its errors are not collected."""
        keeps_going, self.keeps_going = self.keeps_going, False
        try:
            yield
        finally:
            self.keeps_going = keeps_going

    def collect(self, error: DocumentError, before: int) -> None:
        """Raises the error again, unless errors are collected. What may come of others, since the count was before, need not be said."""
        if not self.keeps_going:
            raise error
        if self.troubles == before and str(error) not in map(str, self.errors):
            self.errors.append(error)
        self.troubles += 1

    def open(self, path: str, folder: Optional[str] = None) -> Node:
        """The root of a document, or of a file of the document that is in a folder."""
        full = os.path.realpath(path)
        if full not in self.files:
            self.files[full] = self._read(full)
            self.files[full].folder = os.path.dirname(full) if folder is None else folder
            self.on_open(self.files[full])
        return Node(self.files[full], (), self.files[full].data)

    def _read(self, full: str) -> File:
        inside = os.path.commonpath([full, self.root]) == self.root
        label = os.path.relpath(full, self.root) if inside else os.path.basename(full)
        file = File(full, label.replace(os.sep, "/"))
        try:
            with open(full, "rb") as stream:
                data = stream.read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                raise DocumentError(file.label, None, None, f"larger than {MAX_BYTES >> 20} MiB")
            text = data.decode("utf-8")
        except OSError as error:
            raise DocumentError(file.label, None, None, error.strerror or "cannot be read") from None
        except UnicodeDecodeError as error:
            raise DocumentError(file.label, None, None, f"not UTF-8 at byte {error.start}") from None
        parse(text, file)
        return file

    def follow(self, node: Node) -> Node:
        """The value a chain of references ends at; node itself when it is none."""
        for place in self.chain(node):
            node = place
        return node

    def chain(self, node: Node) -> Iterator[Node]:
        """The node and the values that its references lead to, one after the other."""
        seen = []
        yield node
        while isinstance(node.data, dict) and ("$ref" in node.data or unwrapped(node) is not node):
            if node.key in seen:
                raise node.error("a reference that leads back to itself")
            seen.append(node.key)
            node = self._target(node) if "$ref" in node.data else unwrapped(node)
            yield node

    def _target(self, node: Node) -> Node:
        place = node.child("$ref")
        place.need(str, "a string")
        address, _, fragment = place.data.partition("#")
        if fragment and not fragment.startswith("/"):
            raise place.error(f'"{place.data}": only JSON Pointers are supported behind "#"')
        if node.key in self.following:
            raise node.error("a reference that leads back to itself")
        self.following.append(node.key)
        try:
            target = self._root(place, address)
            for token in parse_pointer(fragment):
                # A pointer may lead through another reference: into a channel that stands in a file of its own.
                through = "$ref" in target and token not in target
                target = self.step(place, self.follow(target) if through else target, token)
        finally:
            self.following.pop()
        return target

    def _root(self, place: Node, address: str) -> Node:
        if address == "":
            return Node(place.file, (), place.file.data)
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", address) or address.startswith("/"):
            raise place.error(f'"{place.data}": nothing is fetched: save it beside the document, and refer to that file')
        return self.beside(place, os.path.join(os.path.dirname(place.file.path), unquote(address)))

    def beside(self, place: Node, path: str) -> Node:
        """The root of another file, which must be in the folder of the document, in one of refs or below."""
        folder = place.file.folder
        if "\0" in path:
            raise place.error(f'"{place.data}": no such file, since a name of a file has no U+0000')
        full = os.path.realpath(path)
        if not any(os.path.commonpath([full, allowed]) == allowed for allowed in [folder, *self.refs]):
            raise place.error(f'"{place.data}" leads out of the folder of the document (--refs DIR allows files in DIR)')
        if not os.path.isfile(full):
            raise place.error(f'"{place.data}": no such file')
        return self.open(full, folder)

    @staticmethod
    def step(place: Node, target: Node, token: str) -> Node:
        if isinstance(target.data, dict) and token in target.data:
            return target.child(token)
        if isinstance(target.data, list) and token.isdigit() and int(token) < len(target.data):
            return target.item(int(token))
        known = target.data if isinstance(target.data, dict) else ()
        whole = next((name for name in known if name.startswith(token + "/")), None)
        if whole is not None:
            hint = f', a "/" of a name is written ~1: {format_pointer((whole,))}'
            raise place.error(f'"{place.data}" leads nowhere: no "{token}" in {target.pointer}{hint}')
        raise place.error(f'"{place.data}" leads nowhere: no "{token}" in {target.pointer}{suggestion(token, known)}')
