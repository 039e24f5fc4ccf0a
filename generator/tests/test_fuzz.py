"""The fuzz target of a document whose channels have no union of all messages."""

import unittest

from tests.programs import Built
from tests.test_cli import run

DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Test, version: 1.0.0}
channels:
  one: {address: /1, messages: {a: {payload: {$ref: '#/components/schemas/A'}}, b: {payload: {$ref: '#/components/schemas/B'}}}}
  two: {address: /2, messages: {c: {payload: {$ref: '#/components/schemas/C'}}}}
operations:
  up: {action: receive, channel: {$ref: '#/channels/one'}}
  too: {action: receive, channel: {$ref: '#/channels/two'}}
components:
  schemas:
    A: {type: object, required: [t], properties: {t: {const: a}}}
    B: {type: object, required: [t], properties: {t: {const: b}, n: {type: integer}}}
    C: {type: object, properties: {t: {type: string}}}
"""

MAIN = """\
#include "out/fuzz/test_fuzz.c"
int main(void) {
  const char *const texts[] = {"{\\"t\\":\\"a\\"}", "{\\"t\\":\\"b\\",\\"n\\":1}", "{\\"t\\":\\"c\\"}", "{}", "", "[", "{\\"t\\":1}"};
  LLVMFuzzerInitialize(NULL, NULL);
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    LLVMFuzzerTestOneInput((const uint8_t *)texts[i], strlen(texts[i]));
    for (size_t k = 0; types[k] != NULL; k++) {
      printf("%s ", ew_err_name(ew_type_validate(types[k], ew_str_of(texts[i]), NULL, NULL)));
    }
    printf("%d\\n", b.type == types[1]);
  }
  return 0;
}
"""


class FuzzTest(Built):
    def test_every_channel_is_read(self):
        document = self.write("a.yaml", DOCUMENT)
        status, _, notes = run("gen", document, "--prefix", "test", "--base", self.folder, "--out", self.folder + "/out")
        self.assertEqual((status, notes.count("no union of what a client sends in all channels")), (0, 1))
        lines = self.run_c(self.write("main.c", MAIN)).splitlines()
        self.assertEqual([line.split()[:2] for line in lines[:4]], [["EW_OK", "EW_OK"]] * 2 + [["EW_ERR_UNION", "EW_OK"]] * 2)
        self.assertEqual([line.split()[2] for line in lines], ["1"] * 7)

    def test_a_direction_without_messages_is_over_at_once(self):
        document = self.write("a.yaml", DOCUMENT)
        run("gen", document, "--prefix", "test", "--base", self.folder, "--out", self.folder + "/out")
        main = self.write("main.c", "#define EW_FUZZ_DIRECTION EW_TO_CLIENT\n" + MAIN.replace("(NULL, NULL);", "(NULL, NULL);\n  abort();"))
        self.assertEqual(self.run_c(main, said="a.yaml has no messages in this direction\n"), "")


if __name__ == "__main__":
    unittest.main()
