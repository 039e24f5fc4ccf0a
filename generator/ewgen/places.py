"""What a schema is called, from the place where it stands.

A document names schemas in components.schemas, in definitions or $defs, by a message whose payload they are, or by a file of
their own. The types inside of a schema are called by the way that leads to them.
"""

from __future__ import annotations

import os
from typing import Any, Callable, List, Optional, Tuple

from ewgen import names
from ewgen.load import Node, Tokens

_DEFINITIONS = ("definitions", "$defs")
# The keywords that have a schema directly below, and what their part of a name is.
_STEPS = {"items": "item", "additionalItems": "item", "additionalProperties": "value", "then": "", "else": "", "not": ""}
_LISTS = {"oneOf": "arm", "anyOf": "arm"}
# A list under these is one schema per element.
_PLACES = ("items", "prefixItems")
_MEMBERS = ("properties", "patternProperties") + _DEFINITIONS
_KEYWORDS = frozenset(list(_STEPS) + list(_PLACES) + list(_LISTS) + list(_MEMBERS) + ["allOf"])

# What the generated files call things of their own: ew_chat_document.
_OWN = ("document", "vectors", "vector_count")


def call(node: Node, name: str) -> None:
    """Gives the schema at a place the name of the message whose payload it is."""
    node.file.names[node.tokens] = name


def schema_name(node: Node) -> Optional[str]:
    """The name of a schema that the document itself names, else None."""
    name, rest = _root(node)
    return name if name and not rest else None


def is_named(node: Node) -> bool:
    return schema_name(node) is not None


def stem_of(node: Node) -> str:
    """The part of a type's C names behind the prefix: that of its schema, or of the schema and the members around it."""
    node = Node(node.file, node.file.called_as.get(node.tokens, node.tokens), node.data)
    name, rest = _root(node)
    around = node.tokens[: len(node.tokens) - len(rest)]
    words = [_name_in_c(node, around) or name] if name else []
    index = 0
    while index < len(rest):
        word, key = rest[index], rest[index + 1] if index + 1 < len(rest) else None
        inside = bool(words)
        if inside and key is not None and word in _MEMBERS:
            words.append(_name_in_c(node, around + rest[: index + 2]) or key)
            index += 2
        elif inside and key is not None and word in _LISTS:
            words.append(_name_in_c(node, around + rest[: index + 2]) or _LISTS[word] + key)
            index += 2
        elif inside and key is not None and word in _PLACES and key.isdigit():
            place = around + rest[: index + 1]
            words.append(_name_in_c(node, place + (key,)) or _place_word(node, place, int(key)))
            index += 2
        elif inside and key is not None and word == "allOf":
            index += 2
        elif inside and word in _STEPS:
            words.append(_STEPS[word])
            index += 1
        else:
            words.append(word)
            index += 1
    stem = names.snake("_".join(names.snake(w) or (w and names.spelled(w)) for w in words))
    return stem + "_value" if stem in _OWN else stem


def _name_in_c(node: Node, tokens: Tokens) -> Optional[str]:
    """What a file of options calls a schema around node; a payload is called like its message."""
    own = Node(node.file, tokens, None).name_in_c()
    return own or (Node(node.file, tokens[:-1], None).name_in_c() if tokens[-1:] == ("payload",) else None)


# ------------------------------------------------------------------------------------------------------ tuples

# Longer titles are sentences.
_LONGEST_TITLE = 32


def place_names(places: List[Node], follow: Callable[[Node], Node] = lambda node: node) -> List[str]:
    """x-ew-name, else the title or the name of the schema referred to, where no other place has the same, else item_ and the number."""
    given = [place.value("x-ew-name") for place in places]
    titles = [_title(place, follow(place)) for place in places]
    taken = [word for word in given if isinstance(word, str)] + titles
    found = []
    for index, (word, title) in enumerate(zip(given, titles)):
        alone = title != "" and taken.count(title) == 1
        found.append(word if isinstance(word, str) else title if alone else f"item_{index}")
    return found


def _title(place: Node, target: Node) -> str:
    title = names.snake(place.text("title") or target.text("title"))
    return title if 0 < len(title) <= _LONGEST_TITLE else names.snake(schema_name(target) or "")


def _place_word(node: Node, tokens: Tokens, index: int) -> str:
    """The name of a place whose tuple lists its schemas at tokens."""
    listed: Any = node.file.data
    for token in tokens:
        listed = listed.get(token) if isinstance(listed, dict) else None
    if not isinstance(listed, list):
        return f"item_{index}"
    return place_names([Node(node.file, tokens + (str(i),), data) for i, data in enumerate(listed)])[index]


# ------------------------------------------------------------------------------------------------------- roots


def _root(node: Node) -> Tuple[str, Tokens]:
    """The name of the schema that this one is in, and the way from there."""
    tokens = node.tokens
    for end in range(len(tokens), -1, -1):
        if tokens[:end] in node.file.names:
            return node.file.names[tokens[:end]], tokens[end:]
    if tokens[:2] == ("components", "schemas") and tokens[3:4] == ("schema",):
        return tokens[2], tokens[4:]
    if tokens[:2] == ("components", "schemas") and len(tokens) > 2:
        return tokens[2], tokens[3:]
    if tokens[:1] and tokens[0] in _DEFINITIONS and len(tokens) > 1:
        return tokens[1], tokens[2:]
    if not tokens or tokens[0] in _KEYWORDS:
        return _file_name(node), tokens
    if len(tokens) == 1 and not _is_document(node):
        return tokens[0], ()
    return "", tokens


def _is_document(node: Node) -> bool:
    return isinstance(node.file.data, dict) and ("asyncapi" in node.file.data or "openapi" in node.file.data)


def _file_name(node: Node) -> str:
    """order.schema.json -> order."""
    return os.path.basename(node.file.path).partition(".")[0]
