#!/usr/bin/env python3
"""Instructions of the dearest texts that a search has found, counted by callgrind.

    dearest.py DEAREST --search PART [--top N]    times every PARTth case, then counts the dearest
    dearest.py DEAREST                            counts the cases of dearest.txt

A case is a place in a message, a shape that fills it, an ending, an operation and a profile. What a
search prints is what dearest.txt holds; "gates.py worst" compares its cases with their limit.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass

import count

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dearest.txt")
SEARCHED_BYTES = 8192


@dataclass(frozen=True)
class Cost:
    case: str
    instructions: int
    bytes: int
    error: str

    @property
    def per_byte(self):
        return self.instructions / self.bytes


def play(program, cases, size):
    """{case: Cost} of texts of that size; count.CountError when one does not apply."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", "--quiet", "--dump-line=no"]
        command += ["--callgrind-out-file=" + os.path.join(folder, "out"), program]
        done = subprocess.run(
            command + ["play", str(size)],
            input="".join(case + "\n" for case in cases),
            text=True,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=count.environment(program, "eventwire"),
        )
        costs = [read_dump(os.path.join(folder, name)) for name in os.listdir(folder)]
    found = {cost.case: cost for cost in costs if cost is not None}
    if done.returncode != 0 or len(found) != len(set(cases)):
        raise count.CountError(done.stderr)
    return found


def read_dump(path):
    """The program names each dump after what it has done."""
    label = total = None
    with open(path, encoding="utf-8", errors="replace") as dump:
        for line in dump:
            label = re.match(r"desc: Trigger: Client Request: (\d+) (\S+) (.*)", line) or label
            if line.startswith(("summary:", "totals:")):
                total = int(line.split()[1])
    if label is None or total is None:
        return None
    return Cost(label.group(3), total, int(label.group(1)), label.group(2))


def group_of(words):
    """Cases of one group cost about the same: the dearest stands for all."""
    place, shape, _, operation, profile, error = words
    return (place.split(".")[0], shape, operation, profile == "compat", error == "EW_OK")


def search(program, part):
    """The dearest case of each group by time, the dearest first."""
    done = subprocess.run(
        [program, "search", str(SEARCHED_BYTES), str(part)],
        text=True,
        check=True,
        stdout=subprocess.PIPE,
    )
    best = {}
    for line in done.stdout.splitlines():
        nanoseconds, *words = line.split()
        found = (float(nanoseconds), " ".join(words[:5]))
        best[group_of(words)] = max(best.get(group_of(words), found), found)
    return [case for _, case in sorted(best.values(), reverse=True)]


def read_cases(path=CASES):
    with open(path, encoding="utf-8") as stream:
        lines = [line.split("#")[0].strip() for line in stream]
    return [line for line in lines if line]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dearest", help="the program")
    parser.add_argument("--search", type=int, metavar="PART")
    parser.add_argument("--top", type=int, default=200, help="cases to count (default: 200)")
    parser.add_argument("--size", type=int, default=SEARCHED_BYTES, help="bytes of a text")
    options = parser.parse_args()
    cases = search(options.dearest, options.search) if options.search else read_cases()
    try:
        costs = play(options.dearest, cases[: options.top], options.size)
    except count.CountError as error:
        print(error, file=sys.stderr)
        return 1
    for cost in sorted(costs.values(), key=lambda cost: -cost.per_byte):
        print("%s # %.1f, %s" % (cost.case, cost.per_byte, cost.error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
