#!/usr/bin/env python3
"""Generates the codecs of the protocols once more, without the rules on strings and numbers.

Types, members, enums and unions are the same; patterns, lengths, bounds and contents are not
checked. The difference to the ordinary codecs is what validation costs.
"""

import argparse
import os
import sys

PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(PROJECT, "generator"))

from ewgen import layout, model  # noqa: E402
from ewgen.document import read_protocol  # noqa: E402
from ewgen.load import Library  # noqa: E402
from ewgen.plan import make_plan  # noqa: E402
from ewgen.render import render  # noqa: E402


def strip(kind):
    """Takes the rules from a type; what decides its C type stays."""
    if isinstance(kind, model.String):
        kind.min_length, kind.max_length, kind.pattern = 0, None, None
        kind.content, kind.check_content, kind.format = "text", False, None
    elif isinstance(kind, model.Integer) and not kind.unsigned:
        kind.minimum, kind.maximum = model.INT64
    elif isinstance(kind, model.Integer):
        kind.minimum, kind.maximum = 0, model.UINT64_MAX
    elif isinstance(kind, model.Number):
        kind.minimum, kind.maximum = None, None
    elif isinstance(kind, model.Array):
        kind.min_items, kind.max_items = 0, None


def write(prefix, folder):
    documents = [
        os.path.join(PROJECT, "schema", prefix, n) for n in ("asyncapi.yaml", "openapi.yaml")
    ]
    protocol = read_protocol(
        Library(PROJECT), [d for d in documents if os.path.exists(d)], None, None
    )
    for kind in layout.reachable(layout.roots_of(protocol)):
        strip(kind)
    for path, text in render(make_plan(protocol)).items():
        full = os.path.join(folder, prefix, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--out", required=True, metavar="DIR", help="for DIR/PROTOCOL/src/*.c")
    parser.add_argument("names", nargs="+", metavar="PROTOCOL", help="folders in schema/")
    options = parser.parse_args()
    for name in options.names:
        write(name, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
