#!/usr/bin/env python3
"""Makes the corpora that the benchmarks read.

A corpus is a file of messages: a line "<bytes> <type>" before each, then the message and a newline.
The type is the C type that decodes it, without "ew_". The same seed gives the same bytes
everywhere.
All messages are valid in the strict profile, with members in the order the real servers write them
(but for kaleido_shuffled).
"""

import argparse
import base64
import json
import os
import random
import sys
import zlib

BATCH = 50
BLOCK_IDS = 100
DEFAULT_BYTES = 2000000

SIGNATURES = (
    (
        "Transfer(address,address,uint256)",
        ("from", "to", "value"),
        ("address", "address", "number"),
    ),
    (
        "Approval(address,address,uint256)",
        ("owner", "spender", "value"),
        ("address", "address", "number"),
    ),
    ("DataStored(uint256)", ("data",), ("number",)),
    ("Changed(address,uint256)", ("addr1", "value2"), ("address", "number")),
    ("OrderPlaced(string,uint256)", ("item", "quantity"), ("text", "number")),
    ("Stored(bytes32,string)", ("key", "label"), ("hash", "text")),
    ("Touched(string)", ("note",), ("text",)),
)
PLAIN_WORDS = """order shipped invoice paid stock moved batch sensor alarm cleared ticket closed
    account""".split()
CHINESE = "订单已发货 库存不足 温度过高 付款成功 设备离线 合同已签署 任务创建".split()
CYRILLIC = "заказ отправлен склад платёж датчик договор подписан устройство".split()
GERMAN = "Größe Straße Übergabe prüfen Überschuss Gerät möglich fünf Prüfmaß".split()
EMOJI = "😀 🚚 ✅ 📦 🔥 🧾".split()


class Source:
    """Random values in the shapes that the protocols use."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def below(self, count):
        return self.random.randrange(count)

    def among(self, values):
        return values[self.below(len(values))]

    def chance(self, percent):
        return self.below(100) < percent

    def digits(self, count, alphabet="0123456789abcdef"):
        return "".join(self.among(alphabet) for _ in range(count))

    def address(self):
        """With mixed letter case, as a checksum writes it."""
        return "0x" + self.digits(40, "0123456789abcdefABCDEF")

    def lower_address(self):
        return "0x" + self.digits(40)

    def hash(self):
        return "0x" + self.digits(64)

    def uuid(self):
        return "-".join(self.digits(n) for n in (8, 4, 4, 4, 12))

    def number(self):
        return str(self.random.getrandbits(self.among((8, 16, 32, 60, 90))))

    def base64(self, low, high):
        count = low + self.below(high - low + 1)
        return base64.b64encode(bytes(self.below(256) for _ in range(count))).decode()

    def time(self, fraction=True):
        parts = (
            2024,
            1 + self.below(12),
            1 + self.below(28),
            self.below(24),
            self.below(60),
            self.below(60),
        )
        text = "%04d-%02d-%02dT%02d:%02d:%02d" % parts
        return text + (".%08d%d" % (self.below(10**8), 1 + self.below(9)) if fraction else "") + "Z"

    def words(self, count, lists=(PLAIN_WORDS,)):
        return " ".join(self.among(self.among(lists)) for _ in range(count))


# ------------------------------------------------------------------------------------------ kaleido


def plain_text(source):
    """Mostly ASCII: one text in fifty has an umlaut, one in a hundred an escape."""
    text = source.words(1 + source.below(5))
    if source.chance(2):
        text += " " + source.among(GERMAN)
    return text + (' "%s"' % source.among(PLAIN_WORDS) if source.chance(1) else "")


def rich_text(source):
    """Mostly not ASCII, some escapes."""
    text = source.words(
        9 + source.below(11), (CHINESE, CYRILLIC, CYRILLIC, CHINESE, GERMAN, EMOJI, PLAIN_WORDS)
    )
    return text + "".join(
        source.among(("\n", "\t", ' "a"', " \\ ")) for _ in range(source.below(3))
    )


def event_data(source, names, kinds, text):
    make = {"address": source.lower_address, "number": source.number, "hash": source.hash}
    return {
        name: text(source) if kind == "text" else make[kind]() for name, kind in zip(names, kinds)
    }


def kaleido_event(source, block, index, text):
    signature, names, kinds = source.among(SIGNATURES)
    data = event_data(source, names, kinds, plain_text)
    if text is not plain_text:
        data["text"] = text(source)
    return {
        "address": source.address(),
        "blockNumber": str(block),
        "transactionIndex": hex(source.below(200)),
        "transactionHash": source.hash(),
        "data": data,
        "subId": "sb-" + source.uuid(),
        "signature": signature,
        "logIndex": str(index),
    }


def kaleido_events(source, text=plain_text):
    block = 1000000 + source.below(20000000)
    return [kaleido_event(source, block + i // 4, i, text) for i in range(BATCH)]


def kaleido(source):
    yield "kaleido_event_batch", compact(kaleido_events(source))


def kaleido_pretty(source):
    yield "kaleido_event_batch", json.dumps(kaleido_events(source), ensure_ascii=False, indent=4)


def kaleido_shuffled(source):
    events = kaleido_events(source)
    for i, event in enumerate(events):
        members = list(event.items())
        source.random.shuffle(members)
        events[i] = dict(members)
    yield "kaleido_event_batch", compact(events)


def kaleido_text(source):
    yield "kaleido_event_batch", compact(kaleido_events(source, rich_text))


# ------------------------------------------------------------------------------------------ firefly


def subscription(source, name="app1_subscription"):
    return {"id": source.uuid(), "namespace": "ns1", "name": name}


def blockchain_event(source):
    signature, names, kinds = source.among(SIGNATURES)
    chain_hash = source.hash()
    event = {
        "id": source.uuid(),
        "source": "ethereum",
        "namespace": "ns1",
        "name": signature.split("(")[0],
        "listener": source.uuid(),
        "protocolId": "%012d/%06d/%06d"
        % (source.below(10**8), source.below(200), source.below(50)),
        "output": event_data(source, names, kinds, plain_text),
        "info": {
            "address": source.address(),
            "blockNumber": str(source.below(10**8)),
            "logIndex": str(source.below(50)),
            "signature": signature,
            "subId": "sb-" + source.uuid(),
            "transactionHash": chain_hash,
            "transactionIndex": hex(source.below(200)),
        },
        "timestamp": source.time(source.chance(50)),
        "tx": {"blockchainId": chain_hash},
    }
    if source.chance(30):
        event["tx"] = {"type": "contract_invoke", "id": source.uuid(), "blockchainId": chain_hash}
    return event


def message_header(source):
    private = source.chance(40)
    header = {"id": source.uuid()}
    if source.chance(30):
        header["cid"] = source.uuid()
    header["type"] = "private" if private else "broadcast"
    header["txtype"] = source.among(("batch_pin", "unpinned"))
    header["author"] = "did:firefly:org/" + source.among(("acme", "globex", "initech"))
    header["key"] = source.address()
    header["created"] = source.time()
    header["namespace"] = "ns1"
    if private:
        header["group"] = source.digits(64)
    header["topics"] = [source.among(("orders", "stock", "invoices", "topic1"))]
    if source.chance(60):
        header["tag"] = source.among(("blue_message", "created", "Änderung"))
    header["datahash"] = source.digits(64)
    return header


def message(source):
    result = {"header": message_header(source), "localNamespace": "ns1", "hash": source.digits(64)}
    if source.chance(70):
        result["batch"] = source.uuid()
    if source.chance(30):
        result["txid"] = source.uuid()
    result["state"] = "confirmed"
    result["confirmed"] = source.time()
    result["data"] = [
        {"id": source.uuid(), "hash": source.digits(64)} for _ in range(1 + source.below(3))
    ]
    if source.chance(30):
        result["pins"] = ["%s:%016d" % (source.digits(64), source.below(10**6))]
    if source.chance(20):
        result["idempotencyKey"] = source.words(2)
    return result


def transaction(source):
    result = {"id": source.uuid(), "namespace": "ns1"}
    result["type"] = source.among(("contract_invoke", "batch_pin", "token_transfer"))
    result["created"] = source.time()
    if source.chance(40):
        result["idempotencyKey"] = source.uuid()
    if source.chance(70):
        result["blockchainIds"] = [source.hash() for _ in range(1 + source.below(2))]
    return result


ENRICHMENTS = (
    ("blockchain_event_received", "blockchainEvent", blockchain_event),
    ("blockchain_event_received", "blockchainEvent", blockchain_event),
    ("message_confirmed", "message", message),
    ("message_confirmed", "message", message),
    ("transaction_submitted", "transaction", transaction),
)


def firefly_event(source, sequence, of):
    kind, member, enrichment = source.among(ENRICHMENTS)
    event = {
        "id": source.uuid(),
        "sequence": sequence,
        "type": kind,
        "namespace": "ns1",
        "reference": source.uuid(),
    }
    if source.chance(25):
        event["correlator"] = source.uuid()
    if source.chance(60):
        event["tx"] = source.uuid()
    if source.chance(90):
        event["topic"] = source.among(("orders", "my_topic", "contract_invoke", source.uuid()))
    event["created"] = source.time()
    event[member] = enrichment(source)
    event["subscription"] = of
    return event


def firefly(source):
    first = source.below(10**7)
    of = subscription(source)
    batch = {"type": "event_batch", "id": source.uuid(), "subscription": of}
    batch["events"] = [firefly_event(source, first + i, of) for i in range(BATCH)]
    yield "firefly_event_batch", go(batch)


# --------------------------------------------------------------------------------------------- baas


def baas_event(source, kind, identifier, name, content):
    return {
        "type": kind,
        "platform": "Fabric",
        "instance_id": "csi-e2ehmfqasth-" + source.digits(13, "abcdefghijkmnpqrstuvwxyz23456789"),
        "network": "channel%d" % source.below(20),
        "id": identifier,
        "name": name,
        "content": content,
    }


def baas_block(source):
    number = source.below(10**6)
    content = {
        "number": number,
        "hash": source.digits(64),
        "create_time": 1581589504 + source.below(10**8),
        "previous_hash": source.digits(64),
        "transactions": [source.digits(64) for _ in range(BLOCK_IDS)],
    }
    yield "baas_event", go(baas_event(source, "Block", "block-%d" % number, str(number), content))


def contract_event(source, block, transaction_id):
    return {
        "type": "Contract",
        "platform": "Fabric",
        "instance_id": "csi-potato20-hs51a74qevzj",
        "network": "",
        "id": "contract-%d-%s" % (block, transaction_id),
        "name": source.among(("event-create-task", "event-close-task")),
        "content": source.base64(20, 120),
    }


def arguments(source):
    """What the contract was called with: an array of strings that hold JSON themselves."""
    order = {
        "id": source.uuid(),
        "note": source.words(4) + (" " + source.among(CHINESE) if source.chance(20) else ""),
        "lines": [
            {"item": source.among(PLAIN_WORDS), "count": source.below(99)}
            for _ in range(1 + source.below(5))
        ],
    }
    return json.dumps(
        [source.among(("createTask", "updateTask")), compact(order)],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def signature_header(source):
    return {
        "creator": {"id_bytes": source.base64(60, 120), "mspid": "potato20MSP"},
        "nonce": source.base64(24, 24),
    }


def rwset(source, namespace):
    reads = [
        {
            "key": source.among(PLAIN_WORDS) + source.digits(4),
            "version": {"block_num": str(source.below(9999)), "tx_num": "0"},
        }
        for _ in range(1 + source.below(2))
    ]
    writes = [
        {"is_delete": False, "key": source.among(PLAIN_WORDS), "value": source.base64(30, 90)}
        for _ in range(source.below(3))
    ]
    sets = {"metadata_writes": [], "range_queries_info": [], "reads": reads, "writes": writes}
    return {"collection_hashed_rwset": [], "namespace": namespace, "rwset": sets}


def proposal_response(source, transaction_id):
    chaincode = {"name": "taskmgr", "path": "", "version": "1.0"}
    extension = {
        "chaincode_id": chaincode,
        "events": {
            "chaincode_id": "taskmgr",
            "event_name": "event-create-task",
            "payload": source.base64(20, 60),
            "tx_id": transaction_id,
        },
        "response": {"message": "", "payload": source.base64(10, 40), "status": 200},
        "results": {
            "data_model": "KV",
            "ns_rwset": [rwset(source, "lscc"), rwset(source, "taskmgr")],
        },
    }
    return {"extension": extension, "proposal_hash": source.base64(32, 32)}


def payload(source, transaction_id):
    endorsements = [
        {"endorser": source.base64(60, 120), "signature": source.base64(70, 72)} for _ in range(1)
    ]
    spec = {
        "chaincode_id": {"name": "taskmgr", "path": "", "version": ""},
        "input": {
            "args": [source.base64(10, 20), source.base64(20, 80)],
            "decorations": {},
            "is_init": False,
        },
        "timeout": 0,
        "type": "GOLANG",
    }
    proposal = {"TransientMap": {}, "input": {"chaincode_spec": spec}}
    action = {
        "action": {
            "endorsements": endorsements,
            "proposal_response_payload": proposal_response(source, transaction_id),
        },
        "chaincode_proposal_payload": proposal,
    }
    channel_header = {
        "channel_id": "channel2",
        "epoch": "0",
        "extension": source.base64(11, 11),
        "timestamp": source.time(),
        "tls_cert_hash": None,
        "tx_id": transaction_id,
        "type": 3,
        "version": 0,
    }
    header = {"channel_header": channel_header, "signature_header": signature_header(source)}
    return {
        "data": {"actions": [{"header": signature_header(source), "payload": action}]},
        "header": header,
    }


def baas_tx(source):
    transaction_id = source.digits(64)
    block = source.below(10**6)
    content = {
        "id": transaction_id,
        "state": "VALID" if source.chance(95) else "MVCC_READ_CONFLICT",
        "from": "potato20MSP.octopus_26842_%d" % source.below(10**12),
        "to": "taskmgr",
        "input": arguments(source),
        "events": [contract_event(source, block, transaction_id) for _ in range(source.below(2))],
    }
    if source.chance(80):
        content["data"] = payload(source, transaction_id)
    yield "baas_event", go(
        baas_event(source, "Tx", "tx-%d-%s" % (block, transaction_id), transaction_id, content)
    )


# ------------------------------------------------------------------------------------------- octave


def elements(source):
    kind = source.below(3)
    if kind == 0:
        reading = {"enable": source.chance(50), "period": source.below(120)}
        return {"redSensor": {"accel": reading, "light": {"enable": True, "period": 60}}}
    if kind == 1:
        return {
            "temperature": source.below(600) / 10,
            "humidity": source.below(100),
            "battery": source.below(5000) / 1000,
        }
    return {
        "xyz": [source.below(2000) / 1000 - 1 for _ in range(3)],
        "state": source.among(PLAIN_WORDS),
        "fault": None,
    }


def octave_event(source):
    now = 1587387677625 + source.below(10**11)
    stream = "s" + source.digits(24)
    location = {
        "lat": source.below(180000000) / 10**6 - 90,
        "lon": source.below(360000000) / 10**6 - 180,
    }
    return stream, {
        "creationDate": now,
        "creatorId": "i" + source.digits(24),
        "elems": elements(source),
        "generatedDate": now - source.below(5000) if source.chance(60) else None,
        "hash": source.digits(16) if source.chance(30) else None,
        "id": "e" + source.digits(24),
        "lastEditDate": now,
        "lastEditorId": "i" + source.digits(24),
        "location": location if source.chance(50) else None,
        "metadata": None,
        "path": "/iot_solutions/devices/d_%s/:%s"
        % (source.digits(8), source.among(("command", "inbox", "location"))),
        "streamId": stream,
        "tags": {
            name: source.among(PLAIN_WORDS + GERMAN)
            for name in ("site", "line", "shift")[: source.below(4)]
        },
    }


def octave(source):
    stream, event = octave_event(source)
    yield "octave_message", compact({"type": "message", "resource": stream, "value": event})


# ------------------------------------------------------------------------------------------ control


def filters(source):
    return {
        "events": "^(message_.*|blockchain_event_received)$",
        "message": {"tag": "^(red|blue)$", "group": "", "author": "^did:firefly:org/acme$"},
        "transaction": {"type": "^batch_pin$"},
        "blockchainevent": {"name": "^Changed$", "listener": source.uuid()},
        "topic": "^%s$" % source.among(PLAIN_WORDS),
    }


def firefly_client(source):
    start = {"type": "start", "autoack": False, "namespace": "ns1", "name": source.words(1)}
    own = {"type": "start", "namespace": "ns1", "ephemeral": True, "filter": filters(source)}
    own["options"] = {
        "batch": True,
        "batchTimeout": "250ms",
        "firstEvent": "oldest",
        "readAhead": 50,
        "withData": False,
    }
    ack = {
        "type": "ack",
        "id": source.uuid(),
        "subscription": subscription(source, source.words(1)),
    }
    return source.among((start, own, ack, ack, {"type": "ack", "id": source.uuid()}))


def firefly_server(source):
    event = {
        "id": source.uuid(),
        "sequence": source.below(10**6),
        "type": "message_confirmed",
        "namespace": "ns1",
        "reference": source.uuid(),
        "topic": "orders",
        "created": source.time(),
        "subscription": subscription(source),
    }
    error = "FF10176: Invalid data: FF10177: Unknown action '%s'" % source.among(PLAIN_WORDS)
    return source.among((event, {"type": "protocol_error", "error": error}))


def kaleido_client(source):
    topic = source.among(PLAIN_WORDS)
    number = 1 + source.below(10**5)
    return source.among(
        (
            {"type": "listen", "topic": topic},
            {"type": "listenReplies"},
            {"type": "ack", "topic": topic},
            {"type": "ack", "topic": topic, "batchNumber": number},
            {"type": "error", "topic": topic, "message": plain_text(source), "batchNumber": number},
        )
    )


def kaleido_server(source):
    headers = {"requestId": source.uuid(), "type": "TransactionSuccess"}
    place = "%012d/%06d" % (source.below(10**8), source.below(200))
    return {
        "headers": headers,
        "status": "Succeeded",
        "protocolId": place,
        "transactionHash": source.hash(),
    }


def octave_client(source):
    verb = source.among(("subscribe", "unsubscribe"))
    command = {"msgId": source.uuid(), "object": "event", "type": verb}
    if source.chance(50):
        command["streamId"] = "s" + source.digits(24)
    else:
        command["path"] = "/my_company/devices/d_%s/:inbox" % source.digits(6)
    return command


def octave_server(source):
    fine = source.chance(80)
    head = {"msgId": source.uuid(), "ok": fine, "errors": [], "messages": []}
    if fine:
        head["messages"].append("Your request has been processed successfully.")
    else:
        head["errors"].append('Stream not found: "/my/%s"' % source.among(GERMAN))
    return {"head": head, "body": {}}


def baas_server(source):
    block = source.below(10**6)
    name = source.among(("event-create-task", "event-close-task"))
    identifier = "contract-%d-%s" % (block, source.digits(64))
    return baas_event(source, "Contract", identifier, name, source.base64(10, 60))


CONTROL = (
    ("firefly_client_message", firefly_client),
    ("firefly_server_message", firefly_server),
    ("kaleido_client_message", kaleido_client),
    ("kaleido_server_message", kaleido_server),
    ("octave_client_message", octave_client),
    ("octave_server_message", octave_server),
    ("baas_server_message", baas_server),
)


def control(source):
    name, make = source.among(CONTROL)
    yield name, go(make(source)) if not name.startswith("octave") else compact(make(source))


# -------------------------------------------------------------------------------------------- files


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def go(value):
    """As Go's encoding/json writes it."""
    text = compact(value)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, "\\u%04x" % ord(char))
    return text


CORPORA = {
    make.__name__: make
    for make in (
        kaleido,
        kaleido_pretty,
        kaleido_shuffled,
        kaleido_text,
        firefly,
        baas_block,
        baas_tx,
        octave,
        control,
    )
}


def write(path, make, size):
    source = Source(zlib.crc32(make.__name__.encode()))
    written = 0
    with open(path, "wb") as stream:
        while written < size:
            for name, text in make(source):
                data = text.encode()
                stream.write(b"%d %s\n" % (len(data), name.encode()))
                stream.write(data + b"\n")
                written += len(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--out", default=".", metavar="DIR", help="folder for the files NAME.corpus (default: .)"
    )
    parser.add_argument(
        "--bytes", type=int, default=DEFAULT_BYTES, help="size of each (default: %(default)s)"
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="of: %s (default: all)" % ", ".join(CORPORA)
    )
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in CORPORA]
    if unknown:
        parser.error("no corpus is called %s" % ", ".join(unknown))
    os.makedirs(options.out, exist_ok=True)
    for name in options.names or CORPORA:
        write(os.path.join(options.out, name + ".corpus"), CORPORA[name], options.bytes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
