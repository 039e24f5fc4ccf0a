"""Members that a schema does not name, kept."""

from tests.programs import Built


class UnknownTest(Built):
    def test_the_manual_works(self):
        self.try_manual("Members that a schema does not name", "relay")

    def test_a_struct_of_constants_keeps_too(self):
        document = """\
asyncapi: 3.0.0
info: {title: T, version: 1.0.0}
channels: {c: {address: /, messages: {m: {$ref: '#/components/messages/m'}}}}
components:
  messages: {m: {payload: {type: array, x-ew-stream: true, items: {$ref: '#/components/schemas/Only'}}}}
  schemas:
    Only: {type: object, required: [k], x-ew-keep-unknown: true, properties: {k: {const: 1}}}
"""
        self.generate(self.write("t.yaml", document), "--prefix", "t")
        program = '#include "eventwire/t.h"\nint main(void) { ew_t_only only = {{NULL, NULL}}; return only.unknown.first != NULL; }\n'
        self.assertEqual(self.run_c(self.write("main.c", program)), "")
