#!/usr/bin/env python3
"""Writes model.hpp: the members of the decoded types as C++ templates, for the other libraries.

They fill the structs of the generated codecs, so the generator's own model says what stands where.
Each type becomes a specialisation of bench::model, described in describe.hpp.
"""

import argparse
import os
import sys
from functools import partial

PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(PROJECT, "generator"))

from ewgen import layout, model  # noqa: E402
from ewgen.document import read_protocol  # noqa: E402
from ewgen.load import Library  # noqa: E402
from ewgen.text import c_string  # noqa: E402

_TYPE_NAMES = (
    (1, "null"),
    (2, "boolean"),
    (4, "number"),
    (8, "string"),
    (16, "array"),
    (32, "object"),
)


class Writer:
    """The specialisations for what some types of a protocol reach."""

    def __init__(self, protocol):
        self.layout = layout.lay_out(protocol)
        self.lines = []
        self.written = set()

    def write(self, kind):
        """First what the type contains: C++ wants a specialisation before it is used."""
        if kind in self.written:
            return
        self.written.add(kind)
        for child in layout.children(kind):
            self.write(child)
        self._write(kind)

    def _write(self, kind):
        name = self.layout.c_type(kind)
        if name is None or name in self.written:
            return
        self.written.add(name)
        if isinstance(kind, model.Object):
            self._object(kind, name)
        elif isinstance(kind, model.Union):
            self._union(kind, name)
        elif isinstance(kind, model.Enum):
            self._enum(kind, name)
        elif isinstance(kind, model.Array) and name not in ("ew_str_list", "ew_raw_list"):
            self._shape(name, "list")
        elif isinstance(kind, model.Map):
            self._shape(name, "map")

    def put(self, *lines):
        self.lines.extend(lines)

    def _shape(self, name, shape):
        self.put(
            f"template <> struct model<{name}> {{ static constexpr shape is = shape::{shape}; }};",
            "",
        )

    # ---------------------------------------------------------------- objects

    def _object(self, kind, name):
        members = list(zip(kind.members, self.layout.member_names(kind)))
        required = sum(1 << i for i, (m, _) in enumerate(members) if m.required)
        self.put(
            f"template <> struct model<{name}> {{", "  static constexpr shape is = shape::object;"
        )
        self.put(f"  static constexpr int count = {len(members)};")
        self.put(f"  static constexpr unsigned long long required = {required:#x};")
        self.put("  static constexpr std::string_view keys[] = {")
        self.put(*(f"    {c_string(m.name)}," for m, _ in members), "  };")
        self._find([m.name for m, _ in members])
        self.put(
            "  template <class T, class V>",
            "  static bool visit(int index, [[maybe_unused]] T &o, V &v) {",
        )
        self.put("    switch (index) {")
        for i, (member, own) in enumerate(members):
            self.put(f"    case {i}:", f"      return {self._member(i, member, own, kind)};")
        self.put("    }", "    return false;", "  }")
        self.put("  template <class T, class V> static bool each([[maybe_unused]] T &o, V &v) {")
        calls = [self._member(i, member, own, kind) for i, (member, own) in enumerate(members)]
        self.put("    return " + " &&\n           ".join(calls or ["true"]) + ";", "  }", "};", "")

    def _member(self, index, member, own, owner):
        presence = "always{}"
        if own.presence is not None:
            presence = f"{'nullable' if member.nullable else 'flag'}{{o.{own.presence}}}"
        elif own.boxed:
            presence = "pointed{}"
        return f"v.member(keys[{index}], {self._slot(member, own, owner)}, {presence})"

    def _slot(self, member, own, owner):
        kind = member.type
        if member.sibling is not None:
            tag = self.layout.member_names(owner)[member.sibling].value
            return f"sibling{{o.{own.value}, o.{tag}}}"
        if isinstance(kind, model.OpenEnum):
            return f"open_names{{o.{own.value}, o.{own.text}}}"
        if isinstance(kind, model.Const):
            return self._constant(kind.value)
        return "nothing{}" if own.value is None else f"o.{own.value}"

    @staticmethod
    def _constant(value):
        if not isinstance(value, str):
            raise SystemExit(f"model.py: a constant that is no string: {value!r}")
        return f"constant{{{c_string(value)}}}"

    def _find(self, texts):
        """Index of a text: by length, then by comparison."""
        self.put("  static int find(const char *p, size_t len) {", "    switch (len) {")
        for length in sorted({len(t.encode()) for t in texts}):
            self.put(f"    case {length}:")
            for i, text in enumerate(texts):
                if len(text.encode()) == length:
                    self.put(
                        f"      if (std::memcmp(p, {c_string(text)}, {length}) == 0) return {i};"
                    )
            self.put("      break;")
        self.put("    }", "    return -1;", "  }")

    # ---------------------------------------------------------------- enums and unions

    def _enum(self, kind, name):
        self.put(
            f"template <> struct model<{name}> {{", "  static constexpr shape is = shape::names;"
        )
        self.put("  static constexpr std::string_view texts[] = {")
        self.put(*(f"    {c_string(text)}," for text in kind.values), "  };")
        self._find(kind.values)
        self.put("};", "")

    def _union(self, kind, name):
        self.put(
            f"template <> struct model<{name}> {{", "  static constexpr shape is = shape::choice;"
        )
        arms = [arm for arm in kind.arms if not arm.lenient_only]
        if kind.tag_enum is None:
            self._choose(arms)
            constant = partial(self.layout.arm_constant, kind)
            self.put("  template <class T> static int kind(const T &o) {", "    switch (o.kind) {")
            for i, arm in enumerate(arms):
                self.put(f"    case {constant(arm)}: return {i};")
            self.put("    default: return -1;", "    }", "  }")
            self.put(
                "  template <class T> static void set_kind(T &o, int arm) {", "    switch (arm) {"
            )
            for i, arm in enumerate(arms):
                self.put(f"    case {i}: o.kind = {constant(arm)}; break;")
            self.put("    }", "  }")
        else:
            enum = self.layout.c_type(kind.tag_enum)
            self.put(f"  static int by_tag({enum} tag) {{", "    switch (tag) {")
            for i, arm in enumerate(arms):
                self.put(
                    f"    case {self.layout.enum_constant(kind.tag_enum, arm.kind)}: return {i};"
                )
            self.put("    default: return -1;", "    }", "  }")
        self.put(
            "  template <class T, class V>",
            "  static bool arm(int index, [[maybe_unused]] T &o, V &v) {",
        )
        self.put("    switch (index) {")
        for i, arm in enumerate(arms):
            stored = self.layout.c_type(arm.type) is not None
            self.put(f"    case {i}: return v.value({f'o.{arm.name}' if stored else 'nothing{}'});")
        self.put("    }", "    return false;", "  }", "};", "")

    def _choose(self, arms):
        """N tells what a value looks like: type(), has(key), and text(key) of a string member."""
        tags = {arm.condition.tag[0] for arm in arms if arm.condition.tag is not None}
        if len(tags) > 1:
            raise SystemExit(f"model.py: a union with more than one tag: {tags}")
        self.put(
            "  template <class N> static int choose(N &n) {", "    const unsigned type = n.type();"
        )
        # A default arm has no tag, and takes what the others leave.
        if tags:
            self.put(
                "    std::string_view tag;",
                "    if (type & object_type) tag = n.text(%s);" % c_string(tags.pop()),
            )
        for i, arm in enumerate(arms):
            tests = [
                "type & (%s)"
                % " | ".join(f"{n}_type" for bit, n in _TYPE_NAMES if arm.condition.types & bit)
            ]
            if arm.condition.tag is not None:
                tests.append(f"tag == {c_string(arm.condition.tag[1])}")
            tests += [f"n.has({c_string(name)})" for name in arm.condition.present]
            tests += [f"!n.has({c_string(name)})" for name in arm.condition.absent]
            self.put(f"    if (({') && ('.join(tests)})) return {i};")
        self.put("    return -1;", "  }")


def model_of(names):
    """The text of model.hpp for the types with these names, such as kaleido_event_batch."""
    text = [
        "// Made by model.py from the documents in schema/.",
        "#ifndef BENCH_MODEL_HPP",
        "#define BENCH_MODEL_HPP",
        "",
    ]
    text += ['#include "describe.hpp"', "", "namespace bench {", ""]
    for prefix in sorted({name.split("_")[0] for name in names}):
        folder = os.path.join(PROJECT, "schema", prefix)
        documents = [os.path.join(folder, n) for n in ("asyncapi.yaml", "openapi.yaml")]
        protocol = read_protocol(
            Library(PROJECT), [d for d in documents if os.path.exists(d)], None, None
        )
        writer = Writer(protocol)
        wanted = {"ew_" + name for name in names if name.startswith(prefix + "_")}
        for kind in layout.reachable(layout.roots_of(protocol)):
            if writer.layout.c_type(kind) in wanted:
                wanted.discard(writer.layout.c_type(kind))
                writer.write(kind)
        if wanted:
            raise SystemExit(f"model.py: no such types: {', '.join(sorted(wanted))}")
        text += writer.lines
    return "\n".join(text + ["} // namespace bench", "", "#endif", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--out", required=True, metavar="FILE", help="where to write model.hpp")
    parser.add_argument("names", nargs="+", metavar="TYPE", help="such as kaleido_event_batch")
    options = parser.parse_args()
    with open(options.out, "w", encoding="utf-8") as stream:
        stream.write(model_of(options.names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
