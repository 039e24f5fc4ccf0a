"""The keywords of JSON Schema: which there are in a dialect, and for which JSON types each says something."""

from __future__ import annotations

from typing import Dict, FrozenSet

from ewgen.dialects import Dialect
from ewgen.formats import FORMATS

# Rules, and the types of the values they look at.
RULES: Dict[str, str] = {
    "maxLength": "string",
    "minLength": "string",
    "pattern": "string",
    "contentEncoding": "string",
    "contentMediaType": "string",
    "contentSchema": "string",
    "multipleOf": "number",
    "maximum": "number",
    "exclusiveMaximum": "number",
    "minimum": "number",
    "exclusiveMinimum": "number",
    "items": "array",
    "additionalItems": "array",
    "prefixItems": "array",
    "unevaluatedItems": "array",
    "contains": "array",
    "minContains": "array",
    "maxContains": "array",
    "maxItems": "array",
    "minItems": "array",
    "uniqueItems": "array",
    "properties": "object",
    "patternProperties": "object",
    "additionalProperties": "object",
    "unevaluatedProperties": "object",
    "propertyNames": "object",
    "required": "object",
    "maxProperties": "object",
    "minProperties": "object",
    "dependencies": "object",
    "dependentRequired": "object",
    "dependentSchemas": "object",
}

# A keyword that does nothing without any of the others beside it.
NEEDS: Dict[str, FrozenSet[str]] = {
    "then": frozenset(["if"]),
    "else": frozenset(["if"]),
    "additionalItems": frozenset(["items"]),
    "minContains": frozenset(["contains"]),
    "maxContains": frozenset(["contains"]),
    "contentSchema": frozenset(["contentMediaType"]),
}

# Pairs of bounds between which no value is left when they cross.
BOUNDS = (
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
    ("minContains", "maxContains"),
    ("minimum", "maximum"),
)

ANNOTATIONS = frozenset("title description default examples deprecated readOnly writeOnly format $comment $id $ref $schema".split())
_SINCE_2019 = frozenset("$anchor $defs $vocabulary minContains maxContains dependentRequired".split())
_ONLY_2019 = frozenset("$recursiveRef $recursiveAnchor".split())
_SINCE_2020 = frozenset("$dynamicRef $dynamicAnchor".split())
_VALUES = frozenset("type const enum".split())
_RULES_WITHOUT_SCHEMAS = frozenset(
    """maxLength minLength pattern contentEncoding contentMediaType multipleOf maximum exclusiveMaximum minimum exclusiveMinimum
    maxItems minItems uniqueItems required maxProperties minProperties""".split()
)

# What AsyncAPI and OpenAPI add to the schemas in their documents.
OF_DOCUMENTS = frozenset("discriminator externalDocs example xml nullable deprecated".split())

# Formats, and the type of the values that they are about. Nothing can be checked of binary and password.
FORMAT_TYPES: Dict[str, str] = {
    **dict.fromkeys([*FORMATS, "binary", "password"], "string"),
    **dict.fromkeys("int32 int64 float double".split(), "number"),
}


def keywords(dialect: Dialect) -> FrozenSet[str]:
    """All that a schema of the dialect may have."""
    known = ANNOTATIONS | _VALUES | _RULES_WITHOUT_SCHEMAS | frozenset(dialect.places)
    if "contentSchema" in dialect.places:
        later = dialect.prefix_items or dialect.takes_later
        known |= _SINCE_2019 | (_SINCE_2020 if later else _ONLY_2019)
    return known


# Keywords that draft-07 does not have, and the draft that brought them.
LATER: Dict[str, str] = {
    **dict.fromkeys(
        "dependentRequired dependentSchemas unevaluatedItems unevaluatedProperties minContains maxContains".split(), "2019-09"
    ),
    "prefixItems": "2020-12",
}


def has_keyword(dialect: Dialect, name: str) -> bool:
    """Whether a keyword that draft-07 does not have is one of the dialect."""
    return "prefixItems" in dialect.places if name == "prefixItems" else "dependentSchemas" in dialect.places
