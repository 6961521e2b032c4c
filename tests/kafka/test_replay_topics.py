"""`chapar replay` from topics: what it prints is what it prints for the same events in a file."""

import json
import os
import secrets
import shutil
import socket
import time
import unittest

from chapar_history import Writer, event, history, order, publish, write_lines
from chapar_kafka import produce, unique_prefix
from chapar_live import clean_up, make_topics, replay
from chapar_run import run, scratch_folder

EVERYTHING = ("--emit", "events,alerts,register,hash")
STORY = (event("signing", "pact", "SIGNED", "2027-01-05T10:00:00Z", date="2027-01-05", title="Pact"),
         event("milestone", "pact.report", "UNDERTAKEN", "2027-01-06T10:00:00Z", dossier="pact", instrument="pact",
               due="P3M"),
         event("summit", "pact.summit", "SCHEDULED", "2027-01-07T10:00:00Z", dossier="pact", date="2027-05-22"),
         event("milestone", "pact.report", "FULFILLED", "2027-03-20T10:00:00Z", dossier="pact"))


class FromTopics(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.prefix = unique_prefix("replay")
        self.addCleanup(clean_up, self.prefix)
        self.folder = scratch_folder("replay")
        self.addCleanup(shutil.rmtree, self.folder)

    def publish(self, events, partitions=1):
        """The events in topics, and in a file, with the same offsets where there is one partition."""
        make_topics(self.prefix, partitions)
        writer = Writer(self.prefix)
        publish([writer.record(e) for e in events])
        return write_lines(self.folder / "events.jsonl", events)

    def test_a_timeline_of_several_partitions_is_that_of_one(self):
        """Whatever falls due stands between the events of all partitions, in the order of time."""
        events = history("timeline", 25, unique=True)
        last = events[-1]["recorded_at"]
        lines = {}
        for partitions in (1, 4):
            if partitions > 1:
                clean_up(self.prefix)
                self.prefix = unique_prefix("replay")
                self.addCleanup(clean_up, self.prefix)
            file = self.publish(events, partitions)
            for more in (("--until", "2036-01-01T00:00:00Z"), ("--as-of", last), ("--clock", "2035-01-01T00:00:00Z")):
                lines[partitions, more] = replay(self.prefix, "--emit", "timeline", *more).out.splitlines()
                one = run("replay", "--emit", "timeline", *more, file).out.splitlines()
                if partitions == 1:
                    self.assertEqual(lines[1, more], one)
        for (partitions, more), found in lines.items():
            self.assertGreater(len(found), 100)
            # At the same instant one partition's lines may come before another's; what is stale, tasks differ in.
            # On the way to an instant each task begins at its own last event, and a year may come twice.
            self.assertEqual(*(sorted(x.replace(" (stale)", "        ") for x in those if x[:1] == " ")
                               for those in (found, lines[1, more])))
            if more[0] != "--clock" or partitions == 1:
                times, year = [], None
                for line in found[1:]:
                    year = line if line[:1] != " " else year
                    times.append(f"{year}-{line[2:13]}" if line[:1] == " " else f"{year}-")
                self.assertEqual(times, sorted(times), f"{partitions} {more}")

    def test_every_option_gives_what_a_file_gives(self):
        seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
        print(f"CHAPAR_SEED={seed}", flush=True)
        events = history(seed, 20)
        last = events[-1]["recorded_at"]
        refused = [event("signing", "two-kinds", "SIGNED", last), event("summit", "two-kinds", "HELD", last)]
        file = self.publish(events + refused)
        middle = events[len(events) // 2]
        before = events[len(events) // 3]["recorded_at"]
        subject = middle[{"signing": "instrument", "summit": "summit", "milestone": "commitment"}[middle["event"]]]
        printed = {}
        for more in ((), ("--as-of", middle["recorded_at"]), ("--as-of", before, "--until", "2030-01-01T00:00:00Z"),
                     ("--until", "2036-01-01T00:00:00Z"), ("--clock", "2035-01-01T00:00:00Z"), ("--clock", "stream"),
                     ("--as-of", before, "--clock", "2035-01-01T00:00:00Z", "--until", "2036-06-01T00:00:00Z"),
                     ("--zone", "Asia/Almaty", "--until", "2036-01-01T00:00:00Z"), ("--subject", subject)):
            with self.subTest(more=more):
                topics = replay(self.prefix, *EVERYTHING, *more)
                files = run("replay", "--prefix", self.prefix, *EVERYTHING, *more, file)
                self.assertEqual(topics.out.splitlines(), files.out.splitlines())
                self.assertEqual(self.reasons(topics), self.reasons(files))
                printed[more] = topics.out
                if "--as-of" not in more:
                    self.assertIn("two-kinds is known as an instrument", topics.err)
        self.assertEqual(printed[()], printed["--clock", "stream"])
        self.assertEqual(len(set(printed.values())), len(printed) - 1)
        for record in map(json.loads, printed["--subject", subject].splitlines()):
            names = {record.get(n) for n in ("subject", "id", "instrument", "summit", "commitment")}
            self.assertTrue(record["record"] == "hash" or subject in names, record)

    @staticmethod
    def reasons(done):
        """What is told of refused events, without where they stand."""
        return [line.split(": ", 1)[1] for line in done.err.splitlines()]

    def test_emit_chooses(self):
        self.publish(STORY, partitions=4)
        everything = replay(self.prefix, *EVERYTHING).lines()
        kinds = {"events": ["event"], "alerts": ["alert"], "register": ["instrument", "summit", "commitment"],
                 "hash": ["hash"]}
        for emit, records in kinds.items():
            with self.subTest(emit):
                expected = [r for r in everything if r["record"] in records]
                self.assertEqual(replay(self.prefix, "--emit", emit).lines(), expected)
                self.assertTrue(expected)
        self.assertEqual([r["event_id"] for r in everything if r["record"] == "event"],
                         [e["event_id"] for e in sorted(STORY, key=order)])
        self.assertEqual([r["record"] for r in everything][-4:], ["instrument", "summit", "commitment", "hash"])

    def test_what_will_be_is_forecast(self):
        self.publish(STORY[:3], partitions=4)
        found = replay(self.prefix, "--emit", "alerts", "--until", "2027-06-01T00:00:00Z").lines()
        self.assertEqual([(a["subject"], a["stage"], a["stale"]) for a in found if a["subject"] == "pact.report"],
                         [("pact.report", s, False) for s in ("-P30D", "-P7D", "-P1D", "+P1D", "+P30D")])

    def test_at_a_pace(self):
        days = [event("milestone", "road", "REPORTED", f"2027-01-{1 + n:02}T00:00:00Z", progress=n / 10)
                for n in range(4)]
        self.publish(days, partitions=2)
        begun = time.monotonic()
        paced = replay(self.prefix, *EVERYTHING, "--speed", "86400x")
        took = time.monotonic() - begun
        self.assertGreater(took, 2.95)
        self.assertLess(took, 20)
        self.assertEqual(paced.out, replay(self.prefix, *EVERYTHING).out)

    def test_what_is_no_event_is_named_and_skipped(self):
        self.publish(STORY, partitions=1)
        good = replay(self.prefix, *EVERYTHING)
        self.assertEqual(good.err, "")
        record = Writer(self.prefix).record(STORY[0])
        for value in (b"?", b"", None):
            produce(record["topic"], [{"key": "pact", "value": value, "timestamp": record["timestamp"]}])
        produce(record["topic"], [{"key": "other", "value": record["value"], "timestamp": record["timestamp"]}])
        done = replay(self.prefix, *EVERYTHING)
        self.assertEqual(done.out, good.out)
        self.assertEqual(len(done.err.splitlines()), 4)
        for offset, line in zip((2, 3, 4, 5), done.err.splitlines()):  # behind the mark of the transaction
            self.assertTrue(line.startswith(f"{record['topic']} 0 offset {offset}: "), line)

    def test_topics_without_events_print_nothing(self):
        make_topics(self.prefix)
        self.assertEqual(replay(self.prefix, "--emit", "events,alerts,register").out, "")

    def test_missing_topics_are_named(self):
        self.assertIn(f"{self.prefix}signings", replay(self.prefix, expect=1).err)


class Absence(unittest.TestCase):
    def test_an_absent_broker_is_told_in_bounded_time(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound but not listening: nobody can answer there
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            begun = time.monotonic()
            done = run("replay", "--brokers", address, "--prefix", "absent.", expect=1)
            self.assertLess(time.monotonic() - begun, 30)
            self.assertEqual(done.out, "")
            self.assertIn(address, done.err)


if __name__ == "__main__":
    unittest.main()
