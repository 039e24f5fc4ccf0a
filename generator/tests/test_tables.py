"""Stage 3: layout, tables, readers."""

import unittest

from tests.helpers import DOCUMENT, DocumentCase, sample
from ewgen.definitions import Rules
from ewgen.layout import bounds_text, lay_out
from ewgen.plan import make_plan
from ewgen.render import render
from ewgen.keyindex import find_index, key_word, multiplier
from ewgen.regex import compile_pattern
from ewgen.text import c_char_array, c_double, c_int, c_string, pattern_comment, prototype, wrap


class TextTest(unittest.TestCase):
    def test_string_literals(self):
        for value, text in (
            ('a"b\\c\n', '"a\\"b\\\\c\\n"'),
            ("??/x???", '"?\\?/x?\\?\\?"'),
            ("ü\u200b", '"ü\\342\\200\\213"'),
            (b"\xff1", '"\\3771"'),
            ("\x001", '"\\0001"'),
        ):
            self.assertEqual(c_string(value), text)

    def test_numbers(self):
        self.assertEqual(
            [c_int(n) for n in (0, -5, 2**31, -(2**63), 2**63 - 1, 2**63, 2**64 - 1)],
            ["0", "-5", "INT64_C(2147483648)", "INT64_MIN", "INT64_MAX", "UINT64_C(9223372036854775808)", "UINT64_MAX"],
        )
        self.assertEqual([c_double(n) for n in (1, 0.25, 1e300)], ["1.0", "0.25", "1e+300"])

    def test_comments_cannot_end_early(self):
        self.assertEqual(wrap("a */ b /* c */* d", 3), ["a *\\/ b /\\* c *\\/\\* d"])

    def test_patterns_in_comments_can_be_copied(self):
        for pattern, text in (
            ("^[a-z*/]*/[^/*]$", "^[a-z*\\/]*\\/[^\\x2f*]$"),
            ("^\\/*\\\\/*/*$", "^\\x2f*\\\\\\x2f*\\x2f*$"),
            ("a b  c\n\t", "a b\\x20 c\\x0a\\x09"),
            ("^[^*]*/?$", "^[^*]*\\/?$"),
        ):
            self.assertEqual(pattern_comment(pattern), text)
            self.assertEqual(wrap(f"pattern {text}.", 3), [f"pattern {text}."])
            dfas = [compile_pattern(spelling) for spelling in (pattern, text)]
            self.assertEqual(dfas[0], dfas[1])

    def test_long_prototypes_break_behind_commas(self):
        text = prototype("ew_err", "ew_x_function_with_a_long_name", ("const ew_x_type_with_a_long_name *in",) * 4)
        self.assertTrue(all(len(line) <= 120 for line in text.split("\n")))
        self.assertGreater(text.count("\n"), 0)

    def test_char_arrays(self):
        self.assertEqual(c_char_array(b"a'\\ \xff"), ("'a', '\\'', '\\\\', '\\040', '\\377'",))


class KeyIndexTest(unittest.TestCase):
    def test_words(self):
        self.assertEqual(key_word(""), 0)
        self.assertEqual(key_word("id"), 0x6469 + 2)
        self.assertEqual(key_word("12345678"), 0x3837363534333231 + 8)
        data = b"streamId9"
        last = int.from_bytes(data[-8:], "little")
        wanted = (int.from_bytes(data[:8], "little") ^ (3 * last) % 2**64) + 9
        self.assertEqual(key_word("streamId9"), wanted % 2**64)

    def test_every_key_has_a_slot_of_its_own(self):
        for keys in (["a"], ["id", "type"], [f"member{i}" for i in range(64)], ["x" * i for i in range(30)]):
            seed, shift, slots = find_index(keys)
            self.assertTrue(0 <= seed < 2**16)
            self.assertEqual(len(slots), 1 << (64 - shift))
            self.assertTrue(1 <= 64 - shift <= 8)
            for index, key in enumerate(keys):
                self.assertEqual(slots[((key_word(key) * multiplier(seed)) % 2**64) >> shift], index)
            self.assertEqual(sum(s != 255 for s in slots), len(keys))

    def test_the_search_is_repeatable(self):
        self.assertEqual(find_index(["b", "a", "c"]), find_index(["b", "a", "c"]))


class LayoutTest(DocumentCase):
    def test_bounds_are_said(self):
        for properties, text in (
            ("type: integer, minimum: 1", "a number of at least 1"),
            ("type: integer, minimum: -1, maximum: 7", "a number from -1 to 7"),
            ("type: integer, maximum: 7", "a number of at most 7"),
            ("type: integer", ""),
            ("type: number, exclusiveMinimum: 0, maximum: 1.5", "a number above 0 and of at most 1.5"),
            ("type: number, minimum: 0, exclusiveMaximum: 1", "a number of at least 0 and below 1"),
        ):
            self.assertEqual(bounds_text(self.member(f"{{{properties}}}").type), text)

    def test_a_type_that_contains_itself_is_held_by_pointer(self):
        layout = lay_out(sample())
        self.assertEqual(
            {(k.stem, name) for k, name in layout.boxed}, {("tree", "next"), ("report", "sides"), ("report", "rest")}
        )
        blocks = {b.c_name: b for b in layout.blocks if b.shape == "struct"}
        fields = [f.decl for f in blocks["ew_sample_tree"].fields]
        self.assertIn("ew_sample_tree *next", fields)
        self.assertNotIn("bool has_next", [f.decl for f in blocks["ew_sample_tree"].presence])

    def test_every_definition_stands_before_its_use(self):
        complete = set()
        for block in lay_out(sample()).blocks:
            for field in block.fields:
                name = field.decl.split()[0]
                if name.startswith("ew_sample_") and "*" not in field.decl:
                    self.assertIn(name, complete, block.c_name)
            if block.shape != "forward":
                complete.add(block.c_name)

    def test_adding_a_member_renames_nothing_else(self):
        before = lay_out(self.protocol(DOCUMENT % "{type: object, properties: {a: {type: string, enum: [x]}}}"))
        after = lay_out(
            self.protocol(
                DOCUMENT % "{type: object, properties: {b: {type: string, enum: [y]}, a: {type: string, enum: [x]}}}"
            )
        )
        names = {b.c_name for b in before.blocks}
        self.assertEqual({b.c_name for b in after.blocks} - names, {"ew_test_up_it_b"})
        self.assertEqual(names - {b.c_name for b in after.blocks}, set())


class PointerTest(DocumentCase):
    def test_an_optional_object_is_held_by_pointer_where_the_schema_says_so(self):
        blocks = {b.c_name: b for b in lay_out(sample()).blocks if b.shape == "struct"}
        fields = {f.decl: f.comment for f in blocks["ew_sample_report"].fields}
        self.assertIn("NULL when absent", " ".join(fields["ew_sample_pair *sides"]))
        self.assertNotIn("bool has_sides", [f.decl for f in blocks["ew_sample_report"].presence])

    def test_everything_else_by_pointer_is_refused(self):
        inner = "{type: object, properties: {a: {type: string}}, x-ew-pointer: true}"
        for schema, word in (
            ("{type: string, x-ew-pointer: true}", "x-ew-pointer"),
            ("{type: [object, 'null'], properties: {a: {type: string}}, x-ew-pointer: true}", "cannot be null"),
            ("{type: array, items: %s}" % inner, "only a member"),
            ("{type: object, properties: {a: %s}, required: [a]}" % inner, "only an optional object"),
            ("{type: object, properties: {a: {type: string}}, x-ew-pointer: false}", "false is how it is"),
        ):
            self.assert_refused(lambda: self.member(schema), word)
        self.assertTrue(self.member(inner).pointer)


class TwinTest(unittest.TestCase):
    def setUp(self):
        self.plan = make_plan(sample())
        self.types = {d.name: d for d in self.plan.definitions if d.shape == "type"}
        self.rows = {d.name: {r.key: r for r in d.rows} for d in self.plan.definitions if d.shape == "members"}

    def has_twin(self, name):
        return len(self.types[name].as_) > 1

    def test_types_with_rules_of_their_own_have_twins(self):
        twins = {name: self.types[name].as_ for name in self.types if self.has_twin(name)}
        self.assertIn("ew__sample_close", twins)
        for strict, lenient in twins.values():
            self.assertNotEqual(strict, lenient)

    def test_types_that_only_refer_to_such_types_are_shared(self):
        for name in ("pair", "hello", "http_answer", "report", "event_batch", "client_message", "server_message"):
            self.assertFalse(self.has_twin(f"ew__sample_{name}"), name)

    def test_null_in_the_lenient_reading_alone_is_absent(self):
        rules = {d.name: dict(d.values) for d in self.plan.definitions if d.shape == "rules"}
        at = list(self.rows["close_members"]).index('"name"')
        self.assertEqual(rules["close_lenient_rules"]["null_is_absent"], f"0x{1 << at:x}")
        self.assertNotIn("null_is_absent", rules["close_rules"])
        self.assertEqual(rules["close_lenient_rules"]["rules.members"], rules["close_rules"]["rules.members"])
        self.assertEqual(self.rows["close_members"]['"name"'].flags, "")
        self.assertIn("EW_MEMBER_NULLABLE", self.rows["open_members"]['"note"'].flags)

    def test_sibling_and_constant_members(self):
        row = self.rows["event_members"]['"content"']
        self.assertEqual((row.flags, row.sibling), ("EW_MEMBER_REQUIRED | EW_MEMBER_SIBLING", 0))
        self.assertEqual(self.rows["open_members"]['"type"'].offset, "EW_NO_OFFSET")
        self.assertEqual(self.rows["open_members"]['"mode"'].text_offset, "EW_OFFSET(ew_sample_open, mode_text)")


class ReaderTest(unittest.TestCase):
    def setUp(self):
        self.plan = make_plan(sample())
        self.readers = {r.name: r for r in self.plan.readers}

    def test_hot_messages_and_what_they_reach_are_read_straight(self):
        for name in (
            "read_open",
            "read_event",
            "read_event_batch",
            "read_pair",
            "read_server_message",
            "read_event_content",
        ):
            self.assertIn(name, self.readers)

    def test_recursion_and_cold_messages_are_read_by_table(self):
        self.assertNotIn("read_tree", self.readers)
        self.assertNotIn("read_close", self.readers)
        self.assertIn("ew_read_by_table(r, p, &ew__sample_tree[0].type, &out->tree)", self.readers["read_report"].lines[0].read)
        self.assertIn(
            "ew_read_by_table(r, p, &ew__sample_close[0].type, &out->close)", self.readers["read_client_message"].cases[1].read
        )

    def test_values_held_by_pointer(self):
        lines = [l.text for l in self.readers["read_report"].lines]
        self.assertEqual(lines[1], "EW_MAY_END")
        self.assertEqual(
            lines[2], 'EW_OPTIONAL_POINTER(1, "sides", out->sides, ew_sample_pair, read_pair(r, p, out->sides))'
        )
        self.assertIn("ew_read_by_table(r, p, &ew__sample_cold[0].type, out->rest)", lines[3])

    def test_a_schema_that_is_not_hot_is_read_by_table(self):
        self.assertNotIn("read_cold", self.readers)
        self.assertNotIn("write_cold", [w.head.split("(")[0].split()[-1].lstrip("*") for w in self.plan.writers])

    def test_lines_of_an_object(self):
        lines = {l.text.split('"')[1]: l for l in self.readers["read_open"].lines if '"' in l.text}
        self.assertEqual(
            lines["class"].text,
            'EW_REQUIRED(1, "class", ew_read_text(r, p, &ew__sample_open_class_rules, &out->class_))',
        )
        self.assertIn(
            "ew_read_open_enum(r, p, &ew__sample_open_mode_rules, (int *)&out->mode, &out->mode_text)",
            lines["mode"].read,
        )
        self.assertTrue(
            lines["note"].text.startswith(
                """EW_OPTIONAL_NULLABLE(11, "note", out->note_presence, '"', ew_read_string("""
            )
        )
        self.assertTrue(
            lines["count"].text.startswith('EW_OPTIONAL(4, "count", out->has_count, ew_read_uint(r, p, NULL, ')
        )

    def test_late_tags(self):
        event = self.readers["read_event"]
        self.assertEqual(event.late, "read_event_content(r, p, out->kind, &out->content)")
        self.assertEqual(
            [c.label for c in self.readers["read_event_content"].cases],
            ["EW_SAMPLE_EVENT_KIND_NUM", "EW_SAMPLE_EVENT_KIND_TEXT", "EW_SAMPLE_EVENT_KIND_PAIR"],
        )


class ReadAloneTest(DocumentCase):
    def test_a_schema_can_be_read_straight_and_written_by_table(self):
        member = "{type: object, x-ew-hot: decode, properties: {a: {type: string}}}"
        document = (DOCUMENT % member).replace("up: {payload", "up: {x-ew-hot: true, payload")
        files = render(make_plan(self.protocol(document)))
        self.assertIn("read_up_it(r, p, &out->it)", files["src/test_read.c"])
        self.assertIn("ew_write_by_table(w, to, &ew__test_up_it[0].type, &in->it)", files["src/test_write.c"])
        self.assertNotIn("write_up_it(", files["src/test_write.c"])


    def readers(self, member):
        document = (DOCUMENT % member).replace("up: {payload", "up: {x-ew-hot: true, payload")
        return {r.name: r for r in make_plan(self.protocol(document)).readers}

    def test_what_a_message_must_have_is_bits_where_groups_are_single_members(self):
        members = "type: object, properties: {a: {type: string}, b: {type: string}, c: {type: string}}"
        for groups, complete in (
            ("required: [c], oneOf: [{required: [a]}, {required: [b]}]", "EW_HAS(0x4u) && EW_HAS_ONE(0x3u)"),
            ("anyOf: [{required: [a]}, {required: [c]}]", "EW_HAS(0x0u) && EW_HAS_ANY(0x5u)"),
            ("anyOf: [{required: [a, b]}, {required: [c]}]", "EW_HAS_ALL(&ew__test_up_it_rules.rules)"),
        ):
            self.assertEqual(self.readers(f"{{{members}, {groups}}}")["read_up_it"].complete, complete)

    def test_an_only_arm_is_not_chosen(self):
        reader = self.readers("{type: string}")["read_client_message"]
        self.assertEqual((reader.shape, len(reader.cases)), ("only", 1))

    def test_a_union_at_the_end_of_a_struct_is_cleared_by_its_arms(self):
        arms = "oneOf: [{type: object, properties: {x: {type: string}}}, {type: string}]"
        for last, clears in (("required: [it]", "offsetof(ew_test_up, it)"), ("minProperties: 0", "sizeof(*out)")):
            self.assertEqual(self.readers(f"{{{arms}}}\n      {last}")["read_up"].clears, clears)


class WriterTest(unittest.TestCase):
    def setUp(self):
        self.plan = make_plan(sample())
        self.writers = {w.head.split("(")[0].split("*")[-1]: w for w in self.plan.writers}

    def lines(self, name):
        return {l.split('"')[1]: " ".join(l.split()) for l in self.writers[name].lines}

    def test_rules_say_which_texts_need_no_escape(self):
        rules = {d.name: dict(d.values) for d in self.plan.definitions if isinstance(d, Rules)}
        self.assertEqual(rules["ew__sample_event_kind_rules"]["plain"], "true")
        self.assertEqual(rules["ew__sample_open_class_rules"].get("plain"), None)

    def test_what_is_read_straight_is_written_straight(self):
        readers = [r.name.replace("read_", "write_", 1) for r in self.plan.readers]
        self.assertEqual(list(self.writers), readers)

    def test_lines_of_an_object(self):
        lines = self.lines("write_open")
        self.assertEqual(
            lines["class"], 'EW_PUT("class", ew_write_text(w, to, &ew__sample_open_class_rules, &in->class_))'
        )
        self.assertEqual(lines["count"], 'EW_PUT_OPTIONAL("count", in->has_count, ew_write_uint(w, to, NULL, in->count))')
        self.assertIn("&ew__sample_open_mode_rules, (int)in->mode, &in->mode_text)", lines["mode"])
        self.assertTrue(lines["note"].startswith('EW_PUT_OPTIONAL_NULLABLE("note", in->note_presence, ew_write_string('))

    def test_recursion_and_cold_messages_are_written_by_table(self):
        self.assertIn("ew_write_by_table(w, to, &ew__sample_tree[0].type, &in->tree)", self.lines("write_report")["tree"])
        self.assertIn(
            "ew_write_by_table(w, to, &ew__sample_close[0].type, &in->close)", self.writers["write_client_message"].cases[1].write
        )

    def test_arms(self):
        self.assertIn("write_event_content(w, to, in->kind, &in->content)", "".join(self.writers["write_event"].lines))
        content = self.writers["write_event_content"]
        self.assertEqual(content.tag, "tag")
        self.assertEqual(
            [c.label for c in content.cases],
            ["EW_SAMPLE_EVENT_KIND_NUM", "EW_SAMPLE_EVENT_KIND_TEXT", "EW_SAMPLE_EVENT_KIND_PAIR"],
        )


class ApiTest(unittest.TestCase):
    def setUp(self):
        self.plan = make_plan(sample())

    def test_defaults(self):
        found = {f.prototype.split("(")[0].split()[-1]: f.body[0] for f in self.plan.defaults}
        self.assertEqual(
            found,
            {
                "ew_sample_open_count_or_default": "return in->has_count ? in->count : 3;",
                "ew_sample_open_small_or_default": "return in->has_small ? in->small : -1;",
                "ew_sample_open_note_or_default": 'return in->note_presence == EW_SET ? in->note : EW_STR("none");',
                "ew_sample_close_force_or_default": "return in->has_force ? in->force : true;",
            },
        )

    def test_contents(self):
        names = [f.prototype.split("(")[0].split()[-1] for f in self.plan.contents]
        self.assertEqual(
            names,
            [
                "ew_sample_open_big_uint64",
                "ew_sample_open_big_int64",
                "ew_sample_open_data_bytes",
                "ew_sample_open_doc_json",
                "ew_sample_event_content_text_bytes",
                "ew_sample_choice_text_bytes",
            ],
        )

    def test_dictionary_holds_keys_values_and_constants(self):
        for word in ('"\\"class\\":"', '"\\"slow\\""', '"\\"hello\\""', '"null"'):
            self.assertIn(word, self.plan.words)


if __name__ == "__main__":
    unittest.main()
