"""Stage 2: schemas resolved to types.

Each schema is read twice: as written (strict) and with x-ew-lenient applied. Both readings give the same C types; the plan
compares their rules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Set, Tuple

from ewgen import determine, dispatch, names, tuples
from ewgen.determine import TYPE_BITS
from ewgen.errors import DocumentError, did_you_mean, misspelt, suggestion
from ewgen.formats import is_proved
from ewgen.keywords import LATER
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
    TupleOf,
    Type,
    Union,
    Use,
    json_types,
)
from ewgen.places import call, is_named, place_names, schema_name, stem_of
from ewgen.regex import PatternError, compile_pattern
from ewgen.rules import Rules, UnionRule
from ewgen.spoken import dialect_at

# -------------------------------------------------------------------------------------------------- keywords

_ANNOTATIONS = frozenset(
    """title description examples example default deprecated readOnly writeOnly format discriminator externalDocs xml
    definitions $defs $schema $id $comment x-ew-lenient x-ew-lenient-only x-ew-name""".split()
)
# What a type of each kind says.
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
        """type properties required additionalProperties minProperties maxProperties oneOf anyOf allOf x-ew-order x-ew-hot x-ew-pointer
        x-ew-keep-unknown""".split()
    ),
    "map": frozenset("type additionalProperties minProperties maxProperties".split()),
    "array": frozenset("type items minItems maxItems x-ew-hot x-ew-stream".split()),
    "tuple": frozenset("type items prefixItems additionalItems minItems maxItems x-ew-hot".split()),
    "union": frozenset("oneOf anyOf x-ew-hot".split()),
}
# What says something about values of one JSON type, and nothing about others.
_BY_TYPE = {
    STRING: frozenset("""pattern minLength maxLength contentEncoding contentMediaType contentSchema x-ew-integer-string
        x-ew-check-content""".split()),
    NUMBER: frozenset("""minimum maximum exclusiveMinimum exclusiveMaximum multipleOf x-ew-integer x-ew-number""".split()),
    ARRAY: frozenset("""items minItems maxItems additionalItems prefixItems contains minContains maxContains uniqueItems
        unevaluatedItems""".split()),
    OBJECT: frozenset("""properties required additionalProperties minProperties maxProperties patternProperties
        propertyNames dependencies dependentRequired dependentSchemas unevaluatedProperties""".split()),
}
_BY_KIND["types"] = frozenset(["type"]).union(*_BY_TYPE.values())
# What says something about values of any type.
_ABOUT_ANY = frozenset("const enum not if then else allOf anyOf oneOf $dynamicRef".split())
_KNOWN = _ANNOTATIONS.union(*_BY_KIND.values(), *_BY_TYPE.values(), _ABOUT_ANY, ["$ref", "nullable"])
_OURS = frozenset(name for name in _KNOWN if name.startswith("x-ew-"))
# What says something about the values of a schema, in place of describing it.
ASSERTING = _ABOUT_ANY.union(*_BY_TYPE.values(), ["type"])
_HOLDS = {
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "required", "enum", "prefixItems"), (list, "an array")),
    **dict.fromkeys(("properties", "patternProperties", "dependencies", "dependentSchemas"), (dict, "an object")),
}
_PATCHABLE = frozenset(
    """required pattern format minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength minItems maxItems type
    additionalProperties x-ew-aliases x-ew-check-content""".split()
)
# What says nothing of the values, so nobody misses it where it does not count.
_REMARKS = _ANNOTATIONS.union(["$ref", "summary"]) - {"format", "x-ew-lenient", "x-ew-lenient-only"}


# --------------------------------------------------------------------------------------------------- schemas


class Schemas:
    """Types by the place of their schema, in one reading."""

    # A misspelt keyword is an error, and of one without an effect there is a note.
    pedantic = True

    def __init__(self, library: Library, strict: Optional["Schemas"] = None, rules: Rules = Rules()):
        self.library = library
        self.strict = strict  # the strict reading, when this one is lenient
        self.types: Dict[Tuple[str, Tokens], Type] = {}
        self.rules = strict.rules if strict is not None else rules
        self.broken: Set[Tuple[str, Tokens]] = set()  # with an error in them, when errors are collected
        self.opening: List[Tuple[str, Tokens]] = []  # schemas that are another one or null, being followed

    @property
    def lenient(self) -> bool:
        return self.strict is not None

    def follow(self, node: Node) -> Node:
        """The schema that references lead to, with what stands beside them where the dialect says that it counts."""
        for node in self.library.chain(node):
            if isinstance(node.data, dict) and "$ref" in node.data and self._has_siblings(node):
                return with_siblings(node)
        return node

    @staticmethod
    def _has_siblings(node: Node) -> bool:
        return any(k in ASSERTING for k in node.data) and dialect_at(node).ref_has_siblings

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
        return node.key in self.broken or self.follow(node).key in self.broken

    @staticmethod
    def _unknown(node: Node) -> Use:
        """In the place of a schema with an error, when errors are collected."""
        return Use(Raw(node, "", False), False)

    def _use(self, node: Node) -> Use:
        if isinstance(node.data, dict) and "$ref" in node.data:
            self._check_beside_ref(node)
        node = self.follow(node)
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
        kind = self.types[node.key]
        if isinstance(kind, Union):
            return Use(kind, nullable or kind.takes_null)
        return Use(kind, nullable or (self._kind(view) == "union" and bool(self._arms(view)[1])))

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

    def _check_beside_ref(self, node: Node) -> None:
        """JSON Reference ignores what stands there."""
        counts = dialect_at(node).ref_has_siblings
        for name in node.data:
            if name == "x-ew-pointer":
                _check_pointer_place(node)
            elif name == "x-ew-name":
                tuples.check_name(node)
            elif name not in _REMARKS and not _is_foreign(name) and not (counts and name in ASSERTING):
                self._pass_over(node.child(name), "beside $ref: write it into the schema referred to")

    def _pass_over(self, place: Node, where: str) -> None:
        """A keyword without effect. What is ours is there to have one."""
        text = f'"{place.tokens[-1]}" has no effect {where}'
        if place.tokens[-1].startswith("x-ew-"):
            raise place.error(text)
        self.library.note(place, text)

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
        if self.pedantic:
            check_keywords(self.library, node)
        for name in node.data:
            if name in _HOLDS:
                node.child(name).need(*_HOLDS[name])
            if name in ("allOf", "anyOf", "oneOf") and not node.data[name]:
                raise node.child(name).error(f"{name} is empty: expected at least one schema")
        if "x-ew-pointer" in node:
            _check_pointer_place(node)
        if "x-ew-name" in node:
            tuples.check_name(node)
        if "x-ew-hot" in node and node.data["x-ew-hot"] != "decode" and node.flag("x-ew-hot"):
            raise node.child("x-ew-hot").error("messages are made hot; a schema can only be taken out: x-ew-hot: false, or decode")
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
        kinds = data.get("type")
        if isinstance(kinds, list):
            _check_types(view.child("type"))
            kinds = [k for k in kinds if k != "null" and not (k == "integer" and "number" in kinds)]
            nullable = nullable or "null" in data["type"]
            data["type"] = kinds[0] if len(kinds) == 1 else kinds or "null"
        values = data.get("enum")
        if isinstance(values, list) and values != [None]:
            data["enum"] = [v for v in values if v is not None]
            nullable = None in values or view.flag("nullable")
        return Node(view.file, view.tokens, data), nullable and data.get("type") != "null"

    @staticmethod
    def _arms(view: Node) -> Tuple[List[Node], List[Node]]:
        """The arms of oneOf or anyOf that say what the type is, and those of them that are {type: null}."""
        keyword = next((k for k in ("oneOf", "anyOf") if k in view), None)
        if keyword is None or any(k in view for k in ("type", "const", "enum", "allOf")):
            return [], []
        arms = list(view.elements(keyword))
        nulls = [a for a in arms if _is_null(a)]
        return [a for a in arms if a not in nulls], nulls

    def _single_arm(self, view: Node) -> Optional[Node]:
        """The one schema of {oneOf: [X, {type: null}]}, whose reader is X itself."""
        arms, nulls = self._arms(view)
        others = [n for n in view.data if n not in _ANNOTATIONS and n not in ("oneOf", "anyOf") and not _is_foreign(n)]
        if len(arms) != 1 or not nulls or others or ("oneOf" in view and "anyOf" in view):
            return None
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
            kind = self._kind(Node(view.file, view.tokens, {k: v for k, v in view.data.items() if k != "allOf"}))
        left = [n for n in view.data if n not in _ANNOTATIONS and n not in _BY_KIND[kind] and not _is_foreign(n)]
        for name in left:
            useless = name.startswith("x-ew-") or (name not in _ABOUT_ANY and not self._is_about(view, name))
            if useless and self.pedantic and name in _KNOWN:
                self._pass_over(view.child(name), f"on {_article(kind)}")
        getattr(self, "_read_" + kind)(node, view)
        for name in left:
            if name in _KNOWN and determine.says_something(view, name):
                _leave_to_check(self.types[node.key], view.child(name))
        if self._asserts(view, view.value("format")) and kind not in ("string", "types"):
            self._leave_format(self.types[node.key], view)

    @staticmethod
    def _leave_format(kind: Type, view: Node) -> None:
        """It says something of strings alone, also of those that have another type than that."""
        if json_types(kind) & STRING:
            _leave_to_check(kind, view.child("format"))

    @staticmethod
    def _is_about(view: Node, name: str) -> bool:
        """Whether a keyword says something about values of the types that the schema lets through."""
        kinds = view.value("type", [])
        bits = sum({TYPE_BITS[k] for k in (kinds if isinstance(kinds, list) else [kinds])})
        return any(name in words and (bits & bit or not bits) for bit, words in _BY_TYPE.items())

    def _kind(self, view: Node) -> str:
        if "type" in view:
            _check_types(view.child("type"))
        kind = view.value("type")
        if "$dynamicRef" in view or self.rules.is_free(view):
            return "any"
        if "const" in view:
            return determine.kind_of_values([view.data["const"]], "const")
        if "enum" in view:
            return determine.kind_of_values([item.data for item in view.elements("enum")], "enum")
        if isinstance(kind, list):
            return "types"
        if kind == "object":
            return self._object_kind(view)
        if "allOf" in view:
            return "object" if self._merges_objects(view) else "merged"
        if kind == "array":
            return self._array_kind(view)
        if kind == "number" and view.text("x-ew-number") == "digits":
            return "digits"
        if kind == "integer" and determine.leaves_64_bits(view):
            return "digits"
        if kind is not None:
            return kind
        arms, _ = self._arms(view)
        if len(arms) < 2 or not all(determine.is_typed(self.follow(arm)) for arm in arms):
            return "any"
        rule = self.rules.of_union(view)
        return "any" if rule is not None and rule.is_free else "union"

    def _array_kind(self, view: Node) -> str:
        places = view.value(self.places_keyword(view))
        if isinstance(places, list):
            return "tuple" if 0 < len(places) < MAX_MEMBERS else "any"
        return "array" if isinstance(view.value("items"), dict) or view.value("items") is True else "any"

    def places_keyword(self, view: Node) -> str:
        """What lists the schemas of a tuple, in the draft that the schema is written in."""
        dialect = dialect_at(view)
        if dialect.prefix_items or (dialect.takes_later and "prefixItems" in view):
            return "prefixItems"
        if "prefixItems" in view:
            raise view.child("prefixItems").error(
                '"prefixItems" is a keyword of 2020-12 and has no effect in draft-07, where "items" takes a list'
            )
        return "items"

    def _object_kind(self, view: Node) -> str:
        if view.value("properties") or ("allOf" in view and self._merges_objects(view)):
            return "object"
        rest = view.value("additionalProperties", True) if view.value("maxProperties") != 0 else False
        patterns = view.value("patternProperties", {})
        if "allOf" in view or not isinstance(patterns, dict) or len(patterns) > 1 or (patterns and rest is not False):
            return "free"
        if patterns or (isinstance(rest, dict) and rest):
            return "map"
        return "object" if rest is False else "free"

    def _merges_objects(self, view: Node) -> bool:
        """Whether the parts of allOf are objects with members to be put into one struct."""
        parts = list(self._all_parts(view))
        typed = any(determine.listed_types(p) in (["object"], ["object", "null"], ["null", "object"]) for p in parts)
        return typed and any(p.value("properties") for p in parts)

    def _all_parts(self, view: Node, around: Tuple[Node, ...] = ()) -> Iterator[Node]:
        if any(view.key == outer.key for outer in around):
            raise view.error("allOf that contains itself")
        yield view
        for target in self._targets(view):
            yield from self._all_parts(target, around + (view,))

    def _targets(self, view: Node) -> List[Node]:
        """The schemas that allOf lists, without those that say nothing."""
        targets = [self.follow(part) for part in view.elements("allOf")]
        for target in targets:
            if not isinstance(target.data, (dict, bool)):
                target.need(dict, "a schema")
        return [t for t in targets if isinstance(t.data, dict)]

    def _merged(self, view: Node) -> Node:
        """allOf of anything but objects: one schema with the keywords of all; allOf stays where that does not say all."""
        data = {k: v for k, v in view.data.items() if k != "allOf"}
        whole = len(self._targets(view)) == len(view.data["allOf"])
        for target in self._targets(view):
            part = self._view(target)
            if "allOf" in part:
                part = self._merged(part)
            for name, value in part.data.items():
                if name == "allOf" or (isinstance(value, (dict, list)) and name != "type" and part.file is not view.file):
                    whole = False
                elif name not in data:
                    data[name] = value
                    view.file.made[view.tokens + (name,)] = part.tokens + (name,)
                elif name == "format" and data[name] != value:
                    whole = whole and not (self._asserts(view, value) or self._asserts(view, data[name]))
                elif data[name] != value and name not in _ANNOTATIONS:
                    data[name], said = determine.both(part, name, data[name], value)
                    whole = whole and said
        if not whole:
            data["allOf"] = view.data["allOf"]
        return Node(view.file, view.tokens, data)

    # ---------------------------------------------------------------- scalars

    def _read_free(self, node: Node, view: Node) -> None:
        self._make(Raw, node, types=OBJECT)

    def _read_any(self, node: Node, view: Node) -> None:
        self._make(Raw, node, types=determine.type_bits(view))

    def _read_types(self, node: Node, view: Node) -> None:
        """More than one JSON type: a union with an arm for each."""
        union = self._make(Union, node)
        arms = [self._of_one_type(view, name) for name in view.data["type"]]
        self.fill_union(union, [(arm, None) for arm in arms])

    @staticmethod
    def _of_one_type(view: Node, name: str) -> Node:
        words = _BY_TYPE.get(TYPE_BITS[name], frozenset()) | ({"format"} if name == "string" else frozenset())
        return view.made((name,), {"type": name, **{k: v for k, v in view.data.items() if k in words}})

    def _read_boolean(self, node: Node, view: Node) -> None:
        self._make(Bool, node)

    def _read_null(self, node: Node, view: Node) -> None:
        self._make(Null, node)

    def _read_const(self, node: Node, view: Node) -> None:
        kind = self._make(Const, node, value=view.data["const"])
        if not any(json_types(kind) & TYPE_BITS[name] for name in determine.listed_types(view) or TYPE_BITS):
            raise view.child("const").error(f'const contradicts type "{view.data["type"]}"')

    def _read_enum(self, node: Node, view: Node) -> None:
        values = [item for item in view.elements("enum")]
        if "string" not in (determine.listed_types(view) or ["string"]):
            raise view.child("enum").error("no value fits: enum lists strings, and the type is another one")
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
            format=self._format(view, pattern),
        )
        self._check_order(view, low, high, "minLength", "maxLength")

    def _format(self, view: Node, pattern: Optional[str]) -> Optional[str]:
        """The format that is checked: one that is asserted and no matter of the pattern anyway."""
        name = view.value("format")
        return name if self._asserts(view, name) and not is_proved(name, pattern) else None

    def _asserts(self, view: Node, format_: Any) -> bool:
        return isinstance(format_, str) and format_ in self.rules.formats

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
        if encoding == "base64":
            return "base64"
        return "json" if media == "application/json" else "text"

    @staticmethod
    def _count(view: Node, keyword: str) -> Optional[int]:
        value = view.value(keyword)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        Node(view.file, view.tokens + (keyword,), value).need(int, "an integer")
        if not 0 <= value < UINT32_MAX:
            raise view.child(keyword).error(f"must be from 0 to {UINT32_MAX - 1}")
        return value

    @staticmethod
    def _check_order(view: Node, low: Any, high: Any, low_name: str, high_name: str) -> None:
        if low is not None and high is not None and low > high:
            raise view.error(f"no value fits: {low_name} {low} is above {high_name} {high}")

    def _read_integer(self, node: Node, view: Node) -> None:
        low, high = determine.integer_bounds(view)
        unsigned = low is not None and low >= 0 and high is not None and high > INT64[1]
        least, most = (0, UINT64_MAX) if unsigned else INT64
        self._check_order(view, low, high, "minimum", "maximum")
        self._make(
            Integer,
            node,
            minimum=least if low is None else low,
            maximum=most if high is None else high,
            literal=self._literal(view),
        )

    @staticmethod
    def _literal(view: Node) -> bool:
        mode = view.text("x-ew-integer")
        if mode not in ("", "literal"):
            raise view.child("x-ew-integer").error(f'only "literal" is supported, found "{mode}"')
        return mode == "literal"

    def _read_digits(self, node: Node, view: Node) -> None:
        kind = self._make(Digits, node)
        if view.value("type") == "integer":
            _leave_to_check(kind, view.child("type"))

    def _read_number(self, node: Node, view: Node) -> None:
        if "x-ew-number" in view:
            raise view.child("x-ew-number").error(f'only "digits" is supported, found "{view.text("x-ew-number")}"')
        low, high = determine.bound(view, "minimum"), determine.bound(view, "maximum")
        above, below = determine.bound(view, "exclusiveMinimum"), determine.bound(view, "exclusiveMaximum")
        above = None if above is not None and low is not None and low > above else above
        below = None if below is not None and high is not None and high < below else below
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
        kind.item = self.alone(view.child("items"))

    def _read_tuple(self, node: Node, view: Node) -> None:
        low, high = self._count(view, "minItems"), self._count(view, "maxItems")
        self._check_order(view, low, high, "minItems", "maxItems")
        kind = self._make(TupleOf, node, min_items=low or 0, max_items=high)
        keyword = self.places_keyword(view)
        places = list(view.elements(keyword))
        for index, (place, name) in enumerate(zip(places, place_names(places, self.follow))):
            use = self.use(place)
            if self.lenient and use.nullable and not self.strict.use(place).nullable:
                raise place.error("null is accepted here by x-ew-lenient only, but a tuple has no place for it")
            kind.members.append(Member(name, place, use.type, index < kind.min_items, use.nullable))
        self._read_rest(kind, view, tuples.rest_keyword(keyword))

    def _read_rest(self, kind: TupleOf, view: Node, keyword: str) -> None:
        """The elements behind the places: refused, a list, or, where nothing is said of them, stepped over."""
        said = view.value(keyword)
        kind.closed = said is False
        if said is None or said is False:
            return
        place = view.child(keyword)
        rest = self._make(Array, view.made((keyword, "rest"), said, place))
        rest.max_items = None if kind.max_items is None else max(kind.max_items - len(kind.members), 0)
        rest.item = self.alone(place)
        kind.members.append(Member(tuples.rest_name(place), place, rest, True, False))
        kind.has_rest = True

    def _read_map(self, node: Node, view: Node) -> None:
        low, high = self._count(view, "minProperties"), self._count(view, "maxProperties")
        self._check_order(view, low, high, "minProperties", "maxProperties")
        kind = self._make(Map, node, min_items=low or 0, max_items=high)
        patterns = list(view.children("patternProperties"))
        kind.value = self.alone(patterns[0][1] if patterns else view.child("additionalProperties"))

    def alone(self, node: Node) -> Type:
        """The type of an item, a value or a message. A nullable one becomes a union with an arm for null."""
        use = self.use(node)
        kind = use.type.texts if isinstance(use.type, OpenEnum) else use.type
        if isinstance(kind, (Const, Null)):
            kind = self._make(Raw, node.made(("value",), node.data), types=json_types(kind))
            _leave_to_check(kind, node)
        return self._with_null(node, kind) if use.nullable else kind

    def _with_null(self, node: Node, kind: Type) -> Type:
        key = (node.file.path, node.tokens + ("null",))
        if key in self.types:
            return self.types[key]
        if self.lenient and key not in self.strict.types:
            raise node.error("null is accepted here by x-ew-lenient only, but an element has no place for it")
        place = Node(node.file, node.tokens + ("null",), node.data)
        union = Union(place, stem_of(node) + "_or_null", False, or_null=True)
        self.types[key] = union
        null_place = Node(node.file, place.tokens + ("null",), node.data)
        null = self.types.setdefault(null_place.key, Null(null_place, union.stem + "_null", False))
        name = arm_name(self.follow(node), kind)
        union.arms.append(Arm("null", "null", place, null, 1, condition=Condition(NULL)))
        union.arms.append(Arm(name, name, node, kind, 2, condition=Condition(json_types(kind))))
        return union

    # ---------------------------------------------------------------- objects

    def _read_object(self, node: Node, view: Node) -> None:
        if not self._read_variants(node, view):
            self._read_struct(node, view, self._object_parts(view))

    def _read_variants(self, node: Node, view: Node) -> bool:
        """Alternatives beside common members: a union of structs that have the members of both, where constants tell them apart."""
        keyword = next((k for k in ("oneOf", "anyOf") if k in view), "")
        arms = list(view.elements(keyword)) if keyword and "properties" in view and "allOf" not in view else []
        if len(arms) < 2 or ("oneOf" in view and "anyOf" in view) or not all(map(self._is_variant, arms)):
            return False
        if self.lenient and not isinstance(self.strict.types.get(node.key), Union):
            return False
        common = Node(view.file, view.tokens, {k: v for k, v in view.data.items() if k != keyword})
        before = dict(self.types)
        union = self._make(Union, node)
        places = [self._variant(node, common, keyword, index, arm) for index, arm in enumerate(arms)]
        rule = self.rules.of_union(view) or UnionRule("", view)
        if rule.default is not None:
            places.append(places.pop(self._default_arm(rule, arms)))
        try:
            self.fill_union(union, places, frozenset([len(arms) - 1] if rule.default else []), rule)
        except DocumentError:
            union.arms = []
        if not union.arms or (union.trial and not rule.trial and rule.default is None):
            self.types.clear()
            self.types.update(before)
            return False
        if union.trial == "one":
            _leave_to_check(union, view.child(keyword))
        whole = node.made(("whole",), view.data)
        self._read_struct(whole, view, self._object_parts(view))
        union.whole = self.types.pop(whole.key)  # type: ignore[assignment]
        return True

    def _is_variant(self, arm: Node) -> bool:
        target = self.follow(arm).data
        others = ("oneOf", "anyOf", "allOf", "const", "enum", "if")
        typed = isinstance(target, dict) and target.get("type", "object") == "object" and not any(k in target for k in others)
        return typed and isinstance(target.get("properties"), dict)

    def _variant(self, node: Node, common: Node, keyword: str, index: int, arm: Node) -> Tuple[Node, Optional[str]]:
        """An alternative with the common members, and its name."""
        target = self.follow(arm)
        name = names.member_name(schema_name(target) or arm.text("title") or self._constant_of(target) or f"arm_{index}")
        place = node.made((keyword, str(index), "whole"), {"allOf": [common.data, arm.data]}, arm)
        call(place, f"{stem_of(node)}_{name}")
        if place.key not in self.types:
            self._read_struct(place, self._view(target), [common] + self._object_parts(self._view(target)))
        return place, name

    @staticmethod
    def _constant_of(target: Node) -> str:
        found = (place.value("const") for _, place in target.children("properties"))
        return next((value for value in found if isinstance(value, str)), "")

    def _read_struct(self, node: Node, view: Node, parts: List[Node]) -> None:
        kind = self._make(Object, node)
        kind.min_members, kind.max_members = self._member_counts(parts)
        self._read_additional(kind, parts)
        properties = self._properties(kind, view, parts)
        required = self._required(parts, properties, self.pedantic)
        conditionals = self._conditionals(kind, parts, properties, required)
        for name, place in properties.items():
            kind.members.append(self._member(kind, name, place, name in required, conditionals.get(name), properties))
        self._keep_unknown(kind, view, parts)
        for part in parts:
            kind.groups.extend(self._groups(kind, part))
            self._leave_rest(kind, part)

    def _keep_unknown(self, kind: Object, view: Node, parts: List[Node]) -> None:
        """Whether members of other names have a place in the struct."""
        said = [part.child("x-ew-keep-unknown") for part in parts if "x-ew-keep-unknown" in part]
        for place in said:
            place.need(bool, "true or false")
        asked = next((place for place in said if place.data), None)
        rule = self.rules.to_keep(view)
        if kind.closed and self.lenient and self.strict.types[kind.node.key].keeps:
            raise view.error("x-ew-lenient refuses what the strict reading keeps")
        if asked is None and (rule is None or (rule.is_for_all and (said or kind.closed))):
            return
        if kind.closed:
            place = asked or rule.place
            raise place.error("nothing is kept where additionalProperties is false")
        kind.keeps = True
        if kind.additional is None:
            kind.additional = self._make(Raw, view.made(("additionalProperties",), True))

    @staticmethod
    def _leave_rest(kind: Object, part: Node) -> None:
        """Keywords of a part that a struct does not say."""
        for name in part.data:
            said = name in _ANNOTATIONS or name in _BY_KIND["object"] or name in ("if", "then") or _is_foreign(name)
            if name == "type" and "object" not in determine.listed_types(part):
                raise part.child(name).error("no value fits: another part of allOf asks for an object")
            if not said and determine.says_something(part, name):
                _leave_to_check(kind, part.child(name))

    def _object_parts(self, view: Node) -> List[Node]:
        """The schema and the schemas it merges, in the order their members stand on the wire."""
        parts = []
        for keyword in view.data:
            if keyword == "allOf":
                for target in self._targets(view):
                    parts.extend(self._object_parts(self._view(target)))
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
        """What is asked of members without a name in the struct; one part does not see those of another."""
        for part in parts:
            rest = part.value("additionalProperties", True)
            alone = not any("properties" in p for p in parts if p is not part) and "patternProperties" not in part
            if not alone and rest not in (True, {}):
                _leave_to_check(kind, part.child("additionalProperties"))
            elif rest is False:
                kind.closed = True
            elif isinstance(rest, dict) and rest:
                kind.additional = self.alone(part.child("additionalProperties"))

    def _properties(self, kind: Object, view: Node, parts: List[Node]) -> Dict[str, Node]:
        """Where the type of each member stands. What is said of one in more than one place is merged."""
        places: Dict[str, List[Node]] = {}
        for part in parts:
            for name, place in part.children("properties"):
                if place.data is False:
                    _leave_to_check(kind, place)
                elif all(self.follow(p).key != self.follow(place).key for p in places.get(name, [])):
                    places.setdefault(name, []).append(place)
        found = {name: self._merged_member(kind, view, name, said) for name, said in places.items()}
        for name, place in self._mentioned(parts):
            if name not in found:
                found[name] = view.made(("properties", name), True, place)
        if len(found) > MAX_MEMBERS:
            remedy = '"free" in a file of --options keeps its text, checked as the schema says'
            raise view.error(f"{len(found)} members; at most {MAX_MEMBERS} are supported; {remedy}")
        return self._ordered(view, found)

    @staticmethod
    def _merged_member(kind: Object, view: Node, name: str, places: List[Node]) -> Node:
        places = [p for p in places if p.data is not True] or places
        if len(places) == 1:
            return places[0]
        if any(p.file is not view.file for p in places):
            _leave_to_check(kind, places[1])
            return places[0]
        merged = view.made(("allOf", "", "properties", name), {"allOf": [p.data for p in places]}, places[0])
        for index, place in enumerate(places):
            view.file.made[merged.tokens + ("allOf", str(index))] = place.tokens
        return merged

    def _mentioned(self, parts: List[Node]) -> Iterator[Tuple[str, Node]]:
        """Members of which only a condition or an alternative says something: of no type, and not to be lost."""
        for part in parts:
            yield from determine.members_of_conditions(part, self.follow)

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
    def _required(parts: List[Node], properties: Dict[str, Node], pedantic: bool) -> FrozenSet[str]:
        found = set()
        for part in parts:
            for item in part.elements("required") if part.value("required") is not None else ():
                item.need(str, "a string")
                if item.data not in properties:
                    meant = misspelt(item.data, properties)
                    if pedantic and (meant is not None or part.value("additionalProperties") is False):
                        raise item.error(f'"{item.data}" is required but no property{did_you_mean(meant)}')
                    properties[item.data] = part.made(("properties", item.data), True, item)
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

    @staticmethod
    def _groups(kind: Object, part: Node) -> Iterator[Group]:
        """oneOf and anyOf of lists of required members; others are left to the check."""
        for keyword in ("oneOf", "anyOf"):
            sets = determine.required_sets(part, keyword)
            if sets:
                yield Group(part.child(keyword), keyword == "oneOf", sets)
            elif keyword in part:
                _leave_to_check(kind, part.child(keyword))

    # ---------------------------------------------------------------- unions by a sibling

    def _conditionals(
        self, kind: Object, parts: List[Node], properties: Dict[str, Node], required: FrozenSet[str]
    ) -> Dict[str, Dict[str, Any]]:
        """{member: {tag: name, arms: {enum value: schema}}} from the if/then parts; other conditions are left to the check."""
        found: Dict[str, Dict[str, Any]] = {}
        for part in parts:
            if not determine.says_something(part, "if") if "if" in part else "then" not in part:
                continue
            test = determine.tag_test(part)
            if test is None or test[0] not in required or not isinstance(self.use(properties[test[0]]).type, Enum):
                _leave_to_check(kind, part.child("if" if "if" in part else "then"))
                continue
            self._add_arms(kind, part.child("then"), test, properties, found)
        return found

    @staticmethod
    def _add_arms(
        kind: Object,
        then: Node,
        test: Tuple[str, List[str]],
        properties: Dict[str, Node],
        found: Dict[str, Dict[str, Any]],
    ) -> None:
        tag, values = test
        for name in then.data:
            if name not in ("properties", "description", "$comment"):
                _leave_to_check(kind, then.child(name))
        for name, schema in then.children("properties"):
            own = determine.is_typed(properties[name]) or found.get(name, {"tag": tag})["tag"] != tag
            entry = found.setdefault(name, {"tag": tag, "arms": {}}) if not own else {"arms": dict.fromkeys(values)}
            for value in values:
                if value in entry["arms"]:
                    _leave_to_check(kind, schema)
                else:
                    entry["arms"][value] = schema

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
                # Where no if/then says what it is, it may be anything.
                arms[value] = place.made(("then", "", value), True)
            use = self.use(arms[value])
            if use.nullable and (not self.lenient or self.strict.use(arms[value]).nullable):
                use = Use(self.alone(arms[value]), False)
            bits = json_types(use.type) | (NULL if use.nullable else 0)
            name = names.member_name(value)
            union.arms.append(Arm(name, value, arms[value], use.type, index + 1, condition=Condition(bits)))
        return union

    # ---------------------------------------------------------------- other unions

    def _read_union(self, node: Node, view: Node) -> None:
        arms, nulls = self._arms(view)
        if "oneOf" not in view and self._is_open_enum(arms):
            return self._read_open_enum(node, arms)
        union = self._make(Union, node)
        if "oneOf" in view and "anyOf" in view:
            _leave_to_check(union, view.child("anyOf"))
        rule = self.rules.of_union(view)
        rest = rule is not None and rule.default is not None
        if rule is not None and rest:
            arms.append(arms.pop(self._default_arm(rule, arms)))
        self.fill_union(union, [(arm, None) for arm in arms], frozenset([len(arms) - 1] if rest else []), rule)
        keyword = view.child("oneOf" if "oneOf" in view else "anyOf")
        if union.trial == "one":
            _leave_to_check(union, keyword)
        self._read_null_of(union, arms + nulls, keyword, "oneOf" in view if rule is None else rule.trial == "one")

    def _read_null_of(self, union: Union, arms: List[Node], keyword: Node, exactly_one: bool) -> None:
        """Whether null is accepted: by one alternative, and where exactly one must, by no other."""
        if self.lenient:
            union.takes_null = self.strict.union_like(union).takes_null
            return
        taking = sum(_is_null(arm) or self.use(arm).nullable for arm in arms)
        own = any(json_types(arm.type) & NULL for arm in union.arms)
        union.takes_null = taking > 0 and not own and (taking == 1 or not exactly_one)
        if taking > 0 and own and exactly_one:
            _leave_to_check(union, keyword)

    def _default_arm(self, rule: UnionRule, arms: List[Node]) -> int:
        """The alternative that takes what is none of the others."""
        labels = [self.follow(arm).tokens[-1] if self.follow(arm).tokens else "" for arm in arms]
        if rule.default not in labels:
            raise rule.place.error(f'no alternative is called "{rule.default}"{suggestion(str(rule.default), labels)}')
        return labels.index(rule.default)

    def _is_open_enum(self, arms: List[Node]) -> bool:
        """An enum and any string."""
        views = [self.follow(arm) for arm in arms]
        listed = [v for v in views if "enum" in v and all(isinstance(x, str) for x in v.data["enum"])]
        texts = [v for v in views if v.value("type") == "string" and v not in listed]
        return len(views) == 2 and len(listed) == 1 and len(texts) == 1

    def _read_open_enum(self, node: Node, arms: List[Node]) -> None:
        kinds = [self.use(arm).type for arm in arms]
        listed = next(k for k in kinds if isinstance(k, Enum))
        texts = next(k for k in kinds if isinstance(k, String))
        kind = self._make(OpenEnum, node, names=listed, texts=texts)
        if not listed.named and listed.node.name_in_c() is None:
            listed.stem = kind.stem  # which of the two alternatives it is says nothing
        if texts.has_rules or listed.unsaid or texts.unsaid:
            _leave_to_check(kind, texts.node)

    def fill_union(
        self,
        union: Union,
        places: List[Tuple[Node, Optional[str]]],
        defaults: FrozenSet[int] = frozenset(),
        rule: Optional[UnionRule] = None,
    ) -> None:
        """Adds the arms and says when each is chosen. places: schema and name, or None for a name from the schema."""
        nullable = []
        for index, (place, name) in enumerate(places):
            use = Use(self.alone(place), False) if union.of_direction else self.use(place)
            nullable.append(use.nullable and self.lenient and not self.strict.use(place).nullable)
            kind = use.type.texts if isinstance(use.type, OpenEnum) else use.type
            target = self.follow(place)
            arm = name or place.name_in_c() or arm_name(self.follow(place), kind)
            label = name or schema_name(target) or arm
            lenient_only = isinstance(place.data, dict) and place.flag("x-ew-lenient-only")
            union.arms.append(Arm(arm, label, place, kind, index + 1, lenient_only, index in defaults))
        if self.lenient:
            strict = self.strict.union_like(union)
            union.trial = strict.trial
            union.arms = [replace(a, name=s.name, label=s.label) for a, s in zip(union.arms, strict.arms)]
            conditions = [_or_null(a.condition, n) for a, n in zip(strict.arms, nullable)]
        else:
            union.arms = dispatch.named_apart(union.arms)
            conditions = dispatch.conditions(union) if rule is None else dispatch.ruled_conditions(union, rule)
        union.arms = [_with_condition(a, c) for a, c in zip(union.arms, conditions)]
        self._note_optional_marks(union)

    def _note_optional_marks(self, union: Union) -> None:
        """More than one alternative takes a text without them, so it is neither; the author may have meant to require them."""
        for arm in union.arms if self.pedantic and not self.lenient else ():
            for name in dispatch.optional_marks(arm):
                text = f'"{arm.label}" is told by "{name}", which it does not require: a text without it is refused'
                shared = dispatch.shared_text(union, arm)
                text += "" if shared is None else f', since "{shared[0].label}" accepts it, too: {shared[1]}'
                self.library.note(self.follow(arm.node), text)

    def union_like(self, union: Union) -> Union:
        twin = self.types[union.node.key]
        assert isinstance(twin, Union)
        return twin


def with_siblings(node: Node) -> Node:
    """A reference and what stands beside it, as parts of one schema."""
    rest = {name: value for name, value in node.data.items() if name not in ("$ref", "allOf")}
    parts = [{"$ref": node.data["$ref"]}] + node.value("allOf", [])
    return node.made(("allOf", ""), {**rest, "allOf": parts})


def check_keywords(library: Library, node: Node) -> None:
    """A misspelt keyword would say nothing, without a word about it. One of somebody else's is passed over."""
    for name in node.data if isinstance(node.data, dict) else ():
        if name in LATER and dialect_at(node).takes_later:
            text = f'"{name}" is a keyword of {LATER[name]} and counts as it does there: the document names no dialect'
            library.note(node.child(name), text, once=text)
        if name in _KNOWN or _is_foreign(name):
            continue
        meant = misspelt(name, _KNOWN)
        if meant is not None or name.startswith("x-ew-"):
            known = "" if meant is not None else "; those of schemas are " + ", ".join(sorted(_OURS))
            raise node.child(name).error(f'the keyword "{name}" is not supported{did_you_mean(meant)}{known}')
        library.note(node.child(name), f'the keyword "{name}" is unknown and ignored')


def _is_foreign(name: str) -> bool:
    """An extension that is not ours."""
    return name.startswith("x-") and not name.startswith("x-ew-")


def _check_types(place: Node) -> None:
    listed = place.data if isinstance(place.data, list) else [place.data]
    for name in listed:
        if not isinstance(name, str):
            raise place.error(f"expected the name of a type, found {describe(name)}")
        if name not in TYPE_BITS:
            raise place.error(f"unknown type {describe(name)}{suggestion(name, TYPE_BITS)}")
    if not listed or len(set(listed)) < len(listed):
        raise place.error("expected one type, or a list of different ones")


def _is_null(arm: Node) -> bool:
    return isinstance(arm.data, dict) and arm.data.get("type") == "null"


def _leave_to_check(kind: Type, place: Node) -> None:
    """What the type in C does not say: a message with it is checked as a whole."""
    kind.unsaid = kind.unsaid or place


def _check_pointer_place(node: Node) -> None:
    if node.tokens[-2:-1] != ("properties",):
        raise node.child("x-ew-pointer").error("only a member of an object is held by pointer")
    if not node.flag("x-ew-pointer"):
        raise node.child("x-ew-pointer").error("false is how it is without the keyword")


def _or_null(condition: Condition, nullable: bool) -> Condition:
    """In the lenient reading null may choose an arm, whose value is then left empty."""
    return replace(condition, types=condition.types | (NULL if nullable else 0))


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


def arm_name(target: Node, kind: Type) -> str:
    """From the schema's key when it has one, else from the JSON type."""
    name = target.name_in_c() or schema_name(target)
    if name is None and target.tokens[-2:-1] in (("definitions",), ("$defs",)):
        name = target.tokens[-1]
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
