"""Kafka records of a size that nobody means well with. Each becomes a dead letter, and the stream goes on."""

import os
import unittest

from chapar_history import Writer, event, instant
from chapar_kafka import produce, unique_prefix
from chapar_live import clean_up, dead_letters, make_topics, process_all, register, replay

AT = "2027-01-05T10:00:00Z"
MEBIBYTE = 1 << 20
BATCH = 1114112  # what an event topic takes as one batch


class Sizes(unittest.TestCase):
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
        self.processed = process_all(self.prefix, "--clock", "stream")
        [pact] = register(self.prefix)
        self.assertEqual((pact["id"], pact["events"]), ("pact", 1))
        return dead_letters(self.prefix)

    def reasons(self, letters):
        return [letter.header("chapar_reason") for letter in letters]

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

    def test_what_unpacks_to_what_a_dead_letter_can_hold(self):
        value = bytes(20 * MEBIBYTE)
        self.put(value, compression_type="gzip")
        [letter] = self.end()
        self.assertEqual((letter.key, letter.value, self.reasons([letter])), (b"pact", value, ["too-large"]))


if __name__ == "__main__":
    unittest.main()
