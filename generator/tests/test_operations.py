"""What clients and servers do with their messages."""

import os
import unittest

from tests.helpers import HERE, DocumentCase
from tests.programs import Built
from ewgen.plan import make_plan

SAMPLE = os.path.join(HERE, "data", "operations.yaml")

# A request and its reply; what a test is about are the correlation ids.
DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Test, version: 1.0.0}
x-ew-prefix: test
channels:
  main:
    address: /
    messages: {ask: {$ref: '#/components/messages/ask'}, tell: {$ref: '#/components/messages/tell'}}
operations:
  talk:
    action: receive
    channel: {$ref: '#/channels/main'}
    messages: [{$ref: '#/channels/main/messages/ask'}]
    reply: {messages: [{$ref: '#/channels/main/messages/tell'}]}
components:
  messages:
    ask: {%s payload: {$ref: '#/components/schemas/Ask'}}
    tell: {%s payload: {$ref: '#/components/schemas/Tell'}}
  schemas:
    Ask: {type: object, properties: {id: {type: string}, list: {type: array, items: {type: string}}, c: {const: 1}}}
    Tell: {type: object, properties: {id: {type: string}, kind: {type: string, enum: [a]}}}
"""
ID = "correlationId: {location: '$message.payload#/%s'},"


class ProgramTest(Built):
    def test_both_sides_talk(self):
        self.generate(SAMPLE)
        self.assertEqual(self.run_c(os.path.join(HERE, "data", "operations_test.c")), "0 failures\n")

    def test_clang_is_silent(self):
        self.generate(SAMPLE)
        self.assertEqual(self.run_c(os.path.join(HERE, "data", "operations_test.c"), "clang", ()), "0 failures\n")

    def test_the_example_of_the_manual_prints_what_it_says(self):
        self.try_manual("Receiving, sending, replies", "calls")


class PlanTest(DocumentCase):
    def sides(self, ask, tell):
        plan = make_plan(self.protocol(DOCUMENT % (ask, tell)))
        return {side.name: side.side for side in plan.sides}

    def names(self, covers):
        return [cover.prototype.partition("(")[0].split()[-1] for cover in covers]

    def test_each_side_sends_what_the_other_receives(self):
        sides = self.sides("", "")
        self.assertEqual(self.names(sides["client"].senders), ["ew_test_send_talk"])
        self.assertEqual(self.names(sides["server"].senders), ["ew_test_reply_talk"])
        self.assertEqual([c.callback for c in sides["client"].receivers[0].cases], ["on_tell"])
        self.assertEqual([c.callback for c in sides["server"].receivers[0].cases], ["on_ask"])

    def test_requests_need_an_id_in_both_messages(self):
        for ask, tell, requests in (
            (ID % "id", ID % "id", ["ew_test_request_talk"]),
            (ID % "id", "", []),
            ("", ID % "id", []),
            (ID % "id", ID % "kind", []),
            (ID % "list", ID % "id", []),
            (ID % "c", ID % "id", []),
            (ID % "id", "correlationId: {location: '$message.header#/id'},", []),
        ):
            side = self.sides(ask, tell)["client"]
            self.assertEqual(self.names(side.requests), requests, (ask, tell))
            self.assertEqual(len(side.kinds), len(requests))
            self.assertEqual(self.names(side.matches), ["ew_test_match_tell"] if requests else [], (ask, tell))

    def test_an_id_that_leads_to_no_member_is_refused(self):
        self.assert_refused(
            lambda: self.sides(ID % "id", ID % "idd"), "#/components/messages/tell/correlationId", 'no member "idd"'
        )

    def test_two_operations_of_one_name_in_c_are_refused(self):
        text = DOCUMENT % ("", "")
        text = text.replace("components:\n", "  Talk: {action: receive, channel: {$ref: '#/channels/main'}}\ncomponents:\n")
        text = text.replace("tell'}]}\n", "tell'}]}\n").replace("Talk: {", "Talk: {messages: [{$ref: '#/channels/main/messages/ask'}], ")
        self.assert_refused(lambda: make_plan(self.protocol(text)), "#/operations/Talk", "#/operations/talk")


if __name__ == "__main__":
    unittest.main()
