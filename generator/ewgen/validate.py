"""`ewgen validate`: texts against a document or a JSON Schema, without a compiler. The judge is that of lint's examples."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, Optional, Sequence, TextIO, Tuple

from ewgen import instance
from ewgen.assertions import Asked, Program, let_null_pass
from ewgen.bare import open_schema
from ewgen.dialects import Dialect
from ewgen.document import Message, Protocol, read_protocol
from ewgen.errors import DocumentError, did_you_mean, misspelt
from ewgen.evaluate import first_refusal
from ewgen.lint import default_prefix
from ewgen.load import File, Library, Node, parse_json
from ewgen.options import rules_of
from ewgen.resources import Registry

# Files of several texts, one a line.
_LINES = (".ndjson", ".jsonl")


@dataclass(frozen=True)
class Verdict:
    where: str
    message: str = ""  # that it is
    refusal: Optional[DocumentError] = None

    def __str__(self) -> str:
        return str(self.refusal) if self.refusal is not None else f"{self.where}: {self.message or 'valid'}"

    def as_json(self) -> Dict[str, Any]:
        no = self.refusal
        if no is None:
            return {"file": self.where, "ok": True, "message": self.message or None}
        return {"file": no.file, "ok": False, "line": no.line, "pointer": no.pointer, "reason": no.message}


Judge = Callable[[Node], Verdict]


def verdicts(judge: Judge, paths: Sequence[str], lines: bool, standard_input: TextIO) -> Iterator[Verdict]:
    for path in paths:
        content = _content(path, standard_input)
        if content is None:
            yield Verdict(path, refusal=DocumentError(path, None, None, "not UTF-8"))
        elif not lines and not path.endswith(_LINES):
            yield _verdict(judge, path, content, None)
        else:
            numbered = enumerate(content.split("\n"), 1)
            yield from (_verdict(judge, path, line, number) for number, line in numbered if line.strip())


def _content(path: str, standard_input: TextIO) -> Optional[str]:
    try:
        if path == "-":
            return standard_input.read()
        with open(path, "rb") as stream:
            return stream.read().decode("utf-8")
    except UnicodeDecodeError:
        return None


def _verdict(judge: Judge, path: str, content: str, number: Optional[int]) -> Verdict:
    """number: the line of the file that the text is."""
    file = File(os.path.realpath(path), path)
    try:
        file.data = parse_json(content, file)
    except DocumentError as error:
        return Verdict(path, refusal=DocumentError(path, number or error.line, error.pointer, error.message))
    if number is not None:
        file.lines = {tokens: number for tokens in file.lines}
    found = judge(Node(file, (), file.data))
    return found if number is None or found.refusal is not None else Verdict(f"{path}:{number}", found.message)


# ---------------------------------------------------------------------------------------------------- the judges


def of_schema(
    base: str,
    path: str,
    name: Optional[str],
    dialect: Dialect,
    asked: Asked,
    remotes: Tuple[Tuple[str, str], ...],
    refs: Sequence[str],
) -> Judge:
    registry = Registry(Library(base, refs=refs), dialect, remotes)
    _, node = open_schema(registry, path, name)
    program = Program(registry, asked)
    program.compile(node)
    return lambda text: _judged(text, program, node, "")


def of_document(base: str, path: str, name: Optional[str], options: Optional[str], refs: Sequence[str]) -> Judge:
    library = Library(base, refs=refs)
    rules = rules_of(library, options)
    root = library.open(path)
    protocol = read_protocol(library, [path], rules.prefix or default_prefix(root), None, rules)
    messages = [m for m in protocol.messages if name is None or m.key == name]
    if not messages:
        known = [m.key for m in protocol.messages]
        near = did_you_mean(misspelt(str(name), known)) or f"; there are {', '.join(known)}"
        raise root.error(f'no message is called "{name}"{near}')
    program = _program(library, root, messages, Asked(protocol.strict.rules.formats))
    return lambda text: _of_any(text, program, protocol, messages)


def _program(library: Library, root: Node, messages: Sequence[Message], asked: Asked) -> Program:
    registry = Registry(library)
    resource = registry.add_document(root, "file://" + root.file.path)
    program = Program(registry, asked)
    for message in messages:
        if message.payload.key not in registry.owner:
            registry.adopt(message.payload, resource)
        program.compile(message.payload)
    let_null_pass(program)
    return program


def _judged(text: Node, program: Program, schema: Node, message: str) -> Verdict:
    refusal = first_refusal(program, program.by_place[schema.key], text.data)
    if refusal is None:
        return Verdict(text.file.label, message)
    place = text
    for token in refusal.place:
        place = place.item(int(token)) if isinstance(place.data, list) else place.child(token)
    reason = f"the value {refusal.reason}" + (f" (as {message})" if message else "")
    return Verdict(text.file.label, refusal=place.error(reason))


def _of_any(text: Node, program: Program, protocol: Protocol, messages: Sequence[Message]) -> Verdict:
    """What it is; else what is wrong with it as the message that its marks say it is."""
    by_message = {m.key: _judged(text, program, m.payload, m.key) for m in messages}
    fitting = [v for v in by_message.values() if v.refusal is None]
    if fitting or len(by_message) == 1:
        return (fitting or list(by_message.values()))[0]
    meant = _meant(protocol, text.data)
    if meant in by_message:
        return by_message[meant]
    return Verdict(text.file.label, refusal=text.error(f"none of the messages {', '.join(by_message)}"))


def _meant(protocol: Protocol, value: Any) -> str:
    arms = (arm for direction in protocol.directions for arm in direction.union.arms)
    return next((arm.label for arm in arms if instance.chosen(arm.condition, value)), "")
