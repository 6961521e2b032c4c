"""Avro values by the hand of fastavro, which shares no code with chapar."""

import io
import json
import os
import pathlib
import struct

import fastavro
import fastavro.schema


class Schemas:
    """The schemas of a folder (default: CHAPAR_SCHEMAS), found by fingerprint or by record name."""

    def __init__(self, folder=None):
        self.by_fingerprint = {}
        self.by_name = {}
        for path in sorted(pathlib.Path(folder or os.environ["CHAPAR_SCHEMAS"]).rglob("*.avsc")):
            schema = fastavro.parse_schema(json.loads(path.read_text()))
            form = fastavro.schema.to_parsing_canonical_form(schema)
            fingerprint = bytes.fromhex(fastavro.schema.fingerprint(form, "CRC-64-AVRO"))
            self.by_fingerprint[fingerprint] = schema
            if path.parent.name != "history":
                self.by_name[schema["name"].rsplit(".", 1)[-1]] = (fingerprint, schema)

    def decode(self, value):
        """(record name, fields) of a value in single-object encoding; every byte must be used."""
        assert value[:2] == b"\xc3\x01", f"no single-object encoding: {value[:10].hex()}"
        assert value[2:10] in self.by_fingerprint, f"no schema has the fingerprint {value[2:10].hex()}"
        return self._decode(self.by_fingerprint[value[2:10]], value[10:])

    def decode_confluent(self, value, schema_of):
        """The same in the Confluent wire format; `schema_of` gives the schema (JSON text) of an id."""
        magic, number = struct.unpack(">bI", value[:5])
        assert magic == 0, f"no Confluent wire format: {value[:5].hex()}"
        return self._decode(fastavro.parse_schema(json.loads(schema_of(number))), value[5:])

    def encode(self, name, fields):
        """A value in single-object encoding of the current schema `name` ("Signing")."""
        fingerprint, schema = self.by_name[name]
        buffer = io.BytesIO()
        fastavro.schemaless_writer(buffer, schema, fields)
        return b"\xc3\x01" + fingerprint + buffer.getvalue()

    @staticmethod
    def _decode(schema, payload):
        buffer = io.BytesIO(payload)
        fields = fastavro.schemaless_reader(buffer, schema, None)
        assert buffer.read() == b"", "bytes left after the record"
        return schema["name"].rsplit(".", 1)[-1], fields
