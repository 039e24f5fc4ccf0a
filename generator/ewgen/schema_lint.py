"""Lint, the part about schemas: what a validator must ignore in silence, and what can never be fulfilled."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from typing import Any, Dict, FrozenSet, Iterable, Iterator, List, Optional, Set, Tuple

from ewgen.assertions import LOOP, TYPES, Asked, Program, Rule, Schema, decimal_of_number, let_null_pass
from ewgen.dialects import Dialect
from ewgen.errors import DocumentError, did_you_mean, misspelt, suggestion
from ewgen.evaluate import accepts, first_refusal, shown
from ewgen.facts import Differ, Sampler
from ewgen.formats import FORMATS, RANGES, is_proved
from ewgen.findings import ERROR, WARNING, Finding, finding
from ewgen.finite import endless
from ewgen.keywords import BOUNDS, FORMAT_TYPES, NEEDS, OF_DOCUMENTS, RULES, keywords
from ewgen.load import Node
from ewgen.regex import PatternError, compile_pattern
from ewgen.resources import Registry, subschemas

Key = Tuple[str, Tuple[str, ...]]

# Under these, a schema looks at the same value as the one around it.
_IN_PLACE = frozenset("allOf anyOf oneOf if then else not dependentSchemas dependencies".split())
_METASCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "metaschemas")
# Verdicts that may come of a part of the schema that has an error of its own.
_DOUBTFUL = frozenset("ONE_OF NOT UNEVALUATED_ITEMS UNEVALUATED_PROPERTIES".split())


class SchemaLint:
    """All schemas that stand in some documents. extensions: of_document says that they are those of AsyncAPI or OpenAPI."""

    def __init__(self, registry: Registry, of_document: bool, asked: Asked = Asked()):
        self.registry = registry
        self.program = Program(registry, asked)
        self.formal = Program(registry, replace(asked, formats=FORMATS | frozenset(RANGES)))  # as if all formats were checked
        self.unchecked: Dict[str, int] = {}  # formats that are noted alone, and in how many places
        self.of_document = of_document
        self.findings: List[Finding] = []
        self.nodes: Dict[Key, Node] = {}
        self.endless = False  # no value can be judged by these schemas
        self.parents: Dict[Key, Node] = {}  # of schemas that look at the value of the one around them

    def read(self, roots: Iterable[Node]) -> None:
        """All schemas in and under the roots, and those they refer to."""
        waiting = list(roots)
        while waiting:
            node = waiting.pop(0)
            if node.key in self.nodes or node.file.path.startswith(_METASCHEMAS):
                continue
            self.nodes[node.key] = node
            for child in subschemas(node, self.dialect(node)):
                self._note_parent(node, child)
                waiting.append(child)
            waiting.extend(self._targets(node))
        for program in (self.program, self.formal):
            for node in self.nodes.values():
                program.schema(node)
        self._compile()

    def _compile(self) -> None:
        for node in list(self.nodes.values())[:1]:
            self.program.compile(node)  # and with it all that wait
            self.formal.compile(node)
        self.endless = any(LOOP == error.message for error in self.registry.library.errors)
        if self.of_document:
            let_null_pass(self.program)
            let_null_pass(self.formal)

    def _note_parent(self, node: Node, child: Node) -> None:
        if child.tokens[len(node.tokens)] in _IN_PLACE:
            self.parents[child.key] = node

    def _targets(self, node: Node) -> Iterator[Node]:
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in node and isinstance(node.data[keyword], str):
                try:
                    yield self.registry.resolve(node.child(keyword), self.registry.resource_of(node))
                except DocumentError:
                    continue  # compiling says so

    def dialect(self, node: Node) -> Dialect:
        return self.registry.resource_of(node).dialect

    # ----------------------------------------------------------------------------------------------- checks

    def check(self) -> List[Finding]:
        for node in self.nodes.values():
            if isinstance(node.data, dict):
                self._check(node)
        for node, keyword in endless(self.nodes, self._targets):
            self.add(ERROR, "impossible", node.child(keyword), "no value fits: it would have to contain itself without end")
        return self.findings

    def _check(self, node: Node) -> None:
        self._unknown(node)
        if "$ref" in node and not self.dialect(node).ref_has_siblings:
            self._beside_ref(node)
            return
        types = self._types(node)
        for name in node.data:
            self._effect(node, name, types)
        self._format(node, types)
        self._bounds(node)
        self._patterns(node)
        self._required(node)
        self._values(node)

    def add(self, severity: str, check: str, node: Node, message: str) -> None:
        self.findings.append(finding(severity, check, node, message))

    def _unknown(self, node: Node) -> None:
        known = keywords(self.dialect(node)) | (OF_DOCUMENTS if self.of_document else frozenset())
        for name in node.data:
            if name in known or name.startswith("x-"):
                continue
            meant = misspelt(name, known)
            if self.of_document and meant is not None:
                text = f'the keyword "{name}" is not supported{did_you_mean(meant)}'
                self.add(ERROR, "unknown-keyword", node.child(name), text)
            else:
                text = f'the keyword "{name}" is unknown in {self.dialect(node).name} and ignored{did_you_mean(meant)}'
                self.add(WARNING, "unknown-keyword", node.child(name), text)

    def _beside_ref(self, node: Node) -> None:
        for name in node.data:
            if name in RULES or name in ("type", "const", "enum") or name in _IN_PLACE:
                text = f'"{name}" has no effect beside $ref in {self.dialect(node).name}'
                self.add(WARNING, "no-effect", node.child(name), text)

    @staticmethod
    def _types(node: Node) -> FrozenSet[str]:
        """The types a value may have; all of them when the schema does not say, or not well."""
        names = node.value("type", sorted(TYPES))
        names = names if isinstance(names, list) else [names]
        found = {name for name in names if isinstance(name, str) and name in TYPES}
        if "integer" in found:
            found.add("number")
        return frozenset(found or TYPES)

    def _effect(self, node: Node, name: str, types: FrozenSet[str]) -> None:
        if name in RULES and name in keywords(self.dialect(node)) and RULES[name] not in types:
            self.add(WARNING, "no-effect", node.child(name), f'"{name}" has no effect on {_list(node.data["type"])}')
        if name in NEEDS and not any(other in node for other in NEEDS[name]):
            wanted = " or ".join(sorted(NEEDS[name]))
            self.add(WARNING, "no-effect", node.child(name), f'"{name}" has no effect without "{wanted}"')
        if name == "if" and "then" not in node and "else" not in node and not self._looks_for_unevaluated(node):
            self.add(WARNING, "no-effect", node.child(name), '"if" has no effect without "then" or "else"')
        if name == "additionalItems" and isinstance(node.value("items"), (dict, bool)):
            self.add(WARNING, "no-effect", node.child(name), '"additionalItems" has no effect unless "items" is a list')

    def _looks_for_unevaluated(self, node: Node) -> bool:
        return "unevaluatedItems" in self.dialect(node).places

    def _format(self, node: Node, types: FrozenSet[str]) -> None:
        name = node.value("format")
        if not isinstance(name, str):
            return
        if name not in FORMAT_TYPES:
            meant = misspelt(name, FORMAT_TYPES)
            if meant is not None:
                text = f'the format "{name}" is unknown{did_you_mean(meant)}'
                self.add(WARNING, "unknown-format", node.child("format"), text)
        elif FORMAT_TYPES[name] not in types:
            text = f'the format "{name}" has no effect on {_list(node.data["type"])}'
            self.add(WARNING, "no-effect", node.child("format"), text)
        elif not self._is_checked(node, name):
            self.unchecked[name] = self.unchecked.get(name, 0) + 1

    def _is_checked(self, node: Node, name: str) -> bool:
        """By the library, by other keywords, or because there is nothing to check."""
        if name == "int32":
            return "minimum" in node and "maximum" in node
        asserted = name in self.program.asked.formats or self.registry.resource_of(node).asserts_formats
        return name not in FORMATS or asserted or is_proved(name, node.value("pattern"))

    def _bounds(self, node: Node) -> None:
        for low_name, high_name in BOUNDS:
            low, high = _number(node, low_name), _number(node, high_name)
            if low is not None and high is not None and low > high:
                text = f"no value fits: {low_name} {low} is above {high_name} {high}"
                self.add(ERROR, "impossible", node.child(low_name), text)

    def _patterns(self, node: Node) -> None:
        """Those that compiling refuses are told there."""
        pattern = node.value("pattern")
        if isinstance(pattern, str) and _matches_nothing(pattern):
            self.add(ERROR, "impossible", node.child("pattern"), "no text matches the pattern")
        names = node.value("patternProperties")
        for text in names if isinstance(names, dict) else ():
            if _matches_nothing(text):
                self.add(WARNING, "no-effect", node.child("patternProperties").child(text), "no name matches the pattern")

    # --------------------------------------------------------------------------------------------- required

    def _required(self, node: Node) -> None:
        wanted = node.value("required")
        if not isinstance(wanted, list):
            return
        known = _Known()
        self._collect(node, known, set())
        outer = self.parents.get(node.key)
        while outer is not None:
            self._collect(outer, known, set())
            outer = self.parents.get(outer.key)
        for index, name in enumerate(wanted):
            if isinstance(name, str) and known.names and not known.has(name):
                severity = ERROR if node.value("additionalProperties") is False else WARNING
                text = f'"{name}" is required but no property{suggestion(name, known.names)}'
                self.add(severity, "required", node.child("required").item(index), text)

    def _collect(self, node: Node, known: "_Known", seen: Set[Key]) -> None:
        """The members that a schema, and those that look at the same value, speak of."""
        if node.key in seen or not isinstance(node.data, dict):
            return
        seen.add(node.key)
        for keyword, place in (("properties", known.names), ("patternProperties", known.patterns)):
            group = node.value(keyword)
            place.update(group if isinstance(group, dict) else ())
        for child in subschemas(node, self.dialect(node)):
            if child.tokens[len(node.tokens)] in _IN_PLACE:
                self._collect(child, known, seen)
        for target in self._targets(node):
            self._collect(target, known, seen)

    # ----------------------------------------------------------------------------------------------- values

    def _values(self, node: Node) -> None:
        """Examples and defaults against their schema, constants against the type beside them."""
        for keyword in ("default", "example"):
            if keyword in node:
                self.check_value(node, node.child(keyword), "the value")
        examples = node.value("examples")
        for index in range(len(examples) if isinstance(examples, list) else 0):
            self.check_value(node, node.child("examples").item(index), "the value")
        listed = node.value("enum")
        for index in range(len(listed) if isinstance(listed, list) else 0):
            self.check_value(node, node.child("enum").item(index), "the listed value", "impossible")
        if "const" in node:
            self.check_value(node, node.child("const"), "the constant", "impossible")

    def check_value(self, schema: Node, place: Node, subject: str, check: str = "example") -> None:
        """A value of the document against the schema it is meant for."""
        compiled = self.program.by_place.get(schema.key)
        if compiled is None or self.endless:
            return
        refusal = first_refusal(self.program, compiled, place.data)
        if refusal is None:
            self._check_formats(schema, place, subject)
        elif refusal.keyword not in _DOUBTFUL or not self.registry.library.troubles:
            self.add(ERROR, check, place, f"does not fit its own schema: {subject} {refusal}")

    def _check_formats(self, schema: Node, place: Node, subject: str) -> None:
        """What would be refused if formats were checked."""
        refusal = first_refusal(self.formal, self.formal.by_place[schema.key], place.data)
        if refusal is not None and refusal.keyword == "FORMAT":
            self.add(WARNING, "format", place, f"does not fit its own schema: {subject} {refusal} (not checked)")

    # ------------------------------------------------------------------------------------------ unreachable

    def unreached(self, definitions: Iterable[Node], roots: Iterable[Node]) -> None:
        reached = self.reached(roots)
        for node in definitions:
            if not any(key[0] == node.file.path and key[1][: len(node.tokens)] == node.tokens for key in reached):
                self.add(WARNING, "unreachable", node, f'nothing leads to "{node.tokens[-1]}"')

    def reached(self, roots: Iterable[Node]) -> Set[Key]:
        """All schemas on the way from the roots: by references and as parts, but for definitions."""
        seen: Set[Key] = set()
        waiting = list(roots)
        while waiting:
            node = waiting.pop()
            if node.key in seen:
                continue
            seen.add(node.key)
            if node.key not in self.registry.owner:
                continue
            inside = subschemas(node, self.dialect(node))
            waiting.extend(c for c in inside if c.tokens[len(node.tokens)] not in ("definitions", "$defs"))
            waiting.extend(self._targets(node))
        return seen

    # ---------------------------------------------------------------------------------------------- choices

    def check_choices(self) -> None:
        """Arms of oneOf that have a value in common, which oneOf refuses therefore."""
        for schema in self.program.schemas if not self.endless else ():
            for rule in schema.rules:
                if rule.keyword == "ONE_OF" and schema.node.key in self.nodes:
                    self._overlaps(schema, rule)

    def _overlaps(self, schema: Schema, rule: Rule) -> None:
        differ, sampler = Differ(self.program), Sampler(self.program)
        for j, second in enumerate(rule.data):
            for i, first in enumerate(rule.data[:j]):
                if differ.reason(first, second) is not None:
                    continue
                common = sampler.sample([first, second])
                if common is not None and not accepts(self.program, schema, common[0]):
                    text = f"alternatives {i} and {j} both accept {shown(common[0])}, so oneOf refuses it"
                    self.add(WARNING, "overlap", second.node, text)


class _Known:
    """Members that schemas of one value speak of."""

    def __init__(self) -> None:
        self.names: Set[str] = set()
        self.patterns: Set[str] = set()

    def has(self, name: str) -> bool:
        return name in self.names or any(_matches(pattern, name) for pattern in self.patterns)


def _matches(pattern: str, text: str) -> bool:
    try:
        return compile_pattern(pattern).matches(text)
    except PatternError:
        return True


def _matches_nothing(pattern: str) -> bool:
    try:
        return compile_pattern(pattern).is_empty
    except PatternError:
        return False


def _number(node: Node, name: str) -> Optional[Decimal]:
    value = node.value(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return decimal_of_number(value)


def _list(types: Any) -> str:
    """"type integer", "types integer and null"."""
    if isinstance(types, str):
        return f"type {types}"
    return "types " + " and ".join(map(str, types))
