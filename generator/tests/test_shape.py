"""Shapes: found where there is one, and accepting exactly what the pattern does."""

import dataclasses
import glob
import itertools
import os
import random
import unittest

import yaml

from ewgen import model
from ewgen.regex import compile_pattern
from ewgen.shape import BASE64, Gap, gaps_of, reader_of, segments_of, shape_of, usual_run

UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
TIME = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
SCHEMAS = os.path.join(os.path.dirname(__file__), "..", "..", "schema")


def patterns_of(value):
    if isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from patterns_of(item)


def all_patterns():
    found = set()
    for path in glob.glob(os.path.join(SCHEMAS, "*", "*api.yaml")):
        with open(path, encoding="utf-8") as file:
            found.update(patterns_of(yaml.safe_load(file)))
    return sorted(found)


class Shapes(unittest.TestCase):
    def kind(self, pattern):
        shape = shape_of(pattern)
        return shape and (shape.kind, shape.head, shape.low, shape.high)

    def test_a_brief_row_is_longer_than_a_block_and_has_more_behind_it(self):
        for pattern, brief in (("^[0-9]{17}(a|bc)$", True), ("^[0-9]{32}(a|bc)$", True), ("^[0-9]{16}(a|bc)$", False),
                               ("^[0-9]{33}(a|bc)$", False), ("^[0-9A-F]{17}(a|bc)$", False), ("^([0-9]-){9}$", False)):
            self.assertEqual(shape_of(pattern).is_brief_row, brief, pattern)

    def test_literal_bytes_and_a_run_of_one_set(self):
        self.assertEqual(self.kind("^0x[0-9a-fA-F]{40}$"), ("run", b"0x", 42, 42))
        self.assertEqual(self.kind("^[0-9a-f]{64}$"), ("run", b"", 64, 64))
        self.assertEqual(self.kind("^0x[0-9a-f]*$"), ("run", b"0x", 2, None))
        self.assertEqual(self.kind("^[0-9]+$"), ("run", b"", 1, None))
        self.assertEqual(self.kind("^[a-z]{2,5}$"), ("run", b"", 2, 5))
        self.assertEqual(self.kind("^Fabric$"), ("run", b"Fabri", 6, 6))

    def test_readers_of_runs_load_no_byte_beside_them(self):
        readers = {15: "text", 16: "brief_run", 31: "brief_run", 32: "run", 64: "run", 65: "text"}
        for count, reader in readers.items():
            self.assertEqual(reader_of(model.String(None, "id", False, pattern=f"^s[0-9a-f]{{{count}}}$")), reader)

    def test_numbers_without_leading_zeros(self):
        self.assertEqual(self.kind("^(0|[1-9][0-9]{0,77})$"), ("number", b"", 1, 78))
        self.assertEqual(self.kind("^0x(0|[1-9a-f][0-9a-f]{0,63})$"), ("number", b"0x", 3, 66))
        self.assertEqual(self.kind("^(0|[1-9][0-9]*)$"), ("number", b"", 1, None))

    def test_rows_that_fill_a_block(self):
        self.assertEqual(self.kind(UUID), ("row", b"", 36, 36))
        self.assertEqual(self.kind("^sb-" + UUID[1:]), ("row", b"", 39, 39))
        self.assertEqual(self.kind(TIME + "Z$"), ("row", b"", 20, 20))
        self.assertIsNone(self.kind("^[0-9]{2}:[0-9]{2}:[0-9]{2}$"))

    def test_a_row_with_something_behind_it(self):
        shape = shape_of(TIME + r"(\.[0-9]{1,9})?Z$")
        self.assertEqual((shape.kind, shape.low), ("row", 19))
        self.assertEqual(shape.rest, compile_pattern(r"^(\.[0-9]{1,9})?Z$"))

    def test_times_with_a_fraction_as_go_writes_it(self):
        shape = shape_of(TIME + r"(\.[0-9]{0,8}[1-9])?Z$")
        self.assertEqual((shape.kind, shape.low, shape.high, shape.row), ("time", 20, 30, 19))
        for text, holds in (("Z", True), (".1Z", True), (".10Z", False), (".123456789Z", True), (".1234567891Z", False)):
            self.assertEqual(shape.matches(b"2023-01-31T23:59:59" + text.encode()), holds)

    def test_times_with_a_row_of_two_blocks_have_a_reader(self):
        for count, reader in {16: "text", 17: "time", 32: "time", 33: "text"}.items():
            pattern = f"^[0-9]{{{count}}}" + r"(\.[0-9]{0,8}[1-9])?Z$"
            self.assertEqual(shape_of(pattern).kind, "time")
            self.assertEqual(reader_of(model.String(None, "at", False, pattern=pattern)), reader)

    def test_base64(self):
        self.assertEqual(self.kind(BASE64), ("base64", b"", 0, None))
        self.assertEqual(self.kind("^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{3}=|[A-Za-z0-9+/][A-Za-z0-9+/]==)?$")[0], "base64")

    def test_segments_with_a_byte_before_each(self):
        for pattern, before in {
            "^(/[^/]+)+$": "/",
            "^(:[^:]+){1,}$": ":",
            "^/[^/]+(/[^/]+)*$": "/",
            "^(/[^/]*)+$": None,
            "^(/[^/]+)*$": None,
            "^(/[a-z]+)+$": None,
            "^[^/]+(/[^/]+)*$": None,
            "^(/[^/]+){1,5}$": None,
            '^("[^"]+)+$': None,
            "^(é[^é]+)+$": None,
            "^$": None,
            "[]": None,
        }.items():
            self.assertEqual(segments_of(compile_pattern(pattern)), before and ord(before), pattern)

    def usual(self, pattern, *texts):
        run = usual_run(compile_pattern(pattern), texts)
        return run and (run.kind, run.head, run.low, run.high)

    def test_the_run_that_most_texts_of_a_pattern_are(self):
        pattern = "^(0x(0|[1-9a-f][0-9a-f]{0,15})|0|[1-9][0-9]{0,19})$"
        self.assertEqual(self.usual(pattern, "0x0", "0x1a", "26"), ("number", b"0x", 3, 18))
        self.assertEqual(self.usual(pattern, "26", "27", "0x1"), ("run", b"2", 1, 20))
        self.assertEqual(self.usual("^(latest|id-[0-9]+)$", "id-1", "id-20"), ("run", b"id-", 4, None))

    def test_texts_of_which_no_run_is_the_usual_one(self):
        pattern = "^(0x[0-9a-f]{1,16}|[0-9]{1,20})$"
        self.assertIsNone(self.usual(pattern))
        self.assertIsNone(self.usual(pattern, "0x1", "26"))
        self.assertIsNone(self.usual("^(a|b)[0-9]{4}$", "a1234"))  # one length: there is another reader for it
        self.assertIsNone(self.usual("^(a|b)[0-9a-fA-F]{1,4}$", "a1f"))  # three gaps
        self.assertIsNone(self.usual("^(tx-[0-9]{1,4}-[0-9]|all)$", "tx-1-2"))
        self.assertIsNone(self.usual(pattern, "é", "no text of it"))

    def test_a_usual_run_has_no_text_that_its_pattern_has_not(self):
        random.seed(11)
        pattern = "^(0x(0|[1-9a-f][0-9a-f]{0,3})|0|[1-9][0-9]{0,4})$"
        dfa, run = compile_pattern(pattern), usual_run(compile_pattern(pattern), ["0x1"])
        for length in range(8):
            for _ in range(300):
                text = ("0x" + "".join(random.choice("0x19afg") for _ in range(length)))[: random.randrange(9)]
                self.assertTrue(dfa.matches(text) or not run.matches(text.encode()), text)

    def test_patterns_that_have_none(self):
        for pattern in (
            "^[0-9a-f]{8}(-[0-9a-f]{4})?$",  # gaps between the lengths
            "^(0x)?[0-9a-f]{40}$",
            "^[a-z][a-z0-9.-]*$",  # a first place of its own
            "^(a|bc)+$",
            "^([0-9]{4})*$",
            "^x[^/]+$",  # more than bytes
            "0x",
        ):
            self.assertIsNone(self.kind(pattern), pattern)

    def test_gaps_go_round(self):
        self.assertEqual(gaps_of(frozenset(b"05")), (Gap(0x31, 4), Gap(0x36, 250)))
        self.assertEqual(gaps_of(frozenset(range(256))), (Gap(0, 0),))
        self.assertFalse(Gap(0x36, 250).has(0x30))
        self.assertTrue(Gap(0x36, 250).has(0x2F))


class Exactness(unittest.TestCase):
    def test_every_shape_of_the_documents_proves_its_pattern(self):
        kinds = set()
        for pattern in all_patterns():
            shape = shape_of(pattern)
            if shape is not None:
                self.assertTrue(shape.proves(compile_pattern(pattern)), pattern)
                kinds.add(shape.kind)
        self.assertEqual(kinds, {"run", "number", "row", "time", "base64"})

    def test_a_shape_proves_no_other_pattern(self):
        shapes = [(p, shape_of(p)) for p in all_patterns() if shape_of(p) is not None]
        for (pattern, shape), (other, _) in itertools.permutations(shapes, 2):
            self.assertFalse(shape.proves(compile_pattern(other)), (pattern, other))

    def test_what_is_changed_proves_nothing(self):
        dfa = compile_pattern("^0x[0-9a-f]{4,8}$")
        shape = shape_of("^0x[0-9a-f]{4,8}$")
        self.assertTrue(shape.proves(dfa))
        for change in ({"low": 7}, {"high": 11}, {"high": None}, {"kind": "number"}, {"head": b"0y"}):
            self.assertFalse(dataclasses.replace(shape, **change).proves(dfa), change)

    def test_shapes_and_automata_agree_on_short_texts_and_mutations(self):
        random.seed(7)
        for pattern in all_patterns():
            shape, dfa = shape_of(pattern), compile_pattern(pattern)
            if shape is None:
                continue
            for length in range(4):
                for text in itertools.product("0a/:gx-", repeat=length):
                    self.agree(shape, dfa, "".join(text))
            sample = dfa.shortest()
            for _ in range(200):
                at = random.randrange(len(sample) + 1)
                self.agree(shape, dfa, sample[:at] + random.choice("09afgxAFZ:/-. T") + sample[at + random.randrange(2) :])

    def agree(self, shape, dfa, text):
        self.assertEqual(shape.matches(text.encode()), dfa.matches(text), text)


if __name__ == "__main__":
    unittest.main()
