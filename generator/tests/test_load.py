"""Stage 1: YAML by the core rules, places, references."""

import unittest

from tests.helpers import DocumentCase
from ewgen.load import Float, Library, scalar_value


class YamlTest(DocumentCase):
    def test_words_that_yaml_1_1_eats_stay_strings(self):
        data = self.open("on: no\noff: 12:30\ny: 1_000\nz: 2020-01-01\n").data
        self.assertEqual(data, {"on": "no", "off": "12:30", "y": "1_000", "z": "2020-01-01"})

    def test_core_scalars(self):
        for text, value in (
            ("null", None),
            ("~", None),
            ("", None),
            ("TRUE", True),
            ("false", False),
            ("010", 10),
            ("0o10", 8),
            ("0x1F", 31),
            ("-3", -3),
            ("+4", 4),
            ("18446744073709551616", 2**64),
            ("nulls", "nulls"),
            ("1.2.3", "1.2.3"),
        ):
            self.assertEqual(scalar_value(text), value, text)

    def test_a_float_remembers_how_it_was_written(self):
        value = scalar_value("1.50")
        self.assertIsInstance(value, Float)
        self.assertEqual((value, value.text), (1.5, "1.50"))

    def test_a_float_is_json_too(self):
        for text, json in (("+1.5", "1.5"), (".5", "0.5"), ("-.5e3", "-0.5e3"), ("5.", "5.0"), ("5.e1", "5.0e1"), ("1e5", "1e5")):
            self.assertEqual(scalar_value(text).json, json)

    def test_quoted_scalars_are_strings(self):
        self.assertEqual(self.open("a: '1'\nb: \"true\"\nc: |-\n  2\n").data, {"a": "1", "b": "true", "c": "2"})

    def test_bad_yaml_is_refused_with_the_line_where_it_began(self):
        self.assert_refused(lambda: self.open("a: 1\nb: {c: 1\nd: 2\n"), "a.yaml:3:", "flow mapping that begins in line 2")
        self.assert_refused(lambda: self.open("a: 1\nb:\n\tc: 2\n"), "a.yaml:3: a tab where YAML wants spaces")
        self.assert_refused(lambda: self.open("a: b: c\n"), "a.yaml:1:", "mapping values are not allowed")

    def test_json_is_read(self):
        text = '{"a":\t[1, "\\u00fc\\ud83d\\ude00\\/", {"b": null}], "c": 1.50}'
        data = self.open(text, "a.json").data
        self.assertEqual(data, {"a": [1, "ü😀/", {"b": None}], "c": 1.5})
        self.assertEqual(data["c"].text, "1.50")

    def test_bad_json_is_refused(self):
        self.assert_refused(lambda: self.open('{"a": 1,\n "b"}', "a.json"), "a.json:2:", "not well-formed JSON")
        self.assert_refused(lambda: self.open('{"a": 1, "a": 2}', "a.json"), 'the member "a" stands twice')
        self.assert_refused(lambda: self.open("[" * 100000, "a.json"), "a.json:1:", "nested too deeply")
        self.assert_refused(lambda: self.open('{"a":\n[NaN]}', "a.json"), "a.json:2:", "#/a/0", "expected a value")
        self.assert_refused(lambda: self.open('{"a": 01}', "a.json"), '#: not well-formed JSON: expected "," or "}"')
        self.assert_refused(lambda: self.open('["a\nb"]', "a.json"), "#/0", "not well-formed JSON")
        self.assert_refused(lambda: self.open('["\\ud800"]', "a.json"), "#/0", "half of a surrogate pair")
        self.assert_refused(lambda: self.open('{"\\udc00": 1}', "a.json"), "half of a surrogate pair")
        self.assert_refused(lambda: self.open("{} {}", "a.json"), "expected the end of the file")

    def test_what_is_too_large_is_refused(self):
        self.assert_refused(lambda: self.open("[" + "1," * 1_000_001 + "1]", "a.json"), "more than 1000000 values")
        self.assert_refused(lambda: self.open(" " * (16 << 20) + "1", "a.json"), "larger than 16 MiB")
        self.assertEqual(self.open("9" * 100_000, "a.json").data.text, "9" * 100_000)

    def test_a_place_in_json_has_its_line(self):
        node = self.open('{"a":\n {"b": [1,\n2]}}', "a.json")
        self.assertEqual(node.file.line(("a", "b", "1")), 3)
        self.assertEqual(node.file.line(("a", "b", "0")), 2)

    def test_yaml_that_is_more_than_one_document_is_refused(self):
        self.assert_refused(lambda: self.open("a: 1\n---\nb: 2\n"), "a.yaml:2:", "a second document")
        self.assert_refused(lambda: self.open("a: *b\n"), "a.yaml:1:", 'no anchor "b"')

    def test_member_twice_is_refused_with_its_line(self):
        self.assert_refused(lambda: self.open("a:\n  b: 1\n  c: 2\n  b: 3\n"), "a.yaml:4:", "#/a/b", "stands twice")

    def test_bad_yaml_names_the_line(self):
        self.assert_refused(lambda: self.open("a: 1\nb: [2,\n"), "a.yaml:3:")

    def test_empty_binary_and_missing_files_are_refused(self):
        self.assert_refused(lambda: self.open(""), "a.yaml", "empty")
        with open(self.folder + "/bin.yaml", "wb") as stream:
            stream.write(b"a: \xff\xfe")
        self.assert_refused(
            lambda: Library(self.folder).open(self.folder + "/bin.yaml"), "bin.yaml", "not UTF-8 at byte 3"
        )
        self.assert_refused(lambda: Library(self.folder).open(self.folder + "/none.yaml"), "none.yaml", "No such file")

    def test_deep_nesting_is_refused(self):
        self.assert_refused(lambda: self.open("a: " + "[" * 5000 + "]" * 5000), "nested too deeply")

    def test_tags_and_aliases_inside_themselves_are_refused(self):
        self.assert_refused(lambda: self.open("a: !!python/name:os.system x\n"), "#/a", "tag")
        self.assert_refused(lambda: self.open("a: &x [1, *x]\n"), "#/a/1", "inside itself")

    def test_the_merge_key_brings_in_what_is_not_there(self):
        text = """\
base: &base {type: object, title: Base}
more: &more {<<: *base, title: More, x: 1}
one: {title: One, <<: *base}
two:
  <<: [*more, {title: Never, y: 2}]
  x: 3
quoted: {"<<": 1}
"""
        data = self.open(text).data
        self.assertEqual(data["more"], {"title": "More", "x": 1, "type": "object"})
        self.assertEqual(data["one"], {"title": "One", "type": "object"})
        self.assertEqual(data["two"], {"x": 3, "title": "More", "type": "object", "y": 2})
        self.assertEqual(data["quoted"], {"<<": 1})

    def test_merge_keys_of_other_things_and_in_circles_are_refused(self):
        self.assert_refused(lambda: self.open("a: &a [1]\nb: {<<: *a}\nc: {<<: 1}\n"), "a.yaml:2: #/b", "merges a mapping")
        self.assert_refused(lambda: self.open("a: &a {b: {<<: *a}}\n"), "inside itself")
        self.assert_refused(lambda: self.open("a: &a {<<: *a}\n"), "inside itself")

    def test_merge_keys_do_not_multiply(self):
        text = "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}\n" for i in range(1, 40))
        self.assertEqual(self.open(text).data["a39"], {"x": 1})

    def test_aliases_that_multiply_are_refused(self):
        text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for i in range(1, 8):
            text += f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n"
        self.assert_refused(lambda: self.open(text), "more than 1000000 values")


class ReferenceTest(DocumentCase):
    def follow(self, text, *steps):
        node = self.open(text)
        for step in steps:
            node = node.child(step)
        return Library(self.folder).follow(node)

    def test_reference_in_the_same_file(self):
        self.assertEqual(self.follow("a: {$ref: '#/b~1c/0'}\n'b/c': [7]\n", "a").data, 7)

    def test_reference_to_a_sibling_file(self):
        self.write("sub/b.yaml", "x: {$ref: '../a.yaml#/y'}\ny: 3\n")
        self.write("b.yaml", "x: {$ref: '#/y'}\ny: 3\n")
        self.assertEqual(self.follow("a: {$ref: './b.yaml#/x'}\n", "a").data, 3)

    def test_reference_out_of_the_folder_is_refused(self):
        self.write("out.yaml", "x: 1\n")
        path = self.write("in/a.yaml", "a: {$ref: '../out.yaml#/x'}\n")
        library = Library(self.folder)
        self.assert_refused(
            lambda: library.follow(library.open(path).child("a")), "in/a.yaml:1", "#/a/$ref", "out of the folder"
        )

    def test_remote_and_absolute_references_are_refused(self):
        for address in ("https://example.com/a.yaml", "/etc/passwd", "file:///etc/passwd"):
            self.assert_refused(lambda: self.follow(f"a: {{$ref: '{address}'}}\n", "a"), "save it beside the document")

    def test_reference_to_nowhere_suggests_the_near_name(self):
        self.assert_refused(
            lambda: self.follow("a: {$ref: '#/schemas/Evnt'}\nschemas: {Event: 1}\n", "a"), 'did you mean "Event"?'
        )

    def test_a_slash_in_a_name_is_explained(self):
        text = "a: {$ref: '#/b/x/y'}\nb: {x/y: 1}\n"
        self.assert_refused(lambda: self.follow(text, "a"), 'no "x" in #/b, a "/" of a name is written ~1: /x~1y')

    def test_circle_of_references_is_refused(self):
        self.assert_refused(lambda: self.follow("a: {$ref: '#/b'}\nb: {$ref: '#/a'}\n", "a"), "leads back to itself")


if __name__ == "__main__":
    unittest.main()
