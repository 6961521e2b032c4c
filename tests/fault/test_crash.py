"""SIGKILL at any moment and at every named place, of one to three instances and of the broker.

CHAPAR_FAULT_KILLS: how many kills (24), in campaigns of CHAPAR_FAULT_KILLS_EACH (50).
"""

import collections
import os
import secrets
import shutil
import signal
import time
import unittest

from campaign import Campaign, begin, offset_differences, points, seeds
from chapar_checkpoint import complaints, restored
from chapar_history import Writer, event, history, publish
from chapar_kafka import Node, unique_prefix
from chapar_live import clean_up, committed, ends, make_topics, process_all
from chapar_oracle import model_differences
from chapar_run import scratch_folder, wait_for

KILLS = int(os.environ.get("CHAPAR_FAULT_KILLS", "24"))
EACH = min(KILLS, int(os.environ.get("CHAPAR_FAULT_KILLS_EACH", "50")))
INSTANT = "2034-01-01T00:00:00Z"


class Crash(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())

    def test_at_any_moment(self):
        killed, ended, given_up, began = collections.Counter(), collections.Counter(), 0, time.monotonic()
        for seed in seeds(KILLS // EACH):
            number = int(seed.rsplit(":", 1)[1])
            # The first tells most: its events are in order, and the broker is killed too.
            made = Campaign(seed, self.node.brokers, self.node if number % 2 == 0 else None, EACH,
                            "ordered" if number == 0 else None)
            with self.subTest(seed):
                made.run()
            killed, ended, given_up = killed + made.killed_at, ended + made.ended, given_up + made.given_up
        print(f"{dict(ended)} in {time.monotonic() - began:.0f} s, {given_up} alerts given up, by place: "
              f"{dict(killed.most_common())}")
        self.assertGreaterEqual(ended["killed"], EACH)
        # What was killed while it had something in its hands is what this is about.
        self.assertGreater(sum(n for place, n in killed.items() if place != "any"), EACH // 4)
        self.assertGreater(given_up, 0 if KILLS >= 200 else -1)


class EveryPoint(unittest.TestCase):
    """One instance, which is killed at each named place in turn."""

    def setUp(self):
        self.prefix = unique_prefix("points")
        self.addCleanup(clean_up, self.prefix)
        make_topics(self.prefix, 2)
        self.writer = Writer(self.prefix)

    def killed_at(self, point, *more):
        """Whether it came there within its life, be it at its end."""
        with begin(self.prefix, "--instance", "one", *more, faults=f"{point}:1:kill") as running:
            limit = time.monotonic() + 10
            while not running.ended() and "fault point" not in running.err():
                done = "tasks assigned" in running.err() and committed(self.prefix) == ends(self.prefix)
                # A checkpoint is written a second later.
                if done and not point.startswith("checkpoint.") or time.monotonic() > limit:
                    break
                time.sleep(0.02)
            return running.stop() == -signal.SIGKILL

    def test_each(self):
        events = history("points", 40)
        state = scratch_folder("state")
        self.addCleanup(shutil.rmtree, state)
        # By the clock: below. Files are compacted when they are large.
        named = [p for p in points() if p != "clock.before" and not p.startswith("checkpoint.place")]
        share = len(events) // len(named)
        missed = []
        for number, point in enumerate(named):
            end = (number + 1) * share if number + 1 < len(named) else len(events)
            batch = [self.writer.record(e) for e in events[number * share:end]]
            # A record of the wrong time as well, so that there are dead letters.
            batch.append(batch[-1] | {"timestamp": batch[-1]["timestamp"] + 1})
            publish(batch)
            kept = ("--state-dir", state) if point.startswith("checkpoint.") else ()
            if not self.killed_at(point, "--clock", "stream", *kept):
                missed.append(point)
        # By the clock alone.
        for point in ("clock.before", "produce.after", "offsets.before", "commit.before", "commit.after"):
            if not self.killed_at(point, "--clock", INSTANT):
                missed.append(f"{point} by the clock")
        process_all(self.prefix, "--clock", INSTANT)
        self.assert_right()
        self.assertEqual(missed, [])

    def assert_right(self):
        self.assertEqual(model_differences(self.prefix, INSTANT)[:20], [])
        self.assertEqual(offset_differences(self.prefix), [])

    def test_each_while_a_file_takes_the_place_of_another(self):
        """Where a checkpoint is compacted, which a mebibyte of what is no longer so makes it."""
        state, number = scratch_folder("state"), 0
        self.addCleanup(shutil.rmtree, state)
        places = [p for p in points() if p.startswith("checkpoint.place")]
        self.assertEqual(len(places), 2)
        for place in places:
            with begin(self.prefix, "--instance", "one", "--clock", "stream", "--state-dir", state,
                       faults=f"{place}:1:kill") as running:
                limit = time.monotonic() + 60
                while not running.ended():
                    self.assertLess(time.monotonic(), limit, f"{place} is not reached\n{running.err()}")
                    number += 1
                    publish([self.writer.record(event("milestone", "road", "REPORTED", f"2027-01-01T00:00:{number:02}Z",
                                                      progress=number / 100, note=secrets.token_hex(150_000)))])
                    goal = ends(self.prefix)
                    wait_for(lambda r=running, g=goal: r.ended() or committed(self.prefix) == g, what="it to be done")
                self.assertEqual(running.child.returncode, -signal.SIGKILL, running.err())
            publish([self.writer.record(event("milestone", f"road-{place}", "UNDERTAKEN", f"2027-01-01T00:00:{number:02}Z",
                                              due="2028"))])
            left = [file.name for file in state.iterdir() if file.suffix == ".new"]
            self.assertEqual(bool(left), place.endswith("before"), left)
            done = process_all(self.prefix, "--instance", "one", "--clock", "stream", "--state-dir", state)
            self.assertGreater(sum(subjects for subjects, _ in restored(done.err).values()), 0, done.err)
            self.assertEqual(complaints(done.err), [])
            self.assertEqual([file.name for file in state.iterdir() if file.suffix == ".new"], [])
        process_all(self.prefix, "--clock", INSTANT, "--state-dir", state)
        self.assert_right()


