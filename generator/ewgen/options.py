"""The file of options."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, Iterator, List, Optional, Tuple

from ewgen import names
from ewgen.document import MAX_DEPTH
from ewgen.errors import suggestion
from ewgen.formats import read_formats
from ewgen.load import Library, Node
from ewgen.model import UINT32_MAX
from ewgen.overlay import BOUNDED, lay_over
from ewgen.rules import BoundRule, NameRule, Rule, Rules, UnionRule

SIDES = ("server", "client")
FREE = "free"
# Rules that take an alternative by trying all in turn, and how the model calls them.
TRIALS = {"first match": "first", "exactly one": "one"}
ALL = "all"

# Limits of a message -> those of x-ew-limits.
LIMITS = {
    "max_bytes": "maxMessageBytes",
    "max_depth": "maxDepth",
    "max_items": "maxItems",
    "max_string_bytes": "maxStringBytes",
}
_KEYS = ("prefix", "written_as", "limits", "names", "unions", "free", "open_enums", "keep_unknown", "formats")


def rules_of(library: Library, path: Optional[str], written_as: Optional[str] = None) -> Rules:
    """Of a file, or none. written_as: what the caller says of it in place of the file."""
    rules = Rules() if path is None else read_rules(library, path)
    return rules if written_as is None else replace(rules, written_as=written_as)


def read_rules(library: Library, path: str) -> Rules:
    """The rules of a file, which from then on hold for what the library opens."""
    root = library.open(path)
    root.check_keys(_KEYS, "a file of options")
    rules = Rules(
        prefix=_prefix(root),
        written_as=_side(root),
        limits=dict(_limits(root)),
        bounds=tuple(_bounds(root)),
        names=_names(root),
        unions=tuple(_unions(root)),
        freed=tuple(_named(root, "free", "a schema")),
        opened=tuple(_list(root, "open_enums", "an enum")),
        kept=tuple(_list(root, "keep_unknown", "an object")),
        formats=read_formats(root, "formats"),
    )
    library.on_open = lambda file: lay_over(file, rules)
    return rules


def _side(root: Node) -> str:
    side = root.text("written_as", SIDES[0])
    if side not in SIDES:
        raise root.child("written_as").error(f'expected "client" or "server", found "{side}"{suggestion(side, SIDES)}')
    return side


def _prefix(root: Node) -> str:
    prefix = root.text("prefix")
    if prefix and names.snake(prefix) != prefix:
        raise root.child("prefix").error("expected lower-case letters, digits and underscores")
    if prefix in names.LIBRARY_HEADERS:
        raise root.child("prefix").error(f"the library has a header eventwire/{prefix}.h")
    return prefix


def _count(place: Node, most: int) -> int:
    place.need(int, "an integer")
    if not 1 <= place.data <= most:
        raise place.error(f"must be from 1 to {most}")
    return place.data


def _limits(root: Node) -> Iterator[Tuple[str, int]]:
    if "limits" not in root:
        return
    group = root.child("limits")
    group.check_keys((*LIMITS, "schemas"), "limits")
    for name in group.data:
        if name in LIMITS:
            yield LIMITS[name], _count(group.child(name), MAX_DEPTH if name == "max_depth" else UINT32_MAX - 1)


def _bounds(root: Node) -> Iterator[BoundRule]:
    for pattern, place in root.child("limits").children("schemas") if "limits" in root else ():
        place.check_keys(BOUNDED, "the limits of a schema")
        most = tuple((BOUNDED[name].keyword, _count(place.child(name), UINT32_MAX - 1)) for name in place.data)
        if not most:
            raise place.error("expected a limit")
        yield BoundRule(pattern, place, most=most)


def _names(root: Node) -> Dict[str, NameRule]:
    found = {}
    for of, place in root.children("names"):
        place.need(str, "a name")
        found[of] = NameRule(of, place, place.data)
    return found


def _list(root: Node, name: str, what: str) -> Iterator[Rule]:
    """Names and pointers, or all that can."""
    if root.value(name) == ALL:
        yield Rule("*", root.child(name), is_for_all=True)
    else:
        yield from _named(root, name, what)


def _named(root: Node, name: str, what: str) -> Iterator[Rule]:
    for place in root.elements(name):
        place.need(str, f"the name or JSON Pointer of {what}")
        yield Rule(place.data, place)


def _unions(root: Node) -> List[UnionRule]:
    rules = []
    for pattern, place in root.children("unions"):
        if place.data == FREE or place.data in list(TRIALS):
            rules.append(UnionRule(pattern, place, trial=TRIALS.get(place.data, "")))
            continue
        words = ", ".join(f'"{word}"' for word in (FREE, *TRIALS))
        if isinstance(place.data, str):
            raise place.error(f'the rule of a union is {words} or has "default"{suggestion(place.data, (FREE, *TRIALS))}')
        place.check_keys(("default",), f'the rule of a union, which is {words} or has "default"')
        if not place.text("default"):
            raise place.error(f'the rule of a union is {words} or has "default", the name of an alternative')
        rules.append(UnionRule(pattern, place.child("default"), default=place.text("default")))
    return rules
