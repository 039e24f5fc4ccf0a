"""Patterns compared: common texts, and texts that only one accepts."""

import unittest

from ewgen.automata import lengths, shortest_text
from ewgen.regex import compile_pattern


def text(wanted, unwanted=()):
    return shortest_text([compile_pattern(p) for p in wanted], [compile_pattern(p) for p in unwanted])


class AutomataTest(unittest.TestCase):
    def test_a_shortest_common_text(self):
        self.assertEqual(text(["^a+$", "^(aa)+$", "^(aaa)+$"]), "aaaaaa")
        self.assertIsNone(text(["^a+$", "^b+$"]))
        self.assertEqual(text([]), "")

    def test_inclusion(self):
        self.assertIsNone(text(["^[0-9a-f]{4}$"], ["^[0-9a-f]+$"]))
        self.assertEqual(text(["^[0-9a-f]+$"], ["^[0-9a-f]{2,4}$"]), "a")
        self.assertIsNone(text(["^(a|b)*$"], ["^[ab]*$"]))
        self.assertEqual(text(["."], ["a"]), "b")

    def test_texts_are_unicode(self):
        self.assertEqual(text(["^[\\u00e4\\u20ac]$"], ["^\\u00e4$"]), "\u20ac")

    def test_lengths_are_of_code_points(self):
        self.assertEqual(shortest_text([compile_pattern("^\\u20ac*$"), lengths(2, 3)]), "\u20ac\u20ac")
        self.assertIsNone(lengths(0, 5000))


if __name__ == "__main__":
    unittest.main()
