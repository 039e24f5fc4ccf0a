"""Stage 2: what a client must know to open a channel: servers, address, query, headers, security.

All of it becomes one object type per channel, ew_chat_room_connect, whose members are checked like those of any message. What a
member is for stands beside the type, in Handshake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from ewgen import instance, model, names
from ewgen.asyncapi import Channel, Parameter, Server
from ewgen.document import Protocol
from ewgen.errors import suggestion
from ewgen.keywords import RULES
from ewgen.layout import reachable
from ewgen.load import Node
from ewgen.model import Array, Bool, Const, Digits, Enum, Integer, Member, Number, Object, OpenEnum, Raw, String, Union
from ewgen.places import call, is_named

MAX_CREDENTIALS = 32

_SCHEME = "$ref type description name in scheme bearerFormat flows openIdConnectUrl scopes x-ew-optional".split()
_SCHEMES = {"ws": "ws://", "wss": "wss://"}
_SCALARS = (Bool, Integer, Number, Digits, String, Enum, OpenEnum, Const)
# What the library that opens the connection writes itself.
_OWN_HEADERS = frozenset(
    """host connection upgrade sec-websocket-key sec-websocket-version sec-websocket-extensions sec-websocket-accept
    content-length transfer-encoding""".split()
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HOST = re.compile(r"[A-Za-z0-9._~:\[\]%-]*")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# Keywords that say of themselves, or elsewhere, what type a value has.
_SAYS_TYPE = frozenset("type const enum $ref oneOf anyOf allOf not if".split())

# Characters of an address that stand for themselves in a path and a query.
_ADDRESS = frozenset("/?:@!$&'()*+,;=-._~%")


@dataclass(frozen=True)
class Piece:
    """A stretch of a host, path or address; member is an index from 1, text then its default."""

    text: Optional[str]
    member: int = 0


@dataclass(frozen=True)
class Credential:
    kind: str  # QUERY, HEADER, COOKIE, TOKEN, LOGIN, USER, PASSWORD
    key: str


@dataclass(frozen=True)
class Endpoint:
    scheme: str
    host: Tuple[Piece, ...]
    path: Tuple[Piece, ...]
    accepts: Tuple[Tuple[int, ...], ...]  # alternatives: indices of credentials
    expected: str


@dataclass(frozen=True)
class Handshake:
    channel: Channel
    stem: str
    type: Object
    endpoints: Tuple[Endpoint, ...]
    address: Tuple[Piece, ...]
    credentials: Tuple[Credential, ...]


def read_handshakes(protocol: Protocol) -> List[Handshake]:
    """One per channel that a WebSocket server may have."""
    found = []
    for channel in protocol.channels:
        servers = [s for s in protocol.servers if not channel.servers or s.name in channel.servers]
        sockets = [s for s in servers if s.protocol.lower() in _SCHEMES]
        if sockets or not servers:
            found.append(_ChannelReader(protocol, channel, sockets).read())
    return found


def _with_types(group: Dict[str, Any]) -> Dict[str, Any]:
    """Members that do not say their type have the one that their keywords are about; in a URL everything is text."""
    members = group.get("properties")
    if not isinstance(members, dict):
        return group
    return {**group, "properties": {name: _with_type(schema) for name, schema in members.items()}}


def _with_type(schema: Any) -> Any:
    if not isinstance(schema, dict) or not _SAYS_TYPE.isdisjoint(schema):
        return schema
    about = {RULES[keyword] for keyword in schema if keyword in RULES}
    known = about.pop() if len(about) == 1 else "string" if not about else None
    return schema if known in (None, "object") else {"type": known, **schema}


class _ChannelReader:
    """One channel: its type, and what becomes of the members."""

    def __init__(self, protocol: Protocol, channel: Channel, servers: Sequence[Server]):
        self.protocol = protocol
        self.library = protocol.strict.library
        self.channel = channel
        self.servers = servers
        self.stem = channel.stem
        self.schemes = self._schemes()
        self.taken: Dict[Tuple[str, str], Member] = {}  # members of query and headers that a scheme is about

    def read(self) -> Handshake:
        query, headers = self._binding("query"), self._binding("headers")
        variables, parameters = self._variables(), self._parameters()
        credentials = self._credentials()
        groups = (
            ("variables", variables, "What stands in the address of the server."),
            ("parameters", parameters, "What stands in the address of the channel."),
        )
        members = self._server_members()
        members += [self._group(name, list_, text) for name, list_, text in groups if list_]
        members += [m for m in (query, headers) if m is not None]
        if credentials:
            members.append(self._group("credentials", [m for m, _ in credentials], "Who the client is."))
        text = f"What a client needs to know to open {self.channel.name}."
        return Handshake(
            channel=self.channel,
            stem=self.stem,
            type=self._object("connect", members, self._place({"description": text}, "connect")),
            endpoints=tuple(self._endpoint(s, variables, credentials) for s in self.servers),
            address=tuple(self._address(parameters)),
            credentials=tuple(c for _, c in credentials),
        )

    # ---------------------------------------------------------------- types that no schema writes down

    def _place(self, data: Any, *names_: str) -> Node:
        return Node(self.channel.node.file, ("channels", self.channel.name) + names_, data)

    def _object(self, name: str, members: List[Member], node: Node) -> Object:
        if len(members) > model.MAX_MEMBERS:
            raise node.error(f"more than {model.MAX_MEMBERS} {name}")
        return self._known(Object(node, f"{self.stem}_{names.snake(name)}", False, members=members))

    def _known(self, kind: Any) -> Any:
        """A type of its own in both readings."""
        self.protocol.strict.types[kind.node.key] = kind
        self.protocol.lenient.types[kind.node.key] = kind
        return kind

    def _group(self, name: str, members: List[Member], text: str) -> Member:
        kind = self._object(name, members, self._place({"description": text}, name))
        return Member(name, kind.node, kind, True, False)

    def _text(self, min_length: int, *names_: str) -> String:
        """A string, at a place that lets equal ones share a table."""
        node = self._place({}, *names_[:-1], "properties", names_[-1])
        return self._known(String(node, f"{self.stem}_{names.snake(names_[-1])}", False, min_length=min_length))

    def _server_members(self) -> List[Member]:
        members = []
        if len(self.servers) > 1:
            text = f"Which server; {self.servers[0].name} when it is not set."
            node = self._place({"description": text}, "server")
            kind = Enum(node, f"{self.stem}_server", False, values=tuple(s.name for s in self.servers))
            members.append(Member("server", node, self._known(kind), False, False))
        words = "in place of a server of the document" if self.servers else "of the server"
        node = self._place({"description": f"URL {words}, ws:// or wss://; the address follows it."}, "base")
        return members + [Member("base", node, self._text(0, "connect", "base"), False, False)]

    # ---------------------------------------------------------------- variables and parameters

    def _variables(self) -> List[Member]:
        """Those of all servers; two of one name are one member, which another server, or base, may do without."""
        found: Dict[str, Tuple[Parameter, Member]] = {}
        for server in self.servers:
            for variable in _used(server):
                if variable.name not in found:
                    member = self._template_member(variable, "variables")
                    found[variable.name] = variable, replace(member, required=False)
                elif found[variable.name][0].values != variable.values:
                    raise server.node.error(f'the variable "{variable.name}" has other values in another server')
        return [member for _, member in found.values()]

    def _parameters(self) -> List[Member]:
        return [self._template_member(p, "parameters") for p in self.channel.parameters]

    def _template_member(self, parameter: Parameter, group: str) -> Member:
        """A text, or one of some texts, in an address. In 2.x the schema of a parameter may have another type."""
        node = self._place({"description": parameter.description}, group, "properties", parameter.name)
        if parameter.default is not None:
            node.data["default"] = parameter.default
        kind = self._template_type(parameter, group)
        if parameter.default is not None and parameter.values and parameter.default not in parameter.values:
            raise (parameter.schema or node).error(f'the default "{parameter.default}" is none of the values in enum')
        return Member(parameter.name, node, kind, parameter.default is None, False)

    def _template_type(self, parameter: Parameter, group: str) -> model.Type:
        stem = f"{self.stem}_{names.snake(parameter.name)}"
        if parameter.values:
            node = self._place({"enum": list(parameter.values)}, group, parameter.name)
            return self._known(Enum(node, stem, False, values=parameter.values))
        if parameter.schema is not None and "type" in parameter.schema:
            kind, nullable = self._use(parameter.schema, stem)
            _check_said(kind)
            if nullable or not isinstance(kind, _SCALARS):
                raise parameter.schema.error("a parameter must be a string, a number or a boolean")
            return kind
        return self._text(1, group, parameter.name)

    def _use(self, schema: Node, name: str) -> Tuple[model.Type, bool]:
        if not is_named(schema):
            call(schema, name)
        use = self.protocol.strict.use(schema)
        self.protocol.lenient.use(schema)
        return use.type, use.nullable

    # ---------------------------------------------------------------- query and headers

    def _binding(self, name: str) -> Optional[Member]:
        bindings = self.library.follow(self.channel.node.child("bindings")) if "bindings" in self.channel.node else None
        ws = bindings.child("ws") if bindings is not None and "ws" in bindings else None
        if ws is None or name not in ws:
            return None
        place = self.library.follow(ws.child(name))
        if not place.value("properties"):
            return None
        # The binding says that it is an object, and authors leave that out.
        kind, _ = self._use(Node(place.file, place.tokens, {"type": "object", **_with_types(place.data)}), f"{self.stem}_{name}")
        if not isinstance(kind, Object):
            raise place.error("must be an object schema with properties")
        _check_said(kind)
        members = [self._plain(name, m) for m in kind.members if self._is_ours(name, m)]
        for member in members:
            self._check_member(name, member)
        if members != kind.members:
            kind = self._without(name, kind, members)
        return Member(name, kind.node, kind, True, False) if members else None

    def _without(self, name: str, kind: Object, members: List[Member]) -> Object:
        """The object with some members only. Others may use the schema as it stands."""
        is_own = kind.node.tokens[:2] == ("channels", self.channel.name)
        node = kind.node if is_own else self._place({"description": kind.description}, name)
        left = self._object(name, members, node)
        known = {m.name for m in members}
        left.groups = [g for g in kind.groups if all(set(wanted) <= known for wanted in g.sets)]
        return left

    def _is_ours(self, group: str, member: Member) -> bool:
        """Not what the connection writes itself, and not what is a credential."""
        if group == "headers" and member.name.lower() in _OWN_HEADERS:
            return False
        if group == "headers" and member.name.lower() in self._scheme_headers():
            return False
        key = (group, member.name.lower() if group == "headers" else member.name)
        if key in self._scheme_places():
            self.taken[key] = member
            return False
        return True

    def _plain(self, group: str, member: Member) -> Member:
        """What has no type is a text, and numbers of a list are its texts: in a URL they are no different."""
        values = member.type.node.value("enum")
        if isinstance(values, list) and values and all(isinstance(v, (int, float)) for v in values):
            stem = f"{self.stem}_{group}_{names.snake(member.name)}"
            node = self._place({"enum": values}, group, "enum", member.name)
            texts = tuple(instance.to_json(v) for v in values)
            return replace(member, type=self._known(Enum(node, stem, False, values=texts)))
        if isinstance(member.type, Raw) and member.type.types == 0:
            return replace(member, type=self._text(0, group, "text", member.name))
        return member

    @staticmethod
    def _check_member(group: str, member: Member) -> None:
        kind = member.type.item if isinstance(member.type, Array) else member.type
        for type_ in (member.type, *reachable([kind])):
            _check_said(type_)
        arms = [arm.type for arm in kind.arms] if isinstance(kind, Union) and not kind.or_null else [kind]
        if not all(isinstance(arm, _SCALARS) for arm in arms):
            raise member.node.error(
                f"a member of the {group} must be a string, a number, a boolean or an array of them"
            )
        if group == "headers" and not _TOKEN.fullmatch(member.name):
            raise member.node.error(f'"{member.name}" is no name of a header')

    # ---------------------------------------------------------------- security

    def _schemes(self) -> Dict[str, Node]:
        """Schemes of the servers and of the channel's operations, by name."""
        owners: List[Any] = list(self.servers)
        owners += [o for o in self.protocol.operations if o.channel == self.channel.name]
        found: Dict[str, Node] = {}
        for scheme in (scheme for owner in owners for together in owner.security for scheme in together):
            if self._credential(scheme) is not None:
                found.setdefault(_scheme_name(scheme), scheme)
        return found

    def _credential(self, node: Node) -> Optional[Credential]:
        """What a scheme adds to the handshake; None for what is not of HTTP."""
        node.check_keys(_SCHEME, "a security scheme")
        kind = node.text("type")
        if kind == "httpApiKey":
            return self._api_key(node)
        if kind == "http":
            scheme = node.text("scheme")
            if not _TOKEN.fullmatch(scheme):
                raise node.error('a security scheme of type http needs "scheme"')
            if scheme.lower() == "basic":
                return Credential("LOGIN", "Basic")
            return Credential("TOKEN", scheme[0].upper() + scheme[1:])
        if kind == "apiKey":
            place = node.text("in")
            if place not in ("user", "password"):
                raise node.error('a security scheme of type apiKey needs "in": user or password')
            return Credential(place.upper(), "Basic")
        if kind == "userPassword":
            return Credential("LOGIN", "Basic")
        if kind in ("oauth2", "openIdConnect"):
            return Credential("TOKEN", "Bearer")
        if kind in ("X509", "symmetricEncryption", "asymmetricEncryption"):
            return None  # of TLS, or of the messages
        if kind in ("plain", "scramSha256", "scramSha512", "gssapi"):
            raise node.child("type").error(f'"{kind}" is for SASL, which a WebSocket handshake does not have')
        known = ("httpApiKey", "http", "apiKey", "userPassword", "oauth2", "openIdConnect", "X509")
        raise node.error(f'unknown type of security scheme "{kind}"{suggestion(kind, known)}')

    @staticmethod
    def _api_key(node: Node) -> Credential:
        place, name = node.text("in"), node.text("name")
        if place not in ("query", "header", "cookie") or not name:
            raise node.error('a security scheme of type httpApiKey needs "name" and "in": query, header or cookie')
        if place != "query" and not _TOKEN.fullmatch(name):
            raise node.child("name").error(f'"{name}" is no name of a {place}')
        return Credential(place.upper(), name)

    def _scheme_places(self) -> Dict[Tuple[str, str], str]:
        """Members of query and headers that are credentials."""
        found = {}
        for name, node in self.schemes.items():
            credential = self._credential(node)
            assert credential is not None
            if credential.kind == "QUERY":
                found["query", credential.key] = name
            elif credential.kind == "HEADER":
                found["headers", credential.key.lower()] = name
        return found

    def _scheme_headers(self) -> List[str]:
        """Headers that are made of credentials."""
        kinds = {self._credential(node).kind for node in self.schemes.values()}  # type: ignore[union-attr]
        cookies = ["cookie"] if "COOKIE" in kinds else []
        return cookies + (["authorization"] if kinds & {"TOKEN", "LOGIN", "USER", "PASSWORD"} else [])

    def _credentials(self) -> List[Tuple[Member, Credential]]:
        if len(self.schemes) > MAX_CREDENTIALS:
            raise self.channel.node.error(f"more than {MAX_CREDENTIALS} security schemes")
        found = []
        for name, node in self.schemes.items():
            credential = self._credential(node)
            assert credential is not None
            found.append((self._credential_member(name, node, credential), credential))
        return found

    def _credential_member(self, name: str, node: Node, credential: Credential) -> Member:
        if credential.kind == "LOGIN":
            return Member(name, node, self._login(name, node), False, False)
        group = {"QUERY": "query", "HEADER": "headers"}.get(credential.kind, "")
        key = credential.key.lower() if group == "headers" else credential.key
        member = self.taken.get((group, key))
        if member is None:
            return Member(name, node, self._text(1, "credentials", name), False, False)
        member = self._plain(group, member)
        self._check_member(group, member)
        place = node if node.text("description") else member.node
        return Member(name, place, member.type, member.required, member.nullable)

    def _login(self, name: str, node: Node) -> Object:
        parts = []
        for part in ("user", "password"):
            kind = self._text(0, "credentials", name, part)
            parts.append(Member(part, kind.node, kind, True, False))
        return self._object(name, parts, self._place({"description": node.text("description")}, "credentials", name))

    # ---------------------------------------------------------------- endpoints and addresses

    def _endpoint(
        self, server: Server, variables: List[Member], credentials: List[Tuple[Member, Credential]]
    ) -> Endpoint:
        accepts = self._accepts(server, [member.name for member, _ in credentials])
        words = [" with ".join(credentials[i][0].name for i in together) for together in accepts]
        return Endpoint(
            _SCHEMES[server.protocol.lower()],
            tuple(self._host(server, variables)),
            tuple(self._path(server, variables)),
            accepts,
            ("one of " if len(words) > 1 else "") + ", ".join(words),
        )

    def _accepts(self, server: Server, known: List[str]) -> Tuple[Tuple[int, ...], ...]:
        """None where an alternative demands nothing that HTTP carries."""
        found = []
        for together in server.security:
            wanted = [s for s in together if _scheme_name(s) in known and not s.flag("x-ew-optional")]
            found.append(tuple(known.index(_scheme_name(s)) for s in wanted))
        return tuple(dict.fromkeys(found)) if all(found) else ()

    @staticmethod
    def _host(server: Server, variables: List[Member]) -> Iterator[Piece]:
        for piece in _pieces(server.host, variables, server.variables):
            if not piece.member and not _HOST.fullmatch(piece.text or ""):
                hint = ': the scheme stands in "protocol", a path in "pathname"' if "/" in (piece.text or "") else ""
                raise server.node.error(f'"{piece.text}" has characters that no host has{hint}')
            yield piece

    def _path(self, server: Server, variables: List[Member]) -> Iterator[Piece]:
        path = server.pathname.rstrip("/") if self.channel.address else server.pathname
        path = path if not path or path.startswith("/") else "/" + path
        for piece in _pieces(path, variables, server.variables):
            yield piece if piece.member else Piece(_encoded(piece.text or ""))

    def _address(self, parameters: List[Member]) -> Iterator[Piece]:
        address = self.channel.address
        address = address if not address or address[0] in "/?" else "/" + address
        if "#" in address:
            raise self.channel.node.error("a fragment (#) has no place in the URL of a WebSocket")
        for piece in _pieces(address, parameters, self.channel.parameters):
            yield piece if piece.member else Piece(_encoded(piece.text or ""))


def _check_said(kind: model.Type) -> None:
    """What the C type and its rules do not say would go unchecked."""
    if kind.unsaid is not None:
        raise kind.unsaid.error("cannot be checked in a handshake: only what bounds one string, number or list can")


def _used(server: Server) -> Iterator[Parameter]:
    """The variables that stand in a server's host and path."""
    known = {v.name: v for v in server.variables}
    for name in dict.fromkeys(_PLACEHOLDER.findall(server.host + server.pathname)):
        if name not in known:
            raise server.node.error(f'the server has no variable "{name}"{suggestion(name, known)}')
        yield known[name]


def _scheme_name(scheme: Node) -> str:
    """Its key, or what it is when it stands where it is used."""
    return scheme.tokens[-1] if "securitySchemes" in scheme.tokens else scheme.text("name") or scheme.text("type")


def _pieces(text: str, members: Sequence[Member], parameters: Sequence[Parameter]) -> Iterator[Piece]:
    index = {m.name: i + 1 for i, m in enumerate(members)}
    defaults = {p.name: p.default for p in parameters}
    for number, part in enumerate(_PLACEHOLDER.split(text)):
        if number % 2 == 1:
            yield Piece(defaults[part], index[part])
        elif part:
            yield Piece(part)


def _encoded(text: str) -> str:
    """The fixed part of an address: what no URL has is percent-encoded, escapes stay."""
    return "".join(
        c if c.isascii() and (c.isalnum() or c in _ADDRESS) else "".join(f"%{b:02X}" for b in c.encode("utf-8"))
        for c in text
    )
