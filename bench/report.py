#!/usr/bin/env python3
"""Turns the figures of a run (./dev bench --json FILE) into tables and a plot for docs/."""

import argparse
import json
import math
import os
import sys

LABELS = {
    "eventwire": "eventwire",
    "eventwire-avx2": "eventwire, AVX2 build",
    "eventwire-unpadded": "eventwire, nothing readable behind the text",
    "eventwire-table": "eventwire, table engine only",
    "simdjson": "simdjson On-Demand",
    "simdjson-skip": "simdjson, free-form members unchecked",
    "rapidjson": "RapidJSON",
    "cjson": "cJSON",
    "json-c": "json-c",
    "jansson": "Jansson",
}
CORPORA = {
    "kaleido": "Kaleido batch",
    "kaleido_pretty": "the same, pretty-printed",
    "kaleido_shuffled": "the same, members shuffled",
    "kaleido_text": "the same, 22 % non-ASCII",
    "firefly": "FireFly batch",
    "baas_block": "BaaS Block",
    "baas_tx": "BaaS Tx",
    "octave": "Octave message",
    "control": "control messages",
}
PLOTTED = ("simdjson", "rapidjson", "cjson", "json-c", "jansson")


# ----------------------------------------------------------------------------------------- terminal


def number(cell, key, form):
    return form % cell[key] if key in cell else "-"


def plain_table(operation, name, facts, cells):
    average = facts["bytes"] / facts["messages"]
    head = f"{operation} {name}: {facts['messages']} messages of {average:.0f} bytes"
    if operation == "decode":
        head += f", validation {100 * facts['validation'] - 100:+.1f} % instructions"
    lines = [head]
    lines.append(
        f"  {'':<20} {'instr/B':>9} {'instr/msg':>11} {'MB/s':>8} {'time':>8} {'heap/msg':>9}"
    )
    for peer, cell in cells.items():
        row = (
            number(cell, "instructions_per_byte", "%.2f"),
            number(cell, "instructions_per_message", "%.0f"),
            number(cell, "mb_per_second", "%.0f"),
            number(cell, "time_ratio", "%.2fx"),
            number(cell, "heap_calls_per_message", "%.1f"),
        )
        lines.append("  %-20s %9s %11s %8s %8s %9s" % ((peer,) + row))
    return lines + [""]


def plain(result):
    """A table per operation and corpus. time: median of the paired ratios to eventwire's."""
    lines = []
    for operation in ("decode", "encode", "encode-clean"):
        for name, cells in result[operation].items():
            lines += plain_table(operation, name, result["corpora"][name], cells)
    sizes = ", ".join(f"{name} {kilobytes}" for name, kilobytes in result["kilobytes"].items())
    return "\n".join(lines + [f"code and constants, KB: {sizes}", ""])


# ----------------------------------------------------------------------------------------- Markdown


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def by_corpus(result, operation, key, form):
    """Rows of contestants, columns of corpora; a dash where nothing was measured."""
    names = list(result[operation])
    peers = [peer for peer in LABELS if any(peer in cells for cells in result[operation].values())]
    rows = []
    for peer in peers:
        cells = [number(result[operation][name].get(peer, {}), key, form) for name in names]
        if any(cell != "-" for cell in cells):
            rows.append([LABELS[peer]] + cells)
    return table([""] + [CORPORA[name] for name in names], rows)


def corpora_table(result):
    rows = [
        [CORPORA[name], str(f["messages"]), "%.0f" % (f["bytes"] / f["messages"])]
        for name, f in result["corpora"].items()
    ]
    return table(["corpus", "messages", "bytes each"], rows)


def validation_table(result):
    names = list(result["corpora"])
    row = ["%+.1f %%" % (100 * result["corpora"][n]["validation"] - 100) for n in names]
    return table([""] + [CORPORA[n] for n in names], [["instructions added"] + row])


def size_table(result):
    return table(["part", "KB"], [[name, str(size)] for name, size in result["kilobytes"].items()])


def markdown(result):
    facts = result["machine"]
    lines = [
        "<!-- Written by ./dev bench --docs. -->",
        "",
        "## Decoding: instructions per byte",
        "",
    ]
    lines += by_corpus(result, "decode", "instructions_per_byte", "%.2f")
    lines += [
        "What checking the patterns, lengths and bounds of the schemas adds to eventwire:",
        "",
    ]
    lines += validation_table(result)
    lines += [
        "Less than nothing where most strings are of one length, as the hundred hashes of a BaaS Block: a",
        "pattern says where they end, and to compare a known shape takes fewer instructions than to look",
        "for the closing quote, for escapes and for what is not ASCII.",
        "",
    ]
    lines += ["## Decoding: time, as a multiple of eventwire's", ""]
    lines += [
        "Median of the ratios of 21 rounds in one process. The AVX2 build is another program: its time is",
        "compared by way of simdjson's, and of RapidJSON's when encoding.",
        "",
        "![Time of decoding](speed.svg)",
        "",
    ]
    lines += by_corpus(result, "decode", "time_ratio", "%.2f")
    lines += [
        "## Decoding: MB/s",
        "",
        f"Best of 21 rounds on one core: {facts['processor']}, {facts['system']}.",
        "",
    ]
    lines += by_corpus(result, "decode", "mb_per_second", "%.0f")
    lines += ["## Decoding: calls of the heap per message", ""]
    lines += by_corpus(result, "decode", "heap_calls_per_message", "%.1f")
    lines += ["## Encoding: instructions per byte", ""]
    lines += by_corpus(result, "encode", "instructions_per_byte", "%.2f")
    lines += ["Structs as the decoder leaves them, whose strings are known to need no escape:", ""]
    lines += by_corpus(result, "encode-clean", "instructions_per_byte", "%.2f")
    lines += ["## Encoding: time, as a multiple of eventwire's", ""]
    lines += by_corpus(result, "encode", "time_ratio", "%.2f")
    lines += ["## Size: code and constants", ""] + size_table(result)
    lines += ["## The corpora", ""] + corpora_table(result)
    return "\n".join(lines).rstrip() + "\n"


# --------------------------------------------------------------------------------------------- plot

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2933 }
.faint { fill: #616e7c } .grid { stroke: #d5dbe1 } .one { stroke: #1f2933; stroke-width: 2 }
.simdjson { fill: #0b6e99 } .rapidjson { fill: #b7791f } .cjson { fill: #2f855a }
.json-c { fill: #9b2c6f } .jansson { fill: #c0392b }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e7eb } .faint { fill: #9aa5b1 } .grid { stroke: #3e4c59 } .one { stroke: #e4e7eb }
  .simdjson { fill: #4fb3dc } .rapidjson { fill: #e0aa4e } .cjson { fill: #63c08c }
  .json-c { fill: #d977b2 } .jansson { fill: #ef7a6d }
}
"""
LEFT, RIGHT, TOP, ROW, WIDTH = 216, 24, 78, 30, 820
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)


class Axis:
    """Logarithmic, around all values and eventwire's 1."""

    def __init__(self, values):
        low, high = min(values + [1]), max(values + [1])
        self.ticks = [t for t in TICKS if low / 2.5 < t < high * 2.5]
        self.low, self.high = math.log(self.ticks[0]), math.log(self.ticks[-1])

    def x(self, value):
        share = (math.log(value) - self.low) / (self.high - self.low)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def ratios(result):
    """[(corpus, {rival: ratio})]"""
    found = []
    for name, cells in result["decode"].items():
        own = {
            peer: cells[peer]["time_ratio"]
            for peer in PLOTTED
            if "time_ratio" in cells.get(peer, {})
        }
        found.append((name, own))
    return found


def legend():
    parts, x = [], LEFT
    for peer in PLOTTED:
        parts.append(
            f'<circle class="{peer}" cx="{x}" cy="40" r="6"/>'
            f'<text x="{x + 11}" y="44">{LABELS[peer]}</text>'
        )
        x += 30 + 8 * len(LABELS[peer])
    return parts


def grid(axis, bottom):
    parts = []
    for tick in axis.ticks:
        x = axis.x(tick)
        kind = "one" if tick == 1 else "grid"
        parts.append(f'<line class="{kind}" x1="{x}" y1="{TOP - 12}" x2="{x}" y2="{bottom}"/>')
        text = "eventwire" if tick == 1 else f"{tick:g}x"
        parts.append(
            f'<text class="faint" x="{x}" y="{bottom + 18}" text-anchor="middle">{text}</text>'
        )
    return parts


def row(axis, y, name, own):
    parts = [f'<text x="{LEFT - 14}" y="{y + 4}" text-anchor="end">{CORPORA[name]}</text>']
    for peer, value in own.items():
        tip = f"<title>{LABELS[peer]}: {value:.2f}x</title>"
        parts.append(f'<circle class="{peer}" cx="{axis.x(value)}" cy="{y}" r="6">{tip}</circle>')
    return parts


def svg(result):
    rows = ratios(result)
    axis = Axis([v for _, own in rows for v in own.values()])
    bottom = TOP + ROW * len(rows)
    height = bottom + 34
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">']
    parts += [
        "<title>Time of decoding, as a multiple of eventwire's; less is faster</title>",
        f"<style>{STYLE}</style>",
    ]
    parts.append(
        '<text x="14" y="18">Time of decoding into the same structs, '
        "as a multiple of eventwire's (to the right: slower)</text>"
    )
    parts += legend() + grid(axis, bottom)
    for i, (name, own) in enumerate(rows):
        parts += row(axis, TOP + ROW * i + ROW // 2 - 4, name, own)
    return "\n".join(parts + ["</svg>", ""])


def speed(result):
    """The short form, for the page about the codec."""
    lines = ["Instructions per byte of decoding into the same structs:", ""]
    lines += by_corpus(result, "decode", "instructions_per_byte", "%.2f")
    lines += ["Time, as a multiple of eventwire's; [all figures](speed-table.md):", ""]
    return lines + ["![Time of decoding](speed.svg)"]


def put_between(path, name, lines):
    """Replaces what stands between the two marks of this name in a page."""
    begin, end = f"<!-- {name}: written by ./dev bench -->\n", f"<!-- end of {name} -->\n"
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"{path} has no marks for {name}")
    before, rest = text.split(begin)
    with open(path, "w", encoding="utf-8") as stream:
        body = "\n".join(lines).strip()
        stream.write(f"{before}{begin}\n{body}\n\n{end}{rest.split(end)[1]}")


def write_docs(result, folder):
    os.makedirs(folder, exist_ok=True)
    for name, text in (("speed-table.md", markdown(result)), ("speed.svg", svg(result))):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as stream:
            stream.write(text)
    page = os.path.join(folder, "codec.md")
    put_between(page, "speed", speed(result))
    put_between(page, "size", size_table(result))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("json", metavar="JSON", help="what ./dev bench --json has written")
    parser.add_argument(
        "--out",
        default="docs",
        metavar="DIR",
        help="for speed-table.md and speed.svg, and codec.md (default: docs)",
    )
    options = parser.parse_args()
    with open(options.json, encoding="utf-8") as stream:
        write_docs(json.load(stream), options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
