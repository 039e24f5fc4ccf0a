"""What the schemas in a document are written in: as $schema or schemaFormat says, else as the specification of the document does."""

from __future__ import annotations

import re
from typing import Any, Iterator, Optional

from ewgen.dialects import ASYNCAPI, DIALECTS, DRAFT_07, DRAFT_2020_12, Dialect, dialect_of
from ewgen.load import Node

_VERSION = re.compile(r"application/schema\+(json|yaml);\s*version=(draft-)?(.*)", re.IGNORECASE)
_OPENAPI = re.compile(r"application/vnd\.oai\.openapi", re.IGNORECASE)


def dialect_at(node: Node) -> Dialect:
    """The dialect of the schema at node: what is said nearest around it counts."""
    found = DRAFT_2020_12 if "openapi" in Node(node.file, (), node.file.data) else ASYNCAPI
    for data in _around(node):
        found = _named(data) or found
    return found


def _around(node: Node) -> Iterator[Any]:
    """The values that the node stands in, the document first, then the node itself."""
    data = node.file.data
    yield data
    for token in node.tokens:
        if isinstance(data, dict) and token in data:
            data = data[token]
        elif isinstance(data, list) and token.isdigit() and int(token) < len(data):
            data = data[int(token)]
        else:
            return
        yield data


def _named(data: Any) -> Optional[Dialect]:
    if not isinstance(data, dict):
        return None
    uri, format_ = data.get("$schema"), data.get("schemaFormat")
    if isinstance(uri, str):
        return dialect_of(uri)
    return _of_format(format_) if isinstance(format_, str) else None


def _of_format(text: str) -> Optional[Dialect]:
    if _OPENAPI.match(text):
        return DRAFT_2020_12
    found = _VERSION.fullmatch(text)
    if found is None:
        return ASYNCAPI
    names = (found.group(3), "draft-" + found.group(3))
    return next((d for d in DIALECTS if d.name in names), DRAFT_07)
