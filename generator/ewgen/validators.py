"""The tables of eventwire/schema.h in C: what assertions.py worked out, as definitions that a template lays out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ewgen.assertions import Contains, Dependency, Dynamic, Items, Pattern, Program, Properties, Rule, Schema, Value, encoded
from ewgen.tables import PatternTable, pattern_table
from ewgen.text import c_string

_TYPE_NAMES = (
    (1, "EW_JSON_NULL"),
    (2, "EW_JSON_BOOL"),
    (4, "EW_JSON_NUMBER"),
    (8, "EW_JSON_STRING"),
    (16, "EW_JSON_ARRAY"),
    (32, "EW_JSON_OBJECT"),
    (64, "EW_SCHEMA_INTEGER"),
)


@dataclass
class Table:
    """`static const TYPE NAME[] = {lines};`, or without brackets."""

    type: str
    name: str
    lines: Tuple[str, ...]
    is_array: bool = True


@dataclass
class SchemaTables:
    """All of one program. root: the C expression of the schema to check with."""

    prefix: str
    patterns: List[PatternTable] = field(default_factory=list)
    tables: List[Table] = field(default_factory=list)
    entries: List[Tuple[str, str]] = field(default_factory=list)  # (pointer, initialiser)

    @property
    def array(self) -> str:
        return self.prefix + "_schemas"

    def names(self) -> List[str]:
        """Everything it has at file scope."""
        parts = ("", "_classes", "_rows", "_steps", "_next", "_accept")
        return [self.array] + [t.name for t in self.tables] + [p.name + part for p in self.patterns for part in parts]


def make_tables(program: Program, prefix: str) -> SchemaTables:
    """prefix: of all names."""
    return _Maker(program, prefix).run()


class _Maker:
    def __init__(self, program: Program, prefix: str):
        self.program = program
        self.prefix = prefix
        self.out = SchemaTables(prefix)
        self.anchors = {name: i for i, name in enumerate(program.dynamic_names())}
        self.patterns: Dict[str, str] = {}
        self.resources: Dict[str, str] = {}
        self.shared: Dict[Tuple[str, Tuple[str, ...]], str] = {}

    def run(self) -> SchemaTables:
        for schema in self.program.schemas:
            rules = [self.rule(rule) for rule in schema.rules]
            name = self.table("ew_schema_rule", "rules", rules) if rules else "NULL"
            pointer = c_string(schema.node.pointer)
            entry = f"{{{name}, {len(rules)}, {self.resource(schema)}, {pointer}}}"
            self.out.entries.append((schema.node.pointer, entry))
        return self.out

    def table(self, type_: str, what: str, lines: Sequence[str], is_array: bool = True) -> str:
        """The name of a table with these lines, which may be there already."""
        key = (type_, tuple(lines))
        if key not in self.shared:
            name = f"{self.prefix}_{what}_{len(self.out.tables)}"
            self.shared[key] = name
            self.out.tables.append(Table(type_, name, tuple(lines), is_array))
        return self.shared[key]

    def one(self, type_: str, what: str, value: str) -> str:
        return "&" + self.table(type_, what, [value], is_array=False)

    def ref(self, schema: Optional[Schema]) -> str:
        return "NULL" if schema is None else f"&{self.out.array}[{schema.index}]"

    def resource(self, schema: Schema) -> str:
        resource = schema.resource
        wanted = [n for n in self.anchors if resource is not None and n in resource.dynamic]
        if resource is None or not self.anchors:
            return "NULL"
        anchors = [f"{{{self.anchors[n]}, {self.ref(self.program.schema(resource.dynamic[n]))}}}" for n in wanted]
        table = self.table("ew_schema_anchor", "anchors", anchors) if anchors else "NULL"
        key = resource.uri
        if key not in self.resources:
            # Two resources with the same anchors are still two.
            self.resources[key] = self.one("ew_schema_resource", "resource", f"{table}, {len(anchors)}")
        return self.resources[key]

    def schemas(self, schemas: Sequence[Optional[Schema]]) -> str:
        return self.table("ew_schema *const", "arms", [self.ref(s) for s in schemas])

    def pattern(self, pattern: Pattern) -> str:
        if pattern.text not in self.patterns:
            name = f"{self.prefix}_pattern_{len(self.patterns)}"
            self.patterns[pattern.text] = name
            self.out.patterns.append(pattern_table(name, pattern.text, pattern.dfa))
        return f"&{self.patterns[pattern.text]}, {c_string(pattern.text)}"

    # ---------------------------------------------------------------------------------------------- rules

    def rule(self, rule: Rule) -> str:
        return f"{{EW_SCHEMA_{rule.keyword}, {self.count(rule)}, {self.data(rule)}}}"

    @staticmethod
    def count(rule: Rule) -> str:
        if rule.keyword == "TYPE":
            return " | ".join(name for bit, name in _TYPE_NAMES if rule.count & bit) or "0"
        return "UINT32_MAX" if rule.count == 0xFFFFFFFF else str(rule.count)

    def data(self, rule: Rule) -> str:
        data = rule.data
        if data is None:
            return "NULL"
        if isinstance(data, Schema):
            return self.ref(data)
        if isinstance(data, Pattern):
            return self.one("ew_schema_pattern", "pattern_of", self.pattern(data))
        for kind, method in (
            (Items, self.items),
            (Contains, self.contains),
            (Properties, self.properties),
            (Dynamic, self.dynamic),
        ):
            if isinstance(data, kind):
                return method(data)
        if rule.keyword == "FORMAT":
            return "&ew_format_" + data.replace("-", "_")
        if isinstance(data, str):
            return self.one("ew_text", "number", _text(data))
        return self.list(rule.keyword, data)

    def list(self, keyword: str, data: List[Any]) -> str:
        if keyword in ("CONST", "ENUM"):
            return self.table("ew_schema_value", "values", [_value(v) for v in data]) if data else "NULL"
        if keyword == "REQUIRED":
            return self.names(data)
        if keyword.startswith("DEPENDEN"):
            return self.table("ew_schema_dependency", "dependencies", [self.dependency(d) for d in data])
        return self.schemas(data) if data else "NULL"

    def names(self, names: Sequence[str]) -> str:
        return self.table("ew_text", "names", [f"{{{_text(n)}}}" for n in names]) if names else "NULL"

    def items(self, items: Items) -> str:
        prefix = self.schemas(items.prefix) if items.prefix else "NULL"
        value = f"{prefix}, {len(items.prefix)}, {self.ref(items.rest)}"
        return self.one("ew_schema_items", "items", f'{value}, "{items.prefix_keyword}", "{items.rest_keyword}"')

    def contains(self, c: Contains) -> str:
        high = "UINT32_MAX" if c.high == 0xFFFFFFFF else str(c.high)
        marks = "true" if c.marks else "false"
        return self.one("ew_schema_contains", "contains", f"{self.ref(c.schema)}, {c.low}, {high}, {marks}")

    def properties(self, p: Properties) -> str:
        named = [f"{{{{{_text(name)}}}, {self.ref(schema)}}}" for name, schema in p.named]
        patterns = [f"{{{{{self.pattern(pattern)}}}, {self.ref(schema)}}}" for pattern, schema in p.patterns]
        named_table = self.table("ew_schema_property", "named", named) if named else "NULL"
        pattern_table_ = self.table("ew_schema_name_pattern", "name_patterns", patterns) if patterns else "NULL"
        value = f"{named_table}, {len(named)}, {len(patterns)}, {pattern_table_}, {self.ref(p.additional)}"
        return self.one("ew_schema_properties", "properties", value)

    def dependency(self, d: Dependency) -> str:
        return f"{{{{{_text(d.name)}}}, {self.names(d.required)}, {len(d.required)}, {self.ref(d.schema)}}}"

    def dynamic(self, d: Dynamic) -> str:
        return self.one("ew_schema_dynamic", "dynamic", f"{self.anchors[d.anchor]}, {self.ref(d.target)}")


def _text(text: str) -> str:
    return f"{c_string(text)}, {len(encoded(text))}"


def _value(value: Value) -> str:
    return f"{{EW_JSON_{value.type}, {{{_text(value.text)}}}}}"
