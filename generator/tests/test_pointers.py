"""The pointer of the keyword in a diagnosis leads to a keyword of the document, however the member came where it is."""

import unittest

from ewgen.load import Library, parse_pointer
from tests.programs import Built

DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Test, version: 1.0.0}
channels:
  c: {address: /, messages: {tick: {payload: {$ref: '#/components/schemas/Tick'}}}}
operations:
  o: {action: send, channel: {$ref: '#/channels/c'}}
components:
  schemas:
    Head:
      type: object
      required: [ts]
      properties:
        ts: {type: integer, minimum: 0}
        names: {type: array, items: {type: string, minLength: 2}}
    Tick:
      allOf:
        - {$ref: '#/components/schemas/Head'}
        - type: object
          properties:
            own: {type: integer, maximum: 9}
            same: {$ref: '#/components/schemas/Plain/properties/n'}
    Plain:
      type: object
      properties:
        n: {type: integer, maximum: 5}
"""

MAIN = """\
#include <eventwire/test.h>
#include <stdio.h>

int main(void) {
  static const char *const texts[] = {
      "{\\"ts\\":-1}", "{\\"ts\\":1,\\"names\\":[\\"a\\"]}", "{\\"ts\\":1,\\"own\\":10}", "{\\"ts\\":1,\\"same\\":6}", "{\\"ts\\":true}",
  };
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    ew_diag diag = {.schema = ""};
    if (ew_test_tick_validate(ew_str_of(texts[i]), NULL, &diag) != EW_OK) {
      puts(diag.schema);
    }
  }
  return 0;
}
"""


class PointerTest(Built):
    def test_they_lead_to_keywords_of_the_document(self):
        document = self.write("test.yaml", DOCUMENT)
        self.generate(document, "--prefix", "test")
        schemas = "#/components/schemas"
        printed = self.run_c(self.write("main.c", MAIN)).splitlines()
        wanted = [
            f"{schemas}/Head/properties/ts/minimum",
            f"{schemas}/Head/properties/names/items/minLength",
            f"{schemas}/Tick/allOf/1/properties/own/maximum",
            f"{schemas}/Plain/properties/n/maximum",
            f"{schemas}/Head/properties/ts/type",
        ]
        self.assertEqual(printed, wanted)
        root = Library(self.folder).open(document)
        for pointer in printed:
            place = root
            for token in parse_pointer(pointer[1:]):
                place = Library.step(root, place, token)


if __name__ == "__main__":
    unittest.main()
