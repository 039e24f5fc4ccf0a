#!/usr/bin/env python3
"""Makes messages that are as dear to decode as one can think of, accepted or refused.

Each is a corpus of its own, in the format of corpus.py, of about the size asked for.
"""

import argparse
import json
import os
import sys

import corpus


def filled(open_text, unit, close_text, size):
    """unit repeated, with commas: a function of the index or a text."""
    make = unit if callable(unit) else lambda i: unit
    parts, length, i = [], len(open_text) + len(close_text), 0
    while length < size:
        parts.append(make(i))
        length += len(parts[-1]) + 1
        i += 1
    return open_text + ",".join(parts) + close_text


def sample_event():
    return corpus.kaleido_event(corpus.Source(1), 1000, 0, corpus.plain_text)


def in_data(open_text, unit, close_text):
    """In the free-form member of a kaleido event."""

    def make(size):
        left, right = corpus.compact([dict(sample_event(), data={"HERE": 1})]).split('{"HERE":1}')
        return "kaleido_event_batch", filled(
            left + '{"x":' + open_text, unit, close_text + "}" + right, size
        )

    return make


def in_signature(unit):
    """In a string that has a place in a struct."""

    def make(size):
        left, right = corpus.compact([dict(sample_event(), signature="HERE")]).split("HERE")
        count = (size - len(left) - len(right)) // len(unit.encode())
        return "kaleido_event_batch", left + unit * count + right

    return make


def unknown_members(key, value):
    """Members of an event that the schema does not have."""

    def make(size):
        left, right = corpus.compact([dict(sample_event(), HERE=1)]).split('"HERE":1')
        return "kaleido_event_batch", filled(
            left, lambda i: '"%s":%s' % (key % i, value), right, size
        )

    return make


def events(change):
    """A batch of events, each of them changed as text."""

    def make(size):
        source = corpus.Source(2)
        texts = []
        while sum(len(t) for t in texts) < size:
            texts.append(change(corpus.kaleido_event(source, 5, len(texts), corpus.plain_text)))
        return "kaleido_event_batch", "[" + ",".join(texts) + "]"

    return make


def escaped_keys(event):
    text = corpus.compact(event)
    for name in event:
        text = text.replace('"%s":' % name, '"%s":' % "".join("\\u%04x" % ord(c) for c in name))
    return text


def spaced(event):
    return json.dumps(event, ensure_ascii=False, indent=40, separators=(" \n\t , ", " \r\n : "))


def reversed_members(event):
    return corpus.compact(dict(reversed(list(event.items()))))


def broken(end):
    """Good until its end."""

    def make(size):
        name, text = events(corpus.compact)(size)
        return name, text[: -len("]")] + end

    return make


def octave_ack(other, member, last=""):
    """A list of the shortest elements."""
    left = '{"head":{"msgId":"","ok":true,"%s":[],"%s":[' % (other, member)
    return lambda size: ("octave_server_message", filled(left, '""', last + ']},"body":{}}', size))


def octave_tags(key):
    """A map of very many entries, whose names must differ."""

    def make(size):
        stream, event = corpus.octave_event(corpus.Source(3))
        event["tags"] = {"HERE": ""}
        message = {"type": "message", "resource": stream, "value": event}
        left, right = corpus.compact(message).split('"HERE":""')
        return "octave_message", filled(left, lambda i: '"%s":""' % (key % i), right, size)

    return make


def baas_data(open_text, unit, close_text):
    """In the transaction's payload, where nearly all members are optional."""

    def make(size):
        source = corpus.Source(4)
        content = {
            "id": source.digits(64),
            "state": "VALID",
            "from": "a.b",
            "to": "c",
            "input": "[]",
            "events": None,
        }
        content["data"] = {"HERE": 1}
        event = corpus.baas_event(source, "Tx", "tx-1-" + content["id"], content["id"], content)
        left, right = corpus.compact(event).split('{"HERE":1}')
        return "baas_event", filled(left + open_text, unit, close_text + right, size)

    return make


def baas_content_first(size):
    """The member that the type decides on comes before the type."""
    source = corpus.Source(5)
    content = {
        "number": 1,
        "hash": source.digits(64),
        "create_time": 1,
        "previous_hash": source.digits(64),
    }
    content["transactions"] = [source.digits(64) for _ in range(max(1, size // 67))]
    event = corpus.baas_event(source, "Block", "block-1", "1", content)
    return "baas_event", corpus.compact(dict(reversed(list(event.items()))))


def baas_contract(size):
    """One long Base64 text."""
    event = corpus.baas_event(
        corpus.Source(6), "Contract", "contract-1-" + "0" * 64, "x", "QUJD" * (size // 4)
    )
    return "baas_event", corpus.compact(event)


def baas_input(size):
    """JSON in a string, all of it escapes."""
    source = corpus.Source(7)
    identifier = source.digits(64)
    text = json.dumps(["\n"] * (size // 8))
    content = {
        "id": identifier,
        "state": "VALID",
        "from": "a.b",
        "to": "c",
        "input": text,
        "events": None,
    }
    return "baas_event", corpus.compact(
        corpus.baas_event(source, "Tx", "tx-1-" + identifier, identifier, content)
    )


def tag_last(size):
    """The member that chooses the type comes behind all others."""
    return "firefly_server_message", filled(
        "{", lambda i: '"k%d":[{}]' % i, ',"error":"x","type":"protocol_error"}', size
    )


def no_tag(size):
    """None of the types that a server may send."""
    return "kaleido_server_message", filled("{", lambda i: '"k%d":%d' % (i, i), "}", size)


DEEP = 50

CASES = {
    "deep_arrays": in_data("[", "[" * DEEP + "]" * DEEP, "]"),
    "deep_objects": in_data("[", '{"":' * DEEP + "1" + "}" * DEEP, "]"),
    "ones": in_data("[", "1", "]"),
    "numbers": in_data("[", "-1.5e-7", "]"),
    "empty_texts": in_data("[", '""', "]"),
    "empty_arrays": in_data("[", "[]", "]"),
    "empty_objects": in_data("[", "{}", "]"),
    "literals": in_data("[", lambda i: ("true", "false", "null")[i % 3], "]"),
    "raw_escapes": in_data("[", '"\\n\\u00e9\\ud83d\\ude00"', "]"),
    "raw_members": in_data("{", lambda i: '"%x":0' % i, "}"),
    "escapes": in_signature("\\n"),
    "unicode_escapes": in_signature("\\u00e9"),
    "surrogate_escapes": in_signature("\\ud83d\\ude00"),
    "mixed_escapes": in_signature("a\\n"),
    "two_byte_text": in_signature("é"),
    "mixed_text": in_signature("aé"),
    "four_byte_text": in_signature("😀"),
    "unknown_members": unknown_members("k%d", "0"),
    "unknown_empty": unknown_members("%x", "{}"),
    "unknown_like_known": unknown_members("blockNumbe%d", '""'),
    "unknown_escaped": unknown_members("\\u0062%d", '""'),
    "escaped_keys": events(escaped_keys),
    "white_space": events(spaced),
    "reversed_members": events(reversed_members),
    "short_texts": octave_ack("errors", "messages"),
    "short_choices": octave_ack("messages", "errors"),
    "refused_texts": octave_ack("errors", "messages", ",1"),
    "refused_choices": octave_ack("messages", "errors", ",1"),
    "map_entries": octave_tags("%d"),
    "map_long_names": octave_tags("a name that all entries begin with %d"),
    "empty_actions": baas_data('{"data":{"actions":[', "{}", "]}}"),
    "content_first": baas_content_first,
    "base64": baas_contract,
    "json_in_text": baas_input,
    "tag_last": tag_last,
    "no_tag": no_tag,
    "cut_short": broken(""),
    "bad_byte_at_end": broken(',{"a":"\x01"}]'),
    "duplicate_at_end": broken(',{"address":"0x' + "0" * 40 + '","address":""}]'),
    "pattern_at_end": broken(',{"address":"0x"}]'),
    "trailing_text": broken("] x"),
}


def write(folder, size):
    for name, make in CASES.items():
        kind, text = make(size)
        data = text.encode()
        with open(os.path.join(folder, name + ".corpus"), "wb") as stream:
            stream.write(b"%d %s\n" % (len(data), kind.encode()) + data + b"\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--out", default=".", metavar="DIR", help="folder for the files NAME.corpus (default: .)"
    )
    parser.add_argument(
        "--bytes", type=int, default=100000, help="size of each (default: %(default)s)"
    )
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    write(options.out, options.bytes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
