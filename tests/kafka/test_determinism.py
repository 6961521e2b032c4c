"""The same events give the same state, in however many partitions, by however many instances, however often
they are restarted; and a replay gives what the live processor gave."""

import os
import secrets
import shutil
import signal
import unittest

from chapar_history import Writer, history, order, publish, write_lines
from chapar_kafka import admin, consume, end_offsets, topics, unique_prefix
from chapar_live import (alert_differences, alerts, clean_up, committed, ends, make_topics, options, process,
                         process_all, register, register_differences, replay, replayed, state_hash,
                         wait_until_processed)
from chapar_run import run, scratch_folder

INSTANT = "2034-01-01T00:00:00Z"
BORDERS = ("1970-01-02", "2026-11-01")  # what `chapar publish` takes: nothing of the future
CLOCK = ("--clock", INSTANT)


def renamed(records, prefix):
    """Records with the topics' default names."""
    def topic(place):
        return place | {"topic": "chapar." + place["topic"].removeprefix(prefix)}
    return [r | {name: topic(r[name]) for name in ("last", "cause") if name in r} for r in records]


def placeless(alert):
    """An alert without what depends on the number of partitions."""
    cause = {name: value for name, value in alert["cause"].items() if name not in ("partition", "offset")}
    return {name: value for name, value in alert.items() if name != "stale"} | {"cause": cause}


class Determinism(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
        print(f"CHAPAR_SEED={self.seed}", flush=True)
        self.folder = scratch_folder("determinism")
        self.addCleanup(shutil.rmtree, self.folder)

    def topics(self, partitions):
        prefix = unique_prefix(f"determinism{partitions}")
        self.addCleanup(clean_up, prefix)
        make_topics(prefix, partitions)
        return prefix

    def history(self):
        """Many of the same moment, and none with the id of another."""
        events = history(self.seed, 60, unique=True)
        for at, e in enumerate(events):
            if at % 3:
                e["recorded_at"] = e["recorded_at"][:11] + "00:00:00.000Z"
        return sorted(self.publishable(events), key=order)

    @staticmethod
    def publishable(events):
        return [e for e in events if BORDERS[0] < e["recorded_at"] < BORDERS[1]]

    def publish_file(self, prefix, events):
        run("publish", *options(prefix), write_lines(self.folder / "events.jsonl", events), expect=0)

    def work(self, prefix, instances, end=None):
        """Lets instances process what is there; `end` ends the first of them on the way."""
        with process(prefix, "--clock", "stream") as first:
            if instances == 2:
                with process(prefix, "--clock", "stream", "--instance", "second") as second:
                    second.wait_for(lambda: "tasks assigned" in second.err(), what="tasks of the second")
                    if end:
                        first.stop(end)
                    wait_until_processed(second, prefix)
                    self.assertEqual(second.stop(), 0)
            elif end:
                first.wait_for(lambda: "tasks assigned" in first.err(), what="tasks")
                first.stop(end)
            else:
                wait_until_processed(first, prefix)
                self.assertEqual(first.stop(), 0)

    def assert_live_is_replay(self, prefix):
        """Returns (state hash with the default names, alerts, register) of what is in the topics."""
        live = register(prefix)
        printed = replay(prefix, "--emit", "hash", *CLOCK).lines()
        self.assertEqual(printed, [{"record": "hash", "hash": state_hash(live, INSTANT)}])
        raised, kept, _ = replayed(prefix, *CLOCK)
        self.assertEqual(alert_differences(alerts(prefix), raised)[:20], [])
        self.assertEqual(register_differences(live, kept)[:20], [])
        self.assertEqual(committed(prefix), ends(prefix))
        return state_hash(renamed(live, prefix), INSTANT), renamed(alerts(prefix), prefix)

    def test_partitions_instances_and_restarts(self):
        events = self.history()
        file = write_lines(self.folder / "events.jsonl", events)
        lines = run("replay", *CLOCK, "--emit", "alerts,hash", file).lines()
        expected_hash, expected = lines.pop()["hash"], [placeless(a) for a in lines]
        self.assertGreater(len(expected), 500)
        for partitions, instances, end in ((1, 1, signal.SIGTERM), (2, 2, signal.SIGKILL), (4, 2, signal.SIGTERM),
                                           (4, 1, None)):
            with self.subTest(partitions=partitions, instances=instances, end=end):
                prefix = self.topics(partitions)
                half = len(events) // 2
                self.publish_file(prefix, events[:half])
                self.work(prefix, instances, end)
                self.publish_file(prefix, events[half:])
                self.work(prefix, instances, end)
                process_all(prefix, *CLOCK)
                digest, raised = self.assert_live_is_replay(prefix)
                self.assertEqual(digest, expected_hash)
                self.assertEqual(alert_differences([placeless(a) for a in raised], expected)[:20], [])

    def test_live_while_events_come_in(self):
        events = self.history()
        prefix = self.topics(4)
        writer = Writer(prefix)
        with process(prefix, "--clock", "stream") as running:
            running.wait_for(lambda: "tasks assigned" in running.err(), what="its tasks")
            publish([writer.record(e) for e in events], transaction=7)
            wait_until_processed(running, prefix)
            self.assertEqual(running.stop(), 0)
        process_all(prefix, *CLOCK)
        self.assert_live_is_replay(prefix)

    def test_late_events(self):
        """What becomes known in no order gives the same from one log, whoever reads it how often."""
        events = self.publishable(history(self.seed, 60, in_order=False))
        times = [e["recorded_at"] for e in events]
        self.assertGreater(sum(a > b for a, b in zip(times, times[1:])), len(times) // 4)
        for partitions, instances, end in ((1, 1, None), (4, 2, signal.SIGKILL)):
            with self.subTest(partitions=partitions):
                prefix = self.topics(partitions)
                self.publish_file(prefix, events)
                self.work(prefix, instances, end)
                process_all(prefix, *CLOCK)
                digest, _ = self.assert_live_is_replay(prefix)
                if partitions == 1:
                    file = run("replay", *CLOCK, "--emit", "hash", self.folder / "events.jsonl")
                    self.assertEqual(digest, file.lines()[0]["hash"])

    def test_a_replay_leaves_no_trace(self):
        prefix = self.topics(2)
        self.publish_file(prefix, self.history())
        process_all(prefix, "--clock", "stream")
        client = admin()

        def state():
            groups = {g.group_id for g in client.list_consumer_groups().result().valid}
            return ({n: end_offsets(n) for n in topics(prefix)}, committed(prefix),
                    {g for g in groups if not g.startswith("reader-")})
        before = state()
        replay(prefix, *CLOCK, "--emit", "events,alerts,register,hash")
        offsets, group, groups = state()
        self.assertEqual((offsets, group), before[:2])
        # Other tests have groups of their own on this broker: they are named after their prefixes.
        self.assertEqual([g for g in groups - before[2] if not g.endswith(".group")], [])
        self.assertEqual([g for g in groups if g.startswith(prefix)], [prefix + "group"])
        self.assertTrue(consume(prefix + "alerts"))


if __name__ == "__main__":
    unittest.main()
