"""Patterns as automata, judged by Python's own engine."""

import itertools
import random
import re
import unittest

from tests.helpers import HERE  # noqa: F401  (puts the package on the path)
from ewgen.regex import MAX_STATES, PatternError, agree, among_utf8, compile_pattern, dense, minimal, utf8_sequences

PATTERNS = (
    r"^s[0-9a-f]{24}$",
    r"^(/[^/]+)+$",
    r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    r"^(0|[1-9][0-9]{0,77})$",
    r"^FF[0-9]{5}: ",
    r"^[^.]+\..+$",
    r"^[A-Za-z0-9._~-]{1,256}$",
    r"^Fabric$",
    r"^([0-9]+|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$",
    r"a|^b$",
    r"b+",
    r"^a.c$",
    r"\d{2,}",
    r"^\w+\s\S*$",
    r"^[^a-y]$",
    r"^(?:ab|a)*?c?$",
    r"^[\d\-x]+$",
    r"^(a|b|)c$",
    r"x$",
    r"^",
    r"$",
    r"",
    r"^[\]\\]$",
    r"^\x41\u0042\t$",
    r"^(?<year>[0-9]{4})-[0-9]{2}$",
    r"^[ä-ü日😀]+$",
    r"^(ab{0,2}){2,3}$",
    r"^[^\s]{1,3}$",
    r"^.{2}$",
    r"^\{a\}$",
    r"[^a]",
)

ALPHABET = "ab/c.0 9sxyzABF:=+\t\n-_{}\\]µμäöü日😀é\u2028\u00a0" + "f" * 4 + "0" * 4


def by_python(pattern):
    """The same language for Python: $ without the line end before it, \\d and \\w for ASCII, the dot of ECMA-262."""
    text = pattern.replace("(?<", "(?P<").replace("$", r"\Z").replace("[\\d", "[0-9").replace("\\d", "[0-9]")
    text = text.replace("\\w", "[A-Za-z0-9_]")
    text = re.sub(r"(?<![\\\[^])\.(?![^\[]*\])", lambda m: "[^\\n\\r\u2028\u2029]", text)
    return re.compile(text)


def texts(pattern, random_source):
    """Random texts, and mutations of an accepted one."""
    for _ in range(150):
        yield "".join(random_source.choice(ALPHABET) for _ in range(random_source.randrange(8)))
    found = compile_pattern(pattern).shortest()
    for _ in range(150):
        chars = list(found or "")
        if chars and random_source.random() < 0.8:
            chars[random_source.randrange(len(chars))] = random_source.choice(ALPHABET)
        if random_source.random() < 0.5:
            chars.insert(random_source.randrange(len(chars) + 1), random_source.choice(ALPHABET))
        yield "".join(chars)


class MatchTest(unittest.TestCase):
    def test_agrees_with_python_on_random_texts(self):
        source = random.Random(7)
        accepted = refused = 0
        for pattern in PATTERNS:
            dfa, oracle = compile_pattern(pattern), by_python(pattern)
            for text in texts(pattern, source):
                wanted = oracle.search(text) is not None
                self.assertEqual(dfa.matches(text), wanted, (pattern, text))
                accepted, refused = accepted + wanted, refused + (not wanted)
        self.assertGreater(accepted, 1000)
        self.assertGreater(refused, 1000)

    def test_space_is_that_of_ecma(self):
        dfa = compile_pattern(r"^\s$")
        for char in "\t\n\v\f\r \u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000\ufeff":
            self.assertTrue(dfa.matches(char), repr(char))
        for char in "\u001f\u0085\u200ba":
            self.assertFalse(dfa.matches(char), repr(char))

    def test_every_code_point_of_a_class_boundary(self):
        dfa = compile_pattern("^[\u07fe-\u0801\uffff-\U00010001]$")
        for code in (0x7FD, 0x7FE, 0x7FF, 0x800, 0x801, 0x802, 0xFFFE, 0xFFFF, 0x10000, 0x10001, 0x10002):
            wanted = 0x7FE <= code <= 0x801 or 0xFFFF <= code <= 0x10001
            self.assertEqual(dfa.matches(chr(code)), wanted, hex(code))

    def test_assertions_hold_anywhere_in_a_pattern(self):
        for pattern, accepted, refused in (
            ("(^a|b$)", ("a", "ac", "b", "cb"), ("", "ca", "bc")),
            ("^^a", ("a", "ab"), ("", "ba")),
            ("(?:^|,)x(?:,|$)", ("x", "a,x", "x,a", "a,x,b"), ("xa", "ax", "a,xb")),
            ("($^)|aa", ("", "aab"), ("a",)),
            ("^(^a$)*$", ("", "a"), ("aa", "b")),
            (r"\bab\b", ("ab", "-ab-", "éabé", "ab ab"), ("", "aba", "aab", "_ab", "ab1")),
            (r"\Bab|ab\B", ("aab", "aba", "éab" + "b"), ("ab", "éab", "ab-")),
            (r"^\B$", ("",), ("a", "-")),
            (r"^\w+\b.\b\w+$", ("a-b", "ab日c"), ("abc", "a--b", "a-")),
        ):
            dfa = compile_pattern(pattern)
            for text in accepted:
                self.assertTrue(dfa.matches(text), (pattern, text))
            for text in refused:
                self.assertFalse(dfa.matches(text), (pattern, text))

    def test_escapes_are_those_of_ecma(self):
        for pattern, text in (
            (r"^\cC$", "\x03"),
            (r"^\cc$", "\x03"),
            (r"^[\cJ-\cM]$", "\x0b"),
            (r"^\0$", "\x00"),
            (r"^[\b]$", "\x08"),
            (r"^[\-]\/$", "-/"),
            (r"^\u{000001F600}$", "😀"),
            (r"^\ud83d\ude00$", "😀"),
            (r"^[^\ud83d]$", "😀"),
            (r"^(?<n\u0061me$_>x)$", "x"),
            (r"^(?:(?<a>x)|(?<a>y))$", "y"),
            (r"^\p{Lu}\P{Lu}\p{Letter}\p{gc=Nd}\p{General_Category=Decimal_Number}$", "Éé日1٣"),
            (r"^\p{digit}+$", "42৪২"),
            (r"^[\p{sc=Greek}\p{Script=Latn}_]+$", "αa_"),
            (r"^[^\P{Alphabetic}a]$", "ⓐ"),
            (r"^\p{Any}\p{ASCII}\p{Assigned}$", "😀aé"),
        ):
            self.assertTrue(compile_pattern(pattern).matches(text), pattern)

    def test_a_pattern_that_nothing_matches_is_one(self):
        for pattern in ("a$b", "a^", "[]", r"\ud800", r"a\bb"):
            dfa = compile_pattern(pattern)
            self.assertTrue(dfa.is_empty, pattern)
            self.assertEqual(dfa.rows, ((0,), (0,)))
            self.assertFalse(dense(dfa).accepts(b"a"))
            self.assertFalse(dense(dfa).accepts(b""))
        self.assertFalse(compile_pattern("$^").is_empty)

    def test_shortest_text_is_accepted_and_long_enough(self):
        dfa = compile_pattern("^(ab|c)+$")
        self.assertEqual(dfa.shortest(), "c")
        self.assertEqual(len(dfa.shortest(5)), 5)
        self.assertTrue(dfa.matches(dfa.shortest(5)))
        self.assertIsNone(compile_pattern("^ab$").shortest(3))


class PlainTest(unittest.TestCase):
    def test_plain_patterns_let_nothing_through_that_is_escaped(self):
        for pattern in ("^s[0-9a-f]{24}$", r"^(0|[1-9][0-9]{0,77})$", r"^\d+(\.[0-9]{0,8}[1-9])?Z$", "^$", "^a/b'c=%d$"):
            self.assertTrue(compile_pattern(pattern).is_plain(), pattern)

    def test_one_byte_that_is_escaped_is_enough(self):
        for pattern in ("[0-9]", "^.$", "^a<?$", "^>$", "^&$", "^\"$", r"^\\$", r"^\t?$", "^\u00e9?$", r"^[^a]$", r"^\x1f$"):
            self.assertFalse(compile_pattern(pattern).is_plain(), pattern)


class TableTest(unittest.TestCase):
    def test_state_0_refuses_for_ever_and_state_1_starts(self):
        for pattern in PATTERNS:
            dfa = compile_pattern(pattern)
            self.assertEqual(set(dfa.rows[0]), {0}, pattern)
            self.assertFalse(dfa.accept[0], pattern)
            self.assertEqual(dfa.accept[1], by_python(pattern).search("") is not None, pattern)

    def test_tables_are_minimal(self):
        self.assertEqual(len(compile_pattern("^s[0-9a-f]{24}$").rows), 27)
        self.assertEqual(len(compile_pattern("^(a|b|c|[abc])$").rows), 3)
        self.assertEqual(compile_pattern("^(ab|ab|a[b])$"), compile_pattern("^ab$"))

    def test_bytes_outside_utf_8_refuse(self):
        dfa = compile_pattern("^.*$")
        for byte in (0x80, 0xBF, 0xC0, 0xC1, 0xF5, 0xFF):
            self.assertEqual(dfa.rows[1][dfa.classes[byte]], 0, hex(byte))

    def test_sequences_cover_each_code_point_once(self):
        found = utf8_sequences(0, 0x10FFFF)
        for code in (0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF):
            data = chr(code).encode("utf-8")
            fits = [s for s in found if len(s) == len(data) and all(l <= b <= h for (l, h), b in zip(s, data))]
            self.assertEqual(len(fits), 1, hex(code))


class RefusalTest(unittest.TestCase):
    def test_what_is_not_supported_or_malformed(self):
        for pattern, part in (
            ("(?=a)", "look-around"),
            ("(?<!a)b", "look-around"),
            (r"(a)\1", "back-references"),
            ("(a", '"(" without'),
            ("a)", '")" without'),
            ("[a", '"[" without'),
            ("a**", "quantifier behind"),
            ("*a", "nothing before"),
            ("a{2,1}", "wrong way"),
            ("[b-a]", "wrong way"),
            ("^*", "nothing before"),
            (r"\b+", "nothing before"),
            (r"\q", "unknown escape"),
            (r"\-", 'write "-"'),
            (r"\_", 'write "_"'),
            (r"[\c]", 'behind "\\c"'),
            (r"\c1", 'behind "\\c"'),
            (r"\01", "unknown escape"),
            (r"[\1]", "unknown escape"),
            (r"[\B]", "unknown escape"),
            ("a\\", "nothing behind"),
            ("a]", '"]" without'),
            ("a}", '"}" without'),
            ("{1}", "nothing before"),
            ("a{", "number in a quantifier"),
            ("a{,2}", "number in a quantifier"),
            ("a{5000}", "above"),
            ("a{" + "9" * 5000 + "}", "above"),
            (r"\u12", "hexadecimal"),
            (r"\u{}", "hexadecimal"),
            (r"\u{110000}", "beyond"),
            (r"[\d-z]", "between sets"),
            (r"[\p{Lu}-z]", "between sets"),
            (r"\p{Lu", "name of a property"),
            (r"\pL", "name of a property"),
            (r"\p{letter}", "no property of Unicode"),
            (r"\p{Script=Elvish}", "no property of Unicode"),
            ("(?i)a", "unknown kind"),
            ("(?<1a>b)", "name of a group"),
            ("(?<>b)", "empty name"),
            ("(?<a", "without"),
            ("(?<a>b)(?:(?<a>c))", "second group"),
        ):
            with self.assertRaises(PatternError, msg=pattern) as caught:
                compile_pattern(pattern)
            self.assertIn(part, str(caught.exception), pattern)

    def test_too_many_states_are_refused_in_bounded_time(self):
        for pattern in (
            "^((a{500}){500}){500}$",
            f"^(a|b)*a(a|b){{{MAX_STATES.bit_length() + 2}}}$",
            r"^(\p{L}|\p{N}){3,40}x.*\p{Lu}$",
            r"^[\p{L}]{1,60}$",
            "(a{1,1000}b{1,1000}){2}",
        ):
            with self.assertRaises(PatternError) as caught:
                compile_pattern(pattern)
            self.assertIn("smaller quantifiers", str(caught.exception))


class DenseTest(unittest.TestCase):
    def agree(self, pattern, texts):
        dfa = compile_pattern(pattern)
        for table in (dense(dfa), dense(among_utf8(dfa))):
            for text in texts:
                self.assertEqual(table.accepts(text.encode()), dfa.matches(text), (pattern, text))

    def test_accepts_the_same_texts(self):
        self.agree("^(ab|ba){2,5}$", ["".join(t) for n in range(9) for t in itertools.product("abc", repeat=n)])
        self.agree("^(0|-?[1-9][0-9]{0,77})$", ["0", "-0", "-1", "", "01", "9" * 78, "9" * 79, "-" + "9" * 78])
        self.agree("^[^/]+/µ.?$", ["a/µ", "ä/µx", "/µ", "a/", "a/µ日", "a/µ日日", "a/µ😀"])

    def test_states_where_a_text_may_end_come_last(self):
        table = dense(compile_pattern("^a?b$"))
        self.assertEqual((table.rows[0], table.accept_from), ((0,) * len(table.rows[0]), len(table.rows) - 1))

    def test_states_that_plain_text_does_not_leave_come_behind_all_others(self):
        for pattern, settled in (("^[^.]+\\..+$", 1), ("^a", 1), ("^(b.*|a)$", 1), ("^[a-z]+$", 0), ("", 1)):
            table = dense(among_utf8(compile_pattern(pattern)))
            self.assertEqual(table.settled_from, len(table.rows) - 1 if settled else 0, pattern)


class AmongUtf8Test(unittest.TestCase):
    def test_where_a_text_is_decided(self):
        for pattern, wanted in (("^FF[0-9]{2}: ", 6), ("^a", 1), ("^(a|bc)", 2), ("^ab$", 3), ("b", 0), ("^a*b", 0), ("", 0)):
            self.assertEqual(dense(among_utf8(compile_pattern(pattern))).decided_in, wanted, pattern)
        self.assertEqual([dense(among_utf8(compile_pattern("^a{%d}" % n))).decided_in for n in (255, 256, 900)], [255, 0, 0])

    def test_a_character_of_a_whole_set_takes_one_state(self):
        self.assertEqual(len(among_utf8(compile_pattern("^(/[^/]+)+$")).rows), 4)
        self.assertEqual(len(among_utf8(compile_pattern("^[^.]{1,300}$")).rows), 302)

    def test_what_only_has_ascii_stays(self):
        dfa = compile_pattern("^[a-z]+$")
        self.assertIs(among_utf8(dfa), dfa)

    def test_says_the_same_of_utf8(self):
        letters = "aµéāࠀ᠀᠁日本\uffff😀\U0010ffff/"
        for pattern in (
            "^[^/]+$",
            "µ|日本|😀",
            "^.?é.?$",
            "^[\\u0800-\\u083f\\u1800-\\u183f]+/$",  # one state in two places of a character
            "^[à-ÿ]{1,2}[^é]$",
            "^\\p{Lu}|[^\\p{L}]$",
            "\\b.\\b",
        ):
            dfa = compile_pattern(pattern)
            smaller = among_utf8(dfa)
            self.assertTrue(agree(dfa, smaller), pattern)
            for length in range(4):
                for text in map("".join, itertools.product(letters, repeat=length)):
                    self.assertEqual(smaller.matches(text), dfa.matches(text), (pattern, text))

    def test_agreeing_is_no_matter_of_course(self):
        dfa = compile_pattern("^[^/]+$")
        for other in ("^[^/]*$", "^[^/é]+$", "^[^/\\u{10ffff}]+$", "^.+$"):
            self.assertFalse(agree(dfa, compile_pattern(other)), other)

    def test_what_begins_inside_of_a_character_stays(self):
        dfa = compile_pattern("^(àx|é.)$")
        rest = minimal(dfa, dfa.step(1, 0xC3))
        self.assertIs(among_utf8(rest), rest)


if __name__ == "__main__":
    unittest.main()
