"""Whoever makes an instance wait, it says that it waits, and goes on by itself."""

import os
import shutil
import signal
import unittest

from campaign import begin
from chapar_history import Publisher, Writer, event, publish
from chapar_kafka import Node, connection, unique_prefix
from chapar_live import EVENTS, clean_up, group_of, make_topics, process, register, verify, wait_until_processed
from chapar_run import scratch_folder
from confluent_kafka import Consumer, Producer

PLEDGE = event("milestone", "road", "UNDERTAKEN", "2026-01-01T00:00:00Z", due="2027-01-01")


class Waiting(unittest.TestCase):
    def setUp(self):
        self.prefix = unique_prefix("waiting")
        self.addCleanup(clean_up, self.prefix)
        make_topics(self.prefix)
        publish([Writer(self.prefix).record(PLEDGE)])

    def goes_on(self, running):
        wait_until_processed(running, self.prefix)
        self.assertEqual(running.stop(), 0, running.err())
        self.assertEqual([r["id"] for r in register(self.prefix)], ["road"])

    def test_for_a_member_that_does_not_give_up_its_tasks(self):
        other = Consumer({**connection(), "group.id": group_of(self.prefix), "partition.assignment.strategy": "range"})
        try:
            other.subscribe([self.prefix + name for name in EVENTS])
            while not other.assignment():
                other.poll(0.1)
            with process(self.prefix, "--clock", "stream") as running:
                running.wait_for(lambda: "waiting for tasks" in running.err(), 30, "word of the wait")
                self.assertNotIn("tasks assigned", running.err())
                other.close()
                other = None
                self.goes_on(running)
        finally:
            if other:
                other.close()

    def test_for_a_transaction_that_is_open_in_the_register(self):
        topic = self.prefix + "register.summits"
        writer = Producer({**connection(), "transactional.id": self.prefix, "transaction.timeout.ms": 60000})
        writer.init_transactions(30)
        writer.begin_transaction()
        writer.produce(topic, b"nothing that is kept", "nobody", partition=1)
        writer.flush(30)
        with process(self.prefix, "--clock", "stream") as running:
            running.wait_for(lambda: "waiting for records of the register" in running.err(), 30, "word of the wait")
            self.assertRegex(running.err(), rf"waiting for records of the register.* topic={topic} partition=1 offset=0 end=1")
            self.assertNotIn("tasks assigned", running.err())
            writer.abort_transaction(30)
            self.goes_on(running)


class Committing(unittest.TestCase):
    """A broker stands still in the middle of a commit, and no message is given up before that is over."""

    PATIENT = ("--instance", "one", "-X", "transaction.timeout.ms=60000", "-X", "message.timeout.ms=60000")

    def stand_still(self, *words):
        """Until the processor has said one of these."""
        release = scratch_folder("release")
        self.addCleanup(shutil.rmtree, release)
        node = self.enterContext(Node(broker_session_timeout_ms=60000))  # it keeps its partitions meanwhile
        prefix = unique_prefix("waiting")
        make_topics(prefix, at=node.brokers)
        Publisher(node.brokers).publish([Writer(prefix).record(PLEDGE)])
        with begin(prefix, "--clock", "stream", *self.PATIENT, at=node.brokers, faults="commit.before:1:hold",
                   env={"FAULT_RELEASE": str(release)}) as running:
            running.wait_for(lambda: "fault point commit.before" in running.err(), 30, "a commit")
            os.kill(node.pid, signal.SIGSTOP)
            try:
                (release / "commit.before").touch()
                running.wait_for(lambda: any(each in running.err() for each in words), 60, "word of the wait")
            finally:
                os.kill(node.pid, signal.SIGCONT)
            wait_until_processed(running, prefix, node.brokers)
            self.assertEqual(running.stop(), 0, running.err())
        self.assertEqual(verify(prefix, at=node.brokers)[:2], (0, []))

    def test_it_is_waited_for(self):
        """Or begun again, where the client gives up what is asked for by itself."""
        self.stand_still("waiting for Kafka to commit", "beginning again from what is committed")

    def test_but_not_without_an_end(self):
        """The group would be kept waiting too."""
        self.stand_still("beginning again from what is committed")


if __name__ == "__main__":
    unittest.main()
