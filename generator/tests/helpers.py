"""What the tests share: documents written to a folder of their own, and the error they must give."""

import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from ewgen import model  # noqa: E402
from ewgen.document import read_protocol  # noqa: E402
from ewgen.errors import DocumentError  # noqa: E402
from ewgen.load import Library  # noqa: E402

SAMPLE = os.path.join(HERE, "data", "sample")
SAMPLE_DOCUMENTS = [os.path.join(SAMPLE, name) for name in ("asyncapi.yaml", "openapi.yaml")]
SAMPLE_VECTORS = os.path.join(SAMPLE, "vectors.yaml")

# One message in each direction; what a test is about is put in its place.
DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Test, version: 1.0.0}
x-ew-prefix: test
channels:
  main:
    address: /
    messages:
      up: {$ref: '#/components/messages/up'}
      down: {$ref: '#/components/messages/down'}
operations:
  in: {action: receive, channel: {$ref: '#/channels/main'}, messages: [{$ref: '#/channels/main/messages/up'}]}
  out: {action: send, channel: {$ref: '#/channels/main'}, messages: [{$ref: '#/channels/main/messages/down'}]}
components:
  messages:
    up: {payload: {$ref: '#/components/schemas/Up'}}
    down: {payload: {$ref: '#/components/schemas/Up'}}
  schemas:
    Up:
      type: object
      properties:
        it: %s
"""


class DocumentCase(unittest.TestCase):
    """A test that writes documents."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    def open(self, text, name="a.yaml"):
        return Library(self.folder).open(self.write(name, text))

    def protocol(self, text, vectors=None):
        path = self.write("asyncapi.yaml", text)
        extra = self.write("vectors.yaml", vectors) if vectors is not None else None
        return read_protocol(Library(self.folder), [path], None, extra)

    def member(self, schema, lenient=False):
        """The member `it` of a document whose schema is given in one line of YAML."""
        protocol = self.protocol(DOCUMENT % schema)
        schemas = protocol.lenient if lenient else protocol.strict
        up = next(k for k in schemas.types.values() if isinstance(k, model.Object) and k.stem == "up")
        return up.members[0]

    def assert_refused(self, act, *parts):
        """act() must raise a DocumentError whose text holds every part."""
        with self.assertRaises(DocumentError) as caught:
            act()
        for part in parts:
            self.assertIn(part, str(caught.exception))
        return str(caught.exception)


def sample():
    return read_protocol(Library(HERE), SAMPLE_DOCUMENTS, None, SAMPLE_VECTORS)
