"""What the examples of a document say is likely."""

from tests.helpers import DocumentCase
from ewgen.likely import likely_members, usual_runs
from ewgen.plan import make_plan
from ewgen.render import render

HEAD = """
asyncapi: 3.0.0
info: {title: T, version: 1.0.0}
x-ew-prefix: t
channels:
  c: {address: /, messages: {m: {$ref: '#/components/messages/m'}}}
operations:
  r: {action: receive, channel: {$ref: '#/channels/c'}, messages: [{$ref: '#/channels/c/messages/m'}]}
components:
  messages:
    m:
      payload: {$ref: '#/components/schemas/M'}
      examples: [EXAMPLES]
  schemas:
    M:
      type: object
      required: [b]
      properties:
        a: {type: string}
        b: {type: string}
        c: {type: array, items: {$ref: '#/components/schemas/N'}}
        d: {anyOf: [{$ref: '#/components/schemas/N'}, {type: string}]}
    N:
      type: object
      properties: {x: {type: integer}, y: {type: integer}, z: {type: integer}}
"""


class LikelyTest(DocumentCase):
    def rows(self, *examples):
        text = HEAD.replace("EXAMPLES", ", ".join(f"{{payload: {e}}}" for e in examples))
        found = likely_members(self.protocol(text).messages)
        return {kind.stem: row for kind, row in found.items()}

    def test_the_most_frequent_members_are_expected(self):
        rows = self.rows("{b: '', d: ''}", "{b: '', d: ''}", "{a: '', b: '', c: []}")
        self.assertEqual(rows, {"m": (1, 0, 1, 4, 3, 2, 3, 4, 4, 4)})

    def test_the_first_of_equally_frequent_ones_comes_first(self):
        self.assertEqual(self.rows("{b: '', d: ''}", "{b: '', c: []}"), {"m": (1, 0, 1, 4, 2, 3, 3, 4, 4, 4)})

    def test_the_schema_says_in_which_order_members_stand(self):
        self.assertEqual(self.rows("{d: '', b: ''}"), self.rows("{b: '', d: ''}"))

    def test_members_that_come_in_order_need_no_row(self):
        self.assertEqual(self.rows("{a: '', b: '', c: []}"), {})

    def test_objects_in_arrays_and_unions_count(self):
        listed = self.rows("{a: '', b: '', c: [{z: 1}, {z: 2}, {x: 1, y: 1}]}")
        self.assertEqual(listed["n"], (2, 0, 1, 3, 2, 3, 3, 3))
        self.assertEqual(self.rows("{b: '', d: {y: 1}}")["n"], (1, 0, 1, 3, 2, 3, 3, 3))

    def test_what_most_texts_of_a_pattern_look_like(self):
        pattern = "^(0x[0-9a-f]{1,16}|none)$"
        head = HEAD.replace("b: {type: string}", f"b: {{type: string, pattern: '{pattern}'}}")
        head = head.replace("    m:\n", "    m:\n      x-ew-hot: true\n", 1)
        for examples, usual in ((("0x1a", "none", "0x2"), True), (("none",), False)):
            protocol = self.protocol(head.replace("EXAMPLES", ", ".join(f"{{payload: {{b: '{e}'}}}}" for e in examples)))
            self.assertEqual(set(usual_runs(protocol.messages)), {pattern} if usual else set())
            files = "".join(render(make_plan(protocol)).values())
            self.assertEqual("ew_read_usual_run(r, p, &ew__t_m_b_rules.string, &out->b)" in files, usual)
            self.assertEqual("EW_TABLE ew_usual_rules ew__t_m_b_rules" in files, usual)

    def test_what_is_likely_stands_behind_the_slots(self):
        text = HEAD.replace("EXAMPLES", "{payload: {b: '', d: ''}}")
        tables = next(text for name, text in render(make_plan(self.protocol(text))).items() if name.endswith("tables.c"))
        self.assertIn(".plain = EW_PLAIN_LIKELY,", tables)
        self.assertRegex(tables, r"m_slots\[14\] = \{\n  [^}]*1, 0, 1, 4, 3, 2, 3, 4, 4, 4,\n\}")
