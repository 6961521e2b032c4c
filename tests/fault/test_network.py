"""A network that cuts, delays, halves and resets, and a broker that is away too long: nothing is lost, nothing is
done twice, instances come back by themselves, and SIGTERM is heeded.

CHAPAR_FAULT_LONG=1 tries everything; else it is some of it, chosen by CHAPAR_SEED.
"""

import collections
import contextlib
import datetime
import itertools
import os
import random
import secrets
import shutil
import signal
import socket
import struct
import time
import unittest

from campaign import begin, offset_differences, points
from chapar_history import Publisher, Writer, event, history
from chapar_kafka import admin, unique_prefix
from chapar_live import group_of, make_topics, options, process_all, wait_until_processed
from chapar_oracle import model_differences
from chapar_proxy import APIS, HARMS, node_behind
from chapar_run import scratch_folder, start, wait_for

INSTANT = "2034-01-01T00:00:00Z"
STAGES = 9
LONG = bool(os.environ.get("CHAPAR_FAULT_LONG"))
# A lost connection is noticed soon, and tried again soon.
SOON = ("-X", "socket.timeout.ms=1500", "-X", "reconnect.backoff.ms=20", "-X", "reconnect.backoff.max.ms=200")
AT_WORK = ("Produce", "Fetch", "ListOffsets", "Heartbeat", "AddPartitionsToTxn", "AddOffsetsToTxn", "TxnOffsetCommit",
           "EndTxn")
AT_START = ("ApiVersions", "Metadata", "FindCoordinator", "InitProducerId", "JoinGroup", "SyncGroup", "OffsetFetch",
            "ListOffsets", "Fetch")


def some(of, count, draw):
    return list(of) if LONG else draw.sample(list(of), count)


class Network(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
        print(f"CHAPAR_SEED={cls.seed}", flush=True)
        cls.node, cls.proxies = cls.enterClassContext(node_behind(STAGES, cls.seed))
        cls.at = cls.node.brokers

    @classmethod
    def tearDownClass(cls):
        done = sum((proxy.done for proxy in cls.proxies), collections.Counter())
        requests = sum(sum(proxy.seen.values()) for proxy in cls.proxies)
        print(f"{done.total()} times harm was done among {requests} requests: {dict(done.most_common())}", flush=True)

    def setUp(self):
        self.random = random.Random(f"{self.seed} {self.id()}")
        self.prefix = unique_prefix("network")
        make_topics(self.prefix, 2, self.at)
        self.writer, self.publisher = Writer(self.prefix), Publisher(self.at)
        self.alarms = range(0)
        self.events = history(f"{self.seed} {self.id()}", 120)
        self.addCleanup(lambda: [p.heal() for p in self.proxies])

    def publish(self, count=6):
        """The next events of the history, and before them some that raise an alert at once, in whatever partition:
        so that whoever commits them a second time is seen."""
        batch, self.events = self.events[:count], self.events[count:]
        at = batch[0]["recorded_at"]
        due = (datetime.date.fromisoformat(at[:10]) + datetime.timedelta(days=9)).isoformat()
        self.alarms = range(self.alarms.stop, self.alarms.stop + 4)
        batch = [event("milestone", f"alarm-{n}", "UNDERTAKEN", at, due=due) for n in self.alarms] + batch
        self.publisher.publish([self.writer.record(e) for e in batch])

    def instance(self, proxy, *more, faults=None, name=None, env=None):
        named = ("--instance", name) if name else ()
        return begin(self.prefix, "--clock", "stream", *SOON, *named, *more, at=self.proxies[proxy].brokers,
                     faults=faults, env=env)

    def processed(self, running, deadline=60):
        wait_until_processed(running, self.prefix, self.at, deadline)

    def check(self):
        """Everything is there: none lost, none twice, none wrong."""
        process_all(self.prefix, "--clock", INSTANT, at=self.at, timeout=90)
        self.assertEqual(model_differences(self.prefix, INSTANT, self.at)[:20], [], f"CHAPAR_SEED={self.seed}")
        self.assertEqual(offset_differences(self.prefix, self.at), [])

    def test_harm_at_each_request(self):
        """A request that is lost, halved, or done but not answered, while an instance works and while one starts."""
        proxy, harms = self.proxies[0], [h for h in HARMS if h != "silence"]
        chosen = some([(start, api, harm) for start, apis in ((False, AT_WORK), (True, AT_START))
                       for api, harm in itertools.product(apis, harms)], 8, self.random)
        print(f"{len(chosen)} harms: {chosen}")
        with contextlib.ExitStack() as stack:
            running = None
            for start, api, harm in chosen:
                with self.subTest(start=start, api=api, harm=harm):
                    if running and start:
                        running.stop(signal.SIGKILL)
                        running = None
                    trap = proxy.trap(api, harm)
                    if running is None:
                        # A join is given up when its answer is overdue by this: else only after a quarter of an hour.
                        running = stack.enter_context(self.instance(0, "-X", "max.poll.interval.ms=3000", name="one"))
                    self.publish()
                    running.wait_for(trap.sprung.is_set, 20, f"{api} to be harmed")
                    self.processed(running)
            self.assertEqual(running.stop(), 0, running.err())
        self.check()

    def test_a_storm(self):
        """Two instances in weather that changes all the time."""
        calm = Publisher(self.at)
        self.publisher = calm
        with self.instance(0) as one, self.instance(1, name="two") as two:
            for _ in range(60 if LONG else 6):
                proxy = self.proxies[self.random.choice((0, 0, 1))]
                what = self.random.choice(("cut", "reset", "slow", "refuse", "silence", "trap", "trap"))
                until = time.monotonic() + self.random.uniform(0.1, 1.2 if what != "silence" else 2.5)
                if what == "trap":
                    proxy.trap(self.random.choice(AT_WORK), self.random.choice(HARMS))
                elif what == "slow":
                    proxy.slow(self.random.choice((0.02, 0.2)))
                elif what in ("cut", "reset"):
                    proxy.cut(what == "reset")
                else:
                    getattr(proxy, what)()
                self.publish(3)
                wait_for(lambda: time.monotonic() > until, what="the weather")
                proxy.heal()
                if not self.events:
                    break
            self.assertFalse(one.ended() or two.ended(), one.err() + two.err())
            self.processed(one)
            self.assertEqual((one.stop(), two.stop()), (0, 0), one.err() + two.err())
        self.check()

    def test_cut_off_longer_than_the_session(self):
        """The other takes over; who was away is fenced, and joins again by itself; the same for both at once."""
        for harm in some(("silence", "refuse"), 1, self.random):
            with self.subTest(harm), self.instance(0) as one, self.instance(1) as two:
                for each in (one, two):
                    each.wait_for(lambda e=each: "tasks assigned" in e.err(), what="tasks")
                self.publish()
                getattr(self.proxies[0], harm)()
                self.publish()
                self.processed(two)
                self.proxies[0].heal()
                one.wait_for(lambda: one.err().count("tasks assigned") > 1, 30, "it to join again")
                self.publish()
                self.processed(one)
                # Neither has a coordinator for longer than a session lasts.
                for proxy in self.proxies[:2]:
                    getattr(proxy, harm)()
                self.publish()
                until = time.monotonic() + 4
                wait_for(lambda: time.monotonic() > until, what="the session to run out")
                for proxy in self.proxies[:2]:
                    proxy.heal()
                self.processed(one)
                self.assertEqual((one.stop(), two.stop()), (0, 0), one.err() + two.err())
        self.check()

    def test_a_transaction_that_fails_within_the_session(self):
        """Records do not get through in time, while nobody else takes the tasks: what is in memory is ahead of what is
        committed, and must not be built upon."""
        with self.instance(0, "-X", "session.timeout.ms=20000", "-X", "transaction.timeout.ms=30000") as running:
            running.wait_for(lambda: "tasks assigned" in running.err(), what="tasks")
            trap = self.proxies[0].trap("Produce", "silence")
            self.publish(12)
            running.wait_for(trap.sprung.is_set, what="records to be written")
            until = time.monotonic() + 4
            wait_for(lambda: time.monotonic() > until, what="them to be too late")
            self.proxies[0].heal()
            self.publish()
            self.processed(running)
            self.assertIn("beginning again", running.err())
            self.assertEqual(running.stop(), 0, running.err())
        self.check()

    def test_frozen_in_the_middle(self):
        """An instance that sleeps through the end of its session, at any place in its work, must not finish it."""
        places = [p for p in points() if p.split(".")[0] in ("begin", "produce", "batch", "offsets", "commit", "event",
                                                             "assignment", "restore")]
        self.publish(12)
        process_all(self.prefix, "--clock", "stream", at=self.at)  # so that there is something to restore
        for place in some(places, 2, self.random):
            with self.subTest(place), contextlib.ExitStack() as stack:
                print(f"frozen at {place}")
                self.publish()
                first = stack.enter_context(self.instance(0, faults=f"{place}:1:stop"))
                first.wait_for(lambda: "fault point" in first.err(), what=place)
                before = first.err().count("tasks assigned")
                second = stack.enter_context(self.instance(1))
                self.publish()
                self.processed(second)
                first.child.send_signal(signal.SIGCONT)
                self.publish()
                first.wait_for(lambda: first.err().count("tasks assigned") > before, 30, "it to have tasks again")
                self.processed(first)
                self.assertEqual(second.stop(), 0, second.err())
                self.publish()
                self.processed(first)
                self.assertEqual(first.stop(), 0, first.err())
        self.check()

    def test_stalled_while_cut_off(self):
        """Its own thread stands still and its connections are silent until another has its tasks; librdkafka
        notices that first and makes it nobody, whom Kafka would let commit anything."""
        release = scratch_folder("release")
        self.addCleanup(shutil.rmtree, release)
        patient = ("-X", "transaction.timeout.ms=30000", "-X", "message.timeout.ms=29000")
        with self.instance(0, *patient, faults="offsets.before:1:hold", env={"FAULT_RELEASE": release}) as first:
            first.wait_for(lambda: "tasks assigned" in first.err(), what="tasks")
            self.publish(12)
            first.wait_for(lambda: "fault point" in first.err(), what="it to stall")
            self.proxies[0].silence()
            with self.instance(1) as second:
                self.processed(second)
                first.wait_for(lambda: "SESSTMOUT" in first.err(), what="librdkafka to notice")
                self.proxies[0].heal()
                (release / "offsets.before").touch()
                self.publish()
                first.wait_for(lambda: first.err().count("tasks assigned") > 1, 30, "it to have tasks again")
                self.publish()
                self.processed(second)
                self.assertEqual((first.stop(), second.stop()), (0, 0), first.err() + second.err())
        self.check()

    def expel(self, running):
        """Sends the group word that the member leaves, as nobody but itself should."""
        group = group_of(self.prefix)
        client = admin(self.at)
        found = client.describe_consumer_groups([group])[group].result(30).members
        member = found[0].member_id
        self.assertEqual(len(found), 1)

        def text(value):
            return struct.pack(">h", len(value)) + value.encode()
        request = struct.pack(">hhi", 13, 1, 7) + text("test") + text(group) + text(member)
        host, port = self.at.split(":")
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = connection.makefile("rb").read(14)
        self.assertEqual(struct.unpack(">iiih", answer), (10, 7, 0, 0))
        wait_for(lambda: not client.describe_consumer_groups([group])[group].result(30).members, what="it to be out")

    def test_expelled_while_it_stalls(self):
        """Its own thread stands still and it is no member any more, which librdkafka hears from the coordinator: then
        it is nobody of no generation, from whom Kafka takes offsets unchecked."""
        release = scratch_folder("release")
        self.addCleanup(shutil.rmtree, release)
        patient = ("-X", "transaction.timeout.ms=30000", "-X", "message.timeout.ms=29000")
        with self.instance(0, *patient, faults="offsets.before:1:hold", env={"FAULT_RELEASE": release}) as first:
            first.wait_for(lambda: "tasks assigned" in first.err(), what="tasks")
            self.publish(12)
            first.wait_for(lambda: "fault point" in first.err(), what="it to stall")
            self.expel(first)
            with self.instance(1) as second:
                self.processed(second)
                until = time.monotonic() + 1
                wait_for(lambda: time.monotonic() > until, what="a heartbeat or two")
                (release / "offsets.before").touch()
                self.publish()
                first.wait_for(lambda: first.err().count("tasks assigned") > 1, 30, "it to have tasks again")
                self.publish()
                self.processed(second)
                self.assertEqual((first.stop(), second.stop()), (0, 0), first.err() + second.err())
        self.check()

    def test_tasks_given_to_who_is_nobody_by_then(self):
        """It comes to take its tasks when its session is over already: it has no membership to commit them with."""
        release = scratch_folder("release")
        self.addCleanup(shutil.rmtree, release)
        patient = ("-X", "transaction.timeout.ms=30000", "-X", "message.timeout.ms=29000")
        self.publish()
        with self.instance(0, *patient, faults="rebalance:1:hold,assignment.after:1:hold",
                           env={"FAULT_RELEASE": release}) as first:
            first.wait_for(lambda: "fault point rebalance" in first.err(), what="tasks to take")
            self.proxies[0].silence()
            with self.instance(1) as second:
                self.processed(second)
                beats = self.proxies[0].seen[APIS["Heartbeat"]]
                self.proxies[0].heal()
                first.wait_for(lambda: self.proxies[0].seen[APIS["Heartbeat"]] > beats, what="librdkafka to ask")
                until = time.monotonic() + 0.5
                wait_for(lambda: time.monotonic() > until, what="the answer that it is nobody")
                (release / "rebalance").touch()
                first.wait_for(lambda: "fault point assignment.after" in first.err() or "beginning again" in first.err(),
                               what="it to take them, or not")
                self.publish(20)
                self.processed(second)
                (release / "assignment.after").touch()
                first.wait_for(lambda: "tasks assigned" in first.err().rpartition("beginning again")[2], 30, "tasks")
                self.publish()
                self.processed(first)
                self.assertEqual((first.stop(), second.stop()), (0, 0), first.err() + second.err())
        self.check()

    def test_asked_to_stop_while_kafka_is_away(self):
        """Within 10 s, wherever it is: before it ever saw Kafka, while it joins and restores, at work, idle."""
        stages = [("never connected", None), ("metadata", "Metadata"), ("first transaction", "InitProducerId"),
                  ("joining", "JoinGroup"), ("offsets of the group", "OffsetFetch"), ("restoring", "Fetch"),
                  ("an open transaction", "TxnOffsetCommit"), ("committing", "EndTxn"), ("idle", None)]
        self.stopped_at(stages, "silence")

    @unittest.skipUnless(LONG, "CHAPAR_FAULT_LONG is not set")
    def test_asked_to_stop_at_each_request(self):
        """The same wherever Kafka goes away, in silence or refusing."""
        # Where it starts, each is met on the way to its tasks; where it works, at its first event.
        stages = [(f"{when} {api}", api) for when, apis in (("starting", AT_START), ("working", AT_WORK)) for api in apis]
        for harm in ("silence", "refuse"):
            for first in range(0, len(stages), STAGES):
                for proxy in self.proxies:
                    proxy.heal()
                with self.subTest(harm=harm, first=first):
                    self.stopped_at(stages[first:first + STAGES], harm)

    def stopped_at(self, stages, harm):
        """Starts one for each stage, each behind a proxy of its own that does harm there, and asks all to stop. Every
        third keeps a checkpoint."""
        with contextlib.ExitStack() as stack:
            running, traps = {}, {}
            for number, (stage, api) in enumerate(stages):
                kept = ()
                if number % 3 == 2:
                    folder = scratch_folder("state")
                    stack.callback(shutil.rmtree, folder)
                    kept = ("--state-dir", folder)
                proxy, prefix = self.proxies[number], unique_prefix("stop")
                make_topics(prefix, 2, self.at)
                self.publisher.publish([Writer(prefix).record(
                    event("milestone", "road", "UNDERTAKEN", "2026-01-01T00:00:00Z", due="2026-11-29"))])
                if stage == "restoring" or stage.startswith("starting"):
                    process_all(prefix, "--clock", "stream", *kept, at=self.at)
                if stage == "never connected":
                    proxy.silence()
                elif api and not stage.startswith("working"):
                    traps[stage] = proxy.trap(api, harm)
                # By the times that users have, not by those of a test in a hurry: some waits are longer than the limit.
                running[stage] = stack.enter_context(start(
                    "process", *options(prefix, proxy.brokers), "--group", group_of(prefix), "--clock", "stream",
                    *kept, name="chapar-faults"))
                if stage.startswith("working"):
                    wait_until_processed(running[stage], prefix, self.at)
                    traps[stage] = proxy.trap(api, harm)
                    self.publisher.publish([Writer(prefix).record(
                        event("milestone", "road", "REPORTED", "2026-01-02T00:00:00Z", progress=0.5))])
                if stage == "idle":
                    wait_until_processed(running[stage], prefix, self.at)
                    proxy.refuse()
            for stage, each in running.items():
                if stage in traps:
                    each.wait_for(traps[stage].sprung.is_set, what=stage)
            if "never connected" in running:
                each = running["never connected"]
                each.wait_for(lambda: "waiting for Kafka" in each.err(), what="word of it")
            asked = time.monotonic()
            for each in running.values():
                each.child.send_signal(signal.SIGTERM)
            for stage, each in running.items():
                with self.subTest(stage):
                    code = each.wait(max(0.1, asked + 12 - time.monotonic()))
                    print(f"{stage}: status {code} by {time.monotonic() - asked:.1f} s")
                    self.assertLess(time.monotonic() - asked, 10, each.err())
                    self.assertIn(code, (0, 1), each.err())


if __name__ == "__main__":
    unittest.main()
