"""Schemas by their URIs: $id, $anchor, $ref and $dynamicRef over any number of documents, all of them files.

A resource is a schema with a URI of its own: the root of a document, or what has an $id. Its base URI is what the references in it
are relative to.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from typing import Dict, Iterator, List, Optional, Tuple
from urllib.parse import unquote, urldefrag, urljoin

from ewgen.dialects import LIST, MAP, MAP_OF_SOME, ONE, ONE_OR_LIST, Dialect, dialect_of
from ewgen.errors import suggestion
from ewgen.load import Library, Node, parse_pointer, unwrapped
from ewgen.spoken import dialect_at

_VALIDATION = "https://json-schema.org/draft/2020-12/vocab/validation"
_FORMAT_ASSERTION = "https://json-schema.org/draft/2020-12/vocab/format-assertion"


@dataclass(eq=False)
class Resource:
    uri: str
    node: Node
    dialect: Dialect
    asserts: bool = True  # False: its meta-schema leaves the vocabulary of assertions out
    asserts_formats: bool = False
    anchors: Dict[str, Node] = field(default_factory=dict)
    dynamic: Dict[str, Node] = field(default_factory=dict)


def subschemas(node: Node, dialect: Dialect) -> Iterator[Node]:
    """The schemas directly inside a schema."""
    if not isinstance(node.data, dict) or ("$ref" in node and not dialect.ref_has_siblings):
        return
    for name, kind in dialect.places.items():
        if name in node:
            yield from _schemas_under(node.child(name), kind)


def _schemas_under(place: Node, kind: str) -> Iterator[Node]:
    if isinstance(place.data, list) and kind in (LIST, ONE_OR_LIST):
        for index in range(len(place.data)):
            yield place.item(index)
    elif isinstance(place.data, dict) and kind in (MAP, MAP_OF_SOME):
        for name in place.data:
            child = place.child(name)
            if kind == MAP or not isinstance(child.data, list):
                yield child
    elif kind in (ONE, ONE_OR_LIST) and isinstance(place.data, (dict, bool)):
        yield place


class Registry:
    """Everything that references can lead to. dialect: of what names none; None: of AsyncAPI and OpenAPI documents. remotes: (URI prefix,
    folder): where documents of that prefix are kept."""

    def __init__(
        self, library: Library, dialect: Optional[Dialect] = None, remotes: Tuple[Tuple[str, str], ...] = ()
    ):
        self.library = library
        self.default = dialect
        here = os.path.dirname(os.path.abspath(__file__))
        self.remotes = remotes + tuple(
            (prefix, os.path.join(here, "metaschemas", folder))
            for prefix, folder in (
                ("http://json-schema.org/draft-07/", "draft-07"),
                ("https://json-schema.org/draft/2020-12/", "2020-12"),
            )
        )
        self.resources: Dict[str, Resource] = {}
        self.owner: Dict[Tuple[str, Tuple[str, ...]], Resource] = {}

    # --------------------------------------------------------------------------------------------- reading

    def add_document(self, node: Node, uri: str) -> Resource:
        """Reads a whole document that is known under a URI."""
        resource = self._open(node, uri, self.default or dialect_at(node))
        self.resources.setdefault(uri, resource)
        self._scan(node, resource)
        return resource

    def _open(self, node: Node, base: str, dialect: Dialect) -> Resource:
        asserts, formats = True, False
        if "$schema" in node:
            dialect, asserts, formats = self._dialect(node.child("$schema"), base)
        uri = base
        if "$id" in node and (dialect.ref_has_siblings or "$ref" not in node):
            uri = self._identifier(node.child("$id"), base)
        resource = Resource(uri, node, dialect, asserts, formats)
        self.resources.setdefault(uri, resource)
        return resource

    @staticmethod
    def _identifier(place: Node, base: str) -> str:
        place.need(str, "a URI")
        return base if place.data.startswith("#") else urldefrag(_join(base, place.data))[0]

    def _dialect(self, place: Node, base: str) -> Tuple[Dialect, bool, bool]:
        place.need(str, "a URI")
        known = dialect_of(place.data)
        if known is not None:
            return known, True, False
        if _join(base, place.data) == base:
            raise place.error("a meta-schema that describes itself must be a known one")
        meta = self._resource(place, urldefrag(_join(base, place.data))[0])
        words = meta.node.value("$vocabulary", {})
        asserts = not words or _VALIDATION in words
        return meta.dialect, asserts, bool(words.get(_FORMAT_ASSERTION))

    def _scan(self, node: Node, resource: Resource) -> None:
        """Notes whose each schema is. Not recursive: documents may be deep."""
        waiting: List[Tuple[Node, Resource]] = [(node, self._as_spoken(node, resource))]
        while waiting:
            node, resource = waiting.pop()
            if node is not resource.node and self._has_own_uri(node, resource.dialect):
                resource = self._open(node, resource.uri, resource.dialect)
            elif "$schema" in node:
                resource = self._as_spoken(node, resource)
            if node.key in self.owner:
                continue
            self.owner[node.key] = resource
            self._note_anchors(node, resource)
            waiting.extend((child, resource) for child in subschemas(node, resource.dialect))

    def _as_spoken(self, node: Node, resource: Resource) -> Resource:
        """The resource in the dialect that its document names around a schema."""
        dialect = self.default or dialect_at(node)
        if self.default is not None or dialect is resource.dialect or node is resource.node:
            return resource
        return replace(resource, dialect=dialect)

    @staticmethod
    def _has_own_uri(node: Node, dialect: Dialect) -> bool:
        identifier = node.value("$id")
        if not isinstance(identifier, str) or ("$ref" in node and not dialect.ref_has_siblings):
            return False
        return not (dialect.fragment_ids and identifier.startswith("#"))

    def adopt(self, node: Node, resource: Resource) -> None:
        """A schema that stands where none is looked for, in the document of resource."""
        self._scan(node, resource)

    @staticmethod
    def _note_anchors(node: Node, resource: Resource) -> None:
        dialect = resource.dialect
        identifier = node.value("$id")
        if dialect.fragment_ids and isinstance(identifier, str) and "$ref" not in node:
            fragment = urldefrag(identifier)[1]
            if fragment:
                resource.anchors.setdefault(fragment, node)
        for keyword in dialect.anchors:
            name = node.value(keyword)
            if isinstance(name, str):
                resource.anchors.setdefault(name, node)
                if keyword == "$dynamicAnchor":
                    resource.dynamic.setdefault(name, node)

    # ------------------------------------------------------------------------------------------- following

    def resource_of(self, node: Node) -> Resource:
        """Of a place that was not read with its document (a patch has put it there): as what is around it."""
        path, tokens = node.key
        while (path, tokens) not in self.owner:
            tokens = tokens[:-1]
        return self.owner[path, tokens]

    def resolve(self, place: Node, base: Resource) -> Node:
        """The schema that the reference at place leads to."""
        place.need(str, "a URI reference")
        uri, fragment = urldefrag(_join(base.uri, place.data))
        resource = self._resource(place, uri)
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            if fragment not in resource.anchors:
                raise place.error(f'"{place.data}": no such anchor{suggestion(fragment, resource.anchors)}')
            return resource.anchors[fragment]
        return self._walk(place, resource, parse_pointer(fragment))

    def _walk(self, place: Node, resource: Resource, tokens: Tuple[str, ...]) -> Node:
        node = resource.node
        owner = resource
        for token in tokens:
            node = Library.step(place, node, token)
            owner = self.owner.get(node.key, owner)
        node = unwrapped(node)
        if node.key not in self.owner:
            self._scan(node, owner)
        return node

    def _resource(self, place: Node, uri: str) -> Resource:
        if uri not in self.resources:
            self._load(place, uri)
        return self.resources[uri]

    def _load(self, place: Node, uri: str) -> None:
        for prefix, folder in self.remotes:
            if uri.startswith(prefix):
                found = self._file_under(folder, uri[len(prefix) :])
                if found is not None:
                    self.add_document(self.library.open(found), uri)
                    return
        if uri.startswith("file:"):
            self.add_document(self.library.beside(place, unquote(uri[len("file://") :])), uri)
            return
        raise place.error(f'"{place.data}": nothing here has the URI {uri}, and only files are read')

    @staticmethod
    def _file_under(folder: str, name: str) -> Optional[str]:
        full = os.path.realpath(os.path.join(folder, unquote(name)))
        inside = os.path.commonpath([full, os.path.realpath(folder)]) == os.path.realpath(folder)
        for candidate in (full, full + ".json"):
            if inside and os.path.isfile(candidate):
                return candidate
        return None


def _join(base: str, reference: str) -> str:
    """RFC 3986 section 5, also for schemes that urllib takes for opaque."""
    if reference.startswith("#") or reference == "":
        return urldefrag(base)[0] + reference
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", reference):
        return reference
    return urljoin(base, reference)
