"""Checkpoints of topics that are no longer what they were: made anew, of another cluster, with records deleted, or of a
group and a producer that the broker has forgotten."""

import re
import time
import unittest

from chapar_checkpoint import PARTITIONS, CheckpointTest, restored, wait_until_kept
from chapar_history import Publisher, event, history
from chapar_kafka import Node, admin, consume, delete_topics, produce
from chapar_live import clean_up, group_of, make_topics, process_all, reset_offsets, wait_until_processed
from chapar_run import wait_for
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType


class Topics(CheckpointTest):
    """The topics are not, or no longer, those that the checkpoint is a copy of."""

    def assert_rebuilt(self, log, message):
        self.assertIn(message, log.replace("\\", ""))
        self.assertEqual(sum(s for s, _ in restored(log).values()), 0)

    def make_anew(self, events):
        delete_topics(self.prefix)
        make_topics(self.prefix, PARTITIONS)
        self.publish(events)

    def test_made_anew_and_empty(self):
        self.make_anew(self.first_half()[:10])
        log = self.work()
        self.assert_rebuilt(log, "ends before offset")
        self.assert_as_replayed()

    def test_made_anew_and_filled(self):
        """By somebody without the checkpoint, and further than it goes."""
        self.first_half(20)
        self.make_anew(history(self.id(), 20) + history(self.id() + ' more', 10, tag='m'))
        process_all(self.prefix, "--clock", "stream")
        log = self.work()
        self.assert_rebuilt(log, "has another record, or none any more, at offset")
        self.assert_as_replayed()

    def test_without_what_was_deleted(self):
        """Somebody deleted the first records of a topic: what a full restore would not find is not to be there."""
        self.first_half()
        topic = f"{self.prefix}register.commitments"
        client = admin()

        def policy(value):
            change = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[
                ConfigEntry("cleanup.policy", value, incremental_operation=AlterConfigOpType.SET)])
            client.incremental_alter_configs([change])[change].result(30)

        def deleted():
            try:
                return next(iter(client.delete_records([TopicPartition(topic, 0, 5)]).values())).result(30)
            except KafkaException as refused:
                # The controller has answered; the broker of the partition hears of it a moment later.
                self.assertEqual(refused.args[0].code(), KafkaError.POLICY_VIOLATION)
                return None
        policy("delete")
        wait_for(deleted, what="the broker to let records be deleted")
        policy("compact")
        log = self.work()
        self.assertIn('it is of "begins 0 0 0", expected "begins 0 0 5"', log.replace("\\", ""))
        self.assertEqual(restored(log)[0][0], 0)

    def test_with_a_tombstone(self):
        """What somebody took out of the register is taken out of the checkpoint."""
        self.publish([event("milestone", f"road-{n}", "UNDERTAKEN", "2027-01-01T00:00:00Z", due="2027-03-01")
                      for n in range(20)])
        self.work()
        record = next(r for r in consume(f"{self.prefix}register.commitments") if r.key == b"road-7")
        produce(record.topic, [{"key": "road-7", "partition": record.partition}])
        for subjects in (20, 19):  # from the topic, and then from the file that was continued
            with self.start() as running:
                running.wait_for(lambda: "tasks assigned" in running.err(), what="its tasks")
                wait_until_kept(running, self.prefix, self.folder)
                counts = re.findall(r"from_checkpoint=(\d+) .* commitments=(\d+)", running.err())
                self.assertEqual(sum(int(c) for _, c in counts), 19)
                self.assertEqual(running.stop(), 0)

    def test_whose_group_is_gone(self):
        """The group and its offsets expired or were deleted: positions stand in the register, and so in its copy."""
        rest = self.first_half()

        def delete_group():
            client = admin()
            try:
                return client.delete_consumer_groups([group_of(self.prefix)])[group_of(self.prefix)].result(30) is None
            except KafkaException:
                return False
        wait_for(delete_group, what="the group to be deleted")
        log = self.finish(rest)
        self.assertGreater(sum(s for s, _ in restored(log).values()), 0)
        self.assertNotIn("dead letter", log)

    def test_whose_group_was_set_back(self):
        rest = self.first_half()
        wait_for(self.set_back, what="the group to be empty")
        log = self.finish(rest)
        self.assertIn("the group's offset lies before what the register holds", log)
        self.assertGreater(sum(s for s, _ in restored(log).values()), 0)

    def set_back(self):
        try:
            reset_offsets(self.prefix)
        except KafkaException:
            return False
        return True


class Expiry(CheckpointTest):
    """After quiet weeks: the broker has forgotten the producer, and what it knew of the group."""

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node(transactional_id_expiration_ms=1500, producer_id_expiration_ms=1500,
                                              transaction_remove_expired_transaction_cleanup_interval_ms=500,
                                              producer_id_expiration_check_interval_ms=500))
        cls.at = cls.node.brokers

    def test_of_the_transactional_id(self):
        rest = self.first_half()
        half = len(rest) // 2
        with self.start("--instance", "one", "--log-level", "debug") as running:
            self.publish(rest[:half])
            wait_until_processed(running, self.prefix, self.at)
            wait_until_kept(running, self.prefix, self.folder, self.at)
            # Nobody tells when the broker has forgotten it: it did once an event after some silence shows that.
            for told in rest[half:half + 15]:
                until = time.monotonic() + 3
                wait_for(lambda: time.monotonic() >= until, what="some silence")
                self.publish([told])
                wait_until_processed(running, self.prefix, self.at)
                if "beginning again from what is committed" in running.err():
                    break
            self.assertIn("beginning again from what is committed", running.err())
            self.publish(rest[rest.index(told) + 1:])
            wait_until_processed(running, self.prefix, self.at)
            self.assertFalse(running.ended())
            self.assertEqual(running.stop(), 0, running.err())
        self.assert_as_replayed()

    def test_of_another_cluster(self):
        """The same names on another broker."""
        rest = self.first_half()
        self.at, first = None, self.at
        self.addCleanup(clean_up, self.prefix)
        make_topics(self.prefix, PARTITIONS)
        self.publisher = Publisher()
        self.publish(rest)
        log = self.work()
        self.assertEqual(len(re.findall(r'it is of .{0,2}cluster [\w-]+.{0,2}, expected .{0,2}cluster [\w-]+', log)),
                         PARTITIONS, log)
        self.assert_as_replayed()
        self.at = first


if __name__ == "__main__":
    unittest.main()
