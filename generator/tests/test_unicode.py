"""Properties of characters, judged by the tables of the Python that runs the test."""

import unicodedata
import unittest

from tests.helpers import HERE  # noqa: F401  (puts the package on the path)
from ewgen.unicode import MAX_CODE_POINT, VERSION, complement, has_property, normalise, property_ranges
from ewgen.unicode_data import CATEGORIES, SCRIPTS

# What was assigned when the first Python that is supported was made keeps its category, all but a few.
_MOVED = 40


def members(name):
    return {code for low, high in property_ranges(name) for code in range(low, high + 1)}


class PropertyTest(unittest.TestCase):
    def test_categories_are_those_of_this_python(self):
        found = {}
        for code in range(MAX_CODE_POINT + 1):
            found.setdefault(unicodedata.category(chr(code)), set()).add(code)
        same = unicodedata.unidata_version == VERSION
        for name in found.keys() - {"Cn"}:
            other = found[name] ^ members(name) if same else found[name] - members(name)
            self.assertLessEqual(len(other), 0 if same else _MOVED, name)

    def test_runs_cover_every_code_point_once(self):
        for runs in (CATEGORIES, SCRIPTS):
            counts = [int("".join(c for c in run if c.isdigit()) or 1) for run in runs.split()]
            self.assertEqual(sum(counts), MAX_CODE_POINT + 1)

    def test_names_long_and_short_are_one(self):
        for names in (
            ("L", "Letter", "gc=L", "General_Category=Letter"),
            ("Nd", "digit", "Decimal_Number", "gc=digit"),
            ("P", "punct", "Punctuation"),
            ("sc=Grek", "Script=Greek", "sc=Greek"),
            ("Script=Zinh", "Script=Qaai", "sc=Inherited"),
            ("Alpha", "Alphabetic"),
            ("AHex", "ASCII_Hex_Digit"),
        ):
            self.assertEqual(len({property_ranges(name) for name in names}), 1, names)
            self.assertIsNotNone(property_ranges(names[0]))

    def test_groups_are_the_sum_of_their_parts(self):
        self.assertEqual(members("LC"), members("Lu") | members("Ll") | members("Lt"))
        self.assertEqual(members("L"), members("LC") | members("Lm") | members("Lo"))
        self.assertEqual(property_ranges("Assigned"), complement(property_ranges("Cn")))
        self.assertEqual(property_ranges("Any"), ((0, MAX_CODE_POINT),))

    def test_binary_properties_differ_from_categories_where_they_should(self):
        for name, inside, outside in (
            ("Alphabetic", "aªⅷⓐ日ा", "1_-\u0301"),
            ("Lowercase", "aªⅰ", "Aǅ日"),
            ("Uppercase", "AⅠⒶ", "aǅ日"),
            ("White_Space", " \t\u0085\u3000", "\u200b\ufeffa"),
            ("ID_Start", "a℘゛", "1_·"),
            ("ID_Continue", "a1_·", "-ⸯ"),
            ("Emoji", "#1😀", "a"),
            ("Hex_Digit", "0aFＦ", "gＧ"),
            ("Script=Hiragana", "あ", "ア日"),
        ):
            self.assertEqual([c for c in inside if not has_property(c, name)], [], name)
            self.assertEqual([c for c in outside if has_property(c, name)], [], name)

    def test_unknown_names_and_other_spellings_are_none(self):
        for name in ("", "letter", "lu", "Lu=", "gc=", "Script=greek", "Greek", "sc=", "Is_L", "Script_Extensions=Grek", "L&"):
            self.assertIsNone(property_ranges(name), name)

    def test_ranges_join_where_they_touch(self):
        self.assertEqual(normalise([(5, 6), (1, 2), (3, 3), (6, 9)]), ((1, 3), (5, 9)))
        self.assertEqual(complement([(0, 9), (11, MAX_CODE_POINT)]), ((10, 10),))


if __name__ == "__main__":
    unittest.main()
