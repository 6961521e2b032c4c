"""Making and checking the topics, on a real broker."""

import pathlib
import re
import socket
import time
import unittest

from chapar_kafka import (Node, admin, brokers, create_topics, delete_topics, produce, topic_config, topics,
                          unique_prefix)
from chapar_run import run, wait_for
from confluent_kafka import KafkaException
from confluent_kafka.admin import ConfigResource, ResourceType

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "docs" / "command-line.md"
ALL = ("signings", "summits", "milestones", "register.instruments", "register.summits",
       "register.commitments", "alerts", "dead-letters")


def chapar(action, prefix, *options, at=None, expect=0):
    return run("topics", action, "--brokers", at or brokers(), "--prefix", prefix, *options, expect=expect)


class Topics(unittest.TestCase):
    def setUp(self):
        self.prefix = unique_prefix("topics")
        self.addCleanup(delete_topics, self.prefix)

    def lines(self, word, rest=""):
        return "".join(f"{self.prefix}{name} {word}{rest}\n" for name in ALL)

    def test_what_is_missing_is_made_once(self):
        self.assertEqual(chapar("check", self.prefix, expect=1).out, self.lines("missing"))
        self.assertEqual(topics(self.prefix), {})
        self.assertEqual(chapar("create", self.prefix).out, self.lines("made", ": 4 partitions"))
        self.assertEqual(topics(self.prefix), {self.prefix + name: 4 for name in ALL})
        self.assertEqual(chapar("create", self.prefix).out, self.lines("ok", ": 4 partitions"))
        self.assertEqual(chapar("check", self.prefix).out, self.lines("ok", ": 4 partitions"))

    def test_every_topic_is_set_as_the_manual_says(self):
        chapar("create", self.prefix, "--partitions", "1")
        names, *rows = [re.findall(r"`([^`]*)`|(?<=\|) (?=\|)", line) for line in MANUAL.read_text().splitlines()
                        if re.match(r"\| (topic \| `cleanup.policy`|`(" + "|".join(ALL) + ")`)", line)]
        self.assertEqual([row[0] for row in rows], list(ALL))
        for topic, *values in rows:
            config = topic_config(self.prefix + topic)
            said = {name: value for name, value in zip(names, values) if value}
            said |= {"message.timestamp.type": "CreateTime",
                     "message.timestamp.before.max.ms": "9223372036854775807",
                     "message.timestamp.after.max.ms": "9223372036854775807"}
            self.assertEqual({name: config[name] for name in said}, said, topic)

    def test_partitions_are_equal_everywhere(self):
        create_topics([self.prefix + "milestones"], partitions=3, retention_ms=-1)
        made = chapar("create", self.prefix, expect=1).out
        self.assertEqual(set(topics(self.prefix).values()), {3})
        self.assertIn(f"{self.prefix}signings made: 3 partitions\n", made)
        self.assertIn(f"{self.prefix}milestones differs: segment.ms is 604800000, not ", made)
        self.assertNotIn(f"{self.prefix}milestones differs: retention", made)
        told = chapar("check", self.prefix, "--partitions", "4", expect=1).out
        for name in ALL:
            self.assertIn(f"{self.prefix}{name} differs: the number of partitions is 3, not 4\n", told)

    def test_differences_are_told_one_by_one_and_left_alone(self):
        chapar("create", self.prefix)
        resource = ConfigResource(ResourceType.TOPIC, self.prefix + "alerts",
                                  set_config={"retention.ms": "604800000", "cleanup.policy": "compact"})
        client = admin()  # must outlive its answer
        client.alter_configs([resource])[resource].result(30)
        wait_for(lambda: topic_config(self.prefix + "alerts")["retention.ms"] == "604800000", what="the change")
        for action in ("check", "create"):
            told = chapar(action, self.prefix, "--replication-factor", "1", expect=1).out
            self.assertIn(f"{self.prefix}alerts differs: retention.ms is 604800000, not -1\n", told)
            self.assertIn(f"{self.prefix}alerts differs: cleanup.policy is compact, not delete\n", told)
            self.assertEqual(sum(" ok: " in line for line in told.splitlines()), 7)
        self.assertEqual(topic_config(self.prefix + "alerts")["retention.ms"], "604800000")
        told = chapar("check", self.prefix, "--replication-factor", "2", expect=1).out
        self.assertIn(f"{self.prefix}signings differs: the replication factor is 1, not 2\n", told)

    def test_a_broker_that_refuses_is_told(self):
        told = chapar("create", self.prefix, "--replication-factor", "2", expect=1)
        self.assertEqual(told.out, "")
        self.assertIn(self.prefix, told.err)
        self.assertIn("cannot be made", told.err)
        self.assertEqual(topics(self.prefix), {})

    def test_events_of_any_century_and_of_a_mebibyte_are_taken(self):
        chapar("create", self.prefix, "--partitions", "1")
        century = 100 * 365 * 86400 * 1000
        now = int(time.time() * 1000)
        produce(self.prefix + "signings", [{"key": "a", "value": b"v", "timestamp": t}
                                           for t in (1, now - century // 4, now + century)])
        mebibyte = b"\0" * (1048576 - 1)
        produce(self.prefix + "signings", [{"key": "a", "value": mebibyte}], message_max_bytes=1114112)
        produce(self.prefix + "dead-letters", [{"key": "a", "value": mebibyte * 8}],
                message_max_bytes=104857600)
        with self.assertRaises((AssertionError, KafkaException)):
            produce(self.prefix + "signings", [{"key": "a", "value": mebibyte * 2}],
                    message_max_bytes=104857600)


class Absence(unittest.TestCase):
    def test_an_absent_broker_is_told_in_bounded_time(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound but not listening: nobody can answer there
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            for action in ("create", "check"):
                begun = time.monotonic()
                told = chapar(action, "absent.", at=address, expect=1)
                self.assertLess(time.monotonic() - begun, 30)
                self.assertEqual(told.out, "")
                self.assertIn(f"where={address}", told.err)
                self.assertRegex(told.err, "no broker answered within 10 s .*Connection refused")
                self.assertEqual(told.err.count("about=FAIL"), 1, told.err)

    def test_looking_makes_no_topics_where_the_broker_would(self):
        with Node(auto_create_topics_enable="true") as node:
            chapar("check", "never-", at=node.brokers, expect=1)
            self.assertEqual(topics("never-", at=node.brokers), {})


if __name__ == "__main__":
    unittest.main()
