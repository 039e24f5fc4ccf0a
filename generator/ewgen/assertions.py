"""Any JSON Schema as the tables of eventwire/schema.h: each schema a list of rules, whatever it says.

Unlike the typed part of the generator nothing is refused here for being unusual: arms may overlap, keywords may be unknown. What is refused
cannot be meant (a keyword with a value of the wrong type) or cannot be run in bounded time (a pattern with look-around, a schema that is
itself without looking inside of a value).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Tuple

from ewgen.formats import FORMATS
from ewgen.load import Float, Node
from ewgen.regex import Dfa, PatternError, compile_pattern
from ewgen.resources import Registry, Resource

MAX_COUNT = 0xFFFFFFFF
LOOP = "the schema leads back to itself without looking inside of a value"
MAX_DIVISOR_DIGITS = 18

TYPES = {"null": 1, "boolean": 2, "number": 4, "string": 8, "array": 16, "object": 32, "integer": 64}

# In the order in which they are checked: what is cheap first, what looks at the work of others last.
ORDER = (
    "FALSE TYPE CONST ENUM MULTIPLE_OF MAXIMUM EXCLUSIVE_MAXIMUM MINIMUM EXCLUSIVE_MINIMUM MAX_LENGTH MIN_LENGTH PATTERN FORMAT CONTENT "
    "MAX_ITEMS MIN_ITEMS ITEMS CONTAINS UNIQUE_ITEMS MAX_PROPERTIES MIN_PROPERTIES REQUIRED PROPERTIES PROPERTY_NAMES DEPENDENCIES DEPENDENT_REQUIRED "
    "DEPENDENT_SCHEMAS REF DYNAMIC_REF ALL_OF ANY_OF ONE_OF NOT IF UNEVALUATED_ITEMS UNEVALUATED_PROPERTIES"
).split()

# Keywords of the vocabulary of assertions: what a meta-schema without it leaves out.
_VALIDATION = frozenset(
    "type const enum multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems "
    "maxContains minContains maxProperties minProperties required dependentRequired".split()
)

@dataclass(frozen=True)
class Pattern:
    text: str
    dfa: Dfa = field(compare=False)


@dataclass(frozen=True)
class Value:
    """Of const and enum. text: of a string the string itself, else its JSON."""

    type: str
    text: str


@dataclass
class Rule:
    keyword: str
    count: int = 0
    data: Any = None  # by keyword, see eventwire/schema.h


@dataclass(eq=False)
class Schema:
    index: int
    node: Node
    rules: List[Rule] = field(default_factory=list)
    resource: Optional[Resource] = None


@dataclass
class Items:
    prefix: List[Schema]
    rest: Optional[Schema]
    prefix_keyword: str
    rest_keyword: str


@dataclass
class Contains:
    schema: Schema
    low: int
    high: int
    marks: bool


@dataclass
class Properties:
    named: List[Tuple[str, Schema]]
    patterns: List[Tuple[Pattern, Schema]]
    additional: Optional[Schema]


@dataclass
class Dependency:
    name: str
    required: List[str]
    schema: Optional[Schema]


@dataclass
class Dynamic:
    anchor: str
    target: Schema


@dataclass(frozen=True)
class Asked:
    """What the drafts leave to the user."""

    formats: FrozenSet[str] = frozenset()
    content: bool = False


class Program:
    """All schemas that a root reaches. view: how a schema is read, when not as it is written."""

    def __init__(self, registry: Registry, asked: Asked = Asked(), view: Callable[[Node], Node] = lambda node: node):
        self.registry = registry
        self.asked = asked
        self.view = view
        self.schemas: List[Schema] = []
        self.by_place: Dict[Any, Schema] = {}
        self.waiting: List[Schema] = []

    def compile(self, root: Node) -> Schema:
        first = self.schema(root)
        while self.waiting:
            schema = self.waiting.pop()
            with self.registry.library.recovering():
                _Compiler(self, schema).run()
        with self.registry.library.recovering():
            self._refuse_loops()
        return first

    def schema(self, node: Node) -> Schema:
        if node.key not in self.by_place:
            schema = Schema(len(self.schemas), node)
            self.by_place[node.key] = schema
            self.schemas.append(schema)
            self.waiting.append(schema)
        return self.by_place[node.key]

    def dynamic_names(self) -> List[str]:
        """The anchors that some $dynamicRef looks for, each known by its place here."""
        return sorted({r.data.anchor for s in self.schemas for r in s.rules if r.keyword == "DYNAMIC_REF"})

    def _refuse_loops(self) -> None:
        """A schema that leads to itself for the same value would never be done."""
        state: Dict[int, int] = {}
        for start in self.schemas:
            stack = [(start, iter(_in_place(start)))] if start.index not in state else []
            state.setdefault(start.index, 1)
            while stack:
                schema, rest = stack[-1]
                step = next(rest, None)
                if step is None:
                    state[schema.index] = 2
                    stack.pop()
                elif state.get(step.index) == 1:
                    raise step.node.error(LOOP)
                elif step.index not in state:
                    state[step.index] = 1
                    stack.append((step, iter(_in_place(step))))


def let_null_pass(program: Program) -> None:
    """nullable of OpenAPI 3.0, which documents may use and JSON Schema does not know."""
    for schema in program.schemas:
        for rule in schema.rules if schema.node.value("nullable") is True else ():
            if rule.keyword == "TYPE":
                rule.count |= TYPES["null"]
            elif rule.keyword == "ENUM":
                rule.data.append(Value("NULL", "null"))


def _in_place(schema: Schema) -> List[Schema]:
    result: List[Schema] = []
    for rule in schema.rules:
        if rule.keyword in ("REF", "NOT"):
            result.append(rule.data)
        elif rule.keyword in ("ALL_OF", "ANY_OF", "ONE_OF", "IF"):
            result.extend(s for s in rule.data if s is not None)
        elif rule.keyword in ("DEPENDENCIES", "DEPENDENT_SCHEMAS"):
            result.extend(d.schema for d in rule.data if d.schema is not None)
    return result


def sort_names(names: List[Tuple[str, Any]]) -> List[Tuple[str, Any]]:
    """As the engine looks for them: by length in bytes, then by bytes."""
    return sorted(names, key=lambda pair: (len(encoded(pair[0])), encoded(pair[0])))


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


class _Compiler:
    """The rules of one schema."""

    def __init__(self, program: Program, schema: Schema):
        self.program = program
        self.schema = schema
        self.node = program.view(schema.node)
        self.resource = program.registry.resource_of(self.node)
        self.dialect = self.resource.dialect
        self.recovering = program.registry.library.recovering

    def run(self) -> None:
        if self.node.data is False:
            self.add("FALSE")
            return
        if self.node.data is True:
            return
        self.node.need(dict, "a schema: an object, true or false")
        with self.recovering():
            self.references()
        if "$ref" not in self.node or self.dialect.ref_has_siblings:
            for rules in (self.values, self.numbers, self.strings, self.arrays, self.objects, self.combinations):
                with self.recovering():
                    rules()
        self.schema.rules.sort(key=lambda rule: ORDER.index(rule.keyword))
        self.schema.resource = self.resource

    def add(self, keyword: str, count: int = 0, data: Any = None) -> None:
        self.schema.rules.append(Rule(keyword, count, data))

    def has(self, name: str) -> bool:
        return name in self.node and (self.resource.asserts or name not in _VALIDATION)

    def child(self, name: str) -> Schema:
        return self.program.schema(self.node.child(name))

    def list_of(self, name: str) -> List[Schema]:
        place = self.node.child(name)
        place.need(list, "an array of schemas")
        return [self.program.schema(place.item(i)) for i in range(len(place.data))]

    def names(self, place: Node) -> List[str]:
        place.need(list, "an array of member names")
        for i, name in enumerate(place.data):
            place.item(i).need(str, "a member name")
        return list(dict.fromkeys(place.data))

    # ---------------------------------------------------------------------------------------- references

    def references(self) -> None:
        if "$ref" in self.node:
            self.add("REF", 0, self.program.schema(self.target("$ref")))
        if "$dynamicRef" in self.node and "$dynamicAnchor" in self.dialect.anchors:
            self.dynamic_reference()

    def target(self, keyword: str) -> Node:
        return self.program.registry.resolve(self.node.child(keyword), self.resource)

    def dynamic_reference(self) -> None:
        target = self.target("$dynamicRef")
        anchor = self.node.data["$dynamicRef"].partition("#")[2]
        registry = self.program.registry
        anchored = registry.resource_of(target).dynamic.get(anchor)
        if anchored is None or anchored.key != target.key:
            self.add("REF", 0, self.program.schema(target))
            return
        for resource in list(registry.resources.values()):
            if anchor in resource.dynamic:
                self.program.schema(resource.dynamic[anchor])
        self.add("DYNAMIC_REF", 0, Dynamic(anchor, self.program.schema(target)))

    # -------------------------------------------------------------------------------------------- scalars

    def values(self) -> None:
        if self.has("type"):
            self.add("TYPE", self.type_mask())
        if self.has("const"):
            self.add("CONST", 1, [value_of(self.node.child("const"))])
        if self.has("enum"):
            place = self.node.child("enum")
            place.need(list, "an array of values")
            values = [value_of(place.item(i)) for i in range(len(place.data))]
            self.add("ENUM", len(values), values)

    def type_mask(self) -> int:
        place = self.node.child("type")
        names = place.data if isinstance(place.data, list) else [place.data]
        mask = 0
        for name in names:
            if not isinstance(name, str) or name not in TYPES:
                raise place.error("expected one of " + ", ".join(sorted(TYPES)) + ", or an array of them")
            mask |= TYPES[name]
        return mask

    def numbers(self) -> None:
        for name in ("maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"):
            if self.has(name):
                self.add(constant_name(name), 0, number_text(self.node.child(name)))
        if self.has("multipleOf"):
            self.add("MULTIPLE_OF", 0, self.divisor(self.node.child("multipleOf")))

    @staticmethod
    def divisor(place: Node) -> str:
        text = number_text(place)
        value = decimal_of(place)
        if value <= 0:
            raise place.error("expected a number above 0")
        if len(value.normalize().as_tuple().digits) > MAX_DIVISOR_DIGITS:
            raise place.error(f"a divisor of more than {MAX_DIVISOR_DIGITS} digits")
        return text

    def count(self, name: str) -> int:
        place = self.node.child(name)
        value = decimal_of(place)
        if value > MAX_COUNT:
            return MAX_COUNT
        if value < 0 or value != value.to_integral_value():
            raise place.error("expected a number of things: an integer of 0 or more")
        return int(value)

    def bounds(self, *names: str) -> None:
        for name in names:
            if self.has(name):
                with self.recovering():
                    self.add(constant_name(name), self.count(name))

    def strings(self) -> None:
        self.bounds("maxLength", "minLength")
        if self.has("pattern"):
            self.add("PATTERN", 0, pattern_of(self.node.child("pattern")))
        name = self.node.value("format")
        if isinstance(name, str) and name in (FORMATS if self.resource.asserts_formats else self.program.asked.formats):
            self.add("FORMAT", 0, name)
        if self.program.asked.content:
            self.content()

    def content(self) -> None:
        kind = 0
        if self.node.value("contentEncoding") == "base64":
            kind |= 1
        if self.node.value("contentMediaType") == "application/json":
            kind |= 2
        if kind:
            self.add("CONTENT", kind)

    # --------------------------------------------------------------------------------------------- arrays

    def arrays(self) -> None:
        self.bounds("maxItems", "minItems")
        if self.has("uniqueItems") and self.node.flag("uniqueItems"):
            self.add("UNIQUE_ITEMS")
        later = self.dialect.prefix_items or (self.dialect.takes_later and "prefixItems" in self.node)
        items = self.items_2020() if later else self.items_before()
        if items is not None:
            self.add("ITEMS", 0, items)
        if "contains" in self.node:
            self.contains()
        if "unevaluatedItems" in self.node and "unevaluatedItems" in self.dialect.places:
            self.add("UNEVALUATED_ITEMS", 0, self.child("unevaluatedItems"))

    def items_2020(self) -> Optional[Items]:
        prefix = self.list_of("prefixItems") if "prefixItems" in self.node else []
        rest = self.child("items") if "items" in self.node else None
        return Items(prefix, rest, "/prefixItems", "/items") if prefix or rest is not None else None

    def items_before(self) -> Optional[Items]:
        if "items" not in self.node:
            return None
        if not isinstance(self.node.data["items"], list):
            return Items([], self.child("items"), "/items", "/items")
        rest = self.child("additionalItems") if "additionalItems" in self.node else None
        return Items(self.list_of("items"), rest, "/items", "/additionalItems")

    def contains(self) -> None:
        low, high = 1, MAX_COUNT
        since_2019 = "contentSchema" in self.dialect.places
        if since_2019 and self.has("minContains"):
            low = self.count("minContains")
        if since_2019 and self.has("maxContains"):
            high = self.count("maxContains")
        evaluates = self.dialect.prefix_items or self.dialect.takes_later
        self.add("CONTAINS", 0, Contains(self.child("contains"), low, high, evaluates))

    # -------------------------------------------------------------------------------------------- objects

    def objects(self) -> None:
        self.bounds("maxProperties", "minProperties")
        if self.has("required"):
            names = self.names(self.node.child("required"))
            if names:
                self.add("REQUIRED", len(names), names)
        self.properties()
        if "propertyNames" in self.node:
            self.add("PROPERTY_NAMES", 0, self.child("propertyNames"))
        self.dependencies()
        if "unevaluatedProperties" in self.node and "unevaluatedProperties" in self.dialect.places:
            self.add("UNEVALUATED_PROPERTIES", 0, self.child("unevaluatedProperties"))

    def properties(self) -> None:
        named = [(name, self.program.schema(node)) for name, node in self.node.children("properties")]
        patterns = []
        for text, node in self.node.children("patternProperties"):
            patterns.append((compiled(text, node), self.program.schema(node)))
        additional = self.child("additionalProperties") if "additionalProperties" in self.node else None
        if named or patterns or additional is not None:
            self.add("PROPERTIES", 0, Properties(sort_names(named), patterns, additional))

    def dependencies(self) -> None:
        found: Dict[str, List[Dependency]] = {}
        if "dependencies" in self.dialect.places:
            found["DEPENDENCIES"] = [self.dependency(n, p) for n, p in self.node.children("dependencies")]
        if "dependentSchemas" in self.dialect.places:
            if self.has("dependentRequired"):
                found["DEPENDENT_REQUIRED"] = [self.dependency(n, p) for n, p in self.node.children("dependentRequired")]
            found["DEPENDENT_SCHEMAS"] = [self.dependency(n, p) for n, p in self.node.children("dependentSchemas")]
        for keyword, dependencies in found.items():
            if dependencies:
                self.add(keyword, len(dependencies), dependencies)

    def dependency(self, name: str, place: Node) -> Dependency:
        if isinstance(place.data, list):
            return Dependency(name, self.names(place), None)
        return Dependency(name, [], self.program.schema(place))

    # --------------------------------------------------------------------------------------- combinations

    def combinations(self) -> None:
        for name in ("allOf", "anyOf", "oneOf"):
            if name in self.node:
                arms = self.list_of(name)
                self.add(constant_name(name), len(arms), arms)
        if "not" in self.node:
            self.add("NOT", 0, self.child("not"))
        if "if" in self.node and ("then" in self.node or "else" in self.node or self.looks_for_unevaluated()):
            arms = [self.child(n) if n in self.node else None for n in ("if", "then", "else")]
            self.add("IF", 0, arms)

    def looks_for_unevaluated(self) -> bool:
        """A condition alone decides nothing, but what it evaluates counts."""
        return "unevaluatedItems" in self.dialect.places


def constant_name(keyword: str) -> str:
    """maxLength -> MAX_LENGTH."""
    return "".join("_" + c if c.isupper() else c.upper() for c in keyword)


def number_text(place: Node) -> str:
    if isinstance(place.data, bool) or not isinstance(place.data, (int, float)):
        raise place.error("expected a number")
    return place.data.json if isinstance(place.data, Float) else str(place.data)


def decimal_of(place: Node) -> Decimal:
    try:
        return Decimal(number_text(place))
    except ArithmeticError:
        raise place.error("a number beyond all bounds") from None


def decimal_of_number(number: Any) -> Decimal:
    """Exactly as it was written."""
    return Decimal(number.json) if isinstance(number, Float) else Decimal(number)


def pattern_of(place: Node) -> Pattern:
    place.need(str, "a regular expression")
    return compiled(place.data, place)


def compiled(text: str, place: Node) -> Pattern:
    try:
        return Pattern(text, compile_pattern(text))
    except PatternError as error:
        raise place.error(f'the pattern "{text}": {error}') from None


def value_of(place: Node) -> Value:
    data = place.data
    if isinstance(data, str):
        return Value("STRING", data)
    for kind, name in ((type(None), "NULL"), (bool, "BOOL"), ((int, float), "NUMBER"), (list, "ARRAY")):
        if isinstance(data, kind):
            return Value(name, json_text(data))
    return Value("OBJECT", json_text(data))


def json_text(data: Any) -> str:
    """Compact, with numbers as they were written. Lone surrogates cannot be in any value that is checked."""
    if isinstance(data, Float):
        return data.json
    if isinstance(data, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{json_text(v)}" for k, v in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ",".join(map(json_text, data)) + "]"
    return json.dumps(data)
