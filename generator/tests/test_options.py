"""The file of options, as the manual has it, and what it says of schemas that have no type in C."""

from tests.programs import Built
from tests.test_cli import run

MEMBERS = ", ".join(f"m{i}: {{type: integer, maximum: {i}}}" for i in range(70))
LARGE = f"""\
asyncapi: 3.0.0
info: {{title: Test, version: 1.0.0}}
channels:
  c: {{address: /, messages: {{order: {{payload: {{$ref: '#/components/schemas/Order'}}}}}}}}
operations:
  o: {{action: send, channel: {{$ref: '#/channels/c'}}}}
components:
  schemas:
    Order: {{type: object, required: [id], properties: {{id: {{type: integer}}, all: {{$ref: '#/components/schemas/All'}}}}}}
    All: {{type: object, properties: {{{MEMBERS}}}}}
"""

MAIN = """\
#include <eventwire/test.h>
#include <stdio.h>

int main(void) {
  static const char *const texts[] = {
      "{\\"id\\":1,\\"all\\":{\\"m9\\": 9}}", "{\\"id\\":1,\\"all\\":{\\"m69\\":70}}", "{\\"id\\":1,\\"all\\":[]}",
  };
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    char memory[1024];
    ew_arena arena;
    ew_test_order order;
    ew_diag diag;
    ew_arena_init(&arena, memory, sizeof(memory));
    if (ew_test_order_decode(ew_str_of(texts[i]), &arena, NULL, &order, &diag) == EW_OK) {
      printf("%.*s\\n", EW_STR_ARG(order.all.json));
    } else {
      printf("%s %s\\n", diag.pointer, diag.schema);
    }
  }
  return 0;
}
"""


class OptionsTest(Built):
    def test_the_manual_works(self):
        self.try_manual("Documents that are not yours to change", "board")

    def test_an_object_that_is_too_large_for_a_struct_can_keep_its_text(self):
        document = self.write("test.yaml", LARGE)
        refused = run("gen", document, "--base", self.folder, "--prefix", "test", "--out", self.folder + "/none")
        self.assertEqual(refused[0], 1)
        self.assertIn('#/components/schemas/All: 70 members; at most 64 are supported; "free" in a file of --options', refused[2])
        self.generate(document, "--prefix", "test", "--options", self.write("options.yaml", "free: [All]"))
        wanted = [
            '{"m9": 9}',
            "/all/m69 #/components/schemas/All/properties/m69/maximum",
            "/all #/components/schemas/All/type",
        ]
        self.assertEqual(self.run_c(self.write("main.c", MAIN)).splitlines(), wanted)

    def test_what_is_free_is_named(self):
        document = self.write("test.yaml", LARGE.replace(MEMBERS, "m: {type: integer}"))
        for options, said in (("free: [Al]", "#/free/0: no schema has this name or JSON Pointer"), ("free: all", "expected an array")):
            options = self.write("options.yaml", options)
            result = run("gen", document, "--base", self.folder, "--prefix", "test", "--out", self.folder + "/none", "--options", options)
            self.assertIn(said, result[2])
