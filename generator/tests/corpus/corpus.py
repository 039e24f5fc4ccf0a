"""Compiles the documents of this folder to C, without a word of gcc or clang, links all into one program and runs their examples.

usage: corpus.py CC LIBRARY WORK [NAME...]

The documents describe public WebSocket interfaces as their references do, in the words that authors of such documents use. LIBRARY:
libeventwire_codec. WORK: a folder for what is made. NAME: some of the folders only.

A folder with a file `waits` holds a document the generator does not take yet; the file says what is missing and begins with a part
of the error. Once the document is taken the file has to go.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
from typing import Dict, Iterator, List, Tuple

HERE = os.path.dirname(os.path.abspath(__file__))
GENERATOR = os.path.dirname(os.path.dirname(HERE))
RUNTIME = os.path.join(os.path.dirname(GENERATOR), "runtime", "include")
sys.path.insert(0, GENERATOR)

from ewgen import cli  # noqa: E402

WARNINGS = "-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wcast-qual -Werror".split()
BUILD_FLAGS = os.environ.get("CFLAGS", "").split()  # the sanitizers of the build, where it has some
CXX = {"gcc": "g++", "clang": "clang++"}

CORPUS_H = """\
%s
#include "eventwire/vector.h"

static const struct {
  const ew_document *document;
  const ew_vector *vectors;
  const size_t *count;
} corpus[] = {
%s
};
"""


def documents(wanted: List[str]) -> Iterator[Tuple[str, str]]:
    for name in wanted or sorted(os.listdir(HERE)):
        for file in ("asyncapi.yaml", "asyncapi.json"):
            path = os.path.join(HERE, name, file)
            if os.path.exists(path):
                yield name, path


def generate(name: str, path: str, out: str) -> Tuple[int, str]:
    """Exit status and errors of ewgen."""
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        status = cli.main(["gen", path, "--prefix", name, "--base", os.path.dirname(path), "--out", out])
    return status, errors.getvalue()


def generate_all(wanted: List[str], work: str) -> Tuple[List[str], List[str]]:
    """The folders that became C, and what went wrong."""
    made, wrong = [], []
    for name, path in documents(wanted):
        status, errors = generate(name, path, os.path.join(work, name))
        waits = os.path.join(HERE, name, "waits")
        reason = open(waits, encoding="utf-8").readline().strip() if os.path.exists(waits) else None
        if reason is None and status == 0:
            made.append(name)
        elif reason is None:
            wrong.append(f"{name}: {errors.strip()}")
        elif status == 0:
            wrong.append(f"{name} is taken now: remove {os.path.relpath(waits, HERE)}")
        elif status != 1 or reason not in errors or errors.count("\n") != 1:
            wrong.append(f"{name} should be refused with {reason!r}: {errors.strip()}")
    return made, wrong


def run(command: List[str]) -> bool:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(done.stdout, end="")
    return done.returncode == 0


def compile_all(cc: str, work: str, made: List[str]) -> List[str]:
    """The objects; none when a compiler had something to say."""
    objects = []
    silent = True
    others = [c for c in CXX if shutil.which(c) and os.path.basename(cc).partition("-")[0] != c]
    for name in made:
        includes = [f"-I{os.path.join(work, name, part)}" for part in ("include", "test")] + [f"-I{RUNTIME}"]
        for part in ("src", "test"):
            for file in sorted(os.listdir(os.path.join(work, name, part))):
                if not file.endswith(".c"):
                    continue
                path = os.path.join(work, name, part, file)
                objects.append(path[:-1] + "o")
                silent &= run([cc, "-std=c11", "-O0", *WARNINGS, *BUILD_FLAGS, *includes, "-c", path, "-o", objects[-1]])
                for other in others:
                    silent &= run([other, "-std=c11", *WARNINGS, *includes, "-fsyntax-only", path])
    return objects if silent else []


def write_table(work: str, made: List[str]) -> None:
    includes = "\n".join(f'#include "eventwire/{n}.h"\n#include "{n}_vectors.h"' for n in made)
    rows = "\n".join(f"  {{&ew_{n}_document, ew_{n}_vectors, &ew_{n}_vector_count}}," for n in made)
    with open(os.path.join(work, "corpus.h"), "w", encoding="utf-8") as stream:
        stream.write(CORPUS_H % (includes, rows))


def main(arguments: List[str]) -> int:
    cc, library, work = arguments[:3]
    shutil.rmtree(work, ignore_errors=True)
    made, wrong = generate_all(arguments[3:], work)
    print("\n".join(wrong))
    if not made:
        return 1
    objects = compile_all(cc, work, made)
    write_table(work, made)
    includes = [f"-I{os.path.join(work, n, part)}" for n in made for part in ("include", "test")] + [f"-I{RUNTIME}", f"-I{work}"]
    silent = bool(objects)
    for compiler in CXX.values():
        if shutil.which(compiler):
            header = os.path.join(work, "corpus.h")
            silent &= run([compiler, "-std=c++17", "-xc++", *WARNINGS, "-Wno-unused", *includes, "-fsyntax-only", header])
    program = os.path.join(work, "corpus_test")
    source = os.path.join(HERE, "corpus_test.c")
    link = [*BUILD_FLAGS, *includes, source, *objects, library, "-lm", "-o", program]
    if not silent or not run([cc, "-std=c11", "-O1", *WARNINGS, *link]):
        return 1
    return 0 if run([program]) and not wrong else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
