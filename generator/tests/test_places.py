"""What schemas are called by the place where they stand."""

from tests.helpers import DocumentCase
from ewgen.load import File, Node
from ewgen.places import call, schema_name, stem_of


def at(pointer, path="/doc/asyncapi.yaml", data=None):
    tokens = tuple(pointer.split("/")) if pointer else ()
    return Node(File(path, path, {"asyncapi": "3.0.0"} if data is None else data), tokens, {})


class PlaceTest(DocumentCase):
    def test_names_that_a_document_gives(self):
        for node, name in (
            (at("components/schemas/WSStart"), "WSStart"),
            (at("definitions/Order", data={}), "Order"),
            (at("$defs/Order", data={}), "Order"),
            (at("", "/doc/order-book.schema.json", {}), "order-book"),
            (at("Order", "/doc/common.yaml", {}), "Order"),
            (at("Order"), None),
            (at("components/schemas/A/properties/b"), None),
            (at("properties/b", "/doc/order.json", {}), None),
        ):
            self.assertEqual(schema_name(node), name, node.tokens)

    def test_types_inside_are_called_by_the_way_to_them(self):
        for node, stem in (
            (at("components/schemas/A/properties/someList/items"), "a_some_list_item"),
            (at("components/schemas/A/additionalProperties/oneOf/1"), "a_value_arm1"),
            (at("components/schemas/A/allOf/0/then/properties/x"), "a_x"),
            (at("components/schemas/A/definitions/B"), "a_b"),
            (at("components/schemas/Document"), "document_value"),
            (at("components/schemas/Document/properties/a"), "document_a"),
            (at("components/schemas/A/properties/properties/properties/x"), "a_properties_x"),
            (at("properties/side", "/doc/order.schema.json", {}), "order_side"),
            (at("definitions/Order/properties/side", "/doc/all.json", {}), "order_side"),
        ):
            self.assertEqual(stem_of(node), stem)

    def test_a_payload_is_called_like_its_message(self):
        node = at("channels/room/messages/say/payload")
        call(node, "say")
        self.assertEqual(schema_name(node), "say")
        inside = Node(node.file, node.tokens + ("properties", "text"), {})
        self.assertEqual((schema_name(inside), stem_of(inside)), (None, "say_text"))
