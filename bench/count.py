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
# The C library copies and compares with what the machine has, so that counts would differ between
# machines. callgrind also counts each step of "rep movsb" (ERMS) as an instruction.
ANY_LIBC = "-ERMS"
BASELINE_LIBC = (
    ANY_LIBC + ",-AVX_Fast_Unaligned_Load,-AVX2,-SSE4_2,-SSE4_1,-SSSE3,-AVX512F,-AVX512VL"
)
PROFILED = 20


@dataclass(frozen=True)
class Count:
    corpus: str
    peer: str
    operation: str
    bytes: int
    messages: int
    instructions: int
    functions: dict  # name: instructions of its own

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
        result = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env=environment(program, peer),
        )
        if result.returncode != 0:
            raise CountError(result.stdout)
        counts = [read_dump(path) for path in glob.glob(os.path.join(out, "counted.*"))]
    order = {name: i for i, name in enumerate(names)}
    return sorted((c for c in counts if c is not None), key=lambda c: order[c.corpus])


def environment(program, peer):
    """What counts the same everywhere: eventwire's baseline build with the baseline's library."""
    baseline = peer.startswith("eventwire") and not program.endswith("_avx2")
    tunables = "glibc.cpu.hwcaps=" + (BASELINE_LIBC if baseline else ANY_LIBC)
    return dict(os.environ, GLIBC_TUNABLES=tunables)


def read_dump(path):
    """The program names each dump after what it has done."""
    label, total = None, None
    with open(path, encoding="utf-8") as dump:
        lines = dump.readlines()
    for line in lines:
        if line.startswith("desc: Trigger: Client Request: "):
            label = line.split(": ", 3)[3].split()
        elif line.startswith("totals: "):
            total = int(line.split()[1])
    if label is None or total is None:
        return None
    size, messages = int(label[3]), int(label[4])
    return Count(label[0], label[1], label[2], size, messages, total, own_costs(lines))


def own_costs(lines):
    """Of each function. A name stands where its number comes first; what it calls is not its own."""
    names, costs, function, is_call = {}, {}, "", False
    for line in lines:
        if line.startswith(("fn=", "cfn=")):
            number, _, name = line.split("=", 1)[1].strip().partition(" ")
            names.setdefault(number, name)
            function = names[number] if line.startswith("fn=") else function
        elif line.startswith("calls="):
            is_call = True
        elif line[:1] in "0123456789+-*":
            if not is_call:
                costs[function] = costs.get(function, 0) + int(line.split()[1])
            is_call = False
    return costs


def print_profile(c):
    for name, own in sorted(c.functions.items(), key=lambda item: -item[1])[:PROFILED]:
        if own * 200 > c.instructions:
            print(
                "  %5.1f %%  %8.3f instr/B  %s" % (100 * own / c.instructions, own / c.bytes, name)
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--build",
        default="build",
        metavar="DIR",
        help="build folder with EW_BENCH=ON (default: build)",
    )
    parser.add_argument("--program", default="bench", help="bench or bench_avx2 (default: bench)")
    parser.add_argument(
        "--peer", default="eventwire", help="contestant (default: eventwire; see bench --help)"
    )
    parser.add_argument(
        "--op", default="decode", help="operation (default: decode; see bench --help)"
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="CORPUS",
        help="of: %s (default: all)" % ", ".join(corpus.CORPORA),
    )
    parser.add_argument("--profile", action="store_true", help="show which functions they are in")
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("count.py: valgrind is not here", file=sys.stderr)
        return 2
    folder = os.path.join(options.build, "bench", "counted")
    make_corpora(folder)
    program = os.path.join(options.build, "bench", options.program)
    try:
        counts = count(
            program, folder, options.names or list(corpus.CORPORA), options.peer, options.op
        )
    except CountError as error:
        print(error, file=sys.stderr)
        return 1
    print("%-18s %-20s %-12s %10s %12s" % ("corpus", "peer", "op", "instr/B", "instr/msg"))
    for c in counts:
        print(
            "%-18s %-20s %-12s %10.3f %12.0f"
            % (c.corpus, c.peer, c.operation, c.per_byte, c.per_message)
        )
        if options.profile:
            print_profile(c)
    return 0


if __name__ == "__main__":
    sys.exit(main())
