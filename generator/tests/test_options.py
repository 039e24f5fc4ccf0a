"""The file of options, as the manual has it."""

from tests.programs import Built


class OptionsTest(Built):
    def test_the_manual_works(self):
        self.try_manual("Documents that are not yours to change", "board")
