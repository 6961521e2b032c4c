"""Holds the Avro codec against fastavro, both ways, for random records of every schema.

Needs fastavro. Run with the path of the helper program built next to the tests:

    CHAPAR_AVRO_TOOL=build/dev/avro_tool python3 tests/avro/test_fastavro.py

The seed is printed: CHAPAR_SEED where that is set, else a fresh one.
"""

import io
import json
import os
import random
import secrets
import struct
import subprocess
import unittest
from datetime import date, datetime, timezone
from pathlib import Path
from unittest import mock

import fastavro
from fastavro.read import LOGICAL_READERS
from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form

ROOT = Path(__file__).resolve().parents[2]
TOOL = os.environ.get("CHAPAR_AVRO_TOOL", str(Path(os.environ.get("CHAPAR", ROOT / "build/dev/chapar")).with_name("avro_tool")))
SEED = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
NAMES = ["signing", "summit", "milestone", "instrument_record", "summit_record", "commitment_record", "alert"]
EVENTS = NAMES[:3]
RECORDS = 1500

WORDS = ["KAZ", "org:ifas", "2027-05", "Қызылорда", "a", "Ashgabat declaration", "湖", "🌊", "/", "\n", '"', "\x7f"]


def schema_text(name):
    return (ROOT / "schemas" / f"{name}.avsc").read_text(encoding="utf-8")


def without_logical_types(schema):
    """So that fastavro gives and takes the numbers themselves; bytes stay the same."""
    if isinstance(schema, dict):
        return {k: without_logical_types(v) for k, v in schema.items() if k != "logicalType"}
    if isinstance(schema, list):
        return [without_logical_types(v) for v in schema]
    return schema


def tool(*arguments, data=b""):
    run = subprocess.run([TOOL, *arguments], input=data, capture_output=True, timeout=100, check=False)
    if run.returncode != 0:
        raise AssertionError(f"avro_tool {arguments}: {run.returncode} {run.stderr.decode()}")
    return run.stdout


def framed(messages):
    return b"".join(struct.pack("<I", len(m)) + m for m in messages)


def unframed(data):
    out, at = [], 0
    while at < len(data):
        (n,) = struct.unpack_from("<I", data, at)
        out.append(data[at + 4 : at + 4 + n])
        at += 4 + n
    return out


class Generator:
    """Random values of a schema, without logical types."""

    def __init__(self, schema, seed):
        self.schema = schema
        self.random = random.Random(seed)
        self.named = {}
        self.define(schema)

    def define(self, schema):
        """Finds the named types: one may be drawn by its name before the place where it is defined."""
        if isinstance(schema, dict):
            if schema.get("type") in ("record", "enum"):
                self.named[schema["name"]] = schema
            for part in schema.values():
                self.define(part)
        elif isinstance(schema, list):
            for part in schema:
                self.define(part)

    def number(self, bits):
        magnitude = self.random.getrandbits(self.random.randrange(1, bits))
        return magnitude if self.random.random() < 0.5 else -magnitude

    def value(self, schema):
        if isinstance(schema, str):
            return self.value(self.named[schema]) if schema in self.named else self.primitive(schema)
        if isinstance(schema, list):
            if self.random.random() < 0.3:
                return None
            value = self.value(next(b for b in schema if b != "null"))
            return None if value == [] else value  # an empty nullable array is null to us
        kind = schema["type"]
        if kind == "record":
            return {f["name"]: self.value(f["type"]) for f in schema["fields"]}
        if kind == "enum":
            return self.random.choice(schema["symbols"])
        if kind == "array":
            return [self.value(schema["items"]) for _ in range(self.random.randrange(5))]
        return self.value(kind)

    def primitive(self, kind):
        r = self.random
        if kind == "string":
            return "".join(r.choice(WORDS) for _ in range(r.randrange(6)))
        if kind == "bytes":
            return r.randbytes(r.randrange(20))
        if kind == "boolean":
            return r.random() < 0.5
        if kind == "double":
            return self.number(60) / (1 + r.randrange(1000))
        return self.number({"int": 31, "long": 63}[kind])

    def records(self, count):
        return [self.value(self.schema) for _ in range(count)]


def as_json(value):
    """As the tool prints and reads a record: without nulls, bytes as characters."""
    if isinstance(value, dict):
        return {k: as_json(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [as_json(v) for v in value]
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value


def lines(records):
    return "".join(json.dumps(as_json(r), ensure_ascii=False) + "\n" for r in records).encode()


class Codec(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"CHAPAR_SEED={SEED} fastavro {fastavro.__version__}")
        cls.schemas, cls.records = {}, {}
        for name in NAMES:
            raw = without_logical_types(json.loads(schema_text(name)))
            generator = Generator(raw, SEED)
            cls.schemas[name] = parse_schema(raw)
            cls.records[name] = generator.records(RECORDS)

    def theirs(self, name):
        """The records as fastavro writes them, in single-object encoding."""
        schema = self.schemas[name]
        head = b"\xc3\x01" + bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))
        out = []
        for record in self.records[name]:
            body = io.BytesIO()
            fastavro.schemaless_writer(body, schema, record)
            out.append(head + body.getvalue())
        return out

    def test_schemas_are_good_avro(self):
        for name in NAMES:
            with self.subTest(name):
                schema = parse_schema(json.loads(schema_text(name)))
                self.assertEqual(schema["name"].split(".")[:2], ["org", "chapar"])
                number, canonical = tool("fingerprint", data=schema_text(name).encode()).decode().split("\n")[:2]
                self.assertEqual(canonical, to_parsing_canonical_form(schema))
                self.assertEqual(bytes.fromhex(number)[::-1].hex(), fingerprint(canonical, "CRC-64-AVRO"))

    def test_fingerprints_of_other_schemas(self):
        for text in [
            '"null"', '"double"', '["null", "int"]', '{"type": "map", "values": {"type": "array", "items": "long"}}',
            '{"type": "fixed", "name": "a.F", "size": 12}',
            '{"type": "record", "name": "Node", "namespace": "x.y", "doc": "d", "fields": ['
            '{"name": "next", "type": ["null", "Node"], "default": null},'
            '{"name": "color", "type": {"type": "enum", "name": "z.Color", "symbols": ["R", "G"]}},'
            '{"name": "again", "type": "z.Color"}]}',
        ]:  # fmt: skip
            with self.subTest(text):
                number, canonical = tool("fingerprint", data=text.encode()).decode().split("\n")[:2]
                self.assertEqual(canonical, to_parsing_canonical_form(parse_schema(json.loads(text))))
                self.assertEqual(bytes.fromhex(number)[::-1].hex(), fingerprint(canonical, "CRC-64-AVRO"))

    def test_what_fastavro_writes_is_read(self):
        for name in NAMES:
            with self.subTest(name):
                got = tool("decode", name, data=framed(self.theirs(name))).decode().split("\n")[:-1]
                self.assertEqual(len(got), RECORDS)
                for line, record in zip(got, self.records[name]):
                    self.assertEqual(json.loads(line), as_json(record))

    def test_what_is_written_is_the_same_bytes(self):
        for name in NAMES:
            with self.subTest(name):
                got = unframed(tool("encode", name, data=lines(self.records[name])))
                self.assertEqual(got, self.theirs(name))

    def test_what_is_written_fastavro_reads(self):
        for name in NAMES:
            with self.subTest(name):
                got = unframed(tool("encode", name, data=lines(self.records[name])))
                self.assertEqual(len(got), RECORDS)
                for message, record in zip(got, self.records[name]):
                    body = io.BytesIO(message[10:])
                    self.assertEqual(fastavro.schemaless_reader(body, self.schemas[name], None), record)
                    self.assertEqual(body.read(), b"")

    def test_logical_types_mean_what_they_say(self):
        record = {"event_id": "e", "recorded_at": 1779408000123, "dossier": "d", "type": "SIGNED", "instrument": "d"}
        (message,) = unframed(tool("encode", "signing", data=lines([record])))
        schema = parse_schema(json.loads(schema_text("signing")))
        got = fastavro.schemaless_reader(io.BytesIO(message[10:]), schema, None)
        self.assertEqual(got["recorded_at"], datetime(2026, 5, 22, 0, 0, 0, 123000, timezone.utc))
        self.assertIsNone(got["title"])
        # Days that Python knows: its dates begin with the year 1, those of the random record anywhere.
        alert = dict(self.records["alert"][0], opens=20595, closes=20596)
        (message,) = unframed(tool("encode", "alert", data=lines([alert | {"threshold": 0, "raised_at": 0}])))
        schema = parse_schema(json.loads(schema_text("alert")))
        got = fastavro.schemaless_reader(io.BytesIO(message[10:]), schema, None)
        self.assertEqual(got["opens"], date(2026, 5, 22))

    def test_container_files_of_fastavro_are_read(self):
        for name in EVENTS:
            for codec in ["null", "deflate"]:
                with self.subTest(name=name, codec=codec):
                    file = io.BytesIO()
                    fastavro.writer(file, self.schemas[name], self.records[name], codec=codec)
                    got = tool("container-read", data=file.getvalue()).decode().split("\n")[:-1]
                    self.assertEqual([json.loads(line) for line in got], [as_json(r) for r in self.records[name]])

    def test_container_files_are_read_by_fastavro(self):
        for name in NAMES:
            for codec in ["null", "deflate"]:
                with self.subTest(name=name, codec=codec):
                    file = io.BytesIO(tool("container-write", name, codec, data=lines(self.records[name])))
                    reader = fastavro.reader(file)
                    self.assertEqual(reader.codec, codec)
                    self.assertEqual(
                        to_parsing_canonical_form(reader.writer_schema), to_parsing_canonical_form(self.schemas[name])
                    )
                    file.seek(0)
                    with mock.patch.dict(LOGICAL_READERS, clear=True):  # days beyond the year 9999
                        got = list(fastavro.reader(file))
                    self.assertEqual(got, self.records[name])

    def test_evolution_agrees_with_fastavro(self):
        """A writer that dropped, added, widened and reordered fields: both resolve to the same record."""
        for name in EVENTS:
            with self.subTest(name):
                old = without_logical_types(json.loads(schema_text(name)))
                required = [f for f in old["fields"] if "default" not in f]
                optional = [f for f in old["fields"] if "default" in f][::2]
                extra = [
                    {"name": "weather", "type": ["null", {"type": "map", "values": "double"}]},
                    {"name": "bits", "type": {"type": "fixed", "name": "Bits", "size": 3}},
                ]
                for field in optional:  # unions the other way round
                    field["type"] = field["type"][::-1]
                    field.pop("default")
                writer = {"type": "record", "name": old["name"], "namespace": "org.chapar",
                          "fields": optional + extra + required[::-1]}  # fmt: skip
                parsed = parse_schema(json.loads(json.dumps(writer)))
                records = [
                    {f["name"]: r[f["name"]] for f in optional + required}
                    | {"weather": {"wind": 1.5} if i % 2 else None, "bits": b"abc"}
                    for i, r in enumerate(self.records[name][:300])
                ]
                file = io.BytesIO()
                fastavro.writer(file, parsed, records)
                ours = [json.loads(x) for x in tool("container-read", data=file.getvalue()).decode().split("\n")[:-1]]
                file.seek(0)
                theirs = [as_json(r) for r in fastavro.reader(file, reader_schema=self.schemas[name])]
                self.assertEqual(len(ours), 300)
                self.assertEqual(ours, theirs)


if __name__ == "__main__":
    unittest.main()
