"""`chapar verify` on a real broker: it finds nothing where the processor worked, whatever happened to it, and
names what somebody else wrote."""

import os
import random
import secrets
import signal
import unittest

from chapar_avro import Schemas
from chapar_history import Writer, event, history, instant, milliseconds, publish
from chapar_kafka import consume, end_offsets, produce, topics, unique_prefix
from chapar_live import (REGISTERS, clean_up, committed, make_topics, options, process, process_all,
                         wait_until_processed)
from chapar_run import run, wait_for

DAY = 86_400_000
INSTANT = ("--clock", "2034-01-01T00:00:00Z")
PAST = ("1970-01-02", "2026-11-01")


class Verify(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
        print(f"CHAPAR_SEED={self.seed}", flush=True)

    def topics(self, partitions=2):
        prefix = unique_prefix("verify")
        self.addCleanup(clean_up, prefix)
        make_topics(prefix, partitions)
        return prefix

    def verify(self, prefix, *more, expect=0):
        done = run("verify", *options(prefix), *more)
        self.assertEqual((done.code, [line for line in done.lines() if line["record"] != "summary"][:20]),
                         (expect, [])) if expect == 0 else self.assertEqual(done.code, expect, done.err)
        return done.lines()

    def story(self, cases=40, **more):
        events = history(self.seed, cases, **more)
        return [e for e in events if PAST[0] < e["recorded_at"] < PAST[1]]


class Healthy(Verify):
    def test_nothing_at_all(self):
        prefix = self.topics()
        self.assertEqual(self.verify(prefix), [{"record": "summary", "events": 0, "records": 0, "alerts": 0,
                                                "differences": 0}])

    def test_each_clock(self):
        events = self.story()
        for clock in ("stream", "wall", INSTANT[1]):
            with self.subTest(clock=clock):
                prefix = self.topics()
                writer = Writer(prefix)
                publish([writer.record(e) for e in events], transaction=50)
                process_all(prefix, "--clock", clock)
                summary = self.verify(prefix)[-1]
                self.assertEqual(summary["events"] > 100 and summary["alerts"] > 50 and summary["records"] > 20, True,
                                 summary)

    def test_while_events_come_late_and_the_processor_is_killed(self):
        """A processor that follows the machine's time, events that come in no order, in small transactions,
        and instances that come and go: whatever the order was, it is told by what was written."""
        draw = random.Random(self.seed)
        events = self.story(in_order=False)
        prefix = self.topics()
        writer = Writer(prefix)
        for end in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, None):
            piece, events = events[:len(events) // 3], events[len(events) // 3:]
            with process(prefix, "--clock", draw.choice(("wall", "stream"))) as running:
                while piece:
                    size = draw.randrange(1, 12)
                    publish([writer.record(e) for e in piece[:size]])
                    piece = piece[size:]
                    if draw.random() < 0.2:
                        self.verify(prefix)
                if end is signal.SIGKILL:
                    running.stop(end)
                    self.verify(prefix)
                else:
                    wait_until_processed(running, prefix)
                    self.verify(prefix)
                    running.stop(end or signal.SIGTERM)
        process_all(prefix)
        self.verify(prefix)


if __name__ == "__main__":
    unittest.main()
