#!/usr/bin/env python3
"""The whole benchmark: makes the corpora, lets all contestants agree, counts, times, and prints a
table per corpus.

Figures go to standard output, progress to standard error.
"""

import argparse
import json
import os
import platform
import subprocess
import sys

import ablation
import corpus
import count
import gates
import report

CONTESTANTS = ("eventwire", "simdjson", "rapidjson", "cjson", "json-c", "jansson")
# simdjson 3.0 does not write; Jansson writes no free-form value from its text.
WRITERS = ("eventwire", "rapidjson", "cjson", "json-c", "jansson")
# Ways of eventwire's own and of simdjson that are shown beside the contest.
ASIDE = {
    "decode": ("simdjson-skip", "eventwire-unpadded", "eventwire-table"),
    "encode": (),
    "encode-clean": (),
}
OPERATIONS = ("decode", "encode", "encode-clean")
ENCODED = ("kaleido", "firefly", "baas_block")
TIMED_BYTES = 2000000
QUICK_BYTES = 300000
# An odd number: the median is the ratio of one of them.
ROUNDS = "21"


def progress(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


class Run:
    """One run; result is what goes into the JSON file."""

    def __init__(self, options):
        self.options = options
        self.timed = os.path.join(options.build, "bench", "corpora")
        self.counted = os.path.join(options.build, "bench", "counted")
        self.result = {
            "machine": machine(),
            "corpora": {},
            "decode": {},
            "encode": {},
            "encode-clean": {},
        }

    def program(self, name="bench"):
        return os.path.join(self.options.build, "bench", name)

    def corpora_for(self, operation):
        return list(corpus.CORPORA) if operation == "decode" else list(ENCODED)

    def contestants_for(self, operation):
        return {"decode": CONTESTANTS, "encode": WRITERS, "encode-clean": ("eventwire",)}[operation]

    def cell(self, operation, name, peer):
        return self.result[operation].setdefault(name, {}).setdefault(peer, {})

    def bench(self, mode, names, *arguments, program="bench", folder=None):
        command = [
            self.program(program),
            mode,
            "--corpora",
            folder or self.timed,
            *arguments,
            *names,
        ]
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        return [line.split("\t") for line in out.splitlines()]

    def make(self):
        size = QUICK_BYTES if self.options.quick else TIMED_BYTES
        progress(f"making corpora of {size} bytes")
        count.make_corpora(self.timed, size)
        count.make_corpora(self.counted)

    def verify(self):
        progress("comparing what the contestants decode and encode")
        peers = ",".join(CONTESTANTS + ASIDE["decode"])
        for name, messages, size, _ in self.bench("verify", corpus.CORPORA, "--peers", peers):
            facts = {"messages": int(messages.split()[0]), "bytes": int(size.split()[0])}
            self.result["corpora"][name] = facts

    def count(self, operation):
        for peer in self.contestants_for(operation) + ASIDE[operation]:
            progress(f"counting instructions: {operation}, {peer}")
            self.count_one(operation, peer, "bench", peer)
        if self.has_avx2():
            self.count_one(operation, "eventwire", "bench_avx2", "eventwire-avx2")

    def count_one(self, operation, peer, program, label):
        names = self.corpora_for(operation)
        for c in count.count(self.program(program), self.counted, names, peer, operation):
            cell = self.cell(operation, c.corpus, label)
            cell["instructions_per_byte"] = round(c.per_byte, 4)
            cell["instructions_per_message"] = round(c.per_message, 1)

    def has_avx2(self):
        return os.path.exists(self.program("bench_avx2"))

    def time(self, operation):
        peers = self.contestants_for(operation) + (() if self.options.quick else ASIDE[operation])
        for name in self.corpora_for(operation):
            progress(f"timing: {operation}, {name}")
            rows = self.bench(
                "time", [name], "--op", operation, "--rounds", ROUNDS, "--peers", ",".join(peers)
            )
            for _, peer, _, speed, ratio in rows:
                self.cell(operation, name, peer).update(
                    mb_per_second=float(speed), time_ratio=float(ratio)
                )
            if self.has_avx2():
                self.time_avx2(operation, name)

    # Two builds cannot be in one program: the AVX2 one is compared by way of simdjson or RapidJSON.
    def time_avx2(self, operation, name):
        yardstick = "simdjson" if operation == "decode" else "rapidjson"
        peers = "eventwire," + yardstick
        rows = self.bench(
            "time",
            [name],
            "--op",
            operation,
            "--rounds",
            ROUNDS,
            "--peers",
            peers,
            program="bench_avx2",
        )
        speeds = {peer: (float(speed), float(ratio)) for _, peer, _, speed, ratio in rows}
        ours = self.cell(operation, name, "eventwire-avx2")
        ours["mb_per_second"] = speeds["eventwire"][0]
        if yardstick in self.result[operation][name]:
            there = self.cell(operation, name, yardstick)["time_ratio"]
            ours["time_ratio"] = round(there / speeds[yardstick][1], 3)

    def memory(self, operation):
        progress(f"counting heap calls: {operation}")
        peers = ",".join(self.contestants_for(operation))
        for row in self.bench(
            "memory",
            self.corpora_for(operation),
            "--op",
            operation,
            "--peers",
            peers,
            folder=self.counted,
        ):
            cell = self.cell(operation, row[0], row[1])
            cell["heap_calls_per_message"] = float(row[3])
            if len(row) > 4:
                cell["arena_per_byte"] = float(row[4])

    def validation(self):
        """Instructions of decoding with the rules of the schemas, per instruction without."""
        progress("counting instructions: decode, eventwire without rules")
        for c in count.count(self.program("bench_bare"), self.counted, list(corpus.CORPORA)):
            ours = self.cell("decode", c.corpus, "eventwire")["instructions_per_byte"]
            self.result["corpora"][c.corpus]["validation"] = round(ours / c.per_byte, 4)

    def sizes(self):
        folder = os.path.join(self.options.build, "bench", "objects")
        self.result["kilobytes"] = {
            name: round(gates.size_of(os.path.join(folder, name)) / 1024, 1)
            for name in sorted(os.listdir(folder))
        }

    def all(self):
        self.make()
        self.verify()
        for operation in OPERATIONS:
            self.count(operation)
        for operation in OPERATIONS:
            self.time(operation)
            self.memory(operation)
        self.validation()
        self.sizes()
        return self.result


def machine():
    """What the times depend on; nothing that tells machines of one kind apart."""
    facts = {"processor": platform.processor() or platform.machine(), "system": platform.system()}
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:
            names = [
                line.split(":", 1)[1].strip() for line in stream if line.startswith("model name")
            ]
        facts["processor"] = names[0] if names else facts["processor"]
        with open("/etc/os-release", encoding="utf-8") as stream:
            rows = dict(line.rstrip().split("=", 1) for line in stream if "=" in line)
        facts["system"] = rows.get("PRETTY_NAME", facts["system"]).strip('"')
    except OSError:
        pass
    return facts


def write_docs(result, options):
    """The tables, the plot, and what each technique buys."""
    docs = os.path.join(gates.HERE, os.pardir, "docs")
    report.write_docs(result, docs)
    folder = os.path.join(os.path.abspath(options.build), "ablation")
    found = ablation.measure(folder, os.path.join(options.build, "bench", "counted"), progress)
    report.put_between(os.path.join(docs, "codec.md"), "ablation", ablation.table(found))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--build",
        default="build",
        metavar="DIR",
        help="build folder with EW_BENCH=ON (default: build)",
    )
    parser.add_argument(
        "--quick", action="store_true", help="smaller corpora, fewer contestants to time"
    )
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    parser.add_argument(
        "--docs", action="store_true", help="write the tables and the plot into docs/"
    )
    options = parser.parse_args()
    if options.quick and options.docs:
        parser.error("--docs wants a whole run, not --quick")
    try:
        result = Run(options).all()
        print(report.plain(result), end="")
        if options.json is not None:
            with open(options.json, "w", encoding="utf-8") as stream:
                json.dump(result, stream, indent=1)
                stream.write("\n")
        if options.docs:
            write_docs(result, options)
    except (subprocess.CalledProcessError, count.CountError, ablation.AblationError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
