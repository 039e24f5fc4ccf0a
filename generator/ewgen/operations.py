"""Stage 3: what each side does with the messages of a protocol: handlers for those it receives, functions that send the others.

Correlation ids make requests of operations that have a reply: eventwire/requests.h keeps them until then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from ewgen import model, names
from ewgen.asyncapi import TO_CLIENT, TO_SERVER, Operation
from ewgen.document import Direction, Message, Protocol
from ewgen.layout import Layout
from ewgen.text import prototype, wrap

_OTHER = {"client": "server", "server": "client"}


@dataclass(frozen=True)
class Head:
    """A function as the header declares it and as the source file has it."""

    declaration: str
    prototype: str


@dataclass(frozen=True)
class Cover(Head):
    comment: Tuple[str, ...]
    body: Tuple[str, ...]


@dataclass(frozen=True)
class Callback:
    comment: Tuple[str, ...]
    decl: str


@dataclass(frozen=True)
class Case:
    constant: str
    callback: str
    member: str


@dataclass(frozen=True)
class Receiver:
    """All that one side receives, on any channel or on one."""

    comment: Tuple[str, ...]
    handlers: str
    callbacks: Tuple[Callback, ...]
    head: Head
    union: str
    none: str
    cases: Tuple[Case, ...]


@dataclass(frozen=True)
class Key:
    """Reads the correlation id of a message."""

    prototype: str
    guard: str  # when there is none, or empty
    value: str


@dataclass(frozen=True)
class Side:
    """What a client or a server has."""

    receivers: Tuple[Receiver, ...]
    senders: Tuple[Cover, ...]
    kinds: Tuple[str, ...]  # constants of the requests, without the first
    kinds_name: str
    none_kind: str
    keys: Tuple[Key, ...]
    requests: Tuple[Cover, ...]
    matches: Tuple[Cover, ...]


def head_of(name: str, parameters: Tuple[str, ...], linkage: str = "EW_API") -> Head:
    return Head(prototype(f"EW_MUST_CHECK {linkage} ew_err", name, parameters), prototype("ew_err", name, parameters))


def plan_side(protocol: Protocol, layout: Layout, tables: Dict[model.Type, str], name: str) -> Side:
    return _SideBuilder(protocol, layout, tables, name).build()


@dataclass
class _SideBuilder:
    protocol: Protocol
    layout: Layout
    tables: Dict[model.Type, str]
    name: str
    keys: Dict[str, Key] = field(default_factory=dict)  # by key of the message
    kinds: Dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.messages = {m.key: m for m in self.protocol.messages}
        self.sends = TO_SERVER if self.name == "client" else TO_CLIENT

    def build(self) -> Side:
        receivers = tuple(self._receiver(d) for d in self.protocol.directions if d.side == _OTHER[self.name])
        senders = tuple(self._senders())
        requests, matches = tuple(self._requests()), tuple(self._matches())
        kinds_name = self.layout.name(f"{self.name}_request")
        return Side(
            receivers,
            senders,
            tuple(self.kinds.values()),
            kinds_name,
            self.layout.constant(f"{self.name}_request", "NONE"),
            tuple(self.keys.values()),
            requests,
            matches,
        )

    # ---------------------------------------------------------------- receiving

    def _receiver(self, direction: Direction) -> Receiver:
        union = direction.union
        stem = union.stem[: -len(f"{direction.side}_message")] + self.name
        handlers = self.layout.name(f"{stem}_handlers")
        head = self.layout.name(f"{stem}_receive")
        for c_name in (handlers, head):
            self.layout.claim(c_name, union.node)
        by_name = {names.member_name(m.key): m for m in direction.messages}
        callbacks = tuple(self._callback(arm, by_name.get(arm.name)) for arm in union.arms)
        cases = tuple(Case(self.layout.arm_constant(union, a), "on_" + a.name.rstrip("_"), a.name) for a in union.arms)
        return Receiver(
            tuple(self._receiver_comment(stem)),
            handlers,
            callbacks,
            head_of(
                head,
                (
                    "ew_str json",
                    "ew_arena *arena",
                    "const ew_decode_options *opts",
                    f"const {handlers} *handlers",
                    "void *user",
                    "ew_diag *diag",
                ),
            ),
            self.layout.c_type(union) or "",
            self.layout.arm_constant(union, None),
            cases,
        )

    def _receiver_comment(self, stem: str) -> List[str]:
        where = "" if stem == self.name else f" on {stem[: -len(self.name) - 1]}"
        text = f"Decodes what a {self.name} receives{where} and calls the handler of the message."
        return wrap(text, 3)

    def _callback(self, arm: model.Arm, message: Optional[Message]) -> Callback:
        summary = wrap(message.summary, 6) if message is not None else []
        c_type = self.layout.c_type(arm.type)
        return Callback(tuple(summary), f"ew_err (*on_{arm.name.rstrip('_')})(void *user, const {c_type} *message)")

    # ---------------------------------------------------------------- sending

    def _senders(self) -> Iterator[Cover]:
        """One function per operation, or per message of it where there are several."""
        for operation in self.protocol.operations:
            if operation.direction == self.sends:
                summary = operation.summary or f"Of the operation {operation.name}."
                yield from self._encoders("send", operation, operation.messages, summary)
            elif operation.reply is not None:
                yield from self._encoders("reply", operation, operation.reply.messages, f"Answers {operation.name}.")

    def _encoders(self, verb: str, operation: Operation, keys: Sequence[str], summary: str) -> Iterator[Cover]:
        for stem, message in self._stems(verb, operation, keys):
            c_type = self.layout.c_type(message.type)
            head = self._head(operation, stem, (f"const {c_type} *in", "ew_buf *out", "ew_diag *diag"), "static inline")
            body = (f"return {self.layout.name(message.stem)}_encode(in, out, diag);",)
            yield Cover(head.declaration, head.prototype, tuple(wrap(summary, 3)), body)

    def _stems(self, verb: str, operation: Operation, keys: Sequence[str]) -> Iterator[Tuple[str, Message]]:
        """Without those messages that have no codec."""
        found = [self.messages[key] for key in dict.fromkeys(keys) if key in self.messages]
        base = f"{verb}_{names.snake(operation.name) or 'operation'}"
        for message in found:
            yield base if len(found) == 1 else f"{base}_{message.stem}", message

    def _head(self, operation: Operation, stem: str, parameters: Tuple[str, ...], linkage: str = "EW_API") -> Head:
        name = self.layout.name(stem)
        self.layout.claim(name, operation.node)
        return head_of(name, parameters, linkage)

    # ---------------------------------------------------------------- requests and replies

    def _answered(self) -> Iterator[Tuple[Operation, List[str]]]:
        """Operations of this side with the replies that say which request they are for."""
        for operation in self.protocol.operations:
            if operation.direction == self.sends and operation.reply is not None:
                replies = [k for k in operation.reply.messages if self._has_id(k)]
                if replies and any(self._has_id(k) for k in operation.messages):
                    yield operation, replies

    def _has_id(self, key: str) -> bool:
        return key in self.messages and self._key(self.messages[key]) is not None

    def _requests(self) -> Iterator[Cover]:
        for operation, _ in self._answered():
            for stem, message in self._stems("request", operation, operation.messages):
                if self._has_id(message.key):
                    yield self._request(operation, stem, message)

    def _request(self, operation: Operation, stem: str, message: Message) -> Cover:
        c_type = self.layout.c_type(message.type)
        parameters = ("ew_requests *requests", f"const {c_type} *in", "uint64_t deadline_ms", "void *user")
        head = self._head(operation, stem, parameters + ("ew_buf *out", "ew_diag *diag"))
        constant = self.kinds.setdefault(
            operation.name,
            self.layout.constant(f"{self.name}_request", names.constant_part(operation.name) or "OPERATION"),
        )
        body = (
            f"ew_pending request = {{.kind = {constant}, .deadline_ms = deadline_ms, .user = user}};",
            f"bool has_id = {self._call_key(message, '&request.id')};",
            f"return ew_requests_send(requests, has_id ? &request : NULL, {self.tables[message.type]}, in, out, diag);",
        )
        text = f"Sends {message.key}, which waits for a reply until deadline_ms. See ew_requests_send()."
        return Cover(head.declaration, head.prototype, tuple(wrap(text, 3)), body)

    def _matches(self) -> Iterator[Cover]:
        found: Dict[str, Operation] = {}
        for operation, replies in self._answered():
            for key in replies:
                found.setdefault(key, operation)
        for key, operation in found.items():
            message = self.messages[key]
            c_type = self.layout.c_type(message.type)
            head = self._head(
                operation,
                f"match_{message.stem}",
                ("ew_requests *requests", f"const {c_type} *in", "ew_pending *out"),
            )
            body = (
                "ew_request_id id;",
                f"return {self._call_key(message, '&id')} ? ew_requests_match(requests, id, out) : EW_ERR_NOT_FOUND;",
            )
            text = f"Takes out the request that {key} is the reply to. See ew_requests_match()."
            yield Cover(head.declaration, head.prototype, tuple(wrap(text, 3)), body)

    def _call_key(self, message: Message, out: str) -> str:
        """The expression that reads the id of a message."""
        key = self._key(message)
        assert key is not None
        self.keys[message.key] = key
        return f"{message.stem}_request_id(in, {out})"

    def _key(self, message: Message) -> Optional[Key]:
        """How its correlation id is read; None when it has none that is a string or an integer."""
        if message.correlation is None or not message.correlation.in_payload:
            return None
        kind: model.Type = message.type
        access, guards, value = "in->", [], ""
        for token in message.correlation.tokens:
            member = kind.member(token) if isinstance(kind, model.Object) else None
            if member is None or not isinstance(kind, model.Object):
                raise message.correlation.node.error(f'the message "{message.key}" has no member "{token}" there')
            own = self.layout.member_names(kind)[kind.members.index(member)]
            if own.value is None:
                return None
            if own.boxed:
                guards.append(f"{access}{own.value} == NULL")
            elif member.nullable:
                guards.append(f"{access}{own.presence} != EW_SET")
            elif own.presence is not None:
                guards.append(f"!{access}{own.presence}")
            value = access + own.value
            access = value + ("->" if own.boxed else ".")
            kind = member.type
        if not value:
            return None
        if isinstance(kind, model.String):
            made = f"ew_request_id_text({value})"
        elif isinstance(kind, model.Integer):
            made = f"ew_request_id_number({value})" if kind.unsigned else f"ew_request_id_number((uint64_t){value})"
        else:
            return None
        parameters = (f"const {self.layout.c_type(message.type)} *in", "ew_request_id *out")
        return Key(prototype("static bool", f"{message.stem}_request_id", parameters), " || ".join(guards), made)
