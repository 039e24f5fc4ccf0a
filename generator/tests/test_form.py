"""Forms: found where there is one, and accepting exactly what the automaton does."""

import itertools
import random
import unittest

from ewgen.form import ALL_BUT, ANY_NUMBER, DIGITS, ELSE, ELSE_TEXT, END, HEX, JUMP, MAY_END, NUMBER, RUN, TEXT, Form, form_of
from ewgen.regex import among_utf8, compile_pattern
from tests.test_shape import all_patterns

EVENT_ID = "^((tx|contract)-(0|[1-9][0-9]{0,19})-[0-9a-f]{64}|block-(0|[1-9][0-9]{0,19}))$"
# Bytes of texts that are no UTF-8 are none of what a form is asked about.
LETTERS = "0a/:gx-.Tz "


def form(pattern):
    return form_of(among_utf8(compile_pattern(pattern)))


class Programs(unittest.TestCase):
    def code(self, pattern):
        return form(pattern).code

    def test_literal_bytes(self):
        self.assertEqual(self.code("^$"), (END,))
        self.assertEqual(self.code("^ab$"), (TEXT, 2, *b"ab", END))

    def test_runs_have_a_least_and_more(self):
        letters = (1, ord("a"), 25)
        self.assertEqual(self.code("^[a-z]{3}$"), (RUN, 3, 0, *letters, END))
        self.assertEqual(self.code("^[a-z]{3,5}$"), (RUN, 3, 2, *letters, END))
        self.assertEqual(self.code("^[a-z]+$"), (RUN, 1, ANY_NUMBER, *letters, END))

    def test_runs_of_digits_need_no_set(self):
        self.assertEqual(self.code("^[0-9]{3,5}$"), (DIGITS, 3, 2, END))

    def test_many_hexadecimal_digits_need_no_set(self):
        hex_set = (2, ord("0"), 9, ord("a"), 5)
        self.assertEqual(self.code("^[0-9a-f]{64}$"), (HEX, 64, END))
        self.assertEqual(self.code("^[0-9a-f]{32}$"), (HEX, 32, END))
        self.assertEqual(self.code("^[0-9a-f]{31}$"), (RUN, 31, 0, *hex_set, END))
        self.assertEqual(self.code("^[0-9a-f]{64,65}$"), (RUN, 64, 1, *hex_set, END))
        self.assertEqual(self.code("^[0-9a-f]*$"), (RUN, 0, ANY_NUMBER, *hex_set, END))
        for other in ((HEX, 63, END), (HEX, 65, END), (HEX, 64, MAY_END, HEX, 64, END)):
            self.assertFalse(Form(other).proves(compile_pattern("^[0-9a-f]{64}$")))

    def test_numbers_without_leading_zeros(self):
        self.assertEqual(self.code("^(0|[1-9][0-9]{0,19})$"), (NUMBER, 1, 19, END))
        self.assertEqual(self.code("^n(0|[1-9][0-9]*)x$"), (TEXT, 1, *b"n", NUMBER, 1, ANY_NUMBER, TEXT, 1, *b"x", END))
        for pattern in ("^(0x|[1-9][0-9]*)$", "^(0|[1-9][0-9]*)?$", "^(0|[1-9][0-9]*z)$"):
            self.assertNotEqual(self.code(pattern)[0], NUMBER, pattern)

    def test_a_set_says_what_it_has_or_what_it_has_not(self):
        self.assertEqual(self.code("^[0-9A-F]*$"), (RUN, 0, ANY_NUMBER, 2, ord("0"), 9, ord("A"), 5, END))
        self.assertEqual(self.code("^[^/]*$"), (RUN, 0, ANY_NUMBER, ALL_BUT + 1, ord("/"), 0, END))

    def test_the_next_byte_says_which_way(self):
        self.assertEqual(self.code("^(a|bc)$"), (ELSE_TEXT, 5, 1, *b"a", END, TEXT, 2, *b"bc", END))
        self.assertEqual(self.code("^(a|bc)d$"), (ELSE_TEXT, 8, 1, *b"a", TEXT, 1, *b"d", END, TEXT, 2, *b"bc", JUMP, 4))
        letters = (1, ord("a"), 1)
        other = (TEXT, 2, *b"cd", END)
        self.assertEqual(self.code("^([ab]|cd)$"), (ELSE, 12, *letters, RUN, 1, 0, *letters, END) + other)

    def test_a_text_may_end_before_more(self):
        self.assertEqual(self.code("^(ab)?$"), (MAY_END, TEXT, 2, *b"ab", END))

    def test_patterns_that_have_none(self):
        for pattern in ("^[0-9a-z]([0-9a-z-]{0,62}[0-9a-z])?$", "[]", "^a{300}b?c{300}d{600}$", r"^\p{L}$"):
            self.assertIsNone(form(pattern), pattern)


class Exactness(unittest.TestCase):
    def forms(self):
        found = [(p, form(p)) for p in all_patterns() + [EVENT_ID]]
        return [(pattern, f) for pattern, f in found if f is not None]

    def test_every_form_of_the_documents_proves_its_pattern(self):
        forms = self.forms()
        self.assertGreater(len(forms), 20)
        for pattern, f in forms:
            self.assertTrue(f.proves(among_utf8(compile_pattern(pattern))), pattern)

    def test_a_form_proves_no_other_pattern(self):
        random.seed(3)
        for (pattern, f), (other, _) in random.sample(list(itertools.permutations(self.forms(), 2)), 200):
            self.assertFalse(f.proves(among_utf8(compile_pattern(other))), (pattern, other))

    def test_what_is_changed_proves_nothing(self):
        dfa = compile_pattern("^ab[a-z]{2,4}$")
        code = form_of(dfa).code
        self.assertEqual(code, (TEXT, 2, *b"ab", RUN, 2, 2, 1, ord("a"), 25, END))
        self.assertTrue(Form(code).proves(dfa))
        for place, other in ((2, ord("x")), (5, 1), (6, 1), (6, ANY_NUMBER), (7, ALL_BUT + 1), (8, ord("b")), (9, 24)):
            self.assertFalse(Form(code[:place] + (other,) + code[place + 1 :]).proves(dfa), place)
        self.assertFalse(Form(code[:-1] + (MAY_END, TEXT, 1, ord("a"), END)).proves(dfa))
        number = compile_pattern("^(0|[1-9][0-9]{0,3}|a)$")
        code = form_of(number).code
        self.assertTrue(Form(code).proves(number))
        for other in ((NUMBER, 1, 3, END), (DIGITS, 1, 3, END)):
            self.assertFalse(Form(other).proves(number))
        for other in ((NUMBER, 1, 2, END), (DIGITS, 1, 3, END), (HEX, 32, END), (NUMBER, 1, ANY_NUMBER, END)):
            self.assertFalse(Form(other).proves(compile_pattern("^(0|[1-9][0-9]{0,3})$")))

    def test_forms_and_automata_agree_on_short_texts_and_mutations(self):
        random.seed(7)
        for pattern, f in self.forms():
            dfa = compile_pattern(pattern)
            for length in range(4):
                for text in itertools.product(LETTERS, repeat=length):
                    self.agree(f, dfa, "".join(text))
            sample = dfa.shortest()
            for _ in range(200):
                at = random.randrange(len(sample) + 1)
                self.agree(f, dfa, sample[:at] + random.choice(LETTERS + "µ日") + sample[at + random.randrange(2) :])

    def test_random_patterns(self):
        random.seed(11)
        found = 0
        for _ in range(200):
            pattern = "^" + self.random_pattern(2) + "$"
            f = form(pattern)  # which is proved
            found += f is not None
            dfa = compile_pattern(pattern)
            sample = dfa.shortest() or ""
            for text in (sample, sample[:-1], sample + "a", "b" + sample):
                if f is not None:
                    self.agree(f, dfa, text)
        self.assertGreater(found, 150)

    def random_pattern(self, depth):
        kind = random.randrange(5) if depth > 0 else 0
        if kind <= 1:
            return random.choice(["a", "bc", "[0-9a-f]", "[0-9]", "(0|[1-9][0-9]*)", "[^a]", "é", "[à-é]", "-"])
        parts = self.random_pattern(depth - 1), self.random_pattern(depth - 1)
        if kind == 2:
            return parts[0] + parts[1]
        if kind == 3:
            return f"({parts[0]}|{parts[1]})"
        return f"({parts[0]})" + random.choice(["*", "+", "?", "{2}", "{0,3}", "{17,}", "{33}"])

    def agree(self, f, dfa, text):
        self.assertEqual(f.matches(text.encode()), dfa.matches(text), text)


if __name__ == "__main__":
    unittest.main()
