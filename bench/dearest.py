#!/usr/bin/env python3
"""Instructions per byte of the dearest texts, counted by callgrind.

    dearest.py DEAREST --cases FILE [--size N]    plays the cases of a file, each with its limit
    dearest.py DEAREST --search PART [--top N]    times every PARTth case, then counts the dearest

A case is a place in a message, a shape that fills it, an ending, an operation and a profile. It is
counted at two lengths: more than its limit per byte is a failure, and so is growing faster than the
text. --search writes the file that --cases reads.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

# What a filling of twice the length may cost in all: twice as much, and a bit for growing lists.
GROWTH = 2.2
SKIPPED = 77
MEASURED_WITH = ("GNU 12.", " x86_64")


def play(dearest, cases, size):
    """{case: (instructions, bytes, error)} of the cases that apply."""
    costs = {}
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", "--quiet", "--dump-line=no",
                   "--callgrind-out-file=" + os.path.join(folder, "out"),
                   dearest, "play", str(size)]
        done = subprocess.run(command, input="\n".join(cases) + "\n", text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode != 0:
            sys.exit("dearest.py: callgrind failed:\n" + done.stderr)
        for name in os.listdir(folder):
            cost = read_dump(os.path.join(folder, name))
            if cost is not None:
                costs[cost[0]] = cost[1:]
    return costs


def read_dump(path):
    label = total = None
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            found = re.match(r"desc: Trigger: Client Request: (\d+) (\S+) (.*)", line)
            label = found or label
            if line.startswith(("summary:", "totals:")):
                total = int(line.split()[1])
    if label is None or total is None:
        return None
    return label.group(3), total, int(label.group(1)), label.group(2)


def group_of(words):
    """Cases of one group cost about the same: the dearest stands for all."""
    place, shape, _, operation, profile, error = words
    return (place.split(".")[0], shape, operation, profile == "compat", error == "EW_OK")


def search(dearest, size, part):
    """The dearest case of each group by time, the dearest first."""
    done = subprocess.run([dearest, "search", str(size), str(part)], text=True, check=True,
                          stdout=subprocess.PIPE)
    best = {}
    for line in done.stdout.splitlines():
        nanoseconds, *words = line.split()
        found = (float(nanoseconds), " ".join(words[:5]))
        best[group_of(words)] = max(best.get(group_of(words), found), found)
    return [case for _, case in sorted(best.values(), reverse=True)]


def read_cases(path):
    """{case: limit} of a file with a limit and a case on each line."""
    limits = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if words and words[0] != "#":
                limits[" ".join(words[1:])] = float(words[0])
    return limits


def per_byte(cost):
    instructions, length, _ = cost
    return instructions / length


def report(limits, once, twice):
    """Prints the dearest first and returns how many exceed what they may."""
    failed = 0
    rows = sorted(((per_byte(twice[case]), case) for case in once if case in twice), reverse=True)
    for measured, case in rows:
        growth = twice[case][0] / once[case][0]
        over = limits.get(case) is not None and (measured > limits[case] or growth > GROWTH)
        failed += over
        print("%7.1f %s # x%.2f, %s%s" % (measured, case, growth, twice[case][2],
                                          ", over the limit" if over else ""))
    print("# %d cases, %d over the limit" % (len(rows), failed))
    return failed + (len(rows) < len(limits))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dearest", help="the program")
    parser.add_argument("--cases", help="file with a limit and a case on each line")
    parser.add_argument("--search", type=int, metavar="PART")
    parser.add_argument("--top", type=int, default=200)
    parser.add_argument("--size", type=int, default=32768)
    parser.add_argument("--compiler", default="GNU 12. x86_64",
                        help="name, version and processor (default: not checked)")
    args = parser.parse_args()
    if shutil.which("valgrind") is None or not all(part in args.compiler for part in MEASURED_WITH):
        print("dearest.py: the limits hold for gcc 12 on x86-64, counted by valgrind; this is "
              + args.compiler)
        sys.exit(SKIPPED)
    if args.search:
        limits = dict.fromkeys(search(args.dearest, 8192, args.search)[:args.top])
    else:
        limits = read_cases(args.cases)
    once = play(args.dearest, limits, args.size)
    twice = play(args.dearest, limits, 2 * args.size)
    sys.exit(1 if report(limits, once, twice) else 0)


if __name__ == "__main__":
    main()
