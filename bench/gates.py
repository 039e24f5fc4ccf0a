#!/usr/bin/env python3
"""Compares what the benchmark counts with the limits in gates.txt, and prints both.

  instructions  decoding and encoding with the pinned flags, counted by callgrind
  avx2          what an AVX2 build takes, as a multiple of the ordinary one
  validation    what the rules of the schemas add to decoding
  memory        heap calls and arena of decoding and encoding
  worst         the dearest texts that were thought of or found, and that their cost is linear
  size          code and constants of the core and of each generated protocol
  ratchet       lowers the limits on instructions and size in gates.txt to what is measured;
                with --reached also raises those that are not held, and notes what was wanted
  verify        all contestants agree on all messages (no limit)

Exit status: 0 all within their limits; 1 not so; 2 usage; 77 cannot be measured here.
"""

import argparse
import math
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

import corpus
import count
import dearest
import hostile

HERE = os.path.dirname(os.path.abspath(__file__))
HOSTILE_BYTES = 30000  # four times that has few enough elements for the limits of the documents
DEAREST_BYTES = 15000  # and this of a string few enough bytes
MEASURED_WITH = ("GNU 12.", " x86_64")
SIZED_SECTIONS = (".text", ".rodata", ".data")


@dataclass(frozen=True)
class Gate:
    operation: str
    what: str
    limit: float
    unit: str


@dataclass(frozen=True)
class Verdict:
    gate: Gate
    measured: float

    @property
    def is_held(self):
        return self.measured <= self.gate.limit

    def line(self):
        measured, limit = f"{self.measured:>10.3f}", f"{self.gate.limit:>10.3f}"
        text = f"{self.gate.operation:<12} {self.gate.what:<18} {measured} {limit} {self.gate.unit}"
        return text + ("" if self.is_held else "   over the limit")


class Skip(Exception):
    pass


def read_gates():
    with open(os.path.join(HERE, "gates.txt"), encoding="ascii") as stream:
        rows = [row for row in (line.split("#")[0].split() for line in stream) if row]
    return [Gate(operation, what, float(limit), unit) for operation, what, limit, unit in rows]


def tool(name):
    if shutil.which(name) is None:
        raise Skip(f"{name} is not here")


def program_of(options, name="bench"):
    return os.path.join(options.build, "bench", name)


def corpora_of(options):
    folder = os.path.join(options.build, "bench", "counted")
    count.make_corpora(folder)
    return folder


# What an operation is of the program: a contestant, and what it does.
COUNTED = {
    "decode": ("eventwire", "decode"),
    "unpadded": ("eventwire-unpadded", "decode"),
    "encode": ("eventwire", "encode"),
}


def counted(options, gates, program="bench"):
    """Instructions of all gates with a corpus, as Verdicts."""
    tool("valgrind")
    verdicts = []
    for operation, of_program in COUNTED.items():
        own = {g.what: g for g in gates if g.operation == operation}
        for c in count.count(
            program_of(options, program), corpora_of(options), list(own), *of_program
        ):
            gate = own[c.corpus]
            verdicts.append(
                Verdict(gate, c.per_message if gate.unit == "instr/msg" else c.per_byte)
            )
    return verdicts


def instructions(options, gates):
    return counted(options, gates)


def avx2(options, gates):
    if not os.path.exists(program_of(options, "bench_avx2")):
        raise Skip("this machine has no AVX2")
    limit = next(g for g in gates if g.operation == "avx2")
    pairs = zip(counted(options, gates), counted(options, gates, "bench_avx2"))
    return [
        Verdict(
            Gate("avx2-" + v.gate.operation, v.gate.what, limit.limit, limit.unit),
            w.measured / v.measured,
        )
        for v, w in pairs
    ]


def validation(options, gates):
    tool("valgrind")
    limit = next(g for g in gates if g.operation == "validation")
    names, folder = list(corpus.CORPORA), corpora_of(options)
    bare = count.count(program_of(options, "bench_bare"), folder, names)
    return [
        Verdict(
            Gate("validation", c.corpus, limit.limit, limit.unit), c.instructions / b.instructions
        )
        for c, b in zip(count.count(program_of(options), folder, names), bare)
    ]


def run_bench(options, mode, *arguments):
    command = [
        program_of(options),
        mode,
        "--corpora",
        corpora_of(options),
        *arguments,
        *corpus.CORPORA,
    ]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def memory(options, gates):
    verdicts = []
    limits = {g.operation: g for g in gates if g.what == "all"}
    for operation, peers in (("decode", "eventwire,eventwire-unpadded"), ("encode", "eventwire")):
        for line in run_bench(
            options, "memory", "--peers", peers, "--op", operation
        ).splitlines():
            name, peer, _, calls, *arena = line.split("\t")
            which = peer.replace("eventwire", operation)
            heap = limits["heap"]
            verdicts.append(
                Verdict(Gate(f"heap-{which}", name, heap.limit, heap.unit), float(calls))
            )
            if arena:
                verdicts.append(
                    Verdict(
                        Gate(f"arena-{which}", name, limits["arena"].limit, limits["arena"].unit),
                        float(arena[1]),
                    )
                )
    return verdicts


def hostile_costs(options, size):
    """{name: instructions per byte} of messages that were thought of."""
    folder = os.path.join(options.build, "bench", "hostile%d" % size)
    os.makedirs(folder, exist_ok=True)
    hostile.write(folder, size)
    counts = count.count(
        program_of(options), folder, list(hostile.CASES), "eventwire-diagnosing"
    )
    return {c.corpus: c.per_byte for c in counts}


def dearest_costs(options, size):
    """The same of texts that a search has found."""
    costs = dearest.play(program_of(options, "dearest"), dearest.read_cases(), size)
    return {case: cost.per_byte for case, cost in costs.items()}


def worst(options, gates):
    tool("valgrind")
    limits = [g for g in gates if g.operation in ("worst", "growth")]
    verdicts = []
    for costs, size in ((hostile_costs, HOSTILE_BYTES), (dearest_costs, DEAREST_BYTES)):
        short, long = costs(options, size), costs(options, 4 * size)
        for limit in limits:
            for name, cost in long.items():
                measured = cost if limit.operation == "worst" else cost / short[name]
                verdicts.append(
                    Verdict(Gate(limit.operation, name, limit.limit, limit.unit), measured)
                )
    return verdicts


def size_of(list_file):
    """Bytes of code and constants in the objects that a file lists."""
    with open(list_file, encoding="utf-8") as stream:
        objects = stream.read().split()
    result = subprocess.run(["size", "-A", *objects], stdout=subprocess.PIPE, text=True, check=True)
    rows = (line.split() for line in result.stdout.splitlines())
    return sum(int(row[1]) for row in rows if len(row) == 3 and row[0].startswith(SIZED_SECTIONS))


def size(options, gates):
    tool("size")
    folder = os.path.join(options.build, "bench", "objects")
    return [
        Verdict(g, size_of(os.path.join(folder, g.what)) / 1024)
        for g in gates
        if g.operation == "size"
    ]


def verify(options, _):
    print(run_bench(options, "verify"), end="")
    return []


WANTED = "wanted:"
# The smallest step of a limit, by unit: what a count may differ by without a change of the code.
STEPS = {"instr/B": 0.005, "instr/msg": 1, "KB": 0.1}


def ratchet(options, gates):
    """Rewrites the limits that the code has left behind; all else in the file stays.

    A limit that was raised says what is wanted, until that is reached.
    """
    measured = {(v.gate.operation, v.gate.what): v.measured for v in instructions(options, gates)}
    measured.update({("size", v.gate.what): v.measured for v in size(options, gates)})
    path = os.path.join(HERE, "gates.txt")
    with open(path, encoding="ascii") as stream:
        lines = stream.readlines()
    for i, line in enumerate(lines):
        words, _, note = (part.strip() for part in line.partition("#"))
        operation, what, old, unit = words.split() if words else ("", "", "0", "")
        if (operation, what) not in measured:
            continue
        limit = STEPS[unit] * math.ceil(round(measured[operation, what] / STEPS[unit], 6))
        if limit < float(old) or (limit > float(old) and options.reached):
            wanted = float(note.split()[1]) if note.startswith(WANTED) else float(old)
            note = f"  # {WANTED} {wanted:g}" if limit > wanted else ""
            lines[i] = f"{operation} {what} {limit:g} {unit}{note}\n"
    with open(path, "w", encoding="ascii") as stream:
        stream.writelines(lines)
    return instructions(options, read_gates()) + size(options, read_gates())


GROUPS = {
    "instructions": instructions,
    "avx2": avx2,
    "validation": validation,
    "memory": memory,
    "worst": worst,
    "size": size,
    "verify": verify,
    "ratchet": ratchet,
}


def check_compiler(options):
    if options.group in ("memory", "verify") or all(
        part in options.compiler for part in MEASURED_WITH
    ):
        return
    raise Skip(f"the limits hold for gcc 12 on x86-64, this is {options.compiler}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("group", choices=list(GROUPS))
    parser.add_argument(
        "--build",
        default="build",
        metavar="DIR",
        help="build folder with EW_BENCH=ON (default: build)",
    )
    parser.add_argument(
        "--compiler",
        default="GNU 12. x86_64",
        help="name, version and processor (default: not checked)",
    )
    parser.add_argument(
        "--reached", action="store_true", help="ratchet: raise the limits that are not held"
    )
    options = parser.parse_args()
    try:
        check_compiler(options)
        verdicts = GROUPS[options.group](options, read_gates())
    except Skip as reason:
        print(f"skipped: {reason}")
        return count.SKIPPED
    except (count.CountError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    if verdicts:
        print(f"{'':<12} {'':<18} {'measured':>10} {'limit':>10}")
    for verdict in verdicts:
        print(verdict.line())
    return 0 if all(v.is_held for v in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
