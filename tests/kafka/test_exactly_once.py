"""Nothing is lost and nothing is done twice, however often the processor is killed.

While events come in, instances of `chapar process` are killed, frozen beyond their session, and stopped at
random moments. What was committed must in the end be what a replay of the same topics gives.

CHAPAR_TEST_SEED repeats the events and the choices of a run (the moments themselves are the machine's),
CHAPAR_TEST_KILLS says how many kills are wanted; tests/fault kills at named places too.
"""

import collections
import contextlib
import os
import random
import secrets
import signal
import time
import unittest

from chapar_history import history
from chapar_kafka import consume, unique_prefix
from chapar_live import (EVENTS, alert_differences, alerts, clean_up, committed, dead_letters, ends,
                         make_topics, process, process_all, register, register_differences, replayed)
from chapar_run import wait_for
from chapar_stream import Pace, records_of

KILLS = int(os.environ.get("CHAPAR_TEST_KILLS", 25))
INSTANT = "2034-01-01T00:00:00Z"


class Slot:
    """Room for one instance: started, ended, and started again."""

    def __init__(self, name, prefix, draw):
        self.name, self.prefix, self.random = name, prefix, draw
        self.stack, self.running, self.ends_at = contextlib.ExitStack(), None, None
        self.ended = collections.Counter()

    def begin(self):
        instance = ("--instance", self.name) if self.random.random() < 0.5 else ()
        self.running = self.stack.enter_context(process(self.prefix, "--clock", "stream", *instance))
        self.begun, self.ends_at = time.monotonic(), None
        # Some are ended while they join and restore, most while they work.
        self.early = self.random.random() < 0.3
        self.life = self.random.uniform(0.1, 1.5) if self.early else self.random.choice((0.1, 0.3, 1, 2))

    def is_over(self):
        """Whether the life of the instance is: counted from its start, or from when it had tasks."""
        now = time.monotonic()
        if self.ends_at is None and (self.early or self.has_tasks() or now > self.begun + 8):
            self.ends_at = now + self.life
        return self.ends_at is not None and now >= self.ends_at

    def has_tasks(self):
        return "tasks assigned" in self.running.err()

    def turn(self):
        """Ends the instance when its time has come; the next turn starts another. Whether it was killed."""
        if self.running is None:
            self.begin()
        if self.running.ended():
            raise AssertionError(f"ended by itself with {self.running.child.returncode}\n{self.running.err()}")
        if not self.is_over():
            return False
        what = self.random.random()
        if what < 0.08 and self.has_tasks():
            self.freeze()
            return False
        return self.stop(signal.SIGTERM if what < 0.18 else signal.SIGKILL)

    def freeze(self):
        """Until the group has forgotten it, and its transaction was given up; then it wakes up as a zombie."""
        self.running.child.send_signal(signal.SIGSTOP)
        until = time.monotonic() + 4.5
        wait_for(lambda: time.monotonic() >= until, what="the session to run out")
        self.running.child.send_signal(signal.SIGCONT)
        self.ends_at = time.monotonic() + 4
        self.ended["frozen"] += 1

    def stop(self, how):
        self.ended[how.name] += 1
        self.ended["with tasks"] += self.has_tasks()
        code = self.running.stop(how)
        if code != (0 if how == signal.SIGTERM else -how):
            raise AssertionError(f"{how.name} ended it with {code}\n{self.running.err()}")
        self.end()
        return how == signal.SIGKILL

    def end(self):
        self.stack.close()
        self.running = None


class ExactlyOnce(unittest.TestCase):
    maxDiff = None

    def test_killed_at_any_moment(self):
        seed = os.environ.get("CHAPAR_TEST_SEED") or secrets.token_hex(4)
        print(f"CHAPAR_TEST_SEED={seed}", flush=True)
        prefix = unique_prefix("once")
        self.addCleanup(clean_up, prefix)
        make_topics(prefix)
        records = records_of(seed, history(seed, 130), prefix)
        pace = Pace(seed, [record for record, _ in records])
        pace.start()
        ended = self.kill_again_and_again(seed, prefix, pace)
        before = committed(prefix)
        pace.advance(1)
        pace.join(60)
        self.assertEqual((pace.failure, pace.done), (None, len(records)))

        last = process_all(prefix, "--clock", INSTANT, timeout=90)
        self.assertEqual(committed(prefix), ends(prefix), last.err)
        self.compare_with_replay(prefix)
        self.check_dead_letters(prefix, [record for record, wrong in records if wrong])

        # Whether the test tried what it is there for: most was processed by those that were killed. How much of
        # that was killed within a transaction is the machine's choice, and only said.
        given_up = len(consume(prefix + "alerts", committed=False)) - len(consume(prefix + "alerts"))
        share = sum(before.values()) / sum(ends(prefix).values())
        print(f"{len(records)} records, {share:.0%} processed before the last run; {dict(ended)}; "
              f"{given_up} alerts given up", flush=True)
        self.assertGreater(share, 0.5)
        self.assertGreater(ended["with tasks"], KILLS // 3)

    def kill_again_and_again(self, seed, prefix, pace):
        """How often instances were ended, and how."""
        draw = random.Random(f"{seed} kills")
        slots = [Slot(name, prefix, draw) for name in ("first", "second")]
        kills = 0
        try:
            while kills < KILLS:
                # One instance for a while, then two at once, and so on.
                alone = kills % 14 < 4
                if alone and slots[1].running:
                    kills += slots[1].stop(signal.SIGKILL)
                kills += sum([slot.turn() for slot in (slots[:1] if alone else slots)])
                pace.advance(min(0.99, (kills + 1) / KILLS))
                if pace.failure:
                    raise pace.failure
                time.sleep(0.02)
        finally:
            for slot in slots:
                slot.end()
        return slots[0].ended + slots[1].ended

    def compare_with_replay(self, prefix):
        expected_alerts, expected_register, reports = replayed(prefix, "--clock", INSTANT)
        self.assertGreater(len(expected_alerts), 1000)
        self.assertEqual(alert_differences(alerts(prefix), expected_alerts)[:20], [])
        self.assertEqual(register_differences(register(prefix), expected_register)[:20], [])
        places = [f"{r.header('chapar_topic')} {r.header('chapar_partition')} offset {r.header('chapar_offset')}"
                  for r in dead_letters(prefix)]
        self.assertEqual(sorted(places), sorted(line.split(": ")[0] for line in reports))

    def check_dead_letters(self, prefix, wrong):
        """Each is a record of the event topics, unchanged, and all that are no events are among them."""
        originals = {(r.topic, r.partition, r.offset): r for t in EVENTS for r in consume(prefix + t)}
        letters = dead_letters(prefix)
        for letter in letters:
            original = originals[letter.header("chapar_topic"), int(letter.header("chapar_partition")),
                                 int(letter.header("chapar_offset"))]
            self.assertEqual((letter.key, letter.value, letter.partition),
                             (original.key, original.value, original.partition))
        found = {(letter.header("chapar_topic"), letter.key, letter.value) for letter in letters}
        for record in wrong:
            self.assertIn((record["topic"], record["key"].encode(), record["value"]), found)


if __name__ == "__main__":
    unittest.main()
