#!/usr/bin/env python3
"""What each technique of the codec buys: counts instructions of builds that do without one.

Every variant is a copy of the sources with a few exact replacements, built and counted like the
codec itself. A replacement that does not match any more is an error, never a row of the table.
"""

import argparse
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

import count
import report

PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COPIED = ("CMakeLists.txt", "bench", "cmake", "fuzz", "generated", "generator", "runtime", "schema")
OFF = ("EW_RUNTIME", "EW_TOOL", "EW_CJSON", "EW_INSTALL", "EW_BENCH_PEERS")
CORPORA = ("kaleido", "kaleido_text", "firefly", "baas_block", "baas_tx", "octave")
READER_TEXT = "runtime/src/codec/reader_text.c"


@dataclass(frozen=True)
class Edit:
    path: str
    old: str
    new: str
    times: int = 1


@dataclass(frozen=True)
class Variant:
    name: str
    label: str
    edits: tuple = ()
    generates: bool = False
    peer: str = "eventwire"


COPY_STRINGS = """EW_INLINE const char *copied(ew_reader *r, const char *from, uint32_t len) {
  char *to = (char *)ew_arena_take(r->arena, len);
  return to == NULL ? from : memcpy(to, from, len);
}

/* One of which nothing but the character at odd """

VARIANTS = (
    Variant("whole", "all of it"),
    Variant(
        "looked-up",
        "every key is looked up, none predicted",
        (
            Edit(
                "runtime/include/eventwire/reader.h",
                "EW_LIKELY(p < r->key_end) && EW_LIKELY(ew_same(p, literal, n))",
                "r == NULL && ew_same(p, literal, n)",
            ),
            Edit(
                "runtime/include/eventwire/reader.h",
                "    return p != ew_nowhere && ew_at(r, p, literal, n);\n  }\n"
                "  return EW_LIKELY(ew_same(p, literal, n));",
                "    return r == NULL && ew_at(r, p, literal, n);\n  }\n"
                "  return r == NULL && ew_same(p, literal, n);",
            ),
            Edit(
                "runtime/include/eventwire/reader.h",
                "    return ew_at(r, p, literal, n);",
                "    return r == NULL && ew_at(r, p, literal, n);",
            ),
        ),
    ),
    Variant(
        "words",
        "words of 8 bytes instead of SSE2",
        (Edit("bench/CMakeLists.txt", '"-O2 -DNDEBUG"', '"-O2 -DNDEBUG -DEW_NO_SIMD"', 2),),
    ),
    Variant(
        "automata",
        "automata instead of shapes",
        (
            Edit(
                "generator/ewgen/shape.py",
                "    found = _find_base64(dfa) or _find_run(steps)"
                " or _find_number(steps) or _find_row(dfa, steps)\n",
                "    found = None\n",
            ),
            Edit(
                "generator/ewgen/shape.py",
                "    return before if not more and",
                "    return None if not more and",
            ),
        ),
        generates=True,
    ),
    Variant(
        "copied",
        "strings copied into the arena, not viewed",
        (
            Edit(READER_TEXT, "/* One of which nothing but the character at odd ", COPY_STRINGS),
            Edit(
                READER_TEXT,
                "*out = (ew_str){p + 1, (uint32_t)len, EW_STR_CLEAN};",
                "*out = (ew_str){copied(r, p + 1, (uint32_t)len), (uint32_t)len, EW_STR_CLEAN};",
                6,
            ),
            Edit(READER_TEXT, "give(p, ", "give(r, p, ", 8),
            Edit(READER_TEXT, "give(const char *p,", "give(ew_reader *r, const char *p,"),
            Edit(
                READER_TEXT,
                "  return out->ptr + out->len + 1;\n",
                "  out->ptr = copied(r, out->ptr, out->len);\n  return quote + 1;\n",
            ),
            Edit(
                READER_TEXT,
                "{p + 1, shape->head_len + (uint32_t)len, EW_STR_CLEAN}",
                "{copied(r, p + 1, shape->head_len + (uint32_t)len), shape->head_len + (uint32_t)len,\n"
                "                  EW_STR_CLEAN}",
            ),
        ),
    ),
    Variant(
        "two-passes",
        "UTF-8 checked by a pass of its own, too",
        (
            Edit(
                "runtime/src/codec/decode.c",
                "  const char *behind = ew_entry_of(c->type)->read(r, r->begin, c->out);\n",
                "  size_t bad = 0;\n"
                "  size_t len = (size_t)(r->end - r->begin);\n"
                "  bool whole = ew__utf8_check(r->begin, len, &bad) == EW_OK;\n"
                "  const char *behind =\n"
                "      whole ? ew_entry_of(c->type)->read(r, r->begin, c->out) : ew_nowhere;\n",
            ),
        ),
    ),
    Variant("table", "by tables, without straight-line readers", peer="eventwire-table"),
)


class AblationError(Exception):
    pass


def apply(edit, source):
    path = os.path.join(source, edit.path)
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    found = text.count(edit.old)
    if found != edit.times:
        raise AblationError(f"{edit.path}: {edit.old.strip()}: {found} times, not {edit.times}")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text.replace(edit.old, edit.new))


def copy_sources(source):
    shutil.rmtree(source, ignore_errors=True)
    for name in COPIED:
        here, there = os.path.join(PROJECT, name), os.path.join(source, name)
        if os.path.isdir(here):
            shutil.copytree(here, there, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            os.makedirs(source, exist_ok=True)
            shutil.copy(here, there)


def run(*command):
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if result.returncode != 0:
        raise AblationError(f"{' '.join(command)} failed:\n{result.stdout}")


def build(variant, folder):
    """The benchmark's program on this variant."""
    source, out = os.path.join(folder, "source"), os.path.join(folder, "build")
    copy_sources(source)
    for edit in variant.edits:
        apply(edit, source)
    if variant.generates:
        run(sys.executable, os.path.join(source, "generator", "ewgen"), "gen", "--all")
    options = ["-D" + name + "=OFF" for name in OFF]
    run("cmake", "-S", source, "-B", out, "-DCMAKE_BUILD_TYPE=Release", "-DEW_BENCH=ON", *options)
    run("cmake", "--build", out, "--target", "bench", "--parallel", str(os.cpu_count() or 1))
    return os.path.join(out, "bench", "bench")


def measure(folder, corpora, progress):
    """{variant: {corpus: instructions per byte}}; a variant without edits is not built again."""
    found, whole = {}, None
    for variant in VARIANTS:
        progress(f"ablation: {variant.label}")
        if whole is None or variant.edits:
            program = build(variant, os.path.join(folder, variant.name))
            whole = whole or program
        else:
            program = whole
        counts = count.count(program, corpora, CORPORA, variant.peer)
        found[variant.name] = {c.corpus: c.per_byte for c in counts}
    return found


def table(found):
    rows = []
    for variant in VARIANTS:
        own = found[variant.name]
        cells = [f"{own[name]:.2f}" for name in CORPORA]
        if variant.name != "whole":
            times = (own[name] / found["whole"][name] for name in CORPORA)
            cells = [f"{cell} ({factor:.1f}x)" for cell, factor in zip(cells, times)]
        rows.append([variant.label] + cells)
    return report.table(["instructions per byte"] + [report.CORPORA[n] for n in CORPORA], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build", metavar="DIR", help="builds go below it")
    parser.add_argument("--docs", action="store_true", help="write the table into docs/codec.md")
    options = parser.parse_args()
    folder = os.path.join(os.path.abspath(options.build), "ablation")
    corpora = os.path.join(folder, "counted")
    try:
        count.make_corpora(corpora)
        found = measure(folder, corpora, lambda text: print(text, file=sys.stderr, flush=True))
    except (AblationError, count.CountError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    lines = table(found)
    print("\n".join(lines))
    if options.docs:
        report.put_between(os.path.join(PROJECT, "docs", "codec.md"), "ablation", lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
