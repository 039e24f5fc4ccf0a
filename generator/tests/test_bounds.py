"""ewgen explain, and the bounds it gives: that they suffice in the codec to the byte, and that what has none is named."""

import glob
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from ewgen.bounds import Bounds, Weights, longest
from ewgen.layout import lay_out
from ewgen.regex import compile_pattern

from tests.helpers import DOCUMENT, HERE, DocumentCase
from tests.test_cli import RUNTIME, run

# Every construct that has a bound; each message is read by both engines.
BOUNDED = """\
asyncapi: 3.0.0
info: {title: Bounded, version: 1.0.0}
x-ew-prefix: bounded
x-ew-escape-html: %s
channels:
  main:
    address: /
    messages:
%s
operations:
  in: {action: receive, channel: {$ref: '#/channels/main'}}
components:
  messages:
%s
  schemas:
    Text: {type: string, maxLength: 7}
    Word: {type: string, pattern: '^[a-zä€]{2,5}$'}
    Long: {type: string, pattern: '^x*$', maxLength: 9}
    Mode: {type: string, enum: [a, '<longer>']}
    Inner:
      type: object
      required: [text]
      properties: {text: {$ref: '#/components/schemas/Text'}, small: {type: integer, minimum: -9, maximum: 99}}
    Scalars:
      type: object
      required: [kind]
      properties:
        kind: {const: scalars}
        flag: {type: boolean}
        signed: {type: integer}
        unsigned: {type: integer, minimum: 0, maximum: 18446744073709551615}
        number: {type: number}
        mode: {$ref: '#/components/schemas/Mode'}
        nothing: {type: [boolean, 'null']}
        tiny: {type: [integer, 'null'], minimum: 1, maximum: 3}
    Strings:
      type: object
      required: [kind, text]
      properties:
        kind: {const: strings}
        text: {$ref: '#/components/schemas/Text'}
        word: {$ref: '#/components/schemas/Word'}
        long: {$ref: '#/components/schemas/Long'}
    Lists:
      type: object
      required: [kind]
      properties:
        kind: {const: lists}
        numbers: {type: array, items: {type: integer, minimum: 0, maximum: 9}, maxItems: 40}
        texts: {type: array, items: {$ref: '#/components/schemas/Text'}, maxItems: 40}
        inners: {type: array, items: {$ref: '#/components/schemas/Inner'}, maxItems: 9}
        lists: {type: array, maxItems: 5, items: {type: array, maxItems: 6, items: {$ref: '#/components/schemas/Text'}}}
        none: {type: array, maxItems: 0, items: {type: boolean}}
        one: {type: array, maxItems: 1, items: {$ref: '#/components/schemas/Text'}}
    Slow:
      type: object
      required: [kind]
      properties:
        kind: {const: slow}
        texts: {type: array, items: {$ref: '#/components/schemas/Text'}, maxItems: 95}
    Choices:
      type: object
      required: [kind, tag, by, held]
      properties:
        kind: {const: choices}
        tag: {type: string, enum: [Num, Text]}
        by: {}
        held: {$ref: '#/components/schemas/Inner'}
        boxed: {$ref: '#/components/schemas/Inner', x-ew-pointer: true}
        union: {oneOf: [{$ref: '#/components/schemas/Text'}, {$ref: '#/components/schemas/Inner'}, {type: boolean}]}
      allOf:
        - {if: {properties: {tag: {const: Num}}, required: [tag]}, then: {properties: {by: {type: integer, minimum: 0, maximum: 9}}}}
        - {if: {properties: {tag: {const: Text}}, required: [tag]}, then: {properties: {by: {$ref: '#/components/schemas/Text'}}}}
"""
NAMES = ("scalars", "strings", "lists", "choices", "slow")

FLAGS = ["-std=c11", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]

# What is as long as can be on the wire, and what is so in the arena: four bytes in UTF-8.
CONTROL, HEART = "\\u0001", "\\ud83d\\ude00"


def largest(name, char):
    """The text of the largest message, each string made of one character."""
    text = char * 7
    inner = f'{{"text":"{text}","small":99}}'
    # A pattern says what its texts are made of; \\u20ac is three bytes wherever it stands.
    word = "\\u20ac" * 5
    return {
        "scalars": '{"kind":"scalars","flag":false,"signed":-9223372036854775808,"unsigned":18446744073709551615,'
        '"number":-0.0000012345678901234567,"mode":"<longer>","nothing":false,"tiny":null}',
        "strings": f'{{"kind":"strings","text":"{text}","word":"{word}","long":"{"x" * 8}\\u0078"}}',
        "lists": '{"kind":"lists","numbers":[' + ",".join("9" * 40) + '],"texts":[' + ",".join([f'"{text}"'] * 40) + "],"
        '"inners":[' + ",".join([inner.replace("99", "-9")] * 9) + '],"lists":[' + ",".join(["[" + ",".join([f'"{text}"'] * 6) + "]"] * 5)
        + f'],"none":[],"one":["{text}"]}}',
        "slow": '{"kind":"slow","texts":[' + ",".join([f'"{text}"'] * 95) + "]}",
        "choices": f'{{"kind":"choices","tag":"Text","by":"{text}","held":{inner},"boxed":{inner},"union":{inner}}}',
    }[name]


def slowly():
    """A list that grows by a half each time, since its first elements have taken most of the text, and is full before it grows last."""
    wide, narrow = [f'"{HEART * 7}"{" " * 20000}'] * 4, [f'"{HEART * 7}"'] * 91
    return '{"kind":"slow","texts":[' + ",".join(wide + narrow) + "]}"


def growing(name):
    """Lists whose first elements are short and whose text is long, so that they are given far too much room."""
    if name == "slow":
        return slowly()
    texts = ",".join(['"\\u0061"'] * 39)
    if name != "lists":
        return largest(name, HEART)
    return f'{{"kind":"lists","texts":[{texts}{" " * 60000},"{HEART * 7}"],"inners":[{",".join([chr(123) + chr(34) + "text" + chr(34) + ":" + chr(34) + HEART * 7 + chr(34) + "}"] * 9)}]}}'


PROGRAM = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eventwire/bounded.h"

#define EXPECT(what)                                                                 \\
  do {                                                                               \\
    if (!(what)) {                                                                   \\
      printf("%%s:%%d: %%s\\n", name, __LINE__, #what);                                \\
      failures++;                                                                    \\
    }                                                                                \\
  } while (0)

static int failures;

/* Decodes in an arena of exactly that size, at every alignment. */
static ew_err decode(const ew_type *type, ew_str json, ew_engine engine, size_t size, size_t shift, void *out, void **block) {
  ew_decode_options options = {.engine = engine};
  ew_arena arena;
  char *memory = malloc(size + shift + 1);
  *block = memory;
  ew_arena_init(&arena, memory + shift, size);
  return ew_type_decode(type, json, &arena, &options, out, NULL);
}

/* The dearest text fills all but what alignment may have cost. */
static void check_filled(const ew_type *type, ew_str json, size_t size) {
  const char *name = "slow";
  for (int engine = EW_ENGINE_AUTO; engine <= EW_ENGINE_TABLE; engine++) {
    ew_decode_options options = {.engine = (ew_engine)engine};
    void *value = calloc(1, 4096);
    char *memory = malloc(size);
    ew_arena arena;
    ew_arena_init(&arena, memory, size);
    EXPECT(ew_type_decode(type, json, &arena, &options, value, NULL) == EW_OK);
    EXPECT(arena.used >= size - size / 50);
    free(memory);
    free(value);
  }
}

static void check(const char *name, const ew_type *type, ew_str json, size_t arena, size_t encoded, bool longest) {
  for (size_t i = 0; i < 32; i++) {
    void *value = calloc(1, 4096);
    void *block = NULL;
    EXPECT(decode(type, json, i < 16 ? EW_ENGINE_AUTO : EW_ENGINE_TABLE, arena, i & 15u, value, &block) == EW_OK);
    char *memory = malloc(encoded + 1);
    ew_buf buf;
    ew_buf_init(&buf, memory, encoded);
    EXPECT(ew_type_encode(type, value, &buf, NULL) == EW_OK);
    EXPECT(!longest || buf.len == encoded);
    ew_buf_init(&buf, memory, encoded - 1);
    EXPECT(!longest || ew_type_encode(type, value, &buf, NULL) == EW_ERR_BUFFER_TOO_SMALL);
    free(memory);
    free(block);
    free(value);
  }
}

int main(void) {
%s
  check_filled(&ew__bounded_slow[0].type, EW_STR(SLOWLY), EW_BOUNDED_SLOW_MAX_ARENA);
  const char *name = "strings";
  void *value = calloc(1, 4096);
  void *block = NULL;
  EXPECT(decode(&ew__bounded_strings[0].type, EW_STR(STRINGS), EW_ENGINE_AUTO, EW_BOUNDED_STRINGS_MAX_ARENA - 1, 0, value, &block) ==
         EW_ERR_ARENA_FULL);
  free(block);
  free(value);
  printf("%%d failures\\n", failures);
  return failures != 0;
}
"""


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class CodecTest(DocumentCase):
    """The constants of the header against the codec."""

    @classmethod
    def setUpClass(cls):
        if shutil.which("gcc") is None:
            raise unittest.SkipTest("no gcc")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        core = sorted(glob.glob(os.path.join(os.path.dirname(RUNTIME), "src", "codec", "*.c")))
        subprocess.run(["gcc", *FLAGS, "-I", RUNTIME, "-c", *core], check=True, cwd=folder.name)
        cls.core = sorted(glob.glob(folder.name + "/*.o"))

    def document(self, hot, html):
        listed = "".join(f"      {n}: {{$ref: '#/components/messages/{n}'}}\n" for n in NAMES)
        messages = "".join(
            f"    {n}: {{x-ew-hot: {hot}, payload: {{$ref: '#/components/schemas/{n.capitalize()}'}}}}\n" for n in NAMES
        )
        return BOUNDED % (html, listed.rstrip("\n"), messages.rstrip("\n"))

    def check_codec(self, hot, html):
        path = self.write("bounded.yaml", self.document(hot, html))
        self.assertEqual(run("gen", path, "--base", self.folder, "--out", self.folder), (0, "", ""))
        # Without HTML a control character is the longest escape, with it so is each of <, > and &.
        lines = [f"#define STRINGS {quoted(largest('strings', HEART).replace('x' * 8 + chr(92) + 'u0078', chr(92) + 'u0078' + 'x' * 8))}"]
        lines.append(f"#define SLOWLY {quoted(slowly())}")
        calls = []
        for name in NAMES:
            sizes = f"EW_BOUNDED_{name.upper()}_MAX_ARENA, EW_BOUNDED_{name.upper()}_MAX_ENCODED"
            for text, longest_ in ((largest(name, CONTROL), "true"), (largest(name, HEART), "false"), (growing(name), "false")):
                calls.append(f'  {{ static const char text[] = {quoted(text)}; check("{name}", &ew__bounded_{name}[0].type, ew_str_from(text, sizeof(text) - 1), {sizes}, {longest_}); }}')
        program = PROGRAM.replace("int main(void)", "\n".join(lines) + "\nint main(void)") % "\n".join(calls)
        source = self.write("main.c", program)
        codec = [f"{self.folder}/src/bounded_{part}.c" for part in ("tables", "read", "write")]
        places = ["-I", RUNTIME, "-I", self.folder + "/include"]
        command = ["gcc", *FLAGS, *places, source, *codec, *self.core, "-lm", "-o", self.folder + "/main"]
        built = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual((built.returncode, built.stderr), (0, ""))
        result = subprocess.run([self.folder + "/main"], capture_output=True, text=True, check=False)
        self.assertEqual((result.stdout, result.stderr), ("0 failures\n", ""))

    def test_straight_readers(self):
        self.check_codec("true", "false")

    def test_table_engine_and_html(self):
        self.check_codec("false", "true")


class PatternTest(unittest.TestCase):
    def longest(self, pattern, max_length=None, escaped=()):
        weights = Weights(lambda lead: 6 if lead < 0x20 else 1 if lead < 0x80 else 2 if lead < 0xE0 else 3, escaped)
        return longest(compile_pattern(pattern), max_length, weights)

    def test_the_longest_text_of_a_pattern(self):
        self.assertEqual(self.longest("^[0-9a-f]{4}$"), 4)
        self.assertEqual(self.longest("^(a|bcd|\\u0001)$"), 6)
        self.assertEqual(self.longest("^(ä|b)?$"), 2)
        self.assertEqual(self.longest("^$"), 0)
        self.assertIsNone(self.longest("^a*$"))
        self.assertIsNone(self.longest("a"))
        self.assertEqual(self.longest("^(ab)*$", 5), 4)
        self.assertEqual(self.longest("^[a\\u2028]{3}$"), 9)
        self.assertEqual(self.longest("^[a\\u2028]{3}$", None, (b"\xe2\x80\xa8",)), 18)

    def test_a_length_that_takes_too_long_to_look_at_counts_by_itself(self):
        self.assertIsNone(self.longest("^[^/]*$", 10**7))


class BoundTest(DocumentCase):
    def bound(self, schema, html=False):
        """(arena, encoded, reasons) of {"it": ...}"""
        protocol = self.protocol((DOCUMENT % schema).replace("x-ew-prefix", f"x-ew-escape-html: {str(html).lower()}\nx-ew-prefix"))
        bounds = Bounds(protocol, lay_out(protocol))
        arena, encoded = bounds.to_decode(protocol.messages[0]), bounds.to_encode(protocol.messages[0])
        return arena.size, encoded.size, [(r.node.pointer, r.text) for r in encoded.reasons]

    def test_what_has_no_bound_is_named(self):
        it = "#/components/schemas/Up/properties/it"
        self.assertEqual(self.bound("{type: string}"), (None, None, [(it, "no maxLength")]))
        self.assertEqual(self.bound("{type: array, items: {type: integer}}"), (None, None, [(it, "no maxItems")]))
        self.assertEqual(self.bound("{type: string, pattern: '^a+$'}")[2], [(it, "no maxLength, and the pattern has none")])
        self.assertEqual(self.bound("true"), (0, None, [(it, "any value")]))
        self.assertEqual(self.bound("{type: number, x-ew-number: digits}")[:2], (0, None))
        self.assertEqual(self.bound("{type: object, additionalProperties: {type: integer}}")[2], [(it, "members with names of any length")])
        self.assertEqual(self.bound("{$ref: '#/components/schemas/Up'}")[2], [("#/components/schemas/Up", "contains itself")])
        self.assertEqual(self.bound("{type: array, maxItems: 4294967294, items: {type: integer}}")[2], [(it, "can be larger than 4 GiB")])

    def test_what_the_schema_engine_checks_has_none(self):
        arena, encoded, reasons = self.bound("{type: integer, multipleOf: 3}")
        self.assertEqual((arena, encoded), (None, None))
        self.assertEqual(reasons[0][0], "#/components/schemas/Up/properties/it/multipleOf")

    def test_what_has_one(self):
        self.assertEqual(self.bound("{type: boolean}")[:2], (0, len('{"it":false}')))
        self.assertEqual(self.bound("{type: string, maxLength: 3}")[:2], (12, len('{"it":""}') + 18))
        self.assertEqual(self.bound("{type: string, enum: [a, '<']}")[1], len('{"it":"a"}'))
        self.assertEqual(self.bound("{type: string, enum: [a, '<']}", True)[1], len('{"it":"\\u003c"}'))


class BareTest(DocumentCase):
    def constants(self, *more, keyword='"format": "date-time"'):
        path = self.write("s.json", '{"type": "object", "properties": {"at": {"type": "string", "maxLength": 30, %s}}}' % keyword)
        self.assertEqual(run("gen", "--schema", path, "--prefix", "bare", "--base", self.folder, "--out", self.folder, *more)[0], 0)
        with open(self.folder + "/include/eventwire/bare.h", encoding="utf-8") as stream:
            return [line for line in stream.read().splitlines() if line.startswith("#define") and "_MAX_" in line]

    def test_a_schema_by_itself_has_constants_too_unless_more_is_checked(self):
        self.assertEqual(self.constants(), ["#define BARE_MAX_ARENA 120", "#define BARE_MAX_ENCODED 189"])
        self.assertEqual(self.constants("--formats"), self.constants())
        self.assertEqual(self.constants("--content", keyword='"contentEncoding": "base64"'), [])


class ExplainTest(DocumentCase):
    def test_the_tree_and_the_bounds(self):
        schema = "{oneOf: [{type: string, maxLength: 2}, {type: integer}]}"
        path = self.write("a.yaml", DOCUMENT % schema)
        status, out, err = run("explain", path, "--base", self.folder)
        self.assertEqual((status, err), (0, ""))
        self.assertIn("channel main, from the client\n  an object: up\n", out)
        self.assertIn("message up\n  arena to decode it: 8 bytes at most\n  buffer to encode it: 27 bytes at most\n", out)
        self.assertIn("properties/it:\n    a string: text\n    a number: number\n", out)

    def test_what_is_unbounded_stands_where_the_document_says_it(self):
        path = self.write("a.yaml", DOCUMENT % "true")
        _, out, _ = run("explain", path, "--base", self.folder)
        self.assertIn("arena to decode it: 0 bytes at most\n  buffer to encode it: unbounded\n", out)
        where = "    a.yaml:21: #/components/schemas/Up/properties/it: any value (a view of the text, which takes no arena)\n"
        self.assertIn(where, out)

    def test_json(self):
        path = self.write("a.yaml", DOCUMENT % "{type: string}")
        status, out, _ = run("explain", path, "--base", self.folder, "--format", "json")
        report = json.loads(out)
        self.assertEqual(status, 0)
        self.assertEqual(report["channels"][0], {"channel": "main", "side": "client", "tree": [{"test": "an object", "arm": "up"}]})
        encoded = report["messages"][0]["encoded"]
        self.assertEqual((encoded["bytes"], encoded["unbounded"][0]["reason"]), (None, "no maxLength"))

    def test_members_and_the_rest(self):
        status, out, _ = run("explain", os.path.join(HERE, "data", "sample", "asyncapi.yaml"))
        self.assertEqual(status, 0)
        self.assertIn('an object: looks at "tree", "kind"\n    "tree" is there and "kind" is not: report\n', out)
        self.assertIn("    anything else: event\n", out)
        self.assertIn('properties/content: looks at "kind" beside it\n    "kind" is "Num": a number\n', out)

    def test_usage(self):
        self.assertEqual(run("explain")[0], 2)
        self.assertEqual(run("explain", self.folder + "/none.yaml")[0], 1)


if __name__ == "__main__":
    unittest.main()
