"""Formats: what is judged here is what the library judges, and patterns that leave nothing to check."""

import glob
import json
import os
import re
import unittest

from ewgen.formats import FORMATS, SAMPLES, holds, is_proved
from ewgen.judges import JUDGES
from ewgen.keccak import keccak_256
from tests.helpers import HERE

_ROW = re.compile(r'\{&ew_format_(\w+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+), (true|false)\}')
_PART = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})|\\(.)")
_CONTROLS = {"n": "\n"}
# What needs tables of Unicode, or more of a regular expression than an automaton has, is left to the library: taken for good here.
_LEFT = frozenset("idn-email idn-hostname".split())


def samples_of_the_library():
    """(format, text, whether it is one), from the test of eventwire/format.h."""
    with open(os.path.join(HERE, "..", "..", "runtime", "test", "schema", "format_test.c"), encoding="utf-8") as stream:
        source = stream.read()
    for name, literal, verdict in _ROW.findall(source):
        text = _ESCAPE.sub(lambda e: chr(int(e[1], 16)) if e[1] else _CONTROLS.get(e[2], e[2]), "".join(_PART.findall(literal)))
        try:
            yield name.replace("_", "-"), text.encode("latin-1").decode("utf-8"), verdict == "true"
        except UnicodeDecodeError:
            continue  # no text of a document


def samples_of_the_suite(folder):
    for path in sorted(glob.glob(os.path.join(folder, "**", "draft*", "optional", "format", "*.json"), recursive=True)):
        with open(path, encoding="utf-8") as stream:
            groups = json.load(stream)
        for group in groups:
            name = group["schema"].get("format") if isinstance(group["schema"], dict) else None
            for case in group["tests"]:
                if name in FORMATS and isinstance(case["data"], str):
                    yield name, case["data"], case["valid"]


class FormatsTest(unittest.TestCase):
    def judge(self, cases):
        count = 0
        for name, text, verdict in cases:
            count += 1
            if verdict or name not in _LEFT and not (name == "hostname" and "xn--" in text.lower()) and name != "regex":
                self.assertEqual(holds(name, text), verdict, (name, text))
        return count

    def test_as_the_library_judges(self):
        self.assertGreater(self.judge(samples_of_the_library()), 150)

    @unittest.skipUnless("EW_SUITE_DIR" in os.environ, "EW_SUITE_DIR does not say where JSON-Schema-Test-Suite is")
    def test_as_the_suite_judges(self):
        self.assertGreater(self.judge(samples_of_the_suite(os.environ["EW_SUITE_DIR"])), 500)

    def test_each_has_a_text(self):
        self.assertLessEqual(set(JUDGES), FORMATS)
        for name, text in SAMPLES.items():
            self.assertTrue(holds(name, text), name)

    def test_values_of_other_types_are_of_any_format(self):
        for value in (None, True, 3, 1.5, [], {}):
            self.assertTrue(holds("date", value))
        self.assertTrue(holds("int32", -(2**31)))
        self.assertFalse(holds("int32", 2**31))
        self.assertTrue(holds("int64", 2**31))
        self.assertTrue(holds("int32", True))

    def test_regular_expressions_beyond_automata_are_left_to_the_library(self):
        for text, verdict in (("(?=a)", True), ("(a)\\1", True), ("a{100000}", True), ("(", False), ("[b-a]", False)):
            self.assertEqual(holds("regex", text), verdict, text)

    def test_keccak(self):
        self.assertEqual(keccak_256(b"").hex(), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")
        self.assertEqual(keccak_256(b"abc").hex(), "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")

    def test_a_pattern_may_leave_nothing_to_check(self):
        uuid = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
        for name, pattern, proved in (
            ("uuid", uuid, True),
            ("uuid", uuid[:-1], False),
            ("uuid", None, False),
            ("date", uuid, False),
            ("hex-quantity", "^0x(0|[1-9a-f][0-9a-f]{0,63})$", True),
            ("hex-quantity", "^0x[0-9a-f]+$", False),
            ("uint256", "^(0|[1-9][0-9]{0,76})$", True),
            ("uint256", "^(0|[1-9][0-9]{0,77})$", False),
            ("eth-address", "^0x[0-9a-f]{40}$", True),
            ("eth-address", "^0x[0-9a-fA-F]{40}$", False),
            ("byte", "^([A-Za-z0-9+/]{4})+$", True),
        ):
            self.assertEqual(is_proved(name, pattern), proved, (name, pattern))


if __name__ == "__main__":
    unittest.main()
