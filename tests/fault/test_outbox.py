"""What a transaction sends first: its offsets where it is small, its records where it is large."""

import re
import unittest

from campaign import begin
from chapar_history import Writer, event, publish
from chapar_kafka import unique_prefix
from chapar_live import clean_up, make_topics, verify, wait_until_processed

# A transaction keeps this many records (consumer/process/outbox.h); each event here changes one.
KEPT = 512
OFFSETS, RECORDS, END = ["AddOffsetsToTxn", "TxnOffsetCommit"], ["AddPartitionsToTxn", "Produce"], ["EndTxn"]


class Order(unittest.TestCase):
    def setUp(self):
        self.prefix = unique_prefix("outbox")
        self.addCleanup(clean_up, self.prefix)
        make_topics(self.prefix, 1)

    def requests(self, events):
        """The kinds of requests of the first transaction that writes anything, in the order in which they first
        come: with so many events, and offsets held back so long that whatever goes before them has gone."""
        writer = Writer(self.prefix)
        publish([writer.record(event("milestone", f"road-{n}", "UNDERTAKEN", "2026-01-01T00:00:00Z", dossier="roads"))
                 for n in range(events)])
        with begin(self.prefix, "--clock", "stream", "--log-level", "debug", "-X", "debug=protocol",
                   faults="offsets.before:0:delay=300") as running:
            wait_until_processed(running, self.prefix)
            self.assertEqual(running.stop(), 0, running.err())
            sent = " ".join(re.findall(f"Sent ({'|'.join(OFFSETS + RECORDS + END)})Request", running.err()))
        self.assertEqual(verify(self.prefix)[:2], (0, []))
        transactions = [t.split() for t in sent.split(*END)]
        return list(dict.fromkeys(next(t for t in transactions if "Produce" in t)))

    def test_offsets_where_it_is_small(self):
        self.assertEqual(self.requests(1), OFFSETS + RECORDS)

    def test_records_where_it_is_large(self):
        self.assertEqual(self.requests(KEPT + 1), RECORDS + OFFSETS)


if __name__ == "__main__":
    unittest.main()
