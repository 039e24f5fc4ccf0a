"""Dialects of JSON Schema: which keywords there are, and in which of them further schemas stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, FrozenSet, Optional, Tuple

# How schemas stand under a keyword: one; a list of them; an object of them; one or a list; an object of which some are schemas.
ONE, LIST, MAP, ONE_OR_LIST, MAP_OF_SOME = "one", "list", "map", "one or list", "map of some"


@dataclass(frozen=True)
class Dialect:
    name: str
    uri: str  # of the meta-schema, without fragment
    places: Dict[str, str]
    ref_has_siblings: bool  # False: beside $ref nothing counts
    prefix_items: bool  # arrays begin with prefixItems, not with a list under items
    fragment_ids: bool  # {"$id": "#name"} is an anchor
    anchors: FrozenSet[str]
    takes_later: bool = False  # keywords of later drafts count as they do there

    def __hash__(self) -> int:
        return hash(self.uri)


_COMMON = {
    "additionalProperties": ONE,
    "allOf": LIST,
    "anyOf": LIST,
    "contains": ONE,
    "definitions": MAP,
    "else": ONE,
    "if": ONE,
    "not": ONE,
    "oneOf": LIST,
    "patternProperties": MAP,
    "properties": MAP,
    "propertyNames": ONE,
    "then": ONE,
}

DRAFT_07 = Dialect(
    "draft-07",
    "http://json-schema.org/draft-07/schema",
    {**_COMMON, "additionalItems": ONE, "dependencies": MAP_OF_SOME, "items": ONE_OR_LIST},
    ref_has_siblings=False,
    prefix_items=False,
    fragment_ids=True,
    anchors=frozenset(),
)

_SINCE_2019 = {
    **_COMMON,
    "$defs": MAP,
    "dependentSchemas": MAP,
    "contentSchema": ONE,
    "unevaluatedItems": ONE,
    "unevaluatedProperties": ONE,
}

DRAFT_2019_09 = Dialect(
    "2019-09",
    "https://json-schema.org/draft/2019-09/schema",
    {**_SINCE_2019, "additionalItems": ONE, "items": ONE_OR_LIST},
    ref_has_siblings=True,
    prefix_items=False,
    fragment_ids=False,
    anchors=frozenset(["$anchor"]),
)

DRAFT_2020_12 = Dialect(
    "2020-12",
    "https://json-schema.org/draft/2020-12/schema",
    {**_SINCE_2019, "items": ONE, "prefixItems": LIST},
    ref_has_siblings=True,
    prefix_items=True,
    fragment_ids=False,
    anchors=frozenset(["$anchor", "$dynamicAnchor"]),
)

DIALECTS: Tuple[Dialect, ...] = (DRAFT_07, DRAFT_2019_09, DRAFT_2020_12)

# What documents are written in that name no draft. Exporters write keywords of later ones into them, and mean them.
ASYNCAPI = Dialect(
    "draft-07",
    "https://www.asyncapi.com/definitions/schema",
    {**DRAFT_07.places, **_SINCE_2019, "items": ONE_OR_LIST, "prefixItems": LIST},
    ref_has_siblings=False,
    prefix_items=False,
    fragment_ids=True,
    anchors=frozenset(["$anchor", "$dynamicAnchor"]),
    takes_later=True,
)

# Older drafts that differ in nothing a schema of them can say under these names.
_ALIASES = {"http://json-schema.org/draft-06/schema": DRAFT_07, "http://json-schema.org/schema": DRAFT_07}


def dialect_of(uri: str) -> Optional[Dialect]:
    """The dialect whose meta-schema has this URI."""
    bare = uri[:-1] if uri.endswith("#") else uri
    for dialect in DIALECTS:
        if dialect.uri == bare:
            return dialect
    return _ALIASES.get(bare)
