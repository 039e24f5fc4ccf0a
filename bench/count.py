#!/usr/bin/env python3
"""Counts instructions with callgrind: per byte of a corpus, for a contestant and an operation.

The count of one binary is the same on every run, which no time is.
"""

import argparse
import glob
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass

import corpus

# Enough messages to be typical, few enough to be counted in a second.
COUNTED_BYTES = 250000
SKIPPED = 77


@dataclass(frozen=True)
class Count:
    corpus: str
    peer: str
    operation: str
    bytes: int
    messages: int
    instructions: int

    @property
    def per_byte(self):
        return self.instructions / self.bytes

    @property
    def per_message(self):
        return self.instructions / self.messages


class CountError(Exception):
    pass


def make_corpora(folder, size=COUNTED_BYTES):
    """Writes the corpora to the folder, unless the same script wrote them before."""
    with open(corpus.__file__, "rb") as script:
        stamp = "%d %d" % (size, corpus.zlib.crc32(script.read()))
    mark = os.path.join(folder, "made")
    if os.path.exists(mark) and open(mark, encoding="ascii").read() == stamp:
        return
    os.makedirs(folder, exist_ok=True)
    for name, make in corpus.CORPORA.items():
        corpus.write(os.path.join(folder, name + ".corpus"), make, size)
    with open(mark, "w", encoding="ascii") as stream:
        stream.write(stamp)


def count(program, folder, names, peer="eventwire", operation="decode"):
    """One run of the program for all corpora; a list of Count."""
    with tempfile.TemporaryDirectory() as out:
        command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--collect-atstart=no"]
        command += ["--callgrind-out-file=" + os.path.join(out, "counted"), program, "count"]
        command += ["--corpora", folder, "--peers", peer, "--op", operation] + list(names)
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if result.returncode != 0:
            raise CountError(result.stdout)
        counts = [read_dump(path) for path in glob.glob(os.path.join(out, "counted.*"))]
    order = {name: i for i, name in enumerate(names)}
    return sorted((c for c in counts if c is not None), key=lambda c: order[c.corpus])


def read_dump(path):
    """The program names each dump after what it has done."""
    label, total = None, None
    with open(path, encoding="utf-8") as dump:
        for line in dump:
            if line.startswith("desc: Trigger: Client Request: "):
                label = line.split(": ", 3)[3].split()
            elif line.startswith("totals: "):
                total = int(line.split()[1])
    if label is None or total is None:
        return None
    return Count(label[0], label[1], label[2], int(label[3]), int(label[4]), total)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build", metavar="DIR", help="build folder with EW_BENCH=ON (default: build)")
    parser.add_argument("--program", default="bench", help="bench or bench_avx2 (default: bench)")
    parser.add_argument("--peer", default="eventwire", help="contestant (default: eventwire; see bench --help)")
    parser.add_argument("--op", default="decode", help="operation (default: decode; see bench --help)")
    parser.add_argument("names", nargs="*", metavar="CORPUS", help="of: %s (default: all)" % ", ".join(corpus.CORPORA))
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("count.py: valgrind is not here", file=sys.stderr)
        return 2
    folder = os.path.join(options.build, "bench", "counted")
    make_corpora(folder)
    program = os.path.join(options.build, "bench", options.program)
    try:
        counts = count(program, folder, options.names or list(corpus.CORPORA), options.peer, options.op)
    except CountError as error:
        print(error, file=sys.stderr)
        return 1
    print("%-18s %-20s %-12s %10s %12s" % ("corpus", "peer", "op", "instr/B", "instr/msg"))
    for c in counts:
        print("%-18s %-20s %-12s %10.3f %12.0f" % (c.corpus, c.peer, c.operation, c.per_byte, c.per_message))
    return 0


if __name__ == "__main__":
    sys.exit(main())
