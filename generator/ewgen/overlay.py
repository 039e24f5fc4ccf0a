"""What a file of options changes in schemas, done when a document is opened: whoever reads it sees no difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, List, Tuple

from ewgen.load import File, Node, Tokens
from ewgen.rules import Rules


@dataclass(frozen=True)
class Bounded:
    keyword: str
    type: str


BOUNDED = {
    "max_length": Bounded("maxLength", "string"),
    "max_items": Bounded("maxItems", "array"),
    "max_members": Bounded("maxProperties", "object"),
}
_TYPES = {bounded.keyword: bounded.type for bounded in BOUNDED.values()}

# Below them are values, not schemas.
_VALUES = frozenset("example examples default const enum x-ew-aliases x-ew-order".split())
# Below them are names.
_NAMED = frozenset("properties patternProperties definitions $defs dependencies dependentSchemas schemas messages channels".split())
# Below them are schemas, in documents that hold others things too.
_SCHEMAS = frozenset("schemas payload schema".split())
# What an enum keeps for itself when other texts are let in beside it.
_OF_LIST = ("enum", "title", "description", "x-ew-aliases", "x-ew-lenient")
# An enum with more to it than a type is left as it is.
_ABOUT_ANY = frozenset("const not if then else allOf anyOf oneOf $ref".split())


def lay_over(file: File, rules: Rules) -> None:
    file.name_of = rules.name_of if rules.names else None
    if rules.bounds or rules.opened:
        for node in list(_schemas(file)):
            _bound(node, rules)
            _open(node, rules)


def _schemas(file: File) -> Iterator[Node]:
    """Every object that may be a schema. Not recursive: documents may be deep."""
    mixed = isinstance(file.data, dict) and ("asyncapi" in file.data or "openapi" in file.data)
    waiting: List[Tuple[Tokens, Any, bool, bool]] = [((), file.data, not mixed, False)]
    while waiting:
        tokens, data, inside, named = waiting.pop()
        if isinstance(data, dict):
            if inside and not named:
                yield Node(file, tokens, data)
            for key, value in data.items():
                if named or (key not in _VALUES and not key.startswith("x-")):
                    below = tokens + (key,)
                    waiting.append((below, value, inside or (key in _SCHEMAS and not named), not named and key in _NAMED))
        elif isinstance(data, list):
            waiting.extend((tokens + (str(i),), value, inside, False) for i, value in enumerate(data))


def _listed_types(data: Any) -> List[Any]:
    kinds = data.get("type")
    return kinds if isinstance(kinds, list) else [kinds]


def _bound(node: Node, rules: Rules) -> None:
    """The first rule that fits says the most, unless the schema asks for less."""
    data = node.data
    if any(name in data for name in ("enum", "const", "$ref")):
        return
    for rule in rules.bounds:
        most = [(keyword, count) for keyword, count in rule.most if _TYPES[keyword] in _listed_types(data)]
        if most and rule.fits(node):
            rules.used.add(rule.place.tokens)
            for keyword, count in most:
                own = data.get(keyword)
                data[keyword] = min(own, count) if isinstance(own, (int, float)) else count
            return


def _open(node: Node, rules: Rules) -> None:
    """{enum: [...]} becomes {anyOf: [{enum: [...]}, {type: string}]}, called the same."""
    data = node.data
    values = data.get("enum")
    texts = [value for value in values if value is not None] if isinstance(values, list) else []
    if not texts or not all(isinstance(text, str) for text in texts) or any(name in data for name in _ABOUT_ANY):
        return
    if rules.first(rules.opened, node) is None:
        return
    nullable = data.get("nullable") is True or None in values or "null" in _listed_types(data)
    listed = {"type": "string", **{name: data[name] for name in _OF_LIST if name in data}, "enum": texts}
    for name in ("type", "enum", "x-ew-aliases", "x-ew-lenient"):
        data.pop(name, None)
    data["anyOf"] = [listed, {"type": "string"}]
    data.update({"nullable": True} if nullable else {})
    for arm in ("0", "1"):
        node.file.made[node.tokens + ("anyOf", arm)] = node.tokens
    node.file.called_as[node.tokens + ("anyOf", "0")] = node.tokens
