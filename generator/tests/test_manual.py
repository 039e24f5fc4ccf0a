"""The manual names all that a document can say to this generator."""

import glob
import os
import re
import unittest

from tests.programs import PROJECT, Built

DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Test, version: 1.0.0}
channels:
  c: {address: /, messages: {order: {payload: {$ref: '#/components/schemas/Order'}}}}
operations:
  o: {action: send, channel: {$ref: '#/channels/c'}}
components:
  schemas:
    Order:
      type: object
      required: [side]
      properties:
"""

MAIN = """\
#include <eventwire/test.h>
#include <stdio.h>

int main(void) {
  char memory[256];
  ew_arena arena;
  ew_test_order order;
  ew_arena_init(&arena, memory, sizeof(memory));
  if (ew_test_order_decode(EW_STR("{\\"side\\":\\"short\\"}"), &arena, NULL, &order, NULL) == EW_OK) {
    printf("%d %.*s\\n", order.side == EW_TEST_ORDER_SIDE_UNKNOWN, EW_STR_ARG(order.side_text));
  }
  return 0;
}
"""


def section(title):
    with open(os.path.join(PROJECT, "docs", "generator.md"), encoding="utf-8") as stream:
        return stream.read().partition(f"## {title}\n")[2].partition("\n## ")[0]


class KeywordTest(Built):
    def test_all_keywords_of_ours_are_listed(self):
        known = set()
        for path in glob.glob(os.path.join(PROJECT, "generator", "ewgen", "*.py")):
            with open(path, encoding="utf-8") as stream:
                known.update(re.findall(r"x-ew-[a-z]+(?:-[a-z]+)*", stream.read()))
        listed = set(re.findall(r"x-ew-[a-z]+(?:-[a-z]+)*", section("All `x-ew-` keywords")))
        self.assertEqual(listed, known)

    def test_the_open_enum_is_one(self):
        block = re.search(r"```yaml\n(.*?)```", section("All `x-ew-` keywords"), re.DOTALL).group(1)
        document = DOCUMENT + "".join(" " * 8 + line + "\n" for line in block.splitlines())
        self.generate(self.write("test.yaml", document), "--prefix", "test")
        self.assertEqual(self.run_c(self.write("main.c", MAIN)), "1 short\n")


if __name__ == "__main__":
    unittest.main()
