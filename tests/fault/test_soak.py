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
from chapar_live import (QUICK, REGISTERS, alert_differences, alerts, group_of, make_topics, options, process_all, register,
                         register_differences, replayed, verify, wait_until_processed)
from chapar_oracle import model_differences
from chapar_run import scratch_folder, start, wait_for
from soak import Load, Watch

SECONDS = int(os.environ.get("CHAPAR_SOAK_SECONDS", "20"))
LONG = SECONDS >= 900
CYCLES = 30 if LONG else 4
CYCLE = SECONDS / CYCLES  # a busy machine may need longer for one
# Cycles with a broker's restart. Some come before the first look, for what peaks leave behind; some between the two, for
# what each leaves; and none for long before the second, for what clients keep is gone with them.
BROKER = (2, 4, 6, 11, 12, 13) if LONG else (1,)
FIRST, LAST = (slice(7, 11), slice(-4, None)) if LONG else (slice(0, 1), slice(-1, None))
PARTITIONS = 6
RATE = int(os.environ.get("CHAPAR_SOAK_RATE", "400" if LONG else "200"))
# What may be added from the first look to the last, each a lower quartile. What is in use is what a leak adds to; resident
# is also what malloc keeps between pieces in use, spread over what the largest peak needed. Of the files, which grow to more
# than twice of what is in them before they are compacted, it says in which part of that they are.
MAY_GROW = {"in use KiB": 2048 if LONG else 8192, "resident KiB": 24576, "descriptors": 2 if LONG else 12, "threads": 1,
            "KiB a file": 1024, "lag": RATE if LONG else 20 * RATE}
# The lower quartile of no two cycles in a row is above that: a peak that stays for most of a cycle is none.
LEVEL = {"in use KiB": 16384, "resident KiB": 65536 if LONG else 98304}
# Never more than that. Whoever takes all tasks after a broker's restart has up to 16 MiB of each partition of a register topic waiting, and up to 8
# for the checkpoint, as they came and unpacked, each record with as much again about it; for a minute nothing may be done.
BOUND = {"resident KiB": 524288, "descriptors": 96, "threads": 64, "lag": 60 * RATE}


class Soak(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
        print(f"CHAPAR_SEED={self.seed}, {SECONDS} s in cycles of {CYCLE:.0f} s", flush=True)
        self.random = random.Random(self.seed)
        self.node = self.enterContext(Node(broker_session_timeout_ms=20000 if LONG else 6000))
        self.at, self.prefix = self.node.brokers, unique_prefix("soak")
        make_topics(self.prefix, PARTITIONS, self.at)
        self.state = scratch_folder("state")
        self.addCleanup(shutil.rmtree, self.state)
        self.happened = dict.fromkeys(("killed", "stopped", "broker killed", "broker stopped"), 0)

    def instance(self, name, static):
        named = ("--instance", name) if static else ()
        return start("process", *options(self.prefix, self.at), "--group", group_of(self.prefix), *QUICK, "--clock", "stream",
                     "--metrics-listen", "127.0.0.1:0", "--state-dir", self.state / name, *named)

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
        if number in BROKER:
            self.until(0.75 * CYCLE)
            self.restart_broker()
        self.until(CYCLE)

    def tell(self, name):
        """What has grown. Prints a line for each measure."""
        wrong = []
        for measure in Watch.MEASURES:
            first, last = (self.watch.quartile(name, measure, cycles) for cycles in (FIRST, LAST))
            most, bound = self.watch.most(name, measure), BOUND.get(measure)
            print(f"| {name} | {measure:12} | {first:9.0f} | {last:9.0f} | {last - first:+8.0f} | {MAY_GROW[measure]:7} | "
                  f"{most:9.0f} | {bound or '':7} |")
            each = [round(self.watch.quartile(name, measure, slice(n, n + 1))) for n in range(CYCLES)]
            if LONG and "KiB" in measure:
                print(f"    of each cycle: {each}")
            # A cycle whose broker restarts may be busy with what came meanwhile; the next is not.
            stayed = max(map(min, zip(each, each[1:])))
            if stayed > LEVEL.get(measure, stayed):
                wrong.append(f"{name}: {measure} stayed up, beyond {LEVEL[measure]}: {each}")
            if last - first > MAY_GROW[measure]:
                wrong.append(f"{name}: {measure} grew from {first:.0f} to {last:.0f}: {each}")
            if bound and most > bound:
                wrong.append(f"{name}: {measure} came to {most:.0f}, beyond {bound}")
        return wrong

    def too_large(self, name):
        """Files that were ever larger than what is in them accounts for, and those that are no task's."""
        latest = dict.fromkeys(range(PARTITIONS), 0)
        for topic in REGISTERS:
            of = {r.key: r for r in consume(f"{self.prefix}register.{topic}", self.at)}
            for r in of.values():
                latest[r.partition] += len(r.key) + len(r.value)
        may = {"lock": 0}
        for p, size in latest.items():
            # Compacted beyond twice and a mebibyte, after a block of up to another; the twice is by an estimate where the
            # file was there before, and an entry has a head.
            may |= {f"task-{p}": 3 * size + 2 * 1024 * 1024, f"task-{p}.new": 2 * size}
        return [f"{name}/{file} came to {size} bytes, of {latest}" for file, size in self.watch.files[name].items()
                if size > may.get(file, -1)]

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
            print("|   | quartile of  | at first  | at last   | added    | allowed | most      | bound   |")
            print("|---|--------------|-----------|-----------|----------|---------|-----------|---------|")
            wrong = self.tell("a") + self.tell("d")
            self.assertEqual((a.stop(), d.stop()), (0, 0), a.err()[-4000:] + d.err()[-4000:])
        wrong += self.too_large("a") + self.too_large("d")
        self.assert_right()
        self.assertEqual(wrong, [], f"CHAPAR_SEED={self.seed}")

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
