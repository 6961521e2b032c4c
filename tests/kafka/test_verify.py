"""`chapar verify` on a real broker finds nothing where only the processor wrote, whatever happened to it.

CHAPAR_TEST_VERIFY_ROUNDS says how many histories are gone through with instances that come and go (1)."""

import contextlib
import json
import os
import random
import secrets
import signal
import tempfile
import unittest

from chapar_history import Writer, event, history, publish
from chapar_kafka import unique_prefix
from chapar_live import clean_up, group_of, make_topics, options, process, process_all, verify, wait_until_processed
from chapar_run import run

OTHER_POLICY = {"escalations": ["P2D", "P40D"]}
PAST = ("1970-01-02", "2026-11-01")
ROUNDS = int(os.environ.get("CHAPAR_TEST_VERIFY_ROUNDS", "1"))


class Healthy(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
        print(f"CHAPAR_SEED={self.seed}", flush=True)

    def topics(self, partitions=2):
        prefix = unique_prefix("verify")
        self.addCleanup(clean_up, prefix)
        make_topics(prefix, partitions)
        return prefix

    def verify(self, prefix, *more):
        code, differences, summary = verify(prefix, *more)
        self.assertEqual((code, differences[:20]), (0, []))
        return summary

    def story(self, cases=40, **more):
        events = history(self.seed, cases, **more)
        return [e for e in events if PAST[0] < e["recorded_at"] < PAST[1]]

    def test_nothing_at_all(self):
        prefix = self.topics()
        self.assertEqual(self.verify(prefix), {"record": "summary", "events": 0, "records": 0, "alerts": 0,
                                               "differences": 0, "behind": 0})

    def test_each_clock(self):
        events = self.story()
        for clock in ("stream", "wall", "2034-01-01T00:00:00Z"):
            with self.subTest(clock=clock):
                prefix = self.topics()
                writer = Writer(prefix)
                publish([writer.record(e) for e in events], transaction=50)
                process_all(prefix, "--clock", clock)
                summary = self.verify(prefix)
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


    def test_rules_that_changed_on_the_way(self):
        """Nobody can tell what the former ones said: who asks has to say that there were some."""
        draw = random.Random(self.seed)
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(json.dumps(OTHER_POLICY))
            file.flush()
            policy, zone = ("--policy", file.name), ("--zone", "Asia/Almaty")
            for former, latter in (((), policy), draw.choice(((policy, zone), (zone, ())))):
                # Seldom so early that nothing which stands in the register was written before.
                events, clock = self.story(), ("--clock", draw.choice(("stream", "2034-01-01T00:00:00Z")))
                cut = draw.choice((max(101, len(events) // 2), len(events) // 20))
                with self.subTest(former=former, latter=latter, cut=cut, clock=clock):
                    prefix = self.topics()
                    writer = Writer(prefix)
                    publish([writer.record(e) for e in events[:cut]])
                    process_all(prefix, *clock, *former)
                    publish([writer.record(e) for e in events[cut:]])
                    process_all(prefix, *clock, *latter)
                    self.assertEqual(run("verify", *options(prefix), *former).code, 2)
                    self.assertIn(verify(prefix, *latter)[0], (1,) if cut > 100 else (0, 1))
                    done = run("verify", *options(prefix), *latter, "--rules-changed")
                    self.assertEqual((done.code, done.lines()[:-1]), (0, []))
                    self.assertGreater(done.lines()[-1]["records"], 20)

    def test_events_that_wait(self):
        prefix = self.topics(1)
        writer = Writer(prefix)
        publish([writer.record(event("summit", "talks", "SCHEDULED", "2026-01-05T10:00:00Z", date="2026-06-01"))])
        process_all(prefix, "--clock", "stream")
        publish([writer.record(event("summit", "talks", "HELD", "2026-06-05T10:00:00Z"))])
        self.assertEqual(self.verify(prefix), {"record": "summary", "events": 1, "records": 1, "alerts": 0,
                                               "differences": 0, "behind": 1})

    def records(self, prefix, draw):
        """Events in blocks that come in no order, some twice, and among them what is none."""
        writer, records = Writer(prefix), []
        for told in self.story(draw.choice((20, 60))):
            records.append(writer.record(told))
            if draw.random() < 0.04:
                records.append(draw.choice(records[-8:]))
            if draw.random() < 0.02:
                records.append(records[-1] | {"value": draw.randbytes(draw.randint(0, 30))})
            if draw.random() < 0.02:
                records.append(records[-1] | {"key": "another"})
        blocks = [records[i:i + 40] for i in range(0, len(records), 40)]
        draw.shuffle(blocks)
        return [record for block in blocks for record in block]

    def test_while_instances_come_and_go(self):
        for number in range(ROUNDS):
            draw = random.Random(f"{self.seed} {number}")
            prefix, zone = self.topics(3), draw.choice(("UTC", "Asia/Almaty", "America/New_York"))
            rules = ("--zone", zone, "--clock", draw.choice(("wall", "stream", "2034-01-01T00:00:00Z")))
            asked = ("--zone", zone, *draw.choice(((), ("--group", group_of(prefix)))))
            with self.subTest(rules=rules), contextlib.ExitStack() as stack:
                def start(name):
                    return stack.enter_context(process(prefix, *rules, "--instance", name))
                running, left = [start("a"), start("b")], self.records(prefix, draw)
                while left:
                    size = draw.randrange(1, 60)
                    publish(left[:size])
                    left = left[size:]
                    if draw.random() < 0.3:
                        at = draw.randrange(2)
                        running[at].stop(draw.choice((signal.SIGKILL, signal.SIGTERM)))
                        running[at] = start("ab"[at])
                    if draw.random() < 0.3:
                        self.verify(prefix, *asked)
                wait_until_processed(running[0], prefix)
                self.verify(prefix, *asked)
                run("dead-letters", "retry", *options(prefix), expect=0)
                wait_until_processed(running[0], prefix)
                summary = self.verify(prefix, *asked)
                self.assertEqual((summary["behind"], summary["events"] > 50), (0, True), summary)


if __name__ == "__main__":
    unittest.main()
