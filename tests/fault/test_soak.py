"""Half an hour of load, instances that come and go, broker restarts: what lives on does not grow, and what comes out is
right. In seconds here; CHAPAR_SOAK_SECONDS=1800 is the real one.
"""

import contextlib
import os
import random
import secrets
import shutil
import signal
import threading
import time
import unittest

from campaign import offset_differences
from chapar_kafka import Node, consume, unique_prefix
from chapar_live import (QUICK, alert_differences, alerts, group_of, make_topics, options, process_all, register,
                         register_differences, replayed, verify, wait_until_processed)
from chapar_oracle import model_differences
from chapar_run import scratch_folder, start, wait_for
from soak import Load, Watch, slope

SECONDS = int(os.environ.get("CHAPAR_SOAK_SECONDS", "20"))
LONG = SECONDS >= 300
CYCLES = 15 if LONG else 4
CYCLE = SECONDS / CYCLES  # a busy machine may need longer for one
WARM_UP = 2 if LONG else 1  # cycles
PARTITIONS = 6
RATE = int(os.environ.get("CHAPAR_SOAK_RATE", "400" if LONG else "200"))
# What may be added from the first cycle that counts to the last. Kafka's client holds up to a fetch of each broker and
# partition, malloc keeps what it had; a folder's files grow to twice of what is in them before they are compacted.
MAY_GROW = {"resident KiB": 8192 if LONG else 24576, "descriptors": 3, "threads": 2,
            "folder KiB": 2048 if LONG else 1024 * PARTITIONS, "lag": 4 * RATE if LONG else 20 * RATE}


class Soak(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
        print(f"CHAPAR_SEED={self.seed}, {SECONDS} s in cycles of {CYCLE:.0f} s", flush=True)
        self.random = random.Random(self.seed)
        self.node = self.enterContext(Node())
        self.at, self.prefix = self.node.brokers, unique_prefix("soak")
        make_topics(self.prefix, PARTITIONS, self.at)
        self.state = scratch_folder("state")
        self.addCleanup(shutil.rmtree, self.state)
        self.happened = dict.fromkeys(("killed", "stopped", "broker killed", "broker stopped"), 0)

    def instance(self, name, static):
        named = ("--instance", name) if static else ()
        return start("process", *options(self.prefix, self.at), "--group", group_of(self.prefix), *QUICK, "--clock", "stream",
                     "--state-dir", self.state / name, *named)

    def until(self, seconds):
        """Looks again and again, until so long after the beginning of the cycle."""
        while (left := self.begun + seconds - time.monotonic()) > 0:
            self.watch.look()
            if self.load.failure:
                raise self.load.failure
            wait_for(lambda t=time.monotonic() + min(left, CYCLE / 30): time.monotonic() >= t, what="the next look")

    def end(self, running, kill):
        self.happened["killed" if kill else "stopped"] += 1
        code = running.stop(signal.SIGKILL if kill else signal.SIGTERM)
        # 1: Kafka did not answer, as while a dead member's transaction is undecided.
        self.assertIn(code, (-signal.SIGKILL,) if kill else (0, 1), running.err()[-4000:])

    def restart_broker(self):
        """Beside everything else; half of the times no publisher is at work, else one may be in the middle of it."""
        failures, kill, at_rest = [], self.random.random() < 0.5, self.random.random() < 0.5
        self.happened["broker killed" if kill else "broker stopped"] += 1

        def again():
            try:
                with self.load.pause if at_rest else contextlib.nullcontext():
                    self.watch.away = True
                    self.node.kill() if kill else self.node.stop()
                    self.node.start()
            except BaseException as failure:
                failures.append(failure)
            self.watch.away = False
        thread = threading.Thread(target=again)
        thread.start()
        while thread.is_alive():
            self.watch.look()
            thread.join(CYCLE / 30)
        if failures:
            raise failures[0]

    def cycle(self, number):
        self.watch.begin_cycle()
        self.begun = time.monotonic()
        for name, static, begins, ends in (("b", True, 0.05, 0.4), ("c", False, 0.45, 0.7)):
            self.until(begins * CYCLE)
            with self.instance(name, static) as running:
                self.until(ends * CYCLE)
                # On a busy machine a short life is over before it began.
                running.wait_for(lambda r=running: "tasks assigned" in r.err(), 60, "tasks")
                self.end(running, kill=(number + static) % 2 == 0)
        if number % 3 == 1:
            self.until(0.75 * CYCLE)
            self.restart_broker()
        self.until(CYCLE)

    def tell(self, name):
        """What has grown. Prints a line for each measure."""
        grown = []
        for measure in Watch.MEASURES:
            values = self.watch.series(name, measure)[WARM_UP:]
            added = slope(values) * (len(values) - 1)
            print(f"| {name} | {measure:12} | {values[0]:9.0f} | {values[-1]:9.0f} | {max(values):9.0f} | "
                  f"{slope(values) * 3600 * CYCLES / self.took:+10.1f} | {added:+8.1f} | {MAY_GROW[measure]:7} |")
            if LONG and measure in ("resident KiB", "lag"):
                print(f"    each cycle's most: {[round(max(c[measure])) for c in self.watch.cycles[name]]}")
            if added > MAY_GROW[measure]:
                grown.append(f"{name}: {measure} by {added:.1f}: {values}")
        return grown

    def test_what_lives_on_stays_level(self):
        self.load = Load(self.seed, self.prefix, self.at, RATE, max(SECONDS, 300), 4000 if LONG else 1500)
        with self.instance("a", True) as a, self.instance("d", False) as d:
            for each in (a, d):
                each.wait_for(lambda r=each: "tasks assigned" in r.err(), what="tasks")
            self.watch = Watch(self.prefix, self.at, {"a": (a, self.state / "a"), "d": (d, self.state / "d")})
            began = time.monotonic()
            self.addCleanup(self.watch.close)
            self.load.start()
            try:
                for number in range(CYCLES):
                    self.cycle(number)
            finally:
                self.load.stop()
            self.took = time.monotonic() - began
            print(f"{self.load.published} events in {self.took:.0f} s, {self.load.wrong} wrong ones, "
                  f"{self.load.again} times done again; {self.happened}", flush=True)
            wait_until_processed(a, self.prefix, self.at, 120)
            print("|   | of a cycle   |     first |      last |      most | an hour    | in all   | allowed |")
            print("|---|--------------|-----------|-----------|-----------|------------|----------|---------|")
            grown = self.tell("a") + self.tell("d")
            self.assertEqual((a.stop(), d.stop()), (0, 0), a.err()[-4000:] + d.err()[-4000:])
        self.assert_right()
        self.assertEqual(grown, [], f"CHAPAR_SEED={self.seed}")

    def assert_right(self):
        clock = self.load.later(days=3)
        process_all(self.prefix, "--clock", clock, "--state-dir", self.state / "a", at=self.at, timeout=300)
        self.assertEqual(offset_differences(self.prefix, self.at), [])
        expected_alerts, expected_register, reports = replayed(self.prefix, "--clock", clock, at=self.at, timeout=600)
        found, kept = alerts(self.prefix, self.at), register(self.prefix, self.at)
        letters = sorted(f"{r.header('chapar_topic')} {r.header('chapar_partition')} offset {r.header('chapar_offset')}"
                         for r in consume(self.prefix + "dead-letters", self.at))
        print(f"{len(found)} alerts, {len(kept)} subjects, {len(letters)} dead letters", flush=True)
        self.assertGreater(len(letters), 0)
        self.assertEqual(alert_differences(found, expected_alerts)[:20], [])
        self.assertEqual(register_differences(kept, expected_register)[:20], [])
        self.assertEqual(letters, sorted(line.split(": ")[0] for line in reports))
        code, differing, summary = verify(self.prefix, "--group", group_of(self.prefix), at=self.at, timeout=600)
        self.assertEqual((code, differing[:20]), (0, []), summary)
        if not LONG:  # it takes a second for a thousand alerts
            self.assertEqual(model_differences(self.prefix, clock, self.at)[:20], [])


if __name__ == "__main__":
    unittest.main()
