"""What runs out: room on the broker's disk, file descriptors, memory; and a clock of the machine that jumps by
years. The right answer, a word and status 1, or a wait; never anything else.

CHAPAR_FAULT_LONG=1 tries more of each.
"""

import contextlib
import os
import pathlib
import random
import resource
import secrets
import shutil
import signal
import struct
import time
import unittest

from campaign import begin, offset_differences
from chapar_history import Publisher, Writer, event, history, instant
from chapar_avro import Schemas
from chapar_disk import small_disk
from chapar_kafka import Node, consume, produce, unique_prefix
from chapar_live import QUICK, REGISTERS, alerts, clean_up, group_of, make_topics, options, process_all, wait_until_processed
from chapar_oracle import expect, model_differences, unordered_differences
from chapar_proxy import node_behind
from chapar_run import program, run, scratch_folder, start, wait_for

INSTANT = "2034-01-01T00:00:00Z"
DAY_MS = 86_400_000
LONG = bool(os.environ.get("CHAPAR_FAULT_LONG"))


class Case(unittest.TestCase):
    maxDiff = None

    def begin_with(self, at=None, partitions=2, cases=60, **of):
        self.at = at
        self.seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
        print(f"CHAPAR_SEED={self.seed}", flush=True)
        self.random = random.Random(f"{self.seed} {self.id()}")
        self.prefix = unique_prefix("resources")
        make_topics(self.prefix, partitions, at)
        if at is None:
            self.addCleanup(clean_up, self.prefix)
        self.writer = Writer(self.prefix)
        self.records = [self.writer.record(e) for e in history(f"{self.seed} {self.id()}", cases, **of)]

    def check(self):
        process_all(self.prefix, "--clock", INSTANT, at=self.at, timeout=90)
        self.assertEqual(model_differences(self.prefix, INSTANT, self.at)[:20], [], f"CHAPAR_SEED={self.seed}")
        self.assertEqual(offset_differences(self.prefix, self.at), [])


class Disk(Case):
    def test_full_under_the_broker(self):
        """The broker fails in the middle of it; when it is back with room, nothing is lost."""
        disk = self.enterContext(small_disk(96))
        if disk is None:
            self.skipTest("A FULL DISK UNDER THE BROKER WAS NOT TRIED: no right to mount a tmpfs")
        # Its files are as large as what is in them, so that the end of the room is met while writing.
        node = self.enterContext(Node(log_dirs=disk / "data", log_index_size_max_bytes=4096))
        self.begin_with(node.brokers, kinds_apart=True)
        third = len(self.records) // 3
        with begin(self.prefix, "--clock", "stream", "--instance", "one", at=self.at) as running:
            Publisher(self.at).publish(self.records[:third])
            wait_until_processed(running, self.prefix, self.at)
            filler = disk / "filler"
            room = shutil.disk_usage(disk).free
            filler.write_bytes(bytes(room - self.random.choice((100, 200, 400)) * 1024))
            for start in range(third, 2 * third, 20):
                with contextlib.suppress(AssertionError):
                    self.produce(self.records[start:min(start + 20, 2 * third)], 1500)
                if not self.lives(node):
                    break
            # Whatever room was left, now there is none.
            with contextlib.suppress(OSError), open(disk / "more", "wb") as more:
                while self.lives(node):
                    more.write(bytes(4096))
                    more.flush()
            for _ in range(20):
                if not self.lives(node):
                    break
                with contextlib.suppress(AssertionError):
                    self.produce(self.records[:1], 1000)
            wait_for(lambda: not self.lives(node), 30, "the broker to fail for want of room")
            filler.unlink()
            (disk / "more").unlink(missing_ok=True)
            node.kill()
            node.start()
            Publisher(self.at).publish(self.records[2 * third:])
            wait_until_processed(running, self.prefix, self.at, 90)
            self.assertEqual(running.stop(), 0, running.err())
        self.check_unordered()

    @staticmethod
    def lives(node):
        with contextlib.suppress(OSError, ValueError):
            return pathlib.Path(f"/proc/{node.pid}/stat").read_text().split()[2] != "Z"
        return False

    def produce(self, records, timeout_ms):
        for topic in {record["topic"] for record in records}:
            produce(topic, [{n: v for n, v in record.items() if n != "topic"} for record in records
                            if record["topic"] == topic], self.at, message_timeout_ms=timeout_ms)

    def check_unordered(self):
        """What was written again after it was not known whether it had been is late: of the milestones alone the
        order is that of their offsets, and for all of them each is done once."""
        process_all(self.prefix, "--clock", "stream", at=self.at, timeout=90)
        self.assertEqual(unordered_differences(self.prefix, self.at)[:20], [], f"CHAPAR_SEED={self.seed}")
        self.assertEqual(offset_differences(self.prefix, self.at), [])


class Descriptors(Case):
    def test_few_at_the_start(self):
        """It ends and says why, or says why and waits for some to come free."""
        self.begin_with()
        Publisher().publish(self.records)
        ends = {}
        for limit in (range(3, 101) if LONG else (20, 100)):
            with start("process", *options(self.prefix), "--group", group_of(self.prefix), *QUICK, "--until-end",
                       "--clock", "stream", "--instance", "one", limits={resource.RLIMIT_NOFILE: limit}) as running:
                wait_for(lambda r=running: r.ended() or "Too many open files" in r.err(), what="its end, or a word")
                waits = not running.ended()
                code = running.stop()
                ends[limit] = "waits" if waits else code
                self.assertIn(code, (0, 1, 127), f"{limit} descriptors: {running.err()}")  # 127: not even loaded
                if code == 1:
                    self.assertRegex(running.err(), "descriptor|Too many open files")
        print(ends)
        self.assertTrue({1, "waits"} & set(ends.values()), ends)
        self.assertEqual(ends[100], 0)
        self.check()

    def test_none_left_while_running(self):
        """Connections are lost and no new one can be made; when descriptors are there again it goes on."""
        node, (proxy,) = self.enterContext(node_behind(1))
        self.begin_with(node.brokers)
        publisher, half = Publisher(self.at), len(self.records) // 2
        with begin(self.prefix, "--clock", "stream", at=proxy.brokers) as running:
            publisher.publish(self.records[:half])
            wait_until_processed(running, self.prefix, self.at)
            before = resource.prlimit(running.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(running.pid, resource.RLIMIT_NOFILE, (4, before[1]))
            proxy.cut()
            publisher.publish(self.records[half:])
            until = time.monotonic() + 4
            wait_for(lambda: time.monotonic() > until or running.ended(), what="the session to run out")
            self.assertFalse(running.ended(), running.err())
            resource.prlimit(running.pid, resource.RLIMIT_NOFILE, before)
            wait_until_processed(running, self.prefix, self.at)
            self.assertEqual(running.stop(), 0, running.err())
        self.check()


class Memory(Case):
    def test_limits(self):
        self.begin_with()
        Publisher().publish(self.records)
        codes = []
        for megabytes in (range(40, 1201, 20) if LONG else (40, 100, 200, 320, 1200)):
            done = run("process", *options(self.prefix), "--group", group_of(self.prefix), "--until-end",
                       "--clock", "stream", "--instance", "one", *QUICK, limits={resource.RLIMIT_AS: megabytes << 20},
                       timeout=30)
            codes.append((megabytes, done.code))
            if done.code == 127:  # it was not even loaded
                continue
            self.assertIn(done.code, (0, 1), f"{megabytes} MiB: {done.err}")
            if done.code:
                self.assertRegex(done.err, "memory|thread|allocate", f"{megabytes} MiB")
        print(codes)
        self.assertEqual(codes[-1][1], 0)
        self.check()


    def fails(self, allocation, *command):
        """Runs it with that allocation of our own failing; whether there was one."""
        done = run(*command, name="chapar-faults", env={"FAIL_ALLOCATION": str(allocation)}, timeout=60)
        where = f"{command[0]}, allocation {allocation}: exit {done.code}\n{done.err}"
        if f"allocation {allocation} fails\n" not in done.err:
            self.assertEqual(done.code, 0, where)
            return False
        self.assertEqual(done.code, 1, where)
        self.assertIn("out of memory", done.err, where)
        return True

    def die(self, step, *command):
        """Lets one allocation after the other fail, up to where it has all that it needs; how often that was."""
        died, allocation = 0, 1
        while self.fails(allocation, *command):
            died, allocation = died + 1, allocation + (1 if LONG else self.random.randint(1, step))
        print(f"{command[0]} died of {died} up to {allocation}")
        return died

    def test_each_allocation(self):
        """A process that dies of it has committed all of a batch or nothing; who only looks says so and ends."""
        self.begin_with(partitions=1, cases=20)
        Publisher().publish([*self.records, self.records[0] | {"key": "another"}])
        state = scratch_folder("state")
        self.addCleanup(shutil.rmtree, state)
        named = (*options(self.prefix), "--group", group_of(self.prefix))
        self.assertGreater(self.die(40, "process", *named, "--until-end", "--clock", "stream", "--instance", "one",
                                    "--state-dir", state, *QUICK), 5)
        self.check()
        self.assertGreater(self.die(400, "verify", *named), 3)
        for what in ("list", "retry"):
            self.assertGreater(self.die(60, "dead-letters", what, *options(self.prefix)), 3)
        self.assertEqual(run("verify", *named).code, 0)


class Clock(Case):
    """A live processor under a civil clock that an operator, or a broken time server, moves by years."""

    def setUp(self):
        self.folder = scratch_folder("clock")
        self.addCleanup(shutil.rmtree, self.folder)
        self.shift = self.folder / "shift"
        self.step(0)
        self.env = {"LD_PRELOAD": program("step_clock.so"), "STEP_CLOCK": str(self.shift)}

    def step(self, days):
        """In place: the program has the file's page mapped."""
        mode = "r+b" if self.shift.exists() else "wb"
        with open(self.shift, mode) as file:
            file.write(struct.pack("=q", days * DAY_MS))

    def process(self):
        return begin(self.prefix, "--clock", "wall", "--instance", "one", env=self.env)

    def raised(self, running, days):
        """Waits until everything that is due after so many days has been raised. The model's tasks, brought
        there in one step."""
        now = instant.text_of((int(time.time()) + days * 86_400) * 1000)
        wanted = sum(len(e.alerts) for e in expect(self.prefix, now).values())
        running.wait_for(lambda: len(alerts(self.prefix)) >= wanted, 20, f"{wanted} alerts after {days} days")

    def test_back_and_forth_by_years(self):
        self.begin_with()
        now = int(time.time())

        def day(n):
            return instant.text_of((now + n * 86_400) * 1000)[:10]
        made = [event("milestone", f"road-{n}", "UNDERTAKEN", instant.text_of((now - 90_000) * 1000 + n),
                      due=day(self.random.choice((3, 20, 200, 500, 900)) + n)) for n in range(30)]
        made += [event("milestone", f"bridge-{n}", "UNDERTAKEN", instant.text_of((now - 80_000) * 1000 + n),
                       due=f"R/{day(40 + n)}/P3M") for n in range(5)]
        Publisher().publish([self.writer.record(e) for e in made])
        late = [event("milestone", f"road-{n}", "REPORTED", instant.text_of((now - 70_000) * 1000 + n), progress=0.5)
                for n in range(20)]
        highest = 0
        for life, steps in enumerate(((0, 400, -1200, 10), (-3650, 401, 800), (0, 1100, -1)) if LONG else ((400, -1200), (-3650, 600))):
            with self.process() as running:
                for number, days in enumerate(steps):
                    self.step(days)
                    highest = max(highest, days)
                    Publisher().publish([self.writer.record(late.pop())])
                    wait_until_processed(running, self.prefix)
                    self.raised(running, highest)
                self.assertEqual(running.stop(signal.SIGKILL if life == 1 else signal.SIGTERM),
                                 -signal.SIGKILL if life == 1 else 0, running.err())
        self.in_order_and_once(instant.text_of((int(time.time()) + highest * 86_400) * 1000))

    @unittest.skipUnless(LONG, "it waits for 10 s: only with CHAPAR_FAULT_LONG")
    def test_a_slow_disk_in_another_time(self):
        """How long a rebalance waits for a checkpoint's disk is a span, whatever the civil clock says."""
        self.begin_with()
        self.step(400)
        Publisher().publish(self.records[:50])
        begun = ("--clock", "stream", "--state-dir")
        with begin(self.prefix, *begun, self.folder / "one", faults="checkpoint.write.before:0:delay=25000",
                   env=self.env) as first:
            first.wait_for(lambda: "fault point" in first.err(), what="the disk to be slow")
            with begin(self.prefix, *begun, self.folder / "two", env=self.env) as second:
                asked = time.monotonic()
                first.wait_for(lambda: first.err().count("tasks assigned") > 1, 20, "it to go on with its tasks")
                print(f"it went on after {time.monotonic() - asked:.1f} s")
                self.assertEqual(second.stop(), 0)
            first.stop(signal.SIGKILL)
        Publisher().publish(self.records[50:])
        self.check()

    def in_order_and_once(self, end):
        """The clock of alerts and records never goes back, and each alert is there once: those of one step to the
        highest."""
        schemas = Schemas()
        for topic in REGISTERS:
            times = {}
            for r in consume(f"{self.prefix}register.{topic}"):
                times.setdefault(r.partition, []).append(schemas.decode(r.value)[1]["as_of"])
            for each in times.values():
                self.assertEqual(each, sorted(each))
        found = alerts(self.prefix)
        for partition, wanted in expect(self.prefix, end).items():
            mine = [a for a in found if a["cause"]["partition"] == partition]
            times = [a["raised_at"] for a in mine]
            self.assertEqual(times, sorted(times))
            ids = [a["alert_id"] for a in mine]
            self.assertEqual(len(ids), len(set(ids)))
            self.assertEqual(sorted(ids), sorted(a["alert_id"] for a in wanted.alerts))




if __name__ == "__main__":
    unittest.main()
