"""The strictness vectors name places of the documents: each must be there."""

import json
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def find(document, pointer):
    """The value at a JSON Pointer; KeyError when there is none."""
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        document = document[int(token) if isinstance(document, list) else token]
    return document


def is_place(document, pointer, profile):
    """A keyword of a lenient twin stands in x-ew-lenient beside those of the schema itself."""
    schema, _, keyword = pointer.rpartition("/")
    places = [pointer] if profile == "strict" else [pointer, f"{schema}/x-ew-lenient/{keyword}"]
    for place in places:
        try:
            find(document, place)
            return True
        except (KeyError, IndexError, ValueError, TypeError):
            continue
    return False


class StrictnessTest(unittest.TestCase):
    def test_every_schema_pointer_is_a_place_in_the_document(self):
        for path in sorted(ROOT.glob("schema/*/strictness.json")):
            documents = {}
            for group in json.loads(path.read_text(encoding="utf-8"))["testGroups"]:
                for test in group["tests"]:
                    if not test.get("schema"):
                        continue
                    file, _, pointer = test["schema"].partition("#")
                    file = file or "asyncapi.yaml"
                    if file not in documents:
                        documents[file] = yaml.safe_load((path.parent / file).read_text(encoding="utf-8"))
                    with self.subTest(protocol=path.parent.name, tcId=test["tcId"]):
                        self.assertTrue(is_place(documents[file], pointer, group["profile"]), test["schema"])

    def test_every_protocol_has_vectors(self):
        with_vectors = {path.parent.name for path in ROOT.glob("schema/*/strictness.json")}
        self.assertEqual(with_vectors, {path.parent.name for path in ROOT.glob("schema/*/asyncapi.yaml")})


if __name__ == "__main__":
    unittest.main()
