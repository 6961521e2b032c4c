"""Kafka records that nobody means well with, by their size or by what is in them, and a schema registry that is no
better. Each becomes a dead letter, and the stream goes on."""

import contextlib
import http.server
import json
import os
import threading
import time
import unittest

from chapar_history import Writer, event, instant
from chapar_kafka import consume, produce, unique_prefix
from chapar_live import clean_up, dead_letters, make_topics, options, process, process_all, register, replay
from chapar_run import run
from chapar_serve import serve

AT = "2027-01-05T10:00:00Z"
MEBIBYTE = 1 << 20
BATCH = 1114112  # what an event topic takes as one batch


class Hostile(unittest.TestCase):
    more = ()  # options of the processor

    def setUp(self):
        self.prefix = unique_prefix("hostile")
        self.addCleanup(clean_up, self.prefix)
        make_topics(self.prefix, partitions=1)
        self.writer = Writer(self.prefix)

    def put(self, value, key=b"pact", headers=None, **properties):
        record = {"key": key, "value": value, "headers": headers, "timestamp": instant.parse(AT)}
        produce(self.prefix + "signings", [record], message_max_bytes=1000000000, **properties)

    def end(self):
        """One event that is right behind all that is wrong; returns the dead letters."""
        good = self.writer.record(event("signing", "pact", "SIGNED", "2027-02-01T00:00:00Z"))
        produce(good.pop("topic"), [good])
        self.processed = process_all(self.prefix, "--clock", "stream", *self.more)
        [pact] = replay(self.prefix, *self.more, "--emit", "register").lines()
        self.assertEqual((pact["id"], pact["events"]), ("pact", 1))
        self.assert_written()
        return dead_letters(self.prefix)

    def assert_written(self):
        self.assertEqual([pact["events"] for pact in register(self.prefix)], [1])

    def reasons(self, letters):
        return [letter.header("chapar_reason") for letter in letters]


class Sizes(Hostile):
    def test_the_largest_record_that_the_topic_takes(self):
        value = b"\xc3\x01" + os.urandom(BATCH - 100)
        self.put(value)
        self.put(b"", key=value)
        self.put(b"x", headers=[("h", value)])
        letters = self.end()
        self.assertEqual(self.reasons(letters), ["too-large"] * 3)
        self.assertEqual((letters[0].value, letters[1].key, letters[2].headers[0]), (value, value, ("h", value)))

    def test_what_is_small_until_it_is_unpacked(self):
        """Compressed, it passes every limit of the brokers; no dead letter could be sure to."""
        huge = bytes(104 * MEBIBYTE)
        for compression in ("gzip", "zstd", "lz4"):
            self.put(huge, headers=[("trace", b"1")], compression_type=compression)
        self.put(b"x", key=huge, compression_type="gzip")
        letters = self.end()
        self.assertEqual(self.reasons(letters), ["too-large"] * 4)
        for offset, letter in enumerate(letters):
            self.assertEqual((letter.key, letter.value), (None, None))
            self.assertEqual((letter.header("chapar_topic"), letter.header("chapar_offset")),
                             (self.prefix + "signings", str(offset)))
            self.assertIn("is left out", letter.header("chapar_detail"))
        self.assertEqual([r["events"] for r in replay(self.prefix, "--emit", "register").lines()], [1])
        # Nobody who reads the same topics stops at it.
        listed = run("dead-letters", "list", *options(self.prefix), timeout=60, expect=0).lines()
        self.assertEqual([letter["reason"] for letter in listed], ["too-large"] * 4)
        with serve(self.prefix) as server:
            self.assertEqual(server.ask("/api/v1/instruments/pact")["item"]["events"], 1)

    def test_what_unpacks_to_what_a_dead_letter_can_hold(self):
        value = bytes(20 * MEBIBYTE)
        self.put(value, compression_type="gzip")
        [letter] = self.end()
        self.assertEqual((letter.key, letter.value, self.reasons([letter])), (b"pact", value, ["too-large"]))

    def test_headers_too_long_among_others_of_their_batch(self):
        """How long headers are is told by where the next message begins; not so at the end of what was fetched."""
        usual = [("trace", bytes(300))]
        made = [self.writer.record(event("signing", "pact", "ANNOUNCED", AT, title=f"Draft {i}")) for i in range(9)]
        for i, record in enumerate(made):
            record["headers"] = [("trace", bytes(MEBIBYTE))] if i in (3, 8) else usual
        topic = made[0]["topic"]
        produce(topic, [{k: v for k, v in record.items() if k != "topic"} for record in made],
                compression_type="gzip", linger_ms=500, message_max_bytes=1000000000)
        process_all(self.prefix, "--clock", "stream")
        letters = dead_letters(self.prefix)
        self.assertEqual([letter.header("chapar_offset") for letter in letters], ["3", "8"])
        self.assertEqual(self.reasons(letters), ["too-large"] * 2)
        self.assertEqual([pact["events"] for pact in register(self.prefix)], [7])
        replayed = replay(self.prefix, "--emit", "register")
        self.assertEqual([r["events"] for r in replayed.lines()], [7])

    def test_as_many_parties_as_there_is_room_for(self):
        """A million in a file, and here what an event may weigh: the register keeps the latest hundred."""
        parties = [f"org:{n:x}" for n in range(104_000)]
        record = self.writer.record(event("signing", "pact", "ADOPTED", AT, parties=parties))
        self.assertGreater(len(record["value"]), MEBIBYTE * 9 // 10)
        produce(record.pop("topic"), [record])
        process_all(self.prefix, "--clock", "stream")
        [pact] = register(self.prefix)
        self.assertEqual(pact["parties"], parties[-100:])
        self.assertEqual([p["party"] for p in pact["participants"]], parties[-100:])
        self.assertEqual(dead_letters(self.prefix), [])


class Contents(Hostile):
    """What decodes and is no event, and what only looks as if it decoded."""

    def value(self, **fields):
        return self.writer.record(event("signing", "pact", "SIGNED", AT) | fields)["value"]

    def test_texts_days_and_counts(self):
        title, text = self.value(title="HERE" * 25), b"HERE" * 25
        self.assertEqual(title.count(text), 1)
        front = title.index(text) - 2  # 100 as a varint: two bytes

        def claims(count):
            return title[:front] + count + title[front + 2:]
        cases = [
            (self.value(instrument="a\0b"), "invalid", "instrument: "),
            (self.value(dossier="pa\0ct"), "invalid", "dossier: "),
            (self.value(instrument="a\nb"), "invalid", "instrument: "),
            (self.value(instrument="\x1b]0;gone\x07"), "invalid", "instrument: "),
            (self.value(instrument=""), "invalid", "instrument: "),
            (self.value(instrument="a" * 300), "invalid", "instrument: "),
            (title.replace(text, b"\xff" * 100), "malformed", "title: a string is not UTF-8"),
            (title.replace(text, b"\xc0\xaf" * 50), "malformed", "title: a string is not UTF-8"),
            (title.replace(text, b"\xed\xa0\x80" + text[3:]), "malformed", "title: a string is not UTF-8"),
            (self.value(parties=["KAZ", "a\0b"]), "invalid", "parties"),
            (self.value(date="0000-01-01"), "invalid", "date: "),
            (self.value(date="10000-01-01"), "invalid", "date: "),
            (self.value(period="0000/2030"), "invalid", "period: "),
            (self.value(recorded_at="0001-01-01T00:00:00Z"), "invalid", "recorded_at"),
            (self.value(recorded_at="9999-12-31T23:59:59Z"), "invalid", "recorded_at"),
            (claims(b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "malformed", ""),  # the longest there is
            (claims(b"\x80\x80\x80\x80\x08"), "malformed", ""),  # a gibibyte
            (claims(b"\x01"), "malformed", ""),  # -1
            (claims(b"\xff" * 11), "malformed", ""),  # no number
            (title + b"\0", "malformed", ""),
            (title[:-1], "malformed", ""),
        ]
        for value, _, _ in cases:
            self.put(value)
        letters = self.end()
        for (value, reason, detail), letter in zip(cases, letters):
            with self.subTest(value=value[:60]):
                self.assertEqual((letter.value, letter.header("chapar_reason")), (value, reason),
                                 letter.header("chapar_detail"))
                self.assertIn(detail, letter.header("chapar_detail"))
        self.assertEqual(len(letters), len(cases))
        self.assertFalse([c for c in self.processed.err if ord(c) < 0x20 and c != "\n"], "control characters in the log")


class Registry(Hostile):
    """One that answers to every id with what costs more than it weighs."""

    SCHEMAS = {
        1: '{"type":"array","items":' * 100 + '"int"' + "}" * 100,
        2: '{"type":' * 1000 + '"int"' + "}" * 1000,
        3: "[" * 100_000,
        4: json.dumps({"type": "enum", "name": "E", "symbols": [f"S{n}" for n in range(50_000)]}),
        5: json.dumps({"type": "record", "name": "n" * 100_000, "fields": []}),
        6: json.dumps({"type": "record", "name": "R", "fields": [{"name": f"f{n}", "type": "int"} for n in range(20_000)]}),
        7: json.dumps({"type": "record", "name": "Signing", "namespace": "org.chapar", "fields": [
            {"name": "self", "type": "Signing"}]}),
        8: "\x1b[31m{",
        9: "",
    }

    def setUp(self):
        super().setUp()
        schemas, asked = self.SCHEMAS, []
        self.asked = asked

        class Answer(http.server.BaseHTTPRequestHandler):
            def answer(self, body):
                with contextlib.suppress(OSError):  # who asked need not wait for the end of it
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(body)

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(b'{"id": 1000}')

            def do_GET(self):
                number = int(self.path.rsplit("/", 1)[1])
                asked.append(number)
                if number in schemas:
                    self.answer(json.dumps({"schema": schemas[number]}).encode())
                elif number == 100:
                    self.answer(b"[" * (64 * MEBIBYTE))
                else:
                    self.answer(b'{"schema": ' + b"[" * 10_000)

            def log_message(self, *_):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.more = ("--registry-url", f"http://127.0.0.1:{server.server_port}")

    def assert_written(self):
        """With the id that this registry gives to everything."""
        [pact] = consume(self.prefix + "register.instruments")
        self.assertEqual(pact.value[:5], b"\0" + (1000).to_bytes(4, "big"))

    def test_schemas_that_nobody_can_read_with(self):
        for number in self.SCHEMAS:
            self.put(b"\0" + number.to_bytes(4, "big") + b"\0" * 20)
        begun = time.monotonic()
        letters = self.end()
        self.assertEqual(self.reasons(letters), ["unknown-schema"] * len(self.SCHEMAS))
        self.assertEqual(sorted(set(self.asked)), sorted(self.SCHEMAS))
        self.assertFalse([c for c in self.processed.err if ord(c) < 0x20 and c != "\n"], "control characters in the log")
        self.assertLess(time.monotonic() - begun, 30)

    def test_answers_that_are_none(self):
        """Without an end, or deep: it is no registry that answers so, and its task waits."""
        for number in (100, 101):
            with self.subTest(number):
                self.put(b"\0" + number.to_bytes(4, "big"))
                with process(self.prefix, "--clock", "stream", *self.more) as running:
                    running.wait_for(lambda: "a task waits for the schema registry" in running.err(), what="word of it")
                    status = open(f"/proc/{running.pid}/status").read()
                    peak = int(status.split("VmHWM:")[1].split()[0])
                    self.assertLess(peak, 200_000)
                    self.assertEqual(running.stop(), 0)
                self.assertEqual(dead_letters(self.prefix), [])
                clean_up(self.prefix)
                make_topics(self.prefix, partitions=1)


if __name__ == "__main__":
    unittest.main()
