"""Stage 2: schemas resolved to types.

Each schema is read twice: as written (strict) and with x-ew-lenient applied. Both readings give the same C types; the plan
compares their rules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Set, Tuple

from ewgen import dispatch, names
from ewgen.errors import DocumentError, suggestion
from ewgen.load import Float, Library, Node, Tokens, describe
from ewgen.model import (
    ARRAY,
    BOOL,
    INT64,
    MAX_MEMBERS,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    UINT32_MAX,
    UINT64_MAX,
    Arm,
    Array,
    Bool,
    Condition,
    Const,
    Digits,
    Enum,
    Group,
    Integer,
    Map,
    Member,
    Null,
    Number,
    Object,
    OpenEnum,
    Raw,
    String,
    Type,
    Union,
    Use,
    json_types,
)
from ewgen.places import is_named, schema_name, stem_of
from ewgen.regex import PatternError, compile_pattern

_TYPE_BITS = {
    "null": NULL,
    "boolean": BOOL,
    "number": NUMBER,
    "integer": NUMBER,
    "string": STRING,
    "array": ARRAY,
    "object": OBJECT,
}

# -------------------------------------------------------------------------------------------------- keywords

_ANNOTATIONS = frozenset(
    """title description examples example default deprecated readOnly writeOnly format discriminator externalDocs xml
    definitions $defs $schema $id $comment x-ew-lenient x-ew-lenient-only""".split()
)
_BY_KIND = {
    "any": frozenset(["type"]),
    "free": frozenset(["type", "additionalProperties"]),
    "string": frozenset("""type pattern minLength maxLength contentEncoding contentMediaType x-ew-integer-string
        x-ew-check-content""".split()),
    "enum": frozenset(["type", "enum", "x-ew-aliases"]),
    "const": frozenset(["type", "const"]),
    "integer": frozenset("type minimum maximum exclusiveMinimum exclusiveMaximum x-ew-integer".split()),
    "number": frozenset("type minimum maximum exclusiveMinimum exclusiveMaximum x-ew-number".split()),
    "digits": frozenset(["type", "x-ew-number"]),
    "boolean": frozenset(["type"]),
    "null": frozenset(["type"]),
    "object": frozenset(
        "type properties required additionalProperties minProperties maxProperties oneOf anyOf allOf x-ew-order x-ew-hot x-ew-pointer".split()
    ),
    "map": frozenset("type additionalProperties minProperties maxProperties".split()),
    "array": frozenset("type items minItems maxItems x-ew-hot x-ew-stream".split()),
    "union": frozenset("oneOf anyOf x-ew-hot".split()),
}
_KNOWN = _ANNOTATIONS.union(*_BY_KIND.values(), ["$ref", "if", "then", "nullable"])
_PATCHABLE = frozenset(
    """required pattern minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength minItems maxItems type
    additionalProperties x-ew-aliases x-ew-check-content""".split()
)
# What may stand beside $ref: JSON Reference ignores it, and none of it says what is accepted.
_BESIDE_REF = frozenset("$ref description title summary deprecated examples $comment x-ew-pointer".split())


# --------------------------------------------------------------------------------------------------- schemas


class Schemas:
    """Types by the place of their schema, in one reading."""

    def __init__(self, library: Library, strict: Optional["Schemas"] = None):
        self.library = library
        self.strict = strict  # the strict reading, when this one is lenient
        self.types: Dict[Tuple[str, Tokens], Type] = {}
        self.broken: Set[Tuple[str, Tokens]] = set()  # with an error in them, when errors are collected
        self.opening: List[Tuple[str, Tokens]] = []  # schemas that are another one or null, being followed

    @property
    def lenient(self) -> bool:
        return self.strict is not None

    # ---------------------------------------------------------------- reading one schema

    def use(self, node: Node) -> Use:
        """The type of the schema at node, and whether null may stand in its place."""
        before = self.library.troubles
        try:
            return self._use(node) if not (self.lenient and before) else self._unknown(node)
        except DocumentError as error:
            self.library.collect(error, before)
            return self._unknown(node)
        finally:
            if self.library.troubles != before:
                self.broken.add(node.key)

    def is_broken(self, node: Node) -> bool:
        """Whether an error was collected in a schema or in the one it refers to."""
        return node.key in self.broken or self.library.follow(node).key in self.broken

    @staticmethod
    def _unknown(node: Node) -> Use:
        """In the place of a schema with an error, when errors are collected."""
        return Use(Raw(node, "", False), False)

    def _use(self, node: Node) -> Use:
        if isinstance(node.data, dict) and "$ref" in node.data:
            self._check_beside_ref(node)
        node = self.library.follow(node)
        view = self._view(node)
        if view.data is True:
            return Use(self._make(Raw, node), False)
        view, nullable = self._without_null(view)
        same = self._only_part(view)
        if same is not None:
            inner = self._follow_once(node, same)
            return Use(inner.type, nullable or inner.nullable)
        single = self._single_arm(view)
        if single is not None:
            return Use(self._follow_once(node, single).type, True)
        if node.key not in self.types:
            self._read(node, view)
        return Use(self.types[node.key], nullable)

    def _follow_once(self, node: Node, inner: Node) -> Use:
        """The type of {oneOf: [inner, {type: null}]} and of {allOf: [inner]}."""
        if node.key in self.opening:
            raise node.error("a schema that is only itself, or itself or null")
        self.opening.append(node.key)
        use = self.use(inner)
        self.opening.pop()
        return use

    @staticmethod
    def _only_part(view: Node) -> Optional[Node]:
        """The schema that allOf with one reference and no other rules says in other words."""
        parts = view.value("allOf")
        alone = isinstance(parts, list) and len(parts) == 1 and isinstance(parts[0], dict) and "$ref" in parts[0]
        if not alone or any(k not in _ANNOTATIONS and k != "allOf" for k in view.data):
            return None
        return view.child("allOf").item(0)

    @staticmethod
    def _check_beside_ref(node: Node) -> None:
        for name in node.data:
            if name == "x-ew-pointer":
                _check_pointer_place(node)
            elif name not in _BESIDE_REF and not (name.startswith("x-") and not name.startswith("x-ew-")):
                raise node.child(name).error(
                    f'"{name}" has no effect beside $ref: write it into the schema referred to'
                )

    def _view(self, node: Node) -> Node:
        """The schema as this reading sees it: patched when lenient, allOf of anything but objects merged."""
        if node.data is False:
            raise node.error("the schema false accepts nothing, so it has no C type")
        if node.data is True:
            return node
        node.need(dict, "a schema")
        self._check_keywords(node)
        data = node.data
        if self.lenient and "x-ew-lenient" in data:
            data = merge_patch(data, data["x-ew-lenient"])
        return Node(node.file, node.tokens, data)

    def _check_keywords(self, node: Node) -> None:
        for name in node.data:
            foreign = name.startswith("x-") and not name.startswith("x-ew-")
            if name not in _KNOWN and not foreign:
                raise node.child(name).error(f'the keyword "{name}" is not supported{suggestion(name, _KNOWN)}')
        if "x-ew-pointer" in node:
            _check_pointer_place(node)
        if "x-ew-hot" in node and node.flag("x-ew-hot"):
            raise node.child("x-ew-hot").error("messages are made hot; a schema can only be taken out: x-ew-hot: false")
        if "x-ew-lenient" in node:
            patch = node.child("x-ew-lenient")
            patch.need(dict, "an object")
            for name in patch.data:
                if name not in _PATCHABLE:
                    raise patch.child(name).error(f'x-ew-lenient cannot change "{name}"{suggestion(name, _PATCHABLE)}')

    @staticmethod
    def _without_null(view: Node) -> Tuple[Node, bool]:
        """Takes null out of type and enum, and nullable, which means the same in OpenAPI 3.0."""
        data = dict(view.data)
        nullable = view.flag("nullable")
        data.pop("nullable", None)
        if isinstance(data.get("enum"), list) and None in data["enum"]:
            data["enum"] = [value for value in data["enum"] if value is not None]
            nullable = True
        kinds = data.get("type")
        if isinstance(kinds, list):
            if len(kinds) != 2 or kinds.count("null") != 1:
                raise view.child("type").error('type must be one name, or a list of one name and "null"')
            data["type"] = next(k for k in kinds if k != "null")
            nullable = True
        return Node(view.file, view.tokens, data), nullable

    def _arms(self, view: Node) -> Tuple[List[Node], List[Node]]:
        """The arms of oneOf or anyOf, and those of them that are {type: null}."""
        if isinstance(view.data, dict) and view.data.get("type") == "object":
            return [], []
        keyword = next((k for k in ("oneOf", "anyOf") if k in view), None)
        if keyword is None:
            return [], []
        arms = list(view.elements(keyword))
        nulls = [a for a in arms if isinstance(a.data, dict) and a.data.get("type") == "null"]
        return [a for a in arms if a not in nulls], nulls

    def _single_arm(self, view: Node) -> Optional[Node]:
        """The one schema of {oneOf: [X, {type: null}]}, whose reader is X itself."""
        arms, nulls = self._arms(view)
        if len(arms) != 1 or not nulls:
            return None
        extra = [k for k in view.data if k not in _ANNOTATIONS and k not in ("oneOf", "anyOf")]
        if extra:
            raise view.child(extra[0]).error(f'"{extra[0]}" beside oneOf is not supported')
        return Node(arms[0].file, arms[0].tokens, arms[0].data)

    # ---------------------------------------------------------------- kinds

    def _make(self, cls: Any, node: Node, **rules: Any) -> Any:
        if node.key in self.types:
            return self.types[node.key]
        stem = stem_of(node)
        if stem == "":
            raise node.error("this name leaves nothing for a name in C")
        kind = cls(node, stem, is_named(node), **rules)
        self.types[node.key] = kind
        return kind

    def _read(self, node: Node, view: Node) -> None:
        kind = self._kind(view)
        if kind == "merged":
            view = self._merged(view)
            kind = self._kind(view)
        for name in view.data:
            foreign = name.startswith("x-") and not name.startswith("x-ew-")
            if name not in _ANNOTATIONS and name not in _BY_KIND[kind] and not foreign:
                raise view.child(name).error(f'"{name}" has no effect on {_article(kind)} and is not supported here')
        getattr(self, "_read_" + kind)(node, view)

    def _kind(self, view: Node) -> str:
        kind = view.value("type")
        if kind is not None and (not isinstance(kind, str) or kind not in _TYPE_BITS):
            raise view.child("type").error(f"unknown type {describe(kind)}{suggestion(str(kind), _TYPE_BITS)}")
        if "const" in view:
            return "const"
        if "enum" in view:
            return "enum"
        if kind == "object":
            return self._object_kind(view)
        if "allOf" in view:
            return "object" if self._merges_objects(view) else "merged"
        if kind == "array":
            return "array" if "items" in view else "any"
        if kind == "number" and view.text("x-ew-number") == "digits":
            return "digits"
        if kind is not None:
            return kind
        if "oneOf" in view or "anyOf" in view:
            return "union"
        typed = [k for k in view.data if k not in _ANNOTATIONS and k[:2] != "x-"]
        if typed:
            raise view.error(f'"{typed[0]}" without "type": name the type, since values of other types would pass')
        return "any"

    @staticmethod
    def _object_kind(view: Node) -> str:
        if any(k in view for k in ("properties", "allOf", "required", "oneOf", "anyOf")):
            return "object"
        rest = view.value("additionalProperties", True)
        if isinstance(rest, dict) and rest:
            return "map"
        if rest is False or "minProperties" in view or "maxProperties" in view:
            return "object"
        return "free"

    def _merges_objects(self, view: Node) -> bool:
        for part in view.elements("allOf"):
            target = self.library.follow(part)
            if isinstance(target.data, dict) and (
                "properties" in target.data or "allOf" in target.data or "if" in target.data
            ):
                return True
        return False

    def _merged(self, view: Node) -> Node:
        """allOf of scalars: one schema with the keywords of all, which must not contradict each other."""
        data = {k: v for k, v in view.data.items() if k != "allOf"}
        for part in view.elements("allOf"):
            target = self._view(self.library.follow(part))
            if not isinstance(target.data, dict) or "allOf" in target.data:
                raise part.error("allOf of anything but objects must list plain schemas")
            for name, value in target.data.items():
                if name in _ANNOTATIONS and name in data:
                    continue
                if name in data and data[name] != value:
                    raise part.error(f'allOf contradicts itself: two values of "{name}"')
                data[name] = value
        return Node(view.file, view.tokens, data)

    # ---------------------------------------------------------------- scalars

    def _read_free(self, node: Node, view: Node) -> None:
        self._make(Raw, node, types=OBJECT)

    def _read_any(self, node: Node, view: Node) -> None:
        kind = view.value("type")
        self._make(Raw, node, types=0 if kind is None else _TYPE_BITS[kind])

    def _read_boolean(self, node: Node, view: Node) -> None:
        self._make(Bool, node)

    def _read_null(self, node: Node, view: Node) -> None:
        self._make(Null, node)

    def _read_const(self, node: Node, view: Node) -> None:
        value = view.data["const"]
        place = view.child("const")
        if not isinstance(value, (str, bool, int)) or isinstance(value, Float):
            raise place.error("const must be a string, a boolean or an integer")
        kind = self._make(Const, node, value=value)
        if "type" in view and not json_types(kind) & _TYPE_BITS.get(view.data["type"], 0):
            raise place.error(f'const contradicts type "{view.data["type"]}"')

    def _read_enum(self, node: Node, view: Node) -> None:
        values = [item for item in view.elements("enum")]
        if not values or view.value("type", "string") != "string":
            raise view.child("enum").error("enum must be a list of strings, with type string")
        for index, item in enumerate(values):
            item.need(str, "a string")
            if item.data in view.data["enum"][:index]:
                raise item.error(f'"{item.data}" stands twice')
        self._make(Enum, node, values=tuple(view.data["enum"]), aliases=tuple(self._aliases(view)))

    @staticmethod
    def _aliases(view: Node) -> Iterator[Tuple[str, bool, int]]:
        if "x-ew-aliases" not in view:
            return
        view.child("x-ew-aliases").need(dict, "an object")
        for text, target in view.data["x-ew-aliases"].items():
            if target not in view.data["enum"]:
                raise view.error(
                    f'x-ew-aliases: "{target}" is not a value of the enum{suggestion(str(target), view.data["enum"])}'
                )
            quoted = len(text) >= 2 and text[0] == text[-1] == '"'
            number = text.lstrip("-").isdigit()
            if not quoted and not number:
                raise view.error(f"x-ew-aliases: {text} must be a number or a quoted string")
            yield (text[1:-1] if quoted else text, number, view.data["enum"].index(target) + 1)

    def _read_string(self, node: Node, view: Node) -> None:
        low, high = self._count(view, "minLength"), self._count(view, "maxLength")
        pattern = view.text("pattern") if view.value("pattern") is not None else None
        if pattern is not None:
            self._check_pattern(view, pattern)
        self._make(
            String,
            node,
            min_length=low or 0,
            max_length=high,
            pattern=pattern,
            content=self._content(view),
            check_content=view.flag("x-ew-check-content"),
            integer_string=view.flag("x-ew-integer-string"),
        )
        self._check_order(view, low, high, "minLength", "maxLength")

    @staticmethod
    def _check_pattern(view: Node, pattern: str) -> None:
        try:
            dfa = compile_pattern(pattern)
        except PatternError as error:
            raise view.child("pattern").error(str(error)) from None
        if dfa.is_empty:
            raise view.child("pattern").error("no text matches the pattern")

    @staticmethod
    def _content(view: Node) -> str:
        encoding, media = view.text("contentEncoding"), view.text("contentMediaType")
        if encoding not in ("", "base64"):
            raise view.child("contentEncoding").error(f'only "base64" is supported, found "{encoding}"')
        if encoding == "base64":
            return "base64"
        return "json" if media == "application/json" else "text"

    @staticmethod
    def _count(view: Node, keyword: str) -> Optional[int]:
        value = view.value(keyword)
        if value is None:
            return None
        view.child(keyword).need(int, "an integer")
        if not 0 <= value < UINT32_MAX:
            raise view.child(keyword).error(f"must be from 0 to {UINT32_MAX - 1}")
        return value

    @staticmethod
    def _check_order(view: Node, low: Any, high: Any, low_name: str, high_name: str) -> None:
        if low is not None and high is not None and low > high:
            raise view.error(f"no value fits: {low_name} {low} is above {high_name} {high}")

    @staticmethod
    def _bound(view: Node, keyword: str) -> Any:
        value = view.value(keyword)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise view.child(keyword).error("expected a number")
        return value

    def _read_integer(self, node: Node, view: Node) -> None:
        low, high = self._integer_bounds(view)
        unsigned = low is not None and low >= 0 and high is not None and high > INT64[1]
        least, most = (0, UINT64_MAX) if unsigned else INT64
        if low is not None and not least <= low <= most or high is not None and not least <= high <= most:
            raise view.error(
                "the bounds leave 64 bits: narrow them, or send the number as a string with x-ew-integer-string"
            )
        self._check_order(view, low, high, "minimum", "maximum")
        self._make(
            Integer,
            node,
            minimum=least if low is None else low,
            maximum=most if high is None else high,
            literal=self._literal(view),
        )

    def _integer_bounds(self, view: Node) -> Tuple[Optional[int], Optional[int]]:
        lows, highs = [], []
        for keyword, found, step in (
            ("minimum", lows, 0),
            ("exclusiveMinimum", lows, 1),
            ("maximum", highs, 0),
            ("exclusiveMaximum", highs, -1),
        ):
            value = self._bound(view, keyword)
            if isinstance(value, float):
                raise view.child(keyword).error("expected an integer, as the type is integer")
            if value is not None:
                found.append(value + step)
        return max(lows, default=None), min(highs, default=None)

    @staticmethod
    def _literal(view: Node) -> bool:
        mode = view.text("x-ew-integer")
        if mode not in ("", "literal"):
            raise view.child("x-ew-integer").error(f'only "literal" is supported, found "{mode}"')
        return mode == "literal"

    def _read_digits(self, node: Node, view: Node) -> None:
        self._make(Digits, node)

    def _read_number(self, node: Node, view: Node) -> None:
        if "x-ew-number" in view:
            raise view.child("x-ew-number").error(f'only "digits" is supported, found "{view.text("x-ew-number")}"')
        low, high = self._bound(view, "minimum"), self._bound(view, "maximum")
        above, below = self._bound(view, "exclusiveMinimum"), self._bound(view, "exclusiveMaximum")
        if (low is not None and above is not None) or (high is not None and below is not None):
            raise view.error("a bound and an exclusive bound on the same side")
        low_all = low if above is None else above
        high_all = high if below is None else below
        self._check_order(view, low_all, high_all, "minimum", "maximum")
        self._make(
            Number,
            node,
            minimum=low_all,
            maximum=high_all,
            exclusive_minimum=above is not None,
            exclusive_maximum=below is not None,
        )

    # ---------------------------------------------------------------- arrays and maps

    def _read_array(self, node: Node, view: Node) -> None:
        low, high = self._count(view, "minItems"), self._count(view, "maxItems")
        self._check_order(view, low, high, "minItems", "maxItems")
        kind = self._make(Array, node, min_items=low or 0, max_items=high, stream=view.flag("x-ew-stream"))
        kind.item = self._element(view.child("items"))

    def _read_map(self, node: Node, view: Node) -> None:
        low, high = self._count(view, "minProperties"), self._count(view, "maxProperties")
        self._check_order(view, low, high, "minProperties", "maxProperties")
        kind = self._make(Map, node, min_items=low or 0, max_items=high)
        kind.value = self._element(view.child("additionalProperties"))

    def _element(self, node: Node) -> Type:
        """The type of an item or value. A nullable one becomes a union with an arm for null."""
        use = self.use(node)
        if isinstance(use.type, OpenEnum):
            raise node.error("an open enum can only be a member of an object: use a string here")
        if isinstance(use.type, Const):
            raise node.error("a list or map of constants holds nothing")
        return self._with_null(node, use.type) if use.nullable else use.type

    def _with_null(self, node: Node, kind: Type) -> Type:
        key = (node.file.path, node.tokens + ("null",))
        if key in self.types:
            return self.types[key]
        if self.lenient and key not in self.strict.types:
            raise node.error("null is accepted here by x-ew-lenient only, but an element has no place for it")
        place = Node(node.file, node.tokens + ("null",), node.data)
        union = Union(place, stem_of(node), False, or_null=True)
        self.types[key] = union
        null_place = Node(node.file, place.tokens + ("null",), node.data)
        null = self.types.setdefault(null_place.key, Null(null_place, union.stem + "_null", False))
        name = arm_name(self.library, node, kind)
        union.arms.append(Arm("null", "null", place, null, 1, condition=Condition(NULL)))
        union.arms.append(Arm(name, name, node, kind, 2, condition=Condition(json_types(kind))))
        return union

    # ---------------------------------------------------------------- objects

    def _read_object(self, node: Node, view: Node) -> None:
        kind = self._make(Object, node)
        parts = self._object_parts(view)
        kind.min_members, kind.max_members = self._member_counts(parts)
        self._read_additional(kind, parts)
        properties = self._properties(view, parts)
        required = self._required(parts, properties)
        conditionals = self._conditionals(parts, properties)
        for name, place in properties.items():
            kind.members.append(self._member(kind, name, place, name in required, conditionals.get(name), properties))
        for part in parts:
            kind.groups.extend(self._groups(part, properties))
        self._check_siblings(kind)

    def _object_parts(self, view: Node, around: Tuple[Node, ...] = ()) -> List[Node]:
        """The schema and the schemas it merges, in the order their members stand on the wire."""
        parts = []
        if view.data is True:
            raise view.error("a schema that accepts anything adds nothing to allOf")
        if any(view.key == outer.key for outer in around):
            raise view.error("allOf that contains itself")
        for keyword in view.data:
            if keyword == "allOf":
                for part in view.elements("allOf"):
                    target = self._view(self.library.follow(part))
                    parts.extend(self._object_parts(target, around + (view,)))
            elif keyword == "properties":
                parts.append(view)
        if view not in parts:
            parts.append(view)
        return parts

    def _member_counts(self, parts: List[Node]) -> Tuple[int, Optional[int]]:
        lows = [self._count(p, "minProperties") for p in parts]
        highs = [self._count(p, "maxProperties") for p in parts]
        low = max((n for n in lows if n is not None), default=0)
        high = min((n for n in highs if n is not None), default=None)
        self._check_order(parts[0], low, high, "minProperties", "maxProperties")
        return low, high

    def _read_additional(self, kind: Object, parts: List[Node]) -> None:
        for part in parts:
            rest = part.value("additionalProperties", True)
            if rest is False and len(parts) > 1 and any("properties" in p for p in parts if p is not part):
                raise part.child("additionalProperties").error("additionalProperties: false does not see through allOf")
            if rest is False:
                kind.closed = True
            elif isinstance(rest, dict) and rest:
                kind.additional = self._element(part.child("additionalProperties"))

    def _properties(self, view: Node, parts: List[Node]) -> Dict[str, Node]:
        found: Dict[str, Node] = {}
        for part in parts:
            for name, place in part.children("properties"):
                if name in found and self.library.follow(found[name]).key != self.library.follow(place).key:
                    raise place.error(
                        f'the member "{name}" is declared twice through allOf, here and at {found[name].pointer}'
                    )
                found.setdefault(name, place)
        if len(found) > MAX_MEMBERS:
            raise view.error(f"{len(found)} members; at most {MAX_MEMBERS} are supported")
        return self._ordered(view, found)

    @staticmethod
    def _ordered(view: Node, found: Dict[str, Node]) -> Dict[str, Node]:
        if "x-ew-order" not in view:
            return found
        order = [item.data for item in view.elements("x-ew-order")]
        if sorted(order) != sorted(found):
            odd = sorted(set(order).symmetric_difference(found)) or ["a name twice"]
            raise view.child("x-ew-order").error(f"must list every property once: {odd[0]}")
        return {name: found[name] for name in order}

    @staticmethod
    def _required(parts: List[Node], properties: Dict[str, Node]) -> FrozenSet[str]:
        found = set()
        for part in parts:
            for item in part.elements("required") if part.value("required") is not None else ():
                item.need(str, "a string")
                if item.data not in properties:
                    raise item.error(f'"{item.data}" is required but no property{suggestion(item.data, properties)}')
                found.add(item.data)
        return frozenset(found)

    def _member(
        self,
        parent: Object,
        name: str,
        place: Node,
        required: bool,
        arms: Optional[Dict[str, Node]],
        properties: Dict[str, Node],
    ) -> Member:
        pointer = isinstance(place.data, dict) and place.flag("x-ew-pointer")
        if arms is None:
            use = self.use(place)
            if pointer and (required or use.nullable or not isinstance(use.type, Object)):
                raise place.child("x-ew-pointer").error("only an optional object that cannot be null is held by pointer")
            return Member(name, place, use.type, required, use.nullable, pointer=pointer)
        if pointer:
            raise place.child("x-ew-pointer").error("what another member chooses is not held by pointer")
        tag_name = arms["tag"]
        union = self._sibling_union(parent, place, tag_name, properties[tag_name], arms["arms"])
        return Member(name, place, union, required, False, list(properties).index(tag_name))

    def _groups(self, part: Node, properties: Dict[str, Node]) -> Iterator[Group]:
        for keyword in ("oneOf", "anyOf"):
            if keyword not in part:
                continue
            sets = []
            for arm in part.elements(keyword):
                arm.check_keys(("required", "title", "description", "$comment"), "an arm beside properties")
                wanted = [item.data for item in arm.elements("required")]
                for name in wanted:
                    if not isinstance(name, str) or name not in properties:
                        raise arm.child("required").error(f'"{name}" is no property{suggestion(str(name), properties)}')
                sets.append(tuple(wanted))
            if not all(sets):
                raise part.child(keyword).error("every arm beside properties must be a list of required members")
            yield Group(part.child(keyword), keyword == "oneOf", tuple(sets))

    # ---------------------------------------------------------------- unions by a sibling

    def _conditionals(self, parts: List[Node], properties: Dict[str, Node]) -> Dict[str, Dict[str, Any]]:
        """{member: {tag: name, arms: {enum value: schema}}} from the if/then parts."""
        found: Dict[str, Dict[str, Any]] = {}
        for part in parts:
            if "if" not in part and "then" not in part:
                continue
            tag, values = self._condition(part, properties)
            then = part.child("then")
            then.check_keys(("properties", "description", "$comment"), "then")
            for name, schema in then.children("properties"):
                if name not in properties:
                    raise schema.error(f'"{name}" is no property of the object{suggestion(name, properties)}')
                entry = found.setdefault(name, {"tag": tag, "arms": {}})
                if entry["tag"] != tag:
                    raise schema.error(f'"{name}" depends on "{entry["tag"]}" and on "{tag}"')
                for value in values:
                    if value in entry["arms"]:
                        raise schema.error(f'"{name}" is declared twice for "{value}"')
                    entry["arms"][value] = schema
        return found

    def _condition(self, part: Node, properties: Dict[str, Node]) -> Tuple[str, List[str]]:
        part.check_keys(("if", "then", "description", "$comment"), "a conditional part")
        if "if" not in part or "then" not in part:
            raise part.error("if and then must stand together")
        test = part.child("if")
        test.check_keys(("properties", "required", "description", "$comment"), "if")
        members = list(test.children("properties"))
        if len(members) != 1 or test.value("required") != [members[0][0]]:
            raise test.error("if must test one member, and require it")
        tag, schema = members[0]
        if tag not in properties:
            raise schema.error(f'"{tag}" is no property of the object{suggestion(tag, properties)}')
        schema.check_keys(("const", "enum", "type"), "the test of if")
        values = [schema.data["const"]] if "const" in schema else [item.data for item in schema.elements("enum")]
        if not values or not all(isinstance(value, str) for value in values):
            raise schema.error("if must test for const or enum, with strings")
        return tag, values

    def _sibling_union(
        self, parent: Object, place: Node, tag_name: str, tag_place: Node, arms: Dict[str, Node]
    ) -> Union:
        tag = self.use(tag_place).type
        if not isinstance(tag, Enum):
            raise tag_place.error(f'"{tag_name}" chooses another member, so it must be a closed enum')
        union = self._make(Union, place, tag_enum=tag)
        if union.arms:
            return union
        for value in arms:
            if value not in tag.values:
                raise arms[value].error(f'"{value}" is not a value of "{tag_name}"{suggestion(str(value), tag.values)}')
        for index, value in enumerate(tag.values):
            if value not in arms:
                raise place.error(f'no if/then says what "{place.tokens[-1]}" is when "{tag_name}" is "{value}"')
            use = self.use(arms[value])
            if use.nullable and not self.lenient:
                raise arms[value].error("an arm that may be null is not supported")
            bits = json_types(use.type) | (NULL if use.nullable else 0)
            name = names.member_name(value)
            union.arms.append(Arm(name, value, arms[value], use.type, index + 1, condition=Condition(bits)))
        return union

    @staticmethod
    def _check_siblings(kind: Object) -> None:
        for member in kind.members:
            if member.sibling is not None and not kind.members[member.sibling].required:
                raise member.node.error(
                    f'"{kind.members[member.sibling].name}" chooses this member, so it must be required'
                )

    # ---------------------------------------------------------------- other unions

    def _read_union(self, node: Node, view: Node) -> None:
        arms, nulls = self._arms(view)
        if nulls:
            raise view.error("a union of more than one type and null: write each type in a schema of its own")
        if len(arms) < 2:
            raise view.error("a union needs two arms or more")
        if "oneOf" in view and "anyOf" in view:
            raise view.child("anyOf").error("anyOf beside oneOf is not supported")
        if "anyOf" in view:
            return self._read_open_enum(node, view, arms)
        union = self._make(Union, node)
        self.fill_union(union, [(arm, None) for arm in arms])

    def _read_open_enum(self, node: Node, view: Node, arms: List[Node]) -> None:
        uses = [self.use(arm) for arm in arms]
        kinds = [use.type for use in uses]
        closed = [k for k in kinds if isinstance(k, Enum)]
        texts = [k for k in kinds if isinstance(k, String) and not k.has_rules]
        if len(kinds) != 2 or len(closed) != 1 or len(texts) != 1:
            raise view.child("anyOf").error(
                "anyOf must be an enum and {type: string} (an open enum); for a union write oneOf"
            )
        self._make(OpenEnum, node, names=closed[0])

    def fill_union(
        self, union: Union, places: List[Tuple[Node, Optional[str]]], defaults: FrozenSet[int] = frozenset()
    ) -> None:
        """Adds the arms and says when each is chosen. places: schema and name, or None for a name from the schema."""
        nullable = []
        for index, (place, name) in enumerate(places):
            use = self.use(place)
            nullable.append(use.nullable)
            if use.nullable and not self.lenient:
                raise place.error("an arm that may be null is not supported: make the whole member nullable")
            if isinstance(use.type, OpenEnum):
                raise place.error("an open enum can only be a member of an object: use a string here")
            target = self.library.follow(place)
            arm = name or arm_name(self.library, place, use.type)
            label = name or schema_name(target) or arm
            lenient_only = isinstance(place.data, dict) and place.flag("x-ew-lenient-only")
            union.arms.append(Arm(arm, label, place, use.type, index + 1, lenient_only, index in defaults))
        if self.lenient:
            strict = self.strict.union_like(union)
            union.arms = [replace(a, name=s.name, label=s.label) for a, s in zip(union.arms, strict.arms)]
            conditions = [_or_null(a.condition, n) for a, n in zip(strict.arms, nullable)]
        else:
            union.arms = dispatch.named_apart(union.arms)
            conditions = dispatch.conditions(union)
        union.arms = [_with_condition(a, c) for a, c in zip(union.arms, conditions)]

    def union_like(self, union: Union) -> Union:
        twin = self.types[union.node.key]
        assert isinstance(twin, Union)
        return twin


def _check_pointer_place(node: Node) -> None:
    if node.tokens[-2:-1] != ("properties",):
        raise node.child("x-ew-pointer").error("only a member of an object is held by pointer")
    if not node.flag("x-ew-pointer"):
        raise node.child("x-ew-pointer").error("false is how it is without the keyword")


def _or_null(condition: Condition, nullable: bool) -> Condition:
    """In the lenient reading null may choose an arm, whose value is then left empty."""
    types = condition.types | (NULL if nullable else 0)
    return Condition(types, condition.present, condition.absent, condition.tag)


def _with_condition(arm: Arm, condition: Condition) -> Arm:
    return Arm(arm.name, arm.label, arm.node, arm.type, arm.kind, arm.lenient_only, arm.default, condition)


def _article(kind: str) -> str:
    text = {
        "any": "a free-form value",
        "free": "a free-form object",
        "const": "a constant",
        "digits": "a number kept as digits",
    }.get(kind, kind)
    if text.startswith("a "):
        return text
    return ("an " if text[0] in "aeiou" else "a ") + text


_ARM_NAMES = (
    (STRING, "text"),
    (ARRAY, "list"),
    (OBJECT, "object"),
    (NUMBER, "number"),
    (BOOL, "boolean"),
    (NULL, "null"),
)


def arm_name(library: Library, place: Node, kind: Type) -> str:
    """From the schema's key when it has one, else from the JSON type."""
    target = library.follow(place)
    name = schema_name(target)
    if name is not None:
        return names.member_name(name)
    bits = json_types(kind)
    return next(name for bit, name in _ARM_NAMES if bits & bit)


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result
